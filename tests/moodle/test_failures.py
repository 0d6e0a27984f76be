"""What fails on the way to the goods: a production, an email, a task of cron. What the buyer and the seller see, what is in the tables, and
how it goes on once the cause is gone."""

import pytest

from mailbox import mailbox
from probe import ORDERS, due, guest_orders, jean_orders, probe_on_sale, settled
from scenarios import *

STATUS = "/report/status/index.php"
GIVEN_UP = "could not be made after several attempts"


@pytest.fixture(scope="module")
def on_sale(site):
    with probe_on_sale(site) as probe:
        yield probe


@pytest.fixture(autouse=True)
def probe(on_sale):
    on_sale.fails()
    yield on_sale
    on_sale.fails()


@pytest.fixture
def box(site):
    # What other tests left to be done, and their orders on hold, are none of these.
    site.cron()
    site.sql("UPDATE {local_shopengine_outbox} SET state = 'done' WHERE state IN ('due', 'leased')")
    site.sql("UPDATE {local_shopengine_order} SET held = NULL WHERE held <> ''")
    with mailbox(site) as box:
        yield box


def tasks(rows, number, kind):
    """State and attempts of an order's tasks."""
    return [(row["state"], int(row["attempts"])) for row in rows.all(
        "SELECT o.id, o.state, o.attempts FROM {local_shopengine_outbox} o JOIN {local_shop_bill} b ON b.id = o.billid"
        " WHERE b.transactionid = ? AND o.kind = ? ORDER BY o.id", number, kind)]


def last_attempt(site, number, kind, before=9):
    """The next attempt is the tenth, or another, after which a task is given up."""
    site.sql(f"UPDATE {{local_shopengine_outbox}} SET attempts = {before} WHERE kind = ? AND state = 'due' AND billid ="
             " (SELECT id FROM {local_shop_bill} WHERE transactionid = ?)", kind, number)
    due(site)
    site.cron()


def made(rows, number):
    """What the probe has made for an order: marks of its phases, and rows of the handler's own."""
    marks = rows.all("SELECT p.id, p.phase, p.state FROM {local_shopengine_produced} p JOIN {local_shop_bill} b ON b.id = p.billid"
                     " WHERE b.transactionid = ? ORDER BY p.id", number)
    own = rows.count("user_preferences", "name IN (SELECT CONCAT('probe_', i.id) FROM {local_shop_billitem} i"
                     " JOIN {local_shop_bill} b ON b.id = i.billid WHERE b.transactionid = ?)", number)
    return [(row["phase"], row["state"]) for row in marks], own


@pytest.mark.logs("RuntimeException: the probe is broken")
def test_a_production_that_fails_keeps_the_payment_and_is_given_up_with_an_email_to_the_seller(shopper, rows, site, seller, probe, box):
    jean, number = jean_orders(shopper, "probe=1", "test")
    probe.fails("throw")
    jean.submit(way(jean, "at once"))
    # The buyer: paid, and nothing of the handler's words.
    jean.open(url_of("produce", number))
    assert jean.status == 200 and status_shown(jean) == "SOLDOUT"
    assert "the probe is broken" not in jean.text, jean.text
    # The seller: which product, and why.
    seller.open(ORDERS)
    assert "REF-PROBE is not delivered: the probe is broken" in seller.text
    assert made(rows, number) == ([("prepay", "done"), ("postpay", "failed")], 0)
    assert tasks(rows, number, "deliver") == [("due", 1)]
    assert rows.count("local_shopengine_settlement", "billid = ? AND state = 'settled'", rows.bill(number)["id"]) == 1

    last_attempt(site, number, "deliver")
    assert tasks(rows, number, "deliver") == [("failed", 10)]
    assert (rows.bill(number)["status"], rows.order(number)["held"]) == ("SOLDOUT", "delivery_failed")
    seller.open(ORDERS)
    assert GIVEN_UP in seller.text
    assert "Orders on hold: 1. Look at them." in seller.open(STATUS).text
    site.cron()
    assert [mail["subject"] for mail in box.to("seller@example.org") if "on hold" in mail["subject"]] == [f"Demo shop: Order {number} is on hold"]
    # Its lines are wrapped.
    assert [GIVEN_UP in " ".join(mail["text"].split()) for mail in box.about(number) if "on hold" in mail["subject"]] == [True]
    # The buyer knows that the money came.
    assert [mail["subject"] for mail in box.to("jean.dupont@example.org")] == [f"Demo shop: Your order {number} is paid"]
    assert box.to("probe@example.org") == []

    probe.fails()
    seller.open(ORDERS)
    confirm_release(seller, number)
    assert settled(rows, number, "COMPLETE") == "COMPLETE"
    assert made(rows, number) == ([("prepay", "done"), ("postpay", "done")], 1)
    assert [mail["subject"] for mail in box.to("probe@example.org")] == [f"probe {number}"]
    assert (tasks(rows, number, "deliver"), rows.order(number)["held"]) == ([("done", 2)], None)
    jean.open(url_of("produce", number))
    assert status_shown(jean) == "COMPLETE"
    seller.open(ORDERS)
    assert GIVEN_UP not in seller.text and "REF-PROBE is not delivered" not in seller.text
    assert "No order is on hold" in seller.open(STATUS).text


@pytest.mark.logs("RuntimeException: the probe is broken")
def test_a_handler_that_throws_before_the_payment_lets_the_buyer_announce_it(shopper, rows, site, seller, probe):
    probe.fails("before")
    jean, number = jean_orders(shopper, "probe=1")
    assert jean.status == 200 and status_shown(jean) == "PENDING" and "the probe is broken" not in jean.text
    due(site)
    site.cron()
    assert made(rows, number) == ([("prepay", "failed")], 0)
    seller.open(ORDERS)
    assert "REF-PROBE is not delivered: the probe is broken" in seller.text
    probe.fails()
    confirm_move(seller, number, "SOLDOUT")
    assert settled(rows, number, "COMPLETE") == "COMPLETE"
    assert made(rows, number) == ([("prepay", "done"), ("postpay", "done")], 1)
    assert "REF-PROBE is not delivered" not in seller.open(ORDERS).text


@pytest.mark.logs("RuntimeException: mail to `echec@example.net` not sent", "RuntimeException: mail to `seller@example.org` not sent")
def test_an_email_that_cannot_be_sent_is_sent_later_and_stops_nothing(shopper, rows, site, seller):
    due(site)
    site.cron()
    # Nobody listens there.
    place_of_server = site.installation.data / "smtp"
    place_of_server.write_text("127.0.0.1:9")
    try:
        guest, number = guest_orders(shopper, "livre=1", "check", "echec@example.net")
        assert guest.status == 200 and status_shown(guest) == "PENDING" and "not sent" not in guest.text
        due(site)
        site.cron()
        assert {state for state, attempts in tasks(rows, number, "mail")} == {"due"}
        assert all(attempts >= 1 for _, attempts in tasks(rows, number, "mail"))
        assert (rows.bill(number)["status"], rows.order(number)["held"]) == ("PENDING", None)
        seller.open(f"{SCAN}?transid={urllib.parse.quote(number)}")
        assert "mail failed, to be tried again : mail to `echec@example.net` not sent" in seller.text, seller.text[:3000]
        last_attempt(site, number, "mail", 19)
        assert {state for state, _ in tasks(rows, number, "mail")} == {"failed"}
        # The order goes on, and the seller is told.
        assert rows.order(number)["held"] is None
        told = site.php("local/shopengine/cli/repair.php", check=False)
        assert f"An email about order {number} was given up after 20 attempts: mail to `echec@example.net` not sent" in told, told
        site.sql("UPDATE {local_shopengine_outbox} SET state = 'due', attempts = 1 WHERE kind = 'mail' AND state = 'failed'")
    finally:
        place_of_server.unlink()
    with mailbox(site) as box:
        due(site)
        site.cron()
        assert [mail["subject"] for mail in box.to("echec@example.net")] == [f"Demo shop: Your order {number} is recorded"]
        assert {state for state, _ in tasks(rows, number, "mail")} == {"done"}
        assert rows.order(number)["held"] is None
        # Nothing is sent twice.
        due(site)
        site.cron()
        assert len(box.to("echec@example.net")) == 1


TASKS = ("integrity", "stale", "trace", "inbox", "outbox")


@pytest.mark.parametrize("name", TASKS)
def test_a_task_that_crashes_is_told_and_the_others_go_on(rows, site, seller, box, shopper, name):
    source = site.folder / f"local/shopengine/classes/task/{name}.php"
    own = source.read_text()
    broken = own.replace("public function execute() {\n", "public function execute() {\n        throw new \\RuntimeException('the task is broken');\n")
    assert broken != own
    # An email that waits for cron: the buyer went away.
    _, number = guest_orders(shopper, "livre=1", "check", f"{name}@example.net")
    site.sql("UPDATE {local_shopengine_outbox} SET state = 'due', timedue = 0 WHERE kind = 'mail' AND billid ="
             " (SELECT id FROM {local_shop_bill} WHERE transactionid = ?)", number)
    sent = len(box.to(f"{name}@example.net"))
    site.sql("UPDATE {task_scheduled} SET lastruntime = lastruntime - 1900 WHERE classname LIKE '%shopengine%outbox'")
    source.write_text(broken)
    try:
        printed = site.cron(fails=[name])
        assert "the task is broken" in printed[name]
    finally:
        source.write_text(own)
    delay = rows.one("SELECT faildelay FROM {task_scheduled} WHERE classname = ?", f"\\local_shopengine\\task\\{name}")["faildelay"]
    assert int(delay) > 0
    late = "nothing is delivered unless a buyer waits for it. Is cron running?"
    assert (late in seller.open(STATUS).text) == (name == "outbox")
    assert ("Tasks waiting: 0" in seller.text) == (name != "outbox")
    assert len(box.to(f"{name}@example.net")) - sent == (name != "outbox")
    site.cron()
    assert len(box.to(f"{name}@example.net")) - sent == 1
    seller.open(STATUS)
    assert late not in seller.text and "Tasks waiting: 0" in seller.text


def test_each_task_has_been_broken(site):
    assert sorted(path.stem for path in (site.folder / "local/shopengine/classes/task").glob("*.php")) == sorted(TASKS)
