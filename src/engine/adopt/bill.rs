//! What an order takes over from a bill, decided from its rows alone.

use crate::database::Row;
use crate::domain::money::{Currency, Money};
use crate::domain::state::BillStatus;
use crate::domain::transaction_id::TransactionId;

use super::lines::{self, Line, Problem, Rates};

/// A bill that can become an order.
pub(in crate::engine) struct Adoptable {
    /// Its state.
    pub(in crate::engine) status: BillStatus,
    /// What is due, rounded once.
    pub(in crate::engine) amount: Money,
    /// Its lines, which sum to that.
    pub(super) lines: Vec<Line>,
}

impl Adoptable {
    /// Judges a bill, of the columns [`COLUMNS`], and its lines.
    pub(in crate::engine) fn judge(
        bill: &Row,
        items: &[Row],
        rates: &Rates,
    ) -> Result<Self, Problem> {
        let transaction = bill.text("transactionid")?;
        TransactionId::parse(&transaction)
            .map_err(|_| Problem::Field("transactionid", transaction))?;
        let word = bill.text("status")?;
        let status = BillStatus::parse(&word).map_err(|_| Problem::Field("status", word))?;
        let code = bill.text("currency")?;
        let currency = Currency::parse(&code).map_err(|_| Problem::Field("currency", code))?;
        let money = |column: &'static str| {
            let told = || Problem::Field(column, bill.text(column).unwrap_or_default());
            let exact = bill.decimal(column).map_err(|_| told())?;
            // Here the plugin's 71.964 becomes the 71.96 that are due, once and for all.
            let amount = Money::round(exact, currency).map_err(|_| told())?;
            if amount.is_negative() {
                Err(told())
            } else {
                Ok(amount)
            }
        };
        let (amount, taxes) = (money("amount")?, money("taxes")?);
        let lines = lines::of_bill(bill, items, amount, taxes, rates)?;
        Ok(Self {
            status,
            amount,
            lines,
        })
    }
}

/// The columns of a bill `b` that are judged.
pub(in crate::engine) const COLUMNS: &str = "b.id, b.shopid, b.status, b.untaxedamount, b.taxes, b.amount, b.untaxeddiscount, b.currency, b.transactionid, b.ignoretax";
