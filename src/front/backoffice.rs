//! The page for sales administrators that lists orders with their allowed moves.

use serde_json::{Value as Json, json};

use crate::domain::money::Money;
use crate::domain::permission::Permission;
use crate::domain::state::BillStatus;
use crate::engine::{Engine, Order, Outcome as Settled};

use super::Fault;
use super::answer::{Answer, Level};
use super::display::{money, money_text};
use super::order_search::Search;
use super::purchase::{Outcome, Visit};
use super::wallet::{self, Heard};

/// Refuses whoever lacks a seller's permission; a guest is asked to log in.
pub(super) fn require(visit: &Visit<'_>, permission: Permission) -> Result<(), Fault> {
    if visit.buyer.may(permission) {
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
    require(visit, Permission::Orders)?;
    let here = format!("{}{}", visit.request.wwwroot, visit.request.script);
    match visit.fields.text("what") {
        "" if drawn_by_plugin(visit) => return Ok(Answer::pass()),
        "" => {}
        // The plugin has a second word for a move that asks nothing.
        "flowchange" | "changestate" => {
            let to = BillStatus::parse(visit.fields.text("status"))
                .map_err(crate::engine::Error::from)?;
            if to == BillStatus::Payback {
                require(visit, Permission::Refunds)?;
            }
            let Some(order) = confirmed(visit)? else {
                let fields = [("what", "flowchange"), ("status", to.as_str())];
                return ask(visit, "move_confirm", Some(to), &fields, here);
            };
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
            let Some(order) = confirmed(visit)? else {
                let fields = [("what", "release")];
                return ask(visit, "release_confirm", None, &fields, here);
            };
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
        "revoke" => {
            pressed(visit)?;
            let order = named(visit, visit.engine)?;
            if let Some(seller) = visit.buyer.user.clone() {
                visit.engine.revoke_links(&order, &seller)?;
            }
            let params = [("transid", order.transaction.to_string())];
            visit.say(Level::Info, "email_links_revoked", params);
            return Ok(Answer::redirect(back(visit, here)));
        }
        "acknowledge" => {
            pressed(visit)?;
            let bill = visit.fields.number("billid").unwrap_or_default();
            if let Some(seller) = visit.buyer.user.clone() {
                visit.engine.acknowledge(bill, &seller)?;
            }
            visit.say(
                Level::Info,
                "bill_acknowledged",
                [("bill", bill.to_string())],
            );
            return Ok(Answer::redirect(back(visit, here)).with_work());
        }
        "refund" => {
            require(visit, Permission::Refunds)?;
            pressed(visit)?;
            return refund(visit, here);
        }
        command => return Err(Fault::new(400, "unknown_command").with("command", command)),
    }
    let page = u32::try_from(visit.fields.number("page").unwrap_or(0)).unwrap_or(0);
    let lang = visit.lang();
    let search = Search::of(visit);
    let may_refund = visit.buyer.may(Permission::Refunds);
    if visit.fields.text("format") == "csv" && search.is_valid() {
        return Ok(Answer::file(search.file(visit.engine)));
    }
    let mut found = if search.is_valid() {
        let first = page.saturating_mul(PER_PAGE);
        visit
            .engine
            .find_orders(&search.filter, PER_PAGE + 1, first)?
    } else {
        Vec::new()
    };
    let more = found.len() > PER_PAGE as usize;
    found.truncate(PER_PAGE as usize);
    let mut orders = Vec::new();
    for order in found {
        let summary = visit.engine.summary(&order)?;
        let moves: Vec<&str> = order
            .moves()
            .into_iter()
            .filter(|to| *to != BillStatus::Payback || may_refund)
            .map(BillStatus::as_str)
            .collect();
        orders.push(json!({
            "transid": summary.transid,
            "emissiondate": summary.emissiondate,
            "name": summary.name,
            "amount": money(summary.amount, lang),
            "status": order.state.status().as_str(),
            "paymode": order.paymode,
            "test": order.test,
            "held": order.held,
            "failed": visit.engine.failed_lines(&order)?,
            "moves": moves,
            "links": visit.engine.open_links(&order)?,
            "refund": if may_refund { refundable(visit, &order)? } else { Json::Null },
            "url": visit.url_of("bill", order.transaction.as_ref()),
        }));
    }
    let mut unpaid = visit.engine.unpaid_bills(PER_PAGE)?;
    for product in unpaid.iter_mut().flat_map(|bill| &mut bill.delivered) {
        product.label = visit.engine.words(&product.label, visit.reading());
    }
    let search = search.data(visit)?;
    let data = json!({
        "orders": orders, "unpaid": unpaid, "action": here, "page": page, "more": more, "search": search,
    });
    Ok(visit.page("bills", None, None, data))
}

/// The order that a seller's command names. What the seller has in a cart of their own is never meant.
fn named(visit: &Visit<'_>, engine: &Engine) -> Result<Order, Fault> {
    super::result::named(visit, engine, "")
}

/// A command comes from a form with the key of the session.
fn pressed(visit: &Visit<'_>) -> Result<(), Fault> {
    if visit.request.method != "POST" {
        return Err(
            Fault::new(405, "method_not_allowed").with("method", visit.request.method.as_str())
        );
    }
    visit.confirm_sesskey()
}

/// The order, if the seller has confirmed what was asked about it and it is still as it was then. `None`: they are to be asked. A link of the
/// plugin's own page carries no key of the session; our own list says `ask`.
fn confirmed(visit: &mut Visit<'_>) -> Result<Option<Order>, Fault> {
    if drawn_by_plugin(visit) && !visit.fields.has("sesskey") {
        return Ok(None);
    }
    visit.confirm_sesskey()?;
    if visit.request.method != "POST" || visit.fields.flag("ask") {
        return Ok(None);
    }
    let order = named(visit, visit.engine)?;
    if visit.fields.has("seen") && visit.fields.text("seen") != seen(&order) {
        visit.say(Level::Warning, "order_changed_meanwhile", []);
        return Ok(None);
    }
    Ok(Some(order))
}

/// What of an order a seller decides by.
fn seen(order: &Order) -> String {
    let amount = order.amount.to_decimal_string();
    let held = order.held.as_deref().unwrap_or("-");
    format!(
        "{} {amount} {} {held}",
        order.revision,
        order.state.status()
    )
}

/// Asks a seller whether they mean it, and says what it does to which order. Nothing is written: whoever follows a link has decided nothing.
fn ask(
    visit: &mut Visit<'_>,
    code: &'static str,
    to: Option<BillStatus>,
    command: &[(&str, &str)],
    here: String,
) -> Outcome {
    let looked = visit.engine.rehearse(|engine| -> Result<_, Fault> {
        let order = named(visit, engine)?;
        let summary = engine.summary(&order)?;
        Ok((order, summary))
    });
    let (order, summary) = looked?;
    let (bill, seen) = (order.bill.to_string(), seen(&order));
    let mut fields = vec![
        ("view", "viewBill"),
        ("billid", bill.as_str()),
        ("seen", seen.as_str()),
    ];
    fields.extend_from_slice(command);
    let about = json!({
        "transid": summary.transid,
        "name": summary.name,
        "amount": money(summary.amount, visit.lang()),
        "paymode": order.paymode,
        "held": order.held,
    });
    let params = json!({
        "transid": order.transaction.as_ref(),
        "from": order.state.status().as_str(),
        "to": to.map(BillStatus::as_str),
    });
    let data = json!({
        "code": code,
        "params": params,
        "about": about,
        "effect": to.map(|to| format!("move_effect_{to}")),
        "fields": fields,
        "action": here.clone(),
        "back": back(visit, here),
    });
    Ok(visit.page("confirm", None, None, data))
}

/// The seller pays back a part of an order, or all of it.
fn refund(visit: &mut Visit<'_>, here: String) -> Outcome {
    let order = named(visit, visit.engine)?;
    let Some(seller) = visit.buyer.user.clone() else {
        return Err(Fault::new(403, "staff_only"));
    };
    let to = back(visit, here);
    let read = |name: &str| {
        let text = visit.fields.text(name).replace(',', ".");
        Money::parse(&text, order.amount.currency())
    };
    let (Ok(amount), Ok(so_far)) = (read("amount"), read("sofar")) else {
        visit.say(Level::Error, "refund_amount_wrong", []);
        return Ok(Answer::redirect(to));
    };
    let reason = match visit.fields.text("reason") {
        "" => order.transaction.to_string(),
        reason => reason.to_owned(),
    };
    let heard = wallet::hear(visit, |engine| {
        engine.refund(&order, amount, so_far, &reason, &seller)
    });
    let (level, code) = match heard {
        Heard::Call(answer) => return Ok(*answer),
        Heard::Received(received) => match received.outcome {
            Settled::Waiting => (Level::Info, "refund_waiting"),
            Settled::Held(_) => (Level::Warning, "refund_held"),
            _ if visit
                .engine
                .refundings(&order)?
                .is_some_and(|known| known.granted != known.arrived) =>
            {
                (Level::Info, "refund_waiting")
            }
            _ => (Level::Info, "refund_done"),
        },
        // It is on record, and the engine asks again.
        Heard::Trouble(error) if error.status() == 503 => (Level::Warning, "refund_delayed"),
        Heard::Trouble(error) => (Level::Error, error.code()),
    };
    let transaction = order.transaction.to_string();
    let params = [
        ("transid", transaction),
        ("amount", money_text(amount, visit.lang())),
    ];
    visit.say(level, code, params);
    Ok(Answer::redirect(to).with_work())
}

/// What of an order may be paid back from here; null for nothing.
fn refundable(visit: &Visit<'_>, order: &Order) -> Result<Json, Fault> {
    let Some(known) = visit.engine.refundings(order)? else {
        return Ok(Json::Null);
    };
    let lang = visit.lang();
    let left = known
        .paid
        .minus(known.granted)
        .map_err(crate::engine::Error::from)?;
    let waits = known
        .granted
        .minus(known.arrived)
        .map_err(crate::engine::Error::from)?;
    Ok(json!({
        "left": left.is_positive().then(|| money(left, lang)),
        "sofar": known.granted.to_decimal_string(),
        "granted": known.granted.is_positive().then(|| money(known.granted, lang)),
        "waits": waits.is_positive().then(|| money(waits, lang)),
    }))
}

/// The plugin's page of bills, a path below wwwroot.
pub(crate) const PLUGINS: &str = "/local/shop/bills/view.php";

/// The engine's list of orders, a path below wwwroot.
pub(crate) const LIST: &str = "/local/shopengine/orders.php";

/// Orders on a page.
const PER_PAGE: u32 = 50;
