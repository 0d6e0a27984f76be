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
