"""Purchases through simulated gateways: the forms of the engine's payment page, the gateways' messages at the plugin's addresses."""

import base64
import pathlib
import sys
import time

import pytest

from installation import SUBPLUGINS
from shoppers import settings, switch
from scenarios import *

PEERS = pathlib.Path(__file__).resolve().parents[1] / "peers"
sys.path[:0] = [str(PEERS), str(PEERS / "paypal"), str(PEERS / "vads")]

from paypal_peer import PayPal  # noqa: E402
from peer import Vads  # noqa: E402

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
def systempay(site):
    peer = Vads()
    settings(site, "local_shop", systempay_merchant_id=peer.site, systempay_test_certificate=peer.key, systempay_service_url=peer.url)
    yield peer
    peer.stop()


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


def test_a08_a_message_that_comes_twice_counts_once(shopper, rows, site, paypal):
    guest = shopper()
    number = at_payment(guest, "livre=1", "paypal")
    form = guest.hidden({"cmd": "_cart"})
    body = paypal.message(form | {"mc_gross": paypal.total(form)})
    assert [paypal.deliver(site.root + PAYPAL_IPN, body) for _ in range(3)] == [200, 200, 200]
    assert rows.bill(number)["status"] == "COMPLETE" and rows.produced(number) == 1


def test_a06_another_amount_pays_nothing(shopper, rows, site, paypal):
    guest = shopper()
    number = at_payment(guest, "livre=1", "paypal")
    form = guest.hidden({"cmd": "_cart"})
    body = paypal.message(form | {"mc_gross": "0.01"})
    assert paypal.deliver(site.root + PAYPAL_IPN, body) == 200
    assert rows.bill(number)["status"] == "PLACED" and rows.order(number)["held"] and rows.produced(number) == 0


def test_a05_nobody_cancels_by_an_address(shopper, rows, site):
    number = at_payment(shopper(), "livre=1", "paypal")
    shopper().open(f"/local/shop/paymodes/paypal/cancel.php?shopid=1&transid={urllib.parse.quote(number)}")
    assert rows.bill(number)["status"] == "PLACED"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_script_of_any_interface_settles_an_order_without_a_proof(shopper, rows, site, paypal, method):
    folder = site.folder / "local/shop/paymodes"
    # Those that load Moodle: the others do nothing by themselves.
    scripts = [path.relative_to(folder) for path in sorted(folder.glob("*/*.php")) if "/config.php'" in path.read_text(errors="replace")]
    assert {path.parts[0] for path in scripts} == {"paypal", "test", *SUBPLUGINS}
    number = at_payment(shopper(), "livre=1", "paypal")
    bill = rows.bill(number)
    # What the interfaces' messages say of a payment, and nothing that vouches for it.
    forged = urllib.parse.urlencode({
        "transid": number, "finish": "1", "order_id": number, "orderID": number, "STATUS": "9", "amount": "10.55", "currency": "EUR",
        "custom": f"paypalback-{site.facts['shop']}-{number}", "invoice": number, "payment_status": "Completed", "mc_gross": "10.55", "txn_id": "FORGED",
        "vads_order_id": number, "vads_trans_status": "AUTHORISED", "vads_result": "00", "vads_amount": "1055", "DATA": "x", "Data": "x", "Seal": "x"})
    facts = lambda: rows.bill(number) | {"payment": rows.order(number)["payment"], "products": rows.products(number), "settlements": rows.all(
        "SELECT id FROM {local_shopengine_settlement} WHERE billid = ? AND state = 'settled'", bill["id"])}
    harm, before = {}, bill | {"payment": "due", "products": 0, "settlements": []}
    for script in scripts:
        stranger = shopper()
        if method == "GET":
            stranger.ask("GET", f"/local/shop/paymodes/{script}?{forged}")
        else:
            stranger.ask("POST", f"/local/shop/paymodes/{script}", dict(urllib.parse.parse_qsl(forged)))
        after = facts()
        # That a message came is noted, with its time.
        changed = {name: after[name] for name in after if after[name] != before[name] and name != "lastactiondate"}
        if changed:
            harm[str(script)], before = (stranger.status, changed), after
    assert harm == {}, harm


def test_while_paypal_is_away_the_message_waits_and_cron_asks_again(shopper, rows, site, paypal):
    guest = shopper()
    number = at_payment(guest, "livre=1", "paypal")
    form = guest.hidden({"cmd": "_cart"})
    body = paypal.message(form | {"mc_gross": paypal.total(form)})
    paypal.answer = "error"
    assert paypal.deliver(site.root + PAYPAL_IPN, body) == 503
    paypal.answer = "truth"
    assert rows.bill(number)["status"] == "PLACED"
    time.sleep(61)
    site.cron("inbox", "outbox")
    assert rows.bill(number)["status"] == "COMPLETE" and rows.produced(number) == 1


def choose(driver, choice):
    """From the shop's payment page to the bank's, and back with the buyer's choice."""
    driver.submit({"vads_action_mode": "INTERACTIVE"})
    payment = driver.document.forms[0]["hidden"]["payment"]
    driver.submit({"payment": payment}, {"choice": choice})


@pytest.mark.parametrize("timing", ["before", "twice", "never"])
def test_a_buyer_pays_by_systempay_and_comes_back(shopper, rows, systempay, timing):
    systempay.timing = timing
    guest = shopper()
    number = at_payment(guest, "monproduit=3&livre=2", "systempay")
    choose(guest, "accept")
    assert not systempay.refusals
    wait_for(lambda: rows.bill(number)["status"] == "COMPLETE")
    assert rows.produced(number) == 1
    guest.open(url_of("produce", number))
    assert status_shown(guest) == "COMPLETE"


def test_who_is_refused_by_the_bank_may_pay_again(shopper, rows, systempay):
    guest = shopper()
    number = at_payment(guest, "livre=1", "systempay")
    choose(guest, "refuse")
    wait_for(lambda: rows.bill(number)["status"] == "REFUSED")
    guest.open(url_of("payment", number))
    choose(guest, "accept")
    wait_for(lambda: rows.bill(number)["status"] == "COMPLETE")
    assert rows.produced(number) == 1


def test_a17_an_unsigned_return_pays_nothing(shopper, rows, systempay):
    guest = shopper()
    number = at_payment(guest, "livre=1", "systempay")
    guest.open("/local/shop/paymodes/systempay/process.php?vads_result=00&vads_order_info="
               + urllib.parse.quote(base64.b64encode(f"systempayback-1-{number}".encode()).decode()))
    assert rows.bill(number)["status"] == "PLACED"


def test_without_the_takeover_the_sub_plugins_addresses_say_so(shopper, site):
    switch(site, "on", payment="off", endpoints="off")
    try:
        answer = shopper().ask("POST", "/local/shop/paymodes/systempay/systempay_ipn.php", {"vads_result": "00"})
        assert answer.status == 503 and answer.text
    finally:
        switch(site, "on")


# The plugin answers, and fails without an invoice.
@pytest.mark.complains(r"A required parameter \(invoice\) was missing")
def test_in_shadow_the_trace_says_whom_the_engine_would_ask(shopper, site, paypal):
    switch(site, "on", payment="off", endpoints="shadow")
    try:
        before, asked = len(site.traced()), len(paypal.postbacks)
        shopper().ask("POST", PAYPAL_IPN, {"txn_id": "SHADOW1", "payment_status": "Completed", "business": "seller@shop.example"})
        shadows = [line for line in site.traced()[before:] if "Shadow endpoints" in line]
        assert shadows == [f"Shadow endpoints : engine asks {paypal.verify_url} about it"]
        # The engine has called nobody.
        assert paypal.postbacks[asked:] == []
    finally:
        switch(site, "on")
