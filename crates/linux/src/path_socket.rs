//! Sockets that use one interface and one packet mark, whatever the routing table says.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use crate::sys::number;
use crate::sys::option::{set_bytes, set_number};
use crate::sys::socket;

/// The way a socket's packets take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// The interface's name (`SO_BINDTODEVICE`).
    pub device: String,
    /// The packets' mark (`SO_MARK`); 0 sets none.
    pub mark: u32,
}

impl Path {
    /// Gives a socket this way, before it is connected.
    pub(crate) fn bind(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        set_bytes(
            fd,
            number::SOL_SOCKET,
            number::SO_BINDTODEVICE,
            self.device.as_bytes(),
        )?;
        if self.mark == 0 {
            return Ok(());
        }
        set_number(
            fd,
            number::SOL_SOCKET,
            number::SO_MARK,
            self.mark.cast_signed(),
        )
    }
}

/// A non-blocking UDP socket that is connected over this way.
pub fn datagram(path: &Path, to: SocketAddr) -> io::Result<UdpSocket> {
    let fd = open(path, to.ip(), number::SOCK_DGRAM, number::IPPROTO_UDP)?;
    let socket = UdpSocket::from(fd);
    socket.connect(to)?;
    Ok(socket)
}

/// A non-blocking TCP socket that is being connected over this way: it becomes writable once it is, or
/// has failed, which `take_error` tells.
pub fn stream(path: &Path, to: SocketAddr) -> io::Result<TcpStream> {
    let fd = open(path, to.ip(), number::SOCK_STREAM, number::IPPROTO_TCP)?;
    // std connects a TCP socket only while it opens it, too late for the options above; its UDP type
    // makes the same system call on any descriptor.
    let socket = UdpSocket::from(fd);
    match socket.connect(to) {
        Err(error) if error.raw_os_error() != Some(number::EINPROGRESS) => return Err(error),
        _ => {}
    }
    Ok(TcpStream::from(OwnedFd::from(socket)))
}

pub(crate) fn open(path: &Path, to: IpAddr, kind: i32, protocol: i32) -> io::Result<OwnedFd> {
    let domain = match to {
        IpAddr::V4(_) => number::AF_INET,
        IpAddr::V6(_) => number::AF_INET6,
    };
    let fd = socket::open(domain, kind, protocol)?;
    path.bind(fd.as_fd())?;
    Ok(fd)
}
