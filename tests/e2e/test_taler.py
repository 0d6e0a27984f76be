"""GNU Taler end to end: the storefront in Chromium, a simulated merchant backend and wallets (tests/peers/taler), the QR code read
by a decoder that is not ours. The seed's sentences are in test_taler_sentences.py.
"""

import base64
import concurrent.futures
import decimal
import json
import re
import time
import urllib.parse

import pytest

from scenarios import *
from wallets import *


def test_a_buyer_pays_with_his_wallet_and_is_taken_to_what_he_bought(page, taler, wallet, library, db):
    number = at_the_till(page, lastname="Lefèvre")
    page.shot("till")
    link = to_the_wallet(page)
    assert parse_link(link).base == taler.url
    purchase = wallet.open(link)
    assert purchase.terms["amount"] == "EUR:" + f"{float(db.order(number)['amount']):.2f}".rstrip("0").rstrip(".")
    assert db.order(number)["status"] == "PLACED"
    wallet.confirm(purchase)
    arrives(page, library.url + "/ebook")
    wait_for(lambda: db.order(number)["status"] == "COMPLETE")
    assert settlements(db, number) == 1 and db.products(number) == 1
    # He finds it again: in his wallet, and on the order's page.
    assert wallet.history()[0]["fulfillment_url"] == library.url + "/ebook"
    page.open(url_of("produce", number))
    assert page.page.locator(f'a[href="{library.url}/ebook"]').count() >= 1


def test_on_a_second_browser_the_wallet_shows_that_it_has_paid_and_nothing_is_charged(surf, taler, wallet, library, db):
    first, second, third = surf(), surf("fr"), surf()
    bought = at_the_till(first)
    wallet.pay(to_the_wallet(first))
    arrives(first, library.url + "/ebook")
    wait_for(lambda: db.order(bought)["status"] == "COMPLETE")
    balance, spent = wallet.balance("EUR"), len(taler.spent)
    # Another browser, without a wallet, of somebody who may be anybody: he is asked to pay.
    number = at_the_till(second, email="camille@ailleurs.example", lastname="Martin")
    assert number != bought and db.order(number)["status"] == "PLACED"
    second.shot("second")
    link = read_qr(second)
    assert parse_link(link).session not in ("", wallet.purchases[0].session)
    found = wallet.open(link)
    assert (found.state, wallet.balance("EUR"), len(taler.spent)) == ("repurchase", balance, spent)
    arrives(second, library.url + "/ebook")
    assert db.order(number)["status"] == "CANCELLED"
    assert settlements(db, number) == 0 and db.products(number) == 0
    assert db.value("SELECT boughtbefore FROM local_shopengine_order WHERE transactionid = ?", number) == db.order(bought)["id"]
    # From now on this browser may have it without the wallet, and without the backend.
    taler.fault = "down"
    follow_link(second, "ebook=1")
    if second.has_form(CUSTOMER):
        tell_customer(second, email="camille@ailleurs.example")
    second.page.locator('form:has(input[name="view"][value="order"]) input[name=paymode][value=taler]').check()
    second.page.locator('button[name="go"]').click()
    arrives(second, library.url + "/ebook")
    taler.fault = None
    # A third one has no such wallet: he pays.
    stranger = Wallet("EUR:1000")
    at_the_till(third)
    assert stranger.pay(to_the_wallet(third)).state == "paid"
    assert len(taler.spent) == spent + 1


def test_livre_is_bought_twice_and_paid_twice(surf, taler, wallet, library, db):
    page = surf()
    numbers = []
    for _ in range(2):
        numbers.append(at_the_till(page, "livre=2"))
        purchase = wallet.pay(to_the_wallet(page))
        assert purchase.state == "paid"
        number = urllib.parse.quote(numbers[-1], safe="")
        arrives(page, f"{library.url}/livre?order={number}")
        wait_for(lambda: db.order(numbers[-1])["status"] == "COMPLETE")
    assert numbers[0] != numbers[1] and len(wallet.purchases) == 2
    assert [db.products(number) for number in numbers] == [2, 2]
    assert [settlements(db, number) for number in numbers] == [1, 1]
    # In one browser, or another.
    other = surf()
    at_the_till(other, "livre=1")
    assert wallet.open(to_the_wallet(other)).state == "proposed"


def without_a_link(driver, db):
    """A guest whose order is placed while the backend cannot take it: there is a page, and nothing to pay on it."""
    follow_link(driver, "monproduit=1")
    tell_customer(driver)
    place(driver, "taler")
    number = db.value("SELECT transactionid FROM local_shop_bill WHERE id = (SELECT MAX(id) FROM local_shop_bill)")
    assert driver.view == "payment" and "taler://" not in driver.html and "taler+http://" not in driver.html
    assert db.order(number)["status"] == "PLACED" and "(code " not in driver.text
    return number


@pytest.mark.parametrize(("fault", "where"), [("down", ""), ("redirect", "config"), ("html", "config"), ("error", "private/"),
                                              ("garbage", "private/"), ("empty", "private/"), ("endless", "private/")])
def test_with_the_backend_away_the_buyer_is_told_so_and_pays_later(page, taler, wallet, db, fault, where):
    taler.fault, taler.fault_on = fault, where
    number = without_a_link(page, db)
    assert page.status in (422, 503)
    # The browser's console tells the status too.
    page.problems = [problem for problem in page.problems if "the server responded with a status of 503" not in problem]
    page.shot("away")
    taler.fault = None
    page.open(url_of("payment", number))
    wallet.pay(to_the_wallet(page))
    page.page.wait_for_url(re.compile("view=produce"))
    wait_for(lambda: db.order(number)["status"] == "COMPLETE")
    assert settlements(db, number) == 1


def test_a_backend_that_goes_away_after_the_payment_costs_nobody_an_order(page, taler, wallet, library, db):
    number = at_the_till(page)
    link = to_the_wallet(page)
    # The shop cannot ask; the wallet still pays.
    taler.fault, taler.fault_on = "down", "private/"
    purchase = wallet.open(link)
    taler.alter = lambda method, path, status, said: (500, {"code": 52}) if "token=" in path else (status, said)
    wallet.confirm(purchase)
    time.sleep(3)
    assert db.order(number)["status"] == "PLACED" and settlements(db, number) == 0
    taler.fault = taler.alter = None
    arrives(page, library.url + "/ebook")
    wait_for(lambda: db.order(number)["status"] == "COMPLETE")


def test_a_buyer_who_closes_the_browser_is_served_by_the_webhook(client, shop, taler, wallet, db):
    hook(taler, shop)
    number = buy(client, "monproduit=1", "taler")
    wallet.pay(link_of(client))
    wait_for(lambda: db.order(number)["status"] == "COMPLETE")
    taler.wait(lambda: taler.deliveries)
    assert taler.deliveries[-1][3] == 200


def test_webhooks_that_come_many_times_at_once_settle_once(client, shop, taler, wallet, db):
    number = buy(client, "monproduit=2", "taler")
    wallet.pay(link_of(client))
    hook(taler, shop)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = [status for found in pool.map(lambda _: taler.again("pay", reference(taler, number)), range(24)) for status in found]
    assert set(answers) <= {200, 503} and 200 in answers, answers
    wait_for(lambda: db.order(number)["status"] == "COMPLETE")
    # Refused while another call about this order is under way; the merchant backend comes again.
    wait_for(lambda: taler.again("pay", reference(taler, number)) == [200])
    assert settlements(db, number) == 1 and db.products(number) == 2


def test_a_webhook_is_only_a_hint(client, shop, taler, wallet, db):
    number = buy(client, "monproduit=1", "taler")
    link = link_of(client)
    body = json.dumps({"order_id": reference(taler, number), "order_status": "paid", "amount": "EUR:1"}).encode()
    tell = lambda body, secret=SECRET: client.ask("POST", WEBHOOK, body, {"Content-Type": "application/json"} | (
        {"X-Shopengine-Secret": secret} if secret is not None else {})).status
    # Unpaid, claimed: whatever the message says.
    assert tell(body) == 200
    purchase = wallet.open(link)
    assert tell(body) == 200 and db.order(number)["status"] == "PLACED"
    wallet.confirm(purchase)
    # Not from the seller's backend: nothing is even asked.
    asked = len(taler.asked)
    for secret in (None, "wrong", ""):
        assert tell(body, secret) == 403
    assert len(taler.asked) == asked and db.order(number)["status"] == "PLACED"
    for wrong in (b"", b"{", b"[]", b"\xff", b'{"order_id":1}', b'{"order_id":"../../../config"}', b'{"order_id":"NOBODYS"}'):
        assert tell(wrong) in (200, 400, 404, 422), wrong
    assert len(taler.asked) == asked
    assert tell(body) == 200
    wait_for(lambda: db.order(number)["status"] == "COMPLETE")


def test_what_is_only_claimed_never_ships(page, shop, taler, wallet, db):
    hook(taler, shop)
    number = at_the_till(page)
    purchase = wallet.open(to_the_wallet(page))
    assert taler.again("pay", reference(taler, number)) == [200]
    # The page asks, the buyer asks, whoever asks.
    time.sleep(4)
    page.page.reload()
    for again in ("", "&poll=1"):
        page.page.request.get(f"{page.root}/local/shop/paymodes/taler/process.php?transid={urllib.parse.quote(number)}{again}")
    assert any("private/orders/" in path and "session_id" in path for _, path, _, _ in taler.asked)
    assert db.order(number)["status"] == "PLACED" and db.products(number) == 0 and settlements(db, number) == 0
    page.shot("claimed")
    wallet.confirm(purchase)
    wait_for(lambda: db.order(number)["status"] == "COMPLETE")


@pytest.mark.parametrize("fault", ["amount", "currency"])
def test_another_amount_or_currency_never_settles(client, shop, taler, wallet, db, fault):
    number = buy(client, "monproduit=1", "taler")
    wallet.pay(link_of(client))
    taler.fault = fault
    hook(taler, shop)
    taler.again("pay", reference(taler, number))
    client.open(url_of("payment", number))
    client.open(url_of("produce", number))
    assert db.order(number)["status"] == "PLACED" and db.products(number) == 0
    if fault == "amount":
        assert db.order(number)["e_held"] == "taler_foreign_order"
    taler.fault = None
    taler.again("pay", reference(taler, number))


def test_another_protocol_is_not_spoken(client, taler, wallet, db):
    taler.fault = "version"
    number = without_a_link(client, db)
    taler.fault = None
    client.open(url_of("payment", number))
    wallet.pay(link_of(client))


def test_after_the_deadline_nobody_pays_and_nothing_is_lost(page, taler, wallet, db):
    number = at_the_till(page)
    purchase = wallet.open(to_the_wallet(page))
    taler.clock.advance(80 * 3600)
    with pytest.raises(WalletError, match="410"):
        wallet.confirm(purchase)
    assert wallet.balance("EUR") == Amount.parse("EUR:1000") and db.order(number)["status"] == "PLACED"


def test_when_the_deadline_is_over_the_buyer_gets_a_new_link(page, taler, wallet, db):
    number = at_the_till(page, "monproduit=1")
    first, link = reference(taler, number), to_the_wallet(page)
    purchase = wallet.open(link)
    past = int(time.time()) - 1000
    db.run("UPDATE local_shopengine_attempt SET request = json_set(request, '$.order.pay_deadline.t_s', ?) WHERE reference = ?", past, first)
    taler.orders[first].terms["pay_deadline"] = taler.orders[first].contract["pay_deadline"] = {"t_s": past}
    with pytest.raises(WalletError, match="410"):
        wallet.confirm(purchase)
    page.open(url_of("payment", number))
    assert reference(taler, number) != first and to_the_wallet(page) != link
    assert db.order(number)["status"] == "PLACED"
    wallet.pay(to_the_wallet(page))
    wait_for(lambda: db.order(number)["status"] == "COMPLETE")
    assert settlements(db, number) == 1 and len(wallet.purchases) == 2


def test_what_the_seller_pays_back_at_his_backend_counts_when_the_wallet_has_it(client, shop, taler, wallet, db):
    number = buy(client, "monproduit=1", "taler")
    wallet.pay(link_of(client))
    for event in ("pay", "refund"):
        hook(taler, shop, event)
    id = reference(taler, number)
    taler.again("pay", id)
    wait_for(lambda: db.order(number)["status"] == "COMPLETE")
    back = lambda: db.value("SELECT refunded FROM local_shopengine_settlement WHERE reference = ?", id)
    grant = lambda amount: taler.instances["default"].give_back(id, {"refund": amount, "reason": "retour"})
    # Granted, and waiting for the wallet: said as often as one likes, nothing has moved.
    grant("EUR:4")
    for _ in range(3):
        assert taler.again("refund", id) == [200]
    assert float(back()) == 0 and db.order(number)["status"] == "COMPLETE"
    # More of it: the sum counts, not the sums.
    grant("EUR:10.5")
    assert str(wallet.collect(wallet.purchases[0])) == "EUR:10.5"
    for _ in range(3):
        assert taler.again("refund", id) == [200]
    assert back() == "10.50" and db.order(number)["status"] == "COMPLETE"
    grant("EUR:23.99")
    taler.again("refund", id)
    assert back() == "10.50" and db.order(number)["status"] == "COMPLETE"
    assert str(wallet.collect(wallet.purchases[0])) == "EUR:13.49"
    taler.again("refund", id)
    wait_for(lambda: db.order(number)["status"] == "PAYBACK")
    assert back() == "23.99" and wallet.balance("EUR") == Amount.parse("EUR:1000")


@pytest.mark.parametrize("kind", ["of 2021", "an instance behind a path"])
def test_other_backends_sell_and_lead_to_the_article_too(surf, taler, wallet, library, db, kind):
    old = kind == "of 2021"
    other = Backend(currency="EUR", old_times=old, **({} if old else {"prefix": "/merchant", "instances": ("default", "librairie")}))
    other.claimed_tells_repurchase = not old
    name = "default" if old else "librairie"
    try:
        with db.setting("taler_backend_url", other.instances[name].url.removesuffix("/")), db.setting("taler_access_token", other.token):
            first, second = surf(), surf()
            bought = at_the_till(first)
            assert wallet.pay(to_the_wallet(first)).base == other.instances[name].url
            arrives(first, library.url + "/ebook")
            wait_for(lambda: db.order(bought)["status"] == "COMPLETE")
            number = at_the_till(second)
            assert wallet.open(read_qr(second)).state == "repurchase"
            arrives(second, library.url + "/ebook")
            assert db.order(number)["status"] == "CANCELLED"
    finally:
        other.stop()


def test_a_token_of_little_scope_is_enough_and_less_is_told(visitor, taler, wallet, db):
    body = {"duration": {"d_us": 3600 * 10 ** 6}}
    merchant, basic = taler.instances["default"], "Basic " + base64.b64encode(b"default:demo").decode()
    with db.setting("taler_access_token", merchant.new_token(basic, body | {"scope": "readonly"})["access_token"]):
        number = without_a_link(visitor(), db)
    assert number
    with db.setting("taler_access_token", merchant.new_token(basic, body | {"scope": "order-simple"})["access_token"]):
        client = visitor()
        number = buy(client, "monproduit=1", "taler")
        wallet.pay(link_of(client))
        client.open(f"/local/shop/paymodes/taler/process.php?transid={urllib.parse.quote(number)}")
        assert db.order(number)["status"] in ("SOLDOUT", "COMPLETE")


def test_taler_util_reads_every_amount_that_the_shop_writes(visitor, taler, db):
    judge = pytest.importorskip("taler.util.amount")
    prices = ["0.010", "0.500", "1.000", "9.999", "19.900", "123.450", "98765.430", "999999.990"]
    for number, price in enumerate(prices):
        with db.product(shortname=f"juge{number}", price1=price):
            client = visitor()
            order = buy(client, f"juge{number}=3&livre=1", "taler")
            due = decimal.Decimal(db.order(order)["amount"])
            said = json.loads(next(body for _, path, body, _ in reversed(taler.asked) if path.endswith("private/orders")))["order"]
            for text in [said["amount"]] + [product["price"] for product in said["products"]]:
                read = judge.Amount.parse(text)
                assert (read.currency, read.stringify()) == ("EUR", text), text
            read = judge.Amount.parse(said["amount"])
            assert decimal.Decimal(read.value) + decimal.Decimal(read.fraction).scaleb(-8) == due
            lines = [judge.Amount.parse(product["price"]) for product in said["products"]]
            assert sum(decimal.Decimal(one.value) + decimal.Decimal(one.fraction).scaleb(-8) for one in lines) == due


@pytest.mark.parametrize("lie", ["unpaid", "another article", "refunded", "unknown"])
def test_what_the_backend_says_of_earlier_orders_is_looked_into(surf, taler, wallet, library, db, lie):
    first, second = surf(), surf()
    bought = at_the_till(first, "monproduit=1" if lie == "another article" else "ebook=1")
    if lie != "unpaid":
        wallet.pay(to_the_wallet(first))
        wait_for(lambda: db.order(bought)["status"] == "COMPLETE")
    number = at_the_till(second)
    session = parse_link(read_qr(second)).session
    known = taler.orders[reference(taler, bought)]
    known.session = session
    if lie == "refunded":
        known.refunds.append({"reason": "", "amount": known.amount, "timestamp": 1, "picked": True})
    names = known.id if lie != "unknown" else "NOSUCHORDER"
    mine = reference(taler, number)

    def lying(method, path, status, said):
        if f"orders/{mine}" in path and isinstance(said, dict) and "taler_pay_uri" in said:
            said = said | {"already_paid_order_id": names, "already_paid_fulfillment_url": library.url + "/ebook"}
        return status, said

    taler.alter = lying
    time.sleep(4)
    second.page.reload()
    assert db.order(number)["status"] == "PLACED"
    assert not second.url.startswith(library.url)

