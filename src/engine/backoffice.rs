//! What a seller may do to an order: move it along the table, confirm a payment that came outside the net.

use crate::domain::state::{BillStatus, Event, StateError};
use crate::gateway::{self, Channel, Message};

use super::delivery::{ACCOUNT_EXISTS, is_about_delivery};
use super::{Engine, Error, Order, Outcome, Result, User};

impl Order {
    /// The statuses that a seller may move this order to.
    #[must_use]
    pub fn moves(&self) -> Vec<BillStatus> {
        BillStatus::ALL
            .into_iter()
            .filter(|to| self.event_toward(*to).is_some())
            .collect()
    }

    /// The event by which a seller moves this order to `to`, if the table has one.
    fn event_toward(&self, to: BillStatus) -> Option<Event> {
        Event::ALL
            .into_iter()
            // Buyers place orders; a seller places what was begun by hand.
            .filter(|event| *event != Event::Place || self.is_draft())
            .find(|event| {
                to != self.state.status()
                    && self
                        .state
                        .after(*event)
                        .is_ok_and(|next| next.status() == to)
            })
    }
}

impl Engine {
    /// Moves an order to `to` for a seller. To SOLDOUT means that he received the payment: it is settled like any other
    /// payment, in full, and what was bought is delivered. To PREPROD has everything delivered on trust, before the payment; to
    /// PENDING only what the products give before a payment.
    ///
    /// # Errors
    /// [`Error::UnknownOrder`]; [`Error::State`] when the table does not allow the move; [`Error::Database`].
    pub fn move_order(&self, order: &Order, to: BillStatus, seller: &User) -> Result<Order> {
        let refused = || {
            Error::State(StateError::MoveNotAllowed {
                from: order.state.status(),
                to,
            })
        };
        let event = order.event_toward(to).ok_or_else(refused)?;
        let actor = format!("seller:{}", seller.id);
        if event == Event::Settle {
            // Someone else may have been quicker, or the order was placed again: then nothing moved.
            return self.confirm(order, &actor)?.ok_or_else(refused);
        }
        self.transact(|work| {
            let mut order = Order::find(work.database, &order.transaction)?.ok_or_else(refused)?;
            if order.event_toward(to) != Some(event) {
                return Err(Error::State(StateError::MoveNotAllowed {
                    from: order.state.status(),
                    to,
                }));
            }
            let message = format!("Moved from {} to {to} by the seller", order.state.status());
            if event == Event::Deliver && order.held.as_deref().is_some_and(is_about_delivery) {
                // The seller has delivered by hand.
                order.held = None;
                work.close_alarm(order.bill)?;
            }
            if event == Event::Refund {
                work.refund(&mut order, &actor, &message)?;
            } else {
                work.advance(&mut order, event, &actor, &message)?;
            }
            match event {
                Event::Announce => work.announced(&order)?,
                Event::DeliverPart if !order.state.is_paid() => work.deliver(&order)?,
                _ => {}
            }
            Ok(order)
        })
    }

    /// The seller has looked at why an order was held: the mark goes, and work that was given up is due again. A guest's order whose address has
    /// become an account's is delivered to that account. Releasing does not believe a held payment; that takes a move to SOLDOUT.
    ///
    /// # Errors
    /// [`Error::UnknownOrder`]; [`Error::Database`].
    pub fn release(&self, order: &Order, seller: &User) -> Result<Order> {
        let actor = format!("seller:{}", seller.id);
        self.transact(|work| {
            let unknown = || Error::UnknownOrder {
                transaction: order.transaction.to_string(),
            };
            let mut order = Order::find(work.database, &order.transaction)?.ok_or_else(unknown)?;
            let Some(reason) = order.held.take() else {
                return Ok(order);
            };
            work.close_alarm(order.bill)?;
            if reason == ACCOUNT_EXISTS {
                work.give_to_account_of_address(&mut order, &actor)?;
            }
            work.retry(&order)?;
            work.wake(&order)?;
            let message = format!("Hold released by the seller : {reason}");
            work.remark(&mut order, "release", &actor, &message)?;
            Ok(order)
        })
    }

    /// Is the bill a draft: begun by hand in the back office (WORKING), and not an order that anybody placed?
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn is_draft(&self, bill: i64) -> Result<bool> {
        Ok(!self
            .database()
            .query(
                &format!("SELECT b.id FROM {{local_shop_bill}} b WHERE b.id = ? AND {DRAFT}"),
                &[bill.into()],
            )?
            .is_empty())
    }

    /// Is the bill item one of a draft, as of [`Engine::is_draft`]?
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn is_line_of_draft(&self, line: i64) -> Result<bool> {
        Ok(!self
            .database()
            .query(
                &format!(
                    "SELECT b.id FROM {{local_shop_billitem}} i JOIN {{local_shop_bill}} b ON b.id = i.billid
                      WHERE i.id = ? AND {DRAFT}"
                ),
                &[line.into()],
            )?
            .is_empty())
    }

    /// Does any bill name this customer?
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn has_bills(&self, customer: i64) -> Result<bool> {
        // The plugin keeps this id as text.
        Ok(!self
            .database()
            .query(
                "SELECT id FROM {local_shop_bill} WHERE customerid = ? LIMIT 1",
                &[customer.to_string().into()],
            )?
            .is_empty())
    }

    /// The seller says that the payment of an order came. `None` when the order did not move.
    fn confirm(&self, order: &Order, actor: &str) -> Result<Option<Order>> {
        // An interface that moves money of its own has no word for this: the seller's payment is a delegated one.
        let deferred = ["check", "transfer", "card", "delegated"];
        let name = if deferred.contains(&order.paymode.as_str()) {
            order.paymode.as_str()
        } else {
            "delegated"
        };
        let gateway = gateway::by_name(name).ok_or(Error::Conflict)?;
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("transid", order.transaction.as_ref())
            .append_pair("revision", &order.revision.to_string())
            .finish();
        let message = Message {
            channel: Channel::Seller,
            method: "POST",
            query: b"",
            body: body.as_bytes(),
            content_type: "application/x-www-form-urlencoded",
        };
        let received = self.receive(gateway.name(), "seller", &message, actor)?;
        let moved = matches!(received.outcome, Outcome::Applied | Outcome::Duplicate);
        Ok(moved.then_some(received.order))
    }
}

/// A bill `b` that is a draft.
const DRAFT: &str = "b.status = 'WORKING' AND NOT EXISTS (
    SELECT 1 FROM {local_shopengine_order} o WHERE o.billid = b.id AND o.status <> 'WORKING')";
