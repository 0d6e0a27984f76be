//! Sharing a rounded amount among the exact parts it is the sum of.

use std::cmp::Reverse;

use rust_decimal::Decimal;

use super::{TotalsError, out_of_range};
use crate::domain::money::Money;

/// Shares a rounded whole among the exact parts it came from, by largest remainder, so that the shares sum
/// to the whole. Parts may have either sign, so each gets its floor, and the minor units that are
/// missing go to the largest remainders. A part of zero gets nothing unless all are zero.
pub(super) fn apportion(whole: Money, exact: &[Decimal]) -> Result<Vec<Money>, TotalsError> {
    let currency = whole.currency();
    let minor_units = Decimal::from(10_u32.pow(currency.exponent()));
    let all_zero = exact.iter().all(Decimal::is_zero);
    let mut shares = vec![0_i128; exact.len()];
    let mut remainders = Vec::with_capacity(exact.len());
    let mut missing = i128::from(whole.minor_units()?);
    for (share, part) in shares.iter_mut().zip(exact) {
        let part = part
            .checked_mul(minor_units)
            .ok_or_else(|| out_of_range(currency))?;
        let floor = part.floor();
        *share = floor.mantissa();
        missing -= *share;
        if all_zero || !part.is_zero() {
            remainders.push((part - floor, share));
        }
    }
    // The sort is stable: on equal remainders the earlier line takes the minor unit.
    remainders.sort_by_key(|(remainder, _)| Reverse(*remainder));
    if let Ok(takers @ 1..) = i128::try_from(remainders.len()) {
        let (each, left) = (missing.div_euclid(takers), missing.rem_euclid(takers));
        for (place, (_, share)) in (0..).zip(remainders) {
            *share += each + i128::from(place < left);
        }
    }
    shares
        .into_iter()
        .map(|share| {
            let share = i64::try_from(share).map_err(|_| out_of_range(currency))?;
            Ok(Money::from_minor_units(share, currency)?)
        })
        .collect()
}
