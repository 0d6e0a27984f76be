//! The shop's account at a Sips platform, as the settings have it: key, seal, encoding, who numbers the payments.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;

use super::super::fields::from_hex;
use super::super::{Gateway, GatewayError, Secret, Settings};
use super::Sips;

/// The shop's account as the settings have it.
pub(super) struct Account<'a> {
    pub merchant: &'a str,
    pub key: Secret,
    pub key_version: &'a str,
    pub algorithm: Algorithm,
    pub encoding: Encoding,
    pub ids: Ids,
    pub capture: &'static str,
    pub test: bool,
    pub url: String,
}

impl<'a> Account<'a> {
    pub fn of(sips: &Sips, settings: &'a Settings) -> Result<Self, GatewayError> {
        if let Some((setting, _)) = sips.missing(settings).first() {
            return Err(GatewayError::NotConfigured {
                name: sips.name,
                setting,
            });
        }
        let keys = &sips.keys;
        let missing = |setting| GatewayError::NotConfigured {
            name: sips.name,
            setting,
        };
        Ok(Self {
            merchant: settings.text(keys.merchant),
            key: settings.secret(keys.secret),
            key_version: settings.text(keys.version),
            algorithm: Algorithm::of(settings.text(keys.algorithm))
                .ok_or(missing(keys.algorithm))?,
            encoding: Encoding::parse(settings.text(keys.encoding))
                .ok_or(missing(keys.encoding))?,
            ids: Ids::of(settings.text(keys.ids)).ok_or(missing(keys.ids))?,
            capture: capture(settings.text(keys.capture)).ok_or(missing(keys.capture))?,
            test: settings.test_mode(),
            url: sips.url(settings).ok_or(missing(keys.url))?,
        })
    }

    pub fn seal(&self, data: &[u8]) -> Vec<u8> {
        let key = self.key.expose();
        match self.algorithm {
            Algorithm::HmacSha256 => Hmac::<Sha256>::new_from_slice(key)
                .map(|mac| mac.chain_update(data).finalize().into_bytes().to_vec())
                .unwrap_or_default(),
            Algorithm::HmacSha512 => Hmac::<Sha512>::new_from_slice(key)
                .map(|mac| mac.chain_update(data).finalize().into_bytes().to_vec())
                .unwrap_or_default(),
            Algorithm::Sha256 => Sha256::new()
                .chain_update(data)
                .chain_update(key)
                .finalize()
                .to_vec(),
        }
    }

    /// Is that the seal of the data? Told in a time that does not depend on how much of it is right.
    pub fn believes(&self, data: &[u8], seal: &[u8]) -> bool {
        from_hex(seal).is_some_and(|seal| !seal.is_empty() && self.seal(data).ct_eq(&seal).into())
    }
}

#[derive(Clone, Copy)]
pub(super) enum Algorithm {
    HmacSha256,
    HmacSha512,
    Sha256,
}

impl Algorithm {
    pub fn of(word: &str) -> Option<Self> {
        match word.to_ascii_uppercase().as_str() {
            "" | "HMAC-SHA-256" => Some(Self::HmacSha256),
            "HMAC-SHA-512" => Some(Self::HmacSha512),
            "SHA-256" => Some(Self::Sha256),
            _ => None,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::HmacSha256 => "HMAC-SHA-256",
            Self::HmacSha512 => "HMAC-SHA-512",
            Self::Sha256 => "SHA-256",
        }
    }
}

#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Encoding {
    None,
    Base64,
    Base64Url,
}

impl Encoding {
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "" | "none" => Some(Self::None),
            "base64" => Some(Self::Base64),
            "base64url" | "base64Url" => Some(Self::Base64Url),
            _ => None,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Base64 => "base64",
            Self::Base64Url => "base64url",
        }
    }

    pub fn encode(self, text: &str) -> String {
        match self {
            Self::None => text.to_owned(),
            Self::Base64 => STANDARD.encode(text),
            Self::Base64Url => URL_SAFE_NO_PAD.encode(text),
        }
    }

    pub fn decode(self, data: &[u8]) -> Option<String> {
        let unpadded = || data.split(|byte| *byte == b'=').next().unwrap_or_default();
        let bytes = match self {
            Self::None => data.to_vec(),
            Self::Base64 => STANDARD.decode(data).ok()?,
            Self::Base64Url => URL_SAFE_NO_PAD.decode(unpadded()).ok()?,
        };
        String::from_utf8(bytes).ok()
    }
}

/// Who gives the transaction its id, by the contract.
#[derive(Clone, Copy)]
pub(super) enum Ids {
    /// The shop, as `transactionReference`.
    Reference,
    /// The shop, as `s10TransactionId`: shops that came from Sips 1.0.
    S10,
    /// The platform.
    Server,
}

impl Ids {
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "" | "reference" => Some(Self::Reference),
            "s10" => Some(Self::S10),
            "server" => Some(Self::Server),
            _ => None,
        }
    }
}

pub(super) fn capture(word: &str) -> Option<&'static str> {
    match word {
        "" => Some("AUTHOR_CAPTURE"),
        _ => CAPTURE_MODES.iter().copied().find(|mode| *mode == word),
    }
}

pub(super) const CAPTURE_MODES: &[&str] = &["AUTHOR_CAPTURE", "VALIDATION", "IMMEDIATE"];

/// Shops whose keys are published: anybody can seal with them.
pub(super) const DEMO_SHOPS: &[&str] = &[
    "002001000000001",
    "002001000000002",
    "002001000000003",
    "002001000000004",
    "211000021310001",
];
