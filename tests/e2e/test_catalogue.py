"""Sets and bundles of the catalogue: ATELIERS is a set of two elements, COFFRET a bundle of two."""

import html

from scenarios import *


def lines(driver):
    """The lines of the page's table: label, units, amount with taxes."""
    rows = re.findall(r'<tr>\s*<th scope="row">(.*?)</th>(.*?)</tr>', driver.html, re.S)
    cells = [(label, re.findall(r"<td[^>]*>(.*?)</td>", rest, re.S)) for label, rest in rows]
    plain = lambda text: " ".join(html.unescape(re.sub("<[^>]*>", " ", text)).split())
    return [(plain(label), plain(cell[1]), plain(cell[-1])) for label, cell in cells]


def test_an_element_of_a_set_is_bought_by_its_code_in_a_link(client, db):
    number = buy(client, "Atelier-Matin=4")
    assert pay(client) == number and status_shown(client) == "COMPLETE"
    assert lines(client) == [("Atelier du matin", "4", "€95.95")]
    assert db.products(number) == 4


def test_an_element_of_a_set_is_bought_on_the_page_below_the_sets_heading(client):
    client.open(f"{VIEW}?view=shop&shopid=1")
    assert client.text.index("Ateliers") < client.text.index("Atelier du matin") < client.text.index("Coffret")
    assert client.has_form({"productname": "ateliersoir"}) and not client.has_form({"productname": "ateliers"})
    client.submit({"productname": "ateliersoir", "what": "addunit"})
    assert "1 × Atelier du soir" in client.text
    # Its own ceiling, as for any product.
    client.submit({"productname": "ateliersoir", "what": "setunits"}, {"quant": "3"})
    assert "2 × Atelier du soir" in client.text and "€63.28" in client.text


def test_a_set_is_not_sold_and_neither_is_a_part_of_a_bundle(client):
    follow_link(client, "ateliers=1&coffretlivre=1&coffret=1", autodrive=False)
    assert "ateliers is a choice of several products" in client.text
    assert "coffretlivre is not sold by itself" in client.text
    assert "1 × Coffret" in client.text


def test_a_bundle_is_bought_at_its_own_price_and_its_elements_are_named(client, visitor, db):
    number = buy(client, "coffret=3")
    pay(client)
    expected = [("Coffret Carnet Livre relié", "3", "€53.96")]
    assert lines(client) == expected
    for page in (url_of("bill", number), url_of("invoice", number), f"/local/shop/front/bill.popup.php?transid={quoted(number)}"):
        client.open(page)
        assert lines(client) == expected, page
    assert db.products(number) == 3


def quoted(text):
    return urllib.parse.quote(text)


def test_orders_and_bills_carry_logo_legal_mentions_and_the_sellers_number(client, visitor):
    number = buy(client, "monproduit=1", "check")
    for page in (url_of("produce", number), url_of("bill", number), url_of("invoice", number),
                 f"/local/shop/front/order.popup.php?transid={quoted(number)}", f"/local/shop/front/bill.popup.php?transid={quoted(number)}"):
        client.open(page)
        assert "Pas d'escompte pour paiement anticipé." in client.text, page
        assert "Company registration RCS Lyon 000 000 000" in client.text, page
        assert re.search(r'<p class="shopengine-logo"><img src="[^"]*/styles/logo.svg" alt="Boutique de démonstration"></p>', client.html), page
    logo = visitor().ask("GET", "/styles/logo.svg")
    assert logo.status == 200 and b"<svg" in logo.body


def test_names_in_two_languages_are_read_in_the_language_of_page_order_and_email(visitor, db, shop):
    with db.changed("local_shop_catalogitem", "id = 2", name="{mlang en}Book{mlang}{mlang fr}Livre{mlang}",
                    description="{mlang en}A book.{mlang}{mlang fr}Un livre.{mlang}"):
        for lang, mine, about in (("en", "Book", "A book."), ("fr", "Livre", "Un livre.")):
            buyer = visitor(lang)
            buyer.open(f"{VIEW}?view=shop&shopid=1&lang={lang}")
            assert f">{mine}</h2>" in buyer.html and about in buyer.text and "mlang" not in buyer.html
            follow_link(buyer, "livre=1")
            tell_customer(buyer)
            place(buyer, "test")
            number = pay(buyer)
            assert lines(buyer)[0][0] == mine
            mails = (shop.folder / "merchant_mail_trace.log").read_text()
            assert f"1 x {mine}:" in mails[mails.index(number):] and "mlang" not in mails
