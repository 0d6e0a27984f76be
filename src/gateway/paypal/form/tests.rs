use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::clock::UnixMillis;
use crate::domain::customer::CustomerInfo;
use crate::domain::fulfillment::Fulfillment;
use crate::domain::money::Currency;
use crate::domain::quantity::Quantity;
use crate::domain::transaction_id::TransactionId;

fn money(text: &str, currency: &str) -> Money {
    Money::parse(text, Currency::parse(currency).unwrap()).unwrap()
}

fn line(label: &str, quantity: u32, untaxed: &str, taxes: &str) -> PayableLine {
    let (untaxed, taxes) = (money(untaxed, "EUR"), money(taxes, "EUR"));
    PayableLine {
        label: label.to_owned(),
        quantity,
        untaxed,
        taxes,
        taxed: untaxed.plus(taxes).unwrap(),
    }
}

/// The form of an order of these lines.
fn form(lines: &[PayableLine], settings: &[(&str, &str)]) -> HashMap<String, String> {
    let transaction = TransactionId::parse("TU90QMLVYXD5UMZYUQ==").unwrap();
    let amount = lines
        .iter()
        .map(|line| line.taxed)
        .reduce(|sum, amount| sum.plus(amount).unwrap())
        .unwrap();
    let buyer = CustomerInfo {
        firstname: "Zoé".to_owned(),
        lastname: "Martin".to_owned(),
        address: "1 rue de la Paix\nBât. B\n\n3e étage".to_owned(),
        zip: "75001".to_owned(),
        city: "Paris".to_owned(),
        country: "FR".to_owned(),
        email: "zoe.martin@example.net".to_owned(),
        ..CustomerInfo::default()
    };
    let payable = Payable {
        lang: "fr",
        attempt: None,
        transaction: &transaction,
        revision: 3,
        amount,
        shopid: 7,
        shop: "Boutique",
        fulfillment: &Fulfillment::default(),
        session: "",
        lines: lines.to_vec(),
        customer: &buyer,
        wwwroot: "https://shop.example",
        staff: false,
        now: UnixMillis::from_seconds(0),
    };
    let values = settings
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let fields = fields(&payable, &Settings::new(values), "seller@shop.example").unwrap();
    let count = fields.len();
    let fields: HashMap<_, _> = fields.into_iter().collect();
    assert_eq!(fields.len(), count, "a field twice");
    fields
}

/// What PayPal asks of the buyer.
fn total(form: &HashMap<String, String>) -> Money {
    let amount = |name: &str| {
        form.get(name)
            .map_or(Money::zero(Currency::parse("EUR").unwrap()), |text| {
                money(text, "EUR")
            })
    };
    let mut sum = amount("tax_cart")
        .minus(amount("discount_amount_cart"))
        .unwrap();
    let mut number = 1;
    while form.contains_key(&format!("item_name_{number}")) {
        let price = amount(&format!("amount_{number}"));
        assert!(price.is_positive());
        let quantity = Quantity::new(form[&format!("quantity_{number}")].parse().unwrap()).unwrap();
        sum = sum.plus(price.times(quantity).unwrap()).unwrap();
        number += 1;
    }
    assert!(!form.keys().any(|name| name == &format!("amount_{number}")));
    sum
}

#[test]
fn one_line_says_what_is_due() {
    let lines = [
        line("MonProduit", 1, "19.99", "4.00"),
        line("Livre", 2, "20.00", "1.10"),
    ];
    let form = form(&lines, &[("paypalselleritemname", "Formations")]);
    for (name, value) in [
        ("cmd", "_cart"),
        ("upload", "1"),
        ("business", "seller@shop.example"),
        ("charset", "utf-8"),
        ("currency_code", "EUR"),
        ("invoice", "TU90QMLVYXD5UMZYUQ=="),
        ("custom", "7.3.TU90QMLVYXD5UMZYUQ=="),
        ("item_name_1", "Formations"),
        ("amount_1", "45.09"),
        ("quantity_1", "1"),
        ("no_shipping", "1"),
        ("first_name", "Zoé"),
        ("address1", "1 rue de la Paix"),
        ("address2", "Bât. B, 3e étage"),
        ("country", "FR"),
        ("lc", "FR"),
        ("rm", "1"),
        ("cbt", "Boutique"),
        (
            "notify_url",
            "https://shop.example/local/shop/paymodes/paypal/paypal_ipn.php",
        ),
        (
            "return",
            "https://shop.example/local/shop/paymodes/paypal/process.php?shopid=7&transid=TU90QMLVYXD5UMZYUQ%3D%3D",
        ),
        (
            "cancel_return",
            "https://shop.example/local/shop/paymodes/paypal/cancel.php?shopid=7&transid=TU90QMLVYXD5UMZYUQ%3D%3D",
        ),
    ] {
        assert_eq!(form.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert!(!form.contains_key("item_name_2") && !form.contains_key("page_style"));
}

#[test]
fn tax_can_stand_apart() {
    let lines = [line("MonProduit", 1, "19.99", "4.00")];
    let form = form(&lines, &[("paypal_tax_apart", "1")]);
    assert_eq!(
        (form["amount_1"].as_str(), form["tax_cart"].as_str()),
        ("19.99", "4.00")
    );
}

#[test]
fn lines_are_told_one_by_one_when_they_add_up() {
    let lines = [
        line("MonProduit", 3, "59.97", "12.00"),
        line("Livre", 2, "20.00", "1.10"),
        line("Remise", 1, "-5.00", "-1.00"),
    ];
    let form_of = |apart| {
        form(
            &lines,
            &[
                ("paypal_transaction_type", "peritem"),
                ("paypal_tax_apart", apart),
            ],
        )
    };
    let form = form_of("0");
    assert_eq!(
        (form["amount_1"].as_str(), form["quantity_1"].as_str()),
        ("23.99", "3")
    );
    // 21.10 in two is 10.55.
    assert_eq!(
        (form["amount_2"].as_str(), form["quantity_2"].as_str()),
        ("10.55", "2")
    );
    assert_eq!(form["discount_amount_cart"], "6.00");
    assert_eq!(total(&form), money("87.07", "EUR"));
    let form = form_of("1");
    assert_eq!(
        (form["amount_1"].as_str(), form["tax_cart"].as_str()),
        ("19.99", "12.10")
    );
    assert_eq!(total(&form), money("87.07", "EUR"));
}

#[test]
fn a_price_that_does_not_divide_its_line_is_one_item() {
    let lines = [line("Livre", 3, "10.00", "0.55")];
    let form = form(&lines, &[("paypal_transaction_type", "peritem")]);
    assert_eq!(
        (
            form["item_name_1"].as_str(),
            form["amount_1"].as_str(),
            form["quantity_1"].as_str()
        ),
        ("3 x Livre", "10.55", "1")
    );
}

#[test]
fn what_paypal_would_not_take_by_line_is_one_line() {
    for lines in [
        vec![
            line("Livre", 1, "10.00", "0.55"),
            line("Offert", 1, "0.00", "0.00"),
        ],
        vec![
            line("Livre", 1, "10.00", "0.00"),
            line("Remise", 1, "0.00", "-1.00"),
        ],
    ] {
        let settings = [
            ("paypal_transaction_type", "peritem"),
            ("paypal_tax_apart", "1"),
        ];
        let form = form(&lines, &settings);
        assert_eq!(form["item_name_1"], "Boutique");
        assert!(!form.contains_key("item_name_2"));
    }
}

#[test]
fn lines_that_do_not_add_up_to_what_is_due_are_not_told() {
    let lines = [
        line("Livre", 1, "10.00", "0.55"),
        line("MonProduit", 1, "19.99", "4.00"),
    ];
    for (due, told) in [("34.54", true), ("34.53", false), ("34.55", false)] {
        for apart in [false, true] {
            assert_eq!(by_line(&lines, money(due, "EUR"), apart).is_some(), told);
        }
    }
}

#[test]
fn the_delivery_address_can_be_forced() {
    let form = form(
        &[line("Livre", 1, "10.00", "0.55")],
        &[
            ("paypal_force_address", "1"),
            ("paypal_page_style", "Sapin"),
            ("paypal_invoice_prefix", "m1-"),
        ],
    );
    assert_eq!(form["no_shipping"], "2");
    assert_eq!(form["address_override"], "1");
    assert_eq!(form["page_style"], "Sapin");
    assert_eq!(form["invoice"], "m1-TU90QMLVYXD5UMZYUQ==");
}

#[test]
fn test_mode_has_names_of_its_own() {
    let settings = [
        ("test", "1"),
        ("paypalsellertestitemname", "Essai"),
        ("paypalselleritemname", "Vrai"),
    ];
    let form = form(&[line("Livre", 1, "10.00", "0.55")], &settings);
    assert_eq!(form["item_name_1"], "Essai");
}

#[test]
fn long_values_are_cut_to_what_paypal_takes() {
    let long = "é".repeat(400);
    let lines = [line(&long, 1, "10.00", "0.55")];
    let form = form(
        &lines,
        &[
            ("paypal_transaction_type", "peritem"),
            ("paypal_page_style", &long),
        ],
    );
    assert_eq!(form["item_name_1"].chars().count(), 127);
    assert_eq!(form["page_style"].chars().count(), 30);
}

#[test]
fn currencies_have_paypals_decimals() {
    for (amount, currency, sent) in [
        ("1234.00", "EUR", Some("1234.00")),
        ("0.50", "USD", Some("0.50")),
        ("1500", "JPY", Some("1500")),
        ("1500.00", "HUF", Some("1500")),
        ("1500.50", "HUF", None),
        ("30.00", "TWD", Some("30")),
    ] {
        let amount = money(amount, currency);
        assert_eq!(number(amount).as_deref(), sent, "{amount}");
        assert_eq!(is_payable(amount, ""), sent.is_some(), "{amount}");
    }
    for unknown in ["KRW", "TND", "CLP", "XOF"] {
        assert!(!is_payable(
            Money::from_minor_units(100_000, Currency::parse(unknown).unwrap()).unwrap(),
            ""
        ));
    }
    assert!(!is_payable(money("1.00", "EUR"), "USD"));
    assert!(is_payable(money("1.00", "EUR"), "eur"));
}

proptest! {
    #[test]
    fn whatever_is_sent_adds_up_to_what_is_due(
        parts in prop::collection::vec((1_u32..9, -2_000_i64..9_000, 0_i64..2_000), 1..6),
        peritem: bool,
        apart: bool,
    ) {
        let euro = Currency::parse("EUR").unwrap();
        let cents = |minor| Money::from_minor_units(minor, euro).unwrap();
        let lines: Vec<PayableLine> = parts
            .into_iter()
            .map(|(quantity, untaxed, taxes)| {
                let taxes = if untaxed < 0 { -taxes } else { taxes };
                PayableLine {
                    label: "x".to_owned(),
                    quantity,
                    untaxed: cents(untaxed),
                    taxes: cents(taxes),
                    taxed: cents(untaxed + taxes),
                }
            })
            .collect();
        let due = lines.iter().fold(cents(0), |sum, line| sum.plus(line.taxed).unwrap());
        prop_assume!(due.is_positive());
        let kind = if peritem { "peritem" } else { "aggregate" };
        let form = form(&lines, &[("paypal_transaction_type", kind), ("paypal_tax_apart", if apart { "1" } else { "" })]);
        prop_assert_eq!(total(&form), due);
    }
}
