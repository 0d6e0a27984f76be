"""Whether the simulated GNU Taler is honest: the status table of wallet-core's own test of the backend row by row, its session
model, deadlines, refunds, webhooks; GNU Taler's error codes and amounts as `taler-util` has them; and GNU Taler's own demo shops,
`talermerchantdemos`, which sell through it to the simulated wallet."""

import base64
import concurrent.futures
import contextlib
import http.client
import http.server
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

from server import ROOT, free_port

PEER = ROOT / "tests/peers/taler"
sys.path.insert(0, str(PEER))
from amounts import Amount, AmountError  # noqa: E402
from backend import Backend  # noqa: E402
from wallet import Wallet, WalletError, parse_link  # noqa: E402

ARTICLE = "https://example.com/article42"
ORDER = {"summary": "Buy me!", "amount": "KUDOS:5", "fulfillment_url": ARTICLE, "public_reorder_url": ARTICLE + "-share"}


class Merchant:
    """A shop's requests to a backend, without any of the shop's code."""

    def __init__(self, backend, base=None, token=None):
        self.backend, self.base, self.token = backend, base or backend.url, token or backend.token

    def ask(self, method, path, body=None, token="own", headers=(), follow=False):
        headers = dict(headers)
        if token:
            headers["Authorization"] = f"Bearer {self.token if token == 'own' else token}"
        return ask(method, self.base + path, body, headers)

    def order(self, changes=(), **request):
        status, said, _ = self.ask("POST", "private/orders", {"order": ORDER | dict(changes)} | request)
        assert status == 200, said
        return said["order_id"], said.get("token")

    def status(self, order, **query):
        status, said, _ = self.ask("GET", f"private/orders/{order}?{urllib.parse.urlencode(query)}")
        assert status == 200, said
        return said

    def public(self, order, accept="application/json", **query):
        return self.ask("GET", f"orders/{order}?{urllib.parse.urlencode(query)}", token=None, headers={"Accept": accept})

    def sold(self, wallet, session="", changes=(), **request):
        order, _ = self.order(changes, **request)
        wallet.pay(self.status(order, session_id=session)["taler_pay_uri"])
        return order

    def refund(self, order, amount, reason="it was broken"):
        status, said, _ = self.ask("POST", f"private/orders/{order}/refund", {"refund": amount, "reason": reason})
        return status, said


def ask(method, url, body=None, headers=()):
    """Status, JSON (or text), headers; nothing is followed."""
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers=dict(headers) | ({"Content-Type": "application/json"} if data else {}))
    try:
        answer = urllib.request.build_opener(Stay).open(request, timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        text = answer.read().decode()
        return answer.status, json.loads(text) if text.startswith(("{", "[")) else text, answer.headers


@pytest.fixture
def backend():
    service = Backend()
    yield service
    service.stop()


@pytest.fixture
def merchant(backend):
    return Merchant(backend)


@pytest.fixture
def wallet():
    return Wallet("KUDOS:100")


# The table of public statuses. Each row: what state the order is in, what is shown of it, what the answer is. "right" and "wrong"
# are the claim token and the hash of the contract.

WITH_TOKEN = [
    ("unpaid", {}, 202), ("unpaid", {"token": "right"}, 402), ("unpaid", {"token": "wrong"}, 403), ("unpaid", {"h_contract": "wrong"}, 403),
    ("claimed", {}, 202), ("claimed", {"token": "right"}, 402), ("claimed", {"h_contract": "right"}, 402),
    ("claimed", {"token": "wrong"}, 403), ("claimed", {"h_contract": "wrong"}, 403),
    ("paid", {}, 202), ("paid", {"token": "right"}, 200), ("paid", {"h_contract": "right"}, 200),
    ("paid", {"token": "wrong"}, 403), ("paid", {"h_contract": "wrong"}, 403),
]
WITHOUT_TOKEN = [
    ("unpaid", {}, 402), ("unpaid", {"token": "wrong"}, 403),
    ("claimed", {}, 402), ("claimed", {"h_contract": "right"}, 402), ("claimed", {"h_contract": "wrong"}, 403),
    ("claimed", {"token": "wrong"}, 403),
    ("paid", {}, 200), ("paid", {"h_contract": "right"}, 200), ("paid", {"h_contract": "wrong"}, 403), ("paid", {"token": "wrong"}, 403),
]


def rows():
    for create, table in ((True, WITH_TOKEN), (False, WITHOUT_TOKEN)):
        for state, shown, status in table:
            words = "-".join(f"{value} {name}" for name, value in shown.items()) or "nothing shown"
            yield pytest.param(create, state, shown, status, id=f"{'with' if create else 'without'} claim token-{state}-{words}")


@pytest.mark.parametrize(("create", "state", "shown", "status"), list(rows()))
def test_a_row_of_the_public_status_table(merchant, wallet, create, state, shown, status):
    order, token = merchant.order(create_token=create)
    assert bool(token) == create
    hash = ""
    if state != "unpaid":
        purchase = wallet.open(merchant.status(order)["taler_pay_uri"])
        hash = purchase.hash
        if state == "paid":
            wallet.confirm(purchase)
    query = {name: {"token": token, "h_contract": hash}[name] if value == "right" else "0" * 26 for name, value in shown.items()}
    found, said, headers = merchant.public(order, **query)
    assert found == status, said
    if status == 202:
        assert said == {"public_reorder_url": ARTICLE + "-share"}
    if status == 402:
        assert parse_link(said["taler_pay_uri"]).order == order and headers["Taler"] == said["taler_pay_uri"]
        assert said["fulfillment_url"] == ARTICLE and "already_paid_order_id" not in said
    if status == 200:
        assert said == {"refunded": False, "refund_pending": False, "refund_amount": "KUDOS:0", "refund_taken": "KUDOS:0",
                        "fulfillment_url": ARTICLE}
    if status == 403:
        assert said["code"] == 2105
    # The same for who asks for a page, but that strangers are led to the shop.
    page, _, headers = merchant.public(order, "text/html", **query)
    assert page == (302 if status == 202 else status)
    if status == 202:
        assert headers["Location"] == ARTICLE + "-share"


@pytest.mark.parametrize("create", [True, False])
def test_a_second_order_for_what_a_session_has_bought_names_the_first(merchant, wallet, create):
    order, token = merchant.order(create_token=create)
    uri = merchant.public(order, **({"token": token} if token else {}))[1]["taler_pay_uri"]
    wallet.pay(uri)
    # Paid without a session; the wallet proves it for one.
    wallet.open(re.sub(r"/(\?|$)", r"/mysession\1", uri))
    second, token = merchant.order()
    status, said, _ = merchant.public(second, token=token)
    assert status == 402 and "already_paid_order_id" not in said
    status, said, _ = merchant.public(second, token=token, session_id="mysession")
    assert status == 402 and said["already_paid_order_id"] == order
    status, _, headers = merchant.public(second, "text/html", token=token, session_id="mysession")
    assert status == 302 and headers["Location"] == ARTICLE
    status, said, _ = merchant.public(second, token=token, session_id="another")
    assert status == 402 and "already_paid_order_id" not in said


def test_the_page_of_a_paid_order_leads_to_what_was_bought(merchant, backend, wallet):
    backend.redirects_paid = True
    order = merchant.sold(wallet)
    status, _, headers = merchant.public(order, "text/html", token=backend.orders[order].token)
    assert (status, headers["Location"]) == (302, ARTICLE)


def test_an_unknown_order_is_404_for_everybody(merchant):
    for accept in ("application/json", "text/html"):
        status, said, _ = merchant.public("foo", accept)
        assert status == 404 and said["code"] == 2005
    status, said, _ = merchant.ask("GET", "private/orders/foo")
    assert status == 404 and said["code"] == 2005
    for action in ("pay", "paid", "refund"):
        assert merchant.ask("POST", f"orders/foo/{action}", {}, token=None)[0] == 404
    status, said, _ = merchant.ask("POST", "orders/foo/claim", {"nonce": "n"}, token=None)
    assert status == 404 and said["code"] == 2300


def test_a_paid_order_without_a_reorder_address_tells_strangers_nothing(merchant):
    order, _ = merchant.order({"public_reorder_url": "https://example.com/x"})
    del merchant.backend.orders[order].terms["public_reorder_url"]
    assert merchant.public(order)[0] == 403


# Sessions: one, two, three, four.

def test_an_order_is_paid_for_the_session_that_the_wallet_proved_last(merchant, wallet):
    first, _ = merchant.order()
    said = merchant.status(first, session_id="mysession-one")
    assert said["order_status"] == "unpaid" and "already_paid_order_id" not in said
    page = said["order_status_url"]
    assert ask("GET", page)[0] == 402
    purchase = wallet.open(ask("GET", page)[1]["taler_pay_uri"])
    assert purchase.state == "proposed" and ask("GET", page)[0] == 402
    assert merchant.status(first, session_id="mysession-one")["order_status"] == "claimed"
    wallet.confirm(purchase)
    assert ask("GET", page)[0] == 200
    assert merchant.status(first, session_id="mysession-one")["order_status"] == "paid"
    # Another session: not paid, but for whoever asks without one.
    assert merchant.status(first, session_id="mysession-two")["order_status"] == "claimed"
    assert merchant.status(first)["order_status"] == "paid"
    # The wallet opens the first link again: nothing to pay.
    assert wallet.open(said["taler_pay_uri"]).state == "paid"
    assert wallet.balance("KUDOS") == Amount.parse("KUDOS:95")
    # A second order for the same, in a third session: the wallet proves the first payment for it.
    second, _ = merchant.order()
    said = merchant.status(second, session_id="mysession-three")
    assert said["order_status"] == "unpaid" and "already_paid_order_id" not in said
    found = wallet.open(said["taler_pay_uri"])
    assert (found.state, found.paid_by) == ("repurchase", first)
    assert wallet.balance("KUDOS") == Amount.parse("KUDOS:95")
    assert merchant.status(first, session_id="mysession-three")["order_status"] == "paid"
    assert merchant.status(first, session_id="mysession-four")["order_status"] == "claimed"
    assert merchant.status(first, session_id="mysession-one")["order_status"] == "claimed"
    status, pub, _ = ask("GET", said["order_status_url"])
    assert status == 402 and pub["already_paid_order_id"] == first
    said = merchant.status(second, session_id="mysession-three")
    assert (said["order_status"], said["already_paid_order_id"], said["already_paid_fulfillment_url"]) == ("unpaid", first, ARTICLE)
    assert "already_paid_order_id" not in merchant.status(second, session_id="mysession-four")


def test_an_older_backend_says_claimed_and_a_fresh_order_names_the_first(merchant, backend, wallet):
    backend.claimed_tells_repurchase = False
    first = merchant.sold(wallet, "one")
    second, _ = merchant.order()
    wallet.open(merchant.status(second, session_id="two")["taler_pay_uri"])
    assert merchant.status(second, session_id="two")["order_status"] == "claimed"
    third, _ = merchant.order()
    assert merchant.status(third, session_id="two")["already_paid_order_id"] == first


def test_a_second_order_of_the_same_buyer_alone_triggers_nothing(merchant, wallet):
    merchant.sold(wallet, "one")
    second, _ = merchant.order()
    assert "already_paid_order_id" not in merchant.status(second, session_id="two")
    assert "already_paid_order_id" not in merchant.status(second)
    # Nor another article in the session that paid.
    third, _ = merchant.order({"fulfillment_url": "https://example.com/article43"})
    assert "already_paid_order_id" not in merchant.status(third, session_id="one")


def test_the_order_id_in_the_fulfilment_url_makes_every_purchase_a_new_one(merchant, wallet):
    again = {"fulfillment_url": "https://example.com/box?order=${ORDER_ID}"}
    first, second = merchant.sold(wallet, "one", again), merchant.sold(wallet, "one", again)
    assert first != second and wallet.balance("KUDOS") == Amount.parse("KUDOS:90")
    for order in (first, second):
        assert merchant.status(order, session_id="one")["contract_terms"]["fulfillment_url"] == f"https://example.com/box?order={order}"


@pytest.mark.parametrize("allow", [False, True])
def test_a_refunded_order_counts_as_bought_only_if_asked_for(merchant, wallet, allow):
    first = merchant.sold(wallet, "one", refund_delay={"d_us": 10 ** 9})
    assert merchant.refund(first, "KUDOS:5")[0] == 200
    second, _ = merchant.order()
    said = merchant.status(second, session_id="one", **({"allow_refunded_for_repurchase": "YES"} if allow else {}))
    assert ("already_paid_order_id" in said) == allow


def test_a_long_poll_ends_when_the_wallet_pays_or_proves(merchant, wallet):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        first, _ = merchant.order()
        waiting = pool.submit(merchant.status, first, session_id="one", timeout_ms=20000)
        began = time.monotonic()
        wallet.pay(merchant.status(first, session_id="one")["taler_pay_uri"])
        assert waiting.result()["order_status"] == "paid"
        second, token = merchant.order()
        polls = [pool.submit(merchant.status, second, session_id="two", timeout_ms=20000),
                 pool.submit(lambda: merchant.public(second, token=token, session_id="two", timeout_ms=20000)[1])]
        wallet.open(merchant.status(second, session_id="two")["taler_pay_uri"])
        assert [poll.result()["already_paid_order_id"] for poll in polls] == [first, first]
        assert time.monotonic() - began < 10
    third, _ = merchant.order()
    began = time.monotonic()
    assert merchant.status(third, timeout_ms=400)["order_status"] == "unpaid"
    assert 0.4 <= time.monotonic() - began < 2
    assert merchant.ask("GET", f"private/orders/{third}?timeout_ms=soon")[0] == 400


def test_a_session_is_asked_what_it_bought(merchant, wallet):
    first = merchant.sold(wallet, "one")
    where = urllib.parse.urlencode({"fulfillment_url": ARTICLE})
    assert merchant.ask("GET", f"sessions/one?{where}", token=None)[:2] == (200, {"order_id": first})
    assert merchant.ask("GET", f"sessions/two?{where}", token=None)[0] == 202
    assert merchant.ask("GET", "sessions/one?fulfillment_url=https://example.com/", token=None)[0] == 404
    assert merchant.ask("GET", "sessions/one", token=None)[0] == 400


# Creating orders.

def test_an_order_may_be_sent_again_and_not_changed(merchant):
    body = {"order": ORDER | {"order_id": "TU90QMLVYXD5UMZYUQ"}}
    status, said, _ = merchant.ask("POST", "private/orders", body)
    assert status == 200 and said["order_id"] == "TU90QMLVYXD5UMZYUQ"
    assert merchant.ask("POST", "private/orders", body)[:2] == (200, said)
    body["order"]["amount"] = "KUDOS:6"
    status, said, _ = merchant.ask("POST", "private/orders", body)
    assert (status, said["code"]) == (409, 2503)
    assert len(merchant.backend.orders) == 1


@pytest.mark.parametrize(("changes", "status", "code"), [
    ({"amount": "KUDOS:5,00"}, 400, 26), ({"amount": "5.00"}, 400, 26), ({"amount": None}, 400, 2502), ({"amount": 5}, 400, 2502),
    ({"amount": "EUR:5"}, 400, 30), ({"summary": ""}, 400, 25), ({"fulfillment_url": "ftp://example.com/"}, 400, 26),
    ({"fulfillment_url": "javascript:alert(1)"}, 400, 26), ({"fulfilment_url": ARTICLE}, 400, 2502), ({"order_id": "a/b"}, 400, 26),
    ({"order_id": "été"}, 400, 26), ({"order_id": "TU90QMLVYXD5UMZYUQ=="}, 400, 26), ({"pay_deadline": {"t_s": 1}}, 400, 26),
    ({"pay_deadline": {"t_s": "soon"}}, 400, 26), ({"products": [{"name": "x"}]}, 400, 2502),
    ({"products": [{"description": "x", "price": "EUR:1"}]}, 400, 30)])
def test_what_is_no_order_is_refused(merchant, changes, status, code):
    found, said, _ = merchant.ask("POST", "private/orders", {"order": ORDER | changes})
    assert (found, said["code"]) == (status, code), said
    assert not merchant.backend.orders


def test_an_order_says_what_comes_after_paying(merchant, wallet):
    bare = {name: value for name, value in ORDER.items() if name != "fulfillment_url"}
    assert merchant.ask("POST", "private/orders", {"order": bare})[0] == 400
    status, said, _ = merchant.ask("POST", "private/orders", {"order": bare | {"fulfillment_message": "Merci, et à bientôt !"}})
    assert status == 200
    # A wallet knows the message before anything is paid.
    purchase = wallet.open(merchant.status(said["order_id"])["taler_pay_uri"])
    assert purchase.state == "proposed" and purchase.fulfillment_message == "Merci, et à bientôt !"
    assert wallet.confirm(purchase) and wallet.history()[0]["fulfillment_message"] == "Merci, et à bientôt !"


def test_bodies_and_addresses_that_are_none(merchant):
    assert merchant.ask("POST", "private/orders", b"{")[:2] == (400, {"code": 22, "hint": "the body is no JSON"})
    assert merchant.ask("POST", "private/orders", b"[]")[0] == 400
    assert merchant.ask("POST", "private/orders", {})[0] == 400
    assert merchant.ask("GET", "nothing")[0] == 404
    assert merchant.ask("GET", "private/nothing")[0] == 404


def test_who_has_no_token_is_401(merchant):
    for token in (None, "secret-token:wrong", "demo"):
        for method, path in (("POST", "private/orders"), ("GET", "private/orders"), ("GET", "private/orders/foo"),
                             ("POST", "private/orders/foo/refund")):
            assert merchant.ask(method, path, {} if method == "POST" else None, token=token)[0] == 401, (token, path)


def test_a_token_is_had_for_the_password_and_does_what_its_scope_says(merchant, backend, wallet):
    backend.password_is_token = False
    assert merchant.ask("POST", "private/orders", {"order": ORDER})[0] == 401
    basic = {"Authorization": "Basic " + base64.b64encode(b"default:demo").decode()}
    wrong = {"Authorization": "Basic " + base64.b64encode(b"default:demo2").decode()}
    assert ask("POST", backend.url + "private/token", {"scope": "order-simple"}, wrong)[0] == 401
    assert ask("POST", backend.url + "private/token", {"scope": "everything"}, basic)[0] == 400
    tokens = {}
    for scope in ("readonly", "order-simple", "order-mgmt:refreshable"):
        status, said, _ = ask("POST", backend.url + "private/token", {"scope": scope, "duration": {"d_us": 60 * 10 ** 6}}, basic)
        assert status == 200 and said["expiration"]["t_s"] == pytest.approx(time.time() + 60, abs=2)
        assert said["refreshable"] == scope.endswith(":refreshable")
        tokens[said["scope"]] = said["access_token"]
    assert merchant.ask("POST", "private/orders", {"order": ORDER}, token=tokens["readonly"])[0] == 403
    status, said, _ = merchant.ask("POST", "private/orders", {"order": ORDER}, token=tokens["order-simple"])
    assert status == 200
    refund = f"private/orders/{said['order_id']}/refund", {"refund": "KUDOS:1", "reason": "r"}
    assert merchant.ask("POST", *refund, token=tokens["order-simple"])[0] == 403
    assert merchant.ask("POST", *refund, token=tokens["order-mgmt"])[0] == 409
    backend.clock.advance(61)
    assert merchant.ask("GET", "private/orders", token=tokens["readonly"])[0] == 401


def test_instances_are_merchants_of_their_own():
    service = Backend(instances=("default", "blog"), prefix="/merchant")
    try:
        assert service.url == f"{service.root}/merchant/"
        blog = Merchant(service, service.url + "instances/blog/")
        order, _ = blog.order()
        uri = blog.status(order)["taler_pay_uri"]
        assert re.fullmatch(rf"taler\+http://pay/127\.0\.0\.1:{service.port}/merchant/instances/blog/{order}/\?c=[0-9A-Z]{{26}}", uri)
        wallet = Wallet("KUDOS:10")
        assert wallet.pay(uri).base == blog.base
        assert Merchant(service).ask("GET", f"private/orders/{order}")[0] == 404
        assert Merchant(service, service.url + "instances/none/").ask("GET", "config")[:2] == (404, {"code": 2000, "hint": "instance unknown"})
        status, _, headers = Merchant(service, service.url + "instances/default/").ask("GET", "private/orders/x?session_id=1")
        assert (status, headers["Location"]) == (308, "/merchant/private/orders/x?session_id=1")
    finally:
        service.stop()


def test_the_configuration_tells_protocol_and_currency(merchant):
    status, said, _ = merchant.ask("GET", "config", token=None)
    assert status == 200 and said["name"] == "taler-merchant" and said["currency"] == "KUDOS"
    assert re.fullmatch(r"\d+:\d+:\d+", said["version"])


def test_stock_runs_out(merchant, backend):
    backend.instances["default"].stock["livre"] = 2
    merchant.order(inventory_products=[{"product_id": "livre", "quantity": 2}])
    status, said, _ = merchant.ask("POST", "private/orders", {"order": ORDER, "inventory_products": [{"product_id": "livre", "quantity": 1}]})
    assert status == 410 and (said["requested_quantity"], said["available_quantity"]) == (1, 0)
    assert merchant.ask("POST", "private/orders", {"order": ORDER, "inventory_products": [{"product_id": "disque", "quantity": 1}]})[0] == 404


def test_an_order_is_forgotten_unless_it_is_claimed_or_paid(merchant, wallet):
    order, _ = merchant.order()
    assert merchant.ask("DELETE", f"private/orders/{order}")[0] == 204
    assert merchant.ask("GET", f"private/orders/{order}")[0] == 404
    order, _ = merchant.order()
    purchase = wallet.open(merchant.status(order)["taler_pay_uri"])
    assert merchant.ask("DELETE", f"private/orders/{order}")[1]["code"] == 2520
    wallet.confirm(purchase)
    assert merchant.ask("DELETE", f"private/orders/{order}?force=yes")[0] == 409


# Claiming and paying.

def test_the_first_wallet_has_the_contract(merchant, wallet):
    order, token = merchant.order()
    uri = merchant.status(order)["taler_pay_uri"]
    with pytest.raises(WalletError, match="404"):
        wallet.open(uri.replace(token, "0" * 26))
    wallet.open(uri)
    with pytest.raises(WalletError, match="409"):
        Wallet("KUDOS:100").open(uri)
    assert wallet.open(uri).state == "proposed"


def test_paying_too_little_too_late_or_twice(merchant, backend, wallet):
    order, _ = merchant.order()
    purchase = wallet.open(merchant.status(order)["taler_pay_uri"])
    pay = lambda *coins: merchant.ask("POST", f"orders/{order}/pay", {"coins": [
        {"coin_pub": name, "contribution": amount} for name, amount in coins]}, token=None)
    assert pay()[0] == 400 and pay(("a", "5"))[0] == 400
    assert pay(("a", "KUDOS:2"), ("b", "KUDOS:2.99"))[:2] == (406, {"code": 2156, "hint": "this is not enough"})
    backend.clock.advance(backend.pay_delay + 1)
    assert pay(("a", "KUDOS:5"))[1]["code"] == 2161
    with pytest.raises(WalletError, match="410"):
        wallet.confirm(purchase)
    assert wallet.balance("KUDOS") == Amount.parse("KUDOS:100")
    backend.clock.advance(-backend.pay_delay - 1)
    assert pay(("a", "KUDOS:2"), ("b", "KUDOS:3"))[0] == 200
    assert pay(("a", "KUDOS:2"), ("b", "KUDOS:3"))[0] == 200
    assert pay(("c", "KUDOS:5"))[0] == 409
    other, _ = merchant.order()
    assert merchant.ask("POST", f"orders/{other}/pay", {"coins": [{"coin_pub": "a", "contribution": "KUDOS:5"}]}, token=None)[0] == 404
    wallet.open(merchant.status(other)["taler_pay_uri"])
    assert merchant.ask("POST", f"orders/{other}/pay", {"coins": [{"coin_pub": "a", "contribution": "KUDOS:5"}]}, token=None)[1]["code"] == 2150


def test_a_wallet_without_the_money_pays_nothing(merchant):
    poor = Wallet("KUDOS:4.99")
    order, _ = merchant.order()
    with pytest.raises(WalletError, match="balance"):
        poor.pay(merchant.status(order)["taler_pay_uri"])
    assert merchant.status(order)["order_status"] == "claimed"


def test_a_wallet_refuses_the_contract_of_another_merchant(merchant, backend, wallet):
    order, _ = merchant.order()
    uri = merchant.status(order)["taler_pay_uri"]
    with pytest.raises(WalletError, match="not of http://localhost"):
        wallet.open(uri.replace("127.0.0.1", "localhost"))
    assert wallet.purchases == []


def test_a_wallet_pays_once_whatever_the_server_does(merchant, backend, wallet, monkeypatch):
    order, _ = merchant.order()
    purchase = wallet.open(merchant.status(order)["taler_pay_uri"])
    # The answer to the payment is lost; the wallet asks again with the same coin.
    lost = iter([True, False])
    backend.alter = lambda method, path, status, said: (500, {"code": 52}) if path.endswith("/pay") and next(lost, False) else (status, said)
    wallet.confirm(purchase)
    assert wallet.balance("KUDOS") == Amount.parse("KUDOS:95") and len(backend.spent) == 1
    # All answers are lost, and the wallet gives up; when its owner tries again it is still the same coin.
    monkeypatch.setattr("wallet.TRIES", 2)
    order, _ = merchant.order({"fulfillment_url": "https://example.com/other"})
    purchase = wallet.open(merchant.status(order)["taler_pay_uri"])
    backend.alter = lambda method, path, status, said: (500, {"code": 52}) if path.endswith("/pay") else (status, said)
    with pytest.raises(WalletError, match="500"):
        wallet.confirm(purchase)
    backend.alter = None
    assert merchant.status(order)["order_status"] == "paid" and purchase.state == "proposed"
    wallet.confirm(purchase)
    assert wallet.balance("KUDOS") == Amount.parse("KUDOS:90") and len(backend.spent) == 2


def test_only_who_paid_proves_it_for_a_session(merchant, wallet):
    order = merchant.sold(wallet, "one")
    mine = wallet.purchases[0]
    proof = {"sig": mine.sig, "h_contract": mine.hash, "session_id": "two"}
    replay = lambda **changes: merchant.ask("POST", f"orders/{order}/paid", proof | changes, token=None)
    assert replay(sig="0" * 103)[:2] == (403, {"code": 2201, "hint": "the signature does not prove a payment"})
    assert replay(h_contract="0" * 103)[1]["code"] == 2200
    assert merchant.status(order, session_id="two")["order_status"] == "claimed"
    assert replay()[:2] == (200, {"refunded": False})
    merchant.backend.paid_status = 204
    assert replay()[:2] == (204, "")
    assert merchant.status(order, session_id="two")["order_status"] == "paid"


@pytest.mark.parametrize("uri", ["https://pay/host/order/", "taler://pay/host/order", "taler://pay//order/", "taler://pay/host//",
                                 "taler://withdraw/host/x/"])
def test_what_is_no_payment_link_is_not_opened(uri):
    with pytest.raises(WalletError):
        parse_link(uri)


def test_links_are_read_as_they_are_written():
    link = parse_link("taler://pay/backend.example/pre/fix/instances/blog/2026.1-X/a%2Fb%20c?c=TOKEN")
    assert (link.base, link.order, link.session, link.token) == ("https://backend.example/pre/fix/instances/blog/", "2026.1-X", "a/b c", "TOKEN")
    link = parse_link("taler+http://pay/127.0.0.1:8098/X/")
    assert (link.base, link.order, link.session, link.token) == ("http://127.0.0.1:8098/", "X", "", None)


# Refunds.

def test_a_refund_is_cumulative_and_pending_until_it_is_collected(merchant, wallet):
    order = merchant.sold(wallet, "", refund_delay={"d_us": 10 ** 9})
    assert merchant.refund(order, "KUDOS:5.01")[1]["code"] == 2530
    assert merchant.refund(order, "KUDOS:2")[0] == merchant.refund(order, "KUDOS:2")[0] == 200
    said = merchant.status(order)
    assert (said["refunded"], said["refund_pending"], said["refund_amount"]) == (True, True, "KUDOS:2")
    assert merchant.refund(order, "KUDOS:3.5", "more of it")[0] == 200
    said = merchant.status(order)
    assert [(one["amount"], one["pending"], one["reason"]) for one in said["refund_details"]] == \
        [("KUDOS:2", True, "it was broken"), ("KUDOS:1.5", True, "more of it")]
    # Less than before changes nothing.
    assert merchant.refund(order, "KUDOS:1")[0] == 200 and merchant.status(order)["refund_amount"] == "KUDOS:3.5"
    uri = merchant.refund(order, "KUDOS:3.5")[1]["taler_refund_uri"]
    assert uri.startswith("taler+http://refund/") and wallet.refund(uri) == Amount.parse("KUDOS:3.5")
    assert wallet.balance("KUDOS") == Amount.parse("KUDOS:98.5")
    assert merchant.status(order)["refund_pending"] is False
    assert wallet.collect(wallet.purchases[0]) is None and wallet.balance("KUDOS") == Amount.parse("KUDOS:98.5")
    said = merchant.public(order, h_contract=wallet.purchases[0].hash)[1]
    assert (said["refund_amount"], said["refund_taken"]) == ("KUDOS:3.5", "KUDOS:3.5")


def test_refunds_that_cannot_be(merchant, backend, wallet):
    assert merchant.refund("foo", "KUDOS:1")[0] == 404
    unpaid, _ = merchant.order(refund_delay={"d_us": 10 ** 9})
    assert merchant.refund(unpaid, "KUDOS:1")[1]["code"] == 2531
    never = merchant.sold(wallet, "", {"fulfillment_url": "https://example.com/never"})
    assert merchant.refund(never, "KUDOS:1")[0:2] == (403, {"code": 2532, "hint": "the contract allows no refund"})
    order = merchant.sold(wallet, "", refund_delay={"d_us": 10 ** 9})
    assert merchant.refund(order, "EUR:1")[1]["code"] == 30
    backend.clock.advance(1001)
    assert merchant.refund(order, "KUDOS:1")[0] == 410
    assert merchant.status(order)["refunded"] is False


# Webhooks.

class Listener:
    """Takes webhooks; answers what `answers` says next, then 200."""

    def __init__(self):
        self.got, self.answers = [], []
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                listener.got.append((self.headers, self.rfile.read(int(self.headers["Content-Length"])).decode()))
                self.send_response(listener.answers.pop(0) if listener.answers else 200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def listener():
    found = Listener()
    yield found
    found.stop()


def test_webhooks_are_sent_until_they_are_taken(merchant, backend, wallet, listener):
    for event in ("pay", "refund"):
        hook = {"webhook_id": event, "event_type": event, "url": listener.url, "http_method": "POST",
                "header_template": "X-Secret: s3cret\nX-Order: {{order_id}}",
                "body_template": '{"order_id":"{{order_id}}","of":"{{contract_terms.amount}}"}'}
        assert merchant.ask("POST", "private/webhooks", hook)[0] == merchant.ask("POST", "private/webhooks", hook)[0] == 204
        assert merchant.ask("POST", "private/webhooks", hook | {"url": "http://other/"})[0] == 409
    listener.answers = [500, 503]
    backend.webhook_wait = 0.05
    order = merchant.sold(wallet, "", refund_delay={"d_us": 10 ** 9})
    backend.wait(lambda: len(backend.deliveries) == 3)
    assert [status for *_, status in backend.deliveries] == [500, 503, 200]
    headers, body = listener.got[-1]
    assert json.loads(body) == {"order_id": order, "of": "KUDOS:5"} and (headers["X-Secret"], headers["X-Order"]) == ("s3cret", order)
    merchant.refund(order, "KUDOS:1")
    backend.wait(lambda: len(backend.deliveries) == 4)
    assert backend.again("pay", order) == [200] and len(listener.got) == 5
    assert merchant.ask("DELETE", "private/webhooks/pay")[0] == 204
    assert merchant.ask("GET", "private/webhooks")[1] == {"webhooks": [{"webhook_id": "refund", "event_type": "refund"}]}


# Everything it does wrong when told to.

@pytest.mark.parametrize(("fault", "seen"), [("error", 500), ("garbage", ValueError), ("html", 200), ("empty", 200), ("redirect", 302),
                                             ("down", OSError)])
def test_faults_strike_where_they_are_told_to(merchant, backend, fault, seen):
    order, _ = merchant.order()
    backend.fault, backend.fault_on = fault, "private/orders/"
    if isinstance(seen, int):
        status, said, _ = merchant.ask("GET", f"private/orders/{order}")
        assert status == seen and not (isinstance(said, dict) and "order_status" in said)
    else:
        with pytest.raises((seen, http.client.HTTPException)):
            merchant.ask("GET", f"private/orders/{order}")
    assert merchant.ask("GET", "config")[0] == 200
    backend.fault = None
    assert merchant.status(order)["order_status"] == "unpaid"


def test_it_may_name_another_amount_currency_or_protocol(merchant, backend, wallet):
    order = merchant.sold(wallet)
    backend.fault = "amount"
    assert merchant.status(order)["contract_terms"]["amount"] == "KUDOS:6"
    backend.fault = "currency"
    assert merchant.status(order)["contract_terms"]["amount"] == "XTS:5" and merchant.ask("GET", "config")[1]["currency"] == "XTS"
    backend.fault = "version"
    assert merchant.ask("GET", "config")[1]["version"] == "99:0:0"
    backend.fault = None
    backend.unplug()
    with pytest.raises(OSError):
        merchant.status(order)
    backend.listen()
    assert merchant.status(order)["contract_terms"]["amount"] == "KUDOS:5"


def test_as_programs_a_person_buys_with_them(tmp_path):
    port = free_port()
    service = subprocess.Popen([sys.executable, PEER / "backend.py", "--port", str(port)], stdout=subprocess.PIPE, text=True)
    try:
        assert "secret-token:demo" in service.stdout.readline()
        base = f"http://127.0.0.1:{port}/"
        headers = {"Authorization": "Bearer secret-token:demo"}
        program = [sys.executable, PEER / "wallet.py", "--state", tmp_path / "w.json"]
        say = lambda *words: subprocess.run([*program, *words], capture_output=True, text=True)
        for expected in ("paid", "already bought"):
            order = ask("POST", base + "private/orders", {"order": ORDER}, headers)[1]["order_id"]
            uri = ask("GET", base + f"private/orders/{order}?session_id={order}", None, headers)[1]["taler_pay_uri"]
            assert say("pay", uri).stdout == f"{expected}: Buy me!, KUDOS:5\ngo to {ARTICLE}\n"
        assert [line["state"] for line in json.loads(say("history").stdout)] == ["paid", "repurchase"]
        assert "no payment link" in say("pay", "http://x/").stderr
        status, said, _ = ask("POST", base + "control", {"fault": "error", "fault_on": "private/", "advance": 60})
        assert status == 200 and sorted(said["instances"]["default"].values()) == ["claimed", "paid"]
        assert ask("GET", base + "private/orders", None, headers)[0] == 500
    finally:
        service.terminate()
        service.wait(10)
        service.stdout.close()


# Judges that are not ours.

def test_taler_util_reads_every_amount_as_the_simulator_does():
    judge = pytest.importorskip("taler.util.amount")
    random.seed(11)
    largest = 2 ** 52
    wholes = ("0", "1", "007", str(largest), str(largest + 1), "9" * 30, "", "-1", "+1", " 1", "1e3", "1 000", "٣")
    written = [f"KUDOS:{whole}{fraction}" for whole in wholes
               for fraction in ("", ".", ".0", ".5", ".50", ".00000001", ".99999999", ".123456789", ",5", ".5.5", ".-5", " ")]
    written += ["", ":", "KUDOS", "KUDOS:", ":5", "KUDOS;5", "KUDOS::5", "KU DOS:5", "É:1", "ABCDEFGHIJK:1", "KUDOS:5\n"]
    written += [f"EUR:{random.randrange(10 ** random.randrange(1, 16))}.{random.randrange(10 ** 8):08}"[:random.randrange(8, 26)]
                for _ in range(500)]
    accepted = 0
    for text in written:
        try:
            other = judge.Amount.parse(text)
        except Exception:  # It raises a name that it does not have for too long a fraction.
            other = None
        try:
            mine = Amount.parse(text)
        except AmountError:
            continue
        accepted += 1
        assert other is not None, f"only the simulator takes {text!r}"
        assert (mine.currency, mine.units) == (other.currency, other.value * 10 ** 8 + other.fraction), text
        assert judge.Amount.parse(str(mine)) == other
    assert accepted > 400
    # What it is stricter about than taler-util, on purpose: the specification's letters, no spaces, no dot at the end.
    for text in ("kudos:1", " KUDOS:1", "KUDOS:1 ", "KUDOS:1.", "KUDOS_X:1", "ABCDEFGHIJKL:1"):
        assert judge.Amount.parse(text)
        with pytest.raises(AmountError):
            Amount.parse(text)


def test_error_codes_go_with_the_statuses_that_gnu_taler_documents():
    codes = pytest.importorskip("taler.util.taler_error_codes")
    documented = {int(code): int(status) for status, code in re.findall(
        r"Returned with an HTTP status code of #\w+ \((\d+)\)\..*?\n  [A-Z_]+ = (\d+)\n", pathlib.Path(codes.__file__).read_text() + "\n", re.DOTALL)}
    used = {(int(status), int(code)) for name in ("orders.py", "backend.py") for status, code in re.findall(
        r"Refusal\((\d+), (\d+)", (PEER / name).read_text())}
    judged = {(status, code) for status, code in used if code and code in documented}
    assert len(judged) > 15
    assert {pair for pair in judged if documented[pair[1]] != pair[0]} == set()


SHOP = """
import sys
from werkzeug.serving import run_simple
import importlib
app = importlib.import_module("talermerchantdemos." + sys.argv[1]).app
run_simple("127.0.0.1", int(sys.argv[2]), app, threaded=True)
"""
ESSAY = "/en/essay/Free_Software_Is_Even_More_Important_Now"


@pytest.fixture(scope="module")
def demos(tmp_path_factory):
    """A backend as of old, and GNU Taler's shops of essays and of donations in front of it: (backend, {name: address})."""
    pytest.importorskip("talermerchantdemos")
    folder = tmp_path_factory.mktemp("demos")
    service = Backend(instances=("default", "blog", "GNUnet", "Taler", "Tor"), old_times=True)
    (folder / "taler.conf").write_text(f"[taler]\ncurrency = KUDOS\n[frontends]\nbackend = {service.root}/\nbackend_apikey = {service.token}\n")
    shops, started = {}, []
    for name in ("blog", "donations"):
        port = free_port()
        with (folder / f"{name}.log").open("w") as log:
            started.append(subprocess.Popen([sys.executable, "-W", "ignore", "-c", SHOP, name, str(port)], stdout=log, stderr=log,
                                            env=os.environ | {"TALER_CONFIG_FILE": str(folder / "taler.conf")}))
        shops[name] = f"http://127.0.0.1:{port}"
    for (name, address), process in zip(shops.items(), started):
        end = time.monotonic() + 60
        while True:
            assert process.poll() is None and time.monotonic() < end, (folder / f"{name}.log").read_text()[-2000:]
            with contextlib.suppress(OSError):
                urllib.request.urlopen(address + "/en/", timeout=10).close()
                break
            time.sleep(0.2)
    yield service, shops
    for process in started:
        process.terminate()
        process.wait(10)
    service.stop()


@pytest.fixture
def browse(chromium):
    """Opens browsers that have nothing to do with each other."""
    contexts = []

    def browse():
        contexts.append(chromium.new_context())
        contexts[-1].set_default_timeout(15000)
        return contexts[-1].new_page()

    yield browse
    for context in contexts:
        context.close()


def pay_link(page):
    """The link of the payment page where the browser is."""
    assert page.url.split("?")[0].split("/")[-2] == "orders", page.url
    return page.locator("#pay").get_attribute("href")


@pytest.mark.parametrize("newer", [True, False], ids=["backend of today", "backend of 2021"])
def test_gnu_talers_essay_shop_sells_once_and_lets_the_wallet_open_it_elsewhere(demos, browse, newer):
    service, shops = demos
    service.claimed_tells_repurchase = newer
    wallet = Wallet("KUDOS:10")
    essay = shops["blog"] + ESSAY + ("" if newer else "?lang=en")
    before = len(service.spent)
    first = browse()
    first.goto(essay)
    uri = pay_link(first)
    assert first.locator("#amount").inner_text() == "KUDOS:0.5"
    # Reading is for who has paid.
    assert "computers that we use" not in first.content()
    bought = wallet.pay(uri)
    assert bought.fulfillment_url == essay.split("?")[0]
    first.goto(bought.fulfillment_url)
    assert first.locator("h2").first.inner_text() == "Free Software Is Even More Important Now"
    assert "request a refund" in first.content()
    first.reload()
    assert "request a refund" in first.content()
    # Another browser is asked to pay; the wallet shows that it has.
    second = browse()
    second.goto(essay)
    again = pay_link(second)
    assert parse_link(again).session not in ("", parse_link(uri).session)
    assert wallet.open(again).state == "repurchase"
    assert (wallet.balance("KUDOS"), len(service.spent)) == (Amount.parse("KUDOS:9.5"), before + 1)
    # The page of the new order leads to the essay at once, and the shop finds the first order.
    second.reload()
    assert second.url == bought.fulfillment_url
    assert second.locator("h2").first.inner_text() == "Free Software Is Even More Important Now"
    # A third browser, and a wallet that bought nothing: it would have to pay.
    third = browse()
    third.goto(essay)
    assert Wallet("KUDOS:10").open(pay_link(third)).state == "proposed"
    # The first browser has lost the session to the second, until the wallet says otherwise.
    first.goto(essay)
    assert wallet.open(pay_link(first)).state == "repurchase"
    first.goto(essay)
    assert first.locator("h2").first.inner_text() == "Free Software Is Even More Important Now"
    assert wallet.balance("KUDOS") == Amount.parse("KUDOS:9.5")
    # Given back: the shop shows it no more, the wallet has its money again.
    first.goto(f"{shops['blog']}/en/confirm-refund/{bought.order}")
    assert "KUDOS" not in first.content() and first.locator("input[type=submit]").count() == 1
    first.locator("input[type=submit]").click()
    assert f"orders/{bought.order}" in first.url and "Refunded: KUDOS:0.5" in first.content()
    assert wallet.collect(bought) == Amount.parse("KUDOS:0.5") and wallet.balance("KUDOS") == Amount.parse("KUDOS:10")
    first.goto(essay)
    assert "has been refunded" in first.content()


def test_gnu_talers_donation_shop_takes_two_donations_for_two(demos, browse):
    service, shops = demos
    wallet, page = Wallet("KUDOS:10"), browse()
    for receiver, shown, asked in (("Tor", "KUDOS:1", "KUDOS:1"), ("Tor", "KUDOS:1", "KUDOS:1"), ("GNUnet", "KUDOS:0.1", "KUDOS:0.1")):
        page.goto(shops["donations"] + "/en/")
        page.locator("select[name=donation_receiver]").select_option(receiver)
        page.locator("select[name=donation_amount]").select_option(shown)
        page.locator("input[name=donation_donor]").fill("Zoé")
        page.locator("input[type=submit]").click()
        page.locator("#select-payment-method").click()
        purchase = wallet.open(pay_link(page))
        assert (purchase.state, purchase.terms["amount"]) == ("proposed", asked)
        wallet.confirm(purchase)
        assert f"order_id={purchase.order}" in purchase.fulfillment_url and f"instances/{receiver}/" in purchase.base
        page.goto(purchase.fulfillment_url)
        assert "Donation Receipt" in page.content() and purchase.order in page.content() and "Zoé" in page.content()
    assert wallet.balance("KUDOS") == Amount.parse("KUDOS:7.9")
    assert [line["state"] for line in wallet.history()] == ["paid"] * 3
