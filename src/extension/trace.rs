//! `ShopEngine\Trace`: the merchant trace.

use ext_php_rs::binary_slice::BinarySlice;
use ext_php_rs::boxed::ZBox;
use ext_php_rs::flags::ClassFlags;
use ext_php_rs::prelude::*;
use ext_php_rs::types::ZendHashTable;
use serde::Serialize;

use super::convert;
use super::exception::value_error;
use crate::clock::{Clock, SystemClock};
use crate::domain::transaction_id::TransactionId;
use crate::trace::{self, Entry, Page};

/// A trace file in the plugin's format, shared by any number of processes.
#[php_class]
#[php(name = "ShopEngine\\Trace")]
#[php(flags = ClassFlags::Final)]
pub struct Trace(trace::Trace);

#[php_impl]
impl Trace {
    /// A trace at `$path`, with times in the named zone (`date_default_timezone_get()`). Opens nothing yet.
    pub fn __construct(path: &str, timezone: &str) -> Self {
        Self(trace::Trace::new(path, timezone))
    }

    /// Appends one line; line breaks and control characters of the text are made harmless.
    ///
    /// @throws \ShopEngine\Exception\TraceException when the line is not in the file
    pub fn write(&self, text: BinarySlice<u8>, transactionid: Option<&str>) -> PhpResult<()> {
        let transaction = transactionid.map(TransactionId::parse).transpose()?;
        let text = String::from_utf8_lossy(&text);
        Ok(self
            .0
            .write(SystemClock.now(), transaction.as_ref(), &text)?)
    }

    /// Finds the entries that name a transaction, in the order of the file: `entries`, and `resumeat`, the
    /// `$from` of the next page, null at the end.
    ///
    /// An entry holds `line` (as in the file), `text`, `own` (whether it is this transaction's own line, others
    /// mention it), `continuation` (the lines below it) and `offset` (bytes).
    ///
    /// @throws \ShopEngine\Exception\TraceException
    #[php(defaults(from = 0, limit = 1000))]
    pub fn scan(
        &self,
        transactionid: &str,
        from: i64,
        limit: i64,
    ) -> PhpResult<ZBox<ZendHashTable>> {
        let transaction = TransactionId::parse(transactionid)?;
        let (Ok(from), Ok(limit)) = (u64::try_from(from), usize::try_from(limit)) else {
            return Err(value_error("from and limit must not be negative"));
        };
        let mut found = trace::scan(self.0.path(), &transaction, Page { from, limit })?;
        let entries = found
            .by_ref()
            .map(|entry| Ok(Found::new(&entry?, &transaction)))
            .collect::<PhpResult<Vec<_>>>()?;
        convert::answer(&Answer {
            entries,
            resumeat: found.resume_at(),
        })
    }
}

#[derive(Serialize)]
struct Answer {
    entries: Vec<Found>,
    resumeat: Option<u64>,
}

#[derive(Serialize)]
struct Found {
    line: String,
    text: String,
    own: bool,
    continuation: Vec<String>,
    offset: u64,
}

impl Found {
    fn new(entry: &Entry, transaction: &TransactionId) -> Self {
        Self {
            line: entry.line().to_owned(),
            text: entry.text().to_owned(),
            own: entry.belongs_to(transaction),
            continuation: entry.continuation().to_vec(),
            offset: entry.offset(),
        }
    }
}
