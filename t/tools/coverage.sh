#!/usr/bin/env bash

# Which lines of the module do the tests run?  Builds it for gcov, runs the
# tests with it, and reports the lines of the pure half and of the glue.
#
#     bash t/tools/coverage.sh [TEST...]
#
#     TEST     files or folders of tests; all that count by default, and each
#              allocation fails once in them
#     OUT      output directory, of its own: build-coverage
#     JOBS     how many test programs run at a time
#
# Counters are added to those of earlier runs with the same sources.  A line
# that no test runs has to stand in t/tools/untested.txt with the reason.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

cd "$root"

mkdir -p "${OUT:-build-coverage}"

out=$(cd "${OUT:-build-coverage}" && pwd)
module=$out/ngx_http_s3o_presign_module.so
jobs=${JOBS:-$(nproc)}

# A worker runs as another user than the master, and writes to files that
# either of them has made.

umask 000


die() {
    echo "coverage.sh: $*" >&2
    exit 1
}


build() {
    local folder flags='-std=gnu99 -O0 -g --coverage'

    # with absolute names gcov finds the headers of nginx, too

    flags="$flags -fprofile-update=atomic -fprofile-abs-path"

    COVERAGE=1 OUT=$out bash t/tools/build.sh

    # the unit tests without sanitizers, whose own branches would count

    for folder in src/*/; do
        flags="$flags -I$folder"
    done

    make -s unit-bin OUT="$out" \
        UNIT_CFLAGS="$flags -It/unit -I$out/unit -MMD -MP"
}


run() {
    TEST_NGINX_MODULE=$module OUT=$out ALLOC=all \
        prove -I t/lib --timer -j "$jobs" -r "$@" </dev/null
}


command -v gcovr >/dev/null || die 'gcovr is not installed'

build

if [ $# = 0 ]; then
    # what does not drive the module says nothing of its lines

    set --
    for folder in t/*/; do
        case $folder in
            t/bench/ | t/demo/ | t/harness/ | t/style/ | t/s3-clients/ \
                | t/image/) ;;
            *) [ -z "$(find "$folder" -name '*.t')" ] || set -- "$@" "$folder"
        esac
    done
fi

run "$@" || die 'tests have failed: nothing is said of their lines'

gcovr --root . --filter src/ --filter ngx_http_s3o_presign_module.c \
    --object-directory "$out" --gcov-ignore-parse-errors \
    --json "$out/coverage.json" --html-details "$out/coverage.html" \
    "$out" >"$out/gcovr.log" 2>&1 \
    || die "gcovr: $(tail -n 1 "$out/gcovr.log")"

perl t/tools/untested.pl "$out/coverage.json"
