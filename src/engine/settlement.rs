//! The payments on record: one row for each transaction of a gateway, whatever became of it; and paying back.

use rust_decimal::Decimal;

use crate::database::Row;
use crate::domain::money::{Currency, Money};
use crate::domain::state::Event;
use crate::gateway::{Happened, Mode, Verdict};

use super::settle::{Case, merchant_differs, mode_differs};
use super::{Error, Order, Outcome, Result, Work};

/// Where a payment stands on record.
pub(super) enum Settlement {
    /// It was not, now it is.
    New,
    /// On record for this order, held; its row.
    Held(i64),
    /// On record for this order, settled or paid back.
    Decided,
    /// On record for another order.
    Elsewhere,
}

impl Work<'_> {
    /// Puts a payment on record under the gateway's own id of it, or finds it there.
    pub(super) fn record_settlement(
        &mut self,
        case: &Case<'_>,
        order: &Order,
        amount: Money,
        problem: Option<&'static str>,
    ) -> Result<Settlement> {
        let inserted = self.insert_settlement(
            case,
            order,
            amount,
            if problem.is_some() { "held" } else { "settled" },
            problem.unwrap_or(""),
        )?;
        if inserted {
            return Ok(Settlement::New);
        }
        let Some(row) = self.settlement(case)? else {
            return Err(Error::Conflict);
        };
        Ok(if row.int("billid")? != order.bill {
            Settlement::Elsewhere
        } else if matches!(row.text("state")?.as_str(), "held" | "broken") {
            Settlement::Held(row.int("id")?)
        } else {
            Settlement::Decided
        })
    }

    /// A payment that had only broken before is held for the first time now: `true`.
    pub(super) fn hold_again(&mut self, id: i64, reason: &str) -> Result<bool> {
        let rows = self.database.query(
            "SELECT state FROM {local_shopengine_settlement} WHERE id = ?",
            &[id.into()],
        )?;
        if rows
            .first()
            .map(|row| row.text("state"))
            .transpose()?
            .as_deref()
            != Some("broken")
        {
            return Ok(false);
        }
        self.database.execute(
            "UPDATE {local_shopengine_settlement} SET state = ?, reason = ?, timemodified = ? WHERE id = ?",
            &["held".into(), reason.into(), self.now.millis().into(), id.into()],
        )?;
        Ok(true)
    }

    /// Keeps that a payment was refused or broke, so that an older message about it cannot announce it again.
    pub(super) fn record_broken(&mut self, case: &Case<'_>, order: &Order) -> Result<()> {
        if let Some(amount) = case.verdict.amount {
            self.insert_settlement(case, order, amount, "broken", "")?;
        }
        Ok(())
    }

    /// Was this payment refused, or did it break?
    pub(super) fn is_broken(&self, case: &Case<'_>) -> Result<bool> {
        let row = self.settlement(case)?;
        Ok(row
            .map(|row| row.text("state"))
            .transpose()?
            .is_some_and(|state| state == "broken"))
    }

    pub(super) fn insert_settlement(
        &mut self,
        case: &Case<'_>,
        order: &Order,
        amount: Money,
        state: &str,
        reason: &str,
    ) -> Result<bool> {
        let reference = &case.verdict.reference;
        self.insert_movement(case, order, amount, (reference, state, reason))
    }

    /// Puts a movement of money on record under its own id; `false` when it is there.
    pub(super) fn insert_movement(
        &mut self,
        case: &Case<'_>,
        order: &Order,
        amount: Money,
        (reference, state, reason): (&str, &str, &str),
    ) -> Result<bool> {
        let refunded = if state == "refunded" {
            amount.to_decimal_string()
        } else {
            "0".to_owned()
        };
        let settlement = self.database.insert_if_absent(
            "local_shopengine_settlement",
            &[
                ("billid", order.bill.into()),
                ("gateway", case.gateway.name().into()),
                ("reference", reference.into()),
                (
                    "revision",
                    case.verdict.revision.unwrap_or(order.revision).into(),
                ),
                ("state", state.into()),
                ("reason", reason.into()),
                ("amount", amount.to_decimal_string().into()),
                ("refunded", refunded.into()),
                ("currency", amount.currency().code().into()),
                ("test", (case.verdict.mode == Mode::Test).into()),
                ("inboxid", case.inbox.into()),
                ("timecreated", self.now.millis().into()),
                ("timemodified", self.now.millis().into()),
            ],
        )?;
        Ok(settlement.is_some())
    }

    /// The payment that the verdict is about, if it is on record.
    pub(super) fn settlement(&self, case: &Case<'_>) -> Result<Option<Row>> {
        let rows = self.database.query(
            "SELECT id, billid, state, amount, refunded, currency FROM {local_shopengine_settlement} WHERE gateway = ? AND reference = ?",
            &[
                case.gateway.name().into(),
                case.verdict.reference.as_str().into(),
            ],
        )?;
        Ok(rows.into_iter().next())
    }

    /// A payment that had only broken or was held counts from now on.
    pub(super) fn release_settlement(
        &mut self,
        id: i64,
        case: &Case<'_>,
        order: &Order,
        amount: Money,
    ) -> Result<()> {
        self.database.execute(
            "UPDATE {local_shopengine_settlement}
                SET state = ?, reason = ?, revision = ?, amount = ?, currency = ?, test = ?, timecreated = ?, timemodified = ?
              WHERE id = ?",
            &[
                "settled".into(),
                "".into(),
                order.revision.into(),
                amount.to_decimal_string().into(),
                amount.currency().code().into(),
                (case.verdict.mode == Mode::Test).into(),
                self.now.millis().into(),
                self.now.millis().into(),
                id.into(),
            ],
        )?;
        Ok(())
    }

    /// The gateway paid back one payment, or a part of it; the parts are summed. Whether the order is paid back depends on
    /// which payment that was, and on the sum.
    pub(super) fn refunded(&mut self, case: &Case<'_>, order: &mut Order) -> Result<Outcome> {
        let amount = case.verdict.amount.unwrap_or(order.amount);
        if merchant_differs(case) {
            return self.hold_payment(case, order, amount, "merchant_mismatch");
        }
        if mode_differs(case, order) {
            return self.hold_payment(case, order, amount, "mode_mismatch");
        }
        let known = self.settlement(case)?;
        let payment = Payment::of(known.as_ref(), order)?;
        if !payment.ours {
            let message = format!(
                "Refund of {} ignored : that payment is another order's",
                case.verdict.reference
            );
            self.remark(order, "ignore", case.actor, &message)?;
            return Ok(Outcome::Ignored("payment_used_before"));
        }
        if payment.state == "refunded" {
            return Ok(Outcome::Duplicate);
        }
        if amount.currency() != payment.amount.currency() {
            return self.hold_payment(case, order, amount, "currency_mismatch");
        }
        // A refund without an id of its own is the whole payment's, or nobody can tell it from the next one.
        let Some(movement) = &case.verdict.movement else {
            if amount != payment.amount && payment.state != "held" {
                return self.hold_payment(case, order, amount, "partial_refund");
            }
            return self.refund_payment(case, order, payment.amount, known.is_some());
        };
        if !self.insert_movement(case, order, amount, (movement, "refund", ""))? {
            return Ok(Outcome::Duplicate);
        }
        let sum = payment.refunded.plus(amount)?;
        if sum.amount() >= payment.amount.amount() {
            return self.refund_payment(case, order, payment.amount, known.is_some());
        }
        if known.is_none() {
            // Its own message is still on its way; what is paid back of it already is kept for then.
            self.insert_settlement(case, order, payment.amount, "broken", "refund_first")?;
        }
        self.database.execute(
            "UPDATE {local_shopengine_settlement} SET refunded = ?, timemodified = ? WHERE gateway = ? AND reference = ?",
            &[
                sum.to_decimal_string().into(),
                self.now.millis().into(),
                case.gateway.name().into(),
                case.verdict.reference.as_str().into(),
            ],
        )?;
        let told = format!(
            "{amount} of {} paid back by {} ({}), {sum} so far : {}",
            payment.amount,
            case.gateway.name(),
            case.verdict.reference,
            case.verdict.proof
        );
        self.remark(order, "refund", case.actor, &told)?;
        Ok(Outcome::Applied)
    }

    /// The gateway says how much of a payment it has paid back until now: what is more than was known is the next part.
    pub(super) fn refunded_in_all(
        &mut self,
        case: &Case<'_>,
        order: &mut Order,
    ) -> Result<Outcome> {
        let sum = case.verdict.amount.unwrap_or(order.amount);
        let known = self.settlement(case)?;
        let payment = Payment::of(known.as_ref(), order)?;
        let part = sum.minus(payment.refunded).ok();
        if part.is_some_and(|part| !part.is_positive()) {
            return Ok(Outcome::Duplicate);
        }
        let verdict = Verdict {
            happened: Happened::Refunded,
            amount: part.or(Some(sum)),
            movement: Some(format!(
                "refund:{}:{}",
                case.verdict.reference,
                sum.to_decimal_string()
            )),
            ..case.verdict.clone()
        };
        let case = Case {
            verdict: &verdict,
            ..*case
        };
        self.refunded(&case, order)
    }

    /// A payment was paid back in full.
    fn refund_payment(
        &mut self,
        case: &Case<'_>,
        order: &mut Order,
        amount: Money,
        known: bool,
    ) -> Result<Outcome> {
        let state = match self.settlement(case)? {
            Some(row) => row.text("state")?,
            None => String::new(),
        };
        let settled = state == "settled";
        let told = format!(
            "{amount} paid back by {} ({}) : {}",
            case.gateway.name(),
            case.verdict.reference,
            case.verdict.proof
        );
        if settled && order.state.after(Event::Refund).is_ok() {
            self.refund(order, case.actor, &told)?;
            return Ok(Outcome::Applied);
        }
        // A payment that never counted, or one whose own message is still on its way: it will not count any more.
        if known {
            self.database.execute(
                "UPDATE {local_shopengine_settlement} SET refunded = amount, state = ?, timemodified = ?
                  WHERE gateway = ? AND reference = ?",
                &[
                    "refunded".into(),
                    self.now.millis().into(),
                    case.gateway.name().into(),
                    case.verdict.reference.as_str().into(),
                ],
            )?;
        } else {
            self.insert_settlement(case, order, amount, "refunded", "")?;
        }
        if state == "held" && order.state.is_paid() && !self.has_counted(case, order)? {
            // A seller confirmed the order, perhaps because of this payment: nobody else can tell whether it is paid still.
            self.hold(order, CONFIRMED_AND_REFUNDED, case.actor, &told)?;
            self.tell_of_hold(order, CONFIRMED_AND_REFUNDED)?;
            return Ok(Outcome::Held(CONFIRMED_AND_REFUNDED));
        }
        self.remark(order, "refund", case.actor, &told)?;
        Ok(Outcome::Ignored("refund_of_other_payment"))
    }

    /// Does a payment of this interface count for the order, and not a seller's word alone?
    fn has_counted(&self, case: &Case<'_>, order: &Order) -> Result<bool> {
        let rows = self.database.query(
            "SELECT id FROM {local_shopengine_settlement} WHERE billid = ? AND gateway = ? AND state = ? LIMIT 1",
            &[
                order.bill.into(),
                case.gateway.name().into(),
                "settled".into(),
            ],
        )?;
        Ok(!rows.is_empty())
    }

    /// Marks all that was paid for `order` as paid back. What a chargeback took before does not go back a second time, and its hold ends.
    pub(super) fn refund(&mut self, order: &mut Order, actor: &str, message: &str) -> Result<()> {
        if Self::is_reversed(order) {
            order.held = None;
        }
        self.advance(order, Event::Refund, actor, message)?;
        let mut taken = self.net_reversed(order)?.max(Decimal::ZERO);
        let rows = self.database.query(
            "SELECT id, amount, refunded, currency FROM {local_shopengine_settlement} WHERE billid = ? AND state = ? ORDER BY id",
            &[order.bill.into(), "settled".into()],
        )?;
        for row in rows {
            let currency = Currency::parse(&row.text("currency")?)?;
            let amount = Money::parse(&row.text("amount")?, currency)?;
            let before = Money::parse(&row.text("refunded")?, currency)?;
            let reversed = taken.min(amount.amount());
            taken -= reversed;
            let refunded = (amount.amount() - reversed).max(before.amount());
            self.database.execute(
                "UPDATE {local_shopengine_settlement} SET refunded = ?, state = ?, timemodified = ? WHERE id = ?",
                &[
                    Money::of(refunded, currency)?.to_decimal_string().into(),
                    "refunded".into(),
                    self.now.millis().into(),
                    row.int("id")?.into(),
                ],
            )?;
        }
        Ok(())
    }
}

/// What is on record of a payment, or what has to be taken for it as long as nothing is.
struct Payment {
    ours: bool,
    state: String,
    amount: Money,
    refunded: Money,
}

impl Payment {
    fn of(row: Option<&Row>, order: &Order) -> Result<Self> {
        let Some(row) = row else {
            return Ok(Self {
                ours: true,
                state: String::new(),
                amount: order.amount,
                refunded: Money::zero(order.amount.currency()),
            });
        };
        let currency = Currency::parse(&row.text("currency")?)?;
        Ok(Self {
            ours: row.int("billid")? == order.bill,
            state: row.text("state")?,
            amount: Money::parse(&row.text("amount")?, currency)?,
            refunded: Money::parse(&row.text("refunded")?, currency)?,
        })
    }
}

/// Why an order is held that a seller confirmed, when a payment that had been held is paid back.
const CONFIRMED_AND_REFUNDED: &str = "refund_of_held_payment";
