"""Text that tries to become markup, a script, a formula or a header, in every field that somebody fills in: it is shown as text wherever it
comes to, and nothing else."""

import csv
import html.parser
import io
import re
import urllib.parse

import pytest

from gate_cases import SHOP
from mailbox import mailbox
from shoppers import QuickRows, Shopper, quoted, settings, switch
from scenarios import *

ORDERS, PARTNERS, PRODUCTS = (f"/local/shopengine/{page}.php" for page in ("orders", "partners", "products"))
# A buyer's, on pages of the plugin as well; short enough for a name of 40 characters.
BUYERS = "'\"><img src=x7 onerror=alert(7)>"
LONG = BUYERS + "</script><script>alert(7)</script>{{7}}';alert(7)//\r\nBcc: evil@example.org"
# A seller's, on pages of the engine: the plugin trusts sellers.
SELLERS = "'\"><img src=x8 onerror=alert(8)>{{8}}"
FORMULA = '=HYPERLINK("http://evil.example","alert(7)")'


class Born(html.parser.HTMLParser):
    """Elements and attributes that came into being from such a text: a picture without its script as well, for Moodle cleans its notifications.
    `marks` are the digits of those who wrote it."""

    def __init__(self, source, marks):
        super().__init__()
        self.marks, self.found, self.tag = marks, [], ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tag = tag
        mine = [(name, value or "", mark) for name, value in attributes for mark in self.marks]
        self.found += [(tag, name, value) for name, value, mark in mine if name.startswith("on") and f"alert({mark})" in value or name == "src" and value.endswith(f"x{mark}")]

    def handle_endtag(self, tag):
        self.tag = ""

    def handle_data(self, data):
        if self.tag == "script" and data.strip().startswith(tuple(f"alert({mark})" for mark in self.marks)):
            self.found.append(("script", data[:80]))


def born(source):
    """On a page of the engine; on one of the plugin, from a buyer's text only."""
    ours = "shopengine-page-" in source
    return Born(source, "78" if ours else "7").found


@pytest.fixture(scope="module", autouse=True)
def taken_over(site):
    switch(site, "on")
    yield
    switch(site)


@pytest.fixture(scope="module")
def rows(site):
    rows = QuickRows(site)
    yield rows
    rows.close()


@pytest.fixture(scope="module")
def goods(site, rows):
    """A product, its shop and the seller's name, as a seller with bad ideas writes them."""
    [shop] = rows.all("SELECT id, name, description FROM {local_shop} WHERE id = ?", site.facts["shop"])
    [item] = rows.all("SELECT id, name, description FROM {local_shop_catalogitem} WHERE shortname = 'monproduit'")
    rows.run("UPDATE {local_shop} SET name = ?, description = ? WHERE id = ?", SELLERS, SELLERS, shop["id"])
    rows.run("UPDATE {local_shop_catalogitem} SET name = ?, description = ? WHERE id = ?", SELLERS, SELLERS, item["id"])
    settings(site, "local_shop", sellername=SELLERS + "\r\nBcc: evil@example.org")
    yield item
    settings(site, "local_shop", sellername="Demo shop", presalenotification="1")
    for table, row in (("local_shop", shop), ("local_shop_catalogitem", item)):
        rows.run(f"UPDATE {{{table}}} SET name = ?, description = ? WHERE id = ?", row["name"], row["description"], row["id"])


def registration(site):
    """The form of a new partner, in the browser of a seller."""
    return Shopper(site).log_in("admin", "Admin!23").open(f"{PARTNERS}?view=register&shopid={site.facts['shop']}")


@pytest.fixture(scope="module")
def partner(site, rows):
    """A partner with a bad name."""
    registration(site).submit({"what": "register"}, {"name": SELLERS, "key": "HOSTILE1"})
    return rows.one("SELECT id FROM {local_shop_partner} WHERE partnerkey = 'HOSTILE1'")["id"]


@pytest.fixture(scope="module")
def bought(site, goods, partner):
    """A guest's order, announced and confirmed, each page that they come through looked at; and all emails."""
    pages, guest, shop = [], Shopper(site), site.facts["shop"]

    def look(told):
        pages.append((told, guest.status, guest.html, guest.text))

    with mailbox(site) as box:
        for word in (BUYERS, LONG, FORMULA, "{{7}}alert(7)"):
            query = urllib.parse.urlencode({"shopid": shop, "what": "import", word: "1", "monproduit": word, "partner": f"HOSTILE1_{word}", "autodrive": ""})
            guest.open(f"{VIEW}?{query}")
            look("a link with strange products")
        tag = quoted(FORMULA.replace("_", ""))
        guest.open(f"{VIEW}?shopid={shop}&what=import&monproduit=1&formation=1&partner=HOSTILE1_{tag}&autodrive=1")
        look("the customer step")
        wrong = {"firstname": BUYERS, "lastname": BUYERS, "address": LONG, "city": BUYERS, "email": BUYERS, "zip": "'\">", "organisation": BUYERS}
        tell_customer(guest, **wrong)
        look("the customer step with problems")
        tell_customer(guest, **wrong | {"email": "hostile@example.org"}, invoice={**wrong, "email": "hostile@example.org", "country": "FR"})
        look("the summary")
        place(guest, "check")
        look("the payment page")
        number = transid(guest)
        guest.submit(PAY)
        look("after the announcement")
        for view in ("payment", "produce", "bill", "invoice"):
            guest.open(f"{VIEW}?view={view}&shopid={shop}&transid={quoted(number)}")
            look(view)
        for popup in ("order", "bill"):
            guest.open(f"{SHOP}front/{popup}.popup.php?transid={quoted(number)}")
            look(f"{popup} popup")
        site.cron()
        seller = Shopper(site).log_in("admin", "Admin!23")
        seller.open(ORDERS)
        confirm_move(seller, number, "SOLDOUT")
        site.cron()
        site.cron()
        emails = list(box.emails)
    return {"number": number, "pages": pages, "emails": emails, "seller": seller}


def test_no_text_of_a_link_a_customer_or_a_product_becomes_markup_on_the_buyers_pages(bought):
    assert [(told, found) for told, _, html, _ in bought["pages"] if (found := born(html))] == []
    # The texts are on these pages: a mark that nothing prints would be missed nowhere.
    shown = {told for told, _, _, text in bought["pages"] if "alert(7)" in text}
    assert {"a link with strange products", "bill", "order popup"} <= shown, shown
    assert any("alert(8)" in text for told, _, _, text in bought["pages"] if told == "bill")


@pytest.mark.complains("/local/shop/")
def test_no_such_text_becomes_markup_where_the_plugin_draws_the_pages(site):
    """With one takeover on the gate is there, and the plugin prints what visitors send as it is."""
    switch(site, "off", trace="on")
    guest, pages = Shopper(site), []
    try:
        follow_link(guest, "REF-MONPRODUIT=1", shop=f"shopid={site.facts['shop']}")
        guest.open(f"{VIEW}?view=customer&shopid={site.facts['shop']}")
        names = [name for form in guest.document.forms for name in form["fields"] if name.startswith("customerinfo::")]
        assert names, guest.text[:500]
        for back in ({"customerinfo::zip": ""}, {}):
            guest.open(f"{VIEW}?view=customer&shopid={site.facts['shop']}")
            guest.visit("POST", VIEW, guest.hidden(CUSTOMER) | dict.fromkeys(names, BUYERS) | {"go": "1"} | back)
            pages.append((guest.url, guest.html))
        for name in ("category", "origin", "lang", "shipping", "blockid", "transid"):
            for view in ("shop", "customer", "order"):
                guest.open(f"{VIEW}?view={view}&shopid={site.facts['shop']}&{name}={urllib.parse.quote(BUYERS)}")
                pages.append((guest.url, guest.html))
    finally:
        switch(site, "on")
    assert any("alert(7)" in page for _, page in pages)
    assert [(url, found) for url, page in pages if (found := born(page))] == []


def test_no_such_text_becomes_markup_on_the_sellers_pages(site, rows, bought, goods, partner):
    seller, number, shop = bought["seller"], quoted(bought["number"]), site.facts["shop"]
    bill = rows.bill(bought["number"])
    pages = [ORDERS, PRODUCTS, f"{PRODUCTS}?shopid={shop}", f"{SHOP}index.php", f"{SHOP}bills/view.php?view=viewAllBills",
             f"{SHOP}bills/view.php?view=viewBill&billid={bill['id']}", f"{SHOP}bills/view.php?view=viewBill&billid={bill['id']}&what=flowchange&status=PAYBACK",
             f"{SHOP}customers/view.php?view=viewAllCustomers", f"{SHOP}customers/view.php?view=viewCustomer&customer={bill['customerid']}",
             f"{SHOP}products/view.php?view=viewAllProducts&what=delete&itemid={goods['id']}", f"{SHOP}front/scantrace.php?transid={number}",
             f"{SHOP}front/scantrace.php?find={quoted(BUYERS)}", f"{SHOP}front/scantrace.php?transid={quoted(LONG)}", f"{VIEW}?view=bill&transid={number}",
             f"{SHOP}purchasemanager/view.php?view=viewAllProductInstances", "/report/status/index.php", "/local/shopengine/takeovers.php",
             *(f"/admin/settings.php?section=local_shopengine{part}" for part in ("_paypal", "_selling", "_trace"))]
    pages += [f"/report/status/index.php?detail=local_shopengine_{check}" for check in ("held", "outbox", "unpaid", "integrity", "catalogue", "unsigned_links", "installation")]
    pages += [f"{PARTNERS}{query}" for query in (
        f"?shopid={shop}", f"?view=change&id={partner}", f"?view=rotate&id={partner}", f"?view=statement&id={partner}", "?view=refused", f"?view=compare&id={partner}",
        f"?view=link&id={partner}", f"?view={quoted(BUYERS)}", f"?view=statement&id={partner}&from={quoted(BUYERS)}&to={quoted(BUYERS)}")]
    pages += [f"{ORDERS}?what={quoted(BUYERS)}", f"{ORDERS}?what=revoke&transid={quoted(BUYERS)}", f"{VIEW}?view={quoted(BUYERS)}", f"{VIEW}?view=bill&transid={quoted(BUYERS)}"]
    grown, shown = {}, set()
    for page in pages:
        seller.open(page)
        if found := born(seller.html):
            grown[page] = found
        shown |= {(page.split("?")[0], mark) for mark in ("alert(7)", "alert(8)", "{{8}}") if mark in seller.text}
    assert grown == {}
    # Names of the catalogue come without their tags.
    assert {(ORDERS, "alert(7)"), (PARTNERS, "alert(8)"), (PRODUCTS, "{{8}}")} <= shown, shown
    seller.open(f"{PARTNERS}?shopid={shop}")
    seller.submit({"what": "disable", "id": partner})
    assert "alert(8)" in seller.text and born(seller.html) == [], seller.text[:500]
    seller.submit({"what": "enable", "id": partner})


def test_no_problem_of_a_field_and_no_title_becomes_markup(site):
    form = registration(site)
    form.submit({"what": "register"}, {"name": SELLERS, "key": SELLERS, "referer": SELLERS, "user": BUYERS, "customer": BUYERS, "excluded": BUYERS})
    assert form.status == 422 and "No account has" in form.text and form.text.count("alert(7)") >= 2 and born(form.html) == [], (born(form.html), form.text[-3000:])
    form.submit({"what": "register"}, {"name": SELLERS, "key": "HOSTILE2", "referer": "", "user": "", "customer": "", "excluded": ""})
    assert form.status == 200 and "alert(8)" in form.text and born(form.html) == [], (born(form.html), form.text[:1000])


def test_no_cell_of_a_statement_is_a_formula(site, bought, partner):
    seller, cells = bought["seller"], []
    for query in (f"?view=statement&id={partner}&format=csv", "?view=refused&format=csv"):
        seller.ask("GET", PARTNERS + query)
        assert seller.status == 200 and "csv" in seller.answer["content-type"], seller.text[:300]
        cells += [cell for delimiter in ",;" for line in csv.reader(io.StringIO(seller.html), delimiter=delimiter) for cell in line]
    assert any("HYPERLINK" in cell for cell in cells), cells[:40]
    assert [cell for cell in cells if re.match(r"[=+@\t\r]|-[^0-9]", cell)] == []


def test_no_such_text_becomes_markup_or_a_header_of_an_email(site, bought):
    emails = bought["emails"]
    about = [mail for mail in emails if bought["number"] in mail["subject"] + mail["text"]]
    # HTML comes from the plugin, which writes no email with a ticket on PostgreSQL.
    assert site.database == "pgsql" or any(mail["html"] for mail in about)
    assert {"hostile@example.org", "seller@example.org"} <= {mail["to"] for mail in about}, [(mail["to"], mail["subject"]) for mail in emails]
    for mail in emails:
        # The plugin's own email, which trusts the seller's name.
        marks = "7" if mail["subject"].startswith("demo : ") else "78"
        assert Born(mail["html"], marks).found == [], mail
        assert "evil" not in mail["to"] and not {"bcc", "cc"} & set(mail["headers"]) and "\n" not in mail["subject"], mail
        assert len(mail["headers"]) == len(set(mail["headers"])), mail["headers"]
    assert any("alert(7)" in mail["html"] + mail["text"] for mail in about), [mail["text"][:500] for mail in about]
