//! Reads what a site uses and finds what a takeover would change or lose of it. Nothing is written. The cost is bounded: catalogues are
//! read up to a number of products, bills are a sample of the latest.

mod products;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::clock::UnixMillis;
use crate::database::{Database, ReadOnly};
use crate::domain::autodrive::Steps;
use crate::domain::money::Currency;
use crate::domain::survey::{self, Blockade, Feature};
use crate::domain::takeover::PRO;
use crate::gateway::{self, Settings};

use super::adopt::{Adoptable, COLUMNS, ITEMS, Problem, Rates};
use super::{Engine, Result, shop};

/// What the host knows of the site beside the database.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Site {
    /// Names of the plugin's handlers that have a class.
    pub handlers: BTreeSet<String>,
    /// Names of the payment interfaces that are installed.
    pub paymodes: BTreeSet<String>,
    /// Settings of the takeovers, with what the site is.
    pub settings: BTreeMap<String, String>,
}

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub struct Survey {
    /// Features in use that a takeover would change or lose, the worst first.
    pub features: Vec<Feature>,
    /// Which takeovers that keeps off.
    #[serde(flatten)]
    pub blockade: Blockade,
}

impl Engine {
    /// Surveys the site.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn survey(&self, site: &Site) -> Result<Survey> {
        let reading = Reading {
            database: &ReadOnly::new(self.database()),
            settings: shop::settings(self.database())?.0,
            site,
            now: self.now(),
        };
        let mut features = Vec::new();
        if Settings::test_mode(&reading.settings) {
            features.push(survey::TEST_MODE.found([], SETTINGS_PAGE));
        }
        if reading.is_beside_pro() {
            features.push(survey::PRO_EDITION.found([], ""));
        }
        reading.shops(&mut features)?;
        reading.shipping(&mut features)?;
        reading.products(&mut features)?;
        reading.discounts(&mut features)?;
        reading.countries(&mut features)?;
        reading.bills(&mut features)?;
        features.sort_by_key(|feature| std::cmp::Reverse(feature.severity));
        let blockade = Blockade::of(&features, &site.settings);
        Ok(Survey { features, blockade })
    }
}

/// A survey under way.
struct Reading<'a> {
    database: &'a dyn Database,
    settings: Settings,
    site: &'a Site,
    now: UnixMillis,
}

impl Reading<'_> {
    fn is_beside_pro(&self) -> bool {
        self.site.settings.get(PRO).is_some_and(|pro| pro == "1")
    }

    /// Currencies, steps and payment interfaces.
    fn shops(&self, features: &mut Vec<Feature>) -> Result<()> {
        let rows = self.database.query(
            &format!(
                "SELECT id, name, currency, paymodes, navsteps FROM {{local_shop}} ORDER BY id LIMIT {SHOPS}"
            ),
            &[],
        )?;
        let mut currencies = BTreeSet::new();
        let mut known = BTreeSet::new();
        let mut strangers: BTreeMap<String, (Vec<String>, i64)> = BTreeMap::new();
        for row in &rows {
            let (id, name) = (row.int("id")?, row.text("name")?);
            let link = format!("/local/shop/shop/edit_shop.php?id={id}");
            let mut currency = row.text("currency")?;
            if currency.is_empty() {
                self.settings
                    .text("defaultcurrency")
                    .clone_into(&mut currency);
            }
            if currency.is_empty() {
                "EUR".clone_into(&mut currency);
            }
            if Currency::parse(&currency).is_err() {
                let params = [("shop", name.clone()), ("currency", currency.clone())];
                features.push(survey::CURRENCY.found(params, link.clone()));
            }
            currencies.insert(currency);
            if let Err(error) = Steps::parse(&row.text("navsteps")?) {
                let params = [("shop", name.clone()), ("problem", error.to_string())];
                features.push(survey::STEPS.found(params, link));
            }
            for paymode in shop::enabled(&row.text("paymodes")?) {
                if !self.site.paymodes.contains(&paymode) {
                    continue;
                }
                let Some(gateway) = gateway::by_name(&paymode) else {
                    let (shops, _) = strangers.entry(paymode).or_insert((Vec::new(), id));
                    shops.push(name.clone());
                    continue;
                };
                known.insert(gateway.name());
            }
        }
        for name in known {
            features.extend(self.interface(name));
        }
        if currencies.len() > 1 {
            let list: Vec<String> = currencies.into_iter().collect();
            features.push(survey::CURRENCIES.found([("currencies", list.join(", "))], ""));
        }
        for (paymode, (shops, first)) in strangers {
            let params = [("paymode", paymode), ("shops", shops.join(", "))];
            let link = format!("/local/shop/shop/edit_shop.php?id={first}");
            if !self.is_beside_pro() {
                features.push(survey::PAYMODE_MESSAGES.found(params.clone(), link.clone()));
            }
            features.push(survey::PAYMODE.found(params, link));
        }
        Ok(())
    }

    /// What keeps an interface that a shop offers from being paid by.
    fn interface(&self, name: &'static str) -> Option<Feature> {
        let gateway = gateway::by_name(name)?;
        let paymode = || ("paymode", name.to_owned());
        let findings = gateway::self_check(gateway, &self.settings, self.now);
        if let Some(finding) = findings.iter().find(|finding| finding.blocks) {
            let setting = finding.setting.unwrap_or_default().to_owned();
            return Some(
                survey::PAYMODE_UNSET.found([paymode(), ("setting", setting)], SETTINGS_PAGE),
            );
        }
        let settings = gateway.unsaid(&self.settings)?.join(", ");
        Some(survey::PAYMODE_UNSAID.found([paymode(), ("settings", settings)], SETTINGS_PAGE))
    }

    /// Costs of shipping: charged where a switch is on and a catalogue has zones. The plugin has two names for the switch.
    fn shipping(&self, features: &mut Vec<Feature>) -> Result<()> {
        if !self.settings.flag("useshipping") && !self.settings.flag("hasshipping") {
            return Ok(());
        }
        let zones = self.count("SELECT id FROM {local_shop_catalogshipzone}")?;
        if zones == 0 {
            return Ok(());
        }
        let link = "/local/shop/shipzones/index.php";
        features.push(survey::SHIPPING.found([("zones", zones.to_string())], link));
        Ok(())
    }

    fn discounts(&self, features: &mut Vec<Feature>) -> Result<()> {
        let defined = self.count("SELECT id FROM {local_shop_discount} WHERE enabled = 1")?;
        if defined > 0 && !self.is_beside_pro() {
            features.push(survey::DISCOUNTS.found([("count", defined.to_string())], ""));
        }
        Ok(())
    }

    fn countries(&self, features: &mut Vec<Feature>) -> Result<()> {
        let rows = self.database.query(
            &format!("SELECT id, name, countryrestrictions FROM {{local_shop_catalog}} ORDER BY id LIMIT {SHOPS}"),
            &[],
        )?;
        for row in &rows {
            let countries = row.text("countryrestrictions")?;
            if !countries.trim().is_empty() {
                let params = [("catalog", row.text("name")?), ("countries", countries)];
                let link = format!(
                    "/local/shop/catalogs/edit_catalogue.php?catalogid={}",
                    row.int("id")?
                );
                features.push(survey::COUNTRIES.found(params, link));
            }
        }
        Ok(())
    }

    /// A sample of the latest bills that are no orders yet.
    fn bills(&self, features: &mut Vec<Feature>) -> Result<()> {
        let bills = self.database.query(
            &format!(
                "SELECT {COLUMNS}, o.id AS orderid FROM {{local_shop_bill}} b
              LEFT JOIN {{local_shopengine_order}} o ON o.billid = b.id ORDER BY b.id DESC LIMIT {SAMPLE}"
            ),
            &[],
        )?;
        let mut ids = Vec::new();
        let mut drafts = Vec::new();
        for bill in &bills {
            if bill.int("orderid")? != 0 {
                continue;
            }
            if bill.text("status")? == "WORKING" {
                drafts.push(bill.int("id")?);
            } else {
                ids.push(bill.int("id")?.to_string());
            }
        }
        if let Some(latest) = drafts.first() {
            let params = [("count", drafts.len().to_string())];
            features.push(survey::DRAFTS.found(params, bill_page(*latest)));
        }
        if ids.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "{ITEMS} WHERE i.billid IN ({}) ORDER BY i.billid, i.ordering, i.id",
            ids.join(", ")
        );
        let mut items: BTreeMap<i64, Vec<_>> = BTreeMap::new();
        for row in self.database.query(&sql, &[])? {
            items.entry(row.int("billid")?).or_default().push(row);
        }
        let rates = Rates::read(self.database)?;
        let mut wrong: BTreeMap<&'static str, (usize, i64, String)> = BTreeMap::new();
        for bill in &bills {
            let id = bill.int("id")?;
            if bill.int("orderid")? != 0 || drafts.contains(&id) {
                continue;
            }
            let lines = items.remove(&id).unwrap_or_default();
            match Adoptable::judge(bill, &lines, &rates) {
                Ok(_) => {}
                Err(Problem::Field(field, value)) => {
                    let value = value.chars().take(40).collect();
                    let (count, ..) = wrong.entry(field).or_insert((0, id, value));
                    *count += 1;
                }
                Err(Problem::Error(error)) => return Err(error),
            }
        }
        for (field, (count, first, value)) in wrong {
            let params = [
                ("count", count.to_string()),
                ("of", ids.len().to_string()),
                ("field", field.to_owned()),
                ("value", value),
            ];
            features.push(survey::BILLS.found(params, bill_page(first)));
        }
        Ok(())
    }

    /// How many rows a question has, up to [`COUNTED`].
    fn count(&self, sql: &str) -> Result<usize> {
        let rows = self
            .database
            .query(&format!("{sql} LIMIT {COUNTED}"), &[])?;
        Ok(rows.len())
    }
}

fn bill_page(bill: i64) -> String {
    format!("/local/shop/bills/view.php?view=viewBill&billid={bill}")
}

/// Where the plugin's settings are.
const SETTINGS_PAGE: &str = "/admin/settings.php?section=localsettingshop";

/// Shops and catalogues that are looked at.
const SHOPS: u32 = 500;

/// Latest bills that are looked at.
const SAMPLE: u32 = 200;

/// Most rows that are counted.
const COUNTED: u32 = 1_000;
