//! Adding what moved, and sharing it among the lines of an order.

use rust_decimal::Decimal;

use crate::domain::money::Money;

use super::super::Result;
use super::movements::Movement;
use super::{Figures, SalesSum, beyond};

/// A line of an order.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub code: String,
    pub label: String,
    pub units: u64,
    /// Its amount, taxes included.
    pub taxed: Decimal,
}

impl Figures {
    /// Adds what moved for one order.
    pub(super) fn add<'a>(&mut self, moved: impl Iterator<Item = &'a Movement>) -> Result<()> {
        let mut paid = false;
        for one in moved {
            paid |= one.pays;
            let sum = self.sums.entry(one.currency.code().to_owned()).or_default();
            let plus =
                |sum: Decimal, more: Money| sum.checked_add(more.amount()).ok_or_else(beyond);
            *sum = SalesSum {
                revenue: plus(sum.revenue, one.revenue)?,
                refunded: plus(sum.refunded, one.refunded)?,
            };
        }
        self.paid += u64::from(paid);
        Ok(())
    }
}

/// Shares an amount among lines in proportion to theirs, so that the shares sum to it and all that was due gives each line its own amount. Each
/// share is the difference of two rounded running sums; where the lines come to nothing, the first has it all.
pub(super) fn share(whole: Money, lines: &[Line]) -> Result<Vec<Money>> {
    let total: Decimal = lines.iter().map(|line| line.taxed).sum();
    let mut shares = Vec::with_capacity(lines.len());
    let mut running = Decimal::ZERO;
    let mut given = Money::zero(whole.currency());
    for line in lines {
        running += line.taxed;
        let up_to_here = if running == total || total.is_zero() {
            whole
        } else {
            let part = whole.amount().checked_mul(running).ok_or_else(beyond)?;
            Money::round(
                part.checked_div(total).ok_or_else(beyond)?,
                whole.currency(),
            )?
        };
        shares.push(up_to_here.minus(given)?);
        given = up_to_here;
    }
    Ok(shares)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Currency;

    fn shares(whole: &str, lines: &[&str]) -> Vec<String> {
        let lines: Vec<Line> = lines
            .iter()
            .map(|taxed| Line {
                code: String::new(),
                label: String::new(),
                units: 1,
                taxed: taxed.parse().unwrap(),
            })
            .collect();
        let whole = Money::parse(whole, Currency::parse("EUR").unwrap()).unwrap();
        let shares = share(whole, &lines).unwrap();
        shares.iter().map(Money::to_decimal_string).collect()
    }

    #[test]
    fn all_that_was_due_gives_each_line_its_own_amount() {
        assert_eq!(
            shares("71.97", &["23.99", "50.00", "-2.02"]),
            ["23.99", "50.00", "-2.02"]
        );
    }

    #[test]
    fn a_part_is_shared_in_proportion_to_the_minor_unit() {
        assert_eq!(shares("10.00", &["1", "1", "1"]), ["3.33", "3.34", "3.33"]);
        assert_eq!(shares("0.01", &["5", "5"]), ["0.01", "0.00"]);
        assert_eq!(shares("7.00", &["0", "0"]), ["7.00", "0.00"]);
        assert!(shares("7.00", &[]).is_empty());
    }
}
