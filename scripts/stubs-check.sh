#!/usr/bin/env bash
# Compares stubs/shopengine.stub.php with the built extension, by reflection, and proves that the comparison can fail.
set -euo pipefail
cd "$(dirname "$0")/.."

library=$PWD/target/release/libshopengine.so
stub=stubs/shopengine.stub.php
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

php -n -l "$stub" >/dev/null
php -n -d "extension=$library" tests/tools/sigdump.php >"$work/extension"
php -n tests/tools/sigdump.php "$stub" >"$work/stub"
if ! diff -u --label "extension" "$work/extension" --label "$stub" "$work/stub"; then
    echo "not ok: the stub and the extension differ"
    exit 1
fi
echo "ok: the stub and the extension agree on $(wc -l <"$work/stub") lines"

# Each change of the stub must be noticed.
mutate() {
    local name=$1
    sed -E "$2" "$stub" >"$work/mutated.php"
    if cmp -s "$stub" "$work/mutated.php"; then
        echo "not ok: the change \`$name\` does not apply to the stub any more"
        exit 1
    fi
    php -n tests/tools/sigdump.php "$work/mutated.php" >"$work/mutated" 2>&1 || true
    if cmp -s "$work/extension" "$work/mutated"; then
        echo "not ok: a stub with the change \`$name\` passed"
        exit 1
    fi
}
mutate "a class is not final" '0,/final class/s//class/'
mutate "another version" "s/(const VERSION = ')/\19/"
mutate "a missing exception" '/class TraceException/d'
mutate "another parent" '0,/extends GatewayException/s//extends ShopException/'
mutate "a renamed property" 's/\$errorcode = /$code_of_error = /'
mutate "a renamed argument" '0,/(function [a-zA-Z]+\([a-z]+ \$)/s//\1x/'
mutate "another return type" '0,/\): string/s//): int/'
echo "ok: seven altered stubs were noticed"
