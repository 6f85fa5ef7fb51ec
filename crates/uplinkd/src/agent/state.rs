//! What the agent knows, and its getters.

use std::collections::VecDeque;
use std::time::Duration;

use grange_linux::Family;
use grange_uplink::buckets::Buckets;
use grange_uplink::clock::Instant;
use grange_uplink::exchange::Report;
use grange_uplink::health::State;
use grange_uplink::placement::{Load, Placement};
use grange_uplink::policy::Choice;
use grange_uplink::uplink_id::UplinkId;
use litemap::LiteMap;

use crate::agent::effect::{Effect, News};
use crate::config::Config;
use crate::returns;
use crate::routing::{self, Exit, Routing};
use crate::ruleset::Held;
use crate::saved::Saved;
use crate::sharing::{self, Withheld};
use crate::uplink::{Line, Uplink};

/// How often loads are measured.
pub(super) const LOAD_STEP: Duration = Duration::from_secs(10);
/// How long a start waits for the first answers: what an earlier run has left in the kernel is better
/// than a table without uplinks.
const FIRST_LOOK: Duration = Duration::from_millis(1500);

/// The balancer.
#[derive(Debug)]
pub struct Agent {
    pub(super) config: Config,
    pub(super) uplinks: Vec<Uplink>,
    pub(super) ids: LiteMap<String, UplinkId>,
    pub(super) drained: Vec<String>,
    pub(super) seed: u32,
    pub(super) random: u64,
    pub(super) started: Instant,
    pub(super) placements: [Placement; 2],
    pub(super) hashes: LiteMap<(String, bool), Buckets>,
    pub(super) choices: [Choice; 2],
    pub(super) news: Vec<News>,
    pub(super) dirty: bool,
    pub(super) settled: bool,
    /// Devices as they were when the table was read last.
    pub(super) devices: Vec<Held>,
    pub(super) next_silence: Instant,
    pub(super) next_load: Instant,
    /// The indices of the home's interfaces.
    pub(super) lan_indices: Vec<u32>,
    /// The index of the device that leads to members.
    pub(super) share_index: returns::Devices,
    /// Why members get nothing now.
    pub(super) withheld: Withheld,
    pub(super) effects: VecDeque<Effect>,
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
            hashes: LiteMap::new(),
            choices: [Choice::default(), Choice::default()],
            news: Vec::new(),
            dirty: true,
            settled: false,
            devices: Vec::new(),
            next_silence: now,
            next_load: now + LOAD_STEP,
            lan_indices: Vec::new(),
            share_index: [None; 2],
            withheld: Withheld::default(),
            effects: VecDeque::new(),
        };
        agent.handle_config(config, now);
        agent
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

    /// The routes and rules that the kernel should have of us.
    pub fn wanted(&self) -> Routing {
        let exits = self.exits();
        let best = [Family::V4, Family::V6].map(|family| self.best(family));
        let mut wanted = Routing {
            routes: routing::wanted_routes(&exits),
            rules: routing::wanted_rules(&exits, self.config.general.mask, best),
        };
        returns::add(
            &self.config,
            self.share_index,
            &mut wanted.routes,
            &mut wanted.rules,
        );
        wanted
    }

    /// The configuration that holds.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The uplinks.
    pub fn uplinks(&self) -> &[Uplink] {
        &self.uplinks
    }

    /// The indices of the home's interfaces.
    pub fn lan_indices(&self) -> &[u32] {
        &self.lan_indices
    }

    /// What members are told.
    pub fn share_report(&self) -> Report {
        sharing::report(&self.config, &self.uplinks, self.withheld)
    }

    /// Whether members have a way out in a family.
    pub fn is_share_open(&self, family: Family) -> bool {
        sharing::is_open(&self.config, &self.uplinks, family, self.withheld)
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

    pub(super) fn lines(&self) -> impl Iterator<Item = &Line> {
        let lines = self.uplinks.iter().flat_map(|uplink| &uplink.lines);
        lines.flatten()
    }

    /// Just started, and an uplink has not been heard of yet.
    pub(super) fn is_looking(&self, now: Instant) -> bool {
        let unheard = |line: &Line| line.health.state() == State::Init;
        !self.settled && now < self.started + FIRST_LOOK && self.lines().any(unheard)
    }

    pub(super) fn id_of(&mut self, name: &str) -> Option<UplinkId> {
        if let Some(id) = self.ids.get(name) {
            return Some(*id);
        }
        let free = (1..=UplinkId::MOST)
            .filter_map(UplinkId::new)
            .find(|id| self.ids.values().all(|taken| taken != id))?;
        self.ids.insert(name.to_owned(), free);
        Some(free)
    }

    pub(super) fn save(&mut self) {
        let text = Saved {
            ids: self.ids.clone(),
            drained: self.drained.clone(),
        };
        self.effects.push_back(Effect::Save(text.to_string()));
    }

    pub(super) fn loads(&self) -> Vec<Load> {
        self.uplinks.iter().map(|uplink| uplink.load).collect()
    }

    pub(super) fn exits(&self) -> Vec<Exit<'_>> {
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
    pub(super) fn best(&self, family: Family) -> Option<UplinkId> {
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
