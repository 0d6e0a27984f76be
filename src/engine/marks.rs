//! Marks of produced lines when an announced order is placed anew: its lines get new rows, and a line that stays is not produced again.

use super::adopt::Produced;
use super::{Error, Order, Result, Work};

/// A line that has marks, as it stood before its order was placed anew.
pub(super) struct MarkedLine {
    item: i64,
    code: String,
    quantity: i64,
}

impl Work<'_> {
    /// The lines of an order that have marks.
    ///
    /// # Errors
    /// [`Error::AlreadyPlaced`] when the plugin's tables show that products were delivered: their lines cannot change any more.
    pub(super) fn marked_lines(&self, order: &Order) -> Result<Vec<MarkedLine>> {
        if self.products(order)? != Produced::Nothing {
            return Err(Error::AlreadyPlaced {
                transaction: order.transaction.to_string(),
                status: order.state.status().as_str(),
            });
        }
        let rows = self.database.query(
            "SELECT i.id, i.itemcode, i.quantity FROM {local_shop_billitem} i
              WHERE i.billid = ? AND i.type = 'BILLING' AND i.id IN (SELECT billitemid FROM {local_shopengine_produced} WHERE billid = ?)
              ORDER BY i.ordering, i.id",
            &[order.bill.into(), order.bill.into()],
        )?;
        rows.iter()
            .map(|row| {
                Ok(MarkedLine {
                    item: row.int("id")?,
                    code: row.text("itemcode")?,
                    quantity: row.int("quantity")?,
                })
            })
            .collect()
    }

    /// Gives the marks of earlier lines to the lines that stand for the same units of the same product now.
    pub(super) fn keep_marks(&mut self, order: &Order, earlier: &[MarkedLine]) -> Result<()> {
        if earlier.is_empty() {
            return Ok(());
        }
        let rows = self.database.query(
            "SELECT id, itemcode, quantity FROM {local_shop_billitem} WHERE billid = ? AND type = 'BILLING' ORDER BY ordering, id",
            &[order.bill.into()],
        )?;
        for row in &rows {
            let (code, quantity) = (row.text("itemcode")?, row.int("quantity")?);
            let same = |line: &&MarkedLine| line.code == code && line.quantity == quantity;
            if let Some(line) = earlier.iter().find(same) {
                self.database.execute(
                    "UPDATE {local_shopengine_produced} SET billitemid = ? WHERE billid = ? AND billitemid = ?",
                    &[row.int("id")?.into(), order.bill.into(), line.item.into()],
                )?;
            }
        }
        Ok(())
    }
}
