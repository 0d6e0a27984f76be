//! The seller's list of orders: what a search finds, and the question before an order is moved.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use common::browser::Browser;
use common::*;
use shopengine::clock::UnixMillis;
use shopengine::domain::state::BillStatus;
use shopengine::engine::OrderFilter;

const BILLS: &str = "/local/shop/bills/view.php";

/// Numbers of three orders: a guest's by cheque, another guest's that is paid, Jean's by transfer.
fn three(bench: &Bench) -> [String; 3] {
    let place = |email: &str, first: &str, last: &str, paymode: &str| {
        let mut cart = cart(&[("monproduit", 1)]);
        cart.customerinfo.email = email.into();
        cart.customerinfo.firstname = first.into();
        cart.customerinfo.lastname = last.into();
        bench.place(&cart, &guest(), paymode).unwrap().transid
    };
    let first = place("ada@example.net", "Ada", "Love_lace", "check");
    let second = place("alan@example.net", "Alan", "Turing", "test");
    let third = place("grace@example.net", "Grace", "Hopper", "transfer");
    bench.pay(&second);
    [first, second, third].map(|number| number.to_string())
}

fn found(bench: &Bench, filter: &OrderFilter) -> Vec<String> {
    let orders = bench.engine.find_orders(filter, 50, 0).unwrap();
    orders
        .iter()
        .map(|order| order.transaction.to_string())
        .collect()
}

#[test]
fn a_search_finds_numbers_names_and_addresses_and_no_patterns() {
    let bench = Bench::new();
    let [first, second, third] = three(&bench);
    let invoice = bench.text("SELECT idnumber AS t FROM {local_shop_bill} WHERE idnumber <> ''");
    let all = vec![third.clone(), second.clone(), first.clone()];
    for (text, expected) in [
        ("", all.clone()),
        (&first, vec![first.clone()]),
        (&first[..10], vec![first.clone()]),
        (&first[..10].to_lowercase(), vec![first.clone()]),
        (&invoice, vec![second.clone()]),
        ("ada", vec![first.clone()]),
        ("LOVE_L", vec![first.clone()]),
        ("love lace", vec![]),
        ("hopper grace", vec![third.clone()]),
        ("grace turing", vec![]),
        ("  Alan@Example.net ", vec![second.clone()]),
        ("alan@example", vec![]),
        ("%", vec![]),
        ("_", vec![]),
        ("!", vec![]),
        ("' OR 1 = 1 --", vec![]),
    ] {
        let filter = OrderFilter {
            text: text.into(),
            ..OrderFilter::default()
        };
        assert_eq!(found(&bench, &filter), expected, "{text}");
    }
    assert_eq!(bench.engine.recent_orders(2, 1).unwrap().len(), 2);
}

#[test]
fn a_list_shows_a_state_a_means_of_payment_a_time_or_what_is_held() {
    let bench = Bench::new();
    let [first, second, third] = three(&bench);
    bench.sql(&format!(
        "UPDATE {{local_shopengine_order}} SET held = 'amount_mismatch', timecreated = 1000 WHERE transactionid = '{third}'"
    ));
    let none = OrderFilter::default();
    let moment = |millis: i64| Some(UnixMillis::from_millis(millis));
    for (filter, expected) in [
        (
            OrderFilter {
                status: Some(BillStatus::Placed),
                ..none.clone()
            },
            vec![&third, &first],
        ),
        (
            OrderFilter {
                paymode: "test".into(),
                ..none.clone()
            },
            vec![&second],
        ),
        (
            OrderFilter {
                held: true,
                ..none.clone()
            },
            vec![&third],
        ),
        (
            OrderFilter {
                before: moment(1001),
                ..none.clone()
            },
            vec![&third],
        ),
        (
            OrderFilter {
                from: moment(1000),
                before: moment(1000),
                ..none.clone()
            },
            vec![],
        ),
        (
            OrderFilter {
                from: moment(1001),
                ..none.clone()
            },
            vec![&second, &first],
        ),
        (
            OrderFilter {
                partner: Some(99),
                ..none.clone()
            },
            vec![],
        ),
        (
            OrderFilter {
                status: Some(BillStatus::Placed),
                text: "ada".into(),
                ..none
            },
            vec![&first],
        ),
    ] {
        assert_eq!(
            found(&bench, &filter).iter().collect::<Vec<_>>(),
            expected,
            "{filter:?}"
        );
    }
}

#[test]
fn the_list_asks_before_it_moves_an_order_and_says_what_that_does() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("check");
    let mut admin = Browser::of(&bench, user(2, "admin@example.org", true));
    let asked = format!(
        "what=flowchange&ask=1&status=SOLDOUT&{}",
        naming(&placed.transid)
    );
    assert_eq!(admin.send("POST", BILLS, "", &asked).status, 403);
    let page = admin.send("POST", BILLS, "", &format!("sesskey=sesskey1&{asked}"));
    assert_eq!(page.page, "confirm");
    assert_eq!(page.data["effect"], "move_effect_SOLDOUT");
    assert_eq!(page.data["about"]["transid"], placed.transid.to_string());
    assert_eq!(page.data["about"]["amount"]["text"], "€23.99");
    assert_eq!(bench.status(&placed.transid), "PLACED");
    let fields: Vec<String> = page.data["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| {
            format!(
                "{}={}",
                field[0].as_str().unwrap(),
                field[1].as_str().unwrap()
            )
        })
        .collect();
    let answer = format!("sesskey=sesskey1&{}", fields.join("&"));
    assert_eq!(admin.send("POST", BILLS, "", &answer).status, 303);
    assert_eq!(bench.status(&placed.transid), "SOLDOUT");
}

#[test]
fn what_was_searched_for_is_shown_again_with_what_is_wrong() {
    let bench = Bench::new();
    let [first, ..] = three(&bench);
    let mut admin = Browser::of(&bench, user(2, "admin@example.org", true));
    let list = |admin: &mut Browser<'_>, query: &str| {
        let page = admin.send("GET", BILLS, query, "");
        let numbers: Vec<String> = page.data["orders"]
            .as_array()
            .unwrap()
            .iter()
            .map(|order| order["transid"].as_str().unwrap().to_owned())
            .collect();
        (numbers, page.data["search"].clone())
    };
    let (numbers, search) = list(&mut admin, "find=love_lace&status=PLACED&from=2026-13-01");
    assert_eq!(numbers, [first]);
    assert_eq!(search["values"]["find"], "love_lace");
    assert_eq!(search["values"]["from"], "2026-13-01");
    assert_eq!(search["problems"]["from"], true);
    assert_eq!(search["problems"]["to"], false);
    let (numbers, search) = list(&mut admin, "to=2017-08-20");
    assert!(numbers.is_empty() && search["problems"]["to"] == false);
    assert_eq!(list(&mut admin, "").0.len(), 3);
}
