//! Why an amount, a currency or a rounding policy was refused.

use rust_decimal::Decimal;

use super::Currency;

/// Why an amount was refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MoneyError {
    /// Two amounts in different currencies were added or compared; usually a shop whose currency was
    /// changed while carts were open. Empty the cart and start again.
    #[error("an amount in `{left}` cannot be combined with one in `{right}`")]
    CurrencyMismatch {
        /// Currency of the first amount.
        left: Currency,
        /// Currency of the second amount.
        right: Currency,
    },
    /// More decimals than the currency has, such as half a cent; correct the amount at its source.
    #[error("the amount `{amount}` is finer than the minor unit of `{currency}`")]
    FinerThanMinorUnit {
        /// The amount, in major units.
        amount: Decimal,
        /// The currency it was meant in.
        currency: Currency,
    },
    /// Not a plain decimal number; write digits, at most one dot, an optional sign.
    #[error("`{text}` is not a plain decimal number")]
    Malformed {
        /// The beginning of what was given.
        text: String,
    },
    /// An amount was to be shared among nobody, or by weights that are all zero: a programming error.
    #[error("an amount cannot be shared among no parts")]
    NothingToShareBy,
    /// Beyond what a bill can hold; usually a quantity out of all proportion. Lower it.
    #[error("the amount is beyond 9999999.999 `{currency}`, the most a bill can hold")]
    OutOfRange {
        /// The currency it was meant in.
        currency: Currency,
    },
    /// Not an ISO 4217 code that a shop can charge; correct the shop's currency setting.
    #[error("`{code}` is not an ISO 4217 currency with at most three decimals")]
    UnknownCurrency {
        /// The beginning of what was given.
        code: String,
    },
    /// Not a rounding policy; correct the setting to `line` or `total`.
    #[error("`{word}` is not a rounding policy, `line` and `total` are")]
    UnknownRounding {
        /// The beginning of what was given.
        word: String,
    },
}

impl MoneyError {
    /// The stable name of the error, also its language-string key.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::CurrencyMismatch { .. } => "currency_mismatch",
            Self::FinerThanMinorUnit { .. } => "finer_than_minor_unit",
            Self::Malformed { .. } => "malformed_amount",
            Self::NothingToShareBy => "nothing_to_share_by",
            Self::OutOfRange { .. } => "amount_out_of_range",
            Self::UnknownCurrency { .. } => "unknown_currency",
            Self::UnknownRounding { .. } => "unknown_rounding",
        }
    }
}
