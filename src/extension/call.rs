//! Calls into PHP: a thrown exception is taken over; when PHP ends the request, Rust stops at once.
//!
//! `exit()`, also in a signal handler or a destructor, leaves a marker where an exception would be: an object without properties
//! or methods that is no `Throwable`. It is PHP's alone. PHP calls nothing while it is pending, so Rust unwinds from here to
//! the boundary: destructors run, the marker stays, and PHP goes on to the shutdown functions, where Moodle rolls back.
//!
//! A fatal error jumps over Rust's frames instead; nothing of ours is borrowed, locked or begun during a call.

use std::panic::resume_unwind;
use std::thread::panicking;

use ext_php_rs::binary::Binary;
use ext_php_rs::convert::IntoZvalDyn;
use ext_php_rs::types::{ZendObject, Zval};
use ext_php_rs::zend::{ExecutorGlobals, ce};

use crate::database::DatabaseError;

/// Why a call gave nothing.
pub enum Interruption {
    /// PHP ends the request.
    Ended,
    /// An exception was thrown, by the method or by a destructor before it, or there is no such method.
    Failed(DatabaseError),
}

impl Interruption {
    /// The error for the engine. When PHP ends the request there is none: Rust unwinds to the boundary. A destructor that calls
    /// while it does so gets an error, since unwinding twice ends the process.
    pub fn into_error(self) -> DatabaseError {
        match self {
            Self::Failed(error) => error,
            Self::Ended if panicking() => failed("the request has ended"),
            Self::Ended => resume_unwind(Box::new("the request has ended")),
        }
    }
}

/// Calls a method of an object.
pub fn call(
    object: &ZendObject,
    method: &str,
    arguments: Vec<&dyn IntoZvalDyn>,
) -> Result<Zval, Interruption> {
    settled()?;
    let returned = object.try_call_method(method, arguments);
    settled()?;
    returned.map_err(|error| Interruption::Failed(failed(&error.to_string())))
}

/// Takes over the exception that is pending, if there is one. PHP code runs in calls, and where a value is freed.
pub fn settled() -> Result<(), Interruption> {
    if has_ended() {
        return Err(Interruption::Ended);
    }
    match ExecutorGlobals::take_exception() {
        Some(exception) => Err(taken_over(&exception)),
        None => Ok(()),
    }
}

/// Forgets an exception that is pending, for a call that has to be made all the same.
pub fn forget_exception() {
    if !has_ended() {
        drop(ExecutorGlobals::take_exception());
    }
}

/// An error of the database with these words.
pub fn failed(words: &str) -> DatabaseError {
    DatabaseError::Failed(words.to_owned())
}

/// Whether PHP's marker for the end of the request is pending.
fn has_ended() -> bool {
    ExecutorGlobals::get()
        .exception()
        .is_some_and(|pending| !pending.instance_of(ce::throwable()))
}

/// What an exception of Moodle's database layer means.
fn taken_over(exception: &ZendObject) -> Interruption {
    let words = words(exception);
    // Reading a property can run code of the exception's class.
    if has_ended() {
        return Interruption::Ended;
    }
    forget_exception();
    let lower = words.to_lowercase();
    Interruption::Failed(if UNIQUE.iter().any(|mark| lower.contains(mark)) {
        DatabaseError::Conflict {
            table: words.chars().take(80).collect(),
        }
    } else if TRANSIENT.iter().any(|mark| lower.contains(mark)) {
        DatabaseError::Busy
    } else {
        failed(&words)
    })
}

/// The server's own words, which are in a public property, or the exception's. They need not be UTF-8.
fn words(exception: &ZendObject) -> String {
    let property = |name: &&str| text(&exception.get_property::<Binary<u8>>(name).ok()?);
    let message = || {
        let message = exception.try_call_method("getMessage", vec![]).ok()?;
        text(message.zend_str()?.as_bytes())
    };
    ["error", "debuginfo"]
        .iter()
        .find_map(property)
        .or_else(message)
        .unwrap_or_else(|| "an exception without words".to_owned())
}

fn text(bytes: &[u8]) -> Option<String> {
    (!bytes.is_empty()).then(|| String::from_utf8_lossy(bytes).into_owned())
}

/// How MariaDB, MySQL and PostgreSQL say that a unique key holds the values already.
const UNIQUE: [&str; 2] = ["duplicate entry", "duplicate key"];

/// How they say that the transaction should be tried again.
const TRANSIENT: [&str; 5] = [
    "deadlock",
    "lock wait timeout",
    "could not serialize",
    "record has changed since last read",
    "could not obtain lock",
];
