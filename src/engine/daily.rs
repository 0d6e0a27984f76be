//! Arrivals without a valid signature: anyone can cause them, so beyond a number a day a partner's ledger gets their sum, once the day is over.

use crate::domain::arrival::Trust;
use crate::domain::statement::Entry;
use crate::gateway::utc_day;

use super::{Engine, Error, Result, Work, number};

impl Engine {
    /// Enters the sums of days that are over into the partners' ledgers; returns how many. Safe to repeat.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn close_days(&self) -> Result<usize> {
        let today = utc_day(self.now());
        let rows = self.database().query(
            &format!(
                "SELECT name FROM {{local_shopengine_counter}}
                  WHERE (name LIKE '{ENTERED} %' AND name < ?) OR (name LIKE '{SUMMED} %' AND name < ?) ORDER BY name LIMIT 100"
            ),
            &[
                format!("{ENTERED} {today}").into(),
                format!("{SUMMED} {today}").into(),
            ],
        )?;
        let mut entered = 0;
        for row in &rows {
            let name = row.text("name")?;
            entered += usize::from(self.transact(|work| work.close_day(&name))?);
        }
        Ok(entered)
    }
}

impl Work<'_> {
    /// Counts an unsigned arrival of today. `true`: there were so many that this one has no entry of its own.
    pub(super) fn is_beyond(&self, partner: i64) -> Result<bool> {
        let name = format!("{ENTERED} {} {partner}", utc_day(self.now));
        Ok(number::next(self.database, &name, || Ok(0))? > MOST_UNSIGNED)
    }

    /// Adds an arrival to the sum of today.
    pub(super) fn sum_arrival(&self, partner: i64, trust: Trust) -> Result<()> {
        let name = format!(
            "{SUMMED} {} {partner} {}",
            utc_day(self.now),
            trust.as_str()
        );
        number::next(self.database, &name, || Ok(0))?;
        Ok(())
    }

    fn close_day(&mut self, name: &str) -> Result<bool> {
        // Locks the counter: of several processes one enters its sum.
        self.database.execute(
            "UPDATE {local_shopengine_counter} SET value = value + 0 WHERE name = ?",
            &[name.into()],
        )?;
        let rows = self.database.query(
            "SELECT id, value FROM {local_shopengine_counter} WHERE name = ?",
            &[name.into()],
        )?;
        let Some(row) = rows.first() else {
            return Ok(false);
        };
        let words: Vec<&str> = name.split(' ').collect();
        let &[SUMMED, day, partner, state] = words.as_slice() else {
            self.forget_counter(name)?;
            return Ok(false);
        };
        let count = row.int("value")?;
        self.forget_counter(name)?;
        let link = self.lock_chain(partner.parse().map_err(|_| Error::Conflict)?)?;
        let entry = Entry {
            kind: "arrivals".to_owned(),
            state: state.to_owned(),
            note: format!("{day} {count}"),
            ..Entry::default()
        };
        self.enter(link, entry)?;
        Ok(true)
    }

    fn forget_counter(&mut self, name: &str) -> Result<()> {
        self.database.execute(
            "DELETE FROM {local_shopengine_counter} WHERE name = ?",
            &[name.into()],
        )?;
        Ok(())
    }
}

/// Counters of a day and a partner: unsigned arrivals, and those of them that have no entry of their own, by how far they were believed.
const ENTERED: &str = "arrivals";
const SUMMED: &str = "summed";

/// Unsigned arrivals of a partner that have entries of their own, each day (UTC).
const MOST_UNSIGNED: i64 = 1_000;
