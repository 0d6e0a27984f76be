//! The payment interfaces that are compiled in. A new one is one line here.

use super::{
    Gateway, card::Card, check::Check, delegated::Delegated, freeorder::FreeOrder, test::Test,
    transfer::Transfer,
};

/// All of them, in the order in which they are offered.
#[must_use]
pub fn all() -> &'static [&'static dyn Gateway] {
    &[&Test, &FreeOrder, &Check, &Transfer, &Card, &Delegated]
}

/// The one of that paymode name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static dyn Gateway> {
    all().iter().copied().find(|gateway| gateway.name() == name)
}
