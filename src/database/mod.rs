//! What the engine asks of a database. One SQL text for all: tables in braces (`{local_shop_bill}`), `?` for
//! values, decimals as strings, and nothing that SQLite, MariaDB and PostgreSQL do not share.

mod read_only;
mod rehearsal;
mod row;
mod schema;
mod sqlite;

pub use read_only::ReadOnly;
pub use rehearsal::Rehearsal;
pub use row::{Row, Value};
pub use schema::install;
pub use sqlite::Sqlite;

/// A database with transactions.
///
/// Implementations know one kind of server; the engine knows only this trait. Compare-and-set is done by writing a
/// random stamp and reading it back, because not every host tells how many rows an update changed.
pub trait Database {
    /// Rows of a SELECT. The first column must differ from row to row: Moodle's `$DB` keys the rows by it.
    ///
    /// # Errors
    /// [`DatabaseError`] when the database is away or refuses the statement.
    fn query(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, DatabaseError>;

    /// Runs an UPDATE or DELETE.
    ///
    /// # Errors
    /// [`DatabaseError`] as for [`Database::query`].
    fn execute(&self, sql: &str, values: &[Value]) -> Result<(), DatabaseError>;

    /// Inserts a row into `table` (no braces) and returns its `id`, or `None` when a unique key already holds the
    /// values; the transaction stays usable either way.
    ///
    /// # Errors
    /// [`DatabaseError`] for anything but the conflict.
    fn insert_if_absent(
        &self,
        table: &str,
        fields: &[(&str, Value)],
    ) -> Result<Option<i64>, DatabaseError>;

    /// Inserts a row that must not exist yet and returns its `id`.
    ///
    /// # Errors
    /// [`DatabaseError::Conflict`] when a unique key already holds the values.
    fn insert(&self, table: &str, fields: &[(&str, Value)]) -> Result<i64, DatabaseError> {
        self.insert_if_absent(table, fields)?
            .ok_or_else(|| DatabaseError::Conflict {
                table: table.to_owned(),
            })
    }

    /// Whether a transaction is open on this connection, whoever began it: what is written now may be undone by him.
    ///
    /// # Errors
    /// [`DatabaseError`] when the database is away.
    fn is_open(&self) -> Result<bool, DatabaseError>;

    /// Begins a transaction that will write. Transactions do not nest.
    ///
    /// # Errors
    /// [`DatabaseError::HalfOpen`] when one is open already.
    fn begin(&self) -> Result<(), DatabaseError>;

    /// Makes the open transaction durable.
    ///
    /// # Errors
    /// [`DatabaseError`]; nothing of it was kept then.
    fn commit(&self) -> Result<(), DatabaseError>;

    /// Undoes the open transaction; does nothing when none is open.
    fn rollback(&self);
}

/// An error that may carry a [`DatabaseError`].
pub trait Transient {
    /// May the same transaction succeed when tried again (deadlock, serialisation, lock time-out)?
    fn is_transient(&self) -> bool;
}

/// Runs `work` in a transaction: committed when it returns `Ok`, undone when it returns `Err` or panics. Transient
/// failures are tried again, a few times, after a short random pause; so `work` must have no effect but on the database.
///
/// # Errors
/// Those of `work`, and [`DatabaseError`] of the transaction itself.
pub fn transaction<T, E>(
    database: &dyn Database,
    mut work: impl FnMut(&dyn Database) -> Result<T, E>,
) -> Result<T, E>
where
    E: From<DatabaseError> + Transient,
{
    let mut attempt = 1;
    loop {
        match attempt_once(database, &mut work) {
            Err(error) if error.is_transient() && attempt < ATTEMPTS => {
                pause(attempt);
                attempt += 1;
            }
            result => return result,
        }
    }
}

/// What can go wrong with the database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// A unique key already holds the values: something was done twice, or by another program. Nothing was changed.
    #[error("a row with the same key is already in `{table}`")]
    Conflict {
        /// Table name.
        table: String,
    },
    /// Another transaction was in the way (deadlock, lock time-out). Trying again is right.
    #[error("the database is busy")]
    Busy,
    /// A transaction was left open by whoever used this connection before. It has been undone; try again.
    #[error("a transaction was left half open")]
    HalfOpen,
    /// A column holds something else than the engine expects: foreign data. Correct the row.
    #[error("column `{column}` holds `{value}`, which is not {expected}")]
    Column {
        /// Column name.
        column: String,
        /// What it holds, cut to 40 characters.
        value: String,
        /// What was expected.
        expected: &'static str,
    },
    /// The database cannot be opened or reached, or it refused a statement. See the message; the shop answers 503.
    #[error("the database failed: {0}")]
    Failed(String),
}

impl DatabaseError {
    /// Stable code, also the key of the language string.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Column { .. } => "database_column",
            Self::Conflict { .. } => "database_conflict",
            Self::Busy | Self::HalfOpen | Self::Failed(_) => "database_unavailable",
        }
    }
}

impl Transient for DatabaseError {
    fn is_transient(&self) -> bool {
        matches!(self, Self::Busy)
    }
}

fn attempt_once<T, E: From<DatabaseError>>(
    database: &dyn Database,
    work: &mut impl FnMut(&dyn Database) -> Result<T, E>,
) -> Result<T, E> {
    struct Undo<'a>(&'a dyn Database, bool);
    impl Drop for Undo<'_> {
        fn drop(&mut self) {
            if self.1 {
                self.0.rollback();
            }
        }
    }
    database.begin()?;
    let mut undo = Undo(database, true);
    let done = work(database)?;
    database.commit()?;
    undo.1 = false;
    Ok(done)
}

/// A few milliseconds, longer with each attempt, different in each process.
fn pause(attempt: u32) {
    let spread = getrandom::u32().unwrap_or(0) % (8 * attempt);
    std::thread::sleep(std::time::Duration::from_millis(u64::from(
        2 * attempt + spread,
    )));
}

/// How often a transaction is tried before its transient error is reported.
const ATTEMPTS: u32 = 6;
