//! Links in emails: an email's own token opens its order for reading, for a while, in any browser, and does nothing else.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use std::collections::BTreeMap;

use common::browser::{Browser, VIEW};
use common::*;
use serde_json::json;
use shopengine::database::Value;
use shopengine::domain::transaction_id::TransactionId;
use shopengine::engine::{Placed, Task};
use shopengine::front::gate::{GateRequest, Passage, decide};
use shopengine::front::{Answer, Drain, Kind};

const ORDER: &str = "/local/shop/front/order.popup.php";
const INVOICE: &str = "/local/shop/front/bill.popup.php";
const DAY: i64 = 86_400_000;

/// An order of a guest who pays by cheque, and the token of the email that tells them so.
fn announced(bench: &Bench) -> (Placed, String) {
    let (placed, ..) = bench.placed("check");
    announce(bench, &placed);
    let token = token(&email(bench, "announced"));
    (placed, token)
}

fn announce(bench: &Bench, placed: &Placed) {
    let body = naming_revision(&placed.transid, placed.revision);
    bench.press("check", &body).unwrap();
}

/// The leased email of this template; other work is done.
fn email(bench: &Bench, template: &str) -> Task {
    let mut found = None;
    loop {
        let tasks = bench.engine.lease(50).unwrap();
        if tasks.is_empty() {
            return found.unwrap();
        }
        for task in tasks {
            bench
                .engine
                .finish(task.id, &task.stamp, &done(&task.kind))
                .unwrap();
            if task.payload["template"] == template {
                found = Some(task);
            }
        }
    }
}

fn token(task: &Task) -> String {
    task.token.as_ref().unwrap().expose().to_owned()
}

fn query(transaction: &TransactionId, token: &str) -> String {
    format!("{}&token={token}", naming(transaction))
}

/// What a browser that was never here is shown.
fn open(bench: &Bench, transaction: &TransactionId, token: &str) -> Answer {
    Browser::guest(bench).send("GET", ORDER, &query(transaction, token), "")
}

fn error(answer: &Answer) -> (u16, String) {
    assert_eq!(answer.page, "error", "{answer:?}");
    let code = answer.data["error"]["code"].as_str().unwrap();
    (answer.status, code.to_owned())
}

fn account_of(bench: &Bench, placed: &Placed, account: i64) {
    bench.sql(&format!(
        "UPDATE {{local_shopengine_order}} SET userid = {account} WHERE billid = {}",
        placed.bill
    ));
}

#[test]
fn the_token_of_an_email_opens_its_order_in_any_browser() {
    let bench = Bench::new();
    let (placed, token) = announced(&bench);
    let page = open(&bench, &placed.transid, &token);
    assert_eq!(
        (page.kind, page.status, page.page),
        (Kind::Page, 200, "bill")
    );
    assert_eq!(page.data["order"]["transid"], placed.transid.as_str());
    assert_eq!(page.data["order"]["customer"]["lastname"], "Martin");
    let printed = page.data["printurl"].as_str().unwrap();
    assert!(
        printed.ends_with(&query(&placed.transid, &token)),
        "{printed}"
    );
    // Without it the order is nobody else's.
    let mut other = Browser::guest(&bench);
    let without = other.send("GET", ORDER, &naming(&placed.transid), "");
    assert_eq!(error(&without), (404, "unknown_order".to_owned()));
    // All pages that show a bill or an invoice, and HEAD, which scanners send.
    for (script, view) in [
        (ORDER, ""),
        (INVOICE, ""),
        (VIEW, "view=bill&"),
        (VIEW, "view=invoice&"),
    ] {
        for method in ["GET", "HEAD"] {
            let query = format!("{view}{}", query(&placed.transid, &token));
            let page = Browser::guest(&bench).send(method, script, &query, "");
            assert_eq!(page.status, 200, "{method} {script} {view}");
        }
    }
}

#[test]
fn another_tokens_answer_is_that_of_an_order_which_does_not_exist() {
    let bench = Bench::new();
    let (placed, token) = announced(&bench);
    let (other, others) = announced(&bench);
    let missing = shopengine::entropy::transaction_id().unwrap();
    let nothing = open(&bench, &missing, &token);
    let said = |answer: &Answer, transaction: &TransactionId| {
        format!("{answer:?}").replace(transaction.as_str(), "T")
    };
    assert_eq!(error(&nothing), (404, "unknown_order".to_owned()));
    for (order, wrong) in [
        (&placed, others.as_str()),
        (&other, token.as_str()),
        (&placed, ""),
        (&placed, "0"),
        (&placed, token.get(..31).unwrap()),
        (
            &placed,
            &token.to_uppercase().replace(char::is_numeric, "A"),
        ),
    ] {
        let answer = open(&bench, &order.transid, wrong);
        assert_eq!(
            said(&answer, &order.transid),
            said(&nothing, &missing),
            "{wrong}"
        );
    }
    assert_eq!(open(&bench, &placed.transid, &token).status, 200);
}

#[test]
fn a_token_opens_nothing_else_and_moves_nothing() {
    let bench = Bench::new();
    let (placed, token) = announced(&bench);
    let before = picture(bench.db());
    let mut browser = Browser::guest(&bench);
    let query = query(&placed.transid, &token);
    for view in ["payment", "produce"] {
        let answer = browser.get(&format!("view={view}&{query}"));
        assert_ne!(answer.page, view, "{answer:?}");
        assert!(!answer.data.to_string().contains("Martin"));
    }
    // By POST, in a body, twice, or as an array the token is none.
    let posted = browser.send("POST", ORDER, &query, "sesskey=sesskey1");
    assert_eq!(posted.status, 404);
    let posted = browser.send("POST", ORDER, "", &query);
    assert_eq!(posted.status, 404);
    let twice = browser.send("GET", ORDER, &format!("{query}&token={token}"), "");
    assert_eq!(twice.status, 404);
    let array = browser.send("GET", ORDER, &query.replace("token", "token[]"), "");
    assert_eq!(array.status, 404);
    for (script, command) in [
        (
            "/local/shopengine/orders.php",
            "what=flowchange&status=SOLDOUT",
        ),
        ("/local/shopengine/orders.php", "what=revoke"),
        (VIEW, "view=payment&what=navigate&pay=1"),
    ] {
        let query = format!("{command}&{query}");
        let answer = browser.send("POST", script, &query, &format!("sesskey=sesskey1&{query}"));
        assert_ne!(answer.page, "bill");
    }
    // Who reads is not known afterwards: the next page is a stranger's again.
    assert_eq!(browser.send("GET", ORDER, &query, "").status, 200);
    let next = browser.send("GET", ORDER, &naming(&placed.transid), "");
    assert_eq!(next.status, 404);
    assert_eq!(picture(bench.db()), before);
}

#[test]
fn opening_a_link_keeps_nothing_in_the_session_and_the_database() {
    let bench = Bench::new();
    let (placed, token) = announced(&bench);
    let mut browser = Browser::guest(&bench);
    browser.shop("monproduit", 2);
    let session = browser.session.clone();
    let before = picture(bench.db());
    let tokens = "SELECT COUNT(*) AS n FROM {local_shopengine_link}";
    let count = bench.count(tokens);
    for _ in 0..3 {
        let answer = browser.send("GET", ORDER, &query(&placed.transid, &token), "");
        assert_eq!(answer.status, 200);
        assert!(answer.session.is_null() && answer.cart.is_null() && answer.drain == Drain::No);
    }
    assert_eq!(browser.session, session);
    // A browser that was never here gets no session from it.
    let mut other = Browser::guest(&bench);
    let answer = other.send("GET", ORDER, &query(&placed.transid, &token), "");
    assert!(answer.session.is_null());
    assert_eq!(picture(bench.db()), before);
    assert_eq!(bench.count(tokens), count);
}

#[test]
fn an_expired_link_says_how_to_get_in_and_is_forgotten_a_year_later() {
    let bench = Bench::new();
    let (placed, token) = announced(&bench);
    bench.clock.advance(90 * DAY - 1);
    assert_eq!(open(&bench, &placed.transid, &token).status, 200);
    bench.clock.advance(1);
    let expired = open(&bench, &placed.transid, &token);
    assert_eq!(error(&expired), (410, "email_link_expired".to_owned()));
    let next = &expired.data["next"];
    assert_eq!(next["code"], "log_in");
    let url = next["url"].as_str().unwrap();
    assert!(url.contains("wantsurl=") && !url.contains(&token), "{url}");
    assert!(!expired.data.to_string().contains("Martin"));
    bench.clock.advance(364 * DAY);
    bench.engine.forget_links().unwrap();
    assert_eq!(open(&bench, &placed.transid, &token).status, 410);
    bench.clock.advance(DAY + 1);
    bench.engine.forget_links().unwrap();
    assert_eq!(open(&bench, &placed.transid, &token).status, 404);
    assert_eq!(
        bench.count("SELECT COUNT(*) AS n FROM {local_shopengine_link}"),
        0
    );
}

#[test]
fn the_site_says_for_how_many_days_links_open() {
    let bench = Bench::new();
    let set = |days: &str| {
        let row = [
            ("plugin", Value::from("local_shopengine")),
            ("name", "emaillinkdays".into()),
            ("value", days.into()),
        ];
        bench.sql("DELETE FROM {config_plugins} WHERE name = 'emaillinkdays'");
        bench.db().insert_if_absent("config_plugins", &row).unwrap();
    };
    set("2");
    let (placed, token) = announced(&bench);
    bench.clock.advance(2 * DAY);
    assert_eq!(open(&bench, &placed.transid, &token).status, 410);
    set("0");
    let (placed, ..) = bench.placed("check");
    announce(&bench, &placed);
    assert!(email(&bench, "announced").token.is_none());
}

#[test]
fn a_seller_revokes_the_links_of_an_order_and_later_emails_have_new_ones() {
    let bench = Bench::new();
    let (placed, token) = announced(&bench);
    let (other, others) = announced(&bench);
    let mut seller = Browser::of(&bench, user(2, "admin@example.org", true));
    let orders = "/local/shopengine/orders.php";
    let links = |seller: &mut Browser<'_>| -> BTreeMap<String, i64> {
        let page = seller.send("GET", orders, "", "");
        let orders = page.data["orders"].as_array().unwrap().iter();
        orders
            .map(|order| {
                let transid = order["transid"].as_str().unwrap().to_owned();
                (transid, order["links"].as_i64().unwrap())
            })
            .collect()
    };
    assert_eq!(links(&mut seller)[placed.transid.as_str()], 1);
    let body = format!("what=revoke&{}", naming(&placed.transid));
    let unsure = seller.send("POST", orders, "", &body);
    assert_eq!(error(&unsure).0, 403);
    let mut guest = Browser::guest(&bench);
    let stranger = guest.send("POST", orders, "", &format!("sesskey=sesskey1&{body}"));
    assert_ne!(stranger.status, 303);
    assert_eq!(open(&bench, &placed.transid, &token).status, 200);
    let done = seller.send("POST", orders, "", &format!("sesskey=sesskey1&{body}"));
    assert_eq!(done.status, 303);
    let left = links(&mut seller);
    assert_eq!(
        (left[placed.transid.as_str()], left[other.transid.as_str()]),
        (0, 1)
    );
    let revoked = open(&bench, &placed.transid, &token);
    assert_eq!(error(&revoked), (410, "email_link_revoked".to_owned()));
    assert_eq!(open(&bench, &other.transid, &others).status, 200);
    bench
        .confirm("check", &naming_revision(&placed.transid, placed.revision))
        .unwrap();
    let later = token_of_paid(&bench);
    assert_eq!(open(&bench, &placed.transid, &later).status, 200);
    let told = bench.text(&format!(
        "SELECT message AS t FROM {{local_shopengine_history}} WHERE billid = {} AND event = 'revoke'",
        placed.bill
    ));
    assert_eq!(told, "Links in emails revoked by the seller");
}

fn token_of_paid(bench: &Bench) -> String {
    token(&email(bench, "paid"))
}

#[test]
fn a_link_ends_when_the_order_gets_another_account_or_address_and_not_when_it_gets_its_first() {
    let bench = Bench::new();
    let (placed, token) = announced(&bench);
    account_of(&bench, &placed, 3);
    assert_eq!(open(&bench, &placed.transid, &token).status, 200);
    let mut owner = Browser::of(&bench, user(3, "jean.dupont@example.org", false));
    assert_eq!(
        owner
            .send("GET", ORDER, &naming(&placed.transid), "")
            .status,
        200
    );
    bench
        .confirm("check", &naming_revision(&placed.transid, placed.revision))
        .unwrap();
    let second = token_of_paid(&bench);
    account_of(&bench, &placed, 4);
    // The first was a guest's: it is good for the account that the order gets, whichever.
    assert_eq!(open(&bench, &placed.transid, &token).status, 200);
    assert_eq!(error(&open(&bench, &placed.transid, &second)).0, 410);
    // Anonymised, or placed again for another address.
    bench.sql(&format!(
        "UPDATE {{local_shopengine_order}} SET customer = '' WHERE billid = {}",
        placed.bill
    ));
    assert_eq!(error(&open(&bench, &placed.transid, &token)).0, 410);
}

#[test]
fn placing_again_for_another_address_ends_the_links_sent_to_the_first() {
    let bench = Bench::new();
    let (placed, mut cart, buyer) = bench.placed("check");
    announce(&bench, &placed);
    let first = token(&email(&bench, "announced"));
    assert_eq!(open(&bench, &placed.transid, &first).status, 200);
    let moved = "UPDATE {local_shopengine_order} SET payment = 'due', status = 'PLACED'";
    bench.sql(moved);
    cart.customerinfo.email = "other@example.net".to_owned();
    let again = bench.place(&cart, &buyer, "check").unwrap();
    assert_eq!(again.revision, 2);
    assert_eq!(error(&open(&bench, &placed.transid, &first)).0, 410);
}

#[test]
fn a_token_is_stored_as_its_digest_and_told_by_nothing_but_the_email() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("check");
    announce(&bench, &placed);
    let task = email(&bench, "announced");
    let token = token(&task);
    assert_eq!(token.len(), 32);
    assert!(!format!("{task:?}").contains(&token));
    assert_eq!(
        serde_json::to_value(&task).unwrap()["token"],
        token.as_str()
    );
    open(&bench, &placed.transid, &token);
    open(&bench, &placed.transid, "wrong");
    bench.clock.advance(90 * DAY);
    open(&bench, &placed.transid, &token);
    assert!(!bench.log().contains(&token));
    let row = &bench.rows("SELECT * FROM {local_shopengine_link}")[0];
    assert!(!format!("{row:?}").contains(&token));
    let digest = row.text("digest").unwrap();
    assert_eq!(digest.len(), 64);
    assert_eq!(error(&open(&bench, &placed.transid, &digest)).0, 404);
}

#[test]
fn each_email_to_the_buyer_has_a_token_of_its_own_and_emails_to_the_seller_have_none() {
    let bench = Bench::new();
    let (placed, first) = announced(&bench);
    bench
        .confirm("check", &naming_revision(&placed.transid, placed.revision))
        .unwrap();
    let second = token_of_paid(&bench);
    assert_ne!(first, second);
    assert_eq!(open(&bench, &placed.transid, &first).status, 200);
    // An email that was sent by a process that died is as good as the one that is sent again.
    let (again, ..) = bench.placed("check");
    announce(&bench, &again);
    let lost = bench.engine.lease(50).unwrap().remove(0);
    bench.clock.advance(120_001);
    let sent = email(&bench, "announced");
    for token in [token(&lost), token(&sent)] {
        assert_eq!(open(&bench, &again.transid, &token).status, 200);
    }
    let body = format!("{}&amount=1", naming(&again.transid));
    let _ = bench.notify("test", &body);
    for task in bench.engine.lease(50).unwrap() {
        if ["held", "attention"]
            .iter()
            .any(|word| task.payload["template"] == *word)
        {
            assert!(task.token.is_none());
        }
    }
}

#[test]
fn a_masked_order_stays_masked_for_the_holder_of_a_token() {
    let bench = Bench::new();
    let (placed, token) = announced(&bench);
    let shown = json!({"firstname": "M.", "lastname": "C.", "organisation": "…", "address": "…", "zip": "…", "city": "Paris",
        "country": "FR", "email": "m…@…"});
    let values = [shown.to_string().into(), placed.bill.into()];
    bench
        .db()
        .execute(
            "UPDATE {local_shopengine_order} SET userid = 4, shown = ? WHERE billid = ?",
            &values,
        )
        .unwrap();
    let page = open(&bench, &placed.transid, &token);
    assert_eq!(page.status, 200);
    assert_eq!(page.data["order"]["customer"]["lastname"], "C.");
    assert!(!page.data.to_string().contains("Martin"));
    let mut owner = Browser::of(&bench, user(4, "marie_curie@example.org", false));
    let page = owner.send("GET", ORDER, &query(&placed.transid, &token), "");
    assert_eq!(page.data["order"]["customer"]["lastname"], "Martin");
}

#[test]
fn the_gate_lets_one_exact_token_through_to_pages_of_bills() {
    let decide = |script: &str, query: &str, takeover: &str| {
        decide(&GateRequest {
            method: "GET".into(),
            script: script.into(),
            query: query.into(),
            modes: BTreeMap::from([(takeover.to_owned(), "on".to_owned())]),
            ..GateRequest::default()
        })
    };
    for (script, query) in [
        ("front/order.popup.php", "transid=T&"),
        ("front/bill.popup.php", "transid=T&"),
        ("front/view.php", "view=bill&transid=T&"),
        ("front/view.php", "view=invoice&transid=T&"),
    ] {
        let one = decide(script, &format!("{query}token=ab"), "bills");
        assert_eq!(one.passage, Passage::Engine, "{script}");
        for twice in [
            "token=ab&token=cd",
            "token[]=ab",
            "token%00=ab",
            "%20token=ab&token=ab",
        ] {
            let refused = decide(script, &format!("{query}{twice}"), "bills");
            assert_eq!(
                (refused.passage, refused.status, refused.code),
                (Passage::Refuse, 400, "parameter_ambiguous"),
                "{script} {twice}"
            );
        }
    }
}
