"""The power goes in the middle of purchases: whatever was acknowledged has happened, and what is paid is delivered once."""

import http.client
import random
import sqlite3
import threading
import time

import pytest

from drivers import Client
from scenarios import *
from server import Shopdata, Storefront, Trace

ROUNDS = 6


class Buyer(threading.Thread):
    """Buys until the shop is gone; keeps what the shop has said yes to."""

    def __init__(self, root, seed):
        super().__init__(daemon=True)
        self.root, self.random = root, random.Random(seed)
        self.placed, self.paid, self.error = {}, [], None

    def run(self):
        try:
            while True:
                self.buy()
        except (OSError, http.client.HTTPException):
            pass
        except Exception as error:  # noqa: BLE001 - told by the test
            self.error = error

    def buy(self):
        client, units = Client(self.root), self.random.randint(1, 3)
        follow_link(client, f"monproduit={units}&ebook=1")
        tell_customer(client, email=f"buyer.{self.random.random()}@example.org")
        place(client, "test")
        number = transid(client)
        self.placed[number] = units + 1
        if self.random.random() < 0.5:
            client.ask("POST", VIEW, client.hidden(PAY))
            assert client.status == 303
        else:
            Client(self.root).ask("POST", IPN, {"transid": number, "finish": "1"})
        self.paid.append(number)
        client.open(url_of("produce", number))


@pytest.fixture
def storefront(tmp_path):
    storefront = Storefront(tmp_path)
    yield storefront
    if storefront.process:
        storefront.stop()


@pytest.mark.complains
def test_every_acknowledged_step_survives_and_every_paid_order_is_delivered_once(storefront):
    db = Shopdata(storefront.path)
    seed = time.time_ns()
    print(f"seed {seed}")
    dice = random.Random(seed)
    placed, paid = {}, []
    for round_ in range(ROUNDS):
        storefront.start()
        buyers = [Buyer(storefront.root, seed + round_ * 10 + i) for i in range(4)]
        for buyer in buyers:
            buyer.start()
        time.sleep(dice.uniform(0.25, 1.2))
        storefront.kill()
        for buyer in buyers:
            buyer.join(30)
            assert not buyer.is_alive()
            assert buyer.error is None, buyer.error
            placed |= buyer.placed
            paid += buyer.paid
    assert len(placed) > ROUNDS, "the shop was killed before it sold anything"
    with sqlite3.connect(storefront.path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)

    storefront.start()
    for number in placed:
        assert db.order(number)["e_payment"] in ("due", "paid"), number
    for number in paid:
        assert db.order(number)["e_payment"] == "paid", number

    # The leases of the dead run out. (Nobody wants to wait for it.)
    db.run("UPDATE local_shopengine_outbox SET timedue = 0 WHERE state = 'leased'")
    seller = log_in(Client(storefront.root), ADMIN)
    for row in db.rows("SELECT transactionid FROM local_shop_bill ORDER BY id"):
        assert seller.open(url_of("produce", row["transactionid"])).status == 200

    lost = db.rows("SELECT * FROM local_shopengine_outbox WHERE state <> 'done'")
    assert lost == []
    orders = db.rows("SELECT * FROM local_shopengine_order ORDER BY id")
    assert any(order["payment"] == "paid" for order in orders)
    for order in orders:
        number, bill = order["transactionid"], order["billid"]
        units = db.value("SELECT SUM(quantity) FROM local_shop_billitem WHERE billid = ?", bill)
        assert units == placed.get(number, units)
        delivered, settled = db.products(number), db.value("SELECT COUNT(*) FROM local_shopengine_settlement WHERE billid = ?", bill)
        if order["payment"] == "paid":
            assert (order["status"], delivered, settled) == ("COMPLETE", units, 1), number
            assert db.value("SELECT idnumber FROM local_shop_bill WHERE id = ?", bill)
        else:
            assert (delivered, settled) == (0, 0), number
    invoices = [row["idnumber"] for row in db.rows("SELECT idnumber FROM local_shop_bill WHERE idnumber <> ''")]
    serials = sorted(int(number.rsplit("-", 1)[1]) for number in invoices)
    assert serials == list(range(1, len(serials) + 1))
    orderings = [row["ordering"] for row in db.rows("SELECT ordering FROM local_shop_bill ORDER BY ordering")]
    assert orderings == list(range(1, len(orderings) + 1))


@pytest.mark.complains
def test_a_page_open_while_the_shop_was_down_still_pays(storefront):
    storefront.start()
    client = Client(storefront.root)
    number = buy(client)
    storefront.kill()
    with pytest.raises(OSError):
        client.ask("POST", VIEW, client.hidden(PAY))
    storefront.start()
    client.submit(PAY)
    assert status_shown(client) == "COMPLETE"
    assert Shopdata(storefront.path).products(number) == 1
    Trace(storefront.folder / "merchant_trace.log").lines()
