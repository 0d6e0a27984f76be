"""A product whose handler is the tests' own: it notes who produces, and fails as it is told to. Orders of it, and what waits for them."""

import contextlib
import json
import pathlib
import time

from shoppers import switch
from scenarios import *

HANDLER = pathlib.Path(__file__).with_name("probe_handler.php")
STANDS_FOR = "std_extendenrolperiod"
ORDERS = "/local/shopengine/orders.php"


class Probe:
    """The tests' own handler: what it noted, and how it fails."""

    def __init__(self, site):
        self.site, self.data = site, site.trace.parent

    def fails(self, how=""):
        (self.data / "probe.fault").write_text(how)

    def notes(self, transid):
        path = self.data / "probe.notes"
        notes = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [note for note in notes if note["transid"] == transid]


@contextlib.contextmanager
def probe_on_sale(site):
    """Every takeover on, and a product of the tests' handler, which stands in for one of the plugin's."""
    switch(site, "on")
    handler = site.folder / f"local/shop/datahandling/handlers/{STANDS_FOR}/{STANDS_FOR}.class.php"
    own = handler.read_bytes()
    handler.write_bytes(HANDLER.read_bytes())
    site.sql("INSERT INTO {local_shop_catalogitem} (catalogid, categoryid, userid, code, shortname, name, idnumber, description,"
             " descriptionformat, price1, taxcode, stock, sold, status, onlyforloggedin, quantaddressesusers, requireddata,"
             " maxdeliveryquant, setid, isset, enablehandler, handlerparams)"
             " SELECT catalogid, categoryid, userid, 'REF-PROBE', 'probe', 'Probe', 'REF-PROBE', '', 1, 10, taxcode, 1000, 0, status, 0, 0, '',"
             " 0, 0, 0, ?, '' FROM {local_shop_catalogitem} WHERE shortname = 'livre'", STANDS_FOR)
    probe = Probe(site)
    probe.fails()
    yield probe
    probe.fails()
    site.sql("DELETE FROM {local_shop_catalogitem} WHERE shortname = 'probe'")
    handler.write_bytes(own)
    switch(site)


def guest_orders(shopper, products, paymode, email):
    """A guest's order; an announced one for a cheque."""
    guest = shopper()
    follow_link(guest, products, shop=f"shopid={guest.site.facts['shop']}")
    tell_customer(guest, email=email, lastname=email.split("@")[0])
    place(guest, paymode)
    number = transid(guest)
    if paymode == "check":
        guest.submit({"view": "payment", "what": "navigate", "back": None})
    return guest, number


def jean_orders(shopper, products, paymode="check"):
    jean = shopper().log_in("jean.dupont")
    follow_link(jean, products, shop=f"shopid={jean.site.facts['shop']}")
    place(jean, paymode)
    number = transid(jean)
    if paymode == "check":
        jean.submit({"view": "payment", "what": "navigate", "back": None})
    return jean, number


def move(seller, number, status):
    seller.open(ORDERS)
    confirm_move(seller, number, status)


def due(site):
    """What waits in the outbox is due now."""
    site.sql("UPDATE {local_shopengine_outbox} SET timedue = 0 WHERE state IN ('due', 'leased')")


def settled(rows, number, status, patience=20):
    """The status of a bill, once what follows a page is done."""
    for _ in range(patience * 4):
        if rows.bill(number)["status"] == status:
            break
        time.sleep(0.25)
    return rows.bill(number)["status"]
