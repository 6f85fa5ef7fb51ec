//! Entries of the neighbour cache, from the crate's message to ours.

use std::net::IpAddr;

use netlink_packet_core::Parseable;
use netlink_packet_route::neighbour::{
    NeighbourAddress, NeighbourAttribute, NeighbourMessage, NeighbourState as WireState,
};

use crate::neighbour::{Neighbour, NeighbourState};
use crate::netlink::attribute::keep;

/// `struct ndmsg`.
const HEADER: usize = 12;
/// `NDA_DST`.
const KINDS: [u16; 1] = [1];

/// A request for the whole cache.
pub(crate) fn dump() -> NeighbourMessage {
    NeighbourMessage::default()
}

/// Reads an entry; `None` for another family (a bridge's table) or something malformed.
pub(crate) fn read(payload: &[u8]) -> Option<Neighbour> {
    let message = NeighbourMessage::parse(&keep(payload, HEADER, &KINDS)?).ok()?;
    let address = message
        .attributes
        .into_iter()
        .find_map(|attribute| match attribute {
            NeighbourAttribute::Destination(NeighbourAddress::Inet(address)) => {
                Some(IpAddr::V4(address))
            }
            NeighbourAttribute::Destination(NeighbourAddress::Inet6(address)) => {
                Some(IpAddr::V6(address))
            }
            _ => None,
        })?;
    let state = match message.header.state {
        WireState::None => NeighbourState::None,
        WireState::Incomplete => NeighbourState::Incomplete,
        WireState::Reachable => NeighbourState::Reachable,
        WireState::Stale => NeighbourState::Stale,
        WireState::Delay => NeighbourState::Delay,
        WireState::Probe => NeighbourState::Probe,
        WireState::Failed => NeighbourState::Failed,
        WireState::Noarp => NeighbourState::NoArp,
        WireState::Permanent => NeighbourState::Permanent,
        other => NeighbourState::Other(other.into()),
    };
    Some(Neighbour {
        index: message.header.ifindex,
        address,
        state,
    })
}

#[cfg(test)]
mod tests;
