//! Figures that are being added up: each order and each movement of money in the times and groups that it belongs to.

use std::collections::{BTreeMap, HashSet};

use crate::database::Row;

use super::super::Result;
use super::movements::Movement;
use super::sums::{Line, share};
use super::{Figures, ProductFigures, SalesFigures, SalesQuestion};

/// An order as far as figures are told by it.
pub(super) struct OrderKey {
    pub bill: i64,
    paymode: String,
    partner: i64,
}

impl OrderKey {
    pub(super) fn of(row: &Row) -> Result<Self> {
        Ok(Self {
            bill: row.int("billid")?,
            paymode: row.text("paymode")?,
            partner: row.int("partnerid")?,
        })
    }
}

/// Figures that are being added up.
pub(super) struct Tally<'a> {
    pub question: &'a SalesQuestion,
    pub figures: SalesFigures,
}

impl Tally<'_> {
    /// Changes the figures of the times that `time` is in, and of the groups of an order when it is in the one with details.
    pub(super) fn each(&mut self, time: i64, order: &OrderKey, change: impl Fn(&mut Figures)) {
        for (span, figures) in self.question.spans.iter().zip(&mut self.figures.spans) {
            if span.contains(time) {
                change(figures);
            }
        }
        if self.question.detail.contains(time) {
            for figures in self.groups(order) {
                change(figures);
            }
        }
    }

    fn groups(&mut self, order: &OrderKey) -> [&mut Figures; 2] {
        let paymodes = &mut self.figures.paymodes;
        [
            paymodes.entry(order.paymode.clone()).or_default(),
            self.figures.partners.entry(order.partner).or_default(),
        ]
    }

    pub(super) fn product(&mut self, line: &Line) -> &mut ProductFigures {
        let product = self.figures.products.entry(line.code.clone()).or_default();
        product.label.clone_from(&line.label);
        product
    }

    /// Adds what moved for an order.
    pub(super) fn add(&mut self, order: &OrderKey, moved: &[Movement]) -> Result<()> {
        for (span, figures) in self.question.spans.iter().zip(&mut self.figures.spans) {
            figures.add(moved.iter().filter(|one| span.contains(one.time)))?;
        }
        let detail = self.question.detail;
        let detailed = || moved.iter().filter(|one| detail.contains(one.time));
        if detailed().next().is_some() {
            for figures in self.groups(order) {
                figures.add(detailed())?;
            }
        }
        Ok(())
    }

    /// Adds what moved for an order to its products.
    ///
    /// # Errors
    /// [`super::Error`] where a share is beyond all amounts; nothing was added then.
    pub(super) fn add_lines(&mut self, lines: &[Line], moved: &[Movement]) -> Result<()> {
        let detail = self.question.detail;
        let detailed: Vec<&Movement> = moved
            .iter()
            .filter(|one| detail.contains(one.time))
            .collect();
        let mut shares: BTreeMap<&str, Vec<Movement>> = BTreeMap::new();
        for one in &detailed {
            let (revenue, refunded) = (share(one.revenue, lines)?, share(one.refunded, lines)?);
            for ((line, revenue), refunded) in lines.iter().zip(revenue).zip(refunded) {
                shares.entry(&line.code).or_default().push(Movement {
                    revenue,
                    refunded,
                    ..**one
                });
            }
        }
        let paid = detailed.iter().any(|one| one.pays);
        for line in lines.iter().filter(|_| paid) {
            self.product(line).units += line.units;
        }
        for line in distinct(Some(&lines.to_vec())) {
            let shared = shares.remove(line.code.as_str()).unwrap_or_default();
            self.product(line).figures.add(shared.iter())?;
        }
        Ok(())
    }
}

/// One line of each product.
pub(super) fn distinct(lines: Option<&Vec<Line>>) -> Vec<&Line> {
    let mut codes = HashSet::new();
    let lines = lines.into_iter().flatten();
    lines.filter(|line| codes.insert(&line.code)).collect()
}
