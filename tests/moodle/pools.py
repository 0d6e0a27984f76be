"""Many buyers at once on two web nodes, with messages sent twice to both, and a node that dies; then what the database says.

    python tests/moodle/pools.py [BUYERS [--kill]]      on the sites of MOODLE_DIR and MOODLE_DATABASES, prints a report
"""

import collections
import concurrent.futures
import http.client
import re
import statistics
import sys
import threading
import time
import urllib.parse

VIEW, IPN = "/local/shop/front/view.php", "/local/shop/paymodes/test/test_ipn.php"
PATIENCE = 60


class PatientBuyer:
    """A buyer who presses again when the shop does not answer."""

    def __init__(self, root, number, node=None):
        self.host, self.number = urllib.parse.urlsplit(root).netloc, number
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
                           customerinfo__email=f"camille.{self.number}@example.org", customerinfo__organisation="", go="1")

    def place(self):
        fields = {"total": total} if (total := self.hidden("total")) else {}
        return self.submit("order", paymode="test", agreeeula="1", go="1", **fields)

    @property
    def transid(self):
        return self.hidden("transid") or dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.url).query)).get("transid")


class Rush:
    """`count` buyers at once. What the shop said yes to is in `placed` ({transid: units}) and `paid`; a step's seconds in `seconds`."""

    def __init__(self, root, count, at_once=50):
        self.root, self.count, self.at_once = root, count, at_once
        self.placed, self.paid, self.errors, self.again = {}, set(), [], 0
        self.seconds, self.elapsed, self.lock = collections.defaultdict(list), 0.0, threading.Lock()
        self.half = threading.Event()

    def run(self, meanwhile=None):
        """`meanwhile` runs when half of the buyers have their order."""
        began = time.perf_counter()
        with concurrent.futures.ThreadPoolExecutor(self.at_once) as pool:
            other = threading.Thread(target=lambda: (self.half.wait(300), meanwhile()), daemon=True) if meanwhile else None
            if other:
                other.start()
            for future in [pool.submit(self.buy, number) for number in range(self.count)]:
                try:
                    future.result(300)
                except Exception as error:  # noqa: BLE001 - told in the report
                    self.errors.append(f"{type(error).__name__}: {error}")
            self.half.set()
            if other:
                other.join(60)
        self.elapsed = time.perf_counter() - began
        return self

    def buy(self, number):
        buyer, units = PatientBuyer(self.root, number), number % 3 + 1
        whole = time.perf_counter()
        self.timed("link", lambda: buyer.follow(f"REF-MONPRODUIT={units}"))
        assert buyer.view == "customer", (buyer.url, buyer.text[:500])
        self.timed("customer", buyer.tell)
        self.timed("order", buyer.place)
        transid = buyer.transid
        assert transid, f"no order was placed: {buyer.url}: {buyer.text[:500]}"
        with self.lock:
            self.placed[transid] = units
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

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for future in [pool.submit(send, node) for node in "abab"]:
                future.result(120)
        with self.lock:
            self.paid.add(transid)

    def timed(self, step, job):
        began = time.perf_counter()
        job()
        with self.lock:
            self.seconds[step].append(time.perf_counter() - began)

    def report(self):
        lines = [f"{len(self.paid)} of {self.count} purchases, {self.at_once} at once, in {self.elapsed:.1f} s: "
                 f"{len(self.paid) / self.elapsed:.1f} purchases/s; {self.again} requests asked again; {len(self.errors)} errors"]
        for step in ("link", "customer", "order", "messages", "produce", "purchase"):
            if len(self.seconds[step]) > 1:
                cuts = statistics.quantiles(self.seconds[step], n=20, method="inclusive")
                lines.append(f"  {step:9} p50 {cuts[9] * 1000:6.0f} ms   p95 {cuts[18] * 1000:6.0f} ms")
        return "\n".join([*lines, *sorted(set(self.errors))[:5]])


def problems(rows, placed, paid):
    """What is wrong with the orders in the database; `rows(statement, *values)` asks it in Moodle's SQL."""
    found = []
    bills = {row["transactionid"]: row for row in rows("SELECT id, transactionid, status, idnumber, ordering FROM {local_shop_bill}")}
    for column in ("transactionid", "ordering", "idnumber"):
        for row in rows(f"SELECT {column}, COUNT(*) AS n FROM {{local_shop_bill}} WHERE {column} IS NOT NULL GROUP BY {column} HAVING COUNT(*) > 1"):
            if row[column] != "":
                found.append(f"{column} {row[column]} on {row['n']} bills")
    counts = {}
    for name, statement in {
        "settlements": "SELECT billid, COUNT(*) AS n FROM {local_shopengine_settlement} GROUP BY billid",
        "deliveries asked": "SELECT billid, COUNT(*) AS n FROM {local_shopengine_outbox} WHERE kind = 'deliver' GROUP BY billid",
        "deliveries done": "SELECT billid, COUNT(*) AS n FROM {local_shopengine_outbox} WHERE kind = 'deliver' AND state = 'done' GROUP BY billid",
        "settle events": "SELECT billid, COUNT(*) AS n FROM {local_shopengine_history} WHERE event = 'settle' GROUP BY billid",
        "deliver events": "SELECT billid, COUNT(*) AS n FROM {local_shopengine_history} WHERE event = 'deliver' GROUP BY billid",
    }.items():
        counts[name] = {str(row["billid"]): int(row["n"]) for row in rows(statement)}
    items = {str(row["billid"]): int(float(row["n"])) for row in
             rows("SELECT billid, SUM(quantity) AS n FROM {local_shop_billitem} WHERE type = 'BILLING' GROUP BY billid")}
    for transid, units in placed.items():
        bill = bills.get(transid)
        if bill is None:
            found.append(f"{transid}: acknowledged and lost")
            continue
        number = str(bill["id"])
        if items.get(number) != units:
            found.append(f"{transid}: {items.get(number)} units instead of {units}")
        if transid in paid:
            if bill["status"] not in ("SOLDOUT", "COMPLETE") or not bill["idnumber"]:
                found.append(f"{transid}: paid, but {bill['status']} with invoice number `{bill['idnumber']}`")
            found += [f"{transid}: {counted.get(number, 0)} {name}" for name, counted in counts.items() if counted.get(number, 0) != 1]
    return found


def produced(lines, transids):
    """How often the plugin's production began for each order, by the trace."""
    began = collections.Counter(line.split("]")[0].lstrip("[") for line in lines if "Production Controller : Full production starting" in line)
    return collections.Counter(began[transid] for transid in transids)


def settled(rows, placed, paid, drain, patience=200):
    """`problems`, asked again until what a dead node had leased is done: a lease runs out after two minutes."""
    end = time.monotonic() + patience
    while (found := problems(rows, placed, paid)) and time.monotonic() < end:
        drain()
        time.sleep(2)
    return found


def main(count, kill):
    import itertools

    from conftest import DATABASES, TREES
    from moodle_site import Site
    from shoppers import NAMES
    for tree, database in itertools.product(TREES, DATABASES):
        site = Site(tree, database)
        try:
            site.switch("on", *NAMES)
            rush = Rush(site.root, count).run((lambda: site.web.kill_node("a")) if kill else None)
            print(f"Moodle {site.release}, {database}{', a node killed half-way' if kill else ''}: {rush.report()}")
            print("\n".join(settled(site.rows, rush.placed, rush.paid, site.cron)) or "  each order settled and delivered once, numbers unique, nothing lost")
        finally:
            site.stop()


if __name__ == "__main__":
    main(int(next((word for word in sys.argv[1:] if word.isdigit()), 50)), "--kill" in sys.argv)
