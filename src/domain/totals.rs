//! What a cart costs: untaxed, tax by rate, taxed, by line and in all, to the minor unit.

mod line;
mod share;

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Serialize;

pub use self::line::{Line, LineInput, LineKind};
use self::share::apportion;
use crate::domain::money::{Currency, Money, MoneyError, Rounding, excerpt};
use crate::domain::tax::{Tax, TaxCode, TaxError, TaxTable};

/// All lines of one tax; those without tax count as one rate too.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct TaxTotal {
    tax: Option<TaxCode>,
    title: String,
    #[serde(with = "rust_decimal::serde::str")]
    ratio: Decimal,
    #[serde(flatten)]
    amounts: Amounts,
}

impl TaxTotal {
    /// The tax, or none.
    #[must_use]
    pub fn tax(&self) -> Option<TaxCode> {
        self.tax
    }

    /// Its name; empty for no tax.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Its ratio in percent; zero for no tax.
    #[must_use]
    pub fn ratio(&self) -> Decimal {
        self.ratio
    }

    /// Its lines, untaxed.
    #[must_use]
    pub fn untaxed(&self) -> Money {
        self.amounts.untaxed
    }

    /// The tax itself.
    #[must_use]
    pub fn taxes(&self) -> Money {
        self.amounts.taxes
    }

    /// Its lines, taxed.
    #[must_use]
    pub fn taxed(&self) -> Money {
        self.amounts.taxed
    }
}

/// What a cart costs.
///
/// On each line, each rate and in all, untaxed and taxes make taxed, to the minor unit; lines add up to
/// their rate, and rates to the whole.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Totals {
    lines: Vec<Line>,
    by_tax: Vec<TaxTotal>,
    #[serde(flatten)]
    amounts: Amounts,
}

impl Totals {
    /// Prices the lines; of an empty cart all totals are zero.
    ///
    /// Per line: unit price times quantity is rounded, the tax's formula is applied to that and rounded.
    /// Per total: the exact sum of each rate's lines is rounded once, the formula is applied once, and
    /// the lines share both results by largest remainder, each within a minor unit or so of its own value.
    ///
    /// # Errors
    /// [`TotalsError`]: one line that cannot be priced means that the cart cannot.
    pub fn compute(
        lines: &[LineInput],
        taxes: &TaxTable,
        currency: Currency,
        rounding: Rounding,
    ) -> Result<Self, TotalsError> {
        let mut rates: BTreeMap<Option<TaxCode>, Rate<'_>> = BTreeMap::new();
        let mut exact = Vec::with_capacity(lines.len());
        for (place, line) in lines.iter().enumerate() {
            exact.push(exactly_untaxed(line)?);
            if let Some(rate) = rates.get_mut(&line.tax) {
                rate.places.push(place);
            } else {
                let tax = line.tax.map(|code| taxes.tax(code)).transpose()?;
                rates.insert(
                    line.tax,
                    Rate {
                        tax,
                        places: vec![place],
                    },
                );
            }
        }
        let mut amounts = vec![Amounts::zero(currency); lines.len()];
        let mut by_tax = Vec::with_capacity(rates.len());
        let mut whole = Amounts::zero(currency);
        for (code, rate) in &rates {
            let untaxed: Vec<Decimal> = rate
                .places
                .iter()
                .filter_map(|&place| exact.get(place).copied())
                .collect();
            let priced = match rounding {
                Rounding::PerLine => rate.each_line_rounded(&untaxed, currency)?,
                Rounding::PerTotal => rate.sum_rounded(&untaxed, currency)?,
            };
            let mut sum = Amounts::zero(currency);
            for (&place, priced) in rate.places.iter().zip(priced) {
                sum = sum.plus(priced)?;
                if let Some(line) = amounts.get_mut(place) {
                    *line = priced;
                }
            }
            whole = whole.plus(sum)?;
            by_tax.push(TaxTotal {
                tax: *code,
                title: rate
                    .tax
                    .map_or_else(String::new, |tax| tax.title().to_owned()),
                ratio: rate.tax.map_or(Decimal::ZERO, Tax::ratio),
                amounts: sum,
            });
        }
        let lines = lines
            .iter()
            .cloned()
            .zip(amounts)
            .map(|(input, amounts)| Line::new(input, amounts))
            .collect();
        Ok(Self {
            lines,
            by_tax,
            amounts: whole,
        })
    }

    /// The lines, in the order given.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The rates that occur, by tax code, those without tax first.
    #[must_use]
    pub fn by_tax(&self) -> &[TaxTotal] {
        &self.by_tax
    }

    /// All lines, untaxed.
    #[must_use]
    pub fn untaxed(&self) -> Money {
        self.amounts.untaxed
    }

    /// All tax.
    #[must_use]
    pub fn taxes(&self) -> Money {
        self.amounts.taxes
    }

    /// What the buyer pays.
    #[must_use]
    pub fn taxed(&self) -> Money {
        self.amounts.taxed
    }
}

/// Why a cart cannot be priced.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TotalsError {
    /// An amount is beyond what a bill can hold; lower a quantity.
    #[error(transparent)]
    Amount(#[from] MoneyError),
    /// A tax is missing or broken; the administrator corrects it.
    #[error(transparent)]
    Tax(#[from] TaxError),
    /// A unit price that a bill line cannot hold: finer than three decimals or beyond 9,999,999.999.
    /// Round it where it is made.
    #[error("the unit price of `{line}`, `{price}`, does not fit seven digits and three decimals")]
    UnitPrice {
        /// The line's code.
        line: String,
        /// Its unit price, in major units.
        price: Decimal,
    },
    /// Not a kind of line this engine prices.
    #[error("`{word}` is not a kind of line")]
    UnknownKind {
        /// The beginning of what was given.
        word: String,
    },
    /// A discount above zero or anything else below zero, which would turn the total around; correct
    /// the price or the rule.
    #[error(
        "the unit price of `{line}`, `{price}`, has the wrong sign for a line of kind `{kind}`"
    )]
    WrongSign {
        /// The line's code.
        line: String,
        /// Its kind.
        kind: LineKind,
        /// Its unit price, in major units.
        price: Decimal,
    },
}

impl TotalsError {
    /// The stable name of the error, also its language-string key.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Amount(error) => error.code(),
            Self::Tax(error) => error.code(),
            Self::UnitPrice { .. } => "unit_price_out_of_range",
            Self::UnknownKind { .. } => "unknown_line_kind",
            Self::WrongSign { .. } => "wrong_sign",
        }
    }
}

/// Three amounts of which the first two make the third, always.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
struct Amounts {
    untaxed: Money,
    taxes: Money,
    taxed: Money,
}

impl Amounts {
    fn zero(currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self {
            untaxed: zero,
            taxes: zero,
            taxed: zero,
        }
    }

    fn plus(self, other: Self) -> Result<Self, MoneyError> {
        Ok(Self {
            untaxed: self.untaxed.plus(other.untaxed)?,
            taxes: self.taxes.plus(other.taxes)?,
            taxed: self.taxed.plus(other.taxed)?,
        })
    }
}

/// A tax, or none, and the places of its lines in the cart.
struct Rate<'a> {
    tax: Option<&'a Tax>,
    places: Vec<usize>,
}

impl Rate<'_> {
    fn each_line_rounded(
        &self,
        exact: &[Decimal],
        currency: Currency,
    ) -> Result<Vec<Amounts>, TotalsError> {
        exact
            .iter()
            .map(|&exact| self.amounts(Money::round(exact, currency)?))
            .collect()
    }

    fn sum_rounded(
        &self,
        exact: &[Decimal],
        currency: Currency,
    ) -> Result<Vec<Amounts>, TotalsError> {
        // Sums of numbers of at most three decimals, far below the 28 digits at which a decimal would round.
        let sum = exact
            .iter()
            .try_fold(Decimal::ZERO, |sum, &line| sum.checked_add(line))
            .ok_or(MoneyError::OutOfRange { currency })?;
        let whole = self.amounts(Money::round(sum, currency)?)?;
        let exact_taxes = match self.tax {
            Some(tax) => exact
                .iter()
                .map(|&line| {
                    tax.exactly_taxed(line)?
                        .checked_sub(line)
                        .ok_or_else(|| out_of_range(currency))
                })
                .collect::<Result<Vec<_>, _>>()?,
            None => vec![Decimal::ZERO; exact.len()],
        };
        let untaxed = apportion(whole.untaxed, exact)?;
        let taxes = apportion(whole.taxes, &exact_taxes)?;
        untaxed
            .into_iter()
            .zip(taxes)
            .map(|(untaxed, taxes)| {
                Ok(Amounts {
                    untaxed,
                    taxes,
                    taxed: untaxed.plus(taxes)?,
                })
            })
            .collect()
    }

    fn amounts(&self, untaxed: Money) -> Result<Amounts, TotalsError> {
        let taxed = match self.tax {
            Some(tax) => tax.taxed(untaxed)?,
            None => untaxed,
        };
        Ok(Amounts {
            untaxed,
            taxes: taxed.minus(untaxed)?,
            taxed,
        })
    }
}

/// Unit price times quantity, exactly, of a line that makes sense.
fn exactly_untaxed(line: &LineInput) -> Result<Decimal, TotalsError> {
    let price = match line.unit_price {
        price if price.scale() <= COLUMN_DECIMALS => price,
        price => price.normalize(),
    };
    let sign_fits = match line.kind {
        LineKind::Discount => price <= Decimal::ZERO,
        LineKind::Billing | LineKind::Shipping => price >= Decimal::ZERO,
    };
    if !sign_fits {
        return Err(TotalsError::WrongSign {
            line: excerpt(&line.code),
            kind: line.kind,
            price,
        });
    }
    let limit = Decimal::new(COLUMN_LIMIT_THOUSANDTHS, COLUMN_DECIMALS);
    let unfit = || TotalsError::UnitPrice {
        line: excerpt(&line.code),
        price,
    };
    if price.scale() > COLUMN_DECIMALS || price.abs() > limit {
        return Err(unfit());
    }
    // At most 10 digits times 10 digits: exact.
    price
        .checked_mul(Decimal::from(line.quantity.units()))
        .ok_or_else(unfit)
}

fn out_of_range(currency: Currency) -> TotalsError {
    MoneyError::OutOfRange { currency }.into()
}

const COLUMN_DECIMALS: u32 = 3;
const COLUMN_LIMIT_THOUSANDTHS: i64 = 9_999_999_999;

#[cfg(test)]
mod tests;
