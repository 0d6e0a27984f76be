//! Stale orders: placed, never paid, left behind. They are cancelled after a while, so that what is open is what is awaited.

use crate::database::Row;
use crate::domain::state::{Event, Payment};

use super::{Engine, Error, Order, Result, Work};

impl Engine {
    /// Cancels up to `limit` orders that have not moved for `hours` hours and of which no payment is known, each in a
    /// transaction of its own. Returns how many. A payment that comes later all the same is held, never lost. Left alone are:
    ///
    /// - announced payments (PENDING): a cheque takes its time, and only the seller knows;
    /// - held orders: someone has to look at them;
    /// - orders with money on record, whatever became of it;
    /// - orders that an undecided message of their payment interface names, or while one is stored that no process has read yet;
    /// - orders whose bill says something else.
    ///
    /// `hours` of 0 cancels nothing. Nothing is restocked: an unpaid order has taken nothing from the stock.
    ///
    /// # Errors
    /// [`Error::Database`] when the database is away; one order that cannot be cancelled is noted and left.
    pub fn sweep(&self, hours: u32, limit: u32) -> Result<usize> {
        if hours == 0 {
            return Ok(0);
        }
        let before = self.now().millis() - i64::from(hours) * HOUR;
        let stale = self.database().query(
            &format!("{STALE} ORDER BY o.id LIMIT {limit}"),
            &[before.into()],
        )?;
        let mut cancelled = 0;
        for row in &stale {
            match self.transact(|work| work.cancel_stale(row, before, hours)) {
                Ok(done) => cancelled += usize::from(done),
                Err(error) if error.status() == 503 && !error.is_foreign_data() => {
                    return Err(error);
                }
                Err(error) => self.note(None, &format!("Stale order not cancelled : {error}")),
            }
        }
        Ok(cancelled)
    }
}

impl Work<'_> {
    /// Cancels one order, unless it moved since the list was made.
    fn cancel_stale(&mut self, row: &Row, before: i64, hours: u32) -> Result<bool> {
        let bill = row.int("billid")?;
        let still = self.database.query(
            &format!("{STALE} AND o.billid = ?"),
            &[before.into(), bill.into()],
        )?;
        if still.is_empty() {
            return Ok(false);
        }
        let order = Order::of_bill(self.database, bill)?;
        let mut order = order.ok_or(Error::Conflict)?;
        if !matches!(
            order.state.payment(),
            Payment::Due | Payment::Refused | Payment::Failed
        ) {
            return Ok(false);
        }
        let message = format!("Order cancelled : not paid for {hours} hours");
        self.advance(&mut order, Event::Cancel, "engine", &message)?;
        Ok(true)
    }
}

/// Orders that wait for nothing any more.
const STALE: &str = "SELECT o.id, o.billid FROM {local_shopengine_order} o JOIN {local_shop_bill} b ON b.id = o.billid AND b.status = o.status
      WHERE o.status IN ('PLACED', 'REFUSED', 'FAILED') AND o.timemodified < ? AND COALESCE(o.held, '') = ''
        AND NOT EXISTS (SELECT 1 FROM {local_shopengine_settlement} s WHERE s.billid = o.billid AND s.state <> 'broken')
        AND NOT EXISTS (SELECT 1 FROM {local_shopengine_inbox} m
                         WHERE m.state NOT IN ('done', 'rejected', 'held') AND m.gateway = o.paymode
                           AND (m.subject = o.billid OR m.billid = o.billid OR (m.subject = 0 AND m.billid = 0)))";

/// Milliseconds.
const HOUR: i64 = 3_600_000;
