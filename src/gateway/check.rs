//! Payment by cheque (paymode `check`): announced by the buyer, confirmed by the seller who received it.

use super::deferred::{read, seller};
use super::{
    Gateway, GatewayError, Instructions, Message, Obstacle, Offer, Payable, Settings, Verdict,
    Widget,
};

pub(super) struct Check;

impl Gateway for Check {
    fn name(&self) -> &'static str {
        "check"
    }

    fn obstacle(&self, offer: &Offer<'_>) -> Option<Obstacle> {
        offer.amount.is_zero().then_some(Obstacle::NothingDue)
    }

    fn widget(&self, payable: &Payable<'_>, settings: &Settings) -> Result<Widget, GatewayError> {
        let mut params = seller(
            settings,
            &[
                ("seller", "sellername"),
                ("address", "selleraddress"),
                ("zip", "sellerzip"),
                ("city", "sellercity"),
                ("country", "sellercountry"),
            ],
        );
        params.insert("transid", payable.transaction.to_string());
        params.insert("amount", payable.amount.to_string());
        Ok(Widget {
            instructions: Some(Instructions {
                code: "check_instructions",
                params,
            }),
            forms: vec![payable.go_on("check_confirm", &[])],
        })
    }

    fn read(&self, message: &Message<'_>, _settings: &Settings) -> Result<Verdict, GatewayError> {
        read(message, self.name())
    }
}
