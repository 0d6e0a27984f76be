//! Takes secrets and a person's data out of trace files that are already written.
//!
//! What is concealed is written over with as many `*`, in place: other processes go on appending, no line moves, and the index's places stay right.
//! In what is sealed it leaves a record.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use memchr::memmem;

use crate::clock::UnixMillis;
use crate::trace::TraceError;
use crate::trace::blocks::{Blocks, last_entry_start, next_entry_start};
use crate::trace::chain::{Amending, Witness, guard};
use crate::trace::escape::escape;
use crate::trace::volumes::files;

/// Conceals every one of these texts, letter for letter, in all files of a trace: a person's names, e-mail, address. Gives the number of
/// places. Texts of less than three letters, or without a letter, are left: they would hit times and numbers of others.
///
/// With `marks` (a person's transaction ids, their account's address), only in entries that name one of them: a person types what they
/// like for a name, also words of everybody's entries.
///
/// # Errors
///
/// [`TraceError`] when a file cannot be read or written; what was concealed before stays concealed.
pub fn conceal(
    path: &Path,
    texts: &[&str],
    marks: &[&str],
    now: UnixMillis,
    witness: &Witness,
) -> Result<usize, TraceError> {
    let wanted = concealable(texts);
    let find = |block: &[u8]| {
        let hits = |text: &String| -> Vec<(usize, usize)> {
            memmem::find_iter(block, text.as_bytes())
                .map(|start| (start, start.saturating_add(text.len())))
                .collect()
        };
        let mut found: Vec<(usize, usize)> = wanted.iter().flat_map(hits).collect();
        if !marks.is_empty() && !found.is_empty() {
            let theirs = marked(block, marks);
            found.retain(|(start, _)| {
                let next = theirs.partition_point(|entry| entry.end <= *start);
                theirs.get(next).is_some_and(|entry| entry.contains(start))
            });
        }
        found
    };
    let mut places = 0_usize;
    let mut done = HashSet::new();
    // Again until nothing is new: a file may get another name meanwhile.
    loop {
        let mut is_over = true;
        for name in files(path)? {
            let Some(file) = Open::guarded(&name)? else {
                continue;
            };
            if done.insert(file.identity) {
                is_over = false;
                let (_, found) = write_over(path, &file, 0, now, witness, find)?;
                places = places.saturating_add(found);
            }
        }
        if is_over {
            return Ok(places);
        }
    }
}

/// Does an entry name this mark? A longer address or number that contains it is another one.
pub(super) fn names(entry: &[u8], mark: &str) -> bool {
    memmem::find_iter(entry, mark.as_bytes()).any(|start| {
        let before = entry.get(..start).unwrap_or_default();
        let after = entry
            .get(start.saturating_add(mark.len())..)
            .unwrap_or_default();
        let begins = match before {
            // A line break, as an entry holds it.
            [.., b'\\', b'n' | b'r' | b't'] | [] => true,
            [.., last] => !is_of_address(*last),
        };
        let ends = match after {
            [b'.', next, ..] => !is_of_address(*next),
            [next, ..] => *next == b'.' || !is_of_address(*next),
            [] => true,
        };
        begins && ends
    })
}

/// May this byte be a part of an address or of a transaction id?
fn is_of_address(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii() || b"._+-".contains(&byte)
}

/// The entries of a block that name one of the marks.
fn marked(block: &[u8], marks: &[&str]) -> Vec<Range<usize>> {
    let mut starts = vec![0_usize];
    let mut at = 0_usize;
    while let Some(next) = block.get(at..).and_then(next_entry_start) {
        at = at.saturating_add(next);
        starts.push(at);
    }
    let ends = starts.iter().skip(1).copied().chain([block.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(start, end)| *start..end)
        .filter(|entry| {
            let entry = block.get(entry.clone()).unwrap_or_default();
            marks.iter().any(|mark| names(entry, mark))
        })
        .collect()
}

/// The texts that are looked for: those that hit nobody else's times and numbers, also as they stand in a line.
pub(super) fn concealable(texts: &[&str]) -> Vec<String> {
    let mut wanted: Vec<String> = texts
        .iter()
        .filter(|text| text.chars().count() >= 3 && text.chars().any(char::is_alphabetic))
        .flat_map(|text| [(*text).to_owned(), escape(text).into_owned()])
        .collect();
    // A text that needs no escaping is there twice.
    wanted.dedup();
    wanted
}

/// A text with `*` over each of the others, and the number of places.
pub(super) fn stars(text: &str, wanted: &[String]) -> (String, usize) {
    let (mut concealed, mut places) = (text.to_owned(), 0_usize);
    for one in wanted {
        let found = concealed.matches(one.as_str()).count();
        if found > 0 {
            concealed = concealed.replace(one.as_str(), &"*".repeat(one.len()));
            places = places.saturating_add(found);
        }
    }
    (concealed, places)
}

/// Conceals passwords and log-in tickets in a mail trace (`merchant_mail_trace.log`) from byte `from` on: what follows `password:`,
/// `mot de passe :` and the like, and the value of `ticket=`, `key=`, `token=` in addresses. Gives the byte to go on
/// from next time, and the number of places.
///
/// # Errors
///
/// As [`conceal`].
pub fn conceal_secrets(
    path: &Path,
    from: u64,
    now: UnixMillis,
    witness: &Witness,
) -> Result<(u64, usize), TraceError> {
    let Some(file) = Open::guarded(path)? else {
        return Ok((0, 0));
    };
    // A shorter file is another one.
    let from = if from > file.length { 0 } else { from };
    write_over(path, &file, from, now, witness, secrets)
}

/// A file of a trace that nobody else rotates, seals or conceals in.
struct Open {
    path: PathBuf,
    log: File,
    identity: (u64, u64),
    length: u64,
    changed: Option<SystemTime>,
}

/// A letter with `*` over its passwords and log-in tickets, told as in [`conceal_secrets`].
pub(super) fn without_secrets(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for (start, end) in secrets(text.as_bytes()) {
        if let Some(range) = bytes.get_mut(start..end) {
            range.fill(b'*');
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Open {
    fn guarded(path: &Path) -> Result<Option<Self>, TraceError> {
        let Some(log) = guard(path)? else {
            return Ok(None);
        };
        let found = log.metadata().map_err(|e| unreadable(path, e))?;
        Ok(Some(Self {
            path: path.to_owned(),
            identity: (found.dev(), found.ino()),
            length: found.len(),
            changed: found.modified().ok(),
            log,
        }))
    }
}

/// Writes over the ranges that `find` names in each block of a file of the trace. Gives where the last entry starts, which may still grow.
fn write_over(
    trace: &Path,
    file: &Open,
    from: u64,
    now: UnixMillis,
    witness: &Witness,
    find: impl Fn(&[u8]) -> Vec<(usize, usize)>,
) -> Result<(u64, usize), TraceError> {
    let path = file.path.as_path();
    let log = file.log.try_clone().map_err(|e| unreadable(path, e))?;
    let mut blocks = Blocks::over(Some(log), from, None).map_err(|e| unreadable(path, e))?;
    let mut amending = Amending::begin(trace, path, &file.log, now, witness)?;
    amending.finish(from)?;
    let (mut next, mut places) = (from, 0_usize);
    while blocks.advance().map_err(|e| unreadable(path, e))? {
        let block = blocks.block();
        let mut found = find(block);
        found.retain(|(start, end)| {
            let bytes = block.get(*start..*end).unwrap_or_default();
            bytes.iter().any(|byte| *byte != b'*')
        });
        if !found.is_empty() {
            places = places.saturating_add(found.len());
            let place = |at: usize| blocks.offset().saturating_add(at as u64);
            let found: Vec<(u64, u64)> = found
                .into_iter()
                .map(|(start, end)| (place(start), place(end)))
                .collect();
            amending.conceal(&found)?;
        }
        let whole = if blocks.is_last() {
            last_entry_start(block).unwrap_or(0)
        } else {
            block.len()
        };
        next = blocks.offset().saturating_add(whole as u64);
    }
    if amending.has_written
        && path != trace
        && let Some(changed) = file.changed
    {
        // What was put aside is not kept longer for that; on a disk that cannot say so it is.
        let _ = file.log.set_modified(changed);
    }
    Ok((next, places))
}

fn unreadable(path: &Path, source: io::Error) -> TraceError {
    TraceError::Read {
        path: path.to_owned(),
        source,
    }
}

/// Where secrets stand in a piece of a mail trace.
fn secrets(block: &[u8]) -> Vec<(usize, usize)> {
    let lower = block.to_ascii_lowercase();
    let mut ranges = Vec::new();
    for word in PASSWORDS {
        for start in memmem::find_iter(&lower, word) {
            let after = start.saturating_add(word.len());
            ranges.extend(value_after(&lower, after));
        }
    }
    for word in TICKETS {
        for hit in memmem::find_iter(&lower, word) {
            let start = hit.saturating_add(word.len());
            let is_whole = hit
                .checked_sub(1)
                .and_then(|before| lower.get(before))
                .is_none_or(|byte| !byte.is_ascii_alphanumeric());
            let rest = lower.get(start..).unwrap_or_default();
            let length = rest.iter().take_while(|byte| is_of_value(**byte)).count();
            if is_whole && length > 0 {
                ranges.push((start, start.saturating_add(length)));
            }
        }
    }
    ranges
}

/// The word after `:` or `=`, on the same line or the next, past tags.
fn value_after(text: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let mut has_separator = false;
    loop {
        match text.get(at)? {
            b':' | b'=' if !has_separator => has_separator = true,
            b'<' => {
                let rest = text.get(at..)?;
                at = at.checked_add(memchr::memchr(b'>', rest)?)?;
            }
            b' ' | b'\t' | b'\r' | b'\n' | b'"' => {}
            // A space that does not break, in UTF-8.
            0xc2 | 0xa0 => {}
            _ => break,
        }
        at = at.checked_add(1)?;
    }
    let rest = text.get(at..)?;
    if !has_separator || rest.starts_with(b"-- ") || rest.starts_with(b"@@") {
        return None;
    }
    let length = rest
        .iter()
        .take_while(|byte| !byte.is_ascii_whitespace() && **byte != b'<')
        .count();
    Some((at, at.checked_add(length)?))
}

fn is_of_value(byte: u8) -> bool {
    !byte.is_ascii_whitespace() && !b"&\"'<>)]".contains(&byte)
}

const PASSWORDS: [&[u8]; 5] = [
    b"password",
    b"mot de passe",
    b"passwd",
    b"passwort",
    "contrase\u{f1}a".as_bytes(),
];
const TICKETS: [&[u8]; 4] = [b"ticket=", b"key=", b"token=", b"code="];

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::domain::transaction_id::TransactionId;
    use crate::trace::{Index, Page, look_up};

    const NOW: UnixMillis = UnixMillis::from_millis(1_503_340_741_029);

    fn hide(path: &Path, from: u64) -> Result<(u64, usize), TraceError> {
        conceal_secrets(path, from, NOW, &Witness::default())
    }

    /// Defect A-30: the plugin writes whole password mails, with tickets, to `merchant_mail_trace.log`.
    #[test]
    fn a30_passwords_and_tickets_of_the_mail_trace_are_concealed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("merchant_mail_trace.log");
        let head = "-- 2024-5-14 15:39:00 001 --  [A] Mail\n@@@@@@@@\n";
        let content = format!(
            "{head}username: marie\nPassword: s3cr3t!é\nMot de passe : Tr0ub4dor\n<b>New password</b> = <i>xyz</i>\n\
             Password:\nnextline\nhttps://m.example/login.php?ticket=AbC%2F12==&id=3 \"?key=k1\" monkey=no\n@@@@@@@@\n\
             -- 2024-5-14 15:39:01 001 --  [A] password\n"
        );
        fs::write(&path, &content).unwrap();
        let (next, places) = hide(&path, 0).unwrap();
        let concealed = fs::read_to_string(&path).unwrap();
        for secret in ["s3cr3t", "Tr0ub4dor", "xyz", "nextline", "AbC", "k1"] {
            assert!(!concealed.contains(secret), "{secret} in {concealed}");
        }
        for kept in [
            head,
            "username: marie",
            "?ticket=**",
            "&id=3",
            "monkey=no",
            "\n@@@@@@@@\n-- 2024",
        ] {
            assert!(concealed.contains(kept), "no {kept} in {concealed}");
        }
        assert_eq!((concealed.len(), places), (content.len(), 6));
        assert_eq!(next as usize, content.rfind("-- 2024").unwrap());
        // Again from there: nothing new; a new mail; a new file.
        assert_eq!(hide(&path, next).unwrap(), (next, 0));
        assert_eq!(hide(&path, 0).unwrap().1, 0);
        fs::write(&path, "password: another").unwrap();
        assert_eq!(hide(&path, next).unwrap().1, 1);
        assert_eq!(fs::read_to_string(&path).unwrap(), "password: *******");
    }

    #[test]
    fn entries_of_others_keep_the_words_that_a_person_took_for_a_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t");
        let others = "-- 2024-5-14 15:39:00 001 --  [VICTIM] Order placed for Order placed\n";
        let theirs =
            "-- 2024-5-14 15:39:01 001 --  [THEIRS] Order placed\nfor Order placed of VICTIM\n";
        let by_address = "-- 2024-5-14 15:39:02 001 --  Mail to eve@example.org : Order placed\n";
        fs::write(
            &path,
            format!("{others}{theirs}{others}{by_address}{others}"),
        )
        .unwrap();
        let (texts, marks) = (["Order placed", "VICTIM"], ["THEIRS", "eve@example.org"]);
        let found = conceal(&path, &texts, &marks, NOW, &Witness::default()).unwrap();
        assert_eq!(found, 4);
        let left = fs::read_to_string(&path).unwrap();
        assert_eq!(left.matches(others).count(), 3);
        assert_eq!(left.matches("Order placed").count(), 6);
    }

    #[test]
    fn an_address_within_a_longer_one_names_somebody_else() {
        for (entry, named) in [
            ("Mail to eve@x.org : Order", true),
            ("eve@x.org", true),
            ("<eve@x.org>, and eve@x.org.", true),
            ("To:\\neve@x.org\\nSubject", true),
            ("Mail to steve@x.org : Order", false),
            ("st.eve@x.org", false),
            ("eve@x.org.uk", false),
            ("eve@x.organic", false),
            ("éeve@x.org", false),
            ("steve@x.org and eve@x.org", true),
        ] {
            assert_eq!(names(entry.as_bytes(), "eve@x.org"), named, "{entry}");
        }
    }

    #[test]
    fn a_persons_data_goes_and_lines_times_and_index_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t");
        let content = "-- 2024-5-14 15:39:00 001 --  [A] User marie@example.org Marie \"Curie\\n\" created\n\
            -- 2024-5-14 15:39:01 001 --  [A] end of marie@example.org\n";
        fs::write(&path, content).unwrap();
        fs::write(folder.path().join("t.1"), content).unwrap();
        Index::of(&path).catch_up(u64::MAX, |_| ()).unwrap();
        let covered = Index::of(&path).coverage().unwrap().covered;
        let texts = [
            "marie@example.org",
            "Marie \"Curie\n\"",
            "01",
            "24-",
            "2024",
        ];
        assert_eq!(
            conceal(&path, &texts, &[], NOW, &Witness::default()).unwrap(),
            6
        );
        let left = fs::read_to_string(&path).unwrap();
        assert_eq!(left.len(), content.len());
        assert!(!left.to_lowercase().contains("marie") && !left.contains("Curie"));
        assert!(left.contains("-- 2024-5-14 15:39:01 001 --  [A] end of ****"));
        let id = TransactionId::parse("A").unwrap();
        assert_eq!(look_up(&path, &id, Page::ALL).unwrap().count(), 4);
        // The covered part changed within its first kilobyte: indexed anew, not believed.
        assert!(covered > 0);
        assert!(Index::of(&path).catch_up(u64::MAX, |_| ()).unwrap().covered > 0);
        assert_eq!(look_up(&path, &id, Page::ALL).unwrap().count(), 4);
    }
}
