//! PayPal Payments Standard (paymode `paypal`): a form posts the buyer to PayPal, PayPal posts Instant Payment Notifications.
//!
//! Documents: "HTML Variables for PayPal Payments Standard", "Instant Payment Notification" (developer.paypal.com/api/nvp-soap,
//! read 2026-11) and "Encrypted Website Payments". Nothing of a notification is signed: it is posted back to PayPal, byte for
//! byte behind `cmd=_notify-validate&`, and counts when PayPal answers `VERIFIED`. The sandbox has addresses and accounts of
//! its own and marks its messages with `test_ipn=1`.
//!
//! - `form`: what is sent with the buyer, and amounts that always add up.
//! - `sealed`: the same, signed and encrypted.
//! - `notification`: what a message says, in the character set it came in.
//! - `der`: as much of X.690 as certificates and sealed forms need.

mod der;
mod form;
mod notification;
mod sealed;
mod setting;

use super::setting::{endpoint, service_url};
use super::{
    Answered, Ask, Channel, Claim, Comment, Endpoint, Form, Gateway, GatewayError, Happened,
    Instructions, Message, Mode, Obstacle, Offer, Payable, Setting, Settings, Verdict, Widget,
};
use crate::clock::UnixMillis;
use crate::domain::money::Money;
use notification::Notification;
use sealed::Keys;
use setting::SETTINGS;

pub(super) struct PayPal;

impl Gateway for PayPal {
    fn name(&self) -> &'static str {
        NAME
    }

    fn obstacle(&self, offer: &Offer<'_>) -> Option<Obstacle> {
        let settings = offer.settings;
        if offer.amount.is_zero() {
            Some(Obstacle::NothingDue)
        } else if !self.missing(settings).is_empty() {
            Some(Obstacle::NotConfigured)
        } else if !form::is_payable(offer.amount, settings.text("paypal_currency")) {
            Some(Obstacle::Currency)
        } else if offer
            .country
            .is_some_and(|country| !is_served(settings.text("paypal_zone"), country))
        {
            Some(Obstacle::Country)
        } else {
            None
        }
    }

    fn widget(&self, payable: &Payable<'_>, settings: &Settings) -> Result<Widget, GatewayError> {
        let test = settings.test_mode();
        let account = account(settings, test);
        if account.is_empty() {
            return Err(missing(account_key(test)));
        }
        // PayPal tells the site by these addresses what was paid: not in the clear.
        if !test && service_url(payable.wwwroot).is_err() {
            return Err(missing("wwwroot"));
        }
        let mut fields = form::fields(payable, settings, account)?;
        let keys = Keys::of(settings).map_err(|problem| missing(problem.setting()))?;
        if let Some(keys) = keys {
            fields = keys.seal(&fields, payable.now)?;
        }
        let mut forms = vec![Form {
            action: service(settings)?,
            method: "post",
            fields,
            submit: "paypal_pay",
        }];
        if test && payable.staff {
            forms.push(payable.go_on("paypal_simulate", &[("simulate", "completed")]));
        }
        let code = if test {
            "paypal_instructions_test"
        } else {
            "paypal_instructions"
        };
        let params = [("amount", payable.amount.to_string())].into();
        Ok(Widget {
            instructions: Some(Instructions { code, params }),
            forms,
            ..Widget::default()
        })
    }

    fn read(&self, message: &Message<'_>, settings: &Settings) -> Result<Verdict, GatewayError> {
        match message.channel {
            Channel::Seller => simulated(message, settings),
            // What nobody has vouched for proves nothing.
            _ => Err(GatewayError::NotExpected { name: NAME }),
        }
    }

    fn ask(&self, message: &Message<'_>, settings: &Settings) -> Result<Option<Ask>, GatewayError> {
        match message.channel {
            Channel::Notification if message.method == "POST" => {}
            Channel::Seller => return Ok(None),
            _ => return Err(GatewayError::NotExpected { name: NAME }),
        }
        if message.body.is_empty() {
            return Err(GatewayError::Malformed { field: "txn_id" });
        }
        let test = Notification::of(message).is_test();
        if test && !settings.test_mode() {
            return Err(GatewayError::TestModeOnly);
        }
        if account(settings, test).is_empty() {
            return Err(missing(account_key(test)));
        }
        let mut body = POSTBACK.to_vec();
        body.extend_from_slice(message.body);
        Ok(Some(Ask {
            method: "POST",
            url: verification(settings, test)?,
            headers: Vec::new(),
            content_type: "application/x-www-form-urlencoded".to_owned(),
            body,
            timeout: PATIENCE,
        }))
    }

    fn resume(
        &self,
        message: &Message<'_>,
        answer: &Answered,
        settings: &Settings,
    ) -> Result<Verdict, GatewayError> {
        match (answer.status, answer.body.trim_ascii()) {
            (200, b"VERIFIED") => {
                let notification = Notification::of(message);
                notification
                    .verdict(settings)
                    .or_else(|error| notification.held(&message.key(), settings, error))
            }
            (200, b"INVALID") => Err(GatewayError::Disowned),
            _ => Err(GatewayError::Unverified),
        }
    }

    fn claim(&self, message: &Message<'_>, settings: &Settings) -> Option<Claim> {
        let asks = message.channel == Channel::Notification
            && message.method == "POST"
            && !message.body.is_empty();
        asks.then(|| Notification::of(message).claim(settings))
    }

    fn comment(
        &self,
        message: &Message<'_>,
        settings: &Settings,
        due: Option<Money>,
    ) -> Option<Comment> {
        if message.channel != Channel::Notification {
            return None;
        }
        Notification::of(message).comment(settings, due)
    }

    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn missing(&self, settings: &Settings) -> Vec<(&'static str, &'static str)> {
        let mut missing = Vec::new();
        let test = settings.test_mode();
        if account(settings, test).is_empty() {
            missing.push((account_key(test), "setting_missing"));
        }
        for (key, real) in [(SERVICE_URL, SERVICE), (VERIFY_URL, VERIFIER)] {
            if endpoint(settings, key, real).is_none() {
                missing.push((key, "setting_url_not_https"));
            }
        }
        if let Err(problem) = Keys::of(settings) {
            missing.push((problem.setting(), problem.code()));
        }
        missing
    }

    fn expired(&self, settings: &Settings, now: UnixMillis) -> Vec<(&'static str, &'static str)> {
        let keys = Keys::of(settings).ok().flatten();
        let problems = keys.iter().flat_map(|keys| keys.expired(now));
        problems
            .map(|problem| (problem.setting(), problem.code()))
            .collect()
    }

    fn merchant(&self, settings: &Settings) -> Option<String> {
        Some(account(settings, settings.test_mode()).to_lowercase())
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        &[
            Endpoint {
                script: "paypal_ipn",
                channel: Channel::Notification,
            },
            Endpoint {
                script: "process",
                channel: Channel::Back,
            },
            Endpoint {
                script: "cancel",
                channel: Channel::GivenUp,
            },
        ]
    }
}

/// The seller's account: an e-mail address, or a merchant id.
fn account(settings: &Settings, test: bool) -> &str {
    settings.text(account_key(test))
}

fn account_key(test: bool) -> &'static str {
    if test {
        "paypalsellertestname"
    } else {
        "paypalsellername"
    }
}

fn missing(setting: &'static str) -> GatewayError {
    GatewayError::NotConfigured {
        name: NAME,
        setting,
    }
}

/// Countries as a list of ISO codes; none: all.
fn is_served(zone: &str, country: &str) -> bool {
    let mut countries = zone
        .split([',', ' ', ';'])
        .filter(|code| !code.is_empty())
        .peekable();
    countries.peek().is_none() || countries.any(|code| code.eq_ignore_ascii_case(country))
}

/// Where the buyer goes.
fn service(settings: &Settings) -> Result<String, GatewayError> {
    let real = if settings.test_mode() {
        "https://www.sandbox.paypal.com/cgi-bin/webscr"
    } else {
        SERVICE
    };
    endpoint(settings, SERVICE_URL, real).ok_or_else(|| missing(SERVICE_URL))
}

/// Who vouches for messages. The sandbox is believed only by a shop in test mode, whatever a message says of itself; real
/// PayPal always: an order that was placed before the shop went into test mode is paid there.
fn verification(settings: &Settings, test: bool) -> Result<String, GatewayError> {
    let real = if test {
        "https://ipnpb.sandbox.paypal.com/cgi-bin/webscr"
    } else {
        VERIFIER
    };
    endpoint(settings, VERIFY_URL, real).ok_or_else(|| missing(VERIFY_URL))
}

/// A payment that staff pretends: of an order in test mode, while the shop is in test mode.
fn simulated(message: &Message<'_>, settings: &Settings) -> Result<Verdict, GatewayError> {
    if !settings.test_mode() {
        return Err(GatewayError::TestModeOnly);
    }
    if message.field("simulate").as_deref() != Some("completed") {
        return Err(GatewayError::NotExpected { name: NAME });
    }
    let (transaction, revision) = super::deferred::own_message(message, &[Channel::Seller], NAME)?;
    Ok(Verdict {
        reference: format!("simulated:{transaction}"),
        order: transaction.into(),
        revision,
        movement: None,
        happened: Happened::Paid,
        attention: None,
        amount: None,
        merchant: PayPal.merchant(settings),
        mode: Mode::Test,
        proof: "simulated by staff",
    })
}

const NAME: &str = "paypal";
const SERVICE: &str = "https://www.paypal.com/cgi-bin/webscr";
const VERIFIER: &str = "https://ipnpb.paypal.com/cgi-bin/webscr";
const SERVICE_URL: &str = "paypal_service_url";
const VERIFY_URL: &str = "paypal_verify_url";

/// What is put before the bytes of a message when PayPal is asked about it (IPN, "IPN protocol and architecture").
const POSTBACK: &[u8] = b"cmd=_notify-validate&";

/// Seconds. PayPal itself waits 20 for us.
const PATIENCE: u16 = 10;

#[cfg(test)]
mod tests;
