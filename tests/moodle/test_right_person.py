"""The goods reach the buyer and nobody else, whoever's request delivers them.

A row is a handler of the plugin, a buyer, the one whose request drains the outbox, an interface, and a fate: `once`; `twice`, when the
deliveries are offered again after they were done; `killed`, when the process dies in the production of one of the order's products.
Each order has one product of each handler: the course, more time in it, and a role there.

| left out | why |
|---|---|
| a guest who gives the email of an account | the customer step refuses it, whatever follows: one test of its own |
| a guest whose email got an account after the order was placed | there are rows: the order is held, nobody gets anything; nothing is produced, so nobody is killed |
| std_extendenrolperiod and std_assignroleoncontext as shipped | they never finish on PHP 8 (handlers.py): one test shows what becomes of their lines, the rows use them corrected |
"""

import pytest
from playwright.sync_api import sync_playwright

from handlers import handlers, take_away
from right_person import BUYERS, DRAINERS, HANDLERS, INTERFACES, PEOPLE, Order, PayPal, Watch, World
from shoppers import Shopper, settings, switch
from installation import ROOT
from scenarios import *

# The plugin's handlers warn, and one does not load. What a killed or slow process had leased is offered to another one.
pytestmark = [pytest.mark.complains("/local/shop/datahandling/handlers/"), pytest.mark.may_log(r"the lease of task \d+ has run out")]

SCREENSHOTS = ROOT / "target/moodle-screenshots"
FATES = ("once", "twice", "killed")
DELIVERED = [buyer for buyer in BUYERS if buyer != "guest, account later"]
ROWS = [(drainer, fate, interface, buyer, handler) for drainer in DRAINERS for fate in FATES for interface in INTERFACES
        for buyer in DELIVERED for handler in HANDLERS]
HELD = [(drainer, interface) for drainer in DRAINERS for interface in INTERFACES]


@pytest.fixture(scope="module")
def world(site):
    switch(site, "on")
    # The simulated gateway is on this machine, which Moodle's own client would not call.
    settings(site, "core", curlsecurityblockedhosts="", curlsecurityallowedport="")
    peer = PayPal()
    settings(site, "local_shop", paypalsellername="seller@shop.example", paypalsellertestname="seller-test@shop.example",
             paypal_service_url=peer.service_url, paypal_verify_url=peer.verify_url)
    site.installation.add_handlers(handlers(site.folder))
    world = World(site, peer)
    yield world
    world.close()
    peer.stop()
    take_away(site)
    switch(site)


def ids(row):
    return "-".join(row).replace(" ", "_")


def expected(world, batch, order, user, goods):
    """What the buyer has: each thing once."""
    course, context = world.place["course"], world.place["context"]
    name = batch.once.users[user]["username"]
    end = next((more for kind, what, more in goods if (kind, what) == ("enrolments", course)), "0")
    roles = sorted(("roles", context, role) for role in ("student", "teacher"))
    return sorted([("enrolments", course, end), *roles, ("groups", course, "Boutique"), ("groups", course, f"customer_{name}")])


@pytest.mark.parametrize("row", ROWS, ids=ids)
def test_the_goods_are_the_buyers(world, row):
    drainer, fate, interface, buyer, handler = row
    batch = world.batch(drainer, fate == "killed")
    order = batch.order(interface, buyer)
    facts = batch.once if fate == "once" else batch.twice
    user = batch.owner(order)
    assert user, "the buyer has no account"
    assert batch.harmed(facts) == []
    goods = facts.goods.get(user, [])
    assert_given(world, batch, handler, goods, facts, user)
    assert sorted(goods) == expected(world, batch, order, user, goods)
    assert_the_orders_rows(world, batch, order, handler, user)


def assert_given(world, batch, handler, goods, facts, user):
    course, context = world.place["course"], world.place["context"]
    ends = [int(more) for kind, what, more in goods if (kind, what) == ("enrolments", course)]
    if handler == "std_enrolonecourse":
        assert len(ends) == 1 and ("roles", context, "student") in goods
        assert ("groups", course, f"customer_{facts.users[user]['username']}") in goods
    elif handler == "std_extendenrolperiod":
        assert len(ends) == 1 and 29 * 86400 < ends[0] - int(time_of(world)) <= 30 * 86400
    else:
        assert ("roles", context, "teacher") in goods


def time_of(world):
    return world.rows.one("SELECT MAX(timemodified) / 1000 AS now FROM {local_shopengine_order}")["now"].split(".")[0]


def assert_the_orders_rows(world, batch, order, handler, user):
    """The bill, the order and the product are of the buyer's account, and the customer's row names it."""
    rows = world.rows
    assert order.bill["status"] == "COMPLETE", order.bill["status"]
    assert int(order.bill["userid"]) == user and int(rows.order(order.transid)["userid"]) == user
    customer = rows.one("SELECT * FROM {local_shop_customer} WHERE id = ?", order.bill["customerid"])
    # Whom a partner vouched for has a row for this order alone: the account's own is not changed by it.
    assert int(customer["hasaccount"]) in ((0, user) if order.buyer == "vouched" else (user,))
    code = batch.coded(HANDLERS[handler])
    products = rows.all("SELECT p.* FROM {local_shop_product} p JOIN {local_shop_billitem} i ON i.id = p.initialbillitemid"
                        " WHERE i.billid = ? AND i.itemcode = ?", order.bill["id"], code)
    if handler == "std_extendenrolperiod":
        # More time is an event of the product that the enrolment came with.
        assert products == []
        assert len(rows.all("SELECT e.id FROM {local_shop_productevent} e JOIN {local_shop_billitem} i ON i.id = e.billitemid"
                            " WHERE i.billid = ? AND i.itemcode = ?", order.bill["id"], code)) == 1
        return
    [product] = products
    assert product["customerid"] == order.bill["customerid"]
    table = "user_enrolments" if handler == "std_enrolonecourse" else "role_assignments"
    assert int(rows.one(f"SELECT userid FROM {{{table}}} WHERE id = ?", product["instanceid"])["userid"]) == user


@pytest.mark.parametrize("drainer", DRAINERS)
@pytest.mark.parametrize("killed", [False, True], ids=["once", "killed"])
def test_whoever_drains_stays_who_they_are(world, drainer, killed):
    batch = world.batch(drainer, killed)
    assert batch.identities_afterwards == batch.identities
    admin, other = batch.identities["seller"][0], batch.identities["another buyer"][0]
    assert admin and other and admin != other
    known = {order.buyer: batch.identities[order.transid][0] for order in batch.orders[:len(BUYERS)]}
    # Moodle's guest user stands for everybody who is not logged in.
    nobody = {0, int(world.rows.one("SELECT id FROM {user} WHERE username = 'guest'")["id"])}
    assert known["account"] == batch.owner(batch.order("test", "account")) and {known["guest"], known["vouched"]} <= nobody


@pytest.mark.parametrize("row", HELD, ids=ids)
def test_an_order_whose_email_got_an_account_meanwhile_is_held(world, row):
    drainer, interface = row
    for killed in (False, True):
        batch = world.batch(drainer, killed)
        order = batch.order(interface, "guest, account later")
        user = batch.owner(order)
        assert batch.harmed(batch.twice) == []
        assert user not in batch.twice.goods and batch.twice.users[user] == batch.before.users[user]
        held = world.rows.order(order.transid)
        assert (held["held"], order.bill["status"]) == ("account_exists", "SOLDOUT")
        assert world.rows.products(order.transid) == 0


OPENS = [(drainer, interface, buyer) for drainer in DRAINERS for interface in INTERFACES for buyer in DELIVERED]


@pytest.mark.parametrize("row", OPENS, ids=ids)
def test_the_invoice_opens_for_the_buyer_in_another_browser(world, row):
    drainer, interface, buyer = row
    batch = world.batch(drainer)
    order = batch.order(interface, buyer)
    user = batch.once.users[batch.owner(order)]
    stranger = Shopper(world.site).open(url_of("invoice", order.transid))
    assert stranger.status == 404 and order.email not in stranger.text
    if buyer == "guest":
        # The password that production made is in an email; this is another one.
        world.rows.run("UPDATE {user} SET password = ? WHERE username = ?", batch.once.users[batch.owner(batch.order("test", "account"))]["password"],
                       user["username"])
    stranger.log_in(user["username"])
    stranger.open(url_of("invoice", order.transid))
    assert stranger.status == 200 and order.transid in stranger.text, (stranger.url, stranger.text[:500])


def test_nobody_orders_under_the_email_of_somebody_elses_account(world):
    world.site.php(PEOPLE, world.site.folder, "account", "proprietaire")
    before = world.facts()
    for interface in INTERFACES:
        guest = Shopper(world.site)
        world.follow(guest, "cours=1&periode=1&tuteur=1")
        tell_customer(guest, firstname="Proprietaire", lastname="Person", email="proprietaire@example.org")
        assert guest.view == "customer" and "account" in guest.text
        guest.open(f"{VIEW}?view=order&shopid={world.site.facts['shop']}")
        assert guest.view == "customer"
    assert world.facts() == before


def single(world, buyer, products, announced=True):
    """One order by cheque, and what everybody had before."""
    order = Order("check", buyer, world.new_name())
    if buyer != "guest":
        world.site.php(PEOPLE, world.site.folder, "account", order.name)
    watch = Watch(world, [order])
    world.place_order(order, products, announced)
    watch.before = world.facts()
    return order, watch


def test_a_guests_cheque_confirmed_by_the_administrator_enrols_the_guest(world):
    order, watch = single(world, "guest", "cours=1&tuteur=1")
    watch.confirm(order)
    facts, user = world.facts(), watch.owner(order)
    assert watch.harmed(facts) == []
    assert ("roles", world.place["context"], "student") in facts.goods[user]
    assert world.rows.bill(order.transid)["status"] == "COMPLETE"
    page = f"/user/index.php?id={world.place['course']}&perpage=5000"
    world.seller.open(page)
    assert order.email in world.seller.text and "Moodle User" not in world.seller.text.split("First name")[-1]
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"])
        context = chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        context.add_cookies([{"name": name, "value": value, "url": world.site.root} for name, value in world.seller.cookies.items()])
        browser = context.new_page()
        browser.goto(world.site.root + page)
        row = browser.locator("#participants tr", has_text=order.email)
        assert row.count() == 1 and "Student" in row.inner_text()
        row.evaluate("row => row.scrollIntoView({block: 'center'})")
        browser.screenshot(path=SCREENSHOTS / "participants-of-a-guests-cheque.png")
        chromium.close()


@pytest.mark.logs('Attempt to assign property "public" on null')
def test_a_handler_that_fails_leaves_its_line_open_and_the_others_delivered(world):
    """The plugin's own handler of more time, as shipped."""
    order, watch = single(world, "account", "cours=1&periode0=1&tuteur=1")
    watch.confirm(order)
    facts, user = world.facts(), watch.owner(order)
    assert watch.harmed(facts) == []
    kinds = sorted({(kind, more) for kind, _, more in facts.goods[user] if kind == "roles"})
    assert kinds == [("roles", "student"), ("roles", "teacher")]
    bill = world.rows.bill(order.transid)
    assert bill["status"] == "PARTIAL", bill["status"]
    world.seller.open(f"/local/shopengine/orders.php?transid={order.transid}")
    assert "REF-PERIODE0" in world.seller.text, world.seller.text[:3000]


# Its moves of a bill count what is no list.
@pytest.mark.complains("/local/shop/transitions")
def test_the_stock_plugin_alone_is_seen_to_harm(world):
    """The same questions find what the plugin does by itself when a seller confirms a cheque: the row of a buyer who did not announce it
    becomes the seller's, and the role that another one paid for is given to the seller."""
    seller = int(world.rows.one("SELECT id FROM {user} WHERE username = 'admin'")["id"])
    told = {}
    for announced in (False, True):
        order, watch = single(world, "account", "tuteur=1", announced)
        switch(world.site)
        try:
            watch.pay_at_the_plugins_page(order)
        finally:
            switch(world.site, "on")
        facts = world.facts()
        told[announced] = watch.harmed(facts)
        assert watch.owner(order) not in facts.goods
    assert any(line.startswith("customer ") and f"'hasaccount': '{seller}'" in line for line in told[False]), told
    assert any(line.startswith(f"goods of {seller}:") and "teacher" in line for line in told[True]), told
