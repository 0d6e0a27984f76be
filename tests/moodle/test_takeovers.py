"""Each takeover off, in shadow and on, alone or with what it builds on: who answers, and what is traced."""

import pytest

import shoppers
from shoppers import quoted
from scenarios import *

# What each takeover builds on: with all of it on, the takeover alone makes the difference.
BASE = {"customer": ["cart"], "placement": ["cart", "customer"], "payment": ["cart", "customer", "placement"],
        "production": ["cart", "customer", "placement", "payment"]}

MODES = ["off", "shadow", "on"]
# On PostgreSQL the plugin's production for a buyer with an account ends at auth_ticket's question for MySQL: nothing is sold.
NO_TICKETS = "function aes_encrypt"
# The account has several rows of customers from earlier tests, and the plugin wants the one.
second_row = pytest.mark.complains("found more than one record")


@pytest.fixture
def switch(site):
    """Sets one takeover, with what it builds on; everything else is off, and all of it before and after."""
    yield lambda name, mode: shoppers.switch(site, **{base: "on" for base in BASE.get(name, [])} | {name: mode})
    shoppers.switch(site)


@pytest.fixture
def told(site):
    """Lines that the trace has got since."""
    before = len(site.traced())
    return lambda word: [line for line in site.traced()[before:] if word in line]


def address(site, query):
    return f"{VIEW}?shopid={site.facts['shop']}&{query}"


def known_buyer(shopper, products="REF-MONPRODUIT=3"):
    """Jean, with a cart that the plugin filled."""
    jean = shopper().log_in("jean.dupont")
    jean.open(address(jean.site, f"what=import&{products}"))
    return jean


def at_summary(shopper, products="REF-MONPRODUIT=3"):
    """Jean at the summary; the engine has checked who he is where that is taken over."""
    jean = known_buyer(shopper, products)
    jean.open(address(jean.site, "view=shop&what=navigate"))
    if jean.view == "customer":
        jean.submit(CUSTOMER, {f"customerinfo::{name}": value for name, value in (
            CAMILLE | {"firstname": "Jean", "lastname": "Dupont", "email": "jean.dupont@example.org"}).items()}, "go")
    assert jean.view == "order", (jean.url, jean.text[:300])
    return jean


@second_row
@pytest.mark.parametrize("mode", MODES)
def test_cart(switch, shopper, told, mode):
    switch("cart", mode)
    # A draft that is not on sale: the plugin does not mind.
    jean = at_summary(shopper, "REF-MONPRODUIT=3&REF-BROUILLON=1")
    assert ("Brouillon" in jean.text) == (mode != "on")
    shadows = told("Shadow cart")
    assert bool(shadows) == (mode == "shadow")
    if shadows:
        assert any('other cart : plugin {"brouillon":1,"monproduit":3}, engine {"monproduit":3}' in line for line in shadows)


# The plugin's own customer table refuses its own row, where it has none of this buyer yet.
@pytest.mark.complains("Field 'shopid' doesn't have a default value", 'null value in column "shopid"')
@pytest.mark.parametrize("mode", MODES)
def test_customer(switch, shopper, told, mode):
    switch("customer", mode)
    guest = shopper()
    guest.open(address(guest.site, "what=import&REF-LIVRE=1"))
    guest.open(address(guest.site, "view=shop&what=navigate"))
    tell_customer(guest, lastname="Nouvelle", email=f"nouvelle.{mode}@example.org")
    if mode == "on":
        assert guest.view == "order"
    else:
        assert guest.view == "customer"
    shadows = told("Shadow customer")
    assert bool(shadows) == (mode == "shadow")
    if shadows:
        assert "engine goes to /local/shop/front/view.php?view=order" in shadows[0]


@second_row
@pytest.mark.parametrize("mode", MODES)
def test_a02_paymode(switch, shopper, told, rows, mode):
    switch("paymode", mode)
    jean = at_summary(shopper)
    jean.submit(ORDER, {"paymode": "freeorder"}, "go")
    if mode == "on":
        assert jean.status == 403 and "not offered" in jean.text
    else:
        assert jean.view == "payment"
    shadows = told("Shadow paymode")
    assert bool(shadows) == (mode == "shadow")
    if shadows:
        assert shadows[0].endswith("engine refuses paymode `freeorder`")


@second_row
@pytest.mark.parametrize("mode", MODES)
def test_placement(switch, shopper, told, rows, mode):
    switch("placement", mode)
    jean = at_summary(shopper)
    before = rows.count("local_shop_bill", "1 = 1")
    jean.submit(ORDER, {"paymode": "check"}, "go")
    assert jean.view == "payment"
    # B-18: the plugin looks for its customer by a name in capitals, which PostgreSQL does not find, and stops at a second row.
    placed = mode == "on" or jean.site.database != "pgsql"
    assert rows.count("local_shop_bill", "1 = 1") == before + placed
    if placed:
        bill = rows.one("SELECT * FROM {local_shop_bill} WHERE id = (SELECT MAX(id) FROM {local_shop_bill})")
        # The payment page, the plugin's, takes a cheque as announced; its amounts are not rounded.
        assert (bill["status"], bill["paymode"], round(float(bill["amount"]), 2)) == ("PENDING", "check", 71.96)
        orders = rows.all("SELECT amount FROM {local_shopengine_order} WHERE billid = ?", bill["id"])
        assert orders == ([{"amount": "71.96"}] if mode == "on" else [])
    shadows = told("Shadow placement")
    assert bool(shadows) == (mode == "shadow")
    if shadows:
        assert "view=payment" in shadows[0] and "same cart, 71.96" in shadows[0]


@pytest.mark.parametrize("mode", MODES)
def test_payment(switch, shopper, told, mode):
    switch("payment", mode)
    jean = at_summary(shopper)
    jean.submit(ORDER, {"paymode": "check"}, "go")
    assert jean.view == "payment"
    assert ("€71.96" in jean.text) == (mode == "on")
    shadows = told("Shadow payment")
    assert bool(shadows) == (mode == "shadow")
    if shadows:
        assert "engine shows payment (200)" in shadows[0] and "PLACED 71.96" in shadows[0]


@pytest.mark.complains(NO_TICKETS)
@pytest.mark.parametrize("mode", MODES)
def test_a03_production(switch, shopper, told, rows, mode):
    switch("production", mode)
    jean = at_summary(shopper)
    jean.submit(ORDER, {"paymode": "check"}, "go")
    number = transid(jean)
    jean.open(address(jean.site, f"view=produce&what=produce&transid={quoted(number)}"))
    if mode == "on":
        assert jean.status == 200 and "shopengine-status-PLACED" in jean.html
    assert rows.bill(number)["status"] == "PLACED"
    shadows = told("Shadow production")
    assert bool(shadows) == (mode == "shadow")
    if shadows:
        assert "engine shows produce (200)" in shadows[0]


@pytest.mark.complains(NO_TICKETS, "'ipnerror' or component 'shoppaymodes_test'")
@pytest.mark.parametrize("mode", MODES)
def test_endpoints(switch, shopper, told, rows, site, mode):
    switch("payment", "on")
    jean = at_summary(shopper)
    jean.submit(ORDER, {"paymode": "test"}, "go")
    number = transid(jean)
    switch("endpoints", mode)
    answer = shopper().ask("POST", IPN, {"transid": number})
    assert answer.status == 200
    order, bill = rows.order(number), rows.bill(number)
    settlements = rows.all("SELECT state, amount, gateway FROM {local_shopengine_settlement} WHERE billid = ?", bill["id"])
    if mode == "on":
        # Settled by the engine; the goods follow the answer.
        assert (order["payment"], settlements) == ("paid", [{"state": "settled", "amount": "71.96", "gateway": "test"}])
        assert {order["status"], bill["status"]} <= {"SOLDOUT", "COMPLETE"}
        assert answer.body == b"OK"
    else:
        # The plugin sells, and the engine's order knows nothing of it.
        assert (order["status"], order["payment"], settlements) == ("PLACED", "due", [])
        if site.database == "pgsql":
            assert bill["status"] == "PLACED"
        else:
            assert bill["status"] in ("SOLDOUT", "COMPLETE") and "Test IPN : Payment Success" in answer.html
    shadows = told("Shadow endpoints")
    assert bool(shadows) == (mode == "shadow")
    if shadows:
        assert "engine says 200 OK" in shadows[0]


@pytest.mark.parametrize("mode", MODES)
def test_a04_bills(switch, shopper, told, site, mode):
    switch("payment", "on")
    jean = at_summary(shopper)
    jean.submit(ORDER, {"paymode": "check"}, "go")
    number = transid(jean)
    switch("bills", mode)
    stranger = shopper()
    stranger.open(url_of("bill", number))
    assert ("jean.dupont@example.org" in stranger.text) == (mode != "on")
    jean.open(url_of("bill", number))
    assert "jean.dupont@example.org" in jean.text
    shadows = told("Shadow bills")
    assert bool(shadows) == (mode == "shadow")
    if shadows:
        assert "engine refuses : unknown_order" in shadows[0] and "engine shows bill (200)" in shadows[1]


@pytest.mark.parametrize("mode", MODES)
def test_b13_backoffice(switch, shopper, told, rows, site, mode):
    switch("payment", "on")
    jean = at_summary(shopper)
    jean.submit(ORDER, {"paymode": "check"}, "go")
    number = transid(jean)
    switch("backoffice", mode)
    ada = shopper().log_in("admin", "Admin!23")
    ada.open(f"/local/shop/bills/view.php?view=viewBill&billid={rows.bill(number)['id']}&what=changestate&status=COMPLETE")
    assert rows.bill(number)["status"] == ("PLACED" if mode == "on" else "COMPLETE")
    shadows = told("Shadow backoffice")
    assert bool(shadows) == (mode == "shadow")
    if shadows:
        # The plugin's link carries no key of the session, so the engine would ask first.
        assert "engine shows confirm (200)" in shadows[0]


# The plugin lists all bills by their number, and those that are begun by hand have none.
@pytest.mark.complains(r"first column something unique[\s\S]*transaction_chooser")
@pytest.mark.parametrize("mode", MODES)
def test_a23_trace(switch, shopper, told, site, mode):
    switch("import", "on")
    shopper().open(address(site, "what=import&REF-LIVRE=1"))
    switch("trace", mode)
    ada = shopper().log_in("admin", "Admin!23")
    ada.open(f"{SCAN}?transid=.*")
    # The plugin takes the number for a pattern and shows everybody's lines.
    assert ("Import :" in ada.text) == (mode != "on")
    shadows = told("Shadow trace")
    assert bool(shadows) == (mode == "shadow")


def test_a_step_without_what_it_builds_on_only_watches(switch, site):
    shoppers.switch(site, "on", customer="off")
    report = site.php("local/shopengine/cli/check.php")
    assert "Placing the order: Shadow" in report and "Payment page: Shadow" in report
