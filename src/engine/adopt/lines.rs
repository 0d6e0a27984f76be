//! The lines of a bill that becomes an order: what the plugin stored, with amounts that sum to the bill's own, to the minor unit.

use std::collections::HashMap;

use rust_decimal::Decimal;

use crate::database::{Database, Row};
use crate::domain::fulfillment::{Fulfillment, ProductFulfillment};
use crate::domain::money::{Currency, Money, MoneyError};
use crate::domain::transaction_id::TransactionId;

use crate::engine::{Error, Order, Result, Work};

/// A line of a bill.
pub(super) struct Line {
    ordering: i64,
    kind: String,
    item: i64,
    code: String,
    shortname: String,
    label: String,
    quantity: u32,
    unitprice: Decimal,
    taxcode: String,
    title: String,
    ratio: String,
    untaxed: Money,
    taxes: Money,
    product: ProductFulfillment,
}

impl Line {
    fn article(&self) -> String {
        self.product.article(&self.code).unwrap_or_default()
    }
}

/// Why a bill cannot be taken over: a field and what it holds, or an error of the database.
pub(in crate::engine) enum Problem {
    Field(&'static str, String),
    Error(Error),
}

impl<E: Into<Error>> From<E> for Problem {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// Titles and rates of the taxes as they are today, by code. One whose rate is no number explains nothing.
pub(in crate::engine) struct Rates(HashMap<String, (String, Decimal)>);

impl Rates {
    pub(in crate::engine) fn read(database: &dyn Database) -> Result<Self> {
        let rows = database.query("SELECT id, title, ratio FROM {local_shop_tax}", &[])?;
        let mut rates = HashMap::with_capacity(rows.len());
        for row in &rows {
            if let Ok(ratio) = row.decimal("ratio") {
                rates.insert(row.text("id")?, (row.text("title")?, ratio));
            }
        }
        Ok(Self(rates))
    }
}

/// What an order of these lines has, and what its buyer owns once it is paid: by what the catalogue says now, because the plugin keeps
/// neither.
pub(super) fn fulfillment(lines: &[Line], transaction: &TransactionId) -> (Fulfillment, String) {
    match lines {
        [line] => {
            let fulfillment = line.product.of_order(transaction);
            (fulfillment, line.article())
        }
        _ => Default::default(),
    }
}

/// The bill's lines, of the rows of [`ITEMS`], with amounts that sum to what the bill says.
pub(super) fn of_bill(
    bill: &Row,
    items: &[Row],
    amount: Money,
    taxes: Money,
    rates: &Rates,
) -> std::result::Result<Vec<Line>, Problem> {
    let mut lines = Vec::with_capacity(items.len());
    for row in items {
        lines.push(line(row, amount.currency())?);
    }
    if lines.is_empty() {
        return Err(Problem::Field("lines", String::new()));
    }
    let untaxed = amount.minus(taxes)?;
    if let Err(rest) = fit(&mut lines, untaxed, |line| &mut line.untaxed) {
        let told = || Problem::Field("untaxedamount", rest.clone());
        let discount = bill.decimal("untaxeddiscount").map_err(|_| told())?;
        share_discount(&mut lines, Money::round(discount, untaxed.currency())?)?;
        fit(&mut lines, untaxed, |line| &mut line.untaxed).map_err(|_| told())?;
    }
    share_taxes(&mut lines, taxes, rates)?;
    Ok(lines)
}

/// The taxes of the lines: by today's rates where those explain what the bill says; where they do not (a rate was changed
/// since), by the lines' weight and without a rate, because which line bore how much is not on record.
fn share_taxes(
    lines: &mut [Line],
    taxes: Money,
    rates: &Rates,
) -> std::result::Result<(), Problem> {
    for line in lines.iter_mut() {
        if let Some((title, ratio)) = rates.0.get(&line.taxcode) {
            let exact = line.untaxed.amount() * ratio / Decimal::ONE_HUNDRED;
            line.taxes = Money::round(exact, taxes.currency())?;
            line.title.clone_from(title);
            line.ratio = ratio.normalize().to_string();
        }
    }
    if fit(lines, taxes, |line| &mut line.taxes).is_ok() {
        return Ok(());
    }
    let weights: Vec<u64> = lines
        .iter()
        .map(|line| {
            line.untaxed
                .minor_units()
                .map(|units| u64::try_from(units).unwrap_or(0))
        })
        .collect::<std::result::Result<_, _>>()?;
    let shares = taxes
        .allocate(&weights)
        .map_err(|_| Problem::Field("taxes", taxes.to_decimal_string()))?;
    for (line, share) in lines.iter_mut().zip(shares) {
        line.taxes = share;
        line.taxcode.clear();
        line.title.clear();
        line.ratio.clear();
    }
    Ok(())
}

impl Work<'_> {
    pub(super) fn insert_adopted_line(&mut self, order: &Order, line: &Line) -> Result<()> {
        let fulfillment = line.product.of_order(&order.transaction);
        self.database.insert(
            "local_shopengine_line",
            &[
                ("billid", order.bill.into()),
                ("revision", order.revision.into()),
                ("ordering", line.ordering.into()),
                ("kind", line.kind.as_str().into()),
                ("itemid", line.item.into()),
                ("itemcode", line.code.as_str().into()),
                ("shortname", line.shortname.as_str().into()),
                ("label", line.label.as_str().into()),
                ("quantity", line.quantity.into()),
                ("unitprice", line.unitprice.to_string().into()),
                ("taxcode", line.taxcode.as_str().into()),
                ("taxtitle", line.title.as_str().into()),
                ("taxratio", line.ratio.as_str().into()),
                ("untaxed", line.untaxed.to_decimal_string().into()),
                ("taxes", line.taxes.to_decimal_string().into()),
                (
                    "taxed",
                    line.untaxed.plus(line.taxes)?.to_decimal_string().into(),
                ),
                (
                    "fulfillmenturl",
                    fulfillment.url().unwrap_or_default().into(),
                ),
                ("fulfillmentmessage", fulfillment.message().into()),
                ("article", line.article().into()),
            ],
        )?;
        Ok(())
    }
}

fn line(row: &Row, currency: Currency) -> std::result::Result<Line, Problem> {
    let told = |field| {
        let value = row.text(field).unwrap_or_default();
        Problem::Field(field, value)
    };
    let quantity = row.decimal("quantity").map_err(|_| told("quantity"))?;
    let quantity = u32::try_from(quantity)
        .ok()
        .filter(|units| Decimal::from(*units) == quantity)
        .ok_or_else(|| told("quantity"))?;
    let unitprice = row.decimal("unitcost").map_err(|_| told("unitcost"))?;
    let total = match row.text("totalprice")?.as_str() {
        "" => unitprice * Decimal::from(quantity),
        _ => row.decimal("totalprice").map_err(|_| told("totalprice"))?,
    };
    Ok(Line {
        ordering: row.int("ordering")?,
        kind: row.text("type")?,
        item: row.int("itemid")?,
        code: row.text("itemcode")?,
        shortname: row.text("shortname")?,
        label: row.text("abstract")?,
        quantity,
        unitprice: unitprice.normalize(),
        taxcode: row.text("taxcode")?,
        title: String::new(),
        ratio: String::new(),
        untaxed: Money::round(total, currency).map_err(|_| told("totalprice"))?,
        taxes: Money::zero(currency),
        product: ProductFulfillment::stored(
            &row.text("fulfillmenturl")?,
            &row.text("fulfillmentmessage")?,
        ),
    })
}

/// The PRO edition computes its discounts anew whenever it loads a bill, and writes what they come to into the bill alone: its discount lines
/// share that by their weight.
fn share_discount(lines: &mut [Line], discount: Money) -> std::result::Result<(), MoneyError> {
    let mut discounts: Vec<&mut Line> = lines
        .iter_mut()
        .filter(|line| line.kind == "DISCOUNT")
        .collect();
    let mut weights = Vec::with_capacity(discounts.len());
    for line in &discounts {
        weights.push(line.untaxed.minor_units()?.unsigned_abs());
    }
    if weights.iter().all(|weight| *weight == 0) {
        return Ok(());
    }
    for (line, share) in discounts.iter_mut().zip(discount.allocate(&weights)?) {
        line.untaxed = share;
    }
    Ok(())
}

/// Makes an amount of the lines sum to `total` when rounding alone parts them (at most one minor unit a line): the largest
/// line takes the rest. What is left over otherwise is told.
fn fit(
    lines: &mut [Line],
    total: Money,
    amount: impl Fn(&mut Line) -> &mut Money,
) -> std::result::Result<(), String> {
    let wrong = |error: MoneyError| error.to_string();
    let mut sum = Money::zero(total.currency());
    for line in lines.iter_mut() {
        sum = sum.plus(*amount(line)).map_err(wrong)?;
    }
    let rest = total.minus(sum).map_err(wrong)?;
    let units = rest.minor_units().map_err(wrong)?.unsigned_abs();
    if units > lines.len() as u64 {
        return Err(total.to_decimal_string());
    }
    if let Some(largest) = lines
        .iter_mut()
        .max_by_key(|line| line.untaxed.amount().abs())
    {
        let fitted = amount(largest).plus(rest).map_err(wrong)?;
        *amount(largest) = fitted;
    }
    Ok(())
}

/// The lines of bills, with what the shop's catalogue says of their products today.
pub(in crate::engine) const ITEMS: &str =
    "SELECT i.id, i.billid, i.ordering, i.type, i.itemcode, i.abstract, i.quantity, i.unitcost, i.totalprice, i.taxcode,
            c.id AS itemid, c.shortname, e.fulfillmenturl, e.fulfillmentmessage
       FROM {local_shop_billitem} i
       JOIN {local_shop_bill} b ON b.id = i.billid
  LEFT JOIN {local_shop} s ON s.id = b.shopid
  LEFT JOIN {local_shop_catalogitem} c ON c.catalogid = s.catalogid AND c.code = i.itemcode
  LEFT JOIN {local_shopengine_item} e ON e.catalogitemid = c.id";
