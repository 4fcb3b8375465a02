#!/usr/bin/env bash

# Static analysis of the module: gcc -fanalyzer, cppcheck, clang-tidy.
#
#     bash t/tools/static.sh [TOOL...]
#
#     TOOL     gcc, cppcheck, clang-tidy; all of them by default
#     OUT      where the module was built: its Makefile has the flags
#     JOBS     how many files are looked at at a time
#
# Any finding is a failure.  What is none is told to the tool where it reports
# it, with the reason: in t/tools/cppcheck.supp, in .clang-tidy, or in a
# comment beside the code.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=$(cd "${OUT:-$root/build}" && pwd)
jobs=${JOBS:-$(nproc)}
log=$out/static

cd "$root"


die() {
    echo "static.sh: $*" >&2
    exit 1
}


# -I of nginx and of the module, as nginx's own Makefile has them, and of what
# the pure half is tested with

includes() {
    # shellcheck disable=SC2016
    printf 'include $(OBJS)/Makefile\nprint:\n\t@echo $(ALL_INCS)\n' \
        | make --no-print-directory -s -f - OBJS="$out/objs" print
}


nginx_flags() {
    local word next=no

    flags=()

    for word in $(includes); do
        case $word in
            -I)  next=yes ;;
            -I*) add_include "${word#-I}" ;;
            *)   [ "$next" = no ] || add_include "$word"; next=no ;;
        esac
    done
}


# nginx's own headers are somebody else's: nothing is said of them

add_include() {
    case $1 in
        "$root"/src/*) flags+=(-I "$1") ;;
        /*)            flags+=(-isystem "$1") ;;
        *)             flags+=(-isystem "$out/nginx/$1") ;;
    esac
}


each() {
    printf '%s\0' "${sources[@]}" | xargs -0 -P "$jobs" -n 1 "$@"
}


run_gcc() {
    each gcc -std=gnu99 -O2 -g -W -Wall -Wpointer-arith \
        -Wno-unused-parameter -fanalyzer -fdiagnostics-plain-output \
        "${flags[@]}" -c -o /dev/null
}


run_cppcheck() {
    local word cpp=()

    # it reads no headers of the system, and knows the C library by itself

    for word in "${flags[@]}"; do
        case $word in
            -I | -isystem) cpp+=(-I) ;;
            *)             cpp+=("$word") ;;
        esac
    done

    cppcheck -q -j "$jobs" --std=c99 --inline-suppr --error-exitcode=1 \
        --enable=warning,performance,portability \
        --suppressions-list=t/tools/cppcheck.supp \
        --suppress="*:$out/nginx/*" --suppress="*:$out/objs/*" \
        -D__GNUC__ -D__linux__ -D__x86_64__ -DNGX_PTR_SIZE=8 \
        "${cpp[@]}" "${sources[@]}"
}


run_clang_tidy() {
    local rc=0

    # "2 warnings generated." of headers that are not shown is no finding

    clang_tidy=$(command -v clang-tidy)

    printf '%s\0' "${sources[@]}" \
        | xargs -0 -P "$jobs" -I '{}' "$clang_tidy" --quiet '{}' -- \
          -std=gnu99 "${flags[@]}" 2>"$log-clang-tidy.err" || rc=$?

    grep -v '^[0-9]* warnings\? generated\.$' "$log-clang-tidy.err" >&2 || :

    return $rc
}


[ -f "$out/objs/Makefile" ] || die "no build in $out: run \"make build\""

[ $# != 0 ] || set -- gcc cppcheck clang-tidy

nginx_flags

sources=(ngx_http_s3o_presign_module.c src/*/*.c)
failed=''

for tool; do
    command -v "$tool" >/dev/null || die "$tool is not installed"

    rc=0

    case $tool in
        gcc)        run_gcc >"$log-gcc.log" 2>&1 || rc=$? ;;
        cppcheck)   run_cppcheck >"$log-cppcheck.log" 2>&1 || rc=$? ;;
        clang-tidy) run_clang_tidy >"$log-clang-tidy.log" 2>&1 || rc=$? ;;
        *)          die "no tool \"$tool\": gcc, cppcheck or clang-tidy" ;;
    esac

    # xargs tells that a program failed; a warning of gcc is none to it

    count=$(grep -cE '^[^ ].*: (warning|error|portability|performance):' \
            "$log-$tool.log" || :)

    if [ "$rc" = 0 ] && [ "$count" = 0 ]; then
        echo "ok     $tool: ${#sources[@]} files, no finding"

    else
        echo "failed $tool: $count findings, see $log-$tool.log"
        failed=yes
    fi
done

[ -z "$failed" ]
