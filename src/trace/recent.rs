//! The transactions that a trace speaks of last: read from its end, so that the size of the file does not matter.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use crate::domain::transaction_id::TransactionId;
use crate::trace::blocks::{BUFFER, next_entry_start};
use crate::trace::entry::Entry;
use crate::trace::level::Level;
use crate::trace::volumes::volumes;
use crate::trace::{Page, TraceError, look_up};

/// What a trace says of one transaction, in short. Times are local, as written.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Summary {
    /// The transaction.
    pub transaction: TransactionId,
    /// Its first own entry.
    pub first: Entry,
    /// Its last own entry: what became of it.
    pub last: Entry,
    /// How many own entries it has.
    pub entries: usize,
    /// The gravest level of them.
    pub level: Level,
}

impl Summary {
    /// Milliseconds from the first to the last entry; `None` when one has no time. A clock that was set back, or the
    /// end of summer time, makes it negative.
    pub fn duration(&self) -> Option<i64> {
        let (first, last) = (self.first.time()?, self.last.time()?);
        let span = last.duration_since(first);
        i64::try_from(span.as_millis()).ok()
    }
}

/// The `count` transactions with an own entry nearest to the end of the trace, the latest first. No more than the last
/// 64 MB of a file are searched for them; each is then looked up whole.
///
/// # Errors
///
/// [`TraceError`] when the file cannot be opened or read.
pub fn recent(path: &Path, count: usize) -> Result<Vec<Summary>, TraceError> {
    let mut summaries = Vec::new();
    for id in last_transactions(path, count)? {
        summaries.extend(summarise(&id, look_up(path, &id, Page::ALL)?)?);
    }
    Ok(summaries)
}

/// Those transactions, the latest first.
pub(super) fn last_transactions(
    path: &Path,
    count: usize,
) -> Result<Vec<TransactionId>, TraceError> {
    let mut ids = Vec::new();
    for volume in volumes(path)?.into_iter().rev() {
        last_ids(&volume.file, count, &mut ids).map_err(|source| TraceError::Read {
            path: volume.path,
            source,
        })?;
    }
    Ok(ids)
}

/// What these entries say of a transaction; `None` when none is its own.
pub(super) fn summarise(
    id: &TransactionId,
    entries: impl Iterator<Item = Result<Entry, TraceError>>,
) -> Result<Option<Summary>, TraceError> {
    let mut summary: Option<Summary> = None;
    for entry in entries {
        let entry = entry?;
        if !entry.belongs_to(id) {
            continue;
        }
        let level = entry.level();
        summary = Some(match summary.take() {
            None => Summary {
                transaction: id.clone(),
                first: entry.clone(),
                last: entry,
                entries: 1,
                level,
            },
            Some(before) => Summary {
                last: entry,
                entries: before.entries.saturating_add(1),
                level: before.level.max(level),
                ..before
            },
        });
    }
    Ok(summary)
}

/// Adds the ids of a file, the last first, until there are so many.
fn last_ids(log: &File, count: usize, ids: &mut Vec<TransactionId>) -> io::Result<()> {
    let length = log.metadata()?.len();
    let (mut end, mut size) = (length, FIRST_READ);
    let mut buffer = Vec::new();
    while end > 0 && length.saturating_sub(end) < FARTHEST && ids.len() < count {
        let start = end.saturating_sub(size as u64);
        buffer.resize(usize::try_from(end.saturating_sub(start)).unwrap_or(0), 0);
        log.read_exact_at(&mut buffer, start)?;
        let skipped = if start == 0 {
            Some(0)
        } else {
            next_entry_start(&buffer)
        };
        let Some(skipped) = skipped else {
            if size < BUFFER {
                size = size.saturating_mul(4);
            } else {
                // The middle of a giant entry.
                end = start;
            }
            continue;
        };
        let mut found = Vec::new();
        let mut rest = buffer.get(skipped..).unwrap_or_default();
        while !rest.is_empty() {
            let cut = next_entry_start(rest).unwrap_or(rest.len());
            let (bytes, after) = rest.split_at_checked(cut).unwrap_or((rest, &[]));
            let entry =
                Entry::from_bytes(bytes.get(..LONGEST_HEAD.min(cut)).unwrap_or_default(), 0);
            found.extend(entry.transaction().cloned());
            rest = after;
        }
        for id in found.into_iter().rev() {
            if ids.len() < count && !ids.contains(&id) {
                ids.push(id);
            }
        }
        end = start.saturating_add(skipped as u64);
        size = BUFFER;
    }
    Ok(())
}

const FIRST_READ: usize = 64 * 1024;
const FARTHEST: u64 = 64 * 1024 * 1024;
/// More than any head with its transaction id.
const LONGEST_HEAD: usize = 128;

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_last_transactions_come_latest_first_with_first_line_last_state_and_duration() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t");
        assert!(recent(&path, 3).unwrap().is_empty());
        let mut content = String::new();
        for number in 0..5000 {
            let (id, milli) = (number / 2, number % 1000);
            let second = number / 1000;
            content += &format!(
                "-- 2024-2-01 00:00:{second:02} {milli:03} --  [T{id}] step {number} of [T0]\n"
            );
        }
        content += "-- 2024-2-01 00:01:00 000 --  [T7] Process Error : late\n-- 2024-2-01 00:02:00 000 --  nobody\n";
        content += &"x\n".repeat(2 * BUFFER);
        fs::write(&path, content).unwrap();
        let found = recent(&path, 3).unwrap();
        let ids: Vec<&str> = found.iter().map(|one| one.transaction.as_str()).collect();
        assert_eq!(ids, ["T7", "T2499", "T2498"]);
        assert_eq!(found[0].first.text(), "step 14 of [T0]");
        assert_eq!(found[0].last.text(), "Process Error : late");
        assert_eq!((found[0].entries, found[0].level), (3, Level::Error));
        assert_eq!(found[0].duration(), Some(60_000 - 14));
        assert_eq!(recent(&path, 10_000).unwrap().len(), 2500);
    }
}
