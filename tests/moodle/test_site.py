"""What a site is and what it uses: beside the PRO edition, with a payment interface that the engine does not know."""

import base64
import hashlib
import shutil

import pytest

from shoppers import Shopper, quoted, settings, switch
from scenarios import *

MOVED = ("local_shop", "local_shop_bill", "local_shop_billitem", "local_shop_product", "local_shop_customer", "config_plugins",
         "local_shopengine_order", "local_shopengine_line", "local_shopengine_history", "local_shopengine_outbox",
         "local_shopengine_settlement", "local_shopengine_watch", "local_shopengine_counter")
TEST_IPN = "/local/shop/paymodes/test/test_ipn.php"

# A payment interface of somebody else, as small as the plugin lets it be.
STRANGER = """<?php
class shop_paymode_stripe extends shop_paymode {
    public function __construct(?\\local_shop\\Shop $shop) { parent::__construct('stripe', $shop); }
    public function is_instant_payment() { return true; }
    public function print_payment_portlet() {}
    public function print_invoice_info(?\\local_shop\\Bill $billdata = null) {}
    public function print_complete() {}
    public function process() {}
    public function process_ipn() {}
    public function settings($settings) {}
}
"""


@pytest.fixture
def all_on(site):
    switch(site, "on")
    yield
    switch(site)


@pytest.fixture
def pro(site):
    """The folder of the PRO edition, empty: the engine looks whether it is there, and never into it. The plugin is told to do without."""
    folder = site.folder / "local/shop/pro"
    settings(site, "local_shop", emulatecommunity="1")
    folder.mkdir()
    yield folder
    folder.rmdir()
    settings(site, "local_shop", emulatecommunity="0")


@pytest.fixture
def stripe(site, rows):
    """An interface that the shop offers and the engine does not know."""
    shop = rows.one("SELECT id, paymodes, defaultpaymode FROM {local_shop} WHERE id = ?", site.facts["shop"])
    names = ("test", "check", "freeorder", "stripe")
    enabled = "".join(f's:{len(name)}:"{name}";i:1;' for name in names)
    column = base64.b64encode(f"a:1:{{i:0;a:{len(names)}:{{{enabled}}}}}".encode()).decode()
    folder = site.folder / "local/shop/paymodes/stripe"
    folder.mkdir()
    (folder / "stripe.class.php").write_text(STRANGER)
    site.sql("UPDATE {local_shop} SET paymodes = ?, defaultpaymode = 'stripe' WHERE id = ?", column, shop["id"])
    yield
    site.sql("UPDATE {local_shop} SET paymodes = ?, defaultpaymode = ? WHERE id = ?", shop["paymodes"], shop["defaultpaymode"], shop["id"])
    check(site)
    shutil.rmtree(folder)


def discounted_bill(site, rows, number, status="PLACED", paymode="test"):
    """Jean's bill as the PRO edition writes it: 3 x 19.99 less 10 %, and 20 % of tax; 64.7676, not rounded."""
    shop = site.facts["shop"]
    customer = rows.one("SELECT id FROM {local_shop_customer} WHERE email = 'jean.dupont@example.org' ORDER BY id LIMIT 1")["id"]
    tax = rows.one("SELECT id FROM {local_shop_tax} WHERE title = 'TVA 20 %'")["id"]
    ordering = rows.one("SELECT COALESCE(MAX(ordering), 0) + 1 AS next FROM {local_shop_bill}")["next"]
    site.sql("INSERT INTO {local_shop_bill} (shopid, userid, ordering, customerid, title, worktype, status, emissiondate, lastactiondate,"
             " untaxedamount, taxes, amount, untaxeddiscount, discounttaxes, discount, currency, transactionid, paymode, test)"
             " VALUES (?, 0, ?, ?, 'Demo shop', 'PROD', ?, 1781520000, 1781520000, 53.973, 10.795, 64.768, -5.997, -1.199, -7.196,"
             " 'EUR', ?, ?, 1)", shop, ordering, customer, status, number, paymode)
    bill = rows.bill(number)["id"]
    for line, (kind, code, label, cost, quantity, total) in enumerate([
            ("BILLING", "REF-MONPRODUIT", "Monproduit", "19.990", "3", "59.970"),
            ("DISCOUNT", "TEN", "Remise 10 %", "-5.997", "1", "-5.997")]):
        site.sql("INSERT INTO {local_shop_billitem} (billid, ordering, type, itemcode, abstract, description, unitcost, quantity,"
                 " totalprice, taxcode, catalogitem, productiondata, customerdata) VALUES (?, ?, ?, ?, ?, '', ?, ?, ?, ?, '', '', '')",
                 bill, line, kind, code, label, cost, quantity, total, tax)
    return bill


def at_summary(jean, products):
    """Jean at the summary, whoever answers."""
    jean.open(f"{VIEW}?shopid={jean.site.facts['shop']}&what=import&{products}")
    jean.open(f"{VIEW}?shopid={jean.site.facts['shop']}&view=shop&what=navigate")
    if jean.view == "customer":
        jean.submit(CUSTOMER, {f"customerinfo::{name}": value for name, value in (
            CAMILLE | {"firstname": "Jean", "lastname": "Dupont", "email": "jean.dupont@example.org"}).items()}, "go")
    assert jean.view == "order", (jean.url, jean.text[:300])
    return jean


def check(site):
    return site.php("local/shopengine/cli/check.php", check=False)


# With an empty folder the plugin's page of settings fails, which Moodle's administration loads for the seller's pages.
@pytest.mark.complains("local/shop/pro/prolib")
def test_beside_the_pro_edition_the_plugin_sells_and_the_engine_shows_and_settles_what_was_billed(site, rows, all_on, pro):
    shop = site.facts["shop"]
    # The plugin's own import and order pages answer; nothing is steered.
    jean = Shopper(site).log_in("jean.dupont")
    assert "Brouillon" in at_summary(jean, "REF-BROUILLON=1").text
    number = "PROBILLWITHDISCOUNT1"
    bill = discounted_bill(site, rows, number)
    # Its page, for its owner: the lines sum to what is due.
    jean.open(f"{VIEW}?shopid={shop}&view=bill&transid={quoted(number)}")
    assert jean.status == 200, jean.text[:500]
    for shown in ("Remise 10 %", "-€7.20", "€64.77", "€53.97", "€10.80"):
        assert shown in jean.text, (shown, jean.text)
    # A confirmed message settles it, with the amount as billed, and the plugin's production delivers it.
    answer = Shopper(site).ask("POST", TEST_IPN, {"transid": number})
    assert answer.status == 200, answer.read()[:500]
    [payment] = rows.all("SELECT amount, state FROM {local_shopengine_settlement} WHERE billid = ?", bill)
    assert (float(payment["amount"]), payment["state"]) == (64.77, "settled")
    site.cron()
    order = rows.order(number)
    assert (order["status"], order["held"] or None, float(order["amount"])) == ("COMPLETE", None, 64.77)
    jean.open(f"{VIEW}?shopid={shop}&view=invoice&transid={quoted(number)}")
    assert "€64.77" in jean.text
    # The back office lists it, and offers the moves of its state.
    seller = Shopper(site).log_in("admin", "Admin!23")
    seller.open("/local/shopengine/orders.php")
    assert number in seller.text and "€64.77" in seller.text
    confirm_move(seller, number, "PAYBACK")
    assert rows.bill(number)["status"] == "PAYBACK", seller.text[:2000]


def test_what_the_pro_edition_sells_by_itself_raises_no_alarm(site, rows, all_on, pro):
    # What other tests had the stock plugin give away.
    site.sql("UPDATE {local_shopengine_watch} SET state = 'seen' WHERE state = 'alarm'")
    discounted_bill(site, rows, "PROBILLSOLDITSELF01=", "COMPLETE", "stripe")
    site.cron()
    assert rows.all("SELECT id FROM {local_shopengine_watch} WHERE state = 'alarm'") == []
    # Scripts of an interface that the engine does not know are the plugin's.
    answer = Shopper(site).ask("POST", "/local/shop/paymodes/stripe/webhook.php", {})
    assert answer.status == 404


def test_the_check_and_the_settings_page_say_why_takeovers_stay_off_beside_the_pro_edition(site, pro):
    switch(site, "off", trace="on", bills="on")
    try:
        said = check(site)
        assert "ok     This is the PRO edition of local_shop" in said
        assert "ok     Cart and amounts: Off. Stays off beside the PRO edition" in said
        assert "ok     Trace of a transaction: On\n" in said
        # To have set one that stays off is wrong.
        switch(site, "off", cart="on")
        assert "wrong  Cart and amounts: Off. Stays off beside the PRO edition" in check(site)
    finally:
        switch(site)


# The interface of somebody else brings no words.
@pytest.mark.complains(r"Invalid get_string\(\) identifier: 'enablestripe")
@pytest.mark.parametrize("takeovers", [{"paymode": "on"}, {name: "on" for name in ("cart", "customer", "placement")}], ids=["paymode", "placement"])
def test_an_interface_that_the_engine_does_not_know_is_not_offered(site, rows, stripe, takeovers):
    jean = Shopper(site).log_in("jean.dupont")

    def offered():
        buttons = re.findall(r'<input type="radio" name="paymode" value="(\w+)"([^>]*)>', at_summary(jean, "REF-MONPRODUIT=1").html)
        return {name: "checked" in rest for name, rest in buttons}

    switch(site)
    assert "stripe" in offered()
    switch(site, "off", **takeovers)
    try:
        left = offered()
        assert set(left) == {"test", "check"} and sum(left.values()) == 1, left
        jean.submit(ORDER, {"paymode": "check"}, "go")
        assert jean.view == "payment"
    finally:
        switch(site)


@pytest.fixture
def shipping(site, rows):
    """Zones of shipping, and the switch on the plugin's page of settings."""
    catalog = rows.one("SELECT catalogid FROM {local_shop} WHERE id = ?", site.facts["shop"])["catalogid"]
    site.sql("INSERT INTO {local_shop_catalogshipzone} (catalogid, zonecode, applicability) VALUES (?, '00', '')", catalog)
    settings(site, "local_shop", useshipping="1")
    yield
    settings(site, "local_shop", useshipping="0")
    site.sql("DELETE FROM {local_shop_catalogshipzone}")
    # What blocked takeovers is kept until the site is looked at again.
    check(site)


def test_the_check_names_what_the_site_uses_with_its_place(site, rows, stripe, shipping):
    said = check(site)
    assert "lose   Costs of shipping are in use (1 shipping zones)" in said, said
    assert "Concerns: Cart and amounts, " in said and f"{site.root}/local/shop/shipzones/index.php" in said
    assert "change Payment interface “stripe” is offered in " in said
    assert f"{site.root}/local/shop/shop/edit_shop.php?id={site.facts['shop']}" in said
    assert "Cart and amounts: Off. Cannot be switched on until this is resolved" in said
    # The page of the takeovers says the same.
    seller = Shopper(site).log_in("admin", "Admin!23")
    seller.open("/local/shopengine/takeovers.php")
    assert "Loses money or goods: Costs of shipping are in use" in seller.text, seller.text[:3000]
    assert "Changes: Payment interface “stripe” is offered in" in seller.text


def test_what_a_site_begins_to_use_is_seen_within_the_hour(site, rows, shipping):
    switch(site)
    site.sql("UPDATE {config_plugins} SET value = '' WHERE plugin = 'local_shopengine' AND name = 'blocked'")
    site.php("admin/cli/purge_caches.php")
    site.cron("stale")
    assert rows.one("SELECT value FROM {config_plugins} WHERE plugin = 'local_shopengine' AND name = 'blocked'")["value"] == "cart customer placement"


def test_a_takeover_that_would_lose_money_cannot_be_switched_on(site, rows, shipping):
    switch(site)
    seller = Shopper(site).log_in("admin", "Admin!23")
    seller.open("/local/shopengine/takeovers.php")
    seller.submit({"what": "switch"}, {"mode[cart]": "on", "mode[trace]": "on"}, "save")
    assert "Cannot be switched on until this is resolved" in seller.text, seller.text[:3000]
    modes = {row["name"]: row["value"] for row in rows.all("SELECT name, value FROM {config_plugins} WHERE plugin = 'local_shopengine'")}
    assert (modes["cart"], modes["trace"], modes["blocked"]) == ("off", "on", "cart customer placement")
    # Forced into the settings by hand it is off all the same, and reported.
    switch(site, "off", cart="on")
    try:
        said = check(site)
        assert "wrong  Cart and amounts: Off. Cannot be switched on" in said, said
        jean = Shopper(site).log_in("jean.dupont")
        assert "Brouillon" in at_summary(jean, "REF-BROUILLON=1").text
        # Once it is resolved it goes on.
        settings(site, "local_shop", useshipping="0")
        assert "ok     Cart and amounts: On\n" in check(site)
        # What the site begins to use while it is on is told, and stops no sale.
        settings(site, "local_shop", useshipping="1")
        said = check(site)
        assert "wrong  Costs of shipping are in use" in said and "ok     Cart and amounts: On\n" in said, said
    finally:
        switch(site)
        check(site)


def test_past_bills_are_replayed_and_nothing_is_written(site, rows):
    site.sql("UPDATE {local_shop_bill} SET emissiondate = 1000 WHERE COALESCE(transactionid, '') NOT LIKE 'REPLAY%'")
    alike = discounted_bill(site, rows, "REPLAYALIKE12345678=", "PENDING", "check")
    site.sql("UPDATE {local_shop_billitem} SET unitcost = -6, totalprice = -6 WHERE billid = ? AND type = 'DISCOUNT'", alike)
    site.sql("UPDATE {local_shop_bill} SET untaxedamount = 53.970, taxes = 10.794, amount = 64.764 WHERE id = ?", alike)
    rounded = discounted_bill(site, rows, "REPLAYROUNDED123456=", "PENDING", "check")
    strange = discounted_bill(site, rows, "REPLAYSTRANGE123456=", "DREAMED", "check")
    before = digests(site, rows)

    def rehearse(*arguments):
        """What it says, and how it ends."""
        said = site.php("local/shopengine/cli/rehearse.php", "--bills", *arguments, check=False)
        return said, said.splitlines()

    said, lines = rehearse("--since=2026-06-01")
    assert f"Bill {rounded}, order REPLAYROUNDED123456=: 64.77 EUR was billed, the engine asks 64.76 EUR" in said, said
    assert f"Bill {strange}, order REPLAYSTRANGE123456=: cannot become an order of the engine, because status is “DREAMED”" in said
    assert f"Bill {alike}," not in said
    assert "3 bills replayed in " in said and "1 without a difference, 2 with one. Nothing was written." in said
    assert sorted(lines[-2:]) == ["1: another amount by rounding", "1: cannot become an order of the engine"]
    assert "1 bills replayed" in rehearse("--since=2026-06-01", "--limit=1")[0]
    with pytest.raises(AssertionError, match="is no day"):
        site.php("local/shopengine/cli/rehearse.php", "--bills", "--since=2026-06-31")
    assert digests(site, rows) == before
    site.sql("DELETE FROM {local_shop_billitem} WHERE billid IN (?, ?, ?)", alike, rounded, strange)
    site.sql("DELETE FROM {local_shop_bill} WHERE id IN (?, ?, ?)", alike, rounded, strange)


def digests(site, rows):
    """A digest of each table that something of the shop is kept in."""
    return {table: hashlib.sha256(repr(rows.all(f"SELECT * FROM {{{table}}} ORDER BY id")).encode()).hexdigest() for table in MOVED}
