//! Octets that nobody has used before and nobody can guess, from a secret of the caller's.

use blake2::Blake2sMac;
use blake2::digest::consts::U16;
use blake2::digest::{KeyInit, Mac};

/// Counts, and enciphers the count with a secret: no value comes twice, and two runs with different
/// secrets share none.
#[derive(Clone)]
pub(crate) struct Entropy {
    state: Option<Blake2sMac<U16>>,
    count: u64,
}

impl Entropy {
    /// A source started from 32 octets of the kernel's randomness.
    pub(crate) fn new(secret: &[u8; 32]) -> Self {
        Self {
            // Always there: the secret has the length of a key.
            state: Blake2sMac::new_from_slice(secret).ok(),
            count: 0,
        }
    }

    /// The next 16 octets.
    pub(crate) fn octets(&mut self) -> [u8; 16] {
        self.count = self.count.wrapping_add(1);
        let Some(mut state) = self.state.clone() else {
            return [0; 16];
        };
        state.update(&self.count.to_be_bytes());
        state.finalize().into_bytes().into()
    }
}

impl core::fmt::Debug for Entropy {
    // The secret stays out of logs.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Entropy").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
