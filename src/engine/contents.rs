//! What the bill of an order says otherwise than the order: lines, untaxed amount and taxes, currency. Rounding is no difference: the plugin
//! rounds nothing, so that a line may be one minor unit off.

use std::collections::{BTreeMap, HashMap};

use crate::database::{Database, Row};
use crate::domain::money::{Currency, Money};

use super::Result;
use super::integrity::Finding;

/// Lines of orders and of their bills, by the bill's id.
pub(super) struct Contents {
    placed: HashMap<i64, Vec<Row>>,
    billed: HashMap<i64, Vec<Row>>,
}

impl Contents {
    /// Reads the lines of some bills.
    pub(super) fn read(database: &dyn Database, bills: &[i64]) -> Result<Self> {
        let mut contents = Self {
            placed: HashMap::new(),
            billed: HashMap::new(),
        };
        if bills.is_empty() {
            return Ok(contents);
        }
        let ids: Vec<String> = bills.iter().map(ToString::to_string).collect();
        let ids = ids.join(", ");
        for (sql, lines) in [
            (
                format!(
                    "SELECT l.id, l.billid, l.kind, l.itemcode, l.quantity, l.unitprice, l.untaxed, l.taxes FROM {{local_shopengine_line}} l
                       JOIN {{local_shopengine_order}} o ON o.billid = l.billid AND o.revision = l.revision
                      WHERE l.billid IN ({ids}) ORDER BY l.billid, l.ordering, l.id"
                ),
                &mut contents.placed,
            ),
            (
                format!(
                    "SELECT i.id, i.billid, i.type AS kind, i.itemcode, i.quantity, i.unitcost AS unitprice, i.totalprice AS untaxed
                       FROM {{local_shop_billitem}} i WHERE i.billid IN ({ids}) ORDER BY i.billid, i.ordering, i.id"
                ),
                &mut contents.billed,
            ),
        ] {
            for row in database.query(&sql, &[])? {
                lines.entry(row.int("billid")?).or_default().push(row);
            }
        }
        Ok(contents)
    }

    /// The differences of a bill; its row has `untaxedamount`, `taxes`, `currency` and the order's `ordercurrency`.
    pub(super) fn differences(&mut self, bill: &Row) -> Result<Vec<Finding>> {
        let id = bill.int("id")?;
        let mut placed = self.placed.remove(&id).unwrap_or_default();
        let billed = self.billed.remove(&id).unwrap_or_default();
        let mut findings = Vec::new();
        let (said, due) = (bill.text("currency")?, bill.text("ordercurrency")?);
        // The plugin misspells one.
        if Currency::parse(&said).ok() != Currency::parse(&due).ok() {
            findings.push(finding(CURRENCY, [("bill", said), ("order", due.clone())]));
        }
        let Ok(currency) = Currency::parse(&due) else {
            return Ok(findings);
        };
        for (code, column, summed) in [
            (UNTAXED, "untaxedamount", "untaxed"),
            (TAXES, "taxes", "taxes"),
        ] {
            let mut sum = Money::zero(currency);
            for line in &placed {
                sum = sum.plus(Money::parse(&line.text(summed)?, currency)?)?;
            }
            if !is_near(bill, column, sum, placed.len().max(1))? {
                let amounts = [
                    ("bill", bill.text(column)?),
                    ("order", sum.to_decimal_string()),
                ];
                findings.push(finding(code, amounts));
            }
        }
        // Rounding may part each line from its share of the whole: the largest line of the order makes up for it.
        let units = placed.len().max(1);
        let mut unknown = Vec::new();
        for line in billed {
            let mut same = None;
            for (at, other) in placed.iter().enumerate() {
                if is_same(&line, other, currency, units)? {
                    same = Some(at);
                    break;
                }
            }
            match same {
                Some(at) => drop(placed.remove(at)),
                None => unknown.push(line),
            }
        }
        for line in unknown {
            let code = line.text("itemcode")?;
            let mut order = String::new();
            for at in 0..placed.len() {
                let other = placed.get(at).map(|other| other.text("itemcode"));
                if other.transpose()?.as_ref() == Some(&code) {
                    order = told(&placed.remove(at))?;
                    break;
                }
            }
            let bill = told(&line)?;
            findings.push(finding(
                LINE,
                [("code", code), ("bill", bill), ("order", order)],
            ));
        }
        for line in placed {
            let params = [
                ("code", line.text("itemcode")?),
                ("bill", String::new()),
                ("order", told(&line)?),
            ];
            findings.push(finding(LINE, params));
        }
        Ok(findings)
    }
}

/// Is a bill's line the order's, but for so many minor units of its total?
fn is_same(billed: &Row, placed: &Row, currency: Currency, units: usize) -> Result<bool> {
    for column in ["kind", "itemcode"] {
        if billed.text(column)? != placed.text(column)? {
            return Ok(false);
        }
    }
    for column in ["quantity", "unitprice"] {
        if number(billed, column)? != number(placed, column)? {
            return Ok(false);
        }
    }
    let untaxed = Money::parse(&placed.text("untaxed")?, currency)?;
    is_near(billed, "untaxed", untaxed, units)
}

/// Is an amount, rounded, at most so many minor units from another?
fn is_near(row: &Row, column: &str, other: Money, units: usize) -> Result<bool> {
    let said = row.decimal(column).ok();
    let said = said.and_then(|exact| Money::round(exact, other.currency()).ok());
    Ok(match said {
        Some(said) => said.minus(other)?.minor_units()?.unsigned_abs() <= units as u64,
        None => false,
    })
}

/// A line as a seller reads it.
fn told(line: &Row) -> Result<String> {
    let [quantity, price, total] =
        ["quantity", "unitprice", "untaxed"].map(|column| number(line, column));
    Ok(format!("{} × {} = {}", quantity?, price?, total?))
}

/// A number without the zeros that a server adds; any other text as it is.
fn number(row: &Row, column: &str) -> Result<String> {
    Ok(row
        .decimal(column)
        .map(|number| number.normalize().to_string())
        .or_else(|_| row.text(column))?)
}

fn finding<const N: usize>(code: &'static str, params: [(&'static str, String); N]) -> Finding {
    Finding {
        code,
        params: BTreeMap::from(params),
    }
}

/// Codes of the differences, which are keys of the language strings.
const CURRENCY: &str = "rehearse_order_currency";
const LINE: &str = "rehearse_order_line";
const TAXES: &str = "rehearse_order_taxes";
const UNTAXED: &str = "rehearse_order_untaxed";
