//! Brings the entries of several files, and of the table, into one order: time, machine, process, count.
//!
//! A file's lines are in the order in which they were written, which is nearly that of their times: processes overtake each
//! other by milliseconds. So each lane is sorted within a window of a few lines; beyond it, a clock that was set back
//! stands as it was written. Memory is the windows.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use jiff::tz::TimeZone;

use crate::trace::TraceError;
use crate::trace::entry::Entry;
use crate::trace::line::moment;
use crate::trace::node::Node;

/// The entries of a file or of the table, each with its moment when it is known.
pub(super) type Source = Box<dyn Iterator<Item = Result<(Option<i64>, Entry), TraceError>>>;

/// One source and its window.
pub(super) struct Lane {
    source: Source,
    /// Whose file it is; the table's rows say it themselves.
    node: Option<Node>,
    /// Which lane it is: the last word on order.
    number: usize,
    window: BinaryHeap<Reverse<Waiting>>,
    /// Bytes in the window.
    weight: usize,
    /// The latest moment so far.
    seen: i64,
    arrived: u64,
    is_over: bool,
}

/// Entries of several lanes in one order.
pub(super) struct Merge {
    lanes: Vec<Lane>,
    zone: TimeZone,
    is_begun: bool,
}

impl Lane {
    pub(super) fn new(source: Source, node: Option<Node>) -> Self {
        Self {
            source,
            node,
            number: 0,
            window: BinaryHeap::new(),
            weight: 0,
            seen: i64::MIN,
            arrived: 0,
            is_over: false,
        }
    }

    fn fill(&mut self, zone: &TimeZone) -> Result<(), TraceError> {
        while !self.is_over
            && (self.window.is_empty() || self.window.len() < WINDOW && self.weight < HEAVIEST)
        {
            let Some(next) = self.source.next() else {
                self.is_over = true;
                break;
            };
            let (time, entry) = next.inspect_err(|_| self.is_over = true)?;
            let entry = match &self.node {
                Some(node) => entry.of_node(node),
                None => entry,
            };
            // What has no time goes with the line above it.
            let time = time
                .or_else(|| Some(moment(entry.time()?, zone, self.seen)))
                .unwrap_or(self.seen);
            self.seen = self.seen.max(time);
            self.arrived = self.arrived.saturating_add(1);
            self.weight = self.weight.saturating_add(entry.weight());
            self.window.push(Reverse(Waiting {
                key: Key {
                    time,
                    node: entry.node().cloned(),
                    // Without a process the place in the file is what tells the order.
                    process: entry.process().unwrap_or(0),
                    count: entry.process().and(entry.iter()).unwrap_or(0),
                    lane: self.number,
                    arrived: self.arrived,
                },
                entry,
            }));
        }
        Ok(())
    }

    fn first(&self) -> Option<&Key> {
        self.window.peek().map(|Reverse(waiting)| &waiting.key)
    }
}

impl Merge {
    pub(super) fn new(lanes: Vec<Lane>, zone: TimeZone) -> Self {
        let lanes = lanes
            .into_iter()
            .enumerate()
            .map(|(number, lane)| Lane { number, ..lane })
            .collect();
        Self {
            lanes,
            zone,
            is_begun: false,
        }
    }

    /// Whether nothing is left. Known after the first call of `next`.
    pub(super) fn is_over(&self) -> bool {
        self.is_begun
            && self
                .lanes
                .iter()
                .all(|lane| lane.is_over && lane.window.is_empty())
    }

    fn step(&mut self) -> Result<Option<Entry>, TraceError> {
        if !self.is_begun {
            self.is_begun = true;
            for lane in &mut self.lanes {
                lane.fill(&self.zone)?;
            }
        }
        let next = self
            .lanes
            .iter_mut()
            .filter(|lane| lane.first().is_some())
            .min_by(|a, b| a.first().cmp(&b.first()));
        let Some(lane) = next else {
            return Ok(None);
        };
        let entry = lane.window.pop().map(|Reverse(waiting)| waiting.entry);
        let weight = entry.as_ref().map_or(0, Entry::weight);
        lane.weight = lane.weight.saturating_sub(weight);
        lane.fill(&self.zone)?;
        Ok(entry)
    }
}

impl Iterator for Merge {
    type Item = Result<Entry, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.step();
        if next.is_err() {
            self.lanes.clear();
        }
        next.transpose()
    }
}

/// Compared field by field, from the top.
#[derive(Eq, Ord, PartialEq, PartialOrd)]
struct Key {
    time: i64,
    node: Option<Node>,
    process: u64,
    count: u64,
    lane: usize,
    arrived: u64,
}

struct Waiting {
    key: Key,
    entry: Entry,
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Waiting {}

/// Lines in a window.
pub(super) const WINDOW: usize = 64;
/// Bytes in a window of more than one line.
const HEAVIEST: usize = 1024 * 1024;
