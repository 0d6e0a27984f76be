//! A partner's own list of tags against the shop's paid orders.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::domain::money::{Currency, Money};

use super::{Engine, Result};

/// A tag of a partner's own list.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnTag {
    /// The tag.
    pub tag: String,
    /// The amount he has for it: a decimal string in major units; none: not compared.
    #[serde(default)]
    pub amount: Option<String>,
}

/// What the comparison says of a tag.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct TagFinding {
    /// The tag.
    pub tag: String,
    /// `found`, `missing_here`, `missing_there`, `duplicated` or `amount_differs`.
    pub finding: &'static str,
    /// Transaction ids of the shop's paid orders with this tag, those of the test mode left out.
    pub transids: Vec<String>,
    /// Amount of the first of them: a decimal string in major units, or ''.
    pub amount: String,
    /// Its currency, or ''.
    pub currency: String,
    /// Its status, or ''.
    pub state: String,
}

impl Engine {
    /// Compares a partner's own list of tags with the paid orders that came from him in the time from `from` to before `to`
    /// (Unix seconds, UTC), but those of the test mode. Findings come in the order of the list, then what the list lacks.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn compare_tags(
        &self,
        partner: i64,
        (from, to): (i64, i64),
        list: &[OwnTag],
    ) -> Result<Vec<TagFinding>> {
        let partner = self.registered(partner)?.id;
        let rows = self.database().query(
            "SELECT r.id, r.tag, o.transactionid, o.amount, o.currency, o.status
               FROM {local_shopengine_referral} r JOIN {local_shopengine_order} o ON o.billid = r.billid
              WHERE r.partnerid = ? AND r.timecreated >= ? AND r.timecreated < ? AND o.payment IN ('paid', 'refunded') AND o.test = 0
              ORDER BY r.id",
            &[partner.into(), from.saturating_mul(1000).into(), to.saturating_mul(1000).into()],
        )?;
        let mut ours: Vec<TagFinding> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for row in &rows {
            let (tag, transid) = (row.text("tag")?, row.text("transactionid")?);
            let place = *places.entry(tag.clone()).or_insert(ours.len());
            match ours.get_mut(place) {
                Some(finding) if !tag.is_empty() => finding.transids.push(transid),
                _ => ours.push(TagFinding {
                    tag,
                    finding: "missing_there",
                    transids: vec![transid],
                    amount: row.text("amount")?,
                    currency: row.text("currency")?,
                    state: row.text("status")?,
                }),
            }
        }
        let mut named: HashMap<&str, u32> = HashMap::new();
        for own in list {
            *named.entry(&own.tag).or_default() += 1;
        }
        let mut findings: Vec<TagFinding> = list
            .iter()
            .map(|own| {
                let theirs = named.get(own.tag.as_str()).copied().unwrap_or_default();
                match places.get(&own.tag).and_then(|place| ours.get(*place)) {
                    Some(found) => TagFinding {
                        finding: verdict(own, found, theirs),
                        ..found.clone()
                    },
                    None => TagFinding {
                        tag: own.tag.clone(),
                        finding: "missing_here",
                        transids: Vec::new(),
                        amount: String::new(),
                        currency: String::new(),
                        state: String::new(),
                    },
                }
            })
            .collect();
        findings.extend(
            ours.iter()
                .filter(|found| !named.contains_key(found.tag.as_str()))
                .cloned(),
        );
        Ok(findings)
    }
}

fn verdict(own: &OwnTag, found: &TagFinding, theirs: u32) -> &'static str {
    if theirs > 1 || found.transids.len() > 1 {
        return "duplicated";
    }
    match &own.amount {
        Some(amount) if !same_amount(amount, found) => "amount_differs",
        _ => "found",
    }
}

fn same_amount(amount: &str, found: &TagFinding) -> bool {
    let currency = Currency::parse(&found.currency);
    currency.is_ok_and(|currency| {
        let parse = |text: &str| Money::parse(text, currency).ok();
        parse(amount.trim()).is_some_and(|own| parse(&found.amount) == Some(own))
    })
}
