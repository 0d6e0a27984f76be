//! Takeovers that only watch: each request is compared with what the plugin did, traced, and counted by its cause.

use serde::Serialize;

use crate::clock::UnixMillis;
use crate::database::{Database, Row};
use crate::domain::shadow::{Bill, Cause, Comparison, Done, Rehearsed, RehearsedBill, compare};
use crate::domain::takeover::Takeover;
use crate::domain::transaction_id::TransactionId;

use super::{Engine, Error, Result};

/// What a takeover that watches has seen.
#[derive(Clone, Debug, Serialize)]
pub struct Watched {
    /// The takeover.
    pub takeover: &'static str,
    /// Requests of which both said something.
    pub compared: i64,
    /// Those that were the same.
    pub same: i64,
    /// Requests of which there was nothing to compare.
    pub nothing: i64,
    /// When the first request was seen: Unix seconds, UTC.
    pub since: i64,
    /// When the last one was.
    pub last: i64,
    /// Those that differed, the most frequent cause first.
    pub causes: Vec<Seen>,
}

/// How often a takeover would have done something else, for one cause.
#[derive(Clone, Debug, Serialize)]
pub struct Seen {
    /// [`Cause::key`], without the code of a refusal: key of a language string below `shadow_`.
    pub cause: String,
    /// Code of the refusal, or ''.
    pub code: String,
    /// How often.
    pub number: i64,
    /// When last: Unix seconds, UTC.
    pub last: i64,
    /// Transaction id of the last order, or ''.
    pub transid: String,
}

impl Engine {
    /// Compares what the engine would have done with what the plugin did, writes the trace line, and counts. To be called when the plugin's
    /// answer is complete.
    ///
    /// # Errors
    /// [`Error::Database`]: the comparison is not counted.
    pub fn compare(
        &self,
        takeover: Takeover,
        rehearsed: &Rehearsed,
        done: &Done,
    ) -> Result<Comparison> {
        let transaction = transaction(rehearsed, done);
        // Without the bill, the rest is told all the same.
        let bill = self.plugins_bill(rehearsed).ok().flatten();
        let comparison = compare(takeover, rehearsed, done, bill.as_ref());
        self.note(
            transaction.as_ref(),
            &format!("Shadow {} : {}", takeover.name(), comparison.told),
        );
        self.count(takeover, &comparison.cause, transaction.as_ref())?;
        Ok(comparison)
    }

    /// What each takeover that watches has seen since it was switched to shadow, those that have seen something.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn watched(&self) -> Result<Vec<Watched>> {
        let rows = self.database().query(
            "SELECT id, takeover, cause, number, timefirst, timelast, transactionid
               FROM {local_shopengine_shadow} ORDER BY number DESC, id",
            &[],
        )?;
        let mut watched: Vec<Watched> = Vec::new();
        for row in &rows {
            let Some(takeover) = Takeover::by_name(&row.text("takeover")?) else {
                continue;
            };
            let name = takeover.name();
            let place = watched.iter().position(|one| one.takeover == name);
            let seen = Seen::read(row)?;
            let first = seconds(row.int("timefirst")?);
            let found = match place.and_then(|place| watched.get_mut(place)) {
                Some(found) => found,
                None => {
                    watched.push(Watched::begun(name, first));
                    match watched.last_mut() {
                        Some(found) => found,
                        None => continue,
                    }
                }
            };
            found.add(seen, first);
        }
        Ok(watched)
    }

    /// Forgets what a takeover has seen: it begins anew.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn watch_anew(&self, takeover: Takeover) -> Result<()> {
        Ok(self.database().execute(
            "DELETE FROM {local_shopengine_shadow} WHERE takeover = ?",
            &[takeover.name().into()],
        )?)
    }

    /// Number of the last decision in the history, 0 before the first.
    pub(crate) fn last_decision(&self) -> Result<i64> {
        let rows = self.database().query(
            "SELECT id FROM {local_shopengine_history} ORDER BY id DESC LIMIT 1",
            &[],
        )?;
        Ok(rows
            .first()
            .map(|row| row.int("id"))
            .transpose()?
            .unwrap_or(0))
    }

    /// The order that was decided on last, after the decision `last`: its bill, as it is now.
    pub(crate) fn decided_since(&self, last: i64) -> Result<Option<RehearsedBill>> {
        let rows = self.database().query(
            "SELECT h.id, o.transactionid, o.status, o.amount FROM {local_shopengine_history} h
               JOIN {local_shopengine_order} o ON o.billid = h.billid WHERE h.id > ? ORDER BY h.id DESC LIMIT 1",
            &[last.into()],
        )?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        Ok(Some(RehearsedBill {
            transid: row.text("transactionid")?,
            status: row.text("status")?,
            amount: row.text("amount")?,
        }))
    }

    fn plugins_bill(&self, rehearsed: &Rehearsed) -> Result<Option<Bill>> {
        let Some(engine) = &rehearsed.bill else {
            return Ok(None);
        };
        let rows = self.database().query(
            "SELECT id, status, amount FROM {local_shop_bill} WHERE transactionid = ? ORDER BY id DESC LIMIT 1",
            &[engine.transid.as_str().into()],
        )?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        Ok(Some(Bill {
            status: row.text("status")?,
            amount: row.decimal("amount")?,
        }))
    }

    fn count(
        &self,
        takeover: Takeover,
        cause: &Cause,
        transaction: Option<&TransactionId>,
    ) -> Result<()> {
        let (name, code) = (takeover.name(), cause.key());
        let transid = transaction.map_or("", AsRef::as_ref);
        self.transact(|work| {
            // The row stays locked until the commit, so no count is lost between two processes.
            if raise(work.database, name, &code, work.now, transid)? {
                return Ok(());
            }
            let inserted = work.database.insert_if_absent(
                "local_shopengine_shadow",
                &[
                    ("takeover", name.into()),
                    ("cause", code.as_str().into()),
                    ("number", 1_i64.into()),
                    ("timefirst", work.now.millis().into()),
                    ("timelast", work.now.millis().into()),
                    ("transactionid", transid.into()),
                ],
            )?;
            if inserted.is_none() {
                raise(work.database, name, &code, work.now, transid)?;
            }
            Ok::<_, Error>(())
        })
    }
}

impl Watched {
    fn begun(takeover: &'static str, since: i64) -> Self {
        Self {
            takeover,
            compared: 0,
            same: 0,
            nothing: 0,
            since,
            last: since,
            causes: Vec::new(),
        }
    }

    fn add(&mut self, seen: Seen, first: i64) {
        self.since = self.since.min(first);
        self.last = self.last.max(seen.last);
        if seen.cause == Cause::Nothing.key() {
            self.nothing = self.nothing.saturating_add(seen.number);
            return;
        }
        self.compared = self.compared.saturating_add(seen.number);
        if seen.cause == Cause::Same.key() {
            self.same = self.same.saturating_add(seen.number);
        } else {
            self.causes.push(seen);
        }
    }
}

impl Seen {
    fn read(row: &Row) -> Result<Self> {
        let cause = row.text("cause")?;
        let (cause, code) = cause.split_once(':').unwrap_or((&cause, ""));
        Ok(Self {
            cause: cause.to_owned(),
            code: code.to_owned(),
            number: row.int("number")?,
            last: seconds(row.int("timelast")?),
            transid: row.text("transactionid")?,
        })
    }
}

/// Counts in the row of a cause; is there one?
fn raise(
    database: &dyn Database,
    takeover: &str,
    cause: &str,
    now: UnixMillis,
    transid: &str,
) -> Result<bool> {
    let mut values = vec![now.millis().into()];
    let example = if transid.is_empty() {
        ""
    } else {
        values.push(transid.into());
        ", transactionid = ?"
    };
    values.extend([takeover.into(), cause.into()]);
    database.execute(
        &format!(
            "UPDATE {{local_shopengine_shadow}} SET number = number + 1, timelast = ?{example} WHERE takeover = ? AND cause = ?"
        ),
        &values,
    )?;
    let rows = database.query(
        "SELECT id FROM {local_shopengine_shadow} WHERE takeover = ? AND cause = ?",
        &[takeover.into(), cause.into()],
    )?;
    Ok(!rows.is_empty())
}

/// The transaction that a request was about: the engine's order, or the plugin's cart.
fn transaction(rehearsed: &Rehearsed, done: &Done) -> Option<TransactionId> {
    let order = rehearsed.bill.as_ref().map(|bill| bill.transid.clone());
    let named = order.or_else(|| {
        let cart: serde_json::Value = serde_json::from_str(&done.shoppingcart).ok()?;
        Some(cart.get("transid")?.as_str()?.to_owned())
    })?;
    TransactionId::parse(&named).ok()
}

fn seconds(millis: i64) -> i64 {
    millis.div_euclid(1000)
}
