//! The purchase requirements: what a product needs to know from the buyer, for each unit.

use serde_json::{Value as Json, json};

use crate::domain::autodrive::Step;
use crate::domain::catalog::{CatalogItem, MOST_ASKED_FOR, Widget};
use crate::engine::Shop;

use super::Fault;
use super::purchase::{Outcome, Visit};

pub(crate) fn answer(visit: &mut Visit<'_>, shop: &Shop) -> Outcome {
    let command = visit.fields.text("what").to_owned();
    match command.as_str() {
        "" => {}
        "collect" | "navigate" => {
            visit.confirm_sesskey()?;
            if visit.fields.flag("back") {
                return Ok(visit.back(shop, Step::PurchaseRequ));
            }
            if command == "collect" {
                collect(visit, shop)?;
            }
            if complete(visit, shop) {
                return visit.onward(shop, Step::PurchaseRequ);
            }
            return page(visit, shop, true);
        }
        _ => return Err(Fault::new(400, "unknown_command").with("command", command)),
    }
    if let Some(elsewhere) = visit.gate(shop, Step::PurchaseRequ)? {
        return Ok(elsewhere);
    }
    if visit.asks_nothing(shop, Step::PurchaseRequ) {
        return visit.onward(shop, Step::PurchaseRequ);
    }
    page(visit, shop, false)
}

fn items<'s>(visit: &Visit<'_>, shop: &'s Shop) -> Vec<(&'s CatalogItem, u32)> {
    let asks = |item: &&CatalogItem| !item.required_data.is_empty();
    let units = |name: &str| {
        visit
            .session
            .cart
            .order
            .get(name)
            .map_or(0, |quantity| quantity.units())
    };
    visit
        .session
        .cart
        .order
        .keys()
        .filter_map(|name| shop.catalog.find(name).filter(asks))
        .map(|item| (item, units(&item.shortname)))
        .collect()
}

fn complete(visit: &Visit<'_>, shop: &Shop) -> bool {
    items(visit, shop)
        .iter()
        .all(|(item, _)| visit.session.cart.missing_field(item).is_none())
}

/// Takes what was posted. Too long texts are refused by the page's own limit; here they are cut off as missing.
fn collect(visit: &mut Visit<'_>, shop: &Shop) -> Result<(), Fault> {
    for (item, units) in items(visit, shop) {
        if units > MOST_ASKED_FOR {
            return Err(Fault::new(422, "too_many_units").with("product", item.label.as_str()));
        }
        for field in &item.required_data {
            for unit in 0..units {
                let Some(value) = posted(visit, item, &field.field, unit) else {
                    continue;
                };
                let value = accepted(&field.widget, value);
                let values = visit
                    .session
                    .cart
                    .customerdata
                    .entry(item.shortname.clone())
                    .or_default();
                values
                    .entry(field.field.clone())
                    .or_default()
                    .insert(unit, value);
            }
        }
    }
    Ok(())
}

/// The plugin names the input by the cart's shortname; links and hands also write the product's name.
fn posted(visit: &Visit<'_>, item: &CatalogItem, field: &str, unit: u32) -> Option<String> {
    [&item.shortname, &item.name, &item.code]
        .into_iter()
        .map(|name| input_name(name, field, unit))
        .find(|name| visit.fields.has(name))
        .map(|name| visit.fields.text(&name).to_owned())
}

/// A value that the widget could not have sent is no value.
fn accepted(widget: &Widget, value: String) -> String {
    let fits = match widget {
        Widget::Select { options } => options.iter().any(|(option, _)| *option == value),
        _ => {
            value.chars().count() <= LONGEST_VALUE
                && !value
                    .chars()
                    .any(|letter| letter.is_control() && letter != '\n' && letter != '\r')
        }
    };
    if fits { value } else { String::new() }
}

fn input_name(item: &str, field: &str, unit: u32) -> String {
    format!("{item}/{field}{unit}")
}

fn page(visit: &mut Visit<'_>, shop: &Shop, tried: bool) -> Outcome {
    let mut products = Vec::new();
    for (item, units) in items(visit, shop) {
        let values = visit.session.cart.customerdata.get(&item.shortname);
        let unit_data = |unit: u32| {
            let fields: Vec<Json> = item
                .required_data
                .iter()
                .map(|field| {
                    let value = values
                        .and_then(|fields| fields.get(&field.field)?.get(&unit))
                        .cloned()
                        .unwrap_or_default();
                    let missing = tried && value.is_empty();
                    let (kind, options) = match &field.widget {
                        Widget::Checkbox => ("checkbox", [].as_slice()),
                        Widget::Select { options } => ("select", options.as_slice()),
                        Widget::TextArea => ("textarea", [].as_slice()),
                        Widget::Text => ("text", [].as_slice()),
                    };
                    let options: Vec<Json> = options
                        .iter()
                        .map(|(value, label)| json!({"value": value, "label": label}))
                        .collect();
                    json!({
                        "name": input_name(&item.shortname, &field.field, unit),
                        "label": field.label,
                        "description": field.desc,
                        "type": kind,
                        "options": options,
                        "value": value,
                        "problem": missing.then_some("field_required"),
                    })
                })
                .collect();
            json!({"number": unit + 1, "fields": fields})
        };
        let unit_list: Vec<Json> = (0..units.min(MOST_ASKED_FOR)).map(unit_data).collect();
        products.push(json!({"shortname": item.shortname, "name": item.label, "units": unit_list}));
    }
    let answer = visit.page(
        "purchaserequ",
        Some(Step::PurchaseRequ),
        Some(shop),
        json!({ "products": products }),
    );
    Ok(if tried { answer.status(422) } else { answer })
}

/// Longest text of a field, in characters.
const LONGEST_VALUE: usize = 2_000;
