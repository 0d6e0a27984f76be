//! After the payment: what became of the order, the bill, the invoice. For the owner, and sales administrators.

use serde_json::{Value as Json, json};

use crate::domain::autodrive::Step;
use crate::domain::state::{Fulfilment, Payment};
use crate::domain::transaction_id::TransactionId;
use crate::engine::{Engine, Error, Order, OrderView};

use super::Fault;
use super::answer::{Answer, Level, Notice};
use super::display;
use super::purchase::{Outcome, Visit};
use super::request::Fields;
use super::wallet;

/// The order that the request names, or that the session is about, if the buyer may see it.
pub(crate) fn visible(visit: &Visit<'_>) -> Result<Order, Fault> {
    let cart = visit.session.cart.transid.as_ref();
    named(visit, visit.engine, cart.map_or("", |cart| cart.as_ref()))
}

/// The order that the request names, else the one of `other`, if the buyer may see it.
pub(super) fn named(visit: &Visit<'_>, engine: &Engine, other: &str) -> Result<Order, Fault> {
    // The plugin's back office names bills by number.
    let bill = visit
        .fields
        .number("billid")
        .filter(|_| visit.buyer.is_staff());
    let named = match (visit.fields.text("transid"), bill) {
        ("", None) => other,
        (named, _) => named,
    };
    let unknown = || {
        let fault = Fault::from(Error::UnknownOrder {
            transaction: named.chars().take(40).collect(),
        });
        if visit.buyer.user.is_some() {
            fault
        } else {
            fault.next("log_in", visit.request.login_url.clone())
        }
    };
    if let ("", Some(bill)) = (named, bill) {
        return engine.order_of_bill(bill)?.ok_or_else(unknown);
    }
    let transaction = TransactionId::parse(named).map_err(|_| unknown())?;
    match engine.visible_order(&transaction, &visit.buyer) {
        Err(Error::UnknownOrder { .. }) => Err(unknown()),
        found => Ok(found?),
    }
}

/// Where the buyer comes back to: delivers what is due, and says how things stand.
pub(crate) fn produce(visit: &mut Visit<'_>) -> Outcome {
    let order = visible(visit)?;
    if !visit.request.drained && visit.engine.has_work(order.bill)? {
        return Ok(Answer::drain());
    }
    let shop = visit.open_shop(order.shop)?;
    // Back from where he paid, before the gateway said so: that he should pay is the last thing to tell him.
    let confirming = visit.fields.flag("confirming") && order.state.payment() == Payment::Due;
    let same_cart = visit.session.cart.transid.as_ref() == Some(&order.transaction);
    let (level, code) = match order.state.payment() {
        Payment::Paid if order.amount.is_zero() && order.state.fulfilment() == Fulfilment::Done => {
            (Level::Info, "produce_free")
        }
        // No money was moved: nothing was received.
        Payment::Paid if order.test && order.state.fulfilment() == Fulfilment::Done => {
            (Level::Info, "produce_test_complete")
        }
        Payment::Paid if order.test => (Level::Info, "produce_test_paid"),
        Payment::Paid if order.state.fulfilment() == Fulfilment::Done => {
            (Level::Info, "produce_complete")
        }
        Payment::Paid => (Level::Info, "produce_paid"),
        Payment::Pending => (Level::Info, "produce_pending"),
        Payment::Refused => (Level::Warning, "produce_refused"),
        Payment::Failed => (Level::Warning, "produce_failed"),
        Payment::Cancelled if order.is_already_bought() => (Level::Info, "produce_already_bought"),
        Payment::Cancelled => (Level::Warning, "produce_cancelled"),
        Payment::Refunded => (Level::Info, "produce_refunded"),
        Payment::Due if confirming => (Level::Info, "produce_confirming"),
        _ => (Level::Info, "produce_due"),
    };
    if same_cart
        && !matches!(
            order.state.payment(),
            Payment::Due | Payment::Refused | Payment::Failed
        )
    {
        visit.session.cart = Default::default();
    }
    let lang = visit.lang();
    let view = visit.engine.view_for(&order, &visit.buyer)?;
    let opens = opens(visit, &order, &view);
    let params = [
        ("transid", order.transaction.to_string()),
        ("amount", display::money_text(order.amount, lang)),
        ("email", view.customer.email.clone()),
    ];
    let data = json!({
        "order": order_data(visit, &order, &view)?,
        "message": Notice::new(level, code, params),
        // Whoever only says who they are is not told what an account was given.
        "goods": order.is_open() && !visit.buyer.by_unsigned_link,
        "printurl": print_url(visit, &order, None),
        "refund": wallet::pickup(visit, &order)?,
        "opens": opens,
        "payurl": (order.state.awaits_payment() && !confirming).then(|| visit.url_of("payment", order.transaction.as_ref())),
    });
    Ok(visit.page("produce", Some(Step::Produce), Some(&shop), data))
}

/// Where the buyer is taken once, when he sees for the first time that the order he placed is paid: the address, and after how many
/// seconds. It is what was stored with the order.
fn opens(visit: &mut Visit<'_>, order: &Order, view: &OrderView) -> Option<Json> {
    let awaited = visit.session.awaited.as_ref() == Some(&order.transaction);
    if !awaited || order.state.awaits_payment() {
        return None;
    }
    visit.session.awaited = None;
    // A link that is not shown (the payment was taken back) is not followed either.
    let url = order.fulfillment.url()?;
    let shown = view.links.iter().any(|link| link.url == url);
    (order.state.is_paid() && shown).then(|| json!({"url": url, "seconds": SECONDS}))
}

/// The bill or the invoice as a page of the shop.
pub(crate) fn page(visit: &mut Visit<'_>, page: &'static str) -> Outcome {
    read(visit, page, false)
}

/// The same to be printed.
pub(crate) fn popup(visit: &mut Visit<'_>, page: &'static str) -> Outcome {
    read(visit, page, true)
}

/// Shows an order to its owner, to sellers, and to the holder of an email's token.
fn read(visit: &mut Visit<'_>, page: &'static str, popup: bool) -> Outcome {
    let refused = match visible(visit) {
        Ok(order) => return show(visit, &order, page, popup, None),
        Err(fault) => fault,
    };
    let Some(token) = Fields::link_token(visit.request) else {
        return Err(refused);
    };
    let Ok(transaction) = TransactionId::parse(visit.fields.text("transid")) else {
        return Err(refused);
    };
    match visit.engine.order_by_link(&transaction, &token) {
        Ok(order) => {
            // Scanners and previews open links too: nothing is kept of the visit.
            let session = visit.session.clone();
            let answer = show(visit, &order, page, popup, Some(&token));
            visit.session = session;
            answer
        }
        Err(Error::UnknownOrder { .. }) => Err(refused),
        Err(error @ (Error::LinkExpired | Error::LinkRevoked)) => {
            let back = visit.url_of("bill", transaction.as_ref());
            Err(Fault::from(error).next("log_in", visit.login_url(&back)))
        }
        Err(error) => Err(error.into()),
    }
}

/// `token`: what its holder may read and nothing else; null for those who may see the order anyway.
fn show(
    visit: &mut Visit<'_>,
    order: &Order,
    page: &'static str,
    popup: bool,
    token: Option<&str>,
) -> Outcome {
    // What is not paid is no invoice.
    let page = if order.state.is_paid() || order.state.payment() == Payment::Refunded {
        page
    } else {
        "bill"
    };
    visit.open_shop(order.shop)?;
    let view = visit.engine.view_for(order, &visit.buyer)?;
    let data = json!({
        "order": order_data(visit, order, &view)?,
        "popup": popup,
        "refund": if popup || token.is_some() { Json::Null } else { wallet::pickup(visit, order)? },
        "printurl": print_url(visit, order, token),
    });
    Ok(visit.page(page, None, None, data))
}

/// An order for its page, with the legal mentions of its catalogue. The history is written for the seller: a buyer is told by the page's own words.
fn order_data(visit: &Visit<'_>, order: &Order, view: &OrderView) -> Result<Json, Fault> {
    let mut data = display::order(view, visit.lang());
    let (catalog, footer) = visit.engine.bill_footer(order)?;
    if let Some(data) = data.as_object_mut() {
        let footer = visit.engine.rich(&footer, visit.reading());
        data.insert(
            "footer".to_owned(),
            json!({"catalog": catalog, "text": footer}),
        );
        if !visit.buyer.is_staff() {
            data.insert("history".to_owned(), Json::Array(Vec::new()));
        }
    }
    Ok(data)
}

fn print_url(visit: &Visit<'_>, order: &Order, token: Option<&str>) -> String {
    let script = if order.state.is_paid() {
        "bill"
    } else {
        "order"
    };
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("transid", order.transaction.as_ref())
        .extend_pairs(token.map(|token| ("token", token)))
        .finish();
    format!(
        "{}/local/shop/front/{script}.popup.php?{query}",
        visit.request.wwwroot
    )
}

/// Long enough to read that the order is paid.
const SECONDS: u32 = 5;
