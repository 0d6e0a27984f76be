//! Puts a trace aside when it is large or old, and removes parts that nobody may keep any longer.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use jiff::Span;
use jiff::civil::DateTime;

use crate::clock::UnixMillis;
use crate::trace::blocks::open;
use crate::trace::chain::{chain_of, guard};
use crate::trace::head::Head;
use crate::trace::index::Index;
use crate::trace::volumes::files;
use crate::trace::{Trace, TraceError};

/// When a trace is put aside, and for how long it is kept. What is 0 never happens.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Rotation {
    /// Put aside when the file has at least so many bytes.
    pub size: u64,
    /// Put aside when its first entry is so many days old.
    pub days: u32,
    /// Remove what was put aside when its last change is so many days ago.
    pub keep: u32,
}

impl Trace {
    /// Puts the trace aside if it is time: it gets a name with the moment, like `merchant_trace.log.20261122-004800-123`, and its index
    /// goes with it. Lines that other processes are just writing go to it for 10 ms more, none is lost. Then removes
    /// what need not be kept any longer. Gives the new name, and how many files were removed.
    ///
    /// # Errors
    ///
    /// [`TraceError`] when the file cannot be read, renamed or removed.
    pub fn rotate(
        &self,
        now: UnixMillis,
        rotation: Rotation,
    ) -> Result<(Option<PathBuf>, usize), TraceError> {
        let local = self.local_time(now);
        let aside = if is_due(self.path(), local, rotation)? {
            Some(put_aside(self.path(), local)?)
        } else {
            None
        };
        let mut removed = 0;
        if rotation.keep > 0 {
            let oldest = now.plus_millis(i64::from(rotation.keep).saturating_mul(-DAY));
            for file in files(self.path())? {
                if file != self.path() && last_change(&file).is_some_and(|time| time < oldest) {
                    Index::of(&file).remove()?;
                    fs::remove_file(&file).map_err(failed(&file))?;
                    let _ = fs::remove_file(chain_of(&file));
                    removed += 1;
                }
            }
        }
        Ok((aside, removed))
    }
}

fn is_due(path: &Path, now: DateTime, rotation: Rotation) -> Result<bool, TraceError> {
    let Some(file) = open(path)? else {
        return Ok(false);
    };
    let length = file.metadata().map_err(failed(path))?.len();
    if length > 0 && rotation.size > 0 && length >= rotation.size {
        return Ok(true);
    }
    if rotation.days == 0 {
        return Ok(false);
    }
    let mut bytes = Vec::new();
    file.take(FIRST_ENTRIES)
        .read_to_end(&mut bytes)
        .map_err(failed(path))?;
    let first = bytes.split(|byte| *byte == b'\n').find_map(Head::parse);
    let oldest = now.checked_sub(Span::new().days(i64::from(rotation.days)));
    Ok(first.is_some_and(|head| oldest.is_ok_and(|oldest| head.time <= oldest)))
}

fn put_aside(path: &Path, now: DateTime) -> Result<PathBuf, TraceError> {
    let mut name = path.as_os_str().to_owned();
    let stamp = now.strftime("%Y%m%d-%H%M%S");
    name.push(format!(".{stamp}-{:03}", now.millisecond()));
    let aside = PathBuf::from(name);
    // Whoever seals or conceals has finished.
    let _guard = guard(path)?;
    // A link refuses a name that is taken, where a renaming would write over it. Index and chain go in between: a process that dies
    // leaves one file with two names, and either finds them.
    match fs::hard_link(path, &aside) {
        Ok(()) => {
            take_along(path, &aside);
            fs::remove_file(path).map_err(failed(path))?;
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists || aside.exists() => {
            return Err(failed(path)(error));
        }
        // A file system without links.
        Err(_) => {
            fs::rename(path, &aside).map_err(failed(path))?;
            take_along(path, &aside);
        }
    }
    Ok(aside)
}

/// Index and chain fit the file, not its name. Without an index the file is read, or indexed anew; a chain that stays is
/// found by what it seals.
fn take_along(path: &Path, aside: &Path) {
    let _ = fs::rename(Index::of(path).path(), Index::of(aside).path());
    let _ = fs::rename(chain_of(path), chain_of(aside));
}

fn last_change(path: &Path) -> Option<UnixMillis> {
    let time = fs::metadata(path).ok()?.modified().ok()?;
    let since = time.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(UnixMillis::from_millis(
        i64::try_from(since.as_millis()).ok()?,
    ))
}

fn failed(path: &Path) -> impl Fn(io::Error) -> TraceError {
    let path = path.to_owned();
    move |source| TraceError::Rotate {
        path: path.clone(),
        source,
    }
}

const DAY: i64 = 24 * 60 * 60 * 1000;
/// A headless beginning may be so long.
const FIRST_ENTRIES: u64 = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::transaction_id::TransactionId;
    use crate::trace::{Filter, Page, look_up, read, recent};

    const NOW: UnixMillis = UnixMillis::from_millis(1_503_340_741_029);
    const LARGE: Rotation = Rotation {
        size: 100,
        days: 0,
        keep: 0,
    };

    fn texts(path: &Path, id: &TransactionId, limit: usize) -> Vec<String> {
        let (mut from, mut texts) = (Some(0), Vec::new());
        while let Some(start) = from {
            let mut page = look_up(path, id, Page { from: start, limit }).unwrap();
            texts.extend(page.by_ref().map(|entry| entry.unwrap().text().to_owned()));
            from = page.resume_at();
        }
        texts
    }

    #[test]
    fn a_large_trace_is_put_aside_with_its_index_and_readers_follow() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t");
        let trace = Trace::new(&path, "UTC");
        let id = TransactionId::parse("A").unwrap();
        assert_eq!(trace.rotate(NOW, LARGE).unwrap(), (None, 0));
        let mut expected = Vec::new();
        for volume in 0..3 {
            for number in 0..5 {
                let text = format!("{volume} {number}");
                trace.write(NOW, Some(&id), &text).unwrap();
                expected.push(text);
            }
            Index::of(&path).catch_up(u64::MAX, |_| ()).unwrap();
            let (aside, _) = trace.rotate(NOW.plus_millis(volume), LARGE).unwrap();
            let aside = aside.unwrap();
            let covered = Index::of(&aside).coverage().unwrap().covered;
            assert!(covered > 0, "the index went along");
            std::thread::sleep(std::time::Duration::from_millis(11));
        }
        assert_eq!(trace.rotate(NOW, LARGE).unwrap(), (None, 0));
        trace.write(NOW, Some(&id), "last").unwrap();
        expected.push("last".to_owned());
        fs::write(
            folder.path().join("t.1"),
            "-- 2017-8-01 00:00:00 000 -- [A] first\n",
        )
        .unwrap();
        expected.insert(0, "first".to_owned());
        fs::write(
            folder.path().join("t.1.gz"),
            "-- 2017-8-01 00:00:00 000 -- [A] no\n",
        )
        .unwrap();
        assert_eq!(files(&path).unwrap().len(), 5);
        // A rotation killed between giving the new name and taking the old one away.
        fs::hard_link(&path, folder.path().join("t.20301231-000000-000")).unwrap();
        for limit in [1, 2, 5, 100] {
            assert_eq!(texts(&path, &id, limit), expected);
        }
        let all: Vec<_> = read(&path, Filter::default(), Page::ALL)
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(all.len(), expected.len());
        assert!(
            all.windows(2)
                .all(|pair| pair[0].offset() < pair[1].offset())
        );
        assert_eq!(recent(&path, 1).unwrap()[0].entries, expected.len());
    }

    #[test]
    fn an_old_trace_is_put_aside_and_what_is_older_still_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t");
        let trace = Trace::new(&path, "UTC");
        let rule = Rotation {
            days: 7,
            keep: 30,
            ..Rotation::default()
        };
        trace.write(NOW, None, "a").unwrap();
        let day = |days: i64| NOW.plus_millis(days * DAY);
        assert_eq!(trace.rotate(day(6), rule).unwrap(), (None, 0));
        let (aside, _) = trace.rotate(day(7), rule).unwrap();
        assert!(aside.unwrap().ends_with("t.20170828-183901-029"));
        fs::write(&path, "x").unwrap();
        // The files' last change is today's, by the machine's clock.
        assert_eq!(trace.rotate(day(7), rule).unwrap(), (None, 0));
        let far = day(365 * 100);
        assert_eq!(trace.rotate(far, rule).unwrap(), (None, 1));
        assert_eq!(files(&path).unwrap(), [path]);
    }

    #[test]
    fn a_name_that_is_taken_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t");
        let trace = Trace::new(&path, "UTC");
        for _ in 0..3 {
            trace
                .write(NOW, None, "some text that is long enough")
                .unwrap();
        }
        let taken = folder.path().join("t.20170821-183901-029");
        fs::write(&taken, "precious").unwrap();
        let error = trace.rotate(NOW, LARGE).unwrap_err();
        assert_eq!(error.code(), "trace_rotate");
        assert_eq!(fs::read(&taken).unwrap(), b"precious");
        assert!(path.exists());
    }
}
