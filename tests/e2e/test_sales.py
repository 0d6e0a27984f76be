"""A seller's home page: what waits for them, what was sold, and the way from each number into the list of orders, which is exported."""

import csv
import io
import re

import pytest

from scenarios import *

HOME = "/local/shopengine/home.php"
ORDERS = "/local/shopengine/orders.php"


@pytest.fixture
def seller(visitor):
    client = visitor()
    client.open("/login/index.php")
    log_in(client, ADMIN)
    return client


@pytest.fixture(scope="module")
def sold(shop):
    """One order paid through a partner's link, one that only waits, and one on hold: their numbers."""
    from drivers import Client
    guest = Client(shop.root)
    paid = buy(guest, "monproduit=3&ebook=1", partner="ACADEMIE_home1")
    pay(guest)
    due, held = buy(Client(shop.root), "livre=1", "check"), buy(Client(shop.root), "livre=2", "check")
    Client(shop.root).open(f"{VIEW}?what=import&shopid=1&livre=1&partner=ACADEMIE_home2")
    return {"paid": paid, "due": due, "held": held}


@pytest.fixture
def on_hold(db, sold):
    with db.changed("local_shopengine_order", f"transactionid = '{sold['held']}'", held="paid_twice"):
        yield sold["held"]


def table(html, group):
    """Rows of a table of the page: texts of the cells, and the addresses of their links."""
    [found] = re.findall(rf'<table[^>]*data-group="{group}".*?</table>', html, re.S)
    rows = []
    for row in re.findall(r"<tr>(.*?)</tr>", found, re.S)[1:]:
        cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)
        rows.append([(" ".join(re.sub(r"<[^>]+>", " ", cell).split()), [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]*)"', cell)])
                     for cell in cells])
    return rows


def numbers(driver, sold):
    """Which of the orders the list shows."""
    shown = re.findall(r"<code>([A-Z0-9]{18}==)</code>", driver.html)
    return {name for name, number in sold.items() if number in shown}


def test_a_seller_is_shown_what_waits_first_and_what_to_do_about_it(surf, sold, on_hold):
    driver = surf("fr")
    driver.open("/login/index.php")
    log_in(driver, ADMIN)
    driver.open(HOME)
    assert driver.heading == "Ventes"
    titles = driver.page.locator("main h2").all_inner_texts()
    assert titles[0] == "Ce qui vous attend", titles
    held = driver.page.locator(".shopengine-held > li")
    assert held.count() == 1 and on_hold in held.inner_text()
    assert "payée plus d" in held.inner_text() and "Remboursez le second paiement, celui qui est suspendu" in held.inner_text()
    held.get_by_role("link", name="Agir").click()
    assert driver.page.locator("table.shopengine-bills tbody tr").count() == 1 and on_hold in driver.text
    driver.open(HOME)
    driver.shot("home")
    narrow = surf("fr", 375)
    narrow.open("/login/index.php")
    log_in(narrow, ADMIN)
    narrow.open(f"{HOME}?test=1")
    narrow.shot("home-narrow")


def test_numbers_lead_to_the_orders_that_they_count(seller, sold, on_hold):
    seller.open(HOME)
    # The demo is in the test mode: its orders are apart.
    assert "left out: 3" in seller.text and seller.text.count("Nothing on these days") == 4
    seller.open(f"{HOME}?period=today&test=1")
    for group, name, placed, paid in (
        ("day", None, "3", "1"), ("paymode", "Cheque", "2", "0"), ("partner", "Académie partenaire", "1", "1"),
        ("product", "Livre LIVRE", "2", "0"), ("product", "EBook EBOOK", "1", "1"),
    ):
        seller.open(f"{HOME}?period=today&test=1")
        [row] = [row for row in table(seller.html, group) if name in (None, row[0][0])]
        assert (row[1][0], row[2][0]) == (placed, paid), (group, row)
        for text, links in row[1:3]:
            assert bool(links) == (text != "0")
            for link in links:
                seller.open(link)
                assert len(numbers(seller, sold)) == int(text), link
    seller.open(f"{HOME}?period=today&test=1")
    [day] = table(seller.html, "day")
    assert day[3][0] == "1" and day[4][0] == "€80.40" and day[5][0] == "€0.00", day
    seller.open(day[4][1][0])
    assert numbers(seller, sold) == {"paid"}
    seller.open(f"{HOME}?period=today&test=1")
    [academy] = table(seller.html, "funnel")
    assert [text for text, _ in academy] == ["Académie partenaire", "2", "1", "1"]
    seller.open(academy[3][1][0])
    assert numbers(seller, sold) == {"paid"}


def test_the_list_is_kept_as_a_file(seller, sold):
    seller.open(f"{ORDERS}?product=LIVRE&paymode=check&test=1")
    [link] = [link for link in seller.document.links if "format=csv" in link]
    seller.open(link)
    assert seller.status == 200 and seller.answer["content-type"].startswith("text/csv")
    assert re.search(r'attachment; filename="orders-\d{4}-\d\d-\d\d\.csv"', seller.answer["content-disposition"])
    lines = list(csv.DictReader(io.StringIO(seller.body.decode())))
    assert {line["order"] for line in lines} == {sold["due"], sold["held"]}
    assert lines[0]["products"] == "2 x LIVRE" and lines[0]["amount"] == "21.10" and lines[0]["firstname"] == "Camille"


def test_a_filter_that_is_not_understood_is_said_and_lists_nothing(seller, sold):
    for query in ("status=FOO", "partner=abc&format=csv", "test=2"):
        seller.open(f"{ORDERS}?{query}")
        assert seller.status == 200 and "is not understood here" in seller.text and not numbers(seller, sold)


def test_a_page_behind_the_end_leads_back_and_one_page_has_no_navigation(seller, sold, visitor):
    buyer = visitor()
    buyer.open("/login/index.php")
    log_in(buyer, JEAN)
    for client, script in ((seller, ORDERS), (buyer, "/local/shopengine/myorders.php")):
        client.open(f"{script}?page=300")
        assert "There is no order on this page" in client.text and "You have not ordered" not in client.text
        assert any(script in link and "page=" not in link for link in client.document.links)
    seller.open(f"{ORDERS}?find={sold['due'][:18]}")
    assert 'aria-label="Orders"' not in seller.html


def test_an_interface_that_only_the_plugin_knows_is_named_by_its_code(seller, db, sold):
    with db.changed("local_shopengine_order", f"transactionid = '{sold['due']}'", paymode="mercanet2"):
        for page in (f"{HOME}?test=1", f"{ORDERS}?find={sold['due'][:18]}"):
            seller.open(page)
            assert "mercanet2" in seller.text and "Something was not accepted" not in seller.text


def test_a_name_runs_nothing_on_the_page_or_in_the_file(seller, db, sold):
    with db.changed("local_shop_partner", "id = 1", name="<script>document.title = 'gone'</script>"):
        seller.open(f"{HOME}?test=1")
        assert "&lt;script&gt;" in seller.html and "<script>document" not in seller.html
    customer = '{"firstname": "=1+1", "lastname": "@x", "email": "a@example.net"}'
    with db.changed("local_shopengine_order", f"transactionid = '{sold['due']}'", customer=customer):
        seller.open(f"{ORDERS}?format=csv&find={sold['due'][:18]}")
        assert ",'=1+1,'@x," in seller.body.decode()


@pytest.mark.parametrize("page", [HOME, f"{HOME}?test=1", f"{ORDERS}?format=csv"])
def test_nobody_else_is_shown_anything(page, visitor, sold):
    for who in (None, JEAN):
        client = visitor()
        if who:
            client.open("/login/index.php")
            log_in(client, who)
        client.open(page)
        assert client.status == 403 and sold["paid"] not in client.html
        assert not any(link.endswith(HOME) for link in client.open(VIEW).document.links)
