"""Requests that try to reach the plugin's commands around the gate, and many of them at once over few connections."""

import dataclasses
import http.client
import re
import threading
import urllib.parse

from installation import ROOT

SHOP = "/local/shop/"
FORM = "application/x-www-form-urlencoded"
FILES = "multipart/form-data; boundary=boundary"

# The commands of the plugin that change something, by script: names of the routing parameters, views, commands, and what else
# a command needs; {bill} and so on stand for rows of the site.
COMMANDS = [
    ("front/view.php", "view", "what", ["shop"], ["import", "navigate", "clearall", "addunit", "setunits", "deleteunit"],
     "shopid={shop}&id={shop}&REF-FORMATION=1&shortname=formation&quant=2&autodrive=1"),
    ("front/view.php", "view", "what", ["users"], ["navigate", "addparticipant", "addassign"], "shopid={shop}&participant={{}}&product=formation"),
    ("front/view.php", "view", "what", ["customer"], ["navigate", "revalidate"], "shopid={shop}&customerinfo::email=jean.dupont@example.org"
     "&customerinfo::lastname=Dupont&customerinfo::firstname=Jean&customerinfo::city=X&customerinfo::country=FR&customerinfo::address=X"),
    ("front/view.php", "view", "what", ["order"], ["navigate", "agreeeulas"], "shopid={shop}&paymode=freeorder"),
    ("front/view.php", "view", "what", ["payment"], ["place", "navigate"], "shopid={shop}"),
    ("front/view.php", "view", "what", ["produce"], ["confirm", "produce", "navigate"], "shopid={shop}&transid={transid}"),
    ("front/view.php", "view", "what", ["bill", "invoice"], ["navigate"], "shopid={shop}&transid={transid}"),
    ("front/ajax/service.php", "service", "what", ["shop"], ["addunit", "setunits", "clearall"], "id={shop}&shortname=formation&quant=2"),
    ("front/ajax/service.php", "service", "what", ["order"], ["agreeeulas", "reseteulas"], "id={shop}"),
    ("bills/view.php", "view", "what", ["viewBill", "viewAllBills"],
     ["flowchange", "changestate", "release", "ignoretax", "restoretax", "recalculate", "generatecode", "reclettering", "deletebill",
      "deletebillitems", "deleteitems", "relocate", "unattachall", "edit", "edititem"],
     "billid={bill}&status=COMPLETE&idnumber=X&items={item}&billitem[]={item}&relocated={item}&z=1&at=2"),
    ("bills/edit_bill.php", "view", "what", [""], ["add", "edit"], "billid={bill}&status=COMPLETE&_qf__Bill_Form=1"),
    ("customers/view.php", "view", "what", ["viewAllCustomers", "viewCustomer"], ["deletecustomer", "sellout", "unmark"],
     "customerid[]={customer}&billid={bill}"),
    ("customers/edit_customer.php", "view", "what", [""], ["edit"], "customerid={customer}&email=x@example.net"),
    ("index.php", "view", "what", [""], ["deletecatalog"], "catalogid={catalog}"),
    ("export/import.php", "format", "what", ["csv"], ["categories"], ""),
    ("instances/view.php", "view", "what", ["viewAllInstances"], ["delete"], "itemid[]={product}"),
    ("products/view.php", "view", "what", ["viewAllProducts"],
     ["delete", "deleteselection", "unlink", "clone", "toset", "tobundle", "toproduct", "makecopy", "freecopy"],
     "itemid={catalogitem}&itemids[]={catalogitem}"),
    ("products/category/view.php", "view", "what", ["viewAllCategories"], ["delete", "up", "down", "show", "hide"],
     "categoryids[]={category}&categoryid={category}"),
    ("purchasemanager/view.php", "view", "what", ["viewAllProductInstances"], ["delete", "softdelete", "softrestore"],
     "owner=1&productids[]={product}"),
    ("reset.php", "view", "what", [""], ["add"], "shopid={shop}&bills=1&customers=1"),
    ("shipzones/index.php", "view", "what", [""], ["delete", "deletezone", "deleteshipping"], "zoneid=1&shipid[]=1"),
    ("taxes/view.php", "view", "what", ["viewAllTaxes"], ["delete"], "taxid={tax}"),
    ("unittests/index.php", "view", "what", [""], ["test"], ""),
]

TABLE = ROOT / "src/front/gate/table.rs"


def table():
    """The gate's table as it is written: script, names of its two routing parameters, view, command. A script without rows of its own has one
    row without words. The tests compare it with what the gate itself says."""
    source = re.sub(r"//.*", "", TABLE.read_text())
    named = {name: re.findall(r'"([^"]*)"', words) for name, words in re.findall(r"const (\w+): &\[&str\] =\s*&\[([^\]]*)\]", source)}
    shared = {name: rows for name, rows in re.findall(r"const (\w+): &\[Row\] = (.*?);\n", source, flags=re.S)}
    words = r"(&\[[^\]]*\]|[A-Z]+)"
    for entry in re.split(r"^    (?=\w)", source[source.index("const SCRIPTS"):], flags=re.M):
        path = re.search(r'"([\w/.]+\.php)"', entry)
        if path is None:
            continue
        parameters = re.search(r'parameters: \[Some\("(\w+)"\), Some\("(\w+)"\)\]', entry)
        names = parameters.groups() if parameters else ("view", "what")
        rows = re.findall(rf"(?:row|guarded)\(\s*{words},\s*{words},", entry if "row(" in entry else shared["FORM" if "form(" in entry else "SHOWN"])
        for views, commands in rows:
            lists = [named.get(one) or re.findall(r'"([^"]*)"', one) for one in (views, commands)]
            yield from ((path[1], *names, view, command) for view in lists[0] for command in lists[1])


# Inserted in the middle of a word, or around it: percent-encoded, as in an address.
PIECES = ["1", ".", "-", "_", "+", "%20", "%09", "%0A", "%0D", "%00", "%0B", "%0C", "%C2%A0", "%E2%80%8B", "%EF%BB%BF", "%3Cb%3E", "%3Cb%3E%3C/b%3E",
          "%3C!--+x+--%3E", "%3C", "%26amp;", "%2526amp%253B", "%FF", "%C3", "/", "%5C", "%27", "%22", "%26%2349;", "%3C?php+?%3E"]


@dataclasses.dataclass
class Case:
    """A request, and what it stands for."""

    told: str
    target: str
    method: str = "GET"
    body: bytes = b""
    mime: str = FORM
    status: int = 0
    where: str = ""

    def __str__(self):
        body = f" with {self.mime} {self.body[:200]}" if self.body else ""
        return f"{self.told}: {self.method} {self.target}{body} was answered {self.status}"


def words(word):
    """Other spellings of a word, percent-encoded, that some cleaning or other turns into it."""
    first, rest, middle = word[0], word[1:], len(word) // 2
    yield from (f"{word[:middle]}{piece}{word[middle:]}" for piece in PIECES)
    yield from (f"{piece}{word}" for piece in PIECES)
    yield from (f"{word}{piece}" for piece in PIECES)
    yield from (word.upper(), word.capitalize() if word != word.capitalize() else word.lower(), word.swapcase())
    yield f"%26%23{ord(first)};{rest}"
    yield f"%26%23x{ord(first):x};{rest}"
    yield f"%25{ord(first):02x}{rest}"
    yield f"%2525{ord(first):02x}{rest}"
    yield urllib.parse.quote(chr(0xfee0 + ord(first))) + rest
    yield urllib.parse.quote(word.translate(str.maketrans("oeacpisxy", "оеасріѕху"))) if set(word) & set("oeacpisxy") else f"{word}%CC%81"
    yield f"%3Cb%3E{word}%3C/b%3E"
    yield word + "9" * 3000


def shapes(name, word):
    """Other ways of giving a parameter: query and body."""
    yield from ((f"{name}[]={word}", ""), (f"{name}[0]={word}", ""), (f"{name}%5B%5D={word}", ""), (f"{name}[a][b]={word}", ""))
    yield from ((f"{name}={word}&{name}={word}", ""), (f"{name}=x&{name}={word}", ""), (f"{name}={word}&{name}[]={word}", ""))
    yield from ((f"+{name}={word}", ""), (f"%20{name}={word}", ""), (f"{name}%00={word}", ""), (f"{name}%00x={word}", ""))
    yield from ((f"{name}=x", f"{name}={word}"), (f"{name}={word}", f"{name}=x"), (f"{name}=", f"{name}={word}"))
    yield from (("", f"{name}[]={word}"), ("", f"{name}={word}1"), ("", f"{name}=%3Cb%3E{word}"), ("", f"{name}={word}&{name}={word}"))


def commands(facts):
    """Every command exactly: script, names, view, command, the rest of the query."""
    for script, view_name, name, views, names, more in COMMANDS:
        for view in views:
            for command in names:
                yield script, view_name, view, name, command, more.format(**facts)


def exact(facts, more=""):
    """Every command as the plugin's own pages would send it."""
    for script, view_name, view, name, command, rest in commands(facts):
        routed = "&".join(filter(None, (f"{view_name}={view}" if view else "", f"{name}={command}", rest, more)))
        yield Case(f"{script} {view} {command}", f"{SHOP}{script}?{routed}")


def misspelled(facts, sample, more="", start=0):
    """Every command with each of its routing parameters given in another way: one in `sample` of all such requests."""
    count = start
    for script, view_name, view, name, command, rest in commands(facts):
        pairs = [(view_name, view, f"{name}={command}")] if view else []
        pairs.append((name, command, f"{view_name}={view}" if view else ""))
        for parameter, word, other in pairs:
            ways = [(f"{parameter}={raw}", "") for raw in words(word)] + list(shapes(parameter, word))
            for query, body in ways:
                count += 1
                if count % sample:
                    continue
                kept = "&".join(filter(None, (query, other, rest, more)))
                # Half of the spellings travel in the body.
                if not body and count // sample % 2:
                    kept, body = "&".join(filter(None, (other, rest, more))), query
                yield Case(f"{script} {view} {command}", f"{SHOP}{script}?{kept}", "POST" if body else "GET", body.encode())


class Visitor:
    """Sends raw requests as one browser, over one connection that stays open."""

    def __init__(self, shopper, node=None):
        self.root = urllib.parse.urlsplit(shopper.root)
        self.cookies, self.node, self.connection = dict(shopper.cookies), node, None

    def ask(self, case):
        for attempt in (1, 2):
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPConnection(self.root.hostname, self.root.port, timeout=120)
                self.connection.putrequest(case.method, case.target, skip_accept_encoding=True)
                self.connection.putheader("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
                # As from a page of the shop: the gate has to stop the request for another reason.
                self.connection.putheader("Sec-Fetch-Site", "same-origin")
                self.connection.putheader("Referer", f"{self.root.geturl()}/local/shop/front/view.php")
                if self.node:
                    self.connection.putheader("X-Node", self.node)
                if case.body:
                    self.connection.putheader("Content-Type", case.mime)
                if case.body or case.method == "POST":
                    self.connection.putheader("Content-Length", str(len(case.body)))
                self.connection.endheaders(case.body or None)
                answer = self.connection.getresponse()
                text = answer.read().decode(errors="replace")
                case.status, case.where = answer.status, answer.getheader("Location") or ""
                return text
            except (http.client.HTTPException, OSError):
                self.connection = None
                if attempt == 2:
                    raise


def send(sent):
    """Sends the cases of several visitors at once: pairs of a visitor and their cases."""
    failures = []

    def go(visitor, cases):
        try:
            for case in cases:
                visitor.ask(case)
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=go, args=pair) for pair in sent]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures
