//! A seeded generator for jitter: the same seed gives the same run.

use core::time::Duration;

/// SplitMix64 (Steele and others 2014). Not for secrets.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// A generator started from a seed.
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A duration within a tenth of the given one.
    pub(crate) fn about(&mut self, duration: Duration) -> Duration {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let spread = micros / 5;
        let jitter = self.bits().checked_rem(spread).unwrap_or(0);
        Duration::from_micros(micros.saturating_sub(spread / 2).saturating_add(jitter))
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}
