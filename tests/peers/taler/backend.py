"""A GNU Taler merchant backend to test against: HTTP around orders.py, webhooks, and everything it may do wrong on request.
Standard library only, and nothing of the shop's own code.

As a program it serves until it is stopped:
    python3 tests/peers/taler/backend.py --port 8098
Settings of the shop for it: backend http://127.0.0.1:8098/, token `secret-token:demo`, currency KUDOS. A wallet for its payment
links is wallet.py beside it. While it runs, POST /control {"fault": "down"} or {"advance": 3600} changes how it behaves.
"""

import argparse
import html
import http.server
import json
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from orders import Clock, Instance, Refusal

FAULTS = ("down", "slow", "error", "garbage", "html", "empty", "endless", "redirect", "currency", "amount", "version")
LONGEST_POLL = 60


class Backend:
    """The service. Attributes may be set at any time; `fault` is one of FAULTS and strikes paths that contain `fault_on`."""

    def __init__(self, port=0, currency="KUDOS", password="demo", instances=("default",), prefix="", version="25:0:13", old_times=False):
        """`instances` share the password; `prefix` is a path before everything, "/merchant"."""
        self.currency, self.password, self.prefix, self.version, self.old_times = currency, password, prefix, version, old_times
        self.clock, self.spent = Clock(), set()
        self.pay_delay = 3600
        self.password_is_token = True  # before protocol v19
        self.claimed_tells_repurchase = True  # or such an order is only said to be claimed, as older backends do
        self.redirects_paid = False  # the page of a paid order leads to its fulfilment URL
        self.paid_status = 200  # of a replay; 204 before v9
        self.fault, self.fault_on, self.delay = None, "", 30
        self.alter = None  # (method, path, status, body) -> (status, body): anything else it may say
        self.asked = []  # (method, path, body, status) of every request
        self.webhooks_on, self.webhook_tries, self.webhook_wait = True, 6, 0.2
        self.deliveries = []  # (event, URL, body, status) of webhooks
        self.changed = threading.Condition(threading.RLock())
        self.stopping = False
        self.port = port
        self.listen()
        self.instances = {name: Instance(self, name, password) for name in instances}

    @property
    def root(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self):
        """Base URL of the default instance."""
        return self.instances["default"].url

    @property
    def token(self):
        return f"secret-token:{self.password}"

    @property
    def orders(self):
        return self.instances["default"].orders

    def listen(self):
        self.server = make_server(self)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def unplug(self):
        """Nobody listens any more; `listen` makes it come back on the same port with all it knew."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)

    def stop(self):
        with self.changed:
            self.stopping = True
            self.changed.notify_all()
        self.unplug()

    # Webhooks.

    def fire(self, instance, event, values):
        """Sends the webhooks of an event, in the background."""
        with self.changed:
            self.changed.notify_all()
        for hook in instance.webhooks.values():
            if hook["event_type"] == event and self.webhooks_on:
                threading.Thread(target=self.deliver, args=(hook, values), daemon=True).start()

    def deliver(self, hook, values, tries=None):
        """One webhook, again with growing delay until it is taken; gives the last status, 0 for none."""
        body = filled(hook.get("body_template") or "", values).encode()
        headers = {"Content-Type": "application/json"}
        for line in filled(hook.get("header_template") or "", values).splitlines():
            name, colon, value = line.partition(":")
            if colon:
                headers[name.strip()] = value.strip()
        status = 0
        for attempt in range(tries or self.webhook_tries):
            request = urllib.request.Request(hook["url"], data=body, method=hook["http_method"], headers=headers)
            status = send(request)[0]
            with self.changed:
                self.deliveries.append((hook["event_type"], hook["url"], body, status))
                self.changed.notify_all()
            if 200 <= status < 300 or self.stopping:
                break
            time.sleep(self.webhook_wait * 2 ** attempt)
        return status

    def again(self, event, order, instance="default", **values):
        """Sends an event's webhooks once more, as a backend does whose first try went astray."""
        merchant = self.instances[instance]
        known = merchant.orders[order]
        values = {"order_id": order, "contract_terms": known.contract or known.terms, "refund_amount": str(known.sum())} | values
        return [self.deliver(hook, values, 1) for hook in list(merchant.webhooks.values()) if hook["event_type"] == event]

    def wait(self, condition, seconds=15):
        """Until a condition of this backend's state holds."""
        end = time.monotonic() + seconds
        with self.changed:
            while not condition():
                assert time.monotonic() < end, "it does not come"
                self.changed.wait(0.1)

    # Requests.

    def answer(self, method, target, headers, body):
        """Status, headers and content of the answer to a request; content is JSON unless it is text."""
        parts = urllib.parse.urlsplit(target)
        query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
        path = parts.path
        if path == "/control":
            return self.control(method, body)
        if not path.startswith(self.prefix + "/"):
            raise Refusal(404, 21, "there is nothing at this address")
        path = path[len(self.prefix) + 1:]
        if path == "instances/default" or path.startswith("instances/default/"):
            rest = path.removeprefix("instances/default").lstrip("/")
            return 308, {"Location": f"{self.prefix}/{rest}" + (f"?{parts.query}" if parts.query else "")}, {}
        name = "default"
        if path.startswith("instances/"):
            _, name, path = (path + "/").split("/", 2)
            path = path.removesuffix("/")
        if name not in self.instances:
            raise Refusal(404, 2000, "instance unknown")
        instance = self.instances[name]
        if path == "config" and method == "GET":
            return 200, {}, {
                "name": "taler-merchant", "version": self.version, "currency": self.currency, "implementation": "urn:net:taler:specs:simulated",
                "currencies": {self.currency: {"name": self.currency, "num_fractional_input_digits": 2, "num_fractional_normal_digits": 2,
                                               "num_fractional_trailing_zero_digits": 2, "alt_unit_names": {"0": self.currency}}},
                "exchanges": []}
        if method == "POST" or method == "PATCH":
            try:
                body = json.loads(body.decode() or "{}")
            except ValueError as error:
                raise Refusal(400, 22, "the body is no JSON") from error
            if not isinstance(body, dict):
                raise Refusal(400, 22, "the body is no JSON object")
        route = [urllib.parse.unquote(part) for part in path.split("/")]
        if route[0] == "private":
            return self.private(instance, method, route[1:], query, headers, body)
        if route[0] == "sessions" and len(route) == 2 and method == "GET":
            status, said = self.poll(query, lambda: instance.session(route[1], query.get("fulfillment_url")), lambda found: found[0] == 200)
            return status, {}, said
        if route[0] == "orders" and len(route) == 2 and method == "GET":
            return self.page(instance, route[1], query, headers)
        if route[0] == "orders" and len(route) == 3 and method == "POST":
            with self.changed:
                action = {"claim": instance.claim, "pay": instance.pay, "paid": instance.replay, "refund": instance.pick_up}.get(route[2])
                if action:
                    said = action(route[1], body)
                    self.changed.notify_all()
                    if route[2] == "refund" and not said["refunds"]:
                        return 204, {}, None
                    if route[2] == "paid" and self.paid_status == 204:
                        return 204, {}, None
                    return 200, {}, said
        raise Refusal(404, 21, "there is nothing at this address")

    def private(self, instance, method, route, query, headers, body):
        if route == ["token"] and method == "POST" and (headers.get("Authorization") or "").startswith("Basic "):
            return 200, {}, instance.new_token(headers.get("Authorization"), body)
        needed = {("POST", "refund"): "refund", ("POST", "orders"): "order", ("DELETE", "orders"): "delete"}
        kind = "refund" if route[-1:] == ["refund"] else route[0] if route else ""
        action = "webhook" if kind == "webhooks" and method != "GET" else needed.get((method, kind))
        instance.authorized(headers.get("Authorization"), action)
        with self.changed:
            if route == ["orders"] and method == "POST":
                return 200, {}, instance.create(body)
            if route == ["orders"] and method == "GET":
                paid = {"yes": True, "no": False}.get(query.get("paid", "").lower())
                return 200, {}, instance.listed(paid)
            if len(route) == 3 and route[0] == "orders" and route[2] == "refund" and method == "POST":
                said = instance.give_back(route[1], body)
                self.changed.notify_all()
                return 200, {}, said
            if len(route) == 2 and route[0] == "orders" and method == "DELETE":
                instance.forget(route[1], query.get("force", "").lower() == "yes")
                return 204, {}, None
            if route[:1] == ["webhooks"]:
                return self.hooks(instance, method, route[1:], body)
        if len(route) == 2 and route[0] == "orders" and method == "GET":
            refunded_too = query.get("allow_refunded_for_repurchase", "").upper() == "YES"
            session = query.get("session_id", "")
            return 200, {}, self.poll(query, lambda: instance.status(route[1], session, refunded_too),
                                      lambda said: said["order_status"] == "paid" or "already_paid_order_id" in said)
        raise Refusal(404, 21, "there is nothing at this address")

    def hooks(self, instance, method, route, body):
        known = instance.webhooks
        if method == "GET" and not route:
            return 200, {}, {"webhooks": [{"webhook_id": name, "event_type": hook["event_type"]} for name, hook in known.items()]}
        if method == "POST" and not route:
            for name in ("webhook_id", "event_type", "url", "http_method"):
                if not isinstance(body.get(name), str):
                    raise Refusal(400, 25, f"{name} is missing")
            if known.get(body["webhook_id"], body) != body:
                raise Refusal(409, 0, "a webhook of this id is another one")
            known[body["webhook_id"]] = body
            return 204, {}, None
        if len(route) == 1 and route[0] in known:
            if method == "GET":
                return 200, {}, known[route[0]]
            if method == "PATCH":
                known[route[0]] |= body
                return 204, {}, None
            if method == "DELETE":
                del known[route[0]]
                return 204, {}, None
        raise Refusal(404, 0, "webhook unknown")

    def poll(self, query, look, done):
        """What `look` gives, at once or (timeout_ms) when it is worth telling."""
        wait = query.get("timeout_ms", "0")
        if not wait.isdigit():
            raise Refusal(400, 26, "timeout_ms")
        end = time.monotonic() + min(int(wait) / 1000, LONGEST_POLL)
        with self.changed:
            while True:
                said = look()
                left = end - time.monotonic()
                if done(said) or left <= 0 or self.stopping:
                    return said
                self.changed.wait(min(left, 1))

    def page(self, instance, id, query, headers):
        """The public page of an order, for browsers and wallets."""
        as_html = "text/html" in (headers.get("Accept") or "")
        session = query.get("session_id", "")
        refunded_too = query.get("allow_refunded_for_repurchase", "").upper() == "YES"

        def look():
            return instance.public(id, query.get("token"), query.get("h_contract"), session, refunded_too)

        def done(found):
            status, said = found
            if status == 200 and query.get("await_refund_obtained", "").lower() == "yes":
                return not said["refund_pending"]
            return status != 402 or "already_paid_order_id" in said

        status, said = self.poll({} if as_html else query, look, done)
        pay = {"Taler": said["taler_pay_uri"]} if status == 402 else {}
        if not as_html:
            return status, pay, said
        if status == 202:
            return 302, {"Location": said["public_reorder_url"]}, ""
        if "already_paid_order_id" in said or (status == 200 and self.redirects_paid and "fulfillment_url" in said):
            return 302, {"Location": said["fulfillment_url"]}, ""
        order = instance.orders[id]
        text = f"<h1>{html.escape(order.terms['summary'])}</h1><p id=amount>{html.escape(order.terms['amount'])}</p>"
        if status == 402:
            uri = html.escape(said["taler_pay_uri"])
            text += f'<p><a id="pay" href="{uri}">Pay with your GNU Taler wallet</a></p><p><code>{uri}</code></p>'
        else:
            text += f"<p>Paid. Refunded: {html.escape(said['refund_amount'])}</p>"
            if "fulfillment_url" in said:
                text += f'<p><a id="fulfillment" href="{html.escape(said["fulfillment_url"])}">To what you bought</a></p>'
        return status, pay, f'<!DOCTYPE html><html lang="en"><title>GNU Taler, simulated</title>{text}</html>'

    def control(self, method, body):
        """For whoever runs it as a program: GET tells, POST {"fault", "fault_on", "advance"} changes."""
        if method == "POST":
            wanted = json.loads(body.decode() or "{}")
            if wanted.get("fault") not in (None, *FAULTS):
                raise Refusal(400, 26, f"fault: one of {', '.join(FAULTS)}")
            self.fault, self.fault_on = wanted.get("fault", self.fault), wanted.get("fault_on", self.fault_on)
            self.clock.advance(wanted.get("advance", 0))
        return 200, {}, {"fault": self.fault, "fault_on": self.fault_on, "now": self.clock.now(), "faults": FAULTS,
                         "instances": {name: {order.id: "paid" if order.paid else "claimed" if order.contract else "unpaid"
                                              for order in instance.orders.values()} for name, instance in self.instances.items()}}

    def wrong(self, method, path, status, said):
        """The answer as the fault or the test wants it."""
        struck = self.fault if self.fault and self.fault_on in path and not path.startswith("/control") else None
        if struck == "currency" and said:
            text = json.dumps(said).replace(f'"{self.currency}:', '"XTS:')
            said = json.loads(text.replace(f'"currency": "{self.currency}"', '"currency": "XTS"'))
        if struck == "version" and isinstance(said, dict) and "version" in said:
            said = said | {"version": "99:0:0"}
        if struck == "amount" and isinstance(said, dict):
            more = re.compile(r'("(?:amount|total_amount|deposit_total)": "[A-Z]+:)(\d+)')
            said = json.loads(more.sub(lambda found: f"{found[1]}{int(found[2]) + 1}", json.dumps(said)))
        if self.alter and not path.startswith("/control"):
            status, said = self.alter(method, path, status, said)
        return status, said


def make_server(backend):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            struck = backend.fault if backend.fault and backend.fault_on in self.path and not self.path.startswith("/control") else None
            if struck == "slow":
                time.sleep(backend.delay)
            if struck == "down":
                self.close_connection = True
                return
            if struck in ("error", "garbage", "html", "empty", "endless", "redirect"):
                return self.say(*{
                    "error": (500, {}, {"code": 52, "hint": "the database is away"}), "garbage": (200, {}, '{"order_status": "paid", "contract_te'),
                    "html": (200, {}, "<h1>We are down for maintenance: paid</h1>"), "empty": (200, {}, ""),
                    "endless": (200, {}, "[" * 20_000_000), "redirect": (302, {"Location": "http://127.0.0.1:9/"}, "")}[struck])
            extra = {}
            try:
                status, extra, said = backend.answer(self.command, self.path, self.headers, body)
            except Refusal as refusal:
                status, said = refusal.status, refusal.body
            status, said = backend.wrong(self.command, self.path, status, said)
            backend.asked.append((self.command, self.path, body, status))
            self.say(status, extra, said)

        do_GET = do_POST = do_PATCH = do_DELETE = handle_any

        def say(self, status, extra, said):
            text = said if isinstance(said, str) else "" if said is None else json.dumps(said)
            data = text.encode()
            self.send_response(status)
            kind = "text/html; charset=utf-8" if isinstance(said, str) and said.startswith("<") else "application/json"
            self.send_header("Content-Type", kind)
            for name, value in extra.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if status != 204:
                self.wfile.write(data)

        def log_message(self, *_):
            pass

    class Server(http.server.ThreadingHTTPServer):
        request_queue_size = 256
        daemon_threads = True
        allow_reuse_address = True

        def handle_error(self, *_):
            """Whoever waited for the answer has gone."""

    return Server(("127.0.0.1", backend.port), Handler)


def send(request, timeout=30):
    """Status and body of an answer; 0 when there is none. Nothing is followed."""
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    try:
        with urllib.request.build_opener(Stay).open(request, timeout=timeout) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 0, b""


def filled(template, values):
    """A Mustache template with plain interpolation: `{{a.b}}`. As in the real one, nothing is escaped for JSON."""
    def value(found):
        at = values
        for part in found[1].split("."):
            at = at.get(part, "") if isinstance(at, dict) else ""
        return json.dumps(at) if isinstance(at, (dict, list)) else str(at)
    return re.sub(r"\{\{\{?\s*([\w.]+)\s*\}?\}\}", value, template)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8098)
    parser.add_argument("--currency", default="KUDOS")
    parser.add_argument("--password", default="demo", help="the token is `secret-token:` and this")
    parser.add_argument("--instance", action="append", default=[], help="an instance beside the default one")
    options = parser.parse_args()
    service = Backend(options.port, options.currency, options.password, ("default", *options.instance))
    print(f"GNU Taler merchant backend, simulated: {service.url} with token {service.token}; stop it with Ctrl-C", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        service.stop()
