//! No spelling of a routing parameter passes the gate but the exact word of its table, so it is irrelevant how the plugin cleans
//! parameters. The spellings and what Moodle's `clean_param` made of them are in `tests/fixtures/clean_param`; its `record.php`
//! tells how they were recorded.

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

use proptest::prelude::*;
use shopengine::front::gate::{Decision, GateRequest, Passage, Script, Takeover, decide, scripts};

/// A raw value, percent-encoded, and what `clean_param` made of it.
struct Vector {
    file: String,
    raw: String,
    clean: String,
}

/// A place of the table: a routing parameter of a script, with the words it may have there.
struct Place {
    script: &'static Script,
    at: usize,
    name: &'static str,
    words: BTreeSet<&'static str>,
}

#[test]
fn what_cleans_to_a_word_is_refused_unless_it_is_that_word() {
    let places = places();
    let (mut refused, mut passed) = (0, 0);
    for vector in vectors() {
        for place in &places {
            if !place.words.contains(vector.clean.as_str()) {
                continue;
            }
            for other in place.companions(&vector.clean) {
                for posted in [false, true] {
                    let decision = place.request(&vector.raw, other, posted);
                    if vector.raw == vector.clean {
                        assert!(!is_rejected(&decision), "{}", place.told(&vector, other));
                        passed += 1;
                    } else {
                        assert!(is_rejected(&decision), "{}", place.told(&vector, other));
                        refused += 1;
                    }
                }
            }
        }
    }
    assert!(refused > 10_000, "only {refused} spellings were refused");
    assert!(passed > 100, "only {passed} words passed");
}

#[test]
fn what_cleans_to_no_word_is_refused_everywhere() {
    let places = places();
    let words: BTreeSet<&str> = places
        .iter()
        .flat_map(|place| &place.words)
        .copied()
        .collect();
    let raws: BTreeSet<String> = vectors()
        .into_iter()
        .filter(|vector| !words.contains(vector.clean.as_str()))
        .map(|vector| vector.raw)
        .collect();
    assert!(raws.len() > 500, "only {} raw values", raws.len());
    for raw in &raws {
        for place in &places {
            if !place.words.contains(raw.as_str()) {
                let decision = place.request(raw, "", false);
                assert!(
                    is_rejected(&decision),
                    "{} {}",
                    place.script.path,
                    place.pair(raw, "")
                );
            }
        }
    }
}

#[test]
fn a_word_is_given_once_or_twice_alike() {
    for place in places() {
        let name = place.name;
        for word in place.words.iter().filter(|word| !word.is_empty()) {
            for (query, body) in [
                (format!("{name}[]={word}"), String::new()),
                (format!("{name}[0]={word}"), String::new()),
                (format!("{name}%5Ba%5D%5Bb%5D={word}"), String::new()),
                (format!("{name}={word}&{name}={word}"), String::new()),
                (format!("{name}=x&{name}={word}"), String::new()),
                (format!("{name}={word}&{name}[]={word}"), String::new()),
                (format!("{name}=&{name}={word}"), String::new()),
                (String::new(), format!("{name}[]={word}")),
                (String::new(), format!("{name}={word}&{name}={word}")),
                (format!("{name}={word}"), format!("{name}=x")),
                (format!("{name}=x"), format!("{name}={word}")),
                (format!("{name}={word}"), format!("{name}=")),
                (format!("{name}="), format!("{name}={word}")),
                (format!("{name}={word}"), format!("{name}[]={word}")),
            ] {
                let decision = asked(place.script, &query, &body);
                let told = format!("{} {query} | {body}: {decision:?}", place.script.path);
                assert!(is_rejected(&decision), "{told}");
                assert_eq!(decision.code, "parameter_ambiguous", "{told}");
            }
            for other in place.companions(word) {
                let pair = place.pair(word, other);
                let decision = asked(place.script, &pair, &pair);
                assert!(!is_rejected(&decision), "{} {pair}", place.script.path);
            }
        }
    }
}

#[test]
fn names_that_php_changes_do_not_hide_a_word() {
    for place in places() {
        let name = place.name;
        for word in place.words.iter().filter(|word| !word.is_empty()) {
            for mangled in [
                format!("+{name}"),
                format!("%20{name}"),
                format!("%20%20+{name}"),
                format!("{name}%00"),
                format!("{name}%00x"),
                format!("{name}%00[]"),
                format!("%20{name}[x]"),
            ] {
                for posted in [false, true] {
                    let pair = format!("{mangled}={word}");
                    let decision = if posted {
                        asked(place.script, "", &pair)
                    } else {
                        asked(place.script, &pair, "")
                    };
                    let told = format!("{} {pair}: {decision:?}", place.script.path);
                    assert_eq!(decision.code, "parameter_ambiguous", "{told}");
                }
            }
            // Encoded letters are the same name.
            let encoded = format!("%{:02x}{}", name.as_bytes()[0], &name[1..]);
            for other in place.companions(word) {
                let pair = place.pair(word, other).replacen(name, &encoded, 1);
                assert!(!is_rejected(&asked(place.script, &pair, "")), "{pair}");
            }
        }
    }
}

#[test]
fn names_that_php_files_elsewhere_say_nothing() {
    for place in places() {
        let name = place.name;
        let upper = name.to_uppercase();
        let pairs = [
            format!("{name}%0a=x"),
            format!("%0a{name}=x"),
            format!("{name}[=x"),
            format!("{name}[%00]=x"),
            format!(".{name}=x"),
            format!("x[{name}]=x"),
            format!("{upper}=x"),
        ];
        let pair = pairs.join("&");
        let (plain, more) = (asked(place.script, "", ""), asked(place.script, &pair, ""));
        assert_eq!(plain.passage, more.passage, "{}", place.script.path);
    }
}

#[test]
fn every_word_of_the_table_was_recorded() {
    let recorded = fs::read_to_string(folder().join("words.txt")).unwrap();
    let recorded: BTreeSet<&str> = recorded.lines().collect();
    let words: BTreeSet<&str> = places()
        .into_iter()
        .flat_map(|place| place.words)
        .filter(|word| !word.is_empty())
        .collect();
    let missing: Vec<_> = words.difference(&recorded).collect();
    assert!(
        missing.is_empty(),
        "add to words.txt and record again: {missing:?}"
    );
    let spelled: BTreeSet<String> = vectors()
        .into_iter()
        .filter(|vector| vector.raw != vector.clean)
        .map(|vector| vector.clean)
        .collect();
    let unspelled: Vec<_> = words
        .iter()
        .filter(|word| !spelled.contains(**word))
        .collect();
    assert!(unspelled.is_empty(), "record again: {unspelled:?}");
}

proptest! {
    #[test]
    fn bytes_that_are_no_word_never_pass(raw in proptest::collection::vec(any::<u8>(), 1..40)) {
        let encoded: String = raw.iter().map(|byte| format!("%{byte:02x}")).collect();
        for place in places() {
            if !place.words.iter().any(|word| word.as_bytes() == raw) {
                prop_assert!(is_rejected(&place.request(&encoded, "", false)), "{} {encoded}", place.script.path);
            }
        }
    }
}

impl Place {
    /// The words that may stand in the other parameter beside `word`.
    fn companions(&self, word: &str) -> BTreeSet<&'static str> {
        let rows = self.script.rows.iter();
        rows.filter_map(|row| {
            let (here, there) = if self.at == 0 {
                (row.views, row.commands)
            } else {
                (row.commands, row.views)
            };
            here.contains(&word).then(|| there.iter().copied())
        })
        .flatten()
        .collect()
    }

    fn pair(&self, raw: &str, other: &str) -> String {
        let mut pair = format!("{}={raw}", self.name);
        if let Some(beside) = self.script.parameters[1 - self.at].filter(|_| !other.is_empty()) {
            pair.push_str(&format!("&{beside}={other}"));
        }
        pair
    }

    fn request(&self, raw: &str, other: &str, posted: bool) -> Decision {
        let pair = self.pair(raw, other);
        if posted {
            asked(self.script, "", &pair)
        } else {
            asked(self.script, &pair, "")
        }
    }

    fn told(&self, vector: &Vector, other: &str) -> String {
        format!(
            "{}: {} {} (cleans to {}), {other}",
            vector.file,
            self.script.path,
            self.pair(&vector.raw, other),
            vector.clean
        )
    }
}

/// The gate's answer with all takeovers on.
fn asked(script: &Script, query: &str, body: &str) -> Decision {
    let modes = Takeover::ALL.map(|takeover| (takeover.name().to_owned(), "on".to_owned()));
    decide(&GateRequest {
        method: if body.is_empty() { "GET" } else { "POST" }.to_owned(),
        script: script.path.to_owned(),
        query: query.as_bytes().to_vec(),
        body: body.as_bytes().to_vec(),
        content_type: "application/x-www-form-urlencoded".to_owned(),
        sesskey: "0123456789".to_owned(),
        modes: BTreeMap::from(modes),
        ..GateRequest::default()
    })
}

/// Was the request refused because of its words?
fn is_rejected(decision: &Decision) -> bool {
    decision.passage == Passage::Refuse && decision.status == 400
}

fn places() -> Vec<Place> {
    let mut places = Vec::new();
    for script in scripts() {
        for (at, name) in script.parameters.into_iter().enumerate() {
            let words = script
                .rows
                .iter()
                .flat_map(|row| if at == 0 { row.views } else { row.commands });
            if let Some(name) = name {
                places.push(Place {
                    script,
                    at,
                    name,
                    words: words.copied().collect(),
                });
            }
        }
    }
    places
}

fn vectors() -> Vec<Vector> {
    let mut vectors = Vec::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "tsv") {
            continue;
        }
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        for line in fs::read_to_string(&path).unwrap().lines() {
            let (raw, clean) = line.split_once('\t').unwrap();
            vectors.push(Vector {
                file: file.clone(),
                raw: raw.to_owned(),
                clean: clean.to_owned(),
            });
        }
    }
    assert!(vectors.len() > 3_000, "only {} vectors", vectors.len());
    vectors
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/clean_param")
}
