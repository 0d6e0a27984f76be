//! PayPal's messages against orders: what they do, in which order they come, who vouches for them; and the plugin's defects
//! by number. What one message does alone is in `fixtures/paypal`.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use std::collections::BTreeMap;

use common::*;
use shopengine::domain::state::BillStatus;
use shopengine::engine::{Buyer, Placed, Taken};
use shopengine::front::{Answer, Asked, Drain, Kind, Request, handle};
use shopengine::gateway::{self, Answered, Ask, Channel, Message};

const IPN: &str = "/local/shop/paymodes/paypal/paypal_ipn.php";
const SELLER: &str = "seller@shop.example";

/// A real PayPal shop with one order of 23.99 EUR.
struct Shop {
    bench: Bench,
    buyer: Buyer,
    placed: Placed,
}

impl Shop {
    fn new() -> Self {
        Self::with(&[])
    }

    fn with(settings: &[(&str, &str)]) -> Self {
        let bench = Bench::new();
        bench.set("test", "0");
        bench.set("paypalsellername", SELLER);
        for (name, value) in settings {
            bench.set(name, value);
        }
        let buyer = guest();
        let placed = bench
            .place(&cart(&[("monproduit", 1)]), &buyer, "paypal")
            .unwrap();
        Self {
            bench,
            buyer,
            placed,
        }
    }

    /// A message about the order, with other values for some fields; '-' leaves a field out.
    fn message(&self, txn: &str, changes: &[(&str, &str)]) -> String {
        let id = self.placed.transid.as_ref();
        let custom = format!("1.{}.{id}", self.placed.revision);
        let mut fields = BTreeMap::from([
            ("mc_gross", "23.99"),
            ("mc_currency", "EUR"),
            ("payment_status", "Completed"),
            ("txn_type", "cart"),
            ("txn_id", txn),
            ("business", SELLER),
            ("receiver_email", SELLER),
            ("payer_status", "verified"),
            ("charset", "utf-8"),
            ("invoice", id),
            ("custom", &custom),
        ]);
        fields.extend(changes.iter().copied());
        fields.retain(|_, value| *value != "-");
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish()
    }

    /// One that moves money back.
    fn back(&self, status: &str, txn: &str, parent: &str, gross: &str) -> String {
        let changes = [
            ("payment_status", status),
            ("parent_txn_id", parent),
            ("mc_gross", gross),
            ("reason_code", "refund"),
            ("txn_type", "-"),
            ("payer_status", "-"),
        ];
        self.message(txn, &changes)
    }

    fn post(&self, body: &[u8], asked: Option<Asked>) -> Answer {
        let request = Request {
            method: "POST".into(),
            script: IPN.into(),
            body: body.to_vec(),
            content_type: "application/x-www-form-urlencoded".into(),
            wwwroot: "https://shop.example".into(),
            https: true,
            asked,
            ..Request::default()
        };
        handle(&self.bench.engine, &request)
    }

    /// Posts a message as PayPal does, and answers the postback with this.
    fn send(&self, body: &str, status: u16, answer: &str) -> Answer {
        let first = self.post(body.as_bytes(), None);
        let Some(call) = first.ask else { return first };
        let asked = Asked {
            token: call.token,
            answer: answered(status, answer),
        };
        self.post(body.as_bytes(), Some(asked))
    }

    fn verified(&self, body: &str) -> String {
        let answer = self.send(body, 200, "VERIFIED");
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    fn status(&self) -> &'static str {
        self.bench.status(&self.placed.transid)
    }

    fn held(&self) -> Option<String> {
        self.bench.order(&self.placed.transid).held
    }

    fn history(&self) -> Vec<String> {
        let history = self.bench.engine.history(self.placed.bill).unwrap();
        history.into_iter().map(|entry| entry.text).collect()
    }

    fn count(&self, sql: &str) -> i64 {
        self.bench.count(sql)
    }

    fn deliveries(&self) -> i64 {
        self.count("SELECT COUNT(*) AS n FROM {local_shopengine_outbox} WHERE kind = 'deliver'")
    }

    fn letters(&self, reason: &str) -> i64 {
        self.count(&format!(
            "SELECT COUNT(*) AS n FROM {{local_shopengine_outbox}} WHERE kind = 'mail' AND payload LIKE '%{reason}%'"
        ))
    }

    fn check(&self) {
        check_laws(self.bench.db());
    }
}

fn answered(status: u16, body: &str) -> Answered {
    Answered {
        status,
        body: body.into(),
        error: String::new(),
    }
}

fn ask(shop: &Shop, body: &str) -> Ask {
    let message = Message {
        channel: Channel::Notification,
        method: "POST",
        query: b"",
        body: body.as_bytes(),
        content_type: "application/x-www-form-urlencoded",
    };
    match shop
        .bench
        .engine
        .take("paypal", "paypal_ipn", &message, "x")
    {
        Ok(Taken::Ask(asking)) => asking.ask,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_very_bytes_go_back_to_paypal_behind_the_command() {
    let shop = Shop::new();
    for body in [
        "business=seller%40shop.example&payment_status=Completed&a=%3a%20+@/&empty=&first_name=J%F6rg&x%0D%0A=%zz",
        "=&&&=x&charset=&receiver_email=seller%40shop.example",
    ] {
        let ask = ask(&shop, body);
        assert_eq!(ask.body, format!("cmd=_notify-validate&{body}").as_bytes());
        assert_eq!(
            (ask.method, ask.url.as_str(), ask.timeout),
            ("POST", "https://ipnpb.paypal.com/cgi-bin/webscr", 10)
        );
    }
    let raw = b"business=seller%40shop.example&name=\xe9\x00\xff";
    let call = shop.post(raw, None).ask.unwrap();
    assert_eq!(
        call.body.as_slice(),
        [b"cmd=_notify-validate&", &raw[..]].concat()
    );
}

#[test]
fn a_message_that_paypal_vouched_for_is_answered_before_the_work_it_leaves() {
    let shop = Shop::new();
    let answer = shop.send(
        &format!("{}&finish=1", shop.message("TXN1", &[])),
        200,
        "VERIFIED",
    );
    assert_eq!(
        (answer.status, answer.kind, answer.drain),
        (200, Kind::Text, Drain::After)
    );
    assert_eq!(shop.status(), "SOLDOUT");
}

#[test]
fn tampering_with_any_byte_never_pays() {
    let shop = Shop::new();
    let good = shop.message("TXN1", &[("mc_gross", "0.01")]);
    let genuine = [b"cmd=_notify-validate&", good.as_bytes()].concat();
    let mut tried = 0;
    for at in 0..good.len() {
        for with in [b'0', b'9', b'&', b'%', good.as_bytes()[at] ^ 1] {
            let mut bad = good.clone().into_bytes();
            bad[at] = with;
            if bad == good.as_bytes() {
                continue;
            }
            let Some(call) = shop.post(&bad, None).ask else {
                continue;
            };
            // PayPal vouches for the bytes that it sent, and for no others.
            let genuine = call.body.as_slice() == genuine;
            let asked = Asked {
                token: call.token,
                answer: answered(200, if genuine { "VERIFIED" } else { "INVALID" }),
            };
            shop.post(&bad, Some(asked));
            tried += 1;
        }
    }
    assert!(tried > 900, "{tried}");
    assert_eq!((shop.status(), shop.deliveries()), ("PLACED", 0));
    // What strangers send does not fill the history.
    assert!(shop.history().len() < 15, "{}", shop.history().len());
}

#[test]
fn parts_that_are_paid_back_are_summed_on_their_payment() {
    let shop = Shop::new();
    shop.verified(&shop.message("P1", &[]));
    let first = shop.back("Refunded", "R1", "P1", "-10.00");
    assert_eq!(shop.verified(&first), "OK");
    // The same refund once more, in the same words and in others.
    shop.verified(&first);
    shop.verified(&shop.back("Partially-Refunded", "R1", "P1", "10.00"));
    assert_eq!(shop.status(), "SOLDOUT");
    let refunded = "SELECT COUNT(*) AS n FROM {local_shopengine_settlement} WHERE reference = 'P1' AND refunded = '10.00'";
    assert_eq!(shop.count(refunded), 1);
    // What the simulator sends is positive.
    shop.verified(&shop.back("Refunded", "R2", "P1", "13.98"));
    assert_eq!(shop.status(), "SOLDOUT");
    shop.verified(&shop.back("Refunded", "R3", "P1", "-0.01"));
    assert_eq!(shop.status(), "PAYBACK");
    shop.check();
}

#[test]
fn parts_that_overtake_their_payment_count_too() {
    let shop = Shop::new();
    shop.verified(&shop.back("Refunded", "R1", "P1", "-10.00"));
    assert_eq!(shop.status(), "PLACED");
    shop.verified(&shop.message("P1", &[]));
    assert_eq!(shop.status(), "SOLDOUT");
    shop.verified(&shop.back("Refunded", "R2", "P1", "-13.99"));
    assert_eq!(shop.status(), "PAYBACK");
    shop.check();
}

#[test]
fn what_is_reversed_is_held_until_it_comes_back() {
    let shop = Shop::new();
    shop.verified(&shop.message("P1", &[]));
    let reversed = shop.back("Reversed", "V1", "P1", "-23.99");
    shop.verified(&reversed);
    shop.verified(&reversed);
    assert_eq!(
        (shop.status(), shop.held().as_deref()),
        ("SOLDOUT", Some("payment_reversed"))
    );
    assert_eq!(shop.letters("payment_reversed"), 1);
    // Nothing is delivered meanwhile, and what can be opened is closed.
    shop.bench.drain();
    assert_eq!(shop.status(), "SOLDOUT");
    let restored = shop.back("Canceled_Reversal", "V2", "P1", "23.99");
    shop.verified(&restored);
    assert_eq!(shop.held(), None);
    shop.bench.drain();
    assert_eq!((shop.status(), shop.deliveries()), ("COMPLETE", 1));
    assert_eq!(shop.letters("reversal_cancelled"), 1);
    shop.check();
}

#[test]
fn a_reversal_that_comes_after_its_end_holds_nothing() {
    let shop = Shop::new();
    shop.verified(&shop.message("P1", &[]));
    shop.verified(&shop.back("Canceled-Reversal", "V2", "P1", "23.99"));
    shop.verified(&shop.back("Reversed", "V1", "P1", "-23.99"));
    assert_eq!((shop.status(), shop.held()), ("SOLDOUT", None));
    shop.check();
}

#[test]
fn links_of_a_reversed_order_are_closed() {
    let shop = Shop::new();
    let buyer = guest();
    let placed = shop
        .bench
        .place(&cart(&[("ebook", 1)]), &buyer, "paypal")
        .unwrap();
    let amount = placed.amount.to_decimal_string();
    let shop = Shop {
        placed,
        buyer,
        ..shop
    };
    shop.verified(&shop.message("P1", &[("mc_gross", &amount)]));
    let links = || {
        let order = shop.bench.order(&shop.placed.transid);
        shop.bench.engine.view(&order).unwrap().links.len()
    };
    assert_eq!(links(), 1);
    shop.verified(&shop.back("Reversed", "V1", "P1", &format!("-{amount}")));
    assert_eq!(links(), 0);
    shop.verified(&shop.back("Canceled_Reversal", "V2", "P1", &amount));
    assert_eq!(links(), 1);
}

#[test]
fn messages_about_one_payment_end_alike_in_any_order() {
    let all = |shop: &Shop| {
        [
            shop.message(
                "P1",
                &[("payment_status", "Pending"), ("pending_reason", "echeck")],
            ),
            shop.message("P1", &[]),
            shop.back("Refunded", "R1", "P1", "-4.00"),
            shop.back("Reversed", "V1", "P1", "-23.99"),
            shop.back("Canceled_Reversal", "V2", "P1", "23.99"),
        ]
    };
    let mut orders: Vec<Vec<usize>> = vec![vec![]];
    for _ in 0..5 {
        orders = orders
            .iter()
            .flat_map(|order| {
                (0..5)
                    .filter(|next| !order.contains(next))
                    .map(|next| order.iter().copied().chain([next]).collect())
            })
            .collect();
    }
    assert_eq!(orders.len(), 120);
    for order in orders {
        let shop = Shop::new();
        let messages = all(&shop);
        for index in order.iter().chain(&order) {
            shop.verified(&messages[*index]);
        }
        shop.check();
        // A payment that came while it was reversed waits for the seller; all others count.
        let place = |which| order.iter().position(|index| *index == which).unwrap();
        let waits = place(3) < place(1) && place(1) < place(4);
        assert_eq!(
            shop.status() == "SOLDOUT",
            !waits,
            "{order:?}: {}",
            shop.status()
        );
        assert_eq!(shop.deliveries(), i64::from(!waits), "{order:?}");
        let refunded = "SELECT COUNT(*) AS n FROM {local_shopengine_settlement} WHERE reference = 'P1' AND refunded = '4.00'";
        assert_eq!(shop.count(refunded), 1, "{order:?}");
    }
}

#[test]
fn a_late_pending_announces_nothing_that_was_refused_or_paid() {
    for (status, ends) in [
        ("Denied", "REFUSED"),
        ("Failed", "FAILED"),
        ("Expired", "FAILED"),
        ("Completed", "SOLDOUT"),
    ] {
        let shop = Shop::new();
        shop.verified(&shop.message("P1", &[("payment_status", status)]));
        shop.verified(&shop.message("P1", &[("payment_status", "Pending")]));
        assert_eq!(shop.status(), ends);
        // Another try is another payment.
        if ends != "SOLDOUT" {
            shop.verified(&shop.message("P2", &[("payment_status", "Pending")]));
            assert_eq!(shop.status(), "PENDING");
            shop.verified(&shop.message("P1", &[]));
            assert_eq!(
                shop.status(),
                "SOLDOUT",
                "the first one went through after all"
            );
        }
        shop.check();
    }
}

#[test]
fn the_seller_is_told_once_that_a_payment_waits_for_him() {
    let shop = Shop::new();
    let waits = [
        ("payment_status", "Pending"),
        ("pending_reason", "unilateral"),
    ];
    let message = shop.message("P1", &waits);
    shop.verified(&message);
    shop.verified(&message);
    shop.verified(&shop.message("P1", &[waits[0], waits[1], ("verify_sign", "another")]));
    assert_eq!(shop.letters("payment_needs_seller"), 1);
    assert_eq!(
        (shop.status(), shop.held().as_deref()),
        ("PENDING", Some("payment_needs_seller"))
    );
    shop.verified(&shop.message("P1", &[]));
    assert_eq!((shop.status(), shop.held()), ("SOLDOUT", None));
    shop.check();
}

#[test]
fn a_payment_of_a_cancelled_order_is_held_and_told() {
    let shop = Shop::new();
    let order = shop.bench.order(&shop.placed.transid);
    let seller = user(2, "admin@example.org", true);
    shop.bench
        .engine
        .move_order(&order, BillStatus::Cancelled, &seller)
        .unwrap();
    shop.verified(&shop.message("P1", &[]));
    assert_eq!(
        (shop.status(), shop.held().as_deref()),
        ("CANCELLED", Some("order_closed"))
    );
    assert_eq!((shop.letters("order_closed"), shop.deliveries()), (1, 0));
}

#[test]
fn an_order_whose_payment_was_refused_is_swept_and_one_with_an_undecided_message_is_not() {
    let shop = Shop::new();
    shop.verified(&shop.message("P1", &[("payment_status", "Denied")]));
    let waiting = shop.message("P2", &[]);
    shop.send(&waiting, 0, "");
    shop.bench.clock.advance(49 * 3_600_000);
    assert_eq!(shop.bench.engine.sweep(48, 10).unwrap(), 0);
    shop.send(&waiting, 200, "INVALID");
    shop.bench.clock.advance(49 * 3_600_000);
    assert_eq!(shop.bench.engine.sweep(48, 10).unwrap(), 1);
    assert_eq!(shop.status(), "CANCELLED");
    // Money that comes after all is held, and the seller is told.
    shop.verified(&shop.message("P1", &[]));
    assert_eq!(shop.held().as_deref(), Some("order_closed"));
    assert_eq!((shop.letters("order_closed"), shop.deliveries()), (1, 0));
}

#[test]
fn what_nobody_could_vouch_for_is_asked_again_and_counts_then() {
    let shop = Shop::new();
    let message = shop.message("P1", &[]);
    for (status, answer) in [
        (200, "<html>VERIFIED</html>"),
        (503, "VERIFIED"),
        (0, ""),
        (302, ""),
    ] {
        let answer = shop.send(&message, status, answer);
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (503, "message_unverified")
        );
    }
    assert_eq!(shop.status(), "PLACED");
    let engine = &shop.bench.engine;
    assert!(engine.asks(10).unwrap().is_empty(), "too soon");
    shop.bench.clock.advance(61_000);
    let asks = engine.asks(10).unwrap();
    assert_eq!(asks.len(), 1);
    assert!(engine.asks(10).unwrap().is_empty(), "already under way");
    let again = engine.answered(&asks[0].token, &answered(200, ""));
    assert_eq!(code(again), "message_unverified");
    shop.bench.clock.advance(3_600_001);
    let asks = engine.asks(10).unwrap();
    engine
        .answered(&asks[0].token, &answered(200, "VERIFIED\r\n"))
        .unwrap();
    assert_eq!(shop.status(), "SOLDOUT");
    assert!(engine.asks(10).unwrap().is_empty());
    // Whoever still has an answer to give comes too late.
    let late = engine.answered(&asks[0].token, &answered(200, "INVALID"));
    match late.unwrap() {
        Taken::Received(late) => assert_eq!(late.outcome.code(), "duplicate"),
        other => panic!("{other:?}"),
    }
    shop.check();
}

#[test]
fn a_process_that_dies_during_the_call_loses_nothing() {
    let shop = Shop::new();
    let message = shop.message("P1", &[]);
    assert_eq!(shop.post(message.as_bytes(), None).kind, Kind::Ask);
    shop.bench.clock.advance(61_000);
    shop.bench.engine.resume_inbox(10).unwrap();
    shop.bench.clock.advance(61_000);
    let asks = shop.bench.engine.asks(10).unwrap();
    shop.bench
        .engine
        .answered(&asks[0].token, &answered(200, "VERIFIED"))
        .unwrap();
    assert_eq!(shop.status(), "SOLDOUT");
}

#[test]
fn a_token_that_nobody_gave_answers_nothing() {
    let shop = Shop::new();
    shop.post(shop.message("P1", &[]).as_bytes(), None);
    for token in ["", "1", "1-", "1-00", "-", "2-ff", "1-%", "x-y"] {
        let result = shop
            .bench
            .engine
            .answered(token, &answered(200, "VERIFIED"));
        assert_eq!(code(result), "message_malformed", "{token}");
    }
    assert_eq!(shop.status(), "PLACED");
}

#[test]
fn what_is_never_vouched_for_is_given_up_in_the_end() {
    let shop = Shop::new();
    shop.send(&shop.message("P1", &[]), 0, "");
    let mut asked = 0;
    loop {
        shop.bench.clock.advance(3_600_001);
        let asks = shop.bench.engine.asks(10).unwrap();
        if asks.is_empty() {
            break;
        }
        asked += 1;
    }
    assert_eq!(asked, 99);
    assert!(shop.bench.log().contains("never verified"));
    assert_eq!(
        shop.count("SELECT COUNT(*) AS n FROM {local_shopengine_inbox} WHERE state = 'rejected'"),
        1
    );
}

#[test]
fn the_history_has_the_words_of_oscommerce() {
    let shop = Shop::new();
    let told = |changes: &[(&str, &str)], answer: &str| {
        let before = shop.history().len();
        shop.send(&shop.message("P9", changes), 200, answer);
        shop.history()[before].clone()
    };
    let dollars = [
        ("mc_currency", "USD"),
        ("mc_gross", "49.5"),
        ("payer_status", "unverified"),
    ];
    let pending = ("payment_status", "Pending");
    assert_eq!(
        told(
            &[
                dollars[0],
                dollars[1],
                pending,
                ("pending_reason", "echeck"),
                ("payer_status", "verified")
            ],
            "VERIFIED"
        ),
        "PayPal IPN Verified [Pending (Verified; $49.50); echeck]"
    );
    assert_eq!(
        told(&[pending, ("pending_reason", "address")], "INVALID"),
        "PayPal IPN Invalid [Pending; address]"
    );
    assert_eq!(
        told(&dollars, "VERIFIED"),
        "PayPal IPN Verified [Completed (Unverified; $49.50); PayPal transaction value ($49.50) does not match order value (23.99€)]"
    );
    assert_eq!(
        told(
            &[
                ("payment_status", "Refunded"),
                ("mc_gross", "-4.00"),
                ("payer_status", "-"),
                ("reason_code", "refund")
            ],
            "VERIFIED"
        ),
        "PayPal IPN Verified [Refunded (-4.00€); refund]"
    );
    // From the net, for a page: nothing but words of PayPal's lists.
    let nasty = "<script>alert(1)</script>";
    for field in [
        "payment_status",
        "payer_status",
        "pending_reason",
        "reason_code",
    ] {
        for status in ["Pending", "Reversed"] {
            let text = told(
                &[
                    ("payment_status", status),
                    (field, nasty),
                    ("x", field),
                    ("y", status),
                ],
                "VERIFIED",
            );
            assert!(!text.contains('<'), "{text}");
        }
    }
}

#[test]
fn where_paypal_delivers_is_told_in_the_right_letters() {
    let shop = Shop::with(&[("paypal_force_address", "1")]);
    let body = shop.message("P1", &[("charset", "-")])
        + "&charset=windows-1252&address_name=Ren%E9e&address_street=1+rue%0D%0Adu+Ch%E2teau&address_city=Orl%E9ans&address_status=confirmed";
    shop.verified(&body);
    assert!(
        shop.history().iter().any(|text| text
            == "PayPal delivery address : Renée, 1 rue, du Château, Orléans (confirmed)"),
        "{:?}",
        shop.history()
    );
}

#[test]
fn a_prefix_keeps_the_invoices_of_shops_apart() {
    let shop = Shop::with(&[("paypal_invoice_prefix", "moodle7-")]);
    let invoice = format!("moodle7-{}", shop.placed.transid);
    shop.verified(&shop.message("P1", &[("invoice", &invoice)]));
    assert_eq!(shop.status(), "SOLDOUT");
}

#[test]
fn the_interface_is_offered_where_it_can_be_paid() {
    let offered = |settings: &[(&str, &str)], country: &str| {
        let shop = Shop::new();
        for (name, value) in settings {
            shop.bench.set(name, value);
        }
        let loaded = shop.bench.engine.shop(1, "en").unwrap();
        loaded
            .paymodes(shop.placed.amount, &shop.buyer, country)
            .iter()
            .any(|gateway| gateway.name() == "paypal")
    };
    assert!(offered(&[], "FR"));
    assert!(!offered(&[("paypalsellername", "")], "FR"));
    assert!(
        !offered(&[("test", "1")], "FR"),
        "no account of the sandbox"
    );
    assert!(offered(
        &[("test", "1"), ("paypalsellertestname", "t@shop.example")],
        "FR"
    ));
    assert!(offered(&[("paypal_zone", "BE, fr")], "FR"));
    assert!(!offered(&[("paypal_zone", "BE,DE")], "FR"));
    assert!(!offered(&[("paypal_currency", "USD")], "FR"));
    assert!(offered(&[("paypal_currency", "EUR")], "FR"));
    assert!(!offered(&[("paypal_ewp", "1")], "FR"), "no keys");
}

/// What the inbox says of messages: their states, one after the other.
fn states(shop: &Shop) -> Vec<String> {
    let rows = shop
        .bench
        .rows("SELECT id, state FROM {local_shopengine_inbox} ORDER BY id");
    rows.iter().map(|row| row.text("state").unwrap()).collect()
}

/// Another order in the same shop.
fn another(shop: &Shop) -> Placed {
    shop.bench
        .place(&cart(&[("monproduit", 1)]), &guest(), "paypal")
        .unwrap()
}

#[test]
fn paypal_is_not_asked_about_a_message_that_names_no_order_and_no_account_of_this_site() {
    let shop = Shop::new();
    let nobody = [("business", "x@y.example"), ("receiver_email", "-")];
    for (changes, status, code) in [
        (
            vec![("invoice", "-"), ("custom", "-")],
            404,
            "message_without_order",
        ),
        (
            vec![("invoice", "Commande n 7"), ("custom", "7")],
            404,
            "message_without_order",
        ),
        (
            vec![("invoice", "WC-1001"), ("custom", "-")],
            200,
            "unknown_order",
        ),
    ] {
        let changes = [changes, nobody.to_vec()].concat();
        let answer = shop.post(shop.message("P1", &changes).as_bytes(), None);
        assert_eq!(
            (answer.kind, answer.status),
            (Kind::Text, status),
            "{changes:?}"
        );
        assert_eq!(answer.body, code, "{changes:?}");
    }
    // Another site's order, paid to the account that both share.
    let shared = [("invoice", "WC-1001"), ("custom", "-")];
    let answer = shop.post(shop.message("P1", &shared).as_bytes(), None);
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (200, "unknown_order")
    );
    assert_eq!(states(&shop), ["rejected"; 4]);
    // An order of this site is asked about whatever account is named, and the account whatever order is not.
    let message = shop.message("P1", &nobody);
    assert_eq!(shop.post(message.as_bytes(), None).kind, Kind::Ask);
    let message = shop.message("P2", &[("invoice", "-"), ("custom", "-")]);
    assert_eq!(shop.post(message.as_bytes(), None).kind, Kind::Ask);
}

#[test]
fn three_hundred_junk_messages_delay_no_genuine_one_while_paypal_is_silent() {
    let shop = Shop::new();
    let junk = another(&shop);
    let id = junk.transid.to_string();
    for number in 0..300 {
        let txn = format!("JUNK{number}");
        let named = [("invoice", id.as_str()), ("custom", "-")];
        let nameless = [("invoice", "-"), ("custom", "-")];
        let changes = if number % 2 == 0 { named } else { nameless };
        let answer = shop.send(&shop.message(&txn, &changes), 0, "");
        assert_eq!(answer.body, "message_unverified");
    }
    // PayPal answers again: a genuine message is decided on its first try.
    let first = shop.message("P1", &[("payment_status", "Pending")]);
    assert_eq!(shop.verified(&first), "OK");
    assert_eq!(shop.status(), "PENDING");
    // PayPal is silent again: the next run of cron takes the genuine message first.
    let second = shop.message("P1", &[]);
    assert_eq!(shop.send(&second, 0, "").status, 503);
    shop.bench.clock.advance(61_000);
    let asks = shop.bench.engine.asks(10).unwrap();
    assert!(asks.len() > 1);
    assert_eq!(
        asks[0].ask.body,
        format!("cmd=_notify-validate&{second}").as_bytes()
    );
    let verified = answered(200, "VERIFIED");
    shop.bench
        .engine
        .answered(&asks[0].token, &verified)
        .unwrap();
    assert_eq!(shop.status(), "SOLDOUT");
    shop.check();
}

#[test]
fn undecided_messages_stop_the_sweep_of_no_other_order() {
    let shop = Shop::new();
    let other = another(&shop);
    let nameless = [("invoice", "-"), ("custom", "-")];
    shop.send(&shop.message("J1", &nameless), 0, "");
    shop.send(&shop.message("P1", &[]), 0, "");
    shop.bench.clock.advance(49 * 3_600_000);
    assert_eq!(shop.bench.engine.sweep(48, 10).unwrap(), 1);
    assert_eq!(shop.status(), "PLACED");
    assert_eq!(shop.bench.status(&other.transid), "CANCELLED");
}

#[test]
fn calls_to_paypal_at_the_same_time_are_bounded_for_one_order_and_in_all() {
    let shop = Shop::new();
    let post = |placed: &Placed, txn: &str| {
        let id = placed.transid.to_string();
        let message = shop.message(txn, &[("invoice", &id), ("custom", "-")]);
        shop.post(message.as_bytes(), None)
    };
    for number in 0..4 {
        let answer = post(&shop.placed, &format!("P{number}"));
        assert_eq!(answer.kind, Kind::Ask);
    }
    // The message is kept, and the sender sends it again.
    let busy = post(&shop.placed, "P4");
    assert_eq!((busy.status, busy.body.as_str()), (503, "paymode_busy"));
    assert_eq!(states(&shop)[4], "asked");
    for _ in 0..20 {
        assert_eq!(post(&another(&shop), "P1").kind, Kind::Ask);
    }
    let last = another(&shop);
    assert_eq!(post(&last, "P1").body, "paymode_busy");
    // A call that nobody answered is over when its time is.
    shop.bench.clock.advance(16_000);
    assert_eq!(post(&last, "P1").kind, Kind::Ask);
    assert_eq!(
        shop.send(&shop.message("P5", &[]), 200, "VERIFIED").status,
        200
    );
    let calls = "SELECT COUNT(*) AS n FROM {local_shopengine_query}";
    assert_eq!(
        shop.count(calls),
        1,
        "an answered call is under way no more"
    );
}

#[test]
fn a_rejected_message_keeps_its_digest_its_size_and_its_first_kilobyte() {
    let shop = Shop::new();
    let message = shop.message("P1", &[]) + "&memo=" + &"x".repeat(60_000);
    assert_eq!(shop.send(&message, 200, "INVALID").body, "message_disowned");
    let kept = shop
        .bench
        .rows("SELECT id, body, size, messagekey FROM {local_shopengine_inbox}");
    let size = i64::try_from(message.len()).unwrap();
    assert_eq!(kept[0].int("size").unwrap(), size);
    assert_eq!(kept[0].text("messagekey").unwrap().len(), 64);
    assert_eq!(
        kept[0].text("body").unwrap().len(),
        1368,
        "1024 bytes as base64"
    );
    // It comes again, and this time PayPal confirms it: all of it counts.
    let call = shop.post(message.as_bytes(), None).ask.unwrap();
    assert_eq!(call.body.as_slice().len(), message.len() + 21);
    // Another process has it rejected before the answer is there: its beginning proves nothing.
    shop.send(&message, 200, "INVALID");
    let late = shop
        .bench
        .engine
        .answered(&call.token, &answered(200, "VERIFIED"));
    assert_eq!(code(late), "message_unverified");
    assert_eq!(shop.status(), "PLACED");
    shop.verified(&message);
    assert_eq!(shop.status(), "SOLDOUT");
}

#[test]
fn a_confirmed_payment_whose_amount_cannot_be_read_is_held_and_the_seller_is_told() {
    for changes in [
        ("mc_gross", "23,99"),
        ("mc_gross", "-"),
        ("mc_currency", "EURO"),
        ("txn_id", "not an id"),
    ] {
        let shop = Shop::new();
        shop.verified(&shop.message("P1", &[changes]));
        assert_eq!(
            (shop.status(), shop.held().as_deref()),
            ("PLACED", Some("payment_unreadable")),
            "{changes:?}"
        );
        assert_eq!(shop.letters("payment_unreadable"), 1, "{changes:?}");
        // The same payment in words that can be read still counts.
        shop.verified(&shop.message("P1", &[]));
        assert_eq!(shop.status(), "SOLDOUT", "{changes:?}");
        shop.check();
    }
    // Not the seller's money: nobody is told.
    let shop = Shop::new();
    let thief = [
        ("mc_gross", "23,99"),
        ("business", "thief@example.net"),
        ("receiver_email", "-"),
    ];
    assert_eq!(
        shop.send(&shop.message("P1", &thief), 200, "VERIFIED").body,
        "message_malformed"
    );
    assert_eq!(shop.held(), None);
}

#[test]
fn a_payment_that_names_two_orders_settles_neither() {
    let shop = Shop::new();
    let other = another(&shop);
    // All else fits: the amount, the seller, the order of the invoice.
    let custom = format!("1.1.{}", other.transid);
    shop.verified(&shop.message("P1", &[("custom", custom.as_str())]));
    assert_eq!(
        (shop.status(), shop.held().as_deref()),
        ("PLACED", Some("custom_mismatch"))
    );
    assert_eq!(shop.bench.status(&other.transid), "PLACED");
    assert_eq!(shop.letters("custom_mismatch"), 1);
}

#[test]
fn a_confirmed_payment_without_an_order_is_held_and_the_seller_is_told() {
    let shop = Shop::new();
    let message = shop.message("P1", &[("invoice", "-"), ("custom", "-")]);
    let answer = shop.send(&message, 200, "VERIFIED");
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (200, "payment_without_order")
    );
    // Sent again it is neither asked about nor told again.
    let again = shop.post(message.as_bytes(), None);
    assert_eq!((again.kind, again.status), (Kind::Text, 200));
    assert_eq!(states(&shop), ["held"]);
    let engine = &shop.bench.engine;
    let tasks = engine.lease(10).unwrap();
    assert_eq!(tasks.len(), 1);
    assert_eq!(
        (tasks[0].kind.as_str(), tasks[0].transid.as_str()),
        ("mail", "")
    );
    assert_eq!(tasks[0].payload["template"], "unassigned");
    assert_eq!(tasks[0].payload["reference"], "P1");
    assert!(tasks[0].order.is_none());
    // An email that cannot be sent is sent later.
    engine
        .finish(tasks[0].id, &tasks[0].stamp, &failed("no mail"))
        .unwrap();
    shop.bench.clock.advance(61_000);
    let task = engine.lease(10).unwrap().pop().unwrap();
    engine.finish(task.id, &task.stamp, &done("mail")).unwrap();
    assert_eq!(engine.lease(10).unwrap().len(), 0);
    // It is neither deleted nor swept away, and reported until a seller has looked at it.
    shop.bench.clock.advance(200 * 24 * 3_600_000);
    engine.prune_inbox().unwrap();
    let found = || {
        let found = engine.integrity(20).unwrap();
        found.iter().any(|finding| finding.code == "message_held")
    };
    assert!(found());
    let id = shop.count("SELECT id AS n FROM {local_shopengine_inbox}");
    assert!(engine.release_message(id).unwrap());
    assert!(!engine.release_message(id).unwrap());
    assert!(!found());
    // What is no payment is not held.
    let other = [
        ("invoice", "-"),
        ("custom", "-"),
        ("txn_type", "subscr_payment"),
    ];
    assert_eq!(
        shop.send(&shop.message("P2", &other), 200, "VERIFIED").body,
        "message_without_order"
    );
    let waits = [
        ("invoice", "-"),
        ("custom", "-"),
        ("payment_status", "Pending"),
    ];
    assert_eq!(
        shop.send(&shop.message("P3", &waits), 200, "VERIFIED").body,
        "message_without_order"
    );
    assert_eq!(states(&shop)[1..], ["rejected", "rejected"]);
}

mod incumbent {
    use super::*;

    fn get(shop: &Shop, script: &str) -> Answer {
        let request = Request {
            method: "GET".into(),
            script: format!("/local/shop/paymodes/paypal/{script}.php"),
            query: format!("shopid=1&{}", naming(&shop.placed.transid)).into(),
            wwwroot: "https://shop.example".into(),
            ..Request::default()
        };
        handle(&shop.bench.engine, &request)
    }

    #[test]
    fn a05_a_strangers_visit_of_the_cancel_page_changes_nothing() {
        let shop = Shop::new();
        for pay in [false, true] {
            if pay {
                shop.verified(&shop.message("P1", &[]));
            }
            let (status, rows) = (shop.status(), shop.history().len());
            let answer = get(&shop, "cancel");
            assert_eq!((answer.kind, answer.status), (Kind::Redirect, 303));
            assert!(
                answer.location.contains("view=payment"),
                "{}",
                answer.location
            );
            assert_eq!((shop.status(), shop.history().len()), (status, rows));
        }
    }

    #[test]
    fn a06_amount_currency_type_and_receiver_are_compared() {
        for (changes, reason) in [
            ([("mc_gross", "0.01"), ("x", "")], "amount_mismatch"),
            ([("mc_currency", "USD"), ("x", "")], "currency_mismatch"),
            (
                [
                    ("business", "thief@example.net"),
                    ("receiver_email", "thief@example.net"),
                ],
                "merchant_mismatch",
            ),
            ([("test_ipn", "1"), ("x", "")], ""),
            ([("txn_type", "subscr_payment"), ("x", "")], ""),
        ] {
            let shop = Shop::new();
            shop.send(&shop.message("P1", &changes), 200, "VERIFIED");
            assert_eq!(
                (shop.status(), shop.deliveries()),
                ("PLACED", 0),
                "{changes:?}"
            );
            assert_eq!(shop.held().unwrap_or_default(), reason);
        }
    }

    #[test]
    fn a07_the_page_of_an_older_cart_pays_no_other() {
        let shop = Shop::new();
        let old_page = shop.message("P1", &[]);
        let mut other = cart(&[("monproduit", 1)]);
        other.transid = Some(shop.placed.transid.clone());
        // Another buyer's name makes it another order at the same price.
        other.customerinfo.firstname = "Anne".to_owned();
        let again = shop.bench.place(&other, &shop.buyer, "paypal").unwrap();
        assert_eq!((again.revision, again.amount), (2, shop.placed.amount));
        shop.verified(&old_page);
        assert_eq!(
            (shop.status(), shop.held().as_deref()),
            ("PLACED", Some("older_revision"))
        );
    }

    #[test]
    fn a08_a_second_payment_delivers_nothing_twice() {
        let shop = Shop::new();
        shop.verified(&shop.message("P1", &[]));
        shop.bench.drain();
        assert_eq!(shop.status(), "COMPLETE");
        shop.verified(&shop.message("P2", &[]));
        shop.bench.drain();
        assert_eq!((shop.status(), shop.deliveries()), ("COMPLETE", 1));
        assert_eq!(
            (shop.held().as_deref(), shop.letters("paid_twice")),
            (Some("paid_twice"), 1)
        );
        shop.check();
    }

    #[test]
    fn a09_a_message_that_could_not_be_verified_counts_when_it_comes_again() {
        let shop = Shop::new();
        let message = shop.message("P1", &[]);
        assert_eq!(shop.send(&message, 0, "").status, 503);
        // Junk about the same payment does not stand in its way.
        shop.send(&format!("{message}&junk=1"), 200, "INVALID");
        shop.verified(&message);
        assert_eq!(shop.status(), "SOLDOUT");
    }

    #[test]
    fn a10_pending_then_completed_of_one_payment_both_count() {
        let shop = Shop::new();
        shop.verified(&shop.message(
            "P1",
            &[("payment_status", "Pending"), ("pending_reason", "echeck")],
        ));
        assert_eq!(shop.status(), "PENDING");
        shop.verified(&shop.message("P1", &[]));
        assert_eq!(shop.status(), "SOLDOUT");
        shop.verified(&shop.back("Refunded", "R1", "P1", "-23.99"));
        assert_eq!(shop.status(), "PAYBACK");
        assert_eq!(
            shop.count("SELECT COUNT(*) AS n FROM {local_shopengine_inbox} WHERE state = 'done'"),
            3
        );
    }

    #[test]
    fn a11_the_buyers_return_writes_nothing_whoever_was_first() {
        for paid in [false, true] {
            let shop = Shop::new();
            if paid {
                shop.verified(&shop.message("P1", &[]));
            }
            let (status, rows) = (shop.status(), shop.history().len());
            let answer = get(&shop, "process");
            assert_eq!(answer.status, 303);
            assert!(
                answer.location.contains("view=produce"),
                "{}",
                answer.location
            );
            assert_eq!((shop.status(), shop.history().len()), (status, rows));
        }
    }

    #[test]
    fn a12_what_was_not_decided_is_not_acknowledged() {
        let shop = Shop::new();
        assert_eq!(
            shop.send(&shop.message("P1", &[]), 500, "VERIFIED").status,
            503
        );
        assert_eq!(get(&shop, "paypal_ipn").status, 405);
        assert_eq!(shop.post(b"", None).status, 400);
        assert_eq!(shop.post(&[b'a'; 70_000], None).status, 413);
        assert_eq!(
            shop.send(&shop.message("P1", &[]), 200, "INVALID").status,
            200
        );
        assert_eq!(
            shop.send(&shop.message("P1", &[]), 200, "VERIFIED").status,
            200
        );
    }

    #[test]
    fn a13_the_browser_comes_back_by_get_and_a_post_is_sent_on_before_a_session() {
        let shop = Shop::new();
        let request = Request {
            method: "POST".into(),
            script: "/local/shop/paymodes/paypal/process.php".into(),
            query: naming(&shop.placed.transid).into(),
            body: shop.message("P1", &[]).into(),
            wwwroot: "https://shop.example".into(),
            ..Request::default()
        };
        let answer = handle(&shop.bench.engine, &request);
        assert_eq!((answer.kind, answer.status), (Kind::Redirect, 303));
        assert!(answer.session.is_null());
        assert_eq!(shop.status(), "PLACED");
        assert_eq!(
            shop.count("SELECT COUNT(*) AS n FROM {local_shopengine_inbox}"),
            0
        );
    }

    #[test]
    fn a14_verification_is_a_post_over_tls_and_the_trace_holds_no_payload() {
        let shop = Shop::new();
        let body = shop.message("P1", &[("payer_email", "secret.person@example.net")]);
        let call = ask(&shop, &body);
        assert_eq!(call.method, "POST");
        assert!(call.url.starts_with("https://") && !call.url.contains('?'));
        shop.verified(&body);
        shop.send(&format!("{body}&x=1"), 200, "INVALID");
        assert!(!shop.bench.log().contains("secret.person"));
        shop.bench
            .set("paypal_verify_url", "http://ipnpb.paypal.com/");
        let answer = shop.post(shop.message("P9", &[]).as_bytes(), None);
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (503, "paymode_not_configured")
        );
    }

    #[test]
    fn a15_simulating_is_for_staff_in_test_mode() {
        let shop = Shop::with(&[("test", "1"), ("paypalsellertestname", SELLER)]);
        for name in ["simulating", "simulate"] {
            let body = shop.message("P1", &[(name, "1"), ("test_ipn", "1")]);
            // Whoever asks for a simulation is asked about like anybody else.
            assert_eq!(shop.send(&body, 200, "INVALID").body, "message_disowned");
        }
        assert_eq!(shop.status(), "PLACED");
        let gateway = gateway::by_name("paypal").unwrap();
        let body = format!("simulate=completed&{}", naming(&shop.placed.transid));
        assert_eq!(
            code(receive(
                &shop.bench.engine,
                gateway.name(),
                Channel::Buyer,
                &body
            )),
            "message_not_expected"
        );
        receive(&shop.bench.engine, gateway.name(), Channel::Seller, &body).unwrap();
        assert_eq!(shop.status(), "SOLDOUT");
    }

    #[test]
    fn a16_the_receiver_is_known_by_address_or_by_id() {
        for (changes, fits) in [
            (
                [
                    ("business", " SELLER@shop.example"),
                    ("receiver_email", "primary@shop.example"),
                    ("receiver_id", "X"),
                ],
                true,
            ),
            (
                [
                    ("business", "-"),
                    ("receiver_email", "Seller@Shop.Example"),
                    ("receiver_id", "X"),
                ],
                true,
            ),
            (
                [
                    ("business", "-"),
                    ("receiver_email", "primary@shop.example"),
                    ("receiver_id", "S8XGHLYDW9T3S"),
                ],
                true,
            ),
            (
                [
                    ("business", "-"),
                    ("receiver_email", "primary@shop.example"),
                    ("receiver_id", "S8XGHLYDW9T3T"),
                ],
                false,
            ),
            (
                [
                    ("business", "-"),
                    ("receiver_email", "-"),
                    ("receiver_id", "-"),
                ],
                false,
            ),
        ] {
            let shop = Shop::with(&[("paypal_merchant_id", "S8XGHLYDW9T3S")]);
            shop.verified(&shop.message("P1", &changes));
            assert_eq!(shop.status() == "SOLDOUT", fits, "{changes:?}");
        }
    }
}

#[test]
fn what_a_chargeback_took_does_not_go_back_a_second_time() {
    let went_back = |shop: &Shop| {
        let rows = shop
            .bench
            .rows("SELECT id, state, amount, refunded FROM {local_shopengine_settlement}");
        let sum = rows.iter().fold(rust_decimal::Decimal::ZERO, |sum, row| {
            let column = match row.text("state").unwrap().as_str() {
                "reversal" => "amount",
                _ => "refunded",
            };
            sum + row.decimal(column).unwrap()
        });
        sum.to_string()
    };
    for by_seller in [true, false] {
        let shop = Shop::new();
        shop.verified(&shop.message("P1", &[]));
        shop.verified(&shop.back("Reversed", "V1", "P1", "-23.99"));
        assert_eq!(shop.held().as_deref(), Some("payment_reversed"));
        if by_seller {
            let order = shop.bench.order(&shop.placed.transid);
            let seller = user(2, "admin@example.org", true);
            shop.bench
                .engine
                .move_order(&order, BillStatus::Payback, &seller)
                .unwrap();
        } else {
            shop.verified(&shop.back("Refunded", "R1", "P1", "-23.99"));
        }
        assert_eq!(shop.status(), "PAYBACK", "{by_seller}");
        assert_eq!(went_back(&shop), "23.99", "{by_seller}");
        assert_eq!(shop.held(), None, "nobody has to look any more");
    }
    // A part that was paid back before the chargeback of the rest.
    let shop = Shop::new();
    shop.verified(&shop.message("P1", &[]));
    shop.verified(&shop.back("Refunded", "R1", "P1", "-3.99"));
    shop.verified(&shop.back("Reversed", "V1", "P1", "-20.00"));
    let order = shop.bench.order(&shop.placed.transid);
    let seller = user(2, "admin@example.org", true);
    shop.bench
        .engine
        .move_order(&order, BillStatus::Payback, &seller)
        .unwrap();
    assert_eq!(went_back(&shop), "23.99");
}

#[test]
fn a_held_payment_that_a_seller_confirmed_and_that_goes_back_is_told() {
    let shop = Shop::new();
    shop.verified(&shop.message("P1", &[("mc_gross", "23.98")]));
    assert_eq!(shop.held().as_deref(), Some("amount_mismatch"));
    let seller = user(2, "admin@example.org", true);
    let order = shop.bench.order(&shop.placed.transid);
    let order = shop
        .bench
        .engine
        .move_order(&order, BillStatus::Soldout, &seller)
        .unwrap();
    shop.bench.engine.release(&order, &seller).unwrap();
    shop.bench.drain();
    shop.verified(&shop.back("Refunded", "R1", "P1", "-23.98"));
    assert_eq!(shop.held().as_deref(), Some("refund_of_held_payment"));
    let told = "SELECT COUNT(*) AS n FROM {local_shopengine_outbox} WHERE taskkey LIKE '%mail:held:refund_of_held_payment:%'";
    assert_eq!(shop.bench.count(told), 1);
    // The same message once more tells nothing new.
    shop.verified(&shop.back("Refunded", "R1", "P1", "-23.98"));
    assert_eq!(shop.bench.count(told), 1);
    // The second of two payments is paid back as the first hold asked for.
    let shop = Shop::new();
    shop.verified(&shop.message("P1", &[]));
    shop.verified(&shop.message("P2", &[]));
    let order = shop.bench.order(&shop.placed.transid);
    shop.bench.engine.release(&order, &seller).unwrap();
    shop.verified(&shop.back("Refunded", "R1", "P2", "-23.99"));
    assert_eq!(shop.held(), None);
}
