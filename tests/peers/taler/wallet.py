"""A GNU Taler wallet to test against: opens pay and refund links, pays, replays a payment for another browser session, collects
refunds. Standard library only. It follows wallet-core: a contract whose fulfilment URL it has paid before costs nothing.

By hand, with what it owns and bought kept in a file:
    python3 tests/peers/taler/wallet.py --state /tmp/wallet.json pay 'taler+http://pay/127.0.0.1:8098/…'
    python3 tests/peers/taler/wallet.py --state /tmp/wallet.json history
"""

import argparse
import dataclasses
import hashlib
import json
import pathlib
import re
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request

from amounts import Amount

TRIES = 5


class WalletError(Exception):
    """What the wallet tells its owner."""


@dataclasses.dataclass
class Link:
    """A taler: address: whom to ask, about which order, for which browser session."""

    action: str
    base: str
    order: str
    session: str
    token: str | None


@dataclasses.dataclass
class Purchase:
    """A line of the wallet's history. `state` is proposed, paid, repurchase (it leads to `paid_by`), refused or failed."""

    base: str
    order: str
    nonce: str
    token: str | None = None
    terms: dict | None = None
    hash: str = ""
    sig: str = ""
    session: str = ""
    state: str = "proposed"
    paid_by: str = ""
    coin: str = ""
    refunded: str = ""

    @property
    def fulfillment_url(self):
        url = (self.terms or {}).get("fulfillment_url", "")
        return url if url.startswith(("http://", "https://")) else None

    @property
    def fulfillment_message(self):
        return (self.terms or {}).get("fulfillment_message")


def parse_link(uri):
    """The parts of `taler://pay/HOST[/PREFIX…]/ORDER/SESSION[?c=TOKEN]` or of its taler+http form."""
    parts = urllib.parse.urlsplit(uri.strip())
    scheme = {"taler": "https", "taler+http": "http"}.get(parts.scheme)
    if not scheme or parts.netloc not in ("pay", "refund"):
        raise WalletError(f"this is no payment link: {uri}")
    path = parts.path.split("/")[1:]
    if len(path) < 3 or not path[0] or not path[-2]:
        raise WalletError(f"a part of the link is missing: {uri}")
    host, *prefix, order, session = path
    base = f"{scheme}://{host}/" + "".join(part + "/" for part in prefix)
    token = dict(urllib.parse.parse_qsl(parts.query)).get("c")
    return Link(parts.netloc, base, urllib.parse.unquote(order), urllib.parse.unquote(session), token)


class Wallet:
    """Owns coins, knows what it bought. `balance` is amounts: Wallet("KUDOS:100")."""

    def __init__(self, *balance, state=None):
        self.coins = {}
        self.purchases = []
        self.state = pathlib.Path(state) if state else None
        if self.state and self.state.exists():
            kept = json.loads(self.state.read_text())
            self.coins = {text.split(":")[0]: Amount.parse(text) for text in kept["balance"]}
            self.purchases = [Purchase(**one) for one in kept["purchases"]]
        else:
            for text in balance:
                self.add(Amount.parse(text))

    def add(self, amount):
        self.coins[amount.currency] = self.balance(amount.currency) + amount

    def balance(self, currency):
        return self.coins.get(currency, Amount.zero(currency))

    # What its owner does.

    def pay(self, uri):
        """Opens a link and pays if there is anything to pay; gives the purchase whose fulfilment to go to."""
        purchase = self.open(uri)
        if purchase.state == "repurchase":
            return self.known(purchase.base, purchase.paid_by)
        return purchase if purchase.state == "paid" else self.confirm(purchase)

    def open(self, uri):
        """Claims the contract. One that is paid already, here or under another order, is proved for the link's session instead."""
        link = parse_link(uri)
        if link.action != "pay":
            raise WalletError("this link is not for paying")
        purchase = self.known(link.base, link.order)
        if purchase is None:
            purchase = Purchase(link.base, link.order, secrets.token_hex(16), link.token)
            self.claim(purchase)
            self.purchases.append(purchase)
        purchase.token = link.token or purchase.token
        if purchase.state == "paid":
            self.prove(purchase, link.session)
            return purchase
        if purchase.state in ("failed", "refused"):
            raise WalletError(f"this order has {purchase.state}")
        earlier = self.bought(purchase)
        if earlier:
            purchase.state, purchase.paid_by = "repurchase", earlier.order
            self.prove(earlier, link.session)
        else:
            purchase.session = link.session
        self.keep()
        return purchase

    def confirm(self, purchase):
        """Spends the coins. Trying again spends the same ones."""
        amount = Amount.parse(purchase.terms["amount"])
        if self.balance(amount.currency) < amount:
            raise WalletError(f"the balance is not enough for {amount}")
        deadline = moment(purchase.terms["pay_deadline"])
        purchase.coin = purchase.coin or secrets.token_hex(32)
        coins = [{"coin_pub": purchase.coin, "contribution": str(amount), "exchange_url": "https://exchange.example/",
                  "h_denom": "0" * 52, "ub_sig": "0" * 52, "coin_sig": "0" * 52}]
        self.keep()
        status, said = self.ask(f"{purchase.base}orders/{purchase.order}/pay", {"coins": coins, "session_id": purchase.session})
        if status != 200:
            # With a server that is away nothing is decided: the next try spends the same coin.
            purchase.state = "failed" if 400 <= status < 500 else purchase.state
            self.keep()
            raise WalletError(f"the payment failed ({status}): {said.get('hint', said)}; it was due {deadline}")
        purchase.sig, purchase.state = said["sig"], "paid"
        self.coins[amount.currency] = self.balance(amount.currency) - amount
        self.keep()
        return purchase

    def refuse(self, purchase):
        purchase.state = "refused"
        self.keep()

    def collect(self, purchase):
        """Picks up what the merchant gave back; gives the amount, if any."""
        status, said = self.ask(f"{purchase.base}orders/{purchase.order}?" + urllib.parse.urlencode({"h_contract": purchase.hash}))
        if status != 200 or not said.get("refund_pending"):
            return None
        status, said = self.ask(f"{purchase.base}orders/{purchase.order}/refund", {"h_contract": purchase.hash})
        if status != 200:
            return None
        total = Amount.zero(Amount.parse(purchase.terms["amount"]).currency)
        for one in said["refunds"]:
            total += Amount.parse(one["refund_amount"])
        self.add(total)
        purchase.refunded = said["refund_amount"]
        self.keep()
        return total

    def refund(self, uri):
        """Opens a refund link."""
        link = parse_link(uri)
        purchase = self.known(link.base, link.order)
        if link.action != "refund" or purchase is None:
            raise WalletError("nothing here was bought with this wallet")
        return self.collect(purchase)

    def history(self):
        """What was bought, with where to find it: the link or the merchant's message."""
        return [{"order": one.order, "summary": one.terms["summary"], "amount": one.terms["amount"], "state": one.state,
                 "fulfillment_url": one.fulfillment_url, "fulfillment_message": one.fulfillment_message, "refunded": one.refunded}
                for one in self.purchases]

    # How it does it.

    def known(self, base, order):
        return next((one for one in self.purchases if (one.base, one.order) == (base, order)), None)

    def bought(self, purchase):
        """A paid order of this merchant with the same fulfilment URL."""
        return purchase.fulfillment_url and next((one for one in self.purchases if one is not purchase and one.state == "paid"
                                                  and one.base == purchase.base and one.fulfillment_url == purchase.fulfillment_url), None)

    def claim(self, purchase):
        body = {"nonce": purchase.nonce} | ({"token": purchase.token} if purchase.token else {})
        status, said = self.ask(f"{purchase.base}orders/{purchase.order}/claim", body)
        if status != 200:
            raise WalletError(f"the contract cannot be had ({status}): {said.get('hint', said)}")
        terms = said["contract_terms"]
        if terms.get("merchant_base_url") != purchase.base:
            raise WalletError(f"the contract is of {terms.get('merchant_base_url')}, not of {purchase.base}")
        if terms.get("nonce") != purchase.nonce or terms.get("order_id") != purchase.order:
            raise WalletError("the contract is for somebody else")
        if "fulfillment_url" not in terms and "fulfillment_message" not in terms:
            raise WalletError("the contract does not say what comes after paying")
        Amount.parse(terms["amount"])
        purchase.terms, purchase.hash = terms, contract_hash(terms)

    def prove(self, purchase, session):
        """Tells the merchant that this session belongs to who paid."""
        if not session or session == purchase.session:
            return
        status, said = self.ask(f"{purchase.base}orders/{purchase.order}/paid",
                                {"sig": purchase.sig, "h_contract": purchase.hash, "session_id": session})
        if status not in (200, 204):
            raise WalletError(f"the merchant does not take the proof ({status}): {said.get('hint', said)}")
        purchase.session = session
        self.keep()

    def ask(self, url, body=None):
        """Status and JSON of an answer; a server in trouble is asked again."""
        said = {}
        for attempt in range(TRIES):
            request = urllib.request.Request(url, data=None if body is None else json.dumps(body).encode(),
                                             headers={"Accept": "application/json", "Content-Type": "application/json"})
            try:
                with urllib.request.urlopen(request, timeout=20) as answer:
                    text = answer.read()
                    return answer.status, json.loads(text) if text else {}
            except urllib.error.HTTPError as error:
                text = error.read()
                said = json.loads(text) if text.startswith(b"{") else {}
                if error.code < 500:
                    return error.code, said
                status = error.code
            except (OSError, ValueError):
                status = 0
            time.sleep(0.1 * 2 ** attempt)
        return status, said

    def keep(self):
        if self.state:
            self.state.write_text(json.dumps({"balance": [str(amount) for amount in self.coins.values()],
                                              "purchases": [dataclasses.asdict(one) for one in self.purchases]}, indent=1))


def contract_hash(terms):
    """SHA-512 of the contract in canonical JSON, in Crockford's base 32."""
    digest = hashlib.sha512(json.dumps(terms, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).digest()
    bits = "".join(f"{byte:08b}" for byte in digest)
    return "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[int(five.ljust(5, "0"), 2)] for five in re.findall(".{1,5}", bits))


def moment(stamp):
    return stamp["t_s"] if stamp["t_s"] == "never" else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(stamp["t_s"]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--state", default="taler-wallet.json", help="file that keeps coins and purchases")
    parser.add_argument("--coins", default="KUDOS:1000", help="what a new wallet owns")
    parser.add_argument("action", choices=["pay", "look", "refund", "history"])
    parser.add_argument("uri", nargs="?", help="a taler: or taler+http: link")
    options = parser.parse_args()
    wallet = Wallet(options.coins, state=options.state)
    try:
        if options.action == "history":
            print(json.dumps(wallet.history(), indent=1, ensure_ascii=False))
        elif options.action == "refund":
            print(f"collected: {wallet.refund(options.uri)}")
        elif options.action == "look":
            found = wallet.open(options.uri)
            print(f"{found.state}: {found.terms['summary']}, {found.terms['amount']}, to be paid by {moment(found.terms['pay_deadline'])}")
        else:
            again = wallet.open(options.uri).state in ("repurchase", "paid")
            found = wallet.pay(options.uri)
            print(("already bought: " if again else "paid: ") + f"{found.terms['summary']}, {found.terms['amount']}")
            print(f"go to {found.fulfillment_url}" if found.fulfillment_url else found.fulfillment_message)
    except WalletError as error:
        raise SystemExit(f"wallet: {error}") from None
