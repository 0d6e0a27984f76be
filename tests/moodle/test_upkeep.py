"""What keeps a site right over the years: the check, the command that repairs, the seals of the trace, upgrades, limits."""

import contextlib
import http.client
import os
import re
import time
import urllib.error
import urllib.request

import pytest

from probe import jean_orders
from shoppers import Shopper, settings, switch
from unsigned_links import trusted, vouched
from scenarios import *

RIGHT = "Shop engine: installation Everything is right"
SEALED = "Compare with a backup"
STATUS = "/report/status/index.php"
REPAIR = "local/shopengine/cli/repair.php"
ENDPOINT = "/local/shop/paymodes/test/test_ipn.php"
HISTORY = ("INSERT INTO {local_shopengine_history} (billid, seq, timecreated, actor, event, statusfrom, statusto, revision, message)"
           " VALUES (?, 100, 1, ?, 'deliver', 'PLACED', 'PREPROD', 1, '')")


@pytest.fixture(autouse=True)
def all_on(site):
    switch(site, "on")
    yield
    switch(site)


def repair(site, *options):
    """What the command says."""
    return site.php(REPAIR, *options, check=False)


# The check.

def test_a_column_that_is_missing_is_told_on_the_command_line_and_on_the_status_page(site, seller):
    check = "local/shopengine/cli/check.php"
    seller.open(STATUS)
    assert RIGHT in seller.text, seller.text[:3000]
    site.sql("ALTER TABLE {local_shopengine_line} RENAME COLUMN elements TO gone")
    try:
        with pytest.raises(AssertionError, match=r"check\.php ended with 1"):
            site.php(check)
        assert re.search(r"^wrong  .*local_shopengine_line\.elements", site.php(check, check=False), flags=re.M)
        seller.open(STATUS)
        assert RIGHT not in seller.text
        seller.open(f"{STATUS}?detail=local_shopengine_installation")
        assert "local_shopengine_line.elements" in seller.text, seller.text[:3000]
    finally:
        site.sql("ALTER TABLE {local_shopengine_line} RENAME COLUMN gone TO elements")
    site.php(check)


# The command that repairs.

def test_a_bill_that_somebody_changed_is_told_and_repaired_when_asked_for(shopper, site, rows):
    _, number = jean_orders(shopper, "livre=1")
    bill = rows.bill(number)
    site.sql("UPDATE {local_shop_bill} SET status = 'COMPLETE', amount = 1 WHERE id = ?", bill["id"])
    with pytest.raises(AssertionError, match=r"repair\.php ended with 1"):
        site.php(REPAIR)
    said = repair(site)
    assert number in said and "Nothing has been changed" in said, said
    assert rows.bill(number)["status"] == "COMPLETE"
    said = repair(site, "--fix")
    assert f"{number}: " in said and re.search(r"Tasks performed: \d+", said) and "Nothing has been changed" not in said, said
    after = rows.bill(number)
    assert (after["status"], after["amount"]) == (bill["status"], bill["amount"])
    assert rows.order(number)["held"], "a bill that was changed by hand is looked at by a human"


def test_the_lines_of_a_lost_trace_are_written_again(shopper, site, rows):
    _, number = jean_orders(shopper, "livre=1")
    kept = site.trace.read_bytes()
    before = [line for line in site.traced() if number in line and "placed" in line.lower()]
    assert before
    try:
        site.trace.write_bytes(b"")
        assert "Trace lines written again" not in repair(site)
        said = repair(site, "--trace=1")
        assert int(re.search(r"Trace lines written again: (\d+)", said)[1]) > 0, said
        assert [line for line in site.traced() if number in line and "placed" in line.lower()]
        assert "written again: 0" in repair(site, "--trace=1")
    finally:
        site.trace.write_bytes(kept)


def test_a_held_message_leaves_the_status_page_when_a_seller_has_looked_at_it(site, rows, seller):
    site.sql("INSERT INTO {local_shopengine_inbox} (gateway, messagekey, channel, endpoint, method, query, contenttype, body, state, outcome,"
             " timecreated, timemodified) VALUES ('paypal', 'heldmessage', 'notification', '', 'POST', '', '', '', 'held', 'payment_without_order', 1, 1)")
    message = rows.one("SELECT id FROM {local_shopengine_inbox} WHERE messagekey = 'heldmessage'")["id"]
    try:
        assert f"Message {message} of " in repair(site)
        assert f"Message {message} is released" in repair(site, f"--release={message}")
        said = repair(site, f"--release={message}")
        assert f"There is no held message {message}" in said and f"Message {message} of " not in said, said
    finally:
        site.sql("DELETE FROM {local_shopengine_inbox} WHERE messagekey = 'heldmessage'")


# The trace.

@contextlib.contextmanager
def trace_of_its_own(site):
    """Whatever is written meanwhile, the trace is afterwards as it was, and unsealed."""
    kept, folder = site.trace.read_bytes(), site.trace.parent
    before = set(folder.glob("merchant_trace*"))
    try:
        yield
    finally:
        settings(site, "local_shopengine", tracechain="0", tracesize="64", tracekeep="730", tracechainkey="")
        site.sql("DELETE FROM {config_plugins} WHERE plugin = 'local_shopengine' AND (name LIKE 'tracechainend%' OR name LIKE 'mailtracechainend%'"
                 " OR name = 'tracechainfound')")
        for path in set(folder.glob("merchant_*")):
            if path.name.endswith(".chain") or path.name.startswith("merchant_trace") and path not in before:
                path.unlink()
        site.trace.write_bytes(kept)
        site.php("admin/cli/purge_caches.php")


def test_a_line_that_was_changed_after_it_was_sealed_is_on_the_status_page_the_next_day(site, seller):
    with trace_of_its_own(site):
        settings(site, "local_shopengine", tracechain="1")
        site.cron("trace")
        site.cron("integrity")
        seller.open(f"{STATUS}?detail=local_shopengine_seals")
        assert SEALED not in seller.text, seller.text[:3000]
        data = bytearray(site.trace.read_bytes())
        data[len(data) // 2] ^= 1
        site.trace.write_bytes(data)
        printed = site.cron("integrity")["integrity"]
        assert "merchant_trace.log" in printed and SEALED in printed, printed
        seller.open(f"{STATUS}?detail=local_shopengine_seals")
        assert "merchant_trace.log: " in seller.text and SEALED in seller.text, seller.text[:3000]


def test_a_trace_that_was_put_aside_is_kept_as_long_as_the_setting_says(site):
    with trace_of_its_own(site):
        settings(site, "local_shopengine", tracesize="1", tracekeep="2")
        aside = []
        for days in (3, 1):
            site.trace.write_text(("-- 2024-5-14 15:39:00 001 -1-  [A==] " + "x" * 1000 + "\n") * 1100)
            printed = site.cron("trace")["trace"]
            aside += re.findall(r"put aside: (\S+/merchant_trace\.log\.\S+)", printed)
            os.utime(aside[-1], (time.time() - days * 86400,) * 2)
        assert [os.path.exists(path) for path in aside] == [False, True], aside


# An upgrade.

def test_an_upgrade_brings_up_to_date_what_earlier_versions_have_written(shopper, site, rows, seller):
    """What version 0.1 wrote of deliveries, of tags and of the site's history; a product that the plugin sold by itself is history."""
    (_, moved), (_, paid) = jean_orders(shopper, "livre=1"), jean_orders(shopper, "livre=1")
    for number, actor in ((moved, "seller:2"), (paid, "gateway:check")):
        bill = rows.bill(number)["id"]
        site.sql("UPDATE {local_shopengine_order} SET status = 'PREPROD', fulfilment = 'done' WHERE billid = ?", bill)
        site.sql("UPDATE {local_shop_bill} SET status = 'PREPROD' WHERE id = ?", bill)
        site.sql(HISTORY, bill, actor)
    site.sql("INSERT INTO {local_shopengine_tag} (partnerid, tagkey, ownerkey, userid, billid, timecreated, bysignature) VALUES (-5, 'old', '', 0, 0, 1, 0)")
    site.sql("INSERT INTO {local_shopengine_delivery} (billid, timecreated) VALUES (-5, 1)")
    site.sql("ALTER TABLE {local_shopengine_delivery} DROP COLUMN told")
    site.sql("DELETE FROM {local_shopengine_counter} WHERE name LIKE 'watch.%'")
    site.sql("UPDATE {config_plugins} SET value = '2026112800' WHERE plugin = 'local_shopengine' AND name = 'version'")
    site.sql("DELETE FROM {config} WHERE name = 'allversionshash'")
    site.php("admin/cli/purge_caches.php")
    try:
        site.php("admin/cli/upgrade.php", "--non-interactive")
        assert (rows.order(moved)["fulfilment"], rows.order(paid)["fulfilment"]) == ("partial", "done")
        assert int(rows.one("SELECT bysignature FROM {local_shopengine_tag} WHERE partnerid = -5")["bysignature"]) == 1
        assert int(rows.one("SELECT told FROM {local_shopengine_delivery} WHERE billid = -5")["told"]) == 1
        starts = {row["name"]: int(row["value"]) for row in rows.all("SELECT name, value FROM {local_shopengine_counter} WHERE name LIKE 'watch.%'")}
        assert starts == {f"watch.{table}.start": int(rows.one(f"SELECT MAX(id) AS last FROM {{{table}}}")["last"] or 0)
                          for table in ("local_shop_bill", "local_shop_product", "local_shop_productevent")}
    finally:
        site.sql("DELETE FROM {local_shopengine_tag} WHERE partnerid = -5")
        site.sql("DELETE FROM {local_shopengine_delivery} WHERE billid = -5")
        site.sql("DELETE FROM {local_shopengine_history} WHERE seq = 100")
        for number in (moved, paid):
            for table in ("local_shopengine_order", "local_shop_bill"):
                column = "billid" if table == "local_shopengine_order" else "id"
                site.sql(f"UPDATE {{{table}}} SET status = 'CANCELLED' WHERE {column} = ?", rows.bill(number)["id"])


# Limits.

class From(urllib.request.HTTPHandler):
    """Sends from another address of this machine."""

    def __init__(self, address):
        super().__init__()
        self.address = address

    def http_open(self, request):
        return self.do_open(lambda host, **options: http.client.HTTPConnection(host, source_address=(self.address, 0), **options), request)


def test_who_sends_too_much_is_limited_without_a_session_and_nobody_else_is(site):
    def send(address):
        opener = urllib.request.build_opener(From(address))
        try:
            return opener.open(f"{site.root}{ENDPOINT}", b"transid=unknown", 30).status
        except urllib.error.HTTPError as answer:
            return answer.code

    settings(site, "local_shopengine", limitendpointclient="5")
    try:
        # A gateway sends again what it is refused with 503. A minute may end meanwhile.
        assert 503 in [send("127.0.0.7") for _ in range(12)]
        assert send("127.0.0.8") != 503
    finally:
        settings(site, "local_shopengine", limitendpointclient="3000")


# Whom a partner vouches for.

def test_a_partners_word_counts_only_where_the_engine_places_and_shows(site, seller, rows):
    trusted(seller, site.facts["shop"], "TOGETHER")
    assert vouched(site, "TOGETHER", "t1").view == "order"
    for number, off in enumerate(("placement", "production", "bills")):
        # The steps after `placement` need it.
        switch(site, "on", **{off: "off"})
        visitor = vouched(site, "TOGETHER", f"u{number}")
        assert visitor.view != "order" and "Dupont" not in visitor.html, (off, visitor.view)
    # A link without TLS vouches for nobody.
    switch(site, "on")
    visitor = follow_link(Shopper(site), "formation=1", partner="TOGETHER_v1_jean.dupont@example.org", shop=f"shopid={site.facts['shop']}")
    assert visitor.view != "order" and "Dupont" not in visitor.html
