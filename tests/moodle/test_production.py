"""Production as the buyer, line by line: who delivers, what a faulty product leaves open, what is delivered before the payment."""

import copy
import threading
import time

import pytest

from mailbox import mailbox
from probe import ORDERS, STANDS_FOR, due, guest_orders, jean_orders, move, probe_on_sale, settled
from scenarios import *


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
def mails(site):
    # What other tests left to be done is none of these.
    site.cron()
    with mailbox(site) as box:
        yield box


def enrolled(rows, user, course):
    return rows.count("user_enrolments", "userid = ? AND enrolid IN (SELECT id FROM {enrol} WHERE courseid = ?)", user, course)


def account_of(rows, email):
    return rows.one("SELECT id FROM {user} WHERE email = ?", email)["id"]


def test_a_guests_cheque_confirmed_by_the_administrator_enrols_the_guest_and_nobody_else(shopper, rows, site, seller, mails):
    guest, number = guest_orders(shopper, "formation=1", "check", "pauline@example.org")
    assert rows.bill(number)["status"] == "PENDING"
    for _ in range(40):
        if rows.count("user", "email = ?", "pauline@example.org"):
            break
        # Tasks that earlier tests have left come first.
        site.cron()
    pauline, admin = account_of(rows, "pauline@example.org"), rows.one("SELECT id FROM {user} WHERE username = 'admin'")["id"]
    # The account is created when the cheque is announced, as the plugin does; the course waits for the payment.
    assert enrolled(rows, pauline, site.facts["course"]) == 0
    move(seller, number, "SOLDOUT")
    assert settled(rows, number, "COMPLETE") == "COMPLETE"
    assert enrolled(rows, pauline, site.facts["course"]) == 1
    assert enrolled(rows, admin, site.facts["course"]) == 0
    bill = rows.bill(number)
    customer = rows.one("SELECT hasaccount FROM {local_shop_customer} WHERE id = ?", bill["customerid"])
    assert {str(customer["hasaccount"]), str(bill["userid"]), str(rows.order(number)["userid"])} == {str(pauline)}
    assert rows.products(number) == 1 and rows.produced(number) == 1
    # The seller is still the seller, and the page after the confirmation was theirs.
    assert seller.status == 200 and "Admin" in seller.text
    assert seller.open(ORDERS).status == 200
    assert len([mail for mail in mails.to("pauline@example.org") if "assword" in mail["text"]]) == 1


def test_the_page_of_a_delivered_order_leads_to_its_course_and_tells_what_production_told(shopper, rows, site, seller):
    jean, number = jean_orders(shopper, "formation=1")
    jean.open(url_of("produce", number))
    assert "course/view.php" not in jean.html
    move(seller, number, "SOLDOUT")
    assert settled(rows, number, "COMPLETE") == "COMPLETE"
    jean.open(url_of("produce", number))
    assert f'/course/view.php?id={site.facts["course"]}"' in jean.html and "Open the course" in jean.text
    assert "probe" not in jean.text
    _, number = jean_orders(shopper, "probe=1")
    move(seller, number, "SOLDOUT")
    assert settled(rows, number, "COMPLETE") == "COMPLETE"
    jean.open(url_of("produce", number))
    assert "probe postpay" in jean.text


def test_the_handler_sees_the_buyer_or_nobody_whoever_drains(shopper, rows, site, seller, probe):
    _, number = guest_orders(shopper, "probe=1", "check", "quentin@example.org")
    move(seller, number, "SOLDOUT")
    assert settled(rows, number, "COMPLETE") == "COMPLETE"
    notes = probe.notes(number)
    assert [note["phase"] for note in notes] == ["prepay", "postpay"]
    for note in notes:
        assert (note["user"], note["loggedin"], note["guest"], note["admin"], note["session"]) == (0, False, False, False, False), note
    jean, number = jean_orders(shopper, "probe=1")
    due(site)
    site.cron()
    move(seller, number, "SOLDOUT")
    assert settled(rows, number, "COMPLETE") == "COMPLETE"
    buyer = int(rows.one("SELECT id FROM {user} WHERE username = 'jean.dupont'")["id"])
    notes = probe.notes(number)
    assert [note["phase"] for note in notes] == ["prepay", "postpay"]
    assert {(note["user"], note["admin"]) for note in notes} == {(buyer, False)}
    assert "OUTPUT OF THE HANDLER" not in seller.text + jean.text


def faulty(how, reason):
    return pytest.param(how, reason, marks=pytest.mark.logs(f"local_shopengine: .*{reason}"))


@pytest.mark.parametrize("how, reason", [faulty("throw", "the probe is broken"), faulty("nothing", "did not report"),
                                         faulty("error", "reported an error: probe postpay")])
def test_a_faulty_product_leaves_its_line_open_and_the_other_is_delivered(shopper, rows, site, seller, probe, mails, how, reason):
    _, number = jean_orders(shopper, "probe=1&monproduit=1")
    probe.fails(how)
    move(seller, number, "SOLDOUT")
    assert settled(rows, number, "PARTIAL") == "PARTIAL"
    seller.open(ORDERS)
    assert "REF-PROBE is not delivered" in seller.text and reason in seller.text
    assert any("Order delivered in part, open : REF-PROBE" in line for line in site.traced() if number in line)
    # Nothing of the failed line is left, and no email was sent about it.
    item = rows.one("SELECT i.id FROM {local_shop_billitem} i WHERE i.billid = ? AND i.itemcode = 'REF-PROBE'", rows.bill(number)["id"])["id"]
    assert rows.count("user_preferences", "name = ?", f"probe_{item}") == 0
    assert [mail["subject"] for mail in mails.to("probe@example.org")] == []
    probe.fails()
    due(site)
    site.cron()
    assert rows.bill(number)["status"] == "COMPLETE"
    assert rows.count("user_preferences", "name = ?", f"probe_{item}") == 1
    assert [mail["subject"] for mail in mails.to("probe@example.org")] == [f"probe {number}"]
    seller.open(ORDERS)
    assert "REF-PROBE is not delivered" not in seller.text


@pytest.mark.logs("active database transaction detected during request shutdown", "mutated the session after it was closed")
@pytest.mark.parametrize("how", ["exit", pytest.param("redirect", marks=pytest.mark.logs("Unsupported redirect detected"))])
def test_a_handler_that_ends_the_request_leaves_the_visitor_alone(shopper, rows, site, seller, probe, how):
    _, number = jean_orders(shopper, "probe=1&monproduit=1")
    due(site)
    site.cron()
    probe.fails(how)
    move(seller, number, "SOLDOUT")
    assert "OUTPUT OF THE HANDLER" not in seller.text and "probe.html" not in seller.url
    # The visitor is who they were.
    seller.open(ORDERS)
    assert seller.status == 200 and "Admin" in seller.text
    seller.open("/user/profile.php")
    assert "Jean" not in seller.text
    failed = rows.one("SELECT reason FROM {local_shopengine_produced} WHERE billid = ? AND state = 'failed'", rows.bill(number)["id"])
    assert "ended the request" in failed["reason"]
    due(site)
    # On the command line a redirection is an exception.
    site.cron(fails=["outbox"] if how == "exit" else [])
    assert rows.bill(number)["status"] == "PARTIAL", "the other line is delivered by the next attempt"
    probe.fails()
    due(site)
    site.cron()
    assert rows.bill(number)["status"] == "COMPLETE"


@pytest.mark.logs("local_shopengine: RuntimeException: the caf")
def test_a_reason_that_is_no_text_ends_neither_a_page_nor_the_work_for_other_buyers(shopper, rows, site, seller, probe):
    _, number = jean_orders(shopper, "probe=1")
    _, other = guest_orders(shopper, "monproduit=1", "check", "rachel@example.org")
    due(site)
    site.cron()
    probe.fails("no text")
    move(seller, number, "SOLDOUT")
    move(seller, other, "SOLDOUT")
    assert settled(rows, other, "COMPLETE") == "COMPLETE"
    due(site)
    site.cron()
    seller.open(ORDERS)
    assert seller.status == 200 and "the caf\ufffd is closed" in seller.text
    probe.fails()
    due(site)
    site.cron()
    assert rows.bill(number)["status"] == "COMPLETE"


def test_a_site_that_names_no_mail_server_sends_what_production_held_back(shopper, rows, site, seller, probe):
    sent, place = site.web.folder / "sent", site.installation.data / "smtp"
    _, number = jean_orders(shopper, "probe=1")
    due(site)
    site.cron()
    place.write_text("")
    try:
        move(seller, number, "SOLDOUT")
        assert settled(rows, number, "COMPLETE") == "COMPLETE"
        for _ in range(40):
            text = sent.read_text() if sent.exists() else ""
            if f"probe {number}" in text:
                break
            time.sleep(0.25)
    finally:
        place.unlink()
    assert "<probe@example.org>" in text and f"Subject: probe {number}" in text, text[-2000:]


def test_a_production_that_the_database_ended_in_favour_of_another_begins_anew_at_once(shopper, rows, site, seller, probe, mails):
    # The handler notes each time that it runs, and succeeds the third time.
    (probe.data / "probe.notes").unlink(missing_ok=True)
    probe.fails("deadlock")
    _, number = guest_orders(shopper, "probe=1", "test", "verrou@example.org")
    shopper().ask("POST", IPN, {"transid": number, "finish": "1"})
    assert rows.bill(number)["status"] == "COMPLETE"
    phases = [note["phase"] for note in probe.notes(number)]
    assert phases.count("postpay") == 2, phases
    assert [mail["subject"] for mail in mails.to("probe@example.org")] == [f"probe {number}"]
    assert rows.count("local_shopengine_produced", "billid = ? AND state = 'done' AND phase = 'postpay'", rows.bill(number)["id"]) == 1


def test_a_refund_ends_a_delivery_that_is_under_way(shopper, rows, site, seller, probe):
    _, number = jean_orders(shopper, "probe=1&formation=1")
    due(site)
    site.cron()
    other, go = shopper().log_in("admin", "Admin!23"), probe.data / "probe.go"
    probe.fails("wait")
    confirmed = threading.Thread(target=move, args=(seller, number, "SOLDOUT"))
    confirmed.start()
    for _ in range(80):
        if "postpay" in [note["phase"] for note in probe.notes(number)]:
            break
        time.sleep(0.25)
    # The refund waits for the line that is being produced, and comes before the next one. Everything up to the last press is done by then.
    form = {"what": "flowchange", "status": "PAYBACK"}
    other.open(ORDERS)
    other.submit({"what": "flowchange", "transid": number}, {"status": "PAYBACK"})
    assert other.has_form(form), other.text[:500]
    refunded = threading.Thread(target=other.submit, args=(form,))
    refunded.start()
    time.sleep(5)
    go.touch()
    try:
        confirmed.join()
        refunded.join()
    finally:
        go.unlink()
        probe.fails()
    assert settled(rows, number, "PAYBACK") == "PAYBACK"
    due(site)
    site.cron()
    done = rows.all("SELECT p.id, i.itemcode FROM {local_shopengine_produced} p JOIN {local_shop_billitem} i ON i.id = p.billitemid"
                    " WHERE p.billid = ? AND p.phase = 'postpay'", rows.bill(number)["id"])
    assert [row["itemcode"] for row in done] == ["REF-PROBE"] and rows.bill(number)["status"] == "PAYBACK"


@pytest.mark.logs("local_shopengine: RuntimeException: the probe is broken")
def test_a_task_is_leased_when_its_work_begins(shopper, rows, site, seller, probe):
    numbers = [jean_orders(shopper, "probe=1")[1] for _ in range(3)]
    due(site)
    site.cron()
    probe.fails("throw")
    for number in numbers:
        move(seller, number, "SOLDOUT")
        item = rows.one("SELECT id FROM {local_shop_billitem} WHERE billid = ?", rows.bill(number)["id"])["id"]
        for _ in range(40):
            if rows.count("local_shopengine_produced", "billitemid = ? AND state = 'failed'", item):
                break
            time.sleep(0.25)
    probe.fails()
    due(site)
    site.cron()
    for number in numbers:
        assert rows.bill(number)["status"] == "COMPLETE"
        assert probe.notes(number)[-1]["leased"] == 1, "tasks that wait for this one are nobody's yet"


@pytest.fixture
def bundle(rows, site, on_sale):
    """A bundle of a product of the tests' handler and one without a handler; the id of the first."""
    columns = ("catalogid, categoryid, userid, code, shortname, name, idnumber, description, descriptionformat, price1, taxcode, stock, sold, status,"
               " onlyforloggedin, quantaddressesusers, requireddata, maxdeliveryquant, setid, isset, enablehandler, handlerparams")
    add = (f"INSERT INTO {{local_shop_catalogitem}} ({columns}) SELECT catalogid, categoryid, userid, ?, ?, ?, ?, '', 1, 10, taxcode, 1000, 0, status,"
           " 0, 0, '', 0, ?, ?, ?, '' FROM {local_shop_catalogitem} WHERE shortname = 'livre'")
    made = [("probebundle", 0, 2, ""), ("probeelement", None, 0, STANDS_FOR), ("otherelement", None, 0, "")]
    ids = {}
    for name, parent, kind, handler in made:
        site.sql(add, name, name, name, name, ids.get("probebundle", 0) if parent is None else parent, kind, handler)
        ids[name] = rows.one("SELECT id FROM {local_shop_catalogitem} WHERE shortname = ?", name)["id"]
    yield ids["probeelement"]
    site.sql("DELETE FROM {local_shop_catalogitem} WHERE shortname IN ('probebundle', 'probeelement', 'otherelement')")


@pytest.mark.logs("local_shopengine: .*did not report what it did")
def test_a_bundle_of_which_an_element_does_not_answer_stays_open(shopper, rows, site, seller, probe, bundle):
    _, number = jean_orders(shopper, "probebundle=1&monproduit=1")
    due(site)
    site.cron()
    probe.fails("nothing")
    move(seller, number, "SOLDOUT")
    assert settled(rows, number, "PARTIAL") == "PARTIAL"
    seller.open(ORDERS)
    assert "probebundle is not delivered" in seller.text and "did not report" in seller.text
    item = rows.one("SELECT id FROM {local_shop_billitem} WHERE billid = ? AND itemcode = 'probebundle'", rows.bill(number)["id"])["id"]
    assert rows.count("user_preferences", "name = ?", f"probe_{item}") == 0
    probe.fails()
    due(site)
    site.cron()
    assert rows.bill(number)["status"] == "COMPLETE"
    assert rows.count("user_preferences", "name = ?", f"probe_{item}") == 1
    assert [note["phase"] for note in probe.notes(number)] == ["prepay", "postpay", "postpay"]


@pytest.mark.logs("local_shopengine: .*handler reported an error")
def test_a_bundle_of_which_an_element_reports_an_error_stays_open(shopper, rows, site, seller, bundle):
    # Moodle refuses to enrol into its front page, the plugin's handler says that something failed.
    home = rows.one("SELECT shortname FROM {course} WHERE id = 1")["shortname"]
    opens = "UPDATE {local_shop_catalogitem} SET enablehandler = 'std_enrolonecourse', handlerparams = ? WHERE id = ?"
    site.sql(opens, f"coursename={home}&role=student", bundle)
    site.sql("INSERT INTO {enrol} (enrol, status, courseid, sortorder, timecreated, timemodified) VALUES ('manual', 0, 1, 0, 0, 0)")
    try:
        _, number = jean_orders(shopper, "probebundle=1&monproduit=1")
        due(site)
        site.cron()
        move(seller, number, "SOLDOUT")
        assert settled(rows, number, "PARTIAL") == "PARTIAL"
        seller.open(ORDERS)
        assert "probebundle is not delivered: The product’s handler reported an error" in seller.text
    finally:
        site.sql("DELETE FROM {enrol} WHERE courseid = 1")
    site.sql(opens, "coursename=FORMATION&role=student", bundle)
    due(site)
    site.cron()
    assert rows.bill(number)["status"] == "COMPLETE"


@pytest.mark.logs("local_shopengine: .*no longer has what was ordered with it: probeelement")
def test_a_bundle_that_has_lost_an_element_since_it_was_ordered_stays_open(shopper, rows, site, seller, probe, bundle):
    _, number = jean_orders(shopper, "probebundle=1")
    due(site)
    site.cron()
    site.sql("UPDATE {local_shop_catalogitem} SET setid = 0 WHERE id = ?", bundle)
    move(seller, number, "SOLDOUT")
    due(site)
    site.cron()
    assert rows.bill(number)["status"] == "SOLDOUT"
    seller.open(ORDERS)
    assert "no longer has what was ordered with it: probeelement" in seller.text
    parent = rows.one("SELECT id FROM {local_shop_catalogitem} WHERE shortname = 'probebundle'")["id"]
    site.sql("UPDATE {local_shop_catalogitem} SET setid = ? WHERE id = ?", parent, bundle)
    due(site)
    site.cron()
    assert rows.bill(number)["status"] == "COMPLETE"


@pytest.fixture
def handler_of(rows, site):
    """Gives a product another handler until the end of the test."""
    were = {}

    def change(shortname, handler):
        were.setdefault(shortname, rows.one("SELECT enablehandler FROM {local_shop_catalogitem} WHERE shortname = ?", shortname)["enablehandler"])
        site.sql("UPDATE {local_shop_catalogitem} SET enablehandler = ? WHERE shortname = ?", handler, shortname)
    yield change
    for shortname, handler in were.items():
        change(shortname, handler)


@pytest.mark.logs("local_shopengine: .*was ordered with the handler std_enrolonecourse")
@pytest.mark.parametrize("now, why", [("", "has no handler now"), ("std_generateseats", "has std_generateseats now")])
def test_a_product_that_has_lost_its_handler_since_it_was_ordered_stays_open(shopper, rows, site, seller, handler_of, now, why):
    guest, number = guest_orders(shopper, "formation=1", "check", f"orphelin{len(now)}@example.org")
    due(site)
    site.cron()
    handler_of("formation", now)
    move(seller, number, "SOLDOUT")
    due(site)
    site.cron()
    assert rows.bill(number)["status"] == "SOLDOUT"
    assert enrolled(rows, account_of(rows, f"orphelin{len(now)}@example.org"), site.facts["course"]) == 0
    seller.open(ORDERS)
    assert f"was ordered with the handler std_enrolonecourse, and {why}" in seller.text
    handler_of("formation", "std_enrolonecourse")
    due(site)
    site.cron()
    assert rows.bill(number)["status"] == "COMPLETE"
    assert enrolled(rows, account_of(rows, f"orphelin{len(now)}@example.org"), site.facts["course"]) == 1


@pytest.mark.logs(f"local_shopengine: .*probeelement was ordered with the handler {STANDS_FOR}, and has no handler now")
def test_a_bundle_of_which_an_element_has_lost_its_handler_stays_open(shopper, rows, site, seller, bundle, handler_of):
    _, number = jean_orders(shopper, "probebundle=1")
    due(site)
    site.cron()
    handler_of("probeelement", "")
    move(seller, number, "SOLDOUT")
    due(site)
    site.cron()
    assert rows.bill(number)["status"] == "SOLDOUT"
    seller.open(ORDERS)
    assert "probebundle is not delivered: The product probeelement was ordered with the handler" in seller.text
    handler_of("probeelement", STANDS_FOR)
    due(site)
    site.cron()
    assert rows.bill(number)["status"] == "COMPLETE"


def test_two_guests_with_one_address_who_pay_at_once_get_one_account_and_the_second_is_held(shopper, rows, site, seller, probe):
    numbers, guests = [], []
    for name in ("Aînée", "Cadette"):
        guest = shopper()
        follow_link(guest, "probe=1&formation=1", shop=f"shopid={site.facts['shop']}")
        tell_customer(guest, email="soeurs@example.org", firstname=name, lastname=name)
        place(guest, "test")
        guests.append(guest)
        numbers.append(transid(guest))
    go = probe.data / "probe.go"
    go.unlink(missing_ok=True)
    probe.fails("wait before")
    paying = threading.Thread(target=guests[0].submit, args=(PAY,))
    paying.start()
    for _ in range(120):
        if probe.notes(numbers[0]):
            break
        time.sleep(0.25)
    # The first delivery is under way: the second one waits for it, and is put off.
    guests[1].submit(PAY)
    assert guests[1].status == 200 and rows.bill(numbers[1])["status"] == "SOLDOUT"
    assert probe.notes(numbers[1]) == [] and paying.is_alive()
    second = "SELECT id, state, attempts FROM {local_shopengine_outbox} WHERE kind = 'deliver' AND billid = ?"
    task = rows.one(second, rows.bill(numbers[1])["id"])
    assert (task["state"], int(task["attempts"])) == ("due", 0)
    go.touch()
    paying.join()
    assert settled(rows, numbers[0], "COMPLETE") == "COMPLETE"
    due(site)
    site.cron()
    # The account is the first one's, as it was made.
    [account] = rows.all("SELECT id, lastname FROM {user} WHERE email = 'soeurs@example.org'")
    assert account["lastname"] == "Aînée" and str(rows.order(numbers[0])["userid"]) == str(account["id"])
    assert rows.bill(numbers[1])["status"] == "SOLDOUT" and rows.order(numbers[1])["held"] == "account_exists"
    assert probe.notes(numbers[1]) == []


# The handler logs somebody in where no session is open.
@pytest.mark.complains(r"session_regenerate_id\(\): Session ID cannot be regenerated")
@pytest.mark.parametrize("how", ["location", "login"])
def test_what_a_handler_tells_the_browser_and_the_session_is_not_the_visitors(shopper, rows, site, probe, how):
    visitor = shopper().log_in("admin", "Admin!23")
    follow_link(visitor, "probe=1", shop=f"shopid={site.facts['shop']}")
    if visitor.document.form({"view": "customer"}):
        tell_customer(visitor, email="admin@example.org")
    place(visitor, "test")
    number = transid(visitor)
    probe.fails(how)
    visitor.submit(PAY)
    assert visitor.status == 200 and "probe.html" not in str(visitor.hops) + visitor.url
    assert rows.bill(number)["status"] == "COMPLETE"
    visitor.open("/user/profile.php")
    assert "Admin" in visitor.text and "Jean" not in visitor.text


def test_a_cart_that_is_filled_while_the_paid_page_delivers_stays(shopper, rows, site, probe):
    visitor, number = guest_orders(shopper, "probe=1", "test", "simone@example.org")
    go = probe.data / "probe.go"
    go.unlink(missing_ok=True)
    probe.fails("wait")
    tab = copy.copy(visitor)
    paying = threading.Thread(target=visitor.submit, args=(PAY,))
    paying.start()
    for _ in range(120):
        if [note["phase"] for note in probe.notes(number)] == ["prepay", "postpay"]:
            break
        time.sleep(0.25)
    follow_link(tab, "monproduit=2", shop=f"shopid={site.facts['shop']}")
    assert paying.is_alive()
    go.touch()
    paying.join()
    assert rows.bill(number)["status"] == "COMPLETE"
    # An empty cart has no customer step.
    tab.open(f"/local/shop/front/view.php?view=customer&shopid={site.facts['shop']}")
    assert "view=customer" in tab.url and tab.document.form(CUSTOMER), tab.text[:600]


def test_a_worker_killed_between_two_lines_delivers_each_line_once(shopper, rows, site, seller, probe):
    _, number = jean_orders(shopper, "formation=1&probe=1")
    due(site)
    site.cron()
    probe.fails("kill")
    move(seller, number, "SOLDOUT")
    bill = rows.bill(number)["id"]
    done = "SELECT i.itemcode, p.phase, p.state FROM {local_shopengine_produced} p JOIN {local_shop_billitem} i ON i.id = p.billitemid WHERE p.billid = ?"
    marks = {(row["itemcode"], row["phase"]) for row in rows.all(done, bill)}
    assert ("REF-FORMATION", "postpay") in marks and ("REF-PROBE", "postpay") not in marks, marks
    assert rows.bill(number)["status"] == "SOLDOUT"
    probe.fails()
    due(site)
    site.cron()
    assert rows.bill(number)["status"] == "COMPLETE"
    item = rows.one("SELECT id FROM {local_shop_billitem} WHERE billid = ? AND itemcode = 'REF-PROBE'", bill)["id"]
    assert rows.count("user_preferences", "name = ?", f"probe_{item}") == 1
    assert rows.produced(number) == 1


def test_preprod_delivers_once_and_the_payment_completes(shopper, rows, site, seller, probe):
    _, number = jean_orders(shopper, "probe=1")
    move(seller, number, "PREPROD")
    for _ in range(40):
        if len(probe.notes(number)) == 2:
            break
        time.sleep(0.25)
    assert [note["phase"] for note in probe.notes(number)] == ["prepay", "postpay"]
    assert settled(rows, number, "PREPROD") == "PREPROD"
    due(site)
    site.cron()
    move(seller, number, "COMPLETE")
    assert settled(rows, number, "COMPLETE") == "COMPLETE"
    due(site)
    site.cron()
    assert [note["phase"] for note in probe.notes(number)] == ["prepay", "postpay"]
    assert rows.count("local_shopengine_settlement", "billid = ? AND state = 'settled'", rows.bill(number)["id"]) == 1


def test_an_order_of_a_suspended_account_is_held_and_nobody_else_gets_it(shopper, rows, site, seller, probe):
    _, number = jean_orders(shopper, "probe=1")
    due(site)
    site.cron()
    site.sql("UPDATE {user} SET suspended = 1 WHERE username = 'jean.dupont'")
    try:
        move(seller, number, "SOLDOUT")
        due(site)
        site.cron()
        assert rows.bill(number)["status"] == "SOLDOUT"
        assert [note["phase"] for note in probe.notes(number)] == ["prepay"]
        seller.open(ORDERS)
        assert "suspended or deleted" in seller.text
    finally:
        site.sql("UPDATE {user} SET suspended = 0 WHERE username = 'jean.dupont'")
