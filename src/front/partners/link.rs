//! The link builder: products, a partner with his tag and the buyer's e-mail, autodrive, a signature. What is built is read
//! again as the import would read it, so that the warnings are those of the import itself.

use serde_json::{Value as Json, json};

use crate::domain::catalog::{BuyerKind, Catalog, CatalogItem};
use crate::domain::import::{ImportError, ImportLink, Placement, ShopId, forge};
use crate::domain::partner::{PartnerCode, PartnerKey, PartnerTag};
use crate::domain::quantity::Quantity;
use crate::domain::signature;
use crate::engine::{Partner, Shop};
use crate::front::answer::{Answer, Level};
use crate::front::days::end_of_day;
use crate::front::purchase::{Outcome, Visit};
use crate::front::{Fault, Qr};

use super::{Problem, called, draw, field, named};

/// What is asked of the builder.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Wish {
    /// The empty form.
    Look,
    /// Other products to choose from; what was typed stays.
    Find,
    /// The link.
    Build,
}

/// What was typed and cannot stand.
#[derive(Default)]
struct Problems {
    tag: Option<Problem>,
    email: Option<Problem>,
    until: Option<Problem>,
    sign: Option<Problem>,
    quantities: Vec<(i64, Problem)>,
    products: Option<Problem>,
}

impl Problems {
    fn none(&self) -> bool {
        let fields = [
            &self.tag,
            &self.email,
            &self.until,
            &self.sign,
            &self.products,
        ];
        fields.iter().all(|field| field.is_none()) && self.quantities.is_empty()
    }
}

/// The builder, with the link when one was asked for and can be built.
pub(super) fn page(visit: &mut Visit<'_>, wish: Wish) -> Outcome {
    let partner = match visit.fields.text("id") {
        "" => None,
        _ => Some(named(visit)?),
    };
    let id = match &partner {
        Some(partner) => partner.shop,
        None => visit.shop_id()?,
    };
    let shop = visit.open_shop(id)?;
    let mut problems = Problems::default();
    let mut link = None;
    if wish == Wish::Build {
        link = build(visit, &shop, partner.as_ref(), &mut problems)?;
        if let Some(link) = &link {
            warn(visit, partner.as_ref(), link);
        }
    }
    let status = if wish == Wish::Build && link.is_none() {
        422
    } else {
        200
    };
    Ok(show(visit, &shop, partner.as_ref(), &problems, link)?.status(status))
}

/// The link of a form, or none and what is wrong with it.
fn build(
    visit: &Visit<'_>,
    shop: &Shop,
    partner: Option<&Partner>,
    problems: &mut Problems,
) -> Result<Option<String>, Fault> {
    let text = |name: &str| visit.fields.text(name);
    let mut products: Vec<(&str, Quantity)> = Vec::new();
    for item in shop.catalog.items() {
        let typed = text(&quantity_field(item));
        if typed.is_empty() || typed == "0" {
            continue;
        }
        let named = name_in_links(visit, &shop.catalog, item);
        match (Quantity::parse(typed), named) {
            (Ok(quantity), Some(name)) => products.push((name, quantity)),
            (Err(error), _) => {
                let problem = Problem::new(error.code()).with("product", &*item.label);
                let typed: String = typed.chars().take(40).collect();
                problems
                    .quantities
                    .push((item.id, problem.with("quantity", typed)));
            }
            (_, None) => {
                let problem = Problem::new("link_product_unnameable");
                problems
                    .quantities
                    .push((item.id, problem.with("product", &*item.label)));
            }
        }
    }
    if products.is_empty() && problems.quantities.is_empty() {
        problems.products = Some(Problem::new("import_no_products"));
    }
    let code = partner.and_then(|partner| code(partner, text("tag"), text("email"), problems));
    if partner.is_none() {
        let needs =
            |name: &str| (!text(name).is_empty()).then(|| Problem::new("link_needs_partner"));
        problems.tag = needs("tag");
        problems.email = needs("email");
        problems.sign = visit
            .fields
            .flag("sign")
            .then(|| Problem::new("link_needs_partner"));
    }
    let expires = match text("until") {
        "" => None,
        day => {
            let end = end_of_day(visit.engine, day);
            let problem = match end {
                None => Some(Problem::new("period_no_date")),
                Some(end) if end <= visit.engine.now().seconds() => {
                    Some(Problem::new("link_until_past"))
                }
                Some(_) if !visit.fields.flag("sign") => Some(Problem::new("link_until_unsigned")),
                Some(_) => None,
            };
            problems.until = problem;
            end
        }
    };
    if !problems.none() {
        return Ok(None);
    }
    let placement = Placement {
        autodrive: visit.fields.flag("autodrive"),
        ..Placement::default()
    };
    let shop = ShopId::new(shop.id).map_err(|_| Fault::new(404, "unknown_shop"))?;
    let link = forge(
        &visit.request.wwwroot,
        shop,
        &products,
        code.as_ref(),
        &placement,
    );
    let link = match partner.filter(|_| visit.fields.flag("sign")) {
        Some(partner) => {
            link.and_then(|link| signature::sign(&link, partner.secret.expose(), expires))
        }
        None => link,
    };
    match link {
        Ok(link) => Ok(Some(link)),
        Err(ImportError::NoSecret) => {
            problems.sign = Some(Problem::new("import_no_secret"));
            Ok(None)
        }
        Err(ImportError::QueryTooLong { .. }) => {
            problems.products = Some(Problem::new("link_too_long"));
            Ok(None)
        }
        Err(error) => {
            problems.products = Some(Problem::new(error.code()));
            Ok(None)
        }
    }
}

/// The partner code, or what is wrong with its parts.
fn code(partner: &Partner, tag: &str, email: &str, problems: &mut Problems) -> Option<PartnerCode> {
    let Ok(key) = PartnerKey::new(&partner.key) else {
        // Registered by other means than ours.
        problems.tag = Some(Problem::new("link_key_unusable").with("key", &*partner.key));
        return None;
    };
    let email = Some(email).filter(|email| !email.is_empty());
    let tag = (!tag.is_empty()).then(|| PartnerTag::new(tag)).transpose();
    let judged = PartnerCode::new(key.clone(), None, email);
    problems.tag = tag.as_ref().err().map(|error| Problem::new(error.code()));
    problems.email = judged.err().map(|error| Problem::new(error.code()));
    let (Ok(tag), None) = (tag, &problems.email) else {
        return None;
    };
    // Each fits; together they may be too long.
    let code = PartnerCode::new(key, tag, email);
    problems.tag = code.as_ref().err().map(|error| Problem::new(error.code()));
    code.ok()
}

/// What the import will tell a buyer who is not logged in.
fn told(shop: &Shop, link: &str) -> Json {
    let query = link.split_once('?').map_or("", |(_, query)| query);
    let read = ImportLink::parse(query.as_bytes());
    let notices = read.map(|read| read.resolve(&shop.catalog, BuyerKind::Guest).notices);
    json!(notices.unwrap_or_default())
}

/// What whoever gives the link away should know.
fn warn(visit: &mut Visit<'_>, partner: Option<&Partner>, link: &str) {
    let Some(partner) = partner else { return };
    let signed = visit.fields.flag("sign");
    if !partner.enabled {
        visit.say(Level::Warning, "link_partner_disabled", called(partner));
    }
    if partner.policy.signature && !signed {
        visit.say(Level::Warning, "link_must_be_signed", called(partner));
    }
    if signed && visit.fields.text("tag").is_empty() {
        visit.say(Level::Warning, "link_signed_without_tag", []);
    } else if signed {
        visit.say(Level::Info, "link_signed_once", []);
    }
    if visit.fields.text("email").is_empty() {
        return;
    }
    if !partner.policy.authenticates {
        visit.say(Level::Info, "link_partner_names", called(partner));
    } else if !signed && !partner.policy.trusts_unsigned_links() {
        visit.say(Level::Info, "link_unsigned_names", called(partner));
    } else if !link.starts_with("https://") {
        visit.say(Level::Warning, "link_not_https", []);
    } else if partner.referer.is_empty() && !signed {
        visit.say(Level::Warning, "link_no_site", called(partner));
    }
}

fn show(
    visit: &mut Visit<'_>,
    shop: &Shop,
    partner: Option<&Partner>,
    problems: &Problems,
    link: Option<String>,
) -> Result<Answer, Fault> {
    let text = |name: &str| visit.fields.text(name).to_owned();
    let (products, hidden) = products(visit, shop, problems);
    let mut choices: Vec<Json> = Vec::new();
    for choice in visit.engine.partners_of(shop.id, CHOICES, 0)? {
        choices.push(json!({"id": choice.id, "name": choice.name, "key": choice.key}));
    }
    if let Some(partner) = partner.filter(|partner| {
        !choices
            .iter()
            .any(|choice| choice.get("id") == Some(&Json::from(partner.id)))
    }) {
        choices.push(json!({"id": partner.id, "name": partner.name, "key": partner.key}));
    }
    let flag = |name: &str| if visit.fields.flag(name) { "1" } else { "" };
    let looking = visit.fields.text("what").is_empty();
    // A partner whose links must be signed gets signed ones; a link leads as far as it can.
    let sign = match partner {
        Some(partner) if looking && partner.policy.signature => "1",
        _ => flag("sign"),
    };
    let autodrive = if looking { "1" } else { flag("autodrive") };
    let qr = link.as_deref().and_then(Qr::of);
    let mut again = vec![("view", "link".into()), ("shopid", shop.id.to_string())];
    again.extend(partner.map(|partner| ("id", partner.id.to_string())));
    let products_problem = problems.products.as_ref();
    let data = json!({
        "shopid": shop.id,
        "choices": choices,
        "products": products,
        "hidden": hidden,
        "whynot": products_problem.map(|problem| json!({"code": problem.code, "params": problem.params})),
        "find": text("find"),
        "form": {
            "tag": field(&text("tag"), problems.tag.as_ref()),
            "email": field(&text("email"), problems.email.as_ref()),
            "autodrive": field(autodrive, None),
            "sign": field(sign, problems.sign.as_ref()),
            "until": field(&text("until"), problems.until.as_ref()),
        },
        "wrong": !problems.none(),
        "zone": visit.engine.zone(),
        "told": link.as_deref().map(|link| told(shop, link)),
        "link": link,
        "qr": qr,
    });
    Ok(draw(visit, "partnerlink", &again, partner, data))
}

/// The products to choose from: the chosen ones, then those that are looked for; and how many more there are.
fn products(visit: &Visit<'_>, shop: &Shop, problems: &Problems) -> (Vec<Json>, usize) {
    let find = visit.fields.text("find").to_lowercase();
    let chosen = |item: &CatalogItem| !visit.fields.text(&quantity_field(item)).is_empty();
    let looked_for = |item: &CatalogItem| {
        [&item.label, &item.shortname, &item.code]
            .iter()
            .any(|text| text.to_lowercase().contains(&find))
    };
    let (first, rest): (Vec<_>, Vec<_>) =
        shop.catalog.items().iter().partition(|item| chosen(item));
    let rest: Vec<_> = rest.into_iter().filter(|item| looked_for(item)).collect();
    let hidden = rest.len().saturating_sub(PRODUCTS);
    let shown = first.into_iter().chain(rest.into_iter().take(PRODUCTS));
    let products = shown
        .map(|item| {
            let input = quantity_field(item);
            let problem = problems.quantities.iter().find(|(id, _)| *id == item.id);
            let refusal = Quantity::new(1).ok().and_then(|one| {
                let refusal = item.sellable(one, 0, BuyerKind::Guest).err()?;
                Some(json!({"code": refusal.code(), "params": {"product": item.label}}))
            });
            let mut row = field(
                visit.fields.text(&input),
                problem.map(|(_, problem)| problem),
            );
            if let Json::Object(row) = &mut row {
                row.insert("input".into(), input.into());
                row.insert("name".into(), item.label.as_str().into());
                row.insert("shortname".into(), item.shortname.as_str().into());
                row.insert("whynot".into(), refusal.into());
            }
            row
        })
        .collect();
    (products, hidden)
}

/// The name by which a link finds this very item: its shortname, else its code.
fn name_in_links<'a>(
    visit: &Visit<'_>,
    catalog: &Catalog,
    item: &'a CatalogItem,
) -> Option<&'a str> {
    let one = Quantity::new(1).ok()?;
    let shop = ShopId::new(1).ok()?;
    [item.shortname.as_str(), item.code.as_str()]
        .into_iter()
        .find(|name| {
            let found = catalog.find(name).is_some_and(|found| found.id == item.id);
            let none = Placement::default();
            found && forge(&visit.request.wwwroot, shop, &[(name, one)], None, &none).is_ok()
        })
}

fn quantity_field(item: &CatalogItem) -> String {
    format!("quantity/{}", item.id)
}

/// Products to choose from on a page, beside the chosen ones.
const PRODUCTS: usize = 100;

/// Partners to choose from.
const CHOICES: u32 = 500;
