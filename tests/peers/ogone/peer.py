"""A pay page as Ogone's: SHA-IN signed form in, post-sale request by GET or POST, signed redirect back."""

import hashlib
import hmac
import secrets
import urllib.parse

from paypage import Peer, Refused

MANDATORY = ("PSPID", "ORDERID", "AMOUNT", "CURRENCY", "LANGUAGE")
STATUS = {"accept": "9", "refuse": "2", "cancel": "1", "abandon": "1", "pending": "51"}
SCRIPTS = {"accept": "ACCEPTURL", "refuse": "DECLINEURL", "cancel": "CANCELURL", "pending": "ACCEPTURL"}
# What the account's owner ticked for the answer.
ANSWER = {"AAVCHECK", "ACCEPTANCE", "AMOUNT", "BRAND", "CARDNO", "CN", "CURRENCY", "ED", "IP", "NCERROR", "ORDERID", "PAYID", "PM", "STATUS", "TRXDATE"}


def sign(fields, passphrase, algorithm="sha512", charset="utf-8", only=None):
    """Upper-case hexadecimal digest of a dictionary."""
    named = {name.upper(): value for name, value in fields.items()}
    text = "".join(f"{name}={named[name]}{passphrase}" for name in sorted(named)
                   if named[name] != "" and name != "SHASIGN" and (only is None or name in only))
    return hashlib.new(algorithm, text.encode(charset)).hexdigest().upper()


class Ogone(Peer):
    path = "/ncol/test/orderstandard_utf8.asp"

    def __init__(self, psid="boutiqueDemo", secret_in="in-sécurité-0123456789", secret_out="out-sécurité-987654321", algorithm="sha512",
                 method="POST", charset="utf-8", **options):
        super().__init__(**options)
        self.psid, self.secret_in, self.secret_out = psid, secret_in, secret_out
        self.algorithm, self.method, self.charset = algorithm, method, charset
        self.used = set()
        self.count = 3000000000 + secrets.randbelow(10**9)

    def check(self, body):
        pairs = urllib.parse.parse_qsl(body.decode("ascii"), keep_blank_values=True, encoding=self.charset, errors="strict")
        fields = dict(pairs)
        if len(fields) != len(pairs) or any(value == "" for value in fields.values()):
            raise Refused("a field twice or empty")
        for name in MANDATORY:
            if not fields.get(name):
                raise Refused(f"{name} is missing")
        if not hmac.compare_digest(fields.get("SHASIGN", ""), sign(fields, self.secret_in, self.algorithm, self.charset)):
            raise Refused("50001184: unknown order/1/s")
        if fields["PSPID"] != self.psid or not fields["AMOUNT"].isdigit() or len(fields["ORDERID"]) > 40:
            raise Refused("unknown order/0/s")
        if fields["ORDERID"] in self.used:
            raise Refused("50001113: this order has already been processed")
        return fields

    def result(self, payment, choice, **changes):
        self.used.add(payment["ORDERID"])
        self.count += 1
        minor = payment["AMOUNT"]
        amount = f"{minor[:-2]}.{minor[-2:]}".rstrip("0").rstrip(".")
        return {"orderID": payment["ORDERID"], "currency": payment["CURRENCY"], "amount": amount, "PM": "CreditCard",
                "ACCEPTANCE": "test123" if choice == "accept" else "", "STATUS": STATUS[choice], "CARDNO": "XXXXXXXXXXXX1111", "ED": "0129",
                "CN": payment.get("CN", ""), "TRXDATE": "06/15/26", "PAYID": str(self.count), "NCERROR": "0", "BRAND": "VISA",
                "IP": "192.0.2.14", "_script": SCRIPTS.get(choice, "ACCEPTURL")} | changes

    def encoded(self, result):
        fields = {name: value for name, value in result.items() if not name.startswith("_")}
        signature = sign(fields, self.secret_out, self.algorithm, self.charset, ANSWER)
        return urllib.parse.urlencode(fields | {"SHASIGN": signature}, encoding=self.charset).encode()

    def notification(self, payment, result):
        # The address is set in the platform's back office; a shop has it beside the pages that the browser comes back to.
        url = payment["ACCEPTURL"].split("?")[0].replace("accept.php", "ipn.php")
        return url, self.encoded(result), self.method

    def send_back(self, payment, result):
        back = payment[result["_script"]]
        return 303, {"Location": back + ("&" if "?" in back else "?") + self.encoded(result).decode()}, ""
