#!/usr/bin/env bash

# Builds the Debian package, and checks it with lintian.
#
#     bash t/tools/deb.sh                  for the nginx of this machine
#     bash t/tools/deb.sh build SUITE...   for that of these suites
#     bash t/tools/deb.sh test SUITE...    the same, each tried out
#
#     OUT     output directory: the package is OUT/deb/*.deb, that of a suite
#             OUT/deb/SUITE/*.deb
#     JOBS    how many compilers run at a time
#     MIRROR  of Debian: http://deb.debian.org
#
# A suite (bookworm, trixie, sid) has its own root, which debootstrap makes and
# which is gone at the end: that needs root.  Tried out, the package is built a
# second time at another place, in another time zone and language, and must be
# the same; its test runs in a root without compilers, by autopkgtest; and what
# is left after it was purged must be what was there before.

set -euo pipefail

# the make of the package must not take part in the jobs of ours
unset MAKEFLAGS MFLAGS MAKELEVEL

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# shellcheck source=t/tools/root.sh
. "$root/t/tools/root.sh"

mkdir -p "${OUT:-$root/build}"

out=$(cd "${OUT:-$root/build}" && pwd)/deb

cd "$root"

name=$(dpkg-parsechangelog -S Source)
version=$(dpkg-parsechangelog -S Version)
upstream=${version%-*}
epoch=$(dpkg-parsechangelog -S Timestamp)


die() {
    echo "deb.sh: $*" >&2
    exit 1
}


# the files of the project: those of git, or all except what is built

files() {
    if git -c safe.directory="$root" rev-parse --git-dir >/dev/null 2>&1; then
        git -c safe.directory="$root" ls-files -co \
            --exclude-standard
    else
        find . \( -name build -o -name build-asan -o -name .git \) -prune \
            -o -type f -printf '%P\n' | sort
    fi
}


# the source in a new directory, the same archive for the same files

make_source() {
    local there=$1/$name-$upstream

    mkdir -p "$there"
    files | tar -c --no-recursion -T - | tar -x -C "$there"

    tar --sort=name --mtime="@$epoch" --owner=0 --group=0 --numeric-owner \
        --exclude="$name-$upstream/debian" -C "$1" \
        -cJf "$1/${name}_$upstream.orig.tar.xz" "$name-$upstream"
}


# faults that the package may have are in debian/*.lintian-overrides, with the
# reason

lint='lintian --allow-root --fail-on error,warning'


build_here() {
    rm -rf "$out"
    make_source "$out"

    (cd "$out/$name-$upstream" \
     && DEB_BUILD_OPTIONS="parallel=${JOBS:-1}" \
        dpkg-buildpackage -us -uc -F >"$out/log" 2>&1) \
        || { tail -n 30 "$out/log" >&2; die "see $out/log"; }

    $lint "$out"/*.changes
    ls "$out"/*.deb
}


# runs one step of a suite: its description, and a command whose output is kept

step() {
    local what=$1

    "${@:2}" >>"$dir/log" 2>&1 </dev/null \
        || { tail -n 30 "$dir/log" >&2; die "$suite: $what: see $dir/log"; }

    echo "deb.sh: $suite: $what"
}


# builds the package of a directory in a root; the package must not show where
# and how it was built

build_in() {
    root_run "$1" "${@:3}" DEB_BUILD_OPTIONS="parallel=${JOBS:-1}" \
        sh -ec "cd '$2/$name-$upstream' && dpkg-buildpackage -us -uc -F"
}


build_suite() {
    local there=$dir/compilers

    make_source "$dir/source"
    cp -ax "$dir/root" "$there"
    cp -a "$dir/source" "$there/build"

    step 'its compilers' root_run "$there" sh -ec '
        apt-get -q update
        apt-get -q install -y --no-install-recommends dpkg-dev lintian
        apt-get -q build-dep -y --no-install-recommends /build/*/'
    step 'built' build_in "$there" /build

    cp "$there"/build/*.deb "$there"/build/*.dsc "$there"/build/*.xz "$dir/"

    step 'lintian has nothing to say' \
        root_run "$there" sh -ec "$lint /build/*.changes"
}


rebuild() {
    local there=$dir/compilers other=/srv/another/place deb

    mkdir -p "$there${other%/*}"
    cp -a "$dir/source" "$there$other"

    step 'built elsewhere' build_in "$there" "$other" TZ=Asia/Tokyo LANG=C \
        LC_ALL=C

    mkdir "$dir/again"
    cp "$there$other"/*.deb "$dir/again/"

    for deb in "$dir"/*.deb; do
        step "${deb##*/} is the same" cmp "$deb" "$dir/again/${deb##*/}"
    done
}


try_out() {
    local there=$dir/root deb

    deb=$(ls "$dir/${name}_"*.deb)

    step 'nginx' root_run "$there" sh -ec '
        apt-get -q update
        apt-get -q install -y --no-install-recommends nginx
        nginx -t'

    cp "$deb" "$there/tmp/"
    cp -ax "$there" "$dir/tester"
    root_files "$there" >"$dir/before"

    step 'installed, enabled, purged' root_run "$there" sh -ec '
        apt-get -q install -y --no-install-recommends /tmp/*.deb
        ls -l /etc/nginx/modules-enabled/*s3o*
        nginx -t
        nginx -T 2>&1 | grep -x "load_module .*s3o.*"
        apt-get -q purge -y --autoremove "libnginx-mod-http-s3o-presign*"
        nginx -t'

    root_files "$there" >"$dir/after"
    step 'nothing is left' diff "$dir/before" "$dir/after"

    # autopkgtest gets what it needs in a root from Debian

    step 'autopkgtest passes' autopkgtest --no-built-binaries \
        --output-dir "$dir/autopkgtest" "$deb" "$dir"/*.dsc \
        -- chroot "$dir/tester"
}


run_suite() {
    local suite=$2 dir=$out/$2

    step 'a root' root_make "$suite" "$dir/root"
    build_suite

    if [ "$1" = test ]; then
        rebuild
        try_out
    fi
}


one_suite() {
    local rc=0

    rm -rf --one-file-system "${out:?}/$2"
    mkdir -p "$out/$2"

    root_namespace bash "$root/t/tools/deb.sh" --in-namespace "$1" "$2" || rc=$?

    rm -rf --one-file-system "$out/$2/"{root,compilers,tester,source}
    [ "$rc" = 0 ] || exit "$rc"

    ls "$out/$2"/*.deb
}


case ${1-} in
    '')
        build_here
    ;;
    --in-namespace)
        run_suite "$2" "$3"
    ;;
    build | test)
        [ $# -gt 1 ] || die "which suite? for example bookworm, trixie, sid"

        why=$(root_lacking)
        [ -z "$why" ] || die "$why"

        for suite in "${@:2}"; do
            one_suite "$1" "$suite"
        done
    ;;
    *)
        die "unknown argument \"$1\", use \"build\" or \"test\""
    ;;
esac
