"""The partners' pages on a Moodle: an administrator registers a partner and builds a signed link, a buyer comes by it, the statement
of it verifies. Nobody else sees any of it."""

import datetime
import pathlib
import re
import subprocess
import sys
import urllib.parse

import pytest

from shoppers import Rows, Shopper, switch
from scenarios import *

PAGE = "/local/shopengine/partners.php"
VERIFIER = pathlib.Path(__file__).resolve().parents[1] / "tools/verify-statement.py"


@pytest.fixture(scope="module", autouse=True)
def taken_over(site):
    switch(site, "on")
    yield
    switch(site)


@pytest.fixture
def rows(site):
    return Rows(site)


@pytest.fixture
def admin(site):
    return Shopper(site).log_in("admin", "Admin!23")


@pytest.fixture
def shopid(site):
    return site.facts["shop"]


def register(admin, shopid, key, **fields):
    """Registers a partner on the page: his row id and his secret."""
    admin.open(f"{PAGE}?view=register&shopid={shopid}")
    admin.submit({"what": "register"}, {"name": f"Partner {key}", "key": key} | fields)
    assert admin.status == 200, admin.text[:2000]
    secret = re.search(r'id="shopengine-secret"[^>]*>([0-9a-f]{32})<', admin.html)[1]
    return Rows(admin.site).one("SELECT id FROM {local_shop_partner} WHERE partnerkey = ?", key)["id"], secret


def build(admin, shopid, number, product, **fields):
    """Builds a link on the page."""
    item = Rows(admin.site).one("SELECT id FROM {local_shop_catalogitem} WHERE shortname = ?", product)["id"]
    admin.open(f"{PAGE}?view=link&id={number}")
    form = admin.document.form({"shopid": str(shopid)})
    typed = form["hidden"] | {"what": "build", "id": str(number), f"quantity/{item}": "2", "autodrive": "1"} | fields
    admin.visit("POST", PAGE, typed)
    assert admin.status == 200, admin.text[:2000]
    return re.search(r'<textarea[^>]*id="shopengine-link"[^>]*>([^<]*)<', admin.html)[1].replace("&amp;", "&")


def days():
    today = datetime.date.today()
    return f"from={today - datetime.timedelta(1)}&to={today + datetime.timedelta(1)}"


def last(rows, number):
    entries = rows.all("SELECT seq, kind, state, tag, note FROM {local_shopengine_ledger} WHERE partnerid = ? ORDER BY seq", number)
    return entries[-1]


@pytest.mark.complains
def test_a_partner_is_registered_his_signed_link_sells_and_his_statement_verifies(admin, site, rows, shopid, tmp_path):
    number, secret = register(admin, shopid, "MOODLE1", signature="1", referer="https://partner.example")
    link = build(admin, shopid, number, "monproduit", tag="M-1", email="camille_martin@example.org", sign="1", until="2099-12-31")
    assert link.startswith(f"{site.root}/local/shop/front/view.php?") and "&sig=" in link and secret not in admin.html
    assert '<svg class="shopengine-qr"' in admin.html

    guest = Shopper(site)
    guest.open(link)
    assert guest.view == "customer", (guest.url, guest.text[:500])
    assert last(rows, number)["tag"] == "M-1" and "signature" not in last(rows, number)["note"]
    tell_customer(guest)
    place(guest, "test")
    bought = pay(guest)
    assert rows.bill(bought)["partnerid"] == number and rows.bill(bought)["partnertag"] == "M-1"

    # Copied by somebody else, and changed.
    thief = Shopper(site)
    thief.open(link)
    assert last(rows, number)["note"].split()[-1] == "tag_replayed"
    thief.open(link.replace("monproduit=2", "monproduit=1"))
    assert "signature_wrong" in last(rows, number)["note"]

    admin.open(f"{PAGE}?view=statement&id={number}&{days()}")
    for told in (bought, "M-1", "Paid and delivered", "€47.98", "The signed link came a second time", "changed after it was signed"):
        assert told in admin.text, told
    for kind in ("csv", "json"):
        admin.open(f"{PAGE}?view=statement&id={number}&{days()}&format={kind}")
        assert admin.status == 200 and "MOODLE1" in admin.answer["content-disposition"]
        path = tmp_path / f"statement.{kind}"
        path.write_bytes(admin.body)
        run = subprocess.run([sys.executable, VERIFIER, path], input=secret, capture_output=True, text=True)
        assert run.returncode == 0 and "statement of MOODLE1" in run.stdout, run.stdout
        path.write_bytes(admin.body.replace(b"47.98", b"17.98", 1))
        assert subprocess.run([sys.executable, VERIFIER, path], input=secret, capture_output=True, text=True).returncode == 1

    admin.open(f"{PAGE}?view=refused")
    assert "The signed link came a second time" in admin.text and "MOODLE1" in admin.text
    admin.open(f"{PAGE}?view=compare&id={number}&{days()}")
    admin.submit({"what": "compare"}, {"list": "M-1;47,98\nM-2"})
    assert "Found" in admin.text and "Missing here: no paid order has this tag" in admin.text


def test_what_is_wrong_is_said_and_what_changes_is_kept(admin, rows, shopid):
    admin.open(f"{PAGE}?view=register&shopid={shopid}")
    admin.submit({"what": "register"}, {"name": "", "key": "acadEMIE", "referer": "ftp://x", "user": "nobody@example.org", "customer": "999999"})
    assert admin.status == 422
    for sentence in ("A partner needs a name", "belongs to another partner", "is not the https address", "No account has", "No customer has"):
        assert sentence in admin.text, sentence
    number, secret = register(admin, shopid, "MOODLE2", user="jean.dupont@example.org", customer="jean.dupont@example.org", excluded="@example.net")
    admin.open(f"{PAGE}?view=change&id={number}")
    assert "Jean Dupont, jean.dupont@example.org" in admin.text
    admin.submit({"what": "change"}, {"name": "Autre <b>nom</b>"})
    assert "Autre <b>nom</b> was changed" in admin.text and "<b>nom" not in admin.html
    admin.submit({"what": "disable", "id": str(number)})
    row = rows.one("SELECT name, enabled, moodleuser, customerid FROM {local_shop_partner} WHERE id = ?", number)
    assert int(row["enabled"]) == 0 and int(row["moodleuser"]) > 0 and int(row["customerid"]) > 0
    admin.open(f"{PAGE}?view=rotate&id={number}")
    admin.submit({"what": "rotate"})
    now = rows.one("SELECT partnersecret FROM {local_shop_partner} WHERE id = ?", number)["partnersecret"]
    assert now != secret and now in admin.html


def test_the_page_is_in_the_administration_and_its_script_is_served(admin, shopid):
    admin.open("/admin/category.php?category=localplugins")
    assert any(link.endswith(PAGE) for link in admin.document.links), admin.text[:1000]
    admin.open(f"{PAGE}?view=link&shopid={shopid}")
    [script] = re.findall(r'src="([^"]*/local/shopengine/scripts/copy\.js[^"]*)"', admin.html)
    admin.open(script)
    assert admin.status == 200 and "data-shopengine-copy" in admin.html


# Moodle notes each refusal in the server's log.
@pytest.mark.complains
def test_nobody_else_gets_anything(admin, site, rows, shopid):
    number, secret = register(admin, shopid, "MOODLE3")
    views = ["", f"?shopid={shopid}", "?view=register", f"?view=change&id={number}", f"?view=rotate&id={number}", f"?view=statement&id={number}",
             f"?view=statement&id={number}&format=csv", "?view=refused", f"?view=compare&id={number}", f"?view=link&id={number}"]
    jean = Shopper(site).log_in("jean.dupont")
    for view in views:
        jean.open(PAGE + view)
        assert jean.status in (403, 404) or "do not currently have permissions" in jean.text, jean.text[:500]
        assert "MOODLE3" not in jean.html and secret not in jean.html
        stranger = Shopper(site).open(PAGE + view)
        assert "/login/index.php" in stranger.url and "MOODLE3" not in stranger.html
    before = rows.all("SELECT * FROM {local_shop_partner} ORDER BY id")
    jean.open("/")
    key = re.search(r'"sesskey":"([^"]+)"', jean.html)[1]
    for fields in ({"what": "disable", "id": number}, {"what": "rotate", "id": number}, {"what": "register", "name": "x", "key": "MOODLE4"}):
        jean.ask("POST", PAGE, fields | {"sesskey": key})
        assert secret not in jean.html
        # The administrator's browser, sent by another site's form.
        admin.ask("POST", PAGE, fields)
        assert admin.status == 403, admin.text[:500]
    assert rows.all("SELECT * FROM {local_shop_partner} ORDER BY id") == before
