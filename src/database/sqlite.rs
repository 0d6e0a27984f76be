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

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, ToSql, params_from_iter};

use super::{Database, DatabaseError, Row, Value};

/// A SQLite database file.
#[derive(Clone, Debug)]
pub struct Sqlite {
    /// None: in memory.
    path: Option<PathBuf>,
    connection: Rc<Owned>,
}

impl Sqlite {
    /// Opens `path`, creating the file if its folder exists.
    ///
    /// # Errors
    /// [`DatabaseError::Failed`] when the file cannot be opened; [`DatabaseError::HalfOpen`] when the last user of this
    /// process's connection left a transaction open (it is undone, so the next call works).
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        let owned = connection_to(path)?;
        let connection = owned.get()?;
        if !connection.is_autocommit() {
            connection.execute_batch("ROLLBACK").map_err(failed)?;
            return Err(DatabaseError::HalfOpen);
        }
        Ok(Self {
            path: Some(path.to_owned()),
            connection: owned,
        })
    }

    /// A database that lives in memory and belongs to this value alone.
    ///
    /// # Errors
    /// [`DatabaseError::Failed`] when SQLite cannot be started.
    pub fn in_memory() -> Result<Self, DatabaseError> {
        let connection = Connection::open_in_memory().map_err(failed)?;
        Ok(Self {
            path: None,
            connection: Rc::new(Owned::new(connection, None)),
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
        let owned = self.owned()?;
        owned.get()?.execute_batch(&plain(sql)).map_err(failed)
    }

    /// The connection of this process: its own one, also when this value came through `fork`.
    fn owned(&self) -> Result<Rc<Owned>, DatabaseError> {
        match &self.path {
            Some(path) if !self.connection.is_ours() => connection_to(path),
            _ => Ok(Rc::clone(&self.connection)),
        }
    }
}

/// A connection that only the process that opened it uses and closes.
#[derive(Debug)]
struct Owned {
    process: u32,
    /// The file it opened.
    file: Option<(u64, u64)>,
    /// Some until dropped.
    connection: Option<Connection>,
}

impl Owned {
    fn new(connection: Connection, file: Option<(u64, u64)>) -> Self {
        Self {
            process: std::process::id(),
            file,
            connection: Some(connection),
        }
    }

    fn is_ours(&self) -> bool {
        self.process == std::process::id()
    }

    fn get(&self) -> Result<&Connection, DatabaseError> {
        self.connection
            .as_ref()
            .ok_or_else(|| DatabaseError::Failed("the connection is closed".to_owned()))
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        if !self.is_ours() {
            std::mem::forget(self.connection.take());
        }
    }
}

impl Database for Sqlite {
    fn query(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, DatabaseError> {
        let owned = self.owned()?;
        let mut statement = owned.get()?.prepare_cached(&plain(sql)).map_err(failed)?;
        let names: Rc<[String]> = statement.column_names().map(str::to_owned).collect();
        let mut rows = statement.query(params_from_iter(values)).map_err(failed)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            let mut columns = Vec::with_capacity(names.len());
            for index in 0..names.len() {
                columns.push(read(row.get_ref(index).map_err(failed)?));
            }
            found.push(Row::sharing(Rc::clone(&names), columns));
        }
        debug_assert!(
            first_column_is_a_key(&found),
            "rows share their first column: {sql}"
        );
        Ok(found)
    }

    fn execute(&self, sql: &str, values: &[Value]) -> Result<(), DatabaseError> {
        let owned = self.owned()?;
        let mut statement = owned.get()?.prepare_cached(&plain(sql)).map_err(failed)?;
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
        let owned = self.owned()?;
        let connection = owned.get()?;
        let mut statement = connection.prepare_cached(&sql).map_err(failed)?;
        let changed = statement
            .execute(params_from_iter(fields.iter().map(|(_, value)| value)))
            .map_err(failed)?;
        Ok((changed == 1).then(|| connection.last_insert_rowid()))
    }

    fn is_open(&self) -> Result<bool, DatabaseError> {
        Ok(!self.owned()?.get()?.is_autocommit())
    }

    fn begin(&self) -> Result<(), DatabaseError> {
        if self.is_open()? {
            return Err(DatabaseError::HalfOpen);
        }
        self.execute("BEGIN IMMEDIATE", &[])
    }

    fn commit(&self) -> Result<(), DatabaseError> {
        self.execute("COMMIT", &[])
    }

    fn rollback(&self) {
        let Ok(owned) = self.owned() else { return };
        if let Ok(connection) = owned.get()
            && !connection.is_autocommit()
        {
            // If even this fails the connection is lost; the next use of it reports so.
            let _ = connection.execute_batch("ROLLBACK");
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

/// This process's connection to `path`, opened when there is none yet.
fn connection_to(path: &Path) -> Result<Rc<Owned>, DatabaseError> {
    OPEN.with_borrow_mut(|open| {
        if let Some(owned) = open.get(path)
            && owned.is_ours()
            && owned.file.is_some()
            && owned.file == identity(path)
        {
            return Ok(Rc::clone(owned));
        }
        let connection = connect(path)?;
        let owned = Rc::new(Owned::new(connection, identity(path)));
        open.insert(path.to_owned(), Rc::clone(&owned));
        Ok(owned)
    })
}

fn connect(path: &Path) -> Result<Connection, DatabaseError> {
    let connection = Connection::open(path).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;",
        )
        .map_err(failed)?;
    // A plan must not depend on the values bound: it would be made again for each of them.
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
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
    static OPEN: RefCell<HashMap<PathBuf, Rc<Owned>>> = RefCell::new(HashMap::new());
}

/// How long a statement waits for another writer.
const BUSY: Duration = Duration::from_secs(10);
