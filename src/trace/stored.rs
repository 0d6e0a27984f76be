//! The trace's table in the database: one row for each line, for sites of several machines.

use std::rc::Rc;

use jiff::tz::TimeZone;

use crate::clock::UnixMillis;
use crate::database::{Database, DatabaseError, Row, Value};
use crate::domain::transaction_id::TransactionId;
use crate::trace::conceal::{concealable, names, stars};
use crate::trace::entry::{Entry, actor_of};
use crate::trace::level::Level;
use crate::trace::line::{moment, push_head, push_text};
use crate::trace::node::Node;
use crate::trace::{Filter, TraceError};

/// A line on its way to the table.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) time: UnixMillis,
    pub(super) process: u32,
    pub(super) sequence: u64,
    pub(super) transaction: Option<TransactionId>,
    pub(super) level: Level,
    pub(super) text: String,
}

/// Writes the lines, in as few statements as possible; each statement is written wholly or not at all. Gives the lines
/// that are not in the table, and why.
pub(super) fn insert<'a>(
    database: &dyn Database,
    node: &Node,
    lines: &'a [Line],
) -> Result<(), (&'a [Line], DatabaseError)> {
    let mut rest = lines;
    while !rest.is_empty() {
        let (some, others) = rest.split_at_checked(AT_ONCE).unwrap_or((rest, &[]));
        let marks = vec!["(?, ?, ?, ?, ?, ?, ?, ?)"; some.len()].join(", ");
        let sql = format!(
            "INSERT INTO {{local_shopengine_trace}}
                (timecreated, node, process, seq, transactionid, severity, actor, message) VALUES {marks}"
        );
        let values: Vec<Value> = some.iter().flat_map(|line| line.values(node)).collect();
        database
            .execute(&sql, &values)
            .map_err(|error| (rest, error))?;
        rest = others;
    }
    Ok(())
}

impl Line {
    fn values(&self, node: &Node) -> [Value; 8] {
        let mut message = String::new();
        push_text(&mut message, self.transaction.is_some(), &self.text);
        let transaction = self.transaction.as_ref().map(TransactionId::as_str);
        [
            self.time.millis().max(0).into(),
            node.as_str().into(),
            i64::from(self.process).into(),
            i64::try_from(self.sequence).unwrap_or(i64::MAX).into(),
            transaction.unwrap_or_default().into(),
            self.level.as_str().into(),
            actor_of(&message).unwrap_or_default().into(),
            message.into(),
        ]
    }
}

/// Which rows.
#[derive(Clone, Debug)]
pub(super) enum Wanted {
    /// Those of a transaction.
    Of(TransactionId),
    /// Those that pass.
    Passing(Filter),
}

/// Rows of the table as entries, by time; read a few hundred at a time.
pub(super) struct Rows {
    database: Rc<dyn Database>,
    zone: TimeZone,
    wanted: Wanted,
    /// Time and id of the row read last.
    last: (i64, i64),
    /// The largest id when reading began: what is written meanwhile is not read.
    until: Option<i64>,
    batch: std::vec::IntoIter<Row>,
    is_over: bool,
}

impl Rows {
    pub(super) fn new(database: Rc<dyn Database>, zone: TimeZone, wanted: Wanted) -> Self {
        Self {
            database,
            zone,
            wanted,
            last: (-1, 0),
            until: None,
            batch: Vec::new().into_iter(),
            is_over: false,
        }
    }

    /// Whether there is any row to be read.
    pub(super) fn is_empty(&mut self) -> Result<bool, TraceError> {
        if self.batch.as_slice().is_empty() {
            self.fetch().map_err(away)?;
        }
        Ok(self.batch.as_slice().is_empty())
    }

    fn fetch(&mut self) -> Result<(), DatabaseError> {
        let until = match self.until {
            Some(until) => until,
            None => {
                let sql = "SELECT MAX(id) AS n FROM {local_shopengine_trace}";
                let found = self.database.query(sql, &[])?;
                let newest = found.first().and_then(|row| row.int("n").ok()).unwrap_or(0);
                self.until = Some(newest);
                newest
            }
        };
        let (mut conditions, mut values) = self.conditions();
        let (time, id) = self.last;
        conditions.push("id <= ? AND (timecreated > ? OR (timecreated = ? AND id > ?))");
        values.extend([until.into(), time.into(), time.into(), id.into()]);
        let sql = format!(
            "SELECT id, timecreated, node, process, seq, transactionid, severity, message
               FROM {{local_shopengine_trace}} WHERE {} ORDER BY timecreated, id LIMIT {BATCH}",
            conditions.join(" AND ")
        );
        let rows = self.database.query(&sql, &values)?;
        self.is_over = rows.len() < BATCH;
        if let Some(row) = rows.last() {
            self.last = (row.int("timecreated")?, row.int("id")?);
        }
        self.batch = rows.into_iter();
        Ok(())
    }

    /// What the database can tell; the rest is [`Filter::accepts`]'s.
    fn conditions(&self) -> (Vec<&'static str>, Vec<Value>) {
        let (mut conditions, mut values) = (Vec::new(), Vec::new());
        match &self.wanted {
            Wanted::Of(transaction) => {
                conditions.push("transactionid = ?");
                values.push(transaction.as_str().into());
            }
            Wanted::Passing(filter) => {
                // The repeated hour of autumn is both of its hours.
                let at = |time, seen| moment(time, &self.zone, seen);
                if let Some(since) = filter.since {
                    conditions.push("timecreated >= ?");
                    values.push(at(since, i64::MIN).into());
                }
                if let Some(until) = filter.until {
                    conditions.push("timecreated < ?");
                    values.push(at(until, i64::MAX).into());
                }
                if let Some(prefix) = &filter.prefix {
                    conditions.push("transactionid LIKE ? ESCAPE '!'");
                    let mut pattern = String::new();
                    for letter in prefix.chars() {
                        if "!%_".contains(letter) {
                            pattern.push('!');
                        }
                        pattern.push(letter);
                    }
                    pattern.push('%');
                    values.push(pattern.into());
                }
                match filter.level {
                    Some(Level::Error) => conditions.push("severity = 'error'"),
                    Some(Level::Warning) => conditions.push("severity IN ('warning', 'error')"),
                    _ => {}
                }
            }
        }
        (conditions, values)
    }

    fn is_wanted(&self, entry: &Entry) -> bool {
        match &self.wanted {
            // Some databases take small letters for large ones.
            Wanted::Of(transaction) => entry.belongs_to(transaction),
            Wanted::Passing(filter) => filter.accepts(entry),
        }
    }
}

impl Iterator for Rows {
    /// With the moment, in milliseconds.
    type Item = Result<(i64, Entry), TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.batch.next() {
                match entry(&row, &self.zone) {
                    Ok((time, entry)) if self.is_wanted(&entry) => return Some(Ok((time, entry))),
                    Ok(_) => continue,
                    Err(error) => return Some(Err(away(error))),
                }
            }
            if self.is_over {
                return None;
            }
            if let Err(error) = self.fetch() {
                self.is_over = true;
                return Some(Err(away(error)));
            }
        }
    }
}

/// The transactions of the rows nearest to the end, the latest first, of no more than the last rows.
pub(super) fn last_ids(
    database: &dyn Database,
    count: usize,
) -> Result<Vec<TransactionId>, TraceError> {
    let mut ids: Vec<TransactionId> = Vec::new();
    let (mut time, mut id, mut seen) = (i64::MAX, i64::MAX, 0);
    while ids.len() < count && seen < FARTHEST {
        let sql = format!(
            "SELECT id, timecreated, transactionid FROM {{local_shopengine_trace}}
              WHERE timecreated < ? OR (timecreated = ? AND id < ?) ORDER BY timecreated DESC, id DESC LIMIT {BATCH}"
        );
        let rows = database
            .query(&sql, &[time.into(), time.into(), id.into()])
            .map_err(away)?;
        for row in &rows {
            let found = row.text("transactionid").map_err(away)?;
            if let Ok(transaction) = TransactionId::parse(&found)
                && !ids.contains(&transaction)
                && ids.len() < count
            {
                ids.push(transaction);
            }
        }
        let Some(last) = rows.last().filter(|_| rows.len() == BATCH) else {
            break;
        };
        (time, id) = (
            last.int("timecreated").map_err(away)?,
            last.int("id").map_err(away)?,
        );
        seen += BATCH;
    }
    Ok(ids)
}

/// Removes the rows from before that moment, a day at a time, so that no statement holds the table for long. Gives how many.
pub(super) fn forget(database: &dyn Database, before: UnixMillis) -> Result<usize, TraceError> {
    let count = |time: i64| -> Result<(i64, i64), DatabaseError> {
        let sql = "SELECT COUNT(*) AS n, COALESCE(MIN(timecreated), 0) AS oldest
                     FROM {local_shopengine_trace} WHERE timecreated < ?";
        let rows = database.query(sql, &[time.into()])?;
        rows.first()
            .map_or(Ok((0, 0)), |row| Ok((row.int("n")?, row.int("oldest")?)))
    };
    let mut gone = 0_usize;
    loop {
        let (left, oldest) = count(before.millis()).map_err(away)?;
        if left == 0 {
            return Ok(gone);
        }
        let until = oldest.saturating_add(DAY).min(before.millis());
        let (found, _) = count(until).map_err(away)?;
        let sql = "DELETE FROM {local_shopengine_trace} WHERE timecreated < ?";
        database.execute(sql, &[until.into()]).map_err(away)?;
        gone = gone.saturating_add(usize::try_from(found).unwrap_or(0));
    }
}

/// Writes `*` over each of the texts in all rows, or in those that contain a mark, as [`conceal`](super::conceal()) does in files. Gives the
/// number of places.
pub(super) fn conceal(
    database: &dyn Database,
    texts: &[&str],
    marks: &[&str],
) -> Result<usize, TraceError> {
    let wanted = concealable(texts);
    let (mut last, mut places) = (0, 0_usize);
    while !wanted.is_empty() {
        let sql = format!(
            "SELECT id, transactionid, message FROM {{local_shopengine_trace}} WHERE id > ? ORDER BY id LIMIT {BATCH}"
        );
        let rows = database.query(&sql, &[last.into()]).map_err(away)?;
        for row in &rows {
            last = row.int("id").map_err(away)?;
            let message = row.text("message").map_err(away)?;
            let transaction = row.text("transactionid").map_err(away)?;
            let is_of = |mark: &&str| transaction == **mark || names(message.as_bytes(), mark);
            if !marks.is_empty() && !marks.iter().any(is_of) {
                continue;
            }
            let (concealed, found) = stars(&message, &wanted);
            if found > 0 {
                let actor = actor_of(&concealed).unwrap_or_default().to_owned();
                let sql = "UPDATE {local_shopengine_trace} SET message = ?, actor = ? WHERE id = ?";
                let values = [concealed.into(), actor.into(), last.into()];
                database.execute(sql, &values).map_err(away)?;
                places = places.saturating_add(found);
            }
        }
        if rows.len() < BATCH {
            break;
        }
    }
    Ok(places)
}

/// A row as an entry, its line composed as a file would hold it.
fn entry(row: &Row, zone: &TimeZone) -> Result<(i64, Entry), DatabaseError> {
    let time = row.int("timecreated")?;
    let number = |name: &str| Ok::<_, DatabaseError>(u64::try_from(row.int(name)?).unwrap_or(0));
    let mut line = String::new();
    push_head(
        &mut line,
        UnixMillis::from_millis(time),
        zone,
        number("seq")?,
    );
    let transaction = row.text("transactionid")?;
    if !transaction.is_empty() {
        line.push('[');
        line.push_str(&transaction);
        line.push_str("] ");
    }
    line.push_str(&row.text("message")?);
    let entry = Entry::from_bytes(line.as_bytes(), 0).of_table(
        Node::named(&row.text("node")?),
        number("process")?,
        Level::parse(&row.text("severity")?),
        number("id")?,
    );
    Ok((time, entry))
}

fn away(source: DatabaseError) -> TraceError {
    TraceError::Table { source }
}

/// Lines in one statement.
const AT_ONCE: usize = 50;
/// Rows in one answer.
const BATCH: usize = 500;
const DAY: i64 = 24 * 60 * 60 * 1000;
/// Rows searched for the last transactions.
const FARTHEST: usize = 200_000;
