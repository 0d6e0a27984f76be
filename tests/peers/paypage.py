"""What simulated payment pages share: a web server on a free port, a page with buttons, notifications that come when the test
says. Signatures and formats are each peer's own; nothing here or there shares code with the engine."""

import html
import http.server
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

CHOICES = ("accept", "refuse", "cancel", "pending", "abandon")


class Refused(Exception):
    """The request for a payment is wrong: what the platform's error page would say."""


class Peer:
    """A payment platform. `timing` is when the notification comes: before the browser goes back, after, twice, never."""

    path = "/pay"

    def __init__(self, host="127.0.0.1"):
        self.timing = "before"
        self.payments = {}
        self.refusals = []
        self.answers = []
        self.host = host
        peer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                self.send_response(204)
                self.end_headers()

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                try:
                    if self.path == "/choose":
                        form = dict(urllib.parse.parse_qsl(body.decode("ascii"), keep_blank_values=True))
                        status, headers, page = peer.choose(form["payment"], form["choice"])
                    else:
                        status, headers, page = 200, {}, peer.offer(body)
                except Refused as refusal:
                    peer.refusals.append(str(refusal))
                    status, headers, page = 400, {}, f"<h1>Request refused</h1><p id=reason>{html.escape(str(refusal))}</p>"
                data = f"<!doctype html><html lang=en><title>Pay</title>{page}</html>".encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(data)))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"http://{self.host}:{self.server.server_port}{self.path}"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)

    def offer(self, body):
        """A request for a payment becomes a page with buttons."""
        payment = self.check(body)
        number = str(len(self.payments) + 1)
        self.payments[number] = payment
        buttons = "".join(f'<button name=choice value={choice}>{choice}</button>' for choice in CHOICES)
        return f"<h1>Pay</h1><form method=post action=/choose><input type=hidden name=payment value={number}>{buttons}</form>"

    def choose(self, number, choice):
        payment = self.payments[number]
        result = self.result(payment, choice)
        if choice == "abandon":
            self.tell(payment, result)
            return 200, {}, "<h1>The buyer closed the window</h1>"
        if self.timing in ("before", "twice"):
            self.tell(payment, result)
        if self.timing == "twice":
            self.tell(payment, result)
        if self.timing == "after":
            threading.Timer(0.7, self.tell, (payment, result)).start()
        return self.send_back(payment, result)

    def tell(self, payment, result):
        """Notifies the shop; what it answers is kept in `answers`."""
        if self.timing != "never":
            self.answers.append(self.post(*self.notification(payment, result)))

    @staticmethod
    def post(url, body, method="POST"):
        """Sends a form as the platform's server does; gives status and body of the answer."""
        if method == "GET":
            request = urllib.request.Request(url + ("&" if "?" in url else "?") + body.decode("ascii"))
        else:
            request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def wait(self, count):
        """Until so many notifications were answered."""
        deadline = time.monotonic() + 20
        while len(self.answers) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(self.answers) >= count, self.answers


def post_back(url, fields):
    """A page that posts the buyer back to the shop."""
    inputs = "".join(f'<input type=hidden name="{html.escape(name)}" value="{html.escape(value)}">' for name, value in fields)
    return 200, {}, f'<h1>Done</h1><form id=back method=post action="{html.escape(url)}">{inputs}<button>Back to the shop</button></form>'
