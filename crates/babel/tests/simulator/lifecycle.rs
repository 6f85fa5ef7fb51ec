//! How nodes start, sleep, wake, leave and die.

use std::collections::BTreeSet;

use core::net::Ipv6Addr;

use grange_babel::filter::Filters;
use grange_babel::prefix::Prefix;
use grange_babel::router::{Router, RouterConfig};
use grange_babel::seqno::Seqno;

use crate::clock::{Micros, SECOND};
use crate::fib::Verdict;
use crate::mesh::Mesh;
use crate::node::{Departure, Life, Port, fresh_router_id};
use crate::queue::Happening;

/// A daemon that was stopped for longer than this throws away what its socket holds.
const STALE: Micros = 10 * SECOND;

impl Mesh {
    pub(crate) fn boot(&mut self, number: usize) {
        let node = &self.net.nodes[number];
        if !matches!(node.life, Life::Off | Life::Crashed) {
            return;
        }
        let saved = node.saved.clone();
        let router_id = match &saved {
            Some(saved) => saved.router_id,
            None => fresh_router_id(&mut self.random, number),
        };
        let seqno = Seqno(low_bits(self.random.bits()));
        let seed = self.random.bits();
        let config = RouterConfig {
            router_id,
            seqno: saved.as_ref().map_or(seqno, |saved| saved.seqno),
            filters: Filters::default(),
            limits: self.options.limits,
            smoothing_half_life: self.options.smoothing_half_life,
            seed,
            entropy: entropy(seed),
        };
        let text = format!("boots as {router_id} at seqno {}", config.seqno);
        self.note(Some(number), text);
        let now = self.local(number);
        let node = &mut self.net.nodes[number];
        (node.life, node.router_id, node.timer) = (Life::Running, router_id, None);
        (node.leaving, node.booted_at) = (None, self.now);
        node.boots += 1;
        node.router = Some(Router::new(config, now));
        if !node.source_specific {
            self.drive(number, Router::handle_no_source_specific);
        }
        let node = &mut self.net.nodes[number];
        let adopted: Vec<(Prefix, Verdict)> = node.fib.iter().collect();
        for (prefix, verdict) in adopted {
            let hop = match verdict {
                Verdict::Via(hop) => Some(hop),
                Verdict::Unreachable => None,
            };
            self.drive(number, |router, now| {
                router.handle_adopted(prefix, hop, now);
            });
        }
        let remembered = saved.map(|saved| saved.neighbours).unwrap_or_default();
        self.drive(number, |router, now| {
            router.handle_remembered(remembered, now);
        });
        for port in &mut self.net.nodes[number].ports {
            port.told = false;
        }
        self.tell_carriers(number);
        let origins: Vec<_> = self.net.nodes[number].origins.clone().into_iter().collect();
        for (prefix, metric) in origins {
            self.drive(number, |router, now| {
                let _ = router.handle_originate(prefix, metric, now);
            });
        }
    }

    pub(crate) fn wake(&mut self, node: usize) {
        if self.net.nodes[node].life != Life::Asleep {
            return;
        }
        self.net.nodes[node].life = Life::Running;
        self.note(Some(node), "wakes".to_owned());
        self.tell_carriers(node);
        self.tell_wishes(node);
        // What waited long in the socket may be older than everything the protocol remembers.
        if self.now - self.net.nodes[node].slept_at > STALE {
            self.net.nodes[node].backlog.clear();
        }
        // A daemon that was stopped finds timers and packets at once; either may come first.
        let packets_first = self.random.permille(500);
        if !packets_first {
            self.drive(node, Router::handle_timeout);
        }
        while let Some(arrival) = self.net.nodes[node].backlog.pop_front() {
            self.hand_over(node, &arrival);
        }
        self.drive(node, Router::handle_timeout);
    }

    pub(crate) fn depart(&mut self, number: usize, departure: Departure) {
        let node = &self.net.nodes[number];
        if !matches!(node.life, Life::Running | Life::Asleep) || node.leaving != Some(departure) {
            return;
        }
        let (left, timer) = (node.fib.len(), node.timer);
        // It may have been stopped in the middle of saying so.
        let timer = timer.filter(|_| node.slept_at < departure.at);
        if node.life == Life::Running && (left > 0 || timer.is_some()) {
            let what = format!("node {number} left with {left} routes and the timer {timer:?}");
            self.demand(Err(what));
        }
        self.perish(number, departure.downtime);
        self.net.nodes[number].life = Life::Off;
    }

    /// Kills a daemon; the kernel keeps its routes and the run dir its state.
    pub(crate) fn perish(&mut self, number: usize, downtime: Micros) {
        self.excuse_unkept(number);
        let node = &mut self.net.nodes[number];
        (node.router, node.timer, node.life) = (None, None, Life::Crashed);
        node.backlog.clear();
        self.note(Some(number), format!("crashes for {downtime} us"));
        self.push(self.now + downtime, Happening::Boot(number));
    }

    /// Tells a node that a port has a carrier, or that it changed.
    pub(crate) fn raise(&mut self, number: usize, port: usize) {
        let random = Seqno(low_bits(self.random.bits()));
        let node = &self.net.nodes[number];
        let Port {
            id,
            config,
            addresses,
            ..
        } = node.ports[port].clone();
        let hello = node
            .saved
            .as_ref()
            .and_then(|saved| saved.hello.iter().find(|(name, _)| *name == config.name))
            .map_or(random, |(_, base)| *base);
        self.net.nodes[number].ports[port].told = true;
        self.drive(number, |router, now| {
            let _ = router.handle_interface_up(id, config, addresses, hello, now);
        });
    }

    /// Tells a node of every carrier that came or went since it was told.
    pub(crate) fn tell_carriers(&mut self, number: usize) {
        for port in 0..self.net.nodes[number].ports.len() {
            let node = &self.net.nodes[number];
            let Port { id, link, .. } = node.ports[port];
            let up = self.net.links[link].up;
            if node.life != Life::Running {
                self.net.nodes[number].ports[port].flapped |= !up;
                if !up && self.options.flushing {
                    self.net.nodes[number].fib.flush_via(id);
                }
                continue;
            }
            let state = &mut self.net.nodes[number].ports[port];
            if state.told && (!up || state.flapped) {
                state.told = false;
                self.drive(number, |router, now| router.handle_interface_down(id, now));
            }
            let state = &mut self.net.nodes[number].ports[port];
            state.flapped = false;
            if up && !state.told {
                self.raise(number, port);
            }
        }
    }

    /// Tells a node of everything that was asked of it while it could not listen.
    fn tell_wishes(&mut self, number: usize) {
        for port in 0..self.net.nodes[number].ports.len() {
            if self.net.nodes[number].ports[port].told {
                self.raise(number, port);
            }
        }
        let node = &self.net.nodes[number];
        let known: Vec<Prefix> = node
            .router
            .iter()
            .flat_map(|router| router.origins().map(|origin| origin.prefix))
            .collect();
        let wanted = node.origins.clone();
        for prefix in known {
            if !wanted.contains_key(&prefix) {
                self.drive(number, |router, now| router.handle_withdraw(prefix, now));
            }
        }
        for (prefix, metric) in wanted {
            self.drive(number, |router, now| {
                let _ = router.handle_originate(prefix, metric, now);
            });
        }
    }

    /// What survives of feasibility distances is what the kernel holds. A prefix that it no longer
    /// holds is harmless unless a neighbour has missed its retraction.
    fn excuse_unkept(&mut self, number: usize) {
        let now = self.local(number);
        let node = &self.net.nodes[number];
        let Some(router) = &node.router else { return };
        let unkept: BTreeSet<Prefix> = router
            .sources(now)
            .map(|source| source.prefix)
            .filter(|prefix| node.fib.exact(prefix).is_none() && !node.origins.contains_key(prefix))
            .collect();
        let own: Vec<Ipv6Addr> = node.ports.iter().map(|p| p.addresses.link_local).collect();
        for prefix in unkept {
            let believed = self.net.nodes.iter().enumerate().any(|(other, node)| {
                let now = self.local(other);
                node.life == Life::Asleep
                    || node.router.iter().any(|router| {
                        let mut routes = router.routes(now);
                        routes.any(|route| route.prefix == prefix && own.contains(&route.neighbour))
                    })
            });
            if believed {
                self.watch.excuse(prefix);
            }
        }
    }
}

/// Octets that another start with another seed does not have.
fn entropy(seed: u64) -> [u8; 32] {
    let octets = seed.to_be_bytes();
    core::array::from_fn(|n| octets[n % 8])
}

fn low_bits(bits: u64) -> u16 {
    u16::try_from(bits & 0xFFFF).unwrap_or(0)
}
