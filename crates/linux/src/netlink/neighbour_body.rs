//! `struct ndmsg` (linux/neighbour.h): an entry of the neighbour cache.
//!
//! ```text
//! 0        1         4       8       10      11     12
//! | family | padding | index | state | flags | type | attributes ...
//! ```

use crate::neighbour::{Neighbour, NeighbourState};
use crate::netlink::attribute::{Attributes, ip};
use crate::netlink::frame::{number16, number32};
use crate::netlink::number::family_is_v4;

/// Octets of a header.
pub(crate) const HEADER: usize = 12;

pub(crate) const NDA_DST: u16 = 1;
pub(crate) const NDA_LLADDR: u16 = 2;

/// A request for the whole cache.
pub(crate) fn dump() -> Vec<u8> {
    vec![0; HEADER]
}

/// Reads an entry; `None` for another family (a bridge's table) or something malformed.
pub(crate) fn read(payload: &[u8]) -> Option<Neighbour> {
    let (header, attributes) = payload.split_first_chunk::<HEADER>()?;
    let v4 = family_is_v4(*header.first()?)?;
    let find = |wanted| Attributes::new(attributes).find(|(kind, _)| *kind == wanted);
    let (_, address) = find(NDA_DST)?;
    // NUD_*.
    let state = match number16(header, 8)? {
        0x00 => NeighbourState::None,
        0x01 => NeighbourState::Incomplete,
        0x02 => NeighbourState::Reachable,
        0x04 => NeighbourState::Stale,
        0x08 => NeighbourState::Delay,
        0x10 => NeighbourState::Probe,
        0x20 => NeighbourState::Failed,
        0x40 => NeighbourState::NoArp,
        0x80 => NeighbourState::Permanent,
        other => NeighbourState::Other(other),
    };
    Some(Neighbour {
        index: number32(header, 4)?,
        address: ip(v4, address)?,
        state,
        ether_address: find(NDA_LLADDR).and_then(|(_, value)| value.try_into().ok()),
    })
}

#[cfg(test)]
mod tests;
