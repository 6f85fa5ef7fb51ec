//! The UDP socket of a link-local multicast protocol.

use std::io;
use std::net::{Ipv6Addr, SocketAddrV6};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use crate::sys::datagram;
use crate::sys::number;
use crate::sys::option::{set_bytes, set_number, set_receive_buffer};

/// A burst of about 350 packets overruns the usual 208 KiB: a neighbour with a large table sends
/// that much at once.
const RECEIVE_BUFFER_BYTES: usize = 2 << 20;

/// Internetwork control (RFC 4594), what Wi-Fi sends as voice and babeld sends as well.
const TRAFFIC_CLASS: i32 = 0xc0;

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
#[derive(Debug)]
pub struct MeshSocket {
    fd: OwnedFd,
    port: u16,
}

impl MeshSocket {
    /// Binds to `[::]:port`.
    ///
    /// Another program that allows it too may be bound to the same port: only one of the two gets
    /// a unicast datagram. Hold a [`crate::file_lock::FileLock`] against a second self.
    pub fn bind(port: u16) -> io::Result<Self> {
        let fd = datagram::open()?;
        let socket = fd.as_fd();
        set_number(socket, number::SOL_SOCKET, number::SO_REUSEADDR, 1)?;
        set_receive_buffer(socket, RECEIVE_BUFFER_BYTES)?;
        for (option, value) in [
            (number::IPV6_V6ONLY, 1),
            (number::IPV6_RECVPKTINFO, 1),
            (number::IPV6_RECVHOPLIMIT, 1),
            (number::IPV6_UNICAST_HOPS, 1),
            (number::IPV6_MULTICAST_HOPS, 1),
            (number::IPV6_MULTICAST_LOOP, 0),
            (number::IPV6_TCLASS, TRAFFIC_CLASS),
        ] {
            set_number(socket, number::IPPROTO_IPV6, option, value)?;
        }
        datagram::bind(&fd, port)?;
        Ok(Self { fd, port })
    }

    /// Receives the datagrams to a multicast group that arrive at an interface. Joining again is
    /// no error.
    pub fn join(&self, interface: u32, group: Ipv6Addr) -> io::Result<()> {
        match self.membership(number::IPV6_ADD_MEMBERSHIP, interface, group) {
            Err(error) if error.raw_os_error() == Some(number::EADDRINUSE) => Ok(()),
            other => other,
        }
    }

    /// Stops receiving a group at an interface. No error when the interface is gone or the group
    /// was never joined.
    pub fn leave(&self, interface: u32, group: Ipv6Addr) -> io::Result<()> {
        match self.membership(number::IPV6_DROP_MEMBERSHIP, interface, group) {
            Err(error)
                if matches!(
                    error.raw_os_error(),
                    Some(number::EADDRNOTAVAIL | number::ENODEV | number::ENXIO)
                ) =>
            {
                Ok(())
            }
            other => other,
        }
    }

    /// Sends one datagram out of an interface, from this address of it (unspecified: the kernel picks one),
    /// to a link-local neighbour or a group, at the socket's own port. `WouldBlock` or `ENOBUFS`: the
    /// interface's queue is full.
    pub fn send_to(
        &self,
        interface: u32,
        source: Ipv6Addr,
        destination: Ipv6Addr,
        payload: &[u8],
    ) -> io::Result<()> {
        let destination = SocketAddrV6::new(destination, self.port, 0, interface);
        datagram::send(&self.fd, interface, source, destination, payload)
    }

    /// Takes one datagram; `None` when there is none.
    ///
    /// A datagram of which the kernel does not say where it came in is skipped; so is an error that
    /// an earlier send left behind.
    pub fn receive(&self, buffer: &mut [u8]) -> io::Result<Option<Received>> {
        loop {
            let datagram = match datagram::receive(&self.fd, buffer) {
                Ok(datagram) => datagram,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) if is_left_behind(&error) => continue,
                Err(error) => return Err(error),
            };
            let Some((destination, interface)) = datagram.packet_info else {
                continue;
            };
            return Ok(Some(Received {
                len: datagram.len,
                truncated: datagram.truncated,
                source: datagram.source,
                destination,
                interface,
                hop_limit: datagram.hop_limit.unwrap_or(0),
            }));
        }
    }

    /// `struct ipv6_mreq`: the group and the interface's index.
    fn membership(&self, option: i32, interface: u32, group: Ipv6Addr) -> io::Result<()> {
        let mut request = [0; 20];
        let (address, index) = request.split_at_mut(16);
        address.copy_from_slice(&group.octets());
        index.copy_from_slice(&interface.to_ne_bytes());
        set_bytes(self.fd.as_fd(), number::IPPROTO_IPV6, option, &request)
    }
}

impl AsFd for MeshSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// The kernel reports some failures of a send at the next receive, which has then taken nothing.
fn is_left_behind(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(
            number::ECONNREFUSED
                | number::EHOSTUNREACH
                | number::ENETUNREACH
                | number::ENETDOWN
                | number::EMSGSIZE
                | number::EPROTO
        )
    )
}
