//! Card by phone (paymode `card`): the plugin carries it as an example that no buyer is offered. It is known here so that
//! bills that name it are understood and a seller can settle them.

use super::deferred::read;
use super::{Gateway, GatewayError, Message, Obstacle, Offer, Payable, Settings, Verdict, Widget};

pub(super) struct Card;

impl Gateway for Card {
    fn name(&self) -> &'static str {
        "card"
    }

    fn obstacle(&self, offer: &Offer<'_>) -> Option<Obstacle> {
        (!offer.staff).then_some(Obstacle::StaffOnly)
    }

    fn widget(&self, payable: &Payable<'_>, _settings: &Settings) -> Result<Widget, GatewayError> {
        Ok(Widget {
            instructions: None,
            forms: vec![payable.go_on("card_confirm", &[])],
        })
    }

    fn read(&self, message: &Message<'_>, _settings: &Settings) -> Result<Verdict, GatewayError> {
        read(message, self.name())
    }
}
