"""Selling through a simulated GNU Taler: a backend that the shop knows, wallets, a place where what was bought is found, and a
camera for the QR code. For tests that import all of it."""

import contextlib
import http.server
import io
import re
import sys
import threading
import time

import pytest
import zxingcpp
from PIL import Image

from scenarios import buy
from server import ROOT, Shopdata

sys.path.insert(0, str(ROOT / "tests/peers/taler"))
from amounts import Amount  # noqa: E402
from backend import Backend, send  # noqa: E402
from wallet import Wallet, WalletError, parse_link  # noqa: E402

WEBHOOK = "/local/shop/paymodes/taler/webhook.php"
SECRET = "webhook-secret-of-the-tests"


class Library:
    """A web site where what was bought is found: every address is a page that tells itself."""

    def __init__(self):
        library = self
        self.visits = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                library.visits.append(self.path)
                data = f"<!DOCTYPE html><html lang=en><title>Library</title><h1>{self.path}</h1></html>".encode()
                self.send_response(200 if not self.path.startswith("/favicon") else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def library():
    site = Library()
    yield site
    site.stop()


@pytest.fixture(scope="module")
def service(shop, library):
    """A backend, and a shop that knows it and says where its products are."""
    backend = Backend(currency="EUR")
    backend.webhook_wait = 0.05
    data = Shopdata(shop.path)
    for name, value in {"taler_backend_url": backend.url, "taler_access_token": backend.token, "taler_webhook_secret": SECRET}.items():
        data.run("INSERT OR REPLACE INTO config_plugins (plugin, name, value) VALUES ('local_shop', ?, ?)", name, value)
    tell(data, "ebook", library.url + "/ebook", "Bonne lecture !")
    tell(data, "livre", library.url + "/livre?order=${ORDER_ID}")
    yield backend
    backend.stop()


@pytest.fixture
def taler(service):
    """The backend, well-behaved and without orders."""
    service.fault = service.alter = None
    service.fault_on, service.webhooks_on, service.clock.offset = "", True, 0
    service.instances["default"].webhooks.clear()
    service.orders.clear()
    service.asked.clear()
    service.deliveries.clear()
    yield service
    service.fault = service.alter = None


@pytest.fixture
def wallet():
    return Wallet("EUR:1000")


def tell(db, shortname, url, message=""):
    """What the seller says of a product."""
    item = db.value("SELECT id FROM local_shop_catalogitem WHERE shortname = ?", shortname)
    db.run("INSERT OR REPLACE INTO local_shopengine_item (catalogitemid, fulfillmenturl, fulfillmentmessage) VALUES (?, ?, ?)", item, url, message)


def read_qr(page):
    """What a camera would read from the page."""
    image = Image.open(io.BytesIO(page.page.locator("svg.shopengine-qr").screenshot()))
    found = zxingcpp.read_barcodes(image.convert("L"))
    assert len(found) == 1, f"{len(found)} codes on {page.url}"
    return found[0].text


def to_the_wallet(page):
    """The payment link of the page; link and QR code are the same."""
    link = page.page.locator('a[href^="taler"]').get_attribute("href")
    assert read_qr(page) == link
    return link


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.05)


def arrives(page, url):
    """The browser goes there by itself."""
    page.page.wait_for_url(url, timeout=30000)


def at_the_till(driver, products="ebook=1", **customer):
    """A guest with an order, at the page that shows the payment link; gives the order's number."""
    number = buy(driver, products, "taler", **customer)
    assert driver.page.locator('a[href^="taler"]').count() == 1, driver.text[:600]
    return number


def reference(taler, number):
    """The id of the order's last try at the backend."""
    return [id for id in taler.orders if id.startswith(number.rstrip("="))][-1]


def settlements(db, number):
    return db.value("SELECT COUNT(*) FROM local_shopengine_settlement s JOIN local_shopengine_order o ON o.billid = s.billid"
                    " WHERE o.transactionid = ?", number)


def hook(taler, shop, event="pay"):
    """Webhooks as a seller sets them up."""
    taler.instances["default"].webhooks[event] = {
        "webhook_id": event, "event_type": event, "url": shop.root + WEBHOOK, "http_method": "POST",
        "header_template": f"X-Shopengine-Secret: {SECRET}", "body_template": '{"order_id":"{{order_id}}"}'}

def link_of(client):
    return re.search(r'href="(taler[^"]+)"', client.html)[1].replace("&amp;", "&")


@contextlib.contextmanager
def fulfilled(db, shortname, url, message):
    """A product that gives its buyers something else for a while."""
    item = db.value("SELECT id FROM local_shop_catalogitem WHERE shortname = ?", shortname)
    before = db.rows("SELECT fulfillmenturl, fulfillmentmessage FROM local_shopengine_item WHERE catalogitemid = ?", item)
    tell(db, shortname, url, message)
    try:
        yield
    finally:
        db.run("DELETE FROM local_shopengine_item WHERE catalogitemid = ?", item)
        for row in before:
            tell(db, shortname, *row.values())
