//! The shop's own page: the catalogue, and the commands on the cart.

use serde_json::{Value as Json, json};

use crate::domain::autodrive::Step;
use crate::domain::cart::Cart;
use crate::domain::catalog::{Catalog, CatalogItem, Content};
use crate::domain::quantity::Quantity;
use crate::engine::{CartChange, Error, Shop};

use super::Fault;
use super::answer::{Answer, Level};
use super::display::{self, money, price};
use super::purchase::{Outcome, Visit};

pub(crate) fn answer(visit: &mut Visit<'_>, shop: &Shop) -> Outcome {
    let command = visit.fields.text("what").to_owned();
    match command.as_str() {
        "" => return page(visit, shop),
        "addunit" | "setunits" | "deleteunit" | "checkpasscode" | "clearall" | "navigate" => {
            visit.confirm_sesskey()?
        }
        _ => return Err(Fault::new(400, "unknown_command").with("command", command)),
    }
    match command.as_str() {
        "clearall" => visit.session.cart = Cart::default(),
        "navigate" => {
            if let Some(elsewhere) = visit.gate(shop, Step::PurchaseRequ)? {
                return Ok(elsewhere);
            }
            return visit.onward(shop, Step::Shop);
        }
        "checkpasscode" => unlock(visit, shop)?,
        _ => change(visit, shop, &command)?,
    }
    Ok(visit.go(Step::Shop))
}

/// What is kept of a cart beside the plugin's session, which has the rest: what its pages do not know.
pub(crate) fn beside_the_plugin(cart: &Cart) -> Cart {
    Cart {
        partner: cart.partner.clone(),
        uncredited: cart.uncredited,
        transid: cart.transid.clone(),
        unlocked: cart.unlocked.clone(),
        customerinfo: cart.customerinfo.clone(),
        usedistinctinvoiceinfo: cart.usedistinctinvoiceinfo,
        invoiceinfo: cart.invoiceinfo.clone(),
        customerchecked: cart.customerchecked,
        paymode: cart.paymode.clone(),
        ..Cart::default()
    }
}

/// Changes the units of one product. What cannot be is told, and the cart stays.
fn change(visit: &mut Visit<'_>, shop: &Shop, command: &str) -> Result<(), Fault> {
    let name = visit.fields.text("productname").to_owned();
    let Some(item) = shop.catalog.find(&name) else {
        return Err(Fault::new(404, "unknown_product").with("product", name));
    };
    let now = visit
        .session
        .cart
        .order
        .get(&item.shortname)
        .map_or(0, |quantity| quantity.units());
    let wanted = match command {
        "addunit" => now.saturating_add(1),
        "deleteunit" if visit.fields.flag("clearall") => 0,
        "deleteunit" => now.saturating_sub(1),
        _ if visit.fields.text("quant") == "0" => 0,
        _ => {
            let text = visit.fields.text("quant").to_owned();
            match Quantity::parse(&text) {
                Ok(quantity) => quantity.units(),
                Err(error) => {
                    visit.say(
                        Level::Error,
                        error.code(),
                        [("product", item.label.clone()), ("quantity", text)],
                    );
                    return Ok(());
                }
            }
        }
    };
    let Ok(quantity) = Quantity::new(wanted) else {
        visit.session.cart.set(&item.shortname, None);
        return Ok(());
    };
    match shop.sellable(&visit.session.cart, &item.shortname, quantity, &visit.buyer) {
        Ok(sellable) => {
            visit.own_session()?;
            visit.begin_transaction()?;
            visit
                .session
                .cart
                .set(&item.shortname, Some(sellable.quantity));
            if let Some(notice) = sellable.notice {
                let change = CartChange::lowered(item.label.clone(), sellable.quantity, notice);
                visit.say(Level::Warning, change.code, change.params);
            }
        }
        Err(Error::NotForSale { product, reason }) => {
            visit.say(Level::Error, reason, [("product", product)])
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// The form of a protected product's password.
fn unlock(visit: &mut Visit<'_>, shop: &Shop) -> Result<(), Fault> {
    let name = visit.fields.text("productname").to_owned();
    let item = shop
        .catalog
        .find(&name)
        .ok_or_else(|| Fault::new(404, "unknown_product").with("product", name))?;
    let (level, code) = if opens(visit, item) {
        (Level::Info, "passcode_accepted")
    } else {
        (Level::Error, "passcode_wrong")
    };
    visit.say(level, code, [("product", item.label.clone())]);
    Ok(())
}

/// The same for the script of the plugin's catalogue page, which reads `status`: `passed`, `failed` or `product error`.
pub(crate) fn passcode(visit: &mut Visit<'_>) -> Outcome {
    if visit.fields.text("service") != "shop" || visit.fields.text("what") != "checkpasscode" {
        return Ok(Answer::pass());
    }
    let shop = visit.open_shop(visit.shop_id()?)?;
    let status = match shop.catalog.find(visit.fields.text("productname")) {
        Some(item) if opens(visit, item) => "passed",
        Some(_) => "failed",
        None => "product error",
    };
    Ok(Answer::json(&json!({"status": status})))
}

/// Opens a product for this cart, if what was sent is its password.
fn opens(visit: &mut Visit<'_>, item: &CatalogItem) -> bool {
    let opens = item.opens_with(visit.fields.text("passcode"));
    if opens && !visit.session.cart.unlocked.contains(&item.shortname) {
        visit.session.cart.unlocked.push(item.shortname.clone());
    }
    opens
}

fn page(visit: &mut Visit<'_>, shop: &Shop) -> Outcome {
    let lang = visit.lang();
    let items: Vec<Json> = listed(&shop.catalog)
        .filter_map(|item| offer(visit, shop, item))
        .collect();
    let cart = if visit.session.cart.is_empty() {
        Json::Null
    } else {
        let priced = shop.price(&visit.session.cart)?;
        let (lines, totals) = display::cart(&priced, lang);
        json!({"lines": lines, "totals": totals, "count": visit.session.cart.units()})
    };
    let data = json!({"items": items, "next": !cart.is_null(), "cart": cart});
    Ok(visit.page("shop", Some(Step::Shop), Some(shop), data))
}

/// What the page lists: products and bundles, and each set followed by its elements.
fn listed(catalog: &Catalog) -> impl Iterator<Item = &CatalogItem> {
    let items = catalog.items();
    items
        .iter()
        .filter(|item| item.parent.is_none())
        .flat_map(move |item| {
            let elements = items.iter().filter(move |element| {
                let parent = element.parent.map(|parent| parent.id);
                item.content == Content::Set && parent == Some(item.id)
            });
            std::iter::once(item).chain(elements)
        })
}

/// One product on the page. One whose price cannot be computed is not shown.
fn offer(visit: &Visit<'_>, shop: &Shop, item: &CatalogItem) -> Option<Json> {
    let lang = visit.lang();
    let one = Quantity::new(1).ok()?;
    let mut single = Cart::default();
    single.set(&item.shortname, Some(one));
    let priced = shop.price(&single).ok()?;
    let zero = crate::domain::money::Money::zero(shop.currency);
    let unlocked = visit.session.cart.unlocked.contains(&item.shortname);
    let whynot = match shop.sellable(&visit.session.cart, &item.shortname, one, &visit.buyer) {
        Err(Error::NotForSale { reason, .. }) => {
            Some(json!({"code": reason, "params": {"product": item.label}}))
        }
        _ => None,
    };
    let bands: Vec<Json> = item
        .bands
        .iter()
        .map(|(upto, unit)| json!({"upto": upto, "price": price(&unit.to_string(), zero, lang)}))
        .collect();
    let protected = item.password.is_some() && !unlocked;
    Some(json!({
        "shortname": item.shortname,
        "code": item.code,
        "name": item.label,
        "description": visit.engine.rich(&item.description, visit.reading()),
        "content": item.content.as_str(),
        "elements": display::elements(item),
        "element": item.parent.is_some(),
        "price": price(&item.bands.unit_price(one).to_string(), zero, lang),
        "taxedprice": money(priced.totals.taxed(), lang),
        "bands": if bands.len() > 1 { bands } else { Vec::new() },
        "forsale": whynot.is_none(),
        "whynot": whynot,
        "quantity": visit.session.cart.order.get(&item.shortname).map_or(0, |quantity| quantity.units()),
        "max": item.ceiling(),
        "protected": protected,
    }))
}
