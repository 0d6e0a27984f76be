//! The summary as the buyer has seen it, compared with what they order: the cart may have changed since the page was drawn.

use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::domain::signature::hex;
use crate::engine::Shop;

use super::Fault;
use super::purchase::Visit;
use super::sender::Provenance;
use super::shoppingcart::printable;

/// The amount that the buyer saw: their form names it, or the plugin's page drew it from the shared cart; '' when unknown.
pub(super) fn shown_total(visit: &Visit<'_>) -> String {
    let drawn = || {
        let cart = visit.request.shoppingcart.as_ref()?;
        cart.get("finaltaxedtotal")?.as_str().map(str::to_owned)
    };
    match visit.fields.text("total") {
        "" => drawn().unwrap_or_default(),
        posted => posted.to_owned(),
    }
}

/// The plugin is about to draw the summary: what it shows is remembered, to be compared with what is ordered. A page of another site
/// cannot have another summary remembered than the one that the buyer has before them.
pub(super) fn remember_summary(visit: &mut Visit<'_>, shop: &Shop) -> Result<(), Fault> {
    let foreign = visit.request.sender.provenance(&visit.request.method) == Provenance::Foreign;
    if visit.session.summary.is_none() || !foreign {
        visit.session.summary = Some(summary_digest(visit, shop)?);
    }
    Ok(())
}

/// Has the buyer seen all of what they order? The plugin's form carries no more than its own fields, and its cart may have been changed
/// since the page was drawn. Our own form carries the total, and nothing changes our cart without the session's key.
pub(super) fn was_shown(visit: &Visit<'_>, shop: &Shop) -> Result<bool, Fault> {
    if visit.request.shoppingcart.is_none() {
        return Ok(true);
    }
    let now = summary_digest(visit, shop)?;
    Ok(visit.session.summary.as_deref() == Some(now.as_str()))
}

/// SHA-256 of what a summary stands for: products, units, amounts, data, seats, buyer.
pub(super) fn summary_digest(visit: &Visit<'_>, shop: &Shop) -> Result<String, Fault> {
    let cart = &visit.session.cart;
    let content = json!([
        cart.order,
        shop.price(cart)?.totals,
        cart.customerdata,
        cart.users,
        printable(&cart.customerinfo),
        cart.usedistinctinvoiceinfo
            .then(|| printable(&cart.invoiceinfo)),
    ]);
    Ok(hex(&Sha256::digest(content.to_string())))
}
