//! Delegated payment (paymode `delegated`): the seller handles it outside; for staff and web services only, as the plugin has it.

use super::deferred::read;
use super::{Gateway, GatewayError, Message, Obstacle, Offer, Payable, Settings, Verdict, Widget};

pub(super) struct Delegated;

impl Gateway for Delegated {
    fn name(&self) -> &'static str {
        "delegated"
    }

    fn obstacle(&self, offer: &Offer<'_>) -> Option<Obstacle> {
        (!offer.staff).then_some(Obstacle::StaffOnly)
    }

    fn widget(&self, payable: &Payable<'_>, _settings: &Settings) -> Result<Widget, GatewayError> {
        Ok(Widget {
            instructions: None,
            forms: vec![payable.go_on("delegated_confirm", &[])],
        })
    }

    fn read(&self, message: &Message<'_>, _settings: &Settings) -> Result<Verdict, GatewayError> {
        read(message, self.name())
    }
}
