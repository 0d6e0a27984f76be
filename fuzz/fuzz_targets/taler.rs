//! GNU Taler: whatever the backend answers, at each step of each way, is understood or refused; and nothing is paid but what it
//! says in full. The first byte chooses step and HTTP status, the rest is the body.
#![no_main]

#[path = "common.rs"]
mod common;

use libfuzzer_sys::fuzz_target;
use shopengine::clock::UnixMillis;
use shopengine::gateway::taler::amount::Amount;
use shopengine::gateway::{self, Answered, Attempt, Channel, Happened, Inquiry, Message, Next};

const STEPS: [&str; 8] = [
    "config", "order", "public", "status", "ever", "earlier EARLIERR1A1", "refund", "nonsense",
];
const STATUSES: [u16; 8] = [200, 402, 404, 409, 202, 403, 0, 500];

const REQUEST: &str = r#"{"order":{"order_id":"TU90QMLVYXD5UMZYUQR1A1","amount":"EUR:23.99","summary":"x","pay_deadline":{"t_s":1781611200},
    "extra":{"shopengine_mode":"test"},"fulfillment_url":"https://lecture.example/ebook"},"create_token":true}"#;

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    let settings = common::settings(&[
        ("taler_backend_url", "https://backend.example/"),
        ("taler_access_token", "geheim"),
    ]);
    let gateway = gateway::by_name("taler").expect("the interface is compiled in");
    let attempt = Attempt {
        reference: "TU90QMLVYXD5UMZYUQR1A1".to_owned(),
        number: 0,
        now: UnixMillis::from_seconds(1_781_524_800),
        request: REQUEST.to_owned(),
        kept: r#"{"made":true,"token":"T0KEN"}"#.to_owned(),
        version: 0,
    };
    let step = STEPS[usize::from(choice & 7)];
    let answer = Answered {
        status: STATUSES[usize::from(choice >> 3 & 7)],
        body: body.to_vec(),
        error: String::new(),
    };
    let seller = step == "refund" || choice & 64 != 0;
    let wish: &[u8] = b"reference=TU90QMLVYXD5UMZYUQR1A1&session=s1&refund=EUR%3A5";
    let message = Message {
        channel: if seller { Channel::Seller } else { Channel::Buyer },
        method: "POST",
        query: b"",
        body: wish,
        content_type: "",
    };
    let inquiry = Inquiry {
        settings: &settings,
        attempt: Some(&attempt),
        said: Some((step, &answer)),
        quick: choice & 128 != 0,
        now: UnixMillis::from_seconds(1_781_524_800),
    };
    if let Ok(progress) = gateway.proceed(&message, &inquiry) {
        for verdict in &progress.verdicts {
            if verdict.happened == Happened::Paid {
                let text = String::from_utf8_lossy(body);
                assert!(text.contains("paid") && answer.status == 200, "believed for nothing");
                let amount = verdict.amount.expect("a payment has an amount");
                assert!(!amount.is_negative());
                assert!(verdict.attention.is_some() || amount.to_string() == "23.99 EUR");
            }
        }
        if let Next::Ask(ask, memo) = &progress.next {
            assert!(ask.url.starts_with("https://backend.example/"), "{}", ask.url);
            assert!(memo.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '));
        }
        if let Some(kept) = &progress.keep {
            assert!(!kept.contains("javascript:"));
        }
    }
    // A webhook's own bytes prove nothing.
    common::read("taler", &settings, body, false);
    let hook = Message {
        channel: Channel::Notification,
        body,
        ..message
    };
    if let Ok(Some(id)) = gateway.about(&hook) {
        assert!(!id.contains('/') && !id.is_empty());
    }
    if let Ok(text) = std::str::from_utf8(body)
        && let Some(amount) = Amount::parse(text)
    {
        assert_eq!(Amount::parse(&amount.to_string()), Some(amount));
    }
});
