//! What the gate looks up in the database before the plugin may answer, and before a visitor is asked.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use common::*;
use serde_json::json;
use shopengine::engine::{Subject, SubjectKind};
use shopengine::front::Request;
use shopengine::front::gate::admit;

const DRAFT_FORM: &str = "/local/shop/bills/edit_bill.php";

/// A bill that a seller has begun by hand.
fn draft(bench: &Bench) -> i64 {
    let (placed, ..) = bench.placed("check");
    bench.sql(&format!(
        "INSERT INTO local_shop_bill (shopid, userid, ordering, customerid, invoiceinfo, title, worktype, status, emissiondate,
                lastactiondate, untaxedamount, taxes, amount, currency, transactionid, paymode)
         SELECT shopid, userid, 99001, customerid, invoiceinfo, 'Draft by hand', worktype, 'WORKING', emissiondate,
                lastactiondate, untaxedamount, taxes, amount, currency, 'draft', paymode
           FROM local_shop_bill WHERE transactionid = '{}'",
        placed.transid
    ));
    bench.count("SELECT id AS n FROM {local_shop_bill} WHERE transactionid = 'draft'")
}

fn form(script: &str, body: &str) -> Request {
    Request {
        method: "POST".into(),
        script: script.into(),
        body: body.into(),
        content_type: "application/x-www-form-urlencoded".into(),
        ..Request::default()
    }
}

#[test]
fn the_form_of_a_draft_stays_within_the_table_of_states() {
    let bench = Bench::new();
    let bill = draft(&bench);
    let answer = |body: &str| {
        let refusal = admit(&bench.engine, &form(DRAFT_FORM, body), "draft");
        refusal.map_or((200, ""), |refusal| (refusal.status, refusal.code))
    };
    for id in [bill, 0] {
        for status in ["WORKING", "PLACED", "PENDING", "CANCELLED"] {
            let body = format!("billid={id}&status={status}");
            assert_eq!(answer(&body), (200, ""), "{body}");
        }
        for status in ["SOLDOUT", "PARTIAL", "COMPLETE", "PREPROD", "PAYBACK"] {
            let body = format!("billid={id}&status={status}");
            assert_eq!(answer(&body).1, "move_not_allowed", "{body}");
            let body = format!("billid={id}&status=WORKING&status={status}");
            assert_eq!(answer(&body).1, "move_not_allowed", "{body}");
        }
        for status in ["", "complete", "COMP%3Cb%3ELETE", "%20COMPLETE"] {
            let body = format!("billid={id}&status={status}");
            assert_eq!(answer(&body).1, "unknown_status", "{body}");
        }
        let body = format!("billid={id}&status[]=COMPLETE");
        assert_eq!(answer(&body).1, "move_not_allowed");
    }
    // Lists filter by any status.
    let list = form(
        "/local/shop/bills/view.php",
        &format!("billid={bill}&status=COMPLETE"),
    );
    assert!(admit(&bench.engine, &list, "draft").is_none());
}

#[test]
fn the_interface_of_orders_without_a_price_pays_for_no_others() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("check");
    let ask = |query: &str, paymode: &str, check: &str| {
        let request = Request {
            method: "GET".into(),
            script: "/local/shop/front/view.php".into(),
            query: query.into(),
            shoppingcart: Some(json!({
                "order": {"monproduit": 1}, "paymode": paymode, "transid": placed.transid, "shopid": 1,
                "customerinfo": {"country": "FR"},
            })),
            wwwroot: "https://shop.example".into(),
            lang: "en".into(),
            ..Request::default()
        };
        let refusal = admit(&bench.engine, &request, check);
        refusal.map_or((200, ""), |refusal| (refusal.status, refusal.code))
    };
    // Chosen when the cart was free, and kept when it is not any more.
    let place = "view=payment&what=place&shopid=1";
    assert_eq!(ask(place, "check", "paymode"), (200, ""));
    assert_eq!(
        ask(place, "freeorder", "paymode"),
        (403, "paymode_not_allowed")
    );
    let named_too = format!("{place}&paymode=check");
    assert_eq!(
        ask(&named_too, "freeorder", "paymode"),
        (403, "paymode_not_allowed"),
        "the plugin reads the one of its cart"
    );
    let order = "view=order&what=navigate&shopid=1&paymode=check";
    assert_eq!(
        ask(order, "freeorder", "paymode"),
        (200, ""),
        "a new choice"
    );
    let order = "view=order&what=navigate&shopid=1&paymode=freeorder";
    assert_eq!(ask(order, "check", "paymode"), (403, "paymode_not_allowed"));
    // A bill that was placed all the same is not gone on with.
    let produce = "view=produce&what=confirm&shopid=1";
    assert_eq!(ask(produce, "check", "interface"), (200, ""));
    let named = format!(
        "{produce}&transid={}",
        placed
            .transid
            .to_string()
            .replace('=', "%3D")
            .replace('+', "%2B")
    );
    for (amount, said) in [
        ("23.990", (403, "paymode_not_allowed")),
        ("0.000", (200, "")),
    ] {
        bench.sql(&format!(
            "UPDATE local_shop_bill SET paymode = 'freeorder', amount = {amount}"
        ));
        assert_eq!(ask(produce, "", "interface"), said, "{amount}");
        assert_eq!(ask(&named, "", "interface"), said, "{amount}");
        // A bill that was begun by hand has no transaction, and is nobody's order.
        let none = Request {
            method: "GET".into(),
            query: produce.into(),
            ..Request::default()
        };
        bench.sql("UPDATE local_shop_bill SET transactionid = ''");
        assert!(admit(&bench.engine, &none, "interface").is_none());
        bench.sql(&format!(
            "UPDATE local_shop_bill SET transactionid = '{}'",
            placed.transid
        ));
    }
}

#[test]
fn a_question_has_the_names_of_the_rows_it_is_about() {
    let bench = Bench::new();
    let bill = draft(&bench);
    let subject = |kind, id| Subject { kind, id };
    let kinds = [
        SubjectKind::Bill,
        SubjectKind::Line,
        SubjectKind::Catalogue,
        SubjectKind::Category,
        SubjectKind::Customer,
        SubjectKind::Item,
        SubjectKind::Purchase,
        SubjectKind::Tax,
    ];
    let named = bench.engine.named(vec![subject(SubjectKind::Bill, bill)]);
    let names: Vec<_> = named.unwrap().into_iter().map(|one| one.name).collect();
    assert_eq!(names, [Some("Draft by hand draft".to_owned())]);
    let missing = kinds.map(|kind| subject(kind, 99_999)).to_vec();
    let named = bench.engine.named(missing).unwrap();
    assert_eq!(named.len(), kinds.len());
    assert!(named.iter().all(|one| one.name.is_none()), "{named:?}");
    let [item] = bench
        .engine
        .named(vec![subject(SubjectKind::Customer, 2)])
        .unwrap()
        .try_into()
        .unwrap();
    assert!(item.name.unwrap().contains("Curie"));
}
