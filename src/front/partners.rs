//! The pages of the partners, for sales administrators: the register, what a partner is owed, links for him.

mod form;
mod ledger;
mod link;
mod period;

use serde_json::{Value as Json, json};

use crate::domain::permission::Permission;
use crate::engine::{Partner, PartnerChange, User};

use super::Fault;
use super::answer::{Answer, File, Level};
use super::backoffice::require;
use super::days::moment;
use super::purchase::{Outcome, Visit};

/// Path of these pages below wwwroot.
pub(crate) const SCRIPT: &str = "/local/shopengine/partners.php";

/// The longest body that these pages take, when it is theirs: a partner's own list is pasted.
pub(crate) fn largest_body(script: &str) -> Option<usize> {
    (script == SCRIPT).then_some(2_097_152)
}

pub(crate) fn answer(visit: &mut Visit<'_>) -> Outcome {
    require(visit, Permission::Partners)?;
    // Looking at another shop's partners moves nobody's cart there.
    let shop = visit.session.shopid;
    let answer = route(visit);
    visit.session.shopid = shop;
    answer
}

fn route(visit: &mut Visit<'_>) -> Outcome {
    let what = visit.fields.text("what").to_owned();
    if what.is_empty() {
        return match visit.fields.text("view") {
            "" => list(visit),
            "register" => form::registration(visit),
            "change" => form::changing(visit),
            "rotate" => form::rotating(visit),
            "statement" => ledger::statement(visit),
            "refused" => refused(visit),
            "compare" => ledger::comparing(visit),
            "link" => link::page(visit, link::Wish::Look),
            _ => Err(Fault::new(404, "page_not_found").next("partners_back", here(visit))),
        };
    }
    if visit.request.method != "POST" {
        return Err(Fault::new(405, "method_not_allowed")
            .with("method", visit.request.method.as_str())
            .next("partners_back", here(visit)));
    }
    visit.confirm_sesskey()?;
    match what.as_str() {
        "register" => form::register(visit),
        "change" => form::change(visit),
        "rotate" => form::rotate(visit),
        "enable" => switch(visit, true),
        "disable" => switch(visit, false),
        "find" => link::page(visit, link::Wish::Find),
        "build" => link::page(visit, link::Wish::Build),
        "compare" => ledger::compare(visit),
        command => Err(Fault::new(400, "unknown_command").with("command", command)),
    }
}

/// The partners of a shop.
fn list(visit: &mut Visit<'_>) -> Outcome {
    let shop = visit.open_shop(visit.shop_id()?)?.id;
    let page = u32::try_from(visit.fields.number("page").unwrap_or(0)).unwrap_or(0);
    let skipped = page.saturating_mul(PER_PAGE);
    let mut partners = visit.engine.partners_of(shop, PER_PAGE + 1, skipped)?;
    let more = partners.len() > PER_PAGE as usize;
    partners.truncate(PER_PAGE as usize);
    let ids: Vec<i64> = partners.iter().map(|partner| partner.id).collect();
    let ends = visit.engine.ledger_ends(&ids)?;
    let told: Vec<Json> = partners
        .iter()
        .map(|partner| {
            let (entries, last) = ends.get(&partner.id).copied().unwrap_or_default();
            json!({
                "id": partner.id,
                "name": partner.name,
                "key": partner.key,
                "site": partner.referer,
                "enabled": partner.enabled,
                "authenticates": partner.policy.authenticates,
                "signature": partner.policy.signature,
                "unsignedlinks": partner.policy.trusts_unsigned_links(),
                "entries": entries,
                "last": (entries > 0).then(|| moment(visit.engine, last)),
            })
        })
        .collect();
    let shops: Vec<Json> = visit
        .engine
        .shops()?
        .into_iter()
        .map(|(id, name)| json!({"id": id, "name": name}))
        .collect();
    let data = json!({
        "partners": told, "shops": shops, "shopid": shop, "page": page, "more": more, "zone": visit.engine.zone(),
    });
    Ok(draw(
        visit,
        "partners",
        &[("shopid", shop.to_string())],
        None,
        data,
    ))
}

/// Enables or disables a partner.
fn switch(visit: &mut Visit<'_>, enabled: bool) -> Outcome {
    let partner = named(visit)?;
    let change = PartnerChange {
        enabled: Some(enabled),
        ..PartnerChange::default()
    };
    visit
        .engine
        .change_partner(partner.id, &change, &seller(visit))?;
    if enabled {
        visit.say(Level::Info, "partner_enabled", called(&partner));
    } else {
        visit.say(Level::Info, "partner_disabled", called(&partner));
    }
    Ok(to_list(visit, &partner))
}

/// Arrivals whose partner was not credited, whoever he is.
fn refused(visit: &mut Visit<'_>) -> Outcome {
    if visit.fields.text("format") == "csv" {
        return Ok(Answer::file(File {
            name: "refused-arrivals.csv".into(),
            partner: 0,
            from: 0,
            to: 0,
            format: "csv".into(),
            orders: None,
        }));
    }
    let before = visit.fields.number("before").unwrap_or(0);
    let mut refusals = visit.engine.refusals(before, PER_PAGE + 1)?;
    let more = refusals.len() > PER_PAGE as usize;
    refusals.truncate(PER_PAGE as usize);
    let next = refusals.last().map(|refusal| refusal.id).filter(|_| more);
    let entries: Vec<Json> = refusals
        .iter()
        .map(|refusal| {
            let mut entry = ledger::entry(visit, &refusal.entry);
            if let Json::Object(entry) = &mut entry {
                entry.insert("partner".into(), refusal.partner.into());
                entry.insert("key".into(), refusal.key.as_str().into());
            }
            entry
        })
        .collect();
    let data = json!({
        "entries": entries, "next": next, "newest": before <= 0, "zone": visit.engine.zone(),
    });
    Ok(draw(
        visit,
        "partnerrefusals",
        &[("view", "refused".into())],
        None,
        data,
    ))
}

/// The partner that a request names.
fn named(visit: &mut Visit<'_>) -> Result<Partner, Fault> {
    let id = visit.fields.number("id").unwrap_or(0);
    let partner = visit
        .engine
        .registered(id)
        .map_err(|error| Fault::from(error).next("partners_back", here(visit)))?;
    // A shop that is not usable has partners all the same.
    let _ = visit.open_shop(partner.shop);
    Ok(partner)
}

/// Who asks: a sales administrator.
fn seller(visit: &Visit<'_>) -> User {
    visit.buyer.user.clone().unwrap_or(User {
        id: 0,
        username: String::new(),
        email: String::new(),
        firstname: String::new(),
        lastname: String::new(),
        may: Vec::new(),
    })
}

/// A partner's name, for a sentence.
fn called(partner: &Partner) -> [(&'static str, String); 1] {
    [("name", partner.name.clone())]
}

/// Back to the list that a partner is in.
fn to_list(visit: &Visit<'_>, partner: &Partner) -> Answer {
    Answer::redirect(address(visit, &[("shopid", partner.shop.to_string())]))
}

/// A page of these: `again` are the fields that ask for it.
fn draw(
    visit: &mut Visit<'_>,
    page: &'static str,
    again: &[(&str, String)],
    partner: Option<&Partner>,
    data: Json,
) -> Answer {
    let again = address(visit, again);
    let mut all = json!({
        "action": here(visit),
        "again": again.split_once('?').map_or("", |(_, query)| query),
        "partner": partner.map(|partner| json!({
            "id": partner.id, "key": partner.key, "name": partner.name, "enabled": partner.enabled, "shopid": partner.shop,
        })),
    });
    if let (Json::Object(all), Json::Object(data)) = (&mut all, data) {
        all.extend(data);
    }
    visit.page(page, None, None, all)
}

fn here(visit: &Visit<'_>) -> String {
    format!("{}{SCRIPT}", visit.request.wwwroot)
}

fn address(visit: &Visit<'_>, fields: &[(&str, String)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let here = here(visit);
    if query.is_empty() {
        here
    } else {
        format!("{here}?{query}")
    }
}

/// What is wrong with a field, for the template of a field.
fn field(value: &str, problem: Option<&Problem>) -> Json {
    json!({
        "value": value,
        "problem": problem.map(|problem| problem.code),
        "params": problem.map(|problem| &problem.params),
    })
}

/// A sentence beside a field.
#[derive(Clone, Debug)]
struct Problem {
    code: &'static str,
    params: std::collections::BTreeMap<&'static str, String>,
}

impl Problem {
    fn new(code: &'static str) -> Self {
        Self {
            code,
            params: Default::default(),
        }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.params.insert(name, value.into());
        self
    }
}

/// Partners or entries on a page.
const PER_PAGE: u32 = 50;
