#!/usr/bin/env python3
"""Writes the golden messages of the card gateways, tests/fixtures/<paymode>/*.txt, signed by the peers' code, and those of GNU Taler.

    tests/peers/golden.py          write them
    tests/peers/golden.py --check  fail when one differs from what would be written
"""
import importlib.util
import json
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
    yield "operation_not_said", malformed, body({"vads_operation_type": None})
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


def sips(name):
    """Mercanet or Sherlock's."""
    module = peer("sips")
    key = "rxSP61eeP_oNi5TxCD7Ngy9YcwC8MLw6OlmFGGcsY54"
    fields = {
        "captureDay": "0", "captureMode": "AUTHOR_CAPTURE", "currencyCode": "978", "merchantId": "201040040170001", "orderChannel": "INTERNET",
        "responseCode": "00", "transactionDateTime": "2026-06-15T12:00:00+02:00", "transactionReference": REFERENCE, "keyVersion": "1",
        "acquirerResponseCode": "00", "amount": "2399", "authorisationId": "12345", "paymentMeanBrand": "VISA", "orderId": REFERENCE,
        "customerContact.lastname": "Müller-Ñandú", "returnContext": "a=b=c", "cardCSCResultCode": "null", "paymentPattern": "ONE_SHOT",
    }

    def body(changes=None, key=key, algorithm="HMAC-SHA-256", encoding="", tail="", data_tail="", resealed=None):
        changed = {name: value for name, value in (fields | (changes or {})).items() if value is not None}
        data = module.encode("|".join(f"{name}={value}" for name, value in changed.items()) + data_tail, encoding)
        sent = {"Data": data, "Encode": encoding, "Seal": module.seal(data, key, algorithm) if resealed is None else resealed(data), "InterfaceVersion": "HP_2.39"}
        return urllib.parse.urlencode(sent) + tail

    paid = {"expect": "applied", "bill": "SOLDOUT"}
    held = {"bill": "PLACED"}
    rejected = {"expect": "message_not_authentic", "bill": "PLACED"}
    malformed = {"expect": "message_malformed", "bill": "PLACED"}
    s10 = {"settings": f"{name}_transaction_id=s10"}
    s10_ids = {"transactionReference": None, "s10TransactionId": "1", "s10TransactionIdDate": "20260615"}
    yield "completed", paid, body()
    yield "completed_by_return", paid | {"channel": "return"}, body()
    yield "completed_hmac_sha512", paid | {"settings": f"{name}_seal_algorithm=HMAC-SHA-512"}, body(algorithm="HMAC-SHA-512")
    yield "completed_sha256", paid | {"settings": f"{name}_seal_algorithm=SHA-256"}, body(algorithm="SHA-256")
    yield "completed_base64", paid, body(encoding="base64")
    yield "completed_base64url", paid, body(encoding="base64url")
    yield "completed_s10", paid | s10, body(s10_ids)
    yield "completed_server_reference", paid | {"settings": f"{name}_transaction_id=server"}, body({"transactionReference": "f00ba4f00ba4"})
    yield "completed_with_foreign_field", paid, body(tail="&utm_source=mail")
    yield "completed_in_production", paid | {"mode": "production"}, body({"transactionPlatform": "PROD"})
    yield "authorised_is_not_paid", {"expect": "applied", "bill": "PENDING"}, body({"captureMode": "VALIDATION"})
    yield "pending", {"expect": "applied", "bill": "PENDING"}, body({"responseCode": "60"})
    for code in ("02", "05", "11", "14", "51", "54", "63", "75"):
        yield "refused" if code == "05" else f"refused_{code}", {"expect": "applied", "bill": "REFUSED"}, body({"responseCode": code, "authorisationId": "null"})
    for code in ("03", "12", "24", "25", "30", "34", "40", "90", "94", "99"):
        yield f"failed_{code}", {"expect": "applied", "bill": "FAILED"}, body({"responseCode": code})
    for code in ("17", "97"):
        yield f"cancelled_{code}", {"expect": "applied", "bill": "CANCELLED"}, body({"responseCode": code})
    yield "unknown_code", {"expect": "payment_unclear"} | held, body({"responseCode": "77"})
    yield "number_code_is_no_code", {"expect": "payment_unclear"} | held, body({"responseCode": "0"})
    yield "s10_of_another_payment", {"expect": "payment_unclear"} | held | s10, body(s10_ids | {"s10TransactionId": "2"})
    yield "forged_signature", rejected, body(key="0000000000000000")
    yield "forged_amount", rejected, body().replace("2399", "2400")
    yield "forged_without_key", rejected, body(resealed=lambda data: "")
    yield "forged_other_algorithm", rejected, body(algorithm="SHA-256")
    yield "forged_other_algorithm_named", rejected, body(algorithm="SHA-256", tail="&SealAlgorithm=SHA-256")
    yield "forged_data_appended", rejected, body().replace("&Encode=", "%7CresponseCode%3D00&Encode=")
    yield "sealed_clear_text_sent_encoded", rejected, body(encoding="base64", resealed=lambda data: module.seal(module.decode(data, "base64"), key))
    yield "encoding_misnamed", malformed, body(encoding="base64").replace("Encode=base64", "Encode=")
    yield "doubled_field", malformed, body(data_tail="|responseCode=00")
    yield "doubled_data", malformed, body(tail="&Data=x")
    yield "own_request_sent_back", malformed, body({"responseCode": None})
    yield "unsigned_return", malformed | {"channel": "return"}, "responseCode=00&orderId=" + REFERENCE
    yield "wrong_amount", {"expect": "amount_mismatch"} | held, body({"amount": "2398"})
    yield "wrong_currency", {"expect": "currency_mismatch"} | held, body({"currencyCode": "840"})
    yield "wrong_merchant", {"expect": "merchant_mismatch"} | held, body({"merchantId": "201040040170002"})
    yield "wrong_key_version", rejected, body({"keyVersion": "2"})
    yield "replay", {"expect": "duplicate", "bill": "SOLDOUT", "times": "3"}, body()
    yield "unknown_transaction", {"expect": "unknown_order"} | held, body({"transactionReference": "AAAAAAAAAAAAAAAAAAR1A1"})
    yield "test_in_production", {"expect": "mode_mismatch", "mode": "production"} | held, body({"transactionPlatform": "TEST"})
    yield "production_in_test", {"expect": "mode_mismatch"} | held, body({"transactionPlatform": "PROD"})
    yield "truncated", rejected, body().replace(body()[5:205], "", 1)
    yield "truncated_without_seal", malformed, body()[:300].split("&Seal")[0]
    yield "older_revision", {"expect": "older_revision", "placed": "2"} | held, body()
    yield "other_paymode", {"expect": "unknown_order", "paymode": "check"} | held, body()
    yield "by_buyer", {"expect": "message_not_expected", "channel": "buyer"} | held, "transid=TU90QMLVYXD5UMZYUQ%3D%3D&revision=1&pay=1"


def ogone():
    """Ogone."""
    module = peer("ogone")
    key = "out-sécurité-987654321"
    fields = {
        "orderID": REFERENCE, "currency": "EUR", "amount": "23.99", "PM": "CreditCard", "ACCEPTANCE": "A12345", "STATUS": "9",
        "CARDNO": "XXXXXXXXXXXX1111", "ED": "0129", "CN": "Zoé Müller-Ñandú", "TRXDATE": "06/15/26", "PAYID": "3000000042",
        "NCERROR": "0", "BRAND": "VISA", "IP": "192.0.2.14", "VC": "",
    }

    def body(changes=None, key=key, algorithm="sha512", charset="utf-8", only=None, tail="", lower=False):
        changed = {name: value for name, value in (fields | (changes or {})).items() if value is not None}
        signature = module.sign(changed, key, algorithm, charset, only)
        signature = signature.lower() if lower else signature
        return urllib.parse.urlencode(changed | {"SHASIGN": signature}, encoding=charset) + tail

    paid = {"expect": "applied", "bill": "SOLDOUT"}
    held = {"bill": "PLACED"}
    rejected = {"expect": "message_not_authentic", "bill": "PLACED"}
    malformed = {"expect": "message_malformed", "bill": "PLACED"}
    yield "completed", paid, body()
    yield "completed_by_get", paid | {"method": "GET"}, body()
    yield "completed_by_return", paid | {"channel": "return", "method": "GET"}, "transid=TU90QMLVYXD5UMZYUQ%3D%3D&" + body()
    yield "completed_sha1", paid | {"settings": "ogone_algorithm=sha1"}, body(algorithm="sha1")
    yield "completed_sha256", paid | {"settings": "ogone_algorithm=sha256"}, body(algorithm="sha256")
    yield "completed_iso_8859_1", paid | {"settings": "ogone_charset=iso-8859-1"}, body(charset="iso-8859-1")
    yield "completed_other_case", paid, body({"orderID": None, "ORDERid": REFERENCE, "status": "9", "STATUS": None})
    yield "completed_lower_case_digest", paid, body(lower=True)
    yield "completed_with_foreign_field", paid, body(tail="&utm_source=mail&view=payment")
    yield "completed_in_production", paid | {"mode": "production"}, body()
    yield "completed_status_95", paid, body({"STATUS": "95"})
    yield "authorised_is_not_paid", {"expect": "applied", "bill": "PENDING"}, body({"STATUS": "5"})
    yield "authorised_is_paid_when_told", paid | {"settings": "ogone_authorised_is=paid"}, body({"STATUS": "5"})
    for status in ("4", "40", "41", "46", "50", "51", "52", "55", "56", "59", "91", "92", "99"):
        yield "pending" if status == "51" else f"pending_{status}", {"expect": "applied", "bill": "PENDING"}, body({"STATUS": status})
    for status in ("2", "57", "93"):
        yield "refused" if status == "2" else f"refused_{status}", {"expect": "applied", "bill": "REFUSED"}, body({"STATUS": status, "ACCEPTANCE": ""})
    for status in ("1", "6", "64", "7", "74", "75"):
        yield f"cancelled_{status}", {"expect": "applied", "bill": "CANCELLED"}, body({"STATUS": status, "ACCEPTANCE": ""})
    yield "failed_0", {"expect": "applied", "bill": "FAILED"}, body({"STATUS": "0", "NCERROR": "50001111"})
    for status in ("61", "62", "63", "71", "72", "73", "81", "82", "83", "94", "12", "09"):
        yield f"unclear_{status}", {"expect": "payment_unclear"} | held, body({"STATUS": status})
    yield "refund_is_no_payment", {"expect": "refund_of_other_payment"} | held, body({"STATUS": "8"})
    yield "forged_signature", rejected, body(key="in-sécurité-0123456789")
    yield "forged_amount", rejected, body().replace("23.99", "24.99")
    yield "forged_other_algorithm", rejected, body(algorithm="sha1")
    yield "zero_left_out_of_digest", rejected, body(only=set(name.upper() for name in fields) - {"NCERROR"})
    yield "foreign_field_in_digest", rejected, body({"utm_source": "mail"})
    yield "other_charset", rejected, body(charset="iso-8859-1")
    yield "doubled_field", malformed, body(tail="&AMOUNT=23.99")
    yield "own_request_sent_back", rejected, urllib.parse.urlencode({"ORDERID": REFERENCE, "AMOUNT": "2399", "CURRENCY": "EUR", "PSPID": "boutiqueDemo"} | {
        "SHASIGN": module.sign({"ORDERID": REFERENCE, "AMOUNT": "2399", "CURRENCY": "EUR", "PSPID": "boutiqueDemo"}, "in-sécurité-0123456789")})
    yield "unsigned_return", malformed | {"channel": "return", "method": "GET"}, "orderID=" + REFERENCE + "&STATUS=9&amount=23.99&currency=EUR"
    yield "wrong_amount", {"expect": "amount_mismatch"} | held, body({"amount": "23.9"})
    yield "wrong_amount_minor_units", {"expect": "amount_mismatch"} | held, body({"amount": "2399"})
    yield "amount_no_number", malformed, body({"amount": "23.99e0"})
    yield "wrong_currency", {"expect": "currency_mismatch"} | held, body({"currency": "USD"})
    yield "replay", {"expect": "duplicate", "bill": "SOLDOUT", "times": "3"}, body()
    yield "unknown_transaction", {"expect": "unknown_order"} | held, body({"orderID": "AAAAAAAAAAAAAAAAAAR1A1"})
    yield "test_in_production", {"expect": "mode_mismatch", "mode": "production"} | held, body({"ACCEPTANCE": "test123"})
    yield "placed_in_production_then_opened", {"expect": "mode_mismatch", "mode": "opened"} | held, body()
    yield "truncated", rejected, body().split("&", 3)[3]
    yield "truncated_without_signature", malformed, body()[:150]
    yield "older_revision", {"expect": "older_revision", "placed": "2"} | held, body()
    yield "other_paymode", {"expect": "unknown_order", "paymode": "check"} | held, body()
    yield "by_buyer", {"expect": "message_not_expected", "channel": "buyer"} | held, "transid=TU90QMLVYXD5UMZYUQ%3D%3D&revision=1&pay=1"


def taler():
    """GNU Taler: what arrives only names an order; the answers to our questions follow in the headers."""
    now = 1781524800
    uri = f"taler://pay/backend.example/{REFERENCE}/s1?c=T0KEN"

    def said(value):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def contract(amount="EUR:23.99", **changes):
        return {"amount": amount, "order_id": REFERENCE, "summary": "Boutique", "merchant_base_url": "https://backend.example/",
                "fulfillment_message": "Boutique", "extra": {"shopengine_mode": "test"}, "timestamp": {"t_s": now},
                "pay_deadline": {"t_s": now + 86400}, "refund_deadline": {"t_s": now + 15 * 86400}, "h_wire": "0", "nonce": "N"} | changes

    def status(which, terms=None, **more):
        body = {"order_status": which} | ({"contract_terms": terms or contract()} if which != "unpaid" else {
            "taler_pay_uri": uri, "summary": "Boutique", "total_amount": "EUR:23.99", "creation_time": {"t_s": now},
            "order_status_url": f"https://backend.example/orders/{REFERENCE}?token=T0KEN&session_id=s1"})
        if which == "paid":
            body |= {"refunded": False, "refund_pending": False, "refund_amount": "EUR:0", "deposit_total": "EUR:23.99", "wired": False,
                     "exchange_code": 0, "exchange_http_status": 0, "refund_details": [], "wire_details": [], "wire_reports": [],
                     "last_payment": {"t_s": now}}
        return said(body | more)

    def detail(amount, pending):
        return {"reason": "rendu", "pending": pending, "amount": amount, "timestamp": {"t_s": now}}

    def error(code, hint=""):
        return said({"code": code, "hint": hint})

    hint = said({"order_id": REFERENCE})
    wish = urllib.parse.urlencode({"reference": REFERENCE, "session": "s1"})
    paid = {"expect": "applied", "bill": "SOLDOUT"}
    held = {"bill": "PLACED"}
    waiting = {"expect": "waiting"} | held
    away = {"expect": "paymode_away"} | held
    buyer = {"channel": "buyer"}
    config = said({"name": "taler-merchant", "version": "25:0:13", "currency": "EUR"})
    created = said({"order_id": REFERENCE, "token": "T0KEN"})
    live = contract(extra={"shopengine_mode": "live"})

    # A webhook: the status decides.
    yield "completed", paid | {"answer": status("paid")}, hint
    yield "completed_in_production", paid | {"mode": "production", "answer": status("paid", live)}, hint
    yield "completed_by_older_backend", paid | {"answer": status("paid", contract(pay_deadline={"t_ms": (now + 86400) * 1000},
                                                                                refund_deadline={"t_ms": "never"}))}, hint
    yield "completed_amount_with_zeros", paid | {"answer": status("paid", contract("EUR:23.9900"))}, hint
    yield "completed_with_more_than_we_know", paid | {"answer": status("paid", contract(version=1, tomorrow=[1]), choice_index=None)}, hint
    yield "completed_body_claims_more", paid | {"answer": status("paid")}, said({"order_id": REFERENCE, "amount": "EUR:1", "paid": False})
    yield "replay", {"expect": "duplicate", "bill": "SOLDOUT", "times": "3", "answer": status("paid")}, hint
    yield "unpaid", {"expect": "nothing_moved"} | held | {"answer": status("unpaid")}, hint
    yield "claimed", {"expect": "nothing_moved"} | held | {"answer": status("claimed")}, hint
    yield "claimed_after_the_deadline", {"expect": "attempt_lapsed", "after": "90000"} | held | {"answer": status("claimed")}, hint
    yield "unknown_transaction", {"expect": "unknown_order"} | held, said({"order_id": "AAAAAAAAAAAAAAAAAAR1A1"})
    yield "unknown_at_the_backend", {"expect": "nothing_moved", "status": "404"} | held | {"answer": error(2005)}, hint
    yield "older_revision", {"expect": "older_revision", "placed": "2", "answer": status("paid")} | held, hint
    yield "other_paymode", {"expect": "unknown_order", "paymode": "check"} | held, hint
    yield "wrong_amount", {"expect": "taler_foreign_order", "answer": status("paid", contract("EUR:0.01"))} | held, hint
    yield "wrong_currency", {"expect": "taler_foreign_order", "answer": status("paid", contract("USD:23.99"))} | held, hint
    yield "currency_of_nobody", {"expect": "message_malformed", "answer": status("paid", contract("KUDOS:23.99"))} | held, hint
    yield "amount_without_currency", away | {"answer": status("paid", contract("23.99"))}, hint
    yield "amount_too_fine", {"expect": "message_malformed", "answer": status("paid", contract("EUR:23.99000001"))} | held, hint
    yield "test_in_production", {"expect": "taler_foreign_order", "mode": "production", "answer": status("paid")} | held, hint
    yield "production_in_test", {"expect": "taler_foreign_order", "answer": status("paid", live)} | held, hint
    yield "order_not_of_the_shop", {"expect": "taler_foreign_order", "answer": status("paid", contract(extra={}))} | held, hint
    yield "truncated", {"expect": "message_malformed"} | held, hint[:-3]
    yield "no_json", {"expect": "message_malformed"} | held, f"order_id={REFERENCE}"
    yield "id_with_foreign_letters", {"expect": "message_malformed"} | held, said({"order_id": "../" + REFERENCE})
    yield "by_return", {"expect": "message_not_expected", "channel": "return", "method": "GET"} | held, f"order_id={REFERENCE}"
    for name, code, body in (("401", "401", error(40)), ("403", "403", error(44)), ("404_instance", "404", error(2000)), ("500", "500", error(52)),
                             ("silence", "0", ""), ("302", "302", ""), ("304", "304", ""), ("empty", "200", ""), ("html", "200", "<h1>paid</h1>"),
                             ("truncated", "200", status("paid")[:-1]), ("unknown_word", "200", status("paid").replace('"paid"', '"settled"', 1))):
        yield f"away_{name}", away | {"status": code, "answer": body}, hint
    # What was paid back before the first look.
    part = {"refunded": True, "refund_amount": "EUR:5", "refund_details": [detail("EUR:5", False)]}
    yield "completed_and_refunded_in_part", paid | {"answer": status("paid", **part)}, hint
    whole = {"refunded": True, "refund_amount": "EUR:23.99", "refund_details": [detail("EUR:23.99", False)]}
    yield "completed_and_refunded", {"expect": "applied", "bill": "PAYBACK", "answer": status("paid", **whole)}, hint
    pending = {"refunded": True, "refund_pending": True, "refund_amount": "EUR:23.99", "refund_details": [detail("EUR:23.99", True)]}
    yield "completed_and_refund_pending", paid | {"answer": status("paid", **pending)}, hint
    # The buyer's wish to pay: what the backend is, the order, its status.
    way = {"answer": config, "answer2": created}
    yield "wish_unpaid", waiting | buyer | way | {"answer3": status("unpaid")}, wish
    yield "wish_paid_at_once", paid | buyer | way | {"answer3": status("paid")}, wish
    yield "wish_claimed_and_paid_in_another_session", paid | buyer | way | {"answer3": status("claimed"), "answer4": status("paid")}, wish
    yield "wish_unpaid_with_other_amount", {"expect": "attempt_lapsed"} | held | buyer | way | {
        "answer3": status("unpaid", total_amount="EUR:1")}, wish
    yield "wish_another_order_of_this_id", {"expect": "attempt_lapsed"} | held | buyer | way | {
        "status2": "409", "answer2": error(2503), "answer3": status("claimed", contract("EUR:1"))}, wish
    yield "wish_put_there_before", waiting | buyer | way | {"status2": "409", "answer2": error(2503), "answer3": status("unpaid")}, wish
    yield "wish_already_paid_elsewhere", {"expect": "bought_elsewhere"} | held | buyer | way | {
        "answer3": status("unpaid", total_amount="EUR:8.44", already_paid_order_id="ELSEWHERER1A1", already_paid_fulfillment_url="https://lecture.example/ebook"),
        "answer4": status("paid", contract(fulfillment_url="https://lecture.example/ebook"))} | {"products": "ebook 1"}, wish
    for code, expect in ((400, "taler_order_refused"), (401, "taler_not_authorised"), (403, "taler_not_authorised"), (404, "taler_no_instance"),
                         (410, "taler_out_of_stock"), (451, "taler_legally_barred"), (500, "paymode_away")):
        yield f"wish_{code}", {"expect": expect} | held | buyer | way | {"status2": str(code), "answer2": error(0)}, wish
    yield "wish_other_currency", {"expect": "taler_other_currency"} | held | buyer | {"answer": config.replace("EUR", "KUDOS")}, wish
    yield "wish_other_version", {"expect": "taler_other_version"} | held | buyer | {"answer": config.replace("25:0:13", "99:0:0")}, wish
    yield "wish_no_backend", {"expect": "taler_no_backend", "status": "404"} | held | buyer | {"answer": "nothing here"}, wish
    yield "wish_away", away | buyer | {"status": "0", "answer": ""}, wish
    # A seller's refund of an order that is not paid.
    refund = urllib.parse.urlencode({"reference": REFERENCE, "refund": "EUR:5", "reason": "rendu"})
    seller = {"channel": "seller"}
    for code, expect in ((403, "taler_refund_not_allowed"), (404, "taler_refund_unknown_order"), (409, "taler_refund_too_much"),
                         (410, "taler_refund_too_late"), (451, "taler_legally_barred"), (502, "paymode_away")):
        yield f"refund_{code}", {"expect": expect} | held | seller | {"status": str(code), "answer": error(0)}, refund
    granted = said({"taler_refund_uri": f"taler://refund/backend.example/{REFERENCE}/", "h_contract": "H"})
    yield "refund_of_an_unpaid_order", {"expect": "taler_refund_unpaid"} | held | seller | {"answer": granted, "answer2": status("unpaid")}, refund
    yield "refund_overtakes_the_payment", {"expect": "applied", "bill": "SOLDOUT"} | seller | {"answer": granted, "answer2": status("paid", **part)}, refund


ALL = {"taler": taler, "systempay": vads, "mercanet": lambda: sips("mercanet"), "sherlocks": lambda: sips("sherlocks"), "ogone": ogone}


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
