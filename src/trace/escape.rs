//! Makes any text fit for one line of the trace, and gives the text back.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Makes a text fit for one line: line breaks, other control characters and those that reorder what is shown
/// (Unicode Bidi_Control) become visible escapes as in Rust source, `\` becomes `\\`. [`unescape`]
/// undoes it.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len().saturating_add(16));
    for character in text.chars() {
        match character {
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            other if is_escaped(other) => push_code(&mut escaped, other),
            other => escaped.push(other),
        }
    }
    Cow::Owned(escaped)
}

/// The text that was meant: undoes [`escape`]. A backslash that begins no escape stays, so that texts of the
/// plugin, which escapes nothing, mostly stay what they are.
pub fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let (character, tail) = escape_sequence(after).unwrap_or(('\\', after));
        plain.push(character);
        rest = tail;
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

fn is_escaped(c: char) -> bool {
    match c {
        '\\' => true,
        ' '..='~' => false,
        // Line and paragraph separators, then Bidi_Control.
        '\u{2028}' | '\u{2029}' => true,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            true
        }
        other => other.is_control(),
    }
}

/// Appends a character as `\u{…}`.
pub(super) fn push_code(line: &mut String, character: char) {
    let _ = write!(line, "{}", character.escape_unicode());
}

/// What stands after a backslash, as a character and the rest.
fn escape_sequence(after: &str) -> Option<(char, &str)> {
    let mut characters = after.chars();
    let character = match characters.next()? {
        '\\' => '\\',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => {
            let (code, rest) = after.strip_prefix("u{")?.split_once('}')?;
            let is_hex =
                (1..=6).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_hexdigit());
            let character = char::from_u32(u32::from_str_radix(code, 16).ok().filter(|_| is_hex)?)?;
            return Some((character, rest));
        }
        _ => return None,
    };
    Some((character, characters.as_str()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn terminal_and_reordering_sequences_are_shown_not_obeyed() {
        assert_eq!(
            escape("a\u{1b}[2J\u{9b}\u{7f}\u{202e}b\\n\t"),
            "a\\u{1b}[2J\\u{9b}\\u{7f}\\u{202e}b\\\\n\\t"
        );
        assert!(matches!(escape("Café à 3 € : été"), Cow::Borrowed(_)));
    }

    #[test]
    fn backslashes_that_begin_no_escape_stay() {
        for text in [
            "\\",
            "local\\Shop",
            "\\u",
            "\\u{",
            "\\u{}",
            "\\u{+61}",
            "\\u{110000}",
            "\\u{0000061}",
            "\\é",
        ] {
            assert_eq!(unescape(text), text);
        }
    }

    proptest! {
        #[test]
        fn unescape_undoes_escape(text: String) {
            let escaped = escape(&text).into_owned();
            prop_assert_eq!(unescape(&escaped).into_owned(), text);
        }

        #[test]
        fn unescaping_any_text_never_panics(text: String, code in "\\\\u?[{]?[0-9a-fg]{0,8}[}]?\\PC*") {
            let _ = unescape(&text);
            let _ = unescape(&code);
        }
    }
}
