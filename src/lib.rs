//! `shopengine`: the commerce backend of Moodle sites that run the `local_shop` plugin.
//!
//! Module map, in dependency order (a module uses only those above it):
//!
//! - [`domain`]: values and decisions: money, tax, price, partner codes, import links, steps, states. Opens nothing, reads no clock.
//! - [`clock`]: the one place that reads the time.
//! - [`entropy`]: the one place that draws random numbers: transaction ids, stamps.
//! - [`database`]: what the engine asks of a database, SQLite's answer, the schema.
//! - [`trace`]: the merchant trace: write a line, find a transaction's lines, of one machine or of several.
//! - [`gateway`]: payment interfaces: an order becomes a widget, a raw message becomes a verdict.
//! - [`engine`]: the use cases: place, receive, settle, deliver, with their history.
//! - [`front`]: one HTTP request of the shop becomes one answer.
//! - `extension`: the PHP binding, the only module that names `ext_php_rs` (feature `extension`).
//!
//! Invariants: the laws of `docs/laws.md`, above all: money is exact and computed once; an order is
//! paid only on proof; the effect of a message happens once; what was acknowledged survives a crash.

// The contract of databases is shared with the integration tests, which name the crate.
#[cfg(feature = "testing")]
extern crate self as shopengine;

pub mod clock;
pub mod database;
pub mod domain;
pub mod engine;
pub mod entropy;
#[cfg(feature = "extension")]
mod extension;
pub mod front;
pub mod gateway;
pub mod trace;

/// Version of the engine, the same as the extension's and the Cargo package's.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
