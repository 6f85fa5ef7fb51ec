//! What the core wants done: packets, forwarding table changes, state to keep, news.

use core::net::{IpAddr, Ipv6Addr};

use crate::link::{InterfaceId, NextHop};
use crate::metric::{Cost, Metric};
use crate::prefix::Prefix;
use crate::router_id::RouterId;
use crate::seqno::Seqno;

/// One thing to do. Drain them all, in order, after every `handle_*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send this UDP payload.
    Transmit {
        /// The interface to send on.
        interface: InterfaceId,
        /// To whom.
        destination: Destination,
        /// A whole Babel packet.
        payload: Vec<u8>,
    },
    /// Change the forwarding table.
    Fib(FibChange),
    /// Keep this before the next packet leaves.
    Save(SavedSeqnos),
    /// Tell whoever is watching; only produced while somebody is.
    Event(Event),
    /// Another router has our router-id: its prefixes cannot be reached from here, nor ours from
    /// there. One of the two must get another ([`crate::router::Router::handle_router_id`]).
    /// Said at most once a minute.
    DuplicateRouterId(Twin),
}

/// Another router with our router-id, and what it was heard by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Twin {
    /// The router-id of both.
    pub router_id: RouterId,
    /// Where it was heard.
    pub interface: InterfaceId,
    /// The neighbour who said so: the other router, or somebody on the way to it.
    pub address: Ipv6Addr,
    /// What it announces.
    pub prefix: Prefix,
}

/// To whom a packet goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Destination {
    /// ff02::1:6, all Babel routers on the link.
    Multicast,
    /// One neighbour.
    Unicast(Ipv6Addr),
}

/// A change of what the kernel should do with packets for a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FibChange {
    /// Forward to a neighbour, whatever was there before.
    Set {
        /// The destination.
        prefix: Prefix,
        /// The neighbour.
        next_hop: NextHop,
        /// The route's metric, for the curious; it changes without a `Set`.
        metric: Metric,
        /// What the install filter adds.
        install: Install,
    },
    /// Refuse packets and do not fall back on a shorter prefix (RFC 8966 §3.5.4).
    Unreachable {
        /// The destination.
        prefix: Prefix,
    },
    /// Forget the prefix.
    Remove {
        /// The destination.
        prefix: Prefix,
    },
}

impl FibChange {
    /// The prefix it is about.
    pub fn prefix(&self) -> Prefix {
        match self {
            Self::Set { prefix, .. } | Self::Unreachable { prefix } | Self::Remove { prefix } => {
                *prefix
            }
        }
    }
}

/// What an install filter says of a route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Install {
    /// The kernel table, where it is not the usual one.
    pub table: Option<u32>,
    /// The preferred source address, where it is not the usual one.
    pub pref_src: Option<IpAddr>,
}

/// Sequence numbers to start from after a crash.
///
/// They are reserved in blocks: what is in here covers the next few packets, so that the file is
/// written seldom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedSeqnos {
    /// Our router-id.
    pub router_id: RouterId,
    /// Start from here: no smaller number than any we may have announced by then.
    pub seqno: Seqno,
    /// For each interface by name, the first Hello seqno of the block in use. Starting there steps
    /// back by less than a block, which neighbours take as a restart and not as losses
    /// (RFC 8966 appendix A.1).
    pub hello: Vec<(String, Seqno)>,
    /// Who may rely on what we announce: the neighbours that were told that we hear them, by the
    /// name of their interface.
    pub neighbours: Vec<(String, Ipv6Addr)>,
}

/// How an entry changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added,
    /// It is different now.
    Changed,
    /// It is gone.
    Removed,
}

/// News for whoever watches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An interface came, changed or went.
    Interface {
        /// How it changed.
        change: Change,
        /// Which.
        interface: InterfaceId,
    },
    /// A neighbour came, its cost changed, or it went.
    Neighbour {
        /// How it changed.
        change: Change,
        /// Where.
        interface: InterfaceId,
        /// Its link-local address.
        address: Ipv6Addr,
        /// The link's cost now.
        cost: Cost,
    },
    /// The selected route for a prefix changed.
    Route {
        /// How it changed.
        change: Change,
        /// The destination.
        prefix: Prefix,
        /// The originator, unless the route is gone.
        router_id: Option<RouterId>,
        /// The next hop, unless the route is gone.
        next_hop: Option<NextHop>,
        /// The route's metric now.
        metric: Metric,
    },
    /// A prefix that we originate changed.
    Origin {
        /// How it changed.
        change: Change,
        /// The destination.
        prefix: Prefix,
        /// With which metric.
        metric: Metric,
    },
}
