//! Passwords of products, as the script of the plugin's catalogue page asks about them.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a failing test"
)]

mod common;

use serde_json::{Value as Json, json};
use shopengine::front::{Answer, Kind, Request, Session, handle, steer};

use common::Bench;

/// What a visitor of the plugin's pages sends.
fn request(script: &str, fields: &str, session: &Session, order: &Json) -> Request {
    Request {
        method: "POST".into(),
        script: format!("/local/shop/front/{script}"),
        body: format!("id=1&{fields}").into(),
        content_type: "application/x-www-form-urlencoded".into(),
        wwwroot: "https://shop.example".into(),
        sesskey: "key".into(),
        https: true,
        session: session.clone(),
        shoppingcart: Some(json!({"order": order})),
        ..Request::default()
    }
}

fn protected() -> Bench {
    let bench = Bench::new();
    bench.sql(
        "UPDATE {local_shop_catalogitem} SET password = 'geheim' WHERE shortname = 'monproduit'",
    );
    bench
}

fn ask(bench: &Bench, service: &str, session: &Session) -> Answer {
    let request = request("ajax/service.php", service, session, &json!({}));
    handle(&bench.engine, &request)
}

fn status(answer: &Answer) -> Json {
    assert_eq!(answer.kind, Kind::Text);
    serde_json::from_str::<Json>(&answer.body).unwrap()["status"].clone()
}

/// Units of the product that are left when the buyer goes on from the catalogue.
fn units_that_go_on(bench: &Bench, session: &Session) -> Json {
    let order = json!({"monproduit": 2, "livre": 1});
    let going_on = request("view.php", "view=shop&what=navigate", session, &order);
    steer(&bench.engine, &going_on).cart["order"]["monproduit"].clone()
}

#[test]
fn the_password_opens_a_product_for_the_cart_that_it_was_sent_with() {
    let bench = protected();
    let nobody = Session::default();
    let asked = "service=shop&what=checkpasscode&productname=monproduit&passcode=";
    for (sent, said) in [("Geheim", "failed"), ("", "failed"), ("geheim", "passed")] {
        let answer = ask(&bench, &format!("{asked}{sent}"), &nobody);
        assert_eq!(status(&answer), said, "{sent}");
        let session = match answer.session {
            Json::Null => Session::default(),
            kept => serde_json::from_value(kept).unwrap(),
        };
        let left = units_that_go_on(&bench, &session);
        assert_eq!(
            left,
            if said == "passed" {
                json!(2)
            } else {
                Json::Null
            }
        );
    }
    let unknown = ask(
        &bench,
        "service=shop&what=checkpasscode&productname=nosuch&passcode=geheim",
        &nobody,
    );
    assert_eq!(status(&unknown), "product error");
}

#[test]
fn other_services_are_the_plugins() {
    let bench = protected();
    for service in [
        "service=shop&what=ordertotals",
        "service=users&what=checkpasscode&productname=monproduit&passcode=geheim",
    ] {
        assert_eq!(ask(&bench, service, &Session::default()).kind, Kind::Pass);
    }
}
