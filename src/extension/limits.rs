//! `ShopEngine\Limits`: what anyone may send in a minute.

use ext_php_rs::binary_slice::BinarySlice;
use ext_php_rs::boxed::ZBox;
use ext_php_rs::flags::ClassFlags;
use ext_php_rs::prelude::*;
use ext_php_rs::types::ZendHashTable;
use serde_json::json;

use super::convert;
use super::exception::value_error;
use crate::domain::limits::{Admission, Kind, Limit, WINDOW, network};
use crate::front::gate::is_form;

/// Limits on imports, passwords of products, placements, messages at the endpoints and links of emails. The host counts in its cache; here it is decided.
#[php_class]
#[php(name = "ShopEngine\\Limits")]
#[php(flags = ClassFlags::Final)]
pub struct Limits;

#[php_impl]
impl Limits {
    /// Seconds for which requests are counted together: windows begin at multiples of it (Unix time).
    pub const WINDOW: i64 = WINDOW;

    /// What is limited of a request: `import`, `customer`, `passcode`, `placement`, `endpoint`, `emaillink`, or null. `$script` is the path below wwwroot; query and
    /// body are bytes as they came, and the body counts where `$method` and `$contenttype` make it a form.
    /// A placement counts only with `$sesskey`, the session's own key.
    pub fn kind(
        script: &str,
        query: BinarySlice<u8>,
        body: BinarySlice<u8>,
        method: BinarySlice<u8>,
        contenttype: BinarySlice<u8>,
        sesskey: &str,
    ) -> Option<&'static str> {
        let text = |bytes| String::from_utf8_lossy(bytes);
        let form: &[u8] = if is_form(&text(&method), &text(&contenttype)) {
            &body
        } else {
            &[]
        };
        Kind::of(script, &query, form, sesskey).map(Kind::as_str)
    }

    /// The network that requests of an address are counted for: the address itself for IPv4, its first 64 bits for IPv6.
    pub fn network(address: &str) -> String {
        network(address)
    }

    /// Limits of a kind where the site says nothing else: `client`, `total`.
    ///
    /// @return int[]
    /// @throws \ValueError for an unknown kind
    pub fn defaults(kind: &str) -> PhpResult<ZBox<ZendHashTable>> {
        let limit = of(kind)?.default_limit();
        convert::answer(&json!({"client": limit.client, "total": limit.total}))
    }

    /// Decides about the `$ofclient`-th request of a client and the `$ofall`-th of all in the window of `$now` (Unix seconds). Null: it is
    /// answered. Else `status` and `retryafter` (seconds). A limit of 0 is none.
    ///
    /// @throws \ValueError for an unknown kind
    pub fn admit(
        kind: &str,
        client: i64,
        total: i64,
        ofclient: i64,
        ofall: i64,
        now: i64,
    ) -> PhpResult<Option<ZBox<ZendHashTable>>> {
        let number = |number: i64| u32::try_from(number.max(0)).unwrap_or(u32::MAX);
        let limit = Limit {
            client: number(client),
            total: number(total),
        };
        match of(kind)?.admit(limit, number(ofclient), number(ofall), now) {
            Admission::Allowed => Ok(None),
            Admission::RetryLater { status, seconds } => {
                convert::answer(&json!({"status": status, "retryafter": seconds})).map(Some)
            }
        }
    }
}

fn of(kind: &str) -> PhpResult<Kind> {
    Kind::parse(kind).ok_or_else(|| {
        value_error("kind must be import, customer, passcode, placement, endpoint or emaillink")
    })
}
