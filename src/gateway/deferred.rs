//! Payments outside the net (cheque, bank transfer, card by phone, delegated): the buyer announces, the seller confirms.
//!
//! Each has a file of its own that says what is particular to it; what they share is here.

use std::collections::BTreeMap;

use super::test::revision;
use super::{
    Channel, Gateway, GatewayError, Happened, Instructions, Message, Mode, Obstacle, Offer,
    Payable, Settings, Verdict, Widget,
};
use crate::domain::money::Money;
use crate::domain::transaction_id::TransactionId;

/// A payment interface that moves no money itself.
pub(super) struct Deferred {
    /// The plugin's paymode name.
    pub name: &'static str,
    /// The plugin counts it among those where the money comes at once.
    pub instant: bool,
    /// Only sales administrators may choose it.
    pub staff_only: bool,
    /// Key of the instructions' language string, and its values: name in the string, setting of the plugin.
    pub instructions: Option<(&'static str, &'static [(&'static str, &'static str)])>,
    /// Settings of which one has to say where the money goes; none where the instructions do not.
    pub needs: &'static [&'static str],
    /// Key of the button's language string.
    pub submit: &'static str,
}

impl Gateway for Deferred {
    fn name(&self) -> &'static str {
        self.name
    }

    fn obstacle(&self, offer: &Offer<'_>) -> Option<Obstacle> {
        if self.staff_only && !offer.staff {
            Some(Obstacle::StaffOnly)
        } else if offer.amount.is_zero() {
            Some(Obstacle::NothingDue)
        } else {
            None
        }
    }

    fn is_instant(&self) -> bool {
        self.instant
    }

    fn instructions(
        &self,
        transaction: &TransactionId,
        amount: Money,
        settings: &Settings,
    ) -> Option<Instructions> {
        let (code, keys) = self.instructions?;
        let mut params: BTreeMap<_, _> = keys
            .iter()
            .map(|(name, key)| (*name, settings.text(key).to_owned()))
            .collect();
        params.insert("transid", transaction.to_string());
        params.insert("amount", amount.to_string());
        Some(Instructions { code, params })
    }

    fn unsaid(&self, settings: &Settings) -> Option<&'static [&'static str]> {
        let is_set = |key: &&str| !settings.text(key).trim().is_empty();
        (!self.needs.is_empty() && !self.needs.iter().any(is_set)).then_some(self.needs)
    }

    fn widget(&self, payable: &Payable<'_>, settings: &Settings) -> Result<Widget, GatewayError> {
        Ok(Widget {
            instructions: self.instructions(payable.transaction, payable.amount, settings),
            forms: vec![payable.go_on(self.submit, &[])],
            ..Widget::default()
        })
    }

    fn read(&self, message: &Message<'_>, _settings: &Settings) -> Result<Verdict, GatewayError> {
        let (transaction, revision) =
            own_message(message, &[Channel::Buyer, Channel::Seller], self.name)?;
        let (happened, proof) = match message.channel {
            Channel::Seller => (Happened::Paid, "the seller received the payment"),
            _ => (Happened::Announced, "the buyer announces the payment"),
        };
        Ok(own_verdict(
            self.name,
            transaction,
            revision,
            happened,
            proof,
        ))
    }
}

/// The order that a message from one of the shop's own pages names.
pub(super) fn own_message(
    message: &Message<'_>,
    channels: &[Channel],
    name: &'static str,
) -> Result<(TransactionId, Option<u32>), GatewayError> {
    if !channels.contains(&message.channel) {
        return Err(GatewayError::NotExpected { name });
    }
    let transaction = message
        .field("transid")
        .and_then(|id| TransactionId::parse(&id).ok())
        .ok_or(GatewayError::Malformed { field: "transid" })?;
    Ok((transaction, revision(message)?))
}

/// What such a message proves: it stands for what is due, and one order has one such payment.
pub(super) fn own_verdict(
    name: &'static str,
    transaction: TransactionId,
    revision: Option<u32>,
    happened: Happened,
    proof: &'static str,
) -> Verdict {
    let reference = format!("{name}:{transaction}");
    Verdict {
        order: transaction.into(),
        revision,
        reference,
        happened,
        movement: None,
        attention: None,
        amount: None,
        merchant: None,
        mode: Mode::Any,
        proof,
    }
}
