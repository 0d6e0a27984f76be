//! The card gateways over several messages: attempts and their numbers, payments told twice, undone, refunded.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::*;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, Sha512};
use shopengine::clock::UnixMillis;
use shopengine::domain::transaction_id::TransactionId;
use shopengine::engine::{Placed, Received, Result};
use shopengine::gateway::{Attempt, Channel};

const DAY: i64 = 86_400_000;

fn bench() -> Bench {
    let bench = Bench::new();
    for (key, value) in [
        ("systempay_merchant_id", "12345678"),
        ("systempay_test_certificate", "1122334455667788"),
        ("systempay_prod_certificate", "8877665544332211"),
        ("mercanet_merchant_id", "201040040170001"),
        (
            "mercanet_secret_key",
            "rxSP61eeP_oNi5TxCD7Ngy9YcwC8MLw6OlmFGGcsY54",
        ),
        ("mercanet_key_version", "1"),
        ("ogone_psid", "MyPSPID"),
        ("ogone_secret_in", "in-0123456789012345"),
        ("ogone_secret_out", "out-0123456789012345"),
    ] {
        bench.set(key, value);
    }
    bench
}

fn attempt(bench: &Bench, placed: &Placed) -> Attempt {
    bench.attempt(&placed.transid).unwrap()
}

/// A signed SystemPay message about an attempt at 23.99 EUR.
fn systempay(attempt: &Attempt, changes: &[(&str, &str)]) -> String {
    let (number, date) = (attempt.six_digits(), attempt.utc());
    let fields: BTreeMap<&str, &str> = [
        ("vads_site_id", "12345678"),
        ("vads_ctx_mode", "TEST"),
        ("vads_trans_id", &number),
        ("vads_trans_date", &date),
        ("vads_amount", "2399"),
        ("vads_currency", "978"),
        ("vads_order_id", &attempt.reference),
        ("vads_operation_type", "DEBIT"),
        ("vads_trans_status", "AUTHORISED"),
    ]
    .into_iter()
    .chain(changes.iter().copied())
    .collect();
    let text = fields.values().copied().collect::<Vec<_>>().join("+") + "+1122334455667788";
    let mac = Hmac::<Sha256>::new_from_slice(b"1122334455667788")
        .unwrap()
        .chain_update(text);
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .append_pair("signature", &STANDARD.encode(mac.finalize().into_bytes()))
        .finish()
}

fn mercanet(attempt: &Attempt, code: &str) -> String {
    let data = format!(
        "amount=2399|currencyCode=978|merchantId=201040040170001|keyVersion=1|responseCode={code}|transactionReference={}",
        attempt.reference
    );
    let mac =
        Hmac::<Sha256>::new_from_slice(b"rxSP61eeP_oNi5TxCD7Ngy9YcwC8MLw6OlmFGGcsY54").unwrap();
    let seal = hex(&mac.chain_update(&data).finalize().into_bytes());
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("Data", data), ("Seal", seal)])
        .finish()
}

fn ogone(attempt: &Attempt, status: &str) -> String {
    let fields = [
        ("AMOUNT", "23.99"),
        ("CURRENCY", "EUR"),
        ("ORDERID", attempt.reference.as_str()),
        ("PAYID", "42"),
        ("STATUS", status),
    ];
    let text: String = fields
        .iter()
        .map(|(name, value)| format!("{name}={value}out-0123456789012345"))
        .collect();
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .append_pair("SHASIGN", &hex(&Sha512::digest(text)))
        .finish()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn told(result: Result<Received>) -> &'static str {
    match result {
        Ok(received) => received.outcome.code().to_owned().leak(),
        Err(error) => error.code(),
    }
}

fn held(bench: &Bench, transaction: &TransactionId) -> Option<String> {
    bench.order(transaction).held
}

#[test]
fn a21_looking_at_the_payment_page_uses_no_number_up() {
    let bench = bench();
    let (placed, ..) = bench.placed("systempay");
    let first = attempt(&bench, &placed);
    for _ in 0..5 {
        bench.clock.advance(60_000);
        let again = attempt(&bench, &placed);
        assert_eq!(
            (&again.reference, again.number),
            (&first.reference, first.number)
        );
        assert!(again.now > first.now, "the date is that of the page");
    }
    let (other, ..) = bench.placed("systempay");
    assert_eq!(attempt(&bench, &other).number, first.number + 1);
}

#[test]
fn a21_no_number_is_given_twice_to_workers_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.sqlite");
    demo_file(&path);
    let setup = Bench::on(std::rc::Rc::new(
        shopengine::database::Sqlite::open(&path).unwrap(),
    ));
    setup.set("systempay_merchant_id", "12345678");
    setup.set("systempay_test_certificate", "1122334455667788");
    let threads: Vec<_> = (0..6)
        .map(|_| {
            let path = path.clone();
            std::thread::spawn(move || {
                let engine = worker(&path);
                let settings = engine.settings().unwrap();
                let gateway = shopengine::gateway::by_name("systempay").unwrap();
                (0..15)
                    .map(|_| {
                        let placed =
                            place(&engine, &cart(&[("monproduit", 1)]), &guest(), "systempay")
                                .unwrap();
                        let order =
                            shopengine::engine::Order::find(engine.database(), &placed.transid)
                                .unwrap()
                                .unwrap();
                        let first = engine.attempt(&order, gateway, &settings).unwrap().unwrap();
                        let again = engine.attempt(&order, gateway, &settings).unwrap().unwrap();
                        assert_eq!(first.number, again.number);
                        first.number
                    })
                    .collect::<Vec<_>>()
            })
        })
        .collect();
    let numbers: Vec<u32> = threads
        .into_iter()
        .flat_map(|thread| thread.join().unwrap())
        .collect();
    let distinct: BTreeSet<u32> = numbers.iter().copied().collect();
    assert_eq!(distinct, (1..=90).collect(), "{numbers:?}");
}

#[test]
fn one_order_at_two_pages_at_once_has_one_attempt() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.sqlite");
    demo_file(&path);
    let setup = Bench::on(std::rc::Rc::new(
        shopengine::database::Sqlite::open(&path).unwrap(),
    ));
    setup.set("systempay_merchant_id", "12345678");
    setup.set("systempay_test_certificate", "1122334455667788");
    let (placed, ..) = setup.placed("systempay");
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let (path, transaction) = (path.clone(), placed.transid.clone());
            std::thread::spawn(move || {
                let engine = worker(&path);
                let order = shopengine::engine::Order::find(engine.database(), &transaction)
                    .unwrap()
                    .unwrap();
                let gateway = shopengine::gateway::by_name("systempay").unwrap();
                engine
                    .attempt(&order, gateway, &engine.settings().unwrap())
                    .unwrap()
                    .unwrap()
                    .number
            })
        })
        .collect();
    let numbers: BTreeSet<u32> = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect();
    assert_eq!(numbers.len(), 1);
    assert_eq!(
        setup.count("SELECT COUNT(*) AS n FROM {local_shopengine_attempt}"),
        1
    );
    assert_eq!(setup.count("SELECT value AS n FROM {local_shopengine_counter} WHERE name = 'number:systempay:12345678'"), 1);
}

#[test]
fn a_number_is_good_for_its_day_and_a_reference_for_longer() {
    let bench = bench();
    bench.clock.set(UnixMillis::from_seconds(1_781_567_999));
    let (numbered, ..) = bench.placed("systempay");
    let (named, ..) = bench.placed("mercanet");
    let (evening, reference) = (attempt(&bench, &numbered), attempt(&bench, &named));
    bench.clock.advance(1000);
    let morning = attempt(&bench, &numbered);
    assert_ne!(morning.number, evening.number);
    assert_eq!(
        (evening.utc().get(..8), morning.utc().get(..8)),
        (Some("20260615"), Some("20260616"))
    );
    assert_eq!(attempt(&bench, &named).reference, reference.reference);
    // What is paid under yesterday's number is paid.
    assert_eq!(
        told(bench.notify("systempay", &systempay(&evening, &[]))),
        "applied"
    );
    bench.clock.advance(3 * DAY);
    assert_eq!(
        told(bench.notify("mercanet", &mercanet(&reference, "00"))),
        "applied"
    );
    check_laws(bench.db());
}

#[test]
fn another_revision_is_another_attempt_and_a_payment_of_the_older_one_is_held() {
    let bench = bench();
    let (placed, mut cart, buyer) = bench.placed("systempay");
    let old = attempt(&bench, &placed);
    cart.set(
        "monproduit",
        Some(shopengine::domain::quantity::Quantity::new(2).unwrap()),
    );
    cart.transid = Some(placed.transid.clone());
    let again = bench.place(&cart, &buyer, "systempay").unwrap();
    assert_eq!(again.revision, 2);
    let new = attempt(&bench, &again);
    assert!(new.reference.ends_with("R2A1"));
    // A7: the cheap cart paid, the dear one delivered.
    assert_eq!(
        told(bench.notify("systempay", &systempay(&old, &[]))),
        "older_revision"
    );
    assert_eq!(bench.status(&placed.transid), "PLACED");
    assert_eq!(
        told(bench.notify("systempay", &systempay(&new, &[("vads_amount", "4798")]))),
        "applied"
    );
    check_laws(bench.db());
}

#[test]
fn a_refused_buyer_may_try_again_and_an_older_refusal_undoes_nothing() {
    let bench = bench();
    for (paymode, no, yes) in [
        ("systempay", "REFUSED", "AUTHORISED"),
        ("mercanet", "05", "00"),
        ("ogone", "2", "9"),
    ] {
        let (placed, ..) = bench.placed(paymode);
        let say = |attempt: &Attempt, word: &str| match paymode {
            "systempay" => systempay(attempt, &[("vads_trans_status", word)]),
            "mercanet" => mercanet(attempt, word),
            _ => ogone(attempt, word),
        };
        let first = attempt(&bench, &placed);
        assert_eq!(told(bench.notify(paymode, &say(&first, no))), "applied");
        assert_eq!(bench.status(&placed.transid), "REFUSED");
        let second = attempt(&bench, &placed);
        assert_ne!(second.reference, first.reference);
        assert_eq!(
            told(bench.notify(paymode, &say(&second, yes))),
            "applied",
            "{paymode}"
        );
        // The same refusal in other words (another time stamp, a replay from the back office).
        let late = say(&first, no) + "&again=1";
        assert_eq!(told(bench.notify(paymode, &late)), "older_attempt");
        assert_eq!(bench.status(&placed.transid), "SOLDOUT");
        assert_eq!(held(&bench, &placed.transid), None);
    }
    check_laws(bench.db());
}

#[test]
fn a_session_that_ends_late_does_not_cancel_what_the_buyer_is_paying_now() {
    let bench = bench();
    bench.clock.set(UnixMillis::from_seconds(1_781_567_990));
    let (placed, ..) = bench.placed("systempay");
    let first = attempt(&bench, &placed);
    bench.clock.advance(20_000);
    let second = attempt(&bench, &placed);
    let gone = systempay(&first, &[("vads_trans_status", "ABANDONED")]);
    assert_eq!(told(bench.notify("systempay", &gone)), "older_attempt");
    assert_eq!(
        told(bench.notify("systempay", &systempay(&second, &[]))),
        "applied"
    );
}

#[test]
fn one_payment_told_by_notification_return_capture_and_replay_counts_once() {
    let bench = bench();
    for return_first in [true, false] {
        let (placed, ..) = bench.placed("systempay");
        let attempt = attempt(&bench, &placed);
        let notification = systempay(
            &attempt,
            &[("vads_hash", "0"), ("vads_url_check_src", "PAY")],
        );
        let back = systempay(&attempt, &[]);
        let mut told_all = Vec::new();
        for channel in if return_first {
            [Channel::Return, Channel::Notification]
        } else {
            [Channel::Notification, Channel::Return]
        } {
            let body = if channel == Channel::Return {
                &back
            } else {
                &notification
            };
            told_all.push(told(receive(&bench.engine, "systempay", channel, body)));
        }
        told_all.push(told(bench.notify(
            "systempay",
            &systempay(
                &attempt,
                &[
                    ("vads_trans_status", "CAPTURED"),
                    ("vads_url_check_src", "BATCH"),
                ],
            ),
        )));
        told_all.push(told(bench.notify(
            "systempay",
            &systempay(&attempt, &[("vads_url_check_src", "BO")]),
        )));
        assert_eq!(told_all, ["applied", "duplicate", "duplicate", "duplicate"]);
        let paid = bench.text(&format!(
            "SELECT onlinetransactionid AS t FROM {{local_shop_bill}} WHERE transactionid = '{}'",
            placed.transid
        ));
        assert_eq!(paid, format!("12345678-20260615-{}", attempt.six_digits()));
    }
    check_laws(bench.db());
}

#[test]
fn credits_pay_the_order_back_part_by_part() {
    let bench = bench();
    let credit = |attempt: &Attempt, amount: &str| {
        systempay(
            attempt,
            &[
                ("vads_operation_type", "CREDIT"),
                ("vads_trans_status", "CAPTURED"),
                ("vads_trans_id", "777777"),
                ("vads_trans_uuid", &format!("c{amount}")),
                ("vads_amount", amount),
                ("vads_url_check_src", "MERCH_BO"),
            ],
        )
    };
    let (placed, ..) = bench.placed("systempay");
    let first = attempt(&bench, &placed);
    bench.notify("systempay", &systempay(&first, &[])).unwrap();
    assert_eq!(
        told(bench.notify("systempay", &credit(&first, "500"))),
        "applied"
    );
    assert_eq!(bench.status(&placed.transid), "SOLDOUT");
    assert_eq!(
        told(bench.notify("systempay", &credit(&first, "1899"))),
        "applied"
    );
    assert_eq!(bench.status(&placed.transid), "PAYBACK");
    let (placed, ..) = bench.placed("ogone");
    let second = attempt(&bench, &placed);
    bench.notify("ogone", &ogone(&second, "9")).unwrap();
    assert_eq!(told(bench.notify("ogone", &ogone(&second, "8"))), "applied");
    assert_eq!(bench.status(&placed.transid), "PAYBACK");
    check_laws(bench.db());
}

#[test]
fn a_paid_order_is_never_refused_afterwards_and_a_withdrawn_payment_is_told() {
    let bench = bench();
    let (placed, ..) = bench.placed("systempay");
    let paid = attempt(&bench, &placed);
    bench.notify("systempay", &systempay(&paid, &[])).unwrap();
    let refused = systempay(&paid, &[("vads_trans_status", "REFUSED")]);
    assert_eq!(told(bench.notify("systempay", &refused)), "late_event");
    assert_eq!(held(&bench, &placed.transid), None);
    for status in ["CANCELLED", "EXPIRED"] {
        let undone = systempay(
            &paid,
            &[
                ("vads_trans_status", status),
                ("vads_url_check_src", "MERCH_BO"),
            ],
        );
        assert_eq!(
            told(bench.notify("systempay", &undone)),
            "payment_withdrawn"
        );
    }
    let failed = systempay(&paid, &[("vads_trans_status", "CAPTURE_FAILED")]);
    assert_eq!(told(bench.notify("systempay", &failed)), "payment_unclear");
    assert_eq!(bench.status(&placed.transid), "SOLDOUT");
    assert!(held(&bench, &placed.transid).is_some());
    check_laws(bench.db());
}

/// The signature covers values and not names: a payment of one order, read under the name of another.
#[test]
fn a_payment_under_another_number_pays_nothing() {
    let bench = bench();
    let (first, ..) = bench.placed("systempay");
    let (second, ..) = bench.placed("systempay");
    let (paid, wanted) = (attempt(&bench, &first), attempt(&bench, &second));
    let stolen = systempay(&wanted, &[("vads_trans_id", &paid.six_digits())]);
    assert_eq!(told(bench.notify("systempay", &stolen)), "payment_unclear");
    assert_eq!(bench.status(&second.transid), "PLACED");
    assert_eq!(
        told(bench.notify("systempay", &systempay(&paid, &[]))),
        "applied"
    );
}

#[test]
fn a_payment_of_one_order_pays_no_other() {
    let bench = bench();
    let (first, ..) = bench.placed("ogone");
    let (second, ..) = bench.placed("ogone");
    assert_eq!(
        told(bench.notify("ogone", &ogone(&attempt(&bench, &first), "9"))),
        "applied"
    );
    // The same PAYID under another order: a signed answer that cannot be.
    assert_eq!(
        told(bench.notify("ogone", &ogone(&attempt(&bench, &second), "9"))),
        "payment_used_before"
    );
    assert_eq!(bench.status(&second.transid), "PLACED");
}

#[test]
fn a_pending_payment_is_paid_or_refused_later() {
    let bench = bench();
    for (paymode, word, status) in [
        ("mercanet", "00", "SOLDOUT"),
        ("mercanet", "05", "REFUSED"),
        ("ogone", "9", "SOLDOUT"),
        ("ogone", "93", "REFUSED"),
    ] {
        let bench = if paymode == "ogone" {
            &self::bench()
        } else {
            &bench
        };
        let (placed, ..) = bench.placed(paymode);
        let attempt = attempt(bench, &placed);
        let say = |word: &str| {
            if paymode == "ogone" {
                ogone(&attempt, word)
            } else {
                mercanet(&attempt, word)
            }
        };
        assert_eq!(
            told(bench.notify(paymode, &say(if paymode == "ogone" { "51" } else { "60" }))),
            "applied"
        );
        assert_eq!(bench.status(&placed.transid), "PENDING");
        assert_eq!(told(bench.notify(paymode, &say(word))), "applied");
        assert_eq!(bench.status(&placed.transid), status);
    }
}

#[test]
fn an_order_of_the_other_mode_is_placed_anew_when_the_shop_changed_over() {
    let bench = bench();
    let (placed, cart, buyer) = bench.placed("systempay");
    let test = attempt(&bench, &placed);
    let bench = bench.in_production();
    let again = bench.place(&cart, &buyer, "systempay").unwrap();
    assert_eq!((again.revision, again.unchanged), (2, false));
    assert!(!bench.order(&placed.transid).test);
    assert_ne!(attempt(&bench, &again).reference, test.reference);
}

#[test]
fn a_historic_id_has_a_reference_of_letters_and_digits_and_two_alike_have_two() {
    let bench = bench();
    let mut names = BTreeSet::new();
    for id in ["ab+cd/ef==", "ab/cd+ef==", "abcdef"] {
        let mut cart = cart(&[("monproduit", 1)]);
        cart.transid = Some(id.parse().unwrap());
        let placed = bench.place(&cart, &guest(), "mercanet").unwrap();
        let name = attempt(&bench, &placed).reference;
        assert!(
            name.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            "{name}"
        );
        names.insert(name);
    }
    assert_eq!(names.len(), 3);
}
