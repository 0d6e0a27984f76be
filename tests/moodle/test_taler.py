"""GNU Taler on a Moodle: the simulated backend and wallets of tests/peers/taler, guests in Chromium and without a browser, the
seller's pages. Moodle makes the calls itself, with its own client and the visitor's session closed for their time."""

import concurrent.futures
import re
import time

import pytest
from playwright.sync_api import sync_playwright

from shoppers import Shopper, quoted, settings, switch
from drivers import Browser
from installation import ROOT
from scenarios import *
from wallets import SECRET, WEBHOOK, Backend, Library, Wallet, arrives, link_of, to_the_wallet, wait_for

SCREENSHOTS = ROOT / "target/moodle-screenshots"
SETTINGS_PAGE = "/admin/settings.php?section=localsettingshop"
ORDERS = "/local/shopengine/orders.php"
PRODUCTS = "/local/shopengine/products.php"
TOLD = "nothing has been charged, and the new order is closed"


@pytest.fixture(scope="module")
def backend(site):
    switch(site, "on")
    # The simulated backend is on this machine, which Moodle's own client would not call.
    settings(site, "core", curlsecurityblockedhosts="", curlsecurityallowedport="")
    backend = Backend(currency="EUR")
    backend.webhook_wait = 0.05
    settings(site, "local_shop", taler_backend_url=backend.url, taler_access_token=backend.token, taler_webhook_secret=SECRET)
    yield backend
    backend.stop()
    switch(site)


@pytest.fixture
def taler(backend, site):
    """The backend, well-behaved, with the seller's webhooks."""
    for event in ("pay", "refund"):
        backend.instances["default"].webhooks[event] = {
            "webhook_id": event, "event_type": event, "url": site.root + WEBHOOK, "http_method": "POST",
            "header_template": f"X-Shopengine-Secret: {SECRET}", "body_template": '{"order_id":"{{order_id}}"}'}
    backend.webhooks_on, backend.fault, backend.fault_on = True, None, ""
    yield backend
    backend.fault = None


@pytest.fixture
def library(site, rows):
    """Where buyers of Livre are taken: a place of each test's own, so that nobody has been there before."""
    place = Library()
    seller = Shopper(site).log_in("admin", "Admin!23")
    seller.open(PRODUCTS)
    item = str(rows.one("SELECT id FROM {local_shop_catalogitem} WHERE shortname = 'livre'")["id"])
    seller.submit({"what": "save", "id": item}, {"fulfillmenturl": place.url + "/ebook", "fulfillmentmessage": "Bonne lecture !"})
    assert "has been saved" in seller.text
    yield place
    seller.open(PRODUCTS)
    seller.submit({"what": "save", "id": item}, {"fulfillmenturl": "", "fulfillmentmessage": ""})
    place.stop()


@pytest.fixture
def wallet():
    return Wallet("EUR:1000")


@pytest.fixture
def surf(site, request):
    """Opens browsers, each with a profile of its own, which go on as a visitor without one."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"])
        contexts = []

        def surf(visitor, width=1280):
            contexts.append(chromium.new_context(locale="en-GB", viewport={"width": width, "height": 900}, reduced_motion="reduce"))
            contexts[-1].set_default_timeout(30000)
            contexts[-1].add_cookies([{"name": name, "value": value, "url": site.root} for name, value in visitor.cookies.items()])
            browser = Browser(contexts[-1].new_page(), site.root, shots=SCREENSHOTS / f"{request.node.name}-{width}")
            return browser.open(visitor.url)

        yield surf
        for context in contexts:
            context.close()
        chromium.close()


def at_the_till(driver, products="livre=1"):
    """A guest with an order, at the page with the payment link; gives the order's number."""
    follow_link(driver, products, shop=f"shopid={driver.site.facts['shop']}")
    tell_customer(driver)
    place(driver, "taler")
    assert driver.view == "payment" and 'href="taler' in driver.html, driver.text[:600]
    return transid(driver)


def to_customer(driver):
    return driver.open(f"{VIEW}?view=customer&shopid={driver.site.facts['shop']}")


def process(number, poll=False):
    return f"/local/shop/paymodes/taler/process.php?transid={quoted(number)}" + ("&poll=1" if poll else "")


def reference(taler, number):
    """The id of the order's last try at the backend."""
    return [id for id in taler.orders if id.startswith(number.rstrip("="))][-1]


def settlements(rows, number):
    return rows.count("local_shopengine_settlement", "billid IN (SELECT id FROM {local_shop_bill} WHERE transactionid = ?)", number)


def test_the_settings_page_says_what_is_wrong(shopper, rows, site, backend):
    seller = shopper().log_in("admin", "Admin!23")
    try:
        for token, url, said in [("", backend.url, "taler_access_token: This setting is missing."),
                                 (backend.token, "", "taler_backend_url: This setting is missing."),
                                 (backend.token, backend.url + "/instances/default/", "Leave out /instances/default/")]:
            settings(site, "local_shop", taler_access_token=token, taler_backend_url=url)
            seller.open(SETTINGS_PAGE)
            assert seller.status == 200 and "GNU Taler: settings" in seller.text
            assert said in seller.text, said
            # The plugin's page offers what the shop names; nobody's order is placed for what cannot be paid.
            guest, before = shopper(), rows.count("local_shop_bill", "1 = 1")
            follow_link(guest, "monproduit=1", shop=f"shopid={site.facts['shop']}")
            tell_customer(guest)
            place(guest, "taler")
            assert guest.status == 403 and "This means of payment is not offered" in guest.text
            assert rows.count("local_shop_bill", "1 = 1") == before
    finally:
        settings(site, "local_shop", taler_access_token=backend.token, taler_backend_url=backend.url)
    seller.open(SETTINGS_PAGE)
    assert "taler_access_token: This setting is missing." not in seller.text and "taler_backend_url: This" not in seller.text


@pytest.mark.logs("The URL is blocked")
def test_what_the_site_may_not_call_is_not_called(shopper, site, taler):
    settings(site, "core", curlsecurityallowedport="443")
    try:
        asked, guest = len(taler.asked), shopper()
        follow_link(guest, "monproduit=1", shop=f"shopid={site.facts['shop']}")
        tell_customer(guest)
        place(guest, "taler")
        assert guest.status == 503 and "does not answer" in guest.text and len(taler.asked) == asked
    finally:
        settings(site, "core", curlsecurityallowedport="")


def test_a_buyer_pays_with_his_wallet_and_a_second_browser_is_led_to_what_the_wallet_has(shopper, surf, rows, taler, wallet, library):
    taler.webhooks_on = False
    guest = shopper()
    bought = at_the_till(guest)
    first = surf(guest)
    first.shot("till")
    # Link and QR code, read by a decoder that is not ours, are the same.
    purchase = wallet.open(to_the_wallet(first))
    assert rows.bill(bought)["status"] == "PLACED" and purchase.terms["fulfillment_url"] == library.url + "/ebook"
    wallet.confirm(purchase)
    # The page asks by itself.
    arrives(first, library.url + "/ebook")
    wait_for(lambda: rows.bill(bought)["status"] == "COMPLETE")
    assert settlements(rows, bought) == 1 and rows.produced(bought) == 1
    first.open(url_of("produce", bought))
    assert "Bonne lecture !" in first.text and first.page.locator(f'a[href="{library.url}/ebook"]').count() >= 1

    # Somebody else's browser, who may be anybody: he is asked to pay. His telephone's wallet shows that it has paid.
    balance, spent = wallet.balance("EUR"), len(taler.spent)
    somebody = shopper()
    number = at_the_till(somebody)
    second = surf(somebody, 360)
    second.shot("till")
    assert number != bought and second.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert wallet.open(to_the_wallet(second)).state == "repurchase"
    arrives(second, library.url + "/ebook")
    assert (wallet.balance("EUR"), len(taler.spent)) == (balance, spent)
    assert rows.bill(number)["status"] == "CANCELLED"
    assert int(rows.order(number)["boughtbefore"]) == int(rows.bill(bought)["id"])
    assert settlements(rows, number) == 0 and rows.produced(number) == 0
    # The session, which was closed while the backend was asked, has kept what came of it.
    second.open(url_of("produce", number))
    assert TOLD in second.text

    # A third one has no such wallet.
    guest, stranger = shopper(), Wallet("EUR:1000")
    number = at_the_till(guest)
    third = surf(guest)
    assert stranger.pay(to_the_wallet(third)).state == "paid" and len(taler.spent) == spent + 1
    arrives(third, library.url + "/ebook")
    wait_for(lambda: rows.bill(number)["status"] == "COMPLETE")


def test_what_the_session_learns_during_a_call_is_kept(shopper, rows, taler, wallet, library):
    first, second = shopper(), shopper()
    at_the_till(first)
    wallet.pay(link_of(first))
    number = at_the_till(second)
    wallet.open(link_of(second))
    second.ask("GET", process(number, poll=True))
    assert f'"{library.url}/ebook"' in second.html.replace("\\/", "/")
    # Told once, on the next page; and the cart is gone.
    assert TOLD in second.open(url_of("produce", number)).text
    assert TOLD not in second.open(url_of("produce", number)).text
    assert to_customer(second).view == "shop"
    # A known buyer stays logged in.
    jean = shopper().log_in("jean.dupont")
    follow_link(jean, "monproduit=1", shop=f"shopid={jean.site.facts['shop']}")
    if jean.view == "customer":
        tell_customer(jean)
    place(jean, "taler")
    number = transid(jean)
    wallet.pay(link_of(jean))
    jean.open(process(number))
    assert jean.view == "produce" and status_shown(jean) in ("SOLDOUT", "COMPLETE")
    jean.open("/user/profile.php")
    assert jean.status == 200 and "Jean Dupont" in jean.text


def test_while_a_call_is_made_the_visitor_may_go_elsewhere(shopper, rows, taler, library):
    guest = shopper()
    number = at_the_till(guest, "monproduit=1")
    elsewhere = shopper()
    elsewhere.cookies = dict(guest.cookies)
    taler.fault, taler.delay = "slow", 6
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        began = time.monotonic()
        asking = pool.submit(guest.ask, "GET", process(number))
        time.sleep(1.5)
        # What he does there is in his session when the call is over.
        follow_link(elsewhere, "livre=3", shop=f"shopid={elsewhere.site.facts['shop']}")
        if elsewhere.view == "customer":
            tell_customer(elsewhere)
        place(elsewhere, "test")
        took = time.monotonic() - began
        assert elsewhere.status == 200 and not asking.done(), f"he waited {took:.1f} s"
        asking.result()
        assert time.monotonic() - began > 5
    taler.fault = None
    # Both wrote into the session: the order placed meanwhile is the one whose buyer is taken to what he bought.
    pay(elsewhere)
    assert elsewhere.answer["refresh"] == f"5; url={library.url}/ebook"


def test_a_buyer_who_closes_the_browser_is_served_by_the_webhook(shopper, rows, taler, wallet):
    guest = shopper()
    number = at_the_till(guest, "monproduit=1")
    wallet.pay(link_of(guest))
    wait_for(lambda: rows.bill(number)["status"] == "COMPLETE")
    id = reference(taler, number)
    assert [taler.again("pay", id) for _ in range(3)] == [[200]] * 3
    assert settlements(rows, number) == 1 and rows.produced(number) == 1
    without = guest.ask("POST", WEBHOOK, b'{"order_id":"%s"}' % id.encode(), {"Content-Type": "application/json"})
    assert without.status == 403


def test_with_the_backend_away_the_buyer_is_told_and_pays_later(shopper, rows, site, taler, wallet):
    taler.fault = "down"
    guest = shopper()
    follow_link(guest, "monproduit=1", shop=f"shopid={site.facts['shop']}")
    tell_customer(guest)
    place(guest, "taler")
    assert guest.view == "payment" and guest.status == 503 and 'href="taler' not in guest.html
    assert "does not answer" in guest.text and "(code " not in guest.text
    number = rows.one("SELECT transactionid FROM {local_shop_bill} WHERE id = (SELECT MAX(id) FROM {local_shop_bill})")["transactionid"]
    assert rows.bill(number)["status"] == "PLACED"
    taler.fault = None
    guest.open(url_of("payment", number))
    # It goes away again: the wallet pays, the shop cannot hear of it, and asks again by cron.
    purchase = wallet.open(link_of(guest))
    taler.webhooks_on = False
    wallet.confirm(purchase)
    taler.fault = "down"
    guest.open(process(number))
    assert "does not answer" in guest.text and rows.bill(number)["status"] == "PLACED"
    taler.fault = None
    time.sleep(61)
    site.cron("inbox", "outbox")
    assert rows.bill(number)["status"] == "COMPLETE"
    assert settlements(rows, number) == 1 and rows.produced(number) == 1


def test_a_seller_pays_back_and_the_buyer_fetches_it(shopper, surf, rows, taler, wallet):
    guest = shopper()
    number = at_the_till(guest, "monproduit=1")
    wallet.pay(link_of(guest))
    wait_for(lambda: rows.bill(number)["status"] == "COMPLETE")
    id = reference(taler, number)
    order = taler.orders[id]
    seller = shopper().log_in("admin", "Admin!23")
    refund = {"what": "refund", "transid": number}
    seller.open(ORDERS)
    seller.submit(refund, {"amount": "4,50", "reason": "Trop cher"})
    assert "waits for the buyer’s wallet" in seller.text
    assert str(order.sum()) == "EUR:4.5" and order.refunds[0]["reason"] == "Trop cher"
    assert rows.bill(number)["status"] == "COMPLETE"
    # The buyer finds the link on his order's page, and fetches it.
    guest.open(url_of("bill", number))
    link = re.search(r'href="(taler[^"]+)"', guest.html)[1].replace("&amp;", "&")
    assert "://refund/" in link and str(wallet.refund(link)) == "EUR:4.5"
    taler.again("refund", id)
    back = lambda: rows.one("SELECT refunded FROM {local_shopengine_settlement} WHERE reference = ?", id)["refunded"]
    wait_for(lambda: back() == "4.50")
    assert rows.bill(number)["status"] == "COMPLETE"
    # The rest, in a browser; a second press of the form that was drawn before pays nothing more.
    seller.open(ORDERS)
    browser = surf(seller)
    row = browser.page.locator("tr", has_text=number)
    row.locator("summary").click()
    browser.shot("orders")
    browser.press(row.locator('form:has(input[value="refund"])').get_by_role("button"))
    browser.shot("asked")
    assert "waits for the buyer’s wallet" in browser.text
    seller.submit(refund)
    assert order.sum() == order.amount
    wallet.collect(wallet.purchases[-1])
    taler.again("refund", id)
    wait_for(lambda: rows.bill(number)["status"] == "PAYBACK")
    assert rows.produced(number) == 1
