//! Finds the entries of one transaction by the index, and reads what the index does not cover.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use crate::domain::transaction_id::TransactionId;
use crate::trace::TraceError;
use crate::trace::blocks::{BUFFER, last_entry_start, next_entry_start};
use crate::trace::entry::{Entry, Head, names};
use crate::trace::index::Index;
use crate::trace::places::Places;
use crate::trace::scan::{Page, Scan};
use crate::trace::table::fingerprint;
use crate::trace::volumes::{Following, Part};

/// The entries that [`scan()`](super::scan()) gives, of all files of the trace ([`files`](super::files)), by the indexes beside them.
///
/// An index that is a little behind is caught up first; much that is not indexed (more than 32 MB) is read, and left to
/// [`Index::catch_up`]. Without an index, or with one that cannot be written, the file is read.
/// Each place that the index names is looked at: when another thing stands there, the index is removed and the file is read from
/// there on.
///
/// # Errors
///
/// [`TraceError`] when the file cannot be opened.
pub fn look_up(path: &Path, id: &TransactionId, page: Page) -> Result<LookUp, TraceError> {
    let id = id.clone();
    Following::new(path, page, move |volume, page| {
        Found::in_file(volume.file, &volume.path, &id, page)
    })
}

/// The entries found, one after the other; made by [`look_up()`].
pub type LookUp = Following<Found>;

/// The entries found in one file.
#[derive(Debug)]
pub struct Found {
    path: PathBuf,
    id: TransactionId,
    log: File,
    /// None when all of them are given.
    places: Option<Places>,
    covered: u64,
    /// The end of the entry given last.
    resume: u64,
    rest: Scan,
    left: usize,
    buffer: Vec<u8>,
}

impl Part for Found {
    fn resume_at(&self) -> Option<u64> {
        match self.places {
            Some(_) => Some(self.resume),
            None => self.rest.resume_at(),
        }
    }
}

impl Found {
    fn in_file(log: File, path: &Path, id: &TransactionId, page: Page) -> Result<Self, TraceError> {
        let index = Index::of(path);
        let unreadable = |source| TraceError::Read {
            path: path.to_owned(),
            source,
        };
        let length = log.metadata().map_err(unreadable)?.len();
        let mut found = index.read(&log);
        let behind = length.saturating_sub(found.as_ref().map_or(0, |(_, table)| table.covered));
        if (LEAST..=MOST).contains(&behind) && index.catch_up(u64::MAX, |_| ()).is_ok() {
            found = index.read(&log);
        }
        let (mut from, mut covered) = (page.from, 0);
        let places = found.map(|(file, table)| {
            covered = table.covered;
            from = from.max(covered);
            let name = fingerprint(id.as_str().as_bytes());
            Places::new(file, table.runs, name, page.from)
        });
        let own = log.try_clone().map_err(unreadable)?;
        let rest = Scan::over(Some(own), path, id, Page { from, ..Page::ALL })?;
        Ok(Self {
            path: path.to_owned(),
            id: id.clone(),
            log,
            places,
            covered,
            resume: page.from,
            rest,
            left: page.limit,
            buffer: Vec::new(),
        })
    }

    fn next_place(&mut self) -> Option<Entry> {
        loop {
            let place = self.places.as_mut()?.next();
            let seen = match place {
                Ok(None) => {
                    self.places = None;
                    return None;
                }
                Ok(Some(place)) => self.see(place),
                Err(error) => Err(error),
            };
            match seen {
                Ok(Seen::Wanted(entry, end)) => {
                    self.resume = end;
                    return Some(entry);
                }
                Ok(Seen::SameFingerprint) => {}
                Ok(Seen::Nothing) | Err(_) => {
                    self.distrust();
                    return None;
                }
            }
        }
    }

    /// The index is wrong: away with it, and on by reading.
    fn distrust(&mut self) {
        self.places = None;
        let _ = Index::of(&self.path).remove();
        let page = Page {
            from: self.resume,
            ..Page::ALL
        };
        let log = self.log.try_clone().ok();
        if let Ok(rest) = Scan::over(log, &self.path, &self.id, page) {
            self.rest = rest;
        }
    }

    /// What stands at a place.
    fn see(&mut self, place: u64) -> io::Result<Seen> {
        let log = &self.log;
        let most = usize::try_from(self.covered.saturating_sub(place))
            .unwrap_or(BUFFER)
            .min(BUFFER);
        // With the byte before.
        let lead = u64::from(place > 0);
        let start = usize::from(place > 0);
        let mut length = FIRST_READ;
        let (entry, end) = loop {
            let size = most.min(length);
            self.buffer.resize(size.saturating_add(start), 0);
            log.read_exact_at(&mut self.buffer, place.saturating_sub(lead))?;
            let bytes = self.buffer.get(start..).unwrap_or_default();
            if let Some(end) = next_entry_start(bytes) {
                break (bytes.get(..end).unwrap_or_default(), end);
            }
            if size == BUFFER {
                // A piece of an entry larger than the buffer.
                let end = memchr::memrchr(b'\n', bytes).map_or(size, |end| end.saturating_add(1));
                break (bytes.get(..end).unwrap_or_default(), end);
            }
            if size == most {
                break (bytes, size);
            }
            length = length.saturating_mul(16);
        };
        let head = Head::parse(entry);
        let follows_line_break = place == 0 || self.buffer.first() == Some(&b'\n');
        let begins = place == 0 || (head.is_some() && follows_line_break);
        if !begins && !is_within_giant(log, place)? {
            return Ok(Seen::Nothing);
        }
        let wanted = self.id.as_str().as_bytes();
        let (mut is_named, mut is_like) = (false, false);
        names(entry, head.map(|head| head.length), |name| {
            is_named |= name == wanted;
            is_like |= fingerprint(name) == fingerprint(wanted);
        });
        Ok(if is_named {
            let end = place.saturating_add(end as u64);
            Seen::Wanted(Entry::from_bytes(entry, place), end)
        } else if is_like {
            Seen::SameFingerprint
        } else {
            Seen::Nothing
        })
    }
}

impl Iterator for Found {
    type Item = Result<Entry, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let next = match self.next_place() {
            Some(entry) => Some(Ok(entry)),
            None => self.rest.next(),
        };
        match &next {
            Some(Ok(_)) => self.left = self.left.saturating_sub(1),
            _ => self.left = 0,
        }
        next
    }
}

enum Seen {
    /// An entry of the transaction, and where it ends.
    Wanted(Entry, u64),
    /// Another one whose name has the same fingerprint.
    SameFingerprint,
    /// What the index promised is not there.
    Nothing,
}

/// Whether the place is in the middle of an entry that is given in pieces.
fn is_within_giant(log: &File, place: u64) -> io::Result<bool> {
    let Some(start) = place.checked_sub(BUFFER as u64) else {
        return Ok(false);
    };
    let mut before = vec![0; BUFFER];
    log.read_exact_at(&mut before, start)?;
    Ok(last_entry_start(&before).is_none())
}

/// What is behind by less is read: that takes less time than indexing it.
const LEAST: u64 = 512 * 1024;
/// What is behind by more is not indexed while somebody waits.
const MOST: u64 = 32 * 1024 * 1024;
const FIRST_READ: usize = 8 * 1024;
