//! Currencies a shop can charge: ISO 4217 codes with their own number of decimals.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{MoneyError, excerpt};

/// An ISO 4217 currency a shop can charge, with its own minor unit.
///
/// Known are the codes of ISO 4217 list one that have 0, 2 or 3 decimals, and those withdrawn since
/// 2021 that old bills may still carry. Left out are metals, funds of account and test codes (no
/// minor unit), and `CLF` and `UYW` (four decimals: the plugin's columns hold three).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Currency {
    code: &'static str,
    exponent: u32,
}

impl Currency {
    /// Reads an alphabetic code such as `EUR`, in capitals.
    ///
    /// The plugin's list misspells pounds sterling as `GPB`; that is read as `GBP`.
    ///
    /// # Errors
    /// [`MoneyError::UnknownCurrency`] when the code is not in the table.
    pub fn parse(code: &str) -> Result<Self, MoneyError> {
        let standard = if code == "GPB" { "GBP" } else { code };
        let tables: [(&[&'static str], u32); 3] =
            [(&TWO_DECIMALS, 2), (&NO_DECIMALS, 0), (&THREE_DECIMALS, 3)];
        tables
            .into_iter()
            .find_map(|(codes, exponent)| {
                let place = codes.binary_search(&standard).ok()?;
                codes.get(place).map(|&code| Self { code, exponent })
            })
            .ok_or_else(|| MoneyError::UnknownCurrency {
                code: excerpt(code),
            })
    }

    /// The three-letter code, always the standard spelling.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The number of decimals of the minor unit: 2 for EUR, 0 for JPY, 3 for TND.
    #[must_use]
    pub fn exponent(&self) -> u32 {
        self.exponent
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code)
    }
}

// By hand: the derived one would borrow the code from its input for ever.
impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

const NO_DECIMALS: [&str; 17] = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND",
    "VUV", "XAF", "XOF", "XPF",
];

const THREE_DECIMALS: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

const TWO_DECIMALS: [&str; 144] = [
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT",
    "BGN", "BMD", "BND", "BOB", "BOV", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF",
    "CHE", "CHF", "CHW", "CNY", "COP", "COU", "CRC", "CUC", "CUP", "CVE", "CZK", "DKK", "DOP",
    "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GTQ",
    "GYD", "HKD", "HNL", "HRK", "HTG", "HUF", "IDR", "ILS", "INR", "IRR", "JMD", "KES", "KGS",
    "KHR", "KPW", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "MAD", "MDL", "MGA", "MKD",
    "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MXV", "MYR", "MZN", "NAD", "NGN",
    "NIO", "NOK", "NPR", "NZD", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "QAR", "RON", "RSD",
    "RUB", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SLL", "SOS", "SRD", "SSP",
    "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH",
    "USD", "USN", "UYU", "UZS", "VED", "VES", "WST", "XCD", "XCG", "YER", "ZAR", "ZMW", "ZWG",
    "ZWL",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_currency_has_its_own_decimals() {
        for (code, exponent) in [
            ("EUR", 2),
            ("JPY", 0),
            ("TND", 3),
            ("XPF", 0),
            ("KWD", 3),
            ("CHF", 2),
            ("MGA", 2),
        ] {
            let currency = Currency::parse(code).unwrap();
            assert_eq!((currency.code(), currency.exponent()), (code, exponent));
        }
    }

    #[test]
    fn tables_are_sorted_and_disjoint_so_that_every_code_is_found() {
        let all: Vec<_> = TWO_DECIMALS
            .iter()
            .chain(&NO_DECIMALS)
            .chain(&THREE_DECIMALS)
            .collect();
        for &&code in &all {
            assert_eq!(
                Currency::parse(code).map(|currency| currency.code()),
                Ok(code)
            );
        }
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }

    #[test]
    fn b39_the_misspelt_pound_is_read_as_gbp() {
        assert_eq!(Currency::parse("GPB"), Currency::parse("GBP"));
        assert_eq!(Currency::parse("GPB").unwrap().code(), "GBP");
    }

    #[test]
    fn refuses_what_is_not_a_chargeable_currency() {
        for code in [
            "", "eur", "EURO", "XAU", "XXX", "XTS", "CLF", "UYW", "€", "EU\n",
        ] {
            let error = Currency::parse(code).unwrap_err();
            assert_eq!(error.code(), "unknown_currency");
            assert!(!error.to_string().contains('\n'));
        }
    }

    #[test]
    fn is_a_plain_code_in_json() {
        let euro = Currency::parse("EUR").unwrap();
        assert_eq!(serde_json::to_string(&euro).unwrap(), "\"EUR\"");
        assert_eq!(serde_json::from_str::<Currency>("\"EUR\"").unwrap(), euro);
        assert!(serde_json::from_str::<Currency>("\"EUX\"").is_err());
    }
}
