"""What bad input gets: a page with a sentence in the buyer's language, the right status, one trace line, no change."""

import contextlib
import shutil
import sqlite3

import pytest

from drivers import Client
from scenarios import *
from server import Shopdata, Storefront, Trace

LONG = "x" * 9000
BODY = b"view=shop&what=addunit&productname=" + b"x" * 70000

# method, path, body, status. {cart} is the visitor's own transaction id, {foreign} a placed order of somebody else.
BAD = {
    "unknown shop": ("GET", f"{VIEW}?view=shop&shopid=99", b"", 404),
    "unknown shop of an import": ("GET", f"{VIEW}?id=99&what=import&monproduit=1", b"", 404),
    "shop id is a word": ("GET", f"{VIEW}?view=shop&shopid=abc", b"", 404),
    "shop id is negative": ("GET", f"{VIEW}?view=shop&shopid=-1", b"", 404),
    "shop id is huge": ("GET", f"{VIEW}?view=shop&shopid=99999999999999999999", b"", 404),
    "shop id of an import is a word": ("GET", f"{VIEW}?id=abc&what=import&monproduit=1", b"", 400),
    "import without a shop": ("GET", f"{VIEW}?what=import&monproduit=1", b"", 400),
    "import of too many products": ("GET", f"{VIEW}?id=1&what=import" + "".join(f"&p{i}=1" for i in range(300)), b"", 422),
    "sql in the shop id": ("GET", f"{VIEW}?view=shop&shopid=1%27%20OR%201=1--", b"", 404),
    "oversized query": ("GET", f"{VIEW}?view=shop&x={LONG}", b"", 414),
    "oversized import": ("GET", f"{VIEW}?id=1&what=import&monproduit=1&x={LONG}", b"", 414),
    "oversized body": ("POST", VIEW, BODY, 413),
    "oversized message": ("POST", IPN, BODY, 413),
    "unknown view": ("GET", f"{VIEW}?view=nonsense", b"", 404),
    "view is a path": ("GET", f"{VIEW}?view=../../../../etc/passwd", b"", 404),
    "view is broken UTF-8": ("GET", f"{VIEW}?view=%ff%fe", b"", 404),
    "view has a NUL": ("GET", f"{VIEW}?view=shop%00.php", b"", 404),
    "view has a line break": ("GET", f"{VIEW}?view=shop%0d%0aSet-Cookie:%20a=b", b"", 404),
    **{f"unknown command of {view}": ("GET", f"{VIEW}?view={view}&what=nonsense", b"", 400)
       for view in ("shop", "purchaserequ", "users", "customer", "order")},
    "unknown command of a seller": ("GET", f"{BILLS}?what=nonsense", b"", 403),
    "unknown order": ("GET", f"{VIEW}?view=bill&transid=AAAAAAAAAAAAAAAAAA%3D%3D", b"", 404),
    "order number is a pattern": ("GET", f"{VIEW}?view=bill&transid=.*", b"", 404),
    "order number has a NUL": ("GET", f"{VIEW}?view=bill&transid=A%00B", b"", 404),
    "order number has a line break": ("GET", f"{VIEW}?view=produce&transid=A%0d%0aB", b"", 404),
    "order number is endless": ("GET", f"{VIEW}?view=payment&transid={'A' * 4000}", b"", 404),
    "order number is an array": ("GET", f"{VIEW}?view=bill&transid[]=1", b"", 404),
    "order number is sql": ("GET", f"{VIEW}?view=bill&transid=%27%20OR%20%271%27=%271", b"", 404),
    "foreign order, bill": ("GET", f"{VIEW}?view=bill&transid={{foreign}}", b"", 404),
    "foreign order, pay": ("GET", f"{VIEW}?view=payment&transid={{foreign}}&what=navigate&pay=1", b"", 404),
    "payment interface unknown": ("GET", "/local/shop/paymodes/nonsense/process.php?transid={foreign}", b"", 404),
    "payment script unknown": ("GET", "/local/shop/paymodes/test/nonsense.php?transid={foreign}", b"", 404),
    "payment script is a path": ("GET", "/local/shop/paymodes/test/..%2f..%2fview.php", b"", 404),
    "message without an order": ("POST", IPN, b"nothing=1", 400),
    "message of an unknown order": ("POST", IPN, b"transid=AAAAAAAAAAAAAAAAAA%3D%3D", 404),
    "message with a broken revision": ("POST", IPN, b"transid={foreign}&revision=abc", 400),
    "message in broken UTF-8": ("POST", IPN, b"transid=%ff%fe", 400),
    "message with a NUL": ("POST", IPN, b"transid={foreign}%00", 400),
    **{f"method {method}": (method, f"{VIEW}?view=shop", b"", 405) for method in ("PUT", "DELETE", "PATCH", "OPTIONS")},
    "method PUT of a message": ("PUT", IPN, b"transid={foreign}", 405),
    "seller's page": ("GET", BILLS, b"", 403),
    "seller's move": ("POST", BILLS, b"what=flowchange&transid={foreign}&status=SOLDOUT", 403),
    "trace": ("GET", f"{SCAN}?transid=.*", b"", 403),
    "log-out without a key": ("POST", "/login/logout.php", b"sesskey=nonsense", 403),
    "page that is none": ("GET", "/local/shop/front/nonsense.php", b"", 404),
    "page outside of the shop": ("GET", "/etc/passwd", b"", 404),
    "path upwards": ("GET", "/local/shop/front/..%2f..%2f..%2fstorefront/demo.sql", b"", 404),
}

# Not the engine's pages: the host of the engine answers, and keeps no trace.
UNTRACED = {"log-out without a key", "page that is none", "page outside of the shop", "path upwards"}

# The payment interfaces' scripts answer a machine with a code.
SPOKEN = ("/local/shop/paymodes/",)

COMMANDS = {
    "shop": ("addunit", "setunits", "deleteunit", "checkpasscode", "clearall", "navigate"),
    "purchaserequ": ("collect", "navigate"),
    "users": ("addparticipant", "deleteparticipant", "addassign", "deleteassign", "navigate"),
    "customer": ("navigate",),
    "order": ("navigate",),
    "payment": ("navigate",),
}


@pytest.fixture(scope="module")
def foreign(shop):
    """An order of somebody else, waiting for its payment."""
    return buy(Client(shop.root), "monproduit=1")


@pytest.fixture
def buyer(client):
    """A visitor with something to lose: a cart and his data."""
    follow_link(client, "monproduit=2&attestation=1", autodrive=False)
    return client


def cart(client):
    return client.open(f"{VIEW}?view=shop").document.text.split("Total before tax")[1]


def assert_refused(answer, status, lang="en"):
    assert answer.status == status, answer.text[:500]
    if any(part in answer.url for part in SPOKEN):
        assert re.fullmatch(r"[a-z0-9_]+", answer.html)
        return
    assert answer.answer["content-type"] == "text/html; charset=utf-8"
    document = answer.document
    assert document.lang == lang
    sentence = re.search(r'role="alert">\s*<p>(.*?)</p>', answer.html, re.S)[1].strip()
    assert len(sentence) > 20 and sentence.endswith("."), sentence
    assert not re.search(r"\$a|unknown_code|\b[a-z]+_[a-z]+\b|panic|\.rs:|\.php:", sentence), sentence
    assert any("/local/shop/front/view.php" in link or "/login/" in link for link in document.links)


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gets_a_page_and_changes_nothing(name, buyer, foreign, db, trace):
    method, path, body, status = BAD[name]
    number = urllib.parse.quote(foreign)
    path, body = path.replace("{foreign}", number), body.replace(b"{foreign}", number.encode())
    before, lines, content = db.snapshot(), trace.lines(), cart(buyer)
    buyer.ask(method, path, body, {"Content-Type": "application/x-www-form-urlencoded"})
    assert_refused(buyer, status)
    assert "set-cookie" not in buyer.answer
    if status == 405 and not path.startswith(SPOKEN):
        assert buyer.answer["allow"] == "GET, HEAD, POST"
    added = trace.lines()[len(lines):]
    assert len(added) == (0 if name in UNTRACED else 1), added
    changed = {table for table, digest in db.snapshot().items() if digest != before[table]}
    # What a payment interface sent is kept, whatever it is.
    assert changed <= ({"local_shopengine_inbox"} if path.startswith(SPOKEN) else set())
    assert cart(buyer) == content


@pytest.mark.parametrize("name", ["unknown shop", "import without a shop", "oversized query", "oversized body", "unknown view",
                                  "method PUT", "unknown order", "trace", "page outside of the shop"])
def test_bad_input_is_told_in_french(name, visitor):
    method, path, body, status = BAD[name]
    client = visitor("fr").ask(method, path, body)
    assert_refused(client, status, "fr")
    assert client.document.heading.strip() == "Cela n’a pas fonctionné"


@pytest.mark.parametrize("key", [None, "", "nonsense", "0" * 32, "array"])
@pytest.mark.parametrize(("view", "what"), [(view, what) for view, commands in COMMANDS.items() for what in commands])
def test_a24_commands_need_the_key_of_the_session(view, what, key, client, db, trace):
    number = buy(client, "monproduit=1")
    fields = {"view": view, "what": what, "shopid": "1", "productname": "monproduit", "quant": "9", "clearall": "1", "go": "1",
              "transid": number, "pay": "1", "participantid": "a@b.org", "paymode": "check"}
    if key == "array":
        fields["sesskey[]"] = client.sesskey
    elif key is not None:
        fields["sesskey"] = key
    before, lines = db.snapshot(), trace.lines()
    client.ask("POST", VIEW, fields)
    assert_refused(client, 403)
    assert len(trace.lines()) == len(lines) + 1
    assert db.snapshot() == before
    assert "1 × MonProduit" in client.open(f"{VIEW}?view=shop").text


def test_a24_the_key_of_another_session_is_no_key(visitor, db):
    one, other = visitor(), visitor()
    number = buy(one)
    buy(other)
    key = other.sesskey
    assert key != one.sesskey
    before = db.snapshot()
    one.ask("POST", VIEW, {"view": "payment", "what": "navigate", "transid": number, "pay": "1", "sesskey": key})
    assert_refused(one, 403)
    assert db.snapshot() == before


def test_a24_a_seller_moves_nothing_without_the_key(visitor, db):
    seller, buyer = visitor(), visitor()
    number = buy(buyer)
    log_in(seller, ADMIN)
    before = db.snapshot()
    seller.ask("POST", BILLS, {"what": "flowchange", "transid": number, "status": "SOLDOUT"})
    assert_refused(seller, 403)
    seller.ask("GET", f"{BILLS}?what=flowchange&transid={urllib.parse.quote(number)}&status=SOLDOUT")
    assert_refused(seller, 403)
    assert db.snapshot() == before


@pytest.mark.parametrize(("fields", "problem"), [
    ({"firstname": "Ca\r\nmille"}, 422),
    ({"lastname": "Mar\0tin"}, 422),
    ({"lastname": "x" * 5000}, 422),
    ({"address": "é" * 5000}, 422),
    ({"email": "nonsense"}, 422),
    ({"email": "a@b.org\r\nBcc: everybody@example.org"}, 422),
    ({"country": "XX"}, 422),
    ({"firstname": ""}, 422),
    ({"lastname": "\udcff\udcfe"}, None),
    ({"lastname": "Étienne 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 \u202e"}, None),
])
def test_strange_customer_data_are_told_or_made_harmless(fields, problem, client, db, trace):
    follow_link(client, "monproduit=1")
    before = db.snapshot()
    tell_customer(client, **fields)
    assert db.snapshot() == before
    if problem:
        assert client.status == problem
        assert re.search(r'aria-invalid="true"', client.html)
        assert client.open(f"{VIEW}?view=order").view == "customer"
        return
    assert client.view == "order"
    place(client, "test")
    number = pay(client)
    order = db.order(number)
    assert order["status"] == "COMPLETE"
    customer = db.one("SELECT * FROM local_shop_customer WHERE id = ?", order["customerid"])
    assert not re.search(r"[\x00-\x1f\x7f]", "".join(str(value) for value in customer.values()))
    trace.lines()


@pytest.mark.parametrize("path", [f"{VIEW}?view[]=shop", f"{VIEW}?view=shop&shopid[]=1", f"{VIEW}?view=shop&lang[]=fr",
                                  f"{VIEW}?view=shop&what[]=clearall", f"{VIEW}?view=shop&&&=&=1&a", f"{VIEW}?view=shop&lang=../../x"])
def test_array_parameters_count_as_not_given(path, buyer, db):
    before, content = db.snapshot(), cart(buyer)
    assert buyer.open(path).status == 200
    assert db.snapshot() == before
    assert cart(buyer) == content


@pytest.mark.parametrize(("products", "left"), [
    ("monproduit[]=5&ebook=1", "1 × EBook"), ("monproduit=1e3&ebook=1", "1 × EBook"), ("monproduit=0x10&ebook=1", "1 × EBook"),
    ("monproduit=99999999999999999999&ebook=1", "1 × EBook"), ("monproduit=1.5&ebook=1", "1 × EBook"),
    ("monproduit=%ff&ebook=1", "1 × EBook"), ("monproduit=%00&ebook=1", "1 × EBook"), ("%ff%fe=1&ebook=1", "1 × EBook"),
    ("nonsense=3&ebook=1", "1 × EBook"), ("monproduit=&ebook=1", "1 × EBook"), ("%3Cscript%3E=1&ebook=1", "1 × EBook"),
])
def test_what_a_link_names_wrongly_is_left_out_with_a_notice_and_the_rest_goes_on(products, left, client, trace):
    follow_link(client, products, autodrive=False)
    assert client.status == 200
    assert left in client.text
    assert "× MonProduit" not in client.text
    assert 'class="shopengine-notice shopengine-warning"' in client.html
    assert sum("Import : " in line for line in trace.lines()[-3:]) >= 2


@pytest.mark.parametrize("quantity", ["-1", "-999999", "0", " -3 ", "−2", "--1", "+-1"])
def test_a27_negative_quantities_are_refused(quantity, client, db):
    follow_link(client, f"monproduit=1&ebook={urllib.parse.quote(quantity)}", autodrive=False)
    assert "× EBook" not in client.text
    assert "€23.99" in client.text
    before = db.snapshot()
    client.submit({"what": "setunits", "productname": "monproduit"}, {"quant": quantity})
    if quantity == "0":
        assert "× MonProduit" not in client.text
    else:
        assert "1 × MonProduit" in client.text
        assert 'role="alert"' in client.html
    assert db.snapshot() == before


def test_a33_only_the_steps_of_the_shop_are_views(client, db):
    for word in ("view", "lib", "order.controller", "Shop", "SHOP", "mobile", "scantrace", "php"):
        client.ask("GET", f"{VIEW}?view={word}")
        assert_refused(client, 404)


@pytest.mark.complains
@pytest.mark.parametrize("how", ["a folder in its place", "no file", "not a database"])
def test_a_database_that_is_away_is_told_and_comes_back(how, tmp_path):
    storefront = Storefront(tmp_path).start()
    try:
        client = Client(storefront.root, "fr")
        number = buy(client)
        storefront.stop()
        # All that was written is in the one file from here on: its log does not move with it.
        with contextlib.closing(sqlite3.connect(storefront.path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for end in ("-wal", "-shm"):
            storefront.path.with_name(storefront.path.name + end).unlink(missing_ok=True)
        away = storefront.path.with_suffix(".away")
        storefront.start()
        storefront.path.rename(away)
        if how == "a folder in its place":
            storefront.path.mkdir()
        elif how == "not a database":
            storefront.path.write_bytes(b"this is no database " * 500)
        for method, path in (("GET", f"{VIEW}?view=shop"), ("POST", VIEW), ("GET", url_of("bill", number))):
            # Each worker of the server.
            for _ in range(6):
                client.ask(method, path, {"view": "shop", "what": "clearall"} if method == "POST" else b"")
                assert_refused(client, 503, "fr")
                assert client.answer["retry-after"] == "60"
                assert str(tmp_path) not in client.html
        client.ask("POST", IPN, {"transid": number})
        assert client.status == 503
        if how == "a folder in its place":
            storefront.path.rmdir()
        else:
            for end in ("", "-wal", "-shm", "-journal"):
                storefront.path.with_name(storefront.path.name + end).unlink(missing_ok=True)
        away.rename(storefront.path)
        client.open(url_of("payment", number))
        assert pay(client) == number
        assert Shopdata(storefront.path).order(number)["status"] == "COMPLETE"
        Trace(storefront.folder / "merchant_trace.log").lines()
    finally:
        storefront.stop()
    if how == "a folder in its place":
        shutil.rmtree(tmp_path / "sessions")


@pytest.mark.complains
def test_a_trace_that_cannot_be_written_stops_no_sale(tmp_path):
    storefront = Storefront(tmp_path).start()
    try:
        (tmp_path / "merchant_trace.log").unlink(missing_ok=True)
        (tmp_path / "merchant_trace.log").mkdir()
        client = Client(storefront.root)
        buy(client)
        number = pay(client)
        assert Shopdata(storefront.path).order(number)["status"] == "COMPLETE"
        seller = log_in(Client(storefront.root), ADMIN)
        seller.open(f"{SCAN}?transid={urllib.parse.quote(number)}")
        assert seller.status == 503
        assert 'role="alert"' in seller.html
    finally:
        storefront.stop()
