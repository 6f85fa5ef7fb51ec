//! `struct ifinfomsg` and the few attributes of a link that a router needs.
//!
//! ```text
//! 0        1     2       4       8       12       16
//! | family | pad | type | index | flags | change | attributes ...
//! ```

use crate::link::Link;
use crate::netlink::attribute::{Attributes, push, push_number, text};
use crate::netlink::frame::number32;

/// Octets of a header.
pub(crate) const HEADER: usize = 16;

pub(crate) const IFLA_ADDRESS: u16 = 1;
pub(crate) const IFLA_IFNAME: u16 = 3;
pub(crate) const IFLA_MTU: u16 = 4;
const IFLA_OPERSTATE: u16 = 16;
pub(crate) const IFLA_LINKINFO: u16 = 18;
/// `IFLA_INFO_KIND`, inside `IFLA_LINKINFO`.
pub(crate) const INFO_KIND: u16 = 1;
const IFLA_EXT_MASK: u16 = 29;
/// Leaves the counters out of a dump: most of its bytes.
const RTEXT_FILTER_SKIP_STATS: u32 = 8;

const IF_OPER_UNKNOWN: u8 = 0;
const IF_OPER_UP: u8 = 6;

pub(crate) const IFF_UP: u32 = 0x1;
const IFF_LOOPBACK: u32 = 0x8;
const IFF_RUNNING: u32 = 0x40;

/// The kinds of devices that are tunnels (`rtnl_link_ops.kind`).
const TUNNELS: [&[u8]; 18] = [
    b"tun",
    b"wireguard",
    b"amneziawg",
    b"vxlan",
    b"geneve",
    b"gre",
    b"gretap",
    b"ip6gre",
    b"ip6gretap",
    b"ipip",
    b"ip6tnl",
    b"sit",
    b"vti",
    b"vti6",
    b"xfrm",
    b"l2tp",
    b"ovpn",
    b"ppp",
];

/// A request for all links.
pub(crate) fn dump() -> Vec<u8> {
    let mut message = vec![0; HEADER];
    push_number(&mut message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    message
}

/// The beginning of a request that makes a device with these flags set.
pub(crate) fn create(name: &str, flags: u32) -> Vec<u8> {
    let mut message = vec![0; HEADER];
    message[8..12].copy_from_slice(&flags.to_ne_bytes());
    message[12..16].copy_from_slice(&flags.to_ne_bytes());
    let mut name = name.as_bytes().to_vec();
    name.push(0);
    push(&mut message, IFLA_IFNAME, &name);
    message
}

/// A request that removes a device.
pub(crate) fn delete(index: u32) -> Vec<u8> {
    let mut message = vec![0; HEADER];
    message[4..8].copy_from_slice(&index.to_ne_bytes());
    message
}

/// Reads a link; everything but `wireless`, which only sysfs knows and `is_wireless` tells from the
/// name.
///
/// `None` for what is no description of a link: a bridge's announcement about a port, a radio's
/// about itself, or something malformed.
pub(crate) fn read(payload: &[u8], is_wireless: impl FnOnce(&str) -> bool) -> Option<Link> {
    let index = index(payload)?;
    let flags = number32(payload, 8)?;
    let mut name = None;
    let mut mtu = None;
    let mut operational = IF_OPER_UNKNOWN;
    let mut ether_address = None;
    let mut tunnel = false;
    for (kind, value) in Attributes::new(payload.get(HEADER..)?) {
        match kind {
            IFLA_IFNAME => name = Some(text(value)),
            IFLA_MTU => mtu = number32(value, 0),
            IFLA_OPERSTATE => operational = value.first().copied()?,
            IFLA_LINKINFO => {
                tunnel = device_kind(value).is_some_and(|kind| TUNNELS.contains(&kind));
            }
            IFLA_ADDRESS => ether_address = value.try_into().ok(),
            _ => {}
        }
    }
    let name = name?;
    let running = flags & IFF_RUNNING != 0 && matches!(operational, IF_OPER_UP | IF_OPER_UNKNOWN);
    Some(Link {
        index,
        up: flags & IFF_UP != 0,
        running,
        mtu: mtu?,
        wireless: is_wireless(&name),
        tunnel,
        loopback: flags & IFF_LOOPBACK != 0,
        ether_address,
        name,
    })
}

/// The kind of a device (`rtnl_link_ops.kind`), by its `IFLA_LINKINFO`.
pub(crate) fn device_kind(link_info: &[u8]) -> Option<&[u8]> {
    let (_, name) = Attributes::new(link_info).find(|(kind, _)| *kind == INFO_KIND)?;
    Some(name.strip_suffix(&[0]).unwrap_or(name))
}

/// The index of the link a message is about; `None` for a bridge's message about a port (family
/// `AF_BRIDGE`): a port that leaves its bridge is announced as a deleted link.
pub(crate) fn index(payload: &[u8]) -> Option<u32> {
    if *payload.first()? != 0 {
        return None;
    }
    number32(payload, 4)
}

#[cfg(test)]
mod tests;
