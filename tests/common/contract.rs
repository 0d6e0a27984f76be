//! What any database must keep to: clauses over the trait, in order, on a database that has the tables and no counters,
//! messages or bills. `tests/database_contract.rs` holds SQLite to them, `tests/databases` every `$DB` of Moodle.

use std::panic::{AssertUnwindSafe, catch_unwind};

use shopengine::database::{Database, DatabaseError, Transient, Value, transaction};

/// One clause: panics when the database breaks it.
pub type Clause = fn(&dyn Database);

/// Name and check of each clause.
pub const CLAUSES: &[(&str, Clause)] = &[
    (
        "inserts_give_ids_and_conflicts_are_no_errors",
        inserts_give_ids_and_conflicts_are_no_errors,
    ),
    (
        "a_conflict_leaves_the_transaction_usable",
        a_conflict_leaves_the_transaction_usable,
    ),
    (
        "errors_and_panics_undo_everything",
        errors_and_panics_undo_everything,
    ),
    ("transactions_do_not_nest", transactions_do_not_nest),
    (
        "transient_errors_are_tried_again",
        transient_errors_are_tried_again,
    ),
    (
        "a_change_is_known_by_its_stamp",
        a_change_is_known_by_its_stamp,
    ),
    (
        "decimals_come_back_bit_for_bit",
        decimals_come_back_bit_for_bit,
    ),
    (
        "nothing_reads_as_empty_and_zero",
        nothing_reads_as_empty_and_zero,
    ),
    (
        "texts_come_back_letter_for_letter",
        texts_come_back_letter_for_letter,
    ),
    ("foreign_values_are_errors", foreign_values_are_errors),
    (
        "statements_that_fail_are_errors",
        statements_that_fail_are_errors,
    ),
];

fn inserts_give_ids_and_conflicts_are_no_errors(database: &dyn Database) {
    let first = insert_counter(database, "a", 1).unwrap();
    let second = insert_counter(database, "b", 2).unwrap();
    assert!(first.is_some() && second.is_some() && first != second);
    assert_eq!(insert_counter(database, "a", 7).unwrap(), None);
    assert_eq!(counter(database, "a"), Some(1));
    let again = database.insert(
        "local_shopengine_counter",
        &[("name", "a".into()), ("value", 9.into_value())],
    );
    assert!(matches!(again, Err(DatabaseError::Conflict { table }) if table.contains("counter")));
    // After the conflict the next id is right too.
    let third = insert_counter(database, "c", 3).unwrap().unwrap();
    let rows = database
        .query(
            "SELECT name FROM {local_shopengine_counter} WHERE id = ?",
            &[third.into()],
        )
        .unwrap();
    assert_eq!(rows[0].text("name").unwrap(), "c");
}

fn a_conflict_leaves_the_transaction_usable(database: &dyn Database) {
    work(database, |database| {
        insert_counter(database, "before", 1)?;
        assert_eq!(insert_counter(database, "a", 7)?, None);
        insert_counter(database, "after", 2)?;
        Ok(())
    })
    .unwrap();
    assert_eq!(
        (counter(database, "before"), counter(database, "after")),
        (Some(1), Some(2))
    );
}

fn errors_and_panics_undo_everything(database: &dyn Database) {
    let result = work(database, |database| {
        insert_counter(database, "lost", 1)?;
        database.execute(
            "UPDATE {local_shopengine_counter} SET value = 99 WHERE name = 'a'",
            &[],
        )?;
        Err::<(), _>(DatabaseError::Failed("on purpose".into()))
    });
    assert!(matches!(result, Err(DatabaseError::Failed(_))));
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        work(database, |database| {
            insert_counter(database, "lost", 1)?;
            if counter(database, "lost").is_some() {
                panic!("on purpose");
            }
            Ok(())
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(
        (counter(database, "lost"), counter(database, "a")),
        (None, Some(1))
    );
    // And the connection is good for another one.
    work(database, |database| {
        insert_counter(database, "good", 1).map(drop)
    })
    .unwrap();
    assert_eq!(counter(database, "good"), Some(1));
    // Undoing when nothing is open does nothing.
    database.rollback();
}

fn transactions_do_not_nest(database: &dyn Database) {
    work(database, |database| {
        insert_counter(database, "outer", 1)?;
        assert!(matches!(database.begin(), Err(DatabaseError::HalfOpen)));
        let inner = work(database, |database| {
            insert_counter(database, "inner", 1).map(drop)
        });
        assert!(matches!(inner, Err(DatabaseError::HalfOpen)));
        Ok(())
    })
    .unwrap();
    assert_eq!(
        (counter(database, "outer"), counter(database, "inner")),
        (Some(1), None)
    );
}

fn transient_errors_are_tried_again(database: &dyn Database) {
    let mut tries = 0;
    work(database, |database| {
        tries += 1;
        insert_counter(database, "tries", tries)?;
        if tries < 3 {
            Err(DatabaseError::Busy)
        } else {
            Ok(())
        }
    })
    .unwrap();
    assert_eq!((tries, counter(database, "tries")), (3, Some(3)));
    let mut tries = 0;
    let result = work(database, |_| {
        tries += 1;
        Err::<(), _>(DatabaseError::Failed("for good".into()))
    });
    assert!(result.is_err_and(|error| !error.is_transient()));
    assert_eq!(tries, 1);
}

fn a_change_is_known_by_its_stamp(database: &dyn Database) {
    let fields = [
        ("gateway", Value::from("g")),
        ("messagekey", "k".into()),
        ("channel", "".into()),
        ("endpoint", "".into()),
        ("method", "".into()),
        ("query", "".into()),
        ("contenttype", "".into()),
        ("body", "".into()),
        ("state", "s0".into()),
        ("timecreated", 0.into_value()),
        ("timemodified", 0.into_value()),
    ];
    let id = database.insert("local_shopengine_inbox", &fields).unwrap();
    let swap = |from: &str, to: &str| {
        database
            .execute(
                "UPDATE {local_shopengine_inbox} SET state = ? WHERE id = ? AND state = ?",
                &[to.into(), id.into(), from.into()],
            )
            .unwrap();
        let rows = database
            .query(
                "SELECT state FROM {local_shopengine_inbox} WHERE id = ?",
                &[id.into()],
            )
            .unwrap();
        rows[0].text("state").unwrap() == to
    };
    assert!(swap("s0", "s1"));
    assert!(!swap("s0", "s2"), "an old stamp changed the row");
    assert!(swap("s1", "s3"));
}

fn decimals_come_back_bit_for_bit(database: &dyn Database) {
    let amounts = [
        "0.000",
        "0.001",
        "19.990",
        "71.964",
        "9999999.999",
        "-12.345",
        "1.005",
        "1000000.010",
    ];
    for (number, amount) in amounts.into_iter().enumerate() {
        let id = bill(database, &format!("DEC{number}"), Value::from(amount));
        let row = &database
            .query(
                "SELECT amount FROM {local_shop_bill} WHERE id = ?",
                &[id.into()],
            )
            .unwrap()[0];
        assert_eq!(row.text("amount").unwrap(), amount);
        assert_eq!(row.decimal("amount").unwrap().to_string(), amount);
    }
}

fn nothing_reads_as_empty_and_zero(database: &dyn Database) {
    let null = bill(database, "NULL", Value::Null);
    let empty = bill(database, "EMPTY", Value::from(""));
    for id in [null, empty] {
        let row = &database
            .query(
                "SELECT onlinetransactionid, invoiceinfo, partnerid FROM {local_shop_bill} WHERE id = ?",
                &[id.into()],
            )
            .unwrap()[0];
        assert_eq!(row.text("invoiceinfo").unwrap(), "");
        assert_eq!(row.int("partnerid").unwrap(), 0);
        assert_eq!(row.count("partnerid").unwrap(), 0);
        assert!(!row.flag("partnerid").unwrap());
        assert!(row.decimal("invoiceinfo").unwrap().is_zero());
        assert!(matches!(
            row.text("nosuchcolumn"),
            Err(DatabaseError::Column { .. })
        ));
    }
}

fn texts_come_back_letter_for_letter(database: &dyn Database) {
    bill(database, "AbC==", Value::from("1.000"));
    let other = [
        ("transactionid", Value::from("aBc==")),
        ("customerid", "1".into()),
    ];
    // A server that ignores case takes the two for one.
    let _ = database
        .insert_if_absent("local_shop_bill", &other)
        .unwrap();
    let rows = database
        .query(
            "SELECT transactionid, amount FROM {local_shop_bill} WHERE transactionid = ?",
            &["AbC==".into()],
        )
        .unwrap();
    assert!(
        rows.iter()
            .any(|row| row.text("transactionid").unwrap() == "AbC==")
    );
    for text in [
        "l'été ' \" \\ % _ ? {brace} 🛒",
        "0012",
        " spaces ",
        "line\nbreak",
        "1e3",
    ] {
        let id = database
            .insert("local_shop_customer", &[("email", text.into())])
            .unwrap();
        let row = &database
            .query(
                "SELECT email FROM {local_shop_customer} WHERE id = ?",
                &[id.into()],
            )
            .unwrap()[0];
        assert_eq!(row.text("email").unwrap(), text);
    }
}

fn foreign_values_are_errors(database: &dyn Database) {
    let id = database
        .insert("local_shop_customer", &[("email", "twelve".into())])
        .unwrap();
    let row = &database
        .query(
            "SELECT email, id FROM {local_shop_customer} WHERE id = ?",
            &[id.into()],
        )
        .unwrap()[0];
    for error in [
        row.int("email").unwrap_err(),
        row.count("email").unwrap_err(),
        row.flag("email").unwrap_err(),
        row.decimal("email").unwrap_err(),
    ] {
        assert_eq!(error.code(), "database_column");
        assert!(error.to_string().contains("`twelve`"), "{error}");
    }
}

fn statements_that_fail_are_errors(database: &dyn Database) {
    assert!(
        database
            .query("SELECT nonsense FROM {local_shop_bill}", &[])
            .is_err()
    );
    assert!(
        database
            .execute("UPDATE {no_such_table} SET a = 1", &[])
            .is_err()
    );
    let lacking =
        database.insert_if_absent("local_shopengine_counter", &[("name", "novalue".into())]);
    assert!(lacking.is_err(), "a missing value is no conflict");
}

fn work<T>(
    database: &dyn Database,
    work: impl FnMut(&dyn Database) -> Result<T, DatabaseError>,
) -> Result<T, DatabaseError> {
    transaction(database, work)
}

pub fn insert_counter(
    database: &dyn Database,
    name: &str,
    value: i64,
) -> Result<Option<i64>, DatabaseError> {
    database.insert_if_absent(
        "local_shopengine_counter",
        &[("name", name.into()), ("value", value.into())],
    )
}

pub fn counter(database: &dyn Database, name: &str) -> Option<i64> {
    let rows = database
        .query(
            "SELECT value FROM {local_shopengine_counter} WHERE name = ?",
            &[name.into()],
        )
        .unwrap();
    rows.first().map(|row| row.int("value").unwrap())
}

/// A bill with `value` as its amount; NULL and '' go where the table allows them.
fn bill(database: &dyn Database, transaction: &str, value: Value) -> i64 {
    let mut fields = vec![
        ("transactionid", Value::from(transaction)),
        ("customerid", "1".into()),
        ("status", "PLACED".into()),
        ("paymode", "check".into()),
    ];
    match value {
        Value::Text(text) if !text.is_empty() => fields.push(("amount", text.into())),
        other => fields.push(("invoiceinfo", other)),
    }
    database.insert("local_shop_bill", &fields).unwrap()
}

trait IntoValue {
    fn into_value(self) -> Value;
}

impl IntoValue for i64 {
    fn into_value(self) -> Value {
        Value::Int(self)
    }
}
