//! `ShopEngine\Paymode`: what payment interfaces ask of the person who sets them up.

use std::collections::HashMap;

use ext_php_rs::binary_slice::BinarySlice;
use ext_php_rs::boxed::ZBox;
use ext_php_rs::flags::ClassFlags;
use ext_php_rs::prelude::*;
use ext_php_rs::types::ZendHashTable;
use serde::Serialize;

use super::convert;
use crate::clock::{Clock as _, SystemClock};
use crate::engine::Error;
use crate::gateway::{self, Channel, Gateway, GatewayError, Message, SettingKind, Settings};

/// Data for the settings pages of payment interfaces, and checks of what is saved there.
#[php_class]
#[php(name = "ShopEngine\\Paymode")]
#[php(flags = ClassFlags::Final)]
pub struct Paymode;

#[php_impl]
impl Paymode {
    /// The settings of an interface, in the order of its page: `key` (of plugin `local_shop`), `kind` (`text`, `secret`, `choice`,
    /// `url`, `flag`, `lines`, `secretlines`), `default`, `choices`. Label and help are language strings `<key>` and `<key>_help`.
    ///
    /// @throws \ShopEngine\Exception\GatewayException for an unknown interface
    pub fn settings(paymode: &str) -> PhpResult<ZBox<ZendHashTable>> {
        let settings: Vec<Asked> = named(paymode)?
            .settings()
            .iter()
            .map(|setting| {
                let (kind, choices) = match setting.kind {
                    SettingKind::Text => ("text", &[][..]),
                    SettingKind::Secret => ("secret", &[][..]),
                    SettingKind::Choice(choices) => ("choice", choices),
                    SettingKind::Url => ("url", &[][..]),
                    SettingKind::Flag => ("flag", &[][..]),
                    SettingKind::Lines => ("lines", &[][..]),
                    SettingKind::SecretLines => ("secretlines", &[][..]),
                };
                Asked {
                    key: setting.key,
                    kind,
                    default: setting.default,
                    choices,
                }
            })
            .collect();
        convert::answer(&settings)
    }

    /// What is wrong with a value of one setting: a language string key of `local_shopengine`, or null.
    ///
    /// @throws \ShopEngine\Exception\GatewayException for an unknown interface
    pub fn problem(paymode: &str, key: &str, value: &str) -> PhpResult<Option<String>> {
        let setting = named(paymode)?
            .settings()
            .iter()
            .find(|setting| setting.key == key);
        Ok(setting
            .and_then(|setting| setting.problem(value))
            .map(str::to_owned))
    }

    /// Reads a message as a gateway's server posts it, and changes nothing: for a developer who has one and wonders. `values`
    /// are the settings, `test` among them. Gives what it proves: `order` (the gateway's name of it), `reference` (of the payment),
    /// `happened` (`paid`, `announced`, `refused`, …), `amount`, `currency`, `merchant`, `mode` (`live`, `test`, `any`).
    ///
    /// @throws \ShopEngine\Exception\SignatureException when it is not authentic
    /// @throws \ShopEngine\Exception\GatewayException when it proves nothing for another reason
    pub fn read(
        paymode: &str,
        values: &ZendHashTable,
        body: BinarySlice<u8>,
    ) -> PhpResult<ZBox<ZendHashTable>> {
        let values: HashMap<String, String> = convert::read(values)?;
        let message = Message {
            channel: Channel::Notification,
            method: "POST",
            query: b"",
            body: &body,
            content_type: "application/x-www-form-urlencoded",
        };
        let verdict = named(paymode)?
            .read(&message, &Settings::new(values))
            .map_err(Error::from)?;
        convert::answer(&Proven {
            order: verdict.order.to_string(),
            reference: verdict.reference,
            happened: verdict.happened.as_str(),
            amount: verdict.amount.map(|amount| amount.to_decimal_string()),
            currency: verdict.amount.map(|amount| amount.currency().code()),
            merchant: verdict.merchant,
            mode: verdict.mode.as_str(),
        })
    }

    /// Looks over all settings (key to value, `test` among them): findings with `code` (a language string key of
    /// `local_shopengine`), `setting` (a key, or null) and `blocks` (whether it keeps the interface from being offered).
    ///
    /// @throws \ShopEngine\Exception\GatewayException for an unknown interface
    pub fn check(paymode: &str, values: &ZendHashTable) -> PhpResult<ZBox<ZendHashTable>> {
        let values: HashMap<String, String> = convert::read(values)?;
        let findings: Vec<Found> =
            gateway::self_check(named(paymode)?, &Settings::new(values), SystemClock.now())
                .into_iter()
                .map(|finding| Found {
                    code: finding.code,
                    setting: finding.setting,
                    blocks: finding.blocks,
                })
                .collect();
        convert::answer(&findings)
    }
}

#[derive(Serialize)]
struct Asked {
    key: &'static str,
    kind: &'static str,
    default: &'static str,
    choices: &'static [&'static str],
}

#[derive(Serialize)]
struct Proven {
    order: String,
    reference: String,
    happened: &'static str,
    amount: Option<String>,
    currency: Option<&'static str>,
    merchant: Option<String>,
    mode: &'static str,
}

#[derive(Serialize)]
struct Found {
    code: &'static str,
    setting: Option<&'static str>,
    blocks: bool,
}

fn named(paymode: &str) -> PhpResult<&'static dyn Gateway> {
    gateway::by_name(paymode).ok_or_else(|| {
        let name = paymode.chars().take(20).collect();
        Error::from(GatewayError::Unknown { name }).into()
    })
}
