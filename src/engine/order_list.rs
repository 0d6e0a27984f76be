//! Lists of orders: the last ones, those that a seller searches for.

use crate::clock::UnixMillis;
use crate::database::Value;
use crate::domain::state::BillStatus;

use super::{Engine, Order, Result};

/// Which orders a list shows. What is empty leaves none out.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct OrderFilter {
    /// How the order's number begins; or the whole number of its invoice; or words of the buyer, each of which begins their first name, last
    /// name or organisation or is their e-mail address. Upper and lower case are one.
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
        let (mut conditions, mut values) = (vec!["1 = 1".to_owned()], Vec::new());
        let mut also = |condition: &str, value: Value| {
            conditions.push(condition.to_owned());
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
        let text = filter.text.trim();
        if !text.is_empty() {
            let mut either = vec![
                // In the case as typed, or as all numbers of this engine are: so the index serves, whatever the database makes of case.
                "o.transactionid LIKE ? ESCAPE '!'",
                "o.transactionid LIKE ? ESCAPE '!'",
                "o.billid IN (SELECT b.id FROM {local_shop_bill} b WHERE b.idnumber = ?)",
            ];
            let customers = self.customers_named(text)?;
            let of_customers = format!(
                "o.billid IN (SELECT c.id FROM {{local_shop_bill}} c WHERE c.customerid IN ({}))",
                vec!["?"; customers.len()].join(", ")
            );
            if !customers.is_empty() {
                either.push(&of_customers);
            }
            conditions.push(format!("({})", either.join(" OR ")));
            values.extend([
                begins_with(text).into(),
                begins_with(&text.to_uppercase()).into(),
                text.into(),
            ]);
            // The plugin's column of it is a text.
            values.extend(customers.iter().map(|id| Value::from(id.to_string())));
        }
        let rows = self.database().query(
            &format!(
                "SELECT o.billid FROM {{local_shopengine_order}} o WHERE {}
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
