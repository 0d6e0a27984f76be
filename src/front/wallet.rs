//! Payment interfaces that are asked how an order stands, on the buyer's behalf: the order is put there, his page looks whether it is
//! paid, he may leave it for another way to pay, and what is paid back is fetched there.

use serde_json::{Value as Json, json};

use crate::domain::transaction_id::TransactionId;
use crate::engine::{Engine, Error, Order, Outcome as Settled, Received, Result as Done, Taken};
use crate::gateway::{
    Attempt, Channel, Form, Gateway, GatewayError, Message, Payable, Settings, Widget,
};

use super::Fault;
use super::answer::{Answer, Drain, Level};
use super::display::money;
use super::order::already_bought;
use super::purchase::{Outcome, Visit};
use super::qr::Qr;

/// What came of asking.
pub(crate) enum Heard {
    /// A call has to be made first.
    Call(Box<Answer>),
    /// An answer.
    Received(Box<Received>),
    /// None that helps.
    Trouble(Error),
}

/// Goes on with the answer to the call that this request led to, or begins.
pub(crate) fn hear(visit: &Visit<'_>, begin: impl FnOnce(&Engine) -> Done<Taken>) -> Heard {
    let taken = match &visit.request.asked {
        Some(asked) => visit.engine.answered(&asked.token, &asked.answer),
        None => begin(visit.engine),
    };
    match taken {
        Ok(Taken::Ask(asking)) => Heard::Call(Box::new(Answer::ask(asking))),
        Ok(Taken::Received(received)) => Heard::Received(received),
        Err(error) => Heard::Trouble(error),
    }
}

/// How an order stands once it was put to its gateway.
pub(crate) enum Put {
    /// Something else than the payment page is the answer.
    Elsewhere(Box<Answer>),
    /// There: the page can be drawn.
    There,
    /// It could not be put there.
    Trouble(Error),
}

/// Puts an order to a gateway that wants to know it before its page can be drawn.
pub(crate) fn put(
    visit: &mut Visit<'_>,
    order: &Order,
    gateway: &dyn Gateway,
    attempt: &Attempt,
    request: &str,
) -> Result<Put, Fault> {
    if attempt.request.is_empty() {
        visit.engine.put(gateway, &attempt.reference, request)?;
    }
    Ok(match ask(visit, order, gateway, attempt, true) {
        Heard::Call(answer) => Put::Elsewhere(answer),
        Heard::Trouble(error) => Put::Trouble(error),
        Heard::Received(received) => match whither(visit, order, *received) {
            Some(answer) => Put::Elsewhere(Box::new(answer)),
            None => Put::There,
        },
    })
}

/// The buyer's wish to pay, as a message to the gateway's interface.
fn ask(
    visit: &Visit<'_>,
    order: &Order,
    gateway: &dyn Gateway,
    attempt: &Attempt,
    quick: bool,
) -> Heard {
    let body = gateway.wish(&attempt.reference, &visit.buyer.session_id());
    let message = Message {
        channel: Channel::Buyer,
        method: "POST",
        query: b"",
        body: &body,
        content_type: "application/x-www-form-urlencoded",
    };
    let actor = if order.is_owned_by(&visit.buyer) {
        "buyer"
    } else {
        "staff"
    };
    hear(visit, |engine| {
        if quick {
            engine.glance(gateway.name(), "view", &message, actor)
        } else {
            engine.take(gateway.name(), "view", &message, actor)
        }
    })
}

/// Where an answer leads the buyer; `None`: he stays where he is.
fn whither(visit: &mut Visit<'_>, order: &Order, received: Received) -> Option<Answer> {
    let transaction = order.transaction.as_ref();
    match received.outcome {
        Settled::AlreadyBought(bought) => Some(already_bought(visit, &order.transaction, bought)),
        // Another try is made there.
        Settled::Ignored("attempt_lapsed") => {
            Some(Answer::redirect(visit.url_of("payment", transaction)))
        }
        Settled::Held(_) => {
            visit.say(Level::Warning, "payment_held", []);
            Some(Answer::redirect(visit.url_of("produce", transaction)).with_work())
        }
        _ if !received.order.state.awaits_payment() => {
            Some(Answer::redirect(visit.url_of("produce", transaction)).with_work())
        }
        _ => None,
    }
}

/// The buyer, or his page, asks how his payment stands.
pub(crate) fn look(visit: &mut Visit<'_>, gateway: &dyn Gateway) -> Outcome {
    visit.know_visitor()?;
    let order = super::result::visible(visit)?;
    visit.open_shop(order.shop)?;
    let polls = visit.fields.flag("poll");
    let transaction = order.transaction.clone();
    let payment = visit.url_of("payment", transaction.as_ref());
    if !order.state.awaits_payment() {
        let produce = Answer::redirect(visit.url_of("produce", transaction.as_ref()));
        return Ok(told(polls, Some(produce), &payment));
    }
    let attempt = visit.engine.last_attempt(&order, gateway.name())?;
    let Some(attempt) = attempt.filter(|attempt| !attempt.request.is_empty()) else {
        return Ok(told(
            polls,
            (!polls).then(|| Answer::redirect(payment.clone())),
            &payment,
        ));
    };
    visit.own_session()?;
    let code = match ask(visit, &order, gateway, &attempt, polls) {
        Heard::Call(answer) => return Ok(*answer),
        Heard::Received(received) => {
            let code = match received.outcome {
                Settled::Ignored(code @ ("bought_elsewhere" | "not_owned")) => code,
                _ => "not_paid_yet",
            };
            if let Some(answer) = whither(visit, &order, *received) {
                return Ok(told(polls, Some(answer), &payment));
            }
            code
        }
        Heard::Trouble(error) => error.code(),
    };
    if !polls {
        visit.say(Level::Warning, code, []);
        return Ok(Answer::redirect(payment));
    }
    // A page that was drawn while nobody answered has no link yet.
    let attempt = visit.engine.last_attempt(&order, gateway.name())?;
    let drawn = !visit.fields.flag("bare")
        || attempt
            .is_none_or(|attempt| attempt.kept.is_empty() || !gateway.is_drawn(&attempt.kept));
    let page = (!drawn).then(|| Answer::redirect(payment.clone()));
    Ok(told(polls, page, &payment))
}

/// An answer for a browser, or for the page in it: where to go, if anywhere.
fn told(polls: bool, answer: Option<Answer>, payment: &str) -> Answer {
    match answer {
        Some(answer) if !polls => answer,
        None if !polls => Answer::redirect(payment.to_owned()),
        answer => {
            let url = answer.as_ref().map(|answer| answer.location.as_str());
            let told = Answer::json(&json!({"url": url}));
            if answer.is_some_and(|answer| answer.drain == Drain::After) {
                told.with_work()
            } else {
                told
            }
        }
    }
}

/// The buyer wants to pay in another way. The order stays as it is: what is paid for it here all the same counts.
pub(crate) fn other_way(visit: &mut Visit<'_>) -> Outcome {
    visit.know_visitor()?;
    let order = super::result::visible(visit)?;
    visit.open_shop(order.shop)?;
    let transaction = order.transaction.as_ref();
    Ok(if !order.state.awaits_payment() {
        Answer::redirect(visit.url_of("produce", transaction))
    } else if visit.session.cart.transid.as_ref() == Some(&order.transaction) {
        visit.say(Level::Info, "choose_another_way", []);
        visit.go(crate::domain::autodrive::Step::Order)
    } else {
        Answer::redirect(visit.url_of("payment", transaction))
    })
}

/// A payment page as data: its link with a drawing for cameras, and where the page asks whether the buyer has paid.
pub(crate) fn widget_data(
    visit: &Visit<'_>,
    order: &TransactionId,
    gateway: &dyn Gateway,
    widget: &Widget,
) -> Json {
    let mut data = serde_json::to_value(widget).unwrap_or_default();
    let looks = gateway
        .endpoints()
        .iter()
        .find(|endpoint| endpoint.channel == Channel::Look);
    let watch = looks.map(|endpoint| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("transid", order.as_ref());
        query.append_pair("poll", "1");
        if widget.link.is_none() {
            query.append_pair("bare", "1");
        }
        let (root, name) = (&visit.request.wwwroot, gateway.name());
        let (script, query) = (endpoint.script, query.finish());
        format!("{root}/local/shop/paymodes/{name}/{script}.php?{query}")
    });
    if let Some(data) = data.as_object_mut() {
        data.insert("watch".to_owned(), json!(watch));
        if let (Some(link), Some(known)) = (&widget.link, data.get_mut("link")) {
            *known = json!({"uri": link.uri, "submit": link.submit, "qr": Qr::of(&link.uri)});
        }
    }
    data
}

/// What a payment page shows. Where there is nothing to show yet, the buyer tries again, or pays in another way.
pub(crate) fn widget(
    visit: &Visit<'_>,
    order: &Order,
    gateway: &dyn Gateway,
    payable: &Payable<'_>,
    settings: &Settings,
) -> Result<Widget, GatewayError> {
    match gateway.widget(payable, settings) {
        Err(GatewayError::Away { .. }) => Ok(Widget {
            forms: vec![again(visit, order)],
            ..Widget::default()
        }),
        widget => widget,
    }
}

/// The payment page once more, as a form.
fn again(visit: &Visit<'_>, order: &Order) -> Form {
    Form {
        action: visit.action(),
        method: "get",
        fields: [
            ("view", "payment".to_owned()),
            ("shopid", order.shop.to_string()),
            ("transid", order.transaction.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec(),
        submit: "paymode_retry",
    }
}

/// What the buyer's wallet can fetch of an order that is paid back; null for nothing.
pub(crate) fn pickup(visit: &Visit<'_>, order: &Order) -> Result<Json, Fault> {
    let known = visit.engine.refundings(order)?;
    let Some((known, uri)) = known.and_then(|known| Some((known.clone(), known.uri?))) else {
        return Ok(Json::Null);
    };
    let waits = known.granted.minus(known.arrived).map_err(Error::from)?;
    Ok(json!({"uri": uri, "qr": Qr::of(&uri), "amount": money(waits, visit.lang())}))
}
