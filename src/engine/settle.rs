//! What a verdict does to an order: the one place where payments are believed, held or set aside. All gateways come
//! through here, whatever they said and however often they say it.

use crate::database::Value;
use crate::domain::money::Money;
use crate::domain::state::{Event, Fulfilment};
use crate::gateway::{Channel, Gateway, Happened, Mode, Offer, Settings, Verdict};

use super::order::Change;
use super::{Error, Order, Result, Work, number};

/// What became of a message.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// The order moved.
    Applied,
    /// The order had moved that way already.
    Duplicate,
    /// The message changes nothing (any more): a late event, or one about an older revision.
    Ignored(&'static str),
    /// Money moved that does not fit the order: a human has to look. The order did not move.
    Held(&'static str),
}

impl Outcome {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Duplicate => "duplicate",
            Self::Ignored(code) | Self::Held(code) => code,
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
}

impl Work<'_> {
    /// Applies a verdict. All checks of laws 2 to 5 are here.
    pub(super) fn settle(&mut self, case: &Case<'_>) -> Result<(Order, Outcome)> {
        let Case { verdict, .. } = *case;
        let unknown = || Error::UnknownOrder {
            transaction: verdict.transaction.to_string(),
        };
        let mut order = Order::find(self.database, &verdict.transaction)?.ok_or_else(unknown)?;
        let outcome = match verdict.happened {
            Happened::Paid => self.paid(case, &mut order)?,
            Happened::Refunded => self.refunded(case, &mut order)?,
            Happened::Announced => self.moved(case, &mut order, Event::Announce)?,
            Happened::Refused => self.moved(case, &mut order, Event::Refuse)?,
            Happened::Failed => self.moved(case, &mut order, Event::Fail)?,
            Happened::Cancelled => self.moved(case, &mut order, Event::Cancel)?,
        };
        Ok((order, outcome))
    }

    fn paid(&mut self, case: &Case<'_>, order: &mut Order) -> Result<Outcome> {
        let amount = case.verdict.amount.unwrap_or(order.amount);
        let problem = mismatch(case, order, amount);
        let state = if problem.is_some() { "held" } else { "settled" };
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
                ("reason", problem.unwrap_or("").into()),
                ("amount", amount.to_decimal_string().into()),
                ("currency", amount.currency().code().into()),
                ("test", (case.verdict.mode == Mode::Test).into()),
                ("inboxid", case.inbox.into()),
                ("timecreated", self.now.millis().into()),
                ("timemodified", self.now.millis().into()),
            ],
        )?;
        if settlement.is_none() {
            return self.paid_before(case, order, problem);
        }
        if let Some(reason) = problem {
            return self.hold_payment(case, order, amount, reason);
        }
        let delivered = order.state.fulfilment() == Fulfilment::Done;
        let message = format!(
            "Payment of {amount} settled by {} ({}) : {}",
            case.gateway.name(),
            case.verdict.reference,
            case.verdict.proof
        );
        self.advance(order, Event::Settle, case.actor, &message)?;
        self.database.execute(
            "UPDATE {local_shop_bill} SET paiedamount = ?, onlinetransactionid = ? WHERE id = ?",
            &[
                amount.to_column_string().into(),
                case.verdict
                    .reference
                    .chars()
                    .take(128)
                    .collect::<String>()
                    .into(),
                order.bill.into(),
            ],
        )?;
        self.number_invoice(order)?;
        self.count_sold(order)?;
        self.enqueue(
            order,
            "mail",
            "mail:paid",
            &serde_json::json!({"template": "paid"}),
        )?;
        if !delivered {
            self.enqueue(order, "deliver", "deliver", &serde_json::json!({}))?;
        }
        Ok(Outcome::Applied)
    }

    /// The gateway's transaction is known: the same message in other words, or someone re-uses a payment.
    fn paid_before(
        &mut self,
        case: &Case<'_>,
        order: &mut Order,
        problem: Option<&'static str>,
    ) -> Result<Outcome> {
        let rows = self.database.query(
            "SELECT billid FROM {local_shopengine_settlement} WHERE gateway = ? AND reference = ?",
            &[
                case.gateway.name().into(),
                case.verdict.reference.as_str().into(),
            ],
        )?;
        let same = rows.first().map(|row| row.int("billid")).transpose()? == Some(order.bill);
        if same {
            return Ok(problem.map_or(Outcome::Duplicate, |_| {
                Outcome::Ignored("payment_held_before")
            }));
        }
        let message = format!(
            "Payment {} ignored : it already paid another order",
            case.verdict.reference
        );
        self.remark(order, "ignore", case.actor, &message)?;
        Ok(Outcome::Ignored("payment_used_before"))
    }

    /// Money came that does not fit: it is on record, the order stays, the seller is told.
    fn hold_payment(
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
        self.hold(order, reason, case.actor, &message)?;
        let key = format!(
            "mail:held:{}:{}",
            case.gateway.name(),
            case.verdict.reference
        );
        self.enqueue(
            order,
            "mail",
            &key,
            &serde_json::json!({"template": "held", "reason": reason}),
        )?;
        Ok(Outcome::Held(reason))
    }

    /// An event that moves no money.
    fn moved(&mut self, case: &Case<'_>, order: &mut Order, event: Event) -> Result<Outcome> {
        let reason = if case
            .verdict
            .revision
            .is_some_and(|revision| revision != order.revision)
        {
            Some("older_revision")
        } else if case.gateway.name() != order.paymode {
            Some("other_paymode")
        } else if obstructed(case, order.amount) {
            Some("paymode_not_allowed")
        } else if order.state.after(event).is_err() {
            Some("late_event")
        } else if order.state.after(event) == Ok(order.state) {
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
        if event == Event::Announce {
            let key = format!("mail:announced:{}", order.revision);
            self.enqueue(
                order,
                "mail",
                &key,
                &serde_json::json!({"template": "announced"}),
            )?;
        }
        Ok(Outcome::Applied)
    }

    fn refunded(&mut self, case: &Case<'_>, order: &mut Order) -> Result<Outcome> {
        let amount = case.verdict.amount.unwrap_or(order.amount);
        if amount != order.amount {
            return self.hold_payment(case, order, amount, "partial_refund");
        }
        if order.state.after(Event::Refund).is_err() {
            self.remark(
                order,
                "ignore",
                case.actor,
                "Refund ignored : the order is not paid",
            )?;
            return Ok(Outcome::Ignored("late_event"));
        }
        let message = format!(
            "{amount} paid back by {} : {}",
            case.gateway.name(),
            case.verdict.proof
        );
        self.refund(order, case.actor, &message)?;
        Ok(Outcome::Applied)
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

    /// The legal number of the invoice: one sequence for each shop and year (and one for tests), taken here because only
    /// here is it certain that the invoice exists.
    fn number_invoice(&mut self, order: &Order) -> Result<()> {
        let year = self.year();
        let test = if order.test { "T" } else { "" };
        let series = format!("invoice:{}:{year}{test}", order.shop);
        let number = number::next(self.database, &series, || Ok(0))?;
        let text = format!("{test}{year}-{}-{number:06}", order.shop);
        self.database.execute(
            "UPDATE {local_shop_bill} SET idnumber = ? WHERE id = ? AND (idnumber = '' OR idnumber IS NULL)",
            &[text.into(), order.bill.into()],
        )?;
        Ok(())
    }

    /// The year in the shop's time zone.
    fn year(&self) -> i16 {
        let now = jiff::Timestamp::from_second(self.now.seconds()).unwrap_or_default();
        now.in_tz(self.zone).map_or_else(
            |_| now.to_zoned(jiff::tz::TimeZone::UTC).year(),
            |local| local.year(),
        )
    }

    /// Counts the paid units as sold. Where more are sold than there were, the seller is told; the money is there.
    fn count_sold(&mut self, order: &mut Order) -> Result<()> {
        let lines = self.database.query(
            "SELECT id, itemid, label, quantity FROM {local_shopengine_line} WHERE billid = ? AND revision = ? ORDER BY itemid",
            &[order.bill.into(), order.revision.into()],
        )?;
        for line in lines {
            let item = line.int("itemid")?;
            self.database.execute(
                "UPDATE {local_shop_catalogitem} SET sold = sold + ? WHERE id = ?",
                &[Value::from(line.int("quantity")?), item.into()],
            )?;
            let rows = self.database.query(
                "SELECT stock, sold FROM {local_shop_catalogitem} WHERE id = ?",
                &[item.into()],
            )?;
            let Some(row) = rows.first() else { continue };
            let (stock, sold) = (row.int("stock")?, row.int("sold")?);
            if stock > 0 && sold > stock {
                order.held = Some("oversold".to_owned());
                let status = order.state.status();
                let message = format!(
                    "Oversold : {} of {} sold, {stock} in stock",
                    sold,
                    line.text("label")?
                );
                self.store(
                    order,
                    status,
                    &Change {
                        actor: "engine",
                        event: "hold",
                        message: &message,
                    },
                )?;
            }
        }
        Ok(())
    }
}

/// Why a payment does not fit the order, if it does not.
fn mismatch(case: &Case<'_>, order: &Order, amount: Money) -> Option<&'static str> {
    let verdict = case.verdict;
    let mode_differs = match verdict.mode {
        Mode::Test => !order.test,
        Mode::Live => order.test,
        Mode::Any => false,
    };
    if mode_differs {
        Some("mode_mismatch")
    } else if verdict
        .revision
        .is_some_and(|revision| revision != order.revision)
    {
        Some("older_revision")
    } else if amount.currency() != order.amount.currency() {
        Some("currency_mismatch")
    } else if amount != order.amount {
        Some("amount_mismatch")
    } else if case.gateway.name() != order.paymode {
        Some("other_paymode")
    } else if obstructed(case, order.amount) {
        Some("paymode_not_allowed")
    } else if order.state.is_paid() {
        Some("paid_twice")
    } else if order.state.after(Event::Settle).is_err() {
        Some("order_closed")
    } else {
        None
    }
}

/// Could this interface not even be offered for the order? What a seller confirms may be his own affair; what a buyer sends
/// may not.
fn obstructed(case: &Case<'_>, amount: Money) -> bool {
    let offer = Offer {
        amount,
        staff: case.channel == Channel::Seller,
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
