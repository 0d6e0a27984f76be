"""What anyone may send: imports, placements and messages are limited by the minute, and emails to strangers contain nothing of the sender."""

from drivers import Client
from scenarios import *

ENGINE = {"plugin": "local_shopengine"}
NOTIFY = "/local/shop/paymodes/test/test_ipn.php"


def next_minute(shop):
    """The counts of the present minute are over."""
    (shop.folder / "limits.json").unlink(missing_ok=True)


def answer_of(client, method, path, fields=b""):
    """Status and Retry-After."""
    client.ask(method, path, fields)
    return client.status, int(client.answer.get("retry-after", 0))


def test_imports_of_a_client_above_the_limit_get_429_and_write_nothing(shop, db):
    link = VIEW + "?shopid=1&what=import&monproduit=1&partner=ACADEMIE_limited"
    arrivals = "SELECT COUNT(*) FROM local_shopengine_ledger WHERE tag = 'limited'"
    with db.setting("limitimportclient", "2", **ENGINE):
        next_minute(shop)
        before = db.value(arrivals)
        assert [answer_of(Client(shop.root), "GET", link)[0] for _ in range(2)] == [303, 303]
        client = Client(shop.root)
        status, wait = answer_of(client, "GET", link)
        assert status == 429 and 1 <= wait <= 60
        assert "Too many requests" in client.text
        assert db.value(arrivals) == before + 2
        # Other pages of the shop stay open.
        assert Client(shop.root).visit("GET", VIEW + "?shopid=1&view=shop").status == 200
        next_minute(shop)
        assert answer_of(client, "GET", link)[0] == 303
    next_minute(shop)


def test_placements_above_the_limit_get_429_and_place_nothing(client, shop, db):
    follow_link(client, "monproduit=1")
    tell_customer(client)
    form = client.hidden(ORDER) | {"paymode": "check", "go": "1"}
    with db.setting("limitplacementclient", "1", **ENGINE):
        next_minute(shop)
        # Nobody knows this buyer: nothing is placed, and it counts.
        other = follow_link(Client(shop.root), "monproduit=1")
        other.ask("POST", VIEW, {"view": "order", "what": "navigate", "sesskey": other.hidden(CUSTOMER)["sesskey"]})
        bills = db.value("SELECT COUNT(*) FROM local_shop_bill")
        status, wait = answer_of(client, "POST", VIEW, form)
        assert status == 429 and wait >= 1
        assert db.value("SELECT COUNT(*) FROM local_shop_bill") == bills
        next_minute(shop)
        assert answer_of(client, "POST", VIEW, form)[0] == 303
        assert db.value("SELECT COUNT(*) FROM local_shop_bill") == bills + 1
    next_minute(shop)


def test_a_flood_shuts_no_buyer_out(client, shop, db):
    follow_link(client, "monproduit=1")
    tell_customer(client)
    form = client.hidden(ORDER) | {"paymode": "check", "go": "1"}
    with db.setting("limitplacementtotal", "1", **ENGINE), db.setting("limitplacementclient", "5", **ENGINE):
        next_minute(shop)
        # Without the session's key nothing would be placed, and nothing is counted.
        for _ in range(8):
            assert answer_of(Client(shop.root), "POST", VIEW, {"view": "order", "what": "navigate", "sesskey": "wrong"})[0] == 403
        # With it the limit of all is reached; the client's own first requests are answered all the same.
        other = follow_link(Client(shop.root), "monproduit=1")
        other.ask("POST", VIEW, {"view": "order", "what": "navigate", "sesskey": other.hidden(CUSTOMER)["sesskey"]})
        assert answer_of(client, "POST", VIEW, form)[0] == 303
    next_minute(shop)


def test_a_message_above_the_limit_gets_503_and_counts_when_it_is_sent_again(client, shop, db):
    number = buy(client, "monproduit=1")
    messages = "SELECT COUNT(*) FROM local_shopengine_inbox"
    with db.setting("limitendpointclient", "1", **ENGINE):
        next_minute(shop)
        Client(shop.root).ask("POST", NOTIFY, {"transid": "nobody"})
        before = db.value(messages)
        status, wait = answer_of(Client(shop.root), "POST", NOTIFY, {"transid": number})
        assert status == 503 and 1 <= wait <= 60
        assert db.value(messages) == before and db.order(number)["status"] == "PLACED"
        next_minute(shop)
        assert answer_of(Client(shop.root), "POST", NOTIFY, {"transid": number})[0] == 200
        assert db.order(number)["status"] in ("SOLDOUT", "COMPLETE")
    next_minute(shop)


def test_an_email_to_an_unconfirmed_address_contains_nothing_of_the_sender(client, shop, db):
    number = buy(client, paymode="check", firstname="Win money at", lastname="spam.example", email="stranger@example.net")
    client.submit(PAY)
    client.open(url_of("produce", number))
    emails = [text for text in (shop.folder / "mail.log").read_text().split("----\n") if number in text]
    assert [email.splitlines()[0] for email in emails] == ["To: stranger@example.net"]
    assert "spam.example" not in emails[0] and "Win money" not in emails[0]
    assert "Hello dear customer," in emails[0]
