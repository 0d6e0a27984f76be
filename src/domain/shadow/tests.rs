use super::*;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn passing(cart: Option<(&[(&str, i64)], &str)>) -> Rehearsed {
    Rehearsed {
        way: Way::Passes,
        told: "engine lets pass".into(),
        cart: cart.map(|(order, amount)| RehearsedCart {
            order: order
                .iter()
                .map(|(name, units)| ((*name).to_owned(), *units))
                .collect(),
            amount: amount.into(),
        }),
        ..Rehearsed::default()
    }
}

fn with_bill(takeover: Takeover, engine: (&str, &str), plugin: (&str, &str)) -> (Cause, String) {
    let rehearsed = Rehearsed {
        way: Way::Shows,
        told: "engine shows payment (200)".into(),
        bill: Some(RehearsedBill {
            transid: "A".into(),
            status: engine.0.into(),
            amount: engine.1.into(),
        }),
        ..Rehearsed::default()
    };
    let bill = Bill {
        status: plugin.0.into(),
        amount: decimal(plugin.1),
    };
    let compared = compare(takeover, &rehearsed, &Done::default(), Some(&bill));
    (compared.cause, compared.told)
}

fn cart_of(json: &str) -> Done {
    Done {
        shoppingcart: json.into(),
        ..Done::default()
    }
}

#[test]
fn carts_are_compared_by_units_then_by_amount_to_the_minor_unit() {
    let engine = passing(Some((&[("livre", 1), ("monproduit", 3)], "71.96")));
    for (plugin, cause, told) in [
        (
            r#"{"order":{"monproduit":3,"livre":1},"finaltaxedtotal":71.964}"#,
            Cause::Same,
            "same cart, 71.96",
        ),
        (
            r#"{"order":{"monproduit":"3","livre":"1 "},"finaltaxedtotal":"71.955"}"#,
            Cause::Same,
            "same cart, 71.96",
        ),
        (
            r#"{"order":{"monproduit":3,"livre":1}}"#,
            Cause::Same,
            "same cart",
        ),
        (
            r#"{"order":{"monproduit":3,"livre":1},"finaltaxedtotal":71.965}"#,
            Cause::OtherAmount,
            "same cart, other amount : plugin 71.965, engine 71.96",
        ),
        (
            r#"{"order":{"monproduit":3,"livre":1},"finaltaxedtotal":72}"#,
            Cause::OtherAmount,
            "same cart, other amount : plugin 72.00, engine 71.96",
        ),
        (
            r#"{"order":{"monproduit":3,"livre":1},"finaltaxedtotal":"dear"}"#,
            Cause::OtherAmount,
            "same cart, other amount : plugin dear, engine 71.96",
        ),
        (
            r#"{"order":{"monproduit":3,"brouillon":1}}"#,
            Cause::OtherCart,
            r#"other cart : plugin {"brouillon":1,"monproduit":3}, engine {"livre":1,"monproduit":3}"#,
        ),
        (
            r#"{"order":[]}"#,
            Cause::OtherCart,
            r#"other cart : plugin {}, engine {"livre":1,"monproduit":3}"#,
        ),
        (
            "",
            Cause::OtherCart,
            r#"other cart : plugin {}, engine {"livre":1,"monproduit":3}"#,
        ),
    ] {
        let compared = compare(Takeover::Cart, &engine, &cart_of(plugin), None);
        assert_eq!(compared.cause, cause, "{plugin}");
        assert_eq!(
            compared.told,
            format!("engine lets pass ; {told}"),
            "{plugin}"
        );
    }
}

#[test]
fn amounts_without_decimals_and_credits_are_compared_too() {
    for (exact, amount, same) in [
        ("7196.4", "7196", true),
        ("7196.5", "7196", false),
        ("7196.5", "7197", true),
        ("-1.005", "-1.01", true),
        ("-1.004", "-1.00", true),
        ("-1.00", "1.00", false),
        ("0", "0.00", true),
        ("-0.001", "0.00", true),
        ("1.0004", "1.000", true),
        ("1", "", false),
    ] {
        assert_eq!(
            is_rounded_to(decimal(exact), amount),
            same,
            "{exact} {amount}"
        );
    }
}

#[test]
fn bills_differ_by_amount_then_by_status() {
    for (takeover, engine, plugin, cause, told) in [
        (
            Takeover::Payment,
            ("PLACED", "71.96"),
            ("PLACED", "71.964"),
            Cause::Same,
            "same bill, PLACED 71.96",
        ),
        (
            Takeover::Payment,
            ("PLACED", "71.96"),
            ("PENDING", "71.960"),
            Cause::OtherStatus,
            "other bill : plugin PENDING 71.96, engine PLACED 71.96",
        ),
        (
            Takeover::Payment,
            ("PLACED", "71.96"),
            ("PENDING", "60"),
            Cause::OtherAmount,
            "other bill : plugin PENDING 60.00, engine PLACED 71.96",
        ),
        (
            Takeover::Endpoints,
            ("SOLDOUT", "71.96"),
            ("COMPLETE", "71.96"),
            Cause::Same,
            "same bill, delivered later : plugin COMPLETE 71.96, engine SOLDOUT 71.96",
        ),
        (
            Takeover::Bills,
            ("SOLDOUT", "71.96"),
            ("COMPLETE", "71.96"),
            Cause::OtherStatus,
            "other bill : plugin COMPLETE 71.96, engine SOLDOUT 71.96",
        ),
    ] {
        let expected = format!("engine shows payment (200) ; {told}");
        assert_eq!(with_bill(takeover, engine, plugin), (cause, expected));
    }
}

#[test]
fn a_refusal_differs_unless_the_plugin_refuses_too() {
    let refuses = Rehearsed {
        way: Way::Refuses,
        told: "engine refuses : unknown_order".into(),
        code: "unknown_order".into(),
        ..Rehearsed::default()
    };
    let passes = passing(None);
    let confirms = Rehearsed {
        way: Way::Confirms,
        ..Rehearsed::default()
    };
    let calls = Rehearsed {
        way: Way::Calls,
        ..Rehearsed::default()
    };
    let refused = Cause::Refuses("unknown_order".into());
    for (rehearsed, status, cause) in [
        (&refuses, "200", refused.clone()),
        (&refuses, "", refused.clone()),
        (&refuses, "303", refused),
        (&refuses, "404", Cause::Same),
        (&passes, "200", Cause::Same),
        (&passes, "", Cause::Same),
        (&passes, "500", Cause::PluginRefuses),
        (&confirms, "200", Cause::Confirms),
        (&calls, "200", Cause::Nothing),
    ] {
        let done = Done {
            status: status.into(),
            ..Done::default()
        };
        let compared = compare(Takeover::Bills, rehearsed, &done, None);
        assert_eq!(compared.cause, cause, "{rehearsed:?} {status}");
    }
    let shown = Rehearsed {
        way: Way::Shows,
        ..Rehearsed::default()
    };
    for (takeover, cause) in [
        (Takeover::Trace, Cause::Nothing),
        (Takeover::Endpoints, Cause::Same),
    ] {
        let compared = compare(takeover, &shown, &Done::default(), None);
        assert_eq!(compared.cause, cause);
    }
}

#[test]
fn the_choice_of_an_interface_passes_if_it_is_offered() {
    let offers = Rehearsed {
        way: Way::Offers,
        offered: vec!["check".into()],
        ..Rehearsed::default()
    };
    let refused = Cause::Refuses("paymode_not_allowed".into());
    for (chosen, cause, told) in [
        ("check", Cause::Same, "engine lets pass paymode `check`"),
        ("freeorder", refused, "engine refuses paymode `freeorder`"),
    ] {
        let done = Done {
            paymode: chosen.into(),
            ..Done::default()
        };
        let compared = compare(Takeover::Paymode, &offers, &done, None);
        assert_eq!((compared.cause, compared.told.as_str()), (cause, told));
    }
}

#[test]
fn a_buyer_who_is_sent_elsewhere_is_told_by_page_and_view() {
    let view = "/local/shop/front/view.php";
    let goes = Rehearsed {
        way: Way::Goes,
        location: format!("{view}?view=payment&transid=A"),
        ..Rehearsed::default()
    };
    for (location, status, cause) in [
        (
            "https://m.example/x/local/shop/front/view.php?shopid=1&view=payment#a",
            "303",
            Cause::Same,
        ),
        (
            "https://m.example/local/shop/front/view.php?view=customer",
            "303",
            Cause::Elsewhere,
        ),
        ("https://m.example/login/index.php", "303", Cause::Elsewhere),
        ("", "200", Cause::Elsewhere),
        ("", "", Cause::Same),
    ] {
        let done = Done {
            status: status.into(),
            location: location.into(),
            ..Done::default()
        };
        let compared = compare(Takeover::Placement, &goes, &done, None);
        assert_eq!(compared.cause, cause, "{location}");
        // The engine's pages of an order are not the plugin's.
        let compared = compare(Takeover::Production, &goes, &done, None);
        assert_eq!(compared.cause, Cause::Nothing, "{location}");
    }
}

#[test]
fn codes_are_short_and_of_one_alphabet() {
    let hostile = Cause::Refuses(format!("<b>:unknown order'{}", "x".repeat(200)));
    let code = hostile.key();
    assert!(
        code.starts_with("refuses:bunknownorder") && code.len() <= 64,
        "{code}"
    );
    assert_eq!(Cause::Same.key(), "same");
}
