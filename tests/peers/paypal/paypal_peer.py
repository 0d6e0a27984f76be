"""A PayPal to test against: the page where a buyer pays, notifications, and who vouches for them. Standard library only, and
nothing of the shop's own code: what it understands of a form and what it sends is written from PayPal's documents.

As a program it serves until it is stopped:  python3 paypal_peer.py --port 8099
Settings of the shop for it: `paypal_service_url` http://127.0.0.1:8099/cgi-bin/webscr, `paypal_verify_url` http://127.0.0.1:8099/verify
"""

import argparse
import html
import http.client
import http.server
import itertools
import pathlib
import secrets
import subprocess
import tempfile
import threading
import time
import urllib.parse
from decimal import Decimal

NO_DECIMALS = {"JPY", "HUF", "TWD"}


class FormError(Exception):
    """What PayPal would refuse to show a payment page for."""


class PayPal:
    """The simulated service. Everything it may do wrong is an attribute or an argument."""

    def __init__(self, port=0, sandbox=True, keys=None):
        """`keys`: a folder with paypal.pem, paypal.key and seller.pem, for encrypted forms."""
        self.sandbox, self.keys = sandbox, keys
        self.sent = set()  # bodies that it vouches for
        self.postbacks = []  # bodies that it was asked about, without the command
        self.deliveries = []  # (body, status) of notifications
        self.payments = {}  # by number: what the form said
        self.answer = "truth"  # or html, nothing, error, redirect, slow
        self.notify = True  # send notifications when somebody pays
        self.status = "Completed"
        self.numbers = itertools.count(1)
        self.lock = threading.Lock()
        peer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                peer.get(self)

            def do_POST(self):
                length = int(self.headers.get("Content-Length") or 0)
                peer.post(self, self.rfile.read(length))

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 256

            def handle_error(self, *_):
                """Whoever waited for the slow answer has gone."""

        self.server = Server(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def service_url(self):
        return f"http://127.0.0.1:{self.port}/cgi-bin/webscr"

    @property
    def verify_url(self):
        return f"http://127.0.0.1:{self.port}/verify"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    # The buyer's side.

    def get(self, request):
        self.say(request, 404, "<h1>Not here</h1>")

    def post(self, request, body):
        path = urllib.parse.urlsplit(request.path).path
        if path == "/verify":
            return self.verify(request, body)
        fields = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
        if path == "/cgi-bin/webscr":
            return self.open_page(request, fields)
        if path == "/pay":
            return self.pay(request, fields)
        self.say(request, 404, "<h1>Not here</h1>")

    def open_page(self, request, fields):
        try:
            form = self.opened(fields)
            total = self.total(form)
        except FormError as error:
            return self.say(request, 400, f"<h1>We cannot process this payment</h1><p>{html.escape(str(error))}</p>")
        number = str(next(self.numbers))
        self.payments[number] = form | {"mc_gross": total, "encrypted": fields.get("cmd") == "_s-xclick"}
        items = "".join(f"<li>{html.escape(name)}</li>" for name, *_ in self.items(form))
        self.say(request, 200, f"""<h1>Pay {html.escape(form['business'])}</h1><ul>{items}</ul>
            <p id="total">{total} {html.escape(form['currency_code'])}</p>
            <form method="post" action="/pay"><input type="hidden" name="number" value="{number}"><button name="pay" value="1">Pay now</button></form>
            <p><a id="cancel" href="{html.escape(form['cancel_return'])}">Cancel and return</a></p>""")

    def pay(self, request, fields):
        form = self.payments[fields["number"]]
        body = self.message(form, status=self.status)
        if self.notify:
            threading.Thread(target=self.deliver, args=(form["notify_url"], body), daemon=True).start()
        # rm=1: by GET and without the payment's fields.
        assert form.get("rm") == "1", "the browser would come back with a post"
        request.send_response(302)
        request.send_header("Location", form["return"])
        request.send_header("Content-Length", "0")
        request.end_headers()

    def opened(self, fields):
        """The form's variables; what is encrypted is opened and verified by the openssl command."""
        if fields.get("cmd") != "_s-xclick":
            return fields
        if set(fields) != {"cmd", "encrypted"}:
            raise FormError(f"beside what is encrypted: {sorted(fields)}")
        with tempfile.TemporaryDirectory() as folder:
            sealed, signed = pathlib.Path(folder, "sealed.pem"), pathlib.Path(folder, "signed.der")
            sealed.write_text(fields["encrypted"].replace("\r\n", "\n"))
            keys = pathlib.Path(self.keys)
            openssl("smime", "-decrypt", "-inform", "pem", "-in", sealed, "-recip", keys / "paypal.pem",
                    "-inkey", keys / "paypal.key", "-binary", "-out", signed)
            plain = openssl("smime", "-verify", "-inform", "der", "-in", signed, "-CAfile", keys / "seller.pem",
                            "-purpose", "any", "-binary")
        lines = [line.split("=", 1) for line in plain.decode("utf-8").removesuffix("\n").split("\n")]
        form = dict(lines)
        if len(form) != len(lines) or not form.get("cert_id"):
            raise FormError("a variable twice, or no cert_id")
        return form

    def items(self, form):
        """Items up to the first gap: what comes after one is not read."""
        for number in itertools.count(1):
            if f"item_name_{number}" not in form:
                return
            yield form[f"item_name_{number}"], self.number(form, f"amount_{number}"), int(form.get(f"quantity_{number}", "1"))

    def total(self, form):
        for name in ("business", "currency_code", "item_name_1", "amount_1", "notify_url", "return", "cancel_return", "invoice"):
            if not form.get(name):
                raise FormError(f"{name} is missing")
        if (form.get("cmd"), form.get("upload")) != ("_cart", "1"):
            raise FormError("no uploaded cart")
        for name, most in (("invoice", 127), ("custom", 256), ("notify_url", 255), ("return", 1024), ("cancel_return", 1024)):
            if len(form.get(name, "")) > most:
                raise FormError(f"{name} is too long")
        items = list(self.items(form))
        if any(price <= 0 or quantity < 1 for _, price, quantity in items):
            raise FormError("an item without a price")
        names = {name for name in form if name.startswith("amount_")}
        if len(names) != len(items):
            raise FormError("items after a gap")
        total = sum(price * quantity for _, price, quantity in items)
        discount = self.number(form, "discount_amount_cart", "0")
        if discount and not 0 < discount < total:
            raise FormError("the discount is larger than the items")
        return total - discount + self.number(form, "tax_cart", "0") + self.number(form, "handling_cart", "0")

    @staticmethod
    def number(form, name, default=None):
        text = form.get(name, default)
        decimals = 0 if form["currency_code"] in NO_DECIMALS else 2
        amount = Decimal(text)
        if text != "0" and (not text.replace(".", "", 1).isdigit() or -amount.as_tuple().exponent != decimals):
            raise FormError(f"{name} is no amount of {form['currency_code']}: {text}")
        return amount

    # Notifications.

    def message(self, form, status="Completed", txn=None, charset="windows-1252", record=True, **changes):
        """The body of a notification about a payment; `changes` replace fields, None leaves one out."""
        gross = form["mc_gross"]
        fields = {
            "mc_gross": str(gross), "protection_eligibility": "Eligible", "payer_id": "LPLWNMTBWMFAY", "tax": "0.00",
            "payment_date": "20:12:59 Jan 13, 2026 PST", "payment_status": status, "charset": charset,
            "first_name": form.get("first_name", ""), "mc_fee": "0.88", "notify_version": "3.9", "custom": form.get("custom", ""),
            "payer_status": "verified", "business": form["business"].lower(), "quantity": "1",
            "verify_sign": secrets.token_urlsafe(42), "payer_email": form.get("email", ""),
            "txn_id": txn or form.setdefault("txn_id", secrets.token_hex(9)[:17].upper()),
            "payment_type": "instant", "last_name": form.get("last_name", ""), "receiver_email": form["business"].lower(),
            "payment_fee": "", "receiver_id": "S8XGHLYDW9T3S", "txn_type": "cart", "item_name1": form.get("item_name_1", ""),
            "mc_currency": form["currency_code"], "residence_country": form.get("country", "FR"), "invoice": form["invoice"],
            "payment_gross": "", "ipn_track_id": secrets.token_hex(6),
        }
        if self.sandbox:
            fields["test_ipn"] = "1"
        fields |= changes
        body = urllib.parse.urlencode(
            {name: value for name, value in fields.items() if value is not None},
            encoding={"windows-1252": "cp1252"}.get(charset, charset), errors="replace").encode()
        if record:
            self.sent.add(body)
        return body

    def refund(self, form, amount, status="Refunded", reason="refund", **changes):
        """The body of a notification about money that goes back (or, of a cancelled reversal, comes back)."""
        sign = "" if status == "Canceled_Reversal" else "-"
        return self.message(form, status=status, txn=secrets.token_hex(9)[:17].upper(), mc_gross=f"{sign}{amount}",
                            parent_txn_id=form["txn_id"], reason_code=reason, txn_type=None, payer_status=None, **changes)

    def deliver(self, url, body, tries=1, wait=0.2):
        """Posts a notification, again until it is taken; gives the last status."""
        parts = urllib.parse.urlsplit(url)
        status = 0
        for attempt in range(tries):
            connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
            try:
                connection.request("POST", parts.path, body, {"Content-Type": "application/x-www-form-urlencoded",
                                                              "User-Agent": "PayPal IPN ( https://www.paypal.com/ipn )"})
                answer = connection.getresponse()
                answer.read()
                status = answer.status
            except OSError:
                status = 0
            finally:
                connection.close()
            with self.lock:
                self.deliveries.append((body, status))
            if status == 200:
                break
            time.sleep(wait * 2 ** attempt)
        return status

    def verify(self, request, body):
        command = b"cmd=_notify-validate&"
        asked = body.removeprefix(command)
        with self.lock:
            self.postbacks.append(asked)
        known = body.startswith(command) and asked in self.sent
        if self.answer == "slow":
            time.sleep(30)
        if self.answer == "nothing":
            request.close_connection = True
            return
        if self.answer == "html":
            return self.say(request, 200, "<html><body>VERIFIED? We are down for maintenance.</body></html>")
        if self.answer == "error":
            return self.say(request, 500, "VERIFIED", "text/plain")
        if self.answer == "redirect":
            request.send_response(302)
            request.send_header("Location", f"{self.verify_url}?again")
            request.send_header("Content-Length", "0")
            return request.end_headers()
        self.say(request, 200, "VERIFIED" if known else "INVALID", "text/plain")

    @staticmethod
    def say(request, status, text, kind="text/html"):
        content = text if kind != "text/html" else f'<!DOCTYPE html><html lang="en"><title>PayPal, simulated</title>{text}</html>'
        data = content.encode()
        request.send_response(status)
        request.send_header("Content-Type", f"{kind}; charset=utf-8")
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)


def openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True)
    if done.returncode:
        raise FormError(f"openssl {arguments[1]}: {done.stderr.decode(errors='replace')[-300:]}")
    return done.stdout


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--keys", help="folder with paypal.pem, paypal.key, seller.pem for encrypted forms")
    options = parser.parse_args()
    service = PayPal(options.port, keys=options.keys)
    print(f"PayPal, simulated: {service.service_url} and {service.verify_url}; stop it with Ctrl-C", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        service.stop()
