//! A node's monotonic clock: its own origin and its own rate.
//!
//! Only monotonic time reaches the core, so a step of the wall clock has nothing to act on. What
//! does happen to a monotonic clock is that it starts anywhere, runs a little fast or slow, and
//! seems to jump for a process that was stopped.

use core::time::Duration;

use grange_babel::clock::Instant;

/// Microseconds of simulated time.
pub(crate) type Micros = u64;

/// One second of simulated time.
pub(crate) const SECOND: Micros = 1_000_000;

/// One millisecond of simulated time.
pub(crate) const MILLISECOND: Micros = 1_000;

/// A duration in microseconds.
pub(crate) fn micros(duration: Duration) -> Micros {
    Micros::try_from(duration.as_micros()).unwrap_or(Micros::MAX)
}

/// How a node's clock relates to simulated time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock {
    /// What the node's clock shows when simulated time is zero.
    pub(crate) offset: Micros,
    /// How much it gains, in parts per million.
    pub(crate) drift_ppm: u64,
}

impl Clock {
    /// What the node reads at that simulated time.
    pub(crate) fn local(&self, at: Micros) -> Instant {
        Instant::from_micros(self.offset + at + at / 1_000_000 * self.drift_ppm)
    }

    /// The first simulated time at which the node reads `local` or more.
    pub(crate) fn global(&self, local: Instant) -> Micros {
        let elapsed = local.as_micros().saturating_sub(self.offset);
        // A floor of the right size, then the few microseconds that rounding left.
        let mut at = elapsed / (1_000_000 + self.drift_ppm) * 1_000_000;
        at += (elapsed - at).saturating_sub((at / 1_000_000 + 1) * self.drift_ppm);
        while self.local(at) < local {
            at += 1;
        }
        at
    }
}

#[test]
fn a_drifting_clock_maps_there_and_back() {
    for drift_ppm in [0, 1, 50, 200] {
        let clock = Clock {
            offset: 77,
            drift_ppm,
        };
        for at in [0, 1, 999_999, 1_000_000, 1_000_001, 86_400_000_000] {
            let there = clock.global(clock.local(at));
            assert!(
                there <= at && clock.local(there) >= clock.local(at),
                "{at} {there}"
            );
        }
    }
}
