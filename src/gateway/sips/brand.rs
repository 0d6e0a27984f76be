//! The brands of Sips: names, hosts, setting keys.

use super::Sips;
use crate::gateway::setting::{Setting, SettingKind, anything, key, service_url, short_number};
use crate::gateway::{Channel, Endpoint};

/// Setting keys of a brand.
pub(super) struct Keys {
    pub merchant: &'static str,
    pub secret: &'static str,
    pub version: &'static str,
    pub algorithm: &'static str,
    pub encoding: &'static str,
    pub ids: &'static str,
    pub capture: &'static str,
    pub platform: &'static str,
    pub url: &'static str,
}

/// Hosts of a platform. Where no test host is known, the simulation stands for it.
pub(super) struct Platform {
    pub name: &'static str,
    pub test: &'static str,
    pub production: &'static str,
}

macro_rules! brand {
    ($name:literal, $platforms:expr, $names:expr) => {
        Sips {
            name: $name,
            keys: Keys {
                merchant: concat!($name, "_merchant_id"),
                secret: concat!($name, "_secret_key"),
                version: concat!($name, "_key_version"),
                algorithm: concat!($name, "_seal_algorithm"),
                encoding: concat!($name, "_encoding"),
                ids: concat!($name, "_transaction_id"),
                capture: concat!($name, "_capture_mode"),
                platform: concat!($name, "_platform"),
                url: concat!($name, "_service_url"),
            },
            platforms: $platforms,
            endpoints: &[
                Endpoint {
                    script: "process",
                    channel: Channel::Return,
                },
                Endpoint {
                    script: "cancel",
                    channel: Channel::Return,
                },
                Endpoint {
                    script: concat!($name, "_ipn"),
                    channel: Channel::Notification,
                },
            ],
            settings: &[
                setting(
                    concat!($name, "_merchant_id"),
                    SettingKind::Text,
                    "",
                    merchant_id,
                ),
                setting(concat!($name, "_secret_key"), SettingKind::Secret, "", key),
                setting(
                    concat!($name, "_key_version"),
                    SettingKind::Text,
                    "1",
                    short_number,
                ),
                setting(
                    concat!($name, "_seal_algorithm"),
                    SettingKind::Choice(&["HMAC-SHA-256", "HMAC-SHA-512", "SHA-256"]),
                    "HMAC-SHA-256",
                    anything,
                ),
                setting(
                    concat!($name, "_encoding"),
                    SettingKind::Choice(&["none", "base64", "base64url"]),
                    "none",
                    anything,
                ),
                setting(
                    concat!($name, "_transaction_id"),
                    SettingKind::Choice(&["reference", "s10", "server"]),
                    "reference",
                    anything,
                ),
                setting(
                    concat!($name, "_capture_mode"),
                    SettingKind::Choice(super::account::CAPTURE_MODES),
                    "AUTHOR_CAPTURE",
                    anything,
                ),
                setting(
                    concat!($name, "_platform"),
                    SettingKind::Choice($names),
                    $name,
                    anything,
                ),
                setting(
                    concat!($name, "_service_url"),
                    SettingKind::Url,
                    "",
                    service_url,
                ),
            ],
            submit: concat!($name, "_pay"),
        }
    };
}

/// Mercanet, and the platforms that have no interface of their own.
pub(in crate::gateway) const MERCANET: Sips = brand!(
    "mercanet",
    OTHERS,
    &["mercanet", "sogenactif", "scellius", "sips"]
);

/// Sherlock's.
pub(in crate::gateway) const SHERLOCKS: Sips = brand!("sherlocks", LCL, &["sherlocks"]);

const fn setting(
    key: &'static str,
    kind: SettingKind,
    default: &'static str,
    check: fn(&str) -> Result<(), &'static str>,
) -> Setting {
    Setting {
        key,
        kind,
        default,
        check,
    }
}

fn merchant_id(value: &str) -> Result<(), &'static str> {
    if value.len() == 15 && value.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(())
    } else {
        Err("setting_sips_merchant_form")
    }
}

const OTHERS: &[Platform] = &[
    Platform {
        name: "mercanet",
        test: "payment-webinit-mercanet.test.sips-services.com",
        production: "payment-webinit.mercanet.bnpparibas.net",
    },
    Platform {
        name: "sogenactif",
        test: "payment-webinit.simu.sogenactif.com",
        production: "payment-webinit.sogenactif.com",
    },
    Platform {
        name: "scellius",
        test: "payment-webinit-simu.scellius.labanquepostale.fr",
        production: "payment-webinit.scellius.labanquepostale.fr",
    },
    Platform {
        name: "sips",
        test: "payment-webinit.test.sips-services.com",
        production: "payment-webinit.sips-services.com",
    },
];

const LCL: &[Platform] = &[Platform {
    name: "sherlocks",
    test: "sherlocks-payment-webinit-simu.secure.lcl.fr",
    production: "sherlocks-payment-webinit.secure.lcl.fr",
}];
