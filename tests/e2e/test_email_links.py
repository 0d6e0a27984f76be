"""Links in emails: who has the email reads the order in any browser; who has only the address of the order, an old link or a guess does not."""

import re
import urllib.parse

import pytest
from drivers import Client
from scenarios import *

POPUP = "/local/shop/front/order.popup.php"
ENGINE = {"plugin": "local_shopengine"}
UNKNOWN = "There is no order with this number"


def emails(shop, number):
    return [text for text in (shop.folder / "mail.log").read_text().split("----\n") if number in text]


def link_of(email):
    return re.search(r"http://\S+order\.popup\.php\?\S+", email)[0]


@pytest.fixture
def order(client, shop):
    """A guest's cheque order, and the link of the email about it."""
    number = buy(client, paymode="check", email="stranger@example.net")
    client.submit(PAY)
    client.open(url_of("produce", number))
    [email] = emails(shop, number)
    return number, link_of(email)


def answer_of(shop, method, url, body=b""):
    other = Client(shop.root)
    other.ask(method, url, body)
    return other


def test_the_link_of_an_email_opens_in_another_browser_and_leaks_nowhere(order, shop, db, trace):
    number, link = order
    token = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["token"][0]
    before = db.snapshot()
    other = answer_of(shop, "GET", link)
    assert other.status == 200 and number in other.text and "Camille" in other.text
    assert other.answer["referrer-policy"] == "no-referrer" and other.answer["cache-control"] == "no-store"
    # Link previews and mail scanners open it as well.
    assert answer_of(shop, "HEAD", link).status == 200
    assert db.snapshot() == before
    without = answer_of(shop, "GET", link.split("&token=")[0])
    assert without.status == 404 and UNKNOWN in without.text
    assert without.answer["referrer-policy"] == "no-referrer"
    for file in ["merchant_trace.log", "merchant_mail_trace.log", "server.log"]:
        text = (shop.folder / file).read_text(errors="replace")
        if file != "server.log":
            assert number in text and token not in text
    assert token not in str(db.rows("SELECT * FROM local_shopengine_link"))


def test_a_link_opens_one_order_for_reading_and_nothing_else(order, shop, db):
    number, link = order
    token = link.split("&token=")[1]
    another = Client(shop.root)
    other = buy(another, paymode="check", email="another@example.net")
    for view in ["payment", "produce"]:
        answer = answer_of(shop, "GET", f"{url_of(view, number)}&token={token}")
        assert "Camille" not in answer.text, view
    for path in [f"{POPUP}?transid={urllib.parse.quote(other)}&token={token}", link[:-1] + "g"]:
        wrong = answer_of(shop, "GET", path)
        assert wrong.status == 404 and UNKNOWN in wrong.text
    assert answer_of(shop, "POST", link, {"token": token}).status == 404
    posted = answer_of(shop, "POST", url_of("payment", number), {"what": "navigate", "pay": "1", "token": token})
    assert posted.status in (303, 403, 404)
    assert db.order(number)["status"] == "PENDING" and db.order(other)["status"] == "PLACED"


def test_an_expired_link_says_how_to_get_in(order, shop, db):
    number, link = order
    with db.changed("local_shopengine_link", "billid = (SELECT id FROM local_shop_bill WHERE transactionid = '%s')" % number, timeexpires=1):
        for lang, words in [("en", "This link has expired. Log in"), ("fr", "Ce lien a expiré. Connectez-vous")]:
            other = Client(shop.root, lang=lang)
            other.ask("GET", link)
            assert other.status == 410 and words in other.text and "Camille" not in other.text
            assert "login/index.php?wantsurl=" in other.html and link.split("token=")[1] not in re.findall(r'href="([^"]*login[^"]*)"', other.html)[-1]
    assert answer_of(shop, "GET", link).status == 200


def test_a_seller_revokes_the_links_of_an_order(order, shop, visitor):
    number, link = order
    seller = Client(shop.root)
    log_in(seller, ADMIN)
    seller.open(BILLS)
    seller.submit({"what": "revoke", "transid": number})
    assert f"The links in the e-mails about order {number} do not open it any more." in seller.text
    revoked = answer_of(shop, "GET", link)
    assert revoked.status == 410 and "does not open the order any more" in revoked.text
    seller.open(BILLS)
    assert not seller.has_form({"what": "revoke", "transid": number})


def test_links_of_emails_opened_above_the_limit_get_429(order, shop, db):
    _, link = order
    with db.setting("limitemaillinkclient", "1", **ENGINE):
        (shop.folder / "limits.json").unlink(missing_ok=True)
        assert answer_of(shop, "GET", link).status == 200
        refused = answer_of(shop, "GET", link)
        assert refused.status == 429 and refused.answer["referrer-policy"] == "no-referrer"
    (shop.folder / "limits.json").unlink(missing_ok=True)
