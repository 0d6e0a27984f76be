#!/usr/bin/env bash
# Benchmarks: the extension beside plain PHP (and ripgrep) doing the same work, as one table; docs/benchmarks.md explains it.
#   scripts/bench.sh           the table
#                              with MOODLE_DIR also what the companion costs a page of that Moodle
#   scripts/bench.sh engine    Criterion's figures for the engine alone, without PHP
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh test

if [ "${1:-}" = engine ]; then
    exec cargo bench --locked --quiet --no-default-features --benches
fi

cargo build --release --locked --quiet
extension=$PWD/target/release/libshopengine.so
SHOPENGINE_EXTENSION=$extension php -d memory_limit=-1 -d extension="$extension" benches/php/bench.php

if [ -n "${MOODLE_DIR:-}" ]; then
    echo
    SHOPENGINE_EXTENSION=$extension .venv/bin/python tests/moodle/hookcost.py
fi
