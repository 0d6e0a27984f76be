//! What happens beside requests: bills of the plugin's own that become orders, bills that it changed behind the engine's back,
//! orders that nobody pays, and what is found wrong.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use common::*;
use shopengine::domain::state::BillStatus;
use shopengine::domain::transaction_id::TransactionId;
use shopengine::engine::{Finding, Outcome, Reconciled};

const STOCK: &str = "STOCKPLUGINORDER01==";
const HOURS: i64 = 3_600_000;

/// A bill as the stock plugin writes it, with its sums unrounded: three of `monproduit`, 71.964 of what is 71.96.
fn stock_bill(bench: &Bench, status: &str, paymode: &str) -> TransactionId {
    bench.sql(&format!(
        "INSERT INTO local_shop_bill (id, shopid, userid, ordering, customerid, invoiceinfo, title, worktype, status, emissiondate,
            lastactiondate, untaxedamount, taxes, amount, currency, transactionid, paymode, test)
         VALUES (70, 1, 3, 70, '1', '', 'Shop', 'PROD', '{status}', 1781520000, 1781520000, '59.970', '11.994', '71.964', 'EUR',
            '{STOCK}', '{paymode}', 1)"
    ));
    bench.sql(
        "INSERT INTO local_shop_billitem (id, billid, ordering, type, itemcode, abstract, unitcost, quantity, totalprice, taxcode)
         VALUES (700, 70, 1, 'BILLING', 'MONPRODUIT', 'MonProduit', '19.990', '3', '59.970', '1')",
    );
    TransactionId::parse(STOCK).unwrap()
}

/// What the plugin's pages do to a bill.
fn plugin_moves(bench: &Bench, bill: i64, status: &str) {
    bench.sql(&format!(
        "UPDATE local_shop_bill SET status = '{status}' WHERE id = {bill}"
    ));
}

/// The plugin's production writes a product for each line.
fn plugin_delivers(bench: &Bench, bill: i64) {
    bench.sql(&format!(
        "INSERT INTO local_shop_product (catalogitemid, initialbillitemid, currentbillitemid, customerid, reference)
         SELECT 1, id, id, 1, 'stock' FROM local_shop_billitem WHERE billid = {bill}"
    ));
}

fn deliveries(bench: &Bench) -> Vec<String> {
    bench
        .rows("SELECT id, state FROM {local_shopengine_outbox} WHERE kind = 'deliver' ORDER BY id")
        .iter()
        .map(|row| row.text("state").unwrap())
        .collect()
}

fn outcomes(bench: &Bench) -> Vec<Reconciled> {
    let done = bench.engine.reconcile(100).unwrap();
    done.iter().map(|one| one.outcome).collect()
}

fn codes(bench: &Bench) -> Vec<&'static str> {
    let found = bench.engine.integrity(50).unwrap();
    found.iter().map(|finding| finding.code).collect()
}

fn last_entry(bench: &Bench, bill: i64) -> (String, String, String) {
    let last = bench.engine.history(bill).unwrap().pop().unwrap();
    (last.actor, last.event, last.text)
}

#[test]
fn b01_an_unrounded_bill_is_adopted_with_the_amount_that_is_due() {
    let bench = Bench::new();
    let transaction = stock_bill(&bench, "PENDING", "check");
    let order = bench.engine.adopt(&transaction).unwrap();
    assert_eq!(order.amount.to_decimal_string(), "71.96");
    assert_eq!((order.bill, order.revision, order.test), (70, 1, true));
    assert_eq!(order.state.status(), BillStatus::Pending);
    assert!(order.is_owned_by(&jean()) && !order.is_owned_by(&guest()));
    let view = bench.engine.view(&order).unwrap();
    assert_eq!(view.customer.lastname, "Dupont");
    assert_eq!(
        (
            view.untaxed.to_decimal_string(),
            view.taxes.to_decimal_string(),
            view.taxed.to_decimal_string()
        ),
        ("59.97".into(), "11.99".into(), "71.96".into())
    );
    assert_eq!(
        (view.lines[0].quantity, view.lines[0].rate.as_str()),
        (3, "20")
    );
    assert_eq!(view.lines[0].shortname, "monproduit");
    let (actor, event, text) = last_entry(&bench, 70);
    assert_eq!((actor.as_str(), event.as_str()), ("plugin", "adopt"));
    assert!(bench.log().contains(&format!("[{STOCK}] {text}")));
    // The bill is as it was, and a second look changes nothing.
    assert_eq!(outcomes(&bench), []);
    let before = picture(bench.db());
    assert_eq!(bench.engine.adopt(&transaction).unwrap().bill, 70);
    assert_eq!(outcomes(&bench), []);
    assert_eq!(codes(&bench), Vec::<&str>::new());
    assert_eq!(before, picture(bench.db()));
    check_laws(bench.db());
}

#[test]
fn a_payment_message_finds_the_plugins_bill_and_pays_it_once() {
    let bench = Bench::new();
    let transaction = stock_bill(&bench, "PLACED", "test");
    let received = bench.notify("test", &naming(&transaction)).unwrap();
    assert_eq!(received.outcome, Outcome::Applied);
    assert_eq!(received.order.amount.to_decimal_string(), "71.96");
    assert_eq!(
        bench.notify("test", &naming(&transaction)).unwrap().outcome,
        Outcome::Duplicate
    );
    bench.drain();
    assert_eq!(bench.status(&transaction), "COMPLETE");
    assert_eq!(deliveries(&bench), ["done"]);
    check_laws(bench.db());
}

#[test]
fn a_seller_moves_a_bill_of_the_plugins_and_a_stranger_does_not_see_it() {
    let bench = Bench::new();
    let transaction = stock_bill(&bench, "PENDING", "check");
    for stranger in [guest(), member(4, "marie_curie@example.org", false)] {
        let seen = bench.engine.visible_order(&transaction, &stranger);
        assert_eq!(code(seen), "unknown_order");
    }
    // To ask in vain leaves nothing behind.
    assert_eq!(
        bench.count("SELECT COUNT(*) AS n FROM {local_shopengine_order}"),
        0
    );
    assert!(bench.engine.visible_order(&transaction, &jean()).is_ok());
    let order = bench.engine.visible_order(&transaction, &staff()).unwrap();
    assert_eq!(
        bench.engine.order_of_bill(70).unwrap().unwrap().transaction,
        transaction
    );
    let seller = staff().user.unwrap();
    bench
        .engine
        .move_order(&order, BillStatus::Soldout, &seller)
        .unwrap();
    assert_eq!(deliveries(&bench), ["due"]);
    check_laws(bench.db());
}

#[test]
fn a_bill_named_by_its_number_is_adopted_too() {
    let bench = Bench::new();
    stock_bill(&bench, "PENDING", "check");
    assert!(bench.engine.order_of_bill(71).unwrap().is_none());
    assert_eq!(bench.engine.order_of_bill(70).unwrap().unwrap().bill, 70);
    bench.sql("DELETE FROM local_shopengine_order");
    bench.sql("UPDATE local_shop_bill SET transactionid = NULL");
    let refused = error(bench.engine.order_of_bill(70));
    assert_eq!(refused.params()["field"], "transactionid");
}

#[test]
fn a_bill_that_no_order_can_be_is_refused_with_its_field() {
    for (change, field) in [
        ("UPDATE local_shop_bill SET status = 'DELAYED'", "status"),
        ("UPDATE local_shop_bill SET currency = 'EURO'", "currency"),
        ("UPDATE local_shop_bill SET amount = '-1'", "amount"),
        (
            "UPDATE local_shop_bill SET amount = '72.964'",
            "untaxedamount",
        ),
        (
            "UPDATE local_shop_billitem SET quantity = '2.5'",
            "quantity",
        ),
        (
            "UPDATE local_shop_billitem SET totalprice = 'abc'",
            "totalprice",
        ),
        ("DELETE FROM local_shop_billitem", "lines"),
    ] {
        let bench = Bench::new();
        let transaction = stock_bill(&bench, "PLACED", "test");
        bench.sql(change);
        let refused = error(bench.engine.adopt(&transaction));
        assert_eq!(
            (
                refused.code(),
                refused.status(),
                refused.params()["field"].as_str()
            ),
            ("bill_not_adoptable", 422, field),
            "{change}"
        );
        // What is wrong with it is the seller's to know.
        let seen = |buyer| code(bench.engine.visible_order(&transaction, &buyer));
        assert_eq!(seen(staff()), "bill_not_adoptable");
        assert_eq!(
            [seen(jean()), seen(guest())],
            ["unknown_order", "unknown_order"]
        );
        // A payment for it is kept, not lost and not believed.
        assert_eq!(
            code(bench.notify("test", &naming(&transaction))),
            "bill_not_adoptable"
        );
        assert_eq!(
            bench.count("SELECT COUNT(*) AS n FROM {local_shopengine_inbox}"),
            1
        );
        assert_eq!(
            bench.count("SELECT COUNT(*) AS n FROM {local_shopengine_order}"),
            0
        );
    }
}

#[test]
fn b02_a_tax_that_changed_since_does_not_change_an_adopted_bill() {
    let bench = Bench::new();
    let transaction = stock_bill(&bench, "PLACED", "test");
    bench.sql("UPDATE local_shop_tax SET ratio = '25' WHERE id = 1");
    let order = bench.engine.adopt(&transaction).unwrap();
    let view = bench.engine.view(&order).unwrap();
    assert_eq!(view.taxes.to_decimal_string(), "11.99");
    // Which rate it was is not on record any more: none is claimed.
    assert_eq!(
        (view.lines[0].rate.as_str(), view.bytax[0].title.as_str()),
        ("", "")
    );
}

#[test]
fn b06_lines_that_were_never_rounded_sum_to_the_bill_once_adopted() {
    let bench = Bench::new();
    let transaction = stock_bill(&bench, "PLACED", "test");
    bench.sql("DELETE FROM local_shop_billitem");
    for ordering in 1..=3 {
        bench.sql(&format!(
            "INSERT INTO local_shop_billitem (billid, ordering, type, itemcode, unitcost, quantity, totalprice, taxcode)
             VALUES (70, {ordering}, 'BILLING', 'MONPRODUIT', '0.333', '1', '0.333', '1')"
        ));
    }
    bench
        .sql("UPDATE local_shop_bill SET untaxedamount = '0.999', taxes = '0.2', amount = '1.199'");
    let order = bench.engine.adopt(&transaction).unwrap();
    let view = bench.engine.view(&order).unwrap();
    let text = [view.untaxed, view.taxes, view.taxed].map(|money| money.to_decimal_string());
    assert_eq!(text, ["1.00", "0.20", "1.20"]);
    for line in &view.lines {
        assert_eq!(line.untaxed.plus(line.taxes).unwrap(), line.taxed);
    }
    assert_eq!(outcomes(&bench), []);
}

#[test]
fn a_bill_that_the_plugin_delivered_is_adopted_as_delivered() {
    let bench = Bench::new();
    let transaction = stock_bill(&bench, "SOLDOUT", "check");
    plugin_delivers(&bench, 70);
    bench.engine.adopt(&transaction).unwrap();
    assert_eq!(bench.status(&transaction), "COMPLETE");
    assert_eq!(bench.drain(), 0);
    // Its payment is on record under the words of the interface: the same payment once more is known.
    assert_eq!(
        bench.text("SELECT reference AS t FROM {local_shopengine_settlement}"),
        format!("check:{STOCK}")
    );
    assert_eq!(codes(&bench), Vec::<&str>::new());
}

#[test]
fn a_paid_bill_without_a_sign_of_delivery_waits_for_a_human() {
    let bench = Bench::new();
    let transaction = stock_bill(&bench, "SOLDOUT", "paypal");
    bench.sql(&format!(
        "INSERT INTO local_shop_paypal_ipn (txnid, transid, timecreated) VALUES ('8XY12345', '{STOCK}', 1)"
    ));
    let order = bench.engine.adopt(&transaction).unwrap();
    assert_eq!(order.held.as_deref(), Some("delivery_uncertain"));
    assert_eq!(
        bench.text("SELECT reference AS t FROM {local_shopengine_settlement}"),
        "8XY12345"
    );
    assert_eq!(
        bench.drain(),
        1,
        "a letter to the seller, and nothing is delivered by itself"
    );
    bench
        .engine
        .release(&order, &staff().user.unwrap())
        .unwrap();
    assert_eq!(bench.drain(), 1);
    assert_eq!(bench.status(&transaction), "COMPLETE");
}

#[test]
fn the_plugins_cancel_and_pending_are_adopted() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("check");
    for status in ["PENDING", "PLACED", "REFUSED", "PENDING", "CANCELLED"] {
        plugin_moves(&bench, placed.bill, status);
        assert_eq!(outcomes(&bench), [Reconciled::Adopted], "{status}");
        assert_eq!(bench.status(&placed.transid), status);
        assert_eq!(last_entry(&bench, placed.bill).0, "plugin");
    }
    assert_eq!(outcomes(&bench), []);
    check_laws(bench.db());
}

#[test]
fn the_plugins_soldout_is_a_sellers_word_and_delivered_exactly_once() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("check");
    plugin_moves(&bench, placed.bill, "SOLDOUT");
    assert_eq!(outcomes(&bench), [Reconciled::Adopted]);
    assert_eq!(outcomes(&bench), []);
    assert_eq!(bench.status(&placed.transid), "SOLDOUT");
    assert_eq!(
        bench.text("SELECT reference AS t FROM {local_shopengine_settlement}"),
        format!("check:{}", placed.transid)
    );
    // The page that moved it gets two minutes for a delivery of its own; the letter goes at once.
    assert_eq!(deliveries(&bench), ["due"]);
    assert_eq!(bench.drain(), 1);
    bench.clock.advance(121_000);
    assert_eq!(bench.drain(), 1);
    assert_eq!(bench.status(&placed.transid), "COMPLETE");
    assert_eq!(bench.drain(), 0);
    check_laws(bench.db());
}

#[test]
fn b42_what_the_plugin_delivers_meanwhile_is_not_delivered_again() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("check");
    plugin_moves(&bench, placed.bill, "SOLDOUT");
    assert_eq!(outcomes(&bench), [Reconciled::Adopted]);
    plugin_delivers(&bench, placed.bill);
    bench.clock.advance(121_000);
    assert_eq!(bench.drain(), 2, "a letter to the buyer, one to the seller");
    let order = bench.order(&placed.transid);
    assert_eq!(order.held.as_deref(), Some("delivery_uncertain"));
    assert_eq!(deliveries(&bench), ["failed"]);
    // Whoever has looked and says go on is not asked again.
    bench
        .engine
        .release(&order, &staff().user.unwrap())
        .unwrap();
    assert_eq!(bench.drain(), 1);
    assert_eq!(bench.status(&placed.transid), "COMPLETE");
}

#[test]
fn a_payment_that_paid_another_order_does_not_pay_this_one_too() {
    let bench = Bench::new();
    let (first, ..) = bench.placed("check");
    let (second, ..) = bench.placed("check");
    bench.sql("UPDATE local_shop_bill SET onlinetransactionid = 'X1', status = 'SOLDOUT'");
    assert_eq!(outcomes(&bench), [Reconciled::Adopted, Reconciled::Held]);
    assert_eq!(bench.status(&first.transid), "SOLDOUT");
    assert_eq!(bench.status(&second.transid), "PLACED");
    let order = bench.order(&second.transid);
    assert_eq!(order.held.as_deref(), Some("bill_move_refused"));
    check_laws(bench.db());
}

#[test]
fn what_the_plugin_completed_is_paid_and_not_delivered_again() {
    for (status, produced, state, held) in [
        ("COMPLETE", false, "COMPLETE", None),
        ("SOLDOUT", true, "COMPLETE", None),
        ("PARTIAL", false, "PARTIAL", Some("delivery_uncertain")),
        ("PREPROD", false, "PREPROD", None),
    ] {
        let bench = Bench::new();
        let (placed, ..) = bench.placed("check");
        if produced {
            plugin_delivers(&bench, placed.bill);
        }
        plugin_moves(&bench, placed.bill, status);
        assert_eq!(outcomes(&bench), [Reconciled::Adopted], "{status}");
        assert_eq!(bench.status(&placed.transid), state);
        assert_eq!(bench.order(&placed.transid).held.as_deref(), held);
        bench.clock.advance(121_000);
        bench.drain();
        assert_eq!(bench.status(&placed.transid), state, "nothing more came");
        assert!(!deliveries(&bench).contains(&"done".to_owned()));
        assert_eq!(outcomes(&bench), []);
    }
}

#[test]
fn a_delivery_that_the_plugin_finished_first_is_void() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("test");
    bench.pay(&placed.transid);
    plugin_moves(&bench, placed.bill, "COMPLETE");
    assert_eq!(outcomes(&bench), [Reconciled::Adopted]);
    assert_eq!(deliveries(&bench), ["void"]);
    assert_eq!(bench.drain(), 1, "the letter alone");
    check_laws(bench.db());
}

#[test]
fn a_bill_is_left_alone_while_its_delivery_is_under_way() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("test");
    bench.pay(&placed.transid);
    let tasks = bench.engine.lease(10).unwrap();
    // The plugin's production, called by the host, moves the bill itself.
    plugin_moves(&bench, placed.bill, "COMPLETE");
    assert_eq!(outcomes(&bench), []);
    for task in tasks {
        let done = done(&task.kind);
        bench.engine.finish(task.id, &task.stamp, &done).unwrap();
    }
    assert_eq!(deliveries(&bench), ["done"]);
    assert_eq!(bench.status(&placed.transid), "COMPLETE");
}

#[test]
fn b13_a_move_that_the_table_lacks_is_set_back_and_held() {
    for status in ["PLACED", "WORKING", "CANCELLED", "PAID", ""] {
        let bench = Bench::new();
        let (placed, ..) = bench.placed("test");
        bench.pay(&placed.transid);
        bench.drain();
        plugin_moves(&bench, placed.bill, status);
        assert_eq!(outcomes(&bench), [Reconciled::Held], "{status}");
        assert_eq!(bench.status(&placed.transid), "COMPLETE");
        let order = bench.order(&placed.transid);
        assert_eq!(order.held.as_deref(), Some("bill_move_refused"));
        assert!(bench.log().contains("COMPLETE to"));
        assert_eq!(outcomes(&bench), [], "told once");
    }
}

#[test]
fn b02_amounts_are_never_adopted() {
    // What the plugin makes of the amount, and what becomes of it.
    for (amount, outcome, held) in [
        ("71.964", None, None),
        (
            "75.000",
            Some(Reconciled::Held),
            Some("bill_amount_changed"),
        ),
        ("0", Some(Reconciled::Held), Some("bill_amount_changed")),
    ] {
        let bench = Bench::new();
        let placed = bench
            .place(&cart(&[("monproduit", 3)]), &guest(), "check")
            .unwrap();
        bench.sql(&format!("UPDATE local_shop_bill SET amount = '{amount}'"));
        assert_eq!(
            outcomes(&bench),
            outcome.into_iter().collect::<Vec<_>>(),
            "{amount}"
        );
        assert_eq!(bench.order(&placed.transid).held.as_deref(), held);
        let kept = bench.text("SELECT amount AS t FROM {local_shop_bill}");
        assert_eq!(kept, if held.is_some() { "71.960" } else { amount });
        assert_eq!(outcomes(&bench), [], "{amount}");
    }
}

#[test]
fn the_plugins_own_rounding_is_set_back_without_a_hold() {
    let bench = Bench::new();
    // 19.99 + 20 % and 6 x 9.00 + 5.5 %, each rounded, are 80.96; unrounded they are 80.958, and one cent is not beyond it.
    let cart = cart(&[("monproduit", 1), ("livre", 6)]);
    let placed = bench.place(&cart, &guest(), "check").unwrap();
    assert_eq!(placed.amount.to_decimal_string(), "80.96");
    bench.sql("UPDATE local_shop_bill SET amount = '80.953'");
    assert_eq!(outcomes(&bench), [Reconciled::Restored]);
    assert_eq!(
        bench.text("SELECT amount AS t FROM {local_shop_bill}"),
        placed.amount.to_column_string()
    );
    assert_eq!(bench.order(&placed.transid).held, None);
    assert_eq!(outcomes(&bench), []);
}

#[test]
fn changed_lines_hold_the_order_and_are_told_once() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("check");
    bench.sql("UPDATE local_shop_billitem SET quantity = '5'");
    plugin_moves(&bench, placed.bill, "SOLDOUT");
    assert_eq!(outcomes(&bench), [Reconciled::Held]);
    let order = bench.order(&placed.transid);
    assert_eq!(order.held.as_deref(), Some("bill_lines_changed"));
    // What was confirmed is not what was placed: no money counts.
    assert_eq!(
        bench.count("SELECT COUNT(*) AS n FROM {local_shopengine_settlement}"),
        0
    );
    bench
        .engine
        .release(&order, &staff().user.unwrap())
        .unwrap();
    let again = outcomes(&bench);
    assert!(again.len() <= 1, "{again:?}");
    assert_eq!(outcomes(&bench), []);
    // Another order of the same lines is no change.
    let (second, ..) = bench.placed("check");
    bench.sql(&format!(
        "UPDATE local_shop_billitem SET ordering = ordering + 7 WHERE billid = {}",
        second.bill
    ));
    assert_eq!(outcomes(&bench), []);
}

#[test]
fn b33_an_exchanged_transaction_id_is_set_back_and_b10_a_deleted_bill_is_told() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("check");
    bench.sql("UPDATE local_shop_bill SET transactionid = 'ANOTHERORDERSID001=='");
    // Under its new id it is nobody's.
    let other = TransactionId::parse("ANOTHERORDERSID001==").unwrap();
    assert_eq!(code(bench.engine.adopt(&other)), "unknown_order");
    assert_eq!(outcomes(&bench), [Reconciled::Restored]);
    assert_eq!(
        bench.text("SELECT transactionid AS t FROM {local_shop_bill}"),
        placed.transid.as_str()
    );
    bench.sql("DELETE FROM local_shop_bill");
    assert_eq!(codes(&bench), ["bill_gone"]);
    assert_eq!(outcomes(&bench), [Reconciled::Held]);
    assert_eq!(outcomes(&bench), []);
    assert_eq!(
        bench.order(&placed.transid).held.as_deref(),
        Some("bill_missing")
    );
    assert_eq!(bench.drain(), 0, "no letter can be written about it");
}

#[test]
fn b35_stale_orders_are_cancelled_and_the_others_are_left() {
    let bench = Bench::new();
    let (stale, ..) = bench.placed("test");
    let (announced, ..) = bench.placed("check");
    bench.press("check", &naming(&announced.transid)).unwrap();
    let (paid, ..) = bench.placed("test");
    bench.pay(&paid.transid);
    let (undecided, ..) = bench.placed("transfer");
    bench.sql(
        "INSERT INTO local_shopengine_inbox (gateway, messagekey, channel, endpoint, method, query, contenttype, body, state,
            timecreated, timemodified) VALUES ('transfer', 'k', 'buyer', 'view', 'POST', '', '', '', 'new', 1, 1)",
    );
    let (moved, ..) = bench.placed("test");
    plugin_moves(&bench, moved.bill, "PENDING");
    let sold = "SELECT SUM(sold) AS n FROM {local_shop_catalogitem}";
    let before = bench.count(sold);
    bench.clock.advance(47 * HOURS);
    let (young, ..) = bench.placed("test");
    assert_eq!(bench.engine.sweep(48, 100).unwrap(), 0);
    bench.clock.advance(HOURS + 1);
    assert_eq!(bench.engine.sweep(0, 100).unwrap(), 0, "0 is never");
    assert_eq!(bench.engine.sweep(48, 100).unwrap(), 1);
    assert_eq!(bench.status(&stale.transid), "CANCELLED");
    assert_eq!(bench.status(&announced.transid), "PENDING");
    assert_eq!(bench.status(&undecided.transid), "PLACED");
    assert_eq!(bench.status(&young.transid), "PLACED");
    assert_eq!(
        bench.order(&paid.transid).state.status(),
        BillStatus::Soldout
    );
    assert_eq!(
        bench.order(&moved.transid).state.status(),
        BillStatus::Placed
    );
    assert_eq!(bench.count(sold), before);
    assert!(
        bench
            .log()
            .contains("Order cancelled : not paid for 48 hours")
    );
    // Whoever pays after all is not lost.
    let late = bench.pay(&stale.transid);
    assert_ne!(late.outcome, Outcome::Applied);
    assert_eq!(bench.engine.sweep(48, 100).unwrap(), 0);
}

#[test]
fn an_order_that_someone_has_to_look_at_is_not_swept() {
    let bench = Bench::new();
    let (held, ..) = bench.placed("test");
    bench.sql("UPDATE local_shopengine_order SET held = 'lines_changed'");
    bench.clock.advance(49 * HOURS);
    assert_eq!(bench.engine.sweep(48, 100).unwrap(), 0);
    assert_eq!(bench.status(&held.transid), "PLACED");
}

#[test]
fn the_sweep_takes_no_more_than_its_batch() {
    let bench = Bench::new();
    for _ in 0..5 {
        bench.placed("test");
    }
    bench.clock.advance(49 * HOURS);
    assert_eq!(bench.engine.sweep(48, 2).unwrap(), 2);
    assert_eq!(bench.engine.sweep(48, 2).unwrap(), 2);
    assert_eq!(bench.engine.sweep(48, 2).unwrap(), 1);
    check_laws(bench.db());
}

#[test]
fn each_finding_is_found() {
    let found = |change: &str| -> Vec<Finding> {
        let bench = Bench::new();
        let (paid, ..) = bench.placed("test");
        bench.pay(&paid.transid);
        assert_eq!(bench.engine.lease(10).unwrap().len(), 1);
        assert_eq!(codes(&bench), Vec::<&str>::new(), "before {change}");
        if change == "wait" {
            bench.clock.advance(2 * HOURS);
        } else {
            bench.sql(change);
        }
        bench.engine.integrity(50).unwrap()
    };
    for (change, code) in [
        (
            "UPDATE local_shop_bill SET status = 'PLACED'",
            "bill_differs",
        ),
        ("UPDATE local_shop_bill SET amount = '1'", "bill_differs"),
        ("DELETE FROM local_shop_bill", "bill_gone"),
        (
            "DELETE FROM local_shopengine_settlement",
            "paid_without_settlement",
        ),
        (
            "UPDATE local_shopengine_settlement SET amount = '24.00'",
            "settled_over_due",
        ),
        (
            "DELETE FROM local_shopengine_history WHERE seq = 1",
            "history_gap",
        ),
        ("wait", "lease_expired"),
        ("wait", "delivery_overdue"),
        (
            "UPDATE local_shopengine_inbox SET state = 'new', timemodified = 1",
            "message_undecided",
        ),
        (
            "UPDATE local_shopengine_order SET held = 'oversold'",
            "order_held",
        ),
    ] {
        let found = found(change);
        let finding = found.iter().find(|finding| finding.code == code);
        let finding = finding.unwrap_or_else(|| panic!("no {code} in {found:?}"));
        assert!(finding.params.values().all(|value| !value.is_empty()));
        assert!(Finding::CODES.contains(&code));
        if change != "wait" {
            assert_eq!(found.len(), 1, "{found:?}");
        }
    }
}

#[test]
fn findings_are_bounded() {
    let bench = Bench::new();
    for _ in 0..4 {
        bench.placed("check");
    }
    bench.sql("UPDATE local_shop_bill SET status = 'COMPLETE'");
    assert_eq!(bench.engine.integrity(3).unwrap().len(), 3);
    assert_eq!(bench.engine.reconcile(3).unwrap().len(), 3);
    assert_eq!(bench.engine.reconcile(3).unwrap().len(), 1);
}
