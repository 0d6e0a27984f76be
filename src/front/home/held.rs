//! What waits for a seller: the orders on hold, each with what is to be done about it, and bills that were sold without a payment.

use serde_json::{Value as Json, json};

use crate::engine::OrderFilter;
use crate::front::Fault;
use crate::front::display::money;
use crate::front::purchase::Visit;

use super::address;

/// The newest orders on hold, of the test mode too.
pub(super) fn data(visit: &Visit<'_>, list: &str) -> Result<Json, Fault> {
    let filter = OrderFilter {
        held: true,
        ..OrderFilter::default()
    };
    let mut found = visit.engine.find_orders(&filter, SHOWN + 1, 0)?;
    let more = found.len() > SHOWN as usize;
    found.truncate(SHOWN as usize);
    let mut orders = Vec::new();
    for order in &found {
        let summary = visit.engine.summary(order)?;
        let reason = order.held.as_deref().unwrap_or_default();
        orders.push(json!({
            "transid": summary.transid,
            "emissiondate": summary.emissiondate,
            "name": summary.name,
            "amount": money(summary.amount, visit.lang()),
            "status": order.state.status().as_str(),
            "test": order.test,
            "reason": reason,
            "todo": todo(reason),
            "url": visit.url_of("bill", order.transaction.as_ref()),
            "act": address(list, &vec![("find", summary.transid.clone())]),
        }));
    }
    let unpaid = visit.engine.count_unpaid_bills()?;
    Ok(json!({
        "orders": orders,
        "more": more,
        "url": address(list, &vec![("held", "1".to_owned())]),
        "unpaid": {"count": unpaid, "url": list},
    }))
}

/// The sentence that says what to do about a hold. The reasons that are not here say it themselves.
fn todo(reason: &str) -> Option<&'static str> {
    Some(match reason {
        "amount_mismatch"
        | "currency_mismatch"
        | "older_revision"
        | "other_paymode"
        | "paymode_not_allowed"
        | "custom_mismatch" => "hold_todo_payment",
        "order_closed" => "hold_todo_closed",
        "refund_of_held_payment" => "hold_todo_confirmed",
        "paid_twice" => "hold_todo_paid_twice",
        "merchant_mismatch" | "mode_mismatch" => "hold_todo_account",
        "payment_needs_seller" | "payment_unclear" | "payment_unreadable" | "payment_withdrawn" => {
            "hold_todo_interface"
        }
        "payment_reversed" => "hold_todo_reversed",
        "partial_refund" => "hold_todo_partial_refund",
        "delivery_failed" => "hold_todo_delivery",
        "oversold" => "hold_todo_oversold",
        "account_exists" | "delivery_uncertain" => return None,
        bill if bill.starts_with("bill_") => return None,
        _ => "hold_todo_other",
    })
}

/// Orders on the page.
const SHOWN: u32 = 20;
