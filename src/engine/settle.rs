//! What a verdict does to an order: the one place where payments are believed, held or set aside. All gateways come
//! through here, whatever they said and however often they say it.

use crate::domain::money::Money;
use crate::domain::state::{Event, Fulfilment};
use crate::gateway::{Channel, Gateway, Happened, Message, Mode, Offer, Settings, Verdict};

use super::emails::PAYMENT_EMAIL;
use super::rows::printed;
use super::settlement::Settlement;
use super::{Bought, Order, Result, Work};

/// What became of a message.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// The order moved, or money on it did.
    Applied,
    /// The order had moved that way already.
    Duplicate,
    /// The message changes nothing (any more): a late event, or one about an older revision.
    Ignored(&'static str),
    /// Money moved that does not fit the order: a human has to look. The order did not move.
    Held(&'static str),
    /// The order is closed: its buyer owns what it is about.
    AlreadyBought(Bought),
    /// Nothing happened yet; the engine asks again by itself.
    Waiting,
}

impl Outcome {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Duplicate => "duplicate",
            Self::Ignored(code) | Self::Held(code) => code,
            Self::AlreadyBought(_) => "already_bought",
            Self::Waiting => "waiting",
        }
    }
}

/// A verdict on its way to an order.
pub(super) struct Case<'a> {
    pub gateway: &'a dyn Gateway,
    pub channel: Channel,
    pub verdict: &'a Verdict,
    pub settings: &'a Settings,
    pub actor: &'a str,
    pub inbox: i64,
    /// The message itself, for the interface's own words about it.
    pub message: Option<&'a Message<'a>>,
}

impl Work<'_> {
    /// Applies a verdict. All checks of laws 2 to 5 are here.
    pub(super) fn settle(&mut self, case: &Case<'_>) -> Result<(Order, Outcome)> {
        let (mut order, attempt) = self.named(case.gateway.name(), &case.verdict.order)?;
        let verdict = self.completed(case, &order, attempt.as_ref())?;
        let case = &Case {
            verdict: &verdict,
            ..*case
        };
        if let (Some(attempt), Happened::Refused | Happened::Failed | Happened::Cancelled) =
            (&attempt, verdict.happened)
        {
            self.close_attempt(attempt)?;
            if !attempt.latest {
                return self
                    .overtaken(case, &mut order)
                    .map(|outcome| (order, outcome));
            }
        }
        self.comment(case, &mut order)?;
        let outcome = match verdict.happened {
            Happened::Paid => self.paid(case, &mut order)?,
            Happened::Refunded => self.refunded(case, &mut order)?,
            Happened::RefundedInAll => self.refunded_in_all(case, &mut order)?,
            Happened::Lapsed => self.lapsed(case, &mut order, attempt.as_ref())?,
            Happened::Reversed => self.reversed(case, &mut order)?,
            Happened::Restored => self.restored(case, &mut order)?,
            Happened::Noted => self.noted(case, &mut order)?,
            Happened::Announced => self.moved(case, &mut order, Event::Announce)?,
            Happened::Refused => self.moved(case, &mut order, Event::Refuse)?,
            Happened::Failed => self.moved(case, &mut order, Event::Fail)?,
            Happened::Cancelled => self.moved(case, &mut order, Event::Cancel)?,
            Happened::Withdrawn if order.state.is_paid() => {
                self.needs_human(case, &mut order, "payment_withdrawn")?
            }
            Happened::Withdrawn => self.moved(case, &mut order, Event::Cancel)?,
            Happened::Unclear => {
                let reason = case.verdict.attention.unwrap_or("payment_unclear");
                self.needs_human(case, &mut order, reason)?
            }
        };
        Ok((order, outcome))
    }

    /// The interface's own words about the message, in the order's history.
    fn comment(&mut self, case: &Case<'_>, order: &mut Order) -> Result<()> {
        let comment = case.message.and_then(|message| {
            case.gateway
                .comment(message, case.settings, Some(order.amount))
        });
        for line in comment.iter().flat_map(|comment| &comment.lines) {
            self.remark(order, "message", case.actor, line)?;
        }
        Ok(())
    }

    fn paid(&mut self, case: &Case<'_>, order: &mut Order) -> Result<Outcome> {
        let amount = case.verdict.amount.unwrap_or(order.amount);
        let mut problem = mismatch(case, order, amount);
        if problem.is_none() && self.taken_back(order)? {
            problem = Some("payment_reversed");
        }
        if let (Some(reason), true) = (problem, claims_nothing(case)) {
            return self.set_aside(case, order, reason);
        }
        let settlement = self.record_settlement(case, order, amount, problem)?;
        match (settlement, problem) {
            (Settlement::New, Some(reason)) => self.hold_payment(case, order, amount, reason),
            (Settlement::New, None) => self.settled(case, order, amount),
            // What was held fits by now: a second confirmation, or an order that was placed again.
            (Settlement::Held(id), None) => {
                self.release_settlement(id, case, order, amount)?;
                self.settled(case, order, amount)
            }
            (Settlement::Held(id), Some(reason)) => {
                if self.hold_again(id, reason)? {
                    return self.hold_payment(case, order, amount, reason);
                }
                Ok(Outcome::Ignored("payment_held_before"))
            }
            (Settlement::Decided, _) => Ok(Outcome::Duplicate),
            (Settlement::Elsewhere, _) => {
                let message = format!(
                    "Payment {} ignored : it already paid another order",
                    case.verdict.reference
                );
                self.remark(order, "ignore", case.actor, &message)?;
                Ok(Outcome::Ignored("payment_used_before"))
            }
        }
    }

    /// The order is paid: what follows from it, in the same commit.
    fn settled(&mut self, case: &Case<'_>, order: &mut Order, amount: Money) -> Result<Outcome> {
        let delivered = order.state.fulfilment() == Fulfilment::Done;
        let message = format!(
            "Payment of {amount} settled by {} ({}) : {}",
            case.gateway.name(),
            case.verdict.reference,
            case.verdict.proof
        );
        if order.held.as_deref() == Some(SELLER_MUST_ACT) {
            order.held = None;
        }
        self.advance(order, Event::Settle, case.actor, &message)?;
        self.database.execute(
            "UPDATE {local_shop_bill} SET paiedamount = ?, onlinetransactionid = ? WHERE id = ?",
            &[
                amount.to_column_string().into(),
                printed(&case.verdict.reference.chars().take(128).collect::<String>()),
                order.bill.into(),
            ],
        )?;
        self.number_invoice(order)?;
        self.count_sold(order)?;
        // The email waits for the delivery, which is leased first.
        if !delivered {
            self.deliver(order)?;
        }
        self.enqueue(
            order,
            "mail",
            PAYMENT_EMAIL,
            &serde_json::json!({"template": "paid"}),
        )?;
        Ok(Outcome::Applied)
    }

    /// A press on a page of ours that does not fit: no money moved, so there is nothing to hold.
    fn set_aside(
        &mut self,
        case: &Case<'_>,
        order: &mut Order,
        reason: &'static str,
    ) -> Result<Outcome> {
        if order.state.is_paid() && self.settlement(case)?.is_some() {
            return Ok(Outcome::Duplicate);
        }
        let message = format!(
            "Payment by {} ignored : {reason}, {} due for revision {}",
            case.gateway.name(),
            order.amount,
            order.revision
        );
        self.remark(order, "ignore", case.actor, &message)?;
        Ok(Outcome::Ignored(reason))
    }

    /// Money came that does not fit: it is on record, the order stays, the seller is told.
    pub(super) fn hold_payment(
        &mut self,
        case: &Case<'_>,
        order: &mut Order,
        amount: Money,
        reason: &'static str,
    ) -> Result<Outcome> {
        let message = format!(
            "Payment of {amount} by {} ({}) held : {reason}, {} due for revision {}",
            case.gateway.name(),
            case.verdict.reference,
            order.amount,
            order.revision
        );
        self.held(case, order, reason, "", &message)
    }

    /// Marks the order and writes to the seller, once for each payment (and `topic` of it).
    fn held(
        &mut self,
        case: &Case<'_>,
        order: &mut Order,
        reason: &'static str,
        topic: &str,
        message: &str,
    ) -> Result<Outcome> {
        self.hold(order, reason, case.actor, message)?;
        let (name, reference) = (case.gateway.name(), &case.verdict.reference);
        let key = format!("mail:held:{name}:{reference}{topic}");
        let payload = serde_json::json!({"template": "held", "reason": reason});
        self.enqueue(order, "mail", &key, &payload)?;
        Ok(Outcome::Held(reason))
    }

    /// News of a try to pay after which the buyer began another one.
    fn overtaken(&mut self, case: &Case<'_>, order: &mut Order) -> Result<Outcome> {
        let message = format!(
            "{} by {}, ignored : the buyer tried again since",
            case.verdict.proof,
            case.gateway.name()
        );
        self.remark(order, "ignore", case.actor, &message)?;
        Ok(Outcome::Ignored("older_attempt"))
    }

    /// The gateway said something that no rule covers: the order stays, the seller is told.
    fn needs_human(
        &mut self,
        case: &Case<'_>,
        order: &mut Order,
        reason: &'static str,
    ) -> Result<Outcome> {
        let message = format!(
            "Payment by {} ({}) needs a human : {}",
            case.gateway.name(),
            case.verdict.reference,
            case.verdict.proof
        );
        self.held(case, order, reason, &format!(":{reason}"), &message)
    }

    /// An event that moves no money.
    fn moved(&mut self, case: &Case<'_>, order: &mut Order, event: Event) -> Result<Outcome> {
        let reason = if case
            .verdict
            .revision
            .is_some_and(|revision| revision != order.revision)
        {
            Some("older_revision")
        } else if merchant_differs(case) {
            Some("merchant_mismatch")
        } else if mode_differs(case, order) {
            Some("mode_mismatch")
        } else if case.gateway.name() != order.paymode {
            Some("other_paymode")
        } else if obstructed(case, order.amount) {
            Some("paymode_not_allowed")
        } else if !order.state.awaits_payment()
            || order.state.after(event).is_err()
            || (event == Event::Announce && self.is_broken(case)?)
        {
            Some("late_event")
        } else if order.state.after(event) == Ok(order.state) {
            self.attend(case, order)?;
            return Ok(Outcome::Duplicate);
        } else {
            None
        };
        let told = format!(
            "{} by {} : {}",
            event_text(event),
            case.gateway.name(),
            case.verdict.proof
        );
        if let Some(reason) = reason {
            self.remark(
                order,
                "ignore",
                case.actor,
                &format!("{told}, ignored : {reason}"),
            )?;
            return Ok(Outcome::Ignored(reason));
        }
        self.advance(order, event, case.actor, &told)?;
        self.attend(case, order)?;
        if event != Event::Announce {
            self.record_broken(case, order)?;
        } else {
            self.announced(order)?;
        }
        Ok(Outcome::Applied)
    }
}

impl Work<'_> {
    /// Nothing moved, but it is on record, and the seller may have to look.
    fn noted(&mut self, case: &Case<'_>, order: &mut Order) -> Result<Outcome> {
        if self.attend(case, order)? {
            return Ok(Outcome::Held(case.verdict.attention.unwrap_or_default()));
        }
        Ok(Outcome::Ignored("nothing_moved"))
    }

    /// Tells the seller, once for each payment and reason, that he has to look at an authentic message. `false`: no need.
    fn attend(&mut self, case: &Case<'_>, order: &mut Order) -> Result<bool> {
        let Some(reason) = case.verdict.attention else {
            return Ok(false);
        };
        let reference = &case.verdict.reference;
        let message = format!("Payment {reference} by {} : {reason}", case.gateway.name());
        // What is already marked for a graver reason stays so.
        let reason_before = order.held.take();
        let marked = reason_before.as_deref().unwrap_or(reason).to_owned();
        self.hold(order, &marked, case.actor, &message)?;
        self.tell_seller(case, order, "attention", reason)?;
        Ok(true)
    }

    /// An email to the seller about a payment, once for each reason.
    pub(super) fn tell_seller(
        &mut self,
        case: &Case<'_>,
        order: &Order,
        template: &str,
        reason: &str,
    ) -> Result<()> {
        let reference = case
            .verdict
            .movement
            .as_ref()
            .unwrap_or(&case.verdict.reference);
        let key = format!("mail:{reason}:{}:{reference}", case.gateway.name());
        let payload = serde_json::json!({"template": template, "reason": reason});
        self.enqueue(order, "mail", &key, &payload)
    }
}

/// Was another account than the shop's paid?
pub(super) fn merchant_differs(case: &Case<'_>) -> bool {
    case.verdict.merchant != case.gateway.merchant(case.settings)
}

/// Why a payment does not fit the order, if it does not.
fn mismatch(case: &Case<'_>, order: &Order, amount: Money) -> Option<&'static str> {
    let verdict = case.verdict;
    if verdict.attention.is_some() {
        verdict.attention
    } else if merchant_differs(case) {
        Some("merchant_mismatch")
    } else if mode_differs(case, order) {
        Some("mode_mismatch")
    } else if verdict
        .revision
        .is_some_and(|revision| revision != order.revision)
    {
        Some("older_revision")
    } else if amount.currency() != order.amount.currency() {
        Some("currency_mismatch")
    } else if amount != order.amount || (verdict.amount.is_none() && verdict.mode == Mode::Live) {
        // Real money has an amount; a message that does not say it proves nothing of what is due.
        Some("amount_mismatch")
    } else if order.state.is_paid() {
        Some("paid_twice")
    } else if case.channel != Channel::Seller && case.gateway.name() != order.paymode {
        Some("other_paymode")
    } else if obstructed(case, order.amount) {
        Some("paymode_not_allowed")
    } else if order.state.after(Event::Settle).is_err() {
        Some("order_closed")
    } else {
        None
    }
}

/// A test message for a real order, or the other way round.
pub(super) fn mode_differs(case: &Case<'_>, order: &Order) -> bool {
    match case.verdict.mode {
        Mode::Test => !order.test,
        Mode::Live => order.test,
        Mode::Any => false,
    }
}

/// A press in a browser that stands for what is due, not for money that is somewhere already. What a seller says is money.
fn claims_nothing(case: &Case<'_>) -> bool {
    case.verdict.amount.is_none()
        && case.verdict.mode != Mode::Live
        && case.channel != Channel::Seller
}

/// Could this interface not even be offered for the order? That a seller confirms or announces for his own order is his
/// affair: an interface for staff was chosen by staff, or the order would not name it.
fn obstructed(case: &Case<'_>, amount: Money) -> bool {
    if case.channel == Channel::Seller {
        return false;
    }
    let offer = Offer {
        amount,
        country: None,
        staff: case.verdict.happened != Happened::Paid,
        settings: case.settings,
    };
    case.gateway.obstacle(&offer).is_some()
}

fn event_text(event: Event) -> &'static str {
    match event {
        Event::Announce => "Payment announced",
        Event::Refuse => "Payment refused",
        Event::Fail => "Payment failed",
        Event::Cancel => "Payment cancelled",
        _ => "Payment event",
    }
}

/// The gateway waits for the seller before it pays; the mark goes when the money comes.
const SELLER_MUST_ACT: &str = "payment_needs_seller";

#[cfg(test)]
mod tests;
