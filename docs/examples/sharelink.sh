#!/bin/sh

# A link that expires, for the recipe "Links that you hand out" of cookbook.md:
#
#     SHARE_SECRET=my-secret sharelink.sh '/s/a b.txt' 3600
#
# The path is as the file is called, not encoded.  The secret is that of
# "secure_link_md5", and is taken from the environment, as anybody can see the
# arguments of a process.

set -eu

path=$1
until=$(( $(date +%s) + $2 ))

md5=$(printf '%s%s %s' "$until" "$path" "$SHARE_SECRET" \
      | openssl md5 -binary | openssl base64 | tr '+/' '-_' | tr -d '=')

# bytes that are neither letters nor digits are written as %XX

encoded=$(printf '%s' "$path" | LC_ALL=C awk '
    BEGIN {
        RS = "\001"

        for (i = 1; i < 256; i++)
            hex[sprintf("%c", i)] = sprintf("%%%02X", i)
    }
    {
        for (i = 1; i <= length($0); i++) {
            c = substr($0, i, 1)
            printf "%s", c ~ /[A-Za-z0-9._~\/-]/ ? c : hex[c]
        }
    }')

printf '%s?md5=%s&until=%s\n' "$encoded" "$md5" "$until"
