//! What the merchant backend says of an order: to the merchant (GET `private/orders/{id}`) and to whoever has the order's claim
//! token (GET `orders/{id}`). Words of the merchant API, docs.taler.net/core/merchant (read 2026-11). What is not known is passed
//! over; what is known has the type that the document says, or the answer is not understood.

use serde_json::Value as Json;

use super::amount::Amount;

/// Answer to the merchant's question.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Status {
    /// Nobody has paid, and no wallet has taken the contract.
    Unpaid(Open),
    /// A wallet has taken the contract. It may be paid under another session; nothing is shipped for it.
    Claimed(Contract),
    /// Paid.
    Paid(Contract, Refunds),
}

/// An order that waits for a wallet.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Open {
    /// What a wallet opens, when it is of a scheme that wallets open.
    pub pay_uri: Option<String>,
    /// The amount, where it is said.
    pub amount: Option<Amount>,
    /// The order by which the wallet of this session has paid for the same article, if there is one.
    pub already: Option<String>,
}

/// The contract's terms, as far as the shop reads them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Contract {
    /// What was to be paid.
    pub amount: Amount,
    /// Where the wallet takes its owner, or ''.
    pub fulfillment_url: String,
    /// What the shop wrote into the order for itself: `live` or `test`; '' in an order that is not the shop's.
    pub mode: String,
    /// Last moment to pay.
    pub pay_deadline: Moment,
    /// Last moment to pay back.
    pub refund_deadline: Moment,
}

/// What is paid back of a payment.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Refunds {
    /// What the seller granted, all together.
    pub granted: Option<Amount>,
    /// What the wallet has, all together.
    pub taken: Option<Amount>,
}

impl Refunds {
    /// Is something granted that the wallet does not have yet?
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.granted.is_some() && self.granted != self.taken
    }
}

/// A moment, Unix seconds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Moment {
    /// This one.
    At(i64),
    /// None.
    #[default]
    Never,
}

impl Moment {
    /// Is it over at `now` (Unix seconds)?
    #[must_use]
    pub fn is_past(self, now: i64) -> bool {
        matches!(self, Self::At(moment) if moment < now)
    }

    /// `{"t_s": seconds}`, or `{"t_ms": milliseconds}` of backends before 2022; `"never"` for none.
    fn read(json: Option<&Json>) -> Option<Self> {
        let Some(json) = json else {
            return Some(Self::Never);
        };
        let (value, unit) = match (json.get("t_s"), json.get("t_ms")) {
            (Some(seconds), _) => (seconds, 1),
            (None, Some(millis)) => (millis, 1000),
            (None, None) => return None,
        };
        if value.as_str() == Some("never") {
            return Some(Self::Never);
        }
        // Some programs write -1, or a number beyond all time, for never.
        Some(match value.as_i64() {
            Some(moment) if moment >= 0 => Self::At(moment / unit),
            Some(_) => Self::Never,
            None => value.as_u64().map(|_| Self::Never)?,
        })
    }
}

impl Status {
    /// Reads the body of a 200; `None` when it is not understood.
    #[must_use]
    pub fn read(body: &[u8]) -> Option<Self> {
        let json: Json = serde_json::from_slice(body).ok()?;
        match json.get("order_status")?.as_str()? {
            "unpaid" => Some(Self::Unpaid(Open::read(&json, "total_amount")?)),
            "claimed" => Contract::read(json.get("contract_terms")?).map(Self::Claimed),
            "paid" => {
                let contract = Contract::read(json.get("contract_terms")?)?;
                let refunds = Refunds::read(&json, &contract)?;
                Some(Self::Paid(contract, refunds))
            }
            _ => None,
        }
    }
}

impl Open {
    fn read(json: &Json, amount: &str) -> Option<Self> {
        let pay_uri = text(json, "taler_pay_uri")?.filter(|uri| is_wallets(uri, "pay"));
        let amount = match text(json, amount)? {
            Some(amount) => Some(Amount::parse(&amount)?),
            None => None,
        };
        let already = text(json, "already_paid_order_id")?.filter(|id| is_order_id(id));
        Some(Self {
            pay_uri,
            amount,
            already,
        })
    }
}

impl Contract {
    fn read(json: &Json) -> Option<Self> {
        Some(Self {
            amount: Amount::parse(json.get("amount")?.as_str()?)?,
            fulfillment_url: text(json, "fulfillment_url")?.unwrap_or_default(),
            mode: json
                .pointer("/extra/shopengine_mode")
                .and_then(Json::as_str)
                .unwrap_or_default()
                .to_owned(),
            pay_deadline: Moment::read(json.get("pay_deadline"))?,
            refund_deadline: Moment::read(json.get("refund_deadline"))?,
        })
    }
}

impl Refunds {
    fn read(json: &Json, contract: &Contract) -> Option<Self> {
        if !flag(json, "refunded")? {
            return Some(Self::default());
        }
        let granted = Amount::parse(json.get("refund_amount")?.as_str()?)?;
        let nothing = Amount::parse(&format!("{}:0", contract.amount.currency()))?;
        if granted.currency() != contract.amount.currency() {
            return None;
        }
        if granted == nothing {
            return Some(Self::default());
        }
        let taken = if flag(json, "refund_pending")? {
            // Part by part where the backend says which; else nothing is known to have arrived.
            let mut taken = nothing;
            let details = json.get("refund_details").and_then(Json::as_array);
            for detail in details.into_iter().flatten() {
                if detail.get("pending").and_then(Json::as_bool) == Some(false) {
                    let part = Amount::parse(detail.get("amount")?.as_str()?)?;
                    taken = taken.plus(&part)?;
                }
            }
            taken
        } else {
            granted.clone()
        };
        Some(Self {
            granted: Some(granted),
            taken: Some(taken),
        })
    }
}

/// Answer to whoever has the claim token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Public {
    /// 402: to be paid.
    Open(Open),
    /// 200, and 202 or 302 to whoever is not the payer's own wallet: paid, or at least nothing is asked for. The merchant's answer tells.
    Settled,
    /// 403: the order has another token.
    WrongToken,
    /// 404: there is no such order (any more).
    Unknown,
}

impl Public {
    /// Reads an answer; `None` when it is not understood.
    #[must_use]
    pub fn read(status: u16, body: &[u8]) -> Option<Self> {
        match status {
            402 => {
                let json: Json = serde_json::from_slice(body).ok()?;
                Open::read(&json, "amount").map(Self::Open)
            }
            200 | 202 | 302 => Some(Self::Settled),
            403 => Some(Self::WrongToken),
            404 => Some(Self::Unknown),
            _ => None,
        }
    }
}

/// What `GET config` says of the backend.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Config {
    /// Is it a merchant backend? The other services of GNU Taler answer there too.
    pub is_merchants: bool,
    /// Its currency.
    pub currency: String,
    /// Does it speak a protocol that this interface speaks?
    pub speaks: bool,
}

impl Config {
    /// Reads the body of a 200; `None` when it is not understood.
    #[must_use]
    pub fn read(body: &[u8]) -> Option<Self> {
        let json: Json = serde_json::from_slice(body).ok()?;
        Some(Self {
            is_merchants: json.get("name")?.as_str()? == "taler-merchant",
            currency: json.get("currency")?.as_str()?.to_owned(),
            speaks: speaks(json.get("version")?.as_str()?)?,
        })
    }
}

/// `current:revision:age`, as libtool counts: the backend speaks each version from `current - age` to `current`.
fn speaks(version: &str) -> Option<bool> {
    let numbers: Option<Vec<u32>> = version.split(':').map(|part| part.parse().ok()).collect();
    let [current, _, age] = numbers?.try_into().ok()?;
    Some(current >= OLDEST && current.checked_sub(age)? <= NEWEST)
}

/// An optional text: `None` when it is another thing.
#[expect(
    clippy::option_option,
    reason = "missing, and of a wrong type, are two things"
)]
fn text(json: &Json, key: &str) -> Option<Option<String>> {
    match json.get(key) {
        None | Some(Json::Null) => Some(None),
        Some(Json::String(text)) => Some(Some(text.clone())),
        Some(_) => None,
    }
}

/// An optional switch: off when missing.
fn flag(json: &Json, key: &str) -> Option<bool> {
    match json.get(key) {
        None | Some(Json::Null) => Some(false),
        Some(Json::Bool(flag)) => Some(*flag),
        Some(_) => None,
    }
}

/// Is it an address of the wallet's own scheme and for this purpose? Nothing else of the backend's becomes a link.
pub(super) fn is_wallets(uri: &str, purpose: &str) -> bool {
    let rest = ["taler://", "taler+http://"]
        .iter()
        .find_map(|scheme| uri.strip_prefix(scheme));
    rest.and_then(|rest| rest.strip_prefix(purpose))
        .is_some_and(|rest| rest.starts_with('/') && rest.len() > 1)
        && uri.len() <= 1000
        && uri.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The letters that an order's id may have.
pub(super) fn is_order_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".:_-".contains(&byte))
}

/// Protocol versions that this interface speaks: what it uses of them has not changed between these.
const OLDEST: u32 = 1;
const NEWEST: u32 = 25;
