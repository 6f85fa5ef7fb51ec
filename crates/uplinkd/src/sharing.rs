//! What this router's shared uplinks are worth to its members now.

use grange_linux::Family;
use grange_uplink::exchange::{Announced, Report};
use grange_uplink::health::State;

use crate::config::Config;
use crate::uplink::Uplink;

/// Why the owner gives nothing now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Withheld {
    /// What he gives in a month is used up.
    pub capped: bool,
    /// It is not one of the hours at which he shares.
    pub asleep: bool,
}

/// What members are told.
pub fn report(config: &Config, uplinks: &[Uplink], withheld: Withheld) -> Report {
    let states = Family::BOTH.map(|family| announced(config, uplinks, family, withheld));
    let fraction = config.share.as_ref().map_or(100, |share| share.fraction);
    let live =
        shared(uplinks).filter(|uplink| is_live(uplink, Family::V4) || is_live(uplink, Family::V6));
    let (mut down, mut up, mut load, mut resolvers) = (0_u64, 0_u64, 0, Vec::new());
    for uplink in live {
        down = down.saturating_add(uplink.section.down_bps.unwrap_or(0));
        up = up.saturating_add(uplink.section.up_bps.unwrap_or(0));
        load = load.max(uplink.load.percent);
        resolvers.extend(&uplink.section.dns);
    }
    let part = |bps: u64| u32::try_from(bps / 1000 * u64::from(fraction) / 100).unwrap_or(u32::MAX);
    Report {
        states,
        load_percent: load,
        down_kbps: part(down),
        up_kbps: part(up),
        resolvers,
        ..Report::default()
    }
}

/// Whether a default route may be announced for a family.
pub fn is_open(config: &Config, uplinks: &[Uplink], family: Family, withheld: Withheld) -> bool {
    announced(config, uplinks, family, withheld).is_live()
}

fn announced(config: &Config, uplinks: &[Uplink], family: Family, withheld: Withheld) -> Announced {
    if !config.shares() {
        return Announced::Closed;
    }
    let states = shared(uplinks).filter_map(|uplink| Some(uplink.line(family)?.health.state()));
    let states: Vec<State> = states.collect();
    let any = |state| states.contains(&state);
    match () {
        () if states.is_empty() => Announced::Closed,
        () if withheld.capped => Announced::Capped,
        () if withheld.asleep => Announced::Drained,
        () if any(State::Up) => Announced::Up,
        () if any(State::Degraded) => Announced::Degraded,
        () if any(State::Drained) => Announced::Drained,
        () if any(State::Capped) => Announced::Capped,
        () => Announced::Down,
    }
}

fn shared(uplinks: &[Uplink]) -> impl Iterator<Item = &Uplink> {
    uplinks.iter().filter(|uplink| uplink.section.shared)
}

fn is_live(uplink: &Uplink, family: Family) -> bool {
    uplink
        .line(family)
        .is_some_and(|line| line.health.state().is_live())
}
