//! Reading a shop: its settings, steps, catalogue, taxes, payment interfaces, partners.

use std::collections::HashMap;

use crate::database::{Database, DatabaseError, Row};
use crate::domain::autodrive::Steps;
use crate::domain::catalog::{
    Audience, Catalog, CatalogItem, Content, ItemStatus, RequiredField, SeatRule, bind_elements,
    tax_from_column,
};
use crate::domain::fulfillment::ProductFulfillment;
use crate::domain::money::{Currency, Money, Rounding};
use crate::domain::price::PriceBands;
use crate::domain::serialized::Php;
use crate::domain::tax::{Tax, TaxCode, TaxError, TaxTable};
use crate::gateway::{self, Gateway, Offer, Settings};

use super::{Buyer, Engine, Error, Result};

/// A shop as the next request finds it.
#[derive(Debug)]
pub struct Shop {
    /// Id.
    pub id: i64,
    /// Name, for the reader of this page.
    pub label: String,
    /// Currency of all its amounts.
    pub currency: Currency,
    /// Steps of the purchase.
    pub steps: Steps,
    /// What it sells.
    pub catalog: Catalog,
    /// Taxes by code.
    pub taxes: TaxTable,
    /// Settings of the plugin.
    pub settings: Settings,
    /// Rounding policy.
    pub rounding: Rounding,
    /// Customers must name an organisation.
    pub organisation_required: bool,
    /// Conditions of sale (HTML), or ''.
    pub eula: String,
    /// Enabled paymodes.
    paymodes: Vec<String>,
    /// The one chosen beforehand.
    default_paymode: String,
}

impl Shop {
    /// The payment interfaces that this buyer may choose for this amount from his country, the shop's default first when it is among them.
    #[must_use]
    pub fn paymodes(
        &self,
        amount: Money,
        buyer: &Buyer,
        country: &str,
    ) -> Vec<&'static dyn Gateway> {
        let offer = Offer {
            amount,
            country: Some(country),
            staff: buyer.is_staff(),
            settings: &self.settings,
        };
        // The plugin's switch for shops under test lifts this restriction.
        let instant_only = buyer.instant_only && !self.settings.flag("testoverride");
        let mut offered: Vec<_> = gateway::all()
            .iter()
            .copied()
            .filter(|gateway| self.enables(gateway.name()) && gateway.obstacle(&offer).is_none())
            .filter(|gateway| !instant_only || gateway.is_instant())
            .collect();
        offered.sort_by_key(|gateway| gateway.name() != self.default_paymode);
        offered
    }

    /// Is the interface among those that the shop allows? The zero-euro interface needs no permission: it takes no money.
    fn enables(&self, paymode: &str) -> bool {
        paymode == "freeorder" || self.paymodes.iter().any(|enabled| enabled == paymode)
    }
}

impl Engine {
    /// Reads a shop with all that a request in `lang` needs of it.
    ///
    /// # Errors
    /// [`Error::UnknownShop`]; [`Error::BrokenShop`] when its currency or steps are not usable.
    pub fn shop(&self, id: i64, lang: &str) -> Result<Shop> {
        let database = self.database();
        let rows = database.query(
            "SELECT id, name, currency, customerorganisationrequired, eula, catalogid, paymodes, defaultpaymode, navsteps
               FROM {local_shop} WHERE id = ?",
            &[id.into()],
        )?;
        let row = rows.first().ok_or_else(|| Error::UnknownShop {
            shop: id.to_string(),
        })?;
        let broken = |problem: String| Error::BrokenShop { shop: id, problem };
        let (settings, rounding) = settings(database)?;
        let currency = row.text("currency")?;
        let currency = if currency.is_empty() {
            settings.text("defaultcurrency").to_owned()
        } else {
            currency
        };
        let currency = if currency.is_empty() {
            "EUR"
        } else {
            &currency
        };
        Ok(Shop {
            id,
            label: self.words(&row.text("name")?, lang),
            currency: Currency::parse(currency).map_err(|error| broken(error.to_string()))?,
            steps: Steps::parse(&row.text("navsteps")?)
                .map_err(|error| broken(error.to_string()))?,
            catalog: self.catalog(row.int("catalogid")?, lang)?,
            taxes: taxes(database)?,
            settings,
            rounding,
            organisation_required: row.flag("customerorganisationrequired")?,
            eula: row.text("eula")?,
            paymodes: enabled(&row.text("paymodes")?),
            default_paymode: row.text("defaultpaymode")?,
        })
    }

    fn catalog(&self, id: i64, lang: &str) -> Result<Catalog> {
        let rows = self.database().query(
            "SELECT i.id, i.catalogid, i.code, i.shortname, i.name, i.description, i.eula, i.range1, i.price1, i.range2, i.price2,
                    i.range3, i.price3, i.range4, i.price4, i.range5, i.price5, i.taxcode, i.stock, i.sold, i.status,
                    i.maxdeliveryquant, i.onlyforloggedin, i.quantaddressesusers, i.requireddata, i.password, i.isset, i.setid, i.enablehandler, e.fulfillmenturl, e.fulfillmentmessage
               FROM {local_shop_catalogitem} i
          LEFT JOIN {local_shopengine_item} e ON e.catalogitemid = i.id
              WHERE i.catalogid = ? ORDER BY i.id",
            &[id.into()],
        )?;
        let items: std::result::Result<Vec<CatalogItem>, DatabaseError> =
            rows.iter().map(item).collect();
        let parents: std::result::Result<Vec<i64>, DatabaseError> =
            rows.iter().map(|row| row.int("setid")).collect();
        let mut items = items?;
        for item in &mut items {
            item.label = self.words(&item.name, lang);
        }
        bind_elements(&mut items, &parents?);
        Ok(Catalog::new(items))
    }

    /// The settings of the plugin alone.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn settings(&self) -> Result<Settings> {
        Ok(settings(self.database())?.0)
    }

    /// A visible category to show of a shop: the one of a product (by its row id), else the first that has any.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn category(&self, shop: &Shop, product: Option<i64>) -> Result<Option<i64>> {
        let rows = self.database().query(
            "SELECT i.id, i.categoryid
               FROM {local_shop_catalogitem} i
               JOIN {local_shop_catalogcategory} c ON c.id = i.categoryid
               JOIN {local_shop} s ON s.catalogid = i.catalogid
              WHERE s.id = ? AND c.visible = 1
              ORDER BY CASE WHEN i.id = ? THEN 0 ELSE 1 END, c.parentid, c.sortorder, i.id LIMIT 1",
            &[shop.id.into(), product.unwrap_or_default().into()],
        )?;
        Ok(rows.first().map(|row| row.int("categoryid")).transpose()?)
    }
}

/// Settings of the plugin, and the engine's own rounding policy.
pub(super) fn settings(database: &dyn Database) -> Result<(Settings, Rounding)> {
    let rows = database.query(
        "SELECT id, plugin, name, value FROM {config_plugins} WHERE plugin = ? OR plugin = ?",
        &["local_shop".into(), "local_shopengine".into()],
    )?;
    let mut values = HashMap::with_capacity(rows.len());
    let mut rounding = Rounding::default();
    for row in rows {
        let (name, value) = (row.text("name")?, row.text("value")?);
        if row.text("plugin")? == "local_shop" {
            values.insert(name, value);
        } else if name == "rounding" {
            rounding = Rounding::parse(&value)?;
        }
    }
    Ok((Settings::new(values), rounding))
}

/// Does an order that was paid back still make its buyer own what he bought?
pub(super) fn repurchase_refunded(
    database: &dyn Database,
) -> std::result::Result<bool, DatabaseError> {
    let rows = database.query(
        "SELECT id, value FROM {config_plugins} WHERE plugin = ? AND name = ?",
        &["local_shopengine".into(), "repurchase_refunded".into()],
    )?;
    let value = rows.first().map(|row| row.text("value")).transpose()?;
    Ok(value.is_some_and(|value| !matches!(value.trim(), "" | "0")))
}

/// The plugin's `paymodes` column: a serialised list that holds one array of flags by paymode name (older shops wrote
/// `enable<name>`). One that cannot be read enables nothing.
pub(super) fn enabled(column: &str) -> Vec<String> {
    fn collect(flags: &Php, names: &mut Vec<String>) {
        for (name, flag) in flags.entries() {
            match flag {
                Php::Array(_) | Php::Object(_) => collect(flag, names),
                _ if flag.truthy() => {
                    names.push(name.strip_prefix("enable").unwrap_or(&name).to_owned())
                }
                _ => {}
            }
        }
    }
    let mut names = Vec::new();
    if let Ok(flags) = Php::from_column(column) {
        collect(&flags, &mut names);
    }
    names
}

pub(super) fn taxes(database: &dyn Database) -> Result<TaxTable> {
    let rows = database.query(
        "SELECT id, country, title, ratio, formula FROM {local_shop_tax} ORDER BY id",
        &[],
    )?;
    let mut taxes = Vec::with_capacity(rows.len());
    for row in rows {
        let (code, title) = (TaxCode::new(row.int("id")?), row.text("title")?);
        taxes.push(match row.decimal("ratio") {
            Ok(ratio) => Tax::new(
                code,
                &row.text("country")?,
                &title,
                ratio,
                &row.text("formula")?,
            ),
            // One broken tax takes the products off sale that name it, and no others.
            Err(_) => Err(TaxError::Ratio { tax: code, title }),
        });
    }
    Ok(TaxTable::new(taxes))
}

/// One item. What is wrong with its price, its required data or its kind takes this item off sale, and no other.
fn item(row: &Row) -> std::result::Result<CatalogItem, DatabaseError> {
    let mut status = ItemStatus::from_column(&row.text("status")?);
    let content = Content::from_column(&row.text("isset")?);
    let bands = bands(row);
    let required_data = RequiredField::parse_list(&row.text("requireddata")?).ok();
    // Nobody buys a set, so that it needs neither.
    let priced = bands.is_some() && required_data.is_some() || content == Some(Content::Set);
    if content.is_none() || !priced {
        status = ItemStatus::Unknown;
    }
    let some = |text: String| (!text.is_empty()).then_some(text);
    Ok(CatalogItem {
        id: row.int("id")?,
        catalogid: row.int("catalogid")?,
        code: row.text("code")?,
        shortname: row.text("shortname")?,
        name: row.text("name")?,
        label: String::new(),
        description: row.text("description")?,
        bands: bands.unwrap_or_default(),
        tax: tax_from_column(&row.text("taxcode")?),
        stock: row.int("stock")?,
        sold: row.int("sold")?,
        status,
        max_quantity: row.count("maxdeliveryquant")?,
        audience: Audience::from_column(row.int("onlyforloggedin")?),
        seats: SeatRule::from_column(row.int("quantaddressesusers")?),
        required_data: required_data.unwrap_or_default(),
        password: some(row.text("password")?),
        eula: some(row.text("eula")?),
        fulfillment: ProductFulfillment::stored(
            &row.text("fulfillmenturl")?,
            &row.text("fulfillmentmessage")?,
        ),
        handler: handler(&row.text("enablehandler")?),
        content: content.unwrap_or_default(),
        parent: None,
    })
}

/// The column `enablehandler`: the plugin takes 0 for none.
pub(super) fn handler(column: &str) -> String {
    if column == "0" { "" } else { column }.to_owned()
}

/// The prices of an item; `None` when they make no sense.
fn bands(row: &Row) -> Option<PriceBands> {
    let band = |range, price| Some((row.count(range).ok()?, row.decimal(price).ok()?));
    PriceBands::new([
        band("range1", "price1")?,
        band("range2", "price2")?,
        band("range3", "price3")?,
        band("range4", "price4")?,
        band("range5", "price5")?,
    ])
    .ok()
}
