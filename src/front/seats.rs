//! The participants: who will use the seats that were bought.

use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::domain::autodrive::Step;
use crate::domain::cart::{DEFAULT_ROLE, Participant};
use crate::domain::catalog::CatalogItem;
use crate::domain::customer::is_email;
use crate::engine::Shop;

use super::Fault;
use super::answer::Level;
use super::purchase::{Outcome, Visit};

pub(crate) fn answer(visit: &mut Visit<'_>, shop: &Shop) -> Outcome {
    let command = visit.fields.text("what").to_owned();
    match command.as_str() {
        "" => {}
        "navigate" | "addparticipant" | "deleteparticipant" | "addassign" | "deleteassign" => {
            visit.confirm_sesskey()?;
            match command.as_str() {
                "addparticipant" => add(visit)?,
                "deleteparticipant" => delete(visit),
                "addassign" => assign(visit, shop)?,
                "deleteassign" => release(visit, shop)?,
                _ if visit.fields.flag("back") => return Ok(visit.back(shop, Step::Users)),
                _ => {
                    if let Some(elsewhere) = visit.gate(shop, Step::Customer)? {
                        return Ok(elsewhere);
                    }
                    return visit.onward(shop, Step::Users);
                }
            }
            return Ok(visit.go(Step::Users));
        }
        _ => return Err(Fault::new(400, "unknown_command").with("command", command)),
    }
    if let Some(elsewhere) = visit.gate(shop, Step::Users)? {
        return Ok(elsewhere);
    }
    if visit.asks_nothing(shop, Step::Users) {
        return visit.onward(shop, Step::Users);
    }
    page(visit, shop)
}

/// What the plugin's own page posts in `participant`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Posted {
    firstname: String,
    lastname: String,
    email: String,
}

fn add(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let json = visit.fields.text("participant");
    let posted = if json.is_empty() {
        let field = |name| visit.fields.text(name).to_owned();
        Posted {
            firstname: field("firstname"),
            lastname: field("lastname"),
            email: field("email"),
        }
    } else {
        serde_json::from_str(json)
            .map_err(|_| Fault::new(400, "message_malformed").with("field", "participant"))?
    };
    let tidy = |text: &str| {
        text.chars()
            .filter(|letter| !letter.is_control())
            .take(100)
            .collect::<String>()
    };
    let (firstname, lastname) = (tidy(posted.firstname.trim()), tidy(posted.lastname.trim()));
    let email = posted.email.trim().to_lowercase();
    if firstname.is_empty() || lastname.is_empty() || !is_email(&email) {
        visit.say(Level::Error, "participant_incomplete", []);
    } else if visit.session.cart.participants.len() >= MOST_PARTICIPANTS {
        visit.say(Level::Error, "too_many_participants", []);
    } else {
        visit.session.cart.participants.insert(
            email.clone(),
            Participant {
                email,
                firstname,
                lastname,
                ..Participant::default()
            },
        );
    }
    Ok(())
}

fn delete(visit: &mut Visit<'_>) {
    let email = visit.fields.text("participantid").to_lowercase();
    visit.session.cart.participants.shift_remove(&email);
    for roles in visit.session.cart.users.values_mut() {
        for people in roles.values_mut() {
            people.shift_remove(&email);
        }
    }
}

fn assign(visit: &mut Visit<'_>, shop: &Shop) -> Result<(), Fault> {
    let item = product(visit, shop)?;
    let email = visit.fields.text("participantid").to_lowercase();
    let Some(person) = visit.session.cart.participants.get(&email).cloned() else {
        return Err(Fault::new(404, "unknown_participant").with("email", email));
    };
    if visit.session.cart.missing_seats(item) == 0 {
        visit.say(
            Level::Error,
            "no_seat_left",
            [("product", item.label.clone())],
        );
        return Ok(());
    }
    let roles = visit
        .session
        .cart
        .users
        .entry(item.shortname.clone())
        .or_default();
    roles
        .entry(DEFAULT_ROLE.to_owned())
        .or_default()
        .insert(email, person);
    Ok(())
}

fn release(visit: &mut Visit<'_>, shop: &Shop) -> Result<(), Fault> {
    let item = product(visit, shop)?;
    let email = visit.fields.text("participantid").to_lowercase();
    let roles = visit.session.cart.users.get_mut(&item.shortname);
    if let Some(people) = roles.and_then(|roles| roles.get_mut(DEFAULT_ROLE)) {
        people.shift_remove(&email);
    }
    Ok(())
}

/// A product of the cart that has seats.
fn product<'s>(visit: &Visit<'_>, shop: &'s Shop) -> Result<&'s CatalogItem, Fault> {
    let name = visit.fields.text("product");
    shop.catalog
        .find(name)
        .filter(|item| visit.session.cart.seats(item) > 0)
        .ok_or_else(|| Fault::new(404, "unknown_product").with("product", name))
}

fn page(visit: &mut Visit<'_>, shop: &Shop) -> Outcome {
    let cart = &visit.session.cart;
    let items = cart
        .order
        .keys()
        .filter_map(|name| shop.catalog.find(name))
        .filter(|item| cart.seats(item) > 0);
    let mut complete = true;
    let products: Vec<Json> = items
        .map(|item| {
            let missing = cart.missing_seats(item);
            complete &= missing == 0;
            json!({
                "shortname": item.shortname,
                "name": item.label,
                "seats": cart.seats(item),
                "role": DEFAULT_ROLE,
                "assigned": cart.assigned(&item.shortname, DEFAULT_ROLE).collect::<Vec<_>>(),
                "missing": missing,
            })
        })
        .collect();
    let participants: Vec<&Participant> = cart.participants.values().collect();
    let data = json!({"participants": participants, "products": products, "complete": complete});
    Ok(visit.page("users", Some(Step::Users), Some(shop), data))
}

/// More than this is no order but a list to be imported elsewhere.
const MOST_PARTICIPANTS: usize = 500;
