//! Pages for sales administrators: the list of orders with their allowed moves, and the trace of a transaction.

use serde_json::{Value as Json, json};

use crate::domain::state::BillStatus;
use crate::domain::transaction_id::TransactionId;
use crate::engine::Order;
use crate::trace::{Entry, Page, unescape};

use super::Fault;
use super::answer::{Answer, Level};
use super::display::money;
use super::purchase::{Outcome, Visit};

/// Everything here is for sales administrators.
pub(super) fn require_staff(visit: &Visit<'_>) -> Result<(), Fault> {
    if visit.buyer.is_staff() {
        return Ok(());
    }
    let fault = Fault::new(403, "staff_only");
    Err(if visit.buyer.user.is_some() {
        fault
    } else {
        fault.next("log_in", visit.request.login_url.clone())
    })
}

/// Is this the plugin's own page of a bill or of all bills?
fn drawn_by_plugin(visit: &Visit<'_>) -> bool {
    visit.request.shoppingcart.is_some() && visit.request.script == PLUGINS
}

/// Where a command came from: the plugin's page of the bill, or the list.
fn back(visit: &Visit<'_>, here: String) -> String {
    match visit.fields.number("billid") {
        Some(bill) if drawn_by_plugin(visit) => format!("{here}?view=viewBill&billid={bill}"),
        _ if drawn_by_plugin(visit) => format!("{here}?view=viewAllBills"),
        _ => here,
    }
}

/// The orders, and moving one.
pub(crate) fn bills(visit: &mut Visit<'_>) -> Outcome {
    require_staff(visit)?;
    let here = format!("{}{}", visit.request.wwwroot, visit.request.script);
    match visit.fields.text("what") {
        "" if drawn_by_plugin(visit) => return Ok(Answer::pass()),
        "" => {}
        // The plugin has a second word for a move that asks nothing.
        "flowchange" | "changestate" => {
            visit.confirm_sesskey()?;
            let order = super::result::visible(visit)?;
            let to = BillStatus::parse(visit.fields.text("status"))
                .map_err(crate::engine::Error::from)?;
            if let Some(seller) = visit.buyer.user.clone() {
                visit.engine.move_order(&order, to, &seller)?;
            }
            let params = [
                ("transid", order.transaction.to_string()),
                ("to", to.to_string()),
            ];
            visit.say(Level::Info, "order_moved", params);
            return Ok(Answer::redirect(back(visit, here)).with_work());
        }
        "release" => {
            visit.confirm_sesskey()?;
            let order = super::result::visible(visit)?;
            if let Some(seller) = visit.buyer.user.clone() {
                visit.engine.release(&order, &seller)?;
            }
            visit.say(
                Level::Info,
                "hold_released",
                [("transid", order.transaction.to_string())],
            );
            return Ok(Answer::redirect(back(visit, here)).with_work());
        }
        command => return Err(Fault::new(400, "unknown_command").with("command", command)),
    }
    let page = u32::try_from(visit.fields.number("page").unwrap_or(0)).unwrap_or(0);
    let lang = visit.lang();
    let mut found = visit
        .engine
        .recent_orders(PER_PAGE + 1, page.saturating_mul(PER_PAGE))?;
    let more = found.len() > PER_PAGE as usize;
    found.truncate(PER_PAGE as usize);
    let mut orders = Vec::new();
    for order in found {
        let summary = visit.engine.summary(&order)?;
        let moves: Vec<&str> = order.moves().into_iter().map(BillStatus::as_str).collect();
        orders.push(json!({
            "transid": summary.transid,
            "emissiondate": summary.emissiondate,
            "name": summary.name,
            "amount": money(summary.amount, lang),
            "status": order.state.status().as_str(),
            "paymode": order.paymode,
            "test": order.test,
            "held": order.held,
            "moves": moves,
            "url": visit.url_of("bill", order.transaction.as_ref()),
        }));
    }
    let data = json!({"orders": orders, "action": here, "page": page, "more": more});
    Ok(visit.page("bills", None, None, data))
}

/// The trace of one transaction, with the order's history and messages. The id is a text, never a pattern.
pub(crate) fn scan(visit: &mut Visit<'_>) -> Outcome {
    require_staff(visit)?;
    let named = visit.fields.text("transid").to_owned();
    let mut entries: Vec<Entry> = Vec::new();
    let (mut status, mut more, mut known) = (200, None, None);
    if !named.is_empty() {
        match TransactionId::parse(&named) {
            Ok(transaction) => {
                let from = visit
                    .fields
                    .number("from")
                    .and_then(|from| u64::try_from(from).ok())
                    .unwrap_or(0);
                let page = Page { from, limit: LINES };
                match visit.engine.trace().look_up(&transaction, page) {
                    Ok(mut found) => {
                        for entry in found.by_ref() {
                            match entry {
                                Ok(entry) => entries.push(entry),
                                Err(error) => {
                                    visit.say(Level::Error, error.code(), []);
                                    break;
                                }
                            }
                        }
                        more = found.resume_at().filter(|_| entries.len() == LINES);
                    }
                    Err(error) => {
                        status = 503;
                        visit.say(Level::Error, error.code(), []);
                    }
                }
                known = visit.engine.order_of(&transaction)?;
            }
            Err(error) => {
                status = 400;
                visit.say(
                    Level::Error,
                    error.code(),
                    [("transid", named.chars().take(40).collect())],
                );
            }
        }
    }
    let events = match &known {
        Some(order) => events(visit, order)?,
        None => Vec::new(),
    };
    let find: String = visit.fields.text("find").chars().take(40).collect();
    let number = u32::try_from(visit.fields.number("page").unwrap_or(0)).unwrap_or(0);
    let lang = visit.lang();
    let skipped = number.saturating_mul(RECENT);
    let mut found = visit.engine.find_orders(&find, RECENT + 1, skipped)?;
    let older = found.len() > RECENT as usize;
    found.truncate(RECENT as usize);
    let mut recent = Vec::new();
    for order in found {
        let summary = visit.engine.summary(&order)?;
        recent.push(json!({
            "transid": summary.transid,
            "amount": money(summary.amount, lang),
            "time": summary.emissiondate,
        }));
    }
    let action = format!("{}/local/shop/front/scantrace.php", visit.request.wwwroot);
    let data = json!({
        "action": action,
        "transid": named,
        "count": entries.len(),
        "lines": lines(&entries),
        "events": events,
        "more": more.is_some(),
        "from": more,
        "find": find,
        "recent": recent,
        "page": number,
        "older": older,
    });
    Ok(visit.page("scantrace", None, None, data).status(status))
}

/// Lines as they are shown, with their level and the milliseconds since the one before when they are many.
fn lines(entries: &[Entry]) -> Vec<Json> {
    let mut before: Option<&Entry> = None;
    let mut lines = Vec::new();
    for entry in entries {
        let span = before
            .and_then(|before| Some((before.time()?, entry.time()?)))
            .map(|(from, to)| to.duration_since(from).as_millis())
            .filter(|span| *span >= GAP);
        lines.push(json!({
            "text": unescape(&entry.to_string()),
            "level": entry.level(),
            "gap": span.and_then(|span| i64::try_from(span).ok()),
        }));
        before = Some(entry);
    }
    lines
}

/// What the database says of an order: decisions and messages, by time.
fn events(visit: &Visit<'_>, order: &Order) -> Result<Vec<Json>, Fault> {
    let mut events: Vec<(i64, Json)> = Vec::new();
    for message in visit.engine.messages(order.bill)? {
        let event = json!({
            "kind": "message", "time": message.time, "actor": message.gateway, "text": message.outcome,
            "status": message.state,
        });
        events.push((message.time, event));
    }
    for entry in visit.engine.history(order.bill)? {
        let event = json!({
            "kind": "history", "time": entry.time, "actor": entry.actor, "text": entry.text, "status": entry.to,
        });
        events.push((entry.time, event));
    }
    events.sort_by_key(|(time, _)| *time);
    Ok(events.into_iter().map(|(_, event)| event).collect())
}

/// The plugin's back office.
const PLUGINS: &str = "/local/shop/bills/view.php";

/// Orders on a page.
const PER_PAGE: u32 = 50;

/// Orders to pick from above the trace.
const RECENT: u32 = 30;

/// Milliseconds without a line that are worth a word.
const GAP: i128 = 5_000;

/// Lines on a page.
const LINES: usize = 1_000;
