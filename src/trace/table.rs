//! The index file's table of contents: which part of which trace file is indexed, and where its runs lie.
//!
//! The file is a header of 64 bytes, then runs and tables as they were appended. The header names the table that counts;
//! it is written last, over the one before, so that a process that dies in between leaves the index as it was.
//! Numbers are little-endian.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};

/// What is known about the indexed part of a trace file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Table {
    /// The trace is indexed up to this byte.
    pub(super) covered: u64,
    inode: u64,
    head: u64,
    tail: u64,
    /// In the order of the trace.
    pub(super) runs: Vec<Run>,
    /// The index file is good up to this byte.
    pub(super) end: u64,
}

/// Names and places of a stretch of the trace, sorted by name, then place.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Run {
    /// First byte of the stretch; places count from it.
    pub(super) base: u64,
    /// Where the stretch ends.
    pub(super) end: u64,
    /// Where in the index file the run starts.
    pub(super) at: u64,
    /// How many places it has.
    pub(super) count: u64,
    /// The earliest and the latest time of its entries, as [`ordinal`](super::entry::ordinal)s; nothing has a time when the
    /// earliest is the later.
    pub(super) earliest: u64,
    pub(super) latest: u64,
}

impl Table {
    /// Reads the table of an index if it is whole and describes this trace.
    pub(super) fn read(index: &File, log: &File) -> io::Result<Option<Self>> {
        let mut header = [0; HEADER];
        match index.read_exact_at(&mut header, 0) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            other => other?,
        }
        let mut fields = Fields(&header);
        let (magic, at, length, digest) = (
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
        );
        let is_whole =
            magic == MAGIC && digest == fingerprint(header.get(..24).unwrap_or_default());
        if !is_whole || length > LARGEST_TABLE {
            return Ok(None);
        }
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
        match index.read_exact_at(&mut bytes, at) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            other => other?,
        }
        let Some((bytes, digest)) = bytes.split_last_chunk() else {
            return Ok(None);
        };
        if u64::from_le_bytes(*digest) != fingerprint(bytes) {
            return Ok(None);
        }
        let table = Self::decode(bytes, at.saturating_add(length));
        Ok(if table.describes(log)? {
            Some(table)
        } else {
            None
        })
    }

    /// Marks the table as that of `log` up to `covered`.
    pub(super) fn cover(&mut self, log: &File, covered: u64) -> io::Result<()> {
        self.inode = log.metadata()?.ino();
        self.covered = covered;
        (self.head, self.tail) = ends(log, covered)?;
        Ok(())
    }

    /// Appends the table to the index and lets it count.
    pub(super) fn write(&mut self, index: &File) -> io::Result<()> {
        let mut bytes = Vec::new();
        for number in [self.covered, self.inode, self.head, self.tail] {
            bytes.extend(number.to_le_bytes());
        }
        for run in &self.runs {
            for number in [
                run.base,
                run.end,
                run.at,
                run.count,
                run.earliest,
                run.latest,
            ] {
                bytes.extend(number.to_le_bytes());
            }
        }
        bytes.extend(fingerprint(&bytes).to_le_bytes());
        let at = self.end.max(HEADER as u64);
        index.write_all_at(&bytes, at)?;
        // What the header promises must be there after a power cut too.
        index.sync_data()?;
        let mut header = Vec::with_capacity(HEADER);
        for number in [MAGIC, at, bytes.len() as u64] {
            header.extend(number.to_le_bytes());
        }
        header.extend(fingerprint(&header).to_le_bytes());
        header.resize(HEADER, 0);
        index.write_all_at(&header, 0)?;
        self.end = at.saturating_add(bytes.len() as u64);
        Ok(())
    }

    /// Bytes of the index file that still count.
    pub(super) fn live(&self) -> u64 {
        self.runs
            .iter()
            .fold(0, |sum, run| sum.saturating_add(run.length()))
    }

    fn decode(bytes: &[u8], end: u64) -> Self {
        let mut fields = Fields(bytes);
        let mut table = Self {
            covered: fields.number(),
            inode: fields.number(),
            head: fields.number(),
            tail: fields.number(),
            runs: Vec::new(),
            end,
        };
        while !fields.0.is_empty() {
            table.runs.push(Run {
                base: fields.number(),
                end: fields.number(),
                at: fields.number(),
                count: fields.number(),
                earliest: fields.number(),
                latest: fields.number(),
            });
        }
        table
    }

    /// Whether the file is still the one that was indexed: the same inode, not shorter, beginning with the same bytes, and
    /// with the same bytes where the indexed part ends.
    fn describes(&self, log: &File) -> io::Result<bool> {
        let found = log.metadata()?;
        if found.ino() != self.inode || found.len() < self.covered {
            return Ok(false);
        }
        Ok(ends(log, self.covered)? == (self.head, self.tail))
    }
}

impl Run {
    /// Bytes in the index file.
    pub(super) fn length(&self) -> u64 {
        self.count.saturating_mul(PLACE as u64)
    }
}

/// A number for a text, the same on every machine and in every version. Different texts may, very rarely, share one: who finds
/// something by it looks at the thing itself.
pub(super) fn fingerprint(text: &[u8]) -> u64 {
    let (words, rest) = text.as_chunks::<8>();
    let mut last = [0; 8];
    rest.iter()
        .zip(&mut last)
        .for_each(|(byte, slot)| *slot = *byte);
    let state = words
        .iter()
        .chain([&last])
        .fold(text.len() as u64 ^ FIRST, |state, word| {
            fold(state ^ u64::from_le_bytes(*word), SECOND)
        });
    fold(state, FIRST)
}

/// Both halves of the product, so that each bit of `a` reaches all of the result.
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a ^ THIRD).wrapping_mul(u128::from(b));
    (product >> 64) as u64 ^ product as u64
}

/// Fingerprints of the beginning and of the last bytes of the part that is covered.
fn ends(log: &File, covered: u64) -> io::Result<(u64, u64)> {
    let length = covered.min(ENDS);
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
    log.read_exact_at(&mut bytes, 0)?;
    let head = fingerprint(&bytes);
    log.read_exact_at(&mut bytes, covered.saturating_sub(length))?;
    Ok((head, fingerprint(&bytes)))
}

/// Numbers, one after the other; what is missing is 0.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn number(&mut self) -> u64 {
        let Some((bytes, rest)) = self.0.split_first_chunk() else {
            self.0 = &[];
            return 0;
        };
        self.0 = rest;
        u64::from_le_bytes(*bytes)
    }
}

/// Bytes of the header.
pub(super) const HEADER: usize = 64;
/// Bytes of one place of a run: the name's fingerprint, then the place as bytes from the run's base.
pub(super) const PLACE: usize = 12;
/// `shoptrc1`: another layout gets another name.
const MAGIC: u64 = u64::from_le_bytes(*b"shoptrc1");
const LARGEST_TABLE: u64 = 64 * 1024 * 1024;
const ENDS: u64 = 1024;
// Odd, with no pattern: digits of pi.
const FIRST: u64 = 0x243f_6a88_85a3_08d3;
const SECOND: u64 = 0x1319_8a2e_0370_7345;
const THIRD: u64 = 0xa409_3822_299f_31d1;
