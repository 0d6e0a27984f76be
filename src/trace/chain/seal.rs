//! Sealing: a seal over what was appended since the last one.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::pairs::{pairs, settle};
use super::record::{Digest, Kind, NOTHING, Record};
use super::{Chain, KEYED, PLAIN, SPAN, Witness, bytes_of, chain_of};
use crate::clock::UnixMillis;
use crate::domain::signature::hex;
use crate::trace::{Trace, TraceError};

/// What [`Trace::seal`] did.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Sealed {
    /// So many bytes of all files were sealed now.
    pub bytes: u64,
    /// The end of the chain, 64 hexadecimal digits: to be kept where who can write the trace cannot, for [`Witness::new`].
    pub end: String,
}

impl Trace {
    /// Seals what whole lines were appended since the last time, in all files of the trace; makes the chains that are
    /// missing. What is sealed is on disk. Waits while another process seals, conceals or rotates.
    ///
    /// # Errors
    ///
    /// [`TraceError::Chain`] when a chain is not as it was written, or its secret is another one: nothing is added to it, the other
    /// files are sealed. [`TraceError::Seal`] when a chain cannot be written; what is missing is sealed next time. Others when the
    /// trace cannot be read.
    pub fn seal(&self, now: UnixMillis, witness: &Witness) -> Result<Sealed, TraceError> {
        let pairs = pairs(self.path(), witness)?;
        let mut is_known = witness.end.is_none();
        for chain in pairs.iter().filter_map(|pair| pair.chain.as_ref()) {
            let chain = Chain::read(chain, witness)?;
            is_known |= witness.end.is_some_and(|end| chain.knows(&end));
        }
        let (mut sealed, mut before, mut refused) = (Sealed::default(), NOTHING, None);
        for pair in pairs {
            let is_last = pair.file.is_none() || pair.file.as_deref() == Some(self.path());
            let log = match &pair.file {
                Some(file) => guard(file)?,
                None => None,
            };
            let path = match &pair.file {
                Some(file) if log.is_some() => settle(pair.chain, file)?,
                _ => pair.chain.unwrap_or_else(|| chain_of(self.path())),
            };
            let mut writer = Writer::open(path, now, witness)?;
            if let Some(error) = writer.refuses() {
                before = writer.end;
                refused = refused.or(Some(error));
                continue;
            }
            writer.begin(&before);
            if is_last && !is_known {
                writer.push(&Record::new(Kind::Lost, now));
                is_known = true;
            }
            if let Some(log) = &log {
                let bytes = writer.add(log)?;
                sealed.bytes = sealed.bytes.saturating_add(bytes);
            }
            writer.flush(log.as_ref())?;
            before = writer.end;
        }
        sealed.end = hex(&before);
        refused.map_or(Ok(sealed), Err)
    }
}

/// Adds to a chain, under the lock on its trace file.
pub(super) struct Writer<'a> {
    pub(super) chain: Chain,
    path: PathBuf,
    now: UnixMillis,
    witness: &'a Witness,
    end: Digest,
    /// Records on their way to the disk.
    lines: String,
}

impl<'a> Writer<'a> {
    pub(super) fn open(
        path: PathBuf,
        now: UnixMillis,
        witness: &'a Witness,
    ) -> Result<Self, TraceError> {
        let chain = Chain::read(&path, witness)?;
        Ok(Self {
            end: chain.end(),
            chain,
            path,
            now,
            witness,
            lines: String::new(),
        })
    }

    /// Why nothing may be added.
    pub(super) fn refuses(&self) -> Option<TraceError> {
        let is_foreign = self.chain.is_keyed && self.witness.key().is_none();
        let record = self.chain.broken.or(is_foreign.then_some(1))?;
        Some(TraceError::Chain {
            path: self.path.clone(),
            record,
        })
    }

    /// A new chain says what it follows.
    fn begin(&mut self, before: &Digest) {
        if !self.chain.hashes.is_empty() {
            return;
        }
        self.chain.is_keyed = self.witness.key().is_some();
        let algorithm = if self.chain.is_keyed { KEYED } else { PLAIN };
        self.push(&Record {
            detail: algorithm.to_owned(),
            digest: *before,
            ..Record::new(Kind::Begun, self.now)
        });
    }

    /// Gives where in the chain file the record will stand.
    pub(super) fn push(&mut self, record: &Record) -> u64 {
        let at = self.chain.length.saturating_add(self.lines.len() as u64);
        let key = self.witness.key().filter(|_| self.chain.is_keyed);
        let (line, hash) = record.line(&self.end, key);
        self.lines.push_str(&line);
        self.end = hash;
        at
    }

    /// Seals the rest of a file; gives how many bytes.
    fn add(&mut self, log: &File) -> Result<u64, TraceError> {
        let unreadable = |source| TraceError::Read {
            path: self.path.clone(),
            source,
        };
        let length = log.metadata().map_err(unreadable)?.len();
        let mut from = self.chain.sealed();
        if length < from {
            let record = Record {
                to: from,
                ..Record::new(Kind::Replaced, self.now)
            };
            self.push(&record);
            from = 0;
        }
        let started = from;
        let end = whole_lines(log, from, length).map_err(|source| TraceError::Read {
            path: self.path.clone(),
            source,
        })?;
        while from < end {
            let until = end.min(from.saturating_add(SPAN));
            let bytes = bytes_of(log, from, until).map_err(|source| TraceError::Read {
                path: self.path.clone(),
                source,
            })?;
            // A line longer than a seal is sealed in pieces.
            let cut = memchr::memrchr(b'\n', &bytes).map_or(bytes.len(), |at| at.saturating_add(1));
            let bytes = bytes.get(..cut).unwrap_or_default();
            if bytes.is_empty() {
                // Cut by somebody meanwhile.
                break;
            }
            let record = Record::of(Kind::Sealed, self.now, from, bytes);
            from = record.to;
            self.push(&record);
            if self.lines.len() > BATCH {
                self.flush(Some(log))?;
            }
        }
        Ok(from.saturating_sub(started))
    }

    /// Writes what was pushed, so that it survives a power cut, as what it seals does.
    pub(super) fn flush(&mut self, log: Option<&File>) -> Result<(), TraceError> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let written = append(&self.path, self.chain.length, self.lines.as_bytes(), log);
        written.map_err(|source| TraceError::Seal {
            path: self.path.clone(),
            source,
        })?;
        let length = self.lines.len() as u64;
        self.chain.length = self.chain.length.saturating_add(length);
        self.lines.clear();
        Ok(())
    }
}

/// Opens a file of the trace and keeps others from sealing, concealing and rotating it, until it is closed. Waits for them.
/// `None` when there is none.
pub(in crate::trace) fn guard(path: &Path) -> Result<Option<File>, TraceError> {
    let failed = |source| TraceError::Open {
        path: path.to_owned(),
        source,
    };
    loop {
        let found = match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(failed)?,
        };
        if !found.is_file() {
            return Err(TraceError::NotAFile {
                path: path.to_owned(),
            });
        }
        // To write too: network disks give no lock otherwise.
        let opened = OpenOptions::new().read(true).write(true).open(path);
        let file = match opened {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(_) => File::open(path).map_err(failed)?,
            Ok(file) => file,
        };
        file.lock().map_err(failed)?;
        // It may have been rotated before the lock was ours.
        let own = file.metadata().map_err(failed)?;
        let is_current = fs::metadata(path)
            .is_ok_and(|found| (found.ino(), found.dev()) == (own.ino(), own.dev()));
        if is_current {
            return Ok(Some(file));
        }
    }
}

/// Appends to a chain that is good up to `length`.
fn append(path: &Path, length: u64, lines: &[u8], log: Option<&File>) -> io::Result<()> {
    if let Some(log) = log {
        // What is sealed must not be lost in a power cut that the seal survives.
        log.sync_data()?;
    }
    let mut options = OpenOptions::new();
    options.append(true).mode(MODE);
    let mut file = match options.clone().create_new(true).open(path) {
        Ok(file) => {
            // The umask may have taken what cron's user needs.
            let _ = file.set_permissions(Permissions::from_mode(MODE));
            file
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => options.open(path)?,
        Err(error) => return Err(error),
    };
    if file.metadata()?.len() > length {
        // A record that was cut short.
        file.set_len(length)?;
    }
    file.write_all(lines)?;
    file.sync_data()
}

/// Where the last whole line ends, from `from` on.
fn whole_lines(log: &File, from: u64, length: u64) -> io::Result<u64> {
    let mut end = length;
    while end > from {
        let start = from.max(end.saturating_sub(SPAN));
        let bytes = bytes_of(log, start, end)?;
        if let Some(line_break) = memchr::memrchr(b'\n', &bytes) {
            return Ok(start.saturating_add(line_break as u64).saturating_add(1));
        }
        end = start;
    }
    Ok(from)
}

const MODE: u32 = 0o660;
/// Bytes of records written at once: about twenty megabytes of the trace.
const BATCH: usize = 4 * 1024;
