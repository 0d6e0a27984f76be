//! The partners' ledgers: entries chained in the commit of what they tell, and drawn up as statements. What they tell of is
//! found out in `arrival` and `referral`.

use std::io;

use crate::database::{DatabaseError, Row};
use crate::domain::statement::{Entry, Format, GENESIS, Head, Writer};

use super::arrival::tag_key;
use super::{Engine, Result, Work};

/// The locked end of a ledger.
pub(super) struct Link {
    partner: i64,
    seq: i64,
    head: String,
    last: i64,
}

/// A tag on record.
pub(super) struct Tag {
    pub id: i64,
    pub owner: String,
    pub user: i64,
    pub bill: i64,
    /// A signed link used it up.
    pub by_signature: bool,
}

impl Work<'_> {
    /// Locks the end of a partner's ledger until the transaction ends: who adds next reads what this one wrote.
    pub(super) fn lock_chain(&mut self, partner: i64) -> Result<Link> {
        for _ in 0..2 {
            self.database.execute(
                "UPDATE {local_shopengine_chain} SET entries = entries + 1 WHERE partnerid = ?",
                &[partner.into()],
            )?;
            let rows = self.database.query(
                "SELECT id, entries, head, timelast FROM {local_shopengine_chain} WHERE partnerid = ?",
                &[partner.into()],
            )?;
            if let Some(row) = rows.first() {
                return Ok(Link {
                    partner,
                    seq: row.int("entries")?,
                    head: row.text("head")?,
                    last: row.int("timelast")?,
                });
            }
            self.database.insert_if_absent(
                "local_shopengine_chain",
                &[
                    ("partnerid", partner.into()),
                    ("entries", 0_i64.into()),
                    ("head", GENESIS.into()),
                    ("timelast", 0_i64.into()),
                ],
            )?;
        }
        Err(DatabaseError::Busy.into())
    }

    /// Adds `entry` at the end, in its place and time.
    pub(super) fn enter(&mut self, link: Link, mut entry: Entry) -> Result<()> {
        entry.seq = u64::try_from(link.seq).unwrap_or_default();
        // The machine's clock may go back; a ledger does not.
        entry.time = self.now.millis().max(link.last);
        entry.hash = entry.chained(&link.head);
        self.database.insert(
            "local_shopengine_ledger",
            &[
                ("partnerid", link.partner.into()),
                ("seq", link.seq.into()),
                ("timecreated", entry.time.into()),
                ("kind", entry.kind.into()),
                ("tag", entry.tag.into()),
                ("transactionid", entry.transid.into()),
                ("state", entry.state.into()),
                ("amount", entry.amount.into()),
                ("currency", entry.currency.into()),
                ("settled", entry.settled.into()),
                ("refunded", entry.refunded.into()),
                ("note", entry.note.into()),
                ("hash", entry.hash.as_str().into()),
            ],
        )?;
        self.database.execute(
            "UPDATE {local_shopengine_chain} SET head = ?, timelast = ? WHERE partnerid = ?",
            &[
                entry.hash.as_str().into(),
                entry.time.into(),
                link.partner.into(),
            ],
        )?;
        if link.partner == 0 {
            // Nobody's entries are for looking at, and anyone can cause them.
            self.database.execute(
                "DELETE FROM {local_shopengine_ledger} WHERE partnerid = 0 AND seq <= ?",
                &[(link.seq - KEPT_OF_NOBODY).into()],
            )?;
        }
        Ok(())
    }

    /// The tag on record, put there if it was not.
    pub(super) fn claim_tag(
        &mut self,
        partner: i64,
        tag: &str,
        owner: &str,
        bill: i64,
    ) -> Result<Tag> {
        let key = tag_key(tag);
        self.database.insert_if_absent(
            "local_shopengine_tag",
            &[
                ("partnerid", partner.into()),
                ("tagkey", key.as_str().into()),
                ("ownerkey", owner.into()),
                ("userid", 0_i64.into()),
                ("billid", bill.into()),
                ("timecreated", self.now.millis().into()),
            ],
        )?;
        if bill != 0 {
            self.database.execute(
                "UPDATE {local_shopengine_tag} SET billid = ? WHERE partnerid = ? AND tagkey = ? AND billid = 0",
                &[bill.into(), partner.into(), key.as_str().into()],
            )?;
        }
        let rows = self.database.query(
            "SELECT id, ownerkey, userid, billid, bysignature FROM {local_shopengine_tag} WHERE partnerid = ? AND tagkey = ?",
            &[partner.into(), key.as_str().into()],
        )?;
        let row = rows.first().ok_or(DatabaseError::Busy)?;
        Ok(Tag {
            id: row.int("id")?,
            owner: row.text("ownerkey")?,
            user: row.int("userid")?,
            bill: row.int("billid")?,
            by_signature: row.flag("bysignature")?,
        })
    }
}

impl Engine {
    /// Writes the statement of a partner for the time from `from` to before `to` (Unix seconds, UTC) to `out`; returns how many
    /// entries it has. Entries are read a thousand at a time.
    ///
    /// # Errors
    /// [`super::PartnerError::Unknown`]; [`super::Error::Database`], also for what `out` says.
    pub fn statement(
        &self,
        partner: i64,
        (from, to): (i64, i64),
        format: Format,
        out: &mut dyn io::Write,
    ) -> Result<u64> {
        let partner = self.registered(partner)?;
        let (first, last) = self.span(partner.id, (from, to))?;
        let previous = self.entries(partner.id, first - 1, first - 1)?.pop();
        let head = Head {
            statement: 1,
            partner: partner.key.clone(),
            from,
            to,
            created: self.now().seconds(),
            first: u64::try_from(first).unwrap_or_default(),
            previous: previous.map_or_else(|| GENESIS.to_owned(), |entry| entry.hash),
        };
        let failed = |error: io::Error| DatabaseError::Failed(error.to_string());
        let mut writer = Writer::begin(out, format, head).map_err(failed)?;
        let mut next = first;
        while next <= last {
            let page = self.entries(partner.id, next, last.min(next + PAGE - 1))?;
            for entry in &page {
                writer.entry(entry).map_err(failed)?;
            }
            next += PAGE;
        }
        Ok(writer.finish(partner.secret.expose()).map_err(failed)?)
    }

    /// Numbers of the first and last entries of a time; when it has none, the first is the one that would come next.
    pub(super) fn span(&self, partner: i64, (from, to): (i64, i64)) -> Result<(i64, i64)> {
        let bound = |sql: &str, time: i64| -> Result<i64> {
            let rows = self.database().query(
                &format!("SELECT seq FROM {{local_shopengine_ledger}} WHERE partnerid = ? AND timecreated {sql} LIMIT 1"),
                &[partner.into(), time.saturating_mul(1000).into()],
            )?;
            Ok(rows.first().map_or(Ok(0), |row| row.int("seq"))?)
        };
        let last = bound("< ? ORDER BY timecreated DESC, seq DESC", to)?;
        match bound(">= ? ORDER BY timecreated, seq", from)? {
            first if first > 0 && first <= last => Ok((first, last)),
            _ => Ok((last + 1, last)),
        }
    }

    /// The last entries of a ledger, newest first, up to `limit` before number `before` (0: the last). Partner 0: arrivals
    /// under no key that is registered.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn last_entries(&self, partner: i64, before: u64, limit: u32) -> Result<Vec<Entry>> {
        let before = match i64::try_from(before) {
            Ok(0) | Err(_) => i64::MAX,
            Ok(before) => before,
        };
        let rows = self.database().query(
            &format!("{COLUMNS} AND seq < ? ORDER BY seq DESC LIMIT {limit}"),
            &[partner.into(), before.into()],
        )?;
        Ok(rows
            .iter()
            .map(read)
            .collect::<std::result::Result<_, _>>()?)
    }

    fn entries(&self, partner: i64, first: i64, last: i64) -> Result<Vec<Entry>> {
        let rows = self.database().query(
            &format!("{COLUMNS} AND seq >= ? AND seq <= ? ORDER BY seq"),
            &[partner.into(), first.into(), last.into()],
        )?;
        Ok(rows
            .iter()
            .map(read)
            .collect::<std::result::Result<_, _>>()?)
    }
}

pub(super) fn read(row: &Row) -> std::result::Result<Entry, DatabaseError> {
    Ok(Entry {
        seq: u64::try_from(row.int("seq")?).unwrap_or_default(),
        time: row.int("timecreated")?,
        kind: row.text("kind")?,
        tag: row.text("tag")?,
        transid: row.text("transactionid")?,
        state: row.text("state")?,
        amount: row.text("amount")?,
        currency: row.text("currency")?,
        settled: row.text("settled")?,
        refunded: row.text("refunded")?,
        note: row.text("note")?,
        hash: row.text("hash")?,
    })
}

pub(super) const COLUMNS: &str = "SELECT seq, timecreated, kind, tag, transactionid, state, amount, currency, settled, refunded, note, hash
   FROM {local_shopengine_ledger} WHERE partnerid = ?";

/// Entries read at a time.
const PAGE: i64 = 1_000;

/// Entries kept of arrivals under keys that nobody has.
const KEPT_OF_NOBODY: i64 = 10_000;
