//! Sets and bundles. A *set* is a choice of elements, each sold on its own; it is not sold itself. A *bundle* is sold as one
//! article, at its own prices and with its own tax; its elements are produced together and not sold alone. Both are the plugin's
//! columns `isset` (what an item is) and `setid` (which item it is an element of).

use std::collections::HashMap;

use super::{Audience, BuyerKind, CatalogItem, ItemStatus, NotForSale};

/// What an item is: the plugin's column `isset`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Content {
    /// 0: a product.
    #[default]
    Product,
    /// 1: a set.
    Set,
    /// 2: a bundle, with its elements in the order of their codes.
    Bundle(Vec<Element>),
}

impl Content {
    /// Reads the column; `None` for a word that the plugin does not know. A bundle's elements come with [`bind_elements`].
    pub fn from_column(isset: &str) -> Option<Self> {
        match isset.trim() {
            "" | "0" => Some(Self::Product),
            "1" => Some(Self::Set),
            "2" => Some(Self::Bundle(Vec::new())),
            _ => None,
        }
    }

    /// The word of pages: `product`, `set` or `bundle`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Bundle(_) => "bundle",
            Self::Product => "product",
            Self::Set => "set",
        }
    }

    /// The elements of a bundle; empty for other kinds.
    pub fn elements(&self) -> &[Element] {
        match self {
            Self::Bundle(elements) => elements,
            Self::Product | Self::Set => &[],
        }
    }
}

/// An element of a bundle.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Element {
    /// Row id.
    pub id: i64,
    /// Name as its author wrote it: for bills.
    pub name: String,
    /// The name for the reader of this page.
    pub label: String,
    /// The plugin's handler that produces it; '' for none.
    pub handler: String,
}

/// The set or bundle that an item is an element of, as far as it decides on the sale of its elements.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Parent {
    /// Row id.
    pub id: i64,
    bundle: bool,
    status: ItemStatus,
    audience: Audience,
}

impl Parent {
    /// Whether an element may be sold to this buyer, as far as its set or bundle decides: the plugin shows the elements of a set to
    /// those to whom it shows the set, and offers those of a bundle to nobody.
    pub(super) fn offered_to(&self, buyer: BuyerKind) -> Result<(), NotForSale> {
        if self.bundle {
            return Err(NotForSale::OnlyInBundle);
        }
        if !self.status.is_for_sale() {
            return Err(NotForSale::Unavailable);
        }
        self.audience.admits(buyer)
    }

    /// Whether its elements can be on sale at all.
    pub(super) fn sells_elements(&self) -> bool {
        !self.bundle && self.status.is_for_sale()
    }
}

/// Binds the elements of a catalogue to their sets and bundles. `parents` has the column `setid` of each item, in the order of the
/// items; 0 is none. An element whose set or bundle is not in the catalogue is taken off sale: the plugin shows it nowhere.
pub fn bind_elements(items: &mut [CatalogItem], parents: &[i64]) {
    let found: HashMap<i64, Parent> = items
        .iter()
        .filter(|item| item.content != Content::Product)
        .map(|item| {
            let parent = Parent {
                id: item.id,
                bundle: matches!(item.content, Content::Bundle(_)),
                status: item.status,
                audience: item.audience,
            };
            (item.id, parent)
        })
        .collect();
    let mut bundled: HashMap<i64, Vec<(String, Element)>> = HashMap::new();
    for (item, setid) in items.iter_mut().zip(parents) {
        if *setid == 0 || *setid == item.id {
            continue;
        }
        match found.get(setid) {
            Some(parent) => item.parent = Some(*parent),
            None => item.status = ItemStatus::Unknown,
        }
        let element = Element {
            id: item.id,
            name: item.name.clone(),
            label: item.label.clone(),
            handler: item.handler.clone(),
        };
        let elements = bundled.entry(*setid).or_default();
        elements.push((item.code.clone(), element));
    }
    for item in items {
        if let Content::Bundle(content) = &mut item.content {
            let mut elements = bundled.remove(&item.id).unwrap_or_default();
            elements.sort_by(|one, other| one.0.cmp(&other.0));
            *content = elements.into_iter().map(|(_, element)| element).collect();
        }
    }
}
