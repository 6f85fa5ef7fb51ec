//! An IP prefix as the kernel keys its tables by.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address and a prefix length in bits, of either family.
///
/// The kernel refuses an IPv4 route whose address has bits beyond the prefix; [`IpPrefix::new`]
/// clears them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IpPrefix {
    /// The network address, host bits zero.
    pub address: IpAddr,
    /// Bits that count: 0-32 or 0-128.
    pub plen: u8,
}

impl IpPrefix {
    /// `0.0.0.0/0`.
    pub const DEFAULT_V4: Self = Self {
        address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        plen: 0,
    };
    /// `::/0`.
    pub const DEFAULT_V6: Self = Self {
        address: IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        plen: 0,
    };

    /// The prefix that holds `address`; `None` when `plen` is too long for the family.
    pub fn new(address: IpAddr, plen: u8) -> Option<Self> {
        let address = match address {
            IpAddr::V4(v4) => {
                let host_bits = 32_u32.checked_sub(u32::from(plen))?;
                let mask = u32::MAX.checked_shl(host_bits).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from(u32::from(v4) & mask))
            }
            IpAddr::V6(v6) => {
                let host_bits = 128_u32.checked_sub(u32::from(plen))?;
                let mask = u128::MAX.checked_shl(host_bits).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from(u128::from(v6) & mask))
            }
        };
        Some(Self { address, plen })
    }

    /// Reads ADDRESS/LENGTH.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, plen) = text.split_once('/')?;
        Self::new(address.parse().ok()?, plen.parse().ok()?)
    }

    /// The prefix of this one address.
    pub const fn host(address: IpAddr) -> Self {
        let plen = match address {
            IpAddr::V4(_) => 32,
            IpAddr::V6(_) => 128,
        };
        Self { address, plen }
    }

    /// Whether this is an IPv4 prefix.
    pub const fn is_v4(&self) -> bool {
        self.address.is_ipv4()
    }

    /// Whether this is `0.0.0.0/0` or `::/0`.
    pub const fn is_default(&self) -> bool {
        self.plen == 0
    }

    /// Whether `address` lies inside; never for an address of the other family.
    pub fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.is_v4() && Self::new(address, self.plen) == Some(*self)
    }
}

impl fmt::Display for IpPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.plen)
    }
}

#[cfg(test)]
mod tests;
