//! Moodle's own `$DB` as a [`Database`]: MariaDB, MySQL or PostgreSQL, whatever the site runs on.
//!
//! Every call into PHP goes through [`call`]. Nothing of ours is borrowed or locked while PHP runs; the transaction is Moodle's,
//! which undoes it when a request dies.

use std::cell::Cell;

use ext_php_rs::convert::{IntoZval, IntoZvalDyn};
use ext_php_rs::types::{ZendHashTable, ZendStr, Zval};

use super::call::{Interruption, call, failed, forget_exception, settled};
use crate::database::{Database, DatabaseError, Row, Value};

/// A connected `moodle_database`.
pub struct Moodle {
    database: Zval,
    /// The delegated transaction, while one is open.
    transaction: Cell<Option<Zval>>,
}

impl Moodle {
    /// Wraps `$DB`; `None` when the value is no object.
    pub fn new(database: &Zval) -> Option<Self> {
        database.object()?;
        Some(Self {
            database: database.shallow_clone(),
            transaction: Cell::new(None),
        })
    }

    fn on_database(
        &self,
        method: &str,
        arguments: Vec<&dyn IntoZvalDyn>,
    ) -> Result<Zval, Interruption> {
        match self.database.object() {
            Some(database) => call(database, method, arguments),
            None => Err(Interruption::Failed(failed("$DB is gone"))),
        }
    }

    fn ask(&self, method: &str, arguments: Vec<&dyn IntoZvalDyn>) -> Result<Zval, DatabaseError> {
        self.on_database(method, arguments)
            .map_err(Interruption::into_error)
    }
}

impl Database for Moodle {
    fn query(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, DatabaseError> {
        let bound = bind(values)?;
        let found = self.ask("get_records_sql", vec![&sql, &bound])?;
        let rows = rows(&found);
        // Freeing the records can run destructors.
        drop(found);
        settled().map_err(Interruption::into_error)?;
        rows
    }

    fn execute(&self, sql: &str, values: &[Value]) -> Result<(), DatabaseError> {
        let bound = bind(values)?;
        self.ask("execute", vec![&sql, &bound])?;
        Ok(())
    }

    fn insert_if_absent(
        &self,
        table: &str,
        fields: &[(&str, Value)],
    ) -> Result<Option<i64>, DatabaseError> {
        let mut record = ZendHashTable::with_capacity(u32::try_from(fields.len()).unwrap_or(8));
        for (name, value) in fields {
            record
                .insert(*name, zval(value)?)
                .map_err(|error| failed(&error.to_string()))?;
        }
        let record = record
            .into_zval(false)
            .map_err(|error| failed(&error.to_string()))?;
        match self.ask("insert_record_raw", vec![&table, &record]) {
            Ok(id) => {
                Ok(Some(whole(&id).ok_or_else(|| {
                    failed("insert_record_raw returned no id")
                })?))
            }
            Err(DatabaseError::Conflict { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn is_open(&self) -> Result<bool, DatabaseError> {
        let open = self.ask("is_transaction_started", vec![])?;
        Ok(open.bool() == Some(true))
    }

    fn begin(&self) -> Result<(), DatabaseError> {
        if self.is_open()? {
            return Err(DatabaseError::HalfOpen);
        }
        let transaction = self.ask("start_delegated_transaction", vec![])?;
        self.transaction.set(Some(transaction));
        Ok(())
    }

    fn commit(&self) -> Result<(), DatabaseError> {
        let transaction = self.transaction.take();
        let transaction = transaction
            .as_ref()
            .and_then(Zval::object)
            .ok_or(DatabaseError::HalfOpen)?;
        call(transaction, "allow_commit", vec![]).map_err(Interruption::into_error)?;
        Ok(())
    }

    fn rollback(&self) {
        drop(self.transaction.take());
        forget_exception();
        // Where even this fails the connection is lost, and Moodle says so at its next use. Where PHP ends the request,
        // Moodle itself rolls back.
        let _ = self.on_database("force_transaction_rollback", vec![]);
    }
}

fn rows(found: &Zval) -> Result<Vec<Row>, DatabaseError> {
    let records = found
        .array()
        .ok_or_else(|| failed("get_records_sql returned no array"))?;
    let mut rows = Vec::with_capacity(records.len());
    let mut entries = records.iter();
    while let Some((_, record)) = entries.next_zval() {
        rows.push(row(record)?);
    }
    Ok(rows)
}

fn row(record: &Zval) -> Result<Row, DatabaseError> {
    let properties = record
        .object()
        .and_then(|object| object.get_properties().ok())
        .ok_or_else(|| failed("a record is no object"))?;
    let mut columns = Vec::with_capacity(properties.len());
    // The table's ordinary iterator panics on a key that is not UTF-8.
    let mut entries = properties.iter();
    while let Some((name, value)) = entries.next_zval() {
        let name = match (name.long(), name.zend_str().map(ZendStr::as_str)) {
            (Some(number), _) => number.to_string(),
            (None, Some(Ok(text))) => text.to_owned(),
            (None, _) => return Err(failed("the name of a column is not valid utf-8")),
        };
        columns.push((name, column(value)));
    }
    Ok(Row::new(columns))
}

fn column(value: &Zval) -> Value {
    if let Some(number) = value.long() {
        Value::Int(number)
    } else if let Some(text) = value.zend_str() {
        Value::Text(String::from_utf8_lossy(text.as_bytes()).into_owned())
    } else {
        Value::Null
    }
}

fn bind(values: &[Value]) -> Result<Zval, DatabaseError> {
    let mut bound = ZendHashTable::with_capacity(u32::try_from(values.len()).unwrap_or(8));
    for value in values {
        bound
            .push(zval(value)?)
            .map_err(|error| failed(&error.to_string()))?;
    }
    bound
        .into_zval(false)
        .map_err(|error| failed(&error.to_string()))
}

fn zval(value: &Value) -> Result<Zval, DatabaseError> {
    let bound = match value {
        Value::Null => Ok(Zval::null()),
        Value::Int(number) => number.into_zval(false),
        Value::Text(text) => text.as_str().into_zval(false),
    };
    bound.map_err(|error| failed(&error.to_string()))
}

fn whole(value: &Zval) -> Option<i64> {
    value.long().or_else(|| value.str()?.parse().ok())
}
