//! Deliveries, line by line: which lines of a bill are open, what the host reports of each, and what becomes of the order. Every line has a
//! mark for each phase in `local_shopengine_produced`, so a retry continues where the last attempt ended.
//! The file is long: what is offered and what a report leads to are two sides of one thing.

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::database::Row;
use crate::domain::catalog::Content;
use crate::domain::state::{Event, Fulfilment, Payment};
use crate::domain::transaction_id::TransactionId;

use super::adopt::Produced;
use super::emails::{address, address_key};
use super::outbox::{LEASE, short};
use super::rows::{LineElement, line_elements};
use super::{Engine, Error, Order, Performed, PerformedOutcome, Result, Work, shop};

/// When a part of a product is produced.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Phase {
    /// As soon as the payment is announced, or at the latest when it came.
    Prepay,
    /// Once the payment came, or on trust.
    Postpay,
}

impl Phase {
    /// Its word in the engine's tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prepay => "prepay",
            Self::Postpay => "postpay",
        }
    }
}

/// The host's report on one line of a delivery.
#[derive(Clone, Debug, Deserialize)]
pub struct PerformedLine {
    /// Id of the bill item.
    pub item: i64,
    /// The phase that was performed.
    pub phase: Phase,
    /// How it went.
    pub outcome: PerformedOutcome,
    /// Why it failed, for the seller.
    #[serde(default)]
    pub private: String,
}

/// A line whose product failed to be produced.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct FailedLine {
    /// The product's code.
    pub code: String,
    /// Why, for the seller.
    pub reason: String,
}

/// A line that is not delivered yet.
pub(super) struct OpenLine {
    /// Id of the bill item.
    item: i64,
    /// The product's code.
    code: String,
    /// The phases that are open, in their order. The host ends a line at the first one that fails.
    phases: Vec<Phase>,
    /// Why the last attempt failed, or ''.
    reason: String,
    /// Its handler at placement; '' for none.
    handler: String,
    /// A bundle's elements as they were at placement: those whose id is known.
    elements: Vec<OrderedElement>,
    /// May a handler produce it, its own or one of its elements'? A bundle's elements may be unknown, and a product that is gone is the host's
    /// to tell of.
    produced: bool,
}

/// An element of a bundle as it was at placement.
#[derive(Clone, Debug, Serialize)]
struct OrderedElement {
    /// Row id.
    id: i64,
    /// Its handler; '' for none.
    handler: String,
}

impl OpenLine {
    /// Does it belong to the first round of an order without an account?
    fn is_first(&self) -> bool {
        self.produced && self.phases.contains(&Phase::Prepay) && self.reason.is_empty()
    }
}

impl Engine {
    /// The lines of an order whose last attempt failed, in the order of the bill.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn failed_lines(&self, order: &Order) -> Result<Vec<FailedLine>> {
        let rows = self.database().query(
            "SELECT p.id, i.itemcode, p.reason FROM {local_shopengine_produced} p JOIN {local_shop_billitem} i ON i.id = p.billitemid
              WHERE p.billid = ? AND p.state = ? ORDER BY i.ordering, p.id",
            &[order.bill.into(), FAILED.into()],
        )?;
        let line = |row: &Row| {
            Ok(FailedLine {
                code: row.text("itemcode")?,
                reason: row.text("reason")?,
            })
        };
        rows.iter().map(line).collect()
    }
}

/// Is an order held because its goods were not delivered, or may not have been?
pub(super) fn is_about_delivery(reason: &str) -> bool {
    matches!(
        reason,
        ACCOUNT_EXISTS | "account_unusable" | "delivery_failed" | "delivery_uncertain"
    )
}

/// Is this task about the goods of an order?
pub(super) fn is_delivery(kind: &str) -> bool {
    matches!(kind, "deliver" | "prepare")
}

impl Engine {
    /// Asks again whether a leased delivery may be made, now that its host holds [`super::Task::lock`]. If it may not, it is closed, put off
    /// or due again, and the host leaves it. The lease begins anew.
    ///
    /// # Errors
    /// [`super::Error::LeaseLost`] when someone else holds the lease by now.
    pub fn may_perform(&self, id: i64, stamp: &str) -> Result<bool> {
        self.transact(|work| {
            let row = work.leased(id, stamp)?;
            let order = Order::of_bill(work.database, row.int("billid")?)?;
            let mut order = order.ok_or(Error::LeaseLost { task: id })?;
            if order.user != 0 {
                // Another delivery of this order has given it an account: this one is made as that account.
                work.give_back(id, 0)?;
                return Ok(false);
            }
            work.extend_lease(id)?;
            work.may_deliver(id, &row, &mut order)
        })
    }

    /// May a line of this order be produced now? A delivery under way asks before each line, with the bill locked: a refund, or a reversal of the
    /// payment, ends it.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn may_produce(&self, transaction: &TransactionId) -> Result<bool> {
        let Some(order) = self.order_of(transaction)? else {
            return Ok(false);
        };
        let wanted = order.state.awaits_delivery() || is_announced(&order);
        Ok(wanted && !Work::is_reversed(&order))
    }

    /// Gives a leased task back, because its lock is held by somebody else: it is due again in a while, and no attempt is lost.
    ///
    /// # Errors
    /// [`super::Error::LeaseLost`] when someone else holds the lease by now.
    pub fn give_back(&self, id: i64, stamp: &str) -> Result<()> {
        self.transact(|work| {
            work.leased(id, stamp)?;
            work.give_back(id, LOCKED_WAIT)
        })
    }
}

impl Work<'_> {
    /// Makes a task due again in so many milliseconds, as if it had not been leased.
    fn give_back(&mut self, id: i64, wait: i64) -> Result<()> {
        let now = self.now.millis();
        self.database.execute(
            "UPDATE {local_shopengine_outbox} SET state = 'due', attempts = attempts - 1, timedue = ?, timemodified = ? WHERE id = ?",
            &[(now + wait).into(), now.into(), id.into()],
        )?;
        Ok(())
    }

    /// A lease begins anew.
    fn extend_lease(&mut self, id: i64) -> Result<()> {
        let now = self.now.millis();
        self.database.execute(
            "UPDATE {local_shopengine_outbox} SET timedue = ?, timemodified = ? WHERE id = ?",
            &[(now + LEASE).into(), now.into(), id.into()],
        )?;
        Ok(())
    }

    /// The lock of a delivery. Deliveries for guests with one address are made one after the other: the first may create the account by
    /// which the plugin knows the second guest. Where no handler produces anything, nobody creates one.
    pub(super) fn delivery_lock(kind: &str, order: &Order, payload: &Json) -> String {
        let mut lines = payload["lines"].as_array().into_iter().flatten();
        let may_make_account = is_delivery(kind) && lines.any(|line| line["produced"] == true);
        if may_make_account && order.user == 0 && !address(order).is_empty() {
            address_key(order)
        } else {
            String::new()
        }
    }

    /// Everything that was bought is to be delivered. A delivery that was given up is due again.
    pub(super) fn deliver(&mut self, order: &Order) -> Result<()> {
        self.enqueue(order, "deliver", "deliver", &json!({}))?;
        self.database.execute(
            "UPDATE {local_shopengine_outbox} SET state = 'due', attempts = 1, timedue = ?, timemodified = ?
              WHERE billid = ? AND kind = 'deliver' AND state = 'failed'",
            &[
                self.now.millis().into(),
                self.now.millis().into(),
                order.bill.into(),
            ],
        )?;
        Ok(())
    }

    /// The payment is announced: the buyer is told, and what the products give before it is to be delivered.
    pub(super) fn announced(&mut self, order: &Order) -> Result<()> {
        let key = format!("mail:announced:{}", order.revision);
        self.enqueue(order, "mail", &key, &json!({"template": "announced"}))?;
        let key = format!("prepare:{}", order.revision);
        self.enqueue(order, "prepare", &key, &json!({}))
    }

    /// Is a leased delivery still wanted? It is closed or put off otherwise.
    pub(super) fn may_deliver(&mut self, id: i64, row: &Row, order: &mut Order) -> Result<bool> {
        let kind = row.text("kind")?;
        if kind == "prepare" && !is_announced(order) {
            self.close(id, "void", "paid or closed meanwhile")?;
            return Ok(false);
        }
        if kind == "deliver" && !order.state.awaits_delivery() {
            self.close(id, "void", "delivered or closed meanwhile")?;
            let message = "Delivery not begun : the order was delivered or closed meanwhile";
            self.remark(order, "ignore", "engine", message)?;
            return Ok(false);
        }
        if Self::is_reversed(order) {
            self.put_off(id)?;
            return Ok(false);
        }
        if self.is_anothers_address(order)? {
            // The plugin would take the account of that address for the buyer's, and write the buyer's data over it.
            self.close(id, "failed", "the buyer's address is that of an account")?;
            let message = "Not delivered : an account has got the buyer's email address since the order was placed";
            self.hold_and_tell(order, ACCOUNT_EXISTS, message)?;
            return Ok(false);
        }
        if !self.is_account_usable(order)? {
            self.close(id, "failed", "the buyer's account is suspended or deleted")?;
            let message = "Not delivered : the buyer's account is suspended or deleted";
            self.hold_and_tell(order, "account_unusable", message)?;
            return Ok(false);
        }
        if row.int("attempts")? == 1
            && !self.has_marks(order)?
            && self.products(order)? != Produced::Nothing
        {
            // Someone else has begun before us: the plugin's own pages.
            if kind == "prepare" {
                self.close(id, "void", "the plugin has begun to deliver")?;
            } else {
                self.doubt_delivery(order)?;
            }
            return Ok(false);
        }
        Ok(true)
    }

    /// What the host needs for a delivery: the account it delivers as (0: nobody), the lines, and whether the buyer is told afterwards.
    ///
    /// An order without an account is delivered in two rounds, because the first phase creates the account and the second one needs it. A line
    /// whose first phase has failed keeps the others waiting no longer, and one that no handler produces needs no account.
    ///
    /// After an attempt that was `lost`, because nobody reported on it, lines are offered one by one: a handler that kills its process takes
    /// no other line with it, and the line that was offered alone is the one that failed.
    pub(super) fn delivery(&mut self, row: &Row, order: &Order, lost: bool) -> Result<Json> {
        let kind = row.text("kind")?;
        let before = alone(row)?;
        let mut lines = self.open_lines(order, &kind)?;
        if let (true, Some(item)) = (lost, before) {
            for line in lines.iter().filter(|line| line.item == item) {
                if let Some(phase) = line.phases.first() {
                    self.mark(order, item, *phase, FAILED, LOST)?;
                }
            }
            lines = self.open_lines(order, &kind)?;
        }
        let open = lines.len();
        let first_round = order.user == 0 && lines.iter().any(OpenLine::is_first);
        if first_round {
            lines.retain(OpenLine::is_first);
            for line in &mut lines {
                line.phases = vec![Phase::Prepay];
            }
        }
        if lost || before.is_some() {
            // Those that never failed come first; of the others it is another one each time.
            let attempts = usize::try_from(row.int("attempts")?).unwrap_or(0);
            let at = match lines.first() {
                Some(line) if !line.reason.is_empty() => attempts % lines.len(),
                _ => 0,
            };
            lines = lines.into_iter().skip(at).take(1).collect();
            let item = lines.first().map_or(0, |line| line.item);
            self.set_payload(row.int("id")?, &json!({ALONE: item}))?;
        }
        let is_last = lines.len() == open;
        let lines: Vec<Json> = lines
            .iter()
            .map(
                |line| json!({"item": line.item, "phases": line.phases, "produced": line.produced, "handler": line.handler, "elements": line.elements}),
            )
            .collect();
        Ok(json!({
            "account": order.user,
            "lines": lines,
            "notify": kind == "deliver" && !first_round && is_last,
        }))
    }

    /// What a delivery remembers for its next attempt.
    fn set_payload(&mut self, id: i64, payload: &Json) -> Result<()> {
        self.database.execute(
            "UPDATE {local_shopengine_outbox} SET payload = ? WHERE id = ?",
            &[payload.to_string().into(), id.into()],
        )?;
        Ok(())
    }

    /// The lines of a bill with an open phase: those that never failed come first, so that a faulty product delays no other one.
    pub(super) fn open_lines(&self, order: &Order, kind: &str) -> Result<Vec<OpenLine>> {
        if self.was_delivered_whole(order)? {
            return Ok(Vec::new());
        }
        let wanted: &[Phase] = match kind {
            "prepare" => &[Phase::Prepay],
            _ => &[Phase::Prepay, Phase::Postpay],
        };
        let items = self.database.query(
            "SELECT i.id, i.itemcode, l.id AS line, l.handler, l.elements, c.id AS product, c.isset, c.enablehandler FROM {local_shop_billitem} i
          LEFT JOIN {local_shopengine_line} l ON l.billid = i.billid AND l.ordering = i.ordering AND l.revision = ?
          LEFT JOIN {local_shop_catalogitem} c ON c.id = l.itemid
              WHERE i.billid = ? AND i.type = 'BILLING' ORDER BY i.ordering, i.id",
            &[order.revision.into(), order.bill.into()],
        )?;
        let marks = self.database.query(
            "SELECT id, billitemid, phase, state, reason FROM {local_shopengine_produced} WHERE billid = ?",
            &[order.bill.into()],
        )?;
        let mut lines = Vec::with_capacity(items.len());
        for item in &items {
            let id = item.int("id")?;
            let handler = item.text("handler")?;
            let elements = line_elements(&item.text("elements")?);
            let mut line = OpenLine {
                item: id,
                code: item.text("itemcode")?,
                phases: wanted.to_vec(),
                reason: String::new(),
                produced: item.int("line")? == 0
                    || item.int("product")? == 0
                    || Content::from_column(&item.text("isset")?) != Some(Content::Product)
                    || !handler.is_empty()
                    || !elements.is_empty()
                    || !shop::handler(&item.text("enablehandler")?).is_empty(),
                handler,
                elements: elements.iter().filter_map(ordered_element).collect(),
            };
            for mark in &marks {
                if mark.int("billitemid")? != id {
                    continue;
                }
                let (phase, state) = (mark.text("phase")?, mark.text("state")?);
                if state == DONE {
                    line.phases.retain(|open| open.as_str() != phase);
                } else if line.reason.is_empty() {
                    line.reason = mark.text("reason")?;
                }
            }
            if !line.phases.is_empty() {
                lines.push(line);
            }
        }
        lines.sort_by_key(|line| !line.reason.is_empty());
        Ok(lines)
    }

    /// Records the host's report on a delivery, and decides what becomes of task and order.
    pub(super) fn finish_delivery(
        &mut self,
        id: i64,
        row: &Row,
        order: &mut Order,
        performed: &Performed,
    ) -> Result<()> {
        let kind = row.text("kind")?;
        let mut failed = Vec::new();
        match &performed.lines {
            Some(lines) => {
                for line in lines {
                    if line.outcome == PerformedOutcome::Failed {
                        self.mark(order, line.item, line.phase, FAILED, &line.private)?;
                        failed.push(line);
                    } else {
                        self.mark(order, line.item, line.phase, DONE, "")?;
                    }
                }
            }
            None if performed.outcome == PerformedOutcome::Failed => {
                self.take_account(order)?;
                self.wake_payment_email(order)?;
                return self.put_back(id, row, order, performed);
            }
            // The host does not tell lines apart: it has delivered the whole.
            None => {
                for line in self.open_lines(order, &kind)? {
                    for phase in line.phases {
                        self.mark(order, line.item, phase, DONE, "")?;
                    }
                }
            }
        }
        let has_account_now = self.take_account(order)?;
        let open = self.open_lines(order, &kind)?;
        if open.is_empty() && performed.outcome != PerformedOutcome::Failed {
            if alone(row)?.is_some() {
                self.set_payload(id, &json!({}))?;
            }
            self.wake_payment_email(order)?;
            return self.complete(id, &kind, order, performed);
        }
        let nothing_failed = failed.is_empty() && performed.outcome != PerformedOutcome::Failed;
        if let Some(offered) = alone(row)? {
            // A line that was offered alone says nothing of the others, and is no attempt of theirs.
            let reported = performed.lines.iter().flatten();
            let is_told = reported.map(|line| line.item).any(|item| item == offered);
            if is_told && open.iter().any(|line| line.reason.is_empty()) {
                return self.next_round(id, performed, 1);
            }
        } else if nothing_failed || ends_first_round(order, performed, &open) {
            return self.next_round(id, performed, 0);
        }
        if has_account_now {
            return self.next_round(id, performed, 0);
        }
        self.wake_payment_email(order)?;
        let reasons = reasons(&open, &performed.private);
        self.deliver_part(order, &kind, &open, &reasons)?;
        let performed = Performed {
            private: reasons,
            ..performed.clone()
        };
        self.put_back(id, row, order, &performed)
    }

    /// Some lines are delivered and others are not.
    fn deliver_part(
        &mut self,
        order: &mut Order,
        kind: &str,
        open: &[OpenLine],
        reasons: &str,
    ) -> Result<()> {
        let items = self.database.query(
            "SELECT COUNT(*) AS n FROM {local_shop_billitem} WHERE billid = ? AND type = 'BILLING'",
            &[order.bill.into()],
        )?;
        let all = items.first().map_or(Ok(0), |row| row.int("n"))?;
        let some = usize::try_from(all).is_ok_and(|all| open.len() < all);
        if kind != "deliver" || !some || order.state.fulfilment() != Fulfilment::None {
            return Ok(());
        }
        let message = format!("Order delivered in part, open : {reasons}");
        self.advance(order, Event::DeliverPart, "engine", &message)
    }

    /// There is more to deliver: the task is due at once, and gets attempts back.
    fn next_round(&mut self, id: i64, performed: &Performed, attempts: i64) -> Result<()> {
        self.database.execute(
            "UPDATE {local_shopengine_outbox} SET state = 'due', timedue = ?, result = ?, timemodified = ?, attempts = attempts - ?
              WHERE id = ?",
            &[
                self.now.millis().into(),
                performed.private.as_str().into(),
                self.now.millis().into(),
                attempts.into(),
                id.into(),
            ],
        )?;
        Ok(())
    }

    fn complete(
        &mut self,
        id: i64,
        kind: &str,
        order: &mut Order,
        performed: &Performed,
    ) -> Result<()> {
        self.close(id, "done", &performed.private)?;
        if kind == "prepare" {
            if performed.private.is_empty() {
                return Ok(());
            }
            let message = format!("Order prepared before its payment : {}", performed.private);
            return self.remark(order, "prepare", "engine", &message);
        }
        if order.state.fulfilment() == Fulfilment::Done {
            return Ok(());
        }
        if order.state.after(Event::Deliver).is_err() {
            let message = "Delivery done, but the order was closed meanwhile";
            return self.remark(order, "ignore", "engine", message);
        }
        if performed.products {
            self.record_products(order)?;
        }
        let detail = if performed.private.is_empty() {
            "all lines"
        } else {
            &performed.private
        };
        let message = format!("Order delivered : {detail}");
        self.advance(order, Event::Deliver, "engine", &message)
    }

    /// Marks a phase of a line. One that is done stays done.
    fn mark(
        &mut self,
        order: &Order,
        item: i64,
        phase: Phase,
        state: &str,
        reason: &str,
    ) -> Result<()> {
        let now = self.now.millis();
        // A line that failed has a reason: by that it is known.
        let reason = match reason.trim() {
            "" if state == FAILED => "no reason was given",
            reason => reason,
        };
        let inserted = self.database.insert_if_absent(
            "local_shopengine_produced",
            &[
                ("billid", order.bill.into()),
                ("billitemid", item.into()),
                ("phase", phase.as_str().into()),
                ("state", state.into()),
                ("reason", reason.into()),
                ("timecreated", now.into()),
                ("timemodified", now.into()),
            ],
        )?;
        if inserted.is_none() {
            self.database.execute(
                "UPDATE {local_shopengine_produced} SET state = ?, reason = ?, timemodified = ?
                  WHERE billitemid = ? AND phase = ? AND state <> ?",
                &[
                    state.into(),
                    reason.into(),
                    now.into(),
                    item.into(),
                    phase.as_str().into(),
                    DONE.into(),
                ],
            )?;
        }
        Ok(())
    }

    fn has_marks(&self, order: &Order) -> Result<bool> {
        let rows = self.database.query(
            "SELECT id FROM {local_shopengine_produced} WHERE billid = ? LIMIT 1",
            &[order.bill.into()],
        )?;
        Ok(!rows.is_empty())
    }

    /// Was the bill produced in one piece, by an earlier version, or is its buyer told that everything is delivered?
    fn was_delivered_whole(&self, order: &Order) -> Result<bool> {
        let rows = self.database.query(
            "SELECT id FROM {local_shopengine_delivery} WHERE billid = ?",
            &[order.bill.into()],
        )?;
        Ok(!rows.is_empty())
    }
}

/// Is a payment announced, and nothing delivered on trust?
fn is_announced(order: &Order) -> bool {
    order.state.payment() == Payment::Pending && order.state.fulfilment() == Fulfilment::None
}

fn ordered_element(element: &LineElement) -> Option<OrderedElement> {
    Some(OrderedElement {
        id: element.id()?,
        handler: element.handler().to_owned(),
    })
}

/// Was this the first round of an order without an account, with lines left for the second one?
fn ends_first_round(order: &Order, performed: &Performed, open: &[OpenLine]) -> bool {
    let reported = performed.lines.as_deref().unwrap_or_default();
    let of_first_phase = |line: &PerformedLine| line.phase == Phase::Prepay;
    order.user == 0
        && !reported.is_empty()
        && reported.iter().all(of_first_phase)
        && open.iter().any(|line| line.reason.is_empty())
        && !open.iter().any(OpenLine::is_first)
}

/// The line that a task offered alone, if it offers lines one by one.
fn alone(row: &Row) -> Result<Option<i64>> {
    let payload: Json = serde_json::from_str(&row.text("payload")?).unwrap_or_default();
    Ok(payload.get(ALONE).and_then(Json::as_i64))
}

/// Why lines are open, for the seller.
pub(super) fn reasons(open: &[OpenLine], otherwise: &str) -> String {
    let told: Vec<String> = open
        .iter()
        .filter(|line| !line.reason.is_empty())
        .map(|line| format!("{} ({})", line.code, line.reason))
        .collect();
    if told.is_empty() {
        otherwise.to_owned()
    } else {
        short(&told.join(", "))
    }
}

/// Why an order is held whose address has become an account's.
pub(super) const ACCOUNT_EXISTS: &str = "account_exists";

/// How long a delivery waits whose lock somebody else holds, in milliseconds.
pub(super) const LOCKED_WAIT: i64 = 10_000;

/// What a delivery keeps in its payload: the line that it offered alone.
const ALONE: &str = "alone";

/// Why a line failed that was offered alone and not reported on.
const LOST: &str = "its handler ended the process without a report, or took too long";

/// A phase of a line that is produced.
const DONE: &str = "done";

/// A phase of a line whose last attempt failed.
const FAILED: &str = "failed";
