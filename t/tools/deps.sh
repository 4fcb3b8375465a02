#!/bin/sh

# Installs the Debian packages that the Makefile's targets need.
#
#     sh t/tools/deps.sh [--list] GROUP...
#
# The groups are build, test, demo, asan, style, bench, clients, matrix, subset
# (what the tests of "make matrix" need), deb, roots, image, walk, fuzz, static,
# coverage and all.
#
# Says nothing when all of them are there.  As root it installs what is
# missing; as anybody else it names the command that would.

set -eu

# nginx-dev brings the headers of OpenSSL, PCRE and zlib with it
build='bash gcc libc6-dev make dpkg-dev nginx nginx-dev libssl-dev
       libpcre2-dev libjansson-dev libexpat1-dev'

# a real S3 server on loopback; these packages depend on radosgw-admin, ceph,
# monmaptool
rgw='radosgw ceph-mon ceph-osd'

test="perl libio-socket-ssl-perl openssl ca-certificates curl faketime git
      nghttp2-client nodejs iproute2 python3 python3-botocore python3-boto3
      python3-cryptography python3-yaml python3-kubernetes python3-hpack
      python3-hyperframe valgrind busybox
      libnginx-mod-http-xslt-filter libnginx-mod-http-image-filter
      $rgw"

demo="perl libio-socket-ssl-perl openssl ca-certificates curl $rgw"

# gcc brings libasan and libubsan
asan=''

style='perl git gcc libc6-dev libssl-dev binutils'

# the script engines that are measured beside the module come with nginx
# modules, which only Debian's own nginx.conf loads
bench='perl wrk curl openssl util-linux linux-perf valgrind python3
       python3-cryptography libnginx-mod-http-js libnginx-mod-http-lua'

# awscli, gdal-bin and s3fs bring the Python and the FUSE that they need; npm
# may be there as a part of another package of Node
clients="awscli rclone restic s3cmd s3fs gdal-bin git-lfs
         default-jdk-headless wget mount util-linux chromium chromium-driver"
command -v npm >/dev/null || clients="$clients nodejs npm"

subset='perl libio-socket-ssl-perl openssl ca-certificates curl faketime
        python3 python3-cryptography'

# what compiles nginx, and fetches the source of Debian's
matrix="$subset clang xz-utils patch debian-archive-keyring debootstrap
        util-linux zlib1g-dev valgrind"

# what builds the Debian package and checks it, and what tries packages in
# roots of their own
deb='build-essential debhelper lintian dpkg-dev perl man-db xz-utils'
roots="$deb debootstrap util-linux autopkgtest"

# what builds an image without a daemon, and tries it
image="perl python3 python3-botocore python3-yaml python3-kubernetes iproute2
       curl debootstrap util-linux buildah"

# what goes from a bare root to an upload in a browser
walk="$test debootstrap util-linux chromium chromium-driver"

# libFuzzer comes with the runtime of clang's sanitizers
fuzz='clang libclang-rt-dev libssl-dev libc6-dev'

static='cppcheck clang-tidy'

coverage='gcovr perl'

groups='build, test, demo, asan, style, bench, clients, matrix, subset, deb,
roots, image, walk, fuzz, static, coverage or all'


die() {
    echo "deps.sh: $*" >&2
    exit 1
}


packages() {
    for group; do
        case $group in
            build) echo "$build" ;;
            test)  echo "$build $test" ;;
            demo)  echo "$build $demo" ;;
            asan)  echo "$build $test $asan" ;;
            style) echo "$style" ;;
            bench) echo "$build $bench" ;;
            clients) echo "$build $test $clients" ;;
            subset) echo "$subset" ;;
            matrix) echo "$build $matrix" ;;
            deb)   echo "$build $deb" ;;
            roots) echo "$build $roots" ;;
            image) echo "$image" ;;
            walk)  echo "$build $walk" ;;
            fuzz)  echo "$fuzz" ;;
            static) echo "$build $static" ;;
            coverage) echo "$build $test $coverage" ;;
            all)   echo "$build $test $demo $asan $style $bench $clients" \
                        "$matrix $deb $roots $image $walk $fuzz $static" \
                        "$coverage" ;;
            *)     die "unknown group \"$group\", use $groups" ;;
        esac
    done
}


# prints the named packages that are not installed

missing() {
    # shellcheck disable=SC2016
    dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null \
        | awk -v wanted="$*" '
            $2 == "installed"  { have[$1] = 1 }
            END {
                n = split(wanted, names)
                for (i = 1; i <= n; i++)
                    if (!have[names[i]]++)
                        print names[i]
            }'
}


# Installing nginx and Ceph must start no daemon: Debian's way to say so is
# this file.  One that the machine already has is left alone.

policy=${S3O_POLICY_RC_D:-/usr/sbin/policy-rc.d}

no_daemons() {
    [ -e "$policy" ] || [ -L "$policy" ] && return

    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
    ours=yes
}


cleanup() {
    [ -z "$teller" ] || kill "$teller" 2>/dev/null || :
    [ -z "$ours" ] || rm -f "$policy"
    rm -f "$log"
}


apt_get() {
    DEBIAN_FRONTEND=noninteractive apt-get -q \
        -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" \
        </dev/null >>"$log" 2>&1
}


install() {
    apt_get install -y --no-install-recommends "$@"
}


# Installing takes a minute or two: a line every five seconds says how many
# packages are done, if that has changed.  "Inst" begins the lines of apt-get -s
# for packages that it would install.

tell() {
    said=

    while sleep 5 >/dev/null 2>&1; do
        now=$(awk '
            /^Inst /                  { all++ }
            /^Reading package lists/  { got = 0 }
            /^Get:/                   { got++ }
            /^Unpacking /             { unpacked++ }
            /^Setting up /            { ready++ }
            END {
                printf "%d fetched, %d unpacked, %d set up of %s packages",
                       got, unpacked, ready, all ? all : "the"
            }' "$log")

        [ "$now" = "$said" ] || echo "deps.sh: $now"
        said=$now
    done
}


[ "${1-}" = --list ] && { list=yes; shift; } || list=
[ $# -gt 0 ] || die "which group? $groups"

wanted=$(packages "$@")

if [ -n "$list" ]; then
    # shellcheck disable=SC2086
    printf '%s\n' $wanted | sort -u
    exit 0
fi

# shellcheck disable=SC2086
command -v dpkg-query >/dev/null \
    || die "this is not Debian; install by hand what these packages hold:" \
           $wanted

# shellcheck disable=SC2086
needed=$(missing $wanted | tr '\n' ' ')
needed=${needed% }

[ -n "$needed" ] || exit 0

if [ "$(id -u)" != 0 ]; then
    die "packages are missing; as root, run
    apt-get update
    apt-get install -y --no-install-recommends $needed"
fi

echo "deps.sh: installing $needed"

ours=
teller=
log=$(mktemp)
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

no_daemons

tell &
teller=$!

# fresh lists are fetched only when apt does not know or cannot get something

# shellcheck disable=SC2086
{ install -s $needed && install $needed; } \
    || { : >"$log"; apt_get update || :; install $needed; } \
    || { cat "$log" >&2; die "apt-get could not install: $needed"; }
