//! The gate before the plugin's scripts, as a table of decisions.

use std::collections::BTreeMap;

use shopengine::front::Sender;
use shopengine::front::gate::{
    Decision, GateRequest, Passage, Runs, Takeover, decide, scripts, unknown_scripts,
};

const FORM: &str = "application/x-www-form-urlencoded";

/// The settings with all takeovers on but those named.
fn all_on(off: &[Takeover]) -> BTreeMap<String, String> {
    Takeover::ALL
        .into_iter()
        .filter(|takeover| !off.contains(takeover))
        .map(|takeover| (takeover.name().to_owned(), "on".to_owned()))
        .collect()
}

fn only(mode: &str, takeovers: &[Takeover]) -> BTreeMap<String, String> {
    takeovers
        .iter()
        .map(|takeover| (takeover.name().to_owned(), mode.to_owned()))
        .collect()
}

fn get(script: &str, query: &str, modes: &BTreeMap<String, String>) -> Decision {
    decide(&GateRequest {
        method: "GET".to_owned(),
        script: script.to_owned(),
        query: query.as_bytes().to_vec(),
        sesskey: "key".to_owned(),
        modes: modes.clone(),
        sender: own_page(),
        ..GateRequest::default()
    })
}

/// What browsers say of a link or a form of the shop's own pages.
fn own_page() -> Sender {
    Sender {
        fetch_site: "same-origin".to_owned(),
        referer: "https://shop.example/local/shop/front/view.php".to_owned(),
        wwwroot: "https://shop.example".to_owned(),
        ..Sender::default()
    }
}

fn post(script: &str, query: &str, body: &str, modes: &BTreeMap<String, String>) -> Decision {
    decide(&GateRequest {
        method: "POST".to_owned(),
        script: script.to_owned(),
        query: query.as_bytes().to_vec(),
        body: body.as_bytes().to_vec(),
        content_type: FORM.to_owned(),
        sesskey: "key".to_owned(),
        modes: modes.clone(),
        sender: own_page(),
    })
}

const FRONT: &str = "front/view.php";
const BILLS: &str = "bills/view.php";

#[test]
fn nothing_is_decided_while_all_takeovers_are_off() {
    let off = BTreeMap::new();
    for query in ["view=order1&what=navigate", "view=payment&what=place"] {
        assert_eq!(get(FRONT, query, &off).passage, Passage::Pass);
    }
    assert_eq!(get("front/new.php", "", &off).passage, Passage::Pass);
}

#[test]
fn what_the_table_does_not_know_is_refused_while_any_takeover_is_on() {
    for takeover in Takeover::ALL {
        let modes = only("on", &[takeover]);
        let decision = get("front/new.php", "", &modes);
        if modes.len() == 1 && decision.passage == Passage::Pass {
            // It builds on another one that is off: it only watches.
            assert!(!shopengine::front::gate::Modes::of(&modes).any_on());
            continue;
        }
        assert_eq!(decision.passage, Passage::Refuse, "{takeover:?}");
        assert_eq!(decision.code, "request_unlisted");
        let decision = get(FRONT, "view=renderer", &modes);
        assert_eq!(decision.passage, Passage::Refuse, "{takeover:?}");
        let decision = get(FRONT, "view=product", &modes);
        assert_eq!(decision.passage, Passage::Refuse, "{takeover:?}");
    }
}

#[test]
fn goods_are_not_to_be_had_by_a_misspelled_parameter() {
    let modes = all_on(&[]);
    for query in [
        "shopid=1&view=order1&what=navigate&paymode=freeorder",
        "shopid=1&view=0order&what=navigate&paymode=freeorder",
        "shopid=1&view=order.&what=navigate&paymode=freeorder",
        "shopid=1&view=order&what=navigate%3Cb%3E&paymode=freeorder",
        "shopid=1&view=payment1&what=place",
        "shopid=1&view=payment&what=pl%3Cb%3Eace",
        "shopid=1&view=produce1&what=confirm&transid=T",
        "shopid=1&view=Produce&what=confirm&transid=T",
        "shopid=1&view=bill1&transid=T",
    ] {
        let decision = get(FRONT, query, &modes);
        assert_eq!(decision.passage, Passage::Refuse, "{query}");
        assert_eq!(decision.status, 400, "{query}");
    }
}

#[test]
fn the_exact_words_go_where_the_table_says() {
    let modes = all_on(&[]);
    for (query, passage, takeover) in [
        ("id=1&what=import&formation=1", Passage::Steer, "import"),
        ("view=shop&what=import", Passage::Steer, "import"),
        ("", Passage::Steer, "cart"),
        ("view=", Passage::Steer, "cart"),
        ("view=shop&what=clearall", Passage::Plugin, ""),
        ("view=customer&what=navigate", Passage::Steer, "customer"),
        ("view=order", Passage::Steer, "customer"),
        ("view=order&what=navigate", Passage::Steer, "placement"),
        ("view=payment&what=place", Passage::Engine, "payment"),
        ("view=produce&what=confirm", Passage::Engine, "production"),
        ("view=bill&transid=T", Passage::Engine, "bills"),
    ] {
        let decision = get(FRONT, query, &modes);
        assert_eq!(
            (decision.passage, decision.takeover),
            (passage, takeover),
            "{query}"
        );
    }
}

#[test]
fn a_command_of_another_view_is_refused() {
    let modes = all_on(&[Takeover::Import]);
    for query in [
        "view=payment&what=import",
        "view=bill&what=place",
        "view=shop&what=place",
        "view=customer&what=produce",
    ] {
        assert_eq!(
            get(FRONT, query, &modes).passage,
            Passage::Refuse,
            "{query}"
        );
    }
}

#[test]
fn the_plugin_reads_the_words_that_were_decided_on() {
    let modes = all_on(&[]);
    let decision = get(FRONT, "what=clearall&shopid=1", &modes);
    assert_eq!(decision.get["view"].as_deref(), Some("shop"));
    assert_eq!(decision.get["what"].as_deref(), Some("clearall"));
    assert_eq!(decision.post["view"], None);
    let decision = post(FRONT, "what=clearall", "what=clearall&view=shop", &modes);
    assert_eq!(decision.post["what"].as_deref(), Some("clearall"));
    assert_eq!(decision.get["what"], None);
    let decision = get("customers/view.php", "view=", &modes);
    assert_eq!(decision.get["view"], None);
}

#[test]
fn a_parameter_that_can_be_read_twice_is_refused() {
    let modes = all_on(&[]);
    for query in [
        "view=shop&view=payment",
        "view[]=shop",
        "view=shop&view[]=payment",
        "view%00=payment",
        "%20view=payment",
        "view=shop&what=clearall&what=place",
    ] {
        let decision = get(FRONT, query, &modes);
        assert_eq!(
            (decision.passage, decision.code, decision.status),
            (Passage::Refuse, "parameter_ambiguous", 400),
            "{query}"
        );
    }
    let decision = post(FRONT, "view=shop", "view=payment", &modes);
    assert_eq!(decision.code, "parameter_ambiguous");
}

#[test]
fn a_bill_moves_by_the_engine_or_after_a_question() {
    for query in [
        "view=viewBill&billid=1&what=flowchange&status=COMPLETE",
        "view=viewBill&billid=1&what=changestate&status=COMPLETE",
    ] {
        let decision = get(BILLS, query, &all_on(&[]));
        assert_eq!(decision.passage, Passage::Engine);
        assert_eq!(decision.access, "seller");
        // A foreign page cannot make the seller's browser move it where the plugin still does.
        let without = all_on(&[Takeover::Backoffice]);
        assert_eq!(get(BILLS, query, &without).passage, Passage::Confirm);
        let forged = format!("{query}&sesskey=other");
        assert_eq!(get(BILLS, &forged, &without).passage, Passage::Confirm);
        let meant = format!("{query}&sesskey=key");
        assert_eq!(get(BILLS, &meant, &without).passage, Passage::Plugin);
    }
    for query in [
        "view=viewBill&billid=1&what=flow%3Cb%3E%3C/b%3Echange&status=COMPLETE",
        "view=viewBill&billid=1&what=re%3Cb%3E%3C/b%3Ecalculate",
        "view=viewBill&billid=1&what=FLOWCHANGE&status=COMPLETE",
    ] {
        assert_eq!(
            get(BILLS, query, &all_on(&[])).passage,
            Passage::Refuse,
            "{query}"
        );
    }
}

#[test]
fn a_change_of_a_bill_is_looked_at_before_the_plugin_makes_it() {
    for what in [
        "recalculate",
        "ignoretax",
        "restoretax",
        "generatecode",
        "reclettering",
        "deletebill",
    ] {
        let query = format!("view=viewBill&billid=1&what={what}");
        assert_eq!(
            get(BILLS, &query, &all_on(&[])).passage,
            Passage::Confirm,
            "{what}"
        );
        let decision = get(BILLS, &format!("{query}&sesskey=key"), &all_on(&[]));
        assert_eq!(
            (decision.passage, decision.check),
            (Passage::Plugin, "draft"),
            "{what}"
        );
    }
    for what in ["relocate", "deletebillitems", "deleteitems", "edit"] {
        let query = format!("view=viewBill&billid=1&what={what}&sesskey=key");
        assert_eq!(
            get(BILLS, &query, &all_on(&[])).passage,
            Passage::Refuse,
            "{what}"
        );
    }
    let shown = get("bills/edit_bill.php", "billid=1", &all_on(&[]));
    assert_eq!(shown.passage, Passage::Plugin);
    let saved = post(
        "bills/edit_bill.php",
        "",
        "billid=1&sesskey=key",
        &all_on(&[]),
    );
    assert_eq!((saved.passage, saved.check), (Passage::Plugin, "draft"));
}

#[test]
fn a_question_repeats_the_request_without_the_key() {
    let decision = get(
        "products/view.php",
        "view=viewAllProducts&what=delete&itemid[]=3&sesskey=old",
        &all_on(&[]),
    );
    assert_eq!(decision.passage, Passage::Confirm);
    let fields: Vec<(&str, &str)> = decision
        .fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        fields,
        [
            ("view", "viewAllProducts"),
            ("what", "delete"),
            ("itemid[]", "3")
        ]
    );
}

#[test]
fn a_form_without_the_key_of_the_session_is_refused_and_never_repeated() {
    let modes = all_on(&[]);
    for (script, body) in [
        (
            "bills/edit_bill.php",
            "billid=1&_qf__Bill_Form=1&status=WORKING",
        ),
        (
            "bills/edit_bill.php",
            "billid=1&sesskey=other&_qf__Bill_Form=1",
        ),
        ("bills/edit_bill.php", "billid=1"),
        ("bills/edit_billitem.php", "billid=1&_qf__BillItem_Form=1"),
        (
            "products/view.php",
            "view=viewAllProducts&what=delete&itemid=3&_qf__X=1",
        ),
        (
            "purchasemanager/view.php",
            "view=viewAllProductInstances&what=delete&productids[]=3",
        ),
        (
            "catalogs/edit_catalogue.php",
            "what=deletecatalog&catalogid=1&+.qf__Catalog_Form[]=1",
        ),
    ] {
        let decision = post(script, "", body, &modes);
        assert_eq!(
            (decision.passage, decision.status, decision.code),
            (Passage::Refuse, 403, "sesskey_invalid"),
            "{script} {body}"
        );
        assert!(decision.fields.is_empty());
        let meant = format!("{}&sesskey=key", body.replace("sesskey=other", "x=1"));
        assert_eq!(post(script, "", &meant, &modes).passage, Passage::Plugin);
    }
    // The plugin's own lists send commands without the key.
    let body = "view=viewAllProducts&what=deleteselection&itemids[]=3";
    let decision = post("products/view.php", "", body, &modes);
    assert_eq!(decision.passage, Passage::Confirm);
}

#[test]
fn a_question_tells_what_would_be_done_to_what() {
    let modes = all_on(&[]);
    let about = |script: &str, query: &str| {
        let decision = get(script, query, &modes);
        assert_eq!(decision.passage, Passage::Confirm, "{script} {query}");
        let subjects = serde_json::to_string(&decision.subjects).unwrap();
        (subjects, serde_json::to_string(&decision.values).unwrap())
    };
    assert_eq!(
        about(
            "products/view.php",
            "view=viewAllProducts&what=deleteselection&itemids[]=3&itemids[]=4&id=1&x=y"
        ),
        (
            r#"[{"kind":"item","id":3},{"kind":"item","id":4}]"#.to_owned(),
            r#"[["x","y"]]"#.to_owned()
        )
    );
    assert_eq!(
        about(
            "bills/view.php",
            "view=viewBill&billid=7&what=reclettering&idnumber=F-1"
        ),
        (
            r#"[{"kind":"bill","id":7}]"#.to_owned(),
            r#"[["idnumber","F-1"]]"#.to_owned()
        )
    );
    for (script, query, kind) in [
        (
            "customers/view.php",
            "what=deletecustomer&customerid[]=7",
            "customer",
        ),
        ("index.php", "what=deletecatalog&catalogid=7", "catalogue"),
        (
            "instances/view.php",
            "view=viewAllInstances&what=delete&itemid[]=7",
            "purchase",
        ),
        (
            "products/category/view.php",
            "what=hide&categoryid=7",
            "category",
        ),
        ("shipzones/index.php", "what=deletezone&zoneid=7", "zone"),
        ("taxes/view.php", "what=delete&taxid=7", "tax"),
    ] {
        let expected = format!(r#"[{{"kind":"{kind}","id":7}}]"#);
        assert_eq!(about(script, query), (expected, "[]".to_owned()));
    }
    // The plugin would delete product 3.
    let decision = get(
        "products/view.php",
        "view=viewAllProducts&what=delete&itemid=3x",
        &modes,
    );
    assert_eq!(
        (decision.passage, decision.code),
        (Passage::Refuse, "parameter_ambiguous")
    );
}

#[test]
fn the_plugin_shows_an_order_only_after_a_look_at_its_masks() {
    for mode in ["off", "shadow"] {
        let mut modes = all_on(&[Takeover::Bills, Takeover::Production]);
        modes.insert("bills".to_owned(), mode.to_owned());
        modes.insert("production".to_owned(), mode.to_owned());
        for (script, query, check) in [
            (FRONT, "view=bill&transid=T", "masks"),
            (FRONT, "view=invoice&transid=T", "masks"),
            ("front/order.popup.php", "transid=T", "masks"),
            ("front/bill.popup.php", "transid=&billid=3", "masks"),
            (FRONT, "view=produce&transid=T", "owner"),
        ] {
            let decision = get(script, query, &modes);
            assert_eq!(decision.check, check, "{script} {query}");
            assert!(matches!(
                decision.passage,
                Passage::Plugin | Passage::Shadow
            ));
        }
    }
    // As long as the engine does anything at all.
    for (modes, check) in [
        (only("on", &[Takeover::Trace]), "masks"),
        (BTreeMap::new(), ""),
    ] {
        for query in ["view=bill&transid=T", "view=produce", "view=payment"] {
            assert_eq!(get(FRONT, query, &modes).check, check, "{query}");
        }
    }
}

#[test]
fn no_payment_interface_pays_around_the_engine() {
    let modes = all_on(&[]);
    for script in [
        "paymodes/paypal/paypal_ipn.php",
        "paymodes/test/test_ipn.php",
    ] {
        let decision = get(script, "", &modes);
        assert_eq!(
            (decision.passage, decision.takeover),
            (Passage::Engine, "endpoints"),
            "{script}"
        );
    }
    for script in [
        "paymodes/test/process.php",
        "paymodes/stripe/stripe_ipn.php",
        "paymodes/paypal/other.php",
        "paymodes/paypal",
        "paymodes/",
    ] {
        assert_eq!(
            get(script, "etat=1", &modes).passage,
            Passage::Refuse,
            "{script}"
        );
    }
    // Where the engine asks for the payment it alone believes it, whatever the setting of the endpoints says.
    let modes = all_on(&[Takeover::Endpoints]);
    let decision = get("paymodes/paypal/paypal_ipn.php", "", &modes);
    assert_eq!(decision.passage, Passage::Engine);
    assert_eq!(
        get("paymodes/stripe/x.php", "", &modes).passage,
        Passage::Refuse
    );
}

#[test]
fn the_plugin_does_not_go_around_what_the_engine_has_decided() {
    // The engine places the order; the plugin, which still draws the payment page, must not place another one.
    let modes = all_on(&[Takeover::Payment, Takeover::Production]);
    let decision = get(FRONT, "view=payment&what=place", &modes);
    assert_eq!(
        (decision.passage, decision.code),
        (Passage::Refuse, "command_refused")
    );
    assert_eq!(get(FRONT, "view=payment", &modes).passage, Passage::Plugin);
}

#[test]
fn the_plugin_delivers_orders_of_the_engine_to_their_buyer_only() {
    let modes = all_on(&[Takeover::Production]);
    for what in ["", "navigate", "confirm", "produce"] {
        let decision = get(FRONT, &format!("view=produce&what={what}"), &modes);
        assert_eq!(
            (decision.passage, decision.check),
            (Passage::Plugin, "owner"),
            "{what}"
        );
        assert_eq!(decision.access, "visitor");
    }
    let decision = get(FRONT, "view=produce", &only("on", &[Takeover::Trace]));
    assert_eq!(
        (decision.passage, decision.check),
        (Passage::Plugin, "masks")
    );
}

#[test]
fn the_hosts_access_checks_come_before_every_script_while_a_takeover_is_on() {
    let query = "owner=1&what=delete&productids[]=3&sesskey=key";
    let decision = get("purchasemanager/view.php", query, &all_on(&[]));
    assert_eq!(
        (decision.passage, decision.access),
        (Passage::Plugin, "seller")
    );
    for modes in [all_on(&[]), only("on", &[Takeover::Trace])] {
        for (script, query, access) in [
            (FRONT, "what=clearall", "visitor"),
            (FRONT, "view=shop&what=addunit", "visitor"),
            (FRONT, "view=shop&what=setunits&quant=2", "visitor"),
            (FRONT, "view=purchaserequ&what=collect", "visitor"),
            (FRONT, "view=users&what=navigate", "visitor"),
            ("front/product.php", "", "visitor"),
            ("front/js/front.js.php", "", "script"),
            (
                "front/ajax/service.php",
                "service=shop&what=addunit",
                "script",
            ),
        ] {
            let decision = get(script, query, &modes);
            assert_eq!(
                (decision.passage, decision.access),
                (Passage::Plugin, access),
                "{script} {query}"
            );
        }
    }
    // Where the engine only watches, the plugin answers as ever.
    let watched = only("shadow", &Takeover::ALL);
    let decision = get(FRONT, "what=clearall", &watched);
    assert_eq!((decision.passage, decision.access), (Passage::Plugin, ""));
}

#[test]
fn nothing_but_a_column_goes_into_the_sql_of_the_plugins_lists() {
    let modes = all_on(&[]);
    for value in [
        "ASC,(SELECT%201)",
        "id*(1)",
        "1%20OR%201",
        "a%27b",
        "%C3%A9",
    ] {
        for name in ["dir", "sortorder", "order", "cur", "status"] {
            let query = format!("view=viewAllCustomers&{name}={value}");
            let decision = get("customers/view.php", &query, &modes);
            assert_eq!(decision.passage, Passage::Refuse, "{query}");
        }
    }
    let decision = get(
        "customers/view.php",
        "view=viewAllCustomers&dir=ASC&sortorder=c.id&order=emissiondate%20DESC",
        &modes,
    );
    assert_eq!(decision.passage, Passage::Plugin);
}

#[test]
fn what_a_visitor_sends_to_the_plugin_is_bounded() {
    let modes = all_on(&[]);
    let long = format!("view=purchaserequ&what=collect&a={}", "x".repeat(70_000));
    let decision = get(FRONT, &long, &modes);
    assert_eq!((decision.passage, decision.status), (Passage::Refuse, 413));
    let decision = post(FRONT, "", &long, &modes);
    assert_eq!(decision.status, 413);
    for (quant, passage) in [
        ("3", Passage::Plugin),
        ("10000", Passage::Plugin),
        ("10001", Passage::Refuse),
        ("99999999999", Passage::Refuse),
        ("-1", Passage::Refuse),
        ("3x", Passage::Refuse),
    ] {
        let query = format!("service=shop&what=setunits&quant={quant}");
        assert_eq!(
            get("front/ajax/service.php", &query, &modes).passage,
            passage,
            "{quant}"
        );
    }
}

#[test]
fn what_visitors_send_is_made_plain_where_the_plugin_prints_it() {
    let modes = all_on(&[]);
    assert!(get(FRONT, "view=purchaserequ&what=collect", &modes).plain);
    assert!(get(FRONT, "view=customer", &modes).plain);
    assert!(
        get(
            "front/ajax/service.php",
            "service=users&what=addparticipant",
            &modes
        )
        .plain
    );
    assert!(!get(FRONT, "view=payment", &modes).plain);
    assert!(!get("products/view.php", "", &modes).plain);
}

#[test]
fn a_question_can_be_answered_with_no() {
    let modes = all_on(&[]);
    for (script, query, back) in [
        (
            "products/view.php",
            "view=viewAllProducts&what=delete",
            "/local/shop/products/view.php?view=viewAllProducts",
        ),
        (
            "bills/view.php",
            "view=viewBill&what=unattach&billid=3",
            "/local/shop/bills/view.php?view=viewBill",
        ),
        ("index.php", "what=deletecatalog", "/local/shop/index.php"),
        (
            "export/import.php",
            "format=csv&what=categories",
            "/local/shop/index.php",
        ),
    ] {
        let decision = get(script, query, &modes);
        assert_eq!(
            (decision.passage, decision.back.as_str()),
            (Passage::Confirm, back)
        );
    }
}

#[test]
fn a_takeover_without_its_base_watches() {
    let modes = only("on", &[Takeover::Placement, Takeover::Payment]);
    let decision = get(FRONT, "view=order&what=navigate", &modes);
    assert_eq!(
        (decision.passage, decision.takeover),
        (Passage::Shadow, "placement")
    );
    let decision = get(FRONT, "view=payment", &modes);
    assert_eq!(
        (decision.passage, decision.takeover),
        (Passage::Shadow, "payment")
    );
    // Nothing is on, so nothing is refused.
    assert_eq!(get(FRONT, "view=order1", &modes).passage, Passage::Pass);
}

#[test]
fn the_choice_of_a_payment_interface_is_looked_at_where_the_plugin_places_the_order() {
    let modes = only("on", &[Takeover::Paymode]);
    let decision = get(FRONT, "view=order&what=navigate&paymode=test", &modes);
    assert_eq!(
        (decision.passage, decision.check),
        (Passage::Plugin, "paymode")
    );
    let modes = only("shadow", &[Takeover::Paymode]);
    let decision = get(FRONT, "view=order&what=navigate", &modes);
    assert_eq!(
        (decision.passage, decision.takeover),
        (Passage::Shadow, "paymode")
    );
}

#[test]
fn every_word_of_the_table_is_read_by_one_row_only() {
    for script in scripts() {
        let mut seen = Vec::new();
        for row in script.rows {
            for view in row.views {
                for command in row.commands {
                    let words = (*view, *command);
                    assert!(!seen.contains(&words), "{} {words:?} twice", script.path);
                    seen.push(words);
                }
            }
        }
        assert!(!seen.is_empty(), "{}", script.path);
    }
}

#[test]
fn no_row_that_places_pays_delivers_or_changes_an_order_reaches_the_plugin() {
    // With all takeovers on, the plugin itself only draws pages, or acts with the session's key.
    let modes = all_on(&[]);
    for script in scripts() {
        for row in script.rows {
            for view in row.views {
                for command in row.commands {
                    let query: Vec<String> = [view, command]
                        .into_iter()
                        .zip(script.parameters)
                        .filter_map(|(word, name)| Some(format!("{}={word}", name?)))
                        .collect();
                    let decision = get(script.path, &query.join("&"), &modes);
                    let expected = match row.runs {
                        Runs::Plugin => Passage::Plugin,
                        Runs::Engine(_) | Runs::Produce | Runs::Move => Passage::Engine,
                        Runs::Steer(_) | Runs::Choose | Runs::Seats(_) | Runs::Place => {
                            Passage::Steer
                        }
                        Runs::Command | Runs::Draft | Runs::DeleteCustomers => {
                            if script.keyed {
                                Passage::Refuse
                            } else {
                                Passage::Confirm
                            }
                        }
                        Runs::Refused(_) => Passage::Refuse,
                    };
                    assert_eq!(decision.passage, expected, "{} {query:?}", script.path);
                }
            }
        }
    }
}

#[test]
fn the_installation_check_finds_scripts_that_the_table_lacks() {
    let known: Vec<&str> = scripts().map(|script| script.path).collect();
    let community = BTreeMap::new();
    assert_eq!(
        unknown_scripts(known.iter().copied(), &community),
        Vec::<&str>::new()
    );
    let others = [
        "paymodes/paypal/paypal_ipn.php",
        "paymodes/paypal/x.php",
        "front/new.php",
        "paymodes/stripe/x.php",
    ];
    assert_eq!(
        unknown_scripts(others, &community),
        [
            "paymodes/paypal/x.php",
            "front/new.php",
            "paymodes/stripe/x.php"
        ]
    );
    assert_eq!(
        unknown_scripts(others, &beside_pro(BTreeMap::new())),
        ["paymodes/paypal/x.php", "front/new.php"]
    );
}

/// The same settings on a site with the PRO edition.
fn beside_pro(mut settings: BTreeMap<String, String>) -> BTreeMap<String, String> {
    settings.insert("pro".to_owned(), "1".to_owned());
    settings
}

#[test]
fn beside_the_pro_edition_the_plugin_sells_and_known_interfaces_are_the_engines() {
    let modes = beside_pro(all_on(&[]));
    for (script, query, passage) in [
        (
            "front/view.php",
            "view=shop&what=import&a=1",
            Passage::Plugin,
        ),
        ("front/view.php", "view=order", Passage::Plugin),
        ("front/view.php", "view=payment&what=place", Passage::Plugin),
        ("front/view.php", "view=produce", Passage::Plugin),
        ("front/view.php", "view=bill&transid=X", Passage::Engine),
        ("front/scantrace.php", "transid=X", Passage::Engine),
        ("bills/view.php", "view=viewAllBills", Passage::Engine),
        ("paymodes/paypal/paypal_ipn.php", "", Passage::Engine),
        ("paymodes/paypal/x.php", "", Passage::Refuse),
        ("paymodes/stripe/webhook.php", "", Passage::Plugin),
        ("pro/discounts/view.php", "what=any", Passage::Pass),
        ("prototype.php", "", Passage::Refuse),
    ] {
        let decision = get(script, query, &modes);
        assert_eq!(decision.passage, passage, "{script} {query}");
    }
    // Elsewhere these folders are nobody's.
    for script in ["pro/discounts/view.php", "paymodes/stripe/webhook.php"] {
        assert_eq!(get(script, "", &all_on(&[])).passage, Passage::Refuse);
    }
}

#[test]
fn the_summary_offers_what_the_next_request_is_let_past_with() {
    let shown = |modes: &BTreeMap<String, String>, query: &str| {
        let decision = get(FRONT, query, modes);
        (decision.passage, decision.choice)
    };
    let paymode = only("on", &[Takeover::Paymode]);
    assert_eq!(shown(&paymode, "view=order"), (Passage::Plugin, true));
    assert_eq!(shown(&all_on(&[]), "view=order"), (Passage::Steer, true));
    assert_eq!(
        shown(&all_on(&[]), "view=order&what=agreeeulas"),
        (Passage::Steer, true)
    );
    let cart = only("on", &[Takeover::Cart]);
    assert_eq!(shown(&cart, "view=order"), (Passage::Plugin, false));
    let shadow = only("shadow", &[Takeover::Paymode]);
    assert!(!shown(&shadow, "view=order").1);
    assert!(!shown(&all_on(&[]), "view=customer").1);
}

#[test]
fn a_session_without_a_key_has_given_no_key() {
    let request = GateRequest {
        method: "POST".to_owned(),
        script: "bills/edit_bill.php".to_owned(),
        body: b"billid=1&sesskey=&_qf__Bill_Form=1&status=WORKING".to_vec(),
        content_type: FORM.to_owned(),
        modes: all_on(&[]),
        sender: own_page(),
        ..GateRequest::default()
    };
    let decision = decide(&request);
    assert_eq!(
        (decision.passage, decision.code),
        (Passage::Refuse, "sesskey_invalid")
    );
}
