//! Where what was bought is found, and that a buyer is not charged for what he owns. Tests of a sentence of GNU Taler's tutorial on
//! repurchase detection and fulfilment addresses (sections 3.1.5.1 to 3.1.5.4) stand under its section.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use common::browser::{Browser, VIEW};
use common::*;
use shopengine::database::{Database as _, Value};
use shopengine::domain::cart::Cart;
use shopengine::domain::fulfillment::{FulfillmentMessage, FulfillmentUrl, ProductFulfillment};
use shopengine::domain::state::BillStatus;
use shopengine::domain::transaction_id::TransactionId;
use shopengine::engine::{Bought, Buyer, Engine, Placed};
use shopengine::front::{Answer, Kind, Request};

const PRODUCTS: &str = "/local/shopengine/products.php";
const EBOOK: &str = "https://lecture.example/ebook";

/// Products of the demo shop.
const MONPRODUIT: i64 = 1;
const LIVRE: i64 = 2;
const EBOOK_ID: i64 = 5;

// Section 3.1.5.1: the message

#[test]
fn the_message_is_any_utf8_text_that_the_buyer_sees_after_the_purchase() {
    let bench = Bench::new();
    let text = "Merci ! 📖 ありがとう\n« À bientôt » <b>";
    give(&bench, LIVRE, "", text);
    let (placed, _) = buy_unpaid(&bench, "livre", &guest());
    assert!(view(&bench, &placed).links.is_empty());
    bench.pay(&placed.transid);
    let links = view(&bench, &placed).links;
    assert_eq!(links.len(), 1);
    assert_eq!(
        (links[0].url.as_str(), links[0].message.as_str()),
        ("", text)
    );
}

#[test]
fn messages_are_used_when_the_seller_has_no_address_to_redirect_to() {
    let bench = Bench::new();
    give(&bench, LIVRE, "", "Merci");
    let (placed, _) = buy_unpaid(&bench, "livre", &guest());
    let own = bench.order(&placed.transid).fulfillment;
    assert_eq!((own.url(), own.message()), (None, "Merci"));
    // With neither, a wallet is given the order's page.
    let (bare, _) = buy_unpaid(&bench, "monproduit", &guest());
    let page = "https://shop.example/local/shop/front/view.php?view=produce";
    let own = bench.order(&bare.transid).fulfillment;
    assert!(own.is_empty());
    assert_eq!(own.or_page(page).url(), Some(page));
}

#[test]
fn the_seller_is_warned_that_wallets_read_the_message_before_the_purchase() {
    for (language, word) in [("en", "secret"), ("fr", "secret")] {
        let path = format!(
            "{}/php/local/shopengine/lang/{language}/local_shopengine.php",
            env!("CARGO_MANIFEST_DIR")
        );
        let strings = std::fs::read_to_string(path).unwrap();
        for key in ["products_no_secret", "field_fulfillmentmessage_about"] {
            let line = strings
                .lines()
                .find(|line| line.contains(&format!("['{key}']")));
            assert!(line.unwrap().contains(word), "{language} {key}");
        }
    }
    let page = format!(
        "{}/php/local/shopengine/templates/products.php",
        env!("CARGO_MANIFEST_DIR")
    );
    assert!(
        std::fs::read_to_string(page)
            .unwrap()
            .contains("products_no_secret")
    );
}

// Section 3.1.5.2: the address

#[test]
fn the_address_refers_to_a_website_beginning_with_http_or_https() {
    let bench = Bench::new();
    let mut admin = Browser::of(&bench, user(2, "admin@example.org", true));
    for wrong in [
        "ftp://a.example/x",
        "javascript:alert(1)",
        "/ebook",
        "lecture.example",
    ] {
        let answer = admin.save(LIVRE, wrong, "");
        assert_eq!(answer.status, 422, "{wrong}");
        let row = product_row(&answer, LIVRE);
        assert_eq!(row["url"]["problem"], "fulfillment_not_web");
        assert_eq!(row["url"]["value"], wrong);
    }
    for right in ["http://a.example/x", "https://a.example/x"] {
        assert_eq!(admin.save(LIVRE, right, "").status, 303);
        let (placed, _) = buy_unpaid(&bench, "livre", &guest());
        assert_eq!(bench.order(&placed.transid).fulfillment.url(), Some(right));
    }
    // What somebody wrote into the table by hand leads nowhere.
    bench.sql("UPDATE {local_shopengine_item} SET fulfillmenturl = 'javascript:alert(1)' WHERE catalogitemid = 2");
    let (placed, _) = buy_unpaid(&bench, "livre", &guest());
    bench.pay(&placed.transid);
    assert!(view(&bench, &placed).links.is_empty());
}

#[test]
fn the_buyer_is_redirected_after_the_purchase_and_finds_it_later_in_the_order() {
    let bench = Bench::new();
    let mut browser = Browser::guest(&bench);
    let transid = browser.buy("ebook", "zoe.martin@example.net");
    let page = format!("view=produce&transid={}", encoded(&transid));
    // Not before it is paid, and not by the page of somebody else's order.
    assert!(browser.get(&page).data["opens"].is_null());
    assert_eq!(
        browser.get(&page).data["order"]["links"],
        serde_json::json!([])
    );
    bench.pay(&TransactionId::parse(&transid).unwrap());
    bench.drain();
    let answer = browser.get(&page);
    assert_eq!(answer.data["opens"]["url"], EBOOK);
    assert_eq!(answer.data["order"]["links"][0]["url"], EBOOK);
    assert_eq!(
        answer.data["order"]["links"][0]["message"],
        "Bonne lecture !"
    );
    // Once: whoever comes back is not sent away again.
    let answer = browser.get(&page);
    assert!(answer.data["opens"].is_null());
    assert_eq!(answer.data["order"]["links"][0]["url"], EBOOK);
    let popup = browser.send("GET", "/local/shop/front/bill.popup.php", &page, "");
    assert_eq!(popup.data["order"]["links"][0]["url"], EBOOK);
}

#[test]
fn an_order_whose_payment_was_taken_back_opens_nothing() {
    let bench = Bench::new();
    let mut browser = Browser::guest(&bench);
    let transid = browser.buy("ebook", "zoe.martin@example.net");
    bench.pay(&TransactionId::parse(&transid).unwrap());
    bench.sql("UPDATE {local_shopengine_order} SET held = 'payment_reversed'");
    let answer = browser.get(&format!("view=produce&transid={}", encoded(&transid)));
    assert!(answer.data["opens"].is_null(), "{:?}", answer.data);
    assert_eq!(answer.data["order"]["links"], serde_json::json!([]));
}

// Section 3.1.5.3: repurchase detection

#[test]
fn the_client_paid_on_one_device_and_reads_on_another() {
    let bench = Bench::new();
    let earlier = buy(&bench, "ebook", &jean());
    // The other device: another session, the same account.
    let (placed, bought) = buy_unpaid(&bench, "ebook", &jean());
    assert_eq!(bought, Some(told(&earlier)));
    assert_eq!(bench.status(&placed.transid), "CANCELLED");
    assert!(bench.order(&placed.transid).is_already_bought());
    let last = view(&bench, &placed).history.pop().unwrap();
    assert_eq!(
        (last.text.as_str(), last.actor.as_str()),
        (
            format!(
                "Order closed : already bought by order {}, nothing is charged",
                earlier.transid
            )
            .as_str(),
            "buyer"
        )
    );
    assert!(bench.log().contains(&format!(
        "[{}] Order closed : already bought",
        placed.transid
    )));
    // Nobody is written to, nothing is delivered, nothing is counted.
    let tasks = "SELECT COUNT(*) AS n FROM {local_shopengine_outbox} WHERE billid = ";
    assert_eq!(bench.count(&format!("{tasks}{}", placed.bill)), 0);
    assert_eq!(
        bench.count("SELECT sold AS n FROM {local_shop_catalogitem} WHERE id = 5"),
        1
    );
    assert_eq!(bench.status(&earlier.transid), "COMPLETE");
    check_laws(bench.db());
}

#[test]
fn at_this_point_another_device_without_proof_is_still_asked_to_pay() {
    let bench = Bench::new();
    buy(&bench, "ebook", &guest());
    // The same e-mail, the same name, the same address: proof of nothing.
    let (placed, bought) = buy_unpaid(&bench, "ebook", &guest());
    assert_eq!(bought, None);
    assert_eq!(bench.status(&placed.transid), "PLACED");
    // Nor is another account's purchase.
    assert_eq!(buy_unpaid(&bench, "ebook", &jean()).1, None);
    assert_eq!(buy_unpaid(&bench, "ebook", &Buyer::default()).1, None);
}

#[test]
fn the_session_that_paid_is_not_asked_to_pay_again() {
    let bench = Bench::new();
    let buyer = guest();
    let earlier = buy(&bench, "ebook", &buyer);
    assert_eq!(buy_unpaid(&bench, "ebook", &buyer).1, Some(told(&earlier)));
}

#[test]
fn the_wallet_replays_for_the_browsers_session_and_the_unpaid_order_is_already_bought() {
    let bench = Bench::new();
    let (first, second) = (guest(), guest());
    let earlier = buy(&bench, "ebook", &first);
    let (new, bought) = buy_unpaid(&bench, "ebook", &second);
    assert_eq!(bought, None);
    let replay = |new: &Placed, session: &str| {
        bench
            .engine
            .replayed(&new.transid, &earlier.transid, session, "gateway:taler")
            .unwrap()
    };
    let session = second.session_id();
    assert_eq!(session.len(), 32);
    assert_eq!(replay(&new, &session), Some(told(&earlier)));
    assert_eq!(bench.status(&new.transid), "CANCELLED");
    assert_eq!(bench.status(&earlier.transid), "COMPLETE");
    // Again is the same again.
    let before = picture(bench.db());
    assert_eq!(replay(&new, &session), Some(told(&earlier)));
    assert_eq!(picture(bench.db()), before);
    // From now on the session owns the article, by any payment interface; but not the order.
    assert_eq!(buy_unpaid(&bench, "ebook", &second).1, Some(told(&earlier)));
    assert!(
        bench
            .engine
            .visible_order(&earlier.transid, &second)
            .is_err()
    );
    // Whoever placed it has lost nothing.
    assert!(bench.engine.visible_order(&earlier.transid, &first).is_ok());
    assert_eq!(buy_unpaid(&bench, "ebook", &first).1, Some(told(&earlier)));
    check_laws(bench.db());
}

#[test]
fn changing_the_session_to_another_device_limits_the_sharing_of_purchases() {
    let bench = Bench::new();
    let (second, third) = (guest(), guest());
    let earlier = buy(&bench, "ebook", &guest());
    for buyer in [&second, &third] {
        let (new, _) = buy_unpaid(&bench, "ebook", buyer);
        let session = buyer.session_id();
        let replayed =
            bench
                .engine
                .replayed(&new.transid, &earlier.transid, &session, "gateway:taler");
        assert!(replayed.unwrap().is_some());
    }
    // An order has one bound session, the last one that the wallet has proven.
    assert!(buy_unpaid(&bench, "ebook", &third).1.is_some());
    assert_eq!(buy_unpaid(&bench, "ebook", &second).1, None);
}

#[test]
fn a_replay_that_is_not_so_closes_and_binds_nothing() {
    let bench = Bench::new();
    let buyer = guest();
    let paid = buy(&bench, "ebook", &guest());
    let (unpaid, _) = buy_unpaid(&bench, "ebook", &guest());
    give(&bench, LIVRE, "https://lecture.example/livre", "");
    let other_article = buy(&bench, "livre", &guest());
    let refunded = buy(&bench, "ebook", &guest());
    refund(&bench, &refunded);
    let (announced, _) = {
        let (cart, buyer) = (cart(&[("ebook", 1)]), guest());
        (bench.place(&cart, &buyer, "transfer").unwrap(), buyer)
    };
    bench
        .press("transfer", &naming(&announced.transid))
        .unwrap();
    let (new, _) = buy_unpaid(&bench, "ebook", &buyer);
    let session = buyer.session_id();
    for (new, earlier, session, why) in [
        (
            &new,
            &unpaid,
            session.as_str(),
            "the earlier order is not paid",
        ),
        (&new, &other_article, session.as_str(), "another article"),
        (
            &new,
            &refunded,
            session.as_str(),
            "the earlier order is not paid",
        ),
        (
            &new,
            &new,
            session.as_str(),
            "the wallet named no other order",
        ),
        (&new, &paid, "", "the wallet named no other order"),
        (
            &announced,
            &paid,
            session.as_str(),
            "the order is not unpaid",
        ),
        (
            &refunded,
            &paid,
            session.as_str(),
            "the order is not unpaid",
        ),
    ] {
        let before = bench.status(&new.transid);
        let replayed =
            bench
                .engine
                .replayed(&new.transid, &earlier.transid, session, "gateway:taler");
        assert_eq!(replayed.unwrap(), None, "{why}");
        assert_eq!(bench.status(&new.transid), before, "{why}");
        let last = view(&bench, new).history.pop().unwrap();
        assert!(last.text.ends_with(why), "{} {why}", last.text);
    }
    assert_eq!(
        bench.count("SELECT COUNT(*) AS n FROM {local_shopengine_order} WHERE boundsession <> ''"),
        0
    );
    // An order of nobody is no order.
    let nobody = TransactionId::parse("NOBODY==").unwrap();
    let unknown = bench
        .engine
        .replayed(&new.transid, &nobody, &session, "gateway:taler");
    assert_eq!(code(unknown), "unknown_order");
}

#[test]
fn the_same_product_always_has_the_same_address() {
    let bench = Bench::new();
    let earlier = buy(&bench, "ebook", &jean());
    // A new address is a new article; what was placed keeps its own.
    give(&bench, EBOOK_ID, "https://lecture.example/ebook2", "");
    assert_eq!(buy_unpaid(&bench, "ebook", &jean()).1, None);
    assert_eq!(view(&bench, &earlier).links[0].url, EBOOK);
    // The very same one again, to the letter.
    give(&bench, EBOOK_ID, "https://lecture.example/Ebook", "");
    assert_eq!(buy_unpaid(&bench, "ebook", &jean()).1, None);
    give(&bench, EBOOK_ID, EBOOK, "");
    assert_eq!(buy_unpaid(&bench, "ebook", &jean()).1, Some(told(&earlier)));
}

// Section 3.1.5.4: repeated purchases

#[test]
fn one_address_is_not_used_for_different_products() {
    let bench = Bench::new();
    assert!(bench.engine.catalogue(10).unwrap().is_empty());
    give(&bench, LIVRE, EBOOK, "");
    let findings = bench.engine.catalogue(10).unwrap();
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].code, "fulfillment_shared");
    assert_eq!(findings[0].params["url"], EBOOK);
    assert_eq!(findings[0].params["name"], "EBook, Livre");
    // All the same, whoever owns the one pays for the other.
    buy(&bench, "ebook", &jean());
    assert_eq!(buy_unpaid(&bench, "livre", &jean()).1, None);
    // With the number of the order in it, it is another address each time.
    give(&bench, LIVRE, &format!("{EBOOK}?o=${{ORDER_ID}}"), "");
    assert!(bench.engine.catalogue(10).unwrap().is_empty());
}

#[test]
fn physical_goods_are_bought_repeatedly() {
    let bench = Bench::new();
    for _ in 0..2 {
        let (placed, bought) = buy_unpaid(&bench, "livre", &jean());
        assert_eq!(bought, None);
        bench.pay(&placed.transid);
        bench.drain();
        assert_eq!(bench.status(&placed.transid), "COMPLETE");
    }
    check_laws(bench.db());
}

#[test]
fn an_address_with_the_orders_id_is_never_detected() {
    let bench = Bench::new();
    give(
        &bench,
        EBOOK_ID,
        "https://lecture.example/ebook/${ORDER_ID}",
        "",
    );
    let first = buy(&bench, "ebook", &jean());
    let (second, bought) = buy_unpaid(&bench, "ebook", &jean());
    assert_eq!(bought, None);
    assert_ne!(
        bench.order(&first.transid).fulfillment.url(),
        bench.order(&second.transid).fulfillment.url()
    );
    // Not even by a wallet's word.
    let session = "0123456789abcdef0123456789abcdef";
    let replayed = bench
        .engine
        .replayed(&second.transid, &first.transid, session, "gateway:taler");
    assert_eq!(replayed.unwrap(), None);
}

#[test]
fn the_placeholder_is_replaced_before_the_order_is_stored() {
    let bench = Bench::new();
    give(
        &bench,
        EBOOK_ID,
        "https://lecture.example/${ORDER_ID}/lire?o=${ORDER_ID}",
        "Commande ${ORDER_ID}",
    );
    for id in ["AB+/=_-9==", "TU90QMLVYXD5UMZYUQ=="] {
        let mut cart = cart(&[("ebook", 1)]);
        cart.transid = Some(TransactionId::parse(id).unwrap());
        let placed = bench.place(&cart, &guest(), "test").unwrap();
        let stored = bench
            .db()
            .query(
                "SELECT fulfillmenturl, fulfillmentmessage FROM {local_shopengine_order} WHERE transactionid = ?",
                &[Value::from(id)],
            )
            .unwrap();
        let url = stored[0].text("fulfillmenturl").unwrap();
        let written = encoded(id);
        assert_eq!(
            url,
            format!("https://lecture.example/{written}/lire?o={written}")
        );
        assert_eq!(
            stored[0].text("fulfillmentmessage").unwrap(),
            format!("Commande {id}")
        );
        let line = bench.text(&format!(
            "SELECT fulfillmenturl AS t FROM {{local_shopengine_line}} WHERE billid = {}",
            placed.bill
        ));
        assert_eq!(line, url);
    }
    let left =
        "SELECT COUNT(*) AS n FROM {local_shopengine_line} WHERE fulfillmenturl LIKE '%ORDER_ID%'";
    assert_eq!(bench.count(left), 0);
}

// Every payment interface, and the edges

#[test]
fn it_is_so_for_every_payment_interface() {
    let bench = Bench::new();
    for (key, value) in [
        ("paypalsellertestname", "seller@example.net"),
        ("systempay_merchant_id", "12345678"),
        ("systempay_test_certificate", "1122334455667788"),
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
    let earlier = buy(&bench, "ebook", &jean());
    let staff_too = Buyer {
        user: Some(user(3, "jean.dupont@example.org", true)),
        ..jean()
    };
    for paymode in [
        "test",
        "check",
        "transfer",
        "paypal",
        "systempay",
        "mercanet",
        "ogone",
    ] {
        let placed = bench
            .place(&cart(&[("ebook", 1)]), &staff_too, paymode)
            .unwrap();
        assert_eq!(placed.bought, Some(told(&earlier)), "{paymode}");
        assert_eq!(bench.status(&placed.transid), "CANCELLED", "{paymode}");
    }
    // What costs nothing is owned like anything else.
    give(&bench, 6, "https://lecture.example/offert", "");
    let place = || {
        bench
            .place(&cart(&[("offert", 1)]), &jean(), "freeorder")
            .unwrap()
    };
    let free = place();
    assert_eq!(free.bought, None);
    bench.press("freeorder", &naming(&free.transid)).unwrap();
    assert_eq!(bench.status(&free.transid), "SOLDOUT");
    assert!(place().bought.is_some());
}

#[test]
fn two_placements_at_once_are_both_open_until_one_is_paid() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.sqlite");
    let database = demo_file(&path);
    let buyer = jean();
    let at_once = |work: &(dyn Fn(&Engine) -> bool + Sync)| -> usize {
        let barrier = std::sync::Barrier::new(4);
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    let (path, barrier) = (&path, &barrier);
                    scope.spawn(move || {
                        let engine = worker(path);
                        barrier.wait();
                        work(&engine)
                    })
                })
                .collect();
            threads
                .into_iter()
                .filter(|_| true)
                .map(|thread| usize::from(thread.join().unwrap()))
                .sum()
        })
    };
    // Four windows, nothing paid: four open orders.
    let carts: Vec<Cart> = (0..4).map(|_| cart(&[("ebook", 1)])).collect();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let closed = at_once(&|engine| {
        let number = next.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        place(engine, &carts[number], &buyer, "test")
            .unwrap()
            .bought
            .is_some()
    });
    assert_eq!(closed, 0);
    // One is paid while the payment pages of all are opened: every other one is closed in the end, the paid one never.
    let engine = worker(&path);
    let paid = carts[0].transid.clone().unwrap();
    let pay = std::sync::atomic::AtomicBool::new(true);
    at_once(&|engine| {
        if pay.swap(false, std::sync::atomic::Ordering::SeqCst) {
            receive(
                engine,
                "test",
                shopengine::gateway::Channel::Notification,
                &naming(&paid),
            )
            .unwrap();
        }
        for cart in &carts {
            let order = engine
                .visible_order(cart.transid.as_ref().unwrap(), &buyer)
                .unwrap();
            engine.already_bought(&order, &buyer).unwrap();
        }
        true
    });
    for cart in &carts {
        let order = engine
            .visible_order(cart.transid.as_ref().unwrap(), &buyer)
            .unwrap();
        engine.already_bought(&order, &buyer).unwrap();
    }
    let statuses = "SELECT COUNT(*) AS n FROM {local_shopengine_order} WHERE payment = ";
    assert_eq!(count(&database, &format!("{statuses}'paid'")), 1);
    assert_eq!(
        count(
            &database,
            &format!("{statuses}'cancelled' AND boughtbefore > 0")
        ),
        3
    );
    // Closed once each: one row of history for it.
    let closings =
        "SELECT COUNT(*) AS n FROM {local_shopengine_history} WHERE event = 'alreadybought'";
    assert_eq!(count(&database, closings), 3);
    drain(&engine);
    check_laws(&database);
}

#[test]
fn one_cart_placed_by_eight_at_once_is_closed_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.sqlite");
    let database = demo_file(&path);
    let buyer = jean();
    let engine = worker(&path);
    let earlier = place(&engine, &cart(&[("ebook", 1)]), &buyer, "test").unwrap();
    receive(
        &engine,
        "test",
        shopengine::gateway::Channel::Notification,
        &naming(&earlier.transid),
    )
    .unwrap();
    let cart = cart(&[("ebook", 1)]);
    let codes: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let (path, cart, buyer) = (&path, &cart, &buyer);
                scope.spawn(move || match place(&worker(path), cart, buyer, "test") {
                    Ok(placed) => format!("{}", placed.bought.is_some()),
                    Err(error) => error.code().to_owned(),
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert_eq!(
        codes.iter().filter(|code| *code == "true").count(),
        1,
        "{codes:?}"
    );
    assert!(
        codes
            .iter()
            .all(|code| code == "true" || code == "already_placed"),
        "{codes:?}"
    );
    assert_eq!(
        count(
            &database,
            "SELECT COUNT(*) AS n FROM {local_shopengine_order}"
        ),
        2
    );
}

#[test]
fn a_payment_that_nevertheless_arrives_for_the_closed_order_is_held_and_told() {
    let bench = Bench::new();
    buy(&bench, "ebook", &jean());
    let placed = bench
        .place(&cart(&[("ebook", 1)]), &jean(), "check")
        .unwrap();
    let received = bench.confirm("check", &naming(&placed.transid)).unwrap();
    assert_eq!(received.outcome.code(), "order_closed");
    let order = bench.order(&placed.transid);
    assert_eq!(
        (bench.status(&placed.transid), order.held.as_deref()),
        ("CANCELLED", Some("order_closed"))
    );
    let letters = format!(
        "SELECT COUNT(*) AS n FROM {{local_shopengine_outbox}} WHERE billid = {} AND payload LIKE '%\"held\"%'",
        placed.bill
    );
    assert_eq!(bench.count(&letters), 1);
}

#[test]
fn an_announced_payment_is_not_given_up() {
    let bench = Bench::new();
    let buyer = jean();
    let waiting = cart(&[("ebook", 1)]);
    let announced = bench.place(&waiting, &buyer, "transfer").unwrap();
    bench
        .press("transfer", &naming(&announced.transid))
        .unwrap();
    assert_eq!(bench.status(&announced.transid), "PENDING");
    buy(&bench, "ebook", &buyer);
    let again = bench.place(&waiting, &buyer, "transfer").unwrap();
    assert_eq!((again.unchanged, again.bought), (true, None));
    let order = bench.order(&announced.transid);
    assert_eq!(bench.engine.already_bought(&order, &buyer).unwrap(), None);
    assert!(bench.engine.owned(&order, &buyer).unwrap().is_some());
    assert_eq!(bench.status(&announced.transid), "PENDING");
    // Its own paid order does not stand for itself.
    let own = bench.order(&announced.transid);
    bench
        .confirm("transfer", &naming(&announced.transid))
        .unwrap();
    assert!(bench.engine.owned(&own, &guest()).unwrap().is_none());
}

#[test]
fn a_paid_order_is_never_touched() {
    let bench = Bench::new();
    let buyer = jean();
    let (first, second) = (
        buy_unpaid(&bench, "ebook", &buyer).0,
        buy_unpaid(&bench, "ebook", &buyer).0,
    );
    bench.pay(&first.transid);
    bench.pay(&second.transid);
    bench.drain();
    let before = picture(bench.db());
    for placed in [&first, &second] {
        let order = bench.order(&placed.transid);
        assert_eq!(bench.engine.already_bought(&order, &buyer).unwrap(), None);
    }
    assert_eq!(picture(bench.db()), before);
}

#[test]
fn refunded_orders_count_only_if_configured() {
    let bench = Bench::new();
    let earlier = buy(&bench, "ebook", &jean());
    refund(&bench, &earlier);
    assert_eq!(buy_unpaid(&bench, "ebook", &jean()).1, None);
    let own = |value: &str| {
        bench.sql("DELETE FROM {config_plugins} WHERE plugin = 'local_shopengine' AND name = 'repurchase_refunded'");
        bench.sql(&format!(
            "INSERT INTO {{config_plugins}} (plugin, name, value) VALUES ('local_shopengine', 'repurchase_refunded', '{value}')"
        ));
    };
    own("0");
    assert_eq!(buy_unpaid(&bench, "ebook", &jean()).1, None);
    own("1");
    assert_eq!(buy_unpaid(&bench, "ebook", &jean()).1, Some(told(&earlier)));
}

#[test]
fn a_partial_refund_leaves_the_one_article_and_tells_nothing_of_several() {
    let bench = Bench::new();
    let part = "UPDATE {local_shopengine_settlement} SET refunded = '1.00' WHERE billid = ";
    let earlier = buy(&bench, "ebook", &jean());
    bench.sql(&format!("{part}{}", earlier.bill));
    assert!(buy_unpaid(&bench, "ebook", &jean()).1.is_some());
    let marie = member(4, "marie_curie@example.org", false);
    let both = bench
        .place(&cart(&[("ebook", 1), ("livre", 1)]), &marie, "test")
        .unwrap();
    bench.pay(&both.transid);
    assert!(buy_unpaid(&bench, "ebook", &marie).1.is_some());
    bench.sql(&format!("{part}{}", both.bill));
    assert_eq!(buy_unpaid(&bench, "ebook", &marie).1, None);
}

#[test]
fn a_payment_taken_back_or_made_in_test_mode_owns_nothing() {
    let bench = Bench::new();
    let earlier = buy(&bench, "ebook", &jean());
    bench.sql(&format!(
        "UPDATE {{local_shopengine_order}} SET held = 'payment_reversed' WHERE billid = {}",
        earlier.bill
    ));
    assert_eq!(buy_unpaid(&bench, "ebook", &jean()).1, None);
    bench.sql("UPDATE {local_shopengine_order} SET held = NULL");
    assert!(buy_unpaid(&bench, "ebook", &jean()).1.is_some());
    // The shop opens: what was simulated is not owned.
    let bench = bench.in_production();
    let placed = bench
        .place(&cart(&[("ebook", 1)]), &jean(), "check")
        .unwrap();
    assert_eq!(placed.bought, None);
}

#[test]
fn any_quantity_of_what_is_owned_once_is_owned() {
    let bench = Bench::new();
    let earlier = bench
        .place(&cart(&[("ebook", 2)]), &jean(), "test")
        .unwrap();
    assert_eq!(earlier.amount.to_decimal_string(), "16.88");
    bench.pay(&earlier.transid);
    let again = bench
        .place(&cart(&[("ebook", 3)]), &jean(), "test")
        .unwrap();
    assert!(again.bought.is_some());
}

#[test]
fn an_order_of_several_products_is_charged_and_its_buyer_told_before() {
    let bench = Bench::new();
    let earlier = buy(&bench, "ebook", &jean());
    let several = cart(&[("ebook", 1), ("livre", 1)]);
    let shop = bench.engine.shop(1, "en").unwrap();
    let owned = bench
        .engine
        .owned_in_cart(&shop, &several, &jean())
        .unwrap();
    assert_eq!(owned, [("ebook".to_owned(), told(&earlier))]);
    assert!(
        bench
            .engine
            .owned_in_cart(&shop, &several, &guest())
            .unwrap()
            .is_empty()
    );
    let placed = bench.place(&several, &jean(), "test").unwrap();
    assert_eq!(
        (placed.bought, bench.status(&placed.transid)),
        (None, "PLACED")
    );
    // Its lines keep their own addresses.
    bench.pay(&placed.transid);
    let view = bench.engine.view(&bench.order(&placed.transid)).unwrap();
    assert_eq!(view.links.len(), 1);
    assert_eq!(view.links[0].url, EBOOK);
    assert!(bench.order(&placed.transid).fulfillment.is_empty());
}

#[test]
fn what_was_bought_along_with_something_else_is_owned_too() {
    let bench = Bench::new();
    let both = bench
        .place(&cart(&[("ebook", 1), ("livre", 1)]), &jean(), "test")
        .unwrap();
    bench.pay(&both.transid);
    assert_eq!(
        buy_unpaid(&bench, "ebook", &jean()).1.unwrap().earlier,
        both.transid
    );
    assert_eq!(buy_unpaid(&bench, "livre", &jean()).1, None);
}

#[test]
fn a_partners_word_does_not_tell_what_the_account_bought_before() {
    let bench = Bench::new();
    buy(&bench, "ebook", &jean());
    let vouched = Buyer {
        by_partner: true,
        ..jean()
    };
    let (placed, bought) = buy_unpaid(&bench, "ebook", &vouched);
    assert_eq!(bought, None);
    let shop = bench.engine.shop(1, "en").unwrap();
    let several = cart(&[("ebook", 1), ("livre", 1)]);
    assert!(
        bench
            .engine
            .owned_in_cart(&shop, &several, &vouched)
            .unwrap()
            .is_empty()
    );
    // What this same session buys it may know.
    bench.pay(&placed.transid);
    assert!(buy_unpaid(&bench, "ebook", &vouched).1.is_some());
}

#[test]
fn placing_again_as_it_was_looks_again() {
    let bench = Bench::new();
    let buyer = jean();
    let waiting = cart(&[("ebook", 1)]);
    assert_eq!(bench.place(&waiting, &buyer, "test").unwrap().bought, None);
    buy(&bench, "ebook", &buyer);
    let placed = bench.place(&waiting, &buyer, "test").unwrap();
    assert!(placed.bought.is_some());
    assert_eq!(bench.status(&placed.transid), "CANCELLED");
    assert_eq!(
        code(bench.place(&waiting, &buyer, "test")),
        "already_placed"
    );
    // Another content makes it another order.
    let mut grown = cart(&[("ebook", 1)]);
    let placed = bench.place(&grown, &guest(), "test").unwrap();
    assert_eq!(placed.bought, None);
    grown.transid = None;
    check_laws(bench.db());
}

#[test]
fn a_seller_who_closes_an_order_cancels_it() {
    let bench = Bench::new();
    let (placed, _, _) = bench.placed("check");
    let seller = user(2, "admin@example.org", true);
    let order = bench.order(&placed.transid);
    bench
        .engine
        .move_order(&order, BillStatus::Cancelled, &seller)
        .unwrap();
    let order = bench.order(&placed.transid);
    assert!(!order.is_already_bought());
    assert_eq!(view(&bench, &placed).history.len(), 2);
    let event = format!(
        "SELECT event AS t FROM {{local_shopengine_history}} WHERE billid = {} AND seq = 2",
        order.bill
    );
    assert_eq!(bench.text(&event), "cancel");
}

// The pages

#[test]
fn the_second_purchase_goes_straight_to_the_address() {
    let bench = Bench::new();
    let mut browser = Browser::guest(&bench);
    let first = browser.buy("ebook", "zoe.martin@example.net");
    bench.pay(&TransactionId::parse(&first).unwrap());
    bench.drain();
    browser.get(&format!("view=produce&transid={}", encoded(&first)));
    browser.fill("ebook", "zoe.martin@example.net");
    let page = browser.get("view=order&shopid=1");
    assert_eq!(notices(&page), ["owned_alone"]);
    assert_eq!(page.data["opens"], EBOOK);
    let answer = browser.place("test");
    assert_eq!(
        (answer.kind, answer.location.as_str()),
        (Kind::Redirect, EBOOK)
    );
    // The cart is done with, and the shop says why.
    assert_eq!(
        notices(&browser.get("view=shop&shopid=1")),
        ["already_bought"]
    );
    assert!(browser.session.cart.is_empty());
    let closed = bench
        .text("SELECT transactionid AS t FROM {local_shopengine_order} WHERE boughtbefore > 0");
    let page = browser.get(&format!("view=produce&transid={}", encoded(&closed)));
    assert_eq!(page.data["message"]["code"], "produce_already_bought");
    assert_eq!(page.data["order"]["links"][0]["url"], EBOOK);
    assert!(page.data["payurl"].is_null() && page.data["opens"].is_null());
}

#[test]
fn the_payment_page_of_an_old_unpaid_order_closes_it() {
    let bench = Bench::new();
    let jean = user(3, "jean.dupont@example.org", false);
    let mut browser = Browser::of(&bench, jean.clone());
    let old = browser.buy("ebook", "jean.dupont@example.org");
    assert_eq!(browser.get(&pay_page(&old)).kind, Kind::Page);
    // Meanwhile he buys it elsewhere.
    buy(&bench, "ebook", &common::jean());
    // Whoever only asks (HEAD), or looks on, changes nothing.
    browser.send("HEAD", VIEW, &pay_page(&old), "");
    // What the onlooker owns himself is not the order's.
    buy(&bench, "ebook", &staff());
    let mut admin = Browser::of(&bench, user(2, "admin@example.org", true));
    assert_eq!(admin.get(&pay_page(&old)).kind, Kind::Page);
    let old_id = TransactionId::parse(&old).unwrap();
    assert_eq!(bench.status(&old_id), "PLACED");
    // A press on the page that was still open charges nothing either.
    let mut other = Browser::of(&bench, jean);
    let body = format!(
        "view=payment&what=navigate&transid={}&revision=1&pay=1",
        encoded(&old)
    );
    let answer = other.post(&body);
    assert_eq!(
        (answer.kind, answer.location.as_str()),
        (Kind::Redirect, EBOOK)
    );
    assert_eq!(bench.status(&old_id), "CANCELLED");
    let answer = browser.get(&pay_page(&old));
    assert!(
        answer.location.contains("view=produce"),
        "{}",
        answer.location
    );
}

#[test]
fn opening_the_payment_page_is_enough() {
    let bench = Bench::new();
    let mut browser = Browser::of(&bench, user(3, "jean.dupont@example.org", false));
    let old = browser.buy("ebook", "jean.dupont@example.org");
    buy(&bench, "ebook", &jean());
    let answer = browser.get(&pay_page(&old));
    assert_eq!(
        (answer.kind, answer.location.as_str()),
        (Kind::Redirect, EBOOK)
    );
    assert_eq!(
        bench.status(&TransactionId::parse(&old).unwrap()),
        "CANCELLED"
    );
    assert!(browser.session.cart.is_empty());
}

#[test]
fn a_cart_with_something_owned_is_told_so_on_the_order_step() {
    let bench = Bench::new();
    buy(&bench, "ebook", &jean());
    let mut browser = Browser::of(&bench, user(3, "jean.dupont@example.org", false));
    browser.fill("ebook", "jean.dupont@example.org");
    browser.post("view=shop&what=setunits&productname=livre&quant=1");
    let page = browser.get("view=order&shopid=1");
    assert_eq!(notices(&page), ["owned_in_cart"]);
    let params = &page.data["notices"][0]["params"];
    assert_eq!(
        (params["product"].as_str(), params["url"].as_str()),
        (Some("EBook"), Some(EBOOK))
    );
    assert!(page.data["opens"].is_null());
    assert!(browser.place("test").location.contains("view=payment"));
}

#[test]
fn where_the_plugin_places_the_order_nobody_is_promised_not_to_pay() {
    let bench = Bench::new();
    buy(&bench, "ebook", &jean());
    let mut browser = Browser::of(&bench, user(3, "jean.dupont@example.org", false));
    browser.fill("ebook", "jean.dupont@example.org");
    let steer = |plugin_places| {
        let request = Request {
            method: "GET".into(),
            script: VIEW.into(),
            query: "view=order&shopid=1".into(),
            wwwroot: "https://shop.example".into(),
            user: Some(user(3, "jean.dupont@example.org", false)),
            session: browser.session.clone(),
            plugin_places,
            ..Request::default()
        };
        let steering = shopengine::front::steer(&bench.engine, &request);
        assert_eq!(steering.kind, Kind::Pass);
        steering.notices[0].code.clone()
    };
    assert_eq!(steer(false), "owned_alone");
    assert_eq!(steer(true), "owned_in_cart");
}

#[test]
fn the_request_never_chooses_where_the_buyer_is_taken() {
    let bench = Bench::new();
    buy(&bench, "ebook", &jean());
    let mut browser = Browser::of(&bench, user(3, "jean.dupont@example.org", false));
    browser.fill("ebook", "jean.dupont@example.org");
    let evil = "https%3A%2F%2Fevil.example%2F";
    let answer = browser.post(&format!(
        "view=order&what=navigate&go=1&paymode=test&fulfillmenturl={evil}&url={evil}&opens={evil}&fulfillment_url={evil}"
    ));
    assert_eq!(answer.location, EBOOK);
}

#[test]
fn only_sales_administrators_say_what_buyers_get() {
    let bench = Bench::new();
    let mut guest = Browser::guest(&bench);
    assert_eq!(guest.send("GET", PRODUCTS, "", "").status, 403);
    assert_eq!(guest.save(LIVRE, "https://a.example/", "").status, 403);
    let mut jean = Browser::of(&bench, user(3, "jean.dupont@example.org", false));
    assert_eq!(jean.save(LIVRE, "https://a.example/", "").status, 403);
    let mut admin = Browser::of(&bench, user(2, "admin@example.org", true));
    let forged = admin.send(
        "POST",
        PRODUCTS,
        "",
        "sesskey=other&what=save&id=2&fulfillmenturl=https://a.example/",
    );
    assert_eq!(forged.status, 403);
    let saved = |bench: &Bench| {
        bench.count("SELECT COUNT(*) AS n FROM {local_shopengine_item} WHERE catalogitemid = 2")
    };
    assert_eq!(saved(&bench), 0);
    assert_eq!(
        admin
            .save(LIVRE, "https://a.example/l", "Merci\r\nbien")
            .status,
        303
    );
    assert_eq!(saved(&bench), 1);
    let page = admin.send("GET", PRODUCTS, "", "");
    assert_eq!(notices(&page), ["product_saved"]);
    let row = product_row(&page, LIVRE);
    assert_eq!(
        (
            row["url"]["value"].as_str(),
            row["message"]["value"].as_str()
        ),
        (Some("https://a.example/l"), Some("Merci\nbien"))
    );
    // Taken away again.
    assert_eq!(admin.save(LIVRE, "", "").status, 303);
    let page = admin.send("GET", PRODUCTS, "", "");
    assert_eq!(product_row(&page, LIVRE)["url"]["value"], "");
    assert_eq!(admin.save(999, "", "").status, 404);
    assert!(
        bench
            .log()
            .contains("Product LIVRE : address https://a.example/l (before : none)")
    );
    // What is wrong is told beside its field, and nothing is kept.
    let answer = admin.save(MONPRODUIT, "https://a.example/ x", "a\u{7}b");
    let row = product_row(&answer, MONPRODUIT);
    assert_eq!(answer.status, 422);
    assert_eq!(row["url"]["problem"], "fulfillment_url_character");
    assert_eq!(row["message"]["problem"], "fulfillment_message_character");
    assert_eq!(
        bench.count("SELECT COUNT(*) AS n FROM {local_shopengine_item} WHERE catalogitemid = 1"),
        0
    );
}

#[test]
fn the_catalogue_check_finds_what_a_seller_should_look_at() {
    let bench = Bench::new();
    give(&bench, 4, "https://a.example/session", "");
    bench.sql("INSERT INTO {local_shopengine_item} (catalogitemid, fulfillmenturl) VALUES (1, 'not an address')");
    let codes: Vec<_> = bench
        .engine
        .catalogue(10)
        .unwrap()
        .into_iter()
        .map(|found| found.code)
        .collect();
    assert_eq!(codes, ["fulfillment_seats", "fulfillment_unreadable"]);
    for product in [LIVRE, 7, 8] {
        give(&bench, product, EBOOK, "");
    }
    assert_eq!(bench.engine.catalogue(10).unwrap().len(), 3);
    assert_eq!(bench.engine.catalogue(0).unwrap().len(), 0);
    // Copies of one product in several catalogues are one product.
    for product in [LIVRE, 7, 8] {
        give(&bench, product, "", "");
    }
    bench.sql("UPDATE {local_shop_catalogitem} SET code = 'EBOOK', catalogid = 2 WHERE id = 8");
    give(&bench, 8, EBOOK, "");
    assert_eq!(bench.engine.catalogue(10).unwrap().len(), 2);
}

#[test]
fn a_database_of_before_gets_its_columns() {
    let database = demo_in_memory();
    for column in ["fulfillmenturl", "fulfillmentmessage", "article"] {
        database
            .run(&format!(
                "ALTER TABLE local_shopengine_line DROP COLUMN {column}"
            ))
            .unwrap();
    }
    for column in ["boughtbefore", "article"] {
        database
            .run(&format!(
                "ALTER TABLE local_shopengine_order DROP COLUMN {column}"
            ))
            .unwrap();
    }
    database
        .run(
            "INSERT INTO local_shopengine_line (billid, revision, ordering, kind, itemid, itemcode, shortname, label, quantity, unitprice,
                taxcode, taxtitle, taxratio, untaxed, taxes, taxed)
             VALUES (1, 1, 0, 'BILLING', 5, 'EBOOK', 'ebook', 'EBook', 1, '8', '', '', '', '8', '0', '8')",
        )
        .unwrap();
    shopengine::database::install(&database).unwrap();
    shopengine::database::install(&database).unwrap();
    let rows = database
        .query(
            "SELECT fulfillmenturl, article FROM local_shopengine_line",
            &[],
        )
        .unwrap();
    assert_eq!(rows[0].text("fulfillmenturl").unwrap(), EBOOK);
    assert_eq!(rows[0].text("article").unwrap(), "");
}

/// What a buyer, or the seller, does in several steps.
trait Shopping {
    fn fill(&mut self, product: &str, email: &str);
    fn buy(&mut self, product: &str, email: &str) -> String;
    fn save(&mut self, product: i64, url: &str, message: &str) -> Answer;
}

impl Shopping for Browser<'_> {
    /// A cart with one unit, up to the order step.
    fn fill(&mut self, product: &str, email: &str) {
        self.shop(product, 1);
        let answer = self.identify(email);
        assert!(answer.location.contains("view=order"), "{answer:?}");
    }

    /// An order that awaits its payment: its id.
    fn buy(&mut self, product: &str, email: &str) -> String {
        self.fill(product, email);
        let answer = self.place("test");
        assert!(answer.location.contains("view=payment"), "{answer:?}");
        self.session.cart.transid.clone().unwrap().to_string()
    }

    fn save(&mut self, product: i64, url: &str, message: &str) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("sesskey", "sesskey1")
            .append_pair("what", "save")
            .append_pair("id", &product.to_string())
            .append_pair("fulfillmenturl", url)
            .append_pair("fulfillmentmessage", message)
            .finish();
        self.send("POST", PRODUCTS, "", &body)
    }
}

fn product_row(answer: &Answer, id: i64) -> serde_json::Value {
    let rows = answer.data["products"].as_array().unwrap();
    rows.iter().find(|row| row["id"] == id).unwrap().clone()
}

fn notices(answer: &Answer) -> Vec<String> {
    let notices = answer.data["notices"].as_array().unwrap();
    notices
        .iter()
        .map(|notice| notice["code"].as_str().unwrap().to_owned())
        .collect()
}

fn pay_page(transid: &str) -> String {
    format!("view=payment&transid={}", encoded(transid))
}

/// Percent-encoded, but for unreserved characters.
fn encoded(id: &str) -> String {
    id.replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D")
}

/// Says what a product gives its buyers.
fn give(bench: &Bench, product: i64, url: &str, message: &str) {
    let product = bench.engine.product(product).unwrap().unwrap();
    let fulfillment = ProductFulfillment {
        url: (!url.is_empty()).then(|| FulfillmentUrl::parse(url).unwrap()),
        message: (!message.is_empty()).then(|| FulfillmentMessage::parse(message).unwrap()),
    };
    let seller = user(2, "admin@example.org", true);
    bench
        .engine
        .set_fulfillment(&product, &fulfillment, &seller)
        .unwrap();
}

/// Places one unit.
fn buy_unpaid(bench: &Bench, product: &str, buyer: &Buyer) -> (Placed, Option<Bought>) {
    let placed = bench.place(&cart(&[(product, 1)]), buyer, "test").unwrap();
    let bought = placed.bought.clone();
    (placed, bought)
}

/// Places one unit, pays it and delivers it.
fn buy(bench: &Bench, product: &str, buyer: &Buyer) -> Placed {
    let (placed, bought) = buy_unpaid(bench, product, buyer);
    assert_eq!(bought, None);
    bench.pay(&placed.transid);
    bench.drain();
    assert_eq!(bench.status(&placed.transid), "COMPLETE");
    placed
}

/// The seller pays all of it back.
fn refund(bench: &Bench, placed: &Placed) {
    let seller = user(2, "admin@example.org", true);
    let order = bench.order(&placed.transid);
    bench
        .engine
        .move_order(&order, BillStatus::Payback, &seller)
        .unwrap();
}

fn view(bench: &Bench, placed: &Placed) -> shopengine::engine::OrderView {
    bench.engine.view(&bench.order(&placed.transid)).unwrap()
}

/// What a buyer is told who owns the EBook by an order.
fn told(earlier: &Placed) -> Bought {
    Bought {
        earlier: earlier.transid.clone(),
        url: EBOOK.to_owned(),
        product: "EBook".to_owned(),
    }
}
