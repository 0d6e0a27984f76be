#!/usr/bin/env bash
# Every test of the project. Each suite writes target/test-logs/<suite>.log; a failing suite does not stop the
# others. The last line is the sum of all of them; the exit status is 0 only if nothing failed.
#   scripts/test.sh [suite...]   one or more of: lint rust build phpt databases stubs pie e2e moodle
set -uo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh test || exit 1

logs=target/test-logs
mkdir -p "$logs"
passed=0
failed=0
skipped=0
broken=()

# Adds a suite's counts; a suite that says nothing, or that fails without naming a failure, counts as one failure.
count() {
    local suite=$1 status=$2 ok=$3 bad=$4 skip=$5
    if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ] || [ $((ok + bad + skip)) -eq 0 ]; then
        bad=$((bad + 1))
    fi
    passed=$((passed + ok))
    failed=$((failed + bad))
    skipped=$((skipped + skip))
    [ "$bad" -eq 0 ] || broken+=("$logs/$suite.log")
    printf '== %s: %d passed, %d failed, %d skipped (%d s)\n' "$suite" "$ok" "$bad" "$skip" "$((SECONDS - started))"
}

run() {
    suite=$1
    shift
    started=$SECONDS
    printf '== %s\n' "$suite"
    "$@" 2>&1 | tee "$logs/$suite.log"
    status=${PIPESTATUS[0]}
}

# Sum of a column of numbers that sed picks out of the log.
sum() {
    sed -nE "$1" "$logs/$suite.log" | awk '{ n += $1 } END { print n + 0 }'
}

suite_lint() {
    run lint scripts/lint.sh
    count lint "$status" "$(grep -c '^ok: ' "$logs/lint.log")" "$(grep -c '^not ok: ' "$logs/lint.log")" 0
}

suite_rust() {
    run rust cargo test --locked --no-fail-fast --no-default-features
    count rust "$status" "$(sum 's/^test result: .* ([0-9]+) passed;.*/\1/p')" \
        "$(sum 's/^test result: .* ([0-9]+) failed;.*/\1/p')" "$(sum 's/^test result: .* ([0-9]+) ignored;.*/\1/p')"
}

build_both() {
    cargo build --locked --release --quiet && echo "ok: extension as it ships" || echo "not ok: extension as it ships"
    cargo build --locked --features testing --quiet && echo "ok: extension for tests" || echo "not ok: extension for tests"
}

suite_build() {
    run build build_both
    count build "$status" "$(grep -c '^ok: ' "$logs/build.log")" "$(grep -c '^not ok: ' "$logs/build.log")" 0
}

phpt_counts() {
    count "$suite" "$status" "$(sum 's/^Tests passed +: +([0-9]+).*/\1/p')" \
        "$(sum 's/^(Tests failed|Tests borked|Tests leaked|Tests warned) +: +([0-9]+).*/\2/p')" \
        "$(sum 's/^Tests skipped +: +([0-9]+).*/\1/p')"
}

suite_phpt() {
    run phpt tests/run-phpt.sh release
    phpt_counts
    run phpt-testing tests/run-phpt.sh testing
    phpt_counts
}

suite_databases() {
    run databases tests/databases/servers.sh target/databases tests/databases/run.sh
    count databases "$status" "$(grep -c '^ok: ' "$logs/databases.log")" "$(grep -c '^not ok: ' "$logs/databases.log")" 0
}

suite_stubs() {
    run stubs scripts/stubs-check.sh
    count stubs "$status" "$(grep -c '^ok: ' "$logs/stubs.log")" "$(grep -c '^not ok: ' "$logs/stubs.log")" 0
}

suite_pie() {
    run pie scripts/pie-check.sh
    count pie "$status" "$(grep -c '^ok: ' "$logs/pie.log")" "$(grep -c '^not ok: ' "$logs/pie.log")" 0
}

# Runs a folder of pytest tests, each for so many seconds at most, with more options for pytest, and counts its report.
pytest_suite() {
    local report=$PWD/$logs/$1.xml numbers limit=$2
    local options=("${@:3}")
    if [ ! -d "tests/$1" ]; then
        echo "== $1: no folder tests/$1"
        return
    fi
    rm -f "$report"
    run "$1" env SHOPENGINE_EXTENSION="$PWD/target/release/libshopengine.so" \
        .venv/bin/python -m pytest "tests/$1" -q -rs -p no:cacheprovider --timeout "$limit" --junitxml "$report" "${options[@]}"
    numbers=$(python3 - "$report" <<'PYTHON'
import sys
import xml.etree.ElementTree as tree
try:
    suites = tree.parse(sys.argv[1]).getroot().iter("testsuite")
    total, bad, skip = (sum(column) for column in zip(*(
        (int(s.get("tests")), int(s.get("failures")) + int(s.get("errors")), int(s.get("skipped"))) for s in suites)))
except (OSError, tree.ParseError, ValueError):
    total, bad, skip = 0, 0, 0
print(total - bad - skip, bad, skip)
PYTHON
    )
    # shellcheck disable=SC2086
    count "$1" "$status" $numbers
}

suite_e2e() {
    # Two at once, a file each: they wait for the browser and for disks more than they compute.
    pytest_suite e2e 180 -n 2 --dist loadfile
}

suite_moodle() {
    # MOODLE_DIR: a Moodle's folder, or several with colons between; MOODLE_DATABASES: mariadb,pgsql (both) or one of them.
    if [ -n "${MOODLE_DIR:-}" ]; then
        scripts/setup.sh moodle || exit 1
    else
        echo "== moodle: skipped, MOODLE_DIR names no Moodle tree with local_shop and auth_ticket"
    fi
    pytest_suite moodle 1800
}

suites=("$@")
[ ${#suites[@]} -gt 0 ] || suites=(lint rust build phpt databases stubs pie e2e moodle)
for name in "${suites[@]}"; do
    if ! declare -F "suite_$name" >/dev/null; then
        echo "test: unknown suite \`$name\`" >&2
        exit 2
    fi
    "suite_$name"
done

if [ ${#broken[@]} -gt 0 ]; then
    printf '\nfailed, see:\n'
    printf '  %s\n' "${broken[@]}"
fi
echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
