"""Who is no seller tries everything that sellers may: nothing of the shop changes, and no page tells of another buyer.

Shops are not separated: each script of the plugin asks for `local/shop:salesadmin` on the whole site. A role with it in one block or in one
category makes nobody a seller, neither of all shops nor of one."""

import pathlib
import re

import pytest

from gate_cases import SHOP, Case, Visitor, send, table
from installation import ROOT
from shoppers import QuickRows, Rows, Shopper, at_order, quoted, switch
from test_gate import PURCHASE, judged, key_of, purchases
from unsigned_links import trusted
from scenarios import *

# Moodle logs each page that it refuses for want of a capability.
pytestmark = pytest.mark.may_log("required_capability_exception", "accessdenied")

ACCOUNT = pathlib.Path(__file__).with_name("account.php")
ORDERS, PARTNERS, PRODUCTS = (f"/local/shopengine/{page}.php" for page in ("orders", "partners", "products"))
STATES = ("WORKING", "PLACED", "PENDING", "PREPROD", "SOLDOUT", "PARTIAL", "COMPLETE", "PAYBACK", "FAILED", "REFUSED", "CANCELLED")
# Of the buyer whose orders these are.
PERSONAL = ("Dupont", "jean.dupont", "rue des Lilas")


def tables(site):
    """All tables of the plugin and of the companion, without the trace: it tells what was refused. And what goods are made of."""
    places = (ROOT / "php/local/shopengine", site.folder / "local/shop")
    named = [name for place in places for name in re.findall(r'TABLE NAME="(\w+)"', (place / "db/install.xml").read_text())]
    return [name for name in named if name != "local_shopengine_trace"] + ["user_enrolments", "role_assignments"]


@pytest.fixture(scope="module", autouse=True)
def taken_over(site):
    switch(site, "on")
    yield
    switch(site)


@pytest.fixture(scope="module")
def victim(site):
    # Other modules let him move house.
    site.sql("UPDATE {local_shop_customer} SET address = '12 rue des Lilas' WHERE hasaccount = (SELECT id FROM {user} WHERE username = 'jean.dupont')")
    return purchases(site, Rows(site))


@pytest.fixture
def unchanged(site):
    """Names the tables of the shop that a piece of code changes."""
    names = tables(site)
    server = site.installation.server

    class Watch:
        def __enter__(self):
            self.before = server.digests(names)
            return self

        def __exit__(self, *_):
            after = server.digests(names)
            self.changed = sorted(name for name in names if after[name] != self.before[name])

    return Watch


@pytest.fixture(scope="module")
def people(site):
    """Everybody who is no seller and has visited the shop, by who they are: browser and session key."""
    site.php(ACCOUNT, site.folder, "vera.ailleurs", "elsewhere=1")
    browsers = {"guest": Shopper(site), "another buyer": at_order(Shopper(site).log_in("sans.adresse"), "REF-LIVRE=1"),
                "seller of a block": Shopper(site).log_in("vera.ailleurs")}
    return {name: (browser, key_of(browser)) for name, browser in browsers.items()}


@pytest.fixture(scope="module")
def partner(site):
    """A partner with a name that no page may tell."""
    trusted(Shopper(site).log_in("admin", "Admin!23"), site.facts["shop"], "SECRETKEY")
    return Rows(site).one("SELECT id, partnerkey, partnersecret FROM {local_shop_partner} WHERE partnerkey = 'SECRETKEY'")


def sellers_commands(site, tmp_path):
    """Scripts of the back office with each view and command of the gate's table; what it lists is what the gate knows."""
    known = list(table())
    asked = [("GET", script, f"{names}={view}&{what}={command}", "") for script, names, what, view, command in known]
    answers = judged(site, asked, tmp_path)
    assert [row for row, answer in zip(known, answers) if answer["code"] in ("request_unlisted", "parameter_ambiguous")] == []
    found = [row for row, answer in zip(known, answers) if answer["access"] in ("seller", "trace")]
    scripts = sorted(path.relative_to(site.folder / "local/shop").as_posix() for path in (site.folder / "local/shop").rglob("*.php"))
    guarded = {script for script, answer in zip(scripts, judged(site, [("GET", script, "", "") for script in scripts], tmp_path)) if answer["access"] in ("seller", "trace")}
    assert guarded <= {row[0] for row in found}, guarded - {row[0] for row in found}
    return found


def told(text, words=PERSONAL):
    return [word for word in words if word in text]


def attempts(commands, facts, key):
    """Each command with the numbers of the victim's rows: as a link without the session's key, and as a form with it."""
    numbers = ("billid={bill}&bill={bill}&status=COMPLETE&transid={transid}&idnumber=X&items={item}&items[]={item}&billitem[]={item}&relocated={item}&z=1&at=2"
               "&customerid[]={customer}&customer={customer}&catalogid={catalog}&itemid[]={catalogitem}&itemids[]={catalogitem}&categoryid={category}"
               "&categoryids[]={category}&productids[]={product}&taxid={tax}&zoneid=1&shipid[]=1&shopid={shop}&id={shop}&owner=1&shopowner=1"
               "&bills=1&customers=1&email=x@example.net&submitbutton=1").format(**facts)
    for script, view_name, name, view, command in commands:
        more = numbers.replace("customerid[]=", "customerid=") if script.startswith("customers/edit") else numbers
        routed = f"{view_name}={view}&{name}={command}&{more}"
        for query, body in ((routed, ""), ("", f"{routed}&sesskey={key}")):
            yield Case(f"{script} {view} {command}", f"{SHOP}{script}" + (f"?{query}" if query else ""), "POST" if body else "GET", body.encode())


class Listener(Visitor):
    """Notes each case that was let in, and each answer that tells of somebody else."""

    def __init__(self, name, shopper, node):
        super().__init__(shopper, node)
        self.name, self.found = name, []

    def ask(self, case):
        text = super().ask(case)
        turned_away = case.status == 403 or case.status == 303 and "/login/" in case.where
        if not turned_away or told(text) or told(case.where):
            self.found.append((self.name, str(case)[:400], told(text)))
        return text


@pytest.mark.parametrize("names", ["all", "purchase"])
def test_nobody_but_a_seller_reaches_a_command_of_the_back_office(site, victim, people, unchanged, names, tmp_path):
    commands = sellers_commands(site, tmp_path)
    work = [(Listener(name, browser, node), list(attempts(commands, victim, key))) for (name, (browser, key)), node in zip(people.items(), "aba")]
    if names == "purchase":
        # The plugin's own pages answer sellers then.
        switch(site, **dict.fromkeys(PURCHASE, "on"))
    try:
        with unchanged() as watch:
            send(work)
    finally:
        switch(site, "on")
    assert watch.changed == []
    assert [found for listener, _ in work for found in listener.found] == []
    assert len(commands) > 150


def test_the_same_links_tell_a_seller_of_buyers(site, victim, tmp_path):
    """So the test above would notice one that is let in."""
    listener = Listener("seller", Shopper(site).log_in("admin", "Admin!23"), "a")
    links = [case for case in attempts(sellers_commands(site, tmp_path), victim, "") if case.method == "GET"]
    commands = ["bills/view.php viewBill ", "bills/view.php viewBill flowchange"]
    if site.database != "pgsql":
        # There the plugin's list compares a text with a number, and fails.
        commands.append("customers/view.php viewAllCustomers ")
    for command in commands:
        listener.found.clear()
        listener.ask(next(case for case in links if case.told == command))
        assert listener.found and (command.endswith("flowchange") or listener.found[0][2]), (command, listener.found)


def test_a_script_of_the_back_office_leads_visitors_without_a_login_to_the_login_page(site, victim, tmp_path):
    visitor = Visitor(Shopper(site))
    first = {script: (script, *words) for script, *words in sellers_commands(site, tmp_path)}
    for case in attempts(first.values(), victim, ""):
        if case.method == "GET":
            visitor.ask(case)
            assert case.status == 303 and case.where.endswith("/login/index.php"), str(case)


# The engine's own pages.

def own_commands(facts, partner):
    """What sellers may do on the engine's pages: path and fields."""
    number = {"transid": facts["number"]}
    yield from ((ORDERS, number | {"what": "flowchange", "status": status}) for status in STATES)
    yield from ((ORDERS, number | {"what": what, "billid": facts["bill"]}) for what in ("release", "revoke", "acknowledge", "changestate"))
    yield ORDERS, number | {"what": "refund", "amount": "1", "sofar": "0", "reason": "x"}
    yield ORDERS, {"transid": facts["paid"], "what": "refund", "amount": "1", "sofar": "0", "reason": "x"}
    for what in ("register", "change", "rotate", "enable", "disable", "find", "build", "compare"):
        yield PARTNERS, {"what": what, "id": partner["id"], "name": "x", "key": "NEWKEY", "shopid": facts["shop"], "enabled": "0", "authenticates": "1",
                         f"quantity/{facts['catalogitem']}": "1", "text": "a;b"}
    yield PRODUCTS, {"what": "save", "item": facts["catalogitem"], "id": facts["catalogitem"], "shopid": facts["shop"], "url": "https://x.example"}


def own_pages(facts, partner):
    """What sellers may look at, and nobody else."""
    number, shop = quoted(facts["number"]), facts["shop"]
    yield from (ORDERS, f"{ORDERS}?page=1", PRODUCTS, f"{PRODUCTS}?shopid={shop}")
    yield from (f"{SHOP}front/scantrace.php", f"{SHOP}front/scantrace.php?transid={number}", f"{SHOP}front/scantrace.php?find=Dupont")
    yield from (f"{PARTNERS}{query}" for query in (
        "", f"?shopid={shop}", "?view=register", f"?view=change&id={partner['id']}", f"?view=rotate&id={partner['id']}", f"?view=statement&id={partner['id']}",
        f"?view=statement&id={partner['id']}&format=csv", "?view=refused", "?view=refused&format=csv", f"?view=compare&id={partner['id']}",
        f"?view=link&id={partner['id']}", f"?view=link&shopid={shop}"))
    # Moodle's own pages of an administrator, with the companion's settings and its lines of the status page.
    yield from ("/local/shopengine/takeovers.php", *(f"/admin/settings.php?section=local_shopengine{part}" for part in ("_paypal", "_selling", "_trace")), "/report/status/index.php", "/report/status/index.php?detail=local_shopengine_held",
                "/report/status/index.php?detail=local_shopengine_unsigned_links")


def others_pages(facts):
    """Pages of the front that belong to the buyer of the order: everybody may ask for them."""
    for number in (quoted(facts["number"]), quoted(facts["paid"])):
        for view in ("bill", "invoice", "payment", "produce", "order", "customer"):
            yield from (f"{VIEW}?view={view}&shopid={facts['shop']}&transid={number}", f"{VIEW}?view={view}&transid={number}&billid={facts['bill']}")
        for popup in ("order", "bill"):
            yield from (f"{SHOP}front/{popup}.popup.php?transid={number}", f"{SHOP}front/{popup}.popup.php?id={facts['shop']}&transid={number}&billid={facts['bill']}",
                        f"{SHOP}front/{popup}.popup.php?transid={number}&token={'0' * 32}")


def test_nobody_but_a_seller_does_anything_on_the_engines_pages(site, victim, partner, people, unchanged):
    owner = Shopper(site).log_in("jean.dupont")
    everybody = people | {"its own buyer": (owner, key_of(owner))}
    let_in = []
    with unchanged() as watch:
        for name, (browser, key) in everybody.items():
            for path, fields in own_commands(victim, partner):
                browser.ask("POST", path, fields | {"sesskey": key})
                if browser.status not in (303, 403, 404):
                    let_in.append((name, path, fields["what"], browser.status))
                assert partner["partnersecret"] not in browser.html
    assert (watch.changed, let_in) == ([], [])


# Moodle's refusals.
@pytest.mark.complains("Default exception handler: ")
def test_no_page_of_a_seller_is_shown_to_anybody_else(site, victim, partner, people):
    words = PERSONAL + (partner["partnersecret"], "SECRETKEY", victim["number"])
    seller, shown = Shopper(site).log_in("admin", "Admin!23"), set()
    for page in own_pages(victim, partner):
        for name, browser in {name: browser for name, (browser, _) in people.items()}.items():
            browser.visit("GET", page)
            assert browser.status in (403, 404) or "/login/" in browser.url or "permissions" in browser.text, (name, page, browser.text[:300])
            assert told(browser.html.replace(page.split("?")[-1], ""), [word for word in words if word != victim["number"]]) == [], (name, page)
        stranger = Shopper(site).visit("GET", page)
        assert "/login/index.php" in stranger.url, (page, stranger.url)
        seller.visit("GET", page)
        assert seller.status == 200, (page, seller.status)
        shown |= set(told(seller.html, words))
    # What is looked for is on these pages.
    assert {"Dupont", "SECRETKEY", victim["number"]} <= shown


def test_no_page_of_an_order_is_shown_to_other_buyers(site, victim, people, unchanged):
    owner, shown = Shopper(site).log_in("jean.dupont"), set()
    with unchanged() as watch:
        for page in others_pages(victim):
            for name, (browser, _) in people.items():
                browser.visit("GET", page)
                assert told(browser.html) == [], (name, page, browser.text[:500])
    assert [table for table in watch.changed if table.startswith("local_shop")] == []
    for page in others_pages(victim):
        owner.visit("GET", page)
        shown |= set(told(owner.html))
    assert shown == set(PERSONAL)


def test_a_seller_of_one_block_gets_the_prices_and_payment_interfaces_of_a_buyer(site, people):
    browser, _ = people["seller of a block"]
    browser.open(f"{VIEW}?view=shop&shopid={site.facts['shop']}")
    assert browser.status == 200 and "/local/shop/index.php" not in browser.html and "/local/shop/products/" not in browser.html
    shown = []
    for name in ("another buyer", "seller of a block"):
        summary = at_order(people[name][0], "REF-LIVRE=1", email="vera.ailleurs@example.org")
        shown.append((re.findall(r'<input type="radio"[^>]*value="(\w+)"', summary.html), re.findall(r"€\s?[\d.,]+", summary.text)))
    assert shown[0] == shown[1] and shown[0][0] and shown[0][1], shown


# Moves of an order.

def moves_of(bill, number, key):
    """To each state, by each page that takes it; the plugin's page has two words for it, and two ways to name the order."""
    for at, state in enumerate(STATES):
        word, order = ("flowchange", "changestate")[at % 2], (f"billid={bill}", f"billid={bill}&transid={number}")[at // 2 % 2]
        yield Case("the plugin's page", f"{SHOP}bills/view.php?view=viewBill&what={word}&{order}&status={state}&sesskey={key}")
        yield Case("the engine's page", ORDERS, "POST", f"what=flowchange&transid={number}&status={state}&sesskey={key}".encode())


@pytest.mark.parametrize("state", STATES)
def test_nobody_but_a_seller_moves_an_order(site, victim, people, unchanged, state):
    """From this state to each; the buyers of an order are no sellers of it."""
    rows, seller = QuickRows(site), Shopper(site).log_in("admin", "Admin!23")
    try:
        owner = Shopper(site).log_in("jean.dupont")
        everybody = people | {"its own buyer": (owner, key_of(owner))}
        rows.run("UPDATE {local_shop_bill} SET status = ? WHERE id = ?", state, victim["bill"])
        with unchanged() as watch:
            work = [(Visitor(browser, node), list(moves_of(victim["bill"], victim["transid"], key)))
                    for (browser, key), node in zip(everybody.values(), "abab")]
            send(work)
        assert watch.changed == []
        let_in = [str(case) for _, cases in work for case in cases if case.status not in (303, 403, 404)]
        assert let_in == []
        # The same request of a seller's moves it, where the table of states has a move.
        seller.open(ORDERS)
        row = next((row for row in seller.html.split("<tr>") if victim["number"] in row and "flowchange" in row), "")
        options = re.findall(r'<option value="([A-Z]+)"', row)
        assert options or state not in ("WORKING", "PLACED", "PENDING", "PREPROD", "SOLDOUT")
        for to in options[:1]:
            seller.ask("POST", ORDERS, {"what": "flowchange", "transid": victim["number"], "status": to, "sesskey": key_of(seller)})
            assert rows.bill(victim["number"])["status"] != state, (to, seller.status)
    finally:
        rows.close()
