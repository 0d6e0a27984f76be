#!/usr/bin/env bash
# Fuzzes the parsers of the card gateways and of GNU Taler's answers, and the merchant trace, each for so many seconds, with the golden messages and
# the published sample as a beginning. Works with stable Rust:
# the instrumentation flags are those of cargo-fuzz, without the sanitizer.
#   scripts/fuzz.sh [seconds=60] [target...]
set -euo pipefail
cd "$(dirname "$0")/../fuzz"
seconds=${1:-60}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(vads sips ogone taler trace)

flags="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters"
flags+=" -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Cdebug-assertions -Ccodegen-units=1 --cfg fuzzing"
host=$(rustc -vV | sed -n 's/^host: //p')
export CARGO_TARGET_DIR=$PWD/../target/fuzz RUSTFLAGS=$flags
cargo build --release --quiet --target "$host"

for target in "${targets[@]}"; do
    case $target in
        vads) folder=systempay ;;
        sips) folder=mercanet ;;
        *) folder=$target ;;
    esac
    seeds=$(mktemp -d)
    for file in ../tests/fixtures/"$folder"/*.txt; do
        [ -e "$file" ] || continue
        # The raw body begins after the first blank line.
        sed '1,/^$/d' "$file" >"$seeds/$(basename "$file" .txt)"
        # What the gateway is asked for is in a header, behind the letter that chooses the step.
        if [ "$target" = taler ]; then
            for step in $'\x03' $'\x04' $'\x05' $'\x0a'; do
                printf '%s%s' "$step" "$(sed -n 's/^answer[0-9]*: //p;/^$/q' "$file" | tail -1)" >"$seeds/$(basename "$file" .txt)-$(printf '%d' "'$step")"
            done
        fi
    done
    for file in ../tests/fixtures/"$folder"/*.log; do
        [ ! -e "$file" ] || tail -c 3000 "$file" >"$seeds/$(basename "$file" .log)"
    done
    echo "== $target, $seconds s"
    "$CARGO_TARGET_DIR/$host/release/$target" -max_total_time="$seconds" -max_len=4096 -print_final_stats=1 -artifact_prefix="$CARGO_TARGET_DIR/" -verbosity=0 "$seeds"
    rm -r "$seeds"
    rm -rf /dev/shm/shopengine-fuzz-*
done
