//! Products for sale: prices, taxes, required data and handlers that a takeover would not do right by.

use std::collections::{BTreeMap, BTreeSet};

use crate::database::Row;
use crate::domain::catalog::{RequiredField, tax_from_column};
use crate::domain::price::PriceBands;
use crate::domain::survey::{self, Feature, Judgment};
use crate::domain::tax::{TaxCode, TaxError};
use crate::engine::{Result, shop};

use super::Reading;

impl Reading<'_> {
    /// Products for sale, and the taxes that they name.
    pub(super) fn products(&self, features: &mut Vec<Feature>) -> Result<()> {
        let taxes = shop::taxes(self.database)?;
        let mut found = Found::default();
        let mut used = BTreeSet::new();
        let (mut last, mut seen) = (0_i64, 0);
        while seen < PRODUCTS {
            let rows = self
                .database
                .query(&format!("{FOR_SALE} LIMIT {BATCH}"), &[last.into()])?;
            let Some(end) = rows.last() else { break };
            last = end.int("id")?;
            seen += rows.len();
            for row in &rows {
                self.product(row, &mut found)?;
                if let Some(code) = tax_from_column(&row.text("taxcode")?) {
                    used.insert(code);
                    match taxes.tax(code) {
                        Ok(_) => {}
                        Err(TaxError::Missing { .. }) => {
                            found.add(&survey::TAX_MISSING, row, code.to_string())?;
                        }
                        Err(error) => found.add(&survey::TAX_FORMULA, row, error.to_string())?,
                    }
                }
            }
        }
        found.tell(features);
        let rows = self.database.query(
            &format!("SELECT id, title FROM {{local_shop_tax}} ORDER BY id LIMIT {BATCH}"),
            &[],
        )?;
        for row in &rows {
            let code = TaxCode::new(row.int("id")?);
            if let Err(error) = taxes.tax(code)
                && !used.contains(&code)
            {
                let params = [
                    ("title", row.text("title")?),
                    ("problem", error.to_string()),
                ];
                let link = "/local/shop/taxes/view.php?view=viewAllTaxes";
                features.push(survey::TAX_UNUSED.found(params, link));
            }
        }
        Ok(())
    }

    fn product(&self, row: &Row, found: &mut Found) -> Result<()> {
        if let Err(error) = RequiredField::parse_list(&row.text("requireddata")?) {
            found.add(&survey::REQUIRED_DATA, row, error.to_string())?;
        }
        match bands(row) {
            Err(problem) => found.add(&survey::PRICES_WRONG, row, problem)?,
            Ok(columns) => {
                if has_gap(&columns) {
                    found.add(&survey::PRICE_GAP, row, String::new())?;
                }
            }
        }
        if let Some(end) = unreadable_end(&row.text("handlerparams")?) {
            found.add(&survey::END_TIME, row, end)?;
        }
        let mut handler = row.text("enablehandler")?;
        match handler.as_str() {
            "" => return Ok(()),
            "0" => return found.add(&survey::HANDLER_OFF, row, handler),
            // A handler of its own has the name of the product's code.
            "1" => handler = row.text("code")?,
            _ => {}
        }
        if !self.site.handlers.contains(&handler) {
            found.add(&survey::HANDLER, row, handler)?;
        }
        Ok(())
    }
}

/// The `endtime` of a handler's parameters, unless it is Unix seconds: the plugin's pattern for any other way to write it is broken, and the
/// enrolment has no end.
fn unreadable_end(parameters: &str) -> Option<String> {
    url::form_urlencoded::parse(parameters.as_bytes())
        .filter(|(name, _)| name == "endtime")
        .map(|(_, value)| value.into_owned())
        .last()
        .filter(|value| value.trim().parse::<i64>().is_err())
        .map(|value| value.chars().take(40).collect())
}

type Columns = [(u32, rust_decimal::Decimal); 5];

/// The price bands of a product, or why they make no sense.
fn bands(row: &Row) -> std::result::Result<Columns, String> {
    let band = |range, price| -> std::result::Result<_, String> {
        let count = row.count(range).map_err(|error| error.to_string())?;
        let price = row.decimal(price).map_err(|error| error.to_string())?;
        Ok((count, price))
    };
    let columns = [
        band("range1", "price1")?,
        band("range2", "price2")?,
        band("range3", "price3")?,
        band("range4", "price4")?,
        band("range5", "price5")?,
    ];
    PriceBands::new(columns)
        .map(|_| columns)
        .map_err(|error| error.to_string())
}

/// Is the band after the last range empty? The plugin asks 0.00 for what is beyond that range.
fn has_gap(columns: &Columns) -> bool {
    let ranges = columns.iter().take_while(|(range, _)| *range > 0).count();
    ranges > 0
        && columns
            .get(ranges)
            .is_some_and(|(_, price)| price.is_zero())
}

/// Products by what is wrong with them: how many, the first few codes, one problem, and the first one's id.
#[derive(Default)]
struct Found(BTreeMap<(&'static str, String), Group>);

struct Group {
    judgment: Judgment,
    count: usize,
    codes: Vec<String>,
    first: i64,
}

impl Found {
    fn add(&mut self, judgment: &Judgment, row: &Row, problem: String) -> Result<()> {
        let first = row.int("id")?;
        let group = self
            .0
            .entry((judgment.code, problem))
            .or_insert_with(|| Group {
                judgment: *judgment,
                count: 0,
                codes: Vec::new(),
                first,
            });
        group.count += 1;
        if group.codes.len() < NAMED {
            group.codes.push(row.text("code")?);
        }
        Ok(())
    }

    fn tell(self, features: &mut Vec<Feature>) {
        for ((_, problem), group) in self.0 {
            let mut codes = group.codes.join(", ");
            if group.count > group.codes.len() {
                codes.push('…');
            }
            features.push(group.judgment.found(
                [
                    ("count", group.count.to_string()),
                    ("codes", codes),
                    ("problem", problem),
                ],
                format!(
                    "/local/shop/products/edit_product.php?itemid={}",
                    group.first
                ),
            ));
        }
    }
}

const FOR_SALE: &str =
    "SELECT id, code, taxcode, requireddata, enablehandler, handlerparams, range1, price1, range2, price2, range3, price3, range4, price4, range5, price5
       FROM {local_shop_catalogitem} WHERE id > ? AND isset <> '1' AND status IN ('AVAILABLE', 'PROVIDING') ORDER BY id";

/// Products that are looked at.
const PRODUCTS: usize = 10_000;

/// Rows of one query.
const BATCH: u32 = 500;

/// Codes that a sentence names.
const NAMED: usize = 5;
