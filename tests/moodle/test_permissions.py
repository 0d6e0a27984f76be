"""Capabilities of the companion's own: whom they are given to when it is installed, and what each of them opens on a Moodle."""

import html
import pathlib
import urllib.parse

import pytest

from shoppers import QuickRows, Shopper, switch
from scenarios import *

ACCOUNT = pathlib.Path(__file__).with_name("account.php")
TRACE = "/local/shop/front/scantrace.php"
PAGES = {"manageorders": "/local/shopengine/orders.php", "managepartners": "/local/shopengine/partners.php",
         "manageproducts": "/local/shopengine/products.php", "viewtrace": TRACE}
CAPABILITIES = {"configure", "manageorders", "managepartners", "manageproducts", "refund", "viewtrace"}

# Moodle logs each page that it refuses for want of a capability.
REFUSED = ("required_capability_exception", "sectionerror", "accessdenied")
pytestmark = [pytest.mark.may_log(*REFUSED), pytest.mark.complains(*REFUSED)]


@pytest.fixture(scope="module")
def rows(site):
    switch(site, "on")
    rows = QuickRows(site)
    yield rows
    rows.close()
    switch(site)


@pytest.fixture(scope="module")
def sold(site, rows):
    buyer = Shopper(site)
    number = buy(buyer, "livre=1")
    pay(buyer)
    return number


def with_capabilities(site, name, *capabilities):
    """A browser logged in with an account that has these capabilities alone."""
    site.php(ACCOUNT, site.folder, name, f"may={','.join(capabilities)}")
    return Shopper(site).log_in(name)


def test_who_administers_sales_has_them_all_when_they_come(rows):
    known = {row["name"].partition(":")[2] for row in rows.all("SELECT name FROM {capabilities} WHERE component = 'local_shopengine'")}
    assert known == CAPABILITIES
    given = rows.all("SELECT rc.capability, r.shortname FROM {role_capabilities} rc JOIN {role} r ON r.id = rc.roleid"
                     " WHERE rc.permission = 1 AND rc.capability LIKE ? AND r.shortname NOT LIKE ?", "local/shopengine:%", "test%")
    sells = rows.all("SELECT r.shortname FROM {role_capabilities} rc JOIN {role} r ON r.id = rc.roleid"
                     " WHERE rc.permission = 1 AND rc.capability = ? AND r.shortname NOT LIKE ?", "local/shop:salesadmin", "test%")
    for capability in CAPABILITIES - {"configure"}:
        assert {row["shortname"] for row in given if row["capability"].endswith(f":{capability}")} == {row["shortname"] for row in sells}, capability


@pytest.mark.parametrize("capability", sorted(PAGES))
def test_each_capability_opens_its_page_and_no_other(site, rows, sold, capability):
    browser = with_capabilities(site, f"may.{capability}", capability)
    for needed, page in PAGES.items():
        query = f"?transid={urllib.parse.quote(sold)}" if page == TRACE else ""
        browser.open(page + query)
        shown = "shopengine-page-" in browser.html and "shopengine-page-error" not in browser.html
        assert (browser.status == 200 and shown) == (needed == capability), (needed, browser.status, browser.text[:300])
    # The plugin's own back office asks for the plugin's capability.
    browser.open("/local/shop/bills/view.php?view=viewAllBills")
    assert browser.status == 403


def test_who_moves_orders_pays_back_only_with_the_capability(site, rows, sold):
    def offered(browser):
        browser.open(PAGES["manageorders"])
        forms = [html.unescape(form) for form in browser.html.split("<form")]
        # Where the only move is not offered, there is no form.
        return any(sold in form and 'value="flowchange"' in form and 'value="PAYBACK"' in form for form in forms)
    moves = with_capabilities(site, "may.move", "manageorders")
    assert not offered(moves)
    answer = moves.ask("POST", PAGES["manageorders"],
                       {"what": "flowchange", "status": "PAYBACK", "transid": sold, "sesskey": moves.document.forms[-1]["hidden"].get("sesskey", "")})
    assert answer.status == 403 and rows.order(sold)["status"] == "COMPLETE"
    assert offered(with_capabilities(site, "may.both", "manageorders", "refund"))


def test_who_configures_needs_to_administer_nothing_else(site, sold):
    settings = [f"/admin/settings.php?section=local_shopengine_{name}" for name in ("selling", "trace")] + ["/local/shopengine/takeovers.php"]
    configures = with_capabilities(site, "may.configure", "configure")
    for page in settings:
        assert configures.open(page).status == 200 and "stale" in configures.text or "selling" not in page, (page, configures.text[:300])
        assert "sesskey" in configures.html and configures.status == 200
    # Where money goes is for who administers the site.
    for page in (PAGES["manageorders"], "/admin/settings.php?section=local_shopengine_paypal"):
        configures.open(page)
        assert configures.status in (403, 404), page
    sells = with_capabilities(site, "may.sell", *(CAPABILITIES - {"configure"}))
    for page in settings:
        sells.open(page)
        assert sells.status != 200 or "Access denied" in sells.text, (page, sells.status, sells.text[:300])
        assert not any("section" in form["hidden"] or "shopengine" in form["action"] for form in sells.document.forms)


def test_the_plugins_pages_show_the_engines_steps(site, shopper):
    guest = shopper()
    follow_link(guest, "livre=1", shop=f"shopid={site.facts['shop']}")
    assert guest.view == "customer"
    assert 'id="progress"' not in guest.html and "shopengine-steps" in guest.html
    assert 'aria-current="step"' in guest.html and "/local/shopengine/styles/shop.css?v=" in guest.html
    # The engine's own pages have them from the same place; other pages of the site load no style of the shop.
    tell_customer(guest)
    place(guest, "test")
    assert "shopengine-steps" in guest.html
    guest.open("/")
    assert "local/shopengine/styles" not in guest.html
