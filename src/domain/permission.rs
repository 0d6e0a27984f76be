//! What a seller may do. Each host maps these to what it has: Moodle to capabilities of `local_shopengine`, the storefront to its administrator.

use serde::Deserialize;

/// One of a seller's permissions. Nobody has any unless the host says so.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Permission {
    /// See the orders of all buyers, move them, release holds, revoke links, export lists.
    Orders,
    /// Register partners, change them, read their statements.
    Partners,
    /// Say what products give their buyers.
    Products,
    /// Pay money back, and record that it was.
    Refunds,
    /// Read the trace.
    Trace,
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Orders,
        Self::Partners,
        Self::Products,
        Self::Refunds,
        Self::Trace,
    ];
}
