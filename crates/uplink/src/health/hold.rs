//! How long an uplink must be good before it is believed.

use core::time::Duration;

use crate::clock::Instant;

/// The longest hold.
pub(super) const LONGEST: Duration = Duration::from_mins(5);
/// Down again within this time after coming up: it flaps.
const FLAP: Duration = Duration::from_mins(10);

/// The hold of one uplink: it doubles each time the uplink flaps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hold {
    base: Duration,
    flaps: u8,
    came_up: Option<Instant>,
    length: Duration,
}

impl Hold {
    /// Nothing is held at the start.
    pub(super) const fn new(base: Duration) -> Self {
        Self {
            base,
            flaps: 0,
            came_up: None,
            length: Duration::ZERO,
        }
    }

    /// It came up.
    pub(super) const fn note_up(&mut self, now: Instant) {
        self.came_up = Some(now);
    }

    /// It went down. A device that lost its carrier or address for once is believed at once when it is
    /// back; packets that vanished make one suspicious.
    pub(super) fn note_down(&mut self, by_link: bool, now: Instant) {
        let Some(came_up) = self.came_up.take() else {
            // It was down already: the hold is what it is.
            return;
        };
        self.flaps = if now.since(came_up) < FLAP {
            self.flaps.saturating_add(1)
        } else {
            0
        };
        self.length = if by_link && self.flaps <= 1 {
            Duration::ZERO
        } else {
            let doublings = u32::from(self.flaps.saturating_sub(1)).min(16);
            self.base.saturating_mul(1 << doublings).min(LONGEST)
        };
    }

    /// How long it must be good now.
    pub(super) const fn length(&self) -> Duration {
        self.length
    }
}
