"""Many buyers at once on two web nodes, with messages sent twice to both, and a node that dies; then what the database says.

    python tests/moodle/pools.py [BUYERS [--kill]]      on the sites of MOODLE_DIR and MOODLE_DATABASES, prints a report
"""

import collections
import concurrent.futures
import decimal
import http.client
import pathlib
import re
import statistics
import sys
import threading
import time
import urllib.parse

from handlers import noting_handler

PEOPLE = pathlib.Path(__file__).with_name("people.php")
VIEW, IPN = "/local/shop/front/view.php", "/local/shop/paymodes/test/test_ipn.php"
PATIENCE = 60


class PatientBuyer:
    """A buyer who presses again when the shop does not answer."""

    def __init__(self, root, number, node=None, email=""):
        self.host, self.number, self.email = urllib.parse.urlsplit(root).netloc, number, email
        self.node, self.cookies, self.again = node, {}, 0
        self.body, self.url = "", ""

    def once(self, method, target, fields=None):
        connection = http.client.HTTPConnection(self.host, timeout=PATIENCE)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), "Connection": "close"}
        if self.node:
            headers["X-Node"] = self.node
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, target, urllib.parse.urlencode(fields) if fields is not None else None, headers)
            answer = connection.getresponse()
            body = answer.read().decode(errors="replace")
            for name, value in answer.getheaders():
                if name.lower() == "set-cookie":
                    key, _, rest = value.partition("=")
                    self.cookies[key] = rest.split(";")[0]
            return answer.status, answer.getheader("Location"), body
        finally:
            connection.close()

    def ask(self, method, target, fields=None):
        """Until the shop answers: a broken connection, 502, 503 or 504 is asked again, of any node."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                status, location, body = self.once(method, target, fields)
                if status not in (502, 503, 504):
                    return status, location, body
                told = f"status {status}"
            except (OSError, http.client.HTTPException) as error:
                told = repr(error)
            assert time.monotonic() < end, f"{method} {target}: {told}"
            self.again, self.node = self.again + 1, None
            time.sleep(0.2)

    def visit(self, method, target, fields=None):
        for _ in range(6):
            status, location, self.body = self.ask(method, target, fields)
            self.url = target
            if location is None:
                break
            parts = urllib.parse.urlsplit(urllib.parse.urljoin(f"http://{self.host}{target}", location))
            method, target, fields = "GET", f"{parts.path}?{parts.query}" if parts.query else parts.path, None
        assert status == 200, f"{method} {target}: {status}: {self.text[:500]}"
        return self

    @property
    def view(self):
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.url).query)).get("view")

    @property
    def text(self):
        return " ".join(re.sub(r"<script.*?</script>|<style.*?</style>|<[^>]*>", " ", self.body, flags=re.S).split())

    def hidden(self, name):
        for tag in re.findall(r"<input[^>]*>", self.body, flags=re.S):
            if f'name="{name}"' in tag and (value := re.search(r'value="([^"]*)"', tag)):
                return value[1]
        return None

    def submit(self, view, **fields):
        """Posts a step's form, as docs/front.md has it."""
        key = self.hidden("sesskey") or re.search(r'"sesskey":"(\w+)"', self.body)[1]
        names = {name.replace("__", "::"): value for name, value in fields.items()}
        return self.visit("POST", VIEW, {"view": view, "what": "navigate", "shopid": "1", "blockid": "0", "sesskey": key} | names)

    def follow(self, products):
        return self.visit("GET", f"{VIEW}?view=shop&what=import&shopid=1&autodrive=1&{products}")

    def tell(self):
        return self.submit("customer", customerinfo__lastname="Martin", customerinfo__firstname="Camille", customerinfo__country="FR",
                           customerinfo__address=f"{self.number} rue du Port", customerinfo__zip="44000", customerinfo__city="Nantes",
                           customerinfo__email=self.email, customerinfo__organisation="", go="1")

    def place(self):
        fields = {"total": total} if (total := self.hidden("total")) else {}
        return self.submit("order", paymode="test", agreeeula="1", go="1", **fields)

    @property
    def transid(self):
        return self.hidden("transid") or dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.url).query)).get("transid")


class Rush:
    """`count` buyers at once on a site. What the shop said yes to is in `placed` ({transid: units}) and `paid`; whose order it is in `emails`; a
    step's seconds in `seconds`. `again` counts what buyers had to ask again, `sent_again` what gateways had to send again."""

    def __init__(self, site, count, at_once=50):
        self.site, self.root, self.rows, self.count, self.at_once = site, site.root, site.rows, count, at_once
        self.placed, self.paid, self.emails, self.errors, self.again, self.sent_again = {}, set(), {}, [], 0, 0
        self.seconds, self.elapsed, self.lock = collections.defaultdict(list), 0.0, threading.Lock()
        self.half = threading.Event()
        # Each run has people of its own: production makes accounts.
        self.name = f"camille{time.time_ns() // 1_000_000}"
        self.first = int(self.rows("SELECT COALESCE(MAX(id), 0) AS id FROM {local_shop_bill}")[0]["id"]) + 1

    def run(self, meanwhile=None):
        """`meanwhile` runs when half of the buyers have their order."""
        began = time.perf_counter()
        with concurrent.futures.ThreadPoolExecutor(self.at_once + 1) as pool:
            other = pool.submit(lambda: (self.half.wait(300), meanwhile())) if meanwhile else None
            for future in [pool.submit(self.buy, number) for number in range(self.count)]:
                try:
                    future.result(300)
                except Exception as error:  # noqa: BLE001 - told in the report
                    self.errors.append(f"{type(error).__name__}: {error}")
            self.half.set()
            if other:
                other.result(60)
        self.elapsed = time.perf_counter() - began
        return self

    def buy(self, number):
        units, email = number % 3 + 1, f"{self.name}.{number}@example.org"
        buyer = PatientBuyer(self.root, number, email=email)
        whole = time.perf_counter()
        self.timed("link", lambda: buyer.follow(f"REF-MONPRODUIT={units}&REF-INSCRIPTION=1"))
        assert buyer.view == "customer", (buyer.url, buyer.text[:500])
        self.timed("customer", buyer.tell)
        self.timed("order", buyer.place)
        transid = buyer.transid
        assert transid, f"no order was placed: {buyer.url}: {buyer.text[:500]}"
        with self.lock:
            self.placed[transid], self.emails[transid] = units, email
            if len(self.placed) * 2 >= self.count:
                self.half.set()
        self.timed("messages", lambda: self.notify(transid))
        self.timed("produce", lambda: buyer.visit("GET", f"{VIEW}?view=produce&shopid=1&transid={urllib.parse.quote(transid)}"))
        with self.lock:
            self.again += buyer.again
            self.seconds["purchase"].append(time.perf_counter() - whole)

    def notify(self, transid):
        """The gateway's message, twice to each node at the same moment, and each again until somebody says yes."""
        def send(node):
            gateway = PatientBuyer(self.root, 0, node)
            status, _, body = gateway.ask("POST", IPN, {"transid": transid, "finish": "1"})
            assert 200 <= status < 300, f"message refused: {status}: {body[:300]}"
            return gateway.again

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            sent = [future.result(120) for future in [pool.submit(send, node) for node in "abab"]]
        with self.lock:
            self.paid.add(transid)
            self.sent_again += sum(sent)

    def timed(self, step, job):
        began = time.perf_counter()
        job()
        with self.lock:
            self.seconds[step].append(time.perf_counter() - began)

    def report(self):
        lines = [f"{len(self.paid)} of {self.count} purchases, {self.at_once} at once, in {self.elapsed:.1f} s: "
                 f"{len(self.paid) / self.elapsed:.1f} purchases/s; {self.again} requests asked again, {self.sent_again} messages sent again; {len(self.errors)} errors"]
        for step in ("link", "customer", "order", "messages", "produce", "purchase"):
            if len(self.seconds[step]) > 1:
                cuts = statistics.quantiles(self.seconds[step], n=20, method="inclusive")
                lines.append(f"  {step:9} p50 {cuts[9] * 1000:6.0f} ms   p95 {cuts[18] * 1000:6.0f} ms")
        return "\n".join([*lines, *sorted(set(self.errors))[:5]])


def sold(site):
    """Puts the rush's product on sale: it opens a course, and its handler notes each production."""
    site.installation.add_handlers(noting_handler(site.folder))
    site.php(PEOPLE, site.folder, "inscription")
    notes(site).write_text("")
    notes(site).chmod(0o666)


def notes(site):
    return site.installation.data / "productions"


def productions(site, what="begin"):
    """How often the production of each order began (or came to its `end`), and on which node: pairs."""
    return [tuple(line.split(" ")[1:]) for line in notes(site).read_text().splitlines() if line.startswith(f"{what} ")]


def kill_producing_node(site, node="a", patience=60):
    """Kills a node while it produces; the orders whose production it began and did not commit."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if len(begun := on(node, productions(site))) > len(on(node, productions(site, "end"))):
            site.web.halt_node(node)
            # What it had given to the database by then is done.
            begun = on(node, productions(site))
            if in_flight := begun - committed(site, begun):
                how = site.web.kill_node(node)
                assert how == -9, f"the node ended by itself: {how}"
                return in_flight
            site.web.continue_node(node)
        time.sleep(0.01)
    raise AssertionError(f"node {node} has produced nothing in {patience} s")


def on(node, pairs):
    return {transid for where, transid in pairs if where == node}


def committed(site, transids):
    """Those of the orders whose products are delivered."""
    done = site.rows("SELECT DISTINCT b.transactionid FROM {local_shop_bill} b JOIN {local_shop_billitem} i ON i.billid = b.id AND i.itemcode = 'REF-INSCRIPTION'"
                     " JOIN {local_shopengine_produced} p ON p.billitemid = i.id AND p.phase = 'postpay' AND p.state = 'done'")
    return transids & {row["transactionid"] for row in done}


def problems(rush):
    """What is wrong with the bills of the run, all of them, and with what their buyers have got."""
    rows, found = rush.rows, []
    bills = {row["transactionid"]: row for row in rows("SELECT id, transactionid, status, idnumber, ordering, amount, paiedamount FROM {local_shop_bill} WHERE id >= ?", rush.first)}
    for column in ("transactionid", "ordering", "idnumber"):
        for row in rows(f"SELECT {column}, COUNT(*) AS n FROM {{local_shop_bill}} WHERE {column} IS NOT NULL GROUP BY {column} HAVING COUNT(*) > 1"):
            if row[column] != "":
                found.append(f"{column} {row[column]} on {row['n']} bills")
    found += [f"{transid}: a bill that no buyer was told of, {bill['status']}" for transid, bill in bills.items() if transid not in rush.placed]
    counts = {}
    for name, statement in {
        "settlements": "SELECT billid, COUNT(*) AS n FROM {local_shopengine_settlement} GROUP BY billid",
        "deliveries asked": "SELECT billid, COUNT(*) AS n FROM {local_shopengine_outbox} WHERE kind = 'deliver' GROUP BY billid",
        "deliveries done": "SELECT billid, COUNT(*) AS n FROM {local_shopengine_outbox} WHERE kind = 'deliver' AND state IN ('done', 'void') GROUP BY billid",
        "settle events": "SELECT billid, COUNT(*) AS n FROM {local_shopengine_history} WHERE event = 'settle' GROUP BY billid",
        "deliver events": "SELECT billid, COUNT(*) AS n FROM {local_shopengine_history} WHERE event = 'deliver' GROUP BY billid",
        "products": "SELECT i.billid, COUNT(*) AS n FROM {local_shop_product} p JOIN {local_shop_billitem} i ON i.id = p.initialbillitemid GROUP BY i.billid",
    }.items():
        counts[name] = {str(row["billid"]): int(row["n"]) for row in rows(statement)}
    items = {str(row["billid"]): int(float(row["n"])) for row in
             rows("SELECT billid, SUM(quantity) AS n FROM {local_shop_billitem} WHERE type = 'BILLING' GROUP BY billid")}
    settled = {str(row["billid"]): row["amount"] for row in rows("SELECT billid, amount FROM {local_shopengine_settlement}")}
    enrolled = collections.Counter(row["email"] for row in rows(
        "SELECT ue.id, u.email FROM {user} u JOIN {user_enrolments} ue ON ue.userid = u.id JOIN {enrol} e ON e.id = ue.enrolid AND e.courseid = ?"
        " WHERE u.deleted = 0 AND u.email LIKE ?", rush.site.facts["course"], f"{rush.name}.%"))
    accounts = collections.Counter(row["email"] for row in rows("SELECT id, email FROM {user} WHERE email LIKE ?", f"{rush.name}.%"))
    for transid, units in rush.placed.items():
        bill = bills.get(transid)
        if bill is None:
            found.append(f"{transid}: acknowledged and lost")
            continue
        number, email = str(bill["id"]), rush.emails[transid]
        if items.get(number) != units + 1:
            found.append(f"{transid}: {items.get(number)} units instead of {units + 1}")
        due = price_of(units)
        if decimal.Decimal(bill["amount"]) != due:
            found.append(f"{transid}: {bill['amount']} billed instead of {due}")
        if transid in rush.paid:
            if bill["status"] != "COMPLETE" or not bill["idnumber"]:
                found.append(f"{transid}: paid, but {bill['status']} with invoice number `{bill['idnumber']}`")
            if decimal.Decimal(settled.get(number, "0")) != due:
                found.append(f"{transid}: {settled.get(number)} settled instead of {due}")
            found += [f"{transid}: {counted.get(number, 0)} {name}" for name, counted in counts.items() if counted.get(number, 0) != 1]
            if (accounts[email], enrolled[email]) != (1, 1):
                found.append(f"{transid}: {accounts[email]} accounts of {email} with {enrolled[email]} enrolments")
    if surplus := set(enrolled) - {rush.emails[transid] for transid in rush.paid}:
        found.append(f"enrolled without a paid order: {sorted(surplus)}")
    found += [f"a task that is {row['state']}: {row['kind']} of bill {row['billid']}: {row['result']}" for row in rows(
        "SELECT billid, kind, state, result FROM {local_shopengine_outbox} WHERE billid >= ? AND state NOT IN ('done', 'void')", rush.first)]
    return found


def price_of(units):
    """What an order of the rush costs: products of 19.99 and a course of 50, each with 20 % of tax."""
    cents = decimal.Decimal("0.01")
    return (decimal.Decimal("19.99") * units * decimal.Decimal("1.2")).quantize(cents, decimal.ROUND_HALF_UP) + decimal.Decimal("60.00")


def settled(rush, patience=240):
    """`problems` when nothing is left to do: what a dead node had leased is offered again after two minutes."""
    end = time.monotonic() + patience
    while rush.rows("SELECT id FROM {local_shopengine_outbox} WHERE billid >= ? AND state IN ('due', 'leased')", rush.first) and time.monotonic() < end:
        rush.site.cron()
        time.sleep(2)
    return problems(rush)


def offered_again(rush):
    """`problems` after each delivery was offered again to both nodes at once, as if nobody had heard that it was done."""
    rush.site.sql("UPDATE {local_shopengine_outbox} SET state = 'due', attempts = 1, timedue = 0 WHERE kind = 'deliver' AND billid >= ?", rush.first)
    messages = [(node, transid) for transid in sorted(rush.paid)[:10] for node in "ab"]
    with concurrent.futures.ThreadPoolExecutor(len(messages)) as pool:
        list(pool.map(lambda pair: PatientBuyer(rush.root, 0, pair[0]).ask("POST", IPN, {"transid": pair[1], "finish": "1"}), messages))
    return settled(rush)


def main(count, kill):
    import itertools

    from conftest import DATABASES, TREES
    from moodle_site import Site
    from shoppers import NAMES
    for tree, database in itertools.product(TREES, DATABASES):
        site = Site(tree, database)
        try:
            site.switch("on", *NAMES)
            sold(site)
            in_flight = set()
            rush = Rush(site, count).run((lambda: in_flight.update(kill_producing_node(site))) if kill else None)
            print(f"Moodle {site.release}, {database}{f', a node killed with {len(in_flight)} orders in production' if kill else ''}: {rush.report()}")
            print("\n".join(settled(rush)) or "  each order settled and delivered once, numbers unique, nothing lost")
        finally:
            site.stop()


if __name__ == "__main__":
    main(int(next((word for word in sys.argv[1:] if word.isdigit()), 50)), "--kill" in sys.argv)
