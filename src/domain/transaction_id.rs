//! The transaction id: what names one order to buyer, seller, gateway and trace.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Name of one transaction, as `local_shop_bill.transactionid` (char(40)) keeps it.
///
/// New ids are 18 characters of `A-Z0-9` followed by `==`: 93 random bits in the look of the plugin's
/// ids (`TU90QMLVYXD5UMZYUQ==`). Historic ids are 1 to 40 characters of `A-Za-z0-9+/=_-`. Neither
/// holds a bracket, a space or a control character, so an id can neither break out of the brackets
/// of a trace line nor be a pattern.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(into = "String", try_from = "String")]
pub struct TransactionId(String);

impl TransactionId {
    /// A new id out of uniformly distributed random bytes (of a CSPRNG; see [`crate::entropy`]).
    ///
    /// Bytes from 252 on are thrown away, because 256 is no multiple of 36 and a plain remainder would
    /// prefer the first four letters. `None` when fewer than 18 bytes are left: draw again (with 64 random
    /// bytes that does not happen in the life of the universe, with a broken source it does).
    pub fn from_random(bytes: &[u8; 64]) -> Option<Self> {
        let mut id = String::with_capacity(RANDOM_LENGTH + SUFFIX.len());
        id.extend(
            bytes
                .iter()
                .filter_map(|byte| symbol(*byte))
                .take(RANDOM_LENGTH),
        );
        if id.len() < RANDOM_LENGTH {
            return None;
        }
        id.push_str(SUFFIX);
        Some(Self(id))
    }

    /// Reads an id that somebody sent: ours or a historic one, exactly as it stands (no trimming, no
    /// change of case).
    ///
    /// # Errors
    ///
    /// [`TransactionIdError`], which says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, TransactionIdError> {
        Self::check(text)?;
        Ok(Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn check(text: &str) -> Result<(), TransactionIdError> {
        if text.is_empty() {
            return Err(TransactionIdError::Empty);
        }
        if let Some(character) = text.chars().find(|c| !is_allowed(*c)) {
            return Err(TransactionIdError::ForbiddenCharacter { character });
        }
        // All characters are ASCII from here on: bytes are characters.
        if text.len() > MAX_LENGTH {
            return Err(TransactionIdError::TooLong { length: text.len() });
        }
        Ok(())
    }
}

impl AsRef<str> for TransactionId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<TransactionId> for String {
    fn from(id: TransactionId) -> Self {
        id.0
    }
}

impl std::str::FromStr for TransactionId {
    type Err = TransactionIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for TransactionId {
    type Error = TransactionIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::check(&text)?;
        Ok(Self(text))
    }
}

/// Why a text is no transaction id.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TransactionIdError {
    /// Nothing was given; usually a form sent without its field. Ask for the id again.
    #[error("the transaction id is empty")]
    Empty,
    /// A character that no id has; usually a pasted text with spaces or brackets around the id, a `+`
    /// that became a space in a URL, or an attempt at a search pattern. Paste the id alone.
    #[error("a transaction id has no character `{}`", character.escape_default())]
    ForbiddenCharacter {
        /// The first such character.
        character: char,
    },
    /// Longer than the 40 characters that the bill's column holds; usually two ids pasted as one.
    #[error("a transaction id has at most 40 characters, this one has {length}")]
    TooLong {
        /// Its length in characters.
        length: usize,
    },
}

impl TransactionIdError {
    /// Stable code, also the language-string key.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "transaction_id_empty",
            Self::ForbiddenCharacter { .. } => "transaction_id_forbidden_character",
            Self::TooLong { .. } => "transaction_id_too_long",
        }
    }
}

fn symbol(byte: u8) -> Option<char> {
    if byte >= UNBIASED {
        return None;
    }
    let value = byte % 36;
    Some(char::from(if value < 26 {
        b'A' + value
    } else {
        b'0' + (value - 26)
    }))
}

fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '_' | '-')
}

const RANDOM_LENGTH: usize = 18;
const SUFFIX: &str = "==";
const MAX_LENGTH: usize = 40;
/// The largest multiple of 36 in a byte.
const UNBIASED: u8 = 252;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn accepts_historic_ids_as_they_stand() {
        let longest = "x".repeat(40);
        for text in [
            "TU90QMLVYXD5UMZYUQ==",
            "TU84NS40OXFWZENEZW==",
            "a",
            "A+/=_-z9",
            longest.as_str(),
        ] {
            assert_eq!(TransactionId::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn refuses_what_the_column_or_the_trace_cannot_hold() {
        assert_eq!(TransactionId::parse(""), Err(TransactionIdError::Empty));
        assert_eq!(
            TransactionId::parse(&"x".repeat(41)),
            Err(TransactionIdError::TooLong { length: 41 })
        );
        for (text, character) in [
            ("a b", ' '),
            ("a]", ']'),
            ("[a", '['),
            ("a\n", '\n'),
            ("é", 'é'),
            ("a\0", '\0'),
        ] {
            assert_eq!(
                TransactionId::parse(text),
                Err(TransactionIdError::ForbiddenCharacter { character })
            );
        }
    }

    #[test]
    fn a23_regex_metacharacters_are_refused() {
        for text in [
            ".*", "(a+)+", "A|B", "^", "$", "\\w", "a?", "[A-Z]", "{1}", "#", "~", "A.B",
        ] {
            let error = TransactionId::parse(text).unwrap_err();
            assert!(
                matches!(error, TransactionIdError::ForbiddenCharacter { .. }),
                "{text}: {error}"
            );
            assert_eq!(error.code(), "transaction_id_forbidden_character");
        }
    }

    #[test]
    fn messages_have_no_line_break_even_when_the_input_has() {
        let error = TransactionId::parse("a\u{1b}").unwrap_err();
        assert_eq!(
            error.to_string(),
            "a transaction id has no character `\\u{1b}`"
        );
    }

    #[test]
    fn serde_reads_a_string_and_checks_it() {
        let id: TransactionId = serde_json::from_str("\"TU90QMLVYXD5UMZYUQ==\"").unwrap();
        assert_eq!(
            serde_json::to_string(&id).unwrap(),
            "\"TU90QMLVYXD5UMZYUQ==\""
        );
        assert!(serde_json::from_str::<TransactionId>("\".*\"").is_err());
    }

    #[test]
    fn bytes_that_would_bias_the_letters_are_skipped() {
        let mut bytes = [255_u8; 64];
        assert_eq!(TransactionId::from_random(&bytes), None);
        for (value, byte) in bytes.iter_mut().skip(30).take(18).enumerate() {
            *byte = u8::try_from(value * 2).unwrap();
        }
        assert_eq!(
            TransactionId::from_random(&bytes).unwrap().as_str(),
            "ACEGIKMOQSUWY02468=="
        );
        assert_eq!(symbol(251), Some('9'));
        assert_eq!(symbol(252), None);
    }

    proptest! {
        #[test]
        fn an_id_depends_on_its_bytes_alone_and_parses_back(bytes: [u8; 32]) {
            let mut all = [0_u8; 64];
            all[..32].copy_from_slice(&bytes);
            let id = TransactionId::from_random(&all).unwrap();
            prop_assert_eq!(Some(id.clone()), TransactionId::from_random(&all));
            prop_assert_eq!(TransactionId::parse(id.as_str()), Ok(id));
        }

        #[test]
        fn parsing_any_text_never_panics(text: String) {
            if let Ok(id) = TransactionId::parse(&text) {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }
}
