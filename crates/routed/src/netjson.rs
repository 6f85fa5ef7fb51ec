//! What this router knows of the mesh as a NetJSON NetworkGraph.

use litemap::LiteMap;

use std::net::{IpAddr, Ipv6Addr};

use grange_babel::clock::Instant;
use grange_babel::link::InterfaceId;
use grange_babel::metric::Metric;
use grange_babel::router_id::RouterId;
use grange_daemon::reply::routed::{NetworkGraph, NetworkLink, NetworkNode};
use grange_linux::Kernel;

use crate::agent::Agent;

/// A neighbour's address on an interface.
type Contact = (InterfaceId, Ipv6Addr);

/// Draws the graph: this router, its neighbours, and behind each the routers that it announces best.
pub fn graph<K: Kernel>(agent: &Agent<K>, version: &str, now: Instant) -> NetworkGraph {
    let own = agent.core().router_id();
    let mut graph = NetworkGraph::new(version, own.to_string());
    graph.nodes.push(NetworkNode {
        id: own.to_string(),
        label: None,
        local_addresses: Vec::new(),
    });

    // Who announces its own prefixes does so with metric 0: that tells a neighbour's router-id.
    let mut identities: LiteMap<Contact, RouterId> = LiteMap::new();
    let mut paths: LiteMap<RouterId, (Metric, Contact, Metric)> = LiteMap::new();
    for route in agent
        .core()
        .routes(now)
        .filter(|route| !route.metric.is_infinite())
    {
        let contact = (route.next_hop.interface, route.neighbour);
        if route.refmetric == Metric::ZERO {
            identities.insert(contact, route.router_id);
        }
        let best = paths
            .entry(route.router_id)
            .or_insert((route.metric, contact, route.refmetric));
        if route.metric < best.0 {
            *best = (route.metric, contact, route.refmetric);
        }
    }

    let name = |contact: &Contact| match identities.get(contact) {
        Some(id) => id.to_string(),
        None => format!("{}%{}", contact.1, agent.interfaces().name(contact.0.0)),
    };
    let mut addresses: LiteMap<String, Vec<IpAddr>> = LiteMap::new();
    for status in agent.core().neighbours(now) {
        let id = name(&(status.interface, status.address));
        addresses
            .entry(id.clone())
            .or_default()
            .push(IpAddr::V6(status.address));
        if !status.cost.is_infinite() {
            let interface = agent.interfaces().name(status.interface.0);
            graph.links.push(NetworkLink {
                source: own.to_string(),
                target: id,
                cost: status.cost.value(),
                cost_text: Some(format!("cost {} on {interface}", status.cost)),
            });
        }
    }
    for (router, (_, contact, refmetric)) in &paths {
        let (id, through) = (router.to_string(), name(contact));
        if *router == own || id == through {
            continue;
        }
        addresses.entry(id.clone()).or_default();
        graph.links.push(NetworkLink {
            source: through,
            target: id,
            cost: refmetric.value(),
            cost_text: Some(format!("metric {refmetric} from there")),
        });
    }
    let nodes = addresses
        .into_iter()
        .map(|(id, local_addresses)| NetworkNode {
            id,
            label: None,
            local_addresses,
        });
    graph.nodes.extend(nodes);
    graph
}
