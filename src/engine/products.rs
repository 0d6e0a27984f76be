//! What the catalogue's products give their buyers: reading it, changing it, and what a seller should look at.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::database::Row;
use crate::domain::catalog::SeatRule;
use crate::domain::fulfillment::{FulfillmentUrl, ProductFulfillment};

use super::integrity::Finding;
use super::{Engine, Error, Result, User};

/// A product of a catalogue with what its buyer gets.
#[derive(Clone, Debug, Serialize)]
pub struct Product {
    /// Row id.
    pub id: i64,
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Where it is found once paid, as stored, or ''.
    pub url: String,
    /// What its buyer reads once he has paid, as stored, or ''.
    pub message: String,
    /// Its units are given to participants.
    pub seats: bool,
}

impl Product {
    /// Codes of what the catalogue check finds.
    pub const CODES: [&'static str; 3] = [
        "fulfillment_seats",
        "fulfillment_shared",
        "fulfillment_unreadable",
    ];
}

impl Engine {
    /// Products of all catalogues, by catalogue and code.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn products(&self, limit: u32, offset: u32) -> Result<Vec<Product>> {
        let rows = self.database().query(
            &format!("{PRODUCTS} ORDER BY i.catalogid, i.code, i.id LIMIT {limit} OFFSET {offset}"),
            &[],
        )?;
        rows.iter().map(product).collect()
    }

    /// A product by its row id.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn product(&self, id: i64) -> Result<Option<Product>> {
        let rows = self
            .database()
            .query(&format!("{PRODUCTS} AND i.id = ?"), &[id.into()])?;
        rows.first().map(product).transpose()
    }

    /// Changes what a product gives its buyers, from the next order on: what was placed keeps what it had.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn set_fulfillment(
        &self,
        product: &Product,
        fulfillment: &ProductFulfillment,
        seller: &User,
    ) -> Result<()> {
        let url = fulfillment.url.as_ref().map_or("", |url| url.as_str());
        let message = fulfillment
            .message
            .as_ref()
            .map_or("", |text| text.as_str());
        self.transact(|work| {
            let inserted = work.database.insert_if_absent(
                "local_shopengine_item",
                &[
                    ("catalogitemid", product.id.into()),
                    ("fulfillmenturl", url.into()),
                    ("fulfillmentmessage", message.into()),
                ],
            )?;
            if inserted.is_none() {
                work.database.execute(
                    "UPDATE {local_shopengine_item} SET fulfillmenturl = ?, fulfillmentmessage = ? WHERE catalogitemid = ?",
                    &[url.into(), message.into(), product.id.into()],
                )?;
            }
            Ok::<_, Error>(())
        })?;
        let (was, now) = (told(&product.url), told(url));
        self.note(
            None,
            &format!(
                "Product {} : address {now} (before : {was}), message of {} characters, by seller:{}",
                product.code,
                message.chars().count(),
                seller.id
            ),
        );
        Ok(())
    }

    /// The catalogue check: what a seller should look at, at most `limit` findings of each kind.
    ///
    /// - `fulfillment_shared`: products with one constant address. Whoever has bought one of them is not charged for another by a
    ///   wallet that knows the address, and cannot buy it there.
    /// - `fulfillment_seats`: a constant address of a product whose units are given to participants. Whoever has bought it for some is
    ///   not charged, and gets no seat, for others.
    /// - `fulfillment_unreadable`: an address that no order gets, because it is none.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn catalogue(&self, limit: u32) -> Result<Vec<Finding>> {
        let rows = self.database().query(
            &format!("{PRODUCTS} AND e.fulfillmenturl <> '' ORDER BY i.id"),
            &[],
        )?;
        let mut findings: BTreeMap<&'static str, Vec<Finding>> = BTreeMap::new();
        let mut tell = |code: &'static str, product: String, url: String| {
            let params = BTreeMap::from([("name", product), ("url", url)]);
            findings
                .entry(code)
                .or_default()
                .push(Finding { code, params });
        };
        // By address, to the letter; copies of a product in several catalogues are one product.
        let mut by_url: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for row in &rows {
            let product = product(row)?;
            let Ok(url) = FulfillmentUrl::parse(&product.url) else {
                tell("fulfillment_unreadable", product.name, product.url);
                continue;
            };
            if !url.is_constant() {
                continue;
            }
            if product.seats {
                tell(
                    "fulfillment_seats",
                    product.name.clone(),
                    product.url.clone(),
                );
            }
            by_url
                .entry(url.to_string())
                .or_default()
                .insert(product.code, product.name);
        }
        for (url, products) in by_url {
            if products.len() > 1 {
                let names: Vec<String> = products.into_values().collect();
                tell("fulfillment_shared", names.join(", "), url);
            }
        }
        let most = limit as usize;
        Ok(findings
            .into_values()
            .flat_map(|found| found.into_iter().take(most))
            .collect())
    }
}

fn product(row: &Row) -> Result<Product> {
    Ok(Product {
        id: row.int("id")?,
        code: row.text("code")?,
        name: row.text("name")?,
        url: row.text("fulfillmenturl")?,
        message: row.text("fulfillmentmessage")?,
        seats: SeatRule::from_column(row.int("quantaddressesusers")?) != SeatRule::None,
    })
}

fn told(url: &str) -> &str {
    if url.is_empty() { "none" } else { url }
}

/// What an order can have a line of: a set has none, and neither have the elements of a bundle.
const PRODUCTS: &str =
    "SELECT i.id, i.code, i.name, i.quantaddressesusers, e.fulfillmenturl, e.fulfillmentmessage
       FROM {local_shop_catalogitem} i
  LEFT JOIN {local_shopengine_item} e ON e.catalogitemid = i.id
  LEFT JOIN {local_shop_catalogitem} p ON p.id = i.setid
      WHERE i.isset <> '1' AND (i.setid = 0 OR p.isset = '1')";
