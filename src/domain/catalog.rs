//! What the shop sells: catalogue items as the plugin's `local_shop_catalogitem` keeps them, how an item is
//! named from outside, and whether and how many of it may go into a cart.
//!
//! More than half of this long file is tests and the plugin's columns, word by word.

mod group;
mod required;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::domain::fulfillment::ProductFulfillment;
use crate::domain::price::PriceBands;
use crate::domain::quantity::Quantity;
use crate::domain::tax::TaxCode;

pub use self::group::{Content, Element, Parent, bind_elements};
pub use self::required::{RequiredDataError, RequiredField, Widget};

/// Who is buying, as far as the catalogue cares.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BuyerKind {
    /// Logged in, with a customer record bound to the account.
    Customer,
    /// Not logged in, or logged in as Moodle's guest.
    Guest,
    /// Logged in.
    LoggedIn,
}

/// To whom an item is sold: the plugin's column `onlyforloggedin`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Audience {
    /// 2: logged-in buyers who already are customers.
    Customers,
    /// 0: everyone.
    Everyone,
    /// -1: only buyers who are not logged in.
    Guests,
    /// 1: logged-in buyers.
    LoggedIn,
}

impl Audience {
    /// Reads the column. A number the plugin does not know is the narrowest audience, never the widest.
    pub fn from_column(onlyforloggedin: i64) -> Self {
        match onlyforloggedin {
            0 => Self::Everyone,
            1 => Self::LoggedIn,
            -1 => Self::Guests,
            _ => Self::Customers,
        }
    }

    fn admits(self, buyer: BuyerKind) -> Result<(), NotForSale> {
        match (self, buyer) {
            (Self::Everyone, _)
            | (Self::Guests, BuyerKind::Guest)
            | (Self::LoggedIn, BuyerKind::LoggedIn | BuyerKind::Customer)
            | (Self::Customers, BuyerKind::Customer) => Ok(()),
            (Self::Customers | Self::LoggedIn, BuyerKind::Guest) => Err(NotForSale::LoginRequired),
            (Self::Customers, BuyerKind::LoggedIn) => Err(NotForSale::CustomersOnly),
            (Self::Guests, BuyerKind::LoggedIn | BuyerKind::Customer) => {
                Err(NotForSale::GuestsOnly)
            }
        }
    }
}

/// State of an item: the plugin's words.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ItemStatus {
    /// `ABANDONNED` (the plugin's spelling): exhausted.
    Abandoned,
    /// `ASCOMPLEMENT`: only as a complement of a product already owned.
    AsComplement,
    /// `AVAILABLE`: on sale.
    Available,
    /// `AVAILABLEINTERNAL`: sold by the shop's staff, not by its pages.
    AvailableInternal,
    /// `PREVIEW`: announced.
    Preview,
    /// `PROVIDING`: being restocked, still on sale.
    Providing,
    /// `SUSPENDED`: taken off sale.
    Suspended,
    /// A word the plugin does not know: not for sale.
    Unknown,
}

impl ItemStatus {
    /// Reads the column `status`.
    pub fn from_column(status: &str) -> Self {
        match status {
            "ABANDONNED" => Self::Abandoned,
            "ASCOMPLEMENT" => Self::AsComplement,
            "AVAILABLE" => Self::Available,
            "AVAILABLEINTERNAL" => Self::AvailableInternal,
            "PREVIEW" => Self::Preview,
            "PROVIDING" => Self::Providing,
            "SUSPENDED" => Self::Suspended,
            _ => Self::Unknown,
        }
    }

    /// Whether the shop's pages sell it: the plugin lists `AVAILABLE` and `PROVIDING`, nothing else.
    pub fn is_for_sale(self) -> bool {
        matches!(self, Self::Available | Self::Providing)
    }
}

/// How the quantity turns into seats (participants to name): the plugin's column `quantaddressesusers`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SeatRule {
    /// 0: no seat.
    None,
    /// 1: one seat, whatever the quantity.
    One,
    /// 2: one seat per unit.
    PerUnit,
}

impl SeatRule {
    /// Reads the column; a number the plugin does not know asks for no seat, as in the plugin.
    pub fn from_column(quantaddressesusers: i64) -> Self {
        match quantaddressesusers {
            1 => Self::One,
            2 => Self::PerUnit,
            _ => Self::None,
        }
    }

    /// Seats that an order of this quantity asks the buyer to fill.
    pub fn seats(self, quantity: Quantity) -> u32 {
        match self {
            Self::None => 0,
            Self::One => 1,
            Self::PerUnit => quantity.units(),
        }
    }
}

/// Reads the plugin's `char(8)` column `taxcode`, which holds the tax's id. Empty, `0` and what is not a positive
/// number mean no tax, as the plugin reads them.
pub fn tax_from_column(taxcode: &str) -> Option<TaxCode> {
    let id = taxcode.trim().parse::<i64>().ok().filter(|id| *id > 0)?;
    Some(TaxCode::new(id))
}

/// One item of the catalogue.
#[derive(Clone, Debug)]
pub struct CatalogItem {
    /// Row id.
    pub id: i64,
    /// Catalogue it belongs to.
    pub catalogid: i64,
    /// Reference printed on bills, unique in its catalogue, at most 32 characters.
    pub code: String,
    /// Name used in links, forms and carts, at most 30 characters, not unique by the schema.
    pub shortname: String,
    /// Name as its author wrote it, with mark-up of the host's filters in it: for bills.
    pub name: String,
    /// The name for the reader of this page.
    pub label: String,
    /// Description, HTML.
    pub description: String,
    /// Unit prices without tax by quantity.
    pub bands: PriceBands,
    /// Tax; see [`tax_from_column`].
    pub tax: Option<TaxCode>,
    /// Units in stock since counting began; 0 or less = stock is not managed.
    pub stock: i64,
    /// Units sold out of `stock`.
    pub sold: i64,
    /// State.
    pub status: ItemStatus,
    /// Most units of one order (`maxdeliveryquant`); 0 = none of its own, see [`CatalogItem::ceiling`].
    pub max_quantity: u32,
    /// To whom it is sold.
    pub audience: Audience,
    /// How many participants must be named.
    pub seats: SeatRule,
    /// Fields the buyer fills for each unit.
    pub required_data: Vec<RequiredField>,
    /// Password that opens the item; none = open to all.
    pub password: Option<String>,
    /// Conditions of sale of this item, HTML.
    pub eula: Option<String>,
    /// Where it is found once paid, and what its buyer reads then.
    pub fulfillment: ProductFulfillment,
    /// The plugin's handler that produces it, as the plugin stores it; '' for none.
    pub handler: String,
    /// Product, set or bundle.
    pub content: Content,
    /// The set or bundle that it is an element of; see [`bind_elements`].
    pub parent: Option<Parent>,
}

impl CatalogItem {
    /// Decides whether `requested` more units may go into a cart that holds `already_in_cart`, and how many.
    ///
    /// More than the ceiling or the stock allows is cut down, with a notice. An item behind a password is refused: a
    /// link cannot open it (see [`CatalogItem::sellable_unlocked`]).
    ///
    /// # Errors
    /// Why nothing can be sold.
    pub fn sellable(
        &self,
        requested: Quantity,
        already_in_cart: u32,
        buyer: BuyerKind,
    ) -> Result<Sellable, NotForSale> {
        self.offered_to(buyer)?;
        if self.password.as_ref().is_some_and(|word| !word.is_empty()) {
            return Err(NotForSale::PasswordRequired);
        }
        self.room_for(requested, already_in_cart)
    }

    /// [`CatalogItem::sellable`] for a buyer who has given the password in this session.
    ///
    /// # Errors
    /// Why nothing can be sold.
    pub fn sellable_unlocked(
        &self,
        requested: Quantity,
        already_in_cart: u32,
        buyer: BuyerKind,
    ) -> Result<Sellable, NotForSale> {
        self.offered_to(buyer)?;
        self.room_for(requested, already_in_cart)
    }

    /// Whether the item is open or `given` is its password, letter for letter.
    pub fn opens_with(&self, given: &str) -> bool {
        match self.password.as_deref() {
            None | Some("") => true,
            Some(password) => password == given,
        }
    }

    /// Units left, where stock is managed.
    pub fn left_in_stock(&self) -> Option<u32> {
        let left = self.stock.saturating_sub(self.sold.max(0)).max(0);
        (self.stock > 0).then(|| u32::try_from(left).unwrap_or(u32::MAX))
    }

    /// Whether anybody could buy it.
    fn is_sold(&self) -> bool {
        let by_parent = self.parent.is_none_or(|parent| parent.sells_elements());
        self.status.is_for_sale() && self.content != Content::Set && by_parent
    }

    fn offered_to(&self, buyer: BuyerKind) -> Result<(), NotForSale> {
        if let Some(parent) = &self.parent {
            parent.offered_to(buyer)?;
        }
        if !self.status.is_for_sale() {
            return Err(NotForSale::Unavailable);
        }
        match &self.content {
            Content::Set => return Err(NotForSale::SetNotSold),
            // The plugin offers no bundle without elements.
            Content::Bundle(elements) if elements.is_empty() => {
                return Err(NotForSale::Unavailable);
            }
            Content::Bundle(_) | Content::Product => {}
        }
        self.audience.admits(buyer)
    }

    /// Most units of one order: [`MOST_ASKED_FOR`] where the buyer fills in something for each unit, [`MOST_UNITS`] elsewhere; the
    /// product's own number where it is lower.
    #[must_use]
    pub fn ceiling(&self) -> u32 {
        let asks = !self.required_data.is_empty() || self.seats == SeatRule::PerUnit;
        let most = if asks { MOST_ASKED_FOR } else { MOST_UNITS };
        match self.max_quantity {
            0 => most,
            own => own.min(most),
        }
    }

    fn room_for(&self, requested: Quantity, already_in_cart: u32) -> Result<Sellable, NotForSale> {
        let mut units = requested.units();
        let mut notice = None;
        let ceiling = self.ceiling();
        let room = ceiling.saturating_sub(already_in_cart);
        if units > room {
            units = room;
            notice = Some(Notice::Ceiling { ceiling });
        }
        if room == 0 {
            return Err(NotForSale::CeilingReached { ceiling });
        }
        if let Some(left) = self.left_in_stock() {
            let room = left.saturating_sub(already_in_cart);
            if units > room {
                units = room;
                notice = Some(Notice::Stock { left });
            }
        }
        let quantity = Quantity::new(units).map_err(|_| NotForSale::SoldOut)?;
        Ok(Sellable { quantity, notice })
    }
}

/// Most units of any product in one order: the plugin makes a line of a page of each unit.
pub const MOST_UNITS: u32 = 10_000;

/// Most units of a product with required data, or with a seat for each, in one order: the page that asks for them has fields for each, and a
/// cart has no more participants.
pub const MOST_ASKED_FOR: u32 = 500;

/// How many units may go into the cart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Sellable {
    /// Units to add, at most those asked for.
    pub quantity: Quantity,
    /// Why they are fewer, if they are.
    pub notice: Option<Notice>,
}

/// Why fewer units were taken than asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Notice {
    /// The item's ceiling per order.
    Ceiling {
        /// Most units of one order.
        ceiling: u32,
    },
    /// The stock.
    Stock {
        /// Units left in stock, those in the cart included.
        left: u32,
    },
}

impl Notice {
    /// Stable name, also a language string key.
    pub fn code(self) -> &'static str {
        match self {
            Self::Ceiling { .. } => "cut_to_ceiling",
            Self::Stock { .. } => "cut_to_stock",
        }
    }

    /// Name and value of the limit in that string.
    pub fn limit(self) -> (&'static str, u32) {
        match self {
            Self::Ceiling { ceiling } => ("ceiling", ceiling),
            Self::Stock { left } => ("left", left),
        }
    }
}

/// Why an item cannot be sold to this buyer.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NotForSale {
    /// The cart already holds as many as one order may.
    #[error("at most {ceiling} units can be ordered at once")]
    CeilingReached {
        /// Most units of one order.
        ceiling: u32,
    },
    /// Sold to existing customers only.
    #[error("product is sold to existing customers only")]
    CustomersOnly,
    /// Sold to visitors only; the buyer is logged in.
    #[error("product is sold only to buyers who are not logged in")]
    GuestsOnly,
    /// The buyer must log in first.
    #[error("product is sold to logged-in buyers only")]
    LoginRequired,
    /// The buyer must give the item's password on the shop's page.
    #[error("product needs a password")]
    PasswordRequired,
    /// It is an element of a bundle, which is sold as a whole.
    #[error("product is sold only with its bundle")]
    OnlyInBundle,
    /// It is a set: its elements are sold, not the set.
    #[error("product is a set, whose elements are sold one by one")]
    SetNotSold,
    /// Nothing is left in stock.
    #[error("product is sold out")]
    SoldOut,
    /// Its status takes it off sale.
    #[error("product is not on sale")]
    Unavailable,
}

impl NotForSale {
    /// Stable name, also a language string key.
    pub fn code(&self) -> &'static str {
        match self {
            Self::CeilingReached { .. } => "ceiling_reached",
            Self::CustomersOnly => "customers_only",
            Self::GuestsOnly => "guests_only",
            Self::LoginRequired => "login_required",
            Self::OnlyInBundle => "only_in_bundle",
            Self::PasswordRequired => "password_required",
            Self::SetNotSold => "set_not_sold",
            Self::SoldOut => "sold_out",
            Self::Unavailable => "unavailable",
        }
    }
}

/// The items of one shop's catalogue, found by name in constant time.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    items: Vec<CatalogItem>,
    by_shortname: HashMap<String, usize>,
    by_code: HashMap<String, usize>,
    by_folded_shortname: HashMap<String, usize>,
    by_folded_code: HashMap<String, usize>,
}

impl Catalog {
    /// Indexes the items. Where two share a name, the one on sale wins, then the one with the lower id.
    pub fn new(items: Vec<CatalogItem>) -> Self {
        let mut catalog = Self::default();
        let mut ranked: Vec<(usize, &CatalogItem)> = items.iter().enumerate().collect();
        ranked.sort_by_key(|(_, item)| (!item.is_sold(), item.id));
        for (position, item) in ranked {
            let name_maps = [
                (&mut catalog.by_shortname, item.shortname.clone()),
                (&mut catalog.by_code, item.code.clone()),
                (&mut catalog.by_folded_shortname, fold(&item.shortname)),
                (&mut catalog.by_folded_code, fold(&item.code)),
            ];
            for (map, name) in name_maps {
                if !name.is_empty() {
                    map.entry(name).or_insert(position);
                }
            }
        }
        catalog.items = items;
        catalog
    }

    /// All items, in the order given.
    pub fn items(&self) -> &[CatalogItem] {
        &self.items
    }

    /// The item of that name: by exact shortname, else exact code, else shortname, else code in any letter case.
    /// White space around the name does not count. Composed and decomposed Unicode forms are different letters.
    pub fn find(&self, name: &str) -> Option<&CatalogItem> {
        let name = name.trim();
        let exact = self
            .by_shortname
            .get(name)
            .or_else(|| self.by_code.get(name));
        let position = exact.or_else(|| {
            let folded = fold(name);
            self.by_folded_shortname
                .get(&folded)
                .or_else(|| self.by_folded_code.get(&folded))
        })?;
        self.items.get(*position)
    }
}

/// Letter case taken away; through upper case first, so that `ß`/`SS` and the two small sigmas meet.
fn fold(name: &str) -> String {
    let name = name.trim();
    if name.is_ascii() {
        name.to_ascii_lowercase()
    } else {
        name.to_uppercase().to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;

    fn item(id: i64, shortname: &str, code: &str) -> CatalogItem {
        CatalogItem {
            id,
            catalogid: 1,
            code: code.to_owned(),
            shortname: shortname.to_owned(),
            name: shortname.to_owned(),
            label: shortname.to_owned(),
            description: String::new(),
            bands: PriceBands::new([(0, Decimal::ONE); 5]).unwrap(),
            tax: None,
            stock: 0,
            sold: 0,
            status: ItemStatus::Available,
            max_quantity: 0,
            audience: Audience::Everyone,
            seats: SeatRule::None,
            required_data: Vec::new(),
            password: None,
            eula: None,
            fulfillment: ProductFulfillment::default(),
            handler: String::new(),
            content: Content::Product,
            parent: None,
        }
    }

    fn units(units: u32) -> Quantity {
        Quantity::new(units).unwrap()
    }

    fn refusal(item: &CatalogItem, buyer: BuyerKind) -> &'static str {
        item.sellable(units(1), 0, buyer).unwrap_err().code()
    }

    #[test]
    fn a28_items_off_sale_are_refused_whatever_their_word() {
        let mut off = item(1, "a", "A");
        for word in [
            "PREVIEW",
            "SUSPENDED",
            "ABANDONNED",
            "ASCOMPLEMENT",
            "AVAILABLEINTERNAL",
            "",
            "available",
            "X",
        ] {
            off.status = ItemStatus::from_column(word);
            assert_eq!(refusal(&off, BuyerKind::LoggedIn), "unavailable", "{word}");
        }
        for word in ["AVAILABLE", "PROVIDING"] {
            off.status = ItemStatus::from_column(word);
            assert!(
                off.sellable(units(1), 0, BuyerKind::Guest).is_ok(),
                "{word}"
            );
        }
    }

    #[test]
    fn a28_the_audience_of_an_item_is_enforced() {
        use BuyerKind::{Customer, Guest, LoggedIn};
        let table = [
            (0, Guest, "ok"),
            (0, LoggedIn, "ok"),
            (0, Customer, "ok"),
            (1, Guest, "login_required"),
            (1, LoggedIn, "ok"),
            (1, Customer, "ok"),
            (2, Guest, "login_required"),
            (2, LoggedIn, "customers_only"),
            (2, Customer, "ok"),
            (-1, Guest, "ok"),
            (-1, LoggedIn, "guests_only"),
            (-1, Customer, "guests_only"),
            (7, Guest, "login_required"),
            (7, LoggedIn, "customers_only"),
        ];
        for (column, buyer, expected) in table {
            let mut one = item(1, "a", "A");
            one.audience = Audience::from_column(column);
            let answer = one.sellable(units(1), 0, buyer);
            let answer = answer.map_or_else(|refusal| refusal.code(), |_| "ok");
            assert_eq!(answer, expected, "{column} {buyer:?}");
        }
    }

    #[test]
    fn a28_a_password_is_never_passed_by_a_link() {
        let mut locked = item(1, "a", "A");
        locked.password = Some("0123".to_owned());
        assert_eq!(refusal(&locked, BuyerKind::Customer), "password_required");
        assert!(
            locked
                .sellable_unlocked(units(1), 0, BuyerKind::Guest)
                .is_ok()
        );
        assert!(locked.opens_with("0123"));
        // PHP's `==` takes these for equal numbers.
        assert!(!locked.opens_with("123"));
        assert!(!locked.opens_with("1.23e2"));
        locked.password = Some(String::new());
        assert!(locked.sellable(units(1), 0, BuyerKind::Guest).is_ok());
    }

    #[test]
    fn a28_quantities_are_cut_to_the_ceiling_and_to_the_stock() {
        let mut few = item(1, "a", "A");
        few.max_quantity = 5;
        let answer = few.sellable(units(9), 2, BuyerKind::Guest).unwrap();
        assert_eq!(answer.quantity.units(), 3);
        assert_eq!(answer.notice, Some(Notice::Ceiling { ceiling: 5 }));
        let full = few.sellable(units(1), 5, BuyerKind::Guest).unwrap_err();
        assert_eq!(full, NotForSale::CeilingReached { ceiling: 5 });

        few.stock = 10;
        few.sold = 8;
        let answer = few.sellable(units(9), 0, BuyerKind::Guest).unwrap();
        assert_eq!(answer.quantity.units(), 2);
        assert_eq!(answer.notice, Some(Notice::Stock { left: 2 }));
        few.sold = 10;
        assert_eq!(refusal(&few, BuyerKind::Guest), "sold_out");
        few.sold = 12;
        assert_eq!(refusal(&few, BuyerKind::Guest), "sold_out");
    }

    #[test]
    fn stock_zero_is_not_managed() {
        let mut free = item(1, "a", "A");
        free.sold = 1000;
        let answer = free
            .sellable(units(MOST_UNITS), 0, BuyerKind::Guest)
            .unwrap();
        assert_eq!((answer.quantity.units(), answer.notice), (MOST_UNITS, None));
    }

    #[test]
    fn no_product_is_sold_in_numbers_that_a_page_cannot_show() {
        let mut seated = item(1, "a", "A");
        seated.seats = SeatRule::PerUnit;
        let mut one_seat = item(1, "a", "A");
        one_seat.seats = SeatRule::One;
        let asking = CatalogItem {
            required_data: vec![RequiredField {
                field: "f".to_owned(),
                label: "F".to_owned(),
                desc: String::new(),
                widget: Widget::Checkbox,
                attrs: std::collections::BTreeMap::new(),
            }],
            ..item(1, "a", "A")
        };
        for (product, own, ceiling) in [
            (item(1, "a", "A"), 0, 10_000),
            (item(1, "a", "A"), 20_000_000, 10_000),
            (one_seat, 0, 10_000),
            (seated.clone(), 0, 500),
            (seated, 40_000, 500),
            (asking, 7, 7),
        ] {
            let product = CatalogItem {
                max_quantity: own,
                stock: 20_000_000,
                ..product
            };
            let answer = product.sellable(units(15_000_000), 0, BuyerKind::Guest);
            let cut = Notice::Ceiling { ceiling };
            assert_eq!(answer.unwrap().notice, Some(cut), "{own}");
        }
    }

    #[test]
    fn b26_products_are_found_by_shortname_then_by_code_in_any_letter_case() {
        let catalog = Catalog::new(vec![
            item(1, "monproduit", "MonProduit"),
            item(2, "été", "STRASSE"),
            item(3, "STRASSE", "strasse"),
        ]);
        let id = |name: &str| catalog.find(name).map(|item| item.id);
        assert_eq!(id("monproduit"), Some(1));
        assert_eq!(id("MonProduit"), Some(1));
        assert_eq!(id("MONPRODUIT"), Some(1));
        assert_eq!(id("ÉTÉ"), Some(2));
        assert_eq!(id("STRASSE"), Some(3));
        assert_eq!(id("strasse"), Some(3));
        assert_eq!(id("straße"), Some(3));
        assert_eq!(id(" MonProduit "), Some(1));
        assert_eq!(id("autre"), None);
        assert_eq!(id(""), None);
    }

    #[test]
    fn an_exact_code_goes_before_a_shortname_in_another_letter_case() {
        let catalog = Catalog::new(vec![item(1, "livre", "L1"), item(2, "x", "Livre")]);
        assert_eq!(catalog.find("Livre").map(|item| item.id), Some(2));
        assert_eq!(catalog.find("livre").map(|item| item.id), Some(1));
        assert_eq!(catalog.find("LIVRE").map(|item| item.id), Some(1));
    }

    #[test]
    fn of_two_items_of_one_name_the_one_on_sale_is_found_then_the_older() {
        let mut old = item(1, "a", "A1");
        old.status = ItemStatus::Suspended;
        let catalog = Catalog::new(vec![
            item(9, "a", "A9"),
            old,
            item(3, "A", "A3"),
            item(4, "a", "A4"),
        ]);
        assert_eq!(catalog.find("a").map(|item| item.id), Some(4));
        assert_eq!(catalog.items().first().map(|item| item.id), Some(9));
    }

    #[test]
    fn seats_follow_the_rule_of_the_item() {
        let seats = |column| SeatRule::from_column(column).seats(units(4));
        assert_eq!([seats(0), seats(1), seats(2), seats(9)], [0, 1, 4, 0]);
    }

    #[test]
    fn a_tax_code_of_zero_or_nothing_is_no_tax() {
        assert_eq!(tax_from_column(" 2 "), Some(TaxCode::new(2)));
        for none in ["", "0", "-1", "x"] {
            assert_eq!(tax_from_column(none), None, "{none}");
        }
    }
}
