//! `ShopEngine\ImportLink`: a partner's URL, read or forged.

use std::num::NonZeroU32;

use ext_php_rs::binary_slice::BinarySlice;
use ext_php_rs::boxed::ZBox;
use ext_php_rs::flags::ClassFlags;
use ext_php_rs::prelude::*;
use ext_php_rs::types::ZendHashTable;
use serde::Serialize;
use serde_json::{Map, Value};

use super::convert;
use super::exception::value_error;
use crate::domain::import::{self, Placement, ShopId};
use crate::domain::partner::PartnerCode;
use crate::domain::quantity::Quantity;
use crate::domain::signature;

/// An import link, read but not yet compared with a catalogue.
#[php_class]
#[php(name = "ShopEngine\\ImportLink")]
#[php(flags = ClassFlags::Final)]
#[derive(Clone)]
pub struct ImportLink(import::ImportLink);

#[php_impl]
impl ImportLink {
    /// Reads a raw query string (`$_SERVER['QUERY_STRING']`), because PHP's own reading changes names.
    ///
    /// @throws \ShopEngine\Exception\ImportException
    pub fn parse(query: BinarySlice<u8>) -> PhpResult<Self> {
        Ok(Self(import::ImportLink::parse(&query)?))
    }

    /// Forges the URL of an import: `$products` maps names to quantities, in their order.
    ///
    /// @throws \ShopEngine\Exception\ImportException for what would not be read back
    #[php(defaults(autodrive = false))]
    #[expect(clippy::too_many_arguments, reason = "PHP callers name them")]
    pub fn forge(
        wwwroot: &str,
        shop: i64,
        products: &ZendHashTable,
        partner: Option<&str>,
        autodrive: bool,
        category: Option<i64>,
        categoryalias: Option<String>,
        blockid: Option<i64>,
    ) -> PhpResult<String> {
        let products = quantities(convert::read(products)?)?;
        let products: Vec<(&str, Quantity)> = products
            .iter()
            .map(|(name, quantity)| (name.as_str(), *quantity))
            .collect();
        let partner = partner.map(PartnerCode::parse).transpose()?;
        let placement = Placement {
            autodrive,
            blockid: row_id("blockid", blockid)?,
            category: row_id("category", category)?,
            categoryalias,
        };
        let shop = ShopId::new(shop)?;
        Ok(import::forge(
            wwwroot,
            shop,
            &products,
            partner.as_ref(),
            &placement,
        )?)
    }

    /// Signs a forged link with the partner's secret: adds `expires` (Unix seconds, if given) and `sig`. docs/partners.md has
    /// the rule for other languages.
    ///
    /// @throws \ShopEngine\Exception\ImportException
    pub fn sign(link: &str, secret: &str, expires: Option<i64>) -> PhpResult<String> {
        Ok(signature::sign(link, secret.as_bytes(), expires)?)
    }

    /// Id of the shop.
    pub fn shop(&self) -> i64 {
        self.0.shop().value()
    }

    /// What the link buys: a list of `name`, `quantity` (null where it is none) and `refused` (the
    /// text that is no quantity, else null).
    pub fn products(&self) -> PhpResult<ZBox<ZendHashTable>> {
        let lines: Vec<Line> = self.0.products().iter().map(Line::from).collect();
        convert::answer(&lines)
    }

    /// The partner code as text; it may be malformed.
    pub fn partner(&self) -> Option<&str> {
        self.0.partner()
    }

    /// Whether the shop goes on by itself as far as it can.
    pub fn autodrive(&self) -> bool {
        self.0.autodrive()
    }

    /// Category shown.
    pub fn category(&self) -> Option<i64> {
        self.0.placement().category.map(|id| i64::from(id.get()))
    }

    /// Category shown, by its alias.
    pub fn categoryalias(&self) -> Option<String> {
        self.0.placement().categoryalias.clone()
    }

    /// Block that displays the shop.
    pub fn blockid(&self) -> Option<i64> {
        self.0.placement().blockid.map(|id| i64::from(id.get()))
    }
}

#[derive(Serialize)]
struct Line<'a> {
    name: &'a str,
    quantity: Option<u32>,
    refused: Option<&'a str>,
}

impl<'a> From<&'a import::ProductLine> for Line<'a> {
    fn from(line: &'a import::ProductLine) -> Self {
        Self {
            name: &line.name,
            quantity: line.quantity.as_ref().ok().map(|quantity| quantity.units()),
            refused: line.quantity.as_ref().err().map(String::as_str),
        }
    }
}

/// Quantities arrive as whole numbers or as text.
fn quantities(products: Map<String, Value>) -> PhpResult<Vec<(String, Quantity)>> {
    products
        .into_iter()
        .map(|(name, quantity)| {
            let text = match quantity {
                Value::String(text) => text,
                other => other.to_string(),
            };
            Ok((name, Quantity::parse(&text)?))
        })
        .collect()
}

fn row_id(name: &str, id: Option<i64>) -> PhpResult<Option<NonZeroU32>> {
    let Some(id) = id else { return Ok(None) };
    let known = u32::try_from(id).ok().and_then(NonZeroU32::new);
    known
        .map(Some)
        .ok_or_else(|| value_error(&format!("{name} must be a positive id, `{id}` given")))
}
