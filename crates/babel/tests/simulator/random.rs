//! The simulator's only source of chance: splitmix64, seeded.

use core::time::Duration;

/// A seeded generator; the same seed gives the same numbers on every machine.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    // Steele, Lea, Flood: Fast splittable pseudorandom number generators, figure 19
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`, or zero when there is none.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.bits() % bound }
    }

    /// An index below `bound`.
    pub(crate) fn index(&mut self, bound: usize) -> usize {
        usize::try_from(self.below(bound as u64)).unwrap_or(0)
    }

    /// True so many times in a thousand. Draws nothing when the answer is fixed.
    pub(crate) fn permille(&mut self, chance: u16) -> bool {
        match chance {
            0 => false,
            1000.. => true,
            _ => self.below(1000) < u64::from(chance),
        }
    }

    /// Microseconds in `0..=most`.
    pub(crate) fn micros(&mut self, most: Duration) -> u64 {
        let most = u64::try_from(most.as_micros()).unwrap_or(u64::MAX - 1);
        self.below(most + 1)
    }
}
