//! Money without an order: the gateway confirms that it reached the seller's account, and the message does not say readably what for. The message
//! is held until a seller has looked at it.

use super::inbox::Raw;
use super::{Engine, Result, Work};

impl Engine {
    /// Holds a message, and writes to the seller once.
    pub(super) fn hold_unassigned(&self, raw: &Raw<'_>, reference: &str) -> Result<()> {
        self.transact(|work| work.hold_unassigned(raw, reference))
    }

    /// A seller has looked at a held message: it is reported no more. `false`: there is no such message.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn release_message(&self, message: i64) -> Result<bool> {
        let released = self.transact(|work| {
            let held = work.database.query(
                "SELECT id FROM {local_shopengine_inbox} WHERE id = ? AND state = 'held' AND outcome = ?",
                &[message.into(), OUTCOME.into()],
            )?;
            work.database.execute(
                "UPDATE {local_shopengine_inbox} SET outcome = ?, timemodified = ? WHERE id = ? AND state = 'held'",
                &["released".into(), work.now.millis().into(), message.into()],
            )?;
            Ok(!held.is_empty())
        })?;
        if released {
            self.note(None, &format!("Message {message} released"));
        }
        Ok(released)
    }
}

impl Work<'_> {
    fn hold_unassigned(&mut self, raw: &Raw<'_>, reference: &str) -> Result<()> {
        let now = self.now.millis();
        self.database.execute(
            "UPDATE {local_shopengine_inbox} SET state = ?, outcome = ?, attempts = attempts + 1, timemodified = ?
              WHERE id = ? AND state NOT IN ('done', 'held')",
            &["held".into(), OUTCOME.into(), now.into(), raw.id.into()],
        )?;
        let name = raw.gateway.name();
        let payload = serde_json::json!({
            "template": "unassigned", "paymode": name, "reference": reference, "message": raw.id,
        });
        self.enqueue_as(
            0,
            "mail",
            &format!("mail:unassigned:{name}:{reference}"),
            &payload,
        )
    }
}

/// Why such a message is held.
const OUTCOME: &str = "payment_without_order";
