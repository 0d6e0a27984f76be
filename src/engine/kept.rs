//! What is kept of a message that proved nothing: its digest (the key under which it was stored), its size and its first kilobyte. The endpoints
//! are open to all, and what strangers send there must not fill the database.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::database::Row;
use crate::gateway::{Channel, GatewayError, Message};

use super::{Engine, Result, Work};

impl Engine {
    /// Deletes messages that proved nothing 90 days after they came. The trace keeps that they came.
    ///
    /// # Errors
    /// [`super::Error::Database`].
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

    /// Is the row of a message no longer all of it?
    pub(super) fn is_shortened(&self, row: &Row) -> Result<bool> {
        if row.text("state")? != "rejected" {
            return Ok(false);
        }
        let channel = row.text("channel")?;
        let channel =
            Channel::parse(&channel).ok_or(GatewayError::Malformed { field: "channel" })?;
        let (query, body) = (bytes(row, "query")?, bytes(row, "body")?);
        let message = Message {
            channel,
            method: &row.text("method")?,
            query: &query,
            body: &body,
            content_type: "",
        };
        Ok(message.key() != row.text("messagekey")?)
    }
}

impl Work<'_> {
    /// Sets a message aside as one that proves nothing, and shortens it.
    pub(super) fn reject_message(&mut self, inbox: i64, outcome: &str) -> Result<()> {
        let rows = self.database.query(
            "SELECT id, query, body FROM {local_shopengine_inbox} WHERE id = ? AND state NOT IN ('done', 'held')",
            &[inbox.into()],
        )?;
        let Some(row) = rows.first() else {
            return Ok(());
        };
        // Where the plugin's bill has to be corrected first, the whole message is needed once more.
        let most = if outcome == "bill_not_adoptable" {
            usize::MAX
        } else {
            KILOBYTE
        };
        let query = beginning(&bytes(row, "query")?, most);
        let body = beginning(&bytes(row, "body")?, most - query.len());
        self.database.execute(
            "UPDATE {local_shopengine_inbox}
                SET state = ?, outcome = ?, query = ?, body = ?, attempts = attempts + 1, timemodified = ?
              WHERE id = ? AND state NOT IN ('done', 'held')",
            &[
                "rejected".into(),
                outcome.into(),
                STANDARD.encode(query).into(),
                STANDARD.encode(body).into(),
                self.now.millis().into(),
                inbox.into(),
            ],
        )?;
        Ok(())
    }
}

/// Bytes of a column that keeps them as base64.
pub(super) fn bytes(row: &Row, column: &'static str) -> Result<Vec<u8>> {
    STANDARD
        .decode(row.text(column)?)
        .map_err(|_| GatewayError::Malformed { field: column }.into())
}

fn beginning(bytes: &[u8], most: usize) -> Vec<u8> {
    bytes.iter().copied().take(most).collect()
}

/// Bytes of query and body that are kept of a rejected message.
const KILOBYTE: usize = 1024;

/// How long a message that proved nothing is kept, in milliseconds.
const FORGOTTEN: i64 = 90 * 24 * 60 * 60 * 1000;
