//! The merchant's account at a Lyra platform, as the settings have it: keys, algorithm, addresses, signatures.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::{Digest, Sha1};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::super::fields::{from_hex, to_hex};
use super::super::setting::{Setting, SettingKind, anything, endpoint, key, service_url};
use super::super::{GatewayError, Secret, Settings};

/// The merchant's account as the settings have it, in the mode in which the shop is.
pub(super) struct Account<'a> {
    pub site: &'a str,
    pub key: Secret,
    pub algorithm: Algorithm,
    pub test: bool,
    pub url: String,
}

impl<'a> Account<'a> {
    pub fn of(settings: &'a Settings) -> Result<Self, GatewayError> {
        let missing = |setting| GatewayError::NotConfigured {
            name: NAME,
            setting,
        };
        let certificate = certificate_key(settings);
        let (site, key) = (settings.text(SITE), settings.secret(certificate));
        if site.is_empty() {
            return Err(missing(SITE));
        }
        if key.is_empty() {
            return Err(missing(certificate));
        }
        Ok(Self {
            site,
            key,
            algorithm: Algorithm::of(settings).ok_or_else(|| missing(ALGORITHM))?,
            test: settings.test_mode(),
            url: url(settings).ok_or_else(|| missing(URL))?,
        })
    }

    pub fn mode(&self) -> &'static str {
        if self.test { "TEST" } else { "PRODUCTION" }
    }

    /// Signature of the values, which are in the order of their names.
    pub fn sign(&self, values: &[&[u8]]) -> String {
        match self.algorithm {
            Algorithm::HmacSha256 => {
                let Some(mac) = self.mac(values) else {
                    return String::new();
                };
                STANDARD.encode(mac.finalize().into_bytes())
            }
            Algorithm::Sha1 => to_hex(&self.sha1(values)),
        }
    }

    /// Is that the signature of the values? Told in a time that does not depend on how much of it is right.
    pub fn believes(&self, values: &[&[u8]], signature: &[u8]) -> bool {
        match self.algorithm {
            Algorithm::HmacSha256 => STANDARD.decode(signature).is_ok_and(|signature| {
                self.mac(values)
                    .is_some_and(|mac| mac.verify_slice(&signature).is_ok())
            }),
            Algorithm::Sha1 => from_hex(signature)
                .is_some_and(|signature| self.sha1(values).ct_eq(&signature).into()),
        }
    }

    pub fn mac(&self, values: &[&[u8]]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.expose()).ok()?;
        for value in values {
            mac.update(value);
            mac.update(b"+");
        }
        mac.update(self.key.expose());
        Some(mac)
    }

    pub fn sha1(&self, values: &[&[u8]]) -> [u8; 20] {
        let mut hash = Sha1::new();
        for value in values {
            hash.update(value);
            hash.update(b"+");
        }
        hash.update(self.key.expose());
        hash.finalize().into()
    }
}

/// The back office's choice of algorithm, for both directions.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Algorithm {
    HmacSha256,
    Sha1,
}

impl Algorithm {
    /// From the configuration, never from the look of a signature.
    pub fn of(settings: &Settings) -> Option<Self> {
        let letters = |byte: &u8| byte.is_ascii_alphanumeric();
        let word: Vec<u8> = settings.text(ALGORITHM).bytes().filter(letters).collect();
        match word.to_ascii_lowercase().as_slice() {
            b"" | b"hmac" | b"hmacsha256" | b"sha256" => Some(Self::HmacSha256),
            b"sha1" => Some(Self::Sha1),
            _ => None,
        }
    }
}

pub(super) fn certificate_key(settings: &Settings) -> &'static str {
    if settings.test_mode() {
        TEST_CERTIFICATE
    } else {
        PROD_CERTIFICATE
    }
}

pub(super) fn platform(settings: &Settings) -> Option<&'static str> {
    let brand = match settings.text(PLATFORM) {
        "" => NAME,
        brand => brand,
    };
    HOSTS
        .iter()
        .find(|(name, _)| *name == brand)
        .map(|(_, host)| *host)
}

pub(super) fn url(settings: &Settings) -> Option<String> {
    let own = format!("https://{}/vads-payment/", platform(settings)?);
    endpoint(settings, URL, &own)
}

pub(super) fn site_id(value: &str) -> Result<(), &'static str> {
    if value.len() == 8 && value.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(())
    } else {
        Err("setting_site_id_form")
    }
}

pub(super) fn certificate(value: &str) -> Result<(), &'static str> {
    key(value)?;
    if value.len() < 16 {
        return Err("setting_key_too_short");
    }
    Ok(())
}

/// The key of the published examples.
pub(super) const PUBLISHED: &str = "1122334455667788";

pub(super) const NAME: &str = "systempay";
pub(super) const SITE: &str = "systempay_merchant_id";
pub(super) const TEST_CERTIFICATE: &str = "systempay_test_certificate";
pub(super) const PROD_CERTIFICATE: &str = "systempay_prod_certificate";
pub(super) const ALGORITHM: &str = "systempay_algorithm";
pub(super) const PLATFORM: &str = "systempay_platform";
pub(super) const URL: &str = "systempay_service_url";

pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        key: SITE,
        kind: SettingKind::Text,
        default: "",
        check: site_id,
    },
    Setting {
        key: TEST_CERTIFICATE,
        kind: SettingKind::Secret,
        default: "",
        check: certificate,
    },
    Setting {
        key: PROD_CERTIFICATE,
        kind: SettingKind::Secret,
        default: "",
        check: certificate,
    },
    Setting {
        key: ALGORITHM,
        kind: SettingKind::Choice(&["hmac-sha-256", "sha1"]),
        default: "hmac-sha-256",
        check: anything,
    },
    Setting {
        key: PLATFORM,
        kind: SettingKind::Choice(&[
            "systempay",
            "payzen",
            "sogecommerce",
            "scellius",
            "lyra",
            "osb",
            "clicandpay",
        ]),
        default: "systempay",
        check: anything,
    },
    Setting {
        key: URL,
        kind: SettingKind::Url,
        default: "",
        check: service_url,
    },
];

/// The brands, by the words of the setting.
pub(super) const HOSTS: &[(&str, &str)] = &[
    ("systempay", "paiement.systempay.fr"),
    ("payzen", "secure.payzen.eu"),
    ("sogecommerce", "sogecommerce.societegenerale.eu"),
    ("scellius", "scelliuspaiement.labanquepostale.fr"),
    ("lyra", "secure.lyra.com"),
    ("osb", "secure.osb.pf"),
    ("clicandpay", "clicandpay.groupecdn.fr"),
];
