//! Signed import links: the partner's secret over the whole query, with an expiry where he wants one.
//!
//! `sig` is HMAC-SHA-256 (RFC 2104, FIPS 180-4) in hexadecimal over the parameters in the link's order, decoded and encoded
//! again by RFC 3986 (all but `A-Z a-z 0-9 - . _ ~` as `%XX`), joined by `=` and `&`, without `sig` itself and without the
//! tracking parameters that mail tools append. So a link survives a tool that encodes it in another way, and no other change.
//! `expires` is a parameter like the others: Unix seconds, the first second in which the link is no longer believed.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use url::{Url, form_urlencoded};

use super::import::{ImportError, MAX_QUERY_BYTES, is_tracking};

/// What a link's signature is worth.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Signature {
    /// The link is not signed.
    Absent,
    /// It was signed with this secret, for a time that is over or cannot be read.
    Expired,
    /// It was signed with this secret and is as it was then.
    Valid,
    /// It was signed with another secret, or changed since.
    Wrong,
}

/// Judges the signature of a raw query string at `now`, in Unix seconds. Compares in constant time.
pub fn check(raw_query: &[u8], secret: &[u8], now: i64) -> Signature {
    let mut given = Vec::new();
    let mut fresh = true;
    for (name, value) in form_urlencoded::parse(raw_query) {
        match name.as_ref() {
            "sig" => given.push(value),
            "expires" => fresh &= value.parse::<i64>().is_ok_and(|expires| now < expires),
            _ => {}
        }
    }
    let signature = match given.as_slice() {
        [] => return Signature::Absent,
        [one] => unhex(one),
        _ => None,
    };
    let valid = signature.is_some_and(|signature| {
        mac(raw_query, secret).is_some_and(|mac| mac.verify_slice(&signature).is_ok())
    });
    match (valid, fresh) {
        (false, _) => Signature::Wrong,
        (true, false) => Signature::Expired,
        (true, true) => Signature::Valid,
    }
}

/// The link with `expires` (Unix seconds, if any) and `sig` added; those it had are replaced.
///
/// # Errors
/// `BadBase` when it is no http or https address; `QueryTooLong`; `NoSecret`.
pub fn sign(link: &str, secret: &[u8], expires: Option<i64>) -> Result<String, ImportError> {
    let bad = || ImportError::BadBase {
        base: link.chars().take(64).collect(),
    };
    let mut url = Url::parse(link.trim()).map_err(|_| bad())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad());
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in url.query_pairs() {
        if !matches!(name.as_ref(), "sig" | "expires") {
            query.append_pair(&name, &value);
        }
    }
    if let Some(expires) = expires {
        query.append_pair("expires", &expires.to_string());
    }
    let mut query = query.finish();
    let mac = mac(query.as_bytes(), secret).ok_or(ImportError::NoSecret)?;
    let _ = write!(query, "&sig={}", hex(&mac.finalize().into_bytes()));
    if query.len() > MAX_QUERY_BYTES {
        return Err(ImportError::QueryTooLong { bytes: query.len() });
    }
    url.set_query(Some(&query));
    Ok(url.into())
}

/// The signature that a raw query string carries, if it does.
pub fn signature_of(raw_query: &[u8]) -> Option<String> {
    let mut pairs = form_urlencoded::parse(raw_query);
    pairs.find_map(|(name, value)| (name == "sig").then(|| value.into_owned()))
}

/// What is signed of a raw query string.
#[must_use]
pub fn signed_text(raw_query: &[u8]) -> String {
    let mut text = String::with_capacity(raw_query.len());
    for (name, value) in form_urlencoded::parse(raw_query) {
        if name == "sig" || is_tracking(&name) {
            continue;
        }
        if !text.is_empty() {
            text.push('&');
        }
        encode(&mut text, &name);
        text.push('=');
        encode(&mut text, &value);
    }
    text
}

/// Bytes as lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The bytes of hexadecimal digits; `None` for anything else.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
        .collect()
}

/// HMAC-SHA-256 under `secret`; `None` without a secret, which signs nothing.
pub(crate) fn hmac(secret: &[u8]) -> Option<Hmac<Sha256>> {
    if secret.is_empty() {
        return None;
    }
    Hmac::<Sha256>::new_from_slice(secret).ok()
}

fn mac(raw_query: &[u8], secret: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = hmac(secret)?;
    mac.update(signed_text(raw_query).as_bytes());
    Some(mac)
}

fn encode(text: &mut String, part: &str) {
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"demo-secret";
    const LINK: &str = "https://shop.example/local/shop/front/view.php?shopid=1&what=import&monproduit=2\
        &partner=ACADEMIE_t1_marie_curie%40example.org&autodrive=1";

    fn query(link: &str) -> &[u8] {
        link.split_once('?').unwrap().1.as_bytes()
    }

    #[test]
    fn a_signed_link_is_valid_until_it_expires() {
        let link = sign(LINK, SECRET, Some(1_800_000_000)).unwrap();
        assert_eq!(check(query(&link), SECRET, 1_799_999_999), Signature::Valid);
        assert_eq!(
            check(query(&link), SECRET, 1_800_000_000),
            Signature::Expired
        );
        assert_eq!(check(query(&link), b"other", 0), Signature::Wrong);
        assert_eq!(check(query(LINK), SECRET, 0), Signature::Absent);
        assert_eq!(check(query(&link), b"", 0), Signature::Wrong);
    }

    #[test]
    fn the_text_is_the_one_in_the_documents() {
        assert_eq!(
            signed_text(
                "shopid=1&L.1+b=2&x=%c3%A9*~&partner=K_t_a_b%40c.d&utm_source=m&sig=00".as_bytes()
            ),
            "shopid=1&L.1%20b=2&x=%C3%A9%2A~&partner=K_t_a_b%40c.d"
        );
    }

    #[test]
    fn another_encoding_and_tracking_change_nothing() {
        let link = sign(LINK, SECRET, None).unwrap();
        let recoded = link
            .replace("%40", "@")
            .replace("monproduit", "mon%70roduit")
            + "&utm_source=mail";
        assert_eq!(check(query(&recoded), SECRET, 0), Signature::Valid);
    }

    #[test]
    fn any_other_change_is_found() {
        let link = sign(LINK, SECRET, Some(1_800_000_000)).unwrap();
        for (from, to) in [
            ("monproduit=2", "monproduit=3"),
            ("t1_", "t2_"),
            ("&autodrive=1", ""),
            ("expires=1800000000", "expires=1900000000"),
            ("&expires=1800000000", ""),
            ("&sig=", "&livre=1&sig="),
            ("&sig=", "&sig=00&sig="),
        ] {
            let changed = link.replace(from, to);
            assert_ne!(changed, link);
            assert_eq!(check(query(&changed), SECRET, 0), Signature::Wrong, "{to}");
        }
    }

    #[test]
    fn signing_again_replaces_the_signature() {
        let once = sign(LINK, SECRET, Some(1)).unwrap();
        let twice = sign(&once, SECRET, None).unwrap();
        assert_eq!(twice, sign(LINK, SECRET, None).unwrap());
        assert_eq!(
            sign(LINK, b"", None).unwrap_err().code(),
            "import_no_secret"
        );
        assert_eq!(
            sign("ftp://x/", SECRET, None).unwrap_err().code(),
            "import_bad_base"
        );
    }
}
