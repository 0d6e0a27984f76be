//! The embedded database: SQLite in WAL mode with full durability, for one machine.
//!
//! One connection per file, thread and process, opened on first use. A connection that came through `fork` is
//! forgotten, never closed: closing it would drop the locks of the parent.

use std::cell::RefCell;
use std::collections::HashMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, ToSql, params_from_iter};

use super::{Database, DatabaseError, Row, Value};

/// A SQLite database file.
#[derive(Clone, Debug)]
pub struct Sqlite {
    connection: Rc<Connection>,
}

impl Sqlite {
    /// Opens `path`, creating the file if its folder exists.
    ///
    /// # Errors
    /// [`DatabaseError::Failed`] when the file cannot be opened; [`DatabaseError::HalfOpen`] when the last user of this
    /// process's connection left a transaction open (it is undone, so the next call works).
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        let process = std::process::id();
        OPEN.with_borrow_mut(|open| {
            if let Some(known) = open.get(path)
                && known.owner == process
                && known.file.is_some()
                && known.file == identity(path)
            {
                let connection = Rc::clone(&known.connection);
                if connection.is_autocommit() {
                    return Ok(Self { connection });
                }
                connection.execute_batch("ROLLBACK").map_err(failed)?;
                return Err(DatabaseError::HalfOpen);
            }
            if let Some(inherited) = open.remove(path)
                && inherited.owner != process
            {
                std::mem::forget(inherited);
            }
            let connection = Rc::new(connect(path)?);
            let known = Known {
                owner: process,
                file: identity(path),
                connection: Rc::clone(&connection),
            };
            open.insert(path.to_owned(), known);
            Ok(Self { connection })
        })
    }

    /// A database that lives in memory and belongs to this value alone.
    ///
    /// # Errors
    /// [`DatabaseError::Failed`] when SQLite cannot be started.
    pub fn in_memory() -> Result<Self, DatabaseError> {
        let connection = Connection::open_in_memory().map_err(failed)?;
        Ok(Self {
            connection: Rc::new(connection),
        })
    }

    /// Version of the SQLite library that is compiled in.
    #[must_use]
    pub fn version() -> &'static str {
        rusqlite::version()
    }

    /// Runs several statements that return nothing.
    ///
    /// # Errors
    /// [`DatabaseError::Failed`] with SQLite's own words.
    pub fn run(&self, sql: &str) -> Result<(), DatabaseError> {
        self.connection.execute_batch(&plain(sql)).map_err(failed)
    }
}

/// A connection of this thread: the process that opened it, and the file it opened.
struct Known {
    owner: u32,
    file: Option<(u64, u64)>,
    connection: Rc<Connection>,
}

impl Database for Sqlite {
    fn query(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, DatabaseError> {
        let mut statement = self
            .connection
            .prepare_cached(&plain(sql))
            .map_err(failed)?;
        let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut rows = statement.query(params_from_iter(values)).map_err(failed)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            let mut columns = Vec::with_capacity(names.len());
            for (index, name) in names.iter().enumerate() {
                columns.push((name.clone(), read(row.get_ref(index).map_err(failed)?)));
            }
            found.push(Row::new(columns));
        }
        debug_assert!(
            first_column_is_a_key(&found),
            "rows share their first column: {sql}"
        );
        Ok(found)
    }

    fn execute(&self, sql: &str, values: &[Value]) -> Result<(), DatabaseError> {
        let mut statement = self
            .connection
            .prepare_cached(&plain(sql))
            .map_err(failed)?;
        statement
            .execute(params_from_iter(values))
            .map_err(failed)?;
        Ok(())
    }

    fn insert_if_absent(
        &self,
        table: &str,
        fields: &[(&str, Value)],
    ) -> Result<Option<i64>, DatabaseError> {
        let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
        let marks = vec!["?"; fields.len()].join(", ");
        let sql = format!(
            "INSERT INTO {table} ({}) VALUES ({marks}) ON CONFLICT DO NOTHING",
            names.join(", ")
        );
        let mut statement = self.connection.prepare_cached(&sql).map_err(failed)?;
        let changed = statement
            .execute(params_from_iter(fields.iter().map(|(_, value)| value)))
            .map_err(failed)?;
        Ok((changed == 1).then(|| self.connection.last_insert_rowid()))
    }

    fn begin(&self) -> Result<(), DatabaseError> {
        if !self.connection.is_autocommit() {
            return Err(DatabaseError::HalfOpen);
        }
        self.execute("BEGIN IMMEDIATE", &[])
    }

    fn commit(&self) -> Result<(), DatabaseError> {
        self.execute("COMMIT", &[])
    }

    fn rollback(&self) {
        if !self.connection.is_autocommit() {
            // If even this fails the connection is lost; the next use of it reports so.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

fn connect(path: &Path) -> Result<Connection, DatabaseError> {
    let connection = Connection::open(path).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;",
        )
        .map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

/// Device and inode of a file. One that was deleted or replaced (a backup put back) must not live on in an old
/// connection: what is written there would be lost.
fn identity(path: &Path) -> Option<(u64, u64)> {
    let found = std::fs::metadata(path).ok()?;
    Some((found.dev(), found.ino()))
}

/// Holds for every statement of the engine, because other databases need it.
fn first_column_is_a_key(rows: &[Row]) -> bool {
    let mut seen = std::collections::HashSet::new();
    rows.iter().all(|row| {
        row.iter()
            .next()
            .is_none_or(|(_, value)| seen.insert(format!("{value:?}")))
    })
}

/// `{local_shop_bill}` is `local_shop_bill` here: SQLite files have no table prefix.
fn plain(sql: &str) -> String {
    sql.chars()
        .filter(|letter| !matches!(letter, '{' | '}'))
        .collect()
}

fn read(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        // Only foreign rows can hold a float here; its shortest decimal form is what was meant.
        ValueRef::Real(number) => Value::Text(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            Value::Text(String::from_utf8_lossy(bytes).into_owned())
        }
    }
}

fn failed(error: rusqlite::Error) -> DatabaseError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => DatabaseError::Busy,
        _ => DatabaseError::Failed(error.to_string()),
    }
}

thread_local! {
    /// Connections of this thread.
    static OPEN: RefCell<HashMap<PathBuf, Known>> = RefCell::new(HashMap::new());
}

/// How long a statement waits for another writer.
const BUSY: Duration = Duration::from_secs(10);
