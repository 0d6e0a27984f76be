//! What must hold for every import link and partner code, not only for the examples.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the helpers of a test may panic"
)]

use std::num::NonZeroU32;

use proptest::prelude::*;
use rust_decimal::Decimal;
use shopengine::domain::catalog::{
    Audience, BuyerKind, Catalog, CatalogItem, ItemStatus, SeatRule,
};
use shopengine::domain::import::{
    ImportLink, ImportNotice, Placement, RESERVED_NAMES, ShopId, forge,
};
use shopengine::domain::partner::{PartnerCode, PartnerKey, PartnerTag};
use shopengine::domain::price::PriceBands;
use shopengine::domain::quantity::Quantity;
use shopengine::domain::signature::{self, Signature};

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(query in proptest::collection::vec(any::<u8>(), 0..600)) {
        let with_shop = [b"id=1&p1=1&partner=".as_slice(), &query].concat();
        for query in [query, with_shop] {
            if let Ok(link) = ImportLink::parse(&query) {
                link.partner_code();
                link.resolve(&catalog(3, 0, 0), BuyerKind::Guest);
            }
        }
    }

    #[test]
    fn anything_like_a_link_sells_only_what_exists(query in "(&?(id|p[0-9]|P1|C2|partner|autodrive|[a-z\\[\\]%.]{0,4})=?[-+0-9a-f_@%]{0,6}){0,20}") {
        let catalog = catalog(5, 0, 0);
        if let Ok(link) = ImportLink::parse(format!("shopid=1&{query}").as_bytes()) {
            let result = link.resolve(&catalog, BuyerKind::Guest);
            let mut names: Vec<_> = result.order.iter().map(|(name, _)| name).collect();
            for name in &names {
                prop_assert!(catalog.items().iter().any(|item| item.shortname == **name));
            }
            names.sort();
            names.dedup();
            prop_assert_eq!(names.len(), result.order.len());
            for notice in &result.notices {
                prop_assert!(ImportNotice::CODES.contains(&notice.code()));
            }
        }
    }

    #[test]
    fn a_partner_code_prints_what_it_reads(code in partner_code()) {
        prop_assert_eq!(PartnerCode::parse(&code.to_string()), Ok(code.clone()));
        let session = serde_json::to_value(&code).unwrap();
        prop_assert_eq!(serde_json::from_value::<PartnerCode>(session).unwrap(), code);
    }

    #[test]
    fn a_signed_link_is_believed_as_it_is_and_not_otherwise(
        code in partner_code(),
        secret in "[!-~]{1,40}",
        at in any::<prop::sample::Index>(),
        other in any::<u8>(),
    ) {
        let shop = ShopId::new(1).unwrap();
        let products = [("monproduit", Quantity::new(2).unwrap())];
        let link = forge("https://shop.example", shop, &products, Some(&code), &Placement::default()).unwrap();
        let link = signature::sign(&link, secret.as_bytes(), Some(2)).unwrap();
        let query = link.split_once('?').unwrap().1.as_bytes();
        prop_assert_eq!(signature::check(query, secret.as_bytes(), 1), Signature::Valid);
        let read = ImportLink::parse(query).unwrap();
        prop_assert_eq!(read.partner_code(), Some(Ok(code)));
        let mut changed = query.to_vec();
        changed[at.index(query.len())] = other;
        // Another way to encode the same text is the same text.
        if signature::signed_text(&changed) != signature::signed_text(query) {
            prop_assert_ne!(signature::check(&changed, secret.as_bytes(), 1), Signature::Valid);
        }
    }

    #[test]
    fn the_email_is_all_after_the_second_underscore(tag in "[^_<>\"\\pC\\u{2028}\\u{2029}]{1,20}", email in "[^\\s<>\"\\pC]{1,100}") {
        let code = PartnerCode::parse(&format!("KEY_{tag}_{email}")).unwrap();
        prop_assert_eq!(code.tag().map(PartnerTag::as_str), Some(tag.as_str()));
        prop_assert_eq!(code.email(), Some(email.as_str()));
    }

    #[test]
    fn any_text_is_a_code_or_a_typed_error(
        text in prop_oneof![any::<String>(), "[A-Z0-9]{0,17}(_{1,3}[a-zé@. \n]{0,5}){0,3}"]
    ) {
        match PartnerCode::parse(&text) {
            // Only underscores that separate nothing are lost.
            Ok(code) => {
                let rest = text.strip_prefix(&code.to_string());
                prop_assert!(rest.is_some_and(|rest| rest.chars().all(|c| c == '_')));
            }
            Err(error) => prop_assert!(error.code().starts_with("partner_")),
        }
    }

    #[test]
    fn a_forged_link_reads_back_the_same(
        shop in 1..i64::MAX,
        products in proptest::collection::hash_map(product_name(), 1..u32::MAX, 1..20),
        code in proptest::option::of(partner_code()),
        autodrive in any::<bool>(),
        category in any::<Option<NonZeroU32>>(),
        blockid in any::<Option<NonZeroU32>>(),
        categoryalias in proptest::option::of("\\PC{1,20}"),
    ) {
        let shop = ShopId::new(shop).unwrap();
        let products: Vec<(String, Quantity)> =
            products.into_iter().map(|(name, units)| (name, Quantity::new(units).unwrap())).collect();
        let lines: Vec<(&str, Quantity)> = products.iter().map(|(name, q)| (name.as_str(), *q)).collect();
        let placement = Placement { autodrive, blockid, category, categoryalias };
        let url = forge("https://moodle.example/sub", shop, &lines, code.as_ref(), &placement).unwrap();
        let query = url.strip_prefix("https://moodle.example/sub/local/shop/front/view.php?").unwrap();
        let link = ImportLink::parse(query.as_bytes()).unwrap();
        prop_assert_eq!(link.shop(), shop);
        prop_assert_eq!(link.partner_code(), code.map(Ok));
        prop_assert_eq!(link.placement(), &placement);
        let read: Vec<_> = link.products().iter().map(|l| (l.name.clone(), l.quantity.clone().unwrap())).collect();
        prop_assert_eq!(read, products);
    }

    #[test]
    fn no_line_exceeds_ceiling_or_stock_nor_what_was_asked(
        asked in 1..40_u32, in_cart in 0..20_u32, ceiling in 0..20_u32, stock in -5..30_i64, sold in -5..30_i64,
    ) {
        let mut one = item(1);
        one.max_quantity = ceiling;
        one.stock = stock;
        one.sold = sold;
        let requested = Quantity::new(asked).unwrap();
        if let Ok(sellable) = one.sellable(requested, in_cart, BuyerKind::Guest) {
            let units = sellable.quantity.units();
            prop_assert!(units <= asked);
            prop_assert!(ceiling == 0 || in_cart + units <= ceiling);
            prop_assert!(stock <= 0 || i64::from(in_cart + units) <= stock - sold.max(0));
            prop_assert_eq!(sellable.notice.is_some(), units < asked);
        } else {
            prop_assert!((ceiling > 0 && in_cart >= ceiling) || (stock > 0 && i64::from(in_cart) >= stock - sold.max(0)));
        }
        let catalog = Catalog::new(vec![one]);
        let link = ImportLink::parse(format!("id=1&p1={asked}").as_bytes()).unwrap();
        for (_, quantity) in link.resolve(&catalog, BuyerKind::Guest).order {
            prop_assert!(ceiling == 0 || quantity.units() <= ceiling);
            prop_assert!(stock <= 0 || i64::from(quantity.units()) <= stock - sold.max(0));
        }
    }
}

fn partner_code() -> impl Strategy<Value = PartnerCode> {
    let tag = proptest::option::of("[^_<>\"\\pC\\u{2028}\\u{2029}]{1,60}");
    let email = proptest::option::of("[^\\s<>\"\\pC]{1,100}");
    ("[A-Za-z0-9]{1,16}", tag, email).prop_map(|(key, tag, email)| {
        let tag = tag.map(|tag| PartnerTag::new(&tag).unwrap());
        PartnerCode::new(PartnerKey::new(&key).unwrap(), tag, email.as_deref()).unwrap()
    })
}

fn product_name() -> impl Strategy<Value = String> {
    "\\PC{1,30}".prop_filter("must be usable", |name| {
        !name.trim().is_empty()
            && !RESERVED_NAMES.contains(&name.as_str())
            && !name.starts_with("utm_")
    })
}

fn catalog(products: i64, ceiling: u32, stock: i64) -> Catalog {
    let items = (1..=products).map(|id| CatalogItem {
        max_quantity: ceiling,
        stock,
        ..item(id)
    });
    Catalog::new(items.collect())
}

fn item(id: i64) -> CatalogItem {
    CatalogItem {
        id,
        catalogid: 1,
        code: format!("C{id}"),
        shortname: format!("p{id}"),
        name: format!("Product {id}"),
        label: format!("Product {id}"),
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
        content: Default::default(),
        parent: None,
    }
}
