//! Which target is asked when, and what is overdue.

use core::time::Duration;

use crate::clock::Instant;
use crate::health::burst::{BURST_STEP, Burst};
use crate::health::machine::{FORGOTTEN, Health, Outstanding};
use crate::health::output::Output;
use crate::health::state::{Link, State};

/// How often a target that is lost is asked again while the uplink lives.
const LOST_TARGET_STEP: Duration = Duration::from_secs(5);
/// HTTP checks: with a tenth of jitter, at most one a minute.
const PORTAL_STEP: Duration = Duration::from_secs(67);
/// Between the probes of a metered or standby uplink: 168 bytes both ways each minute are 7 MB a month.
const METERED_STEP: Duration = Duration::from_mins(1);
/// Probes under way at most.
pub(super) const MOST_OUTSTANDING: usize = 128;

impl Health {
    /// Another uplink is being probed right now: what is due within a fifth of the interval goes along, so
    /// that the router wakes up once for all of them.
    pub fn handle_company(&mut self, now: Instant) {
        let early = now + self.interval().min(self.config.interval) / 5;
        if self.burst.is_none() && self.next_probe.is_some_and(|at| at <= early) {
            self.next_probe = Some(now);
            self.send_due(now);
        }
    }

    pub(super) fn is_sparing(&self) -> bool {
        self.config.metered || self.standby
    }

    pub(super) fn interval(&self) -> Duration {
        if self.is_sparing() && self.condition != State::Init {
            METERED_STEP.max(self.config.interval)
        } else {
            self.config.interval
        }
    }

    /// Marks what is overdue as lost.
    pub(super) fn expire(&mut self, now: Instant) {
        let mut first_loss = false;
        for probe in &mut self.outstanding {
            if probe.lost || probe.deadline > now {
                continue;
            }
            probe.lost = true;
            if let Some(target) = self.targets.get_mut(probe.target) {
                first_loss |= !target.is_lost();
                if !target.is_lost() {
                    self.good_answers = 0;
                }
                target.note_loss();
            }
        }
        self.outstanding
            .retain(|probe| now.since(probe.sent) < FORGOTTEN);
        if first_loss && self.condition.is_live() {
            self.begin_burst(BURST_STEP, now);
        }
    }

    pub(super) fn begin_burst(&mut self, step: Duration, now: Instant) {
        if self.targets.is_empty() {
            return;
        }
        match &mut self.burst {
            Some(burst) => burst.hurry(step, now),
            None => self.burst = Some(Burst::new(step, now)),
        }
        if self.next_probe.is_none() {
            self.next_probe = Some(now + self.interval());
        }
    }

    pub(super) fn send_due(&mut self, now: Instant) {
        if self.link != Link::Ready {
            return;
        }
        if let Some(burst) = self.burst
            && burst.next <= now
        {
            for target in 0..self.targets.len() {
                self.send(target, now);
            }
            self.burst = burst.after_round(now);
            self.next_probe = Some(now + self.random.about(self.interval()));
        }
        if self.next_probe.is_some_and(|at| at <= now) {
            if let Some(target) = self.next_target(now) {
                self.send(target, now);
            }
            self.next_probe = Some(now + self.random.about(self.interval()));
        }
        if self.next_portal.is_some_and(|at| at <= now) {
            self.outputs.push_back(Output::Portal);
            self.portal_pending = true;
            // A portal check is a few packets; metered uplinks pay for it as well.
            let step = if self.is_sparing() { 30 } else { 1 };
            self.next_portal = Some(now + self.random.about(PORTAL_STEP * step));
        }
    }

    /// The next in turn. A lost one has its turn less often, so that one dead server does not slow
    /// down the watch on the uplink.
    pub(super) fn next_target(&mut self, now: Instant) -> Option<usize> {
        let count = self.targets.len();
        for _ in 0..count {
            let place = self.turn % count;
            self.turn = place + 1;
            let target = self.targets.get(place)?;
            let rests = self.condition.is_live()
                && target.is_lost()
                && target
                    .asked
                    .is_some_and(|asked| now.since(asked) < LOST_TARGET_STEP);
            if !rests {
                return Some(place);
            }
        }
        None
    }

    pub(super) fn send(&mut self, target: usize, now: Instant) {
        if self.is_sparing() && !self.budget.spend(self.config.probe_bytes, now) {
            return;
        }
        if self.outstanding.len() >= MOST_OUTSTANDING {
            self.outstanding.pop_front();
        }
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
        self.outstanding.push_back(Outstanding {
            id,
            target,
            sent: now,
            deadline: now + self.estimate.timeout(),
            lost: false,
        });
        if let Some(target) = self.targets.get_mut(target) {
            target.asked = Some(now);
        }
        self.outputs.push_back(Output::Probe { id, target });
    }
}
