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
use shopengine::front::Answer;

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
                paymode: Some("test".into()),
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
    assert_eq!(
        admin.send("POST", BILLS, "", &confirming(&page)).status,
        303
    );
    assert_eq!(bench.status(&placed.transid), "SOLDOUT");
}

/// What the form of a question sends.
fn confirming(page: &Answer) -> String {
    let fields = page.data["fields"].as_array().unwrap();
    let fields = fields
        .iter()
        .map(|field| (field[0].as_str().unwrap(), field[1].as_str().unwrap()));
    url::form_urlencoded::Serializer::new("sesskey=sesskey1&".to_owned())
        .extend_pairs(fields)
        .finish()
}

#[test]
fn a_sellers_own_cart_is_never_what_is_moved_or_released() {
    let bench = Bench::new();
    let mut admin = Browser::of(&bench, user(2, "admin@example.org", true));
    let [first, ..] = three(&bench);
    let held = bench.placed("check").0.transid;
    bench.sql(&format!(
        "UPDATE local_shopengine_order SET held = 'amount_differs' WHERE transactionid = '{held}'"
    ));
    admin.shop("monproduit", 2);
    let ask = |admin: &mut Browser<'_>, command: &str| {
        let page = admin.send(
            "POST",
            BILLS,
            "",
            &format!("sesskey=sesskey1&ask=1&{command}"),
        );
        assert_eq!(page.page, "confirm", "{command}: {:?}", page.data);
        admin.send("POST", BILLS, "", &confirming(&page))
    };
    // Only a cart, then an order of the seller's own.
    for own in [false, true] {
        if own {
            admin.identify("seller@example.org");
            admin.place("check");
            assert_eq!(admin.session.cart.order.len(), 1);
        }
        let to = if own { "SOLDOUT" } else { "PENDING" };
        let command = format!("what=flowchange&status={to}&transid={first}");
        assert_eq!(ask(&mut admin, &command).status, 303);
        assert_eq!(
            bench.text(&format!(
                "SELECT status AS t FROM {{local_shop_bill}} WHERE transactionid = '{first}'"
            )),
            to
        );
    }
    let released = format!("what=release&{}", naming(&held));
    assert_eq!(ask(&mut admin, &released).status, 303);
    assert_eq!(bench.order(&held).held, None);
    // Nor what is shown.
    let bill = bench.order(&held).bill;
    let page = admin.get(&format!("view=bill&billid={bill}"));
    assert_eq!(page.data["order"]["transid"], held.to_string());
    // A command that names no order is about none.
    for command in [
        "what=flowchange&status=SOLDOUT",
        "what=release",
        "what=revoke",
        "what=refund&amount=1&sofar=0",
    ] {
        let answer = admin.send("POST", BILLS, "", &format!("sesskey=sesskey1&{command}"));
        assert_eq!(answer.status, 404, "{command}");
    }
    let own = admin.session.cart.transid.clone().unwrap();
    assert_eq!(bench.status(&own), "PLACED");
}

#[test]
fn who_confirms_is_asked_again_when_the_order_has_changed_since_the_question() {
    let bench = Bench::new();
    let mut buyer = Browser::guest(&bench);
    buyer.shop("monproduit", 1);
    buyer.identify("ada@example.net");
    buyer.place("check");
    let order = buyer.session.cart.transid.clone().unwrap();
    let mut admin = Browser::of(&bench, user(2, "admin@example.org", true));
    let asked = format!(
        "sesskey=sesskey1&ask=1&what=flowchange&status=SOLDOUT&{}",
        naming(&order)
    );
    let page = admin.send("POST", BILLS, "", &asked);
    assert_eq!(page.data["about"]["amount"]["text"], "€23.99");
    buyer.shop("monproduit", 5);
    buyer.place("check");
    let again = admin.send("POST", BILLS, "", &confirming(&page));
    assert_eq!((again.status, again.page), (200, "confirm"));
    assert_eq!(again.data["notices"][0]["code"], "order_changed_meanwhile");
    assert_ne!(again.data["about"]["amount"]["text"], "€23.99");
    assert_eq!(bench.status(&order), "PLACED");
    assert_eq!(
        admin.send("POST", BILLS, "", &confirming(&again)).status,
        303
    );
    assert_eq!(bench.status(&order), "SOLDOUT");
}

#[test]
fn a_link_moves_releases_and_pays_back_nothing_even_with_the_key() {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("check");
    let mut admin = Browser::of(&bench, user(2, "admin@example.org", true));
    let before = picture(bench.db());
    for (command, status) in [
        ("what=flowchange&status=SOLDOUT", 200),
        ("what=release", 200),
        ("what=revoke", 405),
        ("what=refund&amount=1&sofar=0", 405),
        ("what=acknowledge&billid=1", 405),
    ] {
        let query = format!("sesskey=sesskey1&{command}&{}", naming(&placed.transid));
        let answer = admin.send("GET", BILLS, &query, "");
        assert_eq!(answer.status, status, "{command}");
        assert_eq!(answer.page == "confirm", status == 200, "{command}");
    }
    assert_eq!(picture(bench.db()), before);
}

/// A bill of one product that a seller has begun by hand, at 10.00 before tax.
fn draft(bench: &Bench) -> i64 {
    let (placed, ..) = bench.placed("check");
    let source = format!("transactionid = '{}'", placed.transid);
    bench.sql(&format!(
        "INSERT INTO local_shop_bill (shopid, userid, ordering, customerid, invoiceinfo, title, worktype, status, emissiondate,
                lastactiondate, untaxedamount, taxes, amount, currency, transactionid, paymode)
         SELECT shopid, userid, 99001, customerid, invoiceinfo, 'Draft by hand', worktype, 'WORKING', emissiondate,
                lastactiondate, untaxedamount, taxes, amount, currency, 'DRAFT0000000000001', 'check'
           FROM local_shop_bill WHERE {source}"
    ));
    let id = bench.count("SELECT MAX(id) AS n FROM {local_shop_bill}");
    bench.sql(&format!(
        "INSERT INTO local_shop_billitem (billid, ordering, type, itemcode, catalogitem, abstract, description, delay, unitcost, quantity,
                totalprice, taxcode, bundleid, customerdata, productiondata)
         SELECT {id}, ordering, type, itemcode, catalogitem, abstract, description, delay, unitcost, quantity, totalprice, taxcode,
                bundleid, customerdata, productiondata
           FROM local_shop_billitem WHERE billid = (SELECT id FROM local_shop_bill WHERE {source})"
    ));
    id
}

/// The seller makes three of one in the plugin's pages, which multiply the amounts.
fn triple(bench: &Bench, bill: i64) {
    bench.sql(&format!(
        "UPDATE local_shop_billitem SET quantity = 3, totalprice = totalprice * 3 WHERE billid = {bill}"
    ));
    bench.sql(&format!(
        "UPDATE local_shop_bill SET untaxedamount = untaxedamount * 3, taxes = taxes * 3, amount = amount * 3 WHERE id = {bill}"
    ));
}

#[test]
fn who_is_asked_about_a_draft_has_made_no_order_of_it() {
    let bench = Bench::new();
    let bill = draft(&bench);
    let mut admin = Browser::of(&bench, user(2, "admin@example.org", true));
    let before = picture(bench.db());
    let query =
        format!("sesskey=sesskey1&view=viewBill&billid={bill}&what=flowchange&status=PLACED");
    assert_eq!(admin.send("GET", BILLS, &query, "").page, "confirm");
    assert_eq!(picture(bench.db()), before);
}

#[test]
fn a_draft_is_shown_moved_and_paid_as_it_is_by_then() {
    let bench = Bench::new();
    let bill = draft(&bench);
    let mut admin = Browser::of(&bench, user(2, "admin@example.org", true));
    let popup = "/local/shop/front/order.popup.php";
    let shown = |admin: &mut Browser<'_>| {
        let page = admin.send("GET", popup, "transid=DRAFT0000000000001", "");
        let text = page.data["order"]["totals"]["taxed"]["amount"].as_str();
        text.map(str::to_owned)
            .unwrap_or_else(|| panic!("{:?}", page.data))
    };
    assert_eq!(shown(&mut admin), "23.99");
    triple(&bench, bill);
    assert_eq!(shown(&mut admin), "71.97");
    // The comparison of orders and bills leaves it to the plugin.
    triple(&bench, bill);
    bench.engine.reconcile(100).unwrap();
    let amounts = "SELECT CAST(ROUND(amount * 100) AS INTEGER) AS n FROM {local_shop_bill} WHERE transactionid = 'DRAFT0000000000001'";
    assert_eq!(bench.count(amounts), 21591);
    for to in ["PLACED", "SOLDOUT"] {
        let asked = format!("sesskey=sesskey1&ask=1&what=flowchange&status={to}&billid={bill}");
        let page = admin.send("POST", BILLS, "", &asked);
        assert_eq!(page.data["about"]["amount"]["text"], "€215.91");
        assert_eq!(
            admin.send("POST", BILLS, "", &confirming(&page)).status,
            303
        );
    }
    let settled =
        bench.text("SELECT amount AS t FROM {local_shopengine_settlement} WHERE state = 'settled'");
    assert_eq!(settled, "215.91");
    let lines = format!(
        "SELECT SUM(l.quantity) AS n FROM {{local_shopengine_line}} l JOIN {{local_shopengine_order}} o ON o.billid = l.billid AND o.revision = l.revision
          WHERE l.billid = {bill}"
    );
    assert_eq!(bench.count(&lines), 3);
    check_laws(bench.db());
}

#[test]
fn a_draft_that_the_plugin_edits_and_moves_becomes_what_it_is_by_then() {
    let bench = Bench::new();
    let bill = draft(&bench);
    let order = bench.engine.order_of_bill(bill).unwrap().unwrap();
    triple(&bench, bill);
    bench.sql(&format!(
        "UPDATE local_shop_bill SET status = 'PLACED' WHERE id = {bill}"
    ));
    bench.engine.reconcile(100).unwrap();
    let order = bench.engine.order_of_bill(order.bill).unwrap().unwrap();
    assert_eq!(order.amount.to_decimal_string(), "71.97");
    assert_eq!(
        (order.state.status(), order.held),
        (BillStatus::Placed, None)
    );
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
    let (numbers, _) = list(&mut admin, "find=love_lace&status=PLACED");
    assert_eq!(numbers, [first]);
    let (numbers, search) = list(&mut admin, "find=love_lace&status=PLACED&from=2026-13-01");
    assert!(numbers.is_empty());
    assert_eq!(search["values"]["find"], "love_lace");
    assert_eq!(search["values"]["from"], "2026-13-01");
    assert_eq!(search["problems"]["from"], true);
    assert_eq!(search["problems"]["to"], false);
    let (numbers, search) = list(&mut admin, "to=2017-08-20");
    assert!(numbers.is_empty() && search["problems"]["to"] == false);
    assert_eq!(list(&mut admin, "").0.len(), 3);
}
