//! The PHP exceptions: one tree, and the only place where Rust errors become PHP exceptions.
//!
//! The classes are plain internal classes built by hand: a class declared through `#[php_class]` loses
//! file, line and trace, and cannot be subclassed. Every class inherits the public string property
//! `errorcode` from [`ErrorClass::Shop`]; it carries the stable code of the Rust error, the same word as
//! the key of the sentence in the language files (Moodle's own exceptions use that property name too).
#![expect(
    unsafe_code,
    reason = "class entries are C pointers that live as long as the module"
)]

use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

use ext_php_rs::builders::{ClassBuilder, ClassProperty};
use ext_php_rs::convert::IntoZval;
use ext_php_rs::exception::PhpException;
use ext_php_rs::ffi::{ext_php_rs_compiler_globals, zend_hash_str_find_ptr_lc};
use ext_php_rs::flags::PropertyFlags;
use ext_php_rs::types::{ZendObject, Zval};
use ext_php_rs::zend::{ClassEntry, ce};

use super::convert::ConvertError;
use crate::database::DatabaseError;
use crate::domain::formula::FormulaError;
use crate::domain::import::ImportError;
use crate::domain::money::MoneyError;
use crate::domain::partner::PartnerCodeError;
use crate::domain::quantity::QuantityError;
use crate::domain::transaction_id::TransactionIdError;
use crate::engine::Error;
use crate::gateway::GatewayError;
use crate::trace::TraceError;

/// The exception classes under `ShopEngine\Exception`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(
    not(feature = "testing"),
    expect(
        dead_code,
        reason = "every class is registered; some wait for the use case that throws them"
    )
)]
pub enum ErrorClass {
    /// `ShopException`, the base: catches everything this extension throws on purpose.
    Shop,
    /// `DatabaseException`: the database is away, locked, or answered nonsense.
    Database,
    /// `GatewayException`: a payment interface refused or was refused.
    Gateway,
    /// `SignatureException`: a gateway's message is not proven.
    Signature,
    /// `AmountMismatchException`: a gateway's amount is not the order's.
    AmountMismatch,
    /// `UnknownTransactionException`: no order has this transaction id.
    UnknownTransaction,
    /// `ImportException`: an import link or a partner code cannot be read.
    Import,
    /// `MoneyException`: an amount, a currency, a rate or a tax formula cannot be used.
    Money,
    /// `StateException`: an order cannot make this move.
    State,
    /// `TraceException`: the merchant trace cannot be written or read.
    Trace,
}

/// Builds the exception of a class with a stable error code and a sentence.
pub fn exception(class: ErrorClass, code: &str, message: &str) -> PhpException {
    let entry = class.entry();
    let plain = PhpException::new(message.to_owned(), 0, entry);
    match object(entry, code, message) {
        Ok(object) => plain.with_object(object),
        // The class and the sentence still arrive; only `errorcode` stays empty.
        Err(_) => plain,
    }
}

/// Registers the classes, bases before leaves. Called once for each start of the module.
pub fn register() -> ext_php_rs::error::Result<()> {
    for (slot, class) in CLASSES.iter().enumerate() {
        let mut builder = ClassBuilder::new(class.name).extends((class.parent, class.parent_name));
        if slot == 0 {
            builder = builder.property(errorcode());
        }
        builder.registration(class.keep).register()?;
    }
    Ok(())
}

/// A wrong argument that no typed error of the core covers: a mistake of the calling PHP code.
pub fn value_error(message: &str) -> PhpException {
    PhpException::new(message.to_owned(), 0, ce::value_error())
}

/// The one mapping of the core's errors onto the tree.
macro_rules! mapping {
    ($($error:ty => $class:ident,)+) => {
        $(impl From<$error> for PhpException {
            fn from(error: $error) -> Self {
                exception(ErrorClass::$class, error.code(), &sentence(&error))
            }
        })+
    };
}

mapping! {
    ConvertError => Shop,
    FormulaError => Money,
    ImportError => Import,
    MoneyError => Money,
    PartnerCodeError => Import,
    QuantityError => Import,
    TraceError => Trace,
    TransactionIdError => UnknownTransaction,
}

impl From<DatabaseError> for PhpException {
    fn from(error: DatabaseError) -> Self {
        exception(ErrorClass::Database, error.code(), &sentence(&error))
    }
}

impl From<Error> for PhpException {
    fn from(error: Error) -> Self {
        let class = match &error {
            Error::Database(_) | Error::Conflict => ErrorClass::Database,
            Error::Money(_) | Error::Totals(_) => ErrorClass::Money,
            Error::State(_)
            | Error::AlreadyPlaced { .. }
            | Error::NotReady(_)
            | Error::LeaseLost { .. } => ErrorClass::State,
            Error::Gateway(GatewayError::NotAuthentic) => ErrorClass::Signature,
            Error::Gateway(_) | Error::PaymodeNotAllowed { .. } => ErrorClass::Gateway,
            Error::UnknownOrder { .. } => ErrorClass::UnknownTransaction,
            _ => ErrorClass::Shop,
        };
        exception(class, error.code(), &sentence(&error))
    }
}

/// The error and its causes, joined by colons.
fn sentence(error: &dyn std::error::Error) -> String {
    let mut sentence = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        sentence.push_str(": ");
        sentence.push_str(&error.to_string());
        cause = error.source();
    }
    sentence
}

impl ErrorClass {
    fn entry(self) -> &'static ClassEntry {
        let slot = match self {
            Self::Shop => &SHOP,
            Self::Database => &DATABASE,
            Self::Gateway => &GATEWAY,
            Self::Signature => &SIGNATURE,
            Self::AmountMismatch => &AMOUNT_MISMATCH,
            Self::UnknownTransaction => &UNKNOWN_TRANSACTION,
            Self::Import => &IMPORT,
            Self::Money => &MONEY,
            Self::State => &STATE,
            Self::Trace => &TRACE,
        };
        load(slot)
    }
}

/// Builds the object through the class' own constructor, so that file, line and trace are PHP's.
fn object(entry: &ClassEntry, code: &str, message: &str) -> ext_php_rs::error::Result<Zval> {
    let mut object = ZendObject::new(entry);
    object.try_call_method("__construct", vec![&message])?;
    object.set_property("errorcode", code)?;
    object.into_zval(false)
}

fn errorcode() -> ClassProperty {
    ClassProperty {
        name: "errorcode".to_owned(),
        flags: PropertyFlags::Public,
        default: Some(Box::new(|| {
            let mut empty = Zval::new();
            empty.set_interned_string("", true)?;
            Ok(empty)
        })),
        docs: &[],
        ty: None,
        nullable: false,
        readonly: false,
        default_stub: Some("''".to_owned()),
    }
}

/// `\RuntimeException`. At module start the executor has no class table yet, the compiler has.
fn runtime_exception() -> &'static ClassEntry {
    const NAME: &str = "RuntimeException";
    // SAFETY: called from module start only; the compiler's globals and its class table are live from
    // `zend_startup` on, the name is valid for its length and copied before it is lowercased, and
    // class entries of built-in classes outlive the module.
    let found = unsafe {
        let table = (*ext_php_rs_compiler_globals()).class_table;
        zend_hash_str_find_ptr_lc(table, NAME.as_ptr().cast(), NAME.len())
            .cast::<ClassEntry>()
            .as_ref()
    };
    // SPL cannot be disabled; should it be missing, the tree hangs below `\Exception`.
    found.unwrap_or_else(ce::exception)
}

fn load(slot: &AtomicPtr<ClassEntry>) -> &'static ClassEntry {
    // SAFETY: the slot is null or holds the entry that the engine handed out at this module's start;
    // the engine keeps it until the module is gone.
    unsafe { slot.load(Ordering::Acquire).as_ref() }.unwrap_or_else(ce::exception)
}

/// One class of the tree.
struct Class {
    name: &'static str,
    parent: fn() -> &'static ClassEntry,
    parent_name: &'static str,
    keep: fn(&'static mut ClassEntry, ext_php_rs::args::ArgInfoTables),
}

/// A slot for each class; rewritten at every start of the module, since some servers start it twice.
macro_rules! classes {
    ($($slot:ident: $name:literal below $parent:expr, $parent_name:literal;)+) => {
        $(static $slot: AtomicPtr<ClassEntry> = AtomicPtr::new(null_mut());)+
        static CLASSES: &[Class] = &[$(Class {
            name: concat!("ShopEngine\\Exception\\", $name),
            parent: $parent,
            parent_name: $parent_name,
            keep: |entry, _| $slot.store(entry, Ordering::Release),
        }),+];
    };
}

classes! {
    SHOP: "ShopException" below runtime_exception, "\\RuntimeException";
    DATABASE: "DatabaseException" below || load(&SHOP), "ShopEngine\\Exception\\ShopException";
    GATEWAY: "GatewayException" below || load(&SHOP), "ShopEngine\\Exception\\ShopException";
    SIGNATURE: "SignatureException" below || load(&GATEWAY), "ShopEngine\\Exception\\GatewayException";
    AMOUNT_MISMATCH: "AmountMismatchException" below || load(&GATEWAY), "ShopEngine\\Exception\\GatewayException";
    UNKNOWN_TRANSACTION: "UnknownTransactionException" below || load(&GATEWAY), "ShopEngine\\Exception\\GatewayException";
    IMPORT: "ImportException" below || load(&SHOP), "ShopEngine\\Exception\\ShopException";
    MONEY: "MoneyException" below || load(&SHOP), "ShopEngine\\Exception\\ShopException";
    STATE: "StateException" below || load(&SHOP), "ShopEngine\\Exception\\ShopException";
    TRACE: "TraceException" below || load(&SHOP), "ShopEngine\\Exception\\ShopException";
}
