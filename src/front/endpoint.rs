//! The payment interfaces' own scripts under `paymodes/`. No session, no user: a message is believed for what it proves.

use subtle::ConstantTimeEq as _;

use crate::engine::{Error, Taken};
use crate::gateway::{self, Channel, Gateway, GatewayError, Message};

use super::answer::Answer;
use super::purchase::{Outcome, Visit};
use super::{Fault, wallet};

/// `rest` is `<paymode>/<script>.php`.
pub(crate) fn answer(visit: &mut Visit<'_>, rest: &str) -> Outcome {
    let unknown = |name: &str| {
        let error = GatewayError::Unknown {
            name: name.chars().take(20).collect(),
        };
        Fault::from(crate::engine::Error::from(error))
    };
    let (name, script) = rest.split_once('/').ok_or_else(|| unknown(rest))?;
    let script = script.strip_suffix(".php").unwrap_or(script);
    let Some(gateway) = gateway::by_name(name) else {
        // An interface that only the plugin knows answers for itself.
        return if visit.request.shoppingcart.is_some() {
            Ok(Answer::pass())
        } else {
            Err(unknown(name))
        };
    };
    let endpoint = gateway
        .endpoints()
        .iter()
        .find(|endpoint| endpoint.script == script)
        .ok_or_else(|| unknown(name))?;
    let request = visit.request;
    if !matches!(request.method.as_str(), "GET" | "POST") {
        return Err(Fault::new(405, "method_not_allowed").with("method", request.method.as_str()));
    }
    match endpoint.channel {
        Channel::Look => {
            visit.faces_buyer = true;
            return wallet::look(visit, gateway);
        }
        Channel::OtherWay => {
            visit.faces_buyer = true;
            return wallet::other_way(visit);
        }
        Channel::Notification => open_door(visit, gateway)?,
        _ => {}
    }
    // Nothing is read and nothing is changed: the pages themselves know who may see them.
    if matches!(endpoint.channel, Channel::Back | Channel::GivenUp) {
        let step = if endpoint.channel == Channel::Back {
            "produce"
        } else {
            "payment"
        };
        let mut url = visit.url_of(step, visit.fields.text("transid"));
        if endpoint.channel == Channel::Back {
            url.push_str("&confirming=1");
        }
        return Ok(Answer::redirect(url));
    }
    let received = match &request.asked {
        Some(asked) => match visit.engine.answered(&asked.token, &asked.answer) {
            Ok(Taken::Received(received)) => *received,
            Ok(Taken::Ask(asking)) => return Ok(Answer::ask(asking)),
            // The gateway has vouched for the message, or disowned it: that is on record, and would be the same again.
            Err(error) if error.status() < 500 => {
                return Ok(Answer::text(200, error.code()));
            }
            Err(error) => return Err(Fault::of_message(error)),
        },
        None => {
            let message = Message {
                channel: endpoint.channel,
                method: &request.method,
                query: &request.query,
                body: &request.body,
                content_type: &request.content_type,
            };
            let actor = format!("gateway:{name}");
            match visit.engine.take(name, script, &message, &actor) {
                Ok(Taken::Received(received)) => *received,
                Ok(Taken::Ask(asking)) => return Ok(Answer::ask(asking)),
                // A browser that comes back with nothing to believe is shown how things stand, if the order is its own.
                Err(Error::Gateway(_) | Error::UnknownOrder { .. })
                    if endpoint.channel == Channel::Return && visit.fields.has("transid") =>
                {
                    return Ok(Answer::redirect(
                        visit.url_of("produce", visit.fields.text("transid")),
                    ));
                }
                // Whose gateway serves others too is told about their orders, and is not asked; what is held came before.
                Err(
                    error @ (Error::UnknownOrder { .. }
                    | Error::Gateway(GatewayError::Unassigned { .. })),
                ) => {
                    let settings = visit.engine.settings()?;
                    if gateway.is_hint() || gateway.claim(&message, &settings).is_some() {
                        return Ok(Answer::text(200, error.code()));
                    }
                    return Err(Fault::of_message(error));
                }
                Err(error) => return Err(Fault::of_message(error)),
            }
        }
    };
    if endpoint.channel == Channel::Return {
        return Ok(
            Answer::redirect(visit.url_of("produce", received.order.transaction.as_ref()))
                .with_work(),
        );
    }
    // The test page posts its message from the buyer's own browser, which is shown what became of it.
    let answer = if request.sender.fetch_dest == "document" {
        Answer::redirect(visit.url_of("produce", received.order.transaction.as_ref()))
    } else {
        Answer::text(200, "OK")
    };
    if request.asked.is_some() {
        // The buyer may never come back: what he paid for is delivered now.
        return Ok(answer.with_work());
    }
    // The test page's "and finish" button wants the delivery done before the answer.
    if visit.fields.flag("finish") && visit.engine.has_work(received.order.bill)? {
        return Ok(answer.after_work());
    }
    Ok(answer)
}

/// Rejects webhooks that lack the configured secret; nothing is stored.
fn open_door(visit: &Visit<'_>, gateway: &dyn Gateway) -> Result<(), Fault> {
    let Some(setting) = gateway.door() else {
        return Ok(());
    };
    let secret = visit.engine.settings()?.secret(setting);
    let brought = visit.request.secret.as_bytes();
    if secret.is_empty() || brought.ct_eq(secret.expose()).into() {
        Ok(())
    } else {
        Err(Fault::new(403, "webhook_secret_wrong"))
    }
}
