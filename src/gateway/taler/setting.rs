//! What GNU Taler asks of the person who sets it up.

use super::backend::base_url;
use super::{PAY_HOURS, REFUND_DAYS, TEST_TOKEN, TEST_URL, TOKEN, URL, WEBHOOK_SECRET};
use crate::gateway::setting::{Setting, SettingKind, key};

pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        key: URL,
        kind: SettingKind::Url,
        default: "",
        check: base_url,
    },
    Setting {
        key: TOKEN,
        kind: SettingKind::Secret,
        default: "",
        check: key,
    },
    Setting {
        key: TEST_URL,
        kind: SettingKind::Url,
        default: "",
        check: base_url,
    },
    Setting {
        key: TEST_TOKEN,
        kind: SettingKind::Secret,
        default: "",
        check: key,
    },
    Setting {
        key: PAY_HOURS,
        kind: SettingKind::Text,
        default: "24",
        check: |value| between(value, 1, 72),
    },
    Setting {
        key: REFUND_DAYS,
        kind: SettingKind::Text,
        default: "15",
        check: |value| between(value, 0, 365),
    },
    Setting {
        key: WEBHOOK_SECRET,
        kind: SettingKind::Secret,
        default: "",
        check: key,
    },
];

fn between(value: &str, least: u32, most: u32) -> Result<(), &'static str> {
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    match value.parse::<u32>() {
        Ok(number) if digits && (least..=most).contains(&number) => Ok(()),
        Ok(_) if digits => Err("setting_out_of_range"),
        _ => Err("setting_not_a_number"),
    }
}
