//! The chain of the trace: whatever somebody does to what is sealed is found, and where; what happens rightly is not taken for it.

#![expect(clippy::unwrap_used, reason = "a failing test")]

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use shopengine::clock::UnixMillis;
use shopengine::trace::{
    Finding, Problem, Rotation, Trace, TraceError, Verified, Witness, conceal, conceal_secrets,
    files, verify,
};

const NOW: UnixMillis = UnixMillis::from_millis(1_503_340_741_029);
const KEY: &str = "a secret of the site";

/// A trace in a folder of its own, and what is known of its chain.
struct Bench {
    _folder: tempfile::TempDir,
    path: PathBuf,
    trace: Trace,
    key: &'static str,
    end: String,
    minutes: i64,
}

impl Bench {
    fn new(key: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t");
        Self {
            trace: Trace::new(&path, "UTC"),
            _folder: folder,
            path,
            key,
            end: String::new(),
            minutes: 0,
        }
    }

    /// Five seals of twenty lines.
    fn filled(key: &'static str) -> Self {
        let mut bench = Self::new(key);
        for part in 0..5 {
            bench.lines(part * 20..part * 20 + 20);
            bench.seal();
        }
        bench
    }

    fn lines(&self, numbers: std::ops::Range<usize>) {
        let lines: String = numbers.map(line).collect();
        append(&self.path, lines.as_bytes());
    }

    fn witness(&self) -> Witness {
        Witness::new(self.key, &self.end)
    }

    fn now(&mut self) -> UnixMillis {
        self.minutes += 1;
        NOW.plus_millis(self.minutes * 60_000)
    }

    fn try_seal(&mut self) -> Result<u64, TraceError> {
        let now = self.now();
        let sealed = self.trace.seal(now, &self.witness())?;
        self.end = sealed.end;
        Ok(sealed.bytes)
    }

    fn seal(&mut self) -> u64 {
        self.try_seal().unwrap()
    }

    fn verify(&self) -> Vec<Verified> {
        verify(&self.path, &self.witness()).unwrap()
    }

    fn findings(&self) -> Vec<Finding> {
        let all = self.verify();
        all.into_iter().flat_map(|one| one.findings).collect()
    }

    fn problems(&self) -> Vec<Problem> {
        self.findings().iter().map(|found| found.problem).collect()
    }

    fn content(&self) -> Vec<u8> {
        fs::read(&self.path).unwrap()
    }

    fn chain(&self) -> PathBuf {
        beside(&self.path, ".chain")
    }

    fn conceal(&mut self, text: &str) -> usize {
        let now = self.now();
        conceal(&self.path, &[text], &[], now, &self.witness()).unwrap()
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    format!("{}{suffix}", path.display()).into()
}

fn append(path: &Path, bytes: &[u8]) {
    let mut options = OpenOptions::new();
    let mut file = options.create(true).append(true).open(path).unwrap();
    file.write_all(bytes).unwrap();
}

fn line(number: usize) -> String {
    let (second, milli) = (number / 1000, number % 1000);
    format!(
        "-- 2024-5-14 15:39:{second:02} {milli:03} -{number}-  [A{number}] of buyer{number}@example.org\n"
    )
}

fn start_of(number: usize) -> usize {
    (0..number).map(|number| line(number).len()).sum()
}

#[test]
fn what_is_sealed_and_unchanged_is_right_and_the_rest_is_told() {
    for key in ["", KEY] {
        let mut bench = Bench::new(key);
        assert_eq!((bench.seal(), bench.verify().len()), (0, 0));
        bench.lines(0..3);
        append(&bench.path, b"-- half a line");
        assert_eq!(bench.seal() as usize, start_of(3));
        assert_eq!(bench.seal(), 0);
        let found = bench.findings();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].problem, found[0].count), (Problem::Unsealed, 14));
        assert_eq!((found[0].first, found[0].from as usize), (4, start_of(3)));
        append(&bench.path, b", the other half\n");
        assert!(bench.seal() > 14);
        assert_eq!(bench.problems(), []);
        let all = bench.verify();
        assert_eq!(
            (all[0].sealed, all[0].length),
            (all[0].length, all[0].sealed)
        );
        assert!(
            all[0].is_right()
                && all[0]
                    .time
                    .unwrap()
                    .to_string()
                    .starts_with("2017-08-21T18:")
        );
    }
}

#[test]
fn a_large_file_gets_a_seal_for_each_megabyte_and_long_lines_several() {
    let mut bench = Bench::new(KEY);
    bench.lines(0..30_000);
    append(
        &bench.path,
        &[vec![b'x'; 3_000_000], b"\n".to_vec()].concat(),
    );
    bench.lines(0..10);
    append(&bench.path, &vec![b'y'; 2_000_000]);
    bench.seal();
    let whole = bench.content().len() - 2_000_000;
    let all = bench.verify();
    assert_eq!(all[0].sealed as usize, whole);
    assert!(all[0].is_right());
    let records = fs::read_to_string(bench.chain()).unwrap().lines().count();
    assert!((6..9).contains(&records), "{records} records");
    // In the long line, in a piece that no line begins.
    let at = start_of(30_000) + 2_500_000;
    overwrite(&bench.path, at, b"z");
    let found = bench.findings();
    assert!(
        found[0].problem.is_wrong() && covers(&found[0], at),
        "{found:?}"
    );
    assert_eq!(
        (found[0].first, found[1].problem),
        (30_001, Problem::Unsealed)
    );
}

fn overwrite(path: &Path, at: usize, bytes: &[u8]) {
    let file = OpenOptions::new().write(true).open(path).unwrap();
    file.write_all_at(bytes, at as u64).unwrap();
}

fn covers(found: &Finding, at: usize) -> bool {
    (found.from..=found.to).contains(&(at as u64))
}

#[test]
fn lines_edited_removed_added_moved_and_cut_are_told_apart_with_their_place() {
    let good = Bench::filled(KEY).content();
    let check = |content: Vec<u8>, expected: &[(Problem, u64, u64, u64)]| {
        let bench = Bench::filled(KEY);
        fs::write(&bench.path, content).unwrap();
        let found: Vec<_> = bench
            .findings()
            .iter()
            .map(|one| (one.problem, one.first, one.last, one.count))
            .collect();
        assert_eq!(found, expected);
        assert!(!bench.verify()[0].is_right());
    };
    let (a, b) = (start_of(25), start_of(26));
    let edited = [
        &good[..a],
        line(25).replace("buyer", "BUYER").as_bytes(),
        &good[b..],
    ]
    .concat();
    check(edited.clone(), &[(Problem::Edited, 21, 40, 0)]);
    // Two places that do not touch are two findings.
    let mut twice = edited;
    twice[start_of(70)] = b'!';
    check(
        twice,
        &[(Problem::Edited, 21, 40, 0), (Problem::Edited, 61, 80, 0)],
    );
    let without = [&good[..a], &good[b..]].concat();
    let length = line(25).len() as u64;
    check(without, &[(Problem::Removed, 21, 39, length)]);
    let with = [&good[..a], b"-- new\n", &good[a..]].concat();
    check(with, &[(Problem::Inserted, 21, 41, 7)]);
    // At the edge of two seals, and before the first.
    let edge = start_of(40);
    check(
        [&good[..edge], b"-- new\n", &good[edge..]].concat(),
        &[(Problem::Inserted, 41, 41, 7)],
    );
    check(
        [b"-- new\n", &good[..]].concat(),
        &[(Problem::Inserted, 1, 1, 7)],
    );
    // Whole seals, to the byte.
    let two = (start_of(60) - start_of(20)) as u64;
    check(
        [&good[..start_of(20)], &good[start_of(60)..]].concat(),
        &[(Problem::Removed, 21, 21, two)],
    );
    // The end.
    let left = good.len() - start_of(90);
    check(
        good[..start_of(90)].to_vec(),
        &[(Problem::Cut, 81, 90, left as u64)],
    );
    check(
        good[..start_of(80)].to_vec(),
        &[(Problem::Cut, 81, 81, (good.len() - start_of(80)) as u64)],
    );
    // Two seals that changed places.
    let swapped = [
        &good[..start_of(20)],
        &good[start_of(40)..start_of(60)],
        &good[start_of(20)..start_of(40)],
        &good[start_of(60)..],
    ];
    let apart = (start_of(40) - start_of(20)) as u64;
    check(
        swapped.concat(),
        &[
            (Problem::Removed, 21, 21, apart),
            (Problem::Inserted, 41, 60, apart),
        ],
    );
    check(Vec::new(), &[(Problem::Cut, 1, 1, good.len() as u64)]);
}

#[test]
fn look_alike_lines_do_not_keep_the_reader_busy() {
    let mut bench = Bench::new("");
    let same = "-- 2024-5-14 15:39:00 000 -1-  [A] the same\n";
    for _ in 0..3 {
        append(&bench.path, same.repeat(20_000).as_bytes());
        bench.seal();
    }
    overwrite(&bench.path, 100, b"#");
    let started = std::time::Instant::now();
    assert!(bench.problems().iter().any(|problem| problem.is_wrong()));
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

#[test]
fn seals_that_were_changed_cut_off_or_taken_away_are_missed() {
    let good = Bench::filled(KEY);
    let chain = fs::read(good.chain()).unwrap();
    for at in 0..chain.len() {
        let bench = &good;
        let mut bad = chain.clone();
        bad[at] ^= 1;
        fs::write(bench.chain(), &bad).unwrap();
        assert!(
            bench.problems().iter().any(|problem| problem.is_wrong()),
            "byte {at}"
        );
    }
    for length in [0, 1, chain.len() / 2, chain.len() - 1] {
        fs::write(good.chain(), &chain[..length]).unwrap();
        assert!(
            good.problems().contains(&Problem::EndMissing),
            "{length} bytes"
        );
    }
    // Without the end that is known, a chain cut at a seal looks like one that ends there.
    let lines: Vec<&[u8]> = chain.split_inclusive(|byte| *byte == b'\n').collect();
    fs::write(good.chain(), lines[..3].concat()).unwrap();
    let found = verify(&good.path, &Witness::new(KEY, "")).unwrap();
    assert!(found[0].is_right());
    // Records that changed places, or came twice.
    for order in [[0, 2, 1, 3, 4, 5], [0, 1, 1, 2, 3, 4], [0, 1, 2, 4, 5, 5]] {
        let moved: Vec<&[u8]> = order.iter().map(|number| lines[*number]).collect();
        fs::write(good.chain(), moved.concat()).unwrap();
        assert!(good.problems().contains(&Problem::ChainWrong), "{order:?}");
    }
}

#[test]
fn what_is_sealed_anew_after_seals_were_lost_says_so_for_ever() {
    let mut bench = Bench::filled(KEY);
    overwrite(&bench.path, 50, b"forged");
    fs::remove_file(bench.chain()).unwrap();
    assert!(bench.problems().contains(&Problem::EndMissing));
    bench.seal();
    bench.lines(100..110);
    bench.seal();
    assert_eq!(bench.problems(), [Problem::Lost]);
    assert!(!bench.verify()[0].is_right());
}

#[test]
fn who_has_not_the_secret_cannot_seal_anew() {
    let mut bench = Bench::filled(KEY);
    let good = fs::read(bench.chain()).unwrap();
    overwrite(&bench.path, 50, b"forged");
    // A chain of his own, without a secret or with another one.
    for key in ["", "guessed"] {
        fs::remove_file(bench.chain()).unwrap();
        bench.trace.seal(NOW, &Witness::new(key, "")).unwrap();
        let found = verify(&bench.path, &Witness::new(KEY, "")).unwrap();
        assert!(!found[0].is_right(), "{:?}", found[0].findings);
    }
    // A seal added to the good one.
    fs::write(bench.chain(), &good).unwrap();
    bench.lines(100..101);
    let forged = Witness::new("guessed", "");
    assert_eq!(
        bench.trace.seal(NOW, &forged).unwrap_err().code(),
        "trace_chain"
    );
    assert_eq!(
        bench
            .trace
            .seal(NOW, &Witness::default())
            .unwrap_err()
            .code(),
        "trace_chain"
    );
    assert_eq!(fs::read(bench.chain()).unwrap(), good, "nothing was added");
    // Without the secret the file is compared, and nothing is proved.
    let found = verify(&bench.path, &Witness::default()).unwrap();
    let problems: Vec<_> = found[0].findings.iter().map(|one| one.problem).collect();
    assert_eq!(
        problems,
        [Problem::KeyMissing, Problem::Edited, Problem::Unsealed]
    );
    assert!(bench.try_seal().is_ok());
    assert!(!format!("{:?}", bench.witness()).contains("secret"));
}

#[test]
fn a_seal_can_be_computed_again_by_its_description() {
    use sha2::{Digest as _, Sha256};

    let mut bench = Bench::new("");
    bench.lines(0..2);
    bench.seal();
    let chain = fs::read_to_string(bench.chain()).unwrap();
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let mut before = "0".repeat(64);
    for record in chain.lines() {
        let (text, hash) = record.rsplit_once(' ').unwrap();
        before = hex(&Sha256::digest(format!("{before} {text}")));
        assert_eq!(before, hash);
    }
    let fields: Vec<&str> = chain.lines().nth(1).unwrap().split(' ').collect();
    assert_eq!(
        fields[..4],
        [
            "sealed",
            "0",
            &start_of(2).to_string(),
            "2017-08-21T18:40:01.029Z"
        ]
    );
    assert_eq!(fields[6], hex(&Sha256::digest(bench.content())));
    assert_eq!(before, bench.end);
}

#[test]
fn a_seal_that_was_cut_short_is_made_again() {
    let mut bench = Bench::filled(KEY);
    let (end, good) = (bench.end.clone(), fs::read(bench.chain()).unwrap());
    bench.lines(100..120);
    bench.seal();
    let whole = fs::read(bench.chain()).unwrap();
    for length in good.len()..whole.len() {
        fs::write(bench.chain(), &whole[..length]).unwrap();
        bench.end.clone_from(&end);
        assert_eq!(bench.problems(), [Problem::Unsealed], "{length} bytes");
        assert!(bench.seal() > 0);
        assert_eq!(bench.problems(), []);
    }
}

#[test]
fn a_chain_follows_rotated_files_also_those_of_logrotate() {
    let mut bench = Bench::filled(KEY);
    let rule = Rotation {
        size: 1,
        ..Rotation::default()
    };
    let (aside, _) = bench.trace.rotate(NOW, rule).unwrap();
    let aside = aside.unwrap();
    assert!(!bench.chain().exists() && beside(&aside, ".chain").exists());
    // A straggler; nothing in the new file yet.
    append(&aside, line(100).as_bytes());
    assert_eq!(bench.seal() as usize, line(100).len());
    bench.lines(200..220);
    bench.seal();
    assert_eq!((bench.problems(), bench.verify().len()), (vec![], 2));
    // A rotation that was killed halfway: two names, the chain has the first or the second.
    let bench_of = |moved: bool| {
        let bench = Bench::filled(KEY);
        let aside = beside(&bench.path, ".20170821-183901-029");
        fs::hard_link(&bench.path, &aside).unwrap();
        if moved {
            fs::rename(bench.chain(), beside(&aside, ".chain")).unwrap();
        }
        bench
    };
    for moved in [false, true] {
        let mut bench = bench_of(moved);
        assert_eq!((bench.problems(), bench.verify().len()), (vec![], 1));
        bench.lines(100..120);
        assert!(bench.seal() > 0);
        bench.trace.rotate(NOW.plus_millis(1), rule).unwrap();
        bench.lines(120..140);
        bench.seal();
        assert_eq!((bench.problems(), bench.verify().len()), (vec![], 2));
    }
}

/// It knows nothing of chains.
#[test]
fn a_chain_is_found_again_after_logrotate() {
    let mut bench = Bench::filled(KEY);
    fs::rename(&bench.path, beside(&bench.path, ".1")).unwrap();
    bench.lines(300..301);
    let right = |bench: &Bench| {
        let all = bench.verify();
        assert!(all.iter().all(Verified::is_right), "{all:?}");
        all.len()
    };
    assert_eq!(right(&bench), 2);
    bench.seal();
    assert!(beside(&bench.path, ".1.chain").exists());
    fs::rename(beside(&bench.path, ".1"), beside(&bench.path, ".2")).unwrap();
    fs::rename(&bench.path, beside(&bench.path, ".1")).unwrap();
    bench.lines(400..410);
    assert_eq!(right(&bench), 3);
    bench.seal();
    assert_eq!(right(&bench), 3);
    assert_eq!(bench.problems(), []);
}

/// Its `.1` is then the newest, whatever logrotate called `.1` before.
#[test]
fn a_site_that_goes_over_to_logrotate_misses_no_chain() {
    let mut bench = Bench::filled(KEY);
    let rule = Rotation {
        size: 1,
        ..Rotation::default()
    };
    bench.trace.rotate(NOW, rule).unwrap();
    bench.seal();
    for number in 300..302 {
        bench.lines(number..number + 1);
        bench.seal();
        let older = beside(&bench.path, ".1");
        if older.exists() {
            fs::rename(&older, beside(&bench.path, ".2")).unwrap();
        }
        fs::rename(&bench.path, &older).unwrap();
        bench.lines(number + 100..number + 101);
        assert_eq!(bench.problems(), [Problem::Unsealed]);
        bench.seal();
        assert_eq!(bench.problems(), []);
    }
    let names: Vec<_> = files(&bench.path).unwrap();
    let [stamped, second, first, _] = names.as_slice() else {
        panic!("{names:?}");
    };
    assert!(stamped.extension().unwrap().len() > 10, "{names:?}");
    assert_eq!(
        [second, first].map(|path| path.extension().unwrap().to_owned()),
        ["2", "1"]
    );
    // Taken out of the middle.
    for name in [second.clone(), beside(second, ".chain")] {
        fs::remove_file(name).unwrap();
    }
    assert_eq!(bench.problems(), [Problem::ChainMissing]);
}

#[test]
fn a_file_taken_out_of_the_middle_is_missed_and_the_oldest_may_go() {
    let rotated = || {
        let mut bench = Bench::new(KEY);
        let mut names = Vec::new();
        for part in 0..4 {
            bench.lines(part * 10..part * 10 + 10);
            bench.seal();
            if part < 3 {
                let rule = Rotation {
                    size: 1,
                    ..Rotation::default()
                };
                let (aside, _) = bench
                    .trace
                    .rotate(NOW.plus_millis(part as i64), rule)
                    .unwrap();
                names.push(aside.unwrap());
            }
            bench.seal();
        }
        assert_eq!(bench.problems(), []);
        (bench, names)
    };
    let remove = |file: &Path| {
        fs::remove_file(file).unwrap();
        fs::remove_file(beside(file, ".chain")).unwrap();
    };
    let (bench, names) = rotated();
    remove(&names[0]);
    assert_eq!(bench.problems(), []);
    remove(&names[2]);
    assert_eq!(bench.problems(), [Problem::ChainMissing]);
    let (bench, names) = rotated();
    fs::remove_file(&names[1]).unwrap();
    let all = bench.verify();
    assert_eq!(
        (all[1].file.clone(), all[1].findings.len()),
        (names[1].clone(), 1)
    );
    assert_eq!(bench.problems(), [Problem::FileMissing]);
    // A rotated file forged, its chain thrown away, and the task seals it in good faith.
    let (mut bench, names) = rotated();
    overwrite(&names[1], 30, b"forged");
    fs::remove_file(beside(&names[1], ".chain")).unwrap();
    bench.seal();
    assert!(bench.problems().contains(&Problem::ChainMissing));
    // Two files whose contents changed places, chains and all.
    let (bench, names) = rotated();
    for suffix in ["", ".chain"] {
        let (a, b) = (beside(&names[0], suffix), beside(&names[1], suffix));
        let (first, second) = (fs::read(&a).unwrap(), fs::read(&b).unwrap());
        fs::write(a, second).unwrap();
        fs::write(b, first).unwrap();
    }
    assert!(bench.problems().contains(&Problem::ChainMissing));
    // Retention takes file and chain.
    let (bench, names) = rotated();
    let far = NOW.plus_millis(1000 * 60 * 60 * 24 * 365 * 100);
    let rule = Rotation {
        keep: 30,
        ..Rotation::default()
    };
    assert_eq!(bench.trace.rotate(far, rule).unwrap(), (None, 3));
    assert!(!beside(&names[1], ".chain").exists());
    assert_eq!(bench.problems(), []);
}

#[test]
fn a_file_that_became_shorter_is_sealed_anew_and_that_is_told() {
    let mut bench = Bench::filled(KEY);
    fs::write(&bench.path, line(1)).unwrap();
    assert_eq!(bench.problems(), [Problem::Cut]);
    assert_eq!(bench.seal() as usize, line(1).len());
    assert_eq!(bench.problems(), [Problem::Replaced]);
    assert!(!bench.verify()[0].is_right());
}

#[test]
fn a_persons_data_concealed_is_recorded_and_not_taken_for_forged() {
    for key in ["", KEY] {
        let mut bench = Bench::filled(key);
        let before = bench.content();
        assert_eq!(bench.conceal("buyer25@example.org"), 1);
        assert_eq!(bench.conceal("example.org"), 99);
        bench.lines(100..101);
        assert_eq!(
            bench.conceal("example.org"),
            1,
            "and what is not sealed yet"
        );
        assert_eq!(bench.content().len(), before.len() + line(100).len());
        assert!(
            !String::from_utf8(bench.content())
                .unwrap()
                .contains("example")
        );
        let found = bench.findings();
        let told: Vec<_> = found.iter().map(|one| (one.problem, one.count)).collect();
        let unsealed = line(100).len() as u64;
        assert_eq!(
            told,
            [
                (Problem::Concealed, 1),
                (Problem::Concealed, 99),
                (Problem::Unsealed, unsealed)
            ]
        );
        let at = String::from_utf8(before).unwrap().find("buyer25@").unwrap() as u64;
        assert_eq!((found[0].from, found[0].to), (at, at + 19));
        assert!(bench.verify()[0].is_right());
        // Again: nothing to do, nothing to tell.
        assert_eq!(bench.conceal("example.org"), 0);
        assert_eq!(bench.findings().len(), 3);
        // What was concealed stays sealed.
        overwrite(&bench.path, at as usize, b"x");
        assert!(bench.problems().contains(&Problem::Edited));
    }
}

#[test]
fn concealing_launders_no_other_change() {
    // Somebody changes an amount, then asks that his own data be concealed in the same lines.
    let mut bench = Bench::filled(KEY);
    overwrite(&bench.path, start_of(25) + 10, b"9");
    assert_eq!(bench.conceal("buyer26@example.org"), 1);
    assert!(bench.problems().contains(&Problem::Edited));
    bench.seal();
    assert!(bench.problems().contains(&Problem::Edited));
    // He writes the record himself.
    let bench = Bench::filled(KEY);
    let other = {
        let mut other = Bench::filled("guessed");
        other.conceal("buyer26@example.org");
        fs::read_to_string(other.chain()).unwrap()
    };
    let record = other.lines().last().unwrap();
    assert!(record.starts_with("concealed "));
    append(&bench.chain(), format!("{record}\n").as_bytes());
    assert!(bench.problems().contains(&Problem::ChainWrong));
    // The secret is lost: data is concealed all the same, and the file no longer proved.
    let bench = Bench::filled(KEY);
    assert_eq!(
        conceal(&bench.path, &["buyer26@"], &[], NOW, &Witness::default()).unwrap(),
        1
    );
    assert_eq!(bench.problems(), [Problem::Edited]);
}

#[test]
fn a_concealing_that_was_cut_short_is_told_and_finished() {
    let mut bench = Bench::filled(KEY);
    let before = bench.content();
    bench.conceal("buyer2");
    let after = bench.content();
    let (first, last) = {
        let differ: Vec<usize> = (0..after.len())
            .filter(|at| before[*at] != after[*at])
            .collect();
        (differ[0], differ[differ.len() - 1])
    };
    for at in [first, first + 3, start_of(22), start_of(25) + 50, last] {
        // The process died when it had come so far; the record was written before.
        fs::write(&bench.path, [&after[..at], &before[at..]].concat()).unwrap();
        let problems = bench.problems();
        assert_eq!(
            problems[1..].to_vec(),
            vec![Problem::Unfinished; problems.len() - 1],
            "{at}"
        );
        assert!(problems.len() > 1);
        assert_eq!(bench.conceal("no such text"), 0);
        assert!(bench.content() == after, "{at}");
        assert!(bench.verify()[0].is_right());
    }
    // With another change on top it is a change.
    fs::write(&bench.path, &before).unwrap();
    overwrite(&bench.path, 3, b"#");
    assert!(bench.problems().contains(&Problem::Edited));
}

#[test]
fn secrets_of_the_mail_trace_that_are_sealed_leave_a_record() {
    let mut bench = Bench::new(KEY);
    let mail = "-- 2024-5-14 15:39:00 001 --  [A] Mail\n@@@@@@@@\nPassword:\n";
    append(&bench.path, mail.as_bytes());
    bench.seal();
    append(&bench.path, b"s3cret\nhttps://m.example/?ticket=abc\n");
    bench.seal();
    assert_eq!(
        conceal_secrets(&bench.path, 0, NOW, &bench.witness())
            .unwrap()
            .1,
        2
    );
    assert_eq!(bench.problems(), [Problem::Concealed]);
    assert!(
        !String::from_utf8(bench.content())
            .unwrap()
            .contains("s3cret")
    );
    // A text over the edge of two seals.
    assert_eq!(bench.conceal("word:\n****"), 1);
    assert!(bench.verify()[0].is_right(), "{:?}", bench.findings());
    assert!(
        String::from_utf8(bench.content())
            .unwrap()
            .contains("\nPass**********")
    );
}

#[test]
fn concealing_does_not_prolong_how_long_a_file_is_kept() {
    let mut bench = Bench::filled(KEY);
    let rule = Rotation {
        size: 1,
        ..Rotation::default()
    };
    let aside = bench.trace.rotate(NOW, rule).unwrap().0.unwrap();
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    let file = OpenOptions::new().write(true).open(&aside).unwrap();
    file.set_modified(old).unwrap();
    assert_eq!(bench.conceal("buyer2"), 11);
    assert_eq!(fs::metadata(&aside).unwrap().modified().unwrap(), old);
    assert!(bench.verify()[0].is_right());
}

#[test]
fn a_chain_that_cannot_be_written_is_an_error_and_harms_nothing() {
    let mut bench = Bench::new(KEY);
    bench.lines(0..5);
    fs::create_dir(bench.chain()).unwrap();
    let error = bench.try_seal().unwrap_err();
    assert_eq!(error.code(), "trace_not_a_file");
    fs::remove_dir(bench.chain()).unwrap();
    assert!(bench.seal() > 0);
}

#[derive(Clone, Debug)]
enum Change {
    Edit(u8),
    Delete,
    Insert(u8),
    Swap,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_change_of_one_byte_is_found_and_located(
        parts in proptest::collection::vec(
            proptest::collection::vec(
                prop_oneof![
                    (0_usize..2000).prop_map(|number| line(number).into_bytes()),
                    proptest::collection::vec(any::<u8>(), 0..30),
                    "[ab\n]{0,20}".prop_map(String::into_bytes),
                ],
                1..6,
            ),
            1..8,
        ),
        place: proptest::sample::Index,
        change in prop_oneof![
            any::<u8>().prop_map(Change::Edit),
            Just(Change::Delete),
            any::<u8>().prop_map(Change::Insert),
            Just(Change::Swap),
        ],
        keyed: bool,
    ) {
        let mut bench = Bench::new(if keyed { KEY } else { "" });
        for part in parts {
            append(&bench.path, &part.concat());
            append(&bench.path, b"\n");
            bench.seal();
        }
        prop_assert_eq!(bench.problems(), []);
        let good = bench.content();
        let at = place.index(good.len());
        let mut bad = good.clone();
        match change {
            Change::Edit(byte) => bad[at] = byte,
            Change::Delete => { bad.remove(at); }
            Change::Insert(byte) => bad.insert(at, byte),
            Change::Swap => bad.swap(at, (at + 1).min(good.len() - 1)),
        }
        fs::write(&bench.path, &bad).unwrap();
        let found = bench.findings();
        if bad.starts_with(&good) {
            // Something more at the end is not sealed yet.
            prop_assert!(found.iter().all(|one| one.problem == Problem::Unsealed));
            return Ok(());
        }
        let first = found.iter().find(|one| one.problem.is_wrong());
        // The first byte that differs: one of several like it may be the one that was removed.
        let differs = good.iter().zip(&bad).position(|(a, b)| a != b).unwrap_or(good.len().min(bad.len()));
        prop_assert!(first.is_some_and(|one| covers(one, differs)), "{differs} in {found:?}");
        // Another seal later, the finding is still there.
        append(&bench.path, b"more\n");
        bench.seal();
        prop_assert!(!bench.verify()[0].is_right());
    }

    #[test]
    fn any_bytes_as_a_chain_are_read_or_refused(bytes: Vec<u8>, like in "(begun|sealed|concealed|lost) [0-9]{1,20} [0-9]{1,20} 2017-08-21T18:40:01Z [0-9a-f]{16} (-|sha-256|[0-9]{1,20}[+][0-9]{1,20}) [0-9a-f]{64} [0-9a-f]{64}\n") {
        let bench = Bench::new("");
        bench.lines(0..5);
        for content in [bytes, like.into_bytes()] {
            fs::write(bench.chain(), content).unwrap();
            let _ = bench.verify();
            let _ = bench.trace.seal(NOW, &bench.witness());
            let _ = conceal(&bench.path, &["buyer"], &[], NOW, &bench.witness());
        }
    }
}
