#!/usr/bin/env bash

# Goes through "From nothing to a page" of docs/packages.md, in a bare root of
# each suite, with the commands and the configuration as they stand there, and
# says how long they took: "make test-walk".  As root.
#
#     bash t/tools/walk.sh SUITE...
#
#     OUT     output directory: all is in OUT/walk
#     MIRROR  of Debian: http://deb.debian.org
#
# walk.pl does the walking.  Before the page is used the network is one of its
# own, in which there are an Outpost and a DNS server.

set -euo pipefail

unset MAKEFLAGS MFLAGS MAKELEVEL

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# shellcheck source=t/tools/root.sh
. "$root/t/tools/root.sh"

mkdir -p "${OUT:-$root/build}/walk"

out=$(cd "${OUT:-$root/build}/walk" && pwd)


die() {
    echo "walk.sh: $*" >&2
    exit 1
}


# the files of the project, without what is built

files() {
    cd "$root"
    find . \( -name build -o -name build-asan -o -name .git \) -prune \
        -o -type f -printf '%P\0'
}


walk() {
    local suite=$1 there=$out/$1

    root_make "$suite" "$there" >"$out/$suite.log" 2>&1 \
        || { tail -n 20 "$out/$suite.log" >&2; die "no root of $suite"; }

    mkdir "$there/srv/s3o"
    files | tar -c -C "$root" --null -T - | tar -x -C "$there/srv/s3o"

    cd "$root"
    perl -I t/lib t/tools/walk.pl install "$there"
    perl -I t/lib t/tools/walk.pl use "$there"
}


case ${1-} in
    --in-namespace)
        walk "$2"
    ;;
    '')
        die 'which suite? for example bookworm, trixie'
    ;;
    *)
        why=$(root_lacking)
        [ -z "$why" ] || die "$why"

        for suite; do
            rc=0
            root_namespace bash "$root/t/tools/walk.sh" --in-namespace \
                "$suite" || rc=$?
            rm -rf --one-file-system "${out:?}/$suite"
            [ "$rc" = 0 ] || exit "$rc"
        done
    ;;
esac
