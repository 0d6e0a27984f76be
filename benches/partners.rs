//! Arrivals judged and entered in a ledger, and statements drawn up and verified, each per second.
#![allow(
    missing_docs,
    reason = "criterion's macros generate undocumented functions"
)]
#![expect(
    clippy::unwrap_used,
    reason = "a test or benchmark that cannot build its input has failed"
)]

use std::hint::black_box;
use std::rc::Rc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use shopengine::clock::SystemClock;
use shopengine::database::{Sqlite, install};
use shopengine::domain::signature;
use shopengine::domain::statement::{Entry, Format, GENESIS, Head, Writer, verify};
use shopengine::engine::{Arriving, Buyer, Engine};
use shopengine::trace::Trace;

const SECRET: &[u8] = b"demo-secret";
const LINK: &str =
    "https://shop.example/local/shop/front/view.php?shopid=1&what=import&monproduit=1&autodrive=1";
const ENTRIES: u64 = 10_000;

fn arrivals(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let database = Sqlite::open(&folder.path().join("shop.sqlite")).unwrap();
    install(&database).unwrap();
    database
        .run(include_str!("../php/storefront/demo.sql"))
        .unwrap();
    let engine = Engine::new(
        Rc::new(database),
        Rc::new(SystemClock),
        Trace::new(folder.path().join("merchant_trace.log"), "Europe/Paris"),
        "Europe/Paris",
    );
    let mut group = criterion.benchmark_group("partners");
    group.throughput(Throughput::Elements(1));
    let code = "ACADEMIE_t0_marie_curie@example.org";
    let query = signed(code);
    group.bench_function("check a link's signature", |bencher| {
        bencher.iter(|| signature::check(black_box(query.as_bytes()), SECRET, 0));
    });
    let mut number = 0_u64;
    group.bench_function("judge an arrival, enter it durably", |bencher| {
        bencher.iter(|| {
            number += 1;
            let code = format!("ACADEMIE_t{number}_marie_curie@example.org");
            let query = signed(&code);
            let arrival = engine.arrive(&Arriving {
                code: &code,
                query: query.as_bytes(),
                https: true,
                referer: "https://partenaire.example/offre",
                buyer: &Buyer::default(),
                transaction: None,
                plugin_places: false,
                plugin_shows: false,
            });
            assert!(arrival.unwrap().account.is_some());
        });
    });
    group.finish();
}

fn signed(code: &str) -> String {
    let link = signature::sign(&format!("{LINK}&partner={code}"), SECRET, None).unwrap();
    link.split_once('?').unwrap().1.to_owned()
}

fn statements(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("statements");
    group.throughput(Throughput::Elements(ENTRIES));
    let entries = entries();
    for (name, format) in [("CSV", Format::Csv), ("JSON", Format::Json)] {
        let text = drawn_up(&entries, format);
        group.bench_function(format!("draw up 10,000 entries, {name}"), |bencher| {
            bencher.iter(|| drawn_up(&entries, format));
        });
        group.bench_function(format!("verify 10,000 entries, {name}"), |bencher| {
            bencher.iter(|| assert_eq!(verify(text.as_slice(), SECRET).unwrap().count, ENTRIES));
        });
    }
    group.finish();
}

fn entries() -> Vec<Entry> {
    let mut last = GENESIS.to_owned();
    (1..=ENTRIES)
        .map(|seq| {
            let mut entry = Entry {
                seq,
                time: 1_781_520_000_000,
                kind: "order".to_owned(),
                tag: format!("9f86d081884c7d659a2feaa0c55ad015{seq}"),
                transid: "AM8CHPCW8QGQ7PSZ8S==".to_owned(),
                state: "SOLDOUT".to_owned(),
                amount: "71.96".to_owned(),
                currency: "EUR".to_owned(),
                settled: "71.96".to_owned(),
                refunded: "0.00".to_owned(),
                ..Entry::default()
            };
            entry.hash = entry.chained(&last);
            last.clone_from(&entry.hash);
            entry
        })
        .collect()
}

fn drawn_up(entries: &[Entry], format: Format) -> Vec<u8> {
    let head = Head {
        statement: 1,
        partner: "ACADEMIE".to_owned(),
        from: 1_781_000_000,
        to: 1_782_000_000,
        created: 1_782_000_000,
        first: 1,
        previous: GENESIS.to_owned(),
    };
    let mut out = Vec::new();
    let mut writer = Writer::begin(&mut out, format, head).unwrap();
    for entry in entries {
        writer.entry(entry).unwrap();
    }
    writer.finish(SECRET).unwrap();
    out
}

criterion_group!(benches, arrivals, statements);
criterion_main!(benches);
