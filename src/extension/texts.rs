//! A host object with the method `plain_text(string $text, string $lang): string`, as the engine's filters for texts of the catalogue.

use ext_php_rs::types::Zval;

use super::call::{Interruption, call, settled};
use crate::engine::Texts;

/// The host.
pub struct Host {
    object: Zval,
}

impl Host {
    /// Wraps it; `None` when the value is no object.
    pub fn new(object: &Zval) -> Option<Self> {
        object.object()?;
        Some(Self {
            object: object.shallow_clone(),
        })
    }

    fn ask(&self, text: &str, lang: &str) -> Result<Option<String>, Interruption> {
        let Some(object) = self.object.object() else {
            return Ok(None);
        };
        let answer = call(object, "plain_text", vec![&text, &lang])?;
        let filtered = answer.string();
        // Freeing the answer can run destructors.
        drop(answer);
        settled()?;
        Ok(filtered)
    }
}

impl Texts for Host {
    fn plain(&self, text: &str, lang: &str) -> Result<String, String> {
        self.ask(text, lang)
            .map_err(|error| error.into_error().to_string())?
            .ok_or_else(|| "plain_text gave no text in UTF-8".to_owned())
    }
}
