//! Every code that a page, a letter or an exception may show has a sentence in both languages. The codes are read from the
//! sources, so a new one cannot be forgotten here.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use shopengine::domain::shadow::Cause;

#[test]
fn every_code_has_a_sentence_in_both_languages() {
    let codes = codes();
    for known in [
        "paymode_not_allowed",
        "unknown_command",
        "amount_mismatch",
        "cart_empty",
        "oversold",
        "check_confirm",
        "mail_paid_subject",
        "survey_shipping",
        "rehearse_rounding",
        "takeover_beside_pro",
    ] {
        assert!(
            codes.contains_key(known),
            "the sources are not read right: no `{known}`"
        );
    }
    assert!(codes.len() > 100, "only {} codes", codes.len());
    for language in ["en", "fr"] {
        let sentences = sentences(language);
        let missing: Vec<_> = codes
            .iter()
            .filter(|(code, _)| !sentences.contains_key(*code))
            .collect();
        assert!(missing.is_empty(), "{language} lacks {missing:#?}");
    }
}

#[test]
fn every_cause_that_shadow_tells_of_has_words() {
    let causes = [
        Cause::OtherCart,
        Cause::OtherAmount,
        Cause::OtherStatus,
        Cause::Elsewhere,
        Cause::Confirms,
        Cause::PluginRefuses,
        Cause::Refuses(String::new()),
    ];
    for language in ["en", "fr"] {
        let sentences = sentences(language);
        for cause in &causes {
            let key = format!("shadow_{}", cause.key().trim_end_matches(':'));
            assert!(sentences.contains_key(&key), "{language} lacks `{key}`");
        }
    }
}

#[test]
fn both_languages_have_the_same_sentences_with_the_same_values() {
    let (en, fr) = (sentences("en"), sentences("fr"));
    assert_eq!(en.keys().collect::<Vec<_>>(), fr.keys().collect::<Vec<_>>());
    for (key, sentence) in &en {
        assert_eq!(values(sentence), values(&fr[key]), "`{key}`");
    }
    assert!(en.keys().is_sorted());
}

#[test]
fn sentences_are_sorted_by_key_and_none_is_there_twice() {
    for language in ["en", "fr"] {
        let text = fs::read_to_string(language_file(language)).unwrap();
        let keys: Vec<&str> = text
            .lines()
            .filter_map(|line| {
                line.strip_prefix("$string['")?
                    .split_once('\'')
                    .map(|(key, _)| key)
            })
            .collect();
        let mut sorted = keys.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(keys, sorted, "{language}");
    }
}

/// Code to the file that it was found in.
fn codes() -> BTreeMap<String, String> {
    let mut codes = BTreeMap::new();
    for path in rust_files(&root().join("src")) {
        let source = fs::read_to_string(&path).unwrap();
        let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        let mut add = |found: Vec<String>| {
            for code in found {
                codes.entry(code).or_insert_with(|| name.clone());
            }
        };
        // `fn code(…) -> &'static str { match self { … => "code", … } }`
        for body in bodies(source, "fn code(") {
            add(quoted(body, "=>"));
        }
        // What is judged of a site's features.
        for body in calls(source, "Judgment::new(") {
            add(codes_in(body).into_iter().take(1).collect());
        }
        // `const CODES: […] = ["code", …];`
        for list in bodies_between(source, "const CODES:", "];") {
            add(list
                .split('"')
                .skip(1)
                .step_by(2)
                .map(str::to_owned)
                .collect());
        }
        if name.starts_with("src/front/") {
            for body in calls(source, "Fault::new(") {
                add(codes_in(body));
            }
            for body in calls(source, ".say(").chain(calls(source, "Notice::new(")) {
                // The second argument is the code, if it stands there.
                add(quoted(body, ",")
                    .into_iter()
                    .take(usize::from(second_is_quoted(body)))
                    .collect());
            }
            for body in calls(source, ".next(") {
                add(codes_in(body).into_iter().take(1).collect());
            }
            for body in calls(source, "(Level::") {
                add(codes_in(body));
            }
            for start in ["Problem::new(", "preset("] {
                for body in calls(source, start) {
                    add(codes_in(body).into_iter().take(1).collect());
                }
            }
            // What a page lists by the engine's words has a sentence for each of them.
            for (list, prefix) in [("const TRUST:", "trust_"), ("const FINDINGS:", "finding_")] {
                for words in bodies_between(source, list, "];") {
                    let words = words.split('"').skip(1).step_by(2);
                    add(words.map(|word| format!("{prefix}{word}")).collect());
                }
            }
        }
        if name.starts_with("src/engine/") {
            for field in bodies_between(source, "reason: \"", "\"") {
                add(vec![field.to_owned()]);
            }
            for (start, skip) in [
                ("hold_payment(", 0),
                (".hold(", 0),
                (".hold_and_tell(", 0),
                (".hold_once(", 0),
                ("held = Some(", 0),
            ] {
                for body in calls(source, start) {
                    add(codes_in(body).into_iter().skip(skip).take(1).collect());
                }
            }
            for body in bodies(source, "fn mismatch(") {
                add(calls(body, "Some(").flat_map(codes_in).collect());
            }
            for template in bodies_between(source, "\"template\": \"", "\"") {
                add(vec![
                    format!("mail_{template}_subject"),
                    format!("mail_{template}_text"),
                ]);
            }
        }
        if name.starts_with("src/gateway/") {
            for start in ["go_on(", "endpoint("] {
                for body in calls(source, start) {
                    add(codes_in(body).into_iter().take(1).collect());
                }
            }
            for start in [
                "code: \"",
                "submit: \"",
                "instructions: Some((\n        \"",
                "instructions: Some((\"",
            ] {
                for field in bodies_between(source, start, "\"") {
                    add(vec![field.to_owned()]);
                }
            }
        }
    }
    codes
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn language_file(language: &str) -> PathBuf {
    root().join(format!(
        "php/local/shopengine/lang/{language}/local_shopengine.php"
    ))
}

/// `$string['key'] = 'sentence';` of one language.
fn sentences(language: &str) -> BTreeMap<String, String> {
    let text = fs::read_to_string(language_file(language)).unwrap();
    text.lines()
        .filter_map(|line| {
            let (key, sentence) = line.strip_prefix("$string['")?.split_once("']")?;
            Some((key.to_owned(), sentence.to_owned()))
        })
        .collect()
}

/// `{$a->…}` and `{\$a->…}` of a sentence.
fn values(sentence: &str) -> BTreeSet<String> {
    sentence
        .replace("\\$a", "$a")
        .split("{$a->")
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name.to_owned()))
        .collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && !path.ends_with("tests.rs")
        {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The bodies, in braces, of what begins with `start`.
fn bodies<'a>(source: &'a str, start: &'a str) -> impl Iterator<Item = &'a str> {
    source.match_indices(start).filter_map(|(at, _)| {
        let rest = &source[at..];
        enclosed(&rest[rest.find('{')?..], '{', '}')
    })
}

/// The arguments of the calls that begin with `start` (which ends with a parenthesis, or has one).
fn calls<'a>(source: &'a str, start: &'a str) -> impl Iterator<Item = &'a str> {
    source.match_indices(start).filter_map(move |(at, _)| {
        let open = at + start.find('(')?;
        enclosed(&source[open..], '(', ')')
    })
}

fn bodies_between<'a>(
    source: &'a str,
    start: &'a str,
    end: &'a str,
) -> impl Iterator<Item = &'a str> {
    source.match_indices(start).filter_map(move |(at, _)| {
        let rest = &source[at + start.len()..];
        rest.find(end).map(|end| &rest[..end])
    })
}

fn enclosed(text: &str, open: char, close: char) -> Option<&str> {
    let mut depth = 0;
    for (at, letter) in text.char_indices() {
        if letter == open {
            depth += 1;
        } else if letter == close {
            depth -= 1;
            if depth == 0 {
                return text.get(1..at);
            }
        }
    }
    None
}

/// Quoted codes right after `mark`.
fn quoted(text: &str, mark: &str) -> Vec<String> {
    text.split(mark)
        .skip(1)
        .filter_map(|rest| {
            rest.trim_start()
                .trim_start_matches('{')
                .trim_start()
                .strip_prefix('"')
        })
        .filter_map(|rest| rest.split_once('"').map(|(code, _)| code.to_owned()))
        .filter(|code| is_code(code))
        .collect()
}

fn second_is_quoted(arguments: &str) -> bool {
    arguments
        .split_once(',')
        .is_some_and(|(_, rest)| rest.trim_start().starts_with('"'))
}

/// All quoted texts that look like codes.
fn codes_in(text: &str) -> Vec<String> {
    text.split('"')
        .skip(1)
        .step_by(2)
        .filter(|code| is_code(code))
        .map(str::to_owned)
        .collect()
}

fn is_code(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}
