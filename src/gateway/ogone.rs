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

use super::amount::minor_units;
use super::fields::{Fields, to_hex};
use super::setting::Setting;
use super::{
    Channel, Endpoint, Form, Gateway, GatewayError, Happened, Message, Mode, Named, Naming,
    Obstacle, Offer, Payable, Settings, Verdict, Widget,
};
use crate::domain::money::{Currency, Money};
use crate::domain::multilang::is_french;

mod account;

use account::*;

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
        let language = if is_french(payable.lang) {
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
            ..Widget::default()
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

impl Account<'_> {
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
            movement: match (happened, answer.required("PAYIDSUB")) {
                (Happened::Refunded, Ok(part)) => Some(format!("{number}-{part}")),
                _ => None,
            },
            happened,
            attention: None,
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
        self.values.iter().filter_map(|(name, value)| {
            let listed = SHA_OUT.binary_search_by(|known| known.as_bytes().cmp(name));
            Some((*SHA_OUT.get(listed.ok()?)?, value.as_slice()))
        })
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
