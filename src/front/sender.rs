//! The page that a browser sent a request from, by headers that a page cannot forge. The plugin's pages send no session key with their
//! commands on the cart, so this is what keeps other sites from sending them in a visitor's name.

use url::Url;

/// Headers of a request about the page it was sent from.
#[derive(Clone, Debug, Default)]
pub struct Sender {
    /// `Sec-Fetch-Site`, or ''.
    pub fetch_site: String,
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
    /// A page of this site, or the visitor typed the address themselves.
    Own,
    /// A page of another site, of another subdomain included.
    Foreign,
    /// Nothing: an old browser, or a site without HTTPS and a browser that hides the `Referer`.
    Unknown,
}

impl Sender {
    /// Reads the headers. `Sec-Fetch-Site` counts first: every browser since 2023 sends it to HTTPS sites, and a page cannot
    /// suppress it. Otherwise `Origin`, then `Referer`, must be this site's.
    #[must_use]
    pub fn provenance(&self) -> Provenance {
        match self.fetch_site.trim() {
            "same-origin" | "none" => return Provenance::Own,
            "" => {}
            _ => return Provenance::Foreign,
        }
        let page = [&self.origin, &self.referer]
            .into_iter()
            .find(|header| !header.trim().is_empty());
        let Some(page) = page else {
            return Provenance::Unknown;
        };
        match (Url::parse(page.trim()), Url::parse(&self.wwwroot)) {
            (Ok(page), Ok(root)) if page.origin() == root.origin() => Provenance::Own,
            _ => Provenance::Foreign,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provenance(fetch_site: &str, origin: &str, referer: &str) -> Provenance {
        Sender {
            fetch_site: fetch_site.into(),
            origin: origin.into(),
            referer: referer.into(),
            wwwroot: "https://shop.example/moodle".into(),
        }
        .provenance()
    }

    #[test]
    fn the_browsers_own_word_counts_first() {
        let own = "https://shop.example";
        for (site, expected) in [
            ("same-origin", Provenance::Own),
            ("none", Provenance::Own),
            ("same-site", Provenance::Foreign),
            ("cross-site", Provenance::Foreign),
            ("anything", Provenance::Foreign),
        ] {
            assert_eq!(provenance(site, own, own), expected, "{site}");
        }
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
            assert_eq!(
                provenance("", origin, referer),
                expected,
                "{origin} {referer}"
            );
        }
    }
}
