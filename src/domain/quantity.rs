//! How many units of a product a buyer takes: at least one.

use std::fmt;

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

use crate::domain::money::excerpt;

/// A number of units, from 1 to 4,294,967,295; a product's own ceiling and stock are the catalogue's.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(into = "u32")]
pub struct Quantity(u32);

impl Quantity {
    /// The floor: one unit.
    pub const ONE: Self = Self(1);

    /// A quantity of this many units.
    ///
    /// # Errors
    /// [`QuantityError::BelowOne`] for zero.
    pub fn new(units: u32) -> Result<Self, QuantityError> {
        if units == 0 {
            Err(QuantityError::BelowOne)
        } else {
            Ok(Self(units))
        }
    }

    /// Reads ASCII digits: no sign, no space, no decimals.
    ///
    /// # Errors
    /// [`QuantityError::BelowOne`] for zero and for negative numbers, [`QuantityError::TooMany`] beyond 32 bits,
    /// [`QuantityError::Malformed`] for anything else.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let digits =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if text.strip_prefix('-').is_some_and(digits) {
            return Err(QuantityError::BelowOne);
        }
        if !digits(text) {
            return Err(QuantityError::Malformed {
                text: excerpt(text),
            });
        }
        // Digits alone can only fail by being too large.
        text.parse()
            .map_err(|_| QuantityError::TooMany {
                text: excerpt(text),
            })
            .and_then(Self::new)
    }

    /// The number of units.
    #[must_use]
    pub fn units(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Quantity> for u32 {
    fn from(quantity: Quantity) -> Self {
        quantity.0
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_u32(Units)
    }
}

/// Reads a whole number, and says in words what it wants instead of anything else.
struct Units;

impl Visitor<'_> for Units {
    type Value = Quantity;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a quantity of 1 or more")
    }

    fn visit_u64<E: Error>(self, units: u64) -> Result<Quantity, E> {
        let found = Unexpected::Unsigned(units);
        let units = u32::try_from(units).map_err(|_| E::invalid_value(found, &self))?;
        Quantity::new(units).map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, units: i64) -> Result<Quantity, E> {
        match u64::try_from(units) {
            Ok(units) => self.visit_u64(units),
            Err(_) => Err(E::invalid_value(Unexpected::Signed(units), &self)),
        }
    }
}

impl TryFrom<u32> for Quantity {
    type Error = QuantityError;

    fn try_from(units: u32) -> Result<Self, QuantityError> {
        Self::new(units)
    }
}

/// Why a quantity was refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum QuantityError {
    /// Zero or a negative number, which would take money off a total; ask for one unit or more.
    #[error("a quantity is at least 1")]
    BelowOne,
    /// Not a whole number; write digits only.
    #[error("`{text}` is not a quantity")]
    Malformed {
        /// The beginning of what was given.
        text: String,
    },
    /// Beyond any stock; ask for fewer units.
    #[error("`{text}` is too large a quantity")]
    TooMany {
        /// The beginning of what was given.
        text: String,
    },
}

impl QuantityError {
    /// The stable name of the error, also its language-string key.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::BelowOne => "quantity_below_one",
            Self::Malformed { .. } => "malformed_quantity",
            Self::TooMany { .. } => "quantity_too_large",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a27_negative_quantities_are_refused() {
        assert_eq!(Quantity::parse("-1"), Err(QuantityError::BelowOne));
        assert_eq!(
            Quantity::parse("-99999999999"),
            Err(QuantityError::BelowOne)
        );
        assert_eq!(Quantity::parse("0"), Err(QuantityError::BelowOne));
        assert_eq!(Quantity::new(0), Err(QuantityError::BelowOne));
        assert!(serde_json::from_str::<Quantity>("-1").is_err());
        assert!(serde_json::from_str::<Quantity>("0").is_err());
    }

    #[test]
    fn reads_digits_only() {
        assert_eq!(Quantity::parse("007").map(Quantity::units), Ok(7));
        for text in [
            "", " 1", "1 ", "+1", "1.0", "1e2", "0x1", "١", "--1", "-", "1;2",
        ] {
            assert_eq!(
                Quantity::parse(text).unwrap_err().code(),
                "malformed_quantity",
                "{text:?}"
            );
        }
    }

    #[test]
    fn refuses_more_than_32_bits() {
        assert_eq!(
            Quantity::parse("4294967295").map(Quantity::units),
            Ok(u32::MAX)
        );
        assert_eq!(
            Quantity::parse("4294967296").unwrap_err().code(),
            "quantity_too_large"
        );
        assert_eq!(
            Quantity::parse(&"9".repeat(1000)).unwrap_err().code(),
            "quantity_too_large"
        );
    }

    #[test]
    fn is_an_integer_in_json() {
        assert_eq!(serde_json::to_string(&Quantity::ONE).unwrap(), "1");
        assert_eq!(
            serde_json::from_str::<Quantity>("3").unwrap().to_string(),
            "3"
        );
    }
}
