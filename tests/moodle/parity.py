"""A shop that uses the plugin's features, driven by a buyer and a seller in the same way with the takeovers off and on, and what is seen
of it: the rows that were added, goods, emails, pages. Numbers, times and names that differ by nature are levelled."""

import collections
import json
import pathlib
import re
import urllib.parse

from shoppers import Shopper, switch
from scenarios import *

PEOPLE = pathlib.Path(__file__).with_name("people.php")
BACK_OFFICE = "/local/shop/bills/view.php"
COLLECT = {"view": "purchaserequ", "what": "collect"}

# Rows that a purchase adds, and the columns that tell it. The rest are ids, times and texts compared elsewhere.
TABLES = {
    "local_shop_bill": "shopid userid idnumber title worktype status untaxedamount taxes amount currency transactionid paiedamount discount paymode"
                       " ignoretax productionfeedback test partnerid invoiceinfo expectedpaiement remotestatus onlinetransactionid",
    "local_shop_billitem": "type itemcode catalogitem abstract description unitcost quantity totalprice taxcode bundleid customerdata productiondata ordering",
    "local_shop_customer": "shopid firstname lastname address zip city email country organisation hasaccount",
    "local_shop_product": "catalogitemid customerid contexttype extradata test",
    "local_shop_productevent": "eventtype",
    "user_enrolments": "status userid timeend",
    "role_assignments": "userid roleid",
    "groups_members": "userid",
}
ORDERED = {"local_shop_billitem"}
# Texts of which only is told whether they are there.
BLOBS = {"catalogitem", "customerdata", "productiondata", "productionfeedback", "invoiceinfo", "transactionid", "idnumber", "onlinetransactionid", "expectedpaiement"}

# Shops other than the first, and countries other than the buyer's.
SHOPS = {"another shop": "Dollars", "a country that the shop serves": "Benelux", "a country that it does not": "Benelux"}
COUNTRIES = {"a country that the shop serves": "BE"}

PURCHASES = {
    "one product": ("REF-MONPRODUIT=1", "test"),
    "quantities, two taxes": ("REF-MONPRODUIT=3&REF-LIVRE=2", "test"),
    "price bands": ("REF-TRANCHES=12", "test"),
    "cheque": ("REF-LIVRE=3", "check"),
    "free order": ("REF-OFFERT=1", "freeorder"),
    "required data": ("REF-ATTESTATION=2", "test"),
    "course": ("REF-COURS=1", "test"),
    "units of a course": ("REF-COURS=3", "test"),
    "enrolment extended": ("REF-PERIODE=1", "test"),
    "role in a course": ("REF-TUTEUR=1", "test"),
    "another category": ("REF-ROMAN=1", "test"),
    "password": ("REF-SECRET=1", "test"),
    "terms of sale": ("REF-CONDITIONS=1", "test"),
    "terms of sale, not accepted": ("REF-CONDITIONS=1", "test"),
    "bundle": ("REF-LOT=1", "test"),
    "element of a set": ("REF-ELEMENT=1", "test"),
    "seats": ("REF-SESSION=2", "test"),
    "another shop": ("REF-LIVRE=2", "test"),
    "a country that the shop serves": ("REF-MONPRODUIT=1", "test"),
    "a country that it does not": ("REF-MONPRODUIT=1", "test"),
}


class Drive:
    """One run: a buyer with an account of their own, a seller."""

    def __init__(self, site, rows, mode, name):
        self.site, self.rows, self.mode, self.name = site, rows, mode, name
        self.shop = site.facts["shop"]
        switch(site, mode)
        self.user = int(rows.one("SELECT id FROM {user} WHERE username = ?", name)["id"])
        self.buyer, self.seller = Shopper(site).log_in(name), Shopper(site).log_in("admin", "Admin!23")
        self.letters = site.trace.with_name("merchant_mail_trace.log")

    def run(self):
        """What was seen of each feature: {(feature, where): value}."""
        found = {}
        for feature, (products, paymode) in PURCHASES.items():
            self.shop = self.rows.one("SELECT id FROM {local_shop} WHERE name = ?", SHOPS[feature])["id"] if feature in SHOPS else self.site.facts["shop"]
            found |= {(feature, where): told for where, told in self.watched(lambda see: self.purchase(
                see, products, paymode, accepts=not feature.endswith("not accepted"), country=COUNTRIES.get(feature, "FR"))).items()}
        self.shop = self.site.facts["shop"]
        found |= {("hand-made bill", where): told for where, told in self.watched(self.begin_bill).items()}
        for feature, address in {
            "catalogue page": f"{VIEW}?view=shop&shopid={self.shop}",
            "catalogue page of a category": f"{VIEW}?view=shop&shopid={self.shop}&category={self.category()}",
            "list of bills": f"{BACK_OFFICE}?view=viewAllBills&shopid={self.shop}",
            "a customer": f"/local/shop/customers/view.php?view=viewCustomer&customer={self.customer()}&shopid={self.shop}",
            "list of customers": f"/local/shop/customers/view.php?view=viewAllCustomers&shopid={self.shop}",
            "list of products": f"/local/shop/products/view.php?view=viewAllProducts&shopid={self.shop}",
            "list of taxes": "/local/shop/taxes/view.php?view=viewAllTaxes",
            "export": f"/local/shop/export/export.php?what=allbills&format=excel&shopid={self.shop}",
        }.items():
            seen = self.watched(lambda see: self.look(see, self.seller, address))
            # Lists have the amounts of all that was sold before.
            found |= {(feature, where): told for where, told in seen.items() if where != "page: amounts"}
        return found

    def customer(self):
        return self.rows.one("SELECT MIN(id) AS id FROM {local_shop_customer} WHERE hasaccount = ?", self.user)["id"]

    def category(self):
        return self.rows.one("SELECT id FROM {local_shop_catalogcategory} WHERE name = 'Romans'")["id"]

    def watched(self, act):
        """What an act shows, and the rows and emails that it adds."""
        before = {table: int(self.rows.one(f"SELECT COALESCE(MAX(id), 0) AS id FROM {{{table}}}")["id"]) for table in TABLES}
        sent = collections.Counter(self.sent())
        seen = {}
        try:
            act(seen)
        except Exception as failure:
            seen["stops"] = self.level(re.sub(r"\s+", " ", str(failure)))[:80]
        for table, columns in TABLES.items():
            added = self.rows.all(f"SELECT {', '.join(columns.split())} FROM {{{table}}} WHERE id > ? ORDER BY id", before[table])
            seen[f"{table}: rows"] = str(len(added))
            for column in columns.split():
                values = [self.value(column, row[column]) for row in added]
                seen[f"{table}.{column}"] = ", ".join(values if table in ORDERED else sorted(values))
        seen["emails"] = "; ".join(sorted((collections.Counter(self.sent()) - sent).elements()))
        return {where: told for where, told in seen.items() if told not in ("", "0")}

    def sent(self):
        """The emails on record: the plugin's by their recipients, the engine's with their subjects."""
        text = self.letters.read_text(errors="replace") if self.letters.exists() else ""
        own = [f"plugin to {to}" for to in re.findall(r"^MailTo: (\S+)", text, flags=re.M)]
        return [self.level(told) for told in own + [f"engine to {to}: {subject}" for to, subject in re.findall(r"Mail to (\S+) : (.*?)\\n@@@", text)]]

    def value(self, column, told):
        told = "" if told is None else str(told)
        if column in BLOBS:
            return "told" if told not in ("", "0") else ""
        if column in ("userid", "hasaccount"):
            return {str(self.user): "buyer", "2": "seller", "0": "nobody"}.get(told, "somebody else")
        if column in ("customerid", "catalogitemid", "taxcode", "roleid", "timeend", "shopid"):
            return "told" if told not in ("", "0") else ""
        return self.level(told)

    def level(self, text):
        """A text without what differs by nature."""
        text = text.replace(self.name, "BUYER").replace(self.name.capitalize(), "Buyer")
        return re.sub(r"[A-Z0-9+/]{18}==", "TRANSID", text)

    def look(self, see, driver, address=None, name="page"):
        """Status, heading, amounts and links of a page."""
        if address:
            driver.open(address)
        # Pages of a window of their own have no regions.
        main = driver.html[max(driver.html.find('id="region-main"'), 0):]
        main = main.split('id="page-footer"')[0]
        see[f"{name}: status"] = str(driver.status)
        text = re.sub(r"<script.*?</script>|<[^>]*>", " ", main, flags=re.S).replace("&nbsp;", " ").replace("&euro;", "€").replace("\xa0", " ")
        amounts = {amount.replace("€", "").replace(",", ".").strip() for amount in re.findall(r"€ ?\d+[.,]\d\d|\d+[.,]\d\d ?€", text)}
        see[f"{name}: amounts"] = " ".join(sorted(amounts, key=float))
        see[f"{name}: links"] = " ".join(sorted({self.link(link) for link in re.findall(r'(?:href|action)="([^"]*)"', main)} - {""}))

    def link(self, link):
        parts = urllib.parse.urlsplit(link.replace("&amp;", "&"))
        query = dict(urllib.parse.parse_qsl(parts.query))
        routed = "&".join(f"{name}={query[name]}" for name in ("view", "what") if name in query)
        return f"{parts.path}?{routed}".rstrip("?") if parts.path.startswith("/local/shop") else ""

    def purchase(self, see, products, paymode, accepts, country):
        """As a buyer does it: by a link, then step by step."""
        buyer = self.buyer
        buyer.open(f"{VIEW}?shopid={self.shop}&what=import&{products}")
        buyer.open(f"{VIEW}?shopid={self.shop}&view=shop&what=navigate")
        if buyer.view == "purchaserequ":
            names = [name for form in buyer.document.forms for name in form["fields"] if name and "/" in name]
            buyer.submit(COLLECT, {name: "Rosa Luxemburg" for name in names})
            buyer.submit({"view": "purchaserequ", "what": "navigate"}, press="go")
        if buyer.view == "users":
            self.take_seats()
        if buyer.view == "customer":
            countries = re.search(r'<select[^>]*name="customerinfo::country".*?</select>', buyer.html, flags=re.S)
            see["countries"] = " ".join(re.findall(r'value="([A-Z]{2})"', countries[0]))
            tell_customer(buyer, firstname="Buyer", lastname="Person", email=f"{self.name}@example.org", country=country)
        if buyer.has_form({"view": "customer"}):
            raise AssertionError("the customer step is not passed")
        if buyer.view != "order":
            raise AssertionError(f"no order: the buyer is led to {buyer.view}")
        self.look(see, buyer, name="summary")
        choice = {} if paymode == "freeorder" else {"paymode": paymode}
        if accepts:
            # What the page's own script does.
            buyer.serve("order", "agreeeulas")
        buyer.submit(ORDER, choice, "go")
        if buyer.view == "order":
            raise AssertionError("the order is not placed")
        number = self.rows.one("SELECT transactionid FROM {local_shop_bill} WHERE id = (SELECT MAX(id) FROM {local_shop_bill})")["transactionid"]
        if paymode == "check":
            buyer.submit({"view": "payment", "what": "navigate", "back": None})
            bill = self.rows.bill(number)["id"]
            self.seller.open(f"{BACK_OFFICE}?view=viewBill&billid={bill}&what=flowchange&status=SOLDOUT")
            if self.seller.has_form({"what": "flowchange"}):
                self.seller.submit({"status": "SOLDOUT"})
        elif buyer.has_form(PAY | {"transid": number}):
            buyer.submit(PAY | {"transid": number})
        else:
            # The plugin's page has one form more, to go back.
            buyer.submit({"view": "payment", "what": "navigate", "transid": number, "delayed": None} if paymode == "test" else {"what": "navigate"},
                         press="pay" if paymode == "test" else None)
        buyer.open(url_of("produce", number))
        self.look(see, buyer, name="result")
        bill = self.rows.bill(number)["id"]
        self.look(see, self.seller, f"{BACK_OFFICE}?view=viewBill&billid={bill}", "bill in the back office")
        self.look(see, buyer, f"/local/shop/front/order.popup.php?billid={bill}&transid={urllib.parse.quote(number)}", "bill of one's own")

    def take_seats(self):
        """Two people take part."""
        for first in ("Ada", "Grace"):
            person = json.dumps({"firstname": first, "lastname": "Person", "email": f"{first.lower()}@example.org", "city": "Nantes"})
            self.buyer.serve("users", "addparticipant", participant=person)
            self.buyer.serve("users", "addassign", participantid=f"{first.lower()}@example.org", role="student", product="session")
        self.buyer.open(f"{VIEW}?view=users&shopid={self.shop}")
        self.buyer.submit({"view": "users", "what": "navigate"}, press="go")

    def begin_bill(self, see):
        """A draft, recalculated."""
        seller = self.seller
        seller.open(f"/local/shop/bills/edit_bill.php?shopid={self.shop}")
        form = next(form for form in seller.document.forms if "_qf__Bill_Form" in form["hidden"])
        fields = {name: value or "" for name, value in (form["hidden"] | form["fields"]).items() if name}
        customer = self.rows.one("SELECT MIN(id) AS id FROM {local_shop_customer}")["id"]
        fields |= {"title": "Devis", "userid": customer, "ignoretax": "0", "paymode": "check", "submitbutton": "1"}
        seller.visit("POST", urllib.parse.urljoin(seller.url, form["action"]), fields)
        self.look(see, seller)


def differences(alone, taken_over):
    """What is not the same: {(feature, where): (alone, taken over)}. Where a run stops, that is all that is told of the feature, also if both do:
    what follows was not compared."""
    stopped = {feature for feature, where in {*alone, *taken_over} if where == "stops"}
    keys = sorted(key for key in {*alone, *taken_over} if key[0] not in stopped or key[1] == "stops")
    return {key: (alone.get(key, "—"), taken_over.get(key, "—")) for key in keys if alone.get(key) != taken_over.get(key) or key[1] == "stops"}
