"""Purchases on the plugin's own pages with every takeover on: the scenarios of the storefront, on a Moodle."""

import base64
import re
import socket

import pytest

from shoppers import Rows, Shopper, quoted, switch
from scenarios import *

BACK_OFFICE = "/local/shop/bills/view.php"


@pytest.fixture(scope="module", autouse=True)
def taken_over(site):
    switch(site, "on")
    yield
    switch(site)


def at_link(driver, products, **more):
    return follow_link(driver, products, shop=f"shopid={driver.site.facts['shop']}", **more)


def bought(driver, products, paymode="test", how="at once", **customer):
    at_link(driver, products)
    if driver.view == "customer":
        tell_customer(driver, **customer)
    place(driver, paymode)
    return pay(driver, how) if paymode == "test" else transid(driver)


@pytest.fixture(scope="module")
def placed(site, taken_over):
    """The bill of an order that awaits a cheque."""
    return Rows(site).bill(bought(Shopper(site), "monproduit=3&livre=2", "check"))["id"]


def test_a_guest_buys(shopper, rows):
    guest = shopper()
    at_link(guest, "monproduit=3&livre=2")
    assert guest.view == "customer"
    tell_customer(guest)
    assert guest.view == "order" and "93.06 €" in guest.text and "Camille" in guest.text
    place(guest, "test")
    assert guest.view == "payment" and "€93.06" in guest.text
    number = pay(guest)
    assert status_shown(guest) == "COMPLETE"
    bill = rows.bill(number)
    assert [float(bill[name]) for name in ("untaxedamount", "taxes", "amount")] == [79.97, 13.09, 93.06]
    assert bill["status"] == "COMPLETE" and bill["idnumber"].startswith("T")
    assert rows.produced(number) == 1
    # The cart is gone with the purchase.
    guest.open(f"{VIEW}?view=customer&shopid={guest.site.facts['shop']}")
    assert guest.view == "shop"


def test_what_is_missing_of_the_buyer_is_said_on_the_plugins_page(shopper):
    guest = shopper()
    at_link(guest, "livre=1")
    tell_customer(guest, lastname="", email="nobody")
    assert guest.view == "customer"
    assert "Some of your details are missing" in guest.text
    assert "“Last name” is missing" in guest.text
    form = guest.document.form(CUSTOMER)
    assert form["fields"]["customerinfo::firstname"] == "Camille"
    tell_customer(guest)
    assert guest.view == "order"


def test_a_known_buyer_is_driven_to_the_summary_and_enrolled_once(shopper, rows, site):
    jean = shopper().log_in("jean.dupont")
    at_link(jean, "formation=1")
    assert jean.view == "order"
    course = site.facts["course"]
    enrolled = "userid = (SELECT id FROM {user} WHERE username = 'jean.dupont') AND enrolid IN (SELECT id FROM {enrol} WHERE courseid = ?)"
    # Another test may have enrolled Jean.
    site.sql(f"DELETE FROM {{user_enrolments}} WHERE {enrolled}", course)
    place(jean, "test")
    number = pay(jean)
    assert status_shown(jean) == "COMPLETE"
    assert (rows.produced(number), rows.products(number)) == (1, 1)
    assert rows.count("user_enrolments", enrolled, course) == 1
    # The gateway says it again, and again.
    for _ in range(3):
        jean.ask("POST", IPN, {"transid": number, "finish": "1"})
        assert jean.status == 200
    assert (rows.produced(number), rows.products(number)) == (1, 1)


def test_a_cheque_is_announced_and_confirmed_in_the_back_office(shopper, rows):
    guest = shopper()
    number = bought(guest, "monproduit=1", "check")
    assert "cheque" in guest.text
    guest.submit({"view": "payment", "what": "navigate", "back": None})
    assert status_shown(guest) == "PENDING" and rows.bill(number)["status"] == "PENDING"
    assert rows.produced(number) == 0
    ada = shopper().log_in("admin", "Admin!23")
    bill = rows.bill(number)["id"]
    page = f"{BACK_OFFICE}?view=viewBill&billid={bill}"
    ada.open(page)
    if ada.site.database == "pgsql":
        # The plugin's page of a bill speaks MySQL only, and has no links here.
        link = f"{page}&what=flowchange&status=SOLDOUT"
    else:
        assert ada.status == 200 and "23.99" in ada.text
        link = next(url for url in ada.document.links if "what=flowchange" in url and "SOLDOUT" in url)
    ada.open(link)
    assert "Move order" in ada.text and rows.bill(number)["status"] == "PENDING"
    ada.submit({"status": "SOLDOUT"})
    assert ada.status == 200 and ada.view == "viewBill"
    assert rows.bill(number)["status"] == "COMPLETE"
    assert rows.produced(number) == 1
    settled = rows.count("local_shopengine_settlement", "billid = ?", bill)
    assert settled == 1


def test_b13_a_move_that_the_table_does_not_have_is_refused(shopper, rows):
    guest = shopper()
    number = bought(guest, "monproduit=1")
    ada = shopper().log_in("admin", "Admin!23")
    bill = rows.bill(number)["id"]
    ada.open(f"{BACK_OFFICE}?view=viewBill&billid={bill}&what=changestate&status=PLACED")
    ada.submit({"status": "PLACED"})
    assert ada.status == 409 and rows.bill(number)["status"] == "COMPLETE"
    assert rows.order(number)["status"] == "COMPLETE"


# Commands of the plugin that change a bill, and what they name.
FIXED = ("ignoretax", "restoretax", "recalculate", "generatecode", "reclettering&idnumber=X", "deletebill&billid[]={bill}",
         "deletebillitems&billitem[]={item}", "deleteitems&items={item}", "relocate&relocated={item}&z=1&at=2", "edit", "edititem&billitemid={item}")
# These have never worked in the plugin: they are refused whatever they are about.
DEAD = ("deletebillitems", "deleteitems", "relocate", "edit", "edititem")


@pytest.mark.parametrize("confirmed", [False, True], ids=["by a link", "with the session's key"])
@pytest.mark.parametrize("what", FIXED, ids=lambda what: what.split("&")[0])
def test_b13_the_bill_of_a_placed_order_does_not_change(shopper, rows, placed, what, confirmed):
    ada = shopper().log_in("admin", "Admin!23")
    key = re.search(r'"sesskey":"([^"]+)"', ada.html)[1]
    bill, item = placed, rows.one("SELECT MIN(id) AS id FROM {local_shop_billitem} WHERE billid = ?", placed)["id"]
    tables = ("SELECT * FROM {local_shop_bill} WHERE id = ?", "SELECT * FROM {local_shop_billitem} WHERE billid = ? ORDER BY id",
              "SELECT * FROM {local_shopengine_order} WHERE billid = ?")
    before = [rows.all(table, bill) for table in tables]
    assert [len(table) for table in before] == [1, 2, 1]
    about = "viewAllBills" if "billid[]" in what else f"viewBill&billid={bill}"
    ada.open(f"{BACK_OFFICE}?view={about}&what={what.format(bill=bill, item=item)}{f'&sesskey={key}' if confirmed else ''}")
    said = "is switched off" if what.split("&")[0] in DEAD else "does not change"
    assert ada.status == 403 and said in ada.text, (ada.status, ada.text[:600])
    assert [rows.all(table, bill) for table in tables] == before


# What a seller may make of an order that awaits a cheque; every other state is refused: an announcement is not taken back.
STATES = ("WORKING", "PLACED", "PENDING", "PREPROD", "SOLDOUT", "PARTIAL", "COMPLETE", "PAYBACK", "FAILED", "REFUSED", "CANCELLED")
MOVES = {"PREPROD", "SOLDOUT", "FAILED", "REFUSED", "CANCELLED"}


@pytest.mark.parametrize("command", ["flowchange", "changestate"])
@pytest.mark.parametrize("status", STATES)
def test_a_link_to_a_state_moves_an_order_where_the_table_has_it_and_once_the_seller_says_yes(shopper, rows, command, status):
    guest = shopper()
    number = bought(guest, "livre=1", "check")
    guest.submit({"view": "payment", "what": "navigate", "back": None})
    bill = rows.bill(number)
    assert bill["status"] == "PENDING"
    ada = shopper().log_in("admin", "Admin!23")
    ada.open(f"{BACK_OFFICE}?view=viewBill&billid={bill['id']}&what={command}&status={status}")
    assert ada.status == 200 and "Move order" in ada.text and rows.bill(number)["status"] == "PENDING"
    ada.submit({"status": status})
    moved = {"SOLDOUT": {"SOLDOUT", "COMPLETE"}}.get(status, {status}) if status in MOVES else {"PENDING"}
    assert ada.status == (200 if status in MOVES else 409), ada.text[:600]
    assert rows.bill(number)["status"] in moved and rows.order(number)["status"] in moved
    paid = rows.all("SELECT state, amount FROM {local_shopengine_settlement} WHERE billid = ?", bill["id"])
    assert paid == ([{"state": "settled", "amount": "10.55"}] if status == "SOLDOUT" else [])
    if status not in MOVES:
        assert rows.bill(number) == bill


def test_b16_a_free_order_is_shown_and_delivered(shopper, rows):
    guest = shopper()
    at_link(guest, "offert=1")
    tell_customer(guest)
    assert guest.view == "order"
    place(guest)
    assert guest.view == "payment"
    number = transid(guest)
    guest.submit(PAY)
    assert status_shown(guest) == "COMPLETE"
    assert float(rows.bill(number)["amount"]) == 0 and rows.produced(number) == 1


def test_required_data_are_asked_for_each_unit(shopper, rows):
    guest = shopper()
    at_link(guest, "attestation=2")
    assert guest.view == "purchaserequ"
    collect = {"view": "purchaserequ", "what": "collect"}
    guest.submit(collect, {"attestation/nom0": "Rosa Luxemburg", "attestation/nom1": "Clara Zetkin"})
    guest.submit({"view": "purchaserequ", "what": "navigate"}, press="go")
    assert guest.view == "customer"
    tell_customer(guest)
    place(guest, "test")
    number = pay(guest)
    assert status_shown(guest) == "COMPLETE"
    [item] = rows.all("SELECT customerdata FROM {local_shop_billitem} WHERE billid = ?", rows.bill(number)["id"])
    assert {b"Rosa Luxemburg", b"Clara Zetkin"} <= set(re.findall(rb'"([^"]+)"', base64.b64decode(item["customerdata"])))


def test_b17_seats_are_assigned_one_by_one(shopper, rows):
    guest = shopper()
    at_link(guest, "session=2")
    assert guest.view == "users"
    for first, last in (("Ada", "Lovelace"), ("Grace", "Hopper")):
        email = f"{first.lower()}@example.org"
        person = f'{{"firstname": "{first}", "lastname": "{last}", "email": "{email}", "city": "Nantes"}}'
        assert guest.serve("users", "addparticipant", participant=person).status == 200
        guest.open(f"{VIEW}?view=customer&shopid={guest.site.facts['shop']}")
        assert guest.view == "users", "a seat is still free"
        assert guest.serve("users", "addassign", participantid=email, role="student", product="session").status == 200
    guest.open(f"{VIEW}?view=users&shopid={guest.site.facts['shop']}")
    guest.submit({"view": "users", "what": "navigate"}, press="go")
    assert guest.view == "customer"
    tell_customer(guest)
    place(guest, "test")
    number = pay(guest)
    assert status_shown(guest) == "COMPLETE"
    [item] = rows.all("SELECT productiondata FROM {local_shop_billitem} WHERE billid = ?", rows.bill(number)["id"])
    data = base64.b64decode(item["productiondata"])
    assert b"ada@example.org" in data and b"grace@example.org" in data


def test_a_refund_is_recorded_by_the_seller(shopper, rows):
    number = bought(shopper(), "livre=1")
    ada = shopper().log_in("admin", "Admin!23")
    ada.open("/local/shopengine/orders.php")
    assert ada.has_form({"what": "flowchange", "transid": number})
    confirm_move(ada, number, "PAYBACK")
    assert ada.status == 200, ada.text[:400]
    assert rows.bill(number)["status"] == "PAYBACK"


def test_the_trace_of_a_transaction_is_read_by_the_seller_only(shopper):
    guest = shopper()
    number = bought(guest, "livre=1")
    guest.open(f"{SCAN}?transid={quoted(number)}")
    assert guest.status == 403
    ada = shopper().log_in("admin", "Admin!23")
    ada.open(f"{SCAN}?transid={quoted(number)}")
    assert "Order placed" in ada.text and "settled by test" in ada.text
    ada.open(f"{SCAN}?transid=.*")
    assert "Order placed" not in ada.text


def test_with_the_trace_in_a_table_its_lines_are_on_the_page(shopper, rows, site):
    lines = len(site.traced())
    site.switch("table", "tracesink")
    try:
        number = bought(shopper(), "livre=1")
        written = site.rows("SELECT id, node, severity, message FROM {local_shopengine_trace} WHERE transactionid = ? ORDER BY id", number)
        assert any(row["message"].startswith("Order placed") for row in written)
        assert {row["node"] for row in written} == {socket.gethostname().lower()}
        # The plugin's own lines still go to its file; none of them is ours.
        ours = {row["message"] for row in written}
        assert not ours & set(line.split("] ", 1)[-1] for line in site.traced()[lines:])
        ada = shopper().log_in("admin", "Admin!23")
        ada.open(f"{SCAN}?transid={quoted(number)}")
        assert all(" ".join(row["message"].split()) in ada.text for row in written)
        assert "not in the trace" not in ada.text
        # Moodle's own cron keeps it.
        site.switch("9", "tracekeep")
        site.switch("on", "trace")
        assert "lines of the table: 0" in site.cron("trace")["trace"]
    finally:
        site.switch("file", "tracesink")
        site.switch("0", "tracekeep")
    # What the table holds is read all the same.
    ada.open(f"{SCAN}?transid={quoted(number)}")
    assert all(" ".join(row["message"].split()) in ada.text for row in written)


def test_a02_the_test_interface_gives_nothing_away_in_production(shopper, rows, site):
    guest = shopper()
    at_link(guest, "monproduit=1")
    tell_customer(guest)
    before = rows.count("local_shop_bill", "1 = 1")
    site.php("admin/cli/cfg.php", "--component=local_shop", "--name=test", "--set=0")
    try:
        guest.open(f"{VIEW}?view=order&shopid={site.facts['shop']}")
        guest.submit(ORDER, {"paymode": "test"}, "go")
        assert guest.status in (403, 409) and "not offered" in guest.text
        assert rows.count("local_shop_bill", "1 = 1") == before
    finally:
        site.php("admin/cli/cfg.php", "--component=local_shop", "--name=test", "--set=1")


def test_a03_a_free_order_is_free(shopper):
    guest = shopper()
    at_link(guest, "monproduit=1")
    tell_customer(guest)
    guest.submit(ORDER, {"paymode": "freeorder"}, "go")
    assert guest.status in (403, 409) and "not offered" in guest.text


@pytest.mark.parametrize("trick, status, said", [
    ("/local/shop/front/view.php?+view=order&+what=navigate&paymode=freeorder&shopid=1&sesskey={key}", 400, "This link is not valid"),
    ("/local/shop//front/view.php?view=order&what=navigate&paymode=freeorder&shopid=1&sesskey={key}", 403, "not offered"),
    ("/local/shop/front/view.php/x?view=order&what=navigate&paymode=freeorder&shopid=1&sesskey={key}", 403, "not offered"),
    # There is no order to pay: the buyer is led back to the summary.
    ("/local/shop/front/view.php?view=payment&what=place&shopid=1&sesskey={key}", 200, "23.99 €"),
    ("/local/shop/front/ajax/service.php?service=payment&what=place&id=1&sesskey={key}", 400, "This link is not valid"),
])
def test_a25_there_is_no_way_around(shopper, rows, trick, status, said):
    jean = shopper().log_in("jean.dupont")
    at_link(jean, "monproduit=1")
    assert jean.view == "order"
    key = re.search(r'"sesskey":"([^"]+)"', jean.html)[1]
    tables = [f"SELECT * FROM {{{table}}} ORDER BY id" for table in (
        "local_shop_bill", "local_shop_billitem", "local_shop_product", "local_shopengine_order", "local_shopengine_settlement", "user_enrolments")]
    before = [rows.all(table) for table in tables]
    jean.open(trick.format(key=key))
    assert jean.status == status and said in jean.text, (jean.status, jean.text[-1500:])
    jean.open(f"{VIEW}?view=payment&what=place&shopid={jean.site.facts['shop']}")
    assert [rows.all(table) for table in tables] == before
    # The cart is what it was, and is sold for its price.
    assert jean.view == "order" and "23.99 €" in jean.text
    place(jean, "check")
    assert float(rows.bill(transid(jean))["amount"]) == 23.99


def test_a03_nothing_is_produced_by_asking_for_it(shopper, rows):
    guest = shopper()
    number = bought(guest, "monproduit=1", "check")
    for what in ("produce", "confirm"):
        guest.open(f"{VIEW}?view=produce&what={what}&transid={quoted(number)}")
    assert rows.bill(number)["status"] == "PLACED" and rows.produced(number) == 0


def test_a04_a_stranger_with_the_number_reads_nothing(shopper):
    number = bought(shopper(), "livre=1", email="secret@example.org", lastname="Secretperson")
    stranger = shopper()
    for url in (url_of("bill", number), url_of("invoice", number), f"/local/shop/front/order.popup.php?transid={quoted(number)}",
                f"/local/shop/front/bill.popup.php?transid={quoted(number)}", url_of("produce", number)):
        stranger.open(url)
        assert stranger.status in (403, 404) and "Secretperson" not in stranger.text and "secret@" not in stranger.text, url


def test_a27_negative_units_are_left_out(shopper):
    guest = shopper()
    at_link(guest, "monproduit=1&livre=-1")
    tell_customer(guest)
    assert guest.view == "order" and "23.99 €" in guest.text and "Livre" not in guest.document.text.split("Designation")[1].split("Totals")[0]


def test_a29_nobody_buys_in_the_name_of_someone_elses_account(shopper):
    guest = shopper()
    at_link(guest, "livre=1")
    tell_customer(guest, email="jean.dupont@example.org", lastname="Dupont")
    assert guest.view == "customer"
    guest.open(f"{VIEW}?view=order&shopid={guest.site.facts['shop']}")
    assert guest.view == "customer"


def test_the_plugins_scripts_change_the_cart_and_the_engine_prices_it(shopper):
    guest = shopper()
    at_link(guest, "monproduit=1", autodrive=False)
    assert guest.view == "shop"
    assert guest.serve("shop", "setunits", productname="monproduit", quant="3").status == 200
    guest.open(f"{VIEW}?view=shop&what=navigate&shopid={guest.site.facts['shop']}")
    assert guest.view == "customer"
    tell_customer(guest)
    assert "71.96 €" in guest.text


def test_the_plugins_files_are_unchanged(site):
    assert len(site.plugin) > 400
    assert site.checksums() == site.plugin
