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
        let bills = rows
            .iter()
            .map(|row| row.int("billid"))
            .collect::<std::result::Result<Vec<_>, _>>()?;
        self.orders_of_bills(bills.into_iter())
    }
}
