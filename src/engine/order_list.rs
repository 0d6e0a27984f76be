//! Lists of orders: the last ones, those that a seller searches for.

use crate::clock::UnixMillis;
use crate::database::Value;
use crate::domain::state::BillStatus;

use super::sales_figures::COUNTED;
use super::{Engine, Order, Result};

/// Of what the days of a list are.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum OrderDay {
    /// When the order was placed.
    #[default]
    Placed,
    /// When its payment came.
    Paid,
    /// When a part of it, or all, was paid or taken back.
    Refunded,
    /// When its buyer arrived by a partner's link, credited or not. The partner of the list is the one of the link then (0: a key that nobody has).
    Arrived,
}

impl OrderDay {
    /// The word for it in an address; '' or anything else is the day of the order.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        match word {
            "paid" => Self::Paid,
            "refunded" => Self::Refunded,
            "arrived" => Self::Arrived,
            _ => Self::Placed,
        }
    }

    /// The word for it in an address.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Paid => "paid",
            Self::Refunded => "refunded",
            Self::Arrived => "arrived",
        }
    }
}

/// Which orders a list shows. What is empty leaves none out.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct OrderFilter {
    /// How the order's number begins; or the whole number of its invoice; or words of the buyer, each of which begins their first name, last
    /// name or organisation or is their e-mail address. Upper and lower case are one. Of customers the newest 200 that fit are looked at.
    pub text: String,
    /// State of the bill.
    pub status: Option<BillStatus>,
    /// Name of a payment interface; '': of none.
    pub paymode: Option<String>,
    /// Row id of the partner whom the order is credited to; 0: of none.
    pub partner: Option<i64>,
    /// Code of a product of which the order has a line.
    pub product: String,
    /// Only orders of the test mode, or only real ones.
    pub test: Option<bool>,
    /// Only orders that were paid, also where the payment was paid back.
    pub paid: bool,
    /// Only what waits for a seller.
    pub held: bool,
    /// What has to have happened in the time from `from` to `before`. Other than placing it leaves out orders to which it never happened. With a
    /// time, drafts are left out unless their state is asked for: they are not placed.
    pub day: OrderDay,
    /// It happened at this moment or later.
    pub from: Option<UnixMillis>,
    /// It happened before this moment.
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
        let found =
            self.listed_orders(filter, i64::MAX, &format!("LIMIT {limit} OFFSET {offset}"))?;
        self.orders_of_bills(found.into_iter().map(|(_, bill)| bill))
    }

    /// The orders of bills, in their order. One that cannot be read is left out and noted: the others must be seen.
    pub(super) fn orders_of_bills(&self, bills: impl Iterator<Item = i64>) -> Result<Vec<Order>> {
        let mut orders = Vec::new();
        for bill in bills {
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

    /// Row ids of the orders of a list, and of their bills, newest first, before the order `below`.
    pub(super) fn listed_orders(
        &self,
        filter: &OrderFilter,
        below: i64,
        limit: &str,
    ) -> Result<Vec<(i64, i64)>> {
        let (join, mut values) = self.found(filter.text.trim())?;
        let mut conditions = vec!["o.id < ?".to_owned()];
        values.push(below.into());
        let mut also = |condition: &str, more: &[Value]| {
            conditions.push(condition.to_owned());
            values.extend_from_slice(more);
        };
        if let Some(status) = filter.status {
            also("o.status = ?", &[status.as_str().into()]);
        }
        if let Some(paymode) = &filter.paymode {
            also("o.paymode = ?", &[paymode.as_str().into()]);
        }
        match filter.partner.filter(|_| filter.day != OrderDay::Arrived) {
            None => {}
            Some(0) => also(
                "NOT EXISTS (SELECT 1 FROM {local_shopengine_referral} r WHERE r.billid = o.billid)",
                &[],
            ),
            Some(partner) => also(
                "o.billid IN (SELECT r.billid FROM {local_shopengine_referral} r WHERE r.partnerid = ?)",
                &[partner.into()],
            ),
        }
        if !filter.product.is_empty() {
            also(
                "EXISTS (SELECT 1 FROM {local_shopengine_line} l WHERE l.billid = o.billid AND l.revision = o.revision AND l.itemcode = ?)",
                &[filter.product.as_str().into()],
            );
        }
        if let Some(test) = filter.test {
            also("o.test = ?", &[test.into()]);
        }
        if filter.paid {
            also("o.payment IN ('paid', 'refunded')", &[]);
        }
        if filter.held {
            also("o.held > ?", &["".into()]);
        }
        let [from, before] = [filter.from, filter.before].map(|time| time.map(UnixMillis::millis));
        let timed = from.is_some() || before.is_some() || filter.day != OrderDay::Placed;
        if timed && filter.status.is_none() {
            also("o.status <> 'WORKING'", &[]);
        }
        let (first, last) = (from.unwrap_or(0), before.unwrap_or(i64::MAX));
        let [first, last] = [first, last].map(Value::from);
        match filter.day {
            OrderDay::Placed => {
                if let Some(from) = from {
                    also("o.timecreated >= ?", &[from.into()]);
                }
                if let Some(before) = before {
                    also("o.timecreated < ?", &[before.into()]);
                }
            }
            OrderDay::Paid => also(
                &format!(
                    "o.billid IN (SELECT s.billid FROM {{local_shopengine_settlement}} s
                       WHERE s.timecreated >= ? AND s.timecreated < ? AND {COUNTED})"
                ),
                &[first, last],
            ),
            OrderDay::Refunded => also(
                &format!(
                    "o.billid IN (SELECT m.billid FROM {{local_shopengine_settlement}} m
                         JOIN {{local_shopengine_settlement}} s ON s.billid = m.billid
                       WHERE m.timecreated >= ? AND m.timecreated < ? AND {COUNTED} AND (m.state IN ('reversal', 'restoration')
                          OR (m.state = 'refund' AND CAST(s.refunded AS DECIMAL(12,3)) > 0))
                       UNION SELECT s.billid FROM {{local_shopengine_settlement}} s
                       WHERE s.state = 'refunded' AND s.timemodified >= ? AND s.timemodified < ? AND {COUNTED})"
                ),
                &[first.clone(), last.clone(), first, last],
            ),
            OrderDay::Arrived => {
                let arrived = "o.transactionid IN (SELECT l.transactionid FROM {local_shopengine_ledger} l
                   WHERE l.kind = 'arrival' AND l.timecreated >= ? AND l.timecreated < ?";
                match filter.partner {
                    None => also(&format!("{arrived})"), &[first, last]),
                    Some(partner) => also(
                        &format!("{arrived} AND l.partnerid = ?)"),
                        &[first, last, partner.into()],
                    ),
                }
            }
        }
        let rows = self.database().query(
            &format!(
                "SELECT o.id, o.billid FROM {{local_shopengine_order}} o {join} WHERE {}
                  ORDER BY o.id DESC {limit}",
                conditions.join(" AND ")
            ),
            &values,
        )?;
        rows.iter()
            .map(|row| Ok((row.int("id")?, row.int("billid")?)))
            .collect()
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
