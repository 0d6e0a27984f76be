//! Entry points that fail on purpose or cross the boundary and back, for `tests/phpt/testing`.

use ext_php_rs::flags::ClassFlags;
use ext_php_rs::prelude::*;
use ext_php_rs::types::Zval;

use super::convert;
use super::exception::{ErrorClass, exception};

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
