//! The core's structures as PHP values, without a tree in between.

use ext_php_rs::boxed::ZBox;
use ext_php_rs::convert::IntoZval;
use ext_php_rs::types::{ZendHashTable, ZendStr, Zval};
use serde::ser::{self, Impossible, Serialize, Serializer};

use super::ConvertError;

/// Builds PHP values. Floats are refused.
pub struct ToZval;

/// What was built. A table is not a value yet: the answer of a method is one, and is taken as it is.
pub enum Built {
    /// An array.
    Table(ZBox<ZendHashTable>),
    /// Anything else.
    Scalar(Zval),
}

impl Built {
    /// The PHP value.
    pub fn into_zval(self) -> Result<Zval, ConvertError> {
        match self {
            Self::Table(table) => table.into_zval(false).map_err(too_large),
            Self::Scalar(zval) => Ok(zval),
        }
    }
}

/// A list under way.
pub struct List(ZBox<ZendHashTable>);

/// An associative array under way, and the key that waits for its value.
pub struct Map {
    table: ZBox<ZendHashTable>,
    key: String,
}

impl ser::Error for ConvertError {
    fn custom<T: std::fmt::Display>(problem: T) -> Self {
        Self::Shape(problem.to_string())
    }
}

impl Serializer for ToZval {
    type Ok = Built;
    type Error = ConvertError;
    type SerializeSeq = List;
    type SerializeTuple = List;
    type SerializeTupleStruct = List;
    type SerializeTupleVariant = Impossible<Built, ConvertError>;
    type SerializeMap = Map;
    type SerializeStruct = Map;
    type SerializeStructVariant = Impossible<Built, ConvertError>;

    fn serialize_bool(self, value: bool) -> Result<Built, ConvertError> {
        scalar(value)
    }

    fn serialize_i8(self, value: i8) -> Result<Built, ConvertError> {
        scalar(i64::from(value))
    }

    fn serialize_i16(self, value: i16) -> Result<Built, ConvertError> {
        scalar(i64::from(value))
    }

    fn serialize_i32(self, value: i32) -> Result<Built, ConvertError> {
        scalar(i64::from(value))
    }

    fn serialize_i64(self, value: i64) -> Result<Built, ConvertError> {
        scalar(value)
    }

    fn serialize_u8(self, value: u8) -> Result<Built, ConvertError> {
        scalar(i64::from(value))
    }

    fn serialize_u16(self, value: u16) -> Result<Built, ConvertError> {
        scalar(i64::from(value))
    }

    fn serialize_u32(self, value: u32) -> Result<Built, ConvertError> {
        scalar(i64::from(value))
    }

    fn serialize_u64(self, value: u64) -> Result<Built, ConvertError> {
        scalar(i64::try_from(value).map_err(|_| float())?)
    }

    fn serialize_f32(self, _: f32) -> Result<Built, ConvertError> {
        Err(float())
    }

    fn serialize_f64(self, _: f64) -> Result<Built, ConvertError> {
        Err(float())
    }

    fn serialize_char(self, value: char) -> Result<Built, ConvertError> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<Built, ConvertError> {
        scalar(value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Built, ConvertError> {
        let mut zval = Zval::new();
        zval.set_zend_string(ZendStr::new(value, false));
        Ok(Built::Scalar(zval))
    }

    fn serialize_none(self) -> Result<Built, ConvertError> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Built, ConvertError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Built, ConvertError> {
        Ok(Built::Scalar(Zval::null()))
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Built, ConvertError> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Built, ConvertError> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Built, ConvertError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Built, ConvertError> {
        let mut map = self.serialize_map(Some(1))?;
        map.put(variant, value)?;
        Ok(Built::Table(map.table))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<List, ConvertError> {
        Ok(List(table(length)))
    }

    fn serialize_tuple(self, length: usize) -> Result<List, ConvertError> {
        Ok(List(table(Some(length))))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<List, ConvertError> {
        Ok(List(table(Some(length))))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, ConvertError> {
        Err(variant_with_fields(variant))
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Map, ConvertError> {
        Ok(Map {
            table: table(length),
            key: String::new(),
        })
    }

    fn serialize_struct(self, _: &'static str, length: usize) -> Result<Map, ConvertError> {
        self.serialize_map(Some(length))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, ConvertError> {
        Err(variant_with_fields(variant))
    }
}

impl List {
    fn put<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ConvertError> {
        let place = || self.0.len().to_string();
        let zval = value
            .serialize(ToZval)
            .and_then(Built::into_zval)
            .map_err(|error| error.below(&place()))?;
        self.0.push(zval).map_err(too_large)
    }
}

impl Map {
    fn put<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), ConvertError> {
        let zval = value
            .serialize(ToZval)
            .and_then(Built::into_zval)
            .map_err(|error| error.below(key))?;
        self.table.insert(key, zval).map_err(too_large)
    }
}

impl ser::SerializeSeq for List {
    type Ok = Built;
    type Error = ConvertError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ConvertError> {
        self.put(value)
    }

    fn end(self) -> Result<Built, ConvertError> {
        Ok(Built::Table(self.0))
    }
}

impl ser::SerializeTuple for List {
    type Ok = Built;
    type Error = ConvertError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ConvertError> {
        self.put(value)
    }

    fn end(self) -> Result<Built, ConvertError> {
        Ok(Built::Table(self.0))
    }
}

impl ser::SerializeTupleStruct for List {
    type Ok = Built;
    type Error = ConvertError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ConvertError> {
        self.put(value)
    }

    fn end(self) -> Result<Built, ConvertError> {
        Ok(Built::Table(self.0))
    }
}

impl ser::SerializeMap for Map {
    type Ok = Built;
    type Error = ConvertError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), ConvertError> {
        // The JSON crate knows what else than a text can be a key; its rules are those of the session's JSON.
        self.key = match serde_json::to_value(key) {
            Ok(serde_json::Value::String(key)) => key,
            Ok(serde_json::Value::Number(key)) => key.to_string(),
            Ok(serde_json::Value::Bool(key)) => key.to_string(),
            _ => return Err(ConvertError::Shape("a key is no text".to_owned())),
        };
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ConvertError> {
        let key = std::mem::take(&mut self.key);
        self.put(&key, value)
    }

    fn end(self) -> Result<Built, ConvertError> {
        Ok(Built::Table(self.table))
    }
}

impl ser::SerializeStruct for Map {
    type Ok = Built;
    type Error = ConvertError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), ConvertError> {
        self.put(key, value)
    }

    fn end(self) -> Result<Built, ConvertError> {
        Ok(Built::Table(self.table))
    }
}

fn scalar(value: impl IntoZval) -> Result<Built, ConvertError> {
    value.into_zval(false).map(Built::Scalar).map_err(too_large)
}

fn table(length: Option<usize>) -> ZBox<ZendHashTable> {
    ZendHashTable::with_capacity(u32::try_from(length.unwrap_or(0)).unwrap_or(u32::MAX))
}

fn float() -> ConvertError {
    ConvertError::Float {
        path: String::new(),
    }
}

fn too_large<E>(_: E) -> ConvertError {
    ConvertError::TooLarge {
        path: String::new(),
    }
}

fn variant_with_fields(variant: &str) -> ConvertError {
    ConvertError::Shape(format!("the answer `{variant}` is no array"))
}
