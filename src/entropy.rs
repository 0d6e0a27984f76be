//! The one place that draws random numbers: the operating system's CSPRNG, nothing derived from the time.

use std::fmt::Write as _;

use crate::domain::transaction_id::TransactionId;

/// A new transaction id: 18 characters `A-Z0-9` and `==`, 93 random bits.
///
/// # Errors
///
/// [`EntropyError`] when the system gives no usable random bytes. There is no fallback: without an
/// unguessable id no order is begun.
pub fn transaction_id() -> Result<TransactionId, EntropyError> {
    for _ in 0..ATTEMPTS {
        if let Some(id) = TransactionId::from_random(&random()?) {
            return Ok(id);
        }
    }
    Err(EntropyError::Broken)
}

/// A new stamp: 128 random bits as 32 characters `0-9a-f`.
///
/// # Errors
///
/// [`EntropyError`] when the system gives no random bytes.
pub fn stamp() -> Result<String, EntropyError> {
    let bytes: [u8; 16] = random()?;
    let mut stamp = String::with_capacity(32);
    for byte in bytes {
        // Writing to a String does not fail.
        let _ = write!(stamp, "{byte:02x}");
    }
    Ok(stamp)
}

/// Random bytes for a key.
///
/// # Errors
///
/// [`EntropyError`] when the system gives no random bytes.
pub fn key<const N: usize>() -> Result<[u8; N], EntropyError> {
    random()
}

/// Why there are no random numbers.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EntropyError {
    /// The source answers, but what it answers is not random: hundreds of bytes were all 252 or
    /// more. The machine is broken; an administrator has to look at it.
    #[error("the system's random numbers are not random")]
    Broken,
    /// The system call failed, usually because a sandbox forbids it or a chroot lacks `/dev/urandom`.
    /// The buyer may try again; an administrator has to look at it.
    #[error("the system gives no random numbers")]
    Unavailable(#[source] getrandom::Error),
}

impl EntropyError {
    /// Stable code, also the language-string key.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Broken => "entropy_broken",
            Self::Unavailable(_) => "entropy_unavailable",
        }
    }
}

fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], EntropyError> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(EntropyError::Unavailable)?;
    Ok(bytes)
}

const ATTEMPTS: usize = 8;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Defect A-1: the plugin's ids change once per 100 seconds and can be counted through.
    #[test]
    fn a01_a_million_ids_drawn_at_once_are_unique_and_uniform() {
        const IDS: usize = 1_000_000;
        const ALPHABET: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        let mut seen = HashSet::with_capacity(IDS);
        let mut counts = [[0_u64; 36]; 18];
        for _ in 0..IDS {
            let id = transaction_id().unwrap();
            let (letters, suffix) = id.as_str().split_at(18);
            assert_eq!(suffix, "==");
            for (position, letter) in letters.bytes().enumerate() {
                let value = ALPHABET.iter().position(|known| *known == letter);
                counts[position][value.expect("a letter of A-Z0-9")] += 1;
            }
            assert!(seen.insert(id), "an id came twice");
        }
        // 35 degrees of freedom: a fair source passes 110 once in 10^9 runs; a plain remainder of a
        // byte by 36 gives about 2,000 here.
        for (position, row) in counts.iter().enumerate() {
            let expected = (IDS / 36) as u64;
            let chi_square: u64 = row
                .iter()
                .map(|count| count.abs_diff(expected).pow(2) / expected)
                .sum();
            assert!(chi_square < 110, "position {position}: {chi_square}");
        }
    }

    /// Defect A-1: the plugin's ids are made of the time.
    #[test]
    fn a01_an_id_is_made_of_random_bytes_and_nothing_else() {
        let early = TransactionId::from_random(&[7; 64]);
        std::thread::sleep(std::time::Duration::from_millis(3));
        assert_eq!(early, TransactionId::from_random(&[7; 64]));
        let sources = [
            include_str!("entropy.rs"),
            include_str!("domain/transaction_id.rs"),
        ];
        for source in sources {
            let code = source.split("#[cfg(test)]").next().unwrap();
            for word in [
                "SystemTime",
                "Instant",
                "Clock",
                "UnixMillis",
                "process::id",
            ] {
                assert!(!code.contains(word), "{word}");
            }
        }
    }

    #[test]
    fn stamps_are_32_lower_case_hex_characters_and_differ() {
        let stamps: HashSet<String> = (0..1000).map(|_| stamp().unwrap()).collect();
        assert_eq!(stamps.len(), 1000);
        for stamp in stamps {
            assert_eq!(stamp.len(), 32);
            assert!(
                stamp
                    .bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')),
                "{stamp}"
            );
        }
    }
}
