#!/usr/bin/env bash

# Builds the images of Dockerfile and of docs/packages.md with buildah, which
# needs no daemon, and tries them: "make test-image".  As root.
#
#     OUT     output directory: all is in OUT/image
#     JOBS    how many compilers run at a time
#     MIRROR  of Debian: http://deb.debian.org
#
# nginx's official image is not to be had without its registry.  What stands in
# for it is made here, as that one is documented: Debian 13, nginx as nginx.org
# compiles it, of nginx.org's source, which Debian has; its user, 101; curl and
# envsubst; NGINX_VERSION; an entry point that replaces variables in templates.
# Dockerfile takes it for the official one, and is used as it is.

set -euo pipefail

unset MAKEFLAGS MFLAGS MAKELEVEL

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# shellcheck source=t/tools/root.sh
. "$root/t/tools/root.sh"
# shellcheck source=t/tools/nginx_org.sh
. "$root/t/tools/nginx_org.sh"

mkdir -p "${OUT:-$root/build}"

dir=$(cd "${OUT:-$root/build}" && pwd)/image
suite=trixie
name=docker.io/library/nginx


die() {
    echo "image.sh: $*" >&2
    exit 1
}


step() {
    local what=$1

    "${@:2}" >>"$dir/log" 2>&1 </dev/null \
        || { tail -n 30 "$dir/log" >&2; die "$what: see $dir/log"; }

    echo "image.sh: $what"
}


buildah_own() {
    BUILDAH_ISOLATION=chroot buildah --root "$dir/store" \
        --runroot "$dir/run" "$@"
}


# nginx's source as nginx.org has it, and what Debian says of its bytes

fetch() {
    local uri file sum

    root_run "$dir/base" sh -c 'apt-get -qq --print-uris source nginx' \
        >"$dir/uris"

    # shellcheck disable=SC2162
    read uri file sum < <(sed -n \
        "s/^'\(.*\)' \(nginx_.*\.orig\.tar\.gz\) [0-9]* SHA256:/\1 \2 /p" \
        "$dir/uris")

    version=${file#nginx_}
    version=${version%.orig.tar.gz}

    mkdir "$dir/source"
    root_run "$dir/base" curl -fsS "$uri" \
        >"$dir/source/nginx-$version.tar.gz"
    echo "$sum  $dir/source/nginx-$version.tar.gz" | sha256sum -c -

    echo "$version" >"$dir/version"
    echo "$sum" >"$dir/sum"
}


compile() {
    local there=$dir/compilers

    cp -ax "$dir/base" "$there"
    mkdir "$there/nginx"
    tar -xzf "$dir/source/"*.tar.gz -C "$there/nginx" --strip-components=1

    # shellcheck disable=SC2016
    root_run "$there" ORG_ARGS="$org_args" ORG_CC="${org_cc//$'\n'/ }" \
        ORG_LD="$org_ld" JOBS="${JOBS:-1}" sh -ec '
            apt-get -q install -y --no-install-recommends gcc libc6-dev \
                libpcre2-dev libssl-dev make zlib1g-dev
            cd /nginx
            ./configure --prefix=/etc/nginx --sbin-path=/usr/sbin/nginx \
                --modules-path=/usr/lib/nginx/modules \
                --conf-path=/etc/nginx/nginx.conf \
                --error-log-path=/var/log/nginx/error.log \
                --http-log-path=/var/log/nginx/access.log \
                --pid-path=/run/nginx.pid --user=nginx --group=nginx \
                $ORG_ARGS --with-http_v3_module --with-cc-opt="$ORG_CC" \
                --with-ld-opt="$ORG_LD"
            make -j "$JOBS"
            make install DESTDIR=/made
            strip /made/usr/sbin/nginx'

    cp -a "$there/made/." "$dir/base/"
    mkdir -p "$dir/base/etc/nginx/conf.d" "$dir/base/usr/lib/nginx/modules"
    cp "$root/t/image/entrypoint.sh" "$dir/base/docker-entrypoint.sh"
    chmod 755 "$dir/base/docker-entrypoint.sh"

    # where nginx.org's nginx looks for "modules/...", and where logs go

    ln -s /usr/lib/nginx/modules "$dir/base/etc/nginx/modules"
    mkdir -p "$dir/base/var/log/nginx"
    ln -sf /dev/stdout "$dir/base/var/log/nginx/access.log"
    ln -sf /dev/stderr "$dir/base/var/log/nginx/error.log"

    # the site that the official image has

    echo 'server { listen 80; }' >"$dir/base/etc/nginx/conf.d/default.conf"
}


base() {
    root_make "$suite" "$dir/base"
    echo "deb-src $mirror/debian $suite main" \
        >>"$dir/base/etc/apt/sources.list"

    root_run "$dir/base" sh -ec '
        groupadd --system --gid 101 nginx
        useradd --system --gid nginx --no-create-home --home /nonexistent \
            --shell /bin/false --uid 101 nginx
        apt-get -q update
        apt-get -q install -y --no-install-recommends ca-certificates curl \
            gettext-base libpcre2-8-0 libssl3t64 zlib1g'
}


stand_in() {
    local made

    # the packages' lists are for those who install more

    rm -f "$dir/base/var/cache/apt/archives/"*.deb
    umount "$dir/base/proc"

    # what buildah makes for its own mounts belongs to neither image

    mkdir "$dir/base/source"
    touch "$dir/base/etc/hosts"

    made=$(buildah_own from scratch)
    cp -a "$dir/base/." "$(buildah_own mount "$made")/"
    buildah_own config --env NGINX_VERSION="$(cat "$dir/version")" \
        --entrypoint '["/docker-entrypoint.sh"]' \
        --cmd 'nginx -g "daemon off;"' --port 80 --stop-signal SIGQUIT "$made"
    buildah_own umount "$made"
    buildah_own commit --format docker --rm "$made" "$name:stable"
}


build() {
    buildah_own bud --pull-never --format docker -t "$1" -v \
        "$dir/source:/source:ro" --build-arg NGINX_DOWNLOAD=file:///source \
        --build-arg NGINX_SHA256="$(cat "$dir/sum")" "${@:2}"
}


# what docs/packages.md makes of it

for_ecs() {
    # shellcheck disable=SC2016
    sed -n '/^```dockerfile$/,/^```$/{/^```/!p}' "$root/docs/packages.md" \
        >"$dir/Dockerfile"
    [ -s "$dir/Dockerfile" ] || die 'docs/packages.md has no Dockerfile'

    build s3o-presign-ecs -f "$dir/Dockerfile" "$root"
}


# the files of an image, and what it says of itself

look_at() {
    local made

    made=$(buildah_own from --pull-never "$1")
    buildah_own inspect --type image "$1" >"$dir/$2.json"
    buildah_own mount "$made" >"$dir/$2.root"
    root_files "$(cat "$dir/$2.root")" >"$dir/$2.files"
}


try_out() {
    step 'a root of Debian 13' base
    step "nginx.org's source" fetch
    step 'compiled as theirs is' compile
    step 'a stand-in of the official image' stand_in
    step 'Dockerfile' build s3o-presign "$root"
    step 'the image of docs/packages.md for ECS' for_ecs

    step 'their files' look_at "$name:stable" official
    step 'their files' look_at s3o-presign image
    step 'their files' look_at s3o-presign-ecs ecs

    cd "$root"
    TEST_IMAGE=$dir prove -I t/lib t/image
}


case ${1-} in
    --in-namespace)
        try_out
    ;;
    '')
        why=$(root_lacking)
        [ -z "$why" ] || die "$why"

        rm -rf --one-file-system "$dir"
        mkdir -p "$dir"

        rc=0
        root_namespace bash "$root/t/tools/image.sh" --in-namespace || rc=$?

        rm -rf --one-file-system "$dir/"{base,compilers,store,run}
        exit "$rc"
    ;;
    *)
        die "unknown argument \"$1\""
    ;;
esac
