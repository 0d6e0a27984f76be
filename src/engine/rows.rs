//! The rows of a placed order in the plugin's tables, and the engine's lines beside them: the customer, the bill, its items,
//! with the serialised columns that the plugin's production reads. The file is long: it lists the columns of four tables.

use serde::{Deserialize, Serialize};

use crate::database::{Database, Value};
use crate::domain::cart::Cart;
use crate::domain::catalog::CatalogItem;
use crate::domain::customer::CustomerInfo;
use crate::domain::state::State;
use crate::domain::text::{plain, plain_tree};

use super::line_data;
use super::place::NewOrder;
use super::{Error, Order, Placement, Result, Work, number};

impl Work<'_> {
    /// The customer row of this order: the account's own, or the guest's. A guest never touches the row of an account, and
    /// never anyone else's. Nor does a buyer whom a partner vouched for: an order with other data than the account's has a row of
    /// its own, which no later purchase of the account reads.
    pub(super) fn customer(&mut self, new: &NewOrder<'_>, previous: Option<i64>) -> Result<i64> {
        let Placement {
            shop, cart, buyer, ..
        } = *new.placement;
        let info = &cart.customerinfo;
        let invoice = printed_invoice(cart);
        let account = if buyer.by_partner { 0 } else { buyer.user_id() };
        let known = if buyer.by_partner {
            if let Some(id) = self.same_customer(info, buyer.user_id())? {
                return Ok(id);
            }
            self.own_customer(previous)?
        } else if account == 0 {
            self.guest_customer(info, previous)?
        } else {
            let rows = self.database.query(
                "SELECT id FROM {local_shop_customer} WHERE hasaccount = ? ORDER BY id DESC LIMIT 1",
                &[account.into()],
            )?;
            rows.first().map(|row| row.int("id")).transpose()?
        };
        if let Some(id) = known {
            self.database.execute(
                "UPDATE {local_shop_customer}
                    SET firstname = ?, lastname = ?, organisation = ?, address = ?, zip = ?, city = ?, country = ?, email = ?,
                        invoiceinfo = ?
                  WHERE id = ?",
                &[
                    printed(&info.firstname),
                    printed(&info.lastname),
                    printed(&info.organisation),
                    printed(&info.address),
                    printed(&info.zip),
                    printed(&info.city),
                    printed(&info.country),
                    printed(&info.email),
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
                ("firstname", printed(&info.firstname)),
                ("lastname", printed(&info.lastname)),
                ("organisation", printed(&info.organisation)),
                ("address", printed(&info.address)),
                ("zip", printed(&info.zip)),
                ("city", printed(&info.city)),
                ("country", printed(&info.country)),
                ("email", printed(&info.email)),
                ("invoiceinfo", invoice.into()),
                ("hasaccount", account.into()),
                ("timecreated", self.now.seconds().into()),
            ],
        )?)
    }

    /// The row that a guest's order may write: the one of this same order when no other bill uses it, or one that says
    /// exactly the same.
    fn guest_customer(&self, info: &CustomerInfo, previous: Option<i64>) -> Result<Option<i64>> {
        match self.own_customer(previous)? {
            Some(own) => Ok(Some(own)),
            None => self.same_customer(info, 0),
        }
    }

    /// The row of this order's previous revision, when it is no account's and no other bill uses it.
    fn own_customer(&self, previous: Option<i64>) -> Result<Option<i64>> {
        let Some(id) = previous else {
            return Ok(None);
        };
        let bills = self.database.query(
            "SELECT id FROM {local_shop_bill} WHERE customerid = ?",
            &[id.to_string().into()],
        )?;
        let rows = self.database.query(
            "SELECT id FROM {local_shop_customer} WHERE id = ? AND hasaccount = 0",
            &[id.into()],
        )?;
        Ok((bills.len() == 1 && rows.len() == 1).then_some(id))
    }

    /// The newest row of an account (0: of guests) that says exactly this.
    fn same_customer(&self, info: &CustomerInfo, account: i64) -> Result<Option<i64>> {
        let rows = self.database.query(
            "SELECT id, firstname, lastname, organisation, address, zip, city, country, email
               FROM {local_shop_customer} WHERE email = ? AND hasaccount = ? ORDER BY id DESC",
            &[printed(&info.email), account.into()],
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
                equal &= row.text(column)? == plain(value.trim());
            }
            if equal {
                return Ok(Some(row.int("id")?));
            }
        }
        Ok(None)
    }

    /// Inserts the bill under the next ordering number.
    pub(super) fn insert_bill(&mut self, new: &NewOrder<'_>, customer: i64) -> Result<i64> {
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
            if Order::find(self.database, &new.transaction)?.is_some() {
                // The same click twice, and the other one was first: what it placed is found on the next try.
                return Err(Error::Conflict);
            }
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

    pub(super) fn update_bill(
        &mut self,
        new: &NewOrder<'_>,
        order: &Order,
        customer: i64,
    ) -> Result<()> {
        let mut fields = self.bill_fields(new, customer);
        fields.push(("userid", order.user.into()));
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
            ("invoiceinfo", printed_invoice(cart).into()),
            ("title", shop.label.as_str().into()),
            ("lastactiondate", self.now.seconds().into()),
            ("untaxedamount", totals.untaxed().to_column_string().into()),
            ("taxes", totals.taxes().to_column_string().into()),
            ("amount", totals.taxed().to_column_string().into()),
            ("currency", shop.currency.code().into()),
            ("paymode", new.paymode.into()),
            ("test", shop.settings.test_mode().into()),
            // The plugin's community edition draws no bill that names a partner: the class for it is in the other edition. Which partner an
            // order came from is in the engine's own tables.
            ("partnerid", 0_i64.into()),
            // The column holds 16 characters; the whole code is in the engine's own order row.
            (
                "partnertag",
                printed(&tag.chars().take(16).collect::<String>()),
            ),
        ]
    }

    pub(super) fn insert_lines(&mut self, new: &NewOrder<'_>, order: &Order) -> Result<()> {
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
                        line_data::customer_data(cart, &item.shortname)
                            .to_column()
                            .into(),
                    ),
                    (
                        "productiondata",
                        line_data::production_data(self.database, new.placement, &item.shortname)?
                            .to_column()
                            .into(),
                    ),
                ],
            )?;
            let fulfillment = item.fulfillment.of_order(&order.transaction);
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
                    (
                        "fulfillmenturl",
                        fulfillment.url().unwrap_or_default().into(),
                    ),
                    ("fulfillmentmessage", fulfillment.message().into()),
                    (
                        "article",
                        item.fulfillment
                            .article(line.code())
                            .unwrap_or_default()
                            .into(),
                    ),
                    ("elements", elements_column(item).into()),
                ],
            )?;
        }
        Ok(())
    }
}

/// An element of a bundle as a line keeps it: id and name. Earlier versions kept the name alone.
#[derive(Deserialize, Serialize)]
#[serde(untagged)]
pub(super) enum LineElement {
    Known(i64, String),
    Name(String),
}

impl LineElement {
    pub(super) fn id(&self) -> Option<i64> {
        match self {
            Self::Known(id, _) => Some(*id),
            Self::Name(_) => None,
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Known(_, name) | Self::Name(name) => name,
        }
    }
}

/// The elements that a line keeps.
pub(super) fn line_elements(column: &str) -> Vec<LineElement> {
    serde_json::from_str(column).unwrap_or_default()
}

/// The elements of a bundle as a line keeps them: a JSON list, '' for none.
fn elements_column(item: &CatalogItem) -> String {
    let elements = item.content.elements();
    if elements.is_empty() {
        return String::new();
    }
    let kept: Vec<LineElement> = elements
        .iter()
        .map(|element| LineElement::Known(element.id, element.name.clone()))
        .collect();
    serde_json::to_string(&kept).unwrap_or_default()
}

/// A text of a buyer, of an account or of a payment interface as the plugin's tables hold it: the plugin prints it without escaping it.
/// Every such text that the engine writes there passes here, or [`printed_invoice`], or [`printed_php`].
pub(super) fn printed(text: &str) -> Value {
    Value::from(plain(text.trim()).into_owned())
}

/// As [`printed`], for the invoice identity, which the plugin's tables hold as JSON; '' where the buyer gave none.
fn printed_invoice(cart: &Cart) -> String {
    if !cart.usedistinctinvoiceinfo {
        return String::new();
    }
    let tree = serde_json::to_value(&cart.invoiceinfo).unwrap_or_default();
    plain_tree(tree).to_string()
}

/// The invoice identity as the engine keeps it: JSON.
pub(super) fn invoice_column(cart: &Cart) -> String {
    serde_json::to_string(&cart.invoiceinfo).unwrap_or_default()
}

/// The buyer as the order keeps him: later changes of the customer row do not move a placed order.
pub(super) fn customer_json(cart: &Cart) -> String {
    serde_json::to_string(&cart.customerinfo).unwrap_or_default()
}

/// Counter of `local_shop_bill.ordering`.
const ORDERING: &str = "bill.ordering";

/// How often a number that the plugin has taken meanwhile is skipped.
const ORDERING_ATTEMPTS: u32 = 5;
