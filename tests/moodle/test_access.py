"""Moodle's access checks come before the engine's pages: what require_login() asks on a page of the plugin, the engine's pages ask too."""

import pathlib
import re

import pytest

from shoppers import SWITCH, Rows, Shopper, quoted, settings, switch
from scenarios import *

ACCOUNT = pathlib.Path(__file__).with_name("account.php")
# A page of the plugin that calls require_login(), which no takeover answers.
REFERENCE = "/local/shop/index.php"
BACK_OFFICE = "/local/shop/bills/view.php"

# What the site may ask of a user who is logged in, and where require_login() sends them.
ASKED = {
    "second factor": "/admin/tool/mfa/auth.php",
    "password": "/login/change_password.php",
    "policy": "/user/policy.php",
    "maintenance": None,
}
# The settings that ask, and those that ask no more.
SETTINGS = {
    "second factor": (["factor_email/enabled=1", "factor_email/weight=100", "tool_mfa/factor_order=email", "tool_mfa/enabled=1"],
                      ["tool_mfa/enabled=0", "factor_email/enabled=0"]),
    "policy": (["core/sitepolicy=http://127.0.0.1/policy.html"], ["core/sitepolicy="]),
    "maintenance": (["core/maintenance_enabled=1"], ["core/maintenance_enabled="]),
    "forcelogin": (["core/forcelogin=1"], ["core/forcelogin=0"]),
}

BUYERS_PAGES = {
    "payment": lambda order: url_of("payment", order["transactionid"]),
    "produce": lambda order: url_of("produce", order["transactionid"]),
    "bill": lambda order: url_of("bill", order["transactionid"]),
    "printed order": lambda order: f"/local/shop/front/order.popup.php?transid={urllib.parse.quote(order['transactionid'])}",
    "return": lambda order: f"/local/shop/paymodes/paypal/process.php?transid={urllib.parse.quote(order['transactionid'])}",
    "link": lambda order: f"{VIEW}?what=import&shopid={order['shopid']}&monproduit=1&autodrive=1",
    "cart": lambda order: f"{VIEW}?view=shop&shopid={order['shopid']}",
    "seats": lambda order: f"/local/shop/front/ajax/service.php?service=users&what=addparticipant&id={order['shopid']}",
    "unit": lambda order: f"{VIEW}?view=shop&what=addunit&shopid={order['shopid']}&productname=livre",
    "units": lambda order: f"{VIEW}?view=shop&what=setunits&shopid={order['shopid']}&productname=livre&quant=2",
    "data": lambda order: f"{VIEW}?view=purchaserequ&what=collect&shopid={order['shopid']}",
    "units by script": lambda order: f"/local/shop/front/ajax/service.php?service=shop&what=addunit&productname=livre&id={order['shopid']}",
    "service": lambda order: f"/local/shop/front/ajax/service.php?service=produce&what=produce&id={order['shopid']}",
}
SELLERS_PAGES = {
    "home": lambda order: "/local/shopengine/home.php",
    "orders": lambda order: "/local/shopengine/orders.php",
    "partners": lambda order: "/local/shopengine/partners.php",
    "products": lambda order: "/local/shopengine/products.php",
    "trace": lambda order: f"{SCAN}?transid={urllib.parse.quote(order['transactionid'])}",
    "back office": lambda order: f"{BACK_OFFICE}?view=viewBill&billid={order['id']}",
    "move": lambda order: f"{BACK_OFFICE}?view=viewBill&billid={order['id']}&what=flowchange&status=SOLDOUT",
    "bill": lambda order: url_of("bill", order["transactionid"]),
}

# The email of the second factor tells the visitor's browser, which these have not, and place, which Moodle asks a blocked server for.
second_factor = pytest.mark.complains(r"geoplugin\.net", r'Undefined array key "http_code" in \S+/lib/filelib\.php',
                                      r'Undefined array key "HTTP_USER_AGENT" in \S+/admin/tool/mfa/factor/email/')


@pytest.fixture(scope="module", autouse=True)
def taken_over(site):
    switch(site, "on")
    account(site, "vera", "seller=1")
    yield
    switch(site)


def account(site, name, setting):
    site.php(ACCOUNT, site.folder, name, setting)


@pytest.fixture
def ask(site):
    """The site begins to ask something, of one account or of everybody; afterwards it asks no more."""
    begun = []

    def begin(what, name=None):
        begun.append((what, name))
        if what in SETTINGS:
            site.php(SWITCH, site.folder, *SETTINGS[what][0])
        else:
            account(site, name, f"{what}=1")
    yield begin
    for what, name in begun:
        if what in SETTINGS:
            site.php(SWITCH, site.folder, *SETTINGS[what][1])
        else:
            account(site, name, f"{what}=0")


@pytest.fixture
def asked(shopper, ask):
    """A user who is logged in and of whom the site asks something; `before` runs as long as it does not."""
    def asked(name, what, before=lambda visitor: None):
        visitor = shopper()
        if what == "second factor":
            # A session that is older than the setting needs no second factor: the user logs in afterwards, with the password alone.
            before(visitor)
            ask(what)
            visitor.log_in(name)
        else:
            visitor.log_in(name)
            before(visitor)
            ask(what, name)
        return visitor
    return asked


@pytest.fixture(scope="module")
def orders(site, taken_over):
    """An order that awaits its payment, of Jean, who has an account, and of Camille, who has none."""
    found = {}
    for name in ("jean", "camille"):
        visitor = Shopper(site)
        if name == "jean":
            visitor.log_in("jean.dupont")
        found[name] = Rows(site).bill(ordered(visitor))
    return found


def at_summary(visitor):
    follow_link(visitor, "monproduit=3", shop=f"shopid={visitor.site.facts['shop']}")
    if visitor.view == "customer":
        tell_customer(visitor)
    return visitor.hidden(ORDER) | {"paymode": "check", "go": "1"}


def ordered(visitor):
    at_summary(visitor)
    place(visitor, "check")
    assert visitor.view == "payment", visitor.text[:400]
    return transid(visitor)


def sesskey(visitor):
    return re.search(r'"sesskey":"([^"]*)"', visitor.html)[1]


def path_of(answer):
    location = answer.answer.get("location")
    return urllib.parse.urlsplit(location).path if location else None


def wrong_with(visitor, what):
    """What is wrong with an answer that should be require_login()'s and tell nothing of an order; None if nothing is."""
    told = [word for word in ("Camille", "Nantes", "Dupont", "MonProduit", "Monproduit", "71.96") if word in visitor.text]
    if what == "maintenance":
        same = visitor.status == 503 and visitor.answer.get("retry-after") == "300" and "maintenance" in visitor.text
    else:
        same = visitor.status in (302, 303) and path_of(visitor) == ASKED.get(what, "/login/index.php")
    return None if same and not told else (visitor.status, path_of(visitor), told)


def assert_asked(visitor, what):
    assert wrong_with(visitor, what) is None


def assert_asked_on(pages, order, visitor, what):
    """All pages, so that a failure names each that answers otherwise."""
    answers = {"reference": REFERENCE} | {page: address(order) for page, address in pages.items()}
    # Six requests in a row with the same referer, or with none, are a circle to tool_mfa.
    wrong = {page: wrong_with(visitor.ask("GET", address, headers={"Referer": f"{visitor.root}/{quoted(page)}"}), what)
             for page, address in answers.items()}
    assert not {page: found for page, found in wrong.items() if found}


@second_factor
@pytest.mark.parametrize("what", ASKED)
def test_a_buyer_who_is_logged_in_is_asked_what_require_login_asks(asked, orders, what):
    assert_asked_on(BUYERS_PAGES, orders["jean"], asked("jean.dupont", what), what)


@second_factor
@pytest.mark.parametrize("what", ASKED)
def test_a_seller_is_asked_what_require_login_asks(asked, orders, what):
    assert_asked_on(SELLERS_PAGES, orders["camille"], asked("vera", what), what)


@second_factor
def test_an_administrator_of_the_site_passes_the_second_factor_first(asked, orders, site):
    asked("jean.dupont", "second factor")
    assert_asked_on(SELLERS_PAGES, orders["camille"], Shopper(site).log_in("admin", "Admin!23"), "second factor")


@pytest.mark.parametrize("page", ["bill", "payment", "orders", "trace", "back office"])
def test_a_session_ends_with_its_suspended_account(asked, orders, page):
    """require_login() relies on Moodle to end the sessions of such an account; a row that another system writes ends none."""
    name, address, order = ("jean.dupont", BUYERS_PAGES[page], "jean") if page in BUYERS_PAGES else ("vera", SELLERS_PAGES[page], "camille")
    visitor = asked(name, "suspended")
    visitor.ask("GET", address(orders[order]))
    assert_asked(visitor, "suspended")
    visitor.ask("GET", "/my/")
    assert_asked(visitor, "suspended")


@second_factor
@pytest.mark.parametrize("what", [*ASKED, "suspended"])
def test_no_order_is_placed_before_the_checks(asked, rows, what):
    form = {}
    jean = asked("jean.dupont", what, before=lambda visitor: form.update(at_summary(visitor)))
    if what == "second factor":
        # The log-in began another session, with another key.
        form["sesskey"] = sesskey(jean)
    before = rows.count("local_shop_bill", "1 = 1")
    wrong = wrong_with(jean.ask("POST", VIEW, form), what)
    assert (rows.count("local_shop_bill", "1 = 1") - before, wrong) == (0, None)


@pytest.fixture
def called_first(site):
    """The companion's callback is called before those of other plugins, as where another plugin comes later in Moodle's own order."""
    config, load = site.installation.code / "config.php", "require_once(__DIR__ . '/lib/setup.php');"
    text = config.read_text()
    callbacks = r"['core\hook\after_config' => ['local_shopengine\takeover::after_config' => ['priority' => 1000]]]"
    config.write_text(text.replace(load, f"$CFG->hooks_callback_overrides = {callbacks};\n{load}"))
    yield
    config.write_text(text)


@second_factor
@pytest.mark.usefixtures("called_first")
def test_the_second_factor_is_asked_for_whatever_the_order_of_callbacks(asked, orders):
    jean = asked("jean.dupont", "second factor")
    for page in ("bill", "payment", "link"):
        jean.ask("GET", BUYERS_PAGES[page](orders["jean"]), headers={"Range": "bytes=0-"} if page == "bill" else {})
        assert_asked(jean, "second factor")


@pytest.mark.parametrize("what", ["forcelogin", "maintenance"])
def test_guests_wait_or_log_in_where_the_site_wants_it_and_place_nothing(shopper, ask, orders, rows, what):
    guest, shop = shopper(), orders["camille"]["shopid"]
    guest.ask("GET", BUYERS_PAGES["link"](orders["camille"]))
    # The plugin's own pages would make the visitor a guest of the site, whom require_login() lets pass.
    guest.open("/login/index.php")
    form = {"shopid": shop, "blockid": 0, "sesskey": sesskey(guest), "go": "1"}
    guest.ask("POST", VIEW, form | CUSTOMER | {f"customerinfo::{name}": value for name, value in CAMILLE.items()})
    assert "view=order" in guest.answer["location"]
    before = rows.count("local_shop_bill", "1 = 1")
    ask(what)
    wrong = wrong_with(guest.ask("POST", VIEW, form | ORDER | {"paymode": "check"}), what)
    assert (rows.count("local_shop_bill", "1 = 1") - before, wrong) == (0, None)
    # Who comes back from a gateway is led on to a page that asks.
    pages = {page: address for page, address in BUYERS_PAGES.items() if page != "return"}
    wrong = {page: wrong_with(guest.ask("GET", address(orders["camille"])), what) for page, address in pages.items()}
    assert not {page: found for page, found in wrong.items() if found}


@pytest.mark.parametrize("what", ["second factor", "policy"])
def test_what_is_asked_of_users_is_not_asked_of_guests(shopper, ask, what):
    ask(what)
    assert ordered(shopper())


@second_factor
@pytest.mark.parametrize("what", ["second factor", "password", "policy", "suspended", "forcelogin"])
def test_a_notification_is_taken_whatever_is_asked_of_the_buyer(asked, ask, shopper, rows, what):
    number = []

    def pay_later(visitor):
        at_summary(visitor)
        place(visitor, "test")
        number.append(transid(visitor))
    if what != "forcelogin":
        asked("jean.dupont", what, before=pay_later)
    else:
        pay_later(shopper())
        ask(what)
    answer = shopper().ask("POST", IPN, {"transid": number[0]})
    assert (answer.status, answer.body) == (200, b"OK")
    assert rows.bill(number[0])["status"] in ("SOLDOUT", "COMPLETE")


def test_in_maintenance_mode_a_gateway_is_told_to_come_again(shopper, ask, site, rows):
    guest = shopper()
    at_summary(guest)
    place(guest, "test")
    number = transid(guest)
    ask("maintenance")
    for method, body in (("POST", {"transid": number}), ("GET", b"")):
        gateway = shopper().ask(method, f"{IPN}?transid={urllib.parse.quote(number)}", body)
        assert gateway.status == 503 and int(gateway.answer["retry-after"]) > 0
        assert gateway.answer["content-type"].startswith("text/plain") and "<" not in gateway.html
    assert rows.bill(number)["status"] == "PLACED"
    settings(site, "core", maintenance_enabled="")
    assert shopper().ask("POST", IPN, {"transid": number}).status == 200
    assert rows.bill(number)["status"] in ("SOLDOUT", "COMPLETE")


@pytest.mark.parametrize("name", [None, "jean.dupont"])
def test_the_back_office_writes_nothing_for_who_is_no_seller(shopper, rows, orders, name):
    bill = orders["camille"]["id"]
    # As after an order whose lines could not be completed at once.
    item = rows.one("SELECT id FROM {local_shop_billitem} WHERE billid = ? AND type = 'BILLING'", bill)["id"]
    shopper().site.php(ACCOUNT, shopper().site.folder, item, "incomplete=1")
    visitor = shopper()
    if name:
        visitor.log_in(name)
    visitor.ask("GET", f"{BACK_OFFICE}?view=viewBill&billid={bill}")
    assert not rows.one("SELECT catalogitem FROM {local_shop_billitem} WHERE id = ?", item)["catalogitem"]
    assert visitor.status == 403 if name else path_of(visitor) == "/login/index.php"
    assert "Camille" not in visitor.text
    vera = shopper().log_in("vera")
    vera.ask("GET", f"{BACK_OFFICE}?view=viewBill&billid={bill}")
    assert rows.one("SELECT catalogitem FROM {local_shop_billitem} WHERE id = ?", item)["catalogitem"]


@pytest.mark.parametrize("script", ["check", "rehearse", "repair", "trace"])
def test_a_script_of_the_command_line_is_no_page(shopper, script):
    visitor = shopper()
    visitor.ask("GET", f"/local/shopengine/cli/{script}.php")
    assert "Command line scripts can not be executed from the web interface" in visitor.html and visitor.status != 500
