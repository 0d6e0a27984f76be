//! A partner's statement: the entries of his ledger, each chained to the one before, and the whole signed with his secret.
//!
//! An entry's hash is SHA-256, in hexadecimal, of the hash before, a line feed, and the entry's fields joined by tabs. The
//! signature is HMAC-SHA-256 over `shopengine-statement-1` and the fields of head and foot, joined by tabs. As CSV ([`csv`],
//! lines end with a line feed) and as JSON (RFC 8259) a statement has one entry on a line, so that a fault has a place.
//! docs/partners.md says it with examples, for programs that verify without the shop.
//!
//! A long file: what is written and what is believed must agree to the byte, so both are here.

use std::io::{self, BufRead, Write};

use hmac::Mac;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::csv;
use super::signature::{hex, hmac, unhex};

/// The hash before the first entry of a ledger.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One entry. Texts hold no control characters.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Number in the ledger, from 1, without holes.
    pub seq: u64,
    /// Unix milliseconds, UTC; never less than the entry's before.
    pub time: i64,
    /// `arrival`, `order`, or `arrivals`: the sum of a day.
    pub kind: String,
    /// The partner's tag, whole, or ''.
    pub tag: String,
    /// Transaction id.
    pub transid: String,
    /// Of an arrival: `authenticated`, `identified`, `named`, `refused`. Of an order: its status.
    pub state: String,
    /// What is due: a decimal string in major units, or '' for an arrival.
    pub amount: String,
    /// ISO 4217, or ''.
    pub currency: String,
    /// What was paid so far, or ''.
    pub settled: String,
    /// What was paid back so far, or ''.
    pub refunded: String,
    /// Conditions that failed, `test`, `by_plugin`, `tag_repeated`; separated by blanks. Of a sum: its day (UTC) and the number of arrivals.
    pub note: String,
    /// Hash of the entry, chained to the one before.
    pub hash: String,
}

impl Entry {
    /// The hash that this entry must have after `previous`.
    #[must_use]
    pub fn chained(&self, previous: &str) -> String {
        let mut digest = Sha256::new();
        digest.update(previous.as_bytes());
        digest.update(b"\n");
        digest.update(self.fields().join("\t").as_bytes());
        hex(&digest.finalize())
    }

    fn fields(&self) -> [String; 11] {
        [
            self.seq.to_string(),
            self.time.to_string(),
            self.kind.clone(),
            self.tag.clone(),
            self.transid.clone(),
            self.state.clone(),
            self.amount.clone(),
            self.currency.clone(),
            self.settled.clone(),
            self.refunded.clone(),
            self.note.clone(),
        ]
    }

    fn of_fields(fields: Vec<String>) -> Option<Self> {
        let [
            seq,
            time,
            kind,
            tag,
            transid,
            state,
            amount,
            currency,
            settled,
            refunded,
            note,
            hash,
        ] = <[String; 12]>::try_from(fields).ok()?;
        Some(Self {
            seq: seq.parse().ok()?,
            time: time.parse().ok()?,
            kind,
            tag,
            transid,
            state,
            amount,
            currency,
            settled,
            refunded,
            note,
            hash,
        })
    }
}

/// What a statement is about.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Version of the format: 1.
    pub statement: u32,
    /// The partner's key.
    pub partner: String,
    /// First second of the time it covers: Unix seconds, UTC.
    pub from: i64,
    /// First second after it.
    pub to: i64,
    /// When it was drawn up: Unix seconds, UTC.
    pub created: i64,
    /// Number of its first entry.
    pub first: u64,
    /// Hash of the entry before its first, or zeros.
    pub previous: String,
}

/// How a statement ends.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Foot {
    /// Number of entries.
    pub count: u64,
    /// Hash of the last entry; `previous` when there is none.
    pub head: String,
    /// HMAC-SHA-256 in hexadecimal.
    pub signature: String,
}

/// How a statement is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// RFC 4180.
    Csv,
    /// RFC 8259.
    Json,
}

impl Format {
    /// `csv` or `json`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// Writes a statement, entry by entry: its memory does not grow with the entries.
pub struct Writer<W> {
    out: W,
    format: Format,
    head: Head,
    count: u64,
    last: String,
}

impl<W: Write> Writer<W> {
    /// Begins a statement.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn begin(mut out: W, format: Format, head: Head) -> io::Result<Self> {
        out.write_all(head_line(format, &head).as_bytes())?;
        if format == Format::Csv {
            writeln!(out, "{COLUMNS}")?;
        }
        let last = head.previous.clone();
        Ok(Self {
            out,
            format,
            head,
            count: 0,
            last,
        })
    }

    /// Adds an entry as the ledger has it; a broken chain is written as it is, for the reader to see.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn entry(&mut self, entry: &Entry) -> io::Result<()> {
        if self.format == Format::Json && self.count > 0 {
            self.out.write_all(b",\n")?;
        }
        self.out
            .write_all(entry_line(self.format, entry).as_bytes())?;
        if self.format == Format::Csv {
            self.out.write_all(b"\n")?;
        }
        self.count += 1;
        self.last.clone_from(&entry.hash);
        Ok(())
    }

    /// Ends it, signed with `secret`. Returns how many entries it has.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn finish(mut self, secret: &[u8]) -> io::Result<u64> {
        if self.format == Format::Json && self.count > 0 {
            self.out.write_all(b"\n")?;
        }
        let mut foot = Foot {
            count: self.count,
            head: self.last,
            signature: String::new(),
        };
        if let Some(mut mac) = hmac(secret) {
            mac.update(signed_text(&self.head, &foot).as_bytes());
            foot.signature = hex(&mac.finalize().into_bytes());
        }
        self.out
            .write_all(foot_line(self.format, &foot).as_bytes())?;
        self.out.flush()?;
        Ok(self.count)
    }
}

/// A statement that is as it was drawn up.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Verified {
    /// The partner's key.
    pub partner: String,
    /// First second of the time it covers.
    pub from: i64,
    /// First second after it.
    pub to: i64,
    /// Number of entries.
    pub count: u64,
    /// Hash of the last one.
    pub head: String,
}

/// Where a statement is not as it was drawn up.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the statement is not as it was drawn up: line {line}, {problem}")]
pub struct StatementError {
    /// Line of the text, from 1.
    pub line: u64,
    /// Number of the entry that was expected there; 0 for head and foot.
    pub entry: u64,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a line of a statement.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Problem {
    /// The entry is not what its hash says, or the entry before was replaced.
    #[error("an entry was changed")]
    Changed,
    /// The statement ends before its end, or goes on after it.
    #[error("the statement was cut or continued")]
    Cut,
    /// The number is higher than that of the next entry: one or more were taken out.
    #[error("an entry is missing")]
    Missing,
    /// The number is lower than that of the next entry: one was put in, or the order was changed.
    #[error("an entry is out of its place")]
    Misplaced,
    /// Everything fits together, but not under this secret.
    #[error("the signature is not the partner's")]
    Signature,
    /// The line cannot be read, or not written so by the shop.
    #[error("the line cannot be read")]
    Unreadable,
}

impl StatementError {
    /// Stable name, also the key of the language string.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.problem {
            Problem::Changed => "statement_changed",
            Problem::Cut => "statement_cut",
            Problem::Missing => "statement_missing",
            Problem::Misplaced => "statement_misplaced",
            Problem::Signature => "statement_signature",
            Problem::Unreadable => "statement_unreadable",
        }
    }
}

/// Verifies a statement in either format, line by line.
///
/// # Errors
/// The first place where it is not as it was drawn up; a text that cannot be read to its end is cut there.
pub fn verify(text: impl BufRead, secret: &[u8]) -> Result<Verified, StatementError> {
    let mut lines = Lines { text, number: 0 };
    let first = lines.next();
    let format = if first.as_deref().is_some_and(|line| line.starts_with('{')) {
        Format::Json
    } else {
        Format::Csv
    };
    let head = first
        .as_deref()
        .and_then(|line| read_head(format, line).filter(|head| head_line(format, head) == *line));
    let head = head.ok_or_else(|| lines.fault(0, Problem::Unreadable))?;
    if format == Format::Csv && lines.next().as_deref() != Some(&format!("{COLUMNS}\n")) {
        return Err(lines.fault(0, Problem::Unreadable));
    }
    let (mut count, mut last) = (0_u64, head.previous.clone());
    // Between the entries of a JSON list there is a comma, after the last there is none.
    let mut comma = None;
    loop {
        let expected = head.first.saturating_add(count);
        let Some(line) = lines.next() else {
            return Err(lines.fault(expected, Problem::Cut));
        };
        if let Some(foot) = read_foot(format, &line) {
            if comma == Some(true) {
                return Err(lines.fault_before(expected));
            }
            return close(&mut lines, secret, head, &foot, &line, (count, &last));
        }
        let (body, separated) = match line.strip_suffix(",\n") {
            Some(body) if format == Format::Json => (body, true),
            _ => (line.strip_suffix('\n').unwrap_or(&line), false),
        };
        let entry = read_entry(format, body).filter(|entry| entry_line(format, entry) == body);
        let entry = entry.ok_or_else(|| lines.fault(expected, Problem::Unreadable))?;
        let problem = match entry.seq.cmp(&expected) {
            std::cmp::Ordering::Greater => Some(Problem::Missing),
            std::cmp::Ordering::Less => Some(Problem::Misplaced),
            std::cmp::Ordering::Equal => {
                (entry.chained(&last) != entry.hash).then_some(Problem::Changed)
            }
        };
        if let Some(problem) = problem {
            return Err(lines.fault(expected, problem));
        }
        if format == Format::Json && comma.replace(separated) == Some(false) {
            return Err(lines.fault_before(expected));
        }
        last = entry.hash;
        count += 1;
    }
}

/// The foot against what was read before it.
fn close<R: BufRead>(
    lines: &mut Lines<R>,
    secret: &[u8],
    head: Head,
    foot: &Foot,
    line: &str,
    (count, last): (u64, &str),
) -> Result<Verified, StatementError> {
    let format = if line.starts_with(']') {
        Format::Json
    } else {
        Format::Csv
    };
    if foot_line(format, foot) != line {
        return Err(lines.fault(0, Problem::Unreadable));
    }
    if foot.count != count || foot.head != last {
        return Err(lines.fault(head.first.saturating_add(count), Problem::Cut));
    }
    let signature = unhex(&foot.signature).filter(|_| !foot.signature.contains(char::is_uppercase));
    let signed = hmac(secret)
        .zip(signature)
        .is_some_and(|(mut mac, signature)| {
            mac.update(signed_text(&head, foot).as_bytes());
            mac.verify_slice(&signature).is_ok()
        });
    if !signed {
        return Err(lines.fault(0, Problem::Signature));
    }
    if lines.next().is_some() {
        return Err(lines.fault(0, Problem::Cut));
    }
    Ok(Verified {
        partner: head.partner,
        from: head.from,
        to: head.to,
        count,
        head: foot.head.clone(),
    })
}

struct Lines<R> {
    text: R,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    /// The next line with its end. A line that is no text is an empty one, which nothing accepts.
    fn next(&mut self) -> Option<String> {
        let mut bytes = Vec::new();
        self.number += 1;
        let mut limited = io::Read::take(&mut self.text, LONGEST_LINE);
        match limited.read_until(b'\n', &mut bytes) {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(String::from_utf8(bytes).unwrap_or_default()),
        }
    }

    /// The line before is the one that cannot be read.
    fn fault_before(&self, entry: u64) -> StatementError {
        StatementError {
            line: self.number.saturating_sub(1),
            entry: entry.saturating_sub(1),
            problem: Problem::Unreadable,
        }
    }

    fn fault(&self, entry: u64, problem: Problem) -> StatementError {
        StatementError {
            line: self.number,
            entry,
            problem,
        }
    }
}

fn signed_text(head: &Head, foot: &Foot) -> String {
    format!(
        "shopengine-statement-1\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
        head.partner,
        head.from,
        head.to,
        head.created,
        head.first,
        head.previous,
        foot.count,
        foot.head
    )
}

fn head_line(format: Format, head: &Head) -> String {
    match format {
        Format::Csv => format!(
            "statement,{},{},{},{},{},{},{}\n",
            head.statement,
            csv::field(&head.partner),
            head.from,
            head.to,
            head.created,
            head.first,
            csv::field(&head.previous)
        ),
        Format::Json => {
            let text = serde_json::to_string(head).unwrap_or_default();
            format!("{},\"entries\":[\n", text.trim_end_matches('}'))
        }
    }
}

fn read_head(format: Format, line: &str) -> Option<Head> {
    let head = match format {
        Format::Csv => {
            let [word, statement, partner, from, to, created, first, previous] =
                <[String; 8]>::try_from(csv::fields(line.strip_suffix('\n')?)?).ok()?;
            (word == "statement").then_some(())?;
            Head {
                statement: statement.parse().ok()?,
                partner,
                from: from.parse().ok()?,
                to: to.parse().ok()?,
                created: created.parse().ok()?,
                first: first.parse().ok()?,
                previous,
            }
        }
        Format::Json => {
            let object = line.strip_suffix(",\"entries\":[\n")?;
            serde_json::from_str(&format!("{object}}}")).ok()?
        }
    };
    (head.statement == 1).then_some(head)
}

fn entry_line(format: Format, entry: &Entry) -> String {
    match format {
        Format::Csv => {
            let fields = entry.fields();
            let mut line: Vec<String> = fields.iter().map(|field| csv::field(field)).collect();
            line.push(csv::field(&entry.hash));
            line.join(",")
        }
        Format::Json => serde_json::to_string(entry).unwrap_or_default(),
    }
}

fn read_entry(format: Format, line: &str) -> Option<Entry> {
    match format {
        Format::Csv => Entry::of_fields(csv::fields(line)?),
        Format::Json => serde_json::from_str(line).ok(),
    }
}

fn foot_line(format: Format, foot: &Foot) -> String {
    match format {
        Format::Csv => format!(
            "end,{},{},{}\n",
            foot.count,
            csv::field(&foot.head),
            foot.signature
        ),
        Format::Json => {
            let text = serde_json::to_string(foot).unwrap_or_default();
            format!("],{}\n", text.trim_start_matches('{'))
        }
    }
}

fn read_foot(format: Format, line: &str) -> Option<Foot> {
    let line = line.strip_suffix('\n')?;
    match format {
        Format::Csv => {
            let [word, count, head, signature] =
                <[String; 4]>::try_from(csv::fields(line)?).ok()?;
            (word == "end").then_some(())?;
            Some(Foot {
                count: count.parse().ok()?,
                head,
                signature,
            })
        }
        Format::Json => {
            let object = line.strip_prefix("],")?;
            serde_json::from_str(&format!("{{{object}")).ok()
        }
    }
}

const COLUMNS: &str = "seq,time,kind,tag,transid,state,amount,currency,settled,refunded,note,hash";

/// No line of a statement is longer: a tag of 255 characters, each escaped, and a note.
const LONGEST_LINE: u64 = 16_384;

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"demo-secret";

    fn statement(format: Format, count: u64) -> String {
        let head = Head {
            statement: 1,
            partner: "ACADEMIE".into(),
            from: 1_780_000_000,
            to: 1_790_000_000,
            created: 1_790_000_001,
            first: 7,
            previous: GENESIS.into(),
        };
        let mut out = Vec::new();
        let mut writer = Writer::begin(&mut out, format, head).unwrap();
        let mut last = GENESIS.to_owned();
        for number in 0..count {
            let mut entry = Entry {
                seq: 7 + number,
                time: 1_785_000_000_000 + i64::try_from(number).unwrap(),
                kind: "order".into(),
                tag: format!("é\"{number}, x"),
                transid: "TU90QMLVYXD5UMZYUQ==".into(),
                state: "SOLDOUT".into(),
                amount: "23.99".into(),
                currency: "EUR".into(),
                settled: "23.99".into(),
                refunded: "0.00".into(),
                ..Entry::default()
            };
            entry.hash = entry.chained(&last);
            last.clone_from(&entry.hash);
            writer.entry(&entry).unwrap();
        }
        writer.finish(SECRET).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_was_drawn_up_is_verified() {
        for format in [Format::Csv, Format::Json] {
            for count in [0, 1, 2, 50] {
                let text = statement(format, count);
                let verified = verify(text.as_bytes(), SECRET).unwrap();
                assert_eq!(
                    (verified.count, verified.partner.as_str()),
                    (count, "ACADEMIE")
                );
                assert_eq!(
                    verify(text.as_bytes(), b"other").unwrap_err().problem,
                    Problem::Signature
                );
            }
            let json: serde_json::Value =
                serde_json::from_str(&statement(Format::Json, 2)).unwrap();
            assert_eq!(json["entries"][1]["seq"], 8);
        }
    }

    #[test]
    fn every_changed_byte_is_found_in_its_line() {
        for format in [Format::Csv, Format::Json] {
            let text = statement(format, 4).into_bytes();
            let mut line = 1;
            for at in 0..text.len() {
                for flip in [1_u8, 0x20, 0x80] {
                    let mut changed = text.clone();
                    changed[at] ^= flip;
                    let error = verify(changed.as_slice(), SECRET)
                        .expect_err(&format!("byte {at} ^ {flip} of line {line}"));
                    // What the head says is signed at the end, and `first` and `previous` are what the first entry follows.
                    let heads = line == 1;
                    assert!(
                        heads || error.line == line,
                        "byte {at} ^ {flip} of line {line}: {error}"
                    );
                }
                if text[at] == b'\n' {
                    line += 1;
                }
            }
        }
    }

    /// Ten thousand entries: a change, a deletion, an insertion and a swap anywhere.
    #[test]
    fn a_statement_of_ten_thousand_entries_tells_where_it_was_touched() {
        let text = statement(Format::Csv, 10_000);
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let fault = |lines: &[&str]| {
            let error = verify(lines.concat().as_bytes(), SECRET).unwrap_err();
            (error.line, error.entry, error.problem)
        };
        for at in (2..10_002).step_by(997).chain([10_001]) {
            let (line, entry) = (at as u64 + 1, at as u64 + 5);
            let edited = lines[at].replace("23.99,EUR", "23.98,EUR");
            let mut other = lines.clone();
            other[at] = &edited;
            assert_eq!(fault(&other), (line, entry, Problem::Changed));
            let mut other = lines.clone();
            other.remove(at);
            let last = at == 10_001;
            let problem = if last { Problem::Cut } else { Problem::Missing };
            assert_eq!(fault(&other), (line, entry, problem));
            let mut other = lines.clone();
            other.insert(at + 1, lines[at]);
            assert_eq!(fault(&other), (line + 1, entry + 1, Problem::Misplaced));
            if !last {
                let mut other = lines.clone();
                other.swap(at, at + 1);
                assert_eq!(fault(&other), (line, entry, Problem::Missing));
            }
        }
    }

    #[test]
    fn a_chain_made_anew_fails_at_the_signature() {
        let text = statement(Format::Csv, 5).replace("23.99,EUR", "99.99,EUR");
        let mut last = GENESIS.to_owned();
        let mut forged = String::new();
        for line in text.split_inclusive('\n') {
            match read_entry(Format::Csv, line.trim_end()) {
                Some(mut entry) => {
                    entry.hash = entry.chained(&last);
                    last.clone_from(&entry.hash);
                    forged += &format!("{}\n", entry_line(Format::Csv, &entry));
                }
                None => match read_foot(Format::Csv, line) {
                    Some(foot) => {
                        let foot = Foot {
                            head: last.clone(),
                            ..foot
                        };
                        forged += &foot_line(Format::Csv, &foot);
                    }
                    None => forged += line,
                },
            }
        }
        assert_eq!(
            verify(forged.as_bytes(), SECRET).unwrap_err().problem,
            Problem::Signature
        );
    }
}
