//! Card by phone (paymode `card`): the plugin carries it as an example that no buyer is offered. It is known here so that
//! bills that name it are understood and a seller can settle them.

use super::deferred::Deferred;

pub(super) const CARD: Deferred = Deferred {
    name: "card",
    instant: true,
    staff_only: true,
    instructions: None,
    needs: &[],
    submit: "card_confirm",
};
