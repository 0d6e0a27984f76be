//! Speed of the merchant trace: append a line; find a transaction in 200 MB by reading and by the index, beside ripgrep and beside
//! the plugin's way (PHP, the whole file, `preg_grep`); build the index and catch it up; seal and verify. `TRACE_LINES=20000000` makes
//! it 2 GB, below target/.

#![expect(clippy::print_stdout, reason = "the figures are for a reader")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run stops")]

use std::fs::File;
use std::hint::black_box;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group};
use shopengine::clock::{Clock as _, SystemClock};
use shopengine::domain::transaction_id::TransactionId;
use shopengine::entropy;
use shopengine::trace::{Index, Page, Trace, Verified, Witness, look_up, scan, verify};

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

/// All of it on one generated file; the best of the rounds of each, taken in turn: other work on the machine only makes them slower.
fn figures() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = folder.path().join("merchant_trace.log");
    let wanted = generate(&path);
    let length = std::fs::metadata(&path).unwrap().len();
    println!("{length} bytes, {HITS} lines wanted");
    let first = best(ROUNDS, || assert_eq!(by_reading(&path, &wanted), HITS));
    let rg = ripgrep(&path, &wanted).map(|found| {
        assert_eq!(found, HITS);
        best(ROUNDS, || ripgrep(&path, &wanted))
    });
    let php = plugin_finds(&path, &wanted).map(|found| {
        assert_eq!(found, HITS);
        best(2, || plugin_finds(&path, &wanted))
    });
    beside(
        "find without index",
        first,
        &[("ripgrep", rg), ("the plugin's way", php)],
    );
    let index = Index::of(&path);
    let built = best(5, || {
        index.remove().unwrap();
        index.catch_up(u64::MAX, |_| ()).unwrap();
    });
    let size = std::fs::metadata(index.path()).unwrap().len();
    println!(
        "build the index: {built:?}, {} MB/s; it has {size} bytes",
        speed(length, built)
    );
    let found = best(1000, || assert_eq!(by_index(&path, &wanted), HITS));
    beside(
        "find by the index",
        found,
        &[("ripgrep", rg), ("the plugin's way", php)],
    );
    for task in ["nothing", "look-up", "build"] {
        println!(
            "peak memory of a process, {task}: {} KB",
            memory(task, &path, &wanted)
        );
    }
    caught_up(&path, &wanted);
    let trace = Trace::new(&path, "Europe/Paris");
    let witness = Witness::new("a secret", "");
    let start = Instant::now();
    let sealed = trace.seal(SystemClock.now(), &witness).unwrap();
    let took = start.elapsed();
    println!("seal: {took:?}, {} MB/s", speed(sealed.bytes, took));
    let verified = best(3, || {
        assert!(
            verify(&path, &witness)
                .unwrap()
                .iter()
                .all(Verified::is_right)
        )
    });
    println!("verify: {verified:?}, {} MB/s", speed(length, verified));
}

/// 10,000 new lines, ten times: writing them one by one, indexing them.
fn caught_up(path: &Path, wanted: &TransactionId) {
    let trace = Trace::new(path, "Europe/Paris");
    let ids: Vec<TransactionId> = (0..500)
        .map(|_| entropy::transaction_id().unwrap())
        .collect();
    let (mut appended, mut caught) = (Duration::MAX, Duration::MAX);
    for _ in 0..10 {
        let start = Instant::now();
        for id in ids.iter().cycle().take(APPENDED) {
            trace.write(SystemClock.now(), Some(id), TEXT).unwrap();
        }
        appended = appended.min(start.elapsed());
        let start = Instant::now();
        Index::of(path).catch_up(u64::MAX, |_| ()).unwrap();
        caught = caught.min(start.elapsed());
    }
    assert_eq!(by_index(path, wanted), HITS);
    println!("catch up {APPENDED} lines: {caught:?}");
    let a_line = (appended + caught) / u32::try_from(APPENDED).unwrap();
    let plugin = (0..5)
        .filter_map(|_| plugin_appends(&path.with_extension("plugin")))
        .min();
    beside(
        "append a line, with its share of the index",
        a_line,
        &[("the plugin's way", plugin)],
    );
}

fn best<T>(rounds: usize, mut act: impl FnMut() -> T) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..rounds {
        let start = Instant::now();
        black_box(act());
        best = best.min(start.elapsed());
    }
    best
}

fn beside(what: &str, ours: Duration, theirs: &[(&str, Option<Duration>)]) {
    print!("{what}: {ours:?}");
    for (name, time) in theirs {
        match time {
            Some(time) => {
                let percent = ours.as_nanos() * 10_000 / time.as_nanos().max(1);
                print!(
                    "; {name} {time:?}, ours is {}.{:02} % of it",
                    percent / 100,
                    percent % 100
                );
            }
            None => print!("; {name}: not installed"),
        }
    }
    println!();
}

fn speed(bytes: u64, time: Duration) -> u128 {
    u128::from(bytes) / time.as_micros().max(1)
}

fn by_index(path: &Path, wanted: &TransactionId) -> usize {
    let found = look_up(path, wanted, Page::ALL).unwrap();
    black_box(found.map(Result::unwrap).collect::<Vec<_>>()).len()
}

fn by_reading(path: &Path, wanted: &TransactionId) -> usize {
    let found = scan(path, wanted, Page::ALL).unwrap();
    black_box(found.map(Result::unwrap).collect::<Vec<_>>()).len()
}

fn ripgrep(path: &Path, wanted: &TransactionId) -> Option<usize> {
    let pattern = format!("[{wanted}]");
    let mut command = Command::new("rg");
    command
        .args(["--no-config", "-F", "-c", &pattern])
        .arg(path);
    said(command)?.parse().ok()
}

fn plugin_finds(path: &Path, wanted: &TransactionId) -> Option<usize> {
    let code = "echo count(preg_grep('/' . preg_quote($argv[2], '/') . '/', file($argv[1])));";
    let mut command = php(code);
    command.arg(path).arg(format!("[{wanted}]"));
    said(command)?.parse().ok()
}

/// The price of a line, as the plugin writes it.
fn plugin_appends(path: &Path) -> Option<Duration> {
    let code = "$from = hrtime(true); for ($i = 0; $i < 20000; $i++) { $f = fopen($argv[1], 'a'); $m = microtime(true);
        fputs($f, '-- ' . date('Y-n-d H:i:s') . ' ' . sprintf('%03d', ($m - floor($m)) * 1000) . \" -$i-  [TU90QMLVYXD5UMZYUQ==] $argv[2]\\n\"); fclose($f); }
        echo intdiv(hrtime(true) - $from, 20000);";
    let mut command = php(code);
    command.arg(path).arg(TEXT);
    Some(Duration::from_nanos(said(command)?.parse().ok()?))
}

fn php(code: &str) -> Command {
    let mut command = Command::new("php");
    command.args(["-n", "-d", "memory_limit=-1", "-r", code, "--"]);
    command
}

fn said(mut command: Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

/// What a process of its own needs at most, in KB.
fn memory(task: &str, path: &Path, wanted: &TransactionId) -> u64 {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .env("TRACE_TASK", task)
        .env("TRACE_PATH", path)
        .env("TRACE_WANTED", wanted.as_str());
    said(command).unwrap().parse().unwrap()
}

fn one_task(task: &str) {
    let path = PathBuf::from(std::env::var_os("TRACE_PATH").unwrap());
    let wanted = TransactionId::parse(&std::env::var("TRACE_WANTED").unwrap()).unwrap();
    match task {
        "look-up" => assert_eq!(by_index(&path, &wanted), HITS),
        "build" => {
            Index::of(&path).remove().unwrap();
            Index::of(&path).catch_up(u64::MAX, |_| ()).unwrap();
        }
        _ => {}
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    println!("{}", peak.unwrap().trim().trim_end_matches(" kB"));
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
    targets = append
}

fn main() {
    if let Ok(task) = std::env::var("TRACE_TASK") {
        return one_task(&task);
    }
    figures();
    benches();
    Criterion::default().configure_from_args().final_summary();
}

const TEXT: &str = "Production Controller : Full production starting from PLACED ...";
const LINES: usize = 2_000_000;
const HITS: usize = 20;
const ROUNDS: usize = 10;
const APPENDED: usize = 10_000;
