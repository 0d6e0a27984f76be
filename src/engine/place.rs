//! Placing an order: the cart becomes a bill with its lines, in one transaction. Placing the same cart again changes
//! nothing; placing another cart under the same transaction makes a new revision, as long as nothing is paid.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::domain::autodrive::{Step, allowed};
use crate::domain::cart::Cart;
use crate::domain::fulfillment::Fulfillment;
use crate::domain::money::Money;
use crate::domain::state::{BillStatus, Event, State};
use crate::domain::transaction_id::TransactionId;

use super::order::Change;
use super::rows::{customer_json, invoice_column};
use super::{Bought, Buyer, Engine, Error, Order, PricedCart, Result, Shop, Work};

/// What is to be placed.
#[derive(Debug)]
pub struct Placement<'a> {
    /// The shop.
    pub shop: &'a Shop,
    /// The cart, with its transaction id.
    pub cart: &'a Cart,
    /// The buyer.
    pub buyer: &'a Buyer,
    /// The payment interface as posted.
    pub paymode: &'a str,
    /// The course block that the shop was opened from, or 0.
    pub block: i64,
    /// Language of the buyer.
    pub lang: &'a str,
}

/// What was placed.
#[derive(Clone, Debug, Serialize)]
pub struct Placed {
    /// Transaction id.
    pub transid: TransactionId,
    /// Id of the bill.
    pub bill: i64,
    /// Revision of the order.
    pub revision: u32,
    /// What is due, taxes included.
    pub amount: Money,
    /// Payment interface.
    pub paymode: String,
    /// The same order had been placed already; nothing was changed.
    pub unchanged: bool,
    /// The buyer owns the article: the order is closed, nothing is charged.
    pub bought: Option<Bought>,
}

impl Engine {
    /// Places an order, or places it again.
    ///
    /// # Errors
    /// [`Error::NotReady`] with the step where something is missing; [`Error::NotForSale`];
    /// [`Error::PaymodeNotAllowed`]; [`Error::UnknownOrder`] when the transaction belongs to someone else;
    /// [`Error::AlreadyPlaced`] when it is paid or closed; [`Error::Totals`]; [`Error::Database`]. Nothing is changed then.
    pub fn place(&self, placement: &Placement<'_>) -> Result<Placed> {
        let Placement {
            shop, cart, buyer, ..
        } = *placement;
        let shown = if buyer.by_unsigned_link {
            customer_json(cart)
        } else {
            String::new()
        };
        // From here on the data are those that the order keeps, whatever the buyer may see of them.
        let mut kept = Cart {
            customerinfo: self.identity(cart, buyer)?,
            ..cart.clone()
        };
        shop.drop_unknown_seats(&mut kept);
        let cart = &kept;
        let placement = &Placement { cart, ..*placement };
        let situation = self.situation(shop, cart, buyer)?;
        allowed(&shop.steps, Step::Payment, &situation).map_err(Error::NotReady)?;
        for (shortname, quantity) in &cart.order {
            // The shop may have no step for seats.
            let item = shop.item(shortname)?;
            if cart.exceeds_seats(item) {
                return Err(Error::NotForSale {
                    product: item.name.clone(),
                    reason: "seats_exceeded",
                });
            }
            if shop.sellable(cart, shortname, *quantity, buyer)?.quantity != *quantity {
                return Err(Error::NotForSale {
                    product: shortname.clone(),
                    reason: "quantity_lowered",
                });
            }
        }
        let priced = shop.price(cart)?;
        let amount = priced.totals.taxed();
        let paymode = shop
            .paymodes(amount, buyer, &cart.customerinfo.country)
            .into_iter()
            .find(|gateway| gateway.name() == placement.paymode)
            .ok_or_else(|| Error::PaymodeNotAllowed {
                paymode: placement.paymode.chars().take(20).collect(),
            })?
            .name();
        let transaction = match &cart.transid {
            Some(transaction) => transaction.clone(),
            None => crate::entropy::transaction_id()?,
        };
        let partner = match &cart.partner {
            Some(code) if !cart.uncredited => self.partner(code.key())?,
            _ => None,
        };
        let new = NewOrder {
            fingerprint: fingerprint(cart, &priced, paymode, amount),
            placement,
            priced: &priced,
            amount,
            paymode,
            transaction,
            partner,
            shown,
        };
        self.transact(|work| {
            let (mut order, unchanged) = match Order::find(work.database, &new.transaction)? {
                Some(order) => work.place_again(order, &new)?,
                None => (work.place_first(&new)?, false),
            };
            let bought = work.close_bought(&mut order, buyer)?;
            // The plugin's setting; its own notification comes from a page that it does not show any more.
            if !unchanged && bought.is_none() && shop.settings.flag("presalenotification") {
                let payload = serde_json::json!({"template": "placed"});
                work.enqueue(&order, "mail", "mail:placed", &payload)?;
            }
            Ok(new.placed(&order, unchanged, bought))
        })
    }
}

/// Everything that the transaction writes, computed before it begins.
pub(super) struct NewOrder<'a> {
    pub placement: &'a Placement<'a>,
    pub priced: &'a PricedCart<'a>,
    amount: Money,
    pub paymode: &'static str,
    pub transaction: TransactionId,
    pub partner: Option<i64>,
    fingerprint: String,
    /// See [`Order`]'s column of that name.
    shown: String,
}

impl NewOrder<'_> {
    fn placed(&self, order: &Order, unchanged: bool, bought: Option<Bought>) -> Placed {
        Placed {
            transid: order.transaction.clone(),
            bill: order.bill,
            revision: order.revision,
            amount: order.amount,
            paymode: order.paymode.clone(),
            unchanged,
            bought,
        }
    }

    /// What the order has: its one product's own. An order of several products has none of its own, each line has its product's.
    fn fulfillment(&self) -> Fulfillment {
        match self.priced.items.as_slice() {
            [(item, _)] => item.fulfillment.of_order(&self.transaction),
            _ => Fulfillment::default(),
        }
    }

    /// What its buyer owns once it is paid, or ''.
    fn article(&self) -> String {
        match self.priced.items.as_slice() {
            [(item, _)] => item.fulfillment.article(&item.code).unwrap_or_default(),
            _ => String::new(),
        }
    }

    fn message(&self) -> String {
        format!(
            "Order placed : {} objects, {} by {}",
            self.placement.cart.units(),
            self.amount,
            self.paymode
        )
    }
}

impl Work<'_> {
    fn place_first(&mut self, new: &NewOrder<'_>) -> Result<Order> {
        let Placement {
            shop, cart, buyer, ..
        } = *new.placement;
        let customer = self.customer(new, None)?;
        let bill = self.insert_bill(new, customer)?;
        let order = Order {
            id: 0,
            bill,
            transaction: new.transaction.clone(),
            shop: shop.id,
            revision: 1,
            state: State::PLACED,
            held: None,
            test: shop.settings.test_mode(),
            amount: new.amount,
            paymode: new.paymode.to_owned(),
            fingerprint: new.fingerprint.clone(),
            owner_key: buyer.owner_key(),
            user: buyer.user_id(),
            customer: customer_json(cart),
            invoice: if cart.usedistinctinvoiceinfo {
                invoice_column(cart)
            } else {
                String::new()
            },
            shown: new.shown.clone(),
            lang: new.placement.lang.to_owned(),
            fulfillment: new.fulfillment(),
            article: new.article(),
            bound_session: String::new(),
            bought_before: 0,
            history: 0,
            version: 0,
        };
        let code = cart
            .partner
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        let change = Change {
            actor: "buyer",
            event: Event::Place.as_str(),
            message: &new.message(),
        };
        let order = self.create(order, &code, &change)?.ok_or(Error::Conflict)?;
        self.refer(new, &order)?;
        self.insert_lines(new, &order)?;
        Ok(order)
    }

    /// The order, and whether it had been placed so already.
    fn place_again(&mut self, mut order: Order, new: &NewOrder<'_>) -> Result<(Order, bool)> {
        let Placement {
            shop, cart, buyer, ..
        } = *new.placement;
        if !order.is_owned_by(buyer) {
            return Err(Error::UnknownOrder {
                transaction: order.transaction.to_string(),
            });
        }
        let before = order.state.status();
        let placed = order.state;
        order.state = order
            .state
            .after(Event::Place)
            .map_err(|_| Error::AlreadyPlaced {
                transaction: order.transaction.to_string(),
                status: before.as_str(),
            })?;
        // What was placed in the other mode is placed anew: a real payment of a test order would be held.
        let same_person = self.is_same_person(&order, buyer, &cart.customerinfo)?;
        let same = same_person
            && order.fingerprint == new.fingerprint
            && order.test == shop.settings.test_mode();
        if same {
            // The same order once more: a second click, or a new try after a refusal.
            if matches!(before, BillStatus::Failed | BillStatus::Refused) {
                let change = Change {
                    actor: "buyer",
                    event: Event::Place.as_str(),
                    message: "Order placed : tried again",
                };
                self.store(&mut order, before, &change)?;
            } else if order.user == 0 && buyer.user_id() != 0 {
                order.user = buyer.user_id();
                let message = format!("Order placed : now of account {}", order.user);
                let event = Event::Place.as_str();
                let change = Change {
                    actor: "buyer",
                    event,
                    message: &message,
                };
                order.state = State::of(before);
                self.store(&mut order, before, &change)?;
                self.database.execute(
                    "UPDATE {local_shop_bill} SET userid = ? WHERE id = ?",
                    &[order.user.into(), order.bill.into()],
                )?;
            } else {
                order.state = State::of(before);
            }
            return Ok((order, true));
        }
        // Production locks the bill first as well, so nothing is produced meanwhile.
        self.database.execute(
            "UPDATE {local_shop_bill} SET lastactiondate = lastactiondate WHERE id = ?",
            &[order.bill.into()],
        )?;
        let marked = self.marked_lines(&order)?;
        let next = std::mem::replace(&mut order.state, placed);
        if same_person {
            self.take_account(&mut order)?;
        } else {
            self.change_person(&mut order, !marked.is_empty())?;
        }
        order.state = next;
        order.revision += 1;
        order.customer = customer_json(cart);
        order.invoice = if cart.usedistinctinvoiceinfo {
            invoice_column(cart)
        } else {
            String::new()
        };
        order.shown.clone_from(&new.shown);
        order.amount = new.amount;
        new.paymode.clone_into(&mut order.paymode);
        order.fingerprint.clone_from(&new.fingerprint);
        order.test = shop.settings.test_mode();
        new.placement.lang.clone_into(&mut order.lang);
        order.fulfillment = new.fulfillment();
        order.article = new.article();
        if buyer.user_id() != 0 || !same_person {
            order.user = buyer.user_id();
        }
        let rows = self.database.query(
            "SELECT customerid FROM {local_shop_bill} WHERE id = ?",
            &[order.bill.into()],
        )?;
        let previous = rows.first().map(|row| row.int("customerid")).transpose()?;
        let customer = self.customer(new, previous)?;
        self.update_bill(new, &order, customer)?;
        self.database.execute(
            "DELETE FROM {local_shop_billitem} WHERE billid = ?",
            &[order.bill.into()],
        )?;
        let message = format!("{} (revision {})", new.message(), order.revision);
        self.store(
            &mut order,
            before,
            &Change {
                actor: "buyer",
                event: Event::Place.as_str(),
                message: &message,
            },
        )?;
        self.refer(new, &order)?;
        self.insert_lines(new, &order)?;
        self.keep_marks(&order, &marked)?;
        Ok((order, false))
    }
}

/// SHA-256 of all that makes this placement what it is: two equal ones are the same order.
fn fingerprint(cart: &Cart, priced: &PricedCart<'_>, paymode: &str, amount: Money) -> String {
    let content = serde_json::json!([
        cart.order,
        cart.customerdata,
        cart.users,
        cart.customerinfo,
        cart.usedistinctinvoiceinfo,
        cart.invoiceinfo,
        cart.partner,
        priced.totals,
        paymode,
        amount,
    ]);
    Sha256::digest(content.to_string())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
