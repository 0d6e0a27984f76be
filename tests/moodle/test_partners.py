"""The partners' pages on a Moodle: an administrator registers a partner and builds a signed link, a buyer comes by it, the statement
of it verifies. Nobody else sees any of it."""

import datetime
import pathlib
import re
import subprocess
import sys
import time
import urllib.parse

import pytest

from shoppers import Rows, SecureShopper, Shopper, quoted, register_partner, switch
from unsigned_links import SECRETS, trusted, vouched
from scenarios import *

PAGE = "/local/shopengine/partners.php"
EARLIER = pathlib.Path(__file__).with_name("earlier.php")
VERIFIER = pathlib.Path(__file__).resolve().parents[1] / "tools/verify-statement.py"


@pytest.fixture(scope="module", autouse=True)
def taken_over(site):
    switch(site, "on")
    yield
    switch(site)


@pytest.fixture
def admin(site):
    return Shopper(site).log_in("admin", "Admin!23")


@pytest.fixture
def shopid(site):
    return site.facts["shop"]


def build(admin, shopid, number, product, **fields):
    """Builds a link on the page."""
    item = Rows(admin.site).one("SELECT id FROM {local_shop_catalogitem} WHERE shortname = ? AND catalogid ="
                                " (SELECT catalogid FROM {local_shop} WHERE id = ?)", product, shopid)["id"]
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


def test_a_partner_is_registered_his_signed_link_sells_and_his_statement_verifies(admin, site, rows, shopid, tmp_path):
    number, secret = register_partner(admin, shopid, "MOODLE1", signature="1", referer="https://partner.example")
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
    bill = rows.bill(bought)
    assert rows.one("SELECT partnerid FROM {local_shopengine_referral} WHERE billid = ?", bill["id"])["partnerid"] == number and bill["partnertag"] == "M-1"
    admin.open(f"/local/shop/bills/view.php?view=viewAllBills&shopid={shopid}")
    assert admin.status == 200 and f"billid={bill['id']}" in admin.html, "the plugin's list of bills does not open"
    # It is delivered after the buyer has got their page.
    for _ in range(100):
        if rows.bill(bought)["status"] == "COMPLETE":
            break
        time.sleep(0.1)

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
    number, secret = register_partner(admin, shopid, "MOODLE2", user="jean.dupont@example.org", customer="jean.dupont@example.org", excluded="@example.net")
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


def assert_masked(visitor):
    for secret in SECRETS:
        assert secret not in visitor.text, (visitor.url, secret, visitor.text)
        values = [value for form in visitor.document.forms for value in form["fields"].values()]
        assert secret not in values, (visitor.url, secret)


def test_a_forged_referer_neither_changes_the_account_nor_redirects_its_emails(admin, site, rows, shopid):
    number = trusted(admin, shopid, "FORGED")
    row = "SELECT * FROM {local_shop_customer} WHERE hasaccount = (SELECT id FROM {user} WHERE username = 'jean.dupont')"
    account = "SELECT id, username, firstname, lastname, email, password FROM {user} WHERE username = 'jean.dupont'"
    before, known, users = rows.all(row), rows.one(account), rows.count("user", "deleted = 0")
    letters = site.trace.with_name("merchant_mail_trace.log")
    sent = len(letters.read_bytes()) if letters.exists() else 0
    orders = []
    for tag in ("t1", "t2"):
        attacker = vouched(site, "FORGED", tag)
        assert attacker.view == "order" and last(rows, number)["state"] == "authenticated", (attacker.url, attacker.text[:500])
        assert before[0]["city"] in attacker.text
        assert_masked(attacker)
        attacker.open(f"{VIEW}?view=customer&shopid={shopid}")
        assert attacker.document.form(CUSTOMER)["fields"]["customerinfo::firstname"] == "J.", attacker.text[:500]
        assert_masked(attacker)
        attacker.submit(CUSTOMER, {"customerinfo::address": "1 rue du Vol", "customerinfo::email": "mallory@evil.example"}, "go")
        assert attacker.view == "order" and "go to the account" in attacker.text, attacker.text[:1000]
        place(attacker, "test")
        assert_masked(attacker)
        orders.append(transid(attacker))
        assert rows.all(row) == before
        if tag == "t1":
            pay(attacker)
            assert_masked(attacker)
        else:
            # The real owner finds the order in the account, and pays it.
            owner = Shopper(site).log_in("jean.dupont")
            owner.open(f"{VIEW}?view=payment&shopid={shopid}&transid={quoted(orders[-1])}")
            pay(owner)
            assert "Dupont" in owner.text
        assert rows.bill(orders[-1])["status"] == "COMPLETE"
    # The account bought: its owner is enrolled, nobody else is known, its data and log-in are as they were.
    assert rows.all(row) == before and rows.one(account) == known and rows.count("user", "deleted = 0") == users
    for bought in orders:
        assert rows.bill(bought)["userid"] == known["id"] and rows.products(bought) == 1
        own = rows.one("SELECT c.* FROM {local_shop_customer} c JOIN {local_shop_bill} b ON b.customerid = ? AND c.id = ? WHERE b.transactionid = ?",
                       *[rows.bill(bought)["customerid"]] * 2, bought)
        assert (int(own["hasaccount"]), own["address"], own["lastname"], own["email"]) == (0, "1 rue du Vol", "Dupont", "jean.dupont@example.org")
    enrolled = "userid = ? AND enrolid IN (SELECT id FROM {enrol} WHERE courseid = ?)"
    assert rows.count("user_enrolments", enrolled, known["id"], site.facts["course"]) == 1
    told = letters.read_bytes()[sent:].decode()
    assert "jean.dupont@example.org" in told and "mallory" not in told


def test_the_upgrade_keeps_what_partners_may_do_and_the_status_page_lists_them(admin, site, rows, shopid):
    number, _ = register_partner(admin, shopid, "EARLIER1", authenticates="1", signature=None, referer="https://partner.example")
    signs, _ = register_partner(admin, shopid, "EARLIER2", authenticates="1", signature="1")
    vouched(site, "EARLIER1", "t1")
    assert last(rows, number)["note"] == "unsigned_names"
    site.php(EARLIER, site.folder)
    site.php("admin/cli/upgrade.php", "--non-interactive")
    policies = "SELECT partnerid, unsignedlinks FROM {local_shopengine_partner} WHERE partnerid IN (?, ?) ORDER BY partnerid"
    assert [int(one["unsignedlinks"]) for one in rows.all(policies, number, signs)] == [1, 0]
    assert vouched(site, "EARLIER1", "t2").view == "order" and last(rows, number)["state"] == "authenticated"
    admin.open("/report/status/index.php")
    assert "Partners who vouch for buyers by unsigned links" in admin.text, admin.text[:2000]
    admin.open("/report/status/index.php?detail=local_shopengine_unsigned_links")
    assert "Partner EARLIER1 (EARLIER1)" in admin.text and "EARLIER2" not in admin.text, admin.text[:2000]


# Moodle notes each refusal in the server's log.
@pytest.mark.logs("do not currently have permissions")
def test_nobody_else_gets_anything(admin, site, rows, shopid):
    number, secret = register_partner(admin, shopid, "MOODLE3")
    views = ["", f"?shopid={shopid}", "?view=register", f"?view=change&id={number}", f"?view=rotate&id={number}", f"?view=statement&id={number}",
             f"?view=statement&id={number}&format=csv", "?view=refused", f"?view=compare&id={number}", f"?view=link&id={number}"]
    jean = Shopper(site).log_in("jean.dupont")
    for view in views:
        jean.open(PAGE + view)
        assert jean.status in (403, 404) and "do not currently have permissions" in jean.text, jean.text[:500]
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
