//! The index beside a trace file: from a transaction's name to the places of its entries.
//!
//! It is a cache, in `merchant_trace.log.index`, and worth nothing by itself: what it says is looked up in the trace, and when the trace
//! was rotated, cut or replaced it is made anew. It is built in one pass: the names of a stretch of the trace are
//! sorted and appended as a run; small runs at the end are joined. (An SQLite table would take two to three microseconds for each line;
//! a run takes a fifth of one.)
//!
//! One process writes, under a lock on the index file; readers take none, because nothing that a table names is ever written over: a new
//! table is appended and then named in the header, and a file made anew gets the old one's name when it is whole.

use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::trace::TraceError;
use crate::trace::blocks::{Blocks, last_entry_start, next_entry_start, open};
use crate::trace::entry::{Head, names, ordinal};
use crate::trace::places::{decode, encode};
use crate::trace::table::{HEADER, PLACE, Run, Table, fingerprint};

/// The index of one trace file. Opens nothing until it is used.
#[derive(Clone, Debug)]
pub struct Index {
    log: PathBuf,
    path: PathBuf,
}

/// How much of a trace is indexed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Coverage {
    /// Bytes of the trace that the index covers. The last entry is never covered: it may go on.
    pub covered: u64,
    /// Bytes of the trace.
    pub length: u64,
}

impl Index {
    /// The index that stands beside the trace at `log`.
    pub fn of(log: &Path) -> Self {
        let mut path = log.as_os_str().to_owned();
        path.push(".index");
        Self {
            log: log.to_owned(),
            path: path.into(),
        }
    }

    /// The index file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How much is indexed. An index that does not fit the trace covers nothing.
    ///
    /// # Errors
    /// [`TraceError`] when the trace cannot be opened.
    pub fn coverage(&self) -> Result<Coverage, TraceError> {
        let Some(log) = open(&self.log)? else {
            return Ok(Coverage::default());
        };
        Ok(Coverage {
            covered: self.read(&log).map_or(0, |(_, table)| table.covered),
            length: log.metadata().map_err(|e| self.unreadable(e))?.len(),
        })
    }

    /// Indexes what was appended since, at most about `budget` bytes of the trace (a megabyte more or less), telling `progress` after each
    /// run; makes the index anew when it does not fit the trace. When another process is at it, nothing is done.
    ///
    /// # Errors
    /// [`TraceError::Index`] when the index cannot be written; others when the trace cannot be read.
    pub fn catch_up(
        &self,
        budget: u64,
        mut progress: impl FnMut(Coverage),
    ) -> Result<Coverage, TraceError> {
        let Some(log) = open(&self.log)? else {
            return Ok(Coverage::default());
        };
        let unreadable = |source| self.unreadable(source);
        let unwritable = |source| TraceError::Index {
            path: self.path.clone(),
            source,
        };
        let Some(mut writer) = self.writer(&log).map_err(unwritable)? else {
            return self.coverage();
        };
        let started = writer.table.covered;
        let own = log.try_clone().map_err(unreadable)?;
        let mut blocks = Blocks::over(Some(own), started, None).map_err(unreadable)?;
        let length = log.metadata().map_err(unreadable)?.len();
        let mut stretch = Stretch::new(started);
        while blocks.advance().map_err(unreadable)? {
            let block = blocks.block();
            let whole = if blocks.is_last() {
                last_entry_start(block).unwrap_or(0)
            } else {
                block.len()
            };
            stretch.add(block.get(..whole).unwrap_or_default(), blocks.offset());
            let is_enough = stretch.end.saturating_sub(started) >= budget;
            if stretch.is_full() || is_enough {
                writer.commit(&mut stretch, &log).map_err(unwritable)?;
                progress(Coverage {
                    covered: writer.table.covered,
                    length,
                });
            }
            if is_enough {
                break;
            }
        }
        if stretch.end > writer.table.covered {
            writer.commit(&mut stretch, &log).map_err(unwritable)?;
        }
        // Nothing was indexed: the file that was begun would outlive the trace. Nobody else takes it for theirs, see `lock`.
        if let Some(begun) = writer.named.take() {
            let _ = fs::remove_file(begun);
        }
        let coverage = Coverage {
            covered: writer.table.covered,
            length,
        };
        progress(coverage);
        Ok(coverage)
    }

    /// Removes the index; the next [`catch_up`](Self::catch_up) makes it anew.
    ///
    /// # Errors
    /// [`TraceError::Index`] when it cannot be removed.
    pub fn remove(&self) -> Result<(), TraceError> {
        match fs::remove_file(&self.path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(TraceError::Index {
                path: self.path.clone(),
                source,
            }),
            _ => Ok(()),
        }
    }

    /// The index as it is now, if it fits the trace.
    pub(super) fn read(&self, log: &File) -> Option<(File, Table)> {
        let index = open(&self.path).ok()??;
        let table = Table::read(&index, log).ok()??;
        Some((index, table))
    }

    /// `None` when another process writes.
    fn writer(&self, log: &File) -> io::Result<Option<Writer<'_>>> {
        if let Ok(Some(_)) = open(&self.path) {
            let Some(file) = lock(&self.path)? else {
                return Ok(None);
            };
            if let Some(table) = Table::read(&file, log)? {
                return Ok(Some(Writer {
                    index: self,
                    file,
                    table,
                    named: None,
                }));
            }
        }
        self.fresh()
    }

    fn fresh(&self) -> io::Result<Option<Writer<'_>>> {
        let mut path = self.path.as_os_str().to_owned();
        path.push(".new");
        let path = PathBuf::from(path);
        let Some(file) = lock(&path)? else {
            return Ok(None);
        };
        // What a process that died left there.
        file.set_len(0)?;
        Ok(Some(Writer {
            index: self,
            file,
            table: Table::default(),
            named: Some(path),
        }))
    }

    fn unreadable(&self, source: io::Error) -> TraceError {
        TraceError::Read {
            path: self.log.clone(),
            source,
        }
    }
}

/// The one process that writes; its lock goes with the file.
struct Writer<'a> {
    index: &'a Index,
    file: File,
    table: Table,
    /// The name of a file that has not yet its place.
    named: Option<PathBuf>,
}

impl Writer<'_> {
    /// Appends a stretch as a run, together with the small runs before it, and begins the next stretch.
    fn commit(&mut self, stretch: &mut Stretch, log: &File) -> io::Result<()> {
        let mut run = Run {
            base: stretch.base,
            end: stretch.end,
            at: self.table.end.max(HEADER as u64),
            count: 0,
            earliest: stretch.earliest,
            latest: stretch.latest,
        };
        let mut places = std::mem::take(&mut stretch.places);
        while let Some(before) = self.table.runs.last().copied() {
            let count = places.len() as u64;
            let is_small = before.count <= count.saturating_mul(2)
                && before.count.saturating_add(count) <= FULL as u64
                && run.end.saturating_sub(before.base) <= WIDEST;
            if !is_small {
                break;
            }
            self.read_into(&before, &mut places)?;
            run.base = before.base;
            run.earliest = run.earliest.min(before.earliest);
            run.latest = run.latest.max(before.latest);
            self.table.runs.pop();
        }
        places.sort_unstable();
        places.dedup();
        run.count = places.len() as u64;
        let mut bytes = Vec::with_capacity(BATCH * PLACE);
        let mut at = run.at;
        for batch in places.chunks(BATCH) {
            bytes.clear();
            for (name, offset) in batch {
                let place = u32::try_from(offset.saturating_sub(run.base))
                    .map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
                bytes.extend(encode(*name, place));
            }
            self.file.write_all_at(&bytes, at)?;
            at = at.saturating_add(bytes.len() as u64);
        }
        self.table.end = at;
        self.table.runs.push(run);
        self.table.cover(log, run.end)?;
        self.table.write(&self.file)?;
        if let Some(path) = self.named.take() {
            fs::rename(path, &self.index.path)?;
        }
        places.clear();
        *stretch = Stretch {
            places,
            ..Stretch::new(run.end)
        };
        self.compact()
    }

    /// Copies what counts into a new file when most of the file no longer does.
    fn compact(&mut self) -> io::Result<()> {
        let live = self.table.live();
        if self.table.end <= live.saturating_mul(3).saturating_add(SLACK) {
            return Ok(());
        }
        let Some(mut fresh) = self.index.fresh()? else {
            return Ok(());
        };
        let mut table = self.table.clone();
        table.end = HEADER as u64;
        let mut bytes = Vec::new();
        for run in &mut table.runs {
            let (mut from, mut left) = (run.at, run.length());
            run.at = table.end;
            while left > 0 {
                let count = left.min((BATCH * PLACE) as u64);
                bytes.resize(usize::try_from(count).unwrap_or(0), 0);
                self.file.read_exact_at(&mut bytes, from)?;
                fresh.file.write_all_at(&bytes, table.end)?;
                from = from.saturating_add(count);
                table.end = table.end.saturating_add(count);
                left = left.saturating_sub(count);
            }
        }
        table.write(&fresh.file)?;
        if let Some(path) = fresh.named.take() {
            fs::rename(path, &self.index.path)?;
        }
        self.file = fresh.file;
        self.table = table;
        Ok(())
    }

    fn read_into(&self, run: &Run, places: &mut Vec<(u64, u64)>) -> io::Result<()> {
        let mut bytes = vec![0; usize::try_from(run.length()).unwrap_or(0)];
        self.file.read_exact_at(&mut bytes, run.at)?;
        places.extend(bytes.chunks_exact(PLACE).map(|place| {
            let (name, offset) = decode(place);
            (name, run.base.saturating_add(offset))
        }));
        Ok(())
    }
}

/// A stretch of the trace on its way into the index.
struct Stretch {
    base: u64,
    end: u64,
    earliest: u64,
    latest: u64,
    /// Fingerprints of names and places of entries.
    places: Vec<(u64, u64)>,
}

impl Stretch {
    fn new(base: u64) -> Self {
        Self {
            base,
            end: base,
            earliest: u64::MAX,
            latest: 0,
            places: Vec::new(),
        }
    }

    fn is_full(&self) -> bool {
        self.places.len() >= FULL || self.end.saturating_sub(self.base) >= WIDEST / 2
    }

    /// Takes in a block of whole entries that stands at `offset`.
    fn add(&mut self, block: &[u8], offset: u64) {
        let mut rest = block;
        let mut at = offset;
        while !rest.is_empty() {
            let length = next_entry_start(rest).unwrap_or(rest.len());
            let (entry, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            let head = Head::parse(entry);
            if let Some(head) = &head {
                let time = ordinal(head.time);
                self.earliest = self.earliest.min(time);
                self.latest = self.latest.max(time);
            }
            let places = &mut self.places;
            names(entry, head.map(|head| head.length), |name| {
                places.push((fingerprint(name), at));
            });
            at = at.saturating_add(length as u64);
            rest = after;
        }
        self.end = offset.saturating_add(block.len() as u64);
    }
}

/// Opens and locks a file, made when missing. `None` when another process has it.
fn lock(path: &Path) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(MODE);
    let file = match options.clone().create_new(true).open(path) {
        Ok(file) => {
            // The umask may have taken what cron's user needs.
            let _ = file.set_permissions(Permissions::from_mode(MODE));
            file
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => options.open(path)?,
        Err(error) => return Err(error),
    };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    // Another one may have been put in its place before the lock was ours.
    let is_current = fs::metadata(path).is_ok_and(|found| {
        file.metadata()
            .is_ok_and(|own| (own.ino(), own.dev()) == (found.ino(), found.dev()))
    });
    Ok(is_current.then_some(file))
}

const MODE: u32 = 0o660;
/// Places of a large run: 4 MB while it is sorted.
const FULL: usize = 256 * 1024;
/// Places written at once.
const BATCH: usize = 16 * 1024;
/// Widest stretch of the trace in one run: places are 32 bits.
const WIDEST: u64 = 2 * 1024 * 1024 * 1024;
/// Dead bytes that an index may always have.
const SLACK: u64 = 4 * 1024 * 1024;
