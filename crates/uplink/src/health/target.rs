//! One target of probes.

use crate::clock::Instant;

/// Probes a target must lose in a row to count as lost.
pub(super) const LOST_AFTER: u8 = 3;

/// What is known of a target.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    /// Whose it is: targets of one provider fail together.
    pub(super) provider: u16,
    /// Probes lost since the last answer.
    pub(super) lost_in_row: u8,
    /// It has answered since the link came up.
    pub(super) answered: bool,
    /// When it was last asked.
    pub(super) asked: Option<Instant>,
}

impl Target {
    pub(super) const fn new(provider: u16) -> Self {
        Self {
            provider,
            lost_in_row: 0,
            answered: false,
            asked: None,
        }
    }

    /// It answers, as far as is known.
    pub(super) const fn is_alive(&self) -> bool {
        self.answered && self.lost_in_row < LOST_AFTER
    }

    /// It has been asked often enough in vain.
    pub(super) const fn is_lost(&self) -> bool {
        self.lost_in_row >= LOST_AFTER
    }

    pub(super) const fn note_answer(&mut self) {
        self.answered = true;
        self.lost_in_row = 0;
    }

    pub(super) const fn note_loss(&mut self) {
        self.lost_in_row = self.lost_in_row.saturating_add(1);
    }
}
