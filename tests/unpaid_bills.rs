//! Bills that were sold or delivered without a payment that the engine knows: found, reported once, and kept until a seller has looked.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use std::rc::Rc;

use common::*;
use shopengine::domain::transaction_id::TransactionId;
use shopengine::engine::{Finding, Performed, PerformedOutcome, Reconciled, Task, User};

/// Everything that the plugin's pages could sell by.
const TAKEOVERS: [&str; 7] = [
    "cart",
    "customer",
    "placement",
    "payment",
    "production",
    "endpoints",
    "backoffice",
];

/// A site whose takeovers are on, watched since before anything was sold.
fn guarded() -> Bench {
    let bench = Bench::new();
    switch(&bench, &TAKEOVERS, "on");
    assert_eq!(outcomes(&bench), []);
    bench
}

fn switch(bench: &Bench, names: &[&str], mode: &str) {
    for name in names {
        bench.sql(&format!(
            "INSERT OR REPLACE INTO config_plugins (plugin, name, value) VALUES ('local_shopengine', '{name}', '{mode}')"
        ));
    }
}

/// A bill of 60 EUR as the plugin's own pages write it.
fn stock_bill(bench: &Bench, bill: i64, status: &str) -> String {
    let transid = format!("STOCKPLUGINORDER{bill}==");
    bench.sql(&format!(
        "INSERT INTO local_shop_bill (id, shopid, userid, ordering, customerid, title, worktype, status, emissiondate, lastactiondate,
            untaxedamount, taxes, amount, currency, transactionid, paymode, test)
         VALUES ({bill}, 1, 3, {bill}, '1', 'Shop', 'PROD', '{status}', 1781520000, 1781520060, '50.000', '10.000', '60.000', 'EUR',
            '{transid}', 'freeorder', 0)"
    ));
    bench.sql(&format!(
        "INSERT INTO local_shop_billitem (id, billid, ordering, type, itemcode, abstract, unitcost, quantity, totalprice, taxcode)
         VALUES ({bill}0, {bill}, 1, 'BILLING', 'REF-FORMATION', 'Formation', '50.000', '1', '50.000', '1')"
    ));
    transid
}

/// The plugin's production enrols the buyer, and writes it down.
fn enrol(bench: &Bench, bill: i64) {
    bench.sql(&format!(
        "INSERT INTO local_shop_product (catalogitemid, initialbillitemid, currentbillitemid, customerid, contexttype, instanceid,
            startdate, reference)
         SELECT 1, id, id, 1, 'userenrol', 17, 1781520120, 'REF17' FROM local_shop_billitem WHERE billid = {bill}"
    ));
}

fn moves(bench: &Bench, bill: i64, status: &str) {
    bench.sql(&format!(
        "UPDATE local_shop_bill SET status = '{status}' WHERE id = {bill}"
    ));
}

fn outcomes(bench: &Bench) -> Vec<Reconciled> {
    let done = bench.engine.reconcile(100).unwrap();
    done.iter().map(|one| one.outcome).collect()
}

fn findings(bench: &Bench) -> Vec<Finding> {
    let found = bench.engine.integrity(50).unwrap();
    found
        .into_iter()
        .filter(|finding| finding.code == "sold_without_payment")
        .collect()
}

fn alarms(bench: &Bench) -> Vec<i64> {
    let bills = bench.engine.unpaid_bills(50).unwrap();
    bills.iter().map(|bill| bill.bill).collect()
}

/// The work that is due about bills, done.
fn told(bench: &Bench) -> Vec<Task> {
    let tasks = bench.engine.lease(50).unwrap();
    for task in &tasks {
        let word = done(&task.kind);
        bench.engine.finish(task.id, &task.stamp, &word).unwrap();
    }
    let about = tasks.into_iter().filter(|task| task.order.is_none());
    about.collect()
}

fn kinds(tasks: &[Task]) -> Vec<&str> {
    tasks.iter().map(|task| task.kind.as_str()).collect()
}

fn seller() -> User {
    staff().user.unwrap()
}

#[test]
fn a_bill_that_was_sold_past_the_engine_is_reported_once_until_a_seller_has_looked() {
    let bench = guarded();
    let transid = stock_bill(&bench, 70, "SOLDOUT");
    enrol(&bench, 70);
    // The status page need not wait for cron.
    let before = findings(&bench);
    assert_eq!(before[0].params["bill"], "70");
    assert_eq!(alarms(&bench), Vec::<i64>::new());
    let done = bench.engine.reconcile(100).unwrap();
    assert_eq!(done.len(), 1);
    assert_eq!(
        (done[0].outcome, done[0].bill, done[0].transid.as_str()),
        (Reconciled::Reported, 70, transid.as_str())
    );
    assert!(
        bench
            .log()
            .contains(&format!("[{transid}] {}", done[0].text))
    );
    let tasks = told(&bench);
    assert_eq!(kinds(&tasks), ["event", "mail"]);
    for task in &tasks {
        assert_eq!(task.transid, transid);
        let bill = &task.payload["unpaid"];
        assert_eq!(task.payload["template"], "unpaid");
        assert_eq!(
            (
                bill["bill"].as_i64(),
                bill["amount"].as_str(),
                bill["status"].as_str()
            ),
            (Some(70), Some("60.00 EUR"), Some("SOLDOUT"))
        );
        assert_eq!(bill["since"], 1_781_520_120);
        let product = &bill["delivered"][0];
        assert_eq!(
            (
                product["code"].as_str(),
                product["context"].as_str(),
                product["instance"].as_i64()
            ),
            (Some("REF-FORMATION"), Some("userenrol"), Some(17))
        );
    }
    // It stays on the status page, and nothing is said again.
    bench.clock.advance(86_400_000);
    assert_eq!(outcomes(&bench), []);
    assert_eq!(kinds(&told(&bench)), Vec::<&str>::new());
    assert_eq!(findings(&bench), before);
    bench.engine.acknowledge(70, &seller()).unwrap();
    assert_eq!(outcomes(&bench), []);
    assert_eq!((findings(&bench), alarms(&bench)), (vec![], vec![]));
    assert_eq!(kinds(&told(&bench)), Vec::<&str>::new());
    assert!(bench.log().contains("looked at by seller:"));
}

#[test]
fn every_word_of_a_sold_bill_and_a_delivery_alone_are_found() {
    for (status, delivered, found) in [
        ("SOLDOUT", false, true),
        ("PARTIAL", false, true),
        ("COMPLETE", false, true),
        ("PREPROD", false, true),
        ("PENDING", true, true),
        ("PLACED", false, false),
        ("CANCELLED", false, false),
    ] {
        let bench = guarded();
        stock_bill(&bench, 70, status);
        if delivered {
            enrol(&bench, 70);
        }
        assert_eq!(findings(&bench).len(), usize::from(found), "{status}");
        assert_eq!(alarms(&bench), Vec::<i64>::new());
        outcomes(&bench);
        assert_eq!(alarms(&bench).len(), usize::from(found), "{status}");
        assert_eq!(kinds(&told(&bench)).len(), 2 * usize::from(found));
    }
}

#[test]
fn a_renewal_is_a_delivery_too() {
    let bench = guarded();
    stock_bill(&bench, 70, "PENDING");
    assert_eq!(outcomes(&bench), []);
    bench.sql("INSERT INTO local_shop_product (id, initialbillitemid, currentbillitemid, reference) VALUES (5, 1, 700, 'OLD')");
    bench.sql("INSERT INTO local_shop_productevent (productid, billitemid, eventtype, datecreated) VALUES (5, 700, 'billed', 1781520300)");
    assert_eq!(outcomes(&bench), [Reconciled::Reported]);
    let bill = &bench.engine.unpaid_bills(5).unwrap()[0];
    assert_eq!(
        (bill.since, bill.delivered[0].reference.as_str()),
        (1_781_520_300, "OLD")
    );
}

#[test]
fn a_bill_of_zero_and_one_of_the_test_mode_are_reported_as_such() {
    let bench = guarded();
    stock_bill(&bench, 70, "SOLDOUT");
    bench.sql("UPDATE local_shop_bill SET amount = '0.000', test = 1");
    assert_eq!(outcomes(&bench), [Reconciled::Reported]);
    let bill = &bench.engine.unpaid_bills(5).unwrap()[0];
    assert_eq!((bill.amount.as_str(), bill.test), ("0.00 EUR", true));
}

#[test]
fn what_was_sold_before_the_engine_came_raises_no_alarm_and_what_was_not_is_watched() {
    let bench = Bench::new();
    for bill in 70..90 {
        stock_bill(&bench, bill, if bill < 80 { "COMPLETE" } else { "PENDING" });
        enrol(&bench, bill);
    }
    switch(&bench, &TAKEOVERS, "on");
    assert_eq!(findings(&bench), vec![]);
    assert_eq!(outcomes(&bench), []);
    assert_eq!(
        bench.count("SELECT COUNT(*) AS n FROM {local_shopengine_watch}"),
        10,
        "nothing is kept of what was sold"
    );
    // Sold before and moved on: still history. Not sold before, and sold now: past the engine.
    moves(&bench, 75, "PARTIAL");
    moves(&bench, 85, "SOLDOUT");
    assert_eq!(findings(&bench).len(), 1);
    assert_eq!(outcomes(&bench), [Reconciled::Reported]);
    assert_eq!(alarms(&bench), [85]);
    // No bill that comes later moves the mark.
    stock_bill(&bench, 95, "SOLDOUT");
    assert_eq!(outcomes(&bench), [Reconciled::Reported]);
    assert_eq!(
        bench.count("SELECT value AS n FROM {local_shopengine_counter} WHERE name = 'watch.local_shop_bill.start'"),
        89
    );
}

#[test]
fn while_the_plugin_sells_by_itself_its_bills_are_no_alarm_and_do_not_become_one() {
    let bench = Bench::new();
    assert_eq!(outcomes(&bench), []);
    stock_bill(&bench, 70, "SOLDOUT");
    enrol(&bench, 70);
    stock_bill(&bench, 71, "PENDING");
    assert_eq!(outcomes(&bench), []);
    switch(&bench, &TAKEOVERS, "on");
    assert_eq!((outcomes(&bench), findings(&bench)), (vec![], vec![]));
    moves(&bench, 71, "SOLDOUT");
    assert_eq!(outcomes(&bench), [Reconciled::Reported]);
    assert_eq!(alarms(&bench), [71]);
}

#[test]
fn sellers_who_confirm_by_hand_in_the_plugin_are_believed_unless_the_bill_was_placed_past_the_engine()
 {
    let bench = Bench::new();
    stock_bill(&bench, 70, "PENDING");
    assert_eq!(outcomes(&bench), []);
    switch(&bench, &TAKEOVERS[..6], "on");
    moves(&bench, 70, "SOLDOUT");
    assert_eq!(outcomes(&bench), [], "placed by the plugin when it could");
    stock_bill(&bench, 71, "PLACED");
    assert_eq!(outcomes(&bench), []);
    moves(&bench, 71, "SOLDOUT");
    assert_eq!(outcomes(&bench), [Reconciled::Reported]);
    // An order of the engine: the seller's word counts, and can be told from a proof.
    let (placed, ..) = bench.placed("check");
    moves(&bench, placed.bill, "SOLDOUT");
    assert_eq!(outcomes(&bench), [Reconciled::Adopted]);
    assert_eq!(
        bench.text(&format!(
            "SELECT reason AS t FROM {{local_shopengine_settlement}} WHERE billid = {}",
            placed.bill
        )),
        "by_plugin"
    );
    assert_eq!(alarms(&bench), [71]);
}

#[test]
fn an_order_that_the_plugin_moves_to_sold_is_not_settled_but_set_back_held_and_reported() {
    let bench = guarded();
    for status in ["SOLDOUT", "COMPLETE", "PARTIAL", "PREPROD"] {
        let (placed, ..) = bench.placed("check");
        moves(&bench, placed.bill, status);
        enrol(&bench, placed.bill);
        assert_eq!(
            findings(&bench)[0].params["transid"],
            placed.transid.to_string()
        );
        enrol(&bench, placed.bill);
        let done = bench.engine.reconcile(100).unwrap();
        assert!(!done.is_empty(), "{status}");
        assert_eq!(bench.status(&placed.transid), "PLACED");
        assert_eq!(
            bench.text(&format!(
                "SELECT status AS t FROM {{local_shop_bill}} WHERE id = {}",
                placed.bill
            )),
            "PLACED"
        );
        let order = bench.order(&placed.transid);
        assert_eq!(order.held.as_deref(), Some("bill_sold_unpaid"));
        assert_eq!(kinds(&told(&bench)), ["event", "mail"], "{status}");
        assert_eq!(alarms(&bench), [placed.bill]);
        assert_eq!(outcomes(&bench), []);
        // Once more, after a seller has looked: an alarm again, and no second email.
        bench.engine.acknowledge(placed.bill, &seller()).unwrap();
        assert_eq!(bench.order(&placed.transid).held, None);
        assert_eq!(alarms(&bench), Vec::<i64>::new());
        moves(&bench, placed.bill, status);
        assert_eq!(outcomes(&bench), [Reconciled::Held]);
        assert_eq!(alarms(&bench), [placed.bill]);
        assert_eq!(kinds(&told(&bench)), Vec::<&str>::new());
        bench
            .engine
            .release(&bench.order(&placed.transid), &seller())
            .unwrap();
        assert_eq!(alarms(&bench), Vec::<i64>::new());
    }
    assert_eq!(
        bench.count("SELECT COUNT(*) AS n FROM {local_shopengine_settlement}"),
        0
    );
    check_laws(bench.db());
}

#[test]
fn what_the_engine_sold_delivered_or_took_back_is_no_alarm() {
    let bench = guarded();
    let (paid, ..) = bench.placed("test");
    bench.pay(&paid.transid);
    assert_eq!((outcomes(&bench), findings(&bench)), (vec![], vec![]));
    bench.drain();
    assert_eq!(bench.status(&paid.transid), "COMPLETE");
    // Confirmed by a seller, delivered on credit by a seller, and paid back.
    use shopengine::domain::state::BillStatus;
    let (confirmed, ..) = bench.placed("check");
    let order = bench.order(&confirmed.transid);
    bench
        .engine
        .move_order(&order, BillStatus::Soldout, &seller())
        .unwrap();
    let (lent, ..) = bench.placed("check");
    let order = bench.order(&lent.transid);
    bench
        .engine
        .move_order(&order, BillStatus::Preprod, &seller())
        .unwrap();
    bench.drain();
    let order = bench.order(&paid.transid);
    bench
        .engine
        .move_order(&order, BillStatus::Payback, &seller())
        .unwrap();
    bench.sql("UPDATE local_shop_catalogitem SET price1 = '0' WHERE shortname = 'monproduit'");
    let (free, ..) = bench.placed("freeorder");
    bench.press("freeorder", &naming(&free.transid)).unwrap();
    bench.drain();
    assert_eq!(bench.status(&free.transid), "COMPLETE");
    assert_eq!((outcomes(&bench), findings(&bench)), (vec![], vec![]));
    check_laws(bench.db());
}

#[test]
fn a_bill_that_was_sold_past_the_engine_is_not_settled_by_being_looked_at() {
    let bench = guarded();
    let transid = TransactionId::parse(&stock_bill(&bench, 70, "SOLDOUT")).unwrap();
    for adopted in [
        bench.engine.adopt(&transid),
        bench.engine.visible_order(&transid, &staff()),
    ] {
        assert_eq!(code(adopted), "bill_without_payment");
    }
    assert_eq!(
        code(bench.engine.visible_order(&transid, &jean())),
        "unknown_order"
    );
    assert_eq!(
        code(bench.notify("test", &naming(&transid))),
        "bill_without_payment"
    );
    outcomes(&bench);
    assert_eq!(code(bench.engine.adopt(&transid)), "bill_without_payment");
    bench.engine.acknowledge(70, &seller()).unwrap();
    bench.engine.adopt(&transid).unwrap();
    assert_eq!(
        bench.text("SELECT reason AS t FROM {local_shopengine_settlement}"),
        "by_plugin"
    );
    assert_eq!((outcomes(&bench), findings(&bench)), (vec![], vec![]));
}

#[test]
fn a_delivered_bill_that_its_buyer_makes_an_order_of_is_reported_all_the_same() {
    for watched in [false, true] {
        let bench = guarded();
        let transid = TransactionId::parse(&stock_bill(&bench, 70, "PENDING")).unwrap();
        if watched {
            outcomes(&bench);
        }
        enrol(&bench, 70);
        bench.engine.visible_order(&transid, &jean()).unwrap();
        assert_eq!(findings(&bench).len(), 1);
        assert_eq!(outcomes(&bench), [Reconciled::Reported]);
        assert_eq!((outcomes(&bench), alarms(&bench)), (vec![], vec![70]));
    }
}

#[test]
fn a_partners_ledger_is_not_told_of_a_sale_that_nobody_has_looked_at() {
    let bench = guarded();
    stock_bill(&bench, 70, "SOLDOUT");
    bench.sql("UPDATE local_shop_bill SET partnerid = 1, partnertag = 'tag7' WHERE id = 70");
    outcomes(&bench);
    let entries = "SELECT COUNT(*) AS n FROM {local_shopengine_ledger} WHERE kind = 'order'";
    assert_eq!(bench.count(entries), 0);
    bench.engine.acknowledge(70, &seller()).unwrap();
    outcomes(&bench);
    assert_eq!(bench.count(entries), 1);
}

#[test]
fn two_nodes_at_once_raise_one_alarm_with_one_email() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    let bench = Bench::on(Rc::new(demo_file(&path)));
    switch(&bench, &TAKEOVERS, "on");
    assert_eq!(outcomes(&bench), []);
    for bill in 70..90 {
        stock_bill(&bench, bill, "SOLDOUT");
        enrol(&bench, bill);
    }
    let nodes: Vec<_> = (0..4)
        .map(|_| {
            let path = path.clone();
            std::thread::spawn(move || {
                let node = worker(&path);
                let done = node.reconcile(100).unwrap();
                let tasks = node.lease(100).unwrap();
                for task in &tasks {
                    node.finish(task.id, &task.stamp, &done_word()).unwrap();
                }
                (done.len(), tasks.len())
            })
        })
        .collect();
    let (mut raised, mut performed) = (0, 0);
    for node in nodes {
        let (done, tasks) = node.join().unwrap();
        raised += done;
        performed += tasks;
    }
    performed += worker(&path).lease(100).unwrap().len();
    assert_eq!((raised, performed), (20, 40));
    assert_eq!(alarms(&bench).len(), 20);
}

fn done_word() -> Performed {
    Performed {
        outcome: PerformedOutcome::Done,
        public: String::new(),
        private: String::new(),
        products: false,
        lines: None,
    }
}

#[test]
fn a_host_that_dies_anywhere_is_followed_to_the_same_end() {
    let bench = guarded();
    stock_bill(&bench, 70, "SOLDOUT");
    outcomes(&bench);
    // Leased, and the host dies: offered again when the lease is over.
    let lost = bench.engine.lease(10).unwrap();
    assert_eq!(kinds(&lost), ["event", "mail"]);
    assert_eq!(bench.engine.lease(10).unwrap().len(), 0);
    bench.clock.advance(121_000);
    let again = bench.engine.lease(10).unwrap();
    assert_eq!(kinds(&again), ["event", "mail"]);
    let late = bench
        .engine
        .finish(lost[1].id, &lost[1].stamp, &done_word());
    assert_eq!(code(late), "lease_lost");
    bench
        .engine
        .finish(again[0].id, &again[0].stamp, &done_word())
        .unwrap();
    // An email that cannot be sent is tried again, and given up in the end; the alarm stays.
    let mut attempt = again[1].clone();
    for _ in 0..20 {
        let failed = Performed {
            outcome: PerformedOutcome::Failed,
            ..done_word()
        };
        bench
            .engine
            .finish(attempt.id, &attempt.stamp, &failed)
            .unwrap();
        bench.clock.advance(21_600_001);
        match bench.engine.lease(10).unwrap().pop() {
            Some(task) => attempt = task,
            None => break,
        }
    }
    assert_eq!(
        bench.text("SELECT state AS t FROM {local_shopengine_outbox} WHERE kind = 'mail'"),
        "failed"
    );
    assert_eq!(alarms(&bench), [70]);
}

#[test]
fn a_bill_whose_transaction_ends_late_is_not_missed() {
    let bench = guarded();
    stock_bill(&bench, 71, "PLACED");
    assert_eq!(outcomes(&bench), []);
    // Its number was taken before, its commit comes after.
    stock_bill(&bench, 70, "SOLDOUT");
    assert_eq!(outcomes(&bench), [Reconciled::Reported]);
    assert_eq!(alarms(&bench), [70]);
}

#[test]
fn an_alarm_outlives_its_bill() {
    let bench = guarded();
    stock_bill(&bench, 70, "SOLDOUT");
    outcomes(&bench);
    bench.sql("DELETE FROM local_shop_bill WHERE id = 70");
    assert_eq!(findings(&bench)[0].params["status"], "SOLDOUT");
    let tasks = told(&bench);
    assert_eq!(
        (kinds(&tasks), tasks[1].transid.as_str()),
        (vec!["event", "mail"], "")
    );
    bench.engine.acknowledge(70, &seller()).unwrap();
    assert_eq!(findings(&bench), vec![]);
}
