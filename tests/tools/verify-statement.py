#!/usr/bin/env python3
"""Verifies a partner's statement without the shop: docs/partners.md says what is checked.

    verify-statement.py STATEMENT [SECRET_FILE]

STATEMENT is a file in CSV or JSON; the secret is the first line of SECRET_FILE, else of the standard input. Exit code 0: the
statement is as it was drawn up. 1: it is not; the first place is told. Python 3.8 or newer, nothing else.
"""
import csv
import hashlib
import hmac
import io
import json
import re
import sys

FIELDS = "seq time kind tag transid state amount currency settled refunded note hash".split()
HEAD = "partner from to created first previous".split()
FOOT = "count head signature".split()
UNREADABLE = "cannot be read: head or foot is missing or damaged"


class Fault(Exception):
    pass


def check(right, fault=UNREADABLE):
    if not right:
        raise Fault(fault)


def named(names, row):
    """A row of CSV by the names of its columns; None when it has others."""
    return dict(zip(names, row)) if len(row) == len(names) else None


def plain(cell):
    """A cell without the ' that keeps spreadsheets from taking it, or what follows a semicolon or a line break in it, for a formula."""
    return re.sub("(^|[;\n\r])'(?=['\" \u00a0\ufeff]*[=+\\-@\t\r])", r"\1", cell)


def read_csv(text):
    rows = [[plain(cell) for cell in row] for row in csv.reader(io.StringIO(text), strict=True)]
    check(len(rows) > 1 and rows[0][:2] == ["statement", "1"] and rows[1] == FIELDS)
    head = named(HEAD, rows[0][2:])
    foot = named(FOOT, rows[-1][1:]) if rows[-1][:1] == ["end"] else None
    return head, [named(FIELDS, row) for row in rows[2:-1 if foot else None]], foot


def read_json(text):
    def no(constant):
        raise ValueError(constant)
    # Numbers stay as they are written: so they are hashed and signed.
    whole = json.loads(text, parse_int=str, parse_float=str, parse_constant=no)
    check(set(whole) == {"statement", "entries", *HEAD, *FOOT} and whole["statement"] == "1")
    entries = whole.pop("entries")
    check(isinstance(entries, list) and all(isinstance(value, str) for value in whole.values()))
    return whole, entries, whole


def whole_entry(entry):
    return isinstance(entry, dict) and set(entry) == set(FIELDS) and all(isinstance(value, str) for value in entry.values())


def verify(text, secret):
    head, entries, foot = (read_json if text.startswith("{") else read_csv)(text)
    check(head and re.fullmatch("[0-9]+", head["first"]))
    last, number = head["previous"], int(head["first"])
    for entry in entries:
        check(whole_entry(entry), f"entry {number}: not of the fields that an entry has")
        check(entry["seq"] == str(number), f"entry {number}: here is entry {entry['seq']}")
        text = last + "\n" + "\t".join(entry[field] for field in FIELDS[:-1])
        last_but_one, last = last, hashlib.sha256(text.encode(errors="replace")).hexdigest()
        check(last == entry["hash"], f"entry {number}: changed, or not the one after {last_but_one}")
        number += 1
    check(foot and foot["count"] == str(len(entries)) and foot["head"] == last, f"entry {number}: the statement was cut or continued")
    signed = "\t".join(["shopengine-statement-1", *(head[name] for name in HEAD), foot["count"], foot["head"]])
    expected = hmac.new(secret, signed.encode(errors="replace"), hashlib.sha256).hexdigest()
    check(hmac.compare_digest(expected.encode(), foot["signature"].encode(errors="replace")),
          "the signature is not the partner's: head or foot were changed, or the secret is another")
    return head["partner"], len(entries)


def main():
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__)
    with open(sys.argv[2], "rb") if len(sys.argv) == 3 else sys.stdin.buffer as file:
        secret = file.readline().strip()
    try:
        with open(sys.argv[1], encoding="utf-8", newline="") as file:
            text = file.read()
        partner, count = verify(text, secret)
    except (Fault, ValueError, csv.Error) as fault:
        print(f"not as it was drawn up: {fault if isinstance(fault, Fault) else UNREADABLE}")
        raise SystemExit(1)
    print(f"statement of {partner}: {count} entries, as it was drawn up")


if __name__ == "__main__":
    main()
