//! What a line of a bill carries for the plugin's production, as PHP serialises it: the buyer's required data, seats and origin.

use std::collections::HashMap;

use crate::database::{Database, Value};
use crate::domain::cart::{Cart, Participant, SEAT_ROLE};
use crate::domain::email_address::is_same;
use crate::domain::serialized::Php;
use crate::domain::text::plain;

use super::{Placement, Result};

/// The required data of a product as the plugin's production reads them.
pub(super) fn customer_data(cart: &Cart, shortname: &str) -> Php {
    let Some(fields) = cart.customerdata.get(shortname) else {
        return Php::text("");
    };
    Php::map(fields.iter().map(|(field, values)| {
        (
            plain(field).into_owned(),
            Php::map(
                values
                    .iter()
                    .map(|(unit, value)| (unit.to_string(), printed_php(value))),
            ),
        )
    }))
}

/// The seats and the origin of a line as the plugin's production reads them. An account of the site is named by its id, which is
/// looked up here: the visitor cannot choose it.
pub(super) fn production_data(
    database: &dyn Database,
    placement: &Placement<'_>,
    shortname: &str,
) -> Result<Php> {
    let assigned: Vec<&Participant> = placement.cart.assigned(shortname).collect();
    let accounts = accounts_of(database, &assigned)?;
    let mut people = Vec::with_capacity(assigned.len());
    for person in assigned {
        let fields = [
            ("email", &person.email),
            ("firstname", &person.firstname),
            ("lastname", &person.lastname),
            ("city", &person.city),
            ("institution", &person.institution),
            ("phone2", &person.phone2),
        ];
        let mut fields: Vec<(String, Php)> = fields
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name.to_owned(), printed_php(value)))
            .collect();
        if let Some(account) = accounts.get(person.email.as_str()) {
            fields.push(("moodleid".to_owned(), Php::Int(*account)));
        }
        people.push((plain(&person.email).into_owned(), Php::Object(fields)));
    }
    let users = if people.is_empty() {
        Php::Null
    } else {
        Php::map([(SEAT_ROLE.to_owned(), Php::map(people))])
    };
    Ok(Php::Object(vec![
        ("users".to_owned(), users),
        ("id".to_owned(), Php::Int(placement.shop.id)),
        ("blockid".to_owned(), Php::Int(placement.block)),
    ]))
}

/// The accounts with the email and last name of a participant, as the plugin matches them: ids by participant.
fn accounts_of<'a>(
    database: &dyn Database,
    people: &[&'a Participant],
) -> Result<HashMap<&'a str, i64>> {
    let mut accounts = HashMap::new();
    for people in people.chunks(EMAILS_AT_ONCE) {
        let marks = vec!["?"; people.len()].join(", ");
        let emails: Vec<Value> = people
            .iter()
            .map(|person| person.email.as_str().into())
            .collect();
        let rows = database.query(
            &format!(
                "SELECT id, email, lastname FROM {{user}} WHERE LOWER(email) IN ({marks}) AND deleted = 0 ORDER BY id DESC"
            ),
            &emails,
        )?;
        for row in &rows {
            let (email, lastname) = (row.text("email")?, row.text("lastname")?);
            let lastname = plain(&lastname).to_lowercase();
            let same = |person: &&&Participant| {
                is_same(&person.email, &email) && person.lastname.to_lowercase() == lastname
            };
            // The one with the lowest id comes last, and stays.
            for person in people.iter().filter(same) {
                accounts.insert(person.email.as_str(), row.int("id")?);
            }
        }
    }
    Ok(accounts)
}

/// Emails that are looked up in one query: it reads the accounts of the site once.
const EMAILS_AT_ONCE: usize = 200;

/// A text that the plugin may print, in a serialised column.
fn printed_php(text: &str) -> Php {
    Php::text(plain(text))
}
