#!/usr/bin/env python3
"""Writes the golden messages of the card gateways, tests/fixtures/<paymode>/*.txt, signed by the peers' code.

    tests/peers/golden.py          write them
    tests/peers/golden.py --check  fail when one differs from what would be written
"""
import importlib.util
import pathlib
import sys
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
FIXTURES = HERE.parent / "fixtures"


def peer(name):
    spec = importlib.util.spec_from_file_location(f"peer_{name}", HERE / name / "peer.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# Reference of the first try to pay the first revision of the order that tests/gateway_fixtures.rs places: 23.99 EUR.
REFERENCE = "TU90QMLVYXD5UMZYUQR1A1"


def vads():
    """SystemPay."""
    sign = peer("vads").sign
    key, production = "1122334455667788", "8877665544332211"
    fields = {
        "vads_site_id": "12345678", "vads_ctx_mode": "TEST", "vads_trans_id": "000001", "vads_trans_date": "20260615120000",
        "vads_amount": "2399", "vads_currency": "978", "vads_order_id": REFERENCE, "vads_action_mode": "INTERACTIVE",
        "vads_page_action": "PAYMENT", "vads_payment_config": "SINGLE", "vads_version": "V2", "vads_operation_type": "DEBIT",
        "vads_trans_status": "AUTHORISED", "vads_result": "00", "vads_auth_result": "00", "vads_effective_amount": "2399",
        "vads_extra_result": "", "vads_cust_last_name": "Müller-Ñandú", "vads_bank_label": "Banque de démo & de l'innovation",
        "vads_threeds_cavvAlgorithm": "2", "vads_trans_uuid": "368ef4d0822448e3a2e7413c4e9f8be8", "vads_url_check_src": "PAY",
        "vads_hash": "0" * 64,
    }

    def body(changes=None, key=key, algorithm="hmac", tail=""):
        changed = {name: value for name, value in (fields | (changes or {})).items() if value is not None}
        return urllib.parse.urlencode(changed | {"signature": sign(changed, key, algorithm)}) + tail

    paid = {"expect": "applied", "bill": "SOLDOUT"}
    held = {"bill": "PLACED"}
    rejected = {"expect": "message_not_authentic", "bill": "PLACED"}
    malformed = {"expect": "message_malformed", "bill": "PLACED"}
    sha1 = {"settings": "systempay_algorithm=sha1"}
    live = {"vads_ctx_mode": "PRODUCTION"}
    yield "completed", paid, body()
    yield "completed_by_return", paid | {"channel": "return", "method": "GET"}, body({"vads_hash": None, "vads_url_check_src": None}, tail="&transid=x")
    yield "completed_captured", paid, body({"vads_trans_status": "CAPTURED", "vads_url_check_src": "BATCH"})
    yield "completed_in_production", paid | {"mode": "production"}, body(live, production)
    yield "completed_replayed_from_back_office", paid, body({"vads_url_check_src": "BO"})
    yield "completed_sha1", paid | sha1, body(algorithm="sha1")
    yield "completed_with_foreign_field", paid, body(tail="&utm_source=mail")
    yield "pending", {"expect": "applied", "bill": "PENDING"}, body({"vads_trans_status": "AUTHORISED_TO_VALIDATE"})
    for status in ("WAITING_AUTHORISATION", "WAITING_AUTHORISATION_TO_VALIDATE", "WAITING_FOR_PAYMENT", "UNDER_VERIFICATION", "INITIAL", "SUSPENDED"):
        yield f"pending_{status.lower()}", {"expect": "applied", "bill": "PENDING"}, body({"vads_trans_status": status})
    yield "refused", {"expect": "applied", "bill": "REFUSED"}, body({"vads_trans_status": "REFUSED", "vads_result": "05"})
    yield "cancelled_by_buyer", {"expect": "applied", "bill": "CANCELLED"}, body({"vads_trans_status": "ABANDONED", "vads_result": "17"})
    yield "cancelled_by_seller", {"expect": "applied", "bill": "CANCELLED"}, body({"vads_trans_status": "CANCELLED", "vads_url_check_src": "MERCH_BO"})
    yield "expired", {"expect": "applied", "bill": "CANCELLED"}, body({"vads_trans_status": "EXPIRED", "vads_url_check_src": "BATCH"})
    yield "failed", {"expect": "applied", "bill": "FAILED"}, body({"vads_trans_status": "NOT_CREATED", "vads_result": "96"})
    yield "capture_failed", {"expect": "payment_unclear"} | held, body({"vads_trans_status": "CAPTURE_FAILED"})
    yield "accepted_is_no_payment", {"expect": "payment_unclear"} | held, body({"vads_trans_status": "ACCEPTED", "vads_operation_type": "VERIFICATION"})
    yield "unknown_status", {"expect": "payment_unclear"} | held, body({"vads_trans_status": "SOMETHING_NEW"})
    yield "operation_not_said", {"expect": "payment_unclear"} | held, body({"vads_operation_type": None})
    yield "credit_is_no_payment", {"expect": "refund_of_other_payment"} | held, body({"vads_operation_type": "CREDIT", "vads_trans_status": "CAPTURED"})
    yield "forged_signature", rejected, body(key="0000000000000000")
    yield "forged_amount", rejected, body().replace("2399", "2400")
    yield "forged_field_left_out", rejected, body().replace("vads_extra_result=&", "")
    yield "forged_with_sha1", rejected, body(algorithm="sha1")
    yield "forged_with_hmac", rejected | sha1, body()
    yield "forged_lower_case_signature", rejected, body(tail="").rsplit("signature=", 1)[0] + "signature=" + body().rsplit("signature=", 1)[1].lower()
    yield "empty_fields_skipped", rejected, body({"vads_extra_result": None}) + "&vads_extra_result="
    yield "unsigned_return", malformed | {"channel": "return", "method": "GET"}, "vads_result=00&vads_order_info=c3lzdGVtcGF5YmFjay0xLVRVOTBRTUxWWVhENVVNWllVUT09"
    yield "doubled_field", malformed, body(tail="&vads_amount=2399")
    yield "array_field", malformed, body(tail="&vads_amount%5B%5D=1")
    yield "wrong_amount", {"expect": "amount_mismatch"} | held, body({"vads_amount": "239", "vads_effective_amount": "239"})
    yield "wrong_effective_amount", {"expect": "amount_mismatch"} | held, body({"vads_effective_amount": "2398"})
    yield "wrong_currency", {"expect": "currency_mismatch"} | held, body({"vads_currency": "840"})
    yield "wrong_merchant", {"expect": "merchant_mismatch"} | held, body({"vads_site_id": "87654321"})
    yield "replay", {"expect": "duplicate", "bill": "SOLDOUT", "times": "3"}, body()
    yield "unknown_transaction", {"expect": "unknown_order"} | held, body({"vads_order_id": "AAAAAAAAAAAAAAAAAAR1A1"})
    yield "test_in_production", rejected | {"mode": "production"}, body()
    yield "test_mode_with_production_key", {"expect": "mode_mismatch", "mode": "production"} | held, body(key=production)
    yield "production_in_test", {"expect": "mode_mismatch"} | held, body(live)
    yield "placed_in_production_then_opened", {"expect": "mode_mismatch", "mode": "opened"} | held, body()
    yield "truncated", rejected, body().split("&", 3)[3][:200] + "&signature=" + body().rsplit("signature=", 1)[1]
    yield "truncated_without_signature", malformed, body()[:120]
    yield "older_revision", {"expect": "older_revision", "placed": "2"} | held, body()
    yield "other_paymode", {"expect": "unknown_order", "paymode": "check"} | held, body()
    yield "by_buyer", {"expect": "message_not_expected", "channel": "buyer"} | held, "transid=TU90QMLVYXD5UMZYUQ%3D%3D&revision=1&pay=1"


ALL = {"systempay": vads}


def main():
    check = "--check" in sys.argv[1:]
    for name, cases in ALL.items():
        folder = FIXTURES / name
        folder.mkdir(exist_ok=True)
        written = set()
        for case, headers, body in cases():
            head = {"expect": headers["expect"], "bill": headers["bill"], "source": "made by tests/peers/golden.py in the platform's documented format"}
            lines = [f"{key}: {value}" for key, value in (head | headers).items()]
            text = "\n".join(lines) + "\n\n" + body
            path = folder / f"{case}.txt"
            written.add(path)
            if check and (not path.exists() or path.read_bytes() != text.encode()):
                raise SystemExit(f"{path} is not what tests/peers/golden.py makes")
            if not check:
                path.write_bytes(text.encode())
        for stranger in set(folder.glob("*.txt")) - written:
            raise SystemExit(f"{stranger} is not made by tests/peers/golden.py")


main()
