//! The account at Ogone, as the settings have it: passphrases, digest, charset, addresses.

use sha1::{Digest, Sha1};
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq;

use super::super::fields::from_hex;
use super::super::setting::{Setting, SettingKind, anything, endpoint, service_url};
use super::super::{Gateway, GatewayError, Settings};
use super::{Answer, Ogone};

/// The account as the settings have it. The passphrases are bytes of the account's charset.
pub(super) struct Account<'a> {
    pub psid: &'a str,
    pub secret_in: Vec<u8>,
    pub secret_out: Vec<u8>,
    pub algorithm: &'static str,
    pub latin1: bool,
    pub operation: &'static str,
    pub authorised_is_paid: bool,
    pub test: bool,
    pub url: String,
}

impl<'a> Account<'a> {
    pub fn of(settings: &'a Settings) -> Result<Self, GatewayError> {
        let missing = |setting| GatewayError::NotConfigured {
            name: NAME,
            setting,
        };
        if let Some((setting, _)) = Ogone.missing(settings).first() {
            return Err(missing(setting));
        }
        let latin1 = choice(settings, CHARSET, CHARSETS) == Some("iso-8859-1");
        let secret = |key| {
            let secret = settings.secret(key);
            let bytes = secret.expose();
            if latin1 {
                latin1_bytes(&String::from_utf8_lossy(bytes)).ok_or(missing(key))
            } else {
                Ok(bytes.to_vec())
            }
        };
        Ok(Self {
            psid: settings.text(PSID),
            secret_in: secret(SECRET_IN)?,
            secret_out: secret(SECRET_OUT)?,
            algorithm: choice(settings, ALGORITHM, ALGORITHMS).ok_or(missing(ALGORITHM))?,
            latin1,
            operation: choice(settings, OPERATION, OPERATIONS).ok_or(missing(OPERATION))?,
            authorised_is_paid: choice(settings, AUTHORISED, AUTHORISED_IS) == Some("paid"),
            test: settings.test_mode(),
            url: url(settings).ok_or(missing(URL))?,
        })
    }

    /// Digest of parameters that are in the order of their names.
    pub fn digest<'b>(
        &self,
        fields: impl Iterator<Item = (&'b str, &'b [u8])>,
        secret: &[u8],
    ) -> Vec<u8> {
        let mut text = Vec::with_capacity(1024);
        for (name, value) in fields.filter(|(_, value)| !value.is_empty()) {
            text.extend_from_slice(name.as_bytes());
            text.push(b'=');
            text.extend_from_slice(value);
            text.extend_from_slice(secret);
        }
        match self.algorithm {
            "sha1" => Sha1::digest(&text).to_vec(),
            "sha256" => Sha256::digest(&text).to_vec(),
            _ => Sha512::digest(&text).to_vec(),
        }
    }

    /// Is that the SHA-OUT of the answer? Told in a time that does not depend on how much of it is right.
    pub fn believes(&self, answer: &Answer, signature: &[u8]) -> bool {
        let digest = self.digest(answer.signed(), &self.secret_out);
        from_hex(signature).is_some_and(|signature| digest.ct_eq(&signature).into())
    }

    /// What the buyer says of himself. To the ISO-8859-1 page only what is the same in every charset: the shop's pages are
    /// UTF-8, and so is what a browser posts from them.
    pub fn said(&self, text: &str, length: usize) -> String {
        if self.latin1 && !text.is_ascii() {
            return String::new();
        }
        text.chars()
            .map(|letter| if letter.is_control() { ' ' } else { letter })
            .take(length)
            .collect()
    }
}

pub(super) fn latin1_bytes(text: &str) -> Option<Vec<u8>> {
    text.chars()
        .map(|letter| u8::try_from(u32::from(letter)).ok())
        .collect()
}

/// The one of `choices` that is set; the first when nothing is.
pub(super) fn choice(
    settings: &Settings,
    key: &str,
    choices: &[&'static str],
) -> Option<&'static str> {
    match settings.text(key) {
        "" => choices.first().copied(),
        word => choices.iter().copied().find(|choice| *choice == word),
    }
}

pub(super) fn url(settings: &Settings) -> Option<String> {
    let environment = if settings.test_mode() { "test" } else { "prod" };
    let page = match choice(settings, CHARSET, CHARSETS)? {
        "utf-8" => "orderstandard_utf8",
        _ => "orderstandard",
    };
    endpoint(
        settings,
        URL,
        &format!("https://secure.ogone.com/ncol/{environment}/{page}.asp"),
    )
}

pub(super) fn psid(value: &str) -> Result<(), &'static str> {
    if value.len() <= 30
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    {
        Ok(())
    } else {
        Err("setting_psid_form")
    }
}

pub(super) fn passphrase(value: &str) -> Result<(), &'static str> {
    if value.chars().count() < 16 {
        Err("setting_key_too_short")
    } else {
        Ok(())
    }
}

pub(super) const NAME: &str = "ogone";
pub(super) const PSID: &str = "ogone_psid";
pub(super) const SECRET_IN: &str = "ogone_secret_in";
pub(super) const SECRET_OUT: &str = "ogone_secret_out";
pub(super) const ALGORITHM: &str = "ogone_algorithm";
pub(super) const CHARSET: &str = "ogone_charset";
pub(super) const OPERATION: &str = "ogone_operation";
pub(super) const AUTHORISED: &str = "ogone_authorised_is";
pub(super) const URL: &str = "ogone_service_url";

pub(super) const ALGORITHMS: &[&str] = &["sha512", "sha256", "sha1"];
pub(super) const CHARSETS: &[&str] = &["utf-8", "iso-8859-1"];
pub(super) const OPERATIONS: &[&str] = &["SAL", "RES"];
pub(super) const AUTHORISED_IS: &[&str] = &["pending", "paid"];

/// The passphrase of the published examples.
pub(super) const PUBLISHED: &str = "Mysecretsig1875!?";

pub(super) const SETTINGS: &[Setting] = &[
    setting(PSID, SettingKind::Text, "", psid),
    setting(SECRET_IN, SettingKind::Secret, "", passphrase),
    setting(SECRET_OUT, SettingKind::Secret, "", passphrase),
    setting(
        ALGORITHM,
        SettingKind::Choice(ALGORITHMS),
        "sha512",
        anything,
    ),
    setting(CHARSET, SettingKind::Choice(CHARSETS), "utf-8", anything),
    setting(OPERATION, SettingKind::Choice(OPERATIONS), "SAL", anything),
    setting(
        AUTHORISED,
        SettingKind::Choice(AUTHORISED_IS),
        "pending",
        anything,
    ),
    setting(URL, SettingKind::Url, "", service_url),
];

pub(super) const fn setting(
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
