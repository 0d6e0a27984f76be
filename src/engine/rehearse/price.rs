//! What the lines of a bill cost by the engine's own computation and today's taxes, and why that is not what was billed.

use rust_decimal::Decimal;

use crate::database::{Database, Row};
use crate::domain::catalog::tax_from_column;
use crate::domain::money::{Money, Rounding};
use crate::domain::quantity::Quantity;
use crate::domain::tax::TaxTable;
use crate::domain::totals::{LineInput, LineKind, Totals};
use crate::engine::integrity::Finding;
use crate::engine::{Result, shop};

use super::cause;

/// Taxes and rounding as they are today.
pub(super) struct Prices {
    taxes: TaxTable,
    rounding: Rounding,
}

impl Prices {
    pub(super) fn read(database: &dyn Database) -> Result<Self> {
        Ok(Self {
            taxes: shop::taxes(database)?,
            rounding: shop::settings(database)?.1,
        })
    }

    /// Why the engine would have asked for something else than `due`, which the bill says; `None` when it would not.
    pub(super) fn difference(
        &self,
        bill: &Row,
        items: &[Row],
        due: Money,
    ) -> Result<Option<Finding>> {
        let taxed = !bill.flag("ignoretax")?;
        let mut lines = Vec::with_capacity(items.len());
        for item in items {
            match line(item, taxed)? {
                Some(line) => lines.push(line),
                None => {
                    let code = [("code", item.text("itemcode")?)];
                    return Ok(Some(cause("rehearse_line", code)));
                }
            }
        }
        let currency = due.currency();
        let totals = match Totals::compute(&lines, &self.taxes, currency, self.rounding) {
            Ok(totals) => totals,
            Err(error) => {
                let problem = [("problem", error.to_string())];
                return Ok(Some(cause("rehearse_tax_unknown", problem)));
            }
        };
        if totals.taxed() == due {
            return Ok(None);
        }
        let within = |amount: Money, other: Money| -> Result<bool> {
            let units = amount.minus(other)?.minor_units()?.unsigned_abs();
            Ok(units <= lines.len() as u64)
        };
        let untaxed = Money::round(bill.decimal("untaxedamount")?, currency)?;
        let (code, bill, engine) = if within(totals.taxed(), due)? {
            ("rehearse_rounding", due, totals.taxed())
        } else if within(totals.untaxed(), untaxed)? {
            ("rehearse_tax_changed", due.minus(untaxed)?, totals.taxes())
        } else if lines.iter().any(|line| line.kind == LineKind::Discount) {
            ("rehearse_discount", due, totals.taxed())
        } else {
            ("rehearse_lines", untaxed, totals.untaxed())
        };
        Ok(Some(cause(
            code,
            [("bill", bill.to_string()), ("engine", engine.to_string())],
        )))
    }
}

/// A line as the engine prices it; `None` for one that it does not price.
fn line(item: &Row, taxed: bool) -> Result<Option<LineInput>> {
    let Ok(kind) = LineKind::parse(&item.text("type")?) else {
        return Ok(None);
    };
    let units = u32::try_from(item.decimal("quantity")?).unwrap_or(0);
    let Ok(quantity) = Quantity::new(units) else {
        return Ok(None);
    };
    let unit_price = item.decimal("unitcost")?.normalize();
    if kind == LineKind::Discount && unit_price > Decimal::ZERO {
        return Ok(None);
    }
    let tax = tax_from_column(&item.text("taxcode")?).filter(|_| taxed);
    Ok(Some(LineInput {
        kind,
        code: item.text("itemcode")?,
        label: String::new(),
        quantity,
        unit_price,
        tax,
    }))
}
