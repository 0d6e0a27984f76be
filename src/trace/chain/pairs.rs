//! Which chain belongs to which file of a trace.
//!
//! Mostly it is the one with its name. [`Trace::rotate`](crate::trace::Trace::rotate) takes the chain along; logrotate does not: then a
//! chain is told by the first bytes that it seals.

use std::collections::HashMap;
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::record::digest;
use super::{Chain, Witness, bytes_of, chain_of};
use crate::trace::TraceError;
use crate::trace::blocks::open;
use crate::trace::volumes::names;

/// A file of a trace and its chain, where it is now. One of them may be missing.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) file: Option<PathBuf>,
    pub(super) chain: Option<PathBuf>,
}

/// The files of a trace with their chains, the oldest first; the trace itself is the last, whether it is there or not.
pub(super) fn pairs(path: &Path, witness: &Witness) -> Result<Vec<Pair>, TraceError> {
    let names = names(path, super::SUFFIX)?;
    let mut files: Vec<(PathBuf, File)> = Vec::new();
    let mut seen = HashMap::new();
    for name in &names {
        let Some(file) = open(name)? else { continue };
        let found = file.metadata().map_err(|source| TraceError::Open {
            path: name.clone(),
            source,
        })?;
        // A rotation that was killed halfway leaves one file with two names; the chain has one of them.
        let number = *seen
            .entry((found.dev(), found.ino()))
            .or_insert(files.len());
        match files.get_mut(number) {
            None => files.push((name.clone(), file)),
            Some(known) if !chain_of(&known.0).exists() => known.0 = name.clone(),
            Some(_) => {}
        }
    }
    let mut loose: Vec<PathBuf> = names.iter().map(|name| chain_of(name)).collect();
    loose.retain(|chain| chain.exists());
    let mut chains: Vec<Option<PathBuf>> = Vec::new();
    for (name, file) in &files {
        let own = chain_of(name);
        chains.push(take(&mut loose, |chain| {
            Ok(*chain == own && fits(chain, file, witness)?.unwrap_or(true))
        })?);
    }
    for ((_, file), slot) in files.iter().zip(&mut chains) {
        if slot.is_none() {
            *slot = take(&mut loose, |chain| {
                Ok(fits(chain, file, witness)?.unwrap_or(false))
            })?;
        }
    }
    for ((name, _), slot) in files.iter().zip(&mut chains) {
        if slot.is_none() {
            let own = chain_of(name);
            *slot = take(&mut loose, |chain| Ok(*chain == own))?;
        }
    }
    let mut pairs = Vec::new();
    let mut paired: HashMap<PathBuf, Option<PathBuf>> = files
        .into_iter()
        .map(|(name, _)| name)
        .zip(chains)
        .collect();
    for name in &names {
        let own = chain_of(name);
        match paired.remove(name) {
            Some(chain) => pairs.push(Pair {
                file: Some(name.clone()),
                chain,
            }),
            None if loose.contains(&own) || name == path => pairs.push(Pair {
                file: None,
                chain: loose.contains(&own).then_some(own),
            }),
            None => {}
        }
    }
    Ok(pairs)
}

/// Whether a chain is about this file, by the first bytes that it seals; `None` when it seals none.
fn fits(chain: &Path, file: &File, witness: &Witness) -> Result<Option<bool>, TraceError> {
    let chain_read = Chain::read(chain, witness)?;
    let Some(first) = chain_read.ranges.first() else {
        return Ok(None);
    };
    let bytes = bytes_of(file, first.from, first.to).map_err(|source| TraceError::Read {
        path: chain.to_owned(),
        source,
    })?;
    Ok(Some(digest(&bytes) == first.digest))
}

/// Takes the first for which it holds out of the list.
fn take(
    list: &mut Vec<PathBuf>,
    mut holds: impl FnMut(&PathBuf) -> Result<bool, TraceError>,
) -> Result<Option<PathBuf>, TraceError> {
    for number in 0..list.len() {
        if let Some(path) = list.get(number)
            && holds(path)?
        {
            return Ok(Some(list.remove(number)));
        }
    }
    Ok(None)
}

/// Renames a chain to the name of its file, if it has another.
pub(super) fn settle(chain: Option<PathBuf>, file: &Path) -> Result<PathBuf, TraceError> {
    let own = chain_of(file);
    match chain {
        Some(chain) if chain != own => {
            fs::rename(&chain, &own).map_err(|source| TraceError::Seal {
                path: chain.clone(),
                source,
            })?;
        }
        _ => {}
    }
    Ok(own)
}
