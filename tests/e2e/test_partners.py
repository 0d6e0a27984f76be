"""A partner's page on another origin sends buyers: with and without HTTPS, with the right page and a wrong one, signed and not."""

import contextlib
import http.client
import http.server
import json
import ssl
import subprocess
import threading
import time

import pytest

from server import EXTENSION

MARIE = "marie_curie@example.org"

# What the shop has on record of her, and shows to her alone.
SECRETS = ("Marie", "Curie", "Institut du Radium", "36 quai de Béthune", "75004", MARIE)


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


def log_in(page, root, email):
    page.goto(f"{root}/login/index.php")
    page.fill("[name=username]", email)
    page.fill("[name=password]", "demo")
    page.click("main button")


def last(db):
    return db.one("SELECT state, note, tag FROM local_shopengine_ledger ORDER BY id DESC LIMIT 1")


def test_b27_a_buyer_whom_the_partner_vouches_for_is_at_the_summary_and_pays(buyer, partner, secure, db):
    page = buyer()
    assert follow(page, partner, link(secure, "e1")) == "order"
    assert last(db) == {"state": "authenticated", "note": "", "tag": "e1"}
    # He is not logged in to the site.
    page.goto(f"{secure}/local/shop/bills/view.php")
    assert page.locator("text=/not|log in/i").count()
    # Somebody else with the same link.
    assert follow(buyer(), partner, link(secure, "e1")) == "customer"
    assert last(db)["note"] == "tag_used"


def sign(address, secret, expires=None):
    """The link signed by PHP, as a partner would."""
    code = "echo ShopEngine\\ImportLink::sign($argv[1], $argv[2], isset($argv[3]) ? (int) $argv[3] : null);"
    arguments = [address, secret] + ([] if expires is None else [str(int(expires))])
    return subprocess.run(["php", "-d", f"extension={EXTENSION}", "-r", code, "--", *arguments],
                          check=True, capture_output=True, text=True).stdout


def stored(db):
    return db.rows("SELECT * FROM local_shop_customer WHERE id = 2 OR hasaccount = 4")


def assert_masked(page):
    told = page.inner_text("main") + str(page.eval_on_selector_all("main input, main textarea, main option[selected]",
                                                                   "all => all.map(one => one.value)"))
    for secret in SECRETS:
        assert secret not in told, f"{page.url} tells {secret}: {told}"
    return told


def test_a_buyer_by_an_unsigned_link_reads_initials_and_town_and_the_order_has_it_all(buyer, partner, secure, db):
    before = stored(db)
    page = buyer()
    assert follow(page, partner, link(secure, "m1")) == "order"
    told = assert_masked(page)
    assert "M. C." in told and "Paris" in told and "Log in to see" in told
    page.goto(f"{secure}/local/shop/front/view.php?view=customer&shopid=1")
    assert_masked(page)
    assert page.input_value("[name='customerinfo::firstname']") == "M." and page.input_value("[name='customerinfo::city']") == "Paris"
    # He changes one field, and leaves the masks where they are.
    page.fill("[name='customerinfo::city']", "Sceaux")
    page.click("[name=go]")
    page.wait_for_url("**view=order**")
    assert "Sceaux" in assert_masked(page)
    page.check("[value=test]")
    page.click("[name=go]")
    page.wait_for_url("**view=payment**")
    assert_masked(page)
    page.locator("form:has([name=pay]):not(:has([name=delayed])) button").first.click()
    page.wait_for_url("**view=produce**")
    assert_masked(page)
    order = db.one("SELECT transactionid, customer, userid FROM local_shopengine_order ORDER BY id DESC LIMIT 1")
    assert json.loads(order["customer"]) == {
        "firstname": "Marie", "lastname": "Curie", "organisation": "Institut du Radium", "address": "36 quai de Béthune",
        "zip": "75004", "city": "Sceaux", "country": "FR", "email": MARIE}
    assert order["userid"] == 4 and stored(db) == before
    for address in ("view.php?view=invoice&shopid=1&", "bill.popup.php?", "order.popup.php?"):
        page.goto(f"{secure}/local/shop/front/{address}transid={order['transactionid']}")
        assert_masked(page)
    # The owner logs in and reads the whole.
    owner = buyer()
    log_in(owner, secure, MARIE)
    owner.goto(f"{secure}/local/shop/front/view.php?view=invoice&shopid=1&transid={order['transactionid']}")
    assert "36 quai de Béthune" in owner.inner_text("main")


def test_a_forged_referer_neither_changes_the_account_nor_redirects_its_emails(buyer, partner, secure, shop, db):
    before = stored(db)
    attacker = buyer()
    attacker.goto(link(secure, "forged"), referer=f"http://127.0.0.1:{partner.server_port}/")
    assert "view=order" in attacker.url, attacker.url
    attacker.goto(f"{secure}/local/shop/front/view.php?view=customer&shopid=1")
    for name, value in {"firstname": "Mallory", "address": "1 rue du Vol", "email": "mallory@evil.example"}.items():
        attacker.fill(f"[name='customerinfo::{name}']", value)
    attacker.click("[name=go]")
    attacker.wait_for_url("**view=order**")
    assert "go to the account" in attacker.inner_text("main") and "mallory@evil.example" not in attacker.inner_text("main")
    attacker.check("[value=test]")
    attacker.click("[name=go]")
    attacker.wait_for_url("**view=payment**")
    assert stored(db) == before
    transid = db.value("SELECT transactionid FROM local_shopengine_order ORDER BY id DESC LIMIT 1")
    # The real owner finds the order in the account, and pays it.
    owner = buyer()
    log_in(owner, secure, MARIE)
    owner.goto(f"{secure}/local/shop/front/view.php?view=payment&shopid=1&transid={transid}")
    owner.locator("form:has([name=pay]):not(:has([name=delayed])) button").first.click()
    owner.wait_for_url("**view=produce**")
    mails = (shop.folder / "mail.log").read_text()
    assert MARIE in mails[mails.rindex("To: "):] and "mallory@evil.example" not in mails
    assert stored(db) == before


def test_a_partner_who_must_sign_authenticates_by_his_signature_alone(buyer, partner, secure, db):
    address = link(secure, "c1", key="CONFIANCE")
    page = buyer()
    assert follow(page, partner, address) == "customer"
    assert last(db)["note"].startswith("signature_missing")
    # No page to come from is on record of him, and none is needed: the tag is still his.
    partner.policy = "no-referrer"
    page = buyer()
    assert follow(page, partner, sign(address, "confiance-secret")) == "order"
    assert last(db) == {"state": "authenticated", "note": "", "tag": "c1"}
    assert "Marie Curie" in page.inner_text("main") and "36 quai de Béthune" in page.inner_text("main")


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
        for tag, expires, step in [("e8", time.time() + 600, "order"), ("e9", time.time() - 1, "customer")]:
            assert follow(buyer(), partner, sign(link(secure, tag), "demo-secret", expires)) == step
        assert last(db)["note"] == "link_expired"
    finally:
        db.run("UPDATE local_shopengine_partner SET signature = 0 WHERE partnerid = 1")


def test_the_same_buyer_logged_in_is_himself(buyer, partner, secure, db):
    page = buyer()
    log_in(page, secure, "jean.dupont@example.org")
    assert follow(page, partner, link(secure, "e10")) == "order"
    assert "Dupont" in page.inner_text("main") and "Curie" not in page.inner_text("main")
    assert "already_logged_in" in last(db)["note"]
