//! Lines that could not be written: counted over the life of the process, told in the trace when writing works again.
//!
//! A request's own [`Trace`](super::Trace) ends with the request; a worker of the web server lives on, and knows what was lost.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::clock::UnixMillis;
use crate::trace::TraceError;
use crate::trace::line::local_time;

/// Counts a line that is not in the file.
pub(super) fn count(path: &Path, now: UnixMillis, error: &TraceError) {
    if matches!(error, TraceError::NotAFile { .. }) {
        // What a rehearsal writes to /dev/null.
        return;
    }
    let process = process::id();
    let mut losses = losses();
    losses.retain(|loss| loss.process == process);
    let has_room = losses.len() < MOST_FILES;
    match losses.iter_mut().find(|loss| loss.path == path) {
        Some(loss) => loss.lines = loss.lines.saturating_add(1),
        None if has_room => losses.push(Loss {
            path: path.to_owned(),
            process,
            lines: 1,
            since: now,
            cause: cause(error),
        }),
        None => {}
    }
    ANY.store(true, Ordering::Relaxed);
}

/// What the next line should say first, if lines were lost.
pub(super) fn note(path: &Path, zone: &TimeZone) -> Option<String> {
    if !ANY.load(Ordering::Relaxed) {
        return None;
    }
    let losses = losses();
    // A child counts its own.
    let loss = losses
        .iter()
        .find(|loss| loss.path == path && loss.process == process::id())?;
    let since = local_time(loss.since, zone).strftime("%Y-%m-%d %H:%M:%S");
    Some(format!(
        "[ERROR] {} lines were lost since {since} ({}); cli/repair.php --trace=HOURS writes those of orders again",
        loss.lines, loss.cause
    ))
}

/// The note is in the file.
pub(super) fn told(path: &Path) {
    if ANY.load(Ordering::Relaxed) {
        let mut losses = losses();
        losses.retain(|loss| loss.path != path);
        ANY.store(!losses.is_empty(), Ordering::Relaxed);
    }
}

/// Whether the last line of an open file lacks its end: a full disk took it, or the process died. A line that another process is writing
/// seems to lack it too, so the file is looked at again for a while. A file that may not be read has no such line.
pub(super) fn is_torn(file: &File) -> bool {
    for look in 0..LOOKS {
        if look > 0 {
            thread::sleep(BETWEEN_LOOKS);
        }
        let length = file.metadata().map_or(0, |found| found.len());
        let mut last = [b'\n'];
        let ends = length
            .checked_sub(1)
            .is_none_or(|place| file.read_at(&mut last, place).is_err() || last == [b'\n']);
        if ends {
            return false;
        }
    }
    true
}

/// How often a file is looked at before its last line counts as torn.
const LOOKS: u32 = 11;
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

struct Loss {
    path: PathBuf,
    process: u32,
    lines: u64,
    since: UnixMillis,
    cause: String,
}

/// What the system said first.
fn cause(error: &TraceError) -> String {
    match error {
        TraceError::Open { source, .. } | TraceError::Write { source, .. } => source.to_string(),
        other => other.to_string(),
    }
}

fn losses() -> MutexGuard<'static, Vec<Loss>> {
    LOSSES.lock().unwrap_or_else(PoisonError::into_inner)
}

static LOSSES: Mutex<Vec<Loss>> = Mutex::new(Vec::new());
/// Spares the lock for each line while all is well.
static ANY: AtomicBool = AtomicBool::new(false);
/// A trace for each shop and a mail trace; tests have more.
const MOST_FILES: usize = 1000;
