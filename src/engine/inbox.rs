//! Inbox first: a message is stored raw and committed before anything is decided about it, so that nothing is lost
//! and the same message never counts twice.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::database::Row;
use crate::domain::transaction_id::TransactionId;
use crate::gateway::{self, Answered, Channel, Gateway, GatewayError, Message, Named};

use super::asking::Asking;
use super::settle::Case;
use super::{Engine, Error, Order, Outcome, Result, Work};

/// A message that was stored, read and applied.
#[derive(Debug)]
pub struct Received {
    /// The order it was about, as it is now.
    pub order: Order,
    /// What became of it.
    pub outcome: Outcome,
}

/// A message that was stored.
#[derive(Debug)]
pub enum Taken {
    /// It was read and applied.
    Received(Box<Received>),
    /// The host has to make a call first, then give the answer to [`Engine::answered`].
    Ask(Asking),
}

/// A message in the inbox.
struct Stored {
    id: i64,
    /// Bill it was applied to, when it was.
    applied: Option<i64>,
}

impl Engine {
    /// Takes a message for a payment interface: stores it, asks the interface what it proves, applies the verdict.
    /// The caller may answer 2xx when this returns [`Taken::Received`], and not before. `actor` is who sent it, for the history.
    ///
    /// # Errors
    /// [`Error::Gateway`] when the message proves nothing; [`Error::UnknownOrder`]; [`Error::Database`] when it could not
    /// even be stored, so that the sender must send it again.
    pub fn take(
        &self,
        name: &str,
        endpoint: &str,
        message: &Message<'_>,
        actor: &str,
    ) -> Result<Taken> {
        let gateway = gateway::by_name(name).ok_or_else(|| GatewayError::Unknown {
            name: name.chars().take(20).collect(),
        })?;
        let stored = self.store_message(gateway, endpoint, message)?;
        // What a gateway says twice in the same words it says once. A buyer or a seller may mean it again: his order's state
        // decides.
        if let (Some(bill), Channel::Notification | Channel::Return) =
            (stored.applied, message.channel)
            && let Some(order) = Order::of_bill(self.database(), bill)?
        {
            return Ok(Taken::Received(Box::new(Received {
                order,
                outcome: Outcome::Duplicate,
            })));
        }
        let raw = Raw {
            id: stored.id,
            gateway,
            endpoint,
            message,
        };
        self.apply_message(&raw, actor, None)
    }

    /// [`Engine::take`] for interfaces that ask for no call.
    ///
    /// # Errors
    /// As of [`Engine::take`]; [`GatewayError::Unverified`] when a call would have to be made: the message waits for cron.
    pub fn receive(
        &self,
        name: &str,
        endpoint: &str,
        message: &Message<'_>,
        actor: &str,
    ) -> Result<Received> {
        match self.take(name, endpoint, message, actor)? {
            Taken::Received(received) => Ok(*received),
            Taken::Ask(asking) => {
                self.postpone(asking.inbox)?;
                Err(GatewayError::Unverified.into())
            }
        }
    }

    /// Applies messages that were stored and never decided, because the process died in between. Returns how many.
    ///
    /// # Errors
    /// [`Error::Database`]; a message that proves nothing is closed, not an error.
    pub fn resume_inbox(&self, limit: u32) -> Result<usize> {
        let rows = self.database().query(
            &format!(
                "SELECT id, gateway, channel, endpoint, method, query, contenttype, body
                   FROM {{local_shopengine_inbox}} WHERE state = ? AND timemodified < ? ORDER BY id LIMIT {limit}"
            ),
            &["new".into(), (self.now().millis() - ABANDONED).into()],
        )?;
        for row in &rows {
            self.resume_message(row)?;
        }
        Ok(rows.len())
    }

    /// Forgets messages that proved nothing 90 days after they came: the endpoints are open to all, and what strangers send
    /// there must not fill the database. The trace keeps that they came.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn prune_inbox(&self) -> Result<()> {
        let before = self.now().millis() - FORGOTTEN;
        let old = self.database().query(
            "SELECT id FROM {local_shopengine_inbox} WHERE state = 'rejected' AND timecreated < ? LIMIT 1",
            &[before.into()],
        )?;
        if old.is_empty() {
            return Ok(());
        }
        self.transact(|work| {
            work.database.execute(
                "DELETE FROM {local_shopengine_inbox} WHERE state = 'rejected' AND timecreated < ?",
                &[before.into()],
            )?;
            Ok(())
        })
    }

    fn resume_message(&self, row: &Row) -> Result<()> {
        let id = row.int("id")?;
        match self.decide(row, "engine", None) {
            Ok(Taken::Ask(_)) => self.postpone(id),
            Ok(Taken::Received(_)) => Ok(()),
            Err(error) if error.status() == 503 && !error.is_foreign_data() => Err(error),
            // One message about a row that nobody can read must not stand in the way of all others.
            Err(error) => {
                self.note(None, &format!("Message {id} set aside : {error}"));
                self.close_message(id, error.code())
            }
        }
    }

    /// Applies a message as the inbox has it.
    pub(super) fn decide(
        &self,
        row: &Row,
        actor: &str,
        answer: Option<&Answered>,
    ) -> Result<Taken> {
        let bytes = |column| -> Result<Vec<u8>> {
            STANDARD
                .decode(row.text(column)?)
                .map_err(|_| GatewayError::Malformed { field: column }.into())
        };
        let name = row.text("gateway")?;
        let gateway = gateway::by_name(&name).ok_or(GatewayError::Unknown { name })?;
        let channel = Channel::parse(&row.text("channel")?)
            .ok_or(GatewayError::Malformed { field: "channel" })?;
        let (query, body) = (bytes("query")?, bytes("body")?);
        let (method, content_type) = (row.text("method")?, row.text("contenttype")?);
        let message = Message {
            channel,
            method: &method,
            query: &query,
            body: &body,
            content_type: &content_type,
        };
        let raw = Raw {
            id: row.int("id")?,
            gateway,
            endpoint: &row.text("endpoint")?,
            message: &message,
        };
        self.apply_message(&raw, actor, answer)
    }

    fn apply_message(
        &self,
        raw: &Raw<'_>,
        actor: &str,
        answer: Option<&Answered>,
    ) -> Result<Taken> {
        let Raw {
            id: inbox,
            gateway,
            message,
            ..
        } = *raw;
        let settings = self.settings()?;
        let read = match answer {
            Some(answer) => gateway.resume(message, answer, &settings),
            None => match gateway.ask(message, &settings) {
                Ok(Some(ask)) => return Ok(Taken::Ask(Asking::new(inbox, message, ask))),
                Ok(None) => gateway.read(message, &settings),
                Err(error) => Err(error),
            },
        };
        let verdict = match read {
            Ok(verdict) => verdict,
            Err(error) => {
                match error {
                    GatewayError::Unverified => self.postpone(inbox)?,
                    GatewayError::Disowned => self.disowned(raw, &settings)?,
                    _ => self.close_message(inbox, error.code())?,
                }
                self.note_rejected(raw, None, &error.clone().into());
                return Err(error.into());
            }
        };
        let case = Case {
            gateway,
            channel: message.channel,
            verdict: &verdict,
            settings: &settings,
            actor,
            inbox,
            message: Some(message),
        };
        let applied = self.transact(|work| {
            let (order, outcome) = work.settle(&case)?;
            // What a message did stays on record when it comes again.
            work.database.execute(
                "UPDATE {local_shopengine_inbox}
                    SET state = ?, outcome = ?, billid = ?, attempts = attempts + 1, timemodified = ?
                  WHERE id = ? AND outcome <> ?",
                &[
                    "done".into(),
                    outcome.code().into(),
                    order.bill.into(),
                    work.now.millis().into(),
                    inbox.into(),
                    Outcome::Applied.code().into(),
                ],
            )?;
            Ok(Taken::Received(Box::new(Received { order, outcome })))
        });
        if let Err(error @ (Error::UnknownOrder { .. } | Error::State(_))) = &applied {
            self.close_message(inbox, error.code())?;
            let transaction = match &verdict.order {
                Named::Transaction(transaction) => Some(transaction),
                Named::Attempt { .. } => None,
            };
            self.note_rejected(raw, transaction, error);
        }
        applied
    }

    fn note_rejected(&self, raw: &Raw<'_>, transaction: Option<&TransactionId>, error: &Error) {
        let (name, endpoint) = (raw.gateway.name(), raw.endpoint);
        self.note(
            transaction,
            &format!("Message of {name} on {endpoint} rejected : {error}"),
        );
    }

    /// Stores a message, or finds the same one that came before.
    fn store_message(
        &self,
        gateway: &dyn Gateway,
        endpoint: &str,
        message: &Message<'_>,
    ) -> Result<Stored> {
        let key = message.key();
        self.transact(|work| {
            let stored = work.database.insert_if_absent(
                "local_shopengine_inbox",
                &[
                    ("gateway", gateway.name().into()),
                    ("messagekey", key.as_str().into()),
                    ("channel", message.channel.as_str().into()),
                    ("endpoint", endpoint.into()),
                    ("method", message.method.into()),
                    ("query", STANDARD.encode(message.query).into()),
                    ("contenttype", message.content_type.chars().take(255).collect::<String>().into()),
                    ("body", STANDARD.encode(message.body).into()),
                    ("state", "new".into()),
                    ("timecreated", work.now.millis().into()),
                    ("timemodified", work.now.millis().into()),
                ],
            )?;
            if let Some(id) = stored {
                return Ok(Stored { id, applied: None });
            }
            let rows = work.database.query(
                "SELECT id, state, billid FROM {local_shopengine_inbox} WHERE gateway = ? AND messagekey = ?",
                &[gateway.name().into(), key.as_str().into()],
            )?;
            let row = rows.first().ok_or(Error::Conflict)?;
            let applied = (row.text("state")? == "done").then(|| row.int("billid")).transpose()?;
            Ok(Stored { id: row.int("id")?, applied })
        })
    }

    /// Sets a message aside as one that proves nothing; when it comes again it is looked at again.
    pub(super) fn close_message(&self, inbox: i64, outcome: &str) -> Result<()> {
        self.transact(|work| work.reject_message(inbox, outcome))
    }
}

impl Work<'_> {
    pub(super) fn reject_message(&mut self, inbox: i64, outcome: &str) -> Result<()> {
        self.database.execute(
            "UPDATE {local_shopengine_inbox}
                SET state = ?, outcome = ?, attempts = attempts + 1, timemodified = ? WHERE id = ? AND state <> ?",
            &["rejected".into(), outcome.into(), self.now.millis().into(), inbox.into(), "done".into()],
        )?;
        Ok(())
    }
}

/// A message with its place in the inbox.
pub(super) struct Raw<'a> {
    pub id: i64,
    pub gateway: &'a dyn Gateway,
    pub endpoint: &'a str,
    pub message: &'a Message<'a>,
}

/// How long a message that proved nothing is kept, in milliseconds.
const FORGOTTEN: i64 = 90 * 24 * 60 * 60 * 1000;

/// A message that is still undecided after this many milliseconds was left by a process that died.
const ABANDONED: i64 = 60_000;
