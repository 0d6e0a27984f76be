//! What a payment interface asks of the person who sets it up: data for a settings page, checks for what he saves, and a
//! self-check. Label and help of a setting are language strings of its sub-plugin, under `<key>` and `<key>_help`.

use super::{Gateway, Settings};
use crate::clock::UnixMillis;

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Key in the settings of plugin `local_shop`.
    pub key: &'static str,
    /// How it is asked for.
    pub kind: SettingKind,
    /// Value of a new site.
    pub default: &'static str,
    /// Says what is wrong with a value that is not empty: a code, also the key of the sentence.
    pub check: fn(&str) -> Result<(), &'static str>,
}

/// How a setting is asked for, and whether its value may be shown again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SettingKind {
    /// A line of text.
    Text,
    /// A key or passphrase: never shown again, never logged.
    Secret,
    /// Yes or no: `1` or `0`.
    Flag,
    /// Several lines of text that anybody may read: a certificate.
    Lines,
    /// Several lines that nobody sees again: a private key.
    SecretLines,
    /// One of these values.
    Choice(&'static [&'static str]),
    /// An address; empty means the platform's own.
    Url,
}

impl Setting {
    /// What is wrong with `value`, if anything: a code, also the key of the sentence. An empty value is not wrong here; what
    /// is missing is told by the interface.
    #[must_use]
    pub fn problem(&self, value: &str) -> Option<&'static str> {
        let value = value.trim();
        if value.is_empty() {
            return None;
        }
        match self.kind {
            SettingKind::Flag if !matches!(value, "0" | "1") => Some("setting_not_offered"),
            SettingKind::Choice(choices) if !choices.contains(&value) => {
                Some("setting_not_offered")
            }
            _ => (self.check)(value).err(),
        }
    }
}

/// One line of a self-check.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// Code, also the key of the sentence.
    pub code: &'static str,
    /// The setting it is about, if about one.
    pub setting: Option<&'static str>,
    /// Does it keep the interface from being offered?
    pub blocks: bool,
}

/// Looks over the settings of an interface: what is wrong or missing, whether its signature comes out right, and what only a
/// payment can prove.
#[must_use]
pub fn self_check(gateway: &dyn Gateway, settings: &Settings, now: UnixMillis) -> Vec<Finding> {
    let mut findings: Vec<Finding> = gateway
        .settings()
        .iter()
        .filter_map(|setting| {
            let code = setting.problem(settings.text(setting.key))?;
            Some(Finding {
                code,
                setting: Some(setting.key),
                blocks: true,
            })
        })
        .collect();
    let missing = gateway.missing(settings);
    for (setting, code) in missing.into_iter().chain(gateway.expired(settings, now)) {
        if !findings
            .iter()
            .any(|finding| finding.setting == Some(setting))
        {
            findings.push(Finding {
                code,
                setting: Some(setting),
                blocks: true,
            });
        }
    }
    let said = |code, blocks| Finding {
        code,
        setting: None,
        blocks,
    };
    if findings.is_empty() {
        findings.push(said("configuration_looks_right", false));
        match gateway.signature_holds(settings) {
            Some(true) => findings.push(said("signature_test_passes", false)),
            Some(false) => findings.push(said("signature_test_fails", true)),
            None => {}
        }
        findings.push(said("notification_not_proven", false));
    }
    findings
}

/// Nothing is wrong with any value.
pub fn anything(_value: &str) -> Result<(), &'static str> {
    Ok(())
}

/// A key: printable, without blanks inside.
pub fn key(value: &str) -> Result<(), &'static str> {
    if value
        .chars()
        .any(|letter| letter.is_control() || letter.is_whitespace())
    {
        Err("setting_key_has_blanks")
    } else {
        Ok(())
    }
}

/// A number of 1 to 9 digits.
pub fn short_number(value: &str) -> Result<(), &'static str> {
    if value.len() <= 9 && value.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(())
    } else {
        Err("setting_not_a_number")
    }
}

/// An address of a payment page: `https`, or on this machine.
pub fn service_url(value: &str) -> Result<(), &'static str> {
    let url = url::Url::parse(value).map_err(|_| "setting_not_a_url")?;
    if url.scheme() == "https" && url.host().is_some() || is_loopback(&url) {
        Ok(())
    } else {
        Err("setting_url_not_https")
    }
}

/// The address that payments are sent to: the setting, where it may stand, else the platform's own. A stand-in on this
/// machine is for tests only: in production it would be somebody's mistake, so it is not believed.
pub fn endpoint(settings: &Settings, key: &'static str, own: &str) -> Option<String> {
    let value = settings.text(key);
    if value.is_empty() {
        return Some(own.to_owned());
    }
    service_url(value).ok()?;
    let local = url::Url::parse(value).is_ok_and(|url| is_loopback(&url));
    (!local || settings.test_mode()).then(|| value.to_owned())
}

fn is_loopback(url: &url::Url) -> bool {
    let here = match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    here && matches!(url.scheme(), "http" | "https")
}

/// Codes of the self-check and of values that are wrong; each has a sentence in both languages.
pub const CODES: [&str; 21] = [
    "configuration_looks_right",
    "notification_not_proven",
    "setting_demo_in_production",
    "setting_key_has_blanks",
    "setting_key_too_short",
    "setting_missing",
    "setting_not_a_currency",
    "setting_not_a_number",
    "setting_not_a_url",
    "setting_not_countries",
    "setting_not_offered",
    "setting_out_of_range",
    "setting_psid_form",
    "setting_same_secrets",
    "setting_site_id_form",
    "setting_sips_merchant_form",
    "setting_taler_default_instance",
    "setting_taler_url_form",
    "setting_url_not_https",
    "signature_test_fails",
    "signature_test_passes",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn payments_go_to_encrypted_addresses_or_stay_on_this_machine() {
        for good in [
            "https://paiement.systempay.fr/vads-payment/",
            "http://127.0.0.1:8081/pay",
            "http://localhost:8081/pay",
            "http://[::1]:8081/pay",
        ] {
            assert_eq!(service_url(good), Ok(()), "{good}");
        }
        for (bad, code) in [
            ("http://paiement.systempay.fr/", "setting_url_not_https"),
            ("http://127.0.0.1.evil.example/", "setting_url_not_https"),
            ("http://127.0.0.1@evil.example/", "setting_url_not_https"),
            ("javascript:alert(1)", "setting_url_not_https"),
            ("ftp://127.0.0.1/", "setting_url_not_https"),
            ("paiement.systempay.fr", "setting_not_a_url"),
        ] {
            assert_eq!(service_url(bad), Err(code), "{bad}");
        }
    }

    #[test]
    fn a_stand_in_on_this_machine_is_believed_in_test_mode_only() {
        let settings = |test: &str, url: &str| {
            Settings::new(HashMap::from([
                ("test".to_owned(), test.to_owned()),
                ("u".to_owned(), url.to_owned()),
            ]))
        };
        let local = "http://127.0.0.1:1/pay";
        assert_eq!(
            endpoint(&settings("1", local), "u", "own").as_deref(),
            Some(local)
        );
        assert_eq!(endpoint(&settings("0", local), "u", "own"), None);
        assert_eq!(
            endpoint(&settings("0", ""), "u", "own").as_deref(),
            Some("own")
        );
        let other = "https://pay.example/x";
        assert_eq!(
            endpoint(&settings("0", other), "u", "own").as_deref(),
            Some(other)
        );
        assert_eq!(
            endpoint(&settings("1", "http://pay.example/"), "u", "own"),
            None
        );
    }
}
