#!/usr/bin/env bash
# Runs .phpt files with PHP's own run-tests.php.
#   tests/run-phpt.sh [release|testing] [options or files for run-tests.php...]
# release: tests/phpt/*.phpt against the extension as it ships.
# testing: tests/phpt/testing/*.phpt against a debug build with the cargo feature `testing`, whose class
#          ShopEngine\Testing fails on purpose; the shipped extension does not have it.
set -euo pipefail
cd "$(dirname "$0")/.."

build=${1:-release}
shift || true
case $build in
    release)
        library=target/release/libshopengine.so
        tests=(tests/phpt/*.phpt)
        ;;
    testing)
        library=target/debug/libshopengine.so
        tests=(tests/phpt/testing/*.phpt)
        ;;
    *)
        echo "run-phpt: unknown build \`$build\`, use release or testing" >&2
        exit 2
        ;;
esac
[ $# -gt 0 ] && [ -e "${!#}" ] && tests=()

for runner in "$(php-config --extension-dir)/build/run-tests.php" "$(php-config --prefix)/lib/php/build/run-tests.php"; do
    [ -e "$runner" ] && break
done
[ -e "$runner" ] || {
    echo "run-phpt: run-tests.php not found; install PHP's development package" >&2
    exit 1
}

folder=$PWD/target/phpt/$build
mkdir -p "$folder"
ln -sf "$PWD/$library" "$folder/shopengine.so"

export NO_INTERACTION=1 TEST_PHP_EXECUTABLE
TEST_PHP_EXECUTABLE=$(command -v php)
php -n "$runner" -n -q -j2 --show-diff --no-progress --no-color -g FAIL,BORK,LEAK,WARN -d "extension_dir=$folder" -d extension=shopengine "$@" "${tests[@]}"
