//! Inbox first: a message is stored raw and committed before anything is decided about it, so that nothing is lost
//! and the same message never counts twice.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::database::Row;
use crate::domain::transaction_id::TransactionId;
use crate::gateway::{self, Channel, Gateway, GatewayError, Message, Settings};

use super::asking::Asking;
use super::kept::bytes;
use super::step::{Stage, Stepped};
use super::{Engine, Error, Order, Outcome, Result};

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
    /// A seller has it to look at.
    held: bool,
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
        let settings = self.settings()?;
        let stored = self.store_message(gateway, endpoint, message, &settings)?;
        if stored.held {
            let reference = message.key().chars().take(32).collect();
            return Err(GatewayError::Unassigned { reference }.into());
        }
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
        self.apply_message(&raw, &settings, actor, stage)
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
                self.end_query(asking.query)?;
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

    fn resume_message(&self, row: &Row) -> Result<()> {
        let id = row.int("id")?;
        match self.decide(row, "engine", &Stage::begin(false)) {
            Ok(Taken::Ask(asking)) => {
                self.end_query(asking.query)?;
                self.postpone(id)
            }
            Ok(Taken::Received(_)) => Ok(()),
            Err(error @ (Error::Database(_) | Error::Entropy(_))) if !error.is_foreign_data() => {
                Err(error)
            }
            // One message that waits, or about a row that nobody can read, must not stand in the way of all others.
            Err(error) if error.status() == 503 && !error.is_foreign_data() => Ok(()),
            Err(error) => {
                self.note(None, &format!("Message {id} set aside : {error}"));
                self.close_message(id, error.code())
            }
        }
    }

    /// Applies a message as the inbox has it.
    pub(super) fn decide(&self, row: &Row, actor: &str, stage: &Stage<'_>) -> Result<Taken> {
        let name = row.text("gateway")?;
        let gateway = gateway::by_name(&name).ok_or(GatewayError::Unknown { name })?;
        let channel = Channel::parse(&row.text("channel")?)
            .ok_or(GatewayError::Malformed { field: "channel" })?;
        let (query, body) = (bytes(row, "query")?, bytes(row, "body")?);
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
        self.apply_message(&raw, &self.settings()?, actor, stage)
    }

    fn apply_message(
        &self,
        raw: &Raw<'_>,
        settings: &Settings,
        actor: &str,
        stage: &Stage<'_>,
    ) -> Result<Taken> {
        let mut named = None;
        let stepped = self.transact(|work| work.step(raw, settings, actor, stage, &mut named));
        match stepped {
            Ok(Stepped::Ask(ask, memo)) if stage.may_go_on() => {
                match self.begin_query(raw, settings, &ask, stage.goes_on())? {
                    Some(query) => Ok(Taken::Ask(Asking::new(
                        raw,
                        ask,
                        query,
                        &stage.after(&memo),
                    ))),
                    None => {
                        let name = raw.gateway.name();
                        let error = GatewayError::Busy { name }.into();
                        Err(self.turned_away(raw, settings, stage, None, error))
                    }
                }
            }
            Ok(Stepped::Ask(..)) => {
                let name = raw.gateway.name();
                let error = GatewayError::Away { name }.into();
                Err(self.turned_away(raw, settings, stage, None, error))
            }
            Ok(Stepped::Received(received)) => Ok(Taken::Received(received)),
            Err(error) => Err(self.turned_away(raw, settings, stage, named.as_ref(), error)),
        }
    }

    /// Nothing is proven: the message waits, or is set aside. Gives back why.
    fn turned_away(
        &self,
        raw: &Raw<'_>,
        settings: &Settings,
        stage: &Stage<'_>,
        named: Option<&TransactionId>,
        error: Error,
    ) -> Error {
        if let Some(query) = stage.query()
            && let Err(worse) = self.end_query(query)
        {
            return worse;
        }
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
            Error::Gateway(GatewayError::Unassigned { reference }) => {
                self.hold_unassigned(raw, reference)?;
            }
            // Nobody's patience is used up by a page that asks every few seconds, or by others' messages: what counts are calls.
            Error::Gateway(GatewayError::Away { .. } | GatewayError::Busy { .. }) => {
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
        settings: &Settings,
    ) -> Result<Stored> {
        let (name, key) = (gateway.name(), message.key());
        let content_type: String = message.content_type.chars().take(255).collect();
        self.transact(|work| {
            let now = work.now.millis();
            let (query, body) = (STANDARD.encode(message.query), STANDARD.encode(message.body));
            let stored = work.database.insert_if_absent(
                "local_shopengine_inbox",
                &[
                    ("gateway", name.into()),
                    ("messagekey", key.as_str().into()),
                    ("channel", message.channel.as_str().into()),
                    ("endpoint", endpoint.into()),
                    ("method", message.method.into()),
                    ("query", query.as_str().into()),
                    ("contenttype", content_type.as_str().into()),
                    ("body", body.as_str().into()),
                    ("state", "new".into()),
                    ("timecreated", now.into()),
                    ("timemodified", now.into()),
                    ("size", i64::try_from(message.query.len() + message.body.len()).unwrap_or(i64::MAX).into()),
                    ("subject", work.subject(gateway, message, settings)?.into()),
                ],
            )?;
            if let Some(id) = stored {
                return Ok(Stored { id, applied: None, held: false });
            }
            // It proved nothing when it came before, and was shortened; of a hint the same words may lead to something new.
            let again = if gateway.is_hint() { "'done', 'rejected'" } else { "'rejected'" };
            work.database.execute(
                &format!(
                    "UPDATE {{local_shopengine_inbox}} SET state = ?, outcome = ?, query = ?, body = ?, attempts = 0, timemodified = ?
                      WHERE gateway = ? AND messagekey = ? AND state IN ({again})"
                ),
                &["new".into(), "".into(), query.into(), body.into(), now.into(), name.into(), key.as_str().into()],
            )?;
            let rows = work.database.query(
                "SELECT id, state, billid FROM {local_shopengine_inbox} WHERE gateway = ? AND messagekey = ?",
                &[name.into(), key.as_str().into()],
            )?;
            let row = rows.first().ok_or(Error::Conflict)?;
            let state = row.text("state")?;
            let applied = (state == "done").then(|| row.int("billid")).transpose()?;
            Ok(Stored { id: row.int("id")?, applied, held: state == "held" })
        })
    }

    /// Sets a message aside as one that proves nothing; when it comes again it is looked at again.
    pub(super) fn close_message(&self, inbox: i64, outcome: &str) -> Result<()> {
        self.transact(|work| work.reject_message(inbox, outcome))
    }
}

/// A message with its place in the inbox.
pub(super) struct Raw<'a> {
    pub id: i64,
    pub gateway: &'a dyn Gateway,
    pub endpoint: &'a str,
    pub message: &'a Message<'a>,
}

/// A message that is still undecided after this many milliseconds was left by a process that died.
const ABANDONED: i64 = 60_000;
