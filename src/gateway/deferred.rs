//! Payments outside the net (cheque, bank transfer, delegated): the buyer announces, the seller confirms.

use super::{Channel, GatewayError, Happened, Message, Mode, Settings, Verdict, test::revision};
use crate::domain::transaction_id::TransactionId;

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

/// What a message from one of the shop's own pages proves: it stands for what is due, and one order has one such payment.
pub(super) fn own_verdict(
    name: &'static str,
    transaction: TransactionId,
    revision: Option<u32>,
    happened: Happened,
    proof: &'static str,
) -> Verdict {
    let reference = format!("{name}:{transaction}");
    Verdict {
        transaction,
        revision,
        reference,
        happened,
        amount: None,
        mode: Mode::Any,
        proof,
    }
}

/// The buyer says that he will pay; the seller says that he was paid.
pub(super) fn read(message: &Message<'_>, name: &'static str) -> Result<Verdict, GatewayError> {
    let (transaction, revision) = own_message(message, &[Channel::Buyer, Channel::Seller], name)?;
    Ok(match message.channel {
        Channel::Seller => own_verdict(
            name,
            transaction,
            revision,
            Happened::Paid,
            "the seller received the payment",
        ),
        _ => own_verdict(
            name,
            transaction,
            revision,
            Happened::Announced,
            "the buyer announces the payment",
        ),
    })
}

/// Values of the plugin's seller settings, by the names that the instructions use.
pub(super) fn seller(
    settings: &Settings,
    keys: &[(&'static str, &str)],
) -> std::collections::BTreeMap<&'static str, String> {
    keys.iter()
        .map(|(name, key)| (*name, settings.text(key).to_owned()))
        .collect()
}
