//! What a paid order takes from the shop: a number in the invoice series, units from the stock.

use crate::database::Value;

use super::order::Change;
use super::{Order, Result, Work, number};

impl Work<'_> {
    /// The legal number of the invoice: one sequence for each shop and year (and one for tests), taken here because only
    /// here is it certain that the invoice exists.
    pub(super) fn number_invoice(&mut self, order: &Order) -> Result<()> {
        let rows = self.database.query(
            "SELECT idnumber FROM {local_shop_bill} WHERE id = ?",
            &[order.bill.into()],
        )?;
        // A number that the seller gave by hand stays; drawing one for nothing would leave a hole.
        match rows.first() {
            Some(row) if row.text("idnumber")?.is_empty() => {}
            _ => return Ok(()),
        }
        let year = self.year();
        let test = if order.test { "T" } else { "" };
        let series = format!("invoice:{}:{year}{test}", order.shop);
        let number = number::next(self.database, &series, || Ok(0))?;
        let text = format!("{test}{year}-{}-{number:06}", order.shop);
        self.database.execute(
            "UPDATE {local_shop_bill} SET idnumber = ? WHERE id = ?",
            &[text.into(), order.bill.into()],
        )?;
        Ok(())
    }

    /// The year in the shop's time zone.
    fn year(&self) -> i16 {
        let now = jiff::Timestamp::from_second(self.now.seconds()).unwrap_or_default();
        now.in_tz(self.zone).map_or_else(
            |_| now.to_zoned(jiff::tz::TimeZone::UTC).year(),
            |local| local.year(),
        )
    }

    /// Counts the paid units as sold. Where more are sold than there were, the seller is told; the money is there.
    pub(super) fn count_sold(&mut self, order: &mut Order) -> Result<()> {
        let lines = self.database.query(
            "SELECT id, itemid, itemcode, quantity FROM {local_shopengine_line} WHERE billid = ? AND revision = ? ORDER BY itemid",
            &[order.bill.into(), order.revision.into()],
        )?;
        for line in lines {
            let item = line.int("itemid")?;
            self.database.execute(
                "UPDATE {local_shop_catalogitem} SET sold = sold + ? WHERE id = ?",
                &[Value::from(line.int("quantity")?), item.into()],
            )?;
            let rows = self.database.query(
                "SELECT stock, sold FROM {local_shop_catalogitem} WHERE id = ?",
                &[item.into()],
            )?;
            let Some(row) = rows.first() else { continue };
            let (stock, sold) = (row.int("stock")?, row.int("sold")?);
            if stock > 0 && sold > stock {
                order.held = Some("oversold".to_owned());
                let status = order.state.status();
                let message = format!(
                    "Oversold : {} of {} sold, {stock} in stock",
                    sold,
                    line.text("itemcode")?
                );
                self.store(
                    order,
                    status,
                    &Change {
                        actor: "engine",
                        event: "hold",
                        message: &message,
                    },
                )?;
            }
        }
        Ok(())
    }
}
