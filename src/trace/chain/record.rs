//! One record of a chain, a line of text:
//!
//! `kind from to time mark detail digest hash`
//!
//! `from` and `to` are bytes of the trace, `time` is RFC 3339 in UTC, `mark` tells the first line of the bytes again, `digest` is
//! SHA-256 of the bytes. `hash` is SHA-256, or HMAC-SHA-256 (RFC 2104) under the site's secret, of the record before's hash, a space
//! and the line up to the space before `hash`; before the first record stand 64 zeros. All of it can be computed again with a shell.

use std::fmt;

use hmac::Mac as _;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::clock::UnixMillis;
use crate::domain::signature::{hex, hmac, unhex};
use crate::trace::table::fingerprint;

/// SHA-256 of something.
pub(super) type Digest = [u8; 32];

/// What a record says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// The first record: `detail` names the algorithm, `digest` is the end of the chain of the file before.
    Begun,
    /// Bytes were written over with `*` at the places in `detail`; `digest` is that of the range afterwards.
    Concealed,
    /// The end of the chain that was known was not there: what had been sealed until then is not proved.
    Lost,
    /// The file had become shorter than what was sealed of it; sealing began anew at its first byte.
    Replaced,
    /// The bytes are as they were at that time.
    Sealed,
}

/// One record, without its hash.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Record {
    pub(super) kind: Kind,
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) time: Timestamp,
    pub(super) mark: u64,
    pub(super) detail: String,
    pub(super) digest: Digest,
}

impl Record {
    pub(super) fn new(kind: Kind, now: UnixMillis) -> Self {
        Self {
            kind,
            from: 0,
            to: 0,
            time: Timestamp::from_millisecond(now.millis()).unwrap_or(Timestamp::MAX),
            mark: 0,
            detail: "-".to_owned(),
            digest: NOTHING,
        }
    }

    /// A record about these bytes of the trace.
    pub(super) fn of(kind: Kind, now: UnixMillis, from: u64, bytes: &[u8]) -> Self {
        Self {
            from,
            to: from.saturating_add(bytes.len() as u64),
            mark: mark(bytes),
            digest: digest(bytes),
            ..Self::new(kind, now)
        }
    }

    /// The line, with a line break, and its hash.
    pub(super) fn line(&self, before: &Digest, key: Option<&[u8]>) -> (String, Digest) {
        let text = self.to_string();
        let hash = chained(&text, before, key);
        (format!("{text} {}\n", hex(&hash)), hash)
    }

    /// Reads a line without its line break: the record, its text without the hash, the hash. `None` for anything else.
    pub(super) fn parse(line: &str) -> Option<(Self, &str, Digest)> {
        let (text, hash) = line.rsplit_once(' ')?;
        let mut fields = text.split(' ');
        let kind = fields.next()?;
        let record = Self {
            kind: *KINDS.iter().find(|known| known.as_str() == kind)?,
            from: fields.next()?.parse().ok()?,
            to: fields.next()?.parse().ok()?,
            time: fields.next()?.parse().ok()?,
            mark: u64::from_str_radix(fields.next()?, 16).ok()?,
            detail: fields.next()?.to_owned(),
            digest: bytes(fields.next()?)?,
        };
        let is_whole = fields.next().is_none() && record.to >= record.from;
        is_whole.then_some((record, text, bytes(hash)?))
    }

    /// The places of a [`Kind::Concealed`], within the range.
    pub(super) fn places(&self) -> Vec<(usize, usize)> {
        self.detail
            .split(',')
            .filter_map(|place| {
                let (start, length) = place.split_once('+')?;
                let start: usize = start.parse().ok()?;
                Some((start, start.checked_add(length.parse().ok()?)?))
            })
            .collect()
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            from,
            to,
            time,
            mark,
            detail,
            digest,
        } = self;
        let (kind, digest) = (kind.as_str(), hex(digest));
        write!(f, "{kind} {from} {to} {time} {mark:016x} {detail} {digest}")
    }
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Concealed => "concealed",
            Self::Lost => "lost",
            Self::Replaced => "replaced",
            Self::Sealed => "sealed",
        }
    }
}

/// The hash of a record's text.
pub(super) fn chained(text: &str, before: &Digest, key: Option<&[u8]>) -> Digest {
    let (before, text) = (hex(before), text.as_bytes());
    match key.and_then(hmac) {
        Some(mac) => mac
            .chain_update(before)
            .chain_update(b" ")
            .chain_update(text)
            .finalize()
            .into_bytes()
            .into(),
        None => Sha256::new()
            .chain_update(before)
            .chain_update(b" ")
            .chain_update(text)
            .finalize()
            .into(),
    }
}

pub(super) fn digest(bytes: &[u8]) -> Digest {
    Sha256::digest(bytes).into()
}

/// A number for the line that the bytes begin with, by which it is found again when it has moved.
pub(super) fn mark(bytes: &[u8]) -> u64 {
    let most = bytes.get(..LONGEST_MARK).unwrap_or(bytes);
    let line = memchr::memchr(b'\n', most).and_then(|end| most.get(..end));
    fingerprint(line.unwrap_or(most))
}

/// Writes `*` at the places.
pub(super) fn star(bytes: &mut [u8], places: &[(usize, usize)]) {
    for (start, end) in places {
        if let Some(place) = bytes.get_mut(*start..*end) {
            place.fill(b'*');
        }
    }
}

/// A digest that is written in hexadecimal.
pub(super) fn bytes(text: &str) -> Option<Digest> {
    unhex(text)?.try_into().ok()
}

/// Stands where there is no digest.
pub(super) const NOTHING: Digest = [0; 32];
const KINDS: [Kind; 5] = [
    Kind::Begun,
    Kind::Concealed,
    Kind::Lost,
    Kind::Replaced,
    Kind::Sealed,
];
pub(super) const LONGEST_MARK: usize = 4096;
