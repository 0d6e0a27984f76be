//! Import links forged: the address that a partner puts on his page.

use url::{Url, form_urlencoded};

use super::{
    ImportError, MAX_PRODUCTS, MAX_QUERY_BYTES, Placement, ShopId, is_reserved, is_tracking,
    shorten,
};
use crate::domain::partner::PartnerCode;
use crate::domain::quantity::Quantity;

/// Forges an import link: `<wwwroot>/local/shop/front/view.php?shopid=..&what=import&<product>=<quantity>...`.
/// [`ImportLink::parse`](super::ImportLink::parse) of its query gives the same shop, products, partner and placement back.
///
/// # Errors
/// `BadBase`, `NoProducts`, `TooManyProducts`, `UnusableName`, `ReservedName`, `RepeatedName` or `QueryTooLong`.
pub fn forge(
    wwwroot: &str,
    shop: ShopId,
    products: &[(&str, Quantity)],
    partner: Option<&PartnerCode>,
    placement: &Placement,
) -> Result<String, ImportError> {
    let base = front_page(wwwroot)?;
    check_names(products)?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("shopid", &shop.value().to_string());
    query.append_pair("what", "import");
    if let Some(category) = placement.category {
        query.append_pair("category", &category.to_string());
    }
    if let Some(alias) = &placement.categoryalias {
        query.append_pair("categoryalias", alias);
    }
    if let Some(blockid) = placement.blockid {
        query.append_pair("blockid", &blockid.to_string());
    }
    for (name, quantity) in products {
        query.append_pair(name, &quantity.units().to_string());
    }
    if let Some(partner) = partner {
        query.append_pair("partner", &partner.to_string());
    }
    if placement.autodrive {
        query.append_pair("autodrive", "1");
    }
    let query = query.finish();
    if query.len() > MAX_QUERY_BYTES {
        return Err(ImportError::QueryTooLong { bytes: query.len() });
    }
    Ok(format!("{base}?{query}"))
}

fn front_page(wwwroot: &str) -> Result<String, ImportError> {
    let site = Url::parse(wwwroot.trim()).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    });
    let site = site.ok_or_else(|| ImportError::BadBase {
        base: shorten(wwwroot),
    })?;
    Ok(format!(
        "{}/local/shop/front/view.php",
        site.as_str().trim_end_matches('/')
    ))
}

fn check_names(products: &[(&str, Quantity)]) -> Result<(), ImportError> {
    if products.is_empty() {
        return Err(ImportError::NoProducts);
    }
    if products.len() > MAX_PRODUCTS {
        return Err(ImportError::TooManyProducts);
    }
    let mut names: Vec<&str> = products.iter().map(|(name, _)| *name).collect();
    for name in &names {
        if name.trim().is_empty() || name.contains(char::is_control) {
            let name = shorten(&name.escape_debug().to_string());
            return Err(ImportError::UnusableName { name });
        }
        if is_reserved(name) || is_tracking(name) {
            return Err(ImportError::ReservedName {
                name: shorten(name),
            });
        }
    }
    names.sort_unstable();
    let repeated = names.iter().zip(names.iter().skip(1)).find(|(a, b)| a == b);
    repeated.map_or(Ok(()), |(name, _)| {
        Err(ImportError::RepeatedName {
            name: shorten(name),
        })
    })
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    #[test]
    fn forges_the_documented_form() {
        let two = Quantity::new(2).unwrap();
        let code = PartnerCode::parse("ACADEMIE_t&1_marie_curie+x@example.org").unwrap();
        let placement = Placement {
            autodrive: true,
            category: NonZeroU32::new(9),
            ..Placement::default()
        };
        let shop = ShopId::new(1).unwrap();
        let products = [("MonProduit", two), ("L.1 b", two)];
        let url = forge(
            "https://moodle.example/sub/",
            shop,
            &products,
            Some(&code),
            &placement,
        );
        assert_eq!(
            url.unwrap(),
            "https://moodle.example/sub/local/shop/front/view.php?shopid=1&what=import&category=9&MonProduit=2\
             &L.1+b=2&partner=ACADEMIE_t%261_marie_curie%2Bx%40example.org&autodrive=1"
        );
    }

    #[test]
    fn refuses_to_forge_what_would_not_be_read_back() {
        let one = Quantity::new(1).unwrap();
        let shop = ShopId::new(1).unwrap();
        let error = |base: &str, products: &[(&str, Quantity)]| {
            forge(base, shop, products, None, &Placement::default())
                .unwrap_err()
                .code()
        };
        let site = "https://m.example";
        for bad in [
            "",
            "m.example",
            "ftp://m.example",
            "javascript:alert(1)",
            "https://u@m.example",
            "https://m.example/?a=1",
            "https://m.example/#x",
        ] {
            assert_eq!(error(bad, &[("a", one)]), "import_bad_base", "{bad}");
        }
        assert_eq!(error(site, &[]), "import_no_products");
        assert_eq!(error(site, &[("lang", one)]), "import_reserved_name");
        assert_eq!(error(site, &[("utm_x", one)]), "import_reserved_name");
        assert_eq!(error(site, &[(" ", one)]), "import_unusable_name");
        assert_eq!(error(site, &[("a\nb", one)]), "import_unusable_name");
        assert_eq!(
            error(site, &[("a", one), ("b", one), ("a", one)]),
            "import_repeated_name"
        );
        assert_eq!(
            error(site, &vec![("a", one); 201]),
            "import_too_many_products"
        );
        assert_eq!(
            error(site, &[("é".repeat(2000).as_str(), one)]),
            "import_query_too_long"
        );
    }
}
