//! A request that the plugin answers: what the engine would have done, for a takeover that only watches. Whatever it does in the database is
//! undone.

use serde_json::Value as Json;

use crate::domain::money::excerpt;
use crate::domain::shadow::{Rehearsed, RehearsedBill, RehearsedCart, Way};
use crate::domain::takeover::Takeover;
use crate::engine::Engine;

use super::answer::{Answer, Kind};
use super::steer::{Steering, paymodes, steer};
use super::{Request, handle};

/// Rehearses the answer to a request that belongs to `takeover`.
#[must_use]
pub fn rehearse(engine: &Engine, takeover: Takeover, request: &Request) -> Rehearsed {
    engine.rehearse(|stage| {
        let before = stage.last_decision();
        let mut rehearsed = match takeover {
            Takeover::Paymode => of_offer(&paymodes(stage, request)),
            _ if takeover.steers() => of_steering(&steer(stage, request)),
            _ => of_answer(&handle(stage, request)),
        };
        if rehearsed.bill.is_none() && rehearsed.way != Way::Refuses {
            // What it decided on, before that is undone.
            let decided = before.and_then(|last| stage.decided_since(last));
            rehearsed.bill = decided.ok().flatten();
        }
        rehearsed
    })
}

fn of_offer(offered: &[&str]) -> Rehearsed {
    Rehearsed {
        way: Way::Offers,
        offered: offered.iter().map(|name| (*name).to_owned()).collect(),
        ..Rehearsed::default()
    }
}

fn of_steering(steering: &Steering) -> Rehearsed {
    Rehearsed {
        cart: steering.cart.is_object().then(|| cart(&steering.cart)),
        ..answered(
            steering.kind,
            steering.status,
            &steering.location,
            &steering.error,
        )
    }
}

fn of_answer(answer: &Answer) -> Rehearsed {
    let error = answer.data.get("error").unwrap_or(&Json::Null);
    let mut rehearsed = answered(answer.kind, answer.status, &answer.location, error);
    if rehearsed.way == Way::Refuses && !rehearsed.code.is_empty() {
        return rehearsed;
    }
    match answer.kind {
        Kind::Page => {
            rehearsed.told = format!("engine shows {} ({})", answer.page, answer.status);
            if answer.page == "confirm" {
                rehearsed.way = Way::Confirms;
            }
        }
        Kind::Text => {
            let body: String = answer.body.chars().take(LONGEST_BODY).collect();
            rehearsed.told = format!("engine says {} {body}", answer.status);
        }
        Kind::Ask => {
            let url = answer.ask.as_ref().map_or("", |call| call.url.as_str());
            rehearsed.told = format!("engine asks {url} about it");
        }
        _ => {}
    }
    if rehearsed.way == Way::Refuses {
        rehearsed.code = format!("status_{}", answer.status);
    }
    rehearsed.bill = answer.data.get("order").and_then(bill);
    rehearsed
}

/// What each kind of answer is.
fn answered(kind: Kind, status: u16, location: &str, error: &Json) -> Rehearsed {
    if let Some(code) = error.get("code").and_then(Json::as_str) {
        return Rehearsed {
            way: Way::Refuses,
            told: format!("engine refuses : {}", excerpt(code)),
            code: code.to_owned(),
            ..Rehearsed::default()
        };
    }
    let below = location
        .find("/local/")
        .and_then(|at| location.get(at..))
        .unwrap_or_default();
    let (way, told) = match kind {
        Kind::Redirect => (Way::Goes, format!("engine goes to {below}")),
        Kind::Ask => (Way::Calls, String::new()),
        _ if status >= 400 => (Way::Refuses, format!("engine refuses : status_{status}")),
        Kind::Page | Kind::Text => (Way::Shows, String::new()),
        _ => (Way::Passes, "engine lets pass".to_owned()),
    };
    Rehearsed {
        way,
        told,
        location: below.to_owned(),
        ..Rehearsed::default()
    }
}

fn cart(written: &Json) -> RehearsedCart {
    let order = written.get("order").and_then(Json::as_object);
    let units = order.into_iter().flatten();
    RehearsedCart {
        order: units
            .map(|(name, units)| (name.clone(), units.as_i64().unwrap_or(0)))
            .collect(),
        amount: text(written, "finaltaxedtotal"),
    }
}

fn bill(order: &Json) -> Option<RehearsedBill> {
    let transid = text(order, "transid");
    let amount = order.pointer("/totals/taxed/amount")?.as_str()?.to_owned();
    Some(RehearsedBill {
        transid,
        status: text(order, "status"),
        amount,
    })
}

fn text(value: &Json, name: &str) -> String {
    let text = value.get(name).and_then(Json::as_str);
    text.unwrap_or_default().to_owned()
}

/// Characters of a text that the trace shows.
const LONGEST_BODY: usize = 40;
