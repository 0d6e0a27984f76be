//! What the payment page shows for an order.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Attempt;
use crate::clock::UnixMillis;
use crate::domain::customer::CustomerInfo;
use crate::domain::fulfillment::Fulfillment;
use crate::domain::money::Money;
use crate::domain::transaction_id::TransactionId;

/// An order that is to be paid.
#[derive(Debug)]
pub struct Payable<'a> {
    /// The order.
    pub transaction: &'a TransactionId,
    /// Its revision: a payment made for an older one is held.
    pub revision: u32,
    /// What is due.
    pub amount: Money,
    /// Shop.
    pub shopid: i64,
    /// Name of the shop.
    pub shop: &'a str,
    /// What was bought, with the amounts that were placed.
    pub lines: Vec<PayableLine>,
    /// Who pays, as placed.
    pub customer: &'a CustomerInfo,
    /// Where what is bought will be found: the product's own address or message, else the order's page.
    pub fulfillment: &'a Fulfillment,
    /// The browser's session by a name that may be told: stable and unguessable, 32 hexadecimal characters, not the session's secret.
    pub session: &'a str,
    /// Root of the site, without a final slash.
    pub wwwroot: &'a str,
    /// Language of the page, ISO 639-1.
    pub lang: &'a str,
    /// The try under way, where the interface names payments by one.
    pub attempt: Option<&'a Attempt>,
    /// Whoever looks at the payment page may simulate payments of a shop in test mode.
    pub staff: bool,
    /// When the page is drawn.
    pub now: UnixMillis,
}

/// A line of an order that is to be paid. The lines add up to what is due.
#[derive(Clone, Debug)]
pub struct PayableLine {
    /// What the buyer reads.
    pub label: String,
    /// Units.
    pub quantity: u32,
    /// Of all units, without tax; negative for a discount.
    pub untaxed: Money,
    /// Tax.
    pub taxes: Money,
    /// With tax.
    pub taxed: Money,
}

impl Payable<'_> {
    /// Address of the shop's own pages.
    #[must_use]
    pub fn view(&self) -> String {
        format!("{}/local/shop/front/view.php", self.wwwroot)
    }

    /// Address of a script of a payment interface.
    #[must_use]
    pub fn script(&self, paymode: &str, script: &str) -> String {
        format!(
            "{}/local/shop/paymodes/{paymode}/{script}.php",
            self.wwwroot
        )
    }

    /// The form by which the buyer goes on from his own payment page.
    #[must_use]
    pub fn go_on(&self, submit: &'static str, extra: &[(&str, &str)]) -> Form {
        let mut fields = vec![
            ("view".to_owned(), "payment".to_owned()),
            ("what".to_owned(), "navigate".to_owned()),
            ("shopid".to_owned(), self.shopid.to_string()),
            ("transid".to_owned(), self.transaction.to_string()),
            ("revision".to_owned(), self.revision.to_string()),
            ("pay".to_owned(), "1".to_owned()),
        ];
        fields.extend(
            extra
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        Form {
            action: self.view(),
            method: "post",
            fields,
            submit,
        }
    }
}

/// A payment page.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Widget {
    /// What the buyer has to know.
    pub instructions: Option<Instructions>,
    /// What he can press.
    pub forms: Vec<Form>,
    /// What his wallet opens, here or by its camera.
    pub link: Option<Link>,
}

/// A text with its values, by language-string key.
#[derive(Clone, Debug, Serialize)]
pub struct Instructions {
    /// Key of the language string.
    pub code: &'static str,
    /// Its values.
    pub params: BTreeMap<&'static str, String>,
}

/// An address that a wallet opens.
#[derive(Clone, Debug, Serialize)]
pub struct Link {
    /// The address, of the wallet's own scheme.
    pub uri: String,
    /// Key of the link's language string.
    pub submit: &'static str,
}

/// A form that leads to the payment.
#[derive(Clone, Debug, Serialize)]
pub struct Form {
    /// Where it posts to.
    pub action: String,
    /// `post` or `get`.
    pub method: &'static str,
    /// Hidden fields, in order.
    pub fields: Vec<(String, String)>,
    /// Key of the button's language string.
    pub submit: &'static str,
}
