//! The section `key`: a key for packet authentication (RFC 8967).

use std::fmt;

use grange_uci::{Problems, Reader};

/// A key that interfaces refer to by its name.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    /// Its name: option `id`, or else the section's name.
    pub name: String,
    /// The algorithm it is for.
    pub algorithm: Algorithm,
    /// The secret.
    pub secret: Vec<u8>,
}

/// A message authentication code of RFC 8967 section 4.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC-SHA256.
    HmacSha256,
    /// BLAKE2s with a digest of 128 bits.
    Blake2s128,
}

impl Algorithm {
    /// The longest key in octets: what the algorithm takes without hashing it first.
    const fn longest_key(self) -> usize {
        match self {
            Self::HmacSha256 => 64,
            Self::Blake2s128 => 32,
        }
    }
}

impl fmt::Debug for Key {
    // The secret stays out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("name", &self.name)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// Reads a section; `None` when something in it is wrong.
pub(super) fn read(reader: &Reader<'_>, problems: &mut Problems) -> Option<Key> {
    let name = problems
        .value(reader.string("id"))
        .or_else(|| reader.name());
    if name.is_none() {
        problems.error(&reader.refuse("id", "a name, or a section with a name"));
    }
    let algorithm = reader.required("type", |reader, option| {
        reader.choice(
            option,
            &[
                ("hmac-sha256", Algorithm::HmacSha256),
                ("blake2s128", Algorithm::Blake2s128),
            ],
        )
    });
    let algorithm = problems.value(algorithm.map(Some));
    let longest = algorithm.map_or(64, Algorithm::longest_key);
    let expected = format!("1 to {longest} octets in hexadecimal");
    let secret = reader.required("value", |reader, option| {
        reader.secret_with(option, &expected, |text| {
            hexadecimal(text)
                .filter(|octets| (1..=longest).contains(&octets.len()))
                .ok_or(())
        })
    });
    let secret = problems.value(secret.map(Some));
    for warning in reader.unknown_options() {
        problems.warning(&warning);
    }
    Some(Key {
        name: name?.to_owned(),
        algorithm: algorithm?,
        secret: secret?,
    })
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let digits = digits?;
    let (pairs, []) = digits.as_chunks::<2>() else {
        return None;
    };
    Some(pairs.iter().map(|[high, low]| high << 4 | low).collect())
}
