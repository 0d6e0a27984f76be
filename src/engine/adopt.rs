//! Taking over a bill that the engine did not place: one that the plugin's own pages wrote while a takeover was off, or before
//! the engine was there. It becomes an order when it is first needed, with the amount rounded once and stored, or it is
//! refused with a word on what cannot be read; nothing is guessed.

mod bill;
mod lines;

use crate::database::Row;
use crate::domain::customer::InvoiceInfo;
use crate::domain::state::{Event, Fulfilment, State};
use crate::domain::transaction_id::TransactionId;

pub(super) use self::bill::{Adoptable, COLUMNS};
use self::lines::Line;
pub(super) use self::lines::{ITEMS, Problem, Rates};
use super::buyer::customer_info;
use super::order::Change;
use super::{Buyer, Engine, Error, Order, Result, Work};

/// How much of an order the plugin's own pages have delivered, as far as their records tell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Produced {
    /// There is no sign of a delivery.
    Nothing,
    /// Something was, or may have been.
    Something,
    /// Every line has its products.
    All,
}

/// A bill, of the columns that an order takes over.
const BILLS: &str = "SELECT id, shopid, customerid, invoiceinfo, status, untaxedamount, taxes, amount, untaxeddiscount, currency,
            transactionid, onlinetransactionid, paymode, test, partnerid, partnertag
       FROM {local_shop_bill}";

impl Engine {
    /// The order of a transaction; a bill of the plugin's that is none yet becomes one.
    ///
    /// # Errors
    /// [`Error::UnknownOrder`] when there is no such bill either; [`Error::NotAdoptable`]; [`Error::SoldWithoutPayment`];
    /// [`Error::Database`].
    pub fn adopt(&self, transaction: &TransactionId) -> Result<Order> {
        match Order::find(self.database(), transaction)? {
            Some(order) if !order.is_draft() => Ok(order),
            _ => self.transact(|work| work.known(transaction)),
        }
    }

    /// The order of a bill, by the bill's id: what the plugin's back office names. A bill that is no order yet becomes one;
    /// `None` when there is no such bill.
    ///
    /// # Errors
    /// [`Error::NotAdoptable`]; [`Error::SoldWithoutPayment`]; [`Error::Database`].
    pub fn order_of_bill(&self, bill: i64) -> Result<Option<Order>> {
        if let Some(order) = Order::of_bill(self.database(), bill)? {
            return self.adopt(&order.transaction).map(Some);
        }
        let rows = self.database().query(
            "SELECT id, transactionid FROM {local_shop_bill} WHERE id = ?",
            &[bill.into()],
        )?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let named = row.text("transactionid")?;
        let transaction = TransactionId::parse(&named).map_err(|_| Error::NotAdoptable {
            transaction: named.chars().take(40).collect(),
            field: "transactionid",
            value: named.chars().take(40).collect(),
        })?;
        self.adopt(&transaction).map(Some)
    }

    /// The order of a transaction, for someone who may see it: its owner or a sales administrator. A bill of the plugin's
    /// that is no order yet becomes one for them.
    ///
    /// # Errors
    /// [`Error::UnknownOrder`] when there is none or it is someone else's: the answer does not tell which. Those of
    /// [`Engine::adopt`].
    pub fn visible_order(&self, transaction: &TransactionId, buyer: &Buyer) -> Result<Order> {
        let unknown = || unknown(transaction);
        let visible = |order: &Order| order.is_owned_by(buyer) || buyer.is_staff();
        if let Some(order) = Order::find(self.database(), transaction)?
            && !order.is_draft()
        {
            return Some(order).filter(visible).ok_or_else(unknown);
        }
        // Whoever may not see it, and a guest never may, must not set anything in motion either.
        if !buyer.is_staff() && buyer.user_id() == 0 {
            return Err(unknown());
        }
        let adopted = self.transact(|work| {
            let order = work.known(transaction)?;
            Some(order).filter(visible).ok_or_else(unknown)
        });
        match adopted {
            // What is wrong with a bill is the seller's to know.
            Err(Error::NotAdoptable { .. } | Error::SoldWithoutPayment { .. })
                if !buyer.is_staff() =>
            {
                Err(unknown())
            }
            adopted => adopted,
        }
    }
}

impl Work<'_> {
    /// The order of a transaction, adopted in this commit when it is only a bill yet, and a draft read again. Every path on which
    /// money moves comes through here.
    pub(super) fn known(&mut self, transaction: &TransactionId) -> Result<Order> {
        if let Some(order) = Order::find(self.database, transaction)? {
            return self.renew(order, false);
        }
        let rows = self.database.query(
            &format!("{BILLS} WHERE transactionid = ?"),
            &[transaction.as_ref().into()],
        )?;
        // Some servers compare texts without regard to case; an id is an id to the letter.
        for row in &rows {
            // A bill whose id was exchanged is known by its first one.
            if row.text("transactionid")? == transaction.as_ref()
                && Order::of_bill(self.database, row.int("id")?)?.is_none()
            {
                return self.adopt_bill(row, transaction);
            }
        }
        Err(unknown(transaction))
    }

    /// A draft is the plugin's to edit: an order of one is brought up to date, so that nobody sees, moves or pays what it was before. One that the
    /// plugin has `moved` is for the comparison of orders and bills alone, which then moves the order.
    pub(super) fn renew(&mut self, order: Order, moved: bool) -> Result<Order> {
        if !order.is_draft() {
            return Ok(order);
        }
        let bills = self
            .database
            .query(&format!("{BILLS} WHERE id = ?"), &[order.bill.into()])?;
        match bills.first() {
            Some(bill) if moved || bill.text("status")? == order.state.status().as_str() => {
                self.read_draft_again(order, bill)
            }
            _ => Ok(order),
        }
    }

    /// An order in a new revision, as its bill is now; the same if nothing has changed.
    fn read_draft_again(&mut self, order: Order, bill: &Row) -> Result<Order> {
        let (read, lines) = self.read_bill(bill, &order.transaction)?;
        let same = read.amount == order.amount
            && read.paymode == order.paymode
            && (read.user, &read.customer, &read.invoice)
                == (order.user, &order.customer, &order.invoice)
            && !self.lines_differ(&order)?;
        if same {
            return Ok(order);
        }
        let before = order.state.status();
        let mut order = Order {
            id: order.id,
            revision: order.revision + 1,
            state: order.state,
            held: order.held,
            version: order.version,
            history: order.history,
            ..read
        };
        let message = format!(
            "Draft {} changed by the plugin : {} by {} (revision {})",
            order.bill, order.amount, order.paymode, order.revision
        );
        let change = Change {
            actor: PLUGIN,
            event: "adopt",
            message: &message,
        };
        self.store(&mut order, before, &change)?;
        for line in &lines {
            self.insert_adopted_line(&order, line)?;
        }
        Ok(order)
    }

    /// Reads the order and the lines that a bill describes.
    fn read_bill(&self, bill: &Row, transaction: &TransactionId) -> Result<(Order, Vec<Line>)> {
        let refused = |field, value: String| Error::NotAdoptable {
            transaction: transaction.to_string(),
            field,
            value: value.chars().take(40).collect(),
        };
        let id = bill.int("id")?;
        let items = self.database.query(
            &format!("{ITEMS} WHERE i.billid = ? ORDER BY i.ordering, i.id"),
            &[id.into()],
        )?;
        let rates = Rates::read(self.database)?;
        let Adoptable {
            status,
            amount,
            lines,
        } = Adoptable::judge(bill, &items, &rates).map_err(|problem| match problem {
            Problem::Field(field, value) => refused(field, value),
            Problem::Error(error) => error,
        })?;
        let (customer, user) = self.customer_of_bill(bill)?;
        let invoice = bill.text("invoiceinfo")?;
        let (fulfillment, article) = lines::fulfillment(&lines, transaction);
        let order = Order {
            id: 0,
            bill: id,
            transaction: transaction.clone(),
            shop: bill.int("shopid")?,
            revision: 1,
            state: State::of(status),
            held: None,
            test: bill.flag("test")?,
            amount,
            paymode: bill.text("paymode")?,
            fingerprint: String::new(),
            owner_key: String::new(),
            user,
            customer,
            invoice: serde_json::from_str::<InvoiceInfo>(&invoice)
                .map_or_else(|_| String::new(), |_| invoice),
            shown: String::new(),
            lang: self.lang_of(user)?,
            fulfillment,
            article,
            bound_session: String::new(),
            bought_before: 0,
            history: 0,
            version: 0,
        };
        Ok((order, lines))
    }

    fn adopt_bill(&mut self, bill: &Row, transaction: &TransactionId) -> Result<Order> {
        let id = bill.int("id")?;
        if self.is_sold_past(id)? {
            return Err(Error::SoldWithoutPayment {
                transaction: transaction.to_string(),
                bill: id,
            });
        }
        let (order, lines) = self.read_bill(bill, transaction)?;
        let message = format!(
            "Bill {id} of the plugin adopted : {}, {} by {}",
            order.state.status(),
            order.amount,
            order.paymode
        );
        let change = Change {
            actor: PLUGIN,
            event: "adopt",
            message: &message,
        };
        let mut order = self.create(order, "", &change)?.ok_or(Error::Conflict)?;
        self.refer_bill(bill)?;
        for line in &lines {
            self.insert_adopted_line(&order, line)?;
        }
        if order.state.is_paid() {
            self.record_plugin_payment(&order, &bill.text("onlinetransactionid")?)?;
        }
        if order.state.is_paid() && order.state.fulfilment() == Fulfilment::None {
            match self.produced(&order)? {
                Produced::All => {
                    self.advance(&mut order, Event::Deliver, PLUGIN, DELIVERED)?;
                }
                // It may be years old: only a human knows.
                _ => self.doubt_delivery(&mut order)?,
            }
        }
        Ok(order)
    }

    /// What the plugin's records say of its own delivery of this bill: its products, else what its production told.
    pub(super) fn produced(&self, order: &Order) -> Result<Produced> {
        let products = self.products(order)?;
        if products != Produced::Nothing {
            return Ok(products);
        }
        let rows = self.database.query(
            "SELECT id, productionfeedback FROM {local_shop_bill} WHERE id = ?",
            &[order.bill.into()],
        )?;
        let said = rows
            .first()
            .map(|row| row.text("productionfeedback"))
            .transpose()?
            .is_some_and(|text| !text.is_empty());
        Ok(if said {
            Produced::Something
        } else {
            Produced::Nothing
        })
    }

    /// Which lines of this bill have products.
    pub(super) fn products(&self, order: &Order) -> Result<Produced> {
        let items = self.database.query(
            "SELECT i.id, COUNT(p.id) AS products FROM {local_shop_billitem} i
          LEFT JOIN {local_shop_product} p ON p.initialbillitemid = i.id
              WHERE i.billid = ? AND i.type = 'BILLING' GROUP BY i.id",
            &[order.bill.into()],
        )?;
        let mut with = 0;
        for item in &items {
            with += usize::from(item.int("products")? > 0);
        }
        Ok(match with {
            0 => Produced::Nothing,
            _ if with == items.len() => Produced::All,
            _ => Produced::Something,
        })
    }

    /// Nobody but a human can tell whether a paid order was delivered: it is held, and its delivery waits as one that was
    /// given up. To release the order delivers it; to move it to COMPLETE says that it was.
    pub(super) fn doubt_delivery(&mut self, order: &mut Order) -> Result<()> {
        self.enqueue(order, "deliver", "deliver", &serde_json::json!({}))?;
        self.database.execute(
            "UPDATE {local_shopengine_outbox} SET state = 'failed', result = ?, timemodified = ?
              WHERE billid = ? AND kind = 'deliver' AND state IN ('due', 'leased')",
            &[
                UNCERTAIN.into(),
                self.now.millis().into(),
                order.bill.into(),
            ],
        )?;
        self.hold_and_tell(order, "delivery_uncertain", UNCERTAIN)
    }

    /// Holds an order for what the plugin's pages did, with an email to the seller.
    pub(super) fn hold_and_tell(
        &mut self,
        order: &mut Order,
        reason: &str,
        message: &str,
    ) -> Result<()> {
        self.hold(order, reason, PLUGIN, message)?;
        self.tell_of_hold(order, reason)
    }

    /// An email to the seller about an order that was put on hold just now.
    pub(super) fn tell_of_hold(&mut self, order: &Order, reason: &str) -> Result<()> {
        let key = format!("mail:held:{reason}:{}", order.history);
        let payload = serde_json::json!({"template": "held", "reason": reason});
        self.enqueue(order, "mail", &key, &payload)
    }

    /// The customer's data, and his account.
    fn customer_of_bill(&self, bill: &Row) -> Result<(String, i64)> {
        // The column is a text; one that names nobody is nobody.
        let id: i64 = bill.text("customerid")?.trim().parse().unwrap_or(0);
        let rows = self.database.query(
            "SELECT id, firstname, lastname, organisation, address, zip, city, country, email, hasaccount
               FROM {local_shop_customer} WHERE id = ?",
            &[id.into()],
        )?;
        let Some(row) = rows.first() else {
            return Ok((String::new(), 0));
        };
        let info = customer_info(row)?;
        let customer = serde_json::to_string(&info).unwrap_or_default();
        Ok((customer, row.int("hasaccount")?))
    }

    pub(super) fn lang_of(&self, user: i64) -> Result<String> {
        let rows = self
            .database
            .query("SELECT id, lang FROM {user} WHERE id = ?", &[user.into()])?;
        let lang = rows.first().map(|row| row.text("lang")).transpose()?;
        Ok(lang
            .filter(|lang| !lang.is_empty())
            .unwrap_or_else(|| "en".to_owned()))
    }

    /// The reference of a payment that the plugin took: the gateway's own id where the plugin kept it, so that the same
    /// message is known should the gateway send it again.
    pub(super) fn plugin_reference(
        &self,
        order: &Order,
        gateway: &str,
        online: &str,
    ) -> Result<String> {
        let mut reference = online.to_owned();
        if order.paymode == "paypal" {
            // The plugin gives its own transaction id out as PayPal's; PayPal's is in its table of notifications.
            let rows = self.database.query(
                "SELECT id, txnid FROM {local_shop_paypal_ipn} WHERE transid = ?",
                &[order.transaction.as_ref().into()],
            )?;
            if let Some(row) = rows.first() {
                reference = row.text("txnid")?;
            }
        }
        if reference.is_empty() || reference == order.transaction.as_ref() {
            reference = format!("{gateway}:{}", order.transaction);
        }
        Ok(reference.chars().take(128).collect())
    }

    fn record_plugin_payment(&mut self, order: &Order, online: &str) -> Result<()> {
        let reference = self.plugin_reference(order, &order.paymode, online)?;
        self.database.insert_if_absent(
            "local_shopengine_settlement",
            &[
                ("billid", order.bill.into()),
                ("gateway", order.paymode.as_str().into()),
                ("reference", reference.into()),
                ("revision", order.revision.into()),
                ("state", "settled".into()),
                ("reason", BY_PLUGIN.into()),
                ("amount", order.amount.to_decimal_string().into()),
                ("currency", order.amount.currency().code().into()),
                ("test", order.test.into()),
                ("inboxid", 0_i64.into()),
                ("timecreated", self.now.millis().into()),
                ("timemodified", self.now.millis().into()),
            ],
        )?;
        Ok(())
    }
}

fn unknown(transaction: &TransactionId) -> Error {
    Error::UnknownOrder {
        transaction: transaction.to_string(),
    }
}

/// The plugin's own pages, in the history.
pub(super) const PLUGIN: &str = "plugin";

/// What the history says when the plugin's records show the delivery.
pub(super) const DELIVERED: &str = "Order delivered : by the plugin";

/// Why a payment counts that no gateway and no seller has confirmed to the engine: the plugin's own pages said so.
pub(super) const BY_PLUGIN: &str = "by_plugin";

const UNCERTAIN: &str = "Delivery uncertain : paid on the plugin's own pages, and its records do not tell what was delivered";
