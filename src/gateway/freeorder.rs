//! The plugin's zero-euro interface (paymode `freeorder`): an order of zero needs no payment.
//!
//! It claims a payment of exactly zero; that the order's total is zero is checked where all amounts are.

use super::deferred::{own_message, own_verdict};
use super::{
    Channel, Gateway, GatewayError, Happened, Instructions, Message, Obstacle, Offer, Payable,
    Settings, Verdict, Widget,
};

pub(super) struct FreeOrder;

impl Gateway for FreeOrder {
    fn name(&self) -> &'static str {
        "freeorder"
    }

    fn obstacle(&self, offer: &Offer<'_>) -> Option<Obstacle> {
        (!offer.amount.is_zero()).then_some(Obstacle::OnlyFree)
    }

    fn widget(&self, payable: &Payable<'_>, _settings: &Settings) -> Result<Widget, GatewayError> {
        Ok(Widget {
            instructions: Some(Instructions {
                code: "freeorder_instructions",
                params: Default::default(),
            }),
            forms: vec![payable.go_on("freeorder_confirm", &[])],
            ..Widget::default()
        })
    }

    fn read(&self, message: &Message<'_>, _settings: &Settings) -> Result<Verdict, GatewayError> {
        let (transaction, revision) = own_message(message, &[Channel::Buyer], self.name())?;
        Ok(own_verdict(
            self.name(),
            transaction,
            revision,
            Happened::Paid,
            "nothing is due",
        ))
    }
}
