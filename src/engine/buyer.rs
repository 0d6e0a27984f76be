//! Who acts: the buyer with his session, and what the tables know of him.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::database::{Database, DatabaseError, Row, Value};
use crate::domain::cart::Cart;
use crate::domain::catalog::BuyerKind;
use crate::domain::customer::CustomerInfo;
use crate::domain::email_address::{folded, is_same};
use crate::domain::permission::Permission;

use super::Engine;

/// A logged-in user as the host knows him.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct User {
    /// Id in `{user}`.
    pub id: i64,
    /// Log-in name.
    #[serde(default)]
    pub username: String,
    /// E-mail.
    #[serde(default)]
    pub email: String,
    /// First name.
    #[serde(default)]
    pub firstname: String,
    /// Last name.
    #[serde(default)]
    pub lastname: String,
    /// What they may do as a seller.
    #[serde(default)]
    pub may: Vec<Permission>,
}

/// Whoever makes a request: his account if he has one, and the key of his session.
#[derive(Clone, Debug, Default)]
pub struct Buyer {
    /// His account.
    pub user: Option<User>,
    /// The session's secret key, 32 hexadecimal characters, or '' when the session is new.
    pub session_key: String,
    /// His account has bought here before.
    pub is_customer: bool,
    /// He may only choose payment interfaces where the money comes at once.
    pub instant_only: bool,
    /// His account is a partner's word, for this purchase: it is his for what he buys now, not for what it bought before.
    pub by_partner: bool,
    /// That word came by an unsigned link, which whoever knows the partner's key can forge: stored data are masked.
    pub by_unsigned_link: bool,
}

impl Buyer {
    /// Guest or logged in.
    #[must_use]
    pub fn kind(&self) -> BuyerKind {
        match self.user {
            None => BuyerKind::Guest,
            Some(_) if self.is_customer => BuyerKind::Customer,
            Some(_) => BuyerKind::LoggedIn,
        }
    }

    /// Id of the account, or 0.
    #[must_use]
    pub fn user_id(&self) -> i64 {
        self.user.as_ref().map_or(0, |user| user.id)
    }

    /// Is this a seller who may do that?
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.user
            .as_ref()
            .is_some_and(|user| user.may.contains(&permission))
    }

    /// Does this seller see the orders of all buyers?
    #[must_use]
    pub fn is_staff(&self) -> bool {
        self.may(Permission::Orders)
    }

    /// The session by a name that others may be told (a wallet, a merchant backend): 32 hexadecimal characters, '' for a new session.
    /// Neither the key nor what an order keeps of it can be had from it.
    #[must_use]
    pub fn session_id(&self) -> String {
        if self.session_key.is_empty() {
            return String::new();
        }
        let mut name = digest(&format!("session:{}", self.session_key));
        name.truncate(32);
        name
    }

    /// What an order keeps of the session, to know its owner again: SHA-256 of the key, never the key itself.
    #[must_use]
    pub fn owner_key(&self) -> String {
        if self.session_key.is_empty() {
            return String::new();
        }
        digest(&self.session_key)
    }
}

/// SHA-256, hexadecimal.
fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

impl Engine {
    /// Whoever makes a request.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn buyer(&self, user: Option<User>, session_key: &str) -> super::Result<Buyer> {
        let is_customer = match &user {
            Some(user) => customer_row(self.database(), user)?.is_some(),
            None => false,
        };
        Ok(Buyer {
            user,
            session_key: session_key.to_owned(),
            is_customer,
            ..Buyer::default()
        })
    }

    /// What is on record of an account's owner: his customer row, or at least his name and e-mail.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn customer_of(&self, user: &User) -> super::Result<CustomerInfo> {
        Ok(
            customer_row(self.database(), user)?.unwrap_or_else(|| CustomerInfo {
                firstname: user.firstname.clone(),
                lastname: user.lastname.clone(),
                email: user.email.clone(),
                ..CustomerInfo::default()
            }),
        )
    }
}

impl Engine {
    /// The customer data of a cart as an order keeps them. Of a buyer whom a partner vouched for each masked field is the stored
    /// value, and the email is the account's, whatever was typed: nobody redirects its emails.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn identity(&self, cart: &Cart, buyer: &Buyer) -> super::Result<CustomerInfo> {
        let Some(user) = buyer.user.as_ref().filter(|_| buyer.by_partner) else {
            return Ok(cart.customerinfo.clone());
        };
        let stored = self.customer_of(user)?;
        let info = if buyer.by_unsigned_link {
            cart.customerinfo.unmasked(&stored)
        } else {
            cart.customerinfo.clone()
        };
        Ok(CustomerInfo {
            id: None,
            email: stored.email,
            ..info
        })
    }

    /// What a buyer with an account may see of the data on record: [`Engine::customer_of`], masked for one whom an unsigned link
    /// authenticated. The row's number stays with its owner.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn shown_customer(&self, user: &User, buyer: &Buyer) -> super::Result<CustomerInfo> {
        let stored = self.customer_of(user)?;
        Ok(if buyer.by_unsigned_link {
            stored.masked()
        } else if buyer.by_partner {
            CustomerInfo { id: None, ..stored }
        } else {
            stored
        })
    }
}

/// The customer row of an account; the newest, if there are several.
fn customer_row(
    database: &dyn Database,
    user: &User,
) -> Result<Option<CustomerInfo>, DatabaseError> {
    let rows = database.query(
        "SELECT id, firstname, lastname, organisation, address, zip, city, country, email
           FROM {local_shop_customer} WHERE hasaccount = ? ORDER BY id DESC LIMIT 1",
        &[user.id.into()],
    )?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    customer_info(row).map(Some)
}

/// A row of customers.
pub(super) fn customer_info(row: &Row) -> Result<CustomerInfo, DatabaseError> {
    Ok(CustomerInfo {
        id: Some(row.int("id")?),
        firstname: row.text("firstname")?,
        lastname: row.text("lastname")?,
        organisation: row.text("organisation")?,
        address: row.text("address")?,
        zip: row.text("zip")?,
        city: row.text("city")?,
        country: row.text("country")?,
        email: row.text("email")?,
    })
}

/// Does an active account other than the buyer's own use this e-mail? A guest must not order in its name.
pub(super) fn belongs_to_another(
    database: &dyn Database,
    email: &str,
    buyer: &Buyer,
) -> Result<bool, DatabaseError> {
    // An address that the database merely takes for the same counts too: it may be read as the other one.
    let email = folded(email.trim());
    if email.is_empty()
        || buyer
            .user
            .as_ref()
            .is_some_and(|user| is_same(&user.email, &email))
    {
        return Ok(false);
    }
    let rows = database.query(
        "SELECT id FROM {user} WHERE LOWER(email) = ? AND deleted = 0 AND id <> ? LIMIT 1",
        &[Value::from(email), buyer.user_id().into()],
    )?;
    Ok(!rows.is_empty())
}
