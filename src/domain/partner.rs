//! The partner code of an import link: who sent the buyer, under which tag, and which e-mail he names.
//!
//! `<partnerkey>[_<partnertag>[_<useremail>]]`: the key ends at the first `_`, the tag at the second, the
//! e-mail is all the rest, underscores included. Parsing a code says nothing about whether its key is
//! registered, enabled, or may authenticate anyone.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::text::is_plain;

/// A partner's key as the shop issued it: 1 to 16 ASCII letters and digits.
///
/// Comparison is case-sensitive. A key is printed in the partner's links and chained into statements, so the
/// letters the shop issued are the letters that count; a database collation that ignores case must
/// not make two partners one.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct PartnerKey(String);

impl PartnerKey {
    /// Longest key, in characters: what `local_shop_partner.partnerkey` documents to partners.
    pub const MAX_LENGTH: usize = 16;

    /// Checks a key.
    ///
    /// # Errors
    /// `KeyEmpty`, `KeyTooLong` or `KeyNotAlphanumeric`.
    pub fn new(key: &str) -> Result<Self, PartnerCodeError> {
        if key.is_empty() {
            return Err(PartnerCodeError::KeyEmpty);
        }
        let length = key.chars().count();
        if length > Self::MAX_LENGTH {
            return Err(PartnerCodeError::KeyTooLong { length });
        }
        if !key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(PartnerCodeError::KeyNotAlphanumeric {
                key: key.to_owned(),
            });
        }
        Ok(Self(key.to_owned()))
    }

    /// The key's letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A partner's own mark on one arrival: opaque to the shop, never empty, without `_`.
///
/// Only the length of the whole code bounds it; the plugin's column keeps 16 characters, the engine keeps all.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct PartnerTag(String);

impl PartnerTag {
    /// Checks a tag.
    ///
    /// # Errors
    /// `TagEmpty`, `TagUnderscore`, `ControlCharacter` or `TooLong`.
    pub fn new(tag: &str) -> Result<Self, PartnerCodeError> {
        if tag.is_empty() {
            return Err(PartnerCodeError::TagEmpty);
        }
        if tag.contains(SEPARATOR) {
            return Err(PartnerCodeError::TagUnderscore);
        }
        refuse_unprintable(tag)?;
        refuse_long(tag)?;
        Ok(Self(tag.to_owned()))
    }

    /// The tag's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A partner code: key, perhaps a tag, perhaps the buyer's e-mail.
///
/// `Display` prints the shortest code with that meaning, and `parse` of what it prints gives the same value
/// back. Serialised as the plugin's session keeps it: `{partnerkey, partnertag, customeremail}`, absent parts left out.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(try_from = "SessionPartner", into = "SessionPartner")]
pub struct PartnerCode {
    key: PartnerKey,
    tag: Option<PartnerTag>,
    email: Option<String>,
}

impl PartnerCode {
    /// Longest code, in characters.
    pub const MAX_LENGTH: usize = 255;

    /// Puts a code together. The e-mail is taken as text: it identifies, it proves nothing.
    ///
    /// # Errors
    /// `EmailEmpty`, `EmailSpace`, `ControlCharacter` or `TooLong` (of the code as printed).
    pub fn new(
        key: PartnerKey,
        tag: Option<PartnerTag>,
        email: Option<&str>,
    ) -> Result<Self, PartnerCodeError> {
        if email.is_some_and(str::is_empty) {
            return Err(PartnerCodeError::EmailEmpty);
        }
        let code = Self::of_parts(key, tag, email)?;
        refuse_long(&code.to_string())?;
        Ok(code)
    }

    /// Reads a code. An empty tag or e-mail is none: `KEY_`, `KEY__` and `KEY` are the same code.
    ///
    /// # Errors
    /// Any [`PartnerCodeError`] but `TagEmpty`, `TagUnderscore` and `EmailEmpty`.
    pub fn parse(code: &str) -> Result<Self, PartnerCodeError> {
        refuse_long(code)?;
        let mut parts = code.splitn(3, SEPARATOR);
        let key = PartnerKey::new(parts.next().unwrap_or_default())?;
        let tag = parts
            .next()
            .filter(|tag| !tag.is_empty())
            .map(PartnerTag::new)
            .transpose()?;
        let email = parts.next().filter(|email| !email.is_empty());
        Self::of_parts(key, tag, email)
    }

    /// The partner's key.
    pub fn key(&self) -> &PartnerKey {
        &self.key
    }

    /// The partner's mark on this arrival.
    pub fn tag(&self) -> Option<&PartnerTag> {
        self.tag.as_ref()
    }

    /// The buyer's e-mail as the partner names it, unverified.
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    fn of_parts(
        key: PartnerKey,
        tag: Option<PartnerTag>,
        email: Option<&str>,
    ) -> Result<Self, PartnerCodeError> {
        if let Some(email) = email {
            refuse_unprintable(email)?;
            if !is_plain(email) {
                return Err(PartnerCodeError::ControlCharacter);
            }
            if email.contains(char::is_whitespace) {
                return Err(PartnerCodeError::EmailSpace);
            }
        }
        Ok(Self {
            key,
            tag,
            email: email.map(str::to_owned),
        })
    }
}

impl fmt::Display for PartnerCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key.as_str())?;
        let tag = self.tag.as_ref().map_or("", PartnerTag::as_str);
        match &self.email {
            Some(email) => write!(f, "{SEPARATOR}{tag}{SEPARATOR}{email}"),
            None if tag.is_empty() => Ok(()),
            None => write!(f, "{SEPARATOR}{tag}"),
        }
    }
}

/// Why a text is not a partner code. A malformed code never stops a sale: the cart is imported, the partner
/// is not credited, and the trace carries this message.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PartnerCodeError {
    /// The text holds a control or line-breaking character, or the e-mail `<`, `>` or `"`: usually a failed copy, or an attack on the trace or on
    /// pages.
    #[error("partner code holds a control character, or its e-mail `<`, `>` or a quotation mark")]
    ControlCharacter,
    /// An e-mail was given as empty text; give none instead.
    #[error("e-mail in a partner code is empty")]
    EmailEmpty,
    /// The e-mail holds white space, usually a `+` that was not percent-encoded in a link.
    #[error("e-mail in a partner code holds white space")]
    EmailSpace,
    /// The code does not start with a key; the partner must put the key that the shop issued.
    #[error("partner code has no key before the first `_`")]
    KeyEmpty,
    /// The key is not of ASCII letters and digits; the partner must use the key as issued.
    #[error("partner key `{key}` is not of letters and digits")]
    KeyNotAlphanumeric {
        /// The key as read, at most 16 characters.
        key: String,
    },
    /// The key is longer than 16 characters, usually a code whose first `_` is missing.
    #[error("partner key has {length} characters, at most 16 are allowed")]
    KeyTooLong {
        /// Length in characters.
        length: usize,
    },
    /// A tag was given as empty text; give none instead.
    #[error("partner tag is empty")]
    TagEmpty,
    /// A tag holds `_`, which would end it; the partner must choose another character.
    #[error("partner tag holds `_`")]
    TagUnderscore,
    /// The code is longer than 255 characters.
    #[error("partner code has {length} characters, at most 255 are allowed")]
    TooLong {
        /// Length in characters.
        length: usize,
    },
}

impl PartnerCodeError {
    /// Stable name, also a language string key.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ControlCharacter => "partner_control_character",
            Self::EmailEmpty => "partner_email_empty",
            Self::EmailSpace => "partner_email_space",
            Self::KeyEmpty => "partner_key_empty",
            Self::KeyNotAlphanumeric { .. } => "partner_key_not_alphanumeric",
            Self::KeyTooLong { .. } => "partner_key_too_long",
            Self::TagEmpty => "partner_tag_empty",
            Self::TagUnderscore => "partner_tag_underscore",
            Self::TooLong { .. } => "partner_code_too_long",
        }
    }
}

/// The plugin's `$SESSION->shoppingcart->partner`, as text that nobody has checked.
#[derive(Deserialize, Serialize)]
struct SessionPartner {
    partnerkey: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    partnertag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    customeremail: Option<String>,
}

impl TryFrom<SessionPartner> for PartnerCode {
    type Error = PartnerCodeError;

    fn try_from(session: SessionPartner) -> Result<Self, PartnerCodeError> {
        let key = PartnerKey::new(&session.partnerkey)?;
        let tag = session.partnertag.filter(|tag| !tag.is_empty());
        let tag = tag.as_deref().map(PartnerTag::new).transpose()?;
        let email = session.customeremail.filter(|email| !email.is_empty());
        Self::new(key, tag, email.as_deref())
    }
}

impl From<PartnerCode> for SessionPartner {
    fn from(code: PartnerCode) -> Self {
        Self {
            partnerkey: code.key.0,
            partnertag: code.tag.map(|tag| tag.0),
            customeremail: code.email,
        }
    }
}

impl TryFrom<String> for PartnerKey {
    type Error = PartnerCodeError;

    fn try_from(key: String) -> Result<Self, PartnerCodeError> {
        Self::new(&key)
    }
}

impl From<PartnerKey> for String {
    fn from(key: PartnerKey) -> Self {
        key.0
    }
}

impl TryFrom<String> for PartnerTag {
    type Error = PartnerCodeError;

    fn try_from(tag: String) -> Result<Self, PartnerCodeError> {
        Self::new(&tag)
    }
}

impl From<PartnerTag> for String {
    fn from(tag: PartnerTag) -> Self {
        tag.0
    }
}

fn refuse_unprintable(text: &str) -> Result<(), PartnerCodeError> {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    if text.contains(breaks) {
        return Err(PartnerCodeError::ControlCharacter);
    }
    Ok(())
}

fn refuse_long(text: &str) -> Result<(), PartnerCodeError> {
    let length = text.chars().count();
    if length > PartnerCode::MAX_LENGTH {
        return Err(PartnerCodeError::TooLong { length });
    }
    Ok(())
}

const SEPARATOR: char = '_';

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parts(code: &str) -> (String, Option<String>, Option<String>) {
        let code = PartnerCode::parse(code).unwrap();
        (
            code.key().as_str().to_owned(),
            code.tag().map(|tag| tag.as_str().to_owned()),
            code.email().map(str::to_owned),
        )
    }

    fn expected(
        key: &str,
        tag: Option<&str>,
        email: Option<&str>,
    ) -> (String, Option<String>, Option<String>) {
        (
            key.to_owned(),
            tag.map(str::to_owned),
            email.map(str::to_owned),
        )
    }

    #[test]
    fn b27_an_email_with_underscores_arrives_whole() {
        assert_eq!(
            parts("ACADEMIE_tok1_marie_curie@example.org"),
            expected("ACADEMIE", Some("tok1"), Some("marie_curie@example.org"))
        );
    }

    #[test]
    fn b27_a_cryptographic_tag_longer_than_sixteen_characters_is_kept_whole() {
        let tag = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        assert_eq!(
            parts(&format!("ACADEMIE_{tag}")),
            expected("ACADEMIE", Some(tag), None)
        );
    }

    #[test]
    fn reads_the_short_forms() {
        assert_eq!(parts("KEY"), expected("KEY", None, None));
        assert_eq!(parts("KEY_"), expected("KEY", None, None));
        assert_eq!(parts("KEY__"), expected("KEY", None, None));
        assert_eq!(parts("KEY_t_"), expected("KEY", Some("t"), None));
        assert_eq!(parts("KEY__a@b.c"), expected("KEY", None, Some("a@b.c")));
        assert_eq!(
            parts("KEY____a@b.c"),
            expected("KEY", None, Some("__a@b.c"))
        );
    }

    #[test]
    fn prints_back_what_it_read() {
        for code in [
            "KEY",
            "KEY_t",
            "KEY__a@b.c",
            "KEY_t_a_b@c.d",
            "KEY_é=+/_é_@ü.fr",
        ] {
            assert_eq!(PartnerCode::parse(code).unwrap().to_string(), code);
        }
    }

    #[test]
    fn keys_differ_by_letter_case() {
        assert_ne!(PartnerCode::parse("Key"), PartnerCode::parse("KEY"));
    }

    #[test]
    fn refuses_what_is_not_a_code() {
        let error = |code: &str| PartnerCode::parse(code).unwrap_err().code();
        assert_eq!(error(""), "partner_key_empty");
        assert_eq!(error("_t_a@b.c"), "partner_key_empty");
        assert_eq!(error("12345678901234567"), "partner_key_too_long");
        assert_eq!(error("KÉY"), "partner_key_not_alphanumeric");
        assert_eq!(error("a-b_t"), "partner_key_not_alphanumeric");
        assert_eq!(error("KEY_t\n-- forged"), "partner_control_character");
        assert_eq!(error("KEY_t_a@b.c\0"), "partner_control_character");
        assert_eq!(error("KEY_t_a b@c.d"), "partner_email_space");
        assert_eq!(
            error(&format!("KEY_{}", "é".repeat(252))),
            "partner_code_too_long"
        );
        assert!(PartnerCode::parse(&format!("KEY_{}", "é".repeat(251))).is_ok());
    }

    #[test]
    fn the_session_shape_is_the_plugins() {
        let code = PartnerCode::parse("KEY_t_a_b@c.d").unwrap();
        let session = json!({"partnerkey": "KEY", "partnertag": "t", "customeremail": "a_b@c.d"});
        assert_eq!(serde_json::to_value(&code).unwrap(), session);
        assert_eq!(
            serde_json::from_value::<PartnerCode>(session).unwrap(),
            code
        );
    }

    #[test]
    fn a_session_is_checked_like_a_code() {
        let plain = json!({"partnerkey": "KEY", "partnertag": "", "customeremail": null, "validated": true});
        assert_eq!(
            serde_json::from_value::<PartnerCode>(plain).unwrap(),
            PartnerCode::parse("KEY").unwrap()
        );
        let forged = json!({"partnerkey": "KEY", "partnertag": "a_b"});
        assert!(serde_json::from_value::<PartnerCode>(forged).is_err());
    }
}
