//! From a network on paper to nodes, ports and links.

use std::collections::{BTreeMap, BTreeSet};

use grange_babel::link::{InterfaceConfig, InterfaceId, LinkAddresses};

use crate::clock::Clock;
use crate::link::{End, Link};
use crate::network::Network;
use crate::node::{Node, Port, addresses, fresh_router_id};
use crate::options::Options;
use crate::random::Random;
use crate::topology::{Edge, Topology};

/// The network, every node still off.
pub(crate) fn build(topology: &Topology, options: &Options, random: &mut Random) -> Network {
    let mut net = Network {
        nested: options.nested,
        ..Network::default()
    };
    for node in 0..topology.nodes {
        let clock = Clock {
            offset: random.below(86_400_000_000),
            drift_ppm: random.below(100),
        };
        let router_id = fresh_router_id(random, node);
        net.nodes.push(Node::new(router_id, clock));
    }
    wire(&mut net, topology, options);
    net
}

fn wire(net: &mut Network, topology: &Topology, options: &Options) {
    let (kind, quality) = (options.kind, options.quality);
    let link = |cost| Link {
        ends: Vec::new(),
        kind,
        cost,
        quality,
        up: true,
        cuts: 0,
        silent: false,
        one_way: BTreeMap::new(),
        deaf: BTreeSet::new(),
    };
    if options.radio {
        let mut air = link(topology.edges[0].cost);
        for a in 0..topology.nodes {
            for b in 0..topology.nodes {
                let near = |e: &Edge| [(a, b), (b, a)].contains(&(e.a, e.b));
                if !topology.edges.iter().any(near) {
                    air.deaf.insert((a, b));
                }
            }
        }
        net.links.push(air);
        (0..topology.nodes).for_each(|node| attach(net, options, node, 0));
        return;
    }
    for edge in &topology.edges {
        net.links.push(link(edge.cost));
        let number = net.links.len() - 1;
        attach(net, options, edge.a, number);
        attach(net, options, edge.b, number);
    }
}

fn attach(net: &mut Network, options: &Options, node: usize, link: usize) {
    let port = net.nodes[node].ports.len();
    let (link_local, ipv4) = addresses(node, port, 0);
    let mut config = InterfaceConfig::new(&format!("eth{port}"), net.links[link].kind);
    config.cost = Some(net.links[link].cost);
    (config.unicast, config.split_horizon) = (options.unicast, options.split_horizon);
    config.mac = options.mac.clone();
    config.hello_interval = options.hello_interval;
    config.update_interval = options.update_interval;
    net.nodes[node].ports.push(Port {
        id: InterfaceId(u32::try_from(port).unwrap_or(0) + 1),
        link,
        config,
        addresses: LinkAddresses {
            link_local,
            ipv4: Some(ipv4),
            mtu: 1500,
        },
        told: false,
        flapped: false,
    });
    net.links[link].ends.push(End { node, port });
}
