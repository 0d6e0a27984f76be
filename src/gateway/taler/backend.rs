//! The merchant backend: its address, the token that opens it, and the calls that are made there.

use url::Url;
use url::form_urlencoded::Serializer;

use super::{NAME, TEST_TOKEN, TEST_URL, TOKEN, URL};
use crate::gateway::{Ask, GatewayError, Settings};

/// A backend: an instance of it, with the right to its orders.
pub(super) struct Backend {
    base: String,
    token: String,
}

impl Backend {
    /// The backend of a mode: in test mode the one for tests where there is one, else the only one.
    ///
    /// # Errors
    /// [`GatewayError::NotConfigured`].
    pub(super) fn of(settings: &Settings, test: bool) -> Result<Self, GatewayError> {
        if let Some((setting, _)) = missing(settings, test).first() {
            return Err(GatewayError::NotConfigured {
                name: NAME,
                setting,
            });
        }
        let (url, token) = keys(settings, test);
        let token = settings.text(token);
        Ok(Self {
            base: format!("{}/", settings.text(url).trim_end_matches('/')),
            token: match token.strip_prefix(PREFIX) {
                Some(_) => token.to_owned(),
                None => format!("{PREFIX}{token}"),
            },
        })
    }

    /// Its address, with a slash at the end.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// What are you?
    pub(super) fn config(&self) -> Ask {
        self.call("GET", "config", &[], None)
    }

    /// Here is an order.
    pub(super) fn create(&self, request: &str) -> Ask {
        self.merchants(self.call("POST", "private/orders", &[], Some(request)))
    }

    /// How does an order stand? With a session: for that session.
    pub(super) fn status(&self, order: &str, session: &str) -> Ask {
        let path = format!("private/orders/{order}");
        self.merchants(self.call("GET", &path, &[("session_id", session)], None))
    }

    /// The same without the right to it: the claim token is enough. The backend may hold the answer back for a moment until
    /// something happens.
    pub(super) fn look(&self, order: &str, token: &str, session: &str) -> Ask {
        let path = format!("orders/{order}");
        let query = [
            ("token", token),
            ("session_id", session),
            ("timeout_ms", HELD_BACK),
        ];
        self.call("GET", &path, &query, None)
    }

    /// Pay back so much, all together.
    pub(super) fn refund(&self, order: &str, total: &str, reason: &str) -> Ask {
        let path = format!("private/orders/{order}/refund");
        let body = serde_json::json!({"refund": total, "reason": reason}).to_string();
        self.merchants(self.call("POST", &path, &[], Some(&body)))
    }

    fn merchants(&self, mut ask: Ask) -> Ask {
        ask.headers
            .push(("Authorization", format!("Bearer {}", self.token)));
        ask
    }

    fn call(
        &self,
        method: &'static str,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&str>,
    ) -> Ask {
        let query = Serializer::new(String::new())
            .extend_pairs(query.iter().filter(|(_, value)| !value.is_empty()))
            .finish();
        let mark = if query.is_empty() { "" } else { "?" };
        Ask {
            method,
            url: format!("{}{path}{mark}{query}", self.base),
            headers: vec![("Accept", "application/json".to_owned())],
            content_type: if body.is_some() {
                "application/json".to_owned()
            } else {
                String::new()
            },
            body: body.unwrap_or_default().into(),
            timeout: PATIENCE,
        }
    }
}

/// What is missing for a mode: keys, each with the code of a sentence.
pub(super) fn missing(settings: &Settings, test: bool) -> Vec<(&'static str, &'static str)> {
    let (url, token) = keys(settings, test);
    let mut missing = Vec::new();
    if settings.text(url).is_empty() {
        missing.push((url, "setting_missing"));
    } else if let Err(code) = base_url(settings.text(url)) {
        missing.push((url, code));
    }
    if settings.text(token).is_empty() {
        missing.push((token, "setting_missing"));
    }
    missing
}

fn keys(settings: &Settings, test: bool) -> (&'static str, &'static str) {
    if test && !settings.text(TEST_URL).is_empty() {
        (TEST_URL, TEST_TOKEN)
    } else {
        (URL, TOKEN)
    }
}

/// An address of a backend or of one of its instances: encrypted, or on this machine, and nothing behind it.
pub(super) fn base_url(value: &str) -> Result<(), &'static str> {
    crate::gateway::setting::service_url(value)?;
    let url = Url::parse(value).map_err(|_| "setting_not_a_url")?;
    let path = url.path().trim_end_matches('/');
    let plain = url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if !plain || path.ends_with("/private") || path.ends_with("/config") {
        Err("setting_taler_url_form")
    } else if path.ends_with("/instances/default") {
        // The backend redirects from there, and redirects are not followed.
        Err("setting_taler_default_instance")
    } else {
        Ok(())
    }
}

/// What every token of a backend begins with.
const PREFIX: &str = "secret-token:";

/// Seconds for each call.
const PATIENCE: u16 = 8;

/// Milliseconds for which the backend may hold an answer back while the buyer's page asks.
const HELD_BACK: &str = "1000";
