//! The chain beside a trace file, `merchant_trace.log.chain`: whoever changes the file afterwards is found out.
//!
//! Seals, one a line ([`record`]), each over the bytes since the one before and chained to it. Only whole lines are sealed. What was
//! written over for a person's sake ([`conceal`](super::conceal())) has a record of its own. The chain of a file that begins
//! names the end of the chain of the file before it.
//!
//! Who seals, conceals or rotates holds a lock on the trace file itself, so that a name that moves does not matter; writers
//! take no lock. [`pairs`] finds which chain belongs to which file, [`seal`] adds seals, [`amend`] records what
//! is concealed, [`verify`] compares, [`finding`] has the words for what it finds.

mod amend;
mod finding;
mod pairs;
mod record;
mod seal;
mod verify;

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use self::record::{Digest, Kind, NOTHING, Record, chained};
use crate::domain::signature::hex;
use crate::trace::TraceError;
use crate::trace::blocks::open;

pub(super) use self::amend::Amending;
pub use self::finding::{Finding, Problem};
pub use self::seal::Sealed;
pub(super) use self::seal::guard;
pub use self::verify::{Verified, verify};

/// What is kept elsewhere than in the trace's folder, so that who can write there cannot seal anew what he changed: a secret,
/// and the end of the chain as it was last seen.
#[derive(Clone, Default)]
pub struct Witness {
    key: Option<Vec<u8>>,
    end: Option<Digest>,
}

impl Witness {
    /// A witness with the site's secret (empty: none, then the seals prove nothing against somebody who can write them) and what
    /// [`Sealed::end`] said last (empty or no digest: not known).
    pub fn new(key: &str, end: &str) -> Self {
        Self {
            key: (!key.is_empty()).then(|| key.as_bytes().to_vec()),
            end: record::bytes(end),
        }
    }

    /// The same secret, with the end of another file's chain.
    #[must_use]
    pub fn with_end(&self, end: Option<&str>) -> Self {
        Self {
            key: self.key.clone(),
            end: end.and_then(record::bytes),
        }
    }

    fn key(&self) -> Option<&[u8]> {
        self.key.as_deref()
    }
}

/// What [`Sealed::end`] said last of each file of a [`Journal`](super::Journal), by the file's name without its folder.
pub type Ends = BTreeMap<String, String>;

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the secret.
        let end = self.end.as_ref().map(|end| hex(end));
        f.debug_struct("Witness").field("end", &end).finish()
    }
}

/// A chain as it was read.
#[derive(Debug, Default)]
struct Chain {
    is_keyed: bool,
    /// The end of the chain of the file before.
    follows: Digest,
    /// What is sealed, in the order of the file, without a gap from the first byte on.
    ranges: Vec<Range>,
    /// What else happened: concealed, lost, replaced.
    events: Vec<Event>,
    /// The hashes of all records.
    hashes: Vec<Digest>,
    /// The chain file is good up to this byte: what follows is a record that was cut short.
    length: u64,
    /// The number of the first record that is none, or is not chained to the one before.
    broken: Option<usize>,
}

/// A sealed range.
#[derive(Clone, Debug)]
struct Range {
    from: u64,
    to: u64,
    time: Timestamp,
    mark: u64,
    digest: Digest,
    /// Where in the chain file it says what was concealed here last.
    concealed_at: Option<u64>,
}

impl Range {
    fn length(&self) -> u64 {
        self.to.saturating_sub(self.from)
    }
}

/// What happened to a part of the trace.
#[derive(Clone, Debug)]
struct Event {
    kind: Kind,
    from: u64,
    to: u64,
    time: Timestamp,
    places: u64,
}

impl Chain {
    /// Reads a chain; a missing one is empty. Without its key a chain is believed.
    fn read(path: &Path, witness: &Witness) -> Result<Self, TraceError> {
        let failed = |source| TraceError::Read {
            path: path.to_owned(),
            source,
        };
        let mut chain = Self::default();
        let Some(file) = open(path)? else {
            return Ok(chain);
        };
        let mut reader = BufReader::new(file);
        let mut line = Vec::new();
        loop {
            line.clear();
            let mut one = reader.by_ref().take(LONGEST_RECORD);
            let count = one.read_until(b'\n', &mut line).map_err(failed)?;
            let Some(text) = line.strip_suffix(b"\n") else {
                if count as u64 == LONGEST_RECORD {
                    chain.broken = Some(chain.hashes.len().saturating_add(1));
                }
                return Ok(chain);
            };
            if chain.add(text, witness).is_none() {
                chain.broken = Some(chain.hashes.len().saturating_add(1));
                return Ok(chain);
            }
            chain.length = chain.length.saturating_add(count as u64);
        }
    }

    /// Takes in the next record; `None` when it does not belong here.
    fn add(&mut self, line: &[u8], witness: &Witness) -> Option<()> {
        let (record, text, hash) = Record::parse(std::str::from_utf8(line).ok()?)?;
        if (record.kind == Kind::Begun) != self.hashes.is_empty() {
            return None;
        }
        if record.kind == Kind::Begun {
            self.is_keyed = record.detail == KEYED;
            self.follows = record.digest;
        }
        let key = witness.key().filter(|_| self.is_keyed);
        // Without the key it cannot be told.
        let is_checked = key.is_some() || !self.is_keyed;
        if is_checked && hash != chained(text, &self.end(), key) {
            return None;
        }
        let length = record.to.saturating_sub(record.from);
        match record.kind {
            Kind::Begun => {}
            Kind::Lost => self.tell(&record),
            Kind::Replaced => {
                self.ranges.clear();
                self.tell(&record);
            }
            Kind::Concealed => {
                let at = self.length;
                let range = self.range_of(&record)?;
                (range.digest, range.mark) = (record.digest, record.mark);
                range.concealed_at = Some(at);
                self.tell(&record);
            }
            Kind::Sealed if record.from == self.sealed() && (1..=SPAN).contains(&length) => {
                self.ranges.push(Range {
                    from: record.from,
                    to: record.to,
                    time: record.time,
                    mark: record.mark,
                    digest: record.digest,
                    concealed_at: None,
                });
            }
            Kind::Sealed => return None,
        }
        self.hashes.push(hash);
        Some(())
    }

    /// Keeps what a record says happened; what was concealed at one time is one event.
    fn tell(&mut self, record: &Record) {
        let places = record.places();
        let start = places.first().map_or(0, |(start, _)| *start) as u64;
        let end = places.last().map(|(_, end)| *end as u64);
        let event = Event {
            kind: record.kind,
            from: record.from.saturating_add(start),
            to: end.map_or(record.to, |end| record.from.saturating_add(end)),
            time: record.time,
            places: places.len() as u64,
        };
        match self.events.last_mut() {
            Some(last) if (last.kind, last.time) == (Kind::Concealed, event.time) => {
                last.from = last.from.min(event.from);
                last.to = last.to.max(event.to);
                last.places = last.places.saturating_add(event.places);
            }
            _ => self.events.push(event),
        }
    }

    fn range_of(&mut self, record: &Record) -> Option<&mut Range> {
        let number = self.ranges.partition_point(|range| range.to <= record.from);
        self.ranges
            .get_mut(number)
            .filter(|range| (range.from, range.to) == (record.from, record.to))
    }

    /// So many bytes of the trace are sealed.
    fn sealed(&self) -> u64 {
        self.ranges.last().map_or(0, |range| range.to)
    }

    /// The hash of the last record.
    fn end(&self) -> Digest {
        self.hashes.last().copied().unwrap_or(NOTHING)
    }

    /// Whether this is the end of the chain at some time, or what it follows.
    fn knows(&self, end: &Digest) -> bool {
        self.follows == *end || self.hashes.contains(end)
    }
}

/// The chain that has the name of this trace file.
pub(super) fn chain_of(file: &Path) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(SUFFIX);
    path.into()
}

/// Bytes of a range of an open file.
fn bytes_of(log: &File, from: u64, to: u64) -> io::Result<Vec<u8>> {
    use std::os::unix::fs::FileExt as _;

    let length = to.saturating_sub(from).min(SPAN);
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
    let mut filled = 0_usize;
    // What is not there is left out.
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match log.read_at(rest, from.saturating_add(filled as u64)) {
            Ok(0) => break,
            Ok(count) => filled = filled.saturating_add(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

pub(super) const SUFFIX: &str = ".chain";
/// At most so many bytes under one seal: what is changed is told this exactly, and concealing reads no more for a place.
const SPAN: u64 = 1024 * 1024;
/// The name of the algorithm when there is a secret, and without.
const KEYED: &str = "hmac-sha-256";
const PLAIN: &str = "sha-256";
/// A range of which every third byte is concealed takes less.
const LONGEST_RECORD: u64 = 16 * 1024 * 1024;
