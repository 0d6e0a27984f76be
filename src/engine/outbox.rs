//! The outbox: work that a commit caused (deliver, mail) is a row; the host leases it, does it, and says how it went. A
//! lease that runs out is offered again, so a crash loses nothing; the stamp of the lease sees to it that only one result counts.
//! The file is long: lease and result are two sides of one thing.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::database::Row;
use crate::domain::email::Recipient;
use crate::domain::serialized::Php;
use crate::entropy;
use crate::gateway::{self, Instructions};

use super::delivery::{PerformedLine, is_delivery, reasons};
use super::email_link::LinkToken;
use super::emails::{is_alone, template};
use super::order::Change;
use super::{Engine, Error, Order, OrderView, Result, Work};

/// A piece of work for the host.
#[derive(Clone, Debug, Serialize)]
pub struct Task {
    /// Row id.
    pub id: i64,
    /// Stamp of the lease, to be given back.
    pub stamp: String,
    /// `deliver`, `prepare`, `mail` or `event`.
    pub kind: String,
    /// Transaction id; '' for work about a bill that has none, or about no bill.
    pub transid: String,
    /// What else the work needs.
    pub payload: Json,
    /// The order; `None` for work about a bill that need not be one, or about no bill.
    pub order: Option<OrderView>,
    /// The buyer's address is that of the account which placed the order. An email to another address contains no text of the sender.
    pub confirmed: bool,
    /// Who gets the email; `None` for other work.
    pub to: Option<Recipient>,
    /// How to pay, for the email about an order that waits for its payment.
    pub instructions: Option<Instructions>,
    /// The token of the link in an email to the buyer: see [`Engine::order_by_link`].
    pub token: Option<LinkToken>,
    /// A lock that the host holds while it calls [`Engine::may_perform`] and performs the task, or calls [`Engine::give_back`]; '' for none.
    pub lock: String,
}

/// How a piece of work went.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PerformedOutcome {
    /// Done now.
    Done,
    /// Had been done before.
    Already,
    /// Not done; to be tried again.
    Failed,
}

/// The host's word on a task.
#[derive(Clone, Debug, Deserialize)]
pub struct Performed {
    /// How it went.
    pub outcome: PerformedOutcome,
    /// For the buyer.
    #[serde(default)]
    pub public: String,
    /// For the seller.
    #[serde(default)]
    pub private: String,
    /// The host keeps no record of what was delivered: the engine writes the plugin's product rows, one for each unit.
    #[serde(default)]
    pub products: bool,
    /// What was performed of each line of a delivery; `None` from a host that delivers an order as a whole.
    #[serde(default)]
    pub lines: Option<Vec<PerformedLine>>,
}

impl Performed {
    /// The same with texts of a bounded length: the engine keeps and shows them.
    fn cut(&self) -> Self {
        let mut cut = Self {
            public: short(&self.public),
            private: short(&self.private),
            ..self.clone()
        };
        for line in cut.lines.iter_mut().flatten() {
            line.private = short(&line.private);
        }
        cut
    }
}

/// The beginning of a text. A NUL is none for PostgreSQL.
pub(super) fn short(text: &str) -> String {
    text.chars()
        .filter(|char| *char != '\0')
        .take(LONGEST_TEXT)
        .collect()
}

/// The subject of a leased task.
pub(super) enum Subject {
    /// An order, whether its buyer's address is confirmed, what the task needs, and the token of an email to them.
    Order(Box<Order>, bool, Json, Option<LinkToken>),
    /// A bill that need not be an order, or no bill at all: a transaction id or '', and all that the task needs.
    Alone(String, Json),
}

impl Work<'_> {
    /// Adds a piece of work to this commit; one of the same key is done once.
    pub(super) fn enqueue(
        &mut self,
        order: &Order,
        kind: &str,
        key: &str,
        payload: &Json,
    ) -> Result<()> {
        let key = format!("{}:{key}", order.transaction);
        self.enqueue_as(order.bill, kind, &key, payload)
    }

    /// Adds a piece of work under a whole key, for a bill or for none (0).
    pub(super) fn enqueue_as(
        &mut self,
        bill: i64,
        kind: &str,
        key: &str,
        payload: &Json,
    ) -> Result<()> {
        self.database.insert_if_absent(
            "local_shopengine_outbox",
            &[
                ("taskkey", key.chars().take(255).collect::<String>().into()),
                ("billid", bill.into()),
                ("kind", kind.into()),
                ("payload", payload.to_string().into()),
                ("state", "due".into()),
                ("timedue", self.now.millis().into()),
                ("timecreated", self.now.millis().into()),
                ("timemodified", self.now.millis().into()),
            ],
        )?;
        Ok(())
    }
}

impl Engine {
    /// Is there work for this bill that a visitor's request can do now?
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn has_work(&self, bill: i64) -> Result<bool> {
        let rows = self.database().query(
            &format!(
                "SELECT id FROM {{local_shopengine_outbox}} WHERE billid = ? AND {DUE} LIMIT 1"
            ),
            &[
                bill.into(),
                self.now().millis().into(),
                (self.now().millis() - LEFT_TO_CRON).into(),
            ],
        )?;
        Ok(!rows.is_empty())
    }

    /// Leases up to `limit` pieces of work, oldest first.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn lease(&self, limit: u32) -> Result<Vec<Task>> {
        self.lease_after(0, limit)
    }

    /// The same for a visitor's request: what was tried three times without success is left to cron, so that a faulty product ends few pages.
    /// Where no cron has run for ten minutes, it is offered all the same.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn lease_for_visitor(&self, limit: u32) -> Result<Vec<Task>> {
        self.lease_after(LEFT_TO_CRON, limit)
    }

    fn lease_after(&self, wait: i64, limit: u32) -> Result<Vec<Task>> {
        let (tasks, looked_at) = self.lease_due(wait, limit)?;
        if tasks.is_empty() && looked_at > 0 {
            // An email may have waited for a delivery that was closed just now.
            return Ok(self.lease_due(wait, limit)?.0);
        }
        Ok(tasks)
    }

    /// The leased tasks, and how many were looked at: some are put off or closed instead. `wait`: for how long, in milliseconds, a task that was
    /// tried three times is left to others.
    fn lease_due(&self, wait: i64, limit: u32) -> Result<(Vec<Task>, usize)> {
        let looked_at = limit.saturating_add(SPARE);
        let due = self.database().query(
            &format!(
                "SELECT id, state FROM {{local_shopengine_outbox}} WHERE {DUE} ORDER BY timedue, id LIMIT {looked_at}"
            ),
            &[
                self.now().millis().into(),
                (self.now().millis() - wait).into(),
            ],
        )?;
        let looked_at = due.len();
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut tasks = Vec::new();
        for row in due {
            if tasks.len() == most {
                break;
            }
            let id = row.int("id")?;
            // Whoever had it did not report.
            let lost = row.text("state")? == "leased";
            match self.lease_one(id, lost) {
                Ok(task) => tasks.extend(task),
                // One order that nobody can read must not stand in the way of all others.
                Err(error @ (Error::Money(_) | Error::Totals(_))) => self.skip(id, &error)?,
                Err(error) if error.is_foreign_data() => self.skip(id, &error)?,
                // What is leased already would be lost until its lease ends.
                Err(_) if !tasks.is_empty() => break,
                Err(error) => return Err(error),
            }
        }
        Ok((tasks, looked_at))
    }

    /// Takes the host's word on a task.
    ///
    /// # Errors
    /// [`Error::LeaseLost`] when someone else holds the lease by now: his word counts.
    pub fn finish(&self, id: i64, stamp: &str, performed: &Performed) -> Result<()> {
        let performed = &performed.cut();
        self.transact(|work| {
            let row = &work.leased(id, stamp)?;
            if is_alone(row)? {
                return work.finish_alone(id, row, performed);
            }
            let kind = row.text("kind")?;
            let mut order = Order::of_bill(work.database, row.int("billid")?)?
                .ok_or(Error::LeaseLost { task: id })?;
            match performed.outcome {
                _ if is_delivery(&kind) => work.finish_delivery(id, row, &mut order, performed),
                PerformedOutcome::Failed => work.put_back(id, row, &mut order, performed),
                _ => work.close(id, "done", &performed.private),
            }
        })
    }

    /// Puts a task aside that cannot be leased as things are: at the head of the queue it would block the others.
    fn skip(&self, id: i64, error: &Error) -> Result<()> {
        self.note(None, &format!("Task {id} not leased : {error}"));
        self.transact(|work| {
            let due = work.now.millis() + LONGEST_WAIT;
            work.database.execute(
                "UPDATE {local_shopengine_outbox} SET timedue = ? WHERE id = ?",
                &[due.into(), id.into()],
            )?;
            Ok(())
        })
    }

    fn lease_one(&self, id: i64, lost: bool) -> Result<Option<Task>> {
        let leased = self.transact(|work| {
            let stamp = entropy::stamp()?;
            let now = work.now.millis();
            work.database.execute(
                "UPDATE {local_shopengine_outbox} SET state = 'leased', stamp = ?, timedue = ?, attempts = attempts + 1,
                        timemodified = ?
                  WHERE id = ? AND state IN ('due', 'leased') AND timedue <= ?",
                &[stamp.as_str().into(), (now + LEASE).into(), now.into(), id.into(), now.into()],
            )?;
            let rows = work.database.query(
                "SELECT id, billid, taskkey, kind, payload, stamp, attempts, timecreated FROM {local_shopengine_outbox} WHERE id = ?",
                &[id.into()],
            )?;
            let Some(row) = rows.into_iter().next() else { return Ok(None) };
            if row.text("stamp")? != stamp {
                return Ok(None);
            }
            if is_alone(&row)? {
                return work.lease_alone(id, row);
            }
            let order = Order::of_bill(work.database, row.int("billid")?)?;
            let Some(order) = work.still_wanted(id, &row, order)? else { return Ok(None) };
            let confirmed = work.is_confirmed(&order)?;
            let kind = row.text("kind")?;
            let payload = if is_delivery(&kind) {
                work.delivery(&row, &order, lost)?
            } else {
                serde_json::from_str(&row.text("payload")?).unwrap_or(Json::Null)
            };
            let to_buyer = kind == "mail" && Recipient::of(&template(&row)?) == Recipient::Buyer;
            let token = if to_buyer { work.issue_link(&order)? } else { None };
            let subject = Subject::Order(Box::new(order), confirmed, payload, token);
            Ok(Some((row, subject)))
        })?;
        let Some((row, subject)) = leased else {
            return Ok(None);
        };
        let kind = row.text("kind")?;
        let lock = match &subject {
            Subject::Order(order, _, payload, _) => Work::delivery_lock(&kind, order, payload),
            Subject::Alone(..) => String::new(),
        };
        let mut instructions = None;
        let (transid, payload, order, confirmed, token) = match subject {
            Subject::Order(order, confirmed, payload, token) => {
                if template(&row)? == "announced" {
                    instructions = self.instructions(&order)?;
                }
                (
                    order.transaction.to_string(),
                    payload,
                    Some(self.view(&order)?),
                    confirmed,
                    token,
                )
            }
            Subject::Alone(transid, mut payload) => {
                self.read_delivered(&mut payload);
                (transid, payload, None, false, None)
            }
        };
        let named = payload.get("template").and_then(Json::as_str);
        Ok(Some(Task {
            id,
            stamp: row.text("stamp")?,
            to: (kind == "mail").then(|| Recipient::of(named.unwrap_or_default())),
            kind,
            transid,
            payload,
            order,
            confirmed,
            instructions,
            token,
            lock,
        }))
    }

    fn instructions(&self, order: &Order) -> Result<Option<Instructions>> {
        let Some(gateway) = gateway::by_name(&order.paymode) else {
            return Ok(None);
        };
        let settings = self.settings()?;
        Ok(gateway.instructions(&order.transaction, order.amount, &settings))
    }
}

impl Work<'_> {
    /// The row of a task that is leased under this stamp.
    pub(super) fn leased(&self, id: i64, stamp: &str) -> Result<Row> {
        let rows = self.database.query(
            "SELECT billid, taskkey, kind, payload, state, stamp, attempts FROM {local_shopengine_outbox} WHERE id = ?",
            &[id.into()],
        )?;
        let row = rows
            .into_iter()
            .next()
            .ok_or(Error::LeaseLost { task: id })?;
        if row.text("stamp")? != stamp || row.text("state")? != "leased" {
            return Err(Error::LeaseLost { task: id });
        }
        Ok(row)
    }

    /// The order of a leased task; `None` when the task is closed instead: the order was delivered or paid back meanwhile, or
    /// whoever leased it died each time.
    fn still_wanted(&mut self, id: i64, row: &Row, order: Option<Order>) -> Result<Option<Order>> {
        let Some(mut order) = order else {
            self.close(id, "void", "there is no such order")?;
            return Ok(None);
        };
        let kind = row.text("kind")?;
        if is_delivery(&kind) && !self.may_deliver(id, row, &mut order)? {
            self.wake_payment_email(&order)?;
            return Ok(None);
        }
        if kind == "mail" && !self.may_send(id, row, &mut order)? {
            return Ok(None);
        }
        let attempts = row.int("attempts")?;
        if attempts > attempts_of(&kind) {
            let mut why = "no answer".to_owned();
            if is_delivery(&kind) {
                why = reasons(&self.open_lines(&order, &kind)?, &why);
            }
            self.give_up(id, &kind, attempts - 1, &mut order, &why)?;
            return Ok(None);
        }
        Ok(Some(order))
    }

    /// Makes a task due again, later each time: after 1 minute, 2, 4, … up to 6 hours.
    pub(super) fn due_again(&mut self, id: i64, attempts: i64, result: &str) -> Result<()> {
        let wait = 60_000_i64
            .saturating_mul(1 << attempts.clamp(1, 20).saturating_sub(1))
            .min(LONGEST_WAIT);
        let now = self.now.millis();
        self.database.execute(
            "UPDATE {local_shopengine_outbox} SET state = 'due', timedue = ?, result = ?, timemodified = ? WHERE id = ?",
            &[(now + wait).into(), result.into(), now.into(), id.into()],
        )?;
        Ok(())
    }

    pub(super) fn put_back(
        &mut self,
        id: i64,
        row: &Row,
        order: &mut Order,
        performed: &Performed,
    ) -> Result<()> {
        let attempts = row.int("attempts")?;
        let kind = row.text("kind")?;
        if attempts >= attempts_of(&kind) {
            return self.give_up(id, &kind, attempts, order, &performed.private);
        }
        self.due_again(id, attempts, &performed.private)?;
        let status = order.state.status();
        let message = format!("{kind} failed, to be tried again : {}", performed.private);
        self.store(
            order,
            status,
            &Change {
                actor: "engine",
                event: "retry",
                message: &message,
            },
        )
    }

    /// Holds the order for the seller, who gets an email. An email that cannot be sent holds nothing: `integrity` tells of it.
    fn give_up(
        &mut self,
        id: i64,
        kind: &str,
        attempts: i64,
        order: &mut Order,
        reason: &str,
    ) -> Result<()> {
        self.close(id, "failed", reason)?;
        let message = format!("{kind} given up after {attempts} attempts : {reason}");
        if kind == "mail" {
            return self.remark(order, "ignore", "engine", &message);
        }
        self.hold(order, "delivery_failed", "engine", &message)?;
        self.tell_of_hold(order, "delivery_failed")
    }

    /// Work of an order that was given up is due again. It is not its first attempt: whoever releases the order has seen what
    /// the plugin's records show.
    pub(super) fn retry(&mut self, order: &Order) -> Result<()> {
        self.database.execute(
            "UPDATE {local_shopengine_outbox} SET state = 'due', attempts = 1, timedue = ?, timemodified = ?
              WHERE billid = ? AND state = 'failed'",
            &[
                self.now.millis().into(),
                self.now.millis().into(),
                order.bill.into(),
            ],
        )?;
        Ok(())
    }

    pub(super) fn close(&mut self, id: i64, state: &str, result: &str) -> Result<()> {
        self.database.execute(
            "UPDATE {local_shopengine_outbox} SET state = ?, result = ?, timemodified = ? WHERE id = ?",
            &[state.into(), result.into(), self.now.millis().into(), id.into()],
        )?;
        Ok(())
    }

    /// One product and one event for each unit, as the plugin's handlers write them.
    pub(super) fn record_products(&mut self, order: &Order) -> Result<()> {
        let lines = self.database.query(
            "SELECT i.id, i.quantity, l.itemid, l.shortname, b.customerid, b.test
               FROM {local_shop_billitem} i
               JOIN {local_shop_bill} b ON b.id = i.billid
               JOIN {local_shopengine_line} l ON l.billid = i.billid AND l.ordering = i.ordering AND l.revision = ?
              WHERE i.billid = ? ORDER BY i.ordering",
            &[order.revision.into(), order.bill.into()],
        )?;
        let now = self.now.seconds();
        for line in lines {
            let item = line.int("id")?;
            for unit in 1..=line.int("quantity")? {
                let product = self.database.insert(
                    "local_shop_product",
                    &[
                        ("catalogitemid", line.int("itemid")?.into()),
                        ("initialbillitemid", item.into()),
                        ("currentbillitemid", item.into()),
                        ("customerid", line.int("customerid")?.into()),
                        ("contexttype", "".into()),
                        ("instanceid", 0_i64.into()),
                        ("startdate", now.into()),
                        ("enddate", 0_i64.into()),
                        ("reference", format!("{}-{item}-{unit}", order.bill).into()),
                        ("productiondata", Php::Array(Vec::new()).to_column().into()),
                        ("extradata", "".into()),
                        ("test", line.int("test")?.into()),
                    ],
                )?;
                self.database.insert(
                    "local_shop_productevent",
                    &[
                        ("productid", product.into()),
                        ("billitemid", item.into()),
                        ("eventtype", "created".into()),
                        ("datecreated", now.into()),
                    ],
                )?;
            }
        }
        Ok(())
    }
}

/// Characters of a text in a report.
const LONGEST_TEXT: usize = 1_000;

/// Tasks that are looked at beyond those that are wanted: some are put off or closed instead of being leased.
const SPARE: u32 = 10;

/// A task that is due at a time (the first parameter); one that was tried three times only if it was due at an earlier time already (the second).
const DUE: &str = "state IN ('due', 'leased') AND timedue <= ? AND (attempts < 3 OR timedue <= ?)";

/// How long visitors leave to cron what was tried three times, in milliseconds: 10 minutes.
const LEFT_TO_CRON: i64 = 600_000;

/// How long a leased task is one host's own, in milliseconds.
pub(super) const LEASE: i64 = 120_000;

/// Longest time between two tries, in milliseconds: 6 hours.
pub(super) const LONGEST_WAIT: i64 = 21_600_000;

/// How often a task is tried before a human has to look.
pub(super) const ATTEMPTS: i64 = 10;

/// How often an email is tried: for three days.
const EMAIL_ATTEMPTS: i64 = 20;

fn attempts_of(kind: &str) -> i64 {
    if kind == "mail" {
        EMAIL_ATTEMPTS
    } else {
        ATTEMPTS
    }
}
