//! Seals over all files of a [`Journal`], each with a chain of its own beside it. The table has none.

use std::path::{Path, PathBuf};

use crate::clock::UnixMillis;
use crate::trace::TraceError;
use crate::trace::chain::{Ends, Verified, Witness, verify};
use crate::trace::journal::Journal;

impl Journal {
    /// Seals the plugin's file and this machine's own, as [`Trace::seal`](super::Trace::seal), with what was put aside of them. Other
    /// machines' files are left to these machines: over a network disk their newest lines may be seen late or with holes, which a seal would
    /// keep for ever. Gives how many bytes were sealed, and the new ends of the chains. `witness` has the secret; the ends known
    /// before are in `ends`.
    ///
    /// # Errors
    ///
    /// As [`Trace::seal`](super::Trace::seal), the first of all files; the others are sealed.
    pub fn seal(
        &self,
        now: UnixMillis,
        witness: &Witness,
        ends: &Ends,
    ) -> Result<(u64, Ends), TraceError> {
        let (mut bytes, mut new, mut failed) = (0_u64, Ends::new(), None);
        for trace in self.sealable(ends)? {
            let name = name_of(trace.path());
            let end = ends.get(&name).map(String::as_str);
            match trace.seal(now, &witness.with_end(end)) {
                Ok(sealed) => {
                    bytes = bytes.saturating_add(sealed.bytes);
                    new.insert(name, sealed.end);
                }
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok((bytes, new)), Err)
    }

    /// Compares the files of all machines with their chains, as [`verify()`]. A file that is not there any more, but whose end is in
    /// `ends`, is told. Nothing is said of the table.
    ///
    /// # Errors
    ///
    /// As [`verify()`].
    pub fn verify(&self, witness: &Witness, ends: &Ends) -> Result<Vec<Verified>, TraceError> {
        let mut paths: Vec<PathBuf> = self.sources()?.into_iter().map(|(_, path)| path).collect();
        for name in ends.keys() {
            let path = self.path().with_file_name(name);
            if name_of(&path) == *name && !paths.contains(&path) {
                paths.push(path);
            }
        }
        let mut all = Vec::new();
        for path in paths {
            let end = ends.get(&name_of(&path)).map(String::as_str);
            all.extend(verify(&path, &witness.with_end(end))?);
        }
        Ok(all)
    }
}

/// The name of a trace's file, under which its end is kept.
pub(super) fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
