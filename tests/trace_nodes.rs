//! The trace of several machines: a file for each, or a table, read in one order.

#![expect(clippy::unwrap_used, reason = "a failing test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::rc::Rc;

use proptest::prelude::*;
use shopengine::clock::UnixMillis;
use shopengine::database::{Database, Sqlite, install};
use shopengine::domain::transaction_id::TransactionId;
use shopengine::trace::{
    Ends, Entry, Filter, Journal, Level, Node, Page, Problem, Rotation, Sink, Trace, Verified,
    Witness, unescape,
};

const NOW: UnixMillis = UnixMillis::from_millis(1_503_340_741_029);

fn database() -> Rc<Sqlite> {
    let database = Sqlite::in_memory().unwrap();
    install(&database).unwrap();
    Rc::new(database)
}

fn journal(folder: &Path, sink: Sink, node: &str, database: &Rc<Sqlite>) -> Journal {
    let trace = Trace::new(folder.join("merchant_trace.log"), "Europe/Paris");
    let database = Rc::clone(database) as Rc<dyn Database>;
    Journal::new(trace, sink, Node::named(node), Some(database))
}

fn id() -> TransactionId {
    TransactionId::parse("TU90QMLVYXD5UMZYUQ==").unwrap()
}

fn texts(journal: &Journal, id: &TransactionId) -> Vec<String> {
    journal
        .look_up(id, Page::ALL)
        .unwrap()
        .map(|entry| unescape(entry.unwrap().text()).into_owned())
        .collect()
}

fn rows(database: &Sqlite) -> usize {
    let sql = "SELECT id FROM {local_shopengine_trace}";
    database.query(sql, &[]).unwrap().len()
}

/// What orders lines over machines.
fn key(entry: &Entry) -> (String, String, u64, u64) {
    (
        entry.time().unwrap().to_string(),
        entry.node().map(ToString::to_string).unwrap_or_default(),
        entry.process().unwrap_or(0),
        entry.iter().unwrap_or(0),
    )
}

#[test]
fn each_machine_has_its_file_and_one_reader_reads_them_all() {
    let folder = tempfile::tempdir().unwrap();
    let none = database();
    let plugin = journal(folder.path(), Sink::File, "web1", &none);
    let web1 = journal(folder.path(), Sink::FilePerNode, "web1", &none);
    let web2 = journal(folder.path(), Sink::FilePerNode, "WEB2", &none);
    let at = |millis| NOW.plus_millis(millis);
    web2.write(at(3), Some(&id()), "third").unwrap();
    web1.write(at(2), Some(&id()), "second").unwrap();
    plugin.write(at(1), Some(&id()), "first").unwrap();
    web1.write(at(3), Some(&id()), "at the same time").unwrap();
    web2.write(at(4), None, "of nobody").unwrap();
    for one in [&plugin, &web1, &web2] {
        assert_eq!(
            texts(one, &id()),
            ["first", "second", "at the same time", "third"]
        );
    }
    // The plugin's file is the plugin's, letter for letter; a machine's has the process in the count.
    let file = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(
        file("merchant_trace.log"),
        "-- 2017-8-21 20:39:01 030 -1-  [TU90QMLVYXD5UMZYUQ==] first\n"
    );
    let own = file("merchant_trace.web2.log");
    let count = own.split('-').nth(5).unwrap();
    assert!(
        count.starts_with(&std::process::id().to_string()) && count.len() > 9,
        "{own}"
    );
    let all: Vec<Entry> = web1
        .read(&Filter::default(), Page::ALL)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let nodes: Vec<_> = all
        .iter()
        .map(|entry| entry.node().map(Node::as_str))
        .collect();
    assert_eq!(
        nodes,
        [None, Some("web1"), Some("web1"), Some("web2"), Some("web2")]
    );
    assert!(
        all[1..]
            .iter()
            .all(|entry| entry.process() == Some(u64::from(std::process::id())))
    );
    assert!(all[1].iter() < all[2].iter());
    assert_eq!(web2.files().unwrap().len(), 3);
}

#[test]
fn a_line_of_the_table_keeps_text_level_machine_and_process() {
    let folder = tempfile::tempdir().unwrap();
    let database = database();
    let journal = journal(folder.path(), Sink::Table, "web1", &database);
    let strange = "a\nb\0c [OTHER==] \\ é\u{202e}";
    journal.write(NOW, Some(&id()), strange).unwrap();
    journal
        .write_as(NOW, Some(&id()), "all is well : failed", Some(Level::Info))
        .unwrap();
    journal
        .write_as(
            NOW,
            None,
            "[TU90QMLVYXD5UMZYUQ==] forged",
            Some(Level::Error),
        )
        .unwrap();
    assert_eq!(rows(&database), 3);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    assert_eq!(texts(&journal, &id()), [strange, "all is well : failed"]);
    let all: Vec<Entry> = journal
        .read(&Filter::default(), Page::ALL)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(all[1].level(), Level::Info);
    assert_eq!((all[2].level(), all[2].transaction()), (Level::Error, None));
    assert_eq!(
        all[0].time().unwrap().to_string(),
        "2017-08-21T20:39:01.029"
    );
    assert_eq!(all[0].process(), Some(u64::from(std::process::id())));
    assert_eq!(all[0].node().unwrap().as_str(), "web1");
    let row = &database
        .query(
            "SELECT * FROM {local_shopengine_trace} ORDER BY id LIMIT 1 OFFSET 1",
            &[],
        )
        .unwrap()[0];
    assert_eq!(row.text("actor").unwrap(), "all is well");
    let grave = |level| {
        let filter = filter(|filter| filter.level = Some(level));
        journal.read(&filter, Page::ALL).unwrap().count()
    };
    assert_eq!((grave(Level::Error), grave(Level::Info)), (1, 3));
    let begins = |prefix: &str| {
        let filter = filter(|filter| filter.prefix = Some(prefix.to_owned()));
        journal.read(&filter, Page::ALL).unwrap().count()
    };
    assert_eq!(
        (begins("TU9"), begins("tu9"), begins("%"), begins("_")),
        (2, 0, 0, 0)
    );
    let range = |since: &str, until: &str| {
        let filter = filter(|filter| {
            filter.since = Some(since.parse().unwrap());
            filter.until = Some(until.parse().unwrap());
        });
        journal.read(&filter, Page::ALL).unwrap().count()
    };
    let (now, next) = ("2017-08-21T20:39:01.029", "2017-08-21T20:39:01.030");
    assert_eq!((range(now, next), range(next, "2018-01-01")), (3, 0));
}

fn filter(set: impl FnOnce(&mut Filter)) -> Filter {
    let mut filter = Filter::default();
    set(&mut filter);
    filter
}

#[test]
fn a_transaction_that_is_undone_takes_no_line_of_the_table_along() {
    let folder = tempfile::tempdir().unwrap();
    let database = database();
    let journal = journal(folder.path(), Sink::Table, "web1", &database);
    database.begin().unwrap();
    journal.write(NOW, Some(&id()), "within").unwrap();
    assert_eq!(rows(&database), 0);
    database.rollback();
    journal.write(NOW, Some(&id()), "after").unwrap();
    assert_eq!(texts(&journal, &id()), ["within", "after"]);
    assert_eq!(rows(&database), 2);
    // Held, then written in one statement.
    let held = journal.hold();
    let inner = journal.hold();
    journal.write(NOW, Some(&id()), "held").unwrap();
    drop(inner);
    assert_eq!(rows(&database), 2);
    drop(held);
    assert_eq!(rows(&database), 3);
    // Dropped while somebody's transaction is open: the machine's file has it.
    database.begin().unwrap();
    journal.write(NOW, Some(&id()), "left").unwrap();
    drop(journal);
    database.rollback();
    let reader = self::journal(folder.path(), Sink::File, "web7", &database);
    let mut found = texts(&reader, &id());
    found.sort();
    assert_eq!(found, ["after", "held", "left", "within"]);
    let file = fs::read_to_string(folder.path().join("merchant_trace.web1.log")).unwrap();
    assert_eq!(file.lines().count(), 1, "{file}");
}

#[test]
fn a_table_that_cannot_be_written_loses_no_line() {
    let folder = tempfile::tempdir().unwrap();
    let database = database();
    let journal = journal(folder.path(), Sink::Table, "web1", &database);
    journal.write(NOW, Some(&id()), "before").unwrap();
    let rename = |from: &str, to: &str| {
        let sql = format!("ALTER TABLE {{{from}}} RENAME TO {{{to}}}");
        database.execute(&sql, &[]).unwrap();
    };
    rename("local_shopengine_trace", "away");
    let later = NOW.plus_millis(1);
    journal.write(later, Some(&id()), "meanwhile").unwrap();
    let error = journal.look_up(&id(), Page::ALL).err().unwrap();
    assert_eq!(error.code(), "trace_table");
    rename("away", "local_shopengine_trace");
    journal
        .write(NOW.plus_millis(2), Some(&id()), "after")
        .unwrap();
    assert_eq!(texts(&journal, &id()), ["before", "meanwhile", "after"]);
    let file = fs::read_to_string(folder.path().join("merchant_trace.web1.log")).unwrap();
    assert!(
        file.contains("[ERROR] the trace's table cannot be written"),
        "{file}"
    );
    assert_eq!(journal.lost(), 0);
}

#[test]
fn lines_of_the_table_are_concealed_and_go_with_age_day_by_day() {
    let folder = tempfile::tempdir().unwrap();
    let database = database();
    let table = journal(folder.path(), Sink::Table, "web1", &database);
    let file = journal(folder.path(), Sink::FilePerNode, "web2", &database);
    let day = |days: i64| NOW.plus_millis(days * 24 * 60 * 60 * 1000);
    for days in 0..10 {
        let text = format!("marie@example.org : day {days} for \"Marie\n\"");
        table.write(day(days), Some(&id()), &text).unwrap();
    }
    file.write(NOW, Some(&id()), "User marie@example.org")
        .unwrap();
    assert_eq!(
        table
            .conceal(
                &["marie@example.org", "\"Marie\n\"", "01"],
                &[],
                NOW,
                &Witness::default()
            )
            .unwrap(),
        21
    );
    let found = texts(&table, &id());
    assert_eq!(found.len(), 11);
    assert!(
        found
            .iter()
            .all(|text| !text.to_lowercase().contains("marie")),
        "{found:?}"
    );
    let sql = "SELECT id FROM {local_shopengine_trace} WHERE actor LIKE '%marie%' OR message LIKE '%marie%'";
    assert!(database.query(sql, &[]).unwrap().is_empty());
    let keep = Rotation {
        keep: 3,
        ..Rotation::default()
    };
    let (aside, files, lines) = table.rotate(day(9), keep).unwrap();
    assert_eq!((aside.len(), files, lines), (0, 0, 6));
    assert_eq!(rows(&database), 4);
    let never = table.rotate(day(900), Rotation::default()).unwrap();
    assert_eq!((never.2, rows(&database)), (0, 4));
}

#[test]
fn each_machine_seals_its_own_file_and_any_compares_all_and_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let none = database();
    let web1 = journal(folder.path(), Sink::FilePerNode, "web1", &none);
    let web2 = journal(folder.path(), Sink::FilePerNode, "web2", &none);
    let plugin = journal(folder.path(), Sink::File, "web3", &none);
    let names = |ends: &Ends| ends.keys().cloned().collect::<Vec<_>>();
    let witness = Witness::new("secret", "");
    for one in [&web1, &web2, &plugin] {
        one.write(NOW, Some(&id()), "Paid by marie@example.org : 100 EUR")
            .unwrap();
    }
    let (_, mut ends) = web1.seal(NOW, &witness, &Ends::new()).unwrap();
    assert_eq!(
        names(&ends),
        ["merchant_trace.log", "merchant_trace.web1.log"]
    );
    let problems = |one: &Journal, ends: &Ends| -> Vec<(String, Problem)> {
        let all = one.verify(&witness, ends).unwrap();
        let named = |one: Verified| {
            let name = one.file.file_name().unwrap().to_str().unwrap().to_owned();
            let found = one.findings.into_iter();
            found
                .map(|found| (name.clone(), found.problem))
                .collect::<Vec<_>>()
        };
        all.into_iter().flat_map(named).collect()
    };
    let web2_has = |problem| ("merchant_trace.web2.log".to_owned(), problem);
    assert_eq!(problems(&web1, &ends), [web2_has(Problem::Unsealed)]);
    ends.extend(web2.seal(NOW, &witness, &ends).unwrap().1);
    // Where no lines go to a file of the machine, none is begun.
    let (bytes, again) = plugin.seal(NOW, &witness, &ends).unwrap();
    assert_eq!((bytes, names(&again)), (0, names(&ends)[..1].to_vec()));
    assert_eq!((problems(&plugin, &ends), ends.len()), (vec![], 3));

    // A person is forgotten on one machine, in all files.
    let places = web1.conceal(&["marie@example.org"], &[], NOW, &witness);
    assert_eq!(places.unwrap(), 3);
    let found = problems(&web2, &ends);
    assert_eq!(found.len(), 3);
    assert!(
        found
            .iter()
            .all(|(_, problem)| *problem == Problem::Concealed)
    );

    // Put aside by another machine.
    let large = Rotation {
        size: 1,
        ..Rotation::default()
    };
    let day = 24 * 60 * 60 * 1000;
    web1.rotate(NOW.plus_millis(day), large).unwrap();
    // Until now a writer may go on in the old file.
    std::thread::sleep(std::time::Duration::from_millis(11));
    web2.write(NOW.plus_millis(day), None, "anew").unwrap();
    ends.extend(web1.seal(NOW, &witness, &ends).unwrap().1);
    let unsealed = |found: Vec<(String, Problem)>| -> Vec<_> {
        let told = |one: &(String, Problem)| one.1 != Problem::Concealed;
        found.into_iter().filter(told).collect()
    };
    assert_eq!(
        unsealed(problems(&web1, &ends)),
        [web2_has(Problem::Unsealed)]
    );
    ends.extend(web2.seal(NOW, &witness, &ends).unwrap().1);
    assert_eq!(unsealed(problems(&web1, &ends)), []);

    let path = Node::named("web2").file(web2.path());
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("anew", "a new")).unwrap();
    let found = unsealed(problems(&web1, &ends));
    assert_eq!(found[0], web2_has(Problem::Changed), "{found:?}");
    // All of a machine's files are taken away.
    for entry in fs::read_dir(folder.path()).unwrap() {
        let name = entry.unwrap().path();
        if name.display().to_string().contains(".web2.") {
            fs::remove_file(name).unwrap();
        }
    }
    assert_eq!(
        unsealed(problems(&web1, &ends)),
        [web2_has(Problem::EndMissing)]
    );
    ends.remove("merchant_trace.web2.log");
    assert_eq!(unsealed(problems(&web1, &ends)), []);
}

#[test]
fn a_machines_chain_without_its_file_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let none = database();
    let web1 = journal(folder.path(), Sink::FilePerNode, "web1", &none);
    web1.write(NOW, None, "text").unwrap();
    let witness = Witness::new("secret", "");
    web1.seal(NOW, &witness, &Ends::new()).unwrap();
    let path = Node::named("web1").file(web1.path());
    fs::remove_file(&path).unwrap();
    let other = journal(folder.path(), Sink::FilePerNode, "web2", &none);
    let found = other.verify(&witness, &Ends::new()).unwrap();
    assert_eq!((found.len(), &found[0].file), (1, &path));
    assert_eq!(found[0].findings[0].problem, Problem::FileMissing);
}

#[test]
fn one_machines_broken_chain_keeps_no_other_file_from_being_sealed() {
    let folder = tempfile::tempdir().unwrap();
    let none = database();
    let web1 = journal(folder.path(), Sink::FilePerNode, "web1", &none);
    let plugin = journal(folder.path(), Sink::File, "web1", &none);
    let witness = Witness::new("secret", "");
    for one in [&plugin, &web1] {
        one.write(NOW, None, "text").unwrap();
    }
    fs::write(folder.path().join("merchant_trace.log.chain"), "none\n").unwrap();
    let error = web1.seal(NOW, &witness, &Ends::new()).unwrap_err();
    assert_eq!(error.code(), "trace_chain");
    let found = web1.verify(&witness, &Ends::new()).unwrap();
    assert_eq!(
        found.iter().map(Verified::is_right).collect::<Vec<_>>(),
        [false, true]
    );
    assert_eq!(found[1].sealed, found[1].length);
}

#[test]
fn the_table_has_no_chain_and_what_spilled_into_the_machines_file_has() {
    let folder = tempfile::tempdir().unwrap();
    let database = database();
    let table = journal(folder.path(), Sink::Table, "web1", &database);
    let witness = Witness::new("secret", "");
    table.write(NOW, Some(&id()), "in the table").unwrap();
    let (bytes, ends) = table.seal(NOW, &witness, &Ends::new()).unwrap();
    assert_eq!((bytes, ends.len()), (0, 1));
    assert!(table.verify(&witness, &ends).unwrap().is_empty());
    let sql = "ALTER TABLE {local_shopengine_trace} RENAME TO {away}";
    database.execute(sql, &[]).unwrap();
    table.write(NOW, Some(&id()), "spilled").unwrap();
    let (bytes, ends) = table.seal(NOW, &witness, &ends).unwrap();
    assert_eq!(ends.len(), 2);
    let found = table.verify(&witness, &ends).unwrap();
    assert_eq!((found.len(), found[0].sealed), (1, bytes));
}

#[test]
fn a30_a_letter_is_written_without_its_secrets_as_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("merchant_mail_trace.log");
    let mails = Journal::from(Trace::new(&path, "UTC"));
    let body = "Bonjour,\nMot de passe : Tr0ub4dor\nPassword: s3cr3t©\n\
        https://m.example/login.php?ticket=AbC%2F12==&id=3\n-- 2017-8-21 20:39:01 029 -1-  [OTHER==] Paid";
    mails
        .write_mail(NOW, Some(&id()), "marie@example.org", "Votre compte", body)
        .unwrap();
    let written = fs::read_to_string(&path).unwrap();
    for secret in ["Tr0ub4dor", "s3cr3t", "AbC"] {
        assert!(!written.contains(secret), "{secret} in {written}");
    }
    assert_eq!(written.lines().count(), 1);
    let found = texts(&mails, &id());
    assert!(found[0].starts_with("Mail to marie@example.org : Votre compte\n@@@@@@@@\nBonjour,\n"));
    assert!(found[0].contains("?ticket=**********&id=3\n-- 2017"));
}

#[test]
fn files_of_all_machines_are_put_aside_and_still_read() {
    let folder = tempfile::tempdir().unwrap();
    let none = database();
    let web1 = journal(folder.path(), Sink::FilePerNode, "web1", &none);
    let web2 = journal(folder.path(), Sink::FilePerNode, "web2", &none);
    web1.write(NOW, Some(&id()), "one").unwrap();
    web2.write(NOW, Some(&id()), "two").unwrap();
    let large = Rotation {
        size: 10,
        ..Rotation::default()
    };
    assert_eq!(web1.rotate(NOW, large).unwrap().0.len(), 2);
    assert_eq!(texts(&web1, &id()), ["one", "two"]);
    assert_eq!(web1.files().unwrap().len(), 5);
}

#[test]
fn the_last_transactions_are_those_of_all_machines() {
    let folder = tempfile::tempdir().unwrap();
    let database = database();
    let other = |name: &str| TransactionId::parse(name).unwrap();
    let at = |millis| NOW.plus_millis(millis);
    let web1 = journal(folder.path(), Sink::FilePerNode, "web1", &database);
    let web2 = journal(folder.path(), Sink::FilePerNode, "web2", &database);
    let table = journal(folder.path(), Sink::Table, "web3", &database);
    web1.write(at(0), Some(&other("A")), "begun").unwrap();
    web1.write(at(5), Some(&other("B")), "begun").unwrap();
    web2.write(at(9), Some(&other("A")), "paid").unwrap();
    table.write(at(7), Some(&other("C")), "begun").unwrap();
    table.write(at(8), Some(&other("A")), "error").unwrap();
    let found = table.recent(2).unwrap();
    let ids: Vec<&str> = found.iter().map(|one| one.transaction.as_str()).collect();
    assert_eq!(ids, ["A", "C"]);
    assert_eq!((found[0].entries, found[0].level), (3, Level::Error));
    assert_eq!(
        (found[0].last.text(), found[0].duration()),
        ("paid", Some(9))
    );
}

#[test]
fn the_plugins_file_alone_is_read_in_its_own_order() {
    let folder = tempfile::tempdir().unwrap();
    let sample = include_str!("fixtures/trace/seed_sample.log");
    let path = folder.path().join("merchant_trace.log");
    fs::write(&path, sample).unwrap();
    let journal = journal(folder.path(), Sink::FilePerNode, "web1", &database());
    let read: Vec<String> = journal
        .look_up(&id(), Page::ALL)
        .unwrap()
        .map(|entry| entry.unwrap().to_string())
        .collect();
    assert_eq!(read, sample.lines().collect::<Vec<_>>());
    // And beside a machine's file, line for line.
    journal
        .write(UnixMillis::from_millis(0), Some(&id()), "older")
        .unwrap();
    let read: Vec<String> = journal
        .look_up(&id(), Page::ALL)
        .unwrap()
        .map(|entry| entry.unwrap().to_string())
        .skip(1)
        .collect();
    assert_eq!(read, sample.lines().collect::<Vec<_>>());
}

#[test]
fn thousands_of_lines_that_overtake_each_other_are_sorted_as_they_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let database = database();
    for node in ["a", "b"] {
        let mut file = String::new();
        for place in 0..5000_u32 {
            // Each line may be up to 30 lines early.
            let time = (place / 2 + place * 7 % 15) % 60_000;
            let count = 4_000_000_000_u64 + u64::from(place);
            file += &format!(
                "-- 2017-8-21 20:39:{:02} {:03} -{count}-  [TU90QMLVYXD5UMZYUQ==] x\n",
                time / 1000,
                time % 1000
            );
        }
        fs::write(
            folder.path().join(format!("merchant_trace.{node}.log")),
            file,
        )
        .unwrap();
    }
    let journal = journal(folder.path(), Sink::FilePerNode, "a", &database);
    let order = |entry: &Entry| (entry.time(), entry.node().cloned(), entry.iter());
    let read: Vec<_> = journal
        .look_up(&id(), Page::ALL)
        .unwrap()
        .map(|entry| order(&entry.unwrap()))
        .collect();
    assert_eq!(read.len(), 10_000);
    assert!(read.is_sorted());
}

/// A line to be: machine (the last one is the table's), process, milliseconds, how much it is overtaken by.
type Made = (usize, u32, i64, i64);

/// Writes the lines of each machine in the order of time, but for those that are overtaken, to its file or to the table.
fn write(folder: &Path, database: &Sqlite, made: &[Made]) -> BTreeSet<(String, String, u64, u64)> {
    let mut written = BTreeSet::new();
    for node in 0..4 {
        let mut lines: Vec<_> = made
            .iter()
            .filter(|line| line.0 == node)
            .enumerate()
            .map(|(place, (_, process, millis, late))| (*millis + late, *millis, *process, place))
            .collect();
        lines.sort();
        let mut file = String::new();
        for (_, millis, process, place) in lines {
            let (second, milli) = (millis / 1000, millis % 1000);
            let count = u64::from(process) * 1_000_000_000 + place as u64;
            let name = format!("web{node}");
            if node == 3 {
                let time = 1_503_340_740_000 + millis;
                let sql = "INSERT INTO {local_shopengine_trace}
                    (timecreated, node, process, seq, transactionid, severity, actor, message)
                    VALUES (?, ?, ?, ?, 'TU90QMLVYXD5UMZYUQ==', 'info', '', 'x')";
                let values = [
                    time.into(),
                    name.as_str().into(),
                    i64::from(process).into(),
                    (place as i64).into(),
                ];
                database.execute(sql, &values).unwrap();
            } else {
                file += &format!(
                    "-- 2017-8-21 20:39:{second:02} {milli:03} -{count}-  [TU90QMLVYXD5UMZYUQ==] x\n"
                );
            }
            let stamp: jiff::civil::DateTime = format!("2017-08-21T20:39:{second:02}.{milli:03}")
                .parse()
                .unwrap();
            written.insert((stamp.to_string(), name, u64::from(process), place as u64));
        }
        if node < 3 {
            fs::write(folder.join(format!("merchant_trace.web{node}.log")), file).unwrap();
        }
    }
    written
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Lines of one machine overtake each other by less than a window of lines; whatever the times, nothing is lost, nothing
    /// comes twice, and the order is that of time, machine, process, count.
    #[test]
    fn lines_of_all_machines_come_in_one_order_page_by_page(
        made in prop::collection::vec((0..4_usize, 1..4_u32, 0..50_i64, 0..20_i64), 0..60),
        spread in 1..1000_i64,
        limit in 1..40_usize,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let database = database();
        let made: Vec<Made> = made
            .into_iter()
            .map(|(node, process, millis, late)| (node, process, millis * spread, late * spread))
            .collect();
        let written = write(folder.path(), &database, &made);
        let journal = journal(folder.path(), Sink::Table, "web0", &database);
        let (mut from, mut read) = (Some(0), Vec::new());
        while let Some(start) = from {
            let mut page = journal.look_up(&id(), Page { from: start, limit }).unwrap();
            let before = read.len();
            read.extend(page.by_ref().map(|entry| key(&entry.unwrap())));
            prop_assert!(read.len() - before <= limit);
            from = page.resume_at();
        }
        let mut expected: Vec<_> = written.into_iter().collect();
        // Times as numbers: `…:01` is before `…:01.5`.
        let number = |time: &str| time.parse::<jiff::civil::DateTime>().unwrap();
        expected.sort_by_key(|(time, node, process, count)| (number(time), node.clone(), *process, *count));
        prop_assert_eq!(read, expected);
    }

    /// Any text, by either way.
    #[test]
    fn texts_are_read_back_equal(texts in prop::collection::vec(".*", 1..8), table: bool) {
        let folder = tempfile::tempdir().unwrap();
        let database = database();
        let sink = if table { Sink::Table } else { Sink::FilePerNode };
        let journal = journal(folder.path(), sink, "web1", &database);
        for text in &texts {
            journal.write(NOW, Some(&id()), text).unwrap();
        }
        prop_assert_eq!(self::texts(&journal, &id()), texts);
    }
}
