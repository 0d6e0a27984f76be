//! Limits on what anyone may send: imports, placements, messages at the endpoints. The host counts requests of the present window, one minute, for
//! each client and in all; here it is decided what becomes of the next one.

use std::net::IpAddr;

use subtle::ConstantTimeEq as _;

/// What is limited.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// A partner's link.
    Import,
    /// The form of the customer step with an address in it: the answer may say that it belongs to an account.
    Customer,
    /// The password of a protected product.
    Passcode,
    /// Placing an order.
    Placement,
    /// A script of a payment interface.
    Endpoint,
    /// A link of an email, which carries a token.
    EmailLink,
}

/// Requests of one window.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limit {
    /// Of one client; 0: any number.
    pub client: u32,
    /// Of all clients together; 0: any number.
    pub total: u32,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Admission {
    /// It is answered.
    Allowed,
    /// It is refused with this HTTP status, before anything is stored. It may be sent again after so many seconds (`Retry-After`).
    RetryLater {
        /// 429 for a browser; 503 for a payment interface, because all of them send again after it.
        status: u16,
        /// Seconds, at least 1.
        seconds: u32,
    },
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Import,
        Self::Customer,
        Self::Passcode,
        Self::Placement,
        Self::Endpoint,
        Self::EmailLink,
    ];

    /// The kind of a request, by its script below wwwroot and its raw query and body; `None`: not limited. A placement counts only with the
    /// session's own key `sesskey`: without it nothing is placed.
    #[must_use]
    pub fn of(script: &str, query: &[u8], body: &[u8], sesskey: &str) -> Option<Self> {
        if script.starts_with("/local/shop/paymodes/") {
            return Some(Self::Endpoint);
        }
        let carries_token = last(query, &[], "token").is_some();
        if READ.contains(&script) && carries_token {
            return Some(Self::EmailLink);
        }
        let what = last(query, body, "what");
        let sells = script == "/local/shop/front/view.php";
        if what.as_deref() == Some("checkpasscode")
            && (sells || script == "/local/shop/front/ajax/service.php")
        {
            return Some(Self::Passcode);
        }
        if !sells {
            return None;
        }
        if what.as_deref() == Some("import") {
            return Some(Self::Import);
        }
        let goes_on = what.as_deref() == Some("navigate");
        match last(query, body, "view").as_deref() {
            Some("customer") if goes_on && asks_about_address(query, body) => {
                return Some(Self::Customer);
            }
            Some("order") if goes_on && has_key(query, body, sesskey) => {
                return Some(Self::Placement);
            }
            _ => {}
        }
        carries_token.then_some(Self::EmailLink)
    }

    /// Its word, in settings and cache keys.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Customer => "customer",
            Self::Passcode => "passcode",
            Self::Placement => "placement",
            Self::Endpoint => "endpoint",
            Self::EmailLink => "emaillink",
        }
    }

    /// The kind of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// The limit where the site says nothing else: far above a class of fifty behind one address, and above a gateway's bursts.
    #[must_use]
    pub fn default_limit(self) -> Limit {
        let (client, total) = match self {
            Self::Import => (600, 3_000),
            Self::Customer => (120, 3_000),
            Self::Passcode => (60, 3_000),
            Self::Placement => (600, 3_000),
            Self::Endpoint => (3_000, 12_000),
            Self::EmailLink => (120, 3_000),
        };
        Limit { client, total }
    }

    /// Decides about a request, the `of_client`-th of its client and the `of_all`-th of all in the window of `now` (Unix seconds, UTC). A
    /// client's first requests are never refused because of what others send: a flood shuts out neither a gateway nor a buyer.
    #[must_use]
    pub fn admit(self, limit: Limit, of_client: u32, of_all: u32, now: i64) -> Admission {
        let over = |count: u32, most: u32| most > 0 && count > most;
        let sheltered = of_client <= SHELTERED;
        if !over(of_client, limit.client) && (!over(of_all, limit.total) || sheltered) {
            return Admission::Allowed;
        }
        Admission::RetryLater {
            status: if self == Self::Endpoint { 503 } else { 429 },
            seconds: u32::try_from(WINDOW - now.rem_euclid(WINDOW)).unwrap_or(1),
        }
    }
}

/// The network that requests of `address` are counted for: the address itself for IPv4; for IPv6 its first 64 bits, because a client changes
/// the others as it likes. An address that cannot be read stands for itself.
#[must_use]
pub fn network(address: &str) -> String {
    match address.trim().parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V4(ip)) => ip.to_string(),
        Ok(IpAddr::V6(ip)) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Err(_) => address.trim().to_owned(),
    }
}

/// Does a request of the customer step name an address? Without one its answer tells nothing, and it costs no other client their turn.
fn asks_about_address(query: &[u8], body: &[u8]) -> bool {
    last(query, body, "customerinfo::email").is_some_and(|email| !email.is_empty())
}

/// Does the request carry the session's own key?
fn has_key(query: &[u8], body: &[u8], sesskey: &str) -> bool {
    let given = last(query, body, "sesskey").unwrap_or_default();
    !sesskey.is_empty() && bool::from(given.as_bytes().ct_eq(sesskey.as_bytes()))
}

/// The last value of a field, the body's over the query's, as PHP has it.
fn last(query: &[u8], body: &[u8], name: &str) -> Option<String> {
    url::form_urlencoded::parse(query)
        .chain(url::form_urlencoded::parse(body))
        .filter(|(key, _)| key == name)
        .last()
        .map(|(_, value)| value.trim().to_owned())
}

/// Scripts that a link of an email leads to, beside the bill and the invoice as pages of the shop.
const READ: [&str; 2] = [
    "/local/shop/front/order.popup.php",
    "/local/shop/front/bill.popup.php",
];

/// Seconds of a window.
pub const WINDOW: i64 = 60;

/// Requests of a client in a window that count against its own limit alone.
const SHELTERED: u32 = 30;

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit {
        client: 3,
        total: 100,
    };

    #[test]
    fn requests_below_both_limits_are_allowed() {
        for kind in Kind::ALL {
            assert_eq!(kind.admit(LIMIT, 3, 100, 0), Admission::Allowed);
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(Kind::parse("other"), None);
    }

    #[test]
    fn a_request_above_a_limit_may_come_again_when_the_window_is_over() {
        let later = |status, seconds| Admission::RetryLater { status, seconds };
        assert_eq!(Kind::Import.admit(LIMIT, 4, 4, 0), later(429, 60));
        let many = Limit { client: 0, ..LIMIT };
        assert_eq!(Kind::Placement.admit(many, 31, 101, 119), later(429, 1));
        assert_eq!(Kind::Endpoint.admit(LIMIT, 4, 4, 90), later(503, 30));
    }

    #[test]
    fn a_flood_of_others_shuts_out_neither_a_gateway_nor_a_buyer() {
        let limit = Limit {
            client: 1_000,
            total: 100,
        };
        for kind in Kind::ALL {
            assert_eq!(kind.admit(limit, 1, 9_999, 0), Admission::Allowed);
            assert_eq!(kind.admit(limit, 30, 9_999, 0), Admission::Allowed);
            assert_ne!(kind.admit(limit, 31, 9_999, 0), Admission::Allowed);
        }
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one_client() {
        assert_eq!(network("2001:db8:1:2::1"), "2001:db8:1:2::/64");
        assert_eq!(network("2001:DB8:1:2:ffff::9"), network("2001:db8:1:2::1"));
        assert_ne!(network("2001:db8:1:3::1"), network("2001:db8:1:2::1"));
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
        assert_ne!(network("192.0.2.7"), network("192.0.2.8"));
        assert_eq!(network(""), "");
    }

    #[test]
    fn a_placement_counts_only_with_the_key_of_its_session() {
        let of = |query: &str, key: &str| {
            Kind::of("/local/shop/front/view.php", query.as_bytes(), b"", key)
        };
        assert_eq!(of("view=order&what=navigate", "key"), None);
        assert_eq!(of("view=order&what=navigate&sesskey=other", "key"), None);
        assert_eq!(of("view=order&what=navigate&sesskey=", ""), None);
        assert_eq!(
            of("view=order&what=navigate&sesskey=key", "key"),
            Some(Kind::Placement)
        );
    }

    #[test]
    fn passwords_of_products_are_limited_on_both_pages_that_take_them() {
        let of = |script: &str, query: &[u8], body: &[u8]| Kind::of(script, query, body, "key");
        let service = "/local/shop/front/ajax/service.php";
        let asked = b"service=shop&what=checkpasscode&passcode=a";
        assert_eq!(of(service, asked, b""), Some(Kind::Passcode));
        assert_eq!(of(service, b"", asked), Some(Kind::Passcode));
        let view = "/local/shop/front/view.php";
        assert_eq!(of(view, b"", asked), Some(Kind::Passcode));
        assert_eq!(of(service, b"service=shop&what=addunit", b""), None);
        assert_eq!(of("/local/shop/bills/view.php", asked, b""), None);
    }

    #[test]
    fn a_form_of_the_customer_step_counts_only_with_an_address() {
        let of = |query: &str, body: &str| {
            let view = "/local/shop/front/view.php";
            Kind::of(view, query.as_bytes(), body.as_bytes(), "key")
        };
        let step = "view=customer&what=navigate&shopid=1";
        for nothing in [
            "",
            "customerinfo::email=",
            "customerinfo%3A%3Aemail=+",
            "customerinfo::city=Paris",
        ] {
            assert_eq!(of(step, nothing), None, "{nothing}");
        }
        let asked = "customerinfo%3A%3Aemail=a%40example.org";
        assert_eq!(of(step, asked), Some(Kind::Customer));
        assert_eq!(of(&format!("{step}&{asked}"), ""), Some(Kind::Customer));
    }

    #[test]
    fn zero_is_no_limit() {
        let none = Limit {
            client: 0,
            total: 0,
        };
        for kind in Kind::ALL {
            assert_eq!(kind.admit(none, u32::MAX, u32::MAX, 0), Admission::Allowed);
        }
    }

    #[test]
    fn requests_that_anyone_may_send_are_known_by_script_and_fields() {
        let view = "/local/shop/front/view.php";
        let of = |query: &str, body: &str| Kind::of(view, query.as_bytes(), body.as_bytes(), "key");
        assert_eq!(of("shopid=1&what=import&a=1", ""), Some(Kind::Import));
        assert_eq!(
            of("", "view=order&what=navigate&sesskey=key"),
            Some(Kind::Placement)
        );
        assert_eq!(
            of("view=order&what=navigate", "sesskey=key"),
            Some(Kind::Placement)
        );
        assert_eq!(of("view=order", ""), None);
        assert_eq!(of("view=shop&what=navigate", ""), None);
        assert_eq!(of("view=bill&transid=T&token=x", ""), Some(Kind::EmailLink));
        // A token takes no other request out of its own limit.
        assert_eq!(of("what=import&token=x", ""), Some(Kind::Import));
        let popup = "/local/shop/front/order.popup.php";
        assert_eq!(
            Kind::of(popup, b"transid=T&token=x", b"", ""),
            Some(Kind::EmailLink)
        );
        assert_eq!(Kind::of(popup, b"transid=T", b"token=x", ""), None);
        let ipn = "/local/shop/paymodes/paypal/paypal_ipn.php";
        assert_eq!(Kind::of(ipn, b"", b"x=1", ""), Some(Kind::Endpoint));
        assert_eq!(
            Kind::of("/local/shop/bills/view.php", b"what=import", b"", ""),
            None
        );
    }
}
