//! Money that is taken back over the seller's head, and comes back to him: chargebacks and their end. Both are movements on
//! record; the order is held while more was taken than came back, whatever came first. Its state stays: nothing is known
//! of how it ends.

use rust_decimal::Decimal;

use crate::domain::money::{Currency, Money};
use crate::gateway::Happened;

use super::outbox::LONGEST_WAIT;
use super::settle::{Case, merchant_differs, mode_differs};
use super::{Order, Outcome, Result, Work};

impl Work<'_> {
    /// A payment was reversed: nothing more is delivered, what can be opened is closed, the seller is told.
    pub(super) fn reversed(&mut self, case: &Case<'_>, order: &mut Order) -> Result<Outcome> {
        if let Some(outcome) = self.record_reversal(case, order)? {
            return Ok(outcome);
        }
        if !self.taken_back(order)? {
            self.reversal_told(
                case,
                order,
                "reversed, and what was taken had come back before",
            )?;
            return Ok(Outcome::Applied);
        }
        order.held = Some(REVERSED.to_owned());
        self.reversal_told(case, order, "reversed")?;
        self.tell_seller(case, order, "attention", REVERSED)?;
        Ok(Outcome::Held(REVERSED))
    }

    /// A reversal was cancelled: the order is as it was before.
    pub(super) fn restored(&mut self, case: &Case<'_>, order: &mut Order) -> Result<Outcome> {
        if let Some(outcome) = self.record_reversal(case, order)? {
            return Ok(outcome);
        }
        if !self.taken_back(order)? && order.held.as_deref() == Some(REVERSED) {
            order.held = None;
        }
        self.reversal_told(case, order, "restored : the reversal was cancelled")?;
        self.wake(order)?;
        self.tell_seller(case, order, "attention", "reversal_cancelled")?;
        Ok(Outcome::Applied)
    }

    /// Was more taken back of this order than came back?
    pub(super) fn taken_back(&self, order: &Order) -> Result<bool> {
        Ok(self.net_reversed(order)? > Decimal::ZERO)
    }

    /// What was taken back of this order, less what came back, in major units of its currency.
    pub(super) fn net_reversed(&self, order: &Order) -> Result<Decimal> {
        let rows = self.database.query(
            "SELECT id, state, amount, currency FROM {local_shopengine_settlement}
              WHERE billid = ? AND state IN ('reversal', 'restoration')",
            &[order.bill.into()],
        )?;
        let mut sum = Decimal::ZERO;
        for row in rows {
            let currency = Currency::parse(&row.text("currency")?)?;
            let amount = Money::parse(&row.text("amount")?, currency)?.amount();
            sum += if row.text("state")? == "reversal" {
                amount
            } else {
                -amount
            };
        }
        Ok(sum)
    }

    /// Is the order's delivery to wait because its payment was taken back?
    pub(super) fn is_reversed(order: &Order) -> bool {
        order.held.as_deref() == Some(REVERSED)
    }

    /// The money of an order was taken back: its delivery waits for how that ends.
    pub(super) fn put_off(&mut self, id: i64) -> Result<()> {
        self.database.execute(
            "UPDATE {local_shopengine_outbox} SET state = 'due', attempts = attempts - 1, timedue = ?, timemodified = ? WHERE id = ?",
            &[
                (self.now.millis() + LONGEST_WAIT).into(),
                self.now.millis().into(),
                id.into(),
            ],
        )?;
        Ok(())
    }

    /// Work of an order that was put off is due now.
    pub(super) fn wake(&mut self, order: &Order) -> Result<()> {
        self.database.execute(
            "UPDATE {local_shopengine_outbox} SET timedue = ?, timemodified = ? WHERE billid = ? AND state = 'due' AND timedue > ?",
            &[
                self.now.millis().into(),
                self.now.millis().into(),
                order.bill.into(),
                self.now.millis().into(),
            ],
        )?;
        Ok(())
    }

    /// Puts the movement on record; an outcome when that is all.
    fn record_reversal(&mut self, case: &Case<'_>, order: &mut Order) -> Result<Option<Outcome>> {
        let amount = case.verdict.amount.unwrap_or(order.amount);
        let reason = if merchant_differs(case) {
            Some("merchant_mismatch")
        } else if mode_differs(case, order) {
            Some("mode_mismatch")
        } else if amount.currency() != order.amount.currency() {
            Some("currency_mismatch")
        } else {
            None
        };
        if let Some(reason) = reason {
            return self.hold_payment(case, order, amount, reason).map(Some);
        }
        let state = match case.verdict.happened {
            Happened::Reversed => "reversal",
            _ => "restoration",
        };
        // Without an id of its own there is one of each for a payment.
        let reference = match &case.verdict.movement {
            Some(movement) => movement.clone(),
            None => format!("{state}:{}", case.verdict.reference),
        };
        let new = self.insert_movement(case, order, amount, (&reference, state, ""))?;
        Ok((!new).then_some(Outcome::Duplicate))
    }

    fn reversal_told(&mut self, case: &Case<'_>, order: &mut Order, what: &str) -> Result<()> {
        let amount = case.verdict.amount.unwrap_or(order.amount);
        let told = format!(
            "Payment of {amount} by {} ({}) {what} : {}",
            case.gateway.name(),
            case.verdict.reference,
            case.verdict.proof
        );
        let event = match case.verdict.happened {
            Happened::Reversed => "hold",
            _ => "release",
        };
        self.remark(order, event, case.actor, &told)
    }
}

/// Why such an order is held.
const REVERSED: &str = "payment_reversed";
