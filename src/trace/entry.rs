//! One entry of the trace, as it is read.
//!
//! A line with a head, ours or the older `-- Y-n-d H:i:s mmm -- text`, with one or two spaces before
//! the text, begins an entry. A line without continues the entry above it.

use std::fmt;

use jiff::civil::DateTime;

use crate::domain::transaction_id::TransactionId;
use crate::trace::head::split_count;
use crate::trace::level::Level;
use crate::trace::node::Node;

pub(super) use crate::trace::head::Head;

/// One entry as it stands in a trace file: a line and the lines that continue it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    line: String,
    text_start: usize,
    time: Option<DateTime>,
    iter: Option<u64>,
    process: Option<u64>,
    node: Option<Node>,
    level: Option<Level>,
    transaction: Option<TransactionId>,
    continuation: Vec<String>,
    offset: u64,
}

impl Entry {
    /// Reads one line without its line break. `None` when it has no head: then it continues another line.
    pub fn parse(line: &str) -> Option<Self> {
        Head::parse(line.as_bytes()).map(|head| Self::from_line(line.to_owned(), Some(head), 0))
    }

    /// Reads one entry, line breaks and all, that starts at byte `offset` of its file. Broken UTF-8 becomes
    /// U+FFFD.
    pub(super) fn from_bytes(bytes: &[u8], offset: u64) -> Self {
        let mut lines = bytes
            .strip_suffix(b"\n")
            .unwrap_or(bytes)
            .split(|byte| *byte == b'\n')
            .map(|line| {
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                String::from_utf8_lossy(line).into_owned()
            });
        let line = lines.next().unwrap_or_default();
        let head = Head::parse(line.as_bytes());
        let mut entry = Self::from_line(line, head, offset);
        entry.continuation.extend(lines);
        entry
    }

    fn from_line(line: String, head: Option<Head>, offset: u64) -> Self {
        let head_length = head.as_ref().map_or(0, |head| head.length);
        let body = line.get(head_length..).unwrap_or_default();
        let (transaction, owner_length) = match head.as_ref().and_then(|_| owner(body)) {
            Some((id, length)) => (Some(id), length),
            None => (None, 0),
        };
        let (process, iter) = match head.as_ref().and_then(|head| head.iter) {
            Some(number) => split_count(number),
            None => (None, None),
        };
        Self {
            text_start: head_length.saturating_add(owner_length),
            time: head.map(|head| head.time),
            iter,
            process,
            node: None,
            level: None,
            transaction,
            continuation: Vec::new(),
            offset,
            line,
        }
    }

    /// The same entry, counted from `base` bytes earlier.
    pub(super) fn further(mut self, base: u64) -> Self {
        self.offset = self.offset.saturating_add(base);
        self
    }

    /// The same entry, of that machine.
    pub(super) fn of_node(mut self, node: &Node) -> Self {
        self.node = Some(node.clone());
        self
    }

    /// The same entry, with what only the table knows.
    pub(super) fn of_table(
        mut self,
        node: Node,
        process: u64,
        level: Option<Level>,
        row: u64,
    ) -> Self {
        self.node = Some(node);
        self.process = Some(process);
        self.level = level;
        self.offset = row;
        self
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        let lines = self.continuation.iter().map(String::len);
        lines.fold(self.line.len(), usize::saturating_add)
    }

    /// The first line, whole, as it stands in the file.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// What the line says, without head and transaction id, as it stands in the file: [`unescape`](super::unescape)
    /// gives back what was meant.
    pub fn text(&self) -> &str {
        self.line.get(self.text_start..).unwrap_or_default()
    }

    /// Local time as written, to the millisecond; the file does not say in which time zone. `None` for lines
    /// whose head is missing (the file begins in the middle of an entry).
    pub fn time(&self) -> Option<DateTime> {
        self.time
    }

    /// Count of the line within the process that wrote it; older files have none.
    pub fn iter(&self) -> Option<u64> {
        self.iter
    }

    /// Number of the process that wrote it, on its machine. The plugin's file does not say.
    pub fn process(&self) -> Option<u64> {
        self.process
    }

    /// The machine that wrote it. The plugin's file, which all machines may share, does not say.
    pub fn node(&self) -> Option<&Node> {
        self.node.as_ref()
    }

    /// The transaction whose line this is: the id that the text begins with, in brackets or, for
    /// a partner's call, without.
    pub fn transaction(&self) -> Option<&TransactionId> {
        self.transaction.as_ref()
    }

    /// Whether the line is this transaction's own. Others may mention it: their text can be a buyer's.
    pub fn belongs_to(&self, id: &TransactionId) -> bool {
        self.transaction.as_ref() == Some(id)
    }

    /// Who speaks: what stands before the first colon (`Production Controller : …`), if that is short.
    pub fn actor(&self) -> Option<&str> {
        actor_of(self.text())
    }

    /// How grave it is: as it was written where the place has a field for it, which only the table has, else by its words.
    pub fn level(&self) -> Level {
        self.level.unwrap_or_else(|| Level::of(self.text()))
    }

    /// The lines that follow without a head of their own, as they stand in the file.
    pub fn continuation(&self) -> &[String] {
        &self.continuation
    }

    /// Where the entry starts, in bytes: in its file, or, of what [`look_up()`](super::look_up()) and [`read()`](super::read()) give, in
    /// all files of the trace one after the other. Of a line of the table: the number of its row.
    pub fn offset(&self) -> u64 {
        self.offset
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)?;
        self.continuation
            .iter()
            .try_for_each(|line| write!(f, "\n{line}"))
    }
}

/// Who speaks in a text.
pub(super) fn actor_of(text: &str) -> Option<&str> {
    let (actor, _) = text.split_once(':')?;
    let actor = actor.trim();
    (!actor.is_empty() && actor.len() <= LONGEST_ACTOR).then_some(actor)
}

/// Whether a line with a head starts here: the start of an entry.
pub(super) fn is_entry_start(bytes: &[u8]) -> bool {
    Head::parse(bytes).is_some()
}

/// The transaction that a text begins with and the length of what names it: `[id] `, or `id - ` before the
/// word "Partner" (the plugin's partner line lacks the brackets).
pub(super) fn owner(body: &str) -> Option<(TransactionId, usize)> {
    if let Some(inner) = body.strip_prefix('[') {
        let (id, rest) = inner.split_once(']')?;
        let id = TransactionId::parse(id)
            .ok()
            .filter(|id| id.as_str() != ERROR_TAG)?;
        return Some((
            id,
            body.len() - rest.strip_prefix(' ').unwrap_or(rest).len(),
        ));
    }
    let (id, rest) = body.split_once(" - ")?;
    let is_partner = rest
        .get(..PARTNER.len())
        .is_some_and(|word| word.eq_ignore_ascii_case(PARTNER));
    let id = TransactionId::parse(id).ok().filter(|_| is_partner)?;
    Some((id, body.len() - rest.len()))
}

/// A time as a number that grows with it: the later time has the larger one.
pub(super) fn ordinal(time: DateTime) -> u64 {
    let mut number = u64::from(time.year().unsigned_abs());
    for (digit, base) in [
        (time.month(), 13),
        (time.day(), 32),
        (time.hour(), 24),
        (time.minute(), 60),
        (time.second(), 60),
    ] {
        number = number * base + u64::from(digit.unsigned_abs());
    }
    number * 1000 + u64::from(time.millisecond().unsigned_abs())
}

/// Calls `each` with every transaction id by which an entry (or a piece of one) is found: all that stand in brackets, and the
/// owner of a partner's call. An id may come more than once. `body` is where the text of the first line starts, when the
/// line has a head.
pub(super) fn names<'a>(entry: &'a [u8], body: Option<usize>, mut each: impl FnMut(&'a [u8])) {
    if let Some(text) = body.and_then(|start| entry.get(start..)) {
        let id = leading_id(text);
        let is_partner = text
            .get(id.len()..)
            .and_then(|rest| rest.strip_prefix(b" - "))
            .and_then(|rest| rest.get(..PARTNER.len()))
            .is_some_and(|word| word.eq_ignore_ascii_case(PARTNER.as_bytes()));
        if is_partner && !id.is_empty() {
            each(id);
        }
    }
    for bracket in memchr::memchr_iter(b'[', entry) {
        let inner = entry.get(bracket.saturating_add(1)..).unwrap_or_default();
        let id = leading_id(inner);
        if !id.is_empty() && inner.get(id.len()) == Some(&b']') {
            each(id);
        }
    }
}

/// The id that the bytes begin with; empty when they begin with none, or with more letters than an id has.
fn leading_id(bytes: &[u8]) -> &[u8] {
    let longest = bytes.get(..LONGEST_ID + 1).unwrap_or(bytes);
    let length = longest
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"+/=_-".contains(byte))
        .count();
    bytes
        .get(..length)
        .filter(|_| length <= LONGEST_ID)
        .unwrap_or_default()
}

/// The one tag that the plugin puts where the transaction id stands.
const ERROR_TAG: &str = "ERROR";
const PARTNER: &str = "Partner";
const LONGEST_ACTOR: usize = 40;
/// What [`TransactionId`] allows.
const LONGEST_ID: usize = 40;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id() -> TransactionId {
        TransactionId::parse("TU90QMLVYXD5UMZYUQ==").unwrap()
    }

    #[test]
    fn reads_every_historic_head() {
        for (head, iter) in [
            ("--", None),
            ("-- ", None),
            ("-0- ", Some(0)),
            ("-12-", Some(12)),
        ] {
            let line = format!(
                "-- 2017-8-21 20:39:01 029 {head} [TU90QMLVYXD5UMZYUQ==] Post Pay : process"
            );
            let entry = Entry::parse(&line).unwrap();
            assert_eq!(entry.time().unwrap().to_string(), "2017-08-21T20:39:01.029");
            assert_eq!((entry.iter(), entry.transaction()), (iter, Some(&id())));
            assert_eq!(
                (entry.text(), entry.line()),
                ("Post Pay : process", line.as_str())
            );
        }
    }

    #[test]
    fn a_machines_own_file_names_the_process_in_the_count() {
        let count = crate::trace::head::joined_count(4_194_304, 12);
        let line = format!("-- 2026-8-21 20:39:01 029 -{count}-  [TU90QMLVYXD5UMZYUQ==] x");
        let entry = Entry::parse(&line).unwrap();
        assert_eq!((entry.process(), entry.iter()), (Some(4_194_304), Some(12)));
        assert_eq!(
            crate::trace::head::joined_count(1, 2_000_000_003),
            1_000_000_003
        );
        let entry = Entry::parse("-- 2026-8-21 20:39:01 029 -999999999-  x").unwrap();
        assert_eq!((entry.process(), entry.iter()), (None, Some(999_999_999)));
    }

    #[test]
    fn lines_without_a_head_are_no_entries() {
        let bad = [
            "",
            "-- ",
            "--",
            "-- 2017-8-21",
            "-- 2017-13-21 20:39:01 029 -- x",
            "-- 2017-2-30 20:39:01 029 -- x",
        ];
        let worse = [
            "@@@@@@@@",
            " -- 2017-8-21 20:39:01 029 -- x",
            "-- 2017-8-21 20:39:61 029 -- x",
            "-- é",
            "-- 2017-8-21 20:39:01 029 x",
        ];
        for line in bad.into_iter().chain(worse) {
            assert_eq!(Entry::parse(line), None, "{line}");
        }
        assert_eq!(
            Entry::parse("-- 2017-8-21 20:39:01 029 --").unwrap().text(),
            ""
        );
    }

    #[test]
    fn tags_that_are_no_transaction_stay_in_the_text() {
        for text in [
            "[ERROR] no shop",
            "[] handler",
            "[$transid] literal",
            "[unclosed",
            "a - Banner",
            "- Partner",
        ] {
            let entry = Entry::parse(&format!("-- 2017-8-21 20:39:01 029 -1-  {text}")).unwrap();
            assert_eq!((entry.transaction(), entry.text()), (None, text));
        }
    }

    #[test]
    fn b28_the_partner_line_without_brackets_has_its_owner() {
        let entry = Entry::parse(
            "-- 2024-5-14 15:39:00 001 -1-  TU90QMLVYXD5UMZYUQ== - Partner call from X",
        )
        .unwrap();
        assert!(entry.belongs_to(&id()));
        assert_eq!(entry.text(), "Partner call from X");
    }

    proptest! {
        #[test]
        fn reading_any_bytes_never_panics(bytes: Vec<u8>, line in "-- [0-9]{1,4}-[0-9]{1,2}-[0-9]{1,2} .*") {
            let _ = Entry::from_bytes(&bytes, 0);
            let _ = Entry::parse(&line);
        }
    }
}
