//! The UDP socket of a link-local multicast protocol.

use std::io;
use std::net::{Ipv6Addr, SocketAddrV6};
use std::os::fd::{AsFd, BorrowedFd};

/// A datagram that was received; its payload is at the start of the caller's buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    /// Payload bytes in the buffer.
    pub len: usize,
    /// The datagram was longer than the buffer: the rest is lost.
    pub truncated: bool,
    /// Who sent it.
    pub source: SocketAddrV6,
    /// The address it was sent to.
    pub destination: Ipv6Addr,
    /// The index of the interface it came in by.
    pub interface: u32,
    /// Its hop limit on arrival; 255 or 1 are what link-local protocols send.
    pub hop_limit: u8,
}

impl Received {
    /// Whether it was sent to a multicast group.
    pub const fn is_multicast(&self) -> bool {
        self.destination.is_multicast()
    }
}

/// An IPv6 UDP socket that speaks on many interfaces with link-local neighbours.
///
/// Non-blocking. Sends with hop limit 1 and traffic class 0xc0 (internetwork control), and does
/// not hear its own multicast.
pub struct MeshSocket {}

impl MeshSocket {
    /// Binds to `[::]:port`.
    pub fn bind(port: u16) -> io::Result<Self> {
        let _ = port;
        todo!()
    }

    /// Receives the datagrams to a multicast group that arrive at an interface. Joining again is
    /// no error.
    pub fn join(&self, interface: u32, group: Ipv6Addr) -> io::Result<()> {
        let _ = (interface, group);
        todo!()
    }

    /// Stops receiving a group at an interface. No error when the interface is gone or the group
    /// was never joined.
    pub fn leave(&self, interface: u32, group: Ipv6Addr) -> io::Result<()> {
        let _ = (interface, group);
        todo!()
    }

    /// Sends one datagram out of an interface, to a link-local neighbour or a group, at the
    /// socket's own port.
    pub fn send_to(&self, interface: u32, destination: Ipv6Addr, payload: &[u8]) -> io::Result<()> {
        let _ = (interface, destination, payload);
        todo!()
    }

    /// Takes one datagram; `None` when there is none.
    pub fn receive(&self, buffer: &mut [u8]) -> io::Result<Option<Received>> {
        let _ = buffer;
        todo!()
    }
}

impl AsFd for MeshSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        todo!()
    }
}
