//! A database that takes letters with accents for those without, as the usual collations of MariaDB and MySQL do.

use shopengine::database::{Database, DatabaseError, Row, Sqlite, Value};

/// The demo shop behind such a collation: an address is found by one that has accents besides.
pub struct Collating(pub Sqlite);

impl Database for Collating {
    fn query(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, DatabaseError> {
        if !sql.contains("LOWER(email)") {
            return self.0.query(sql, values);
        }
        let plain = |value: &Value| match value {
            Value::Text(text) => text.replace('é', "e").into(),
            other => other.clone(),
        };
        let values: Vec<Value> = values.iter().map(plain).collect();
        self.0.query(sql, &values)
    }

    fn execute(&self, sql: &str, values: &[Value]) -> Result<(), DatabaseError> {
        self.0.execute(sql, values)
    }

    fn insert_if_absent(
        &self,
        table: &str,
        fields: &[(&str, Value)],
    ) -> Result<Option<i64>, DatabaseError> {
        self.0.insert_if_absent(table, fields)
    }

    fn is_open(&self) -> Result<bool, DatabaseError> {
        self.0.is_open()
    }

    fn begin(&self) -> Result<(), DatabaseError> {
        self.0.begin()
    }

    fn commit(&self) -> Result<(), DatabaseError> {
        self.0.commit()
    }

    fn rollback(&self) {
        self.0.rollback();
    }
}
