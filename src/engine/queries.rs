//! Queries to payment interfaces: which messages are worth one, how many are under way at once, and which message comes next. Anyone can post
//! to an endpoint, so messages count by the bill that they name (their subject): those about one order never delay another's.

use crate::domain::transaction_id::TransactionId;
use crate::gateway::{Ask, Channel, Gateway, GatewayError, Message, Settings};

use super::asking::SOON;
use super::inbox::Raw;
use super::{Engine, Error, Result, Work};

impl Engine {
    /// Counts a call as under way, unless too many are; gives the number under which it ends. The next call of a message that has begun
    /// (`goes_on`) and a seller's own calls are always made.
    pub(super) fn begin_query(
        &self,
        raw: &Raw<'_>,
        settings: &Settings,
        ask: &Ask,
        goes_on: bool,
    ) -> Result<Option<i64>> {
        self.transact(|work| work.begin_query(raw, settings, ask, goes_on))
    }

    /// A call is over, or is not made after all.
    pub(super) fn end_query(&self, query: i64) -> Result<()> {
        self.transact(|work| work.end_query(query))
    }

    /// Row ids of messages that are due to be asked about, at most `limit`. One message of each subject comes before the second of any; subjects
    /// with few messages come first.
    pub(super) fn due_messages(&self, limit: u32) -> Result<Vec<i64>> {
        let now = self.now().millis();
        let due = [
            SOON.into(),
            (now - SHORT_WAIT).into(),
            (now - LONG_WAIT).into(),
        ];
        let subjects = self.database().query(
            &format!(
                "SELECT subject, COUNT(*) AS n, MIN(attempts) AS tries, MIN(timemodified) AS since FROM {{local_shopengine_inbox}}
                  WHERE {DUE} GROUP BY subject ORDER BY n, tries, since, subject LIMIT {limit}"
            ),
            &due,
        )?;
        let mut waiting = Vec::with_capacity(subjects.len());
        for row in &subjects {
            let mut values = due.to_vec();
            values.push(row.int("subject")?.into());
            let rows = self.database().query(
                &format!(
                    "SELECT id FROM {{local_shopengine_inbox}} WHERE {DUE} AND subject = ?
                      ORDER BY attempts, timemodified, id LIMIT {limit}"
                ),
                &values,
            )?;
            let ids: Vec<i64> = rows
                .iter()
                .map(|row| row.int("id"))
                .collect::<std::result::Result<_, _>>()?;
            waiting.push(ids.into_iter());
        }
        let mut next = Vec::new();
        loop {
            let before = next.len();
            next.extend(waiting.iter_mut().filter_map(Iterator::next));
            next.truncate(limit as usize);
            if next.len() == before || next.len() == limit as usize {
                return Ok(next);
            }
        }
    }
}

impl Work<'_> {
    /// The bill that a message names, before anybody has vouched for it.
    pub(super) fn subject(
        &self,
        gateway: &dyn Gateway,
        message: &Message<'_>,
        settings: &Settings,
    ) -> Result<i64> {
        if let Some(claim) = gateway.claim(message, settings) {
            let bill = claim.order.map(|order| self.bill_of(&order)).transpose()?;
            return Ok(bill.flatten().unwrap_or(NO_BILL));
        }
        match gateway.about(message) {
            Ok(Some(reference)) => {
                let tried = self.tried(gateway.name(), &reference)?;
                Ok(tried.map_or(NO_BILL, |(bill, _)| bill))
            }
            Ok(None) => Ok(UNKNOWN_BILL),
            Err(_) => Ok(NO_BILL),
        }
    }

    /// Refuses a message that names no order of this site, or no order and not the seller's account: its interface is not asked about it.
    pub(super) fn refuse_foreign(
        &self,
        gateway: &dyn Gateway,
        message: &Message<'_>,
        settings: &Settings,
    ) -> Result<()> {
        let Some(claim) = gateway.claim(message, settings) else {
            return Ok(());
        };
        match claim.order {
            Some(order) if self.bill_of(&order)?.is_none() => Err(Error::UnknownOrder {
                transaction: order.to_string(),
            }),
            None if !claim.account => Err(GatewayError::NoOrder.into()),
            _ => Ok(()),
        }
    }

    /// The bill of a transaction: an order's, or one of the plugin's that is none yet.
    fn bill_of(&self, transaction: &TransactionId) -> Result<Option<i64>> {
        for sql in [
            "SELECT billid, transactionid FROM {local_shopengine_order} WHERE transactionid = ?",
            "SELECT id AS billid, transactionid FROM {local_shop_bill} WHERE transactionid = ?",
        ] {
            // Some servers compare texts without regard to case; an id is an id to the letter.
            for row in &self.database.query(sql, &[transaction.as_ref().into()])? {
                if row.text("transactionid")? == transaction.as_ref() {
                    return Ok(Some(row.int("billid")?));
                }
            }
        }
        Ok(None)
    }

    fn begin_query(
        &mut self,
        raw: &Raw<'_>,
        settings: &Settings,
        ask: &Ask,
        goes_on: bool,
    ) -> Result<Option<i64>> {
        let (name, channel) = (raw.gateway.name(), raw.message.channel);
        // The first statement, so that processes count one after the other.
        super::number::next(self.database, "queries", || Ok(0))?;
        let now = self.now.millis();
        let subject = self.subject(raw.gateway, raw.message, settings)?;
        self.database.execute(
            "UPDATE {local_shopengine_inbox} SET subject = ? WHERE id = ? AND subject <> ?",
            &[subject.into(), raw.id.into(), subject.into()],
        )?;
        self.database.execute(
            "DELETE FROM {local_shopengine_query} WHERE timeuntil <= ?",
            &[now.into()],
        )?;
        if !goes_on && channel != Channel::Seller {
            let rows = self.database.query(
                "SELECT COUNT(*) AS n, COALESCE(SUM(CASE WHEN subject = ? THEN 1 ELSE 0 END), 0) AS same FROM {local_shopengine_query}
                  WHERE gateway = ? AND channel = ?",
                &[subject.into(), name.into(), channel.as_str().into()],
            )?;
            let row = rows.first().ok_or(Error::Conflict)?;
            if row.int("n")? >= MOST_QUERIES || row.int("same")? >= MOST_OF_ONE {
                return Ok(None);
            }
        }
        let id = self.database.insert(
            "local_shopengine_query",
            &[
                ("gateway", name.into()),
                ("channel", channel.as_str().into()),
                ("subject", subject.into()),
                (
                    "timeuntil",
                    (now + (i64::from(ask.timeout) + SLACK) * 1000).into(),
                ),
            ],
        )?;
        Ok(Some(id))
    }

    pub(super) fn end_query(&mut self, query: i64) -> Result<()> {
        self.database.execute(
            "DELETE FROM {local_shopengine_query} WHERE id = ?",
            &[query.into()],
        )?;
        Ok(())
    }
}

/// Messages that nobody could vouch for so far, and whose wait is over.
const DUE: &str = "state = 'asked' AND ((attempts < ? AND timemodified < ?) OR timemodified < ?)";

/// The subject of a message before it is known, and of one that names no bill.
const UNKNOWN_BILL: i64 = 0;
const NO_BILL: i64 = -1;

/// Calls to one payment interface that are under way at once for one channel, and of these about one bill.
const MOST_QUERIES: i64 = 24;
const MOST_OF_ONE: i64 = 4;

/// Seconds after the end of a call's own time in which its answer may still be on its way.
const SLACK: i64 = 5;

/// The waits between two queries about a message, in milliseconds.
const SHORT_WAIT: i64 = 60_000;
const LONG_WAIT: i64 = 3_600_000;
