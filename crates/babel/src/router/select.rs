//! The best feasible route, and what follows when it changes (RFC 8966 §3.6, §3.7.2).

use core::time::Duration;

use crate::clock::Instant;
use crate::filter::{Filters, Subject};
use crate::link::{InterfaceId, LinkKind};
use crate::metric::Metric;
use crate::neighbour::NeighbourId;
use crate::outbox::Ask;
use crate::output::{Change, FibChange, Install, Output};
use crate::prefix::Prefix;
use crate::route::{Best, Installed, Phase};
use crate::router::state::Router;

/// A route that may be selected.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    best: Best,
    smoothed: Metric,
    /// Feasible by the book; otherwise it is only kept because the kernel uses it already.
    feasible: bool,
}

impl Candidate {
    /// Whether it is to be preferred, were there no history.
    fn precedes(&self, other: &Self) -> bool {
        let rank = |candidate: &Self| {
            (
                !candidate.feasible,
                candidate.best.metric,
                candidate.best.neighbour,
            )
        };
        rank(self) < rank(other)
    }
}

impl Router {
    /// Selects a route for a prefix, and does what its change calls for.
    pub(super) fn select(&mut self, prefix: Prefix, now: Instant) {
        // Who leaves wants no more routes.
        if self.farewell.is_some() {
            return;
        }
        let Some(destination) = self.routes.find(prefix) else {
            return;
        };
        let old = destination.best;
        let new = match destination.own {
            Some(own) => Some(Best {
                neighbour: None,
                router_id: self.router_id,
                seqno: self.seqno,
                metric: own.metric(),
            }),
            None => self.pick(prefix, old, now),
        };
        let Some(destination) = self.routes.find_mut(prefix) else {
            return;
        };
        destination.best = new;
        if destination.own.is_some() {
            destination.adopted = None;
        }
        match (old, new) {
            (None, None) => {}
            (None, Some(_)) => self.gain(prefix, now),
            (Some(old), None) => self.lose(prefix, old, now),
            (Some(old), Some(new)) => self.change(prefix, old, new, now),
        }
        self.install(prefix, false);
        self.routes.tidy(prefix);
    }

    /// Has the kernel told again what it should do for a prefix, as the install filter may say
    /// something else now.
    pub(super) fn reinstall(&mut self, prefix: Prefix) {
        self.install(prefix, true);
    }

    fn pick(&mut self, prefix: Prefix, old: Option<Best>, now: Instant) -> Option<Best> {
        let adopted = self.routes.find(prefix)?.adopted.as_deref().copied();
        let adopted_via = adopted
            .and_then(|adopted| adopted.next_hop)
            .and_then(|next_hop| self.routes.known_next_hop(next_hop));
        let destination = self.routes.find_mut(prefix)?;
        // Of what was announced nothing is known, and others may still rely on it.
        let is_strange = adopted.is_none() && self.amends.is_some();
        let mut best: Option<Candidate> = None;
        let mut current: Option<Candidate> = None;
        for route in destination.routes.iter_mut() {
            let Some(neighbour) = self.neighbours.find(route.neighbour) else {
                continue;
            };
            let metric = route.metric(neighbour.cost);
            let smoothed = route.smooth(metric, self.half_life, now);
            // RFC 8966 §3.6: a route with infinite metric is never selected
            if metric.is_infinite() {
                continue;
            }
            // RFC 8966 §3.6: an unfeasible route is never selected
            let feasible = destination
                .sources
                .find(route.router_id)
                .map_or(!is_strange, |source| {
                    source.is_beaten_by(route.seqno, route.refmetric)
                })
                && adopted.is_none_or(|adopted| adopted.is_beaten_by(route.router_id, route.seqno));
            let is_adopted = adopted_via == Some(route.next_hop);
            if !feasible && !is_adopted {
                continue;
            }
            let candidate = Candidate {
                best: Best {
                    neighbour: Some(route.neighbour),
                    router_id: route.router_id,
                    seqno: route.seqno,
                    metric,
                },
                smoothed,
                feasible,
            };
            if old.is_some_and(|old| old.neighbour == Some(route.neighbour)) {
                current = Some(candidate);
            }
            if best.is_none_or(|best| candidate.precedes(&best)) {
                best = Some(candidate);
            }
        }
        if best.is_some_and(|best| best.feasible) && adopted.is_some_and(|adopted| adopted.free) {
            destination.adopted = None;
        } else if best.is_some_and(|best| best.feasible)
            && let Some((router_id, floor)) = adopted.and_then(|adopted| adopted.floor)
            && self
                .routes
                .note_distance(prefix, router_id, floor, Metric::ZERO, now)
                .is_ok()
            && let Some(destination) = self.routes.find_mut(prefix)
        {
            // Confirmed by a seqno newer than anything from before the restart. What is not newer
            // stays unfeasible, also until this route is announced.
            destination.adopted = None;
        }
        let best = best?;
        let Some(current) = current.filter(|current| current.feasible == best.feasible) else {
            return Some(best.best);
        };
        if best.best.metric >= current.best.metric {
            return Some(current.best);
        }
        // RFC 8966 A.3: switch to a route R' only when both m(R') < m(R) and ms(R') < ms(R)
        if best.smoothed >= current.smoothed {
            self.unsettled.insert(prefix);
            let at = now + (self.half_life / 2).max(Duration::from_millis(100));
            self.settle_at = Some(self.settle_at.map_or(at, |settle_at| settle_at.min(at)));
            return Some(current.best);
        }
        Some(best.best)
    }

    /// A destination became reachable.
    fn gain(&mut self, prefix: Prefix, now: Instant) {
        let mut confirmed = true;
        if let Some(destination) = self.routes.find_mut(prefix) {
            destination.hold = None;
            confirmed = destination.adopted.is_none();
        }
        // An adopted route is used again, and still waits for a newer seqno.
        if confirmed {
            self.requests.cancel(prefix);
        }
        self.counters.route_changes += 1;
        self.tell_route(prefix, Change::Added);
        // Reliably: whoever misses it drops packets until the next full update.
        self.announce_soon(prefix, Ask::RELIABLE, now);
    }

    /// A destination became unreachable.
    fn lose(&mut self, prefix: Prefix, old: Best, now: Instant) {
        self.counters.route_changes += 1;
        self.tell_route(prefix, Change::Removed);
        let until = now + self.longest_hold();
        self.hold(prefix, old.router_id, old.seqno, until, now);
        // RFC 8966 §3.7.2: SHOULD send a triggered update and SHOULD make a reasonable attempt at
        // ensuring that all neighbours receive this retraction
        self.announce(prefix, Ask::RELIABLE, now);
        self.avoid_starvation(prefix, old.router_id, now);
    }

    fn change(&mut self, prefix: Prefix, old: Best, new: Best, now: Instant) {
        if old.neighbour != new.neighbour || old.router_id != new.router_id {
            self.counters.route_changes += 1;
        }
        if old != new {
            self.tell_route(prefix, Change::Changed);
        }
        if old.router_id != new.router_id {
            // RFC 8966 §3.7.2: whenever it changes the selected router-id for a given destination,
            // a node MUST send an update as an urgent TLV
            self.announce(prefix, Ask::RELIABLE, now);
            return;
        }
        // Split horizon kept this route from those it came from; they may be left without any.
        if let Some(uncovered) = self.uncovers(old, new) {
            self.announce_on(uncovered, prefix, Ask::RELIABLE, now);
        }
        let told = self
            .routes
            .find(prefix)
            .map_or(new.metric, |destination| destination.told);
        if told.value().abs_diff(new.metric.value()) >= self.significance(new) {
            self.announce_soon(prefix, Ask::default(), now);
        } else if new.seqno.is_newer_than(old.seqno) {
            self.announce_with_hello(prefix);
        }
    }

    /// The interface where split horizon hid the old route and does not hide the new one.
    fn uncovers(&self, old: Best, new: Best) -> Option<InterfaceId> {
        let interface_of = |best: Best| Some(self.neighbours.find(best.neighbour?)?.interface);
        let left = interface_of(old).filter(|left| interface_of(new) != Some(*left))?;
        let hid = self.interfaces.get(&left)?.config.splits_horizon();
        hid.then_some(left)
    }

    /// From which difference on a changed metric is worth telling before the next full update:
    /// one link's worth, but on a radio, where costs fluctuate, more.
    fn significance(&self, best: Best) -> u16 {
        let kind = best
            .neighbour
            .and_then(|id| self.neighbours.find(id))
            .and_then(|neighbour| self.interfaces.get(&neighbour.interface))
            .map(|interface| interface.config.kind);
        match kind {
            Some(LinkKind::Wireless) => 384,
            Some(LinkKind::Wired) => 96,
            None => 1,
        }
    }

    /// Has the kernel do what the selection says; `again` even where that is nothing new.
    pub(super) fn install(&mut self, prefix: Prefix, again: bool) {
        let Some(destination) = self.routes.find(prefix) else {
            return;
        };
        let held = destination
            .hold
            .as_ref()
            .is_some_and(|hold| hold.phase != Phase::Released);
        let new = destination.best;
        let (installed, adopted) = (
            destination.installed,
            destination.adopted.as_deref().copied(),
        );
        let mut extra = Install::default();
        let wanted = match new {
            Some(
                best @ Best {
                    neighbour: Some(id),
                    ..
                },
            ) => {
                let action = self.install_action(prefix, id, best);
                extra = action.unwrap_or_default();
                action
                    .and_then(|_| Some(destination.via(id)?.next_hop))
                    .map_or(Installed::Nothing, Installed::Via)
            }
            // Ours: the kernel knows better where it leads.
            Some(Best {
                neighbour: None, ..
            }) => Installed::Nothing,
            None => match adopted {
                // Left alone until its next hop is heard.
                Some(adopted) if adopted.next_hop.is_some() => installed,
                // RFC 8966 §3.5.4: packets MUST NOT be forwarded by following a route for a shorter
                // prefix. There is none shorter than a default.
                Some(_) if !prefix.is_default() => Installed::Unreachable,
                None if held && !prefix.is_default() => Installed::Unreachable,
                _ => Installed::Nothing,
            },
        };
        if wanted == installed && !again {
            return;
        }
        if let Some(destination) = self.routes.find_mut(prefix) {
            destination.installed = wanted;
        }
        let change = match wanted {
            Installed::Via(id) => FibChange::Set {
                prefix,
                next_hop: match self.routes.next_hop(id) {
                    Some(next_hop) => next_hop,
                    None => return,
                },
                metric: new.map_or(Metric::INFINITY, |best| best.metric),
                install: extra,
            },
            Installed::Unreachable => FibChange::Unreachable { prefix },
            Installed::Nothing if installed == Installed::Nothing => return,
            Installed::Nothing => FibChange::Remove { prefix },
        };
        self.outputs.push_back(Output::Fib(change));
    }

    /// The install filter's verdict on a route.
    fn install_action(&self, prefix: Prefix, id: NeighbourId, best: Best) -> Option<Install> {
        let neighbour = self.neighbours.find(id)?;
        let subject = Subject {
            router_id: Some(best.router_id),
            neighbour: Some(neighbour.address),
            ..Subject::of(prefix)
        }
        .on(self.name_of(neighbour.interface));
        Filters::allow(&self.filters.install, &subject).map(|action| action.install)
    }
}
