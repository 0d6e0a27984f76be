"""Many at once: what is meant once counts once, and what is numbered has neither holes nor doubles."""

import concurrent.futures
import threading

from drivers import Client
from scenarios import *


def at_once(*jobs):
    """Starts all jobs at the same moment; gives their results in order."""
    barrier = threading.Barrier(len(jobs))

    def run(job):
        barrier.wait(30)
        return job()

    with concurrent.futures.ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result(120) for future in [pool.submit(run, job) for job in jobs]]


def assert_paid_once(db, number, units):
    order = db.order(number)
    assert order["status"] == "COMPLETE"
    assert order["e_held"] is None
    assert db.products(number) == units
    bill = order["id"]
    assert db.value("SELECT COUNT(*) FROM local_shopengine_settlement WHERE billid = ?", bill) == 1
    assert db.value("SELECT COUNT(*) FROM local_shopengine_outbox WHERE billid = ? AND kind = 'deliver'", bill) == 1
    assert db.value("SELECT COUNT(*) FROM local_shopengine_outbox WHERE billid = ? AND state <> 'done'", bill) == 0
    assert db.value("SELECT COUNT(*) FROM local_shop_bill WHERE idnumber = ?", order["idnumber"]) == 1
    events = [row["event"] for row in db.rows("SELECT event FROM local_shopengine_history WHERE billid = ? ORDER BY seq", bill)]
    assert events.count("settle") == 1 and events.count("deliver") == 1, events


def test_the_first_visitors_of_a_new_shop_all_get_in(shop):
    assert not (shop.folder / "sessions").exists()
    visitors = [Client(shop.root) for _ in range(12)]
    statuses = at_once(*(lambda one=one: follow_link(one, "monproduit=1").status for one in visitors))
    assert statuses == [200] * 12


def test_twenty_presses_and_twenty_messages_pay_once(client, shop, db):
    number = buy(client, "monproduit=2&ebook=1")
    form = client.hidden(PAY)
    presses, messages = [], []
    for _ in range(20):
        press = Client(shop.root)
        press.cookies = dict(client.cookies)
        presses.append(lambda press=press: press.ask("POST", VIEW, form).status)
        message = Client(shop.root)
        fields = {"transid": number} | ({"finish": "1"} if len(messages) % 2 else {})
        messages.append(lambda message=message, fields=fields: message.ask("POST", IPN, fields).status)
    statuses = at_once(*presses, *messages)
    assert statuses == [303] * 20 + [200] * 20
    client.open(url_of("produce", number))
    assert_paid_once(db, number, 3)
    assert db.value("SELECT COUNT(*) FROM local_shopengine_inbox WHERE billid = ? AND state <> 'done'", db.order(number)["id"]) == 0


def test_two_sellers_and_a_buyer_confirm_at_once(client, visitor, shop, db):
    number = buy(client, "monproduit=1", "transfer")
    client.submit(PAY)
    jobs = []
    for _ in range(8):
        seller = log_in(visitor(), ADMIN).open(BILLS)
        fields = seller.hidden({"what": "flowchange", "transid": number}) | {"status": "SOLDOUT", "ask": ""}
        jobs.append(lambda seller=seller, fields=fields: seller.ask("POST", BILLS, fields).status)
    statuses = at_once(*jobs)
    assert set(statuses) <= {303, 409} and 303 in statuses
    client.open(url_of("produce", number))
    assert_paid_once(db, number, 1)


def test_the_same_order_placed_many_times_at_once_is_one(client, shop, db):
    follow_link(client, "monproduit=1")
    tell_customer(client)
    form = client.hidden(ORDER) | {"paymode": "check", "go": "1"}
    bills = db.value("SELECT COUNT(*) FROM local_shop_bill")
    jobs = []
    for _ in range(15):
        press = Client(shop.root)
        press.cookies = dict(client.cookies)
        jobs.append(lambda press=press: press.ask("POST", VIEW, form).status)
    assert at_once(*jobs) == [303] * 15
    assert db.value("SELECT COUNT(*) FROM local_shop_bill") == bills + 1
    client.open(f"{VIEW}?view=payment")
    order = db.order(transid(client))
    assert order["e_revision"] == 1
    assert db.value("SELECT COUNT(*) FROM local_shop_billitem WHERE billid = ?", order["id"]) == 1


def test_thirty_buyers_at_once_get_numbers_without_holes(visitor, db):
    buyers = [visitor() for _ in range(30)]
    highest = db.value("SELECT COALESCE(MAX(ordering), 0) FROM local_shop_bill")
    customers = db.value("SELECT COUNT(*) FROM local_shop_customer")
    for number, buyer in enumerate(buyers):
        follow_link(buyer, f"monproduit={number + 1}")
        tell_customer(buyer, email=f"buyer.{number}@example.org")
    at_once(*(lambda buyer=buyer: place(buyer, "test") for buyer in buyers))
    numbers = [transid(buyer) for buyer in buyers]
    assert len(set(numbers)) == 30
    orders = [db.order(number) for number in numbers]
    assert sorted(order["ordering"] for order in orders) == list(range(highest + 1, highest + 31))
    assert db.value("SELECT COUNT(*) FROM local_shop_customer") == customers + 30
    # Each has his own: the amounts differ.
    assert len({order["amount"] for order in orders}) == 30
    at_once(*(lambda buyer=buyer: pay(buyer) for buyer in buyers))
    for units, number in enumerate(numbers, 1):
        assert_paid_once(db, number, units)
    invoices = sorted(row["idnumber"] for row in db.rows("SELECT idnumber FROM local_shop_bill WHERE idnumber <> ''"))
    serials = [int(number.rsplit("-", 1)[1]) for number in invoices]
    assert serials == list(range(1, len(serials) + 1))
    assert db.value("SELECT sold FROM local_shop_catalogitem WHERE id = 1") >= 465


def test_the_last_unit_is_sold_once_or_somebody_is_told(visitor, db):
    with db.product(shortname="letztes", stock=1):
        buyers = [visitor() for _ in range(6)]
        for number, buyer in enumerate(buyers):
            follow_link(buyer, "letztes=1")
            tell_customer(buyer, email=f"last.{number}@example.org")
            place(buyer, "test")
        numbers = [transid(buyer) for buyer in buyers]
        at_once(*(lambda buyer=buyer: pay(buyer) for buyer in buyers))
        delivered = [number for number in numbers if db.products(number)]
        held = [number for number in numbers if db.order(number)["e_held"] == "oversold"]
        assert len(delivered) + len(held) >= 6
        assert len([number for number in delivered if number not in held]) <= 1
        assert all(buyer.open(url_of("produce", number)).status == 200 for buyer, number in zip(buyers, numbers))


def test_trace_lines_of_many_writers_stay_whole(visitor, trace):
    def visit():
        client = visitor()
        follow_link(client, "monproduit=1&" + "&".join(f"unknown{i}={'x' * 200}" for i in range(15)), autodrive=False)

    before = len(trace.lines())
    at_once(*[visit] * 16)
    # Each line is checked as it is read. Of fifteen notices ten have a line, and one line counts the others.
    assert len(trace.lines()) == before + 16 * 12
