//! Address encodings: how an address or a prefix is laid out (RFC 8966 §4.1.4, §4.1.5).

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::prefix::Prefix;
use crate::wire::octets::Octets;

/// A known address encoding (AE).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// AE 0: no address at all, whoever or whatever it may be.
    Wildcard,
    /// AE 1: IPv4.
    V4,
    /// AE 2: IPv6.
    V6,
    /// AE 3: the last eight octets of an address in fe80::/64.
    LinkLocal,
    /// AE 4: an IPv4 prefix whose next hop is an IPv6 address (RFC 9229).
    V4ViaV6,
}

impl Encoding {
    /// The encoding of that number; `None` when it is unknown.
    pub(crate) const fn from_octet(octet: u8) -> Option<Self> {
        match octet {
            0 => Some(Self::Wildcard),
            1 => Some(Self::V4),
            2 => Some(Self::V6),
            3 => Some(Self::LinkLocal),
            4 => Some(Self::V4ViaV6),
            _ => None,
        }
    }

    /// The encoding of that number where an address and not a prefix is encoded.
    // RFC 9229 §4: AE 4 MUST NOT be used to tag neighbour addresses; such TLVs MUST be ignored
    pub(crate) fn of_address_from_octet(octet: u8) -> Option<Self> {
        Self::from_octet(octet).filter(|encoding| *encoding != Self::V4ViaV6)
    }

    /// The number on the wire.
    pub(crate) const fn octet(self) -> u8 {
        match self {
            Self::Wildcard => 0,
            Self::V4 => 1,
            Self::V6 => 2,
            Self::LinkLocal => 3,
            Self::V4ViaV6 => 4,
        }
    }

    /// The shortest encoding of that address.
    pub(crate) fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::V4,
            IpAddr::V6(address) if address.octets().starts_with(&LINK_LOCAL) => Self::LinkLocal,
            IpAddr::V6(_) => Self::V6,
        }
    }

    /// The encoding of that prefix. AE 3 is never used for one: a link-local prefix is not routed.
    pub(crate) const fn of_prefix(prefix: &Prefix) -> Self {
        match prefix {
            Prefix::V4(_) => Self::V4,
            Prefix::V6(_) | Prefix::Specific(..) => Self::V6,
        }
    }

    /// The encoding of an update's prefix, given where it leads.
    // RFC 9229 §2.1: an Update with AE equal to 4 (v4-via-v6) containing the IPv4 prefix
    pub(crate) const fn of_route(prefix: &Prefix, next_hop: IpAddr) -> Self {
        match (prefix, next_hop) {
            (Prefix::V4(_), IpAddr::V6(_)) => Self::V4ViaV6,
            _ => Self::of_prefix(prefix),
        }
    }

    /// Whether the next hop of a prefix in this encoding is an IPv4 address.
    pub(crate) const fn leads_to_v4(self) -> bool {
        matches!(self, Self::V4)
    }

    /// Reads an address; `None` when octets are missing, `Some(None)` for a wildcard.
    #[expect(clippy::option_option, reason = "two different things can be absent")]
    pub(crate) fn read_address(self, octets: &mut Octets<'_>) -> Option<Option<IpAddr>> {
        Some(match self {
            Self::Wildcard => None,
            Self::V4 | Self::V4ViaV6 => Some(IpAddr::V4(Ipv4Addr::from(octets.array::<4>()?))),
            Self::V6 => Some(IpAddr::V6(Ipv6Addr::from(octets.array::<16>()?))),
            // RFC 8966 §4.1.4: the value is 8 octets long, a prefix of fe80::/64 is implied
            Self::LinkLocal => {
                let low = u64::from_be_bytes(octets.array()?);
                let high = u128::from(u64::from_be_bytes(LINK_LOCAL)) << 64;
                Some(IpAddr::V6(Ipv6Addr::from_bits(high | u128::from(low))))
            }
        })
    }

    /// How many octets [`Encoding::write_address`] adds.
    pub(crate) const fn address_len(self) -> u8 {
        match self {
            Self::Wildcard => 0,
            Self::V4 | Self::V4ViaV6 => 4,
            Self::V6 => 16,
            Self::LinkLocal => 8,
        }
    }

    /// Adds an address whose encoding this is.
    pub(crate) fn write_address(self, address: Option<IpAddr>, buffer: &mut Vec<u8>) {
        let octets = address.map_or([0; 16], octets_of);
        let skipped = if self == Self::LinkLocal { 8 } else { 0 };
        buffer.extend(octets.iter().skip(skipped).take(self.address_len().into()));
    }

    /// How many octets a prefix field has; `None` for an impossible prefix length.
    // RFC 8966 §4.1.5: a prefix is stored in the smallest number of octets that are enough to hold
    // the significant bits
    pub(crate) const fn prefix_len(self, plen: u8) -> Option<u8> {
        let octets = plen.div_ceil(8);
        match (self, plen) {
            (Self::Wildcard, 0) | (Self::V4 | Self::V4ViaV6, 0..=32) | (Self::V6, 0..=128) => {
                Some(octets)
            }
            // The implied half is counted in the prefix length and not stored. A shorter prefix
            // would hold addresses that are not link-local, in the extreme all of them.
            (Self::LinkLocal, 64..=128) => Some(octets - 8),
            _ => None,
        }
    }
}

/// fe80::/64
const LINK_LOCAL: [u8; 8] = [0xFE, 0x80, 0, 0, 0, 0, 0, 0];

/// The octets of an address, an IPv4 one first and padded with zeros.
pub(crate) fn octets_of(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        }
        IpAddr::V6(address) => address.octets(),
    }
}

/// Puts a prefix together from its stored octets, the first ones taken from `default`.
///
/// `None` for a wildcard or an impossible length. Bits beyond the length are cleared.
// RFC 8966 §4.6.9: the first Omitted octets of the prefix are taken from the previous Update TLV
// with the Prefix flag set; the next octets are taken from the Prefix field; any bits beyond Plen
// are cleared; the remaining octets are set to 0
pub(crate) fn assemble_prefix(
    encoding: Encoding,
    plen: u8,
    default: &[u8],
    stored: &[u8],
) -> Option<Prefix> {
    let implied = if encoding == Encoding::LinkLocal {
        &LINK_LOCAL[..]
    } else {
        default
    };
    let mut octets = [0; 16];
    let (first, rest) = octets.split_at_mut(implied.len().min(16));
    copy(first, implied);
    copy(rest, stored);
    match encoding {
        Encoding::Wildcard => None,
        // RFC 9229 §4.1: encoded and decoded just like prefixes tagged with AE 1
        Encoding::V4 | Encoding::V4ViaV6 => {
            let [a, b, c, d, ..] = octets;
            Prefix::v4(Ipv4Addr::new(a, b, c, d), plen).ok()
        }
        Encoding::V6 | Encoding::LinkLocal => Prefix::v6(Ipv6Addr::from(octets), plen).ok(),
    }
}

/// Copies as many octets as both have.
fn copy(to: &mut [u8], from: &[u8]) {
    let len = to.len().min(from.len());
    if let (Some(to), Some(from)) = (to.get_mut(..len), from.get(..len)) {
        to.copy_from_slice(from);
    }
}

#[cfg(test)]
mod tests;
