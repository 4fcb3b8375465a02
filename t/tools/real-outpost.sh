#!/usr/bin/env bash

# Tries the module with a real Outpost: a dozen operations in each mode, with
# both algorithms, and a report that holds no secret.
#
#     ARN=arn:aws:s3-outposts:... bash t/tools/real-outpost.sh >report.txt
#
#     ARN          of the access point
#     CREDENTIALS  words of s3o_presign_credentials: "env"; their identity must
#                  be allowed to read, write, delete and list PREFIX
#     BUCKET       the name by which copies name the bucket: "bucket"
#     PREFIX       of all keys: "s3o-presign-test-" and a number, and "/"
#     ALGORITHMS   "sigv4 sigv4a"
#     REGION_SET   of sigv4a: that of the ARN
#     ENDPOINT     of s3o_presign_endpoint, if the Outpost has one of its own
#     PROXY_PASS   where proxy mode sends to: $s3o_presign_url
#     RESOLVER     of proxy mode: the first one of /etc/resolv.conf
#     CA           certificates that proxy mode trusts: those of Debian
#     LARGE        bytes of the large object: 20 MiB
#     NGINX_BIN    nginx: the one in PATH
#     MODULE       the module: what "make build" makes
#     PORT         on 127.0.0.1, for nginx: 8407
#
# Writes only to keys that begin with PREFIX, and removes them at the end.
# Needs curl 7.75 or newer.  Ends with 0 if nothing failed.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

ARN=${ARN:?"set ARN to that of the access point"}
CREDENTIALS=${CREDENTIALS:-env}
BUCKET=${BUCKET:-bucket}
PREFIX=${PREFIX:-s3o-presign-test-$$/}
ALGORITHMS=${ALGORITHMS:-sigv4 sigv4a}
ENDPOINT=${ENDPOINT:-}
# shellcheck disable=SC2016
PROXY_PASS=${PROXY_PASS:-'$s3o_presign_url'}
RESOLVER=${RESOLVER:-$(awk '$1 == "nameserver" { print $2; exit }' \
                       /etc/resolv.conf)}
CA=${CA:-/etc/ssl/certs/ca-certificates.crt}
LARGE=${LARGE:-20971520}
NGINX_BIN=${NGINX_BIN:-$(PATH=$PATH:/usr/sbin command -v nginx)}
MODULE=${MODULE:-$root/build/ngx_http_s3o_presign_module.so}
PORT=${PORT:-8407}

modes='redirect json proxy signed streaming'
dir=$(mktemp -d)
base=http://127.0.0.1:$PORT
failed=0
count=0
pid=''

case $RESOLVER in
    *:*) RESOLVER="[$RESOLVER]" ;;
esac


cleanup() {
    [ -z "$pid" ] || kill "$pid" 2>/dev/null || :
    [ -z "$pid" ] || wait "$pid" 2>/dev/null || :
    rm -rf "$dir"
}

trap cleanup EXIT


# One location for each algorithm and mode: what all of them share is in the
# server.

locations() {
    local algorithm mode

    for algorithm in $ALGORITHMS; do
        for mode in $modes; do
            echo "location /$algorithm/$mode/ {"
            echo "    s3o_presign_algorithm  $algorithm;"

            [ "$algorithm" != sigv4a ] || [ -z "${REGION_SET:-}" ] \
                || echo "    s3o_presign_region_set  $REGION_SET;"

            case $mode in
                redirect)
                    echo '    s3o_presign  redirect;'
                ;;
                json)
                    # the answer to a HEAD has no JSON

                    echo '    s3o_presign              json;'
                    echo "    s3o_presign_sign_method  \$http_x_sign;"
                ;;
                *)
                    echo '    s3o_presign  proxy;'
                    echo "    proxy_pass   $PROXY_PASS;"
                ;;
            esac

            case $mode in
                signed)
                    echo '    s3o_presign_payload  signed;'
                ;;
                streaming)
                    echo '    s3o_presign_payload      streaming;'
                    echo '    proxy_request_buffering  off;'
                ;;
            esac

            echo '}'
            echo
        done

        echo "location /$algorithm/expired/ {"
        echo "    s3o_presign            redirect;"
        echo "    s3o_presign_expires    1s;"
        echo "    s3o_presign_algorithm  $algorithm;"
        echo '}'
    done
}


configuration() {
    # a worker of root's needs another user who can read nothing of this

    [ "$(id -u)" != 0 ] || echo 'user root;'

    cat <<EOF
load_module  $MODULE;
daemon       off;
pid          $dir/nginx.pid;
error_log    $dir/error.log info;

events { }

http {
    access_log                 off;
    client_body_temp_path      $dir/body;
    proxy_temp_path            $dir/proxy;
    fastcgi_temp_path          $dir/fastcgi;
    uwsgi_temp_path            $dir/uwsgi;
    scgi_temp_path             $dir/scgi;
    client_max_body_size       0;
    resolver                   $RESOLVER;
    proxy_http_version         1.1;
    proxy_ssl_server_name      on;
    proxy_ssl_verify           on;
    proxy_ssl_verify_depth     5;
    proxy_ssl_trusted_certificate  $CA;

    s3o_presign_access_point      $ARN;
    ${ENDPOINT:+s3o_presign_endpoint  $ENDPOINT;}
    s3o_presign_credentials       $CREDENTIALS;
    s3o_presign_credentials_wait  10s;
    s3o_presign_methods           GET HEAD PUT DELETE;
    s3o_presign_multipart         on;
    s3o_presign_list              on;
    s3o_presign_signed_headers    content-type x-amz-meta-*;
    s3o_presign_copy              $BUCKET;
    s3o_presign_expires           5m;

    server {
        listen  127.0.0.1:$PORT;

        $(locations)

        location = /ready { s3o_presign_status ready; }
    }
}
EOF
}


start() {
    configuration >"$dir/nginx.conf"

    "$NGINX_BIN" -e stderr -t -p "$dir/" -c "$dir/nginx.conf" 2>"$dir/said" \
        || { cat "$dir/said" >&2; exit 1; }

    "$NGINX_BIN" -p "$dir/" -c "$dir/nginx.conf" -e "$dir/error.log" &
    pid=$!

    # credentials of a service may take a moment

    for _ in $(seq 100); do
        [ "$(curl -s -o /dev/null -w '%{http_code}' "$base/ready")" != 200 ] \
            || return 0
        sleep 0.1
    done

    echo 'no credentials, or nginx does not answer:' >&2
    tail -n 3 "$dir/error.log" >&2
    exit 1
}


# Sends a request in a mode: its status is in $status, the body in $dir/out,
# the headers in $dir/headers.

request() {
    local algorithm=$1 mode=$2 method=$3 url=$base/$1/$2/$4
    shift 4

    local curl=(curl -s -o "$dir/out" -D "$dir/headers" -w '%{http_code}'
                --max-time 600 --path-as-is)

    if [ "$method" = HEAD ]; then
        curl+=(-I)
    else
        curl+=(-X "$method")
    fi

    rm -f "$dir/out" "$dir/headers"
    touch "$dir/out" "$dir/headers"

    case $mode in
        redirect)
            status=$("${curl[@]}" -L "$@" "$url" || :)
        ;;

        json)
            headed "$method" "$url" "$@" || return 0
            status=$("${curl[@]}" "$@" "$(url_of)" || :)
        ;;

        *)
            status=$("${curl[@]}" "$@" "$url" || :)
        ;;
    esac
}


# asks for the JSON of such a request: with its headers, and without its body

headed() {
    local method=$1 url=$2 headers=() code
    shift 2

    while [ $# -gt 0 ]; do
        case $1 in
            -H) headers+=(-H "$2"); shift 2 ;;
            -T | --data-binary) shift 2 ;;
            *)  shift ;;
        esac
    done

    code=$(curl -s -o "$dir/json" -D "$dir/headers" -w '%{http_code}' \
           --path-as-is -H "X-Sign: $method" "${headers[@]}" "$url" || :)

    [ "$code" = 200 ] || { status=$code; cp "$dir/json" "$dir/out"; return 1; }
}


url_of() {
    sed 's/.*"url":"\([^"]*\)".*/\1/; s/\\\//\//g' "$dir/json"
}


# The line of an operation: what S3 said, but nothing that anybody could use.

report() {
    local algorithm=$1 mode=$2 name=$3 result=$4 code id

    count=$((count + 1))
    code=$(sed -n 's/.*<Code>\([A-Za-z0-9.]*\)<\/Code>.*/ \1/p' "$dir/out" \
           | head -n 1)
    id=$(tr -d '\r' <"$dir/headers" \
         | sed -n 's/^[Xx]-[Aa]mz-[Rr]equest-[Ii]d: */ /p' | tail -n 1)

    [ "$result" = ok ] || failed=$((failed + 1))

    printf '%-6s %-7s %-10s %-22s %s%s%s\n' \
        "$result" "$algorithm" "$mode" "$name" "$status" "$code" "$id"
}


# expect NAME STATUS [COMMAND...]: the status, and the command succeeds

expect() {
    local name=$1 wanted=$2 result=ok
    shift 2

    [ "$status" = "$wanted" ] || result=FAILED

    if [ $result = ok ] && [ $# -gt 0 ]; then
        "$@" || result=FAILED
    fi

    report "$algorithm" "$mode" "$name" "$result"
}


same()    { cmp -s "$dir/out" "$1"; }
has()     { grep -qF -- "$1" "$dir/out"; }
header()  { tr -d '\r' <"$dir/headers" | grep -qi -- "$1"; }
element() { sed -n "s/.*<$1>\([^<]*\)<.*/\1/p" "$dir/out" | head -n 1; }

etag() {
    tr -d '\r' <"$dir/headers" | sed -n 's/^[Ee][Tt]ag: *//p' | tail -n 1
}


objects() {
    local key=${PREFIX}a.txt

    request "$algorithm" "$mode" PUT "$key" -H 'Content-Type: text/plain' \
        -H 'x-amz-meta-by: s3o' -T "$dir/small"
    expect PutObject 200

    request "$algorithm" "$mode" GET "$key"
    expect GetObject 200 same "$dir/small"

    request "$algorithm" "$mode" HEAD "$key"
    expect HeadObject 200 header '^x-amz-meta-by: s3o$'

    request "$algorithm" "$mode" GET "$key" -H 'Range: bytes=0-3'
    expect 'GetObject, a range' 206 same "$dir/four"

    request "$algorithm" "$mode" GET "$key" -H "If-None-Match: $(
        request "$algorithm" "$mode" HEAD "$key"; etag)"
    expect 'GetObject, the same' 304

    request "$algorithm" "$mode" PUT "${PREFIX}%C3%A4%20b%2Bc%3D%25/d~(1).txt" \
        -H 'Content-Type: text/plain' -T "$dir/small"
    expect 'PutObject, odd key' 200

    request "$algorithm" "$mode" GET "${PREFIX}%C3%A4%20b%2Bc%3D%25/d~(1).txt"
    expect 'GetObject, odd key' 200 same "$dir/small"

    request "$algorithm" "$mode" GET \
        "?list-type=2&prefix=${PREFIX//\//%2F}&max-keys=10"
    expect ListObjectsV2 200 has "<Key>$key</Key>"

    request "$algorithm" "$mode" PUT "$key" \
        -H 'Content-Type: application/octet-stream' -T "$dir/large"
    expect 'PutObject, large' 200

    request "$algorithm" "$mode" GET "$key"
    expect 'GetObject, large' 200 same "$dir/large"

    request "$algorithm" "$mode" GET "${PREFIX}none"
    expect 'GetObject, not there' 404
}


# a source is sent as the access point takes it, which a redirect cannot change

copies() {
    case $mode in
        redirect | json) return ;;
    esac

    request "$algorithm" "$mode" PUT "${PREFIX}copy" \
        -H "x-amz-copy-source: /$BUCKET/${PREFIX}a.txt"
    expect CopyObject 200 has '<ETag>'

    request "$algorithm" "$mode" GET "${PREFIX}copy"
    expect 'GetObject, the copy' 200 same "$dir/large"
}


parts() {
    local key=${PREFIX}parts upload one two

    request "$algorithm" "$mode" POST "$key?uploads" \
        -H 'Content-Type: text/plain'
    expect CreateMultipartUpload 200 has '<UploadId>'
    upload=$(element UploadId)

    [ -n "$upload" ] || return 0

    request "$algorithm" "$mode" PUT "$key?partNumber=1&uploadId=$upload" \
        -T "$dir/large"
    expect UploadPart 200
    one=$(etag)

    request "$algorithm" "$mode" PUT "$key?partNumber=2&uploadId=$upload" \
        -T "$dir/small"
    expect UploadPart 200
    two=$(etag)

    request "$algorithm" "$mode" GET "$key?uploadId=$upload"
    expect ListParts 200 has '<PartNumber>2</PartNumber>'

    cat >"$dir/complete" <<EOF
<CompleteMultipartUpload>
<Part><PartNumber>1</PartNumber><ETag>$one</ETag></Part>
<Part><PartNumber>2</PartNumber><ETag>$two</ETag></Part>
</CompleteMultipartUpload>
EOF

    request "$algorithm" "$mode" POST "$key?uploadId=$upload" \
        -H 'Content-Type: application/xml' --data-binary "@$dir/complete"
    expect CompleteMultipart 200 has '<ETag>'

    request "$algorithm" "$mode" GET "$key"
    expect 'GetObject, of parts' 200 same "$dir/whole"

    request "$algorithm" "$mode" POST "$key?uploads"
    upload=$(element UploadId)
    request "$algorithm" "$mode" DELETE "$key?uploadId=$upload"
    expect AbortMultipartUpload 204
}


deletes() {
    local key

    for key in a.txt copy parts '%C3%A4%20b%2Bc%3D%25/d~(1).txt'; do
        request "$algorithm" "$mode" DELETE "$PREFIX$key"

        [ "$key" != a.txt ] || expect DeleteObject 204
    done

    request "$algorithm" "$mode" GET "${PREFIX}a.txt"
    expect 'GetObject, deleted' 404
}


# what the Outpost has to refuse

refusals() {
    local url

    mode=redirect
    url=$(curl -s -o /dev/null -w '%{redirect_url}' -X PUT --path-as-is \
          -H 'Content-Type: text/plain' "$base/$algorithm/redirect/${PREFIX}a")

    status=$(curl -s -o "$dir/out" -D "$dir/headers" -w '%{http_code}' \
             -H 'Content-Type: text/html' -T "$dir/small" "$url" || :)
    expect 'another signed header' 403

    status=$(curl -s -o "$dir/out" -D "$dir/headers" -w '%{http_code}' \
             "${url/"${PREFIX}"a/${PREFIX}b}" || :)
    expect 'another key, method' 403

    url=$(curl -s -o /dev/null -w '%{redirect_url}' --path-as-is \
          "$base/$algorithm/expired/${PREFIX}a")
    sleep 3
    status=$(curl -s -o "$dir/out" -D "$dir/headers" -w '%{http_code}' \
             "$url" || :)
    expect 'after its end' 403
}


# what is known to nobody but the owner is not shown: the account, the outpost

about() {
    sed -n 's/.*S3O_PRESIGN_VERSION *"\(.*\)"/module  \1/p' \
        "$root/src/base/ngx_http_s3o_version.h"
    "$NGINX_BIN" -V 2>&1 | sed -n 's/^nginx version: /nginx   /p
                               s/^built with /ssl     /p'
    curl --version | sed -n '1s/^curl \([^ ]*\).*/curl    \1/p'
    echo "arn     $(sed 's/:[0-9]\{12\}:/:ACCOUNT:/; s/op-[0-9a-f]*/op-OUTPOST/
                        s/\(accesspoint[:\/]\).*/\1NAME/' <<<"$ARN")"
    echo "source  ${CREDENTIALS%% *}"
    echo "date    $(date -u +%Y-%m-%d)"
    echo
}


printf 'a small object\n' >"$dir/small"
head -c 4 "$dir/small" >"$dir/four"
head -c "$LARGE" /dev/urandom >"$dir/large"
cat "$dir/large" "$dir/small" >"$dir/whole"

start
about

for algorithm in $ALGORITHMS; do
    for mode in $modes; do
        objects
        copies
        parts
        deletes
    done

    refusals
done

echo
echo "$count operations, $failed failed"

[ "$failed" = 0 ]
