//! A request of the purchase for a shop whose pages the plugin draws: where the buyer goes, what to tell him there, and the
//! cart as the plugin's pages read it. The engine decides; the plugin shows.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::domain::autodrive::Step;
use crate::engine::{Engine, Shop};

use super::answer::{Answer, Kind, Level, Notice};
use super::purchase::Visit;
use super::{Fault, Request, cart, customer, order, seats, shoppingcart, shown};

/// What the host has to do about the request.
#[derive(Clone, Debug, Serialize)]
pub struct Steering {
    /// `redirect`; `page` when the request is refused; `pass` when the plugin draws its page.
    pub kind: Kind,
    /// HTTP status.
    pub status: u16,
    /// Where to send the buyer, or ''.
    pub location: String,
    /// Why the request is refused: `code` and `params`, else null.
    pub error: Json,
    /// What to tell the buyer on the page that he sees next.
    pub notices: Vec<Notice>,
    /// What is wrong with the fields of the form that he sees next: code by field name (`customerinfo::email`).
    pub problems: BTreeMap<String, String>,
    /// The cart's fields that the engine owns, in the plugin's shape, null for one to take away; null when nothing changes.
    pub cart: Json,
    /// How far the purchase is, where the plugin is about to draw one of its steps: as `steps` of a page.
    pub steps: Vec<Json>,
    /// What the engine keeps of the visit beside the cart; null when nothing changes.
    pub session: Json,
}

/// Steers a request: an import link, a command of the steps up to the order, or the display of one of these steps. It never
/// fails: what goes wrong is told in `error`, and in the trace.
#[must_use]
pub fn steer(engine: &Engine, request: &Request) -> Steering {
    let _held = engine.trace().hold();
    let mut visit = Visit::new(engine, request);
    let view = visit.fields.text("view").to_owned();
    let what = visit.fields.text("what").to_owned();
    let step = Step::parse(if view.is_empty() { "shop" } else { &view }).ok();
    let concerned = request.script == "/local/shop/front/view.php"
        && match (step, what.as_str()) {
            (_, "import") => true,
            (Some(step), "") => step <= Step::Order,
            // Seats and required data are taken by the plugin's own scripts, and checked when the buyer goes on.
            (Some(Step::Shop | Step::Order), "navigate") => true,
            // The plugin keeps the answer to its conditions of sale in its own session, and shows the summary again.
            (Some(Step::Order), "agreeeulas" | "reseteulas") => true,
            (Some(Step::Customer), "navigate" | "login" | "revalidate") => true,
            _ => false,
        };
    // The plugin's page of participants sends its commands by script.
    let seats = request.script == "/local/shop/front/ajax/service.php"
        && visit.fields.text("service") == "users"
        && seats::is_command(&what);
    if !concerned && !seats {
        return Steering::of(&Answer::pass());
    }
    let steered = if what == "import" {
        visit.answer().and_then(|answer| moved(&mut visit, &answer))
    } else if seats {
        serve_seats(&mut visit)
    } else {
        step.map_or_else(
            || Ok(Steering::of(&Answer::pass())),
            |step| along(&mut visit, step, &what),
        )
    };
    steered.unwrap_or_else(|fault| {
        fault.note(&visit);
        Steering {
            error: json!({"code": fault.code, "params": fault.params}),
            ..Steering::of(&visit.fault(&fault))
        }
    })
}

/// The payment interfaces that the visitor may choose for his cart: names. None where the cart cannot be priced.
#[must_use]
pub fn paymodes(engine: &Engine, request: &Request) -> Vec<&'static str> {
    let mut visit = Visit::new(engine, request);
    offered(&mut visit).unwrap_or_else(|fault| {
        fault.note(&visit);
        Vec::new()
    })
}

fn offered(visit: &mut Visit<'_>) -> Result<Vec<&'static str>, Fault> {
    visit.know_visitor()?;
    let shop = visit.open_shop(visit.shop_id()?)?;
    let amount = shop.price(&visit.session.cart)?.totals.taxed();
    let country = &visit.session.cart.customerinfo.country;
    let offered = shop.paymodes(amount, &visit.buyer, country);
    Ok(offered.iter().map(|gateway| gateway.name()).collect())
}

impl Steering {
    fn of(answer: &Answer) -> Self {
        Self {
            kind: answer.kind,
            status: answer.status,
            location: answer.location.clone(),
            error: Json::Null,
            notices: Vec::new(),
            problems: BTreeMap::new(),
            cart: Json::Null,
            steps: Vec::new(),
            session: Json::Null,
        }
    }
}

/// A command of a step, or its display.
fn along(visit: &mut Visit<'_>, step: Step, what: &str) -> Result<Steering, Fault> {
    visit.know_visitor()?;
    let shop = visit.open_shop(visit.shop_id()?)?;
    visit.refresh(&shop)?;
    let answer = match (step, what) {
        (_, "" | "agreeeulas" | "reseteulas") => shown(visit, &shop, step)?,
        (Step::Shop, _) => match visit.gate(&shop, Step::PurchaseRequ)? {
            Some(elsewhere) => elsewhere,
            // The plugin's link to go on changes nothing, and carries no key of the session.
            None => visit.onward(&shop, Step::Shop)?,
        },
        (Step::Customer, _) => customer::answer(visit, &shop)?,
        _ => order::summary(visit, &shop)?,
    };
    // The plugin's catalogue has no row of steps.
    let steps = if answer.kind == Kind::Pass && step != Step::Shop {
        visit.steps(&shop, step)
    } else {
        Vec::new()
    };
    Ok(Steering {
        steps,
        ..moved(visit, &answer)?
    })
}

/// A command about participants or seats.
fn serve_seats(visit: &mut Visit<'_>) -> Result<Steering, Fault> {
    visit.know_visitor()?;
    let shop = visit.open_shop(visit.shop_id()?)?;
    visit.refresh(&shop)?;
    seats::serve(visit, &shop)?;
    moved(visit, &Answer::pass())
}

/// The plugin is about to draw a step: may the buyer see it?
fn shown(visit: &mut Visit<'_>, shop: &Shop, step: Step) -> Result<Answer, Fault> {
    if step == Step::Shop {
        return Ok(Answer::pass());
    }
    if let Some(elsewhere) = visit.gate(shop, step)? {
        return Ok(elsewhere);
    }
    if step == Step::Order {
        order::tell_owned(visit, shop)?;
        shown::remember_summary(visit, shop)?;
    }
    if visit.buyer.by_unsigned_link && matches!(step, Step::Customer | Step::Order) {
        visit.say(Level::Info, "vouched_masked", []);
    }
    // From here on the transaction has an id of ours: the plugin would make one of its own.
    visit.own_session()?;
    visit.begin_transaction()?;
    Ok(Answer::pass())
}

/// What `answer` means where the plugin draws the pages: a page of ours is the plugin's page of that step, shown again.
fn moved(visit: &mut Visit<'_>, answer: &Answer) -> Result<Steering, Fault> {
    let mut steering = Steering::of(answer);
    let shop = visit.open_shop(visit.session.shopid)?;
    if answer.kind == Kind::Page {
        steering.kind = Kind::Redirect;
        steering.status = 303;
        steering.notices = notices_of(&answer.data);
        let step = Step::parse(answer.page).unwrap_or(Step::Shop);
        steering.location = visit.url(step);
        steering.problems = customer::problems_of(&answer.data);
        if !steering.problems.is_empty() {
            visit.say(Level::Error, "customer_incomplete", []);
        }
    }
    steering.location = with_category(visit, &shop, &steering.location)?;
    steering.notices.append(&mut visit.session.notices);
    if answer.kind == Kind::Pass && visit.session.cart.is_empty() {
        return Ok(steering);
    }
    steering.cart = shoppingcart::write(visit, &shop)?;
    // The rest of the cart lives in the plugin's session.
    visit.session.cart = cart::beside_the_plugin(&visit.session.cart);
    steering.session = serde_json::to_value(&visit.session).unwrap_or_default();
    Ok(steering)
}

fn notices_of(data: &Json) -> Vec<Notice> {
    let notices = data.get("notices").cloned().unwrap_or_default();
    serde_json::from_value(notices).unwrap_or_default()
}

/// The plugin's catalogue page goes on to a category of its choice when none is named, and what there was to say is lost.
fn with_category(visit: &Visit<'_>, shop: &Shop, location: &str) -> Result<String, Fault> {
    if !location.starts_with(&visit.action())
        || !location.contains("view=shop&")
        || location.contains("&category=")
    {
        return Ok(location.to_owned());
    }
    let first = visit.session.cart.order.keys().next();
    let product = first.and_then(|name| shop.catalog.find(name));
    // An element is shown where its set is.
    let shown = product.map(|item| item.parent.map_or(item.id, |set| set.id));
    let category = visit.engine.category(shop, shown)?;
    Ok(category.map_or_else(
        || location.to_owned(),
        |id| format!("{location}&category={id}"),
    ))
}
