//! Every target is asked a few times in a short while, after a first sign of trouble.

use core::time::Duration;

use crate::clock::Instant;

/// Probes to each target.
const ROUNDS: u8 = 3;
/// Between two rounds: long enough that answers of a path that has become slow come in meanwhile.
pub(super) const BURST_STEP: Duration = Duration::from_millis(200);
/// The same when the device has already been silent for a while.
pub(super) const SILENT_BURST_STEP: Duration = Duration::from_millis(75);

/// What is left of a burst.
#[derive(Clone, Copy, Debug)]
pub(super) struct Burst {
    rounds: u8,
    step: Duration,
    /// When the next round is due.
    pub(super) next: Instant,
}

impl Burst {
    /// One that begins now.
    pub(super) const fn new(step: Duration, now: Instant) -> Self {
        Self {
            rounds: ROUNDS,
            step,
            next: now,
        }
    }

    /// There is a second sign of trouble: the rest goes no slower than this.
    pub(super) fn hurry(&mut self, step: Duration, now: Instant) {
        self.step = self.step.min(step);
        self.next = self.next.min(now + step);
    }

    /// What is left when a round has been sent.
    pub(super) fn after_round(self, now: Instant) -> Option<Self> {
        (self.rounds > 1).then(|| Self {
            rounds: self.rounds - 1,
            next: now + self.step,
            ..self
        })
    }
}
