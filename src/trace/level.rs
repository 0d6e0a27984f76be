//! How grave a trace line is, told from its words: the plugin's format has no field for it.

use std::fmt;

use serde::Serialize;

/// How grave a line is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Level {
    /// What happened as it should.
    Info,
    /// What somebody should look at: an order held, a doubtful message.
    Warning,
    /// What did not work.
    Error,
}

impl Level {
    /// Reads the level from a line's text: `Error`, `Exception`, `Failed` … or `Warning`, `Held` … as a word, in any case.
    pub fn of(text: &str) -> Self {
        let words = || text.split(|letter: char| !letter.is_alphanumeric());
        let has = |list: &[&str]| {
            words().any(|word| list.iter().any(|entry| entry.eq_ignore_ascii_case(word)))
        };
        if has(ERRORS) {
            Self::Error
        } else if has(WARNINGS) {
            Self::Warning
        } else {
            Self::Info
        }
    }

    /// Reads the name of a level; `None` for any other text.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Info, Self::Warning, Self::Error]
            .into_iter()
            .find(|level| level.as_str() == name)
    }

    /// `info`, `warning` or `error`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

const ERRORS: &[&str] = &[
    "error",
    "errors",
    "exception",
    "fail",
    "failed",
    "failure",
    "fatal",
    "panic",
];
const WARNINGS: &[&str] = &[
    "warning", "held", "hold", "mismatch", "refused", "rejected", "expired", "oversold",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_tell_the_level_and_parts_of_words_do_not() {
        for (text, level) in [
            (
                "Production Process Error : Customer support course does not exist.",
                Level::Error,
            ),
            ("[ERROR] no shop", Level::Error),
            ("FAILED", Level::Error),
            ("Warning : the order is held", Level::Warning),
            ("Payment refused", Level::Warning),
            ("Terrors of the deep, household goods", Level::Info),
            ("", Level::Info),
        ] {
            assert_eq!(Level::of(text), level, "{text}");
        }
        assert!(Level::Error > Level::Warning && Level::Warning > Level::Info);
    }
}
