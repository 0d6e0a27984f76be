"""The home page of sellers on a Moodle: figures, charts, what waits, the list of orders as a file, the page in the site's administration."""

import csv
import datetime
import io
import re

import pytest

from probe import ORDERS, guest_orders
from shoppers import Shopper, register_partner, switch
from scenarios import *

HOME = "/local/shopengine/home.php"


@pytest.fixture(scope="module", autouse=True)
def taken_over(site):
    switch(site, "on")
    yield
    switch(site)


@pytest.fixture(scope="module")
def partner(site):
    number, _ = register_partner(Shopper(site).log_in("admin", "Admin!23"), site.facts["shop"], "HOMEPAGE", signature=None)
    return number


@pytest.fixture
def sold(site, shopper, rows, partner):
    """A guest's order by cheque, on hold, and one that a partner's buyer paid; how many orders were placed before, and their mode."""
    before = rows.count("local_shopengine_order", "1 = 1")
    _, held = guest_orders(shopper, "livre=1", "check", "home.held@example.net")
    site.sql("UPDATE {local_shopengine_order} SET held = 'paid_twice' WHERE transactionid = ?", held)
    guest = Shopper(site)
    guest.open(f"{VIEW}?shopid={site.facts['shop']}&what=import&monproduit=1&autodrive=1&partner=HOMEPAGE_{before}")
    tell_customer(guest, email="home.paid@example.org")
    place(guest, "test")
    paid = pay(guest)
    yield {"held": held, "paid": paid, "test": int(rows.order(paid)["test"])}
    site.sql("UPDATE {local_shopengine_order} SET held = NULL WHERE transactionid = ?", held)


def address(sold, **fields):
    fields = {"test": sold["test"]} | fields
    return f"{HOME}?{urllib.parse.urlencode(fields)}"


def table(html, group):
    [found] = re.findall(rf'<table[^>]*data-group="{group}".*?</table>', html, re.S)
    rows = []
    for row in re.findall(r"<tr>(.*?)</tr>", found, re.S)[1:]:
        cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)
        rows.append([(" ".join(re.sub(r"<[^>]+>", " ", cell).split()), [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]*)"', cell)])
                     for cell in cells])
    return rows


def test_what_waits_is_first_with_the_reason_and_what_to_do(seller, sold):
    seller.open(address(sold))
    assert seller.status == 200, seller.text[:800]
    waiting, sales = seller.html.index("shopengine-held"), seller.html.index("shopengine-sales")
    assert waiting < sales
    held = re.search(r'<ul class="shopengine-held">.*?</ul>', seller.html, re.S)[0]
    assert sold["held"] in held and "paid more than once" in held and "Pay the second payment, which is on hold, back" in held


def test_the_days_of_the_page_are_those_of_the_list(seller, sold, rows):
    seller.open(address(sold, period="today"))
    [day] = table(seller.html, "day")
    placed, links = day[1]
    seller.open(links[0])
    listed = set(re.findall(r"<code>([A-Z0-9]{18}==)</code>", seller.html))
    assert {sold["held"], sold["paid"]} <= listed and len(listed) >= min(int(placed), 50)
    seller.open(address(sold, period="today"))
    for group, name in (("partner", "Partner HOMEPAGE"), ("product", "Monproduit")):
        [row] = [row for row in table(seller.html, group) if row[0][0].startswith(name)]
        seller.open(row[2][1][0])
        assert sold["paid"] in seller.html and sold["held"] not in seller.html, (group, row)
        seller.open(address(sold, period="today"))
    [funnel] = [row for row in table(seller.html, "funnel") if row[0][0] == "Partner HOMEPAGE"]
    arrived, ordered, paid = (int(text) for text, _ in funnel[1:])
    assert arrived >= ordered >= paid >= 1


def test_moodle_draws_a_chart_of_each_group(seller, sold):
    seller.open(address(sold, period="month"))
    # Moodle's chart API: the place for the canvas, and the script that draws it.
    charts = re.findall(r'class="chart-area"', seller.html)
    assert len(charts) >= 4, seller.text[:800]
    assert "core/chart_builder" in seller.html


def test_the_list_is_kept_as_a_file(seller, sold):
    seller.open(f"{ORDERS}?find={sold['paid'][:18]}")
    [link] = [link for link in seller.document.links if "format=csv" in link]
    seller.open(link)
    assert seller.status == 200 and seller.answer["content-type"].startswith("text/csv")
    [line] = list(csv.DictReader(io.StringIO(seller.body.decode())))
    assert line["order"] == sold["paid"] and line["partner"] == "HOMEPAGE" and line["email"] == "home.paid@example.org"
    assert line["settled"] == line["amount"] and line["time"].startswith(str(datetime.datetime.now(datetime.timezone.utc).date())[:8])


# Moodle logs each page that it refuses for want of a capability.
@pytest.mark.may_log("required_capability_exception")
def test_nobody_but_a_seller_gets_in(site, sold):
    for visitor in (Shopper(site), Shopper(site).log_in("jean.dupont")):
        for page in (HOME, f"{ORDERS}?format=csv"):
            visitor.open(page)
            assert sold["paid"] not in visitor.html and "chart-area" not in visitor.html
            assert "Waiting for you" not in visitor.text


def test_the_page_is_in_the_administration(seller, sold):
    seller.open(address(sold))
    assert "Sales" in seller.text and any("/local/shopengine/home.php" in link for link in seller.document.links)
