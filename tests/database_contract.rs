//! SQLite keeps the contract of `common/contract.rs`, and what is particular to files.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

#[path = "common/contract.rs"]
mod contract;

use contract::{counter, insert_counter};
use shopengine::database::{Database, DatabaseError, Sqlite, install};

#[test]
fn sqlite_in_a_file_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let database = Sqlite::open(&folder.path().join("shop.sqlite")).unwrap();
    install(&database).unwrap();
    keeps_the_contract(&database);
}

#[test]
fn sqlite_in_memory_keeps_the_contract() {
    let database = Sqlite::in_memory().unwrap();
    install(&database).unwrap();
    keeps_the_contract(&database);
}

/// Holds a database to every clause.
fn keeps_the_contract(database: &dyn Database) {
    for (_, clause) in contract::CLAUSES {
        clause(database);
    }
}

#[test]
fn a_file_that_was_replaced_is_opened_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.sqlite");
    let old = Sqlite::open(&path).unwrap();
    install(&old).unwrap();
    insert_counter(&old, "old", 1).unwrap();
    let backup = folder.path().join("backup.sqlite");
    {
        let new = Sqlite::open(&backup).unwrap();
        install(&new).unwrap();
        insert_counter(&new, "backup", 1).unwrap();
        new.query("PRAGMA wal_checkpoint(TRUNCATE)", &[]).unwrap();
    }
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.path().join(format!("shop.sqlite{suffix}")));
    }
    std::fs::rename(&backup, &path).unwrap();
    let again = Sqlite::open(&path).unwrap();
    assert_eq!(counter(&again, "backup"), Some(1));
    assert_eq!(counter(&again, "old"), None);
}

#[test]
fn a_transaction_left_open_is_undone_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.sqlite");
    let database = Sqlite::open(&path).unwrap();
    install(&database).unwrap();
    database.begin().unwrap();
    insert_counter(&database, "half", 1).unwrap();
    assert!(matches!(Sqlite::open(&path), Err(DatabaseError::HalfOpen)));
    let database = Sqlite::open(&path).unwrap();
    assert_eq!(counter(&database, "half"), None);
}
