"""PayPal: real purchases in a browser through a simulated PayPal, plain and encrypted; its messages late, doubled, out of order,
tampered with; PayPal down; and a thousand of them at once."""

import concurrent.futures
import random
import re
import subprocess
import sys
import time
import urllib.parse

import pytest

from drivers import Client
from scenarios import *
from server import ROOT, Shopdata, Storefront

sys.path.insert(0, str(ROOT / "tests/peers/paypal"))
from paypal_peer import PayPal  # noqa: E402

NOTIFY = "/local/shop/paymodes/paypal/paypal_ipn.php"
ACCOUNT = "seller-test@shop.example"


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """Key pairs of the seller and of PayPal, made by the openssl command."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("seller", "paypal"):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", f"/CN={name}",
                        "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem"], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def paypal(shop, keys):
    """PayPal, and a shop in test mode that knows it."""
    peer = PayPal(keys=keys)
    data = Shopdata(shop.path)
    for name, value in {"paypalsellername": "seller@shop.example", "paypalsellertestname": ACCOUNT, "paypal_service_url": peer.service_url,
                        "paypal_verify_url": peer.verify_url, "paypalsellertestitemname": "Formations (essai)"}.items():
        data.run("INSERT OR REPLACE INTO config_plugins (plugin, name, value) VALUES ('local_shop', ?, ?)", name, value)
    yield peer
    peer.stop()


@pytest.fixture(autouse=True)
def well_behaved(paypal):
    paypal.answer, paypal.notify, paypal.status = "truth", True, "Completed"


def at_paypal(driver):
    """From the payment page to PayPal's."""
    driver.press(driver.page.get_by_role("button", name=re.compile("PayPal")).first)
    assert "/cgi-bin/webscr" in driver.url, driver.text[:500]


def pay_there(driver):
    with driver.page.expect_navigation(url=re.compile("local/shop")):
        driver.page.get_by_role("button", name="Pay now").click()


def wait_for(condition, seconds=15):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.05)


def form_of(client, paypal):
    """An order that is placed: PayPal's view of it, as if the buyer had come to its page."""
    number = buy(client, paymode="paypal")
    form = client.hidden({"cmd": "_cart"})
    return number, form | {"mc_gross": paypal.total(form)}


def history(db, number):
    return [row["message"] for row in db.rows(
        "SELECT h.message FROM local_shopengine_history h JOIN local_shopengine_order o ON o.billid = h.billid"
        " WHERE o.transactionid = ? ORDER BY seq", number)]


def test_a_buyer_pays_and_comes_back(page, paypal, db):
    number = buy(page, "monproduit=2&ebook=1", "paypal", lastname="Lefèvre")
    page.shot("payment")
    at_paypal(page)
    assert page.page.locator("#total").inner_text() == f"{db.order(number)['e_amount']} EUR"
    assert "Formations (essai)" in page.page.content()
    pay_there(page)
    assert page.view == "produce"
    wait_for(lambda: db.order(number)["status"] == "COMPLETE")
    page.open(url_of("produce", number))
    assert status_shown(page) == "COMPLETE"
    page.shot("paid")
    assert any(line.startswith("PayPal IPN Verified [Completed (Verified; ") for line in history(db, number))
    assert len(paypal.postbacks) == 1 and paypal.postbacks[0] in paypal.sent


def test_a_buyer_pays_by_an_encrypted_form(page, paypal, db, keys):
    with db.setting("paypal_ewp", "1"), db.setting("paypal_ewp_private_key", (keys / "seller.key").read_text()), \
            db.setting("paypal_ewp_certificate", (keys / "seller.pem").read_text()), \
            db.setting("paypal_ewp_paypal_certificate", (keys / "paypal.pem").read_text()), \
            db.setting("paypal_ewp_cert_id", "CERT1234"):
        number = buy(page, "monproduit=1", "paypal", city="Saint-Étienne")
        fields = page.hidden({"cmd": "_s-xclick"})
        assert set(fields) <= {"cmd", "encrypted", "sesskey"}
        at_paypal(page)
        assert page.page.locator("#total").inner_text() == "23.99 EUR"
        form = list(paypal.payments.values())[-1]
        assert form["encrypted"] and form["city"] == "Saint-Étienne" and form["cert_id"] == "CERT1234"
        pay_there(page)
        wait_for(lambda: db.order(number)["status"] == "COMPLETE")


def test_who_comes_back_first_is_told_that_the_payment_is_being_confirmed(page, paypal, db):
    paypal.notify = False
    number = buy(page, paymode="paypal")
    at_paypal(page)
    form = list(paypal.payments.values())[-1]
    pay_there(page)
    assert "being confirmed" in page.text and "do not pay again" in page.text
    page.shot("confirming")
    assert db.order(number)["status"] == "PLACED"
    assert paypal.deliver(form["notify_url"], paypal.message(form)) == 200
    page.page.reload()
    assert status_shown(page) == "COMPLETE"


def test_who_cancels_at_paypal_may_choose_again(page, visitor, paypal, db):
    number = buy(page, paymode="paypal")
    at_paypal(page)
    with page.page.expect_navigation():
        page.page.locator("#cancel").click()
    assert page.view == "payment" and db.order(number)["status"] == "PLACED"
    # Somebody else learns nothing, and changes nothing.
    stranger = visitor().visit("GET", f"/local/shop/paymodes/paypal/cancel.php?shopid=1&transid={urllib.parse.quote(number)}")
    assert stranger.status == 404 and "Camille" not in stranger.text
    assert db.order(number)["status"] == "PLACED"


def test_staff_simulates_a_payment_and_a_buyer_cannot(surf, visitor, paypal, db):
    staff = surf()
    log_in(staff, ADMIN)
    follow_link(staff, "monproduit=1")
    if staff.has_form(CUSTOMER):
        tell_customer(staff)
    place(staff, "paypal")
    number = transid(staff)
    staff.submit({"simulate": "completed"})
    assert staff.view == "produce" and db.order(number)["status"] == "COMPLETE"
    client = visitor()
    number = buy(client, paymode="paypal")
    assert "simulate" not in client.html
    fields = client.hidden({"view": "payment", "what": "navigate"}) | {"simulate": "completed", "pay": "1", "go": "1"}
    client.ask("POST", VIEW, fields)
    assert db.order(number)["status"] == "PLACED"


@pytest.mark.parametrize("answer", ["html", "nothing", "error", "redirect"])
def test_what_paypal_does_not_answer_is_asked_again(client, shop, paypal, db, answer):
    number, form = form_of(client, paypal)
    body = paypal.message(form)
    paypal.answer = answer
    assert paypal.deliver(shop.root + NOTIFY, body) == 503
    assert db.order(number)["status"] == "PLACED"
    assert db.value("SELECT COUNT(*) FROM local_shopengine_inbox WHERE state = 'asked'") == 1
    paypal.answer = "truth"
    assert paypal.deliver(shop.root + NOTIFY, body) == 200
    wait_for(lambda: db.order(number)["status"] == "COMPLETE")


def test_a_message_that_waits_is_verified_without_being_sent_again(client, shop, paypal, db):
    number, form = form_of(client, paypal)
    body = paypal.message(form)
    paypal.answer = "error"
    assert paypal.deliver(shop.root + NOTIFY, body) == 503
    paypal.answer = "truth"
    db.run("UPDATE local_shopengine_inbox SET timemodified = timemodified - 61000 WHERE state = 'asked'")
    # Any request that leaves work behind takes it up, as cron does.
    other, another = form_of(client, paypal)
    paypal.deliver(shop.root + NOTIFY, paypal.message(another))
    wait_for(lambda: db.order(number)["status"] in ("SOLDOUT", "COMPLETE"))


def test_a_slow_paypal_holds_the_sender_for_ten_seconds_and_nobody_else(client, shop, paypal, db):
    number, form = form_of(client, paypal)
    body = paypal.message(form)
    paypal.answer = "slow"
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        began = time.monotonic()
        waiting = pool.submit(paypal.deliver, shop.root + NOTIFY, body)
        time.sleep(0.5)
        # Meanwhile no transaction is open, and no session.
        buy(Client(shop.root), paymode="check")
        assert time.monotonic() - began < 8
        assert waiting.result() == 503
    assert 9 < time.monotonic() - began < 16
    assert db.order(number)["status"] == "PLACED"


def test_forged_and_tampered_messages_pay_nothing(client, shop, paypal, db):
    number, form = form_of(client, paypal)
    genuine = paypal.message(form)
    cheap = paypal.message(form, mc_gross="0.01")
    forged = paypal.message(form, record=False)
    random.seed(7)
    bodies = [forged]
    for _ in range(60):
        body = bytearray(random.choice([genuine, cheap]))
        body[random.randrange(len(body))] ^= random.choice([1, 2, 4, 8, 16, 32, 64])
        bodies.append(bytes(body))
    bodies += [genuine + b"&", genuine[:-1], b"x=1&" + genuine, cheap]
    for body in bodies:
        assert paypal.deliver(shop.root + NOTIFY, body) in (200, 403)
    assert db.order(number)["status"] == "PLACED"
    assert db.order(number)["e_held"] == "amount_mismatch"
    # A buyer who paid the right amount in the end is served.
    assert paypal.deliver(shop.root + NOTIFY, paypal.message(form, txn="RIGHT")) == 200
    wait_for(lambda: db.order(number)["status"] == "COMPLETE")


def test_refunds_and_reversals(client, shop, paypal, db):
    number, form = form_of(client, paypal)
    send = lambda body: paypal.deliver(shop.root + NOTIFY, body)
    assert send(paypal.message(form, "Pending", pending_reason="echeck")) == 200
    assert db.order(number)["status"] == "PENDING"
    send(paypal.message(form))
    wait_for(lambda: db.order(number)["status"] == "COMPLETE")
    send(paypal.refund(form, "10.00"))
    assert db.order(number)["status"] == "COMPLETE"
    send(paypal.refund(form, "23.99", "Reversed", "chargeback"))
    assert db.order(number)["e_held"] == "payment_reversed"
    send(paypal.refund(form, "23.99", "Canceled_Reversal", "other"))
    assert db.order(number)["e_held"] is None
    send(paypal.refund(form, "13.99"))
    assert db.order(number)["status"] == "PAYBACK"
    assert any(line == "PayPal IPN Verified [Refunded (-10.00€); refund]" for line in history(db, number))
    letters = (shop.folder / "mail.log").read_text()
    assert f"Order {number}: please look at its payment" in letters


def test_accents_come_through_in_the_sellers_character_set(client, shop, paypal, db):
    number, form = form_of(client, paypal)
    with db.setting("paypal_force_address", "1"):
        body = paypal.message(form, address_name="Renée Lefèvre", address_street="1 rue du Château\r\nBâtiment É",
                              address_city="Orléans", address_status="confirmed", address_zip="45000")
        assert b"Ren%E9e" in body
        assert paypal.deliver(shop.root + NOTIFY, body) == 200
    assert "PayPal delivery address : Renée Lefèvre, 1 rue du Château, Bâtiment É, 45000, Orléans (confirmed)" in history(db, number)


def test_what_the_simulator_sends_is_what_others_take_for_paypals(paypal):
    django = pytest.importorskip("django")
    from django.conf import settings
    if not settings.configured:
        settings.configure(INSTALLED_APPS=["paypal.standard.ipn"], PAYPAL_TEST=True, USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.AutoField",
                           DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
        django.setup()
    from django.http import QueryDict
    from paypal.standard.ipn.forms import PayPalIPNForm
    form = {"mc_gross": "23.99", "business": ACCOUNT, "currency_code": "EUR", "invoice": "TU90QMLVYXD5UMZYUQ==",
            "custom": "1.1.TU90QMLVYXD5UMZYUQ==", "first_name": "Renée", "last_name": "Lefèvre", "txn_id": "61E67681CH3238416"}
    for body in [paypal.message(form), paypal.message(form, "Pending", pending_reason="echeck"), paypal.message(form, charset="utf-8"),
                 paypal.refund(form, "4.00"), paypal.refund(form, "4.00", "Reversed", "chargeback"),
                 paypal.refund(form, "4.00", "Canceled_Reversal", "other"), paypal.message(form, "Denied")]:
        charset = "utf-8" if b"charset=utf-8" in body else "windows-1252"
        judged = PayPalIPNForm(QueryDict(body, encoding=charset))
        assert judged.is_valid(), judged.errors
        taken = judged.save(commit=False)
        assert taken.first_name == "Renée" and taken.is_transaction()


def test_a_thousand_messages_for_two_hundred_orders_through_eight_processes(shop, paypal, db):
    orders = []
    for _ in range(200):
        client = Client(shop.root)
        orders.append(form_of(client, paypal))
    second = Storefront(shop.folder)
    second.log = shop.folder / "second.log"
    second.start()
    try:
        jobs = []
        for number, form in orders:
            first = paypal.message(form, "Pending", pending_reason="echeck")
            paid = paypal.message(form)
            jobs += [first, paid, paid, paypal.message(form), first]
        assert len(jobs) == 1000
        random.seed(4)
        random.shuffle(jobs)
        roots = [shop.root, second.root]
        before = len(paypal.postbacks)
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            statuses = list(pool.map(lambda job: paypal.deliver(roots[job[0] % 2] + NOTIFY, job[1], tries=6), enumerate(jobs)))
        took = time.monotonic() - began
        print(f"1000 messages in {took:.1f} s, {len(paypal.postbacks) - before} postbacks")
        assert set(statuses) == {200}
        assert second.complaints() == []
    finally:
        second.stop()
    # What the last requests left due is done by the next.
    wait_for(lambda: [Client(shop.root).visit("POST", NOTIFY, jobs[0]) and 0, db.value(
        "SELECT COUNT(*) FROM local_shopengine_outbox WHERE state <> 'done'")][1] == 0, 60)
    for number, _ in orders:
        order = db.order(number)
        assert (order["status"], order["e_held"]) == ("COMPLETE", None), number
        assert db.products(number) == 1
    marks = "','".join(number for number, _ in orders)
    mine = f"billid IN (SELECT billid FROM local_shopengine_order WHERE transactionid IN ('{marks}'))"
    assert db.value(f"SELECT COUNT(*) FROM local_shopengine_settlement WHERE {mine}") == 200
    assert db.value(f"SELECT COUNT(*) FROM local_shopengine_outbox WHERE kind = 'deliver' AND {mine}") == 200
    assert db.value(f"SELECT COUNT(*) FROM local_shopengine_history WHERE event = 'settle' AND {mine}") == 200
    assert db.value(f"SELECT COUNT(*) FROM local_shopengine_history WHERE event = 'deliver' AND {mine}") == 200
