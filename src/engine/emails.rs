//! Emails: a guest can type any address, so nobody has confirmed that it is theirs. An email to such an address contains no text of the sender, and
//! an address gets a bounded number of them in an hour. Also work that is no order's.

use sha2::{Digest, Sha256};

use serde_json::Value as Json;

use crate::database::Row;
use crate::domain::customer::CustomerInfo;
use crate::domain::email::Recipient;
use crate::domain::email_address::{folded, is_same, mailbox};
use crate::domain::signature::hex;
use crate::domain::state::Payment;
use crate::domain::transaction_id::TransactionId;
use crate::entropy;

use super::delivery::LOCKED_WAIT;
use super::outbox::{ATTEMPTS, Subject};
use super::unpaid::is_about_bill;
use super::{Engine, Order, Performed, PerformedOutcome, Result, Work};

impl Engine {
    /// May an email that the plugin wrote while it produced an order go to this address? To one that nobody has confirmed it counts like
    /// an email of the engine's. One that may not is given up, and the order says so. What money has come for is told in any case.
    ///
    /// # Errors
    /// [`super::Error::UnknownOrder`]; [`super::Error::Database`].
    pub fn may_email(&self, transaction: &TransactionId, address: &str) -> Result<bool> {
        self.transact(|work| {
            let mut order = work.known(transaction)?;
            let address = address.trim();
            let paid = order.amount.is_positive() && order.state.is_paid();
            let own = work.is_confirmed(&order)? && is_same(address, &self::address(&order));
            if paid || own || work.is_known(address)? {
                return Ok(true);
            }
            let (key, most) = (mailbox_key(address), work.most_emails()?);
            if most > 0 && work.emails_sent(&key, 0)? >= most {
                work.remark(&mut order, "ignore", "engine", NOT_SENT)?;
                return Ok(false);
            }
            work.count_email(&order, &key)?;
            Ok(true)
        })
    }
}

impl Work<'_> {
    /// Leases work that is no order's. It is closed after so many attempts; the status page shows what it was about.
    pub(super) fn lease_alone(&mut self, id: i64, row: Row) -> Result<Option<(Row, Subject)>> {
        if row.int("attempts")? > ATTEMPTS {
            self.close(id, "failed", "no answer")?;
            return Ok(None);
        }
        let bill = row.int("billid")?;
        let subject = if bill == 0 {
            let payload = serde_json::from_str(&row.text("payload")?).unwrap_or(Json::Null);
            Subject::Alone(String::new(), payload)
        } else {
            self.about_bill(bill)?
        };
        Ok(Some((row, subject)))
    }

    /// Takes the host's word on work that is no order's.
    pub(super) fn finish_alone(&mut self, id: i64, row: &Row, performed: &Performed) -> Result<()> {
        let attempts = row.int("attempts")?;
        match performed.outcome {
            PerformedOutcome::Failed if attempts < ATTEMPTS => {
                self.due_again(id, attempts, &performed.private)
            }
            PerformedOutcome::Failed => self.close(id, "failed", &performed.private),
            _ => self.close(id, "done", &performed.private),
        }
    }

    /// Is the buyer's address that of the account which placed the order?
    pub(super) fn is_confirmed(&self, order: &Order) -> Result<bool> {
        let email = address(order);
        if order.user == 0 || email.is_empty() || self.is_account_by_production(order)? {
            return Ok(false);
        }
        let rows = self.database.query(
            "SELECT id, email FROM {user} WHERE id = ? AND confirmed = 1 AND deleted = 0",
            &[order.user.into()],
        )?;
        Ok(match rows.first() {
            Some(account) => is_same(&account.text("email")?, &email),
            None => false,
        })
    }

    /// Is a guest's address by now that of an account which was not made for this buyer?
    pub(super) fn is_anothers_address(&self, order: &Order) -> Result<bool> {
        let email = address(order);
        if order.user != 0 || email.is_empty() {
            return Ok(false);
        }
        let accounts = self.database.query(
            "SELECT id FROM {user} WHERE LOWER(email) = ? AND deleted = 0",
            &[email.into()],
        )?;
        if accounts.is_empty() {
            return Ok(false);
        }
        let own = self.account_of_customer(order)?;
        for account in &accounts {
            if account.int("id")? != own {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// May this leased email go out now? If its address had its emails of the hour it is put off; after a day it is given up.
    pub(super) fn may_send(&mut self, id: i64, row: &Row, order: &mut Order) -> Result<bool> {
        let template = template(row)?;
        if Recipient::of(&template) != Recipient::Buyer {
            return Ok(true);
        }
        if !is_still_so(&template, order) {
            self.close(id, "void", "the order has moved on")?;
            return Ok(false);
        }
        if template == "paid" && !self.is_payment_email_due(id, row, order)? {
            return Ok(false);
        }
        if template != "announced" && order.amount.is_positive() || self.is_confirmed(order)? {
            // Money came: that says more than any number of orders, and nobody else can spend it.
            return Ok(true);
        }
        let most = self.most_emails()?;
        let key = mailbox_key(&address(order));
        let now = self.now.millis();
        if most == 0 || self.emails_sent(&key, id)? < most {
            self.database.execute(
                "UPDATE {local_shopengine_outbox} SET addresskey = ? WHERE id = ?",
                &[key.as_str().into(), id.into()],
            )?;
            return Ok(true);
        }
        if row.int("timecreated")? < now - GIVEN_UP {
            self.close(id, "void", "too many emails to this address")?;
            self.remark(order, "ignore", "engine", NOT_SENT)?;
            return Ok(false);
        }
        self.database.execute(
            "UPDATE {local_shopengine_outbox} SET state = 'due', attempts = attempts - 1, timedue = ?, timemodified = ? WHERE id = ?",
            &[(now + HOUR).into(), now.into(), id.into()],
        )?;
        Ok(false)
    }

    /// Emails of the last hour to a mailbox that nobody has confirmed, this one not counted.
    fn emails_sent(&self, key: &str, this: i64) -> Result<i64> {
        let rows = self.database.query(
            "SELECT COUNT(*) AS n FROM {local_shopengine_outbox}
              WHERE addresskey = ? AND timemodified > ? AND state IN ('leased', 'done') AND id <> ?",
            &[key.into(), (self.now.millis() - HOUR).into(), this.into()],
        )?;
        Ok(rows.first().map_or(Ok(0), |row| row.int("n"))?)
    }

    /// Has anybody shown that this address is theirs? The site's seller, and owners of accounts who have logged in: production sends the password of
    /// an account that it creates to the address that the buyer typed.
    fn is_known(&self, address: &str) -> Result<bool> {
        let sellers = self.database.query(
            "SELECT id, value FROM {config_plugins} WHERE plugin = ? AND name = ?",
            &["local_shop".into(), "sellermail".into()],
        )?;
        let accounts = self.database.query(
            "SELECT id, email AS value FROM {user} WHERE LOWER(email) = ? AND confirmed = 1 AND deleted = 0 AND firstaccess > 0",
            &[folded(address).into()],
        )?;
        for row in sellers.iter().chain(&accounts) {
            if is_same(row.text("value")?.trim(), address) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Keeps that an email of the plugin's goes to a mailbox: it counts there like one of the engine's.
    fn count_email(&mut self, order: &Order, key: &str) -> Result<()> {
        let task = format!("{}:plugin:{}", order.transaction, entropy::stamp()?);
        let now = self.now.millis();
        self.database.insert(
            "local_shopengine_outbox",
            &[
                ("taskkey", task.into()),
                ("billid", order.bill.into()),
                ("kind", "sent".into()),
                ("payload", "{}".into()),
                ("state", "done".into()),
                ("timedue", now.into()),
                ("timecreated", now.into()),
                ("timemodified", now.into()),
                ("addresskey", key.into()),
            ],
        )?;
        Ok(())
    }

    /// Is the email about a payment due? It waits for the delivery that follows the payment, and is not sent where the plugin tells the buyer
    /// of that delivery: its own email says the same.
    fn is_payment_email_due(&mut self, id: i64, row: &Row, order: &Order) -> Result<bool> {
        let (now, created) = (self.now.millis(), row.int("timecreated")?);
        if self.has_plugin_told(order, created)? {
            // The host's log is told of the payment all the same.
            self.database.execute(
                "UPDATE {local_shopengine_outbox} SET kind = 'event', state = 'due', attempts = attempts - 1, timedue = ?, result = ?,
                        timemodified = ?
                  WHERE id = ?",
                &[
                    now.into(),
                    "the plugin has told the buyer of the delivery".into(),
                    now.into(),
                    id.into(),
                ],
            )?;
            return Ok(false);
        }
        let deliveries = self.database.query(
            "SELECT id FROM {local_shopengine_outbox}
              WHERE billid = ? AND kind = 'deliver' AND (state = 'leased' OR (state = 'due' AND timedue <= ?)) LIMIT 1",
            // One that waits for its lock is under way too.
            &[order.bill.into(), (now + LOCKED_WAIT).into()],
        )?;
        if deliveries.is_empty() || created < now - LONGEST_DELIVERY {
            return Ok(true);
        }
        self.database.execute(
            "UPDATE {local_shopengine_outbox} SET state = 'due', attempts = attempts - 1, timedue = ?, timemodified = ? WHERE id = ?",
            &[(now + NEXT_LOOK).into(), now.into(), id.into()],
        )?;
        Ok(false)
    }

    /// The email about a payment that waits for a delivery waits no longer.
    pub(super) fn wake_payment_email(&mut self, order: &Order) -> Result<()> {
        let now = self.now.millis();
        self.database.execute(
            "UPDATE {local_shopengine_outbox} SET timedue = ?, timemodified = ?
              WHERE billid = ? AND taskkey = ? AND state = 'due' AND attempts = 0 AND timedue > ?",
            &[
                now.into(),
                now.into(),
                order.bill.into(),
                format!("{}:{PAYMENT_EMAIL}", order.transaction).into(),
                now.into(),
            ],
        )?;
        Ok(())
    }

    /// Was the order produced by the plugin since that time (Unix milliseconds), for an account, and did the mail server take the plugin's email
    /// to its owner? A mark without `told` is that of a host which died before it knew, or whose email had no usable address.
    fn has_plugin_told(&self, order: &Order, since: i64) -> Result<bool> {
        let told = self.database.query(
            "SELECT id FROM {local_shopengine_delivery} WHERE billid = ? AND told = 1",
            &[order.bill.into()],
        )?;
        if told.is_empty() {
            return Ok(false);
        }
        let delivered = self.database.query(
            "SELECT id FROM {local_shopengine_outbox}
              WHERE billid = ? AND kind = 'deliver' AND state = 'done' AND timemodified >= ? LIMIT 1",
            &[order.bill.into(), since.into()],
        )?;
        Ok(!delivered.is_empty() && (order.user != 0 || self.account_of_customer(order)? != 0))
    }

    /// Emails to one unconfirmed address in an hour; 0: any number.
    fn most_emails(&self) -> Result<i64> {
        Ok(self.setting("mailsperhour", MOST_EMAILS)?.max(0))
    }

    /// A number of the site's settings; `default` where it was never set.
    pub(super) fn setting(&self, name: &str, default: i64) -> Result<i64> {
        let rows = self.database.query(
            "SELECT id, value FROM {config_plugins} WHERE plugin = ? AND name = ?",
            &["local_shopengine".into(), name.into()],
        )?;
        let set = rows.first().map(|row| row.text("value")).transpose()?;
        Ok(set
            .and_then(|text| text.trim().parse().ok())
            .unwrap_or(default))
    }
}

/// Does an email that had to wait still say what is so?
fn is_still_so(template: &str, order: &Order) -> bool {
    match template {
        "announced" => matches!(order.state.payment(), Payment::Due | Payment::Pending),
        "paid" => order.state.payment() == Payment::Paid,
        _ => true,
    }
}

/// The template of a leased email, or ''.
pub(super) fn template(row: &Row) -> Result<String> {
    let payload: Json = serde_json::from_str(&row.text("payload")?).unwrap_or_default();
    let template = payload.get("template").and_then(Json::as_str);
    Ok(template.unwrap_or_default().to_owned())
}

/// Is this task no order's?
pub(super) fn is_alone(row: &Row) -> Result<bool> {
    Ok(row.int("billid")? == 0 || is_about_bill(&row.text("taskkey")?))
}

/// What is stored of the buyer's address: its SHA-256, hexadecimal.
pub(super) fn address_key(order: &Order) -> String {
    hex(&Sha256::digest(address(order).as_bytes()))
}

/// The key under which the quota counts the emails to a mailbox.
fn mailbox_key(address: &str) -> String {
    hex(&Sha256::digest(mailbox(address).as_bytes()))
}

/// The buyer's address as it is compared.
pub(super) fn address(order: &Order) -> String {
    let customer: CustomerInfo = serde_json::from_str(&order.customer).unwrap_or_default();
    folded(customer.email.trim())
}

/// The message in the history when an email is given up.
const NOT_SENT: &str = "Email not sent : too many to this address";

/// Emails to one unconfirmed address in an hour, where the site says nothing else.
const MOST_EMAILS: i64 = 10;

/// Milliseconds, also of the time after which an email that was put off is given up.
const HOUR: i64 = 3_600_000;
const GIVEN_UP: i64 = 24 * HOUR;

/// Milliseconds for which the email about a payment waits for the delivery at most.
const LONGEST_DELIVERY: i64 = 600_000;

/// Milliseconds until the email about a payment looks again whether a delivery is under way; its end is told at once.
const NEXT_LOOK: i64 = 1_000;

/// Key of the task that tells the buyer of the payment, below the order's.
pub(super) const PAYMENT_EMAIL: &str = "mail:paid";
