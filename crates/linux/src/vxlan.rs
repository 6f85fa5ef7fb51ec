//! Vxlan devices (RFC 7348): Ethernet frames in UDP between two routers.
//!
//! Nothing is learnt or resolved: where frames go is said once, so that no packet can change it.

use std::io;
use std::net::IpAddr;

use crate::kernel_error::KernelError;
use crate::netlink::number::{
    NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, RTM_DELLINK, RTM_GETLINK, RTM_NEWLINK, RTM_NEWNEIGH,
};
use crate::netlink::request_socket::{Request, RequestSocket};
use crate::netlink::{link_body, vxlan_body};
use crate::sys::number;

/// What a vxlan device is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vxlan {
    /// Its name, at most 15 octets.
    pub name: String,
    /// The network identifier, 24 bits.
    pub vni: u32,
    /// The outer source address.
    pub local: IpAddr,
    /// Where frames go that no entry names; of the family of `local`. `None` drops them.
    pub remote: Option<IpAddr>,
    /// The UDP port.
    pub port: u16,
    /// Largest inner packet in bytes.
    pub mtu: u32,
    /// Its hardware address.
    pub ether_address: [u8; 6],
}

/// A vxlan device that there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The kernel's interface index.
    pub index: u32,
    /// What it is.
    pub vxlan: Vxlan,
}

/// A socket for vxlan devices.
#[derive(Debug)]
pub struct VxlanControl {
    socket: RequestSocket,
}

impl VxlanControl {
    /// Opens the socket, in the network namespace of the calling thread.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            socket: RequestSocket::new(number::NETLINK_ROUTE)?,
        })
    }

    /// The vxlan devices that have a local address.
    pub fn devices(&mut self) -> Result<Vec<Device>, KernelError> {
        self.socket
            .dump(RTM_GETLINK, &link_body::dump(), vxlan_body::read)
    }

    /// Makes a device and switches it on; `Exists` when its name or identifier is taken, `Unsupported`
    /// or the like where the kernel has no vxlan (the package kmod-vxlan).
    pub fn add(&mut self, vxlan: &Vxlan) -> Result<(), KernelError> {
        let flags = NLM_F_CREATE | NLM_F_EXCL;
        self.change(RTM_NEWLINK, flags, vxlan_body::create(vxlan))
    }

    /// Removes the device of this index.
    pub fn delete(&mut self, index: u32) -> Result<(), KernelError> {
        self.change(RTM_DELLINK, 0, link_body::delete(index))
    }

    /// Says which hardware address a next hop on a device has.
    pub fn set_neighbour(
        &mut self,
        index: u32,
        address: IpAddr,
        ether_address: [u8; 6],
    ) -> Result<(), KernelError> {
        let flags = NLM_F_CREATE | NLM_F_REPLACE;
        let body = vxlan_body::neighbour(index, address, ether_address);
        self.change(RTM_NEWNEIGH, flags, body)
    }

    /// Says to which router frames for a hardware address go.
    pub fn set_forwarding(
        &mut self,
        index: u32,
        ether_address: [u8; 6],
        remote: IpAddr,
    ) -> Result<(), KernelError> {
        let flags = NLM_F_CREATE | NLM_F_REPLACE;
        let body = vxlan_body::forwarding(index, ether_address, remote);
        self.change(RTM_NEWNEIGH, flags, body)
    }

    fn change(&mut self, kind: u16, flags: u16, body: Vec<u8>) -> Result<(), KernelError> {
        self.socket.change_one(Request { kind, flags, body })
    }
}
