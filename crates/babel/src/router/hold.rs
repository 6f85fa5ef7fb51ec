//! A retracted prefix is held until everybody who relied on us for it knows (RFC 8966 §3.5.4).
//!
//! The same frees a prefix adopted from before a restart whose route is gone: nobody knows what was
//! announced of it, but once all who relied on us have acknowledged that it is void, no route leads
//! through us, and any route is as good as it is to a router that is new.

use core::time::Duration;

use crate::clock::Instant;
use crate::interface::Interface;
use crate::link::InterfaceId;
use crate::neighbour::NeighbourId;
use crate::outbox::Ask;
use crate::prefix::Prefix;
use crate::route::{Destination, Hold, Phase};
use crate::router::send::ACKNOWLEDGERS;
use crate::router::state::{ADOPTED_MEMORY, Router};
use crate::router_id::RouterId;
use crate::seqno::Seqno;

/// How long a packet may be under way.
const PACKET_LIFETIME: Duration = Duration::from_millis(500);

/// Whom a retraction waits for.
struct Told {
    /// Everybody it is told, also who cannot be asked just now: they are as soon as they are back.
    owed: Vec<NeighbourId>,
    /// Whether it is over when all have acknowledged.
    by_acknowledgement: bool,
    /// Whether there may be more than those.
    unknown: bool,
}

impl Router {
    /// Begins the hold of a prefix that is unreachable now.
    pub(super) fn hold(
        &mut self,
        prefix: Prefix,
        router_id: RouterId,
        seqno: Seqno,
        until: Instant,
        now: Instant,
    ) {
        let mut told = self.told(prefix, now);
        if told.unknown {
            // Nobody in particular is waited for: time alone ends the hold.
            told.owed = Vec::new();
        }
        // Who heard us announce it, but whom we do not hear, may count on us later.
        let unheard = told.owed.is_empty() && self.routes.distance(prefix, router_id).is_some();
        let room = self
            .limits
            .routes
            .saturating_add(self.limits.origins)
            .saturating_add(self.limits.sources);
        let worthwhile = told.unknown || unheard || !told.owed.is_empty();
        if !worthwhile || self.routes.destinations() > room {
            return;
        }
        if let Some(destination) = self.routes.find_mut(prefix) {
            destination.hold = Some(Box::new(Hold {
                router_id,
                seqno,
                since: now,
                until,
                owed: told.owed,
                by_acknowledgement: told.by_acknowledgement && !unheard,
                phase: Phase::Telling,
            }));
            self.routes.due_by(until);
        }
    }

    /// Takes an adopted prefix back that is unreachable now.
    pub(super) fn hold_adopted(&mut self, prefix: Prefix, now: Instant) {
        let Some(destination) = self.routes.find(prefix) else {
            return;
        };
        if !is_stuck(destination) {
            return;
        }
        let until = now + self.longest_hold();
        let told = self.told(prefix, now);
        if told.by_acknowledgement && !told.owed.is_empty() {
            self.hold(prefix, self.router_id, self.seqno, until, now);
            self.announce(prefix, Ask::RELIABLE, now);
        }
    }

    /// Takes adopted prefixes back of which that was not possible as long as somebody who relied on
    /// us had not been heard.
    pub(super) fn hold_all_adopted(&mut self, now: Instant) {
        if self
            .restarted_at
            .is_none_or(|at| now.since(at) >= ADOPTED_MEMORY)
        {
            return;
        }
        for prefix in self.routes.prefixes(|_, destination| is_stuck(destination)) {
            self.hold_adopted(prefix, now);
        }
    }

    /// Ends the hold of a retracted prefix, as far as one neighbour is concerned.
    pub(super) fn release_hold(
        &mut self,
        prefix: Prefix,
        id: NeighbourId,
        sent_at: Instant,
        now: Instant,
    ) {
        let Some(destination) = self.routes.find_mut(prefix) else {
            return;
        };
        let Some(hold) = &mut destination.hold else {
            return;
        };
        // An acknowledgement of something said before the retraction proves nothing.
        if hold.since <= sent_at && hold.owed.contains(&id) {
            hold.owed.retain(|owed| *owed != id);
            if hold.owed.is_empty() && hold.by_acknowledgement {
                self.advance_hold(prefix, now);
            }
        }
    }

    /// Ends holds as far as neighbours are concerned that can no longer send us anything.
    pub(super) fn release_holds(&mut self, gone: &[NeighbourId], now: Instant) {
        let mut done = Vec::new();
        for (prefix, destination) in self.routes.iter_mut() {
            if let Some(hold) = &mut destination.hold
                && hold.owed.iter().any(|owed| gone.contains(owed))
            {
                hold.owed.retain(|owed| !gone.contains(owed));
                if hold.owed.is_empty() {
                    done.push(prefix);
                }
            }
        }
        for prefix in done {
            self.advance_hold(prefix, now);
        }
    }

    /// What neighbours have not acknowledged, with who it was: in one look through the table.
    pub(super) fn owed_by(&self, ids: &[NeighbourId]) -> Vec<(Prefix, NeighbourId)> {
        let mut owed = Vec::new();
        for (prefix, destination) in self.routes.iter_after(None) {
            if let Some(hold) = &destination.hold
                && hold.by_acknowledgement
            {
                let behind = ids.iter().filter(|id| hold.owed.contains(id));
                owed.extend(behind.map(|id| (prefix, *id)));
            }
        }
        owed
    }

    /// Tells a neighbour that is back what it has not acknowledged.
    pub(super) fn remind(&mut self, id: NeighbourId, now: Instant) {
        for (prefix, id) in self.owed_by(&[id]) {
            self.answer(id, prefix, now);
        }
    }

    /// Does what is due about a retracted prefix.
    pub(super) fn check_hold(&mut self, prefix: Prefix, now: Instant) {
        let hold = self
            .routes
            .find(prefix)
            .and_then(|destination| destination.hold.as_deref());
        let Some((until, phase)) = hold.map(|hold| (hold.until, hold.phase)) else {
            return;
        };
        if until <= now {
            self.end_hold(prefix);
        } else if matches!(phase, Phase::Known(at) if at <= now) {
            self.advance_hold(prefix, now);
        }
    }

    fn advance_hold(&mut self, prefix: Prefix, now: Instant) {
        let told = self.told(prefix, now);
        let remembered = now + self.longest_update_interval() + Duration::from_secs(1);
        let Some(destination) = self.routes.find_mut(prefix) else {
            return;
        };
        let Some(hold) = &mut destination.hold else {
            return;
        };
        hold.phase = match hold.phase {
            Phase::Telling => Phase::Known(now + PACKET_LIFETIME),
            Phase::Known(_) if !told.owed.is_empty() => Phase::Repeating,
            _ => Phase::Released,
        };
        match hold.phase {
            Phase::Repeating => {
                hold.since = now;
                hold.owed = told.owed;
                self.announce(prefix, Ask::RELIABLE, now);
            }
            Phase::Released => {
                hold.until = hold.until.min(remembered);
                if !told.unknown {
                    self.free(prefix, now);
                }
                self.install(prefix, false);
            }
            Phase::Telling | Phase::Known(_) => {}
        }
        self.routes.due_by(now + PACKET_LIFETIME);
    }

    /// Nobody relies any more on what was announced of a prefix before the restart.
    fn free(&mut self, prefix: Prefix, now: Instant) {
        let Some(destination) = self.routes.find_mut(prefix) else {
            return;
        };
        let is_lost = destination
            .adopted
            .take_if(|adopted| adopted.next_hop.is_none())
            .is_some();
        if !is_lost {
            return;
        }
        let origins: Vec<RouterId> = destination.routes.iter().map(|r| r.router_id).collect();
        self.select(prefix, now);
        let destination = self.routes.find(prefix);
        if destination.is_some_and(|destination| destination.best.is_none()) {
            for router_id in origins {
                self.avoid_starvation(prefix, router_id, now);
            }
        }
    }

    fn end_hold(&mut self, prefix: Prefix) {
        if let Some(destination) = self.routes.find_mut(prefix) {
            destination.hold = None;
            self.install(prefix, false);
            self.routes.tidy(prefix);
        }
    }

    /// Whom a retraction of a prefix waits for.
    fn told(&self, prefix: Prefix, now: Instant) -> Told {
        let told = self.neighbours.iter();
        let told: Vec<_> = told
            .filter(|neighbour| self.announces_on(neighbour.interface, prefix))
            .collect();
        // Just after a restart there may be more neighbours than have been heard yet.
        let restarted = self
            .restarted_at
            .is_some_and(|at| now.since(at) < ADOPTED_MEMORY);
        let unknown = restarted
            && (self.remembered.is_empty()
                || self.remembered.iter().any(|(name, address)| {
                    // Who is on an absent interface cannot send us anything.
                    let mut interfaces = self.interfaces.values();
                    let interface = interfaces.find(|known| known.config.name == *name);
                    interface.is_some_and(|interface| {
                        !told.iter().any(|neighbour| {
                            (neighbour.interface, neighbour.address) == (interface.id, *address)
                        })
                    })
                }));
        let by_acknowledgement = told
            .iter()
            .all(|neighbour| self.takes_acknowledgements(neighbour.interface));
        Told {
            owed: told.iter().map(|neighbour| neighbour.id).collect(),
            by_acknowledgement: by_acknowledgement && !unknown,
            unknown,
        }
    }

    /// Whether prefixes of that family are announced on an interface at all.
    fn announces_on(&self, interface: InterfaceId, prefix: Prefix) -> bool {
        self.interfaces
            .get(&interface)
            .is_some_and(|interface| interface.next_hop(prefix).is_some())
    }

    /// Whether everybody on an interface is asked to acknowledge what must arrive.
    fn takes_acknowledgements(&self, interface: InterfaceId) -> bool {
        self.usable_neighbours(interface).len() <= ACKNOWLEDGERS
    }

    fn longest_update_interval(&self) -> Duration {
        self.interfaces
            .values()
            .map(|interface| interface.config.update_interval)
            .max()
            .unwrap_or_default()
    }

    /// The longest that any neighbour may go on using what we announced last.
    pub(super) fn longest_hold(&self) -> Duration {
        self.interfaces
            .values()
            .map(Interface::hold_time)
            .max()
            .unwrap_or_default()
    }
}

/// Whether the route of an adopted prefix is gone and only time would end that.
fn is_stuck(destination: &Destination) -> bool {
    let adopted = destination.adopted.as_ref();
    let hold = destination.hold.as_ref();
    adopted.is_some_and(|adopted| adopted.next_hop.is_none())
        && destination.best.is_none()
        && hold.is_none_or(|hold| !hold.by_acknowledgement || hold.phase == Phase::Released)
}
