//! Moodle's own `$DB` as a [`Database`]: MariaDB, MySQL or PostgreSQL, whatever the site runs on.
//!
//! Every call into PHP goes through [`Moodle::call`], which notices a thrown exception and takes it over. Nothing of ours is
//! borrowed or locked while PHP runs; the transaction is Moodle's, which undoes it when a request dies.

use std::cell::RefCell;

use ext_php_rs::convert::{IntoZval, IntoZvalDyn};
use ext_php_rs::types::{ZendHashTable, ZendObject, Zval};
use ext_php_rs::zend::ExecutorGlobals;

use crate::database::{Database, DatabaseError, Row, Value};

/// A connected `moodle_database`.
pub struct Moodle {
    database: Zval,
    /// The delegated transaction, while one is open.
    transaction: RefCell<Option<Zval>>,
}

impl Moodle {
    /// Wraps `$DB`; `None` when the value is no object.
    pub fn new(database: &Zval) -> Option<Self> {
        database.object()?;
        Some(Self {
            database: database.shallow_clone(),
            transaction: RefCell::new(None),
        })
    }

    fn on_database(
        &self,
        method: &str,
        arguments: Vec<&dyn IntoZvalDyn>,
    ) -> Result<Zval, DatabaseError> {
        let database = self
            .database
            .object()
            .ok_or_else(|| failed("$DB is gone"))?;
        Self::call(database, method, arguments)
    }

    /// Calls a method and takes over what it throws: the binding returns an undefined value then and leaves the
    /// exception pending.
    fn call(
        object: &ZendObject,
        method: &str,
        arguments: Vec<&dyn IntoZvalDyn>,
    ) -> Result<Zval, DatabaseError> {
        let returned = object.try_call_method(method, arguments);
        if let Some(exception) = ExecutorGlobals::take_exception() {
            return Err(taken_over(&exception));
        }
        returned.map_err(|error| failed(&error.to_string()))
    }
}

impl Database for Moodle {
    fn query(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, DatabaseError> {
        let bound = bind(values)?;
        let found = self.on_database("get_records_sql", vec![&sql, &bound])?;
        let records = found
            .array()
            .ok_or_else(|| failed("get_records_sql returned no array"))?;
        records.iter().map(|(_, record)| row(record)).collect()
    }

    fn execute(&self, sql: &str, values: &[Value]) -> Result<(), DatabaseError> {
        let bound = bind(values)?;
        self.on_database("execute", vec![&sql, &bound])?;
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
        match self.on_database("insert_record_raw", vec![&table, &record]) {
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
        let open = self.on_database("is_transaction_started", vec![])?;
        Ok(open.bool() == Some(true))
    }

    fn begin(&self) -> Result<(), DatabaseError> {
        if self.is_open()? {
            return Err(DatabaseError::HalfOpen);
        }
        let transaction = self.on_database("start_delegated_transaction", vec![])?;
        *self.transaction.borrow_mut() = Some(transaction);
        Ok(())
    }

    fn commit(&self) -> Result<(), DatabaseError> {
        let transaction = self.transaction.borrow_mut().take();
        let transaction = transaction
            .as_ref()
            .and_then(Zval::object)
            .ok_or(DatabaseError::HalfOpen)?;
        Self::call(transaction, "allow_commit", vec![])?;
        Ok(())
    }

    fn rollback(&self) {
        self.transaction.borrow_mut().take();
        // Where even this fails the connection is lost, and Moodle says so at its next use.
        let _ = self.on_database("force_transaction_rollback", vec![]);
    }
}

/// What an exception of Moodle's database layer means. The server's own words are in a public property.
fn taken_over(exception: &ZendObject) -> DatabaseError {
    let words = ["error", "debuginfo"].into_iter().find_map(|name| {
        exception
            .get_property::<String>(name)
            .ok()
            .filter(|text| !text.is_empty())
    });
    let message = || {
        Some(
            exception
                .try_call_method("getMessage", vec![])
                .ok()?
                .str()?
                .to_owned(),
        )
    };
    let words = words
        .or_else(message)
        .unwrap_or_else(|| "an exception without words".to_owned());
    let lower = words.to_lowercase();
    if UNIQUE.iter().any(|mark| lower.contains(mark)) {
        DatabaseError::Conflict {
            table: words.chars().take(80).collect(),
        }
    } else if TRANSIENT.iter().any(|mark| lower.contains(mark)) {
        DatabaseError::Busy
    } else {
        failed(&words)
    }
}

fn row(record: &Zval) -> Result<Row, DatabaseError> {
    let properties = record
        .object()
        .and_then(|object| object.get_properties().ok())
        .ok_or_else(|| failed("a record is no object"))?;
    let columns = properties
        .iter()
        .map(|(name, value)| (name.to_string(), column(value)));
    Ok(Row::new(columns.collect()))
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

fn failed(words: &str) -> DatabaseError {
    DatabaseError::Failed(words.to_owned())
}

/// How MariaDB, MySQL and PostgreSQL say that a unique key holds the values already.
const UNIQUE: [&str; 2] = ["duplicate entry", "duplicate key"];

/// How they say that the transaction should be tried again.
const TRANSIENT: [&str; 5] = [
    "deadlock",
    "lock wait timeout",
    "could not serialize",
    "record has changed since last read",
    "could not obtain lock",
];
