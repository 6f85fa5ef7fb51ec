//! The state machine: what it knows, what it hears, and when it wants to be called.

use core::time::Duration;
use std::collections::VecDeque;

use crate::budget::Budget;
use crate::clock::Instant;
use crate::estimate::Estimate;
use crate::health::burst::{BURST_STEP, Burst, SILENT_BURST_STEP};
use crate::health::config::{Config, MOST_TARGETS};
use crate::health::hold::Hold;
use crate::health::output::{Output, Portal};
use crate::health::state::{Link, Reason, State};
use crate::health::target::Target;
use crate::random::Random;

/// An answer this late is no answer.
pub(super) const FORGOTTEN: Duration = Duration::from_secs(10);
/// Two bursts for silence are at least this far apart.
const SILENCE_STEP: Duration = Duration::from_secs(2);
/// Packets that must have gone out unanswered to be suspicious.
const SILENT_PACKETS: u64 = 4;
/// How long a device counts as busy after as many packets have gone out between two looks.
const BUSY: Duration = Duration::from_secs(1);

/// The state machine.
#[derive(Clone, Debug)]
pub struct Health {
    pub(super) config: Config,
    pub(super) random: Random,
    pub(super) link: Link,
    pub(super) condition: State,
    pub(super) since: Instant,
    pub(super) why: Reason,
    pub(super) drained: bool,
    pub(super) capped: bool,
    pub(super) standby: bool,
    pub(super) targets: Vec<Target>,
    pub(super) estimate: Estimate,
    pub(super) outstanding: VecDeque<Outstanding>,
    pub(super) next_id: u16,
    pub(super) turn: usize,
    pub(super) next_probe: Option<Instant>,
    pub(super) burst: Option<Burst>,
    pub(super) portal: Portal,
    pub(super) next_portal: Option<Instant>,
    pub(super) portal_pending: bool,
    pub(super) good_since: Option<Instant>,
    pub(super) good_answers: u8,
    pub(super) hold: Hold,
    pub(super) budget: Budget,
    pub(super) counted: Option<Counted>,
    pub(super) busy_until: Option<Instant>,
    pub(super) silence: Option<Instant>,
    pub(super) outputs: VecDeque<Output>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Outstanding {
    pub(super) id: u16,
    pub(super) target: usize,
    pub(super) sent: Instant,
    pub(super) deadline: Instant,
    pub(super) lost: bool,
}

/// Packets of a device.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    /// Sent, at the last look.
    sent: u64,
    /// Received, at the last look.
    received: u64,
    /// Sent, when something had come in last.
    sent_before_silence: u64,
}

impl Health {
    /// A new uplink without a device; the seed spreads its probes.
    pub fn new(config: Config, seed: u64, now: Instant) -> Self {
        let providers = config.targets.iter().take(MOST_TARGETS);
        Self {
            targets: providers.map(|&provider| Target::new(provider)).collect(),
            hold: Hold::new(config.hold),
            random: Random::new(seed),
            config,
            link: Link::Absent,
            condition: State::Init,
            since: now,
            why: Reason::Link(Link::Absent),
            drained: false,
            capped: false,
            standby: false,
            estimate: Estimate::default(),
            outstanding: VecDeque::new(),
            next_id: 0,
            turn: 0,
            next_probe: None,
            burst: None,
            portal: Portal::Silent,
            next_portal: None,
            portal_pending: false,
            good_since: None,
            good_answers: 0,
            budget: Budget::new(now),
            counted: None,
            busy_until: None,
            silence: None,
            outputs: VecDeque::new(),
        }
    }

    /// The kernel says something about the device. Losing it counts at once.
    pub fn handle_link(&mut self, link: Link, now: Instant) {
        if link == self.link && self.why != Reason::Link(Link::Absent) {
            return;
        }
        self.link = link;
        self.forget_answers();
        if link != Link::Ready {
            self.next_probe = None;
            self.next_portal = None;
            self.become_down(Reason::Link(link), now);
            return;
        }
        if self.condition == State::Down {
            self.become_condition(State::Init, Reason::Link(link), now);
        }
        self.why = Reason::Link(link);
        if self.targets.is_empty() {
            self.good_since = Some(now);
        }
        self.begin_burst(BURST_STEP, now);
        self.next_portal = self.config.portal.then_some(now);
        self.send_due(now);
        self.settle(now);
    }

    /// An address or gateway changed under a device that stays ready: what was measured is of another
    /// path.
    pub fn handle_path_changed(&mut self, now: Instant) {
        if self.link != Link::Ready {
            return;
        }
        self.outstanding.clear();
        for target in &mut self.targets {
            target.lost_in_row = 0;
        }
        self.begin_burst(BURST_STEP, now);
        self.send_due(now);
    }

    /// A target answered a probe, in time or late.
    pub fn handle_answer(&mut self, id: u16, now: Instant) {
        let Some(place) = self.outstanding.iter().position(|probe| probe.id == id) else {
            return;
        };
        let Some(probe) = self.outstanding.remove(place) else {
            return;
        };
        if let Some(target) = self.targets.get_mut(probe.target) {
            // What was lost on the way to a server that answers again was lost by the uplink. What a
            // dead server lost says nothing about it.
            if !target.is_lost() {
                for _ in u8::from(probe.lost)..target.lost_in_row {
                    self.estimate.note_loss();
                }
            }
            target.note_answer();
        }
        let rtt = now.since(probe.sent);
        if probe.lost {
            self.estimate.note_late_reply(rtt);
        } else {
            self.estimate.note_reply(rtt);
        }
        self.good_answers = self.good_answers.saturating_add(1);
        self.settle(now);
    }

    /// The HTTP check has ended.
    pub fn handle_portal(&mut self, seen: Portal, now: Instant) {
        self.portal_pending = false;
        if self.link == Link::Ready {
            if seen != Portal::Silent {
                self.portal = seen;
            }
            self.settle(now);
        }
    }

    /// Packets that the device has sent and received so far. While it is busy, some out and none back since the
    /// last that came make the probes look at once, however many looks that takes.
    pub fn handle_traffic(&mut self, sent: u64, received: u64, now: Instant) {
        let Some(before) = self.counted else {
            self.counted = Some(Counted {
                sent,
                received,
                sent_before_silence: sent,
            });
            return;
        };
        if sent.saturating_sub(before.sent) >= SILENT_PACKETS {
            self.busy_until = Some(now + BUSY);
        }
        // What trickles out of a quiet device asks for no answer.
        let sent_before_silence = if received == before.received && self.is_busy(now) {
            before.sent_before_silence
        } else {
            sent
        };
        self.counted = Some(Counted {
            sent,
            received,
            sent_before_silence,
        });
        let silent = sent.saturating_sub(sent_before_silence) >= SILENT_PACKETS;
        let lately = self.silence.is_some_and(|at| now.since(at) < SILENCE_STEP);
        if silent && !lately && self.condition.is_live() {
            self.silence = Some(now);
            self.begin_burst(SILENT_BURST_STEP, now);
            self.send_due(now);
        }
    }

    /// Its owner takes it out of use, or puts it back.
    pub fn handle_drain(&mut self, drained: bool, now: Instant) {
        self.change(Reason::Owner, now, |health| health.drained = drained);
    }

    /// Its monthly cap is reached, or is not any more.
    pub fn handle_cap(&mut self, capped: bool, now: Instant) {
        self.change(Reason::Cap, now, |health| health.capped = capped);
    }

    /// Nothing uses it as long as others live: it is probed as sparingly as a metered one.
    pub fn handle_standby(&mut self, standby: bool, now: Instant) {
        if std::mem::replace(&mut self.standby, standby) && !standby && self.link == Link::Ready {
            self.next_probe = Some(now);
            self.send_due(now);
        }
    }

    /// Somebody wants to know now: a burst and the HTTP check.
    pub fn handle_probe_request(&mut self, now: Instant) {
        if self.link == Link::Ready {
            self.begin_burst(BURST_STEP, now);
            self.next_portal = self.config.portal.then_some(now);
            self.send_due(now);
        }
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.expire(now);
        self.send_due(now);
        self.settle(now);
    }

    /// What is to be done next.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Health::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let deadlines = self.outstanding.iter().map(|probe| {
            if probe.lost {
                probe.sent + FORGOTTEN
            } else {
                probe.deadline
            }
        });
        let held = self.good_since.map(|since| since + self.hold.length());
        let is_held = matches!(self.condition, State::Down | State::Init)
            && !self.portal_pending
            && self.good_answers >= self.good_answers_needed();
        deadlines
            .chain(self.next_probe)
            .chain(self.burst.map(|burst| burst.next))
            .chain(self.next_portal)
            // While answers are still missing, each of them settles.
            .chain(held.filter(|_| is_held))
            .min()
    }

    pub(super) fn forget_answers(&mut self) {
        self.outstanding.clear();
        self.burst = None;
        self.good_since = None;
        self.good_answers = 0;
        self.counted = None;
        self.portal = Portal::Silent;
        self.portal_pending = false;
        self.estimate = Estimate::default();
        for target in &mut self.targets {
            *target = Target::new(target.provider);
        }
    }
}
