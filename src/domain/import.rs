//! Import links: a partner's URL becomes the content of a cart, and the other way round.
//!
//! `view.php?id=|shopid=<shop>&what=import&<product>=<quantity>...[&partner=<code>][&autodrive=1]`. The raw query string is
//! read by the WHATWG rules (percent-decoding, `+` is a space), because PHP has already turned `Mon.Produit` into
//! `Mon_Produit` when a script sees it. The rules, where several would do:
//!
//! - Parameter names match letter for letter, as PHP's do: `lang` is reserved, `Lang` is a product.
//! - A repeated reserved parameter: the last one counts. So does the last mention of a product; where the mentions differ in
//!   spelling (shortname and code, letter case), the buyer gets a notice. Quantities never add up.
//! - A whole name that is a product is that product; otherwise `Livre[]=1` or `Livre[a]=1` is PHP's array, not a quantity: left
//!   out with a notice.
//! - A quantity is an ASCII whole number from 1 to 4294967295, white space around it forgiven (`+2` arrives as ` 2`).
//! - Well-known tracking parameters that mail tools and advertisers append are ignored without a notice.
//! - A space in the e-mail of a partner code is a `+` that was not encoded.
//! - An empty name is skipped, as PHP does. `autodrive` is true as Moodle's `PARAM_BOOL` is: anything but empty, 0, off, no, false.
//! - A category or block that is not a positive number is none: it places the page, it must not stop a sale.
//!
//! A long file, half of it tests: reading a link and judging what it names are one law.

mod forge;

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use crate::domain::catalog::{BuyerKind, Catalog, CatalogItem, Notice};
use crate::domain::partner::{PartnerCode, PartnerCodeError};
use crate::domain::quantity::Quantity;

pub use self::forge::forge;

/// Longest query string read or forged, in bytes.
pub const MAX_QUERY_BYTES: usize = 8192;

/// Most products of one link.
pub const MAX_PRODUCTS: usize = 200;

/// Parameters of the shop's own; never products.
pub const RESERVED_NAMES: [&str; 15] = [
    "view",
    "origin",
    "what",
    "autodrive",
    "shopid",
    "id",
    "shipping",
    "partner",
    "category",
    "categoryalias",
    "blockid",
    "sesskey",
    "lang",
    "sig",
    "expires",
];

/// Id of a shop: `local_shop.id`, positive.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ShopId(i64);

impl ShopId {
    /// Checks an id.
    ///
    /// # Errors
    /// `BadShop` when it is not positive.
    pub fn new(id: i64) -> Result<Self, ImportError> {
        if id < 1 {
            return Err(ImportError::BadShop {
                value: id.to_string(),
            });
        }
        Ok(Self(id))
    }

    /// The row id.
    pub fn value(self) -> i64 {
        self.0
    }
}

/// An import link, read but not yet compared with a catalogue.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ImportLink {
    shop: ShopId,
    products: Vec<ProductLine>,
    partner: Option<String>,
    placement: Placement,
}

/// Where and how a link lands, apart from what it buys.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Placement {
    /// Whether the shop goes on by itself as far as it can.
    pub autodrive: bool,
    /// Block that displays the shop.
    pub blockid: Option<NonZeroU32>,
    /// Category shown.
    pub category: Option<NonZeroU32>,
    /// Category shown, by its alias.
    pub categoryalias: Option<String>,
}

/// A product as a link names it, and the quantity asked for, or the text that is none.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProductLine {
    /// Name as in the link, decoded.
    pub name: String,
    /// Units, or the value as in the link where it is not a quantity.
    pub quantity: Result<Quantity, String>,
}

impl ImportLink {
    /// Reads the raw query string, without its `?`. Never fails on a partner code, a product or a quantity: those
    /// are judged one by one later, so that the rest of the sale goes on.
    ///
    /// # Errors
    /// `QueryTooLong`, `TooManyProducts`, `NoShop` or `BadShop`.
    pub fn parse(raw_query: &[u8]) -> Result<Self, ImportError> {
        if raw_query.len() > MAX_QUERY_BYTES {
            return Err(ImportError::QueryTooLong {
                bytes: raw_query.len(),
            });
        }
        let (mut shopid, mut id) = (None, None);
        let mut products = Vec::new();
        let mut partner = None;
        let mut placement = Placement::default();
        for (name, value) in form_urlencoded::parse(raw_query) {
            match name.as_ref() {
                "shopid" => shopid = Some(value).filter(|value| !value.is_empty()),
                "id" => id = Some(value).filter(|value| !value.is_empty()),
                "partner" => partner = Some(value).filter(|value| !value.is_empty()),
                "autodrive" => placement.autodrive = is_true(&value),
                "blockid" => placement.blockid = value.trim().parse().ok(),
                "category" => placement.category = value.trim().parse().ok(),
                "categoryalias" => {
                    placement.categoryalias =
                        Some(value.into_owned()).filter(|alias| !alias.is_empty());
                }
                name if name.trim().is_empty() || is_reserved(name) || is_tracking(name) => {}
                _ => {
                    if products.len() == MAX_PRODUCTS {
                        return Err(ImportError::TooManyProducts);
                    }
                    products.push(ProductLine {
                        name: name.into_owned(),
                        quantity: read_quantity(&value).ok_or_else(|| value.into_owned()),
                    });
                }
            }
        }
        let shop = shopid.or(id).ok_or(ImportError::NoShop)?;
        Ok(Self {
            shop: read_shop(&shop)?,
            products,
            partner: partner.map(|code| mend_plus(&code)),
            placement,
        })
    }

    /// The shop: `shopid`, else `id`.
    pub fn shop(&self) -> ShopId {
        self.shop
    }

    /// The products, in the link's order.
    pub fn products(&self) -> &[ProductLine] {
        &self.products
    }

    /// The partner code as text, for the trace.
    pub fn partner(&self) -> Option<&str> {
        self.partner.as_deref()
    }

    /// The partner code, where there is one. An error means that no partner is credited; the sale goes on.
    pub fn partner_code(&self) -> Option<Result<PartnerCode, PartnerCodeError>> {
        self.partner.as_deref().map(PartnerCode::parse)
    }

    /// Where and how the link lands.
    pub fn placement(&self) -> &Placement {
        &self.placement
    }

    /// Whether the shop goes on by itself as far as it can.
    pub fn autodrive(&self) -> bool {
        self.placement.autodrive
    }

    /// Decides what goes into the cart, which an import empties first. What cannot be sold is left out with a
    /// notice, the rest goes on.
    pub fn resolve(&self, catalog: &Catalog, buyer: BuyerKind) -> ImportResult {
        let mut notices = Vec::new();
        let mut mentions: Vec<(&CatalogItem, &ProductLine)> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for line in &self.products {
            let Some(item) = catalog.find(&line.name) else {
                notices.push(line.unknown(catalog));
                continue;
            };
            let place = *places.entry(&item.shortname).or_insert(mentions.len());
            match mentions.get_mut(place) {
                Some(mention) => {
                    if mention.1.name != line.name {
                        let dropped = &mention.1.name;
                        let notice = ImportNotice::about(NoticeCode::NamedTwice, &line.name);
                        notices.push(notice.with("dropped", dropped));
                    }
                    *mention = (item, line);
                }
                None => mentions.push((item, line)),
            }
        }
        let mut order = Vec::new();
        for (item, line) in mentions {
            match line.sell(item, buyer) {
                Ok((quantity, notice)) => {
                    order.push((item.shortname.clone(), quantity));
                    notices.extend(notice);
                }
                Err(notice) => notices.push(notice),
            }
        }
        ImportResult { order, notices }
    }
}

impl ProductLine {
    fn sell(
        &self,
        item: &CatalogItem,
        buyer: BuyerKind,
    ) -> Result<(Quantity, Option<ImportNotice>), ImportNotice> {
        let about = |code| ImportNotice::about(code, &self.name);
        let requested = self
            .quantity
            .as_ref()
            .map_err(|value| about(NoticeCode::BadQuantity).with("quantity", value))?;
        let about = |code| about(code).with("quantity", &requested.units().to_string());
        let sellable = item
            .sellable(*requested, 0, buyer)
            .map_err(|refusal| about(NoticeCode::Refused(refusal.code())))?;
        let notice = sellable.notice.map(|notice| {
            let (name, limit) = notice.limit();
            about(NoticeCode::Cut(notice)).with(name, &limit.to_string())
        });
        let sold = sellable.quantity.units().to_string();
        Ok((
            sellable.quantity,
            notice.map(|notice| notice.with("sold", &sold)),
        ))
    }

    fn unknown(&self, catalog: &Catalog) -> ImportNotice {
        let array_of = self
            .name
            .split_once('[')
            .filter(|(_, rest)| rest.contains(']'));
        match array_of {
            Some((base, _)) if catalog.find(base).is_some() => {
                ImportNotice::about(NoticeCode::ArrayQuantity, base)
            }
            _ => ImportNotice::about(NoticeCode::UnknownProduct, &self.name),
        }
    }
}

/// What an import puts into the cart.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ImportResult {
    /// Shortname as in the catalogue and units, in the link's order, each shortname once.
    pub order: Vec<(String, Quantity)>,
    /// What was left out or cut down.
    pub notices: Vec<ImportNotice>,
}

/// One sentence to the buyer: a language string's key and its parameters, `{code, params}`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ImportNotice {
    code: String,
    params: BTreeMap<String, String>,
}

impl ImportNotice {
    /// Every code a notice may have.
    pub const CODES: [&'static str; 15] = [
        "array_quantity",
        "bad_quantity",
        "ceiling_reached",
        "customers_only",
        "cut_to_ceiling",
        "cut_to_stock",
        "guests_only",
        "login_required",
        "named_twice",
        "only_in_bundle",
        "password_required",
        "set_not_sold",
        "sold_out",
        "unavailable",
        "unknown_product",
    ];

    /// Stable name, also a language string key.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Parameters: `product` as the link names it, and by code `quantity` (asked for), `sold` (taken), `ceiling`, `left`,
    /// `dropped` (the other spelling). Texts of the link are cut to 64 characters and not escaped.
    pub fn params(&self) -> &BTreeMap<String, String> {
        &self.params
    }

    fn about(code: NoticeCode, product: &str) -> Self {
        let notice = Self {
            code: code.as_str().to_owned(),
            params: BTreeMap::new(),
        };
        notice.with("product", product)
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.params.insert(name.to_owned(), shorten(value));
        self
    }
}

/// Why a link cannot be read or forged.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ImportError {
    /// The site's address is not an absolute http or https address without user, query and fragment.
    #[error("`{base}` is not the http or https address of a site")]
    BadBase {
        /// The address given, at most 64 characters of it.
        base: String,
    },
    /// `shopid` (or `id`) is not a positive number; the partner must correct the link.
    #[error("shop id `{value}` is not a positive number")]
    BadShop {
        /// The value given, at most 64 characters of it.
        value: String,
    },
    /// A link to forge names no product.
    #[error("an import link needs at least one product")]
    NoProducts,
    /// A link is to be signed without a secret; the partner needs one first.
    #[error("an import link cannot be signed without a secret")]
    NoSecret,
    /// Neither `shopid` nor `id` was given; the partner must correct the link.
    #[error("import link does not name a shop")]
    NoShop,
    /// The query is over 8192 bytes: fewer products per link.
    #[error("import link has a query of {bytes} bytes, at most 8192 are allowed")]
    QueryTooLong {
        /// Length in bytes.
        bytes: usize,
    },
    /// A product to forge is named twice, so that one quantity would be lost.
    #[error("product `{name}` is named twice")]
    RepeatedName {
        /// The name.
        name: String,
    },
    /// A product to forge has the name of a parameter; use its code, or another letter case.
    #[error("`{name}` is a reserved word of import links")]
    ReservedName {
        /// The name.
        name: String,
    },
    /// Over 200 products.
    #[error("import link names more than 200 products")]
    TooManyProducts,
    /// A product to forge has an empty name or one with control characters.
    #[error("product name `{name}` cannot stand in a link")]
    UnusableName {
        /// The name, control characters escaped.
        name: String,
    },
}

impl ImportError {
    /// Stable name, also a language string key.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadBase { .. } => "import_bad_base",
            Self::BadShop { .. } => "import_bad_shop",
            Self::NoProducts => "import_no_products",
            Self::NoSecret => "import_no_secret",
            Self::NoShop => "import_no_shop",
            Self::QueryTooLong { .. } => "import_query_too_long",
            Self::RepeatedName { .. } => "import_repeated_name",
            Self::ReservedName { .. } => "import_reserved_name",
            Self::TooManyProducts => "import_too_many_products",
            Self::UnusableName { .. } => "import_unusable_name",
        }
    }

    /// HTTP status of the answer to a buyer whose link has this fault (RFC 9110): 400, 414 or 422.
    pub fn http_status(&self) -> u16 {
        match self {
            Self::QueryTooLong { .. } => 414,
            Self::TooManyProducts => 422,
            _ => 400,
        }
    }
}

#[derive(Clone, Copy)]
enum NoticeCode {
    ArrayQuantity,
    BadQuantity,
    Cut(Notice),
    NamedTwice,
    Refused(&'static str),
    UnknownProduct,
}

impl NoticeCode {
    fn as_str(self) -> &'static str {
        match self {
            Self::ArrayQuantity => "array_quantity",
            Self::BadQuantity => "bad_quantity",
            Self::Cut(notice) => notice.code(),
            Self::NamedTwice => "named_twice",
            Self::Refused(code) => code,
            Self::UnknownProduct => "unknown_product",
        }
    }
}

fn is_reserved(name: &str) -> bool {
    RESERVED_NAMES.contains(&name)
}

pub(super) fn is_tracking(name: &str) -> bool {
    name.starts_with("utm_") || TRACKING_NAMES.contains(&name)
}

fn is_true(value: &str) -> bool {
    let falsehoods = ["", "0", "off", "no", "false"];
    !falsehoods
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word))
}

fn read_quantity(value: &str) -> Option<Quantity> {
    let digits = value.trim_ascii();
    // `parse` alone would take a sign.
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Quantity::new(digits.parse().ok()?).ok()
}

fn read_shop(value: &str) -> Result<ShopId, ImportError> {
    let digits = value.trim_ascii();
    let number = digits.bytes().all(|byte| byte.is_ascii_digit());
    let id = digits.parse().ok().filter(|_| number);
    id.and_then(|id| ShopId::new(id).ok())
        .ok_or_else(|| ImportError::BadShop {
            value: shorten(value),
        })
}

/// Partners write `marie+x@example.org` into links unencoded; an e-mail has no spaces, so it is known what was meant.
fn mend_plus(code: &str) -> String {
    match code.match_indices('_').nth(1) {
        Some((second, _)) => {
            let (head, email) = code.split_at(second);
            format!("{head}{}", email.replace(' ', "+"))
        }
        None => code.to_owned(),
    }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(MAX_ECHO) {
        Some((end, _)) => format!("{}…", text.split_at(end).0),
        None => text.to_owned(),
    }
}

/// Most characters of a link's text repeated in a notice or error.
const MAX_ECHO: usize = 64;

/// Beside `utm_*`: click ids of Google, Meta and Mailchimp's campaign marks.
const TRACKING_NAMES: [&str; 4] = ["gclid", "fbclid", "mc_cid", "mc_eid"];

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;
    use crate::domain::catalog::{Audience, Content, ItemStatus, SeatRule};
    use crate::domain::price::PriceBands;

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
            fulfillment: Default::default(),
            handler: String::new(),
            content: Content::Product,
            parent: None,
        }
    }

    fn demo() -> Catalog {
        let mut draft = item(3, "Brouillon", "BROUILLON");
        draft.status = ItemStatus::Preview;
        let mut member = item(4, "Membre", "MEMBRE");
        member.audience = Audience::LoggedIn;
        let mut locked = item(5, "Secret", "SECRET");
        locked.password = Some("x".to_owned());
        let mut few = item(6, "Rare", "RARE");
        few.max_quantity = 3;
        let mut stocked = item(7, "Stock", "STOCK");
        stocked.stock = 10;
        stocked.sold = 8;
        let products = [
            item(1, "monproduit", "MonProduit"),
            item(2, "Livre", "L.1 b"),
        ];
        Catalog::new(
            products
                .into_iter()
                .chain([draft, member, locked, few, stocked])
                .collect(),
        )
    }

    fn link(query: &str) -> ImportLink {
        ImportLink::parse(query.as_bytes()).unwrap()
    }

    /// The order and the notices of a query, in short.
    fn import(query: &str) -> (String, String) {
        let result = link(&format!("id=1&what=import&{query}")).resolve(&demo(), BuyerKind::Guest);
        let order = result
            .order
            .iter()
            .map(|(name, q)| format!("{name}={}", q.units()));
        let notices = result.notices.iter().map(|notice| {
            assert!(
                ImportNotice::CODES.contains(&notice.code()),
                "{}",
                notice.code()
            );
            let params: Vec<_> = notice.params().values().map(String::as_str).collect();
            format!("{} {}", notice.code(), params.join(" "))
        });
        (
            order.collect::<Vec<_>>().join(" "),
            notices.collect::<Vec<_>>().join("; "),
        )
    }

    #[track_caller]
    fn check(query: &str, order: &str, notices: &str) {
        assert_eq!(
            import(query),
            (order.to_owned(), notices.to_owned()),
            "{query}"
        );
    }

    #[test]
    fn b26_the_published_example_fills_the_cart() {
        let example = "view=shop&category=9&shopid=1&blockid=1357&what=import&MonProduit=2";
        let link = link(example);
        assert_eq!(link.shop().value(), 1);
        assert_eq!(link.placement().category.map(NonZeroU32::get), Some(9));
        assert_eq!(link.placement().blockid.map(NonZeroU32::get), Some(1357));
        let result = link.resolve(&demo(), BuyerKind::Guest);
        assert_eq!(
            result.order,
            [("monproduit".to_owned(), Quantity::new(2).unwrap())]
        );
        assert!(result.notices.is_empty());
    }

    #[test]
    fn b26_the_shop_may_be_named_by_id_and_shopid_goes_first() {
        assert_eq!(link("id=7&what=import&a=1").shop().value(), 7);
        assert_eq!(link("id=7&shopid=8").shop().value(), 8);
        assert_eq!(link("id=7&shopid=").shop().value(), 7);
        assert_eq!(link("id=7&id=9").shop().value(), 9);
        let error = |query: &str| ImportLink::parse(query.as_bytes()).unwrap_err().code();
        assert_eq!(error("what=import&MonProduit=1"), "import_no_shop");
        for bad in [
            "id=0",
            "id=-1",
            "id=1x",
            "id=%2B1",
            "id=9223372036854775808",
            "id=1.0",
            "id=7&shopid=x",
        ] {
            assert_eq!(error(bad), "import_bad_shop", "{bad}");
        }
    }

    #[test]
    fn b26_names_with_dots_and_spaces_are_not_mangled() {
        check("L.1%20b=1", "Livre=1", "");
        check("L.1+b=1", "Livre=1", "");
        check("L_1_b=1", "", "unknown_product L_1_b");
        check("mOnPrOdUiT=1&LIVRE=2", "monproduit=1 Livre=2", "");
    }

    #[test]
    fn a27_quantities_have_a_floor_of_one() {
        for bad in [
            "0",
            "-1",
            "1.5",
            "1e3",
            "abc",
            "4294967296",
            "99999999999999999999",
            "١",
            "0x1",
        ] {
            check(
                &format!("Livre={bad}&MonProduit=1"),
                "monproduit=1",
                &format!("bad_quantity Livre {bad}"),
            );
        }
        check("Livre=", "", "bad_quantity Livre ");
        check("Livre", "", "bad_quantity Livre ");
        check("Livre=%2B1", "", "bad_quantity Livre +1");
        check("Livre=007", "Livre=7", "");
        check("Livre=+2%20", "Livre=2", "");
    }

    #[test]
    fn a28_what_cannot_be_sold_is_left_out_and_the_rest_goes_on() {
        check(
            "Brouillon=1&Membre=2&Secret=1&Rare=9&Stock=5&autre=1&Livre=1",
            "Rare=3 Stock=2 Livre=1",
            "unknown_product autre; unavailable Brouillon 1; login_required Membre 2; \
             password_required Secret 1; cut_to_ceiling 3 Rare 9 3; cut_to_stock 2 Stock 5 2",
        );
        let member = link("id=1&Membre=2").resolve(&demo(), BuyerKind::LoggedIn);
        assert_eq!(
            member.order,
            [("Membre".to_owned(), Quantity::new(2).unwrap())]
        );
    }

    #[test]
    fn the_last_mention_of_a_product_counts() {
        check("Livre=1&MonProduit=1&Livre=3", "Livre=3 monproduit=1", "");
        check("Livre=1&Livre=0", "", "bad_quantity Livre 0");
        check("Livre=1&L.1%20b=4", "Livre=4", "named_twice Livre L.1 b");
        check(
            "livre=2&LIVRE=x",
            "",
            "named_twice livre LIVRE; bad_quantity LIVRE x",
        );
    }

    #[test]
    fn array_parameters_are_no_quantity() {
        check(
            "Livre[]=1&Livre%5Ba%5D=2",
            "",
            "array_quantity Livre; array_quantity Livre",
        );
        check("Livre=2&Livre[]=1", "Livre=2", "array_quantity Livre");
        check("autre[]=1", "", "unknown_product autre[]");
        check("Livre[=1", "", "unknown_product Livre[");
    }

    #[test]
    fn reserved_words_are_never_products_and_match_letter_for_letter() {
        let all: Vec<_> = RESERVED_NAMES
            .iter()
            .map(|name| format!("{name}=1"))
            .collect();
        assert!(link(&all.join("&")).products().is_empty());
        let catalog = Catalog::new(vec![item(1, "Partner", "P"), item(2, "lang", "L")]);
        let result = link("id=1&Partner=2&Lang=3&lang=fr").resolve(&catalog, BuyerKind::Guest);
        let names: Vec<_> = result.order.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["Partner", "lang"]);
    }

    #[test]
    fn tracking_parameters_and_empty_names_are_passed_over() {
        check(
            "utm_source=news&gclid=x&fbclid=y&mc_cid=1&mc_eid=2&=5&&Livre=1",
            "Livre=1",
            "",
        );
        check("utmost=1", "", "unknown_product utmost");
    }

    #[test]
    fn b29_autodrive_is_read_as_moodle_reads_a_boolean() {
        for (value, expected) in [
            ("1", true),
            ("true", true),
            ("ON", true),
            ("yes", true),
            ("2", true),
            ("y", true),
            ("0", false),
            ("", false),
            ("off", false),
            ("No", false),
            ("FALSE", false),
        ] {
            assert_eq!(
                link(&format!("id=1&autodrive={value}")).autodrive(),
                expected,
                "{value}"
            );
        }
        assert!(!link("id=1").autodrive());
        assert!(!link("id=1&autodrive=1&autodrive=0").autodrive());
    }

    #[test]
    fn b27_a_partners_email_arrives_whole_even_with_a_bare_plus() {
        let email = |query: &str| {
            let code = link(query).partner_code().unwrap().unwrap();
            code.email().unwrap().to_owned()
        };
        assert_eq!(
            email("id=1&partner=KEY_t_marie_curie@example.org"),
            "marie_curie@example.org"
        );
        assert_eq!(
            email("id=1&partner=KEY_t_marie+x@example.org"),
            "marie+x@example.org"
        );
        assert_eq!(
            email("id=1&partner=KEY_t_marie%2Bx%40example.org"),
            "marie+x@example.org"
        );
    }

    #[test]
    fn a_malformed_partner_code_never_stops_a_sale() {
        let link = link("id=1&partner=%00%FF_&Livre=1");
        assert!(link.partner_code().unwrap().is_err());
        assert_eq!(link.resolve(&demo(), BuyerKind::Guest).order.len(), 1);
    }

    #[test]
    fn oversized_links_are_refused() {
        let error = |query: &str| ImportLink::parse(query.as_bytes()).unwrap_err();
        let long = error(&format!("id=1&a={}", "x".repeat(MAX_QUERY_BYTES)));
        assert_eq!(
            (long.code(), long.http_status()),
            ("import_query_too_long", 414)
        );
        let many: String = (0..=MAX_PRODUCTS).map(|n| format!("&p{n}=1")).collect();
        assert_eq!(error(&format!("id=1{many}")).http_status(), 422);
    }

    #[test]
    fn a_notice_is_a_code_with_its_parameters() {
        let result = link("id=1&Rare=9").resolve(&demo(), BuyerKind::Guest);
        assert_eq!(
            serde_json::to_value(&result.notices).unwrap(),
            serde_json::json!([{"code": "cut_to_ceiling",
                "params": {"ceiling": "3", "product": "Rare", "quantity": "9", "sold": "3"}}])
        );
    }

    #[test]
    fn notices_do_not_repeat_endless_names() {
        let result =
            link(&format!("id=1&{}=1", "é".repeat(500))).resolve(&demo(), BuyerKind::Guest);
        assert_eq!(result.notices[0].params()["product"].chars().count(), 65);
    }
}
