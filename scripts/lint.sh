#!/usr/bin/env bash
# Formatting, lints, PHP syntax, house style. Runs every check, prints one line for each, fails at the end.
set -uo pipefail
cd "$(dirname "$0")/.."

failed=0
check() {
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        echo "ok: $name"
    else
        echo "$output"
        echo "not ok: $name"
        failed=1
    fi
}

php_syntax() {
    local file bad=0
    while IFS= read -r -d '' file; do
        php -n -l "$file" >/dev/null || bad=1
    done < <(find php stubs tests benches -name '*.php' -not -path 'tests/phpt/*' -print0 2>/dev/null)
    return $bad
}

shell_syntax() {
    local file bad=0
    for file in scripts/*.sh tests/*.sh .ci/run; do
        bash -n "$file" || bad=1
    done
    return $bad
}

# What Debian's PHP_CodeSniffer knows of Moodle's coding standard; the whole of it where MOODLE_CS names a phpcs that has moodlehq/moodle-cs.
moodle_style() {
    if [ -n "${MOODLE_CS:-}" ]; then
        "$MOODLE_CS" -q --standard=moodle --ignore='*/templates/*' php/local
    else
        phpcs -q --standard=scripts/phpcs.xml php/local
    fi
}

check "cargo fmt" cargo fmt --check
check "clippy, engine alone" cargo clippy --locked --quiet --no-default-features --all-targets -- -D warnings
check "clippy, extension" cargo clippy --locked --quiet -- -D warnings
check "clippy, extension for tests" cargo clippy --locked --quiet --features testing -- -D warnings
check "php -l" php_syntax
check "bash -n" shell_syntax
check "Moodle's coding standard${MOODLE_CS:+, whole}" moodle_style
check "install.xml says what engine.sql says" scripts/install-xml.py --check
check "each mutation of tests/mutants fits the sources" tests/mutants/run.py --check
check "house style" scripts/style-check.sh
exit $failed
