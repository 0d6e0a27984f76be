"""A partner's page on another origin sends buyers: with and without HTTPS, with the right page and a wrong one, signed and not."""

import contextlib
import http.client
import http.server
import ssl
import subprocess
import threading
import time

import pytest

from server import EXTENSION

MARIE = "marie_curie@example.org"


class Page(http.server.BaseHTTPRequestHandler):
    """The partner's page: one link, whatever `link` of the server says."""

    def do_GET(self):
        body = f'<!doctype html><html lang="en"><title>Offer</title><a href="{self.server.link}">Buy</a></html>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Referrer-Policy", self.server.policy)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Proxy(http.server.BaseHTTPRequestHandler):
    """Ends TLS before the shop, as a site's own proxy does."""

    def do_GET(self):
        self.forward(b"")

    def do_POST(self):
        self.forward(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def forward(self, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=20)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("connection", "accept-encoding")}
        connection.request(self.command, self.path, body, headers | {"X-Forwarded-Proto": "https", "Connection": "close"})
        answer = connection.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serving(address, handler, **attributes):
    server = http.server.ThreadingHTTPServer(address, handler)
    for name, value in attributes.items():
        setattr(server, name, value)
    context = attributes.get("tls")
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def secure(shop, tmp_path_factory):
    """The shop behind TLS at https://localhost with the shop's own port, on another address of this machine."""
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serving(("127.0.0.2", shop.port), Proxy, tls=context):
        yield f"https://localhost:{shop.port}"


@pytest.fixture(scope="module")
def partner():
    with serving(("127.0.0.1", 0), Page, link="", policy="strict-origin-when-cross-origin") as server:
        yield server


@pytest.fixture
def buyer(chromium, db, partner, secure):
    """Makes browsers that know where `localhost` is."""
    db.run("UPDATE config_plugins SET value = '1' WHERE plugin = 'core' AND name = 'sslproxy'")
    db.run("UPDATE local_shop_partner SET referer = ? WHERE partnerkey = 'ACADEMIE'", f"http://127.0.0.1:{partner.server_port}/")
    partner.policy = "strict-origin-when-cross-origin"
    browser = chromium.browser_type.launch(executable_path="/usr/bin/chromium", args=[
        "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--host-resolver-rules=MAP localhost 127.0.0.2"])
    yield lambda: browser.new_context(ignore_https_errors=True, locale="en-GB").new_page()
    browser.close()


def link(root, tag, email=MARIE, key="ACADEMIE"):
    return f"{root}/local/shop/front/view.php?shopid=1&what=import&monproduit=1&autodrive=1&partner={key}_{tag}_{email}"


def follow(page, partner, address):
    """From the partner's page to where his link leads: the step."""
    partner.link = address.replace("&", "&amp;")
    page.goto(f"http://127.0.0.1:{partner.server_port}/")
    page.click("text=Buy")
    page.wait_for_url("**/local/shop/front/view.php?view=**")
    return page.url.split("view=")[1].split("&")[0]


def last(db):
    return db.one("SELECT state, note, tag FROM local_shopengine_ledger ORDER BY id DESC LIMIT 1")


def test_b27_a_buyer_whom_the_partner_vouches_for_is_at_the_summary_and_pays(buyer, partner, secure, db):
    page = buyer()
    assert follow(page, partner, link(secure, "e1")) == "order"
    assert last(db) == {"state": "authenticated", "note": "", "tag": "e1"}
    assert "Curie" in page.inner_text("main") and MARIE in page.inner_text("main")
    # He is not logged in to the site.
    page.goto(f"{secure}/local/shop/bills/view.php")
    assert page.locator("text=/not|log in/i").count()
    # Somebody else with the same link.
    assert follow(buyer(), partner, link(secure, "e1")) == "customer"
    assert last(db)["note"] == "tag_used"


def test_without_https_nobody_is_authenticated(buyer, partner, shop, db):
    assert follow(buyer(), partner, link(shop.root, "e2")) == "customer"
    assert last(db) == {"state": "identified", "note": "not_https", "tag": "e2"}


def test_a_page_that_hides_where_it_is_authenticates_nobody(buyer, partner, secure, db):
    partner.policy = "no-referrer"
    page = buyer()
    assert follow(page, partner, link(secure, "e3")) == "customer"
    assert last(db) == {"state": "identified", "note": "referer_missing", "tag": "e3"}
    # The e-mail came whole, underscore and all.
    assert page.input_value("[name='customerinfo::email']") == MARIE


def test_another_page_with_the_partners_link_authenticates_nobody(buyer, partner, secure, db):
    with serving(("127.0.0.1", 0), Page, link="", policy="unsafe-url") as stranger:
        assert follow(buyer(), stranger, link(secure, "e4")) == "customer"
    assert last(db) == {"state": "identified", "note": "referer_other", "tag": "e4"}


@pytest.mark.parametrize("email", ["admin@example.org", "nobody@example.org"])
def test_an_administrator_is_asked_to_log_in_like_everybody_else(email, buyer, partner, secure, db):
    page = buyer()
    assert follow(page, partner, link(secure, f"e5{email[0]}", email)) == "customer"
    assert last(db)["state"] in ("identified", "named")
    assert page.input_value("[name='customerinfo::lastname']") == ""


@pytest.mark.parametrize("key", ["NOBODY", "SUSPENDU"])
def test_a_key_that_does_not_count_sells_all_the_same(key, buyer, partner, secure, db):
    page = buyer()
    assert follow(page, partner, link(secure, "e6", key=key)) == "customer"
    assert last(db)["state"] == "refused"
    assert page.input_value("[name='customerinfo::email']") == ""


def test_a_link_signed_in_php_is_believed_until_it_ends(buyer, partner, secure, db):
    db.run("UPDATE local_shopengine_partner SET signature = 1 WHERE partnerid = 1")
    try:
        assert follow(buyer(), partner, link(secure, "e7")) == "customer"
        assert last(db)["note"] == "signature_missing"
        sign = "echo ShopEngine\\ImportLink::sign($argv[1], 'demo-secret', (int) $argv[2]);"
        for tag, expires, step in [("e8", time.time() + 600, "order"), ("e9", time.time() - 1, "customer")]:
            signed = subprocess.run(["php", "-d", f"extension={EXTENSION}", "-r", sign, "--", link(secure, tag), str(int(expires))],
                                    check=True, capture_output=True, text=True).stdout
            assert follow(buyer(), partner, signed) == step
        assert last(db)["note"] == "link_expired"
    finally:
        db.run("UPDATE local_shopengine_partner SET signature = 0 WHERE partnerid = 1")


def test_the_same_buyer_logged_in_is_himself(buyer, partner, secure, db):
    page = buyer()
    page.goto(f"{secure}/login/index.php")
    page.fill("[name=username]", "jean.dupont@example.org")
    page.fill("[name=password]", "demo")
    page.click("main button")
    assert follow(page, partner, link(secure, "e10")) == "order"
    assert "Dupont" in page.inner_text("main") and "Curie" not in page.inner_text("main")
    assert "already_logged_in" in last(db)["note"]
