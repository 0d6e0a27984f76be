//! An order as the engine keeps it beside the plugin's bill: its state, its owner, and the compare-and-set by which alone
//! it changes.

use crate::database::{Database, DatabaseError, Row, Value};
use crate::domain::fulfillment::Fulfillment;
use crate::domain::money::{Currency, Money};
use crate::domain::state::{BillStatus, Event, Payment, State};
use crate::domain::transaction_id::TransactionId;
use crate::entropy;

use super::{Buyer, Error, Result, Work};

/// An order.
#[derive(Clone, Debug)]
pub struct Order {
    /// Row id in our table.
    pub(super) id: i64,
    /// Id of the plugin's bill.
    pub bill: i64,
    /// Transaction id.
    pub transaction: TransactionId,
    /// Shop id.
    pub shop: i64,
    /// Counts up whenever the unpaid order is placed again with another content.
    pub revision: u32,
    /// Payment and fulfilment.
    pub state: State,
    /// Why a human has to look, as a code.
    pub held: Option<String>,
    /// Placed in test mode.
    pub test: bool,
    /// What is due, taxes included: computed once, at placement.
    pub amount: Money,
    /// Payment interface chosen.
    pub paymode: String,
    /// Digest of what was placed.
    pub(super) fingerprint: String,
    /// Whose it is: digest of the session's key, and the account.
    pub(super) owner_key: String,
    pub(super) user: i64,
    /// The buyer's data and the separate invoice identity as placed: JSON, '' for none.
    pub(super) customer: String,
    pub(super) invoice: String,
    /// The buyer's data as the session of one whom an unsigned link authenticated may see them: JSON, '' for anybody else's order.
    pub(super) shown: String,
    /// Language of the buyer.
    pub lang: String,
    /// Where what was bought is found, as placed; empty when that is the order's page.
    pub fulfillment: Fulfillment,
    /// What its buyer owns once it is paid: see [`Fulfillment::article`]; '' when another order cannot be of the same.
    pub(super) article: String,
    /// The session that a wallet bound to it last ([`Buyer::session_id`]), or ''.
    pub(super) bound_session: String,
    /// The bill that it was closed for, because its buyer owned the article: 0 for none.
    pub(super) bought_before: i64,
    /// Number of history rows.
    pub(super) history: i64,
    pub(super) version: i64,
}

impl Order {
    /// The order of a transaction.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn find(
        database: &dyn Database,
        transaction: &TransactionId,
    ) -> std::result::Result<Option<Self>, DatabaseError> {
        let rows = database.query(&select("transactionid = ?"), &[transaction.as_ref().into()])?;
        // Some servers compare texts without regard to case; an id is an id to the letter.
        rows.iter()
            .map(read)
            .find(|order| !matches!(order, Ok(order) if order.transaction != *transaction))
            .transpose()
    }

    /// The order of a bill.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub(super) fn of_bill(
        database: &dyn Database,
        bill: i64,
    ) -> std::result::Result<Option<Self>, DatabaseError> {
        let rows = database.query(&select("billid = ?"), &[bill.into()])?;
        rows.first().map(read).transpose()
    }

    /// Orders with a masked buyer that the plugin finds by a transaction id or by the id of a bill. It takes what its database finds, perhaps
    /// without regard to case.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn masked(
        database: &dyn Database,
        transaction: &str,
        bill: i64,
    ) -> std::result::Result<Vec<Self>, DatabaseError> {
        let rows = database.query(
            &select("billid IN (SELECT b.id FROM {local_shop_bill} b WHERE b.transactionid = ? OR b.id = ?)"),
            &[transaction.into(), bill.into()],
        )?;
        let mut orders = rows
            .iter()
            .map(read)
            .collect::<std::result::Result<Vec<_>, _>>()?;
        orders.retain(|order| !order.shown.is_empty());
        Ok(orders)
    }

    /// Was it closed because its buyer owned the article?
    #[must_use]
    pub fn is_already_bought(&self) -> bool {
        self.bought_before != 0
    }

    /// Is what was bought open to its buyer? It is not while the payment is taken back; what a closed order's buyer owns is where it was.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state.is_paid() && !Work::is_reversed(self) || self.is_already_bought()
    }

    /// Is it a draft, begun by hand in the back office? Nobody has placed it yet.
    #[must_use]
    pub fn is_draft(&self) -> bool {
        self.state.payment() == Payment::Draft
    }

    /// Is it this buyer's: his account's, or placed in his session?
    #[must_use]
    pub fn is_owned_by(&self, buyer: &Buyer) -> bool {
        let key = buyer.owner_key();
        (self.user != 0 && self.user == buyer.user_id() && !buyer.by_partner)
            || (!key.is_empty() && key == self.owner_key)
    }

    /// Are the buyer's data masked for this visitor? They are for the session that an unsigned link authenticated, until the
    /// account's owner logs in.
    #[must_use]
    pub fn is_masked_for(&self, buyer: &Buyer) -> bool {
        let is_owner = self.user != 0 && self.user == buyer.user_id() && !buyer.by_partner;
        !self.shown.is_empty() && !is_owner && !buyer.is_staff()
    }
}

/// A change of an order.
pub(super) struct Change<'a> {
    /// Who makes it.
    pub actor: &'a str,
    /// Its name in the history.
    pub event: &'a str,
    /// What the history and the trace say.
    pub message: &'a str,
}

impl Work<'_> {
    /// Moves `order` by `event` along the table, or refuses.
    pub(super) fn advance(
        &mut self,
        order: &mut Order,
        event: Event,
        actor: &str,
        message: &str,
    ) -> Result<()> {
        let before = order.state.status();
        order.state = order.state.after(event)?;
        self.store(
            order,
            before,
            &Change {
                actor,
                event: event.as_str(),
                message,
            },
        )
    }

    /// Marks `order` as one that a human has to look at; its state stays.
    pub(super) fn hold(
        &mut self,
        order: &mut Order,
        reason: &str,
        actor: &str,
        message: &str,
    ) -> Result<()> {
        order.held = Some(reason.to_owned());
        let status = order.state.status();
        self.store(
            order,
            status,
            &Change {
                actor,
                event: "hold",
                message,
            },
        )
    }

    /// Writes something into the history of `order` without changing it.
    pub(super) fn remark(
        &mut self,
        order: &mut Order,
        event: &str,
        actor: &str,
        message: &str,
    ) -> Result<()> {
        let status = order.state.status();
        self.store(
            order,
            status,
            &Change {
                actor,
                event,
                message,
            },
        )
    }

    /// Stores `order` by compare-and-set, projects its status on the bill, and records the decision.
    pub(super) fn store(
        &mut self,
        order: &mut Order,
        before: BillStatus,
        change: &Change<'_>,
    ) -> Result<()> {
        let stamp = entropy::stamp()?;
        let status = order.state.status();
        self.database.execute(
            "UPDATE {local_shopengine_order}
                SET version = version + 1, stamp = ?, revision = ?, payment = ?, fulfilment = ?, status = ?, held = ?, test = ?,
                    amount = ?, currency = ?, paymode = ?, fingerprint = ?, ownerkey = ?, userid = ?,
                    customer = ?, invoice = ?, lang = ?, fulfillmenturl = ?, fulfillmentmessage = ?, article = ?, boundsession = ?,
                    boughtbefore = ?, shown = ?,
                    historysize = historysize + 1, timemodified = ?
              WHERE id = ? AND version = ?",
            &[
                stamp.as_str().into(),
                order.revision.into(),
                order.state.payment().as_str().into(),
                order.state.fulfilment().as_str().into(),
                status.as_str().into(),
                order.held.clone().into(),
                order.test.into(),
                order.amount.to_decimal_string().into(),
                order.amount.currency().code().into(),
                order.paymode.as_str().into(),
                order.fingerprint.as_str().into(),
                order.owner_key.as_str().into(),
                order.user.into(),
                order.customer.as_str().into(),
                order.invoice.as_str().into(),
                order.lang.as_str().into(),
                order.fulfillment.url().unwrap_or_default().into(),
                order.fulfillment.message().into(),
                order.article.as_str().into(),
                order.bound_session.as_str().into(),
                order.bought_before.into(),
                order.shown.as_str().into(),
                self.now.millis().into(),
                order.id.into(),
                order.version.into(),
            ],
        )?;
        let rows = self.database.query(
            "SELECT stamp FROM {local_shopengine_order} WHERE id = ?",
            &[order.id.into()],
        )?;
        if rows
            .first()
            .map(|row| row.text("stamp"))
            .transpose()?
            .as_deref()
            != Some(stamp.as_str())
        {
            return Err(Error::Conflict);
        }
        order.version += 1;
        order.history += 1;
        self.database.execute(
            "UPDATE {local_shop_bill} SET status = ?, lastactiondate = ? WHERE id = ?",
            &[
                status.as_str().into(),
                self.now.seconds().into(),
                order.bill.into(),
            ],
        )?;
        self.record(order, change.actor, change.event, before, change.message)
    }

    /// Stores a new order; `None` when the transaction or the bill has one already.
    pub(super) fn create(
        &mut self,
        mut order: Order,
        partner_code: &str,
        change: &Change<'_>,
    ) -> Result<Option<Order>> {
        order.version = 1;
        order.history = 1;
        let inserted = self.database.insert_if_absent(
            "local_shopengine_order",
            &[
                ("billid", order.bill.into()),
                ("transactionid", order.transaction.as_ref().into()),
                ("shopid", order.shop.into()),
                ("revision", order.revision.into()),
                ("version", order.version.into()),
                ("stamp", entropy::stamp()?.into()),
                ("payment", order.state.payment().as_str().into()),
                ("fulfilment", order.state.fulfilment().as_str().into()),
                ("status", order.state.status().as_str().into()),
                ("held", Value::Null),
                ("test", order.test.into()),
                ("amount", order.amount.to_decimal_string().into()),
                ("currency", order.amount.currency().code().into()),
                ("paymode", order.paymode.as_str().into()),
                ("fingerprint", order.fingerprint.as_str().into()),
                ("ownerkey", order.owner_key.as_str().into()),
                ("userid", order.user.into()),
                ("customer", order.customer.as_str().into()),
                ("invoice", order.invoice.as_str().into()),
                ("partnercode", partner_code.into()),
                ("lang", order.lang.as_str().into()),
                (
                    "fulfillmenturl",
                    order.fulfillment.url().unwrap_or_default().into(),
                ),
                ("fulfillmentmessage", order.fulfillment.message().into()),
                ("article", order.article.as_str().into()),
                ("shown", order.shown.as_str().into()),
                ("historysize", order.history.into()),
                ("timecreated", self.now.millis().into()),
                ("timemodified", self.now.millis().into()),
            ],
        )?;
        let Some(id) = inserted else { return Ok(None) };
        order.id = id;
        let status = order.state.status();
        self.record(&order, change.actor, change.event, status, change.message)?;
        Ok(Some(order))
    }
}

fn select(condition: &str) -> String {
    format!(
        "SELECT id, billid, transactionid, shopid, revision, version, status, payment, fulfilment, held, test, amount, currency,
                paymode, fingerprint, ownerkey, userid, customer, invoice, lang, historysize,
                fulfillmenturl, fulfillmentmessage, article, boundsession, boughtbefore, shown
           FROM {{local_shopengine_order}} WHERE {condition}"
    )
}

fn read(row: &Row) -> std::result::Result<Order, DatabaseError> {
    let column = |column: &str, value: String, expected| DatabaseError::Column {
        column: column.to_owned(),
        value: value.chars().take(40).collect(),
        expected,
    };
    let (transaction, currency, amount) = (
        row.text("transactionid")?,
        row.text("currency")?,
        row.text("amount")?,
    );
    let currency =
        Currency::parse(&currency).map_err(|_| column("currency", currency, "a currency"))?;
    let held = row.text("held")?;
    Ok(Order {
        id: row.int("id")?,
        bill: row.int("billid")?,
        transaction: TransactionId::parse(&transaction)
            .map_err(|_| column("transactionid", transaction.clone(), "a transaction id"))?,
        shop: row.int("shopid")?,
        revision: row.count("revision")?,
        version: row.int("version")?,
        state: state(&row.text("payment")?, &row.text("fulfilment")?)?,
        held: (!held.is_empty()).then_some(held),
        test: row.flag("test")?,
        amount: Money::parse(&amount, currency)
            .map_err(|_| column("amount", amount, "an amount"))?,
        paymode: row.text("paymode")?,
        fingerprint: row.text("fingerprint")?,
        owner_key: row.text("ownerkey")?,
        user: row.int("userid")?,
        customer: row.text("customer")?,
        invoice: row.text("invoice")?,
        shown: row.text("shown")?,
        lang: row.text("lang")?,
        fulfillment: Fulfillment::new(
            &row.text("fulfillmenturl")?,
            &row.text("fulfillmentmessage")?,
        ),
        article: row.text("article")?,
        bound_session: row.text("boundsession")?,
        bought_before: row.int("boughtbefore")?,
        history: row.int("historysize")?,
    })
}

fn state(payment: &str, fulfilment: &str) -> std::result::Result<State, DatabaseError> {
    State::parse(payment, fulfilment).ok_or_else(|| DatabaseError::Column {
        column: "payment".to_owned(),
        value: format!("{payment}/{fulfilment}").chars().take(40).collect(),
        expected: "a state",
    })
}
