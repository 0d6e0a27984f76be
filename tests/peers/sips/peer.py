"""A pay page as Sips 2.0's: sealed `Data` in, sealed notification by POST, the browser back by POST."""

import base64
import hashlib
import hmac
import urllib.parse

from paypage import Peer, Refused, post_back

MANDATORY = ("amount", "currencyCode", "merchantId", "keyVersion", "normalReturnUrl", "automaticResponseUrl", "orderId")
CODES = {"accept": "00", "refuse": "05", "cancel": "17", "abandon": "97", "pending": "60"}


def seal(data, key, algorithm="HMAC-SHA-256"):
    """Seal of `Data` as it travels."""
    if algorithm == "SHA-256":
        return hashlib.sha256((data + key).encode()).hexdigest()
    digest = {"HMAC-SHA-256": hashlib.sha256, "HMAC-SHA-512": hashlib.sha512}[algorithm]
    return hmac.new(key.encode(), data.encode(), digest).hexdigest()


def encode(text, encoding):
    if encoding == "base64":
        return base64.b64encode(text.encode()).decode()
    if encoding == "base64url":
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    return text


def decode(text, encoding):
    if encoding == "base64":
        return base64.b64decode(text, validate=True).decode()
    if encoding == "base64url":
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    return text


class Sips(Peer):
    path = "/paymentInit"

    def __init__(self, merchant="201040040170001", key="rxSP61eeP_oNi5TxCD7Ngy9YcwC8MLw6OlmFGGcsY54", algorithm="HMAC-SHA-256",
                 ids="reference", **options):
        super().__init__(**options)
        self.merchant, self.key, self.algorithm, self.ids = merchant, key, algorithm, ids
        self.used = set()

    def check(self, body):
        form = dict(urllib.parse.parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict"))
        if not hmac.compare_digest(form.get("Seal", ""), seal(form.get("Data", ""), self.key, form.get("SealAlgorithm", "SHA-256"))):
            raise Refused("code 34: seal")
        if not form["InterfaceVersion"].startswith("HP_") or form.get("SealAlgorithm", "SHA-256") != self.algorithm:
            raise Refused("interface or algorithm")
        fields = {"Encode": form.get("Encode", "")}
        for pair in decode(form["Data"], form.get("Encode", "")).split("|"):
            name, value = pair.split("=", 1)
            if name in fields:
                raise Refused(f"{name} comes twice")
            fields[name] = value
        for name in MANDATORY:
            if not fields.get(name):
                raise Refused(f"{name} is missing")
        if fields["merchantId"] != self.merchant or not fields["amount"].isdigit() or len(fields["orderId"]) > 32:
            raise Refused("code 03 or 12")
        if self.ids == "reference":
            name = fields["transactionReference"]
            if not name.isalnum() or len(name) > 35:
                raise Refused("transactionReference")
        else:
            name = fields["s10TransactionReference.s10TransactionId"]
            if not name.isdigit() or len(name) > 6:
                raise Refused("s10TransactionId")
        if name in self.used:
            raise Refused("code 94: used before")
        return fields

    def result(self, payment, choice, **changes):
        echoed = ("amount", "currencyCode", "merchantId", "keyVersion", "orderId", "orderChannel", "captureMode", "returnContext",
                  "transactionReference")
        fields = {name: payment[name] for name in echoed if name in payment} | {
            "responseCode": CODES[choice], "transactionDateTime": "2026-06-15T12:00:00+02:00", "authorisationId": "null",
            "paymentMeanBrand": "VISA", "customerBusinessName": "Café=thé", "transactionPlatform": "TEST"}
        if self.ids == "s10":
            fields |= {"s10TransactionId": payment["s10TransactionReference.s10TransactionId"], "s10TransactionIdDate": "20260615"}
        self.used.add(fields.get("transactionReference") or fields["s10TransactionId"])
        return fields | changes

    def form(self, payment, result):
        data = encode("|".join(f"{name}={value}" for name, value in result.items()), payment["Encode"])
        return {"Data": data, "Seal": seal(data, self.key, self.algorithm), "InterfaceVersion": "HP_2.39", "Encode": payment["Encode"]}

    def notification(self, payment, result):
        return payment["automaticResponseUrl"], urllib.parse.urlencode(self.form(payment, result)).encode()

    def send_back(self, payment, result):
        return post_back(payment["normalReturnUrl"], self.form(payment, result).items())
