//! What happens to a panic: the generated handlers of every exported function and method turn it into a
//! PHP `\Error`; this hook leaves one line where an administrator looks.
//!
//! The line names the place in the source and the process, never the panic's text: that text may
//! carry a buyer's data or a secret.
#![expect(
    unsafe_code,
    reason = "PHP's error log is reached through a C function"
)]

use std::ffi::{CString, c_char, c_int};
use std::fs::OpenOptions;
use std::io::Write;
use std::panic::{PanicHookInfo, set_hook};
use std::path::Path;

use jiff::Timestamp;

use super::ini;
use crate::clock::{Clock, SystemClock};

/// Installs the hook. The extension has its own copy of the Rust runtime, so nobody else's is replaced.
pub fn install_hook() {
    set_hook(Box::new(report));
}

/// Must not panic: a panic in here ends the process.
fn report(info: &PanicHookInfo<'_>) {
    let place = info
        .location()
        .map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    let line = format!(
        "shopengine {}: caught a panic at {place} in process {}",
        crate::VERSION,
        std::process::id()
    );
    let written = ini::trace().is_some_and(|path| append(&path, &line).is_ok());
    if !written {
        log(&line);
    }
}

fn append(path: &Path, line: &str) -> std::io::Result<()> {
    let now =
        Timestamp::from_millisecond(SystemClock.now().millis()).unwrap_or(Timestamp::UNIX_EPOCH);
    OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)?
        .write_all(format!("{now:.3} {line}\n").as_bytes())
}

fn log(line: &str) {
    if let Ok(line) = CString::new(line) {
        // SAFETY: the text is NUL-terminated and outlives the call, which copies it. The function calls
        // no PHP code and does not jump.
        unsafe { php_log_err_with_severity(line.as_ptr(), SEVERITY) };
    }
}

/// `LOG_CRIT` of syslog.
const SEVERITY: c_int = 2;

unsafe extern "C" {
    fn php_log_err_with_severity(message: *const c_char, severity: c_int);
}
