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
import sys

FIELDS = "seq time kind tag transid state amount currency settled refunded note".split()
HEAD = "partner from to created first previous".split()


class Fault(Exception):
    pass


def read_csv(text):
    rows = list(csv.reader(io.StringIO(text), strict=True))
    if len(rows) < 3 or rows[0][:2] != ["statement", "1"] or rows[1] != FIELDS + ["hash"] or rows[-1][0] != "end":
        raise Fault("head or foot cannot be read")
    head = dict(zip(HEAD, rows[0][2:]))
    entries = [dict(zip(FIELDS + ["hash"], row)) for row in rows[2:-1]]
    return head, entries, dict(zip(("count", "head", "signature"), rows[-1][1:]))


def read_json(text):
    whole = json.loads(text)
    if whole.get("statement") != 1:
        raise Fault("head cannot be read")
    return whole, whole["entries"], whole


def verify(text, secret):
    head, entries, foot = (read_json if text.startswith("{") else read_csv)(text)
    last, number = head["previous"], int(head["first"])
    for entry in entries:
        if set(entry) != set(FIELDS) | {"hash"}:
            raise Fault(f"entry {number}: not of the fields that an entry has")
        if int(entry["seq"]) != number:
            raise Fault(f"entry {number}: here is entry {entry['seq']}")
        text = "\t".join(str(entry[field]) for field in FIELDS)
        last_but_one, last = last, hashlib.sha256(f"{last}\n{text}".encode()).hexdigest()
        if last != entry["hash"]:
            raise Fault(f"entry {number}: changed, or not the one after {last_but_one}")
        number += 1
    if int(foot["count"]) != len(entries) or foot["head"] != last:
        raise Fault(f"entry {number}: the statement was cut or continued")
    signed = "\t".join(["shopengine-statement-1", *(str(head[name]) for name in HEAD), str(foot["count"]), foot["head"]])
    expected = hmac.new(secret, signed.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, foot["signature"]):
        raise Fault("the signature is not the partner's: head or foot were changed, or the secret is another")
    return head["partner"], len(entries)


def main():
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__)
    with open(sys.argv[1], encoding="utf-8", newline="") as file:
        text = file.read()
    with open(sys.argv[2], "rb") if len(sys.argv) == 3 else sys.stdin.buffer as file:
        secret = file.readline().strip()
    try:
        partner, count = verify(text, secret)
    except (Fault, ValueError, KeyError, IndexError, csv.Error) as fault:
        print(f"not as it was drawn up: {fault}")
        raise SystemExit(1)
    print(f"statement of {partner}: {count} entries, as it was drawn up")


if __name__ == "__main__":
    main()
