//! Bills that were changed behind the engine's back, by the plugin's own pages. A move that the table allows is adopted, with
//! what follows from it; any other is set back, the order is held, and a human is told. Amounts and lines are never adopted.

mod content;

use serde::Serialize;

use crate::database::Row;
use crate::domain::state::{BillStatus, Event, Fulfilment};
use crate::gateway::{self, Channel, Gateway, Happened, Mode, Settings, Verdict};

use super::adopt::{BY_PLUGIN, DELIVERED, PLUGIN, Produced};
use super::settle::Case;
use super::takeovers::Takeovers;
use super::unpaid::{SOLD_UNPAID, is_sold};
use super::{Engine, Order, Outcome, Result, Work};

/// What became of a bill that said something else than its order.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Reconciled {
    /// The order followed.
    Adopted,
    /// The bill was set back to what the order says.
    Restored,
    /// The order is held: a human has to look.
    Held,
    /// The bill was sold or delivered without a payment that the engine knows: an alarm was raised.
    Reported,
    /// The bill or the order cannot be read, or someone else was quicker; the next pass looks again.
    Failed,
}

/// One bill that was brought together with its order.
#[derive(Clone, Debug, Serialize)]
pub struct Reconciliation {
    /// Transaction id; '' when the order cannot be read.
    pub transid: String,
    /// Id of the bill.
    pub bill: i64,
    /// What became of it.
    pub outcome: Reconciled,
    /// The sentence of the history, or of what went wrong.
    pub text: String,
}

impl Engine {
    /// Brings together orders and bills that say different things, each in a transaction of its own, until all have been looked
    /// at or `limit` were dealt with. A difference that was told before and left for a human is passed over. Bills that were sold past
    /// the engine are reported, and partners' ledgers are told of bills that only the plugin knows.
    ///
    /// # Errors
    /// [`super::Error::Database`] when the database is away; what one bill holds stops only that bill.
    pub fn reconcile(&self, limit: u32) -> Result<Vec<Reconciliation>> {
        let mut done = self.watch_bills()?;
        self.tell_of_bills(limit)?;
        let settings = self.settings()?;
        let limit = done.len() + limit as usize;
        let mut last = 0;
        while done.len() < limit {
            let rows = self.database().query(
                &format!("{DIFFERENT} ORDER BY o.id LIMIT {BATCH}"),
                &[last.into()],
            )?;
            let Some(end) = rows.last() else { break };
            last = end.int("id")?;
            for row in &rows {
                if done.len() >= limit {
                    break;
                }
                let bill = row.int("billid")?;
                match self.transact(|work| work.reconcile(bill, &settings)) {
                    Ok(reconciled) => done.extend(reconciled),
                    Err(error) if error.status() == 503 && !error.is_foreign_data() => {
                        return Err(error);
                    }
                    Err(error) => {
                        self.note(None, &format!("Bill {bill} not compared : {error}"));
                        done.push(Reconciliation {
                            transid: String::new(),
                            bill,
                            outcome: Reconciled::Failed,
                            text: error.to_string(),
                        });
                    }
                }
            }
        }
        Ok(done)
    }
}

impl Work<'_> {
    fn reconcile(&mut self, bill: i64, settings: &Settings) -> Result<Option<Reconciliation>> {
        let Some(mut order) = Order::of_bill(self.database, bill)? else {
            return Ok(None);
        };
        if self.is_being_delivered(&order)? {
            // The plugin's production moves the bill before the host has said how it went.
            return Ok(None);
        }
        let told = self.notes.len();
        let reconciled = self.compare(&mut order, settings)?;
        let text = self.notes.get(told..).unwrap_or_default();
        let text: Vec<&str> = text.iter().map(|note| note.text.as_str()).collect();
        Ok(reconciled.map(|outcome| Reconciliation {
            transid: order.transaction.to_string(),
            bill,
            outcome,
            text: text.join("; "),
        }))
    }

    fn compare(&mut self, order: &mut Order, settings: &Settings) -> Result<Option<Reconciled>> {
        let rows = self.database.query(
            "SELECT id, status, amount, transactionid, onlinetransactionid FROM {local_shop_bill} WHERE id = ?",
            &[order.bill.into()],
        )?;
        let Some(bill) = rows.first() else {
            if self.was_held_for(order, GONE)? {
                return Ok(None);
            }
            // No email can be written about it.
            self.hold(order, "bill_missing", PLUGIN, GONE)?;
            return Ok(Some(Reconciled::Held));
        };
        let (word, id) = (bill.text("status")?, bill.text("transactionid")?);
        if order.is_draft() {
            if word == order.state.status().as_str() {
                // It is the plugin's to edit, and read again when it is placed.
                return Ok(None);
            }
            *order = self.renew(order.clone(), true)?;
        }
        if self.lines_differ(order)? {
            let message = format!(
                "Lines of the bill changed by the plugin : {} {} at {word}, {} due at {}",
                bill.text("amount")?,
                order.amount.currency(),
                order.amount,
                order.state.status(),
            );
            return self.hold_once(order, "bill_lines_changed", &message);
        }
        let mut outcome = None;
        if id != order.transaction.as_ref() {
            self.restore_transaction(order, &id)?;
            outcome = Some(Reconciled::Restored);
        }
        if let Some(changed) = self.compare_amount(order, bill)? {
            outcome = Some(changed);
        }
        if outcome != Some(Reconciled::Held) && word != order.state.status().as_str() {
            return self.follow(order, &word, bill, settings);
        }
        Ok(outcome)
    }

    /// The order goes where the bill was moved to, if the table has a way.
    fn follow(
        &mut self,
        order: &mut Order,
        word: &str,
        bill: &Row,
        settings: &Settings,
    ) -> Result<Option<Reconciled>> {
        let from = order.state.status();
        let refused = |work: &mut Self, order: &mut Order| {
            let message = format!("Bill moved from {from} to {word} by the plugin, set back");
            work.hold_and_tell(order, "bill_move_refused", &message)?;
            Ok(Some(Reconciled::Held))
        };
        let Ok(to) = BillStatus::parse(word) else {
            return refused(self, order);
        };
        let message = format!("Moved from {from} to {to} by the plugin");
        if unpaid_sale(order, word) && Takeovers::now(self.database)?.sells {
            return self.sold_past(order, word);
        }
        let unpaid = order.state.awaits_payment();
        match way(order, to) {
            Some(Event::Settle) => return self.settled_by_plugin(order, to, bill, settings),
            Some(Event::Refund) => self.refund(order, PLUGIN, &message)?,
            Some(Event::Deliver) => {
                self.advance(order, Event::Deliver, PLUGIN, &message)?;
                self.void_delivery(order)?;
            }
            Some(Event::DeliverPart) => {
                self.advance(order, Event::DeliverPart, PLUGIN, &message)?;
                self.doubt_delivery(order)?;
            }
            Some(event) => self.advance(order, event, PLUGIN, &message)?,
            // Two steps between two looks: paid and delivered.
            None if unpaid && matches!(to, BillStatus::Complete | BillStatus::Partial) => {
                return self.settled_by_plugin(order, to, bill, settings);
            }
            None => return refused(self, order),
        }
        Ok(Some(Reconciled::Adopted))
    }

    /// Nothing but the engine sells on this site, and it knows no payment: the bill is set back, and the seller is told.
    fn sold_past(&mut self, order: &mut Order, word: &str) -> Result<Option<Reconciled>> {
        let from = order.state.status();
        let message = format!("Bill moved from {from} to {word} without a payment, set back");
        self.raise(order.bill, word, order.transaction.as_ref())?;
        self.hold(order, SOLD_UNPAID, PLUGIN, &message)?;
        Ok(Some(Reconciled::Held))
    }

    /// The plugin's pages say that the order is paid: a seller's word, settled like any seller's, under the reference that the
    /// plugin kept. What the plugin has delivered is not delivered again.
    fn settled_by_plugin(
        &mut self,
        order: &mut Order,
        to: BillStatus,
        bill: &Row,
        settings: &Settings,
    ) -> Result<Option<Reconciled>> {
        let online = bill.text("onlinetransactionid")?;
        let Some(gateway) = gateway::by_name(&order.paymode).or(gateway::by_name("delegated"))
        else {
            return Err(super::Error::Conflict);
        };
        let case = Case {
            gateway,
            channel: Channel::Seller,
            verdict: &self.plugin_verdict(order, gateway, &online, settings)?,
            settings,
            actor: PLUGIN,
            inbox: 0,
            message: None,
        };
        let delivered = order.state.fulfilment() == Fulfilment::Done;
        let outcome;
        (*order, outcome) = self.settle(&case)?;
        match outcome {
            Outcome::Applied => {}
            // The bill is set back by that.
            Outcome::Held(_) => return Ok(Some(Reconciled::Held)),
            // That payment is on record already, for another order or as one that was paid back.
            _ => {
                let message = format!(
                    "Bill moved to {to} by the plugin, set back : {}",
                    outcome.code()
                );
                self.hold_and_tell(order, "bill_move_refused", &message)?;
                return Ok(Some(Reconciled::Held));
            }
        }
        // The plugin's word is no proof: it can be told from the others.
        self.database.execute(
            "UPDATE {local_shopengine_settlement} SET reason = ? WHERE billid = ? AND revision = ? AND state = 'settled'",
            &[BY_PLUGIN.into(), order.bill.into(), order.revision.into()],
        )?;
        if !online.is_empty() {
            self.database.execute(
                "UPDATE {local_shop_bill} SET onlinetransactionid = ? WHERE id = ?",
                &[online.into(), order.bill.into()],
            )?;
        }
        if delivered {
            return Ok(Some(Reconciled::Adopted));
        }
        let produced = match to {
            BillStatus::Complete => Produced::All,
            BillStatus::Partial => Produced::Something,
            _ => self.produced(order)?,
        };
        match produced {
            Produced::All => {
                self.advance(order, Event::Deliver, PLUGIN, DELIVERED)?;
                self.void_delivery(order)?;
            }
            Produced::Something => {
                if to == BillStatus::Partial {
                    let message = "Delivered in part by the plugin";
                    self.advance(order, Event::DeliverPart, PLUGIN, message)?;
                }
                self.doubt_delivery(order)?;
            }
            // The page that moved the bill may be about to deliver: it gets the time to, and what it did is seen then.
            Produced::Nothing => self.delay_delivery(order)?,
        }
        Ok(Some(Reconciled::Adopted))
    }

    fn plugin_verdict(
        &self,
        order: &Order,
        gateway: &dyn Gateway,
        online: &str,
        settings: &Settings,
    ) -> Result<Verdict> {
        Ok(Verdict {
            order: order.transaction.clone().into(),
            revision: Some(order.revision),
            reference: self.plugin_reference(order, gateway.name(), online)?,
            movement: None,
            happened: Happened::Paid,
            attention: None,
            amount: None,
            merchant: gateway.merchant(settings),
            mode: Mode::Any,
            proof: "the plugin's own pages say that it was paid",
        })
    }

    fn restore_transaction(&mut self, order: &mut Order, said: &str) -> Result<()> {
        self.database.execute(
            "UPDATE {local_shop_bill} SET transactionid = ? WHERE id = ?",
            &[order.transaction.as_ref().into(), order.bill.into()],
        )?;
        let said: String = said.chars().take(40).collect();
        let message = format!("Transaction id of the bill set back from {said}");
        self.remark(order, "restore", PLUGIN, &message)
    }

    /// Holds an order for something that stays as it is, once: a human who has looked at it is not told again.
    fn hold_once(
        &mut self,
        order: &mut Order,
        reason: &str,
        message: &str,
    ) -> Result<Option<Reconciled>> {
        if self.was_held_for(order, message)? {
            return Ok(None);
        }
        self.hold_and_tell(order, reason, message)?;
        Ok(Some(Reconciled::Held))
    }

    fn was_held_for(&self, order: &Order, message: &str) -> Result<bool> {
        let rows = self.database.query(
            "SELECT id, message FROM {local_shopengine_history} WHERE billid = ? AND event = 'hold' AND revision = ?",
            &[order.bill.into(), order.revision.into()],
        )?;
        for row in &rows {
            if row.text("message")? == message {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn is_being_delivered(&self, order: &Order) -> Result<bool> {
        let rows = self.database.query(
            "SELECT id FROM {local_shopengine_outbox}
              WHERE billid = ? AND kind = 'deliver' AND state = 'leased' AND timedue > ? LIMIT 1",
            &[order.bill.into(), self.now.millis().into()],
        )?;
        Ok(!rows.is_empty())
    }

    /// The delivery was the plugin's: the engine's own is not wanted.
    fn void_delivery(&mut self, order: &Order) -> Result<()> {
        self.database.execute(
            "UPDATE {local_shopengine_outbox} SET state = 'void', result = ?, timemodified = ?
              WHERE billid = ? AND kind = 'deliver' AND state IN ('due', 'leased', 'failed')",
            &[
                DELIVERED.into(),
                self.now.millis().into(),
                order.bill.into(),
            ],
        )?;
        Ok(())
    }

    fn delay_delivery(&mut self, order: &Order) -> Result<()> {
        self.database.execute(
            "UPDATE {local_shopengine_outbox} SET timedue = ? WHERE billid = ? AND kind = 'deliver' AND state = 'due'",
            &[
                (self.now.millis() + PATIENCE).into(),
                order.bill.into(),
            ],
        )?;
        Ok(())
    }
}

/// Does a bill's word say that an order was sold which the engine knows no payment of?
pub(super) fn unpaid_sale(order: &Order, word: &str) -> bool {
    !order.state.is_paid() && is_sold(word)
}

/// The one event that takes the order to where its bill is. A bill that the plugin moved to PREPROD was delivered by the plugin.
fn way(order: &Order, to: BillStatus) -> Option<Event> {
    let begins = |event| to == BillStatus::Preprod && event == Event::DeliverPart;
    Event::ALL
        .into_iter()
        .filter(|event| !begins(*event))
        .find(|event| {
            order
                .state
                .after(*event)
                .is_ok_and(|next| next.status() == to)
        })
}

/// Orders whose bill is gone or says something else. Of closed orders the lines are not compared: they are the long tail, and
/// a change of theirs shows in the amount. Half a thousandth is below every currency's minor unit.
pub(super) const DIFFERENT: &str = "SELECT o.id, o.billid, o.transactionid, o.status, b.status AS billstatus, o.amount, b.amount AS billamount, o.currency
       FROM {local_shopengine_order} o
  LEFT JOIN {local_shop_bill} b ON b.id = o.billid
      WHERE o.id > ? AND (b.id IS NULL OR b.status <> o.status OR COALESCE(b.transactionid, '') <> o.transactionid
         OR ABS(CAST(b.amount AS DECIMAL(12,3)) - CAST(o.amount AS DECIMAL(12,3))) > 0.0005
         OR (o.status NOT IN ('COMPLETE', 'CANCELLED', 'PAYBACK') AND (
                EXISTS (SELECT 1 FROM {local_shopengine_line} l
                     LEFT JOIN {local_shop_billitem} i ON i.billid = l.billid AND i.ordering = l.ordering
                         WHERE l.billid = o.billid AND l.revision = o.revision AND (i.id IS NULL OR i.itemcode <> l.itemcode
                            OR i.type <> l.kind OR CAST(i.quantity AS DECIMAL(12,3)) <> l.quantity
                            OR CAST(i.unitcost AS DECIMAL(12,3)) <> CAST(l.unitprice AS DECIMAL(12,3))))
             OR (SELECT COUNT(*) FROM {local_shop_billitem} i WHERE i.billid = o.billid)
             <> (SELECT COUNT(*) FROM {local_shopengine_line} l WHERE l.billid = o.billid AND l.revision = o.revision))))";

/// What the history says of a deleted bill.
const GONE: &str = "The bill is gone";

/// Orders looked at in one query.
const BATCH: u32 = 200;

/// How long a delivery waits for the plugin's own, in milliseconds.
const PATIENCE: i64 = 120_000;
