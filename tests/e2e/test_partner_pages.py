"""The pages of the partners, in a browser: the register, secrets, the link builder, statements, a partner's own list."""

import csv
import datetime
import io
import re
import subprocess
import sys
import urllib.parse

import pytest
import zxingcpp
from PIL import Image

from scenarios import *
from server import ROOT

PAGE = "/local/shopengine/partners.php"
MARIE = "marie_curie@example.org"
SCRIPT = "<script>document.title = 'gone'</script>"


@pytest.fixture
def admin(surf):
    """Makes browsers of the seller's."""
    def admin(lang="en", width=1200):
        driver = surf(lang, width)
        driver.open("/login/index.php")
        log_in(driver, ADMIN)
        return driver
    return admin


@pytest.fixture
def seller(visitor):
    """The seller without a browser."""
    client = visitor()
    client.open("/login/index.php")
    log_in(client, ADMIN)
    return client


def register(driver, _key, **fields):
    driver.open(f"{PAGE}?view=register&shopid=1")
    return driver.submit({"what": "register"}, {"name": f"Partner {_key}", "key": _key} | fields)


def secret(driver):
    return re.search(r'id="shopengine-secret"[^>]*>([0-9a-f]{32})<', driver.html)[1]


def partner(db, key):
    return db.one("SELECT * FROM local_shop_partner WHERE partnerkey = ?", key)


def build(driver, **fields):
    """Fills the builder that the driver is at, and asks for the link."""
    for name, value in fields.items():
        field = driver.page.locator(f'main form [name="{name}"]').first
        if field.get_attribute("type") == "checkbox":
            field.set_checked(bool(value))
        else:
            field.fill(value)
    driver.press(driver.page.locator("main button.shopengine-primary[value=build]"))
    return driver.page.locator("#shopengine-link").input_value() if driver.page.locator("#shopengine-link").count() else None


def units(db, name):
    return {f"quantity/{db.value('SELECT id FROM local_shop_catalogitem WHERE shortname = ?', one)}": str(count) for one, count in name.items()}


def read_qr(driver):
    picture = driver.page.locator("svg.shopengine-qr").screenshot()
    [code] = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)).convert("L"))
    return code.text


def verified(path, key):
    run = subprocess.run([sys.executable, ROOT / "tests/tools/verify-statement.py", path], input=key, capture_output=True, text=True)
    return run.returncode, run.stdout


def days():
    """From yesterday to tomorrow: whatever the shop's zone, now is between."""
    today = datetime.date.today()
    return f"from={today - datetime.timedelta(1)}&to={today + datetime.timedelta(1)}"


# Who may.

def test_only_the_seller_sees_the_partners(visitor, seller, db):
    for who in (None, JEAN):
        client = visitor()
        if who:
            client.open("/login/index.php")
            log_in(client, who)
        for view in ("", "?view=register", "?view=change&id=1", "?view=rotate&id=1", "?view=statement&id=1", "?view=statement&id=1&format=csv",
                     "?view=refused", "?view=compare&id=1", "?view=link&id=1"):
            client.open(PAGE + view)
            assert client.status == 403 and "administrators" in client.text, view
            assert "ACADEMIE" not in client.html and "demo-secret" not in client.html
        assert "/local/shopengine/partners.php" not in client.open(VIEW).document.links
    seller.open(VIEW)
    assert any(link.endswith(PAGE) for link in seller.document.links)


COMMANDS = [
    {"what": "register", "name": "Thief", "key": "THIEF"},
    {"what": "change", "id": "1", "name": "Thief"},
    {"what": "disable", "id": "1"},
    {"what": "enable", "id": "2"},
    {"what": "rotate", "id": "1"},
    {"what": "build", "id": "1", "quantity/1": "1", "sign": "1"},
    {"what": "compare", "id": "1", "list": "t1"},
]


@pytest.mark.parametrize("fields", COMMANDS, ids=lambda fields: fields["what"])
def test_a_form_from_elsewhere_changes_nothing(fields, seller, db):
    seller.open(f"{PAGE}?view=register&shopid=1")
    key = seller.sesskey
    tables = ("local_shop_partner", "local_shopengine_partner")
    before = {name: db.snapshot()[name] for name in tables}
    for sesskey in ({}, {"sesskey": ""}, {"sesskey": "0" * len(key)}):
        seller.ask("POST", PAGE, fields | sesskey)
        assert seller.status == 403, fields
        assert "sig=" not in seller.html
    # A link is no form, even with the right key.
    seller.ask("GET", f"{PAGE}?{urllib.parse.urlencode(fields | {'sesskey': key})}")
    assert seller.status == 405
    assert {name: db.snapshot()[name] for name in tables} == before


def test_a_stranger_with_a_key_of_his_own_changes_nothing(visitor, db):
    jean = visitor()
    jean.open("/login/index.php")
    log_in(jean, JEAN)
    jean.open(VIEW)
    jean.ask("POST", PAGE, {"what": "disable", "id": "1", "sesskey": jean.sesskey})
    assert jean.status == 403
    assert partner(db, "ACADEMIE")["enabled"] == 1


# The register.

def test_a_partner_is_registered_changed_disabled_and_enabled(admin, db):
    driver = admin()
    driver.open(VIEW)
    driver.press(driver.page.locator("header a[href$='partners.php']"))
    assert driver.heading == "Partners"
    driver.press(driver.page.locator("main a.shopengine-primary"))
    driver.submit({"what": "register"}, {
        "name": "École du Lac", "key": "LAC1", "referer": "https://lac.example/offres", "authenticates": "1", "signature": "1",
        "excluded": "@lac.example\nchef@example.org", "user": MARIE, "customer": "2"})
    assert driver.heading == "École du Lac: secret"
    row = partner(db, "LAC1")
    assert secret(driver) == row["partnersecret"]
    assert (row["name"], row["referer"], row["customerid"], row["moodleuser"], row["enabled"], row["shopid"]) == (
        "École du Lac", "https://lac.example/offres", 2, 4, 1, 1)
    policy = db.one("SELECT authenticates, signature, excluded FROM local_shopengine_partner WHERE partnerid = ?", row["id"])
    assert policy == {"authenticates": 1, "signature": 1, "excluded": "@lac.example\nchef@example.org"}
    # The page of the settings has what was typed, and no secret.
    driver.open(f"{PAGE}?view=change&id={row['id']}")
    assert row["partnersecret"] not in driver.html
    assert "Marie Curie" in driver.text and driver.page.input_value("[name=excluded]") == "@lac.example\nchef@example.org"
    driver.submit({"what": "change"}, {"name": "Lac & Co", "signature": None, "user": "", "customer": "", "excluded": ""})
    assert "Lac & Co was changed" in driver.text and driver.heading == "Partners"
    row = partner(db, "LAC1")
    assert (row["name"], row["customerid"], row["moodleuser"], row["enabled"]) == ("Lac & Co", 0, 0, 1)
    policy = db.one("SELECT authenticates, signature, excluded FROM local_shopengine_partner WHERE partnerid = ?", row["id"])
    assert policy == {"authenticates": 1, "signature": 0, "excluded": ""}
    driver.submit({"what": "disable", "id": str(row["id"])})
    assert "Lac & Co is disabled" in driver.text and partner(db, "LAC1")["enabled"] == 0
    driver.submit({"what": "enable", "id": str(row["id"])})
    assert "Lac & Co is enabled" in driver.text and partner(db, "LAC1")["enabled"] == 1
    assert db.value("SELECT COUNT(*) FROM local_shop_partner WHERE partnerkey = 'LAC1'") == 1


@pytest.mark.parametrize("lang, warning, also", [
    ("en", "Whoever knows the key can forge these links", "By unsigned links too."),
    ("fr", "Quiconque connaît la clé peut contrefaire ces liens", "Par des liens non signés aussi."),
])
def test_unsigned_links_are_trusted_once_the_seller_has_read_the_warning(lang, warning, also, admin, db):
    driver = admin(lang)
    key = f"UNSIGNED{lang}"
    driver.open(f"{PAGE}?view=register&shopid=1")
    assert driver.page.is_checked("[name=signature]") and not driver.page.is_checked("[name=unsignedlinks]")
    assert driver.page.locator("[name=unsignedconfirmed]").count() == 0
    driver.submit({"what": "register"}, {"name": key, "key": key, "authenticates": "1", "signature": None, "unsignedlinks": "1"})
    assert driver.status == 422 and warning in driver.text
    assert db.value("SELECT COUNT(*) FROM local_shop_partner WHERE partnerkey = ?", key) == 0
    driver.submit({"what": "register"}, {"unsignedconfirmed": "1"})
    driver.open(f"{PAGE}?shopid=1")
    row = driver.page.locator(f"tr:has(code:text-is('{key}'))")
    assert also in row.inner_text()
    policy = db.one("SELECT authenticates, signature, unsignedlinks FROM local_shopengine_partner WHERE partnerid = ?", partner(db, key)["id"])
    assert policy == {"authenticates": 1, "signature": 0, "unsignedlinks": 1}


@pytest.mark.parametrize("lang, sentences", [
    ("en", ["A partner needs a name", "letters and digits only", "is not the https address of a site", "“nobody” is neither an e-mail",
            "No account has the number or e-mail “who@example.org”", "No customer has the number or e-mail “77”", "Fields to correct: 6"]),
    ("fr", ["Un partenaire doit avoir un nom", "n’a que des lettres et des chiffres", "n’est pas l’adresse https d’un site",
            "« nobody » n’est ni une adresse", "Aucun compte n’a le numéro", "Aucun client n’a le numéro", "Champs à corriger : 6"]),
])
def test_each_wrong_field_has_its_sentence_and_keeps_what_was_typed(lang, sentences, admin, db):
    driver = admin(lang)
    wrong = {"name": " ", "key": "no way", "referer": "http://plain.example", "excluded": "nobody", "user": "who@example.org", "customer": "77"}
    before = db.value("SELECT COUNT(*) FROM local_shop_partner")
    register(driver, "X", **wrong)
    assert driver.status == 422
    for sentence in sentences:
        assert sentence in driver.text.replace("\xa0", " "), sentence
    for name, value in wrong.items():
        field = driver.page.locator(f"main [name={name}]")
        assert field.input_value().strip() == value.strip()
        assert field.get_attribute("aria-invalid") == "true"
        assert driver.page.locator(f"#{field.get_attribute('aria-describedby').split()[-1]}").is_visible()
    assert db.value("SELECT COUNT(*) FROM local_shop_partner") == before


@pytest.mark.parametrize("fields, sentence", [
    ({"key": "ACADEMIE"}, "belongs to another partner"),
    ({"key": "academie"}, "belongs to another partner"),
    ({"key": "A" * 17}, "at most 16 characters"),
    ({"key": ""}, "does not begin with a partner’s key"),
    ({"key": "ÉCOLE"}, "letters and digits only"),
    ({"key": "A_B"}, "letters and digits only"),
    ({"name": "n" * 256}, "at most 255 characters"),
    ({"referer": "https://"}, "is not the https address"),
    ({"excluded": "a@b.example\n@"}, "“@” is neither"),
    ({"customer": "-5"}, "No customer has"),
    ({"user": "1e3"}, "No account has"),
])
def test_what_cannot_be_registered_is_said(fields, sentence, seller, db):
    before = db.snapshot()["local_shop_partner"]
    register(seller, "FREE1", **fields)
    assert seller.status == 422 and sentence in seller.text, seller.text[-1500:]
    assert db.snapshot()["local_shop_partner"] == before


def test_whoever_several_share_an_email_is_named_by_number(seller, db):
    twin = db.run("INSERT INTO user (id, username, email, firstname, lastname, password) VALUES (77, 'twin', ?, 'M', 'C', '')", MARIE)
    try:
        register(seller, "TWIN1", user=MARIE)
        assert seller.status == 422 and "Several have the e-mail" in seller.text
        register(seller, "TWIN1", user="4")
        assert partner(db, "TWIN1")["moodleuser"] == 4
    finally:
        db.run("DELETE FROM user WHERE id = ?", twin)


def test_a_partner_who_is_not_there_is_said(seller):
    for view in ("change", "rotate", "statement", "compare", "link"):
        for number in ("99", "0", "-1", "x", "9" * 30):
            seller.open(f"{PAGE}?view={view}&id={number}")
            assert seller.status == 404 and "There is no partner" in seller.text, (view, number)
    seller.open(f"{PAGE}?view=unknown")
    assert seller.status == 404
    seller.open(f"{PAGE}?shopid=99")
    assert seller.status == 404 and "no shop" in seller.text


def test_what_is_typed_is_never_markup(admin, seller, db):
    """Names, sites, tags and e-mails with markup are texts."""
    driver = admin()
    register(driver, "MARKUP", name=SCRIPT + "&amp;", excluded="\"><b>x@y.example")
    row = partner(db, "MARKUP")
    assert row["name"] == SCRIPT + "&amp;"
    guest = surf_link(seller, f"monproduit=1&partner=MARKUP_{urllib.parse.quote(SCRIPT)}_{urllib.parse.quote('<i>@x.example')}")
    surf_link(seller, f"monproduit=1&partner={urllib.parse.quote('NOPE_' + SCRIPT)}")
    assert guest.status == 303
    with db.changed("local_shop_partner", f"id = {row['id']}", referer=SCRIPT):
        for view in ("", f"?view=change&id={row['id']}", f"?view=statement&id={row['id']}&{days()}", "?view=refused", f"?view=link&id={row['id']}",
                     f"?view=rotate&id={row['id']}", f"?view=compare&id={row['id']}", f"?view=statement&id={row['id']}&from={urllib.parse.quote(SCRIPT)}"):
            driver.open(PAGE + view)
            assert "gone" != driver.page.title() and "<script>document" not in driver.html, view
            assert driver.page.locator("main b, main i").count() == 0
        assert SCRIPT[:20] in driver.open(f"{PAGE}?view=statement&id={row['id']}&{days()}").text
        driver.open(f"{PAGE}?view=link&id={row['id']}")
        assert build(driver, **{"quantity/1": SCRIPT, "tag": SCRIPT, "email": SCRIPT + "_x", "find": ""}) is None
        assert "<script>document" not in driver.html
        driver.open(f"{PAGE}?view=compare&id={row['id']}&{days()}")
        driver.submit({"what": "compare"}, {"list": SCRIPT})
        assert driver.page.title() != "gone" and SCRIPT[:20] in driver.text


def surf_link(seller, query):
    from drivers import Client
    return Client(seller.root).ask("GET", f"{VIEW}?shopid=1&what=import&{query}")


# Secrets.

def test_a_secret_is_replaced_after_a_question_and_shown_once(admin, seller, db):
    register(seller, "ROTATE1")
    row = partner(db, "ROTATE1")
    driver = admin()
    driver.open(f"{PAGE}?view=rotate&id={row['id']}")
    assert "counts for nothing any more" in driver.text and row["partnersecret"] not in driver.html
    assert partner(db, "ROTATE1")["partnersecret"] == row["partnersecret"]
    seller.open(f"{PAGE}?view=rotate&id={row['id']}")
    driver.submit({"what": "rotate"})
    now = partner(db, "ROTATE1")["partnersecret"]
    assert secret(driver) == now != row["partnersecret"]
    # The same page read again, and a question that somebody else answered meanwhile, replace nothing.
    driver.page.on("dialog", lambda dialog: dialog.accept())
    driver.page.reload()
    assert "has been replaced meanwhile" in driver.text and now not in driver.html
    seller.submit({"what": "rotate"})
    assert seller.status == 409 and now not in seller.html
    assert partner(db, "ROTATE1")["partnersecret"] == now
    for view in ("", f"?view=change&id={row['id']}", f"?view=rotate&id={row['id']}", f"?view=link&id={row['id']}", f"?view=statement&id={row['id']}"):
        assert now not in driver.open(PAGE + view).html


# Links.

def test_a_link_is_built_copied_scanned_and_followed(admin, surf, db):
    driver = admin()
    driver.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    register(driver, "BUILD1", authenticates="1", signature="1", referer="https://b.example")
    key, row = secret(driver), partner(db, "BUILD1")
    driver.open(f"{PAGE}?view=link&id={row['id']}")
    assert driver.page.is_checked("[name=sign]") and driver.page.is_checked("[name=autodrive]")
    link = build(driver, **units(db, {"monproduit": 2, "livre": 1}), tag="été/1&2", email=MARIE, until="2099-12-31")
    assert key not in driver.html
    fields = urllib.parse.parse_qsl(urllib.parse.urlsplit(link).query)
    assert fields[:-2] == [("shopid", "1"), ("what", "import"), ("monproduit", "2"), ("livre", "1"), ("partner", f"BUILD1_été/1&2_{MARIE}"), ("autodrive", "1")]
    assert [name for name, _ in fields[-2:]] == ["expires", "sig"]
    assert fields[-2][1] == str(int(datetime.datetime(2100, 1, 1, tzinfo=datetime.timezone.utc).timestamp()))
    assert read_qr(driver) == link
    driver.page.click("button[data-shopengine-copy]")
    driver.page.wait_for_selector("text=Copied.")
    assert driver.page.evaluate("navigator.clipboard.readText()") == link
    driver.shot("built")
    guest = surf()
    guest.open(link)
    assert guest.view == "customer" and guest.page.input_value("[name='customerinfo::email']") == MARIE
    entry = db.one("SELECT state, note, tag FROM local_shopengine_ledger WHERE partnerid = ? ORDER BY id DESC LIMIT 1", row["id"])
    # The storefront has no HTTPS, and a link typed into a browser comes from nowhere: the signature is right.
    assert entry == {"state": "identified", "note": "not_https referer_missing", "tag": "été/1&2"}
    guest.open(f"{VIEW}?view=shop&shopid=1")
    cart = [" ".join(line.split()) for line in guest.page.locator(".shopengine-cartlines li").all_inner_texts()]
    assert cart == ["2 × MonProduit €47.98", "1 × Livre €10.55"]


@pytest.mark.parametrize("scripts", [True, False])
def test_the_builder_works_without_scripts(scripts, chromium, shop, db):
    context = chromium.new_context(java_script_enabled=scripts, locale="en-GB")
    page = context.new_page()
    try:
        page.goto(f"{shop.root}/login/index.php")
        page.fill("[name=username]", ADMIN)
        page.fill("[name=password]", "demo")
        page.click("main button")
        page.goto(f"{shop.root}{PAGE}?view=link&id=1")
        page.fill("[name='quantity/1']", "3")
        # The enter key builds, whichever button comes first on the page.
        page.press("[name='quantity/1']", "Enter")
        page.wait_for_selector("#shopengine-link")
        assert "monproduit=3" in page.input_value("#shopengine-link")
        assert page.locator("button[data-shopengine-copy]").is_visible() == scripts
    finally:
        context.close()


@pytest.mark.parametrize("fields, sentence", [
    ({"tag": "a_b"}, "cannot contain an underscore"),
    ({"tag": "t" * 255}, "The partner code is too long"),
    ({"email": "a b@example.org"}, "contains a space"),
    ({"quantity/1": "0x2"}, "“0x2” is not a quantity"),
    ({"quantity/1": "-1"}, "“-1” is not a quantity"),
    ({"quantity/1": ""}, "needs at least one product"),
    ({"until": "2020-01-01", "sign": "1"}, "This day is over"),
    ({"until": "2099-01-01"}, "Only a signed link can end"),
    ({"until": "soon", "sign": "1"}, "This is not a day"),
    ({"id": "", "tag": "t1"}, "Choose a partner for this"),
    ({"id": "", "sign": "1"}, "Choose a partner for this"),
])
def test_a_link_that_cannot_be_is_said_and_not_built(fields, sentence, seller):
    seller.open(f"{PAGE}?view=link&id=1")
    typed = {"what": "build", "shopid": "1", "id": "1", "quantity/1": "1", "sesskey": seller.sesskey} | fields
    seller.ask("POST", PAGE, typed)
    assert seller.status == 422 and sentence in seller.text, seller.text
    assert "shopengine-link" not in seller.html
    for name, value in fields.items():
        if name not in ("sign", "id"):
            assert f'value="{value}"' in seller.html, name


def post_link(seller, **fields):
    seller.open(f"{PAGE}?view=link&id=1")
    seller.ask("POST", PAGE, {"what": "build", "shopid": "1", "sesskey": seller.sesskey} | fields)
    assert seller.status == 200, seller.text
    return seller.text


def test_the_builder_warns_of_what_will_not_work(seller, db):
    ids = {name: f"quantity/{db.value('SELECT id FROM local_shop_catalogitem WHERE shortname = ?', name)}" for name in ("monproduit", "brouillon", "membre")}
    one = {ids["monproduit"]: "1"}
    assert "is disabled: the link sells" in post_link(seller, id="2", **one)
    assert "brouillon is not on sale" in post_link(seller, id="1", **{ids["brouillon"]: "1"})
    assert "membre is for registered buyers only" in post_link(seller, id="1", **{ids["membre"]: "1"})
    assert "can be followed again and again" in post_link(seller, id="1", sign="1", **one)
    assert "is for one buyer" in post_link(seller, id="1", sign="1", tag="t", **one)
    assert "nobody is authenticated by a link" in post_link(seller, id="1", tag="t", email=MARIE, **one)
    with db.changed("local_shopengine_partner", "partnerid = 1", signature=1):
        assert "must be signed, and this one is not" in post_link(seller, id="1", **one)
    with db.changed("local_shopengine_partner", "partnerid = 1", authenticates=0):
        assert "may only name buyers" in post_link(seller, id="1", tag="t", email=MARIE, **one)
    with db.changed("local_shop_partner", "id = 1", partnersecret=""):
        seller.open(f"{PAGE}?view=link&id=1")
        seller.ask("POST", PAGE, {"what": "build", "shopid": "1", "id": "1", "sign": "1", "sesskey": seller.sesskey} | one)
        assert seller.status == 422 and "the partner has no secret" in seller.text
    assert "too long" not in post_link(seller, id="", **one)


def test_many_products_are_looked_for_and_a_long_link_has_no_qr_code(seller, db):
    names = [f"serie{number:03d}" for number in range(150)]
    for name in names:
        db.run("INSERT INTO local_shop_catalogitem (catalogid, categoryid, shortname, name, code, price1, taxcode, stock, status, description, requireddata)"
               " VALUES (1, 1, ?, ?, ?, '1.000', '', 1000, 'AVAILABLE', '', '')", name, name.upper(), f"CODE-{name}")
    try:
        ids = {name: db.value("SELECT id FROM local_shop_catalogitem WHERE shortname = ?", name) for name in names}
        seller.open(f"{PAGE}?view=link&id=1")
        assert seller.html.count('name="quantity/') == 100 and "Products not shown: 64" in seller.text
        typed = {"what": "find", "shopid": "1", "id": "1", "quantity/1": "4", "find": "CODE-SERIE14", "sesskey": seller.sesskey}
        seller.ask("POST", PAGE, typed)
        assert seller.status == 200
        assert re.findall(r'name="(quantity/\d+)"', seller.html) == ["quantity/1"] + [f"quantity/{ids[name]}" for name in names[140:]]
        assert 'name="quantity/1" inputmode="numeric" size="4" value="4"' in seller.html
        all_of_them = {f"quantity/{number}": "12345" for number in ids.values()}
        seller.ask("POST", PAGE, typed | {"what": "build"} | all_of_them)
        assert seller.status == 200 and "too long for a QR code" in seller.text and "<svg" not in seller.html
        assert "serie149=12345" in seller.html
    finally:
        db.run("DELETE FROM local_shop_catalogitem WHERE shortname LIKE 'serie%'")


def test_a_product_whose_name_links_use_is_named_by_its_code(seller, db):
    with db.product(shortname="lang", code="DICO"), db.product(shortname="sig", code="view"):
        ids = {name: db.value("SELECT id FROM local_shop_catalogitem WHERE shortname = ?", name) for name in ("lang", "sig")}
        assert "&DICO=1&" in post_link(seller, id="1", **{f"quantity/{ids['lang']}": "1"})
        seller.ask("POST", PAGE, {"what": "build", "shopid": "1", f"quantity/{ids['sig']}": "1", "sesskey": seller.sesskey})
        assert seller.status == 422 and "cannot be named in a link" in seller.text


# Statements.

@pytest.fixture(scope="module")
def sales(shop):
    """Five arrivals by ACADEMIE, two of them paid for, and one refused of each kind."""
    from drivers import Client
    numbers = []
    for number in range(5):
        guest = Client(shop.root)
        follow_link(guest, "monproduit=2", partner=f"ACADEMIE_s{number}")
        if number < 2:
            tell_customer(guest)
            place(guest, "test")
            pay(guest)
            numbers.append(transid(guest))
    for code in ("SUSPENDU_r1", "NOBODY_r2_a_b@example.org", "%"):
        follow_link(Client(shop.root), "monproduit=1", partner=code)
    return numbers


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_a_statement_is_downloaded_and_verifies_unless_it_is_edited(kind, sales, admin, db, tmp_path):
    driver = admin()
    driver.open(f"{PAGE}?view=statement&id=1&{days()}")
    with driver.page.expect_download() as download:
        driver.page.click(f"text=Statement as {kind.upper()}")
    assert re.fullmatch(rf"statement-ACADEMIE-[0-9-]+\.{kind}", download.value.suggested_filename)
    path = tmp_path / f"statement.{kind}"
    download.value.save_as(path)
    key = partner(db, "ACADEMIE")["partnersecret"]
    code, told = verified(path, key)
    assert code == 0 and "statement of ACADEMIE" in told
    text = path.read_text()
    assert all(number in text for number in sales)
    path.write_text(text.replace("47.98", "7.98", 1))
    assert verified(path, key)[0] == 1
    path.write_text(text)
    assert verified(path, "another")[0] == 1


def test_files_are_left_nowhere(sales, seller, shop):
    before = sorted(path.name for path in shop.folder.iterdir() if path.name.startswith("file"))
    seller.open(f"{PAGE}?view=statement&id=1&{days()}&format=csv")
    assert seller.answer["content-type"].startswith("text/csv") and "attachment" in seller.answer["content-disposition"]
    assert sorted(path.name for path in shop.folder.iterdir() if path.name.startswith("file")) == before == []


@pytest.mark.parametrize("lang, words", [
    ("en", ["Named arrivals 5", "An order of the test mode", "The request did not come over HTTPS.", "€47.98", "Paid and delivered"]),
    ("fr", ["Arrivées nommées 5", "Commande du mode test", "La requête n’est pas venue par HTTPS.", "47,98 €", "Payée et livrée"]),
])
@pytest.mark.parametrize("width", [360, 1280])
def test_a_statement_is_read(lang, words, width, sales, admin):
    driver = admin(lang, width)
    driver.open(f"{PAGE}?view=statement&id=1&{days()}")
    text = driver.text.replace("\xa0", " ")
    for word in words:
        assert word in text, word
    driver.shot("statement")
    for number in sales:
        assert driver.page.locator(f"main a:has-text('{number}')").count()


def test_days_that_are_none_are_said(seller):
    for query, sentence in [("from=2026-02-30&to=2026-03-01", "This is not a day"), ("from=x&to=2026-03-01", "This is not a day"),
                            ("from=2026-03-02&to=2026-03-01", "The last day is before the first"), ("from=2026-01-01&to=99999-01-01", "This is not a day")]:
        seller.open(f"{PAGE}?view=statement&id=1&{query}")
        assert seller.status == 422 and sentence in seller.text, query
        seller.open(f"{PAGE}?view=statement&id=1&{query}&format=csv")
        assert seller.status == 422
    seller.open(f"{PAGE}?view=statement&id=1&from=2001-01-01&to=2001-12-31")
    assert seller.status == 200 and "Nothing came from this partner" in seller.text


def test_refused_arrivals_say_why(sales, seller):
    seller.open(f"{PAGE}?view=refused")
    for word in ("SUSPENDU", "The partner is disabled.", "NOBODY_r2_a_b@example.org", "No partner has this key.", "The partner code cannot be read."):
        assert word in seller.text, word
    assert "ACADEMIE" not in seller.text


def test_refused_arrivals_are_a_file(sales, admin):
    from drivers import Client
    driver = admin()
    follow_link(Client(driver.root), "monproduit=1", partner="=1+2")
    driver.open(f"{PAGE}?view=refused")
    assert "It is not signed" in driver.text
    with driver.page.expect_download() as download:
        driver.page.click("text=All as CSV")
    assert download.value.suggested_filename == "refused-arrivals.csv"
    names, *rows = csv.reader(download.value.path().open(newline="", encoding="utf-8"), strict=True)
    assert names == ["time", "key", "tag", "note"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", rows[0][0])
    assert ["'=1+2", "key_disabled", "key_unknown"] == [rows[0][2], *sorted({row[3].split()[0] for row in rows} & {"key_disabled", "key_unknown"})]
    assert ["SUSPENDU", "r1"] in [row[1:3] for row in rows] and ["", "NOBODY_r2_a_b@example.org"] in [row[1:3] for row in rows]


def test_a_long_ledger_is_read_page_by_page(seller, shop, db):
    from drivers import Client
    register(seller, "LONG1")
    number = partner(db, "LONG1")["id"]
    for tag in range(53):
        Client(shop.root).ask("GET", f"{VIEW}?shopid=1&what=import&monproduit=1&partner=LONG1_n{tag}")
    seller.open(f"{PAGE}?view=statement&id={number}&{days()}")
    tags = re.findall(r"<code>(n\d+)</code>", seller.html)
    assert tags == [f"n{tag}" for tag in range(52, 2, -1)]
    older = next(link for link in seller.document.links if "before=" in link)
    seller.open(older)
    assert re.findall(r"<code>(n\d+)</code>", seller.html) == ["n2", "n1", "n0"]
    assert "Older entries" not in seller.text and "Newest entries" in seller.text


# A partner's own list.

def test_a_partners_own_list_is_compared(sales, admin, db):
    driver = admin()
    # Orders of the test mode do not count.
    driver.open(f"{PAGE}?view=compare&id=1&{days()}")
    driver.submit({"what": "compare"}, {"list": "s0;47,98"})
    assert "Missing here" in driver.page.locator("main tbody").inner_text()
    with db.changed("local_shopengine_order", "test = 1", test=0):
        compare_lists(driver)


def compare_lists(driver):
    driver.open(f"{PAGE}?view=compare&id=1&{days()}")
    driver.submit({"what": "compare"}, {"list": "s0;47,98\ns1\t50.00\nelsewhere"})
    rows = [" | ".join(row.split("\n")) for row in driver.page.locator("main tbody tr").all_inner_texts()]
    found = {driver.page.locator("main tbody tr").nth(at).locator("th").inner_text(): driver.page.locator("main tbody tr").nth(at).locator("td").first.inner_text()
             for at in range(len(rows))}
    assert found == {"s1": "Amount differs", "elsewhere": "Missing here: no paid order has this tag", "s0": "Found"}
    assert driver.page.input_value("[name=list]") == "s0;47,98\ns1\t50.00\nelsewhere"
    driver.submit({"what": "compare"}, {"list": "s0;47,98\ns1;1.2.3"})
    assert driver.status == 422 and "Line 2: “1.2.3” is not an amount" in driver.text
    driver.submit({"what": "compare"}, {"list": ""})
    assert driver.status == 422 and "one tag a line" in driver.text


def test_a_list_larger_than_any_form_is_compared(sales, seller):
    seller.open(f"{PAGE}?view=compare&id=1&{days()}")
    many = "\n".join(f"lot-{number};1.00" for number in range(60_000))
    seller.submit({"what": "compare"}, {"list": many})
    assert seller.status == 200 and "59000 more are not" in seller.text.replace(",", ""), seller.text[-600:]
    seller.ask("POST", PAGE, {"what": "compare", "list": "x" * 2_200_000})
    assert seller.status == 413


def test_another_shops_partners_move_no_cart(seller, db):
    db.run("INSERT INTO local_shop (id, name, description, descriptionformat, currency, catalogid, paymodes, defaultpaymode, navsteps)"
           " SELECT 9, 'Annexe', '', 1, currency, catalogid, paymodes, defaultpaymode, navsteps FROM local_shop WHERE id = 1")
    try:
        seller.open(f"{VIEW}?view=shop&shopid=1")
        register_in = {"what": "register", "shopid": "9", "name": "Far", "key": "FAR1", "sesskey": seller.sesskey, "enabled": "1"}
        seller.ask("POST", PAGE, register_in)
        assert seller.status == 200 and partner(db, "FAR1")["shopid"] == 9
        seller.open(PAGE)
        assert "FAR1" not in seller.html and "Annexe" in seller.text
        seller.open(f"{PAGE}?shopid=9")
        assert "FAR1" in seller.html and "ACADEMIE" not in seller.html
        assert "shopid=9&" in post_link(seller, id=str(partner(db, "FAR1")["id"]), **{"quantity/1": "1"})
        seller.open(f"{VIEW}?view=shop")
        assert "Annexe" not in seller.text
    finally:
        db.run("DELETE FROM local_shop_partner WHERE partnerkey = 'FAR1'")
        db.run("DELETE FROM local_shop WHERE id = 9")


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_page_is_fit_for_every_screen(lang, width, sales, admin):
    driver = admin(lang, width)
    for name, view in [("list", ""), ("register", "?view=register"), ("change", "?view=change&id=1"), ("rotate", "?view=rotate&id=1"),
                       ("refused", "?view=refused"), ("compare", "?view=compare&id=1"), ("link", "?view=link&id=1")]:
        driver.open(PAGE + view)
        assert driver.status == 200
        driver.shot(name)
    # The other language is a press away, on the same page.
    other = {"en": "fr", "fr": "en"}[lang]
    driver.lang = other
    driver.press(driver.page.locator(f"nav.languages a[lang={other}]"))
    assert "view=link" in driver.url and driver.page.locator("[name=tag]").count()
