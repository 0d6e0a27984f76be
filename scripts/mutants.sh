#!/usr/bin/env bash
# Breaks the code on purpose; a test must notice each time.
#   scripts/mutants.sh [--only TEXT] [--kind rust|glue]   the list of tests/mutants: an hour or two
#   scripts/mutants.sh wide                               every change that cargo-mutants makes to the money, state, gate and gateway modules: many hours
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${1:-}" = wide ]; then
    scripts/setup.sh mutants
    mkdir -p target/mutants/wide
    # The report is in target/mutants/wide; a later run goes on where this one ended with --iterate.
    exec target/tools/bin/cargo-mutants mutants --no-default-features --cargo-arg=--locked --iterate --output target/mutants/wide \
        --file 'src/domain/money.rs' --file 'src/domain/money/**' --file 'src/domain/state.rs' --file 'src/domain/totals.rs' --file 'src/domain/totals/**' \
        --file 'src/domain/tax.rs' --file 'src/domain/price.rs' --file 'src/front/gate/**' --file 'src/gateway/**' "${@:2}"
fi
scripts/setup.sh build
if [ -n "${MOODLE_DIR:-}" ]; then
    scripts/setup.sh moodle
    cargo build --release --locked --quiet
fi
exec tests/mutants/run.py "$@"
