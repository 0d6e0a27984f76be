//! The import link: a partner's URL becomes a cart, and with autodrive the furthest step, in one redirect.

use crate::domain::arrival::Trust;
use crate::domain::autodrive::{Drive, Step, StopReason, drive};
use crate::domain::cart::Cart;
use crate::domain::import::{ImportError, ImportLink};
use crate::domain::partner::PartnerCode;
use crate::engine::{Arriving, Buyer};

use super::Fault;
use super::answer::{Answer, Level, Notice};
use super::purchase::{Outcome, Visit};
use super::request::Vouched;

pub(crate) fn answer(visit: &mut Visit<'_>) -> Outcome {
    let link = ImportLink::parse(&visit.request.query).map_err(fault)?;
    let shop = visit.open_shop(link.shop().value())?;
    // A new cart; who the buyer is stays, what he bought before does not.
    let old = std::mem::take(&mut visit.session.cart);
    visit.session.cart = Cart {
        customerinfo: old.customerinfo,
        invoiceinfo: old.invoiceinfo,
        usedistinctinvoiceinfo: old.usedistinctinvoiceinfo,
        autodrive: link.autodrive(),
        ..Cart::default()
    };
    visit.own_session()?;
    visit.begin_transaction()?;
    partner(visit, &link)?;
    visit.know_buyer()?;
    // What may be sold depends on who buys, so it comes after him.
    let result = link.resolve(&shop.catalog, visit.buyer.kind());
    visit.session.cart.order = result.order.into_iter().collect();
    let transaction = visit.session.cart.transid.clone();
    let engine = visit.engine;
    engine.note(
        transaction.as_ref(),
        &format!(
            "Import : {} objects of {} products",
            visit.session.cart.units(),
            visit.session.cart.order.len()
        ),
    );
    let more = result.notices.len().saturating_sub(MOST_NOTICES);
    for notice in result.notices.into_iter().take(MOST_NOTICES) {
        let params: Vec<String> = notice
            .params()
            .iter()
            .map(|(name, value)| format!("{name} `{value}`"))
            .collect();
        engine.note(
            transaction.as_ref(),
            &format!("Import : {} : {}", notice.code(), params.join(", ")),
        );
        visit.session.notices.push(Notice {
            level: Level::Warning,
            code: notice.code().to_owned(),
            params: notice.params().clone(),
        });
    }
    if more > 0 {
        engine.note(
            transaction.as_ref(),
            &format!("Import : {more} more notices"),
        );
        let params = [("count", more.to_string())];
        visit.say(Level::Warning, "import_more", params);
    }
    if !link.autodrive() {
        let mut url = visit.url(Step::Shop);
        if let Some(category) = link.placement().category {
            url.push_str(&format!("&category={category}"));
        }
        return Ok(Answer::redirect(url));
    }
    let situation = engine.situation(&shop, &visit.session.cart, &visit.buyer)?;
    let mut stop = drive(&shop.steps, &situation);
    // The plugin adds the cost of shipping when the customer step is passed: the summary would lack it.
    if stop.step == Step::Order && shop.settings.flag("hasshipping") {
        stop = Drive {
            step: Step::Customer,
            reason: StopReason::Shipping,
        };
    }
    engine.note(
        transaction.as_ref(),
        &format!(
            "Autodrive : stops at {}, {}",
            stop.step.as_str(),
            stop.reason.code()
        ),
    );
    let params = stop.reason.param();
    visit.say(Level::Info, stop.reason.code(), params);
    Ok(visit.go(stop.step))
}

/// Judges the partner's link, and keeps it in the cart, the ledger and the trace. Nothing of it stops a sale, and the
/// buyer sees nothing of what was wrong.
fn partner(visit: &mut Visit<'_>, link: &ImportLink) -> Result<(), Fault> {
    let Some(code) = link.partner() else {
        visit.forget_vouched();
        return Ok(());
    };
    let before = visit.session.vouched;
    let transaction = visit.session.cart.transid.clone();
    let buyer = Buyer {
        user: visit.request.user.clone(),
        ..visit.buyer.clone()
    };
    let arriving = Arriving {
        code,
        query: &visit.request.query,
        https: visit.request.https,
        referer: &visit.request.referer,
        buyer: &buyer,
        transaction: transaction.as_ref(),
        plugin_places: visit.request.plugin_places,
        plugin_shows: visit.request.plugin_shows,
    };
    // Whoever only asks where a link leads has not arrived.
    let arrival = if visit.request.method == "HEAD" {
        visit.engine.rehearse(|stage| stage.arrive(&arriving))?
    } else {
        visit.engine.arrive(&arriving)?
    };
    let word = match PartnerCode::parse(code) {
        Ok(_) if arrival.trust != Trust::Refused => "known".to_owned(),
        Ok(_) => "not credited".to_owned(),
        Err(error) => format!("not read : {error}"),
    };
    let told = format!("Partner call. Partner data : {code} ({word})");
    visit.engine.note(transaction.as_ref(), &told);
    let failed: Vec<&str> = arrival
        .failed
        .iter()
        .map(|condition| condition.code())
        .collect();
    let told = format!(
        "Partner arrival : {} {}",
        arrival.trust.as_str(),
        failed.join(", ")
    );
    visit.engine.note(transaction.as_ref(), told.trim_end());
    let vouched = arrival.account.as_ref().map(|account| Vouched {
        user: account.id,
        partner: arrival.partner,
        signed: arrival.signed,
    });
    if vouched.is_none() || vouched != before {
        visit.forget_vouched();
    }
    if vouched.is_some() {
        visit.session.vouched = vouched;
        visit.session.cart.customerinfo = Default::default();
        visit.session.cart.customerchecked = false;
        visit.know_visitor()?;
    } else if let (true, Some(email), None) = (
        arrival.trust != Trust::Refused,
        arrival.code.as_ref().and_then(PartnerCode::email),
        visit.request.user.as_ref(),
    ) {
        // It names the buyer, it does not prove him: it only saves typing.
        let info = &mut visit.session.cart.customerinfo;
        if info.email.is_empty() {
            info.email = email.to_owned();
        }
    }
    visit.session.cart.partner = arrival.code;
    visit.session.cart.uncredited = arrival.trust == Trust::Refused;
    Ok(())
}

fn fault(error: ImportError) -> Fault {
    let mut fault = Fault::new(error.http_status(), error.code());
    fault.told = error.to_string();
    fault
}

/// Notices of one import that are told one by one; the others are counted.
const MOST_NOTICES: usize = 10;
