//! A site with the plugin's PRO edition: the plugin sells by itself, its bills carry discounts, and the engine reads them as billed.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use common::*;
use shopengine::domain::transaction_id::TransactionId;
use shopengine::engine::{OrderView, Outcome, Reconciled};

const TRANSID: &str = "PROBILLWITHDISCOUNT1";

/// Three of `monproduit` less a discount of 10 % on them, as the PRO edition bills it: 53.973 + 20 % is 64.7676, unrounded.
fn discounted(bench: &Bench, status: &str, paymode: &str) -> TransactionId {
    bench.sql(&format!(
        "INSERT INTO local_shop_bill (id, shopid, userid, ordering, customerid, invoiceinfo, title, worktype, status, emissiondate,
            lastactiondate, untaxedamount, taxes, amount, untaxeddiscount, discounttaxes, discount, currency, transactionid, paymode, test)
         VALUES (70, 1, 3, 70, '1', '', 'Shop', 'PROD', '{status}', 1781520000, 1781520000, '53.973', '10.795', '64.768',
            '-5.997', '-1.199', '-7.196', 'EUR', '{TRANSID}', '{paymode}', 1)"
    ));
    bench.sql(
        "INSERT INTO local_shop_billitem (id, billid, ordering, type, itemcode, abstract, unitcost, quantity, totalprice, taxcode)
         VALUES (700, 70, 0, 'BILLING', 'MONPRODUIT', 'MonProduit', '19.990', '3', '59.970', '1'),
                (701, 70, 1, 'DISCOUNT', 'TENPERCENT', 'Remise 10 %', '-5.997', '1', '-5.997', '1')",
    );
    TransactionId::parse(TRANSID).unwrap()
}

/// Everything is set on, and the host says that the PRO edition is there.
fn beside_pro() -> Bench {
    let bench = Bench::new();
    for name in [
        "import",
        "cart",
        "customer",
        "paymode",
        "placement",
        "payment",
        "production",
        "endpoints",
        "bills",
        "backoffice",
        "trace",
    ] {
        configure(&bench, name, "on");
    }
    configure(&bench, "pro", "1");
    assert_eq!(outcomes(&bench), []);
    bench
}

fn configure(bench: &Bench, name: &str, value: &str) {
    bench.sql(&format!(
        "INSERT OR REPLACE INTO config_plugins (plugin, name, value) VALUES ('local_shopengine', '{name}', '{value}')"
    ));
}

fn outcomes(bench: &Bench) -> Vec<Reconciled> {
    let done = bench.engine.reconcile(100).unwrap();
    done.iter().map(|one| one.outcome).collect()
}

fn alarms(bench: &Bench) -> usize {
    let found = bench.engine.integrity(50).unwrap();
    found
        .iter()
        .filter(|finding| finding.code == "sold_without_payment")
        .count()
}

fn amounts(view: &OrderView) -> Vec<[String; 3]> {
    let lines = view.lines.iter();
    lines
        .map(|line| [line.untaxed, line.taxes, line.taxed].map(|money| money.to_decimal_string()))
        .collect()
}

#[test]
fn a_bill_with_discounts_is_shown_as_billed() {
    let bench = beside_pro();
    let transaction = discounted(&bench, "PENDING", "check");
    let order = bench.engine.adopt(&transaction).unwrap();
    assert_eq!(order.amount.to_decimal_string(), "64.77");
    let view = bench.engine.view(&order).unwrap();
    assert_eq!(
        amounts(&view),
        [
            ["59.97", "12.00", "71.97"].map(str::to_owned),
            ["-6.00", "-1.20", "-7.20"].map(str::to_owned),
        ]
    );
    assert_eq!(view.lines[1].kind, "DISCOUNT");
    assert_eq!(view.untaxed.plus(view.taxes).unwrap(), view.taxed);
    assert_eq!(view.bytax[0].taxed, view.taxed);
    check_laws(bench.db());
}

#[test]
fn a_payment_message_settles_a_bill_of_the_pro_edition_with_the_amount_as_billed() {
    let bench = beside_pro();
    let transaction = discounted(&bench, "PLACED", "test");
    let received = bench.notify("test", &naming(&transaction)).unwrap();
    assert_eq!(received.outcome, Outcome::Applied);
    assert_eq!(
        bench.text("SELECT amount AS t FROM {local_shopengine_settlement}"),
        "64.77"
    );
    bench.drain();
    assert_eq!(bench.status(&transaction), "COMPLETE");
    assert_eq!((outcomes(&bench), alarms(&bench)), (vec![], 0));
    check_laws(bench.db());
}

#[test]
fn what_the_pro_edition_makes_of_the_amounts_raises_no_alarm() {
    // Its own sum, not rounded; and what it stores where the discount has been computed again by one cent.
    for amount in ["64.7676", "64.768", "64.760", "64.780"] {
        let bench = beside_pro();
        let transaction = discounted(&bench, "PENDING", "check");
        bench.engine.adopt(&transaction).unwrap();
        bench.sql(&format!("UPDATE local_shop_bill SET amount = '{amount}'"));
        let done = outcomes(&bench);
        assert!(
            done.iter().all(|outcome| *outcome == Reconciled::Restored),
            "{amount}: {done:?}"
        );
        assert_eq!(bench.order(&transaction).held, None, "{amount}");
        assert_eq!(outcomes(&bench), [], "{amount}");
    }
    let bench = beside_pro();
    let transaction = discounted(&bench, "PENDING", "check");
    bench.engine.adopt(&transaction).unwrap();
    bench.sql("UPDATE local_shop_bill SET amount = '60.000'");
    assert_eq!(outcomes(&bench), [Reconciled::Held]);
}

#[test]
fn a_bill_with_discounts_moves_along_the_states() {
    let bench = beside_pro();
    let transaction = discounted(&bench, "PLACED", "check");
    bench.engine.adopt(&transaction).unwrap();
    for status in ["PENDING", "SOLDOUT"] {
        bench.sql(&format!("UPDATE local_shop_bill SET status = '{status}'"));
        assert_eq!(outcomes(&bench), [Reconciled::Adopted], "{status}");
        assert_eq!(bench.status(&transaction), status);
    }
    assert_eq!(alarms(&bench), 0);
    check_laws(bench.db());
}

#[test]
fn what_the_pro_edition_sells_by_itself_is_no_alarm() {
    for status in ["SOLDOUT", "COMPLETE", "PARTIAL", "PREPROD"] {
        let bench = beside_pro();
        discounted(&bench, status, "stripe");
        assert_eq!((outcomes(&bench), alarms(&bench)), (vec![], 0), "{status}");
    }
    // Watched first, sold later.
    let bench = beside_pro();
    discounted(&bench, "PLACED", "stripe");
    assert_eq!(outcomes(&bench), []);
    bench.sql("UPDATE local_shop_bill SET status = 'COMPLETE'");
    assert_eq!((outcomes(&bench), alarms(&bench)), (vec![], 0));
    // The same settings without that edition: nobody but the engine sells.
    configure(&bench, "pro", "");
    bench.sql("UPDATE local_shopengine_watch SET state = 'watched'");
    assert_eq!(outcomes(&bench), [Reconciled::Reported]);
}

#[test]
fn a_discount_that_was_computed_again_is_what_the_bill_says() {
    let bench = beside_pro();
    let transaction = discounted(&bench, "PENDING", "check");
    // The line still has the discount of 5 % that applied when it was written.
    bench.sql(
        "UPDATE local_shop_billitem SET unitcost = '-2.999', totalprice = '-2.999' WHERE id = 701",
    );
    let order = bench.engine.adopt(&transaction).unwrap();
    let view = bench.engine.view(&order).unwrap();
    assert_eq!(view.lines[1].untaxed.to_decimal_string(), "-6.00");
    assert_eq!(view.untaxed.plus(view.taxes).unwrap(), order.amount);
    assert_eq!(outcomes(&bench), []);
    // What the bill does not say either is not guessed.
    let bench = beside_pro();
    let transaction = discounted(&bench, "PENDING", "check");
    bench.sql("UPDATE local_shop_bill SET untaxedamount = '50.000', amount = '60.795'");
    assert_eq!(code(bench.engine.adopt(&transaction)), "bill_not_adoptable");
}
