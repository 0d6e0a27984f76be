//! Mercanet (BNP Paribas), Sherlock's (LCL) and their sisters Sogenactif and Scellius (old contracts): Worldline Sips 2.0,
//! Paypage by POST. The buyer's browser posts a sealed form; the platform posts the sealed result to `<name>_ipn.php`, and the
//! browser comes back with the same by POST.
//!
//! Documents: *Sips Paypage POST*, interface HP_2.x, and its data dictionary
//! (<https://documentation.mercanet.bnpparibas.net/fr/paypage-post.html>), read November 2026. Sealed: the string `Data` as it
//! travels, encoded or not. The simulation host stores nothing and decides by the card's last digits; the test host is the
//! production's twin with shops of its own.
//!
//! Worldline has ended Sips sold under its own name (31 December 2025); for the banks' brands no end date is published.

use std::collections::BTreeMap;

use super::amount::{currency_number, currency_of_number, from_minor_units, minor_units};
use super::fields::{Fields, to_hex, without};
use super::setting::{Setting, endpoint};
use super::{
    Channel, Endpoint, Form, Gateway, GatewayError, Happened, Message, Mode, Named, Naming,
    Obstacle, Offer, Payable, Settings, Verdict, Widget,
};

mod account;
mod brand;

use account::*;
use brand::{Keys, Platform};
pub(super) use brand::{MERCANET, SHERLOCKS};

/// One of the brands that have an interface of their own.
pub(super) struct Sips {
    name: &'static str,
    keys: Keys,
    platforms: &'static [Platform],
    endpoints: &'static [Endpoint],
    settings: &'static [Setting],
    submit: &'static str,
}

impl Gateway for Sips {
    fn name(&self) -> &'static str {
        self.name
    }

    fn obstacle(&self, offer: &Offer<'_>) -> Option<Obstacle> {
        if offer.amount.is_zero() {
            Some(Obstacle::NothingDue)
        } else if currency_number(offer.amount.currency()).is_none() {
            Some(Obstacle::Currency)
        } else {
            (!self.missing(offer.settings).is_empty()).then_some(Obstacle::NotConfigured)
        }
    }

    fn widget(&self, payable: &Payable<'_>, settings: &Settings) -> Result<Widget, GatewayError> {
        let account = Account::of(self, settings)?;
        let attempt = payable.attempt.ok_or(GatewayError::Malformed {
            field: "transactionReference",
        })?;
        let currency = payable.amount.currency();
        let uncharged = || GatewayError::CurrencyNotTaken {
            name: self.name,
            currency: currency.code(),
        };
        let id: String =
            url::form_urlencoded::byte_serialize(payable.transaction.as_ref().as_bytes()).collect();
        let mut fields = vec![
            ("amount", minor_units(payable.amount).ok_or_else(uncharged)?),
            (
                "currencyCode",
                currency_number(currency).ok_or_else(uncharged)?.to_owned(),
            ),
            ("merchantId", account.merchant.to_owned()),
            ("keyVersion", account.key_version.to_owned()),
            (
                "normalReturnUrl",
                format!("{}?transid={id}", payable.script(self.name, "process")),
            ),
            (
                "automaticResponseUrl",
                payable.script(self.name, self.notification()),
            ),
            ("orderId", attempt.reference.clone()),
            ("orderChannel", "INTERNET".to_owned()),
            ("captureMode", account.capture.to_owned()),
            ("customerLanguage", payable.lang.to_owned()),
            ("customerContact.email", said(&payable.customer.email, 128)),
            (
                "customerContact.firstname",
                said(&payable.customer.firstname, 50),
            ),
            (
                "customerContact.lastname",
                said(&payable.customer.lastname, 50),
            ),
            ("returnContext", attempt.reference.clone()),
        ];
        match account.ids {
            Ids::Reference => fields.push(("transactionReference", attempt.reference.clone())),
            Ids::S10 => fields.push((
                "s10TransactionReference.s10TransactionId",
                attempt.number.to_string(),
            )),
            Ids::Server => {}
        }
        let pairs: Vec<String> = fields
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let data = account.encoding.encode(&pairs.join("|"));
        let mut fields = vec![
            ("InterfaceVersion".to_owned(), "HP_2.39".to_owned()),
            (
                "SealAlgorithm".to_owned(),
                account.algorithm.as_str().to_owned(),
            ),
            ("Seal".to_owned(), to_hex(&account.seal(data.as_bytes()))),
        ];
        if account.encoding != Encoding::None {
            fields.push(("Encode".to_owned(), account.encoding.as_str().to_owned()));
        }
        fields.push(("Data".to_owned(), data));
        Ok(Widget {
            instructions: None,
            forms: vec![Form {
                action: account.url,
                method: "post",
                fields,
                submit: self.submit,
            }],
            ..Widget::default()
        })
    }

    fn read(&self, message: &Message<'_>, settings: &Settings) -> Result<Verdict, GatewayError> {
        if !matches!(message.channel, Channel::Notification | Channel::Return) {
            return Err(GatewayError::NotExpected { name: self.name });
        }
        let account = Account::of(self, settings)?;
        let fields = Fields::parse(message.body)?;
        let missing = |field| GatewayError::Malformed { field };
        let data = fields.bytes("Data").ok_or(missing("Data"))?;
        let seal = fields.bytes("Seal").ok_or(missing("Seal"))?;
        if !account.believes(data, seal) {
            return Err(GatewayError::NotAuthentic);
        }
        // Its own field says how the sealed string is to be read; read wrongly it makes no sense, so it need not be believed.
        let encoding = Encoding::parse(fields.text("Encode")?).ok_or(missing("Encode"))?;
        let text = encoding.decode(data).ok_or(missing("Data"))?;
        account.verdict(&Answer::parse(&text)?, message.channel)
    }

    fn merchant(&self, settings: &Settings) -> Option<String> {
        Some(settings.text(self.keys.merchant).to_owned())
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        self.endpoints
    }

    fn naming(&self, settings: &Settings) -> Naming {
        match Ids::of(settings.text(self.keys.ids)) {
            Some(Ids::S10) => Naming::Numbered {
                counter: format!("{}:{}", self.name, settings.text(self.keys.merchant)),
            },
            _ => Naming::Reference,
        }
    }

    fn settings(&self) -> &'static [Setting] {
        self.settings
    }

    fn missing(&self, settings: &Settings) -> Vec<(&'static str, &'static str)> {
        let keys = &self.keys;
        let mut missing: Vec<_> = [keys.merchant, keys.secret, keys.version]
            .into_iter()
            .filter(|key| settings.text(key).is_empty())
            .map(|key| (key, "setting_missing"))
            .collect();
        let (merchant, secret) = (settings.text(keys.merchant), settings.secret(keys.secret));
        if !settings.test_mode() {
            if DEMO_SHOPS.contains(&merchant) {
                missing.push((keys.merchant, "setting_demo_in_production"));
            }
            if secret.expose().ends_with(b"_KEY1") {
                missing.push((keys.secret, "setting_demo_in_production"));
            }
        }
        for (key, offered) in [
            (
                keys.algorithm,
                Algorithm::of(settings.text(keys.algorithm)).is_some(),
            ),
            (
                keys.encoding,
                Encoding::parse(settings.text(keys.encoding)).is_some(),
            ),
            (keys.ids, Ids::of(settings.text(keys.ids)).is_some()),
            (keys.capture, capture(settings.text(keys.capture)).is_some()),
            (keys.platform, self.platform(settings).is_some()),
        ] {
            if !offered {
                missing.push((key, "setting_not_offered"));
            }
        }
        if self.platform(settings).is_some() && self.url(settings).is_none() {
            missing.push((keys.url, "setting_url_not_https"));
        }
        missing
    }

    fn signature_holds(&self, settings: &Settings) -> Option<bool> {
        let account = Account::of(self, settings).ok()?;
        let data = "amount=1050|currencyCode=978".as_bytes();
        Some(account.believes(data, to_hex(&account.seal(data)).as_bytes()))
    }
}

impl Sips {
    fn notification(&self) -> &'static str {
        self.endpoints
            .iter()
            .find(|endpoint| endpoint.channel == Channel::Notification)
            .map_or("ipn", |endpoint| endpoint.script)
    }

    fn platform(&self, settings: &Settings) -> Option<&'static Platform> {
        let word = settings.text(self.keys.platform);
        self.platforms
            .iter()
            .find(|platform| platform.name == word || word.is_empty() && platform.name == self.name)
    }

    fn url(&self, settings: &Settings) -> Option<String> {
        let platform = self.platform(settings)?;
        let host = if settings.test_mode() {
            platform.test
        } else {
            platform.production
        };
        endpoint(
            settings,
            self.keys.url,
            &format!("https://{host}/paymentInit"),
        )
    }
}

impl Account<'_> {
    /// What an authentic answer says.
    fn verdict(&self, answer: &Answer<'_>, channel: Channel) -> Result<Verdict, GatewayError> {
        if answer.required("keyVersion")? != self.key_version {
            return Err(GatewayError::NotAuthentic);
        }
        let merchant = answer.required("merchantId")?;
        let currency = currency_of_number(answer.required("currencyCode")?).ok_or(
            GatewayError::Malformed {
                field: "currencyCode",
            },
        )?;
        let amount = from_minor_units(answer.required("amount")?, currency)
            .ok_or(GatewayError::Malformed { field: "amount" })?;
        let s10 = || -> Result<(String, &str), GatewayError> {
            let id = answer.required("s10TransactionId")?;
            let day = answer.required("s10TransactionIdDate")?;
            Ok((format!("{merchant}-{day}-{id}"), id))
        };
        let by_order = |number| -> Result<Named, GatewayError> {
            Ok(Named::Attempt {
                reference: answer.required("orderId")?.to_owned(),
                number,
            })
        };
        let (order, reference) = match self.ids {
            Ids::Reference => {
                let name = answer.required("transactionReference")?;
                let order = Named::Attempt {
                    reference: name.to_owned(),
                    number: None,
                };
                (order, format!("{merchant}-{name}"))
            }
            Ids::S10 => {
                let (reference, id) = s10()?;
                (by_order(Some(id.parse().unwrap_or(0)))?, reference)
            }
            Ids::Server => match answer.field("transactionReference") {
                Some(name) => (by_order(None)?, format!("{merchant}-{name}")),
                None => (by_order(None)?, s10()?.0),
            },
        };
        let validation = answer.field("captureMode") == Some("VALIDATION");
        let (happened, proof) = happened(answer.required("responseCode")?, validation);
        Ok(Verdict {
            order,
            revision: None,
            reference,
            movement: None,
            happened,
            attention: None,
            amount: Some(amount),
            merchant: Some(merchant.to_owned()),
            mode: match answer.field("transactionPlatform") {
                Some("PROD") => Mode::Live,
                Some(_) => Mode::Test,
                // Test shops have keys of their own, so the key has told.
                None if self.test => Mode::Test,
                None => Mode::Live,
            },
            proof: match channel {
                Channel::Return if happened == Happened::Paid => "sealed return of the browser",
                _ => proof,
            },
        })
    }
}

/// `responseCode`.
fn happened(code: &str, validation: bool) -> (Happened, &'static str) {
    match code {
        "00" if validation => (
            Happened::Announced,
            "authorised, to be validated by the seller",
        ),
        "00" => (Happened::Paid, "sealed response 00"),
        "60" => (Happened::Announced, "sealed response 60, pending"),
        "17" => (
            Happened::Cancelled,
            "sealed response 17, cancelled by the buyer",
        ),
        "97" => (Happened::Cancelled, "sealed response 97, session expired"),
        "02" | "05" | "11" | "14" | "51" | "54" | "63" | "75" => {
            (Happened::Refused, "sealed response, refused")
        }
        "03" | "12" | "24" | "25" | "30" | "34" | "40" | "90" | "94" | "99" => (
            Happened::Failed,
            "sealed response, an error of the request or the platform",
        ),
        _ => (Happened::Unclear, "the response code needs a human"),
    }
}

/// `name=value` pairs with vertical bars between them.
struct Answer<'a> {
    fields: BTreeMap<&'a str, &'a str>,
}

impl<'a> Answer<'a> {
    fn parse(text: &'a str) -> Result<Self, GatewayError> {
        let mut fields = BTreeMap::new();
        for pair in text.split('|').filter(|pair| !pair.is_empty()) {
            let malformed = GatewayError::Malformed { field: "Data" };
            let Some((name, value)) = pair.split_once('=') else {
                return Err(malformed);
            };
            if fields.insert(name, value).is_some() {
                return Err(malformed);
            }
        }
        Ok(Self { fields })
    }

    /// A field that came; `null` is the platform's word for one that did not.
    fn field(&self, name: &str) -> Option<&'a str> {
        let value = self.fields.get(name).copied()?;
        (!value.is_empty() && value != "null").then_some(value)
    }

    fn required(&self, name: &'static str) -> Result<&'a str, GatewayError> {
        self.field(name)
            .ok_or(GatewayError::Malformed { field: name })
    }
}

/// What the buyer says of himself. A vertical bar of his would begin another field, and the request is sealed with the key of
/// the answers.
fn said(text: &str, length: usize) -> String {
    without('|', text, length)
}

#[cfg(test)]
mod tests;
