//! Placing an order: the cart becomes a bill with its lines, in one transaction. Placing the same cart again changes
//! nothing; placing another cart under the same transaction makes a new revision, as long as nothing is paid.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::database::{Database, Value};
use crate::domain::autodrive::{Step, allowed};
use crate::domain::cart::Cart;
use crate::domain::customer::CustomerInfo;
use crate::domain::money::Money;
use crate::domain::serialized::Php;
use crate::domain::state::{BillStatus, Event, State};
use crate::domain::transaction_id::TransactionId;

use super::order::Change;
use super::{Buyer, Engine, Error, Order, PricedCart, Result, Shop, Work, number};

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
        let situation = self.situation(shop, cart, buyer)?;
        allowed(&shop.steps, Step::Payment, &situation).map_err(Error::NotReady)?;
        for (shortname, quantity) in &cart.order {
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
            .paymodes(amount, buyer)
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
            Some(code) => self.partner(code.key().as_str())?,
            None => None,
        };
        let new = NewOrder {
            fingerprint: fingerprint(cart, &priced, paymode, amount),
            placement,
            priced: &priced,
            amount,
            paymode,
            transaction,
            partner,
        };
        self.transact(|work| match Order::find(work.database, &new.transaction)? {
            Some(order) => work.place_again(order, &new),
            None => work.place_first(&new),
        })
    }
}

/// Everything that the transaction writes, computed before it begins.
struct NewOrder<'a> {
    placement: &'a Placement<'a>,
    priced: &'a PricedCart<'a>,
    amount: Money,
    paymode: &'static str,
    transaction: TransactionId,
    partner: Option<i64>,
    fingerprint: String,
}

impl NewOrder<'_> {
    fn placed(&self, order: &Order, unchanged: bool) -> Placed {
        Placed {
            transid: order.transaction.clone(),
            bill: order.bill,
            revision: order.revision,
            amount: order.amount,
            paymode: order.paymode.clone(),
            unchanged,
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
    fn place_first(&mut self, new: &NewOrder<'_>) -> Result<Placed> {
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
            lang: new.placement.lang.to_owned(),
            history: 0,
            version: 0,
        };
        let code = cart
            .partner
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        let order = self
            .create(order, &code, &new.message())?
            .ok_or(Error::Conflict)?;
        self.insert_lines(new, &order)?;
        Ok(new.placed(&order, false))
    }

    fn place_again(&mut self, mut order: Order, new: &NewOrder<'_>) -> Result<Placed> {
        let Placement {
            shop, cart, buyer, ..
        } = *new.placement;
        if !order.is_owned_by(buyer) {
            return Err(Error::UnknownOrder {
                transaction: order.transaction.to_string(),
            });
        }
        let before = order.state.status();
        order.state = order
            .state
            .after(Event::Place)
            .map_err(|_| Error::AlreadyPlaced {
                transaction: order.transaction.to_string(),
                status: before.as_str(),
            })?;
        if order.fingerprint == new.fingerprint {
            // The same order once more: a second click, or a new try after a refusal.
            if matches!(before, BillStatus::Failed | BillStatus::Refused) {
                let change = Change {
                    actor: "buyer",
                    event: Event::Place.as_str(),
                    message: "Order placed : tried again",
                };
                self.store(&mut order, before, &change)?;
            }
            return Ok(new.placed(&order, true));
        }
        order.revision += 1;
        order.customer = customer_json(cart);
        order.invoice = if cart.usedistinctinvoiceinfo {
            invoice_column(cart)
        } else {
            String::new()
        };
        order.amount = new.amount;
        new.paymode.clone_into(&mut order.paymode);
        order.fingerprint.clone_from(&new.fingerprint);
        order.test = shop.settings.test_mode();
        order.user = if order.user == 0 {
            buyer.user_id()
        } else {
            order.user
        };
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
        self.insert_lines(new, &order)?;
        Ok(new.placed(&order, false))
    }

    /// The customer row of this order: the account's own, or the guest's. A guest never touches the row of an account, and
    /// never anyone else's.
    fn customer(&mut self, new: &NewOrder<'_>, previous: Option<i64>) -> Result<i64> {
        let Placement {
            shop, cart, buyer, ..
        } = *new.placement;
        let info = &cart.customerinfo;
        let invoice = if cart.usedistinctinvoiceinfo {
            invoice_column(cart)
        } else {
            String::new()
        };
        let known = if buyer.user_id() == 0 {
            self.guest_customer(info, previous)?
        } else {
            let rows = self.database.query(
                "SELECT id FROM {local_shop_customer} WHERE hasaccount = ? ORDER BY id DESC LIMIT 1",
                &[buyer.user_id().into()],
            )?;
            rows.first().map(|row| row.int("id")).transpose()?
        };
        let text = |value: &str| Value::from(value.trim());
        if let Some(id) = known {
            self.database.execute(
                "UPDATE {local_shop_customer}
                    SET firstname = ?, lastname = ?, organisation = ?, address = ?, zip = ?, city = ?, country = ?, email = ?,
                        invoiceinfo = ?
                  WHERE id = ?",
                &[
                    text(&info.firstname),
                    text(&info.lastname),
                    text(&info.organisation),
                    text(&info.address),
                    text(&info.zip),
                    text(&info.city),
                    text(&info.country),
                    text(&info.email),
                    invoice.into(),
                    id.into(),
                ],
            )?;
            return Ok(id);
        }
        Ok(self.database.insert(
            "local_shop_customer",
            &[
                ("shopid", shop.id.into()),
                ("firstname", text(&info.firstname)),
                ("lastname", text(&info.lastname)),
                ("organisation", text(&info.organisation)),
                ("address", text(&info.address)),
                ("zip", text(&info.zip)),
                ("city", text(&info.city)),
                ("country", text(&info.country)),
                ("email", text(&info.email)),
                ("invoiceinfo", invoice.into()),
                ("hasaccount", buyer.user_id().into()),
                ("timecreated", self.now.seconds().into()),
            ],
        )?)
    }

    /// The row that a guest's order may write: the one of this same order when no other bill uses it, or one that says
    /// exactly the same.
    fn guest_customer(&self, info: &CustomerInfo, previous: Option<i64>) -> Result<Option<i64>> {
        if let Some(id) = previous {
            let bills = self.database.query(
                "SELECT id FROM {local_shop_bill} WHERE customerid = ?",
                &[id.to_string().into()],
            )?;
            let rows = self.database.query(
                "SELECT id FROM {local_shop_customer} WHERE id = ? AND hasaccount = 0",
                &[id.into()],
            )?;
            if bills.len() == 1 && rows.len() == 1 {
                return Ok(Some(id));
            }
        }
        let rows = self.database.query(
            "SELECT id, firstname, lastname, organisation, address, zip, city, country, email
               FROM {local_shop_customer} WHERE email = ? AND hasaccount = 0 ORDER BY id DESC",
            &[info.email.trim().into()],
        )?;
        for row in rows {
            let same = [
                ("firstname", &info.firstname),
                ("lastname", &info.lastname),
                ("organisation", &info.organisation),
                ("address", &info.address),
                ("zip", &info.zip),
                ("city", &info.city),
                ("country", &info.country),
                ("email", &info.email),
            ];
            let mut equal = true;
            for (column, value) in same {
                equal &= row.text(column)? == value.trim();
            }
            if equal {
                return Ok(Some(row.int("id")?));
            }
        }
        Ok(None)
    }

    /// Inserts the bill under the next ordering number.
    fn insert_bill(&mut self, new: &NewOrder<'_>, customer: i64) -> Result<i64> {
        let last = |database: &dyn Database| {
            let rows = database.query(
                "SELECT MAX(ordering) AS ordering FROM {local_shop_bill}",
                &[],
            )?;
            rows.first().map_or(Ok(0), |row| row.int("ordering"))
        };
        for _ in 0..ORDERING_ATTEMPTS {
            let ordering = number::next(self.database, ORDERING, || last(self.database))?;
            let mut fields = self.bill_fields(new, customer);
            fields.extend([
                ("blockid", new.placement.block.into()),
                ("shopid", new.placement.shop.id.into()),
                ("userid", new.placement.buyer.user_id().into()),
                ("idnumber", "".into()),
                ("ordering", ordering.into()),
                ("worktype", "PROD".into()),
                ("status", State::PLACED.status().as_str().into()),
                ("assignedto", "0".into()),
                ("timetodo", "0".into()),
                ("transactionid", new.transaction.as_ref().into()),
                ("expectedpaiement", "0".into()),
                ("emissiondate", self.now.seconds().into()),
            ]);
            if let Some(id) = self.database.insert_if_absent("local_shop_bill", &fields)? {
                return Ok(id);
            }
            let taken = self.database.query(
                "SELECT id FROM {local_shop_bill} WHERE transactionid = ?",
                &[new.transaction.as_ref().into()],
            )?;
            if !taken.is_empty() {
                // A bill that the engine did not write: never taken over.
                return Err(Error::UnknownOrder {
                    transaction: new.transaction.to_string(),
                });
            }
            number::lift(self.database, ORDERING, last(self.database)?)?;
        }
        Err(Error::Conflict)
    }

    fn update_bill(&mut self, new: &NewOrder<'_>, order: &Order, customer: i64) -> Result<()> {
        let fields = self.bill_fields(new, customer);
        let names: Vec<String> = fields
            .iter()
            .map(|(name, _)| format!("{name} = ?"))
            .collect();
        let mut values: Vec<Value> = fields.into_iter().map(|(_, value)| value).collect();
        values.push(order.bill.into());
        self.database.execute(
            &format!(
                "UPDATE {{local_shop_bill}} SET {} WHERE id = ?",
                names.join(", ")
            ),
            &values,
        )?;
        Ok(())
    }

    /// The columns that a new placement writes, first or again.
    fn bill_fields(&self, new: &NewOrder<'_>, customer: i64) -> Vec<(&'static str, Value)> {
        let Placement { shop, cart, .. } = *new.placement;
        let totals = &new.priced.totals;
        let tag = cart
            .partner
            .as_ref()
            .and_then(|code| code.tag())
            .map_or("", |tag| tag.as_str());
        vec![
            ("customerid", Value::from(customer.to_string())),
            (
                "invoiceinfo",
                if cart.usedistinctinvoiceinfo {
                    invoice_column(cart).into()
                } else {
                    Value::from("")
                },
            ),
            ("title", shop.name.as_str().into()),
            ("lastactiondate", self.now.seconds().into()),
            ("untaxedamount", totals.untaxed().to_column_string().into()),
            ("taxes", totals.taxes().to_column_string().into()),
            ("amount", totals.taxed().to_column_string().into()),
            ("currency", shop.currency.code().into()),
            ("paymode", new.paymode.into()),
            ("test", shop.settings.test_mode().into()),
            ("partnerid", new.partner.unwrap_or(0).into()),
            // The column holds 16 characters; the whole code is in the engine's own order row.
            (
                "partnertag",
                tag.chars().take(16).collect::<String>().into(),
            ),
        ]
    }

    fn insert_lines(&mut self, new: &NewOrder<'_>, order: &Order) -> Result<()> {
        let Placement { shop, cart, .. } = *new.placement;
        for (ordering, (line, (item, _))) in
            (0_u32..).zip(new.priced.totals.lines().iter().zip(&new.priced.items))
        {
            let tax = line.tax().and_then(|code| shop.taxes.tax(code).ok());
            let tax_code = line.tax().map_or_else(String::new, |code| code.to_string());
            self.database.insert(
                "local_shop_billitem",
                &[
                    ("billid", order.bill.into()),
                    ("ordering", ordering.into()),
                    ("type", line.kind().as_str().into()),
                    ("itemcode", line.code().into()),
                    ("catalogitem", "".into()),
                    (
                        "abstract",
                        line.label().chars().take(255).collect::<String>().into(),
                    ),
                    ("description", item.description.as_str().into()),
                    ("unitcost", line.unit_price().to_string().into()),
                    ("quantity", line.quantity().units().into()),
                    ("totalprice", line.untaxed().to_column_string().into()),
                    ("taxcode", tax_code.as_str().into()),
                    (
                        "customerdata",
                        customer_data(cart, &item.shortname).to_column().into(),
                    ),
                    (
                        "productiondata",
                        production_data(new.placement, &item.shortname)
                            .to_column()
                            .into(),
                    ),
                ],
            )?;
            self.database.insert(
                "local_shopengine_line",
                &[
                    ("billid", order.bill.into()),
                    ("revision", order.revision.into()),
                    ("ordering", ordering.into()),
                    ("kind", line.kind().as_str().into()),
                    ("itemid", item.id.into()),
                    ("itemcode", line.code().into()),
                    ("shortname", item.shortname.as_str().into()),
                    ("label", line.label().into()),
                    ("quantity", line.quantity().units().into()),
                    ("unitprice", line.unit_price().to_string().into()),
                    ("taxcode", tax_code.into()),
                    ("taxtitle", tax.map_or("", |tax| tax.title()).into()),
                    (
                        "taxratio",
                        tax.map_or_else(String::new, |tax| tax.ratio().normalize().to_string())
                            .into(),
                    ),
                    ("untaxed", line.untaxed().to_decimal_string().into()),
                    ("taxes", line.taxes().to_decimal_string().into()),
                    ("taxed", line.taxed().to_decimal_string().into()),
                ],
            )?;
        }
        Ok(())
    }
}

/// The invoice identity as the plugin stores it with a bill: JSON.
fn invoice_column(cart: &Cart) -> String {
    serde_json::to_string(&cart.invoiceinfo).unwrap_or_default()
}

/// The buyer as the order keeps him: later changes of the customer row do not move a placed order.
fn customer_json(cart: &Cart) -> String {
    serde_json::to_string(&cart.customerinfo).unwrap_or_default()
}

/// The required data of a product as the plugin's production reads them.
fn customer_data(cart: &Cart, shortname: &str) -> Php {
    let Some(fields) = cart.customerdata.get(shortname) else {
        return Php::text("");
    };
    Php::map(fields.iter().map(|(field, values)| {
        (
            field.clone(),
            Php::map(
                values
                    .iter()
                    .map(|(unit, value)| (unit.to_string(), Php::text(value))),
            ),
        )
    }))
}

/// The seats and the origin of a line as the plugin's production reads them.
fn production_data(placement: &Placement<'_>, shortname: &str) -> Php {
    let users = placement
        .cart
        .users
        .get(shortname)
        .map_or(Php::Null, |roles| {
            Php::map(roles.iter().map(|(role, people)| {
                let people = people.iter().map(|(email, person)| {
                    let fields = [
                        ("email", &person.email),
                        ("firstname", &person.firstname),
                        ("lastname", &person.lastname),
                    ];
                    let fields = fields.map(|(name, value)| (name.to_owned(), Php::text(value)));
                    (email.clone(), Php::Object(fields.to_vec()))
                });
                (role.clone(), Php::map(people))
            }))
        });
    Php::Object(vec![
        ("users".to_owned(), users),
        ("id".to_owned(), Php::Int(placement.shop.id)),
        ("blockid".to_owned(), Php::Int(placement.block)),
    ])
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

/// Counter of `local_shop_bill.ordering`.
const ORDERING: &str = "bill.ordering";

/// How often a number that the plugin has taken meanwhile is skipped.
const ORDERING_ATTEMPTS: u32 = 5;
