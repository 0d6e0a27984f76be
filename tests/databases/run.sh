#!/usr/bin/env bash
# What servers.sh runs: the tests on both servers, with the extension built for tests.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec php -d extension="$PWD/target/debug/libshopengine.so" tests/databases/run.php "$MARIADB" "$PGSQL"
