//! The steps of a message: its gateway says what it proves by now and what comes next, and what it says is applied, in one commit.

use crate::domain::transaction_id::TransactionId;
use crate::gateway::{Answered, Ask, Gateway, GatewayError, Inquiry, Named, Next, Settings};

use super::asking::SOON;
use super::inbox::{Raw, Received};
use super::settle::Case;
use super::{Error, Order, Outcome, Result, Work};

/// How far a message is on its way.
#[derive(Clone, Copy)]
pub(super) struct Stage<'a> {
    /// The memo of the last call, and its answer.
    said: Option<(&'a str, &'a Answered)>,
    /// Calls made so far.
    calls: u32,
    /// Only a look.
    quick: bool,
    /// The last call as one that was under way.
    query: Option<i64>,
}

impl<'a> Stage<'a> {
    /// At its beginning.
    pub(super) fn begin(quick: bool) -> Self {
        Self {
            said: None,
            calls: 0,
            quick,
            query: None,
        }
    }

    /// With the answer to the last of `calls` calls.
    pub(super) fn answered(
        memo: &'a str,
        answer: &'a Answered,
        calls: u32,
        quick: bool,
        query: i64,
    ) -> Self {
        Self {
            said: Some((memo, answer)),
            calls,
            quick,
            query: Some(query),
        }
    }

    /// Was a call made before?
    pub(super) fn goes_on(&self) -> bool {
        self.said.is_some()
    }

    /// The call that is over with this step.
    pub(super) fn query(&self) -> Option<i64> {
        self.query
    }

    /// May there be one more call?
    pub(super) fn may_go_on(&self) -> bool {
        self.calls < MOST_CALLS
    }

    /// What a token says of the call that comes now.
    pub(super) fn after(&self, memo: &str) -> String {
        let look = if self.quick { "look" } else { "ask" };
        format!("{}-{look}-{memo}", self.calls + 1)
    }
}

/// What came of a step.
pub(super) enum Stepped {
    /// A call, with its memo.
    Ask(Ask, String),
    /// All there is for now.
    Received(Box<Received>),
}

/// Of several verdicts of one message, what is said of the message.
fn graver(before: Option<(Order, Outcome)>, outcome: Outcome) -> Outcome {
    match before {
        Some((_, before @ Outcome::Held(_))) => before,
        Some((_, Outcome::Applied)) if !matches!(outcome, Outcome::Held(_)) => Outcome::Applied,
        _ => outcome,
    }
}

impl Work<'_> {
    /// The next step of a message: what its gateway says is applied, with what is to be kept, or not at all. `named` is told the order
    /// that a verdict names.
    pub(super) fn step(
        &mut self,
        raw: &Raw<'_>,
        settings: &Settings,
        actor: &str,
        stage: &Stage<'_>,
        named: &mut Option<TransactionId>,
    ) -> Result<Stepped> {
        let Raw {
            gateway, message, ..
        } = *raw;
        if let Some(query) = stage.query() {
            self.end_query(query)?;
        } else {
            self.refuse_foreign(gateway, message, settings)?;
        }
        let tried = match gateway.about(message)? {
            Some(reference) => {
                let tried = self.tried(gateway.name(), &reference)?;
                Some(tried.ok_or(Error::UnknownOrder {
                    transaction: reference.chars().take(40).collect(),
                })?)
            }
            None => None,
        };
        let progress = gateway.proceed(
            message,
            &Inquiry {
                settings,
                attempt: tried.as_ref().map(|(_, attempt)| attempt),
                said: stage.said,
                quick: stage.quick,
                now: self.now,
            },
        )?;
        if let (Some((bill, attempt)), Some(kept)) = (&tried, &progress.keep) {
            self.keep(gateway.name(), attempt, kept)?;
            self.tell_refund(gateway, *bill, &attempt.kept, kept)?;
        }
        if let Next::Ask(ask, memo) = progress.next {
            return Ok(Stepped::Ask(ask, memo));
        }
        let mut decided = None;
        for verdict in &progress.verdicts {
            if let Named::Transaction(transaction) = &verdict.order {
                *named = Some(transaction.clone());
            }
            let case = Case {
                gateway,
                channel: message.channel,
                verdict,
                settings,
                actor,
                inbox: raw.id,
                message: Some(message),
            };
            let (order, outcome) = self.settle(&case)?;
            decided = Some((order, graver(decided, outcome)));
        }
        let (order, outcome) = match (decided, &tried) {
            (Some(decided), _) => decided,
            (None, Some((bill, _))) => {
                let order = Order::of_bill(self.database, *bill)?.ok_or(Error::Conflict)?;
                self.undecided(order, &progress.next, raw, actor)?
            }
            (None, None) => return Err(GatewayError::NoOrder.into()),
        };
        if matches!(progress.next, Next::Wait) {
            self.linger(raw.id, order.bill)?;
        } else {
            // What a message did stays on record when it comes again.
            self.database.execute(
                "UPDATE {local_shopengine_inbox}
                    SET state = ?, outcome = ?, billid = ?, attempts = attempts + 1, timemodified = ?
                  WHERE id = ? AND outcome <> ?",
                &[
                    "done".into(),
                    outcome.code().into(),
                    order.bill.into(),
                    self.now.millis().into(),
                    raw.id.into(),
                    Outcome::Applied.code().into(),
                ],
            )?;
        }
        Ok(Stepped::Received(Box::new(Received { order, outcome })))
    }

    /// What becomes of a message by which nothing is proven.
    fn undecided(
        &mut self,
        order: Order,
        next: &Next,
        raw: &Raw<'_>,
        actor: &str,
    ) -> Result<(Order, Outcome)> {
        match next {
            Next::AlreadyBought { earlier, session } => {
                self.bought_by_wallet(order, earlier, session, raw.gateway, actor)
            }
            Next::Wait => Ok((order, Outcome::Waiting)),
            _ => Ok((order, Outcome::Ignored("nothing_moved"))),
        }
    }

    /// A wallet has proven that the article is paid: the order by which it is, is one of ours, or the proof says nothing to us.
    fn bought_by_wallet(
        &mut self,
        mut order: Order,
        reference: &str,
        session: &str,
        gateway: &dyn Gateway,
        actor: &str,
    ) -> Result<(Order, Outcome)> {
        let earlier = Named::Attempt {
            reference: reference.to_owned(),
            number: None,
        };
        let (mut earlier, _) = match self.named(gateway.name(), &earlier) {
            Err(Error::UnknownOrder { .. }) => {
                let message = format!(
                    "Order {reference} at {} is not of this shop",
                    gateway.name()
                );
                self.remark(&mut order, "ignore", actor, &message)?;
                return Ok((order, Outcome::Ignored("bought_elsewhere")));
            }
            found => found?,
        };
        let bought = self.replay(&mut order, &mut earlier, session, actor)?;
        let outcome = bought.map_or(Outcome::Ignored("not_owned"), Outcome::AlreadyBought);
        Ok((order, outcome))
    }

    /// The gateway has answered, and there is more to come: the engine asks again by itself, as long as it takes.
    fn linger(&mut self, inbox: i64, bill: i64) -> Result<()> {
        self.put_by(inbox, bill)?;
        self.database.execute(
            "UPDATE {local_shopengine_inbox} SET attempts = ? WHERE id = ? AND attempts > ?",
            &[SOON.into(), inbox.into(), SOON.into()],
        )?;
        Ok(())
    }

    /// Leaves a message undecided without counting it as a try to ask.
    pub(super) fn put_by(&mut self, inbox: i64, bill: i64) -> Result<()> {
        self.database.execute(
            "UPDATE {local_shopengine_inbox} SET state = ?, billid = ?, timemodified = ? WHERE id = ? AND state <> ?",
            &["asked".into(), bill.into(), self.now.millis().into(), inbox.into(), "done".into()],
        )?;
        Ok(())
    }
}

/// Calls on the way of one message.
const MOST_CALLS: u32 = 6;
