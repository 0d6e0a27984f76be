"""What the shop must never do again, and what it must always do: one test for each known defect, over plain HTTP."""

import base64
import html

import pytest

from drivers import Client
from scenarios import *

OTHER_GATEWAYS = ("paypal", "mercanet", "sherlocks", "systempay", "ogone", "taler", "stripe_checkout", "card", "delegated", "check",
                  "transfer", "freeorder")
SCRIPTS = ("cancel", "process", "accept", "decline", "exception", "ipn", "return", "notify", "webhook", "test_ipn",
           "paypal_ipn", "mercanet_ipn", "sherlocks_ipn", "systempay_ipn")


def paymodes(*names):
    """local_shop.paymodes with these interfaces."""
    inner = "".join(f's:{len(name)}:"{name}";i:1;' for name in names)
    return base64.b64encode(f"a:1:{{i:0;a:{len(names)}:{{{inner}}}}}".encode()).decode()


def at_order(client, products="monproduit=1"):
    follow_link(client, products)
    return tell_customer(client)


def post_order(client, paymode):
    fields = client.hidden(ORDER) | {"paymode": paymode, "go": "1"}
    return client.ask("POST", VIEW, fields)


@pytest.mark.parametrize("posted", ["test", "card", "delegated", "paypal", "mercanet", "freeorder", "nonsense", "TEST", "check,test"])
def test_a02_a_payment_interface_that_is_not_offered_is_refused(posted, client, db):
    with db.setting("test", "0"):
        at_order(client)
        assert client.offered == ["check", "transfer"]
        before = db.snapshot()
        post_order(client, posted)
        assert client.status == 403
        assert 'role="alert"' in client.html
        assert db.snapshot() == before


def test_a02_the_test_interface_pays_nothing_once_the_shop_is_in_production(client, visitor, db):
    number = buy(client)
    form = client.hidden(way(client, "at once"))
    with db.setting("test", "0"):
        before = db.order(number)
        client.ask("POST", VIEW, form)
        assert client.status == 403
        visitor().ask("POST", IPN, {"transid": number})
        stranger = visitor().ask("POST", IPN, {"transid": number, "finish": "1"})
        assert stranger.status == 403
        assert db.order(number) == before
        assert db.products(number) == 0


def test_a02_an_interface_that_the_shop_does_not_enable_is_refused(client, db):
    with db.changed("local_shop", "id = 1", paymodes=paymodes("check"), defaultpaymode="check"):
        at_order(client)
        assert client.offered == ["check"]
        before = db.snapshot()
        assert post_order(client, "transfer").status == 403
        assert db.snapshot() == before


def test_a03_a_free_order_costs_nothing_or_is_none(client, db):
    at_order(client)
    before = db.snapshot()
    assert post_order(client, "freeorder").status == 403
    assert db.snapshot() == before
    # Placed for nothing, then filled.
    at_order(client, "offert=1")
    place(client)
    number, form = transid(client), client.hidden(PAY)
    client.open(f"{VIEW}?view=shop")
    client.submit({"what": "addunit", "productname": "monproduit"})
    client.open(f"{VIEW}?view=order")
    place(client, "check")
    client.visit("POST", VIEW, form)
    assert db.order(number)["status"] == "PLACED"
    assert db.products(number) == 0
    # Emptied again it is free again, and its own page settles it.
    client.open(f"{VIEW}?view=shop")
    client.submit({"what": "deleteunit", "productname": "monproduit"})
    client.open(f"{VIEW}?view=order")
    place(client)
    client.submit(PAY)
    assert (db.order(number)["status"], db.order(number)["amount"]) == ("COMPLETE", "0.000")
    assert db.products(number) == 1


@pytest.mark.parametrize("who", ["guest", "another buyer"])
def test_a04_nobody_reads_an_order_of_somebody_else(who, client, visitor, db):
    number = buy(client)
    pay(client)
    paths = [url_of(view, number) for view in ("bill", "invoice", "produce", "payment")]
    paths += [f"/local/shop/front/{name}.popup.php?transid={urllib.parse.quote(number)}" for name in ("order", "bill")]
    stranger = visitor()
    if who == "another buyer":
        log_in(stranger, JEAN)
    for path in paths:
        before = db.snapshot()
        assert client.ask("GET", path).status in (200, 303)
        stranger.ask("GET", path)
        assert stranger.status == 404
        assert "Camille" not in stranger.html and "camille.martin@" not in stranger.html
        assert db.snapshot() == before
    # The seller may.
    seller = log_in(visitor(), ADMIN)
    assert "Camille Martin" in seller.open(url_of("bill", number)).text


def test_a04_a_known_order_and_an_unknown_one_look_alike_to_a_stranger(client, visitor):
    number = buy(client)
    stranger = visitor()
    pages = [stranger.ask("GET", url_of("bill", name)).text.replace(name, "") for name in (number, "A" * 18 + "==")]
    assert pages[0] == pages[1]


def test_a05_no_get_of_a_stranger_moves_an_order(client, visitor, db, trace):
    number = buy(client, "monproduit=1", "transfer")
    client.submit(PAY)
    stranger = visitor()
    before = db.order(number)
    query = f"transid={urllib.parse.quote(number)}"
    for name in OTHER_GATEWAYS:
        for script in SCRIPTS:
            stranger.ask("GET", f"/local/shop/paymodes/{name}/{script}.php?{query}")
            # Even one that leads back to the shop.
            assert stranger.status >= 300, (name, script)
    for view in ("shop", "order", "payment", "produce", "bill", "invoice", "customer"):
        for what in ("", "place", "navigate", "cancel", "confirm", "produce", "delete"):
            stranger.ask("GET", f"{VIEW}?view={view}&what={what}&{query}&paymode=test&pay=1&go=1")
    stranger.ask("GET", f"{BILLS}?what=flowchange&status=CANCELLED&{query}")
    assert db.order(number) == before
    assert before["status"] == "PENDING"
    assert db.products(number) == 0


def test_a07_a_page_from_before_the_cart_changed_does_not_pay_the_new_one(client, visitor, db):
    number = buy(client, "monproduit=1")
    stale = client.hidden(PAY)
    assert stale["revision"] == "1"
    client.open(f"{VIEW}?view=shop")
    client.submit({"what": "setunits", "productname": "monproduit"}, {"quant": "50"})
    client.open(f"{VIEW}?view=order")
    place(client, "test")
    assert transid(client) == number
    fresh = client.hidden(PAY)
    assert fresh["revision"] == "2"
    client.visit("POST", VIEW, stale)
    assert 'class="shopengine-notice shopengine-warning"' in client.html
    assert client.view == "payment"
    assert (db.order(number)["status"], db.order(number)["e_held"]) == ("PLACED", None)
    assert db.products(number) == 0
    # The page of now still pays.
    client.visit("POST", VIEW, fresh)
    assert (db.order(number)["status"], db.order(number)["e_held"]) == ("COMPLETE", None)
    assert db.products(number) == 50
    # And once it is paid, the old one does nothing more.
    client.visit("POST", VIEW, stale)
    assert client.view == "produce"
    assert (db.order(number)["status"], db.order(number)["e_held"]) == ("COMPLETE", None)


def test_a07_a_message_about_the_old_cart_pays_nothing_and_bars_nothing(client, visitor, db):
    number = buy(client, "monproduit=1")
    client.open(f"{VIEW}?view=shop")
    client.submit({"what": "setunits", "productname": "monproduit"}, {"quant": "50"})
    client.open(f"{VIEW}?view=order")
    place(client, "test")
    visitor().ask("POST", IPN, {"transid": number, "revision": "1"})
    assert (db.order(number)["status"], db.order(number)["amount"]) == ("PLACED", "1199.400")
    assert db.products(number) == 0
    visitor().ask("POST", IPN, {"transid": number, "revision": "2", "finish": "1"})
    assert (db.order(number)["status"], db.order(number)["e_held"]) == ("COMPLETE", None)
    assert db.products(number) == 50


def test_a23_the_chooser_is_searched_on_the_server_and_the_order_stands_beside_its_lines(client, visitor):
    numbers = [buy(client, "monproduit=1"), buy(visitor(), "monproduit=1")]
    client.ask("POST", IPN, {"transid": numbers[0], "revision": "1", "finish": "1"})
    seller = log_in(visitor(), ADMIN)
    seller.open(f"{SCAN}?find={numbers[0][:8]}")
    assert numbers[0] in seller.html and numbers[1] not in seller.html
    for pattern in ("%", "_" * 20, ".*", "' OR 1=1 --", "!"):
        seller.open(f"{SCAN}?find={urllib.parse.quote(pattern)}")
        assert seller.status == 200 and not any(number in seller.html for number in numbers)
    seller.open(f"{SCAN}?transid={urllib.parse.quote(numbers[0])}")
    assert 'class="shopengine-timeline"' in seller.html and "Order delivered : all lines" in seller.html
    assert 'class="shopengine-copy"' in seller.html


@pytest.mark.parametrize("pattern", [".*", "[A-Z0-9]*==", "(a+)+$", "/", "\\", "A|B", "^", "%", "' OR 1=1", "<script>alert(1)</script>"])
def test_a23_the_scan_takes_text_and_no_pattern(pattern, client, visitor):
    buy(client)
    seller = log_in(visitor(), ADMIN)
    seller.open(f"{SCAN}?transid={urllib.parse.quote(pattern)}")
    assert seller.status in (200, 400)
    assert 'class="shopengine-timeline"' not in seller.html
    assert "Camille" not in seller.html
    assert "<script>alert" not in seller.html


def test_a23_strange_names_are_text_on_every_page(client, visitor, db, trace):
    evil = "<script>alert(1)</script>"
    image = "\"><img src=x onerror=alert(2)>'"
    with db.product(shortname="evil", name=f"Evil {evil}", description=f"{evil}{image}<b>bold</b>"), \
            db.changed("local_shop", "id = 1", name=f"Shop {evil}"):
        follow_link(client, f"evil=1&{urllib.parse.quote(evil)}=1", autodrive=False, partner=f"ACADEMIE_tag_{image}@example.org")
        pages = [client.html]
        client.open(f"{VIEW}?view=customer")
        tell_customer(client, firstname=evil, lastname=image, address=evil + image, city=evil)
        pages.append(client.html)
        place(client, "test")
        pages.append(client.html)
        number = pay(client)
        pages.append(client.html)
        pages += [client.open(url_of(view, number)).html for view in ("bill", "invoice")]
        pages.append(client.open(f"/local/shop/front/bill.popup.php?transid={number}").html)
        seller = log_in(visitor(), ADMIN)
        pages.append(seller.open(BILLS).html)
        pages.append(seller.open(f"{SCAN}?transid={urllib.parse.quote(number)}").html)
        assert html.escape(evil, quote=False) in pages[-1]
        pages.append(client.open(f"{VIEW}?view=bill&transid={urllib.parse.quote(evil)}").html)
        pages.append(client.open(f"{VIEW}?view=shop&what={urllib.parse.quote(evil)}").html)
        pages.append(client.open(f"/login/index.php?wantsurl={urllib.parse.quote('javascript:alert(1)')}").html)
        assert "javascript:" not in pages[-1]
    for page in pages:
        # The shop's own logo is the only picture.
        assert "<script" not in page and re.sub(r'<img src="[^"]*/styles/logo\.svg"', "", page).count("<img") == 0


@pytest.mark.parametrize(("products", "columns"), [
    ("brouillon=1", {}), ("membre=1", {}),
    ("spezial=1", {"status": "SUSPENDED"}), ("spezial=1", {"status": "PREVIEW"}), ("spezial=1", {"password": "geheim"}),
    ("spezial=1", {"catalogid": 2}), ("spezial=1", {"stock": 5, "sold": 5}),
])
def test_a28_a_link_sells_nothing_that_the_shop_does_not(products, columns, client, db):
    with db.product(shortname="spezial", **columns):
        before = db.snapshot()
        follow_link(client, products + "&ebook=1", autodrive=False)
        assert client.status == 200
        assert 'class="shopengine-notice shopengine-warning"' in client.html
        assert "1 × EBook" in client.text
        name = products.split("=")[0].capitalize()
        assert f"× {name}" not in client.text and f"× {name.lower()}" not in client.text
        # Neither by posting what the page does not offer.
        sesskey = client.sesskey
        client.ask("POST", VIEW, {"view": "shop", "what": "addunit", "shopid": "1", "sesskey": sesskey, "productname": products.split("=")[0]})
        assert client.status in (303, 404)
        client.open(f"{VIEW}?view=shop")
        assert f"× {name}" not in client.text and f"× {name.lower()}" not in client.text
        assert db.snapshot() == before


def test_a28_more_than_a_product_allows_is_lowered_to_it(client, db):
    with db.product(shortname="spezial", maxdeliveryquant=3):
        follow_link(client, "spezial=10", autodrive=False)
        assert "3 × spezial" in client.text
        assert 'class="shopengine-notice shopengine-warning"' in client.html


def test_a28_a_password_opens_its_product_for_this_cart_only(client, visitor, db):
    with db.product(shortname="spezial", password="geheim"):
        client.open(f"{VIEW}?view=shop")
        client.submit({"what": "checkpasscode"}, {"passcode": "0"})
        assert not client.has_form({"what": "addunit", "productname": "spezial"})
        client.submit({"what": "checkpasscode"}, {"passcode": "geheim"})
        client.submit({"what": "addunit", "productname": "spezial"})
        assert "1 × spezial" in client.text
        assert not visitor().open(f"{VIEW}?view=shop").has_form({"what": "addunit", "productname": "spezial"})


def test_a28_a_product_withdrawn_meanwhile_is_not_placed(client, db):
    with db.product(shortname="spezial"):
        at_order(client, "spezial=1&ebook=1")
        form = client.hidden(ORDER) | {"paymode": "check", "go": "1"}
        before = db.snapshot()
        with db.changed("local_shop_catalogitem", "shortname = 'spezial'", status="SUSPENDED"):
            client.visit("POST", VIEW, form)
            assert 'role="alert"' in client.html
            assert "€8.44" in client.text
        assert db.snapshot() == before


def test_a29_a_guest_cannot_go_on_with_the_address_of_an_account(client, db):
    jean = db.one("SELECT * FROM user WHERE id = 3")
    follow_link(client, "monproduit=1")
    before = db.snapshot()
    for email in (JEAN, JEAN.upper(), f" {JEAN} "):
        tell_customer(client, email=email, lastname="Dupont", firstname="Jean")
        assert client.status == 422
        assert "field-customerinfo-email-problem" in client.html
        for view in ("order", "payment"):
            assert client.open(f"{VIEW}?view={view}").view == "customer"
        fields = {"view": "order", "what": "navigate", "shopid": "1", "sesskey": client.sesskey, "paymode": "check", "go": "1"}
        client.ask("POST", VIEW, fields)
        assert "view=customer" in client.answer["location"]
        client.open(f"{VIEW}?view=customer")
    assert db.snapshot() == before
    assert db.one("SELECT * FROM user WHERE id = 3") == jean


def test_a29_two_guests_with_one_address_share_nothing(visitor, db):
    one, other = visitor(), visitor()
    first = buy(one)
    second = buy(other, address="9 place Royale")
    row = db.one("SELECT * FROM local_shop_customer WHERE id = ?", db.order(first)["customerid"])
    assert row["address"] == "3 rue du Port"
    assert db.order(second)["customerid"] != db.order(first)["customerid"]
    assert other.ask("GET", url_of("bill", first)).status == 404


def test_a33_a_guest_stays_a_guest_and_a_buyer_himself(visitor, db):
    guest, jean = visitor(), visitor()
    number = buy(guest)
    assert (db.order(number)["userid"], db.order(number)["e_userid"]) == (0, 0)
    assert db.value("SELECT hasaccount FROM local_shop_customer WHERE id = ?", db.order(number)["customerid"]) == 0
    log_in(jean, JEAN)
    follow_link(jean, "monproduit=1")
    place(jean, "test")
    assert db.order(transid(jean))["userid"] == 3
    assert "Jean Dupont" in jean.text


def test_b02_a_tax_changed_later_does_not_move_a_placed_order(client, db):
    number = buy(client, "monproduit=3")
    before = db.order(number)
    with db.changed("local_shop_tax", "id = 1", ratio="50"), db.changed("local_shop_catalogitem", "id = 1", price1="99.000", name="Other"):
        assert "€71.96" in client.open(url_of("bill", number)).text
        client.open(url_of("payment", number))
        assert "€71.96" in client.text
        pay(client)
        for path in (url_of("invoice", number), f"/local/shop/front/bill.popup.php?transid={number}"):
            text = client.open(path).text
            assert "€71.96" in text and "€59.97" in text and "20%" in text and "MonProduit" in text
            assert "50%" not in text
    after = db.order(number)
    assert [after[name] for name in ("untaxedamount", "taxes", "amount")] == [before[name] for name in ("untaxedamount", "taxes", "amount")]
    assert db.value("SELECT amount FROM local_shopengine_settlement WHERE billid = ?", after["id"]) == "71.96"


def test_b15_logging_in_keeps_the_cart_and_brings_the_data(client):
    follow_link(client, "monproduit=2", autodrive=False)
    client.open(f"{VIEW}?view=customer")
    login = next(link for link in client.document.links if "/login/" in link and "revalidate" in link)
    client.open(login)
    log_in(client, JEAN)
    assert client.status == 200
    assert client.view == "customer"
    assert "what=revalidate" in client.url
    form = client.document.form(CUSTOMER)
    assert form["fields"]["customerinfo::lastname"] == "Dupont"
    client.submit(CUSTOMER, press="go")
    assert client.view == "order" and "€47.98" in client.text


def test_b15_an_account_without_a_customer_record_is_asked(client):
    log_in(client, NO_ADDRESS)
    follow_link(client, "monproduit=1")
    assert client.view == "customer"
    fields = client.document.form(CUSTOMER)["fields"]
    assert (fields["customerinfo::lastname"], fields["customerinfo::email"]) == ("Sans-Adresse", NO_ADDRESS)


def test_b16_a_free_order_is_displayed_and_delivered(client, db):
    at_order(client, "offert=1")
    assert client.offered == ["freeorder"]
    place(client)
    assert client.status == 200 and client.view == "payment"
    number = transid(client)
    client.submit(PAY)
    order = db.order(number)
    assert (order["status"], order["paymode"], order["amount"]) == ("COMPLETE", "freeorder", "0.000")
    assert db.products(number) == 1


def test_b17_the_first_seat_can_be_assigned(client, db):
    follow_link(client, "session=1")
    add_participant(client, "Ada", "Lovelace", "ada@example.org")
    assign_seat(client, "ada@example.org")
    assert "ada@example.org" in client.text
    # No second person on one seat.
    add_participant(client, "Grace", "Hopper", "grace@example.org")
    fields = {"view": "users", "what": "addassign", "shopid": "1", "sesskey": client.sesskey, "participantid": "grace@example.org",
              "product": "session", "role": "student"}
    client.visit("POST", VIEW, fields)
    assert 'role="alert"' in client.html
    client.submit({"view": "users", "what": "navigate"}, press="go")
    assert client.view == "customer"


def test_b17_seats_are_not_skipped(client):
    follow_link(client, "session=2")
    for view in ("customer", "order", "payment"):
        assert client.open(f"{VIEW}?view={view}").view == "users"


def test_b18_a_known_buyers_new_address_is_kept(client, db):
    customers = db.value("SELECT COUNT(*) FROM local_shop_customer")
    before = db.one("SELECT * FROM local_shop_customer WHERE id = 1")
    log_in(client, JEAN)
    follow_link(client, "monproduit=1", autodrive=False)
    client.open(f"{VIEW}?view=customer")
    assert client.document.form(CUSTOMER)["fields"]["customerinfo::address"] == before["address"]
    client.submit(CUSTOMER, {"customerinfo::address": "7 allée Neuve"}, "go")
    place(client, "check")
    number = transid(client)
    assert db.value("SELECT address FROM local_shop_customer WHERE id = 1") == "7 allée Neuve"
    assert db.value("SELECT COUNT(*) FROM local_shop_customer") == customers
    assert db.order(number)["customerid"] == "1"
    db.run("UPDATE local_shop_customer SET address = ? WHERE id = 1", before["address"])


@pytest.mark.parametrize(("products", "label", "units"), [
    ("monproduit=2", "MonProduit", 2), ("MONPRODUIT=2", "MonProduit", 2), ("MonProduit=2", "MonProduit", 2), ("mOnPrOdUiT=2", "MonProduit", 2),
    ("Mon.Produit%20Deux=2", "Mon.Produit Deux", 2), ("mon.produit+deux=2", "Mon.Produit Deux", 2),
    ("C.O%20D%2FE=3", "Mon.Produit Deux", 3), ("c.o+d/e=3", "Mon.Produit Deux", 3), ("%C3%89t%C3%A9=1", "Été", 1), ("%C3%A9t%C3%A9=1", "Été", 1),
])
@pytest.mark.parametrize("shop_name", ["id=1", "shopid=1"])
def test_b26_products_are_named_by_shortname_or_code_in_any_case(products, label, units, shop_name, client, db):
    with db.product(shortname="mon.produit deux", name="Mon.Produit Deux", code="C.O D/E"), db.product(shortname="été", name="Été", code="ETE"):
        follow_link(client, products, autodrive=False, shop=shop_name)
        assert client.status == 200
        assert f"{units} × {label}" in client.text
        assert 'role="alert"' not in client.html


def test_b26_a_product_of_another_catalogue_is_not_taken_for_ours(client, db):
    with db.product(shortname="monproduit", name="Stranger", code="MONPRODUIT", catalogid=2):
        follow_link(client, "MONPRODUIT=1", autodrive=False)
        assert "1 × MonProduit" in client.text and "Stranger" not in client.text


@pytest.mark.parametrize(("code", "partner", "tag"), [
    ("ACADEMIE_tag1_marie_curie@example.org", 1, "tag1"), ("ACADEMIE", 1, ""), ("ACADEMIE_0123456789abcdef0123456789abcdef", 1, "0123456789abcdef"),
    ("SUSPENDU_tag1_a_b_c@example.org", 0, "tag1"), ("NOBODY_tag1", 0, "tag1"),
])
def test_b27_the_partner_code_is_kept_whole(code, partner, tag, client, db, trace):
    number = buy(client, "monproduit=1", partner=code, email="camille.martin@example.org")
    order = db.order(number)
    assert order["e_partnercode"] == code
    credited = db.value("SELECT COALESCE(MAX(partnerid), 0) FROM local_shopengine_referral WHERE billid = ?", order["id"])
    # The plugin's own list of bills breaks at a bill that names a partner.
    assert (credited, order["partnerid"], order["partnertag"]) == (partner, 0, tag)
    assert any(code in line for line in trace.of(number))


def test_b27_the_partners_email_saves_typing(client):
    follow_link(client, "monproduit=1", partner="ACADEMIE_tag1_john_doe@example.org")
    assert client.document.form(CUSTOMER)["fields"]["customerinfo::email"] == "john_doe@example.org"


def test_b29_autodrive_goes_where_the_buyer_is_needed_and_no_further(visitor):
    for products, view in (("monproduit=1", "customer"), ("attestation=1", "purchaserequ"), ("session=1", "users"),
                           ("attestation=1&session=1", "purchaserequ")):
        client = visitor()
        follow_link(client, products)
        assert (client.view, len(client.hops)) == (view, 1)
    jean = log_in(visitor(), JEAN)
    follow_link(jean, "monproduit=1")
    assert (jean.view, len(jean.hops)) == ("order", 1)


def test_b29_autodrive_goes_on_after_what_it_stopped_for(visitor):
    jean = log_in(visitor(), JEAN)
    follow_link(jean, "attestation=1")
    jean.submit({"what": "collect"}, {"attestation/nom0": "Rosa"}, "go")
    assert jean.view == "order"


@pytest.mark.parametrize("paymode", ["test", "check", "transfer"])
def test_b30_looking_at_the_payment_page_moves_nothing(paymode, client, db):
    number = buy(client, "monproduit=1", paymode)
    before = db.snapshot()
    for path in (f"{VIEW}?view=payment", url_of("payment", number), url_of("bill", number), f"{VIEW}?view=payment&what=place"):
        assert client.open(path).status == 200
    assert db.snapshot() == before
    assert db.order(number)["status"] == "PLACED"


def test_b30_looking_back_at_the_payment_page_of_a_paid_order_moves_nothing(client, db):
    number = buy(client, "monproduit=1")
    form = client.hidden(PAY)
    pay(client)
    before = db.order(number)
    assert client.open(url_of("payment", number)).view == "produce"
    client.visit("POST", VIEW, form)
    assert db.order(number) == before


def test_b31_a_bank_transfer_waits_for_the_seller(client, visitor, db):
    number = buy(client, "monproduit=1", "transfer")
    assert "FR1420041010050500013M02606" in client.text.replace(" ", "")
    client.submit(PAY)
    order = db.order(number)
    assert (order["status"], order["paymode"]) == ("PENDING", "transfer")
    # Asking again does not pay.
    client.open(url_of("produce", number))
    assert db.order(number)["status"] == "PENDING"
    assert db.products(number) == 0
    seller = log_in(visitor(), ADMIN)
    seller_moves(seller, number, "SOLDOUT")
    assert client.open(url_of("produce", number)).status == 200
    assert db.order(number)["status"] == "COMPLETE"
    assert db.products(number) == 1


@pytest.mark.parametrize("status", ["COMPLETE", "PAYBACK", "nonsense", "", "soldout"])
def test_a_move_that_the_table_does_not_have_is_refused(status, client, visitor, db):
    number = buy(client, "monproduit=1", "check")
    seller = log_in(visitor(), ADMIN).open(BILLS)
    fields = seller.hidden({"what": "flowchange", "transid": number}) | {"status": status, "ask": ""}
    before = db.snapshot()
    seller.ask("POST", BILLS, fields)
    assert seller.status in (400, 409)
    assert db.snapshot() == before


def test_a_buyer_is_no_seller(client, visitor, db):
    number = buy(client, "monproduit=1", "check")
    log_in(client, JEAN)
    before = db.snapshot()
    for path in (BILLS, SCAN, f"{SCAN}?transid={urllib.parse.quote(number)}"):
        assert client.open(path).status == 403
    client.open(f"{VIEW}?view=shop")
    client.ask("POST", BILLS, {"what": "flowchange", "transid": number, "status": "SOLDOUT", "sesskey": client.sesskey})
    assert client.status == 403
    assert db.snapshot() == before


def test_settings_changed_from_outside_are_seen_by_the_next_request(client, db):
    at_order(client)
    assert "test" in client.offered
    with db.setting("test", "0"):
        assert "test" not in client.open(f"{VIEW}?view=order").offered
    assert "test" in client.open(f"{VIEW}?view=order").offered
    with db.setting("iban", "FR7630006000011234567890189"):
        place(client, "transfer")
        assert "FR7630006000011234567890189" in client.text.replace(" ", "")
    assert "FR1420041010050500013M02606" in client.open(client.url).text.replace(" ", "")
    with db.changed("local_shop_catalogitem", "id = 1", price1="10.000"):
        assert "€12.00" in client.open(f"{VIEW}?view=shop").text
    with db.changed("local_shop", "id = 1", currency="JPY"):
        assert "¥" in client.open(f"{VIEW}?view=shop").text


def test_a_price_that_changes_before_the_order_is_placed_is_shown_first(client, db):
    at_order(client)
    form = client.hidden(ORDER) | {"paymode": "check", "go": "1"}
    before = db.snapshot()
    with db.changed("local_shop_catalogitem", "id = 1", price1="25.000"):
        client.visit("POST", VIEW, form)
        assert client.status == 409
        assert "€30.00" in client.text and 'role="alert"' in client.html
    assert db.snapshot() == before


def test_a_proxy_is_believed_only_when_the_setting_says_so(visitor, db):
    client = visitor(**{"X-Forwarded-Proto": "https"})
    link = f"{VIEW}?id=1&what=import&monproduit=1&autodrive=1"
    assert client.ask("GET", link).answer["location"].startswith("http://127.0.0.1:")
    with db.setting("sslproxy", "1", plugin="core"):
        other = visitor(**{"X-Forwarded-Proto": "https"})
        assert other.ask("GET", link).answer["location"].startswith("https://127.0.0.1:")
        assert "secure" in other.answer["set-cookie"].lower()
        plain = visitor(**{"X-Forwarded-Proto": "http"})
        assert plain.ask("GET", link).answer["location"].startswith("http://127.0.0.1:")
        assert visitor().ask("GET", link).answer["location"].startswith("http://127.0.0.1:")


def test_every_answer_carries_its_guards(client):
    follow_link(client, "monproduit=1")
    for path in (f"{VIEW}?view=shop", f"{VIEW}?view=nonsense", BILLS, "/login/index.php"):
        answer = client.ask("GET", path).answer
        assert "default-src 'none'" in answer["content-security-policy"] and "frame-ancestors 'none'" in answer["content-security-policy"]
        assert "unsafe-inline" not in answer["content-security-policy"]
        assert answer["x-content-type-options"] == "nosniff"
        assert answer["cache-control"] == "no-store"
        assert "x-powered-by" not in answer
    cookie = Client(client.root).ask("GET", f"{VIEW}?id=1&what=import&monproduit=1").answer["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie


@pytest.mark.parametrize("wish", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "\thttp://evil.example"])
def test_the_log_in_page_leads_nowhere_else(wish, client):
    client.open(f"/login/index.php?wantsurl={urllib.parse.quote(wish)}")
    fields = {"wantsurl": wish, "username": JEAN, "password": "demo"}
    assert client.ask("POST", "/login/index.php", fields).answer["location"] == f"{client.root}{VIEW}?view=shop"


def test_logging_in_changes_the_session_id_and_the_key(client):
    follow_link(client, "monproduit=1")
    before, key = client.cookies["MoodleSession"], client.sesskey
    log_in(client, JEAN)
    assert client.cookies["MoodleSession"] != before
    client.open(f"{VIEW}?view=shop")
    assert client.sesskey != key
    assert "1 × MonProduit" in client.text


def test_a_session_id_of_a_strangers_making_is_not_taken(client):
    client.cookies["MoodleSession"] = "a" * 32
    follow_link(client, "monproduit=1")
    assert client.cookies["MoodleSession"] != "a" * 32


def test_head_changes_nothing(client):
    """A link that a mail scanner or a preview asks about with HEAD must not empty anyone's cart."""
    follow_link(client, "monproduit=2", autodrive=False)
    client.ask("HEAD", f"{VIEW}?shopid=1&what=import&livre=1")
    assert client.status == 303 and client.body == b""
    client.open(f"{VIEW}?view=shop&shopid=1")
    assert client.document.form({"what": "setunits", "productname": "monproduit"}), client.text
    assert not client.document.form({"what": "setunits", "productname": "livre"})
    sesskey = client.hidden({"what": "setunits", "productname": "monproduit"})["sesskey"]
    client.ask("HEAD", f"{VIEW}?view=shop&what=clearall&shopid=1&sesskey={sesskey}")
    assert client.status == 405


def test_a_visitor_by_the_name_localhost_stays_there(client, shop):
    """His session is a cookie of that name: a redirect to 127.0.0.1 would lose his cart."""
    link = f"{VIEW}?shopid=1&what=import&livre=1&autodrive=1"
    port = shop.root.rsplit(":", 1)[1]
    client.ask("GET", link, headers={"Host": f"localhost:{port}"})
    assert client.answer["location"].startswith(f"http://localhost:{port}/")
    client.ask("GET", link, headers={"Host": "evil.example"})
    assert client.answer["location"].startswith(f"http://127.0.0.1:{port}/")


def test_a_seller_releases_an_order_that_was_held(client, visitor, db):
    follow_link(client, "monproduit=1")
    tell_customer(client)
    place(client, "check")
    number = transid(client)
    db.run("UPDATE local_shopengine_order SET held = 'amount_mismatch' WHERE transactionid = ?", number)
    seller = visitor()
    log_in(seller, "admin@example.org")
    seller.open(BILLS)
    held = {"what": "release", "transid": number}
    seller.ask("POST", BILLS, seller.hidden(held) | {"sesskey": "0" * 32})
    assert seller.status == 403
    assert db.order(number)["e_held"] == "amount_mismatch"
    seller.open(BILLS)
    seller.submit(held)
    assert db.order(number)["e_held"] == "amount_mismatch" and "Release the hold" in seller.text
    confirm_release(seller.open(BILLS), number)
    assert not seller.has_form(held)
    assert db.order(number)["e_held"] is None
    assert db.value("SELECT event FROM local_shopengine_history ORDER BY id DESC LIMIT 1") == "release"
