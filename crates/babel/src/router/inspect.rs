//! The tables for whoever asks.

use crate::clock::Instant;
use crate::link::InterfaceId;
use crate::prefix::Prefix;
use crate::route::{Destination, Installed, Route};
use crate::router::state::Router;
use crate::status::{InterfaceStatus, NeighbourStatus, OriginStatus, RouteStatus, SourceStatus};

impl Router {
    /// The interface table.
    pub fn interfaces(&self) -> impl Iterator<Item = InterfaceStatus<'_>> {
        self.interfaces.values().map(|interface| InterfaceStatus {
            id: interface.id,
            config: &interface.config,
            link: interface.link,
            hello_seqno: interface.hello_seqno,
            neighbours: self.neighbours.on(interface.id).count(),
            packets_sent: interface.traffic.packets_sent,
            bytes_sent: interface.traffic.bytes_sent,
            packets_received: interface.traffic.packets_received,
            bytes_received: interface.traffic.bytes_received,
        })
    }

    /// The neighbour table.
    pub fn neighbours(&self, now: Instant) -> impl Iterator<Item = NeighbourStatus> {
        self.neighbours.iter().filter_map(move |neighbour| {
            let interface = self.interfaces.get(&neighbour.interface)?;
            let config = &interface.config;
            Some(NeighbourStatus {
                interface: neighbour.interface,
                address: neighbour.address,
                reach: neighbour.multicast.bits(),
                unicast_reach: neighbour.unicast.bits(),
                rxcost: neighbour.rxcost(config),
                txcost: neighbour.txcost(),
                cost: neighbour.cost,
                routes: self.routes.count(neighbour.id),
                last_hello: now.since(neighbour.last_hello()),
                silent: neighbour.is_silent(),
                rtt: config.rtt.and_then(|_| neighbour.rtt.value(now)),
                rtt_penalty: config.rtt.map_or(0, |rtt| neighbour.rtt.penalty(rtt, now)),
                signed_with: config.mac.is_on().then(|| {
                    let authenticator = &interface.authenticator;
                    let names = authenticator.signed_with(neighbour.address, &config.mac);
                    names.map(str::to_owned).collect()
                }),
            })
        })
    }

    /// The route table, in the order of prefixes.
    pub fn routes(&self, now: Instant) -> impl Iterator<Item = RouteStatus> {
        self.routes
            .iter_after(None)
            .flat_map(move |(prefix, destination)| {
                destination
                    .routes
                    .iter()
                    .filter_map(move |route| self.route_status(prefix, destination, route, now))
            })
    }

    /// The prefixes we originate.
    pub fn origins(&self) -> impl Iterator<Item = OriginStatus> {
        self.routes
            .iter_after(None)
            .filter_map(|(prefix, destination)| {
                let metric = destination.own?.metric();
                Some(OriginStatus { prefix, metric })
            })
    }

    /// The source table.
    pub fn sources(&self, now: Instant) -> impl Iterator<Item = SourceStatus> {
        self.routes
            .sources()
            .map(move |(prefix, source)| SourceStatus {
                prefix,
                router_id: source.router_id,
                seqno: source.seqno,
                metric: source.metric,
                expires_in: now.until(source.expires.instant(now)),
            })
    }

    /// How many routes the table holds.
    pub fn route_count(&self) -> usize {
        self.routes.len()
    }

    /// How many sources the table holds.
    pub fn source_count(&self) -> usize {
        self.routes.source_count()
    }

    /// How many prefixes we originate.
    pub fn origin_count(&self) -> usize {
        self.origins
    }

    /// How many seqno requests are pending.
    pub fn request_count(&self) -> usize {
        self.requests.len()
    }

    /// Whether Babel is spoken on an interface.
    pub fn speaks_on(&self, interface: InterfaceId) -> bool {
        self.interfaces.contains_key(&interface)
    }

    fn route_status(
        &self,
        prefix: Prefix,
        destination: &Destination,
        route: &Route,
        now: Instant,
    ) -> Option<RouteStatus> {
        let neighbour = self.neighbours.find(route.neighbour)?;
        let next_hop = self.routes.next_hop(route.next_hop)?;
        let selected = destination.selects(route.neighbour);
        let adopted = destination.adopted.as_ref();
        Some(RouteStatus {
            prefix,
            router_id: route.router_id,
            neighbour: neighbour.address,
            next_hop,
            metric: route.metric(neighbour.cost),
            smoothed_metric: route.smoothed(),
            refmetric: route.refmetric,
            seqno: route.seqno,
            age: now.since(route.learnt(now)),
            expires_in: now.until(route.expires(now)),
            feasible: self.is_feasible(prefix, route.router_id, route.seqno, route.refmetric),
            selected,
            installed: selected && destination.installed == Installed::Via(route.next_hop),
            adopted: adopted.is_some_and(|adopted| adopted.next_hop == Some(next_hop)),
        })
    }
}
