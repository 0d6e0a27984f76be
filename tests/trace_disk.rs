//! A disk that is full or cannot be written: the sale goes on, and the trace says so when it can.
//!
//! A small file system in memory is mounted over the trace's folder, which needs root; without, those tests say that they were
//! skipped. A limit on the size of files needs nobody's leave.

#![allow(
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed, and one that is skipped says so"
)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::*;
use shopengine::clock::{Clock as _, SystemClock};
use shopengine::domain::transaction_id::TransactionId;
use shopengine::trace::{Ends, Index, Page, Trace, Witness, look_up, verify};

/// A file system of 64 KB; it goes when the test does.
struct Disk(PathBuf);

impl Disk {
    /// `None`, with a word, where nothing may be mounted.
    fn mount(folder: &Path) -> Option<Self> {
        let options = ["-t", "tmpfs", "-o", "size=64k", "none"];
        let mounted = mount(&options, folder);
        if !mounted {
            eprintln!("skipped: a file system cannot be mounted here (not root?)");
        }
        mounted.then(|| Self(folder.to_owned()))
    }

    fn remount(&self, how: &str) {
        let options = format!("remount,{how}");
        assert!(mount(&["-o", &options], &self.0), "{options}");
    }

    /// Leaves no byte.
    fn fill(&self) -> PathBuf {
        let filler = self.0.join("filler");
        let _ = fs::write(&filler, vec![0; 1024 * 1024]);
        filler
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn mount(options: &[&str], folder: &Path) -> bool {
    let mut command = Command::new("mount");
    command.args(options).arg(folder);
    let done = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    done.is_ok_and(|status| status.success())
}

#[test]
fn on_a_full_disk_the_sale_goes_on_and_the_trace_says_so_afterwards() {
    let bench = Bench::new();
    let Some(disk) = Disk::mount(bench.folder.path()) else {
        return;
    };
    let path = bench.folder.path().join("merchant_trace.log");
    let trace = bench.engine.trace();
    // A first order, whose lines fit.
    let (first, ..) = bench.placed("check");
    bench.press("check", &naming(&first.transid)).unwrap();
    let filler = disk.fill();
    // What is left of the last page.
    for _ in 0..200 {
        bench
            .engine
            .note(None, "more words than the page has room for");
    }
    let before = trace.lost();
    assert!(before > 0);
    let (second, ..) = bench.placed("check");
    bench.press("check", &naming(&second.transid)).unwrap();
    bench.confirm("check", &naming(&second.transid)).unwrap();
    assert_eq!(bench.status(&second.transid), "SOLDOUT");
    check_laws(bench.db());
    let lost = trace.lost();
    assert!(lost > before);
    // Neither index nor seal can be written: look-ups read the file, nothing is taken for changed.
    let index = Index::of(&path).catch_up(u64::MAX, |_| ());
    assert_eq!(index.unwrap_err().code(), "trace_index");
    assert_eq!(
        trace
            .seal(SystemClock.now(), &Witness::default(), &Ends::new())
            .unwrap_err()
            .code(),
        "trace_seal"
    );
    assert!(verify(&path, &Witness::default()).unwrap()[0].is_right());
    let found = look_up(&path, &first.transid, Page::ALL).unwrap();
    assert!(found.count() > 0);
    // Room again: another engine of the same process says what was lost.
    fs::remove_file(filler).unwrap();
    let other = Trace::new(&path, "Europe/Paris");
    other.write(SystemClock.now(), None, "after").unwrap();
    other.write(SystemClock.now(), None, "and after").unwrap();
    let log = bench.log();
    let told = format!("[ERROR] {lost} lines were lost since 20");
    assert_eq!(log.matches(&told).count(), 1, "{log}");
    assert!(log.contains("No space left on device"), "{log}");
    // The line that the disk cut harms none after it.
    assert!(log.ends_with("  and after\n"));
    assert!(
        log.lines()
            .any(|line| line.ends_with("  after") && line.starts_with("-- 20"))
    );
    // The history has what the order's lines said.
    let restored = bench.engine.restore_trace(&second.transid).unwrap();
    assert_eq!(restored, bench.engine.history(second.bill).unwrap().len());
    assert_eq!(bench.engine.restore_trace(&second.transid).unwrap(), 0);
    Index::of(&path).catch_up(u64::MAX, |_| ()).unwrap();
    trace
        .seal(SystemClock.now(), &Witness::default(), &Ends::new())
        .unwrap();
    assert!(
        verify(&path, &Witness::default()).unwrap()[0]
            .findings
            .is_empty()
    );
}

#[test]
fn on_a_read_only_disk_the_sale_goes_on_and_the_trace_is_read() {
    let bench = Bench::new();
    let Some(disk) = Disk::mount(bench.folder.path()) else {
        return;
    };
    let path = bench.folder.path().join("merchant_trace.log");
    let transaction = TransactionId::parse("BEFORE==").unwrap();
    let line = "-- 2024-5-14 15:39:00 001 -1-  [BEFORE==] a line\n";
    fs::write(&path, line.repeat(200)).unwrap();
    disk.remount("ro");
    let (placed, ..) = bench.placed("check");
    bench.confirm("check", &naming(&placed.transid)).unwrap();
    assert_eq!(bench.status(&placed.transid), "SOLDOUT");
    assert!(bench.engine.trace().lost() > 0);
    assert_eq!(
        look_up(&path, &transaction, Page::ALL).unwrap().count(),
        200
    );
    let found = verify(&path, &Witness::default()).unwrap();
    assert!(found[0].is_right());
    disk.remount("rw");
    bench.engine.note(None, "writable again");
    let log = bench.log();
    assert!(log.contains("lines were lost since"), "{log}");
    assert!(log.contains("Read-only file system"), "{log}");
    let restored = bench.engine.restore_trace(&placed.transid).unwrap();
    assert_eq!(restored, bench.engine.history(placed.bill).unwrap().len());
}

/// What [`a_limit_of_the_file_s_size_is_a_full_disk_without_root`] starts: this test file itself.
#[test]
fn child_of_the_limit_test() {
    if std::env::var_os("TRACE_LIMITED").is_none() {
        return;
    }
    let bench = Bench::new();
    let path = bench.folder.path().join("merchant_trace.log");
    // The limit cuts a line in two.
    for _ in 0..100 {
        bench
            .engine
            .note(None, "words that fill the file to its limit");
    }
    let (placed, ..) = bench.placed("check");
    bench.confirm("check", &naming(&placed.transid)).unwrap();
    assert_eq!(bench.status(&placed.transid), "SOLDOUT");
    assert_eq!(fs::metadata(&path).unwrap().len(), 4096);
    let lost = bench.engine.trace().lost();
    assert!(lost > 10);
    // An administrator makes room.
    let log = bench.log();
    let whole = log.rfind('\n').unwrap() + 1;
    assert!(whole < log.len(), "the last line is torn");
    fs::write(&path, log.get(2048..).unwrap()).unwrap();
    bench.engine.note(None, "room again");
    let log = bench.log();
    assert!(log.contains("\n-- 20"), "{log}");
    assert!(
        log.contains(&format!("[ERROR] {lost} lines were lost since")),
        "{log}"
    );
    assert!(log.contains("File too large"), "{log}");
    assert!(log.ends_with("room again\n"));
    println!("the limited child is through");
}

#[test]
fn a_limit_of_the_file_s_size_is_a_full_disk_without_root() {
    // Without the signal, a write over the limit is an error. POSIX counts blocks of 512 bytes, bash other ones.
    let script =
        "trap '' XFSZ; ulimit -f 8; exec \"$0\" --exact child_of_the_limit_test --nocapture";
    let output = Command::new("dash")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .env("TRACE_LIMITED", "1")
        .output();
    let Ok(output) = output else {
        eprintln!("skipped: there is no dash here");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("the limited child is through"),
        "{said}\n{errors}"
    );
}
