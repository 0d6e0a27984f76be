//! Payment by bank transfer (paymode `transfer`): announced by the buyer, confirmed by the seller who received it.

use super::deferred::{read, seller};
use super::{
    Gateway, GatewayError, Instructions, Message, Obstacle, Offer, Payable, Settings, Verdict,
    Widget,
};

pub(super) struct Transfer;

impl Gateway for Transfer {
    fn name(&self) -> &'static str {
        "transfer"
    }

    fn obstacle(&self, offer: &Offer<'_>) -> Option<Obstacle> {
        offer.amount.is_zero().then_some(Obstacle::NothingDue)
    }

    fn widget(&self, payable: &Payable<'_>, settings: &Settings) -> Result<Widget, GatewayError> {
        let mut params = seller(
            settings,
            &[
                ("seller", "sellername"),
                ("banking", "banking"),
                ("bankcode", "bankcode"),
                ("bankoffice", "bankoffice"),
                ("bankaccount", "bankaccount"),
                ("bankaccountkey", "bankaccountkey"),
                ("iban", "iban"),
                ("bic", "bic"),
            ],
        );
        params.insert("transid", payable.transaction.to_string());
        params.insert("amount", payable.amount.to_string());
        Ok(Widget {
            instructions: Some(Instructions {
                code: "transfer_instructions",
                params,
            }),
            forms: vec![payable.go_on("transfer_confirm", &[])],
        })
    }

    fn read(&self, message: &Message<'_>, _settings: &Settings) -> Result<Verdict, GatewayError> {
        read(message, self.name())
    }
}
