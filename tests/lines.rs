//! Deliveries line by line: what is offered, what a faulty product leaves open, what is delivered before the payment, and whose
//! the order is afterwards.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use common::*;
use serde_json::json;
use shopengine::domain::cart::Cart;
use shopengine::domain::quantity::Quantity;
use shopengine::domain::state::BillStatus;
use shopengine::engine::{Buyer, Performed, PerformedLine, Phase, Placed, Task};

const MINUTE: i64 = 60_000;

/// An order of two products, placed by `buyer`.
fn placed(bench: &Bench, buyer: &Buyer, paymode: &str) -> Placed {
    let cart = cart(&[("monproduit", 1), ("livre", 1)]);
    bench.place(&cart, buyer, paymode).unwrap()
}

/// The delivery that is due now, if there is one; emails are sent on the way.
fn due(bench: &Bench) -> Option<Task> {
    let mut found = None;
    for task in bench.engine.lease(10).unwrap() {
        if matches!(task.kind.as_str(), "deliver" | "prepare") {
            assert!(found.is_none(), "two deliveries at once");
            found = Some(task);
        } else {
            bench
                .engine
                .finish(task.id, &task.stamp, &done(&task.kind))
                .unwrap();
        }
    }
    found
}

/// Reports on a delivery as a host that produces line by line: `faulty` are the codes whose handler fails.
fn perform(bench: &Bench, task: &Task, faulty: &[&str]) {
    let mut lines = Vec::new();
    for line in task.payload["lines"].as_array().unwrap() {
        let item = line["item"].as_i64().unwrap();
        let code = bench.text(&format!(
            "SELECT itemcode AS t FROM {{local_shop_billitem}} WHERE id = {item}"
        ));
        for phase in line["phases"].as_array().unwrap() {
            let phase: Phase = serde_json::from_value(phase.clone()).unwrap();
            let word = if faulty.contains(&code.as_str()) {
                failed("the course is gone")
            } else {
                done("")
            };
            lines.push(PerformedLine {
                item,
                phase,
                outcome: word.outcome,
                private: word.private,
            });
            if faulty.contains(&code.as_str()) {
                break;
            }
        }
    }
    let all = if faulty.is_empty() {
        done("")
    } else {
        failed("")
    };
    report(
        bench,
        task,
        &Performed {
            lines: Some(lines),
            ..all
        },
    );
}

fn report(bench: &Bench, task: &Task, performed: &Performed) {
    bench
        .engine
        .finish(task.id, &task.stamp, performed)
        .unwrap();
}

/// The phases that a task offers, by product code.
fn offered(bench: &Bench, task: &Task) -> Vec<String> {
    let lines = task.payload["lines"].as_array().unwrap();
    lines
        .iter()
        .map(|line| {
            let code = bench.text(&format!(
                "SELECT itemcode AS t FROM {{local_shop_billitem}} WHERE id = {}",
                line["item"]
            ));
            let phases: Vec<&str> = line["phases"]
                .as_array()
                .unwrap()
                .iter()
                .map(|phase| phase.as_str().unwrap())
                .collect();
            format!("{code}:{}", phases.join("+"))
        })
        .collect()
}

fn codes(bench: &Bench, placed: &Placed) -> Vec<String> {
    let sql = format!(
        "SELECT itemcode FROM {{local_shop_billitem}} WHERE billid = {} AND type = 'BILLING' ORDER BY ordering",
        placed.bill
    );
    let rows = bench.rows(&sql);
    rows.iter()
        .map(|row| row.text("itemcode").unwrap())
        .collect()
}

/// The customer row of a bill names an account, as after the plugin's production.
fn production_creates_account(bench: &Bench, placed: &Placed, account: i64) {
    bench.sql(&format!(
        "INSERT INTO user (id, username, email) SELECT {account}, 'made{account}', c.email FROM local_shop_customer c
           JOIN local_shop_bill b ON b.customerid = c.id WHERE b.id = {}",
        placed.bill
    ));
    bench.sql(&format!(
        "UPDATE local_shop_customer SET hasaccount = {account}
          WHERE id = (SELECT customerid FROM local_shop_bill WHERE id = {})",
        placed.bill
    ));
}

fn move_to(bench: &Bench, placed: &Placed, to: BillStatus) {
    let order = bench.order(&placed.transid);
    bench
        .engine
        .move_order(&order, to, &staff().user.unwrap())
        .unwrap();
}

fn announce(bench: &Bench, placed: &Placed) {
    bench
        .press("check", &naming_revision(&placed.transid, placed.revision))
        .unwrap();
}

/// A shop each of whose products a handler produces.
fn bench_with_handlers() -> Bench {
    let bench = Bench::new();
    bench.sql("UPDATE local_shop_catalogitem SET enablehandler = 'std_enrolonecourse'");
    bench
}

#[test]
fn what_no_handler_produces_is_delivered_to_a_guest_in_one_round() {
    let bench = Bench::new();
    let placed = placed(&bench, &guest(), "test");
    bench.pay(&placed.transid);
    let task = due(&bench).unwrap();
    assert_eq!(task.payload["account"], json!(0));
    assert_eq!(task.payload["notify"], json!(true));
    let lines = task.payload["lines"].as_array().unwrap();
    assert!(lines.iter().all(|line| line["produced"] == json!(false)));
    perform(&bench, &task, &[]);
    assert_eq!(bench.status(&placed.transid), "COMPLETE");
    assert!(due(&bench).is_none());
}

#[test]
fn a_bundle_whose_elements_are_not_on_record_is_the_hosts_to_produce() {
    let bench = Bench::new();
    let placed = bench
        .place(&cart(&[("coffret", 1)]), &guest(), "test")
        .unwrap();
    bench.sql("UPDATE local_shopengine_line SET elements = '', handler = ''");
    bench.pay(&placed.transid);
    let lines = due(&bench).unwrap().payload["lines"].clone();
    assert_eq!(lines[0]["produced"], json!(true));
}

#[test]
fn a_handler_that_a_product_got_since_the_order_and_a_product_that_is_gone_are_the_hosts() {
    for change in [
        "UPDATE local_shop_catalogitem SET enablehandler = 'std_enrolonecourse'",
        "DELETE FROM local_shop_catalogitem",
    ] {
        let bench = Bench::new();
        let placed = placed(&bench, &guest(), "test");
        bench.sql(change);
        bench.pay(&placed.transid);
        let task = due(&bench).unwrap();
        assert_eq!(task.payload["notify"], json!(false), "{change}");
        let lines = task.payload["lines"].as_array().unwrap();
        assert!(lines.iter().all(|line| line["produced"] == json!(true)));
    }
}

#[test]
fn all_lines_of_an_account_are_offered_at_once_as_that_account() {
    let bench = bench_with_handlers();
    let placed = placed(&bench, &jean(), "test");
    bench.pay(&placed.transid);
    let task = due(&bench).unwrap();
    let codes = codes(&bench, &placed);
    assert_eq!(task.payload["account"], json!(3));
    assert_eq!(task.payload["notify"], json!(true));
    assert_eq!(
        offered(&bench, &task),
        codes
            .iter()
            .map(|code| format!("{code}:prepay+postpay"))
            .collect::<Vec<_>>()
    );
    perform(&bench, &task, &[]);
    assert_eq!(bench.status(&placed.transid), "COMPLETE");
    assert!(due(&bench).is_none());
}

#[test]
fn a_guests_order_is_delivered_as_nobody_first_and_then_as_the_account_that_production_created() {
    let bench = bench_with_handlers();
    let placed = placed(&bench, &guest(), "test");
    bench.pay(&placed.transid);
    let first = due(&bench).unwrap();
    assert_eq!(first.payload["account"], json!(0));
    assert_eq!(first.payload["notify"], json!(false));
    assert!(
        offered(&bench, &first)
            .iter()
            .all(|line| line.ends_with(":prepay"))
    );
    production_creates_account(&bench, &placed, 77);
    perform(&bench, &first, &[]);
    assert_eq!(bench.status(&placed.transid), "SOLDOUT");
    let second = due(&bench).unwrap();
    assert_eq!(second.payload["account"], json!(77));
    assert!(
        offered(&bench, &second)
            .iter()
            .all(|line| line.ends_with(":postpay"))
    );
    perform(&bench, &second, &[]);
    assert_eq!(bench.status(&placed.transid), "COMPLETE");
    let owners = "SELECT o.userid * 1000 + b.userid AS n FROM {local_shopengine_order} o JOIN {local_shop_bill} b ON b.id = o.billid";
    assert_eq!(bench.count(owners), 77_077);
    assert!(bench.log().contains("Order now of account 77"));
    assert!(
        bench
            .order(&placed.transid)
            .is_owned_by(&member(77, "zoe.martin@example.net", false))
    );
}

#[test]
fn a_line_that_fails_before_the_account_exists_does_not_keep_the_others_back() {
    let bench = bench_with_handlers();
    let placed = placed(&bench, &guest(), "test");
    bench.pay(&placed.transid);
    let codes = codes(&bench, &placed);
    let (faulty, sound) = (codes[0].as_str(), codes[1].as_str());
    perform(&bench, &due(&bench).unwrap(), &[faulty]);
    // No waiting for the next attempt: the sound line was not tried to its end.
    let second = due(&bench).unwrap();
    assert_eq!(
        offered(&bench, &second),
        [
            format!("{sound}:postpay"),
            format!("{faulty}:prepay+postpay")
        ]
    );
    perform(&bench, &second, &[faulty]);
    assert_eq!(bench.status(&placed.transid), "PARTIAL");
    assert!(due(&bench).is_none());
    bench.clock.advance(10 * MINUTE);
    let third = due(&bench).unwrap();
    assert_eq!(
        offered(&bench, &third),
        [format!("{faulty}:prepay+postpay")]
    );
    perform(&bench, &third, &[]);
    assert_eq!(bench.status(&placed.transid), "COMPLETE");
    check_laws(bench.db());
}

#[test]
fn what_the_plugins_pages_have_begun_to_deliver_is_not_prepared_again() {
    let bench = bench_with_handlers();
    let placed = placed(&bench, &jean(), "check");
    announce(&bench, &placed);
    bench.sql(
        "INSERT INTO local_shop_product (catalogitemid, initialbillitemid, currentbillitemid, customerid, contexttype, instanceid,
                startdate, enddate, reference, productiondata, extradata, test)
         SELECT 1, id, id, 1, '', 0, 0, 0, 'R', '', '', 1 FROM local_shop_billitem LIMIT 1",
    );
    assert!(due(&bench).is_none());
    move_to(&bench, &placed, BillStatus::Soldout);
    assert!(due(&bench).is_none());
    let order = bench.order(&placed.transid);
    assert_eq!(order.held.as_deref(), Some("delivery_uncertain"));
}

#[test]
fn an_address_is_not_confirmed_by_the_account_that_production_created() {
    let bench = bench_with_handlers();
    let placed = placed(&bench, &guest(), "check");
    announce(&bench, &placed);
    production_creates_account(&bench, &placed, 77);
    perform(&bench, &due(&bench).unwrap(), &[]);
    move_to(&bench, &placed, BillStatus::Soldout);
    // The email about the payment waits for the delivery.
    let delivery = bench.engine.lease(10).unwrap();
    assert!(delivery.iter().all(|task| !task.confirmed));
    for task in delivery {
        if task.kind == "deliver" {
            perform(&bench, &task, &[]);
        }
    }
    let tasks = bench.engine.lease(10).unwrap();
    assert!(tasks.iter().any(|task| task.kind == "mail"));
    assert!(tasks.iter().all(|task| !task.confirmed));
}

#[test]
fn an_announced_order_that_is_placed_anew_delivers_the_lines_that_stay_once() {
    let bench = bench_with_handlers();
    let mut cart = cart(&[("monproduit", 1), ("livre", 1)]);
    let first = bench.place(&cart, &jean(), "check").unwrap();
    announce(&bench, &first);
    let prepared = due(&bench).unwrap();
    assert_eq!(prepared.kind, "prepare");
    perform(&bench, &prepared, &[]);

    // One product stays, of the other one there are more now.
    cart.set("livre", Some(Quantity::new(2).unwrap()));
    let again = bench.place(&cart, &jean(), "test").unwrap();
    assert_eq!((&again.transid, again.revision), (&first.transid, 2));
    bench.pay(&again.transid);
    let task = due(&bench).unwrap();
    let mut offered = offered(&bench, &task);
    offered.sort();
    assert_eq!(
        offered,
        ["LIVRE:prepay+postpay", "MONPRODUIT:postpay"],
        "what was delivered before is not delivered again"
    );
    perform(&bench, &task, &[]);
    assert_eq!(bench.status(&again.transid), "COMPLETE");
    check_laws(bench.db());
}

/// A guest's order by cheque that the seller moved to PENDING: production has created account 77 for `zoe.martin@example.net`.
fn prepared_for_a_guest(bench: &Bench, buyer: &Buyer) -> (Cart, Placed) {
    let cart = cart(&[("monproduit", 1), ("livre", 1)]);
    let placed = bench.place(&cart, buyer, "check").unwrap();
    move_to(bench, &placed, BillStatus::Pending);
    let prepare = due(bench).unwrap();
    production_creates_account(bench, &placed, 77);
    perform(bench, &prepare, &[]);
    assert_eq!(
        bench.count("SELECT userid AS n FROM {local_shopengine_order}"),
        77
    );
    (cart, placed)
}

#[test]
fn a_guest_who_corrects_the_address_gets_the_goods_and_not_the_account_made_for_the_address_before()
{
    let bench = bench_with_handlers();
    let buyer = guest();
    let (mut cart, first) = prepared_for_a_guest(&bench, &buyer);
    cart.customerinfo.email = "gamma@example.net".to_owned();
    let again = bench.place(&cart, &buyer, "test").unwrap();
    assert_eq!((&again.transid, again.revision), (&first.transid, 2));
    let owners = "SELECT o.userid + b.userid AS n FROM {local_shopengine_order} o JOIN {local_shop_bill} b ON b.id = o.billid";
    assert_eq!(bench.count(owners), 0);
    assert!(bench.log().contains(
        "Order now of another person : neither account 77 nor what was produced before is theirs"
    ));
    // The row of the first person stays theirs.
    assert_eq!(
        bench.text("SELECT email AS t FROM {local_shop_customer} WHERE hasaccount = 77"),
        "zoe.martin@example.net"
    );
    bench.pay(&again.transid);
    let task = due(&bench).unwrap();
    assert_eq!(task.payload["account"], json!(0));
    let offered = offered(&bench, &task);
    assert!(
        offered.len() == 2 && offered.iter().all(|line| line.ends_with(":prepay")),
        "{offered:?}"
    );
    production_creates_account(&bench, &again, 78);
    perform(&bench, &task, &[]);
    let task = due(&bench).unwrap();
    assert_eq!(task.payload["account"], json!(78));
    perform(&bench, &task, &[]);
    assert_eq!(bench.status(&again.transid), "COMPLETE");
    assert_eq!(
        bench.count("SELECT userid AS n FROM {local_shopengine_order}"),
        78
    );
    check_laws(bench.db());
}

#[test]
fn an_account_that_logs_in_before_the_payment_gets_the_goods() {
    let bench = bench_with_handlers();
    let visitor = guest();
    let (mut cart, _) = prepared_for_a_guest(&bench, &visitor);
    cart.customerinfo.email = "jean.dupont@example.org".to_owned();
    let jean = Buyer {
        session_key: visitor.session_key.clone(),
        ..jean()
    };
    let again = bench.place(&cart, &jean, "check").unwrap();
    assert_eq!((again.revision, again.unchanged), (2, false));
    move_to(&bench, &again, BillStatus::Soldout);
    let task = due(&bench).unwrap();
    assert_eq!(task.payload["account"], json!(3));
    let offered = offered(&bench, &task);
    assert!(
        offered.len() == 2 && offered.iter().all(|line| line.ends_with(":prepay+postpay")),
        "{offered:?}"
    );
    // A log-in shows whose address it is, the account that production made did not.
    perform(&bench, &task, &[]);
    let mails = bench.engine.lease(10).unwrap();
    assert!(!mails.is_empty() && mails.iter().all(|task| task.confirmed));
}

#[test]
fn the_same_guest_with_the_same_address_keeps_the_account_and_what_was_prepared() {
    let bench = bench_with_handlers();
    let buyer = guest();
    let (mut cart, _) = prepared_for_a_guest(&bench, &buyer);
    // Who has an account of this address logs in; this one has got another address since.
    bench.sql("UPDATE user SET email = 'zoe@example.net' WHERE id = 77");
    cart.customerinfo.city = "Lyon".to_owned();
    cart.customerinfo.email = "Zoe.Martin@example.net".to_owned();
    let again = bench.place(&cart, &buyer, "test").unwrap();
    bench.pay(&again.transid);
    let task = due(&bench).unwrap();
    assert_eq!(task.payload["account"], json!(77));
    let offered = offered(&bench, &task);
    assert!(
        offered.len() == 2 && offered.iter().all(|line| line.ends_with(":postpay")),
        "{offered:?}"
    );
}

#[test]
fn a_line_with_other_data_or_other_people_is_prepared_again() {
    let person =
        |email: &str| json!({"lastname": "L", "firstname": "F", "email": email, "city": "x"});
    let seats = |email: &str| json!({"session": {"student": {email: person(email)}}});
    let mut base = serde_json::to_value(cart(&[("attestation", 1), ("session", 1)])).unwrap();
    base["customerdata"] = json!({"attestation": {"nom": {"0": "Zoé"}}});
    base["participants"] = json!({"p1@example.org": person("p1@example.org"), "p2@example.org": person("p2@example.org")});
    base["users"] = seats("p1@example.org");
    for (changed, value, again) in [
        ("paymode", json!(null), ""),
        (
            "customerdata",
            json!({"attestation": {"nom": {"0": "Paul"}}}),
            "ATTESTATION",
        ),
        ("users", seats("p2@example.org"), "SESSION"),
    ] {
        let bench = bench_with_handlers();
        let first: Cart = serde_json::from_value(base.clone()).unwrap();
        let placed = bench.place(&first, &jean(), "check").unwrap();
        announce(&bench, &placed);
        perform(&bench, &due(&bench).unwrap(), &[]);
        let mut other = base.clone();
        other[changed] = value;
        let other: Cart = serde_json::from_value(other).unwrap();
        let placed = bench.place(&other, &jean(), "test").unwrap();
        assert_eq!(placed.revision, 2);
        bench.pay(&placed.transid);
        let offered = offered(&bench, &due(&bench).unwrap());
        for line in offered {
            let whole = line.ends_with(":prepay+postpay");
            assert_eq!(
                whole,
                !again.is_empty() && line.starts_with(again),
                "{changed}: {line}"
            );
        }
    }
}

#[test]
fn an_announced_order_with_products_is_not_placed_anew() {
    let bench = bench_with_handlers();
    let cart = cart(&[("monproduit", 1), ("livre", 1)]);
    let first = bench.place(&cart, &jean(), "check").unwrap();
    announce(&bench, &first);
    perform(&bench, &due(&bench).unwrap(), &[]);
    bench.sql(
        "INSERT INTO local_shop_product (catalogitemid, initialbillitemid, currentbillitemid, customerid, contexttype, instanceid,
                startdate, enddate, reference, productiondata, extradata, test)
         SELECT 1, id, id, 1, '', 0, 0, 0, 'R', '', '', 1 FROM local_shop_billitem LIMIT 1",
    );
    let error = bench.place(&cart, &jean(), "test").unwrap_err();
    assert_eq!(error.code(), "already_placed");
    assert_eq!(bench.order(&first.transid).revision, 1);
}

#[test]
fn a_faulty_product_leaves_its_line_open_and_the_others_delivered() {
    let bench = bench_with_handlers();
    let placed = placed(&bench, &jean(), "test");
    bench.pay(&placed.transid);
    let codes = codes(&bench, &placed);
    let faulty = codes[0].as_str();
    perform(&bench, &due(&bench).unwrap(), &[faulty]);
    assert_eq!(bench.status(&placed.transid), "PARTIAL");
    assert!(bench.log().contains(&format!(
        "Order delivered in part, open : {faulty} (the course is gone)"
    )));
    let order = bench.order(&placed.transid);
    let lines = bench.engine.failed_lines(&order).unwrap();
    assert_eq!(
        (
            lines.len(),
            lines[0].code.as_str(),
            lines[0].reason.as_str()
        ),
        (1, faulty, "the course is gone")
    );
    // The open line alone is tried again.
    assert!(due(&bench).is_none());
    bench.clock.advance(MINUTE);
    let again = due(&bench).unwrap();
    assert_eq!(
        offered(&bench, &again),
        [format!("{faulty}:prepay+postpay")]
    );
    perform(&bench, &again, &[]);
    assert_eq!(bench.status(&placed.transid), "COMPLETE");
    assert!(bench.engine.failed_lines(&order).unwrap().is_empty());
    check_laws(bench.db());
}

#[test]
fn a_refund_ends_a_delivery_that_is_under_way() {
    let bench = bench_with_handlers();
    let placed = placed(&bench, &jean(), "test");
    assert!(!bench.engine.may_produce(&placed.transid).unwrap());
    bench.pay(&placed.transid);
    let under_way = due(&bench).unwrap();
    assert!(bench.engine.may_produce(&placed.transid).unwrap());
    let order = bench.order(&placed.transid);
    bench
        .engine
        .move_order(&order, BillStatus::Payback, &staff().user.unwrap())
        .unwrap();
    assert!(!bench.engine.may_produce(&placed.transid).unwrap());
    // The host reports the line that it had produced before.
    let performed = Performed {
        lines: Some(Vec::new()),
        ..done("deliver")
    };
    bench
        .engine
        .finish(under_way.id, &under_way.stamp, &performed)
        .unwrap();
    assert!(due(&bench).is_none());
    assert_eq!(bench.status(&placed.transid), "PAYBACK");
}

#[test]
fn an_open_line_is_held_for_the_seller_in_the_end_and_delivered_once_it_is_released() {
    let bench = bench_with_handlers();
    let placed = placed(&bench, &jean(), "test");
    bench.pay(&placed.transid);
    let codes = codes(&bench, &placed);
    let faulty = codes[1].as_str();
    for _ in 0..10 {
        perform(&bench, &due(&bench).unwrap(), &[faulty]);
        bench.clock.advance(22_000_000);
    }
    assert!(due(&bench).is_none());
    let order = bench.order(&placed.transid);
    assert_eq!(order.held.as_deref(), Some("delivery_failed"));
    assert_eq!(bench.status(&placed.transid), "PARTIAL");
    bench
        .engine
        .release(&order, &staff().user.unwrap())
        .unwrap();
    perform(&bench, &due(&bench).unwrap(), &[]);
    assert_eq!(bench.status(&placed.transid), "COMPLETE");
}

#[test]
fn a_line_that_failed_is_offered_behind_those_that_were_not_reached() {
    let bench = bench_with_handlers();
    let placed = placed(&bench, &jean(), "test");
    bench.pay(&placed.transid);
    let codes = codes(&bench, &placed);
    let task = due(&bench).unwrap();
    // The first line's handler ended the request: the second was not reached.
    let item = task.payload["lines"][0]["item"].as_i64().unwrap();
    let line = PerformedLine {
        item,
        phase: Phase::Prepay,
        outcome: failed("").outcome,
        private: "it ended the request".to_owned(),
    };
    report(
        &bench,
        &task,
        &Performed {
            lines: Some(vec![line]),
            ..failed("it ended the request")
        },
    );
    bench.clock.advance(MINUTE);
    let again = due(&bench).unwrap();
    assert_eq!(
        offered(&bench, &again),
        [
            format!("{}:prepay+postpay", codes[1]),
            format!("{}:prepay+postpay", codes[0])
        ]
    );
}

/// Workers perform what is due; the one that is given the line `killer` dies and reports nothing.
fn perform_or_die(bench: &Bench, killer: &str) {
    for _ in 0..20 {
        if let Some(task) = due(bench) {
            let offered = offered(bench, &task);
            if !offered.iter().any(|line| line.starts_with(killer)) {
                assert_eq!(task.payload["notify"], json!(false), "{offered:?}");
                perform(bench, &task, &[]);
                continue;
            }
        }
        bench.clock.advance(2 * MINUTE);
    }
}

#[test]
fn a_line_that_kills_its_process_keeps_no_other_line_back_and_is_given_up_with_its_reason() {
    for buyer in [jean(), guest()] {
        let bench = bench_with_handlers();
        let placed = placed(&bench, &buyer, "test");
        bench.pay(&placed.transid);
        production_creates_account(&bench, &placed, 77);
        let codes = codes(&bench, &placed);
        perform_or_die(&bench, &codes[0]);
        assert_eq!(bench.status(&placed.transid), "PARTIAL");
        let order = bench.order(&placed.transid);
        assert_eq!(order.held.as_deref(), Some("delivery_failed"));
        let lines = bench.engine.failed_lines(&order).unwrap();
        assert_eq!((lines.len(), &lines[0].code), (1, &codes[0]));
        let reason = format!(
            "{} (its handler ended the process without a report",
            codes[0]
        );
        assert!(
            bench
                .log()
                .contains(&format!("given up after 10 attempts : {reason}"))
        );
        // Mended, and released by the seller.
        let seller = staff().user.unwrap();
        bench.engine.release(&order, &seller).unwrap();
        while let Some(task) = due(&bench) {
            perform(&bench, &task, &[]);
        }
        assert_eq!(bench.status(&placed.transid), "COMPLETE");
        check_laws(bench.db());
    }
}

#[test]
fn of_two_lines_that_kill_their_process_and_a_sound_one_the_sound_one_is_delivered() {
    let bench = bench_with_handlers();
    let cart = cart(&[("monproduit", 1), ("livre", 1), ("ateliermatin", 1)]);
    let placed = bench.place(&cart, &jean(), "test").unwrap();
    bench.pay(&placed.transid);
    let codes = codes(&bench, &placed);
    let mut tried = Vec::new();
    for _ in 0..20 {
        if let Some(task) = due(&bench) {
            let offered = offered(&bench, &task);
            if offered == [format!("{}:prepay+postpay", codes[2])] {
                perform(&bench, &task, &[]);
                continue;
            }
            tried.push(offered.len());
            tried.extend(
                codes
                    .iter()
                    .position(|code| offered[0].starts_with(code.as_str())),
            );
        }
        bench.clock.advance(2 * MINUTE);
    }
    assert_eq!(bench.status(&placed.transid), "PARTIAL");
    // All at once, then one by one; each of the two has its turns.
    assert_eq!(tried[..2], [3, 0]);
    assert!(tried[2..].chunks(2).all(|turn| turn[0] == 1), "{tried:?}");
    for line in [0, 1] {
        let turns = tried[2..].chunks(2).filter(|turn| turn[1] == line).count();
        assert!(turns >= 3, "{tried:?}");
    }
}

#[test]
fn the_reason_of_a_line_is_kept_at_a_bounded_length() {
    let bench = bench_with_handlers();
    let placed = placed(&bench, &jean(), "test");
    bench.pay(&placed.transid);
    let task = due(&bench).unwrap();
    let line = PerformedLine {
        item: task.payload["lines"][0]["item"].as_i64().unwrap(),
        phase: Phase::Prepay,
        outcome: failed("").outcome,
        private: format!("\0{}", "é".repeat(400_000)),
    };
    report(
        &bench,
        &task,
        &Performed {
            lines: Some(vec![line]),
            ..failed(&"x".repeat(400_000))
        },
    );
    let order = bench.order(&placed.transid);
    let lines = bench.engine.failed_lines(&order).unwrap();
    assert_eq!(lines[0].reason, "é".repeat(1_000));
    let longest = "SELECT MAX(LENGTH(message)) AS n FROM {local_shopengine_history}";
    assert!(bench.count(longest) < 1_200);
    assert!(bench.count("SELECT MAX(LENGTH(result)) AS n FROM {local_shopengine_outbox}") <= 1_000);
}

#[test]
fn the_elements_of_a_bundle_are_delivered_as_they_were_placed() {
    let bench = Bench::new();
    let ids = "SELECT e.id * 10 AS n FROM local_shop_catalogitem e WHERE e.setid = (SELECT id FROM local_shop_catalogitem WHERE code = 'COFFRET') ORDER BY e.code";
    let elements: Vec<i64> = bench
        .rows(ids)
        .iter()
        .map(|row| row.int("n").unwrap() / 10)
        .collect();
    assert_eq!(elements.len(), 2);
    bench.sql(&format!(
        "UPDATE local_shop_catalogitem SET enablehandler = 'std_enrolonecourse' WHERE id = {}",
        elements[1]
    ));
    let cart = cart(&[("coffret", 1), ("livre", 1)]);
    let placed = bench.place(&cart, &jean(), "test").unwrap();
    bench.pay(&placed.transid);
    // One of them leaves the bundle before it is delivered.
    bench.sql(&format!(
        "UPDATE local_shop_catalogitem SET setid = 0 WHERE id = {}",
        elements[0]
    ));
    let task = due(&bench).unwrap();
    let offered: Vec<_> = task.payload["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["elements"].clone())
        .collect();
    assert!(
        offered.contains(&json!([
            {"id": elements[0], "handler": ""},
            {"id": elements[1], "handler": "std_enrolonecourse"},
        ])) && offered.contains(&json!([])),
        "{offered:?}"
    );
}

#[test]
fn a_line_is_delivered_with_the_handler_that_it_had_when_it_was_placed() {
    let bench = bench_with_handlers();
    let handler = |name: &str, code: &str| {
        bench.sql(&format!(
            "UPDATE local_shop_catalogitem SET enablehandler = '{name}' WHERE shortname = '{code}'"
        ));
    };
    handler("std_enrolonecourse", "monproduit");
    // The plugin's word for none.
    handler("0", "livre");
    let placed = placed(&bench, &jean(), "test");
    bench.pay(&placed.transid);
    handler("", "monproduit");
    handler("std_createcourse", "livre");
    let task = due(&bench).unwrap();
    let lines = task.payload["lines"].as_array().unwrap();
    let offered: Vec<_> = lines.iter().map(|line| &line["handler"]).collect();
    assert_eq!(offered, ["std_enrolonecourse", ""]);
}

#[test]
fn a_line_whose_mark_was_committed_before_a_crash_is_not_offered_again() {
    let bench = bench_with_handlers();
    let placed = placed(&bench, &jean(), "test");
    bench.pay(&placed.transid);
    let codes = codes(&bench, &placed);
    let task = due(&bench).unwrap();
    for phase in ["prepay", "postpay"] {
        bench.sql(&format!(
            "INSERT INTO local_shopengine_produced (billid, billitemid, phase, state, reason, timecreated, timemodified)
             VALUES ({}, {}, '{phase}', 'done', '', 0, 0)",
            placed.bill, task.payload["lines"][0]["item"]
        ));
    }
    // The worker is gone; so is its lease after two minutes.
    bench.clock.advance(2 * MINUTE);
    let again = due(&bench).unwrap();
    assert_eq!(
        offered(&bench, &again),
        [format!("{}:prepay+postpay", codes[1])]
    );
    perform(&bench, &again, &[]);
    assert_eq!(bench.status(&placed.transid), "COMPLETE");
}

#[test]
fn an_announced_payment_delivers_what_products_give_before_it_and_the_payment_the_rest() {
    let bench = bench_with_handlers();
    let placed = placed(&bench, &jean(), "check");
    announce(&bench, &placed);
    let prepare = due(&bench).unwrap();
    assert_eq!(prepare.kind, "prepare");
    assert_eq!(prepare.payload["notify"], json!(false));
    assert!(
        offered(&bench, &prepare)
            .iter()
            .all(|line| line.ends_with(":prepay"))
    );
    perform(&bench, &prepare, &[]);
    assert_eq!(bench.status(&placed.transid), "PENDING");
    assert!(due(&bench).is_none());
    move_to(&bench, &placed, BillStatus::Soldout);
    let deliver = due(&bench).unwrap();
    assert!(
        offered(&bench, &deliver)
            .iter()
            .all(|line| line.ends_with(":postpay"))
    );
    perform(&bench, &deliver, &[]);
    assert_eq!(bench.status(&placed.transid), "COMPLETE");
}

#[test]
fn a_payment_that_comes_before_the_preparation_delivers_both_phases() {
    let bench = bench_with_handlers();
    let placed = placed(&bench, &jean(), "check");
    announce(&bench, &placed);
    move_to(&bench, &placed, BillStatus::Soldout);
    let deliver = due(&bench).unwrap();
    assert_eq!(deliver.kind, "deliver");
    assert!(
        offered(&bench, &deliver)
            .iter()
            .all(|line| line.ends_with(":prepay+postpay"))
    );
}

#[test]
fn preprod_delivers_on_trust_and_the_payment_completes_the_order() {
    for paid_first in [false, true] {
        let bench = bench_with_handlers();
        let placed = placed(&bench, &jean(), "check");
        announce(&bench, &placed);
        perform(&bench, &due(&bench).unwrap(), &[]);
        move_to(&bench, &placed, BillStatus::Preprod);
        assert_eq!(bench.status(&placed.transid), "PREPROD");
        if paid_first {
            // Paid while the delivery is still to be done.
            bench
                .confirm("check", &naming_revision(&placed.transid, placed.revision))
                .unwrap();
            assert_eq!(bench.status(&placed.transid), "PARTIAL");
        }
        let task = due(&bench).unwrap();
        assert!(
            offered(&bench, &task)
                .iter()
                .all(|line| line.ends_with(":postpay"))
        );
        perform(&bench, &task, &[]);
        if !paid_first {
            assert_eq!(bench.status(&placed.transid), "PREPROD");
            let moves = bench.order(&placed.transid).moves();
            assert_eq!(moves, [BillStatus::Complete, BillStatus::Cancelled]);
            move_to(&bench, &placed, BillStatus::Complete);
        }
        assert_eq!(bench.status(&placed.transid), "COMPLETE");
        assert!(due(&bench).is_none());
        assert_eq!(bench.order(&placed.transid).held, None);
        check_laws(bench.db());
    }
}

#[test]
fn the_payment_of_an_order_on_trust_delivers_what_had_been_given_up() {
    let bench = bench_with_handlers();
    let placed = placed(&bench, &jean(), "check");
    move_to(&bench, &placed, BillStatus::Preprod);
    let codes = codes(&bench, &placed);
    for _ in 0..10 {
        perform(&bench, &due(&bench).unwrap(), &[codes[0].as_str()]);
        bench.clock.advance(22_000_000);
    }
    assert!(due(&bench).is_none());
    assert_eq!(bench.status(&placed.transid), "PREPROD");
    bench
        .confirm("check", &naming_revision(&placed.transid, placed.revision))
        .unwrap();
    assert_eq!(bench.status(&placed.transid), "PARTIAL");
    let task = due(&bench).unwrap();
    assert_eq!(
        offered(&bench, &task),
        [format!("{}:prepay+postpay", codes[0])]
    );
    perform(&bench, &task, &[]);
    assert_eq!(bench.status(&placed.transid), "COMPLETE");
}

#[test]
fn a_gateways_message_completes_an_order_that_was_delivered_on_trust() {
    let bench = bench_with_handlers();
    let placed = placed(&bench, &jean(), "test");
    move_to(&bench, &placed, BillStatus::Preprod);
    perform(&bench, &due(&bench).unwrap(), &[]);
    bench.pay(&placed.transid);
    assert_eq!(bench.status(&placed.transid), "COMPLETE");
    assert!(due(&bench).is_none());
}

#[test]
fn an_order_on_trust_that_is_cancelled_is_not_delivered() {
    let bench = bench_with_handlers();
    let placed = placed(&bench, &jean(), "check");
    move_to(&bench, &placed, BillStatus::Preprod);
    move_to(&bench, &placed, BillStatus::Cancelled);
    assert!(due(&bench).is_none());
}

#[test]
fn an_order_of_an_account_that_cannot_be_used_is_held() {
    for wrong in ["suspended", "deleted"] {
        let bench = bench_with_handlers();
        let placed = placed(&bench, &jean(), "test");
        bench.pay(&placed.transid);
        bench.sql(&format!("UPDATE user SET {wrong} = 1 WHERE id = 3"));
        assert!(due(&bench).is_none());
        let order = bench.order(&placed.transid);
        assert_eq!(order.held.as_deref(), Some("account_unusable"));
        assert_eq!(bench.status(&placed.transid), "SOLDOUT");
        bench.sql(&format!("UPDATE user SET {wrong} = 0 WHERE id = 3"));
        bench
            .engine
            .release(&order, &staff().user.unwrap())
            .unwrap();
        perform(&bench, &due(&bench).unwrap(), &[]);
        assert_eq!(bench.status(&placed.transid), "COMPLETE");
    }
}

#[test]
fn a_bill_that_an_earlier_version_delivered_whole_is_not_delivered_again() {
    let bench = bench_with_handlers();
    let placed = placed(&bench, &jean(), "test");
    bench.pay(&placed.transid);
    bench.sql(&format!(
        "INSERT INTO local_shopengine_delivery (billid, timecreated) VALUES ({}, 0)",
        placed.bill
    ));
    let task = due(&bench).unwrap();
    assert_eq!(task.payload["lines"], json!([]));
    perform(&bench, &task, &[]);
    assert_eq!(bench.status(&placed.transid), "COMPLETE");
}

#[test]
fn a_line_that_fails_without_a_reason_is_given_up_like_any_other() {
    for lines_are_told in [true, false] {
        let bench = bench_with_handlers();
        let placed = placed(&bench, &jean(), "test");
        bench.pay(&placed.transid);
        // The first attempt never reports: from here on lines are offered one by one.
        due(&bench).unwrap();
        let mut rounds = 0;
        while bench.order(&placed.transid).held.is_none() {
            rounds += 1;
            assert!(rounds < 200, "it is offered for ever");
            bench.clock.advance(60 * MINUTE);
            let Some(task) = due(&bench) else { continue };
            let first = &task.payload["lines"][0];
            let told = PerformedLine {
                item: first["item"].as_i64().unwrap(),
                phase: serde_json::from_value(first["phases"][0].clone()).unwrap(),
                outcome: failed("").outcome,
                private: String::new(),
            };
            let lines = if lines_are_told {
                vec![told]
            } else {
                Vec::new()
            };
            let performed = Performed {
                lines: Some(lines),
                ..failed("")
            };
            report(&bench, &task, &performed);
        }
        assert_eq!(
            bench.order(&placed.transid).held.as_deref(),
            Some("delivery_failed")
        );
    }
}
