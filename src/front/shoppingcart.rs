//! The cart as the plugin's own pages keep it in `$SESSION->shoppingcart`: read into the engine's cart, and written back.
//!
//! The plugin's pages own what their scripts fill in (seats, required data); the engine owns quantities, amounts, the
//! transaction id and who the buyer is.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json, json};

use crate::domain::autodrive::Step;
use crate::domain::cart::Cart;
use crate::domain::partner::{PartnerCode, PartnerKey, PartnerTag};
use crate::domain::quantity::Quantity;
use crate::domain::text::plain_tree;
use crate::engine::Shop;

use super::Fault;
use super::purchase::Visit;

/// The engine's cart: what the plugin's pages filled in, and of `kept` what they do not know. What cannot be read is left
/// out; a unit count that is none counts as nothing.
pub(crate) fn read(plugin: &Json, kept: &Cart) -> Cart {
    let field = |name: &str| plugin.get(name).cloned().unwrap_or_default();
    let order: IndexMap<String, Quantity> = entries(&field("order"))
        .filter_map(|(name, units)| Some((name, Quantity::new(whole(&units)?).ok()?)))
        .collect();
    let customer = tolerant(&field("customerinfo"));
    let invoice = tolerant(&field("invoiceinfo"));
    let distinct = truthy(&field("usedistinctinvoiceinfo"));
    let same_buyer = (&customer, &invoice, distinct)
        == (
            &kept.customerinfo,
            &kept.invoiceinfo,
            kept.usedistinctinvoiceinfo,
        );
    // An id that the engine did not make may be someone else's too: the plugin's repeat.
    let transid = kept
        .transid
        .clone()
        .filter(|id| field("transid").as_str() == Some(id.as_ref()));
    let same_cart = transid.is_some();
    Cart {
        order,
        uncredited: kept.uncredited,
        partner: kept.partner.clone().or_else(|| partner(&field("partner"))),
        autodrive: truthy(&field("autodrive")),
        transid,
        customerdata: customer_data(&field("customerdata")),
        participants: read_map(&field("participants")),
        users: read_map(&field("users")),
        unlocked: kept.unlocked.clone(),
        customerinfo: customer,
        usedistinctinvoiceinfo: distinct,
        invoiceinfo: invoice,
        customerchecked: kept.customerchecked && same_buyer,
        eulasapproved: field("eulas").as_str() == Some("approved"),
        paymode: kept.paymode.clone().filter(|_| same_cart),
    }
}

/// The fields that the engine owns, as the plugin's pages read them; null for one that is to be taken away. Amounts are
/// decimal strings in major units.
pub(crate) fn write(visit: &Visit<'_>, shop: &Shop) -> Result<Json, Fault> {
    let cart = &visit.session.cart;
    let totals = shop.price(cart)?.totals;
    let taxes: Map<String, Json> = totals
        .by_tax()
        .iter()
        .filter_map(|total| {
            let code = total.tax()?.to_string();
            Some((code, total.taxes().to_decimal_string().into()))
        })
        .collect();
    let (untaxed, taxed, tax) = (
        totals.untaxed().to_decimal_string(),
        totals.taxed().to_decimal_string(),
        totals.taxes().to_decimal_string(),
    );
    let info = &cart.customerinfo;
    let known = !info.lastname.is_empty() || !info.email.is_empty();
    Ok(json!({
        "order": cart.order,
        "untaxedtotal": untaxed,
        "taxedtotal": taxed,
        "taxestotal": tax,
        "taxes": taxes,
        "finaluntaxedtotal": untaxed,
        "finaltaxedtotal": taxed,
        "finaltaxestotal": tax,
        "finaltaxes": taxes,
        "finalshippedtaxedtotal": taxed,
        "transid": cart.transid,
        "autodrive": cart.autodrive.then_some(true),
        "norequs": visit.asks_nothing(shop, Step::PurchaseRequ).then_some(1),
        "assigns": assigns(cart, shop),
        "partner": plugin_partner(visit)?,
        "customerinfo": known.then(|| printable(info)),
        "usedistinctinvoiceinfo": known.then_some(cart.usedistinctinvoiceinfo),
        "invoiceinfo": cart.usedistinctinvoiceinfo.then(|| printable(&cart.invoiceinfo)),
        "paymode": cart.paymode,
    }))
}

/// A buyer's data as the plugin's pages, which do not escape them, may print them: they may have been stored by others.
fn printable(info: &impl Serialize) -> Json {
    plain_tree(serde_json::to_value(info).unwrap_or_default())
}

/// Seats given so far. The plugin counts on from here, and stops with a fault where there is nothing to count from.
fn assigns(cart: &Cart, shop: &Shop) -> Option<Map<String, Json>> {
    let seats: Map<String, Json> = cart
        .order
        .keys()
        .filter_map(|name| shop.catalog.find(name))
        .filter(|item| cart.seats(item) > 0)
        .map(|item| {
            let given: usize = cart
                .users
                .get(&item.shortname)
                .into_iter()
                .flat_map(IndexMap::values)
                .map(IndexMap::len)
                .sum();
            (item.shortname.clone(), given.into())
        })
        .collect();
    (!seats.is_empty()).then_some(seats)
}

/// Only a registered partner: the plugin's pages cannot draw another.
fn plugin_partner(visit: &Visit<'_>) -> Result<Option<Json>, Fault> {
    let Some(code) = &visit.session.cart.partner else {
        return Ok(None);
    };
    if visit.session.cart.uncredited || visit.engine.partner(code.key())?.is_none() {
        return Ok(None);
    }
    Ok(Some(plain_tree(json!({
        "partnerkey": code.key().as_str(),
        "partnertag": code.tag().map_or("", |tag| tag.as_str()),
        "customeremail": code.email().unwrap_or_default(),
        "validated": true,
    }))))
}

fn partner(plugin: &Json) -> Option<PartnerCode> {
    let part = |name: &str| {
        plugin
            .get(name)
            .and_then(Json::as_str)
            .filter(|text| !text.is_empty())
    };
    let key = PartnerKey::new(part("partnerkey")?).ok()?;
    let tag = part("partnertag").and_then(|tag| PartnerTag::new(tag).ok());
    PartnerCode::new(key, tag, part("customeremail")).ok()
}

/// The plugin marks among the products that all data are there.
fn customer_data(plugin: &Json) -> IndexMap<String, IndexMap<String, BTreeMap<u32, String>>> {
    entries(plugin)
        .filter(|(_, fields)| fields.is_object() || fields.is_array())
        .map(|(name, fields)| {
            let fields = entries(&fields).map(|(field, units)| {
                let units = entries(&units)
                    .filter_map(|(unit, value)| Some((unit.parse().ok()?, text(&value)?)));
                (field, units.collect())
            });
            (name, fields.collect())
        })
        .collect()
}

/// Keys and values of a PHP array, be it a list or a map.
fn entries(array: &Json) -> Box<dyn Iterator<Item = (String, Json)>> {
    match array.clone() {
        Json::Object(map) => Box::new(map.into_iter()),
        Json::Array(list) => Box::new(
            list.into_iter()
                .enumerate()
                .map(|(index, value)| (index.to_string(), value)),
        ),
        _ => Box::new(std::iter::empty()),
    }
}

fn read_map<T: DeserializeOwned + Default>(array: &Json) -> T {
    crate::domain::cart::map(array.clone()).unwrap_or_default()
}

/// A record of texts, from whatever scalars the plugin keeps.
fn tolerant<T: DeserializeOwned + Default>(record: &Json) -> T {
    let fields: Map<String, Json> = entries(record)
        .filter_map(|(name, value)| {
            let value = if name == "id" {
                whole(&value).map_or(Json::Null, Json::from)
            } else {
                text(&value)?.into()
            };
            Some((name, value))
        })
        .filter(|(_, value)| !value.is_null())
        .collect();
    serde_json::from_value(Json::Object(fields)).unwrap_or_default()
}

fn text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn whole(value: &Json) -> Option<u32> {
    match value {
        Json::Number(number) => number.as_u64().and_then(|units| u32::try_from(units).ok()),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// As PHP has it.
fn truthy(value: &Json) -> bool {
    match value {
        Json::Bool(flag) => *flag,
        Json::Number(number) => number.as_i64() != Some(0),
        Json::String(text) => !matches!(text.as_str(), "" | "0"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(transid: &str) -> Cart {
        serde_json::from_value(json!({"transid": transid, "unlocked": ["a"]})).unwrap()
    }

    #[test]
    fn units_that_are_none_are_left_out() {
        let plugin =
            json!({"order": {"livre": "2", "a": -1, "b": 0, "c": "x", "d": 3, "e": null, "f": []}});
        let cart = read(&plugin, &Cart::default());
        let units: Vec<_> = cart
            .order
            .iter()
            .map(|(n, q)| (n.as_str(), q.units()))
            .collect();
        assert_eq!(units, [("livre", 2), ("d", 3)]);
    }

    #[test]
    fn a01_an_id_that_the_plugin_made_is_not_taken_over() {
        let ours = crate::entropy::transaction_id().unwrap();
        let kept = kept(ours.as_ref());
        assert_eq!(read(&json!({"transid": ours}), &kept).transid, Some(ours));
        assert_eq!(
            read(&json!({"transid": "TU84NS40OXFWZENEZW=="}), &kept).transid,
            None
        );
        assert_eq!(read(&json!({}), &kept).transid, None);
    }

    #[test]
    fn required_data_are_read_beside_the_mark_that_they_are_complete() {
        let plugin =
            json!({"customerdata": {"completed": true, "attestation": {"nom": ["Jean", 7]}}});
        let cart = read(&plugin, &Cart::default());
        assert_eq!(cart.customerdata.len(), 1);
        assert_eq!(cart.customerdata["attestation"]["nom"][&1], "7");
    }

    #[test]
    fn buyers_who_changed_since_are_to_be_checked_again() {
        let mut kept = Cart {
            customerchecked: true,
            ..Cart::default()
        };
        kept.customerinfo.lastname = "Dupont".into();
        let same = json!({"customerinfo": {"lastname": "Dupont", "id": ""}, "eulas": "approved"});
        assert!(read(&same, &kept).customerchecked && read(&same, &kept).eulasapproved);
        let other = json!({"customerinfo": {"lastname": "Durand"}, "usedistinctinvoiceinfo": "0"});
        assert!(!read(&other, &kept).customerchecked);
    }

    #[test]
    fn participants_keep_what_the_plugin_knows_of_them() {
        let person = json!({"email": "a@example.org", "firstname": "A", "lastname": "B", "moodleid": 7, "city": "PARIS"});
        let plugin = json!({"users": {"session": {"student": {"a@example.org": person}}}});
        let cart = read(&plugin, &Cart::default());
        let kept = &cart.users["session"]["student"]["a@example.org"];
        assert_eq!(kept.other["moodleid"], 7);
        assert_eq!(serde_json::to_value(kept).unwrap(), person);
    }
}
