"""Every page of the shop against axe-core: nothing that it calls serious or critical, on a wide screen and on a telephone's, in both languages."""

import urllib.parse

import pytest
from axe_playwright_python.sync_playwright import Axe

from drivers import Client
from scenarios import *
from server import Shopdata

PARTNERS = "/local/shopengine/partners.php"
GRAVE = {"serious", "critical"}


@pytest.fixture(scope="module")
def sold(shop):
    """A shop with an order that is paid, one that is due, and one that is on hold."""
    for paymode in ("test", "check", "check"):
        buyer = Client(shop.root)
        follow_link(buyer, "monproduit=1", partner="ACADEMIE_axe")
        tell_customer(buyer)
        place(buyer, paymode)
        number = transid(buyer)
        if paymode == "test":
            pay(buyer)
            paid = number
    Shopdata(shop.path).run("UPDATE local_shopengine_order SET held = 'amount_mismatch' WHERE transactionid = ?", number)
    return paid


def grave(page):
    """What axe-core finds on the page that is open, by rule and element."""
    found = Axe().run(page.page).response["violations"]
    return [(page.url, rule["id"], node["html"][:160]) for rule in found if rule["impact"] in GRAVE for node in rule["nodes"]]


@pytest.mark.parametrize(("lang", "width"), [("en", 1200), ("fr", 390)])
def test_a_buyers_pages_have_no_grave_fault(surf, sold, lang, width):
    page, found = surf(lang, width=width), []

    def look():
        found.extend(grave(page))
    page.open(f"{VIEW}?view=shop&shopid=1")
    look()
    follow_link(page, "monproduit=1")
    look()
    # A form with faults in it.
    page.submit({"view": "customer", "what": "navigate"}, press="go")
    look()
    tell_customer(page)
    look()
    place(page, "test")
    look()
    number = pay(page)
    look()
    for view in ("bill", "invoice", "produce", "nowhere"):
        page.open(f"{VIEW}?view={view}&transid={urllib.parse.quote(number)}")
        look()
    page.open("/login/index.php")
    look()
    follow_link(page, "formation=1")
    look()
    assert found == []


@pytest.mark.parametrize(("lang", "width"), [("en", 1200), ("fr", 390)])
def test_a_sellers_pages_have_no_grave_fault(surf, sold, lang, width):
    page, found = surf(lang, width=width), []
    log_in(page, ADMIN)
    quoted = urllib.parse.quote(sold)
    for path in ("/local/shopengine/home.php?test=1", "/local/shopengine/orders.php", "/local/shopengine/orders.php?find=nobody&from=x", "/local/shopengine/products.php",
                 PARTNERS, f"{PARTNERS}?view=register", f"{PARTNERS}?view=statement&partner=1", f"{PARTNERS}?view=link&partner=1", f"{PARTNERS}?view=refused",
                 f"{PARTNERS}?view=compare&partner=1", f"{PARTNERS}?view=change&partner=1", f"/local/shop/front/scantrace.php?transid={quoted}",
                 f"{VIEW}?view=bill&transid={quoted}", f"/local/shop/front/bill.popup.php?transid={quoted}", "/local/shopengine/myorders.php"):
        page.open(path)
        found.extend(grave(page))
    page.open("/local/shopengine/orders.php")
    page.submit({"what": "flowchange", "transid": sold}, {"status": "PAYBACK"})
    found.extend(grave(page))
    assert found == []
