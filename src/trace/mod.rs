//! The merchant trace: one text line for each thing that happened to an order.
//!
//! Format and file are the plugin's (`merchant_trace.log`), so that its users and their tools read on. Where several machines
//! sell, [`Journal`] writes to a file for each, or to a table, and reads all of them as one.
//! [`Trace`] appends lines, [`look_up()`] finds those of one transaction by an [`Index`] beside the file, [`scan()`] finds them by
//! reading the file, [`read()`] finds lines by time, prefix, text and level, [`recent()`] the last
//! transactions; [`Journal::seal`] chains what was written so that [`Journal::verify`] finds changes; all of them follow the files that
//! [`Trace::rotate`] puts aside; [`Entry`] is one line read.

mod blocks;
mod chain;
mod conceal;
mod entry;
mod escape;
mod head;
mod index;
mod journal;
mod level;
mod line;
mod lookup;
mod losses;
mod merge;
mod node;
mod places;
mod reading;
mod recent;
mod rotation;
mod scan;
mod sealing;
mod stored;
mod table;
mod timeline;
mod volumes;
mod writer;

use std::io;
use std::path::PathBuf;

use crate::database::DatabaseError;

pub use chain::{Ends, Finding, Problem, Sealed, Verified, Witness, verify};
pub use conceal::{conceal, conceal_secrets};
pub use entry::Entry;
pub use escape::{escape, unescape};
pub use index::{Coverage, Index};
pub use journal::{Held, Journal, Sink};
pub use level::Level;
pub use lookup::{LookUp, look_up};
pub use node::{Node, node_files};
pub use reading::{Filter, Reading, read};
pub use recent::{Summary, recent};
pub use rotation::Rotation;
pub use scan::{Page, Scan, scan};
pub use timeline::Timeline;
pub use volumes::{Following, Part, files};
pub use writer::Trace;

/// Why the trace could not be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TraceError {
    /// A record of the chain was changed, or made with another secret. [`verify()`] says more; who wants to begin anew takes the
    /// chain away.
    #[error("the chain `{}` is not as it was sealed, or was sealed with another secret (record {record})", path.display())]
    Chain {
        /// The chain.
        path: PathBuf,
        /// The number of the record, from 1.
        record: usize,
    },
    /// The index beside the trace cannot be written; usually the folder belongs to another user or the disk is full. Look-ups
    /// read the trace itself instead: they are slower, and as right.
    #[error("cannot write the index `{}`", path.display())]
    Index {
        /// The index.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// What lies under the trace's name is a folder, a pipe or a device. Correct the configured path.
    #[error("the trace `{}` is not a file", path.display())]
    NotAFile {
        /// The configured path.
        path: PathBuf,
    },
    /// The file cannot be opened; usually the folder is missing or belongs to another user.
    #[error("cannot open the trace `{}`", path.display())]
    Open {
        /// The configured path.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Reading failed midway; usually a network disk that went away. Entries given before are good.
    #[error("cannot read the trace `{}`", path.display())]
    Read {
        /// The configured path.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The trace cannot be put aside, or an old part of it removed; usually the folder belongs to another user. It is
    /// written on where it is.
    #[error("cannot rotate the trace `{}`", path.display())]
    Rotate {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The chain beside the trace cannot be written; usually the folder belongs to another user or the disk is full. What is not
    /// sealed now is sealed next time.
    #[error("cannot write the chain `{}`", path.display())]
    Seal {
        /// The chain.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The table in the database cannot be written or read. What cannot be written there goes to the machine's own file.
    #[error("the trace's table cannot be used")]
    Table {
        /// What the database says.
        source: DatabaseError,
    },
    /// The line was not, or not wholly, written; usually the disk or the quota is full. The order goes
    /// on; its history in the database has the same facts.
    #[error("cannot write to the trace `{}`", path.display())]
    Write {
        /// The configured path.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl TraceError {
    /// Stable code, also the language-string key.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Chain { .. } => "trace_chain",
            Self::Index { .. } => "trace_index",
            Self::NotAFile { .. } => "trace_not_a_file",
            Self::Open { .. } => "trace_open",
            Self::Read { .. } => "trace_read",
            Self::Rotate { .. } => "trace_rotate",
            Self::Seal { .. } => "trace_seal",
            Self::Table { .. } => "trace_table",
            Self::Write { .. } => "trace_write",
        }
    }
}
