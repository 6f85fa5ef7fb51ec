//! What the core is told about a link: who it is, how it is configured, its addresses.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::time::Duration;

use crate::mac::KeySet;

/// An interface, by the number the kernel gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InterfaceId(pub u32);

/// Where packets for a route go next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NextHop {
    /// The interface they leave by.
    pub interface: InterfaceId,
    /// The neighbour's address on that link.
    pub address: IpAddr,
}

/// What carries the link; it decides how its cost is computed and whether split horizon applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// Ethernet and its like: works or does not (RFC 8966 appendix A.2.1).
    Wired,
    /// 802.11 and its like: loses packets (RFC 8966 appendix A.2.2).
    Wireless,
}

/// How to speak Babel on an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceConfig {
    /// The interface's name, as filters and the saved state know it.
    pub name: String,
    /// What carries the link.
    pub kind: LinkKind,
    /// The cost of a perfect link; `None` is 96 when wired and 256 when wireless.
    pub cost: Option<u16>,
    /// Whether `cost` stands whatever the Hello history says, as long as the neighbour is heard.
    pub fixed_cost: bool,
    /// Time between scheduled multicast Hellos.
    pub hello_interval: Duration,
    /// Time between full updates.
    pub update_interval: Duration,
    /// Whether not to announce a route where it was learnt; `None` is yes when wired.
    pub split_horizon: Option<bool>,
    /// Whether to send each neighbour unicast Hellos and unicast updates besides discovery.
    pub unicast: bool,
    /// Whether IPv4 routes go over the link with IPv6 next hops where it has no IPv4 address
    /// (RFC 9229): announced as such, and accepted.
    pub v4_via_v6: bool,
    /// How round-trip times count (RFC 9616); `None` takes and sends no timestamps.
    pub rtt: Option<RttConfig>,
    /// The keys that packets are signed with and checked by (RFC 8967).
    pub mac: KeySet,
}

/// How the round-trip time to a neighbour adds to a link's cost (RFC 9616).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RttConfig {
    /// The share of a new sample in the smoothed time, in 256ths.
    pub decay: u16,
    /// Up to here it costs nothing.
    pub min: Duration,
    /// From here on it costs the most.
    pub max: Duration,
    /// The most that it adds; 0 measures only.
    pub max_penalty: u16,
}

impl RttConfig {
    /// babeld's constants, which only measure.
    pub const DEFAULT: Self = Self {
        decay: 42,
        min: Duration::from_millis(10),
        max: Duration::from_millis(120),
        max_penalty: 0,
    };
    /// What it adds at most over a tunnel, unless told otherwise: a wired link's cost.
    pub const TUNNEL_PENALTY: u16 = 96;
}

/// The addresses and the size of a link, as they are now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkAddresses {
    /// Our link-local address there, past duplicate detection.
    pub link_local: Ipv6Addr,
    /// The IPv4 address neighbours use as next hop; without one IPv4 routes need IPv6 next hops.
    pub ipv4: Option<Ipv4Addr>,
    /// The link's MTU in octets, IP header included.
    pub mtu: u32,
}

impl InterfaceConfig {
    /// A configuration with the RFC's constants (RFC 8966 appendix B).
    pub fn new(name: &str, kind: LinkKind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            cost: None,
            fixed_cost: false,
            hello_interval: Duration::from_secs(4),
            update_interval: Duration::from_secs(16),
            split_horizon: None,
            unicast: false,
            v4_via_v6: true,
            rtt: None,
            mac: KeySet::default(),
        }
    }

    /// The cost of a perfect link there.
    pub fn nominal_cost(&self) -> u16 {
        self.cost.unwrap_or(match self.kind {
            LinkKind::Wired => 96,
            LinkKind::Wireless => 256,
        })
    }

    /// Whether split horizon applies.
    // RFC 8966 §3.7.4: SHOULD NOT be applied unless the interface is symmetric and transitive
    pub fn splits_horizon(&self) -> bool {
        self.split_horizon.unwrap_or(self.kind == LinkKind::Wired)
    }
}

impl LinkAddresses {
    /// How many octets of UDP payload fit a packet there.
    // RFC 8966 §4: MUST NOT send packets larger than the MTU adjusted for lower-layer headers
    // (48 octets over IPv6) or 512 octets, whichever is larger
    pub fn payload_capacity(&self) -> usize {
        let mtu = usize::try_from(self.mtu).unwrap_or(1280);
        mtu.saturating_sub(48).clamp(512, 65535 - 48)
    }
}

impl fmt::Display for InterfaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}
