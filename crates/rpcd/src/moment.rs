//! When something happens, by both clocks.

use core::time::Duration;

/// A time that the wall clock of a router without a battery shows until somebody sets it: before 2024.
const NOT_SET_BEFORE_S: u64 = 1_704_067_200;

/// A moment. Everything is decided by the first clock; the second is only shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// `CLOCK_MONOTONIC`: since boot, never set.
    pub since_boot: Duration,
    /// Seconds since 1970 by the wall clock, as it is now.
    pub wall_s: u64,
}

impl Moment {
    /// The wall clock, unless it has not been set yet.
    pub fn wall(self) -> Option<u64> {
        Some(self.wall_s).filter(|seconds| *seconds >= NOT_SET_BEFORE_S)
    }

    /// Milliseconds since an earlier moment.
    pub fn age_ms(self, earlier: Duration) -> u64 {
        let age = self.since_boot.saturating_sub(earlier);
        u64::try_from(age.as_millis()).unwrap_or(u64::MAX)
    }
}
