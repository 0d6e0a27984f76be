//! What the pages of the partners show beside the register: ends of ledgers, the entries of a time and their sums, arrivals that
//! were refused, whom a partner is linked to.

use std::collections::{BTreeMap, HashMap};
use std::io;

use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::database::{DatabaseError, Row};
use crate::domain::csv;
use crate::domain::email_address::{folded, is_same};
use crate::domain::statement::Entry;
use crate::gateway::Secret;

use super::ledger::{COLUMNS, read};
use super::{Engine, Result};

/// What became of the orders of a time in one currency.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct LedgerSum {
    /// Orders that changed in the time.
    pub orders: u64,
    /// What was paid for them, in major units. A sum may be more than one [`Money`](crate::domain::money::Money) holds.
    pub settled: Decimal,
    /// What of it was paid or taken back.
    pub refunded: Decimal,
}

/// The entries of a time in a few numbers.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Overview {
    /// Arrivals by how far they were believed.
    pub arrivals: BTreeMap<String, u64>,
    /// Orders by currency, those of the test mode left out.
    pub sums: BTreeMap<String, LedgerSum>,
    /// Orders of the test mode.
    pub tests: u64,
}

/// An arrival whose partner was not credited.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    /// Row id, by which the list goes on.
    pub id: i64,
    /// The partner's row id; 0 when nobody has the key.
    pub partner: i64,
    /// The partner's key; '' when nobody has the key.
    pub key: String,
    /// The entry.
    pub entry: Entry,
}

/// A row that a text names, by number or by e-mail.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Named {
    /// The row's id.
    One(i64),
    /// Several have this e-mail.
    Several,
    /// There is none.
    None,
}

impl Engine {
    /// Ids and names of the shops.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn shops(&self) -> Result<Vec<(i64, String)>> {
        let rows = self
            .database()
            .query("SELECT id, name FROM {local_shop} ORDER BY id", &[])?;
        Ok(rows
            .iter()
            .map(|row| Ok((row.int("id")?, row.text("name")?)))
            .collect::<std::result::Result<_, DatabaseError>>()?)
    }

    /// How many entries the ledgers of some partners have, and when the last came (Unix milliseconds, UTC).
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn ledger_ends(&self, partners: &[i64]) -> Result<HashMap<i64, (u64, i64)>> {
        let ids: Vec<String> = partners.iter().map(i64::to_string).collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let sql = format!(
            "SELECT partnerid, entries, timelast FROM {{local_shopengine_chain}} WHERE partnerid IN ({})",
            ids.join(", ")
        );
        let mut ends = HashMap::new();
        for row in self.database().query(&sql, &[])? {
            let entries = u64::try_from(row.int("entries")?).unwrap_or_default();
            ends.insert(row.int("partnerid")?, (entries, row.int("timelast")?));
        }
        Ok(ends)
    }

    /// The entries of a ledger from `from` to before `to` (Unix seconds, UTC), newest first, up to `limit` before number
    /// `before` (0: the last).
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn entries_between(
        &self,
        partner: i64,
        time: (i64, i64),
        before: u64,
        limit: u32,
    ) -> Result<Vec<Entry>> {
        let (first, mut last) = self.span(partner, time)?;
        if let Ok(before) = i64::try_from(before)
            && before > 0
        {
            last = last.min(before - 1);
        }
        let rows = self.database().query(
            &format!("{COLUMNS} AND seq >= ? AND seq <= ? ORDER BY seq DESC LIMIT {limit}"),
            &[partner.into(), first.into(), last.into()],
        )?;
        Ok(rows
            .iter()
            .map(read)
            .collect::<std::result::Result<_, _>>()?)
    }

    /// The numbers of a time: each order as its last entry of the time says. The database counts orders of the same amounts
    /// together, the amounts are added here: its own sums may be floats.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn ledger_overview(&self, partner: i64, time: (i64, i64)) -> Result<Overview> {
        let (first, last) = self.span(partner, time)?;
        let span = [partner.into(), first.into(), last.into()];
        let mut overview = Overview::default();
        let arrivals = self.database().query(
            "SELECT MIN(seq) AS id, state, COUNT(*) AS number FROM {local_shopengine_ledger}
              WHERE partnerid = ? AND seq >= ? AND seq <= ? AND kind = 'arrival' GROUP BY state",
            &span,
        )?;
        for row in arrivals {
            overview.arrivals.insert(row.text("state")?, number(&row)?);
        }
        let summed = self.database().query(
            "SELECT seq, state, note FROM {local_shopengine_ledger} WHERE partnerid = ? AND seq >= ? AND seq <= ? AND kind = 'arrivals'",
            &span,
        )?;
        for row in summed {
            let note = row.text("note")?;
            let count = note.rsplit(' ').next().and_then(|word| word.parse().ok());
            let sum: &mut u64 = overview.arrivals.entry(row.text("state")?).or_default();
            *sum = sum.saturating_add(count.unwrap_or(0));
        }
        let orders = self.database().query(
            "SELECT MIN(l.seq) AS id, l.currency, l.settled, l.refunded, l.note, COUNT(*) AS number
               FROM {local_shopengine_ledger} l
               JOIN (SELECT MAX(seq) AS seq FROM {local_shopengine_ledger}
                      WHERE partnerid = ? AND seq >= ? AND seq <= ? AND kind = 'order' GROUP BY transactionid) m
                 ON m.seq = l.seq
              WHERE l.partnerid = ? GROUP BY l.currency, l.settled, l.refunded, l.note",
            &[
                partner.into(),
                first.into(),
                last.into(),
                partner.into(),
            ],
        )?;
        for row in orders {
            let orders = number(&row)?;
            if row.text("note")?.split(' ').any(|word| word == "test") {
                overview.tests += orders;
                continue;
            }
            let of = |column: &str| -> Result<Decimal> {
                let all = row.decimal(column)?.checked_mul(orders.into());
                Ok(all.ok_or_else(|| beyond(column))?)
            };
            let (settled, refunded) = (of("settled")?, of("refunded")?);
            let sum = overview.sums.entry(row.text("currency")?).or_default();
            let plus = |one: Decimal, more: Decimal, column: &str| {
                one.checked_add(more).ok_or_else(|| beyond(column))
            };
            sum.orders += orders;
            sum.settled = plus(sum.settled, settled, "settled")?;
            sum.refunded = plus(sum.refunded, refunded, "refunded")?;
        }
        Ok(overview)
    }

    /// Arrivals whose partner was not credited, of all shops, newest first, up to `limit` before row `before` (0: the last).
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn refusals(&self, before: i64, limit: u32) -> Result<Vec<Refusal>> {
        let before = if before > 0 { before } else { i64::MAX };
        let rows = self.database().query(
            &format!(
                "SELECT l.id, l.partnerid, p.partnerkey, l.seq, l.timecreated, l.kind, l.tag, l.transactionid, l.state, l.amount,
                        l.currency, l.settled, l.refunded, l.note, l.hash
                   FROM {{local_shopengine_ledger}} l LEFT JOIN {{local_shop_partner}} p ON p.id = l.partnerid
                  WHERE l.kind = 'arrival' AND l.state = 'refused' AND l.id < ? ORDER BY l.id DESC LIMIT {limit}"
            ),
            &[before.into()],
        )?;
        let refusal = |row: &Row| {
            Ok(Refusal {
                id: row.int("id")?,
                partner: row.int("partnerid")?,
                key: row.text("partnerkey")?,
                entry: read(row)?,
            })
        };
        Ok(rows
            .iter()
            .map(refusal)
            .collect::<std::result::Result<_, DatabaseError>>()?)
    }

    /// Writes all refused arrivals to `out` as CSV (RFC 4180), newest first; returns how many. Unlike a statement this is neither
    /// chained nor signed: it is many partners' and nobody's.
    ///
    /// # Errors
    /// [`super::Error::Database`], also for what `out` says.
    pub fn write_refusals(&self, out: &mut dyn io::Write) -> Result<u64> {
        let failed = |error: io::Error| DatabaseError::Failed(error.to_string());
        writeln!(out, "time,key,tag,note").map_err(failed)?;
        let (mut written, mut before) = (0, 0);
        loop {
            let refusals = self.refusals(before, PAGE)?;
            let Some(last) = refusals.last() else {
                break;
            };
            before = last.id;
            for Refusal { key, entry, .. } in &refusals {
                let time = Timestamp::from_millisecond(entry.time).unwrap_or_default();
                let [key, tag, note] = [key, &entry.tag, &entry.note].map(|text| csv::field(text));
                writeln!(out, "{time:.0},{key},{tag},{note}").map_err(failed)?;
                written += 1;
            }
        }
        out.flush().map_err(failed)?;
        Ok(written)
    }

    /// The account that a text names: its number, or its e-mail. Nothing is 0.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn account_named(&self, text: &str) -> Result<Named> {
        self.row_named("user", "AND deleted = 0", text)
    }

    /// The customer that a text names: his number, or his e-mail. Nothing is 0.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn customer_named(&self, text: &str) -> Result<Named> {
        self.row_named("local_shop_customer", "", text)
    }

    /// Name and e-mail of an account and of a customer that a partner is linked to; '' where there is none.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn linked(&self, user: i64, customer: i64) -> Result<(String, String)> {
        let name = |table: &str, id: i64| -> Result<String> {
            let sql =
                format!("SELECT id, firstname, lastname, email FROM {{{table}}} WHERE id = ?");
            let rows = self.database().query(&sql, &[id.into()])?;
            rows.first().map_or_else(
                || Ok(String::new()),
                |row| {
                    let (first, last) = (row.text("firstname")?, row.text("lastname")?);
                    Ok(format!("{first} {last}, {}", row.text("email")?))
                },
            )
        };
        Ok((name("user", user)?, name("local_shop_customer", customer)?))
    }

    fn row_named(&self, table: &str, also: &str, text: &str) -> Result<Named> {
        if text.is_empty() {
            return Ok(Named::One(0));
        }
        let (column, value) = match text.parse::<i64>() {
            Ok(0) => return Ok(Named::One(0)),
            Ok(id) => ("id", id.into()),
            Err(_) => ("LOWER(email)", folded(text).into()),
        };
        let sql = format!("SELECT id, email FROM {{{table}}} WHERE {column} = ? {also}");
        let mut named = Named::None;
        for row in self.database().query(&sql, &[value])? {
            if column != "id" && !is_same(&row.text("email")?, text) {
                continue;
            }
            if named != Named::None {
                return Ok(Named::Several);
            }
            named = Named::One(row.int("id")?);
        }
        Ok(named)
    }
}

impl super::Partner {
    /// A mark of the present secret that tells nothing of it, for `purpose`: '' when there is no secret.
    #[must_use]
    pub fn secret_mark(&self, purpose: &str) -> String {
        mark(&self.secret, purpose)
    }
}

fn mark(secret: &Secret, purpose: &str) -> String {
    use crate::domain::signature::{hex, hmac};
    use hmac::Mac as _;
    hmac(secret.expose()).map_or_else(String::new, |mut mac| {
        mac.update(b"shopengine-secret-mark\n");
        mac.update(purpose.as_bytes());
        hex(&mac.finalize().into_bytes())
    })
}

fn beyond(column: &str) -> DatabaseError {
    DatabaseError::Failed(format!(
        "the ledger's sum of `{column}` is beyond all amounts"
    ))
}

fn number(row: &Row) -> Result<u64> {
    Ok(u64::try_from(row.int("number")?).unwrap_or_default())
}

/// Refusals read at a time.
const PAGE: u32 = 1_000;
