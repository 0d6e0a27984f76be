#!/usr/bin/env bash
# Runs the requests of tests/phpt/moodle_ends_001.phpt and 003, which PHP ends inside a call into Moodle's database, under valgrind.
# An invalid read or write, or a jump that depends on uninitialised memory, makes the request's exit code 99, which the test reports.
#   tests/valgrind.sh        the extension as it ships
set -euo pipefail
cd "$(dirname "$0")/.."

command -v valgrind >/dev/null || {
    echo "valgrind: it is not installed; scripts/setup.sh test installs it" >&2
    exit 1
}
# PHP's own allocator would hide from valgrind what is used after it is freed; so would the just-in-time compiler of its patterns.
export USE_ZEND_ALLOC=0 ZEND_DONT_UNLOAD_MODULES=1
export SHOPENGINE_WRAPPER="valgrind -q --error-exitcode=99 --exit-on-first-error=yes --leak-check=no"
tests/run-phpt.sh release --set-timeout 1800 tests/phpt/moodle_ends_001.phpt tests/phpt/moodle_ends_003.phpt
