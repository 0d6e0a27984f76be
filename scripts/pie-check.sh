#!/usr/bin/env bash
# Builds the extension as PIE does (phpize, configure, make) and loads the result.
set -euo pipefail
cd "$(dirname "$0")/../pie"

log=$(mktemp)
trap 'phpize --clean >/dev/null 2>&1 || true; rm -f "$log"' EXIT
if ! (phpize && ./configure --quiet && make --quiet) >"$log" 2>&1; then
    cat "$log"
    echo "not ok: phpize, configure and make"
    exit 1
fi
version=$(php -n -d "extension=$PWD/modules/shopengine.so" -r 'echo phpversion("shopengine");')
grep -qx "version = \"$version\"" ../Cargo.toml
echo "ok: phpize, configure and make build a loadable extension, version $version"
