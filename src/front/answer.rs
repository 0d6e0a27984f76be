//! What the host is told to send.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::engine::Asking;

/// How grave a notice is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Good to know.
    Info,
    /// Something was left out or changed.
    Warning,
    /// Something has to be corrected.
    Error,
}

/// A sentence for the buyer, by language-string key.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Notice {
    /// How grave.
    pub level: Level,
    /// Key of the language string.
    pub code: String,
    /// Its values.
    #[serde(default, deserialize_with = "crate::domain::cart::map")]
    pub params: BTreeMap<String, String>,
}

impl Notice {
    /// A notice with values.
    pub(crate) fn new(
        level: Level,
        code: &str,
        params: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Self {
        let params = params
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        Self {
            level,
            code: code.to_owned(),
            params,
        }
    }
}

/// What kind of answer it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Kind {
    /// Draw a page.
    Page,
    /// Send the browser elsewhere.
    Redirect,
    /// Send a text as it is.
    Text,
    /// Drain the outbox, then ask again.
    Drain,
    /// Make a call, then ask again with what came of it.
    Ask,
    /// Have the engine write a file, and send it to be kept.
    File,
    /// Not ours.
    Pass,
}

/// When the host drains the outbox.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub enum Drain {
    /// Not for this answer.
    #[serde(rename = "")]
    No,
    /// Before the answer is sent, or the engine is asked again.
    #[serde(rename = "first")]
    First,
    /// Once the answer is sent.
    #[serde(rename = "after")]
    After,
}

/// An answer.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// Kind.
    pub kind: Kind,
    /// HTTP status.
    pub status: u16,
    /// Page name, or ''.
    pub page: &'static str,
    /// Data of the page.
    pub data: Json,
    /// Where to, or ''.
    pub location: String,
    /// Text to send, or ''.
    pub body: String,
    /// Its type, or ''.
    pub contenttype: &'static str,
    /// The session to keep; null: unchanged.
    pub session: Json,
    /// Where the plugin's pages share the cart: its fields that the engine owns, null for one to take away; `[]` when the
    /// cart is empty; null: unchanged.
    pub cart: Json,
    /// Is work due?
    pub drain: Drain,
    /// The call to be made; null unless the kind is `ask`.
    pub ask: Option<Call>,
    /// What to write and send; null unless the kind is `file`.
    pub file: Option<File>,
}

/// A partner's statement, the refused arrivals, or a list of orders, as a file: it may be larger than what a process should hold.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct File {
    /// Name under which it is kept: letters, digits, `-` and `.`.
    pub name: String,
    /// Row id of the partner; 0: the arrivals that were refused, of all shops and times.
    pub partner: i64,
    /// First second: Unix seconds, UTC.
    pub from: i64,
    /// First second after it.
    pub to: i64,
    /// `csv` or `json`; of refused arrivals and of orders `csv` alone.
    pub format: String,
    /// Of a list of orders, what it was searched for: a query. None for the others.
    #[serde(default)]
    pub orders: Option<String>,
}

/// A call that the host makes for the engine.
#[derive(Clone, Debug, Serialize)]
pub struct Call {
    /// To be given back with what came of it.
    pub token: String,
    /// HTTP method.
    pub method: &'static str,
    /// Where to.
    pub url: String,
    /// Headers by name.
    pub headers: BTreeMap<&'static str, String>,
    /// Type of the body, or ''.
    pub contenttype: String,
    /// The body: bytes.
    pub body: Bytes,
    /// After how many seconds to give up.
    pub timeout: u16,
}

impl From<Asking> for Call {
    fn from(asking: Asking) -> Self {
        let ask = asking.ask;
        Self {
            token: asking.token,
            method: ask.method,
            url: ask.url,
            headers: ask.headers.into_iter().collect(),
            contenttype: ask.content_type,
            body: Bytes(ask.body),
            timeout: ask.timeout,
        }
    }
}

/// Bytes that need not be a text.
#[derive(Clone, Debug)]
pub struct Bytes(Vec<u8>);

impl Bytes {
    /// The bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl Answer {
    fn of(kind: Kind, status: u16) -> Self {
        Self {
            kind,
            status,
            page: "",
            data: Json::Null,
            location: String::new(),
            body: String::new(),
            contenttype: "",
            session: Json::Null,
            cart: Json::Null,
            drain: Drain::No,
            ask: None,
            file: None,
        }
    }

    /// A page.
    pub(crate) fn page(page: &'static str, data: Json) -> Self {
        Self {
            page,
            data,
            ..Self::of(Kind::Page, 200)
        }
    }

    /// A redirect to be followed by GET (303: a repeated press of Back does not post again).
    pub(crate) fn redirect(location: String) -> Self {
        Self {
            location,
            ..Self::of(Kind::Redirect, 303)
        }
    }

    /// A plain text.
    pub(crate) fn text(status: u16, body: &str) -> Self {
        Self {
            body: body.to_owned(),
            contenttype: "text/plain; charset=utf-8",
            ..Self::of(Kind::Text, status)
        }
    }

    /// A text for a page's script.
    pub(crate) fn json(data: &Json) -> Self {
        Self {
            body: data.to_string(),
            contenttype: "application/json",
            ..Self::of(Kind::Text, 200)
        }
    }

    /// Drain first.
    pub(crate) fn drain() -> Self {
        Self {
            drain: Drain::First,
            ..Self::of(Kind::Drain, 200)
        }
    }

    /// Make a call first.
    pub(crate) fn ask(asking: Asking) -> Self {
        Self {
            ask: Some(asking.into()),
            ..Self::of(Kind::Ask, 200)
        }
    }

    /// A file to be kept.
    pub(crate) fn file(file: File) -> Self {
        Self {
            contenttype: match file.format.as_str() {
                "json" => "application/json",
                _ => "text/csv; charset=utf-8",
            },
            file: Some(file),
            ..Self::of(Kind::File, 200)
        }
    }

    /// Not ours.
    pub(crate) fn pass() -> Self {
        Self::of(Kind::Pass, 200)
    }

    /// The same, with another status.
    pub(crate) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The same, with work to be done after it is sent.
    pub(crate) fn with_work(mut self) -> Self {
        self.drain = Drain::After;
        self
    }

    /// The same, with work to be done before it is sent.
    pub(crate) fn after_work(mut self) -> Self {
        self.drain = Drain::First;
        self
    }
}
