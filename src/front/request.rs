//! What the host says of a request: bytes as they came, and what only the host can know.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use url::form_urlencoded;

use crate::domain::cart::Cart;
use crate::domain::text::plain;
use crate::domain::transaction_id::TransactionId;
use crate::engine::User;
use crate::gateway::Answered;

use super::Notice;
use super::gate::is_form;
use super::sender::Sender;

/// A request.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// HTTP method.
    pub method: String,
    /// Path below wwwroot.
    pub script: String,
    /// Raw query string.
    pub query: Vec<u8>,
    /// Raw body.
    pub body: Vec<u8>,
    /// `Content-Type`, or ''.
    pub content_type: String,
    /// Root of the site without a final slash.
    pub wwwroot: String,
    /// The `X-Shopengine-Secret` header, or ''.
    pub secret: String,
    /// Is the buyer's connection encrypted?
    pub https: bool,
    /// `Referer`, or ''.
    pub referer: String,
    /// The page that it was sent from.
    pub sender: Sender,
    /// `fr`, or anything else for English.
    pub lang: String,
    /// The session's own anti-forgery key.
    pub sesskey: String,
    /// The log-in page.
    pub login_url: String,
    /// The logged-in user.
    pub user: Option<User>,
    /// He may only choose payment interfaces where the money comes at once.
    pub instant_only: bool,
    /// The plugin places orders itself: nothing is detected when one is placed.
    pub plugin_places: bool,
    /// The plugin shows placed orders itself: nothing is masked on its pages.
    pub plugin_shows: bool,
    /// The session as the last answer left it.
    pub session: Session,
    /// The outbox was drained for this request.
    pub drained: bool,
    /// Only tell what would be answered: nothing is kept.
    pub rehearsal: bool,
    /// `$SESSION->shoppingcart`, where the plugin's own pages share the cart with ours.
    pub shoppingcart: Option<Json>,
    /// What came of the call that the last answer to this request asked for.
    pub asked: Option<Asked>,
}

/// What came of a call.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The token of the answer that asked.
    pub token: String,
    /// What came back.
    pub answer: Answered,
}

/// What the engine keeps in the host's session.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub struct Session {
    /// The cart.
    pub cart: Cart,
    /// The session's secret, by which its orders are known again.
    pub key: String,
    /// The shop of the last request.
    pub shopid: i64,
    /// Sentences for the next page.
    pub notices: Vec<Notice>,
    /// The account that a partner vouched for: for the purchase of this session, until somebody logs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vouched: Option<Vouched>,
    /// The order that was placed last: once it is paid, its buyer is taken to what he bought, once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub awaited: Option<TransactionId>,
    /// Digest of the summary that the buyer saw last on the plugin's page, until they order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// A partner's word for a buyer.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Vouched {
    /// The account's row id.
    pub user: i64,
    /// The partner's row id.
    pub partner: i64,
    /// The word came by a signed link.
    #[serde(default)]
    pub signed: bool,
}

/// The fields of a request: the body's over the query's; of a repeated one the last, as PHP has it.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(crate) fn of(request: &Request) -> Self {
        let body = if is_form(&request.method, &request.content_type) {
            request.body.as_slice()
        } else {
            &[]
        };
        let pairs = form_urlencoded::parse(&request.query).chain(form_urlencoded::parse(body));
        // The plugin's pages, where there are any, print what is kept without escaping it. Ours escape it.
        let by_plugin =
            request.shoppingcart.is_some() && request.script.starts_with("/local/shop/");
        let kept = |name: &str, value: Cow<'_, str>| {
            // That one is JSON, which has quotation marks of its own.
            if by_plugin && name != "participant" {
                plain(&value).into_owned()
            } else {
                value.into_owned()
            }
        };
        Self(
            pairs
                .map(|(name, value)| {
                    let value = kept(&name, value);
                    (name.into_owned(), value)
                })
                .collect(),
        )
    }

    /// A field without surrounding blanks; '' when it is missing.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0
            .iter()
            .rev()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value.trim())
    }

    /// The token of an email's link: it is in the query of a request that only reads, and there once.
    pub(crate) fn link_token(request: &Request) -> Option<String> {
        if !matches!(request.method.as_str(), "GET" | "HEAD") {
            return None;
        }
        let mut given = form_urlencoded::parse(&request.query).filter(|(name, _)| name == "token");
        let (_, token) = given.next()?;
        given.next().is_none().then(|| token.into_owned())
    }

    /// Was the field sent at all?
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// Was it sent, and not as 0 or nothing? (Buttons carry any text.)
    pub(crate) fn flag(&self, name: &str) -> bool {
        !matches!(self.text(name), "" | "0")
    }

    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.text(name).parse().ok()
    }
}
