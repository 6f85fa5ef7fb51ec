//! Seqno requests, our own and those of neighbours (RFC 8966 §3.8).

use core::time::Duration;

use crate::clock::{Instant, Tick};
use crate::neighbour::NeighbourId;
use crate::outbox::Ask;
use crate::prefix::Prefix;
use crate::request::{Forwarding, HOP_COUNT};
use crate::router::state::Router;
use crate::router_id::RouterId;
use crate::seqno::Seqno;
use crate::wire::Tlv;

/// The pause between two requests for a newer seqno that would only improve a route.
const IMPROVEMENT_PAUSE: Duration = Duration::from_secs(4);

impl Router {
    /// A destination lost its last feasible route: where unfeasible ones are left, a newer seqno
    /// would make them usable.
    // RFC 8966 §3.8.2.1: a node that has lost all feasible routes but still has unexpired
    // unfeasible routes MUST send a seqno request
    pub(super) fn avoid_starvation(&mut self, prefix: Prefix, router_id: RouterId, now: Instant) {
        if !self.holders(prefix).is_empty() {
            self.ask_for_newer(prefix, router_id, now);
        }
    }

    /// Asks for a seqno newer than our feasibility distance.
    pub(super) fn ask_for_newer(&mut self, prefix: Prefix, router_id: RouterId, now: Instant) {
        self.want_newer(prefix, router_id, now);
        self.send_requests(now);
    }

    /// The same, once the table is up to date.
    pub(super) fn want_newer(&mut self, prefix: Prefix, router_id: RouterId, now: Instant) {
        // RFC 8966 §3.8.2.1: the requested seqno is the value in the source table plus 1
        let announced = self
            .routes
            .distance(prefix, router_id)
            .map(|source| source.seqno);
        let adopted = self
            .routes
            .find(prefix)
            .and_then(|destination| destination.adopted.as_ref()?.floor)
            .filter(|(known, _)| *known == router_id)
            .map(|(_, floor)| floor);
        let newest = match (announced, adopted) {
            (Some(announced), Some(adopted)) if adopted.is_newer_than(announced) => Some(adopted),
            (announced, adopted) => announced.or(adopted),
        };
        let Some(seqno) = newest.map(Seqno::next) else {
            return;
        };
        let full = self.requests.len() >= self.limits.requests;
        if !self.requests.begin(prefix, router_id, seqno, now) && full {
            self.counters.requests_refused += 1;
        }
    }

    /// An unfeasible route is worth a request if it would be selected once it were feasible.
    // RFC 8966 §3.8.2.2: a node might receive an unfeasible update from a currently unselected
    // neighbour that is preferable to the currently selected route
    pub(super) fn ask_if_preferable(&mut self, id: NeighbourId, prefix: Prefix, now: Instant) {
        let Some(destination) = self.routes.find(prefix) else {
            return;
        };
        let Some((route, neighbour)) = destination.via(id).zip(self.neighbours.find(id)) else {
            return;
        };
        let metric = route.metric(neighbour.cost);
        let preferable = match destination.best {
            Some(best) => metric < best.metric,
            None => !metric.is_infinite(),
        };
        if !preferable || destination.own.is_some() {
            return;
        }
        let (router_id, starved) = (route.router_id, destination.best.is_none());
        if starved || self.takes_its_turn(id, prefix, now) {
            self.ask_for_newer(prefix, router_id, now);
        }
    }

    /// A link became usable: what was adopted over it can be confirmed now, or given up.
    pub(super) fn confirm_adopted(&mut self, id: NeighbourId, now: Instant) {
        let unheard: Vec<Prefix> = self
            .doubtful
            .iter()
            .copied()
            .filter(|prefix| self.is_adopted_via(*prefix, id, None))
            .filter(|prefix| {
                let destination = self.routes.find(*prefix);
                destination.is_some_and(|destination| destination.via(id).is_none())
            })
            .collect();
        for prefix in unheard {
            let prefix = Some(prefix);
            self.send_to(id, Tlv::RouteRequest { prefix }, now);
        }
        for prefix in self.routes.prefixes_via(id) {
            let floor = self
                .routes
                .find(prefix)
                .and_then(|destination| destination.adopted.as_ref()?.floor);
            if let Some((router_id, _)) = floor {
                self.want_newer(prefix, router_id, now);
            }
        }
        self.send_requests(now);
    }

    /// Whether it is time again to ask for a newer seqno for the sake of a better route. The newer seqno
    /// may reach us by the present route first. Were it announced and the next one asked for at
    /// once, the better route would never catch up, and the originator would count without end.
    fn takes_its_turn(&mut self, id: NeighbourId, prefix: Prefix, now: Instant) -> bool {
        let destination = self.routes.find_mut(prefix);
        let Some(route) = destination.and_then(|found| found.via_mut(id)) else {
            return false;
        };
        let its_turn = route.may_improve.instant(now) <= now;
        if its_turn {
            route.may_improve = Tick::after(now + IMPROVEMENT_PAUSE);
        }
        its_turn
    }

    /// Sends the requests that are due to everybody who announces the prefix.
    pub(super) fn send_requests(&mut self, now: Instant) {
        for (prefix, router_id, seqno) in self.requests.handle_timeout(now) {
            let holders = self.holders(prefix);
            if holders.is_empty() {
                self.requests.cancel(prefix);
            }
            let request = Tlv::SeqnoRequest {
                prefix,
                seqno,
                hop_count: HOP_COUNT,
                router_id,
            };
            // RFC 8966 §3.8.2.1: MUST send the request to at least one of the next-hop neighbours
            // that advertised these routes, and SHOULD send it to all of them
            for id in holders {
                self.counters.requests_sent += 1;
                self.send_to(id, request, now);
            }
        }
    }

    /// Answers a neighbour's request, or sends it on.
    pub(super) fn handle_seqno_request(
        &mut self,
        id: NeighbourId,
        prefix: Prefix,
        seqno: Seqno,
        hop_count: u8,
        router_id: RouterId,
        now: Instant,
    ) {
        let destination = self.routes.find(prefix);
        let Some(best) = destination.and_then(|destination| destination.best) else {
            return;
        };
        let is_ours = best.neighbour.is_none();
        let ours = if is_ours { self.seqno } else { best.seqno };
        // RFC 8966 §3.8.1.2: if the router-ids are different or the entry's sequence number is no
        // smaller than the requested one, the node MUST send an update
        if best.router_id != router_id || ours.is_at_least(seqno) {
            self.answer(id, prefix, now);
            return;
        }
        if is_ours {
            // RFC 8966 §3.8.1.2: MUST NOT increase its sequence number by more than 1 in reaction
            // to a single seqno request
            self.advance_seqno(self.seqno.next());
            self.announce(prefix, Ask::default(), now);
            self.answer(id, prefix, now);
            return;
        }
        if router_id == self.router_id || hop_count < 2 {
            return;
        }
        let Some(next) = self.forwarding_target(prefix, id) else {
            return;
        };
        match self.requests.forward(prefix, router_id, seqno, id, now) {
            Forwarding::Redundant => self.counters.requests_suppressed += 1,
            Forwarding::Refused => self.counters.requests_refused += 1,
            Forwarding::Forward => {
                self.counters.requests_forwarded += 1;
                let request = Tlv::SeqnoRequest {
                    prefix,
                    seqno,
                    hop_count: hop_count - 1,
                    router_id,
                };
                // RFC 8966 §3.8.1.2: in a unicast packet, as an urgent TLV
                self.send_to(next, request, now);
            }
        }
    }

    /// Everybody on a usable link who announces a prefix.
    fn holders(&self, prefix: Prefix) -> Vec<NeighbourId> {
        self.routes
            .find(prefix)
            .into_iter()
            .flat_map(|destination| destination.routes.iter())
            .map(|route| route.neighbour)
            .filter(|id| {
                self.neighbours
                    .find(*id)
                    .is_some_and(|neighbour| !neighbour.cost.is_infinite())
            })
            .collect()
    }

    // RFC 8966 §3.8.1.2: the next hop of a feasible route that is not the requesting node, else
    // that of an unfeasible one
    fn forwarding_target(&self, prefix: Prefix, requester: NeighbourId) -> Option<NeighbourId> {
        let asker = self.neighbours.find(requester)?;
        self.routes
            .find(prefix)?
            .routes
            .iter()
            .filter_map(|route| {
                let neighbour = self.neighbours.find(route.neighbour)?;
                let metric = route.metric(neighbour.cost);
                let same = route.neighbour == requester || neighbour.address == asker.address;
                if same || metric.is_infinite() {
                    return None;
                }
                let feasible =
                    self.is_feasible(prefix, route.router_id, route.seqno, route.refmetric);
                Some((!feasible, metric, route.neighbour))
            })
            .min()
            .map(|(_, _, id)| id)
    }
}
