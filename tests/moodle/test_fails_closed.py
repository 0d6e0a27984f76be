"""When a part of it fails, the shop sells nothing: without the extension in the web server, when the engine throws, when a gateway cannot be
trusted. And what a site may be configured to is kept to."""

import contextlib
import pathlib
import ssl
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from probe import guest_orders, move, settled
from shoppers import Shopper, at_order, settings, switch
from scenarios import *

PEERS = pathlib.Path(__file__).resolve().parents[1] / "peers"
sys.path[:0] = [str(PEERS), str(PEERS / "paypal")]

from paypal_peer import PayPal  # noqa: E402

IPN_SCRIPT = "/local/shop/paymodes/paypal/paypal_ipn.php"
AWAY = "The shop cannot take orders at the moment"
MOVED = ("local_shop_bill", "local_shop_billitem", "local_shop_customer", "local_shop_product", "local_shopengine_order", "user_enrolments")


@pytest.fixture(scope="module", autouse=True)
def taken_over(site):
    switch(site, "on")
    yield
    switch(site)


def sizes(rows):
    return {table: rows.count(table, "1 = 1") for table in MOVED}


@contextlib.contextmanager
def broken(site, path, old, new):
    """A file of the site's copy with a mistake in it."""
    file = site.folder / path
    own = file.read_text()
    assert own.count(old) == 1, path
    # PHP looks at a file again after two seconds.
    file.write_text(own.replace(old, new))
    time.sleep(2.5)
    try:
        yield
    finally:
        file.write_text(own)
        time.sleep(2.5)


@pytest.fixture
def bare(site):
    """The web server's PHP lacks the extension; the command line has it."""
    for node in ("a", "b"):
        site.web.kill_node(node)
        site.web.start_node(node, without=("extension",))
    yield
    for node in ("a", "b"):
        site.web.kill_node(node)
        site.web.start_node(node)


@pytest.mark.logs("ShopEngine")
def test_without_the_extension_nothing_is_sold_and_the_check_asks_the_web_server(site, shopper, rows, bare):
    before = sizes(rows)
    shop = site.facts["shop"]
    guest = shopper()
    for page in (f"{VIEW}?shopid={shop}&what=import&monproduit=1", f"{VIEW}?view=shop&shopid={shop}", f"{VIEW}?view=order&what=navigate&shopid={shop}",
                 f"/local/shop/front/ajax/service.php?service=shop&what=addunit&productname=livre&id={shop}", IPN_SCRIPT):
        guest.ask("GET", page)
        assert guest.status == 503 and AWAY in guest.text, (page, guest.status, guest.text[:300])
    seller = shopper().log_in("admin", "Admin!23")
    for page in ("/local/shop/bills/view.php?view=viewAllBills", "/local/shopengine/home.php", "/local/shopengine/orders.php", "/local/shopengine/partners.php", "/local/shopengine/products.php"):
        seller.ask("GET", page)
        assert seller.status == 503 and AWAY in seller.text and "do not pay again" not in seller.text, (page, seller.status, seller.text[:300])
    assert sizes(rows) == before
    report = site.php("local/shopengine/cli/check.php", check=False)
    assert "wrong  The web server does not have this extension loaded" in report, report


@pytest.mark.logs("nopermissions")
def test_the_check_finds_the_extension_in_the_web_server_and_its_page_answers_nobody_else(site, shopper, rows):
    report = site.php("local/shopengine/cli/check.php", check=False)
    assert "ok     The web server has the same version of the extension loaded" in report, report
    guest = shopper()
    for key in ("", "?key=", "?key=0"):
        guest.ask("GET", f"/local/shopengine/extension.php{key}")
        assert guest.status >= 400 and "0.1" not in guest.text, guest.text[:200]
    assert rows.count("config_plugins", "plugin = 'local_shopengine' AND name = 'extensionkey'") == 0


THROWS = "throw new \\RuntimeException('out of order');"


@pytest.mark.logs("out of order")
@pytest.mark.complains("out of order")
@pytest.mark.parametrize("path, old, new", [
    ("classes/moodle_host.php", "        takeover::keep_edition();\n        return new \\ShopEngine\\Engine(", f"        {THROWS}\n        return new \\ShopEngine\\Engine("),
    ("classes/gate.php", "        return \\ShopEngine\\Gate::decide(", f"        {THROWS}\n        return \\ShopEngine\\Gate::decide("),
], ids=["engine", "gate"])
def test_what_throws_lets_nobody_past(site, shopper, rows, path, old, new):
    guest = at_order(shopper(), "REF-LIVRE=1")
    form = guest.hidden(ORDER) | {"paymode": "check", "go": "1"}
    seller = shopper().log_in("admin", "Admin!23")
    _, number = guest_orders(shopper, "livre=1", "check", "ordre@example.net")
    bill = rows.bill(number)
    key = seller.open("/local/shop/bills/view.php?view=viewAllBills").html.split('"sesskey":"')[1].split('"')[0]
    before = sizes(rows)
    with broken(site, f"local/shopengine/{path}", old, new):
        guest.visit("POST", VIEW, form)
        assert guest.status >= 500, (guest.status, guest.text[:300])
        for what in ("recalculate", "deletebill", "flowchange&status=COMPLETE"):
            seller.ask("GET", f"/local/shop/bills/view.php?view=viewBill&billid={bill['id']}&what={what}&sesskey={key}")
            assert seller.status >= 500, (what, seller.status, seller.text[:300])
    assert sizes(rows) == before and rows.bill(number)["status"] == bill["status"]


def test_a_buyer_without_the_permission_is_offered_only_what_pays_at_once(site, shopper, rows):
    settings(site, "local_shop", testoverride="0")
    try:
        guest = at_order(shopper(), "REF-LIVRE=1")
        assert 'value="check"' not in guest.html, "the cheque is offered"
        before = rows.count("local_shop_bill", "1 = 1")
        guest.visit("POST", VIEW, guest.hidden(ORDER) | {"paymode": "check", "go": "1"})
        assert rows.count("local_shop_bill", "1 = 1") == before, guest.text[:300]
        settings(site, "local_shop", testoverride="1")
        guest = at_order(shopper(), "REF-LIVRE=1")
        assert 'value="check"' in guest.html
    finally:
        settings(site, "local_shop", testoverride="1")


class Impostor:
    """Somebody in PayPal's place: vouches for everything, with a certificate of their own, or sends the asker elsewhere."""

    def __init__(self, folder=None, elsewhere=None):
        self.asked = 0
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                peer.asked += 1
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(307 if elsewhere else 200)
                if elsewhere:
                    self.send_header("Location", elsewhere)
                self.end_headers()
                self.wfile.write(b"" if elsewhere else b"VERIFIED")

            def do_GET(self):
                peer.asked += 1
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"VERIFIED")

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        scheme = "http"
        if folder:
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
                            "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key", "-out", folder / "cert"], check=True, capture_output=True)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(folder / "cert", folder / "key")
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            scheme = "https"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"{scheme}://127.0.0.1:{self.server.server_address[1]}/verify"


@pytest.mark.parametrize("how", ["certificate of its own", "redirect"])
def test_nobody_is_believed_in_the_place_of_a_gateway(site, shopper, rows, tmp_path, how):
    settings(site, "core", curlsecurityblockedhosts="", curlsecurityallowedport="")
    peer, believed = PayPal(), Impostor()
    impostor = Impostor(folder=tmp_path) if how == "certificate of its own" else Impostor(elsewhere=believed.url)
    settings(site, "local_shop", paypalsellername="seller@shop.example", paypalsellertestname="seller-test@shop.example",
             paypal_service_url=peer.service_url, paypal_verify_url=impostor.url)
    try:
        guest = shopper()
        follow_link(guest, "livre=1", shop=f"shopid={site.facts['shop']}")
        tell_customer(guest, email=f"{len(how)}@example.net")
        place(guest, "paypal")
        number, form = transid(guest), guest.hidden({"cmd": "_cart"})
        body = peer.message(form | {"mc_gross": peer.total(form)})
        assert peer.deliver(site.root + IPN_SCRIPT, body) == 503
        assert rows.bill(number)["status"] == "PLACED"
        # Whoever followed the redirect would have been vouched to.
        assert believed.asked == 0
        # The same message counts once PayPal itself is asked.
        settings(site, "local_shop", paypal_verify_url=peer.verify_url)
        assert impostor.asked == (1 if how == "redirect" else 0)
        time.sleep(61)
        site.cron("inbox", "outbox")
        assert rows.bill(number)["status"] == "COMPLETE"
    finally:
        impostor.server.shutdown()
        believed.server.shutdown()
        peer.stop()


SETTINGS_PAGE = "/admin/settings.php?section=local_shopengine_paypal"


def test_a_secret_of_several_lines_is_never_shown_and_survives_an_empty_form(site, shopper, rows):
    secret = "-----BEGIN PRIVATE KEY-----\nMIISECRETSECRET\n-----END PRIVATE KEY-----"
    site.sql("DELETE FROM {config_plugins} WHERE plugin = 'local_shop' AND name = 'paypal_ewp_private_key'")
    site.sql("INSERT INTO {config_plugins} (plugin, name, value) VALUES ('local_shop', 'paypal_ewp_private_key', ?)", secret)
    site.php("admin/cli/purge_caches.php")
    try:
        admin = shopper().log_in("admin", "Admin!23")
        admin.open(SETTINGS_PAGE)
        assert "s_local_shop_paypal_ewp_private_key" in admin.html and "MIISECRET" not in admin.html
        form = {"section": "local_shopengine_paypal", "action": "save-settings", "sesskey": admin.html.split('"sesskey":"')[1].split('"')[0],
                "return": "", "s_local_shop_paypal_ewp_private_key": ""}
        admin.visit("POST", SETTINGS_PAGE, form)
        assert "MIISECRET" not in admin.html
        kept = rows.one("SELECT value FROM {config_plugins} WHERE plugin = 'local_shop' AND name = 'paypal_ewp_private_key'")["value"]
        assert kept.replace("\r\n", "\n") == secret
    finally:
        site.sql("DELETE FROM {config_plugins} WHERE plugin = 'local_shop' AND name = 'paypal_ewp_private_key'")
        site.php("admin/cli/purge_caches.php")


def test_each_event_of_an_order_is_logged_once(site, shopper, rows, seller):
    _, number = guest_orders(shopper, "formation=1", "check", "journal@example.net")
    site.cron()
    move(seller, number, "SOLDOUT")
    assert settled(rows, number, "COMPLETE") == "COMPLETE"
    for _ in range(3):
        site.cron()
    bill = rows.bill(number)["id"]
    for event in ("order_paid", "order_delivered"):
        name = f"\\local_shopengine\\event\\{event}"
        assert rows.count("logstore_standard_log", "eventname = ? AND objectid = ?", name, bill) == 1, event


def test_findings_about_hostile_products_are_text_on_the_sellers_pages(site, shopper, rows):
    mark = "<img src=x onerror=alert(41)>"
    item = rows.one("SELECT id, code, enablehandler FROM {local_shop_catalogitem} WHERE shortname = 'livre' AND catalogid ="
                    " (SELECT catalogid FROM {local_shop} WHERE id = ?)", site.facts["shop"])
    site.sql("UPDATE {local_shop_catalogitem} SET code = ?, enablehandler = ? WHERE id = ?", mark, mark, item["id"])
    try:
        seller = shopper().log_in("admin", "Admin!23")
        for page in ("/local/shopengine/takeovers.php", "/report/status/index.php", "/local/shopengine/products.php"):
            seller.open(page)
            assert seller.status == 200 and mark not in seller.html, page
        seller.open("/local/shopengine/takeovers.php")
        assert mark in seller.text, "the page tells of it as text"
    finally:
        site.sql("UPDATE {local_shop_catalogitem} SET code = ?, enablehandler = ? WHERE id = ?", item["code"], item["enablehandler"], item["id"])
