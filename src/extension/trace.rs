//! `ShopEngine\Trace`: the merchant trace.

use ext_php_rs::binary_slice::BinarySlice;
use ext_php_rs::boxed::ZBox;
use ext_php_rs::flags::ClassFlags;
use ext_php_rs::prelude::*;
use ext_php_rs::types::ZendHashTable;
use jiff::civil::DateTime;
use serde::Serialize;

use super::convert;
use super::entries::{Shown, TraceEntries};
use super::exception::value_error;
use crate::clock::{Clock, SystemClock};
use crate::domain::transaction_id::TransactionId;
use crate::trace::{self, Entry, Filter, Level, Page, Rotation, Summary};

/// A trace file in the plugin's format, shared by any number of processes.
#[php_class]
#[php(name = "ShopEngine\\Trace")]
#[php(flags = ClassFlags::Final)]
pub struct Trace(trace::Trace);

#[php_impl]
impl Trace {
    /// A trace at `$path`, with times in the named zone (`date_default_timezone_get()`). Opens nothing yet.
    pub fn __construct(path: &str, timezone: &str) -> Self {
        Self(trace::Trace::new(path, timezone))
    }

    /// Appends one line; line breaks and control characters of the text are made harmless.
    ///
    /// @throws \ShopEngine\Exception\TraceException when the line is not in the file
    pub fn write(&self, text: BinarySlice<u8>, transactionid: Option<&str>) -> PhpResult<()> {
        let transaction = transactionid.map(TransactionId::parse).transpose()?;
        let text = String::from_utf8_lossy(&text);
        Ok(self
            .0
            .write(SystemClock.now(), transaction.as_ref(), &text)?)
    }

    /// Brings the index beside the file up to date, or makes it; at most about `$budget` bytes of the trace in this call (0: all).
    /// Gives the bytes that are `covered` and the `length` of the trace. The last entry is not covered: it may go on.
    ///
    /// @throws \ShopEngine\Exception\TraceException when the index cannot be written; look-ups go on without it
    #[php(defaults(budget = 0))]
    pub fn index(&self, budget: i64) -> PhpResult<ZBox<ZendHashTable>> {
        let budget = match u64::try_from(budget) {
            Ok(0) => u64::MAX,
            Ok(budget) => budget,
            Err(_) => return Err(value_error("budget must not be negative")),
        };
        let mut indexed = Indexed {
            covered: 0,
            length: 0,
        };
        for file in trace::files(self.0.path())? {
            let coverage = trace::Index::of(&file).catch_up(budget, |_| ())?;
            indexed.covered = indexed.covered.saturating_add(coverage.covered);
            indexed.length = indexed.length.saturating_add(coverage.length);
        }
        convert::answer(&indexed)
    }

    /// Puts the trace aside when it has `$size` bytes or its first entry is `$days` days old, under a name with the moment, and removes what
    /// was put aside and not changed for `$keep` days; 0 is never. Every way to read follows. Gives the `aside` name (null: it was not
    /// time) and how many files were `removed`.
    ///
    /// @throws \ShopEngine\Exception\TraceException
    #[php(defaults(size = 0, days = 0, keep = 0))]
    pub fn rotate(&self, size: i64, days: i64, keep: i64) -> PhpResult<ZBox<ZendHashTable>> {
        let (Ok(size), Ok(days), Ok(keep)) = (
            u64::try_from(size),
            u32::try_from(days),
            u32::try_from(keep),
        ) else {
            return Err(value_error("size, days and keep must not be negative"));
        };
        let (aside, removed) = self
            .0
            .rotate(SystemClock.now(), Rotation { size, days, keep })?;
        convert::answer(&Rotated {
            aside: aside.map(|path| path.display().to_string()),
            removed,
        })
    }

    /// Writes `*` over each of these texts, letter for letter, in all files of the trace: a person's names, e-mail, address. Texts of less than
    /// three letters, or without a letter, are left. Gives the number of places.
    ///
    /// @throws \ShopEngine\Exception\TraceException
    pub fn conceal(&self, texts: Vec<String>) -> PhpResult<usize> {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        Ok(trace::conceal(self.0.path(), &texts)?)
    }

    /// Writes `*` over passwords and log-in tickets of a mail trace, from byte `$from` on. Gives where to go on (`next`) and the
    /// number of `places`.
    ///
    /// @throws \ShopEngine\Exception\TraceException
    #[php(defaults(from = 0))]
    pub fn conceal_secrets(&self, from: i64) -> PhpResult<ZBox<ZendHashTable>> {
        let Ok(from) = u64::try_from(from) else {
            return Err(value_error("from must not be negative"));
        };
        let (next, places) = trace::conceal_secrets(self.0.path(), from)?;
        convert::answer(&Concealed { next, places })
    }

    /// The entries that pass all that is given, read as a loop goes on: those of a transaction, whose id has a prefix, from
    /// `$since` to before `$until` (local time as in the file, `2026-08-21 20:39:01`), with a text in them (never a pattern), at least as grave
    /// as `$level` (`info`, `warning`, `error`).
    ///
    /// @throws \ShopEngine\Exception\UnknownTransactionException for what cannot be a transaction id
    pub fn entries(
        &self,
        transactionid: Option<&str>,
        prefix: Option<String>,
        since: Option<&str>,
        until: Option<&str>,
        text: Option<String>,
        level: Option<&str>,
    ) -> PhpResult<TraceEntries> {
        let time = |text: &str| {
            text.parse::<DateTime>()
                .map_err(|_| value_error("since and until must be times like 2026-08-21 20:39:01"))
        };
        let grade = |name: &str| {
            Level::parse(name).ok_or_else(|| value_error("level must be info, warning or error"))
        };
        let transaction = transactionid.map(TransactionId::parse).transpose()?;
        let filter = Filter {
            prefix,
            since: since.map(time).transpose()?,
            until: until.map(time).transpose()?,
            text,
            level: level.map(grade).transpose()?,
        };
        Ok(TraceEntries::new(
            self.0.path().to_owned(),
            transaction,
            filter,
        ))
    }

    /// The transactions that the trace speaks of last, the latest first: `transid`, `first` and `last` (entries as in a loop over
    /// `entries()`), `entries` (how many), `level` (the gravest) and `milliseconds` from the first to the last (null when a line has
    /// no time).
    ///
    /// @throws \ShopEngine\Exception\TraceException
    #[php(defaults(count = 20))]
    pub fn recent(&self, count: i64) -> PhpResult<ZBox<ZendHashTable>> {
        let Ok(count) = usize::try_from(count) else {
            return Err(value_error("count must not be negative"));
        };
        let found = trace::recent(self.0.path(), count)?;
        let shown: Vec<Recent> = found.iter().map(Recent::new).collect();
        convert::answer(&shown)
    }

    /// Finds the entries that name a transaction, in the order of the file: `entries`, and `resumeat`, the
    /// `$from` of the next page, null at the end. The index beside the file is used when there is one, and caught up when
    /// it is a little behind.
    ///
    /// An entry holds `line` (as in the file), `text`, `own` (whether it is this transaction's own line, others
    /// mention it), `continuation` (the lines below it) and `offset` (bytes).
    ///
    /// @throws \ShopEngine\Exception\TraceException
    #[php(defaults(from = 0, limit = 1000))]
    pub fn scan(
        &self,
        transactionid: &str,
        from: i64,
        limit: i64,
    ) -> PhpResult<ZBox<ZendHashTable>> {
        let transaction = TransactionId::parse(transactionid)?;
        let (Ok(from), Ok(limit)) = (u64::try_from(from), usize::try_from(limit)) else {
            return Err(value_error("from and limit must not be negative"));
        };
        let mut found = trace::look_up(self.0.path(), &transaction, Page { from, limit })?;
        let entries = found
            .by_ref()
            .map(|entry| Ok(Found::new(&entry?, &transaction)))
            .collect::<PhpResult<Vec<_>>>()?;
        convert::answer(&Answer {
            entries,
            resumeat: found.resume_at(),
        })
    }
}

#[derive(Serialize)]
struct Answer {
    entries: Vec<Found>,
    resumeat: Option<u64>,
}

#[derive(Serialize)]
struct Indexed {
    covered: u64,
    length: u64,
}

#[derive(Serialize)]
struct Rotated {
    aside: Option<String>,
    removed: usize,
}

#[derive(Serialize)]
struct Concealed {
    next: u64,
    places: usize,
}

#[derive(Serialize)]
struct Recent<'a> {
    transid: &'a str,
    first: Shown<'a>,
    last: Shown<'a>,
    entries: usize,
    level: &'static str,
    milliseconds: Option<i64>,
}

impl<'a> Recent<'a> {
    fn new(summary: &'a Summary) -> Self {
        Self {
            transid: summary.transaction.as_str(),
            first: Shown::new(&summary.first),
            last: Shown::new(&summary.last),
            entries: summary.entries,
            level: summary.level.as_str(),
            milliseconds: summary.duration(),
        }
    }
}

#[derive(Serialize)]
struct Found {
    line: String,
    text: String,
    own: bool,
    continuation: Vec<String>,
    offset: u64,
}

impl Found {
    fn new(entry: &Entry, transaction: &TransactionId) -> Self {
        Self {
            line: entry.line().to_owned(),
            text: entry.text().to_owned(),
            own: entry.belongs_to(transaction),
            continuation: entry.continuation().to_vec(),
            offset: entry.offset(),
        }
    }
}
