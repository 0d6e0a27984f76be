"""The seller's list of orders: what a search finds, the question before a move, and where the pages are in the site's administration."""

import datetime
import pathlib
import re
import urllib.parse

import pytest

from probe import ORDERS, guest_orders, jean_orders
from shoppers import Shopper, quoted, register_partner, switch
from scenarios import *

ACCOUNT = pathlib.Path(__file__).with_name("account.php")
PAGES = ("/local/shopengine/home.php", ORDERS, "/local/shopengine/partners.php", "/local/shopengine/products.php")


@pytest.fixture(scope="module", autouse=True)
def taken_over(site):
    switch(site, "on")
    yield
    switch(site)


@pytest.fixture
def orders(shopper, site, rows):
    """A guest's order by cheque, Jean's by test payment and Jean's by cheque, the last on hold: their numbers."""
    _, guests = guest_orders(shopper, "livre=1", "check", "ursula@example.net")
    jean, _ = jean_orders(shopper, "livre=1")
    _, held = jean_orders(shopper, "monproduit=2")
    site.sql("UPDATE {local_shopengine_order} SET held = 'amount_mismatch' WHERE transactionid = ?", held)
    follow_link(jean, "monproduit=1", shop=f"shopid={site.facts['shop']}")
    place(jean, "test")
    yield {"guest": guests, "paid": pay(jean), "held": held}
    site.sql("UPDATE {local_shopengine_order} SET held = NULL WHERE transactionid = ?", held)


def test_a_search_finds_orders_by_number_customer_state_means_days_and_partner(site, rows, seller, orders):
    named = {number: name for name, number in orders.items()}

    def found(**fields):
        seller.open(f"{ORDERS}?{urllib.parse.urlencode(fields)}")
        assert seller.status == 200, seller.text[:500]
        return {named[number] for number in re.findall(r"<code>([^<]+)</code>", seller.html) if number in named}

    guest, paid, held = orders["guest"], orders["paid"], orders["held"]
    invoice = rows.bill(paid)["idnumber"]
    today = datetime.date.today()
    assert found() == {"guest", "paid", "held"}
    assert found(find=guest) == found(find=guest[:12].lower()) == {"guest"}
    assert found(find=invoice) == {"paid"}
    assert found(find="URSULA@example.net") == found(find="ursula") == {"guest"}
    assert found(find="dupont jean") == {"paid", "held"}
    assert found(find="dupont ursula") == found(find="%") == found(find="' OR 1 = 1 --") == set()
    assert "No order fits the search" in seller.text
    assert found(status="COMPLETE", find="dupont") == {"paid"}
    assert found(paymode="test") == {"paid"} and found(paymode="check") == {"guest", "held"}
    assert found(held="1") == {"held"}
    assert found(**{"from": today - datetime.timedelta(1), "to": today + datetime.timedelta(1)}) == {"guest", "paid", "held"}
    assert found(to=today - datetime.timedelta(2)) == set()
    found(to="tomorrow", find="dupont")
    assert "This is not a day" in seller.text and 'value="dupont"' in seller.html, seller.text[:1000]
    partner, _ = register_partner(Shopper(site).log_in("admin", "Admin!23"), site.facts["shop"], "SEARCHED")
    site.sql("INSERT INTO {local_shopengine_referral} (billid, partnerid, tag, timecreated) VALUES (?, ?, 't', 1)", rows.bill(guest)["id"], partner)
    assert found(partner=partner) == {"guest"} and "Partner SEARCHED (SEARCHED)" in seller.text


def test_a_seller_is_asked_before_an_order_is_moved_and_told_what_that_does(rows, seller, orders):
    number = orders["guest"]
    seller.open(f"{ORDERS}?find={quoted(number)}")
    seller.submit({"what": "flowchange", "transid": number}, {"status": "SOLDOUT"})
    for told in ("Move order", number, "Camille ursula", "its goods are delivered", "You vouch for the payment"):
        assert told in seller.text, (told, seller.text[:1500])
    assert rows.bill(number)["status"] == "PENDING"
    seller.submit({"what": "flowchange", "status": "SOLDOUT"})
    assert rows.bill(number)["status"] in ("SOLDOUT", "COMPLETE")
    held = orders["held"]
    seller.open(ORDERS)
    seller.submit({"what": "release", "transid": held})
    assert "Release the hold" in seller.text and rows.order(held)["held"] == "amount_mismatch"
    seller.submit({"what": "release"})
    assert not rows.order(held)["held"]


@pytest.mark.parametrize("page", PAGES)
def test_a_sellers_page_is_one_of_the_administration(seller, page):
    seller.open(page)
    assert re.findall(r"<h1[^>]*>\s*([^<]*?)\s*</h1>", seller.html) == ["Demo shop"]
    # The tab of the administration is the active one, not Home.
    active = re.findall(r'<a[^>]*class="[^"]*\bactive\b[^"]*"[^>]*>\s*([^<]*?)\s*</a>', seller.html)
    assert "Site administration" in active and "Home" not in active, active


def test_a_seller_who_does_not_administer_the_site_sees_the_same_pages(site, shopper):
    site.php(ACCOUNT, site.folder, "vera.vendeuse", "seller=1")
    vera = shopper().log_in("vera.vendeuse")
    for page in PAGES:
        vera.open(page)
        assert vera.status == 200 and "shopengine-page-" in vera.html, (page, vera.text[:500])


def test_a_buyers_page_names_the_shop_and_leads_back_to_it(shopper, orders):
    jean = shopper().log_in("jean.dupont")
    jean.open(url_of("produce", orders["paid"]))
    assert re.findall(r"<h1[^>]*>\s*([^<]*?)\s*</h1>", jean.html) == ["Demo shop"]
    assert any("/local/shop/front/view.php?view=shop" in link for link in jean.document.links)
    # No money moves in the test mode: nothing was received.
    assert "no money was moved" in jean.text and "has been received" not in jean.text
