//! The customer step: who buys, and who is invoiced.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::domain::autodrive::Step;
use crate::domain::customer::{CustomerInfo, InvoiceInfo};
use crate::engine::Shop;

use super::Fault;
use super::answer::Answer;
use super::purchase::{Outcome, Visit};

pub(crate) fn answer(visit: &mut Visit<'_>, shop: &Shop) -> Outcome {
    let command = visit.fields.text("what").to_owned();
    match command.as_str() {
        "" => {}
        // Back from the log-in page: the account's data are in the cart now.
        "revalidate" => {
            if visit.buyer.user.is_some() && visit.session.cart.autodrive {
                if let Some(elsewhere) = visit.gate(shop, Step::Customer)? {
                    return Ok(elsewhere);
                }
                if visit.gate(shop, Step::Order)?.is_none() {
                    return visit.onward(shop, Step::Customer);
                }
                visit.session.notices.clear();
            }
        }
        "login" => return Ok(Answer::redirect(login_url(visit))),
        "navigate" => {
            visit.confirm_sesskey()?;
            return take(visit, shop);
        }
        _ => return Err(Fault::new(400, "unknown_command").with("command", command)),
    }
    if let Some(elsewhere) = visit.gate(shop, Step::Customer)? {
        return Ok(elsewhere);
    }
    page(visit, shop, false)
}

fn take(visit: &mut Visit<'_>, shop: &Shop) -> Outcome {
    let customer = posted::<CustomerInfo>(visit, "customerinfo").tidied();
    let invoice = posted::<InvoiceInfo>(visit, "invoiceinfo").tidied();
    let cart = &mut visit.session.cart;
    // Until they are found right the data count for nothing, whatever page the buyer opens next.
    cart.customerchecked = false;
    cart.customerinfo = CustomerInfo {
        id: cart.customerinfo.id,
        ..customer
    };
    cart.usedistinctinvoiceinfo = visit.fields.flag("usedistinctinvoiceinfo");
    cart.invoiceinfo = invoice;
    visit.keep_email()?;
    if visit.fields.flag("back") {
        return Ok(visit.back(shop, Step::Customer));
    }
    let problems = visit
        .engine
        .customer_problems(shop, &visit.session.cart, &visit.buyer)?;
    if !problems.is_empty() {
        return page(visit, shop, true);
    }
    visit.session.cart.customerchecked = true;
    visit.own_session()?;
    visit.begin_transaction()?;
    visit.onward(shop, Step::Customer)
}

/// The fields `<prefix>::<name>` of the form.
fn posted<T: serde::Serialize + serde::de::DeserializeOwned + Default>(
    visit: &Visit<'_>,
    prefix: &str,
) -> T {
    let names = serde_json::to_value(T::default()).unwrap_or_default();
    let fields: Map<String, Json> = names
        .as_object()
        .into_iter()
        .flat_map(Map::keys)
        .filter(|name| *name != "id")
        .map(|name| {
            (
                name.clone(),
                Json::from(visit.fields.text(&format!("{prefix}::{name}"))),
            )
        })
        .collect();
    serde_json::from_value(Json::Object(fields)).unwrap_or_default()
}

fn page(visit: &mut Visit<'_>, shop: &Shop, tried: bool) -> Outcome {
    let cart = &visit.session.cart;
    let problems = if tried {
        visit.engine.customer_problems(shop, cart, &visit.buyer)?
    } else {
        Default::default()
    };
    let group = |prefix: &str, values: &Json| -> Json {
        let fields = values
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(name, _)| *name != "id");
        let fields = fields.map(|(name, value)| {
            let problem = problems.get(&format!("{prefix}::{name}"));
            (name.clone(), json!({"value": value, "problem": problem}))
        });
        Json::Object(fields.collect())
    };
    let customer = serde_json::to_value(&cart.customerinfo).unwrap_or_default();
    let invoice = serde_json::to_value(&cart.invoiceinfo).unwrap_or_default();
    let data = json!({
        "customerinfo": group("customerinfo", &customer),
        "invoiceinfo": group("invoiceinfo", &invoice),
        "usedistinctinvoiceinfo": cart.usedistinctinvoiceinfo,
        "organisationrequired": shop.organisation_required,
        "loginurl": visit.request.user.is_none().then(|| login_url(visit)),
        "masked": visit.buyer.by_unsigned_link,
    });
    let answer = visit.page("customer", Some(Step::Customer), Some(shop), data);
    Ok(if tried { answer.status(422) } else { answer })
}

/// What is wrong with the fields, as the data of the page tell it: code by field name.
pub(crate) fn problems_of(data: &Json) -> BTreeMap<String, String> {
    let groups = ["customerinfo", "invoiceinfo"].into_iter();
    groups
        .filter_map(|group| Some((group, data.get(group)?.as_object()?)))
        .flat_map(|(group, fields)| {
            fields.iter().filter_map(move |(name, field)| {
                let problem = field.get("problem")?.as_str()?;
                Some((format!("{group}::{name}"), problem.to_owned()))
            })
        })
        .collect()
}

/// The log-in page, with the way back to this step.
fn login_url(visit: &Visit<'_>) -> String {
    visit.login_url(&format!("{}&what=revalidate", visit.url(Step::Customer)))
}
