//! The account of an order: the one that production created or found, and whether it can be given something.

use crate::domain::customer::CustomerInfo;
use crate::domain::email_address::is_same;

use super::emails::address;
use super::{Buyer, Order, Result, Work};

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

    /// A guest's order becomes that of the account which has its address by now and has confirmed it; if several have, it stays the guest's.
    pub(super) fn give_to_account_of_address(
        &mut self,
        order: &mut Order,
        actor: &str,
    ) -> Result<()> {
        let accounts = self.database.query(
            "SELECT id, email FROM {user} WHERE LOWER(email) = ? AND confirmed = 1 AND deleted = 0",
            &[address(order).into()],
        )?;
        let [account] = accounts.as_slice() else {
            return Ok(());
        };
        if order.user != 0 || !is_same(&account.text("email")?, &address(order)) {
            return Ok(());
        }
        order.user = account.int("id")?;
        self.database.execute(
            "UPDATE {local_shop_bill} SET userid = ? WHERE id = ?",
            &[order.user.into(), order.bill.into()],
        )?;
        let message = format!(
            "Order now of account {} : it has the buyer's address, and the seller released the order",
            order.user
        );
        self.remark(order, ACCOUNT, actor, &message)
    }

    /// Is the buyer who places an order anew the person whose it is so far? An account knows its owner; a guest is known by the address.
    pub(super) fn is_same_person(
        &self,
        order: &Order,
        buyer: &Buyer,
        info: &CustomerInfo,
    ) -> Result<bool> {
        let account = match order.user {
            0 => self.account_of_customer(order)?,
            account => account,
        };
        if buyer.user_id() != 0 && account != 0 {
            return Ok(account == buyer.user_id());
        }
        Ok(is_same(&address(order), info.email.trim()))
    }

    /// The order becomes another person's: neither its account nor what was produced (`has_goods`) is theirs.
    pub(super) fn change_person(&mut self, order: &mut Order, has_goods: bool) -> Result<()> {
        self.forget_marks(order)?;
        if order.user == 0 && !has_goods {
            return Ok(());
        }
        let message = match order.user {
            0 => "Order now of another person : what was produced before is not theirs".to_owned(),
            account => format!(
                "Order now of another person : neither account {account} nor what was produced before is theirs"
            ),
        };
        self.remark(order, PERSON, "buyer", &message)
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
            "SELECT id, event FROM {local_shopengine_history} WHERE billid = ? AND event IN (?, ?) ORDER BY seq DESC LIMIT 1",
            &[order.bill.into(), ACCOUNT.into(), PERSON.into()],
        )?;
        let last = rows.first().map(|row| row.text("event")).transpose()?;
        Ok(last.as_deref() == Some(ACCOUNT))
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

/// The history's event of an order that became another person's.
const PERSON: &str = "person";
