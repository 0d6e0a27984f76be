//! Reads the journal: every file and the table as one, in one order.

use std::path::{Path, PathBuf};

use crate::domain::transaction_id::TransactionId;
use crate::trace::journal::{Journal, Sink};
use crate::trace::merge::{Lane, Merge};
use crate::trace::node::{Node, node_files};
use crate::trace::recent::{Summary, last_transactions, summarise};
use crate::trace::stored::{self, Rows, Wanted};
use crate::trace::volumes::{Following, Part};
use crate::trace::{Entry, Filter, Page, TraceError, files, look_up, read};

/// Entries of a journal, one after the other. Of one file they come in the order of the file; of several, or of the table, in that of
/// time, machine, process, count.
pub struct Timeline {
    from: u64,
    given: u64,
    left: usize,
    inner: Inner,
}

enum Inner {
    One(Box<dyn Paged>),
    Many(Merge),
}

impl Timeline {
    /// Where the next page starts, as [`Page::from`]; it may turn out empty. `None` when nothing is left. Of one file these are bytes,
    /// of several the number of entries before.
    pub fn resume_at(&self) -> Option<u64> {
        match &self.inner {
            Inner::One(pages) => pages.resume_at(),
            Inner::Many(merge) => (!merge.is_over()).then(|| self.from.saturating_add(self.given)),
        }
    }
}

impl Iterator for Timeline {
    type Item = Result<Entry, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        let merge = match &mut self.inner {
            Inner::One(pages) => return pages.next(),
            Inner::Many(merge) => merge,
        };
        if self.left == 0 {
            return None;
        }
        if self.given == 0 {
            for _ in 0..self.from {
                if let Err(error) = merge.next()? {
                    return Some(Err(error));
                }
            }
        }
        let next = merge.next();
        match &next {
            Some(Ok(_)) => {
                self.left = self.left.saturating_sub(1);
                self.given = self.given.saturating_add(1);
            }
            _ => self.left = 0,
        }
        next
    }
}

impl Journal {
    /// The entries that name a transaction, of all files and the table. In a file also those of others that mention it in
    /// brackets; of the table its own.
    ///
    /// # Errors
    ///
    /// [`TraceError`] when a file cannot be opened, or the table not be read while lines are kept there.
    pub fn look_up(&self, id: &TransactionId, page: Page) -> Result<Timeline, TraceError> {
        self.timeline(page, Wanted::Of(id.clone()), |path, page| {
            Ok(Box::new(look_up(path, id, page)?))
        })
    }

    /// The entries that pass `filter`, of all files and the table.
    ///
    /// # Errors
    ///
    /// As [`Journal::look_up`].
    pub fn read(&self, filter: &Filter, page: Page) -> Result<Timeline, TraceError> {
        self.timeline(page, Wanted::Passing(filter.clone()), |path, page| {
            Ok(Box::new(read(path, filter.clone(), page)?))
        })
    }

    /// The `count` transactions of which the journal speaks last, the latest first.
    ///
    /// # Errors
    ///
    /// As [`Journal::look_up`].
    pub fn recent(&self, count: usize) -> Result<Vec<Summary>, TraceError> {
        let mut ids = Vec::new();
        let sources = self.sources()?;
        let is_one = sources.len() == 1;
        for (_, path) in sources {
            ids.extend(last_transactions(&path, count)?);
        }
        let in_files = ids.len();
        if let Some(database) = self.database() {
            match stored::last_ids(database.as_ref(), count) {
                Ok(found) => ids.extend(found),
                Err(error) if self.sink() == Sink::Table => return Err(error),
                Err(_) => {}
            }
        }
        let is_one = is_one && ids.len() == in_files;
        if !is_one {
            ids.sort();
            ids.dedup();
        }
        let mut found = Vec::new();
        for id in ids {
            let summary = summarise(&id, self.look_up(&id, Page::ALL)?)?;
            found.extend(summary);
        }
        if !is_one {
            let last = |one: &Summary| std::cmp::Reverse(self.moment(&one.last, None));
            found.sort_by_cached_key(last);
            found.truncate(count);
        }
        Ok(found)
    }

    /// Every file of the journal, also those put aside: of the plugin's first, then of each machine by name.
    ///
    /// # Errors
    ///
    /// [`TraceError::Open`] when the folder cannot be read.
    pub fn files(&self) -> Result<Vec<PathBuf>, TraceError> {
        let mut all = Vec::new();
        for (_, path) in self.sources()? {
            all.extend(files(&path)?);
        }
        Ok(all)
    }

    /// The plugin's file, then that of each machine which has one.
    pub(super) fn sources(&self) -> Result<Vec<(Option<Node>, PathBuf)>, TraceError> {
        let mut sources = vec![(None, self.path().to_owned())];
        let nodes = node_files(self.path())?;
        sources.extend(nodes.into_iter().map(|(node, path)| (Some(node), path)));
        Ok(sources)
    }

    fn timeline(
        &self,
        page: Page,
        wanted: Wanted,
        open: impl Fn(&Path, Page) -> Result<Box<dyn Paged>, TraceError>,
    ) -> Result<Timeline, TraceError> {
        let sources = self.sources()?;
        let rows = self.rows(wanted)?;
        let inner = if sources.len() == 1 && rows.is_none() {
            Inner::One(open(self.path(), page)?)
        } else {
            let mut lanes = Vec::new();
            for (node, path) in sources {
                let entries = open(&path, Page::ALL)?.map(|entry| Ok((None, entry?)));
                lanes.push(Lane::new(Box::new(entries), node));
            }
            if let Some(rows) = rows {
                let entries = rows.map(|row| row.map(|(time, entry)| (Some(time), entry)));
                lanes.push(Lane::new(Box::new(entries), None));
            }
            Inner::Many(Merge::new(lanes, self.zone().clone()))
        };
        Ok(Timeline {
            from: page.from,
            given: 0,
            left: page.limit,
            inner,
        })
    }

    /// The rows of the table, if there are any. Where lines are not kept there, it is looked at only for older ones.
    fn rows(&self, wanted: Wanted) -> Result<Option<Rows>, TraceError> {
        let Some(database) = self.database() else {
            return Ok(None);
        };
        let mut rows = Rows::new(database, self.zone().clone(), wanted);
        match rows.is_empty() {
            Ok(true) => Ok(None),
            Ok(false) => Ok(Some(rows)),
            Err(error) if self.sink() == Sink::Table => Err(error),
            Err(_) => Ok(None),
        }
    }
}

/// Entries that can be gone on with later.
trait Paged: Iterator<Item = Result<Entry, TraceError>> {
    fn resume_at(&self) -> Option<u64>;
}

impl<P: Part> Paged for Following<P> {
    fn resume_at(&self) -> Option<u64> {
        Following::resume_at(self)
    }
}
