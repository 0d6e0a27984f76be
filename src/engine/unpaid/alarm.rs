//! An alarm about a bill: raised once, with its event and its email in the same commit; closed by a seller.

use serde_json::{Value as Json, json};

use crate::domain::transaction_id::TransactionId;
use crate::engine::outbox::Subject;
use crate::engine::{Engine, Note, Order, Result, User, Work};

/// What is known of a bill that the engine did not place, or that was sold past it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::engine) enum State {
    /// Sold before the engine was there: nothing is kept of it.
    History,
    /// An order by now: what becomes of it is the order's to tell.
    Ordered,
    /// Placed by the plugin's own pages, not sold.
    Watched,
    /// Placed by the plugin although placement is the engine's, not sold.
    Stray,
    /// Sold by the plugin's own pages while they could sell.
    Known,
    /// Sold past the engine; nobody has looked yet.
    Alarm,
    /// Sold past the engine; a seller has looked.
    Seen,
}

impl State {
    /// The state that a column names; `None` for a bill without a row.
    pub(super) fn parse(word: &str) -> Option<Self> {
        [
            Self::Watched,
            Self::Stray,
            Self::Known,
            Self::Alarm,
            Self::Seen,
        ]
        .into_iter()
        .find(|state| state.as_str() == word)
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::History => "history",
            Self::Ordered => "ordered",
            Self::Watched => "watched",
            Self::Stray => "stray",
            Self::Known => "known",
            Self::Alarm => "alarm",
            Self::Seen => "seen",
        }
    }
}

impl Engine {
    /// The seller has looked at a bill that was sold without a payment: its alarm ends, and its order's hold.
    ///
    /// # Errors
    /// [`crate::engine::Error::Database`].
    pub fn acknowledge(&self, bill: i64, seller: &User) -> Result<()> {
        if let Some(order) = Order::of_bill(self.database(), bill)?
            && order.held.as_deref() == Some(SOLD_UNPAID)
        {
            self.release(&order, seller)?;
            return Ok(());
        }
        self.transact(|work| {
            let rows = work.database.query(
                "SELECT w.id, b.transactionid FROM {local_shopengine_watch} w
              LEFT JOIN {local_shop_bill} b ON b.id = w.billid WHERE w.billid = ? AND w.state = 'alarm'",
                &[bill.into()],
            )?;
            let Some(row) = rows.first() else {
                return Ok(());
            };
            let text = format!("Bill {bill} sold without payment : looked at by seller:{}", seller.id);
            work.note_bill(&row.text("transactionid")?, text);
            work.close_alarm(bill)
        })
    }
}

impl Work<'_> {
    /// Raises the alarm about a bill, unless it is raised already: `true` when it was not. A bill that is sold past the engine once
    /// more after a seller has looked is an alarm again, without another email.
    pub(in crate::engine) fn raise(
        &mut self,
        bill: i64,
        status: &str,
        transid: &str,
    ) -> Result<bool> {
        let before = self.database.query(
            "SELECT state FROM {local_shopengine_watch} WHERE billid = ?",
            &[bill.into()],
        )?;
        let before = before.first().map(|row| row.text("state")).transpose()?;
        if before.as_deref() == Some(State::Alarm.as_str()) {
            return Ok(false);
        }
        self.keep_state(bill, status, State::Alarm)?;
        self.note_bill(transid, sentence(bill, status));
        self.enqueue_about(bill, "event", "event:unpaid", &json!({}))?;
        self.enqueue_about(bill, "mail", "mail:unpaid", &json!({}))?;
        Ok(true)
    }

    /// Keeps what a bill is. An alarm, or that a seller has looked, is overwritten by an alarm alone.
    pub(super) fn keep_state(&mut self, bill: i64, status: &str, state: State) -> Result<()> {
        let (word, now) = (state.as_str(), self.now.millis());
        let status: String = status.chars().take(16).collect();
        let inserted = self.database.insert_if_absent(
            "local_shopengine_watch",
            &[
                ("billid", bill.into()),
                ("state", word.into()),
                ("status", status.as_str().into()),
                ("timecreated", now.into()),
                ("timemodified", now.into()),
            ],
        )?;
        if inserted.is_none() {
            let still = if state == State::Alarm {
                "state <> 'alarm'"
            } else {
                "state IN ('watched', 'stray')"
            };
            self.database.execute(
                &format!("UPDATE {{local_shopengine_watch}} SET state = ?, status = ?, timemodified = ? WHERE billid = ? AND {still}"),
                &[word.into(), status.into(), now.into(), bill.into()],
            )?;
        }
        Ok(())
    }

    /// A bill that became an order is not watched any more.
    pub(super) fn forget(&mut self, bill: i64) -> Result<()> {
        self.database.execute(
            "DELETE FROM {local_shopengine_watch} WHERE billid = ? AND state IN ('watched', 'stray')",
            &[bill.into()],
        )?;
        Ok(())
    }

    /// Ends the alarm about a bill, if there is one.
    pub(in crate::engine) fn close_alarm(&mut self, bill: i64) -> Result<()> {
        self.database.execute(
            "UPDATE {local_shopengine_watch} SET state = 'seen', timemodified = ? WHERE billid = ? AND state = 'alarm'",
            &[self.now.millis().into(), bill.into()],
        )?;
        Ok(())
    }

    /// Has an alarm about this bill been raised that nobody has looked at yet?
    pub(in crate::engine) fn is_alarmed(&self, bill: i64) -> Result<bool> {
        let rows = self.database.query(
            "SELECT id FROM {local_shopengine_watch} WHERE billid = ? AND state = 'alarm'",
            &[bill.into()],
        )?;
        Ok(!rows.is_empty())
    }

    /// Adds a piece of work about a bill, which need not be an order; one of the same key is done once.
    fn enqueue_about(&mut self, bill: i64, kind: &str, key: &str, payload: &Json) -> Result<()> {
        self.enqueue_as(bill, kind, &format!("{ABOUT}{bill}:{key}"), payload)
    }

    /// What a task about a bill needs, as things are now.
    pub(in crate::engine) fn about_bill(&mut self, bill: i64) -> Result<Subject> {
        let told = self.unpaid_bill(bill)?;
        let lang = self.seller_lang(bill)?;
        let transid = told.transid.clone();
        let payload = json!({"template": TEMPLATE, "lang": lang, "unpaid": told});
        Ok(Subject::Alone(transid, payload))
    }

    /// A trace line about a bill, under its transaction id where that can be one.
    fn note_bill(&mut self, transid: &str, text: String) {
        if let Ok(transaction) = TransactionId::parse(transid) {
            self.notes.push(Note {
                time: self.now,
                transaction,
                text,
            });
        }
    }
}

/// Does a task of this key concern a bill, whether it is an order or not?
pub(in crate::engine) fn is_about_bill(key: &str) -> bool {
    key.starts_with(ABOUT)
}

/// What the trace says.
pub(super) fn sentence(bill: i64, status: &str) -> String {
    format!(
        "Bill {bill} is {status} without a payment that the engine knows : reported to the seller"
    )
}

/// How the key of a task about a bill begins; other keys begin with a transaction id, which has no such sign.
const ABOUT: &str = "#bill:";

/// The email and the event about such a bill.
const TEMPLATE: &str = "unpaid";

/// The code of the finding.
pub(in crate::engine) const SOLD_WITHOUT_PAYMENT: &str = "sold_without_payment";

/// Why an order is held whose bill was sold past the engine.
pub(in crate::engine) const SOLD_UNPAID: &str = "bill_sold_unpaid";
