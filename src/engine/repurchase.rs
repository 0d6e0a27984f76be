//! Repurchase detection, for every payment interface: what a buyer owns is not charged again. The unpaid order is closed as
//! already bought, and he goes where the article is.
//!
//! The evidence that a paid order is this buyer's is one of three: the order is of the account that he logged in to; it was placed
//! in this browser session; a wallet that paid it has bound it to this session. An e-mail is none, and neither is a partner's word.

use serde::Serialize;

use crate::database::{Row, Value};
use crate::domain::cart::Cart;
use crate::domain::state::{Event, Payment};
use crate::domain::transaction_id::TransactionId;

use super::{Buyer, Engine, Order, Result, Shop, Work};

/// What a buyer owns already.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Bought {
    /// The order that he paid.
    pub earlier: TransactionId,
    /// Where the article is: absolute, `http` or `https`.
    pub url: String,
    /// The article's name as its author wrote it: see [`Engine::words`].
    pub product: String,
}

impl Engine {
    /// Closes an unpaid order as already bought, when `buyer`, whose order it must be, owns its article. `None`: it stays as it is.
    /// So does an order whose payment was announced: the money may be on its way, see [`Engine::owned`].
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn already_bought(&self, order: &Order, buyer: &Buyer) -> Result<Option<Bought>> {
        if !may_be_closed(order) || self.owned(order, buyer)?.is_none() {
            return Ok(None);
        }
        self.transact(|work| {
            let Some(mut order) = Order::find(work.database, &order.transaction)? else {
                return Ok(None);
            };
            work.close_bought(&mut order, buyer)
        })
    }

    /// What `buyer` owns of an order's article by another order, whatever the state of this one.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn owned(&self, order: &Order, buyer: &Buyer) -> Result<Option<Bought>> {
        if order.article.is_empty() || !order.is_owned_by(buyer) {
            return Ok(None);
        }
        self.look(|work| {
            let earlier = work.earlier(&order.article, order, buyer)?;
            earlier
                .map(|earlier| work.bought(order, &earlier))
                .transpose()
        })
    }

    /// Products of a cart that `buyer` owns already, by their shortnames.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn owned_in_cart(
        &self,
        shop: &Shop,
        cart: &Cart,
        buyer: &Buyer,
    ) -> Result<Vec<(String, Bought)>> {
        let wanted: Vec<_> = cart
            .order
            .keys()
            .filter_map(|name| shop.catalog.find(name))
            .filter_map(|item| Some((item, item.fulfillment.article(&item.code)?)))
            .collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        self.look(|work| {
            let test = shop.settings.test_mode();
            let mut owned = Vec::new();
            for (item, article) in &wanted {
                if let Some(earlier) = work.earlier_of(article, test, 0, buyer)? {
                    let url = item.fulfillment.url.as_ref();
                    let bought = Bought {
                        earlier: earlier.transaction,
                        url: url.map(ToString::to_string).unwrap_or_default(),
                        product: item.name.clone(),
                    };
                    owned.push((item.shortname.clone(), bought));
                }
            }
            Ok(owned)
        })
    }

    /// A wallet has proven to its gateway that `earlier` was paid with it, and named the browser session that asks now
    /// ([`Buyer::session_id`]): the session is bound to `earlier`, and `new`, unpaid and of the same article, is closed as already
    /// bought. Repeating it changes nothing. `None` when it is not so: another article, `earlier` not paid (or paid back, or its
    /// payment reversed), another mode, `new` paid or announced; the history of `new` tells which.
    ///
    /// The session owns the article by that, not the order: its page stays with the account and the session that placed it. An
    /// order has one such session, the last one proven, as at GNU Taler's merchant backend; whoever placed it loses nothing.
    ///
    /// # Errors
    /// [`super::Error::UnknownOrder`]; [`super::Error::Database`].
    pub fn replayed(
        &self,
        new: &TransactionId,
        earlier: &TransactionId,
        session: &str,
        actor: &str,
    ) -> Result<Option<Bought>> {
        self.transact(|work| {
            let mut new = work.known(new)?;
            let mut earlier = work.known(earlier)?;
            work.replay(&mut new, &mut earlier, session, actor)
        })
    }
}

impl Work<'_> {
    /// Closes `order` when it may be closed and `buyer` owns its article.
    pub(super) fn close_bought(
        &mut self,
        order: &mut Order,
        buyer: &Buyer,
    ) -> Result<Option<Bought>> {
        if !may_be_closed(order) || !order.is_owned_by(buyer) {
            return Ok(None);
        }
        let article = order.article.clone();
        match self.earlier(&article, order, buyer)? {
            Some(earlier) => self.close_for(order, &earlier, "buyer").map(Some),
            None => Ok(None),
        }
    }

    /// See [`Engine::replayed`].
    pub(super) fn replay(
        &mut self,
        new: &mut Order,
        earlier: &mut Order,
        session: &str,
        actor: &str,
    ) -> Result<Option<Bought>> {
        let refused = if earlier.bill == new.bill || session.is_empty() {
            Some("the wallet named no other order")
        } else if new.bought_before == earlier.bill {
            self.bind(earlier, session, actor)?;
            return self.bought(new, earlier).map(Some);
        } else if new.article.is_empty() || new.article != earlier.article {
            Some("another article")
        } else if !self.is_owned_order(earlier, &new.article, new.test)? {
            Some("the earlier order is not paid")
        } else if !may_be_closed(new) {
            Some("the order is not unpaid")
        } else {
            None
        };
        if let Some(reason) = refused {
            let message = format!(
                "Order {} does not stand for this one : {reason}",
                earlier.transaction
            );
            self.remark(new, "ignore", actor, &message)?;
            return Ok(None);
        }
        self.bind(earlier, session, actor)?;
        self.close_for(new, earlier, actor).map(Some)
    }

    /// Binds a session to a paid order, on a wallet's proof.
    fn bind(&mut self, order: &mut Order, session: &str, actor: &str) -> Result<()> {
        if order.bound_session == session {
            return Ok(());
        }
        order.bound_session = session.chars().take(32).collect();
        self.remark(
            order,
            "bind",
            actor,
            "Browser session bound : the wallet that paid has proven it",
        )
    }

    fn close_for(&mut self, order: &mut Order, earlier: &Order, actor: &str) -> Result<Bought> {
        order.bought_before = earlier.bill;
        let message = format!(
            "Order closed : already bought by order {}, nothing is charged",
            earlier.transaction
        );
        self.advance(order, Event::AlreadyBought, actor, &message)?;
        self.bought(order, earlier)
    }

    /// What the buyer of `order` is told.
    fn bought(&self, order: &Order, earlier: &Order) -> Result<Bought> {
        let rows = self.database.query(
            "SELECT id, label FROM {local_shopengine_line} WHERE billid = ? AND revision = ? ORDER BY ordering LIMIT 1",
            &[order.bill.into(), order.revision.into()],
        )?;
        Ok(Bought {
            earlier: earlier.transaction.clone(),
            url: order.fulfillment.url().unwrap_or_default().to_owned(),
            product: rows
                .first()
                .map_or(Ok(String::new()), |row| row.text("label"))?,
        })
    }

    /// The order, other than `order`, by which `buyer` owns an article.
    fn earlier(&self, article: &str, order: &Order, buyer: &Buyer) -> Result<Option<Order>> {
        self.earlier_of(article, order.test, order.bill, buyer)
    }

    fn earlier_of(
        &self,
        article: &str,
        test: bool,
        but: i64,
        buyer: &Buyer,
    ) -> Result<Option<Order>> {
        // A partner's word is for what is bought now: it does not tell what the account bought before.
        let account = if buyer.by_partner { 0 } else { buyer.user_id() };
        let evidence: [(&str, Value, bool); 3] = [
            ("userid", account.into(), account != 0),
            ("ownerkey", buyer.owner_key().into(), true),
            ("boundsession", buyer.session_id().into(), true),
        ];
        for (column, value, there) in evidence {
            if !there || (column != "userid" && buyer.session_key.is_empty()) {
                continue;
            }
            let rows = self.database.query(
                &format!(
                    "SELECT l.id, o.billid FROM {{local_shopengine_order}} o
                       JOIN {{local_shopengine_line}} l ON l.billid = o.billid AND l.revision = o.revision
                      WHERE o.{column} = ? AND l.article = ? AND o.payment IN ('paid', 'refunded') ORDER BY o.id"
                ),
                &[value, article.into()],
            )?;
            for row in &rows {
                if let Some(order) = self.owning(row, article, test, but)? {
                    return Ok(Some(order));
                }
            }
        }
        Ok(None)
    }

    fn owning(&self, row: &Row, article: &str, test: bool, but: i64) -> Result<Option<Order>> {
        let bill = row.int("billid")?;
        if bill == but {
            return Ok(None);
        }
        let Some(order) = Order::of_bill(self.database, bill)? else {
            return Ok(None);
        };
        Ok(self.is_owned_order(&order, article, test)?.then_some(order))
    }

    /// Does this order make its buyer own the article?
    fn is_owned_order(&self, order: &Order, article: &str, test: bool) -> Result<bool> {
        // What was paid for with no money proves nothing of a real sale.
        if order.test != test || Self::is_reversed(order) || self.taken_back(order)? {
            return Ok(false);
        }
        match order.state.payment() {
            // Of several products, which one the money was for that came back is not on record.
            Payment::Paid => Ok(order.article == article || !self.is_refunded_in_part(order)?),
            Payment::Refunded => Ok(super::shop::repurchase_refunded(self.database)?),
            _ => Ok(false),
        }
    }

    fn is_refunded_in_part(&self, order: &Order) -> Result<bool> {
        let rows = self.database.query(
            "SELECT id, refunded FROM {local_shopengine_settlement} WHERE billid = ? AND state = 'settled'",
            &[order.bill.into()],
        )?;
        for row in &rows {
            if !row.decimal("refunded")?.is_zero() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Is the order unpaid, with no payment announced, and of an article that can be owned?
fn may_be_closed(order: &Order) -> bool {
    !order.article.is_empty() && order.state.after(Event::AlreadyBought).is_ok()
}
