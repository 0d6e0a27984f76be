//! The buyer's own list of orders: theirs alone, by a log-in alone.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use common::browser::Browser;
use common::*;
use serde_json::Value as Json;

const PAGE: &str = "/local/shopengine/myorders.php";

fn listed(browser: &mut Browser<'_>, query: &str) -> Vec<Json> {
    let answer = browser.send("GET", PAGE, query, "");
    assert_eq!(answer.status, 200, "{:?}", answer.data);
    answer.data["orders"].as_array().unwrap().clone()
}

fn ordered(bench: &Bench, account: &str, paymode: &str) -> String {
    let (id, email) = account.split_once(' ').unwrap();
    let buyer = member(id.parse().unwrap(), email, false);
    bench
        .place(&cart(&[("monproduit", 1)]), &buyer, paymode)
        .unwrap()
        .transid
        .to_string()
}

const JEAN: &str = "3 jean.dupont@example.org";
const MARIE: &str = "4 marie_curie@example.org";

#[test]
fn buyers_see_their_own_orders_with_what_can_be_done() {
    let bench = Bench::new();
    let due = ordered(&bench, JEAN, "check");
    let paid = ordered(&bench, JEAN, "test");
    bench.pay(&paid.parse().unwrap());
    ordered(&bench, MARIE, "check");
    bench.placed("check");
    let mut jean = Browser::of(&bench, user(3, "jean.dupont@example.org", false));
    let orders = listed(&mut jean, "");
    let numbers: Vec<_> = orders
        .iter()
        .map(|order| order["transid"].as_str().unwrap())
        .collect();
    assert_eq!(numbers, [paid.as_str(), due.as_str()]);
    let has = |order: &Json, name: &str| order[name].is_string();
    for name in ["invoice", "opens"] {
        assert_eq!(
            [has(&orders[0], name), has(&orders[1], name)],
            [true, false],
            "{name}"
        );
    }
    assert_eq!(
        [has(&orders[0], "payurl"), has(&orders[1], "payurl")],
        [false, true]
    );
    // Each address opens.
    for order in &orders {
        for name in ["url", "invoice", "opens", "payurl"] {
            if let Some(url) = order[name].as_str() {
                let (_, query) = url.split_once('?').unwrap();
                assert_eq!(jean.get(query).status, 200, "{url}");
            }
        }
    }
}

#[test]
fn a_guest_and_a_partners_word_see_no_list() {
    let bench = Bench::new();
    ordered(&bench, JEAN, "check");
    let mut guest = Browser::guest(&bench);
    let link =
        "shopid=1&what=import&autodrive=1&monproduit=1&partner=ACADEMIE_t1_marie_curie@example.org";
    guest.referer = "https://partenaire.example/offre";
    for vouched in [false, true] {
        if vouched {
            guest.get(link);
            assert!(guest.session.vouched.is_some());
        }
        let answer = guest.send("GET", PAGE, "", "");
        assert_eq!((answer.status, answer.page), (403, "error"));
        let login = answer.data["next"]["url"].as_str().unwrap();
        assert!(
            login.contains("wantsurl=") && login.contains("myorders"),
            "{login}"
        );
    }
}

#[test]
fn drafts_are_no_orders_yet_and_long_lists_have_pages() {
    let bench = Bench::new();
    let numbers: Vec<String> = (0..26).map(|_| ordered(&bench, JEAN, "check")).collect();
    bench.sql(&format!(
        "UPDATE {{local_shopengine_order}} SET status = 'WORKING', payment = 'draft' WHERE transactionid = '{}'",
        numbers[0]
    ));
    let mut jean = Browser::of(&bench, user(3, "jean.dupont@example.org", false));
    assert_eq!(listed(&mut jean, "").len(), 25);
    assert_eq!(listed(&mut jean, "page=1").len(), 0);
    bench.sql("UPDATE {local_shopengine_order} SET status = 'PLACED', payment = 'due'");
    assert_eq!(listed(&mut jean, "page=1").len(), 1);
    // Behind the end: nothing, and the page's number tells it from a list of nothing.
    let behind = jean.send("GET", PAGE, "page=3", "");
    assert_eq!(
        (&behind.data["page"], &behind.data["more"]),
        (&3.into(), &false.into())
    );
    assert!(behind.data["orders"].as_array().unwrap().is_empty());
    for strange in ["page=-1", "page=99999999999", "page=x"] {
        listed(&mut jean, strange);
    }
}
