//! For sales administrators: what each product gives its buyers once they have paid, and the catalogue check.

use serde_json::{Value as Json, json};

use crate::domain::fulfillment::{
    FulfillmentError, FulfillmentMessage, FulfillmentUrl, ProductFulfillment,
};
use crate::domain::permission::Permission;
use crate::engine::Product;

use super::Fault;
use super::answer::{Answer, Level};
use super::backoffice::require;
use super::purchase::{Outcome, Visit};

/// The products of all catalogues, and changing one.
pub(crate) fn answer(visit: &mut Visit<'_>) -> Outcome {
    require(visit, Permission::Products)?;
    match visit.fields.text("what").to_owned().as_str() {
        "" => page(visit, None),
        "save" => {
            visit.confirm_sesskey()?;
            save(visit)
        }
        command => Err(Fault::new(400, "unknown_command").with("command", command)),
    }
}

fn save(visit: &mut Visit<'_>) -> Outcome {
    let id = visit.fields.number("id").unwrap_or_default();
    let gone = || Fault::new(404, "product_gone").next("back_to_products", here(visit));
    let product = visit.engine.product(id)?.ok_or_else(gone)?;
    let url = visit.fields.text("fulfillmenturl");
    let message = visit.fields.text("fulfillmentmessage");
    let parsed = (
        given(url).map(FulfillmentUrl::parse).transpose(),
        given(message).map(FulfillmentMessage::parse).transpose(),
    );
    match parsed {
        (Ok(url), Ok(message)) => {
            if let Some(seller) = visit.buyer.user.clone() {
                let fulfillment = ProductFulfillment { url, message };
                visit
                    .engine
                    .set_fulfillment(&product, &fulfillment, &seller)?;
            }
            let name = visit.engine.words(&product.name, visit.reading());
            visit.say(Level::Info, "product_saved", [("product", name)]);
            let page = number(visit);
            let here = here(visit);
            Ok(Answer::redirect(format!(
                "{here}?page={page}#shopengine-product-{id}"
            )))
        }
        (url_read, message_read) => {
            let problem = |problem: Option<&FulfillmentError>| problem.map(FulfillmentError::code);
            let wrong = Wrong {
                id,
                url: (url.to_owned(), problem(url_read.as_ref().err())),
                message: (message.to_owned(), problem(message_read.as_ref().err())),
            };
            Ok(page(visit, Some(wrong))?.status(422))
        }
    }
}

/// What was posted for a product and cannot be kept: texts with the codes of what is wrong.
struct Wrong {
    id: i64,
    url: (String, Option<&'static str>),
    message: (String, Option<&'static str>),
}

fn page(visit: &mut Visit<'_>, wrong: Option<Wrong>) -> Outcome {
    let page = number(visit);
    let mut found = visit
        .engine
        .products(PER_PAGE + 1, page.saturating_mul(PER_PAGE))?;
    let more = found.len() > PER_PAGE as usize;
    found.truncate(PER_PAGE as usize);
    let products: Vec<Json> = found
        .iter()
        .map(|product| {
            row(
                visit,
                product,
                wrong.as_ref().filter(|wrong| wrong.id == product.id),
            )
        })
        .collect();
    let mut findings = visit.engine.catalogue(PER_PAGE)?;
    for finding in &mut findings {
        if let Some(name) = finding.params.get_mut("name") {
            *name = visit.engine.words(name, visit.reading());
        }
    }
    let data = json!({
        "action": here(visit),
        "products": products,
        "findings": findings,
        "page": page,
        "more": more,
    });
    Ok(visit.page("products", None, None, data))
}

fn row(visit: &Visit<'_>, product: &Product, wrong: Option<&Wrong>) -> Json {
    let stored = |text: &str| (text.to_owned(), None);
    let (url, message) = wrong.map_or_else(
        || (stored(&product.url), stored(&product.message)),
        |wrong| (wrong.url.clone(), wrong.message.clone()),
    );
    json!({
        "id": product.id,
        "code": product.code,
        "name": visit.engine.words(&product.name, visit.reading()),
        "url": {"value": url.0, "problem": url.1},
        "message": {"value": message.0, "problem": message.1},
        "wrong": wrong.is_some(),
    })
}

fn here(visit: &Visit<'_>) -> String {
    format!("{}{}", visit.request.wwwroot, visit.request.script)
}

fn number(visit: &Visit<'_>) -> u32 {
    u32::try_from(visit.fields.number("page").unwrap_or(0)).unwrap_or(0)
}

fn given(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

const PER_PAGE: u32 = 20;
