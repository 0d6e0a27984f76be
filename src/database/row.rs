//! Values that go into a statement and rows that come out. Decimals travel as strings: no binary float on the way.

use std::rc::Rc;

use rust_decimal::Decimal;

use super::DatabaseError;

/// A value bound to a statement or read from a column.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Value {
    /// NULL.
    Null,
    /// A whole number.
    Int(i64),
    /// A text; decimals too.
    Text(String),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Int(value.into())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Int(value.into())
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row. Columns are found by name; hosts that return every column as a string are understood.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    names: Rc<[String]>,
    values: Vec<Value>,
}

impl Row {
    /// A row of named values.
    #[must_use]
    pub fn new(columns: Vec<(String, Value)>) -> Self {
        let (names, values): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
        Self::sharing(names.into(), values)
    }

    /// A row of values under names that all rows of an answer share.
    #[must_use]
    pub fn sharing(names: Rc<[String]>, values: Vec<Value>) -> Self {
        Self { names, values }
    }

    /// Names and values in the order of the SELECT.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.names.iter().map(String::as_str).zip(&self.values)
    }

    /// The text of a column; NULL is ''.
    ///
    /// # Errors
    /// [`DatabaseError::Column`] when there is no such column.
    pub fn text(&self, column: &str) -> Result<String, DatabaseError> {
        Ok(match self.value(column)? {
            Value::Null => String::new(),
            Value::Int(number) => number.to_string(),
            Value::Text(text) => text.clone(),
        })
    }

    /// The whole number in a column; NULL and '' are 0.
    ///
    /// # Errors
    /// [`DatabaseError::Column`] when it holds anything else.
    pub fn int(&self, column: &str) -> Result<i64, DatabaseError> {
        match self.value(column)? {
            Value::Null => Ok(0),
            Value::Int(number) => Ok(*number),
            Value::Text(text) if text.is_empty() => Ok(0),
            Value::Text(text) => text
                .parse()
                .map_err(|_| self.wrong(column, text, "a whole number")),
        }
    }

    /// The whole number of zero or more in a column; NULL and '' are 0.
    ///
    /// # Errors
    /// [`DatabaseError::Column`] when it holds anything else.
    pub fn count(&self, column: &str) -> Result<u32, DatabaseError> {
        let number = self.int(column)?;
        u32::try_from(number)
            .map_err(|_| self.wrong(column, &number.to_string(), "a number of zero or more"))
    }

    /// The decimal in a column; NULL and '' are 0.
    ///
    /// # Errors
    /// [`DatabaseError::Column`] when it holds anything else.
    pub fn decimal(&self, column: &str) -> Result<Decimal, DatabaseError> {
        let text = self.text(column)?;
        if text.is_empty() {
            return Ok(Decimal::ZERO);
        }
        text.parse()
            .map_err(|_| self.wrong(column, &text, "a decimal number"))
    }

    /// Is a flag column set?
    ///
    /// # Errors
    /// [`DatabaseError::Column`] when it holds anything but a whole number.
    pub fn flag(&self, column: &str) -> Result<bool, DatabaseError> {
        Ok(self.int(column)? != 0)
    }

    fn value(&self, column: &str) -> Result<&Value, DatabaseError> {
        self.iter()
            .find(|(name, _)| *name == column)
            .map(|(_, value)| value)
            .ok_or_else(|| self.wrong(column, "nothing", "part of the row"))
    }

    #[expect(clippy::unused_self, reason = "reads as the row's own complaint")]
    fn wrong(&self, column: &str, value: &str, expected: &'static str) -> DatabaseError {
        DatabaseError::Column {
            column: column.to_owned(),
            value: value.chars().take(40).collect(),
            expected,
        }
    }
}
