//! PHP values to plain trees and back: the one road by which carts, requests and answers cross.
//!
//! A list becomes an array, any other array and a `stdClass` become an object in the same order. Floats
//! are refused in both directions: an amount that was once a float is no longer exact. An
//! empty PHP array says nothing about which of the two it was, so it arrives as an empty array, and the core's
//! types read that as an empty map where they want one.
//!
//! - `write`: the way to PHP.

mod write;

use ext_php_rs::boxed::ZBox;
use ext_php_rs::exception::PhpResult;
use ext_php_rs::types::{ZendHashTable, ZendStr, Zval};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use thiserror::Error;

use self::write::{Built, ToZval};

/// Why a value cannot cross.
#[derive(Debug, Error)]
pub enum ConvertError {
    /// The value, or its parts together, are too many or nested too deep.
    #[error("the value at `{path}` is nested too deep or too large")]
    TooLarge {
        /// Where, as keys joined by dots.
        path: String,
    },
    /// A float. Write amounts and quantities as decimal strings or whole numbers.
    #[error("the value at `{path}` is a float, write it as a decimal string or a whole number")]
    Float {
        /// Where, as keys joined by dots.
        path: String,
    },
    /// A string or a key that is not UTF-8.
    #[error("the text at `{path}` is not valid utf-8")]
    NotUtf8 {
        /// Where, as keys joined by dots.
        path: String,
    },
    /// An object other than `stdClass`, a resource, a closure.
    #[error("the value at `{path}` is neither null, bool, whole number, text, array nor stdClass")]
    Unsupported {
        /// Where, as keys joined by dots.
        path: String,
    },
    /// The value crossed, but is not what the called method takes.
    #[error("{0}")]
    Shape(String),
}

impl ConvertError {
    /// Stable code, also the key of the language string.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "value_too_large",
            Self::Float { .. } => "value_is_float",
            Self::NotUtf8 { .. } => "value_not_utf8",
            Self::Unsupported { .. } => "value_unsupported",
            Self::Shape(_) => "value_shape",
        }
    }

    /// The same complaint, seen from one level further up.
    fn below(mut self, key: &str) -> Self {
        match &mut self {
            Self::TooLarge { path }
            | Self::Float { path }
            | Self::NotUtf8 { path }
            | Self::Unsupported { path } => {
                let rest = if path.is_empty() { "" } else { "." };
                *path = format!("{key}{rest}{path}");
            }
            Self::Shape(_) => {}
        }
        self
    }
}

/// Reads an array argument as one of the core's types. An empty array is read as an empty map.
pub fn read<T: DeserializeOwned>(array: &ZendHashTable) -> PhpResult<T> {
    Ok(parse(array)?)
}

/// As [`read`], for callers that can go on without.
pub fn parse<T: DeserializeOwned>(array: &ZendHashTable) -> Result<T, ConvertError> {
    shaped(&mut Reader::new(), array)
}

/// As [`read`], with U+FFFD for the bytes of a text that are not UTF-8: for reports, which must not get lost.
pub fn read_lossy<T: DeserializeOwned>(array: &ZendHashTable) -> PhpResult<T> {
    let mut reader = Reader {
        lossy: true,
        ..Reader::new()
    };
    Ok(shaped(&mut reader, array)?)
}

fn shaped<T: DeserializeOwned>(
    reader: &mut Reader,
    array: &ZendHashTable,
) -> Result<T, ConvertError> {
    let value = reader.table(array, !array.is_empty() && is_list(array))?;
    serde_json::from_value(value).map_err(|error| ConvertError::Shape(error.to_string()))
}

/// Turns one of the core's structures or lists into a PHP array.
pub fn answer<T: Serialize>(value: &T) -> PhpResult<ZBox<ZendHashTable>> {
    match value.serialize(ToZval)? {
        Built::Table(table) => Ok(table),
        Built::Scalar(_) => Err(ConvertError::Shape("an answer is an array".to_owned()).into()),
    }
}

/// PHP value to tree.
#[cfg_attr(
    not(feature = "testing"),
    expect(dead_code, reason = "so far every exported method takes arrays")
)]
pub fn to_value(zval: &Zval) -> Result<Value, ConvertError> {
    Reader::new().value(zval)
}

/// Tree to PHP value: objects become associative arrays.
#[cfg_attr(
    not(feature = "testing"),
    expect(
        dead_code,
        reason = "so far every exported method answers arrays or scalars"
    )
)]
pub fn to_zval(value: &Value) -> Result<Zval, ConvertError> {
    value.serialize(ToZval)?.into_zval()
}

/// Walks a PHP value. A reference cycle ends at the depth limit, a fan of references at the size limit.
struct Reader {
    path: Vec<String>,
    left: usize,
    /// Bytes of a text that are not UTF-8 are replaced.
    lossy: bool,
}

impl Reader {
    fn new() -> Self {
        Self {
            path: Vec::new(),
            left: LARGEST,
            lossy: false,
        }
    }

    fn value(&mut self, zval: &Zval) -> Result<Value, ConvertError> {
        let zval = zval.dereference();
        self.left = self
            .left
            .checked_sub(1)
            .ok_or_else(|| ConvertError::TooLarge {
                path: join(&self.path),
            })?;
        if self.path.len() > DEEPEST {
            return Err(ConvertError::TooLarge {
                path: join(&self.path),
            });
        }
        if zval.is_null() {
            Ok(Value::Null)
        } else if let Some(bool) = zval.bool() {
            Ok(Value::Bool(bool))
        } else if let Some(long) = zval.long() {
            Ok(Value::from(long))
        } else if zval.is_double() {
            Err(ConvertError::Float {
                path: join(&self.path),
            })
        } else if let (true, Some(text)) = (self.lossy, zval.zend_str()) {
            Ok(Value::String(
                String::from_utf8_lossy(text.as_bytes()).into_owned(),
            ))
        } else if let Some(text) = zval.zend_str() {
            let text = text.as_str().map_err(|_| ConvertError::NotUtf8 {
                path: join(&self.path),
            })?;
            Ok(Value::String(text.to_owned()))
        } else if let Some(array) = zval.array() {
            self.table(array, is_list(array))
        } else {
            self.object(zval)
        }
    }

    /// Walks with `next_zval`: the table's ordinary iterator panics on a key that is not UTF-8.
    fn table(&mut self, table: &ZendHashTable, is_list: bool) -> Result<Value, ConvertError> {
        let mut list = Vec::new();
        let mut map = Map::new();
        let mut entries = table.iter();
        while let Some((key, zval)) = entries.next_zval() {
            let key = match (key.long(), key.zend_str().map(ZendStr::as_str)) {
                (Some(number), _) => number.to_string(),
                (None, Some(Ok(text))) => text.to_owned(),
                (None, _) => {
                    return Err(ConvertError::NotUtf8 {
                        path: join(&self.path),
                    });
                }
            };
            self.path.push(key.clone());
            let value = self.value(zval)?;
            self.path.pop();
            if is_list {
                list.push(value);
            } else {
                map.insert(key, value);
            }
        }
        Ok(if is_list {
            Value::Array(list)
        } else {
            Value::Object(map)
        })
    }

    fn object(&mut self, zval: &Zval) -> Result<Value, ConvertError> {
        let properties = zval
            .object()
            .filter(|object| object.get_class_name().is_ok_and(|name| name == "stdClass"))
            .and_then(|object| object.get_properties().ok());
        match properties {
            Some(properties) => self.table(properties, false),
            None => Err(ConvertError::Unsupported {
                path: join(&self.path),
            }),
        }
    }
}

/// A list has the keys 0, 1, 2, ... in this order.
fn is_list(table: &ZendHashTable) -> bool {
    let mut entries = table.iter();
    let mut expected = 0;
    while let Some((key, _)) = entries.next_zval() {
        if key.long() != Some(expected) {
            return false;
        }
        expected += 1;
    }
    true
}

/// `lines.0.price`; only the start of a long path, which says enough.
fn join(path: &[String]) -> String {
    match path.get(..SHOWN) {
        _ if path.is_empty() => "(top)".to_owned(),
        Some(start) if path.len() > SHOWN => format!("{}...", start.join(".")),
        _ => path.join("."),
    }
}

/// No request, cart or answer of a shop is nested deeper.
const DEEPEST: usize = 32;

/// Keys of a path that a message shows.
const SHOWN: usize = 6;

/// Values in one tree; a cart of 10,000 lines with 20 fields each has 200,000.
const LARGEST: usize = 1_000_000;
