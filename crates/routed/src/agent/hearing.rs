//! What the kernel announces.

use litemap::LiteMap;

use std::net::{IpAddr, Ipv6Addr};

use grange_babel::clock::Instant;
use grange_babel::link::{InterfaceId, LinkKind};
use grange_babel::status::NeighbourStatus;
use grange_linux::{Kernel, KernelEvent, Station};

use crate::agent::state::Agent;
use crate::hush::Counts;
use crate::resync::Tables;
use crate::rules;
use crate::stations::{Peer, station_of, throughput};

impl<K: Kernel> Agent<K> {
    pub(super) fn handle_kernel_event(&mut self, event: &KernelEvent, now: Instant) {
        match event {
            KernelEvent::LinkChanged(link) => {
                self.interfaces.set_link(link.clone());
                self.links_changed(now);
            }
            KernelEvent::LinkRemoved(index) => {
                self.interfaces.remove_link(*index);
                self.links_changed(now);
            }
            KernelEvent::AddressAdded(address) => {
                self.interfaces.set_address(*address);
                self.links_changed(now);
            }
            KernelEvent::AddressRemoved(address) => {
                self.interfaces.remove_address(address);
                self.links_changed(now);
            }
            KernelEvent::RouteAdded(route) => {
                if self.redistribution.is_relevant(&self.config, route) {
                    self.resync.request(Tables::IMPORTS, now);
                }
                if self.fib.is_rival(route) {
                    self.resync.request(Tables::FIB, now);
                }
            }
            KernelEvent::RouteRemoved(route) => {
                if self.redistribution.is_relevant(&self.config, route) {
                    self.resync.request(Tables::IMPORTS, now);
                }
                if self.fib.is_missed(route) {
                    self.resync.request(Tables::FIB, now);
                }
            }
            KernelEvent::RuleAdded(rule) | KernelEvent::RuleRemoved(rule) => {
                let is_wanted = self
                    .rules
                    .as_ref()
                    .is_some_and(|wanted| wanted.contains(rule));
                let is_right = is_wanted == matches!(event, KernelEvent::RuleAdded(_));
                if rules::is_ours(rule) && !is_right {
                    self.resync.request(Tables::RULES, now);
                }
            }
            KernelEvent::NeighbourFailed { index, address } => {
                self.handle_neighbour_failed(*index, *address, now);
            }
            KernelEvent::Overrun => {
                self.counters.overruns += 1;
                self.resync.request(Tables::ALL, now);
            }
        }
    }

    /// An interface came, went or changed: the core hears of it at once; what the kernel took away
    /// with it is looked at soon.
    pub(super) fn links_changed(&mut self, now: Instant) {
        self.resync.request(Tables::LINKS, now);
        self.follow_interfaces(now);
    }

    pub(super) fn handle_neighbour_failed(&mut self, index: u32, address: IpAddr, now: Instant) {
        if self.interfaces.up(index).is_none() {
            return;
        }
        let interface = InterfaceId(index);
        let suspect = match address {
            IpAddr::V6(v6) if v6.is_unicast_link_local() => Some(v6),
            // An IPv4 next hop is known by the routes that lead over it.
            _ => {
                let mut routes = self.core.routes(now);
                let over = routes.find(|route| {
                    route.next_hop.interface == interface && route.next_hop.address == address
                });
                over.map(|route| route.neighbour)
            }
        };
        if let Some(neighbour) = suspect {
            self.counters.suspects += 1;
            self.core
                .handle_neighbour_suspect(interface, neighbour, now);
        }
    }

    /// Looks for links that have gone quiet under traffic, and has their neighbours asked.
    pub(super) fn listen(&mut self, now: Instant) {
        let mut alone: LiteMap<InterfaceId, Option<Ipv6Addr>> = LiteMap::new();
        for neighbour in self.core.neighbours(now) {
            let up = self.interfaces.up(neighbour.interface.0);
            if up.is_none_or(|up| up.config.kind != LinkKind::Wired) {
                continue;
            }
            let usable = (!neighbour.cost.is_infinite()).then_some(neighbour.address);
            // Of two neighbours either may be the one who still answers.
            let of_link = alone.entry(neighbour.interface).or_insert(usable);
            *of_link = of_link.filter(|one| *one == neighbour.address);
        }
        alone.retain(|_, one| one.is_some());
        let packets = if alone.is_empty() {
            LiteMap::new()
        } else {
            self.kernel.packets()
        };
        let counts = alone
            .keys()
            .filter_map(|interface| {
                let (received, sent) = packets.get(&self.interfaces.name(interface.0)).copied()?;
                Some((interface.0, Counts { received, sent }))
            })
            .collect();
        for index in self.hush.look(&counts, now) {
            let interface = InterfaceId(index);
            if let Some(neighbour) = alone.get(&interface).copied().flatten() {
                self.counters.suspects += 1;
                self.core
                    .handle_neighbour_suspect(interface, neighbour, now);
            }
        }
    }

    /// Asks radios what they get through to the neighbours, as estimates of what links cost.
    pub(super) fn ask_radios(&mut self, now: Instant) {
        let rated = |neighbour: &NeighbourStatus| {
            let up = self.interfaces.up(neighbour.interface.0)?;
            let section = self.config.interface(&up.config.name)?;
            // What somebody has written down goes before what a radio says.
            let is_rated = up.config.kind == LinkKind::Wireless
                && section.station_rate
                && up.config.cost.is_none();
            is_rated.then_some((neighbour.interface, neighbour.address))
        };
        let peers: Vec<Peer> = self
            .core
            .neighbours(now)
            .filter_map(|neighbour| rated(&neighbour))
            .collect();
        let mut radios: LiteMap<InterfaceId, Vec<Station>> = LiteMap::new();
        for (interface, _) in &peers {
            // One that does not answer has nothing to say: costs are then told by Hellos alone.
            radios
                .entry(*interface)
                .or_insert_with(|| self.kernel.stations(interface.0).unwrap_or_default());
        }
        let cache = if radios.values().all(Vec::is_empty) {
            Vec::new()
        } else {
            self.kernel.neighbours().unwrap_or_default()
        };
        let kbps = peers
            .into_iter()
            .filter_map(|(interface, address)| {
                let stations = radios.get(&interface)?;
                let station = station_of(address, interface.0, &cache, stations)?;
                Some(((interface, address), throughput(station)?))
            })
            .collect();
        for ((interface, address), cost) in self.stations.look(&kbps, now) {
            self.core
                .handle_cost_estimate(interface, address, cost, now);
        }
    }
}
