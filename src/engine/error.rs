//! What can go wrong in a use case, with the HTTP status and the values of the sentence that tells it.

use std::collections::BTreeMap;

use crate::database::{DatabaseError, Transient};
use crate::domain::autodrive::Drive;
use crate::domain::money::MoneyError;
use crate::domain::state::StateError;
use crate::domain::totals::TotalsError;
use crate::entropy::EntropyError;
use crate::gateway::GatewayError;

use super::PartnerError;

/// An error of the order engine. `code` is stable and the key of the language string, `params` are its values.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database is away or holds foreign data.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// An amount is out of bounds or of another currency.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A price or tax cannot be computed; the message names the tax. Correct the tax or the product.
    #[error(transparent)]
    Totals(#[from] TotalsError),
    /// The move is not in the table.
    #[error(transparent)]
    State(#[from] StateError),
    /// The payment message or request is wrong.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// The system gave no random bytes. Try again; if it lasts, the machine is broken.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// A partner cannot be registered or changed so.
    #[error(transparent)]
    Partner(#[from] PartnerError),
    /// Someone else changed the order at the same moment. Trying again is right.
    #[error("the order was changed at the same moment")]
    Conflict,
    /// There is no such shop. Correct the link.
    #[error("there is no shop `{shop}`")]
    UnknownShop {
        /// What was asked for.
        shop: String,
    },
    /// The shop's own settings are not usable: see the message. The seller has to correct them.
    #[error("shop {shop} is not usable: {problem}")]
    BrokenShop {
        /// Shop id.
        shop: i64,
        /// What is wrong.
        problem: String,
    },
    /// There is no such order, or it is someone else's (the answer is the same, so that ids cannot be tried out).
    #[error("there is no order `{transaction}` for this buyer")]
    UnknownOrder {
        /// Transaction id as asked for, cut to 40 characters.
        transaction: String,
    },
    /// The link of an email is older than the site lets it open. Log in with the order's account.
    #[error("the link of the email has expired")]
    LinkExpired,
    /// The link of an email was revoked, or the order has another account or email address since. Log in with the order's account.
    #[error("the link of the email was revoked")]
    LinkRevoked,
    /// The plugin's bill of this transaction holds what no order can. Correct the bill, then send the message again.
    #[error("the bill of `{transaction}` cannot become an order: `{field}` holds `{value}`")]
    NotAdoptable {
        /// Transaction id.
        transaction: String,
        /// Column of the bill or of one of its lines.
        field: &'static str,
        /// What it holds, cut to 40 characters.
        value: String,
    },
    /// The plugin's bill of this transaction is sold, and no payment is known: it was sold past the engine. A seller has to look at it
    /// first, on the page of orders.
    #[error("bill {bill} of `{transaction}` was sold without a payment")]
    SoldWithoutPayment {
        /// Transaction id.
        transaction: String,
        /// Id of the bill.
        bill: i64,
    },
    /// The order is paid or closed; a new one starts a new transaction.
    #[error("order `{transaction}` is already {status}")]
    AlreadyPlaced {
        /// Transaction id.
        transaction: String,
        /// Its status.
        status: &'static str,
    },
    /// Something is still missing before the order can be placed; go to the step named.
    #[error("the order is not ready: step `{}`", .0.step.as_str())]
    NotReady(Drive),
    /// A product of the cart cannot be bought (any more). Take it out of the cart.
    #[error("`{product}` cannot be bought: {reason}")]
    NotForSale {
        /// Product name.
        product: String,
        /// Code of the reason.
        reason: &'static str,
    },
    /// The payment interface is not enabled for this shop or not allowed for this buyer. Choose another.
    #[error("payment interface `{paymode}` is not available for this order")]
    PaymodeNotAllowed {
        /// Its name as posted, cut to 20 characters.
        paymode: String,
    },
    /// Nothing is paid back as it was asked for; the reason is a code. Look at the order again.
    #[error("nothing is paid back: {reason}")]
    Refund {
        /// Code of the reason.
        reason: &'static str,
    },
    /// The task was leased again by someone else meanwhile; his result counts.
    #[error("the lease of task {task} has run out")]
    LeaseLost {
        /// Task id.
        task: i64,
    },
}

impl Error {
    /// Stable code, also the key of the language string.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Database(error) => error.code(),
            Self::Money(error) => error.code(),
            Self::Totals(error) => error.code(),
            Self::State(error) => error.code(),
            Self::Gateway(error) => error.code(),
            Self::Partner(error) => error.code(),
            Self::Entropy(_) => "internal_error",
            Self::Conflict => "order_conflict",
            Self::UnknownShop { .. } => "unknown_shop",
            Self::BrokenShop { .. } => "broken_shop",
            Self::UnknownOrder { .. } => "unknown_order",
            Self::LinkExpired => "email_link_expired",
            Self::LinkRevoked => "email_link_revoked",
            Self::NotAdoptable { .. } => "bill_not_adoptable",
            Self::SoldWithoutPayment { .. } => "bill_without_payment",
            Self::AlreadyPlaced { .. } => "already_placed",
            Self::NotReady(_) => "order_not_ready",
            Self::NotForSale { reason, .. } | Self::Refund { reason } => reason,
            Self::PaymodeNotAllowed { .. } => "paymode_not_allowed",
            Self::LeaseLost { .. } => "lease_lost",
        }
    }

    /// Values of the sentence.
    #[must_use]
    pub fn params(&self) -> BTreeMap<&'static str, String> {
        let one = |name, value: &str| BTreeMap::from([(name, value.to_owned())]);
        match self {
            Self::UnknownShop { shop } => one("shop", shop),
            Self::BrokenShop { shop, problem } => {
                BTreeMap::from([("shop", shop.to_string()), ("problem", problem.clone())])
            }
            Self::UnknownOrder { transaction } => one("transid", transaction),
            Self::NotAdoptable {
                transaction,
                field,
                value,
            } => BTreeMap::from([
                ("transid", transaction.clone()),
                ("field", (*field).to_owned()),
                ("value", value.clone()),
            ]),
            Self::SoldWithoutPayment { transaction, bill } => {
                BTreeMap::from([("transid", transaction.clone()), ("bill", bill.to_string())])
            }
            Self::AlreadyPlaced {
                transaction,
                status,
            } => BTreeMap::from([
                ("transid", transaction.clone()),
                ("status", (*status).to_owned()),
            ]),
            Self::NotReady(drive) => one("step", drive.step.as_str()),
            Self::NotForSale { product, .. } => one("product", product),
            Self::PaymodeNotAllowed { paymode } => one("paymode", paymode),
            Self::Gateway(GatewayError::Unknown { name }) => one("paymode", name),
            Self::Gateway(GatewayError::Malformed { field }) => one("field", field),
            Self::Gateway(GatewayError::NotConfigured { name, setting }) => BTreeMap::from([
                ("paymode", (*name).to_owned()),
                ("setting", (*setting).to_owned()),
            ]),
            Self::Gateway(GatewayError::CurrencyNotTaken { name, currency }) => BTreeMap::from([
                ("paymode", (*name).to_owned()),
                ("currency", (*currency).to_owned()),
            ]),
            Self::Gateway(
                GatewayError::NotExpected { name }
                | GatewayError::Busy { name }
                | GatewayError::Away { name }
                | GatewayError::Declined { name, .. },
            ) => one("paymode", name),
            Self::Gateway(GatewayError::Unassigned { reference }) => one("reference", reference),
            Self::Gateway(GatewayError::NotSendable { field }) => one("field", field),
            Self::Partner(error) => error.params(),
            Self::State(StateError::MoveNotAllowed { from, to }) => {
                BTreeMap::from([("from", from.to_string()), ("to", to.to_string())])
            }
            Self::State(StateError::NotAllowed { from, event }) => BTreeMap::from([
                ("from", from.to_string()),
                ("event", event.as_str().to_owned()),
            ]),
            Self::State(StateError::UnknownStatus { word }) => one("word", word),
            Self::Money(_) | Self::Totals(_) => one("problem", &self.to_string()),
            _ => BTreeMap::new(),
        }
    }

    /// Does one row hold what the engine cannot read? The database itself works.
    pub(super) fn is_foreign_data(&self) -> bool {
        matches!(self, Self::Database(DatabaseError::Column { .. }))
    }

    /// HTTP status that fits.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Database(_) | Self::Entropy(_) | Self::Conflict => 503,
            Self::Money(_)
            | Self::Totals(_)
            | Self::BrokenShop { .. }
            | Self::NotAdoptable { .. }
            | Self::NotForSale { .. }
            | Self::Refund { .. } => 422,
            Self::UnknownShop { .. } | Self::UnknownOrder { .. } => 404,
            Self::LinkExpired | Self::LinkRevoked => 410,
            Self::State(StateError::UnknownStatus { .. }) => 400,
            Self::Partner(PartnerError::Unknown { .. }) => 404,
            Self::Partner(_) => 422,
            Self::State(_)
            | Self::AlreadyPlaced { .. }
            | Self::SoldWithoutPayment { .. }
            | Self::NotReady(_)
            | Self::LeaseLost { .. } => 409,
            Self::PaymodeNotAllowed { .. } => 403,
            Self::Gateway(error) => match error {
                GatewayError::Unknown { .. } => 404,
                GatewayError::Malformed { .. } => 400,
                GatewayError::NotAuthentic | GatewayError::TestModeOnly => 403,
                GatewayError::CurrencyNotTaken { .. } | GatewayError::Unassigned { .. } => 422,
                GatewayError::Disowned => 403,
                GatewayError::NoOrder => 404,
                GatewayError::NotSendable { .. } => 422,
                GatewayError::NotConfigured { .. }
                | GatewayError::Unverified
                | GatewayError::Busy { .. }
                | GatewayError::Away { .. } => 503,
                GatewayError::Declined { .. } => 422,
                GatewayError::NotExpected { .. } => 405,
            },
        }
    }
}

impl Transient for Error {
    fn is_transient(&self) -> bool {
        match self {
            Self::Database(error) => error.is_transient(),
            Self::Conflict => true,
            _ => false,
        }
    }
}
