//! A key and what it makes of octets (RFC 8967 §4.1).

use core::fmt;

use blake2::Blake2sMac;
use blake2::digest::consts::U16;
use blake2::digest::{KeyInit, Mac};
use hmac::Hmac;
use sha2::Sha256;

/// The longest MAC.
const LONGEST_MAC: usize = 32;

/// What a key makes of some octets: as many as [`Algorithm::mac_len`] says.
pub type Code = heapless::Vec<u8, LONGEST_MAC>;

/// A message authentication code (RFC 8967 §4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC-SHA256 (RFC 2104, RFC 6234).
    // RFC 8967 §4.1: every implementation MUST implement HMAC-SHA256
    HmacSha256,
    /// BLAKE2s with a key and a digest of 128 bits (RFC 7693).
    // RFC 8967 §4.1: SHOULD implement keyed BLAKE2s with 128-bit (16-octet) digests
    Blake2s128,
}

/// What a key is used for. A new one goes through all routers as [`KeyUse::Accept`] first, then as
/// [`KeyUse::Both`]; then the old one goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyUse {
    /// Packets signed with it are accepted, ours are not signed with it.
    Accept,
    /// Our packets are signed with it too.
    #[default]
    Both,
    /// For nothing.
    Off,
}

/// A secret shared by all routers on a link, and how it is used.
#[derive(Clone)]
pub struct Key {
    name: String,
    usage: KeyUse,
    algorithm: Algorithm,
    secret: Vec<u8>,
    state: State,
}

/// Why a key is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The secret is empty, or longer than the algorithm takes.
    #[error("a key for this algorithm has 1 to {longest} octets, not {found}")]
    Length {
        /// The most octets.
        longest: usize,
        /// Those given.
        found: usize,
    },
}

/// The algorithm with the key already taken in: half of what a short packet costs.
#[derive(Clone)]
enum State {
    HmacSha256(Hmac<Sha256>),
    Blake2s128(Blake2sMac<U16>),
}

impl Algorithm {
    /// The longest key in octets: what the algorithm takes without hashing it first.
    pub const fn longest_key(self) -> usize {
        match self {
            Self::HmacSha256 => 64,
            Self::Blake2s128 => 32,
        }
    }

    /// Octets of a MAC.
    pub const fn mac_len(self) -> usize {
        match self {
            Self::HmacSha256 => 32,
            Self::Blake2s128 => 16,
        }
    }
}

impl Key {
    /// A key by that name.
    pub fn new(
        name: &str,
        usage: KeyUse,
        algorithm: Algorithm,
        secret: &[u8],
    ) -> Result<Self, KeyError> {
        let wrong = KeyError::Length {
            longest: algorithm.longest_key(),
            found: secret.len(),
        };
        if !(1..=algorithm.longest_key()).contains(&secret.len()) {
            return Err(wrong);
        }
        let state = match algorithm {
            Algorithm::HmacSha256 => Hmac::new_from_slice(secret).map(State::HmacSha256),
            Algorithm::Blake2s128 => Blake2sMac::new_from_slice(secret).map(State::Blake2s128),
        };
        Ok(Self {
            name: name.to_owned(),
            usage,
            algorithm,
            secret: secret.to_vec(),
            state: state.map_err(|_| wrong)?,
        })
    }

    /// Its name, for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is used for.
    pub const fn usage(&self) -> KeyUse {
        self.usage
    }

    /// How it is used.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The MAC of the octets of all parts.
    pub fn code(&self, parts: &[&[u8]]) -> Code {
        #[cfg(test)]
        tests::CODES.set(tests::CODES.get() + 1);
        match &self.state {
            State::HmacSha256(state) => finish(state.clone(), parts),
            State::Blake2s128(state) => finish(state.clone(), parts),
        }
    }
}

fn finish<M: Mac>(mut state: M, parts: &[&[u8]]) -> Code {
    for part in parts {
        state.update(part);
    }
    Code::from_slice(&state.finalize().into_bytes()).unwrap_or_default()
}

/// Whether two MACs are the same, in a time that does not say where they differ.
pub(crate) fn is_same(one: &[u8], other: &[u8]) -> bool {
    let difference = one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b));
    one.len() == other.len() && core::hint::black_box(difference) == 0
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.usage, self.algorithm, &self.secret)
            == (&other.name, other.usage, other.algorithm, &other.secret)
    }
}

impl Eq for Key {}

impl fmt::Debug for Key {
    // The secret stays out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("name", &self.name)
            .field("usage", &self.usage)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests;
