#!/usr/bin/env bash

# Builds the module: $OUT/ngx_http_s3o_presign_module.so.
#
#     NGINX_SRC nginx source tree; by default what Debian's nginx-dev installs.
#               A tree that was configured before is built for with the same
#               arguments, another one with those of NGINX_BIN, or else with
#               --with-compat --with-http_ssl_module.
#     NGINX_BIN with NGINX_SRC: the nginx that will load the module
#     OUT       output directory: build, or build-asan
#     SANITIZE  1: with AddressSanitizer and UndefinedBehaviorSanitizer
#     COVERAGE  1: counts how often each line runs, for gcov
#     JOBS      of make, all processors by default
#
# Nothing is written outside of OUT: nginx's configure runs in a directory of
# links to the source tree.  It runs once, and again when something that it
# depends on has changed; everything else is make's.

set -euo pipefail

module=ngx_http_s3o_presign_module

# the make of nginx must not take part in the jobs of ours
unset MAKEFLAGS MFLAGS MAKELEVEL

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
sanitize=${SANITIZE:-0}
src=${NGINX_SRC:-/usr/share/nginx/src}
out=${OUT:-$root/build}

if [ "$sanitize" = 1 ]; then
    out=${OUT:-$root/build-asan}
fi

asan='-O1 -g -fsanitize=address,undefined -fno-omit-frame-pointer'

# a worker that is killed while it writes its counters must not spoil them, and
# with absolute names gcov finds the headers of nginx, too
coverage='-O0 -g --coverage -fprofile-update=atomic -fprofile-abs-path'


die() {
    echo "build.sh: $*" >&2
    exit 1
}


# splits a line of shell-quoted words into "words", without running any of it

split() {
    readarray -d '' words < <(printf '%s' "$1" | xargs -r printf '%s\0')
}


# nginx's version as the source tree has it

version() {
    sed -n 's/^#define NGINX_VERSION  *"\(.*\)"/\1/p' \
        "$src/src/core/nginx.h"
}


# Does "nginx -V" show this version?  Servers made from nginx have names of
# their own ("nginx version: openresty/1.31.1"), and may add one more number.

is_version() {
    local v
    v=$(version)

    grep -Eq "version: [A-Za-z]+/${v//./\\.}(\.[0-9]+)?( |\$)" <<<"$1"
}


# the arguments that the tree, or the binary, was configured with

arguments() {
    local line

    if [ -f "$src/conf_flags" ]; then
        # shellcheck disable=SC1091
        . "$src/conf_flags"
        words=("${NGX_CONF_FLAGS[@]}"
               --with-cc-opt="$(flags CFLAGS) -fPIC $(flags CPPFLAGS)"
               --with-ld-opt="$(flags LDFLAGS) -fPIC")

    elif [ -f "$src/objs/ngx_auto_config.h" ]; then
        line=$(sed -n 's/^#define NGX_CONFIGURE "\(.*\)"$/\1/p' \
               "$src/objs/ngx_auto_config.h")
        split "${line//\\\"/\"}"

    elif [ -n "${NGINX_BIN-}" ]; then
        line=$("$NGINX_BIN" -V 2>&1)

        is_version "$line" \
            || die "$NGINX_BIN is not nginx $(version), the version of $src"

        split "$(sed -n 's/^configure arguments: //p' <<<"$line")"

    else
        words=(--with-compat --with-http_ssl_module)
    fi
}


flags() {
    (cd "$out" && dpkg-buildflags --get "$1")
}


# Adapts the arguments: no modules of others, no paths of the place where that
# nginx was built, and paths that are right from another directory.

adapt() {
    local word name value cc='' ld=''

    args=()

    for word in "${words[@]}"; do
        name=${word%%=*}
        value=${word#*=}

        case $name in
            --with-cc-opt)  cc=$value ;;
            --with-ld-opt)  ld=$value ;;

            --builddir | --add-dynamic-module) ;;

            --with-openssl | --with-pcre | --with-zlib | --with-libatomic \
            | --add-module)
                case $value in
                    /* | "$name") args+=("$word") ;;
                    *)            args+=("$name=$src/$value") ;;
                esac
            ;;

            *)  args+=("$word") ;;
        esac
    done

    if [ "$sanitize" = 1 ]; then
        # with _FORTIFY_SOURCE the sanitizers do not see the functions that it
        # checks
        cc="$cc -U_FORTIFY_SOURCE $asan"
        ld="$ld $asan"
    fi

    if [ "${COVERAGE:-0}" = 1 ]; then
        cc="$cc -U_FORTIFY_SOURCE $coverage"
        ld="$ld --coverage"
    fi

    args+=(--with-cc-opt="$cc" --with-ld-opt="$ld"
           --add-dynamic-module="$root" --builddir="$objs")
}


# what a configured build depends on, apart from what make checks

stamp() {
    printf '%s\n' "$src" "$(version)" "${args[@]}"
    stat -c '%n %Y' "$src/src/core/nginx.h"
    "${CC:-cc}" --version
    cat "$root/config"
}


configure() {
    local entry configure=./configure

    rm -rf "$tree" "$objs"
    mkdir -p "$tree"

    for entry in "$src"/*; do
        case ${entry##*/} in
            objs | Makefile) ;;
            *) ln -s "$entry" "$tree/" ;;
        esac
    done

    # a checkout of nginx's repository has it in auto/
    [ -e "$src/configure" ] || configure=auto/configure

    echo "configuring for nginx $(version) in $src"

    if ! (cd "$tree" && ASAN_OPTIONS=detect_leaks=0 \
          $configure "${args[@]}" >"$out/configure.log" 2>&1)
    then
        tail -n 20 "$out/configure.log" >&2
        die "configure failed, see $out/configure.log"
    fi
}


[ -f "$src/src/core/nginx.h" ] \
    || die "no nginx source tree in $src:" \
           "run \"make deps\" (as root), or set NGINX_SRC"

mkdir -p "$out"

src=$(cd "$src" && pwd)
out=$(cd "$out" && pwd)
tree=$out/nginx
objs=$out/objs

case $src$root$out in
    *[[:space:]]*) die "nginx's build takes no paths with spaces" ;;
esac

exec 9>"$out/.lock"
flock 9

arguments
adapt

stamp=$(stamp)

if [ ! -f "$objs/Makefile" ] || [ ! -f "$objs/stamp" ] \
    || [ "$stamp" != "$(cat "$objs/stamp")" ]
then
    configure
    echo "$stamp" >"$objs/stamp"
fi

cd "$tree"
make --no-print-directory -s -f "$objs/Makefile" \
    -j "${JOBS:-$(nproc)}" "$objs/$module.so"

# a running nginx keeps the file that it has mapped
ln -f "$objs/$module.so" "$out/$module.so"

echo "built $out/$module.so"
