//! Email addresses as they are compared. A database may find more: a collation takes `é` for `e`, and white space at the end for nothing.

/// Are two addresses the same but for letter case? Every row that a database finds by an address that somebody typed is asked this.
#[must_use]
pub fn is_same(one: &str, other: &str) -> bool {
    folded(one) == folded(other)
}

/// An address in lower case. A letter outside ASCII never becomes one of ASCII: the Kelvin sign is no `k`.
#[must_use]
pub fn folded(address: &str) -> String {
    let mut folded = String::with_capacity(address.len());
    for c in address.chars() {
        if c.is_ascii() || c.to_lowercase().any(|lower| lower.is_ascii()) {
            folded.push(c.to_ascii_lowercase());
        } else {
            folded.extend(c.to_lowercase());
        }
    }
    folded
}

/// The mailbox that an address leads to: most servers ignore what stands between `+` and `@`.
#[must_use]
pub fn mailbox(address: &str) -> String {
    let address = folded(address.trim());
    match address.rsplit_once('@') {
        Some((local, domain)) => {
            let name = local.split('+').next().unwrap_or_default();
            format!("{name}@{domain}")
        }
        None => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_letter_case_makes_no_difference() {
        for same in ["Zoé@Example.org", "ZOÉ@EXAMPLE.ORG"] {
            assert!(is_same("zoé@example.org", same), "{same}");
        }
        for other in [
            "zoe@example.org",
            "zoé@éxample.org",
            "zoé@example.org ",
            "zoe\u{301}@example.org",
            "zoé@example.orɡ",
        ] {
            assert!(!is_same("zoé@example.org", other), "{other}");
        }
        assert_eq!(mailbox(" Zoé+a+b@Example.org"), "zoé@example.org");
        assert_eq!(mailbox("nothing"), "nothing");
        assert!(!is_same("kim@example.org", "\u{212a}im@example.org"));
        assert!(!is_same("i@example.org", "\u{130}@example.org"));
    }
}
