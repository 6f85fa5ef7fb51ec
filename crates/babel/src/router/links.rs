//! Interfaces and neighbours come, change and go.

use core::net::Ipv6Addr;
use core::time::Duration;

use crate::clock::Instant;
use crate::interface::Interface;
use crate::link::{InterfaceConfig, InterfaceId, LinkAddresses, LinkKind};
use crate::neighbour::NeighbourId;
use crate::outbox::Ask;
use crate::output::{Change, Event};
use crate::prefix::Prefix;
use crate::route::Destination;
use crate::router::state::{InterfaceError, Router};
use crate::seqno::Seqno;
use crate::wire::{Interval, Tlv};

/// How soon something urgent leaves: enough to share a packet with what follows at once, and on
/// a radio to keep neighbours that heard the same from answering at the same time.
// RFC 8966 appendix B: Urgent timeout: 0.2 seconds
pub(super) fn urgent_jitter(kind: LinkKind) -> Duration {
    match kind {
        LinkKind::Wired => Duration::from_millis(2),
        LinkKind::Wireless => Duration::from_millis(10),
    }
}

/// How often a silent neighbour is asked before it counts as dead. Where packets get lost, an
/// answer may too: of 3 questions 1 in 150 stays unanswered at 10 % loss, of 8 at 30 % 1 in 220.
fn probe_tries(lossy: bool) -> u8 {
    if lossy { 8 } else { 3 }
}

/// For how long announcements heard over a link that is not usable yet are believed once it is.
const UNUSABLE_MEMORY: Duration = Duration::from_secs(2);

/// On a link with more neighbours than this they are not doubted because of a newcomer.
pub(super) const FEW: usize = 3;

impl Router {
    /// Speaks on an interface, or takes note that its configuration or addresses changed.
    ///
    /// `hello_seqno` is what was saved for the interface's name, else any.
    pub fn handle_interface_up(
        &mut self,
        id: InterfaceId,
        config: InterfaceConfig,
        link: LinkAddresses,
        hello_seqno: Seqno,
        now: Instant,
    ) -> Result<(), InterfaceError> {
        if self.interfaces.contains_key(&id) {
            self.change_interface(id, config, link, now);
            return Ok(());
        }
        if self.interfaces.len() >= self.limits.interfaces {
            return Err(InterfaceError::Full(self.limits.interfaces));
        }
        let delay = self.random.jitter(urgent_jitter(config.kind));
        self.reserve_hello_block(&config.name, hello_seqno);
        let mut interface = Interface::new(id, config, link, hello_seqno, now + delay);
        // Whoever is there already tells us what it knows, and learns that we are here.
        interface
            .multicast
            .push(Tlv::RouteRequest { prefix: None }, now + delay);
        if self.is_estranged(&interface.config.name) {
            let interval = Interval::from_duration(interface.config.update_interval);
            let void = Tlv::WithdrawAll { interval };
            interface.multicast.push(void, now + delay);
        }
        self.interfaces.insert(id, interface);
        self.event(|| Event::Interface {
            change: Change::Added,
            interface: id,
        });
        self.save();
        Ok(())
    }

    /// Stops speaking on an interface that lost its carrier, its address, or its configuration.
    pub fn handle_interface_down(&mut self, id: InterfaceId, now: Instant) {
        let Some(interface) = self.interfaces.remove(&id) else {
            return;
        };
        self.hello_blocks
            .insert(interface.config.name, interface.hello_seqno);
        let gone: Vec<NeighbourId> = self
            .neighbours
            .on(id)
            .map(|neighbour| neighbour.id)
            .collect();
        for neighbour in &gone {
            self.forget_neighbour(*neighbour, now);
        }
        self.release_holds(&gone, now);
        if self.disown_adopted(id, None, now) {
            self.make_amends(now);
        }
        self.hold_all_adopted(now);
        self.event(|| Event::Interface {
            change: Change::Removed,
            interface: id,
        });
        self.save();
    }

    /// Takes a cost estimate for a neighbour from outside, such as the driver of a radio.
    pub fn handle_cost_estimate(
        &mut self,
        interface: InterfaceId,
        neighbour: Ipv6Addr,
        cost: Option<u16>,
        now: Instant,
    ) {
        let Some(id) = self.neighbours.id_of(interface, neighbour) else {
            return;
        };
        if let Some(neighbour) = self.neighbours.find_mut(id) {
            neighbour.handle_estimate(cost);
        }
        self.recost(id, now);
    }

    /// Notes that the kernel could not resolve a neighbour: it is asked whether it lives.
    pub fn handle_neighbour_suspect(
        &mut self,
        interface: InterfaceId,
        neighbour: Ipv6Addr,
        now: Instant,
    ) {
        if let Some(id) = self.neighbours.id_of(interface, neighbour) {
            self.suspect(id, now);
        }
    }

    pub(super) fn suspect(&mut self, id: NeighbourId, now: Instant) {
        let Some(neighbour) = self.neighbours.find_mut(id) else {
            return;
        };
        let kind = self
            .interfaces
            .get(&neighbour.interface)
            .map_or(LinkKind::Wired, |interface| interface.config.kind);
        let lossy = kind == LinkKind::Wireless || neighbour.multicast.is_lossy();
        neighbour.handle_suspicion(probe_tries(lossy), now);
    }

    /// Creates the table entry of a neighbour that was just heard for the first time.
    pub(super) fn meet_neighbour(
        &mut self,
        interface: InterfaceId,
        address: Ipv6Addr,
        now: Instant,
    ) -> Option<NeighbourId> {
        if self.neighbours.iter().count() >= self.limits.neighbours {
            // A stranger takes the place of somebody useless, or of nobody.
            let useless = self.neighbours.least_missed().filter(|id| {
                self.neighbours.find(*id).is_some_and(|neighbour| {
                    now.since(neighbour.last_hello()) > Duration::from_mins(1)
                })
            });
            if let Some(useless) = useless {
                self.forget_neighbour(useless, now);
            }
        }
        let created = self
            .neighbours
            .create(interface, address, self.limits.neighbours, now);
        let Some(neighbour) = created else {
            self.counters.neighbours_refused += 1;
            return None;
        };
        neighbour.ihu_owed = true;
        let id = neighbour.id;
        let cost = neighbour.cost;
        self.doubt_others(interface, id, now);
        self.event(|| Event::Neighbour {
            change: Change::Added,
            interface,
            address,
            cost,
        });
        // Do not let it wait for our next Hello: it needs two, and an IHU, to use the link.
        let kind = self.interfaces.get(&interface)?.config.kind;
        let delay = self.random.jitter(urgent_jitter(kind));
        self.interfaces.get_mut(&interface)?.burst(now + delay);
        self.ask_for_everything(id, now);
        Some(id)
    }

    /// Asks those on a link where somebody new appears whether they are still there: it may be one of
    /// them, whose address has changed.
    fn doubt_others(&mut self, interface: InterfaceId, newcomer: NeighbourId, now: Instant) {
        let others: Vec<NeighbourId> = self
            .neighbours
            .on(interface)
            .map(|neighbour| neighbour.id)
            .filter(|id| *id != newcomer)
            .collect();
        if others.len() <= FEW {
            for id in others {
                self.suspect(id, now);
            }
        }
    }

    /// Removes a neighbour with all it announced.
    pub(super) fn forget_neighbour(&mut self, id: NeighbourId, now: Instant) {
        let prefixes = self.routes.prefixes_via(id);
        for prefix in &prefixes {
            self.routes.remove(*prefix, id);
        }
        let Some(neighbour) = self.neighbours.remove(id) else {
            return;
        };
        if let Some(interface) = self.interfaces.get_mut(&neighbour.interface) {
            interface.unicast.remove(&id);
            interface.window.forget(id);
        }
        for prefix in prefixes {
            self.select(prefix, now);
        }
        self.disown_adopted(neighbour.interface, Some(neighbour.address), now);
        if neighbour.relies {
            self.save();
        }
        self.event(|| Event::Neighbour {
            change: Change::Removed,
            interface: neighbour.interface,
            address: neighbour.address,
            cost: neighbour.cost,
        });
    }

    /// Recomputes a neighbour's cost, and whatever depends on it.
    pub(super) fn recost(&mut self, id: NeighbourId, now: Instant) {
        let Some(neighbour) = self.neighbours.find_mut(id) else {
            return;
        };
        let Some(interface) = self.interfaces.get_mut(&neighbour.interface) else {
            return;
        };
        let rxcost = neighbour.rxcost(&interface.config);
        // A neighbour must not go on using a link over which we no longer hear it, nor wait for
        // a scheduled IHU to begin using one.
        if rxcost.is_infinite() != neighbour.told_rxcost.is_infinite() {
            neighbour.ihu_owed = true;
            let at = now + self.random.jitter(urgent_jitter(interface.config.kind));
            interface.ihu_at = Some(interface.ihu_at.map_or(at, |ihu_at| ihu_at.min(at)));
        }
        let (old, new) = (neighbour.cost, neighbour.link_cost(&interface.config, now));
        if old == new {
            return;
        }
        neighbour.cost = new;
        let (interface, address) = (neighbour.interface, neighbour.address);
        self.event(|| Event::Neighbour {
            change: Change::Changed,
            interface,
            address,
            cost: new,
        });
        for prefix in self.routes.prefixes_via(id) {
            self.select(prefix, now);
        }
        if new.is_infinite() {
            self.disown_adopted(interface, Some(address), now);
        } else if old.is_infinite() {
            self.forget_stale(id, now);
            if self.routes.count(id) == 0 {
                self.ask_for_everything(id, now);
            }
            self.confirm_adopted(id, now);
            self.hold_all_adopted(now);
            self.remind(id, now);
            self.expect_recognition(now);
        }
    }

    /// Forgets what a neighbour announced some time before its link became usable: it has not
    /// counted us among those to whom it must take it back.
    fn forget_stale(&mut self, id: NeighbourId, now: Instant) {
        let stale: Vec<Prefix> = self
            .routes
            .prefixes_via(id)
            .into_iter()
            .filter(|prefix| {
                let destination = self.routes.find(*prefix);
                let unadopted = destination.filter(|destination| destination.adopted.is_none());
                let route = unadopted.and_then(|destination| destination.via(id));
                route.is_some_and(|route| now.since(route.refreshed(now)) > UNUSABLE_MEMORY)
            })
            .collect();
        if stale.is_empty() {
            return;
        }
        for prefix in stale {
            self.unlearn(id, prefix, now);
        }
        self.ask_for_everything(id, now);
    }

    fn change_interface(
        &mut self,
        id: InterfaceId,
        config: InterfaceConfig,
        link: LinkAddresses,
        now: Instant,
    ) {
        let delay = self.random.jitter(urgent_jitter(config.kind));
        let Some(interface) = self.interfaces.get_mut(&id) else {
            return;
        };
        if interface.config == config && interface.link == link {
            return;
        }
        let moved = interface.link.link_local != link.link_local;
        let gained_next_hop =
            interface.link.ipv4 != link.ipv4 || !interface.config.v4_via_v6 && config.v4_via_v6;
        interface.update_at = interface.update_at.min(now + config.update_interval);
        if interface.config.mac != config.mac {
            interface.authenticator.handle_keys();
        }
        interface.config = config;
        interface.link = link;
        // RFC 8966 §3.4.1: SHOULD send a scheduled Hello immediately after increasing its Hello
        // interval; and under a new address we are a new neighbour.
        interface.burst(now + delay);
        if moved || gained_next_hop {
            interface.multicast.announce_all(now + delay);
        }
        self.event(|| Event::Interface {
            change: Change::Changed,
            interface: id,
        });
        let ids: Vec<NeighbourId> = self
            .neighbours
            .on(id)
            .map(|neighbour| neighbour.id)
            .collect();
        for neighbour in ids {
            if let Some(neighbour) = self.neighbours.find_mut(neighbour) {
                neighbour.ihu_owed |= moved;
            }
            self.recost(neighbour, now);
        }
    }

    fn reserve_hello_block(&mut self, name: &str, seqno: Seqno) {
        // Interfaces may come and go under ever new names; what is kept of them must not grow.
        while self.hello_blocks.len() >= self.limits.interfaces.saturating_mul(4).max(1) {
            let away = self.hello_blocks.keys().find(|name| {
                !self
                    .interfaces
                    .values()
                    .any(|interface| interface.config.name == **name)
            });
            let Some(away) = away.cloned() else {
                break;
            };
            self.hello_blocks.remove(&away);
        }
        self.hello_blocks.insert(name.to_owned(), seqno);
    }

    /// Makes adopted routes over a link that is gone unreachable, without forgetting that a
    /// newer seqno is needed. Whether there were any of which it is not known which seqno will do.
    pub(super) fn disown_adopted(
        &mut self,
        interface: InterfaceId,
        address: Option<Ipv6Addr>,
        now: Instant,
    ) -> bool {
        let is_lost = |_, destination: &Destination| {
            let adopted = destination.adopted.as_ref();
            adopted
                .and_then(|adopted| adopted.next_hop)
                .is_some_and(|hop| {
                    hop.interface == interface
                        && address.is_none_or(|address| {
                            // An IPv4 next hop is tied to the neighbour by its interface only.
                            hop.address == address || hop.address.is_ipv4()
                        })
                })
        };
        let mut unbounded = false;
        for prefix in self.routes.prefixes(is_lost) {
            let destination = self.routes.find(prefix);
            let adopted = destination.and_then(|destination| destination.adopted.as_ref());
            unbounded |= adopted.is_some_and(|adopted| adopted.floor.is_none() && !adopted.free);
            self.lose_adopted(prefix, now);
        }
        unbounded
    }

    /// Makes adopted routes unreachable whose interface is down: neighbours there have given us up,
    /// and must not find us forwarding when it comes back.
    pub(super) fn disown_absent(&mut self, now: Instant) {
        let mut absent: Vec<InterfaceId> = Vec::new();
        for (_, destination) in self.routes.iter_after(None) {
            if let Some(adopted) = &destination.adopted
                && let Some(hop) = adopted.next_hop
                && !self.interfaces.contains_key(&hop.interface)
                && !absent.contains(&hop.interface)
            {
                absent.push(hop.interface);
            }
        }
        absent.sort_unstable();
        for interface in absent {
            self.disown_adopted(interface, None, now);
        }
    }

    pub(super) fn lose_adopted(&mut self, prefix: Prefix, now: Instant) {
        let Some(adopted) = self
            .routes
            .find_mut(prefix)
            .and_then(|destination| destination.adopted.as_mut())
        else {
            return;
        };
        adopted.next_hop = None;
        self.select(prefix, now);
        let lost = self
            .routes
            .find(prefix)
            .is_some_and(|destination| destination.best.is_none());
        if lost {
            // Neighbours may be using us for it since before the restart.
            self.announce(prefix, Ask::RELIABLE, now);
            self.hold_adopted(prefix, now);
        }
    }
}
