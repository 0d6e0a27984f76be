//! Messages that prove nothing before the host has made a call: which call, what the answer means, and asking again what
//! nobody could answer. Nothing is held meanwhile: the message lies in the inbox, committed.

use crate::gateway::{Answered, Ask, GatewayError, Settings};

use super::inbox::{Raw, Received, Taken};
use super::step::Stage;
use super::{Engine, Error, Order, Outcome, Result};

/// A call that the host has to make for a message in the inbox.
#[derive(Clone, Debug)]
pub struct Asking {
    /// To be given back with the answer; names the message.
    pub token: String,
    /// The call.
    pub ask: Ask,
    pub(super) inbox: i64,
    /// The call as one that is under way.
    pub(super) query: i64,
}

impl Asking {
    /// `way`: what the token has to say of the message's way.
    pub(super) fn new(raw: &Raw<'_>, ask: Ask, query: i64, way: &str) -> Self {
        Self {
            token: format!("{}-{}-{query}-{way}", raw.id, raw.message.key()),
            ask,
            inbox: raw.id,
            query,
        }
    }
}

impl Engine {
    /// Goes on with the answer to a call. The caller may answer the sender 2xx when this returns [`Taken::Received`], or an error of
    /// the message itself (not 503): then it is on record, and sending it again changes nothing. [`Taken::Ask`]: one more call.
    ///
    /// # Errors
    /// [`GatewayError::Unverified`], [`GatewayError::Away`] when the answer decides nothing: the message waits and is asked about
    /// again. Others as of [`Engine::take`].
    pub fn answered(&self, token: &str, answer: &Answered) -> Result<Taken> {
        let unknown = || Error::Gateway(GatewayError::Malformed { field: "token" });
        let mut parts = token.splitn(6, '-');
        let mut part = || parts.next().ok_or_else(unknown);
        let (id, key, query) = (part()?, part()?, part()?);
        let (calls, look, memo) = (part()?, part()?, part()?);
        let calls = calls.parse().map_err(|_| unknown())?;
        let query = query.parse().map_err(|_| unknown())?;
        let rows = self.database().query(
            "SELECT id, gateway, messagekey, channel, endpoint, method, query, contenttype, body, state, billid
               FROM {local_shopengine_inbox} WHERE id = ?",
            &[id.parse::<i64>().map_err(|_| unknown())?.into()],
        )?;
        let row = rows.first().ok_or_else(unknown)?;
        if row.text("messagekey")? != key {
            return Err(unknown());
        }
        // Another process may have had its answer first.
        if row.text("state")? == "done"
            && let Some(order) = Order::of_bill(self.database(), row.int("billid")?)?
        {
            return Ok(Taken::Received(Box::new(Received {
                order,
                outcome: Outcome::Duplicate,
            })));
        }
        // It was rejected meanwhile, and only its beginning is kept: whoever still has it may send it again.
        if self.is_shortened(row)? {
            return Err(GatewayError::Unverified.into());
        }
        let actor = format!("gateway:{}", row.text("gateway")?);
        let stage = Stage::answered(memo, answer, calls, look == "look", query);
        self.decide(row, &actor, &stage)
    }

    /// Up to `limit` calls that are due for messages that nobody could vouch for so far; messages about one order never come before
    /// all others. The host makes them outside of any request and gives each answer to [`Engine::answered`].
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn asks(&self, limit: u32) -> Result<Vec<Asking>> {
        let due = self.due_messages(limit)?;
        let mut asks = Vec::with_capacity(due.len());
        for id in due {
            let rows = self.database().query(
                "SELECT id, gateway, channel, endpoint, method, query, contenttype, body, attempts
                   FROM {local_shopengine_inbox} WHERE id = ?",
                &[id.into()],
            )?;
            let Some(row) = rows.first() else { continue };
            if row.int("attempts")? >= ATTEMPTS {
                self.note(
                    None,
                    &format!(
                        "Message {id} of {} given up : never verified",
                        row.text("gateway")?
                    ),
                );
                self.close_message(id, GatewayError::Unverified.code())?;
                continue;
            }
            match self.decide(row, "engine", &Stage::begin(false)) {
                Ok(Taken::Ask(asking)) => {
                    self.postpone(id)?;
                    asks.push(asking);
                }
                Ok(Taken::Received(_)) | Err(Error::Gateway(GatewayError::Busy { .. })) => {}
                Err(error) if error.status() == 503 && !error.is_foreign_data() => {
                    self.postpone(id)?;
                }
                Err(error) => self.close_message(id, error.code())?,
            }
        }
        Ok(asks)
    }

    /// Leaves a message undecided, to be asked about again later.
    pub(super) fn postpone(&self, inbox: i64) -> Result<()> {
        self.transact(|work| {
            work.database.execute(
                "UPDATE {local_shopengine_inbox} SET state = ?, attempts = attempts + 1, timemodified = ?
                  WHERE id = ? AND state <> ?",
                &["asked".into(), work.now.millis().into(), inbox.into(), "done".into()],
            )?;
            Ok(())
        })
    }

    /// The gateway did not send this: it is set aside, and the history of the order that it names says so. Who knows an
    /// order's id cannot fill its history that way.
    pub(super) fn disowned(&self, raw: &Raw<'_>, settings: &Settings) -> Result<()> {
        let comment = raw.gateway.comment(raw.message, settings, None);
        self.transact(|work| {
            work.reject_message(raw.id, GatewayError::Disowned.code())?;
            let Some(comment) = &comment else {
                return Ok(());
            };
            let Some(mut order) = Order::find(work.database, &comment.transaction)? else {
                return Ok(());
            };
            let rows = work.database.query(
                "SELECT COUNT(*) AS n FROM {local_shopengine_history} WHERE billid = ? AND event = ?",
                &[order.bill.into(), DISOWNED.into()],
            )?;
            if rows.first().map_or(Ok(0), |row| row.int("n"))? < MOST_DISOWNED {
                let actor = format!("gateway:{}", raw.gateway.name());
                for line in &comment.lines {
                    work.remark(&mut order, DISOWNED, &actor, line)?;
                }
            }
            Ok(())
        })
    }
}

/// Name of such an event in the history, and how many of them an order's history keeps.
const DISOWNED: &str = "disowned";
const MOST_DISOWNED: i64 = 10;

/// How often a message is asked about after a short wait.
pub(super) const SOON: i64 = 6;

/// How often a message is asked about at most: for about four days, as long as PayPal sends it again.
const ATTEMPTS: i64 = 100;
