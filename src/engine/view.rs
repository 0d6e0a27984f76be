//! An order as pages, mails and exports show it: read from what was stored at placement, never recomputed.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::database::{Row, Value};
use crate::domain::customer::{CustomerInfo, InvoiceInfo};
use crate::domain::money::{Currency, Money};
use crate::domain::state::Fulfilment;

use crate::gateway::Settings;

use super::rows::line_elements;
use super::{Buyer, Engine, Entry, Order, Result};

/// One line.
#[derive(Clone, Debug, Serialize)]
pub struct OrderLine {
    /// BILLING, SHIPPING or DISCOUNT.
    pub kind: String,
    /// Product code.
    pub code: String,
    /// Product shortname.
    pub shortname: String,
    /// What the buyer reads.
    pub label: String,
    /// Names of a bundle's elements when the order was placed; empty for other products.
    pub elements: Vec<String>,
    /// Units.
    pub quantity: u32,
    /// Price of one unit without tax: a decimal string in major units, up to three decimals.
    pub unitprice: String,
    /// Tax rate in percent, or '' for none.
    pub rate: String,
    /// Title of the tax, or ''.
    pub tax: String,
    /// Without tax.
    pub untaxed: Money,
    /// Tax.
    pub taxes: Money,
    /// With tax.
    pub taxed: Money,
}

/// Where a product of an order is found.
#[derive(Clone, Debug, Serialize)]
pub struct Opening {
    /// What the buyer reads.
    pub label: String,
    /// Its address, or ''.
    pub url: String,
    /// What its buyer reads once he has paid, or ''.
    pub message: String,
}

/// Amounts of one tax.
#[derive(Clone, Debug, Serialize)]
pub struct TaxView {
    /// Title, or ''.
    pub title: String,
    /// Rate in percent, or ''.
    pub rate: String,
    /// Without tax.
    pub untaxed: Money,
    /// Tax.
    pub taxes: Money,
    /// With tax.
    pub taxed: Money,
}

/// An order with everything that is shown of it.
#[derive(Clone, Debug, Serialize)]
pub struct OrderView {
    /// Transaction id.
    pub transid: String,
    /// Id of the bill.
    pub bill: i64,
    /// Shop id.
    pub shop: i64,
    /// Invoice number, or '' while there is none.
    pub idnumber: String,
    /// The plugin's status word.
    pub status: String,
    /// Paid in full and not paid back?
    pub paid: bool,
    /// Delivered in full?
    pub delivered: bool,
    /// Why a human has to look: a code, or none.
    pub held: Option<String>,
    /// Placed in test mode?
    pub test: bool,
    /// Revision.
    pub revision: u32,
    /// When it was placed: Unix seconds, UTC.
    pub emissiondate: i64,
    /// Payment interface.
    pub paymode: String,
    /// Language of the buyer.
    pub lang: String,
    /// The buyer.
    pub customer: CustomerInfo,
    /// Who sells, by the field names of an invoice identity (organisation, address, zip, city, country, email, vatcode), and his number in the
    /// register of companies (registration).
    pub seller: BTreeMap<&'static str, String>,
    /// Who gets the invoice, if someone else.
    pub invoice: Option<InvoiceInfo>,
    /// Lines.
    pub lines: Vec<OrderLine>,
    /// Taxes.
    pub bytax: Vec<TaxView>,
    /// Total without tax.
    pub untaxed: Money,
    /// Total of taxes.
    pub taxes: Money,
    /// Total with tax: what is due.
    pub taxed: Money,
    /// Where what was bought is opened, as placed. Only once paid, or owned before.
    pub links: Vec<Opening>,
    /// Decisions so far.
    pub history: Vec<Entry>,
}

/// An order in a list.
#[derive(Clone, Debug, Serialize)]
pub struct RecentOrder {
    /// Transaction id.
    pub transid: String,
    /// Buyer's name.
    pub name: String,
    /// What is due.
    pub amount: Money,
    /// When it was placed: Unix seconds, UTC.
    pub emissiondate: i64,
}

impl Engine {
    /// Everything that is shown of an order.
    ///
    /// # Errors
    /// [`super::Error::Database`], [`super::Error::Money`].
    pub fn view(&self, order: &Order) -> Result<OrderView> {
        let bills = self.database().query(
            "SELECT idnumber, emissiondate FROM {local_shop_bill} WHERE id = ?",
            &[order.bill.into()],
        )?;
        let bill = bills.first().cloned().unwrap_or_default();
        let rows = self.database().query(
            "SELECT l.id, l.kind, l.itemcode, l.shortname, l.label, l.quantity, l.unitprice, l.taxtitle, l.taxratio, l.taxcode,
                    l.untaxed, l.taxes, l.taxed, l.fulfillmenturl, l.fulfillmentmessage, l.elements
               FROM {local_shopengine_line} l
              WHERE l.billid = ? AND l.revision = ? ORDER BY l.ordering",
            &[order.bill.into(), order.revision.into()],
        )?;
        let currency = order.amount.currency();
        let mut lines = Vec::with_capacity(rows.len());
        let mut links = Vec::new();
        let mut bytax: BTreeMap<String, TaxView> = BTreeMap::new();
        for row in &rows {
            let line = self.line(row, currency, &order.lang)?;
            let (url, message) = (row.text("fulfillmenturl")?, row.text("fulfillmentmessage")?);
            if order.is_open() && !(url.is_empty() && message.is_empty()) {
                links.push(Opening {
                    label: line.label.clone(),
                    url,
                    message,
                });
            }
            add(&mut bytax, row.text("taxcode")?, &line)?;
            lines.push(line);
        }
        // From our own lines, which nobody edits: untaxed + taxes is what is due, to the minor unit.
        let zero = Money::zero(currency);
        let untaxed = lines
            .iter()
            .try_fold(zero, |sum, line| sum.plus(line.untaxed))?;
        let taxes = lines
            .iter()
            .try_fold(zero, |sum, line| sum.plus(line.taxes))?;
        Ok(OrderView {
            transid: order.transaction.to_string(),
            bill: order.bill,
            shop: order.shop,
            idnumber: bill.text("idnumber")?,
            status: order.state.status().as_str().to_owned(),
            paid: order.state.is_paid(),
            delivered: order.state.fulfilment() == Fulfilment::Done,
            held: order.held.clone(),
            test: order.test,
            revision: order.revision,
            emissiondate: bill.int("emissiondate")?,
            paymode: order.paymode.clone(),
            lang: order.lang.clone(),
            seller: self.seller()?,
            customer: serde_json::from_str(&order.customer).unwrap_or_default(),
            invoice: serde_json::from_str(&order.invoice).ok(),
            lines,
            bytax: bytax.into_values().collect(),
            untaxed,
            taxes,
            taxed: order.amount,
            links,
            history: self.history(order.bill)?,
        })
    }

    fn seller(&self) -> Result<BTreeMap<&'static str, String>> {
        let names: Vec<&str> = SELLER
            .iter()
            .flat_map(|(_, names)| *names)
            .copied()
            .collect();
        let places = vec!["?"; names.len()].join(", ");
        let mut values: Vec<Value> = vec!["local_shop".into()];
        values.extend(names.into_iter().map(Value::from));
        let rows = self.database().query(
            &format!("SELECT id, name, value FROM {{config_plugins}} WHERE plugin = ? AND name IN ({places})"),
            &values,
        )?;
        let mut set = HashMap::new();
        for row in &rows {
            set.insert(row.text("name")?, row.text("value")?);
        }
        let settings = Settings::new(set);
        let told = SELLER.iter().map(|(field, names)| {
            let mut texts = names.iter().map(|name| settings.text(name));
            let text = texts.find(|text| !text.is_empty()).unwrap_or_default();
            (*field, text.to_owned())
        });
        Ok(told.collect())
    }

    /// A line, its names in the order's language.
    fn line(&self, row: &Row, currency: Currency, lang: &str) -> Result<OrderLine> {
        let elements = line_elements(&row.text("elements")?);
        Ok(OrderLine {
            kind: row.text("kind")?,
            code: row.text("itemcode")?,
            shortname: row.text("shortname")?,
            label: self.words(&row.text("label")?, lang),
            elements: elements
                .iter()
                .map(|element| self.words(element.name(), lang))
                .collect(),
            quantity: row.count("quantity")?,
            unitprice: row.text("unitprice")?,
            rate: row.text("taxratio")?,
            tax: row.text("taxtitle")?,
            untaxed: stored(row, "untaxed", currency)?,
            taxes: stored(row, "taxes", currency)?,
            taxed: stored(row, "taxed", currency)?,
        })
    }

    /// The legal mentions below an order's bill, as its catalogue has them now: its id and HTML, which may be ''.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn bill_footer(&self, order: &Order) -> Result<(i64, String)> {
        let rows = self.database().query(
            "SELECT c.id, c.billfooter FROM {local_shop} s JOIN {local_shop_catalog} c ON c.id = s.catalogid WHERE s.id = ?",
            &[order.shop.into()],
        )?;
        let footer = |row: &Row| Ok((row.int("id")?, row.text("billfooter")?));
        rows.first().map_or(Ok((0, String::new())), footer)
    }

    /// Everything that is shown of an order to a visitor: [`Engine::view`], with the buyer's data masked where they are
    /// ([`Order::is_masked_for`]).
    ///
    /// # Errors
    /// [`super::Error::Database`], [`super::Error::Money`].
    pub fn view_for(&self, order: &Order, buyer: &Buyer) -> Result<OrderView> {
        let mut view = self.view(order)?;
        if order.is_masked_for(buyer) {
            view.customer = serde_json::from_str(&order.shown).unwrap_or_default();
        }
        Ok(view)
    }

    /// An order in a list.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn summary(&self, order: &Order) -> Result<RecentOrder> {
        let rows = self.database().query(
            "SELECT emissiondate FROM {local_shop_bill} WHERE id = ?",
            &[Value::from(order.bill)],
        )?;
        let customer: CustomerInfo = serde_json::from_str(&order.customer).unwrap_or_default();
        Ok(RecentOrder {
            transid: order.transaction.to_string(),
            name: format!("{} {}", customer.firstname, customer.lastname)
                .trim()
                .to_owned(),
            amount: order.amount,
            emissiondate: rows.first().map_or(Ok(0), |row| row.int("emissiondate"))?,
        })
    }
}

/// The seller as the plugin's settings name him; his billing address where he has one.
/// What an order tells of the seller, and the plugin's settings that say it: the first that is not empty.
const SELLER: [(&str, &[&str]); 8] = [
    ("organisation", &["sellername"]),
    ("address", &["sellerbillingaddress", "selleraddress"]),
    ("zip", &["sellerbillingzip", "sellerzip"]),
    ("city", &["sellerbillingcity", "sellercity"]),
    ("country", &["sellerbillingcountry", "sellercountry"]),
    ("vatcode", &["tvaeurope"]),
    ("registration", &["sellerID"]),
    ("email", &["sellermail"]),
];

fn stored(row: &Row, column: &str, currency: Currency) -> Result<Money> {
    Ok(Money::from_column(&row.text(column)?, currency)?)
}

fn add(bytax: &mut BTreeMap<String, TaxView>, code: String, line: &OrderLine) -> Result<()> {
    let sum = match bytax.get(&code) {
        None => TaxView {
            title: line.tax.clone(),
            rate: line.rate.clone(),
            untaxed: line.untaxed,
            taxes: line.taxes,
            taxed: line.taxed,
        },
        Some(tax) => TaxView {
            title: tax.title.clone(),
            rate: tax.rate.clone(),
            untaxed: tax.untaxed.plus(line.untaxed)?,
            taxes: tax.taxes.plus(line.taxes)?,
            taxed: tax.taxed.plus(line.taxed)?,
        },
    };
    bytax.insert(code, sum);
    Ok(())
}
