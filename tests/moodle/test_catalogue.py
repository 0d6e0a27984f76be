"""Sets, bundles and texts of the catalogue on a Moodle: bought by links, produced by the plugin, read by the site's filters."""

import pathlib
import time

import pytest

from shoppers import quoted, settings, switch
from scenarios import *


@pytest.fixture(scope="module", autouse=True)
def taken_over(site):
    switch(site, "on")
    yield
    switch(site)


@pytest.fixture
def two_languages(site):
    """Names in two languages with the multilang filter on for content and headings, legal mentions, a logo."""
    script = pathlib.Path(__file__).with_name("catalogue.php")
    site.php(script, site.folder, "on")
    yield
    site.php(script, site.folder, "off")


def bought(driver, products, **customer):
    follow_link(driver, products, shop=f"shopid={driver.site.facts['shop']}")
    if driver.view == "customer":
        tell_customer(driver, **customer)
    place(driver, "test")
    number = pay(driver)
    for _ in range(40):
        if status_shown(driver) == "COMPLETE":
            break
        # The request of the payment interface may be delivering still.
        time.sleep(0.5)
        driver.open(url_of("produce", number))
    return number


def courses(rows, number):
    """Courses that the account of an order's buyer is enrolled in, among those of the catalogue's elements."""
    found = rows.all(
        "SELECT DISTINCT c.shortname FROM {course} c JOIN {enrol} e ON e.courseid = c.id JOIN {user_enrolments} ue ON ue.enrolid = e.id"
        " JOIN {local_shopengine_order} o ON o.userid = ue.userid"
        " WHERE o.transactionid = ? AND (c.shortname LIKE '%one' OR c.shortname LIKE '%two')", number)
    return {row["shortname"] for row in found}


def test_a_product_with_a_password_is_bought_on_the_plugins_pages(site, shopper, rows):
    site.sql("UPDATE {local_shop_catalogitem} SET password = 'geheim' WHERE shortname = 'livre'")
    try:
        guest = follow_link(shopper(), "monproduit=1", shop=f"shopid={site.facts['shop']}", autodrive="")
        for passcode, status in (("Geheim", "failed"), ("geheim", "passed")):
            assert guest.serve("shop", "checkpasscode", productname="livre", passcode=passcode).html == f'{{"status":"{status}"}}'
            assert guest.serve("shop", "addunit", productname="livre").status == 200
            guest.open(f"{VIEW}?view=shop&what=navigate&shopid={site.facts['shop']}")
            assert ("needs a password" in guest.text) == (status == "failed"), guest.text[:500]
        tell_customer(guest)
        place(guest, "check")
        ordered = rows.all("SELECT itemcode FROM {local_shop_billitem} WHERE billid = ?", rows.bill(transid(guest))["id"])
        assert "LIVRE" in str(ordered), ordered
    finally:
        site.sql("UPDATE {local_shop_catalogitem} SET password = '' WHERE shortname = 'livre'")


def test_an_element_of_a_set_is_bought_by_its_code_and_opens_its_course(shopper, rows):
    jean = shopper().log_in("jean.dupont")
    number = bought(jean, "ref-SETONE=1")
    assert status_shown(jean) == "COMPLETE"
    assert float(rows.bill(number)["amount"]) == 29.99
    assert courses(rows, number) == {"setone"}


def test_a_set_and_an_element_of_a_bundle_are_left_out_with_the_reason(shopper, site):
    guest = shopper()
    follow_link(guest, "aset=1&bundleone=1", autodrive=False, shop=f"shopid={site.facts['shop']}")
    assert "aset is a choice of several products" in guest.text
    assert "bundleone is not sold by itself" in guest.text


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


PAGES = ("/local/shop/front/order.popup.php?transid={}", "/local/shop/front/bill.popup.php?transid={}", f"{VIEW}?view=bill&transid={{}}",
         f"{VIEW}?view=invoice&transid={{}}", f"{VIEW}?view=produce&transid={{}}")


@pytest.mark.parametrize("lang, book, pencil, notice", [("en", "Book", "Pencil", "Legal notice"), ("fr", "Livre", "Crayon", "Mentions légales")])
def test_names_and_legal_mentions_are_in_the_language_of_the_order(lang, book, pencil, notice, two_languages, shopper, rows, site):
    guest = shopper(lang)
    number = bought(guest, "livre=1&abundle=1", email=f"reader.{lang}@example.org")
    for page in PAGES:
        guest.open(page.format(quoted(number)))
        lines = guest.html[guest.html.index('class="shopengine-lines'):]
        assert f">{book}<" in lines and f"<li>{pencil}</li>" in lines, page
        assert notice in guest.text and "RCS 123" in guest.text, page
        assert "multilang" not in guest.html and "alert(1)" not in guest.html, page
        # The logo, and the picture in the mentions.
        for picture in ("shoplogo/0/logo.png", "catalogbillfooter/"):
            [url] = re.findall(rf'src="([^"]*/pluginfile.php/1/local_shop/{picture}[^"]*)"', guest.html)
            assert guest.ask("GET", url.removeprefix(site.root)).body.startswith(b"\x89PNG"), url
            guest.open(page.format(quoted(number)))
    # The plugin's pages filter what it stored itself.
    stored = rows.one("SELECT i.abstract FROM {local_shop_billitem} i JOIN {local_shop_bill} b ON b.id = i.billid"
                      " WHERE b.transactionid = ? AND i.itemcode = 'REF-LIVRE'", number)["abstract"]
    assert stored.startswith('<span lang="en" class="multilang">Book')
    # The plugin tells buyers with an account of the delivery; the engine tells this one of the payment, after the delivery.
    number = bought(shopper(lang), "livre=1", email=f"writer.{lang}@example.org")
    site.cron()
    mails = pathlib.Path(site.facts["trace"]).with_name("merchant_mail_trace.log").read_text()
    assert f"1 x {book}:" in mails[mails.index(number):]


@pytest.mark.parametrize("lang, morning", [("en", "Morning"), ("fr", "Matin")])
def test_paypal_gets_names_in_the_language_of_the_order(lang, morning, two_languages, shopper, site):
    settings(site, "local_shop", paypalsellertestname="seller@example.org", paypal_transaction_type="peritem")
    guest = shopper(lang)
    follow_link(guest, "setone=1", shop=f"shopid={site.facts['shop']}")
    tell_customer(guest, email=f"payer.{lang}@example.org")
    place(guest, "paypal")
    assert guest.view == "payment"
    assert f'name="item_name_1" value="{morning}"' in guest.html and "multilang" not in guest.html
