//! Who buys and who is invoiced: the data of the customer step, under the plugin's names, and what is wrong with them.

use std::fmt;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};

/// The buyer, as `$SESSION->shoppingcart->customerinfo` and `local_shop_customer` keep him.
///
/// Reading forgives what PHP sessions hold: numbers as text, nulls and missing fields as empty, unknown fields ignored. Call
/// [`CustomerInfo::tidied`] on what a form sent, then [`CustomerInfo::problems`] before anything is stored.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct CustomerInfo {
    /// Row of `local_shop_customer`, once stored.
    #[serde(
        deserialize_with = "lenient_id",
        skip_serializing_if = "Option::is_none"
    )]
    pub id: Option<i64>,
    /// First name.
    #[serde(deserialize_with = "lenient_text")]
    pub firstname: String,
    /// Last name.
    #[serde(deserialize_with = "lenient_text")]
    pub lastname: String,
    /// Organisation.
    #[serde(deserialize_with = "lenient_text")]
    pub organisation: String,
    /// Street address, may have several lines.
    #[serde(deserialize_with = "lenient_text")]
    pub address: String,
    /// Postal code.
    #[serde(deserialize_with = "lenient_text")]
    pub zip: String,
    /// City.
    #[serde(deserialize_with = "lenient_text")]
    pub city: String,
    /// Country, ISO 3166-1 alpha-2, upper case.
    #[serde(deserialize_with = "lenient_text")]
    pub country: String,
    /// E-mail address.
    #[serde(deserialize_with = "lenient_text")]
    pub email: String,
}

impl CustomerInfo {
    /// White space around each field taken off, country in upper case.
    pub fn tidied(mut self) -> Self {
        let fields = [
            &mut self.firstname,
            &mut self.lastname,
            &mut self.organisation,
            &mut self.address,
            &mut self.zip,
            &mut self.city,
            &mut self.country,
            &mut self.email,
        ];
        fields.into_iter().for_each(trim);
        self.country.make_ascii_uppercase();
        self
    }

    /// What is wrong, in the form's order; nothing when the data may be stored. The organisation is needed where the shop says so.
    pub fn problems(&self, organisation_required: bool) -> Vec<FieldProblem> {
        self.check(organisation_required, true)
    }

    /// [`CustomerInfo::problems`] of a buyer who gives other invoice data: his own address and postal code may then stay empty.
    pub fn problems_invoiced_elsewhere(&self, organisation_required: bool) -> Vec<FieldProblem> {
        self.check(organisation_required, false)
    }

    fn check(&self, organisation_required: bool, address_required: bool) -> Vec<FieldProblem> {
        let rules = [
            Rule::text("firstname", &self.firstname, true, 40),
            Rule::text("lastname", &self.lastname, true, 40),
            Rule::text(
                "organisation",
                &self.organisation,
                organisation_required,
                64,
            ),
            Rule::lines("address", &self.address, address_required, 255),
            Rule::text("zip", &self.zip, address_required, 10),
            Rule::text("city", &self.city, true, 40),
            Rule::country(&self.country),
            Rule::email(&self.email, true),
        ];
        rules.iter().filter_map(Rule::problem).collect()
    }
}

/// Who is invoiced when it is not the buyer: `$SESSION->shoppingcart->invoiceinfo` and the JSON of
/// `local_shop_bill.invoiceinfo`. Read as forgivingly as [`CustomerInfo`].
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct InvoiceInfo {
    /// Organisation.
    #[serde(deserialize_with = "lenient_text")]
    pub organisation: String,
    /// Department.
    #[serde(deserialize_with = "lenient_text")]
    pub department: String,
    /// First name of the contact.
    #[serde(deserialize_with = "lenient_text")]
    pub firstname: String,
    /// Last name of the contact.
    #[serde(deserialize_with = "lenient_text")]
    pub lastname: String,
    /// E-mail address of the contact.
    #[serde(deserialize_with = "lenient_text")]
    pub email: String,
    /// Street address, may have several lines.
    #[serde(deserialize_with = "lenient_text")]
    pub address: String,
    /// Postal code.
    #[serde(deserialize_with = "lenient_text")]
    pub zip: String,
    /// City.
    #[serde(deserialize_with = "lenient_text")]
    pub city: String,
    /// Country, ISO 3166-1 alpha-2, upper case.
    #[serde(deserialize_with = "lenient_text")]
    pub country: String,
    /// VAT number, as printed.
    #[serde(deserialize_with = "lenient_text")]
    pub vatcode: String,
}

impl InvoiceInfo {
    /// White space around each field taken off, country in upper case.
    pub fn tidied(mut self) -> Self {
        let fields = [
            &mut self.organisation,
            &mut self.department,
            &mut self.firstname,
            &mut self.lastname,
            &mut self.email,
            &mut self.address,
            &mut self.zip,
            &mut self.city,
            &mut self.country,
            &mut self.vatcode,
        ];
        fields.into_iter().for_each(trim);
        self.country.make_ascii_uppercase();
        self
    }

    /// What is wrong, in the form's order. The plugin needs all but department, e-mail and VAT number.
    pub fn problems(&self) -> Vec<FieldProblem> {
        let rules = [
            Rule::text("organisation", &self.organisation, true, 255),
            Rule::text("department", &self.department, false, 255),
            Rule::text("firstname", &self.firstname, true, 40),
            Rule::text("lastname", &self.lastname, true, 40),
            Rule::email(&self.email, false),
            Rule::lines("address", &self.address, true, 255),
            Rule::text("zip", &self.zip, true, 10),
            Rule::text("city", &self.city, true, 40),
            Rule::country(&self.country),
            Rule::text("vatcode", &self.vatcode, false, 32),
        ];
        rules.iter().filter_map(Rule::problem).collect()
    }
}

/// One field that must be corrected.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct FieldProblem {
    /// Name of the field, without the form's prefix.
    pub field: &'static str,
    /// What is wrong.
    pub code: FieldFault,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldFault {
    /// It holds a web address: an email that repeats it would carry the sender's link.
    ContainsLink,
    /// It holds a control character.
    ControlCharacter,
    /// It is not an e-mail address.
    MalformedEmail,
    /// It is empty.
    Required,
    /// It is longer than its column.
    TooLong,
    /// It is not a country code of ISO 3166-1.
    UnknownCountry,
}

impl FieldFault {
    /// Stable name, also a language string key.
    pub fn code(self) -> &'static str {
        match self {
            Self::ContainsLink => "contains_link",
            Self::ControlCharacter => "control_character",
            Self::MalformedEmail => "malformed_email",
            Self::Required => "required",
            Self::TooLong => "too_long",
            Self::UnknownCountry => "unknown_country",
        }
    }
}

/// Whether `code` is an officially assigned ISO 3166-1 alpha-2 code, upper case.
pub fn is_country(code: &str) -> bool {
    COUNTRIES.binary_search(&code).is_ok()
}

/// Whether `address` looks like `local@domain`: what mail servers take in practice, not the whole of RFC 5322 (no quoted parts, no
/// comments, no address literals). Letters of any script are allowed (RFC 6531). The domain has at least two labels.
pub fn is_email(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return false;
    };
    let atom = |atom: &str| {
        !atom.is_empty()
            && atom
                .chars()
                .all(|c| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c))
    };
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    local.len() <= 64
        && domain.len() <= 253
        && local.split('.').all(atom)
        && domain.contains('.')
        && domain.split('.').all(label)
}

/// Does a text hold a web address: a scheme (`://`), `www.`, or a domain with a path (`example.org/a`)? No name, town or organisation does.
#[must_use]
pub fn has_link(text: &str) -> bool {
    let lower = text.to_lowercase();
    let is_domain = |word: &str| {
        let domain = word.trim_start_matches(|c: char| !c.is_alphanumeric());
        let host = domain.split(':').next().unwrap_or_default();
        host.rsplit_once('.').is_some_and(|(labels, top)| {
            !labels.is_empty() && top.chars().count() >= 2 && top.chars().all(char::is_alphabetic)
        })
    };
    lower.contains("://")
        || lower.contains("www.")
        || lower.split_whitespace().any(|word| {
            let mut before = word.split('/');
            before.next_back();
            before.any(is_domain)
        })
}

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Country,
    Email,
    Lines,
    Text,
}

struct Rule<'a> {
    field: &'static str,
    value: &'a str,
    required: bool,
    /// In characters, as the columns count.
    max: usize,
    shape: Shape,
}

impl<'a> Rule<'a> {
    fn text(field: &'static str, value: &'a str, required: bool, max: usize) -> Self {
        Self {
            field,
            value,
            required,
            max,
            shape: Shape::Text,
        }
    }

    fn lines(field: &'static str, value: &'a str, required: bool, max: usize) -> Self {
        Self {
            shape: Shape::Lines,
            ..Self::text(field, value, required, max)
        }
    }

    fn country(value: &'a str) -> Self {
        Self {
            shape: Shape::Country,
            ..Self::text("country", value, true, 2)
        }
    }

    fn email(value: &'a str, required: bool) -> Self {
        Self {
            shape: Shape::Email,
            ..Self::text("email", value, required, 80)
        }
    }

    fn problem(&self) -> Option<FieldProblem> {
        let code = self.fault()?;
        Some(FieldProblem {
            field: self.field,
            code,
        })
    }

    fn fault(&self) -> Option<FieldFault> {
        let break_allowed = |c| self.shape == Shape::Lines && matches!(c, '\n' | '\r');
        if self.value.trim().is_empty() {
            return self.required.then_some(FieldFault::Required);
        }
        if self
            .value
            .contains(|c: char| c.is_control() && !break_allowed(c))
        {
            return Some(FieldFault::ControlCharacter);
        }
        match self.shape {
            Shape::Country => (!is_country(self.value)).then_some(FieldFault::UnknownCountry),
            _ if self.value.chars().count() > self.max => Some(FieldFault::TooLong),
            Shape::Email => (!is_email(self.value)).then_some(FieldFault::MalformedEmail),
            Shape::Lines | Shape::Text => has_link(self.value).then_some(FieldFault::ContainsLink),
        }
    }
}

fn trim(field: &mut String) {
    let trimmed = field.trim();
    if trimmed.len() != field.len() {
        *field = trimmed.to_owned();
    }
}

fn lenient_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    deserializer.deserialize_any(LenientText)
}

/// Anything but a positive number is no id.
fn lenient_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let text = lenient_text(deserializer)?;
    Ok(text.trim().parse().ok().filter(|id| *id > 0))
}

struct LenientText;

impl Visitor<'_> for LenientText {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a whole number or null")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<String, E> {
        Ok(text)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<String, E> {
        Ok(number.to_string())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<String, E> {
        Ok(number.to_string())
    }

    fn visit_unit<E: de::Error>(self) -> Result<String, E> {
        Ok(String::new())
    }
}

/// ISO 3166-1 alpha-2, the 249 officially assigned codes, sorted.
#[rustfmt::skip]
const COUNTRIES: [&str; 249] = [
    "AD", "AE", "AF", "AG", "AI", "AL", "AM", "AO", "AQ", "AR", "AS", "AT", "AU", "AW", "AX", "AZ",
    "BA", "BB", "BD", "BE", "BF", "BG", "BH", "BI", "BJ", "BL", "BM", "BN", "BO", "BQ", "BR", "BS",
    "BT", "BV", "BW", "BY", "BZ", "CA", "CC", "CD", "CF", "CG", "CH", "CI", "CK", "CL", "CM", "CN",
    "CO", "CR", "CU", "CV", "CW", "CX", "CY", "CZ", "DE", "DJ", "DK", "DM", "DO", "DZ", "EC", "EE",
    "EG", "EH", "ER", "ES", "ET", "FI", "FJ", "FK", "FM", "FO", "FR", "GA", "GB", "GD", "GE", "GF",
    "GG", "GH", "GI", "GL", "GM", "GN", "GP", "GQ", "GR", "GS", "GT", "GU", "GW", "GY", "HK", "HM",
    "HN", "HR", "HT", "HU", "ID", "IE", "IL", "IM", "IN", "IO", "IQ", "IR", "IS", "IT", "JE", "JM",
    "JO", "JP", "KE", "KG", "KH", "KI", "KM", "KN", "KP", "KR", "KW", "KY", "KZ", "LA", "LB", "LC",
    "LI", "LK", "LR", "LS", "LT", "LU", "LV", "LY", "MA", "MC", "MD", "ME", "MF", "MG", "MH", "MK",
    "ML", "MM", "MN", "MO", "MP", "MQ", "MR", "MS", "MT", "MU", "MV", "MW", "MX", "MY", "MZ", "NA",
    "NC", "NE", "NF", "NG", "NI", "NL", "NO", "NP", "NR", "NU", "NZ", "OM", "PA", "PE", "PF", "PG",
    "PH", "PK", "PL", "PM", "PN", "PR", "PS", "PT", "PW", "PY", "QA", "RE", "RO", "RS", "RU", "RW",
    "SA", "SB", "SC", "SD", "SE", "SG", "SH", "SI", "SJ", "SK", "SL", "SM", "SN", "SO", "SR", "SS",
    "ST", "SV", "SX", "SY", "SZ", "TC", "TD", "TF", "TG", "TH", "TJ", "TK", "TL", "TM", "TN", "TO",
    "TR", "TT", "TV", "TW", "TZ", "UA", "UG", "UM", "US", "UY", "UZ", "VA", "VC", "VE", "VG", "VI",
    "VN", "VU", "WF", "WS", "YE", "YT", "ZA", "ZM", "ZW",
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn jean() -> CustomerInfo {
        CustomerInfo {
            id: None,
            firstname: "Jean".to_owned(),
            lastname: "Dupont".to_owned(),
            organisation: String::new(),
            address: "1 rue de l'Église\r\nBât. B".to_owned(),
            zip: "75001".to_owned(),
            city: "Paris".to_owned(),
            country: "FR".to_owned(),
            email: "jean.dupont@example.org".to_owned(),
        }
    }

    fn faults(problems: Vec<FieldProblem>) -> String {
        let faults = problems
            .iter()
            .map(|p| format!("{} {}", p.field, p.code.code()));
        faults.collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn a_complete_customer_has_no_problem() {
        assert_eq!(faults(jean().problems(false)), "");
        assert_eq!(faults(jean().problems(true)), "organisation required");
    }

    #[test]
    fn empty_fields_are_named_in_the_forms_order() {
        assert_eq!(
            faults(CustomerInfo::default().problems(false)),
            "firstname required; lastname required; address required; zip required; city required; \
             country required; email required"
        );
        let blank = CustomerInfo {
            firstname: " \t".to_owned(),
            ..jean()
        };
        assert_eq!(faults(blank.problems(false)), "firstname required");
        let no_address = CustomerInfo {
            address: String::new(),
            zip: String::new(),
            ..jean()
        };
        assert_eq!(faults(no_address.problems_invoiced_elsewhere(false)), "");
        assert_eq!(
            faults(InvoiceInfo::default().problems()),
            "organisation required; firstname required; lastname required; address required; zip required; \
             city required; country required"
        );
    }

    #[test]
    fn lengths_are_those_of_the_columns_in_characters() {
        type Field = fn(&mut CustomerInfo) -> &mut String;
        let columns: [(&str, Field, usize); 6] = [
            ("firstname", |c| &mut c.firstname, 40),
            ("lastname", |c| &mut c.lastname, 40),
            ("organisation", |c| &mut c.organisation, 64),
            ("address", |c| &mut c.address, 255),
            ("zip", |c| &mut c.zip, 10),
            ("city", |c| &mut c.city, 40),
        ];
        for (name, field, max) in columns {
            let mut customer = jean();
            *field(&mut customer) = "é".repeat(max);
            assert_eq!(faults(customer.problems(false)), "");
            field(&mut customer).push('é');
            assert_eq!(faults(customer.problems(false)), format!("{name} too_long"));
        }
        let email = format!("{}@{}.fr", "a".repeat(60), "b".repeat(16));
        let customer = CustomerInfo {
            email: email.clone(),
            ..jean()
        };
        assert_eq!(faults(customer.problems(false)), "");
        let customer = CustomerInfo {
            email: email.replace("@", "@b"),
            ..jean()
        };
        assert_eq!(faults(customer.problems(false)), "email too_long");
    }

    #[test]
    fn control_characters_are_refused_but_an_address_may_have_lines() {
        let customer = CustomerInfo {
            firstname: "Jean\nDupont".to_owned(),
            address: "1 rue\0".to_owned(),
            email: "a@b.fr\r\nBcc: x@y.fr".to_owned(),
            ..jean()
        };
        assert_eq!(
            faults(customer.problems(false)),
            "firstname control_character; address control_character; email control_character"
        );
    }

    #[test]
    fn a_web_address_is_no_name_of_anybody() {
        for link in [
            "Read http://evil.example/a",
            "hTTps://x",
            "Voir WWW.evil.example",
            "evil.example/a",
            "(evil.example/)",
            "evil.example:8080/a",
            "Jean,evil.example/a",
        ] {
            for field in ["firstname", "lastname", "organisation", "city", "address"] {
                let mut data = serde_json::to_value(jean()).unwrap();
                data[field] = link.into();
                let buyer: CustomerInfo = serde_json::from_value(data.clone()).unwrap();
                let expected = format!("{field} contains_link");
                assert_eq!(faults(buyer.problems(false)), expected, "{link}");
                data["department"] = "x".into();
                data["organisation"] = "O".into();
                data[field] = link.into();
                let invoice: InvoiceInfo = serde_json::from_value(data).unwrap();
                assert_eq!(faults(invoice.problems()), expected, "{link}");
            }
        }
        for name in [
            "Jean-Pierre",
            "c/o Mme A.B. Martin",
            "Bât. B/2",
            "12/14 rue de l'Église",
            "S.A/N.V.",
            "Booking.com",
            "Dr. Who",
            "a : b / c",
        ] {
            assert!(!has_link(name), "{name}");
        }
    }

    #[test]
    fn countries_are_those_of_iso_3166() {
        assert!(COUNTRIES.is_sorted());
        for unknown in ["fr", "FRA", "XX", "UK", "F", "[A"] {
            let customer = CustomerInfo {
                country: unknown.to_owned(),
                ..jean()
            };
            assert_eq!(
                faults(customer.problems(false)),
                "country unknown_country",
                "{unknown}"
            );
        }
        let tidied = CustomerInfo {
            country: " fr ".to_owned(),
            zip: " 75001".to_owned(),
            ..jean()
        };
        assert_eq!(tidied.tidied(), jean());
    }

    #[test]
    fn email_addresses_are_those_that_mail_servers_take() {
        for good in [
            "marie_curie@example.org",
            "a+b@example.co.uk",
            "o'neil@x-y.fr",
            "é@château.fr",
            "a.b.c@d.e",
            "!#$%&*=?^`{|}~@x.fr",
        ] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "@",
            "a@",
            "@b.fr",
            "a@b",
            "a@@b.fr",
            "a b@c.fr",
            "a..b@c.fr",
            ".a@c.fr",
            "a.@c.fr",
            "a@-c.fr",
            "a@c-.fr",
            "a@c..fr",
            "a@.fr",
            "a@c.fr.",
            "<a@c.fr>",
            "a@[127.0.0.1]",
            "\"a b\"@c.fr",
            "a,b@c.fr",
            "a@c.fr,d@e.fr",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
        assert!(!is_email(&format!("{}@c.fr", "a".repeat(65))));
        assert!(!is_email(&format!("a@{}.fr", "b".repeat(64))));
    }

    #[test]
    fn php_sessions_are_read_forgivingly() {
        let session = json!({"id": "12", "firstname": "Jean", "lastname": "Dupont", "zip": 75001, "organisation": null, "hasaccount": 3});
        let customer: CustomerInfo = serde_json::from_value(session).unwrap();
        assert_eq!((customer.id, customer.zip.as_str()), (Some(12), "75001"));
        assert_eq!(customer.organisation, "");
        for none in [
            json!({"id": 0}),
            json!({"id": ""}),
            json!({"id": null}),
            json!({}),
        ] {
            assert_eq!(
                serde_json::from_value::<CustomerInfo>(none).unwrap().id,
                None
            );
        }
        assert!(serde_json::from_value::<CustomerInfo>(json!({"zip": ["x"]})).is_err());
        let written = serde_json::to_value(jean()).unwrap();
        assert_eq!(written["lastname"], "Dupont");
        assert!(written.get("id").is_none());
        assert_eq!(
            serde_json::from_value::<CustomerInfo>(written).unwrap(),
            jean()
        );
    }

    #[test]
    fn a_problem_is_serialised_with_its_code() {
        let problem = CustomerInfo {
            city: String::new(),
            ..jean()
        }
        .problems(false);
        assert_eq!(
            serde_json::to_value(problem).unwrap(),
            json!([{"field": "city", "code": "required"}])
        );
    }
}
