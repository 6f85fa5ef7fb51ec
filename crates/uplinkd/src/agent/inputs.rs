//! What the agent hears.

use std::net::IpAddr;
use std::time::Duration;

use grange_linux::Family;
use grange_linux::traffic;
use grange_uplink::clock::Instant;
use grange_uplink::exchange::Report;
use grange_uplink::health::Link;
use grange_uplink::uplink_id::UplinkId;

use crate::agent::effect::Effect;
use crate::agent::state::{Agent, LOAD_STEP};
use crate::config::{Config, UplinkSection};
use crate::paths::Tables;
use crate::probing::{Answer, Seen};
use crate::ruleset::{self, Held};
use crate::tunnel_address::{SHARE_DEVICE, SHARE_WIREGUARD};
use crate::uplink::{Quota, Uplink};

/// How often the devices' counters are looked at for packets that go out and do not come back, while
/// there are packets.
const SILENCE_STEP: Duration = Duration::from_millis(100);
/// The same while nobody sends much: silence would not be seen.
const QUIET_STEP: Duration = Duration::from_millis(700);

impl Agent {
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
                        fresh.quota = kept.quota;
                        if kept.section.remote == section.remote {
                            fresh.report = kept.report;
                        }
                    }
                    fresh
                }
            };
            uplink.follow_limits(self.drained.contains(&section.name), now);
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
        self.lan_indices = tables.indices(&self.config.general.lan);
        let shares = self.config.shares();
        let share = [SHARE_DEVICE, SHARE_WIREGUARD]
            .map(|device| shares.then(|| tables.index(device)).flatten());
        let mut routes = std::mem::replace(&mut self.share_index, share) != share;
        for uplink in &mut self.uplinks {
            for family in Family::BOTH {
                let path = tables.path(&uplink.section, &self.config.general.lan, family);
                let path = uplink.gated(path, family);
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

    /// A gateway says something, or has been silent for too long; whether that opens or closes a way, so
    /// that the tables have to be looked at again.
    pub fn handle_gateway(
        &mut self,
        router: IpAddr,
        report: Option<&Report>,
        now: Instant,
    ) -> bool {
        let mut changed = false;
        for uplink in &mut self.uplinks {
            let remote = uplink.section.remote.as_ref();
            if remote.is_none_or(|remote| remote.router != router) {
                continue;
            }
            let before = Family::BOTH.map(|family| uplink.announced(family));
            uplink.note_load(report.map_or(0, |report| report.load_percent));
            uplink.report = report.cloned();
            changed |= Family::BOTH.map(|family| uplink.announced(family)) != before;
            uplink.follow_limits(self.drained.contains(&uplink.section.name), now);
        }
        self.drain(now);
        changed
    }

    /// Whether what the owner gives in a month is used up.
    pub fn handle_share_capped(&mut self, capped: bool) {
        self.dirty |= std::mem::replace(&mut self.withheld.capped, capped) != capped;
    }

    /// Whether it is an hour at which the owner does not share; whether that is new.
    pub fn handle_share_asleep(&mut self, asleep: bool) -> bool {
        let changed = std::mem::replace(&mut self.withheld.asleep, asleep) != asleep;
        self.dirty |= changed;
        changed
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
        uplink.follow_limits(drained, now);
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
        let busy = self.lines().any(|line| line.health.is_busy(now));
        self.next_silence = now + if busy { SILENCE_STEP } else { QUIET_STEP };
        if measure && self.uplinks.iter().any(Uplink::has_capacity) {
            let loads = self.loads();
            for (placement, choice) in self.placements.iter_mut().zip(&self.choices) {
                self.dirty |= placement.follow(&choice.members, &loads);
            }
        }
        self.drain(now);
    }

    /// What an uplink has carried of its monthly cap; `None` where it has none.
    pub fn handle_quota(&mut self, id: UplinkId, quota: Option<Quota>, now: Instant) {
        let Some(uplink) = self.uplinks.iter_mut().find(|uplink| uplink.id == id) else {
            return;
        };
        uplink.quota = quota;
        uplink.follow_limits(self.drained.contains(&uplink.section.name), now);
        self.drain(now);
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        for uplink in &mut self.uplinks {
            for line in uplink.lines.iter_mut().flatten() {
                if line.health.poll_timeout().is_some_and(|at| at <= now) {
                    line.health.handle_timeout(now);
                } else {
                    line.health.handle_company(now);
                }
            }
        }
        self.drain(now);
    }
}

/// Whether an uplink's state machines can go on under another section.
fn is_probed_alike(uplink: &Uplink, section: &UplinkSection) -> bool {
    let old = &uplink.section;
    if old.remote != section.remote {
        return false;
    }
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
