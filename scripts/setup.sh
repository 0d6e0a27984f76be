#!/usr/bin/env bash
# Installs what is missing on a Debian 12 with Rust; says nothing and does nothing the second time.
#   scripts/setup.sh build   to build the extension and run the demo
#   scripts/setup.sh test    to run the tests and benchmarks as well
#   scripts/setup.sh moodle  to run the tests on a real Moodle as well
#   scripts/setup.sh mutants to let cargo-mutants change the code
set -euo pipefail
cd "$(dirname "$0")/.."

profile=${1:-build}
case $profile in
    build | test | moodle | mutants) ;;
    *)
        echo "setup: unknown profile \`$profile\`, use build, test, moodle or mutants" >&2
        exit 2
        ;;
esac

if ! command -v cargo >/dev/null; then
    echo "setup: cargo is missing; install Rust 1.89 or later from https://rustup.rs and run this again" >&2
    exit 1
fi

# Debian 12 names its PHP packages by version; elsewhere the distribution's default PHP is taken.
php=php
if [ -r /etc/os-release ] && grep -q '^VERSION_CODENAME=bookworm' /etc/os-release; then
    php=php8.2
fi
packages=(build-essential ca-certificates libclang-dev pkg-config "$php-cli" "$php-curl" "$php-dev" "$php-intl" "$php-mbstring" "$php-xml")
if [ "$profile" = test ] || [ "$profile" = moodle ]; then
    packages+=(chromium curl mariadb-server nginx "$php-fpm" "$php-mysql" "$php-pgsql" "$php-sqlite3" php-codesniffer postgresql python3 python3-venv ripgrep sqlite3 valgrind)
fi
if [ "$profile" = moodle ]; then
    # What Moodle's installer asks for, and what its PHPUnit tests run on.
    packages+=(php-mikey179-vfsstream phpunit "$php-gd" "$php-soap" "$php-zip")
fi

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    echo "setup: this is not a Debian system; install the equivalents of: ${packages[*]}" >&2
    exit 1
fi

installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null | sed -n 's/^installed //p' || true)
missing=()
for package in "${packages[@]}"; do
    grep -qxF "$package" <<<"$installed" || missing+=("$package")
done

if [ ${#missing[@]} -gt 0 ]; then
    root=()
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "setup: not root and no sudo; as root run: apt-get install ${missing[*]}" >&2
            exit 1
        fi
        root=(sudo)
    fi
    echo "setup: installing ${missing[*]}"
    log=$(mktemp)
    if ! "${root[@]}" env DEBIAN_FRONTEND=noninteractive bash -c \
        'apt-get -qq update && apt-get -qq install -y --no-install-recommends "$@"' setup "${missing[@]}" >"$log" 2>&1; then
        cat "$log" >&2
        echo "setup: the packages above could not be installed" >&2
        exit 1
    fi
    rm -f "$log"
fi

# The browser tests' Python packages; the copied list says what the environment holds.
if { [ "$profile" = test ] || [ "$profile" = moodle ]; } && ! cmp -s tests/requirements.txt .venv/requirements.txt; then
    echo "setup: installing the packages of tests/requirements.txt in .venv"
    python3 -m venv .venv
    .venv/bin/pip install --quiet --disable-pip-version-check -r tests/requirements.txt
    cp tests/requirements.txt .venv/requirements.txt
fi

# Changes the code as a mistake would. Pinned: another version makes other changes, and its report could not be compared with the last one.
if [ "$profile" = mutants ] && [ ! -x target/tools/bin/cargo-mutants ]; then
    echo "setup: installing cargo-mutants in target/tools"
    cargo install --quiet --locked --root target/tools cargo-mutants@27.1.0
fi
