//! The participants: who will use the seats that were bought.

use serde_json::{Value as Json, json};

use crate::domain::autodrive::Step;
use crate::domain::cart::{MOST_PARTICIPANTS, Participant, SEAT_ROLE};
use crate::domain::catalog::CatalogItem;
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
                "navigate" if visit.fields.flag("back") => {
                    return Ok(visit.back(shop, Step::Users));
                }
                "navigate" => {
                    if let Some(elsewhere) = visit.gate(shop, Step::Customer)? {
                        return Ok(elsewhere);
                    }
                    return visit.onward(shop, Step::Users);
                }
                _ => {
                    if let Some(Refused { code, params, .. }) = run(visit, shop, &command)? {
                        visit.say(Level::Error, code, params);
                    }
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

/// Is this a command about participants or their seats?
pub(crate) fn is_command(what: &str) -> bool {
    matches!(
        what,
        "addparticipant" | "deleteparticipant" | "addassign" | "deleteassign"
    )
}

/// Runs a command that a script of the plugin's page has sent; the plugin draws the list that the script asked for.
pub(crate) fn serve(visit: &mut Visit<'_>, shop: &Shop) -> Result<(), Fault> {
    let command = visit.fields.text("what").to_owned();
    match run(visit, shop, &command)? {
        None => Ok(()),
        // The buyer reads it on the next page; the list that they asked for has not changed.
        Some(Refused {
            status: 422,
            code,
            params,
        }) => {
            visit.say(Level::Error, code, params);
            Ok(())
        }
        Some(refused) => {
            let fault = Fault::new(refused.status, refused.code);
            let params = refused.params.into_iter();
            Err(params.fold(fault, |fault, (name, value)| fault.with(name, value)))
        }
    }
}

/// Why a command changed nothing.
struct Refused {
    status: u16,
    code: &'static str,
    params: Vec<(&'static str, String)>,
}

fn run(visit: &mut Visit<'_>, shop: &Shop, command: &str) -> Result<Option<Refused>, Fault> {
    match command {
        "addparticipant" => add(visit),
        "deleteparticipant" => {
            delete(visit);
            Ok(None)
        }
        "addassign" => assign(visit, shop),
        _ => release(visit, shop).map(|()| None),
    }
}

/// Adds a participant. Nothing is said about whether they have an account.
fn add(visit: &mut Visit<'_>) -> Result<Option<Refused>, Fault> {
    let json = visit.fields.text("participant");
    let posted: Participant = if json.is_empty() {
        let field = |name| visit.fields.text(name).to_owned();
        Participant {
            firstname: field("firstname"),
            lastname: field("lastname"),
            email: field("email"),
            ..Participant::default()
        }
    } else {
        let posted: Participant = serde_json::from_str(json)
            .map_err(|_| Fault::new(400, "message_malformed").with("field", "participant"))?;
        posted.plain()
    };
    let refused = |status, code| {
        Ok(Some(Refused {
            status,
            code,
            params: Vec::new(),
        }))
    };
    if posted.has_link() {
        return refused(422, "participant_link");
    }
    let Some(person) = posted
        .tidied()
        .filter(|person| !person.firstname.is_empty())
    else {
        return refused(422, "participant_incomplete");
    };
    let participants = &mut visit.session.cart.participants;
    if participants.len() >= MOST_PARTICIPANTS && !participants.contains_key(&person.email) {
        return refused(409, "too_many_participants");
    }
    participants.insert(person.email.clone(), person);
    Ok(None)
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

fn assign(visit: &mut Visit<'_>, shop: &Shop) -> Result<Option<Refused>, Fault> {
    let item = product(visit, shop)?;
    let role = visit.fields.text("role");
    if !matches!(role, "" | SEAT_ROLE) {
        return Err(Fault::new(403, "seat_role_unknown"));
    }
    let email = visit.fields.text("participantid").to_lowercase();
    let Some(person) = visit.session.cart.participants.get(&email).cloned() else {
        return Err(Fault::new(404, "unknown_participant").with("email", email));
    };
    if visit.session.cart.missing_seats(item) == 0 {
        return Ok(Some(Refused {
            status: 409,
            code: "no_seat_left",
            params: vec![("product", item.label.clone())],
        }));
    }
    let roles = visit
        .session
        .cart
        .users
        .entry(item.shortname.clone())
        .or_default();
    roles
        .entry(SEAT_ROLE.to_owned())
        .or_default()
        .insert(email, person);
    Ok(None)
}

fn release(visit: &mut Visit<'_>, shop: &Shop) -> Result<(), Fault> {
    let item = product(visit, shop)?;
    let email = visit.fields.text("participantid").to_lowercase();
    let roles = visit.session.cart.users.get_mut(&item.shortname);
    if let Some(people) = roles.and_then(|roles| roles.get_mut(SEAT_ROLE)) {
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
                "role": SEAT_ROLE,
                "assigned": cart.assigned(&item.shortname).collect::<Vec<_>>(),
                "missing": missing,
            })
        })
        .collect();
    let participants: Vec<&Participant> = cart.participants.values().collect();
    let data = json!({"participants": participants, "products": products, "complete": complete});
    Ok(visit.page("users", Some(Step::Users), Some(shop), data))
}
