"""The gate on a real Moodle: no spelling of a request reaches a command of the plugin around the engine, the plugin's own pages work.
What each attack does to the stock plugin is shown beside it, so that these tests are known to see harm."""

import base64
import html
import json
import os
import re
import shutil
import urllib.parse

import pytest

from gate_cases import FILES, SHOP, Case, Visitor, exact, misspelled, send
from shoppers import NAMES, Shopper, at_order, quoted, settings, switch
from installation import ROOT
from unsigned_links import SECRETS, trusted, vouched
from scenarios import *

PURCHASE = ("import", "cart", "customer", "placement", "payment", "production", "endpoints")
SETS = {"all": NAMES, "purchase": PURCHASE, "placement": ("cart", "customer", "placement"), "backoffice": ("backoffice",), "bills": ("bills", "trace")}

SHOP_TABLES = [f"local_shop{name}" for name in (
    "", "_catalog", "_catalogitem", "_catalogcategory", "_catalogshipping", "_catalogshipzone", "_customer", "_customer_owner", "_bill",
    "_billitem", "_tax", "_product", "_productevent", "_paypal_ipn", "_partner")]
# Without the trace: it tells what was refused.
ENGINE_TABLES = [f"local_shopengine_{name}" for name in (
    "order", "line", "history", "inbox", "settlement", "outbox", "item", "delivery", "tag", "referral", "ledger")]
TABLES = [*SHOP_TABLES, *ENGINE_TABLES, "user_enrolments", "role_assignments"]


@pytest.fixture(autouse=True)
def all_on(site):
    switch(site, "on")
    yield
    switch(site)


@pytest.fixture
def victim(site, rows):
    return purchases(site, rows)


def purchases(site, rows):
    """What Jean has bought and ordered through the engine, and the rows around it."""
    jean = Shopper(site).log_in("jean.dupont")
    at_order(jean, "REF-FORMATION=1")
    place(jean, "test")
    paid = pay(jean)
    at_order(jean, "REF-MONPRODUIT=2")
    place(jean, "check")
    number = transid(jean)
    bill = rows.bill(number)
    # What the engine has left to do is done: whoever comes next would do it.
    site.cron()
    product = rows.one("SELECT MAX(p.id) AS id FROM {local_shop_product} p JOIN {local_shop_billitem} i ON i.id = p.initialbillitemid"
                       " JOIN {local_shop_bill} b ON b.id = i.billid WHERE b.transactionid = ?", paid)["id"]
    assert product, "the purchase made no product"
    first = {name: rows.one(f"SELECT MIN(id) AS id FROM {{local_shop_{table}}}")["id"] for name, table in (
        ("catalog", "catalog"), ("catalogitem", "catalogitem"), ("category", "catalogcategory"), ("tax", "tax"))}
    item = rows.one("SELECT MIN(id) AS id FROM {local_shop_billitem} WHERE billid = ?", bill["id"])["id"]
    return first | {"shop": site.facts["shop"], "transid": quoted(number), "number": number, "paid": paid, "bill": bill["id"], "item": item,
                    "customer": bill["customerid"], "product": product}


@pytest.fixture
def unchanged(site):
    """Names the tables that a piece of code changes."""
    server = site.installation.server

    class Watch:
        def __enter__(self):
            self.before = server.digests(TABLES)
            return self

        def __exit__(self, *_):
            after = server.digests(TABLES)
            self.changed = sorted(table for table in TABLES if after[table] != self.before[table])

    return Watch


def on(site, names):
    switch(site, **dict.fromkeys(names, "on"))


def at_plugins_order(driver, products):
    """The same where the plugin does it all."""
    driver.open(f"{VIEW}?shopid={driver.site.facts['shop']}&what=import&{products}")
    driver.open(f"{VIEW}?shopid={driver.site.facts['shop']}&view=shop&what=navigate")
    if driver.view == "customer":
        tell_customer(driver, firstname="Jean", lastname="Dupont", email="jean.dupont@example.org")
    assert driver.view == "order", (driver.url, driver.text[:300])
    return driver


def key_of(driver):
    driver.open("/local/shop/front/view.php?view=shop")
    return re.search(r'"sesskey":"([^"]+)"', driver.html)[1]


def everybody(site):
    """A guest and two buyers at the summary, and a seller: visitors with their session keys."""
    guest, jean = at_order(Shopper(site), "REF-LIVRE=1"), at_order(Shopper(site).log_in("jean.dupont"), "REF-MONPRODUIT=1")
    other, seller = Shopper(site).log_in("sans.adresse"), Shopper(site).log_in("admin", "Admin!23")
    return [(name, Visitor(driver, node), key_of(driver)) for name, driver, node in (
        ("guest", guest, "a"), ("buyer", jean, "b"), ("other buyer", other, "a"), ("seller", seller, "b"))]


def culprit(work, watch):
    """The request that changes something when it is sent again, found by halves; what changes something only once stays unnamed."""
    for visitor, cases in work:
        with watch() as seen:
            send([(visitor, cases)])
        while seen.changed and len(cases) > 1:
            half = cases[:len(cases) // 2]
            with watch() as first:
                send([(visitor, half)])
            cases = half if first.changed else cases[len(half):]
        if seen.changed:
            return str(cases[0])
    return "none of them again"


# Thousands of requests.

@pytest.mark.parametrize("names", SETS)
def test_misspelled_commands_reach_nothing(site, victim, unchanged, names):
    visitors = everybody(site)
    on(site, SETS[names])
    sample = 8 if names == "all" else 80
    work = [(visitor, [Case(f"{name}, {case.told}", case.target, case.method, case.body)
                       for case in misspelled(victim, sample * 4, f"sesskey={key}", start=at * sample)])
            for at, (name, visitor, key) in enumerate(visitors)]
    with unchanged() as watch:
        send(work)
    cases = [case for _, cases in work for case in cases]
    # The back office asks first who it is.
    let_in = [str(case) for case in cases if case.status != 400 and not (
        case.status == 403 and not case.told.startswith("seller") and "/front/" not in case.target)]
    assert not let_in, (len(let_in), let_in[:20])
    assert not watch.changed, (watch.changed, culprit(work, unchanged))
    # Each visitor has tried each command, where the sample is close enough.
    commands = {case.told for case in exact(victim)}
    tried = {case.told for case in cases}
    assert len(cases) > (2000 if names == "all" else 200)
    if names == "all":
        assert tried == {f"{name}, {told}" for name, _, _ in visitors for told in commands}


# The plugin takes the name of a file from the address.
@pytest.mark.complains(r"/local/shop/bills/[\s\S]*(?:Failed to open stream|include_path)", r"clean\(\) can not process arrays")
def test_misspelled_commands_reach_the_stock_plugin(site, victim, shopper, unchanged):
    """The requests of the test above do harm where nothing stands before the plugin."""
    seller = shopper().log_in("admin", "Admin!23")
    key = key_of(seller)
    switch(site)
    moves = ("viewBill flowchange", "viewBill changestate", "viewBill recalculate")
    cases = [case for case in misspelled(victim, 4, f"sesskey={key}") if case.told.endswith(moves)]
    with unchanged() as watch:
        send([(Visitor(seller), cases)])
    assert "local_shop_bill" in watch.changed and len(cases) > 50


# Commands of its scripts that lack what they are about.
@pytest.mark.complains(r"parameter \(productname\) was missing", 'property "eulas" on null', r"stdClass::\$shoppingcart in \S+/local/shop/front/order\.controller",
                       r"stdClass::\$paymode in \S+/local/shop/front/lib", r"/local/shop/paymodes//\.class\.php", 'Class "shop_paymode_" not found')
@pytest.mark.parametrize("names", SETS)
def test_commands_of_others_reach_nothing(site, victim, unchanged, names):
    """Exactly spelled: a guest and a buyer with their own session keys, and a seller's browser on another site's page, without."""
    guest, other, seller = Shopper(site), Shopper(site).log_in("sans.adresse"), Shopper(site).log_in("admin", "Admin!23")
    keys = [f"sesskey={key_of(guest)}", f"sesskey={key_of(other)}", ""]
    on(site, SETS[names])
    work = [(Visitor(driver), list(exact(victim, key))) for driver, key in zip((guest, other, seller), keys)]
    for visitor, cases in work:
        for case in list(cases):
            script, _, query = case.target.partition("?")
            cases.append(Case(case.told, script, "POST", query.encode()))
    harm = {}
    visited = {case.told for _, cases in work for case in cases}
    assert visited == {case.told for case in exact(victim)}
    for told in sorted(visited):
        batch = [(visitor, [case for case in cases if case.told == told]) for visitor, cases in work]
        with unchanged() as watch:
            send(batch)
        if watch.changed:
            harm[told] = watch.changed
    assert harm == {}


# What was demonstrated, each once behind the gate and once on the stock plugin.

STEPS = ("view=order{}&what=navigate&paymode=freeorder", "view=payment{}&what=place", "view=produce{}&what=confirm&transid={}")


def test_misspelled_steps_deliver_nothing_unpaid(site, shopper, rows, unchanged):
    for wrong in ("1", ".", "%20"):
        jean = at_order(shopper().log_in("jean.dupont"), "REF-FORMATION=1")
        with unchanged() as watch:
            for step in STEPS:
                jean.ask("GET", f"{VIEW}?shopid={site.facts['shop']}&{step.format(wrong, 'X')}")
                assert jean.status == 400, (step, jean.status, jean.text[:300])
        assert watch.changed == []
    switch(site)
    jean = at_plugins_order(shopper().log_in("jean.dupont"), "REF-FORMATION=1")
    before = int(rows.one("SELECT COALESCE(MAX(id), 0) AS id FROM {local_shop_bill}")["id"])
    for step in STEPS:
        bills = rows.all("SELECT transactionid FROM {local_shop_bill} WHERE id > ?", before)
        jean.ask("GET", f"{VIEW}?shopid={site.facts['shop']}&{step.format('1', quoted(bills[0]['transactionid']) if bills else '')}")
    bills = rows.all("SELECT * FROM {local_shop_bill} WHERE id > ?", before)
    if site.database == "pgsql":
        # There the stock plugin places no order of this buyer: it looks for their name in capitals, and fails to store them again.
        assert bills == []
        return
    [bill] = bills
    # The stock plugin delivers a course of 60 euros.
    assert bill["status"] in ("SOLDOUT", "COMPLETE") and float(bill["amount"]) == 60 and float(bill["paiedamount"]) == 0


def test_misspelled_views_show_no_bill(site, victim, shopper):
    addresses = [f"{VIEW}?shopid={site.facts['shop']}&view={view}&transid={victim['transid']}" for view in ("bill1", "1bill", "bill.", "invoice1", "b%3Cb%3Eill")]
    for address in addresses:
        guest = shopper().open(address)
        assert guest.status == 400 and "Dupont" not in guest.text and "jean.dupont" not in guest.text, address
    switch(site)
    guest = shopper().open(addresses[0])
    assert "jean.dupont@example.org" in guest.text


def test_foreign_pages_move_no_bill(site, victim, shopper, rows, unchanged):
    seller = shopper().log_in("admin", "Admin!23")
    address = f"{SHOP}bills/view.php?view=viewBill&billid={victim['bill']}"
    with unchanged() as watch:
        for what in ("flow%3Cb%3E%3C/b%3Echange", "re%3Cb%3E%3C/b%3Ecalculate", "change%3Cb%3Estate", "flowchange%3C", "changestate+"):
            seller.ask("GET", f"{address}&what={what}&status=COMPLETE")
            assert seller.status == 400, (what, seller.status)
        for what in ("flowchange", "changestate", "recalculate"):
            seller.ask("GET", f"{address}&what={what}&status=COMPLETE")
            assert seller.status in (200, 403), (what, seller.status)
    assert watch.changed == []
    switch(site)
    with unchanged() as watch:
        seller.ask("GET", f"{address}&what=re%3Cb%3E%3C/b%3Ecalculate")
    # The bill's amounts are stored anew, unrounded.
    assert watch.changed == ["local_shop_bill"]
    seller.ask("GET", f"{address}&what=flow%3Cb%3E%3C/b%3Echange&status=COMPLETE")
    moved = rows.bill(victim["number"])["status"]
    seller.ask("GET", f"{address}&what=change%3Cb%3Estate&status=COMPLETE")
    assert "COMPLETE" in (moved, rows.bill(victim["number"])["status"])


def test_addresses_with_lists_in_lists_are_answered(site, shopper):
    guest = shopper()
    for rest, status in (("view=shop&what=checkpass", 400), ("view=bill&transid=A", 404)):
        guest.ask("GET", f"{VIEW}?shopid={site.facts['shop']}&{rest}&x[a][b]=1")
        assert guest.status == status and "Exception" not in guest.html, (rest, guest.status, guest.text[:300])


# As Moodle 4.1 to 4.3 call plugins: what a callback throws is only told.
IGNORANT = """try { \\core\\di::get(\\core\\hook\\manager::class)->dispatch($afterconfighook); } catch (\\Throwable $e) { error_log('ignored: ' . $e->getMessage()); }"""
CALL = "\\core\\di::get(\\core\\hook\\manager::class)->dispatch($afterconfighook);"


@pytest.mark.logs("require")
@pytest.mark.complains("Default exception handler")
def test_an_error_of_the_gate_opens_it_on_no_moodle(site, victim, shopper, unchanged):
    setup, template = (site.folder / path for path in ("lib/setup.php", "local/shopengine/templates/error.php"))
    seller = shopper().log_in("admin", "Admin!23")
    kept, away = setup.read_text(), template.with_name("away.php")
    assert kept.count(CALL) == 1
    setup.write_text(kept.replace(CALL, IGNORANT))
    template.rename(away)
    try:
        with unchanged() as watch:
            seller.ask("GET", f"{SHOP}bills/view.php?view=viewBill&billid={victim['bill']}&what=flow<b></b>change&status=COMPLETE")
        assert watch.changed == [] and seller.status >= 500, seller.status
    finally:
        away.rename(template)
        setup.write_text(kept)


def test_a_buyer_deletes_no_products_of_others(site, victim, shopper, rows, unchanged):
    other = shopper().log_in("sans.adresse")
    key = key_of(other)
    addresses = [f"{SHOP}{script}?view={view}&owner=1&what={what}&{name}[]={victim['product']}&sesskey={key}" for script, view, name in (
        ("purchasemanager/view.php", "viewAllProductInstances", "productids"), ("instances/view.php", "viewAllInstances", "itemid"))
        for what in ("delete", "softdelete", "dele1te", "delete.")]
    with unchanged() as watch:
        for address in addresses:
            other.ask("GET", address)
    assert watch.changed == []
    switch(site)
    other.ask("GET", addresses[0])
    assert rows.count("local_shop_product", "id = ?", victim["product"]) == 0


def test_terms_of_sale_are_accepted_by_the_plugins_script(site, shopper):
    guest = at_order(shopper(), "REF-LIVRE=1")
    for what in ("reseteulas", "agreeeulas"):
        answer = guest.serve("order", what)
        assert answer.status == 200 and "shopengine" not in answer.html, answer.text[:500]
        guest.ask("GET", f"{SHOP}front/ajax/service.php?what={what}&service=order&id={site.facts['shop']}")
        assert guest.status == 200 and "shopengine" not in guest.html, guest.text[:500]
    guest.open(f"{VIEW}?view=order&shopid={site.facts['shop']}")
    place(guest, "check")
    assert guest.view == "payment"


# Seats, and commands on a visitor's cart.

def person(email, **more):
    return json.dumps({"lastname": "L", "firstname": "F", "email": email, "city": "x"} | more)


def send_seats(driver, number, role="student", **more):
    """Names a participant and gives them a seat, by links; says how the second was answered."""
    email = f"p{number}@example.org"
    base = f"{SHOP}front/ajax/service.php?id={driver.site.facts['shop']}&service=users"
    driver.ask("GET", f"{base}&what=addparticipant&participant={quoted(person(email, **more))}")
    return driver.ask("GET", f"{base}&what=addassign&participantid={email}&role={role}&product=session").status


def production_of(rows, number):
    [item] = rows.all("SELECT productiondata FROM {local_shop_billitem} WHERE billid = ?", rows.bill(number)["id"])
    return base64.b64decode(item["productiondata"])


def test_one_price_buys_the_seats_that_are_paid_for(site, shopper, rows):
    guest = shopper()
    follow_link(guest, "session=1", shop=f"shopid={site.facts['shop']}")
    assert guest.view == "users"
    for role in ("manager", "editingteacher", "_supervisor"):
        assert send_seats(guest, 9, role) == 403, role
    answers = [send_seats(guest, number, moodleid=2, id=2, auth="ldap", suspended=1, username="admin") for number in range(5)]
    assert answers == [200, 409, 409, 409, 409] and "Free one first" in guest.text
    guest.open(f"{VIEW}?view=customer&shopid={site.facts['shop']}")
    tell_customer(guest)
    place(guest, "check")
    assert guest.view == "payment"
    data = production_of(rows, transid(guest))
    assert b"p0@example.org" in data and b"p1@example.org" not in data
    for word in (b"manager", b"editingteacher", b"_supervisor", b"moodleid", b"ldap", b"suspended", b"username"):
        assert word not in data, word


def test_seats_that_are_too_many_stop_the_order(site, shopper):
    """The plugin takes a unit away and leaves its people in their seats."""
    guest = shopper()
    follow_link(guest, "session=2", shop=f"shopid={site.facts['shop']}")
    assert [send_seats(guest, number) for number in range(2)] == [200, 200]
    guest.open(f"{VIEW}?view=customer&shopid={site.facts['shop']}")
    tell_customer(guest)
    drawn = guest.hidden(ORDER)
    assert guest.serve("shop", "setunits", productname="session", quant="1").status == 200
    guest.visit("POST", VIEW, drawn | {"paymode": "check", "go": "1"})
    assert guest.view == "users" and "than there are seats" in guest.text
    assert guest.serve("users", "deleteassign", participantid="p0@example.org", role="student", product="session").status == 200
    guest.open(f"{VIEW}?view=order&shopid={site.facts['shop']}")
    place(guest, "check")
    assert guest.view == "payment"


def test_nobody_learns_who_has_an_account(site, shopper):
    guest = shopper()
    follow_link(guest, "session=1", shop=f"shopid={site.facts['shop']}")
    told = []
    for email in ("jean.dupont@example.org", "nobody.there@example.org"):
        answer = guest.serve("users", "addparticipant", participant=person(email, lastname="Dupont", firstname="Jean"))
        assert answer.status == 200 and email in answer.html
        told.append(answer.html.replace(email, "X"))
        guest.serve("users", "deleteparticipant", participantid=email)
    assert told[0] == told[1]
    # The plugin alone tells.
    switch(site)
    answer = guest.serve("users", "addparticipant", participant=person("jean.dupont@example.org", lastname="Dupont", firstname="Jean"))
    assert answer.html.replace("jean.dupont@example.org", "X") != told[0]


FOREIGN = {"Sec-Fetch-Site": "cross-site"}


def by_users(site):
    """What browsers send with a picture and with a link that a user has put into a page of the site, and with the way back from the log-in."""
    page = {"Sec-Fetch-Site": "same-origin", "Referer": f"{site.root}/blog/index.php"}
    return [page | {"Sec-Fetch-Dest": "image"}, page | {"Sec-Fetch-Dest": "document"},
            page | {"Sec-Fetch-Dest": "document", "Referer": f"{site.root}/login/index.php"}]


def test_pages_of_other_sites_change_no_cart(site, shopper, rows):
    victim = shopper()
    follow_link(victim, "session=1", shop=f"shopid={site.facts['shop']}")
    send_seats(victim, 0)
    victim.open(f"{VIEW}?view=customer&shopid={site.facts['shop']}")
    tell_customer(victim)
    assert victim.view == "order"
    drawn = victim.hidden(ORDER)
    service = f"{SHOP}front/ajax/service.php?id={site.facts['shop']}"
    for link in (f"{service}&service=users&what=addparticipant&participant={quoted(person('eve@example.org'))}",
                 f"{service}&service=users&what=deleteassign&participantid=p0@example.org&role=student&product=session",
                 f"{service}&service=users&what=addassign&participantid=eve@example.org&role=student&product=session",
                 f"{service}&service=shop&what=addunit&productname=livre", f"{service}&service=shop&what=clearall"):
        for headers in (FOREIGN, {"Sec-Fetch-Site": "", "Referer": "https://evil.example/"}, {"Sec-Fetch-Site": "", "Referer": ""}, *by_users(site)):
            assert victim.ask("GET", link, headers=headers).status == 403, (link, headers)
        assert victim.ask("HEAD", link).status == 405, link
    for what in ("addunit&productname=livre", "setunits&productname=livre&quant=3", "clearall"):
        for headers in (FOREIGN, *by_users(site)):
            page = victim.ask("GET", f"{VIEW}?shopid={site.facts['shop']}&view=shop&what={what}", headers=headers)
            assert page.status == 200 and page.has_form({"what": what.split("&")[0]}), what
    victim.visit("POST", VIEW, drawn | {"paymode": "check", "go": "1"})
    assert victim.view == "payment", victim.text[:300]
    data = production_of(rows, transid(victim))
    assert b"p0@example.org" in data and b"eve@" not in data


def test_what_changed_since_the_summary_was_drawn_is_shown_before_it_is_ordered(site, shopper, rows):
    guest = shopper()
    follow_link(guest, "session=1", shop=f"shopid={site.facts['shop']}")
    send_seats(guest, 0)
    guest.open(f"{VIEW}?view=customer&shopid={site.facts['shop']}")
    tell_customer(guest)
    drawn = guest.hidden(ORDER)
    # In another window, for the same price.
    guest.serve("users", "deleteassign", participantid="p0@example.org", role="student", product="session")
    send_seats(guest, 1)
    # A page of another site cannot have the summary drawn in its stead.
    guest.ask("GET", f"{VIEW}?view=order&shopid={site.facts['shop']}", headers=FOREIGN)
    orders = rows.count("local_shopengine_order", "1 = 1")
    guest.visit("POST", VIEW, drawn | {"paymode": "check", "go": "1"})
    assert guest.view == "order" and "changed while you were reading" in guest.text
    assert rows.count("local_shopengine_order", "1 = 1") == orders
    place(guest, "check")
    assert guest.view == "payment" and b"p1@example.org" in production_of(rows, transid(guest))


def test_a_seat_for_an_unknown_person_leaves_nobody_stuck(site, shopper):
    guest = shopper()
    follow_link(guest, "session=1", shop=f"shopid={site.facts['shop']}")
    assert guest.serve("users", "addassign", participantid="eve@example.org", role="student", product="session").status == 404
    assert send_seats(guest, 0) == 200
    guest.open(f"{VIEW}?view=customer&shopid={site.facts['shop']}")
    assert guest.view == "customer"


# Bodies that PHP reads and that are easily overlooked.

def bodies(pairs):
    """A form's pairs in every way in which PHP takes them from a body: type and bytes."""
    plain = urllib.parse.urlencode(pairs)
    files = "".join(f'--boundary\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in pairs) + "--boundary--\r\n"
    yield "application/x-www-form-urlencoded", plain.encode()
    yield "APPLICATION/X-WWW-FORM-URLENCODED;charset=x", plain.encode()
    yield "application/x-www-form-urlencoded,x", plain.encode()
    yield "application/x-www-form-urlencoded x", plain.encode()
    yield "application/x-www-form-urlencoded ;x", plain.encode()
    yield FILES, files.encode()
    yield f"Multipart/Form-Data; boundary=boundary", files.encode()
    yield f"multipart/form-data, boundary=boundary", files.encode()
    yield "application/x-www-form-urlencoded", b"filler=" + b"x" * (5 << 20) + b"&" + plain.encode()


def test_no_body_hides_a_customer_from_the_engine(site, shopper, rows, unchanged):
    guest = at_order(shopper(), "REF-LIVRE=1")
    place(guest, "check")
    customer = rows.bill(transid(guest))["customerid"]
    seller = shopper().log_in("admin", "Admin!23")
    visitor, key = Visitor(seller), key_of(seller)
    hidden = []
    for mime, body in bodies([("customerid[]", customer)]):
        case = Case("a customer with bills", f"{SHOP}customers/view.php?view=viewAllCustomers&what=deletecustomer&sesskey={key}", "POST", body, mime)
        with unchanged() as watch:
            visitor.ask(case)
        if watch.changed or case.status != 403:
            hidden.append((mime, len(body), case.status, watch.changed))
    assert hidden == []


def test_no_body_hides_a_payment_interface_from_the_engine(site, shopper, rows):
    """The plugin places the order, the engine only looks at the choice."""
    on(site, ("paymode",))
    chosen = []
    for mime, body in bodies([("paymode", "freeorder")]):
        jean = at_plugins_order(shopper().log_in("jean.dupont"), "REF-MONPRODUIT=1")
        case = Case("a paid order for free", f"{VIEW}?shopid={site.facts['shop']}&view=order&what=navigate", "POST", body, mime)
        Visitor(jean).ask(case)
        if case.status not in (403, 413):
            chosen.append((mime, len(body), case.status, case.where))
    assert chosen == []


# Other ways to a script.

# The plugin's payment page fails where no interface is chosen.
@pytest.mark.complains(r"print_payment_portlet\(\) on string")
def test_a_free_cart_that_grows_after_the_choice_is_not_placed_as_free(site, shopper, rows):
    switch(site, paymode="on", cart="on", customer="on", bills="on", endpoints="on", backoffice="on", trace="on", **{"import": "on"})
    buyer = shopper().log_in("jean.dupont")
    follow_link(buyer, "REF-OFFERT=1", shop=f"shopid={site.facts['shop']}")
    buyer.open(f"{VIEW}?view=customer&shopid={site.facts['shop']}")
    if buyer.view == "customer":
        tell_customer(buyer, firstname="Jean", lastname="Dupont", email="jean.dupont@example.org")
    buyer.visit("POST", VIEW, buyer.hidden(ORDER) | {"paymode": "freeorder", "go": "1"})
    assert buyer.serve("shop", "setunits", productname="formation", quant="1").status == 200

    def given_away():
        """Bills, and Jean's places in the course."""
        enrolled = "userid = (SELECT id FROM {user} WHERE username = 'jean.dupont') AND enrolid IN (SELECT id FROM {enrol} WHERE courseid = ?)"
        return rows.count("local_shop_bill", "1 = 1"), rows.count("user_enrolments", enrolled, site.facts["course"])

    # Another test may have enrolled Jean.
    site.sql("DELETE FROM {user_enrolments} WHERE userid = (SELECT id FROM {user} WHERE username = 'jean.dupont')")
    before = given_away()
    place = buyer.visit("GET", f"{VIEW}?view=payment&what=place&shopid={site.facts['shop']}")
    assert place.status == 403 and "payment" in place.text, place.text[:400]
    buyer.open(f"{VIEW}?view=produce&shopid={site.facts['shop']}&what=confirm")
    assert given_away() == before


def test_no_type_of_a_body_hides_an_import_from_the_engine(site, shopper):
    """PHP reads no fields from these bodies, so neither does the engine."""
    link = f"{VIEW}?view=shop&what=import&shopid={site.facts['shop']}&REF-LIVRE=2000000"
    for headers, body in (({"Content-Type": "text/plain"}, "what=x"), ({"Content-Type": b"\xff".decode("latin1")}, "what=x"), ({}, "")):
        for method in ("GET", "POST") if body else ("GET",):
            guest = shopper()
            answer = guest.ask(method, link, body.encode(), headers)
            # The engine redirects from an import; the plugin's own has the whole number in the cart.
            assert answer.status in (302, 303), (method, headers, answer.status, answer.text[:300])
            guest.open(answer.answer["location"])
            assert "2000000" not in guest.html and "2 000 000" not in guest.text


def ways(script, query):
    """Addresses that a web server may take for the same script."""
    folder, name = script.rsplit("/", 1)
    yield from (f"/local/shop/{script}/?{query}", f"/local/shop/{script}/a/b?{query}", f"/local/shop/{script}/x.php?{query}", f"//local//shop//{folder}//{name}?{query}")
    yield from (f"/local/shop/./{folder}/./{name}?{query}", f"/local/shopengine/../shop/{script}?{query}", f"/local/shop/{folder}/%2e/{name}?{query}")
    yield from (f"/local/%2e%2e/local/shop/{script}?{query}", f"/local/shop/{folder}/%{ord(name[0]):02x}{name[1:]}?{query}", f"/%6cocal/shop/{script}?{query}")
    yield from (f"/Local/Shop/{script}?{query}", f"/local/shop/{folder}/{name.upper()}?{query}", f"/local/shop/{script}%00?{query}", f"/local/shop/{script}%20?{query}")
    yield from (f"/local/shop/{script};x?{query}", f"/local/shop/{script}?&&{query}", f"/local/shop/{script}??{query}", f"/index.php/local/shop/{script}?{query}")
    yield from (f"/boutique/{script}?{query}", f"/local/shop/{folder}/alias.php?{query}", f"/local/aliases/shop/{folder}.php?{query}")


# Moodle looks for a plugin in a folder that the test has made and removed.
@pytest.mark.complains(r"local/aliases/version\.php")
def test_every_path_to_a_script_leads_to_its_row(site, victim, shopper, unchanged):
    guest, seller = Visitor(shopper()), Visitor(shopper().log_in("admin", "Admin!23"))
    scripts = {"front/view.php": f"view=bill&shopid={site.facts['shop']}&transid={victim['transid']}",
               "bills/view.php": f"view=viewBill&what=changestate&status=COMPLETE&billid={victim['bill']}"}
    links = {site.folder / "boutique": "local/shop"}
    for script in scripts:
        links |= {site.folder / f"local/shop/{script.rsplit('/', 1)[0]}/alias.php": "view.php"}
    # A folder as deep as the script's own, for it finds Moodle by a relative path.
    aliases = site.folder / "local/aliases/shop"
    aliases.mkdir(parents=True, exist_ok=True)
    for script in scripts:
        links[aliases / f"{script.split('/')[0]}.php"] = f"../../shop/{script}"
    for link, target in links.items():
        link.symlink_to(target)
    try:
        for script, query in scripts.items():
            visitor = guest if script.startswith("front") else seller
            for exactly, asked in ((True, query), (False, query.replace("view=", "view=%20", 1)), (False, query.replace("view=", "view[]=", 1))):
                for target in ways(script, asked):
                    case = Case("another path", target)
                    with unchanged() as watch:
                        text = visitor.ask(case)
                    assert not watch.changed and "jean.dupont@example.org" not in text, str(case)
                    # Moodle's own page, and another parameter than the one meant.
                    if not exactly and not target.startswith("/index.php") and "??" not in target:
                        assert case.status in (400, 404), str(case)
    finally:
        for link in links:
            link.unlink()
        # Moodle takes a folder below `local` for a plugin.
        shutil.rmtree(aliases.parent)


# The plugin's own pages.

class Collector:
    """Pages of the plugin as somebody sees them, and all requests that they lead to."""

    def __init__(self, driver):
        self.driver, self.requests, self.pages = driver, {}, set()

    def look(self, target=None):
        if target is not None:
            self.driver.open(target)
        page = urllib.parse.urlsplit(self.driver.url)
        self.pages.add(page.path + "?" + page.query)
        source = self.driver.html
        # Addresses in scripts as well; those of forms come with their fields.
        written = html.unescape(re.sub(r"<form[^>]*>", "", source))
        for link in [*self.driver.document.links, *re.findall(r"[^\"'\s]*/local/shop/[\w/]+\.php[^\"'\s<>]*", written)]:
            self.note("GET", link or "", {})
        for form in self.driver.document.forms:
            fields = {name: value or "" for name, value in (form["hidden"] | form["fields"]).items() if name}
            for name, value in form["buttons"] or [(None, "")]:
                self.note(form["method"], form["action"], fields | ({name: value} if name else {}))
            for what in re.findall(r"what\.value\s*=\s*['\"](\w+)['\"]", source):
                if "what" in fields:
                    self.note(form["method"], form["action"], fields | {"what": what})
        return self

    def note(self, method, target, fields):
        parts = urllib.parse.urlsplit(urllib.parse.urljoin(self.driver.url, target.replace("\\/", "/")))
        if parts.netloc != urllib.parse.urlsplit(self.driver.root).netloc or not parts.path.startswith(SHOP):
            return
        script, encoded = parts.path.removeprefix(SHOP), urllib.parse.urlencode(fields)
        script += "index.php" if script == "" or script.endswith("/") else ""
        # Broken markup and pages of the PRO edition lead nowhere on this site.
        if not script.endswith(".php") or not (self.driver.site.folder / "local/shop" / script).is_file():
            return
        query, body = (parts.query, encoded) if method == "POST" else (encoded if fields else parts.query, "")
        self.requests.setdefault((method, script, query, body), self.driver.url)

    def follow(self, limit):
        """Opens what only shows something, page by page."""
        while len(self.pages) < limit:
            new = [key for key in self.requests if key[0] == "GET" and f"{SHOP}{key[1]}?{key[2]}" not in self.pages
                   and not re.search(r"(^|&)what=(?!(add|edit|update|updatetax)?(&|$))", key[2]) and key[1].split("/")[0] != "paymodes"]
            # One of each kind: script, names and words.
            kinds, fresh = {kind_of(page.split("?")[0].removeprefix(SHOP), page.split("?")[1]) for page in self.pages}, None
            fresh = next((key for key in new if kind_of(key[1], key[2]) not in kinds), None)
            if fresh is None:
                break
            self.pages.add(f"{SHOP}{fresh[1]}?{fresh[2]}")
            self.look(f"{SHOP}{fresh[1]}?{fresh[2]}")
        return self


def kind_of(script, query):
    pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
    return script, tuple(sorted((name, value if name in ("view", "what", "service", "format") else "") for name, value in pairs))


def judged(site, requests, tmp_path):
    """What the gate says of requests with all takeovers on."""
    asked = tmp_path / "requests.json"
    asked.write_text(json.dumps([list(request) for request in requests]))
    return json.loads(site.php(ROOT / "tests/moodle/ask_gate.php", asked))


# All pages of the plugin are opened, those that fail by themselves too.
@pytest.mark.complains("/local/shop/")
def test_the_plugins_own_links_and_forms_pass(site, victim, shopper, tmp_path):
    guest = Collector(shopper())
    guest.look(f"{VIEW}?view=shop&shopid={site.facts['shop']}")
    jean = Collector(shopper().log_in("jean.dupont"))
    jean.look(f"{VIEW}?view=shop&shopid={site.facts['shop']}")
    for collector in (guest, jean):
        driver = collector.driver
        follow_link(driver, "REF-FORMATION=1&REF-SESSION=1&REF-ATTESTATION=1", autodrive=False, shop=f"shopid={site.facts['shop']}")
        collector.look()
        for view in ("shop", "purchaserequ", "users", "customer"):
            collector.look(f"{VIEW}?view={view}&shopid={site.facts['shop']}")
        # The course gives a guest an account, under whose email nobody else buys: not that of the other tests.
        at_order(driver, "REF-FORMATION=1", email="visiteuse@example.org")
        collector.look()
        place(driver, "test")
        collector.look()
        pay(driver)
        collector.look()
    jean.look(f"{VIEW}?view=bill&shopid={site.facts['shop']}&transid={victim['transid']}")
    seller = Collector(shopper().log_in("admin", "Admin!23"))
    for page in ("index.php", "bills/view.php?view=viewAllBills", f"bills/view.php?view=viewBill&billid={victim['bill']}", "customers/view.php",
                 f"customers/view.php?view=viewCustomer&customer={victim['customer']}", "products/view.php?view=viewAllProducts",
                 "products/category/view.php?view=viewAllCategories", "purchasemanager/view.php?view=viewAllProductInstances", "taxes/view.php?view=viewAllTaxes",
                 "shipzones/index.php", "unittests/index.php", "instances/view.php?view=viewAllInstances"):
        seller.look(SHOP + page)
    seller.follow(120)
    requests = guest.requests | jean.requests | seller.requests
    assert len(requests) > 100 and len(seller.pages) > 30, (len(requests), len(seller.pages))
    refused = {}
    for request, decision in zip(requests, judged(site, requests, tmp_path)):
        if decision["passage"] == "refuse" and decision["code"] in ("request_unlisted", "parameter_ambiguous"):
            refused.setdefault((request[1], *decision["params"].values()), (request, requests[request]))
    if os.environ.get("GATE_REPORT"):
        with open(os.environ["GATE_REPORT"], "w") as report:
            json.dump([{"request": request, "from": origin, "decision": {name: decision[name] for name in ("passage", "code", "params", "takeover")}}
                       for (request, origin), decision in zip(requests.items(), judged(site, requests, tmp_path))], report, indent=1)
    assert refused == {}


# What a stranger can do to others.

def test_a_flood_shuts_nobody_out(site, shopper):
    orders = f"{VIEW}?shopid={site.facts['shop']}&view=order&what=navigate"
    settings(site, "local_shopengine", limitplacementtotal=5)
    try:
        stranger = shopper()
        for _ in range(8):
            stranger.ask("GET", orders)
        guest = at_order(shopper(), "REF-LIVRE=1")
        place(guest, "check")
        assert guest.view == "payment", (guest.status, guest.text[:300])
        # With a key of their own as well.
        key = key_of(stranger)
        for _ in range(8):
            stranger.ask("GET", f"{orders}&sesskey={key}")
        guest = at_order(shopper(), "REF-LIVRE=1")
        place(guest, "check")
        assert guest.view == "payment", (guest.status, guest.text[:300])
        # Whoever sends more than is sheltered is limited.
        told = set()
        for _ in range(40):
            stranger.ask("GET", f"{orders}&sesskey={key}")
            told.add(stranger.status)
        assert 429 in told, told
    finally:
        settings(site, "local_shopengine", limitplacementtotal=3000)


def test_a_forged_form_makes_no_bill(site, shopper, unchanged):
    """The form of a new bill, sent from another site: the seller is not asked to send it again with the key."""
    fields = {"_qf__Bill_Form": "1", "billid": "0", "title": "Forged", "userid": "0", "useraccountid": "0", "status": "WORKING", "worktype": "PROD",
              "currency": "EUR", "paymode": "check", "submitbutton": "1"}
    seller = shopper().log_in("admin", "Admin!23")
    with unchanged() as watch:
        for forged in (fields, fields | {"sesskey": "wrong"}):
            seller.ask("POST", f"{SHOP}bills/edit_bill.php", forged)
            assert seller.status == 403 and "Forged" not in seller.html, (seller.status, seller.text[:300])
    assert watch.changed == []


def test_a_draft_is_not_declared_paid_by_its_form(site, shopper, rows, unchanged):
    seller = shopper().log_in("admin", "Admin!23")
    key = key_of(seller)
    fields = {"_qf__Bill_Form": "1", "sesskey": key, "billid": "0", "title": "Draft", "userid": "0", "useraccountid": "0", "status": "COMPLETE",
              "worktype": "PROD", "currency": "EUR", "paymode": "check", "submitbutton": "1"}
    with unchanged() as watch:
        for status in ("COMPLETE", "SOLDOUT", "PREPROD"):
            seller.ask("POST", f"{SHOP}bills/edit_bill.php", fields | {"status": status})
            assert "cannot become" in seller.text, (seller.status, seller.text[:300])
    assert watch.changed == []


def test_a_question_names_what_it_is_about_and_is_not_framed(site, shopper, rows, unchanged):
    item = rows.one("SELECT id, name, code FROM {local_shop_catalogitem} WHERE code = 'REF-LIVRE'")
    seller = shopper().log_in("admin", "Admin!23")
    query = f"view=viewAllProducts&what=delete&itemid={item['id']}"
    place(at_order(shopper(), "REF-LIVRE=1"), "check")
    settings(site, "core", allowframembedding=1)
    try:
        with unchanged() as watch:
            seller.open(f"{SHOP}products/view.php?{query}&x=y")
            assert f"Product of the catalogue {item['id']}: REF-LIVRE {item['name']} x: y" in seller.text, seller.text[:1500]
            assert seller.answer["x-frame-options"] == "SAMEORIGIN" and seller.answer["content-security-policy"] == "frame-ancestors 'self'"
        assert watch.changed == []
        seller.open("/local/shopengine/orders.php")
        assert seller.status == 200 and seller.answer["content-security-policy"] == "frame-ancestors 'self'"
        # A page on which nothing can be changed may be framed, as the site says.
        seller.open(f"{VIEW}?shopid={site.facts['shop']}&view=order1")
        assert seller.status == 400 and "x-frame-options" not in seller.answer
    finally:
        settings(site, "core", allowframembedding=0)


def test_masks_stay_when_the_pages_of_bills_are_switched_off(site, shopper, rows):
    shop = site.facts["shop"]
    trusted(shopper().log_in("admin", "Admin!23"), shop, "MASKS")
    attacker = vouched(site, "MASKS", "t1")
    assert attacker.view == "order", (attacker.url, attacker.text[:500])
    place(attacker, "check")
    number = transid(attacker)
    bill = f"{VIEW}?shopid={shop}&view=bill&transid={quoted(number)}"
    for off in (("bills",), ("bills", "production")):
        switch(site, "on", **dict.fromkeys(off, "off"))
        for driver in (attacker, shopper()):
            for address in (bill, bill.replace("=bill", "=invoice"), f"{SHOP}front/order.popup.php?id={shop}&transid={quoted(number)}"):
                driver.ask("GET", address)
                assert driver.status == 403 and not any(secret in driver.text for secret in SECRETS), (address, driver.status, driver.text[:500])
        owner = shopper().log_in("jean.dupont").open(bill)
        assert owner.status == 200 and "Dupont" in owner.text, owner.text[:300]
