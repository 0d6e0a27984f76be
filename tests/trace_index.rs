//! The index of the trace: whatever the file holds and whatever happens to it, a look-up gives what reading the file gives.

#![expect(clippy::unwrap_used, reason = "a failing test")]

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use shopengine::clock::{Clock as _, SystemClock};
use shopengine::domain::transaction_id::TransactionId;
use shopengine::trace::{Entry, Index, Page, Trace, Verified, Witness, look_up, scan, verify};

const SECRET: &str = "of the site";

fn id(text: &str) -> TransactionId {
    TransactionId::parse(text).unwrap()
}

fn append(path: &Path, bytes: &[u8]) {
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .unwrap();
    file.write_all(bytes).unwrap();
}

fn by_reading(path: &Path, of: &str) -> Vec<Entry> {
    let scan = scan(path, &id(of), Page::ALL).unwrap();
    scan.map(Result::unwrap).collect()
}

fn by_index(path: &Path, of: &str) -> Vec<Entry> {
    let found = look_up(path, &id(of), Page::ALL).unwrap();
    found.map(Result::unwrap).collect()
}

fn covered(path: &Path) -> u64 {
    Index::of(path).coverage().unwrap().covered
}

fn catch_up(path: &Path) -> u64 {
    let coverage = Index::of(path).catch_up(u64::MAX, |_| ()).unwrap();
    assert_eq!(coverage.length, fs::metadata(path).unwrap().len());
    coverage.covered
}

fn line(number: usize, of: &str) -> String {
    let (minute, second, milli) = (number / 60_000 % 60, number / 1000 % 60, number % 1000);
    format!("-- 2024-5-14 15:{minute:02}:{second:02} {milli:03} -{number}-  [{of}] line {number}\n")
}

fn agree(path: &Path, ids: &[&str]) {
    for of in ids {
        assert_eq!(by_index(path, of), by_reading(path, of), "{of}");
    }
}

#[test]
fn a_trace_of_one_entry_gets_no_index_and_leaves_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("merchant_trace.log");
    append(&path, line(1, "A").as_bytes());
    assert_eq!(catch_up(&path), 0);
    let names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["merchant_trace.log"]);
    append(&path, line(2, "A").as_bytes());
    assert!(catch_up(&path) > 0);
    agree(&path, &["A"]);
}

#[test]
fn the_published_sample_comes_out_line_for_line_by_the_index() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("merchant_trace.log");
    let sample = include_str!("fixtures/trace/seed_sample.log");
    append(&path, sample.as_bytes());
    let last = sample.trim_end().rfind('\n').unwrap() as u64 + 1;
    assert_eq!(catch_up(&path), last, "the last line may go on");
    let lines: String = by_index(&path, "TU90QMLVYXD5UMZYUQ==")
        .iter()
        .map(|entry| format!("{entry}\n"))
        .collect();
    assert_eq!(lines, sample);
}

/// Defect B-28: the plugin's partner line lacks the brackets.
#[test]
fn b28_the_partner_line_without_brackets_is_in_the_index() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t");
    append(&path, b"-- 2024-5-14 15:39:00 001 -1-  AB== - Partner call from X\n-- 2024-5-14 15:39:00 002 --  end\n");
    assert!(catch_up(&path) > 0);
    assert_eq!(by_index(&path, "AB==")[0].text(), "Partner call from X");
}

/// Defect A-23: the plugin puts the id into a regular expression.
#[test]
fn a23_an_id_is_never_a_pattern_in_the_index() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t");
    append(
        &path,
        [line(1, "AAAB"), line(2, "A+B"), line(3, "A"), line(4, "x")]
            .concat()
            .as_bytes(),
    );
    catch_up(&path);
    assert_eq!(by_index(&path, "A+B").len(), 1);
    assert!(by_index(&path, "AA").is_empty());
}

#[test]
fn a_rotated_cut_or_replaced_file_is_indexed_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t");
    let many = |range: std::ops::Range<usize>, of: &str| -> String {
        range.map(|number| line(number, of)).collect()
    };
    append(&path, many(0..400, "A").as_bytes());
    catch_up(&path);
    // Moved away, under a name that is no rotated file's.
    fs::rename(&path, folder.path().join("old")).unwrap();
    append(&path, many(0..600, "B").as_bytes());
    assert_eq!(covered(&path), 0);
    agree(&path, &["A", "B"]);
    catch_up(&path);
    // Cut, and grown again beyond what was covered.
    fs::write(&path, many(0..900, "C")).unwrap();
    assert_eq!(covered(&path), 0);
    agree(&path, &["B", "C"]);
    catch_up(&path);
    // The same beginning, another end.
    let content = many(0..900, "C") + &many(0..50, "D");
    fs::write(&path, content.replace("line 89", "LINE 89")).unwrap();
    assert_eq!(covered(&path), 0);
    agree(&path, &["C", "D"]);
    // Replaced by a file of the same length and ends: another inode.
    catch_up(&path);
    let content = fs::read_to_string(&path)
        .unwrap()
        .replace("[C] line 400\n", "[E] line 400\n");
    fs::write(folder.path().join("new"), content).unwrap();
    fs::rename(folder.path().join("new"), &path).unwrap();
    agree(&path, &["C", "D", "E"]);
    assert_eq!(by_index(&path, "E").len(), 1);
    // Gone.
    fs::remove_file(&path).unwrap();
    assert!(by_index(&path, "C").is_empty());
}

#[test]
fn an_index_that_disagrees_with_the_file_is_removed_and_the_file_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t");
    let content: String = (0..2000)
        .map(|number| line(number, ["A", "B"][number % 2]))
        .collect();
    append(&path, content.as_bytes());
    catch_up(&path);
    // Written over in the middle, by someone who kept the length, the inode and both ends.
    let changed = content.replacen("[A] line 1000\n", "[Z] line 1000\n", 1);
    assert_ne!(content, changed);
    OpenOptions::new()
        .write(true)
        .open(&path)
        .unwrap()
        .write_all(changed.as_bytes())
        .unwrap();
    assert!(covered(&path) > 0);
    assert_eq!(by_index(&path, "A").len(), 999);
    assert_eq!(covered(&path), 0, "the index is gone");
    agree(&path, &["A", "B", "Z"]);
}

#[test]
fn a_broken_index_is_no_index() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t");
    append(
        &path,
        (0..500)
            .map(|number| line(number, "A"))
            .collect::<String>()
            .as_bytes(),
    );
    catch_up(&path);
    let index = Index::of(&path);
    let good = fs::read(index.path()).unwrap();
    for at in [
        0,
        8,
        9,
        16,
        24,
        31,
        good.len() - 1,
        good.len() - 9,
        good.len() - 60,
    ] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(index.path(), &bad).unwrap();
        assert_eq!(covered(&path), 0, "byte {at}");
        assert_eq!(by_index(&path, "A").len(), 500);
    }
    for length in [0, 1, 63, 64, 100, good.len() - 1] {
        fs::write(index.path(), &good[..length]).unwrap();
        assert_eq!(by_index(&path, "A").len(), 500, "{length} bytes");
        assert!(catch_up(&path) > 0);
        assert_eq!(by_index(&path, "A").len(), 500);
    }
}

#[test]
fn a_folder_that_cannot_be_written_costs_the_index_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t");
    append(&path, line(1, "A").repeat(20_000).as_bytes());
    // A folder in the place of the index: as good as a read-only disk, for root too.
    fs::create_dir(Index::of(&path).path().with_extension("index.new")).unwrap();
    fs::create_dir(Index::of(&path).path()).unwrap();
    let error = Index::of(&path).catch_up(u64::MAX, |_| ()).unwrap_err();
    assert_eq!(error.code(), "trace_index");
    assert_eq!(by_index(&path, "A").len(), 20_000);
}

#[test]
fn many_lines_make_few_runs_and_pages_follow_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t");
    let ids: Vec<String> = (0..997).map(|number| format!("ID{number}==")).collect();
    for part in 0..40 {
        let lines: String = (0..3000)
            .map(|number| line(part * 3000 + number, &ids[(part * 3000 + number) % 997]))
            .collect();
        append(&path, lines.as_bytes());
        catch_up(&path);
    }
    let size = fs::metadata(Index::of(&path).path()).unwrap().len();
    assert!(size < 3 * 12 * 120_000 + 5_000_000, "{size} bytes");
    agree(&path, &["ID0==", "ID500==", "ID996==", "ID997=="]);
    let (mut from, mut texts) = (Some(0), Vec::new());
    while let Some(start) = from {
        let page = Page {
            from: start,
            limit: 7,
        };
        let mut found = look_up(&path, &id("ID7=="), page).unwrap();
        texts.extend(found.by_ref().map(|entry| entry.unwrap().offset()));
        from = found.resume_at();
    }
    let all: Vec<u64> = by_reading(&path, "ID7==")
        .iter()
        .map(Entry::offset)
        .collect();
    assert_eq!((texts.len(), texts), (121, all));
}

#[test]
fn a_name_in_every_line_is_found_in_every_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t");
    let lines: String = (0..300_000).map(|number| line(number, "ERRO")).collect();
    append(&path, lines.as_bytes());
    catch_up(&path);
    assert_eq!(by_index(&path, "ERRO").len(), 300_000);
    agree(&path, &["ERRO", "NONE"]);
}

#[test]
fn an_entry_larger_than_memory_allows_is_given_in_the_same_pieces() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t");
    let monster = "mail line about [A] and [B]\n".repeat(120_000);
    append(
        &path,
        format!("{}{monster}{}", line(1, "A"), line(2, "B")).as_bytes(),
    );
    append(
        &path,
        format!("{}{}", line(3, "A"), line(4, "B")).as_bytes(),
    );
    catch_up(&path);
    agree(&path, &["A", "B"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_look_up_gives_what_reading_gives(
        parts in proptest::collection::vec(
            proptest::collection::vec(
                prop_oneof![
                    "(-- 2024-5-14 15:39:00 00[0-9] (--|-[0-9]-) {1,2})?(\\[?AB?\\]?( - [Pp]artner)?)[ AB\\[\\]]{0,9}\n".prop_map(String::into_bytes),
                    proptest::collection::vec(any::<u8>(), 0..30),
                ],
                0..12,
            ),
            1..6,
        ),
        from in 0_u64..400,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t");
        for part in parts {
            append(&path, &part.concat());
            catch_up(&path);
            for of in ["A", "AB", "B", "Partner"] {
                prop_assert_eq!(by_index(&path, of), by_reading(&path, of));
            }
        }
        // From a place between entries.
        let mut scan = scan(&path, &id("A"), Page::ALL).unwrap();
        scan.by_ref().nth(usize::try_from(from % 5).unwrap());
        if let Some(from) = scan.resume_at() {
            let page = Page { from, limit: 3 };
            let found: Vec<Entry> = look_up(&path, &id("A"), page).unwrap().map(Result::unwrap).collect();
            let expected: Vec<Entry> = scan.map(Result::unwrap).take(3).collect();
            prop_assert_eq!(found, expected);
        }
    }
}

/// The program that [`nothing_is_lost_when_writers_indexer_and_sealer_are_killed`] starts: this test file itself.
#[test]
fn child_of_the_kill_test() {
    let Ok(task) = std::env::var("TRACE_CHILD") else {
        return;
    };
    let path = std::env::var("TRACE_PATH").unwrap();
    let path = Path::new(&path);
    if task == "index" {
        loop {
            let _ = Index::of(path).catch_up(200_000, |_| ());
        }
    }
    let trace = Trace::new(path, "UTC");
    if task == "seal" {
        loop {
            let _ = trace.seal(SystemClock.now(), &Witness::new(SECRET, ""));
        }
    }
    let acknowledged = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path.with_extension(&task));
    let mut acknowledged = acknowledged.unwrap();
    for number in 0_u32.. {
        let text = format!("line {number} of {task} €");
        trace
            .write(SystemClock.now(), Some(&id(&task)), &text)
            .unwrap();
        acknowledged.write_all(&number.to_le_bytes()).unwrap();
        if number % 10 == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// A process that does not outlive the test, however that ends.
struct Mortal(Child);

impl Mortal {
    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Mortal {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn nothing_is_lost_when_writers_indexer_and_sealer_are_killed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t");
    let start = |task: &str| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "child_of_the_kill_test"])
            .env("TRACE_CHILD", task)
            .env("TRACE_PATH", &path)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Mortal(command.spawn().unwrap())
    };
    let mut writers: Vec<_> = (0..8).map(|number| start(&format!("W{number}"))).collect();
    let mut sealed = Vec::new();
    let covered = || {
        let verified = verify(&path, &Witness::new(SECRET, "")).unwrap();
        assert!(verified.iter().all(Verified::is_right), "{verified:?}");
        verified.first().map_or(0, |one| one.sealed)
    };
    for round in 0..12_u64 {
        let mut sealer = start("seal");
        let mut indexer = start("index");
        std::thread::sleep(Duration::from_millis(20 + round * 17 % 60));
        indexer.kill();
        std::thread::sleep(Duration::from_millis(round * 37 % 120));
        sealer.kill();
        // What they left behind is right as it is.
        sealed.push(covered());
    }
    // On a busy machine none of them may have come to its work in time: one more goes on until it has.
    let mut sealer = start("seal");
    let patience = Instant::now() + Duration::from_secs(60);
    while covered() <= sealed[0] && Instant::now() < patience {
        std::thread::sleep(Duration::from_millis(50));
    }
    sealer.kill();
    sealed.push(covered());
    assert!(
        sealed.is_sorted() && sealed.last() > sealed.first(),
        "{sealed:?}"
    );
    for writer in &mut writers {
        writer.kill();
    }
    catch_up(&path);
    let witness = Witness::new(SECRET, "");
    let end = Trace::new(&path, "UTC")
        .seal(SystemClock.now(), &witness)
        .unwrap()
        .end;
    let verified = verify(&path, &Witness::new(SECRET, &end)).unwrap();
    assert!(verified[0].findings.is_empty(), "{verified:?}");
    assert_eq!(verified[0].sealed, fs::metadata(&path).unwrap().len());
    let mut sum = 0;
    for number in 0..8 {
        let of = format!("W{number}");
        let acknowledged = fs::metadata(path.with_extension(&of)).unwrap().len() / 4;
        let entries = by_index(&path, &of);
        assert!(entries.len() as u64 >= acknowledged, "{of}: {acknowledged}");
        assert_eq!(entries, by_reading(&path, &of));
        for (number, entry) in entries.iter().enumerate() {
            assert_eq!(entry.text(), format!("line {number} of {of} €"));
            assert!(entry.continuation().is_empty());
        }
        sum += entries.len();
    }
    assert_eq!(
        fs::read_to_string(&path).unwrap().lines().count(),
        sum,
        "none torn"
    );
    assert!(sum > 800, "only {sum} lines");
}
