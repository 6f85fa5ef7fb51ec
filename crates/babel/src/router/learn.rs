//! An update reaches the route table (RFC 8966 §3.5.3).

use crate::clock::Instant;
use crate::filter::{Filters, Subject};
use crate::link::NextHop;
use crate::metric::Metric;
use crate::neighbour::NeighbourId;
use crate::prefix::Prefix;
use crate::route::{Destination, Route};
use crate::route_table::Admission;
use crate::router::state::Router;
use crate::router_id::RouterId;
use crate::seqno::Seqno;
use crate::wire::Update;

impl Router {
    pub(super) fn learn(&mut self, id: NeighbourId, update: &Update, now: Instant) {
        let prefix = update.prefix;
        if prefix.is_martian() || prefix.source().is_some() && !self.source_specific {
            self.counters.filtered_updates += 1;
            return;
        }
        if update.metric.is_infinite() {
            self.handle_retraction(id, prefix, now);
            return;
        }
        if update.router_id == self.router_id {
            self.handle_own_update(id, update, now);
            return;
        }
        // RFC 9229 §2.2: if a node cannot install v4-via-v6 routes, they MUST NOT be selected
        if prefix.is_v4() && update.next_hop.is_ipv6() && !self.takes_v4_via_v6(id) {
            self.counters.filtered_updates += 1;
            self.unlearn(id, prefix, now);
            return;
        }
        if self.repeats(id, update, now) {
            return;
        }
        let Some(extra) = self.admits(id, prefix, update.router_id) else {
            self.counters.filtered_updates += 1;
            self.unlearn(id, prefix, now);
            return;
        };
        self.note_adoption_floor(id, update, now);
        let feasible = self.is_feasible(prefix, update.router_id, update.seqno, update.metric);
        if !feasible {
            self.counters.unfeasible_updates += 1;
            if self.ignores_unfeasible(id, update) {
                // RFC 8966 §3.8.2.2: SHOULD send a unicast seqno request when it receives an
                // unfeasible update for a route that is currently selected
                self.ask_for_newer(prefix, update.router_id, now);
                return;
            }
        }
        if !self.store(id, update, extra, now) {
            return;
        }
        self.select(prefix, now);
        if !feasible {
            self.ask_if_preferable(id, prefix, now);
        }
        self.tell_requesters(prefix, now);
    }

    /// Whether an update says of a selected route what is known already, as nearly all do: then only the
    /// time has to be noted. All else was judged when it was said first, and again where filters changed.
    fn repeats(&mut self, id: NeighbourId, update: &Update, now: Instant) -> bool {
        let hop = self.neighbours.find(id).map(|neighbour| NextHop {
            interface: neighbour.interface,
            address: update.next_hop,
        });
        let Some(hop) = hop.and_then(|hop| self.routes.known_next_hop(hop)) else {
            return false;
        };
        let Some(destination) = self.routes.find_mut(update.prefix) else {
            return false;
        };
        if !destination.selects(id) || destination.hold.is_some() || destination.adopted.is_some() {
            return false;
        }
        let Some(route) = destination.via_mut(id) else {
            return false;
        };
        if (route.router_id, route.seqno) != (update.router_id, update.seqno)
            || (route.refmetric, route.next_hop) != (update.metric, hop)
        {
            return false;
        }
        route.refresh(update.interval, now);
        let at = route.ask_at(now);
        self.routes.due_by(at);
        true
    }

    /// Takes back one route of a neighbour.
    pub(super) fn unlearn(&mut self, id: NeighbourId, prefix: Prefix, now: Instant) {
        let route = self.routes.remove(prefix, id);
        let is_adopted = self.is_adopted_via(prefix, id, route.as_ref());
        if is_adopted {
            self.lose_adopted(prefix, now);
        } else if route.is_some() {
            self.select(prefix, now);
        }
    }

    /// Takes back one route of a neighbour that says so itself, and that will rely on our acknowledgement:
    /// nothing may lead through it any more.
    fn handle_retraction(&mut self, id: NeighbourId, prefix: Prefix, now: Instant) {
        let may_be_adopted = self.may_be_adopted_via(prefix, id);
        self.unlearn(id, prefix, now);
        if may_be_adopted {
            self.lose_adopted(prefix, now);
        }
    }

    /// Takes back everything a neighbour announced, before our restart as well: once it has our
    /// acknowledgement it relies on no packet coming from us.
    pub(super) fn unlearn_all(&mut self, id: NeighbourId, now: Instant) {
        let concerned = |_, destination: &Destination| {
            destination.via(id).is_some() || destination.adopted.is_some()
        };
        for prefix in self.routes.prefixes(concerned) {
            self.handle_retraction(id, prefix, now);
        }
    }

    /// Applies the input filters anew to what was learnt under the old ones.
    pub(super) fn refilter(&mut self, now: Instant) {
        let learnt: Vec<(Prefix, NeighbourId, RouterId)> = self
            .routes
            .iter_after(None)
            .flat_map(|(prefix, destination)| {
                destination
                    .routes
                    .iter()
                    .map(move |route| (prefix, route.neighbour, route.router_id))
            })
            .collect();
        for (prefix, id, router_id) in learnt {
            match self.admits(id, prefix, router_id) {
                None => self.unlearn(id, prefix, now),
                Some(extra) => {
                    let destination = self.routes.find_mut(prefix);
                    if let Some(route) = destination.and_then(|found| found.via_mut(id)) {
                        route.extra = extra;
                    }
                }
            }
        }
    }

    /// Whether a distance may be selected without risking a loop (RFC 8966 §3.5.1).
    pub(super) fn is_feasible(
        &self,
        prefix: Prefix,
        router_id: RouterId,
        seqno: Seqno,
        metric: Metric,
    ) -> bool {
        self.routes.find(prefix).is_none_or(|destination| {
            let source = destination.sources.find(router_id);
            let adopted = destination.adopted.as_ref();
            source.is_none_or(|source| source.is_beaten_by(seqno, metric))
                && adopted.is_none_or(|adopted| adopted.is_beaten_by(router_id, seqno))
        })
    }

    /// Where packets go by the route that a neighbour announces.
    pub(super) fn next_hop(&self, prefix: Prefix, id: NeighbourId) -> Option<NextHop> {
        self.routes
            .next_hop(self.routes.find(prefix)?.via(id)?.next_hop)
    }

    fn takes_v4_via_v6(&self, id: NeighbourId) -> bool {
        let neighbour = self.neighbours.find(id);
        neighbour
            .and_then(|neighbour| self.interfaces.get(&neighbour.interface))
            .is_some_and(|interface| interface.config.v4_via_v6)
    }

    /// The input filter's verdict: what it adds to the metric, or `None` to turn the route away.
    fn admits(&self, id: NeighbourId, prefix: Prefix, router_id: RouterId) -> Option<u16> {
        if self.filters.input.is_empty() {
            return Some(0);
        }
        let neighbour = self.neighbours.find(id)?;
        let subject = Subject {
            router_id: Some(router_id),
            neighbour: Some(neighbour.address),
            ..Subject::of(prefix)
        }
        .on(self.name_of(neighbour.interface));
        Filters::allow(&self.filters.input, &subject).map(|action| action.metric)
    }

    // RFC 8966 §3.5.3: if the entry is currently selected, the update is unfeasible, and the
    // router-id of the update is equal to the router-id of the entry, then the update MAY be
    // ignored
    fn ignores_unfeasible(&self, id: NeighbourId, update: &Update) -> bool {
        self.routes.find(update.prefix).is_some_and(|destination| {
            destination.adopted.is_none()
                && destination.selects(id)
                && destination
                    .via(id)
                    .is_some_and(|route| route.router_id == update.router_id)
        })
    }

    /// Writes the update into the route table; whether there was room.
    fn store(&mut self, id: NeighbourId, update: &Update, extra: u16, now: Instant) -> bool {
        let prefix = update.prefix;
        let known = self
            .routes
            .find(prefix)
            .is_some_and(|destination| destination.via(id).is_some());
        if !known {
            match self.routes.admit(id, self.limits.routes, now) {
                Admission::Admitted => {}
                Admission::Evicted(victim) => {
                    self.counters.routes_evicted += 1;
                    self.routes.tidy(victim);
                }
                Admission::Refused => {
                    self.counters.routes_refused += 1;
                    return false;
                }
            }
        }
        let next_hop = self.neighbours.find(id).and_then(|neighbour| {
            let next_hop = NextHop {
                interface: neighbour.interface,
                address: update.next_hop,
            };
            self.routes.next_hop_id(next_hop, Some(id))
        });
        let Some(next_hop) = next_hop else {
            // So many next hops are no router's. What it said before of this prefix is void.
            self.counters.routes_refused += 1;
            self.unlearn(id, prefix, now);
            return false;
        };
        let write = |route: &mut Route| {
            route.router_id = update.router_id;
            route.seqno = update.seqno;
            route.refmetric = update.metric;
            route.extra = extra;
            route.next_hop = next_hop;
            route.refresh(update.interval, now);
        };
        if known {
            let destination = self.routes.find_mut(prefix);
            if let Some(route) = destination.and_then(|found| found.via_mut(id)) {
                write(route);
                let at = route.ask_at(now);
                self.routes.due_by(at);
            }
        } else {
            let mut route = Route::new(id, update.router_id, next_hop, now);
            write(&mut route);
            self.routes.insert(prefix, route, now);
        }
        true
    }

    /// An adopted route's next hop speaks of its destination for the first time: from now on only
    /// a newer seqno than this is feasible, because whatever we announced before the restart came
    /// from this neighbour and cannot have been newer.
    fn note_adoption_floor(&mut self, id: NeighbourId, update: &Update, now: Instant) {
        let hop = self.neighbours.find(id).map(|neighbour| NextHop {
            interface: neighbour.interface,
            address: update.next_hop,
        });
        let adopted = self
            .routes
            .find_mut(update.prefix)
            .and_then(|destination| destination.adopted.as_mut());
        if let Some(adopted) = adopted
            && adopted.floor.is_none()
            && !adopted.free
            && adopted.next_hop.is_some()
            && adopted.next_hop == hop
        {
            adopted.floor = Some((update.router_id, update.seqno));
            self.want_newer(update.prefix, update.router_id, now);
        }
    }

    /// Whether a prefix was adopted with that neighbour as next hop.
    pub(super) fn is_adopted_via(
        &self,
        prefix: Prefix,
        id: NeighbourId,
        route: Option<&Route>,
    ) -> bool {
        let hop = self
            .routes
            .find(prefix)
            .and_then(|destination| destination.adopted.as_ref())
            .and_then(|adopted| adopted.next_hop);
        let Some((hop, neighbour)) = hop.zip(self.neighbours.find(id)) else {
            return false;
        };
        hop.interface == neighbour.interface
            && match route {
                Some(route) => self.routes.next_hop(route.next_hop) == Some(hop),
                // An IPv4 next hop is tied to a neighbour only where there is no other.
                None if hop.address.is_ipv4() => self.neighbours.on(hop.interface).count() == 1,
                None => hop.address == neighbour.address,
            }
    }

    /// Whether a prefix was adopted with an IPv4 next hop that may be that neighbour's: a retraction
    /// does not say whose it is.
    fn may_be_adopted_via(&self, prefix: Prefix, id: NeighbourId) -> bool {
        let Some(destination) = self.routes.find(prefix) else {
            return false;
        };
        let adopted = destination.adopted.as_ref();
        let Some(hop) = adopted.and_then(|adopted| adopted.next_hop) else {
            return false;
        };
        let neighbour = self.neighbours.find(id);
        let beside = neighbour.is_some_and(|neighbour| neighbour.interface == hop.interface);
        let is_anothers = destination.routes.iter().any(|route| {
            route.neighbour != id && self.routes.next_hop(route.next_hop) == Some(hop)
        });
        beside && hop.address.is_ipv4() && !is_anothers
    }
}
