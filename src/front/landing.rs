//! The import link for a shop whose pages the plugin draws: where to send the buyer, and the cart as the plugin's own
//! steps would have left it in `$SESSION->shoppingcart`.

use serde::Serialize;
use serde_json::{Map, Value as Json, json};

use crate::domain::autodrive::Step;
use crate::domain::partner::PartnerCode;
use crate::engine::{Engine, Shop};

use super::answer::{Answer, Kind, Notice};
use super::purchase::Visit;
use super::{Fault, Request};

/// What the host has to do about an import link.
#[derive(Clone, Debug, Serialize)]
pub struct Landing {
    /// `redirect`; `page` when the link is refused; `pass` when the request is no import link.
    pub kind: Kind,
    /// HTTP status.
    pub status: u16,
    /// Where to send the buyer, or ''.
    pub location: String,
    /// Why the link is refused: `code` and `params`, else null.
    pub error: Json,
    /// What to tell the buyer where he lands.
    pub notices: Vec<Notice>,
    /// The cart in the plugin's shape, amounts as decimal strings in major units; null unless `redirect`.
    pub cart: Json,
}

/// Answers an import link. It never fails: what goes wrong is told in `error`, and in the trace.
#[must_use]
pub fn import(engine: &Engine, request: &Request) -> Landing {
    let mut visit = Visit::new(engine, request);
    if visit.fields.text("what") != "import" || !request.script.ends_with("/front/view.php") {
        return Landing::of(&Answer::pass());
    }
    match visit
        .answer()
        .and_then(|answer| landed(&mut visit, &answer))
    {
        Ok(landing) => landing,
        Err(fault) => {
            fault.note(&visit);
            Landing {
                error: json!({"code": fault.code, "params": fault.params}),
                ..Landing::of(&visit.fault(&fault))
            }
        }
    }
}

impl Landing {
    fn of(answer: &Answer) -> Self {
        Self {
            kind: answer.kind,
            status: answer.status,
            location: answer.location.clone(),
            error: Json::Null,
            notices: Vec::new(),
            cart: Json::Null,
        }
    }
}

fn landed(visit: &mut Visit<'_>, answer: &Answer) -> Result<Landing, Fault> {
    let shop = visit.open_shop(visit.session.shopid)?;
    Ok(Landing {
        location: with_category(visit, &shop, &answer.location)?,
        cart: plugin_cart(visit, &shop)?,
        notices: std::mem::take(&mut visit.session.notices),
        ..Landing::of(answer)
    })
}

/// The plugin's catalogue page goes on to a category of its choice when none is named, and what there was to say is lost.
fn with_category(visit: &Visit<'_>, shop: &Shop, location: &str) -> Result<String, Fault> {
    if !location.contains("view=shop&") || location.contains("&category=") {
        return Ok(location.to_owned());
    }
    let first = visit.session.cart.order.keys().next();
    let product = first.and_then(|name| shop.catalog.find(name));
    let category = visit.engine.category(shop, product.map(|item| item.id))?;
    Ok(category.map_or_else(
        || location.to_owned(),
        |id| format!("{location}&category={id}"),
    ))
}

/// The cart with the fields that the plugin's steps up to the summary write and read.
fn plugin_cart(visit: &Visit<'_>, shop: &Shop) -> Result<Json, Fault> {
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
    let mut fields = json!({
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
    });
    if let Json::Object(fields) = &mut fields {
        fields.extend(optional(visit, shop)?);
    }
    Ok(fields)
}

/// Fields whose mere presence says something to the plugin.
fn optional(visit: &Visit<'_>, shop: &Shop) -> Result<Map<String, Json>, Fault> {
    let cart = &visit.session.cart;
    let mut fields = Map::new();
    if cart.autodrive {
        fields.insert("autodrive".into(), true.into());
    }
    if visit.asks_nothing(shop, Step::PurchaseRequ) {
        fields.insert("norequs".into(), 1.into());
    }
    // The plugin counts the seats given from here, and stops with a fault where there is nothing to count from.
    let seats: Map<String, Json> = cart
        .order
        .keys()
        .filter_map(|name| shop.catalog.find(name))
        .filter(|item| cart.seats(item) > 0)
        .map(|item| (item.shortname.clone(), 0.into()))
        .collect();
    if !seats.is_empty() {
        fields.insert("assigns".into(), seats.into());
    }
    // Only a registered partner: the plugin's pages cannot draw another.
    if let Some(code) = &cart.partner
        && visit.engine.partner(code.key().as_str())?.is_some()
    {
        fields.insert("partner".into(), plugin_partner(code));
    }
    let info = &cart.customerinfo;
    if !info.lastname.is_empty() || !info.email.is_empty() {
        fields.insert("customerinfo".into(), json!(info));
        fields.insert(
            "usedistinctinvoiceinfo".into(),
            cart.usedistinctinvoiceinfo.into(),
        );
    }
    if cart.usedistinctinvoiceinfo {
        fields.insert("invoiceinfo".into(), json!(cart.invoiceinfo));
    }
    Ok(fields)
}

fn plugin_partner(code: &PartnerCode) -> Json {
    json!({
        "partnerkey": code.key().as_str(),
        "partnertag": code.tag().map_or("", |tag| tag.as_str()),
        "customeremail": code.email().unwrap_or_default(),
        "validated": true,
    })
}
