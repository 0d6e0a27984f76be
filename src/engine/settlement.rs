//! The payments on record: one row for each transaction of a gateway, whatever became of it; and paying back.

use crate::database::Row;
use crate::domain::money::Money;
use crate::domain::state::Event;
use crate::gateway::Mode;

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
        } else if row.text("state")? == "held" {
            Settlement::Held(row.int("id")?)
        } else {
            Settlement::Decided
        })
    }

    pub(super) fn insert_settlement(
        &mut self,
        case: &Case<'_>,
        order: &Order,
        amount: Money,
        state: &str,
        reason: &str,
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
                ("reference", case.verdict.reference.as_str().into()),
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
            "SELECT id, billid, state FROM {local_shopengine_settlement} WHERE gateway = ? AND reference = ?",
            &[
                case.gateway.name().into(),
                case.verdict.reference.as_str().into(),
            ],
        )?;
        Ok(rows.into_iter().next())
    }

    pub(super) fn release_settlement(
        &mut self,
        id: i64,
        case: &Case<'_>,
        order: &Order,
        amount: Money,
    ) -> Result<()> {
        self.database.execute(
            "UPDATE {local_shopengine_settlement}
                SET state = ?, reason = ?, revision = ?, amount = ?, currency = ?, test = ?, timemodified = ?
              WHERE id = ?",
            &[
                "settled".into(),
                "".into(),
                order.revision.into(),
                amount.to_decimal_string().into(),
                amount.currency().code().into(),
                (case.verdict.mode == Mode::Test).into(),
                self.now.millis().into(),
                id.into(),
            ],
        )?;
        Ok(())
    }

    /// The gateway paid back one payment. Whether the order is paid back depends on which payment that was.
    pub(super) fn refunded(&mut self, case: &Case<'_>, order: &mut Order) -> Result<Outcome> {
        let amount = case.verdict.amount.unwrap_or(order.amount);
        if merchant_differs(case) {
            return self.hold_payment(case, order, amount, "merchant_mismatch");
        }
        if mode_differs(case, order) {
            return self.hold_payment(case, order, amount, "mode_mismatch");
        }
        let known = self.settlement(case)?;
        let (ours, state) = match &known {
            Some(row) => (row.int("billid")? == order.bill, row.text("state")?),
            None => (true, String::new()),
        };
        if !ours {
            let message = format!(
                "Refund of {} ignored : that payment is another order's",
                case.verdict.reference
            );
            self.remark(order, "ignore", case.actor, &message)?;
            return Ok(Outcome::Ignored("payment_used_before"));
        }
        if state == "refunded" {
            return Ok(Outcome::Duplicate);
        }
        if amount != order.amount && state != "held" {
            return self.hold_payment(case, order, amount, "partial_refund");
        }
        let told = format!(
            "{amount} paid back by {} ({}) : {}",
            case.gateway.name(),
            case.verdict.reference,
            case.verdict.proof
        );
        if state == "settled" && order.state.after(Event::Refund).is_ok() {
            self.refund(order, case.actor, &told)?;
            return Ok(Outcome::Applied);
        }
        // A payment that never counted, or one whose own message is still on its way: it will not count any more.
        if known.is_some() {
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
        self.remark(order, "refund", case.actor, &told)?;
        Ok(Outcome::Ignored("refund_of_other_payment"))
    }

    /// Marks all that was paid for `order` as paid back.
    pub(super) fn refund(&mut self, order: &mut Order, actor: &str, message: &str) -> Result<()> {
        self.advance(order, Event::Refund, actor, message)?;
        self.database.execute(
            "UPDATE {local_shopengine_settlement} SET refunded = amount, state = ?, timemodified = ?
              WHERE billid = ? AND state = ?",
            &["refunded".into(), self.now.millis().into(), order.bill.into(), "settled".into()],
        )?;
        Ok(())
    }
}
