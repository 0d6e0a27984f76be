//! The test interface's notification, sent by a program and by the buyer's own browser; and the steps that the plugin's pages show.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use common::browser::VIEW;
use common::*;
use shopengine::domain::transaction_id::TransactionId;
use shopengine::front::{Answer, Kind, Request, handle, steer};

fn notify(bench: &Bench, transaction: &TransactionId, dest: &str) -> Answer {
    let mut request = Request {
        method: "POST".into(),
        script: "/local/shop/paymodes/test/test_ipn.php".into(),
        body: format!("{}&finish=1", naming(transaction)).into(),
        content_type: "application/x-www-form-urlencoded".into(),
        wwwroot: "https://shop.example".into(),
        ..Request::default()
    };
    request.sender.fetch_dest = dest.into();
    handle(&bench.engine, &request)
}

#[test]
fn a_browser_that_sends_the_notification_is_shown_the_order_and_a_program_reads_ok() {
    for dest in ["", "empty"] {
        let bench = Bench::new();
        let (placed, ..) = bench.placed("test");
        let answer = notify(&bench, &placed.transid, dest);
        assert_eq!((answer.kind, answer.status), (Kind::Text, 200));
        assert_eq!(answer.body, "OK");
    }
    let bench = Bench::new();
    let (placed, ..) = bench.placed("test");
    let answer = notify(&bench, &placed.transid, "document");
    assert_eq!((answer.kind, answer.status), (Kind::Redirect, 303));
    let page = format!("https://shop.example{VIEW}?view=produce&");
    assert!(answer.location.starts_with(&page), "{}", answer.location);
    assert!(bench.order(&placed.transid).state.is_paid());
    // What is refused is refused to a browser as well.
    bench.set("test", "0");
    let (other, ..) = bench.placed("check");
    let answer = notify(&bench, &other.transid, "document");
    assert_eq!(answer.kind, Kind::Text);
    assert!(answer.status >= 400, "{}", answer.status);
}

#[test]
fn the_plugins_pages_are_given_the_steps_of_the_purchase() {
    let bench = Bench::new();
    let shown = |query: &str| {
        let request = Request {
            method: "GET".into(),
            script: VIEW.into(),
            query: query.into(),
            wwwroot: "https://shop.example".into(),
            shoppingcart: Some(serde_json::json!({"order": {"monproduit": 1}})),
            ..Request::default()
        };
        steer(&bench.engine, &request)
    };
    let steering = shown("view=customer&shopid=1");
    assert_eq!(steering.kind, Kind::Pass);
    let states: Vec<(String, String)> = steering
        .steps
        .iter()
        .map(|step| {
            let text = |name: &str| step[name].as_str().unwrap().to_owned();
            (text("step"), text("state"))
        })
        .collect();
    let expected = [
        ("shop", "done"),
        ("customer", "current"),
        ("order", "todo"),
        ("payment", "todo"),
        ("produce", "todo"),
    ]
    .map(|(step, state)| (step.to_owned(), state.to_owned()));
    assert_eq!(states, expected);
    assert_eq!(shown("view=shop&shopid=1").steps.len(), 0);
    // A buyer who is sent elsewhere sees that page's steps.
    assert_eq!(shown("view=order&shopid=1").steps.len(), 0);
}
