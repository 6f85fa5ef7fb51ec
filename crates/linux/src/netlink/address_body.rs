//! Addresses, from the crate's message to ours.

use netlink_packet_core::Parseable;
use netlink_packet_route::address::{AddressAttribute, AddressFlags, AddressMessage};

use crate::address::Address;
use crate::netlink::attribute::keep;

/// `struct ifaddrmsg`.
const HEADER: usize = 8;
/// `IFA_ADDRESS`, `IFA_LOCAL`, `IFA_FLAGS`.
const KINDS: [u16; 3] = [1, 2, 8];

/// A request for all addresses.
pub(crate) fn dump() -> AddressMessage {
    AddressMessage::default()
}

/// Reads an address; `None` for another family or something malformed.
pub(crate) fn read(payload: &[u8]) -> Option<Address> {
    let message = AddressMessage::parse(&keep(payload, HEADER, &KINDS)?).ok()?;
    let mut flags = u32::from(message.header.flags.bits());
    let mut address = None;
    let mut local = None;
    for attribute in message.attributes {
        match attribute {
            AddressAttribute::Address(value) => address = Some(value),
            // On a point-to-point link `Address` is the other end's.
            AddressAttribute::Local(value) => local = Some(value),
            AddressAttribute::Flags(value) => flags = value.bits(),
            _ => {}
        }
    }
    Some(Address {
        index: message.header.index,
        address: local.or(address)?,
        plen: message.header.prefix_len,
        scope: message.header.scope.into(),
        tentative: flags & AddressFlags::Tentative.bits() != 0,
        failed_dad: flags & AddressFlags::Dadfailed.bits() != 0,
    })
}

#[cfg(test)]
mod tests;
