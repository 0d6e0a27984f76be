//! What an Instant Payment Notification says. Its fields are percent-encoded bytes in the character set that its field
//! `charset` names; numbers and ids are ASCII whatever that is, so an unknown one loses accents and no money.

use encoding_rs::{Encoding, WINDOWS_1252};

use super::super::{Claim, Comment, GatewayError, Happened, Message, Mode, Settings, Verdict};
use super::account;
use super::form::PROOF_SEPARATOR;
use crate::domain::money::{Currency, Money, parse_decimal};
use crate::domain::transaction_id::TransactionId;

/// A notification.
pub(super) struct Notification {
    fields: Vec<(String, String)>,
}

impl Notification {
    pub(super) fn of(message: &Message<'_>) -> Self {
        Self::parse(message.body)
    }

    fn parse(body: &[u8]) -> Self {
        let pairs: Vec<(Vec<u8>, Vec<u8>)> = body
            .split(|byte| *byte == b'&')
            .map(|pair| {
                let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
                    Some(at) => (pair.get(..at), pair.get(at + 1..)),
                    None => (Some(pair), None),
                };
                (
                    unescape(name.unwrap_or(&[])),
                    unescape(value.unwrap_or(&[])),
                )
            })
            .collect();
        let charset = pairs
            .iter()
            .rev()
            .find(|(name, _)| name == b"charset")
            .map_or(&b""[..], |(_, value)| value);
        let encoding = Encoding::for_label(charset).unwrap_or(WINDOWS_1252);
        let decode = |bytes: &[u8]| encoding.decode_without_bom_handling(bytes).0.into_owned();
        Self {
            fields: pairs
                .iter()
                .map(|(name, value)| (decode(name), decode(value)))
                .collect(),
        }
    }

    /// A field without surrounding blanks, '' when it is missing; the last one when repeated, as PHP has it.
    pub(super) fn text(&self, name: &str) -> &str {
        self.fields
            .iter()
            .rev()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value.trim())
    }

    pub(super) fn is_test(&self) -> bool {
        self.text("test_ipn") == "1"
    }

    fn mode(&self) -> Mode {
        if self.is_test() {
            Mode::Test
        } else {
            Mode::Live
        }
    }

    /// What the message proves, once PayPal has vouched for it.
    pub(super) fn verdict(&self, settings: &Settings) -> Result<Verdict, GatewayError> {
        let (happened, mut attention) = self.happened()?;
        let named = self.order(settings).ok_or(GatewayError::NoOrder)?;
        let txn = self.id("txn_id")?;
        let parent = self.text("parent_txn_id");
        let moves_back = matches!(
            happened,
            Happened::Refunded | Happened::Reversed | Happened::Restored
        );
        let (reference, movement) = if moves_back {
            let parent = if parent.is_empty() {
                txn.clone()
            } else {
                self.id("parent_txn_id")?
            };
            (parent, Some(txn))
        } else {
            (txn, None)
        };
        if happened == Happened::Paid && !named.agrees {
            attention = Some("custom_mismatch");
        }
        let amount = match self.amount()? {
            Some(amount) if moves_back && amount.is_negative() => Some(
                Money::zero(amount.currency())
                    .minus(amount)
                    .map_err(|_| gross())?,
            ),
            None if moves_back || happened == Happened::Paid => return Err(gross()),
            amount => amount,
        };
        Ok(Verdict {
            order: named.transaction.into(),
            revision: named.revision.filter(|_| happened == Happened::Paid),
            reference,
            movement,
            happened,
            attention,
            amount,
            merchant: self.merchant(settings),
            mode: self.mode(),
            proof: "PayPal vouched for the message",
        })
    }

    /// What it names, before PayPal has confirmed it.
    pub(super) fn claim(&self, settings: &Settings) -> Claim {
        Claim {
            order: self.order(settings).map(|named| named.transaction),
            account: self.names_account(settings),
        }
    }

    /// What becomes of a message that PayPal has confirmed and that cannot be read. Where money reached the seller's account, or left it, it is
    /// held: with the order that it names, or as a payment without an order. `error` for any other. `key` stands for an unreadable id.
    pub(super) fn held(
        &self,
        key: &str,
        settings: &Settings,
        error: GatewayError,
    ) -> Result<Verdict, GatewayError> {
        let (happened, _) = self.happened()?;
        let money = matches!(
            happened,
            Happened::Paid | Happened::Refunded | Happened::Reversed | Happened::Restored
        );
        if !money || !self.names_account(settings) {
            return Err(error);
        }
        let reference = self
            .id("txn_id")
            .unwrap_or_else(|_| format!("message:{}", key.chars().take(32).collect::<String>()));
        let Some(named) = self.order(settings) else {
            return Err(GatewayError::Unassigned { reference });
        };
        Ok(Verdict {
            order: named.transaction.into(),
            revision: None,
            reference,
            movement: None,
            happened: Happened::Unclear,
            attention: Some("payment_unreadable"),
            amount: None,
            merchant: self.merchant(settings),
            mode: self.mode(),
            proof: "PayPal vouched for the message, which cannot be read",
        })
    }

    /// What the order's history says: one line in the words of osCommerce's module, and where to deliver when PayPal decides that.
    pub(super) fn comment(&self, settings: &Settings, due: Option<Money>) -> Option<Comment> {
        let transaction = self.order(settings)?.transaction;
        let status = match word(self.text("payment_status")) {
            "" => word(self.text("txn_type")),
            status => status,
        };
        let tail = match normal(status).as_str() {
            "pending" => self.text("pending_reason"),
            "reversed" | "refunded" | "partiallyrefunded" | "newcase" => self.text("reason_code"),
            _ => "",
        };
        let tail = match word(tail) {
            "" => String::new(),
            reason => format!("; {reason}"),
        };
        let Some(due) = due else {
            let lines = vec![format!("PayPal IPN Invalid [{status}{tail}]")];
            return Some(Comment { transaction, lines });
        };
        let amount = self.amount().ok().flatten();
        let payer = match word(self.text("payer_status")) {
            "" => String::new(),
            payer => capitalised(payer),
        };
        let mut said: Vec<String> = vec![payer, amount.map_or(String::new(), shown)];
        said.retain(|part| !part.is_empty());
        let said = match said.join("; ") {
            said if said.is_empty() => said,
            said => format!(" ({said})"),
        };
        let differs = match amount {
            Some(amount) if normal(status) == "completed" && amount != due => format!(
                "; PayPal transaction value ({}) does not match order value ({})",
                shown(amount),
                shown(due)
            ),
            _ => String::new(),
        };
        let mut lines = vec![format!(
            "PayPal IPN Verified [{status}{said}{tail}{differs}]"
        )];
        if settings.flag("paypal_force_address") && !self.text("address_street").is_empty() {
            lines.push(self.delivery());
        }
        Some(Comment { transaction, lines })
    }

    /// `payment_status` and what it means here. The spellings of PayPal's other interfaces are understood too.
    fn happened(&self) -> Result<(Happened, Option<&'static str>), GatewayError> {
        match self.text("txn_type") {
            "new_case" => return Ok((Happened::Noted, Some("payment_disputed"))),
            // Refunds and reversals have none.
            "" | "web_accept" | "cart" | "express_checkout" | "pro_hosted" | "send_money"
            | "virtual_terminal" => {}
            _ => return Err(GatewayError::NoOrder),
        }
        Ok(match normal(self.text("payment_status")).as_str() {
            "completed" => (Happened::Paid, None),
            "pending" => (Happened::Announced, self.pending()),
            "processed" | "created" | "inprogress" => (Happened::Announced, None),
            "denied" => (Happened::Refused, None),
            "failed" | "expired" | "voided" => (Happened::Failed, None),
            "refunded" | "partiallyrefunded" => (Happened::Refunded, None),
            "reversed" => (Happened::Reversed, None),
            "canceledreversal" => (Happened::Restored, None),
            "declined" => (Happened::Noted, Some("payment_declined")),
            _ => (Happened::Noted, None),
        })
    }

    /// Does the payment wait for the seller? For the others one can only wait.
    fn pending(&self) -> Option<&'static str> {
        match normal(self.text("pending_reason")).as_str() {
            "address" | "intl" | "multicurrency" | "unilateral" | "upgrade" | "verify"
            | "authorization" | "order" => Some("payment_needs_seller"),
            _ => None,
        }
    }

    fn order(&self, settings: &Settings) -> Option<Named> {
        let invoice = self.text("invoice");
        let prefix = settings.text("paypal_invoice_prefix");
        // Forms that were shown before the prefix was set had none.
        let bare = invoice.strip_prefix(prefix).unwrap_or(invoice);
        let invoiced = TransactionId::parse(bare).ok();
        let custom = self.text("custom");
        let mut parts = custom.splitn(3, PROOF_SEPARATOR);
        let (shop, revision, own) = (parts.next(), parts.next(), parts.next());
        let own = own.and_then(|id| TransactionId::parse(id).ok());
        let revision = revision.and_then(|number| number.parse().ok());
        match (invoiced, own) {
            (Some(transaction), Some(own)) => Some(Named {
                agrees: transaction == own,
                revision,
                transaction,
            }),
            // The plugin's own form says the shop alone.
            (Some(transaction), None) => Some(Named {
                agrees: revision.is_none() && shop.is_some_and(|id| id.parse::<u32>().is_ok()),
                revision: None,
                transaction,
            }),
            (None, Some(transaction)) => Some(Named {
                agrees: invoice.is_empty(),
                revision,
                transaction,
            }),
            (None, None) => None,
        }
    }

    /// The account that was paid, as [`super::PayPal`]'s `merchant` writes it when it is the seller's by any of its names.
    fn merchant(&self, settings: &Settings) -> Option<String> {
        if self.names_account(settings) {
            // The shop may be in the other mode by now; whether the mode fits is another question.
            return Some(account(settings, settings.test_mode()).to_lowercase());
        }
        let named = self.receivers().into_iter().find(|name| !name.is_empty())?;
        Some(named.to_lowercase())
    }

    /// Is one of its receivers the seller's account, by any of its names?
    fn names_account(&self, settings: &Settings) -> bool {
        let ours = account(settings, self.is_test());
        let id = settings.text(if self.is_test() {
            "paypal_test_merchant_id"
        } else {
            "paypal_merchant_id"
        });
        self.receivers().iter().any(|name| {
            !name.is_empty() && (name.eq_ignore_ascii_case(ours) || name.eq_ignore_ascii_case(id))
        })
    }

    fn receivers(&self) -> [&str; 3] {
        ["business", "receiver_email", "receiver_id"].map(|name| self.text(name))
    }

    /// `mc_gross` in `mc_currency`; `None` when the message moves none. Other amounts are conversions and fees.
    fn amount(&self) -> Result<Option<Money>, GatewayError> {
        let text = self.text("mc_gross");
        if text.is_empty() {
            return Ok(None);
        }
        let currency =
            Currency::parse(self.text("mc_currency")).map_err(|_| GatewayError::Malformed {
                field: "mc_currency",
            })?;
        // A currency without decimals may still come with them.
        let amount = parse_decimal(text).map_err(|_| gross())?.normalize();
        Money::of(amount, currency).map(Some).map_err(|_| gross())
    }

    fn id(&self, field: &'static str) -> Result<String, GatewayError> {
        let text = self.text(field);
        let plain = (1..=40).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if plain {
            Ok(text.to_owned())
        } else {
            Err(GatewayError::Malformed { field })
        }
    }

    fn delivery(&self) -> String {
        let parts = [
            "address_name",
            "address_street",
            "address_zip",
            "address_city",
            "address_state",
            "address_country",
        ]
        .map(|name| self.text(name));
        let known: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let text: String = known
            .join(", ")
            .replace("\r\n", ", ")
            .chars()
            .filter(|letter| !letter.is_control())
            .take(300)
            .collect();
        format!(
            "PayPal delivery address : {text} ({})",
            word(self.text("address_status"))
        )
    }
}

/// The order that a message names.
struct Named {
    transaction: TransactionId,
    revision: Option<u32>,
    /// `invoice` and `custom` mean the same.
    agrees: bool,
}

fn gross() -> GatewayError {
    GatewayError::Malformed { field: "mc_gross" }
}

/// A word of PayPal's lists, or '' for anything else: it comes from the net, and goes on a page.
fn word(text: &str) -> &str {
    let plain = text.len() <= 40
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-'));
    if plain { text } else { "" }
}

/// Without case and without what joins its parts: `Canceled_Reversal` is `canceled-reversal` is `CanceledReversal`.
fn normal(text: &str) -> String {
    text.chars()
        .filter(|letter| !matches!(letter, '_' | '-' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
        .unwrap_or_default()
}

/// An amount as osCommerce shows it: with the currency's sign where it has a usual one.
fn shown(amount: Money) -> String {
    let number = amount.to_decimal_string();
    match amount.currency().code() {
        "USD" => format!("${number}"),
        "GBP" => format!("£{number}"),
        "JPY" => format!("¥{number}"),
        "EUR" => format!("{number}€"),
        code => format!("{number} {code}"),
    }
}

/// `application/x-www-form-urlencoded` back to bytes.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, tail)) = rest.split_first() {
        rest = tail;
        let hex = |digit: Option<&u8>| char::from(*digit?).to_digit(16);
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => match (hex(tail.first()), hex(tail.get(1))) {
                (Some(high), Some(low)) => {
                    rest = tail.get(2..).unwrap_or(&[]);
                    u8::try_from(high * 16 + low).unwrap_or(b'%')
                }
                _ => b'%',
            },
            other => *other,
        });
    }
    bytes
}

#[cfg(test)]
mod tests;
