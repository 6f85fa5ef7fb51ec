//! An entry of the kernel's neighbour cache (ARP, NDP).

use std::net::IpAddr;

/// The state of an entry (`NUD_*`, linux/neighbour.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NeighbourState {
    /// No state: a device without address resolution.
    None,
    /// Being resolved for the first time.
    Incomplete,
    /// Confirmed recently.
    Reachable,
    /// Not confirmed recently.
    Stale,
    /// Used while stale; probed soon.
    Delay,
    /// Being probed.
    Probe,
    /// Nobody answered.
    Failed,
    /// Needs no resolution.
    NoArp,
    /// Set by an administrator.
    Permanent,
    /// A combination this crate does not know.
    Other(u16),
}

/// An entry of the kernel's neighbour cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Neighbour {
    /// The interface's index.
    pub index: u32,
    /// The neighbour's address.
    pub address: IpAddr,
    /// How sure the kernel is of it.
    pub state: NeighbourState,
    /// Its hardware address, where that is known and has six octets.
    pub ether_address: Option<[u8; 6]>,
}
