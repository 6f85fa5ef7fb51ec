//! The state machine of one uplink in one family: which probes to send when, and what their answers
//! mean.
//!
//! While all is well one target after the other is asked, every 0.7 s. A first loss starts a burst:
//! every target is asked three times within 400 ms, and the uplink is down when so many lose all of
//! them that fewer than `needed` are left. So a silent failure is found in
//! 0.77 + 0.25 + 0.4 + 0.25 s at most while round trips are short.
//!
//! After each `handle_*` drain [`Health::poll_output`] to `None`.

mod hold;
pub mod state;
mod target;

use core::time::Duration;
use std::collections::VecDeque;

use crate::budget::Budget;
use crate::clock::Instant;
use crate::estimate::Estimate;
use crate::health::hold::Hold;
pub use crate::health::state::{Link, Reason, State};
use crate::health::target::{LOST_AFTER, Target};
use crate::random::Random;

/// Probes of a burst to each target.
const BURST_ROUNDS: u8 = 3;
/// Between two rounds of a burst.
const BURST_STEP: Duration = Duration::from_millis(200);
/// How often a target that is lost is asked again while the uplink lives.
const LOST_TARGET_STEP: Duration = Duration::from_secs(5);
/// Answers in a row before a lost uplink is believed.
const GOOD_ANSWERS: u8 = 5;
/// HTTP checks are at most this frequent.
const PORTAL_STEP: Duration = Duration::from_mins(1);
/// Between the probes of a metered or standby uplink: 168 bytes both ways each minute are 7 MB a month.
const METERED_STEP: Duration = Duration::from_mins(1);
/// An answer this late is no answer.
const FORGOTTEN: Duration = Duration::from_secs(10);
/// Probes under way at most.
const MOST_OUTSTANDING: usize = 128;
/// Targets at most.
pub const MOST_TARGETS: usize = 16;
/// Two bursts for silence are at least this far apart.
const SILENCE_STEP: Duration = Duration::from_secs(2);
/// Packets that must have gone out unanswered to be suspicious.
const SILENT_PACKETS: u64 = 4;

/// How an uplink is probed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The provider of each target, by a number of the caller's; at most [`MOST_TARGETS`] count.
    pub targets: Vec<u16>,
    /// How many of them must answer; 0 is half of them, rounded up.
    pub needed: u8,
    /// Between two probes.
    pub interval: Duration,
    /// Whether there is an HTTP check.
    pub portal: bool,
    /// At most 10 MB of probes a month.
    pub metered: bool,
    /// What a probe costs both ways, in octets of IP packets.
    pub probe_bytes: u64,
    /// A round trip above this is bad.
    pub slow: Duration,
    /// How long it must be good again after it was lost; doubles with each flap, up to 5 minutes.
    pub hold: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            targets: Vec::new(),
            needed: 0,
            interval: Duration::from_millis(700),
            portal: false,
            metered: false,
            probe_bytes: 168,
            slow: Duration::from_millis(500),
            hold: Duration::from_secs(15),
        }
    }
}

/// What the caller is to do, or to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send a probe; its answer goes to [`Health::handle_answer`]. Nothing need be told of a loss.
    Probe {
        /// The name of the probe.
        id: u16,
        /// The target's place in [`Config::targets`].
        target: usize,
    },
    /// Make the HTTP check; its outcome goes to [`Health::handle_portal`].
    Portal,
    /// The state is another one.
    Changed {
        /// What it was.
        from: State,
        /// What it is.
        to: State,
        /// Why.
        why: Reason,
    },
}

/// What an HTTP check saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Portal {
    /// The expected status and body.
    Good,
    /// Another answer.
    Captive,
    /// None. The probes say whether the uplink lives.
    Silent,
}

/// The state machine.
#[derive(Clone, Debug)]
pub struct Health {
    config: Config,
    random: Random,
    link: Link,
    condition: State,
    since: Instant,
    why: Reason,
    drained: bool,
    capped: bool,
    standby: bool,
    targets: Vec<Target>,
    estimate: Estimate,
    outstanding: VecDeque<Outstanding>,
    next_id: u16,
    turn: usize,
    next_probe: Option<Instant>,
    burst: Option<Burst>,
    portal: Portal,
    next_portal: Option<Instant>,
    portal_pending: bool,
    good_since: Option<Instant>,
    good_answers: u8,
    hold: Hold,
    budget: Budget,
    counted: Option<(u64, u64)>,
    silence: Option<Instant>,
    outputs: VecDeque<Output>,
}

#[derive(Clone, Copy, Debug)]
struct Outstanding {
    id: u16,
    target: usize,
    sent: Instant,
    deadline: Instant,
    lost: bool,
}

#[derive(Clone, Copy, Debug)]
struct Burst {
    rounds: u8,
    next: Instant,
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
        self.begin_burst(now);
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
        self.begin_burst(now);
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

    /// Packets that the device has sent and received so far. Some out and none back make the probes
    /// look at once.
    pub fn handle_traffic(&mut self, sent: u64, received: u64, now: Instant) {
        let Some((sent_before, received_before)) = self.counted.replace((sent, received)) else {
            return;
        };
        let silent =
            sent.saturating_sub(sent_before) >= SILENT_PACKETS && received == received_before;
        let lately = self.silence.is_some_and(|at| now.since(at) < SILENCE_STEP);
        if silent && !lately && self.condition.is_live() {
            self.silence = Some(now);
            self.begin_burst(now);
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
            self.begin_burst(now);
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

    /// Octets of probes charged to the budget of a metered uplink.
    pub const fn probe_bytes(&self) -> u64 {
        self.budget.spent_bytes()
    }

    fn needed(&self) -> u8 {
        let targets = count(self.targets.len());
        match self.config.needed {
            0 => targets.div_ceil(2),
            needed => needed.min(targets),
        }
    }

    fn good_answers_needed(&self) -> u8 {
        if self.targets.is_empty() {
            0
        } else if self.hold.length().is_zero() {
            1
        } else {
            GOOD_ANSWERS
        }
    }

    fn is_sparing(&self) -> bool {
        self.config.metered || self.standby
    }

    fn interval(&self) -> Duration {
        if self.is_sparing() && self.condition != State::Init {
            METERED_STEP.max(self.config.interval)
        } else {
            self.config.interval
        }
    }

    /// Marks what is overdue as lost.
    fn expire(&mut self, now: Instant) {
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
            self.begin_burst(now);
        }
    }

    fn begin_burst(&mut self, now: Instant) {
        if self.burst.is_none() && !self.targets.is_empty() {
            self.burst = Some(Burst {
                rounds: BURST_ROUNDS,
                next: now,
            });
        }
        if self.next_probe.is_none() && !self.targets.is_empty() {
            self.next_probe = Some(now + self.interval());
        }
    }

    fn send_due(&mut self, now: Instant) {
        if self.link != Link::Ready {
            return;
        }
        if let Some(burst) = self.burst
            && burst.next <= now
        {
            for target in 0..self.targets.len() {
                self.send(target, now);
            }
            self.burst = (burst.rounds > 1).then(|| Burst {
                rounds: burst.rounds - 1,
                next: now + BURST_STEP,
            });
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
    fn next_target(&mut self, now: Instant) -> Option<usize> {
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

    fn send(&mut self, target: usize, now: Instant) {
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

    /// Draws the conclusions.
    fn settle(&mut self, now: Instant) {
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
    fn is_one_providers_trouble(&self) -> bool {
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

    fn become_down(&mut self, why: Reason, now: Instant) {
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

    fn become_condition(&mut self, condition: State, why: Reason, now: Instant) {
        self.change(why, now, |health| health.condition = condition);
    }

    fn change(&mut self, why: Reason, now: Instant, change: impl FnOnce(&mut Self)) {
        let from = self.state();
        change(self);
        let to = self.state();
        if from != to {
            self.since = now;
            self.why = why;
            self.outputs.push_back(Output::Changed { from, to, why });
        }
    }

    fn forget_answers(&mut self) {
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

fn count(number: usize) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests;
