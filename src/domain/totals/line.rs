//! The lines of a cart, before and after they are priced.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Amounts, TotalsError};
use crate::domain::money::{Money, excerpt};
use crate::domain::quantity::Quantity;
use crate::domain::tax::TaxCode;

/// What a line stands for; the words are the plugin's (`local_shop_billitem.type`).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "UPPERCASE")]
pub enum LineKind {
    /// A product sold.
    Billing,
    /// Carriage.
    Shipping,
    /// A reduction; its unit price is negative.
    Discount,
}

impl LineKind {
    /// Reads the plugin's word: `BILLING`, `SHIPPING` or `DISCOUNT`.
    ///
    /// # Errors
    /// [`TotalsError::UnknownKind`] for any other word.
    pub fn parse(word: &str) -> Result<Self, TotalsError> {
        match word {
            "BILLING" => Ok(Self::Billing),
            "SHIPPING" => Ok(Self::Shipping),
            "DISCOUNT" => Ok(Self::Discount),
            _ => Err(TotalsError::UnknownKind {
                word: excerpt(word),
            }),
        }
    }

    /// The plugin's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Billing => "BILLING",
            Self::Shipping => "SHIPPING",
            Self::Discount => "DISCOUNT",
        }
    }
}

impl fmt::Display for LineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A line before it is priced.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct LineInput {
    /// What it stands for.
    pub kind: LineKind,
    /// The product's code, or that of the shipping or discount rule.
    pub code: String,
    /// What the buyer reads.
    pub label: String,
    /// How many units.
    pub quantity: Quantity,
    /// Untaxed price of one unit in major units, at most three decimals; zero or below for a discount,
    /// zero or above for anything else.
    #[serde(with = "rust_decimal::serde::str")]
    pub unit_price: Decimal,
    /// The tax it bears, if any.
    pub tax: Option<TaxCode>,
}

/// A line with its amounts.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Line {
    #[serde(flatten)]
    input: LineInput,
    #[serde(flatten)]
    amounts: Amounts,
}

impl Line {
    pub(super) fn new(input: LineInput, amounts: Amounts) -> Self {
        Self { input, amounts }
    }

    /// What it stands for.
    #[must_use]
    pub fn kind(&self) -> LineKind {
        self.input.kind
    }

    /// The product's code, or that of the shipping or discount rule.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.input.code
    }

    /// What the buyer reads.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.input.label
    }

    /// How many units.
    #[must_use]
    pub fn quantity(&self) -> Quantity {
        self.input.quantity
    }

    /// Untaxed price of one unit, in major units.
    #[must_use]
    pub fn unit_price(&self) -> Decimal {
        self.input.unit_price
    }

    /// The tax it bears, if any.
    #[must_use]
    pub fn tax(&self) -> Option<TaxCode> {
        self.input.tax
    }

    /// All units, untaxed.
    #[must_use]
    pub fn untaxed(&self) -> Money {
        self.amounts.untaxed
    }

    /// The tax on all units.
    #[must_use]
    pub fn taxes(&self) -> Money {
        self.amounts.taxes
    }

    /// All units, taxed.
    #[must_use]
    pub fn taxed(&self) -> Money {
        self.amounts.taxed
    }
}
