//! What a bill and its order are about: lines and amounts, compared and, where the order knows better, set back.

use crate::database::Row;
use crate::domain::money::{Currency, Money};

use super::Reconciled;
use crate::engine::adopt::PLUGIN;
use crate::engine::{Order, Result, Work};

impl Work<'_> {
    /// The bill's amount is what is due, whatever the plugin makes of it.
    pub(super) fn compare_amount(
        &mut self,
        order: &mut Order,
        bill: &Row,
    ) -> Result<Option<Reconciled>> {
        let currency = order.amount.currency();
        let said = bill
            .decimal("amount")
            .ok()
            .and_then(|exact| Money::round(exact, currency).ok());
        if said == Some(order.amount) {
            return Ok(None);
        }
        let lines = self.stored_lines(order, currency)?;
        let zero = Money::zero(currency);
        let mut sums = [zero; 3];
        // The plugin counts no shipping; discounts are counted by its PRO edition alone.
        let (mut community, mut pro) = (zero, zero);
        for (kind, amounts) in &lines {
            for (sum, amount) in sums.iter_mut().zip(amounts) {
                *sum = sum.plus(*amount)?;
            }
            match kind.as_str() {
                "BILLING" => {
                    community = community.plus(amounts[2])?;
                    pro = pro.plus(amounts[2])?;
                }
                "DISCOUNT" => pro = pro.plus(amounts[2])?,
                _ => {}
            }
        }
        self.database.execute(
            "UPDATE {local_shop_bill} SET untaxedamount = ?, taxes = ?, amount = ? WHERE id = ?",
            &[
                sums[0].to_column_string().into(),
                sums[1].to_column_string().into(),
                sums[2].to_column_string().into(),
                order.bill.into(),
            ],
        )?;
        let message = format!(
            "Amount of the bill set back from {} to {}",
            bill.text("amount")?,
            order.amount
        );
        // The plugin rounds nothing: its sum is at most one minor unit a line off, half for the price and half for the tax.
        let rounding = |amount: Money| -> Result<bool> {
            for counted in [community, pro] {
                let units = amount.minus(counted)?.minor_units()?.unsigned_abs();
                if units <= lines.len() as u64 {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        if said.map(rounding).transpose()?.unwrap_or(false) {
            self.remark(order, "restore", PLUGIN, &message)?;
            return Ok(Some(Reconciled::Restored));
        }
        self.hold_and_tell(order, "bill_amount_changed", &message)?;
        Ok(Some(Reconciled::Held))
    }

    /// Are the bill's lines others than those that were placed? Their order does not matter.
    pub(in crate::engine) fn lines_differ(&self, order: &Order) -> Result<bool> {
        let placed = self.database.query(
            "SELECT id, kind, itemcode, quantity, unitprice FROM {local_shopengine_line} WHERE billid = ? AND revision = ?",
            &[order.bill.into(), order.revision.into()],
        )?;
        let found = self.database.query(
            "SELECT id, type AS kind, itemcode, quantity, unitcost AS unitprice FROM {local_shop_billitem} WHERE billid = ?",
            &[order.bill.into()],
        )?;
        Ok(content(&placed)? != content(&found)?)
    }

    /// Kind, and untaxed amount, taxes and taxed amount of each line.
    fn stored_lines(&self, order: &Order, currency: Currency) -> Result<Vec<(String, [Money; 3])>> {
        let rows = self.database.query(
            "SELECT id, kind, untaxed, taxes, taxed FROM {local_shopengine_line} WHERE billid = ? AND revision = ?",
            &[order.bill.into(), order.revision.into()],
        )?;
        rows.iter()
            .map(|row| {
                let money =
                    |column| -> Result<Money> { Ok(Money::parse(&row.text(column)?, currency)?) };
                Ok((
                    row.text("kind")?,
                    [money("untaxed")?, money("taxes")?, money("taxed")?],
                ))
            })
            .collect()
    }
}

/// What lines are, whatever their order: numbers without the zeros that a server adds.
fn content(rows: &[Row]) -> Result<Vec<(String, String, String, String)>> {
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        let number = |column| -> Result<String> {
            Ok(row
                .decimal(column)
                .map(|number| number.normalize().to_string())
                .or_else(|_| row.text(column))?)
        };
        lines.push((
            row.text("kind")?,
            row.text("itemcode")?,
            number("quantity")?,
            number("unitprice")?,
        ));
    }
    lines.sort_unstable();
    Ok(lines)
}
