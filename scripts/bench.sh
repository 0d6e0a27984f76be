#!/usr/bin/env bash
# Benchmarks: the engine by Criterion, then the extension beside plain PHP doing the same work.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh test
cargo build --release --locked --quiet
if compgen -G 'benches/*.rs' >/dev/null; then
    cargo bench --locked --quiet --no-default-features --benches
fi
for file in benches/*.php; do
    [ -e "$file" ] || continue
    php -d extension="$PWD/target/release/libshopengine.so" "$file"
done
