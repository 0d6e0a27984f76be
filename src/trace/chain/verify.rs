//! Compares a trace with its chains, and says where they disagree.

use std::cmp::Ordering;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::amend::unfinished;
use super::finding::{Finding, Problem};
use super::pairs::{Pair, pairs};
use super::record::{Digest, LONGEST_MARK, NOTHING, digest, mark};
use super::{Chain, Range, SPAN, Witness, bytes_of, chain_of};
use crate::trace::TraceError;
use crate::trace::blocks::open;

/// What was found about one file of a trace.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Verified {
    /// The file; it may be gone.
    pub file: PathBuf,
    /// Its bytes.
    pub length: u64,
    /// So many of them are sealed.
    pub sealed: u64,
    /// When the last seal was made.
    pub time: Option<Timestamp>,
    /// What was found; nothing when all of the file is sealed and as it was.
    pub findings: Vec<Finding>,
}

impl Verified {
    /// Whether the file is proved to be as it was sealed. Lines not yet sealed and data that was concealed are no fault.
    pub fn is_right(&self) -> bool {
        self.findings.iter().all(|found| !found.problem.is_wrong())
    }
}

/// Compares each file of a trace with its chain, the oldest first.
///
/// # Errors
///
/// [`TraceError`] when a file or a chain cannot be read.
pub fn verify(path: &Path, witness: &Witness) -> Result<Vec<Verified>, TraceError> {
    let mut all = Vec::new();
    let (mut before, mut is_known): (Option<Chain>, _) = (None, witness.end.is_none());
    let mut is_first = true;
    for pair in pairs(path, witness)? {
        let chain = match &pair.chain {
            Some(chain) => Chain::read(chain, witness)?,
            None => Chain::default(),
        };
        is_known |= witness.end.is_some_and(|end| chain.knows(&end));
        let mut verified = Verified {
            file: pair.file.clone().unwrap_or_else(|| name_of(&pair, path)),
            length: 0,
            sealed: chain.sealed(),
            time: chain.ranges.last().map(|range| range.time),
            findings: about(&chain, witness),
        };
        // The oldest follows what was rightly removed.
        if !chain.hashes.is_empty() && !is_first && !continues(&chain, before.as_ref()) {
            verified.findings.push(Finding::new(Problem::ChainMissing));
        }
        match &pair.file {
            Some(file) => {
                let failed = |source| TraceError::Read {
                    path: file.clone(),
                    source,
                };
                if let Some(log) = open(file)? {
                    verified.length = log.metadata().map_err(failed)?.len();
                    let path = pair.chain.unwrap_or_else(|| chain_of(file));
                    let found = Comparison::new(&log, &chain, &path, verified.length).run();
                    verified.findings.extend(found.map_err(failed)?);
                }
            }
            None if chain.ranges.is_empty() => {}
            None => verified.findings.push(Finding::new(Problem::FileMissing)),
        }
        if !chain.hashes.is_empty() {
            before = Some(chain);
        }
        is_first = false;
        all.push(verified);
    }
    if let Some(last) = all.last_mut().filter(|_| !is_known) {
        last.findings.push(Finding::new(Problem::EndMissing));
    }
    // A trace that begins with the next line, and was never sealed.
    all.retain(|one| one.length > 0 || one.sealed > 0 || !one.findings.is_empty());
    Ok(all)
}

/// The file that a chain is about which has none.
fn name_of(pair: &Pair, path: &Path) -> PathBuf {
    let chain = pair.chain.as_ref();
    chain.map_or_else(|| path.to_owned(), |chain| chain.with_extension(""))
}

/// What the chain says by itself.
fn about(chain: &Chain, witness: &Witness) -> Vec<Finding> {
    let mut findings: Vec<Finding> = chain.events.iter().filter_map(Finding::happened).collect();
    if let Some(record) = chain.broken {
        findings.push(Finding {
            count: record as u64,
            ..Finding::new(Problem::ChainWrong)
        });
    }
    let has_chain = !chain.hashes.is_empty();
    match (chain.is_keyed, witness.key().is_some()) {
        (true, false) => findings.push(Finding::new(Problem::KeyMissing)),
        (false, true) if has_chain => findings.push(Finding::new(Problem::KeyUnused)),
        _ => {}
    }
    findings
}

/// Whether a chain follows the one before it.
fn continues(chain: &Chain, before: Option<&Chain>) -> bool {
    let follows: &Digest = &chain.follows;
    match before {
        Some(before) => *follows != NOTHING && before.knows(follows),
        // Files from before the first seal have none.
        None => *follows == NOTHING,
    }
}

/// One file against its chain, from its first byte to its last.
struct Comparison<'a> {
    log: &'a File,
    chain: &'a Chain,
    path: &'a Path,
    length: u64,
    /// Where in the file, and in which line.
    at: u64,
    line: u64,
    /// The marks of the ranges and their numbers, sorted; made when the first one disagrees.
    marks: Vec<(u64, usize)>,
    /// Look-alikes that were none.
    failures: u32,
    findings: Vec<Finding>,
}

impl<'a> Comparison<'a> {
    fn new(log: &'a File, chain: &'a Chain, path: &'a Path, length: u64) -> Self {
        Self {
            log,
            chain,
            path,
            length,
            at: 0,
            line: 1,
            marks: Vec::new(),
            failures: 0,
            findings: Vec::new(),
        }
    }

    fn run(mut self) -> io::Result<Vec<Finding>> {
        let mut number = 0_usize;
        while let Some(range) = self.chain.ranges.get(number) {
            let length = range.length();
            let bytes = bytes_of(self.log, self.at, self.at.saturating_add(length))?;
            let is_same = digest(&bytes) == range.digest;
            let is_unfinished = !is_same && unfinished(self.path, range, &bytes)?.is_some();
            if is_same || is_unfinished {
                let lines = lines_in(&bytes);
                if is_unfinished {
                    self.find(Problem::Unfinished, length, lines, 0, range);
                }
                self.pass(length, lines);
                number = number.saturating_add(1);
                continue;
            }
            number = self.disagree(number, range)?;
        }
        let left = self.length.saturating_sub(self.at);
        if left > 0 {
            let mut finding = Finding::new(Problem::Unsealed);
            (finding.from, finding.to) = (self.at, self.length);
            (finding.first, finding.last, finding.count) = (self.line, self.line, left);
            self.findings.push(finding);
        }
        Ok(self.findings)
    }

    /// Finds out how far the disagreement goes; gives the number of the range that is right again.
    fn disagree(&mut self, number: usize, range: &Range) -> io::Result<usize> {
        let sealed_until = |number: usize| {
            let range = self.chain.ranges.get(number);
            range.map_or_else(|| self.chain.sealed(), |range| range.from)
        };
        let again = match self.in_place(number, range)? {
            None => self.find_again(number)?,
            found => found,
        };
        if let Some((next, place, lines)) = again {
            let sealed = sealed_until(next).saturating_sub(range.from);
            let there = place.saturating_sub(self.at);
            let problem = match there.cmp(&sealed) {
                Ordering::Less => Problem::Removed,
                Ordering::Equal => Problem::Edited,
                Ordering::Greater => Problem::Inserted,
            };
            self.find(problem, there, lines, there.abs_diff(sealed), range);
            self.pass(there, lines);
            return Ok(next);
        }
        let sealed = self.chain.sealed().saturating_sub(range.from);
        let there = self.length.saturating_sub(self.at).min(sealed);
        let mut lines = 0_u64;
        let mut from = self.at;
        let end = self.at.saturating_add(there);
        while from < end {
            let bytes = bytes_of(self.log, from, end.min(from.saturating_add(SPAN)))?;
            if bytes.is_empty() {
                break;
            }
            lines = lines.saturating_add(lines_in(&bytes));
            from = from.saturating_add(bytes.len() as u64);
        }
        let problem = if there < sealed {
            Problem::Cut
        } else {
            Problem::Changed
        };
        self.find(problem, there, lines, sealed.saturating_sub(there), range);
        self.pass(there, lines);
        Ok(self.chain.ranges.len())
    }

    /// Whether the next range stands where it stood: its number, its place, lines until there.
    fn in_place(&self, number: usize, range: &Range) -> io::Result<Option<(usize, u64, u64)>> {
        let number = number.saturating_add(1);
        let Some(next) = self.chain.ranges.get(number) else {
            return Ok(None);
        };
        let length = next.from.saturating_sub(range.from);
        let place = self.at.saturating_add(length);
        let bytes = bytes_of(self.log, place, place.saturating_add(next.length()))?;
        if digest(&bytes) != next.digest {
            return Ok(None);
        }
        let between = bytes_of(self.log, self.at, place)?;
        Ok(Some((number, place, lines_in(&between))))
    }

    /// Looks line by line for the beginning of a range from this number on: its number, its place now, lines until there.
    fn find_again(&mut self, number: usize) -> io::Result<Option<(usize, u64, u64)>> {
        if self.marks.is_empty() {
            let ranges = self.chain.ranges.iter().enumerate();
            self.marks = ranges.map(|(number, range)| (range.mark, number)).collect();
            self.marks.sort_unstable();
        }
        let (mut from, mut lines, mut is_line_start) = (self.at, 0_u64, true);
        loop {
            let bytes = bytes_of(self.log, from, from.saturating_add(SPAN))?;
            if bytes.is_empty() {
                return Ok(None);
            }
            let mut start = 0_usize;
            while let Some(rest) = bytes.get(start..).filter(|rest| !rest.is_empty()) {
                let line_break = memchr::memchr(b'\n', rest);
                if line_break.is_none() && rest.len() < LONGEST_MARK && start > 0 {
                    // Read again from here: the rest of the line comes with it.
                    break;
                }
                if is_line_start {
                    let place = from.saturating_add(start as u64);
                    if let Some(next) = self.begins_at(place, mark(rest), number)? {
                        return Ok(Some((next, place, lines)));
                    }
                    if self.failures > MOST_FAILURES {
                        return Ok(None);
                    }
                }
                is_line_start = line_break.is_some();
                lines = lines.saturating_add(u64::from(is_line_start));
                let length = line_break.map_or(rest.len(), |at| at.saturating_add(1));
                start = start.saturating_add(length);
            }
            from = from.saturating_add(start as u64);
        }
    }

    /// The range that stands whole at this place.
    fn begins_at(&mut self, place: u64, mark: u64, number: usize) -> io::Result<Option<usize>> {
        let first = self.marks.partition_point(|entry| *entry < (mark, number));
        let mut entries = self.marks.get(first..).unwrap_or_default().iter();
        while let Some((_, next)) = entries.next().filter(|(other, _)| *other == mark) {
            let Some(range) = self.chain.ranges.get(*next) else {
                continue;
            };
            if range.length() < LEAST_TELLING {
                continue;
            }
            let bytes = bytes_of(self.log, place, place.saturating_add(range.length()))?;
            if digest(&bytes) == range.digest {
                return Ok(Some(*next));
            }
            self.failures = self.failures.saturating_add(1);
            if self.failures > MOST_FAILURES {
                break;
            }
        }
        Ok(None)
    }

    fn find(&mut self, problem: Problem, length: u64, lines: u64, count: u64, range: &Range) {
        self.findings.push(Finding {
            problem,
            from: self.at,
            to: self.at.saturating_add(length),
            first: self.line,
            last: self.line.saturating_add(lines.saturating_sub(1)),
            count,
            time: Some(range.time),
        });
    }

    fn pass(&mut self, length: u64, lines: u64) {
        self.at = self.at.saturating_add(length);
        self.line = self.line.saturating_add(lines);
    }
}

fn lines_in(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// A range of fewer bytes may stand anywhere: that it is found says nothing.
const LEAST_TELLING: u64 = 32;
/// So many look-alikes are compared whole: somebody who writes many must not keep a server busy.
const MOST_FAILURES: u32 = 4000;
