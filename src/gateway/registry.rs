//! The payment interfaces that are compiled in. A new one is one line here.

use super::Gateway;

/// All of them, in the order in which they are offered.
#[must_use]
pub fn all() -> &'static [&'static dyn Gateway] {
    &[
        &super::test::Test,
        &super::freeorder::FreeOrder,
        &super::check::CHECK,
        &super::transfer::TRANSFER,
        &super::paypal::PayPal,
        &super::sips::MERCANET,
        &super::sips::SHERLOCKS,
        &super::vads::SystemPay,
        &super::ogone::Ogone,
        &super::taler::Taler,
        &super::card::CARD,
        &super::delegated::DELEGATED,
    ]
}

/// The one of that paymode name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static dyn Gateway> {
    all().iter().copied().find(|gateway| gateway.name() == name)
}
