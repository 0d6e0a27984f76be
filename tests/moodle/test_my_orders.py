"""My orders: in the profile of a buyer, and for sellers on the profile of somebody else."""

import pytest

from shoppers import QuickRows, Shopper, switch
from scenarios import *

PAGE = "/local/shopengine/myorders.php"


@pytest.fixture(scope="module")
def rows(site):
    switch(site, "on")
    rows = QuickRows(site)
    yield rows
    rows.close()
    switch(site)


@pytest.fixture(scope="module")
def jean(site, rows):
    browser = Shopper(site).log_in("jean.dupont")
    follow_link(browser, "livre=1", shop=f"shopid={site.facts['shop']}")
    place(browser, "test")
    browser.number = pay(browser)
    return browser


def test_the_profile_leads_to_the_orders_of_the_account(site, rows, jean):
    jean.open("/user/profile.php")
    assert any(link.endswith(PAGE) for link in jean.document.links), jean.text[:500]
    jean.open(PAGE)
    assert jean.status == 200 and jean.number in jean.text
    for view in ("bill", "invoice", "produce"):
        link = next(link for link in jean.document.links if f"view={view}" in link)
        assert Shopper(site).log_in("jean.dupont").open(link).status == 200


def test_others_see_none_of_them(site, jean):
    other = Shopper(site).log_in("sans.adresse")
    other.open(PAGE)
    assert other.status == 200 and jean.number not in other.text
    guest = Shopper(site)
    guest.open(PAGE)
    assert guest.status == 403 and "Log in to see your orders" in guest.text and jean.number not in guest.text


def test_a_seller_finds_a_buyers_orders_from_the_buyers_profile(site, rows, jean):
    buyer = rows.one("SELECT id FROM {user} WHERE username = 'jean.dupont'")["id"]
    seller = Shopper(site).log_in("admin", "Admin!23")
    seller.open(f"/user/profile.php?id={buyer}")
    seller.open(next(link for link in seller.document.links if "/local/shopengine/orders.php?find=" in link))
    assert seller.status == 200 and jean.number in seller.text
    other = Shopper(site).log_in("sans.adresse")
    other.open(f"/user/profile.php?id={buyer}")
    assert "/local/shopengine/" not in other.html


def test_with_the_takeover_off_the_profile_names_no_orders(site, rows, jean):
    switch(site)
    try:
        jean.open("/user/profile.php")
        assert not any(link.endswith(PAGE) for link in jean.document.links)
    finally:
        switch(site, "on")
