//! What to say of a prefix, and to whom it must be said when.

use core::ops::Bound;
use core::time::Duration;

use crate::clock::Instant;
use crate::filter::{Filters, Subject};
use crate::interface::Interface;
use crate::link::{InterfaceId, LinkKind};
use crate::metric::Metric;
use crate::neighbour::{NeighbourId, NeighbourTable};
use crate::outbox::Ask;
use crate::prefix::Prefix;
use crate::route::Best;
use crate::router::links::urgent_jitter;
use crate::router::state::Router;
use crate::router_id::RouterId;
use crate::seqno::Seqno;
use crate::wire::{Interval, Tlv, Update};

/// How long news that is not urgent waits for company.
const SOON: Duration = Duration::from_millis(15);

impl Router {
    /// Announces a prefix on every interface, urgently.
    pub(super) fn announce(&mut self, prefix: Prefix, ask: Ask, now: Instant) {
        self.announce_within(prefix, ask, Duration::ZERO, now);
    }

    /// Announces a prefix on every interface, after waiting a moment for more news.
    pub(super) fn announce_soon(&mut self, prefix: Prefix, ask: Ask, now: Instant) {
        self.announce_within(prefix, ask, SOON, now);
    }

    /// Announces a prefix to one neighbour that asked for it.
    pub(super) fn answer(&mut self, id: NeighbourId, prefix: Prefix, now: Instant) {
        let Some(neighbour) = self.neighbours.find(id) else {
            return;
        };
        let Some(interface) = self.interfaces.get_mut(&neighbour.interface) else {
            return;
        };
        let at = now + self.random.jitter(urgent_jitter(interface.config.kind));
        interface
            .unicast
            .entry(id)
            .or_default()
            .announce(prefix, Ask::ANSWER, at);
    }

    /// Queues a small TLV for one neighbour.
    pub(super) fn send_to(&mut self, id: NeighbourId, tlv: Tlv, at: Instant) {
        let Some(neighbour) = self.neighbours.find(id) else {
            return;
        };
        if let Some(interface) = self.interfaces.get_mut(&neighbour.interface) {
            interface.unicast.entry(id).or_default().push(tlv, at);
        }
    }

    /// Asks all neighbours for all their routes.
    pub(super) fn ask_everybody(&mut self, now: Instant) {
        let neighbours = self.neighbours.iter();
        let ids: Vec<NeighbourId> = neighbours.map(|neighbour| neighbour.id).collect();
        for id in ids {
            self.ask_for_everything(id, now);
        }
    }

    /// Asks a neighbour for all its routes.
    pub(super) fn ask_for_everything(&mut self, id: NeighbourId, now: Instant) {
        self.send_to(id, Tlv::RouteRequest { prefix: None }, now);
    }

    /// Those on an interface whose links are usable.
    pub(super) fn usable_neighbours(&self, interface: InterfaceId) -> Vec<NeighbourId> {
        self.neighbours
            .on(interface)
            .filter(|neighbour| !neighbour.cost.is_infinite())
            .map(|neighbour| neighbour.id)
            .collect()
    }

    /// The update to send for a prefix on an interface, if any; its feasibility distance is noted.
    pub(super) fn compose(
        &mut self,
        interface: &Interface,
        prefix: Prefix,
        ask: Ask,
        now: Instant,
    ) -> Option<Update> {
        let destination = self.routes.find(prefix);
        let Some(best) = destination.and_then(|destination| destination.best) else {
            let hold = destination.and_then(|destination| destination.hold.as_deref());
            let (router_id, seqno) = hold.map_or((self.router_id, self.seqno), |hold| {
                (hold.router_id, hold.seqno)
            });
            let adopted = destination.and_then(|destination| destination.adopted.as_deref());
            let said = match adopted.map(|adopted| adopted.next_hop) {
                // It still works, and it is not known yet what to say of it.
                Some(Some(_)) => false,
                Some(None) => true,
                // What must arrive must also when the table had no room to remember it.
                None => hold.is_some() || ask.must || ask.copy > 0,
            };
            return said.then(|| retraction(interface, prefix, router_id, seqno))?;
        };
        let seqno = match best.neighbour {
            Some(_) => best.seqno,
            None => self.seqno,
        };
        let Some(metric) = self.announced_metric(interface, prefix, best, ask.must) else {
            // Filtered: only what may have been announced before is taken back.
            return ask
                .must
                .then(|| retraction(interface, prefix, best.router_id, seqno))?;
        };
        if metric.is_infinite() {
            // Neighbours on the link that the route now leads to must not be left with the one
            // that we announced there before: two routers that turn to each other for a
            // destination of several originators would go on doing so until their routes expire.
            return (ask.copy > 0).then(|| retraction(interface, prefix, best.router_id, seqno))?;
        }
        let next_hop = interface.next_hop(prefix)?;
        if self.covers_doubtful(prefix) {
            return None;
        }
        if self
            .routes
            .note_distance(prefix, best.router_id, seqno, metric, now)
            .is_err()
        {
            self.counters.sources_refused += 1;
            return None;
        }
        if let Some(destination) = self.routes.find_mut(prefix) {
            destination.told = metric;
        }
        Some(Update {
            prefix,
            router_id: best.router_id,
            seqno,
            metric,
            interval: Interval::from_duration(interface.config.update_interval),
            next_hop,
        })
    }

    fn announced_metric(
        &self,
        interface: &Interface,
        prefix: Prefix,
        best: Best,
        must: bool,
    ) -> Option<Metric> {
        let learnt_from = best.neighbour.and_then(|id| self.neighbours.find(id));
        // RFC 8966 §3.7.4: with split horizon, an update is not sent on the interface over which
        // the selected route was learnt
        let echoes = learnt_from.is_some_and(|neighbour| neighbour.interface == interface.id);
        if echoes && interface.config.splits_horizon() && !must {
            return Some(Metric::INFINITY);
        }
        if self.filters.output.is_empty() {
            return Some(best.metric);
        }
        let subject = Subject {
            router_id: Some(best.router_id),
            neighbour: learnt_from.map(|neighbour| neighbour.address),
            ..Subject::of(prefix)
        }
        .on(&interface.config.name);
        let action = Filters::allow(&self.filters.output, &subject)?;
        Some(best.metric.plus(action.metric))
    }

    /// Announces a prefix on one interface, urgently.
    pub(super) fn announce_on(&mut self, id: InterfaceId, prefix: Prefix, ask: Ask, now: Instant) {
        if let Some(interface) = self.interfaces.get_mut(&id) {
            let at = now + self.random.jitter(urgent_jitter(interface.config.kind));
            queue_update(&self.neighbours, interface, prefix, ask, at);
        }
    }

    /// Announces a prefix on every interface together with the next Hello.
    ///
    /// A newer seqno that travels by full updates alone needs an interval for each link, and as long as
    /// neighbours are behind, their better routes are unfeasible to those who are ahead.
    pub(super) fn announce_with_hello(&mut self, prefix: Prefix) {
        for (_, interface) in &mut self.interfaces {
            let at = interface.hello_at;
            queue_update(&self.neighbours, interface, prefix, Ask::default(), at);
        }
    }

    fn announce_within(&mut self, prefix: Prefix, ask: Ask, delay: Duration, now: Instant) {
        for (_, interface) in &mut self.interfaces {
            let at = now + delay + self.random.jitter(urgent_jitter(interface.config.kind));
            queue_update(&self.neighbours, interface, prefix, ask, at);
        }
    }

    /// Whether an adopted route inside the prefix may lead nowhere. The neighbour it leads to may
    /// have forgotten it; if it heard of the shorter prefix from us, it would send its packets back.
    fn covers_doubtful(&self, prefix: Prefix) -> bool {
        // Whatever is inside follows the prefix itself in order.
        let destination = prefix.destination();
        let after = (Bound::Excluded(destination), Bound::Unbounded);
        let plain = self.doubtful.range(after).next();
        if plain.is_some_and(|next| next.source().is_none() && destination.contains(next)) {
            return true;
        }
        let Some(first) = destination.first_specific() else {
            return false;
        };
        // RFC 9079 §4: of two with the same destination the one with the longer source is inside.
        self.doubtful
            .range(first..)
            .take_while(|next| destination.contains(next))
            .any(|next| {
                *next != prefix && (next.destination() != destination || prefix.contains(next))
            })
    }

    /// Announces what was held back once no adopted route is doubtful any more.
    pub(super) fn settle_doubts(&mut self, now: Instant) {
        if self.doubtful.is_empty() {
            return;
        }
        let mut doubtful = core::mem::take(&mut self.doubtful);
        doubtful.retain(|prefix| {
            self.routes
                .find(*prefix)
                .and_then(|destination| destination.adopted.as_ref())
                .is_some_and(|adopted| {
                    adopted.next_hop.is_some() && adopted.floor.is_none() && !adopted.free
                })
        });
        self.doubtful = doubtful;
        if self.doubtful.is_empty() {
            for (_, interface) in &mut self.interfaces {
                let at = now + self.random.jitter(urgent_jitter(interface.config.kind));
                interface.multicast.announce_all(at);
            }
        }
    }

    /// Tells the neighbours who asked for a newer seqno that it is here, and forgets the request.
    pub(super) fn tell_requesters(&mut self, prefix: Prefix, now: Instant) {
        let best = self
            .routes
            .find(prefix)
            .and_then(|destination| destination.best);
        let Some(best) = best else {
            return;
        };
        let waiting = self.requests.satisfy(prefix, best.router_id, best.seqno);
        // RFC 8966 §3.8.1.2: SHOULD forward the reply as an urgent TLV
        for id in waiting.unwrap_or_default() {
            self.answer(id, prefix, now);
        }
    }

    /// Whether the interface is a radio, where what is lost is repeated once more.
    pub(super) fn is_wireless(interface: &Interface) -> bool {
        interface.config.kind == LinkKind::Wireless
    }
}

fn queue_update(
    neighbours: &NeighbourTable,
    interface: &mut Interface,
    prefix: Prefix,
    ask: Ask,
    at: Instant,
) {
    if interface.next_hop(prefix).is_none() {
        return;
    }
    if !interface.config.unicast {
        interface.multicast.announce(prefix, ask, at);
        return;
    }
    for neighbour in neighbours.on(interface.id) {
        let outbox = interface.unicast.entry(neighbour.id).or_default();
        outbox.announce(prefix, ask, at);
    }
}

fn retraction(
    interface: &Interface,
    prefix: Prefix,
    router_id: RouterId,
    seqno: Seqno,
) -> Option<Update> {
    Some(Update {
        prefix,
        router_id,
        seqno,
        metric: Metric::INFINITY,
        interval: Interval::from_duration(interface.config.update_interval),
        next_hop: interface.next_hop(prefix)?,
    })
}
