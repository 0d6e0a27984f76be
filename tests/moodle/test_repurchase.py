"""Bought once, owned, on the plugin's own pages of a Moodle."""

import pathlib
import re

import pytest

from shoppers import at_order, switch
from scenarios import *

PRODUCTS = "/local/shopengine/products.php"
EARLIER = pathlib.Path(__file__).with_name("earlier.php")


@pytest.fixture(scope="module", autouse=True)
def taken_over(site):
    switch(site, "on")
    yield
    switch(site)


def says(seller, rows, url, message="Bonne lecture !"):
    """The seller says on his page what buyers of Livre get."""
    item = rows.one("SELECT id FROM {local_shop_catalogitem} WHERE shortname = 'livre'")["id"]
    seller.open(PRODUCTS)
    seller.submit({"what": "save", "id": str(item)}, {"fulfillmenturl": url, "fulfillmentmessage": message})
    return seller


def test_what_a_known_buyer_bought_is_not_charged_again(shopper, rows, site):
    here = f"{site.root}/index.php?redirect=0&book=1"
    seller = shopper().log_in("admin", "Admin!23")
    assert says(seller, rows, "nowhere/else").status == 422
    assert "begins with http" in seller.text
    assert says(seller, rows, here).status == 200
    assert "has been saved" in seller.text

    jean = shopper().log_in("jean.dupont")
    at_order(jean, "livre=1")
    place(jean, "test")
    number = pay(jean)
    assert status_shown(jean) == "COMPLETE"
    assert "Bonne lecture !" in jean.text and jean.answer["refresh"] == f"5; url={here}"
    jean.open(url_of("produce", number))
    assert "refresh" not in jean.answer

    # Another browser of the same account.
    again = shopper().log_in("jean.dupont")
    at_order(again, "livre=1")
    assert "You have Livre already. If you go on you are taken to it" in again.text
    assert here.replace("&", "&amp;") in again.html
    place(again, "test")
    assert again.url == here
    assert "You have Livre already: nothing has been charged" in again.text
    closed = rows.one("SELECT o.transactionid, b.status FROM {local_shopengine_order} o"
                      " JOIN {local_shop_bill} b ON b.id = o.billid WHERE o.boughtbefore = ?", rows.bill(number)["id"])
    assert closed["status"] == "CANCELLED"
    assert rows.produced(closed["transactionid"]) == 0
    assert any(f"[{closed['transactionid']}] Order closed : already bought by order {number}" in line for line in site.traced())
    again.open(f"{VIEW}?view=customer&shopid={site.facts['shop']}")
    assert again.view == "shop", "the cart is gone"

    # With something else it is charged, and he is told before.
    at_order(again, "livre=1&monproduit=1")
    assert "You have Livre already. Remove it from the cart" in again.text


def test_a_guest_with_the_same_email_pays(shopper, rows, site):
    seller = shopper().log_in("admin", "Admin!23")
    says(seller, rows, f"{site.root}/index.php?redirect=0&guests=1")
    for _ in range(2):
        guest = shopper()
        at_order(guest, "livre=1", email="same@example.org")
        place(guest, "test")
        assert guest.view == "payment"
        pay(guest)
        assert status_shown(guest) == "COMPLETE"


def test_an_address_of_each_order_is_paid_each_time(shopper, rows, site):
    seller = shopper().log_in("admin", "Admin!23")
    says(seller, rows, site.root + "/index.php?redirect=0&o=${ORDER_ID}")
    jean = shopper().log_in("jean.dupont")
    for _ in range(2):
        at_order(jean, "livre=1")
        place(jean, "test")
        number = pay(jean)
        assert jean.answer["refresh"] == f"5; url={site.root}/index.php?redirect=0&o={re.sub('=', '%3D', number)}"


def test_two_products_with_one_address_are_told_on_the_status_page(shopper, rows, site):
    here = f"{site.root}/index.php?redirect=0&shared=1"
    seller = shopper().log_in("admin", "Admin!23")
    says(seller, rows, here)
    assert "Shop engine: what buyers get" in seller.open("/report/status/index.php").text
    assert "The products’ addresses make sense" in seller.text
    other = rows.one("SELECT id FROM {local_shop_catalogitem} WHERE shortname = 'monproduit'")["id"]
    form = {"what": "save", "id": str(other)}
    seller.open(PRODUCTS)
    seller.submit(form, {"fulfillmenturl": here})
    assert "These products have the same address" in seller.text
    seller.open("/report/status/index.php")
    assert "The products’ addresses make sense" not in seller.text
    seller.open(PRODUCTS)
    seller.submit(form, {"fulfillmenturl": ""})
    assert "These products have the same address" not in seller.text


@pytest.mark.logs("do not currently have permissions")
def test_buyers_do_not_see_the_sellers_page(shopper):
    jean = shopper().log_in("jean.dupont")
    jean.open(PRODUCTS)
    assert jean.status in (403, 404)
    assert "fulfillmenturl" not in jean.html


def test_an_upgrade_keeps_the_links_of_earlier_orders(shopper, rows, site):
    here = f"{site.root}/index.php?redirect=0&upgraded=1"
    says(shopper().log_in("admin", "Admin!23"), rows, here)
    guest = shopper()
    at_order(guest, "livre=1", email="upgraded@example.org")
    place(guest, "test")
    number = pay(guest)
    site.php(EARLIER, site.folder)
    site.php("admin/cli/upgrade.php", "--non-interactive")
    assert int(rows.one("SELECT value FROM {config_plugins} WHERE plugin = 'local_shopengine' AND name = 'version'")["value"]) > 2026112203
    guest.open(url_of("produce", number))
    assert here in guest.document.links
    # What is bought from now on is known.
    for known in (False, True):
        at_order(guest, "livre=1", email="upgraded@example.org")
        assert ("You have Livre already" in guest.text) == known
        place(guest, "test")
        if not known:
            pay(guest)
    assert guest.url == here
