//! A seeded generator for jitter and nonces: the same seed gives the same run.

use core::time::Duration;

/// SplitMix64: small, fast, and good enough to spread timers. Not for secrets.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// A generator started from a seed.
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number to name a packet by.
    pub(crate) fn nonce(&mut self) -> u16 {
        u16::try_from(self.bits() & 0xFFFF).unwrap_or_default()
    }

    /// A duration from zero up to but not including `most`.
    pub(crate) fn jitter(&mut self, most: Duration) -> Duration {
        let micros = u64::try_from(most.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(if micros == 0 { 0 } else { self.bits() % micros })
    }
}
