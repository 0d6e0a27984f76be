//! Texts of the catalogue for people to read: names of products and shops as their authors wrote them, with mark-up of the host's
//! filters in them. What is stored with an order is as it was written; what is shown, mailed, traced or sent to a payment interface comes
//! from here.

use std::borrow::Cow;

use serde_json::Value as Json;

use crate::domain::multilang;

use super::{Engine, Result};

/// The host's filters.
pub trait Texts {
    /// A text in `lang` (a code as `fr`), without tags and entities: `Tom & Jerry`, not `Tom &amp; Jerry`. An error is the host's own
    /// sentence.
    ///
    /// # Errors
    /// The host could not filter it.
    fn plain(&self, text: &str, lang: &str) -> std::result::Result<String, String>;
}

impl Engine {
    /// A text of the catalogue in `lang`. Without filters of a host, or if they fail, its multilingual blocks alone are read.
    #[must_use]
    pub fn words(&self, text: &str, lang: &str) -> String {
        if !text.contains(MARKUP) {
            return text.to_owned();
        }
        let filtered = match self.texts.as_ref().map(|host| host.plain(text, lang)) {
            Some(Ok(filtered)) => Cow::Owned(filtered),
            Some(Err(error)) => {
                self.note(
                    None,
                    &format!("Text of the catalogue not filtered : {error}"),
                );
                Cow::Borrowed(text)
            }
            None => Cow::Borrowed(text),
        };
        multilang::read(&filtered, lang).into_owned()
    }

    /// The name of a shop in `lang`, or ''.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn shop_name(&self, shop: i64, lang: &str) -> Result<String> {
        let rows = self.database().query(
            "SELECT id, name FROM {local_shop} WHERE id = ?",
            &[shop.into()],
        )?;
        let name = rows
            .first()
            .map_or(Ok(String::new()), |row| row.text("name"))?;
        Ok(self.words(&name, lang))
    }

    /// A rich text of the catalogue (HTML) for a page in `lang`. A host with filters has them read it when the page is drawn.
    #[must_use]
    pub fn rich<'a>(&self, text: &'a str, lang: &str) -> Cow<'a, str> {
        match self.texts {
            Some(_) => Cow::Borrowed(text),
            None => multilang::read(text, lang),
        }
    }

    /// Names what was delivered for a bill in the language of the email that tells it.
    pub(super) fn read_delivered(&self, payload: &mut Json) {
        let lang = payload
            .get("lang")
            .and_then(Json::as_str)
            .unwrap_or("en")
            .to_owned();
        let products = payload
            .pointer_mut("/unpaid/delivered")
            .and_then(Json::as_array_mut);
        for label in products
            .into_iter()
            .flatten()
            .filter_map(|product| product.get_mut("label"))
        {
            if let Some(text) = label.as_str() {
                *label = self.words(text, &lang).into();
            }
        }
    }
}

/// Signs that begin what a filter reads. A text without them is asked of nobody: a catalogue has thousands.
const MARKUP: [char; 4] = ['<', '&', '{', '['];
