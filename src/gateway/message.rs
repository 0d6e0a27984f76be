//! A message as it arrived: bytes, not PHP's parsed arrays.

use sha2::{Digest, Sha256};
use url::form_urlencoded;

use crate::domain::transaction_id::TransactionId;

/// How a message reached us.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Channel {
    /// The buyer's own payment page; the engine has checked that the order is his.
    Buyer,
    /// A seller in the back office; the engine has checked that he may.
    Seller,
    /// The gateway's server. Nothing is checked: the gateway must authenticate it.
    Notification,
    /// The buyer's browser coming back from the gateway. Nothing is checked.
    Return,
    /// The buyer's browser coming back with nothing to prove: he is shown how his order stands.
    Back,
    /// The buyer's browser coming back without a payment: he may choose again.
    GivenUp,
    /// The buyer's browser asking how his payment stands: the engine checks that the order is his, the gateway is asked.
    Look,
    /// The buyer's browser leaving this interface: he is led to the choice of another.
    OtherWay,
}

impl Channel {
    /// Its word in the inbox.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Buyer => "buyer",
            Self::Seller => "seller",
            Self::Notification => "notification",
            Self::Return => "return",
            Self::Back => "back",
            Self::GivenUp => "givenup",
            Self::Look => "look",
            Self::OtherWay => "otherway",
        }
    }

    /// The channel of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Buyer, Self::Seller, Self::Notification, Self::Return]
            .into_iter()
            .find(|channel| channel.as_str() == word)
    }
}

/// A script under `paymodes/<name>/`.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint {
    /// File name without `.php`.
    pub script: &'static str,
    /// What arrives there.
    pub channel: Channel,
}

/// A raw message.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// How it came.
    pub channel: Channel,
    /// HTTP method.
    pub method: &'a str,
    /// Raw query string.
    pub query: &'a [u8],
    /// Raw body.
    pub body: &'a [u8],
    /// `Content-Type` header, or ''.
    pub content_type: &'a str,
}

/// What a message says of itself, before the gateway has confirmed it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Claim {
    /// The order that it names, where it names one readably.
    pub order: Option<TransactionId>,
    /// It names the seller's account.
    pub account: bool,
}

impl Message<'_> {
    /// Key under which the inbox keeps the message: the same bytes on the same channel are the same message.
    /// Hexadecimal SHA-256.
    #[must_use]
    pub fn key(&self) -> String {
        let mut hash = Sha256::new();
        for part in [
            self.channel.as_str().as_bytes(),
            self.method.as_bytes(),
            self.query,
            self.body,
        ] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// A form field by name, from the body, else from the query; the last one when repeated, as PHP has it.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<String> {
        last(self.body, name).or_else(|| last(self.query, name))
    }
}

fn last(form: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(form)
        .filter(|(key, _)| key == name)
        .last()
        .map(|(_, value)| value.into_owned())
}
