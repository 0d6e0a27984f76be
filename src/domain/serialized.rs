//! PHP's `serialize` format, as far as the plugin's columns use it (base64 around it). Reading builds plain values and never
//! objects of any class, so a row that someone else wrote can do no harm.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A PHP value of the kinds that the plugin stores.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Php {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A string; floats are read as their text.
    Text(String),
    /// An array, or on writing one with the keys 0, 1, ….
    Array(Vec<(Key, Php)>),
    /// A `stdClass`. An object of any other class is read as one of these.
    Object(Vec<(String, Php)>),
}

/// A key of a PHP array.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Key {
    /// An integer.
    Int(i64),
    /// Anything else.
    Text(String),
}

impl Php {
    /// An array with text keys; those that look like integers become integers, as in PHP.
    pub fn map(entries: impl IntoIterator<Item = (String, Php)>) -> Self {
        Self::Array(
            entries
                .into_iter()
                .map(|(key, value)| (Key::of(key), value))
                .collect(),
        )
    }

    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The column value: base64 of the serialised value.
    #[must_use]
    pub fn to_column(&self) -> String {
        let mut out = String::new();
        write(self, &mut out);
        STANDARD.encode(out)
    }

    /// Reads a column value.
    ///
    /// # Errors
    /// [`SerializedError`] when it is not base64 of a serialised value of these kinds.
    pub fn from_column(column: &str) -> Result<Self, SerializedError> {
        let bytes = STANDARD
            .decode(column.trim())
            .map_err(|_| SerializedError)?;
        let mut rest = bytes.as_slice();
        let value = read(&mut rest, 0)?;
        if rest.is_empty() {
            Ok(value)
        } else {
            Err(SerializedError)
        }
    }

    /// The entries of an array or object, with their keys as text.
    pub fn entries(&self) -> Vec<(String, &Php)> {
        match self {
            Self::Array(entries) => entries
                .iter()
                .map(|(key, value)| (key.to_text(), value))
                .collect(),
            Self::Object(entries) => entries
                .iter()
                .map(|(key, value)| (key.clone(), value))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Is it true in PHP's eyes?
    #[must_use]
    pub fn truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(value) => *value,
            Self::Int(value) => *value != 0,
            Self::Text(value) => !matches!(value.as_str(), "" | "0"),
            Self::Array(entries) => !entries.is_empty(),
            Self::Object(_) => true,
        }
    }
}

impl Key {
    fn of(text: String) -> Self {
        match text.parse::<i64>() {
            Ok(number) if number.to_string() == text => Self::Int(number),
            _ => Self::Text(text),
        }
    }

    fn to_text(&self) -> String {
        match self {
            Self::Int(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

/// The column does not hold a serialised PHP value: a foreign or damaged row. Save the form that writes it again.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the column does not hold a serialised value")]
pub struct SerializedError;

fn write(value: &Php, out: &mut String) {
    use std::fmt::Write as _;
    // Writing to a String cannot fail.
    let _ = match value {
        Php::Null => write!(out, "N;"),
        Php::Bool(value) => write!(out, "b:{};", u8::from(*value)),
        Php::Int(value) => write!(out, "i:{value};"),
        Php::Text(text) => write!(out, "s:{}:\"{text}\";", text.len()),
        Php::Array(entries) => {
            let _ = write!(out, "a:{}:{{", entries.len());
            for (key, value) in entries {
                match key {
                    Key::Int(number) => write(&Php::Int(*number), out),
                    Key::Text(text) => write(&Php::text(text), out),
                }
                write(value, out);
            }
            write!(out, "}}")
        }
        Php::Object(entries) => {
            let _ = write!(out, "O:8:\"stdClass\":{}:{{", entries.len());
            for (key, value) in entries {
                write(&Php::text(key), out);
                write(value, out);
            }
            write!(out, "}}")
        }
    };
}

fn read(rest: &mut &[u8], depth: u8) -> Result<Php, SerializedError> {
    if depth > DEPTH {
        return Err(SerializedError);
    }
    let kind = take(rest, 1)?;
    match kind {
        b"N" => expect(rest, b";").map(|()| Php::Null),
        b"b" => Ok(Php::Bool(scalar(rest)? == "1")),
        b"i" => scalar(rest)?
            .parse()
            .map(Php::Int)
            .map_err(|_| SerializedError),
        b"d" => Ok(Php::Text(scalar(rest)?)),
        b"s" => {
            expect(rest, b":")?;
            let text = quoted(rest)?;
            expect(rest, b";")?;
            Ok(Php::Text(text))
        }
        b"a" => {
            expect(rest, b":")?;
            Ok(Php::Array(entries(rest, depth)?))
        }
        b"O" => {
            expect(rest, b":")?;
            quoted(rest)?;
            expect(rest, b":")?;
            let entries = entries(rest, depth)?;
            Ok(Php::Object(
                entries
                    .into_iter()
                    .map(|(key, value)| (key.to_text(), value))
                    .collect(),
            ))
        }
        _ => Err(SerializedError),
    }
}

fn entries(rest: &mut &[u8], depth: u8) -> Result<Vec<(Key, Php)>, SerializedError> {
    let count: usize = until(rest, b':')?.parse().map_err(|_| SerializedError)?;
    expect(rest, b"{")?;
    let mut entries = Vec::new();
    for _ in 0..count {
        let key = match read(rest, depth + 1)? {
            Php::Int(number) => Key::Int(number),
            Php::Text(text) => Key::Text(text),
            _ => return Err(SerializedError),
        };
        entries.push((key, read(rest, depth + 1)?));
    }
    expect(rest, b"}")?;
    Ok(entries)
}

fn scalar(rest: &mut &[u8]) -> Result<String, SerializedError> {
    expect(rest, b":")?;
    until(rest, b';')
}

fn quoted(rest: &mut &[u8]) -> Result<String, SerializedError> {
    let length: usize = until(rest, b':')?.parse().map_err(|_| SerializedError)?;
    expect(rest, b"\"")?;
    let text = String::from_utf8_lossy(take(rest, length)?).into_owned();
    expect(rest, b"\"")?;
    Ok(text)
}

fn until(rest: &mut &[u8], end: u8) -> Result<String, SerializedError> {
    let length = rest
        .iter()
        .position(|byte| *byte == end)
        .ok_or(SerializedError)?;
    let text = std::str::from_utf8(take(rest, length)?)
        .map_err(|_| SerializedError)?
        .to_owned();
    take(rest, 1)?;
    Ok(text)
}

fn expect(rest: &mut &[u8], wanted: &[u8]) -> Result<(), SerializedError> {
    if take(rest, wanted.len())? == wanted {
        Ok(())
    } else {
        Err(SerializedError)
    }
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], SerializedError> {
    let (head, tail) = rest.split_at_checked(length).ok_or(SerializedError)?;
    *rest = tail;
    Ok(head)
}

/// The plugin nests three deep.
const DEPTH: u8 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    /// Output of PHP 8.2 for `serialize((object)['users' => null, 'id' => 1, 'a' => ['x' => 'é', 3 => true]])`.
    const SAMPLE: &str = "O:8:\"stdClass\":3:{s:5:\"users\";N;s:2:\"id\";i:1;s:1:\"a\";a:2:{s:1:\"x\";s:2:\"é\";i:3;b:1;}}";

    fn sample() -> Php {
        Php::Object(vec![
            ("users".into(), Php::Null),
            ("id".into(), Php::Int(1)),
            (
                "a".into(),
                Php::map([
                    ("x".to_owned(), Php::text("é")),
                    ("3".to_owned(), Php::Bool(true)),
                ]),
            ),
        ])
    }

    #[test]
    fn writes_and_reads_what_php_does() {
        assert_eq!(sample().to_column(), STANDARD.encode(SAMPLE));
        assert_eq!(Php::from_column(&STANDARD.encode(SAMPLE)), Ok(sample()));
    }

    #[test]
    fn a32_foreign_classes_are_read_as_plain_values() {
        let row = STANDARD.encode("O:10:\"Evil\\Thing\":1:{s:3:\"cmd\";s:2:\"id\";}");
        assert_eq!(
            Php::from_column(&row),
            Ok(Php::Object(vec![("cmd".into(), Php::text("id"))]))
        );
    }

    #[test]
    fn damaged_columns_are_errors() {
        for text in [
            "",
            "a:1:{",
            "s:9:\"x\";",
            "i:x;",
            "a:99999999999:{}",
            "N;N;",
            "C:1:\"A\":0:{}",
        ] {
            assert_eq!(
                Php::from_column(&STANDARD.encode(text)),
                Err(SerializedError),
                "{text}"
            );
        }
        assert_eq!(Php::from_column("%%"), Err(SerializedError));
        assert_eq!(
            Php::from_column(&STANDARD.encode("a:1:{i:0;".repeat(100))),
            Err(SerializedError)
        );
    }
}
