//! Amounts as people read them, and orders as pages show them.

use serde_json::{Value as Json, json};

use crate::domain::catalog::CatalogItem;
use crate::domain::money::Money;
use crate::domain::multilang::is_french;
use crate::engine::{OrderLine, OrderView, PricedCart, Task};
use crate::gateway::Instructions;

/// An amount for a page: exact, and ready to read.
pub(crate) fn money(amount: Money, lang: &str) -> Json {
    json!({
        "amount": amount.to_decimal_string(),
        "currency": amount.currency().code(),
        "text": money_text(amount, lang),
    })
}

/// An amount as written in French (1 234,50 €) or English (€1,234.50).
pub(crate) fn money_text(amount: Money, lang: &str) -> String {
    number_text(&amount.to_decimal_string(), amount.currency().code(), lang)
}

/// A unit price: as an amount, but with its own decimals when it is finer than the minor unit.
pub(crate) fn price(decimal: &str, like: Money, lang: &str) -> Json {
    let amount = decimal
        .parse()
        .ok()
        .and_then(|exact| Money::of(exact, like.currency()).ok())
        .map_or_else(|| decimal.to_owned(), |money| money.to_decimal_string());
    let currency = like.currency().code();
    json!({ "amount": amount, "currency": currency, "text": number_text(&amount, currency, lang) })
}

/// A decimal string with its currency, as [`money_text`] writes amounts.
pub(crate) fn number_text(decimal: &str, currency: &str, lang: &str) -> String {
    let (sign, digits) = decimal
        .strip_prefix('-')
        .map_or(("", decimal), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let french = is_french(lang);
    let mut grouped = String::with_capacity(whole.len() + 4);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(if french { NARROW_SPACE } else { ',' });
        }
        grouped.push(digit);
    }
    if !fraction.is_empty() {
        grouped.push(if french { ',' } else { '.' });
        grouped.push_str(fraction);
    }
    let symbol = match currency {
        "EUR" => "€",
        "USD" => "$",
        "GBP" => "£",
        "JPY" => "¥",
        code => code,
    };
    match (french, symbol.len() == currency.len() && symbol == currency) {
        (true, _) => format!("{sign}{grouped}{NO_BREAK_SPACE}{symbol}"),
        (false, true) => format!("{sign}{symbol}{NO_BREAK_SPACE}{grouped}"),
        (false, false) => format!("{sign}{symbol}{grouped}"),
    }
}

/// Lines and totals of a priced cart, as pages show them.
pub(crate) fn cart(priced: &PricedCart<'_>, lang: &str) -> (Json, Json) {
    let totals = &priced.totals;
    let lines: Vec<Json> = totals
        .lines()
        .iter()
        .zip(&priced.items)
        .map(|(line, (item, _))| {
            let rate = totals
                .by_tax()
                .iter()
                .find(|tax| tax.tax() == line.tax() && line.tax().is_some());
            json!({
                "kind": line.kind().as_str(),
                "code": line.code(),
                "shortname": item.shortname,
                "label": item.label,
                "elements": elements(item),
                "quantity": line.quantity().units(),
                "unitprice": price(&line.unit_price().to_string(), line.untaxed(), lang),
                "untaxed": money(line.untaxed(), lang),
                "taxes": money(line.taxes(), lang),
                "taxed": money(line.taxed(), lang),
                "rate": rate.map(|tax| tax.ratio().normalize().to_string()),
            })
        })
        .collect();
    let bytax: Vec<Json> = totals
        .by_tax()
        .iter()
        .map(|tax| {
            json!({
                "title": tax.title(),
                "rate": tax.ratio().normalize().to_string(),
                "untaxed": money(tax.untaxed(), lang),
                "taxes": money(tax.taxes(), lang),
                "taxed": money(tax.taxed(), lang),
            })
        })
        .collect();
    let totals = json!({
        "untaxed": money(totals.untaxed(), lang),
        "taxes": money(totals.taxes(), lang),
        "taxed": money(totals.taxed(), lang),
        "bytax": bytax,
    });
    (Json::Array(lines), totals)
}

/// Names of a bundle's elements, for the reader of a page.
pub(crate) fn elements(item: &CatalogItem) -> Vec<&str> {
    let elements = item.content.elements();
    elements
        .iter()
        .map(|element| element.label.as_str())
        .collect()
}

/// Who did something of an order's history, in words: a code of the language files with its params. `buyer`, `engine`, `plugin`, `staff`, `gateway:<name>`
/// and `seller:<account>` are known; any other name is shown as it is.
pub fn actor(name: &str) -> Json {
    match name.split_once(':') {
        None if ["buyer", "engine", "plugin", "staff"].contains(&name) => {
            json!({"code": format!("actor_{name}"), "params": {}})
        }
        Some(("gateway", gateway)) => {
            json!({"code": "actor_gateway", "params": {"paymode": gateway}})
        }
        Some(("seller", user)) => json!({"code": "actor_seller", "params": {"user": user}}),
        _ => json!({"code": "actor_other", "params": {"actor": name}}),
    }
}

/// An order as `docs/front.md` describes it.
pub fn order(view: &OrderView, lang: &str) -> Json {
    let totals = json!({
        "untaxed": money(view.untaxed, lang),
        "taxes": money(view.taxes, lang),
        "taxed": money(view.taxed, lang),
        "bytax": view.bytax.iter().map(|tax| json!({
            "title": tax.title,
            "rate": tax.rate,
            "untaxed": money(tax.untaxed, lang),
            "taxes": money(tax.taxes, lang),
            "taxed": money(tax.taxed, lang),
        })).collect::<Vec<_>>(),
    });
    let links: Vec<Json> = view
        .links
        .iter()
        .map(|link| json!({"label": link.label, "url": link.url, "message": link.message}))
        .collect();
    let history: Vec<Json> = view
        .history
        .iter()
        .map(|entry| json!({"time": entry.time, "text": entry.text, "actor": entry.actor}))
        .collect();
    json!({
        "transid": view.transid,
        "idnumber": view.idnumber,
        "status": view.status,
        "paid": view.paid,
        "delivered": view.delivered,
        "held": view.held,
        "test": view.test,
        "revision": view.revision,
        "emissiondate": view.emissiondate,
        "paymode": view.paymode,
        "lang": view.lang,
        "seller": view.seller,
        "customer": view.customer,
        "invoice": view.invoice,
        "lines": view.lines.iter().map(|line| order_line(line, lang)).collect::<Vec<_>>(),
        "totals": totals,
        "links": links,
        "history": history,
    })
}

/// A piece of work as `docs/front.md` describes it, in the buyer's language.
pub fn task(task: &Task) -> Json {
    json!({
        "id": task.id,
        "stamp": task.stamp,
        "kind": task.kind,
        "transid": task.transid,
        "payload": task.payload,
        "confirmed": task.confirmed,
        "to": task.to,
        "instructions": task.instructions.as_ref().map(|text| instructions(text, task)),
        "token": task.token,
        "lock": task.lock,
        "order": task.order.as_ref().map(|view| order(view, &view.lang)),
    })
}

/// How to pay, with the amount in the order's language.
fn instructions(text: &Instructions, task: &Task) -> Json {
    let mut params = text.params.clone();
    if let (Some(amount), Some(order)) = (params.get_mut("amount"), &task.order) {
        *amount = money_text(order.taxed, &order.lang);
    }
    json!({"code": text.code, "params": params})
}

fn order_line(line: &OrderLine, lang: &str) -> Json {
    json!({
        "kind": line.kind,
        "code": line.code,
        "shortname": line.shortname,
        "label": line.label,
        "elements": line.elements,
        "quantity": line.quantity,
        "unitprice": price(&line.unitprice, line.untaxed, lang),
        "untaxed": money(line.untaxed, lang),
        "taxes": money(line.taxes, lang),
        "taxed": money(line.taxed, lang),
        "rate": (!line.rate.is_empty()).then_some(&line.rate),
    })
}

const NO_BREAK_SPACE: char = '\u{a0}';
const NARROW_SPACE: char = '\u{202f}';

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Currency;

    fn text(amount: &str, currency: &str, lang: &str) -> String {
        money_text(
            Money::parse(amount, Currency::parse(currency).unwrap()).unwrap(),
            lang,
        )
    }

    #[test]
    fn amounts_read_as_in_french_and_english() {
        assert_eq!(text("1234.5", "EUR", "fr"), "1\u{202f}234,50\u{a0}€");
        assert_eq!(text("1234.5", "EUR", "en"), "€1,234.50");
        assert_eq!(text("-71.96", "EUR", "en"), "-€71.96");
        assert_eq!(text("1000", "JPY", "en"), "¥1,000");
        assert_eq!(text("1.5", "TND", "fr"), "1,500\u{a0}TND");
        assert_eq!(text("999", "CHF", "en"), "CHF\u{a0}999.00");
    }
}
