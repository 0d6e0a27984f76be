//! Paying back from the shop: the seller says how much, the gateway is told, and the order moves when the gateway says that it is done.

use crate::domain::money::{Currency, Money};
use crate::gateway::{self, Channel, Gateway, Message, Refundable};

use super::{Engine, Error, Order, Result, Taken, User, Work};

/// What can be paid back of an order from the shop.
#[derive(Clone, Debug)]
pub struct Refundings {
    /// The payment's interface.
    pub gateway: &'static str,
    /// The payment's reference there.
    pub(super) reference: String,
    /// What was paid.
    pub paid: Money,
    /// What is or will be paid back of it, all together.
    pub granted: Money,
    /// What has arrived at the buyer's, all together.
    pub arrived: Money,
    /// Where the buyer's wallet fetches what has not.
    pub uri: Option<String>,
}

impl Engine {
    /// What can be paid back of an order from the shop; `None` when nothing was paid, or its interface cannot be told.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn refundings(&self, order: &Order) -> Result<Option<Refundings>> {
        let rows = self.database().query(
            "SELECT id, gateway, reference, amount, refunded, currency FROM {local_shopengine_settlement}
              WHERE billid = ? AND state IN ('settled', 'refunded') ORDER BY id",
            &[order.bill.into()],
        )?;
        for row in &rows {
            let (name, reference) = (row.text("gateway")?, row.text("reference")?);
            let Some(gateway) = gateway::by_name(&name) else {
                continue;
            };
            let tried = self.tried(&name, &reference)?;
            let Some(refund) = tried.and_then(|(_, attempt)| gateway.refundable(&attempt.kept))
            else {
                continue;
            };
            let currency = Currency::parse(&row.text("currency")?)?;
            let arrived = Money::parse(&row.text("refunded")?, currency)?;
            return Ok(Some(Refundings {
                gateway: gateway.name(),
                reference,
                paid: Money::parse(&row.text("amount")?, currency)?,
                granted: larger(&refund, arrived),
                arrived,
                uri: refund.uri,
            }));
        }
        Ok(None)
    }

    /// Pays back `amount` more of an order, of which `so_far` was paid back when the seller looked: a second press of his button, or
    /// another seller's, is not a second refund. The order moves when the gateway says that the money is back.
    ///
    /// # Errors
    /// [`Error::Refund`]; [`crate::gateway::GatewayError`] when the gateway declines or is away; [`Error::Database`].
    pub fn refund(
        &self,
        order: &Order,
        amount: Money,
        so_far: Money,
        reason: &str,
        seller: &User,
    ) -> Result<Taken> {
        let refused = |reason| Error::Refund { reason };
        let known = self
            .refundings(order)?
            .ok_or(refused("refund_not_possible"))?;
        if so_far != known.granted {
            return Err(refused("refund_changed"));
        }
        if amount.currency() != known.paid.currency() || !amount.is_positive() {
            return Err(refused("refund_amount_wrong"));
        }
        let total = known.granted.plus(amount)?;
        if total.amount() > known.paid.amount() {
            return Err(refused("refund_too_much"));
        }
        let reason: String = reason
            .chars()
            .filter(|c| !c.is_control())
            .take(REASON)
            .collect();
        let gateway = gateway::by_name(known.gateway).ok_or(refused("refund_not_possible"))?;
        let body = gateway
            .refund(&known.reference, total, &reason)
            .ok_or(refused("refund_not_possible"))?;
        let actor = format!("seller:{}", seller.id);
        self.transact(|work| {
            let mut order = work.known(&order.transaction)?;
            let told = format!("Refund of {amount} started, {total} in all : {reason}");
            work.remark(&mut order, "refund", &actor, &told)
        })?;
        let message = Message {
            channel: Channel::Seller,
            method: "POST",
            query: b"",
            body: &body,
            content_type: "application/x-www-form-urlencoded",
        };
        self.take(gateway.name(), "backoffice", &message, &actor)
    }
}

impl Work<'_> {
    /// Tells the buyer that his wallet can fetch a refund, once for each sum: what was kept says it, and did not say it before.
    pub(super) fn tell_refund(
        &mut self,
        gateway: &dyn Gateway,
        bill: i64,
        before: &str,
        now: &str,
    ) -> Result<()> {
        let (Some(before), Some(now)) = (gateway.refundable(before), gateway.refundable(now))
        else {
            return Ok(());
        };
        let (Some(granted), Some(link)) = (now.granted, now.uri) else {
            return Ok(());
        };
        if before.granted == now.granted && before.uri.is_some() {
            return Ok(());
        }
        let order = Order::of_bill(self.database, bill)?.ok_or(Error::Conflict)?;
        let key = format!("mail:refund:{}", granted.to_decimal_string());
        let payload =
            serde_json::json!({"template": "refund", "refund": granted.to_string(), "link": link});
        self.enqueue(&order, "mail", &key, &payload)
    }
}

fn larger(refund: &Refundable, arrived: Money) -> Money {
    match refund.granted {
        Some(granted) if granted.amount() > arrived.amount() => granted,
        _ => arrived,
    }
}

/// Characters of a reason: the buyer's wallet shows it.
const REASON: usize = 200;
