//! The summary, the choice of the payment interface, placement, and the payment page.

use serde_json::{Value as Json, json};

use crate::domain::autodrive::Step;
use crate::domain::state::Payment;
use crate::domain::transaction_id::TransactionId;
use crate::engine::{
    Bought, Error, Order, OrderLine, Outcome as Settled, Placement, PricedCart, Shop,
};
use crate::gateway::{self, Channel, Message, Payable, PayableLine};

use super::Fault;
use super::answer::{Answer, Level};
use super::display;
use super::purchase::{Outcome, Visit};
use super::shown::{shown_total, summary_digest, was_shown};
use super::wallet::{self, Put};

/// The order step.
pub(crate) fn summary(visit: &mut Visit<'_>, shop: &Shop) -> Outcome {
    let command = visit.fields.text("what").to_owned();
    match command.as_str() {
        "" => {}
        "navigate" => {
            visit.confirm_sesskey()?;
            if visit.fields.flag("back") {
                return Ok(visit.back(shop, Step::Order));
            }
            if let Some(elsewhere) = visit.gate(shop, Step::Order)? {
                return Ok(elsewhere);
            }
            return place(visit, shop);
        }
        _ => return Err(Fault::new(400, "unknown_command").with("command", command)),
    }
    if let Some(elsewhere) = visit.gate(shop, Step::Order)? {
        return Ok(elsewhere);
    }
    summary_page(visit, shop)
}

fn place(visit: &mut Visit<'_>, shop: &Shop) -> Outcome {
    let eulas = eulas(visit, shop);
    if !eulas.is_empty() && !visit.fields.flag("agreeeula") && !visit.session.cart.eulasapproved {
        visit.say(Level::Error, "eula_required", []);
        return Ok(summary_page(visit, shop)?.status(422));
    }
    let amount = shop.price(&visit.session.cart)?.totals.taxed();
    let free = amount.is_zero();
    // The amount placed is the amount shown: a price that changed meanwhile is shown before it is placed.
    let shown = shown_total(visit);
    if !shown.is_empty() && shown != amount.to_decimal_string() {
        visit.say(
            Level::Warning,
            "total_changed",
            [("amount", display::money_text(amount, visit.lang()))],
        );
        return Ok(summary_page(visit, shop)?.status(409));
    }
    if !was_shown(visit, shop)? {
        visit.say(Level::Warning, "cart_changed", []);
        visit.session.summary = Some(summary_digest(visit, shop)?);
        return Ok(summary_page(visit, shop)?.status(409));
    }
    let paymode = match visit.fields.text("paymode") {
        "" if free => "freeorder",
        "" => {
            visit.say(Level::Error, "paymode_required", []);
            return Ok(summary_page(visit, shop)?.status(422));
        }
        posted => posted,
    }
    .to_owned();
    visit.own_session()?;
    visit.begin_transaction()?;
    let placement = Placement {
        shop,
        cart: &visit.session.cart,
        buyer: &visit.buyer,
        paymode: &paymode,
        block: visit.block(),
        lang: visit.reading(),
    };
    match visit.engine.place(&placement) {
        Ok(placed) => {
            if let Some(bought) = placed.bought {
                return Ok(already_bought(visit, &placed.transid, bought));
            }
            visit.session.awaited = Some(placed.transid.clone());
            visit.session.summary = None;
            visit.session.cart.eulasapproved = !eulas.is_empty();
            visit.session.cart.paymode = Some(placed.paymode);
            visit.session.cart.transid = Some(placed.transid);
            Ok(visit.go(Step::Payment))
        }
        Err(Error::AlreadyPlaced {
            transaction,
            status,
        }) => {
            visit.session.cart = Default::default();
            visit.say(
                Level::Info,
                "already_placed",
                [
                    ("transid", transaction.clone()),
                    ("status", status.to_owned()),
                ],
            );
            Ok(Answer::redirect(visit.url_of("produce", &transaction)))
        }
        Err(error @ Error::PaymodeNotAllowed { .. }) => {
            Err(Fault::from(error).next("choose_another_paymode", visit.url(Step::Order)))
        }
        Err(error) => Err(error.into()),
    }
}

/// What a buyer owns is not charged: he goes where it is. The address is the seller's word in the catalogue, never the request's.
pub(crate) fn already_bought(
    visit: &mut Visit<'_>,
    order: &TransactionId,
    bought: Bought,
) -> Answer {
    if visit.session.cart.transid.as_ref() == Some(order) {
        visit.session.cart = Default::default();
    }
    let url = bought.url.clone();
    let params = owned_params(visit, bought);
    visit.say(Level::Info, "already_bought", params);
    Answer::redirect(url)
}

/// Tells the buyer what of his cart he owns already.
pub(crate) fn tell_owned(visit: &mut Visit<'_>, shop: &Shop) -> Result<(), Fault> {
    let owned = visit
        .engine
        .owned_in_cart(shop, &visit.session.cart, &visit.buyer)?;
    let (level, code) = match visit.session.cart.order.len() {
        1 if !visit.request.plugin_places => (Level::Info, "owned_alone"),
        _ => (Level::Warning, "owned_in_cart"),
    };
    for (_, bought) in owned {
        visit.say(level, code, owned_params(visit, bought));
    }
    Ok(())
}

fn summary_page(visit: &mut Visit<'_>, shop: &Shop) -> Outcome {
    let lang = visit.lang();
    tell_owned(visit, shop)?;
    let priced = shop.price(&visit.session.cart)?;
    let amount = priced.totals.taxed();
    let (lines, totals) = display::cart(&priced, lang);
    let chosen = visit.session.cart.paymode.clone();
    let offered = shop.paymodes(
        amount,
        &visit.buyer,
        &visit.session.cart.customerinfo.country,
    );
    let fallback = offered.first().map(|gateway| gateway.name());
    let selected = offered
        .iter()
        .map(|gateway| gateway.name())
        .find(|name| Some(*name) == chosen.as_deref())
        .or(fallback);
    let paymodes: Vec<Json> = offered
        .iter()
        .map(
            |gateway| json!({"name": gateway.name(), "selected": Some(gateway.name()) == selected}),
        )
        .collect();
    let cart = &visit.session.cart;
    let data = json!({
        "lines": lines,
        "totals": totals,
        "customer": cart.customerinfo,
        "masked": visit.buyer.by_unsigned_link,
        "invoice": cart.usedistinctinvoiceinfo.then_some(&cart.invoiceinfo),
        "paymodes": paymodes,
        "eulas": eulas(visit, shop),
        "free": amount.is_zero(),
        "opens": opens(&priced),
    });
    Ok(visit.page("order", Some(Step::Order), Some(shop), data))
}

/// Where placing may lead at once: to the one product's address, when its buyer owns it.
fn opens(priced: &PricedCart<'_>) -> Option<String> {
    match priced.items.as_slice() {
        [(item, _)] => item.fulfillment.url.as_ref().map(ToString::to_string),
        _ => None,
    }
}

/// What a notice says of an article that the buyer owns.
fn owned_params(visit: &Visit<'_>, bought: Bought) -> [(&'static str, String); 2] {
    let product = visit.engine.words(&bought.product, visit.reading());
    [("product", product), ("url", bought.url)]
}

/// The conditions of sale of the shop and of the products in the cart.
fn eulas(visit: &Visit<'_>, shop: &Shop) -> Vec<Json> {
    let products = visit
        .session
        .cart
        .order
        .keys()
        .filter_map(|name| shop.catalog.find(name));
    let products = products.filter_map(|item| Some((item.label.as_str(), item.eula.as_deref()?)));
    std::iter::once((shop.label.as_str(), shop.eula.as_str()))
        .chain(products)
        .filter(|(_, text)| !text.trim().is_empty())
        .map(|(label, text)| json!({"label": label, "text": visit.engine.rich(text, visit.reading())}))
        .collect()
}

/// The payment step: the widget of the order's payment interface, and what the buyer presses there.
pub(crate) fn payment(visit: &mut Visit<'_>) -> Outcome {
    let Some(order) = order_of(visit)? else {
        let shop = visit.open_shop(visit.shop_id()?)?;
        visit.refresh(&shop)?;
        return Ok(match visit.gate(&shop, Step::Order)? {
            Some(elsewhere) => elsewhere,
            None => visit.go(Step::Order),
        });
    };
    let shop = visit.open_shop(order.shop)?;
    match visit.fields.text("what") {
        // The plugin's own links place here; what was to be placed has been.
        "" | "place" => {}
        "navigate" => {
            visit.confirm_sesskey()?;
            if visit.fields.flag("back") {
                return Ok(visit.back(&shop, Step::Payment));
            }
            if let Some(bought) = visit.engine.already_bought(&order, &visit.buyer)? {
                return Ok(already_bought(visit, &order.transaction, bought));
            }
            return pay(visit, &order);
        }
        command => return Err(Fault::new(400, "unknown_command").with("command", command)),
    }
    // He may have bought it since, elsewhere. Whoever only asks what would be said closes nothing.
    if visit.request.method != "HEAD"
        && let Some(bought) = visit.engine.already_bought(&order, &visit.buyer)?
    {
        return Ok(already_bought(visit, &order.transaction, bought));
    }
    if !order.state.awaits_payment() {
        return Ok(Answer::redirect(
            visit.url_of("produce", order.transaction.as_ref()),
        ));
    }
    payment_page(visit, &shop, &order)
}

/// The order that the request names, else the one of the cart, if it is the buyer's.
fn order_of(visit: &Visit<'_>) -> Result<Option<Order>, Fault> {
    let named = visit.fields.text("transid");
    if !named.is_empty() {
        let unknown = || Error::UnknownOrder {
            transaction: named.chars().take(40).collect(),
        };
        let transaction = TransactionId::parse(named).map_err(|_| unknown())?;
        return Ok(Some(
            visit.engine.visible_order(&transaction, &visit.buyer)?,
        ));
    }
    let Some(transaction) = &visit.session.cart.transid else {
        return Ok(None);
    };
    match visit.engine.visible_order(transaction, &visit.buyer) {
        Ok(order) => Ok(Some(order)),
        Err(Error::UnknownOrder { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The buyer's press on his payment page is a message like any other, from a sender who is known.
fn pay(visit: &mut Visit<'_>, order: &Order) -> Outcome {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.append_pair("transid", order.transaction.as_ref());
    // What only staff may do goes another way than what a buyer does.
    let simulated = visit.fields.has("simulate") && visit.buyer.is_staff();
    if simulated {
        body.append_pair("simulate", visit.fields.text("simulate"));
    }
    for name in ["revision", "pay", "delayed"] {
        if visit.fields.has(name) {
            body.append_pair(name, visit.fields.text(name));
        }
    }
    let body = body.finish();
    let message = Message {
        channel: if simulated {
            Channel::Seller
        } else {
            Channel::Buyer
        },
        method: "POST",
        query: b"",
        body: body.as_bytes(),
        content_type: "application/x-www-form-urlencoded",
    };
    let actor = if order.is_owned_by(&visit.buyer) {
        "buyer"
    } else {
        "staff"
    };
    let received = visit
        .engine
        .receive(&order.paymode, "view", &message, actor)
        .map_err(Fault::of_message)?;
    match received.outcome {
        Settled::Ignored("older_revision") => {
            visit.say(Level::Warning, "page_outdated", []);
            return Ok(Answer::redirect(
                visit.url_of("payment", order.transaction.as_ref()),
            ));
        }
        Settled::Held("older_revision") => visit.say(Level::Warning, "older_revision", []),
        Settled::Held(_) => visit.say(Level::Warning, "payment_held", []),
        Settled::Ignored("paymode_not_allowed") => {
            let error = Error::PaymodeNotAllowed {
                paymode: order.paymode.clone(),
            };
            return Err(Fault::from(error).next("choose_another_paymode", visit.url(Step::Order)));
        }
        _ => {}
    }
    Ok(Answer::redirect(
        visit.url_of("produce", order.transaction.as_ref()),
    ))
}

fn payment_page(visit: &mut Visit<'_>, shop: &Shop, order: &Order) -> Outcome {
    let lang = visit.lang();
    let gateway = gateway::by_name(&order.paymode).ok_or_else(|| Error::PaymodeNotAllowed {
        paymode: order.paymode.clone(),
    })?;
    if let (Payment::Pending, Some(bought)) = (
        order.state.payment(),
        visit.engine.owned(order, &visit.buyer)?,
    ) {
        let params = owned_params(visit, bought);
        visit.say(Level::Warning, "owned_announced", params);
    }
    let view = visit.engine.view_for(order, &visit.buyer)?;
    let customer = visit.to_fill_in(order, &view);
    let attempt = visit.engine.attempt(order, gateway, &shop.settings)?;
    let after;
    visit.own_session()?;
    let session = visit.buyer.session_id();
    let page = visit.url_of("produce", order.transaction.as_ref());
    let fulfillment = order.fulfillment.or_page(&page);
    let wwwroot = &visit.request.wwwroot;
    let (staff, now) = (visit.buyer.is_staff(), visit.engine.now());
    let elsewhere = visit.url(Step::Order);
    let refused =
        |error: Error| Fault::of_message(error).next("choose_another_paymode", elsewhere.clone());
    // What is sent stays the same whatever language the page is in.
    let seller = visit.engine.shop_name(shop.id, &order.lang)?;
    let mut payable = Payable {
        transaction: &order.transaction,
        revision: order.revision,
        amount: order.amount,
        shopid: shop.id,
        shop: &seller,
        lines: view.lines.iter().map(payable_line).collect(),
        customer: &customer,
        fulfillment: &fulfillment,
        session: &session,
        wwwroot,
        lang,
        attempt: attempt.as_ref(),
        staff,
        now,
    };
    let request = gateway
        .request(&payable, &shop.settings)
        .map_err(|error| refused(error.into()))?;
    let mut status = 200;
    // Whoever only asks what would be said puts nothing anywhere.
    if let (Some(request), Some(tried), true) = (request, &attempt, visit.request.method != "HEAD")
    {
        match wallet::put(visit, order, gateway, tried, &request)? {
            Put::Elsewhere(answer) => return Ok(*answer),
            Put::There => {}
            Put::Trouble(error) if error.status() == 503 => {
                status = 503;
                visit.say(Level::Warning, error.code(), []);
            }
            Put::Trouble(error) => return Err(refused(error)),
        }
        after = visit.engine.last_attempt(order, gateway.name())?;
        payable.attempt = after.as_ref();
    }
    let mut widget = wallet::widget(visit, order, gateway, &payable, &shop.settings)
        .map_err(|error| refused(error.into()))?;
    if let Some(amount) = widget
        .instructions
        .as_mut()
        .and_then(|text| text.params.get_mut("amount"))
    {
        *amount = display::money_text(order.amount, lang);
    }
    let data = json!({
        "order": display::order(&view, lang),
        "widget": wallet::widget_data(visit, &order.transaction, gateway, &widget),
        "free": order.amount.is_zero(),
        "back": elsewhere,
        "opens": order.fulfillment.url(),
    });
    let page = visit.page("payment", Some(Step::Payment), Some(shop), data);
    Ok(page.status(status))
}

fn payable_line(line: &OrderLine) -> PayableLine {
    PayableLine {
        label: line.label.clone(),
        quantity: line.quantity,
        untaxed: line.untaxed,
        taxes: line.taxes,
        taxed: line.taxed,
    }
}
