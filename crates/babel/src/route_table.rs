//! The route table: for each destination who announces it, and which route is in use
//! (RFC 8966 §3.2.6); and the source table, because both have the same destinations (§3.2.5).

use litemap::LiteMap;

use core::time::Duration;

use crate::clock::Instant;
use crate::link::NextHop;
use crate::metric::Metric;
use crate::neighbour::NeighbourId;
use crate::next_hop::{NextHopId, NextHops};
use crate::prefix::Prefix;
use crate::prefix_map::PrefixMap;
use crate::route::{Destination, Installed, Route};
use crate::router_id::RouterId;
use crate::seqno::Seqno;
use crate::source::{GC_TIME, Source, SourceTableFull};

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

/// Destinations by prefix.
#[derive(Clone, Debug)]
pub(crate) struct RouteTable {
    destinations: PrefixMap<Destination>,
    counts: LiteMap<NeighbourId, usize>,
    routes: usize,
    /// Nothing is due before this.
    sweep_at: Option<Instant>,
    next_hops: NextHops,
    sources: usize,
    source_limit: usize,
    /// No source expires before this.
    forget_at: Option<Instant>,
}

impl RouteTable {
    /// An empty table of at most that many sources.
    pub(crate) fn new(source_limit: usize) -> Self {
        Self {
            destinations: PrefixMap::default(),
            counts: LiteMap::new(),
            routes: 0,
            sweep_at: None,
            next_hops: NextHops::default(),
            sources: 0,
            source_limit,
            forget_at: None,
        }
    }

    /// What is known of a destination.
    pub(crate) fn find(&self, prefix: Prefix) -> Option<&Destination> {
        self.destinations.get(prefix)
    }

    /// What is known of a destination, to change it; not for adding or removing routes.
    pub(crate) fn find_mut(&mut self, prefix: Prefix) -> Option<&mut Destination> {
        self.destinations.get_mut(prefix)
    }

    /// What is known of a destination, made if need be.
    pub(crate) fn get(&mut self, prefix: Prefix) -> &mut Destination {
        self.destinations.get_or_default(prefix)
    }

    /// Destinations after `after`, in order; from the first without it. Those of which only sources
    /// are left are passed over.
    pub(crate) fn iter_after(
        &self,
        after: Option<Prefix>,
    ) -> impl Iterator<Item = (Prefix, &Destination)> {
        let destinations = self.destinations.iter_after(after);
        destinations.filter(|(_, destination)| !destination.is_idle())
    }

    /// The prefixes of the destinations of which that holds, in order; those of which only sources are
    /// left are passed over.
    pub(crate) fn prefixes(&self, holds: impl Fn(Prefix, &Destination) -> bool) -> Vec<Prefix> {
        self.iter_after(None)
            .filter(|(prefix, destination)| holds(*prefix, destination))
            .map(|(prefix, _)| prefix)
            .collect()
    }

    /// Every destination, to change it; not for adding or removing routes.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (Prefix, &mut Destination)> {
        self.destinations.iter_mut()
    }

    /// Makes room for a route of `newcomer` where `limit` are there.
    pub(crate) fn admit(&mut self, newcomer: NeighbourId, limit: usize, now: Instant) -> Admission {
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
            .filter_map(|(prefix, destination)| {
                Some((destination.via(noisiest)?.learnt(now), prefix))
            })
            .max();
        let Some((_, prefix)) = victim else {
            return Admission::Refused;
        };
        self.remove(prefix, noisiest);
        Admission::Evicted(prefix)
    }

    /// Adds a route; the neighbour has none for that prefix.
    pub(crate) fn insert(&mut self, prefix: Prefix, route: Route, now: Instant) {
        *self.counts.entry(route.neighbour).or_default() += 1;
        self.routes += 1;
        self.due_by(route.ask_at(now));
        let destination = self.destinations.get_or_default(prefix);
        destination.routes.push(route);
    }

    /// Removes the route a neighbour announced.
    pub(crate) fn remove(&mut self, prefix: Prefix, neighbour: NeighbourId) -> Option<Route> {
        let destination = self.destinations.get_mut(prefix)?;
        let route = destination
            .routes
            .take_if(|route| route.neighbour == neighbour)?;
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
        let is_forgotten =
            |destination: &Destination| destination.is_idle() && destination.sources.is_empty();
        if self.find(prefix).is_some_and(is_forgotten) {
            self.destinations.remove(prefix);
        }
    }

    /// Every prefix that a neighbour announces.
    pub(crate) fn prefixes_via(&self, neighbour: NeighbourId) -> Vec<Prefix> {
        if self.count(neighbour) == 0 {
            return Vec::new();
        }
        self.prefixes(|_, destination| destination.via(neighbour).is_some())
    }

    /// How many routes a neighbour announces.
    pub(crate) fn count(&self, neighbour: NeighbourId) -> usize {
        self.counts.get(&neighbour).copied().unwrap_or(0)
    }

    /// How many routes there are.
    pub(crate) fn len(&self) -> usize {
        self.routes
    }

    /// How many destinations there are, with those of which only sources are left.
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
        for (prefix, destination) in self.destinations.iter_mut() {
            let selected = destination.best.and_then(|best| best.neighbour);
            for route in destination.routes.iter_mut() {
                if route.expires(now) <= now {
                    overdue.expired.push((prefix, route.neighbour));
                } else if Some(route.neighbour) == selected
                    && !route.asked
                    && route.ask_at(now) <= now
                {
                    route.asked = true;
                    overdue.expiring.push((prefix, route.neighbour));
                    due_by(route.expires(now));
                } else if Some(route.neighbour) == selected && !route.asked {
                    due_by(route.ask_at(now));
                } else {
                    due_by(route.expires(now));
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
                    overdue.released.push(prefix);
                } else {
                    due_by(at);
                }
            }
            if destination
                .adopted
                .as_ref()
                .is_some_and(|adopted| adopted.heard_by <= now && adopted.next_hop.is_some())
            {
                overdue.released.push(prefix);
            }
        }
        self.sweep_at = next.map(|at| at.max(now + SWEEP_PAUSE));
        overdue
    }

    /// When to call [`Self::handle_timeout`].
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        match (self.sweep_at, self.forget_at) {
            (Some(sweep_at), Some(forget_at)) => Some(sweep_at.min(forget_at)),
            (sweep_at, forget_at) => sweep_at.or(forget_at),
        }
    }

    /// Notes that a finite distance is about to be announced, if there is room.
    pub(crate) fn note_distance(
        &mut self,
        prefix: Prefix,
        router_id: RouterId,
        seqno: Seqno,
        metric: Metric,
        now: Instant,
    ) -> Result<(), SourceTableFull> {
        let room = self.sources < self.source_limit;
        let sources = &mut self.destinations.get_or_default(prefix).sources;
        let is_new = sources.announce(router_id, seqno, metric, room, now)?;
        self.sources += usize::from(is_new);
        let at = now + GC_TIME;
        self.forget_at = Some(self.forget_at.map_or(at, |forget_at| forget_at.min(at)));
        Ok(())
    }

    /// The best distance announced of a source.
    pub(crate) fn distance(&self, prefix: Prefix, router_id: RouterId) -> Option<&Source> {
        self.find(prefix)?.sources.find(router_id)
    }

    /// Every source.
    pub(crate) fn sources(&self) -> impl Iterator<Item = (Prefix, &Source)> {
        self.destinations
            .iter()
            .flat_map(|(prefix, found)| found.sources.iter().map(move |source| (prefix, source)))
    }

    /// How many sources there are.
    pub(crate) fn source_count(&self) -> usize {
        self.sources
    }

    /// Forgets the sources that have not been announced for long.
    pub(crate) fn forget_sources(&mut self, now: Instant) {
        if self.forget_at.is_none_or(|at| at > now) {
            return;
        }
        let mut next: Option<Instant> = None;
        let mut empty = Vec::new();
        for (prefix, destination) in self.destinations.iter_mut() {
            let gone = destination.sources.forget(now);
            self.sources -= gone;
            if gone > 0 && destination.sources.is_empty() && destination.is_idle() {
                empty.push(prefix);
            }
            let at = destination.sources.next_expiry(now);
            next = next.into_iter().chain(at).min();
        }
        for prefix in empty {
            self.destinations.remove(prefix);
        }
        self.forget_at = next.map(|at| at.max(now + SWEEP_PAUSE));
    }

    /// The next hop of a number.
    pub(crate) fn next_hop(&self, id: NextHopId) -> Option<NextHop> {
        self.next_hops.find(id)
    }

    /// The number of a next hop that has one.
    pub(crate) fn known_next_hop(&self, next_hop: NextHop) -> Option<NextHopId> {
        self.next_hops.id_of(next_hop)
    }

    /// The number of a next hop, given to it if need be; `None` when `by` has announced too many.
    pub(crate) fn next_hop_id(
        &mut self,
        next_hop: NextHop,
        by: Option<NeighbourId>,
    ) -> Option<NextHopId> {
        if let Some(id) = self.next_hops.id_of(next_hop) {
            return Some(id);
        }
        if self.next_hops.wants_sweep() {
            let used = self.destinations.iter().flat_map(|(_, destination)| {
                let routes = destination.routes.iter().map(|route| route.next_hop);
                routes.chain(match destination.installed {
                    Installed::Via(id) => Some(id),
                    Installed::Nothing | Installed::Unreachable => None,
                })
            });
            self.next_hops.sweep(used);
        }
        self.next_hops.add(next_hop, by)
    }
}

/// The shortest time between two looks through the table.
const SWEEP_PAUSE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;
