//! What a message proves.

use std::fmt;

use crate::domain::money::Money;
use crate::domain::transaction_id::TransactionId;

/// What happened to the money.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Happened {
    /// A payment was announced; it is not certain.
    Announced,
    /// The amount was paid.
    Paid,
    /// The gateway refused the payment.
    Refused,
    /// The payment broke for a technical reason.
    Failed,
    /// The buyer gave it up.
    Cancelled,
    /// The amount was paid back, or a part of it.
    Refunded,
    /// So much of the payment was paid back until now, all together.
    RefundedInAll,
    /// Nothing was paid under this reference and nothing will be: the try is over, the order stays as it is.
    Lapsed,
    /// What was authorised will not come: the seller or a time limit ended it before money moved.
    Withdrawn,
    /// Something that only a human can judge.
    Unclear,
    /// The amount was taken back over the seller's head: a chargeback, or another reversal.
    Reversed,
    /// What was reversed came back.
    Restored,
    /// Nothing moved: a dispute was opened, or a word that the interface's document does not know.
    Noted,
}

impl Happened {
    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::Paid => "paid",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
            Self::RefundedInAll => "refunded in all",
            Self::Lapsed => "lapsed",
            Self::Reversed => "reversed",
            Self::Restored => "restored",
            Self::Noted => "noted",
            Self::Withdrawn => "withdrawn",
            Self::Unclear => "unclear",
        }
    }
}

/// Real money or not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// Real money.
    Live,
    /// The gateway's test mode.
    Test,
    /// The message cannot tell; it counts for both (cheques have no test mode).
    Any,
}

impl Mode {
    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
            Self::Any => "any",
        }
    }
}

/// How a message names its order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Named {
    /// By its transaction id.
    Transaction(TransactionId),
    /// By one try to pay it, which the engine keeps.
    Attempt {
        /// Its reference.
        reference: String,
        /// Its number of the day, where the message says one: money under another number is another payment.
        number: Option<u32>,
    },
}

impl From<TransactionId> for Named {
    fn from(transaction: TransactionId) -> Self {
        Self::Transaction(transaction)
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transaction(transaction) => transaction.fmt(f),
            Self::Attempt { reference, .. } => f.pad(reference),
        }
    }
}

/// A message, read and believed.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The order it names.
    pub order: Named,
    /// The revision of the order it was made for, when the request carried it; of a reference the engine knows it.
    pub revision: Option<u32>,
    /// The gateway's own id of this payment; the same payment always has the same. Of a refund: the payment that is paid back.
    pub reference: String,
    /// The gateway's own id of this movement when it is another than the payment's: of a refund or a reversal. The same
    /// movement counts once, and several may be parts of one payment.
    pub movement: Option<String>,
    /// What happened.
    pub happened: Happened,
    /// Why the seller has to look although the message is authentic: a code. A payment is held for it.
    pub attention: Option<&'static str>,
    /// How much; `None` when the interface moves no money of its own and stands for what is due.
    pub amount: Option<Money>,
    /// The merchant account that was paid, as the message names it; `None` when the interface knows no accounts.
    pub merchant: Option<String>,
    /// Real money or not.
    pub mode: Mode,
    /// Why it is believed, for the history.
    pub proof: &'static str,
}
