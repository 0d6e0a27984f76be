//! Every verdict on every state, through the one place that applies verdicts. Which interfaces exist does not matter here: a
//! scripted one says whatever a real one could. It is long because the table of states, verdicts and orders of arrival is one.

use std::rc::Rc;

use super::*;
use crate::clock::{FixedClock, UnixMillis};
use crate::database::{Sqlite, Value, install};
use crate::domain::cart::Cart;
use crate::domain::money::Currency;
use crate::domain::quantity::Quantity;
use crate::domain::state::{BillStatus, Payment, State};
use crate::domain::transaction_id::TransactionId;
use crate::engine::{Buyer, Engine, Error, Placement};
use crate::gateway::{GatewayError, Message, Obstacle, Payable, Widget};
use crate::trace::Trace;

const DEMO: &str = include_str!("../../../php/storefront/demo.sql");
const PAYMENTS: [&str; 8] = [
    "draft",
    "due",
    "pending",
    "paid",
    "refunded",
    "refused",
    "failed",
    "cancelled",
];
const FULFILMENTS: [&str; 3] = ["none", "partial", "done"];
const HAPPENED: [Happened; 9] = [
    Happened::Announced,
    Happened::Paid,
    Happened::Refused,
    Happened::Failed,
    Happened::Cancelled,
    Happened::Refunded,
    Happened::Reversed,
    Happened::Restored,
    Happened::Noted,
];

/// A payment interface that is called like the order's own and takes anything.
struct Scripted(&'static str);

/// One whose payments must name the merchant account `ours`.
struct WithAccount;

impl Gateway for WithAccount {
    fn name(&self) -> &'static str {
        "check"
    }
    fn obstacle(&self, _: &Offer<'_>) -> Option<Obstacle> {
        None
    }
    fn widget(&self, _: &Payable<'_>, _: &Settings) -> std::result::Result<Widget, GatewayError> {
        Ok(Widget::default())
    }
    fn read(&self, _: &Message<'_>, _: &Settings) -> std::result::Result<Verdict, GatewayError> {
        Err(GatewayError::NotAuthentic)
    }
    fn merchant(&self, _: &Settings) -> Option<String> {
        Some("ours".to_owned())
    }
}

impl Gateway for Scripted {
    fn name(&self) -> &'static str {
        self.0
    }
    fn obstacle(&self, _: &Offer<'_>) -> Option<Obstacle> {
        None
    }
    fn widget(&self, _: &Payable<'_>, _: &Settings) -> std::result::Result<Widget, GatewayError> {
        Ok(Widget::default())
    }
    fn read(&self, _: &Message<'_>, _: &Settings) -> std::result::Result<Verdict, GatewayError> {
        Err(GatewayError::NotAuthentic)
    }
}

struct Bench {
    engine: Engine,
    transaction: TransactionId,
    _folder: tempfile::TempDir,
}

impl Bench {
    /// One order of 23.99 EUR by `check`, placed in production mode.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Sqlite::in_memory().unwrap();
        install(&database).unwrap();
        database.run(DEMO).unwrap();
        database
            .run("UPDATE config_plugins SET value = '0' WHERE name = 'test'")
            .unwrap();
        let clock = FixedClock::new(UnixMillis::from_seconds(1_781_524_800));
        let trace = Trace::new(folder.path().join("trace.log"), "Europe/Paris");
        let engine = Engine::new(Rc::new(database), Rc::new(clock), trace, "Europe/Paris");
        let mut cart: Cart = serde_json::from_str(
            r#"{"customerchecked": true, "customerinfo": {"firstname": "Zoé", "lastname": "Martin", "address": "1 rue",
                "zip": "75001", "city": "Paris", "country": "FR", "email": "zoe@example.net"}}"#,
        )
        .unwrap();
        cart.set("monproduit", Some(Quantity::ONE));
        let shop = engine.shop(1, "en").unwrap();
        let buyer = Buyer {
            session_key: "k".repeat(32),
            ..Buyer::default()
        };
        let placed = engine
            .place(&Placement {
                shop: &shop,
                cart: &cart,
                buyer: &buyer,
                paymode: "check",
                block: 0,
                lang: "fr",
            })
            .unwrap();
        assert_eq!(placed.amount.to_decimal_string(), "23.99");
        Self {
            engine,
            transaction: placed.transid,
            _folder: folder,
        }
    }

    fn order(&self) -> Order {
        Order::find(self.engine.database(), &self.transaction)
            .unwrap()
            .unwrap()
    }

    fn verdict(&self, happened: Happened, reference: &str) -> Verdict {
        Verdict {
            order: self.transaction.clone().into(),
            revision: None,
            reference: reference.to_owned(),
            movement: None,
            happened,
            attention: None,
            amount: Some(self.order().amount),
            merchant: None,
            mode: Mode::Live,
            proof: "scripted",
        }
    }

    fn apply(&self, verdict: &Verdict) -> Result<Outcome> {
        self.apply_as(&Scripted("check"), Channel::Notification, verdict)
    }

    fn apply_as(
        &self,
        gateway: &dyn Gateway,
        channel: Channel,
        verdict: &Verdict,
    ) -> Result<Outcome> {
        let settings = self.engine.settings()?;
        let case = Case {
            gateway,
            channel,
            verdict,
            settings: &settings,
            actor: "gateway:check",
            inbox: 0,
            message: None,
        };
        self.engine.transact(|work| Ok(work.settle(&case)?.1))
    }

    fn force(&self, payment: &str, fulfilment: &str) -> State {
        let state = State::parse(payment, fulfilment).unwrap();
        let values: [Value; 4] = [
            payment.into(),
            fulfilment.into(),
            state.status().as_str().into(),
            self.order().bill.into(),
        ];
        let database = self.engine.database();
        database
            .execute(
                "UPDATE {local_shopengine_order} SET payment = ?, fulfilment = ?, status = ? WHERE billid = ?",
                &values,
            )
            .unwrap();
        state
    }

    fn count(&self, sql: &str) -> i64 {
        self.engine.database().query(sql, &[]).unwrap()[0]
            .int("n")
            .unwrap()
    }

    fn settled(&self) -> i64 {
        self.count(
            "SELECT COUNT(*) AS n FROM {local_shopengine_settlement} WHERE state = 'settled'",
        )
    }

    fn deliveries(&self) -> i64 {
        self.count("SELECT COUNT(*) AS n FROM {local_shopengine_outbox} WHERE kind = 'deliver'")
    }

    /// What must be true at any time.
    fn check(&self, was: State, what: &str) {
        let order = self.order();
        assert!(self.settled() <= 1, "{what}: two settlements");
        assert!(self.deliveries() <= 1, "{what}: two deliveries");
        if was.is_paid() {
            assert!(
                matches!(order.state.payment(), Payment::Paid | Payment::Refunded),
                "{what}: from paid to {:?}",
                order.state
            );
        }
        let bill = self
            .engine
            .database()
            .query("SELECT status, amount FROM {local_shop_bill}", &[])
            .unwrap();
        if order.state != was {
            assert_eq!(
                bill[0].text("status").unwrap(),
                order.state.status().as_str(),
                "{what}: the bill says something else"
            );
        }
        assert_eq!(bill[0].text("amount").unwrap(), "23.990");
        let history = self.engine.history(order.bill).unwrap();
        let numbers: Vec<i64> = history.iter().map(|entry| entry.seq).collect();
        assert_eq!(numbers, (1..=order.history).collect::<Vec<_>>(), "{what}");
    }
}

#[test]
fn every_state_with_every_verdict_keeps_the_laws() {
    let (mut moved, mut kept) = (0, 0);
    for payment in PAYMENTS {
        for fulfilment in FULFILMENTS {
            for happened in HAPPENED {
                let bench = Bench::new();
                let was = bench.force(payment, fulfilment);
                let what = format!("{payment}/{fulfilment} {happened:?}");
                let outcome = bench
                    .apply(&bench.verdict(happened, "R1"))
                    .unwrap_or_else(|error| panic!("{what}: {error}"));
                let now = bench.order().state;
                bench.check(was, &what);
                if now == was {
                    kept += 1;
                } else {
                    moved += 1;
                    assert_eq!(outcome, Outcome::Applied, "{what}");
                    assert!(was.awaits_payment() || was.is_paid(), "{what}: {now:?}");
                    assert!(
                        !now.is_paid() || happened == Happened::Paid,
                        "{what}: paid without proof"
                    );
                }
                assert_eq!(
                    now.is_paid() && !was.is_paid(),
                    bench.settled() == 1,
                    "{what}"
                );
                // The same message once more changes nothing.
                let before = (bench.order().state, bench.settled(), bench.deliveries());
                let again = bench.apply(&bench.verdict(happened, "R1")).unwrap();
                assert_ne!(again, Outcome::Applied, "{what} twice");
                assert_eq!(
                    (bench.order().state, bench.settled(), bench.deliveries()),
                    before,
                    "{what} twice"
                );
                bench.check(was, &what);
            }
        }
    }
    assert!(moved > 20 && kept > 80, "{moved} moved, {kept} stayed");
}

#[test]
fn every_state_with_every_event_follows_the_table_and_leaves_one_history_row() {
    for payment in PAYMENTS {
        for fulfilment in FULFILMENTS {
            for event in Event::ALL {
                let bench = Bench::new();
                let was = bench.force(payment, fulfilment);
                let mut order = bench.order();
                let rows = order.history;
                let result = bench
                    .engine
                    .transact(|work| work.advance(&mut order.clone(), event, "engine", "test"));
                order = bench.order();
                match was.after(event) {
                    Ok(next) => {
                        result.unwrap();
                        assert_eq!(order.state, next);
                        assert_eq!(order.history, rows + 1);
                        assert!(
                            !was.is_paid()
                                || matches!(next.payment(), Payment::Paid | Payment::Refunded)
                        );
                    }
                    Err(_) => {
                        assert!(matches!(result, Err(Error::State(_))), "{was:?} {event:?}");
                        assert_eq!((order.state, order.history), (was, rows));
                    }
                }
            }
        }
    }
}

/// All orders of arrival of what a gateway may say about one payment that was paid and paid back, each message up to twice.
#[test]
fn messages_in_any_order_come_to_the_same_end() {
    let mut sequences: Vec<Vec<Happened>> = vec![Vec::new()];
    for _ in 0..4 {
        sequences = sequences
            .into_iter()
            .flat_map(|sequence| {
                [
                    Happened::Announced,
                    Happened::Paid,
                    Happened::Refunded,
                    Happened::Refused,
                ]
                .map(|next| sequence.iter().copied().chain([next]).collect())
            })
            .collect();
    }
    for sequence in sequences {
        let bench = Bench::new();
        for happened in &sequence {
            let was = bench.order().state;
            bench.apply(&bench.verdict(*happened, "R1")).unwrap();
            bench.check(was, &format!("{sequence:?}"));
        }
        let state = bench.order().state;
        let said = |happened| sequence.contains(&happened);
        assert_eq!(
            state.is_paid(),
            said(Happened::Paid) && !said(Happened::Refunded),
            "{sequence:?} ended {state:?}"
        );
    }
}

#[test]
fn a_payment_that_does_not_fit_is_held_with_its_reason_and_told_once() {
    let dollars = Money::parse("23.99", Currency::parse("USD").unwrap()).unwrap();
    let cent_less = Money::parse("23.98", Currency::parse("EUR").unwrap()).unwrap();
    let cent_more = Money::parse("24.00", Currency::parse("EUR").unwrap()).unwrap();
    type Spoil = Box<dyn Fn(&mut Verdict)>;
    let cases: Vec<(&str, Spoil)> = vec![
        (
            "amount_mismatch",
            Box::new(move |verdict| verdict.amount = Some(cent_less)),
        ),
        (
            "amount_mismatch",
            Box::new(move |verdict| verdict.amount = Some(cent_more)),
        ),
        (
            "currency_mismatch",
            Box::new(move |verdict| verdict.amount = Some(dollars)),
        ),
        (
            "mode_mismatch",
            Box::new(|verdict| verdict.mode = Mode::Test),
        ),
        (
            "older_revision",
            Box::new(|verdict| verdict.revision = Some(7)),
        ),
    ];
    for (reason, spoil) in cases {
        let bench = Bench::new();
        let mut verdict = bench.verdict(Happened::Paid, "R1");
        spoil(&mut verdict);
        assert_eq!(bench.apply(&verdict).unwrap(), Outcome::Held(reason));
        let order = bench.order();
        assert_eq!(order.state, State::PLACED);
        assert_eq!(order.held.as_deref(), Some(reason));
        assert_eq!((bench.settled(), bench.deliveries()), (0, 0));
        let told = "SELECT COUNT(*) AS n FROM {local_shopengine_outbox} WHERE kind = 'mail'";
        assert_eq!(bench.count(told), 1);
        assert_eq!(bench.apply(&verdict).unwrap().code(), "payment_held_before");
        assert_eq!(bench.count(told), 1);
        assert_eq!(
            bench.count("SELECT COUNT(*) AS n FROM {local_shop_bill} WHERE idnumber <> ''"),
            0
        );
    }
}

#[test]
fn a_payment_by_another_interface_than_the_orders_is_held() {
    let bench = Bench::new();
    let verdict = bench.verdict(Happened::Paid, "R1");
    let outcome = bench.apply_as(&Scripted("paypal"), Channel::Notification, &verdict);
    assert_eq!(outcome.unwrap(), Outcome::Held("other_paymode"));
}

#[test]
fn real_money_without_an_amount_is_held() {
    let bench = Bench::new();
    let mut verdict = bench.verdict(Happened::Paid, "R1");
    verdict.amount = None;
    let outcome = bench.apply(&verdict).unwrap();
    assert_eq!(outcome, Outcome::Held("amount_mismatch"));
    assert!(!bench.order().state.is_paid());
}

#[test]
fn a08_a_second_payment_is_held_and_its_refund_leaves_the_order_paid() {
    let bench = Bench::new();
    assert_eq!(
        bench.apply(&bench.verdict(Happened::Paid, "R1")).unwrap(),
        Outcome::Applied
    );
    let second = bench.apply(&bench.verdict(Happened::Paid, "R2")).unwrap();
    assert_eq!(second, Outcome::Held("paid_twice"));
    assert_eq!((bench.settled(), bench.deliveries()), (1, 1));
    let back = bench
        .apply(&bench.verdict(Happened::Refunded, "R2"))
        .unwrap();
    assert_eq!(back.code(), "refund_of_other_payment");
    assert!(
        bench.order().state.is_paid(),
        "the first payment still stands"
    );
    assert_eq!(bench.settled(), 1);
    let back = bench
        .apply(&bench.verdict(Happened::Refunded, "R1"))
        .unwrap();
    assert_eq!(back, Outcome::Applied);
    assert_eq!(bench.order().state.status(), BillStatus::Payback);
    assert_eq!(bench.settled(), 0);
}

#[test]
fn a_refund_that_overtakes_its_payment_keeps_it_from_counting() {
    let bench = Bench::new();
    bench
        .apply(&bench.verdict(Happened::Refunded, "R1"))
        .unwrap();
    assert_eq!(
        bench.apply(&bench.verdict(Happened::Paid, "R1")).unwrap(),
        Outcome::Duplicate
    );
    assert!(!bench.order().state.is_paid());
    assert_eq!((bench.settled(), bench.deliveries()), (0, 0));
    // Another payment counts.
    assert_eq!(
        bench.apply(&bench.verdict(Happened::Paid, "R2")).unwrap(),
        Outcome::Applied
    );
}

#[test]
fn a_partial_refund_is_held_and_a_test_refund_moves_nothing() {
    let bench = Bench::new();
    bench.apply(&bench.verdict(Happened::Paid, "R1")).unwrap();
    let mut part = bench.verdict(Happened::Refunded, "R1");
    part.amount = Some(Money::parse("1.00", part.amount.unwrap().currency()).unwrap());
    assert_eq!(bench.apply(&part).unwrap(), Outcome::Held("partial_refund"));
    let mut test = bench.verdict(Happened::Refunded, "R1");
    test.mode = Mode::Test;
    assert_eq!(bench.apply(&test).unwrap(), Outcome::Held("mode_mismatch"));
    assert!(bench.order().state.is_paid());
}

#[test]
fn a_test_message_neither_refuses_nor_cancels_a_real_order() {
    for happened in [
        Happened::Refused,
        Happened::Failed,
        Happened::Cancelled,
        Happened::Announced,
    ] {
        let bench = Bench::new();
        let mut verdict = bench.verdict(happened, "R1");
        verdict.mode = Mode::Test;
        assert_eq!(
            bench.apply(&verdict).unwrap(),
            Outcome::Ignored("mode_mismatch")
        );
        assert_eq!(bench.order().state, State::PLACED);
    }
}

#[test]
fn a_held_payment_counts_once_it_fits() {
    let bench = Bench::new();
    let mut verdict = bench.verdict(Happened::Paid, "R1");
    verdict.revision = Some(2);
    assert_eq!(
        bench.apply(&verdict).unwrap(),
        Outcome::Held("older_revision")
    );
    verdict.revision = Some(1);
    assert_eq!(bench.apply(&verdict).unwrap(), Outcome::Applied);
    assert!(bench.order().state.is_paid());
    assert_eq!((bench.settled(), bench.deliveries()), (1, 1));
    assert_eq!(bench.apply(&verdict).unwrap(), Outcome::Duplicate);
}

#[test]
fn one_payment_pays_one_order() {
    let bench = Bench::new();
    bench.apply(&bench.verdict(Happened::Paid, "R1")).unwrap();
    // The row is made another order's, which is what a re-used transaction of the gateway looks like.
    bench
        .engine
        .database()
        .execute("UPDATE {local_shopengine_settlement} SET billid = 999", &[])
        .unwrap();
    bench.force("due", "none");
    let outcome = bench.apply(&bench.verdict(Happened::Paid, "R1")).unwrap();
    assert_eq!(outcome, Outcome::Ignored("payment_used_before"));
    assert!(!bench.order().state.is_paid());
}

#[test]
fn a_payment_to_another_merchant_account_is_held() {
    for (named, outcome) in [
        (Some("theirs"), Outcome::Held("merchant_mismatch")),
        (None, Outcome::Held("merchant_mismatch")),
        (Some("ours"), Outcome::Applied),
    ] {
        let bench = Bench::new();
        let mut verdict = bench.verdict(Happened::Paid, "R1");
        verdict.merchant = named.map(str::to_owned);
        let applied = bench.apply_as(&WithAccount, Channel::Notification, &verdict);
        assert_eq!(applied.unwrap(), outcome, "{named:?}");
    }
    let bench = Bench::new();
    let mut refused = bench.verdict(Happened::Refused, "R2");
    refused.merchant = Some("theirs".to_owned());
    let applied = bench.apply_as(&WithAccount, Channel::Notification, &refused);
    assert_eq!(applied.unwrap(), Outcome::Ignored("merchant_mismatch"));
}
