//! What each permission of a seller opens, and nothing else.

#![allow(
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use common::browser::Browser;
use common::*;
use shopengine::domain::permission::Permission;
use shopengine::engine::User;

const BILLS: &str = "/local/shop/bills/view.php";

/// A seller with these permissions.
fn seller(may: &[Permission]) -> User {
    User {
        may: may.to_vec(),
        ..user(5, "seller@example.org", false)
    }
}

#[test]
fn each_page_asks_for_its_own_permission() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("test");
    bench.pay(&placed.transid);
    let named = naming(&placed.transid);
    let pages = [
        (Permission::Orders, BILLS, String::new()),
        (
            Permission::Orders,
            "/local/shop/front/view.php",
            format!("view=bill&{named}"),
        ),
        (
            Permission::Orders,
            "/local/shop/front/bill.popup.php",
            named.clone(),
        ),
        (
            Permission::Orders,
            "/local/shopengine/home.php",
            String::new(),
        ),
        (
            Permission::Partners,
            "/local/shopengine/partners.php",
            String::new(),
        ),
        (
            Permission::Products,
            "/local/shopengine/products.php",
            String::new(),
        ),
        (
            Permission::Trace,
            "/local/shop/front/scantrace.php",
            named.clone(),
        ),
    ];
    for (needed, script, query) in &pages {
        for held in Permission::ALL {
            let mut browser = Browser::of(&bench, seller(&[held]));
            let answer = browser.send("GET", script, query, "");
            let status = answer.status;
            if held == *needed {
                assert_eq!(status, 200, "{held:?} {script}");
            } else {
                assert!([403, 404].contains(&status), "{held:?} {script}: {status}");
                let told = serde_json::to_string(&answer).unwrap();
                assert!(!told.contains("zoe.martin"), "{held:?} {script}");
            }
        }
    }
}

#[test]
fn who_moves_orders_pays_nothing_back_without_the_permission() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("test");
    bench.pay(&placed.transid);
    let named = naming(&placed.transid);
    let commands = [
        format!("what=flowchange&status=PAYBACK&{named}"),
        format!("what=changestate&status=PAYBACK&{named}"),
        format!("what=refund&amount=1&sofar=0&{named}"),
    ];
    let mut sells = Browser::of(&bench, seller(&[Permission::Orders]));
    for command in &commands {
        for method in ["GET", "POST"] {
            let sent = format!("sesskey=sesskey1&{command}");
            let (query, body) = if method == "GET" {
                (sent.as_str(), "")
            } else {
                ("", sent.as_str())
            };
            let answer = sells.send(method, BILLS, query, body);
            assert_eq!(answer.status, 403, "{method} {command}");
        }
    }
    assert_eq!(bench.status(&placed.transid), "SOLDOUT");
    let offered = |browser: &mut Browser<'_>| {
        let order = browser.send("GET", BILLS, "", "").data["orders"][0].clone();
        order["moves"]
            .as_array()
            .unwrap()
            .contains(&"PAYBACK".into())
    };
    assert!(!offered(&mut sells));
    // Paying back alone opens no order.
    let mut repays = Browser::of(&bench, seller(&[Permission::Refunds]));
    let sent = format!("sesskey=sesskey1&{}", commands[0]);
    assert_eq!(repays.send("POST", BILLS, "", &sent).status, 403);
    let mut both = Browser::of(&bench, seller(&[Permission::Orders, Permission::Refunds]));
    assert!(offered(&mut both));
    assert_eq!(both.send("POST", BILLS, "", &sent).status, 303);
    assert_eq!(bench.status(&placed.transid), "PAYBACK");
}

#[test]
fn a_buyer_has_no_permission_and_no_word_of_a_host_is_guessed() {
    let bench = Bench::new();
    for may in ["[]", "null"] {
        let read = serde_json::from_str::<User>(&format!(r#"{{"id": 3, "may": {may}}}"#));
        assert!(read.map_or(true, |user| user.may.is_empty()));
    }
    let bare: User = serde_json::from_str(r#"{"id": 3, "admin": true}"#).unwrap();
    assert!(bare.may.is_empty());
    assert!(serde_json::from_str::<User>(r#"{"id": 3, "may": ["everything"]}"#).is_err());
    let mut browser = Browser::of(&bench, bare);
    assert_eq!(browser.send("GET", BILLS, "", "").status, 403);
}

#[test]
fn the_trace_names_who_did_something_in_words() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("check");
    bench.confirm("check", &naming(&placed.transid)).unwrap();
    let mut reader = Browser::of(&bench, seller(&[Permission::Trace]));
    let page = reader.send(
        "GET",
        "/local/shop/front/scantrace.php",
        &naming(&placed.transid),
        "",
    );
    let codes: Vec<String> = page.data["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| !item["by"].is_null())
        .map(|item| item["by"]["code"].as_str().unwrap().to_owned())
        .collect();
    assert!(codes.contains(&"actor_buyer".to_owned()), "{codes:?}");
    assert!(codes.contains(&"actor_gateway".to_owned()), "{codes:?}");
}

#[test]
fn who_reads_traces_alone_finds_no_buyers_orders() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("check");
    let number = placed.transid.to_string();
    let found = |may: &[Permission], find: &str| -> bool {
        let mut browser = Browser::of(&bench, seller(may));
        let query = format!("find={find}");
        let page = browser.send("GET", "/local/shop/front/scantrace.php", &query, "");
        let recent = page.data["recent"].as_array().unwrap().clone();
        recent
            .iter()
            .any(|order| order["transid"] == number.as_str())
    };
    let email = "zoe.martin@example.net";
    assert!(found(&[Permission::Trace, Permission::Orders], email));
    assert!(!found(&[Permission::Trace], email));
    assert!(!found(&[Permission::Trace], "Martin"));
    assert!(found(&[Permission::Trace], &number[..6].to_lowercase()));
}
