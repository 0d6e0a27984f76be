//! A seller's home page and its figures, against sums that are kept apart from the engine; and the list of orders as a file.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use std::collections::BTreeMap;

use common::browser::Browser;
use common::*;
use rust_decimal::Decimal;
use serde_json::Value as Json;
use shopengine::clock::UnixMillis;
use shopengine::database::Value;
use shopengine::domain::partner::PartnerCode;
use shopengine::domain::state::BillStatus;
use shopengine::domain::statement::Format;
use shopengine::domain::transaction_id::TransactionId;
use shopengine::engine::{OrderDay, OrderFilter, SalesQuestion, Span};
use shopengine::front::{Kind, write_file};

const HOME: &str = "/local/shopengine/home.php";
const ORDERS: &str = "/local/shopengine/orders.php";

/// 2026-06-01 00:00:00 in Paris.
const JUNE: i64 = 1_780_264_800;
const DAY: i64 = 86_400;

fn moment(seconds: i64) -> UnixMillis {
    UnixMillis::from_seconds(seconds)
}

fn at(bench: &Bench, seconds: i64) {
    bench.clock.set(moment(seconds));
}

/// Places an order and gives its number.
fn order(
    bench: &Bench,
    products: &[(&str, u32)],
    paymode: &str,
    partner: Option<&str>,
) -> TransactionId {
    let mut cart = cart(products);
    cart.partner = partner.map(|code| PartnerCode::parse(code).unwrap());
    bench.place(&cart, &guest(), paymode).unwrap().transid
}

fn move_to(bench: &Bench, order: &TransactionId, status: BillStatus) {
    let seller = user(2, "admin@example.org", true);
    let order = bench.order(order);
    bench.engine.move_order(&order, status, &seller).unwrap();
}

/// A part of a payment is paid back, as a gateway's message leaves it on record.
fn refund(bench: &Bench, order: &TransactionId, amount: &str, sum: &str) {
    let bill = bench.order(order).bill;
    let rows = bench.rows(&format!(
        "SELECT gateway, currency FROM {{local_shopengine_settlement}} WHERE billid = {bill} AND state = 'settled'"
    ));
    let now: Value = bench.clock_millis().into();
    let row = [
        ("billid", bill.into()),
        ("gateway", rows[0].text("gateway").unwrap().into()),
        ("reference", format!("refund:{order}:{sum}").into()),
        ("revision", 1_i64.into()),
        ("state", "refund".into()),
        ("amount", amount.into()),
        ("currency", rows[0].text("currency").unwrap().into()),
        ("test", 0_i64.into()),
        ("inboxid", 0_i64.into()),
        ("timecreated", now.clone()),
        ("timemodified", now.clone()),
    ];
    bench
        .db()
        .insert("local_shopengine_settlement", &row)
        .unwrap();
    bench
        .db()
        .execute(
            "UPDATE {local_shopengine_settlement} SET refunded = ?, timemodified = ? WHERE billid = ? AND state = 'settled'",
            &[sum.into(), now, bill.into()],
        )
        .unwrap();
}

/// A row of a payment or a movement of an order, as the engine writes it.
fn movement(
    bench: &Bench,
    order: &TransactionId,
    reference: &str,
    (state, reason): (&str, &str),
    (amount, refunded): (&str, &str),
) {
    let now: Value = bench.clock_millis().into();
    let row = [
        ("billid", bench.order(order).bill.into()),
        ("gateway", "check".into()),
        ("reference", reference.into()),
        ("revision", 1_i64.into()),
        ("state", state.into()),
        ("reason", reason.into()),
        ("amount", amount.into()),
        ("refunded", refunded.into()),
        ("currency", "EUR".into()),
        ("test", 0_i64.into()),
        ("inboxid", 0_i64.into()),
        ("timecreated", now.clone()),
        ("timemodified", now),
    ];
    bench
        .db()
        .insert("local_shopengine_settlement", &row)
        .unwrap();
}

trait Now {
    fn clock_millis(&self) -> i64;
}

impl Now for Bench {
    fn clock_millis(&self) -> i64 {
        self.engine.now().millis()
    }
}

/// What a test expects of a day, an interface, a partner or a product: placed, paid, and what came and went by currency.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Expected {
    placed: u64,
    paid: u64,
    sums: BTreeMap<String, (Decimal, Decimal)>,
}

impl Expected {
    fn moved(&mut self, currency: &str, revenue: &str, refunded: &str) {
        let sum = self.sums.entry(currency.to_owned()).or_default();
        sum.0 += revenue.parse::<Decimal>().unwrap();
        sum.1 += refunded.parse::<Decimal>().unwrap();
    }

    fn paid(&mut self, currency: &str, revenue: &str) {
        self.paid += 1;
        self.moved(currency, revenue, "0");
    }
}

/// The same, as the page tells it.
fn told(row: &Json) -> Expected {
    let mut told = Expected {
        placed: row["placed"]["count"].as_u64().unwrap(),
        paid: row["paid"]["count"].as_u64().unwrap(),
        ..Expected::default()
    };
    for sum in row["sums"].as_array().unwrap() {
        told.moved(
            sum["currency"].as_str().unwrap(),
            sum["revenue"]["amount"].as_str().unwrap(),
            sum["refunded"]["amount"].as_str().unwrap(),
        );
    }
    told
}

fn home(bench: &Bench, query: &str) -> Json {
    let mut admin = Browser::of(bench, user(2, "admin@example.org", true));
    let page = admin.send("GET", HOME, query, "");
    assert_eq!((page.status, page.page), (200, "home"), "{:?}", page.data);
    page.data
}

fn group<'a>(page: &'a Json, code: &str) -> &'a Json {
    let mut groups = page["groups"].as_array().unwrap().iter();
    groups.find(|group| group["code"] == code).unwrap()
}

/// The rows of a group by their name.
fn rows(page: &Json, code: &str, name: &str) -> BTreeMap<String, Expected> {
    let rows = group(page, code)["rows"].as_array().unwrap();
    rows.iter()
        .map(|row| (row[name].as_str().unwrap_or("").to_owned(), told(row)))
        .filter(|(_, row)| *row != Expected::default())
        .collect()
}

/// How many orders a link of the page leads to.
fn behind(bench: &Bench, url: &Json) -> usize {
    let url = url.as_str().unwrap();
    let query = url.strip_prefix(&format!("https://shop.example{ORDERS}?"));
    let mut admin = Browser::of(bench, user(2, "admin@example.org", true));
    let page = admin.send("GET", ORDERS, query.unwrap(), "");
    assert_eq!(page.page, "bills", "{url}");
    page.data["orders"].as_array().unwrap().len()
}

#[test]
fn figures_are_the_sums_of_what_happened_day_by_day() {
    let bench = Bench::new().in_production();
    let mut days: BTreeMap<String, Expected> = BTreeMap::new();
    let mut paymodes: BTreeMap<String, Expected> = BTreeMap::new();
    let mut partners: BTreeMap<String, Expected> = BTreeMap::new();
    let mut products: BTreeMap<String, Expected> = BTreeMap::new();
    // Before the month: its payment counts in the month, itself it does not.
    at(&bench, JUNE - 60);
    let before = order(&bench, &[("monproduit", 1)], "transfer", None);
    // The first second of the month.
    at(&bench, JUNE);
    let first = order(
        &bench,
        &[("monproduit", 2), ("livre", 1)],
        "check",
        Some("ACADEMIE_t1"),
    );
    at(&bench, JUNE + DAY + 3600);
    move_to(&bench, &before, BillStatus::Soldout);
    move_to(&bench, &first, BillStatus::Soldout);
    let second = order(&bench, &[("livre", 3)], "check", None);
    // Another currency.
    bench.sql("UPDATE {local_shop} SET currency = 'USD' WHERE id = 1");
    at(&bench, JUNE + 2 * DAY);
    let dollars = order(&bench, &[("monproduit", 1)], "check", Some("ACADEMIE_t2"));
    move_to(&bench, &dollars, BillStatus::Soldout);
    bench.sql("UPDATE {local_shop} SET currency = 'EUR' WHERE id = 1");
    // A part of the first is paid back, later the rest; of the second one everything, on a day of its own.
    at(&bench, JUNE + 3 * DAY);
    refund(&bench, &first, "10.00", "10.00");
    move_to(&bench, &second, BillStatus::Soldout);
    at(&bench, JUNE + 4 * DAY);
    move_to(&bench, &first, BillStatus::Payback);
    at(&bench, JUNE + 5 * DAY);
    move_to(&bench, &second, BillStatus::Payback);
    let due = order(&bench, &[("ebook", 1)], "transfer", None);
    at(&bench, JUNE + 5 * DAY + 60);

    // 19.99 and 20 % are 23.99, two of them 47.98; a book is 10.00 and 5.5 %, three are 31.65.
    let day = |number: i64| format!("2026-06-0{}", number + 1);
    {
        let one = days.entry(day(0)).or_default();
        one.placed = 1;
        let one = days.entry(day(1)).or_default();
        one.placed = 1;
        one.paid("EUR", "23.99");
        one.paid("EUR", "58.53");
        let one = days.entry(day(2)).or_default();
        one.placed = 1;
        one.paid("USD", "23.99");
        let one = days.entry(day(3)).or_default();
        one.paid("EUR", "31.65");
        one.moved("EUR", "0", "10.00");
        days.entry(day(4)).or_default().moved("EUR", "0", "48.53");
        let one = days.entry(day(5)).or_default();
        one.placed = 1;
        one.moved("EUR", "0", "31.65");
    }
    {
        let one = paymodes.entry("transfer".into()).or_default();
        one.placed = 1;
        one.paid("EUR", "23.99");
        let one = paymodes.entry("check".into()).or_default();
        one.placed = 3;
        one.paid("EUR", "58.53");
        one.paid("EUR", "31.65");
        one.paid("USD", "23.99");
        one.moved("EUR", "0", "90.18");
    }
    {
        let one = partners.entry("Académie de la Mer".into()).or_default();
        one.placed = 2;
        one.paid("EUR", "58.53");
        one.paid("USD", "23.99");
        one.moved("EUR", "0", "58.53");
        let one = partners.entry(String::new()).or_default();
        one.placed = 2;
        one.paid("EUR", "23.99");
        one.paid("EUR", "31.65");
        one.moved("EUR", "0", "31.65");
    }
    {
        let one = products.entry("MONPRODUIT".into()).or_default();
        one.placed = 2;
        one.paid("EUR", "23.99");
        one.paid("EUR", "47.98");
        one.paid("USD", "23.99");
        one.moved("EUR", "0", "47.98");
        let one = products.entry("LIVRE".into()).or_default();
        one.placed = 2;
        one.paid("EUR", "10.55");
        one.paid("EUR", "31.65");
        one.moved("EUR", "0", "42.20");
        products.entry("EBOOK".into()).or_default().placed = 1;
    }

    let page = home(&bench, "period=month");
    assert_eq!(rows(&page, "day", "name"), days);
    assert_eq!(rows(&page, "paymode", "paymode"), paymodes);
    let names: Vec<String> = rows(&page, "partner", "name").into_keys().collect();
    let name = names.iter().find(|name| !name.is_empty()).unwrap().clone();
    let academy = partners.remove("Académie de la Mer").unwrap();
    partners.insert(name, academy);
    assert_eq!(rows(&page, "partner", "name"), partners);
    assert_eq!(rows(&page, "product", "code"), products);
    // The card of the month is the sum of its days.
    let mut month = Expected::default();
    for one in days.values() {
        month.placed += one.placed;
        month.paid += one.paid;
        for (currency, (revenue, refunded)) in &one.sums {
            month.moved(currency, &revenue.to_string(), &refunded.to_string());
        }
    }
    assert_eq!(told(&page["cards"][2]), month);
    assert_eq!(told(&page["cards"][0]), days[&day(5)]);
    // The week began on the first.
    assert_eq!(told(&page["cards"][1]), month);
    // What charts draw is what the table says.
    let charts = &group(&page, "day")["charts"];
    assert_eq!(charts[0]["currency"], "EUR");
    assert_eq!(charts[0]["revenue"][1], "82.52");
    assert_eq!(charts[0]["refunded"][4], "48.53");
    assert_eq!(charts[1]["revenue"][2], "23.99");
    let due = bench.order(&due);
    assert!(due.state.awaits_payment());
}

#[test]
fn each_number_leads_to_the_orders_that_it_counts() {
    let bench = Bench::new().in_production();
    at(&bench, JUNE - DAY);
    let before = order(&bench, &[("monproduit", 1)], "transfer", None);
    at(&bench, JUNE + DAY);
    let held = order(
        &bench,
        &[("monproduit", 1), ("livre", 2)],
        "check",
        Some("ACADEMIE_t1"),
    );
    let back = order(&bench, &[("livre", 1)], "check", None);
    for paid in [&before, &held, &back] {
        move_to(&bench, paid, BillStatus::Soldout);
    }
    at(&bench, JUNE + 2 * DAY);
    move_to(&bench, &back, BillStatus::Payback);
    bench.sql(&format!(
        "UPDATE {{local_shopengine_order}} SET held = 'amount_mismatch' WHERE transactionid = '{held}'"
    ));
    let page = home(&bench, "");
    let groups = page["groups"].as_array().unwrap();
    let rows = groups
        .iter()
        .flat_map(|group| group["rows"].as_array().unwrap());
    let mut counted = 0;
    for row in page["cards"].as_array().unwrap().iter().chain(rows) {
        for number in ["placed", "paid", "held"] {
            let count = row[number]["count"].as_u64().unwrap();
            assert_eq!(behind(&bench, &row[number]["url"]) as u64, count, "{row}");
            counted += count;
        }
        let refunds = row["sums"].as_array().unwrap().iter();
        let refunded = refunds.filter(|sum| sum["refunded"]["amount"] != "0.00");
        assert_eq!(
            behind(&bench, &row["refundedurl"]) > 0,
            refunded.count() > 0,
            "{row}"
        );
    }
    assert!(counted > 20, "{counted}");
}

#[test]
fn a_day_begins_and_ends_at_midnight_also_when_the_clocks_change() {
    // The 29th of March 2026 has 23 hours in Paris, the 25th of October 25.
    for (last, day, seconds) in [
        (
            "2026-03-31T12:00:00Z",
            "2026-03-29",
            ("2026-03-28T23:00:00Z", "2026-03-29T21:59:59Z"),
        ),
        (
            "2026-10-31T12:00:00Z",
            "2026-10-25",
            ("2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z"),
        ),
    ] {
        let bench = Bench::new().in_production();
        let second = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_second();
        let (first, end) = (second(seconds.0), second(seconds.1));
        for time in [first - 1, first, end, end + 1] {
            at(&bench, time);
            let number = order(&bench, &[("livre", 1)], "check", None);
            move_to(&bench, &number, BillStatus::Soldout);
        }
        at(&bench, second(last));
        let page = home(&bench, "period=month");
        let rows = rows(&page, "day", "name");
        let mut expected = Expected {
            placed: 2,
            ..Expected::default()
        };
        expected.paid("EUR", "10.55");
        expected.paid("EUR", "10.55");
        assert_eq!(rows[day], expected);
        assert_eq!(rows.len(), 3);
        let all = group(&page, "day")["rows"].as_array().unwrap();
        assert_eq!(all.len(), 31);
        let row = all.iter().find(|row| row["name"] == day).unwrap();
        assert_eq!(behind(&bench, &row["paid"]["url"]), 2);
    }
}

#[test]
fn a_week_begins_on_monday_and_may_begin_before_the_month() {
    let bench = Bench::new().in_production();
    // Monday the 29th of June, and the Sunday before.
    at(&bench, JUNE + 27 * DAY + 3600);
    order(&bench, &[("livre", 1)], "check", None);
    at(&bench, JUNE + 28 * DAY);
    order(&bench, &[("livre", 1)], "check", None);
    at(&bench, JUNE + 30 * DAY + 3600);
    order(&bench, &[("livre", 1)], "check", None);
    let page = home(&bench, "period=week");
    let cards = page["cards"].as_array().unwrap();
    let placed: Vec<_> = cards.iter().map(|card| told(card).placed).collect();
    assert_eq!(placed, [1, 2, 1]);
    assert_eq!(page["period"]["from"], "2026-06-29");
    assert_eq!(group(&page, "day")["rows"].as_array().unwrap().len(), 3);
    assert_eq!(home(&bench, "period=today")["period"]["from"], "2026-07-01");
}

#[test]
fn orders_of_the_test_mode_are_counted_apart() {
    let bench = Bench::new();
    let (test, ..) = bench.placed("test");
    bench.pay(&test.transid);
    let bench = bench.in_production();
    order(&bench, &[("livre", 1)], "check", None);
    let page = home(&bench, "");
    let card = told(&page["cards"][2]);
    assert_eq!((card.placed, card.paid, card.sums.len()), (1, 0, 0));
    assert_eq!(
        (&page["test"], &page["others"]["count"]),
        (&false.into(), &1.into())
    );
    let page = home(&bench, "test=1");
    let card = told(&page["cards"][2]);
    assert_eq!((card.placed, card.paid), (1, 1));
    assert_eq!(behind(&bench, &page["cards"][2]["paid"]["url"]), 1);
    assert_eq!(page["others"]["count"], 1);
}

#[test]
fn what_waits_for_a_seller_comes_with_its_reason_and_what_to_do() {
    let bench = Bench::new().in_production();
    let old = order(&bench, &[("livre", 1)], "check", None);
    let new = order(&bench, &[("livre", 1)], "check", None);
    for (number, reason) in [(&old, "paid_twice"), (&new, "account_exists")] {
        bench.sql(&format!(
            "UPDATE {{local_shopengine_order}} SET held = '{reason}' WHERE transactionid = '{number}'"
        ));
    }
    // Long after the month.
    at(&bench, NOW + 400 * DAY);
    let held = &home(&bench, "period=today")["held"];
    let told: Vec<_> = held["orders"].as_array().unwrap().iter().collect();
    assert_eq!(told.len(), 2);
    assert_eq!(told[0]["reason"], "account_exists");
    assert_eq!(told[0]["todo"], Json::Null);
    assert_eq!(told[1]["transid"], old.to_string());
    assert_eq!(told[1]["todo"], "hold_todo_paid_twice");
    assert_eq!(told[1]["amount"]["text"], "€10.55");
    assert_eq!(behind(&bench, &told[1]["act"]), 1);
    assert_eq!(behind(&bench, &held["url"]), 2);
    assert_eq!(held["more"], false);
}

#[test]
fn every_sentence_of_a_hold_is_in_both_languages() {
    let source = include_str!("../src/front/home/held.rs");
    let codes: Vec<&str> = source
        .split('"')
        .filter(|word| word.starts_with("hold_todo_"))
        .collect();
    assert!(codes.len() > 6);
    for lang in [
        include_str!("../php/local/shopengine/lang/en/local_shopengine.php"),
        include_str!("../php/local/shopengine/lang/fr/local_shopengine.php"),
    ] {
        for code in &codes {
            assert!(lang.contains(&format!("$string['{code}']")), "{code}");
        }
    }
}

#[test]
fn buyers_of_partners_are_followed_from_the_link_to_the_payment() {
    let bench = Bench::new().in_production();
    let link = "what=import&shopid=1&livre=1&partner=ACADEMIE_";
    // One looks, one orders, one pays; one comes under a key that nobody has, and orders.
    let mut numbers = Vec::new();
    for (tag, orders) in [("t1", false), ("t2", true), ("t3", true)] {
        let mut buyer = Browser::guest(&bench);
        buyer.get(&format!("{link}{tag}"));
        if orders {
            buyer.identify(&format!("{tag}@example.net"));
            buyer.place("check");
            numbers.push(buyer.session.cart.transid.clone().unwrap());
        }
    }
    let mut stranger = Browser::guest(&bench);
    stranger.get("what=import&shopid=1&livre=1&partner=NOBODY_t1");
    stranger.identify("nobody@example.net");
    stranger.place("check");
    // A buyer without a link.
    order(&bench, &[("livre", 1)], "check", None);
    move_to(&bench, &numbers[1], BillStatus::Soldout);
    let page = home(&bench, "");
    let funnel = &page["funnel"];
    let counts = |row: &Json| {
        ["arrived", "placed", "paid"].map(|number| row[number]["count"].as_u64().unwrap())
    };
    let rows = funnel["rows"].as_array().unwrap();
    assert_eq!(counts(&rows[0]), [3, 2, 1]);
    assert_eq!(rows[1]["name"], Json::Null);
    assert_eq!(counts(&rows[1]), [1, 1, 0]);
    assert_eq!(counts(&funnel["total"]), [4, 3, 1]);
    for row in rows.iter().chain([&funnel["total"]]) {
        for number in ["placed", "paid"] {
            let count = row[number]["count"].as_u64().unwrap();
            assert_eq!(behind(&bench, &row[number]["url"]) as u64, count, "{row}");
        }
    }
}

#[test]
fn nobody_but_a_seller_sees_figures_or_gets_the_list() {
    let bench = Bench::new();
    bench.placed("check");
    for (script, query) in [(HOME, ""), (ORDERS, "format=csv")] {
        let mut buyer = Browser::of(&bench, user(3, "jean.dupont@example.org", false));
        for browser in [&mut Browser::guest(&bench), &mut buyer] {
            let answer = browser.send("GET", script, query, "");
            assert_eq!((answer.status, answer.page), (403, "error"), "{script}");
            assert!(answer.file.is_none());
            assert!(answer.data.get("cards").is_none());
        }
    }
}

/// The list as a file, line by line.
fn export(bench: &Bench, query: &str) -> Vec<Vec<String>> {
    let mut admin = Browser::of(bench, user(2, "admin@example.org", true));
    let answer = admin.send("GET", ORDERS, &format!("format=csv&{query}"), "");
    assert_eq!((answer.kind, answer.status), (Kind::File, 200));
    let file = answer.file.unwrap();
    assert!(file.name.starts_with("orders-2026-06-"), "{}", file.name);
    let mut out = Vec::new();
    let written = write_file(&bench.engine, &file, Format::Csv, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    let lines: Vec<Vec<String>> = text
        .lines()
        .map(|line| shopengine::domain::csv::fields(line).unwrap())
        .collect();
    assert_eq!(lines.len() as u64, written + 1);
    assert!(lines.iter().all(|line| line.len() == lines[0].len()));
    lines
}

#[test]
fn the_whole_list_is_exported_not_a_page_of_it() {
    let bench = Bench::new().in_production();
    let mut numbers = Vec::new();
    for _ in 0..203 {
        numbers.push(order(&bench, &[("livre", 1)], "check", None).to_string());
    }
    numbers.reverse();
    let lines = export(&bench, "");
    let exported: Vec<&String> = lines[1..].iter().map(|line| &line[0]).collect();
    assert_eq!(exported, numbers.iter().collect::<Vec<_>>());
    assert_eq!(export(&bench, &format!("find={}", &numbers[7])).len(), 2);
    assert_eq!(
        export(&bench, "product=LIVRE&paymode=check&test=0").len(),
        204
    );
    assert_eq!(export(&bench, "product=EBOOK").len(), 1);
}

#[test]
fn a_line_of_the_export_says_what_was_placed_and_paid() {
    let bench = Bench::new().in_production();
    let number = order(
        &bench,
        &[("monproduit", 2), ("livre", 1)],
        "check",
        Some("ACADEMIE_t1"),
    );
    move_to(&bench, &number, BillStatus::Soldout);
    refund(&bench, &number, "10.00", "10.00");
    let lines = export(&bench, "by=refunded&from=2026-06-15&to=2026-06-15");
    let line: BTreeMap<&str, &str> = lines[0]
        .iter()
        .map(String::as_str)
        .zip(lines[1].iter().map(String::as_str))
        .collect();
    for (column, value) in [
        ("order", number.to_string().as_str()),
        ("time", "2026-06-15T12:00:00Z"),
        ("status", "SOLDOUT"),
        ("held", ""),
        ("test", "0"),
        ("paymode", "check"),
        ("partner", "ACADEMIE"),
        ("tag", "t1"),
        ("firstname", "Zoé"),
        ("email", "zoe.martin@example.net"),
        ("country", "FR"),
        ("products", "2 x MONPRODUIT; 1 x LIVRE"),
        ("currency", "EUR"),
        ("untaxed", "49.98"),
        ("taxes", "8.55"),
        ("amount", "58.53"),
        ("settled", "58.53"),
        ("refunded", "10.00"),
    ] {
        assert_eq!(line[column], value, "{column}");
    }
    assert!(line["invoice"].len() > 2);
}

#[test]
fn no_cell_of_the_export_is_a_formula() {
    let bench = Bench::new().in_production();
    order(&bench, &[("livre", 1)], "check", None);
    let customer = serde_json::json!({
        "firstname": "=HYPERLINK(\"http://x\",\"y\")", "lastname": "+33;=1", "organisation": "@SUM(A1)",
        "address": "x", "zip": "1", "city": "x", "country": "FR", "email": "a@example.net",
    });
    let values = [customer.to_string().into()];
    let sql = "UPDATE {local_shopengine_order} SET customer = ?";
    bench.db().execute(sql, &values).unwrap();
    bench.sql("UPDATE {local_shopengine_line} SET itemcode = '-1+2'");
    let mut admin = Browser::of(&bench, user(2, "admin@example.org", true));
    let file = admin.send("GET", ORDERS, "format=csv", "").file.unwrap();
    let mut out = Vec::new();
    write_file(&bench.engine, &file, Format::Csv, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    for cell in [
        "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"",
        ",'+33;'=1,",
        ",'@SUM(A1),",
    ] {
        assert!(text.contains(cell), "{cell}: {text}");
    }
    for cell in text.lines().flat_map(|line| line.split([',', ';'])) {
        let cell = cell.trim_start_matches('"');
        assert!(!cell.starts_with(['=', '+', '@', '-', '\t']), "{cell}");
    }
}

#[test]
fn days_that_are_none_give_the_page_that_says_so_and_no_file() {
    let bench = Bench::new();
    let mut admin = Browser::of(&bench, user(2, "admin@example.org", true));
    let answer = admin.send("GET", ORDERS, "format=csv&from=2026-13-01", "");
    assert_eq!((answer.kind, answer.page), (Kind::Page, "bills"));
    assert_eq!(answer.data["search"]["problems"]["from"], true);
}

#[test]
fn figures_are_found_by_indexes_and_never_by_reading_all_orders() {
    let bench = Bench::new();
    for (table, condition, index) in [
        ("order", "timecreated >= 1 AND timecreated < 2", "created"),
        ("order", "held > ''", "held"),
        (
            "settlement",
            "timecreated >= 1 AND timecreated < 2",
            "created",
        ),
        (
            "settlement",
            "state IN ('refunded') AND timemodified >= 1 AND timemodified < 2",
            "modified",
        ),
        (
            "settlement",
            "billid IN (1, 2) AND state IN ('settled', 'refunded')",
            "bill",
        ),
        ("ledger", "kind = 'arrival' AND timecreated >= 1", "kind"),
    ] {
        let plan = bench.rows(&format!(
            "EXPLAIN QUERY PLAN SELECT id FROM {{local_shopengine_{table}}} WHERE {condition}"
        ));
        let detail = plan[0].text("detail").unwrap();
        let expected = format!("local_shopengine_{table}_{index}");
        assert!(detail.contains(&expected), "{table} {condition}: {detail}");
    }
}

#[test]
fn overlapping_times_and_pages_of_orders_are_counted_once_each() {
    let bench = Bench::new().in_production();
    // More than are read at a time, several in one millisecond.
    for number in 0..503 {
        at(&bench, JUNE + number / 100);
        order(&bench, &[("livre", 1)], "check", None);
    }
    let span = |from: i64, before: i64| Span {
        from: moment(JUNE + from),
        before: moment(JUNE + before),
    };
    let question = SalesQuestion {
        spans: vec![span(0, 6), span(0, 1), span(1, 5), span(5, 6), span(6, 7)],
        detail: span(0, 2),
        test: false,
    };
    let found = bench.engine.sales_figures(&question).unwrap();
    let placed: Vec<u64> = found.spans.iter().map(|figures| figures.placed).collect();
    assert_eq!(placed, [503, 100, 400, 3, 0]);
    assert_eq!(found.products["LIVRE"].figures.placed, 200);
    let filter = OrderFilter {
        day: OrderDay::Paid,
        ..OrderFilter::default()
    };
    assert!(bench.engine.find_orders(&filter, 10, 0).unwrap().is_empty());
}

#[test]
fn drafts_are_no_orders_yet() {
    let bench = Bench::new().in_production();
    let mut buyer = Browser::guest(&bench);
    buyer.get("what=import&shopid=1&livre=1&partner=ACADEMIE_t1");
    buyer.identify("t1@example.net");
    buyer.place("check");
    order(&bench, &[("livre", 1)], "check", None);
    bench.sql(
        "UPDATE {local_shopengine_order} SET status = 'WORKING', payment = 'draft' WHERE id = 1",
    );
    let page = home(&bench, "");
    let card = &page["cards"][2];
    assert_eq!(told(card).placed, 1);
    assert_eq!(behind(&bench, &card["placed"]["url"]), 1);
    assert_eq!(told(&group(&page, "product")["rows"][0]).placed, 1);
    let total = &page["funnel"]["total"]["placed"];
    assert_eq!(total["count"], 0);
    assert_eq!(behind(&bench, &total["url"]), 0);
    assert_eq!(home(&bench, "test=1")["others"]["count"], 1);
    let days = "from=2026-06-01&to=2026-06-30";
    assert_eq!(export(&bench, days).len(), 2);
    // A seller who works on them finds them.
    assert_eq!(export(&bench, &format!("{days}&status=WORKING")).len(), 2);
    assert_eq!(export(&bench, "").len(), 3);
}

#[test]
fn a_payment_counts_on_the_day_on_which_it_came_not_when_it_first_broke() {
    for (state, reason) in [
        ("broken", ""),
        ("broken", "refund_first"),
        ("held", "amount_mismatch"),
    ] {
        let bench = Bench::new().in_production();
        at(&bench, JUNE - 5 * DAY);
        let number = order(&bench, &[("livre", 1)], "check", None);
        let reference = format!("check:{number}");
        movement(&bench, &number, &reference, (state, reason), ("10.55", "0"));
        at(&bench, JUNE + 2 * DAY);
        move_to(&bench, &number, BillStatus::Soldout);
        let page = home(&bench, "");
        let card = &page["cards"][2];
        let mut expected = Expected::default();
        expected.paid("EUR", "10.55");
        assert_eq!(told(card), expected, "{state} {reason}");
        assert_eq!(behind(&bench, &card["paid"]["url"]), 1);
        assert_eq!(rows(&page, "day", "name")["2026-06-03"], expected);
    }
}

/// What the month says of paid orders and money, how many orders its links lead to, and what the file says was settled and refunded.
fn money_of(bench: &Bench) -> (Expected, [usize; 2], Vec<[String; 2]>) {
    let page = home(bench, "");
    let card = &page["cards"][2];
    let lines = export(bench, "");
    let paid = lines[1..]
        .iter()
        .map(|line| [line[19].clone(), line[20].clone()]);
    let links = [&card["paid"]["url"], &card["refundedurl"]].map(|url| behind(bench, url));
    let mut products = Expected::default();
    for row in group(&page, "product")["rows"].as_array().unwrap() {
        products.paid += told(row).paid;
        products.sums.extend(told(row).sums);
    }
    let mut told = told(card);
    told.placed = 0;
    assert_eq!(products, told);
    (told, links, paid.collect())
}

/// The payment `reference` is paid back in full, as a gateway's message about one that does not count leaves it on record.
fn back(bench: &Bench, reference: &str) {
    let now = bench.clock_millis();
    bench.sql(&format!(
        "UPDATE {{local_shopengine_settlement}} SET state = 'refunded', refunded = amount, timemodified = {now} WHERE reference = '{reference}'"
    ));
}

#[test]
fn payments_that_never_counted_are_neither_revenue_nor_refunds() {
    let none = (
        Expected::default(),
        [0, 0],
        vec![["0.00".to_owned(), "0.00".to_owned()]],
    );
    let bench = Bench::new().in_production();
    at(&bench, JUNE + 3600);
    let number = order(&bench, &[("livre", 1)], "check", None);
    // One that was held and paid back in parts and in full, one that was held and reversed, one that its refund overtook, one that broke.
    let held = ("held", "amount_mismatch");
    movement(&bench, &number, "P1", held, ("500.00", "0"));
    movement(&bench, &number, "R1", ("refund", ""), ("500.00", "0"));
    movement(&bench, &number, "P2", held, ("10.54", "0"));
    movement(&bench, &number, "V2", ("reversal", ""), ("10.54", "0"));
    movement(&bench, &number, "P3", ("refunded", ""), ("10.55", "10.55"));
    movement(&bench, &number, "P4", ("broken", ""), ("10.55", "0"));
    at(&bench, JUNE + 7200);
    back(&bench, "P1");
    back(&bench, "P4");
    assert_eq!(money_of(&bench), none);
    // Of an order that another payment paid for: a second payment, paid back.
    let bench = Bench::new().in_production();
    at(&bench, JUNE + 3600);
    let number = order(&bench, &[("livre", 1)], "check", None);
    movement(&bench, &number, "P3", ("refunded", ""), ("10.55", "10.55"));
    at(&bench, JUNE + 7200);
    move_to(&bench, &number, BillStatus::Soldout);
    at(&bench, JUNE + 7260);
    let twice = ("held", "paid_twice");
    movement(&bench, &number, "P2", twice, ("10.55", "0"));
    movement(&bench, &number, "R2", ("refund", ""), ("10.55", "0"));
    at(&bench, JUNE + 7320);
    back(&bench, "P2");
    let mut expected = Expected::default();
    expected.paid("EUR", "10.55");
    let line = |back: &str| vec![["10.55".to_owned(), back.to_owned()]];
    assert_eq!(money_of(&bench), (expected.clone(), [1, 0], line("0.00")));
    // The first is paid back too: that one counted, and is both.
    at(&bench, JUNE + 7380);
    move_to(&bench, &number, BillStatus::Payback);
    expected.moved("EUR", "0", "10.55");
    assert_eq!(money_of(&bench), (expected.clone(), [1, 1], line("10.55")));
    // Cancelled after that, it stays so.
    move_to(&bench, &number, BillStatus::Cancelled);
    assert_eq!(money_of(&bench), (expected, [1, 1], line("10.55")));
}

#[test]
fn all_bills_that_were_sold_without_a_payment_are_counted() {
    let bench = Bench::new();
    for bill in 5000..5045 {
        bench.sql(&format!(
            "INSERT INTO {{local_shopengine_watch}} (billid, state, status, timecreated, timemodified)
             VALUES ({bill}, 'alarm', 'SOLDOUT', 1, 1)"
        ));
    }
    bench.sql("UPDATE {local_shopengine_watch} SET state = 'seen' WHERE billid = 5044");
    assert_eq!(home(&bench, "")["held"]["unpaid"]["count"], 44);
}

#[test]
fn an_order_whose_shares_are_no_amounts_does_not_take_the_page_away() {
    let bench = Bench::new().in_production();
    let number = order(&bench, &[("livre", 1), ("monproduit", 1)], "check", None);
    move_to(&bench, &number, BillStatus::Soldout);
    // A discount that leaves a cent of a fortune.
    for (code, taxed) in [("LIVRE", "5000000.00"), ("MONPRODUIT", "-4999999.99")] {
        bench.sql(&format!(
            "UPDATE {{local_shopengine_line}} SET taxed = '{taxed}' WHERE itemcode = '{code}'"
        ));
    }
    let other = order(&bench, &[("ebook", 1)], "check", None);
    move_to(&bench, &other, BillStatus::Soldout);
    let page = home(&bench, "");
    assert_eq!(told(&page["cards"][2]).paid, 2);
    let products = rows(&page, "product", "code");
    assert_eq!(products["EBOOK"].paid, 1);
    assert_eq!(products["LIVRE"].placed, 1);
    assert_eq!(
        (products["LIVRE"].paid, products["LIVRE"].sums.len()),
        (0, 0)
    );
}

#[test]
fn a_filter_that_is_not_understood_is_said_and_gives_no_list_and_no_file() {
    let bench = Bench::new().in_production();
    order(&bench, &[("livre", 1)], "check", None);
    let mut admin = Browser::of(&bench, user(2, "admin@example.org", true));
    for (field, value) in [
        ("status", "FOO"),
        ("partner", "abc"),
        ("partner", "99999999999999999999"),
        ("test", "2"),
        ("by", "nonsense"),
        ("to", "yesterday"),
    ] {
        for file in ["", "format=csv&"] {
            let answer = admin.send("GET", ORDERS, &format!("{file}{field}={value}"), "");
            assert_eq!((answer.kind, answer.page), (Kind::Page, "bills"), "{field}");
            assert!(answer.data["orders"].as_array().unwrap().is_empty());
            let search = &answer.data["search"];
            assert_eq!(search["values"][field], value);
            let problems = search["problems"].as_object().unwrap();
            let said: Vec<_> = problems
                .iter()
                .filter(|(_, wrong)| **wrong == true)
                .map(|(name, _)| name.as_str())
                .collect();
            assert_eq!(said, [field]);
        }
    }
    assert_eq!(
        export(&bench, "status=PLACED&partner=0&test=0&by=placed").len(),
        2
    );
}

#[test]
fn orders_without_a_payment_interface_or_with_one_of_the_plugins_are_found_by_their_row() {
    let bench = Bench::new().in_production();
    for paymode in ["check", "", "mercanet2"] {
        let number = order(&bench, &[("livre", 1)], "check", None);
        bench.sql(&format!(
            "UPDATE {{local_shopengine_order}} SET paymode = '{paymode}' WHERE transactionid = '{number}'"
        ));
    }
    let page = home(&bench, "");
    let rows = group(&page, "paymode")["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    for row in rows {
        assert_eq!(behind(&bench, &row["placed"]["url"]), 1, "{row}");
    }
    let mut admin = Browser::of(&bench, user(2, "admin@example.org", true));
    let page = admin.send("GET", ORDERS, "paymode=mercanet2", "");
    let paymodes = page.data["search"]["paymodes"].as_array().unwrap();
    assert!(paymodes.contains(&"mercanet2".into()));
}
