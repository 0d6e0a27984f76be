//! The one HTTP call that a payment interface may ask the host for before it says what a message proves.

/// A call to be made: certificates verified, no redirect followed, no lock and no transaction held meanwhile.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ask {
    /// HTTP method.
    pub method: &'static str,
    /// Where to; `https`, or `http` to this machine alone.
    pub url: String,
    /// Headers beside the type and the length.
    pub headers: Vec<(&'static str, String)>,
    /// Type of the body, or ''.
    pub content_type: String,
    /// The body: bytes, to be sent as they are.
    pub body: Vec<u8>,
    /// After how many seconds to give up.
    pub timeout: u16,
}

/// What came of it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Answered {
    /// HTTP status, 0 when nobody answered.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    /// Why nobody answered, or ''.
    pub error: String,
}

/// May a setting name this address? Over the net only encrypted; a stand-in on this machine need not be.
#[must_use]
pub fn is_callable(url: &str) -> bool {
    let Ok(url) = url::Url::parse(url) else {
        return false;
    };
    match url.scheme() {
        "https" => url.has_host(),
        "http" => matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]")),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_encrypted_addresses_and_this_machine_are_called() {
        for url in [
            "https://ipnpb.paypal.com/cgi-bin/webscr",
            "http://127.0.0.1:8099/x",
            "http://localhost/",
        ] {
            assert!(is_callable(url), "{url}");
        }
        for url in [
            "http://ipnpb.paypal.com/cgi-bin/webscr",
            "http://127.0.0.1.example/",
            "http://127.0.0.1@evil.example/",
            "ftp://127.0.0.1/",
            "file:///etc/passwd",
            "",
        ] {
            assert!(!is_callable(url), "{url}");
        }
    }
}
