//! Many workers on one database: each effect happens once, numbers have no holes.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use std::cell::Cell;
use std::collections::HashSet;
use std::path::Path;
use std::rc::Rc;
use std::thread;

use common::*;
use shopengine::database::{Database, Row, Sqlite, Value};
use shopengine::engine::Error;
use shopengine::gateway::Channel;

const WORKERS: usize = 8;

/// Runs `work` on eight threads, each with an engine and a connection of its own.
fn everywhere<T: Send>(
    path: &Path,
    work: impl Fn(usize, &shopengine::engine::Engine) -> T + Sync,
) -> Vec<T> {
    let barrier = std::sync::Barrier::new(WORKERS);
    thread::scope(|scope| {
        let handles: Vec<_> = (0..WORKERS)
            .map(|number| {
                let (work, barrier) = (&work, &barrier);
                scope.spawn(move || {
                    let engine = worker(path);
                    barrier.wait();
                    work(number, &engine)
                })
            })
            .collect();
        handles
            .into_iter()
            .map(|handle| handle.join().unwrap())
            .collect()
    })
}

#[test]
fn one_message_delivered_fifty_times_at_once_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.sqlite");
    let database = demo_file(&path);
    let placed = place(
        &worker(&path),
        &cart(&[("monproduit", 2)]),
        &guest(),
        "test",
    )
    .unwrap();
    let body = naming(&placed.transid);
    let outcomes: Vec<&str> = everywhere(&path, |number, engine| {
        let mut outcomes = Vec::new();
        for time in 0..7 {
            // Half of them in the same words, half in other words.
            let words = if time % 2 == 0 {
                body.clone()
            } else {
                format!("{body}&n={number}{time}")
            };
            let received = receive(engine, "test", Channel::Notification, &words);
            outcomes.push(received.unwrap().outcome.code());
        }
        outcomes
    })
    .into_iter()
    .flatten()
    .collect();
    assert_eq!(outcomes.len(), 56);
    assert_eq!(
        outcomes
            .iter()
            .filter(|outcome| **outcome == "applied")
            .count(),
        1
    );
    assert!(
        outcomes
            .iter()
            .all(|outcome| ["applied", "duplicate"].contains(outcome)),
        "{outcomes:?}"
    );
    for (table, rows) in [
        ("local_shopengine_settlement", 1),
        ("local_shopengine_outbox WHERE kind = 'deliver'", 1),
        ("local_shopengine_outbox WHERE kind = 'mail'", 1),
    ] {
        assert_eq!(
            count(&database, &format!("SELECT COUNT(*) AS n FROM {table}")),
            rows,
            "{table}"
        );
    }
    assert_eq!(
        count(
            &database,
            "SELECT value AS n FROM {local_shopengine_counter} WHERE name LIKE 'invoice:%'"
        ),
        1
    );
    assert_eq!(
        count(
            &database,
            "SELECT sold AS n FROM {local_shop_catalogitem} WHERE shortname = 'monproduit'"
        ),
        2
    );
    check_laws(&database);
}

#[test]
fn b09_two_hundred_placements_at_once_are_numbered_without_a_hole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.sqlite");
    let database = demo_file(&path);
    everywhere(&path, |_, engine| {
        for _ in 0..25 {
            place(engine, &cart(&[("livre", 1)]), &guest(), "check").unwrap();
        }
    });
    let ordering: Vec<i64> = database
        .query(
            "SELECT ordering FROM {local_shop_bill} ORDER BY ordering",
            &[],
        )
        .unwrap()
        .iter()
        .map(|row| row.int("ordering").unwrap())
        .collect();
    assert_eq!(ordering, (1..=200).collect::<Vec<_>>());
    check_laws(&database);
}

#[test]
fn one_cart_placed_by_eight_at_once_is_one_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.sqlite");
    let database = demo_file(&path);
    let (cart, buyer) = (cart(&[("monproduit", 1)]), guest());
    let placed = everywhere(&path, |_, engine| {
        place(engine, &cart, &buyer, "check").unwrap()
    });
    assert_eq!(placed.iter().filter(|placed| !placed.unchanged).count(), 1);
    assert_eq!(
        count(&database, "SELECT COUNT(*) AS n FROM {local_shop_bill}"),
        1
    );
    check_laws(&database);
}

#[test]
fn eight_workers_lease_each_task_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.sqlite");
    let database = demo_file(&path);
    let engine = worker(&path);
    for _ in 0..10 {
        let placed = place(&engine, &cart(&[("ebook", 1)]), &guest(), "test").unwrap();
        receive(
            &engine,
            "test",
            Channel::Notification,
            &naming(&placed.transid),
        )
        .unwrap();
    }
    let leased: Vec<(i64, bool)> = everywhere(&path, |_, engine| {
        let mut leased = Vec::new();
        for _ in 0..6 {
            for task in engine.lease(5).unwrap() {
                let finished = engine
                    .finish(task.id, &task.stamp, &done(&task.kind))
                    .is_ok();
                leased.push((task.id, finished));
            }
        }
        leased
    })
    .into_iter()
    .flatten()
    .collect();
    let ids: HashSet<i64> = leased.iter().map(|(id, _)| *id).collect();
    assert_eq!(
        (leased.len(), ids.len()),
        (20, 20),
        "a task was leased twice"
    );
    assert!(leased.iter().all(|(_, finished)| *finished));
    assert_eq!(
        count(&database, "SELECT COUNT(*) AS n FROM {local_shop_product}"),
        10
    );
    check_laws(&database);
}

#[test]
fn placing_and_paying_at_once_never_pays_what_was_not_placed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.sqlite");
    let database = demo_file(&path);
    let (first, buyer) = (cart(&[("livre", 1)]), guest());
    let placed = place(&worker(&path), &first, &buyer, "test").unwrap();
    everywhere(&path, |number, engine| {
        for time in 0..5_u32 {
            if number % 2 == 0 {
                let mut other = first.clone();
                let units = u32::try_from(number).unwrap() * 5 + time + 2;
                other.set(
                    "livre",
                    Some(shopengine::domain::quantity::Quantity::new(units).unwrap()),
                );
                match place(engine, &other, &buyer, "test") {
                    Ok(_) | Err(Error::AlreadyPlaced { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            } else {
                let body = naming_revision(&placed.transid, time + 1);
                receive(engine, "test", Channel::Buyer, &body).unwrap();
            }
        }
    });
    let engine = worker(&path);
    receive(
        &engine,
        "test",
        Channel::Notification,
        &naming(&placed.transid),
    )
    .unwrap();
    check_laws(&database);
    assert_eq!(
        count(
            &database,
            "SELECT COUNT(*) AS n FROM {local_shopengine_settlement} s
               JOIN {local_shopengine_order} o ON o.billid = s.billid AND o.amount = s.amount AND o.revision = s.revision
               JOIN {local_shop_bill} b ON b.id = s.billid AND b.paiedamount = b.amount"
        ),
        1
    );
}

/// A server with READ COMMITTED lets another worker change the order between our reading and our writing.
struct Interrupted {
    inner: Sqlite,
    calls: Cell<usize>,
    at: usize,
    begins: Cell<usize>,
}

impl Interrupted {
    fn step(&self) {
        self.calls.set(self.calls.get() + 1);
        if self.calls.get() == self.at {
            let bump = "UPDATE {local_shopengine_order} SET version = version + 1, stamp = 'other'";
            self.inner.execute(bump, &[]).unwrap();
        }
    }
}

impl Database for Interrupted {
    fn query(&self, sql: &str, values: &[Value]) -> Outcome<Vec<Row>> {
        self.step();
        self.inner.query(sql, values)
    }
    fn execute(&self, sql: &str, values: &[Value]) -> Outcome<()> {
        self.step();
        self.inner.execute(sql, values)
    }
    fn insert_if_absent(&self, table: &str, fields: &[(&str, Value)]) -> Outcome<Option<i64>> {
        self.step();
        self.inner.insert_if_absent(table, fields)
    }
    fn is_open(&self) -> Outcome<bool> {
        self.inner.is_open()
    }
    fn begin(&self) -> Outcome<()> {
        self.begins.set(self.begins.get() + 1);
        self.inner.begin()
    }
    fn commit(&self) -> Outcome<()> {
        self.inner.commit()
    }
    fn rollback(&self) {
        self.inner.rollback();
    }
}

#[test]
fn a_change_between_reading_and_writing_is_noticed_and_tried_again() {
    let mut noticed = 0;
    for at in 1.. {
        let sqlite = demo_in_memory();
        let before = Bench::on(Rc::new(sqlite.clone()));
        let (placed, mut cart, buyer) = before.placed("test");
        let database = Rc::new(Interrupted {
            inner: sqlite.clone(),
            calls: Cell::new(0),
            at,
            begins: Cell::new(0),
        });
        let bench = Bench::on(Rc::clone(&database) as Rc<dyn Database>);
        cart.set("livre", Some(shopengine::domain::quantity::Quantity::ONE));
        assert_eq!(bench.place(&cart, &buyer, "test").unwrap().revision, 2);
        bench.pay(&placed.transid);
        bench.drain();
        // Place, store the message, settle, twice lease, twice finish: more is a second try.
        noticed += usize::from(database.begins.get() > 7);
        check_laws(&sqlite);
        assert_eq!(before.status(&placed.transid), "COMPLETE");
        if database.calls.get() < at {
            break;
        }
    }
    assert!(noticed > 5, "noticed {noticed} times");
}

#[test]
fn eight_workers_open_a_new_file_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.sqlite");
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                let database = Sqlite::open(&path).unwrap();
                shopengine::database::install(&database).unwrap();
            });
        }
    });
}
