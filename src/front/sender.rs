//! The page that a browser sent a request from, by headers that a page cannot forge. The plugin's pages send no session key with their
//! commands on the cart, so this is what keeps other sites from sending them in a visitor's name.

use url::Url;

/// Headers of a request about the page it was sent from.
#[derive(Clone, Debug, Default)]
pub struct Sender {
    /// `Sec-Fetch-Site`, or ''.
    pub fetch_site: String,
    /// `Sec-Fetch-Dest`, or ''.
    pub fetch_dest: String,
    /// `Origin`, or ''.
    pub origin: String,
    /// `Referer`, or ''.
    pub referer: String,
    /// Root of this site.
    pub wwwroot: String,
}

/// What the headers say.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Provenance {
    /// A form or a script of this site, or a link on one of the shop's own pages.
    Own,
    /// A page of another site, of another subdomain included, or a picture and the like on any page.
    Foreign,
    /// Not enough: an address that was typed, stored or opened from a mail program, a link on a page of this site that is not the shop's,
    /// where users may write, or a site without HTTPS and a browser that hides the `Referer`.
    Unknown,
}

impl Sender {
    /// Reads the headers of a request by `method`. `Sec-Fetch-Site` counts first: every browser since 2023 sends it to HTTPS sites, and a page
    /// cannot suppress it. Otherwise `Origin`, then `Referer`, must be this site's.
    ///
    /// Users may put links and pictures into pages of the site (a blog, a forum), but neither forms nor scripts. So a link counts as the
    /// shop's own only where its page is the shop's, and a picture never.
    #[must_use]
    pub fn provenance(&self, method: &str) -> Provenance {
        let by_page = || {
            if method == "POST" || self.is_from_shop() {
                Provenance::Own
            } else {
                Provenance::Unknown
            }
        };
        match self.fetch_site.trim() {
            "same-origin" => match self.fetch_dest.trim() {
                "empty" => Provenance::Own,
                "" | "document" | "iframe" => by_page(),
                _ => Provenance::Foreign,
            },
            "none" => Provenance::Unknown,
            "" => match [&self.origin, &self.referer]
                .into_iter()
                .find(|header| !header.trim().is_empty())
            {
                None => Provenance::Unknown,
                Some(page) if self.own_path(page).is_some() => by_page(),
                Some(_) => Provenance::Foreign,
            },
            _ => Provenance::Foreign,
        }
    }

    /// Was it sent from one of the shop's own pages?
    fn is_from_shop(&self) -> bool {
        let path = self.own_path(&self.referer);
        path.is_some_and(|path| path.starts_with("/local/shop/"))
    }

    /// The path below wwwroot of a page of this site; `None` for others.
    fn own_path(&self, page: &str) -> Option<String> {
        let page = Url::parse(page.trim()).ok()?;
        let root = Url::parse(&self.wwwroot).ok()?;
        if page.origin() != root.origin() {
            return None;
        }
        let below = page.path().strip_prefix(root.path().trim_end_matches('/'));
        Some(below.unwrap_or_default().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: &str = "https://shop.example/moodle/local/shop/front/view.php?view=shop";

    fn sender(fetch_site: &str, origin: &str, referer: &str) -> Sender {
        Sender {
            fetch_site: fetch_site.into(),
            fetch_dest: String::new(),
            origin: origin.into(),
            referer: referer.into(),
            wwwroot: "https://shop.example/moodle".into(),
        }
    }

    #[test]
    fn the_browsers_own_word_counts_first() {
        let own = "https://shop.example";
        for (site, expected) in [
            ("same-origin", Provenance::Own),
            ("none", Provenance::Unknown),
            ("same-site", Provenance::Foreign),
            ("cross-site", Provenance::Foreign),
            ("anything", Provenance::Foreign),
        ] {
            let sender = sender(site, own, SHOP);
            assert_eq!(sender.provenance("POST"), expected, "{site}");
        }
    }

    #[test]
    fn what_users_can_put_into_a_page_of_the_site_is_not_the_shops() {
        let blog = "https://shop.example/moodle/blog/index.php";
        for (dest, referer, method, expected) in [
            // A form or a script, which users cannot write.
            ("document", blog, "POST", Provenance::Own),
            ("empty", blog, "GET", Provenance::Own),
            // A link.
            ("document", SHOP, "GET", Provenance::Own),
            ("iframe", SHOP, "GET", Provenance::Own),
            ("document", blog, "GET", Provenance::Unknown),
            ("document", "", "GET", Provenance::Unknown),
            (
                "document",
                "https://shop.example/local/shop/",
                "GET",
                Provenance::Unknown,
            ),
            // A picture, a style, a font.
            ("image", blog, "GET", Provenance::Foreign),
            ("image", SHOP, "GET", Provenance::Foreign),
            ("object", SHOP, "GET", Provenance::Foreign),
        ] {
            let sender = Sender {
                fetch_dest: dest.into(),
                ..sender("same-origin", "", referer)
            };
            assert_eq!(sender.provenance(method), expected, "{dest} {referer}");
        }
        assert_eq!(sender("", "", blog).provenance("GET"), Provenance::Unknown);
        assert_eq!(sender("", "", SHOP).provenance("GET"), Provenance::Own);
    }

    #[test]
    fn without_it_origin_or_referer_must_be_this_sites() {
        for (origin, referer, expected) in [
            ("https://shop.example", "", Provenance::Own),
            ("", "https://shop.example/course?x=1", Provenance::Own),
            ("https://shop.example:443", "", Provenance::Own),
            ("null", "https://shop.example/", Provenance::Foreign),
            ("http://shop.example", "", Provenance::Foreign),
            ("https://shop.example.evil.example", "", Provenance::Foreign),
            (
                "",
                "https://evil.example/https://shop.example/",
                Provenance::Foreign,
            ),
            (
                "",
                "https://shop.example@evil.example/",
                Provenance::Foreign,
            ),
            ("", "", Provenance::Unknown),
        ] {
            let sender = sender("", origin, referer);
            assert_eq!(sender.provenance("POST"), expected, "{origin} {referer}");
        }
    }
}
