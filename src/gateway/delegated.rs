//! Delegated payment (paymode `delegated`): the seller handles it outside; for staff and web services only, as the plugin has it.

use super::deferred::Deferred;

pub(super) const DELEGATED: Deferred = Deferred {
    name: "delegated",
    instant: false,
    staff_only: true,
    instructions: None,
    needs: &[],
    submit: "delegated_confirm",
};
