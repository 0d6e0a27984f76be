#!/usr/bin/env bash
# The house rules that a grep can prove. Prints each violation and fails at the end.
set -uo pipefail
cd "$(dirname "$0")/.."

failed=0
# empty "rule" command...: the command must print nothing.
empty() {
    local rule=$1 found
    shift
    found=$("$@")
    if [ -n "$found" ]; then
        printf '%s:\n%s\n' "$rule" "$found"
        failed=1
    fi
}
# Code lines only: comments may name what code must not.
code() { grep -rnE --include='*.rs' "$@" | grep -vE '^[^:]+:[0-9]+:\s*//'; }

# A serialiser must name the types that it refuses.
empty "no floats in src" bash -c "grep -rnE --include='*.rs' '\\bf(32|64)\\b' src | grep -vE '^[^:]+:[0-9]+:\\s*(//|fn serialize_f(32|64)\\(self, _:)'"
empty "no Manager, Helper or Util in src" code '(Manager|Helper|Utils?)\b' src
empty "ext_php_rs is named only in src/extension" bash -c "grep -rln ext_php_rs src --include='*.rs' | grep -vE '^src/(extension/|lib\.rs)'"
empty "PhpException is built only in exception.rs" bash -c "grep -rnE --include='*.rs' 'PhpException::' src | grep -v '^src/extension/exception\.rs'"
empty "nothing left to do in src" grep -rnE --include='*.rs' '\b(todo|unimplemented)!|\b(TODO|FIXME)\b' src
empty "no get_ prefix in the engine" bash -c "grep -rnE --include='*.rs' 'fn get_' src | grep -v '^src/extension/'"

# Exported methods take &self: no \`&mut self\` inside a #[php_impl] block.
empty "no &mut self in an exported class" awk '
    /#\[php_impl\]/ { inside = 1 }
    /^}/ { inside = 0 }
    inside && /&mut self/ { print FILENAME ":" FNR ": " $0 }' $(find src/extension -name '*.rs')

# Every class that PHP sees is final and does not derive Default.
empty "exported classes are final" awk '
    FNR == 1 { class = 0 }
    /#\[php_class\]/ { class = 1; final = 0; bad = 0 }
    class && /ClassFlags::Final/ { final = 1 }
    class && /derive\(.*Default/ { bad = 1 }
    class && /pub struct/ { if (!final || bad) print FILENAME ":" FNR ": " $0; class = 0 }
    /#\[php\(prop/ { print FILENAME ":" FNR ": " $0 }' $(find src/extension -name '*.rs')

unsafe=$(grep -rlE --include='*.rs' '\bunsafe\b' src)
if [ "$(grep -c . <<<"$unsafe")" -gt 3 ]; then
    printf 'at most three files contain unsafe:\n%s\n' "$unsafe"
    failed=1
fi
for file in $unsafe; do
    blocks=$(grep -cE '^[^/]*\bunsafe \{' "$file")
    reasons=$(grep -c '// SAFETY:' "$file")
    if [ "$blocks" -gt "$reasons" ]; then
        echo "$file: $blocks unsafe blocks, $reasons SAFETY comments"
        failed=1
    fi
done

# lib.rs and mod.rs start with a map that names each of their modules.
while IFS= read -r file; do
    while IFS= read -r module; do
        grep -qE "^//!.*\`$module\`" "$file" || {
            echo "$file: the module map does not name \`$module\`"
            failed=1
        }
    done < <(sed -nE 's/^(pub(\([a-z]+\))? )?mod ([a-z_0-9]+);$/\3/p' "$file")
done < <(echo src/lib.rs; find src/extension -name mod.rs)

while IFS= read -r -d '' file; do
    head -n 20 "$file" | grep -q 'GNU General Public License' || {
        echo "$file: no licence header"
        failed=1
    }
done < <(find php stubs tests benches -name '*.php' -not -path 'tests/phpt/*' -print0; find tests/phpt -name '*.inc' -print0)

# PHP decides nothing about money (law 1), and hands no text to an interpreter.
php_code() { grep -rnE --include='*.php' "$1" php | grep -vE '^[^:]+:[0-9]+:\s*(//|\*|/\*)'; }
# The one float in php is the weight of a browser's language.
php_floats() { php_code '\b(float|double)\b|\b(floatval|doubleval|round|floor|ceil|number_format|fdiv|bc[a-z]+)\s*\(' | grep -vF '$weight = (float)'; }
empty "no floats and no rounding in php" php_floats
empty "no unserialize, eval, extract or assert in php" php_code '(^|[^>:a-z_])(unserialize|eval|extract|assert|create_function|shell_exec|passthru|system)\s*\('

# Files stay readable: more than 400 lines of code before the tests need a sentence with "long" in the header.
while IFS= read -r file; do
    lines=$(awk '/^#\[cfg\(test\)\]$/ { exit } !/^ *(\/\/.*)?$/ { n++ } END { print n + 0 }' "$file")
    if [ "$lines" -gt 400 ] && ! grep -qE '^//!.*\blong' "$file"; then
        echo "$file: $lines lines of code before its tests, without a word in its header why it is long"
        failed=1
    fi
done < <(find src -name '*.rs')

exit $failed
