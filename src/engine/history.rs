//! The history of an order: one row for each decision, in the commit of its change. A trace line that a crash swallowed can
//! be written again from it.

use serde::Serialize;

use crate::database::Value;
use crate::domain::state::BillStatus;
use crate::domain::transaction_id::TransactionId;
use crate::trace::{Page, unescape};

use super::{Engine, Note, Order, Result, Work};

/// One decision.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Place in the order's history, from 1.
    pub seq: i64,
    /// Unix milliseconds, UTC.
    pub time: i64,
    /// Who: `buyer`, `gateway:<name>`, `seller:<user id>`, `engine`.
    pub actor: String,
    /// What happened.
    pub event: String,
    /// Status before.
    pub from: String,
    /// Status after.
    pub to: String,
    /// Revision of the order.
    pub revision: u32,
    /// The sentence that the trace shows too.
    pub text: String,
}

/// A message of a gateway, as the inbox keeps it.
#[derive(Clone, Debug, Serialize)]
pub struct Received {
    /// Unix milliseconds, UTC.
    pub time: i64,
    /// The payment interface.
    pub gateway: String,
    /// `new`, `asked`, `done` or `rejected`.
    pub state: String,
    /// What became of it, as a code; empty while it is undecided.
    pub outcome: String,
}

impl Work<'_> {
    /// Adds a row to the history of `order`, and its trace line. `order.history` has been counted up and stored by the
    /// caller's compare-and-set, so the number is free.
    pub(super) fn record(
        &mut self,
        order: &Order,
        actor: &str,
        event: &str,
        from: BillStatus,
        message: &str,
    ) -> Result<()> {
        self.database.insert(
            "local_shopengine_history",
            &[
                ("billid", order.bill.into()),
                ("seq", order.history.into()),
                ("timecreated", self.now.millis().into()),
                ("actor", actor.into()),
                ("event", event.into()),
                ("statusfrom", from.as_str().into()),
                ("statusto", order.state.status().as_str().into()),
                ("revision", order.revision.into()),
                ("message", message.into()),
            ],
        )?;
        if !self.touched.contains(&order.bill) {
            self.touched.push(order.bill);
        }
        self.notes.push(Note {
            time: self.now,
            transaction: order.transaction.clone(),
            text: message.to_owned(),
        });
        Ok(())
    }
}

impl Engine {
    /// The history of a bill, oldest first.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn history(&self, bill: i64) -> Result<Vec<Entry>> {
        let rows = self.database().query(
            "SELECT seq, timecreated, actor, event, statusfrom, statusto, revision, message
               FROM {local_shopengine_history} WHERE billid = ? ORDER BY seq",
            &[Value::from(bill)],
        )?;
        rows.iter()
            .map(|row| {
                Ok(Entry {
                    seq: row.int("seq")?,
                    time: row.int("timecreated")?,
                    actor: row.text("actor")?,
                    event: row.text("event")?,
                    from: row.text("statusfrom")?,
                    to: row.text("statusto")?,
                    revision: row.count("revision")?,
                    text: row.text("message")?,
                })
            })
            .collect()
    }

    /// The order of a transaction; `None` when the engine has none, as for bills of the plugin's own.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn order_of(&self, transaction: &TransactionId) -> Result<Option<Order>> {
        Ok(Order::find(self.database(), transaction)?)
    }

    /// The messages of gateways about a bill, oldest first, without what they say.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn messages(&self, bill: i64) -> Result<Vec<Received>> {
        let rows = self.database().query(
            "SELECT id, gateway, state, outcome, timecreated
               FROM {local_shopengine_inbox} WHERE billid = ? ORDER BY timecreated, id",
            &[Value::from(bill)],
        )?;
        rows.iter()
            .map(|row| {
                Ok(Received {
                    time: row.int("timecreated")?,
                    gateway: row.text("gateway")?,
                    state: row.text("state")?,
                    outcome: row.text("outcome")?,
                })
            })
            .collect()
    }

    /// Writes the trace lines of a transaction that are in the history and not in the trace: those that were lost because
    /// the process died between the commit and the line. Returns how many.
    ///
    /// # Errors
    /// [`super::Error::Database`]; an unreadable trace counts as an empty one.
    pub fn restore_trace(&self, transaction: &TransactionId) -> Result<usize> {
        let Some(order) = Order::find(self.database(), transaction)? else {
            return Ok(0);
        };
        let mut written: Vec<(i64, String)> = Vec::new();
        let lines = self
            .trace
            .look_up(transaction, Page::ALL)
            .into_iter()
            .flatten()
            .flatten();
        for line in lines.filter(|line| line.belongs_to(transaction)) {
            let millis = line.time().map_or(0, |time| i64::from(time.millisecond()));
            written.push((millis, unescape(line.text()).into_owned()));
        }
        let mut restored = 0;
        let history = self.history(order.bill)?;
        let _held = self.trace.hold();
        for entry in history {
            let mark = (entry.time.rem_euclid(1000), entry.text.clone());
            match written.iter().position(|line| *line == mark) {
                Some(index) => {
                    written.swap_remove(index);
                }
                None => {
                    let time = crate::clock::UnixMillis::from_millis(entry.time);
                    if self
                        .trace
                        .write(time, Some(transaction), &entry.text)
                        .is_ok()
                    {
                        restored += 1;
                    }
                }
            }
        }
        Ok(restored)
    }
}
