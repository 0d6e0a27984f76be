//! Encrypted Website Payments: the form's values as lines, signed with the seller's key (RFC 2315 / RFC 5652 SignedData,
//! SHA-256 with RSA, content attached), encrypted for PayPal (EnvelopedData, triple DES in CBC as PayPal prescribes), as one
//! PEM text. All in memory: no program is called and no file written.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeEncrypt as _, KeyIvInit as _};
use rsa::pkcs1::DecodeRsaPrivateKey as _;
use rsa::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _};
use rsa::rand_core::OsRng;
use rsa::{Pkcs1v15Encrypt, Pkcs1v15Sign, RsaPrivateKey, RsaPublicKey};
use sha2::{Digest as _, Sha256};

use super::super::{GatewayError, Settings};
use super::der::{
    self, GENERALIZED_TIME, INTEGER, OCTETS, SEQUENCE, SET, UTC_TIME, ZERO, ZERO_OCTETS,
};
use crate::clock::UnixMillis;
use crate::entropy;

/// Why forms cannot be sealed: the configuration page says it, and the interface is not offered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Problem {
    Key,
    Certificate,
    Mismatch,
    Expired,
    PayPal,
    PayPalExpired,
    CertId,
}

impl Problem {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Key => "paypal_key_unreadable",
            Self::Certificate => "paypal_certificate_unreadable",
            Self::Mismatch => "paypal_key_and_certificate_differ",
            Self::Expired => "paypal_certificate_expired",
            Self::PayPal => "paypal_public_certificate_unreadable",
            Self::PayPalExpired => "paypal_public_certificate_expired",
            Self::CertId => "paypal_cert_id_missing",
        }
    }

    /// The setting to correct.
    pub(super) fn setting(self) -> &'static str {
        match self {
            Self::Key => KEY,
            Self::Certificate | Self::Mismatch | Self::Expired => CERTIFICATE,
            Self::PayPal | Self::PayPalExpired => PAYPAL_CERTIFICATE,
            Self::CertId => CERT_ID,
        }
    }
}

/// What sealing needs.
pub(super) struct Keys {
    key: RsaPrivateKey,
    certificate: Certificate,
    paypal: Certificate,
    cert_id: String,
}

impl Keys {
    /// From the settings; `None` when forms are not to be sealed.
    pub(super) fn of(settings: &Settings) -> Result<Option<Self>, Problem> {
        if !settings.flag("paypal_ewp") {
            return Ok(None);
        }
        let secret = settings.secret(KEY);
        let pem = std::str::from_utf8(secret.expose()).map_err(|_| Problem::Key)?;
        let pem = pem.replace("\r\n", "\n");
        let key = RsaPrivateKey::from_pkcs8_pem(&pem)
            .ok()
            .or_else(|| RsaPrivateKey::from_pkcs1_pem(&pem).ok())
            .ok_or(Problem::Key)?;
        let certificate =
            Certificate::parse(settings.text(CERTIFICATE)).ok_or(Problem::Certificate)?;
        if certificate.key != RsaPublicKey::from(&key) {
            return Err(Problem::Mismatch);
        }
        let paypal =
            Certificate::parse(settings.text(PAYPAL_CERTIFICATE)).ok_or(Problem::PayPal)?;
        let cert_id = settings.text(CERT_ID).to_owned();
        if cert_id.is_empty() {
            return Err(Problem::CertId);
        }
        Ok(Some(Self {
            key,
            certificate,
            paypal,
            cert_id,
        }))
    }

    /// What has run out by `now`, or is not valid yet.
    pub(super) fn expired(&self, now: UnixMillis) -> impl Iterator<Item = Problem> {
        let out = |certificate: &Certificate, problem| {
            let valid = (certificate.begins..=certificate.ends).contains(&now.seconds());
            (!valid).then_some(problem)
        };
        [
            out(&self.certificate, Problem::Expired),
            out(&self.paypal, Problem::PayPalExpired),
        ]
        .into_iter()
        .flatten()
    }

    /// The fields that are posted instead of `fields`.
    pub(super) fn seal(
        &self,
        fields: &[(String, String)],
        now: UnixMillis,
    ) -> Result<Vec<(String, String)>, GatewayError> {
        if let Some(problem) = self.expired(now).next() {
            return Err(super::missing(problem.setting()));
        }
        let plain = self.plain(fields)?;
        let unusable = || super::missing(PAYPAL_CERTIFICATE);
        let signed = self.sign(&plain, now).ok_or_else(|| super::missing(KEY))?;
        let sealed = self.encrypt(&signed).ok_or_else(unusable)?;
        Ok(vec![
            ("cmd".to_owned(), "_s-xclick".to_owned()),
            ("encrypted".to_owned(), pem(&sealed)),
        ])
    }

    /// `name=value` lines, not encoded: a line break in a value would begin another one.
    fn plain(&self, fields: &[(String, String)]) -> Result<String, GatewayError> {
        let cert_id = ("cert_id".to_owned(), self.cert_id.clone());
        let mut lines = String::new();
        for (name, value) in [&cert_id].into_iter().chain(fields) {
            if name.contains(['\r', '\n', '=']) || value.contains(['\r', '\n']) {
                return Err(GatewayError::NotSendable {
                    field: name.chars().filter(|c| !c.is_control()).take(40).collect(),
                });
            }
            lines.extend([name, "=", value, "\n"]);
        }
        Ok(lines)
    }

    fn sign(&self, plain: &str, now: UnixMillis) -> Option<Vec<u8>> {
        let time = utc(now)?;
        // In the order of their encodings, as DER has a set.
        let attributes = [
            attribute(CONTENT_TYPE, DATA),
            attribute(SIGNING_TIME, &der::value(UTC_TIME, &[time.as_bytes()])),
            attribute(
                MESSAGE_DIGEST,
                &der::value(OCTETS, &[&Sha256::digest(plain)]),
            ),
        ]
        .concat();
        let digest = Sha256::digest(der::value(SET, &[&attributes]));
        let scheme = Pkcs1v15Sign {
            hash_len: Some(32),
            prefix: SHA256_PREFIX.into(),
        };
        let signature = self.key.sign_with_rng(&mut OsRng, scheme, &digest).ok()?;
        let sha256 = der::value(SEQUENCE, &[SHA256, NULL]);
        let signer = der::value(
            SEQUENCE,
            &[
                &der::value(INTEGER, &[&[1]]),
                &self.certificate.name,
                &sha256,
                &der::value(ZERO, &[&attributes]),
                &der::value(SEQUENCE, &[RSA, NULL]),
                &der::value(OCTETS, &[&signature]),
            ],
        );
        let content = der::value(ZERO, &[&der::value(OCTETS, &[plain.as_bytes()])]);
        let data = der::value(
            SEQUENCE,
            &[
                &der::value(INTEGER, &[&[1]]),
                &der::value(SET, &[&sha256]),
                &der::value(SEQUENCE, &[DATA, &content]),
                &der::value(ZERO, &[&self.certificate.der]),
                &der::value(SET, &[&signer]),
            ],
        );
        Some(der::value(SEQUENCE, &[SIGNED, &der::value(ZERO, &[&data])]))
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        let (key, start) = (entropy::key::<24>().ok()?, entropy::key::<8>().ok()?);
        let cipher = cbc::Encryptor::<des::TdesEde3>::new(&key.into(), &start.into());
        let content = cipher.encrypt_padded_vec::<Pkcs7>(plain);
        let sealed = self
            .paypal
            .key
            .encrypt(&mut OsRng, Pkcs1v15Encrypt, &key)
            .ok()?;
        let recipient = der::value(
            SEQUENCE,
            &[
                &der::value(INTEGER, &[&[0]]),
                &self.paypal.name,
                &der::value(SEQUENCE, &[RSA, NULL]),
                &der::value(OCTETS, &[&sealed]),
            ],
        );
        let algorithm = der::value(SEQUENCE, &[TRIPLE_DES, &der::value(OCTETS, &[&start])]);
        let data = der::value(
            SEQUENCE,
            &[
                &der::value(INTEGER, &[&[0]]),
                &der::value(SET, &[&recipient]),
                &der::value(
                    SEQUENCE,
                    &[DATA, &algorithm, &der::value(ZERO_OCTETS, &[&content])],
                ),
            ],
        );
        Some(der::value(
            SEQUENCE,
            &[ENVELOPED, &der::value(ZERO, &[&data])],
        ))
    }
}

/// As much of an X.509 certificate (RFC 5280) as sealing needs.
struct Certificate {
    der: Vec<u8>,
    /// IssuerAndSerialNumber.
    name: Vec<u8>,
    key: RsaPublicKey,
    /// Unix seconds.
    begins: i64,
    ends: i64,
}

impl Certificate {
    fn parse(pem: &str) -> Option<Self> {
        let (_, rest) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
        let (text, _) = rest.split_once("-----END CERTIFICATE-----")?;
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let der = STANDARD.decode(text).ok()?;
        let mut outer = der::expect(&mut &der[..], SEQUENCE)?.content;
        let mut fields = der::expect(&mut outer, SEQUENCE)?.content;
        let mut serial = der::take(&mut fields)?;
        if serial.tag == ZERO {
            serial = der::take(&mut fields)?;
        }
        let _algorithm = der::expect(&mut fields, SEQUENCE)?;
        let issuer = der::expect(&mut fields, SEQUENCE)?;
        let mut validity = der::expect(&mut fields, SEQUENCE)?.content;
        let _subject = der::expect(&mut fields, SEQUENCE)?;
        let key = der::expect(&mut fields, SEQUENCE)?;
        Some(Self {
            name: der::value(SEQUENCE, &[issuer.whole, serial.whole]),
            key: RsaPublicKey::from_public_key_der(key.whole).ok()?,
            begins: seconds(der::take(&mut validity)?)?,
            ends: seconds(der::take(&mut validity)?)?,
            der,
        })
    }
}

/// `YYMMDDHHMMSSZ` (years 1950 to 2049) or `YYYYMMDDHHMMSSZ`.
fn seconds(time: der::Value<'_>) -> Option<i64> {
    let text = std::str::from_utf8(time.content).ok()?.strip_suffix('Z')?;
    let full = match time.tag {
        UTC_TIME if text.starts_with(['0', '1', '2', '3', '4']) => format!("20{text}"),
        UTC_TIME => format!("19{text}"),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let time = jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", full).ok()?;
    let zoned = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_second())
}

fn utc(now: UnixMillis) -> Option<String> {
    let time = jiff::Timestamp::from_second(now.seconds()).ok()?;
    Some(time.strftime("%y%m%d%H%M%SZ").to_string())
}

fn attribute(kind: &[u8], value: &[u8]) -> Vec<u8> {
    der::value(SEQUENCE, &[kind, &der::value(SET, &[value])])
}

fn pem(der: &[u8]) -> String {
    let mut text = "-----BEGIN PKCS7-----\n".to_owned();
    for (at, letter) in STANDARD.encode(der).chars().enumerate() {
        if at > 0 && at % 64 == 0 {
            text.push('\n');
        }
        text.push(letter);
    }
    text.push_str("\n-----END PKCS7-----\n");
    text
}

pub(super) const KEY: &str = "paypal_ewp_private_key";
pub(super) const CERTIFICATE: &str = "paypal_ewp_certificate";
pub(super) const PAYPAL_CERTIFICATE: &str = "paypal_ewp_paypal_certificate";
pub(super) const CERT_ID: &str = "paypal_ewp_cert_id";

const NULL: &[u8] = &[0x05, 0x00];
/// 1.2.840.113549.1.7.1, .2, .3: data, signedData, envelopedData.
const DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
const SIGNED: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
const ENVELOPED: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03";
/// 1.2.840.113549.1.9.3, .4, .5: contentType, messageDigest, signingTime.
const CONTENT_TYPE: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03";
const MESSAGE_DIGEST: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04";
const SIGNING_TIME: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05";
/// 1.2.840.113549.1.1.1: rsaEncryption.
const RSA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
/// 1.2.840.113549.3.7: des-ede3-cbc.
const TRIPLE_DES: &[u8] = b"\x06\x08\x2a\x86\x48\x86\xf7\x0d\x03\x07";
/// 2.16.840.1.101.3.4.2.1: sha256.
const SHA256: &[u8] = b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01";
/// What comes before a SHA-256 digest that is signed (RFC 8017, 9.2, note 1).
const SHA256_PREFIX: [u8; 19] =
    *b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";

#[cfg(test)]
mod tests;
