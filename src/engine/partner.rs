//! A partner as the shop has registered him: the plugin's row, and the engine's policy beside it.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use subtle::ConstantTimeEq as _;

use crate::database::{Database, DatabaseError, Row};
use crate::domain::partner::{PartnerCodeError, PartnerKey};
use crate::gateway::Secret;

use super::sales_figures::listed;
use super::{Engine, Result};

/// What a partner's word is worth.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Policy {
    /// He may authenticate buyers; else he only names them.
    pub authenticates: bool,
    /// His links must be signed.
    pub signature: bool,
    /// His unsigned links authenticate buyers too: the seller has confirmed that after the warning that a key is no secret.
    #[serde(rename = "unsignedlinks")]
    pub unsigned_links: bool,
    /// E-mails, and domains as `@example.org`, that he never authenticates. Whoever may administer anything he never does.
    pub excluded: Vec<String>,
}

impl Policy {
    /// Do unsigned links authenticate buyers?
    #[must_use]
    pub fn trusts_unsigned_links(&self) -> bool {
        self.authenticates && self.unsigned_links && !self.signature
    }
}

/// A registered partner.
#[derive(Clone, Debug)]
pub struct Partner {
    /// Row id.
    pub id: i64,
    /// Shop that registered him.
    pub shop: i64,
    /// Name.
    pub name: String,
    /// Key of his links.
    pub key: String,
    /// His site's address.
    pub referer: String,
    /// Secret of his signatures and statements.
    pub secret: Secret,
    /// His own customer row, or 0.
    pub customer: i64,
    /// His own account, or 0.
    pub user: i64,
    /// Does his key count?
    pub enabled: bool,
    /// What his word is worth.
    pub policy: Policy,
}

impl Partner {
    /// The partner with a key to the letter, enabled or not. Some servers compare texts without regard to case.
    pub(super) fn of_key(
        database: &dyn Database,
        key: &PartnerKey,
    ) -> std::result::Result<Option<Self>, DatabaseError> {
        let rows = database.query(&select("WHERE p.partnerkey = ?"), &[key.as_str().into()])?;
        let same =
            |partner: &Self| bool::from(partner.key.as_bytes().ct_eq(key.as_str().as_bytes()));
        match rows.first() {
            Some(row) => Ok(Some(read(row)?).filter(same)),
            None => Ok(None),
        }
    }

    /// The partner with a row id.
    pub(super) fn find(
        database: &dyn Database,
        id: i64,
    ) -> std::result::Result<Option<Self>, DatabaseError> {
        let rows = database.query(&select("WHERE p.id = ?"), &[id.into()])?;
        rows.first().map(read).transpose()
    }

    /// Why no other partner can have `key`: one has it, perhaps in other letter case.
    pub(super) fn taken(
        database: &dyn Database,
        key: &PartnerKey,
    ) -> std::result::Result<Option<PartnerError>, DatabaseError> {
        let rows = database.query(
            "SELECT id FROM {local_shop_partner} WHERE LOWER(partnerkey) = ?",
            &[key.as_str().to_ascii_lowercase().into()],
        )?;
        Ok((!rows.is_empty()).then(|| PartnerError::KeyTaken {
            key: key.as_str().to_owned(),
        }))
    }
}

impl Engine {
    /// Row id of the partner with this key, if he is registered and enabled.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn partner(&self, key: &PartnerKey) -> Result<Option<i64>> {
        let partner = Partner::of_key(self.database(), key)?;
        Ok(partner
            .filter(|partner| partner.enabled)
            .map(|partner| partner.id))
    }

    /// The registered partners by name, up to `limit` from `offset` on.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn partners(&self, limit: u32, offset: u32) -> Result<Vec<Partner>> {
        let tail = format!("ORDER BY p.name, p.id LIMIT {limit} OFFSET {offset}");
        let rows = self.database().query(&select(&tail), &[])?;
        Ok(rows
            .iter()
            .map(read)
            .collect::<std::result::Result<_, _>>()?)
    }

    /// The partners of a shop by name, up to `limit` from `offset` on.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn partners_of(&self, shop: i64, limit: u32, offset: u32) -> Result<Vec<Partner>> {
        let tail =
            format!("WHERE p.shopid = ? ORDER BY p.name, p.id LIMIT {limit} OFFSET {offset}");
        let rows = self.database().query(&select(&tail), &[shop.into()])?;
        Ok(rows
            .iter()
            .map(read)
            .collect::<std::result::Result<_, _>>()?)
    }

    /// Names of some partners by row id.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn partner_names(&self, ids: &[i64]) -> Result<HashMap<i64, String>> {
        let Some(list) = listed(ids) else {
            return Ok(HashMap::new());
        };
        let rows = self.database().query(
            &format!("SELECT id, name FROM {{local_shop_partner}} WHERE id IN ({list})"),
            &[],
        )?;
        let name = |row: &Row| Ok((row.int("id")?, row.text("name")?));
        rows.iter().map(name).collect()
    }

    /// A registered partner.
    ///
    /// # Errors
    /// [`PartnerError::Unknown`]; [`super::Error::Database`].
    pub fn registered(&self, id: i64) -> Result<Partner> {
        let partner = Partner::find(self.database(), id)?;
        Ok(partner.ok_or(PartnerError::Unknown { id })?)
    }

    /// The enabled partners whose unsigned links authenticate buyers, by name, up to `limit`.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn partners_on_unsigned_links(&self, limit: u32) -> Result<Vec<Partner>> {
        let tail = format!(
            "WHERE p.enabled = 1 AND e.authenticates = 1 AND e.unsignedlinks = 1 AND e.signature = 0
             ORDER BY p.name, p.id LIMIT {limit}"
        );
        let rows = self.database().query(&select(&tail), &[])?;
        Ok(rows
            .iter()
            .map(read)
            .collect::<std::result::Result<_, _>>()?)
    }
}

/// Why a partner cannot be registered or changed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PartnerError {
    /// The key is not one.
    #[error(transparent)]
    Key(#[from] PartnerCodeError),
    /// A line of those whom the partner never authenticates is neither an e-mail nor an `@domain`.
    #[error("`{line}` is neither an e-mail nor a domain after `@`")]
    Excluded {
        /// The line, cut to 64 characters.
        line: String,
    },
    /// Another partner has this key, perhaps in other letter case; choose another.
    #[error("partner key `{key}` is taken")]
    KeyTaken {
        /// The key.
        key: String,
    },
    /// The name is empty or over 255 characters.
    #[error("a partner needs a name of at most 255 characters")]
    Name,
    /// There is no such account.
    #[error("there is no account {id}")]
    NoAccount {
        /// Its id.
        id: i64,
    },
    /// There is no such customer.
    #[error("there is no customer {id}")]
    NoCustomer {
        /// Its id.
        id: i64,
    },
    /// The address of the partner's site is not an https address, or over 255 characters.
    #[error("`{referer}` is not the https address of a site")]
    Referer {
        /// As given, cut to 64 characters.
        referer: String,
    },
    /// There is no such partner.
    #[error("there is no partner {id}")]
    Unknown {
        /// Its id.
        id: i64,
    },
    /// Unsigned links shall authenticate buyers, and the seller has not confirmed it: read the warning, then confirm.
    #[error(
        "whoever knows a partner's key can forge unsigned links: confirm that they authenticate buyers"
    )]
    UnsignedUnconfirmed,
}

impl PartnerError {
    /// Stable code, also the key of the language string.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Key(error) => error.code(),
            Self::Excluded { .. } => "partner_excluded_invalid",
            Self::KeyTaken { .. } => "partner_key_taken",
            Self::Name => "partner_name_invalid",
            Self::NoAccount { .. } => "partner_no_account",
            Self::NoCustomer { .. } => "partner_no_customer",
            Self::Referer { .. } => "partner_referer_invalid",
            Self::Unknown { .. } => "partner_unknown",
            Self::UnsignedUnconfirmed => "partner_unsigned_unconfirmed",
        }
    }
}

impl PartnerError {
    /// Values of the sentence.
    #[must_use]
    pub fn params(&self) -> BTreeMap<&'static str, String> {
        let (name, value) = match self {
            Self::Key(_) | Self::Name | Self::UnsignedUnconfirmed => return BTreeMap::new(),
            Self::Excluded { line } => ("line", line.clone()),
            Self::KeyTaken { key } => ("key", key.clone()),
            Self::Referer { referer } => ("referer", referer.clone()),
            Self::NoAccount { id } | Self::NoCustomer { id } | Self::Unknown { id } => {
                ("id", id.to_string())
            }
        };
        BTreeMap::from([(name, value)])
    }
}

fn select(rest: &str) -> String {
    format!(
        "SELECT p.id, p.shopid, p.name, p.partnerkey, p.referer, p.partnersecret, p.customerid, p.moodleuser, p.enabled,
                e.authenticates, e.signature, e.unsignedlinks, e.excluded
           FROM {{local_shop_partner}} p
      LEFT JOIN {{local_shopengine_partner}} e ON e.partnerid = p.id {rest}"
    )
}

fn read(row: &Row) -> std::result::Result<Partner, DatabaseError> {
    Ok(Partner {
        id: row.int("id")?,
        shop: row.int("shopid")?,
        name: row.text("name")?,
        key: row.text("partnerkey")?,
        referer: row.text("referer")?,
        secret: Secret::new(row.text("partnersecret")?),
        customer: row.int("customerid")?,
        user: row.int("moodleuser")?,
        enabled: row.flag("enabled")?,
        policy: Policy {
            authenticates: row.flag("authenticates")?,
            signature: row.flag("signature")?,
            unsigned_links: row.flag("unsignedlinks")?,
            excluded: row.text("excluded")?.lines().map(str::to_owned).collect(),
        },
    })
}
