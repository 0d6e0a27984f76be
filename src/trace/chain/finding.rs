//! What a comparison of a trace with its chain may find, and its words.

use std::fmt;

use jiff::Timestamp;

use super::Event;
use super::record::Kind;

/// Something found, and where.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// What.
    pub problem: Problem,
    /// The first byte that it is about, in the file as it is now.
    pub from: u64,
    /// The byte after the last one; the same as `from` where lines are missing.
    pub to: u64,
    /// The line that `from` is in, counted from 1.
    pub first: u64,
    /// The last line that it is about; the same as `first` when there is none.
    pub last: u64,
    /// How many: bytes removed, added, missing or not sealed; places concealed; the number of the record that is wrong.
    pub count: u64,
    /// When the bytes were sealed, or when it happened.
    pub time: Option<Timestamp>,
}

/// What may be found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Problem {
    /// The chain of the file before, or the file with its chain, was taken away or made anew.
    ChainMissing,
    /// A record of the chain was changed, removed or added, or the secret is another one. What it and those after it seal
    /// is not proved.
    ChainWrong,
    /// From here on the file is not what was sealed; whether something was changed, added or removed cannot be told.
    Changed,
    /// Data of persons was written over with `*` and recorded: no fault.
    Concealed,
    /// The file ends before the end of what was sealed.
    Cut,
    /// As many bytes as before, others.
    Edited,
    /// The end of the chain that was known is not there: seals were cut off, or a file was taken away with its chain.
    EndMissing,
    /// The chain is there, its file is not.
    FileMissing,
    /// More bytes than were sealed.
    Inserted,
    /// The chain has a secret, which was not given: whether somebody sealed anew what he had changed cannot be told.
    KeyMissing,
    /// The chain was made without a secret: it proves nothing against somebody who can write it.
    KeyUnused,
    /// When the trace was sealed then, the seals known before were not there.
    Lost,
    /// Fewer bytes than were sealed.
    Removed,
    /// When the trace was sealed then, the file was shorter than what had been sealed of it.
    Replaced,
    /// A concealing was recorded and not finished: conceal again.
    Unfinished,
    /// Not sealed yet: no fault.
    Unsealed,
}

impl Problem {
    /// Stable code, also the language-string key.
    pub fn code(self) -> &'static str {
        match self {
            Self::ChainMissing => "trace_found_chain_missing",
            Self::ChainWrong => "trace_found_chain_wrong",
            Self::Changed => "trace_found_changed",
            Self::Concealed => "trace_found_concealed",
            Self::Cut => "trace_found_cut",
            Self::Edited => "trace_found_edited",
            Self::EndMissing => "trace_found_end_missing",
            Self::FileMissing => "trace_found_file_missing",
            Self::Inserted => "trace_found_inserted",
            Self::KeyMissing => "trace_found_key_missing",
            Self::KeyUnused => "trace_found_key_unused",
            Self::Lost => "trace_found_lost",
            Self::Removed => "trace_found_removed",
            Self::Replaced => "trace_found_replaced",
            Self::Unfinished => "trace_found_unfinished",
            Self::Unsealed => "trace_found_unsealed",
        }
    }

    /// Whether the file is then not proved to be as it was sealed.
    pub fn is_wrong(self) -> bool {
        !matches!(self, Self::Concealed | Self::Unsealed)
    }
}

impl Finding {
    pub(super) fn new(problem: Problem) -> Self {
        Self {
            problem,
            from: 0,
            to: 0,
            first: 1,
            last: 1,
            count: 0,
            time: None,
        }
    }

    pub(super) fn happened(event: &Event) -> Option<Self> {
        let problem = match event.kind {
            Kind::Concealed => Problem::Concealed,
            Kind::Lost => Problem::Lost,
            Kind::Replaced => Problem::Replaced,
            Kind::Begun | Kind::Sealed => return None,
        };
        Some(Self {
            from: event.from,
            to: event.to,
            count: event.places,
            time: Some(event.time),
            ..Self::new(problem)
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            from,
            to,
            first,
            last,
            count,
            ..
        } = self;
        let time = self
            .time
            .map_or_else(|| "?".to_owned(), |time| time.to_string());
        let place = format!("lines {first} to {last} (bytes {from} to {to}), sealed on {time},");
        match self.problem {
            Problem::ChainMissing => write!(
                f,
                "the chain of the file before this one was taken away or made anew"
            ),
            Problem::ChainWrong => write!(
                f,
                "record {count} of the chain was changed, or made with another secret; nothing after it is proved"
            ),
            Problem::Changed => write!(f, "{place} are not what was sealed"),
            Problem::Concealed => write!(
                f,
                "on {time} personal data was concealed between bytes {from} and {to} (places: {count})"
            ),
            Problem::Cut => write!(
                f,
                "from line {first} (byte {from}), sealed on {time}, the file was cut or changed: it is {count} bytes too short"
            ),
            Problem::Edited => write!(f, "{place} were edited"),
            Problem::EndMissing => write!(
                f,
                "the last seal that is known is not there: seals were cut off, or a file was taken away"
            ),
            Problem::FileMissing => write!(f, "the file was taken away; its chain is there"),
            Problem::Inserted => write!(f, "{place} have {count} bytes more than were sealed"),
            Problem::KeyMissing => write!(
                f,
                "the chain has a secret that was not given: whether its seals are genuine cannot be told"
            ),
            Problem::KeyUnused => write!(
                f,
                "the chain was made without the secret: anybody who can write it can make it anew"
            ),
            Problem::Lost => write!(
                f,
                "on {time} the seals known before were not there: what was written until then is not proved"
            ),
            Problem::Removed => write!(f, "{place} have {count} bytes less than were sealed"),
            Problem::Replaced => write!(
                f,
                "on {time} the file was shorter than what had been sealed of it; it was sealed anew from its beginning"
            ),
            Problem::Unfinished => write!(
                f,
                "in {place} personal data is not wholly concealed: conceal it again"
            ),
            Problem::Unsealed => write!(
                f,
                "{count} bytes from line {first} (byte {from}) are not sealed yet"
            ),
        }
    }
}
