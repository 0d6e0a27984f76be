//! Where a name stands, found in the runs of an index: a few reads for each run, none of them larger than 12 KB.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use crate::trace::table::{PLACE, Run};

/// The places of one name, in the order of the trace.
#[derive(Debug)]
pub(super) struct Places {
    index: File,
    name: u64,
    from: u64,
    runs: std::vec::IntoIter<Run>,
    /// The run being read, and the number of its next place.
    current: Option<(Run, u64)>,
    window: Vec<u8>,
    /// Number of the first place in the window, within the run that starts there in the file.
    window_start: (u64, u64),
}

impl Places {
    /// Those from byte `from` of the trace on.
    pub(super) fn new(index: File, runs: Vec<Run>, name: u64, from: u64) -> Self {
        Self {
            index,
            name,
            from,
            runs: runs.into_iter(),
            current: None,
            window: Vec::new(),
            window_start: (0, 0),
        }
    }

    /// The next place, in bytes from the start of the trace.
    pub(super) fn next(&mut self) -> io::Result<Option<u64>> {
        loop {
            let Some((run, number)) = self.current else {
                let Some(run) = self.runs.next() else {
                    return Ok(None);
                };
                if run.end > self.from {
                    let least = self.from.saturating_sub(run.base);
                    self.current = Some((run, self.first(&run, least)?));
                }
                continue;
            };
            if number < run.count {
                if !self.is_in_window(&run, number) {
                    self.load(&run, number, run.count)?;
                }
                let (name, place) = self.place(&run, number);
                if name == self.name {
                    self.current = Some((run, number.saturating_add(1)));
                    return Ok(Some(run.base.saturating_add(place)));
                }
            }
            self.current = None;
        }
    }

    /// Number of the first place that is not before `(self.name, least)`. Names are spread evenly: their value says
    /// about where they stand.
    fn first(&mut self, run: &Run, least: u64) -> io::Result<u64> {
        let key = (self.name, least);
        let (mut low, mut high) = (0, run.count);
        let (mut low_name, mut high_name) = (0, u64::MAX);
        let mut guesses = 0;
        while low < high {
            let span = high.saturating_sub(low);
            let into = if guesses < GUESSES && high_name > low_name {
                let share = u128::from(self.name.saturating_sub(low_name)) * u128::from(span)
                    / u128::from(high_name.saturating_sub(low_name));
                u64::try_from(share).unwrap_or(span)
            } else {
                span / 2
            };
            guesses = guesses.saturating_add(1);
            let start = low.saturating_add(into.saturating_sub(WINDOW / 2));
            let start = start.min(high.saturating_sub(WINDOW.min(span)));
            self.load(run, start, high)?;
            let end = start.saturating_add((self.window.len() / PLACE) as u64);
            let (first, last) = (
                self.place(run, start),
                self.place(run, end.saturating_sub(1)),
            );
            if key <= first {
                (high, high_name) = (start, first.0);
            } else if key > last {
                (low, low_name) = (end, last.0);
            } else {
                (low, high) = (start, end.saturating_sub(1));
                while low < high {
                    let middle = low.midpoint(high);
                    if self.place(run, middle) < key {
                        low = middle.saturating_add(1);
                    } else {
                        high = middle;
                    }
                }
            }
        }
        Ok(low)
    }

    fn is_in_window(&self, run: &Run, number: u64) -> bool {
        let (at, start) = self.window_start;
        let end = start.saturating_add((self.window.len() / PLACE) as u64);
        at == run.at && (start..end).contains(&number)
    }

    fn load(&mut self, run: &Run, start: u64, end: u64) -> io::Result<()> {
        let count = WINDOW.min(end.saturating_sub(start));
        let length = usize::try_from(count).unwrap_or(0).saturating_mul(PLACE);
        self.window.clear();
        self.window.resize(length, 0);
        self.window_start = (run.at, start);
        let at = run.at.saturating_add(start.saturating_mul(PLACE as u64));
        self.index.read_exact_at(&mut self.window, at)
    }

    /// Name and place of a number that is in the window.
    fn place(&self, run: &Run, number: u64) -> (u64, u64) {
        debug_assert!(self.is_in_window(run, number));
        let skipped = number.saturating_sub(self.window_start.1);
        usize::try_from(skipped)
            .ok()
            .and_then(|skipped| self.window.get(skipped.saturating_mul(PLACE)..))
            .map_or((0, 0), decode)
    }
}

/// One place as it stands in the file.
pub(super) fn encode(name: u64, place: u32) -> [u8; PLACE] {
    let mut bytes = [0; PLACE];
    name.to_le_bytes()
        .into_iter()
        .chain(place.to_le_bytes())
        .zip(&mut bytes)
        .for_each(|(byte, slot)| *slot = byte);
    bytes
}

/// Name and place that the bytes begin with.
pub(super) fn decode(bytes: &[u8]) -> (u64, u64) {
    let Some((name, rest)) = bytes.split_first_chunk() else {
        return (0, 0);
    };
    let place = rest
        .first_chunk()
        .map_or(0, |place| u32::from_le_bytes(*place));
    (u64::from_le_bytes(*name), u64::from(place))
}

/// Places read at once.
const WINDOW: u64 = 1000;
/// After so many guesses the span is halved instead.
const GUESSES: u32 = 4;
