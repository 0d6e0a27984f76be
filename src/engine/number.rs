//! Numbers in sequence: taken in the transaction that uses them, so there are no holes and no doubles.

use crate::database::{Database, DatabaseError};

/// The next number of a counter. The row is locked until the transaction ends. A counter that does not exist yet starts
/// after `start()`.
pub(super) fn next(
    database: &dyn Database,
    name: &str,
    start: impl FnOnce() -> Result<i64, DatabaseError>,
) -> Result<i64, DatabaseError> {
    let raise = || {
        database.execute(
            "UPDATE {local_shopengine_counter} SET value = value + 1 WHERE name = ?",
            &[name.into()],
        )?;
        let rows = database.query(
            "SELECT value FROM {local_shopengine_counter} WHERE name = ?",
            &[name.into()],
        )?;
        rows.first().map(|row| row.int("value")).transpose()
    };
    if let Some(number) = raise()? {
        return Ok(number);
    }
    database.insert_if_absent(
        "local_shopengine_counter",
        &[("name", name.into()), ("value", start()?.into())],
    )?;
    raise()?.ok_or(DatabaseError::Busy)
}

/// Lifts a counter that someone else's rows have overtaken.
pub(super) fn lift(database: &dyn Database, name: &str, value: i64) -> Result<(), DatabaseError> {
    database.execute(
        "UPDATE {local_shopengine_counter} SET value = ? WHERE name = ? AND value < ?",
        &[value.into(), name.into(), value.into()],
    )
}
