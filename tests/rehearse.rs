//! Past bills replayed: each difference between what was billed and what the engine would have had, with its cause.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use common::*;
use shopengine::domain::transaction_id::TransactionId;
use shopengine::engine::{Difference, Finding};

/// A bill of the plugin's: three of `monproduit`, 71.964 of what is 71.96.
fn bill(bench: &Bench, id: i64, status: &str) -> TransactionId {
    let transid = format!("STOCKPLUGINORDER{id:02}==");
    bench.sql(&format!(
        "INSERT INTO local_shop_bill (id, shopid, userid, ordering, customerid, title, worktype, status, emissiondate, lastactiondate,
            untaxedamount, taxes, amount, currency, transactionid, paymode, test)
         VALUES ({id}, 1, 3, {id}, '1', 'Shop', 'PROD', '{status}', {emitted}, 1781520000, '59.970', '11.994', '71.964', 'EUR',
            '{transid}', 'check', 1)",
        emitted = 1_781_520_000 + id
    ));
    line(bench, id, "BILLING", "MONPRODUIT", "19.990", 3, "59.970");
    TransactionId::parse(&transid).unwrap()
}

fn line(bench: &Bench, bill: i64, kind: &str, code: &str, unit: &str, quantity: u32, total: &str) {
    bench.sql(&format!(
        "INSERT INTO local_shop_billitem (billid, ordering, type, itemcode, abstract, unitcost, quantity, totalprice, taxcode)
         SELECT {bill}, COUNT(*), '{kind}', '{code}', 'A line', '{unit}', '{quantity}', '{total}', '1'
           FROM local_shop_billitem WHERE billid = {bill}"
    ));
}

fn replayed(bench: &Bench) -> Vec<Difference> {
    bench.engine.replay_bills(0, 0, 500).unwrap().differences
}

/// The one cause of the one difference.
fn cause(bench: &Bench) -> Finding {
    let mut differences = replayed(bench);
    assert_eq!(differences.len(), 1, "{differences:?}");
    let mut causes = differences.pop().unwrap().causes;
    assert_eq!(causes.len(), 1, "{causes:?}");
    causes.pop().unwrap()
}

#[test]
fn a_bill_that_the_engine_would_have_had_alike_is_no_difference() {
    for status in [
        "PLACED",
        "PENDING",
        "COMPLETE",
        "CANCELLED",
        "PAYBACK",
        "PREPROD",
    ] {
        let bench = Bench::new();
        bill(&bench, 70, status);
        assert_eq!(replayed(&bench).len(), 0, "{status}");
    }
    // A discount as billed is none either; drafts are nobody's order.
    let bench = Bench::new();
    bill(&bench, 70, "PENDING");
    line(&bench, 70, "DISCOUNT", "SIX", "-6.000", 1, "-6.000");
    bench.sql(
        "UPDATE local_shop_bill SET untaxedamount = '53.970', taxes = '10.794', amount = '64.764'",
    );
    bill(&bench, 71, "WORKING");
    bench.sql("UPDATE local_shop_bill SET amount = '1.000' WHERE id = 71");
    let replayed = bench.engine.replay_bills(0, 0, 500).unwrap();
    assert_eq!((replayed.bills, replayed.differences.len()), (1, 0));
}

/// What happened to a bill, the code of the difference, and some of its parameters.
type Case = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

#[test]
fn each_difference_has_its_cause() {
    let table: &[Case] = &[
        (
            "UPDATE local_shop_bill SET amount = '71.974', taxes = '12.004'",
            "rehearse_rounding",
            &[("bill", "71.97 EUR"), ("engine", "71.96 EUR")],
        ),
        (
            "UPDATE local_shop_tax SET ratio = '10' WHERE id = 1",
            "rehearse_tax_changed",
            &[("bill", "11.99 EUR"), ("engine", "6.00 EUR")],
        ),
        (
            "UPDATE local_shop_billitem SET taxcode = '99'",
            "rehearse_tax_unknown",
            &[],
        ),
        (
            "UPDATE local_shop_billitem SET unitcost = '29.990'",
            "rehearse_lines",
            &[("bill", "59.97 EUR"), ("engine", "89.97 EUR")],
        ),
        (
            "UPDATE local_shop_billitem SET type = 'MANUAL'",
            "rehearse_line",
            &[("code", "MONPRODUIT")],
        ),
        (
            "UPDATE local_shop_billitem SET quantity = '1.5'",
            "rehearse_unadoptable",
            &[("field", "quantity"), ("value", "1.5")],
        ),
        (
            "UPDATE local_shop_bill SET currency = 'XQX'",
            "rehearse_unadoptable",
            &[("field", "currency"), ("value", "XQX")],
        ),
        (
            "UPDATE local_shop_bill SET status = 'DREAMED'",
            "rehearse_unadoptable",
            &[("field", "status"), ("value", "DREAMED")],
        ),
        (
            "UPDATE local_shop_bill SET untaxedamount = '10.000', amount = '21.994'",
            "rehearse_unadoptable",
            &[("field", "untaxedamount")],
        ),
        (
            "UPDATE local_shop_bill SET status = 'SOLDOUT'",
            "rehearse_delivery_uncertain",
            &[("lines", "1"), ("delivered", "0")],
        ),
        (
            "INSERT INTO local_shopengine_watch (billid, state, status, timecreated, timemodified) VALUES (70, 'alarm', 'SOLDOUT', 0, 0)",
            "rehearse_sold_unpaid",
            &[],
        ),
    ];
    for (sql, code, params) in table {
        let bench = Bench::new();
        bill(&bench, 70, "PENDING");
        bench.sql(sql);
        let cause = cause(&bench);
        assert_eq!(cause.code, *code, "{sql}");
        for (name, value) in *params {
            assert_eq!(cause.params[name], *value, "{sql}");
        }
    }
    // Tax-free by hand: no tax is what the engine has too.
    let bench = Bench::new();
    bill(&bench, 70, "PENDING");
    bench.sql("UPDATE local_shop_bill SET ignoretax = 1, taxes = '0.000', amount = '59.970'");
    assert_eq!(replayed(&bench).len(), 0);
    // A discount that the bill does not have, and one that was computed again.
    line(&bench, 70, "DISCOUNT", "TEN", "-5.997", 1, "-5.997");
    assert_eq!(cause(&bench).code, "rehearse_discount");
}

#[test]
fn a_paid_bill_with_all_its_products_is_complete() {
    let bench = Bench::new();
    bill(&bench, 70, "SOLDOUT");
    bench.sql("INSERT INTO local_shop_product (initialbillitemid, reference) SELECT id, 'R' FROM local_shop_billitem");
    assert_eq!(cause(&bench).code, "rehearse_delivered");
}

#[test]
fn an_order_is_compared_with_its_own_amount_and_state() {
    let bench = Bench::new();
    let transaction = bill(&bench, 70, "PENDING");
    bench.engine.adopt(&transaction).unwrap();
    assert_eq!(replayed(&bench).len(), 0);
    // Today's taxes are not those of an order.
    bench.sql("UPDATE local_shop_tax SET ratio = '10' WHERE id = 1");
    assert_eq!(replayed(&bench).len(), 0);
    bench.sql("UPDATE local_shop_bill SET status = 'COMPLETE', amount = '75.000'");
    let differences = replayed(&bench);
    let causes: Vec<_> = differences[0]
        .causes
        .iter()
        .map(|cause| cause.code)
        .collect();
    assert_eq!(causes, ["rehearse_order_state", "rehearse_order_amount"]);
    assert_eq!(differences[0].transid, transaction.as_ref());
}

/// A cause, and what the bill and the order say.
type Said = (&'static str, &'static str, &'static str);

#[test]
fn an_order_is_compared_line_by_line_whatever_its_state() {
    let cases: &[(&str, &[Said])] = &[
        (
            "UPDATE {local_shop_billitem} SET quantity = 7, totalprice = 7 WHERE itemcode = 'MONPRODUIT'",
            &[("rehearse_order_line", "7 × 19.99 = 7", "2 × 19.99 = 39.98")],
        ),
        (
            "UPDATE {local_shop_bill} SET taxes = 1, untaxedamount = 1",
            &[
                ("rehearse_order_untaxed", "1", "39.98"),
                ("rehearse_order_taxes", "1", "8.00"),
            ],
        ),
        (
            "UPDATE {local_shop_bill} SET currency = 'USD'",
            &[("rehearse_order_currency", "USD", "EUR")],
        ),
        (
            "DELETE FROM {local_shop_billitem}",
            &[("rehearse_order_line", "", "2 × 19.99 = 39.98")],
        ),
        (
            "UPDATE {local_shop_billitem} SET itemcode = 'OTHER'",
            &[
                ("rehearse_order_line", "2 × 19.99 = 39.98", ""),
                ("rehearse_order_line", "", "2 × 19.99 = 39.98"),
            ],
        ),
        // The plugin's own order of the lines is no difference.
        (
            "UPDATE {local_shop_billitem} SET ordering = 9 - ordering",
            &[],
        ),
    ];
    for (change, expected) in cases {
        let bench = Bench::new();
        let cart = cart(&[("monproduit", 2)]);
        let placed = bench.place(&cart, &guest(), "test").unwrap();
        bench.pay(&placed.transid);
        bench.drain();
        assert_eq!(bench.status(&placed.transid), "COMPLETE");
        assert_eq!(replayed(&bench).len(), 0);
        bench.sql(change);
        let causes: Vec<Finding> = replayed(&bench)
            .into_iter()
            .flat_map(|difference| difference.causes)
            .collect();
        let told: Vec<_> = causes
            .iter()
            .map(|cause| (cause.code, &*cause.params["bill"], &*cause.params["order"]))
            .collect();
        assert_eq!(told, *expected, "{change}");
        // The status page and the repair script tell of it.
        let found = bench.engine.integrity(10).unwrap();
        let code = found.iter().find(|one| one.code == "bill_content_differs");
        assert_eq!(code.is_some(), !expected.is_empty(), "{found:?}");
    }
}

#[test]
fn bills_are_replayed_in_batches_from_a_day_on_and_nothing_is_written() {
    let bench = Bench::new();
    for id in 1..=25 {
        bill(&bench, id, "SOLDOUT");
    }
    let before = picture(bench.db());
    let (mut last, mut sizes, mut found) = (0, Vec::new(), 0);
    loop {
        let batch = bench.engine.replay_bills(last, 1_781_520_004, 10).unwrap();
        if batch.bills == 0 {
            break;
        }
        (last, found) = (batch.last, found + batch.differences.len());
        sizes.push(batch.bills);
    }
    assert_eq!((sizes, last, found), (vec![10, 10, 2], 25, 22));
    assert_eq!(before, picture(bench.db()));
}
