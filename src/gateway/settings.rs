//! The plugin's settings as payment interfaces read them, and secrets that do not print themselves.

use std::collections::HashMap;
use std::fmt;

/// Settings of plugin `local_shop`, by the plugin's own keys.
#[derive(Clone, Default)]
pub struct Settings {
    values: HashMap<String, String>,
}

impl Settings {
    /// Settings from names and values.
    #[must_use]
    pub fn new(values: HashMap<String, String>) -> Self {
        Self { values }
    }

    /// A setting without surrounding blanks; '' when it is not set.
    #[must_use]
    pub fn text(&self, key: &str) -> &str {
        self.values.get(key).map_or("", |value| value.trim())
    }

    /// Is a switch on?
    #[must_use]
    pub fn flag(&self, key: &str) -> bool {
        !matches!(self.text(key), "" | "0")
    }

    /// A setting that must not be seen.
    #[must_use]
    pub fn secret(&self, key: &str) -> Secret {
        Secret(self.text(key).to_owned())
    }

    /// Is the shop in test mode?
    #[must_use]
    pub fn test_mode(&self) -> bool {
        self.flag("test")
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values may be keys of gateways.
        let mut names: Vec<&String> = self.values.keys().collect();
        names.sort();
        f.debug_tuple("Settings").field(&names).finish()
    }
}

/// A key or certificate. It has no `Display` and its `Debug` says nothing.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// A secret that is kept elsewhere than in the settings.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The bytes, for a signature.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Is it not set?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_print() {
        let settings = Settings::new(HashMap::from([("key".to_owned(), "hunter2".to_owned())]));
        let printed = format!("{settings:?} {:?}", settings.secret("key"));
        assert!(!printed.contains("hunter2"), "{printed}");
        assert_eq!(settings.secret("key").expose(), b"hunter2");
    }
}
