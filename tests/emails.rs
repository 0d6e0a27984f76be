//! Which emails are due: the table of the engine, the same table in the documentation, and what happens to orders.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use common::*;
use shopengine::domain::email::{EMAILS, Moment, Recipient};
use shopengine::domain::state::BillStatus;
use shopengine::engine::{Performed, Placed, Task};

/// Performs everything that is due and gives the emails among it: recipient and template.
fn sent(bench: &Bench) -> Vec<(Recipient, String)> {
    emails(bench, &mut |task| done(&task.kind))
}

fn emails(bench: &Bench, perform: &mut dyn FnMut(&Task) -> Performed) -> Vec<(Recipient, String)> {
    let mut sent = Vec::new();
    loop {
        let tasks = bench.engine.lease(5).unwrap();
        if tasks.is_empty() {
            return sent;
        }
        for task in tasks {
            let performed = perform(&task);
            bench
                .engine
                .finish(task.id, &task.stamp, &performed)
                .unwrap();
            if let Some(to) = task.to {
                let template = task.payload["template"].as_str().unwrap();
                sent.push((to, template.to_owned()));
            }
        }
    }
}

fn one(to: Recipient, template: &str) -> Vec<(Recipient, String)> {
    vec![(to, template.to_owned())]
}

fn announce(bench: &Bench, placed: &Placed) {
    let body = naming_revision(&placed.transid, placed.revision);
    bench.press("check", &body).unwrap();
}

fn confirm(bench: &Bench, placed: &Placed) {
    let body = naming_revision(&placed.transid, placed.revision);
    bench.confirm("check", &body).unwrap();
}

/// The plugin's production, as a Moodle records it: the bill is produced, and its customer has an account.
fn produce(bench: &Bench, bill: i64, account: i64) {
    bench.sql(&format!(
        "INSERT INTO {{local_shopengine_delivery}} (billid, timecreated, told) VALUES ({bill}, 1, 1)"
    ));
    bench.sql(&format!(
        "UPDATE {{local_shop_customer}} SET hasaccount = {account}
          WHERE id = (SELECT CAST(customerid AS INTEGER) FROM {{local_shop_bill}} WHERE id = {bill})"
    ));
}

#[test]
fn the_documentation_has_the_table_of_the_code() {
    let text = include_str!("../docs/emails.md");
    let rows = text
        .lines()
        .skip_while(|line| !line.starts_with("| moment |"));
    let documented: Vec<[String; 4]> = rows
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            [1, 2, 3, 4].map(|at: usize| cells[at].trim_matches('`').to_owned())
        })
        .collect();
    let mut expected = Vec::new();
    for moment in Moment::ALL {
        let emails: Vec<_> = EMAILS
            .iter()
            .filter(|email| email.moment == moment)
            .collect();
        if emails.is_empty() {
            expected.push([moment.as_str(), "nobody", "–", "–"].map(str::to_owned));
        }
        for email in emails {
            let to = format!("{:?}", email.to).to_lowercase();
            let by = if email.by_plugin { "plugin" } else { "engine" };
            expected.push([moment.as_str(), &to, by, email.template].map(str::to_owned));
        }
    }
    assert_eq!(documented, expected);
}

#[test]
fn each_engines_template_has_one_row_and_strings_in_both_languages() {
    let strings = ["en", "fr"].map(|lang| {
        let path = format!("php/local/shopengine/lang/{lang}/local_shopengine.php");
        std::fs::read_to_string(path).unwrap()
    });
    for email in EMAILS.iter().filter(|email| !email.by_plugin) {
        let same = EMAILS
            .iter()
            .filter(|other| other.template == email.template);
        assert_eq!(same.count(), 1, "{}", email.template);
        assert_eq!(Recipient::of(email.template), email.to);
        for text in &strings {
            for part in ["subject", "text"] {
                let key = format!("$string['mail_{}_{part}']", email.template);
                assert!(text.contains(&key), "{key}");
            }
        }
    }
    // Nothing unknown goes to a buyer.
    assert_eq!(Recipient::of("sales_feedback"), Recipient::Seller);
}

#[test]
fn sales_hear_of_each_order_once_where_the_plugins_setting_says_so() {
    let bench = Bench::new();
    bench.set("presalenotification", "1");
    let (placed, mut cart, buyer) = bench.placed("check");
    bench.place(&cart, &buyer, "check").unwrap();
    assert_eq!(sent(&bench), one(Recipient::Sales, "placed"));
    // Placed again with another content it is the same order.
    cart.customerinfo.city = "Lyon".to_owned();
    assert_eq!(bench.place(&cart, &buyer, "check").unwrap().revision, 2);
    assert_eq!(sent(&bench), []);
    announce(
        &bench,
        &Placed {
            revision: 2,
            ..placed
        },
    );
    assert_eq!(sent(&bench), one(Recipient::Buyer, "announced"));
    bench.set("presalenotification", "0");
    bench.placed("check");
    assert_eq!(sent(&bench), []);
}

#[test]
fn an_order_that_nobody_placed_is_told_to_nobody() {
    let bench = Bench::new();
    bench.set("presalenotification", "1");
    let mut cart = cart(&[("monproduit", 1)]);
    cart.customerinfo.email = String::new();
    assert!(bench.place(&cart, &guest(), "check").is_err());
    assert_eq!(sent(&bench), []);
}

#[test]
fn the_buyer_of_a_cheque_order_is_told_once_of_the_announcement_and_once_of_the_payment() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("check");
    assert_eq!(sent(&bench), []);
    announce(&bench, &placed);
    announce(&bench, &placed);
    assert_eq!(sent(&bench), one(Recipient::Buyer, "announced"));
    confirm(&bench, &placed);
    // A host without the plugin: the engine's email, once, and with the goods.
    assert_eq!(sent(&bench), one(Recipient::Buyer, "paid"));
    assert_eq!(bench.status(&placed.transid), "COMPLETE");
}

#[test]
fn the_buyer_of_an_order_that_the_seller_moves_to_pending_is_told_once() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("check");
    let order = bench.order(&placed.transid);
    bench
        .engine
        .move_order(&order, BillStatus::Pending, &staff().user.unwrap())
        .unwrap();
    assert_eq!(sent(&bench), one(Recipient::Buyer, "announced"));
    announce(&bench, &placed);
    assert_eq!(sent(&bench), []);
}

#[test]
fn the_engine_says_nothing_of_a_payment_whose_delivery_the_plugin_told() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("check");
    confirm(&bench, &placed);
    let told = emails(&bench, &mut |task| {
        if task.kind == "deliver" {
            produce(&bench, placed.bill, 3);
        }
        done(&task.kind)
    });
    assert_eq!(told, []);
    let row = &bench
        .rows("SELECT state, kind FROM {local_shopengine_outbox} WHERE taskkey LIKE '%mail:paid'")
        [0];
    // The host's log hears of the payment all the same.
    assert_eq!(row.text("kind").unwrap(), "event");
    assert_eq!(row.text("state").unwrap(), "done");
    // Without an account the plugin has nobody to write to.
    let (placed, ..) = bench.placed("check");
    confirm(&bench, &placed);
    let told = emails(&bench, &mut |task| {
        if task.kind == "deliver" {
            produce(&bench, placed.bill, 0);
        }
        done(&task.kind)
    });
    assert_eq!(told, one(Recipient::Buyer, "paid"));
}

#[test]
fn a_payment_is_told_when_the_mail_server_did_not_take_the_plugins_email() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("check");
    confirm(&bench, &placed);
    // The address was unusable, or the process died while the email was sent.
    let told = emails(&bench, &mut |task| {
        if task.kind == "deliver" {
            produce(&bench, placed.bill, 3);
            bench.sql("UPDATE {local_shopengine_delivery} SET told = 0");
        }
        done(&task.kind)
    });
    assert_eq!(told, one(Recipient::Buyer, "paid"));
    assert_eq!(bench.status(&placed.transid), "COMPLETE");
}

#[test]
fn a_payment_is_told_when_its_delivery_failed_or_takes_long() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("check");
    confirm(&bench, &placed);
    let told = emails(&bench, &mut |task| {
        if task.kind == "deliver" {
            failed("away")
        } else {
            done(&task.kind)
        }
    });
    assert_eq!(told, one(Recipient::Buyer, "paid"));
    // Another process delivers and does not come back.
    let (placed, ..) = bench.placed("check");
    confirm(&bench, &placed);
    let lost = bench.engine.lease(5).unwrap();
    assert_eq!(lost.len(), 1, "{lost:?}");
    for _ in 0..3 {
        assert!(bench.engine.lease(5).unwrap().is_empty());
    }
    bench.sql("UPDATE {local_shopengine_outbox} SET timedue = timedue + 99999999999 WHERE state = 'leased'");
    bench.clock.advance(600_001);
    let late = bench.engine.lease(5).unwrap();
    let templates: Vec<_> = late
        .iter()
        .map(|task| task.payload["template"].clone())
        .collect();
    assert!(templates.contains(&"paid".into()), "{templates:?}");
}

#[test]
fn an_email_that_had_to_wait_is_not_sent_when_the_order_has_moved_on() {
    let bench = Bench::new();
    let seller = staff().user.unwrap();
    let (placed, ..) = bench.placed("check");
    announce(&bench, &placed);
    let order = bench.order(&placed.transid);
    bench
        .engine
        .move_order(&order, BillStatus::Cancelled, &seller)
        .unwrap();
    assert_eq!(sent(&bench), []);
    let (placed, ..) = bench.placed("check");
    confirm(&bench, &placed);
    let order = bench.order(&placed.transid);
    bench
        .engine
        .move_order(&order, BillStatus::Payback, &seller)
        .unwrap();
    let told = sent(&bench);
    assert!(
        !told.contains(&(Recipient::Buyer, "paid".to_owned())),
        "{told:?}"
    );
}

#[test]
fn an_email_that_cannot_be_sent_holds_no_order_and_is_told_for_a_week() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("test");
    bench.pay(&placed.transid);
    let mut tries = 0;
    for _ in 0..40 {
        emails(&bench, &mut |task| {
            if task.kind == "mail" {
                tries += i32::from(task.payload["template"] == "paid");
                failed("no mail server")
            } else {
                done(&task.kind)
            }
        });
        bench.clock.advance(22_000_000);
    }
    assert_eq!(tries, 20);
    assert_eq!(bench.order(&placed.transid).held, None);
    assert_eq!(bench.status(&placed.transid), "COMPLETE");
    let told = |bench: &Bench| {
        let found = bench.engine.integrity(10).unwrap();
        found.iter().any(|finding| finding.code == "email_failed")
    };
    assert!(told(&bench));
    bench.clock.advance(7 * 24 * 3_600_000);
    assert!(!told(&bench));
}

#[test]
fn a_payment_that_comes_after_the_delivery_is_told() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("check");
    confirm(&bench, &placed);
    emails(&bench, &mut |task| {
        if task.kind == "deliver" {
            produce(&bench, placed.bill, 3);
        }
        done(&task.kind)
    });
    // As if what was delivered had been delivered on trust: the payment's email is newer.
    bench.clock.advance(120_001);
    bench.sql("UPDATE {local_shopengine_outbox} SET kind = 'mail', state = 'due', timecreated = timecreated + 1 WHERE taskkey LIKE '%mail:paid'");
    assert_eq!(sent(&bench), one(Recipient::Buyer, "paid"));
}

#[test]
fn refused_and_cancelled_payments_are_told_by_the_page_alone() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("test");
    let seller = staff().user.unwrap();
    let order = bench.order(&placed.transid);
    bench
        .engine
        .move_order(&order, BillStatus::Cancelled, &seller)
        .unwrap();
    assert_eq!(sent(&bench), []);
}

#[test]
fn money_that_does_not_fit_is_told_to_the_seller() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("check");
    let order = bench.order(&placed.transid);
    let seller = staff().user.unwrap();
    bench
        .engine
        .move_order(&order, BillStatus::Cancelled, &seller)
        .unwrap();
    confirm(&bench, &placed);
    assert_eq!(sent(&bench), one(Recipient::Seller, "held"));
}

#[test]
fn each_sub_plugin_says_the_name_of_its_interface_to_buyers_in_both_languages() {
    // The plugin's own email about a delivery asks for the string of that name.
    let mut seen = 0;
    for folder in std::fs::read_dir("php/local/shop/paymodes").unwrap() {
        let folder = folder.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        for lang in ["en", "fr"] {
            let file = folder.join(format!("lang/{lang}/shoppaymodes_{name}.php"));
            let strings = std::fs::read_to_string(&file).unwrap();
            assert!(
                strings.contains(&format!("$string['{name}'] = ")),
                "{}",
                file.display()
            );
            seen += 1;
        }
    }
    assert!(seen >= 10);
}
