//! Lists of orders: the last ones, those that a seller searches for.

use crate::clock::UnixMillis;
use crate::database::Value;
use crate::domain::state::BillStatus;

use super::{Engine, Order, Result};

/// Which orders a list shows. What is empty leaves none out.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct OrderFilter {
    /// How the order's number begins; or the whole number of its invoice; or words of the buyer, each of which begins their first name, last
    /// name or organisation or is their e-mail address. Upper and lower case are one. Of customers the newest 200 that fit are looked at.
    pub text: String,
    /// State of the bill.
    pub status: Option<BillStatus>,
    /// Name of a payment interface.
    pub paymode: String,
    /// Row id of the partner whom the order is credited to.
    pub partner: Option<i64>,
    /// Only what waits for a seller.
    pub held: bool,
    /// Placed at this moment or later.
    pub from: Option<UnixMillis>,
    /// Placed before this moment.
    pub before: Option<UnixMillis>,
}

impl Engine {
    /// The last orders, newest first.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn recent_orders(&self, limit: u32, offset: u32) -> Result<Vec<Order>> {
        self.find_orders(&OrderFilter::default(), limit, offset)
    }

    /// The orders of a list, newest first. One that cannot be read is left out and noted: the others must be seen.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn find_orders(&self, filter: &OrderFilter, limit: u32, offset: u32) -> Result<Vec<Order>> {
        let (join, mut values) = self.found(filter.text.trim())?;
        let mut conditions = vec!["1 = 1"];
        let mut also = |condition, value: Value| {
            conditions.push(condition);
            values.push(value);
        };
        if let Some(status) = filter.status {
            also("o.status = ?", status.as_str().into());
        }
        if !filter.paymode.is_empty() {
            also("o.paymode = ?", filter.paymode.as_str().into());
        }
        if let Some(partner) = filter.partner {
            also(
                "o.billid IN (SELECT r.billid FROM {local_shopengine_referral} r WHERE r.partnerid = ?)",
                partner.into(),
            );
        }
        if filter.held {
            also("o.held <> ?", "".into());
        }
        if let Some(from) = filter.from {
            also("o.timecreated >= ?", from.millis().into());
        }
        if let Some(before) = filter.before {
            also("o.timecreated < ?", before.millis().into());
        }
        let rows = self.database().query(
            &format!(
                "SELECT o.billid FROM {{local_shopengine_order}} o {join} WHERE {}
                  ORDER BY o.id DESC LIMIT {limit} OFFSET {offset}",
                conditions.join(" AND ")
            ),
            &values,
        )?;
        let mut orders = Vec::with_capacity(rows.len());
        for row in rows {
            let bill = row.int("billid")?;
            match Order::of_bill(self.database(), bill).map_err(super::Error::from) {
                Ok(order) => orders.extend(order),
                Err(error) if error.is_foreign_data() => {
                    self.note(None, &format!("Bill {bill} not readable : {error}"));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(orders)
    }

    /// What joins the orders that a text fits, with its values; '' for no text. It is read first, by the indexes of numbers and customers, however
    /// many orders there are.
    fn found(&self, text: &str) -> Result<(String, Vec<Value>)> {
        if text.is_empty() {
            return Ok(Default::default());
        }
        let mut fit = String::from(
            "SELECT n.billid FROM {local_shopengine_order} n WHERE n.transactionid LIKE ? ESCAPE '!' OR n.transactionid LIKE ? ESCAPE '!'
              UNION SELECT i.id FROM {local_shop_bill} i WHERE i.idnumber = ?",
        );
        // As typed, or as this engine writes numbers: some databases tell upper from lower case.
        let mut values = vec![
            begins_with(text).into(),
            begins_with(&text.to_uppercase()).into(),
            text.into(),
        ];
        let customers = self.customers_named(text)?;
        if !customers.is_empty() {
            let places = vec!["?"; customers.len()].join(", ");
            fit += &format!(
                " UNION SELECT c.id FROM {{local_shop_bill}} c WHERE c.customerid IN ({places})"
            );
            // The plugin's column of it is a text.
            values.extend(customers.iter().map(|id| Value::from(id.to_string())));
        }
        Ok((format!("JOIN ({fit}) f ON f.billid = o.billid"), values))
    }

    /// The customers whom all words of a text fit, the newest first.
    fn customers_named(&self, text: &str) -> Result<Vec<i64>> {
        let (mut conditions, mut values) = (Vec::new(), Vec::new());
        for word in text.split_whitespace().take(WORDS) {
            let word = word.to_lowercase();
            conditions.push(
                "(LOWER(email) = ? OR LOWER(firstname) LIKE ? ESCAPE '!' OR LOWER(lastname) LIKE ? ESCAPE '!'
                  OR LOWER(organisation) LIKE ? ESCAPE '!')",
            );
            let beginning = begins_with(&word);
            values.push(Value::from(word));
            values.extend([(); 3].map(|()| Value::from(beginning.as_str())));
        }
        let rows = self.database().query(
            &format!(
                "SELECT id FROM {{local_shop_customer}} WHERE {} ORDER BY id DESC LIMIT {CUSTOMERS}",
                conditions.join(" AND ")
            ),
            &values,
        )?;
        Ok(rows
            .iter()
            .map(|row| row.int("id"))
            .collect::<std::result::Result<_, _>>()?)
    }
}

/// The pattern of what begins with a text, for `LIKE … ESCAPE '!'`.
fn begins_with(text: &str) -> String {
    let text = text
        .replace('!', "!!")
        .replace('%', "!%")
        .replace('_', "!_");
    format!("{text}%")
}

/// Most words of a buyer that are looked at.
const WORDS: usize = 4;

/// Most customers whose orders are looked for.
const CUSTOMERS: u32 = 200;
