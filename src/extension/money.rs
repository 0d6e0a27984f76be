//! `ShopEngine\Money` and `ShopEngine\TaxFormula`: exact amounts, in and out as decimal strings.

use ext_php_rs::flags::ClassFlags;
use ext_php_rs::prelude::*;

use crate::domain::formula::Formula;
use crate::domain::money::{self, Currency, parse_decimal};

/// An amount in a currency, exact to its minor unit. Compare with `equals()`, never with `==`.
#[php_class]
#[php(name = "ShopEngine\\Money")]
#[php(flags = ClassFlags::Final)]
#[derive(Clone)]
pub struct Money(money::Money);

#[php_impl]
impl Money {
    /// An amount of major units, as a plain decimal string: `19.99`, and its ISO 4217 code.
    ///
    /// @throws \ShopEngine\Exception\MoneyException
    pub fn of(amount: &str, currency: &str) -> PhpResult<Self> {
        let currency = Currency::parse(currency)?;
        Ok(Self(money::Money::parse(amount, currency)?))
    }

    /// An amount of minor units: cents for EUR, yen for JPY, millimes for TND.
    ///
    /// @throws \ShopEngine\Exception\MoneyException
    pub fn of_minor(minor: i64, currency: &str) -> PhpResult<Self> {
        let currency = Currency::parse(currency)?;
        Ok(Self(money::Money::from_minor_units(minor, currency)?))
    }

    /// The sum.
    ///
    /// @throws \ShopEngine\Exception\MoneyException for two currencies
    pub fn plus(&self, other: &Money) -> PhpResult<Self> {
        Ok(Self(self.0.plus(other.0)?))
    }

    /// The difference.
    ///
    /// @throws \ShopEngine\Exception\MoneyException for two currencies
    pub fn minus(&self, other: &Money) -> PhpResult<Self> {
        Ok(Self(self.0.minus(other.0)?))
    }

    /// Whether amount and currency are the same.
    pub fn equals(&self, other: &Money) -> bool {
        self.0 == other.0
    }

    /// The amount in major units, with exactly the currency's decimals: `19.90`.
    pub fn amount(&self) -> String {
        self.0.to_decimal_string()
    }

    /// The ISO 4217 code.
    pub fn currency(&self) -> String {
        self.0.currency().to_string()
    }

    /// The amount in minor units.
    ///
    /// @throws \ShopEngine\Exception\MoneyException
    pub fn minor_units(&self) -> PhpResult<i64> {
        Ok(self.0.minor_units()?)
    }

    /// `19.90 EUR`.
    pub fn __to_string(&self) -> String {
        self.0.to_string()
    }
}

/// A tax formula as administrators write it: `$ttc = $ht * (1 + ($tr / 100))`.
#[php_class]
#[php(name = "ShopEngine\\TaxFormula")]
#[php(flags = ClassFlags::Final)]
#[derive(Clone)]
pub struct TaxFormula(Formula);

#[php_impl]
impl TaxFormula {
    /// Reads a formula; nothing is ever handed to PHP's `eval`.
    ///
    /// @throws \ShopEngine\Exception\MoneyException with the column of what was not understood
    pub fn parse(formula: &str) -> PhpResult<Self> {
        Ok(Self(Formula::parse(formula)?))
    }

    /// The taxed amount of an untaxed amount at a tax ratio (`20` for 20 %), all decimal strings of major
    /// units, not rounded to any currency.
    ///
    /// @throws \ShopEngine\Exception\MoneyException
    pub fn evaluate(&self, ht: &str, tr: &str) -> PhpResult<String> {
        let taxed = self.0.evaluate(parse_decimal(ht)?, parse_decimal(tr)?)?;
        Ok(taxed.normalize().to_string())
    }

    /// The formula as it was written.
    pub fn __to_string(&self) -> String {
        self.0.to_string()
    }
}
