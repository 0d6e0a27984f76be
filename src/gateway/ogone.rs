//! Ogone, later Ingenico e-Commerce (Worldline legacy): the buyer's browser posts a form to `orderstandard.asp` or
//! `orderstandard_utf8.asp`; the platform asks `ipn.php` by GET or POST, and sends the browser back with the same parameters.
//!
//! **Its owner has closed this platform: the integrations were to work until 31 December 2025.** Worldline Direct, which
//! replaces it, is another protocol. The interface is here for shops that the shutdown has not reached and for late messages.
//!
//! Documents: *Ingenico e-Commerce, e-Commerce integration guide* (SHA-IN, SHA-OUT, transaction feedback, status list), read
//! November 2026; <https://docs.direct.worldline-solutions.com/en/migrate/migrate-to-direct/identify-legacy-integration-method>.
//! Signed: `NAME=value` and the passphrase for each non-empty parameter of the official list, in the order of the upper-case
//! names; `0` is not empty. The test environment has the same format under another address and, by rule, other passphrases.

use std::collections::BTreeMap;

use sha1::{Digest, Sha1};
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq;

use super::amount::minor_units;
use super::fields::{Fields, from_hex, to_hex};
use super::setting::{Setting, SettingKind, anything, endpoint, service_url};
use super::{
    Channel, Endpoint, Form, Gateway, GatewayError, Happened, Message, Mode, Named, Naming,
    Obstacle, Offer, Payable, Settings, Verdict, Widget,
};
use crate::domain::money::{Currency, Money};

/// The interface.
pub(super) struct Ogone;

impl Gateway for Ogone {
    fn name(&self) -> &'static str {
        NAME
    }

    fn obstacle(&self, offer: &Offer<'_>) -> Option<Obstacle> {
        if offer.amount.is_zero() {
            Some(Obstacle::NothingDue)
        } else if hundredths(offer.amount).is_none() {
            Some(Obstacle::Currency)
        } else {
            (!self.missing(offer.settings).is_empty()).then_some(Obstacle::NotConfigured)
        }
    }

    fn widget(&self, payable: &Payable<'_>, settings: &Settings) -> Result<Widget, GatewayError> {
        let account = Account::of(settings)?;
        let attempt = payable
            .attempt
            .ok_or(GatewayError::Malformed { field: "ORDERID" })?;
        let currency = payable.amount.currency().code();
        let id: String =
            url::form_urlencoded::byte_serialize(payable.transaction.as_ref().as_bytes()).collect();
        let back = |script| format!("{}?transid={id}", payable.script(NAME, script));
        let customer = payable.customer;
        let said = |text: &str, length| account.said(text, length);
        let name = format!("{} {}", customer.firstname, customer.lastname);
        let language = if payable.lang == "fr" {
            "fr_FR"
        } else {
            "en_US"
        };
        let fields = [
            ("ACCEPTURL", back("accept")),
            (
                "AMOUNT",
                hundredths(payable.amount).ok_or(GatewayError::CurrencyNotTaken {
                    name: NAME,
                    currency,
                })?,
            ),
            ("CANCELURL", back("cancel")),
            ("CN", said(name.trim(), 35)),
            ("CURRENCY", currency.to_owned()),
            ("DECLINEURL", back("decline")),
            ("EMAIL", said(&customer.email, 50)),
            ("EXCEPTIONURL", back("exception")),
            ("LANGUAGE", language.to_owned()),
            ("OPERATION", account.operation.to_owned()),
            ("ORDERID", attempt.reference.clone()),
            ("OWNERADDRESS", said(&customer.address, 35)),
            ("OWNERCTY", said(&customer.country, 2)),
            ("OWNERTOWN", said(&customer.city, 40)),
            ("OWNERZIP", said(&customer.zip, 10)),
            ("PSPID", account.psid.to_owned()),
        ];
        let mut fields: Vec<_> = fields
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect();
        let signed = fields.iter().map(|(name, value)| (*name, value.as_bytes()));
        fields.push((
            "SHASIGN",
            to_hex(&account.digest(signed, &account.secret_in)).to_ascii_uppercase(),
        ));
        Ok(Widget {
            instructions: None,
            forms: vec![Form {
                action: account.url,
                method: "post",
                fields: fields
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect(),
                submit: "ogone_pay",
            }],
        })
    }

    fn read(&self, message: &Message<'_>, settings: &Settings) -> Result<Verdict, GatewayError> {
        if !matches!(message.channel, Channel::Notification | Channel::Return) {
            return Err(GatewayError::NotExpected { name: NAME });
        }
        let account = Account::of(settings)?;
        let answer = Answer::of(&Fields::of(message)?)?;
        let signature = answer
            .bytes("SHASIGN")
            .ok_or(GatewayError::Malformed { field: "SHASIGN" })?;
        if !account.believes(&answer, signature) {
            return Err(GatewayError::NotAuthentic);
        }
        account.verdict(&answer, message.channel)
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        const fn back(script: &'static str) -> Endpoint {
            Endpoint {
                script,
                channel: Channel::Return,
            }
        }
        const ENDPOINTS: &[Endpoint] = &[
            back("accept"),
            back("cancel"),
            back("decline"),
            back("exception"),
            Endpoint {
                script: "ipn",
                channel: Channel::Notification,
            },
        ];
        ENDPOINTS
    }

    fn naming(&self, _settings: &Settings) -> Naming {
        Naming::Reference
    }

    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn missing(&self, settings: &Settings) -> Vec<(&'static str, &'static str)> {
        let mut missing: Vec<_> = [PSID, SECRET_IN, SECRET_OUT]
            .into_iter()
            .filter(|key| settings.text(key).is_empty())
            .map(|key| (key, "setting_missing"))
            .collect();
        let (inwards, outwards) = (settings.text(SECRET_IN), settings.text(SECRET_OUT));
        if !inwards.is_empty() && inwards == outwards {
            missing.push((SECRET_OUT, "setting_same_secrets"));
        }
        if !settings.test_mode() && outwards == PUBLISHED {
            missing.push((SECRET_OUT, "setting_demo_in_production"));
        }
        for (key, choices) in [
            (ALGORITHM, ALGORITHMS),
            (CHARSET, CHARSETS),
            (OPERATION, OPERATIONS),
            (AUTHORISED, AUTHORISED_IS),
        ] {
            if choice(settings, key, choices).is_none() {
                missing.push((key, "setting_not_offered"));
            }
        }
        if url(settings).is_none() {
            missing.push((URL, "setting_url_not_https"));
        }
        missing
    }

    fn signature_holds(&self, settings: &Settings) -> Option<bool> {
        let account = Account::of(settings).ok()?;
        let answer = Answer {
            values: BTreeMap::from([(b"NCERROR".to_vec(), b"0".to_vec())]),
        };
        let digest = account.digest(answer.signed(), &account.secret_out);
        Some(account.believes(&answer, to_hex(&digest).as_bytes()))
    }
}

/// The account as the settings have it. The passphrases are bytes of the account's charset.
struct Account<'a> {
    psid: &'a str,
    secret_in: Vec<u8>,
    secret_out: Vec<u8>,
    algorithm: &'static str,
    latin1: bool,
    operation: &'static str,
    authorised_is_paid: bool,
    test: bool,
    url: String,
}

impl<'a> Account<'a> {
    fn of(settings: &'a Settings) -> Result<Self, GatewayError> {
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
    fn digest<'b>(
        &self,
        fields: impl Iterator<Item = (&'b str, &'b [u8])>,
        secret: &[u8],
    ) -> Vec<u8> {
        let mut text = Vec::new();
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
    fn believes(&self, answer: &Answer, signature: &[u8]) -> bool {
        let digest = self.digest(answer.signed(), &self.secret_out);
        from_hex(signature).is_some_and(|signature| digest.ct_eq(&signature).into())
    }

    /// What the buyer says of himself. To the ISO-8859-1 page only what is the same in every charset: the shop's pages are
    /// UTF-8, and so is what a browser posts from them.
    fn said(&self, text: &str, length: usize) -> String {
        if self.latin1 && !text.is_ascii() {
            return String::new();
        }
        text.chars()
            .map(|letter| if letter.is_control() { ' ' } else { letter })
            .take(length)
            .collect()
    }

    /// What an authentic answer says.
    fn verdict(&self, answer: &Answer, channel: Channel) -> Result<Verdict, GatewayError> {
        let malformed = |field| GatewayError::Malformed { field };
        let currency = Currency::parse(&answer.required("CURRENCY")?.to_ascii_uppercase())
            .map_err(|_| malformed("CURRENCY"))?;
        let amount =
            major_units(answer.required("AMOUNT")?, currency).ok_or(malformed("AMOUNT"))?;
        let (happened, proof) = self.happened(answer.required("STATUS")?);
        let number = answer.required("PAYID")?;
        // The test environment's own authorisation code.
        let test = self.test
            || answer
                .required("ACCEPTANCE")
                .is_ok_and(|code| code.starts_with("test"));
        Ok(Verdict {
            order: Named::Attempt {
                reference: answer.required("ORDERID")?.to_owned(),
                number: None,
            },
            revision: None,
            // Both environments count from their own beginnings.
            reference: if test {
                format!("test-{number}")
            } else {
                number.to_owned()
            },
            happened,
            amount: Some(amount),
            // The answer does not name the account; its passphrase does.
            merchant: None,
            mode: if test { Mode::Test } else { Mode::Live },
            proof: match channel {
                Channel::Return if happened == Happened::Paid => "signed return of the browser",
                _ => proof,
            },
        })
    }

    /// `STATUS`. Of two digits the second tells: 1 waiting, 2 uncertain, 3 refused.
    fn happened(&self, status: &str) -> (Happened, &'static str) {
        match status {
            "9" => (Happened::Paid, "signed STATUS 9, payment requested"),
            "95" => (Happened::Paid, "signed STATUS 95, handled by the seller"),
            "5" if self.authorised_is_paid => {
                (Happened::Paid, "signed STATUS 5, captured by itself")
            }
            "5" => (Happened::Announced, "signed STATUS 5, authorised"),
            "4" | "40" | "41" | "46" | "50" | "51" | "52" | "55" | "56" | "59" | "91" | "92"
            | "99" => (Happened::Announced, "signed STATUS, not yet certain"),
            "0" => (Happened::Failed, "signed STATUS 0, invalid or incomplete"),
            "1" => (
                Happened::Cancelled,
                "signed STATUS 1, cancelled by the buyer",
            ),
            "2" | "57" | "93" => (Happened::Refused, "signed STATUS, refused"),
            "6" | "64" | "7" | "74" | "75" => {
                (Happened::Withdrawn, "signed STATUS, cancelled or deleted")
            }
            "8" | "84" | "85" => (Happened::Refunded, "signed STATUS 8, refund"),
            // Cancellations, deletions and refunds under way, uncertain or refused; 94; numbers that are new.
            _ => (Happened::Unclear, "the status needs a human"),
        }
    }
}

/// An answer's parameters by upper-case name.
struct Answer {
    values: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Answer {
    /// # Errors
    /// [`GatewayError::Malformed`] for two names that differ in case alone.
    fn of(fields: &Fields) -> Result<Self, GatewayError> {
        let mut values = BTreeMap::new();
        for (name, value) in fields.iter() {
            if values
                .insert(name.to_ascii_uppercase(), value.to_vec())
                .is_some()
            {
                return Err(GatewayError::Malformed { field: "form" });
            }
        }
        Ok(Self { values })
    }

    /// Those that the digest is over, in its order.
    fn signed(&self) -> impl Iterator<Item = (&str, &[u8])> {
        SHA_OUT
            .iter()
            .filter_map(|name| Some((*name, self.bytes(name)?)))
    }

    fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.values.get(name.as_bytes()).map(Vec::as_slice)
    }

    fn required(&self, field: &'static str) -> Result<&str, GatewayError> {
        self.bytes(field)
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .filter(|text| !text.is_empty())
            .ok_or(GatewayError::Malformed { field })
    }
}

/// The amount times 100, as requests have it in every currency; `None` where that would lose decimals.
fn hundredths(amount: Money) -> Option<String> {
    let minor = minor_units(amount)?;
    match amount.currency().exponent() {
        2 => Some(minor),
        0 => Some(minor + "00"),
        _ => None,
    }
}

/// Reads major units as answers have them: digits, and a point with decimals where there are any.
fn major_units(text: &str, currency: Currency) -> Option<Money> {
    let (units, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    (digits(units) && digits(decimals))
        .then(|| Money::parse(text, currency).ok())
        .flatten()
}

fn latin1_bytes(text: &str) -> Option<Vec<u8>> {
    text.chars()
        .map(|letter| u8::try_from(u32::from(letter)).ok())
        .collect()
}

/// The one of `choices` that is set; the first when nothing is.
fn choice(settings: &Settings, key: &str, choices: &[&'static str]) -> Option<&'static str> {
    match settings.text(key) {
        "" => choices.first().copied(),
        word => choices.iter().copied().find(|choice| *choice == word),
    }
}

fn url(settings: &Settings) -> Option<String> {
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

fn psid(value: &str) -> Result<(), &'static str> {
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

fn passphrase(value: &str) -> Result<(), &'static str> {
    if value.chars().count() < 16 {
        Err("setting_key_too_short")
    } else {
        Ok(())
    }
}

const NAME: &str = "ogone";
const PSID: &str = "ogone_psid";
const SECRET_IN: &str = "ogone_secret_in";
const SECRET_OUT: &str = "ogone_secret_out";
const ALGORITHM: &str = "ogone_algorithm";
const CHARSET: &str = "ogone_charset";
const OPERATION: &str = "ogone_operation";
const AUTHORISED: &str = "ogone_authorised_is";
const URL: &str = "ogone_service_url";

const ALGORITHMS: &[&str] = &["sha512", "sha256", "sha1"];
const CHARSETS: &[&str] = &["utf-8", "iso-8859-1"];
const OPERATIONS: &[&str] = &["SAL", "RES"];
const AUTHORISED_IS: &[&str] = &["pending", "paid"];

/// The passphrase of the published examples.
const PUBLISHED: &str = "Mysecretsig1875!?";

const SETTINGS: &[Setting] = &[
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

/// The parameters that SHA-OUT is over, in its order.
const SHA_OUT: &[&str] = &[
    "AAVADDRESS",
    "AAVCHECK",
    "AAVMAIL",
    "AAVNAME",
    "AAVPHONE",
    "AAVZIP",
    "ACCEPTANCE",
    "ALIAS",
    "AMOUNT",
    "BIC",
    "BIN",
    "BRAND",
    "CARDNO",
    "CCCTY",
    "CN",
    "COLLECTOR_BIC",
    "COLLECTOR_IBAN",
    "COMPLUS",
    "CREATION_STATUS",
    "CREDITDEBIT",
    "CURRENCY",
    "CVCCHECK",
    "DCC_COMMPERCENTAGE",
    "DCC_CONVAMOUNT",
    "DCC_CONVCCY",
    "DCC_EXCHRATE",
    "DCC_EXCHRATESOURCE",
    "DCC_EXCHRATETS",
    "DCC_INDICATOR",
    "DCC_MARGINPERCENTAGE",
    "DCC_VALIDHOURS",
    "DEVICEID",
    "DIGESTCARDNO",
    "ECI",
    "ED",
    "EMAIL",
    "ENCCARDNO",
    "FXAMOUNT",
    "FXCURRENCY",
    "IP",
    "IPCTY",
    "MANDATEID",
    "MOBILEMODE",
    "NBREMAILUSAGE",
    "NBRIPUSAGE",
    "NBRIPUSAGE_ALLTX",
    "NBRUSAGE",
    "NCERROR",
    "ORDERID",
    "PAYID",
    "PAYIDSUB",
    "PAYMENT_REFERENCE",
    "PM",
    "SCORING",
    "SCO_CATEGORY",
    "SEQUENCETYPE",
    "SIGNDATE",
    "STATUS",
    "SUBBRAND",
    "SUBSCRIPTION_ID",
    "TICKET",
    "TRXDATE",
    "VC",
];

#[cfg(test)]
mod tests;
