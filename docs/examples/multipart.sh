#!/bin/sh

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Uploads a file by parts, in parallel, with URLs that nginx hands out:
#
#     sh multipart.sh FILE URL
#
# URL is that of the object in a location with "s3o_presign json" and
# "s3o_presign_multipart on", percent-encoded.  nginx is asked for URLs only;
# the file goes from here to the Outpost.  A part that fails is sent again,
# and an upload that cannot be completed is aborted, so that nothing of it is
# kept.  Needs curl, and room for JOBS parts in TMPDIR.
#
# From the environment:
#
#     PART_MB  size of a part in megabytes, 5 or more; 16
#     JOBS     parts that are sent at the same time; 4
#     TRIES    how often a part is sent before all is given up; 3
#     ASK      options of curl for requests to nginx, such as "-u name:secret"
#     SEND     options of curl for requests to the Outpost

set -u

PART_MB=${PART_MB:-16}
JOBS=${JOBS:-4}
TRIES=${TRIES:-3}
ASK=${ASK:-}
SEND=${SEND:-}

# so many URLs are asked for at once: the last of them must not be too old
RANGE=100


die() {
    echo "multipart.sh: $*" >&2
    exit 1
}


# ask METHOD QUERY: what nginx answers; the upload's id is added if there is one

ask() {
    if [ -n "$id" ]; then
        curl -fsS $ASK -X "$1" -G --data-urlencode "uploadId=$id" \
             "$url?$2"
    else
        curl -fsS $ASK -X "$1" "$url?$2"
    fi
}


# the URL in such an answer

url_of() {
    sed -n 's/.*"url":"\([^"]*\)".*/\1/p'
}


# send_part NUMBER URL COPY: one part; its ETag becomes a file

send_part() {
    dd if="$file" of="$3" bs=1048576 skip=$((($1 - 1) * PART_MB)) \
       count="$PART_MB" 2>/dev/null || return 1

    part_url=$2
    try=1

    until curl -fsS $SEND -o /dev/null -D "$3.head" -T "$3" "$part_url"; do
        [ "$try" -lt "$TRIES" ] || return 1

        echo "multipart.sh: part $1 is sent again" >&2
        sleep "$try"
        try=$((try + 1))

        # the URL may have been too old

        part_url=$(ask PUT "partNumber=$1" | url_of)
    done

    sed -n 's/^[Ee][Tt][Aa][Gg]: *//p' "$3.head" | tr -d '\r' | tail -n 1 \
        >"$tmp/etag.$1"

    [ -s "$tmp/etag.$1" ]
}


# work WORKER: each JOBS-th line of the list of URLs

work() {
    turn=0

    while read -r number part; do
        if [ "$turn" -eq "$1" ]; then
            send_part "$number" "$part" "$tmp/part.$1" || return 1
        fi

        turn=$(((turn + 1) % JOBS))
    done <"$tmp/urls"
}


# send_range FIRST LAST: these parts, by JOBS processes

send_range() {
    ask PUT "partNumber=$1-$2" \
        | sed -n 's/.*"partNumber":\([0-9]*\),"url":"\([^"]*\)".*/\1 \2/p' \
        >"$tmp/urls"

    [ "$(wc -l <"$tmp/urls")" -eq $(($2 - $1 + 1)) ] || return 1

    workers=
    worker=0

    while [ "$worker" -lt "$JOBS" ]; do
        work "$worker" &
        workers="$workers $!"
        worker=$((worker + 1))
    done

    failed=0

    for worker in $workers; do
        wait "$worker" || failed=1
    done

    return "$failed"
}


# the list of parts; S3 may answer 200 and tell of an error in the text

complete() {
    {
        echo '<CompleteMultipartUpload>'
        number=1

        while [ "$number" -le "$parts" ]; do
            echo "<Part><PartNumber>$number</PartNumber>" \
                 "<ETag>$(cat "$tmp/etag.$number")</ETag></Part>"
            number=$((number + 1))
        done

        echo '</CompleteMultipartUpload>'
    } >"$tmp/list"

    where=$(ask POST '' | url_of)

    [ -n "$where" ] \
        && curl -fsS $SEND -X POST -H 'Content-Type: application/xml' \
                --data-binary "@$tmp/list" "$where" >"$tmp/said" \
        && grep -q '<CompleteMultipartUploadResult' "$tmp/said"
}


# at the end, however it comes

finish() {
    for worker in ${workers:-}; do
        kill "$worker" 2>/dev/null
    done

    if [ -n "$id" ]; then
        where=$(ask DELETE '' | url_of)

        if [ -n "$where" ] && curl -fsS $SEND -X DELETE "$where"; then
            echo 'multipart.sh: the upload is aborted' >&2
        else
            echo "multipart.sh: the upload $id stays, with its parts" >&2
        fi
    fi

    rm -rf "$tmp"
}


[ $# -eq 2 ] || die 'usage: multipart.sh FILE URL'

file=$1
url=$2
id=

[ -r "$file" ] || die "cannot read $file"

size=$(wc -c <"$file")

# there can be 10000 parts

while [ $((size / (PART_MB * 1048576))) -ge 10000 ]; do
    PART_MB=$((PART_MB * 2))
done

parts=$(((size + PART_MB * 1048576 - 1) / (PART_MB * 1048576)))
[ "$parts" -gt 0 ] || parts=1

tmp=$(mktemp -d) || exit 1

trap finish EXIT
trap 'exit 1' HUP INT TERM

where=$(ask POST uploads | url_of)
[ -n "$where" ] || die 'nginx gives no URL'

id=$(curl -fsS $SEND -X POST "$where" \
     | sed -n 's:.*<UploadId>\([^<]*\)</UploadId>.*:\1:p')
[ -n "$id" ] || die 'the upload cannot be begun'

first=1

while [ "$first" -le "$parts" ]; do
    last=$((first + RANGE - 1))
    [ "$last" -le "$parts" ] || last=$parts

    send_range "$first" "$last" || die 'a part cannot be sent'
    workers=

    first=$((last + 1))
done

complete || die 'the upload cannot be completed'
id=

echo "multipart.sh: $size bytes in $parts parts"
