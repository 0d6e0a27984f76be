//! Inbox first: a message is stored raw and committed before anything is decided about it, so that nothing is lost
//! and the same message never counts twice.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::database::Row;
use crate::domain::transaction_id::TransactionId;
use crate::gateway::{self, Channel, Gateway, GatewayError, Message, Settings};

use super::asking::Asking;
use super::step::{Stage, Stepped};
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
        self.take_up(name, endpoint, message, actor, &Stage::begin(false))
    }

    fn take_up(
        &self,
        name: &str,
        endpoint: &str,
        message: &Message<'_>,
        actor: &str,
        stage: &Stage<'_>,
    ) -> Result<Taken> {
        let gateway = gateway::by_name(name).ok_or_else(|| GatewayError::Unknown {
            name: name.chars().take(20).collect(),
        })?;
        let stored = self.store_message(gateway, endpoint, message)?;
        // What a gateway says twice in the same words it says once. A buyer or a seller may mean it again: his order's state
        // decides.
        if let (Some(bill), Channel::Notification | Channel::Return) =
            (stored.applied, message.channel)
            && !gateway.is_hint()
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
        self.apply_message(&raw, actor, stage)
    }

    /// [`Engine::take`] for a page that asks every few seconds: only a look.
    ///
    /// # Errors
    /// As of [`Engine::take`].
    pub fn glance(
        &self,
        name: &str,
        endpoint: &str,
        message: &Message<'_>,
        actor: &str,
    ) -> Result<Taken> {
        self.take_up(name, endpoint, message, actor, &Stage::begin(true))
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
        match self.decide(row, "engine", &Stage::begin(false)) {
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
    pub(super) fn decide(&self, row: &Row, actor: &str, stage: &Stage<'_>) -> Result<Taken> {
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
        self.apply_message(&raw, actor, stage)
    }

    fn apply_message(&self, raw: &Raw<'_>, actor: &str, stage: &Stage<'_>) -> Result<Taken> {
        let settings = self.settings()?;
        let mut named = None;
        let stepped = self.transact(|work| work.step(raw, &settings, actor, stage, &mut named));
        match stepped {
            Ok(Stepped::Ask(ask, memo)) if stage.may_go_on() => {
                Ok(Taken::Ask(Asking::new(raw, ask, &stage.after(&memo))))
            }
            Ok(Stepped::Ask(..)) => {
                let name = raw.gateway.name();
                let error = GatewayError::Away { name }.into();
                Err(self.turned_away(raw, &settings, None, error))
            }
            Ok(Stepped::Received(received)) => Ok(Taken::Received(received)),
            Err(error) => Err(self.turned_away(raw, &settings, named.as_ref(), error)),
        }
    }

    /// Nothing is proven: the message waits, or is set aside. Gives back why.
    fn turned_away(
        &self,
        raw: &Raw<'_>,
        settings: &Settings,
        named: Option<&TransactionId>,
        error: Error,
    ) -> Error {
        match self.set_aside(raw, settings, named, &error) {
            Ok(()) => error,
            Err(worse) => worse,
        }
    }

    fn set_aside(
        &self,
        raw: &Raw<'_>,
        settings: &Settings,
        named: Option<&TransactionId>,
        error: &Error,
    ) -> Result<()> {
        match error {
            Error::Gateway(GatewayError::Unverified) => self.postpone(raw.id)?,
            // Nobody's patience is used up by a page that asks every few seconds: what counts are the calls of cron.
            Error::Gateway(GatewayError::Away { .. }) => {
                let about = raw.gateway.about(raw.message).ok().flatten();
                let tried = about
                    .map(|reference| self.tried(raw.gateway.name(), &reference))
                    .transpose()?;
                let bill = tried.flatten().map_or(0, |(bill, _)| bill);
                self.transact(|work| work.put_by(raw.id, bill))?;
            }
            Error::Gateway(GatewayError::Disowned) => self.disowned(raw, settings)?,
            Error::Gateway(_) | Error::UnknownOrder { .. } | Error::State(_) => {
                self.close_message(raw.id, error.code())?;
            }
            _ => return Ok(()),
        }
        self.note_rejected(raw, named, error);
        Ok(())
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
            if gateway.is_hint() {
                // The same words, but what they lead to may be new.
                work.database.execute(
                    "UPDATE {local_shopengine_inbox} SET state = ?, outcome = ?, attempts = 0, timemodified = ?
                      WHERE gateway = ? AND messagekey = ? AND state IN ('done', 'rejected')",
                    &["new".into(), "".into(), work.now.millis().into(), gateway.name().into(), key.as_str().into()],
                )?;
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
