//! Finds the entries of one transaction in a trace file of any size.
//!
//! The id is a fixed string, searched for in whole blocks of the file, not line by line; only around
//! a hit are lines looked for. Memory is one buffer, whatever the size of the file.

use std::fs::File;
use std::path::{Path, PathBuf};

use memchr::memmem::Finder;

use crate::domain::transaction_id::TransactionId;
use crate::trace::TraceError;
use crate::trace::blocks::{Blocks, last_entry_start, next_entry_start, open};
use crate::trace::entry::Entry;

/// Which part of the hits is wanted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Page {
    /// Byte of the file to start at: 0, or what [`Scan::resume_at`] said after the page before.
    pub from: u64,
    /// At most so many entries.
    pub limit: usize,
}

impl Page {
    /// Every entry of the file.
    pub const ALL: Self = Self {
        from: 0,
        limit: usize::MAX,
    };
}

/// Reads the file for the entries of a transaction, in the order of the file: those that begin with `[id]`, the partner's
/// call that begins with `id - Partner`, and those that mention `[id]` anywhere
/// (tell them apart by [`Entry::belongs_to`]), each with its continuation lines.
///
/// What is appended after the call is not read. A missing file has no entries. [`look_up`](super::look_up()) gives the
/// same by the index.
///
/// # Errors
///
/// [`TraceError`] when the file cannot be opened.
pub fn scan(path: &Path, id: &TransactionId, page: Page) -> Result<Scan, TraceError> {
    Scan::over(open(path)?, path, id, page)
}

/// The entries found, one after the other; made by [`scan()`].
#[derive(Debug)]
pub struct Scan {
    path: PathBuf,
    id: TransactionId,
    finder: Finder<'static>,
    blocks: Blocks,
    /// So much of the block is done.
    searched: usize,
    left: usize,
}

impl Scan {
    /// Reads an open file; the path is for messages.
    pub(super) fn over(
        file: Option<File>,
        path: &Path,
        id: &TransactionId,
        page: Page,
    ) -> Result<Self, TraceError> {
        let blocks = Blocks::over(file, page.from, None).map_err(|source| TraceError::Open {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self {
            path: path.to_owned(),
            id: id.clone(),
            finder: Finder::new(id.as_str()).into_owned(),
            blocks,
            searched: 0,
            left: page.limit,
        })
    }

    /// Where the next page starts, as [`Page::from`]; it may turn out empty. `None` when the file has been
    /// searched to its end.
    pub fn resume_at(&self) -> Option<u64> {
        let is_over = self.blocks.is_last() && self.searched >= self.blocks.block().len();
        (!is_over).then(|| self.blocks.offset().saturating_add(self.searched as u64))
    }

    /// The next entry of the block.
    fn next_in_block(&mut self) -> Option<Entry> {
        let block = self.blocks.block();
        loop {
            let hit = self
                .finder
                .find(block.get(self.searched..)?)?
                .checked_add(self.searched)?;
            let hit_end = hit.checked_add(self.id.as_str().len())?;
            let (before, after) = (block.get(..hit)?, block.get(hit_end..)?);
            let is_bracketed = before.ends_with(b"[") && after.starts_with(b"]");
            let is_bare = before.ends_with(b" ") && after.starts_with(b" - ");
            if !is_bracketed && !is_bare {
                self.searched = hit.checked_add(1)?;
                continue;
            }
            let start = last_entry_start(before).unwrap_or(0);
            let end = next_entry_start(after)
                .map_or(block.len(), |length| hit_end.saturating_add(length));
            let entry = Entry::from_bytes(
                block.get(start..end)?,
                self.blocks.offset().saturating_add(start as u64),
            );
            if is_bracketed || entry.belongs_to(&self.id) {
                self.searched = end;
                return Some(entry);
            }
            self.searched = hit_end;
        }
    }
}

impl Iterator for Scan {
    type Item = Result<Entry, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        loop {
            if let Some(entry) = self.next_in_block() {
                self.left = self.left.saturating_sub(1);
                return Some(Ok(entry));
            }
            self.searched = 0;
            match self.blocks.advance() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(source) => {
                    self.left = 0;
                    return Some(Err(TraceError::Read {
                        path: self.path.clone(),
                        source,
                    }));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::trace::blocks::{BUFFER, STEP};

    const ID: &str = "TU90QMLVYXD5UMZYUQ==";

    fn id(text: &str) -> TransactionId {
        TransactionId::parse(text).unwrap()
    }

    fn file(content: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), content).unwrap();
        file
    }

    fn find(content: &[u8], of: &str) -> Vec<Entry> {
        let file = file(content);
        scan(file.path(), &id(of), Page::ALL)
            .unwrap()
            .map(Result::unwrap)
            .collect()
    }

    fn line(number: usize, of: &str) -> String {
        format!(
            "-- 2024-5-14 15:39:00 {:03} -{number}-  [{of}] line {number}\n",
            number % 1000
        )
    }

    #[test]
    fn gives_own_lines_with_what_continues_them_and_no_others() {
        let content = b"lost tail\n-- 2024-5-14 15:39:00 001 -1-  [OTHER==] a\n\
            -- 2024-5-14 15:39:00 002 -1-  [TU90QMLVYXD5UMZYUQ==] b\n@@@@@@@@\n-- mail\n\n@@@@@@@@\n\
            -- 2024-5-14 15:39:00 003 --  [OTHER==] c\n\
            -- 2024-5-14 15:39:00 004 --  [TU90QMLVYXD5UMZYUQ==] d\r\n-- 2024-5-14 15:39:00 005 -2-  e\n\
            -- 2024-5-14 15:39:00 006 -3-  [TU90QMLVYXD5UMZYUQ==] no end";
        let entries = find(content, ID);
        let texts: Vec<&str> = entries.iter().map(Entry::text).collect();
        assert_eq!(texts, ["b", "d", "no end"]);
        assert_eq!(
            entries[0].continuation(),
            ["@@@@@@@@", "-- mail", "", "@@@@@@@@"]
        );
        assert!(entries[1].continuation().is_empty());
        assert!(
            content[usize::try_from(entries[1].offset()).unwrap()..]
                .starts_with(entries[1].line().as_bytes())
        );
    }

    #[test]
    fn mentions_are_found_and_told_from_own_lines() {
        let content = "-- 2024-5-14 15:39:00 001 -1-  [OTHER==] name [TU90QMLVYXD5UMZYUQ==]\n\
            -- 2024-5-14 15:39:00 001 -1-  banner\nwith [TU90QMLVYXD5UMZYUQ==] below\n\
            -- 2024-5-14 15:39:00 001 -1-  bare TU90QMLVYXD5UMZYUQ== here, TU90QMLVYXD5UMZYUQ== - there\n";
        let entries = find(content.as_bytes(), ID);
        assert_eq!(entries.len(), 2);
        assert!(entries.iter().all(|entry| !entry.belongs_to(&id(ID))));
        assert_eq!(entries[0].transaction(), Some(&id("OTHER==")));
        assert_eq!(
            entries[1].continuation(),
            ["with [TU90QMLVYXD5UMZYUQ==] below"]
        );
    }

    #[test]
    fn b28_the_partner_line_without_brackets_is_found() {
        let content = "-- 2024-5-14 15:39:00 001 -1-  TU90QMLVYXD5UMZYUQ== - Partner call: acme\n";
        let entries = find(content.as_bytes(), ID);
        assert_eq!(entries.len(), 1);
        assert!(entries[0].belongs_to(&id(ID)));
    }

    /// Defect A-23: the plugin puts the id into a regular expression, so that `.*` shows all buyers.
    #[test]
    fn a23_an_id_is_never_a_pattern() {
        let content: String = [line(1, "AAAB"), line(2, "A+B"), line(3, "aaab")].concat();
        let texts: Vec<String> = find(content.as_bytes(), "A+B")
            .iter()
            .map(|entry| entry.text().to_owned())
            .collect();
        assert_eq!(texts, ["line 2"]);
        assert!(find(content.as_bytes(), "AA").is_empty());
    }

    #[test]
    fn broken_utf8_and_nul_bytes_are_shown_not_refused() {
        let content = b"\0\0\0-- 2024\n-- 2024-5-14 15:39:00 001 -1-  [A] caf\xe9 \0\n";
        assert_eq!(find(content, "A")[0].text(), "caf\u{fffd} \0");
    }

    #[test]
    fn a_missing_file_is_empty_and_a_folder_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let mut missing = scan(&folder.path().join("none"), &id("A"), Page::ALL).unwrap();
        assert!(missing.next().is_none());
        assert_eq!(missing.resume_at(), None);
        assert_eq!(
            scan(folder.path(), &id("A"), Page::ALL).unwrap_err().code(),
            "trace_not_a_file"
        );
        assert!(find(b"", "A").is_empty());
    }

    #[test]
    fn an_entry_on_the_edge_of_a_block_is_found_whole_wherever_the_edge_falls() {
        let wanted = "-- 2024-5-14 15:39:00 001 -12-  [WANTED] x\nmore\n";
        let filler = line(1, "OTHER");
        for shift in 0..=wanted.len() + 2 {
            let mut content = filler.repeat(STEP / filler.len() + 1);
            content.truncate(STEP - shift - filler.len());
            content.push('\n');
            content.push_str(&"y".repeat(filler.len() - 2));
            content.push('\n');
            assert_eq!(content.len(), STEP - shift);
            let offset = content.len() as u64;
            content.push_str(wanted);
            content.push_str(&filler);
            let entries = find(content.as_bytes(), "WANTED");
            assert_eq!(entries.len(), 1, "{shift}");
            assert_eq!(
                (entries[0].offset(), entries[0].to_string().as_str()),
                (offset, wanted.trim_end())
            );
        }
    }

    #[test]
    fn entries_larger_than_the_buffer_come_in_pieces_and_harm_nothing_after_them() {
        let head = line(1, "WANTED");
        for monster in ["z".repeat(3 * BUFFER), "zzz zz\n".repeat(BUFFER)] {
            let content = [
                &head,
                monster.as_str(),
                "\n",
                line(2, "OTHER").as_str(),
                line(3, "WANTED").as_str(),
            ]
            .concat();
            let entries = find(content.as_bytes(), "WANTED");
            assert_eq!(
                entries.iter().map(Entry::text).collect::<Vec<_>>(),
                ["line 1", "line 3"]
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn finds_what_a_naive_search_finds(
            lines in proptest::collection::vec("(-- 2024-5-14 15:39:00 00[0-9] (--|-[0-9]-) {1,2})?(\\[?AB?\\]?( - Partner)?)[ AB\\[\\]]{0,6}", 0..40),
        ) {
            let mut naive: Vec<Vec<&str>> = Vec::new();
            for line in &lines {
                match naive.last_mut() {
                    Some(entry) if !line.starts_with("-- ") => entry.push(line),
                    _ => naive.push(vec![line]),
                }
            }
            let id = id("A");
            naive.retain(|entry| {
                let is_own = Entry::parse(entry[0]).is_some_and(|entry| entry.belongs_to(&id));
                is_own || entry.iter().any(|line| line.contains("[A]"))
            });
            let expected: Vec<String> = naive.iter().map(|entry| entry.join("\n")).collect();
            let found: Vec<String> = find(lines.join("\n").as_bytes(), "A").iter().map(Entry::to_string).collect();
            proptest::prop_assert_eq!(found, expected);
        }
    }
}
