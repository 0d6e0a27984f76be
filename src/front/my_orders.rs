//! The buyer's own list of orders.

use serde_json::{Value as Json, json};

use super::Fault;
use super::display::money;
use super::purchase::{Outcome, Visit};

/// Path of the page below wwwroot.
pub(crate) const SCRIPT: &str = "/local/shopengine/myorders.php";

/// The orders of whoever has logged in. A partner's word is not enough: what an account bought before is its owner's to see.
pub(crate) fn answer(visit: &mut Visit<'_>) -> Outcome {
    let here = format!("{}{SCRIPT}", visit.request.wwwroot);
    let Some(user) = visit.request.user.as_ref().map(|user| user.id) else {
        return Err(Fault::new(403, "my_orders_log_in").next("log_in", visit.login_url(&here)));
    };
    let page = u32::try_from(visit.fields.number("page").unwrap_or(0)).unwrap_or(0);
    let lang = visit.lang();
    let mut found =
        visit
            .engine
            .orders_of_account(user, PER_PAGE + 1, page.saturating_mul(PER_PAGE))?;
    let more = found.len() > PER_PAGE as usize;
    found.truncate(PER_PAGE as usize);
    let mut orders = Vec::with_capacity(found.len());
    for order in found {
        let summary = visit.engine.summary(&order)?;
        let transid = order.transaction.as_ref();
        let to = |view: &str, wanted: bool| -> Json {
            if wanted {
                visit.url_of(view, transid).into()
            } else {
                Json::Null
            }
        };
        orders.push(json!({
            "transid": transid,
            "emissiondate": summary.emissiondate,
            "amount": money(summary.amount, lang),
            "status": order.state.status().as_str(),
            "paymode": order.paymode,
            "test": order.test,
            "url": to("bill", true),
            "invoice": to("invoice", order.state.is_paid()),
            "payurl": to("payment", order.state.awaits_payment()),
            "opens": to("produce", order.is_open()),
        }));
    }
    let data = json!({"orders": orders, "action": here, "page": page, "more": more});
    Ok(visit.page("myorders", None, None, data))
}

/// Orders on a page.
const PER_PAGE: u32 = 25;
