//! Stored personal data as they are shown to somebody who may not be their owner: initials, town and country. The masks stand
//! in the form of the customer step; a field that still holds one means the stored value, any other text is the buyer's own.

use super::customer::CustomerInfo;

impl CustomerInfo {
    /// The data with everything masked but town and country, and without the row that they come from.
    #[must_use]
    pub fn masked(&self) -> Self {
        Self {
            id: None,
            firstname: initial(&self.firstname, NAME),
            lastname: initial(&self.lastname, NAME),
            organisation: hidden(&self.organisation),
            address: hidden(&self.address),
            zip: hidden(&self.zip),
            city: self.city.clone(),
            country: self.country.clone(),
            email: initial(&self.email, EMAIL),
        }
    }

    /// The data with the value of `stored` in each field that holds a mask.
    #[must_use]
    pub fn unmasked(&self, stored: &Self) -> Self {
        self.replaced(stored)
    }

    /// The data without the fields that hold a mask.
    #[must_use]
    pub fn without_masks(&self) -> Self {
        self.replaced(&Self::default())
    }

    fn replaced(&self, other: &Self) -> Self {
        let field = |value: &String, other: &String, is_mask: bool| {
            if is_mask { other } else { value }.clone()
        };
        let name = |value: &String, other| field(value, other, is_initial(value, NAME));
        let text = |value: &String, other| field(value, other, value == HIDDEN);
        Self {
            id: None,
            firstname: name(&self.firstname, &other.firstname),
            lastname: name(&self.lastname, &other.lastname),
            organisation: text(&self.organisation, &other.organisation),
            address: text(&self.address, &other.address),
            zip: text(&self.zip, &other.zip),
            city: self.city.clone(),
            country: self.country.clone(),
            email: field(&self.email, &other.email, is_initial(&self.email, EMAIL)),
        }
    }
}

/// The first character with `rest` behind it; nothing of nothing.
fn initial(value: &str, rest: &str) -> String {
    let first = value.trim().chars().next();
    first.map_or_else(String::new, |first| format!("{first}{rest}"))
}

fn is_initial(value: &str, rest: &str) -> bool {
    value
        .strip_suffix(rest)
        .is_some_and(|first| first.chars().count() == 1)
}

fn hidden(value: &str) -> String {
    if value.trim().is_empty() {
        String::new()
    } else {
        HIDDEN.to_owned()
    }
}

/// What stands for a whole field.
const HIDDEN: &str = "…";

/// What stands behind the initial of a name.
const NAME: &str = ".";

/// What stands behind the initial of an email.
const EMAIL: &str = "…@…";

#[cfg(test)]
mod tests {
    use super::*;

    fn marie() -> CustomerInfo {
        CustomerInfo {
            id: Some(2),
            firstname: "Marie".to_owned(),
            lastname: "Ørsted".to_owned(),
            organisation: "Institut".to_owned(),
            address: "36 quai\r\nBât. B".to_owned(),
            zip: "75004".to_owned(),
            city: "Paris".to_owned(),
            country: "FR".to_owned(),
            email: "marie@example.org".to_owned(),
        }
    }

    #[test]
    fn only_initials_town_and_country_are_shown() {
        let masked = serde_json::to_value(marie().masked()).unwrap();
        assert_eq!(
            masked,
            serde_json::json!({"firstname": "M.", "lastname": "Ø.", "organisation": "…", "address": "…", "zip": "…",
                "city": "Paris", "country": "FR", "email": "m…@…"})
        );
        let nothing = CustomerInfo::default();
        assert_eq!(nothing.masked(), nothing);
    }

    #[test]
    fn a_mask_means_the_stored_value_and_any_other_text_itself() {
        let stored = CustomerInfo {
            id: None,
            ..marie()
        };
        assert_eq!(marie().masked().unmasked(&stored), stored);
        let typed = CustomerInfo {
            firstname: "Zoé".to_owned(),
            zip: String::new(),
            city: "Nantes".to_owned(),
            ..marie().masked()
        };
        let both = typed.unmasked(&stored);
        assert_eq!(
            (
                both.firstname.as_str(),
                both.zip.as_str(),
                both.city.as_str()
            ),
            ("Zoé", "", "Nantes")
        );
        assert_eq!(
            (both.lastname.as_str(), both.address),
            ("Ørsted", stored.address)
        );
        let own = typed.without_masks();
        assert_eq!((own.firstname.as_str(), own.lastname.as_str()), ("Zoé", ""));
        assert_eq!((own.address.as_str(), own.email.as_str()), ("", ""));
    }
}
