# shellcheck shell=bash

# Roots of Debian's suites, which debootstrap makes: read by scripts that need
# one ("." of bash), not run.
#
#     MIRROR  of Debian: http://deb.debian.org
#
# root_namespace COMMAND...
#     runs it where mounts and processes of its own end with it, as root.
# root_make SUITE DIRECTORY
#     a minimal system, there and nowhere else; what it says goes to stdout.
#     It has the suite's updates and fixes, and starts no daemon.
# root_run DIRECTORY COMMAND...
#     runs a command in it, with the environment of nobody.
# root_files DIRECTORY
#     lists its files, and what they lead to, but not what the system itself
#     writes as packages come and go.
#
# A root needs its own /proc, so the last three belong in a namespace.

mirror=${MIRROR:-http://deb.debian.org}


# prints why no root can be made here, or nothing

root_lacking() {
    [ "$(id -u)" = 0 ] || { echo 'needs root'; return; }

    command -v debootstrap >/dev/null \
        || { echo 'debootstrap is not installed'; return; }

    unshare --mount true 2>&1 || :
}


root_namespace() {
    unshare --mount --pid --fork --kill-child --propagation private \
        --mount-proc "$@"
}


root_make() {
    local suite=$1 there=$2 area

    rm -rf --one-file-system "$there"

    debootstrap --variant=minbase "$suite" "$there" "$mirror/debian" || return

    # a root need not survive a crash, so dpkg need not wait for the disk

    echo force-unsafe-io >"$there/etc/dpkg/dpkg.cfg.d/unsafe-io"

    # a mirror may be some weeks behind, which sid allows for one

    echo 'Acquire::Check-Valid-Until "false";' \
        >"$there/etc/apt/apt.conf.d/99-mirror"

    for area in debian debian-updates debian-security; do
        case $suite,$area in
            *,debian)         echo "deb $mirror/debian $suite main" ;;
            sid,*)            ;;
            *,debian-updates) echo "deb $mirror/debian $suite-updates main" ;;
            *) echo "deb $mirror/debian-security $suite-security main" ;;
        esac
    done >"$there/etc/apt/sources.list"

    printf '#!/bin/sh\nexit 101\n' >"$there/usr/sbin/policy-rc.d"
    chmod 755 "$there/usr/sbin/policy-rc.d"

    # /proc may be mounted already

    mountpoint -q "$there/proc" || mount -t proc proc "$there/proc"
    cp /etc/resolv.conf "$there/etc/resolv.conf"
}


root_run() {
    local there=$1

    mountpoint -q "$there/proc" || mount -t proc proc "$there/proc"

    chroot "$there" /usr/bin/env -i PATH="$PATH" LANG=C.UTF-8 HOME=/tmp \
        DEBIAN_FRONTEND=noninteractive "${@:2}"
}


root_files() {
    (cd "$1" && find . -xdev \( -path ./proc -o -path ./dev -o -path ./tmp \
        -o -path ./var/cache -o -path ./var/log -o -path ./var/lib/apt \
        -o -path ./var/lib/dpkg -o -path ./etc/ld.so.cache \) -prune \
        -o -printf '%y %p %l\n' | sort)
}
