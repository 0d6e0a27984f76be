//! The merchant trace of a site: where its lines go, on one machine or on several.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process;
use std::rc::Rc;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::clock::UnixMillis;
use crate::database::{Database, DatabaseError};
use crate::domain::transaction_id::TransactionId;
use crate::trace::TraceError;
use crate::trace::chain::{Ends, Witness};
use crate::trace::conceal::{conceal, without_secrets};
use crate::trace::entry::Entry;
use crate::trace::level::Level;
use crate::trace::line::{local_time, moment};
use crate::trace::node::Node;
use crate::trace::rotation::Rotation;
use crate::trace::sealing::name_of;
use crate::trace::stored::{self, Line};
use crate::trace::writer::{Trace, next_in_process};

/// Where lines are written. All places are read, wherever that is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Sink {
    /// The plugin's file, for one machine: `merchant_trace.log`.
    #[default]
    File,
    /// A file for each machine beside the plugin's: `merchant_trace.web1.log`.
    FilePerNode,
    /// The table `local_shopengine_trace` of the database.
    Table,
}

/// The merchant trace of a site.
///
/// In a table a line must not go with a transaction that is undone, for a request that failed is told of too. So lines wait until
/// none is open, and at most until the outermost [`Journal::hold`] ends. What cannot be written there, or is still waiting when
/// the journal is dropped, goes to the machine's own file, which every reader reads too. A process that
/// dies takes the waiting lines along; those of decisions are written again from the history.
pub struct Journal {
    /// The plugin's file: others are beside it.
    trace: Trace,
    /// The machine's own file.
    own: Trace,
    sink: Sink,
    node: Node,
    database: Option<Rc<dyn Database>>,
    waiting: RefCell<Vec<Line>>,
    holds: Cell<u32>,
}

impl Sink {
    /// Reads the name of a sink, as it stands in the settings.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "" | "file" => Some(Self::File),
            "filepernode" => Some(Self::FilePerNode),
            "table" => Some(Self::Table),
            _ => None,
        }
    }
}

impl From<Trace> for Journal {
    fn from(trace: Trace) -> Self {
        Self::new(trace, Sink::File, Node::named(""), None)
    }
}

impl Journal {
    /// The journal whose plugin's file is `trace`, as `node` writes it. Without a database lines for the table go to the
    /// machine's file.
    pub fn new(trace: Trace, sink: Sink, node: Node, database: Option<Rc<dyn Database>>) -> Self {
        Self {
            own: trace.beside(node.file(trace.path())),
            trace,
            sink,
            node,
            database,
            waiting: RefCell::default(),
            holds: Cell::new(0),
        }
    }

    /// Writes one line; its level is told from its words.
    ///
    /// # Errors
    ///
    /// [`TraceError`] when the line is nowhere. No sale stops for it.
    pub fn write(
        &self,
        now: UnixMillis,
        transaction: Option<&TransactionId>,
        text: &str,
    ) -> Result<(), TraceError> {
        self.write_as(now, transaction, text, None)
    }

    /// Writes one line of that level. Files have no field for it: there a reader tells it from the words, whatever it was
    /// written as.
    ///
    /// # Errors
    ///
    /// As [`Journal::write`].
    pub fn write_as(
        &self,
        now: UnixMillis,
        transaction: Option<&TransactionId>,
        text: &str,
        level: Option<Level>,
    ) -> Result<(), TraceError> {
        match self.sink {
            Sink::File => self.trace.write(now, transaction, text),
            Sink::FilePerNode => self.own.write(now, transaction, text),
            Sink::Table => {
                self.waiting.borrow_mut().push(Line {
                    time: now,
                    process: process::id(),
                    sequence: next_in_process(),
                    transaction: transaction.cloned(),
                    level: level.unwrap_or_else(|| Level::of(text)),
                    text: text.to_owned(),
                });
                if self.holds.get() == 0 {
                    return self.flush();
                }
                Ok(())
            }
        }
    }

    /// Writes one line about a letter, and the letter with it, into a mail trace. Passwords and log-in tickets are concealed before it is
    /// written.
    ///
    /// # Errors
    ///
    /// As [`Journal::write`].
    pub fn write_mail(
        &self,
        now: UnixMillis,
        transaction: Option<&TransactionId>,
        to: &str,
        subject: &str,
        body: &str,
    ) -> Result<(), TraceError> {
        let letter = format!("Mail to {to} : {subject}\n@@@@@@@@\n{body}\n@@@@@@@@");
        self.write(now, transaction, &without_secrets(&letter))
    }

    /// Lets lines for the table wait until what this gives is dropped: one statement writes them all.
    #[must_use]
    pub fn hold(&self) -> Held<'_> {
        self.holds.set(self.holds.get().saturating_add(1));
        Held(self)
    }

    /// The plugin's file.
    pub fn path(&self) -> &Path {
        self.trace.path()
    }

    /// Where lines go.
    pub fn sink(&self) -> Sink {
        self.sink
    }

    /// The machine.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// How many lines were lost in this object's life.
    pub fn lost(&self) -> u64 {
        self.trace.lost().saturating_add(self.own.lost())
    }

    /// The moment of an entry; `None` when it has no time. In the hour that the end of summer time repeats it is the earlier one, unless
    /// `seen`, the latest moment of the entries before, says that it is over.
    pub fn moment(&self, entry: &Entry, seen: Option<UnixMillis>) -> Option<UnixMillis> {
        let seen = seen.map_or(i64::MIN, UnixMillis::millis);
        let millis = moment(entry.time()?, self.zone(), seen);
        Some(UnixMillis::from_millis(millis))
    }

    /// The moment as the journal's files write it.
    pub fn local_time(&self, now: UnixMillis) -> DateTime {
        local_time(now, self.zone())
    }

    /// The zone of its times; empty for one without a name.
    pub fn zone_name(&self) -> &str {
        self.zone().iana_name().unwrap_or_default()
    }

    /// Puts aside the plugin's file and those of all machines, each if it is time, and removes what need not be kept any longer: files
    /// that were put aside, and lines of the table. Gives the new names, and how many files and lines were removed.
    ///
    /// # Errors
    ///
    /// [`TraceError`] when a file cannot be read, renamed or removed, or the table not be changed.
    pub fn rotate(
        &self,
        now: UnixMillis,
        rotation: Rotation,
    ) -> Result<(Vec<PathBuf>, usize, usize), TraceError> {
        let (mut asides, mut removed, mut lines) = (Vec::new(), 0_usize, 0);
        for (_, path) in self.sources()? {
            let (aside, files) = self.trace.at(&path).rotate(now, rotation)?;
            asides.extend(aside);
            removed = removed.saturating_add(files);
        }
        if rotation.keep > 0
            && let Some(database) = &self.database
        {
            let oldest = now.plus_millis(i64::from(rotation.keep).saturating_mul(-DAY));
            lines = stored::forget(database.as_ref(), oldest)?;
        }
        Ok((asides, removed, lines))
    }

    /// Writes `*` over each of these texts in all files and in the table, with `marks` only in entries that name one of them, as
    /// [`conceal()`](super::conceal()): in what is sealed it leaves a record, in each file's own chain. Gives the number of places.
    ///
    /// # Errors
    ///
    /// [`TraceError`] when a file or the table cannot be read or written; what was concealed before stays concealed.
    pub fn conceal(
        &self,
        texts: &[&str],
        marks: &[&str],
        now: UnixMillis,
        witness: &Witness,
    ) -> Result<usize, TraceError> {
        let mut places = 0_usize;
        for (_, path) in self.sources()? {
            places = places.saturating_add(conceal(&path, texts, marks, now, witness)?);
        }
        if let Some(database) = &self.database {
            places = places.saturating_add(stored::conceal(database.as_ref(), texts, marks)?);
        }
        Ok(places)
    }

    /// The plugin's file, and the machine's own if lines go there or ever went.
    pub(super) fn sealable(&self, ends: &Ends) -> Result<Vec<&Trace>, TraceError> {
        let own = self.own.path();
        let is_there = self.sink == Sink::FilePerNode
            || ends.contains_key(&name_of(own))
            || self.sources()?.iter().any(|(_, path)| path == own);
        let mut traces = vec![&self.trace];
        traces.extend(is_there.then_some(&self.own));
        Ok(traces)
    }

    pub(super) fn zone(&self) -> &TimeZone {
        self.trace.zone()
    }

    pub(super) fn database(&self) -> Option<Rc<dyn Database>> {
        self.database.clone()
    }

    /// Writes what waits, if what is written now will stay.
    fn flush(&self) -> Result<(), TraceError> {
        if self.waiting.borrow().is_empty() {
            return Ok(());
        }
        let Some(database) = self.database() else {
            return self.spill(&self.waiting.take(), None);
        };
        match database.is_open() {
            Ok(true) if self.waiting.borrow().len() < MOST => return Ok(()),
            Ok(true) => return self.spill(&self.waiting.take(), None),
            Ok(false) => {}
            Err(error) => return self.spill(&self.waiting.take(), Some(&error)),
        }
        // Nothing of ours is borrowed while the database, which may be PHP's, is at work.
        let lines = self.waiting.take();
        match stored::insert(database.as_ref(), &self.node, &lines) {
            Ok(()) => Ok(()),
            Err((rest, error)) => self.spill(rest, Some(&error)),
        }
    }

    /// Writes lines to the machine's own file.
    fn spill(&self, lines: &[Line], error: Option<&DatabaseError>) -> Result<(), TraceError> {
        let mut written = Ok(());
        if let (Some(error), Some(line)) = (error, lines.first()) {
            let text = format!("[ERROR] the trace's table cannot be written : {error}");
            written = self.own.write(line.time, None, &text);
        }
        for line in lines {
            let done = self
                .own
                .write(line.time, line.transaction.as_ref(), &line.text);
            written = written.and(done);
        }
        written
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        // Not to the database: who drops this may be PHP's own end, when it cannot be called any more.
        let lines = self.waiting.take();
        let _ = self.spill(&lines, None);
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal")
            .field("path", &self.path())
            .field("sink", &self.sink)
            .field("node", &self.node)
            .finish_non_exhaustive()
    }
}

/// Lines for the table wait while this lives; made by [`Journal::hold`].
#[derive(Debug)]
pub struct Held<'a>(&'a Journal);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let holds = self.0.holds.get().saturating_sub(1);
        self.0.holds.set(holds);
        if holds == 0 {
            // What cannot be written was counted.
            let _ = self.0.flush();
        }
    }
}

const DAY: i64 = 24 * 60 * 60 * 1000;
/// More lines do not wait for somebody's transaction.
const MOST: usize = 1000;
