//! Prefixes: an address family, masked bits and a length, kept together in one type.
//!
//! The families are separate variants, so that a v4-mapped IPv6 prefix can never be taken for an
//! IPv4 one (a mistake that peers made more than once).

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::str::FromStr;

/// The packets that a route is for: a destination prefix with its host bits cleared, and where
/// the route is source-specific, the prefix that they come from (RFC 9079).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Prefix {
    /// An IPv4 prefix, length 0 to 32.
    V4(PrefixV4),
    /// An IPv6 prefix, length 0 to 128.
    V6(PrefixV6),
    /// An IPv6 prefix, for packets from a source prefix that is longer than 0 alone.
    Specific(PrefixV6, PrefixV6),
}

/// The IPv4 half of [`Prefix`]; made only through [`Prefix::new`] and [`Prefix::v4`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrefixV4 {
    // Octets need no alignment: a table of 100,000 prefixes is a third smaller.
    octets: [u8; 4],
    plen: u8,
}

/// The IPv6 half of [`Prefix`]; made only through [`Prefix::new`] and [`Prefix::v6`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrefixV6 {
    octets: [u8; 16],
    plen: u8,
}

/// Why something is not a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrefixError {
    /// The length is larger than the family's.
    #[error("the prefix length {plen} is larger than {most}")]
    Length {
        /// The length given.
        plen: u16,
        /// The largest length of the family.
        most: u8,
    },
    /// Only an IPv6 prefix has a source prefix, and that is one too.
    #[error("a source prefix goes with an IPv6 prefix and is one itself")]
    Source,
    /// The text is not `ADDRESS/LENGTH`.
    #[error("a prefix is written ADDRESS/LENGTH, such as 10.0.0.0/8 or fd00::/8")]
    Form,
}

impl Prefix {
    /// 0.0.0.0/0
    pub const DEFAULT_V4: Self = Self::V4(PrefixV4 {
        octets: [0; 4],
        plen: 0,
    });
    /// ::/0
    pub const DEFAULT_V6: Self = Self::V6(PrefixV6 {
        octets: [0; 16],
        plen: 0,
    });

    /// The prefix of that length that holds the address; host bits are cleared.
    pub fn new(addr: IpAddr, plen: u8) -> Result<Self, PrefixError> {
        match addr {
            IpAddr::V4(addr) => Self::v4(addr, plen),
            IpAddr::V6(addr) => Self::v6(addr, plen),
        }
    }

    /// The IPv4 prefix of that length that holds the address.
    pub fn v4(addr: Ipv4Addr, plen: u8) -> Result<Self, PrefixError> {
        if plen > 32 {
            return Err(PrefixError::Length {
                plen: plen.into(),
                most: 32,
            });
        }
        let mask = u32::MAX.checked_shl(32 - u32::from(plen)).unwrap_or(0);
        Ok(Self::V4(PrefixV4 {
            octets: (addr.to_bits() & mask).to_be_bytes(),
            plen,
        }))
    }

    /// The IPv6 prefix of that length that holds the address.
    pub fn v6(addr: Ipv6Addr, plen: u8) -> Result<Self, PrefixError> {
        if plen > 128 {
            return Err(PrefixError::Length {
                plen: plen.into(),
                most: 128,
            });
        }
        let mask = u128::MAX.checked_shl(128 - u32::from(plen)).unwrap_or(0);
        Ok(Self::V6(PrefixV6 {
            octets: (addr.to_bits() & mask).to_be_bytes(),
            plen,
        }))
    }

    /// The prefix that is this one address.
    pub fn host(addr: IpAddr) -> Self {
        match addr {
            IpAddr::V4(addr) => Self::V4(PrefixV4 {
                octets: addr.octets(),
                plen: 32,
            }),
            IpAddr::V6(addr) => Self::V6(PrefixV6 {
                octets: addr.octets(),
                plen: 128,
            }),
        }
    }

    /// The same destinations, for packets from `source` only; all packets come from ::/0.
    pub fn with_source(self, source: Self) -> Result<Self, PrefixError> {
        match (self, source) {
            (Self::V6(_), Self::V6(source)) if source.plen == 0 => Ok(self),
            (Self::V6(destination), Self::V6(source)) => Ok(Self::Specific(destination, source)),
            _ => Err(PrefixError::Source),
        }
    }

    /// Where packets go, whatever they come from.
    #[must_use]
    pub fn destination(self) -> Self {
        match self {
            Self::Specific(destination, _) => Self::V6(destination),
            Self::V4(_) | Self::V6(_) => self,
        }
    }

    /// Where packets come from, if that matters.
    pub fn source(self) -> Option<Self> {
        match self {
            Self::Specific(_, source) => Some(Self::V6(source)),
            Self::V4(_) | Self::V6(_) => None,
        }
    }

    /// What precedes in order all that is source-specific for these destinations or for a part of
    /// them.
    pub(crate) fn first_specific(self) -> Option<Self> {
        match (self, Self::DEFAULT_V6) {
            (Self::V6(destination) | Self::Specific(destination, _), Self::V6(any)) => {
                Some(Self::Specific(destination, any))
            }
            _ => None,
        }
    }

    /// The first address of the destination, host bits zero.
    pub fn addr(&self) -> IpAddr {
        match self {
            Self::V4(p) => IpAddr::V4(Ipv4Addr::from_octets(p.octets)),
            Self::V6(p) | Self::Specific(p, _) => IpAddr::V6(Ipv6Addr::from_octets(p.octets)),
        }
    }

    /// The length of the destination in bits.
    pub fn plen(&self) -> u8 {
        match self {
            Self::V4(p) => p.plen,
            Self::V6(p) | Self::Specific(p, _) => p.plen,
        }
    }

    /// Whether it is an IPv4 prefix.
    pub fn is_v4(&self) -> bool {
        matches!(self, Self::V4(_))
    }

    /// Whether it is 0.0.0.0/0 or ::/0, whatever packets come from: there is nothing shorter.
    pub fn is_default(&self) -> bool {
        self.plen() == 0 && self.source().is_none()
    }

    /// Whether every packet of `other` is one of this; false across families.
    pub fn contains(&self, other: &Self) -> bool {
        if other.plen() < self.plen() || self.is_v4() != other.is_v4() {
            return false;
        }
        Self::new(other.addr(), self.plen()) == Ok(self.destination())
            && self.source().is_none_or(|source| {
                let others = other.source();
                others.is_some_and(|others| source.contains(&others))
            })
    }

    /// Whether nothing may be routed there: multicast, loopback or link-local; and nothing comes
    /// from such addresses.
    pub fn is_martian(&self) -> bool {
        if self.source().is_some_and(|source| source.is_martian()) {
            return true;
        }
        match self.addr() {
            IpAddr::V4(addr) => {
                self.plen() >= 8 && (addr.is_loopback() || addr.octets()[0] == 0)
                    || self.plen() >= 4 && addr.is_multicast()
            }
            IpAddr::V6(addr) => {
                self.plen() >= 8 && addr.is_multicast()
                    || self.plen() >= 10 && addr.is_unicast_link_local()
                    || self.plen() == 128 && (addr.is_loopback() || addr.is_unspecified())
            }
        }
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.addr(), self.plen())?;
        match self.source() {
            Some(source) => write!(f, " from {source}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Prefix {
    type Err = PrefixError;

    /// Reads `ADDRESS/LENGTH` or `ADDRESS/LENGTH from ADDRESS/LENGTH`; a bare address is a host
    /// prefix.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some((destination, source)) = text.split_once(" from ") {
            let destination: Self = destination.parse()?;
            return destination.with_source(source.parse()?);
        }
        let Some((addr, plen)) = text.split_once('/') else {
            return text.parse().map(Self::host).map_err(|_| PrefixError::Form);
        };
        let addr: IpAddr = addr.parse().map_err(|_| PrefixError::Form)?;
        if plen.is_empty() || plen.len() > 3 || !plen.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(PrefixError::Form);
        }
        let plen: u16 = plen.parse().map_err(|_| PrefixError::Form)?;
        let most = if addr.is_ipv4() { 32 } else { 128 };
        match u8::try_from(plen) {
            Ok(plen) => Self::new(addr, plen),
            Err(_) => Err(PrefixError::Length { plen, most }),
        }
    }
}

#[cfg(test)]
mod tests;
