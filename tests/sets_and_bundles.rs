//! Sets and bundles of the demo shop: ATELIERS is a set of two elements, COFFRET a bundle of two.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use common::browser::Browser;
use common::*;
use serde_json::{Value as Json, json};

fn notices(browser: &mut Browser<'_>) -> Vec<(String, String)> {
    let page = browser.get("view=shop&shopid=1").data;
    let notices = page["notices"].as_array().unwrap();
    notices
        .iter()
        .map(|notice| {
            let text = |value: &Json| value.as_str().unwrap().to_owned();
            (text(&notice["code"]), text(&notice["params"]["product"]))
        })
        .collect()
}

fn in_cart(browser: &mut Browser<'_>) -> Vec<(String, u64)> {
    let page = browser.get("view=shop&shopid=1").data;
    let lines = page["cart"]["lines"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    lines
        .iter()
        .map(|line| {
            let name = line["shortname"].as_str().unwrap().to_owned();
            (name, line["quantity"].as_u64().unwrap())
        })
        .collect()
}

#[test]
fn elements_of_a_set_are_priced_by_their_own_bands_and_taxes() {
    let bench = Bench::new();
    // Quantity, untaxed, taxes, taxed: 24.99 up to 3 units, then 19.99, at 20 %; 29.99 at 5.5 %.
    for (shortname, units, untaxed, taxes, taxed) in [
        ("ateliermatin", 1, "24.99", "5.00", "29.99"),
        ("ateliermatin", 3, "74.97", "14.99", "89.96"),
        ("ateliermatin", 4, "79.96", "15.99", "95.95"),
        ("ateliersoir", 1, "29.99", "1.65", "31.64"),
        ("ateliersoir", 2, "59.98", "3.30", "63.28"),
    ] {
        let placed = bench.place(&cart(&[(shortname, units)]), &guest(), "check");
        let view = bench
            .engine
            .view(&bench.order(&placed.unwrap().transid))
            .unwrap();
        let line = &view.lines[0];
        let amounts = [line.untaxed, line.taxes, line.taxed].map(|one| one.to_decimal_string());
        assert_eq!(amounts, [untaxed, taxes, taxed], "{units} x {shortname}");
        assert!(line.elements.is_empty());
    }
    check_laws(bench.db());
}

#[test]
fn a_bundle_is_one_line_at_its_own_price_and_tax_that_names_its_elements_as_placed() {
    let bench = Bench::new();
    let placed = bench
        .place(&cart(&[("coffret", 3)]), &guest(), "check")
        .unwrap();
    // 3 x 14.99 at the bundle's 20 %, whatever its elements cost and are taxed.
    assert_eq!(placed.amount.to_decimal_string(), "53.96");
    bench.sql("UPDATE {local_shop_catalogitem} SET name = 'Autre livre' WHERE id = 13");
    bench.sql("UPDATE {local_shop_catalogitem} SET setid = 0 WHERE id = 14");
    let view = bench.engine.view(&bench.order(&placed.transid)).unwrap();
    assert_eq!(view.lines.len(), 1);
    assert_eq!(view.lines[0].elements, ["Carnet", "Livre relié"]);
    let amounts = [view.untaxed, view.taxes].map(|one| one.to_decimal_string());
    assert_eq!(amounts, ["44.97", "8.99"]);
    let item = &bench.rows(
        "SELECT itemcode, abstract, unitcost, totalprice, taxcode FROM {local_shop_billitem}",
    )[0];
    let columns = ["itemcode", "abstract", "unitcost", "totalprice", "taxcode"];
    assert_eq!(
        columns.map(|name| item.text(name).unwrap()),
        ["COFFRET", "Coffret", "14.990", "44.970", "1"]
    );
    check_laws(bench.db());
}

#[test]
fn a_link_names_elements_of_sets_by_shortname_or_code_in_any_case() {
    let bench = Bench::new();
    for (link, found) in [
        ("ateliermatin=2", "ateliermatin"),
        ("AtelierMatin=2", "ateliermatin"),
        ("ATELIER-MATIN=2", "ateliermatin"),
        ("atelier-soir=2", "ateliersoir"),
        ("coffret=2", "coffret"),
    ] {
        let mut browser = Browser::guest(&bench);
        browser.get(&format!("shopid=1&what=import&{link}"));
        assert_eq!(in_cart(&mut browser), [(found.to_owned(), 2)], "{link}");
        assert!(notices(&mut browser).is_empty(), "{link}");
    }
}

#[test]
fn sets_and_elements_of_bundles_are_left_out_of_the_cart_with_the_reason() {
    let bench = Bench::new();
    let mut browser = Browser::guest(&bench);
    browser.get("shopid=1&what=import&ateliers=1&coffretlivre=1&COFFRET-CARNET=1&monproduit=1");
    let why = |code: &str, product: &str| (code.to_owned(), product.to_owned());
    assert_eq!(
        notices(&mut browser),
        [
            why("set_not_sold", "ateliers"),
            why("only_in_bundle", "coffretlivre"),
            why("only_in_bundle", "COFFRET-CARNET"),
        ]
    );
    assert_eq!(in_cart(&mut browser), [("monproduit".to_owned(), 1)]);
    // The same on the shop's page, and for a cart that was forged.
    browser.shop("ateliers", 1);
    assert_eq!(notices(&mut browser), [why("set_not_sold", "Ateliers")]);
    for (shortname, why) in [
        ("ateliers", "set_not_sold"),
        ("coffretlivre", "only_in_bundle"),
    ] {
        let placed = bench.place(&cart(&[(shortname, 1)]), &guest(), "check");
        assert_eq!(code(placed), why, "{shortname}");
    }
}

#[test]
fn the_rules_of_elements_and_of_their_set_decide_on_their_sale() {
    let reason = |sql: &str, shortname: &str| {
        let bench = Bench::new();
        bench.sql(sql);
        let mut browser = Browser::guest(&bench);
        browser.get(&format!("shopid=1&what=import&{shortname}=3"));
        let notices = notices(&mut browser);
        let sold = in_cart(&mut browser).first().map_or(0, |line| line.1);
        (
            notices.first().map_or(String::new(), |one| one.0.clone()),
            sold,
        )
    };
    let set =
        |sql: &str, id: i64| format!("UPDATE {{local_shop_catalogitem}} SET {sql} WHERE id = {id}");
    for (sql, shortname, code, sold) in [
        // An element's own columns.
        (
            set("status = 'SUSPENDED'", 10),
            "ateliermatin",
            "unavailable",
            0,
        ),
        (
            set("onlyforloggedin = 1", 10),
            "ateliermatin",
            "login_required",
            0,
        ),
        (
            set("password = 'sesame'", 10),
            "ateliermatin",
            "password_required",
            0,
        ),
        (set("stock = 2", 10), "ateliermatin", "cut_to_stock", 2),
        (set("stock = 0", 11), "ateliersoir", "cut_to_ceiling", 2),
        // The set's: the plugin shows its elements where it shows the set.
        (
            set("status = 'PREVIEW'", 9),
            "ateliermatin",
            "unavailable",
            0,
        ),
        (
            set("onlyforloggedin = 1", 9),
            "ateliermatin",
            "login_required",
            0,
        ),
        (
            set("range1 = 5, range2 = 2, price2 = 1", 9),
            "ateliermatin",
            "",
            3,
        ),
        // A set of another catalogue, or one that is gone.
        (set("catalogid = 2", 9), "ateliermatin", "unavailable", 0),
        (set("setid = 77", 10), "ateliermatin", "unavailable", 0),
        (set("isset = '0'", 9), "ateliermatin", "unavailable", 0),
        // A bundle's own; one without elements is not offered.
        (set("stock = 1", 12), "coffret", "cut_to_stock", 1),
        (set("status = 'SUSPENDED'", 12), "coffret", "unavailable", 0),
        (set("isset = '9'", 12), "coffret", "unavailable", 0),
        (
            "UPDATE {local_shop_catalogitem} SET setid = 0 WHERE setid = 12".to_owned(),
            "coffret",
            "unavailable",
            0,
        ),
    ] {
        assert_eq!(reason(&sql, shortname), (code.to_owned(), sold), "{sql}");
    }
}

#[test]
fn the_shop_lists_elements_below_their_set_and_names_those_of_a_bundle() {
    let bench = Bench::new();
    bench.sql("UPDATE {local_shop_catalogitem} SET id = 99 WHERE id = 10");
    let page = Browser::guest(&bench).get("view=shop&shopid=1").data;
    let items = page["items"].as_array().unwrap();
    let shown: Vec<Json> = items
        .iter()
        .skip_while(|item| item["shortname"] != "ateliers")
        .map(|item| {
            json!([
                item["shortname"],
                item["content"],
                item["element"],
                item["elements"]
            ])
        })
        .collect();
    assert_eq!(
        shown,
        [
            json!(["ateliers", "set", false, []]),
            json!(["ateliersoir", "product", true, []]),
            json!(["ateliermatin", "product", true, []]),
            json!(["coffret", "bundle", false, ["Carnet", "Livre relié"]]),
        ]
    );
}

#[test]
fn an_element_has_required_data_seats_and_an_address_like_any_product() {
    let bench = Bench::new();
    bench.sql(
        "UPDATE {local_shop_catalogitem} SET requireddata = json_array(json_object('field', 'nom', 'label', 'Nom', 'displayname', 'Nom',
            'type', 'textfield', 'desc', 'Nom')) WHERE id = 10",
    );
    bench.sql("UPDATE {local_shop_catalogitem} SET quantaddressesusers = 2 WHERE id = 11");
    bench.sql("INSERT INTO {local_shopengine_item} (catalogitemid, fulfillmenturl) VALUES (10, 'https://a.example/')");
    for (shortname, step) in [("ateliermatin", "purchaserequ"), ("ateliersoir", "users")] {
        let mut browser = Browser::guest(&bench);
        let link = format!("shopid=1&what=import&{shortname}=1&autodrive=1");
        let location = browser.get(&link).location;
        assert!(location.contains(&format!("view={step}&")), "{location}");
    }
    let products = bench.engine.products(50, 0).unwrap();
    let codes: Vec<&str> = products.iter().map(|one| one.code.as_str()).collect();
    assert!(codes.contains(&"ATELIER-MATIN") && codes.contains(&"COFFRET"));
    assert!(!codes.contains(&"ATELIERS") && !codes.contains(&"COFFRET-LIVRE"));
    bench.sql("UPDATE {local_shop_catalogitem} SET requireddata = '' WHERE id = 10");
    let placed = bench
        .place(&cart(&[("ateliermatin", 1)]), &guest(), "test")
        .unwrap();
    bench.pay(&placed.transid);
    let view = bench.engine.view(&bench.order(&placed.transid)).unwrap();
    assert_eq!(view.links[0].url, "https://a.example/");
}
