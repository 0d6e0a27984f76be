"""The seed's sections 3.1.5.1 to 3.1.5.4, sentence by sentence: each is a scenario, and its test bears its name.

3.1.5.1 Message de satisfaction
 1 « Ce champ est simplement un message qui sera affiché à l'utilisateur par le portefeuille Taler après que l'utilisateur a effectué
   l'achat. » 3151_1
 2 « Il peut être défini comme n'importe quel type de texte UTF-8 et est censé être utilisé comme un message final amical […] » 3151_2
 3 « Les portefeuilles […] apprennent le texte avant que l'achat ne soit effectué […] » 3151_3
 4 « Par conséquent, ce message ne devrait pas contenir les données d'identification ou les informations que l'utilisateur est susceptible
   d'acheter avec le contrat. » 3151_4
 5 « Les messages d'exécution sont utilisés lorsque le marchand n'a pas d'URL d'exécution vers laquelle rediriger l'utilisateur. » 3151_5
3.1.5.2 fulfillment_url
 1 « Les contrats peuvent contenir un fulfillment_url au lieu d'un fulfillment_message. » 3152_1
 2 « Le fulfillment_url doit faire référence à un site web (commençant par http:// ou https://) et l'utilisateur y sera redirigé
   immédiatement après avoir effectué l'achat et éventuellement plus tard à partir […] de son porte-monnaie. » 3152_2, twice
 3 « Les URL de traitement ont un deuxième objectif : ils sont également utilisés pour la détection des achats. » 3152_3
 4 « Il faut donc veiller à utiliser correctement les URL d'exécution. » the catalogue check: 3154_1; and 3152_2
 5 « Nous expliquons les deux scénarios pertinents […] » announces 3.1.5.3 and 3.1.5.4
3.1.5.3 Détection des rachats
 1 « Un problème possible […] : un client peut avoir payé pour un article sur un appareil, mais peut ensuite vouloir le lire sur un autre
   appareil, peut-être un appareil qui n'a même pas de porte-monnaie Taler installé. » 3153_1
 2 « Naturellement, à ce stade, le client sera encore invité à payer à nouveau pour l'article. » 3153_2
 3 « Si le client ouvre ensuite le lien taler:// dans le portefeuille qui a précédemment payé l'article […], le portefeuille réclamera le
   contrat, détectera que l'URL d'exécution est identique […] et rejoue le paiement précédent, mais cette fois en utilisant l'identifiant
   de session (actuel) du navigateur (il apprend l'identifiant de session à partir du code QR). » 3153_3
 4 « Le backend du commerçant met alors à jour l'ID de session de la commande existante […] » 3153_4
 5 « Lorsque le statut de paiement de la « nouvelle » commande non payée est vérifié (ou déjà en interrogation longue), le backend détecte
   que […] il existe un contrat payé existant. » 3153_5, afterwards and meanwhile
 6 « Il demande alors au navigateur de rediriger immédiatement vers l'URL d'exécution où l'article déjà payé est disponible. » 3153_6
 7 « Il est donc essentiel que les commerçants utilisent toujours la même URL de traitement pour le même produit numérique […] » 3153_7
 8 « Le changement de l'identifiant de session vers un autre appareil nécessite l'intervention du portefeuille d'origine […] » 3153_8
3.1.5.4 Permettre des achats répétés
 1 « […] ne pas utiliser le même URL de traitement pour différents produits ou pour des produits physiques pour lesquels les clients sont
   susceptibles d'acheter l'article à plusieurs reprises. » 3154_1, for each half
 2 « De même, il est essentiel que les commerçants utilisent systématiquement la même URL […] » 3154_2
 3 « Une façon pratique de créer une URL de traitement unique est d'incorporer l'identifiant de la commande […] » 3154_3
 4 « Pour permettre l'utilisation de l'ID de la commande […] même si le champ order_id n'est pas défini par le marchand […], vous pouvez
   utiliser le texte placeholder ${ORDER_ID} […] » 3154_4
 5 « Le backend du marchand remplacera alors immédiatement ${ORDER_ID} dans l'URL par l'ID réel de la commande (avant de persister les
   termes du contrat localement). » 3154_5; of the simulated backend: test_taler_peer.py
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
    assert time.monotonic() - began < 15
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
