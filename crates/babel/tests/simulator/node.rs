//! A node: a router, its ports, its kernel's forwarding table and what a crash leaves.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use grange_babel::link::{InterfaceConfig, InterfaceId, LinkAddresses};
use grange_babel::metric::Metric;
use grange_babel::output::SavedSeqnos;
use grange_babel::prefix::Prefix;
use grange_babel::router::Router;
use grange_babel::router_id::RouterId;

use crate::clock::{Clock, Micros};
use crate::fib::Fib;
use crate::random::Random;

/// Where a node meets a link.
#[derive(Clone, Debug)]
pub(crate) struct Port {
    pub(crate) id: InterfaceId,
    /// The index among the network's links.
    pub(crate) link: usize,
    pub(crate) config: InterfaceConfig,
    pub(crate) addresses: LinkAddresses,
    /// Whether the router was last told that there is a carrier.
    pub(crate) told: bool,
    /// Whether the carrier went while the router could not be told.
    pub(crate) flapped: bool,
}

/// What a node is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// The daemon runs.
    Running,
    /// The daemon is stopped in its tracks; the kernel goes on.
    Asleep,
    /// The daemon is dead; the kernel forwards with the routes it has.
    Crashed,
    /// The machine is off.
    Off,
    /// There never was a router: the test speaks for it.
    Puppet,
}

/// A crash that waits for the node's next outputs, to strike between them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Doom {
    /// How many more outputs are carried out.
    pub(crate) outputs: u8,
    /// How long the daemon stays dead.
    pub(crate) downtime: Micros,
}

/// A farewell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Departure {
    /// When it began.
    pub(crate) at: Micros,
    /// How long the node stays away.
    pub(crate) downtime: Micros,
}

/// A datagram on its way into a node.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub(crate) port: usize,
    pub(crate) source: Ipv6Addr,
    pub(crate) destination: Ipv6Addr,
    /// How often the link had been cut when it was sent.
    pub(crate) cuts: u32,
    pub(crate) payload: Rc<[u8]>,
}

/// What a node has sent since it was counted last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traffic {
    pub(crate) packets: u64,
    /// Octets of IPv6 packets, headers included.
    pub(crate) bytes: u64,
}

/// A node.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) router: Option<Router>,
    pub(crate) router_id: RouterId,
    pub(crate) life: Life,
    pub(crate) ports: Vec<Port>,
    /// Whether its kernel forwards by where packets come from.
    pub(crate) source_specific: bool,
    pub(crate) fib: Fib,
    /// What the node wants to announce, whether its daemon runs or not.
    pub(crate) origins: BTreeMap<Prefix, Metric>,
    /// The state file.
    pub(crate) saved: Option<SavedSeqnos>,
    pub(crate) clock: Clock,
    /// When its daemon started.
    pub(crate) booted_at: Micros,
    /// When it was stopped last.
    pub(crate) slept_at: Micros,
    /// How often its daemon started.
    pub(crate) boots: u32,
    /// When its next timer is due.
    pub(crate) timer: Option<Micros>,
    /// When its timer fired last, and how often it did so at that instant.
    pub(crate) fired_at: Option<Micros>,
    pub(crate) spins: u32,
    /// Its daemon is saying farewell.
    pub(crate) leaving: Option<Departure>,
    /// When the receiver has worked off its socket buffer.
    pub(crate) busy_until: Micros,
    /// The socket buffer of a sleeping daemon.
    pub(crate) backlog: VecDeque<Arrival>,
    pub(crate) doom: Option<Doom>,
    /// The router-ids that it gave up because somebody else had the same.
    pub(crate) former: Vec<RouterId>,
    pub(crate) traffic: Traffic,
}

impl Node {
    pub(crate) fn new(router_id: RouterId, clock: Clock) -> Self {
        Self {
            router: None,
            router_id,
            life: Life::Off,
            ports: Vec::new(),
            source_specific: true,
            fib: Fib::default(),
            origins: BTreeMap::new(),
            saved: None,
            clock,
            booted_at: 0,
            slept_at: 0,
            boots: 0,
            timer: None,
            fired_at: None,
            spins: 0,
            leaving: None,
            busy_until: 0,
            backlog: VecDeque::new(),
            doom: None,
            former: Vec::new(),
            traffic: Traffic::default(),
        }
    }

    /// Whether its kernel forwards.
    pub(crate) fn forwards(&self) -> bool {
        !matches!(self.life, Life::Off | Life::Puppet)
    }

    /// Writes the state file. An interface that is not up yet after a restart is missing in what
    /// the router wants saved, but its Hello seqnos must not be forgotten.
    pub(crate) fn save(&mut self, mut saved: SavedSeqnos) {
        for (name, seqno) in self.saved.iter().flat_map(|old| &old.hello) {
            if !saved.hello.iter().any(|(known, _)| known == name) {
                saved.hello.push((name.clone(), *seqno));
            }
        }
        self.saved = Some(saved);
    }

    /// The port of an interface.
    pub(crate) fn port(&self, id: InterfaceId) -> Option<usize> {
        self.ports.iter().position(|port| port.id == id)
    }
}

/// The addresses of a node's n-th port; `change` is how often they were changed.
pub(crate) fn addresses(node: usize, port: usize, change: u16) -> (Ipv6Addr, Ipv4Addr) {
    let (high, low) = (segment(node >> 16), segment(node));
    let link_local = Ipv6Addr::new(0xFE80, 0, 0, 0, change, high, low, segment(port) + 1);
    let number = u32::from(low) * 64 + u32::from(segment(port)) + (u32::from(change) << 17);
    (link_local, Ipv4Addr::from_bits(0x6440_0000 + number))
}

/// The prefix a node originates unless the test says otherwise.
pub(crate) fn home(node: usize) -> Prefix {
    numbered(0xFD00, node)
}

/// The n-th prefix of a block.
pub(crate) fn numbered(block: u16, n: usize) -> Prefix {
    let addr = Ipv6Addr::new(block, 0, segment(n >> 16), segment(n), 0, 0, 0, 0);
    Prefix::new(IpAddr::V6(addr), 64).unwrap_or(Prefix::DEFAULT_V6)
}

/// The IPv4 prefix of a node's home.
pub(crate) fn home_v4(node: usize) -> Prefix {
    let [_, _, high, low] = u32::from(segment(node)).to_be_bytes();
    let addr = Ipv4Addr::new(10, high, low, 0);
    Prefix::new(IpAddr::V4(addr), 24).unwrap_or(Prefix::DEFAULT_V4)
}

/// A router-id nobody else has.
pub(crate) fn fresh_router_id(random: &mut Random, node: usize) -> RouterId {
    let mut octets = random.bits().to_be_bytes();
    // The node's number makes traces readable; the rest makes it unique.
    octets[0] = 2;
    octets[7] = u8::try_from(node & 0xFF).unwrap_or(0);
    RouterId::new(octets)
}

fn segment(n: usize) -> u16 {
    u16::try_from(n & 0xFFFF).unwrap_or(0)
}
