//! Which machine a line is of, and the name of its own file.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::trace::TraceError;
use crate::trace::chain::SUFFIX as CHAIN;
use crate::trace::volumes::is_aside;

/// The name of a machine, as it stands in file names and in the table: 1 to 40 characters `a-z`, `0-9`, `.`, `_`, `-`, the first one
/// a letter or digit.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Node(String);

impl Node {
    /// The machine of that name. Letters become small, other characters `-`; of a name with nothing left the host's own name
    /// is taken.
    pub fn named(name: &str) -> Self {
        Self::clean(name)
            .or_else(|| Self::clean(&fs::read_to_string(HOST_NAME).ok()?))
            .unwrap_or_else(|| Self(UNNAMED.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The machine's own file beside the trace `path`: `merchant_trace.web1.log` beside `merchant_trace.log`.
    pub fn file(&self, path: &Path) -> PathBuf {
        let mut name = stem(path).to_owned();
        name.push('.');
        name.push_str(&self.0);
        name.push_str(EXTENSION);
        path.with_file_name(name)
    }

    fn clean(name: &str) -> Option<Self> {
        let clean: String = name
            .trim()
            .trim_start_matches(|c: char| !c.is_ascii_alphanumeric())
            .chars()
            .take(LONGEST)
            .map(|c| match c.to_ascii_lowercase() {
                c if c.is_ascii_alphanumeric() || "._-".contains(c) => c,
                _ => '-',
            })
            .collect();
        (!clean.is_empty()).then_some(Self(clean))
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The machines that have a file of their own beside the trace `path`, and that file, by name. A file that was put aside
/// and not begun anew counts too, and one of which only the chain of seals is left.
///
/// # Errors
///
/// [`TraceError::Open`] when the folder cannot be read. A folder that is missing holds no files.
pub fn node_files(path: &Path) -> Result<Vec<(Node, PathBuf)>, TraceError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let prefix = format!("{}.", stem(path));
    let mut nodes = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let entry = entry.map_err(|source| TraceError::Open {
            path: path.to_owned(),
            source,
        })?;
        let name = entry.file_name();
        let Some(rest) = name.to_str().and_then(|name| name.strip_prefix(&prefix)) else {
            continue;
        };
        let rest = rest.strip_suffix(CHAIN).unwrap_or(rest);
        let current = match rest.rsplit_once('.') {
            Some((before, suffix)) if is_aside(suffix) => before,
            _ => rest,
        };
        let node = current
            .strip_suffix(EXTENSION)
            .map(|node| (node, Node::clean(node)));
        // Only a name that a machine can have.
        if let Some((name, Some(node))) = node
            && node.as_str() == name
        {
            let file = node.file(path);
            nodes.push((node, file));
        }
    }
    nodes.sort();
    nodes.dedup();
    Ok(nodes)
}

/// The trace's name without `.log`.
fn stem(path: &Path) -> &str {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    name.strip_suffix(EXTENSION).unwrap_or(name)
}

const EXTENSION: &str = ".log";
const HOST_NAME: &str = "/proc/sys/kernel/hostname";
const LONGEST: usize = 40;
const UNNAMED: &str = "unnamed";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_fit_for_a_file() {
        for (given, name) in [
            ("web1", "web1"),
            (" Web-1.Example.ORG\n", "web-1.example.org"),
            ("../../etc/passwd", "etc-passwd"),
            ("été 2", "t--2"),
            (&"x".repeat(60), &"x".repeat(40)),
        ] {
            assert_eq!(Node::named(given).as_str(), name);
        }
        assert_eq!(Node::named(" /.."), Node::named(""));
        assert!(!Node::named("").as_str().is_empty());
    }

    #[test]
    fn the_files_of_machines_are_found_and_no_other_files_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("merchant_trace.log");
        assert!(
            node_files(&folder.path().join("none/t.log"))
                .unwrap()
                .is_empty()
        );
        for name in [
            "merchant_trace.log",
            "merchant_trace.log.1",
            "merchant_trace.log.index",
            "merchant_trace.log.20261122-004800-123",
            "merchant_trace.web1.log",
            "merchant_trace.web1.log.index",
            "merchant_trace.web1.log.2",
            "merchant_trace.WEB3.log",
            "merchant_trace..log",
            "merchant_trace.log.log",
            "merchant_trace.a.b.log.20261122-004800-123",
            "merchant_mail_trace.web1.log",
            "merchant_trace.web9.txt",
        ] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        let found: Vec<String> = node_files(&path)
            .unwrap()
            .iter()
            .map(|(node, file)| format!("{node} {}", file.file_name().unwrap().to_str().unwrap()))
            .collect();
        assert_eq!(
            found,
            [
                "a.b merchant_trace.a.b.log",
                "log merchant_trace.log.log",
                "web1 merchant_trace.web1.log"
            ]
        );
        assert!(Node::named("7").file(Path::new("t")).ends_with("t.7.log"));
    }
}
