//! The partners' ledgers: every arrival and every change of an order that came from a partner, chained in the commit of the
//! change, and drawn up as statements.

use std::io;

use crate::database::{DatabaseError, Row};
use crate::domain::money::Money;
use crate::domain::statement::{Entry, Format, GENESIS, Head, Writer};

use super::arrival::tag_key;
use super::place::NewOrder;
use super::{Engine, Order, Result, Work};

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
    bill: i64,
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
            "SELECT id, ownerkey, userid, billid FROM {local_shopengine_tag} WHERE partnerid = ? AND tagkey = ?",
            &[partner.into(), key.as_str().into()],
        )?;
        let row = rows.first().ok_or(DatabaseError::Busy)?;
        Ok(Tag {
            id: row.int("id")?,
            owner: row.text("ownerkey")?,
            user: row.int("userid")?,
            bill: row.int("billid")?,
        })
    }

    /// Keeps which partner an order came from: the one by whom it was placed first.
    pub(super) fn refer(&mut self, new: &NewOrder<'_>, order: &Order) -> Result<()> {
        let (Some(partner), Some(code)) = (new.partner, &new.placement.cart.partner) else {
            return Ok(());
        };
        let tag = code.tag().map_or("", |tag| tag.as_str());
        self.database.insert_if_absent(
            "local_shopengine_referral",
            &[
                ("billid", order.bill.into()),
                ("partnerid", partner.into()),
                ("tag", tag.into()),
                ("timecreated", self.now.millis().into()),
            ],
        )?;
        Ok(())
    }

    /// Tells the ledgers what became of the orders that this transaction changed.
    pub(super) fn tell_partners(&mut self) -> Result<()> {
        for bill in std::mem::take(&mut self.touched) {
            let rows = self.database.query(
                "SELECT id, partnerid, tag, said FROM {local_shopengine_referral} WHERE billid = ?",
                &[bill.into()],
            )?;
            if let (Some(row), Some(order)) = (rows.first(), Order::of_bill(self.database, bill)?) {
                self.tell_partner(row, &order)?;
            }
        }
        Ok(())
    }

    fn tell_partner(&mut self, referral: &Row, order: &Order) -> Result<()> {
        let (settled, refunded) = self.sums(order)?;
        let mut entry = Entry {
            kind: "order".to_owned(),
            tag: referral.text("tag")?,
            transid: order.transaction.to_string(),
            state: order.state.status().as_str().to_owned(),
            amount: order.amount.to_decimal_string(),
            currency: order.amount.currency().code().to_owned(),
            settled: settled.to_decimal_string(),
            refunded: refunded.to_decimal_string(),
            ..Entry::default()
        };
        let partner = referral.int("partnerid")?;
        let said = format!(
            "{} {} {} {} {} {}",
            entry.state, entry.amount, entry.currency, entry.settled, entry.refunded, order.test
        );
        if referral.text("said")? == said {
            return Ok(());
        }
        let link = self.lock_chain(partner)?;
        let mut notes = Vec::new();
        if order.test {
            notes.push("test");
        }
        if order.state.is_paid() && !entry.tag.is_empty() {
            let tag = self.claim_tag(partner, &entry.tag, "", order.bill)?;
            if tag.bill != order.bill {
                notes.push("tag_repeated");
            }
        }
        entry.note = notes.join(" ");
        self.enter(link, entry)?;
        self.database.execute(
            "UPDATE {local_shopengine_referral} SET said = ? WHERE id = ?",
            &[said.into(), referral.int("id")?.into()],
        )?;
        Ok(())
    }

    /// What was paid for an order, and what of it was paid or taken back.
    fn sums(&self, order: &Order) -> Result<(Money, Money)> {
        let currency = order.amount.currency();
        let rows = self.database.query(
            "SELECT id, state, amount, refunded, currency FROM {local_shopengine_settlement} WHERE billid = ?",
            &[order.bill.into()],
        )?;
        let zero = Money::zero(currency);
        let (mut settled, mut refunded) = (zero, zero);
        for row in rows {
            if row.text("currency")? != currency.code() {
                continue;
            }
            let amount = Money::from_column(&row.text("amount")?, currency)?;
            match row.text("state")?.as_str() {
                "settled" | "refunded" => {
                    settled = settled.plus(amount)?;
                    let back = Money::from_column(&row.text("refunded")?, currency)?;
                    refunded = refunded.plus(back)?;
                }
                "reversal" => refunded = refunded.plus(amount)?,
                "restoration" => refunded = refunded.minus(amount)?,
                _ => {}
            }
        }
        Ok((settled, refunded))
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
        let bound = |sql: &str, time: i64| -> Result<i64> {
            let rows = self.database().query(
                &format!("SELECT seq FROM {{local_shopengine_ledger}} WHERE partnerid = ? AND timecreated {sql} LIMIT 1"),
                &[partner.id.into(), time.saturating_mul(1000).into()],
            )?;
            Ok(rows.first().map_or(Ok(0), |row| row.int("seq"))?)
        };
        let last = bound("< ? ORDER BY timecreated DESC, seq DESC", to)?;
        // The first entry of the time, or the one that would come next.
        let first = match bound(">= ? ORDER BY timecreated, seq", from)? {
            first if first > 0 && first <= last => first,
            _ => last + 1,
        };
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

fn read(row: &Row) -> std::result::Result<Entry, DatabaseError> {
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

const COLUMNS: &str = "SELECT seq, timecreated, kind, tag, transactionid, state, amount, currency, settled, refunded, note, hash
   FROM {local_shopengine_ledger} WHERE partnerid = ?";

/// Entries read at a time.
const PAGE: i64 = 1_000;

/// Entries kept of arrivals under keys that nobody has.
const KEPT_OF_NOBODY: i64 = 10_000;
