"""Batches of orders, each paid, with their goods still to be delivered; somebody's request delivers them. Then what everybody has got.

A batch has an order of each buyer by each interface. While they are placed and paid the outbox waits (a trigger of the database sets its
tasks to next year), so that the one who is to drain it does."""

import dataclasses
import hmac
import itertools
import json
import pathlib
import re
import sys
import time
import urllib.parse

from handlers import deaths_left, plan_deaths
from shoppers import QuickRows, SecureShopper, Shopper
from scenarios import *

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "peers/paypal"))

from paypal_peer import PayPal  # noqa: E402,F401

PEOPLE = pathlib.Path(__file__).with_name("people.php")
PAYPAL_IPN = "/local/shop/paymodes/paypal/paypal_ipn.php"
BACK_OFFICE = "/local/shop/bills/view.php"
YEAR = 31_536_000_000

DRAINERS = ("own page", "another buyer's page", "seller's confirmation", "gateway message", "cron")
INTERFACES = ("test", "check", "paypal")
BUYERS = ("guest", "account", "vouched", "guest, account later")
HANDLERS = {"std_enrolonecourse": "REF-COURS", "std_extendenrolperiod": "REF-PERIODE", "std_assignroleoncontext": "REF-TUTEUR"}


@dataclasses.dataclass
class Order:
    """Who ordered, by which interface, and the browser in which they did."""

    interface: str
    buyer: str
    name: str
    shopper: Shopper = None
    transid: str = ""
    form: dict = None
    paid: bool = False
    bill: dict = None
    invoice: str = ""

    @property
    def email(self):
        return f"{self.name}@example.org"


@dataclasses.dataclass
class Facts:
    """Everybody's goods and accounts at one moment: by user id, or by account."""

    goods: dict
    users: dict
    customers: dict


class Watch:
    """Orders, what everybody had before they were delivered, and who has been harmed since."""

    def __init__(self, world, orders):
        self.world, self.site, self.rows, self.orders = world, world.site, world.rows, orders

    def owner(self, order):
        """The id of the account whose order it is: 0 when nobody has it."""
        found = self.rows.all("SELECT id FROM {user} WHERE email = ? AND deleted = 0", order.email)
        assert len(found) <= 1, found
        return int(found[0]["id"]) if found else 0

    def harmed(self, facts):
        """The accounts whose goods or data are not what they were and that bought nothing here, accounts that nobody ordered, and
        customers' rows of accounts that were changed."""
        before, guests = self.before, {self.owner(order) for order in self.orders if order.buyer == "guest"}
        buyers = guests | {self.owner(order) for order in self.orders if order.buyer in ("account", "vouched")}
        found = [f"goods of {user}: {facts.goods.get(user)}" for user in {*facts.goods, *before.goods} - buyers if facts.goods.get(user) != before.goods.get(user)]
        found += [f"account {user}" for user in {*facts.users, *before.users} - guests if facts.users.get(user) != before.users.get(user)]
        rows = [row for row in before.customers if before.customers[row]["hasaccount"] != "0"]
        return found + [f"customer {row}: {facts.customers.get(row)}" for row in rows if facts.customers.get(row) != before.customers[row]]


    def pay(self, order):
        """By the interface's own means."""
        order.paid = True
        if order.interface == "test":
            self.world.browser().ask("POST", IPN, {"transid": order.transid, "finish": "1"})
        elif order.interface == "paypal":
            peer = self.world.paypal
            body = peer.message(order.form | {"mc_gross": peer.total(order.form)})
            assert peer.deliver(self.site.root + PAYPAL_IPN, body, tries=6, wait=0.3) == 200
        else:
            bill = self.rows.bill(order.transid)["id"]
            seller = self.world.seller
            seller.open(f"{BACK_OFFICE}?view=viewBill&billid={bill}&what=flowchange&status=SOLDOUT")
            seller.submit({"status": "SOLDOUT"})
            if seller.has_form({"status": "SOLDOUT"}):
                # The work of an announced payment has held the order since the question was asked.
                seller.submit({"status": "SOLDOUT"})

    def confirm(self, order):
        """The seller's confirmation, and what is done once the seller has the answer."""
        self.pay(order)
        end = time.monotonic() + 30
        under_way = "(state = 'leased' OR state = 'due' AND attempts = 0) AND billid = (SELECT id FROM {local_shop_bill} WHERE transactionid = ?)"
        while self.rows.count("local_shopengine_outbox", under_way, order.transid):
            assert time.monotonic() < end, "it is not delivered"
            time.sleep(0.1)

    def pay_at_the_plugins_page(self, order):
        """The seller's confirmation where nothing stands before the plugin."""
        bill = self.rows.bill(order.transid)["id"]
        self.world.seller.ask("GET", f"{BACK_OFFICE}?view=viewBill&billid={bill}&what=flowchange&status=SOLDOUT")


class Batch(Watch):
    """The orders of one drainer; `killed`: each delivery dies once."""

    def __init__(self, world, drainer, killed):
        super().__init__(world, [Order(interface, buyer, world.new_name()) for interface in INTERFACES for buyer in BUYERS])
        self.drainer, self.killed = drainer, killed
        known = [order.name for order in self.orders if order.buyer in ("account", "vouched")]
        self.site.php(PEOPLE, self.site.folder, "account", *known)
        world.outbox_waits()
        try:
            # Deaths need a handler that can die.
            products = f"{'cours2' if killed else 'cours'}=1&periode=1&tuteur=1"
            for order in self.orders:
                world.place_order(order, products)
            self.site.php(PEOPLE, self.site.folder, "plain", *[order.name for order in self.orders if order.buyer == "guest, account later"])
            for order in self.orders:
                if not self.pays_at_the_drain(order):
                    self.pay(order)
        finally:
            world.outbox_goes_on()
        self.before, self.identities = world.facts(), world.identities(self)
        codes = itertools.cycle(HANDLERS.values())
        self.deaths = {order.transid: self.coded(next(codes)) for order in self.orders if killed and order.buyer != "guest, account later"}
        self.drain()
        self.once, self.identities_afterwards = world.facts(), world.identities(self)
        # The task is offered again, as if nobody had heard that it was done.
        self.repeat()
        self.twice = world.facts()
        for order in self.orders:
            order.bill = self.rows.bill(order.transid)

    def coded(self, code):
        return "REF-COURS2" if self.killed and code == "REF-COURS" else code

    def pays_at_the_drain(self, order):
        """Is the payment itself what sends the drainer?"""
        return (self.drainer, order.interface) in (("seller's confirmation", "check"), ("gateway message", "test"), ("gateway message", "paypal"))

    def drain(self):
        """Until nothing is due. What a dead process had leased is offered at once, what failed is not."""
        plan_deaths(self.site, self.deaths)
        for order in self.orders:
            self.release(order)
            if not order.paid:
                self.pay(order)
            elif self.drainer == "own page":
                order.shopper.ask("GET", url_of("produce", order.transid))
        for _ in range(40):
            self.release()
            if not self.waiting():
                assert deaths_left(self.site) == {}
                return
            self.world.act(self.drainer, self.orders[0])
        raise AssertionError(("it does not end", self.waiting(), deaths_left(self.site)))

    def repeat(self):
        self.rows.run(f"UPDATE {{local_shopengine_outbox}} SET state = 'due', attempts = 1, timedue = 0 WHERE kind = 'deliver' AND billid IN ({self.bills()})")
        for _ in range(4):
            if not self.waiting():
                return
            self.world.act(self.drainer, self.orders[0])
            self.release()

    def bills(self):
        numbers = ", ".join(f"'{order.transid}'" for order in self.orders)
        return f"SELECT id FROM {{local_shop_bill}} WHERE transactionid IN ({numbers})"

    def release(self, order=None):
        """Makes due what waited for its order to be delivered, or is leased by the dead."""
        which = f"SELECT id FROM {{local_shop_bill}} WHERE transactionid = '{order.transid}'" if order else self.bills()
        held_back = f"timedue > {YEAR} + timecreated - 1" if order else "state = 'leased'"
        self.rows.run(f"UPDATE {{local_shopengine_outbox}} SET timedue = 0 WHERE {held_back} AND billid IN ({which})")

    def waiting(self):
        return self.rows.all("SELECT id, kind, state, result FROM {local_shopengine_outbox} WHERE state IN ('due', 'leased') AND timedue <= ?"
                             f" AND billid IN ({self.bills()})", int(time.time() * 1000))

    def order(self, interface, buyer):
        return next(order for order in self.orders if (order.interface, order.buyer) == (interface, buyer))


class World:
    """The site with its people, and those who do not buy: another buyer, a seller, PayPal."""

    def __init__(self, site, paypal):
        self.site, self.paypal, self.rows, self.count, self.batches = site, paypal, QuickRows(site), 0, {}
        self.place = json.loads(site.php(PEOPLE, site.folder, "catalogue").splitlines()[-1])
        self.nodes = itertools.cycle("ab")
        self.seller = self.browser().log_in("admin", "Admin!23")
        self.secret = self.register_partner("PERSONNES")
        site.php(PEOPLE, site.folder, "account", "autrui")
        self.other = self.browser().log_in("autrui")
        follow_link(self.other, "livre=1", shop=f"shopid={site.facts['shop']}")
        place(self.other, "test")
        self.others_order = pay(self.other)

    def register_partner(self, key):
        """A partner whose signed links vouch for buyers: the secret."""
        self.seller.open(f"/local/shopengine/partners.php?view=register&shopid={self.site.facts['shop']}")
        self.seller.submit({"what": "register"}, {"name": key, "key": key, "authenticates": "1", "signature": "1"})
        return re.search(r'id="shopengine-secret"[^>]*>([0-9a-f]{32})<', self.seller.html)[1]

    def batch(self, drainer, killed=False):
        key = (drainer, killed)
        if key not in self.batches:
            # A batch that failed is not tried for each of its rows.
            self.batches[key] = None
            self.batches[key] = Batch(self, drainer, killed)
        assert self.batches[key], f"the batch of {key} did not come to its end: see the first of its rows"
        return self.batches[key]

    def close(self):
        self.outbox_goes_on()
        self.rows.close()

    def new_name(self):
        self.count += 1
        return f"personne{self.count}"

    def browser(self, kind=Shopper):
        """On one of the two nodes: behind either, the death of a process would close both for a while."""
        visitor = kind(self.site)
        visitor.headers = visitor.headers | {"X-Node": next(self.nodes)}
        return visitor

    def outbox_waits(self):
        self.site.installation.server.hold("local_shopengine_outbox", "timedue", YEAR)

    def outbox_goes_on(self):
        self.site.installation.server.let_go("local_shopengine_outbox")

    def follow(self, shopper, products, partner=None):
        """A link, signed if a partner vouches for the buyer."""
        fields = {"shopid": self.site.facts["shop"], "what": "import"} | dict(urllib.parse.parse_qsl(products))
        fields |= {"partner": partner, "autodrive": "1"} if partner else {"autodrive": "1"}
        text = urllib.parse.urlencode(fields, quote_via=urllib.parse.quote, safe="")
        signature = f"&sig={hmac.new(self.secret.encode(), text.encode(), 'sha256').hexdigest()}" if partner else ""
        return shopper.open(f"{VIEW}?{text}{signature}")

    def place_order(self, order, products, announced=True):
        """The buyer's way to the payment page; `announced`: a cheque is on its way, the buyer says."""
        # A partner's word needs HTTPS.
        shopper = order.shopper = self.browser(SecureShopper if order.buyer == "vouched" else Shopper)
        if order.buyer == "account":
            shopper.log_in(order.name)
        self.follow(shopper, products, f"PERSONNES_{order.name}_{order.email}" if order.buyer == "vouched" else None)
        if order.buyer.startswith("guest"):
            tell_customer(shopper, firstname=order.name.capitalize(), lastname="Person", email=order.email)
        place(shopper, order.interface)
        assert shopper.view == "payment", (order, shopper.url, shopper.text[:500])
        order.transid = transid(shopper)
        if order.interface == "paypal":
            order.form = shopper.hidden({"cmd": "_cart"})
        if order.interface == "check" and announced:
            shopper.submit({"view": "payment", "what": "navigate", "back": None})

    def act(self, drainer, order):
        """One request of the drainer's that performs what is due, whosever it is."""
        if drainer == "cron":
            # The process may be killed on purpose.
            self.site.task("outbox", check=False)
            return
        # An email of the other buyer's is due again: a page about an order performs what is due when the order itself has work.
        self.rows.run("UPDATE {local_shopengine_outbox} SET state = 'due', timedue = 1 WHERE kind = 'mail' AND billid ="
                      " (SELECT id FROM {local_shop_bill} WHERE transactionid = ?)", self.others_order)
        if drainer == "gateway message":
            self.browser().ask("POST", IPN, {"transid": self.others_order, "finish": "1"})
        else:
            visitor = {"own page": order.shopper, "another buyer's page": self.other, "seller's confirmation": self.seller}[drainer]
            visitor.ask("GET", url_of("produce", self.others_order if drainer != "own page" else order.transid))

    def identities(self, batch):
        """Who the site takes each browser for: by the page and by the stored session."""
        found = {}
        browsers = {"another buyer": self.other, "seller": self.seller} | {order.transid: order.shopper for order in batch.orders[:len(BUYERS)]}
        for name, shopper in browsers.items():
            shopper.open(f"{VIEW}?view=shop&shopid={self.site.facts['shop']}")
            shown = re.search(r'"userId":(\d+)', shopper.html)[1]
            [session] = self.rows.all("SELECT userid FROM {sessions} WHERE sid = ?", shopper.cookies["MoodleSession"])
            lang = re.search(r'<html[^>]*lang="([^"]*)"', shopper.html)[1]
            found[name] = (int(shown), int(session["userid"]), lang)
        return found

    def facts(self):
        goods = {}
        for kind, statement in {
            "enrolments": "SELECT ue.userid, e.courseid AS what, ue.status, ue.timeend AS more FROM {user_enrolments} ue JOIN {enrol} e ON e.id = ue.enrolid",
            "roles": "SELECT userid, contextid AS what, r.shortname AS more FROM {role_assignments} ra JOIN {role} r ON r.id = ra.roleid",
            "groups": "SELECT gm.userid, g.courseid AS what, g.name AS more FROM {groups_members} gm JOIN {groups} g ON g.id = gm.groupid",
        }.items():
            for row in self.rows.all(statement):
                told = (kind, int(row["what"]), str(row["more"]))
                goods.setdefault(int(row["userid"]), []).append(told)
        users = {int(row.pop("id")): row for row in self.rows.all(
            "SELECT id, username, email, password, auth, lang, firstname, lastname, city, country, deleted, suspended FROM {user}")}
        customers = {row.pop("id"): {name: str(value) for name, value in row.items()} for row in self.rows.all("SELECT * FROM {local_shop_customer}")}
        return Facts({user: sorted(told) for user, told in goods.items()}, users, customers)
