//! `ShopEngine\Trace`: the merchant trace.

use std::collections::HashMap;
use std::rc::Rc;

use ext_php_rs::binary_slice::BinarySlice;
use ext_php_rs::boxed::ZBox;
use ext_php_rs::flags::ClassFlags;
use ext_php_rs::prelude::*;
use ext_php_rs::types::ZendHashTable;
use jiff::civil::DateTime;
use serde::Serialize;

use super::convert;
use super::database::Database;
use super::entries::{Shown, TraceEntries};
use super::exception::value_error;
use crate::clock::{Clock, SystemClock};
use crate::database;
use crate::domain::transaction_id::TransactionId;
use crate::trace::{
    self, Ends, Entry, Filter, Finding, Journal, Level, Node, Page, Rotation, Sink, Summary,
    Verified, Witness,
};

/// The merchant trace of a site: a file in the plugin's format, shared by any number of processes, with what other machines wrote
/// beside it and in the database.
#[php_class]
#[php(name = "ShopEngine\\Trace")]
#[php(flags = ClassFlags::Final)]
pub struct Trace(Rc<Journal>);

#[php_impl]
impl Trace {
    /// A trace at `$path`, with times in the named zone (`date_default_timezone_get()`). Lines go to this file (`$sink` is `file`, the
    /// default), to one of the machine's own beside it (`filepernode`), or to the table of `$database` (`table`), under the machine's
    /// name `$node` (the host's). All of them are read, the table where a database is given. Opens nothing yet.
    pub fn __construct(
        path: &str,
        timezone: &str,
        sink: Option<&str>,
        node: Option<&str>,
        database: Option<&Database>,
    ) -> PhpResult<Self> {
        let database = database.map(Database::share);
        Ok(Self(Rc::new(journal(
            path, timezone, sink, node, database,
        )?)))
    }

    /// Writes one line; line breaks and control characters of the text are made harmless. `$level` (`info`, `warning`, `error`) is kept where
    /// there is a field for it: in the table. A file has none: there the level is told from the words, as without it.
    ///
    /// @throws \ShopEngine\Exception\TraceException when the line is nowhere
    pub fn write(
        &self,
        text: BinarySlice<u8>,
        transactionid: Option<&str>,
        level: Option<&str>,
    ) -> PhpResult<()> {
        let transaction = transactionid.map(TransactionId::parse).transpose()?;
        let level = level.map(grade).transpose()?;
        let text = String::from_utf8_lossy(&text);
        Ok(self
            .0
            .write_as(SystemClock.now(), transaction.as_ref(), &text, level)?)
    }

    /// Writes one line about a letter, with the letter, into a mail trace; passwords and log-in tickets are concealed first.
    ///
    /// @throws \ShopEngine\Exception\TraceException when the line is nowhere
    pub fn write_mail(
        &self,
        to: &str,
        subject: &str,
        body: BinarySlice<u8>,
        transactionid: Option<&str>,
    ) -> PhpResult<()> {
        let transaction = transactionid.map(TransactionId::parse).transpose()?;
        let body = String::from_utf8_lossy(&body);
        Ok(self
            .0
            .write_mail(SystemClock.now(), transaction.as_ref(), to, subject, &body)?)
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
        for file in self.0.files()? {
            let coverage = trace::Index::of(&file).catch_up(budget, |_| ())?;
            indexed.covered = indexed.covered.saturating_add(coverage.covered);
            indexed.length = indexed.length.saturating_add(coverage.length);
        }
        convert::answer(&indexed)
    }

    /// Puts the trace aside when it has `$size` bytes or its first entry is `$days` days old, under a name with the moment, and removes what
    /// was put aside and not changed for `$keep` days; 0 is never. So with the file of each machine; of the table, lines older than
    /// `$keep` days are removed. Every way to read follows. Gives the names of what was put `aside`, and how many files were `removed` and
    /// lines `forgotten`.
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
        let (aside, removed, forgotten) = self
            .0
            .rotate(SystemClock.now(), Rotation { size, days, keep })?;
        convert::answer(&Rotated {
            aside: aside
                .iter()
                .map(|path| path.display().to_string())
                .collect(),
            removed,
            forgotten,
        })
    }

    /// Seals what was appended since the last time to the plugin's file and to this machine's own, in a chain beside each, so that
    /// `verify()` finds what is changed afterwards. `$key` is a secret of the site, without which who can write the files could seal anew
    /// what he changed; `$ends` is what the last calls gave, kept elsewhere than in the files. Gives how many `bytes` were sealed and
    /// the new `ends`, by the names of the files.
    ///
    /// @throws \ShopEngine\Exception\TraceException when a chain cannot be written, or is not as it was written
    pub fn seal(
        &self,
        key: Option<&str>,
        ends: Option<HashMap<String, String>>,
    ) -> PhpResult<ZBox<ZendHashTable>> {
        let ends = ends.into_iter().flatten().collect();
        let (bytes, ends) = self.0.seal(SystemClock.now(), &witness(key), &ends)?;
        convert::answer(&Sealing { bytes, ends })
    }

    /// Compares the files of all machines with their chains; the table has none. Gives for each `file` its `length` and how much of it is
    /// `sealed` (bytes), the `time` of the last seal, whether it is `right`, and `findings`: the `file`'s name, `code` (a language
    /// string), `wrong` (or only worth knowing), where (`from`, `to` in bytes, `first`, `last` in lines), `count`, `time`, and all of
    /// it as an English sentence, `text`.
    ///
    /// @throws \ShopEngine\Exception\TraceException when a file cannot be read
    pub fn verify(
        &self,
        key: Option<&str>,
        ends: Option<HashMap<String, String>>,
    ) -> PhpResult<ZBox<ZendHashTable>> {
        let ends = ends.into_iter().flatten().collect();
        let found = self.0.verify(&witness(key), &ends)?;
        let checked: Vec<Checked> = found.iter().map(Checked::new).collect();
        convert::answer(&checked)
    }

    /// Writes `*` over each of these texts, letter for letter, in all files of the trace and in the table: a person's names, e-mail, address. Texts of less than
    /// three letters, or without a letter, are left. In what is sealed it leaves a record, with the `$key` of `seal()`. With `$marks` (a person's
    /// transaction ids, their account's address) only in entries that name one of them. Gives the number of places.
    ///
    /// @throws \ShopEngine\Exception\TraceException
    pub fn conceal(
        &self,
        texts: Vec<String>,
        key: Option<&str>,
        marks: Option<Vec<String>>,
    ) -> PhpResult<usize> {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let marks = marks.unwrap_or_default();
        let marks: Vec<&str> = marks.iter().map(String::as_str).collect();
        Ok(self
            .0
            .conceal(&texts, &marks, SystemClock.now(), &witness(key))?)
    }

    /// Writes `*` over passwords and log-in tickets of a mail trace, from byte `$from` on; `$key` as in `conceal()`. Gives where to go
    /// on (`next`) and the number of `places`.
    ///
    /// @throws \ShopEngine\Exception\TraceException
    #[php(defaults(from = 0))]
    pub fn conceal_secrets(&self, from: i64, key: Option<&str>) -> PhpResult<ZBox<ZendHashTable>> {
        let Ok(from) = u64::try_from(from) else {
            return Err(value_error("from must not be negative"));
        };
        let witness = witness(key);
        let (next, places) =
            trace::conceal_secrets(self.0.path(), from, SystemClock.now(), &witness)?;
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
        let transaction = transactionid.map(TransactionId::parse).transpose()?;
        let filter = Filter {
            prefix,
            since: since.map(time).transpose()?,
            until: until.map(time).transpose()?,
            text,
            level: level.map(grade).transpose()?,
        };
        Ok(TraceEntries::new(Rc::clone(&self.0), transaction, filter))
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
        let found = self.0.recent(count)?;
        let shown: Vec<Recent> = found.iter().map(Recent::new).collect();
        convert::answer(&shown)
    }

    /// Finds the entries that name a transaction, in the order of the file, of several machines in that of time, machine, process and
    /// count: `entries`, and `resumeat`, the `$from` of the next page, null at the end. The index beside a file is used when there
    /// is one, and caught up when it is a little behind.
    ///
    /// An entry holds `line` (as in the file), `text`, `own` (whether it is this transaction's own line, others
    /// mention it), `continuation` (the lines below it), `node`, `process` and `sequence` (null where they are not known) and `offset` (bytes).
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
        let mut found = self.0.look_up(&transaction, Page { from, limit })?;
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

/// The journal that these words of the settings mean.
pub(super) fn journal(
    path: &str,
    timezone: &str,
    sink: Option<&str>,
    node: Option<&str>,
    database: Option<Rc<dyn database::Database>>,
) -> PhpResult<Journal> {
    let sink = Sink::parse(sink.unwrap_or_default())
        .ok_or_else(|| value_error("sink must be file, filepernode or table"))?;
    if sink == Sink::Table && database.is_none() {
        return Err(value_error("a table is in a database"));
    }
    let trace = trace::Trace::new(path, timezone);
    let node = Node::named(node.unwrap_or_default());
    Ok(Journal::new(trace, sink, node, database))
}

fn grade(name: &str) -> PhpResult<Level> {
    Level::parse(name).ok_or_else(|| value_error("level must be info, warning or error"))
}

fn witness(key: Option<&str>) -> Witness {
    Witness::new(key.unwrap_or_default(), "")
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
    aside: Vec<String>,
    removed: usize,
    forgotten: usize,
}

#[derive(Serialize)]
struct Concealed {
    next: u64,
    places: usize,
}

#[derive(Serialize)]
struct Sealing {
    bytes: u64,
    ends: Ends,
}

#[derive(Serialize)]
struct Checked {
    file: String,
    length: u64,
    sealed: u64,
    time: Option<String>,
    right: bool,
    findings: Vec<Told>,
}

impl Checked {
    fn new(verified: &Verified) -> Self {
        let name = verified.file.file_name().unwrap_or_default();
        let name = name.to_string_lossy();
        Self {
            file: verified.file.display().to_string(),
            length: verified.length,
            sealed: verified.sealed,
            time: verified.time.map(|time| time.to_string()),
            right: verified.is_right(),
            findings: verified
                .findings
                .iter()
                .map(|finding| Told::new(&name, finding))
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct Told {
    file: String,
    code: &'static str,
    wrong: bool,
    from: u64,
    to: u64,
    first: u64,
    last: u64,
    count: u64,
    time: Option<String>,
    text: String,
}

impl Told {
    fn new(file: &str, finding: &Finding) -> Self {
        Self {
            file: file.to_owned(),
            code: finding.problem.code(),
            wrong: finding.problem.is_wrong(),
            from: finding.from,
            to: finding.to,
            first: finding.first,
            last: finding.last,
            count: finding.count,
            time: finding.time.map(|time| time.to_string()),
            text: finding.to_string(),
        }
    }
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
    node: Option<String>,
    process: Option<u64>,
    sequence: Option<u64>,
    offset: u64,
}

impl Found {
    fn new(entry: &Entry, transaction: &TransactionId) -> Self {
        Self {
            line: entry.line().to_owned(),
            text: entry.text().to_owned(),
            own: entry.belongs_to(transaction),
            continuation: entry.continuation().to_vec(),
            node: entry.node().map(ToString::to_string),
            process: entry.process(),
            sequence: entry.iter(),
            offset: entry.offset(),
        }
    }
}
