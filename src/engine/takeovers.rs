//! The takeovers that decide whether the plugin's own pages can sell at all.

use crate::database::Database;

use super::Result;

/// What the engine alone does on this site.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Takeovers {
    /// Places orders: no page of the plugin writes a bill for a buyer.
    pub places: bool,
    /// Places, settles, delivers and moves orders: no page of the plugin sells anything.
    pub sells: bool,
}

impl Takeovers {
    /// What the settings say now. A takeover that was never set is off, as on a host that has no such pages.
    pub(super) fn now(database: &dyn Database) -> Result<Self> {
        let rows = database.query(
            "SELECT id, name, value FROM {config_plugins} WHERE plugin = ?",
            &["local_shopengine".into()],
        )?;
        let mut on = Vec::new();
        for row in &rows {
            if row.text("value")? == "on" {
                on.push(row.text("name")?);
            }
        }
        let all = |names: &[&str]| {
            names
                .iter()
                .all(|name| on.iter().any(|found| found == name))
        };
        let places = all(PLACING);
        Ok(Self {
            places,
            sells: places && all(SELLING),
        })
    }
}

/// The placement builds on the cart and the customer: without them it only watches.
const PLACING: &[&str] = &["cart", "customer", "placement"];

/// The other ways by which a bill becomes paid or delivered.
const SELLING: &[&str] = &["payment", "production", "endpoints", "backoffice"];
