//! The cart: what a buyer has gathered before placing an order. It lives in the host's session under
//! the plugin's field names (`$SESSION->shoppingcart`), and is a plain value here.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::domain::catalog::CatalogItem;
use crate::domain::customer::{CustomerInfo, InvoiceInfo, has_link, is_email};
use crate::domain::partner::PartnerCode;
use crate::domain::quantity::Quantity;
use crate::domain::text::plain;
use crate::domain::transaction_id::TransactionId;

/// Required data of one product: field name, then unit number (0…), to the buyer's text.
pub type FieldValues = IndexMap<String, BTreeMap<u32, String>>;

/// The role of a seat. There is no other: the plugin's pages offer none.
pub const SEAT_ROLE: &str = "student";

/// Participants of one order at most. More than this is no order but a list to be imported elsewhere.
pub const MOST_PARTICIPANTS: usize = 500;

/// Someone who will use a seat. Unknown fields are dropped: the plugin's production stores all fields of a participant in the
/// account that it creates. The account id is not kept here either: it is looked up when the order is placed.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct Participant {
    /// Email in lower case, also the participant's id in the cart.
    pub email: String,
    /// First name.
    pub firstname: String,
    /// Last name.
    pub lastname: String,
    /// Town, or ''.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub city: String,
    /// Organisation, or ''.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub institution: String,
    /// Mobile phone, or ''.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub phone2: String,
}

impl Participant {
    /// The same as the plugin's pages, which do not escape it, may print it.
    #[must_use]
    pub fn plain(self) -> Self {
        let text = |text: String| plain(&text).into_owned();
        Self {
            email: text(self.email),
            firstname: text(self.firstname),
            lastname: text(self.lastname),
            city: text(self.city),
            institution: text(self.institution),
            phone2: text(self.phone2),
        }
    }

    /// Does a text of theirs hold a web address? The account that production creates has these names, and its emails repeat them.
    #[must_use]
    pub fn has_link(&self) -> bool {
        let texts = [
            &self.firstname,
            &self.lastname,
            &self.city,
            &self.institution,
            &self.phone2,
        ];
        texts.into_iter().any(|text| has_link(text))
    }

    /// The same without control characters, surrounding blanks and overlong texts; `None` without a valid email address and a last name, and with
    /// a web address in a text.
    #[must_use]
    pub fn tidied(self) -> Option<Self> {
        let tidy = |text: &str| -> String {
            let letters = text.trim().chars().filter(|letter| !letter.is_control());
            letters.take(LONGEST_TEXT).collect()
        };
        let email = self.email.trim().to_lowercase();
        let person = Self {
            firstname: tidy(&self.firstname),
            lastname: tidy(&self.lastname),
            city: tidy(&self.city),
            institution: tidy(&self.institution),
            phone2: tidy(&self.phone2),
            email,
        };
        let named = is_email(&person.email) && !person.lastname.is_empty();
        (named && !person.has_link()).then_some(person)
    }
}

/// What a buyer has gathered. Field names are the plugin's.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct Cart {
    /// Shortname to number of units, in the order of arrival.
    #[serde(deserialize_with = "map")]
    pub order: IndexMap<String, Quantity>,
    /// Who sent the buyer, if a partner did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner: Option<PartnerCode>,
    /// His code is kept, but he is not credited: the arrival was refused.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub uncredited: bool,
    /// The link asked to be driven on.
    pub autodrive: bool,
    /// The transaction's id, from the first product on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transid: Option<TransactionId>,
    /// Required data by shortname.
    #[serde(deserialize_with = "map")]
    pub customerdata: IndexMap<String, FieldValues>,
    /// Participants by e-mail.
    #[serde(deserialize_with = "map")]
    pub participants: IndexMap<String, Participant>,
    /// Seats: shortname, role, e-mail.
    #[serde(deserialize_with = "map")]
    pub users: IndexMap<String, IndexMap<String, IndexMap<String, Participant>>>,
    /// Protected products whose password the buyer gave, by shortname.
    pub unlocked: Vec<String>,
    /// The buyer.
    pub customerinfo: CustomerInfo,
    /// The invoice goes to someone else.
    pub usedistinctinvoiceinfo: bool,
    /// That someone.
    pub invoiceinfo: InvoiceInfo,
    /// The customer step has been passed with these data.
    pub customerchecked: bool,
    /// The conditions of sale were agreed to.
    pub eulasapproved: bool,
    /// Payment interface chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paymode: Option<String>,
}

impl Cart {
    /// Nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Number of units of all products.
    #[must_use]
    pub fn units(&self) -> u64 {
        self.order
            .values()
            .map(|quantity| u64::from(quantity.units()))
            .sum()
    }

    /// Sets the number of units of a product; `None` takes it out with its data and seats.
    pub fn set(&mut self, shortname: &str, quantity: Option<Quantity>) {
        match quantity {
            Some(quantity) => {
                self.order.insert(shortname.to_owned(), quantity);
                if let Some(fields) = self.customerdata.get_mut(shortname) {
                    for values in fields.values_mut() {
                        values.retain(|unit, _| *unit < quantity.units());
                    }
                }
            }
            None => {
                self.order.shift_remove(shortname);
                self.customerdata.shift_remove(shortname);
                self.users.shift_remove(shortname);
            }
        }
    }

    /// The first field of `item` that the buyer still has to fill: its name and unit number (0…).
    #[must_use]
    pub fn missing_field(&self, item: &CatalogItem) -> Option<(String, u32)> {
        let quantity = self.order.get(&item.shortname)?;
        let values = self.customerdata.get(&item.shortname);
        item.required_data.iter().find_map(|field| {
            (0..quantity.units()).find_map(|unit| {
                let value = values.and_then(|fields| fields.get(&field.field)?.get(&unit));
                let filled = value.is_some_and(|value| !value.trim().is_empty());
                (!filled).then(|| (field.field.clone(), unit))
            })
        })
    }

    /// Seats of `item` still without a participant.
    #[must_use]
    pub fn missing_seats(&self, item: &CatalogItem) -> u32 {
        let seats = self.seats(item);
        seats.saturating_sub(self.seats_taken(item))
    }

    /// Do more people have a seat of `item` than there are seats?
    #[must_use]
    pub fn exceeds_seats(&self, item: &CatalogItem) -> bool {
        self.seats_taken(item) > self.seats(item)
    }

    fn seats_taken(&self, item: &CatalogItem) -> u32 {
        let assigned = self.assigned(&item.shortname).count();
        u32::try_from(assigned).unwrap_or(u32::MAX)
    }

    /// Drops people in roles that no seat has, and on products that have no seats or are not in the cart.
    pub fn drop_unknown_seats(&mut self, seats: impl Fn(&Self, &str) -> u32) {
        let mut users = std::mem::take(&mut self.users);
        users.retain(|shortname, roles| {
            roles.retain(|role, _| role == SEAT_ROLE);
            !roles.is_empty() && seats(self, shortname) > 0
        });
        self.users = users;
    }

    /// Seats that the units of `item` in the cart ask for.
    #[must_use]
    pub fn seats(&self, item: &CatalogItem) -> u32 {
        self.order
            .get(&item.shortname)
            .map_or(0, |quantity| item.seats.seats(*quantity))
    }

    /// Who has a seat of a product.
    pub fn assigned(&self, shortname: &str) -> impl Iterator<Item = &Participant> {
        self.users
            .get(shortname)
            .and_then(|roles| roles.get(SEAT_ROLE))
            .into_iter()
            .flat_map(IndexMap::values)
    }
}

/// Reads a map from a PHP array. PHP cannot tell `[]` or `['x', 'y']` from a map with the keys 0 and 1, so
/// lists are read as such maps, at any depth.
pub(crate) fn map<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + DeserializeOwned,
{
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(T::default()),
        value => serde_json::from_value(keyed(value)).map_err(serde::de::Error::custom),
    }
}

fn keyed(value: Value) -> Value {
    match value {
        Value::Array(list) => Value::Object(
            list.into_iter()
                .enumerate()
                .map(|(index, value)| (index.to_string(), keyed(value)))
                .collect(),
        ),
        Value::Object(map) => Value::Object(
            map.into_iter()
                .map(|(key, value)| (key, keyed(value)))
                .collect(),
        ),
        scalar => scalar,
    }
}

/// Characters of a participant's text at most.
const LONGEST_TEXT: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_session_is_an_empty_cart() {
        let cart: Cart =
            serde_json::from_str(r#"{"order":[],"participants":[],"users":null}"#).unwrap();
        assert!(cart.is_empty());
        assert_eq!(cart, Cart::default());
    }

    #[test]
    fn keeps_the_order_of_products() {
        let cart: Cart = serde_json::from_str(r#"{"order":{"zèbre":2,"abc":1}}"#).unwrap();
        assert_eq!(cart.order.keys().collect::<Vec<_>>(), ["zèbre", "abc"]);
        let text = serde_json::to_string(&cart).unwrap();
        assert_eq!(serde_json::from_str::<Cart>(&text).unwrap(), cart);
    }

    #[test]
    fn taking_units_out_takes_their_data_out() {
        let mut cart: Cart = serde_json::from_str(
            r#"{"order":{"a":2},"customerdata":{"a":{"nom":{"0":"x","1":"y"}}},"users":{"a":{"student":[]}}}"#,
        )
        .unwrap_or_default();
        cart.order.insert("a".into(), Quantity::new(2).unwrap());
        cart.customerdata
            .entry("a".into())
            .or_default()
            .entry("nom".into())
            .or_default()
            .insert(1, "y".into());
        cart.set("a", Some(Quantity::new(1).unwrap()));
        assert!(cart.customerdata["a"]["nom"].keys().all(|unit| *unit < 1));
        cart.set("a", None);
        assert!(cart.is_empty() && cart.customerdata.is_empty() && cart.users.is_empty());
    }
}
