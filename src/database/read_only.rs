//! A database that can be read and nothing else, whatever the code does that was given it.

use super::{Database, DatabaseError, Row, Value};

/// Passes questions on and refuses everything that could write.
pub struct ReadOnly<'a> {
    database: &'a dyn Database,
}

impl<'a> ReadOnly<'a> {
    /// Reads `database`.
    #[must_use]
    pub fn new(database: &'a dyn Database) -> Self {
        Self { database }
    }
}

impl Database for ReadOnly<'_> {
    fn query(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, DatabaseError> {
        let mut words = sql.split_ascii_whitespace();
        match words.next() {
            Some(word) if word.eq_ignore_ascii_case("SELECT") => self.database.query(sql, values),
            _ => Err(refused()),
        }
    }

    fn execute(&self, _sql: &str, _values: &[Value]) -> Result<(), DatabaseError> {
        Err(refused())
    }

    fn insert_if_absent(
        &self,
        _table: &str,
        _fields: &[(&str, Value)],
    ) -> Result<Option<i64>, DatabaseError> {
        Err(refused())
    }

    fn is_open(&self) -> Result<bool, DatabaseError> {
        self.database.is_open()
    }

    fn begin(&self) -> Result<(), DatabaseError> {
        Err(refused())
    }

    fn commit(&self) -> Result<(), DatabaseError> {
        Err(refused())
    }

    fn rollback(&self) {}
}

fn refused() -> DatabaseError {
    DatabaseError::Failed("this part of the engine only reads".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::{Sqlite, install};

    #[test]
    fn everything_that_could_write_is_refused() {
        let sqlite = Sqlite::in_memory().unwrap();
        install(&sqlite).unwrap();
        let database = ReadOnly::new(&sqlite);
        let count = "SELECT id FROM {local_shopengine_counter}";
        assert_eq!(database.query(count, &[]).unwrap().len(), 0);
        let delete = "DELETE FROM {local_shopengine_counter}";
        assert!(database.query(delete, &[]).is_err());
        assert!(database.execute(delete, &[]).is_err());
        assert!(database.begin().is_err() && database.commit().is_err());
        let fields = [("name", "a".into()), ("value", 1_i64.into())];
        assert!(
            database
                .insert_if_absent("local_shopengine_counter", &fields)
                .is_err()
        );
        assert_eq!(sqlite.query(count, &[]).unwrap().len(), 0);
    }
}
