//! One uplink at run time: its sections, its health in each family, and what its device carries.

use grange_linux::traffic::Counters;
use grange_linux::{Family, IpPrefix};
use grange_uplink::clock::Instant;
use grange_uplink::exchange::{Announced, Report};
use grange_uplink::health::{Config as HealthConfig, Health, Link};
use grange_uplink::placement::Load;
use grange_uplink::policy::{Candidate, Emptying};
use grange_uplink::quota::{Period, forecast_bytes, is_reached, pace_percent};
use grange_uplink::uplink_id::UplinkId;

use crate::config::{Config, Probe, UplinkSection};
use crate::paths::Path;

/// A load in per cent from which on new devices go elsewhere, and below which they come back.
const BUSY: u8 = 80;
const BUSY_NO_MORE: u8 = 60;

/// An uplink.
#[derive(Debug)]
pub struct Uplink {
    /// Its number.
    pub id: UplinkId,
    /// Its section.
    pub section: UplinkSection,
    /// IPv4 and IPv6; `None` where it is not used.
    pub lines: [Option<Line>; 2],
    /// Bytes at the last look, and what its load was.
    pub loaded: Option<(Instant, Counters)>,
    /// In per cent of its capacity.
    pub load: Load,
    /// So full that new devices go elsewhere, if there is anything else.
    pub busy: bool,
    /// What its gateway has said last; `None` for a line of this router's own, and in silence.
    pub report: Option<Report>,
    /// How its monthly cap stands; unknown before the clock is set.
    pub quota: Option<Quota>,
}

/// How much of its monthly cap an uplink has used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Bytes both ways in this billing period.
    pub used_bytes: u64,
    /// The cap.
    pub cap_bytes: u64,
    /// The billing period.
    pub period: Period,
}

impl Quota {
    /// Bytes at the period's end if it goes on as so far.
    pub fn forecast_bytes(&self) -> u64 {
        forecast_bytes(self.used_bytes, self.period)
    }

    /// Whether the cap counts as reached.
    pub fn is_reached(&self) -> bool {
        is_reached(self.used_bytes, self.cap_bytes)
    }

    /// How much of its weight the uplink keeps so that its cap lasts: 10, 20 .. 100 per cent, in steps, so that
    /// the ruleset does not change with every packet.
    pub fn pace_percent(&self) -> u8 {
        pace_percent(self.used_bytes, self.cap_bytes, self.period) / 10 * 10
    }
}

/// An uplink in one family.
#[derive(Debug)]
pub struct Line {
    /// Which.
    pub family: Family,
    /// Whether it lives.
    pub health: Health,
    /// What its device offers.
    pub path: Option<Path>,
    /// The targets, in the order of the core's.
    pub targets: Vec<Probe>,
    /// The check for login pages.
    pub portal: Option<Probe>,
    /// How far it is emptied.
    pub emptied: Emptying,
    /// It has worked once: from then on the log tells of it.
    pub was_ready: bool,
}

impl Uplink {
    /// An uplink of the configuration, without a device yet.
    pub fn new(
        id: UplinkId,
        section: &UplinkSection,
        config: &Config,
        seed: u64,
        now: Instant,
    ) -> Self {
        let line = |family: Family, used: bool, seed| {
            used.then(|| Line::new(family, section, config, seed, now))
        };
        Self {
            id,
            lines: [
                line(Family::V4, section.ipv4, seed),
                line(Family::V6, section.ipv6, seed ^ 0x5555),
            ],
            section: section.clone(),
            loaded: None,
            load: Load { id, percent: 0 },
            busy: false,
            report: None,
            quota: None,
        }
    }

    /// The line of a family.
    pub fn line(&self, family: Family) -> Option<&Line> {
        let [v4, v6] = &self.lines;
        if family == Family::V4 {
            v4.as_ref()
        } else {
            v6.as_ref()
        }
    }

    /// The line of a family.
    pub fn line_mut(&mut self, family: Family) -> Option<&mut Line> {
        let [v4, v6] = &mut self.lines;
        if family == Family::V4 {
            v4.as_mut()
        } else {
            v6.as_mut()
        }
    }

    /// The prefixes of a family that its provider has delegated.
    pub fn sources(&self, family: Family) -> &[IpPrefix] {
        let path = self.line(family).and_then(|line| line.path.as_ref());
        path.map_or(&[], |path| &path.sources)
    }

    /// As the policy sees it.
    pub fn candidate(&self, family: Family) -> Option<Candidate> {
        let health = &self.line(family)?.health;
        Some(Candidate {
            id: self.id,
            tier: self.section.tier,
            weight: self.paced_weight(),
            state: health.state(),
            recovering: health.is_recovering(),
            busy: self.busy,
            metered: self.section.metered,
            quality_percent: health.quality_percent(),
            fail_back: self.section.fail_back,
        })
    }

    /// Its weight, less where its monthly cap would not last.
    fn paced_weight(&self) -> u32 {
        let pace = self.quota.map_or(100, |quota| quota.pace_percent());
        let weight = u64::from(self.weight()) * u64::from(pace);
        u32::try_from(weight.div_ceil(100)).unwrap_or(u32::MAX)
    }

    /// Its part among those of its tier: what is configured, else what its gateway has to give.
    pub fn weight(&self) -> u32 {
        let remote = self.section.remote.as_ref();
        let follows = remote.is_some_and(|remote| remote.follows_capacity);
        let told = self.report.as_ref().map_or(0, |report| report.down_kbps);
        if follows && told > 0 {
            (told / 1000).max(1)
        } else {
            self.section.weight
        }
    }

    /// What its gateway says of a family.
    pub fn announced(&self, family: Family) -> Option<Announced> {
        let [v4, v6] = self.report.as_ref()?.states;
        Some(if family == Family::V4 { v4 } else { v6 })
    }

    /// A path, as far as its gateway lets packets through. A gateway that says nothing is judged by the
    /// probes.
    pub fn gated(&self, mut path: Path, family: Family) -> Path {
        if self.section.remote.is_some()
            && path.link == Link::Ready
            && let Some(Announced::Closed | Announced::Down) = self.announced(family)
        {
            path.link = Link::Closed;
        }
        path
    }

    /// Takes it out of use or puts it back, in each family: what its owner wants here, its monthly cap, and
    /// what its gateway says hold together.
    pub fn follow_limits(&mut self, drained: bool, now: Instant) {
        let reached = self.quota.is_some_and(|quota| quota.is_reached());
        for family in Family::BOTH {
            let told = self.announced(family);
            if let Some(line) = self.line_mut(family) {
                let drained = drained || told == Some(Announced::Drained);
                line.health.handle_drain(drained, now);
                let capped = reached || told == Some(Announced::Capped);
                line.health.handle_cap(capped, now);
            }
        }
    }

    /// Takes a load in per cent.
    pub fn note_load(&mut self, percent: u8) {
        self.load.percent = percent.min(100);
        self.busy = percent >= BUSY || (self.busy && percent >= BUSY_NO_MORE);
    }

    /// Whether its load is known.
    pub fn has_capacity(&self) -> bool {
        self.section.remote.is_none()
            && (self.section.down_bps.is_some() || self.section.up_bps.is_some())
    }

    /// Notes what the device has carried.
    pub fn note_bytes(&mut self, counters: Counters, now: Instant) {
        let Some((then, before)) = self.loaded.replace((now, counters)) else {
            return;
        };
        let millis = u64::try_from(now.since(then).as_millis())
            .unwrap_or(u64::MAX)
            .max(1);
        let percent = |now: u64, before: u64, capacity: Option<u64>| {
            let bits = u128::from(now.saturating_sub(before)) * 8 * 1000 / u128::from(millis);
            let of = capacity.map_or(0, |capacity| bits * 100 / u128::from(capacity.max(1)));
            u8::try_from(of.min(100)).unwrap_or(100)
        };
        let down = percent(counters.rx_bytes, before.rx_bytes, self.section.down_bps);
        let up = percent(counters.tx_bytes, before.tx_bytes, self.section.up_bps);
        self.note_load(down.max(up));
    }
}

impl Line {
    fn new(
        family: Family,
        section: &UplinkSection,
        config: &Config,
        seed: u64,
        now: Instant,
    ) -> Self {
        let v4 = family == Family::V4;
        let mut probes = config.probes_of(&section.name);
        probes.retain(|probe| probe.address.is_ipv4() == v4);
        let portal = probes.iter().find(|probe| probe.check.is_http()).cloned();
        probes.retain(|probe| !probe.check.is_http());
        let health = HealthConfig {
            targets: providers(&probes),
            needed: section.needed,
            interval: section.interval,
            portal: portal.is_some(),
            metered: section.metered,
            probe_bytes: probes
                .iter()
                .map(|probe| probe.check.cost_bytes())
                .max()
                .unwrap_or(0),
            slow: section.slow,
            hold: section.hold,
        };
        Self {
            family,
            health: Health::new(health, seed, now),
            path: None,
            targets: probes,
            portal,
            emptied: Emptying::Nobody,
            was_ready: false,
        }
    }

    /// The providers by name that do not answer although others do.
    pub fn lost_providers(&self) -> Vec<&str> {
        let numbers = providers(&self.targets);
        let lost = self.health.lost_providers();
        let named = numbers.iter().zip(&self.targets);
        let mut names: Vec<&str> = named
            .filter(|(number, _)| lost.contains(number))
            .map(|(_, probe)| probe.provider.as_str())
            .collect();
        names.dedup();
        names
    }
}

/// A number for each target's provider: the place of the first target that is theirs.
fn providers(probes: &[Probe]) -> Vec<u16> {
    let first = |probe: &Probe| {
        probes
            .iter()
            .position(|other| other.provider == probe.provider)
    };
    let places = probes.iter().map(|probe| first(probe).unwrap_or(0));
    places
        .map(|place| u16::try_from(place).unwrap_or(u16::MAX))
        .collect()
}
