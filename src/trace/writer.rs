//! Appends lines to the trace file. Longer than most for its tests, which look at what is open and torn.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::clock::UnixMillis;
use crate::domain::transaction_id::TransactionId;
use crate::trace::TraceError;
use crate::trace::head::joined_count;
use crate::trace::line::{compose, local_time};
use crate::trace::losses;

/// A trace file to append to, shared by any number of processes.
///
/// Each line is one `write(2)` to a file in append mode: lines of several processes on one machine stand one
/// after the other, whole. (NFS does not promise that; give each node its own file there.)
///
/// The file stays open from one line to the next, within one process: what a child inherits through `fork`
/// it forgets, and opens its own. When the file was rotated or deleted, lines
/// go to a new one 10 ms later at the latest.
#[derive(Debug)]
pub struct Trace {
    path: PathBuf,
    /// The count in a line's head names the process too.
    names_process: bool,
    zone_name: String,
    zone: OnceLock<TimeZone>,
    // Held during one write, never across a call into PHP.
    state: Mutex<State>,
    lost: AtomicU64,
}

impl Trace {
    /// A trace at `path`, with times in the zone of that name (what PHP's
    /// `date_default_timezone_get()` gives, like `Europe/Paris`). Opens nothing and reads nothing yet.
    ///
    /// A zone that nobody knows is UTC, and the first line of each process says so.
    pub fn new(path: impl Into<PathBuf>, zone: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            names_process: false,
            zone_name: zone.into(),
            zone: OnceLock::new(),
            state: Mutex::new(State::default()),
            lost: AtomicU64::new(0),
        }
    }

    /// A trace beside this one, in the same zone, whose lines name their process: their counts are the process's number times
    /// 1,000,000,000, plus the count.
    pub(super) fn beside(&self, path: PathBuf) -> Self {
        Self {
            names_process: true,
            ..Self::new(path, self.zone_name.as_str())
        }
    }

    /// A trace at another path, in the same zone.
    pub(super) fn at(&self, path: &Path) -> Self {
        Self::new(path, self.zone_name.as_str())
    }

    /// Appends one line; creates the file, not its folder, when missing (mode 0660).
    ///
    /// # Errors
    ///
    /// [`TraceError`] when the line is not in the file. It is counted in [`lost`](Self::lost); no sale stops
    /// for it. The next line that this process can write says how many were lost, since when and why.
    pub fn write(
        &self,
        now: UnixMillis,
        transaction: Option<&TransactionId>,
        text: &str,
    ) -> Result<(), TraceError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let written = self.append(&mut state, now, transaction, text);
        match &written {
            Ok(()) => losses::told(&self.path),
            Err(error) => {
                self.lost.fetch_add(1, Ordering::Relaxed);
                losses::count(&self.path, now, error);
            }
        }
        written
    }

    /// How many lines were lost in this object's life, to be shown to the administrator.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The moment as this trace writes it.
    pub(super) fn local_time(&self, now: UnixMillis) -> DateTime {
        local_time(now, self.zone())
    }

    /// The zone of its times.
    pub(super) fn zone(&self) -> &TimeZone {
        self.zone
            .get_or_init(|| TimeZone::get(&self.zone_name).unwrap_or(TimeZone::UTC))
    }

    fn append(
        &self,
        state: &mut State,
        now: UnixMillis,
        transaction: Option<&TransactionId>,
        text: &str,
    ) -> Result<(), TraceError> {
        state.enter(process::id());
        if !state
            .opened
            .as_mut()
            .is_some_and(|opened| opened.is_current(&self.path))
        {
            state.opened = None;
        }
        let mut opened = match state.opened.take() {
            Some(opened) => opened,
            None => {
                let opened = Opened::open(&self.path)?;
                state.torn = opened.is_torn;
                opened
            }
        };
        let zone = self.zone();
        state.line.clear();
        if state.torn {
            state.line.push('\n');
        }
        if state.iter == 0 && *zone == TimeZone::UTC && TimeZone::get(&self.zone_name).is_err() {
            let note = format!(
                "[ERROR] time zone `{}` is unknown, times are UTC",
                self.zone_name
            );
            compose(&mut state.line, now, zone, 0, None, &note);
        }
        if let Some(note) = losses::note(&self.path, zone) {
            compose(&mut state.line, now, zone, 0, None, &note);
        }
        state.iter = state.iter.saturating_add(1);
        let count = if self.names_process {
            joined_count(state.process, next_in_process())
        } else {
            state.iter
        };
        compose(&mut state.line, now, zone, count, transaction, text);

        let written = write_line(&mut opened.file, state.line.as_bytes());
        state.opened = Some(opened);
        state.torn = matches!(written, Err(Unwritten { begun: true, .. }));
        // One huge text does not stay in memory.
        state.line.shrink_to(LINE_CAPACITY);
        written.map_err(|failure| TraceError::Write {
            path: self.path.clone(),
            source: failure.source,
        })
    }
}

/// Counts the lines of this process, whichever object writes them.
pub(super) fn next_in_process() -> u64 {
    static LINES: AtomicU64 = AtomicU64::new(0);
    LINES.fetch_add(1, Ordering::Relaxed).saturating_add(1)
}

#[derive(Debug, Default)]
struct State {
    process: u32,
    opened: Option<Opened>,
    iter: u64,
    line: String,
    /// The last line of this process lacks its end.
    torn: bool,
}

impl State {
    fn enter(&mut self, process: u32) {
        if self.process != process {
            // The file is the parent's: not ours to close.
            std::mem::forget(self.opened.take());
            *self = Self {
                process,
                ..Self::default()
            };
        }
    }
}

#[derive(Debug)]
struct Opened {
    file: File,
    device: u64,
    inode: u64,
    checked: Instant,
    /// The last line that was there lacks its end.
    is_torn: bool,
}

impl Opened {
    fn open(path: &Path) -> Result<Self, TraceError> {
        let failed = |source| TraceError::Open {
            path: path.to_owned(),
            source,
        };
        // Asked before opening: opening a pipe waits for its reader.
        if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
            return Err(TraceError::NotAFile {
                path: path.to_owned(),
            });
        }
        let mut options = OpenOptions::new();
        options.append(true).mode(MODE);
        // To read too, for its last byte; but for that it may be write-only.
        let opened = match options.clone().read(true).open(path) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => options.open(path),
            other => other,
        };
        let file = match opened {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create(&options, path).map_err(failed)?
            }
            other => other.map_err(failed)?,
        };
        let found = file.metadata().map_err(failed)?;
        Ok(Self {
            device: found.dev(),
            inode: found.ino(),
            checked: Instant::now(),
            is_torn: losses::is_torn(&file),
            file,
        })
    }

    /// Whether the next line may go here. Looked up again after [`RECHECK`] only: asking for a file's state
    /// between two writes doubles the price of a line (the file system has to store a new time for each).
    fn is_current(&mut self, path: &Path) -> bool {
        if self.checked.elapsed() < RECHECK {
            return true;
        }
        self.checked = Instant::now();
        fs::metadata(path)
            .is_ok_and(|found| found.ino() == self.inode && found.dev() == self.device)
    }
}

fn create(options: &OpenOptions, path: &Path) -> io::Result<File> {
    match options.clone().create_new(true).open(path) {
        Ok(file) => {
            // The umask may have taken the group's right to write, which cron's user needs. A file system
            // without modes is no reason to lose the line.
            let _ = file.set_permissions(Permissions::from_mode(MODE));
            Ok(file)
        }
        // Another process was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => options.open(path),
        Err(error) => Err(error),
    }
}

struct Unwritten {
    /// Part of the line is in the file.
    begun: bool,
    source: io::Error,
}

fn write_line(file: &mut File, line: &[u8]) -> Result<(), Unwritten> {
    let mut begun = false;
    let mut rest = line;
    while !rest.is_empty() {
        match file.write(rest) {
            Ok(0) => {
                return Err(Unwritten {
                    begun,
                    source: io::ErrorKind::WriteZero.into(),
                });
            }
            // All of it, but for a full disk.
            Ok(count) => {
                begun = true;
                rest = rest.get(count..).unwrap_or_default();
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(source) => return Err(Unwritten { begun, source }),
        }
    }
    Ok(())
}

const MODE: u32 = 0o660;
const LINE_CAPACITY: usize = 16 * 1024;
const RECHECK: Duration = Duration::from_millis(10);

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd as _;

    use super::*;

    fn lines(path: &Path) -> Vec<String> {
        fs::read_to_string(path)
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect()
    }

    const NOW: UnixMillis = UnixMillis::from_millis(1_503_340_741_029);

    #[test]
    fn a_new_trace_opens_nothing_and_the_first_line_creates_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("merchant_trace.log");
        let trace = Trace::new(&path, "Europe/Paris");
        assert!(!path.exists());
        trace.write(NOW, None, "one").unwrap();
        trace.write(NOW, None, "two").unwrap();
        let head = "-- 2017-8-21 20:39:01 029";
        assert_eq!(
            lines(&path),
            [format!("{head} -1-  one"), format!("{head} -2-  two")]
        );
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o660
        );
    }

    #[test]
    fn an_existing_file_is_continued_and_keeps_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t");
        fs::write(&path, "old\n").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        Trace::new(&path, "UTC").write(NOW, None, "new").unwrap();
        assert_eq!(lines(&path), ["old", "-- 2017-8-21 18:39:01 029 -1-  new"]);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[test]
    fn a_rotated_or_deleted_file_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t");
        let trace = Trace::new(&path, "UTC");
        trace.write(NOW, None, "a").unwrap();
        fs::rename(&path, folder.path().join("t.1")).unwrap();
        std::thread::sleep(RECHECK);
        trace.write(NOW, None, "b").unwrap();
        assert_eq!(lines(&path), ["-- 2017-8-21 18:39:01 029 -2-  b"]);
        fs::remove_file(&path).unwrap();
        std::thread::sleep(RECHECK);
        trace.write(NOW, None, "c").unwrap();
        assert_eq!(lines(&path), ["-- 2017-8-21 18:39:01 029 -3-  c"]);
        assert_eq!(
            lines(&folder.path().join("t.1")),
            ["-- 2017-8-21 18:39:01 029 -1-  a"]
        );
    }

    #[test]
    fn failures_are_typed_counted_and_over_when_the_cause_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing").join("t");
        let trace = Trace::new(&path, "UTC");
        let error = trace.write(NOW, None, "a").unwrap_err();
        assert_eq!((error.code(), trace.lost()), ("trace_open", 1));
        let error = Trace::new(folder.path(), "UTC")
            .write(NOW, None, "a")
            .unwrap_err();
        assert_eq!(error.code(), "trace_not_a_file");
        fs::create_dir(folder.path().join("missing")).unwrap();
        trace.write(NOW, None, "b").unwrap();
        trace.write(NOW, None, "c").unwrap();
        let lines = lines(&path);
        assert_eq!((lines.len(), trace.lost()), (3, 1));
        assert!(
            lines[0].contains("[ERROR] 1 lines were lost since 2017-08-21 18:39:01 (No such file"),
            "{lines:?}"
        );
    }

    #[test]
    fn a_child_process_forgets_the_inherited_file_and_counts_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t");
        let trace = Trace::new(&path, "UTC");
        trace.write(NOW, None, "a").unwrap();
        let descriptor = |state: &State| state.opened.as_ref().unwrap().file.as_raw_fd();
        let inherited = {
            let mut state = trace.state.lock().unwrap();
            // What a child finds after fork: another process id than its own.
            state.process ^= 1;
            descriptor(&state)
        };
        trace.write(NOW, None, "b").unwrap();
        assert_eq!(lines(&path)[1], "-- 2017-8-21 18:39:01 029 -1-  b");
        let own = descriptor(&trace.state.lock().unwrap());
        assert_ne!(own, inherited);
        for number in [own, inherited] {
            let file = fs::read_link(format!("/proc/self/fd/{number}")).unwrap();
            assert_eq!(file, path);
        }
    }

    #[test]
    fn a_line_after_a_torn_one_starts_on_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t");
        let trace = Trace::new(&path, "UTC");
        trace.write(NOW, None, "a").unwrap();
        fs::write(&path, "-- 2017-8-21 18:3").unwrap();
        trace.state.lock().unwrap().torn = true;
        trace.write(NOW, None, "b").unwrap();
        // Another process, which finds it so.
        let content = fs::read_to_string(&path).unwrap();
        fs::write(&path, content + "-- 2017-8-21 18:3").unwrap();
        Trace::new(&path, "UTC").write(NOW, None, "other").unwrap();
        trace.write(NOW, None, "c").unwrap();
        assert_eq!(
            lines(&path)[1..],
            [
                "-- 2017-8-21 18:39:01 029 -2-  b",
                "-- 2017-8-21 18:3",
                "-- 2017-8-21 18:39:01 029 -1-  other",
                "-- 2017-8-21 18:39:01 029 -3-  c"
            ]
        );
    }

    #[test]
    fn an_unknown_time_zone_costs_a_note_not_the_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t");
        let trace = Trace::new(&path, "Mars/Olympus");
        trace.write(NOW, None, "a").unwrap();
        trace.write(NOW, None, "b").unwrap();
        let head = "-- 2017-8-21 18:39:01 029";
        let note =
            format!("{head} -0-  [ERROR] time zone `Mars/Olympus` is unknown, times are UTC");
        assert_eq!(
            lines(&path),
            [note, format!("{head} -1-  a"), format!("{head} -2-  b")]
        );
    }
}
