//! The route table: for each destination who announces it, and which route is in use
//! (RFC 8966 §3.2.6).

use std::collections::BTreeMap;

use core::net::IpAddr;
use core::time::Duration;

use crate::clock::Instant;
use crate::link::NextHop;
use crate::metric::{Cost, Metric};
use crate::neighbour::NeighbourId;
use crate::prefix::Prefix;
use crate::router_id::RouterId;
use crate::seqno::Seqno;

/// A route announced by a neighbour; a retracted one is removed, not kept.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    /// Who announced it.
    pub(crate) neighbour: NeighbourId,
    /// Who originates it.
    pub(crate) router_id: RouterId,
    /// The announced seqno.
    pub(crate) seqno: Seqno,
    /// The announced metric, finite.
    pub(crate) refmetric: Metric,
    /// What an input filter adds.
    pub(crate) extra: u16,
    /// Where packets go.
    pub(crate) next_hop: IpAddr,
    /// How often it is announced.
    pub(crate) interval: Duration,
    /// When it is taken for lost.
    pub(crate) expires: Instant,
    /// When it was learnt.
    pub(crate) learnt: Instant,
    /// Whether the neighbour was asked to announce it again before it expires.
    pub(crate) asked: bool,
    /// From when on a newer seqno may be asked for only because the route would be better.
    pub(crate) may_improve: Instant,
    smoothed: u16,
    smoothed_at: Instant,
}

/// Everything known of one destination.
#[derive(Clone, Debug, Default)]
pub(crate) struct Destination {
    /// The metric with which we originate it ourselves.
    pub(crate) own: Option<Metric>,
    /// What neighbours announce, one each.
    pub(crate) routes: Vec<Route>,
    /// What is used and announced, as selection last saw it.
    pub(crate) best: Option<Best>,
    /// The metric that was announced last.
    pub(crate) told: Metric,
    /// What the kernel was told.
    pub(crate) installed: Installed,
    /// Set while neighbours may still send us packets for a route that is gone.
    pub(crate) hold: Option<Box<Hold>>,
    /// Set while the kernel's route from before a restart awaits confirmation.
    pub(crate) adopted: Option<Box<Adopted>>,
}

/// A selected route in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Best {
    /// Who announced it; `None` when it is ours.
    pub(crate) neighbour: Option<NeighbourId>,
    /// Who originates it.
    pub(crate) router_id: RouterId,
    /// Its seqno.
    pub(crate) seqno: Seqno,
    /// Its metric here.
    pub(crate) metric: Metric,
}

/// What the kernel does with packets for the destination.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Installed {
    /// Whatever a shorter prefix says.
    #[default]
    Nothing,
    /// Forwards them.
    Via(NextHop),
    /// Refuses them.
    Unreachable,
}

/// A retraction under way (RFC 8966 §3.5.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hold {
    /// What was announced last.
    pub(crate) router_id: RouterId,
    /// Its seqno.
    pub(crate) seqno: Seqno,
    /// Since when.
    pub(crate) since: Instant,
    /// When every neighbour's copy has expired, acknowledged or not.
    pub(crate) until: Instant,
    /// Who has not acknowledged the retraction yet.
    pub(crate) owed: Vec<NeighbourId>,
    /// Whether it ends when nobody owes anything any more; otherwise time alone ends it.
    pub(crate) by_acknowledgement: bool,
    /// How far it is.
    pub(crate) phase: Phase,
}

/// A route found in the kernel at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Adopted {
    /// Where it leads; `None` once it is unreachable.
    pub(crate) next_hop: Option<NextHop>,
    /// What the next hop announced first: nothing we announced before was newer than that.
    pub(crate) floor: Option<(RouterId, Seqno)>,
    /// Nobody relies on what we announced before any more: any route will do.
    pub(crate) free: bool,
    /// When an unheard next hop is given up.
    pub(crate) heard_by: Instant,
    /// When nobody can remember what we announced before.
    pub(crate) until: Instant,
}

/// How far the retraction of a prefix is.
///
/// Once is not enough: on a radio a multicast packet waits for sleeping stations and a unicast one
/// overtakes it, so that an older announcement may arrive after the retraction. Believed, it would
/// live until it expires, and what the neighbour sends us for it would follow a shorter
/// prefix back to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Everybody is told.
    Telling,
    /// Everybody knows; by then nothing older is under way, and everybody is told again.
    Known(Instant),
    /// Everybody is told again.
    Repeating,
    /// Packets are let through again. The retraction is still part of the next full update.
    Released,
}

impl Hold {
    /// When to look at it again.
    pub(crate) fn due(&self) -> Instant {
        match self.phase {
            Phase::Known(at) => at.min(self.until),
            _ => self.until,
        }
    }
}

impl Adopted {
    /// Whether a route is newer than anything we can have announced before the restart.
    pub(crate) fn is_beaten_by(&self, router_id: RouterId, seqno: Seqno) -> bool {
        self.free
            || self
                .floor
                .is_some_and(|(known, floor)| known == router_id && seqno.is_newer_than(floor))
    }
}

/// What became of a newcomer to a full table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// There is room.
    Admitted,
    /// There is room after this route of the noisiest neighbour was dropped.
    Evicted(Prefix),
    /// There is none: the newcomer's neighbour is the noisiest.
    Refused,
}

/// What a look through the table found overdue.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overdue {
    /// Routes whose time is over.
    pub(crate) expired: Vec<(Prefix, NeighbourId)>,
    /// Selected routes about to expire, to be asked for.
    pub(crate) expiring: Vec<(Prefix, NeighbourId)>,
    /// Holds and adoptions whose time is over.
    pub(crate) released: Vec<Prefix>,
}

impl Route {
    /// A route just learnt.
    pub(crate) fn new(
        neighbour: NeighbourId,
        router_id: RouterId,
        next_hop: IpAddr,
        now: Instant,
    ) -> Self {
        Self {
            neighbour,
            router_id,
            seqno: Seqno(0),
            refmetric: Metric::INFINITY,
            extra: 0,
            next_hop,
            interval: Duration::ZERO,
            expires: now,
            learnt: now,
            asked: false,
            may_improve: now,
            smoothed: 0xFFFF,
            smoothed_at: now,
        }
    }

    /// When it was announced last.
    // RFC 8966 appendix B: Route Expiry time: 3.5 times the advertised update interval
    pub(crate) fn refreshed(&self) -> Instant {
        self.expires - self.interval * 7 / 2
    }

    /// Its metric over a link of that cost.
    // RFC 8966 §3.5.2: the additive metric is the RECOMMENDED default
    pub(crate) fn metric(&self, cost: Cost) -> Metric {
        self.refmetric.plus_cost(cost).plus(self.extra)
    }

    /// Its smoothed metric, given what it is now.
    // RFC 8966 A.3: an exponentially smoothed average of m(R)
    pub(crate) fn smooth(&mut self, metric: Metric, half_life: Duration, now: Instant) -> Metric {
        // A route that comes (back) starts from its metric: there is no past to average with.
        if half_life.is_zero() || metric.is_infinite() || self.smoothed == 0xFFFF {
            self.smoothed = metric.value();
        } else {
            let passed = now.since(self.smoothed_at).as_micros();
            let half_life = half_life.as_micros().max(1);
            let halvings = u32::try_from(passed / half_life).unwrap_or(31).min(31);
            let whole = i64::from(self.smoothed) - i64::from(metric.value());
            // Between two halvings a straight line is close enough.
            let part = i64::try_from((passed % half_life) * 1024 / half_life).unwrap_or(0);
            let rest = (whole >> halvings) * (2048 - part) / 2048;
            let value = (i64::from(metric.value()) + rest).clamp(0, 0xFFFE);
            self.smoothed = u16::try_from(value).unwrap_or(0xFFFE);
        }
        self.smoothed_at = now;
        Metric::new(self.smoothed)
    }

    /// The smoothed metric as last computed.
    pub(crate) fn smoothed(&self) -> Metric {
        Metric::new(self.smoothed)
    }

    /// When to ask for it before it expires.
    fn ask_at(&self) -> Instant {
        self.expires - self.interval / 2
    }
}

impl Destination {
    /// The route that a neighbour announces.
    pub(crate) fn via(&self, neighbour: NeighbourId) -> Option<&Route> {
        self.routes
            .iter()
            .find(|route| route.neighbour == neighbour)
    }

    /// The route that a neighbour announces, to change it.
    pub(crate) fn via_mut(&mut self, neighbour: NeighbourId) -> Option<&mut Route> {
        self.routes
            .iter_mut()
            .find(|route| route.neighbour == neighbour)
    }

    /// Whether it is selected.
    pub(crate) fn selects(&self, neighbour: NeighbourId) -> bool {
        self.best
            .is_some_and(|best| best.neighbour == Some(neighbour))
    }

    fn is_idle(&self) -> bool {
        self.own.is_none()
            && self.routes.is_empty()
            && self.best.is_none()
            && self.hold.is_none()
            && self.adopted.is_none()
            && self.installed == Installed::Nothing
    }
}

/// Destinations by prefix.
#[derive(Clone, Debug, Default)]
pub(crate) struct RouteTable {
    destinations: BTreeMap<Prefix, Destination>,
    counts: BTreeMap<NeighbourId, usize>,
    routes: usize,
    /// Nothing is due before this.
    sweep_at: Option<Instant>,
}

impl RouteTable {
    /// What is known of a destination.
    pub(crate) fn find(&self, prefix: Prefix) -> Option<&Destination> {
        self.destinations.get(&prefix)
    }

    /// What is known of a destination, to change it; not for adding or removing routes.
    pub(crate) fn find_mut(&mut self, prefix: Prefix) -> Option<&mut Destination> {
        self.destinations.get_mut(&prefix)
    }

    /// What is known of a destination, made if need be.
    pub(crate) fn get(&mut self, prefix: Prefix) -> &mut Destination {
        self.destinations.entry(prefix).or_default()
    }

    /// Destinations from `after` on, in order; from the first without it.
    pub(crate) fn iter_after(
        &self,
        after: Option<Prefix>,
    ) -> impl Iterator<Item = (Prefix, &Destination)> {
        use core::ops::Bound;
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.destinations
            .range((start, Bound::Unbounded))
            .map(|(prefix, destination)| (*prefix, destination))
    }

    /// Every destination, to change it; not for adding or removing routes.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (Prefix, &mut Destination)> {
        self.destinations
            .iter_mut()
            .map(|(prefix, destination)| (*prefix, destination))
    }

    /// Makes room for a route of `newcomer` where `limit` are there.
    pub(crate) fn admit(&mut self, newcomer: NeighbourId, limit: usize) -> Admission {
        if self.routes < limit {
            return Admission::Admitted;
        }
        let Some((noisiest, most)) = self.counts.iter().max_by_key(|(_, count)| **count) else {
            return Admission::Refused;
        };
        let noisiest = *noisiest;
        if noisiest == newcomer || self.count(newcomer) >= *most {
            return Admission::Refused;
        }
        // The newest route of the noisiest neighbour, but never one that is in use.
        let victim = self
            .destinations
            .iter()
            .filter(|(_, destination)| !destination.selects(noisiest))
            .filter_map(|(prefix, destination)| Some((destination.via(noisiest)?.learnt, *prefix)))
            .max();
        let Some((_, prefix)) = victim else {
            return Admission::Refused;
        };
        self.remove(prefix, noisiest);
        Admission::Evicted(prefix)
    }

    /// Adds a route; the neighbour has none for that prefix.
    pub(crate) fn insert(&mut self, prefix: Prefix, route: Route) {
        *self.counts.entry(route.neighbour).or_default() += 1;
        self.routes += 1;
        self.due_by(route.ask_at());
        let destination = self.destinations.entry(prefix).or_default();
        destination.routes.reserve_exact(1);
        destination.routes.push(route);
    }

    /// Removes the route a neighbour announced.
    pub(crate) fn remove(&mut self, prefix: Prefix, neighbour: NeighbourId) -> Option<Route> {
        let destination = self.destinations.get_mut(&prefix)?;
        let index = destination
            .routes
            .iter()
            .position(|route| route.neighbour == neighbour)?;
        let route = destination.routes.swap_remove(index);
        self.routes -= 1;
        if let Some(count) = self.counts.get_mut(&neighbour) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&neighbour);
            }
        }
        Some(route)
    }

    /// Drops a destination of which nothing is left to know.
    pub(crate) fn tidy(&mut self, prefix: Prefix) {
        if self.find(prefix).is_some_and(Destination::is_idle) {
            self.destinations.remove(&prefix);
        }
    }

    /// Every prefix that a neighbour announces.
    pub(crate) fn prefixes_via(&self, neighbour: NeighbourId) -> Vec<Prefix> {
        if self.count(neighbour) == 0 {
            return Vec::new();
        }
        self.destinations
            .iter()
            .filter(|(_, destination)| destination.via(neighbour).is_some())
            .map(|(prefix, _)| *prefix)
            .collect()
    }

    /// How many routes a neighbour announces.
    pub(crate) fn count(&self, neighbour: NeighbourId) -> usize {
        self.counts.get(&neighbour).copied().unwrap_or(0)
    }

    /// How many routes there are.
    pub(crate) fn len(&self) -> usize {
        self.routes
    }

    /// How many destinations there are.
    pub(crate) fn destinations(&self) -> usize {
        self.destinations.len()
    }

    /// Asks for a look through the table no later than `at`.
    pub(crate) fn due_by(&mut self, at: Instant) {
        self.sweep_at = Some(self.sweep_at.map_or(at, |sweep_at| sweep_at.min(at)));
    }

    /// Looks through the table, at most once a second, for what is overdue.
    ///
    /// One look at the soonest deadline instead of a timer for each route: routes are refreshed
    /// long before they expire, so that a look seldom finds anything, and nothing is stored.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Overdue {
        let mut overdue = Overdue::default();
        if self.sweep_at.is_none_or(|at| at > now) {
            return overdue;
        }
        let mut next: Option<Instant> = None;
        let mut due_by = |at: Instant| next = Some(next.map_or(at, |next| next.min(at)));
        for (prefix, destination) in &mut self.destinations {
            let selected = destination.best.and_then(|best| best.neighbour);
            for route in &mut destination.routes {
                if route.expires <= now {
                    overdue.expired.push((*prefix, route.neighbour));
                } else if Some(route.neighbour) == selected && !route.asked && route.ask_at() <= now
                {
                    route.asked = true;
                    overdue.expiring.push((*prefix, route.neighbour));
                    due_by(route.expires);
                } else if Some(route.neighbour) == selected && !route.asked {
                    due_by(route.ask_at());
                } else {
                    due_by(route.expires);
                }
            }
            let hold = destination.hold.as_ref().map(|hold| hold.due());
            let heard_by = destination.adopted.as_ref().map(|adopted| {
                if adopted.heard_by > now {
                    adopted.heard_by
                } else {
                    adopted.until
                }
            });
            let adopted = destination.adopted.as_ref().map(|adopted| adopted.until);
            for at in [hold, heard_by, adopted].into_iter().flatten() {
                if at <= now {
                    overdue.released.push(*prefix);
                } else {
                    due_by(at);
                }
            }
            if destination
                .adopted
                .as_ref()
                .is_some_and(|adopted| adopted.heard_by <= now && adopted.next_hop.is_some())
            {
                overdue.released.push(*prefix);
            }
        }
        self.sweep_at = next.map(|at| at.max(now + SWEEP_PAUSE));
        overdue
    }

    /// When to call [`Self::handle_timeout`].
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.sweep_at
    }
}

/// The shortest time between two looks through the table.
const SWEEP_PAUSE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;
