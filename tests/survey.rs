//! What a site uses that a takeover would change or lose, and which takeovers that keeps off.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::*;
use shopengine::domain::survey::{self, Blockade, Feature, Severity, refusal};
use shopengine::domain::takeover::Takeover;
use shopengine::engine::{Site, Survey};

fn settings(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn site(pairs: &[(&str, &str)]) -> Site {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let paymodes: BTreeSet<String> = names(&["test", "check", "stripe"]);
    Site {
        handlers: names(&["std_enrolonecourse", "OWN-HANDLER"]),
        paymodes,
        settings: settings(pairs),
    }
}

fn survey_of(bench: &Bench) -> Survey {
    bench.engine.survey(&site(&[])).unwrap()
}

fn codes(bench: &Bench) -> Vec<&'static str> {
    let mut codes: Vec<_> = survey_of(bench)
        .features
        .iter()
        .map(|found| found.code)
        .collect();
    codes.sort_unstable();
    codes
}

/// The only finding of that kind.
fn found(bench: &Bench, code: &str) -> Feature {
    let features = survey_of(bench).features.into_iter();
    let mut same: Vec<Feature> = features.filter(|found| found.code == code).collect();
    assert_eq!(same.len(), 1, "{code}");
    same.pop().unwrap()
}

/// The demo shop out of test mode, of which nothing is found.
fn clean() -> Bench {
    let bench = Bench::new();
    bench.set("test", "0");
    assert_eq!(codes(&bench), Vec::<&str>::new());
    bench
}

/// What makes a finding, its code, values that its sentence names, and the beginning of its place.
type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a str);

#[test]
fn each_feature_in_use_is_found_with_its_place() {
    let product = "UPDATE local_shop_catalogitem SET";
    let table: &[Case<'_>] = &[
        (
            &format!("{product} requireddata = '[{{' WHERE shortname = 'livre'"),
            "survey_required_data",
            &[("count", "1"), ("codes", "LIVRE")],
            "/local/shop/products/edit_product.php?itemid=",
        ),
        (
            &format!("{product} price1 = '-5.000' WHERE shortname = 'livre'"),
            "survey_prices",
            &[("codes", "LIVRE")],
            "/local/shop/products/edit_product.php?itemid=",
        ),
        (
            &format!(
                "{product} range1 = 5, range2 = 0, price2 = '0.000' WHERE shortname = 'monproduit'"
            ),
            "survey_price_gap",
            &[("codes", "MONPRODUIT")],
            "/local/shop/products/edit_product.php?itemid=",
        ),
        (
            &format!("{product} taxcode = '99' WHERE shortname = 'livre'"),
            "survey_tax_missing",
            &[("problem", "99")],
            "/local/shop/products/edit_product.php?itemid=",
        ),
        (
            "UPDATE local_shop_tax SET formula = '$ttc = round($ht)' WHERE id = 1",
            "survey_tax_formula",
            &[],
            "/local/shop/products/edit_product.php?itemid=",
        ),
        (
            "INSERT INTO local_shop_tax (title, ratio, formula) VALUES ('Old', '20', 'no formula')",
            "survey_tax_unused",
            &[("title", "Old")],
            "/local/shop/taxes/view.php?view=viewAllTaxes",
        ),
        (
            &format!("{product} enablehandler = 'std_gone' WHERE shortname = 'livre'"),
            "survey_handler",
            &[("problem", "std_gone"), ("codes", "LIVRE")],
            "/local/shop/products/edit_product.php?itemid=",
        ),
        (
            &format!("{product} enablehandler = '1' WHERE shortname = 'livre'"),
            "survey_handler",
            &[("problem", "LIVRE")],
            "/local/shop/products/edit_product.php?itemid=",
        ),
        (
            &format!("{product} enablehandler = '0' WHERE shortname = 'livre'"),
            "survey_handler_off",
            &[("codes", "LIVRE")],
            "/local/shop/products/edit_product.php?itemid=",
        ),
        (
            &format!(
                "{product} handlerparams = 'coursename=C1&endtime=%2B30D' WHERE shortname = 'livre'"
            ),
            "survey_end_time",
            &[("problem", "+30D"), ("codes", "LIVRE")],
            "/local/shop/products/edit_product.php?itemid=",
        ),
        (
            "UPDATE local_shop SET currency = 'XQX' WHERE id = 1",
            "survey_currency",
            &[("currency", "XQX")],
            "/local/shop/shop/edit_shop.php?id=1",
        ),
        (
            "UPDATE local_shop SET navsteps = 'shop,dance' WHERE id = 1",
            "survey_steps",
            &[],
            "/local/shop/shop/edit_shop.php?id=1",
        ),
        (
            "INSERT INTO local_shop (name, currency, catalogid) VALUES ('Second', 'USD', 1)",
            "survey_currencies",
            &[("currencies", "EUR, USD")],
            "",
        ),
        (
            "INSERT INTO local_shop_discount (shopid, name, enabled) VALUES (1, 'Ten percent', 1)",
            "survey_discounts",
            &[("count", "1")],
            "",
        ),
        (
            "INSERT INTO local_shop_catalog (name, countryrestrictions) VALUES ('Local', 'FR,BE')",
            "survey_countries",
            &[("catalog", "Local"), ("countries", "FR,BE")],
            "/local/shop/catalogs/edit_catalogue.php?catalogid=",
        ),
        (
            "INSERT INTO local_shop_bill (id, status, ordering, transactionid) VALUES (70, 'WORKING', 70, 'DRAFT')",
            "survey_drafts",
            &[("count", "1")],
            "/local/shop/bills/view.php?view=viewBill&billid=70",
        ),
        (
            "INSERT INTO local_shop_bill (id, status, ordering, transactionid) VALUES (70, 'DREAMED', 70, 'STOCKPLUGINORDER01==')",
            "survey_bills",
            &[
                ("count", "1"),
                ("of", "1"),
                ("field", "status"),
                ("value", "DREAMED"),
            ],
            "/local/shop/bills/view.php?view=viewBill&billid=70",
        ),
    ];
    for (sql, code, params, link) in table {
        let bench = clean();
        bench.sql(sql);
        let feature = found(&bench, code);
        for (name, value) in *params {
            assert_eq!(feature.params[name], *value, "{code} {name}");
        }
        assert!(feature.link.starts_with(link), "{code}: {}", feature.link);
        assert_eq!(feature.link.is_empty(), link.is_empty(), "{code}");
    }
    // Products that are not for sale are not looked at.
    let bench = clean();
    bench.sql(&format!(
        "{product} requireddata = '[{{', status = 'SUSPENDED' WHERE shortname = 'livre'"
    ));
    assert_eq!(codes(&bench), Vec::<&str>::new());
}

#[test]
fn shipping_is_found_where_it_is_switched_on_and_a_catalogue_has_zones() {
    let bench = clean();
    bench.sql("INSERT INTO local_shop_catalogshipzone (catalogid, zonecode) VALUES (1, '00')");
    assert_eq!(codes(&bench), Vec::<&str>::new());
    // The plugin's settings page names the switch otherwise than its pages do.
    for name in ["useshipping", "hasshipping"] {
        bench.set(name, "1");
        assert_eq!(found(&bench, "survey_shipping").params["zones"], "1");
        bench.set(name, "0");
    }
    bench.set("useshipping", "1");
    bench.sql("DELETE FROM local_shop_catalogshipzone");
    assert_eq!(codes(&bench), Vec::<&str>::new());
}

#[test]
fn an_interface_that_the_engine_does_not_know_is_found_where_it_is_offered() {
    let bench = clean();
    // base64 of a:1:{i:0;a:2:{s:6:"stripe";i:1;s:4:"gone";i:1;}}: one that is installed, one that is not.
    bench.sql(
        "UPDATE local_shop SET paymodes = 'YToxOntpOjA7YToyOntzOjY6InN0cmlwZSI7aToxO3M6NDoiZ29uZSI7aToxO319' WHERE id = 1",
    );
    assert_eq!(codes(&bench), ["survey_paymode", "survey_paymode_messages"]);
    assert_eq!(found(&bench, "survey_paymode").params["paymode"], "stripe");
    // Beside the PRO edition its messages are the plugin's.
    let beside = bench.engine.survey(&site(&[("pro", "1")])).unwrap();
    let codes: Vec<_> = beside.features.iter().map(|found| found.code).collect();
    assert_eq!(codes, ["survey_paymode", "survey_pro"]);
    assert_eq!(beside.blockade.blocked, "");
}

#[test]
fn what_loses_something_blocks_its_takeovers_and_nothing_else_does() {
    for judgment in survey::ALL {
        let features = [judgment.found([], "")];
        let blockade = Blockade::of(&features, &settings(&[]));
        let expected: Vec<&str> = judgment
            .takeovers
            .iter()
            .filter(|_| judgment.severity == Severity::Loses)
            .map(|takeover| takeover.name())
            .collect();
        assert_eq!(blockade.blocked, expected.join(" "), "{}", judgment.code);
    }
}

#[test]
fn a_takeover_that_was_on_before_stays_on_and_one_that_is_forced_does_not() {
    let features = [survey::SHIPPING.found([], "")];
    let judged = |pairs: &[(&str, &str)]| {
        let blockade = Blockade::of(&features, &settings(pairs));
        (blockade.blocked, blockade.running)
    };
    let pair = |blocked: &str, running: &str| (blocked.to_owned(), running.to_owned());
    // (blocked, running) by what is set and what ran at the last look.
    assert_eq!(
        judged(&[("running", "")]),
        pair("cart customer placement", "")
    );
    // Set by hand although it was blocked: it is off, and stays so.
    assert_eq!(
        judged(&[
            ("running", "trace"),
            ("blocked", "cart customer placement"),
            ("trace", "on"),
            ("cart", "on")
        ]),
        pair("cart customer placement", "trace")
    );
    // The shop began to ship while it was on: its orders go on.
    assert_eq!(
        judged(&[("running", "cart"), ("blocked", ""), ("cart", "on")]),
        pair("customer placement", "cart")
    );
    // Once it was off it cannot come back.
    assert_eq!(
        judged(&[("running", "cart"), ("blocked", ""), ("cart", "off")]),
        pair("cart customer placement", "")
    );
    // It was switched on after the last look, which had nothing against it, and the shop began to ship afterwards.
    assert_eq!(
        judged(&[("running", ""), ("blocked", ""), ("cart", "on")]),
        pair("customer placement", "cart")
    );
    // A new site that nobody has looked at.
    assert_eq!(
        judged(&[("running", ""), ("cart", "on")]),
        pair("cart customer placement", "")
    );
    // Nobody has looked yet: what is on has been on.
    assert_eq!(
        judged(&[("cart", "on")]),
        pair("customer placement", "cart")
    );
}

#[test]
fn endpoints_that_are_on_by_payment_stay_on() {
    let features = [survey::PAYMODE_MESSAGES.found([], "")];
    let mut site: Vec<(&str, &str)> = ["cart", "customer", "placement", "payment"]
        .into_iter()
        .map(|name| (name, "on"))
        .collect();
    site.push(("running", "cart customer placement payment endpoints"));
    site.push(("blocked", ""));
    let blockade = Blockade::of(&features, &settings(&site));
    assert_eq!(blockade.blocked, "");
    assert_eq!(
        blockade.running,
        "cart customer placement payment endpoints"
    );
}

#[test]
fn a_setting_that_stays_off_is_refused_with_its_reason() {
    let lost = settings(&[("blocked", "cart")]);
    let pro = settings(&[("pro", "1")]);
    let table = [
        (&lost, Takeover::Cart, "on", Some("takeover_would_lose")),
        (&lost, Takeover::Cart, "shadow", None),
        (&lost, Takeover::Cart, "off", None),
        (&lost, Takeover::Trace, "on", None),
        (&pro, Takeover::Cart, "on", Some("takeover_beside_pro")),
        (&pro, Takeover::Cart, "shadow", Some("takeover_beside_pro")),
        (&pro, Takeover::Cart, "off", None),
        (&pro, Takeover::Bills, "on", None),
    ];
    for (settings, takeover, mode, expected) in table {
        assert_eq!(
            refusal(takeover, mode, settings),
            expected,
            "{takeover:?} {mode}"
        );
    }
}

#[test]
fn a_survey_writes_nothing_and_the_worst_comes_first() {
    let bench = clean();
    bench.sql("UPDATE local_shop_catalogitem SET requireddata = '[{' WHERE shortname = 'livre'");
    bench.sql("INSERT INTO local_shop_bill (id, status, ordering, transactionid) VALUES (70, 'WORKING', 70, 'DRAFT')");
    let before = picture(bench.db());
    let survey = survey_of(&bench);
    let severities: Vec<_> = survey.features.iter().map(|found| found.severity).collect();
    assert_eq!(severities, [Severity::Loses, Severity::Information]);
    assert_eq!(survey.blockade.blocked, "import cart placement");
    assert_eq!(before, picture(bench.db()));
}

#[test]
fn test_mode_and_interfaces_that_nobody_can_pay_by_are_told() {
    let bench = Bench::new();
    bench.set("test", "1");
    bench.set("selleraddress", "12 rue du Port");
    assert!(codes(&bench).contains(&"survey_test_mode"));
    assert!(!codes(&bench).contains(&"survey_paymode_unsaid"));
    bench.set("test", "0");
    bench.set("selleraddress", " ");
    let found = survey_of(&bench).features;
    assert!(!found.iter().any(|found| found.code == "survey_test_mode"));
    let unsaid: Vec<_> = found
        .iter()
        .filter(|found| found.code == "survey_paymode_unsaid")
        .collect();
    assert_eq!(unsaid.len(), 1, "{found:?}");
    assert_eq!(unsaid[0].params["paymode"], "check");
    assert_eq!(unsaid[0].params["settings"], "selleraddress");
    let paypal = Site {
        paymodes: BTreeSet::from(["paypal".to_owned()]),
        ..site(&[])
    };
    bench.set("paypalsellername", "");
    let found = bench.engine.survey(&paypal).unwrap().features;
    let unset = found
        .iter()
        .find(|found| found.code == "survey_paymode_unset");
    assert_eq!(unset.unwrap().params["paymode"], "paypal");
}
