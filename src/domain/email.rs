//! Which emails are due when something happens to an order. `docs/emails.md` shows the same table to people; a test compares the two.

use serde::Serialize;

/// Something that somebody is told by email.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Moment {
    /// The order was placed.
    Placed,
    /// The buyer announced the payment, by cheque or transfer for example.
    Announced,
    /// The payment came.
    Paid,
    /// Everything was delivered.
    Delivered,
    /// The payment was refused, failed or was cancelled.
    Refused,
    /// Money came that does not fit the order, or its delivery is in doubt.
    Held,
    /// A payment needs the seller, was disputed, taken back, or came back.
    Attention,
    /// The seller paid money back.
    Refunded,
    /// A bill was sold without a payment.
    Unpaid,
    /// A payment came whose message names no order.
    Unassigned,
}

/// Who gets an email.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Recipient {
    /// The address of the order.
    Buyer,
    /// The seller's address.
    Seller,
    /// Everyone with the plugin's role `sales`; the seller's address where nobody has it.
    Sales,
}

/// An email that is due at a moment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Email {
    /// When it is due.
    pub moment: Moment,
    /// Who gets it.
    pub to: Recipient,
    /// Its template: the engine's, or the plugin's where `by_plugin`.
    pub template: &'static str,
    /// The plugin sends it itself, as part of its production.
    pub by_plugin: bool,
}

/// All emails about orders and payments. Of the two to the buyer about a paid order one is sent: the plugin's where it delivered and knows the
/// buyer's account, else the engine's. Nobody gets an email about a refused payment: the page says so.
pub const EMAILS: &[Email] = &[
    engines(Moment::Placed, Recipient::Sales, "placed"),
    engines(Moment::Announced, Recipient::Buyer, "announced"),
    engines(Moment::Paid, Recipient::Buyer, "paid"),
    plugins(Moment::Delivered, Recipient::Buyer, "sales_feedback"),
    plugins(Moment::Delivered, Recipient::Sales, "transaction_confirm"),
    engines(Moment::Held, Recipient::Seller, "held"),
    engines(Moment::Attention, Recipient::Seller, "attention"),
    engines(Moment::Refunded, Recipient::Buyer, "refund"),
    engines(Moment::Unpaid, Recipient::Seller, "unpaid"),
    engines(Moment::Unassigned, Recipient::Seller, "unassigned"),
];

impl Moment {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 10] = [
        Self::Placed,
        Self::Announced,
        Self::Paid,
        Self::Delivered,
        Self::Refused,
        Self::Held,
        Self::Attention,
        Self::Refunded,
        Self::Unpaid,
        Self::Unassigned,
    ];

    /// What the documentation calls it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Placed => "order placed",
            Self::Announced => "payment announced",
            Self::Paid => "payment",
            Self::Delivered => "delivery",
            Self::Refused => "payment refused",
            Self::Held => "hold",
            Self::Attention => "payment to look at",
            Self::Refunded => "refund",
            Self::Unpaid => "bill sold without a payment",
            Self::Unassigned => "payment without an order",
        }
    }
}

impl Recipient {
    /// Who gets the engine's email of this template. An unknown one is the seller's to see.
    #[must_use]
    pub fn of(template: &str) -> Self {
        EMAILS
            .iter()
            .find(|email| !email.by_plugin && email.template == template)
            .map_or(Self::Seller, |email| email.to)
    }
}

const fn engines(moment: Moment, to: Recipient, template: &'static str) -> Email {
    Email {
        moment,
        to,
        template,
        by_plugin: false,
    }
}

const fn plugins(moment: Moment, to: Recipient, template: &'static str) -> Email {
    Email {
        by_plugin: true,
        ..engines(moment, to, template)
    }
}
