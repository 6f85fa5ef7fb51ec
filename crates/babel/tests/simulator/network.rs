//! The state of all nodes and links, and where a packet would go in it.

use core::net::IpAddr;

use grange_babel::link::NextHop;
use grange_babel::prefix::Prefix;

use crate::fib::{Verdict, specificity};
use crate::link::{End, Link};
use crate::node::Node;

/// All nodes and links.
#[derive(Debug, Default)]
pub(crate) struct Network {
    pub(crate) nodes: Vec<Node>,
    pub(crate) links: Vec<Link>,
    /// Whether prefixes nest, so that the longest match decides.
    pub(crate) nested: bool,
}

/// Which links a walk may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edges {
    /// Those with a carrier. A loop over a link that happens to lose packets is a loop.
    WithCarrier,
    /// Those that deliver packets.
    Working,
}

/// Where a packet ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sink {
    /// At a node that originates the destination.
    Origin(usize),
    /// Refused by an unreachable route.
    Unreachable(usize),
    /// At a node without a route.
    NoRoute(usize),
    /// Sent into a link or to a neighbour that is not there.
    Lost(usize),
    /// Never: these nodes pass it round.
    Loop(Vec<usize>),
}

impl Network {
    /// Follows a packet for `destination` that starts at a node.
    pub(crate) fn follow(&self, start: usize, destination: &Prefix, edges: Edges) -> Sink {
        let mut here = start;
        for _ in 0..=self.nodes.len() {
            match self.step(here, destination, edges) {
                Ok(next) => here = next,
                Err(sink) => return sink,
            }
        }
        // More steps than nodes: by now the walk is inside the loop.
        let mut path = vec![here];
        while let Ok(next) = self.step(path[path.len() - 1], destination, edges) {
            if next == here {
                break;
            }
            path.push(next);
        }
        let least = (0..path.len()).min_by_key(|&n| path[n]).unwrap_or(0);
        path.rotate_left(least);
        Sink::Loop(path)
    }

    /// The nodes a packet passes, the last one repeated when it loops.
    pub(crate) fn path(&self, start: usize, destination: &Prefix) -> Vec<usize> {
        let mut path = vec![start];
        while path.len() <= self.nodes.len() {
            let here = path[path.len() - 1];
            let Ok(next) = self.step(here, destination, Edges::WithCarrier) else {
                break;
            };
            path.push(next);
            if path.iter().filter(|&&node| node == next).count() > 1 {
                break;
            }
        }
        path
    }

    /// Whether a packet arrives.
    pub(crate) fn reaches(&self, start: usize, destination: &Prefix) -> bool {
        matches!(
            self.follow(start, destination, Edges::Working),
            Sink::Origin(_)
        )
    }

    /// The node behind a next hop, and the link to it.
    pub(crate) fn next(&self, from: usize, hop: &NextHop) -> Option<(usize, usize)> {
        let node = &self.nodes[from];
        let link = node.ports[node.port(hop.interface)?].link;
        let end = self.links[link]
            .ends
            .iter()
            .find(|end| end.node != from && self.owns(end, &hop.address))?;
        Some((end.node, link))
    }

    fn step(&self, here: usize, destination: &Prefix, edges: Edges) -> Result<usize, Sink> {
        let node = &self.nodes[here];
        if !node.forwards() {
            return Err(Sink::Lost(here));
        }
        match self.decide(node, destination) {
            Decision::Deliver => Err(Sink::Origin(here)),
            Decision::Drop => Err(Sink::NoRoute(here)),
            Decision::Follow(Verdict::Unreachable) => Err(Sink::Unreachable(here)),
            Decision::Follow(Verdict::Via(hop)) => {
                let (next, link) = self.next(here, &hop).ok_or(Sink::Lost(here))?;
                let link = &self.links[link];
                let passes = match edges {
                    Edges::WithCarrier => link.up,
                    Edges::Working => link.carries(here, next),
                };
                if passes {
                    Ok(next)
                } else {
                    Err(Sink::Lost(here))
                }
            }
        }
    }

    fn decide(&self, node: &Node, destination: &Prefix) -> Decision {
        if node.origins.contains_key(destination) {
            return Decision::Deliver;
        }
        if !self.nested {
            return match node.fib.exact(destination) {
                Some(verdict) => Decision::Follow(verdict),
                None => Decision::Drop,
            };
        }
        let own = node
            .origins
            .keys()
            .filter(|prefix| prefix.contains(destination))
            .map(specificity)
            .max();
        match (own, node.fib.longest(destination)) {
            (None, None) => Decision::Drop,
            (Some(own), Some((prefix, verdict))) if specificity(&prefix) > own => {
                Decision::Follow(verdict)
            }
            (Some(_), _) => Decision::Deliver,
            (None, Some((_, verdict))) => Decision::Follow(verdict),
        }
    }

    fn owns(&self, end: &End, address: &IpAddr) -> bool {
        let addresses = &self.nodes[end.node].ports[end.port].addresses;
        match address {
            IpAddr::V6(address) => addresses.link_local == *address,
            IpAddr::V4(address) => addresses.ipv4 == Some(*address),
        }
    }
}

enum Decision {
    Deliver,
    Drop,
    Follow(Verdict),
}
