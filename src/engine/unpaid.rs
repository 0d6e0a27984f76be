//! The second line of defence: bills that were sold or delivered without a payment that the engine knows are found and reported,
//! once for each bill: an alarm that stays until a seller has looked, an event, and an email.
//!
//! Bills up to the last id at installation count as history; that id is written down once. Of later
//! bills, and of older ones that were not sold then, those count as sold past the engine that were sold while the takeovers left the
//! plugin no page to sell them. A pass reads the rows after its marks, and the bills that are not sold yet: its cost does not grow
//! with what the shop sold.

mod alarm;
mod told;

pub(super) use alarm::{SOLD_UNPAID, SOLD_WITHOUT_PAYMENT, is_about_bill};
pub use told::{Delivered, UnpaidBill};

use crate::database::{Database, Row};
use crate::domain::state::BillStatus;

use self::alarm::State;
use super::takeovers::Takeovers;
use super::{Engine, Reconciled, Reconciliation, Result, Work, number};

impl Engine {
    /// Looks for bills that were sold past the engine since the last look, and raises an alarm about each.
    pub(super) fn watch_bills(&self) -> Result<Vec<Reconciliation>> {
        if Marks::read(self.database())?.is_none() {
            self.transact(|work| work.begin_watch())?;
        }
        let mut raised = Vec::new();
        self.look_at_bills(&mut |engine, sight| {
            if !sight.is_settled() {
                raised.extend(engine.transact(|work| work.sort(sight))?);
            }
            Ok(())
        })?;
        Ok(raised)
    }

    /// The bills that [`Engine::watch_bills`] would raise an alarm about now; nothing is written.
    pub(super) fn unreported(&self) -> Result<Vec<i64>> {
        let mut bills = Vec::new();
        self.look_at_bills(&mut |_, sight| {
            let alarms = sight
                .found
                .iter()
                .filter(|found| found.state == State::Alarm);
            bills.extend(alarms.map(|found| found.bill));
            Ok(())
        })?;
        bills.sort_unstable();
        bills.dedup();
        Ok(bills)
    }

    /// Shows `see` what there is to decide about, batch by batch.
    fn look_at_bills(&self, see: &mut dyn FnMut(&Self, &Sight) -> Result<()>) -> Result<()> {
        let Some(marks) = Marks::read(self.database())? else {
            return Ok(());
        };
        let takeovers = Takeovers::now(self.database())?;
        for walk in WALKS {
            // Read first: what comes in meanwhile is the next pass's.
            let end = walk.end(self.database())?;
            let mark = walk.mark(&marks);
            let mut last = walk.begin(&marks);
            loop {
                let rows = self
                    .database()
                    .query(&format!("{} LIMIT {BATCH}", walk.sql), &[last.into()])?;
                let Some(row) = rows.last() else { break };
                last = row.int("id")?;
                let mut found = Vec::with_capacity(rows.len());
                for row in &rows {
                    found.push(Found::read(row, walk, marks.bills, takeovers)?);
                }
                let end = if walk.table.is_empty() { 0 } else { last };
                see(
                    self,
                    &Sight {
                        walk,
                        found,
                        mark,
                        end,
                    },
                )?;
            }
            let found = Vec::new();
            see(
                self,
                &Sight {
                    walk,
                    found,
                    mark,
                    end,
                },
            )?;
        }
        Ok(())
    }
}

impl Work<'_> {
    /// Was this bill, which is no order, sold past the engine? To adopt it would settle what nobody has paid.
    pub(super) fn is_sold_past(&self, bill: i64) -> Result<bool> {
        let Some(marks) = Marks::read(self.database)? else {
            return Ok(false);
        };
        let takeovers = Takeovers::now(self.database)?;
        let rows = self.database.query(
            "SELECT b.id, b.id AS billid, b.status, b.transactionid, w.state, 0 AS orderid
               FROM {local_shop_bill} b LEFT JOIN {local_shopengine_watch} w ON w.billid = b.id WHERE b.id = ?",
            &[bill.into()],
        )?;
        let Some(row) = rows.first() else {
            return Ok(false);
        };
        if State::parse(&row.text("state")?) == Some(State::Alarm) {
            return Ok(true);
        }
        Ok(Found::read(row, &BILLS, marks.bills, takeovers)?.state == State::Alarm)
    }

    /// Writes down where the history of the site ends: what was sold until now was sold before the engine.
    fn begin_watch(&mut self) -> Result<()> {
        for walk in WALKS.iter().filter(|walk| !walk.table.is_empty()) {
            self.database.insert_if_absent(
                COUNTER,
                &[
                    ("name", walk.start_name().into()),
                    ("value", walk.end(self.database)?.into()),
                ],
            )?;
        }
        Ok(())
    }

    /// Keeps what a batch was found to be, with the mark of its walk.
    fn sort(&mut self, sight: &Sight) -> Result<Vec<Reconciliation>> {
        let mut raised = Vec::new();
        for found in &sight.found {
            match found.state {
                State::Alarm if self.raise(found.bill, &found.status, &found.transid)? => {
                    raised.push(Reconciliation {
                        transid: found.transid.clone(),
                        bill: found.bill,
                        outcome: Reconciled::Reported,
                        text: alarm::sentence(found.bill, &found.status),
                    });
                }
                State::Alarm | State::History => {}
                State::Ordered => self.forget(found.bill)?,
                state => self.keep_state(found.bill, &found.status, state)?,
            }
        }
        if sight.end > sight.mark {
            let name = sight.walk.mark_name();
            self.database.insert_if_absent(
                COUNTER,
                &[("name", name.as_str().into()), ("value", 0_i64.into())],
            )?;
            number::lift(self.database, &name, sight.end)?;
        }
        Ok(raised)
    }
}

/// Is this one of the words of a bill whose goods the buyer has or is about to get?
pub(super) fn is_sold(status: &str) -> bool {
    matches!(
        BillStatus::parse(status),
        Ok(BillStatus::Soldout | BillStatus::Partial | BillStatus::Complete | BillStatus::Preprod)
    )
}

/// A batch of a walk.
struct Sight {
    walk: &'static Walk,
    found: Vec<Found>,
    /// The walk's mark before.
    mark: i64,
    /// The id up to which the walk is done after this batch.
    end: i64,
}

impl Sight {
    /// Is there nothing to write?
    fn is_settled(&self) -> bool {
        self.end <= self.mark && self.found.iter().all(|found| found.state == State::History)
    }
}

/// A bill that was looked at, and what it is.
struct Found {
    bill: i64,
    transid: String,
    status: String,
    state: State,
}

impl Found {
    /// `history` is the last bill from before the engine.
    fn read(row: &Row, walk: &Walk, history: i64, takeovers: Takeovers) -> Result<Self> {
        let (bill, status) = (row.int("billid")?, row.text("status")?);
        let before = State::parse(&row.text("state")?);
        let ordered = row.int("orderid")? != 0;
        let state = if !walk.delivered && !is_sold(&status) && !ordered {
            let past = bill > history && takeovers.places;
            before.unwrap_or(if past { State::Stray } else { State::Watched })
        } else if ordered {
            // A moved bill of an order is compared with it; what was delivered for an order is seen here alone.
            match (walk.delivered, takeovers.sells) {
                (false, _) => State::Ordered,
                (true, true) => State::Alarm,
                (true, false) => State::Known,
            }
        } else {
            match before {
                None if bill <= history => State::History,
                None | Some(State::Stray) if takeovers.places => State::Alarm,
                Some(State::Watched) if takeovers.sells => State::Alarm,
                Some(state @ (State::Alarm | State::Seen)) => state,
                _ => State::Known,
            }
        };
        Ok(Self {
            bill,
            transid: row.text("transactionid")?,
            status,
            state,
        })
    }
}

/// Rows that are looked at in the order of their ids.
struct Walk {
    /// The table whose ids the marks of this walk count; '' for the one that looks at all that is watched.
    table: &'static str,
    /// Its rows say that something was delivered for the bill.
    delivered: bool,
    /// Rows after an id: `id`, and of their bill `billid`, `transactionid`, `status`, `state` and `orderid`.
    sql: &'static str,
}

impl Walk {
    fn mark_name(&self) -> String {
        format!("watch.{}", self.table)
    }

    fn start_name(&self) -> String {
        format!("{}.start", self.mark_name())
    }

    fn mark(&self, marks: &Marks) -> i64 {
        marks.value(&self.mark_name())
    }

    /// The id after which the walk begins. A transaction that began earlier may commit later: some ids are looked at again.
    fn begin(&self, marks: &Marks) -> i64 {
        let again = (self.mark(marks) - LOOK_BACK).max(0);
        if self.delivered {
            again.max(marks.value(&self.start_name()))
        } else {
            again
        }
    }

    /// The last id of the table.
    fn end(&self, database: &dyn Database) -> Result<i64> {
        if self.table.is_empty() {
            return Ok(0);
        }
        let sql = format!("SELECT MAX(id) AS id FROM {{{}}}", self.table);
        let rows = database.query(&sql, &[])?;
        Ok(rows.first().map_or(Ok(0), |row| row.int("id"))?)
    }
}

/// The counters of the walks.
struct Marks {
    /// The last bill from before the engine.
    bills: i64,
    values: Vec<(String, i64)>,
}

impl Marks {
    /// `None` when nothing was ever watched.
    fn read(database: &dyn Database) -> Result<Option<Self>> {
        let rows = database.query(
            "SELECT id, name, value FROM {local_shopengine_counter} WHERE name IN (?, ?, ?, ?, ?, ?)",
            &WALKS
                .iter()
                .filter(|walk| !walk.table.is_empty())
                .flat_map(|walk| [walk.mark_name().into(), walk.start_name().into()])
                .collect::<Vec<_>>(),
        )?;
        let mut values = Vec::with_capacity(rows.len());
        for row in &rows {
            values.push((row.text("name")?, row.int("value")?));
        }
        let start = BILLS.start_name();
        let bills = values.iter().find(|(name, _)| *name == start);
        Ok(bills
            .map(|(_, bills)| *bills)
            .map(|bills| Self { bills, values }))
    }

    fn value(&self, name: &str) -> i64 {
        let found = self.values.iter().find(|(known, _)| known == name);
        found.map_or(0, |(_, value)| *value)
    }
}

/// In this order: a bill is watched before what was delivered for it is looked at.
static WALKS: [&Walk; 4] = [&BILLS, &WATCHED, &PRODUCTS, &EVENTS];

/// New bills that are no orders: a range of the primary key.
static BILLS: Walk = Walk {
    table: "local_shop_bill",
    delivered: false,
    sql: "SELECT b.id, b.id AS billid, b.status, b.transactionid, w.state, 0 AS orderid
            FROM {local_shop_bill} b
       LEFT JOIN {local_shopengine_order} o ON o.billid = b.id
       LEFT JOIN {local_shopengine_watch} w ON w.billid = b.id
           WHERE b.id > ? AND o.id IS NULL AND w.id IS NULL ORDER BY b.id",
};

/// Bills that were not sold when they were looked at last, by the index on their state.
static WATCHED: Walk = Walk {
    table: "",
    delivered: false,
    sql: "SELECT w.id, w.billid, b.status, b.transactionid, w.state, o.id AS orderid
            FROM {local_shopengine_watch} w
            JOIN {local_shop_bill} b ON b.id = w.billid
       LEFT JOIN {local_shopengine_order} o ON o.billid = w.billid
           WHERE w.state IN ('watched', 'stray') AND w.id > ?
             AND (o.id IS NOT NULL OR b.status IN ('SOLDOUT', 'PARTIAL', 'COMPLETE', 'PREPROD'))
        ORDER BY w.id",
};

/// New products: a range of the primary key.
static PRODUCTS: Walk = Walk {
    table: "local_shop_product",
    delivered: true,
    sql: "SELECT p.id, b.id AS billid, b.status, b.transactionid, w.state, o.id AS orderid
            FROM {local_shop_product} p
            JOIN {local_shop_billitem} i ON i.id = p.initialbillitemid
            JOIN {local_shop_bill} b ON b.id = i.billid
       LEFT JOIN {local_shopengine_order} o ON o.billid = b.id
       LEFT JOIN {local_shopengine_watch} w ON w.billid = b.id
           WHERE p.id > ? AND (w.id IS NULL OR w.state IN ('watched', 'stray')) AND (o.id IS NULL OR o.fulfilment = 'none')
             AND NOT EXISTS (SELECT 1 FROM {local_shopengine_produced} m WHERE m.billitemid = i.id AND m.state = 'done')
             AND NOT EXISTS (SELECT 1 FROM {local_shopengine_settlement} s
                              WHERE s.billid = b.id AND s.state IN ('settled', 'refunded'))
        ORDER BY p.id",
};

/// New events of products, those by which something is delivered.
static EVENTS: Walk = Walk {
    table: "local_shop_productevent",
    delivered: true,
    sql: "SELECT p.id, b.id AS billid, b.status, b.transactionid, w.state, o.id AS orderid
            FROM {local_shop_productevent} p
            JOIN {local_shop_billitem} i ON i.id = p.billitemid
            JOIN {local_shop_bill} b ON b.id = i.billid
       LEFT JOIN {local_shopengine_order} o ON o.billid = b.id
       LEFT JOIN {local_shopengine_watch} w ON w.billid = b.id
           WHERE p.id > ? AND p.eventtype IN ('billed', 'created')
             AND (w.id IS NULL OR w.state IN ('watched', 'stray')) AND (o.id IS NULL OR o.fulfilment = 'none')
             AND NOT EXISTS (SELECT 1 FROM {local_shopengine_produced} m WHERE m.billitemid = i.id AND m.state = 'done')
             AND NOT EXISTS (SELECT 1 FROM {local_shopengine_settlement} s
                              WHERE s.billid = b.id AND s.state IN ('settled', 'refunded'))
        ORDER BY p.id",
};

/// Where the marks are.
const COUNTER: &str = "local_shopengine_counter";

/// Rows that were looked at and are looked at again.
const LOOK_BACK: i64 = 1_000;

/// Rows of one query, and of one transaction.
const BATCH: u32 = 200;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::{Sqlite, install};

    #[test]
    fn a_pass_reads_by_indexes_what_comes_after_its_marks_and_what_is_not_sold_yet() {
        let database = Sqlite::in_memory().unwrap();
        install(&database).unwrap();
        for walk in WALKS {
            let sql = format!("EXPLAIN QUERY PLAN {} LIMIT {BATCH}", walk.sql);
            let plan = database.query(&sql, &[0_i64.into()]).unwrap();
            for step in &plan {
                let step = step.text("detail").unwrap();
                assert!(!step.starts_with("SCAN"), "{step} of {sql}");
            }
        }
    }
}
