//! A trace over its files: the current one and those that were rotated away, read as one.
//!
//! A place is counted over all files, the oldest first, so that it stays what it is when the current file is rotated.
//! The files are opened at once: one that is rotated meanwhile is still read where it was.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::trace::blocks::open;
use crate::trace::head::Head;
use crate::trace::{Entry, Page, TraceError};

/// One file of a trace.
#[derive(Debug)]
pub(super) struct Volume {
    pub(super) path: PathBuf,
    pub(super) file: File,
    /// Where in the whole trace it starts, in bytes.
    pub(super) base: u64,
    pub(super) length: u64,
}

/// The files of a trace that exist, the oldest first: `name.2` and `name.1` as logrotate calls them, then
/// `name.20261122-004800-123` as [`Trace::rotate`](super::Trace::rotate) does, then those of logrotate that were written to after the last of these,
/// then the trace itself.
///
/// # Errors
///
/// [`TraceError::Open`] when the folder cannot be read. A folder that is missing holds no files.
pub fn files(path: &Path) -> Result<Vec<PathBuf>, TraceError> {
    names(path, "")
}

/// As [`files`], and those of which only something beside them is left, whose name ends so.
pub(super) fn names(path: &Path, beside: &str) -> Result<Vec<PathBuf>, TraceError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut rotated = Vec::new();
    if let (Some(name), Ok(found)) = (path.file_name(), fs::read_dir(folder)) {
        for entry in found {
            let entry = entry.map_err(|source| TraceError::Open {
                path: path.to_owned(),
                source,
            })?;
            let file_name = entry.file_name();
            let suffix = file_name
                .as_encoded_bytes()
                .strip_prefix(name.as_encoded_bytes())
                .and_then(|rest| rest.strip_prefix(b"."))
                .and_then(|suffix| std::str::from_utf8(suffix).ok())
                .map(|suffix| suffix.strip_suffix(beside).unwrap_or(suffix));
            if let Some((suffix, order)) = suffix.and_then(|suffix| Some((suffix, age(suffix)?))) {
                let mut file = path.as_os_str().to_owned();
                file.push(format!(".{suffix}"));
                rotated.push((order, PathBuf::from(file)));
            }
        }
    }
    // A site that rotated by itself may have gone over to logrotate.
    let newest = rotated.iter().filter(|((age, _), _)| *age == Age::Stamped);
    if let Some(newest) = newest.map(|((_, stamp), _)| *stamp).max() {
        for ((age, _), path) in &mut rotated {
            if *age == Age::Numbered && last_time(path)?.is_some_and(|time| time >= newest) {
                *age = Age::NumberedLater;
            }
        }
    }
    rotated.sort();
    rotated.dedup();
    let mut files: Vec<PathBuf> = rotated.into_iter().map(|(_, path)| path).collect();
    files.push(path.to_owned());
    Ok(files)
}

/// Opens the files of a trace, the oldest first.
pub(super) fn volumes(path: &Path) -> Result<Vec<Volume>, TraceError> {
    let mut volumes = Vec::new();
    let mut base: u64 = 0;
    let mut seen = Vec::new();
    for path in files(path)? {
        let Some(file) = open(&path)? else {
            continue;
        };
        let found = file.metadata().map_err(|source| TraceError::Open {
            path: path.clone(),
            source,
        })?;
        // A rotation that was killed halfway leaves one file with two names.
        let identity = (found.dev(), found.ino());
        if seen.contains(&identity) {
            continue;
        }
        seen.push(identity);
        let length = found.len();
        volumes.push(Volume {
            path,
            file,
            base,
            length,
        });
        base = base.saturating_add(length);
    }
    Ok(volumes)
}

/// What is read of one file.
pub trait Part: Iterator<Item = Result<Entry, TraceError>> {
    /// Where in the file the next page starts; `None` when nothing is left.
    fn resume_at(&self) -> Option<u64>;
}

type Begin<P> = dyn FnMut(Volume, Page) -> Result<P, TraceError> + Send;

/// Entries of all files of a trace, one after the other. Their places ([`Entry::offset`]) count over all files.
pub struct Following<P> {
    volumes: std::vec::IntoIter<Volume>,
    begin: Box<Begin<P>>,
    current: Option<(u64, P)>,
    from: u64,
    left: usize,
}

impl<P: Part> Following<P> {
    pub(super) fn new(
        path: &Path,
        page: Page,
        begin: impl FnMut(Volume, Page) -> Result<P, TraceError> + Send + 'static,
    ) -> Result<Self, TraceError> {
        let mut volumes = volumes(path)?;
        volumes.retain(|volume| volume.base.saturating_add(volume.length) > page.from);
        Ok(Self {
            volumes: volumes.into_iter(),
            begin: Box::new(begin),
            current: None,
            from: page.from,
            left: page.limit,
        })
    }

    /// Where the next page starts, as [`Page::from`]; it may turn out empty. `None` when nothing is left.
    pub fn resume_at(&self) -> Option<u64> {
        let here = self.current.as_ref();
        here.and_then(|(base, part)| Some(base.saturating_add(part.resume_at()?)))
            .or_else(|| {
                let next = self.volumes.as_slice().first()?;
                Some(next.base.max(self.from))
            })
    }
}

impl<P: Part> Iterator for Following<P> {
    type Item = Result<Entry, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.left > 0 {
            if let Some((base, part)) = &mut self.current {
                match part.next() {
                    Some(Ok(entry)) => {
                        self.left = self.left.saturating_sub(1);
                        return Some(Ok(entry.further(*base)));
                    }
                    Some(error) => {
                        self.left = 0;
                        return Some(error);
                    }
                    None => self.current = None,
                }
            }
            let volume = self.volumes.next()?;
            let base = volume.base;
            let page = Page {
                from: self.from.saturating_sub(base),
                limit: usize::MAX,
            };
            match (self.begin)(volume, page) {
                Ok(part) => self.current = Some((base, part)),
                Err(error) => {
                    self.left = 0;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

/// Whether a name that ends so is of a file that was put aside.
pub(super) fn is_aside(suffix: &str) -> bool {
    age(suffix).is_some()
}

/// How a file that was put aside is called; the oldest first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Age {
    Numbered,
    Stamped,
    /// Numbered, and written to after the last stamp.
    NumberedLater,
}

/// What sorts names by age, the oldest first: numbers fall, stamps rise.
fn age(suffix: &str) -> Option<(Age, u64)> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number(suffix) && suffix.len() <= 4 {
        let number: u64 = suffix.parse().ok()?;
        return Some((Age::Numbered, u64::MAX.saturating_sub(number)));
    }
    let mut parts = suffix.split('-');
    let (day, time, milli) = (parts.next()?, parts.next()?, parts.next()?);
    let is_stamp = (day.len(), time.len(), milli.len()) == (8, 6, 3)
        && [day, time, milli].into_iter().all(is_number)
        && parts.next().is_none();
    if !is_stamp {
        return None;
    }
    Some((Age::Stamped, format!("{day}{time}{milli}").parse().ok()?))
}

/// The time of the last line of a file, in the digits of a stamp. `None` when it has none, or is not there.
fn last_time(path: &Path) -> Result<Option<u64>, TraceError> {
    let failed = |source| TraceError::Read {
        path: path.to_owned(),
        source,
    };
    let Some(mut file) = open(path)? else {
        return Ok(None);
    };
    let length = file.metadata().map_err(failed)?.len();
    let start = length.saturating_sub(LAST_ENTRIES);
    file.seek(SeekFrom::Start(start)).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(LAST_ENTRIES)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    let head = bytes.rsplit(|byte| *byte == b'\n').find_map(Head::parse);
    Ok(head.and_then(|head| {
        let time = head.time.strftime("%Y%m%d%H%M%S");
        format!("{time}{:03}", head.time.millisecond()).parse().ok()
    }))
}

/// The last entry may be so long.
const LAST_ENTRIES: u64 = 64 * 1024;
