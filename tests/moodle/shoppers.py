"""Who shops on the Moodle: the storefront's HTTP client, on the plugin's pages."""

import copy
import json
import pathlib
import re
import subprocess
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from drivers import Client  # noqa: E402
from installation import PHP  # noqa: E402
from scenarios import follow_link, tell_customer  # noqa: E402

SWITCH = pathlib.Path(__file__).with_name("switch.php")
TELL = pathlib.Path(__file__).with_name("tell.php")
NAMES = ("import", "cart", "customer", "paymode", "placement", "payment", "production", "endpoints", "bills", "backoffice", "trace")


class Shopper(Client):
    """A visitor of the site. The demo's products have the same names as in the storefront."""

    def __init__(self, site, lang="en"):
        # What browsers send with a link or a form of the shop's own pages.
        super().__init__(site.root, lang, {"Sec-Fetch-Site": "same-origin", "Referer": f"{site.root}/local/shop/front/view.php?view=shop"})
        self.site = site

    def log_in(self, name, password="Demo!2026"):
        self.open("/login/index.php")
        token = re.search(r'name="logintoken" value="([^"]*)"', self.html)[1]
        self.visit("POST", "/login/index.php", {"username": name, "password": password, "logintoken": token})
        assert "loginredirect" not in self.url, self.text[:300]
        return self

    def serve(self, service, what, **fields):
        """What the plugin's own scripts ask the server for; the page stays open. The answer."""
        return copy.copy(self).ask("POST", "/local/shop/front/ajax/service.php", {"service": service, "what": what, "id": self.site.facts["shop"]} | fields)

    @property
    def html(self):
        return self.body.decode(errors="replace")

    @property
    def text(self):
        return self.document.text.replace("\xa0", " ")


def at_order(driver, products, **customer):
    """Comes to the summary by a link, the customer step filled in."""
    follow_link(driver, products, shop=f"shopid={driver.site.facts['shop']}")
    if driver.view == "customer":
        tell_customer(driver, **customer)
    assert driver.view == "order", (driver.url, driver.text[:300])
    return driver


class SecureShopper(Shopper):
    """The same behind a proxy that ends TLS, coming from a page of another site."""

    def __init__(self, site, referer=""):
        super().__init__(site)
        self.headers |= {"X-Forwarded-Proto": "https"} | ({"Referer": referer} if referer else {})

    def ask(self, method, path, body=b"", headers=None):
        return super().ask(method, path.replace("https://", "http://", 1), body, headers)


class Rows:
    """The site's database."""

    def __init__(self, site):
        self.site = site

    def all(self, sql, *values):
        return json.loads(self.site.php(TELL, self.site.folder, sql, *values).splitlines()[-1])

    def run(self, sql, *values):
        """Changes rows behind everybody's back."""
        self.site.sql(sql, *values)

    def one(self, sql, *values):
        [row] = self.all(sql, *values)
        return row

    def bill(self, transid):
        return self.one("SELECT * FROM {local_shop_bill} WHERE transactionid = ?", transid)

    def order(self, transid):
        return self.one("SELECT * FROM {local_shopengine_order} WHERE transactionid = ?", transid)

    def count(self, table, where, *values):
        return int(self.one(f"SELECT COUNT(*) AS number FROM {{{table}}} WHERE {where}", *values)["number"])

    def produced(self, transid):
        """How often the plugin's production ran for a transaction."""
        sent = f"[{transid}] Production Controller : Full production starting"
        return sum(sent in line for line in self.site.traced())

    def products(self, transid):
        return self.count("local_shop_product", "initialbillitemid IN (SELECT i.id FROM {local_shop_billitem} i"
                          " JOIN {local_shop_bill} b ON b.id = i.billid WHERE b.transactionid = ?)", transid)


class QuickRows(Rows):
    """The same by one program that goes on, for many questions."""

    def __init__(self, site):
        super().__init__(site)
        self.program = subprocess.Popen([*PHP, str(TELL), str(site.folder)], cwd=site.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def all(self, sql, *values):
        self.program.stdin.write(json.dumps([sql, values]) + "\n")
        self.program.stdin.flush()
        answer = self.program.stdout.readline()
        assert answer.startswith("["), f"{sql}: {answer}{self.program.poll()}"
        return json.loads(answer)

    def run(self, sql, *values):
        self.all(sql, *values)

    def close(self):
        self.program.stdin.close()
        self.program.wait(10)


def register_partner(admin, shopid, key, **fields):
    """Registers a partner on the page: their row id and secret."""
    admin.open(f"/local/shopengine/partners.php?view=register&shopid={shopid}")
    admin.submit({"what": "register"}, {"name": f"Partner {key}", "key": key} | fields)
    assert admin.status == 200, admin.text[:2000]
    secret = re.search(r'id="shopengine-secret"[^>]*>([0-9a-f]{32})<', admin.html)[1]
    return Rows(admin.site).one("SELECT id FROM {local_shop_partner} WHERE partnerkey = ?", key)["id"], secret


def switch(site, default="off", **modes):
    """Sets all takeovers, at once."""
    site.php(SWITCH, site.folder, *(f"{name}={modes.get(name, default)}" for name in NAMES))


def settings(site, component, **values):
    """Sets settings of a component, at once; `core` is the site's own."""
    site.php(SWITCH, site.folder, *(f"{component}/{name}={value}" for name, value in values.items()))


def quoted(text):
    return urllib.parse.quote(text)
