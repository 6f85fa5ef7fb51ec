//! How many bytes of probes a metered uplink may carry.

use core::time::Duration;

use crate::clock::Instant;

/// A month's allowance: 10 MB.
pub const MONTH_BYTES: u64 = 10_000_000;
/// A month of 30 days.
const MONTH: Duration = Duration::from_hours(24 * 30);
/// What may be spent at once after a quiet time: a few hundred probes.
const MOST_SAVED_BYTES: u64 = 50_000;

/// A token bucket that fills with 10 MB a month.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    saved_bytes: u64,
    filled: Instant,
    spent_bytes: u64,
}

impl Budget {
    /// A full bucket.
    pub const fn new(now: Instant) -> Self {
        Self {
            saved_bytes: MOST_SAVED_BYTES,
            filled: now,
            spent_bytes: 0,
        }
    }

    /// Takes so many bytes out; `false` when they are not there, and nothing is taken.
    pub fn spend(&mut self, bytes: u64, now: Instant) -> bool {
        self.fill(now);
        let Some(left) = self.saved_bytes.checked_sub(bytes) else {
            return false;
        };
        self.saved_bytes = left;
        self.spent_bytes = self.spent_bytes.saturating_add(bytes);
        true
    }

    /// Bytes taken out since the start.
    pub const fn spent_bytes(&self) -> u64 {
        self.spent_bytes
    }

    fn fill(&mut self, now: Instant) {
        let per_byte = Duration::from_micros(
            u64::try_from(MONTH.as_micros()).unwrap_or(u64::MAX) / MONTH_BYTES,
        );
        let micros = u64::try_from(now.since(self.filled).as_micros()).unwrap_or(u64::MAX);
        let step = u64::try_from(per_byte.as_micros()).unwrap_or(1).max(1);
        let bytes = micros / step;
        self.saved_bytes = self.saved_bytes.saturating_add(bytes).min(MOST_SAVED_BYTES);
        // What did not make a whole byte is not lost.
        self.filled = self.filled + Duration::from_micros(bytes.saturating_mul(step));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_of_greed_stays_within_ten_megabytes() {
        let mut budget = Budget::new(Instant::default());
        let mut now = Instant::default();
        for _ in 0..60 * 24 * 30 {
            now = now + Duration::from_mins(1);
            while budget.spend(168, now) {}
        }
        let spent = budget.spent_bytes();
        assert!(spent <= MONTH_BYTES + MOST_SAVED_BYTES, "{spent}");
        assert!(spent > MONTH_BYTES * 9 / 10, "{spent}");
    }
}
