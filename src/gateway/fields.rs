//! The fields of a signed form as they came: bytes, each name once. What is signed is checked over these bytes, never over
//! something built anew.

use std::collections::BTreeMap;

use super::{GatewayError, Message};

/// Fields by name, in the byte order of their names.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    values: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Fields {
    /// The fields of a form's raw bytes (`application/x-www-form-urlencoded`).
    ///
    /// # Errors
    /// [`GatewayError::Malformed`] for a name that comes twice, one with brackets (PHP would make an array of it), or a `%`
    /// that is no escape.
    pub fn parse(form: &[u8]) -> Result<Self, GatewayError> {
        let malformed = || GatewayError::Malformed { field: "form" };
        let mut values = BTreeMap::new();
        for pair in form.split(|byte| *byte == b'&') {
            if pair.is_empty() {
                continue;
            }
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = decoded(halves.next().unwrap_or_default()).ok_or_else(malformed)?;
            let value = decoded(halves.next().unwrap_or_default()).ok_or_else(malformed)?;
            if name.contains(&b'[') || values.insert(name, value).is_some() {
                return Err(malformed());
            }
        }
        Ok(Self { values })
    }

    /// The fields of a message: of its body, or of its query string when it has no body.
    ///
    /// # Errors
    /// As [`Fields::parse`].
    pub fn of(message: &Message<'_>) -> Result<Self, GatewayError> {
        Self::parse(if message.body.is_empty() {
            message.query
        } else {
            message.body
        })
    }

    /// A field's bytes; `None` when it did not come.
    #[must_use]
    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.values.get(name.as_bytes()).map(Vec::as_slice)
    }

    /// A field as text; '' when it did not come.
    ///
    /// # Errors
    /// [`GatewayError::Malformed`] when it is not UTF-8.
    pub fn text(&self, name: &'static str) -> Result<&str, GatewayError> {
        std::str::from_utf8(self.bytes(name).unwrap_or_default())
            .map_err(|_| GatewayError::Malformed { field: name })
    }

    /// A field that the message must have, as text.
    ///
    /// # Errors
    /// [`GatewayError::Malformed`] when it did not come, is empty, or is not UTF-8.
    pub fn required(&self, name: &'static str) -> Result<&str, GatewayError> {
        match self.text(name)? {
            "" => Err(GatewayError::Malformed { field: name }),
            text => Ok(text),
        }
    }

    /// All, in the byte order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.values
            .iter()
            .map(|(name, value)| (name.as_slice(), value.as_slice()))
    }
}

/// Percent-decoded; `None` where a `%` is not followed by two hexadecimal digits.
fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter().copied();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => 16 * digit(rest.next()?)? + digit(rest.next()?)?,
            other => other,
        });
    }
    Some(bytes)
}

/// A buyer's text on one line, at most so many characters, with blanks where it has the letter that parts fields.
#[must_use]
pub fn without(separator: char, text: &str, length: usize) -> String {
    text.chars()
        .map(|letter| {
            if letter.is_control() || letter == separator {
                ' '
            } else {
                letter
            }
        })
        .take(length)
        .collect()
}

/// Bytes of a hexadecimal text, in either case; `None` when it is none.
#[must_use]
pub fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|[high, low]| Some(16 * digit(*high)? + digit(*low)?))
        .collect()
}

/// Lower-case hexadecimal text of bytes.
#[must_use]
pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_and_values_as_they_came() {
        let fields = Fields::parse(b"b=%C3%A9+%2B&a=&&c=x=y&d").unwrap();
        assert_eq!(fields.text("b").unwrap(), "é +");
        assert_eq!(fields.text("c").unwrap(), "x=y");
        assert_eq!(fields.bytes("a"), Some(&b""[..]));
        assert_eq!(fields.bytes("d"), Some(&b""[..]));
        assert_eq!(fields.bytes("e"), None);
        let names: Vec<_> = fields.iter().map(|(name, _)| name).collect();
        assert_eq!(names, [b"a", b"b", b"c", b"d"]);
    }

    #[test]
    fn refuses_what_two_readers_would_read_differently() {
        for form in [
            "a=1&a=2",
            "a=1&%61=2",
            "a[]=1",
            "a%5B%5D=1",
            "a=%",
            "a=%4",
            "a=%zz",
        ] {
            assert!(Fields::parse(form.as_bytes()).is_err(), "{form}");
        }
    }

    #[test]
    fn hexadecimal_is_read_in_either_case() {
        assert_eq!(from_hex(b"00fFAb"), Some(vec![0, 255, 171]));
        assert_eq!(from_hex(b"0"), None);
        assert_eq!(from_hex(b"0g"), None);
        assert_eq!(to_hex(&[0, 255, 171]), "00ffab");
    }
}
