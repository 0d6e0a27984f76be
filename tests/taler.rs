//! GNU Taler against orders: the calls that a page, a webhook and cron make, what they do in which order, and what is left when a
//! process dies between two of them. What one message does alone is in `fixtures/taler`.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use std::cell::RefCell;
use std::collections::BTreeMap;

use common::*;
use serde_json::{Value as Json, json};
use shopengine::domain::transaction_id::TransactionId;
use shopengine::engine::{Buyer, Taken};
use shopengine::front::{Answer, Asked, Call, Kind, Request, Session, handle};
use shopengine::gateway::Answered;

const VIEW: &str = "/local/shop/front/view.php";
const PROCESS: &str = "/local/shop/paymodes/taler/process.php";
const WEBHOOK: &str = "/local/shop/paymodes/taler/webhook.php";

/// As much of a merchant backend as these tests need.
#[derive(Default)]
struct Backend {
    orders: BTreeMap<String, Order>,
    asked: Vec<String>,
    down: bool,
}

#[derive(Default)]
struct Order {
    body: Json,
    paid: bool,
    session: String,
    granted: u32,
    taken: u32,
}

impl Backend {
    fn answer(&mut self, call: &Call) -> Answered {
        let path = call.url.strip_prefix("https://backend.example/").unwrap();
        self.asked.push(format!("{} {path}", call.method));
        let (status, body) = if self.down {
            (0, Json::Null)
        } else {
            self.say(call.method, path, call.body.as_slice())
        };
        Answered {
            status,
            body: body.to_string().into(),
            error: String::new(),
        }
    }

    fn say(&mut self, method: &str, path: &str, body: &[u8]) -> (u16, Json) {
        let url = url::Url::parse(&format!("https://x/{path}")).unwrap();
        let query: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
        let session = query.get("session_id").cloned().unwrap_or_default();
        let parts: Vec<&str> = url.path_segments().unwrap().collect();
        let body: Json = serde_json::from_slice(body).unwrap_or_default();
        match (method, parts.as_slice()) {
            ("GET", ["config"]) => (
                200,
                json!({"name": "taler-merchant", "version": "20:0:8", "currency": "EUR"}),
            ),
            ("POST", ["private", "orders"]) => {
                let id = body["order"]["order_id"].as_str().unwrap().to_owned();
                let order = self.orders.entry(id.clone()).or_default();
                if !order.body.is_null() && order.body != body {
                    return (409, json!({"code": 2503}));
                }
                order.body = body;
                (200, json!({"order_id": id, "token": "T0KEN"}))
            }
            ("POST", ["private", "orders", id, "refund"]) => {
                let total = body["refund"]
                    .as_str()
                    .unwrap()
                    .strip_prefix("EUR:")
                    .unwrap();
                let cents = (total.parse::<f64>().unwrap() * 100.0).round() as u32;
                let order = self.orders.get_mut(*id).unwrap();
                order.granted = order.granted.max(cents);
                let uri = format!("taler://refund/backend.example/{id}/");
                (200, json!({"taler_refund_uri": uri, "h_contract": "H"}))
            }
            ("GET", ["private", "orders", id]) if self.orders.contains_key(*id) => {
                (200, self.private(id, &session))
            }
            ("GET", ["orders", id]) if self.orders.contains_key(*id) => {
                let order = &self.orders[*id];
                if order.paid && (session.is_empty() || session == order.session) {
                    return (200, json!({"refunded": false}));
                }
                (402, self.open(id, &session))
            }
            _ => (404, json!({"code": 2005})),
        }
    }

    fn open(&self, id: &str, session: &str) -> Json {
        let url = &self.orders[id].body["order"]["fulfillment_url"];
        let already = self.orders.iter().find(|(other, order)| {
            *other != id
                && order.paid
                && order.session == session
                && !session.is_empty()
                && order.body["order"]["fulfillment_url"] == *url
                && url.is_string()
        });
        let mut open =
            json!({"taler_pay_uri": format!("taler://pay/backend.example/{id}/{session}?c=T0KEN")});
        if let Some((other, _)) = already {
            open["already_paid_order_id"] = json!(other);
        }
        open
    }

    fn private(&self, id: &str, session: &str) -> Json {
        let order = &self.orders[id];
        let mut terms = order.body["order"].clone();
        terms["refund_deadline"] = json!({"t_s": NOW + 15 * 86_400});
        if !order.paid {
            let mut open = self.open(id, session);
            open["order_status"] = json!("unpaid");
            open["total_amount"] = terms["amount"].clone();
            return open;
        }
        if !session.is_empty() && session != order.session {
            return json!({"order_status": "claimed", "contract_terms": terms});
        }
        let euro = |cents: u32| format!("EUR:{}.{:02}", cents / 100, cents % 100);
        json!({
            "order_status": "paid", "contract_terms": terms, "refunded": order.granted > 0,
            "refund_pending": order.granted > order.taken, "refund_amount": euro(order.granted),
            "refund_details": [
                {"pending": false, "amount": euro(order.taken), "reason": "r"},
                {"pending": true, "amount": euro(order.granted - order.taken), "reason": "r"},
            ],
        })
    }
}

/// A shop with a browser in it.
struct Site {
    bench: Bench,
    backend: RefCell<Backend>,
}

struct Browser {
    buyer: Buyer,
    session: Session,
}

impl Browser {
    fn new() -> Self {
        Self::of(guest())
    }

    fn of(buyer: Buyer) -> Self {
        let session = Session {
            key: buyer.session_key.clone(),
            shopid: 1,
            ..Session::default()
        };
        Self { buyer, session }
    }
}

impl Site {
    fn new() -> Self {
        let bench = Bench::new();
        bench.set("taler_backend_url", "https://backend.example");
        bench.set("taler_access_token", "geheim");
        Self {
            bench,
            backend: RefCell::default(),
        }
    }

    fn place(&self, browser: &Browser, product: &str) -> TransactionId {
        let placed = self
            .bench
            .place(&cart(&[(product, 1)]), &browser.buyer, "taler")
            .unwrap();
        placed.transid
    }

    /// A request; the process dies when it would make a call more than `calls`.
    fn ask(&self, browser: &mut Browser, mut request: Request, calls: usize) -> Option<Answer> {
        request.wwwroot = "https://shop.example".into();
        request.https = true;
        request.sesskey = "key".into();
        request.user = browser.buyer.user.clone();
        for _ in 0..=calls {
            request.session = browser.session.clone();
            let answer = handle(&self.bench.engine, &request);
            if !answer.session.is_null() {
                browser.session = serde_json::from_value(answer.session.clone()).unwrap();
            }
            let Some(call) = &answer.ask else {
                return Some(answer);
            };
            assert_eq!(answer.kind, Kind::Ask);
            request.asked = Some(Asked {
                token: call.token.clone(),
                answer: self.backend.borrow_mut().answer(call),
            });
        }
        None
    }

    fn get(&self, browser: &mut Browser, script: &str, query: &str) -> Answer {
        self.ask(browser, request("GET", script, query, b""), 9)
            .unwrap()
    }

    fn page(&self, browser: &mut Browser, order: &TransactionId) -> Answer {
        self.get(browser, VIEW, &format!("view=payment&{}", naming(order)))
    }

    fn poll(&self, browser: &mut Browser, order: &TransactionId) -> Option<String> {
        let answer = self.get(browser, PROCESS, &format!("{}&poll=1", naming(order)));
        let said: Json = serde_json::from_str(&answer.body).unwrap();
        said["url"].as_str().map(str::to_owned)
    }

    fn webhook(&self, body: &str, secret: &str) -> Answer {
        let mut hook = request("POST", WEBHOOK, "", body.as_bytes());
        hook.secret = secret.into();
        self.ask(&mut Browser::new(), hook, 9).unwrap()
    }

    /// Cron, so many milliseconds later.
    fn cron(&self, later: i64) {
        self.bench.clock.advance(later);
        let engine = &self.bench.engine;
        engine.resume_inbox(10).unwrap();
        for asking in engine.asks(10).unwrap() {
            let mut call = Call::from(asking);
            loop {
                let answer = self.backend.borrow_mut().answer(&call);
                match engine.answered(&call.token, &answer) {
                    Ok(Taken::Ask(next)) => call = Call::from(next),
                    _ => break,
                }
            }
        }
    }

    /// The wallet pays an order in a session.
    fn pay(&self, order: &TransactionId, browser: &Browser) -> String {
        let id = reference(order);
        let mut backend = self.backend.borrow_mut();
        let known = backend.orders.get_mut(&id).unwrap();
        (known.paid, known.session) = (true, browser.buyer.session_id());
        id
    }

    fn status(&self, order: &TransactionId) -> &'static str {
        self.bench.status(order)
    }

    fn asked(&self) -> usize {
        self.backend.borrow().asked.len()
    }

    fn refund(
        &self,
        staff: &mut Browser,
        order: &TransactionId,
        amount: &str,
        so_far: &str,
    ) -> Answer {
        let body = format!(
            "what=refund&sesskey=key&{}&amount={amount}&sofar={so_far}&reason=x",
            naming(order)
        );
        let post = request("POST", "/local/shopengine/orders.php", "", body.as_bytes());
        self.ask(staff, post, 9).unwrap()
    }

    fn deliveries(&self) -> i64 {
        self.bench
            .count("SELECT COUNT(*) AS n FROM {local_shopengine_outbox} WHERE kind = 'deliver'")
    }

    fn check(&self) {
        check_laws(self.bench.db());
    }
}

fn request(method: &str, script: &str, query: &str, body: &[u8]) -> Request {
    Request {
        method: method.into(),
        script: script.into(),
        query: query.into(),
        body: body.into(),
        content_type: "application/x-www-form-urlencoded".into(),
        ..Request::default()
    }
}

fn reference(order: &TransactionId) -> String {
    format!("{}R1A1", order.as_str().trim_end_matches('='))
}

fn said(browser: &Browser) -> Vec<String> {
    let notices = browser.session.notices.iter();
    notices.map(|notice| notice.code.clone()).collect()
}

#[test]
fn an_order_is_put_to_the_backend_once_and_its_page_has_link_and_code() {
    let (site, mut browser) = (Site::new(), Browser::new());
    let order = site.place(&browser, "monproduit");
    let page = site.page(&mut browser, &order);
    assert_eq!((page.status, page.page), (200, "payment"));
    let (id, session) = (reference(&order), browser.buyer.session_id());
    assert_eq!(
        site.backend.borrow().asked,
        [
            "GET config".to_owned(),
            "POST private/orders".into(),
            format!("GET private/orders/{id}?session_id={session}")
        ]
    );
    let widget = &page.data["widget"];
    assert_eq!(
        widget["link"]["uri"],
        json!(format!(
            "taler://pay/backend.example/{id}/{session}?c=T0KEN"
        ))
    );
    assert!(widget["link"]["qr"]["path"].is_string());
    assert!(
        widget["watch"]
            .as_str()
            .unwrap()
            .contains("/process.php?transid=")
    );
    assert_eq!(widget["instructions"]["params"]["amount"], "€23.99");
    // Looked at again it asks nobody.
    site.page(&mut browser, &order);
    assert_eq!(site.asked(), 3);
    // The claim token is kept with the try, and used when the page asks.
    assert_eq!(site.poll(&mut browser, &order), None);
    assert!(site.backend.borrow().asked[3].starts_with(&format!(
        "GET orders/{id}?token=T0KEN&session_id={session}&timeout_ms="
    )));
    site.check();
}

#[test]
fn who_only_asks_what_would_be_said_puts_no_order_anywhere() {
    let (site, mut browser) = (Site::new(), Browser::new());
    let order = site.place(&browser, "monproduit");
    let head = request(
        "HEAD",
        VIEW,
        &format!("view=payment&{}", naming(&order)),
        b"",
    );
    let page = site.ask(&mut browser, head, 0).unwrap();
    assert_eq!((page.status, site.asked()), (200, 0));
}

#[test]
fn a_payment_is_found_by_the_page_the_button_the_webhook_and_by_cron() {
    for way in ["page", "button", "webhook", "cron", "another device"] {
        let (site, mut browser) = (Site::new(), Browser::of(jean()));
        let order = site.place(&browser, "monproduit");
        site.page(&mut browser, &order);
        let id = site.pay(&order, &browser);
        match way {
            "page" => assert!(
                site.poll(&mut browser, &order)
                    .unwrap()
                    .contains("view=produce")
            ),
            "button" => assert!(
                site.get(&mut browser, PROCESS, &naming(&order))
                    .location
                    .contains("view=produce")
            ),
            "webhook" => assert_eq!(
                site.webhook(&format!(r#"{{"order_id":"{id}"}}"#), "").body,
                "OK"
            ),
            "cron" => site.cron(61_000),
            // Another device of the same account, whose session the wallet never saw.
            _ => {
                let mut device = Browser::of(jean());
                let answer = site.get(&mut device, PROCESS, &naming(&order));
                assert!(
                    answer.location.contains("view=produce"),
                    "{}",
                    answer.location
                );
            }
        }
        assert_eq!(site.status(&order), "SOLDOUT", "{way}");
        // Told in all other ways as well it is the same payment.
        site.webhook(&format!(r#"{{"order_id":"{id}"}}"#), "");
        site.poll(&mut browser, &order);
        site.cron(61_000);
        assert_eq!(
            (site.status(&order), site.deliveries()),
            ("SOLDOUT", 1),
            "{way}"
        );
        site.check();
    }
}

#[test]
fn a_backend_that_is_away_is_a_sentence_and_nothing_is_lost() {
    let (site, mut browser) = (Site::new(), Browser::new());
    let order = site.place(&browser, "monproduit");
    site.backend.borrow_mut().down = true;
    let page = site.page(&mut browser, &order);
    assert_eq!((page.status, page.page), (503, "payment"));
    assert_eq!(page.data["notices"][0]["code"], "paymode_away");
    assert_eq!(page.data["widget"]["forms"][0]["submit"], "paymode_retry");
    assert!(page.data["widget"]["link"].is_null());
    // A page that asks every few seconds uses nobody's patience up.
    let query = format!("{}&poll=1&bare=1", naming(&order));
    for _ in 0..150 {
        let answer = site.get(&mut browser, PROCESS, &query);
        assert_eq!(answer.body, r#"{"url":null}"#);
    }
    assert_eq!(site.status(&order), "PLACED");
    site.backend.borrow_mut().down = false;
    site.cron(61_000);
    let before = site.asked();
    let page = site.page(&mut browser, &order);
    assert_eq!((page.status, site.asked()), (200, before));
    assert!(page.data["widget"]["link"].is_object());
    // The page that was drawn without a link is told to come again.
    assert!(
        site.get(&mut browser, PROCESS, &query)
            .body
            .contains("view=payment")
    );
    // Away while it is paid: the button says so, cron finds it.
    site.pay(&order, &browser);
    site.backend.borrow_mut().down = true;
    let answer = site.get(&mut browser, PROCESS, &naming(&order));
    assert!(answer.location.contains("view=payment"));
    assert_eq!(said(&browser), ["paymode_away"]);
    site.backend.borrow_mut().down = false;
    site.cron(61_000);
    assert_eq!(site.status(&order), "SOLDOUT");
    site.check();
}

#[test]
fn a_process_that_dies_between_any_two_calls_loses_nothing() {
    for dies in 0..4 {
        let (site, mut browser) = (Site::new(), Browser::new());
        let order = site.place(&browser, "monproduit");
        let page = request(
            "GET",
            VIEW,
            &format!("view=payment&{}", naming(&order)),
            b"",
        );
        site.ask(&mut browser, page, dies);
        site.cron(61_000);
        site.cron(61_000);
        assert!(
            site.page(&mut browser, &order).data["widget"]["link"].is_object(),
            "{dies}"
        );
        assert_eq!(site.backend.borrow().orders.len(), 1);
        let id = site.pay(&order, &browser);
        for script in [PROCESS, WEBHOOK] {
            let ask = if script == PROCESS {
                request("GET", script, &format!("{}&poll=1", naming(&order)), b"")
            } else {
                request(
                    "POST",
                    script,
                    "",
                    format!(r#"{{"order_id":"{id}"}}"#).as_bytes(),
                )
            };
            site.ask(&mut browser, ask, dies.min(1));
        }
        site.cron(61_000);
        site.cron(61_000);
        assert_eq!(
            (site.status(&order), site.deliveries()),
            ("SOLDOUT", 1),
            "{dies}"
        );
        site.check();
    }
}

#[test]
fn who_leaves_for_another_way_may_still_pay_here() {
    let (site, mut browser) = (Site::new(), Browser::new());
    let order = site.place(&browser, "monproduit");
    site.page(&mut browser, &order);
    browser.session.cart.transid = Some(order.clone());
    let answer = site.get(
        &mut browser,
        "/local/shop/paymodes/taler/cancel.php",
        &naming(&order),
    );
    assert!(
        answer.location.contains("view=order"),
        "{}",
        answer.location
    );
    assert_eq!(said(&browser), ["choose_another_way"]);
    assert_eq!(site.status(&order), "PLACED");
    // A stranger learns nothing and is told so on a page.
    let mut stranger = Browser::new();
    for script in [PROCESS, "/local/shop/paymodes/taler/cancel.php"] {
        let answer = site.get(&mut stranger, script, &naming(&order));
        assert_eq!((answer.status, answer.page), (404, "error"), "{script}");
    }
    assert_eq!(site.asked(), 3);
    site.pay(&order, &browser);
    site.cron(61_000);
    assert_eq!(site.status(&order), "SOLDOUT");
}

#[test]
fn after_the_deadline_there_is_a_new_try_and_the_sweep_takes_what_nobody_pays() {
    let (site, mut browser) = (Site::new(), Browser::new());
    let order = site.place(&browser, "monproduit");
    site.page(&mut browser, &order);
    site.bench.clock.advance(86_400_000 + 301_000);
    let moved = site.page(&mut browser, &order);
    assert!(moved.location.contains("view=payment"));
    let page = site.page(&mut browser, &order);
    let uri = page.data["widget"]["link"]["uri"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(uri.contains("R1A2/"), "{uri}");
    assert_eq!(site.status(&order), "PLACED");
    // As long as the backend may still be paid, the order is not swept; and nobody else's is kept by that.
    site.bench.clock.advance(3 * 3_600_000);
    assert_eq!(site.bench.engine.sweep(1, 10).unwrap(), 0);
    let left = site.place(&Browser::new(), "monproduit");
    site.bench.clock.advance(2 * 3_600_000);
    assert_eq!(site.bench.engine.sweep(1, 10).unwrap(), 1);
    assert_eq!(site.status(&left), "CANCELLED");
    site.cron(90_000_000);
    site.bench.clock.advance(2 * 3_600_000);
    assert_eq!(site.bench.engine.sweep(1, 10).unwrap(), 1);
    assert_eq!(site.status(&order), "CANCELLED");
    site.check();
}

#[test]
fn cron_asks_as_long_as_the_backend_answers_that_it_waits() {
    let (site, mut browser) = (Site::new(), Browser::new());
    site.bench.set("taler_pay_hours", "72");
    let order = site.place(&browser, "monproduit");
    site.page(&mut browser, &order);
    for _ in 0..71 {
        site.cron(3_600_000);
    }
    let id = site.pay(&order, &browser);
    site.cron(3_600_001);
    assert_eq!(site.status(&order), "SOLDOUT");
    // A refund may wait for its wallet as long as the contract says.
    let mut staff = Browser::of(staff());
    site.refund(&mut staff, &order, "23.99", "0");
    for _ in 0..150 {
        site.cron(3_600_001);
    }
    site.backend.borrow_mut().orders.get_mut(&id).unwrap().taken = 2399;
    site.cron(3_600_001);
    assert_eq!(site.status(&order), "PAYBACK");
}

#[test]
fn the_wallet_replays_its_payment_for_a_second_browser() {
    let (site, mut first, mut second) = (Site::new(), Browser::new(), Browser::new());
    let bought = site.place(&first, "ebook");
    site.page(&mut first, &bought);
    let id = site.pay(&bought, &first);
    assert!(site.poll(&mut first, &bought).is_some());
    // The second browser knows nothing of it until the wallet has proven its payment for the second session.
    let order = site.place(&second, "ebook");
    site.page(&mut second, &order);
    assert_eq!(site.poll(&mut second, &order), None);
    site.backend
        .borrow_mut()
        .orders
        .get_mut(&id)
        .unwrap()
        .session = second.buyer.session_id();
    assert_eq!(
        site.poll(&mut second, &order).as_deref(),
        Some("https://lecture.example/ebook")
    );
    assert_eq!(site.status(&order), "CANCELLED");
    assert_eq!(said(&second), ["already_bought"]);
    assert_eq!(site.status(&bought), "SOLDOUT");
    assert!(site.bench.log().contains("already bought by order"));
    // From now on the second session owns it: nothing is even put to the backend.
    let asked = site.asked();
    let again = site
        .bench
        .place(&cart(&[("ebook", 1)]), &second.buyer, "taler")
        .unwrap();
    assert!(again.bought.is_some());
    assert_eq!(site.asked(), asked);
    site.check();
}

#[test]
fn the_button_finds_a_replay_too_and_a_crash_on_the_way_changes_nothing() {
    let (site, mut first, mut second) = (Site::new(), Browser::new(), Browser::new());
    let bought = site.place(&first, "ebook");
    site.page(&mut first, &bought);
    let id = site.pay(&bought, &first);
    site.poll(&mut first, &bought);
    let order = site.place(&second, "ebook");
    site.page(&mut second, &order);
    site.backend
        .borrow_mut()
        .orders
        .get_mut(&id)
        .unwrap()
        .session = second.buyer.session_id();
    // Dies while it asks about the earlier order.
    site.ask(
        &mut second,
        request("GET", PROCESS, &naming(&order), b""),
        1,
    );
    assert_eq!(site.status(&order), "PLACED");
    let answer = site.get(&mut second, PROCESS, &naming(&order));
    assert_eq!(answer.location, "https://lecture.example/ebook");
    assert_eq!(site.status(&order), "CANCELLED");
    site.check();
}

#[test]
fn an_earlier_order_that_is_not_as_it_must_be_stands_for_nothing() {
    // Paid at the backend, but the shop has no such order; and one that was paid back.
    let (site, mut first, mut second) = (Site::new(), Browser::new(), Browser::new());
    let bought = site.place(&first, "ebook");
    site.page(&mut first, &bought);
    let id = site.pay(&bought, &first);
    let order = site.place(&second, "ebook");
    site.page(&mut second, &order);
    site.backend
        .borrow_mut()
        .orders
        .get_mut(&id)
        .unwrap()
        .session = second.buyer.session_id();
    // The shop has not heard of the payment yet: the earlier order is not paid here.
    assert_eq!(site.poll(&mut second, &order), None);
    assert_eq!(site.status(&order), "PLACED");
    site.webhook(&format!(r#"{{"order_id":"{id}"}}"#), "");
    {
        let mut backend = site.backend.borrow_mut();
        let earlier = backend.orders.get_mut(&id).unwrap();
        (earlier.granted, earlier.taken) = (844, 844);
    }
    assert_eq!(site.poll(&mut second, &order), None);
    assert_eq!(site.status(&order), "PLACED");
    {
        let mut backend = site.backend.borrow_mut();
        let mut earlier = backend.orders.remove(&id).unwrap();
        (earlier.granted, earlier.taken) = (0, 0);
        backend.orders.insert("ELSEWHERE".into(), earlier);
    }
    site.get(&mut second, PROCESS, &naming(&order));
    assert_eq!(said(&second), ["bought_elsewhere"]);
    assert_eq!(site.status(&order), "PLACED");
    site.check();
}

#[test]
fn a_refund_waits_for_the_wallet_and_counts_when_the_backend_says_so() {
    let (site, mut browser, mut staff) = (Site::new(), Browser::new(), Browser::of(staff()));
    let order = site.place(&browser, "monproduit");
    site.page(&mut browser, &order);
    let id = site.pay(&order, &browser);
    site.poll(&mut browser, &order);
    site.refund(&mut staff, &order, "5.00", "0");
    assert_eq!(said(&staff), ["refund_waiting"]);
    let refunded = |site: &Site| {
        site.bench
            .text("SELECT refunded AS t FROM {local_shopengine_settlement} WHERE state <> 'refund'")
    };
    assert_eq!(
        (site.status(&order), refunded(&site).as_str()),
        ("SOLDOUT", "0")
    );
    let page = site.get(
        &mut browser,
        VIEW,
        &format!("view=produce&{}", naming(&order)),
    );
    let page = if page.kind == Kind::Drain {
        site.bench.drain();
        site.get(
            &mut browser,
            VIEW,
            &format!("view=produce&{}", naming(&order)),
        )
    } else {
        page
    };
    assert_eq!(
        page.data["refund"]["uri"],
        json!(format!("taler://refund/backend.example/{id}/"))
    );
    assert_eq!(page.data["refund"]["amount"]["amount"], "5.00");
    let letter = "SELECT COUNT(*) AS n FROM {local_shopengine_outbox} WHERE kind = 'mail' AND payload LIKE '%taler://refund/%5.00 EUR%'
        OR payload LIKE '%5.00 EUR%taler://refund/%'";
    assert_eq!(site.bench.count(letter), 1);
    // A second press of the same button, and one by somebody who did not see the first, pay nothing more.
    staff.session.notices.clear();
    site.refund(&mut staff, &order, "5.00", "0");
    assert_eq!(said(&staff), ["refund_changed"]);
    assert_eq!(site.backend.borrow().orders[&id].granted, 500);
    // The wallet fetches it; cron hears of it.
    site.backend.borrow_mut().orders.get_mut(&id).unwrap().taken = 500;
    site.cron(61_000);
    assert_eq!(
        (site.status(&order), refunded(&site).as_str()),
        ("COMPLETE", "5.00")
    );
    site.cron(3_600_001);
    assert_eq!(refunded(&site), "5.00");
    assert_eq!(site.bench.count(letter), 1);
    for (amount, so_far, code) in [
        ("19.00", "5.00", "refund_too_much"),
        ("0", "5.00", "refund_amount_wrong"),
        ("x", "5", "refund_amount_wrong"),
    ] {
        staff.session.notices.clear();
        site.refund(&mut staff, &order, amount, so_far);
        assert_eq!(said(&staff), [code]);
    }
    // Raised by the backend's own hand and told by its webhook, in two parts: what it says is the sum.
    let hook = format!(r#"{{"order_id":"{id}","event":"refund"}}"#);
    for (cents, status, sum) in [(1200, "COMPLETE", "12.00"), (2399, "PAYBACK", "23.99")] {
        {
            let mut backend = site.backend.borrow_mut();
            let paid = backend.orders.get_mut(&id).unwrap();
            (paid.granted, paid.taken) = (cents, cents);
        }
        site.webhook(&hook, "");
        assert_eq!(
            (site.status(&order), refunded(&site).as_str()),
            (status, sum)
        );
    }
    site.webhook(&hook, "");
    site.check();
}

#[test]
fn the_same_webhook_means_something_new_each_time() {
    let (site, mut browser) = (Site::new(), Browser::new());
    let order = site.place(&browser, "monproduit");
    site.page(&mut browser, &order);
    let id = site.pay(&order, &browser);
    let hook = format!(r#"{{"order_id":"{id}"}}"#);
    site.webhook(&hook, "");
    site.backend
        .borrow_mut()
        .orders
        .get_mut(&id)
        .unwrap()
        .granted = 1000;
    site.webhook(&hook, "");
    assert_eq!(site.status(&order), "SOLDOUT");
    // Granted and not fetched: cron goes on asking without being told again.
    site.backend.borrow_mut().orders.get_mut(&id).unwrap().taken = 1000;
    site.cron(61_000);
    let refunded =
        "SELECT COUNT(*) AS n FROM {local_shopengine_settlement} WHERE refunded = '10.00'";
    assert_eq!(site.bench.count(refunded), 1);
    site.check();
}

#[test]
fn a_refund_that_the_backend_did_not_hear_is_tried_again_once() {
    let (site, mut browser, mut staff) = (Site::new(), Browser::new(), Browser::of(staff()));
    let order = site.place(&browser, "monproduit");
    site.page(&mut browser, &order);
    let id = site.pay(&order, &browser);
    site.poll(&mut browser, &order);
    site.backend.borrow_mut().down = true;
    site.refund(&mut staff, &order, "23.99", "0");
    assert_eq!(said(&staff), ["refund_delayed"]);
    site.backend.borrow_mut().down = false;
    site.cron(61_000);
    site.backend.borrow_mut().orders.get_mut(&id).unwrap().taken = 2399;
    site.cron(61_000);
    assert_eq!(site.status(&order), "PAYBACK");
    assert_eq!(site.backend.borrow().orders[&id].granted, 2399);
    let posts = site
        .backend
        .borrow()
        .asked
        .iter()
        .filter(|call| call.ends_with("/refund"))
        .count();
    // Once in vain, once heard.
    assert_eq!(posts, 2);
    // A buyer has no such button.
    let body = format!(
        "what=refund&sesskey=key&{}&amount=1&sofar=0",
        naming(&order)
    );
    let post = request("POST", "/local/shopengine/orders.php", "", body.as_bytes());
    assert_eq!(site.ask(&mut browser, post, 0).unwrap().status, 403);
    site.check();
}

#[test]
fn a_webhook_needs_the_secret_where_one_was_agreed_upon() {
    let (site, mut browser) = (Site::new(), Browser::new());
    let order = site.place(&browser, "monproduit");
    site.page(&mut browser, &order);
    let id = site.pay(&order, &browser);
    site.bench.set("taler_webhook_secret", "s3same");
    let hook = format!(r#"{{"order_id":"{id}"}}"#);
    for wrong in ["", "s3sam", "s3same ", "S3SAME"] {
        let answer = site.webhook(&hook, wrong);
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (403, "webhook_secret_wrong")
        );
    }
    assert_eq!(site.status(&order), "PLACED");
    assert_eq!(site.webhook(&hook, "s3same").body, "OK");
    assert_eq!(site.status(&order), "SOLDOUT");
    // Whose backend serves other shops too is told about their orders.
    let foreign = site.webhook(r#"{"order_id":"2026.166-SOMEBODYS"}"#, "s3same");
    assert_eq!(
        (foreign.status, foreign.body.as_str()),
        (200, "unknown_order")
    );
    assert_eq!(site.webhook("order_id=x", "s3same").status, 400);
}

#[test]
fn an_order_of_another_revision_is_another_order_at_the_backend() {
    let (site, mut browser) = (Site::new(), Browser::new());
    let mut basket = cart(&[("monproduit", 1)]);
    let order = site
        .bench
        .place(&basket, &browser.buyer, "taler")
        .unwrap()
        .transid;
    site.page(&mut browser, &order);
    basket = {
        let mut changed = cart(&[("monproduit", 2)]);
        changed.transid = basket.transid;
        changed
    };
    site.bench.place(&basket, &browser.buyer, "taler").unwrap();
    let page = site.page(&mut browser, &order);
    assert!(
        page.data["widget"]["link"]["uri"]
            .as_str()
            .unwrap()
            .contains("R2A1/")
    );
    // The old one is paid all the same: held and told, never taken for the new one.
    site.pay(&order, &browser);
    site.cron(61_000);
    assert_eq!(site.status(&order), "PLACED");
    assert_eq!(
        site.bench.order(&order).held.as_deref(),
        Some("older_revision")
    );
    site.check();
}

#[test]
fn without_settings_it_is_not_offered_and_a_wrong_backend_is_a_sentence() {
    let bench = Bench::new();
    let refused = bench.place(&cart(&[("monproduit", 1)]), &guest(), "taler");
    assert_eq!(code(refused), "paymode_not_allowed");
    let (site, mut browser) = (Site::new(), Browser::new());
    let order = site.place(&browser, "monproduit");
    // Somebody else's order under this id, of another amount: a try under another name follows.
    let foreign = Order {
        body: json!({"order": {"order_id": reference(&order), "amount": "EUR:1", "pay_deadline": {"t_s": NOW + 9}}}),
        ..Order::default()
    };
    site.backend
        .borrow_mut()
        .orders
        .insert(reference(&order), foreign);
    assert!(
        site.page(&mut browser, &order)
            .location
            .contains("view=payment")
    );
    let page = site.page(&mut browser, &order);
    assert!(
        page.data["widget"]["link"]["uri"]
            .as_str()
            .unwrap()
            .contains("R1A2/")
    );
}
