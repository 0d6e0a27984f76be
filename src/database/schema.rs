//! The tables, for databases that no Moodle has installed: the plugin's own, under its names and with its
//! column meanings, and the engine's beside them.

use super::{Database as _, DatabaseError, Sqlite};

/// Creates the tables that are missing. Safe to repeat.
///
/// # Errors
/// [`DatabaseError::Failed`] when the file cannot be written.
pub fn install(database: &Sqlite) -> Result<(), DatabaseError> {
    database.run(PLUGIN)?;
    grow(database)?;
    database.run(ENGINE)
}

/// Adds the columns that came since a table was created, each with its default, and what fills it.
fn grow(database: &Sqlite) -> Result<(), DatabaseError> {
    for (table, column, kind, filled) in ADDED {
        let columns = database.query(
            "SELECT name, name = ? AS same FROM pragma_table_info(?)",
            &[column.into(), table.into()],
        )?;
        let mut known = columns.is_empty();
        for row in &columns {
            known |= row.flag("same")?;
        }
        if !known {
            database.run(&format!("ALTER TABLE {table} ADD COLUMN {column} {kind}"))?;
            database.run(filled)?;
        }
    }
    Ok(())
}

const PLUGIN: &str = include_str!("schema/plugin.sql");
const ENGINE: &str = include_str!("schema/engine.sql");

/// Columns that tables of an earlier version lack: table, column, type, statement that fills it.
const ADDED: [(&str, &str, &str, &str); 20] = [
    (ATTEMPT, "request", TEXT, ""),
    (ATTEMPT, "kept", TEXT, ""),
    (ATTEMPT, "version", "BIGINT NOT NULL DEFAULT 0", ""),
    (ORDER, "fulfillmenturl", TEXT, ""),
    (ORDER, "fulfillmentmessage", TEXT, ""),
    (ORDER, "article", KEY, ""),
    (LINE, "article", KEY, ""),
    (ORDER, "boundsession", "VARCHAR(32) NOT NULL DEFAULT ''", ""),
    (ORDER, "boughtbefore", "BIGINT NOT NULL DEFAULT 0", ""),
    (
        LINE,
        "fulfillmenturl",
        TEXT,
        "UPDATE local_shopengine_line SET fulfillmenturl = COALESCE(
            (SELECT e.fulfillmenturl FROM local_shopengine_item e WHERE e.catalogitemid = itemid), '')",
    ),
    (LINE, "fulfillmentmessage", TEXT, ""),
    (ORDER, "shown", TEXT, ""),
    // What partners may do stays; a tag that was used up stays so.
    (
        PARTNER,
        "unsignedlinks",
        "BIGINT NOT NULL DEFAULT 0",
        "UPDATE local_shopengine_partner SET unsignedlinks = 1 WHERE authenticates = 1 AND signature = 0",
    ),
    (
        TAG,
        "bysignature",
        "BIGINT NOT NULL DEFAULT 0",
        "UPDATE local_shopengine_tag SET bysignature = 1",
    ),
    (INBOX, "size", "BIGINT NOT NULL DEFAULT 0", ""),
    (INBOX, "subject", "BIGINT NOT NULL DEFAULT 0", ""),
    (OUTBOX, "addresskey", KEY, ""),
    (LINE, "elements", TEXT, ""),
    (LINE, "handler", KEY, ""),
    (
        DELIVERY,
        "told",
        "BIGINT NOT NULL DEFAULT 0",
        "UPDATE local_shopengine_delivery SET told = 1",
    ),
];

const ATTEMPT: &str = "local_shopengine_attempt";
const ORDER: &str = "local_shopengine_order";
const INBOX: &str = "local_shopengine_inbox";
const OUTBOX: &str = "local_shopengine_outbox";
const LINE: &str = "local_shopengine_line";
const DELIVERY: &str = "local_shopengine_delivery";
const PARTNER: &str = "local_shopengine_partner";
const TAG: &str = "local_shopengine_tag";
const KEY: &str = "VARCHAR(64) NOT NULL DEFAULT ''";
const TEXT: &str = "TEXT NOT NULL DEFAULT ''";
