//! Taxes: a rate and a formula by code, and what happens when either is wrong.

use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::domain::formula::{Formula, FormulaError};
use crate::domain::money::{Money, MoneyError, excerpt};

/// The number of a tax: the row id of `local_shop_tax`, the `taxcode` of items and bill lines.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct TaxCode(i64);

impl TaxCode {
    /// The code of this row; whether there is such a row is the [`TaxTable`]'s to say.
    #[must_use]
    pub const fn new(row: i64) -> Self {
        Self(row)
    }

    /// The row id.
    #[must_use]
    pub const fn row(self) -> i64 {
        self.0
    }
}

impl fmt::Display for TaxCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A tax whose formula is understood.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tax {
    code: TaxCode,
    country: String,
    title: String,
    ratio: Decimal,
    formula: Formula,
}

impl Tax {
    /// A row of `local_shop_tax`: the ratio is 20 for 20 %, the formula as the administrator wrote it.
    ///
    /// # Errors
    /// [`TaxError::Formula`] when the formula is not understood.
    pub fn new(
        code: TaxCode,
        country: impl Into<String>,
        title: impl Into<String>,
        ratio: Decimal,
        formula_text: &str,
    ) -> Result<Self, TaxError> {
        let title = title.into();
        match Formula::parse(formula_text) {
            Ok(formula) => Ok(Self {
                code,
                country: country.into(),
                title,
                ratio,
                formula,
            }),
            Err(source) => Err(TaxError::Formula {
                tax: code,
                title: excerpt(&title),
                source,
            }),
        }
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> TaxCode {
        self.code
    }

    /// The country it belongs to: two letters, or empty.
    #[must_use]
    pub fn country(&self) -> &str {
        &self.country
    }

    /// Its name as printed on bills.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Its ratio in percent: 20 for 20 %.
    #[must_use]
    pub fn ratio(&self) -> Decimal {
        self.ratio
    }

    /// Its formula.
    #[must_use]
    pub fn formula(&self) -> &Formula {
        &self.formula
    }

    /// The taxed amount, rounded once.
    ///
    /// # Errors
    /// [`TaxError::Formula`] when the formula has no value for this amount, [`TaxError::Amount`] when the value is
    /// beyond what a bill can hold.
    pub fn taxed(&self, untaxed: Money) -> Result<Money, TaxError> {
        let exact = self.exactly_taxed(untaxed.amount())?;
        Money::round(exact, untaxed.currency()).map_err(|source| TaxError::Amount {
            tax: self.code,
            title: excerpt(&self.title),
            source,
        })
    }

    /// The taxed amount before rounding, in major units.
    pub(super) fn exactly_taxed(&self, untaxed: Decimal) -> Result<Decimal, TaxError> {
        self.formula
            .evaluate(untaxed, self.ratio)
            .map_err(|source| TaxError::Formula {
                tax: self.code,
                title: excerpt(&self.title),
                source,
            })
    }
}

/// All taxes of a site, the broken ones too: those harm only who asks for them.
#[derive(Clone, Debug, Default)]
pub struct TaxTable {
    taxes: BTreeMap<TaxCode, Result<Tax, TaxError>>,
}

impl TaxTable {
    /// A table of what [`Tax::new`] gave for each row, errors included.
    #[must_use]
    pub fn new(rows: impl IntoIterator<Item = Result<Tax, TaxError>>) -> Self {
        let mut taxes = BTreeMap::new();
        for row in rows {
            let code = row.as_ref().map_or_else(TaxError::tax, Tax::code);
            if taxes.insert(code, row).is_some() {
                taxes.insert(code, Err(TaxError::Duplicate { tax: code }));
            }
        }
        Self { taxes }
    }

    /// The tax of this code.
    ///
    /// # Errors
    /// [`TaxError::Missing`] when there is none: never a price without tax, never a price of zero.
    /// The tax's own error when it is broken.
    pub fn tax(&self, code: TaxCode) -> Result<&Tax, TaxError> {
        match self.taxes.get(&code) {
            Some(Ok(tax)) => Ok(tax),
            Some(Err(error)) => Err(error.clone()),
            None => Err(TaxError::Missing { tax: code }),
        }
    }
}

impl FromIterator<Result<Tax, TaxError>> for TaxTable {
    fn from_iter<I: IntoIterator<Item = Result<Tax, TaxError>>>(rows: I) -> Self {
        Self::new(rows)
    }
}

/// Why a price with tax cannot be told. The administrator corrects the tax, or the product's tax code.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TaxError {
    /// The taxed amount is beyond what a bill can hold.
    #[error("tax `{tax}` (`{title}`): {source}")]
    Amount {
        /// Which tax.
        tax: TaxCode,
        /// Its name.
        title: String,
        /// What is wrong with the amount.
        source: MoneyError,
    },
    /// Two rows have the same code; one of them must go.
    #[error("there are two taxes `{tax}`")]
    Duplicate {
        /// Which tax.
        tax: TaxCode,
    },
    /// The formula is not understood, or has no value.
    #[error("tax `{tax}` (`{title}`): {source}")]
    Formula {
        /// Which tax.
        tax: TaxCode,
        /// Its name.
        title: String,
        /// What is wrong with the formula.
        source: FormulaError,
    },
    /// The rate is no decimal number; correct it in the tax table.
    #[error("tax `{tax}` (`{title}`): the rate is not a number")]
    Ratio {
        /// Which tax.
        tax: TaxCode,
        /// Its name.
        title: String,
    },
    /// A product or a line names a tax that is not there, usually one that was deleted.
    #[error("there is no tax `{tax}`")]
    Missing {
        /// Which tax.
        tax: TaxCode,
    },
}

impl TaxError {
    /// Which tax it is about.
    #[must_use]
    pub fn tax(&self) -> TaxCode {
        match self {
            Self::Amount { tax, .. }
            | Self::Duplicate { tax }
            | Self::Formula { tax, .. }
            | Self::Ratio { tax, .. }
            | Self::Missing { tax } => *tax,
        }
    }

    /// The stable name of the error, also its language-string key.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Amount { source, .. } => source.code(),
            Self::Duplicate { .. } => "tax_duplicate",
            Self::Formula { source, .. } => source.code(),
            Self::Ratio { .. } => "tax_ratio",
            Self::Missing { .. } => "tax_missing",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Currency;

    fn tax(code: i64, ratio: &str, formula: &str) -> Result<Tax, TaxError> {
        Tax::new(
            TaxCode::new(code),
            "FR",
            format!("TVA {ratio} %"),
            ratio.parse().unwrap(),
            formula,
        )
    }

    fn money(text: &str, currency: &str) -> Money {
        Money::parse(text, Currency::parse(currency).unwrap()).unwrap()
    }

    const STANDARD: &str = "$ttc = $ht * (1 + ($tr / 100))";

    #[test]
    fn taxes_are_rounded_once_in_the_currency() {
        let standard = tax(1, "20", STANDARD).unwrap();
        assert_eq!(
            standard.taxed(money("59.97", "EUR")),
            Ok(money("71.96", "EUR"))
        );
        assert_eq!(
            standard.taxed(money("-59.97", "EUR")),
            Ok(money("-71.96", "EUR"))
        );
        assert_eq!(standard.taxed(money("123", "JPY")), Ok(money("148", "JPY")));
        assert_eq!(
            tax(2, "19", STANDARD).unwrap().taxed(money("1.005", "TND")),
            Ok(money("1.196", "TND"))
        );
        assert_eq!(
            tax(3, "2.1", STANDARD)
                .unwrap()
                .taxed(money("10.00", "EUR")),
            Ok(money("10.21", "EUR"))
        );
        assert_eq!(
            tax(4, "20", "").unwrap().taxed(money("10.00", "EUR")),
            Ok(money("10.00", "EUR"))
        );
    }

    #[test]
    fn b03_a_missing_tax_is_an_error_each_time_it_is_asked_for() {
        let table = TaxTable::new([tax(1, "20", STANDARD)]);
        for _ in 0..3 {
            let error = table.tax(TaxCode::new(7)).unwrap_err();
            assert_eq!(
                error,
                TaxError::Missing {
                    tax: TaxCode::new(7)
                }
            );
            assert_eq!(error.code(), "tax_missing");
        }
        assert!(table.tax(TaxCode::new(1)).is_ok());
    }

    #[test]
    fn b04_words_in_a_formula_are_an_error_that_names_the_tax() {
        for word in ["read", "file", "system", "exec", "$ttc = $ht *"] {
            let error = tax(9, "20", word).unwrap_err();
            assert_eq!(error.tax(), TaxCode::new(9));
            assert!(
                error
                    .to_string()
                    .starts_with("tax `9` (`TVA 20 %`): unexpected "),
                "{error}"
            );
        }
    }

    #[test]
    fn b04_a_broken_formula_harms_only_who_uses_it() {
        let table: TaxTable = [tax(1, "20", STANDARD), tax(2, "20", "$ttc = (")]
            .into_iter()
            .collect();
        assert!(table.tax(TaxCode::new(1)).is_ok());
        assert_eq!(
            table.tax(TaxCode::new(2)).unwrap_err().code(),
            "formula_syntax"
        );
        let by_zero = tax(3, "0", "$ttc = $ht / $tr").unwrap();
        assert_eq!(
            by_zero.taxed(money("1.00", "EUR")).unwrap_err().to_string(),
            "tax `3` (`TVA 0 %`): the formula divides by zero"
        );
    }

    #[test]
    fn a_tax_that_gives_more_than_a_bill_holds_is_an_error() {
        let huge = tax(1, "1000000", STANDARD).unwrap();
        assert_eq!(
            huge.taxed(money("9999", "EUR")).unwrap_err().code(),
            "amount_out_of_range"
        );
    }

    #[test]
    fn two_taxes_of_one_code_are_not_guessed_between() {
        let table: TaxTable = [tax(1, "20", STANDARD), tax(1, "5.5", STANDARD)]
            .into_iter()
            .collect();
        assert_eq!(
            table.tax(TaxCode::new(1)).unwrap_err().code(),
            "tax_duplicate"
        );
    }
}
