"""Sets and bundles on a Moodle: bought by links, produced by the plugin."""

import pytest

from shoppers import Rows, Shopper, quoted, switch
from scenarios import *


@pytest.fixture(scope="module", autouse=True)
def taken_over(site):
    switch(site, "on")
    yield
    switch(site)


@pytest.fixture
def shopper(site):
    return lambda lang="en": Shopper(site, lang)


@pytest.fixture
def rows(site):
    return Rows(site)


def bought(driver, products):
    follow_link(driver, products, shop=f"shopid={driver.site.facts['shop']}")
    if driver.view == "customer":
        tell_customer(driver)
    place(driver, "test")
    return pay(driver)


def courses(rows, number):
    """Courses that the account of an order's buyer is enrolled in, among those of the catalogue's elements."""
    found = rows.all(
        "SELECT DISTINCT c.shortname FROM {course} c JOIN {enrol} e ON e.courseid = c.id JOIN {user_enrolments} ue ON ue.enrolid = e.id"
        " JOIN {local_shop_customer} k ON k.hasaccount = ue.userid JOIN {local_shop_bill} b ON b.customerid = k.id"
        " WHERE b.transactionid = ? AND c.shortname LIKE '%one' OR b.transactionid = ? AND c.shortname LIKE '%two'", number, number)
    return {row["shortname"] for row in found}


@pytest.mark.complains
def test_an_element_of_a_set_is_bought_by_its_code_and_opens_its_course(shopper, rows):
    jean = shopper().log_in("jean.dupont")
    number = bought(jean, "ref-SETONE=1")
    assert status_shown(jean) == "COMPLETE"
    assert float(rows.bill(number)["amount"]) == 29.99
    assert courses(rows, number) == {"setone"}


@pytest.mark.complains
def test_a_set_and_an_element_of_a_bundle_are_left_out_with_the_reason(shopper, site):
    guest = shopper()
    follow_link(guest, "aset=1&bundleone=1", autodrive=False, shop=f"shopid={site.facts['shop']}")
    assert "aset is a choice of several products" in guest.text
    assert "bundleone is not sold by itself" in guest.text


@pytest.mark.complains
def test_a_bundle_is_one_line_at_its_own_price_and_opens_the_courses_of_its_elements(shopper, rows):
    jean = shopper().log_in("jean.dupont")
    number = bought(jean, "abundle=1")
    assert status_shown(jean) == "COMPLETE"
    assert [row["itemcode"] for row in rows.all(
        "SELECT i.itemcode FROM {local_shop_billitem} i JOIN {local_shop_bill} b ON b.id = i.billid WHERE b.transactionid = ?", number)] == ["REF-Abundle"]
    # 79.99 and 20 %, whatever the elements cost.
    assert float(rows.bill(number)["amount"]) == 95.99
    assert courses(rows, number) >= {"bundleone", "bundletwo"}
    jean.open(f"/local/shop/front/bill.popup.php?transid={quoted(number)}")
    assert "Element one of the bundle" in jean.text and "Element two of the bundle" in jean.text
