//! Our router-id, and what to make of it in somebody else's updates.

use core::time::Duration;

use crate::clock::Instant;
use crate::neighbour::NeighbourId;
use crate::output::{Output, Twin};
use crate::prefix::Prefix;
use crate::route::Destination;
use crate::router::state::Router;
use crate::router_id::RouterId;
use crate::source::GC_TIME;
use crate::suspicion::Suspicion;
use crate::wire::Update;

/// What was announced before a start, or withdrawn, may be on its way in the network for so long.
const LEFTOVERS: Duration = GC_TIME;
/// What speaks for another router must be heard again after this time: half a full update's interval.
const PROOF: Duration = Duration::from_secs(8);
/// How often is said that there is another router.
const REMINDER: Duration = Duration::from_mins(1);

impl Router {
    /// Takes another router-id. What we originate is announced under it at once; under the old one we
    /// are somebody else, whose routes may be used.
    // RFC 8966 §3.7.2 lets neighbours follow: the update that names the new router-id is urgent.
    pub fn handle_router_id(&mut self, router_id: RouterId, now: Instant) {
        if router_id == self.router_id {
            return;
        }
        self.router_id = router_id;
        self.suspicion = None;
        // A crash must not bring the old one back.
        self.save();
        let own = |_, destination: &Destination| destination.own.is_some();
        for prefix in self.routes.prefixes(own) {
            self.select(prefix, now);
        }
        // What came under the old one was not kept.
        self.ask_everybody(now);
    }

    /// Somebody announces what we originate, or once did, or what another router does that believes
    /// itself to be us.
    pub(super) fn handle_own_update(&mut self, id: NeighbourId, update: &Update, now: Instant) {
        self.counters.own_updates += 1;
        // An echo is never better than what was announced: its seqno is no newer, and each link
        // on the way has added to its metric.
        let is_echo = self.routes.find(update.prefix).is_some_and(|destination| {
            let announced = destination.sources.find(self.router_id);
            announced.is_some_and(|source| !source.is_beaten_by(update.seqno, update.metric))
                // With long intervals, what is announced all the time is not remembered all the time.
                || destination.own.is_some_and(|own| {
                    own.metric() <= update.metric && !update.seqno.is_newer_than(self.seqno)
                })
        });
        // A seqno ahead of ours stems from an earlier life of which nothing was saved. Without
        // catching up, our announcements would be unfeasible to everybody who remembers it.
        if update.seqno.is_newer_than(self.seqno) {
            self.advance_seqno(update.seqno);
        }
        self.unlearn(id, update.prefix, now);
        if !is_echo {
            self.suspect_twin(id, update.prefix, now);
        }
    }

    fn suspect_twin(&mut self, id: NeighbourId, prefix: Prefix, now: Instant) {
        if now.since(self.started) < LEFTOVERS {
            return;
        }
        let Some(neighbour) = self.neighbours.find(id) else {
            return;
        };
        let (interface, address) = (neighbour.interface, neighbour.address);
        let lately = self
            .suspicion
            .filter(|suspicion| now.since(suspicion.last) < LEFTOVERS);
        let mut suspicion = lately.unwrap_or(Suspicion {
            since: now,
            last: now,
            told: None,
        });
        suspicion.last = now;
        let is_proven = now.since(suspicion.since) >= PROOF;
        if is_proven
            && suspicion
                .told
                .is_none_or(|told| now.since(told) >= REMINDER)
        {
            suspicion.told = Some(now);
            self.outputs.push_back(Output::DuplicateRouterId(Twin {
                router_id: self.router_id,
                interface,
                address,
                prefix,
            }));
        }
        self.suspicion = Some(suspicion);
    }
}
