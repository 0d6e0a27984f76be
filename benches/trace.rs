//! Speed of the merchant trace: append a line; find a transaction in 200 MB by reading, beside ripgrep, and by the index; build
//! the index and catch it up. `TRACE_LINES=20000000` makes it 2 GB.

#![expect(
    clippy::print_stdout,
    reason = "the comparison with ripgrep is for a reader"
)]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run stops")]

use std::fs::File;
use std::hint::black_box;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group};
use shopengine::clock::{Clock as _, SystemClock};
use shopengine::domain::transaction_id::TransactionId;
use shopengine::entropy;
use shopengine::trace::{Index, Page, Trace, look_up, scan};

fn append(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let trace = Trace::new(folder.path().join("merchant_trace.log"), "Europe/Paris");
    let id = entropy::transaction_id().unwrap();
    criterion.bench_function("append a trace line", |bencher| {
        bencher.iter(|| trace.write(SystemClock.now(), Some(&id), black_box(TEXT)));
    });
    criterion.bench_function("draw a transaction id", |bencher| {
        bencher.iter(entropy::transaction_id)
    });
}

fn find(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("merchant_trace.log");
    let wanted = generate(&path);
    criterion.bench_function("scan a 200 MB trace", |bencher| {
        bencher.iter(|| ours(&path, &wanted))
    });
    compare(&path, &wanted);
    build(&path);
    criterion.bench_function("look up a transaction by the index", |bencher| {
        bencher.iter(|| by_index(&path, &wanted))
    });
    catch_up(&path, &wanted);
}

/// Five times from nothing, the best.
fn build(path: &Path) {
    let index = Index::of(path);
    let mut best = Duration::MAX;
    for _ in 0..5 {
        index.remove().unwrap();
        let start = Instant::now();
        index.catch_up(u64::MAX, |_| ()).unwrap();
        best = best.min(start.elapsed());
    }
    let length = std::fs::metadata(path).unwrap().len();
    let speed = u128::from(length) / best.as_micros().max(1);
    let size = std::fs::metadata(index.path()).unwrap().len();
    println!("index {length} bytes: {best:?}, {speed} MB/s; the index has {size} bytes");
}

/// 10,000 new lines, ten times, the best.
fn catch_up(path: &Path, wanted: &TransactionId) {
    let mut best = Duration::MAX;
    for round in 0..10 {
        let mut lines = String::new();
        for number in 0..10_000 {
            let milli = number % 1000;
            lines += &format!(
                "-- 2026-8-21 20:39:02 {milli:03} -{number}-  [R{round}N{number}] {TEXT}\n"
            );
        }
        let mut file = File::options().append(true).open(path).unwrap();
        file.write_all(lines.as_bytes()).unwrap();
        let start = Instant::now();
        Index::of(path).catch_up(u64::MAX, |_| ()).unwrap();
        best = best.min(start.elapsed());
    }
    assert_eq!(by_index(path, wanted), HITS);
    println!("catch up 10,000 lines: {best:?}");
}

fn by_index(path: &Path, wanted: &TransactionId) -> usize {
    let found = look_up(path, wanted, Page::ALL).unwrap();
    black_box(found.map(Result::unwrap).collect::<Vec<_>>()).len()
}

/// Ten rounds of each in turn, the best of each: other work on the machine only makes them slower.
fn compare(path: &Path, wanted: &TransactionId) {
    if ripgrep(path, wanted).is_none() {
        println!("ripgrep is not installed: nothing to compare with");
        return;
    }
    let (mut us, mut them) = (Duration::MAX, Duration::MAX);
    for _ in 0..10 {
        let start = Instant::now();
        assert_eq!(ours(path, wanted), HITS);
        us = us.min(start.elapsed());
        let start = Instant::now();
        assert_eq!(ripgrep(path, wanted), Some(HITS));
        them = them.min(start.elapsed());
    }
    let percent = us.as_micros() * 100 / them.as_micros().max(1);
    println!("scan a 200 MB trace: {us:?}, ripgrep {them:?}, {percent} % of ripgrep's time");
}

fn ours(path: &Path, wanted: &TransactionId) -> usize {
    let entries: Vec<_> = scan(path, wanted, Page::ALL)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    black_box(entries).len()
}

fn ripgrep(path: &Path, wanted: &TransactionId) -> Option<usize> {
    let mut command = Command::new("rg");
    command
        .args(["--no-config", "-F", "-c", &format!("[{wanted}]")])
        .arg(path)
        .stdin(Stdio::null());
    String::from_utf8(command.output().ok()?.stdout)
        .ok()?
        .trim()
        .parse()
        .ok()
}

/// 2 million lines of 100 bytes: 100,000 transactions, twenty lines of each spread over the file.
fn generate(path: &Path) -> TransactionId {
    let lines = std::env::var("TRACE_LINES").map_or(LINES, |lines| lines.parse().unwrap());
    let ids: Vec<TransactionId> = (0..lines / HITS)
        .map(|_| entropy::transaction_id().unwrap())
        .collect();
    let mut file = BufWriter::new(File::create(path).unwrap());
    for (number, id) in ids.iter().cycle().take(lines).enumerate() {
        let millis = number % 1000;
        let line = format!("-- 2026-8-21 20:39:01 {millis:03} -{number:07}-  [{id}] {TEXT}");
        writeln!(file, "{line:<99.99}").unwrap();
    }
    file.flush().unwrap();
    ids.get(ids.len() / 2).unwrap().clone()
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = append, find
}

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
}

const TEXT: &str = "Production Controller : Full production starting from PLACED ...";
const LINES: usize = 2_000_000;
const HITS: usize = 20;
