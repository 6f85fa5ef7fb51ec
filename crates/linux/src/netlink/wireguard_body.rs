//! What generic netlink says of WireGuard devices (linux/wireguard.h), after the header of generic netlink.
//!
//! ```text
//! WGDEVICE_A_IFINDEX, .., WGDEVICE_A_PEERS { 0 { WGPEER_A_PUBLIC_KEY, ..,
//!     WGPEER_A_ALLOWEDIPS { 0 { WGALLOWEDIP_A_FAMILY, .. }, .. } }, .. }
//! ```

use std::net::{IpAddr, SocketAddr};

use crate::ip_prefix::IpPrefix;
use crate::netlink::attribute::{Attributes, ip, number, push, push_ip, push_number, text};
use crate::netlink::frame::{number16, number32};
use crate::netlink::generic_body;
use crate::netlink::link_body::{
    self, IFF_UP, IFLA_IFNAME, IFLA_LINKINFO, IFLA_MTU, INFO_KIND, device_kind,
};
use crate::netlink::number::{AF_INET, AF_INET6, family, family_is_v4};
use crate::wireguard::{WireguardKey, WireguardLink, WireguardPeer, WireguardState};

/// The family's name.
pub(crate) const FAMILY: &str = "wireguard";
const VERSION: u8 = 1;
const KIND: &[u8] = b"wireguard";

const WG_CMD_GET_DEVICE: u8 = 0;
const WG_CMD_SET_DEVICE: u8 = 1;

const WGDEVICE_A_IFINDEX: u16 = 1;
const WGDEVICE_A_PRIVATE_KEY: u16 = 3;
const WGDEVICE_A_PUBLIC_KEY: u16 = 4;
const WGDEVICE_A_LISTEN_PORT: u16 = 6;
const WGDEVICE_A_PEERS: u16 = 8;

const WGPEER_A_PUBLIC_KEY: u16 = 1;
const WGPEER_A_FLAGS: u16 = 3;
const WGPEER_A_ENDPOINT: u16 = 4;
const WGPEER_A_ALLOWEDIPS: u16 = 9;
const WGPEER_F_REMOVE_ME: u32 = 1;
const WGPEER_F_REPLACE_ALLOWEDIPS: u32 = 2;

const WGALLOWEDIP_A_FAMILY: u16 = 1;
const WGALLOWEDIP_A_IPADDR: u16 = 2;
const WGALLOWEDIP_A_CIDR_MASK: u16 = 3;

/// linux/netlink.h: the value is attributes; without it the kernel refuses them.
const NLA_F_NESTED: u16 = 0x8000;

/// A request that makes a device and switches it on.
pub(crate) fn create_link(name: &str, mtu: u32) -> Vec<u8> {
    let mut message = link_body::create(name, IFF_UP);
    push_number(&mut message, IFLA_MTU, mtu);
    let mut info = Vec::new();
    push(&mut info, INFO_KIND, KIND);
    push(&mut message, IFLA_LINKINFO, &info);
    message
}

/// Reads a WireGuard device; `None` for any other link.
pub(crate) fn read_link(payload: &[u8]) -> Option<WireguardLink> {
    let index = number32(payload, 4)?;
    let (mut name, mut mtu, mut is_ours) = (None, None, false);
    for (kind, value) in Attributes::new(payload.get(link_body::HEADER..)?) {
        match kind {
            IFLA_IFNAME => name = Some(text(value)),
            IFLA_MTU => mtu = number(value),
            IFLA_LINKINFO => is_ours = device_kind(value) == Some(KIND),
            _ => {}
        }
    }
    is_ours.then_some(WireguardLink {
        index,
        name: name?,
        mtu: mtu?,
    })
}

/// A request for all that a device is set to.
pub(crate) fn dump(index: u32) -> Vec<u8> {
    command(WG_CMD_GET_DEVICE, index)
}

/// A request that gives a device its private key and port.
pub(crate) fn set_device(index: u32, private_key: &WireguardKey, port: u16) -> Vec<u8> {
    let mut message = command(WG_CMD_SET_DEVICE, index);
    push(&mut message, WGDEVICE_A_PRIVATE_KEY, &private_key.0);
    push(&mut message, WGDEVICE_A_LISTEN_PORT, &port.to_ne_bytes());
    message
}

/// A request that adds a peer or makes it what is described.
pub(crate) fn set_peer(index: u32, peer: &WireguardPeer) -> Vec<u8> {
    let mut described = Vec::new();
    push(&mut described, WGPEER_A_PUBLIC_KEY, &peer.public_key.0);
    push_number(&mut described, WGPEER_A_FLAGS, WGPEER_F_REPLACE_ALLOWEDIPS);
    if let Some(endpoint) = peer.endpoint {
        push(&mut described, WGPEER_A_ENDPOINT, &socket_address(endpoint));
    }
    let mut allowed = Vec::new();
    for prefix in &peer.allowed {
        let mut one = Vec::new();
        let family = u16::from(family(prefix.is_v4()));
        push(&mut one, WGALLOWEDIP_A_FAMILY, &family.to_ne_bytes());
        push_ip(&mut one, WGALLOWEDIP_A_IPADDR, prefix.address);
        push(&mut one, WGALLOWEDIP_A_CIDR_MASK, &[prefix.plen]);
        push(&mut allowed, NLA_F_NESTED, &one);
    }
    push(&mut described, WGPEER_A_ALLOWEDIPS | NLA_F_NESTED, &allowed);
    with_peer(index, &described)
}

/// A request that removes a peer.
pub(crate) fn remove_peer(index: u32, key: &WireguardKey) -> Vec<u8> {
    let mut described = Vec::new();
    push(&mut described, WGPEER_A_PUBLIC_KEY, &key.0);
    push_number(&mut described, WGPEER_A_FLAGS, WGPEER_F_REMOVE_ME);
    with_peer(index, &described)
}

/// Reads one part of what a device is set to. A peer or prefix that is malformed is left out.
pub(crate) fn read_state(payload: &[u8]) -> Option<WireguardState> {
    let mut state = WireguardState::default();
    for (kind, value) in Attributes::new(payload.get(generic_body::HEADER..)?) {
        match kind {
            WGDEVICE_A_PUBLIC_KEY => state.public_key = key(value),
            WGDEVICE_A_LISTEN_PORT => state.port = number16(value, 0)?,
            WGDEVICE_A_PEERS => {
                let peers = Attributes::new(value);
                state.peers = peers.filter_map(|(_, value)| read_peer(value)).collect();
            }
            _ => {}
        }
    }
    Some(state)
}

fn read_peer(peer: &[u8]) -> Option<WireguardPeer> {
    let (mut public_key, mut endpoint, mut allowed) = (None, None, Vec::new());
    for (kind, value) in Attributes::new(peer) {
        match kind {
            WGPEER_A_PUBLIC_KEY => public_key = key(value),
            WGPEER_A_ENDPOINT => endpoint = read_socket_address(value),
            WGPEER_A_ALLOWEDIPS => {
                let prefixes = Attributes::new(value);
                allowed = prefixes
                    .filter_map(|(_, value)| read_allowed(value))
                    .collect();
            }
            _ => {}
        }
    }
    Some(WireguardPeer {
        public_key: public_key?,
        endpoint,
        allowed,
    })
}

fn read_allowed(allowed: &[u8]) -> Option<IpPrefix> {
    let (mut family, mut address, mut plen) = (None, None, None);
    for (kind, value) in Attributes::new(allowed) {
        match kind {
            WGALLOWEDIP_A_FAMILY => family = number16(value, 0),
            WGALLOWEDIP_A_IPADDR => address = Some(value),
            WGALLOWEDIP_A_CIDR_MASK => plen = value.first().copied(),
            _ => {}
        }
    }
    let v4 = family_is_v4(u8::try_from(family?).ok()?)?;
    IpPrefix::new(ip(v4, address?)?, plen?)
}

/// `struct sockaddr_in` or `sockaddr_in6`.
fn socket_address(address: SocketAddr) -> Vec<u8> {
    let v4 = address.is_ipv4();
    let mut octets = u16::from(family(v4)).to_ne_bytes().to_vec();
    octets.extend(address.port().to_be_bytes());
    match address.ip() {
        IpAddr::V4(ip) => {
            octets.extend(ip.octets());
            octets.extend([0; 8]);
        }
        IpAddr::V6(ip) => {
            octets.extend([0; 4]);
            octets.extend(ip.octets());
            octets.extend([0; 4]);
        }
    }
    octets
}

fn read_socket_address(octets: &[u8]) -> Option<SocketAddr> {
    let family = u8::try_from(number16(octets, 0)?).ok()?;
    let port = u16::from_be_bytes(*octets.get(2..)?.first_chunk()?);
    let address = match family {
        AF_INET => ip(true, octets.get(4..8)?),
        AF_INET6 => ip(false, octets.get(8..24)?),
        _ => None,
    };
    Some(SocketAddr::new(address?, port))
}

fn key(value: &[u8]) -> Option<WireguardKey> {
    value.try_into().ok().map(WireguardKey)
}

fn with_peer(index: u32, described: &[u8]) -> Vec<u8> {
    let mut message = command(WG_CMD_SET_DEVICE, index);
    let mut peers = Vec::new();
    push(&mut peers, NLA_F_NESTED, described);
    push(&mut message, WGDEVICE_A_PEERS | NLA_F_NESTED, &peers);
    message
}

fn command(command: u8, index: u32) -> Vec<u8> {
    let mut message = generic_body::command(command, VERSION);
    push_number(&mut message, WGDEVICE_A_IFINDEX, index);
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(endpoint: Option<&str>) -> WireguardPeer {
        let allowed = ["10.42.3.0/24", "fd42:0:0:3::/64", "0.0.0.0/0", "::/0"];
        WireguardPeer {
            public_key: WireguardKey([7; 32]),
            endpoint: endpoint.map(|text| text.parse().unwrap()),
            allowed: allowed.map(|text| IpPrefix::parse(text).unwrap()).into(),
        }
    }

    #[test]
    fn a_peer_is_read_as_it_was_described() {
        for endpoint in [None, Some("10.42.0.3:6699"), Some("[fd42::1]:6699")] {
            let peer = peer(endpoint);
            let message = set_peer(5, &peer);
            let state = read_state(&message).unwrap();
            assert_eq!(state.peers, [peer]);
            for length in 0..message.len() {
                // Cut short it may be another device, but never a panic.
                let _ = read_state(&message[..length]);
            }
        }
    }

    #[test]
    fn a_link_is_known_by_its_kind() {
        let mut message = create_link("grange-010203", 1420);
        message[4..8].copy_from_slice(&7_u32.to_ne_bytes());
        let link = read_link(&message).unwrap();
        assert_eq!((link.index, link.mtu), (7, 1420));
        assert_eq!(link.name, "grange-010203");
        for length in 0..message.len() {
            let _ = read_link(&message[..length]);
        }
    }

    #[test]
    fn a_private_key_is_shown_to_nobody() {
        assert_eq!(format!("{:?}", WireguardKey([1; 32])), "WireguardKey(..)");
    }
}
