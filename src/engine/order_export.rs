//! The list of orders as a file: a line for each order, for spreadsheets and bookkeeping.

use std::collections::{HashMap, HashSet};
use std::io;

use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::database::{DatabaseError, Row};
use crate::domain::csv;
use crate::domain::customer::CustomerInfo;
use crate::domain::money::Currency;

use super::sales_figures::{COUNTED, listed};
use super::{Engine, OrderFilter, Result};

/// The sums of an order's settlements in its currency: paid, and refunded or charged back.
#[derive(Clone, Copy, Default)]
struct Paid {
    settled: Decimal,
    refunded: Decimal,
}

impl Engine {
    /// Writes the orders of a list to `out` as CSV (RFC 4180), newest first; returns how many. Two hundred are read at a time, by their row ids:
    /// an order that is placed meanwhile shifts no page. Amounts are decimals in major units, times are UTC.
    ///
    /// # Errors
    /// [`super::Error::Database`], also for what `out` says.
    pub fn write_orders(&self, filter: &OrderFilter, out: &mut dyn io::Write) -> Result<u64> {
        let failed = |error: io::Error| DatabaseError::Failed(error.to_string());
        writeln!(out, "{}", COLUMNS.join(",")).map_err(failed)?;
        let (mut written, mut below) = (0, i64::MAX);
        loop {
            let page = self.listed_orders(filter, below, &format!("LIMIT {PAGE}"))?;
            let Some((last, _)) = page.last() else {
                break;
            };
            below = *last;
            let bills: Vec<i64> = page.iter().map(|(_, bill)| *bill).collect();
            for line in self.exported(&bills)? {
                let fields: Vec<String> = line.iter().map(|text| csv::field(text)).collect();
                writeln!(out, "{}", fields.join(",")).map_err(failed)?;
                written += 1;
            }
        }
        out.flush().map_err(failed)?;
        Ok(written)
    }

    /// The lines of some orders, in the order of `bills`.
    fn exported(&self, bills: &[i64]) -> Result<Vec<[String; COLUMNS.len()]>> {
        let Some(list) = listed(bills) else {
            return Ok(Vec::new());
        };
        let rows = self.database().query(
            &format!(
                "SELECT o.id, o.billid, o.transactionid, o.timecreated, o.status, o.held, o.test, o.paymode, o.currency, o.amount, o.customer,
                        b.idnumber, b.untaxedamount, b.taxes, p.partnerkey, r.tag
                   FROM {{local_shopengine_order}} o
              LEFT JOIN {{local_shop_bill}} b ON b.id = o.billid
              LEFT JOIN {{local_shopengine_referral}} r ON r.billid = o.billid
              LEFT JOIN {{local_shop_partner}} p ON p.id = r.partnerid
                  WHERE o.billid IN ({list}) ORDER BY o.id DESC"
            ),
            &[],
        )?;
        let products = self.exported_products(&list)?;
        let paid = self.exported_payments(&list)?;
        let line = |row: &Row| -> Result<[String; COLUMNS.len()]> {
            let bill = row.int("billid")?;
            let time = Timestamp::from_millisecond(row.int("timecreated")?).unwrap_or_default();
            let customer: CustomerInfo =
                serde_json::from_str(&row.text("customer")?).unwrap_or_default();
            let currency = row.text("currency")?;
            // The plugin's columns have three decimals.
            let amount = |mut amount: Decimal| {
                if let Ok(currency) = Currency::parse(&currency) {
                    amount.rescale(currency.exponent());
                }
                amount.to_string()
            };
            let paid = paid
                .get(&(bill, currency.clone()))
                .copied()
                .unwrap_or_default();
            Ok([
                row.text("transactionid")?,
                row.text("idnumber")?,
                format!("{time:.0}"),
                row.text("status")?,
                row.text("held")?,
                if row.flag("test")? { "1" } else { "0" }.to_owned(),
                row.text("paymode")?,
                row.text("partnerkey")?,
                row.text("tag")?,
                customer.firstname,
                customer.lastname,
                customer.organisation,
                customer.email,
                customer.country,
                products.get(&bill).cloned().unwrap_or_default(),
                currency.clone(),
                amount(row.decimal("untaxedamount")?),
                amount(row.decimal("taxes")?),
                amount(row.decimal("amount")?),
                amount(paid.settled),
                amount(paid.refunded),
            ])
        };
        rows.iter().map(line).collect()
    }

    /// The products of some bills as they were ordered: `2 x livre; 1 x cours`.
    fn exported_products(&self, bills: &str) -> Result<HashMap<i64, String>> {
        let mut products: HashMap<i64, String> = HashMap::new();
        let rows = self.database().query(
            &format!(
                "SELECT l.id, l.billid, l.quantity, l.itemcode FROM {{local_shopengine_line}} l
                   JOIN {{local_shopengine_order}} o ON o.billid = l.billid AND o.revision = l.revision
                  WHERE l.billid IN ({bills}) ORDER BY l.billid, l.ordering"
            ),
            &[],
        )?;
        for row in rows {
            let text = products.entry(row.int("billid")?).or_default();
            if !text.is_empty() {
                text.push_str("; ");
            }
            text.push_str(&format!(
                "{} x {}",
                row.int("quantity")?,
                row.text("itemcode")?
            ));
        }
        Ok(products)
    }

    /// What was paid for some bills, by bill and currency. Where no payment counted, none was taken back.
    fn exported_payments(&self, bills: &str) -> Result<HashMap<(i64, String), Paid>> {
        let mut paid: HashMap<(i64, String), Paid> = HashMap::new();
        let rows = self.database().query(
            &format!(
                "SELECT s.id, s.billid, s.state, s.amount, s.refunded, s.currency FROM {{local_shopengine_settlement}} s
                  WHERE s.billid IN ({bills}) AND (s.state IN ('reversal', 'restoration') OR {COUNTED})"
            ),
            &[],
        )?;
        let mut counted = HashSet::new();
        for row in rows {
            let sum = paid
                .entry((row.int("billid")?, row.text("currency")?))
                .or_default();
            let amount = row.decimal("amount")?;
            match row.text("state")?.as_str() {
                "reversal" => sum.refunded += amount,
                "restoration" => sum.refunded -= amount,
                _ => {
                    counted.insert(row.int("billid")?);
                    sum.settled += amount;
                    sum.refunded += row.decimal("refunded")?;
                }
            }
        }
        paid.retain(|(bill, _), _| counted.contains(bill));
        Ok(paid)
    }
}

/// The columns of the file.
const COLUMNS: [&str; 21] = [
    "order",
    "invoice",
    "time",
    "status",
    "held",
    "test",
    "paymode",
    "partner",
    "tag",
    "firstname",
    "lastname",
    "organisation",
    "email",
    "country",
    "products",
    "currency",
    "untaxed",
    "taxes",
    "amount",
    "settled",
    "refunded",
];

/// Orders read at a time.
const PAGE: u32 = 200;
