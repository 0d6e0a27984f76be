#!/usr/bin/env bash
# The companion plugin's PHPUnit tests, in Moodle's own form, in a copy of the Moodle that MOODLE_DIR names (its own files and
# tables are not touched: the copy is in target/moodle-phpunit, its tables have the prefix phpu_ in the same database).
# The first run installs Moodle for tests, which takes minutes; the next ones start at once.
#   MOODLE_DIR=/path tests/moodle/phpunit.sh [PHPUnit options]     the last line counts
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD

if [ -z "${MOODLE_DIR:-}" ]; then
    echo "phpunit: skipped, MOODLE_DIR names no Moodle tree with local_shop and auth_ticket"
    exit 0
fi
copy=${MOODLE_PHPUNIT_DIR:-$root/target/moodle-phpunit}
data=$copy-data
mkdir -p "$data"
php=(php -d "extension=${SHOPENGINE_EXTENSION:-$root/target/release/libshopengine.so}" -d max_input_vars=5000)

if [ ! -e "$copy/lib/setup.php" ]; then
    mkdir -p "$copy"
    cp -r "$MOODLE_DIR/." "$copy/"
fi
# Since 5.1 a Moodle's plugins are in its folder `public`.
pages=$copy
[ ! -e "$copy/public/version.php" ] || pages=$copy/public
# The plugins of this checkout, not those that the site was made with.
for part in shopengine shop/paymodes/mercanet shop/paymodes/ogone shop/paymodes/sherlocks shop/paymodes/systempay shop/paymodes/taler; do
    rm -rf "$pages/local/$part"
    ln -s "$root/php/local/$part" "$pages/local/$part"
done
# The database may be elsewhere than last time.
cp "$MOODLE_DIR/config.php" "$copy/config.php"
sed -i "s#^require_once.*/lib/setup\.php.*#\$CFG->phpunit_prefix = 'phpu_';\n\$CFG->phpunit_dataroot = '$data';\n&#" "$copy/config.php"
if [ ! -e "$copy/vendor/bin/phpunit" ]; then
    # PHPUnit as the system has it (Debian 12: phpunit php-mikey179-vfsstream) if it is the version that this Moodle takes, else composer's.
    if grep -q '"phpunit/phpunit": *"^9' "$copy/composer.json" && [ -e /usr/share/php/PHPUnit/Autoload.php ] && [ -e /usr/share/php/org/bovigo/vfs/autoload.php ]; then
        rm -rf "$copy/vendor"
        mkdir -p "$copy/vendor/phpunit/phpunit" "$copy/vendor/bin"
        echo '{"name": "phpunit/phpunit"}' >"$copy/vendor/phpunit/phpunit/composer.json"
        cp "$(command -v phpunit)" "$copy/vendor/bin/phpunit"
        printf '<?php\nrequire_once "/usr/share/php/PHPUnit/Autoload.php";\nrequire_once "/usr/share/php/org/bovigo/vfs/autoload.php";\n' \
            >"$copy/vendor/autoload.php"
    else
        (cd "$copy" && COMPOSER_ALLOW_SUPERUSER=1 timeout -k 5 600 composer install --no-interaction --no-progress)
    fi
fi
# Moodle's tests want this locale; it costs nothing where it is there.
locale -a | grep -qi '^en_AU\.utf-\?8$' || localedef -i en_AU -f UTF-8 en_AU.UTF-8 2>/dev/null ||
    echo "phpunit: locale en_AU.UTF-8 is missing (Debian: apt install locales, localedef -i en_AU -f UTF-8 en_AU.UTF-8)" >&2

cd "$copy"
if ! "${php[@]}" "$pages/admin/tool/phpunit/cli/util.php" --diag >/dev/null; then
    "${php[@]}" "$pages/admin/tool/phpunit/cli/util.php" --drop >/dev/null 2>&1 || true
    "${php[@]}" "$pages/admin/tool/phpunit/cli/util.php" --install >"$copy-install.log" 2>&1 || { tail -n 20 "$copy-install.log" >&2; exit 1; }
fi
"${php[@]}" "$pages/admin/tool/phpunit/cli/util.php" --buildconfig >/dev/null

# Not in the data folder: Moodle empties it.
report=$copy-report.xml
rm -f "$report"
status=0
"${php[@]}" vendor/bin/phpunit --testsuite local_shopengine_testsuite --log-junit "$report" "$@" || status=$?
python3 - "$report" <<'PYTHON'
import sys
import xml.etree.ElementTree as tree
try:
    suite = next(tree.parse(sys.argv[1]).getroot().iter("testsuite"))
    total, bad, skip = (sum(int(suite.get(name, 0)) for name in names) for names in (["tests"], ["failures", "errors"], ["skipped"]))
except (OSError, tree.ParseError, StopIteration):
    total, bad, skip = 1, 1, 0
print(f"phpunit: {total - bad - skip} passed, {bad} failed, {skip} skipped")
PYTHON
exit "$status"
