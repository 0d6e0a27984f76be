//! The register of partners: created, changed, disabled, given a new secret. Keys are printed in links and never change.

use serde::Deserialize;

use crate::database::{Database, Value};
use crate::domain::arrival::origin;
use crate::domain::partner::PartnerKey;
use crate::entropy;
use crate::gateway::Secret;

use super::{Engine, Partner, PartnerError, Result, User, Work};

/// What is to be changed of a partner; what is not said stays.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PartnerChange {
    /// Name.
    pub name: Option<String>,
    /// His site's https address, or '' for none.
    pub referer: Option<String>,
    /// His own customer row, or 0.
    pub customer: Option<i64>,
    /// His own account, or 0.
    pub user: Option<i64>,
    /// Does his key count?
    pub enabled: Option<bool>,
    /// May he authenticate buyers?
    pub authenticates: Option<bool>,
    /// Must his links be signed? Registered without a word of it he must.
    pub signature: Option<bool>,
    /// Shall his unsigned links authenticate buyers too? Has no effect, and is not kept, where links must be signed or he may not
    /// authenticate buyers.
    pub unsignedlinks: Option<bool>,
    /// The seller has read that whoever knows the key can forge unsigned links, and confirms them.
    pub unsignedconfirmed: Option<bool>,
    /// E-mails and `@domains` that he never authenticates.
    pub excluded: Option<Vec<String>>,
}

impl Engine {
    /// Registers a partner of a shop, enabled unless `change` says otherwise, with a new secret.
    ///
    /// # Errors
    /// [`PartnerError`]; [`super::Error::UnknownShop`]; [`super::Error::Database`].
    pub fn register(
        &self,
        shop: i64,
        key: &str,
        change: &PartnerChange,
        by: &User,
    ) -> Result<Partner> {
        let key = PartnerKey::new(key).map_err(PartnerError::from)?;
        self.shop(shop, "en")?;
        let change = PartnerChange {
            name: Some(change.name.clone().unwrap_or_default()),
            enabled: Some(change.enabled.unwrap_or(true)),
            signature: Some(change.signature.unwrap_or(true)),
            ..change.clone()
        };
        let secret = entropy::stamp()?;
        let id = self.transact(|work| {
            if let Some(taken) = Partner::taken(work.database, &key)? {
                return Err(taken.into());
            }
            let inserted = work.database.insert_if_absent(
                "local_shop_partner",
                &[
                    ("shopid", shop.into()),
                    ("name", "".into()),
                    ("partnerkey", key.as_str().into()),
                    ("referer", "".into()),
                    ("partnersecret", secret.as_str().into()),
                    ("customerid", 0_i64.into()),
                    ("moodleuser", 0_i64.into()),
                    ("enabled", false.into()),
                ],
            )?;
            let id = inserted.ok_or_else(|| PartnerError::KeyTaken {
                key: key.as_str().to_owned(),
            })?;
            work.change_partner(id, &change)?;
            Ok(id)
        })?;
        self.note(
            None,
            &format!(
                "Partner {} registered by the seller {}",
                key.as_str(),
                by.id
            ),
        );
        let partner = self.registered(id)?;
        if partner.policy.unsigned_links {
            self.note_unsigned_links(&partner, by);
        }
        Ok(partner)
    }

    /// Changes a partner.
    ///
    /// # Errors
    /// [`PartnerError`]; [`super::Error::Database`].
    pub fn change_partner(&self, id: i64, change: &PartnerChange, by: &User) -> Result<Partner> {
        let before = self.registered(id)?;
        let change = before.confirmed(change);
        self.transact(|work| work.change_partner(id, &change))?;
        let text = format!("Partner {} changed by the seller {}", before.key, by.id);
        self.note(None, &text);
        let after = self.registered(id)?;
        if after.policy.unsigned_links && !before.policy.unsigned_links {
            self.note_unsigned_links(&after, by);
        }
        Ok(after)
    }

    /// Traces who confirmed that unsigned links authenticate buyers.
    fn note_unsigned_links(&self, partner: &Partner, by: &User) {
        let text = format!(
            "Partner {} : unsigned links authenticate buyers, confirmed by the seller {}",
            partner.key, by.id
        );
        self.note(None, &text);
    }

    /// Everything that is wrong with a registration under `key`, or with a change of a partner: the field, and why.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn partner_problems(
        &self,
        key: Option<&str>,
        change: &PartnerChange,
    ) -> Result<Vec<(&'static str, PartnerError)>> {
        let database = self.database();
        let mut problems = Vec::new();
        let mut note = |field: &'static str, problem: Option<PartnerError>| {
            problems.extend(problem.map(|problem| (field, problem)));
        };
        match key.map(PartnerKey::new) {
            Some(Ok(key)) => note("key", Partner::taken(database, &key)?),
            Some(Err(error)) => note("key", Some(error.into())),
            None => {}
        }
        note(
            "name",
            change.name.as_deref().and_then(|name| title(name).err()),
        );
        note(
            "referer",
            change
                .referer
                .as_deref()
                .and_then(|referer| site(referer).err()),
        );
        note(
            "excluded",
            change
                .excluded
                .as_deref()
                .and_then(|lines| excluded(lines).err()),
        );
        if change.lacks_confirmation() {
            note("unsignedlinks", Some(PartnerError::UnsignedUnconfirmed));
        }
        if let Some(id) = change.customer.filter(|id| *id != 0)
            && !exists(database, "local_shop_customer", "id = ?", id)?
        {
            note("customer", Some(PartnerError::NoCustomer { id }));
        }
        if let Some(id) = change.user.filter(|id| *id != 0)
            && !exists(database, "user", "id = ? AND deleted = 0", id)?
        {
            note("user", Some(PartnerError::NoAccount { id }));
        }
        Ok(problems)
    }

    /// Gives a partner a new secret: links signed with the old one are refused from now on, statements are signed with the new.
    ///
    /// # Errors
    /// [`PartnerError::Unknown`]; [`super::Error::Database`]; [`super::Error::Entropy`].
    pub fn rotate_secret(&self, id: i64, by: &User) -> Result<Secret> {
        let partner = self.registered(id)?;
        let secret = entropy::stamp()?;
        self.database().execute(
            "UPDATE {local_shop_partner} SET partnersecret = ? WHERE id = ?",
            &[secret.as_str().into(), id.into()],
        )?;
        let text = format!(
            "Partner {} given a new secret by the seller {}",
            partner.key, by.id
        );
        self.note(None, &text);
        Ok(Secret::new(secret))
    }
}

impl Partner {
    /// A change of this partner; a setting that was confirmed before needs no new confirmation.
    #[must_use]
    pub fn confirmed(&self, change: &PartnerChange) -> PartnerChange {
        let mut change = change.clone();
        if self.policy.unsigned_links {
            change.unsignedconfirmed = Some(true);
        }
        change
    }
}

impl PartnerChange {
    /// Does it trust unsigned links without the seller's confirmation?
    fn lacks_confirmation(&self) -> bool {
        self.unsignedlinks == Some(true)
            && self.signature != Some(true)
            && self.authenticates != Some(false)
            && self.unsignedconfirmed != Some(true)
    }
}

impl Work<'_> {
    fn change_partner(&mut self, id: i64, change: &PartnerChange) -> Result<()> {
        if change.lacks_confirmation() {
            return Err(PartnerError::UnsignedUnconfirmed.into());
        }
        let mut columns: Vec<(&str, Value)> = Vec::new();
        if let Some(name) = &change.name {
            columns.push(("name", title(name)?.into()));
        }
        if let Some(referer) = &change.referer {
            columns.push(("referer", site(referer)?.into()));
        }
        if let Some(customer) = change.customer {
            if customer != 0 && !exists(self.database, "local_shop_customer", "id = ?", customer)? {
                return Err(PartnerError::NoCustomer { id: customer }.into());
            }
            columns.push(("customerid", customer.into()));
        }
        if let Some(user) = change.user {
            if user != 0 && !exists(self.database, "user", "id = ? AND deleted = 0", user)? {
                return Err(PartnerError::NoAccount { id: user }.into());
            }
            columns.push(("moodleuser", user.into()));
        }
        if let Some(enabled) = change.enabled {
            columns.push(("enabled", enabled.into()));
        }
        for (column, value) in columns {
            let sql = format!("UPDATE {{local_shop_partner}} SET {column} = ? WHERE id = ?");
            self.database.execute(&sql, &[value, id.into()])?;
        }
        self.change_policy(id, change)
    }

    fn change_policy(&mut self, id: i64, change: &PartnerChange) -> Result<()> {
        let now = self.now.millis();
        let row = [
            ("partnerid", Value::from(id)),
            ("authenticates", false.into()),
            ("signature", false.into()),
            ("unsignedlinks", false.into()),
            ("excluded", "".into()),
            ("timemodified", now.into()),
        ];
        self.database
            .insert_if_absent("local_shopengine_partner", &row)?;
        let excluded = change.excluded.as_deref().map(excluded).transpose()?;
        let columns = [
            ("authenticates", change.authenticates.map(Value::from)),
            ("signature", change.signature.map(Value::from)),
            ("unsignedlinks", change.unsignedlinks.map(Value::from)),
            ("excluded", excluded.map(Value::from)),
        ];
        for (column, value) in columns {
            let Some(value) = value else { continue };
            let sql = format!(
                "UPDATE {{local_shopengine_partner}} SET {column} = ?, timemodified = ? WHERE partnerid = ?"
            );
            self.database
                .execute(&sql, &[value, now.into(), id.into()])?;
        }
        // Trusting unsigned links again takes another confirmation.
        self.database.execute(
            "UPDATE {local_shopengine_partner} SET unsignedlinks = 0 WHERE partnerid = ? AND (authenticates = 0 OR signature = 1)",
            &[id.into()],
        )?;
        Ok(())
    }
}

fn exists(database: &dyn Database, table: &str, condition: &str, id: i64) -> Result<bool> {
    let sql = format!("SELECT id FROM {{{table}}} WHERE {condition}");
    Ok(!database.query(&sql, &[id.into()])?.is_empty())
}

/// A partner's name.
pub(super) fn title(name: &str) -> std::result::Result<&str, PartnerError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 255 || name.contains(char::is_control) {
        return Err(PartnerError::Name);
    }
    Ok(name)
}

/// The e-mails and `@domains` that a partner never authenticates, a line each.
pub(super) fn excluded(lines: &[String]) -> std::result::Result<String, PartnerError> {
    let lines: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
    for line in lines.iter().filter(|line| !line.is_empty()) {
        let unusable = |c: char| c.is_whitespace() || c.is_control();
        let named = line
            .split_once('@')
            .is_some_and(|(_, host)| !host.is_empty());
        if !named || line.contains(unusable) || line.chars().count() > 255 {
            return Err(PartnerError::Excluded {
                line: line.chars().take(64).collect(),
            });
        }
    }
    let kept = lines.into_iter().filter(|line| !line.is_empty());
    Ok(kept.collect::<Vec<_>>().join("\n"))
}

/// The address of a partner's site: https, because an arrival without it never authenticates.
pub(super) fn site(referer: &str) -> std::result::Result<&str, PartnerError> {
    let referer = referer.trim();
    let fits = referer.chars().count() <= 255 && referer.starts_with("https://");
    if referer.is_empty() || (fits && origin(referer).is_some()) {
        return Ok(referer);
    }
    Err(PartnerError::Referer {
        referer: referer.chars().take(64).collect(),
    })
}
