//! GNU Taler (paymode `taler`): the shop puts the order to the seller's merchant backend, the buyer's wallet pays there, and the
//! backend says so when it is asked.
//!
//! Documents: GNU Taler merchant API, docs.taler.net/core/merchant; "Repurchase detection and fulfillment URLs",
//! tutorials.taler.net (both read 2026-11). No message is signed for the shop: what proves a payment is the backend's answer to a
//! question with the access token. So every message, the webhook's too, only says which order to ask about. Taler has no test
//! flag: a contract says in its `extra` which mode its order was placed in.
//!
//! - `amount`: amounts in Taler's words.
//! - `backend`: addresses and tokens, and the calls that are made.
//! - `message`: what the interface takes.
//! - `order`: the order as it is put to the backend, and what is kept of its answers.
//! - `status`: what the backend says of an order.
//! - `way`: the calls that a message takes, one after the other.
//! - `setting`: what is asked of the person who sets it up.

pub mod amount;
mod backend;
mod message;
mod order;
mod setting;
pub mod status;
mod way;

use super::{
    Channel, Endpoint, Form, Gateway, GatewayError, Inquiry, Instructions, Link, Message, Naming,
    Obstacle, Offer, Payable, Progress, Refundable, Setting, Settings, Verdict, Widget,
};
use crate::domain::money::Money;
use backend::Backend;
use order::{Kept, Request};

pub(super) struct Taler;

impl Gateway for Taler {
    fn name(&self) -> &'static str {
        NAME
    }

    fn obstacle(&self, offer: &Offer<'_>) -> Option<Obstacle> {
        if offer.amount.is_zero() {
            Some(Obstacle::NothingDue)
        } else if self.missing(offer.settings).is_empty() {
            None
        } else {
            Some(Obstacle::NotConfigured)
        }
    }

    fn widget(&self, payable: &Payable<'_>, _settings: &Settings) -> Result<Widget, GatewayError> {
        let kept = Kept::read(payable.attempt.map_or("", |attempt| &attempt.kept));
        let transaction = payable.transaction.to_string();
        let form = |script: &str, submit| Form {
            action: payable.script(NAME, script),
            method: "get",
            fields: vec![("transid".to_owned(), transaction.clone())],
            submit,
        };
        if !kept.is_drawn() {
            return Err(GatewayError::Away { name: NAME });
        }
        let code = if kept.claimed {
            "taler_claimed"
        } else {
            "taler_instructions"
        };
        Ok(Widget {
            instructions: Some(Instructions {
                code,
                params: [("amount", payable.amount.to_string())].into(),
            }),
            forms: vec![
                form("process", "taler_paid"),
                form("cancel", "taler_cancel"),
            ],
            link: (!kept.pay_uri.is_empty()).then(|| Link {
                uri: kept.pay_uri.clone(),
                submit: "taler_open_wallet",
            }),
        })
    }

    fn read(&self, _message: &Message<'_>, _settings: &Settings) -> Result<Verdict, GatewayError> {
        // Nothing that reaches the shop proves anything; the backend's answers do.
        Err(GatewayError::NotExpected { name: NAME })
    }

    fn about(&self, message: &Message<'_>) -> Result<Option<String>, GatewayError> {
        message::about(message).map(Some)
    }

    fn proceed(
        &self,
        message: &Message<'_>,
        inquiry: &Inquiry<'_>,
    ) -> Result<Progress, GatewayError> {
        way::Way::of(message, inquiry)?.proceed()
    }

    fn is_hint(&self) -> bool {
        true
    }

    fn request(
        &self,
        payable: &Payable<'_>,
        settings: &Settings,
    ) -> Result<Option<String>, GatewayError> {
        let attempt = payable.attempt;
        let stored = attempt.map_or("", |attempt| &attempt.request);
        let kept = Kept::read(attempt.map_or("", |attempt| &attempt.kept));
        let open = Request::read(stored)
            .is_some_and(|request| payable.now.seconds() < request.pay_deadline);
        if open && !kept.pay_uri.is_empty() && kept.session == payable.session {
            return Ok(None);
        }
        if stored.is_empty() {
            order::request(payable, settings).map(Some)
        } else {
            Ok(Some(stored.to_owned()))
        }
    }

    fn is_drawn(&self, kept: &str) -> bool {
        Kept::read(kept).is_drawn()
    }

    fn wish(&self, reference: &str, session: &str) -> Vec<u8> {
        message::wish(reference, session)
    }

    fn refund(&self, reference: &str, total: Money, reason: &str) -> Option<Vec<u8>> {
        message::refund(reference, total, reason)
    }

    fn refundable(&self, kept: &str) -> Option<Refundable> {
        let kept = Kept::read(kept);
        Some(Refundable {
            granted: kept.granted().and_then(|amount| amount.money()),
            uri: (kept.is_pending() && !kept.refund_uri.is_empty()).then_some(kept.refund_uri),
        })
    }

    fn merchant(&self, settings: &Settings) -> Option<String> {
        let backend = Backend::of(settings, settings.test_mode()).ok()?;
        Some(backend.base().to_owned())
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        &[
            Endpoint {
                script: "process",
                channel: Channel::Look,
            },
            Endpoint {
                script: "cancel",
                channel: Channel::OtherWay,
            },
            Endpoint {
                script: "webhook",
                channel: Channel::Notification,
            },
        ]
    }

    fn door(&self) -> Option<&'static str> {
        Some(WEBHOOK_SECRET)
    }

    fn naming(&self, _settings: &Settings) -> Naming {
        Naming::Reference
    }

    fn settings(&self) -> &'static [Setting] {
        setting::SETTINGS
    }

    fn missing(&self, settings: &Settings) -> Vec<(&'static str, &'static str)> {
        backend::missing(settings, settings.test_mode())
    }
}

const NAME: &str = "taler";

const URL: &str = "taler_backend_url";
const TOKEN: &str = "taler_access_token";
const TEST_URL: &str = "taler_test_backend_url";
const TEST_TOKEN: &str = "taler_test_access_token";
const PAY_HOURS: &str = "taler_pay_hours";
const REFUND_DAYS: &str = "taler_refund_days";
const WEBHOOK_SECRET: &str = "taler_webhook_secret";

/// What a contract says of the mode that its order was placed in.
const MODE_LIVE: &str = "live";
const MODE_TEST: &str = "test";

#[cfg(test)]
mod tests;
