//! The takeovers that decide whether the plugin's own pages can sell at all.

use std::collections::BTreeMap;

use crate::database::Database;
use crate::domain::takeover::{BLOCKED, Modes, PRO, Takeover};

use super::Result;

/// The steps that only the engine does on this site.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Takeovers {
    /// Places orders: no page of the plugin writes a bill for a buyer.
    pub places: bool,
    /// Places, settles, delivers and moves orders: no page of the plugin sells anything.
    pub sells: bool,
}

impl Takeovers {
    /// What the settings say now. A takeover that was never set is off, as on a host that has no such pages; beside the PRO edition, which
    /// sells by itself, the host keeps the setting [`PRO`].
    pub(super) fn now(database: &dyn Database) -> Result<Self> {
        let rows = database.query(
            "SELECT id, name, value FROM {config_plugins} WHERE plugin = ?",
            &["local_shopengine".into()],
        )?;
        let mut settings = BTreeMap::new();
        for row in &rows {
            let name = row.text("name")?;
            let named = |takeover: &Takeover| takeover.name() == name;
            if [PRO, BLOCKED].contains(&name.as_str()) || Takeover::ALL.iter().any(named) {
                settings.insert(name, row.text("value")?);
            }
        }
        let modes = Modes::of(&settings);
        let places = modes.is_on(Takeover::Placement);
        let sells = SELLING.iter().all(|takeover| modes.is_on(*takeover));
        Ok(Self {
            places,
            sells: places && sells,
        })
    }
}

/// The other ways by which a bill becomes paid or delivered.
const SELLING: &[Takeover] = &[
    Takeover::Payment,
    Takeover::Production,
    Takeover::Endpoints,
    Takeover::Backoffice,
];
