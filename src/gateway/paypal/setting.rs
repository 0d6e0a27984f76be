//! What PayPal asks of the person who sets it up, beside the plugin's own four settings.

use super::super::setting::{Setting, SettingKind, anything, key, service_url};
use super::sealed::{CERT_ID, CERTIFICATE, KEY, PAYPAL_CERTIFICATE};
use super::{SERVICE_URL, VERIFY_URL};
use crate::domain::money::Currency;

pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        key: "paypal_merchant_id",
        kind: SettingKind::Text,
        default: "",
        check: anything,
    },
    Setting {
        key: "paypal_test_merchant_id",
        kind: SettingKind::Text,
        default: "",
        check: anything,
    },
    Setting {
        key: "paypal_transaction_type",
        kind: SettingKind::Choice(&["aggregate", "peritem"]),
        default: "aggregate",
        check: anything,
    },
    Setting {
        key: "paypal_tax_apart",
        kind: SettingKind::Flag,
        default: "0",
        check: anything,
    },
    Setting {
        key: "paypal_currency",
        kind: SettingKind::Text,
        default: "",
        check: currency,
    },
    Setting {
        key: "paypal_zone",
        kind: SettingKind::Text,
        default: "",
        check: countries,
    },
    Setting {
        key: "paypal_force_address",
        kind: SettingKind::Flag,
        default: "0",
        check: anything,
    },
    Setting {
        key: "paypal_page_style",
        kind: SettingKind::Text,
        default: "",
        check: key,
    },
    Setting {
        key: "paypal_invoice_prefix",
        kind: SettingKind::Text,
        default: "",
        check: key,
    },
    Setting {
        key: "paypal_ewp",
        kind: SettingKind::Flag,
        default: "0",
        check: anything,
    },
    Setting {
        key: KEY,
        kind: SettingKind::SecretLines,
        default: "",
        check: anything,
    },
    Setting {
        key: CERTIFICATE,
        kind: SettingKind::Lines,
        default: "",
        check: anything,
    },
    Setting {
        key: PAYPAL_CERTIFICATE,
        kind: SettingKind::Lines,
        default: "",
        check: anything,
    },
    Setting {
        key: CERT_ID,
        kind: SettingKind::Text,
        default: "",
        check: key,
    },
    Setting {
        key: SERVICE_URL,
        kind: SettingKind::Url,
        default: "",
        check: service_url,
    },
    Setting {
        key: VERIFY_URL,
        kind: SettingKind::Url,
        default: "",
        check: service_url,
    },
];

fn currency(value: &str) -> Result<(), &'static str> {
    Currency::parse(value)
        .map(|_| ())
        .map_err(|_| "setting_not_a_currency")
}

/// ISO 3166 codes, separated by commas or blanks.
fn countries(value: &str) -> Result<(), &'static str> {
    let codes = value.split([',', ' ', ';']).filter(|code| !code.is_empty());
    for code in codes {
        if code.len() != 2 || !code.bytes().all(|letter| letter.is_ascii_alphabetic()) {
            return Err("setting_not_countries");
        }
    }
    Ok(())
}
