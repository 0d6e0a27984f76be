//! `ShopEngine\TraceEntries`: entries of a trace, one after the other.

use std::rc::Rc;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ext_php_rs::boxed::ZBox;
use ext_php_rs::flags::ClassFlags;
use ext_php_rs::prelude::*;
use ext_php_rs::types::ZendHashTable;
use ext_php_rs::zend::ce;
use serde::Serialize;

use super::convert;
use crate::domain::transaction_id::TransactionId;
use crate::trace::{self, Entry, Filter, Journal, Node, Page, TraceError};

/// Entries of a trace in the order of the file, of several machines in that of time, machine, process and count, read as the loop goes on: memory does not grow with the file.
#[php_class]
#[php(name = "ShopEngine\\TraceEntries")]
#[php(flags = ClassFlags::Final)]
#[php(implements(ce = ce::iterator, stub = "\\Iterator"))]
pub struct TraceEntries {
    journal: Rc<Journal>,
    transaction: Option<TransactionId>,
    filter: Filter,
    state: Mutex<State>,
}

#[php_impl]
impl TraceEntries {
    /// The entry: `time` (local, as written, with milliseconds; null when the line has no head), `node` and `process` (who wrote it: null in
    /// the plugin's file, which does not say), `sequence` (the line's count within its process, null in older files), `transid`, `actor`, `text`, `level` (`info`, `warning`, `error`), `line` (as in
    /// the file), `continuation` (the lines below it) and `offset` (bytes). Null after the last.
    pub fn current(&self) -> PhpResult<Option<ZBox<ZendHashTable>>> {
        let state = self.state();
        let Some(entry) = &state.current else {
            return Ok(None);
        };
        Ok(Some(convert::answer(&Shown::new(entry))?))
    }

    /// The number of the entry among those found, from 0.
    pub fn key(&self) -> i64 {
        self.state().number
    }

    /// On to the next.
    ///
    /// @throws \ShopEngine\Exception\TraceException
    pub fn next(&self) -> PhpResult<()> {
        let mut state = self.state();
        state.number = state.number.saturating_add(1);
        Ok(state.step()?)
    }

    /// To the first; what was appended meanwhile is read too.
    ///
    /// @throws \ShopEngine\Exception\TraceException
    pub fn rewind(&self) -> PhpResult<()> {
        let filter = self.filter.clone();
        let source: Source =
            match &self.transaction {
                Some(id) => Box::new(self.journal.look_up(id, Page::ALL)?.filter(move |entry| {
                    entry.as_ref().map_or(true, |entry| filter.accepts(entry))
                })),
                None => Box::new(self.journal.read(&filter, Page::ALL)?),
            };
        let mut state = self.state();
        *state = State {
            source: Some(source),
            current: None,
            number: 0,
        };
        Ok(state.step()?)
    }

    /// Whether there is an entry here.
    pub fn valid(&self) -> bool {
        self.state().current.is_some()
    }
}

impl TraceEntries {
    pub(super) fn new(
        journal: Rc<Journal>,
        transaction: Option<TransactionId>,
        filter: Filter,
    ) -> Self {
        Self {
            journal,
            transaction,
            filter,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Source = Box<dyn Iterator<Item = Result<Entry, TraceError>>>;

#[derive(Default)]
struct State {
    /// None before the first [`TraceEntries::rewind`].
    source: Option<Source>,
    current: Option<Entry>,
    number: i64,
}

impl State {
    fn step(&mut self) -> Result<(), TraceError> {
        self.current = None;
        self.current = self.source.as_mut().and_then(Iterator::next).transpose()?;
        Ok(())
    }
}

#[derive(Serialize)]
pub(super) struct Shown<'a> {
    time: Option<String>,
    node: Option<&'a str>,
    process: Option<u64>,
    sequence: Option<u64>,
    transid: Option<&'a str>,
    actor: Option<&'a str>,
    text: String,
    level: &'static str,
    line: &'a str,
    continuation: &'a [String],
    offset: u64,
}

impl<'a> Shown<'a> {
    pub(super) fn new(entry: &'a Entry) -> Self {
        Self {
            time: entry.time().map(|time| format!("{time:.3}")),
            node: entry.node().map(Node::as_str),
            process: entry.process(),
            sequence: entry.iter(),
            transid: entry.transaction().map(TransactionId::as_str),
            actor: entry.actor(),
            text: trace::unescape(entry.text()).into_owned(),
            level: entry.level().as_str(),
            line: entry.line(),
            continuation: entry.continuation(),
            offset: entry.offset(),
        }
    }
}
