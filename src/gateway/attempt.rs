//! How a payment is named at the gateway. Transaction ids hold `=`, which several gateways refuse, and one order may take
//! several tries: so each try has a reference of its own, derived from the order, stored by the engine, and never reused.

use crate::clock::UnixMillis;
use crate::domain::transaction_id::TransactionId;

/// What a gateway wants as the name of a payment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Naming {
    /// The transaction id itself, on every try.
    Transaction,
    /// A reference of letters and digits, another one on each try.
    Reference,
    /// Such a reference, and a number of up to six digits that no other payment of the account has on the same UTC day.
    Numbered {
        /// What the numbers are counted for: interface and merchant account.
        counter: String,
    },
}

/// A try to pay an order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attempt {
    /// Letters and digits, at most 32; unique for the life of the shop.
    pub reference: String,
    /// 1 to [`LAST_NUMBER`]; 0 where the gateway wants none.
    pub number: u32,
    /// When the payment page was asked for; the number is good for this UTC day.
    pub now: UnixMillis,
    /// What was put to the gateway under this reference, or '': see [`super::Gateway::request`].
    pub request: String,
    /// What the gateway's answers left behind, in the interface's own words, or ''.
    pub kept: String,
    /// Counts the changes of `kept`.
    pub version: i64,
}

impl Attempt {
    /// The number as six digits.
    #[must_use]
    pub fn six_digits(&self) -> String {
        format!("{:06}", self.number)
    }

    /// `YYYYMMDDHHMMSS`, UTC.
    #[must_use]
    pub fn utc(&self) -> String {
        utc(self.now, "%Y%m%d%H%M%S")
    }
}

/// Reference of the `attempt`th try to pay `revision` of an order: the letters and digits of its id (at most 20), then both
/// counts. The same order always has the same ones.
#[must_use]
pub fn reference(transaction: &TransactionId, revision: u32, attempt: u32) -> String {
    let id: String = transaction
        .as_str()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(20)
        .collect();
    format!("{id}R{revision}A{attempt}")
        .chars()
        .take(32)
        .collect()
}

/// The number that follows when `drawn` were drawn from a counter before: 1 to [`LAST_NUMBER`], then again from 1. A merchant
/// account with so many payments on one day does not exist.
#[must_use]
pub fn number(drawn: i64) -> u32 {
    let number = drawn.saturating_sub(1).rem_euclid(i64::from(LAST_NUMBER)) + 1;
    u32::try_from(number).unwrap_or(1)
}

/// The UTC day of a moment, `YYYYMMDD`.
#[must_use]
pub fn utc_day(now: UnixMillis) -> String {
    utc(now, "%Y%m%d")
}

fn utc(now: UnixMillis, format: &str) -> String {
    let now = jiff::Timestamp::from_second(now.seconds()).unwrap_or_default();
    now.strftime(format).to_string()
}

/// Numbers from 900000 on are the gateway's own (SystemPay).
pub const LAST_NUMBER: u32 = 899_999;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_hold_letters_and_digits_only_and_tell_tries_apart() {
        let ours = TransactionId::parse("TU90QMLVYXD5UMZYUQ==").unwrap();
        assert_eq!(reference(&ours, 1, 1), "TU90QMLVYXD5UMZYUQR1A1");
        assert_eq!(reference(&ours, 12, 3), "TU90QMLVYXD5UMZYUQR12A3");
        let longest = TransactionId::parse(&"a+/=_-".repeat(6)).unwrap();
        let name = reference(&longest, 1, 1);
        assert!(name.len() <= 32 && name.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let forty = TransactionId::parse(&"Z".repeat(40)).unwrap();
        assert!(reference(&forty, 9999, 999).len() <= 32);
    }

    #[test]
    fn numbers_begin_anew_before_the_gateways_own() {
        assert_eq!(number(1), 1);
        assert_eq!(number(899_999), 899_999);
        assert_eq!(number(900_000), 1);
        assert_eq!(number(0), 899_999);
    }

    #[test]
    fn the_time_is_utc_to_the_second() {
        let attempt = Attempt {
            reference: "X".to_owned(),
            number: 42,
            now: UnixMillis::from_seconds(1_767_225_599),
            request: String::new(),
            kept: String::new(),
            version: 0,
        };
        assert_eq!(attempt.utc(), "20251231235959");
        assert_eq!(utc_day(attempt.now), "20251231");
        assert_eq!(attempt.six_digits(), "000042");
    }
}
