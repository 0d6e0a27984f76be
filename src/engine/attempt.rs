//! Tries to pay an order, and the references by which gateways name them: derived once, stored, found again when a message
//! names one. Looking at a payment page twice is one try; another revision, a refused try, or another day's number is a new one.

use crate::clock::UnixMillis;
use crate::database::{Database, Row};
use crate::gateway::{self, Attempt, Gateway, Happened, Named, Naming, Settings, Verdict};

use super::settle::Case;
use super::{Engine, Error, Order, Outcome, Result, Work, number};

/// A try that a message named.
pub(super) struct KnownAttempt {
    id: i64,
    revision: u32,
    number: u32,
    /// No later try of the same order at the same gateway.
    pub latest: bool,
    /// It may still be paid.
    pub is_open: bool,
}

impl Engine {
    /// The try under which `order` is to be paid by `gateway` now: the open one, else a new one. `None` where the gateway
    /// takes the transaction id itself.
    ///
    /// # Errors
    /// [`Error::Database`]; nothing is used up then.
    pub fn attempt(
        &self,
        order: &Order,
        gateway: &dyn Gateway,
        settings: &Settings,
    ) -> Result<Option<Attempt>> {
        match gateway.naming(settings) {
            Naming::Transaction => Ok(None),
            Naming::Reference => self
                .transact(|work| work.attempt(order, gateway.name(), None))
                .map(Some),
            Naming::Numbered { counter } => self
                .transact(|work| work.attempt(order, gateway.name(), Some(&counter)))
                .map(Some),
        }
    }
}

impl Engine {
    /// Stores what has to be put to the gateway under a try's reference, once: whoever comes second gets what the first one stored.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn put(&self, gateway: &dyn Gateway, reference: &str, request: &str) -> Result<()> {
        self.transact(|work| {
            let known = work.tried(gateway.name(), reference)?;
            if known.is_some_and(|(_, attempt)| attempt.request.is_empty()) {
                work.database.execute(
                    "UPDATE {local_shopengine_attempt} SET request = ? WHERE gateway = ? AND reference = ?",
                    &[request.into(), gateway.name().into(), reference.into()],
                )?;
            }
            Ok(())
        })
    }

    /// The last try to pay an order by its gateway, if there was one; it need not be open.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn last_attempt(&self, order: &Order, gateway: &str) -> Result<Option<Attempt>> {
        let rows = self.database().query(
            "SELECT id, reference, number, request, kept, version FROM {local_shopengine_attempt}
              WHERE billid = ? AND gateway = ? ORDER BY id DESC LIMIT 1",
            &[order.bill.into(), gateway.into()],
        )?;
        rows.first().map(|row| read(row, self.now())).transpose()
    }

    /// The try of this reference, with the bill of its order.
    pub(super) fn tried(&self, gateway: &str, reference: &str) -> Result<Option<(i64, Attempt)>> {
        tried(self.database(), self.now(), gateway, reference)
    }
}

fn tried(
    database: &dyn Database,
    now: UnixMillis,
    gateway: &str,
    reference: &str,
) -> Result<Option<(i64, Attempt)>> {
    let rows = database.query(
        "SELECT billid, reference, number, request, kept, version FROM {local_shopengine_attempt} WHERE gateway = ? AND reference = ?",
        &[gateway.into(), reference.into()],
    )?;
    // Some servers compare texts without regard to case.
    for row in &rows {
        if row.text("reference")? == reference {
            return Ok(Some((row.int("billid")?, read(row, now)?)));
        }
    }
    Ok(None)
}

fn read(row: &Row, now: UnixMillis) -> Result<Attempt> {
    Ok(Attempt {
        reference: row.text("reference")?,
        number: row.count("number")?,
        now,
        request: row.text("request")?,
        kept: row.text("kept")?,
        version: row.int("version")?,
    })
}

impl Work<'_> {
    pub(super) fn tried(&self, gateway: &str, reference: &str) -> Result<Option<(i64, Attempt)>> {
        tried(self.database, self.now, gateway, reference)
    }

    /// What the gateway's answers left behind, from now on; unless somebody else has written there since it was read.
    pub(super) fn keep(&self, gateway: &str, attempt: &Attempt, kept: &str) -> Result<()> {
        if attempt.kept == kept {
            return Ok(());
        }
        self.database.execute(
            "UPDATE {local_shopengine_attempt} SET kept = ?, version = version + 1 WHERE gateway = ? AND reference = ? AND version = ?",
            &[
                kept.into(),
                gateway.into(),
                attempt.reference.as_str().into(),
                attempt.version.into(),
            ],
        )?;
        let now = self.tried(gateway, &attempt.reference)?;
        if now.is_some_and(|(_, now)| now.kept == kept && now.version == attempt.version + 1) {
            Ok(())
        } else {
            Err(Error::Conflict)
        }
    }

    fn attempt(
        &mut self,
        order: &Order,
        gateway: &'static str,
        counter: Option<&str>,
    ) -> Result<Attempt> {
        let day = counter.map_or_else(String::new, |_| gateway::utc_day(self.now));
        let rows = self.database.query(
            "SELECT id, revision, attempt, reference, number, day, state, request, kept, version FROM {local_shopengine_attempt}
              WHERE billid = ? AND gateway = ? ORDER BY id DESC",
            &[order.bill.into(), gateway.into()],
        )?;
        if let Some(row) = rows.first()
            && row.count("revision")? == order.revision
            && row.text("state")? == "open"
            && row.text("day")? == day
        {
            return read(row, self.now);
        }
        let mut attempt = 1;
        for row in &rows {
            if row.count("revision")? == order.revision {
                attempt = attempt.max(row.count("attempt")?.saturating_add(1));
            }
        }
        let number = match counter {
            Some(counter) => gateway::number(number::next(
                self.database,
                &format!("number:{counter}"),
                || Ok(0),
            )?),
            None => 0,
        };
        // Two historic ids may differ in what references leave out: the later one counts on.
        for attempt in attempt..attempt.saturating_add(SAME_LETTERS) {
            let reference = gateway::reference(&order.transaction, order.revision, attempt);
            let inserted = self.database.insert_if_absent(
                "local_shopengine_attempt",
                &[
                    ("billid", order.bill.into()),
                    ("gateway", gateway.into()),
                    ("revision", order.revision.into()),
                    ("attempt", attempt.into()),
                    ("reference", reference.as_str().into()),
                    ("number", number.into()),
                    ("day", day.as_str().into()),
                    ("state", "open".into()),
                    ("timecreated", self.now.millis().into()),
                ],
            )?;
            if inserted.is_some() {
                return Ok(Attempt {
                    reference,
                    number,
                    now: self.now,
                    request: String::new(),
                    kept: String::new(),
                    version: 0,
                });
            }
        }
        Err(Error::Conflict)
    }

    /// The order that a message names, with the try if it names one.
    pub(super) fn named(
        &mut self,
        gateway: &str,
        name: &Named,
    ) -> Result<(Order, Option<KnownAttempt>)> {
        let reference = match name {
            Named::Transaction(transaction) => {
                return Ok((self.known(transaction)?, None));
            }
            Named::Attempt { reference, .. } => reference,
        };
        let unknown = || Error::UnknownOrder {
            transaction: reference.clone(),
        };
        let rows = self.database.query(
            "SELECT id, billid, revision, number, reference, state FROM {local_shopengine_attempt} WHERE gateway = ? AND reference = ?",
            &[gateway.into(), reference.as_str().into()],
        )?;
        // Some servers compare texts without regard to case.
        let Some(row) = rows
            .first()
            .filter(|row| row.text("reference").is_ok_and(|known| known == *reference))
        else {
            return Err(unknown());
        };
        let (id, bill) = (row.int("id")?, row.int("billid")?);
        let later = self.database.query(
            "SELECT id FROM {local_shopengine_attempt} WHERE billid = ? AND gateway = ? AND id > ? LIMIT 1",
            &[bill.into(), gateway.into(), id.into()],
        )?;
        let attempt = KnownAttempt {
            id,
            revision: row.count("revision")?,
            number: row.count("number")?,
            latest: later.is_empty(),
            is_open: row.text("state")? == "open",
        };
        let order = Order::of_bill(self.database, bill)?.ok_or_else(unknown)?;
        Ok((order, Some(attempt)))
    }

    /// The verdict with what the engine knows and the message does not say: the revision that the try was made for, and the
    /// payment that a refund without its name is of, when there was only one.
    pub(super) fn completed(
        &self,
        case: &Case<'_>,
        order: &Order,
        attempt: Option<&KnownAttempt>,
    ) -> Result<Verdict> {
        let mut verdict = case.verdict.clone();
        let Some(attempt) = attempt else {
            return Ok(verdict);
        };
        verdict.revision = Some(attempt.revision);
        if let (
            Named::Attempt {
                number: Some(number),
                ..
            },
            Happened::Paid,
        ) = (&verdict.order, verdict.happened)
            && *number != attempt.number
        {
            // A copy that the seller made at the gateway, or somebody's other payment under this order's name.
            verdict.happened = Happened::Unclear;
            verdict.proof = "paid under another number than the order's";
        }
        if verdict.happened == Happened::Refunded && self.settlement(case)?.is_none() {
            let rows = self.database.query(
                "SELECT id, reference FROM {local_shopengine_settlement} WHERE billid = ? AND gateway = ?
                    AND (state = 'settled' OR state = 'refunded')",
                &[order.bill.into(), case.gateway.name().into()],
            )?;
            if let [only] = rows.as_slice() {
                verdict.reference = only.text("reference")?;
            }
        }
        Ok(verdict)
    }

    /// A try came to nothing: the order stays as it is, and is paid under another name.
    pub(super) fn lapsed(
        &mut self,
        case: &Case<'_>,
        order: &mut Order,
        attempt: Option<&KnownAttempt>,
    ) -> Result<Outcome> {
        if let Some(attempt) = attempt.filter(|attempt| attempt.is_open) {
            self.close_attempt(attempt)?;
            let message = format!(
                "Try {} by {} is over : {}",
                case.verdict.reference,
                case.gateway.name(),
                case.verdict.proof
            );
            self.remark(order, "lapse", case.actor, &message)?;
        }
        Ok(Outcome::Ignored("attempt_lapsed"))
    }

    /// What was refused or given up is not tried again under the same name.
    pub(super) fn close_attempt(&self, attempt: &KnownAttempt) -> Result<()> {
        self.database.execute(
            "UPDATE {local_shopengine_attempt} SET state = ? WHERE id = ?",
            &["closed".into(), attempt.id.into()],
        )?;
        Ok(())
    }
}

/// How many orders may share the letters and digits of their ids.
const SAME_LETTERS: u32 = 5;
