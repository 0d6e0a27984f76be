//! Seats on the plugin's pages: whoever sends what to them, as many people are placed as were paid for, in the one role that a seat has.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a failing test"
)]

mod common;

use serde_json::{Value as Json, json};
use shopengine::front::{Kind, Request, Session, Steering, steer};

use common::Bench;

const VIEW: &str = "/local/shop/front/view.php";
const SERVICE: &str = "/local/shop/front/ajax/service.php";

/// A visitor of the plugin's pages, with the plugin's own session.
struct Visitor<'a> {
    bench: &'a Bench,
    session: Session,
    cart: Json,
}

impl<'a> Visitor<'a> {
    fn with(bench: &'a Bench, order: Json) -> Self {
        Self {
            bench,
            session: Session::default(),
            cart: json!({"order": order}),
        }
    }

    fn send(&mut self, method: &str, script: &str, query: &str, body: &str) -> Steering {
        let request = Request {
            method: method.into(),
            script: script.into(),
            query: query.into(),
            body: body.into(),
            content_type: "application/x-www-form-urlencoded".into(),
            wwwroot: "https://shop.example".into(),
            sesskey: "key".into(),
            https: true,
            session: self.session.clone(),
            shoppingcart: Some(self.cart.clone()),
            ..Request::default()
        };
        let steering = steer(&self.bench.engine, &request);
        if let Some(fields) = steering.cart.as_object() {
            for (name, value) in fields {
                self.cart[name] = value.clone();
            }
        }
        if !steering.session.is_null() {
            self.session = serde_json::from_value(steering.session.clone()).unwrap();
        }
        steering
    }

    fn serve(&mut self, fields: &str) -> Steering {
        self.send("POST", SERVICE, "", &format!("id=1&service=users&{fields}"))
    }

    fn add(&mut self, person: &Json) -> Steering {
        let person: String =
            url::form_urlencoded::byte_serialize(person.to_string().as_bytes()).collect();
        self.serve(&format!("what=addparticipant&participant={person}"))
    }

    fn name(&mut self, number: u32) -> Steering {
        let person = json!({"lastname": "L", "firstname": "F", "email": format!("p{number}@example.org"), "city": "x"});
        self.add(&person)
    }

    fn seat(&mut self, number: u32, role: &str) -> Steering {
        self.serve(&format!(
            "what=addassign&participantid=p{number}@example.org&role={role}&product=session"
        ))
    }

    fn open(&mut self, view: &str) -> Steering {
        self.send("GET", VIEW, &format!("view={view}&shopid=1"), "")
    }

    fn seated(&self) -> usize {
        self.cart["users"]["session"]["student"]
            .as_object()
            .map_or(0, serde_json::Map::len)
    }
}

fn code(steering: &Steering) -> &str {
    steering.error["code"].as_str().unwrap_or("")
}

#[test]
fn a_seat_that_nobody_pays_for_is_not_given() {
    let bench = Bench::new();
    let mut visitor = Visitor::with(&bench, json!({"session": 2}));
    for number in 0..5 {
        assert_eq!(visitor.name(number).kind, Kind::Pass);
        let steering = visitor.seat(number, "student");
        assert_eq!(
            code(&steering),
            if number < 2 { "" } else { "no_seat_left" }
        );
    }
    assert_eq!(visitor.seated(), 2);
    assert_eq!(visitor.cart["assigns"]["session"], 2);
}

#[test]
fn a_seat_has_one_role_and_somebody_known() {
    let bench = Bench::new();
    let mut visitor = Visitor::with(&bench, json!({"session": 1}));
    visitor.name(0);
    for role in ["manager", "editingteacher", "_supervisor", "Student"] {
        assert_eq!(code(&visitor.seat(0, role)), "seat_role_unknown", "{role}");
    }
    assert_eq!(code(&visitor.seat(1, "student")), "unknown_participant");
    assert_eq!(visitor.seated(), 0);
}

#[test]
fn people_beyond_the_seats_stop_the_buyer_and_are_not_trimmed() {
    let bench = Bench::new();
    let mut visitor = Visitor::with(&bench, json!({"session": 2}));
    for number in 0..2 {
        visitor.name(number);
        visitor.seat(number, "student");
    }
    // The plugin's cart takes a unit away.
    visitor.cart["order"]["session"] = 1.into();
    let steering = visitor.open("customer");
    assert!(steering.location.contains("view=users"), "{steering:?}");
    assert_eq!(steering.notices[0].code, "seats_exceeded");
    assert_eq!(visitor.seated(), 2);
    visitor.serve("what=deleteassign&participantid=p0@example.org&role=student&product=session");
    assert_eq!(visitor.open("customer").kind, Kind::Pass);
}

#[test]
fn roles_and_seats_that_no_product_has_are_dropped() {
    let bench = Bench::new();
    let mut visitor = Visitor::with(&bench, json!({"session": 1, "livre": 1}));
    visitor.name(0);
    visitor.seat(0, "student");
    let person = visitor.cart["participants"]["p0@example.org"].clone();
    visitor.cart["users"]["session"]["manager"] = json!({"p0@example.org": person});
    visitor.cart["users"]["livre"]["student"] = json!({"p0@example.org": person});
    assert_eq!(visitor.open("customer").kind, Kind::Pass);
    let users = visitor.cart["users"].as_object().unwrap();
    assert_eq!(users.keys().collect::<Vec<_>>(), ["session"]);
    let roles = users["session"].as_object().unwrap();
    assert_eq!(roles.keys().collect::<Vec<_>>(), ["student"]);
}

#[test]
fn a_participant_has_no_account_that_the_visitor_chose_and_the_list_tells_of_none() {
    let bench = Bench::new();
    let mut visitor = Visitor::with(&bench, json!({"session": 1}));
    let mut lists = Vec::new();
    for email in ["jean.dupont@example.org", "nobody@example.org"] {
        visitor.add(&json!({"lastname": "Dupont", "firstname": "Jean", "email": email, "moodleid": 2, "id": 2, "auth": "ldap",
            "suspended": 1, "username": "admin"}));
        let mut kept = visitor.cart["participants"][email].clone();
        kept["email"] = Json::Null;
        lists.push(kept);
    }
    assert_eq!(lists[0], lists[1]);
    assert_eq!(
        lists[0],
        json!({"email": null, "firstname": "Jean", "lastname": "Dupont"})
    );
}

#[test]
fn a_participant_without_a_name_is_refused_with_a_sentence() {
    let bench = Bench::new();
    let mut visitor = Visitor::with(&bench, json!({"session": 1}));
    let steering =
        visitor.add(&json!({"lastname": "", "firstname": "F", "email": "p@example.org"}));
    assert_eq!(steering.notices[0].code, "participant_incomplete");
    assert!(visitor.cart["participants"]["p@example.org"].is_null());
}

#[test]
fn a_participant_whose_name_is_a_web_address_is_told_so() {
    let bench = Bench::new();
    let mut visitor = Visitor::with(&bench, json!({"session": 2}));
    for field in ["firstname", "lastname", "city", "institution", "phone2"] {
        let mut person = json!({"lastname": "L", "firstname": "F", "email": "p@example.org"});
        person[field] = "Read http://evil.example/a".into();
        let steering = visitor.add(&person);
        assert_eq!(steering.notices[0].code, "participant_link", "{field}");
        assert!(visitor.cart["participants"]["p@example.org"].is_null());
    }
}
