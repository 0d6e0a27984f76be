//! Requests that the plugin may answer depending on what they are about: the payment interface that was chosen, the order that is gone on
//! with, the bill that is changed, the customer that is deleted.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::state::{BillStatus, StateError};
use crate::domain::transaction_id::TransactionId;
use crate::engine::{Engine, Error, Order};
use crate::front::purchase::Visit;
use crate::front::{Fault, Request, paymodes};

use super::EXCERPT;
use super::parameters::Parameters;

/// Why a request is refused.
#[derive(Clone, Debug, Serialize)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// Key of the language string.
    pub code: &'static str,
    /// Its values.
    pub params: BTreeMap<String, String>,
}

/// What speaks against the plugin's answer to `request`; `None` when nothing does. `check` is [`super::Decision::check`]; an
/// unknown one is refused. What cannot be looked up is refused, and traced.
#[must_use]
pub fn admit(engine: &Engine, request: &Request, check: &str) -> Option<Refusal> {
    let parameters = Parameters::read(
        &request.method,
        &request.query,
        &request.body,
        &request.content_type,
    );
    let judged = match check {
        "paymode" => paymode(engine, request, &parameters),
        "interface" => interface(engine, request, &parameters),
        "owner" => owner(engine, request, &parameters),
        "masks" => masks(engine, request, &parameters),
        "draft" => drafts(engine, &parameters).and_then(|()| draft_status(request, &parameters)),
        "customers" => customers(engine, &parameters),
        _ => Err(Fault::new(400, "request_unlisted").with("request", check)),
    };
    judged.err().map(|fault| {
        fault.trace(engine, request);
        Refusal {
            status: fault.status,
            code: fault.code,
            params: fault.params,
        }
    })
}

/// Only a payment interface that this buyer is offered for this cart may be chosen, or placed with: where the request names none, the plugin takes
/// the one of its own cart, which may have been chosen for another cart.
fn paymode(engine: &Engine, request: &Request, parameters: &Parameters) -> Result<(), Fault> {
    let word = |name: &'static str| {
        let unclear = |_| Fault::new(400, "parameter_ambiguous").with("name", name);
        parameters.word(name).map_err(unclear)
    };
    let named = word("paymode")?.text;
    let kept = request
        .shoppingcart
        .as_ref()
        .and_then(|cart| cart.get("paymode")?.as_str());
    let places = word("view")?.text == "payment";
    let chosen = if places || named.is_empty() {
        kept.unwrap_or_default()
    } else {
        &named
    };
    if chosen.is_empty() || paymodes(engine, request).contains(&chosen) {
        Ok(())
    } else {
        Err(not_allowed(chosen))
    }
}

/// A bill that the plugin goes on with has an interface that its amount allows: one for orders without a price takes no others.
fn interface(engine: &Engine, request: &Request, parameters: &Parameters) -> Result<(), Fault> {
    masks(engine, request, parameters)?;
    // Some of the plugin's pages read the one, some the other.
    let transactions = [transaction(parameters, None)?, placed(request)];
    for transaction in transactions.into_iter().flatten() {
        let bills = engine.database().query(
            "SELECT id, paymode, amount FROM {local_shop_bill} WHERE transactionid = ?",
            &[transaction.as_ref().into()],
        );
        for bill in &bills.map_err(Error::from)? {
            let paymode = bill.text("paymode").map_err(Error::from)?;
            let amount = bill.decimal("amount").map_err(Error::from)?;
            if paymode == FREE_ORDER && !amount.is_zero() {
                return Err(not_allowed(&paymode));
            }
        }
    }
    Ok(())
}

fn not_allowed(paymode: &str) -> Fault {
    let shown: String = paymode.chars().take(20).collect();
    Fault::new(403, "paymode_not_allowed").with("paymode", shown)
}

/// Only the buyer's own order is gone on with, not that of somebody whose transaction id is known. Without an order there is nothing to
/// go on with, and the plugin leads back to the shop.
fn owner(engine: &Engine, request: &Request, parameters: &Parameters) -> Result<(), Fault> {
    masks(engine, request, parameters)?;
    let mut visit = Visit::new(engine, request);
    visit.know_visitor()?;
    let Some(transaction) = transaction(parameters, visit.session.cart.transid.clone())? else {
        return Ok(());
    };
    let order = engine.visible_order(&transaction, &visit.buyer)?;
    if order.is_owned_by(&visit.buyer) {
        Ok(())
    } else {
        Err(unknown(transaction.as_ref()))
    }
}

/// The plugin's pages of an order show its buyer's data to the session that placed it. An order whose buyer is masked for this visitor is
/// not theirs to show.
fn masks(engine: &Engine, request: &Request, parameters: &Parameters) -> Result<(), Fault> {
    let mut visit = Visit::new(engine, request);
    visit.know_visitor()?;
    let transaction = transaction(parameters, placed(request))?;
    let transaction = transaction.as_ref().map_or("", AsRef::as_ref);
    let mut bills = ids(parameters, "billid")?;
    bills.push(0);
    for bill in bills {
        let orders = Order::masked(engine.database(), transaction, bill).map_err(Error::from)?;
        if orders.iter().any(|order| order.is_masked_for(&visit.buyer)) {
            return Err(Fault::new(403, "order_masked"));
        }
    }
    Ok(())
}

/// The transaction of the plugin's own cart, which it takes where the request names none.
fn placed(request: &Request) -> Option<TransactionId> {
    let id = request.shoppingcart.as_ref()?.get("transid")?.as_str()?;
    TransactionId::parse(id).ok()
}

/// The transaction that a request names, else the one of the cart.
fn transaction(
    parameters: &Parameters,
    placed: Option<TransactionId>,
) -> Result<Option<TransactionId>, Fault> {
    let unclear = |_| Fault::new(400, "parameter_ambiguous").with("name", "transid");
    match parameters.word("transid").map_err(unclear)?.text.as_str() {
        "" => Ok(placed),
        named => TransactionId::parse(named)
            .map(Some)
            .map_err(|_| unknown(named)),
    }
}

fn unknown(named: &str) -> Fault {
    Fault::from(Error::UnknownOrder {
        transaction: named.chars().take(EXCERPT).collect(),
    })
}

/// Only drafts may be changed: bills that a seller has begun by hand and nobody has ordered.
fn drafts(engine: &Engine, parameters: &Parameters) -> Result<(), Fault> {
    for bill in ids(parameters, "billid")? {
        if !engine.is_draft(bill)? {
            return Err(Fault::new(403, "bill_is_fixed"));
        }
    }
    for line in ids(parameters, "billitemid")? {
        if !engine.is_line_of_draft(line)? {
            return Err(Fault::new(403, "bill_is_fixed"));
        }
    }
    Ok(())
}

/// A draft's form gives it the statuses of the table that tell of no payment.
fn draft_status(request: &Request, parameters: &Parameters) -> Result<(), Fault> {
    if request.method != "POST" || request.script != DRAFT_FORM {
        return Ok(());
    }
    for word in parameters.all("status") {
        let to = BillStatus::parse(word).map_err(Error::from)?;
        if !to.is_for_drafts() {
            let from = BillStatus::Working;
            return Err(Error::State(StateError::MoveNotAllowed { from, to }).into());
        }
    }
    Ok(())
}

/// A customer who has a bill stays: the bill names them.
fn customers(engine: &Engine, parameters: &Parameters) -> Result<(), Fault> {
    for customer in ids(parameters, "customerid")? {
        if engine.has_bills(customer)? {
            return Err(Fault::new(403, "customer_has_bills"));
        }
    }
    Ok(())
}

/// The row ids under a name, one or an array of them. An id is its digits and nothing else; the plugin would make another number of
/// anything else. 0 stands for a row that is new.
fn ids(parameters: &Parameters, name: &'static str) -> Result<Vec<i64>, Fault> {
    let mut ids = Vec::new();
    for text in parameters.all(name) {
        let unclear = || Fault::new(400, "parameter_ambiguous").with("name", name);
        // The form for a new row leaves its number empty: the host reads 0.
        if text.is_empty() {
            continue;
        }
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(unclear());
        }
        match text.parse().map_err(|_| unclear())? {
            0 => {}
            id => ids.push(id),
        }
    }
    Ok(ids)
}

/// The plugin's interface for orders without a price.
const FREE_ORDER: &str = "freeorder";

/// The plugin's form of a draft.
const DRAFT_FORM: &str = "/local/shop/bills/edit_bill.php";
