//! WireGuard devices: IP packets in UDP, each of which proves by a key who has sent it.
//!
//! The kernel does it all, keys included: this only says who may speak for which addresses.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};

use crate::ip_prefix::IpPrefix;
use crate::kernel_error::{KernelError, KernelErrorKind};
use crate::netlink::number::{
    NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, RTM_DELLINK, RTM_GETLINK, RTM_NEWADDR, RTM_NEWLINK,
};
use crate::netlink::request_socket::{Request, RequestSocket};
use crate::netlink::{address_body, generic_body, link_body, wireguard_body};
use crate::sys::number;

/// A private or public key: 32 octets (Curve25519).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WireguardKey(pub [u8; 32]);

/// A WireGuard device that there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireguardLink {
    /// The kernel's interface index.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// Largest inner packet in bytes.
    pub mtu: u32,
}

/// What a device is set to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WireguardState {
    /// The public key that goes with its private one; `None` while it has none.
    pub public_key: Option<WireguardKey>,
    /// The UDP port on which it listens; 0 while it is down and may choose one.
    pub port: u16,
    /// The other ends.
    pub peers: Vec<WireguardPeer>,
}

/// The other end of a tunnel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireguardPeer {
    /// Its public key.
    pub public_key: WireguardKey,
    /// Where its packets go; `None` is learnt from what it sends.
    pub endpoint: Option<SocketAddr>,
    /// For which addresses it may speak, and which of ours go to it.
    pub allowed: Vec<IpPrefix>,
}

/// Sockets for WireGuard devices.
#[derive(Debug)]
pub struct WireguardControl {
    links: RequestSocket,
    generic: RequestSocket,
    family: Option<u16>,
}

impl fmt::Debug for WireguardKey {
    /// It may be a private one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WireguardKey(..)")
    }
}

impl WireguardControl {
    /// Opens the sockets, in the network namespace of the calling thread.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            links: RequestSocket::new(number::NETLINK_ROUTE)?,
            generic: RequestSocket::new(number::NETLINK_GENERIC)?,
            family: None,
        })
    }

    /// The WireGuard devices.
    pub fn links(&mut self) -> Result<Vec<WireguardLink>, KernelError> {
        let read = wireguard_body::read_link;
        self.links.dump(RTM_GETLINK, &link_body::dump(), read)
    }

    /// Makes a device and switches it on; `Exists` when its name is taken, `Other(EOPNOTSUPP)` where the kernel
    /// has no WireGuard (the package kmod-wireguard).
    pub fn add(&mut self, name: &str, mtu: u32) -> Result<(), KernelError> {
        let flags = NLM_F_CREATE | NLM_F_EXCL;
        let body = wireguard_body::create_link(name, mtu);
        change(&mut self.links, RTM_NEWLINK, flags, body)
    }

    /// Removes the device of this index.
    pub fn delete(&mut self, index: u32) -> Result<(), KernelError> {
        change(&mut self.links, RTM_DELLINK, 0, link_body::delete(index))
    }

    /// Gives a device an address in a network of so many bits; `other` is the address of the other end where
    /// there is only one.
    pub fn set_address(
        &mut self,
        index: u32,
        own: IpAddr,
        plen: u8,
        other: Option<IpAddr>,
    ) -> Result<(), KernelError> {
        let flags = NLM_F_CREATE | NLM_F_REPLACE;
        let body = address_body::set(index, own, plen, other);
        change(&mut self.links, RTM_NEWADDR, flags, body)
    }

    /// What a device is set to.
    pub fn state(&mut self, index: u32) -> Result<WireguardState, KernelError> {
        let family = self.family()?;
        let mut state = WireguardState::default();
        let parts = self.generic.dump(
            family,
            &wireguard_body::dump(index),
            wireguard_body::read_state,
        )?;
        for part in parts {
            state.public_key = state.public_key.or(part.public_key);
            state.port = state.port.max(part.port);
            for peer in part.peers {
                // A peer with many prefixes comes in several parts.
                match state.peers.last_mut() {
                    Some(last) if last.public_key == peer.public_key => {
                        last.allowed.extend(peer.allowed);
                    }
                    _ => state.peers.push(peer),
                }
            }
        }
        Ok(state)
    }

    /// Gives a device its private key and port (0: any). With the key that it has, tunnels go on.
    pub fn set_device(
        &mut self,
        index: u32,
        private_key: &WireguardKey,
        port: u16,
    ) -> Result<(), KernelError> {
        let body = wireguard_body::set_device(index, private_key, port);
        self.set(body)
    }

    /// Adds a peer or changes its endpoint and addresses; its session goes on.
    pub fn set_peer(&mut self, index: u32, peer: &WireguardPeer) -> Result<(), KernelError> {
        self.set(wireguard_body::set_peer(index, peer))
    }

    /// Removes a peer.
    pub fn remove_peer(&mut self, index: u32, key: &WireguardKey) -> Result<(), KernelError> {
        self.set(wireguard_body::remove_peer(index, key))
    }

    fn set(&mut self, body: Vec<u8>) -> Result<(), KernelError> {
        let family = self.family()?;
        change(&mut self.generic, family, 0, body)
    }

    fn family(&mut self) -> Result<u16, KernelError> {
        if let Some(family) = self.family {
            return Ok(family);
        }
        let read = |payload: &[u8]| generic_body::read_family(payload, wireguard_body::FAMILY);
        let request = generic_body::families();
        let found = self
            .generic
            .dump(generic_body::CONTROLLER, &request, read)?;
        let family = found.first().copied();
        self.family = family;
        family.ok_or(KernelError::new(KernelErrorKind::NotFound))
    }
}

fn change(
    socket: &mut RequestSocket,
    kind: u16,
    flags: u16,
    body: Vec<u8>,
) -> Result<(), KernelError> {
    socket.change_one(Request { kind, flags, body })
}
