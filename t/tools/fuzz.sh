#!/usr/bin/env bash

# Fuzzes the pure half with libFuzzer: each t/fuzz/*.c is a target.
#
#     bash t/tools/fuzz.sh [TARGET...]
#
#     TARGET   names of targets; "all"; or "ci", a third of them, another one
#              each day
#     SECONDS_EACH  of each target: 20
#     RUNS     so many inputs of each, or as many as SECONDS_EACH allows where
#              both are set
#     OUT      output directory: programs and corpora go to OUT/fuzz
#     JOBS     how many run at a time
#
# It begins with t/fuzz/seeds/TARGET/, where inputs that have found a fault
# stay, and with what earlier runs have found.  Ends with a line for each
# target; an input that makes one fail is kept in OUT/fuzz.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

mkdir -p "${OUT:-$root/build}/fuzz"

out=$(cd "${OUT:-$root/build}/fuzz" && pwd)
seconds=${SECONDS_EACH:-20}

cd "$root"


die() {
    echo "fuzz.sh: $*" >&2
    exit 1
}


targets() {
    local name n=0 day

    day=$(($(date +%s) / 86400))

    for name in t/fuzz/*.c; do
        name=${name#t/fuzz/}

        if [ "$1" = all ] || [ $(((n + day) % 3)) = 0 ]; then
            echo "${name%.c}"
        fi

        n=$((n + 1))
    done
}


# the pure half once, and a program for each target

compile() {
    local name flags folder pure=()

    flags=(-std=gnu99 -W -Wall -Werror -O1 -g -It/fuzz
           -fsanitize=fuzzer-no-link -fsanitize=address -fsanitize=undefined
           -fno-sanitize-recover=all)

    for folder in src/*/; do
        flags+=("-I$folder")
    done

    for name in src/*/s3o_*.c; do
        pure+=("$out/$(basename "$name" .c).o")
    done

    for name in src/*/s3o_*.c; do
        echo "-c -o $out/$(basename "$name" .c).o $name"
    done | xargs -P "${JOBS:-1}" -L 1 clang "${flags[@]}" \
        || die 'clang failed'

    printf '%s\n' "$@" | xargs -P "${JOBS:-1}" -I '{}' \
        clang "${flags[@]}" -fsanitize=fuzzer -o "$out/{}" 't/fuzz/{}.c' \
        "${pure[@]}" -lcrypto \
        || die 'clang failed'
}


# runs one target and prints its result

run() {
    local name=$1 rc=0 limit log=$out/$1.log

    mkdir -p "$out/$name.corpus"

    limit=()
    [ -z "${RUNS-}" ] || limit+=(-runs="$RUNS")
    [ -n "${RUNS-}" ] && [ -z "${SECONDS_EACH-}" ] \
        || limit+=(-max_total_time="$seconds")

    "$out/$name" -timeout=10 -rss_limit_mb=2048 -max_len=4096 \
        -print_final_stats=1 -artifact_prefix="$out/$name-" "${limit[@]}" \
        "$out/$name.corpus" "t/fuzz/seeds/$name" >"$log" 2>&1 || rc=$?

    if [ $rc = 0 ]; then
        echo "ok     $name: $(sed -n \
            's/^stat::number_of_executed_units: *//p' "$log") inputs," \
            "$(find "$out/$name.corpus" -type f | wc -l) kept"
    else
        echo "failed $name: $(grep -m 1 -E 'ERROR|^[a-z/]*\.c:|runtime error' \
                              "$log"), see $log"
    fi

    return $rc
}


if [ "${1-}" = --run ]; then
    run "$2"
    exit
fi

case ${1:-all} in
    all | ci) mapfile -t names < <(targets "${1:-all}") ;;
    *)        names=("$@") ;;
esac

for name in "${names[@]}"; do
    [ -f "t/fuzz/$name.c" ] || die "no target \"$name\""
    [ -d "t/fuzz/seeds/$name" ] || die "no t/fuzz/seeds/$name"
done

compile "${names[@]}"

printf '%s\n' "${names[@]}" \
    | xargs -P "${JOBS:-1}" -n 1 bash "$root/t/tools/fuzz.sh" --run
