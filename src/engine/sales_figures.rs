//! What was sold in some times: orders placed and paid, revenue and refunds, by time, payment interface, partner and product; and how far the
//! arrivals of partners came.
//!
//! The cost depends on what happened in the time asked for, not on what was ever sold: orders are found by the index `created` of their table,
//! payments and refunds by `created` and `modified` of theirs, arrivals by `kind` of the ledger. All are read a page at a time and added here:
//! a database's own sums may be floats.

mod movements;
mod sums;
mod tally;

use std::collections::{BTreeMap, HashMap, HashSet};

use rust_decimal::Decimal;

use crate::clock::UnixMillis;
use crate::database::{DatabaseError, Row, Value};

use super::{Engine, Error, Result};

pub(super) use self::movements::COUNTED;
use self::movements::movements;
use self::sums::Line;
use self::tally::{OrderKey, Tally, distinct};

/// A time: from a moment to before another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Span {
    /// The first moment.
    pub from: UnixMillis,
    /// The first moment after it.
    pub before: UnixMillis,
}

/// What figures are asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SalesQuestion {
    /// Times of which the figures are told; they may overlap.
    pub spans: Vec<Span>,
    /// The time that is told by payment interface, partner and product.
    pub detail: Span,
    /// The orders of the test mode, instead of the real ones.
    pub test: bool,
}

/// Money in one currency, in major units. A sum may be more than one [`Money`](crate::domain::money::Money) holds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct SalesSum {
    /// What came.
    pub revenue: Decimal,
    /// What was paid or taken back, less what came back of it.
    pub refunded: Decimal,
}

/// What was sold.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Figures {
    /// Orders placed; drafts are none yet.
    pub placed: u64,
    /// Those of them that wait for a seller now.
    pub held: u64,
    /// Orders whose payment came, whenever they were placed.
    pub paid: u64,
    /// Money that moved, by currency.
    pub sums: BTreeMap<String, SalesSum>,
}

/// What was sold of a product.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ProductFigures {
    /// Its name as the last order read has it.
    pub label: String,
    /// Units in the orders that were paid.
    pub units: u64,
    /// Orders with it. Money that moved for an order is shared among its lines in proportion to their amounts.
    pub figures: Figures,
}

/// The figures of some times.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SalesFigures {
    /// Of each time asked for, in that order.
    pub spans: Vec<Figures>,
    /// By payment interface of the order.
    pub paymodes: BTreeMap<String, Figures>,
    /// By partner, by row id; 0: none.
    pub partners: BTreeMap<i64, Figures>,
    /// By the code of the product.
    pub products: BTreeMap<String, ProductFigures>,
}

/// How far the buyers of a partner came who arrived by its links.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Funnel {
    /// Carts that a link began.
    pub arrived: u64,
    /// Those that were placed as orders.
    pub placed: u64,
    /// Those that were paid, also where the payment was paid back.
    pub paid: u64,
    /// Arrivals that the ledger only counts: what became of them is not known.
    pub uncounted: u64,
}

impl Engine {
    /// The figures of some times.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn sales_figures(&self, question: &SalesQuestion) -> Result<SalesFigures> {
        let mut tally = Tally {
            question,
            figures: SalesFigures {
                spans: vec![Figures::default(); question.spans.len()],
                ..SalesFigures::default()
            },
        };
        let all = question.all();
        self.count_orders(&mut tally, all)?;
        self.count_money(&mut tally, all)?;
        Ok(tally.figures)
    }

    /// How many orders were placed in the test mode, or as real ones.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn orders_in_mode(&self, span: Span, test: bool) -> Result<u64> {
        let rows = self.database().query(
            "SELECT COUNT(*) AS number FROM {local_shopengine_order} o WHERE o.timecreated >= ? AND o.timecreated < ? AND o.test = ? AND o.status <> 'WORKING'",
            &[
                span.from.millis().into(),
                span.before.millis().into(),
                test.into(),
            ],
        )?;
        rows.first().map_or(Ok(0), number)
    }

    /// How far buyers came who arrived by partners' links in a time, by the partner's row id (0: under a key that nobody has). Arrivals of all
    /// kinds count, orders only of the mode asked for.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn funnels(&self, span: Span, test: bool) -> Result<BTreeMap<i64, Funnel>> {
        let mut funnels: BTreeMap<i64, Funnel> = BTreeMap::new();
        let [from, before] = [span.from, span.before].map(|time| Value::from(time.millis()));
        let rows = self.database().query(
            "SELECT MIN(l.id) AS id, l.partnerid, COUNT(DISTINCT l.transactionid) AS arrived,
                    COUNT(DISTINCT CASE WHEN o.test = ? AND o.status <> 'WORKING' THEN o.billid END) AS placed,
                    COUNT(DISTINCT CASE WHEN o.test = ? AND o.payment IN ('paid', 'refunded') THEN o.billid END) AS paid
               FROM {local_shopengine_ledger} l LEFT JOIN {local_shopengine_order} o ON o.transactionid = l.transactionid
              WHERE l.kind = 'arrival' AND l.timecreated >= ? AND l.timecreated < ? GROUP BY l.partnerid",
            &[test.into(), test.into(), from.clone(), before.clone()],
        )?;
        for row in rows {
            let count = |name: &str| -> Result<u64> {
                Ok(u64::try_from(row.int(name)?).unwrap_or_default())
            };
            let funnel = funnels.entry(row.int("partnerid")?).or_default();
            funnel.arrived = count("arrived")?;
            funnel.placed = count("placed")?;
            funnel.paid = count("paid")?;
        }
        let rows = self.database().query(
            "SELECT id, partnerid, note FROM {local_shopengine_ledger} WHERE kind = 'arrivals' AND timecreated >= ? AND timecreated < ?",
            &[from, before],
        )?;
        for row in rows {
            let note = row.text("note")?;
            let count: Option<u64> = note.rsplit(' ').next().and_then(|word| word.parse().ok());
            let funnel = funnels.entry(row.int("partnerid")?).or_default();
            funnel.uncounted = funnel.uncounted.saturating_add(count.unwrap_or(0));
        }
        Ok(funnels)
    }

    fn count_orders(&self, tally: &mut Tally<'_>, all: Span) -> Result<()> {
        let mut last = (all.from.millis(), 0);
        loop {
            let rows = self.database().query(
                &format!(
                    "SELECT o.id, o.billid, o.timecreated, o.paymode, o.held, r.partnerid FROM {{local_shopengine_order}} o
                  LEFT JOIN {{local_shopengine_referral}} r ON r.billid = o.billid
                      WHERE o.timecreated >= ? AND o.timecreated < ? AND (o.timecreated > ? OR o.id > ?) AND o.test = ? AND o.status <> 'WORKING'
                   ORDER BY o.timecreated, o.id LIMIT {PAGE}"
                ),
                &[
                    last.0.into(),
                    all.before.millis().into(),
                    last.0.into(),
                    last.1.into(),
                    tally.question.test.into(),
                ],
            )?;
            let Some(end) = rows.last() else {
                return Ok(());
            };
            last = (end.int("timecreated")?, end.int("id")?);
            let mut detailed = Vec::new();
            for row in &rows {
                let order = OrderKey::of(row)?;
                let (time, held) = (row.int("timecreated")?, !row.text("held")?.is_empty());
                tally.each(time, &order, |figures| {
                    figures.placed += 1;
                    figures.held += u64::from(held);
                });
                if tally.question.detail.contains(time) {
                    detailed.push((order.bill, held));
                }
            }
            let bills: Vec<i64> = detailed.iter().map(|(bill, _)| *bill).collect();
            let lines = self.lines_of(&bills)?;
            for (bill, held) in detailed {
                for line in distinct(lines.get(&bill)) {
                    let product = tally.product(line);
                    product.figures.placed += 1;
                    product.figures.held += u64::from(held);
                }
            }
        }
    }

    fn count_money(&self, tally: &mut Tally<'_>, all: Span) -> Result<()> {
        let mut seen = HashSet::new();
        for (column, states) in MOVED {
            let mut last = (all.from.millis(), 0);
            loop {
                let rows = self.database().query(
                    &format!(
                        "SELECT s.id, s.billid, s.{column} FROM {{local_shopengine_settlement}} s
                          WHERE s.{column} >= ? AND s.{column} < ? AND (s.{column} > ? OR s.id > ?) AND s.state IN ({states})
                       ORDER BY s.{column}, s.id LIMIT {PAGE}"
                    ),
                    &[
                        last.0.into(),
                        all.before.millis().into(),
                        last.0.into(),
                        last.1.into(),
                    ],
                )?;
                let Some(end) = rows.last() else {
                    break;
                };
                last = (end.int(column)?, end.int("id")?);
                let mut bills = Vec::new();
                for row in &rows {
                    let bill = row.int("billid")?;
                    if seen.insert(bill) {
                        bills.push(bill);
                    }
                }
                self.count_money_of(tally, &bills)?;
            }
        }
        Ok(())
    }

    /// Adds what moved for some orders.
    fn count_money_of(&self, tally: &mut Tally<'_>, bills: &[i64]) -> Result<()> {
        let Some(list) = listed(bills) else {
            return Ok(());
        };
        let orders = self.database().query(
            &format!(
                "SELECT o.id, o.billid, o.paymode, r.partnerid FROM {{local_shopengine_order}} o
              LEFT JOIN {{local_shopengine_referral}} r ON r.billid = o.billid WHERE o.billid IN ({list}) AND o.test = ?"
            ),
            &[tally.question.test.into()],
        )?;
        let mut settlements: HashMap<i64, Vec<Row>> = HashMap::new();
        for row in self.database().query(
            &format!(
                "SELECT s.id, s.billid, s.state, s.amount, s.refunded, s.currency, s.timecreated, s.timemodified,
                        CASE WHEN {COUNTED} THEN 1 ELSE 0 END AS counted
                   FROM {{local_shopengine_settlement}} s WHERE s.billid IN ({list}) ORDER BY s.timecreated, s.id"
            ),
            &[],
        )? {
            settlements.entry(row.int("billid")?).or_default().push(row);
        }
        let mut detailed = Vec::new();
        for row in &orders {
            let order = OrderKey::of(row)?;
            let rows = settlements.remove(&order.bill).unwrap_or_default();
            let moved = match movements(&rows) {
                Ok(moved) => moved,
                Err(error) if error.is_foreign_data() || matches!(error, Error::Money(_)) => {
                    let bill = order.bill;
                    self.note(
                        None,
                        &format!("Payments of bill {bill} not readable : {error}"),
                    );
                    continue;
                }
                Err(error) => return Err(error),
            };
            tally.add(&order, &moved)?;
            if moved
                .iter()
                .any(|one| tally.question.detail.contains(one.time))
            {
                detailed.push((order.bill, moved));
            }
        }
        let bills: Vec<i64> = detailed.iter().map(|(bill, _)| *bill).collect();
        let lines = self.lines_of(&bills)?;
        for (bill, moved) in detailed {
            // Lines so far apart that no share of them is an amount: the order counts, its products are left out.
            if let Err(error) = tally.add_lines(lines.get(&bill).map_or(&[], Vec::as_slice), &moved)
            {
                self.note(
                    None,
                    &format!("Payments of bill {bill} not shared among its products : {error}"),
                );
            }
        }
        Ok(())
    }

    /// The lines of some orders as they are now, by bill.
    fn lines_of(&self, bills: &[i64]) -> Result<HashMap<i64, Vec<Line>>> {
        let mut lines: HashMap<i64, Vec<Line>> = HashMap::new();
        let Some(list) = listed(bills) else {
            return Ok(lines);
        };
        let rows = self.database().query(
            &format!(
                "SELECT l.id, l.billid, l.itemcode, l.label, l.quantity, l.taxed FROM {{local_shopengine_line}} l
                   JOIN {{local_shopengine_order}} o ON o.billid = l.billid AND o.revision = l.revision
                  WHERE l.billid IN ({list}) ORDER BY l.billid, l.ordering"
            ),
            &[],
        )?;
        for row in rows {
            lines.entry(row.int("billid")?).or_default().push(Line {
                code: row.text("itemcode")?,
                label: row.text("label")?,
                units: u64::try_from(row.int("quantity")?).unwrap_or_default(),
                taxed: row.decimal("taxed")?,
            });
        }
        Ok(lines)
    }
}

impl Span {
    fn contains(&self, time: i64) -> bool {
        self.from.millis() <= time && time < self.before.millis()
    }
}

impl SalesQuestion {
    /// From the first moment of all times to the last.
    fn all(&self) -> Span {
        self.spans.iter().fold(self.detail, |all, span| Span {
            from: all.from.min(span.from),
            before: all.before.max(span.before),
        })
    }
}

/// Row ids for a list in SQL; `None` for none.
pub(super) fn listed(ids: &[i64]) -> Option<String> {
    let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
    (!ids.is_empty()).then(|| ids.join(", "))
}

fn number(row: &Row) -> Result<u64> {
    Ok(u64::try_from(row.int("number")?).unwrap_or_default())
}

fn beyond() -> DatabaseError {
    DatabaseError::Failed("a sum of the figures is beyond all amounts".to_owned())
}

/// Money is found by when it moved: payments and movements by when they came, payments that were paid back as a whole by when that was.
const MOVED: [(&str, &str); 2] = [
    (
        "timecreated",
        "'settled', 'refunded', 'refund', 'reversal', 'restoration'",
    ),
    ("timemodified", "'refunded'"),
];

/// Rows read at a time.
const PAGE: u32 = 500;
