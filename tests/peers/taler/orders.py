"""What a merchant backend knows and decides: instances, orders, contracts, sessions, refunds, tokens. No HTTP in it.

Written from docs.taler.net/core/merchant and from wallet-core's integration tests of the backend. Where this is stricter than
the real one, it is so to catch a shop's slips: an unknown member of an order is refused."""

import base64
import datetime
import hashlib
import hmac
import json
import re
import secrets
import time
import urllib.parse

from amounts import Amount, AmountError

ORDER_ID = re.compile(r"[A-Za-z0-9.:_-]+", re.ASCII)
ORDER = {
    "amount": str, "summary": str, "summary_i18n": dict, "fulfillment_url": str, "fulfillment_message": str,
    "fulfillment_message_i18n": dict, "order_id": str, "public_reorder_url": str, "products": list, "pay_deadline": dict,
    "refund_deadline": dict, "wire_transfer_deadline": dict, "auto_refund": dict, "delivery_date": dict, "delivery_location": dict,
    "minimum_age": int, "extra": dict, "max_fee": str, "timestamp": dict, "merchant_base_url": str,
}
PRODUCT = {"product_id", "product_name", "description", "description_i18n", "quantity", "unit", "price", "image", "taxes",
           "delivery_date", "unit_quantity", "product_money_pot"}
REQUEST = {"order", "refund_delay", "payment_target", "session_id", "inventory_products", "lock_uuids", "create_token", "otp_id"}
# What a token's scope allows beside reading (docs, post-private-token).
SCOPES = {
    "readonly": set(), "order-simple": {"order"}, "order-pos": {"order", "lock"}, "order-mgmt": {"order", "refund"},
    "order-full": {"order", "refund", "delete"}, "write": {"order", "refund", "delete", "webhook"},
    "all": {"order", "refund", "delete", "webhook", "token"},
}
HOUR, DAY = 3600, 86400


class Refusal(Exception):
    """An answer that is not a success: HTTP status, GNU Taler's error code, a hint; `extra` is added to the body."""

    def __init__(self, status, code, hint, **extra):
        super().__init__(hint)
        self.status, self.body = status, {"code": code, "hint": hint} | extra


class Clock:
    """Seconds since 1970, as the tests move them."""

    def __init__(self):
        self.offset = 0

    def now(self):
        return int(time.time() + self.offset)

    def advance(self, seconds):
        self.offset += seconds


def crockford(data):
    """Base32 in Crockford's alphabet, as all of GNU Taler's binary values."""
    text = base64.b32encode(data).decode().rstrip("=")
    return text.translate(str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ"))


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class Order:
    """One order and, once claimed, its contract. `session` is the last one that a wallet proved its payment for."""

    def __init__(self, id, terms, token, request):
        self.id, self.terms, self.token, self.request = id, terms, token, request
        self.nonce = self.contract = None
        self.paid = False
        self.session = ""
        self.paid_at = None
        self.coins = {}
        self.refunds = []  # {reason, amount, timestamp, picked}

    @property
    def amount(self):
        return Amount.parse(self.terms["amount"])

    @property
    def hash(self):
        return crockford(hashlib.sha512(canonical(self.contract)).digest()) if self.contract else None

    def sum(self, picked=None):
        total = Amount.zero(self.amount.currency)
        for refund in self.refunds:
            if picked is None or refund["picked"] == picked:
                total += refund["amount"]
        return total

    def paid_for(self, session):
        """Paid, and for this browser session where one is named."""
        return self.paid and (not session or session == self.session)


class Instance:
    """A merchant of the backend."""

    def __init__(self, backend, name, secret):
        self.backend, self.name, self.secret = backend, name, secret
        self.orders, self.webhooks, self.stock, self.tokens = {}, {}, {}, {}
        self.key = secrets.token_bytes(32)

    @property
    def path(self):
        return self.backend.prefix + ("/" if self.name == "default" else f"/instances/{self.name}/")

    @property
    def url(self):
        return self.backend.root + self.path

    # Times, as old and new clients write them.

    def stamp(self, seconds):
        if seconds == "never":
            return {"t_s": "never"} | ({"t_ms": "never"} if self.backend.old_times else {})
        return {"t_s": seconds} | ({"t_ms": seconds * 1000} if self.backend.old_times else {})

    @staticmethod
    def seconds(value, name):
        """A timestamp in seconds, or "never"."""
        for key, unit in (("t_s", 1), ("t_ms", 1000)):
            found = value.get(key) if isinstance(value, dict) else None
            if found == "never":
                return "never"
            if isinstance(found, int) and not isinstance(found, bool) and found >= 0:
                return found // unit
        raise Refusal(400, 26, f"{name} is no timestamp")

    @staticmethod
    def duration(value, name):
        for key, unit in (("d_us", 10 ** 6), ("d_ms", 1000)):
            found = value.get(key) if isinstance(value, dict) else None
            if found == "forever":
                return 100 * 365 * DAY
            if isinstance(found, int) and not isinstance(found, bool) and found >= 0:
                return found // unit
        raise Refusal(400, 26, f"{name} is no duration")

    # Who asks.

    def authorized(self, header, action=None):
        given = (header or "").removeprefix("Bearer ")
        if not (header or "").startswith("Bearer ") or not given:
            raise Refusal(401, 40, "no bearer token")
        if self.backend.password_is_token and hmac.compare_digest(given.encode(), f"secret-token:{self.secret}".encode()):
            return
        scope, expires = self.tokens.get(given, (None, 0))
        if scope is None or expires < self.backend.clock.now():
            raise Refusal(401, 40, "the token is unknown or expired")
        if action and action not in SCOPES[scope]:
            raise Refusal(403, 44, f"a token of scope {scope} is not enough")

    def new_token(self, header, body):
        expected = "Basic " + base64.b64encode(f"{self.name}:{self.secret}".encode()).decode()
        if not hmac.compare_digest((header or "").encode(), expected.encode()):
            raise Refusal(401, 40, "instance and password do not fit")
        scope = str(body.get("scope", ""))
        scope, refreshable = scope.removesuffix(":refreshable"), scope.endswith(":refreshable")
        if scope not in SCOPES:
            raise Refusal(400, 26, "scope")
        lasts = self.duration(body["duration"], "duration") if "duration" in body else DAY
        token, expires = "secret-token:" + crockford(secrets.token_bytes(32)), self.backend.clock.now() + lasts
        self.tokens[token] = (scope, expires)
        return {"access_token": token, "token": token, "scope": scope, "refreshable": refreshable, "expiration": self.stamp(expires)}

    # Orders, the merchant's side.

    def create(self, body):
        order = body.get("order")
        if not isinstance(order, dict):
            raise Refusal(400, 2502, "order is missing")
        unknown = sorted((set(body) - REQUEST) | (set(order) - set(ORDER)))
        if unknown:
            raise Refusal(400, 2502, f"not a member of an order: {', '.join(unknown)}")
        for name, kind in ORDER.items():
            if name in order and (not isinstance(order[name], kind) or isinstance(order[name], bool)):
                raise Refusal(400, 2502, f"{name} is not of its type")
        now = self.backend.clock.now()
        amount = self.amount(order.get("amount"))
        if not order.get("summary"):
            raise Refusal(400, 25, "summary is missing")
        url, message = order.get("fulfillment_url"), order.get("fulfillment_message")
        if url is None and message is None:
            raise Refusal(400, 2502, "neither fulfillment_url nor fulfillment_message")
        for name in ("fulfillment_url", "public_reorder_url"):
            if name in order and not order[name].startswith(("http://", "https://")):
                raise Refusal(400, 26, f"{name} is not of the web")
        for product in order.get("products", []):
            if not isinstance(product, dict) or set(product) - PRODUCT or not isinstance(product.get("description"), str):
                raise Refusal(400, 2502, "products")
            if "price" in product:
                self.amount(product["price"])
        id = order.get("order_id") or f"{datetime.date.today():%Y.%j}-{crockford(secrets.token_bytes(8))}"
        if not ORDER_ID.fullmatch(id):
            raise Refusal(400, 26, "order_id")
        known = self.orders.get(id)
        if known:
            if known.request != canonical(body):
                raise Refusal(409, 2503, "an order of this id has other contents")
            return self.created(known)
        pay = self.seconds(order["pay_deadline"], "pay_deadline") if "pay_deadline" in order else now + self.backend.pay_delay
        if pay != "never" and pay < now:
            raise Refusal(400, 26, "pay_deadline is past")
        refund = now
        if "refund_deadline" in order:
            refund = self.seconds(order["refund_deadline"], "refund_deadline")
        elif "refund_delay" in body:
            refund = now + self.duration(body["refund_delay"], "refund_delay")
        self.reserve(body.get("inventory_products", []))
        terms = {name: value for name, value in order.items() if not name.endswith("_deadline")} | {
            "order_id": id, "amount": str(amount), "timestamp": self.stamp(now), "pay_deadline": self.stamp(pay),
            "refund_deadline": self.stamp(refund), "wire_transfer_deadline": self.stamp(now + 7 * DAY),
            "merchant_base_url": self.url, "merchant": {"name": self.name}, "merchant_pub": crockford(hashlib.sha256(self.key).digest()),
            "h_wire": crockford(hashlib.sha512(self.name.encode()).digest()), "wire_method": "x-taler-bank", "max_fee": f"{amount.currency}:1",
            "exchanges": [{"url": "https://exchange.example/", "priority": 1, "master_pub": crockford(bytes(32))}],
            "products": order.get("products", []),
        }
        if url is not None:
            terms["fulfillment_url"] = url.replace("${ORDER_ID}", id)
        token = None if body.get("create_token") is False else crockford(secrets.token_bytes(16))
        self.orders[id] = Order(id, terms, token, canonical(body))
        self.backend.fire(self, "order_created", {"order_id": id, "contract_terms": terms})
        return self.created(self.orders[id])

    def created(self, order):
        return {"order_id": order.id, "pay_deadline": order.terms["pay_deadline"]} | ({"token": order.token} if order.token else {})

    def amount(self, text, code=26):
        try:
            amount = Amount.parse(text)
        except AmountError as error:
            raise Refusal(400, code, str(error)) from error
        if amount.currency != self.backend.currency:
            raise Refusal(400, 30, f"the currency here is {self.backend.currency}")
        return amount

    def reserve(self, wanted):
        for line in wanted:
            name, quantity = line.get("product_id"), line.get("quantity")
            if name not in self.stock:
                raise Refusal(404, 2006, "product unknown", product_id=name)
            if not isinstance(quantity, int) or quantity < 1:
                raise Refusal(400, 26, "quantity")
            if quantity > self.stock[name]:
                raise Refusal(410, 0, "out of stock", product_id=name, requested_quantity=quantity,
                              available_quantity=self.stock[name], restock_expected=self.stamp("never"))
        for line in wanted:
            self.stock[line["product_id"]] -= line["quantity"]

    def order(self, id):
        if id not in self.orders:
            raise Refusal(404, 2005, "order unknown")
        return self.orders[id]

    def repurchased(self, order, session, refunded_too=False):
        """Another order, paid for this session, of the same fulfilment URL."""
        url = order.terms.get("fulfillment_url")
        if not session or not url:
            return None
        for other in self.orders.values():
            if other is not order and other.paid and other.session == session and other.terms.get("fulfillment_url") == url:
                if refunded_too or not other.refunds:
                    return other
        return None

    def status(self, id, session="", refunded_too=False):
        """What the merchant sees of an order, for a browser session or (without one) for any."""
        order = self.order(id)
        page = {"order_status_url": self.page_url(order, session)}
        if order.paid_for(session):
            return {
                "order_status": "paid", "contract_terms": order.contract, "refunded": bool(order.refunds),
                "refund_pending": bool(order.sum(picked=False)), "refund_amount": str(order.sum()), "deposit_total": str(order.amount),
                "wired": False, "exchange_code": 0, "exchange_http_status": 0, "wire_details": [], "wire_reports": [],
                "refund_details": [{"reason": one["reason"], "pending": not one["picked"], "amount": str(one["amount"]),
                                    "timestamp": self.stamp(one["timestamp"])} for one in order.refunds],
                "last_payment": self.stamp(order.paid_at),
            } | page
        other = None if order.paid else self.repurchased(order, session, refunded_too)
        if order.contract and not (other and self.backend.claimed_tells_repurchase):
            return {"order_status": "claimed", "contract_terms": order.contract} | page
        answer = {
            "order_status": "unpaid", "taler_pay_uri": self.pay_uri(order, session), "summary": order.terms["summary"],
            "total_amount": order.terms["amount"], "creation_time": order.terms["timestamp"], "pay_deadline": order.terms["pay_deadline"],
        } | page
        if other:
            answer |= {"already_paid_order_id": other.id, "already_paid_fulfillment_url": other.terms["fulfillment_url"]}
        return answer

    def pay_uri(self, order, session, action="pay"):
        scheme = "taler" if self.backend.root.startswith("https:") else "taler+http"
        host = urllib.parse.urlsplit(self.backend.root).netloc
        uri = f"{scheme}://{action}/{host}{self.path}{order.id}/{urllib.parse.quote(session or '', safe='')}"
        return uri + (f"?c={order.token}" if order.token and action == "pay" else "")

    def page_url(self, order, session):
        query = {name: value for name, value in (("token", order.token), ("session_id", session)) if value}
        return f"{self.url}orders/{order.id}" + (f"?{urllib.parse.urlencode(query)}" if query else "")

    def give_back(self, id, body):
        order = self.order(id)
        total = self.amount(body.get("refund"))
        if not isinstance(body.get("reason"), str):
            raise Refusal(400, 25, "reason is missing")
        if not order.paid:
            raise Refusal(409, 2531, "the order is not paid")
        deadline, began = order.terms["refund_deadline"]["t_s"], order.terms["timestamp"]["t_s"]
        if deadline != "never" and deadline <= began:
            raise Refusal(403, 2532, "the contract allows no refund")
        if deadline != "never" and deadline < self.backend.clock.now():
            raise Refusal(410, 0, "the refund deadline is past")
        if total > order.amount:
            raise Refusal(409, 2530, "more than was paid")
        if total > order.sum():
            order.refunds.append({"reason": body["reason"], "amount": total - order.sum(), "timestamp": self.backend.clock.now(), "picked": False})
            self.backend.fire(self, "refund", {"order_id": id, "contract_terms": order.contract, "refund_amount": str(total),
                                               "reason": body["reason"], "timestamp": self.backend.clock.now() * 10 ** 9})
        return {"taler_refund_uri": self.pay_uri(order, "", "refund"), "h_contract": order.hash}

    def forget(self, id, force):
        order = self.order(id)
        if order.paid or (order.contract and not force):
            raise Refusal(409, 2520, "claimed or paid")
        del self.orders[id]

    # The wallet's and the browser's side.

    def public(self, id, token, hash, session, refunded_too=False):
        """Status and body of the public page of an order; the status is the JSON one."""
        order = self.order(id)
        if (hash is not None and hash != order.hash) or (token is not None and token != order.token):
            raise Refusal(403, 2105, "this is not the order's token or contract")
        if order.token and token is None and hash is None:
            if "public_reorder_url" not in order.terms:
                raise Refusal(403, 2105, "no token")
            return 202, {"public_reorder_url": order.terms["public_reorder_url"]}
        url = {"fulfillment_url": order.terms["fulfillment_url"]} if "fulfillment_url" in order.terms else {}
        if order.paid_for(session):
            return 200, {"refunded": bool(order.refunds), "refund_pending": bool(order.sum(picked=False)), "refund_amount": str(order.sum()),
                         "refund_taken": str(order.sum(picked=True))} | url
        other = None if order.paid else self.repurchased(order, session, refunded_too)
        return 402, {"taler_pay_uri": self.pay_uri(order, session)} | url | ({"already_paid_order_id": other.id} if other else {})

    def claim(self, id, body):
        if id not in self.orders:
            raise Refusal(404, 2300, "order unknown")
        order, nonce = self.orders[id], body.get("nonce")
        if not isinstance(nonce, str) or not nonce:
            raise Refusal(400, 25, "nonce is missing")
        if order.token and body.get("token") != order.token:
            raise Refusal(404, 2300, "no order of this id and token")
        if order.nonce not in (None, nonce):
            raise Refusal(409, 2301, "somebody else claimed it")
        if order.nonce is None:
            order.nonce, order.contract = nonce, order.terms | {"nonce": nonce}
        return {"contract_terms": order.contract, "sig": self.sign("contract", order.hash)}

    def pay(self, id, body):
        order, coins = self.order(id), body.get("coins")
        if not order.contract:
            raise Refusal(404, 2005, "nobody claimed this order")
        if not isinstance(coins, list) or not coins:
            raise Refusal(400, 26, "coins")
        given = {}
        for coin in coins:
            if not isinstance(coin, dict) or not isinstance(coin.get("coin_pub"), str):
                raise Refusal(400, 26, "a coin")
            given[coin["coin_pub"]] = self.amount(coin.get("contribution"))
        if order.paid and given != order.coins:
            raise Refusal(409, 2150, "it is paid with other coins")
        if not order.paid:
            deadline = order.terms["pay_deadline"]["t_s"]
            if deadline != "never" and deadline < self.backend.clock.now():
                raise Refusal(410, 2161, "the offer has expired")
            total = Amount.zero(self.backend.currency)
            for amount in given.values():
                total += amount
            if total < order.amount:
                raise Refusal(406, 2156, "this is not enough")
            if any(coin in self.backend.spent for coin in given):
                raise Refusal(409, 2150, "a coin was spent before")
            self.backend.spent |= set(given)
            order.paid, order.coins, order.paid_at = True, given, self.backend.clock.now()
            order.session = str(body.get("session_id") or "")
            self.backend.fire(self, "pay", {"order_id": id, "contract_terms": order.contract})
        elif body.get("session_id"):
            order.session = str(body["session_id"])
        return {"sig": self.sign("payment", order.hash)}

    def replay(self, id, body):
        """The wallet proves that it paid: the order is now paid for this session."""
        order = self.order(id)
        if not order.paid or not hmac.compare_digest(str(body.get("sig")).encode(), self.sign("payment", order.hash).encode()):
            raise Refusal(403, 2201, "the signature does not prove a payment")
        if body.get("h_contract") != order.hash:
            raise Refusal(409, 2200, "the contract is another one")
        if not isinstance(body.get("session_id"), str):
            raise Refusal(400, 25, "session_id is missing")
        order.session = body["session_id"]
        return {"refunded": bool(order.refunds)}

    def pick_up(self, id, body):
        order = self.order(id)
        if not order.hash or body.get("h_contract") != order.hash:
            raise Refusal(403, 2105, "the contract is another one")
        fresh = [one for one in order.refunds if not one["picked"]]
        for one in fresh:
            one["picked"] = True
        return {"refund_amount": str(order.sum()), "merchant_pub": order.terms["merchant_pub"],
                "refunds": [{"type": "success", "rtransaction_id": order.refunds.index(one) + 1, "refund_amount": str(one["amount"]),
                             "execution_time": self.stamp(one["timestamp"])} for one in fresh]}

    def session(self, id, url):
        """Whether a browser session has bought what is at this URL (protocol v25)."""
        if not url:
            raise Refusal(400, 25, "fulfillment_url is missing")
        for order in self.orders.values():
            if order.paid and order.session == id and order.terms.get("fulfillment_url") == url:
                return 200, {"order_id": order.id}
        if any(order.terms.get("fulfillment_url") == url for order in self.orders.values()):
            return 202, {}
        raise Refusal(404, 2005, "nothing was ordered here")

    def listed(self, paid=None):
        rows = enumerate(self.orders.values(), 1)
        return {"orders": [{"order_id": order.id, "row_id": row, "timestamp": order.terms["timestamp"], "amount": order.terms["amount"],
                            "summary": order.terms["summary"], "refundable": order.paid and order.sum() < order.amount, "paid": order.paid}
                           for row, order in rows if paid is None or order.paid == paid]}

    def sign(self, what, text):
        return crockford(hmac.new(self.key, f"{what} {text}".encode(), hashlib.sha512).digest())
