//! A cart becomes lines with amounts: the one computation of what is shown, placed, charged and invoiced.

use std::collections::BTreeMap;

use crate::domain::autodrive::{BuyerState, Situation};
use crate::domain::cart::Cart;
use crate::domain::catalog::{CatalogItem, Notice, Sellable};
use crate::domain::quantity::Quantity;
use crate::domain::totals::{LineInput, LineKind, Totals};

use super::buyer::belongs_to_another;
use super::{Buyer, Engine, Error, Result, Shop};

/// The cart's products with their amounts.
#[derive(Debug)]
pub struct PricedCart<'a> {
    /// Products in the order of the lines.
    pub items: Vec<(&'a CatalogItem, Quantity)>,
    /// Amounts.
    pub totals: Totals,
}

/// What the catalogue did to a cart, as a sentence for the buyer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CartChange {
    /// Stable code, also the key of the language string.
    pub code: &'static str,
    /// Its values.
    pub params: Vec<(&'static str, String)>,
}

impl CartChange {
    /// Fewer units than asked for.
    #[must_use]
    pub fn lowered(product: String, sold: Quantity, notice: Notice) -> Self {
        let (name, limit) = notice.limit();
        let params = vec![
            ("product", product),
            (name, limit.to_string()),
            ("sold", sold.units().to_string()),
        ];
        Self {
            code: notice.code(),
            params,
        }
    }
}

impl Shop {
    /// Prices a cart. Products that the catalogue no longer has are an error: [`Shop::prune`] takes them out first.
    ///
    /// # Errors
    /// [`Error::NotForSale`] for an unknown product; [`Error::Totals`] when a tax cannot be computed.
    pub fn price(&self, cart: &Cart) -> Result<PricedCart<'_>> {
        let mut items = Vec::with_capacity(cart.order.len());
        let mut inputs = Vec::with_capacity(cart.order.len());
        for (shortname, quantity) in &cart.order {
            let item = self.item(shortname)?;
            items.push((item, *quantity));
            inputs.push(LineInput {
                kind: LineKind::Billing,
                code: item.code.clone(),
                label: item.name.clone(),
                quantity: *quantity,
                unit_price: item.bands.unit_price(*quantity),
                tax: item.tax,
            });
        }
        let totals = Totals::compute(&inputs, &self.taxes, self.currency, self.rounding)?;
        Ok(PricedCart { items, totals })
    }

    /// A product of the catalogue by its cart name.
    ///
    /// # Errors
    /// [`Error::NotForSale`] when there is none.
    pub fn item(&self, shortname: &str) -> Result<&CatalogItem> {
        self.catalog
            .find(shortname)
            .ok_or_else(|| Error::NotForSale {
                product: shortname.to_owned(),
                reason: "unknown_product",
            })
    }

    /// Takes out of the cart what this buyer cannot buy (any more) and lowers what is too much. Returns what was changed.
    pub fn prune(&self, cart: &mut Cart, buyer: &Buyer) -> Vec<CartChange> {
        let mut changes = Vec::new();
        for (shortname, quantity) in cart.order.clone() {
            match self.sellable(cart, &shortname, quantity, buyer) {
                Ok(sellable) => {
                    if let Some(notice) = sellable.notice {
                        cart.set(&shortname, Some(sellable.quantity));
                        changes.push(CartChange::lowered(
                            self.display_name(&shortname),
                            sellable.quantity,
                            notice,
                        ));
                    }
                }
                Err(Error::NotForSale { product, reason }) => {
                    cart.set(&shortname, None);
                    changes.push(CartChange {
                        code: reason,
                        params: vec![("product", product)],
                    });
                }
                Err(_) => {}
            }
        }
        changes
    }

    /// How many of `quantity` units of a product this buyer can have.
    ///
    /// # Errors
    /// [`Error::NotForSale`] when none.
    pub fn sellable(
        &self,
        cart: &Cart,
        shortname: &str,
        quantity: Quantity,
        buyer: &Buyer,
    ) -> Result<Sellable> {
        let item = self.item(shortname)?;
        let verdict = if cart.unlocked.contains(&item.shortname) {
            item.sellable_unlocked(quantity, 0, buyer.kind())
        } else {
            item.sellable(quantity, 0, buyer.kind())
        };
        verdict.map_err(|refusal| Error::NotForSale {
            product: item.label.clone(),
            reason: refusal.code(),
        })
    }

    fn display_name(&self, shortname: &str) -> String {
        self.catalog
            .find(shortname)
            .map_or_else(|| shortname.to_owned(), |item| item.label.clone())
    }
}

impl Engine {
    /// What stands between this cart and an order, for the steps to decide how far the buyer is.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn situation(&self, shop: &Shop, cart: &Cart, buyer: &Buyer) -> Result<Situation> {
        let items: Vec<&CatalogItem> = cart
            .order
            .keys()
            .filter_map(|shortname| shop.catalog.find(shortname))
            .collect();
        let known = buyer.user.is_some();
        let complete = (known || cart.customerchecked)
            && self.customer_problems(shop, cart, buyer)?.is_empty();
        Ok(Situation {
            cart_empty: items.is_empty(),
            required_data_missing: items
                .iter()
                .find(|item| cart.missing_field(item).is_some())
                .map(|item| item.shortname.clone()),
            seats_missing: items.iter().map(|item| cart.missing_seats(item)).sum(),
            buyer: if buyer.by_partner {
                BuyerState::Authenticated
            } else if known {
                BuyerState::LoggedIn
            } else if cart.customerchecked {
                BuyerState::Declared
            } else if cart
                .partner
                .as_ref()
                .is_some_and(|code| !cart.uncredited && code.email().is_some())
            {
                BuyerState::Identified
            } else {
                BuyerState::Unknown
            },
            customer_complete: complete,
        })
    }

    /// What is wrong with the customer data of a cart: form field (`customerinfo::email`) to code. Empty: nothing.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn customer_problems(
        &self,
        shop: &Shop,
        cart: &Cart,
        buyer: &Buyer,
    ) -> Result<BTreeMap<String, &'static str>> {
        let mut problems = BTreeMap::new();
        let info = self.identity(cart, buyer)?;
        let found = if cart.usedistinctinvoiceinfo {
            info.problems_invoiced_elsewhere(shop.organisation_required)
        } else {
            info.problems(shop.organisation_required)
        };
        for problem in found {
            problems.insert(
                format!("customerinfo::{}", problem.field),
                problem.code.code(),
            );
        }
        if cart.usedistinctinvoiceinfo {
            for problem in cart.invoiceinfo.problems() {
                problems.insert(
                    format!("invoiceinfo::{}", problem.field),
                    problem.code.code(),
                );
            }
        }
        let email = "customerinfo::email".to_owned();
        if !problems.contains_key(&email)
            && belongs_to_another(self.database(), &info.email, buyer)?
        {
            problems.insert(email, "email_has_account");
        }
        Ok(problems)
    }
}
