//! Reads a trace file in blocks of whole entries, in constant memory.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use memchr::memmem;

use crate::trace::TraceError;
use crate::trace::entry::is_entry_start;

/// The blocks of a file from a place on, up to the length that it had when it was opened.
///
/// A block begins where an entry begins and ends before another one. An entry of more than [`BUFFER`] bytes comes in
/// pieces; where they are cut depends on nothing but where the entry starts.
#[derive(Debug)]
pub(super) struct Blocks {
    /// None when all of it is in the buffer.
    file: Option<File>,
    /// Bytes of the file not yet in the buffer.
    unread: u64,
    buffer: Vec<u8>,
    /// Where in the file the buffer starts.
    offset: u64,
    // ready <= filled: whole entries, an entry still incomplete.
    ready: usize,
    filled: usize,
}

impl Blocks {
    /// The blocks of an open file (no file has none) from byte `from` to its end, or to `until`, where an entry starts.
    pub(super) fn over(file: Option<File>, from: u64, until: Option<u64>) -> io::Result<Self> {
        let mut blocks = Self {
            file,
            unread: 0,
            buffer: Vec::new(),
            offset: from,
            ready: 0,
            filled: 0,
        };
        if let Some(file) = &blocks.file {
            let end = file.metadata()?.len().min(until.unwrap_or(u64::MAX));
            blocks.unread = end.saturating_sub(from);
        }
        if blocks.unread == 0 {
            blocks.file = None;
        } else {
            blocks.buffer = vec![0; BUFFER];
        }
        Ok(blocks)
    }

    /// The block: empty before the first [`advance`](Self::advance).
    pub(super) fn block(&self) -> &[u8] {
        self.buffer.get(..self.ready).unwrap_or_default()
    }

    /// Where in the file the block starts, in bytes.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether no block follows this one. Its last entry may be one that is still being written.
    pub(super) fn is_last(&self) -> bool {
        self.file.is_none()
    }

    /// Goes on to the next block. False at the end; then the block is empty.
    pub(super) fn advance(&mut self) -> io::Result<bool> {
        self.buffer.copy_within(self.ready..self.filled, 0);
        self.offset = self.offset.saturating_add(self.ready as u64);
        self.filled = self.filled.saturating_sub(self.ready);
        self.ready = 0;
        let Some(file) = self.file.as_ref() else {
            return Ok(false);
        };
        while self.ready == 0 {
            let step = usize::try_from(self.unread).unwrap_or(STEP).min(STEP);
            let end = self.filled.saturating_add(step).min(self.buffer.len());
            let space = self.buffer.get_mut(self.filled..end).unwrap_or_default();
            let is_full = space.is_empty() && self.unread > 0;
            // By place: a process that forked shares the file's own place with its parent.
            let at = self.offset.saturating_add(self.filled as u64);
            let count = match file.read_at(space, at) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            let fresh = self.filled;
            self.filled = self.filled.saturating_add(count);
            self.unread = self.unread.saturating_sub(count as u64);
            let filled = self.buffer.get(..self.filled).unwrap_or_default();
            if is_full {
                // An entry larger than the buffer is given in pieces.
                self.ready =
                    memchr::memrchr(b'\n', filled).map_or(self.filled, |end| end.saturating_add(1));
            } else if self.unread == 0 || count == 0 {
                // The end; or the file was cut while it was read.
                self.file = None;
                self.unread = 0;
                self.ready = self.filled;
                break;
            } else {
                // A start that was there before would have been found before, but for one cut in two.
                let region = filled
                    .get(fresh.saturating_sub(LONGEST_HEAD)..)
                    .unwrap_or_default();
                let skipped = self.filled.saturating_sub(region.len());
                self.ready =
                    last_entry_start(region).map_or(0, |start| skipped.saturating_add(start));
            }
        }
        Ok(self.filled > 0)
    }
}

/// Opens a file to read it; `None` when there is none.
pub(super) fn open(path: &Path) -> Result<Option<File>, TraceError> {
    let failed = |source| TraceError::Open {
        path: path.to_owned(),
        source,
    };
    let found = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(failed)?,
    };
    // Asked before opening: opening a pipe waits for its writer.
    if !found.is_file() {
        return Err(TraceError::NotAFile {
            path: path.to_owned(),
        });
    }
    File::open(path).map(Some).map_err(failed)
}

/// Start of the last entry after a line break in these bytes.
pub(super) fn last_entry_start(bytes: &[u8]) -> Option<usize> {
    memmem::rfind_iter(bytes, HEAD).find_map(|line_break| entry_start(bytes, line_break))
}

/// Start of the first entry after a line break in these bytes.
pub(super) fn next_entry_start(bytes: &[u8]) -> Option<usize> {
    memmem::find_iter(bytes, HEAD).find_map(|line_break| entry_start(bytes, line_break))
}

fn entry_start(bytes: &[u8], line_break: usize) -> Option<usize> {
    let start = line_break.checked_add(1)?;
    bytes
        .get(start..)
        .is_some_and(is_entry_start)
        .then_some(start)
}

/// The longest entry that is given in one piece.
pub(super) const BUFFER: usize = 1024 * 1024;
const HEAD: &[u8] = b"\n-- ";
/// More than the bytes of any head, with the line break before it.
const LONGEST_HEAD: usize = 64;
/// Read at once: fits the processor's second-level cache.
pub(super) const STEP: usize = 256 * 1024;
