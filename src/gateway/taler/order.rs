//! The order as it is put to the merchant backend, and what is kept of its answers with the try to pay.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::amount::{self, Amount};
use super::{MODE_LIVE, MODE_TEST, NAME, PAY_HOURS, REFUND_DAYS};
use crate::gateway::{GatewayError, Payable, PayableLine, Settings};

/// The body of POST `private/orders`. It is made once for each try and sent as it is, however often: the backend takes the
/// same order under the same id for the same order.
///
/// # Errors
/// [`GatewayError`] when the order cannot be said in Taler's words.
pub(super) fn request(payable: &Payable<'_>, settings: &Settings) -> Result<String, GatewayError> {
    let taken = |currency| GatewayError::CurrencyNotTaken {
        name: NAME,
        currency,
    };
    let amount = amount::of(payable.amount).ok_or(taken(payable.amount.currency().code()))?;
    let attempt = payable.attempt.ok_or(GatewayError::NotConfigured {
        name: NAME,
        setting: "attempt",
    })?;
    let mode = if settings.test_mode() {
        MODE_TEST
    } else {
        MODE_LIVE
    };
    let hours = number(settings, PAY_HOURS, 1..=72, 24);
    let mut order = json!({
        "order_id": attempt.reference,
        "amount": amount.to_string(),
        "summary": summary(payable),
        "public_reorder_url": format!("{}?view=shop&shopid={}", payable.view(), payable.shopid),
        "pay_deadline": {"t_s": payable.now.seconds() + hours * 3600},
        "extra": {"shopengine_mode": mode},
    });
    let mut put = |name: &str, value: Json| {
        if let Some(order) = order.as_object_mut() {
            order.insert(name.to_owned(), value);
        }
    };
    // The wallet may be on another machine, where the order's own page would be shown to nobody: then it says which order was paid.
    let url = payable.fulfillment.url();
    let url = url.filter(|url| !url.starts_with(&payable.view()));
    match (url, payable.fulfillment.message()) {
        (Some(url), _) => put("fulfillment_url", url.into()),
        (None, "") => {
            let order = format!("{} : {}", payable.shop, payable.transaction);
            put("fulfillment_message", order.into());
        }
        (None, message) => put("fulfillment_message", message.into()),
    }
    let products: Option<Vec<Json>> = payable.lines.iter().map(product).collect();
    if let Some(products) = products.filter(|products| !products.is_empty()) {
        put("products", products.into());
    }
    let mut body = json!({"order": order, "create_token": true});
    let days = number(settings, REFUND_DAYS, 0..=365, 15);
    if let Some(body) = body.as_object_mut() {
        if days > 0 {
            let micros = days.saturating_mul(86_400_000_000);
            body.insert("refund_delay".to_owned(), json!({"d_us": micros}));
        }
        if !payable.session.is_empty() {
            body.insert("session_id".to_owned(), payable.session.into());
        }
    }
    Ok(body.to_string())
}

/// What the wallet shows above the amount.
fn summary(payable: &Payable<'_>) -> String {
    let lines: Vec<String> = payable
        .lines
        .iter()
        .map(|line| match line.quantity {
            1 => line.label.clone(),
            units => format!("{units} × {}", line.label),
        })
        .collect();
    format!("{} : {}", payable.shop, lines.join(", "))
        .chars()
        .filter(|letter| !letter.is_control())
        .take(SUMMARY)
        .collect()
}

/// A line, if it is one that costs something: Taler knows no amounts below zero.
fn product(line: &PayableLine) -> Option<Json> {
    let price = amount::of(line.taxed)?;
    Some(json!({"description": line.label, "quantity": line.quantity, "price": price.to_string()}))
}

/// A setting that is a number, or what stands for one that is none.
fn number(settings: &Settings, key: &str, range: RangeInclusive<i64>, default: i64) -> i64 {
    let set = settings.text(key).parse().ok();
    set.filter(|number| range.contains(number))
        .unwrap_or(default)
}

/// What was put to the backend, read again.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub amount: Amount,
    pub fulfillment_url: String,
    pub mode: String,
    /// Unix seconds.
    pub pay_deadline: i64,
}

impl Request {
    /// `None` for what this interface did not write.
    pub(super) fn read(body: &str) -> Option<Self> {
        let body: Json = serde_json::from_str(body).ok()?;
        let order = body.get("order")?;
        let text = |pointer| order.pointer(pointer).and_then(Json::as_str);
        Some(Self {
            amount: Amount::parse(text("/amount")?)?,
            fulfillment_url: text("/fulfillment_url").unwrap_or_default().to_owned(),
            mode: text("/extra/shopengine_mode")?.to_owned(),
            pay_deadline: order.pointer("/pay_deadline/t_s")?.as_i64()?,
        })
    }
}

/// What is kept of the backend's answers.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub(super) struct Kept {
    /// The backend has the order.
    #[serde(skip_serializing_if = "is_default")]
    pub made: bool,
    /// Its claim token.
    #[serde(skip_serializing_if = "is_default")]
    pub token: String,
    /// The session that `pay_uri` is for, and what its wallet opens.
    #[serde(skip_serializing_if = "is_default")]
    pub session: String,
    #[serde(skip_serializing_if = "is_default")]
    pub pay_uri: String,
    /// A wallet has taken the contract.
    #[serde(skip_serializing_if = "is_default")]
    pub claimed: bool,
    /// What the seller granted to be paid back, all together, and what of it the wallet has.
    #[serde(skip_serializing_if = "is_default")]
    pub granted: String,
    #[serde(skip_serializing_if = "is_default")]
    pub taken: String,
    /// Where the wallet gets it.
    #[serde(skip_serializing_if = "is_default")]
    pub refund_uri: String,
}

impl Kept {
    pub(super) fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    pub(super) fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(super) fn granted(&self) -> Option<Amount> {
        Amount::parse(&self.granted)
    }

    /// Is there something to show to the buyer?
    pub(super) fn is_drawn(&self) -> bool {
        self.claimed || !self.pay_uri.is_empty()
    }

    /// Is something granted that the wallet does not have?
    pub(super) fn is_pending(&self) -> bool {
        !self.granted.is_empty() && self.granted != self.taken
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Characters of a summary.
const SUMMARY: usize = 200;
