"""Purchases through simulated gateways: the forms of the engine's payment page, the gateways' messages at the plugin's addresses."""

import pathlib
import sys
import time

import pytest

from shoppers import Rows, Shopper, settings, switch
from scenarios import *

PEERS = pathlib.Path(__file__).resolve().parents[1] / "peers"
sys.path[:0] = [str(PEERS), str(PEERS / "paypal")]

from paypal_peer import PayPal  # noqa: E402

PAYPAL_IPN = "/local/shop/paymodes/paypal/paypal_ipn.php"


@pytest.fixture(scope="module", autouse=True)
def taken_over(site):
    switch(site, "on")
    # The simulated gateways are on this machine, which Moodle's own client would not call.
    settings(site, "core", curlsecurityblockedhosts="", curlsecurityallowedport="")
    yield
    switch(site)


@pytest.fixture(scope="module")
def paypal(site):
    peer = PayPal()
    settings(site, "local_shop", paypalsellername="seller@shop.example", paypalsellertestname="seller-test@shop.example",
             paypal_service_url=peer.service_url, paypal_verify_url=peer.verify_url)
    yield peer
    peer.stop()


@pytest.fixture
def shopper(site):
    return lambda: Shopper(site)


@pytest.fixture
def rows(site):
    return Rows(site)


def at_payment(driver, products, paymode):
    follow_link(driver, products, shop=f"shopid={driver.site.facts['shop']}")
    tell_customer(driver)
    place(driver, paymode)
    assert driver.view == "payment", driver.text[:400]
    return transid(driver)


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.3)


@pytest.mark.complains
def test_a_buyer_pays_by_paypal_and_comes_back(shopper, rows, paypal):
    guest = shopper()
    number = at_payment(guest, "monproduit=3&livre=2", "paypal")
    guest.submit({"cmd": "_cart"})
    assert "93.06 EUR" in guest.text
    guest.submit({}, press="pay")
    assert guest.view == "produce"
    wait_for(lambda: rows.bill(number)["status"] == "COMPLETE")
    assert rows.produced(number) == 1
    assert len(paypal.postbacks) == 1 and paypal.postbacks[0] in paypal.sent


@pytest.mark.complains
def test_a08_a_message_that_comes_twice_counts_once(shopper, rows, site, paypal):
    guest = shopper()
    number = at_payment(guest, "livre=1", "paypal")
    form = guest.hidden({"cmd": "_cart"})
    body = paypal.message(form | {"mc_gross": paypal.total(form)})
    assert [paypal.deliver(site.root + PAYPAL_IPN, body) for _ in range(3)] == [200, 200, 200]
    assert rows.bill(number)["status"] == "COMPLETE" and rows.produced(number) == 1


@pytest.mark.complains
def test_a06_another_amount_pays_nothing(shopper, rows, site, paypal):
    guest = shopper()
    number = at_payment(guest, "livre=1", "paypal")
    form = guest.hidden({"cmd": "_cart"})
    body = paypal.message(form | {"mc_gross": "0.01"})
    assert paypal.deliver(site.root + PAYPAL_IPN, body) == 200
    assert rows.bill(number)["status"] == "PLACED" and rows.order(number)["held"] and rows.produced(number) == 0


@pytest.mark.complains
def test_a05_nobody_cancels_by_an_address(shopper, rows, site):
    number = at_payment(shopper(), "livre=1", "paypal")
    shopper().open(f"/local/shop/paymodes/paypal/cancel.php?shopid=1&transid={urllib.parse.quote(number)}")
    assert rows.bill(number)["status"] == "PLACED"


@pytest.mark.complains
def test_while_paypal_is_away_the_message_waits_and_cron_asks_again(shopper, rows, site, paypal):
    guest = shopper()
    number = at_payment(guest, "livre=1", "paypal")
    form = guest.hidden({"cmd": "_cart"})
    body = paypal.message(form | {"mc_gross": paypal.total(form)})
    paypal.answer = "error"
    assert paypal.deliver(site.root + PAYPAL_IPN, body) == 503
    paypal.answer = "truth"
    assert rows.bill(number)["status"] == "PLACED"
    rows.all("SELECT 1 AS one")
    time.sleep(61)
    for task in ("inbox", "outbox"):
        site.php("admin/cli/scheduled_task.php", f"--execute=\\local_shopengine\\task\\{task}")
    assert rows.bill(number)["status"] == "COMPLETE" and rows.produced(number) == 1
