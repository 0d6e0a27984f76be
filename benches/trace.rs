//! Speed of the merchant trace: append a line; find a transaction in 200 MB, beside ripgrep.

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
use shopengine::trace::{Page, Trace, scan};

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
    let ids: Vec<TransactionId> = (0..LINES / HITS)
        .map(|_| entropy::transaction_id().unwrap())
        .collect();
    let mut file = BufWriter::new(File::create(path).unwrap());
    for (number, id) in ids.iter().cycle().take(LINES).enumerate() {
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
