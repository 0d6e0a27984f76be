//! When money moved for an order: what its settlements say, day by day.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::database::Row;
use crate::domain::money::{Currency, Money};

use super::super::Result;

/// Money that moved for an order at one time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Movement {
    /// Unix milliseconds, UTC.
    pub time: i64,
    pub currency: Currency,
    /// What came.
    pub revenue: Money,
    /// What was paid or taken back; negative for what came back of it.
    pub refunded: Money,
    /// A payment, be it of nothing.
    pub pays: bool,
}

/// What moved for an order, from all rows of its settlements; `counted` is what [`COUNTED`] says of the row.
///
/// A payment that was held or overtaken by its refund never paid for anything: it is neither revenue nor, paid back or reversed, a refund.
///
/// A payment keeps how much of it was paid back, not when. The refunds that have an id of their own say when; what they do not explain was paid
/// back with the last change of a payment that is paid back in full. So the sum of all days is what the settlements say.
pub(super) fn movements(rows: &[Row]) -> Result<Vec<Movement>> {
    let mut all = Vec::new();
    let mut parts = Vec::new();
    let mut back: BTreeMap<&'static str, (Money, i64)> = BTreeMap::new();
    for row in rows {
        let currency = Currency::parse(&row.text("currency")?)?;
        let amount = Money::from_column(&row.text("amount")?, currency)?;
        let zero = Money::zero(currency);
        let moved = Movement {
            time: row.int("timecreated")?,
            currency,
            revenue: zero,
            refunded: zero,
            pays: false,
        };
        match row.text("state")?.as_str() {
            state @ ("settled" | "refunded") if row.flag("counted")? => {
                all.push(Movement {
                    revenue: amount,
                    pays: true,
                    ..moved
                });
                let refunded = Money::from_column(&row.text("refunded")?, currency)?;
                let changed = row.int("timemodified")?;
                let (sum, last) = back.entry(currency.code()).or_insert((zero, 0));
                *sum = sum.plus(refunded)?;
                if refunded.is_positive() && (state == "refunded" || *last == 0) {
                    *last = changed.max(*last);
                }
            }
            "refund" => parts.push((moved, amount)),
            "reversal" => all.push(Movement {
                refunded: amount,
                ..moved
            }),
            "restoration" => all.push(Movement {
                refunded: zero.minus(amount)?,
                ..moved
            }),
            _ => {}
        }
    }
    if back.is_empty() {
        return Ok(Vec::new());
    }
    for (moved, amount) in parts {
        // A part of a payment that never counted is none of this sum.
        let Some((left, _)) = back.get_mut(moved.currency.code()) else {
            continue;
        };
        let part = if amount.amount() > left.amount() {
            *left
        } else {
            amount
        };
        *left = left.minus(part)?;
        all.push(Movement {
            refunded: part,
            ..moved
        });
    }
    for (left, time) in back.into_values() {
        if left.is_positive() {
            all.push(Movement {
                time,
                currency: left.currency(),
                revenue: Money::zero(left.currency()),
                refunded: left,
                pays: false,
            });
        }
    }
    all.retain(|one| one.pays || one.refunded.amount() != Decimal::ZERO);
    Ok(all)
}

/// The condition, in SQL, that the settlement `s` is a payment that counted. One that is paid back keeps why it was held; what was never held
/// counted if its order was settled between its record and its refund. (Of payments that the plugin took nothing else is on record.)
pub(in crate::engine) const COUNTED: &str =
    "(s.state = 'settled' OR (s.state = 'refunded' AND (s.reason = 'by_plugin' OR (s.reason = ''
      AND EXISTS (SELECT 1 FROM {local_shopengine_history} h WHERE h.billid = s.billid AND h.event = 'settle'
                     AND h.timecreated >= s.timecreated AND h.timecreated <= s.timemodified)))))";
