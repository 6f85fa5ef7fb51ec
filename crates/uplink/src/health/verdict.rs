//! What the answers mean.

use crate::clock::Instant;
use crate::estimate::Estimate;
use crate::health::inspect::count;
use crate::health::machine::Health;
use crate::health::output::{Output, Portal};
use crate::health::state::{Link, Reason, State};
use crate::health::target::{LOST_AFTER, Target};

/// Answers in a row before a lost uplink is believed.
const GOOD_ANSWERS: u8 = 5;

impl Health {
    pub(super) fn needed(&self) -> u8 {
        let targets = count(self.targets.len());
        match self.config.needed {
            0 => targets.div_ceil(2),
            needed => needed.min(targets),
        }
    }

    pub(super) fn good_answers_needed(&self) -> u8 {
        if self.targets.is_empty() {
            0
        } else if self.hold.length().is_zero() {
            1
        } else {
            GOOD_ANSWERS
        }
    }

    /// Draws the conclusions.
    pub(super) fn settle(&mut self, now: Instant) {
        if self.link != Link::Ready {
            return;
        }
        let (alive, targets) = self.targets_alive();
        let lost = count(
            self.targets
                .iter()
                .filter(|target| target.is_lost())
                .count(),
        );
        let left = targets - lost;
        if left < self.needed() && !self.is_one_providers_trouble() {
            self.good_since = None;
            let why = Reason::Lost {
                probes: LOST_AFTER,
                lost,
                targets,
            };
            self.become_down(why, now);
            return;
        }
        if alive < self.needed() && !self.is_one_providers_trouble() {
            self.good_since = None;
            return;
        }
        if self.good_since.is_none() && self.config.portal && self.condition == State::Down {
            // Probes may be answered where nothing else is: look before trusting it.
            self.next_portal = Some(now);
            self.send_due(now);
        }
        let good_since = *self.good_since.get_or_insert(now);
        let held = now.since(good_since);
        if !self.condition.is_live() && self.condition != State::Captive {
            if held < self.hold.length() || self.good_answers < self.good_answers_needed() {
                return;
            }
            if self.portal_pending {
                return;
            }
        }
        let answered = match targets {
            0 => Reason::NotProbed,
            _ => Reason::Answered {
                alive,
                targets,
                held,
            },
        };
        if self.portal == Portal::Captive {
            if self.condition != State::Captive {
                self.become_condition(State::Captive, Reason::Portal, now);
            }
            return;
        }
        let quality = self.estimate.quality_percent(self.config.slow);
        let measured = Reason::Quality {
            loss_permille: self.estimate.loss_permille(),
            rtt_ms: self
                .estimate
                .rtt()
                .map_or(0, |rtt| u32::try_from(rtt.as_millis()).unwrap_or(u32::MAX)),
        };
        match self.condition {
            State::Up if quality < 60 => {
                self.become_condition(State::Degraded, measured, now);
            }
            // Between 60 and 85 it stays what it is, so that it does not hop.
            State::Degraded if quality >= 85 => self.become_condition(State::Up, measured, now),
            State::Up | State::Degraded => {}
            State::Captive => {
                self.hold.note_up(now);
                self.become_condition(State::Up, Reason::PortalGone, now);
            }
            _ => {
                self.hold.note_up(now);
                // What was lost while it was down says nothing about what it is now.
                self.estimate = Estimate::default();
                self.become_condition(State::Up, answered, now);
            }
        }
    }

    /// All lost targets belong to one provider, and somebody else's answers.
    pub(super) fn is_one_providers_trouble(&self) -> bool {
        let mut lost = self.targets.iter().filter(|target| target.is_lost());
        let Some(first) = lost.next() else {
            return false;
        };
        let mut others = self.targets.iter().filter(|t| t.provider != first.provider);
        lost.all(|target| target.provider == first.provider)
            && self
                .targets
                .iter()
                .filter(|t| t.provider == first.provider)
                .count()
                > 1
            && others.any(Target::is_alive)
    }

    pub(super) fn become_down(&mut self, why: Reason, now: Instant) {
        let by_link = matches!(why, Reason::Link(_));
        if self.condition == State::Down {
            // The cable is pulled out of a line that was dead: say what is to be mended first.
            if by_link && self.why != why {
                self.why = why;
            }
            return;
        }
        self.hold.note_down(by_link, now);
        self.burst = None;
        self.good_answers = 0;
        self.good_since = None;
        self.portal = Portal::Silent;
        self.become_condition(State::Down, why, now);
    }

    pub(super) fn become_condition(&mut self, condition: State, why: Reason, now: Instant) {
        self.change(why, now, |health| health.condition = condition);
    }

    pub(super) fn change(&mut self, why: Reason, now: Instant, change: impl FnOnce(&mut Self)) {
        let from = self.state();
        change(self);
        let to = self.state();
        if from != to {
            self.since = now;
            self.why = why;
            self.outputs.push_back(Output::Changed { from, to, why });
        }
    }
}
