//! Tokens of the links in emails. An email to the buyer carries a token of its own, by which its holder reads that one order's bill in any
//! browser: no login, no other order, nothing else than reading.
//!
//! Only the SHA-256 of a token is stored. A token ends with its time, when a seller revokes it, and when the order gets another account or
//! another email address than those that the email was sent to.

use std::fmt;

use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::database::Row;
use crate::domain::signature::hex;
use crate::domain::transaction_id::TransactionId;
use crate::entropy;

use super::emails::address_key;
use super::{Engine, Error, Order, Result, User, Work};

/// A token: 128 random bits as 32 characters `0-9a-f`. Its `Debug` does not tell it.
#[derive(Clone)]
pub struct LinkToken(String);

impl LinkToken {
    /// The token itself, for the email's link and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkToken(…)")
    }
}

impl Serialize for LinkToken {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl Engine {
    /// The order that a link of an email opens for reading.
    ///
    /// # Errors
    /// [`Error::UnknownOrder`] when there is no such order or the token is not one of its; [`Error::LinkExpired`] and
    /// [`Error::LinkRevoked`] when it was; [`Error::Database`].
    pub fn order_by_link(&self, transaction: &TransactionId, token: &str) -> Result<Order> {
        let unknown = || Error::UnknownOrder {
            transaction: transaction.to_string(),
        };
        let order = Order::find(self.database(), transaction)?.ok_or_else(unknown)?;
        let rows = self.database().query(
            "SELECT digest, userid, addresskey, timeexpires, timerevoked FROM {local_shopengine_link} WHERE billid = ?",
            &[order.bill.into()],
        )?;
        let digest = digest_of(token);
        let mut found = None;
        for row in &rows {
            if bool::from(row.text("digest")?.as_bytes().ct_eq(digest.as_bytes())) {
                found = Some(row);
            }
        }
        let row = found.ok_or_else(unknown)?;
        if row.int("timerevoked")? != 0 || !is_for(row, &order)? {
            return Err(Error::LinkRevoked);
        }
        if row.int("timeexpires")? <= self.now().millis() {
            return Err(Error::LinkExpired);
        }
        Ok(order)
    }

    /// How many links of emails open this order now.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn open_links(&self, order: &Order) -> Result<u32> {
        let rows = self.database().query(
            "SELECT digest, userid, addresskey FROM {local_shopengine_link} WHERE billid = ? AND timerevoked = 0 AND timeexpires > ?",
            &[order.bill.into(), self.now().millis().into()],
        )?;
        let mut count = 0;
        for row in &rows {
            count += u32::from(is_for(row, order)?);
        }
        Ok(count)
    }

    /// Revokes all links of emails about an order, for a seller. Emails that are sent from now on have links of their own.
    ///
    /// # Errors
    /// [`Error::UnknownOrder`]; [`Error::Database`].
    pub fn revoke_links(&self, order: &Order, seller: &User) -> Result<()> {
        let actor = format!("seller:{}", seller.id);
        self.transact(|work| {
            let unknown = || Error::UnknownOrder {
                transaction: order.transaction.to_string(),
            };
            let mut order = Order::find(work.database, &order.transaction)?.ok_or_else(unknown)?;
            work.database.execute(
                "UPDATE {local_shopengine_link} SET timerevoked = ? WHERE billid = ? AND timerevoked = 0",
                &[work.now.millis().into(), order.bill.into()],
            )?;
            let message = "Links in emails revoked by the seller";
            work.remark(&mut order, "revoke", &actor, message)
        })
    }

    /// Deletes tokens that expired a year ago: until then their holder is told that the link has expired.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn forget_links(&self) -> Result<()> {
        self.database().execute(
            "DELETE FROM {local_shopengine_link} WHERE timeexpires < ?",
            &[(self.now().millis() - REMEMBERED * DAY).into()],
        )?;
        Ok(())
    }
}

impl Work<'_> {
    /// A new token for an email to the buyer of `order`; `None` where the site wants links to open for the account alone.
    pub(super) fn issue_link(&mut self, order: &Order) -> Result<Option<LinkToken>> {
        let days = self.setting("emaillinkdays", DAYS)?;
        if days <= 0 {
            return Ok(None);
        }
        let token = LinkToken(entropy::stamp()?);
        let now = self.now.millis();
        self.database.insert(
            "local_shopengine_link",
            &[
                ("billid", order.bill.into()),
                ("digest", digest_of(&token.0).into()),
                ("userid", order.user.into()),
                ("addresskey", address_key(order).into()),
                ("timecreated", now.into()),
                ("timeexpires", (now + days.min(MOST_DAYS) * DAY).into()),
                ("timerevoked", 0_i64.into()),
            ],
        )?;
        Ok(Some(token))
    }
}

/// Is the order still that of the account and the address which the email went to? A guest's order may get its account meanwhile.
fn is_for(row: &Row, order: &Order) -> Result<bool> {
    let account = row.int("userid")?;
    Ok((account == 0 || account == order.user) && row.text("addresskey")? == address_key(order))
}

fn digest_of(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

/// Days for which a link opens, where the site says nothing else.
const DAYS: i64 = 90;

/// Most days that a site may say: ten years.
const MOST_DAYS: i64 = 3_650;

/// Days for which an expired token is remembered.
const REMEMBERED: i64 = 365;

/// Milliseconds.
const DAY: i64 = 86_400_000;
