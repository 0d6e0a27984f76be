//! A database on which everything can be tried and nothing is kept: one transaction around all, undone at the end.

use std::cell::Cell;
use std::rc::Rc;

use super::{Database, DatabaseError, Row, Value};

/// A rehearsal on another database. Dropping it undoes everything.
pub struct Rehearsal {
    stage: Rc<dyn Database>,
    /// The transaction around all is open.
    open: Cell<bool>,
    /// One of the rehearsed transactions is.
    within: Cell<bool>,
}

impl Rehearsal {
    /// A rehearsal on `stage`.
    #[must_use]
    pub fn new(stage: Rc<dyn Database>) -> Self {
        Self {
            stage,
            open: Cell::new(false),
            within: Cell::new(false),
        }
    }
}

impl Database for Rehearsal {
    fn query(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, DatabaseError> {
        self.stage.query(sql, values)
    }

    fn execute(&self, sql: &str, values: &[Value]) -> Result<(), DatabaseError> {
        self.stage.execute(sql, values)
    }

    fn insert_if_absent(
        &self,
        table: &str,
        fields: &[(&str, Value)],
    ) -> Result<Option<i64>, DatabaseError> {
        self.stage.insert_if_absent(table, fields)
    }

    fn is_open(&self) -> Result<bool, DatabaseError> {
        self.stage.is_open()
    }

    fn begin(&self) -> Result<(), DatabaseError> {
        if self.within.replace(true) {
            return Err(DatabaseError::HalfOpen);
        }
        if !self.open.get() {
            self.stage.begin()?;
            self.open.set(true);
        }
        Ok(())
    }

    fn commit(&self) -> Result<(), DatabaseError> {
        // Kept until the end of the rehearsal, for what comes after it.
        if self.within.replace(false) {
            Ok(())
        } else {
            Err(DatabaseError::HalfOpen)
        }
    }

    fn rollback(&self) {
        self.within.set(false);
        if self.open.replace(false) {
            self.stage.rollback();
        }
    }
}

impl Drop for Rehearsal {
    fn drop(&mut self) {
        self.rollback();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::{Sqlite, install, transaction};

    fn rows(database: &dyn Database) -> usize {
        let sql = "SELECT id FROM {local_shopengine_counter}";
        database.query(sql, &[]).unwrap().len()
    }

    fn insert(database: &dyn Database, name: &str) {
        let fields = [("name", name.into()), ("value", 1_i64.into())];
        transaction(database, |open| {
            open.insert("local_shopengine_counter", &fields)
        })
        .unwrap();
    }

    #[test]
    fn later_transactions_see_what_earlier_ones_did_and_nothing_is_kept() {
        let file = tempfile::tempdir().unwrap();
        let sqlite = Sqlite::open(&file.path().join("shop.sqlite")).unwrap();
        install(&sqlite).unwrap();
        insert(&sqlite, "kept");
        let rehearsal = Rehearsal::new(Rc::new(sqlite.clone()));
        insert(&rehearsal, "a");
        insert(&rehearsal, "b");
        assert_eq!(rows(&rehearsal), 3);
        drop(rehearsal);
        assert_eq!(rows(&sqlite), 1);
        insert(&sqlite, "after");
        assert_eq!(rows(&sqlite), 2);
    }

    #[test]
    fn transactions_do_not_nest_here_either() {
        let file = tempfile::tempdir().unwrap();
        let sqlite = Sqlite::open(&file.path().join("shop.sqlite")).unwrap();
        install(&sqlite).unwrap();
        let rehearsal = Rehearsal::new(Rc::new(sqlite));
        rehearsal.begin().unwrap();
        assert!(matches!(rehearsal.begin(), Err(DatabaseError::HalfOpen)));
    }
}
