//! What the backend's answers mean, row by row of the API's tables, and what is put to it. This is long because each row is here.

use std::collections::HashMap;

use serde_json::json;

use super::order::{Kept, Request};
use super::status::{Config, Moment, Open, Public, Refunds, Status};
use super::*;
use crate::clock::UnixMillis;
use crate::domain::customer::CustomerInfo;
use crate::domain::fulfillment::Fulfillment;
use crate::domain::money::Currency;
use crate::domain::transaction_id::TransactionId;
use crate::gateway::taler::amount::Amount;
use crate::gateway::{Answered, Attempt, Happened, Mode, Next, PayableLine, self_check};

const NOW: i64 = 1_781_524_800;
const REFERENCE: &str = "TU90QMLVYXD5UMZYUQR1A1";
const URI: &str = "taler://pay/backend.example/instances/shop/TU90QMLVYXD5UMZYUQR1A1/s1?c=T0KEN";

fn settings(values: &[(&str, &str)]) -> Settings {
    let mut all = HashMap::from([
        ("test".to_owned(), "1".to_owned()),
        (
            URL.to_owned(),
            "https://backend.example/instances/shop".to_owned(),
        ),
        (TOKEN.to_owned(), "geheim".to_owned()),
    ]);
    all.extend(
        values
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned())),
    );
    Settings::new(all)
}

fn attempt(request: &str, kept: &str) -> Attempt {
    Attempt {
        reference: REFERENCE.to_owned(),
        number: 0,
        now: UnixMillis::from_seconds(NOW),
        request: request.to_owned(),
        kept: kept.to_owned(),
        version: 0,
    }
}

fn put(settings: &Settings, fulfillment: &Fulfillment, lines: &[(&str, u32, &str)]) -> String {
    let euro = |text: &str| Money::parse(text, Currency::parse("EUR").unwrap()).unwrap();
    let attempt = attempt("", "");
    let transaction = TransactionId::parse("TU90QMLVYXD5UMZYUQ==").unwrap();
    let payable = Payable {
        transaction: &transaction,
        revision: 1,
        amount: euro("23.90"),
        shopid: 1,
        shop: "Boutique",
        lines: lines
            .iter()
            .map(|(label, quantity, taxed)| PayableLine {
                label: (*label).to_owned(),
                quantity: *quantity,
                untaxed: euro(taxed),
                taxes: euro("0"),
                taxed: euro(taxed),
            })
            .collect(),
        customer: &CustomerInfo::default(),
        fulfillment,
        session: "s1",
        wwwroot: "https://shop.example",
        lang: "fr",
        attempt: Some(&attempt),
        staff: false,
        now: UnixMillis::from_seconds(NOW),
    };
    Taler.request(&payable, settings).unwrap().unwrap()
}

fn ebook() -> String {
    put(
        &settings(&[]),
        &Fulfillment::new("https://lecture.example/ebook", "Bonne lecture !"),
        &[("EBook", 1, "23.90")],
    )
}

/// One step of the way of the buyer's wish.
fn step(
    kept: &str,
    quick: bool,
    said: Option<(&str, u16, &str)>,
    now: i64,
) -> Result<Progress, GatewayError> {
    let body = Taler.wish(REFERENCE, "s1");
    message_step(Channel::Buyer, &body, kept, quick, said, now)
}

fn message_step(
    channel: Channel,
    body: &[u8],
    kept: &str,
    quick: bool,
    said: Option<(&str, u16, &str)>,
    now: i64,
) -> Result<Progress, GatewayError> {
    let message = Message {
        channel,
        method: "POST",
        query: b"",
        body,
        content_type: "",
    };
    let attempt = attempt(&ebook(), kept);
    let answer = said.map(|(_, status, body)| Answered {
        status,
        body: body.into(),
        error: String::new(),
    });
    let settings = settings(&[]);
    Taler.proceed(
        &message,
        &Inquiry {
            settings: &settings,
            attempt: Some(&attempt),
            said: said.map(|(memo, ..)| memo).zip(answer.as_ref()),
            quick,
            now: UnixMillis::from_seconds(now),
        },
    )
}

const MADE: &str = r#"{"made":true,"token":"T0KEN"}"#;

fn contract(amount: &str) -> serde_json::Value {
    json!({
        "amount": amount, "order_id": REFERENCE, "fulfillment_url": "https://lecture.example/ebook",
        "extra": {"shopengine_mode": "test"}, "pay_deadline": {"t_s": NOW + 86_400},
        "refund_deadline": {"t_s": NOW + 1_000_000}, "merchant_base_url": "https://backend.example/instances/shop/",
    })
}

fn paid(changes: serde_json::Value) -> String {
    let mut body = json!({
        "order_status": "paid", "contract_terms": contract("EUR:23.90"), "refunded": false, "refund_pending": false,
        "refund_amount": "EUR:0", "deposit_total": "EUR:23.9", "wired": false, "exchange_code": 0, "exchange_http_status": 0,
        "refund_details": [], "wire_details": [], "wire_reports": [], "last_payment": {"t_s": NOW},
        "order_status_url": "https://backend.example/instances/shop/orders/X?token=T0KEN",
    });
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    body.to_string()
}

fn asked(progress: &Progress) -> (String, String) {
    match &progress.next {
        Next::Ask(ask, memo) => (format!("{} {}", ask.method, ask.url), memo.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_order_says_what_is_due_and_is_the_same_however_often() {
    let request = ebook();
    assert_eq!(request, ebook());
    let body: serde_json::Value = serde_json::from_str(&request).unwrap();
    let expected = json!({
        "order": {
            "order_id": REFERENCE, "amount": "EUR:23.9", "summary": "Boutique : EBook",
            "public_reorder_url": "https://shop.example/local/shop/front/view.php?view=shop&shopid=1",
            "pay_deadline": {"t_s": NOW + 86_400}, "extra": {"shopengine_mode": "test"},
            "fulfillment_url": "https://lecture.example/ebook",
            "products": [{"description": "EBook", "quantity": 1, "price": "EUR:23.9"}],
        },
        "create_token": true, "refund_delay": {"d_us": 1_296_000_000_000_i64}, "session_id": "s1",
    });
    assert_eq!(body, expected);
    let read = Request::read(&request).unwrap();
    assert_eq!(
        (read.amount.to_string().as_str(), read.pay_deadline),
        ("EUR:23.9", NOW + 86_400)
    );
}

#[test]
fn what_leads_nowhere_else_has_a_message_and_discounts_have_no_lines() {
    let of = |fulfillment: &Fulfillment, lines: &[(&str, u32, &str)], values: &[(&str, &str)]| {
        let body = put(&settings(values), fulfillment, lines);
        serde_json::from_str::<serde_json::Value>(&body).unwrap()
    };
    let page = Fulfillment::default()
        .or_page("https://shop.example/local/shop/front/view.php?view=produce");
    let body = of(&page, &[("Livre", 3, "30.00"), ("Remise", 1, "-6.10")], &[]);
    assert_eq!(
        body["order"]["fulfillment_message"],
        "Boutique : TU90QMLVYXD5UMZYUQ=="
    );
    assert_eq!(body["order"]["fulfillment_url"], serde_json::Value::Null);
    assert_eq!(body["order"]["products"], serde_json::Value::Null);
    assert_eq!(body["order"]["summary"], "Boutique : 3 × Livre, Remise");
    let own = of(
        &Fulfillment::new("", "Merci"),
        &[],
        &[(REFUND_DAYS, "0"), (PAY_HOURS, "2")],
    );
    assert_eq!(own["order"]["fulfillment_message"], "Merci");
    assert_eq!(own["refund_delay"], serde_json::Value::Null);
    assert_eq!(own["order"]["pay_deadline"]["t_s"], NOW + 7200);
    // What no form would have let in counts as nothing.
    let wild = of(&page, &[], &[(REFUND_DAYS, "99999"), (PAY_HOURS, "0")]);
    assert_eq!(wild["order"]["pay_deadline"]["t_s"], NOW + 86_400);
    assert_eq!(wild["refund_delay"]["d_us"], 1_296_000_000_000_i64);
}

#[test]
fn the_backend_is_asked_what_it_is_before_it_gets_an_order() {
    let first = step("", true, None, NOW).unwrap();
    assert_eq!(
        asked(&first),
        (
            "GET https://backend.example/instances/shop/config".into(),
            "config".into()
        )
    );
    let config = |version: &str, currency: &str| {
        let body =
            json!({"name": "taler-merchant", "version": version, "currency": currency}).to_string();
        step("", true, Some(("config", 200, &body)), NOW)
    };
    let put = config("25:0:13", "EUR").unwrap();
    let Next::Ask(ask, memo) = &put.next else {
        panic!()
    };
    assert_eq!(
        (ask.method, ask.url.as_str(), memo.as_str()),
        (
            "POST",
            "https://backend.example/instances/shop/private/orders",
            "order"
        )
    );
    assert_eq!(ask.body, ebook().into_bytes());
    assert!(
        ask.headers
            .contains(&("Authorization", "Bearer secret-token:geheim".to_owned()))
    );
    assert!(!format!("{ask:?}").contains("geheim"));
    let code = |result: Result<Progress, GatewayError>| result.unwrap_err().code();
    assert_eq!(code(config("25:0:13", "KUDOS")), "taler_other_currency");
    assert_eq!(code(config("99:0:2", "EUR")), "taler_other_version");
    assert_eq!(code(config("0:0:0", "EUR")), "taler_other_version");
    assert_eq!(code(config("twelve", "EUR")), "paymode_away");
    let exchange = r#"{"name":"taler-exchange","version":"25:0:0","currency":"EUR"}"#;
    for (status, body, expected) in [
        (200, exchange, "taler_no_backend"),
        (404, "", "taler_no_backend"),
        (200, "{}", "paymode_away"),
        (200, "<h1>maintenance</h1>", "paymode_away"),
        (302, "", "paymode_away"),
        (0, "", "paymode_away"),
    ] {
        let said = step("", true, Some(("config", status, body)), NOW);
        assert_eq!(code(said), expected, "{status} {body}");
    }
}

#[test]
fn protocol_versions_overlap_or_not() {
    for (version, speaks) in [
        ("1:0:0", Some(true)),
        ("5:0:3", Some(true)),
        ("25:3:0", Some(true)),
        ("30:0:5", Some(true)),
        ("30:0:4", Some(false)),
        ("0:9:0", Some(false)),
        ("3:0:4", None),
        ("1:0", None),
        ("1:0:0:0", None),
        ("-1:0:0", None),
        ("", None),
    ] {
        let body =
            json!({"name": "taler-merchant", "version": version, "currency": "EUR"}).to_string();
        assert_eq!(
            Config::read(body.as_bytes()).map(|config| config.speaks),
            speaks,
            "{version}"
        );
    }
}

#[test]
fn every_answer_to_a_new_order_has_its_meaning() {
    let good = json!({"order_id": REFERENCE, "token": "T0KEN"}).to_string();
    let made = step("", true, Some(("order", 200, &good)), NOW).unwrap();
    let status = "GET https://backend.example/instances/shop/private/orders/TU90QMLVYXD5UMZYUQR1A1?session_id=s1";
    assert_eq!(asked(&made), (status.into(), "status".into()));
    let kept = Kept::read(made.keep.as_deref().unwrap());
    assert!(kept.made && kept.token == "T0KEN");
    // Another order under this id: its status tells whether it will do.
    let other = step("", true, Some(("order", 409, r#"{"code":2503}"#)), NOW).unwrap();
    assert_eq!(asked(&other), (status.into(), "status".into()));
    for (http, code) in [
        (400, "taler_order_refused"),
        (401, "taler_not_authorised"),
        (403, "taler_not_authorised"),
        (404, "taler_no_instance"),
        (410, "taler_out_of_stock"),
        (451, "taler_legally_barred"),
        (500, "paymode_away"),
        (308, "paymode_away"),
        (0, "paymode_away"),
    ] {
        let error = step("", true, Some(("order", http, "{}")), NOW).unwrap_err();
        assert_eq!(error.code(), code, "{http}");
    }
    for garbled in [
        "",
        "<h1>200</h1>",
        r#"{"order_id":"ANOTHER","token":"X"}"#,
        "{}",
    ] {
        let error = step("", true, Some(("order", 200, garbled)), NOW).unwrap_err();
        assert_eq!(error.code(), "paymode_away", "{garbled}");
    }
}

#[test]
fn unpaid_orders_wait_with_their_link() {
    let body = json!({
        "order_status": "unpaid", "taler_pay_uri": URI, "summary": "x", "total_amount": "EUR:23.90",
        "creation_time": {"t_s": NOW}, "order_status_url": "https://backend.example/x",
    });
    let progress = step(MADE, false, Some(("status", 200, &body.to_string())), NOW).unwrap();
    assert!(matches!(progress.next, Next::Wait));
    let kept = Kept::read(progress.keep.as_deref().unwrap());
    assert_eq!((kept.pay_uri.as_str(), kept.session.as_str()), (URI, "s1"));
    assert!(progress.verdicts.is_empty());
    // No other address than a wallet's becomes a link.
    for uri in [
        "javascript:alert(1)",
        "https://evil.example/",
        "taler://refund/x/y",
        "taler://pay/",
        "taler://pay/a b",
    ] {
        let mut body = body.clone();
        body["taler_pay_uri"] = uri.into();
        let progress = step(MADE, false, Some(("status", 200, &body.to_string())), NOW).unwrap();
        assert_eq!(
            Kept::read(progress.keep.as_deref().unwrap()).pay_uri,
            "",
            "{uri}"
        );
    }
    // Another amount is another order; and the time may be over.
    let mut other = body.clone();
    other["total_amount"] = "EUR:23.91".into();
    for (body, now) in [(other, NOW), (body, NOW + 86_400 + 301)] {
        let progress = step(MADE, false, Some(("status", 200, &body.to_string())), now).unwrap();
        assert!(matches!(progress.next, Next::Done));
        assert_eq!(progress.verdicts[0].happened, Happened::Lapsed);
    }
}

#[test]
fn nothing_is_believed_of_a_claimed_order_but_whether_it_was_ever_paid() {
    let body =
        json!({"order_status": "claimed", "contract_terms": contract("EUR:23.90")}).to_string();
    let progress = step(MADE, false, Some(("status", 200, &body)), NOW).unwrap();
    let ever = "GET https://backend.example/instances/shop/private/orders/TU90QMLVYXD5UMZYUQR1A1";
    assert_eq!(asked(&progress), (ever.into(), "ever".into()));
    assert!(progress.verdicts.is_empty());
    // Claimed in no session: the browser's own view tells a repurchase where the merchant's does not.
    let progress = step(MADE, false, Some(("ever", 200, &body)), NOW).unwrap();
    let look = "GET https://backend.example/instances/shop/orders/TU90QMLVYXD5UMZYUQR1A1?token=T0KEN&session_id=s1&timeout_ms=1000";
    assert_eq!(asked(&progress), (look.into(), "public".into()));
    let progress = step(MADE, true, Some(("ever", 200, &body)), NOW).unwrap();
    assert!(matches!(progress.next, Next::Wait));
    assert!(Kept::read(progress.keep.as_deref().unwrap()).claimed);
    // After the deadline no wallet can pay it any more.
    let progress = step(MADE, true, Some(("ever", 200, &body)), NOW + 90_000).unwrap();
    assert_eq!(progress.verdicts[0].happened, Happened::Lapsed);
    let foreign =
        json!({"order_status": "claimed", "contract_terms": contract("EUR:1")}).to_string();
    let progress = step(MADE, false, Some(("status", 200, &foreign)), NOW).unwrap();
    assert_eq!(progress.verdicts[0].happened, Happened::Lapsed);
}

#[test]
fn a_paid_order_says_what_was_paid_in_which_mode() {
    let progress = step(MADE, false, Some(("ever", 200, &paid(json!({})))), NOW).unwrap();
    assert!(matches!(progress.next, Next::Done));
    let [verdict] = progress.verdicts.as_slice() else {
        panic!()
    };
    assert_eq!(
        (verdict.happened, verdict.mode),
        (Happened::Paid, Mode::Test)
    );
    assert_eq!(verdict.amount.unwrap().to_string(), "23.90 EUR");
    assert_eq!(
        (verdict.reference.as_str(), verdict.attention),
        (REFERENCE, None)
    );
    assert_eq!(
        verdict.merchant.as_deref(),
        Some("https://backend.example/instances/shop/")
    );
    let said = |changes: serde_json::Value| {
        let mut contract = contract("EUR:23.90");
        for (name, value) in changes.as_object().unwrap() {
            contract[name] = value.clone();
        }
        let body = paid(json!({"contract_terms": contract}));
        step(MADE, false, Some(("ever", 200, &body)), NOW)
    };
    let live = said(json!({"extra": {"shopengine_mode": "live"}})).unwrap();
    assert_eq!(
        (live.verdicts[0].mode, live.verdicts[0].attention),
        (Mode::Live, Some("taler_foreign_order"))
    );
    let unmarked = said(json!({"extra": null})).unwrap();
    assert_eq!(unmarked.verdicts[0].attention, Some("taler_foreign_order"));
    assert_eq!(
        said(json!({"amount": "KUDOS:23.90"})).unwrap_err().code(),
        "message_malformed"
    );
    for garbled in [
        json!({"amount": 23.9}),
        json!({"amount": "23.90"}),
        json!({"pay_deadline": "soon"}),
        json!({"fulfillment_url": 1}),
    ] {
        assert_eq!(
            said(garbled.clone()).unwrap_err().code(),
            "paymode_away",
            "{garbled}"
        );
    }
}

#[test]
fn refunds_are_summed_and_wait_for_the_wallet() {
    let refunds = |changes: serde_json::Value| match Status::read(paid(changes).as_bytes()) {
        Some(Status::Paid(_, refunds)) => Some(refunds),
        other => {
            assert_eq!(other, None);
            None
        }
    };
    let amounts = |granted: &str, taken: &str| {
        Some(Refunds {
            granted: Amount::parse(granted),
            taken: Amount::parse(taken),
        })
    };
    let part = |amount: &str, pending: bool| json!({"reason": "r", "pending": pending, "amount": amount, "timestamp": {"t_s": NOW}});
    assert_eq!(refunds(json!({})), Some(Refunds::default()));
    let all = json!({"refunded": true, "refund_amount": "EUR:5", "refund_details": [part("EUR:5", false)]});
    assert_eq!(refunds(all), amounts("EUR:5", "EUR:5.00"));
    let pending = json!({"refunded": true, "refund_pending": true, "refund_amount": "EUR:7",
                         "refund_details": [part("EUR:5", false), part("EUR:2", true)]});
    assert_eq!(refunds(pending), amounts("EUR:7", "EUR:5"));
    let silent = json!({"refunded": true, "refund_pending": true, "refund_amount": "EUR:7"});
    assert_eq!(refunds(silent), amounts("EUR:7", "EUR:0"));
    assert_eq!(
        refunds(json!({"refunded": true, "refund_amount": "KUDOS:7"})),
        None
    );
    assert_eq!(
        refunds(json!({"refunded": true, "refund_amount": "7"})),
        None
    );
    assert_eq!(refunds(json!({"refunded": "yes"})), None);

    let body = paid(
        json!({"refunded": true, "refund_pending": true, "refund_amount": "EUR:7",
                           "refund_details": [part("EUR:5", false), part("EUR:2", true)]}),
    );
    let progress = step(MADE, false, Some(("ever", 200, &body)), NOW).unwrap();
    assert!(matches!(progress.next, Next::Wait));
    let back = &progress.verdicts[1];
    assert_eq!(
        (back.happened, back.amount.unwrap().to_string().as_str()),
        (Happened::RefundedInAll, "5.00 EUR")
    );
    // What the wallet did not fetch in time stays with the seller.
    let progress = step(MADE, false, Some(("ever", 200, &body)), NOW + 1_000_001).unwrap();
    assert!(matches!(progress.next, Next::Done));
}

#[test]
fn every_row_of_the_public_status_has_its_meaning() {
    // With a claim token: no credentials; the right token; the wrong one; paid; no such order.
    let open = json!({"taler_pay_uri": URI, "fulfillment_url": "https://lecture.example/ebook"})
        .to_string();
    let again = json!({"taler_pay_uri": URI, "already_paid_order_id": "EARLIERR1A1"}).to_string();
    let paid = json!({"refunded": false, "refund_pending": false, "refund_amount": "EUR:0", "refund_taken": "EUR:0",
                      "fulfillment_url": "https://lecture.example/ebook"}).to_string();
    let uri = Some(URI.to_owned());
    for (status, body, meaning) in [
        (
            202,
            r#"{"public_reorder_url":"https://shop.example/"}"#,
            Some(Public::Settled),
        ),
        (
            402,
            open.as_str(),
            Some(Public::Open(Open {
                pay_uri: uri.clone(),
                ..Open::default()
            })),
        ),
        (
            402,
            again.as_str(),
            Some(Public::Open(Open {
                pay_uri: uri,
                already: Some("EARLIERR1A1".to_owned()),
                ..Open::default()
            })),
        ),
        (402, "", None),
        (402, r#"{"taler_pay_uri":7}"#, None),
        (403, r#"{"code":2105}"#, Some(Public::WrongToken)),
        (200, paid.as_str(), Some(Public::Settled)),
        (302, "", Some(Public::Settled)),
        (404, r#"{"code":2005}"#, Some(Public::Unknown)),
        (500, "", None),
        (304, "", None),
    ] {
        assert_eq!(
            Public::read(status, body.as_bytes()),
            meaning,
            "{status} {body}"
        );
    }
    // The page asks with the token; what it hears it does not believe but asks the merchant's side about.
    let first = step(MADE, true, None, NOW).unwrap();
    assert_eq!(asked(&first).1, "public");
    let Next::Ask(ask, _) = &first.next else {
        panic!()
    };
    assert!(ask.headers.iter().all(|(name, _)| *name != "Authorization"));
    let settled = step(MADE, true, Some(("public", 200, &paid)), NOW).unwrap();
    assert_eq!(asked(&settled).1, "ever");
    assert!(settled.verdicts.is_empty());
    for status in [403, 404] {
        assert_eq!(
            asked(&step(MADE, true, Some(("public", status, "{}")), NOW).unwrap()).1,
            "status"
        );
    }
    let wait = step(MADE, true, Some(("public", 402, &open)), NOW).unwrap();
    assert!(matches!(wait.next, Next::Wait));
    // After the deadline the merchant's side has the last word.
    assert_eq!(
        asked(&step(MADE, true, Some(("public", 402, &open)), NOW + 90_000).unwrap()).1,
        "ever"
    );
    let earlier = step(MADE, true, Some(("public", 402, &again)), NOW).unwrap();
    let url = "GET https://backend.example/instances/shop/private/orders/EARLIERR1A1?session_id=s1";
    assert_eq!(asked(&earlier), (url.into(), "earlier EARLIERR1A1".into()));
}

#[test]
fn an_earlier_order_stands_for_this_one_only_when_all_is_as_it_must_be() {
    let earlier = |body: String| {
        step(MADE, true, Some(("earlier EARLIERR1A1", 200, &body)), NOW)
            .unwrap()
            .next
    };
    match earlier(paid(json!({}))) {
        Next::AlreadyBought { earlier, session } => {
            assert_eq!((earlier.as_str(), session.as_str()), ("EARLIERR1A1", "s1"))
        }
        other => panic!("{other:?}"),
    }
    // Paid back in part it still counts, in full not.
    let back = |amount: &str| paid(json!({"refunded": true, "refund_amount": amount}));
    assert!(matches!(
        earlier(back("EUR:23")),
        Next::AlreadyBought { .. }
    ));
    assert!(matches!(earlier(back("EUR:23.90")), Next::Wait));
    for (name, value) in [
        ("fulfillment_url", json!("https://lecture.example/other")),
        ("fulfillment_url", json!(null)),
        ("extra", json!({"shopengine_mode": "live"})),
    ] {
        let mut terms = contract("EUR:23.90");
        terms[name] = value;
        assert!(
            matches!(earlier(paid(json!({"contract_terms": terms}))), Next::Wait),
            "{name}"
        );
    }
    // Paid in another session is claimed in this one.
    let claimed =
        json!({"order_status": "claimed", "contract_terms": contract("EUR:23.90")}).to_string();
    assert!(matches!(earlier(claimed), Next::Wait));
}

#[test]
fn an_order_that_the_backend_forgot_is_put_there_again_or_over() {
    let gone = r#"{"code": 2005, "hint": "order unknown"}"#;
    let again = step(MADE, false, Some(("status", 404, gone)), NOW).unwrap();
    assert_eq!(asked(&again).1, "order");
    assert_eq!(again.keep.as_deref(), Some("{}"));
    let over = step(MADE, false, Some(("status", 404, gone)), NOW + 90_000).unwrap();
    assert_eq!(over.verdicts[0].happened, Happened::Lapsed);
    // The instance is not there, or the token is wrong: nothing is decided by that.
    for (status, body) in [
        (404, r#"{"code":2000}"#),
        (404, ""),
        (401, "{}"),
        (403, "{}"),
        (302, ""),
        (304, ""),
        (200, "garbage"),
    ] {
        let error = step(MADE, false, Some(("status", status, body)), NOW).unwrap_err();
        assert_eq!(error.code(), "paymode_away", "{status} {body}");
    }
}

#[test]
fn a_refund_says_the_whole_sum_once_and_then_only_asks() {
    let euro = Money::parse("5.00", Currency::parse("EUR").unwrap()).unwrap();
    let body = Taler.refund(REFERENCE, euro, "rendu & repris").unwrap();
    let step = |kept: &str, said| message_step(Channel::Seller, &body, kept, false, said, NOW);
    let first = step(MADE, None).unwrap();
    let Next::Ask(ask, memo) = &first.next else {
        panic!()
    };
    assert_eq!(memo, "refund");
    assert_eq!(
        ask.url,
        "https://backend.example/instances/shop/private/orders/TU90QMLVYXD5UMZYUQR1A1/refund"
    );
    assert_eq!(ask.body, br#"{"refund":"EUR:5","reason":"rendu & repris"}"#);
    let uri = "taler://refund/backend.example/instances/shop/TU90QMLVYXD5UMZYUQR1A1/";
    let answer = json!({"taler_refund_uri": uri, "h_contract": "H"}).to_string();
    let granted = step(MADE, Some(("refund", 200, &answer))).unwrap();
    assert_eq!(asked(&granted).1, "ever");
    let keep = granted.keep.unwrap();
    let refund = Taler.refundable(&keep).unwrap();
    assert_eq!(
        (refund.granted.unwrap(), refund.uri.as_deref()),
        (euro, Some(uri))
    );
    // A second time, by a process that did not hear the first answer's fate: only the status is asked.
    assert_eq!(asked(&step(&keep, None).unwrap()).1, "ever");
    for (http, code) in [
        (401, "taler_not_authorised"),
        (403, "taler_refund_not_allowed"),
        (404, "taler_refund_unknown_order"),
        (409, "taler_refund_too_much"),
        (410, "taler_refund_too_late"),
        (451, "taler_legally_barred"),
        (502, "paymode_away"),
    ] {
        assert_eq!(
            step(MADE, Some(("refund", http, "{}"))).unwrap_err().code(),
            code
        );
    }
    let unpaid = json!({"order_status": "unpaid", "taler_pay_uri": URI}).to_string();
    assert_eq!(
        step(MADE, Some(("ever", 200, &unpaid))).unwrap_err().code(),
        "taler_refund_unpaid"
    );
    assert_eq!(
        step(MADE, Some(("ever", 404, r#"{"code":2005}"#)))
            .unwrap_err()
            .code(),
        "taler_refund_unknown_order"
    );
}

#[test]
fn a_webhook_is_a_hint_of_which_only_the_id_is_read() {
    let body = br#"{"order_id":"TU90QMLVYXD5UMZYUQR1A1","order_status":"paid","amount":"EUR:1"}"#;
    let first = message_step(Channel::Notification, body, MADE, false, None, NOW).unwrap();
    assert_eq!(asked(&first).1, "ever");
    let unpaid = json!({"order_status": "unpaid", "taler_pay_uri": URI}).to_string();
    let said = message_step(
        Channel::Notification,
        body,
        MADE,
        false,
        Some(("ever", 200, &unpaid)),
        NOW,
    )
    .unwrap();
    assert!(matches!(said.next, Next::Done) && said.verdicts.is_empty());
    for bad in [
        &b""[..],
        b"{}",
        b"[]",
        br#"{"order_id":7}"#,
        br#"{"order_id":"a/b"}"#,
        br#"{"order_id":""}"#,
        b"order_id=X",
    ] {
        let message = Message {
            channel: Channel::Notification,
            method: "POST",
            query: b"",
            body: bad,
            content_type: "",
        };
        assert!(Taler.about(&message).is_err(), "{bad:?}");
    }
    let get = Message {
        channel: Channel::Notification,
        method: "GET",
        query: b"",
        body,
        content_type: "",
    };
    assert!(Taler.about(&get).is_err());
}

#[test]
fn moments_are_read_in_seconds_old_milliseconds_or_never() {
    let read = |json: serde_json::Value| {
        let mut terms = contract("EUR:23.90");
        terms["pay_deadline"] = json;
        let body = json!({"order_status": "claimed", "contract_terms": terms}).to_string();
        match Status::read(body.as_bytes()) {
            Some(Status::Claimed(contract)) => Some(contract.pay_deadline),
            _ => None,
        }
    };
    assert_eq!(read(json!({"t_s": 5})), Some(Moment::At(5)));
    assert_eq!(read(json!({"t_ms": 5999})), Some(Moment::At(5)));
    assert_eq!(read(json!({"t_s": "never"})), Some(Moment::Never));
    assert_eq!(read(json!({"t_ms": "never"})), Some(Moment::Never));
    assert_eq!(read(json!({"t_s": u64::MAX})), Some(Moment::Never));
    assert_eq!(read(json!({"t_s": "soon"})), None);
    assert_eq!(read(json!({"t_s": 1.5})), None);
    assert_eq!(read(json!(5)), None);
    assert!(
        !Moment::Never.is_past(i64::MAX) && Moment::At(5).is_past(6) && !Moment::At(5).is_past(5)
    );
}

#[test]
fn addresses_and_tokens_are_taken_in_the_forms_that_the_backend_has() {
    let problem = |value: &str| Taler.settings()[0].problem(value);
    for good in [
        "https://b.example",
        "https://b.example/",
        "https://b.example/instances/shop/",
        "http://127.0.0.1:9966/",
    ] {
        assert_eq!(problem(good), None, "{good}");
    }
    for (bad, code) in [
        ("http://b.example/", "setting_url_not_https"),
        ("b.example", "setting_not_a_url"),
        (
            "https://b.example/instances/default/",
            "setting_taler_default_instance",
        ),
        (
            "https://b.example/instances/default",
            "setting_taler_default_instance",
        ),
        ("https://b.example/private/", "setting_taler_url_form"),
        ("https://b.example/config", "setting_taler_url_form"),
        ("https://b.example/?x=1", "setting_taler_url_form"),
        ("https://b.example/#x", "setting_taler_url_form"),
        ("https://user:pass@b.example/", "setting_taler_url_form"),
    ] {
        assert_eq!(problem(bad), Some(code), "{bad}");
    }
    let number = |at: usize, value: &str| Taler.settings()[at].problem(value);
    assert_eq!(
        (number(4, "72"), number(4, "0"), number(4, "x")),
        (
            None,
            Some("setting_out_of_range"),
            Some("setting_not_a_number")
        )
    );
    assert_eq!(
        (number(5, "0"), number(5, "366"), number(5, "+5")),
        (
            None,
            Some("setting_out_of_range"),
            Some("setting_not_a_number")
        )
    );
    for token in ["geheim", "secret-token:geheim"] {
        let backend = Backend::of(&settings(&[(TOKEN, token)]), false).unwrap();
        let headers = backend.create("{}").headers;
        assert_eq!(
            headers[1],
            ("Authorization", "Bearer secret-token:geheim".to_owned())
        );
    }
}

#[test]
fn tests_have_a_backend_of_their_own_where_one_is_named() {
    let base = |values: &[(&str, &str)], test| {
        Backend::of(&settings(values), test).map(|b| b.base().to_owned())
    };
    let two = [(TEST_URL, "https://test.example"), (TEST_TOKEN, "t")];
    assert_eq!(base(&two, true).unwrap(), "https://test.example/");
    assert_eq!(
        base(&two, false).unwrap(),
        "https://backend.example/instances/shop/"
    );
    assert_eq!(
        base(&[], true).unwrap(),
        "https://backend.example/instances/shop/"
    );
    assert!(base(&[(TEST_URL, "https://test.example")], true).is_err());
    let findings = self_check(
        &Taler,
        &settings(&[(TEST_URL, "https://test.example")]),
        UnixMillis::from_seconds(NOW),
    );
    assert_eq!(findings[0].setting, Some(TEST_TOKEN));
}
