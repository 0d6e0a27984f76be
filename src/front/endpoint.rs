//! The payment interfaces' own scripts under `paymodes/`. No session, no user: a message is believed for what it proves.

use crate::engine::Error;
use crate::gateway::{self, Channel, GatewayError, Message};

use super::Fault;
use super::answer::Answer;
use super::purchase::{Outcome, Visit};

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
    let message = Message {
        channel: endpoint.channel,
        method: &request.method,
        query: &request.query,
        body: &request.body,
        content_type: &request.content_type,
    };
    let actor = format!("gateway:{name}");
    let received = match visit.engine.receive(name, script, &message, &actor) {
        // A browser that comes back with nothing to believe is shown how things stand, if the order is its own.
        Err(Error::Gateway(_) | Error::UnknownOrder { .. })
            if endpoint.channel == Channel::Return && visit.fields.has("transid") =>
        {
            return Ok(Answer::redirect(
                visit.url_of("produce", visit.fields.text("transid")),
            ));
        }
        received => received.map_err(Fault::of_message)?,
    };
    if endpoint.channel == Channel::Return {
        return Ok(
            Answer::redirect(visit.url_of("produce", received.order.transaction.as_ref()))
                .with_work(),
        );
    }
    // The test page's "and finish" button wants the delivery done before the answer.
    if visit.fields.flag("finish")
        && !request.drained
        && visit.engine.has_work(received.order.bill)?
    {
        return Ok(Answer::drain());
    }
    Ok(Answer::text(200, "OK"))
}
