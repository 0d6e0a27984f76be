//! The tables, for databases that no Moodle has installed: the plugin's own, under its names and with its
//! column meanings, and the engine's beside them.

use super::{DatabaseError, Sqlite};

/// Creates the tables that are missing. Safe to repeat.
///
/// # Errors
/// [`DatabaseError::Failed`] when the file cannot be written.
pub fn install(database: &Sqlite) -> Result<(), DatabaseError> {
    database.run(PLUGIN)?;
    database.run(ENGINE)
}

const PLUGIN: &str = include_str!("schema/plugin.sql");
const ENGINE: &str = include_str!("schema/engine.sql");
