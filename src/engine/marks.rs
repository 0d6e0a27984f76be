//! Marks of produced lines when an announced order is placed anew: its lines get new rows, and a line that stays is not produced again.

use crate::database::Row;
use crate::domain::serialized::Php;

use super::adopt::Produced;
use super::{Error, Order, Result, Work};

/// A line that has marks, as it stood before its order was placed anew.
pub(super) struct MarkedLine {
    item: i64,
    content: Content,
}

/// What a line stands for: units of a product, with the data and the people that they are for.
#[derive(Eq, PartialEq)]
struct Content {
    code: String,
    quantity: i64,
    /// The required data, as the plugin's column holds them.
    data: String,
    /// Who has a seat, where the column tells: roles and emails. Whether they have an account by now makes nobody else of them.
    people: Vec<(String, String)>,
}

impl Content {
    fn of(row: &Row) -> Result<Self> {
        let production = Php::from_column(&row.text("productiondata")?).ok();
        let mut people = Vec::new();
        for (name, roles) in production.iter().flat_map(Php::entries) {
            if name != "users" {
                continue;
            }
            for (role, seats) in roles.entries() {
                let emails = seats.entries().into_iter();
                people.extend(emails.map(|(email, _)| (role.clone(), email)));
            }
        }
        Ok(Self {
            code: row.text("itemcode")?,
            quantity: row.int("quantity")?,
            data: row.text("customerdata")?,
            people,
        })
    }
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
            "SELECT i.id, i.itemcode, i.quantity, i.customerdata, i.productiondata FROM {local_shop_billitem} i
              WHERE i.billid = ? AND i.type = 'BILLING' AND i.id IN (SELECT billitemid FROM {local_shopengine_produced} WHERE billid = ?)
              ORDER BY i.ordering, i.id",
            &[order.bill.into(), order.bill.into()],
        )?;
        rows.iter()
            .map(|row| {
                Ok(MarkedLine {
                    item: row.int("id")?,
                    content: Content::of(row)?,
                })
            })
            .collect()
    }

    /// Gives the marks of earlier lines to the lines that stand for the same now: units of a product, required data and seats.
    pub(super) fn keep_marks(&mut self, order: &Order, earlier: &[MarkedLine]) -> Result<()> {
        if earlier.is_empty() {
            return Ok(());
        }
        let rows = self.database.query(
            "SELECT id, itemcode, quantity, customerdata, productiondata FROM {local_shop_billitem} WHERE billid = ? AND type = 'BILLING' ORDER BY ordering, id",
            &[order.bill.into()],
        )?;
        for row in &rows {
            let content = Content::of(row)?;
            if let Some(line) = earlier.iter().find(|line| line.content == content) {
                self.database.execute(
                    "UPDATE {local_shopengine_produced} SET billitemid = ? WHERE billid = ? AND billitemid = ?",
                    &[row.int("id")?.into(), order.bill.into(), line.item.into()],
                )?;
            }
        }
        Ok(())
    }

    /// Forgets what was produced for another person: the marks, and what the plugin's production told of it.
    pub(super) fn forget_marks(&mut self, order: &Order) -> Result<()> {
        self.database.execute(
            "DELETE FROM {local_shopengine_produced} WHERE billid = ?",
            &[order.bill.into()],
        )?;
        self.database.execute(
            "UPDATE {local_shop_bill} SET productionfeedback = '' WHERE id = ?",
            &[order.bill.into()],
        )?;
        Ok(())
    }
}
