//! Reads a trace by what its entries say: prefix of the transaction id, time range, text, level.
//!
//! Entries come one after the other, in the order of the file, in constant memory. When the index knows the times of a
//! stretch, stretches outside the range are not read.

use std::fs::File;
use std::path::{Path, PathBuf};

use jiff::civil::DateTime;
use memchr::memmem::{self, Finder};

use crate::domain::transaction_id::TransactionId;
use crate::trace::blocks::{Blocks, last_entry_start, next_entry_start};
use crate::trace::entry::{Entry, Head, names, ordinal};
use crate::trace::escape::escape;
use crate::trace::index::Index;
use crate::trace::level::Level;
use crate::trace::volumes::{Following, Part, Volume};
use crate::trace::{Page, TraceError};

/// Which entries are wanted: those for which everything that is set holds.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Filter {
    /// A transaction id that the entry is about or mentions begins with this.
    pub prefix: Option<String>,
    /// Not before this local time. Lines without a head have no time, and are not in any range.
    pub since: Option<DateTime>,
    /// Before this local time.
    pub until: Option<DateTime>,
    /// The entry, continuation lines included, has this text, letter for letter; never a pattern.
    pub text: Option<String>,
    /// At least as grave.
    pub level: Option<Level>,
}

/// Reads the entries that pass `filter`, of all files of the trace ([`files`](super::files)). A missing file has none; what is
/// appended after the call is not read.
///
/// # Errors
///
/// [`TraceError`] when the file cannot be opened.
pub fn read(path: &Path, filter: Filter, page: Page) -> Result<Reading, TraceError> {
    Following::new(path, page, move |volume, page| {
        Passing::in_file(volume, filter.clone(), page)
    })
}

/// The entries, one after the other; made by [`read()`].
pub type Reading = Following<Passing>;

/// The entries of one file.
#[derive(Debug)]
pub struct Passing {
    path: PathBuf,
    filter: Filter,
    since: Option<u64>,
    until: Option<u64>,
    log: File,
    /// Parts of the file still to be read.
    stretches: std::vec::IntoIter<(u64, u64)>,
    /// What every wanted entry has in it.
    finder: Option<Finder<'static>>,
    blocks: Blocks,
    /// So much of the block is done.
    searched: usize,
    left: usize,
}

impl Filter {
    /// Whether an entry that was found otherwise, by its transaction, passes too.
    pub fn accepts(&self, entry: &Entry) -> bool {
        let is_in_range = |time: DateTime| {
            self.since.is_none_or(|since| time >= since)
                && self.until.is_none_or(|until| time < until)
        };
        let has_range = self.since.is_some() || self.until.is_some();
        let begins = |prefix: &String| {
            let id = entry.transaction().map(TransactionId::as_str);
            id.is_some_and(|id| id.starts_with(prefix.as_str()))
        };
        (!has_range || entry.time().is_some_and(is_in_range))
            && self.level.is_none_or(|level| entry.level() >= level)
            && self.prefix.as_ref().is_none_or(begins)
            && self
                .text
                .as_ref()
                .is_none_or(|text| entry.to_string().contains(&*escape(text)))
    }

    /// The parts of a file that may hold wanted entries; each starts where an entry starts.
    fn stretches(&self, volume: &Volume) -> Vec<(u64, u64)> {
        let mut stretches: Vec<(u64, u64)> = Vec::new();
        let mut covered = 0;
        if self.since.is_some() || self.until.is_some() {
            let (since, until) = (self.since.map_or(0, ordinal), self.until.map(ordinal));
            if let Some((_, table)) = Index::of(&volume.path).read(&volume.file) {
                covered = table.covered;
                for run in table.runs {
                    let is_wanted =
                        run.latest >= since && until.is_none_or(|until| run.earliest < until);
                    match stretches.last_mut() {
                        _ if !is_wanted => {}
                        Some((_, end)) if *end == run.base => *end = run.end,
                        _ => stretches.push((run.base, run.end)),
                    }
                }
            }
        }
        stretches.push((covered, volume.length));
        stretches
    }
}

impl Part for Passing {
    fn resume_at(&self) -> Option<u64> {
        let is_over = self.blocks.is_last()
            && self.searched >= self.blocks.block().len()
            && self.stretches.len() == 0;
        (!is_over).then(|| self.blocks.offset().saturating_add(self.searched as u64))
    }
}

impl Passing {
    fn in_file(volume: Volume, filter: Filter, page: Page) -> Result<Self, TraceError> {
        let mut stretches = filter.stretches(&volume);
        stretches.retain(|(_, end)| *end > page.from);
        if let Some((start, _)) = stretches.first_mut() {
            *start = page.from.max(*start);
        }
        let needle = match (&filter.text, &filter.prefix) {
            (Some(text), _) if !text.is_empty() => escape(text).into_owned(),
            (_, Some(prefix)) => prefix.clone(),
            _ => String::new(),
        };
        let blocks = Blocks::over(None, page.from, None).map_err(|source| TraceError::Read {
            path: volume.path.clone(),
            source,
        })?;
        Ok(Self {
            path: volume.path,
            blocks,
            finder: (!needle.is_empty()).then(|| Finder::new(&needle).into_owned()),
            since: filter.since.map(ordinal),
            until: filter.until.map(ordinal),
            filter,
            log: volume.file,
            stretches: stretches.into_iter(),
            searched: 0,
            left: page.limit,
        })
    }

    /// The next wanted entry of the block.
    fn next_in_block(&mut self) -> Option<Entry> {
        loop {
            let block = self.blocks.block();
            let rest = block.get(self.searched..)?;
            let (start, hit_end) = match &self.finder {
                Some(finder) => {
                    let hit = finder.find(rest)?;
                    let start = last_entry_start(rest.get(..hit)?).unwrap_or(0);
                    (start, hit.saturating_add(finder.needle().len()))
                }
                None if rest.is_empty() => return None,
                None => (0, 1),
            };
            let end = next_entry_start(rest.get(hit_end..)?)
                .map_or(rest.len(), |length| hit_end.saturating_add(length));
            let bytes = rest.get(start..end)?;
            let at = self.blocks.offset().saturating_add(self.searched as u64);
            let entry = self
                .is_wanted(bytes)
                .then(|| Entry::from_bytes(bytes, at.saturating_add(start as u64)));
            self.searched = self.searched.saturating_add(end);
            if let Some(entry) = entry {
                let is_grave = self.filter.level.is_none_or(|level| entry.level() >= level);
                if is_grave {
                    return Some(entry);
                }
            }
        }
    }

    fn is_wanted(&self, bytes: &[u8]) -> bool {
        let head = Head::parse(bytes);
        if self.since.is_some() || self.until.is_some() {
            let Some(time) = head.as_ref().map(|head| ordinal(head.time)) else {
                return false;
            };
            if self.since.is_some_and(|since| time < since)
                || self.until.is_some_and(|until| time >= until)
            {
                return false;
            }
        }
        if let Some(prefix) = &self.filter.prefix {
            let mut is_named = false;
            names(bytes, head.map(|head| head.length), |name| {
                is_named |= name.starts_with(prefix.as_bytes());
            });
            if !is_named {
                return false;
            }
        }
        self.filter
            .text
            .as_ref()
            .is_none_or(|text| memmem::find(bytes, escape(text).as_bytes()).is_some())
    }

    /// On to the next block. False at the end.
    fn advance(&mut self) -> std::io::Result<bool> {
        self.searched = 0;
        loop {
            if self.blocks.advance()? {
                return Ok(true);
            }
            let Some((from, until)) = self.stretches.next() else {
                return Ok(false);
            };
            let log = self.log.try_clone()?;
            self.blocks = Blocks::over(Some(log), from, Some(until))?;
        }
    }
}

impl Iterator for Passing {
    type Item = Result<Entry, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        loop {
            if let Some(entry) = self.next_in_block() {
                self.left = self.left.saturating_sub(1);
                return Some(Ok(entry));
            }
            match self.advance() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(source) => {
                    self.left = 0;
                    return Some(Err(TraceError::Read {
                        path: self.path.clone(),
                        source,
                    }));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn at(time: &str) -> Option<DateTime> {
        Some(time.parse().unwrap())
    }

    fn texts(path: &Path, filter: Filter) -> Vec<String> {
        read(path, filter, Page::ALL)
            .unwrap()
            .map(|entry| entry.unwrap().text().to_owned())
            .collect()
    }

    #[test]
    fn entries_are_read_by_prefix_time_text_and_level() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t");
        fs::write(
            &path,
            "lost [AB1]\n-- 2024-5-14 15:39:00 001 -1-  [AB1] one\n\
            -- 2024-5-14 15:39:00 002 --  AB2 - Partner call\n\
            -- 2024-5-14 15:40:00 000 -- [CD] Process Error : two\nmore [AB3]\n\
            -- 2024-12-1 00:00:00 000 --  AB is no id here, held\n",
        )
        .unwrap();
        let all = Filter::default();
        for indexed in [false, true] {
            if indexed {
                Index::of(&path).catch_up(u64::MAX, |_| ()).unwrap();
            }
            assert_eq!(texts(&path, all.clone()).len(), 5);
            let prefix = |prefix: &str| Filter {
                prefix: Some(prefix.to_owned()),
                ..Filter::default()
            };
            assert_eq!(
                texts(&path, prefix("AB")),
                ["lost [AB1]", "one", "Partner call", "Process Error : two"]
            );
            assert_eq!(texts(&path, prefix("AB2")), ["Partner call"]);
            assert_eq!(texts(&path, prefix("B")), [""; 0]);
            let range = |since, until| Filter {
                since,
                until,
                ..Filter::default()
            };
            let (from, to) = (at("2024-05-14T15:39:00.002"), at("2024-12-01T00:00:00"));
            assert_eq!(
                texts(&path, range(from, to)),
                ["Partner call", "Process Error : two"]
            );
            assert_eq!(texts(&path, range(to, None)).len(), 1);
            assert_eq!(texts(&path, range(None, from)), ["one"]);
            let text = |text: &str| Filter {
                text: Some(text.to_owned()),
                ..Filter::default()
            };
            assert_eq!(texts(&path, text("more [")), ["Process Error : two"]);
            assert_eq!(texts(&path, text(".*")), [""; 0]);
            let grave = |level| Filter {
                level: Some(level),
                ..Filter::default()
            };
            assert_eq!(texts(&path, grave(Level::Error)), ["Process Error : two"]);
            assert_eq!(texts(&path, grave(Level::Warning)).len(), 2);
        }
    }

    #[test]
    fn stretches_out_of_the_range_are_left_out_and_pages_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t");
        let mut content = String::new();
        for day in 1..=28 {
            for number in 0..1000 {
                content +=
                    &format!("-- 2024-2-{day:02} 00:00:00 {number:03} --  [D{day}] {number}\n");
            }
            fs::write(&path, &content).unwrap();
        }
        Index::of(&path).catch_up(300_000, |_| ()).unwrap();
        Index::of(&path).catch_up(300_000, |_| ()).unwrap();
        let filter = Filter {
            since: at("2024-02-20T00:00:00.500"),
            until: at("2024-02-21T00:00:00.500"),
            ..Filter::default()
        };
        let (mut from, mut found) = (Some(0), Vec::new());
        while let Some(start) = from {
            let page = Page {
                from: start,
                limit: 30,
            };
            let mut reading = read(&path, filter.clone(), page).unwrap();
            found.extend(
                reading
                    .by_ref()
                    .map(|entry| entry.unwrap().text().to_owned()),
            );
            from = reading.resume_at();
        }
        let expected: Vec<String> = (500..1000).chain(0..500).map(|n| n.to_string()).collect();
        assert_eq!(found, expected);
    }
}
