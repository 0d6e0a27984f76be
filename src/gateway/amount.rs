//! Amounts and currencies as the card gateways write them: whole minor units, ISO 4217 numbers. Integer and string
//! arithmetic only.

use crate::domain::money::{Currency, Money};

/// The amount in minor units, digits only; `None` for what cannot be charged (nothing, or less).
#[must_use]
pub fn minor_units(amount: Money) -> Option<String> {
    let minor = amount.minor_units().ok()?;
    (minor > 0).then(|| minor.to_string())
}

/// Reads minor units: digits only.
#[must_use]
pub fn from_minor_units(text: &str, currency: Currency) -> Option<Money> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let minor = text.parse().ok().filter(|_| digits)?;
    Money::from_minor_units(minor, currency).ok()
}

/// ISO 4217 number of a currency, three digits; `None` for one that the card gateways do not take.
#[must_use]
pub fn currency_number(currency: Currency) -> Option<&'static str> {
    NUMBERS
        .iter()
        .find(|(code, _)| *code == currency.code())
        .map(|(_, number)| *number)
}

/// The currency of an ISO 4217 number.
#[must_use]
pub fn currency_of_number(number: &str) -> Option<Currency> {
    let (code, _) = NUMBERS.iter().find(|(_, known)| *known == number)?;
    Currency::parse(code).ok()
}

/// Currencies that the platforms' tables list, with their ISO 4217 numbers.
const NUMBERS: &[(&str, &str)] = &[
    ("AED", "784"),
    ("ARS", "032"),
    ("AUD", "036"),
    ("BRL", "986"),
    ("CAD", "124"),
    ("CHF", "756"),
    ("CLP", "152"),
    ("CNY", "156"),
    ("COP", "170"),
    ("CZK", "203"),
    ("DKK", "208"),
    ("EUR", "978"),
    ("GBP", "826"),
    ("HKD", "344"),
    ("HUF", "348"),
    ("IDR", "360"),
    ("ILS", "376"),
    ("INR", "356"),
    ("JPY", "392"),
    ("KRW", "410"),
    ("KWD", "414"),
    ("MAD", "504"),
    ("MUR", "480"),
    ("MXN", "484"),
    ("MYR", "458"),
    ("NOK", "578"),
    ("NZD", "554"),
    ("PEN", "604"),
    ("PHP", "608"),
    ("PLN", "985"),
    ("RON", "946"),
    ("RUB", "643"),
    ("SAR", "682"),
    ("SEK", "752"),
    ("SGD", "702"),
    ("THB", "764"),
    ("TND", "788"),
    ("TRY", "949"),
    ("TWD", "901"),
    ("USD", "840"),
    ("XAF", "950"),
    ("XOF", "952"),
    ("XPF", "953"),
    ("ZAR", "710"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str, code: &str) -> Money {
        Money::parse(text, Currency::parse(code).unwrap()).unwrap()
    }

    #[test]
    fn a34_no_cent_is_lost_on_the_way_to_the_bank() {
        for (amount, code, minor) in [
            ("19.99", "EUR", "1999"),
            ("1.15", "EUR", "115"),
            ("8.20", "EUR", "820"),
            ("0.29", "EUR", "29"),
            ("1500", "JPY", "1500"),
            ("12.345", "TND", "12345"),
        ] {
            assert_eq!(minor_units(money(amount, code)).unwrap(), minor);
            assert_eq!(
                from_minor_units(minor, Currency::parse(code).unwrap()),
                Some(money(amount, code))
            );
        }
        assert_eq!(minor_units(money("0", "EUR")), None);
    }

    #[test]
    fn an_amount_is_digits_and_nothing_else() {
        let euro = Currency::parse("EUR").unwrap();
        for text in [
            "",
            "+1",
            "-1",
            "1.0",
            "1e3",
            " 1",
            "1,0",
            "٣",
            "99999999999999999999",
        ] {
            assert_eq!(from_minor_units(text, euro), None, "{text}");
        }
    }

    #[test]
    fn every_number_is_of_a_currency_that_shops_can_charge_and_only_of_one() {
        for (code, number) in NUMBERS {
            let currency = currency_of_number(number).unwrap();
            assert_eq!(currency.code(), *code);
            assert_eq!(currency_number(currency), Some(*number));
            assert_eq!(number.len(), 3);
        }
        assert!(NUMBERS.is_sorted());
    }
}
