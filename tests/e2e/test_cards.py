"""The card gateways end to end: a real browser, a pay page of our own making, notifications before, after, twice, never."""

import contextlib
import functools
import importlib.util
import sys
import time

import pytest

from scenarios import VIEW, buy, status_shown, tell_customer, url_of
from server import ROOT

PEERS = ROOT / "tests/peers"
sys.path.insert(0, str(PEERS))


def peer_class(folder, name):
    spec = importlib.util.spec_from_file_location(f"peer_{folder}", PEERS / folder / "peer.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)


def systempay(**options):
    peer = peer_class("vads", "Vads")(host="localhost", **options)
    return peer, {"systempay_merchant_id": peer.site, "systempay_test_certificate": peer.key, "systempay_service_url": peer.url,
                  "systempay_algorithm": "sha1" if peer.algorithm == "sha1" else "hmac-sha-256"}


def sips(name, **options):
    peer = peer_class("sips", "Sips")(host="localhost", **options)
    return peer, {f"{name}_merchant_id": peer.merchant, f"{name}_secret_key": peer.key, f"{name}_key_version": "1",
                  f"{name}_seal_algorithm": peer.algorithm, f"{name}_service_url": peer.url, f"{name}_transaction_id": peer.ids}


def ogone(**options):
    peer = peer_class("ogone", "Ogone")(host="localhost", **options)
    return peer, {"ogone_psid": peer.psid, "ogone_secret_in": peer.secret_in, "ogone_secret_out": peer.secret_out,
                  "ogone_algorithm": peer.algorithm, "ogone_service_url": peer.url, "ogone_charset": peer.charset}


GATEWAYS = {"systempay": systempay, "ogone": ogone, "mercanet": functools.partial(sips, "mercanet"), "sherlocks": functools.partial(sips, "sherlocks", ids="s10")}


@contextlib.contextmanager
def serving(db, gateway, **options):
    peer, settings = GATEWAYS[gateway](**options)
    with contextlib.ExitStack() as stack:
        stack.callback(peer.stop)
        for name, value in settings.items():
            stack.enter_context(db.setting(name, value))
        yield peer


@pytest.fixture
def peer(request, db):
    with serving(db, request.param) as peer:
        yield peer


each = pytest.mark.parametrize("peer", GATEWAYS, indirect=True)


def name_of(request):
    return request.node.callspec.params["peer"]


def to_the_bank(driver, peer):
    """From the shop's payment page to the bank's."""
    driver.press(driver.page.locator(f'form[action="{peer.url}"] button'))
    assert not peer.refusals, peer.refusals
    return driver


def choose(driver, choice):
    driver.press(driver.page.locator(f"button[value={choice}]"))
    back = driver.page.locator("form#back button")
    if back.count():
        driver.press(back)
    return driver


def outcome(driver):
    """The state that the page shows, once what was paid is delivered: another request may be at it still."""
    deadline = time.monotonic() + 10
    while status_shown(driver) == "SOLDOUT" and time.monotonic() < deadline:
        driver.open(driver.url)
    return status_shown(driver)


@each
@pytest.mark.parametrize(("choice", "status"), [
    ("accept", "COMPLETE"), ("refuse", "REFUSED"), ("cancel", "CANCELLED"), ("pending", "PENDING")])
def test_the_buyer_comes_back_to_what_the_bank_decided(surf, db, peer, request, choice, status):
    page = surf("fr")
    number = buy(page, "monproduit=3", name_of(request), firstname="Zoé", lastname="Nuñez d'Été")
    page.shot("payment")
    to_the_bank(page, peer)
    choose(page, choice)
    assert page.view == "produce", page.url
    assert outcome(page) == status
    page.shot("back")
    assert [answer[0] for answer in peer.answers] == [200]
    order = db.order(number)
    assert order["status"] == status
    if choice == "accept":
        # 3 × 19.99 at 20 %, to the cent.
        assert (order["amount"], order["paiedamount"]) == ("71.960", "71.960")
        assert db.products(number) == 3


@each
@pytest.mark.parametrize("timing", ["after", "twice", "never"])
def test_an_accepted_payment_counts_once_however_it_is_told(surf, db, peer, request, timing):
    peer.timing = timing
    page = surf()
    number = buy(page, "livre=2", name_of(request))
    to_the_bank(page, peer)
    choose(page, "accept")
    peer.wait({"after": 1, "twice": 2, "never": 0}[timing])
    assert all(answer[0] == 200 for answer in peer.answers), peer.answers
    page.open(url_of("produce", number))
    assert outcome(page) == "COMPLETE"
    assert db.products(number) == 2
    assert db.value("SELECT COUNT(*) FROM local_shopengine_settlement s JOIN local_shopengine_order o ON o.billid = s.billid"
                    " WHERE o.transactionid = ?", number) == 1


@each
def test_a_buyer_who_closes_the_window_leaves_an_order_that_is_cancelled(surf, db, peer, request):
    page = surf()
    number = buy(page, "monproduit=1", name_of(request))
    to_the_bank(page, peer)
    choose(page, "abandon")
    assert db.order(number)["status"] == "CANCELLED"
    page.open(url_of("produce", number))
    assert outcome(page) == "CANCELLED"


@each
def test_a_refused_buyer_tries_again_under_another_name(surf, db, peer, request):
    page = surf()
    number = buy(page, "monproduit=1", name_of(request))
    to_the_bank(page, peer)
    choose(page, "refuse")
    assert outcome(page) == "REFUSED"
    page.open(url_of("payment", number))
    to_the_bank(page, peer)
    choose(page, "accept")
    assert outcome(page) == "COMPLETE"
    references = db.rows("SELECT reference FROM local_shopengine_attempt a JOIN local_shopengine_order o ON o.billid = a.billid"
                         " WHERE o.transactionid = ? ORDER BY a.id", number)
    assert [row["reference"][-2:] for row in references] == ["A1", "A2"]


@each
def test_a21_looking_at_the_payment_page_uses_no_number_up(surf, db, peer, request):
    page = surf()
    number = buy(page, "monproduit=1", name_of(request))
    before = db.snapshot()
    for _ in range(3):
        page.open(url_of("payment", number))
    assert db.snapshot() == before
    to_the_bank(page, peer)


@each
def test_a17_an_unsigned_return_shows_the_order_and_changes_nothing(surf, db, peer, request):
    name = name_of(request)
    page = surf()
    number = buy(page, "monproduit=1", name)
    for query in ("", "&vads_result=00&vads_trans_status=AUTHORISED", "&STATUS=9&orderID=x", "&Data=responseCode%3D00"):
        page.open(f"/local/shop/paymodes/{name}/process.php?transid={number.replace('=', '%3D')}{query}" if name != "ogone"
                  else f"/local/shop/paymodes/ogone/accept.php?transid={number.replace('=', '%3D')}{query}")
        assert page.view == "produce"
        assert outcome(page) == "PLACED"
    assert db.order(number)["status"] == "PLACED"
    # A stranger's browser sees nothing of it.
    stranger = surf()
    stranger.open(f"/local/shop/paymodes/{name}/{'accept' if name == 'ogone' else 'process'}.php?transid={number.replace('=', '%3D')}")
    assert stranger.status == 404


@each
def test_a_gateway_without_its_settings_is_not_offered(surf, db, peer, request):
    name = name_of(request)
    secret = {"systempay": "systempay_test_certificate", "ogone": "ogone_secret_out"}.get(name, f"{name}_secret_key")
    page = surf()
    with db.setting(secret, ""):
        page.open(f"{VIEW}?shopid=1&what=import&monproduit=1&autodrive=1")
        tell_customer(page)
        assert name not in page.offered
    page.open(f"{VIEW}?view=order")
    assert name in page.offered


def test_systempay_of_an_old_contract_signs_with_sha1(surf, db):
    with serving(db, "systempay", algorithm="sha1") as peer:
        page = surf()
        buy(page, "monproduit=1", "systempay")
        to_the_bank(page, peer)
        choose(page, "accept")
        assert outcome(page) == "COMPLETE"


@pytest.mark.parametrize(("encoding", "algorithm"), [("base64", "HMAC-SHA-512"), ("base64url", "SHA-256")])
def test_mercanet_pays_in_every_encoding(surf, db, encoding, algorithm):
    with serving(db, "mercanet", algorithm=algorithm) as peer, db.setting("mercanet_encoding", encoding):
        page = surf()
        buy(page, "monproduit=1", "mercanet", firstname="Zoé", lastname="Barre | responseCode=00")
        to_the_bank(page, peer)
        choose(page, "accept")
        assert outcome(page) == "COMPLETE"


@pytest.mark.parametrize(("method", "algorithm", "charset"), [("GET", "sha256", "utf-8"), ("POST", "sha1", "iso-8859-1")])
def test_ogone_asks_by_get_or_post_in_either_charset(surf, db, method, algorithm, charset):
    with serving(db, "ogone", method=method, algorithm=algorithm, charset=charset) as peer:
        page = surf()
        buy(page, "monproduit=1", "ogone", firstname="Zoé", lastname="Nuñez")
        to_the_bank(page, peer)
        choose(page, "accept")
        assert outcome(page) == "COMPLETE"
        assert [answer[0] for answer in peer.answers] == [200]


@each
def test_forged_notifications_are_refused_with_a_reason(surf, db, peer, request, client):
    name = name_of(request)
    number = buy(client, "monproduit=1", name)
    script = {"systempay": "systempay_ipn", "mercanet": "mercanet_ipn", "sherlocks": "sherlocks_ipn", "ogone": "ipn"}[name]
    for body in (b"", b"\xff\xfe=%", b"vads_result=00&signature=AAAA", b"Data=a&Seal=b", b"orderID=1&STATUS=9&SHASIGN=00"):
        client.ask("POST", f"/local/shop/paymodes/{name}/{script}.php", body)
        assert client.status in (400, 403), (body, client.status)
    assert db.order(number)["status"] == "PLACED"
