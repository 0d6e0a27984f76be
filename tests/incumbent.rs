//! Defects of the plugin that the engine must not have, one test each, named by its number in the list of defects.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use common::browser::{Browser, VIEW};
use common::*;
use shopengine::domain::state::BillStatus;
use shopengine::engine::Outcome;
use shopengine::front::{Answer, Drain, Kind};
use shopengine::gateway;

const BILLS: &str = "/local/shop/bills/view.php";

fn error_code(answer: &Answer) -> String {
    answer.data["error"]["code"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn a01_the_transaction_of_someone_else_is_not_taken_over() {
    let bench = Bench::new();
    let (placed, mut cart, _) = bench.placed("check");
    let before = picture(bench.db());
    assert_eq!(code(bench.place(&cart, &guest(), "check")), "unknown_order");
    cart.set("monproduit", None);
    cart.set("offert", Some(shopengine::domain::quantity::Quantity::ONE));
    assert_eq!(
        code(bench.place(&cart, &guest(), "freeorder")),
        "unknown_order"
    );
    assert_eq!(
        code(bench.place(&cart, &jean(), "freeorder")),
        "unknown_order"
    );
    assert_eq!(picture(bench.db()), before);
    // Nor is a bill that the engine did not write.
    bench.sql("DELETE FROM {local_shopengine_order}");
    assert_eq!(
        code(bench.place(&cart, &guest(), "freeorder")),
        "unknown_order"
    );
    assert_eq!(
        bench.text("SELECT status AS t FROM {local_shop_bill}"),
        "PLACED"
    );
    assert_eq!(placed.revision, 1);
}

#[test]
fn a02_the_test_interface_is_closed_in_production() {
    let bench = Bench::new().in_production();
    let mut browser = Browser::guest(&bench);
    browser.shop("monproduit", 1);
    browser.identify("someone@example.net");
    let answer = browser.place("test");
    assert_eq!(
        (answer.status, error_code(&answer).as_str()),
        (403, "paymode_not_allowed")
    );
    assert_eq!(
        bench.count("SELECT COUNT(*) AS n FROM {local_shop_bill}"),
        0
    );
    // Placed with another one, then pressing the test button by hand.
    assert_eq!(browser.place("check").kind, Kind::Redirect);
    let transaction = browser.session.cart.transid.clone().unwrap();
    let body = naming(&transaction);
    let answer = browser.send("POST", "/local/shop/paymodes/test/test_ipn.php", "", &body);
    assert_eq!(answer.status, 403);
    browser.post(&format!(
        "view=payment&what=navigate&paymode=test&pay=1&{body}"
    ));
    assert_eq!(
        bench.status(&transaction),
        "PENDING",
        "what the cheque's page does"
    );
    assert_eq!(
        bench.count("SELECT COUNT(*) AS n FROM {local_shopengine_settlement}"),
        0
    );
}

#[test]
fn a03_the_zero_interface_takes_nothing_but_zero() {
    let bench = Bench::new();
    let mut browser = Browser::guest(&bench);
    browser.shop("monproduit", 1);
    browser.identify("someone@example.net");
    let answer = browser.place("freeorder");
    assert_eq!(
        (answer.status, error_code(&answer).as_str()),
        (403, "paymode_not_allowed")
    );
    // Placed for nothing, then changed into something.
    browser.shop("monproduit", 0);
    browser.shop("offert", 1);
    assert_eq!(browser.place("freeorder").kind, Kind::Redirect);
    let transaction = browser.session.cart.transid.clone().unwrap();
    browser.shop("monproduit", 1);
    browser.place("check");
    let received = bench.press("freeorder", &naming(&transaction)).unwrap();
    assert_eq!(received.outcome.code(), "other_paymode");
    // Even if the row says so.
    bench.sql("UPDATE {local_shopengine_order} SET paymode = 'freeorder'");
    let received = bench.press("freeorder", &naming(&transaction)).unwrap();
    assert_eq!(received.outcome.code(), "paymode_not_allowed");
    assert!(!bench.order(&transaction).state.is_paid());
}

#[test]
fn a04_a_transaction_id_alone_shows_nothing() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("check");
    let query = naming(&placed.transid);
    for user in [None, Some(user(3, "jean.dupont@example.org", false))] {
        for (script, view) in [
            (VIEW, "view=bill&"),
            (VIEW, "view=invoice&"),
            (VIEW, "view=produce&"),
            (VIEW, "view=payment&"),
            ("/local/shop/front/order.popup.php", ""),
            ("/local/shop/front/bill.popup.php", ""),
            ("/local/shop/front/scantrace.php", ""),
        ] {
            let mut browser = Browser {
                user: user.clone(),
                ..Browser::guest(&bench)
            };
            let answer = browser.send("GET", script, &format!("{view}{query}"), "");
            assert!(
                [403, 404].contains(&answer.status),
                "{script} {view}: {}",
                answer.status
            );
            let shown = serde_json::to_string(&answer).unwrap();
            assert!(
                !shown.contains("zoe.martin") && !shown.contains("Martin"),
                "{script} {view}"
            );
        }
    }
    let mut admin = Browser::of(&bench, user(2, "admin@example.org", true));
    assert_eq!(admin.get(&format!("view=bill&{query}")).status, 200);
}

#[test]
fn a05_no_message_without_proof_cancels() {
    for paymode in ["check", "test", "transfer"] {
        let bench = Bench::new();
        let (placed, ..) = bench.placed(paymode);
        let body = naming(&placed.transid);
        let before = bench.order(&placed.transid).state;
        let mut stranger = Browser::guest(&bench);
        for name in gateway::all()
            .iter()
            .map(|gateway| gateway.name())
            .chain(["paypal", "nothing"])
        {
            for script in [
                "cancel",
                "process",
                "return",
                "accept",
                "decline",
                "ipn",
                &format!("{name}_ipn"),
            ] {
                if (name, script) == ("test", "test_ipn") {
                    continue;
                }
                let path = format!("/local/shop/paymodes/{name}/{script}.php");
                for (method, query, body) in
                    [("GET", body.as_str(), ""), ("POST", "", body.as_str())]
                {
                    let answer = stranger.send(
                        method,
                        &path,
                        &format!("{query}&cancel=1&what=cancel&status=CANCELLED"),
                        body,
                    );
                    // A browser that comes back is at most shown the way to pages that know who may see them.
                    let shown = answer.kind == Kind::Redirect
                        && ["view=produce", "view=payment"]
                            .iter()
                            .any(|page| answer.location.contains(page));
                    assert!(answer.status >= 400 || shown, "{path}: {}", answer.status);
                }
            }
        }
        for word in ["cancel=1", "status=CANCELLED", "what=cancel", "delayed=2"] {
            let _ = bench.notify(
                "test",
                &format!("{}&{word}", naming(&cart(&[]).transid.unwrap())),
            );
            stranger.send("GET", VIEW, &format!("view=payment&{word}&{body}"), "");
        }
        assert_eq!(bench.order(&placed.transid).state, before, "{paymode}");
    }
}

#[test]
fn a07_a_payment_for_the_old_cart_does_not_pay_the_new_one() {
    let bench = Bench::new();
    let mut cart = cart(&[("ebook", 1)]);
    let buyer = guest();
    let cheap = bench.place(&cart, &buyer, "test").unwrap();
    cart.set("session", Some(shopengine::domain::quantity::Quantity::ONE));
    cart.users = serde_json::from_str(
        r#"{"session": {"student": {"a@b.example": {"email": "a@b.example"}}}}"#,
    )
    .unwrap();
    let dear = bench.place(&cart, &buyer, "test").unwrap();
    assert!(dear.amount.amount() > cheap.amount.amount());
    let old_page = naming_revision(&cheap.transid, cheap.revision);
    let received = bench.press("test", &old_page).unwrap();
    assert_eq!(received.outcome, Outcome::Ignored("older_revision"));
    assert_eq!(bench.status(&cheap.transid), "PLACED");
    assert_eq!(bench.drain(), 0);
}

#[test]
fn a11_a_late_return_never_moves_an_order_back() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("test");
    bench.pay(&placed.transid);
    bench.drain();
    assert_eq!(bench.status(&placed.transid), "COMPLETE");
    let late = format!("{}&delayed=1", naming_revision(&placed.transid, 1));
    assert_eq!(
        bench.press("test", &late).unwrap().outcome,
        Outcome::Ignored("late_event")
    );
    assert_eq!(bench.status(&placed.transid), "COMPLETE");
}

#[test]
fn a12_a_message_is_acknowledged_only_when_it_counted() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("test");
    let mut gateway = Browser::guest(&bench);
    let endpoint = "/local/shop/paymodes/test/test_ipn.php";
    let unknown = naming(&cart(&[]).transid.unwrap());
    assert_eq!(gateway.send("POST", endpoint, "", &unknown).status, 404);
    assert_eq!(gateway.send("POST", endpoint, "", "garbage").status, 400);
    assert_eq!(
        gateway
            .send("PUT", endpoint, "", &naming(&placed.transid))
            .status,
        405
    );
    bench.sql("ALTER TABLE {local_shopengine_inbox} RENAME TO away");
    assert_eq!(
        gateway
            .send("POST", endpoint, "", &naming(&placed.transid))
            .status,
        503
    );
    bench.sql("ALTER TABLE away RENAME TO {local_shopengine_inbox}");
    assert_eq!(
        gateway
            .send("POST", endpoint, "", &naming(&placed.transid))
            .status,
        200
    );
    assert_eq!(bench.status(&placed.transid), "SOLDOUT");
}

#[test]
fn a29_a_guest_cannot_order_with_the_e_mail_of_an_account() {
    let bench = Bench::new();
    let before = bench.rows("SELECT * FROM {user}");
    for email in [
        "jean.dupont@example.org",
        "JEAN.Dupont@Example.ORG",
        "%20jean.dupont@example.org%20",
    ] {
        let mut browser = Browser::guest(&bench);
        browser.shop("monproduit", 1);
        let answer = browser.identify(email);
        assert_eq!(answer.status, 422, "{email}");
        assert_eq!(
            answer.data["customerinfo"]["email"]["problem"],
            "email_has_account"
        );
        // Straight to the summary, and to placement.
        assert!(
            browser
                .get("view=order&shopid=1")
                .location
                .contains("view=customer")
        );
        assert!(browser.place("check").location.contains("view=customer"));
    }
    let mut cart = cart(&[("monproduit", 1)]);
    cart.customerinfo.email = "Jean.Dupont@example.org".into();
    assert_eq!(
        code(bench.place(&cart, &guest(), "check")),
        "order_not_ready"
    );
    assert_eq!(
        bench.count("SELECT COUNT(*) AS n FROM {local_shop_bill}"),
        0
    );
    assert_eq!(
        bench.count("SELECT COUNT(*) AS n FROM {local_shop_customer}"),
        2
    );
    assert_eq!(bench.rows("SELECT * FROM {user}"), before);
}

#[test]
fn a32_a_foreign_class_in_a_serialised_column_is_only_data() {
    use base64::Engine as _;
    let encode = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    for (column, offered) in [
        (
            encode(
                r#"a:1:{i:0;a:2:{s:5:"check";i:1;s:4:"evil";O:8:"PharData":1:{s:4:"file";s:12:"phar://x.jpg";}}}"#,
            ),
            true,
        ),
        (
            encode(r#"O:21:"Monolog\Handler\Group":1:{s:5:"check";s:1:"0";}"#),
            false,
        ),
        (encode(r#"a:1:{s:5:"check";i:1"#), false),
        (encode("a:99999999999:{}"), false),
        ("not base64 \u{1F4A3}".to_owned(), false),
        (String::new(), false),
    ] {
        let bench = Bench::new();
        bench
            .db()
            .execute(
                "UPDATE {local_shop} SET paymodes = ?",
                &[column.as_str().into()],
            )
            .unwrap();
        let result = bench.place(&cart(&[("monproduit", 1)]), &guest(), "check");
        assert_eq!(result.is_ok(), offered, "{column}");
    }
    // What the engine writes into such columns is plain data too, whatever the buyer typed.
    let bench = Bench::new();
    let mut cart = cart(&[("attestation", 1)]);
    let text = r#"";O:8:"stdClass":0:{}i:0;s:1:"x"#;
    cart.customerdata =
        serde_json::from_value(serde_json::json!({"attestation": {"nom": {"0": text}}})).unwrap();
    bench.place(&cart, &guest(), "check").unwrap();
    let column = bench.text("SELECT customerdata AS t FROM {local_shop_billitem}");
    let read = shopengine::domain::serialized::Php::from_column(&column).unwrap();
    assert!(format!("{read:?}").contains("stdClass"));
    assert!(
        !format!("{read:?}").contains("Object"),
        "the text became an object: {read:?}"
    );
}

#[test]
fn a33_a_guest_is_never_bound_to_an_account() {
    let bench = Bench::new();
    let mut cart = cart(&[("monproduit", 1)]);
    cart.customerinfo.firstname = "Jean".into();
    cart.customerinfo.lastname = "Dupont".into();
    bench.place(&cart, &guest(), "test").unwrap();
    assert_eq!(bench.count("SELECT userid AS n FROM {local_shop_bill}"), 0);
    assert_eq!(
        bench.count("SELECT userid AS n FROM {local_shopengine_order}"),
        0
    );
    assert_eq!(
        bench.count("SELECT hasaccount AS n FROM {local_shop_customer} WHERE id > 2"),
        0
    );
    assert_eq!(
        bench.count("SELECT c.hasaccount AS n FROM {local_shop_bill} b JOIN {local_shop_customer} c ON c.id = b.customerid"),
        0
    );
    // Another guest with the same name and e-mail does not see or touch what the first one placed.
    let mut same = cart.clone();
    same.transid = common::cart(&[]).transid;
    same.customerinfo.address = "elsewhere".into();
    bench.place(&same, &guest(), "test").unwrap();
    assert_eq!(
        bench.count("SELECT COUNT(*) AS n FROM {local_shop_customer} WHERE hasaccount = 0 AND email = 'zoe.martin@example.net'"),
        2
    );
}

#[test]
fn b02_a_bill_does_not_move_when_a_tax_does() {
    let bench = Bench::new();
    let (placed, cart, buyer) = bench.placed("test");
    let shown = |bench: &Bench| {
        let view = bench.engine.view(&bench.order(&placed.transid)).unwrap();
        serde_json::to_string(&(view.lines, view.bytax, view.untaxed, view.taxes, view.taxed))
            .unwrap()
    };
    let before = shown(&bench);
    bench.sql("UPDATE {local_shop_tax} SET ratio = '25', title = 'TVA 25 %'");
    bench.sql("UPDATE {local_shop_catalogitem} SET price1 = '99.000', name = 'Autre'");
    assert_eq!(shown(&bench), before);
    bench.pay(&placed.transid);
    bench.drain();
    assert_eq!(shown(&bench), before);
    assert_eq!(
        bench.text("SELECT amount AS t FROM {local_shop_bill}"),
        "23.990"
    );
    assert_eq!(
        bench.text("SELECT paiedamount AS t FROM {local_shop_bill}"),
        "23.990"
    );
    assert!(bench.place(&cart, &buyer, "test").is_err());
    // Nor when the tax is gone.
    bench.sql("DELETE FROM {local_shop_tax}");
    assert_eq!(shown(&bench), before);
}

#[test]
fn b03_a_tax_that_is_not_there_stops_the_sale_each_time() {
    let bench = Bench::new();
    bench.sql("DELETE FROM {local_shop_tax} WHERE id = 1");
    for _ in 0..2 {
        let error = error(bench.place(&cart(&[("monproduit", 1)]), &guest(), "check"));
        assert_eq!(error.status(), 422, "{error}");
    }
    assert_eq!(
        bench.count("SELECT COUNT(*) AS n FROM {local_shop_bill}"),
        0
    );
    // A broken item or tax harms nobody else.
    bench.sql("UPDATE {local_shop_catalogitem} SET range1 = -3 WHERE shortname = 'session'");
    bench
        .place(&cart(&[("ebook", 1)]), &guest(), "check")
        .unwrap();
}

#[test]
fn b08_the_taxes_of_a_bill_are_always_there() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("check");
    let view = bench.engine.view(&bench.order(&placed.transid)).unwrap();
    assert_eq!(view.taxes.to_decimal_string(), "4.00");
    assert_eq!(view.bytax.len(), 1);
    assert_eq!(
        bench.text("SELECT taxes AS t FROM {local_shop_bill}"),
        "4.000"
    );
    let mut browser = Browser::guest(&bench);
    browser.shop("monproduit", 1);
    browser.identify("someone@example.net");
    let page = browser.get("view=order&shopid=1");
    assert_eq!(
        page.data["totals"]["taxes"]["amount"], "4.00",
        "{}",
        page.data
    );
}

#[test]
fn b09_ordering_numbers_go_round_the_plugins_own_bills() {
    let bench = Bench::new();
    let foreign = |ordering: i64| {
        bench
            .db()
            .insert(
                "local_shop_bill",
                &[
                    ("ordering", ordering.into()),
                    ("transactionid", format!("F{ordering}").into()),
                ],
            )
            .unwrap();
    };
    let place = || {
        let (placed, ..) = bench.placed("check");
        bench.count(&format!(
            "SELECT ordering AS n FROM {{local_shop_bill}} WHERE id = {}",
            placed.bill
        ))
    };
    foreign(7);
    assert_eq!([place(), place()], [8, 9]);
    foreign(10);
    foreign(11);
    foreign(14);
    let given = [place(), place()];
    assert_eq!(given, [15, 16]);
    let numbers = bench.count("SELECT COUNT(DISTINCT ordering) AS n FROM {local_shop_bill}");
    assert_eq!(
        numbers,
        bench.count("SELECT COUNT(*) AS n FROM {local_shop_bill}")
    );
}

#[test]
fn b11_a_placement_is_there_in_whole_or_not_at_all() {
    let bench = Bench::new();
    let before = picture(bench.db());
    bench.sql("CREATE TRIGGER stop BEFORE INSERT ON local_shopengine_line BEGIN SELECT RAISE(ABORT, 'disk full'); END");
    let error = error(bench.place(&cart(&[("monproduit", 1)]), &guest(), "check"));
    assert_eq!(
        (error.code(), error.status()),
        ("database_unavailable", 503)
    );
    assert_eq!(picture(bench.db()), before);
    bench.sql("DROP TRIGGER stop");
    bench.placed("check");
    check_laws(bench.db());
}

#[test]
fn b12_a_second_production_does_nothing_twice() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("test");
    let mut gateway = Browser::guest(&bench);
    let endpoint = "/local/shop/paymodes/test/test_ipn.php";
    let body = format!("{}&finish=1", naming(&placed.transid));
    for due in [Drain::First, Drain::No, Drain::No] {
        let answer = gateway.send("POST", endpoint, "", &body);
        assert_eq!((answer.kind, answer.body.as_str()), (Kind::Text, "OK"));
        assert_eq!(answer.drain, due);
        bench.drain();
    }
    assert_eq!(bench.status(&placed.transid), "COMPLETE");
    assert_eq!(
        bench.count("SELECT COUNT(*) AS n FROM {local_shop_product}"),
        1
    );
    assert_eq!(
        bench.count("SELECT COUNT(*) AS n FROM {local_shop_productevent}"),
        1
    );
    assert_eq!(
        bench
            .count("SELECT sold AS n FROM {local_shop_catalogitem} WHERE shortname = 'monproduit'"),
        1
    );
}

#[test]
fn b13_only_moves_of_the_table_reach_a_bill() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("check");
    let mut admin = Browser::of(&bench, user(2, "admin@example.org", true));
    let mut post = |status: &str| {
        let body = format!(
            "sesskey=sesskey1&what=flowchange&status={status}&{}",
            naming(&placed.transid)
        );
        admin.send("POST", BILLS, "", &body)
    };
    for word in ["HACKED", "soldout", "", "PLACED%27--", "%00"] {
        let answer = post(word);
        assert_eq!(
            (answer.status, error_code(&answer).as_str()),
            (400, "unknown_status"),
            "{word}"
        );
    }
    for to in BillStatus::ALL {
        let allowed = bench.order(&placed.transid).moves().contains(&to);
        if !allowed {
            assert_eq!(post(to.as_str()).status, 409, "{to}");
        }
    }
    assert_eq!(bench.status(&placed.transid), "PLACED");
    // Nor without the key, nor by somebody else.
    let body = format!("what=flowchange&status=SOLDOUT&{}", naming(&placed.transid));
    assert_eq!(admin.send("POST", BILLS, "", &body).status, 403);
    let mut other = Browser::of(&bench, user(3, "jean.dupont@example.org", false));
    assert_eq!(
        other
            .send("POST", BILLS, "", &format!("sesskey=sesskey1&{body}"))
            .status,
        403
    );
    assert_eq!(bench.status(&placed.transid), "PLACED");
}

#[test]
fn b18_a_known_customer_is_updated_and_not_doubled() {
    let bench = Bench::new();
    for address in ["1 quai Neuf", "2 quai Neuf"] {
        let mut cart = cart(&[("monproduit", 1)]);
        cart.customerinfo.email = "jean.dupont@example.org".into();
        cart.customerinfo.lastname = "dupont".into();
        cart.customerinfo.address = address.into();
        bench.place(&cart, &jean(), "check").unwrap();
        assert_eq!(
            bench.text("SELECT address AS t FROM {local_shop_customer} WHERE id = 1"),
            address
        );
    }
    assert_eq!(
        bench.count("SELECT COUNT(*) AS n FROM {local_shop_customer}"),
        2
    );
    assert_eq!(
        bench.count(
            "SELECT COUNT(*) AS n FROM {local_shop_bill} WHERE customerid = '1' AND userid = 3"
        ),
        2
    );
    // What was placed first still says the first address.
    let rows = bench.rows("SELECT customer FROM {local_shopengine_order} ORDER BY id");
    assert!(rows[0].text("customer").unwrap().contains("1 quai Neuf"));
}

#[test]
fn b19_the_invoice_identity_comes_back() {
    let bench = Bench::new();
    let mut cart = cart(&[("monproduit", 1)]);
    cart.usedistinctinvoiceinfo = true;
    cart.invoiceinfo = serde_json::from_str(
        r#"{"organisation": "L'Œuvre & fils", "department": "Achats", "firstname": "Éric", "lastname": "Noël",
            "email": "achats@oeuvre.example", "address": "9 rue \"Neuve\"\nbât. B", "zip": "69001", "city": "Lyon",
            "country": "FR", "vatcode": "FR00000000000"}"#,
    )
    .unwrap();
    let placed = bench.place(&cart, &guest(), "test").unwrap();
    bench.pay(&placed.transid);
    let view = bench.engine.view(&bench.order(&placed.transid)).unwrap();
    assert_eq!(view.invoice.as_ref(), Some(&cart.invoiceinfo));
    assert_eq!(view.customer.lastname, "Martin");
    let column = bench.text("SELECT invoiceinfo AS t FROM {local_shop_bill}");
    let read: shopengine::domain::customer::InvoiceInfo = serde_json::from_str(&column).unwrap();
    // The plugin prints it without escaping it.
    assert_eq!(read.address, "9 rue \u{201d}Neuve\u{201d}\nbât. B");
    assert_eq!(
        (read.organisation, read.vatcode),
        (cart.invoiceinfo.organisation, cart.invoiceinfo.vatcode)
    );
}

#[test]
fn b30_looking_at_the_payment_page_moves_nothing() {
    let bench = Bench::new();
    let mut browser = Browser::guest(&bench);
    browser.shop("monproduit", 1);
    browser.identify("someone@example.net");
    browser.place("check");
    let transaction = browser.session.cart.transid.clone().unwrap();
    for query in [
        "view=payment&shopid=1",
        "view=payment&what=place&shopid=1",
        "view=payment&what=navigate&pay=1&shopid=1",
    ] {
        browser.get(query);
        assert_eq!(bench.status(&transaction), "PLACED", "{query}");
    }
    bench.confirm("check", &naming(&transaction)).unwrap();
    browser.get(&format!("view=payment&{}", naming(&transaction)));
    browser.get(&format!("view=produce&{}", naming(&transaction)));
    assert_eq!(bench.status(&transaction), "SOLDOUT");
}

#[test]
fn b31_transfer_goes_pending_and_delegated_is_itself() {
    let names: Vec<&str> = gateway::all()
        .iter()
        .map(|gateway| gateway.name())
        .collect();
    assert!(names.contains(&"delegated") && names.contains(&"transfer"));
    let bench = Bench::new();
    let (placed, ..) = bench.placed("transfer");
    bench
        .press("transfer", &naming_revision(&placed.transid, 1))
        .unwrap();
    assert_eq!(bench.status(&placed.transid), "PENDING");
    use shopengine::domain::serialized::Php;
    let flags = Php::map([(
        "0".to_owned(),
        Php::map([("delegated".to_owned(), Php::Int(1))]),
    )])
    .to_column();
    bench
        .db()
        .execute("UPDATE {local_shop} SET paymodes = ?", &[flags.into()])
        .unwrap();
    assert_eq!(
        code(bench.place(&cart(&[("ebook", 1)]), &guest(), "delegated")),
        "paymode_not_allowed"
    );
    let placed = bench
        .place(&cart(&[("ebook", 1)]), &staff(), "delegated")
        .unwrap();
    assert_eq!(placed.paymode, "delegated");
    assert_eq!(
        bench.text(&format!(
            "SELECT paymode AS t FROM {{local_shop_bill}} WHERE id = {}",
            placed.bill
        )),
        "delegated"
    );
    // The button of its own payment page works for who may see it.
    bench
        .press("delegated", &naming_revision(&placed.transid, 1))
        .unwrap();
    assert_eq!(bench.status(&placed.transid), "PENDING");
    bench
        .confirm("delegated", &naming_revision(&placed.transid, 1))
        .unwrap();
    assert_eq!(bench.status(&placed.transid), "SOLDOUT");
}
