"""An implementation of the card gateways' signatures that nobody here wrote, `eopayment` of the French town halls: what we
sign it believes, what it signs we believe."""

import contextlib
import urllib.parse

import pytest

from scenarios import buy
from server import ROOT

eopayment = pytest.importorskip("eopayment", reason="the package eopayment is not installed")

BACK = {"normal_return_url": "https://shop.example/", "automatic_return_url": "https://shop.example/"}
ZOE = {"firstname": "Zoé", "lastname": "Nuñez d'Été"}


@contextlib.contextmanager
def settings(db, **values):
    with contextlib.ExitStack() as stack:
        for name, value in values.items():
            stack.enter_context(db.setting(name, value))
        yield


def status(db, number):
    return db.order(number)["status"]


@pytest.mark.parametrize(("ours", "theirs"), [("sha1", "sha1"), ("hmac-sha-256", "hmac_sha256")])
def test_systempay(client, db, ours, theirs):
    from eopayment import systempayv2
    judge = systempayv2.Payment(BACK | {"vads_site_id": "12345678", "secret_test": "1122334455667788", "signature_algo": theirs,
                                        "service_url": "https://pay.example/"})
    with settings(db, systempay_merchant_id="12345678", systempay_test_certificate="1122334455667788", systempay_algorithm=ours):
        number = buy(client, "monproduit=1", "systempay", **ZOE)
        form = client.hidden({"vads_site_id": "12345678"})
        assert form["vads_cust_last_name"] == ZOE["lastname"]
        assert judge.signature(form) == form["signature"]
        names = ("vads_site_id", "vads_ctx_mode", "vads_trans_id", "vads_trans_date", "vads_amount", "vads_currency", "vads_order_id")
        answer = {name: form[name] for name in names} | {
            "vads_trans_status": "AUTHORISED", "vads_operation_type": "DEBIT", "vads_auth_result": "00", "vads_result": "00",
            "vads_bank_label": "Société d'été", "vads_extra_result": ""}
        answer["signature"] = judge.signature(answer)
        body = urllib.parse.urlencode(answer).encode()
        client.ask("POST", "/local/shop/paymodes/systempay/systempay_ipn.php", body)
        assert (client.status, client.text) == (200, "OK")
        assert status(db, number) in ("SOLDOUT", "COMPLETE")


@pytest.mark.parametrize("paymode", ["mercanet", "sherlocks"])
def test_sips(client, db, paymode):
    from eopayment import sips2
    key = "rxSP61eeP_oNi5TxCD7Ngy9YcwC8MLw6OlmFGGcsY54"
    judge = sips2.Payment(BACK | {"platform": "test", "merchant_id": "201040040170001", "secret_key": key, "key_version": "1"})
    with settings(db, **{f"{paymode}_merchant_id": "201040040170001", f"{paymode}_secret_key": key, f"{paymode}_key_version": "1",
                         f"{paymode}_seal_algorithm": "SHA-256"}):
        number = buy(client, "monproduit=1", paymode, **ZOE)
        form = client.hidden({"SealAlgorithm": "SHA-256"})
        data = judge.decode_data(form["Data"])
        assert data["customerContact.lastname"] == ZOE["lastname"]
        assert judge.check_seal(data, form["Seal"])
        names = ("merchantId", "keyVersion", "amount", "currencyCode", "transactionReference", "orderId", "captureMode")
        answer = {name: data[name] for name in names} | {"responseCode": "00", "customerId": "été", "mandateId": "null"}
        body = urllib.parse.urlencode({"Data": judge.encode_data(answer), "Seal": judge.seal_data(answer), "InterfaceVersion": "HP_2.39"})
        assert judge.response(body).signed
        client.ask("POST", f"/local/shop/paymodes/{paymode}/{paymode}_ipn.php", body.encode())
        assert (client.status, client.text) == (200, "OK")
        assert status(db, number) in ("SOLDOUT", "COMPLETE")


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha512"])
def test_ogone(client, db, algorithm):
    from eopayment import ogone
    judge = ogone.Payment(BACK | {"environment": "TEST", "pspid": "boutique", "language": "fr_FR", "encoding": "utf-8", "hash_algorithm": algorithm,
                                  "sha_in": "in-sécurité-0123456789", "sha_out": "out-sécurité-987654321"})
    with settings(db, ogone_psid="boutique", ogone_secret_in="in-sécurité-0123456789", ogone_secret_out="out-sécurité-987654321",
                  ogone_algorithm=algorithm):
        number = buy(client, "monproduit=1", "ogone", **ZOE)
        form = client.hidden({"PSPID": "boutique"})
        assert form["CN"] == "Zoé Nuñez d'Été"
        assert judge.sha_sign_in({name: value for name, value in form.items() if name != "SHASIGN"}, encoding="utf-8") == form["SHASIGN"]
        answer = {"orderID": form["ORDERID"], "currency": "EUR", "amount": "23.99", "STATUS": "9", "NCERROR": "0", "CN": "Zoé",
                  "PAYID": {"sha1": "91", "sha256": "92", "sha512": "93"}[algorithm], "ACCEPTANCE": ""}
        answer["SHASIGN"] = judge.sha_sign_out(answer, encoding="utf-8")
        query = urllib.parse.urlencode(answer)
        assert judge.response(query).signed
        client.ask("GET", f"/local/shop/paymodes/ogone/ipn.php?{query}")
        assert (client.status, client.text) == (200, "OK")
        assert status(db, number) in ("SOLDOUT", "COMPLETE")


def test_the_golden_messages_are_signed_as_the_judge_signs():
    from eopayment import systempayv2
    judge = systempayv2.Payment(BACK | {"vads_site_id": "12345678", "secret_test": "1122334455667788", "secret_production": "8877665544332211",
                                        "signature_algo": "hmac_sha256", "service_url": "https://pay.example/"})
    for case, believed in (("completed", True), ("refused", True), ("forged_signature", False), ("completed_in_production", True)):
        body = (ROOT / f"tests/fixtures/systempay/{case}.txt").read_text().split("\n\n", 1)[1]
        fields = dict(urllib.parse.parse_qsl(body, keep_blank_values=True))
        assert (judge.signature(fields) == fields["signature"]) is believed, case
