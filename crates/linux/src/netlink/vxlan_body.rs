//! `struct ifinfomsg` of a vxlan device, and the entries that say where its frames go.
//!
//! ```text
//! IFLA_LINKINFO { IFLA_INFO_KIND "vxlan", IFLA_INFO_DATA { IFLA_VXLAN_ID, .. } }
//! ```

use std::net::IpAddr;

use crate::netlink::attribute::{Attributes, ip, number, push, push_ip, push_number, text};
use crate::netlink::frame::number32;
use crate::netlink::link_body::{
    self, IFF_UP, IFLA_ADDRESS, IFLA_IFNAME, IFLA_LINKINFO, IFLA_MTU, INFO_KIND, device_kind,
};
use crate::netlink::neighbour_body::{self, NDA_DST, NDA_LLADDR};
use crate::netlink::number::family;
use crate::vxlan::{Device, Vxlan};

/// `IFLA_INFO_DATA`, inside `IFLA_LINKINFO`.
const INFO_DATA: u16 = 2;
const KIND: &[u8] = b"vxlan";

/// linux/if_link.h
const VXLAN_ID: u16 = 1;
const VXLAN_GROUP: u16 = 2;
const VXLAN_LOCAL: u16 = 4;
const VXLAN_LEARNING: u16 = 7;
const VXLAN_PORT: u16 = 15;
const VXLAN_GROUP6: u16 = 16;
const VXLAN_LOCAL6: u16 = 17;

const IFF_NOARP: u32 = 0x80;

/// linux/neighbour.h
const AF_BRIDGE: u8 = 7;
const NUD_NOARP: u16 = 0x40;
const NUD_PERMANENT: u16 = 0x80;
const NTF_SELF: u8 = 0x02;

/// A request that makes the device, up and without address resolution.
pub(crate) fn create(vxlan: &Vxlan) -> Vec<u8> {
    let mut message = link_body::create(&vxlan.name, IFF_UP | IFF_NOARP);
    push(&mut message, IFLA_ADDRESS, &vxlan.ether_address);
    push_number(&mut message, IFLA_MTU, vxlan.mtu);
    let mut data = Vec::new();
    push_number(&mut data, VXLAN_ID, vxlan.vni);
    let v4 = vxlan.local.is_ipv4();
    push_ip(
        &mut data,
        if v4 { VXLAN_LOCAL } else { VXLAN_LOCAL6 },
        vxlan.local,
    );
    if let Some(remote) = vxlan.remote {
        push_ip(
            &mut data,
            if v4 { VXLAN_GROUP } else { VXLAN_GROUP6 },
            remote,
        );
    }
    // Else a frame with another's source would take his place.
    push(&mut data, VXLAN_LEARNING, &[0]);
    push(&mut data, VXLAN_PORT, &vxlan.port.to_be_bytes());
    let mut info = Vec::new();
    push(&mut info, INFO_KIND, KIND);
    push(&mut info, INFO_DATA, &data);
    push(&mut message, IFLA_LINKINFO, &info);
    message
}

/// Reads a vxlan device that has a local address; `None` for any other link.
pub(crate) fn read(payload: &[u8]) -> Option<Device> {
    let index = number32(payload, 4)?;
    let (mut name, mut mtu, mut ether_address, mut data) = (None, None, None, None);
    for (kind, value) in Attributes::new(payload.get(link_body::HEADER..)?) {
        match kind {
            IFLA_IFNAME => name = Some(text(value)),
            IFLA_MTU => mtu = number(value),
            IFLA_ADDRESS => ether_address = value.try_into().ok(),
            IFLA_LINKINFO => data = data_of(value),
            _ => {}
        }
    }
    let (mut vni, mut local, mut remote, mut port) = (None, None, None, None);
    for (kind, value) in Attributes::new(data?) {
        match kind {
            VXLAN_ID => vni = number(value),
            VXLAN_LOCAL => local = ip(true, value),
            VXLAN_LOCAL6 => local = ip(false, value),
            VXLAN_GROUP => remote = ip(true, value),
            VXLAN_GROUP6 => remote = ip(false, value),
            VXLAN_PORT => port = value.try_into().ok().map(u16::from_be_bytes),
            _ => {}
        }
    }
    Some(Device {
        index,
        vxlan: Vxlan {
            name: name?,
            vni: vni?,
            local: local?,
            // The kernel may show "none" as an address of zeros.
            remote: remote.filter(|remote| !remote.is_unspecified()),
            port: port?,
            mtu: mtu?,
            ether_address: ether_address?,
        },
    })
}

/// An entry of the neighbour cache that never ages.
pub(crate) fn neighbour(index: u32, address: IpAddr, ether_address: [u8; 6]) -> Vec<u8> {
    let mut message = entry(family(address.is_ipv4()), index, NUD_PERMANENT, 0);
    push_ip(&mut message, NDA_DST, address);
    push(&mut message, NDA_LLADDR, &ether_address);
    message
}

/// An entry of the device's own table: frames to that address go to this router.
pub(crate) fn forwarding(index: u32, ether_address: [u8; 6], remote: IpAddr) -> Vec<u8> {
    let mut message = entry(AF_BRIDGE, index, NUD_NOARP | NUD_PERMANENT, NTF_SELF);
    push(&mut message, NDA_LLADDR, &ether_address);
    push_ip(&mut message, NDA_DST, remote);
    message
}

fn entry(family: u8, index: u32, state: u16, flags: u8) -> Vec<u8> {
    let mut message = vec![0; neighbour_body::HEADER];
    message[0] = family;
    message[4..8].copy_from_slice(&index.to_ne_bytes());
    message[8..10].copy_from_slice(&state.to_ne_bytes());
    message[10] = flags;
    message
}

fn data_of(info: &[u8]) -> Option<&[u8]> {
    let (_, data) = Attributes::new(info).find(|(kind, _)| *kind == INFO_DATA)?;
    (device_kind(info) == Some(KIND)).then_some(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_read_as_it_was_described() {
        for (local, remote) in [
            ("fd42::3", Some("fd42::1")),
            ("fd42::1", None),
            ("10.42.0.3", Some("10.42.0.1")),
        ] {
            let vxlan = Vxlan {
                name: "grange-gw1".to_owned(),
                vni: 0x01_02_03,
                local: local.parse().unwrap(),
                remote: remote.map(|remote| remote.parse().unwrap()),
                port: 6698,
                mtu: 1430,
                ether_address: [2, 0x67, 0x72, 0, 0, 3],
            };
            let mut message = create(&vxlan);
            message[4..8].copy_from_slice(&7_u32.to_ne_bytes());
            let device = read(&message).unwrap();
            assert_eq!((device.index, device.vxlan), (7, vxlan));
            for length in 0..message.len() {
                // Cut short it may be another device, but never a panic.
                let _ = read(&message[..length]);
            }
        }
    }
}
