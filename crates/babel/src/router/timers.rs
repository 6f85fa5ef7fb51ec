//! What is overdue.

use crate::clock::Instant;
use crate::interface::Interface;
use crate::link::InterfaceId;
use crate::neighbour::{Neighbour, NeighbourId, ProbeStep};
use crate::prefix::Prefix;
use crate::router::state::Router;
use crate::wire::{Interval, Tlv};

use core::time::Duration;

/// The time a probe gives for its acknowledgement: 10 centiseconds.
const PROBE_INTERVAL: Interval = Interval::from_centis(10);

/// The pause between two copies of the farewell.
const FAREWELL_PAUSE: Duration = Duration::from_millis(50);

impl Router {
    /// Does everything that is due, and sends what waits.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.farewell.is_some() {
            self.step_farewell(now);
            return;
        }
        if core::mem::take(&mut self.adopting) {
            self.disown_absent(now);
            self.make_amends_for_absent(now);
        }
        self.recognise(now);
        self.step_amends(now);
        self.check_neighbours(now);
        self.check_routes(now);
        self.settle_doubts(now);
        self.routes.forget_sources(now);
        self.settle(now);
        self.send_requests(now);
        let ids: Vec<InterfaceId> = self
            .interfaces
            .values()
            .filter(|interface| interface.poll_timeout().is_some_and(|at| at <= now))
            .map(|interface| interface.id)
            .collect();
        for id in ids {
            self.resend_late(id, now);
            self.send_due(id, now);
        }
    }

    /// When [`Self::handle_timeout`] wants to be called; a time that has passed means at once.
    pub fn poll_timeout(&self) -> Option<Instant> {
        if let Some(farewell) = self.farewell {
            return (farewell.copies > 0).then_some(farewell.at);
        }
        if self.adopting {
            return Some(Instant::default());
        }
        let interfaces = self.interfaces.values().filter_map(Interface::poll_timeout);
        let neighbours = self.neighbours.iter().filter_map(Neighbour::poll_timeout);
        let tables = [
            self.routes.poll_timeout(),
            self.requests.poll_timeout(),
            self.settle_at,
            self.recognise_at,
            self.amends.as_ref().map(|amends| amends.at),
        ];
        interfaces
            .chain(neighbours)
            .chain(tables.into_iter().flatten())
            .min()
    }

    fn check_neighbours(&mut self, now: Instant) {
        let due: Vec<NeighbourId> = self
            .neighbours
            .iter()
            .filter(|neighbour| neighbour.poll_timeout().is_some_and(|at| at <= now))
            .map(|neighbour| neighbour.id)
            .collect();
        for id in due {
            let Some(neighbour) = self.neighbours.find_mut(id) else {
                continue;
            };
            if neighbour.handle_timeout(now) {
                self.suspect(id, now);
            }
            self.probe(id, now);
            if self.is_superseded(id) {
                self.forget_superseded(id, now);
            } else if self
                .neighbours
                .find(id)
                .is_some_and(|neighbour| neighbour.is_gone(now))
            {
                // RFC 8966 A.1: if both Hello histories are empty, the neighbour is flushed
                self.forget_neighbour(id, now);
            } else {
                self.recost(id, now);
            }
        }
    }

    /// Asks a neighbour that seems dead for a sign of life, or gives it up.
    fn probe(&mut self, id: NeighbourId, now: Instant) {
        let Some(neighbour) = self.neighbours.find_mut(id) else {
            return;
        };
        match neighbour.step_probe(now) {
            ProbeStep::Wait => {}
            ProbeStep::Ask => {
                let nonce = self.random.nonce();
                let interval = PROBE_INTERVAL;
                self.send_to(id, Tlv::AckRequest { nonce, interval }, now);
            }
            ProbeStep::Dead => self.counters.probes_failed += 1,
        }
    }

    fn check_routes(&mut self, now: Instant) {
        let overdue = self.routes.handle_timeout(now);
        for (prefix, id) in overdue.expiring {
            // RFC 8966 §3.8.2.3: shortly before a selected route expires, SHOULD send a unicast
            // route request to the neighbour that advertised this route
            let request = Tlv::RouteRequest {
                prefix: Some(prefix),
            };
            self.send_to(id, request, now);
        }
        for (prefix, id) in overdue.expired {
            self.unlearn(id, prefix, now);
        }
        for prefix in overdue.released {
            self.check_hold(prefix, now);
            self.check_adoption(prefix, now);
        }
    }

    fn check_adoption(&mut self, prefix: Prefix, now: Instant) {
        let Some(destination) = self.routes.find_mut(prefix) else {
            return;
        };
        let Some(adopted) = destination.adopted.as_deref().copied() else {
            return;
        };
        if adopted.until <= now {
            // Whatever neighbours heard from us before the restart has expired.
            destination.adopted = None;
            self.select(prefix, now);
        } else if adopted.heard_by <= now && destination.best.is_none() {
            self.lose_adopted(prefix, now);
        }
    }

    /// Looks again where a better route waited for its smoothed metric.
    fn settle(&mut self, now: Instant) {
        if self.settle_at.is_none_or(|at| at > now) {
            return;
        }
        self.settle_at = None;
        for prefix in core::mem::take(&mut self.unsettled) {
            self.select(prefix, now);
        }
    }

    fn step_farewell(&mut self, now: Instant) {
        let Some(farewell) = &mut self.farewell else {
            return;
        };
        if farewell.copies == 0 || farewell.at > now {
            return;
        }
        farewell.copies -= 1;
        farewell.at = now + FAREWELL_PAUSE;
        self.send_farewell(now);
    }
}
