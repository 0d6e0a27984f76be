//! Takeovers that only watch: what the engine would have done is held against what the plugin did, traced and counted.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use std::thread;

use common::browser::VIEW;
use common::*;
use shopengine::domain::shadow::{Cause, Done, Rehearsed, Way};
use shopengine::domain::takeover::Takeover;
use shopengine::front::{Request, rehearse};

const TRANSID: &str = "TU90QMLVYXD5UMZYUQ==";

fn refuses(code: &str) -> Rehearsed {
    Rehearsed {
        way: Way::Refuses,
        told: format!("engine refuses : {code}"),
        code: code.into(),
        ..Rehearsed::default()
    }
}

fn done() -> Done {
    Done {
        shoppingcart: format!(r#"{{"order":[],"transid":"{TRANSID}"}}"#),
        status: "200".into(),
        ..Done::default()
    }
}

#[test]
fn what_a_takeover_has_seen_is_counted_by_cause_with_the_last_order() {
    let bench = Bench::new();
    let engine = &bench.engine;
    assert!(engine.watched().unwrap().is_empty());
    let passes = Rehearsed::default();
    let calls = Rehearsed {
        way: Way::Calls,
        ..Rehearsed::default()
    };
    for rehearsed in [
        &passes,
        &passes,
        &calls,
        &refuses("unknown_order"),
        &refuses("cart_empty"),
        &refuses("unknown_order"),
    ] {
        bench.clock.advance(1000);
        engine.compare(Takeover::Bills, rehearsed, &done()).unwrap();
    }
    // What names no order leaves the last one that did.
    bench.clock.advance(1000);
    let nameless = Done::default();
    engine
        .compare(Takeover::Bills, &refuses("unknown_order"), &nameless)
        .unwrap();
    engine.compare(Takeover::Trace, &passes, &nameless).unwrap();
    let watched = engine.watched().unwrap();
    let bills = watched.iter().find(|one| one.takeover == "bills").unwrap();
    assert_eq!((bills.compared, bills.same, bills.nothing), (6, 2, 1));
    assert_eq!((bills.since, bills.last), (NOW + 1, NOW + 7));
    let causes: Vec<_> = bills
        .causes
        .iter()
        .map(|seen| (seen.cause.as_str(), seen.code.as_str(), seen.number))
        .collect();
    assert_eq!(
        causes,
        [
            ("refuses", "unknown_order", 3),
            ("refuses", "cart_empty", 1)
        ]
    );
    assert_eq!(bills.causes[0].transid, TRANSID);
    assert_eq!(
        bench.count("SELECT COUNT(*) AS n FROM {local_shopengine_shadow}"),
        5
    );

    engine.watch_anew(Takeover::Bills).unwrap();
    let left = engine.watched().unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!((left[0].takeover, left[0].same), ("trace", 1));
}

#[test]
fn each_comparison_is_one_line_of_the_orders_trace() {
    let bench = Bench::new();
    bench
        .engine
        .compare(Takeover::Bills, &refuses("unknown_order"), &done())
        .unwrap();
    let trace = std::fs::read_to_string(bench.folder.path().join("merchant_trace.log")).unwrap();
    let line = format!("[{TRANSID}] Shadow bills : engine refuses : unknown_order\n");
    assert!(trace.ends_with(&line), "{trace}");
}

#[test]
fn many_processes_that_watch_lose_no_count() {
    const WORKERS: i64 = 8;
    const TIMES: i64 = 20;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.sqlite");
    drop(demo_file(&path));
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                let engine = worker(&path);
                for _ in 0..TIMES {
                    engine
                        .compare(Takeover::Cart, &Rehearsed::default(), &done())
                        .unwrap();
                }
            });
        }
    });
    let watched = worker(&path).watched().unwrap();
    assert_eq!(watched[0].same, WORKERS * TIMES);
}

/// A request to a Moodle, whose plugin keeps the cart.
fn request(script: &str, query: &str, body: &str, cart: &str) -> Request {
    Request {
        method: if body.is_empty() { "GET" } else { "POST" }.into(),
        script: script.into(),
        query: query.into(),
        body: body.into(),
        content_type: "application/x-www-form-urlencoded".into(),
        wwwroot: "https://shop.example".into(),
        https: true,
        lang: "en".into(),
        sesskey: "sesskey1".into(),
        login_url: "https://shop.example/login/index.php".into(),
        shoppingcart: Some(serde_json::from_str(cart).unwrap()),
        rehearsal: true,
        drained: true,
        ..Request::default()
    }
}

#[test]
fn an_import_that_the_plugin_answers_is_compared_by_its_cart() {
    let bench = Bench::new();
    let query = "view=shop&what=import&shopid=1&autodrive=1&monproduit=3&brouillon=1";
    let request = request(VIEW, query, "", "{}");
    let rehearsed = rehearse(&bench.engine, Takeover::Import, &request);
    assert_eq!(rehearsed.way, Way::Goes);
    assert!(
        rehearsed
            .location
            .starts_with("/local/shop/front/view.php?"),
        "{rehearsed:?}"
    );
    for (cart, location, cause) in [
        (
            r#"{"order":{"monproduit":3},"finaltaxedtotal":71.964}"#,
            rehearsed.location.as_str(),
            Cause::Same,
        ),
        (
            r#"{"order":{"monproduit":3},"finaltaxedtotal":71.964}"#,
            "https://shop.example/local/shop/front/view.php?view=shop",
            Cause::Elsewhere,
        ),
        (
            r#"{"order":{"monproduit":3,"brouillon":1}}"#,
            "",
            Cause::OtherCart,
        ),
        (
            r#"{"order":{"monproduit":3},"finaltaxedtotal":60}"#,
            "",
            Cause::OtherAmount,
        ),
    ] {
        let done = Done {
            shoppingcart: cart.into(),
            location: location.into(),
            status: "303".into(),
            ..Done::default()
        };
        let compared = bench
            .engine
            .compare(Takeover::Import, &rehearsed, &done)
            .unwrap();
        assert_eq!(compared.cause, cause, "{cart} {}", compared.told);
    }
}

#[test]
fn a_payment_that_the_plugin_notes_is_compared_by_its_bill_and_the_rehearsal_is_undone() {
    let bench = Bench::new();
    let number = bench
        .place(&cart(&[("monproduit", 3)]), &guest(), "test")
        .unwrap()
        .transid
        .to_string();
    let encoded = number.replace('=', "%3D");
    let body = format!("transid={encoded}");
    let endpoint = "/local/shop/paymodes/test/test_ipn.php";
    let request = request(endpoint, "", &body, "{}");
    let settled = "SELECT COUNT(*) AS n FROM {local_shopengine_settlement}";
    let rehearsed = rehearse(&bench.engine, Takeover::Endpoints, &request);
    let bill = rehearsed.bill.as_ref().unwrap();
    assert_eq!(
        (
            bill.transid.as_str(),
            bill.status.as_str(),
            bill.amount.as_str()
        ),
        (number.as_str(), "SOLDOUT", "71.96"),
        "{rehearsed:?}"
    );
    assert_eq!(bench.count(settled), 0);
    for (status, cause) in [
        ("PLACED", Cause::OtherStatus),
        ("SOLDOUT", Cause::Same),
        ("COMPLETE", Cause::Same),
    ] {
        bench.sql(&format!(
            "UPDATE {{local_shop_bill}} SET status = '{status}', amount = '71.964'"
        ));
        let compared = bench
            .engine
            .compare(Takeover::Endpoints, &rehearsed, &Done::default())
            .unwrap();
        assert_eq!(compared.cause, cause, "{}", compared.told);
    }
    let watched = bench.engine.watched().unwrap();
    assert_eq!((watched[0].compared, watched[0].same), (3, 2));
    assert_eq!(watched[0].causes[0].transid, number);
}

#[test]
fn a_strangers_look_at_an_order_is_refused_and_the_owners_is_compared() {
    let bench = Bench::new();
    let number = bench
        .place(&cart(&[("monproduit", 3)]), &guest(), "check")
        .unwrap()
        .transid
        .to_string();
    let query = format!("view=bill&transid={}", number.replace('=', "%3D"));
    let stranger = request(VIEW, &query, "", "{}");
    let rehearsed = rehearse(&bench.engine, Takeover::Bills, &stranger);
    let compared = bench
        .engine
        .compare(Takeover::Bills, &rehearsed, &done())
        .unwrap();
    assert_eq!(compared.cause, Cause::Refuses("unknown_order".into()));
    assert_eq!(compared.told, "engine refuses : unknown_order");
    let mut admin = request(VIEW, &query, "", "{}");
    admin.user = Some(user(2, "admin@example.org", true));
    let rehearsed = rehearse(&bench.engine, Takeover::Bills, &admin);
    let compared = bench
        .engine
        .compare(Takeover::Bills, &rehearsed, &done())
        .unwrap();
    assert_eq!(compared.cause, Cause::Same, "{rehearsed:?}");
    assert_eq!(
        compared.told,
        "engine shows bill (200) ; same bill, PLACED 71.96"
    );
}

#[test]
fn the_choice_of_an_interface_is_rehearsed_as_what_is_offered() {
    let bench = Bench::new();
    let request = request(
        VIEW,
        "",
        "view=order&what=navigate&go=1&paymode=freeorder",
        r#"{"order":{"monproduit":3}}"#,
    );
    let rehearsed = rehearse(&bench.engine, Takeover::Paymode, &request);
    assert_eq!(rehearsed.way, Way::Offers);
    assert!(
        rehearsed.offered.contains(&"check".to_owned()),
        "{rehearsed:?}"
    );
}
