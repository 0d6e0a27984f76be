"""Sections 3.1.5.1 to 3.1.5.4 of GNU Taler's merchant tutorial ("Repurchase detection and fulfillment URLs"), sentence by sentence:
each is a scenario in the shop, with the simulated backend and wallets, and its test here bears its number. The engine's own tests of the
same sentence, for every gateway, are named beside it (tests/repurchase.rs).

3.1.5.1, the message
 1 The wallet shows it after the purchase. test_3151_1
   the_message_is_any_utf8_text_that_the_buyer_sees_after_the_purchase
 2 It is any UTF-8 text, a friendly last word. test_3151_2
   the same
 3 Wallets learn it before the purchase. test_3151_3
 4 So it holds nothing that the buyer pays for. test_3151_4
   the_seller_is_warned_that_wallets_read_the_message_before_the_purchase
 5 It serves where there is no URL to lead the buyer to. test_3151_5
   messages_are_used_when_the_seller_has_no_address_to_redirect_to

3.1.5.2, the URL
 1 A contract may have it instead of a message. test_3152_1
 2 It is of the web (http, https); the buyer is led there at once, and later from his wallet's history. test_3152_2, for each half
   the_address_refers_to_a_website_beginning_with_http_or_https,
   the_buyer_is_redirected_after_the_purchase_and_finds_it_later_in_the_order
 3 It also serves to detect repurchases. test_3152_3
   the_session_that_paid_is_not_asked_to_pay_again
 4 So one has to take care with it: 3152_2 and 3154_1
   the_catalogue_check_finds_what_a_seller_should_look_at
 5 (announces the two sections that follow)

3.1.5.3, detecting repurchases
 1 A buyer paid on one device and reads on another, which may have no wallet. test_3153_1
   the_client_paid_on_one_device_and_reads_on_another
 2 At this point he is asked to pay again. test_3153_2
   at_this_point_another_device_without_proof_is_still_asked_to_pay
 3 The wallet that paid opens the link of the QR code: it claims the contract, finds the same URL, and replays its payment for the
   session that the code names. test_3153_3
   the_wallet_replays_for_the_browsers_session_and_the_unpaid_order_is_already_bought
 4 The backend moves the existing order to that session. test_3153_4
 5 Whoever then asks about the new order, or is waiting for an answer, is told of the paid one. test_3153_5, for each case
 6 The browser is led to the URL at once. test_3153_6
   the same as of 3
 7 So the same digital product always has the same URL. test_3153_7
   the_same_product_always_has_the_same_address
 8 A session moves only with the wallet that paid, which limits sharing. test_3153_8
   changing_the_session_to_another_device_limits_the_sharing_of_purchases

3.1.5.4, buying again
 1 No two products have one URL, nor has what is bought repeatedly. test_3154_1, for each half
   one_address_is_not_used_for_different_products, physical_goods_are_bought_repeatedly
 2 What is to be detected has the same one consistently. test_3154_2
   the_same_product_always_has_the_same_address
 3 The order's number makes it unique. test_3154_3
   an_address_with_the_orders_id_is_never_detected
 4 Where the number is not known yet, ${ORDER_ID} stands for it. test_3154_4
 5 It is replaced at once, before the contract is stored. test_3154_5; of the backend: test_taler_peer.py
   the_placeholder_is_replaced_before_the_order_is_stored
"""

import json
import re
import time
import urllib.parse
import urllib.request

import pytest

from scenarios import *
from wallets import *

PRODUCTS = "/local/shopengine/products.php"
MESSAGE = "Merci ! Bonne lecture — 感謝您的購買 📖 « à bientôt »"


def contract(taler, number):
    """What a wallet learns of an order."""
    return taler.orders[reference(taler, number)].terms


# 3.1.5.1, the message.

def test_3151_1_the_wallet_shows_the_message_after_the_purchase(client, taler, wallet, db):
    with fulfilled(db, "monproduit", "", MESSAGE):
        buy(client, "monproduit=1", "taler")
        wallet.pay(link_of(client))
    assert wallet.history()[0]["fulfillment_message"] == MESSAGE and wallet.history()[0]["fulfillment_url"] is None


def test_3151_2_the_message_is_any_text_of_utf_8_and_a_friendly_last_word(page, taler, wallet, db):
    with fulfilled(db, "monproduit", "", MESSAGE):
        number = at_the_till(page, "monproduit=1")
        assert contract(taler, number)["fulfillment_message"] == MESSAGE
        wallet.pay(to_the_wallet(page))
        # The shop says it as well, after the payment.
        arrives(page, re.compile("view=produce"))
        assert MESSAGE in page.text
        page.shot("message")


def test_3151_3_wallets_learn_the_message_before_the_purchase(client, taler, wallet, db):
    with fulfilled(db, "monproduit", "", MESSAGE):
        number = buy(client, "monproduit=1", "taler")
        assert MESSAGE not in client.text
        purchase = wallet.open(link_of(client))
    assert (purchase.state, purchase.fulfillment_message) == ("proposed", MESSAGE)
    assert db.order(number)["status"] == "PLACED"


def test_3151_4_the_seller_is_warned_to_put_no_secret_into_the_message(surf):
    for lang, words in (("en", "no password, no licence key"), ("fr", "mot de passe")):
        staff = surf(lang)
        log_in(staff, ADMIN)
        staff.open(PRODUCTS)
        assert words in staff.text
        staff.shot(f"warning-{lang}")


def test_3151_5_the_message_serves_where_the_merchant_has_no_url(client, taler, wallet, db):
    for url, message in (("", MESSAGE), ("https://lecture.example/x", MESSAGE), ("https://lecture.example/x", ""), ("", "")):
        with fulfilled(db, "monproduit", url, message):
            client.cookies.clear()
            number = buy(client, "monproduit=1", "taler")
        # One of them is always there; without either it is a message that names the order.
        terms = contract(taler, number)
        assert terms.get("fulfillment_url", "") == url and ("fulfillment_message" in terms) == (url == ""), terms
        if url == "":
            assert terms["fulfillment_message"] == message or (message == "" and number in terms["fulfillment_message"])


# 3.1.5.2, the address.

def test_3152_1_a_contract_may_hold_a_url_instead_of_a_message(client, taler, wallet, library):
    terms = contract(taler, buy(client, "ebook=1", "taler"))
    assert terms["fulfillment_url"] == library.url + "/ebook"


def test_3152_2_the_url_is_of_the_web(surf, db):
    staff = surf()
    log_in(staff, ADMIN)
    item = str(db.value("SELECT id FROM local_shop_catalogitem WHERE shortname = 'attestation'"))
    for url in ("ftp://lecture.example/x", "javascript:alert(1)", "lecture.example/x", "taler://pay/x/y/"):
        staff.open(PRODUCTS)
        staff.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        staff.submit({"what": "save", "id": item}, {"fulfillmenturl": url})
        assert staff.status == 422 and "http" in staff.text
    assert db.rows("SELECT * FROM local_shopengine_item WHERE catalogitemid = ? AND fulfillmenturl <> ''", item) == []


def test_3152_2_the_buyer_is_taken_there_at_once_and_later_from_his_wallets_history(surf, taler, wallet, library, db):
    page = surf()
    at_the_till(page)
    wallet.pay(to_the_wallet(page))
    arrives(page, library.url + "/ebook")
    # Later, from the details of the purchase: in any browser, whatever the shop does.
    later = surf()
    later.page.goto(wallet.history()[0]["fulfillment_url"])
    assert later.page.locator("h1").inner_text() == "/ebook"


def test_3152_3_the_url_serves_to_detect_repurchases(surf, taler, wallet, library, db):
    first, second, third = surf(), surf(), surf()
    at_the_till(first)
    wallet.pay(to_the_wallet(first))
    at_the_till(second)
    assert wallet.open(to_the_wallet(second)).state == "repurchase"
    tell(db, "ebook", library.url + "/ebook-second-edition")
    try:
        at_the_till(third)
        assert wallet.open(to_the_wallet(third)).state == "proposed"
    finally:
        tell(db, "ebook", library.url + "/ebook", "Bonne lecture !")


# 3.1.5.3, detection of repurchases.

def test_3153_1_a_buyer_who_paid_on_one_device_reads_on_another_without_a_wallet(surf, taler, wallet, library, db):
    phone, desktop = surf(width=360), surf(width=1280)
    at_the_till(phone)
    wallet.pay(to_the_wallet(phone))
    arrives(phone, library.url + "/ebook")
    at_the_till(desktop)
    wallet.open(read_qr(desktop))
    arrives(desktop, library.url + "/ebook")


def test_3153_2_at_first_he_is_asked_to_pay_again(surf, taler, wallet, library, db):
    phone, desktop = surf(), surf()
    at_the_till(phone)
    wallet.pay(to_the_wallet(phone))
    arrives(phone, library.url + "/ebook")
    number = at_the_till(desktop)
    assert db.order(number)["status"] == "PLACED"
    time.sleep(4)
    assert desktop.view == "payment" and db.order(number)["status"] == "PLACED"


def test_3153_3_the_wallet_claims_sees_the_same_url_and_replays_the_payment_for_the_session_of_the_qr_code(surf, taler, wallet, library):
    phone, desktop = surf(), surf()
    first = at_the_till(phone)
    wallet.pay(to_the_wallet(phone))
    second = at_the_till(desktop)
    link = read_qr(desktop)
    assert parse_link(link).session
    taler.asked.clear()
    wallet.open(link)
    mine = [(method, path, json.loads(body)) for method, path, body, status in list(taler.asked) if method == "POST" and "private" not in path]
    assert [(method, path) for method, path, _ in mine] == [
        ("POST", f"/orders/{reference(taler, second)}/claim"), ("POST", f"/orders/{reference(taler, first)}/paid")]
    assert mine[1][2]["session_id"] == parse_link(link).session


def test_3153_4_the_backend_moves_the_earlier_order_to_the_session_of_the_browser(surf, taler, wallet):
    phone, desktop = surf(), surf()
    first = reference(taler, at_the_till(phone))
    link = to_the_wallet(phone)
    wallet.pay(link)
    assert taler.orders[first].session == parse_link(link).session
    at_the_till(desktop)
    other = read_qr(desktop)
    wallet.open(other)
    assert taler.orders[first].session == parse_link(other).session != parse_link(link).session


@pytest.mark.parametrize("before", [True, False], ids=["looked at while it happens", "looked at afterwards"])
def test_3153_5_the_status_of_the_new_order_names_the_earlier_one(surf, taler, wallet, library, db, before):
    phone, desktop = surf(), surf()
    bought = at_the_till(phone)
    wallet.pay(to_the_wallet(phone))
    arrives(phone, library.url + "/ebook")
    number = at_the_till(desktop)
    link = read_qr(desktop)
    if not before:
        desktop.page.goto("about:blank")
    wallet.open(link)
    if not before:
        desktop.page.goto(desktop.root + url_of("payment", number))
    arrives(desktop, library.url + "/ebook")
    earlier = db.value("SELECT boughtbefore FROM local_shopengine_order WHERE transactionid = ?", number)
    assert earlier == db.order(bought)["id"]


def test_3153_6_the_browser_is_led_at_once_to_where_the_article_is(surf, taler, wallet, library, db):
    phone, desktop = surf(), surf("fr")
    at_the_till(phone)
    wallet.pay(to_the_wallet(phone))
    arrives(phone, library.url + "/ebook")
    number = at_the_till(desktop)
    wallet.open(read_qr(desktop))
    began = time.monotonic()
    arrives(desktop, library.url + "/ebook")
    assert time.monotonic() - began < 20
    assert db.order(number)["status"] == "CANCELLED" and settlements(db, number) == 0


def test_3153_7_the_same_product_has_the_same_url_in_every_order(surf, visitor, taler, library):
    numbers = [buy(visitor(lang), f"ebook={units}", "taler", email=f"b{units}@example.org") for lang, units in (("en", 1), ("fr", 1), ("en", 2))]
    assert {contract(taler, number)["fulfillment_url"] for number in numbers} == {library.url + "/ebook"}


def test_3153_8_a_session_moves_only_with_the_wallet_that_paid(surf, taler, wallet, library, db):
    phone, desktop = surf(), surf()
    bought = at_the_till(phone)
    wallet.pay(to_the_wallet(phone))
    arrives(phone, library.url + "/ebook")
    number = at_the_till(desktop)
    link = read_qr(desktop)
    first = taler.orders[reference(taler, bought)]
    # Somebody who knows the order, the contract and the session, but has not paid.
    body = json.dumps({"sig": "0" * 103, "h_contract": first.hash, "session_id": parse_link(link).session}).encode()
    request = urllib.request.Request(f"{taler.url}orders/{first.id}/paid", data=body, headers={"Content-Type": "application/json"})
    assert send(request)[0] == 403
    # Another wallet: it would pay.
    assert Wallet("EUR:1000").open(link).state == "proposed"
    time.sleep(4)
    assert desktop.view == "payment" and db.order(number)["status"] == "PLACED"


# 3.1.5.4, buying again.

def test_3154_1_the_seller_is_told_of_one_url_for_different_products(surf, db, library):
    staff = surf()
    log_in(staff, ADMIN)
    staff.open(PRODUCTS)
    assert "same address" not in staff.text
    with fulfilled(db, "monproduit", library.url + "/shared", ""), fulfilled(db, "ebook", library.url + "/shared", ""):
        staff.open(PRODUCTS)
        assert "These products have the same address" in staff.text and "MonProduit" in staff.text
        staff.shot("shared")


def test_3154_1_what_is_bought_repeatedly_has_another_url_each_time(surf, taler, wallet, library, db):
    page = surf()
    urls = []
    for _ in range(2):
        number = at_the_till(page, "livre=1")
        urls.append(contract(taler, number)["fulfillment_url"])
        assert wallet.pay(to_the_wallet(page)).state == "paid"
        arrives(page, urls[-1])
    assert len(set(urls)) == 2 and wallet.balance("EUR") < Amount.parse("EUR:1000")


def test_3154_2_what_is_to_be_detected_has_the_same_url_each_time(visitor, taler, wallet):
    urls = {contract(taler, buy(visitor(), "ebook=1", "taler"))["fulfillment_url"] for _ in range(3)}
    assert len(urls) == 1


def test_3154_3_the_orders_number_in_the_url_makes_it_unique(client, taler, library, db):
    number = buy(client, "livre=1", "taler")
    assert contract(taler, number)["fulfillment_url"] == f"{library.url}/livre?order={urllib.parse.quote(number, safe='')}"


def test_3154_4_the_placeholder_stands_for_a_number_that_is_not_known_yet(surf, db):
    staff = surf()
    log_in(staff, ADMIN)
    item = str(db.value("SELECT id FROM local_shop_catalogitem WHERE shortname = 'attestation'"))
    try:
        staff.open(PRODUCTS)
        staff.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        staff.submit({"what": "save", "id": item}, {"fulfillmenturl": "https://lecture.example/${ORDER_ID}/a"})
        assert db.value("SELECT fulfillmenturl FROM local_shopengine_item WHERE catalogitemid = ?", item) == "https://lecture.example/${ORDER_ID}/a"
    finally:
        db.run("DELETE FROM local_shopengine_item WHERE catalogitemid = ?", item)


def test_3154_5_the_placeholder_is_replaced_before_anything_is_stored(client, taler, db, library):
    number = buy(client, "livre=1", "taler")
    stored = db.value("SELECT fulfillmenturl FROM local_shopengine_order WHERE transactionid = ?", number)
    assert stored == contract(taler, number)["fulfillment_url"] and "$" not in stored
    # And nothing that goes to the backend has it either.
    assert not any(b"ORDER_ID" in body for _, _, body, _ in taler.asked)
