//! `struct ifaddrmsg` (linux/if_addr.h): an address of an interface.
//!
//! ```text
//! 0        1               2       3       4       8
//! | family | prefix length | flags | scope | index | attributes ...
//! ```

use crate::address::Address;
use crate::netlink::attribute::{Attributes, ip, number};
use crate::netlink::frame::number32;
use crate::netlink::number::family_is_v4;

const HEADER: usize = 8;

const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const IFA_FLAGS: u16 = 8;

const IFA_F_DADFAILED: u32 = 0x08;
const IFA_F_TENTATIVE: u32 = 0x40;

/// A request for all addresses.
pub(crate) fn dump() -> Vec<u8> {
    vec![0; HEADER]
}

/// Reads an address; `None` for another family or something malformed.
pub(crate) fn read(payload: &[u8]) -> Option<Address> {
    let (header, attributes) = payload.split_first_chunk::<HEADER>()?;
    let [family, plen, flags, scope, ..] = *header;
    let v4 = family_is_v4(family)?;
    let mut flags = u32::from(flags);
    let mut address = None;
    let mut local = None;
    for (kind, value) in Attributes::new(attributes) {
        match kind {
            IFA_ADDRESS => address = Some(ip(v4, value)?),
            // On a point-to-point link `address` is the other end's.
            IFA_LOCAL => local = Some(ip(v4, value)?),
            IFA_FLAGS => flags = number(value)?,
            _ => {}
        }
    }
    Some(Address {
        index: number32(header, 4)?,
        address: local.or(address)?,
        plen,
        scope,
        tentative: flags & IFA_F_TENTATIVE != 0,
        failed_dad: flags & IFA_F_DADFAILED != 0,
    })
}

#[cfg(test)]
mod tests;
