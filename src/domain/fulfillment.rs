//! Where what was bought is found: a product's address or message, and what an order has of it.
//!
//! Not to be confused with [`super::state::Fulfilment`], which says how much of an order has been delivered.

use std::fmt;

use serde::Serialize;
use sha2::{Digest, Sha256};
use url::Url;

use super::transaction_id::TransactionId;

/// Address of a bought product: absolute, `http` or `https`, at most 255 characters of ASCII, written as it is sent. It may hold
/// [`PLACEHOLDER`] behind its host, any number of times.
///
/// An address without the placeholder is the same for all orders: it names what is owned, and a buyer who owns it is not charged
/// again. One with the placeholder is another address for each order: its product is meant to be bought again.
#[derive(Clone, Debug, Eq, Hash, PartialEq, Serialize)]
pub struct FulfillmentUrl(String);

impl FulfillmentUrl {
    /// Reads an address as somebody typed it, blanks around it aside.
    ///
    /// # Errors
    /// [`FulfillmentError`], which says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, FulfillmentError> {
        let text = text.trim();
        let length = text.chars().count();
        if length > LONGEST_URL {
            return Err(FulfillmentError::UrlTooLong { length });
        }
        let lower = text.to_ascii_lowercase();
        if !lower.starts_with("http://") && !lower.starts_with("https://") {
            return Err(FulfillmentError::NotWeb {
                url: text.chars().take(40).collect(),
            });
        }
        let plain = text.replace(PLACEHOLDER, "");
        if let Some((_, rest)) = plain.split_once("${") {
            let name: String = rest.chars().take_while(|c| *c != '}').take(20).collect();
            return Err(FulfillmentError::UnknownPlaceholder { name });
        }
        if let Some(character) = plain.chars().find(|c| !is_written(*c)) {
            return Err(FulfillmentError::UrlCharacter { character });
        }
        let authority = text.split(['/', '?', '#']).nth(2).unwrap_or_default();
        if authority.contains(PLACEHOLDER) {
            return Err(FulfillmentError::PlaceholderInHost);
        }
        let url = Url::parse(&text.replace(PLACEHOLDER, "X"))
            .ok()
            .filter(Url::has_host);
        let url = url.ok_or_else(|| FulfillmentError::NoHost {
            host: authority.chars().take(40).collect(),
        })?;
        // Whoever reads `https://bank.example@shop.example/` believes to go elsewhere.
        if authority.contains('@') || !url.username().is_empty() || url.password().is_some() {
            return Err(FulfillmentError::Credentials);
        }
        Ok(Self(text.to_owned()))
    }

    /// The address as it was typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Is it the same address for all orders?
    #[must_use]
    pub fn is_constant(&self) -> bool {
        !self.0.contains(PLACEHOLDER)
    }

    /// The address for an order. The id is percent-encoded but for letters, digits, `-` and `_`: wherever in the address it
    /// stands (a `/` in the path, a `+` in the query), whoever decodes that part reads the id to the letter.
    #[must_use]
    pub fn of_order(&self, transaction: &TransactionId) -> String {
        if self.is_constant() {
            return self.0.clone();
        }
        self.0.replace(PLACEHOLDER, &encoded(transaction))
    }
}

impl fmt::Display for FulfillmentUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a buyer reads once he has paid: a text of at most 1,000 characters, with line breaks. It may hold [`PLACEHOLDER`]. It is
/// no secret: a wallet shows it before it pays.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct FulfillmentMessage(String);

impl FulfillmentMessage {
    /// Reads a message as somebody typed it, blanks around it aside; line breaks become `\n`.
    ///
    /// # Errors
    /// [`FulfillmentError`], which says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, FulfillmentError> {
        let text = text.replace("\r\n", "\n");
        let text = text.trim();
        let length = text.chars().count();
        if length > LONGEST_MESSAGE {
            return Err(FulfillmentError::MessageTooLong { length });
        }
        match text
            .chars()
            .find(|c| c.is_control() && !matches!(c, '\n' | '\t'))
        {
            Some(character) => Err(FulfillmentError::MessageCharacter { character }),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// The message as it was typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The message for an order, with its id to the letter: it is read, not followed.
    #[must_use]
    pub fn of_order(&self, transaction: &TransactionId) -> String {
        self.0.replace(PLACEHOLDER, transaction.as_str())
    }
}

/// What the seller says of a product.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ProductFulfillment {
    /// Where it is found once paid.
    pub url: Option<FulfillmentUrl>,
    /// What its buyer reads once he has paid.
    pub message: Option<FulfillmentMessage>,
}

impl ProductFulfillment {
    /// What a product has by what the tables hold. What no form would have let in counts as nothing: the catalogue check tells.
    #[must_use]
    pub fn stored(url: &str, message: &str) -> Self {
        let some = |text: &str| !text.trim().is_empty();
        Self {
            url: some(url).then(|| FulfillmentUrl::parse(url).ok()).flatten(),
            message: some(message)
                .then(|| FulfillmentMessage::parse(message).ok())
                .flatten(),
        }
    }

    /// What an order of this product has.
    #[must_use]
    pub fn of_order(&self, transaction: &TransactionId) -> Fulfillment {
        let url = self.url.as_ref();
        let message = self.message.as_ref();
        Fulfillment {
            url: url.map_or_else(String::new, |url| url.of_order(transaction)),
            message: message.map_or_else(String::new, |text| text.of_order(transaction)),
        }
    }
    /// By what the article is known that a buyer owns once he has paid: SHA-256 (hexadecimal) of the product's code and its address.
    /// `None` when each order has its own address: nothing is owned by it that another order could be of.
    #[must_use]
    pub fn article(&self, code: &str) -> Option<String> {
        let url = self.url.as_ref().filter(|url| url.is_constant())?;
        let named = serde_json::json!([code, url.as_str()]).to_string();
        let digest = Sha256::digest(named);
        Some(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// What an order (or a line of it) has: an address, a message, both or none. It is made when the order is placed, from then on it
/// is what is stored.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Fulfillment {
    url: String,
    message: String,
}

impl Fulfillment {
    /// What was stored: '' for what there is not.
    #[must_use]
    pub fn new(url: &str, message: &str) -> Self {
        Self {
            url: url.to_owned(),
            message: message.to_owned(),
        }
    }

    /// Where what was bought is found: absolute, `http` or `https`.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        (!self.url.is_empty()).then_some(self.url.as_str())
    }

    /// What the buyer reads once he has paid, or ''. Wallets read it before.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Neither address nor message?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.url.is_empty() && self.message.is_empty()
    }

    /// The same, with `page` as its address when it has neither an address nor a message: a wallet needs one of them.
    #[must_use]
    pub fn or_page(&self, page: &str) -> Self {
        if self.is_empty() {
            return Self::new(page, "");
        }
        self.clone()
    }
}

/// Why a text is no address or message of a product.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FulfillmentError {
    /// Another scheme, or none; usually an address without its beginning. Write it from `https://` on.
    #[error("the address `{url}` does not begin with http:// or https://")]
    NotWeb {
        /// The address, cut to 40 characters.
        url: String,
    },
    /// No host, or none that can be; usually a typing mistake. Copy the address out of a browser.
    #[error("the address has no readable host: `{host}`")]
    NoHost {
        /// What stands in its place, cut to 40 characters.
        host: String,
    },
    /// A user name or password before the host, which every buyer would read. Write the address without.
    #[error("the address holds a user name or a password")]
    Credentials,
    /// A character that an address is not sent with (a space, an accent, a quote); copy the address out of a browser, which
    /// encodes it.
    #[error("an address has no character `{}`", character.escape_default())]
    UrlCharacter {
        /// The first such character.
        character: char,
    },
    /// Longer than the column holds. Use a shorter address.
    #[error("an address has at most 255 characters, this one has {length}")]
    UrlTooLong {
        /// Its length in characters.
        length: usize,
    },
    /// Another placeholder than the one there is; usually a typing mistake. Write `${ORDER_ID}`.
    #[error("there is no placeholder `{name}`")]
    UnknownPlaceholder {
        /// Its name, cut to 20 characters.
        name: String,
    },
    /// The placeholder would choose the host. Put it behind the host.
    #[error("the placeholder stands in the host of the address")]
    PlaceholderInHost,
    /// Longer than a message may be. Shorten it.
    #[error("a message has at most 1000 characters, this one has {length}")]
    MessageTooLong {
        /// Its length in characters.
        length: usize,
    },
    /// A control character, usually pasted from elsewhere. Type the message anew.
    #[error("a message has no character `{}`", character.escape_default())]
    MessageCharacter {
        /// The first such character.
        character: char,
    },
}

impl FulfillmentError {
    /// Stable code, also the key of the language string.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotWeb { .. } => "fulfillment_not_web",
            Self::NoHost { .. } => "fulfillment_no_host",
            Self::Credentials => "fulfillment_credentials",
            Self::UrlCharacter { .. } => "fulfillment_url_character",
            Self::UrlTooLong { .. } => "fulfillment_url_too_long",
            Self::UnknownPlaceholder { .. } => "fulfillment_placeholder_unknown",
            Self::PlaceholderInHost => "fulfillment_placeholder_in_host",
            Self::MessageTooLong { .. } => "fulfillment_message_too_long",
            Self::MessageCharacter { .. } => "fulfillment_message_character",
        }
    }
}

/// What stands for the order's id in an address or a message (GNU Taler's own word for it).
pub const PLACEHOLDER: &str = "${ORDER_ID}";

/// The unreserved characters of RFC 3986 stand for themselves, all others are escaped.
fn encoded(transaction: &TransactionId) -> String {
    let mut text = String::with_capacity(transaction.as_str().len() + 8);
    for byte in transaction.as_str().bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// May the character stand in an address as it is sent (RFC 3986)?
fn is_written(c: char) -> bool {
    c.is_ascii_graphic()
        && !matches!(
            c,
            '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}' | '\''
        )
}

/// `local_shopengine_item.fulfillmenturl` holds as many.
const LONGEST_URL: usize = 255;

const LONGEST_MESSAGE: usize = 1000;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(text: &str) -> TransactionId {
        TransactionId::parse(text).unwrap()
    }

    fn url(text: &str) -> FulfillmentUrl {
        FulfillmentUrl::parse(text).unwrap()
    }

    #[test]
    fn an_address_stays_as_it_was_typed() {
        for text in [
            "https://lecture.example/ebook",
            "HTTP://Lecture.example:8080/a//b?x=1&y=%C3%A9#top",
            "https://[::1]/ebook",
            "https://lecture.example",
        ] {
            assert_eq!(url(&format!("  {text}\n")).as_str(), text);
            assert!(url(text).is_constant());
            assert_eq!(url(text).of_order(&id("A+/=")), text);
        }
    }

    #[test]
    fn what_is_no_web_address_is_refused_with_a_reason() {
        let long = format!("https://a.example/{}", "x".repeat(240));
        for (text, code) in [
            ("lecture.example/ebook", "fulfillment_not_web"),
            ("/ebook", "fulfillment_not_web"),
            ("//lecture.example/ebook", "fulfillment_not_web"),
            ("ftp://lecture.example/", "fulfillment_not_web"),
            ("javascript:alert(1)", "fulfillment_not_web"),
            ("", "fulfillment_not_web"),
            ("https://", "fulfillment_no_host"),
            ("https:///", "fulfillment_no_host"),
            ("https://a..:x/", "fulfillment_no_host"),
            ("https://user:pass@a.example/", "fulfillment_credentials"),
            ("https://bank.example@a.example/", "fulfillment_credentials"),
            ("https://a.example/a b", "fulfillment_url_character"),
            ("https://a.example/é", "fulfillment_url_character"),
            ("https://a.example/\r\nX: y", "fulfillment_url_character"),
            ("https://a.example/\"><script>", "fulfillment_url_character"),
            ("https://a.example/{ORDER_ID}", "fulfillment_url_character"),
            (
                "https://a.example\\@b.example/",
                "fulfillment_url_character",
            ),
            (
                "https://a.example/${ORDERID}",
                "fulfillment_placeholder_unknown",
            ),
            (
                "https://${ORDER_ID}.a.example/",
                "fulfillment_placeholder_in_host",
            ),
            ("https://${ORDER_ID}/", "fulfillment_placeholder_in_host"),
            (long.as_str(), "fulfillment_url_too_long"),
        ] {
            let error = FulfillmentUrl::parse(text).unwrap_err();
            assert_eq!(error.code(), code, "{text}");
            assert!(!error.to_string().contains('\n'), "{text}");
        }
    }

    #[test]
    fn the_order_id_is_encoded_so_that_every_part_of_the_address_gives_it_back() {
        let everywhere = url("https://a.example/x/${ORDER_ID}/y?id=${ORDER_ID}#${ORDER_ID}");
        assert!(!everywhere.is_constant());
        assert_eq!(
            everywhere.of_order(&id("A+b/c=_-9")),
            "https://a.example/x/A%2Bb%2Fc%3D_-9/y?id=A%2Bb%2Fc%3D_-9#A%2Bb%2Fc%3D_-9"
        );
    }

    #[test]
    fn a_message_is_any_text_without_control_characters() {
        let message = FulfillmentMessage::parse(" Bonne lecture !\r\n« ${ORDER_ID} » 📖 ").unwrap();
        assert_eq!(
            message.of_order(&id("A/b==")),
            "Bonne lecture !\n« A/b== » 📖"
        );
        let long = "x".repeat(1001);
        for (text, code) in [
            ("a\u{7}b", "fulfillment_message_character"),
            (long.as_str(), "fulfillment_message_too_long"),
        ] {
            assert_eq!(FulfillmentMessage::parse(text).unwrap_err().code(), code);
        }
    }

    #[test]
    fn an_article_is_a_product_with_a_constant_address() {
        let of = |url: &str, code: &str| ProductFulfillment::stored(url, "Merci").article(code);
        let ebook = of("https://a.example/ebook", "EBOOK");
        assert_eq!(ebook.as_ref().map(String::len), Some(64));
        assert_eq!(ebook, of("https://a.example/ebook", "EBOOK"));
        assert_ne!(ebook, of("https://a.example/ebook", "OTHER"));
        assert_ne!(ebook, of("https://a.example/EBOOK", "EBOOK"));
        assert_eq!(of("https://a.example/ebook?o=${ORDER_ID}", "EBOOK"), None);
        assert_eq!(of("", "EBOOK"), None);
        assert_eq!(of("not an address", "EBOOK"), None);
    }

    #[test]
    fn an_order_without_address_and_message_has_its_page() {
        let page = "https://shop.example/order";
        assert_eq!(Fulfillment::default().or_page(page).url(), Some(page));
        assert_eq!(Fulfillment::new("", "Merci").or_page(page).url(), None);
        let own = Fulfillment::new("https://a.example/", "");
        assert_eq!(own.or_page(page), own);
    }

    proptest! {
        #[test]
        fn an_address_of_an_order_decodes_to_its_id(text in "[A-Za-z0-9+/=_-]{1,40}") {
            let made = url("https://a.example/p/${ORDER_ID}?id=${ORDER_ID}").of_order(&id(&text));
            let read = Url::parse(&made).unwrap();
            let query: Vec<_> = read.query_pairs().collect();
            prop_assert_eq!(query[0].1.as_ref(), text.as_str());
            let segment = read.path_segments().unwrap().nth(1).unwrap();
            let named = format!("x={}", segment);
            let decoded = url::form_urlencoded::parse(named.as_bytes()).next().unwrap().1;
            prop_assert_eq!(decoded.as_ref(), text.as_str());
            prop_assert_eq!(made.matches("${").count(), 0);
        }

        #[test]
        fn reading_any_text_never_panics_and_what_is_read_is_read_again(text: String) {
            if let Ok(read) = FulfillmentUrl::parse(&text) {
                prop_assert_eq!(FulfillmentUrl::parse(read.as_str()), Ok(read));
            }
            let _ = FulfillmentMessage::parse(&text);
        }

        #[test]
        fn what_is_read_goes_into_a_header_as_it_is(rest in "\\PC{0,60}") {
            if let Ok(read) = FulfillmentUrl::parse(&format!("https://a.example/{rest}")) {
                let made = read.of_order(&id("A+/="));
                prop_assert!(made.bytes().all(|byte| byte.is_ascii_graphic()));
                let parsed = Url::parse(&made).unwrap();
                prop_assert_eq!(parsed.host_str(), Some("a.example"));
            }
        }
    }
}
