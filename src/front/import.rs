//! The import link: a partner's URL becomes a cart, and with autodrive the furthest step, in one redirect.

use crate::domain::autodrive::{Drive, Step, StopReason, drive};
use crate::domain::cart::Cart;
use crate::domain::import::{ImportError, ImportLink};
use crate::domain::partner::PartnerCode;

use super::Fault;
use super::answer::{Answer, Level, Notice};
use super::purchase::{Outcome, Visit};

pub(crate) fn answer(visit: &mut Visit<'_>) -> Outcome {
    let link = ImportLink::parse(&visit.request.query).map_err(fault)?;
    let shop = visit.open_shop(link.shop().value())?;
    let result = link.resolve(&shop.catalog, visit.buyer.kind());
    // A new cart; who the buyer is stays, what he bought before does not.
    let old = std::mem::take(&mut visit.session.cart);
    visit.session.cart = Cart {
        customerinfo: old.customerinfo,
        invoiceinfo: old.invoiceinfo,
        usedistinctinvoiceinfo: old.usedistinctinvoiceinfo,
        autodrive: link.autodrive(),
        order: result.order.into_iter().collect(),
        ..Cart::default()
    };
    visit.own_session()?;
    visit.begin_transaction()?;
    partner(visit, &link)?;
    visit.know_buyer()?;
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
    for notice in result.notices {
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

/// Keeps the partner's code in the cart and in the trace. A code that cannot be read never stops a sale.
fn partner(visit: &mut Visit<'_>, link: &ImportLink) -> Result<(), Fault> {
    let Some(code) = link.partner() else {
        return Ok(());
    };
    let transaction = visit.session.cart.transid.clone();
    let told = match PartnerCode::parse(code) {
        Ok(code) => {
            let known = visit.engine.partner(code.key().as_str())?.is_some();
            // His e-mail names the buyer, it does not prove him: it only saves typing.
            if let (true, Some(email), None) = (known, code.email(), visit.buyer.user.as_ref())
                && visit.session.cart.customerinfo.email.is_empty()
            {
                visit.session.cart.customerinfo.email = email.to_owned();
            }
            let told = if known {
                "known"
            } else {
                "not registered or disabled, not credited"
            };
            let text = format!("Partner call. Partner data : {code} ({told})");
            visit.session.cart.partner = Some(code);
            text
        }
        Err(error) => format!("Partner call. Partner data : {code} (not read : {error})"),
    };
    visit.engine.note(transaction.as_ref(), &told);
    Ok(())
}

fn fault(error: ImportError) -> Fault {
    let mut fault = Fault::new(error.http_status(), error.code());
    fault.told = error.to_string();
    fault
}
