//! The merchant trace through its public face: the published sample, many writers at once, what was
//! written is found.

#![expect(clippy::unwrap_used, reason = "a failing test")]

use std::fs;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use shopengine::clock::{Clock as _, FixedClock, UnixMillis};
use shopengine::domain::transaction_id::TransactionId;
use shopengine::entropy;
use shopengine::trace::{Entry, Page, Trace, scan, unescape};

const SAMPLE: &str = include_str!("fixtures/trace/seed_sample.log");

fn id(text: &str) -> TransactionId {
    TransactionId::parse(text).unwrap()
}

fn found(path: &Path, id: &TransactionId) -> Vec<Entry> {
    scan(path, id, Page::ALL)
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

#[test]
fn the_published_sample_comes_out_line_for_line() {
    let id = id("TU90QMLVYXD5UMZYUQ==");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/trace/seed_sample.log");
    let entries = found(&path, &id);
    assert_eq!(entries.len(), 23);
    assert_eq!(
        entries
            .iter()
            .map(|entry| format!("{entry}\n"))
            .collect::<String>(),
        SAMPLE
    );
    for entry in &entries {
        assert!(entry.belongs_to(&id) && entry.continuation().is_empty());
        let time = entry.time().unwrap();
        let written = format!(
            "-- {}-{}-{:02} {} {:03} -- [{id}] {}",
            time.year(),
            time.month(),
            time.day(),
            time.strftime("%H:%M:%S"),
            time.millisecond(),
            entry.text()
        );
        assert_eq!(written, entry.line());
    }
}

#[test]
fn the_published_sample_written_again_has_the_same_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("merchant_trace.log");
    let trace = Trace::new(&path, "Europe/Paris");
    let mut expected = String::new();
    for (number, line) in (1..).zip(SAMPLE.lines()) {
        let entry = Entry::parse(line).unwrap();
        let moment = entry
            .time()
            .unwrap()
            .in_tz("Europe/Paris")
            .unwrap()
            .timestamp()
            .as_millisecond();
        trace
            .write(
                UnixMillis::from_millis(moment),
                entry.transaction(),
                entry.text(),
            )
            .unwrap();
        expected.push_str(&line.replacen(" -- ", &format!(" -{number}-  "), 1));
        expected.push('\n');
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), expected);
}

#[test]
fn pages_add_up_to_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t");
    let wanted = id("WANTED");
    let content: String = (0..8000)
        .map(|number| {
            let owner = if number % 7 == 0 { "WANTED" } else { "OTHER" };
            format!("-- 2024-5-14 15:39:00 001 -{number}-  [{owner}] line {number}\n")
        })
        .collect();
    fs::write(&path, content).unwrap();
    let whole = found(&path, &wanted);
    assert_eq!(whole.len(), 1143);
    for limit in [10, 100, 1143, 5000] {
        let (mut paged, mut from) = (Vec::new(), Some(0));
        while let Some(start) = from {
            let before = paged.len();
            let mut page = scan(&path, &wanted, Page { from: start, limit }).unwrap();
            paged.extend(page.by_ref().map(Result::unwrap));
            assert!(paged.len() - before <= limit);
            from = page.resume_at();
        }
        assert_eq!(paged, whole, "pages of {limit}");
    }
    let beyond = Page {
        from: u64::MAX,
        limit: 1,
    };
    assert!(scan(&path, &wanted, beyond).unwrap().next().is_none());
}

/// Defect B-32: two clock readings put a line a second off when the second ends between them.
#[test]
fn b32_lines_of_a_moving_clock_never_go_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t");
    let clock = FixedClock::new(UnixMillis::from_millis(1_503_340_740_950));
    let trace = Trace::new(&path, "UTC");
    let id = id("A");
    for _ in 0..2000 {
        trace.write(clock.now(), Some(&id), "tick").unwrap();
        clock.advance(1);
    }
    let times: Vec<i64> = found(&path, &id)
        .iter()
        .map(|entry| {
            entry
                .time()
                .unwrap()
                .in_tz("UTC")
                .unwrap()
                .timestamp()
                .as_millisecond()
        })
        .collect();
    assert_eq!(
        times,
        (1_503_340_740_950..1_503_340_742_950).collect::<Vec<i64>>()
    );
}

#[test]
fn eight_processes_of_eight_threads_tear_no_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t");
    let children: Vec<_> = (0..8)
        .map(|_| {
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "one_of_the_eight_processes"])
                .env(CHILD, &path)
                .stdout(std::process::Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let content = fs::read_to_string(&path).unwrap();
    assert_eq!(content.lines().count(), 8 * 8 * LINES);
    for line in content.lines() {
        let entry = Entry::parse(line).unwrap_or_else(|| panic!("torn: {line}"));
        let (number, filling) = entry.text().split_once(' ').unwrap();
        assert_eq!(
            filling.len(),
            10 * (number.parse::<usize>().unwrap() % 100),
            "torn: {line}"
        );
        assert!(
            entry
                .iter()
                .is_some_and(|iter| (1..=(8 * LINES as u64)).contains(&iter))
        );
    }
}

const CHILD: &str = "SHOPENGINE_TEST_TRACE";
const LINES: usize = 250;

/// Does nothing unless the test above starts it: its threads share one `Trace`.
#[test]
fn one_of_the_eight_processes() {
    let Some(path) = std::env::var_os(CHILD) else {
        return;
    };
    let trace = Trace::new(path, "UTC");
    let id = entropy::transaction_id().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for number in 0..LINES {
                    let text = format!("{number} {}", "x".repeat(10 * (number % 100)));
                    trace
                        .write(UnixMillis::from_millis(0), Some(&id), &text)
                        .unwrap();
                }
            });
        }
    });
    assert_eq!(trace.lost(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_found_whatever_the_text(
        texts in proptest::collection::vec((any::<bool>(), prop_oneof![any::<String>(), "\\PC*", "[\\[\\]AB \n-]*( - Partner)?"]), 1..20)
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t");
        let trace = Trace::new(&path, "Asia/Kathmandu");
        let (own, other) = (id("A"), id("B"));
        for (is_own, text) in &texts {
            trace.write(UnixMillis::from_millis(0), Some(if *is_own { &own } else { &other }), text).unwrap();
        }
        let read: Vec<String> = found(&path, &own)
            .iter()
            .filter(|entry| entry.belongs_to(&own))
            .map(|entry| unescape(entry.text()).into_owned())
            .collect();
        let written: Vec<&String> = texts.iter().filter(|(is_own, _)| *is_own).map(|(_, text)| text).collect();
        prop_assert_eq!(read.iter().collect::<Vec<_>>(), written);
    }
}
