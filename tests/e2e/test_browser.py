"""Purchases in a real browser. What every page owes (labels, headings, language, no errors) is checked by the driver."""

import base64
import json
import re

import pytest

from scenarios import *


def test_a_link_without_autodrive_stops_at_the_products(page):
    follow_link(page, "monproduit=3&ebook=1", autodrive=False)
    assert page.view == "shop"
    assert len(page.redirects) == 1
    assert "€80.40" in page.text
    page.shot("shop")


def test_a_link_with_autodrive_takes_one_redirect_to_the_step_that_needs_the_buyer(page):
    follow_link(page, "monproduit=3&ebook=1&partner=ACADEMIE_rentree")
    assert page.view == "customer"
    assert len(page.redirects) == 1
    page.shot("customer")


def test_a_guest_buys(page, db, trace):
    follow_link(page, "monproduit=3&livre=6")
    tell_customer(page)
    page.shot("order")
    assert page.offered == ["test", "check", "transfer"]
    place(page, "test")
    page.shot("payment")
    number = pay(page)
    page.shot("produce")
    assert status_shown(page) == "COMPLETE"
    order = db.order(number)
    # 3 × 19.99 at 20 % and 6 × 9.00 at 5.5 %.
    assert (order["untaxedamount"], order["taxes"], order["amount"]) == ("113.970", "14.960", "128.930")
    assert "€128.93" in page.text
    assert order["idnumber"] and order["idnumber"] in page.text
    assert db.products(number) == 9
    assert any("delivered" in line for line in trace.of(number))


def test_a_known_buyer_is_driven_to_the_summary(surf, db):
    page = surf("fr")
    log_in(page, JEAN)
    follow_link(page, "monproduit=1")
    assert page.view == "order"
    assert len(page.redirects) == 1
    assert "12 rue des Lilas" in page.text
    page.shot("order")
    place(page, "test")
    number = pay(page)
    page.shot("produce")
    assert status_shown(page) == "COMPLETE"
    order = db.order(number)
    assert (order["userid"], order["customerid"]) == (3, "1")


def test_required_data_are_asked_for_each_unit(page, db):
    follow_link(page, "attestation=2")
    assert page.view == "purchaserequ"
    page.submit({"what": "collect"}, {"attestation/nom0": "Rosa Luxemburg"}, "go")
    assert page.status == 422
    page.shot("missing")
    page.submit({"what": "collect"}, {"attestation/nom1": "Clara Zetkin"}, "go")
    tell_customer(page)
    place(page, "test")
    number = pay(page)
    assert status_shown(page) == "COMPLETE"
    data = db.value("SELECT i.customerdata FROM local_shop_billitem i JOIN local_shop_bill b ON b.id = i.billid"
                    " WHERE b.transactionid = ?", number)
    assert {b"Rosa Luxemburg", b"Clara Zetkin"} <= set(re.findall(rb'"([^"]+)"', base64.b64decode(data)))


def test_b17_seats_are_assigned_one_by_one(page, db):
    follow_link(page, "session=2")
    assert page.view == "users"
    assert not page.page.locator("button[name=go]").count()
    add_participant(page, "Ada", "Lovelace", "ada@example.org")
    assign_seat(page, "ada@example.org")
    page.shot("one-seat")
    add_participant(page, "Grace", "Hopper", "grace@example.org")
    assign_seat(page, "grace@example.org")
    page.shot("all-seats")
    page.submit({"view": "users", "what": "navigate"}, press="go")
    tell_customer(page)
    place(page, "test")
    number = pay(page)
    assert status_shown(page) == "COMPLETE"
    assert db.products(number) == 2


@pytest.mark.parametrize(("how", "status"), [
    ("at once", "COMPLETE"), ("announced", "PENDING"), ("notified", "COMPLETE"), ("notified and finished", "COMPLETE")])
def test_the_test_interface_pays(page, db, how, status):
    buy(page)
    number = pay(page, how)
    assert status_shown(page) == status
    assert db.order(number)["status"] == status
    assert db.products(number) == (1 if status == "COMPLETE" else 0)


def test_b16_a_free_order_is_shown_and_delivered(page, db):
    follow_link(page, "offert=1")
    tell_customer(page)
    assert page.offered == ["freeorder"]
    page.shot("order")
    place(page)
    assert page.view == "payment"
    page.shot("payment")
    number = transid(page)
    page.submit(PAY)
    assert status_shown(page) == "COMPLETE"
    assert db.order(number)["amount"] == "0.000"
    assert db.products(number) == 1


@pytest.mark.parametrize("paymode", ["check", "transfer"])
def test_an_announced_payment_is_confirmed_by_the_seller(surf, db, paymode):
    page, seller = surf("fr"), surf("fr")
    number = buy(page, "livre=2", paymode)
    assert db.order(number)["status"] == "PLACED"
    page.shot("payment")
    page.submit({"view": "payment", "what": "navigate", "pay": "1"})
    assert status_shown(page) == "PENDING"
    page.shot("pending")
    assert db.products(number) == 0
    log_in(seller, ADMIN)
    seller.open(BILLS)
    seller.shot("bills")
    seller_moves(seller, number, "SOLDOUT")
    page.open(url_of("produce", number))
    assert status_shown(page) == "COMPLETE"
    assert db.products(number) == 2


def test_card_and_delegated_are_never_offered(surf, db):
    everything = "YToxOntpOjA7YTo1OntzOjQ6InRlc3QiO2k6MTtzOjQ6ImNhcmQiO2k6MTtzOjk6ImRlbGVnYXRlZCI7aToxO3M6NToiY2hlY2siO2k6MTtzOjg6InRyYW5zZmVyIjtpOjE7fX0="
    page, known = surf(), surf()
    follow_link(page, "monproduit=1")
    tell_customer(page)
    log_in(known, JEAN)
    for paymodes in (None, everything):
        if paymodes:
            with db.changed("local_shop", "id = 1", paymodes=paymodes):
                offered = page.open(f"{VIEW}?view=order").offered
        else:
            offered = page.open(f"{VIEW}?view=order").offered
        assert offered == ["test", "check", "transfer"]
    follow_link(known, "monproduit=1")
    assert known.offered == ["test", "check", "transfer"]


def test_the_language_changes_in_the_middle(page):
    follow_link(page, "monproduit=3")
    assert "Your details" in page.heading
    page.lang = "fr"
    page.press(page.page.get_by_role("link", name="Français"))
    assert page.view == "customer"
    assert page.heading == "Vos coordonnées"
    tell_customer(page)
    assert page.heading == "Vérifiez votre commande"
    assert "71,96\u00a0€" in page.page.inner_text("main").replace("\u202f", "\u00a0")
    page.shot("fr")
    page.lang = "en"
    page.press(page.page.get_by_role("link", name="English"))
    assert page.view == "order"
    assert "€71.96" in page.text


def test_b15_who_logs_in_in_the_middle_comes_back_with_his_data(page):
    follow_link(page, "monproduit=1")
    assert page.view == "customer"
    page.press(page.page.locator("main a", has_text="Log in"))
    page.shot("login")
    log_in(page, JEAN)
    # His data are complete, and the link asked to be driven.
    assert page.view == "order"
    assert "Dupont" in page.text
    assert "MonProduit" in page.text


def test_b15_a_wrong_password_is_told_and_may_be_corrected(page):
    follow_link(page, "monproduit=1", autodrive=False)
    page.submit({"view": "shop", "what": "navigate"})
    page.press(page.page.locator("main a", has_text="Log in"))
    log_in(page, JEAN, "wrong")
    assert page.status == 403
    assert page.page.get_by_role("alert").inner_text().strip()
    log_in(page, JEAN)
    assert page.view == "customer"
    assert page.page.locator('[name="customerinfo::address"]').input_value() == "12 rue des Lilas"


def test_a_double_click_on_the_order_and_on_the_payment_counts_once(page, db):
    follow_link(page, "monproduit=2")
    tell_customer(page)
    bills = db.value("SELECT COUNT(*) FROM local_shop_bill")
    page.form(ORDER).locator("[value=test]").check()
    page.page.locator("button[name=go]").dblclick()
    page.page.wait_for_url("**view=payment**")
    number = transid(page)
    assert db.value("SELECT COUNT(*) FROM local_shop_bill") == bills + 1
    page.form(PAY).locator("button").dblclick()
    page.page.wait_for_url("**view=produce**")
    page.page.reload()
    assert status_shown(page) == "COMPLETE"
    assert db.products(number) == 2
    assert db.order(number)["e_revision"] == 1
    bill = db.order(number)["id"]
    assert db.value("SELECT COUNT(*) FROM local_shopengine_settlement WHERE billid = ?", bill) == 1


def test_the_back_button_pays_and_delivers_once(page, db):
    follow_link(page, "monproduit=1")
    tell_customer(page)
    place(page, "test")
    number = transid(page)
    page.page.go_back()
    assert page.view == "order"
    place(page, "test")
    assert transid(page) == number
    pay(page)
    page.page.go_back()
    page.page.go_back()
    # The old pages may be from the browser's memory; what they post must not count again.
    if page.has_form(PAY):
        page.submit(PAY)
    elif page.has_form(ORDER):
        place(page, "test")
    order = db.order(number)
    assert (order["status"], order["e_revision"]) == ("COMPLETE", 1)
    assert db.products(number) == 1
    assert db.value("SELECT COUNT(*) FROM local_shopengine_settlement WHERE billid = ?", order["id"]) == 1


def test_a04_popups_open_for_the_owner_only(surf):
    owner, stranger = surf(), surf()
    number = buy(owner)
    owner.open(f"/local/shop/front/order.popup.php?transid={number}")
    assert "Camille Martin" in owner.text
    stranger.open(f"/local/shop/front/order.popup.php?transid={number}")
    assert stranger.status == 404
    assert "Camille" not in stranger.html
    owner.open(url_of("payment", number))
    pay(owner)
    owner.open(f"/local/shop/front/bill.popup.php?transid={number}")
    assert "Camille Martin" in owner.text
    owner.shot("invoice")
    stranger.open(f"/local/shop/front/bill.popup.php?transid={number}")
    assert stranger.status == 404
    assert "Camille" not in stranger.html


def test_the_administrator_scans_a_transaction(surf, trace):
    page, seller = surf(), surf("fr")
    number = buy(page)
    pay(page)
    seller.open(SCAN)
    assert seller.status == 403
    log_in(seller, ADMIN)
    seller.open(SCAN)
    seller.press(seller.page.get_by_role("link", name=number))
    lines = seller.page.locator(".shopengine-timeline [data-line] .shopengine-what").all_inner_texts()
    assert len(lines) == len(trace.of(number)) > 5
    assert all(line.split("] ", 1)[1] == shown for line, shown in zip(trace.of(number), lines))
    seller.shot("trace")
    # Decisions have their lines; messages of the gateway stand among them.
    kinds = seller.page.locator(".shopengine-timeline [data-kind]").evaluate_all("all => all.map(one => one.dataset.kind)")
    assert {"line", "decision", "message"} == set(kinds)
    assert "absent de la trace" not in seller.text
    seller.page.locator("summary", has_text="En texte").click()
    copied = seller.page.locator(".shopengine-copy pre").inner_text()
    assert all(line in copied for line in trace.of(number))
    assert "Message : -- " in copied.replace("\u00a0", " ")
    seller.shot("copy")
    seller.press(seller.page.locator(".shopengine-filter a", has_text="Messages"))
    kinds = seller.page.locator(".shopengine-timeline [data-kind]").evaluate_all("all => all.map(one => one.dataset.kind)")
    assert set(kinds) == {"message"}
    # What was pasted with other words around it, and two numbers at once.
    seller.open(SCAN)
    seller.page.locator("[name=transid]").fill(f"Commande {number} (24.00), et A7C9QMLVYXD5UMZYUQ== ?")
    seller.press(seller.page.locator(".shopengine-scan button").first)
    assert seller.page.locator(".shopengine-timeline [data-line]").count() == len(lines)
    assert seller.page.get_by_role("link", name="A7C9QMLVYXD5UMZYUQ==").count() == 1


def test_b19_a_separate_invoice_identity_is_kept(page, db):
    invoice = {
        "organisation": "Université de Nantes", "department": "Comptabilité", "firstname": "Paule", "lastname": "Compte",
        "address": "1 quai de Tourville", "zip": "44000", "city": "Nantes", "country": "FR", "vatcode": "FR12345678901",
    }
    follow_link(page, "monproduit=1")
    assert not page.page.locator('[name="invoiceinfo::organisation"]').is_visible()
    tell_customer(page, invoice=invoice)
    assert "Université de Nantes" in page.text
    page.shot("order")
    page.submit(ORDER, press="back")
    assert page.page.locator('[name="invoiceinfo::department"]').input_value() == "Comptabilité"
    page.submit(CUSTOMER, press="go")
    place(page, "test")
    number = pay(page)
    for path in (url_of("bill", number), url_of("invoice", number), f"/local/shop/front/bill.popup.php?transid={number}"):
        page.open(path)
        assert all(word in page.text for word in ("Université de Nantes", "Comptabilité", "Paule Compte", "FR12345678901"))
    assert json.loads(db.order(number)["invoiceinfo"])["department"] == "Comptabilité"


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_every_page_fits_a_telephone(surf, lang):
    page = surf(lang, width=360, height=740)
    follow_link(page, "monproduit=2&session=1&attestation=1&livre=3", autodrive=False)
    page.shot("1-shop")
    page.submit({"view": "shop", "what": "navigate"})
    page.shot("2-required")
    page.submit({"what": "collect"}, {"attestation/nom0": "Rosa Luxemburg"}, "go")
    add_participant(page, "Bartholomäus-Maximilian", "Wolfeschlegelsteinhausen", "bartholomaeus.wolfeschlegelsteinhausen@example.org")
    page.shot("3-seats")
    assign_seat(page, "bartholomaeus.wolfeschlegelsteinhausen@example.org")
    page.submit({"view": "users", "what": "navigate"}, press="go")
    tell_customer(page, email="")
    assert page.status == 422
    page.shot("4-customer")
    tell_customer(page)
    page.shot("5-order")
    place(page, "transfer")
    page.shot("6-payment")
    page.submit({"view": "payment", "what": "navigate", "pay": "1"})
    page.shot("7-produce")
    page.open(f"{VIEW}?view=shop&shopid=77")
    page.shot("8-error")


def test_the_sellers_pages_fit_a_telephone(surf):
    page, seller = surf(), surf("fr", width=360, height=740)
    number = buy(page)
    log_in(seller, ADMIN)
    seller.open(BILLS)
    seller.shot("bills")
    seller.open(f"{SCAN}?transid={number}")
    seller.shot("trace")


def test_the_keyboard_reaches_everything_in_order(page):
    follow_link(page, "monproduit=1")
    page.page.keyboard.press("Tab")
    assert page.page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    page.page.locator('[name="customerinfo::firstname"]').focus()
    for value in ("Camille", "Martin", None, "3 rue du Port", "44000", "Nantes"):
        if value:
            page.page.keyboard.type(value)
        page.page.keyboard.press("Tab")
    page.page.keyboard.type("France")
    page.page.keyboard.press("Tab")
    page.page.keyboard.type("camille.martin@example.org")
    with page.page.expect_navigation():
        page.page.keyboard.press("Enter")
    assert page.view == "order"
