//! Amounts of money: exact to the minor unit of their currency, never rounded but in one place.

mod currency;
mod error;

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use self::currency::Currency;
pub use self::error::MoneyError;
use crate::domain::quantity::Quantity;

/// An amount in a currency: a whole number of minor units, positive, zero or negative.
///
/// It always fits the plugin's `NUMBER(10,3)` columns: at most 9,999,999.999 in absolute value.
/// In JSON: `{"amount":"71.96","currency":"EUR"}`, the amount a decimal string in major units.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// An amount of major units that is already exact to the minor unit.
    ///
    /// # Errors
    /// [`MoneyError::FinerThanMinorUnit`] for `1.005` euro, [`MoneyError::OutOfRange`].
    pub fn of(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let money = Self::round(amount, currency)?;
        if money.amount() == amount {
            Ok(money)
        } else {
            Err(MoneyError::FinerThanMinorUnit { amount, currency })
        }
    }

    /// Reads a plain decimal string of major units; see [`parse_decimal`].
    ///
    /// # Errors
    /// [`MoneyError::Malformed`], and those of [`Money::of`].
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        Self::of(parse_decimal(text)?, currency)
    }

    /// Reads an amount as a `NUMBER(10,3)` column of the plugin gives it: `71.960`, `71.96` or `72`.
    ///
    /// # Errors
    /// As [`Money::parse`]: zeros after the minor unit are dropped, anything else there is refused.
    pub fn from_column(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        Self::parse(text, currency)
    }

    /// An amount of minor units (cents for EUR, yen for JPY, millimes for TND).
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`].
    pub fn from_minor_units(minor: i64, currency: Currency) -> Result<Self, MoneyError> {
        Self::checked(Some(minor), currency)
    }

    /// Nothing, in this currency.
    #[must_use]
    pub fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// Rounds an exact amount of major units to the minor unit: **the one place where money is rounded**.
    ///
    /// Half-up: the nearest minor unit, and at the midpoint away from zero, so that a credit mirrors
    /// its charge. This is the rule of the euro regulation (Council Regulation (EC) No 1103/97,
    /// article 5: nearest cent, exactly half-way goes up), and of PHP's `round()`.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`].
    pub fn round(exact: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let (digits, scale, exponent) = (exact.mantissa(), exact.scale(), currency.exponent());
        let minor = if scale <= exponent {
            digits.checked_mul(power_of_ten(exponent - scale))
        } else {
            let unit = power_of_ten(scale - exponent);
            let whole = digits / unit;
            let rest = digits - whole * unit;
            Some(if rest.abs() >= unit - rest.abs() {
                whole + rest.signum()
            } else {
                whole
            })
        };
        Self::checked(minor.and_then(|minor| minor.try_into().ok()), currency)
    }

    /// The amount in major units, with exactly the currency's number of decimals.
    #[must_use]
    pub fn amount(&self) -> Decimal {
        Decimal::new(self.minor, self.currency.exponent())
    }

    /// The currency.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// The amount in minor units, as many gateways want it.
    ///
    /// # Errors
    /// None today: every amount within the bounds of [`Money`] fits.
    pub fn minor_units(&self) -> Result<i64, MoneyError> {
        Ok(self.minor)
    }

    /// The amount in major units, padded to the currency's decimals: `71.96`, `72` (JPY), `71.960` (TND).
    #[must_use]
    pub fn to_decimal_string(&self) -> String {
        fixed(self.minor, self.currency.exponent())
    }

    /// The amount as the plugin's `NUMBER(10,3)` columns hold it: `71.960`.
    #[must_use]
    pub fn to_column_string(&self) -> String {
        let thousandths = COLUMN_DECIMALS.saturating_sub(self.currency.exponent());
        fixed(
            self.minor.saturating_mul(10_i64.pow(thousandths)),
            COLUMN_DECIMALS,
        )
    }

    /// The sum.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`], [`MoneyError::OutOfRange`].
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        Self::checked(self.minor.checked_add(other.minor), self.currency)
    }

    /// The difference.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`], [`MoneyError::OutOfRange`].
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        Self::checked(self.minor.checked_sub(other.minor), self.currency)
    }

    /// This amount once per unit.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`].
    pub fn times(self, quantity: Quantity) -> Result<Self, MoneyError> {
        Self::checked(
            self.minor.checked_mul(i64::from(quantity.units())),
            self.currency,
        )
    }

    /// Whether it is exactly zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.minor == 0
    }

    /// Whether it is below zero.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.minor < 0
    }

    /// Whether it is above zero.
    #[must_use]
    pub fn is_positive(&self) -> bool {
        self.minor > 0
    }

    /// Splits into equal parts that sum to the whole; the first parts take what is left over.
    ///
    /// # Errors
    /// [`MoneyError::NothingToShareBy`] for no parts.
    pub fn split(self, parts: u16) -> Result<Vec<Self>, MoneyError> {
        self.allocate(&vec![1; usize::from(parts)])
    }

    /// Shares in proportion to the weights, so that the shares sum to the whole (largest remainder;
    /// on equal remainders the earlier share takes the minor unit).
    ///
    /// # Errors
    /// [`MoneyError::NothingToShareBy`] when no weight is above zero.
    pub fn allocate(self, weights: &[u64]) -> Result<Vec<Self>, MoneyError> {
        let whole = u128::from(self.minor.unsigned_abs());
        let sum: u128 = weights.iter().map(|&weight| u128::from(weight)).sum();
        if sum == 0 {
            return Err(MoneyError::NothingToShareBy);
        }
        let mut shares: Vec<u128> = weights
            .iter()
            .map(|&weight| whole * u128::from(weight) / sum)
            .collect();
        let left = whole.saturating_sub(shares.iter().sum());
        let mut by_remainder: Vec<_> = shares.iter_mut().zip(weights).collect();
        by_remainder
            .sort_by_key(|(_, weight)| std::cmp::Reverse(whole * u128::from(**weight) % sum));
        for ((share, _), _) in by_remainder.into_iter().zip(0..left) {
            *share += 1;
        }
        shares
            .into_iter()
            .map(|share| {
                let share = i64::try_from(share).ok();
                Self::checked(
                    share.map(|share| share * self.minor.signum()),
                    self.currency,
                )
            })
            .collect()
    }

    fn checked(minor: Option<i64>, currency: Currency) -> Result<Self, MoneyError> {
        let limit = match currency.exponent() {
            0 => 9_999_999,
            2 => 999_999_999,
            _ => 9_999_999_999,
        };
        match minor {
            Some(minor) if (-limit..=limit).contains(&minor) => Ok(Self { minor, currency }),
            _ => Err(MoneyError::OutOfRange { currency }),
        }
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::CurrencyMismatch {
                left: self.currency,
                right: other.currency,
            })
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.to_decimal_string(), self.currency)
    }
}

/// When a cart's amounts are rounded to the minor unit.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
pub enum Rounding {
    /// Each line is rounded, and totals are sums of rounded lines: what the buyer adds up by hand.
    #[default]
    #[serde(rename = "line")]
    PerLine,
    /// Each tax rate's exact sum is rounded once, and the lines share the result.
    #[serde(rename = "total")]
    PerTotal,
}

impl Rounding {
    /// Reads the setting's word, `line` or `total`.
    ///
    /// # Errors
    /// [`MoneyError::UnknownRounding`] for any other word.
    pub fn parse(word: &str) -> Result<Self, MoneyError> {
        match word {
            "line" => Ok(Self::PerLine),
            "total" => Ok(Self::PerTotal),
            _ => Err(MoneyError::UnknownRounding {
                word: excerpt(word),
            }),
        }
    }

    /// The setting's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PerLine => "line",
            Self::PerTotal => "total",
        }
    }
}

/// Reads a plain decimal number exactly: ASCII digits, at most one dot with digits on both sides, an
/// optional sign; no exponent, no thousands separator, no spaces, at most 40 characters.
///
/// For prices and tax ratios, which may be finer than a minor unit.
///
/// # Errors
/// [`MoneyError::Malformed`], also for more digits than can be held exactly.
pub fn parse_decimal(text: &str) -> Result<Decimal, MoneyError> {
    let malformed = || MoneyError::Malformed {
        text: excerpt(text),
    };
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if text.len() > LONGEST_NUMBER || !digits(whole) || !digits(fraction) {
        return Err(malformed());
    }
    Decimal::from_str_exact(text).map_err(|_| malformed())
}

/// The beginning of what a user typed, on one line, for an error message.
pub(crate) fn excerpt(text: &str) -> String {
    let mut excerpt: String = text
        .chars()
        .take(LONGEST_EXCERPT)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(LONGEST_EXCERPT).is_some() {
        excerpt.push('…');
    }
    excerpt
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    amount: String,
    currency: Currency,
}

impl From<Money> for Wire {
    fn from(money: Money) -> Self {
        Self {
            amount: money.to_decimal_string(),
            currency: money.currency,
        }
    }
}

impl TryFrom<Wire> for Money {
    type Error = MoneyError;

    fn try_from(wire: Wire) -> Result<Self, MoneyError> {
        Self::parse(&wire.amount, wire.currency)
    }
}

fn power_of_ten(exponent: u32) -> i128 {
    // A decimal has at most 28 places, so this never saturates.
    10_i128.saturating_pow(exponent)
}

fn fixed(units: i64, decimals: u32) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let (units, scale) = (units.unsigned_abs(), 10_u64.pow(decimals));
    match decimals {
        0 => format!("{sign}{units}"),
        _ => format!(
            "{sign}{}.{:0width$}",
            units / scale,
            units % scale,
            width = decimals as usize
        ),
    }
}

const COLUMN_DECIMALS: u32 = 3;
const LONGEST_EXCERPT: usize = 40;
const LONGEST_NUMBER: usize = 40;

#[cfg(test)]
mod tests;
