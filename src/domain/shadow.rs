//! A takeover that only watches: what the engine would have done, against what the plugin did.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::money::{excerpt, parse_decimal};
use super::takeover::Takeover;

/// What the engine would have done with a request.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct Rehearsed {
    /// The way in which it would have answered.
    pub way: Way,
    /// The same in words, for the trace: `engine lets pass`.
    pub told: String,
    /// Code of the refusal, or ''.
    pub code: String,
    /// Path below wwwroot to which it would have sent the buyer, or ''.
    pub location: String,
    /// Names of the payment interfaces that it would have let the buyer choose.
    pub offered: Vec<String>,
    /// The cart as it would be by then.
    pub cart: Option<RehearsedCart>,
    /// The bill as it would be by then.
    pub bill: Option<RehearsedBill>,
}

/// The way in which the engine would have answered.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Way {
    /// The plugin would have answered.
    #[default]
    Passes,
    /// The plugin would have answered, if the payment interface is one of those offered.
    Offers,
    /// The buyer would have been sent elsewhere.
    Goes,
    /// A page or a text.
    Shows,
    /// The question whether the command is meant.
    Confirms,
    /// A call to a payment interface, which decides what comes then.
    Calls,
    /// A refusal.
    Refuses,
}

/// A cart as the engine would have left it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct RehearsedCart {
    /// Units by shortname.
    pub order: BTreeMap<String, i64>,
    /// What is to be paid with taxes: decimal string in major units, exact to the minor unit; or ''.
    pub amount: String,
}

/// A bill as the engine would have left it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct RehearsedBill {
    /// Transaction id.
    pub transid: String,
    /// The plugin's word.
    pub status: String,
    /// With taxes: decimal string in major units, exact to the minor unit.
    pub amount: String,
}

/// What the plugin did, as the host found it: raw texts.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(default)]
pub struct Done {
    /// `$SESSION->shoppingcart` as JSON text, or ''.
    pub shoppingcart: String,
    /// The payment interface that the buyer chose, or ''.
    pub paymode: String,
    /// HTTP status of the answer, '' where it is not known.
    pub status: String,
    /// Header `Location` of the answer, or ''.
    pub location: String,
}

/// The plugin's bill, after the request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Bill {
    /// Its word.
    pub status: String,
    /// With taxes, in major units, as finely as the plugin keeps it.
    pub amount: Decimal,
}

/// How the two differ.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Cause {
    /// They do not.
    Same,
    /// There is nothing that both say.
    Nothing,
    /// The engine's cart has other units.
    OtherCart,
    /// The engine's cart or bill has another amount.
    OtherAmount,
    /// The engine's bill has another status.
    OtherStatus,
    /// The engine would have sent the buyer to another page.
    Elsewhere,
    /// The engine would have asked first whether the command is meant.
    Confirms,
    /// The plugin refused what the engine would have done.
    PluginRefuses,
    /// The engine would have refused what the plugin did: its code.
    Refuses(String),
}

impl Cause {
    /// Stable key, after a colon the code of a refusal. At most 64 characters.
    #[must_use]
    pub fn key(&self) -> String {
        let key = match self {
            Self::Same => "same",
            Self::Nothing => "nothing",
            Self::OtherCart => "other_cart",
            Self::OtherAmount => "other_amount",
            Self::OtherStatus => "other_status",
            Self::Elsewhere => "elsewhere",
            Self::Confirms => "confirms",
            Self::PluginRefuses => "plugin_refuses",
            Self::Refuses(code) => return format!("refuses:{}", stable(code)),
        };
        key.to_owned()
    }
}

/// The two held against each other.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Comparison {
    /// How they differ.
    pub cause: Cause,
    /// What the trace tells, in one line.
    pub told: String,
}

/// Compares what the engine would have done with what the plugin did. `bill` is the plugin's, of the transaction that the engine names.
#[must_use]
pub fn compare(
    takeover: Takeover,
    rehearsed: &Rehearsed,
    done: &Done,
    bill: Option<&Bill>,
) -> Comparison {
    let (answered, told) = answer(takeover, rehearsed, done);
    let mut told = vec![told];
    let mut found = Vec::new();
    let compared = [
        rehearsed.cart.as_ref().map(|cart| self::cart(cart, done)),
        rehearsed
            .bill
            .as_ref()
            .zip(bill)
            .map(|(engine, plugin)| self::bill(takeover, engine, plugin)),
    ];
    for (cause, words) in compared.into_iter().flatten() {
        told.push(words);
        found.push(cause);
    }
    // The gravest first: a refusal explains what comes after it.
    let cause = match answered {
        Cause::Same | Cause::Nothing | Cause::Elsewhere => {
            let other = found.iter().find(|cause| **cause != Cause::Same).cloned();
            match (other, answered) {
                (Some(other), _) => other,
                (None, Cause::Nothing) if !found.is_empty() => Cause::Same,
                (None, answered) => answered,
            }
        }
        grave => grave,
    };
    Comparison {
        cause,
        told: told.join(" ; "),
    }
}

/// What both answered.
fn answer(takeover: Takeover, rehearsed: &Rehearsed, done: &Done) -> (Cause, String) {
    let mut told = rehearsed.told.clone();
    let mut way = rehearsed.way;
    let mut code = rehearsed.code.as_str();
    if way == Way::Offers {
        let offered = rehearsed.offered.contains(&done.paymode);
        let does = if offered { "lets pass" } else { "refuses" };
        told = format!("engine {does} paymode `{}`", excerpt(&done.paymode));
        (way, code) = if offered {
            (Way::Passes, "")
        } else {
            (Way::Refuses, "paymode_not_allowed")
        };
    }
    let refused = done
        .status
        .parse()
        .is_ok_and(|status: u16| (400..=599).contains(&status));
    let cause = match way {
        Way::Refuses if refused => Cause::Same,
        Way::Refuses => Cause::Refuses(code.to_owned()),
        Way::Calls => Cause::Nothing,
        _ if refused => Cause::PluginRefuses,
        Way::Confirms => Cause::Confirms,
        Way::Passes | Way::Offers => Cause::Same,
        Way::Goes if takeover.steers() => {
            let known = !done.status.is_empty() || !done.location.is_empty();
            if known && place(&rehearsed.location) != place(&done.location) {
                Cause::Elsewhere
            } else {
                Cause::Same
            }
        }
        // The answer to a message says that it was taken.
        Way::Shows if takeover == Takeover::Endpoints => Cause::Same,
        Way::Goes | Way::Shows => Cause::Nothing,
    };
    (cause, told)
}

/// The carts.
fn cart(engine: &RehearsedCart, done: &Done) -> (Cause, String) {
    let plugin: Json = serde_json::from_str(&done.shoppingcart).unwrap_or_default();
    let order: BTreeMap<String, i64> = match plugin.get("order") {
        Some(Json::Object(order)) => order
            .iter()
            .map(|(name, units)| (name.clone(), whole(units)))
            .collect(),
        // PHP writes keys from 0 on as a list.
        Some(Json::Array(order)) => order
            .iter()
            .enumerate()
            .map(|(index, units)| (index.to_string(), whole(units)))
            .collect(),
        _ => BTreeMap::new(),
    };
    if order != engine.order {
        let json = |order: &BTreeMap<String, i64>| serde_json::to_string(order).unwrap_or_default();
        let told = format!(
            "other cart : plugin {}, engine {}",
            json(&order),
            json(&engine.order)
        );
        return (Cause::OtherCart, told);
    }
    let amount = match plugin.get("finaltaxedtotal") {
        Some(Json::Number(number)) => number.to_string(),
        Some(Json::String(text)) => text.clone(),
        _ => return (Cause::Same, "same cart".to_owned()),
    };
    let exact = parse_decimal(&amount).ok();
    if exact.is_some_and(|exact| is_rounded_to(exact, &engine.amount)) {
        return (Cause::Same, format!("same cart, {}", engine.amount));
    }
    let told = format!(
        "same cart, other amount : plugin {}, engine {}",
        exact.map_or_else(|| excerpt(&amount), |exact| padded(exact, &engine.amount)),
        engine.amount
    );
    (Cause::OtherAmount, told)
}

/// The bills.
fn bill(takeover: Takeover, engine: &RehearsedBill, plugin: &Bill) -> (Cause, String) {
    let same_amount = is_rounded_to(plugin.amount, &engine.amount);
    let amount = if same_amount {
        engine.amount.clone()
    } else {
        padded(plugin.amount, &engine.amount)
    };
    let both = format!(
        "plugin {} {amount}, engine {} {}",
        plugin.status, engine.status, engine.amount
    );
    if !same_amount {
        return (Cause::OtherAmount, format!("other bill : {both}"));
    }
    if plugin.status == engine.status {
        return (
            Cause::Same,
            format!("same bill, {} {}", engine.status, engine.amount),
        );
    }
    // The engine delivers after its answer, the plugin before.
    let delivers = matches!(takeover, Takeover::Production | Takeover::Endpoints);
    if delivers
        && engine.status == "SOLDOUT"
        && matches!(plugin.status.as_str(), "COMPLETE" | "PARTIAL")
    {
        return (Cause::Same, format!("same bill, delivered later : {both}"));
    }
    (Cause::OtherStatus, format!("other bill : {both}"))
}

/// Is `amount`, which is exact to the minor unit, what `exact` is rounded to? Half a unit goes away from zero, as in
/// [`super::money::Money::round`].
fn is_rounded_to(exact: Decimal, amount: &str) -> bool {
    let Ok(amount) = parse_decimal(amount) else {
        return false;
    };
    if exact.is_sign_negative() != amount.is_sign_negative()
        && !exact.is_zero()
        && !amount.is_zero()
    {
        return false;
    }
    // Twice the distance in minor units, so that nothing is divided.
    let double = (exact.abs() - amount.abs()) * Decimal::TWO;
    let unit = Decimal::new(1, amount.scale());
    double >= -unit && double < unit
}

/// `exact` with at least as many decimals as `amount` has.
fn padded(exact: Decimal, amount: &str) -> String {
    let mut shown = exact.normalize();
    let scale = parse_decimal(amount).map_or(0, |amount| amount.scale());
    if shown.scale() < scale {
        shown.rescale(scale);
    }
    shown.to_string()
}

/// Units as PHP reads them: the whole number that a text begins with, else 0.
fn whole(units: &Json) -> i64 {
    let text = match units {
        Json::Number(number) => number.to_string(),
        Json::String(text) => text.trim_start().to_owned(),
        _ => return 0,
    };
    let signed = text.strip_prefix('-');
    let digits: String = signed
        .unwrap_or(&text)
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    let units = digits.parse().unwrap_or(0_i64);
    if signed.is_some() { -units } else { units }
}

/// The page that an address leads to: its path below `/local/` and the view.
fn place(address: &str) -> (&str, &str) {
    let below = match address.find("/local/") {
        Some(at) => address.get(at..).unwrap_or_default(),
        None => address,
    };
    let bare = below.split('#').next().unwrap_or_default();
    let (path, query) = bare.split_once('?').unwrap_or((bare, ""));
    let mut views = query
        .split('&')
        .filter_map(|pair| pair.strip_prefix("view="));
    (path, views.next_back().unwrap_or_default())
}

/// A code of a refusal that is one, cut.
fn stable(code: &str) -> String {
    let plain = |sign: &char| sign.is_ascii_alphanumeric() || *sign == '_';
    code.chars().filter(plain).take(LONGEST_CODE).collect()
}

/// With `refuses:` it fits its column.
const LONGEST_CODE: usize = 56;

#[cfg(test)]
mod tests;
