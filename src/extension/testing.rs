//! Entry points that fail on purpose or cross the boundary and back, for `tests/phpt/testing`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ext_php_rs::boxed::ZBox;
use ext_php_rs::flags::ClassFlags;
use ext_php_rs::prelude::*;
use ext_php_rs::types::{ZendHashTable, Zval};

use super::convert;
use super::exception::{ErrorClass, exception};
use super::moodle::Moodle;

#[path = "../../tests/common/contract.rs"]
#[expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test suite"
)]
mod contract;

/// What the tests of the boundary call.
#[php_class]
#[php(name = "ShopEngine\\Testing")]
#[php(flags = ClassFlags::Final)]
pub struct Testing;

#[php_impl]
impl Testing {
    /// Panics with a text.
    #[expect(clippy::panic, reason = "this is what the method is for")]
    pub fn panic(text: &str) -> bool {
        let _written_when_dropped = Dropped;
        panic!("{text}")
    }

    /// Holds a `$DB` of Moodle's shape to the contract of databases: clause to what is wrong, '' for nothing.
    pub fn contract(database: &Zval) -> PhpResult<ZBox<ZendHashTable>> {
        let database = Moodle::new(database)
            .ok_or_else(|| exception(ErrorClass::Shop, "some_code", "no object"))?;
        let mut results = indexmap::IndexMap::new();
        for (name, clause) in contract::CLAUSES {
            let outcome = catch_unwind(AssertUnwindSafe(|| clause(&database)));
            let fault = outcome.err().map_or_else(String::new, |panic| {
                let text = panic.downcast_ref::<String>().cloned();
                text.or_else(|| Some((*panic.downcast_ref::<&str>()?).to_owned()))
                    .unwrap_or_else(|| "broken".to_owned())
            });
            results.insert((*name).to_owned(), fault);
        }
        convert::answer(&results)
    }

    /// Throws the named class of the tree with the code `some_code` and the given sentence.
    pub fn throw(class: &str, sentence: &str) -> PhpResult<bool> {
        let class = match class {
            "Database" => ErrorClass::Database,
            "Gateway" => ErrorClass::Gateway,
            "Signature" => ErrorClass::Signature,
            "AmountMismatch" => ErrorClass::AmountMismatch,
            "UnknownTransaction" => ErrorClass::UnknownTransaction,
            "Import" => ErrorClass::Import,
            "Money" => ErrorClass::Money,
            "State" => ErrorClass::State,
            "Trace" => ErrorClass::Trace,
            _ => ErrorClass::Shop,
        };
        Err(exception(class, "some_code", sentence))
    }

    /// Takes a value across the boundary and back.
    pub fn echo(value: &Zval) -> PhpResult<Zval> {
        Ok(convert::to_zval(&convert::to_value(value)?)?)
    }
}

/// Proves that a panic unwinds: destructors run.
struct Dropped;

impl Drop for Dropped {
    fn drop(&mut self) {
        let _written = ext_php_rs::zend::write("dropped\n".as_bytes());
    }
}
