//! The process dies between any two statements: what was acknowledged is there, what was not comes to the same end when it is
//! done again.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use common::*;
use shopengine::database::{Database, DatabaseError, Row, Sqlite, Value};
use shopengine::domain::cart::Cart;
use shopengine::engine::{Buyer, Engine, Placement};
use shopengine::gateway::Channel;

/// How the database fails at the chosen call.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Death {
    /// An error before the statement; the engine lives on and may undo.
    Error,
    /// The process is gone: the transaction is undone by the server, and nothing works any more.
    BeforeCall,
    /// The same, right after the statement was done: a commit that nobody heard of.
    AfterCall,
}

/// A database that fails at its n-th call.
struct Mortal {
    inner: Sqlite,
    calls: Cell<usize>,
    last: usize,
    death: Death,
    dead: Cell<bool>,
}

impl Mortal {
    fn new(inner: Sqlite, last: usize, death: Death) -> Rc<Self> {
        Rc::new(Self {
            inner,
            calls: Cell::new(0),
            last,
            death,
            dead: Cell::new(false),
        })
    }

    fn call<T>(
        &self,
        statement: impl FnOnce(&Sqlite) -> Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        let gone = || DatabaseError::Failed("the process is gone".into());
        if self.dead.get() {
            return Err(gone());
        }
        self.calls.set(self.calls.get() + 1);
        if self.calls.get() != self.last {
            return statement(&self.inner);
        }
        if self.death == Death::AfterCall {
            statement(&self.inner)?;
        }
        if self.death != Death::Error {
            self.dead.set(true);
            self.inner.rollback();
        }
        Err(gone())
    }
}

impl Database for Mortal {
    fn query(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, DatabaseError> {
        self.call(|inner| inner.query(sql, values))
    }
    fn execute(&self, sql: &str, values: &[Value]) -> Result<(), DatabaseError> {
        self.call(|inner| inner.execute(sql, values))
    }
    fn insert_if_absent(
        &self,
        table: &str,
        fields: &[(&str, Value)],
    ) -> Result<Option<i64>, DatabaseError> {
        self.call(|inner| inner.insert_if_absent(table, fields))
    }
    fn is_open(&self) -> Result<bool, DatabaseError> {
        self.call(|inner| inner.is_open())
    }
    fn begin(&self) -> Result<(), DatabaseError> {
        self.call(|inner| inner.begin())
    }
    fn commit(&self) -> Result<(), DatabaseError> {
        self.call(|inner| inner.commit())
    }
    fn rollback(&self) {
        if !self.dead.get() {
            self.inner.rollback();
        }
    }
}

/// One purchase, step by step. Each step may be done again.
struct Purchase {
    cart: Cart,
    buyer: Buyer,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Place,
    PlaceOther,
    Announce,
    Pay,
    Deliver,
}

const STEPS: [Step; 5] = [
    Step::Place,
    Step::PlaceOther,
    Step::Announce,
    Step::Pay,
    Step::Deliver,
];

impl Purchase {
    /// The same for each run: the pictures are compared.
    fn new() -> Self {
        let mut cart = cart(&[("monproduit", 2), ("ebook", 1)]);
        cart.transid = Some("ABCDEFGHIJKLMNOPQR==".parse().unwrap());
        Self {
            cart,
            buyer: Buyer {
                session_key: "k".repeat(32),
                ..Buyer::default()
            },
        }
    }

    fn step(&self, bench: &Bench, step: Step) -> shopengine::engine::Result<()> {
        let engine = &bench.engine;
        let transaction = self.cart.transid.clone().unwrap();
        match step {
            Step::Place => place(engine, &self.cart, &self.buyer, "check").map(drop),
            Step::PlaceOther => {
                let mut other = self.cart.clone();
                other.set("livre", Some("7".parse_number()));
                let shop = engine.shop(1, "en")?;
                engine
                    .place(&Placement {
                        shop: &shop,
                        cart: &other,
                        buyer: &self.buyer,
                        paymode: "check",
                        block: 0,
                        lang: "fr",
                    })
                    .map(drop)
            }
            Step::Announce => receive(
                engine,
                "check",
                Channel::Buyer,
                &naming_revision(&transaction, 2),
            )
            .map(drop),
            Step::Pay => receive(
                engine,
                "check",
                Channel::Seller,
                &naming_revision(&transaction, 2),
            )
            .map(drop),
            Step::Deliver => {
                // Leases of a dead process end.
                bench.clock.advance(120_001);
                loop {
                    let tasks = engine.lease(10)?;
                    if tasks.is_empty() {
                        return Ok(());
                    }
                    for task in tasks {
                        engine.finish(task.id, &task.stamp, &done(&task.kind))?;
                    }
                }
            }
        }
    }
}

#[test]
fn dying_between_any_two_statements_changes_nothing_in_the_end() {
    let undisturbed = {
        let bench = Bench::on(Rc::new(demo_in_memory()));
        let purchase = Purchase::new();
        for step in STEPS {
            purchase.step(&bench, step).unwrap();
        }
        picture(bench.db())
    };
    assert!(undisturbed.contains("status=COMPLETE"));
    let mut deaths = 0;
    for death in [Death::Error, Death::BeforeCall, Death::AfterCall] {
        for (number, step) in STEPS.into_iter().enumerate() {
            for call in 1.. {
                let sqlite = demo_in_memory();
                let purchase = Purchase::new();
                let before = Bench::on(Rc::new(sqlite.clone()));
                for earlier in &STEPS[..number] {
                    purchase.step(&before, *earlier).unwrap();
                }
                let mortal = Mortal::new(sqlite.clone(), call, death);
                let bench = Bench::with(
                    Rc::clone(&mortal) as Rc<dyn Database>,
                    before.clock.clone(),
                    before.folder.clone(),
                );
                let result = purchase.step(&bench, step);
                if mortal.calls.get() < call {
                    result.unwrap();
                    break;
                }
                deaths += 1;
                let what = format!("{death:?} at call {call} of {step:?}");
                // A worker that only got an error must have left no transaction behind.
                if death == Death::Error {
                    sqlite
                        .begin()
                        .unwrap_or_else(|error| panic!("{what}: {error}"));
                    sqlite.rollback();
                }
                check_laws(&sqlite);
                for later in &STEPS[number..] {
                    purchase
                        .step(&before, *later)
                        .unwrap_or_else(|error| panic!("{what}, then {later:?}: {error}"));
                }
                check_laws(&sqlite);
                assert_eq!(picture(&sqlite), undisturbed, "{what}");
                // Whatever trace lines the death swallowed come back from the history.
                let transaction = purchase.cart.transid.clone().unwrap();
                before.engine.restore_trace(&transaction).unwrap();
                let log = before.log();
                for entry in before.engine.history(1).unwrap() {
                    assert!(
                        log.contains(&entry.text),
                        "{what}: no line `{}`",
                        entry.text
                    );
                }
            }
        }
    }
    assert!(deaths > 200, "only {deaths} deaths");
}

#[test]
fn a_message_of_a_dead_process_is_finished_by_cron() {
    let undisturbed = {
        let bench = Bench::new();
        let purchase = Purchase::new();
        for step in STEPS {
            purchase.step(&bench, step).unwrap();
        }
        bench.status(&purchase.cart.transid.clone().unwrap())
    };
    for call in 1.. {
        let sqlite = demo_in_memory();
        let purchase = Purchase::new();
        let before = Bench::on(Rc::new(sqlite.clone()));
        for earlier in &STEPS[..3] {
            purchase.step(&before, *earlier).unwrap();
        }
        let mortal = Mortal::new(sqlite.clone(), call, Death::AfterCall);
        let bench = Bench::with(
            Rc::clone(&mortal) as Rc<dyn Database>,
            before.clock.clone(),
            before.folder.clone(),
        );
        let result = purchase.step(&bench, Step::Pay);
        if mortal.calls.get() < call {
            result.unwrap();
            break;
        }
        // The sender never tries again; cron does. What was not stored was not acknowledged either.
        let stored = count(
            &sqlite,
            "SELECT COUNT(*) AS n FROM {local_shopengine_inbox} WHERE channel = 'seller'",
        );
        before.clock.advance(60_001);
        before.engine.resume_inbox(10).unwrap();
        purchase.step(&before, Step::Deliver).unwrap();
        check_laws(&sqlite);
        let status = before.status(&purchase.cart.transid.clone().unwrap());
        assert_eq!(status == undisturbed, stored == 1, "call {call}: {status}");
    }
}

/// Set in a child process: the file that it works on.
const CHILD: &str = "SHOPENGINE_CRASH_CHILD";

/// Not a test of its own: what the children of the next one run until they are killed.
#[test]
fn child_that_places_and_pays_until_it_is_killed() {
    let Some(path) = std::env::var_os(CHILD).map(PathBuf::from) else {
        return;
    };
    let engine = worker(&path);
    let acknowledged = path.with_extension(format!("ack.{}", std::process::id()));
    let mut lines = String::new();
    loop {
        let cart = cart(&[("monproduit", 1), ("livre", 5)]);
        let (Ok(placed), buyer) = (place(&engine, &cart, &guest(), "test"), guest()) else {
            continue;
        };
        drop(buyer);
        if receive(
            &engine,
            "test",
            Channel::Notification,
            &naming(&placed.transid),
        )
        .is_ok()
        {
            // Acknowledged: from here on it must not be lost.
            lines.push_str(&format!("{}\n", placed.transid));
            std::fs::write(&acknowledged, &lines).unwrap();
        }
        drain_once(&engine);
    }
}

#[test]
fn processes_killed_at_random_lose_nothing_and_do_nothing_twice() {
    if std::env::var_os(CHILD).is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.sqlite");
    drop(demo_file(&path));
    let mut pause = 150;
    for round in 0..6 {
        let mut children: Vec<_> = (0..3).map(|_| spawn(&path)).collect();
        pause = (pause * 7 + 131 * (round + 1)) % 350 + 100;
        std::thread::sleep(Duration::from_millis(pause));
        for child in &mut children {
            // SIGKILL: no destructor runs.
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let database = Sqlite::open(&path).unwrap();
        check_laws(&database);
        let integrity = database.query("PRAGMA integrity_check", &[]).unwrap();
        assert_eq!(integrity[0].text("integrity_check").unwrap(), "ok");
    }
    let database = Sqlite::open(&path).unwrap();
    let orders = count(
        &database,
        "SELECT COUNT(*) AS n FROM {local_shopengine_order}",
    );
    assert!(orders > 10, "the children placed only {orders} orders");
    let mut acknowledged = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap().path();
        if !entry.to_string_lossy().contains(".ack.") {
            continue;
        }
        // The last line may be torn.
        let text = std::fs::read_to_string(entry).unwrap();
        for line in text.lines().filter(|line| line.len() == 20) {
            acknowledged += 1;
            let rows = database
                .query(
                    "SELECT payment FROM {local_shopengine_order} WHERE transactionid = ?",
                    &[line.into()],
                )
                .unwrap();
            assert_eq!(rows[0].text("payment").unwrap(), "paid", "{line}");
        }
    }
    assert!(acknowledged > 0);
    // The gateway tries again what was never acknowledged, cron takes up the rest.
    let engine = worker(&path);
    for row in database
        .query(
            "SELECT transactionid FROM {local_shopengine_order} WHERE payment = 'due'",
            &[],
        )
        .unwrap()
    {
        let transaction = row.text("transactionid").unwrap().parse().unwrap();
        receive(
            &engine,
            "test",
            Channel::Notification,
            &naming(&transaction),
        )
        .unwrap();
    }
    check_laws(&database);
    assert_eq!(
        count(
            &database,
            "SELECT COUNT(*) AS n FROM {local_shopengine_order} WHERE payment <> 'paid'"
        ),
        0
    );
    let ordering = count(
        &database,
        "SELECT MAX(ordering) AS n FROM {local_shop_bill}",
    );
    assert_eq!(ordering, orders, "ordering numbers have holes");
}

fn spawn(path: &Path) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_places_and_pays_until_it_is_killed"])
        .env(CHILD, path)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn drain_once(engine: &Engine) {
    for task in engine.lease(3).unwrap_or_default() {
        let _ = engine.finish(task.id, &task.stamp, &done(&task.kind));
    }
}

trait ParseNumber {
    fn parse_number(&self) -> shopengine::domain::quantity::Quantity;
}

impl ParseNumber for str {
    fn parse_number(&self) -> shopengine::domain::quantity::Quantity {
        shopengine::domain::quantity::Quantity::parse(self).unwrap()
    }
}
