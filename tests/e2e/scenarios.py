"""What buyers and sellers do in the shop, step by step. A driver is a `Client` or a `Browser` of drivers.py, so that the
same steps serve every host of the engine."""

import re
import urllib.parse

VIEW = "/local/shop/front/view.php"
BILLS = "/local/shop/bills/view.php"
SCAN = "/local/shop/front/scantrace.php"
IPN = "/local/shop/paymodes/test/test_ipn.php"

JEAN = "jean.dupont@example.org"
ADMIN = "admin@example.org"
NO_ADDRESS = "sans.adresse@example.org"

CAMILLE = {
    "firstname": "Camille", "lastname": "Martin", "address": "3 rue du Port", "zip": "44000", "city": "Nantes",
    "country": "FR", "email": "camille.martin@example.org",
}

CUSTOMER = {"view": "customer", "what": "navigate"}
ORDER = {"view": "order", "what": "navigate"}

# The four buttons of the test interface, by the hidden fields that tell their forms.
WAYS = {
    "at once": {"view": "payment", "what": "navigate", "pay": "1", "delayed": None},
    "announced": {"view": "payment", "what": "navigate", "delayed": "1"},
    "notified": {"transid": True, "finish": None, "view": None},
    "notified and finished": {"finish": "1"},
}
PAY = WAYS["at once"]


def follow_link(driver, products, autodrive=True, partner=None, shop="shopid=1"):
    """A partner's link. `products` is a part of a query string."""
    query = f"{shop}&what=import&{products}"
    query += f"&partner={urllib.parse.quote(partner)}" if partner else ""
    return driver.open(f"{VIEW}?{query}{'&autodrive=1' if autodrive else ''}")


def log_in(driver, email, password="demo"):
    """Logs in on the log-in page where the driver is, or on its way there."""
    if not driver.has_form({"wantsurl": None}) or "/login/" not in driver.url:
        if "/login/" not in driver.url:
            driver.open("/login/index.php")
    form = {"view": None, "wantsurl": wanted(driver)}
    return driver.submit(form, {"username": email, "password": password})


def wanted(driver):
    return re.search(r'name="wantsurl" value="([^"]*)"', driver.html)[1].replace("&amp;", "&")


def tell_customer(driver, press="go", invoice=None, **fields):
    """The customer step, filled in."""
    assert driver.has_form(CUSTOMER), f"not at the customer step but at {driver.url}: {driver.text[:500]}"
    values = {f"customerinfo::{name}": value for name, value in (CAMILLE | fields).items()}
    if invoice:
        # First, for a browser shows the fields only then.
        values = {"usedistinctinvoiceinfo": "1"} | values | {f"invoiceinfo::{name}": value for name, value in invoice.items()}
    return driver.submit(CUSTOMER, values, press)


def place(driver, paymode=None):
    """The order step; comes to the payment page."""
    assert driver.has_form(ORDER), f"not at the order step but at {driver.url}: {driver.text[:500]}"
    return driver.submit(ORDER, {"paymode": paymode} if paymode else {}, "go")


def transid(driver):
    """The transaction id that the page names."""
    return re.search(r"<code>([A-Z0-9]{18}==)</code>", driver.html)[1]


def way(driver, name):
    """The hidden fields of one of the test interface's forms."""
    return {key: transid(driver) if value is True else value for key, value in WAYS[name].items()}


def pay(driver, name="at once"):
    """One of the test interface's buttons, then the page that tells the result."""
    number = transid(driver)
    driver.submit(way(driver, name))
    if driver.view != "produce":
        driver.open(f"{VIEW}?view=produce&transid={urllib.parse.quote(number)}")
    return number


def buy(driver, products="monproduit=1", paymode="test", partner=None, **customer):
    """A guest's purchase up to the payment page; gives the transaction id."""
    follow_link(driver, products, partner=partner)
    tell_customer(driver, **customer)
    place(driver, paymode)
    assert driver.view == "payment", f"not at the payment step but at {driver.url}: {driver.text[:500]}"
    return transid(driver)


def add_participant(driver, firstname, lastname, email):
    return driver.submit({"what": "addparticipant"}, {"firstname": firstname, "lastname": lastname, "email": email})


def assign_seat(driver, email):
    return driver.submit({"what": "addassign"}, {"participantid": email})


def seller_moves(driver, number, status):
    """The seller moves an order in the list of orders."""
    return confirm_move(driver.open(BILLS), number, status)


def confirm_move(driver, number, status):
    """The same from the list that is open: the seller is asked, and says yes."""
    driver.submit({"what": "flowchange", "transid": number}, {"status": status})
    assert driver.has_form({"what": "flowchange", "status": status}), driver.text[:500]
    return driver.submit({"what": "flowchange", "status": status})


def confirm_release(driver, number):
    """The seller has looked at why an order is held, is asked, and says yes."""
    driver.submit({"what": "release", "transid": number})
    return driver.submit({"what": "release"})


def status_shown(driver):
    """The plugin's word for the state of the order that the page shows."""
    return re.search(r"shopengine-status-([A-Z]+)", driver.html)[1]


def url_of(view, number):
    return f"{VIEW}?view={view}&transid={urllib.parse.quote(number)}"
