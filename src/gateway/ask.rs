//! An HTTP call that a payment interface may ask the host for before it says what a message proves.

use std::fmt;

/// A call to be made: certificates verified, no redirect followed, no lock and no transaction held meanwhile.
#[derive(Clone, Eq, PartialEq)]
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

impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers may hold keys.
        let headers: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Ask")
            .field("method", &self.method)
            .field("url", &self.url)
            .field("headers", &headers)
            .finish_non_exhaustive()
    }
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
