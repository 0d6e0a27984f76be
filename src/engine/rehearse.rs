//! Past bills replayed: amount, tax and state as the engine would have had them, each difference with its cause. Nothing is written:
//! the database is only read.

mod price;

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::database::{Database, ReadOnly, Row};
use crate::domain::money::{Currency, Money};
use crate::domain::state::BillStatus;

use self::price::Prices;
use super::adopt::{Adoptable, COLUMNS, ITEMS, Problem, Rates};
use super::contents::Contents;
use super::integrity::Finding;
use super::{Engine, Result};

/// A batch of bills that were replayed.
#[derive(Clone, Debug, Serialize)]
pub struct Replayed {
    /// How many; 0 when there are no more.
    pub bills: u32,
    /// Id of the last one: the next batch comes after it.
    pub last: i64,
    /// Those that the engine would have had otherwise.
    pub differences: Vec<Difference>,
}

/// A bill that the engine would have had otherwise.
#[derive(Clone, Debug, Serialize)]
pub struct Difference {
    /// Id of the bill.
    pub bill: i64,
    /// Its transaction id.
    pub transid: String,
    /// Why: sentences.
    pub causes: Vec<Finding>,
}

impl Replayed {
    /// Codes of the causes, which are keys of the language strings.
    pub const CODES: [&'static str; 16] = [
        "rehearse_unadoptable",
        "rehearse_rounding",
        "rehearse_tax_changed",
        "rehearse_tax_unknown",
        "rehearse_discount",
        "rehearse_lines",
        "rehearse_line",
        "rehearse_delivered",
        "rehearse_delivery_uncertain",
        "rehearse_sold_unpaid",
        "rehearse_order_amount",
        "rehearse_order_currency",
        "rehearse_order_line",
        "rehearse_order_state",
        "rehearse_order_taxes",
        "rehearse_order_untaxed",
    ];
}

impl Engine {
    /// Replays up to `limit` bills with an id above `after` that were emitted at `since` (Unix seconds, UTC) or later. Drafts are left
    /// out: nobody has ordered them yet.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn replay_bills(&self, after: i64, since: i64, limit: u32) -> Result<Replayed> {
        let database = ReadOnly::new(self.database());
        let bills = database.query(
            &format!(
                "SELECT {COLUMNS}, o.status AS orderstatus, o.amount AS orderamount, o.currency AS ordercurrency, w.state AS watched
                   FROM {{local_shop_bill}} b
              LEFT JOIN {{local_shopengine_order}} o ON o.billid = b.id
              LEFT JOIN {{local_shopengine_watch}} w ON w.billid = b.id
                  WHERE b.id > ? AND b.emissiondate >= ? AND b.status <> 'WORKING' ORDER BY b.id LIMIT {limit}"
            ),
            &[after.into(), since.into()],
        )?;
        let mut replay = Replay::read(&database, &bills)?;
        let mut differences = Vec::new();
        for bill in &bills {
            let causes = replay.causes(bill)?;
            if !causes.is_empty() {
                differences.push(Difference {
                    bill: bill.int("id")?,
                    transid: bill.text("transactionid")?,
                    causes,
                });
            }
        }
        Ok(Replayed {
            bills: u32::try_from(bills.len()).unwrap_or(u32::MAX),
            last: bills.last().map_or(Ok(after), |bill| bill.int("id"))?,
            differences,
        })
    }
}

/// What the bills of a batch are judged by.
struct Replay {
    rates: Rates,
    prices: Prices,
    items: HashMap<i64, Vec<Row>>,
    contents: Contents,
    /// Of bills that are paid and not known to be delivered: lines sold, and how many of them have a product.
    products: HashMap<i64, (usize, usize)>,
}

impl Replay {
    fn read(database: &dyn Database, bills: &[Row]) -> Result<Self> {
        let (mut known, mut paid, mut ordered) = (Vec::new(), Vec::new(), Vec::new());
        for bill in bills {
            // An order has lines of its own.
            if !bill.text("orderstatus")?.is_empty() {
                ordered.push(bill.int("id")?);
            } else {
                known.push(bill.int("id")?.to_string());
                if bill.text("status")? == BillStatus::Soldout.as_str() {
                    paid.push(bill.int("id")?.to_string());
                }
            }
        }
        let mut replay = Self {
            rates: Rates::read(database)?,
            prices: Prices::read(database)?,
            items: HashMap::new(),
            contents: Contents::read(database, &ordered)?,
            products: HashMap::new(),
        };
        if !known.is_empty() {
            let ids = known.join(", ");
            let sql =
                format!("{ITEMS} WHERE i.billid IN ({ids}) ORDER BY i.billid, i.ordering, i.id");
            for row in database.query(&sql, &[])? {
                replay
                    .items
                    .entry(row.int("billid")?)
                    .or_default()
                    .push(row);
            }
        }
        if !paid.is_empty() {
            let sql = format!(
                "SELECT i.id, i.billid, COUNT(p.id) AS products FROM {{local_shop_billitem}} i
              LEFT JOIN {{local_shop_product}} p ON p.initialbillitemid = i.id
                  WHERE i.billid IN ({}) AND i.type = 'BILLING' GROUP BY i.id, i.billid",
                paid.join(", ")
            );
            for row in database.query(&sql, &[])? {
                let (lines, with) = replay.products.entry(row.int("billid")?).or_default();
                *lines += 1;
                *with += usize::from(row.int("products")? > 0);
            }
        }
        Ok(replay)
    }

    fn causes(&mut self, bill: &Row) -> Result<Vec<Finding>> {
        if !bill.text("orderstatus")?.is_empty() {
            let mut causes = of_order(bill)?;
            causes.extend(self.contents.differences(bill)?);
            return Ok(causes);
        }
        let items = self.items.remove(&bill.int("id")?).unwrap_or_default();
        let adoptable = match Adoptable::judge(bill, &items, &self.rates) {
            Ok(adoptable) => adoptable,
            Err(Problem::Field(field, value)) => {
                let value = value.chars().take(40).collect();
                return Ok(vec![cause(
                    "rehearse_unadoptable",
                    [("field", field.to_owned()), ("value", value)],
                )]);
            }
            Err(Problem::Error(error)) => return Err(error),
        };
        let mut causes = Vec::new();
        causes.extend(self.prices.difference(bill, &items, adoptable.amount)?);
        causes.extend(self.state(bill, adoptable.status)?);
        Ok(causes)
    }

    /// Where the rules of adoption lead to another state.
    fn state(&self, bill: &Row, status: BillStatus) -> Result<Option<Finding>> {
        if bill.text("watched")? == "alarm" {
            return Ok(Some(cause("rehearse_sold_unpaid", [])));
        }
        if status != BillStatus::Soldout {
            return Ok(None);
        }
        let (lines, with) = self
            .products
            .get(&bill.int("id")?)
            .copied()
            .unwrap_or_default();
        Ok(Some(if with > 0 && with == lines {
            cause("rehearse_delivered", [])
        } else {
            let counts = [
                ("lines", lines.to_string()),
                ("delivered", with.to_string()),
            ];
            cause("rehearse_delivery_uncertain", counts)
        }))
    }
}

/// A bill of an order: the order has its own amount and state.
fn of_order(bill: &Row) -> Result<Vec<Finding>> {
    let mut causes = Vec::new();
    let (word, order) = (bill.text("status")?, bill.text("orderstatus")?);
    if word != order {
        causes.push(cause(
            "rehearse_order_state",
            [("bill", word), ("order", order)],
        ));
    }
    let currency = Currency::parse(&bill.text("ordercurrency")?).ok();
    let due = bill.text("orderamount")?;
    let said =
        currency.and_then(|currency| Money::round(bill.decimal("amount").ok()?, currency).ok());
    let same = said.is_some_and(|said| said.to_decimal_string() == due);
    if !same {
        let amounts = [("bill", bill.text("amount")?), ("order", due)];
        causes.push(cause("rehearse_order_amount", amounts));
    }
    Ok(causes)
}

fn cause<const N: usize>(code: &'static str, params: [(&'static str, String); N]) -> Finding {
    Finding {
        code,
        params: BTreeMap::from(params),
    }
}
