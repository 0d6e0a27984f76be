"""What the shop's own pages do around a GNU Taler payment: leaving it for another way to pay, the button for those without scripts,
the seller's refund with the buyer's way to it; each page narrow and wide, in both languages."""

import pytest

from scenarios import *
from wallets import *

ORDERS = "/local/shopengine/orders.php"


def paid(client, taler, wallet, db):
    """A guest's order that his wallet has paid, and the shop has heard of it."""
    number = buy(client, "monproduit=1", "taler")
    purchase = wallet.pay(link_of(client))
    client.open(f"/local/shop/paymodes/taler/process.php?transid={urllib.parse.quote(number)}")
    assert db.order(number)["status"] in ("SOLDOUT", "COMPLETE")
    return number, purchase


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_payment_page_fits_and_speaks_both_languages(surf, taler, wallet, db, lang, width):
    page = surf(lang, width)
    at_the_till(page, "monproduit=1&livre=2")
    page.shot("payment")
    assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    taler.fault = "down"
    page.press(page.page.get_by_role("button", name="I have paid" if lang == "en" else "J’ai payé"))
    assert ("does not answer" if lang == "en" else "ne répond pas") in page.text
    taler.fault = None
    wallet.open(to_the_wallet(page))
    page.press(page.page.get_by_role("button", name="I have paid" if lang == "en" else "J’ai payé"))
    page.shot("claimed")
    assert ("Confirm the payment there" if lang == "en" else "Confirmez-y le paiement") in page.text


def test_who_has_no_scripts_pays_with_the_button(client, taler, wallet, db):
    number = buy(client, "monproduit=1", "taler")
    button = f"/local/shop/paymodes/taler/process.php?transid={urllib.parse.quote(number)}"
    client.open(button)
    assert client.view == "payment" and "has not arrived yet" in client.text
    wallet.pay(link_of(client))
    client.open(button)
    assert client.view == "produce" and status_shown(client) in ("SOLDOUT", "COMPLETE")


def test_who_leaves_pays_in_another_way_and_only_once(page, taler, wallet, db):
    number = at_the_till(page, "monproduit=1")
    link = to_the_wallet(page)
    page.press(page.page.get_by_role("button", name="Pay in another way"))
    assert page.view == "order" and "how you want to pay" in page.text
    assert db.order(number)["status"] == "PLACED"
    place(page, "test")
    pay(page)
    assert db.order(number)["status"] == "COMPLETE"
    # What the wallet pays all the same is on record, and the seller is told; nothing is delivered twice.
    wallet.pay(link)
    page.open(f"/local/shop/paymodes/taler/process.php?transid={urllib.parse.quote(number)}")
    assert page.view == "produce"
    hint = {"order_id": reference(taler, number)}
    page.page.request.post(page.root + WEBHOOK, data=hint, headers={"X-Shopengine-Secret": SECRET})
    assert db.order(number)["e_held"] in ("paid_twice", "other_paymode", "older_revision")
    assert db.products(number) == 1


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("width", [360, 1280])
def test_a_seller_pays_back_and_the_buyer_fetches_it(surf, visitor, taler, wallet, db, shop, lang, width):
    client = visitor(lang)
    number, _ = paid(client, taler, wallet, db)
    hook(taler, shop, "refund")
    seller = surf(lang, width)
    log_in(seller, ADMIN)
    seller.open(ORDERS)
    row = seller.page.locator("tr", has_text=number)
    row.locator("summary").click()
    seller.shot("orders")
    form = row.locator('form:has(input[value="refund"])')
    assert form.locator('[name="amount"]').input_value() == "23.99"
    form.locator('[name="amount"]').fill("4,50")
    form.locator('[name="reason"]').fill("Trop cher")
    seller.press(form.get_by_role("button"))
    seller.shot("asked")
    assert ("waits for the buyer’s wallet" if lang == "en" else "attend le portefeuille de l’acheteur") in seller.text
    order = taler.orders[reference(taler, number)]
    assert str(order.sum()) == "EUR:4.5" and order.refunds[0]["reason"] == "Trop cher"
    assert db.order(number)["status"] in ("SOLDOUT", "COMPLETE")
    # The buyer finds it on the page of his order, by the link as by the code.
    buyer = surf(lang, width)
    buyer.page.context.add_cookies([{"name": name, "value": value, "url": shop.root} for name, value in client.cookies.items()])
    buyer.open(url_of("bill", number))
    buyer.shot("refund")
    assert buyer.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert str(wallet.refund(to_the_wallet(buyer))) == "EUR:4.5"
    db.run("UPDATE local_shopengine_inbox SET timemodified = timemodified - 61000 WHERE state = 'asked'")
    # The rest, in full: the order is paid back once the wallet has that too.
    seller.open(ORDERS)
    row = seller.page.locator("tr", has_text=number)
    row.locator("summary").click()
    seller.press(row.locator('form:has(input[value="refund"])').get_by_role("button"))
    assert str(order.sum()) == "EUR:23.99"
    wallet.collect(wallet.purchases[-1])
    taler.again("refund", order.id)
    wait_for(lambda: db.order(number)["status"] == "PAYBACK")
    assert db.value("SELECT refunded FROM local_shopengine_settlement WHERE gateway = 'taler' AND reference = ?", order.id) == "23.99"
