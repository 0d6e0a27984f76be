//! The messages that GNU Taler's interface takes: the buyer's wish to pay, the seller's refund, the backend's webhook. Each only names
//! an order, by its id at the backend.

use serde_json::Value as Json;
use url::form_urlencoded::Serializer;

use super::NAME;
use super::amount;
use super::status::is_order_id;
use crate::domain::money::Money;
use crate::gateway::{Channel, GatewayError, Message};

/// The message that a buyer wishes to pay under this reference, in this session.
pub(super) fn wish(reference: &str, session: &str) -> Vec<u8> {
    Serializer::new(String::new())
        .append_pair("reference", reference)
        .append_pair("session", session)
        .finish()
        .into_bytes()
}

/// The message that a seller pays back so much, all together.
pub(super) fn refund(reference: &str, total: Money, reason: &str) -> Option<Vec<u8>> {
    let total = amount::of(total)?.to_string();
    let body = Serializer::new(String::new())
        .append_pair("reference", reference)
        .append_pair("refund", &total)
        .append_pair("reason", reason)
        .finish();
    Some(body.into_bytes())
}

/// The order that a message is about: its id at the backend.
pub(super) fn about(message: &Message<'_>) -> Result<String, GatewayError> {
    let (id, field) = match message.channel {
        Channel::Buyer | Channel::Seller => (message.field("reference"), "reference"),
        Channel::Notification if message.method == "POST" => {
            let json: Option<Json> = serde_json::from_slice(message.body).ok();
            let id = json.and_then(|json| Some(json.get("order_id")?.as_str()?.to_owned()));
            (id, "order_id")
        }
        _ => return Err(GatewayError::NotExpected { name: NAME }),
    };
    id.filter(|id| is_order_id(id))
        .ok_or(GatewayError::Malformed { field })
}
