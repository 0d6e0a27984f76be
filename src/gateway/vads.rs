//! SystemPay and its sisters on Lyra's platform: PayZen, Sogecommerce, Scellius, OSB, Clic&Pay. The buyer's browser posts a
//! form of `vads_` fields to the pay page; the platform posts the result to `systempay_ipn.php` and sends the browser back.
//!
//! Documents: *Guide d'implémentation API Formulaire* (Hosted Payment Page, version V2), signature and notification chapters,
//! and <https://paiement.systempay.fr/doc/en-EN/back-office/notification-rules/automatic-retry-in-case-of-failure.html>, read
//! November 2026. Signed: the values of all fields that begin with `vads_`, empty ones included, in the byte order of their
//! names, joined with `+`, and the key. The test mode differs by its key and by `vads_ctx_mode` alone: same address, same format.

use super::amount::{currency_number, currency_of_number, from_minor_units, minor_units};
use super::fields::{Fields, without};
use super::setting::Setting;
use super::{
    Channel, Endpoint, Form, Gateway, GatewayError, Happened, Message, Mode, Named, Naming,
    Obstacle, Offer, Payable, Settings, Verdict, Widget,
};

mod account;

use account::*;

/// The interface; its brands are a setting.
pub(super) struct SystemPay;

impl Gateway for SystemPay {
    fn name(&self) -> &'static str {
        NAME
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
        let account = Account::of(settings)?;
        let attempt = payable.attempt.ok_or(GatewayError::Malformed {
            field: "vads_trans_id",
        })?;
        let currency = payable.amount.currency();
        let uncharged = || GatewayError::CurrencyNotTaken {
            name: NAME,
            currency: currency.code(),
        };
        let back = format!(
            "{}?transid={}",
            payable.script(NAME, "process"),
            url::form_urlencoded::byte_serialize(payable.transaction.as_ref().as_bytes())
                .collect::<String>()
        );
        let customer = payable.customer;
        let fields = [
            ("vads_action_mode", "INTERACTIVE".to_owned()),
            (
                "vads_amount",
                minor_units(payable.amount).ok_or_else(uncharged)?,
            ),
            ("vads_contrib", format!("shopengine_{}", crate::VERSION)),
            ("vads_ctx_mode", account.mode().to_owned()),
            (
                "vads_currency",
                currency_number(currency).ok_or_else(uncharged)?.to_owned(),
            ),
            ("vads_cust_country", said(&customer.country, 2)),
            ("vads_cust_email", said(&customer.email, 150)),
            ("vads_cust_first_name", said(&customer.firstname, 63)),
            ("vads_cust_last_name", said(&customer.lastname, 63)),
            ("vads_language", payable.lang.to_owned()),
            ("vads_order_id", attempt.reference.clone()),
            ("vads_page_action", "PAYMENT".to_owned()),
            ("vads_payment_config", "SINGLE".to_owned()),
            ("vads_return_mode", "GET".to_owned()),
            ("vads_site_id", account.site.to_owned()),
            ("vads_trans_date", attempt.utc()),
            ("vads_trans_id", attempt.six_digits()),
            ("vads_url_cancel", back.clone()),
            ("vads_url_check", payable.script(NAME, "systempay_ipn")),
            ("vads_url_return", back),
            ("vads_version", "V2".to_owned()),
        ];
        let values: Vec<&[u8]> = fields.iter().map(|(_, value)| value.as_bytes()).collect();
        let signature = account.sign(&values);
        let mut fields: Vec<(String, String)> = fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        fields.push(("signature".to_owned(), signature));
        Ok(Widget {
            instructions: None,
            forms: vec![Form {
                action: account.url,
                method: "post",
                fields,
                submit: "systempay_pay",
            }],
            ..Widget::default()
        })
    }

    fn read(&self, message: &Message<'_>, settings: &Settings) -> Result<Verdict, GatewayError> {
        if !matches!(message.channel, Channel::Notification | Channel::Return) {
            return Err(GatewayError::NotExpected { name: NAME });
        }
        let account = Account::of(settings)?;
        let fields = Fields::of(message)?;
        let signature = fields
            .bytes("signature")
            .ok_or(GatewayError::Malformed { field: "signature" })?;
        let values: Vec<&[u8]> = fields
            .iter()
            .filter(|(name, _)| name.starts_with(b"vads_"))
            .map(|(_, value)| value)
            .collect();
        if !account.believes(&values, signature) {
            return Err(GatewayError::NotAuthentic);
        }
        verdict(&fields, message.channel)
    }

    fn merchant(&self, settings: &Settings) -> Option<String> {
        Some(settings.text(SITE).to_owned())
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        &[
            Endpoint {
                script: "process",
                channel: Channel::Return,
            },
            Endpoint {
                script: "systempay_ipn",
                channel: Channel::Notification,
            },
        ]
    }

    fn naming(&self, settings: &Settings) -> Naming {
        Naming::Numbered {
            counter: format!("{NAME}:{}", settings.text(SITE)),
        }
    }

    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn missing(&self, settings: &Settings) -> Vec<(&'static str, &'static str)> {
        let certificate = certificate_key(settings);
        let mut missing: Vec<_> = [SITE, certificate]
            .into_iter()
            .filter(|key| settings.text(key).is_empty())
            .map(|key| (key, "setting_missing"))
            .collect();
        if !settings.test_mode() && settings.text(certificate) == PUBLISHED {
            missing.push((certificate, "setting_demo_in_production"));
        }
        if Algorithm::of(settings).is_none() {
            missing.push((ALGORITHM, "setting_not_offered"));
        }
        if platform(settings).is_none() {
            missing.push((PLATFORM, "setting_not_offered"));
        } else if url(settings).is_none() {
            missing.push((URL, "setting_url_not_https"));
        }
        missing
    }

    fn signature_holds(&self, settings: &Settings) -> Option<bool> {
        let account = Account::of(settings).ok()?;
        let values: [&[u8]; 2] = [b"1524", "Mihaï".as_bytes()];
        Some(account.believes(&values, account.sign(&values).as_bytes()))
    }
}

/// What an authentic message says.
fn verdict(fields: &Fields, channel: Channel) -> Result<Verdict, GatewayError> {
    let reference = fields.required("vads_order_id")?.to_owned();
    let number = fields.required("vads_trans_id")?;
    let site = fields.required("vads_site_id")?;
    let date = fields.required("vads_trans_date")?;
    let day = date.get(..8).ok_or(GatewayError::Malformed {
        field: "vads_trans_date",
    })?;
    let mode = match fields.required("vads_ctx_mode")? {
        "TEST" => Mode::Test,
        "PRODUCTION" => Mode::Live,
        _ => {
            return Err(GatewayError::Malformed {
                field: "vads_ctx_mode",
            });
        }
    };
    let malformed = || GatewayError::Malformed {
        field: "vads_amount",
    };
    let currency =
        currency_of_number(fields.required("vads_currency")?).ok_or(GatewayError::Malformed {
            field: "vads_currency",
        })?;
    let asked =
        from_minor_units(fields.required("vads_amount")?, currency).ok_or_else(malformed)?;
    // What was really taken, where the platform says it and in the same currency.
    let same = matches!(fields.text("vads_effective_currency")?, "")
        || fields.text("vads_effective_currency")? == fields.text("vads_currency")?;
    let amount = match fields.text("vads_effective_amount")? {
        taken if same && !taken.is_empty() => {
            from_minor_units(taken, currency).ok_or_else(malformed)?
        }
        _ => asked,
    };
    let (happened, proof) = happened(
        fields.required("vads_trans_status")?,
        fields.required("vads_operation_type")?,
    );
    Ok(Verdict {
        order: Named::Attempt {
            reference,
            // Letters are not ours: no number of ours is 0.
            number: Some(number.parse().unwrap_or(0)),
        },
        revision: None,
        // The plugin's form of a SystemPay id.
        reference: format!("{site}-{day}-{number}"),
        // A credit is a transaction of its own; its payment is the order's.
        movement: match (happened, fields.text("vads_trans_uuid")?) {
            (Happened::Refunded, uuid) if !uuid.is_empty() => Some(uuid.to_owned()),
            _ => None,
        },
        happened,
        attention: None,
        amount: Some(amount),
        merchant: Some(site.to_owned()),
        mode,
        proof: match channel {
            Channel::Return if happened == Happened::Paid => "signed return of the browser",
            _ => proof,
        },
    })
}

/// `vads_trans_status`, of a debit, a credit or a verification.
fn happened(status: &str, operation: &str) -> (Happened, &'static str) {
    match (operation, status) {
        ("DEBIT", "AUTHORISED") => (Happened::Paid, "signed notification AUTHORISED"),
        ("DEBIT", "CAPTURED") => (Happened::Paid, "signed notification CAPTURED"),
        (
            "DEBIT",
            "AUTHORISED_TO_VALIDATE"
            | "INITIAL"
            | "SUSPENDED"
            | "UNDER_VERIFICATION"
            | "WAITING_AUTHORISATION"
            | "WAITING_AUTHORISATION_TO_VALIDATE"
            | "WAITING_FOR_PAYMENT",
        ) => (
            Happened::Announced,
            "authorised or expected, not yet certain",
        ),
        ("DEBIT", "REFUSED") => (Happened::Refused, "signed notification REFUSED"),
        ("DEBIT", "ABANDONED") => (Happened::Cancelled, "signed notification ABANDONED"),
        ("DEBIT", "CANCELLED") => (Happened::Withdrawn, "signed notification CANCELLED"),
        ("DEBIT", "EXPIRED") => (Happened::Withdrawn, "signed notification EXPIRED"),
        ("DEBIT", "NOT_CREATED") => (Happened::Failed, "signed notification NOT_CREATED"),
        ("CREDIT", "ACCEPTED" | "AUTHORISED" | "CAPTURED") => {
            (Happened::Refunded, "signed notification of a credit")
        }
        // A capture that failed after delivery, a credit that failed, a verification (ACCEPTED), a word that is new.
        _ => (Happened::Unclear, "the status needs a human"),
    }
}

/// What the buyer says of himself: at most so many characters, on one line. The signature covers values joined with `+`, not
/// names: with a `+` of his own, or with more such values, a buyer could have a request signed that reads as an answer.
fn said(text: &str, length: usize) -> String {
    without('+', text, length)
}

#[cfg(test)]
mod tests;
