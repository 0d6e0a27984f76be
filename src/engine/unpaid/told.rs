//! What a seller is told of a bill that was sold without a payment: which, since when, how much, and what was delivered.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::database::Row;
use crate::domain::money::{Currency, Money};
use crate::engine::{Engine, Result, Work};

/// A bill that was sold past the engine.
#[derive(Clone, Debug, Serialize)]
pub struct UnpaidBill {
    /// Id of the bill.
    pub bill: i64,
    /// Transaction id as the bill has it; '' when the bill is gone.
    pub transid: String,
    /// The status word by which it was found: SOLDOUT, PARTIAL, COMPLETE or PREPROD; another one when only a delivery gave it away.
    pub status: String,
    /// What the bill says is due, in major units with the currency; to the minor unit where it can be read.
    pub amount: String,
    /// The first delivery, else the last action on the bill: Unix seconds, UTC.
    pub since: i64,
    /// When the engine found it, or a seller looked at it: Unix seconds, UTC.
    pub found: i64,
    /// Placed in test mode?
    pub test: bool,
    /// Is there an order of it?
    pub ordered: bool,
    /// What the plugin's records say was delivered, up to 50 products.
    pub delivered: Vec<Delivered>,
}

/// A product that the plugin's production recorded.
#[derive(Clone, Debug, Serialize)]
pub struct Delivered {
    /// Product code of the bill's line.
    pub code: String,
    /// What the line says.
    pub label: String,
    /// The product's own reference.
    pub reference: String,
    /// What it gave access to: `userenrol` for an enrolment, `roleassign` for a role, '' for nothing in Moodle.
    pub context: String,
    /// Row id of that enrolment or role.
    pub instance: i64,
    /// When: Unix seconds, UTC.
    pub time: i64,
}

impl Engine {
    /// The bills that were sold without a payment and that no seller has looked at, oldest first, up to `limit`.
    ///
    /// # Errors
    /// [`crate::engine::Error::Database`].
    pub fn unpaid_bills(&self, limit: u32) -> Result<Vec<UnpaidBill>> {
        let rows = self.database().query(
            &format!("SELECT id, billid FROM {{local_shopengine_watch}} WHERE state = 'alarm' ORDER BY id LIMIT {limit}"),
            &[],
        )?;
        let mut bills = Vec::with_capacity(rows.len());
        for row in &rows {
            let bill = row.int("billid")?;
            bills.push(self.look(|work| work.unpaid_bill(bill))?);
        }
        Ok(bills)
    }

    /// How many bills were sold without a payment and no seller has looked at.
    ///
    /// # Errors
    /// [`crate::engine::Error::Database`].
    pub fn count_unpaid_bills(&self) -> Result<u64> {
        let rows = self.database().query(
            "SELECT COUNT(*) AS number FROM {local_shopengine_watch} WHERE state = 'alarm'",
            &[],
        )?;
        let number = rows.first().map_or(Ok(0), |row| row.int("number"))?;
        Ok(u64::try_from(number).unwrap_or_default())
    }
}

impl Work<'_> {
    /// What there is to tell of a bill, whether its alarm was raised yet or not.
    pub(in crate::engine) fn unpaid_bill(&self, bill: i64) -> Result<UnpaidBill> {
        let rows = self.database.query(
            "SELECT id, status, timemodified FROM {local_shopengine_watch} WHERE billid = ? AND state IN ('alarm', 'seen')",
            &[bill.into()],
        )?;
        let alarm = rows.first();
        let rows = self.database.query(
            "SELECT b.id, b.transactionid, b.status, b.amount, b.currency, b.lastactiondate, b.emissiondate, b.test, o.id AS orderid
               FROM {local_shop_bill} b LEFT JOIN {local_shopengine_order} o ON o.billid = b.id WHERE b.id = ?",
            &[bill.into()],
        )?;
        let gone = Row::new(Vec::new());
        let row = rows.first().unwrap_or(&gone);
        let delivered = self.delivered(bill)?;
        let number = |row: &Row, column: &str| row.int(column).unwrap_or_default();
        let acted = match number(row, "lastactiondate") {
            0 => number(row, "emissiondate"),
            time => time,
        };
        let first = delivered.iter().map(|product| product.time).min();
        Ok(UnpaidBill {
            bill,
            transid: row.text("transactionid").unwrap_or_default(),
            status: alarm.unwrap_or(row).text("status").unwrap_or_default(),
            amount: amount(row),
            since: first.unwrap_or(acted),
            found: alarm.map_or(self.now.seconds(), |row| number(row, "timemodified") / 1000),
            test: number(row, "test") != 0,
            ordered: number(row, "orderid") != 0,
            delivered,
        })
    }

    /// The language of the account that has the seller's address, else of the buyer's.
    pub(in crate::engine) fn seller_lang(&self, bill: i64) -> Result<String> {
        let sellers = self.database.query(
            "SELECT u.id, u.lang FROM {config_plugins} c JOIN {user} u ON u.email = c.value AND u.deleted = 0
              WHERE c.plugin = ? AND c.name = ? ORDER BY u.id LIMIT 1",
            &["local_shop".into(), "sellermail".into()],
        )?;
        if let Some(seller) = sellers.first() {
            return Ok(seller.text("lang")?);
        }
        let rows = self.database.query(
            "SELECT id, userid FROM {local_shop_bill} WHERE id = ?",
            &[bill.into()],
        )?;
        self.lang_of(rows.first().map_or(Ok(0), |row| row.int("userid"))?)
    }

    fn delivered(&self, bill: i64) -> Result<Vec<Delivered>> {
        let mut products = BTreeMap::new();
        for sql in DELIVERED {
            for row in &self.database.query(sql, &[bill.into()])? {
                products.insert(
                    row.int("id")?,
                    Delivered {
                        code: row.text("itemcode")?,
                        label: row.text("abstract")?,
                        reference: row.text("reference")?,
                        context: row.text("contexttype")?,
                        instance: row.int("instanceid")?,
                        time: row.int("time")?,
                    },
                );
            }
        }
        Ok(products.into_values().collect())
    }
}

/// What the bill says is due.
fn amount(bill: &Row) -> String {
    let code = bill.text("currency").unwrap_or_default();
    let exact = Currency::parse(&code).ok().zip(bill.decimal("amount").ok());
    let rounded = exact.and_then(|(currency, exact)| Money::round(exact, currency).ok());
    rounded.map_or_else(
        || format!("{} {code}", bill.text("amount").unwrap_or_default()),
        |amount| amount.to_string(),
    )
}

/// The products of a bill, and those that it renewed.
const DELIVERED: [&str; 2] = [
    "SELECT p.id, i.itemcode, i.abstract, p.reference, p.contexttype, p.instanceid, p.startdate AS time
       FROM {local_shop_billitem} i JOIN {local_shop_product} p ON p.initialbillitemid = i.id
      WHERE i.billid = ? ORDER BY p.id LIMIT 50",
    "SELECT p.id, i.itemcode, i.abstract, p.reference, p.contexttype, p.instanceid, MIN(e.datecreated) AS time
       FROM {local_shop_billitem} i
       JOIN {local_shop_productevent} e ON e.billitemid = i.id
       JOIN {local_shop_product} p ON p.id = e.productid
      WHERE i.billid = ? GROUP BY p.id, i.itemcode, i.abstract, p.reference, p.contexttype, p.instanceid ORDER BY p.id LIMIT 50",
];
