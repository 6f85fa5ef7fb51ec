//! Packets on their way.

use std::rc::Rc;

use core::net::{Ipv6Addr, SocketAddrV6};

use grange_babel::router::{BABEL_GROUP, Datagram};
use grange_babel::wire::PacketReader;

use crate::clock::{Micros, micros};
use crate::mesh::Mesh;
use crate::node::{Arrival, Life};
use crate::queue::Happening;

/// The Babel port.
const PORT: u16 = 6696;

/// What the socket buffer of a stopped daemon holds, in packets.
const SOCKET_BUFFER: usize = 300;

impl Mesh {
    /// Puts a packet on a link in a node's name; `None` is multicast.
    pub(crate) fn transmit(
        &mut self,
        from: usize,
        port: usize,
        to: Option<Ipv6Addr>,
        payload: &[u8],
    ) {
        let port = &self.net.nodes[from].ports[port];
        let (source, number) = (port.addresses.link_local, port.link);
        self.trace.absorb(payload);
        self.loudly(from, number, to, source, payload);
        let payload: Rc<[u8]> = payload.into();
        let link = &self.net.links[number];
        let (quality, cuts) = (link.quality, link.cuts);
        for end in link.ends.clone() {
            let addressed = to.is_none_or(|to| {
                to == self.net.nodes[end.node].ports[end.port]
                    .addresses
                    .link_local
            });
            if end.node == from || !addressed {
                continue;
            }
            let loss = self.net.links[number].loss(from, end.node);
            let gated = self
                .gate
                .as_mut()
                .is_some_and(|gate| gate(from, end.node, &payload));
            if gated || self.random.permille(loss) {
                continue;
            }
            let copies = 1 + u8::from(self.random.permille(quality.duplication));
            for _ in 0..copies {
                let delay = self.random.micros(quality.jitter) + micros(quality.delay);
                let arrival = Arrival {
                    port: end.port,
                    source,
                    destination: to.unwrap_or(BABEL_GROUP),
                    cuts,
                    payload: Rc::clone(&payload),
                };
                if let Some(at) = self.admit(end.node, self.now + delay) {
                    self.push(at, Happening::Arrive(end.node, arrival));
                }
            }
        }
    }

    pub(crate) fn arrive(&mut self, node: usize, arrival: Arrival) {
        let receiver = &mut self.net.nodes[node];
        let link = &self.net.links[receiver.ports[arrival.port].link];
        if !link.up || link.cuts != arrival.cuts {
            return;
        }
        if receiver.life == Life::Asleep {
            if receiver.backlog.len() < SOCKET_BUFFER {
                receiver.backlog.push_back(arrival);
            }
            return;
        }
        self.hand_over(node, &arrival);
    }

    /// Gives a daemon a datagram from its socket.
    pub(crate) fn hand_over(&mut self, node: usize, arrival: &Arrival) {
        let interface = self.net.nodes[node].ports[arrival.port].id;
        self.trace.absorb_number(self.now);
        self.drive(node, |router, now| {
            let source = SocketAddrV6::new(arrival.source, PORT, 0, interface.0);
            let datagram = Datagram {
                interface,
                source,
                destination: arrival.destination,
                payload: &arrival.payload,
            };
            router.handle_packet(datagram, now);
        });
    }

    /// When a packet that gets to a node then is read by it; `None` when its buffer overflows.
    fn admit(&mut self, node: usize, at: Micros) -> Option<Micros> {
        let Some((service, capacity)) = self.options.receiver else {
            return Some(at);
        };
        let (node, service) = (&mut self.net.nodes[node], micros(service).max(1));
        if node.busy_until.saturating_sub(at) / service >= capacity {
            return None;
        }
        node.busy_until = node.busy_until.max(at) + service;
        Some(node.busy_until)
    }

    fn loudly(
        &self,
        from: usize,
        link: usize,
        to: Option<Ipv6Addr>,
        source: Ipv6Addr,
        payload: &[u8],
    ) {
        if self.trace.loud {
            let to = to.map_or_else(|| "all".to_owned(), |to| to.to_string());
            eprintln!("{:10} [{from}] link {link} to {to}:", self.now);
            for tlv in PacketReader::new(payload, source.into())
                .into_iter()
                .flatten()
            {
                eprintln!("             {tlv:?}");
            }
        }
    }
}
