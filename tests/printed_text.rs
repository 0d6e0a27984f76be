//! Texts that buyers, accounts and partners supply, in the tables whose content the plugin prints without escaping it.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::*;
use serde_json::{from_value, json};
use shopengine::database::Value;
use shopengine::domain::cart::Cart;
use shopengine::domain::partner::PartnerCode;
use shopengine::engine::Buyer;

/// What somebody types, and what the plugin prints of it.
const TYPED: &str = "Evil\"<x>";
const PRINTED: &str = "Evil”‹x›";

const TABLES: [&str; 5] = [
    "local_shop_customer",
    "local_shop_bill",
    "local_shop_billitem",
    "local_shop_product",
    "local_shop_productevent",
];

/// A cart with markup in each text that is not checked otherwise.
fn evil_cart() -> Cart {
    let mut cart = cart(&[("attestation", 1), ("session", 1)]);
    cart.customerinfo = from_value(json!({
        "firstname": TYPED, "lastname": TYPED, "organisation": TYPED, "address": TYPED, "zip": TYPED, "city": TYPED,
        "country": "FR", "email": "zoe.martin@example.net"}))
    .unwrap();
    cart.usedistinctinvoiceinfo = true;
    cart.invoiceinfo = from_value(json!({
        "organisation": TYPED, "department": TYPED, "lastname": TYPED, "firstname": TYPED, "address": TYPED, "zip": TYPED,
        "city": TYPED, "country": "FR", "vatcode": TYPED}))
    .unwrap();
    cart.customerdata = from_value(json!({"attestation": {"nom": {"0": TYPED}}})).unwrap();
    cart.users = from_value(json!({"session": {"student": {"a@b.example": {
        "email": "a@b.example", "firstname": TYPED, "lastname": TYPED, "city": TYPED}}}}))
    .unwrap();
    cart.partner = Some(PartnerCode::parse(&format!("ACADEMIE_{TYPED}")).unwrap());
    cart
}

/// Columns of the plugin's tables that hold the printed text. None holds the typed one, serialised or not.
fn printed_columns(bench: &Bench) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for table in TABLES {
        for row in bench.rows(&format!("SELECT * FROM {{{table}}}")) {
            for (column, value) in row.iter() {
                let Value::Text(text) = value else { continue };
                let decoded = STANDARD.decode(text).unwrap_or_default();
                let text = format!("{text} {}", String::from_utf8_lossy(&decoded));
                for typed in ["Evil\"", "Evil\\\"", "<x>"] {
                    assert!(!text.contains(typed), "{table}.{column} : {text}");
                }
                if text.contains(PRINTED) {
                    found.insert(format!("{table}.{column}"));
                }
            }
        }
    }
    found
}

#[test]
fn texts_of_buyers_and_partners_reach_the_plugins_tables_without_markup() {
    let bench = Bench::new();
    for buyer in [guest(), jean()] {
        let placed = bench.place(&evil_cart(), &buyer, "test").unwrap();
        bench.pay(&placed.transid);
        bench.drain();
    }
    let expected = [
        "local_shop_bill.invoiceinfo",
        "local_shop_bill.partnertag",
        "local_shop_billitem.customerdata",
        "local_shop_billitem.productiondata",
        "local_shop_customer.address",
        "local_shop_customer.city",
        "local_shop_customer.firstname",
        "local_shop_customer.invoiceinfo",
        "local_shop_customer.lastname",
        "local_shop_customer.organisation",
        "local_shop_customer.zip",
    ];
    let found = printed_columns(&bench);
    assert_eq!(
        found.iter().map(String::as_str).collect::<Vec<_>>(),
        expected
    );
}

#[test]
fn the_name_of_a_vouched_account_reaches_the_plugins_tables_without_markup() {
    let bench = Bench::new();
    // An account that has bought nothing yet, so that its name comes from the account.
    let mut account = user(901, "evil@example.org", false);
    account.lastname = TYPED.to_owned();
    for by_unsigned_link in [false, true] {
        let buyer = Buyer {
            user: Some(account.clone()),
            by_partner: true,
            by_unsigned_link,
            ..guest()
        };
        let mut cart = cart(&[("monproduit", 1)]);
        cart.customerinfo.lastname = if by_unsigned_link { "E." } else { TYPED }.to_owned();
        bench.place(&cart, &buyer, "test").unwrap();
    }
    let found = printed_columns(&bench);
    assert!(found.contains("local_shop_customer.lastname"), "{found:?}");
}

#[test]
fn a_buyer_whose_name_was_made_plain_is_known_again() {
    let bench = Bench::new();
    bench.place(&evil_cart(), &guest(), "test").unwrap();
    let customers = "SELECT COUNT(*) AS n FROM {local_shop_customer}";
    let before = bench.count(customers);
    bench.place(&evil_cart(), &guest(), "test").unwrap();
    assert_eq!(bench.count(customers), before);
}
