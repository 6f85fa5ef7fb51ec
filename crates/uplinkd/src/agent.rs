//! Joins health, policy and the kernel's news: a function of events and time, whose effects the event
//! loop carries out.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use grange_linux::path_socket::Path as SocketPath;
use grange_linux::{Family, Kernel, KernelError};
use grange_uplink::buckets::Buckets;
use grange_uplink::clock::Instant;
use grange_uplink::health::{Link, Output, Portal, Reason, State};
use grange_uplink::placement::{Load, Placement};
use grange_uplink::policy::{Candidate, Choice, Emptying, choose, emptying};
use grange_uplink::uplink_id::UplinkId;

use crate::config::{Balance, Config, LastResort, RuleSection};
use crate::paths::Tables;
use crate::probing::{Answer, Question, Seen};
use crate::routing::{self, Exit};
use crate::ruleset::{self, FamilyPlan, Held, Plan, RulePlan};
use crate::saved::Saved;
use crate::traffic;
use crate::uplink::{Line, Uplink};

/// How often the devices' counters are looked at for packets that go out and do not come back.
const SILENCE_STEP: Duration = Duration::from_millis(350);
/// How often loads are measured.
const LOAD_STEP: Duration = Duration::from_secs(10);
/// How long a start waits for the first answers: what an earlier run has left in the kernel is better
/// than a table without uplinks.
const FIRST_LOOK: Duration = Duration::from_millis(1500);

/// What the event loop is to do.
#[derive(Debug)]
pub enum Effect {
    /// Send a probe.
    Ask(Box<Question>),
    /// Close the sockets of an uplink: its device is another one.
    Forget(UplinkId, Family),
    /// Give the kernel a new ruleset, then routes, then forget connections, then tell.
    Apply(Box<Change>),
    /// Make routes and rules right: the probes that follow need them.
    Routes,
    /// Write this down for a restart.
    Save(String),
}

/// One step from one policy to the next.
#[derive(Debug, Default)]
pub struct Change {
    /// For nft; `None` leaves the table as it is.
    pub ruleset: Option<String>,
    /// Connections to be forgotten afterwards: they would only wait for a dead uplink.
    pub forgotten: Vec<(Family, UplinkId)>,
    /// Whether devices are being moved, which the log tells.
    pub moves: Vec<(Family, UplinkId)>,
    /// What to say.
    pub news: Vec<News>,
}

/// A change of an uplink's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// The uplink's name.
    pub uplink: String,
    /// Its number.
    pub id: UplinkId,
    /// In which family.
    pub family: Family,
    /// What it was.
    pub from: State,
    /// What it is.
    pub to: State,
    /// Why.
    pub why: Reason,
}

/// The balancer.
#[derive(Debug)]
pub struct Agent {
    config: Config,
    uplinks: Vec<Uplink>,
    ids: BTreeMap<String, UplinkId>,
    drained: Vec<String>,
    seed: u32,
    random: u64,
    started: Instant,
    placements: [Placement; 2],
    hashes: BTreeMap<(String, bool), Buckets>,
    choices: [Choice; 2],
    news: Vec<News>,
    dirty: bool,
    settled: bool,
    /// Devices as they were when the table was read last.
    devices: Vec<Held>,
    next_silence: Instant,
    next_load: Instant,
    effects: VecDeque<Effect>,
}

impl Agent {
    /// An agent that knows nothing of the kernel yet. `seed` is the hash's; `random` spreads probes.
    pub fn new(config: Config, saved: Saved, seed: u32, random: u64, now: Instant) -> Self {
        let mut agent = Self {
            config: Config::default(),
            uplinks: Vec::new(),
            ids: saved.ids,
            drained: saved.drained,
            seed,
            random,
            started: now,
            placements: [Placement::new(), Placement::new()],
            hashes: BTreeMap::new(),
            choices: [Choice::default(), Choice::default()],
            news: Vec::new(),
            dirty: true,
            settled: false,
            devices: Vec::new(),
            next_silence: now,
            next_load: now + LOAD_STEP,
            effects: VecDeque::new(),
        };
        agent.handle_config(config, now);
        agent
    }

    /// Another configuration. Uplinks whose sections and probes are the same go on as they were.
    pub fn handle_config(&mut self, config: Config, now: Instant) {
        let known: Vec<&String> = config.uplinks.iter().map(|uplink| &uplink.name).collect();
        self.ids.retain(|name, _| known.contains(&name));
        let mut old = std::mem::take(&mut self.uplinks);
        for section in &config.uplinks {
            let Some(id) = self.id_of(&section.name) else {
                continue;
            };
            let same_probes =
                config.probes_of(&section.name) == self.config.probes_of(&section.name);
            let kept = old
                .iter()
                .position(|uplink| uplink.id == id && uplink.section.name == section.name);
            let kept = kept.map(|place| old.remove(place));
            let mut uplink = match kept {
                Some(mut uplink) if same_probes && is_probed_alike(&uplink, section) => {
                    uplink.section = section.clone();
                    uplink
                }
                kept => {
                    for family in Family::BOTH {
                        self.effects.push_back(Effect::Forget(id, family));
                    }
                    self.random = self
                        .random
                        .wrapping_mul(0x5851_F42D_4C95_7F2D)
                        .wrapping_add(1);
                    let mut fresh = Uplink::new(id, section, &config, self.random, now);
                    // It was known to work; the new probes must say otherwise.
                    if let Some(kept) = kept {
                        fresh.loaded = kept.loaded;
                    }
                    fresh
                }
            };
            let drained = self.drained.contains(&section.name);
            for line in uplink.lines.iter_mut().flatten() {
                if drained {
                    line.health.handle_drain(true, now);
                }
            }
            self.uplinks.push(uplink);
        }
        for gone in old {
            for family in Family::BOTH {
                self.effects.push_back(Effect::Forget(gone.id, family));
            }
        }
        self.config = config;
        self.dirty = true;
        self.save();
    }

    /// The kernel's tables may have changed: look again.
    pub fn handle_tables(&mut self, tables: &Tables, now: Instant) {
        let mut routes = false;
        for uplink in &mut self.uplinks {
            for family in Family::BOTH {
                let path = tables.path(&uplink.section, family);
                let id = uplink.id;
                let Some(line) = uplink.line_mut(family) else {
                    continue;
                };
                if line.path.as_ref() == Some(&path) {
                    continue;
                }
                let other_device = line
                    .path
                    .as_ref()
                    .is_some_and(|old| old.index != path.index);
                if other_device {
                    self.effects.push_back(Effect::Forget(id, family));
                }
                let was_ready = line
                    .path
                    .as_ref()
                    .is_some_and(|old| old.link == Link::Ready);
                let link = path.link;
                line.path = Some(path);
                line.was_ready |= link == Link::Ready;
                self.dirty = true;
                routes = true;
                if was_ready && link == Link::Ready && !other_device {
                    line.health.handle_path_changed(now);
                } else {
                    line.health.handle_link(link, now);
                }
            }
        }
        if routes {
            self.effects.push_back(Effect::Routes);
        }
        self.drain(now);
    }

    /// A probe was answered.
    pub fn handle_answer(&mut self, answer: Answer, now: Instant) {
        let uplink = self
            .uplinks
            .iter_mut()
            .find(|uplink| uplink.id == answer.uplink);
        if let Some(line) = uplink.and_then(|uplink| uplink.line_mut(answer.family)) {
            match answer.seen {
                Seen::Alive(id) => line.health.handle_answer(id, now),
                Seen::Portal(seen) => line.health.handle_portal(seen, now),
            }
        }
        self.drain(now);
    }

    /// Its owner takes an uplink out of use or puts it back; whether there is such an uplink.
    pub fn handle_drain(&mut self, name: &str, drained: bool, now: Instant) -> bool {
        let Some(uplink) = self
            .uplinks
            .iter_mut()
            .find(|uplink| uplink.section.name == name)
        else {
            return false;
        };
        for line in uplink.lines.iter_mut().flatten() {
            line.health.handle_drain(drained, now);
        }
        self.drained.retain(|known| known != name);
        if drained {
            self.drained.push(name.to_owned());
        }
        self.save();
        self.drain(now);
        true
    }

    /// Somebody wants to know now; whether there is such an uplink.
    pub fn handle_probe_request(&mut self, name: &str, now: Instant) -> bool {
        let Some(uplink) = self
            .uplinks
            .iter_mut()
            .find(|uplink| uplink.section.name == name)
        else {
            return false;
        };
        for line in uplink.lines.iter_mut().flatten() {
            line.health.handle_probe_request(now);
        }
        self.drain(now);
        true
    }

    /// Somebody took our table away, or changed our rules: put everything back.
    pub fn handle_lost_table(&mut self, now: Instant) {
        let (devices, seconds) = (self.devices.clone(), self.config.general.sticky_timeout);
        log::warn!(
            "somebody removed the table inet {}: putting it back with {} devices (kept for {} s)",
            ruleset::TABLE,
            devices.len(),
            seconds.as_secs()
        );
        self.settle(devices, now);
    }

    /// The kernel has refused a ruleset: another try.
    pub fn handle_refused(&mut self) {
        self.dirty = true;
    }

    /// The devices that the table holds.
    pub fn handle_devices(&mut self, devices: Vec<Held>) {
        self.devices = devices;
    }

    /// What the devices of the uplinks have carried (the text of /proc/net/dev).
    pub fn handle_counters(&mut self, text: &str, now: Instant) {
        self.next_silence = now + SILENCE_STEP;
        let measure = self.next_load <= now;
        if measure {
            self.next_load = now + LOAD_STEP;
        }
        for uplink in &mut self.uplinks {
            let Some(counters) = traffic::counters(text, &uplink.section.device) else {
                continue;
            };
            for line in uplink.lines.iter_mut().flatten() {
                // Both families share the counters: silence makes the probes of both look.
                line.health
                    .handle_traffic(counters.tx_packets, counters.rx_packets, now);
            }
            if measure && uplink.has_capacity() {
                uplink.note_bytes(counters, now);
            }
        }
        if measure && self.uplinks.iter().any(Uplink::has_capacity) {
            let loads = self.loads();
            for (placement, choice) in self.placements.iter_mut().zip(&self.choices) {
                self.dirty |= placement.follow(&choice.members, &loads);
            }
        }
        self.drain(now);
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        for uplink in &mut self.uplinks {
            for line in uplink.lines.iter_mut().flatten() {
                if line.health.poll_timeout().is_some_and(|at| at <= now) {
                    line.health.handle_timeout(now);
                }
            }
        }
        self.drain(now);
    }

    /// The next thing to do. A change of policy comes out when everything that happened at once is in.
    pub fn poll_effect(&mut self, now: Instant) -> Option<Effect> {
        if self.effects.is_empty() && self.dirty && !self.is_looking(now) {
            self.settle(Vec::new(), now);
        }
        self.effects.pop_front()
    }

    /// When [`Agent::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let first = (self.dirty && !self.settled).then(|| self.started + FIRST_LOOK);
        let lines = self.lines().filter_map(|line| line.health.poll_timeout());
        lines.chain(first).min()
    }

    /// When [`Agent::handle_counters`] wants to be called; never while no uplink lives.
    pub fn poll_counters(&self) -> Option<Instant> {
        let lives = self
            .lines()
            .any(|line| line.health.state().is_live() && !line.targets.is_empty());
        lives.then_some(self.next_silence)
    }

    /// Makes the kernel's routes and rules right; how many changes that took.
    pub fn reconcile(&self, kernel: &mut impl Kernel) -> Result<usize, KernelError> {
        let exits = self.exits();
        let best = [Family::V4, Family::V6].map(|family| self.best(family));
        let routes = routing::wanted_routes(&exits);
        let rules = routing::wanted_rules(&exits, self.config.general.mask, best);
        routing::reconcile(kernel, &routes, &rules)
    }

    /// The configuration that holds.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The uplinks.
    pub fn uplinks(&self) -> &[Uplink] {
        &self.uplinks
    }

    /// What was chosen for a family.
    pub fn choice(&self, family: Family) -> &Choice {
        let [v4, v6] = &self.choices;
        if family == Family::V4 { v4 } else { v6 }
    }

    /// Devices that the table held when it was read last.
    pub fn devices(&self) -> &[Held] {
        &self.devices
    }

    /// When it started.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// The uplinks of a rule that live, with their weights.
    pub fn choice_of(&self, rule: &RuleSection, family: Family) -> Choice {
        let names = self.names_of(rule);
        let candidates: Vec<Candidate> = self
            .uplinks
            .iter()
            .filter(|uplink| names.contains(&uplink.section.name.as_str()))
            .filter_map(|uplink| uplink.candidate(family))
            .collect();
        choose(&candidates)
    }

    fn lines(&self) -> impl Iterator<Item = &Line> {
        let lines = self.uplinks.iter().flat_map(|uplink| &uplink.lines);
        lines.flatten()
    }

    /// Just started, and an uplink has not been heard of yet.
    fn is_looking(&self, now: Instant) -> bool {
        let unheard = |line: &Line| line.health.state() == State::Init;
        !self.settled && now < self.started + FIRST_LOOK && self.lines().any(unheard)
    }

    fn names_of<'a>(&'a self, rule: &'a RuleSection) -> Vec<&'a str> {
        let policy = rule.policy.as_ref();
        let policy = policy.and_then(|name| self.config.policies.iter().find(|p| p.name == *name));
        match policy {
            Some(policy) => policy.uplinks.iter().map(String::as_str).collect(),
            None => rule.uplink.iter().map(String::as_str).collect(),
        }
    }

    fn last_resort(&self, rule: &RuleSection) -> LastResort {
        let policy = rule.policy.as_ref();
        let policy = policy.and_then(|name| self.config.policies.iter().find(|p| p.name == *name));
        policy.map_or(rule.last_resort, |policy| policy.last_resort)
    }

    /// The number of an uplink: the one it had, or the first that is free.
    fn id_of(&mut self, name: &str) -> Option<UplinkId> {
        if let Some(id) = self.ids.get(name) {
            return Some(*id);
        }
        let free = (1..=UplinkId::MOST)
            .filter_map(UplinkId::new)
            .find(|id| self.ids.values().all(|taken| taken != id))?;
        self.ids.insert(name.to_owned(), free);
        Some(free)
    }

    fn save(&mut self) {
        let text = Saved {
            ids: self.ids.clone(),
            drained: self.drained.clone(),
        };
        self.effects.push_back(Effect::Save(text.to_string()));
    }

    /// Takes what the state machines want.
    fn drain(&mut self, now: Instant) {
        let mask = self.config.general.mask;
        let mut silent = Vec::new();
        for uplink in &mut self.uplinks {
            let path = SocketPath {
                device: uplink.section.device.clone(),
                mark: mask.mark(uplink.id),
            };
            for line in uplink.lines.iter_mut().flatten() {
                let question = |id, probe: &crate::config::Probe| {
                    Effect::Ask(Box::new(Question {
                        uplink: uplink.id,
                        family: line.family,
                        id,
                        probe: probe.clone(),
                        path: path.clone(),
                    }))
                };
                while let Some(output) = line.health.poll_output() {
                    match output {
                        Output::Probe { id, target } => {
                            let target = line.targets.get(target);
                            self.effects
                                .extend(target.map(|probe| question(Some(id), probe)));
                        }
                        Output::Portal => match &line.portal {
                            Some(probe) => self.effects.push_back(question(None, probe)),
                            None => silent.push((uplink.id, line.family)),
                        },
                        Output::Changed { from, to, why } => {
                            self.dirty = true;
                            // A family that an uplink never had is no news.
                            if line.was_ready {
                                self.news.push(News {
                                    uplink: uplink.section.name.clone(),
                                    id: uplink.id,
                                    family: line.family,
                                    from,
                                    to,
                                    why,
                                });
                            }
                        }
                    }
                }
            }
        }
        for (uplink, family) in silent {
            let seen = Seen::Portal(Portal::Silent);
            self.handle_answer(
                Answer {
                    uplink,
                    family,
                    seen,
                },
                now,
            );
        }
        self.dirty |= Family::BOTH
            .into_iter()
            .any(|family| self.chosen(family) != *self.choice(family));
    }

    fn chosen(&self, family: Family) -> Choice {
        let candidates: Vec<Candidate> = self
            .uplinks
            .iter()
            .filter_map(|uplink| uplink.candidate(family))
            .collect();
        choose(&candidates)
    }

    /// Decides, and queues the change.
    fn settle(&mut self, devices: Vec<Held>, now: Instant) {
        self.dirty = false;
        self.settled = true;
        let mut change = Change {
            news: std::mem::take(&mut self.news),
            ..Change::default()
        };
        let loads = self.loads();
        for (place, family) in Family::BOTH.into_iter().enumerate() {
            let choice = self.chosen(family);
            self.placements[place].follow(&choice.members, &loads);
            self.hash("", family, &choice);
            for uplink in &mut self.uplinks {
                let Some(candidate) = uplink.candidate(family) else {
                    continue;
                };
                let Some(line) = uplink.line_mut(family) else {
                    continue;
                };
                let wanted = emptying(&candidate, &choice);
                if wanted > line.emptied {
                    change.moves.push((family, candidate.id));
                    if wanted == Emptying::Connections {
                        change.forgotten.push((family, candidate.id));
                    }
                }
                line.emptied = wanted;
                // While something better lives, it is only watched sparingly.
                let better = choice.tier.is_some_and(|tier| tier < candidate.tier);
                line.health.handle_standby(better, now);
            }
            let before = std::mem::replace(&mut self.choices[place], choice);
            let lives = !self.choices[place].members.is_empty();
            if !before.members.is_empty() && !lives {
                log::warn!(
                    "no uplink lives for {}: connections stay where they are until one answers; the LAN \
                     and the mesh go on",
                    family_name(family)
                );
            }
        }
        for rule in self.config.rules.clone() {
            for family in Family::BOTH {
                let choice = self.choice_of(&rule, family);
                self.hash(&rule.name, family, &choice);
            }
        }
        let text = ruleset::text(&self.plan(&change.moves, devices));
        change.ruleset = Some(text);
        self.effects.push_back(Effect::Apply(Box::new(change)));
        self.drain(now);
    }

    fn loads(&self) -> Vec<Load> {
        self.uplinks.iter().map(|uplink| uplink.load).collect()
    }

    fn hash(&mut self, rule: &str, family: Family, choice: &Choice) {
        let key = (rule.to_owned(), family == Family::V4);
        let buckets = self.hashes.entry(key).or_default();
        // Buckets without an owner remember theirs: an uplink that comes back gets its own again.
        if !choice.members.is_empty() {
            buckets.assign(&choice.members);
        }
    }

    fn plan(&self, moves: &[(Family, UplinkId)], devices: Vec<Held>) -> Plan<'_> {
        let general = &self.config.general;
        let families = Family::BOTH.into_iter().zip(&self.placements);
        let families = families.map(|(family, placement)| {
            let choice = self.choice(family);
            let holders = self.uplinks.iter().filter(|uplink| {
                let line = uplink.line(family);
                line.is_some_and(|line| line.emptied == Emptying::Nobody)
            });
            FamilyPlan {
                family,
                holders: holders.map(|uplink| uplink.id).collect(),
                buckets: match general.balance {
                    _ if choice.members.is_empty() => Buckets::new(),
                    Balance::Device => placement.buckets().clone(),
                    Balance::Flow => self.buckets("", family),
                },
                rules: self.rule_plans(family),
            }
        });
        Plan {
            mask: general.mask,
            seed: self.seed,
            balance: general.balance,
            sticky_timeout: general.sticky_timeout,
            lan: &general.lan,
            bypass: &general.bypass,
            uplinks: self
                .uplinks
                .iter()
                .map(|uplink| (uplink.id, uplink.section.device.as_str()))
                .collect(),
            families: families.collect(),
            emptied: moves.to_vec(),
            devices,
        }
    }

    fn rule_plans(&self, family: Family) -> Vec<RulePlan<'_>> {
        let rules = self.config.rules.iter().filter(|rule| rule.is_for(family));
        rules
            .filter_map(|rule| {
                let lives = !self.choice_of(rule, family).members.is_empty();
                let buckets = match (lives, self.last_resort(rule)) {
                    (true, _) => Some(self.buckets(&rule.name, family)),
                    (false, LastResort::Unreachable) => None,
                    (false, LastResort::Balance) => return None,
                };
                Some(RulePlan { rule, buckets })
            })
            .collect()
    }

    fn buckets(&self, rule: &str, family: Family) -> Buckets {
        let key = (rule.to_owned(), family == Family::V4);
        self.hashes.get(&key).cloned().unwrap_or_default()
    }

    fn exits(&self) -> Vec<Exit<'_>> {
        self.uplinks
            .iter()
            .map(|uplink| Exit {
                id: uplink.id,
                device: &uplink.section.device,
                paths: uplink
                    .lines
                    .each_ref()
                    .map(|line| line.as_ref()?.path.as_ref()),
            })
            .collect()
    }

    /// The uplink of the router's own packets: the one with the largest weight.
    fn best(&self, family: Family) -> Option<UplinkId> {
        let members = &self.choice(family).members;
        let best = members
            .iter()
            .max_by_key(|(id, weight)| (*weight, std::cmp::Reverse(*id)));
        best.map(|(id, _)| *id)
    }
}

/// As people write it.
pub fn family_name(family: Family) -> &'static str {
    match family {
        Family::V4 => "IPv4",
        Family::V6 => "IPv6",
    }
}

/// Whether an uplink's state machines can go on under another section.
fn is_probed_alike(uplink: &Uplink, section: &crate::config::UplinkSection) -> bool {
    let old = &uplink.section;
    (
        &old.device,
        old.metered,
        old.needed,
        old.interval,
        old.hold,
        old.slow,
        old.ipv4,
        old.ipv6,
    ) == (
        &section.device,
        section.metered,
        section.needed,
        section.interval,
        section.hold,
        section.slow,
        section.ipv4,
        section.ipv6,
    )
}

#[cfg(test)]
mod tests;
