#!/usr/bin/env bash

# Builds the Debian package, and checks it with lintian.
#
#     bash t/tools/deb.sh [test]
#
#     OUT     output directory: the package is OUT/deb/*.deb
#     JOBS    how many compilers run at a time
#     MIRROR  of Debian: http://deb.debian.org
#
# With "test" the package is also installed in a root that debootstrap makes,
# of the suite that this machine has, and its test runs there: needs root.

set -euo pipefail

# our make is no part of the package's
unset MAKEFLAGS MFLAGS MAKELEVEL

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

mkdir -p "${OUT:-$root/build}"

out=$(cd "${OUT:-$root/build}" && pwd)/deb
mirror=${MIRROR:-http://deb.debian.org}

cd "$root"

name=$(dpkg-parsechangelog -S Source)
version=$(dpkg-parsechangelog -S Version)
upstream=${version%-*}
epoch=$(dpkg-parsechangelog -S Timestamp)


die() {
    echo "deb.sh: $*" >&2
    exit 1
}


# the files of the project: what git has, or all but what is built

files() {
    if git -c safe.directory="$root" rev-parse --git-dir >/dev/null 2>&1; then
        git -c safe.directory="$root" ls-files -co \
            --exclude-standard
    else
        find . \( -name build -o -name build-asan -o -name .git \) -prune \
            -o -type f -printf '%P\n' | sort
    fi
}


# the source, the same archive for the same files

make_source() {
    rm -rf "$out"
    mkdir -p "$out/$name-$upstream"

    files | tar -c --no-recursion -T - | tar -x -C "$out/$name-$upstream"

    cd "$out"

    tar --sort=name --mtime="@$epoch" --owner=0 --group=0 --numeric-owner \
        --exclude="$name-$upstream/debian" \
        -cJf "${name}_$upstream.orig.tar.xz" "$name-$upstream"

    cd "$name-$upstream"
}


# of the package's own that are not for Debian's archive

expected='bogus-mail-host,initial-upload-closes-no-bugs'

build() {
    DEB_BUILD_OPTIONS="parallel=${JOBS:-1}" \
        dpkg-buildpackage -us -uc -F >"$out/log" 2>&1 \
        || { tail -n 30 "$out/log" >&2; die "see $out/log"; }

    lintian --allow-root --fail-on error,warning \
        --suppress-tags "$expected" "$out"/*.changes
}


# the package in a root of its own, whose mounts are gone with it

test_root() {
    local suite there=$out/chroot

    [ "$(id -u)" = 0 ] || die 'the test needs root'

    # shellcheck disable=SC1091
    suite=$(. /etc/os-release && echo "${VERSION_CODENAME-sid}")

    debootstrap --variant=minbase "$suite" "$there" "$mirror/debian" \
        >"$out/debootstrap.log" 2>&1 || die "see $out/debootstrap.log"

    cp "$out"/*.deb "$there/"
    cp "$root/debian/tests/redirect" "$there/"

    for name in '' -updates -security; do
        case $suite$name in
            sid-*) ;;
            *-security) echo "deb $mirror/debian-security $suite$name main" ;;
            *) echo "deb $mirror/debian $suite$name main" ;;
        esac
    done >"$there/etc/apt/sources.list"

    cp /etc/resolv.conf "$there/etc/resolv.conf"
    printf '#!/bin/sh\nexit 101\n' >"$there/usr/sbin/policy-rc.d"
    chmod 755 "$there/usr/sbin/policy-rc.d"

    mount -t proc proc "$there/proc"

    chroot "$there" /usr/bin/env -i PATH="$PATH" LANG=C.UTF-8 HOME=/root \
        DEBIAN_FRONTEND=noninteractive sh -ec '
            apt-get -q update
            apt-get -q install -y --no-install-recommends /*.deb curl \
                python3-botocore
            nginx -t
            sh /redirect
            apt-get -q purge -y libnginx-mod-http-s3o-presign
            nginx -t
            ! ls -d /etc/nginx/modules-*/*s3o* \
                /usr/lib/nginx/modules/*s3o* 2>/dev/null
        ' >"$out/test.log" 2>&1 \
        || { tail -n 30 "$out/test.log" >&2; die "see $out/test.log"; }

    sed -n 's/^a redirect, and/deb.sh: &/p' "$out/test.log"
}


case ${1-} in
    --in-namespace)
        test_root
        exit
    ;;
    '' | test) ;;
    *) die "unknown argument \"$1\", use \"test\"" ;;
esac

make_source
build

cd "$root"

ls "$out"/*.deb

if [ "${1-}" = test ]; then
    unshare --mount --pid --fork --kill-child --propagation private \
        bash "$root/t/tools/deb.sh" --in-namespace
    rm -rf --one-file-system "$out/chroot"
fi
