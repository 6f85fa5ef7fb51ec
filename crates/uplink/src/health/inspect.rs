//! What whoever asks is told.

use crate::clock::Instant;
use crate::estimate::Estimate;
use crate::health::machine::Health;
use crate::health::output::Portal;
use crate::health::state::{Reason, State};
use crate::health::target::Target;

impl Health {
    /// What it is now.
    pub const fn state(&self) -> State {
        match self.condition {
            _ if self.drained => State::Drained,
            _ if self.capped => State::Capped,
            condition => condition,
        }
    }

    /// Why.
    pub const fn why(&self) -> Reason {
        self.why
    }

    /// Since when.
    pub const fn since(&self) -> Instant {
        self.since
    }

    /// It is down, and probes are answered again: better than nothing where there is nothing else.
    pub fn is_recovering(&self) -> bool {
        matches!(self.condition, State::Down | State::Init)
            && self.good_since.is_some()
            && !self.drained
            && !self.capped
            && self.portal != Portal::Captive
    }

    /// How much of its weight it deserves, in steps that do not move with every packet: 100, 50 or 25.
    pub fn quality_percent(&self) -> u8 {
        if self.condition != State::Degraded {
            return 100;
        }
        match self.estimate.quality_percent(self.config.slow) {
            40.. => 50,
            _ => 25,
        }
    }

    /// What was measured.
    pub const fn estimate(&self) -> &Estimate {
        &self.estimate
    }

    /// Targets that answer, and all of them.
    pub fn targets_alive(&self) -> (u8, u8) {
        let alive = self.targets.iter().filter(|target| target.is_alive());
        (count(alive.count()), count(self.targets.len()))
    }

    /// Whether a target is lost, by its place.
    pub fn is_target_lost(&self, target: usize) -> bool {
        self.targets.get(target).is_some_and(Target::is_lost)
    }

    /// The providers all of whose targets are lost while another's answer: their trouble, not the
    /// uplink's.
    pub fn lost_providers(&self) -> Vec<u16> {
        let mut lost: Vec<u16> = Vec::new();
        if !self.targets.iter().any(Target::is_alive) {
            return lost;
        }
        for target in &self.targets {
            let all = self
                .targets
                .iter()
                .filter(|t| t.provider == target.provider);
            if !lost.contains(&target.provider) && all.clone().all(Target::is_lost) {
                lost.push(target.provider);
            }
        }
        lost
    }

    /// Packets went out in the last second, enough to notice that none come back.
    pub fn is_busy(&self, now: Instant) -> bool {
        self.busy_until.is_some_and(|until| now < until)
    }

    /// Octets of probes charged to the budget of a metered uplink.
    pub const fn probe_bytes(&self) -> u64 {
        self.budget.spent_bytes()
    }
}

pub(super) fn count(number: usize) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}
