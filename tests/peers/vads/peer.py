"""A pay page as SystemPay's: form of `vads_` fields in, notification by POST, signed return by GET."""

import base64
import datetime
import hashlib
import hmac
import urllib.parse
import uuid

from paypage import Peer, Refused

MANDATORY = ("vads_site_id", "vads_ctx_mode", "vads_trans_id", "vads_trans_date", "vads_amount", "vads_currency", "vads_action_mode",
             "vads_page_action", "vads_payment_config", "vads_version")
STATUS = {"accept": ("AUTHORISED", "00"), "refuse": ("REFUSED", "05"), "cancel": ("ABANDONED", "17"), "abandon": ("ABANDONED", "17"),
          "pending": ("AUTHORISED_TO_VALIDATE", "00")}


def sign(fields, key, algorithm="hmac"):
    """Base64 HMAC-SHA-256, or hexadecimal SHA-1, of a dictionary's `vads_` values."""
    text = "+".join([fields[name] for name in sorted(fields) if name.startswith("vads_")] + [key]).encode()
    if algorithm == "sha1":
        return hashlib.sha1(text).hexdigest()
    return base64.b64encode(hmac.new(key.encode(), text, hashlib.sha256).digest()).decode()


class Vads(Peer):
    path = "/vads-payment/"

    def __init__(self, site="12345678", key="1122334455667788", algorithm="hmac", mode="TEST", **options):
        super().__init__(**options)
        self.site, self.key, self.algorithm, self.mode = site, key, algorithm, mode
        self.used = set()

    def check(self, body):
        pairs = urllib.parse.parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict")
        fields = dict(pairs)
        if len(fields) != len(pairs):
            raise Refused("a field comes twice")
        for name in MANDATORY:
            if not fields.get(name):
                raise Refused(f"{name} is missing")
        if not hmac.compare_digest(fields.get("signature", ""), sign(fields, self.key, self.algorithm)):
            raise Refused("signature")
        if (fields["vads_site_id"], fields["vads_ctx_mode"]) != (self.site, self.mode):
            raise Refused("vads_site_id or vads_ctx_mode")
        if not (len(fields["vads_trans_id"]) == 6 and fields["vads_trans_id"].isdigit() and fields["vads_trans_id"] < "900000"):
            raise Refused("vads_trans_id")
        if not fields["vads_amount"].isdigit() or not fields["vads_order_id"].isalnum():
            raise Refused("vads_amount or vads_order_id")
        date = datetime.datetime.strptime(fields["vads_trans_date"], "%Y%m%d%H%M%S").replace(tzinfo=datetime.UTC)
        if abs(datetime.datetime.now(datetime.UTC) - date) > datetime.timedelta(hours=1):
            raise Refused("vads_trans_date")
        if (fields["vads_trans_id"], fields["vads_trans_date"][:8]) in self.used:
            raise Refused("vads_trans_id was used today")
        return fields

    def result(self, payment, choice, **changes):
        self.used.add((payment["vads_trans_id"], payment["vads_trans_date"][:8]))
        status, code = STATUS[choice]
        echoed = ("vads_site_id", "vads_ctx_mode", "vads_trans_id", "vads_trans_date", "vads_amount", "vads_currency", "vads_order_id",
                  "vads_action_mode", "vads_page_action", "vads_payment_config", "vads_version", "vads_language", "vads_cust_email",
                  "vads_cust_first_name", "vads_cust_last_name")
        return {name: payment[name] for name in echoed if name in payment} | {
            "vads_trans_status": status, "vads_result": code, "vads_operation_type": "DEBIT",
            "vads_effective_amount": payment["vads_amount"], "vads_auth_result": "00" if code == "00" else "", "vads_extra_result": "",
            "vads_card_brand": "CB", "vads_bank_label": "Banque de démo & de l'innovation", "vads_threeds_cavvAlgorithm": "2",
            "vads_trans_uuid": uuid.uuid4().hex, "vads_url_check_src": "PAY",
        } | changes

    def notification(self, payment, result):
        fields = result | {"vads_hash": "f" * 64}
        return payment["vads_url_check"], self.encoded(fields)

    def encoded(self, fields):
        return urllib.parse.urlencode(fields | {"signature": sign(fields, self.key, self.algorithm)}).encode()

    def send_back(self, payment, result):
        back = payment["vads_url_cancel" if result["vads_result"] == "17" else "vads_url_return"]
        fields = {name: value for name, value in result.items() if name != "vads_url_check_src"}
        return 303, {"Location": back + ("&" if "?" in back else "?") + self.encoded(fields).decode()}, ""
