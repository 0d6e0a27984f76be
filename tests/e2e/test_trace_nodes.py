"""Two machines sell from one shop: the trace is a file for each, or a table, and the page shows one timeline in one order."""

import concurrent.futures
import contextlib
import json
import os
import pty
import re
import subprocess
import time
import urllib.parse

import pytest

from drivers import Client
from scenarios import *
from server import EXTENSION, ROOT, Shopdata, Storefront

ITEM = re.compile(r'<li data-kind="(\w+)".*?<time>([^<]+)</time>(?: <small>([^<]+)</small>)?', re.S)


@pytest.fixture(params=["filepernode", "table"])
def machines(tmp_path, request):
    """Two servers on one folder: what two web nodes with a shared data folder are."""
    first = Storefront(tmp_path, SHOPENGINE_NODE="web1").start()
    db = Shopdata(first.path)
    db.run("INSERT INTO config_plugins (plugin, name, value) VALUES ('local_shopengine', 'tracesink', ?)", request.param)
    second = Storefront(tmp_path, SHOPENGINE_NODE="web2").start()
    yield request.param, first, second, db
    second.stop()
    first.stop()


def sold(buyer, seller):
    """A purchase on one machine, confirmed on the other; all work that follows is done."""
    number = buy(Client(buyer.root), "monproduit=1", "check")
    seller_moves(log_in(Client(seller.root), ADMIN), number, "SOLDOUT")
    db = Shopdata(buyer.path)
    undone = "SELECT COUNT(*) FROM local_shopengine_outbox WHERE state <> 'done' AND billid = ?"
    deadline = time.monotonic() + 20
    while db.value(undone, db.order(number)["id"]) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.1)
    return number


def timeline(machine, number, **query):
    """Kind, time and writer of what the page shows."""
    query = urllib.parse.urlencode({"transid": number} | query)
    page = log_in(Client(machine.root), ADMIN).open(f"{SCAN}?{query}")
    assert page.status == 200
    return page, ITEM.findall(page.html)


def read(folder, *options):
    """The command-line reader's JSON lines."""
    command = ["php", "-d", f"extension={EXTENSION}", str(ROOT / "php/local/shopengine/cli/trace.php"),
               f"--file={folder / 'merchant_trace.log'}", *options]
    return [json.loads(line) for line in subprocess.run(command, capture_output=True, text=True).stdout.splitlines()]


def on_terminal(*command):
    """What a command shows on a terminal of its own."""
    master, slave = pty.openpty()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave)
    os.close(slave)
    shown = b""
    with contextlib.suppress(OSError):
        while chunk := os.read(master, 4096):
            shown += chunk
    os.close(master)
    process.wait(30)
    return shown.decode()


def test_the_reader_has_colours_and_a_progress_bar_on_a_terminal_only(tmp_path):
    path = tmp_path / "merchant_trace.log"
    path.write_text("-- 2026-8-21 20:39:01 029 -1-  [A==] Process Error : none\n" * 5000)
    (tmp_path / "merchant_trace.web1.log").write_text("-- 2026-8-21 20:39:01 030 -7000000003-  [A==] \x1b[2J\n")
    command = ["php", "-d", f"extension={EXTENSION}", str(ROOT / "php/local/shopengine/cli/trace.php"), f"--file={path}"]
    shown = on_terminal(*command, "--index")
    bars = re.findall(r"\r\[(#* *)\] +(\d+) %", shown)
    assert len(bars) >= 2 and bars[-1] == ("#" * 50, "100"), shown
    percents = [int(percent) for _, percent in bars]
    assert percents == sorted(percents)
    quiet = subprocess.run([*command, "--index"], capture_output=True, text=True)
    assert quiet.stderr == "" and json.loads(quiet.stdout)["covered"] > 0
    shown = on_terminal(*command, "--level=error", "A==")
    assert shown.count("\x1b[31m") == 5000
    shown = on_terminal(*command, "--text=2J")
    # Whose line it is; what a buyer typed does not steer the terminal.
    assert "web1 7" in shown and "\x1b[2J" not in shown
    found = [json.loads(line) for line in subprocess.run([*command, "A=="], capture_output=True, text=True).stdout.splitlines()]
    assert len(found) == 5001 and (found[-1]["node"], found[-1]["process"], found[-1]["sequence"]) == ("web1", 7, 3)


def test_machines_that_sell_at_once_make_one_timeline(machines):
    sink, first, second, db = machines
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        jobs = [pool.submit(sold, *pair) for pair in [(first, second), (second, first)] * 3]
        numbers = [job.result() for job in jobs]
    assert len(set(numbers)) == 6
    files = sorted(path.name for path in first.folder.glob("merchant_trace*.log"))
    if sink == "table":
        assert files == []
        rows = db.rows("SELECT node, process, seq FROM local_shopengine_trace")
        assert {row["node"] for row in rows} == {"web1", "web2"}
        assert len({tuple(row.values()) for row in rows}) == len(rows)
    else:
        assert files == ["merchant_trace.web1.log", "merchant_trace.web2.log"]
    for number in numbers:
        for machine in (first, second):
            page, items = timeline(machine, number)
            assert "Written by 2 machines (web1, web2)" in page.text
            order = [(at, *writer.split()) for _, at, writer in items if writer]
            keys = [(at, node, int(process), int(count)) for at, node, process, count in order]
            assert keys == sorted(keys)
            assert {key[1] for key in keys} == {"web1", "web2"}
            # Every decision has its line, whichever machine made it.
            assert "not in the trace" not in page.text
            history = db.rows("SELECT h.id FROM local_shopengine_history h JOIN local_shopengine_order o ON o.billid = h.billid"
                              " WHERE o.transactionid = ?", number)
            assert sum(kind == "decision" for kind, *_ in items) == len(history)


def test_a_machine_that_dies_leaves_a_gap_that_the_page_tells(machines):
    sink, first, second, db = machines
    number = sold(first, second)
    if sink == "table":
        db.run("DELETE FROM local_shopengine_trace WHERE node = 'web2'")
    else:
        (first.folder / "merchant_trace.web2.log").unlink()
    page, items = timeline(first, number)
    assert "not in the trace" in page.text
    assert "Written by" not in page.text


def test_the_setting_may_change_and_what_was_written_is_still_read(machines):
    sink, first, second, db = machines
    number = sold(first, second)
    _, before = timeline(first, number)
    db.run("UPDATE config_plugins SET value = 'file' WHERE name = 'tracesink'")
    seller_moves(log_in(Client(second.root), ADMIN), number, "PAYBACK")
    page, after = timeline(first, number)
    assert len(after) > len(before)
    assert "merchant_trace.log" in page.text
    assert not re.search(r"not in the trace", page.text)
    if sink == "filepernode":
        found = read(first.folder, number)
        assert {entry["node"] for entry in found} == {"web1", "web2", None}
        assert [entry["time"] for entry in found] == sorted(entry["time"] for entry in found)
        recent = read(first.folder, "--recent")
        assert [one["transid"] for one in recent][:1] == [number]


def test_letters_are_kept_without_secrets_in_the_mail_trace(machines):
    _, first, second, db = machines
    number = sold(first, second)
    texts = [path.read_text() for path in first.folder.glob("merchant_mail_trace.*.log")]
    lines = [line for text in texts for line in text.splitlines() if f"[{number}] Mail to " in line]
    letters = (first.folder / "mail.log").read_text().count("Subject: ")
    assert len(lines) == letters > 0
    assert any("camille.martin@example.org" in line for line in lines)
