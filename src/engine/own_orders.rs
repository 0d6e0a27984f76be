//! The orders of one account, for the buyer's own list.

use super::{Engine, Order, Result};

impl Engine {
    /// The orders that belong to an account, newest first; drafts of the plugin's back office are no orders yet. One that cannot be read is left
    /// out and noted. Found by the index on accounts, however many orders the shop has.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn orders_of_account(&self, account: i64, limit: u32, offset: u32) -> Result<Vec<Order>> {
        if account == 0 {
            return Ok(Vec::new());
        }
        let rows = self.database().query(
            &format!(
                "SELECT billid FROM {{local_shopengine_order}} WHERE userid = ? AND status <> 'WORKING'
                  ORDER BY id DESC LIMIT {limit} OFFSET {offset}"
            ),
            &[account.into()],
        )?;
        let mut orders = Vec::with_capacity(rows.len());
        for row in rows {
            let bill = row.int("billid")?;
            match Order::of_bill(self.database(), bill).map_err(super::Error::from) {
                Ok(order) => orders.extend(order),
                Err(error) if error.is_foreign_data() => {
                    self.note(None, &format!("Bill {bill} not readable : {error}"));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(orders)
    }
}
