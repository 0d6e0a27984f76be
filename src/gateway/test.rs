//! The plugin's test interface (paymode `test`): pretends that the buyer paid. Closed while the shop is in production.
//!
//! Its page offers four ways: paid at once, announced, paid by notification, paid by notification and closed.
//! The notification endpoint is `paymodes/test/test_ipn.php`, which in test mode believes whoever calls it.

use super::{
    Channel, Endpoint, Form, Gateway, GatewayError, Happened, Instructions, Message, Mode,
    Obstacle, Offer, Payable, Settings, Verdict, Widget,
};
use crate::domain::transaction_id::TransactionId;

pub(super) struct Test;

impl Gateway for Test {
    fn name(&self) -> &'static str {
        "test"
    }

    fn obstacle(&self, offer: &Offer<'_>) -> Option<Obstacle> {
        if !offer.settings.test_mode() {
            Some(Obstacle::TestModeOnly)
        } else if offer.amount.is_zero() {
            Some(Obstacle::NothingDue)
        } else {
            None
        }
    }

    fn widget(&self, payable: &Payable<'_>, settings: &Settings) -> Result<Widget, GatewayError> {
        if !settings.test_mode() {
            return Err(GatewayError::TestModeOnly);
        }
        let endpoint = |submit, finish: bool| {
            let mut fields = vec![("transid".to_owned(), payable.transaction.to_string())];
            if finish {
                fields.push(("finish".to_owned(), "1".to_owned()));
            }
            let action = format!("{}/local/shop/paymodes/test/test_ipn.php", payable.wwwroot);
            Form {
                action,
                method: "post",
                fields,
                submit,
            }
        };
        Ok(Widget {
            instructions: Some(Instructions {
                code: "test_instructions",
                params: Default::default(),
            }),
            forms: vec![
                payable.go_on("test_pay", &[]),
                payable.go_on("test_delayed", &[("delayed", "1")]),
                endpoint("test_notify", false),
                endpoint("test_notify_finish", true),
            ],
            ..Widget::default()
        })
    }

    fn read(&self, message: &Message<'_>, settings: &Settings) -> Result<Verdict, GatewayError> {
        if !settings.test_mode() {
            return Err(GatewayError::TestModeOnly);
        }
        let transaction = message
            .field("transid")
            .and_then(|id| TransactionId::parse(&id).ok())
            .ok_or(GatewayError::Malformed { field: "transid" })?;
        let revision = revision(message)?;
        let delayed = message.field("delayed").is_some_and(|value| value == "1");
        Ok(Verdict {
            reference: format!("test:{transaction}"),
            order: transaction.into(),
            revision,
            happened: if delayed {
                Happened::Announced
            } else {
                Happened::Paid
            },
            movement: None,
            attention: None,
            amount: None,
            merchant: None,
            mode: Mode::Test,
            proof: "the shop is in test mode",
        })
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        &[Endpoint {
            script: "test_ipn",
            channel: Channel::Notification,
        }]
    }
}

/// The revision that a form of our own carried.
pub(super) fn revision(message: &Message<'_>) -> Result<Option<u32>, GatewayError> {
    message
        .field("revision")
        .map(|number| {
            number
                .parse()
                .map_err(|_| GatewayError::Malformed { field: "revision" })
        })
        .transpose()
}
