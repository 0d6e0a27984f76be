"""Bought once, owned: the second purchase of a product with one address is not charged. In a real browser; the EBook's address
is a page of another site, which the test serves."""

import contextlib
import http.server
import re
import sqlite3
import threading

import pytest

from scenarios import *

PRODUCTS = "/local/shopengine/products.php"


class Library(http.server.BaseHTTPRequestHandler):
    """Where books are read."""

    def do_GET(self):
        page = "<!DOCTYPE html><html lang=fr><title>EBook</title><link rel=icon href=data:,><p>Chapitre premier".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def library(shop):
    """Address of the EBook."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Library)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    at(shop, f"{address}/ebook")
    yield address
    server.shutdown()
    server.server_close()


def at(shop, address):
    """The EBook is at this address."""
    with contextlib.closing(sqlite3.connect(shop.path, timeout=20, isolation_level=None)) as connection:
        connection.execute("UPDATE local_shopengine_item SET fulfillmenturl = ? WHERE catalogitemid = 5", [address])


@pytest.fixture
def ebook(library):
    return f"{library}/ebook"


@pytest.fixture
def reader(surf, library):
    """A browser in front of a shop whose EBook can be read."""
    return surf


def reads(driver, url):
    return driver.url == url and "Chapitre premier" in driver.text


def at_order(driver, products, email=None):
    """At the order step with these products."""
    follow_link(driver, products)
    if driver.view == "customer":
        tell_customer(driver, **({"email": email} if email else {}))
    assert driver.view == "order"


def order_anew(driver, products="ebook=1", email=None):
    """Places an order by the test interface, wherever that leads."""
    at_order(driver, products, email)
    driver.submit(ORDER, {"paymode": "test"}, "go")


def buy_ebook(driver, email=None):
    """Pays the EBook; stays on the page of the result."""
    order_anew(driver, email=email)
    number = transid(driver)
    driver.submit(way(driver, "at once"))
    assert driver.view == "produce"
    return number


def last_order(db):
    return db.rows("SELECT o.status, o.boughtbefore, b.status AS bill FROM local_shopengine_order o"
                   " JOIN local_shop_bill b ON b.id = o.billid ORDER BY o.id DESC LIMIT 1")[0]


def test_the_buyer_is_taken_to_what_he_bought_once_and_finds_it_again(reader, db, ebook):
    page = reader()
    number = buy_ebook(page, "once@example.org")
    page.shot("produce")
    assert "You will be taken there in 5 seconds." in page.text
    assert "Bonne lecture !" in page.text
    assert page.page.locator(f"a[href='{ebook}']").inner_text() == "Open EBook"
    page.page.wait_for_url(ebook, timeout=12000)
    assert reads(page, ebook)
    # Whoever comes back stays.
    page.open(url_of("produce", number))
    assert "You will be taken there" not in page.text
    page.page.wait_for_timeout(6000)
    assert page.view == "produce"
    for view in ("bill", "invoice", "produce"):
        page.open(url_of(view, number))
        assert page.page.locator(f"a[href='{ebook}']").count() == 1, view
    letters = db.value("SELECT COUNT(*) FROM local_shopengine_outbox WHERE kind = 'mail' AND state = 'done'")
    assert letters >= 1


def test_whoever_wants_to_stay_stays(reader):
    page = reader("fr", width=360)
    buy_ebook(page, "stays@example.org")
    page.shot("produce")
    page.press(page.page.locator("a", has_text="Rester sur cette page"))
    page.page.wait_for_timeout(6000)
    assert page.view == "produce"


def test_the_ebook_bought_again_opens_without_paying(reader, db, ebook):
    page = reader()
    buy_ebook(page, "again@example.org")
    at_order(page, "ebook=1", "again@example.org")
    assert "You have EBook already. If you go on you are taken to it; you do not pay for it again." in page.text
    page.shot("order")
    page.submit(ORDER, {"paymode": "test"}, "go")
    assert reads(page, ebook)
    order = last_order(db)
    assert (order["status"], order["bill"]) == ("CANCELLED", "CANCELLED")
    assert order["boughtbefore"] > 0
    # The shop says so on its next page, and the cart is empty.
    page.open(f"{VIEW}?view=shop")
    assert "You have EBook already: nothing has been charged, and the new order is closed." in page.text
    page.shot("shop")
    number = db.value("SELECT transactionid FROM local_shopengine_order ORDER BY id DESC LIMIT 1")
    page.open(url_of("produce", number))
    assert "You had bought this already" in page.text
    page.shot("closed")


def test_livre_bought_twice_is_paid_twice(reader, db):
    page = reader()
    for _ in range(2):
        order_anew(page, "livre=1", "livre@example.org")
        assert page.view == "payment"
        page.submit(way(page, "at once"))
        assert status_shown(page) == "COMPLETE"
        order = last_order(db)
        assert (order["status"], order["boughtbefore"]) == ("COMPLETE", 0)


def test_another_browser_of_the_same_account_is_not_charged(reader, db, ebook):
    first, second = reader(), reader("fr")
    log_in(first, JEAN)
    buy_ebook(first)
    # Before the log-in it is nobody's browser.
    at_order(second, "ebook=1", "someone@example.org")
    assert "Vous avez déjà" not in second.text
    log_in(second, JEAN)
    at_order(second, "ebook=1")
    assert "Vous avez déjà EBook." in second.text
    second.shot("order")
    second.submit(ORDER, {"paymode": "test"}, "go")
    assert reads(second, ebook)
    assert last_order(db)["status"] == "CANCELLED"


def test_another_browser_of_a_guest_with_the_same_email_pays(reader, db):
    first, second = reader(), reader()
    buy_ebook(first, "camille.meme@example.org")
    order_anew(second, email="camille.meme@example.org")
    assert second.view == "payment"
    assert last_order(db)["status"] == "PLACED"


def test_the_payment_page_of_an_old_order_closes_it(reader, db, ebook):
    page, other = reader(), reader()
    log_in(page, "marie_curie@example.org")
    order_anew(page)
    old = transid(page)
    log_in(other, "marie_curie@example.org")
    buy_ebook(other)
    # The page was open all the time: its button charges nothing.
    page.submit(way(page, "at once"))
    assert reads(page, ebook)
    assert db.order(old)["status"] == "CANCELLED"
    page.open(url_of("payment", old))
    assert page.view == "produce"
    assert "nothing has been charged for this order" in page.text


def test_a_refunded_ebook_is_paid_again_unless_the_seller_says_otherwise(reader, db, ebook):
    page, seller = reader(), reader()
    number = buy_ebook(page, "refunded@example.org")
    page.page.wait_for_url(ebook, timeout=12000)
    log_in(seller, ADMIN)
    seller_moves(seller, number, "PAYBACK")
    order_anew(page, email="refunded@example.org")
    assert page.view == "payment"
    db.run("INSERT INTO config_plugins (plugin, name, value) VALUES ('local_shopengine', 'repurchase_refunded', '1')")
    try:
        page.open(url_of("payment", transid(page)))
        assert reads(page, ebook)
        assert last_order(db)["status"] == "CANCELLED"
    finally:
        db.run("DELETE FROM config_plugins WHERE plugin = 'local_shopengine' AND name = 'repurchase_refunded'")


def test_a_cart_with_something_owned_says_so(reader):
    page = reader("fr", width=360)
    buy_ebook(page, "panier@example.org")
    at_order(page, "ebook=1&livre=1", "panier@example.org")
    assert "Retirez-le du panier si vous ne voulez pas le payer une seconde fois." in page.text
    page.shot("order")
    page.submit(ORDER, {"paymode": "test"}, "go")
    assert page.view == "payment"


@pytest.mark.parametrize("lang, width", [("en", 1280), ("fr", 360)])
def test_the_seller_says_what_buyers_get(reader, db, lang, width, ebook):
    page = reader(lang, width=width)
    log_in(page, ADMIN)
    page.open(PRODUCTS)
    page.shot("products")
    assert ("Put no secret here" if lang == "en" else "N’écrivez ici aucun secret") in page.text
    livre = {"what": "save", "id": "2"}
    page.page.locator("#shopengine-product-2 > summary").click()
    page.submit(livre, {"fulfillmenturl": "lecture.example/livre", "fulfillmentmessage": "Merci"})
    assert page.status == 422
    problem = page.page.locator("#shopengine-product-2 .shopengine-problem").inner_text()
    assert ("begins with http" if lang == "en" else "commence par http") in problem
    page.shot("wrong")
    page.submit(livre, {"fulfillmenturl": ebook})
    assert page.status == 200
    # Two products with one address are told at once.
    warning = page.page.locator("section[aria-labelledby=shopengine-findings]").inner_text()
    assert "EBook, Livre" in warning and ebook in warning
    page.shot("shared")
    page.page.locator("#shopengine-product-2 > summary").click()
    page.submit(livre, {"fulfillmenturl": "", "fulfillmentmessage": ""})
    assert page.page.locator("section[aria-labelledby=shopengine-findings]").count() == 0


def test_a_stranger_does_not_see_the_sellers_page(page):
    page.open(PRODUCTS)
    assert page.status == 403


def test_an_address_of_each_order_names_it(reader, shop, library):
    page = reader()
    at(shop, library + "/${ORDER_ID}?o=${ORDER_ID}")
    try:
        for _ in range(2):
            number = buy_ebook(page, "each@example.org")
            written = re.sub("=", "%3D", number)
            page.page.wait_for_url(f"{library}/{written}?o={written}", timeout=12000)
    finally:
        at(shop, f"{library}/ebook")
