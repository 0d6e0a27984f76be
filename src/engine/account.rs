//! The account of an order: the one that production created or found, and whether it can be given something.

use super::{Order, Result, Work};

impl Work<'_> {
    /// An order of nobody belongs to the account that its production created or found.
    pub(super) fn take_account(&mut self, order: &mut Order) -> Result<bool> {
        if order.user != 0 {
            return Ok(false);
        }
        let account = self.account_of_customer(order)?;
        if account == 0 {
            return Ok(false);
        }
        order.user = account;
        self.database.execute(
            "UPDATE {local_shop_bill} SET userid = ? WHERE id = ?",
            &[account.into(), order.bill.into()],
        )?;
        let message = format!("Order now of account {account} : production created or found it");
        self.remark(order, ACCOUNT, "engine", &message)?;
        Ok(true)
    }

    /// The account that the customer row of a bill names; 0 for none.
    pub(super) fn account_of_customer(&self, order: &Order) -> Result<i64> {
        // The plugin keeps this id as text.
        let bills = self.database.query(
            "SELECT id, customerid FROM {local_shop_bill} WHERE id = ?",
            &[order.bill.into()],
        )?;
        let named = bills.first().map(|bill| bill.text("customerid"));
        let customer: i64 = named
            .transpose()?
            .and_then(|id| id.trim().parse().ok())
            .unwrap_or(0);
        let buyers = self.database.query(
            "SELECT id, hasaccount FROM {local_shop_customer} WHERE id = ?",
            &[customer.into()],
        )?;
        Ok(buyers
            .first()
            .map_or(Ok(0), |buyer| buyer.int("hasaccount"))?)
    }

    /// Did production create or find the account of this order? Nobody has shown then that the buyer's address is theirs.
    pub(super) fn is_account_by_production(&self, order: &Order) -> Result<bool> {
        let rows = self.database.query(
            "SELECT id FROM {local_shopengine_history} WHERE billid = ? AND event = ? LIMIT 1",
            &[order.bill.into(), ACCOUNT.into()],
        )?;
        Ok(!rows.is_empty())
    }

    /// Is the order's account one that can be given something? An order without an account has none to check.
    pub(super) fn is_account_usable(&self, order: &Order) -> Result<bool> {
        if order.user == 0 {
            return Ok(true);
        }
        let rows = self.database.query(
            "SELECT id FROM {user} WHERE id = ? AND deleted = 0 AND suspended = 0",
            &[order.user.into()],
        )?;
        Ok(!rows.is_empty())
    }
}

/// The history's event of an order that got its account from production.
const ACCOUNT: &str = "account";
