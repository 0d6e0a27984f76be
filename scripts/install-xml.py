#!/usr/bin/env python3
"""Writes php/local/shopengine/db/install.xml (XMLDB, Moodle's form of a schema) from src/database/schema/engine.sql.

    scripts/install-xml.py          write it
    scripts/install-xml.py --check  fail when the file differs from what would be written
"""
import re
import sys
from pathlib import Path
from xml.sax.saxutils import quoteattr

ROOT = Path(__file__).resolve().parent.parent
SQL = ROOT / "src/database/schema/engine.sql"
XML = ROOT / "php/local/shopengine/db/install.xml"


def attribute(name, value):
    return f"{name}={quoteattr(value)}"


def field(line):
    """One column. Moodle gives a `char` without a default the default '' and allows none for a `text`."""
    parts = re.fullmatch(
        r"(\w+) (INTEGER PRIMARY KEY AUTOINCREMENT|BIGINT|VARCHAR\((\d+)\)|TEXT)( NOT NULL)?( UNIQUE)?(?: DEFAULT (\S+))?", line)
    if not parts:
        raise SystemExit(f"{SQL}: `{line}` is not a column that XMLDB can say")
    name, kind, length, notnull, unique, default = parts.groups()
    said = default.strip("'") if default else ""
    if kind.startswith("INTEGER"):
        what = [("TYPE", "int"), ("LENGTH", "10"), ("NOTNULL", "true"), ("SEQUENCE", "true")]
    elif kind == "TEXT":
        # A text column with a default is one that an insert may leave out.
        what = [("TYPE", "text"), ("NOTNULL", "true" if notnull and not default else "false"), ("SEQUENCE", "false")]
    else:
        what = [("TYPE", "char" if length else "int"), ("LENGTH", length or "18"), ("NOTNULL", "true" if notnull else "false")]
        if said:
            what.append(("DEFAULT", said))
        what.append(("SEQUENCE", "false"))
    return name, bool(unique), " ".join(attribute(key, value) for key, value in [("NAME", name), *what])


def table(name, body, comment, indexes):
    if len(name) > 28:
        raise SystemExit(f"{SQL}: Moodle before 4.3 takes no table name longer than 28: `{name}`")
    fields, keys = [], [("primary", "primary", "id")]
    for line in filter(None, (line.strip().rstrip(",") for line in body.splitlines())):
        several = re.fullmatch(r"UNIQUE \(([\w, ]+)\)", line)
        if several:
            columns = [column.strip() for column in several[1].split(",")]
            keys.append(("_".join(columns), "unique", ", ".join(columns)))
            continue
        column, unique, text = field(line)
        fields.append(text)
        if unique:
            keys.append((column, "unique", column))
    yield f"    <TABLE {attribute('NAME', name)} {attribute('COMMENT', comment)}>"
    yield "      <FIELDS>"
    yield from (f"        <FIELD {text}/>" for text in fields)
    yield "      </FIELDS>"
    yield "      <KEYS>"
    yield from (f'        <KEY NAME="{key}" TYPE="{kind}" FIELDS="{columns}"/>' for key, kind, columns in keys)
    yield "      </KEYS>"
    if indexes:
        yield "      <INDEXES>"
        yield from (f'        <INDEX NAME="{index}" UNIQUE="false" FIELDS="{columns}"/>' for index, columns in indexes)
        yield "      </INDEXES>"
    yield "    </TABLE>"


def document():
    sql = SQL.read_text()
    version = re.search(r"\$plugin->version = (\d{8})", (ROOT / "php/local/shopengine/version.php").read_text())[1]
    yield '<?xml version="1.0" encoding="UTF-8" ?>'
    yield f'<XMLDB PATH="local/shopengine/db" VERSION="{version}" COMMENT="Written by scripts/install-xml.py from engine.sql"'
    yield '    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    yield '    xsi:noNamespaceSchemaLocation="../../../lib/xmldb/xmldb.xsd"'
    yield ">"
    yield "  <TABLES>"
    found = re.findall(r"((?:^-- [^\n]*\n)+)CREATE TABLE IF NOT EXISTS (\w+) \(\n(.*?)^\);", sql, re.M | re.S)
    if len(found) != sql.count("CREATE TABLE"):
        raise SystemExit(f"{SQL}: a table without a comment above it, or one that cannot be read")
    for comment, name, body in found:
        indexes = [(index.removeprefix(name + "_"), columns)
                   for index, columns in re.findall(rf"CREATE INDEX IF NOT EXISTS (\w+) ON {name} \(([\w, ]+)\);", sql)]
        text = " ".join(line.removeprefix("-- ") for line in comment.strip().splitlines())
        yield from table(name, body, text, indexes)
    yield "  </TABLES>"
    yield "</XMLDB>"


def main():
    wanted = "\n".join(document()) + "\n"
    if "--check" in sys.argv[1:]:
        if not XML.exists() or XML.read_text() != wanted:
            raise SystemExit(f"{XML.relative_to(ROOT)} is not what {SQL.relative_to(ROOT)} says; run scripts/install-xml.py")
        return
    XML.parent.mkdir(parents=True, exist_ok=True)
    XML.write_text(wanted)


main()
