//! Registering and changing a partner, and giving him a new secret.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};
use subtle::ConstantTimeEq as _;

use crate::engine::{Error, Named, Partner, PartnerChange, PartnerError};
use crate::front::Fault;
use crate::front::answer::{Answer, Level};
use crate::front::purchase::{Outcome, Visit};

use super::{Problem, address, called, draw, field, named, seller, to_list};

/// What was typed, and what is wrong with it.
#[derive(Default)]
struct Form {
    values: BTreeMap<&'static str, String>,
    problems: BTreeMap<&'static str, Problem>,
}

/// The empty form.
pub(super) fn registration(visit: &mut Visit<'_>) -> Outcome {
    visit.open_shop(visit.shop_id()?)?;
    let mut form = Form::default();
    form.values.insert("enabled", "1".into());
    form.values.insert("signature", "1".into());
    Ok(page(visit, None, &form))
}

/// Registers a partner and shows his secret, or the form with what is wrong.
pub(super) fn register(visit: &mut Visit<'_>) -> Outcome {
    let shop = visit.open_shop(visit.shop_id()?)?.id;
    let (mut form, change) = read(visit)?;
    let key = visit.fields.text("key").to_owned();
    form.judge(visit.engine.partner_problems(Some(&key), &change)?);
    if form.problems.is_empty() {
        match visit.engine.register(shop, &key, &change, &seller(visit)) {
            Ok(partner) => return Ok(secret(visit, &partner, true)),
            // Somebody was faster.
            Err(Error::Partner(error @ PartnerError::KeyTaken { .. })) => {
                form.judge(vec![("key", error)]);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(page(visit, None, &form).status(422))
}

/// The form of a partner.
pub(super) fn changing(visit: &mut Visit<'_>) -> Outcome {
    let partner = named(visit)?;
    let number = |id: i64| {
        if id == 0 {
            String::new()
        } else {
            id.to_string()
        }
    };
    let flag = |flag: bool| if flag { "1".to_owned() } else { String::new() };
    let form = Form {
        values: BTreeMap::from([
            ("name", partner.name.clone()),
            ("key", partner.key.clone()),
            ("referer", partner.referer.clone()),
            ("user", number(partner.user)),
            ("customer", number(partner.customer)),
            ("enabled", flag(partner.enabled)),
            ("authenticates", flag(partner.policy.authenticates)),
            ("signature", flag(partner.policy.signature)),
            ("unsignedlinks", flag(partner.policy.unsigned_links)),
            ("excluded", partner.policy.excluded.join("\n")),
        ]),
        problems: BTreeMap::new(),
    };
    let (account, customer) = visit.engine.linked(partner.user, partner.customer)?;
    Ok(page_of(visit, Some(&partner), &form, (&account, &customer)))
}

/// Changes a partner, or shows the form with what is wrong.
pub(super) fn change(visit: &mut Visit<'_>) -> Outcome {
    let partner = named(visit)?;
    let (mut form, change) = read(visit)?;
    let change = partner.confirmed(&change);
    form.values.insert("key", partner.key.clone());
    form.judge(visit.engine.partner_problems(None, &change)?);
    if !form.problems.is_empty() {
        return Ok(page(visit, Some(&partner), &form).status(422));
    }
    let partner = visit
        .engine
        .change_partner(partner.id, &change, &seller(visit))?;
    visit.say(Level::Info, "partner_changed", called(&partner));
    Ok(to_list(visit, &partner))
}

/// Asks whether the secret shall be replaced.
pub(super) fn rotating(visit: &mut Visit<'_>) -> Outcome {
    let partner = named(visit)?;
    let again = [("view", "rotate".into()), ("id", partner.id.to_string())];
    let data = json!({"mark": partner.secret_mark(&visit.request.sesskey), "signature": partner.policy.signature});
    Ok(draw(visit, "partnerrotate", &again, Some(&partner), data))
}

/// Replaces the secret that was there when it was asked, and shows the new one. The page read anew replaces nothing.
pub(super) fn rotate(visit: &mut Visit<'_>) -> Outcome {
    let partner = named(visit)?;
    let mark = partner.secret_mark(&visit.request.sesskey);
    let asked = visit.fields.text("mark").as_bytes();
    if !bool::from(mark.as_bytes().ct_eq(asked)) {
        let fault = Fault::new(409, "partner_secret_changed").with("name", &*partner.name);
        let list = address(visit, &[("shopid", partner.shop.to_string())]);
        return Err(fault.next("partners_back", list));
    }
    visit.engine.rotate_secret(partner.id, &seller(visit))?;
    let partner = visit.engine.registered(partner.id)?;
    Ok(secret(visit, &partner, false))
}

/// The one page that shows a secret, once.
fn secret(visit: &mut Visit<'_>, partner: &Partner, fresh: bool) -> Answer {
    let again = [("shopid", partner.shop.to_string())];
    let secret = String::from_utf8_lossy(partner.secret.expose()).into_owned();
    let data = json!({"secret": secret, "fresh": fresh});
    draw(visit, "partnersecret", &again, Some(partner), data)
}

/// The fields of a form as typed, and the change that they ask for.
fn read(visit: &Visit<'_>) -> Result<(Form, PartnerChange), Fault> {
    let mut form = Form::default();
    for name in FIELDS {
        form.values.insert(name, visit.fields.text(name).to_owned());
    }
    let id = |found: Named, name: &'static str, form: &mut Form| {
        let problem = match found {
            Named::One(id) => return id,
            Named::Several => Problem::new("partner_link_ambiguous"),
            Named::None if name == "user" => Problem::new("partner_link_no_account"),
            Named::None => Problem::new("partner_link_no_customer"),
        };
        let typed = form.values.get(name).map_or("", String::as_str);
        let typed: String = typed.chars().take(64).collect();
        form.problems.insert(name, problem.with("typed", typed));
        0
    };
    let user = visit.engine.account_named(visit.fields.text("user"))?;
    let user = id(user, "user", &mut form);
    let customer = visit.engine.customer_named(visit.fields.text("customer"))?;
    let customer = id(customer, "customer", &mut form);
    let text = |name: &str| Some(visit.fields.text(name).to_owned());
    let change = PartnerChange {
        name: text("name"),
        referer: text("referer"),
        customer: Some(customer),
        user: Some(user),
        enabled: Some(visit.fields.flag("enabled")),
        authenticates: Some(visit.fields.flag("authenticates")),
        signature: Some(visit.fields.flag("signature")),
        unsignedlinks: Some(visit.fields.flag("unsignedlinks")),
        unsignedconfirmed: Some(visit.fields.flag("unsignedconfirmed")),
        excluded: Some(
            visit
                .fields
                .text("excluded")
                .lines()
                .map(str::to_owned)
                .collect(),
        ),
    };
    Ok((form, change))
}

fn page(visit: &mut Visit<'_>, partner: Option<&Partner>, form: &Form) -> Answer {
    page_of(visit, partner, form, ("", ""))
}

fn page_of(
    visit: &mut Visit<'_>,
    partner: Option<&Partner>,
    form: &Form,
    (account, customer): (&str, &str),
) -> Answer {
    let fields: Map<String, Json> = FIELDS
        .into_iter()
        .map(|name| {
            let value = form.values.get(name).map_or("", String::as_str);
            (name.to_owned(), field(value, form.problems.get(name)))
        })
        .collect();
    let again = match partner {
        Some(partner) => vec![("view", "change".into()), ("id", partner.id.to_string())],
        None => vec![
            ("view", "register".into()),
            ("shopid", visit.session.shopid.to_string()),
        ],
    };
    let data = json!({
        "form": fields, "wrong": form.problems.len(), "account": account, "customer": customer,
    });
    let page = match partner {
        Some(_) => "partnerchange",
        None => "partnerregister",
    };
    draw(visit, page, &again, partner, data)
}

impl Form {
    fn judge(&mut self, found: Vec<(&'static str, PartnerError)>) {
        for (field, error) in found {
            let problem = Problem {
                code: error.code(),
                params: error.params(),
            };
            self.problems.entry(field).or_insert(problem);
        }
    }
}

/// The form's fields, in its order.
const FIELDS: [&str; 10] = [
    "name",
    "key",
    "referer",
    "enabled",
    "authenticates",
    "signature",
    "unsignedlinks",
    "excluded",
    "user",
    "customer",
];
