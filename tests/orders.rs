//! Orders through the engine's public calls: placing, settling, refusing, holding, moving, numbering.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use common::*;
use shopengine::database::{Database, DatabaseError, Row, Value};
use shopengine::domain::state::BillStatus;
use shopengine::engine::{Buyer, Order, Outcome};

#[test]
fn placing_writes_bill_lines_customer_history_and_trace() {
    let bench = Bench::new();
    let (cart, buyer) = (cart(&[("monproduit", 3), ("livre", 6)]), guest());
    let placed = bench.place(&cart, &buyer, "check").unwrap();
    // 3 x 19.99 + 20 % = 71.96; 6 x 9.00 + 5.5 % = 56.97.
    assert_eq!(placed.amount.to_decimal_string(), "128.93");
    assert_eq!((placed.revision, placed.unchanged), (1, false));
    let bill = &bench.rows("SELECT amount, taxes, untaxedamount, status, ordering, transactionid, idnumber FROM {local_shop_bill}")[0];
    let text = |name: &str| bill.text(name).unwrap();
    assert_eq!(
        (text("untaxedamount"), text("taxes"), text("amount")),
        ("113.970".into(), "14.960".into(), "128.930".into())
    );
    assert_eq!(
        (text("status"), text("ordering"), text("idnumber")),
        ("PLACED".into(), "1".into(), String::new())
    );
    assert_eq!(text("transactionid"), placed.transid.as_str());
    assert_eq!(
        bench.count("SELECT COUNT(*) AS n FROM {local_shop_billitem}"),
        2
    );
    let view = bench.engine.view(&bench.order(&placed.transid)).unwrap();
    assert_eq!(view.untaxed.plus(view.taxes).unwrap(), view.taxed);
    assert_eq!(view.customer.email, "zoe.martin@example.net");
    assert_eq!(view.history.len(), 1);
    assert!(
        bench
            .log()
            .contains(&format!("[{}] Order placed : 9 objects", placed.transid))
    );
    check_laws(bench.db());
}

#[test]
fn the_same_cart_placed_again_changes_nothing() {
    let bench = Bench::new();
    let (placed, cart, buyer) = bench.placed("check");
    let before = picture(bench.db());
    let again = bench.place(&cart, &buyer, "check").unwrap();
    assert!(again.unchanged);
    assert_eq!((again.bill, again.revision), (placed.bill, 1));
    assert_eq!(picture(bench.db()), before);
}

#[test]
fn another_cart_under_the_same_id_is_a_new_revision_with_new_lines() {
    let bench = Bench::new();
    let (placed, mut cart, buyer) = bench.placed("check");
    cart.set("monproduit", None);
    cart.set("ebook", Some("2".parse_quantity()));
    let again = bench.place(&cart, &buyer, "transfer").unwrap();
    assert_eq!(
        (again.bill, again.revision, again.unchanged),
        (placed.bill, 2, false)
    );
    assert_eq!(again.amount.to_decimal_string(), "16.88");
    assert_eq!(
        bench.text("SELECT amount AS t FROM {local_shop_bill}"),
        "16.880"
    );
    assert_eq!(
        bench.text("SELECT paymode AS t FROM {local_shop_bill}"),
        "transfer"
    );
    let items = bench.rows("SELECT itemcode, quantity FROM {local_shop_billitem}");
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].text("itemcode").unwrap(), "EBOOK");
    // What was placed first stays on record.
    assert_eq!(
        bench.count("SELECT COUNT(*) AS n FROM {local_shopengine_line} WHERE revision = 1"),
        1
    );
    assert_eq!(
        bench.count("SELECT COUNT(*) AS n FROM {local_shop_customer} WHERE hasaccount = 0"),
        1
    );
    check_laws(bench.db());
}

#[test]
fn a_guest_who_logs_in_and_changes_his_order_takes_it_along() {
    let bench = Bench::new();
    let (placed, mut cart, buyer) = bench.placed("check");
    let mut known = jean();
    known.session_key.clone_from(&buyer.session_key);
    cart.set("monproduit", Some("2".parse_quantity()));
    bench.place(&cart, &known, "check").unwrap();
    assert_eq!(bench.count("SELECT userid AS n FROM {local_shop_bill}"), 3);
    assert_eq!(
        bench.text("SELECT customerid AS t FROM {local_shop_bill}"),
        "1"
    );
    // From another session of the same account it is his; for others it is not there.
    assert!(bench.engine.visible_order(&placed.transid, &jean()).is_ok());
    assert_eq!(
        code(bench.engine.visible_order(&placed.transid, &guest())),
        "unknown_order"
    );
    let other = member(4, "marie_curie@example.org", false);
    assert_eq!(
        code(bench.engine.visible_order(&placed.transid, &other)),
        "unknown_order"
    );
    check_laws(bench.db());
}

#[test]
fn a_guest_who_logs_in_and_places_the_same_order_owns_it() {
    let bench = Bench::new();
    let (placed, cart, buyer) = bench.placed("check");
    let member = Buyer {
        user: Some(user(5, &cart.customerinfo.email, false)),
        ..buyer
    };
    let again = bench.place(&cart, &member, "check").unwrap();
    assert!(again.unchanged && again.revision == placed.revision);
    // From any other session he is known by his account.
    let elsewhere = Buyer {
        session_key: String::new(),
        ..member
    };
    assert!(bench.order(&placed.transid).is_owned_by(&elsewhere));
    assert_eq!(bench.count("SELECT userid AS n FROM {local_shop_bill}"), 5);
    assert_eq!(bench.status(&placed.transid), "PLACED");
}

#[test]
fn a_paid_order_is_not_placed_again() {
    let bench = Bench::new();
    let (placed, mut cart, buyer) = bench.placed("test");
    bench.pay(&placed.transid);
    let before = picture(bench.db());
    assert_eq!(code(bench.place(&cart, &buyer, "test")), "already_placed");
    cart.set("ebook", Some("1".parse_quantity()));
    assert_eq!(code(bench.place(&cart, &buyer, "test")), "already_placed");
    assert_eq!(picture(bench.db()), before);
}

#[test]
fn each_deferred_interface_is_announced_by_the_buyer_and_settled_by_the_seller() {
    for name in ["check", "transfer"] {
        let bench = Bench::new();
        let (placed, ..) = bench.placed(name);
        let body = naming_revision(&placed.transid, 1);
        assert_eq!(bench.press(name, &body).unwrap().outcome, Outcome::Applied);
        assert_eq!(bench.status(&placed.transid), "PENDING");
        assert_eq!(
            bench.press(name, &body).unwrap().outcome,
            Outcome::Duplicate
        );
        assert_eq!(
            bench.confirm(name, &body).unwrap().outcome,
            Outcome::Applied
        );
        assert_eq!(bench.status(&placed.transid), "SOLDOUT");
        assert_eq!(
            bench.confirm(name, &body).unwrap().outcome,
            Outcome::Duplicate
        );
        assert_eq!(
            bench.press(name, &body).unwrap().outcome.code(),
            "late_event"
        );
        bench.drain();
        assert_eq!(bench.status(&placed.transid), "COMPLETE");
        assert_eq!(
            bench.count("SELECT COUNT(*) AS n FROM {local_shop_product}"),
            1
        );
        check_laws(bench.db());
    }
}

#[test]
fn the_test_interface_pays_by_page_and_by_notification_once() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("test");
    let body = naming_revision(&placed.transid, 1);
    assert_eq!(
        bench
            .press("test", &format!("{body}&delayed=1"))
            .unwrap()
            .outcome,
        Outcome::Applied
    );
    assert_eq!(bench.status(&placed.transid), "PENDING");
    assert_eq!(
        bench.press("test", &body).unwrap().outcome,
        Outcome::Applied
    );
    assert_eq!(bench.status(&placed.transid), "SOLDOUT");
    assert_eq!(bench.pay(&placed.transid).outcome, Outcome::Duplicate);
    assert_eq!(bench.pay(&placed.transid).outcome, Outcome::Duplicate);
    assert_eq!(
        bench.count("SELECT COUNT(*) AS n FROM {local_shopengine_settlement}"),
        1
    );
    check_laws(bench.db());
}

#[test]
fn an_order_of_zero_is_settled_by_the_zero_interface_alone() {
    let bench = Bench::new();
    let (cart, buyer) = (cart(&[("offert", 1)]), guest());
    for paymode in ["check", "test", "transfer"] {
        assert_eq!(
            code(bench.place(&cart, &buyer, paymode)),
            "paymode_not_allowed"
        );
    }
    let placed = bench.place(&cart, &buyer, "freeorder").unwrap();
    let body = naming_revision(&placed.transid, 1);
    assert_eq!(
        bench.press("freeorder", &body).unwrap().outcome,
        Outcome::Applied
    );
    assert_eq!(bench.status(&placed.transid), "SOLDOUT");
    check_laws(bench.db());
}

#[test]
fn a_press_on_an_old_page_is_set_aside_and_the_right_one_still_counts() {
    for (name, press) in [("test", true), ("check", false)] {
        let bench = Bench::new();
        let (placed, mut cart, buyer) = bench.placed(name);
        cart.set("monproduit", Some("2".parse_quantity()));
        assert_eq!(bench.place(&cart, &buyer, name).unwrap().revision, 2);
        let send = |revision| {
            let body = naming_revision(&placed.transid, revision);
            let received = if press {
                bench.press(name, &body)
            } else {
                bench.confirm(name, &body)
            };
            received.unwrap().outcome
        };
        assert_eq!(send(1).code(), "older_revision");
        assert_eq!(bench.status(&placed.transid), "PLACED");
        assert_eq!(
            send(2),
            Outcome::Applied,
            "{name}: the order can never be paid"
        );
        assert_eq!(bench.status(&placed.transid), "SOLDOUT");
        assert_eq!(send(2), Outcome::Duplicate);
        check_laws(bench.db());
    }
}

#[test]
fn unknown_orders_and_unreadable_messages_are_refused_and_kept() {
    let bench = Bench::new();
    let unknown = cart(&[]).transid.unwrap();
    assert_eq!(
        code(bench.notify("test", &naming(&unknown))),
        "unknown_order"
    );
    assert_eq!(
        code(bench.notify("test", "transid=%5B.*%5D")),
        "message_malformed"
    );
    assert_eq!(code(bench.notify("test", "")), "message_malformed");
    assert_eq!(
        code(bench.notify("check", &naming(&unknown))),
        "message_not_expected"
    );
    assert_eq!(code(bench.notify("nothing", "")), "paymode_unknown");
    assert_eq!(
        bench.count("SELECT COUNT(*) AS n FROM {local_shopengine_inbox} WHERE state = 'rejected'"),
        4
    );
    // When it comes again it is looked at again: the order may exist by now.
    let mut late = cart(&[("monproduit", 1)]);
    late.transid = Some(unknown.clone());
    bench.place(&late, &guest(), "test").unwrap();
    assert_eq!(
        bench.notify("test", &naming(&unknown)).unwrap().outcome,
        Outcome::Applied
    );
}

#[test]
fn a_test_payment_of_a_real_order_changes_nothing() {
    let bench = Bench::new().in_production();
    let (placed, ..) = bench.placed("check");
    assert_eq!(
        code(bench.notify("test", &naming(&placed.transid))),
        "test_mode_only"
    );
    // Even when somebody opens the test mode later.
    bench.sql(
        "UPDATE {config_plugins} SET value = '1' WHERE plugin = 'local_shop' AND name = 'test'",
    );
    let received = bench.notify("test", &naming(&placed.transid)).unwrap();
    assert_eq!(received.outcome.code(), "mode_mismatch");
    assert_eq!(bench.status(&placed.transid), "PLACED");
    check_laws(bench.db());
}

#[test]
fn a_seller_confirms_an_order_of_any_interface() {
    for paymode in ["test", "check"] {
        let bench = Bench::new();
        let (placed, ..) = bench.placed(paymode);
        let order = bench.order(&placed.transid);
        let seller = staff().user.unwrap();
        let moved = bench
            .engine
            .move_order(&order, BillStatus::Soldout, &seller)
            .unwrap();
        assert_eq!(moved.state.status(), BillStatus::Soldout, "{paymode}");
        assert_eq!(bench.status(&placed.transid), "SOLDOUT");
        check_laws(bench.db());
    }
}

#[test]
fn a_seller_who_confirms_an_order_that_changed_is_told_so() {
    let bench = Bench::new();
    let (placed, mut cart, buyer) = bench.placed("check");
    let stale = bench.order(&placed.transid);
    cart.set("monproduit", Some("2".parse_quantity()));
    bench.place(&cart, &buyer, "check").unwrap();
    let seller = staff().user.unwrap();
    assert_eq!(
        code(
            bench
                .engine
                .move_order(&stale, BillStatus::Soldout, &seller)
        ),
        "move_not_allowed"
    );
    assert_eq!(bench.status(&placed.transid), "PLACED");
    let fresh = bench.order(&placed.transid);
    bench
        .engine
        .move_order(&fresh, BillStatus::Soldout, &seller)
        .unwrap();
    assert_eq!(bench.status(&placed.transid), "SOLDOUT");
    check_laws(bench.db());
}

#[test]
fn a_seller_moves_orders_along_the_table_and_nowhere_else() {
    let seller = staff().user.unwrap();
    let bench = Bench::new();
    let (placed, ..) = bench.placed("check");
    let step = |to| {
        bench
            .engine
            .move_order(&bench.order(&placed.transid), to, &seller)
    };
    assert_eq!(code(step(BillStatus::Complete)), "move_not_allowed");
    assert_eq!(code(step(BillStatus::Payback)), "move_not_allowed");
    step(BillStatus::Pending).unwrap();
    step(BillStatus::Soldout).unwrap();
    assert_eq!(code(step(BillStatus::Placed)), "move_not_allowed");
    assert_eq!(code(step(BillStatus::Cancelled)), "move_not_allowed");
    bench.drain();
    assert_eq!(bench.status(&placed.transid), "COMPLETE");
    check_laws(bench.db());
    step(BillStatus::Payback).unwrap();
    assert_eq!(bench.count("SELECT COUNT(*) AS n FROM {local_shopengine_settlement} WHERE state = 'refunded' AND refunded = amount"), 1);
    step(BillStatus::Cancelled).unwrap();
    for to in BillStatus::ALL {
        assert!(step(to).is_err(), "{to}");
    }
    check_laws(bench.db());
}

#[test]
fn the_moves_offered_are_the_moves_that_work() {
    let seller = staff().user.unwrap();
    let bench = Bench::new();
    let (placed, ..) = bench.placed("check");
    let order = bench.order(&placed.transid);
    for to in BillStatus::ALL {
        let bench = Bench::new();
        let (placed, ..) = bench.placed("check");
        let result = bench
            .engine
            .move_order(&bench.order(&placed.transid), to, &seller);
        assert_eq!(result.is_ok(), order.moves().contains(&to), "{to}");
    }
}

#[test]
fn invoice_numbers_are_given_to_paid_orders_in_sequence() {
    let bench = Bench::new().in_production();
    let number = |order: &Order| {
        bench.text(&format!(
            "SELECT idnumber AS t FROM {{local_shop_bill}} WHERE id = {}",
            order.bill
        ))
    };
    let confirm = |transaction| bench.confirm("check", &naming(transaction)).unwrap().order;
    let (first, ..) = bench.placed("check");
    let (second, ..) = bench.placed("check");
    let (third, ..) = bench.placed("check");
    assert_eq!(number(&confirm(&third.transid)), "2026-1-000001");
    confirm(&third.transid);
    // Test orders have a series of their own.
    bench.sql(
        "UPDATE {config_plugins} SET value = '1' WHERE plugin = 'local_shop' AND name = 'test'",
    );
    let (test, ..) = bench.placed("test");
    assert_eq!(number(&bench.pay(&test.transid).order), "T2026-1-000001");
    assert_eq!(number(&confirm(&first.transid)), "2026-1-000002");
    assert_eq!(number(&bench.order(&second.transid)), "");
    // In Paris it is 2027 already.
    bench
        .clock
        .set(shopengine::clock::UnixMillis::from_seconds(1_798_759_800));
    assert_eq!(number(&confirm(&second.transid)), "2027-1-000001");
    check_laws(bench.db());
}

#[test]
fn a_number_that_the_seller_gave_stays_and_leaves_no_hole() {
    let bench = Bench::new();
    let (by_hand, ..) = bench.placed("test");
    bench.sql("UPDATE {local_shop_bill} SET idnumber = 'HAND-7'");
    bench.pay(&by_hand.transid);
    assert_eq!(
        bench.text("SELECT idnumber AS t FROM {local_shop_bill}"),
        "HAND-7"
    );
    let (next, ..) = bench.placed("test");
    let bill = bench.pay(&next.transid).order.bill;
    assert_eq!(
        bench.text(&format!(
            "SELECT idnumber AS t FROM {{local_shop_bill}} WHERE id = {bill}"
        )),
        "T2026-1-000001"
    );
}

#[test]
fn units_are_counted_when_paid_and_overselling_is_told() {
    let bench = Bench::new();
    bench.sql(
        "UPDATE {local_shop_catalogitem} SET stock = 3, sold = 0 WHERE shortname = 'monproduit'",
    );
    let carts: Vec<_> = (0..2).map(|_| cart(&[("monproduit", 2)])).collect();
    let placed: Vec<_> = carts
        .iter()
        .map(|cart| bench.place(cart, &guest(), "test").unwrap())
        .collect();
    let sold = "SELECT sold AS n FROM {local_shop_catalogitem} WHERE shortname = 'monproduit'";
    assert_eq!(bench.count(sold), 0, "placing sells nothing");
    bench.pay(&placed[0].transid);
    assert_eq!(bench.count(sold), 2);
    assert_eq!(
        code(bench.place(&cart(&[("monproduit", 2)]), &guest(), "test")),
        "quantity_lowered"
    );
    // Both were placed while there was enough: the money came, so it is settled, and a human is told.
    let order = bench.pay(&placed[1].transid).order;
    assert_eq!(bench.count(sold), 4);
    assert_eq!(order.held.as_deref(), Some("oversold"));
    assert_eq!(bench.status(&placed[1].transid), "SOLDOUT");
    assert_eq!(
        code(bench.place(&cart(&[("monproduit", 1)]), &guest(), "test")),
        "sold_out"
    );
    check_laws(bench.db());
}

#[test]
fn every_history_row_is_a_trace_line_and_lost_lines_come_back_once() {
    let bench = Bench::new();
    let (placed, mut cart, buyer) = bench.placed("check");
    bench.clock.advance(1_001);
    cart.set("ebook", Some("1".parse_quantity()));
    bench.place(&cart, &buyer, "check").unwrap();
    bench.clock.advance(1_001);
    bench.press("check", &naming(&placed.transid)).unwrap();
    bench.confirm("check", &naming(&placed.transid)).unwrap();
    bench.drain();
    let history = bench.engine.history(placed.bill).unwrap();
    let log = bench.log();
    for entry in &history {
        assert!(
            log.contains(&format!("[{}] {}", placed.transid, entry.text)),
            "{}\n{log}",
            entry.text
        );
    }
    assert_eq!(bench.engine.restore_trace(&placed.transid).unwrap(), 0);
    // Every second line is lost.
    let path = bench.folder.path().join("merchant_trace.log");
    let kept: String = log
        .lines()
        .step_by(2)
        .map(|line| format!("{line}\n"))
        .collect();
    let lost = log.lines().count() - log.lines().step_by(2).count();
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, kept).unwrap();
    bench.clock.advance(20);
    std::thread::sleep(std::time::Duration::from_millis(20));
    assert_eq!(bench.engine.restore_trace(&placed.transid).unwrap(), lost);
    assert_eq!(bench.engine.restore_trace(&placed.transid).unwrap(), 0);
    let mut again: Vec<String> = bench.log().lines().map(without_counter).collect();
    let mut first: Vec<String> = log.lines().map(without_counter).collect();
    again.sort();
    first.sort();
    assert_eq!(again, first);
}

#[test]
fn messages_that_a_dead_process_left_are_taken_up_once() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("test");
    leave_in_inbox(&bench, &naming(&placed.transid));
    assert_eq!(
        bench.engine.resume_inbox(10).unwrap(),
        0,
        "its process may still be at it"
    );
    bench.clock.advance(60_001);
    assert_eq!(bench.engine.resume_inbox(10).unwrap(), 1);
    assert_eq!(bench.status(&placed.transid), "SOLDOUT");
    assert_eq!(bench.engine.resume_inbox(10).unwrap(), 0);
    assert_eq!(bench.pay(&placed.transid).outcome, Outcome::Duplicate);
    check_laws(bench.db());
}

#[test]
fn a_message_that_cannot_be_applied_does_not_stand_in_the_way_of_others() {
    let bench = Bench::new();
    let (broken, ..) = bench.placed("test");
    let (good, ..) = bench.placed("test");
    bench.sql(&format!(
        "UPDATE {{local_shopengine_order}} SET currency = '???' WHERE billid = {}",
        broken.bill
    ));
    leave_in_inbox(&bench, &naming(&broken.transid));
    leave_in_inbox(&bench, &naming(&good.transid));
    bench.clock.advance(60_001);
    bench.engine.resume_inbox(10).unwrap();
    assert_eq!(bench.status(&good.transid), "SOLDOUT");
    bench.clock.advance(60_001);
    assert_eq!(bench.engine.resume_inbox(10).unwrap(), 0, "tried for ever");
}

/// What servers with READ COMMITTED show to the second of two clicks: no order when it looks, and a taken key when it writes.
#[test]
fn a_double_click_whose_first_half_is_seen_late_finds_its_order() {
    struct Late {
        inner: shopengine::database::Sqlite,
        blind: std::cell::Cell<u32>,
    }
    impl Database for Late {
        fn query(
            &self,
            sql: &str,
            values: &[Value],
        ) -> std::result::Result<Vec<Row>, DatabaseError> {
            if sql.contains("{local_shopengine_order} WHERE transactionid") && self.blind.get() > 0
            {
                self.blind.set(self.blind.get() - 1);
                return Ok(Vec::new());
            }
            self.inner.query(sql, values)
        }
        fn execute(&self, sql: &str, values: &[Value]) -> std::result::Result<(), DatabaseError> {
            self.inner.execute(sql, values)
        }
        fn insert_if_absent(
            &self,
            table: &str,
            fields: &[(&str, Value)],
        ) -> std::result::Result<Option<i64>, DatabaseError> {
            self.inner.insert_if_absent(table, fields)
        }
        fn is_open(&self) -> std::result::Result<bool, DatabaseError> {
            self.inner.is_open()
        }
        fn begin(&self) -> std::result::Result<(), DatabaseError> {
            self.inner.begin()
        }
        fn commit(&self) -> std::result::Result<(), DatabaseError> {
            self.inner.commit()
        }
        fn rollback(&self) {
            self.inner.rollback();
        }
    }
    let late = std::rc::Rc::new(Late {
        inner: demo_in_memory(),
        blind: std::cell::Cell::new(0),
    });
    let bench = Bench::on(std::rc::Rc::clone(&late) as std::rc::Rc<dyn Database>);
    let (placed, cart, buyer) = bench.placed("check");
    late.blind.set(1);
    let again = bench.place(&cart, &buyer, "check").unwrap();
    assert_eq!((again.bill, again.unchanged), (placed.bill, true));
    late.blind.set(1);
    assert_eq!(code(bench.place(&cart, &guest(), "check")), "unknown_order");
    assert_eq!(
        bench.count(
            "SELECT value AS n FROM {local_shopengine_counter} WHERE name = 'bill.ordering'"
        ),
        1
    );
}

#[test]
fn messages_that_proved_nothing_are_forgotten_after_ninety_days() {
    let bench = Bench::new();
    let (placed, _, _) = bench.placed("test");
    bench.notify("test", "transid=NOBODY%3D%3D").unwrap_err();
    bench.pay(&placed.transid);
    let kept = || bench.count("SELECT COUNT(*) AS n FROM {local_shopengine_inbox}");
    assert_eq!(kept(), 2);
    bench.clock.advance(89 * 24 * 60 * 60 * 1000);
    bench.engine.prune_inbox().unwrap();
    assert_eq!(kept(), 2);
    bench.clock.advance(2 * 24 * 60 * 60 * 1000);
    bench.engine.prune_inbox().unwrap();
    // What paid an order stays.
    assert_eq!(kept(), 1);
    assert_eq!(
        bench.text("SELECT state AS t FROM {local_shopengine_inbox}"),
        "done"
    );
}

fn leave_in_inbox(bench: &Bench, body: &str) {
    bench.notify("test", body).ok();
    // As if the process had died right after storing it.
    let (paid, unpaid) = (
        "UPDATE {local_shopengine_inbox} SET state = 'new', outcome = '', billid = 0 WHERE body = ?",
        "SELECT billid FROM {local_shopengine_settlement}",
    );
    use base64::Engine as _;
    let encoded = base64::engine::general_purpose::STANDARD.encode(body);
    bench.db().execute(paid, &[encoded.into()]).unwrap();
    for row in bench.rows(unpaid) {
        let bill = row.int("billid").unwrap();
        for sql in [
            format!(
                "UPDATE {{local_shopengine_order}} SET payment = 'due', status = 'PLACED' WHERE billid = {bill}"
            ),
            format!(
                "UPDATE {{local_shop_bill}} SET status = 'PLACED', idnumber = '' WHERE id = {bill}"
            ),
            format!("DELETE FROM {{local_shopengine_settlement}} WHERE billid = {bill}"),
            format!("DELETE FROM {{local_shopengine_outbox}} WHERE billid = {bill}"),
        ] {
            bench.sql(&sql);
        }
    }
    bench.sql("DELETE FROM {local_shopengine_counter} WHERE name LIKE 'invoice%'");
}

fn without_counter(line: &str) -> String {
    match (line.find(" -"), line.find("-  [")) {
        (Some(_), Some(end)) => {
            let start = line[..end].rfind('-').unwrap();
            format!("{}{}", &line[..start], &line[end..])
        }
        _ => line.to_owned(),
    }
}

trait ParseQuantity {
    fn parse_quantity(&self) -> shopengine::domain::quantity::Quantity;
}

impl ParseQuantity for str {
    fn parse_quantity(&self) -> shopengine::domain::quantity::Quantity {
        shopengine::domain::quantity::Quantity::parse(self).unwrap()
    }
}
