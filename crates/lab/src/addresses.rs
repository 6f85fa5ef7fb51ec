//! Which addresses the nodes of a lab have. They exist in namespaces only, so all labs use the same.
//!
//! | what | IPv4 | IPv6 |
//! |---|---|---|
//! | router N of the village, on `lo` and its mesh links | 10.42.0.N/32 | fd42:6772:616e::N/128 (`lo` only) |
//! | its home, on `lan` (router .1, laptop .100) | 10.42.N.0/24 | fd42:6772:616e:N::/64 |
//! | uplink U: provider .1, home router .2 | 198.51.100.4U/30 | 2001:db8:U::/64 |
//! | what its provider delegates | | 2001:db8:U:ff00::/56 |
//! | uplink U: provider to internet | 192.0.2.4U/30 | 2001:db8:ff00:U::/64 |
//! | the internet | 203.0.113.1/32 | 2001:db8:ffff::1/128 |

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address with the length of its prefix, as on an interface; or a prefix, as in a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr {
    /// The address, host bits and all.
    pub address: IpAddr,
    /// Length of the prefix in bits.
    pub plen: u8,
}

/// What stands for the whole internet.
pub const INTERNET_V4: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 1);
/// The same for IPv6.
pub const INTERNET_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0xffff, 0, 0, 0, 0, 1);

/// The IPv4 range of the village.
pub const VILLAGE_V4: Cidr = Cidr {
    address: IpAddr::V4(Ipv4Addr::new(10, 42, 0, 0)),
    plen: 16,
};
/// The ULA of the village.
pub const VILLAGE_V6: Cidr = Cidr {
    address: IpAddr::V6(village(0, 0)),
    plen: 48,
};

/// Addresses of the router at this position (from 0) of the topology.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouterAddresses {
    number: u8,
}

/// Addresses around the uplink at this position (from 0) of the topology.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UplinkAddresses {
    number: u8,
}

impl Cidr {
    /// An IPv4 address and its prefix length.
    pub const fn v4(address: Ipv4Addr, plen: u8) -> Self {
        Self {
            address: IpAddr::V4(address),
            plen,
        }
    }

    /// An IPv6 address and its prefix length.
    pub const fn v6(address: Ipv6Addr, plen: u8) -> Self {
        Self {
            address: IpAddr::V6(address),
            plen,
        }
    }

    /// 0.0.0.0/0 or ::/0.
    pub fn is_default(self) -> bool {
        self.plen == 0
    }

    /// Whether this is of IPv4.
    pub fn is_v4(self) -> bool {
        self.address.is_ipv4()
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.plen)
    }
}

impl RouterAddresses {
    /// The topology holds at most 250 routers, so each has a number that fits an octet.
    pub fn new(position: usize) -> Self {
        Self {
            number: u8::try_from(position + 1).unwrap_or(u8::MAX),
        }
    }

    /// Mesh address, on `lo` and each mesh link.
    pub fn mesh_v4(self) -> Ipv4Addr {
        Ipv4Addr::new(10, 42, 0, self.number)
    }

    /// Mesh address, on `lo`.
    pub fn mesh_v6(self) -> Ipv6Addr {
        village(0, self.number.into())
    }

    /// The prefix of the home.
    pub fn home_v4(self) -> Cidr {
        Cidr::v4(Ipv4Addr::new(10, 42, self.number, 0), 24)
    }

    /// The prefix of the home.
    pub fn home_v6(self) -> Cidr {
        Cidr::v6(village(self.number, 0), 64)
    }

    /// The router on its `lan`.
    pub fn lan(self) -> [Cidr; 2] {
        let v4 = Ipv4Addr::new(10, 42, self.number, 1);
        [Cidr::v4(v4, 24), Cidr::v6(village(self.number, 1), 64)]
    }

    /// The laptop in its home.
    pub fn laptop(self) -> [Cidr; 2] {
        let v4 = Ipv4Addr::new(10, 42, self.number, 100);
        [Cidr::v4(v4, 24), Cidr::v6(village(self.number, 0x100), 64)]
    }

    /// A router-id for daemons that want to be given one: 8 octets, not all zeros or ones.
    pub fn router_id(self) -> String {
        format!("02:00:00:00:00:00:00:{:02x}", self.number)
    }
}

impl UplinkAddresses {
    /// The topology holds at most 60 uplinks, so each has a /30 within a /24.
    pub fn new(position: usize) -> Self {
        Self {
            number: u8::try_from(position).unwrap_or(u8::MAX).min(63),
        }
    }

    /// The provider's end of the home's line.
    pub fn provider(self) -> [Cidr; 2] {
        self.line(1)
    }

    /// The home router's end: its `wan`.
    pub fn wan(self) -> [Cidr; 2] {
        self.line(2)
    }

    /// The prefix that the provider delegates to the home.
    pub fn delegated(self) -> Cidr {
        let prefix = Ipv6Addr::new(0x2001, 0xdb8, self.number.into(), 0xff00, 0, 0, 0, 0);
        Cidr::v6(prefix, 56)
    }

    /// The provider's end of its line to the internet.
    pub fn upstream(self) -> [Cidr; 2] {
        self.backbone(2)
    }

    /// The internet's end of it.
    pub fn internet(self) -> [Cidr; 2] {
        self.backbone(1)
    }

    fn line(self, host: u8) -> [Cidr; 2] {
        let v4 = Ipv4Addr::new(198, 51, 100, 4 * self.number + host);
        let v6 = Ipv6Addr::new(0x2001, 0xdb8, self.number.into(), 0, 0, 0, 0, host.into());
        [Cidr::v4(v4, 30), Cidr::v6(v6, 64)]
    }

    fn backbone(self, host: u8) -> [Cidr; 2] {
        let v4 = Ipv4Addr::new(192, 0, 2, 4 * self.number + host);
        let v6 = Ipv6Addr::new(
            0x2001,
            0xdb8,
            0xff00,
            self.number.into(),
            0,
            0,
            0,
            host.into(),
        );
        [Cidr::v4(v4, 30), Cidr::v6(v6, 64)]
    }
}

/// An address of the village's ULA. (u8 to u16 by hand: `into` is not const.)
const fn village(subnet: u8, host: u16) -> Ipv6Addr {
    Ipv6Addr::new(0xfd42, 0x6772, 0x616e, subnet as u16, 0, 0, 0, host)
}
