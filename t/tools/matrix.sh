#!/usr/bin/env bash

# Builds and loads the module, and runs some of the tests, for several builds
# of nginx.  Ends with a table that has a line for each.
#
#     bash t/tools/matrix.sh [ROW...]
#
# The rows are
#
#     debian      Debian's nginx, as it is installed
#     plain       the same source, configured by hand, without --with-debug
#     packages    with the arguments of nginx.org's packages
#     clang       compiled by clang
#     O0, O3      without optimization, and with a lot of it
#     static      with --add-module instead of --add-dynamic-module
#     no-pcre     without PCRE, and so without the rewrite module
#     no-threads  without --with-threads
#     trixie, sid Debian's nginx of these suites, in a root that debootstrap
#                 makes: needs root
#     asan        nginx itself with AddressSanitizer, and each block of its
#                 pools from malloc()
#     tsan        with ThreadSanitizer: the ways of a body that use threads
#     valgrind    in memcheck, each block of its pools from malloc()
#
# and of groups
#
#     ci          plain, clang, static, no-threads
#     source      all that are compiled from a source tree for a user
#     tools       asan, tsan, valgrind
#     all         all of them; those of source alone with NGINX_SRC
#
#     NGINX_SRC   a source tree to use instead of that of Debian's nginx
#     OUT         output directory: what is built goes to OUT/matrix
#     JOBS        how many rows, or processes of one, run at a time
#     TESTS       other test files than the usual ones
#     MIRROR      of Debian: http://deb.debian.org
#
# Debian's source is fetched with apt-get and lists of its own, as any user,
# and is kept in OUT.  Roots are removed when their row ends.  Exits with 1
# when a row fails; one that cannot run says why, and is no failure unless it
# was named.

set -euo pipefail

# the make of nginx must not take part in the jobs of ours
unset MAKEFLAGS MFLAGS MAKELEVEL

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
module=ngx_http_s3o_presign_module

# shellcheck source=t/tools/root.sh
. "$root/t/tools/root.sh"
# shellcheck source=t/tools/nginx_org.sh
. "$root/t/tools/nginx_org.sh"

mkdir -p "${OUT:-$root/build}/matrix"

out=$(cd "${OUT:-$root/build}/matrix" && pwd)
jobs=${JOBS:-$(nproc)}

tests=${TESTS:-t/signing/presign-vectors.t t/request/redirect.t
       t/request/json.t t/proxy/proxy.t t/proxy/bodies.t
       t/payload/ways.t t/credentials/imds.t}

# what reads and hashes in a thread

thread_tests=${TESTS:-t/payload/turns.t t/payload/ways.t t/payload/unreadable.t}

source_rows='plain packages clang O0 O3 static no-pcre no-threads'
root_rows='trixie sid'
tool_rows='asan tsan valgrind'

# enough for the tests above; none of them needs --with-debug

usual='--with-compat --with-threads --with-http_ssl_module
       --with-http_v2_module'

die() {
    echo "matrix.sh: $*" >&2
    exit 1
}


# makes one line of a text, without characters that break a table

line() {
    tr '\n' ' ' <<<"$*" | sed 's/  */ /g; s/ $//'
}


# ends a row: writes its result, in the fields of the table

result() {
    printf '%s\n' "$row" "$version" "$(line "$options")" "$built" \
        "$warnings" "$tested" >"$dir/result"
    exit "${1-0}"
}


cannot() {
    built=no warnings=- tested="cannot run: $(line "$*")"
    result 2
}


failed() {
    built=no tested="$(line "$*")"
    result 1
}


# the version of nginx's that a source tree has

tree_version() {
    sed -n 's/^#define NGINX_VERSION  *"\(.*\)"/\1/p' "$1/src/core/nginx.h"
}


# runs apt-get or apt-cache with package lists of this script's own

apt_own() {
    "$1" -q -o "Dir::Etc::sourcelist=$out/apt/sources.list" \
        -o Dir::Etc::sourceparts=- -o "Dir::State=$out/apt/state" \
        -o Dir::State::status=/var/lib/dpkg/status \
        -o "Dir::Cache=$out/apt/cache" -o APT::Sandbox::User= \
        -o Acquire::Languages=none -o Acquire::Retries=3 "${@:2}"
}


# Fetches the source of the nginx that is installed, or else another revision
# of the same version: a mirror does not keep all.  The tree is $out/nginx-*.

fetch_source() {
    local installed upstream suite name v

    installed=$(dpkg-query -W -f '${Version}' nginx 2>/dev/null) \
        || { echo "Debian's nginx is not installed"; return 1; }

    upstream=${installed%-*}
    source=$out/nginx-$upstream

    if [ -f "$source/src/core/nginx.h" ]; then
        return
    fi

    # shellcheck disable=SC1091
    suite=$(. /etc/os-release && echo "${VERSION_CODENAME-}")

    mkdir -p "$out/apt/state/lists/partial" "$out/apt/cache/archives/partial"

    for name in "debian $suite" "debian-security $suite-security"; do
        echo "deb-src [signed-by=$keyring] $mirror/$name main"
    done >"$out/apt/sources.list"

    apt_own apt-get update >"$out/apt/log" 2>&1 || :

    for v in "$installed" $(apt_own apt-cache showsrc nginx 2>/dev/null \
                            | sed -n "s/^Version: \($upstream-.*\)/\1/p" \
                            | sort -rVu)
    do
        if (cd "$out/apt" && apt_own apt-get source --download-only \
                "nginx=$v" >>"$out/apt/log" 2>&1 \
            && rm -rf tree \
            && dpkg-source --no-check -x nginx_"${v#*:}".dsc tree \
               >>"$out/apt/log" 2>&1)
        then
            mv "$out/apt/tree" "$source"
            echo "$v" >"$source.version"
            return
        fi
    done

    echo "no source of nginx $upstream:" \
        "$(grep '^E:' "$out/apt/log" | head -n 1)"
    return 1
}


keyring=/usr/share/keyrings/debian-archive-keyring.gpg


# Compiles nginx and the module from the tree of $source: $binary, $loaded.

compile() {
    local entry configure=./configure add=--add-dynamic-module

    [ -e "$source/configure" ] || configure=auto/configure
    [ "$row" != static ] || add=--add-module

    mkdir "$dir/nginx"

    for entry in "$source"/*; do
        case ${entry##*/} in
            objs | Makefile) ;;
            *) ln -s "$entry" "$dir/nginx/" ;;
        esac
    done

    cd "$dir/nginx"

    [ "$row" != tsan ] || show_unlock

    CC=$cc $configure "${args[@]}" --with-cc="$cc" --builddir="$dir/objs" \
        "$add=$root" >"$dir/configure.log" 2>&1 \
        || failed "configure: $(tail -n 2 "$dir/configure.log")"

    make -k -s -f "$dir/objs/Makefile" -j "$row_jobs" >"$dir/make.log" 2>&1 \
        || :

    cd "$root"

    count_warnings "$dir/make.log"

    binary=$dir/objs/nginx
    loaded=$dir/objs/$module.so

    [ "$row" != static ] || loaded=static

    [ -x "$binary" ] \
        || failed "make: $(grep -m 1 -E 'error|\*\*\*' "$dir/make.log")"
    [ "$loaded" = static ] || [ -f "$loaded" ] \
        || failed "make: $(grep -m 1 'error:' "$dir/make.log")"

    built=yes
}


# ThreadSanitizer knows GCC's atomic built-ins, and nginx's spinlock ends with
# a plain write: the tree gets a copy of the sources where it is one of them.

show_unlock() {
    local place

    place=$(readlink src)
    rm src
    cp -r "$place" src

    sed -i 's/^\(#define ngx_unlock(lock)\) .*/\1 __sync_lock_release(lock)/' \
        src/os/unix/ngx_atomic.h

    grep -q '__sync_lock_release(lock)' src/os/unix/ngx_atomic.h \
        || failed 'no ngx_unlock() in ngx_atomic.h'
}


# counts the warnings of the compiler about our files

count_warnings() {
    warnings=$(grep -cE "^$root/.*: (warning|error):" "$1" || :)
}


# runs the tests; prints how many passed, and which files have failures

run_tests() {
    local rc=0 total bad skipped

    # shellcheck disable=SC2086
    TEST_NGINX_BINARY=$binary TEST_NGINX_MODULE=$loaded OUT=$dir \
        prove -I t/lib -j "$row_jobs" $tests >"$dir/tests.log" 2>&1 </dev/null \
        || rc=$?

    total=$(sed -n 's/^Files=[0-9]*, Tests=\([0-9]*\),.*/\1/p' \
            "$dir/tests.log")
    bad=$(sed -n 's/^t\/.*(Wstat: .* Failed: \([0-9]*\))$/\1/p' \
          "$dir/tests.log" | awk '{ n += $1 } END { print n + 0 }')
    skipped=$(sed -n 's/^t\/\(.*\)\.t \.* skipped: \(.*\)$/\1: \2/p' \
              "$dir/tests.log")

    tested="$((${total:-0} - bad)) passed"

    # -q writes nothing but errors

    if [ "$row" = valgrind ] && [ -n "$(cat "$dir"/memcheck/*)" ]; then
        tested="$tested, 1 failed in $dir/memcheck"
        result 1
    fi

    if [ -n "$skipped" ]; then
        tested="$tested, skipped $(paste -sd ';' <<<"$skipped")"
    fi

    if [ "$rc" != 0 ]; then
        tested="$tested, $((bad ? bad : 1)) failed in $(line "$(
            sed -n 's/^t\/\(.*\)\.t  *(Wstat: .*/\1/p' "$dir/tests.log")")"
        result 1
    fi

    result
}


# sets the version that nginx shows, and adds its compiler to the options

describe() {
    version=$("$binary" -v 2>&1 | sed -n 's/^.*version: *//p' | paste -sd ' ')
    options="$options, $("$binary" -V 2>&1 \
                         | sed -n 's/^built with \([^ ]* [^ ]*\).*/\1/p')"
}


# the nginx of the package, and what "make build" makes for it

row_debian() {
    version=$(dpkg-query -W -f '${Version}' nginx 2>/dev/null) \
        || cannot "Debian's nginx is not installed"
    options='as it is'

    OUT=$dir/build JOBS=$row_jobs NGINX_SRC='' NGINX_BIN='' \
        bash t/tools/build.sh >"$dir/make.log" 2>&1 \
        || { count_warnings "$dir/make.log"
             failed "$(grep -m 1 -E 'error:|build.sh:' "$dir/make.log")"; }

    count_warnings "$dir/make.log"

    built=yes
    binary=$(PATH=$PATH:/usr/sbin command -v nginx)
    loaded=$dir/build/$module.so

    describe
    run_tests
}


row_source() {
    if [ -n "${NGINX_SRC-}" ]; then
        source=$(cd "$NGINX_SRC" && pwd)
    else
        exec 8>"$out/source.lock"
        flock 8
        fetch_source >"$dir/why" || cannot "$(cat "$dir/why")"
        exec 8>&-
    fi

    version=$(tree_version "$source")

    cc=cc
    # shellcheck disable=SC2206
    args=($usual)
    options='no debug'

    case $row in
        plain) ;;

        packages)
            # shellcheck disable=SC2206
            args=($org_args --with-cc-opt="$(line "$org_cc")"
                  --with-ld-opt="$org_ld")
            options="nginx.org's arguments"
        ;;

        clang)
            command -v clang >/dev/null || cannot 'clang is not installed'
            cc=clang
            options=$(clang --version | sed -n \
                      's/.*clang version \([0-9.]*\).*/clang \1/p')
        ;;

        O0 | O3)
            args+=(--with-cc-opt="-$row")
            options="-$row"
        ;;

        static)
            options=--add-module
        ;;

        no-pcre)
            args+=(--without-pcre --without-http_rewrite_module)
            options='without PCRE and rewrite'
        ;;

        no-threads)
            # shellcheck disable=SC2206
            args=(${usual/--with-threads/})
            options='without threads'
        ;;

        asan | tsan | valgrind)
            instrument
        ;;
    esac

    compile
    describe

    [ "$row" != valgrind ] || wrap_binary

    run_tests
}


# What finds faults of memory and races: flags, and what tests have to know of
# them.  NGX_DEBUG_PALLOC makes a block of malloc() of each of a pool's, whose
# ends and life the tool sees then.

instrument() {
    local cc_opt='-O1 -g -fno-omit-frame-pointer' ld_opt=''

    case $row in
        asan)
            cc_opt="$cc_opt -DNGX_DEBUG_PALLOC=1 -fsanitize=address"
            ld_opt=-fsanitize=address
            options='nginx with ASan too'
            export TEST_NGINX_PRELOAD ASAN_OPTIONS
            TEST_NGINX_PRELOAD=$(gcc -print-file-name=libasan.so)
            ASAN_OPTIONS=detect_leaks=0:detect_odr_violation=0
        ;;

        tsan)
            cc_opt="$cc_opt -fsanitize=thread"
            ld_opt=-fsanitize=thread
            options='ThreadSanitizer'
            tests=$thread_tests
            export TEST_NGINX_PRELOAD TSAN_OPTIONS
            TEST_NGINX_PRELOAD=$(gcc -print-file-name=libtsan.so)
            TSAN_OPTIONS=suppressions=$root/t/tools/tsan.supp
        ;;

        valgrind)
            command -v valgrind >/dev/null \
                || cannot 'valgrind is not installed'
            cc_opt="$cc_opt -DNGX_DEBUG_PALLOC=1"
            options='memcheck'
        ;;
    esac

    # some tests look into the log of debug

    args+=(--with-debug --with-cc-opt="$cc_opt" --with-ld-opt="$ld_opt")
}


# nginx in memcheck: a program that takes nginx's place

wrap_binary() {
    mkdir "$dir/memcheck"
    chmod 1777 "$dir/memcheck"

    cat >"$dir/nginx-valgrind" <<EOF
#!/bin/sh
exec valgrind -q --log-file='$dir/memcheck/%p' '$binary' "\$@"
EOF

    chmod 755 "$dir/nginx-valgrind"
    binary=$dir/nginx-valgrind
}


# A root of another suite.  All its mounts are made in a namespace of this row
# alone, and end with it, however it ends.

row_root() {
    options="Debian $row"

    root_lacking >"$dir/why"
    [ ! -s "$dir/why" ] || cannot "$(cat "$dir/why")"

    root_namespace bash "$root/t/tools/matrix.sh" --in-root "$row" "$dir" \
        "$row_jobs" >"$dir/root.log" 2>&1 || :

    if [ -f "$dir/chroot/out/matrix/debian/result" ]; then
        cp "$dir/chroot/out/matrix/debian/"*.log "$dir/" 2>/dev/null || :
        readarray -t field <"$dir/chroot/out/matrix/debian/result"
        rm -rf --one-file-system "$dir/chroot"

        version=${field[1]} options="$options, ${field[2]}" built=${field[3]}
        warnings=${field[4]} tested=${field[5]}

        case $built,$tested in
            yes,*failed*)    result 1 ;;
            yes,*)           result ;;
            *"cannot run"*)  result 2 ;;
            *)               result 1 ;;
        esac
    fi

    rm -rf --one-file-system "$dir/chroot"
    cannot "$(grep -E '^(E:|W: Fail|deps.sh:|debootstrap:)' "$dir/root.log" \
              | tail -n 1)"
}


# inside of the namespace

in_root() {
    local suite=$1 dir=$2 row_jobs=$3 there=$2/chroot

    root_make "$suite" "$there"

    mkdir "$there/s3o" "$there/out"
    cp -a config "$module.c" src t "$there/s3o/"

    # the root has a copy of the project, so nothing of the project is removed
    # with the root

    root_run "$there" JOBS="$row_jobs" OUT=/out TESTS="$tests" \
        sh -c 'cd /s3o && sh t/tools/deps.sh build subset \
               && bash t/tools/matrix.sh debian'
}


# one row, in a process of its own

run_row() {
    row=$1 row_jobs=$2
    dir=$out/$row
    version=- options='' built=no warnings=- tested=-

    rm -rf --one-file-system "$dir"
    mkdir "$dir"
    cd "$root"

    case " $source_rows $tool_rows " in
        *" $row "*) row_source ;;
    esac

    case " $root_rows " in
        *" $row "*) row_root ;;
    esac

    row_debian
}


# the rows that the arguments ask for

expand() {
    local word

    for word; do
        case $word in
            ci)     echo plain clang static no-threads ;;
            source) echo "$source_rows" ;;
            tools)  echo "$tool_rows" ;;
            all)    if [ -n "${NGINX_SRC-}" ]; then
                        echo "$source_rows"
                    else
                        echo "debian $source_rows $root_rows $tool_rows"
                    fi ;;
            *)      case " debian $source_rows $root_rows $tool_rows " in
                        *" $word "*) echo "$word" ;;
                        *)           die "no row \"$word\"" ;;
                    esac ;;
        esac
    done
}


table() {
    local row field n passed=0 bad=0

    printf '%-11s %-30s %-38s %-6s %-9s %s\n' \
        row version options built warnings tests

    for row in $rows; do
        readarray -t field <"$out/$row/result"
        printf '%-11s %-30s %-38s %-6s %-9s %s\n' "${field[@]}"

        n=${field[5]%% passed*}
        [[ $n =~ ^[0-9]+$ ]] && passed=$((passed + n))

        n=$(sed -n 's/.* \([0-9]*\) failed in .*/\1/p' <<<"${field[5]}")
        bad=$((bad + ${n:-0}))
    done

    # a row that should have run tests and ran none counts as a failure

    echo "matrix: $passed passed, $((bad + lost)) failed"
}


# runs the rows, as many as there are jobs at a time

run_rows() {
    local row running=0 count

    count=$(wc -w <<<"$rows")

    for row in $rows; do
        if [ "$running" -ge "$jobs" ]; then
            wait -n || :
            running=$((running - 1))
        fi

        echo "row $row"
        bash "$root/t/tools/matrix.sh" --row "$row" \
            $((count < jobs ? jobs / count : 1)) >"$out/$row.log" 2>&1 &
        running=$((running + 1))
    done

    wait
}


# Counts the rows that ran no test.  A row that cannot run counts when it was
# named.

count_lost() {
    local row field

    lost=0

    for row in $rows; do
        [ -f "$out/$row/result" ] \
            || printf '%s\n' "$row" - - no - "died: $(line "$(
                   tail -n 2 "$out/$row.log")")" >"$out/$row/result"

        readarray -t field <"$out/$row/result"

        case ${field[5]} in
            *' passed'*) ;;
            'cannot run'*)
                case " $* " in
                    *' all '* | *' source '*) ;;
                    *) lost=$((lost + 1)) ;;
                esac
            ;;
            *) lost=$((lost + 1)) ;;
        esac
    done
}


main() {
    case ${1-} in
        --in-root) in_root "${@:2}"; exit ;;
        --row)     run_row "${@:2}" ;;
        '')        set -- all ;;
    esac

    rows=$(expand "$@")
    rows=$(line "$rows")

    run_rows
    count_lost "$@"

    table | tee "$out/table"

    if grep -q 'matrix: .* [1-9][0-9]* failed' "$out/table"; then
        exit 1
    fi

    exit 0
}


main "$@"
