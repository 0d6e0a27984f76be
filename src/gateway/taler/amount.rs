//! Amounts as GNU Taler writes them: `CUR:int[.frac]`, one to eleven letters, a whole part of at most 2^52, at most eight
//! digits after the point, no sign (GNU Taler merchant API, "Amount"; docs.taler.net/core/api-common.html, read 2026-11).

use std::fmt;

use crate::domain::money::{Currency, Money};

/// An amount of a currency that need not be one of ISO 4217 (`KUDOS`). Never negative.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Amount {
    currency: String,
    whole: u64,
    /// Hundred-millionths of the unit, below [`UNIT`].
    fraction: u32,
}

impl Amount {
    /// Reads an amount; `None` for what Taler would not take.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (currency, value) = text.split_once(':')?;
        let (whole, fraction) = match value.split_once('.') {
            Some((whole, fraction)) => (whole, fraction),
            None if value.contains('.') => return None,
            None => (value, "0"),
        };
        let letters =
            (1..=11).contains(&currency.len()) && currency.bytes().all(|b| b.is_ascii_uppercase());
        if !letters || !is_digits(whole) || !is_digits(fraction) || fraction.len() > DIGITS {
            return None;
        }
        let whole: u64 = whole.parse().ok().filter(|whole| *whole <= LARGEST)?;
        let fraction = format!("{fraction:0<DIGITS$}").parse().ok()?;
        Some(Self {
            currency: currency.to_owned(),
            whole,
            fraction,
        })
    }

    /// The currency's name.
    #[must_use]
    pub fn currency(&self) -> &str {
        &self.currency
    }

    /// The same money as the shop counts it; `None` where the currency is none of ISO 4217, or the amount finer than its
    /// minor unit.
    #[must_use]
    pub fn money(&self) -> Option<Money> {
        let currency = Currency::parse(&self.currency).ok()?;
        Money::parse(&self.value(), currency).ok()
    }

    /// Of amounts of one currency, their sum.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Option<Self> {
        let fraction = u64::from(self.fraction) + u64::from(other.fraction);
        let whole = self.whole.checked_add(other.whole)? + fraction / u64::from(UNIT);
        if self.currency != other.currency || whole > LARGEST {
            return None;
        }
        Some(Self {
            currency: self.currency.clone(),
            whole,
            fraction: u32::try_from(fraction % u64::from(UNIT)).ok()?,
        })
    }

    fn value(&self) -> String {
        let fraction = format!("{:0DIGITS$}", self.fraction);
        match fraction.trim_end_matches('0') {
            "" => self.whole.to_string(),
            digits => format!("{}.{digits}", self.whole),
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.currency, self.value())
    }
}

/// Money of the shop in Taler's words; `None` for less than nothing.
#[must_use]
pub fn of(money: Money) -> Option<Amount> {
    Amount::parse(&format!(
        "{}:{}",
        money.currency().code(),
        money.to_decimal_string()
    ))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// 2^52.
const LARGEST: u64 = 1 << 52;

/// Digits after the point, and how many such parts the unit has.
const DIGITS: usize = 8;
const UNIT: u32 = 100_000_000;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Option<String> {
        Amount::parse(text).map(|amount| amount.to_string())
    }

    #[test]
    fn amounts_are_read_within_talers_limits_and_nothing_else_is() {
        for (text, same) in [
            ("EUR:23.99", "EUR:23.99"),
            ("KUDOS:1.50", "KUDOS:1.5"),
            ("KUDOS:1", "KUDOS:1"),
            ("A:0", "A:0"),
            ("ABCDEFGHIJK:0.00000001", "ABCDEFGHIJK:0.00000001"),
            ("EUR:4503599627370496", "EUR:4503599627370496"),
            ("EUR:007.10", "EUR:7.1"),
        ] {
            assert_eq!(read(text).as_deref(), Some(same), "{text}");
        }
        for text in [
            "",
            "EUR",
            "EUR:",
            ":1",
            "eur:1",
            "EUR1:1",
            "ABCDEFGHIJKL:1",
            "EUR:.5",
            "EUR:5.",
            "EUR:-1",
            "EUR:+1",
            "EUR: 1",
            "EUR:1 ",
            "EUR:1,5",
            "EUR:1.123456789",
            "EUR:4503599627370497",
            "EUR:99999999999999999999999",
            "EUR:1.2.3",
            "EUR:1:2",
            "EUR:١",
            "EUR:1e2",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn zeros_at_the_end_are_the_same_amount() {
        assert_eq!(Amount::parse("KUDOS:1.5"), Amount::parse("KUDOS:1.50"));
        assert_ne!(Amount::parse("KUDOS:1.5"), Amount::parse("KUDOS:1.05"));
    }

    #[test]
    fn money_is_exact_or_none() {
        let money = |text: &str| Amount::parse(text).unwrap().money();
        assert_eq!(money("EUR:23.990").unwrap().to_string(), "23.99 EUR");
        assert_eq!(money("EUR:23.991"), None);
        assert_eq!(money("KUDOS:1"), None);
        assert_eq!(money("JPY:1.5"), None);
        assert_eq!(money("EUR:4503599627370496"), None);
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_as_the_same(whole in 0..=LARGEST, fraction in 0..UNIT, name in "[A-Z]{1,11}") {
            let text = format!("{name}:{whole}.{fraction:08}");
            let amount = Amount::parse(&text).unwrap();
            prop_assert_eq!(Amount::parse(&amount.to_string()), Some(amount));
        }

        #[test]
        fn money_of_the_shop_comes_back_as_it_went(minor in 0_i64..9_999_999_999, code in prop::sample::select(vec!["EUR", "JPY", "TND"])) {
            let currency = Currency::parse(code).unwrap();
            if let Ok(money) = Money::from_minor_units(minor, currency) {
                prop_assert_eq!(of(money).unwrap().money(), Some(money));
            }
        }

        #[test]
        fn sums_carry(a in 0_u32..UNIT, b in 0_u32..UNIT) {
            let amount = |fraction| Amount::parse(&format!("EUR:1.{fraction:08}")).unwrap();
            let sum = amount(a).plus(&amount(b)).unwrap();
            prop_assert_eq!(sum.whole * u64::from(UNIT) + u64::from(sum.fraction), 2 * u64::from(UNIT) + u64::from(a) + u64::from(b));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,40}") {
            if let Some(amount) = Amount::parse(&text) {
                prop_assert_eq!(Amount::parse(&amount.to_string()), Some(amount));
            }
        }
    }
}
