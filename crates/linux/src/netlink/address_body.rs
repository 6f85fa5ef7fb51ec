//! `struct ifaddrmsg` (linux/if_addr.h): an address of an interface.
//!
//! ```text
//! 0        1               2       3       4       8
//! | family | prefix length | flags | scope | index | attributes ...
//! ```

use std::net::IpAddr;

use crate::address::Address;
use crate::netlink::attribute::{Attributes, ip, number, push, push_ip};
use crate::netlink::frame::number32;
use crate::netlink::number::{family, family_is_v4};

const HEADER: usize = 8;

const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const IFA_CACHEINFO: u16 = 6;
const IFA_FLAGS: u16 = 8;

const IFA_F_NODAD: u8 = 0x02;
const IFA_F_DADFAILED: u32 = 0x08;
const IFA_F_DEPRECATED: u32 = 0x20;
const IFA_F_TENTATIVE: u32 = 0x40;
/// A lifetime without end, `INFINITY_LIFE_TIME`.
const FOR_EVER: u32 = u32::MAX;

/// A request for all addresses.
pub(crate) fn dump() -> Vec<u8> {
    vec![0; HEADER]
}

/// A request that gives a device an address, usable at once; `other` is the other end's, where there is one.
pub(crate) fn set(index: u32, own: IpAddr, plen: u8, other: Option<IpAddr>) -> Vec<u8> {
    let mut message = vec![family(own.is_ipv4()), plen, IFA_F_NODAD, 0];
    message.extend(index.to_ne_bytes());
    push_ip(&mut message, IFA_LOCAL, own);
    push_ip(&mut message, IFA_ADDRESS, other.unwrap_or(own));
    message
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

/// Whether an address is deprecated; the lower eight flags are in the header.
pub(crate) fn is_deprecated(payload: &[u8]) -> bool {
    let flags = payload.get(2).copied().unwrap_or(0);
    u32::from(flags) & IFA_F_DEPRECATED != 0
}

/// The same address with another preferred lifetime: none, or all of the valid one. The kernel ignores the
/// flags that say how it is now.
pub(crate) fn with_preference(payload: &[u8], preferred: bool) -> Vec<u8> {
    let header = payload.get(..HEADER).unwrap_or(payload);
    let mut message = header.to_vec();
    let mut valid = FOR_EVER;
    for (kind, value) in Attributes::new(payload.get(HEADER..).unwrap_or(&[])) {
        if kind == IFA_CACHEINFO {
            valid = number32(value, 4).unwrap_or(FOR_EVER);
        } else {
            push(&mut message, kind, value);
        }
    }
    // struct ifa_cacheinfo: preferred and valid lifetime in seconds, two times that only the kernel writes.
    let lifetime = if preferred { valid } else { 0 };
    let info = [lifetime, valid, 0, 0].map(u32::to_ne_bytes).concat();
    push(&mut message, IFA_CACHEINFO, &info);
    message
}

#[cfg(test)]
mod tests;
