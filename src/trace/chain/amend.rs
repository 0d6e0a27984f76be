//! Concealing in a file that is sealed.
//!
//! The record is on disk before the first `*` is, and names the places: a concealing that was cut short can be told from another change,
//! and is finished by concealing again. A range that is no longer as it was sealed gets no record: what somebody changed before must not
//! be taken for concealed.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use super::pairs::{pairs, settle};
use super::record::{Kind, Record, digest, star};
use super::seal::Writer;
use super::{Range, Witness, bytes_of, chain_of};
use crate::clock::UnixMillis;
use crate::trace::TraceError;

/// Writes `*` into one file of a trace, whose lock the caller holds.
pub(in crate::trace) struct Amending<'a> {
    log: &'a File,
    path: PathBuf,
    now: UnixMillis,
    /// None when there is no chain, or none that may be added to.
    writer: Option<Writer<'a>>,
    chain: PathBuf,
    /// Whether the file was changed.
    pub(in crate::trace) has_written: bool,
}

impl<'a> Amending<'a> {
    /// `file` is one of the files of the trace at `trace`, open as `log`.
    pub(in crate::trace) fn begin(
        trace: &Path,
        file: &Path,
        log: &'a File,
        now: UnixMillis,
        witness: &'a Witness,
    ) -> Result<Self, TraceError> {
        let pair = pairs(trace, witness)?
            .into_iter()
            .find(|pair| pair.file.as_deref() == Some(file));
        let chain = pair.and_then(|pair| pair.chain);
        let writer = match chain {
            Some(chain) => {
                let own = settle(Some(chain), file)?;
                let writer = Writer::open(own, now, witness)?;
                // A person's data goes whether or not it can be recorded.
                writer.refuses().is_none().then_some(writer)
            }
            None => None,
        };
        Ok(Self {
            log,
            path: file.to_owned(),
            now,
            writer,
            chain: chain_of(file),
            has_written: false,
        })
    }

    /// Finishes what was cut short, from this byte of the file on.
    pub(in crate::trace) fn finish(&mut self, from: u64) -> Result<(), TraceError> {
        let Some(writer) = &self.writer else {
            return Ok(());
        };
        let ranges = &writer.chain.ranges;
        let begun = ranges
            .iter()
            .filter(|range| range.concealed_at.is_some() && range.to > from);
        for range in begun.cloned().collect::<Vec<_>>() {
            let bytes = bytes_of(self.log, range.from, range.to).map_err(|e| self.failed(e))?;
            if digest(&bytes) == range.digest {
                continue;
            }
            let places = unfinished(&self.chain, &range, &bytes).map_err(|e| self.failed(e))?;
            for (start, end) in places.unwrap_or_default() {
                let place = |at: usize| range.from.saturating_add(at as u64);
                self.write(place(start), place(end))?;
            }
        }
        Ok(())
    }

    /// Writes `*` at the places, in bytes of the file; they may overlap.
    pub(in crate::trace) fn conceal(&mut self, places: &[(u64, u64)]) -> Result<(), TraceError> {
        let mut places = places.to_vec();
        places.sort_unstable();
        let sealed = self
            .writer
            .as_ref()
            .map_or(0, |writer| writer.chain.sealed());
        let mut rest = places.as_slice();
        while let Some((start, end)) = rest.first().copied() {
            if start >= sealed {
                self.write(start, end)?;
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            let Some((number, range)) = self.range_at(start) else {
                return Ok(());
            };
            // Those that begin in this range; what hangs over is done below.
            let count = rest.partition_point(|(start, _)| *start < range.to);
            let (here, after) = rest.split_at_checked(count).unwrap_or((rest, &[]));
            let cut: Vec<(u64, u64)> = here
                .iter()
                .map(|(start, end)| (*start, range.to.min(*end)))
                .collect();
            self.amend(number, &range, &cut)?;
            let over = here.iter().map(|(_, end)| *end).max().unwrap_or(0);
            if over > range.to {
                self.conceal(&[(range.to, over)])?;
            }
            rest = after;
        }
        Ok(())
    }

    fn range_at(&self, place: u64) -> Option<(usize, Range)> {
        let ranges = &self.writer.as_ref()?.chain.ranges;
        let number = ranges.partition_point(|range| range.to <= place);
        Some((number, ranges.get(number)?.clone()))
    }

    /// Conceals within one range.
    fn amend(
        &mut self,
        number: usize,
        range: &Range,
        places: &[(u64, u64)],
    ) -> Result<(), TraceError> {
        let mut bytes = bytes_of(self.log, range.from, range.to).map_err(|e| self.failed(e))?;
        let within = |place: u64| usize::try_from(place.saturating_sub(range.from)).unwrap_or(0);
        let is_sound = digest(&bytes) == range.digest;
        let merged = merge(places);
        let inside: Vec<(usize, usize)> = merged
            .iter()
            .map(|(start, end)| (within(*start), within(*end)))
            .collect();
        let before = digest(&bytes);
        star(&mut bytes, &inside);
        if digest(&bytes) == before {
            return Ok(());
        }
        let now = self.now;
        if is_sound && let Some(writer) = &mut self.writer {
            let detail: Vec<String> = inside
                .iter()
                .map(|(start, end)| format!("{start}+{}", end.saturating_sub(*start)))
                .collect();
            let record = Record {
                detail: detail.join(","),
                ..Record::of(Kind::Concealed, now, range.from, &bytes)
            };
            let at = writer.push(&record);
            writer.flush(None)?;
            if let Some(range) = writer.chain.ranges.get_mut(number) {
                (range.digest, range.mark) = (record.digest, record.mark);
                range.concealed_at = Some(at);
            }
        }
        merged
            .into_iter()
            .try_for_each(|(start, end)| self.write(start, end))
    }

    fn write(&mut self, start: u64, end: u64) -> Result<(), TraceError> {
        self.has_written = true;
        let length = usize::try_from(end.saturating_sub(start)).unwrap_or(0);
        let stars = vec![b'*'; length];
        let written = self.log.write_all_at(&stars, start);
        written.map_err(|e| self.failed(e))
    }

    fn failed(&self, source: io::Error) -> TraceError {
        TraceError::Write {
            path: self.path.clone(),
            source,
        }
    }
}

/// The places of the last concealing of a range, when with them the bytes would be as the chain says.
pub(super) fn unfinished(
    chain: &Path,
    range: &Range,
    bytes: &[u8],
) -> io::Result<Option<Vec<(usize, usize)>>> {
    let Some(at) = range.concealed_at else {
        return Ok(None);
    };
    let mut file = BufReader::new(File::open(chain)?);
    file.seek(SeekFrom::Start(at))?;
    let mut line = String::new();
    file.read_line(&mut line)?;
    let Some((record, ..)) = Record::parse(line.trim_end_matches('\n')) else {
        return Ok(None);
    };
    let places = record.places();
    let mut concealed = bytes.to_vec();
    star(&mut concealed, &places);
    Ok((digest(&concealed) == range.digest).then_some(places))
}

/// Sorted places that overlap or touch become one.
fn merge(places: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let mut merged: Vec<(u64, u64)> = Vec::new();
    for (start, end) in places.iter().copied() {
        match merged.last_mut() {
            Some((_, last)) if start <= *last => *last = end.max(*last),
            _ => merged.push((start, end)),
        }
    }
    merged
}
