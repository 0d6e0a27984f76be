//! Text that others print. The plugin's pages print what buyers typed without escaping it, so text that they will read has no sign that
//! begins a tag or ends an attribute.

use std::borrow::Cow;

use serde_json::Value as Json;

/// Is `text` free of `<`, `>` and `"`?
#[must_use]
pub fn is_plain(text: &str) -> bool {
    !text.contains(MARKUP)
}

/// `text` with typographic signs in the place of `<`, `>` and `"`: it reads the same, and is nothing but text.
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let replaced = text.chars().map(|sign| match sign {
        '<' => '‹',
        '>' => '›',
        '"' => '”',
        other => other,
    });
    Cow::Owned(replaced.collect())
}

/// [`plain`] for a parameter that the plugin reads. A JSON object or list needs its quotation marks: it stays as it is if each text in it is
/// plain, and is no JSON any more otherwise.
#[must_use]
pub fn plain_parameter(value: &str) -> Cow<'_, str> {
    let trimmed = value.trim_start();
    if trimmed.starts_with(['{', '['])
        && !value.contains(['<', '>'])
        && serde_json::from_str(value).is_ok_and(|tree| is_plain_tree(&tree))
    {
        return Cow::Borrowed(value);
    }
    plain(value)
}

/// [`plain`] for each text in a tree of JSON. The names of its members stay.
#[must_use]
pub fn plain_tree(tree: Json) -> Json {
    match tree {
        Json::String(text) => plain(&text).into_owned().into(),
        Json::Array(members) => members.into_iter().map(plain_tree).collect(),
        Json::Object(members) => members
            .into_iter()
            .map(|(name, member)| (name, plain_tree(member)))
            .collect(),
        other => other,
    }
}

fn is_plain_tree(tree: &Json) -> bool {
    match tree {
        Json::String(text) => is_plain(text),
        Json::Array(members) => members.iter().all(is_plain_tree),
        Json::Object(members) => members
            .iter()
            .all(|(name, member)| is_plain(name) && is_plain_tree(member)),
        _ => true,
    }
}

const MARKUP: [char; 3] = ['<', '>', '"'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_text_and_other_text_stays() {
        assert_eq!(plain("O’Brien & fils"), "O’Brien & fils");
        assert_eq!(plain("\"><svg/onload=x>"), "”›‹svg/onload=x›");
        for text in ["<", ">", "\"", "a<b"] {
            assert!(!is_plain(text));
            assert!(is_plain(&plain(text)));
        }
    }

    #[test]
    fn json_stays_json_only_while_all_its_texts_are_plain() {
        let good = r#"{"lastname":"O’Brien","email":"a@b.fr","n":[1,null]}"#;
        assert_eq!(plain_parameter(good), good);
        for bad in [
            r#"{"email":"\u0022\u003e\u003cscript\u003e"}"#,
            r#"{"email":"a\"b"}"#,
            r#"{"a\u003c":1}"#,
            r#"[["\u003e"]]"#,
            r#"{"email":"x"} <b>"#,
            r#"{"email":"x""#,
            r#""\u003cb\u003e""#,
        ] {
            let made = plain_parameter(bad);
            assert!(is_plain(&made), "{bad}");
            assert!(serde_json::from_str::<Json>(&made).is_err(), "{bad}");
        }
    }
}
