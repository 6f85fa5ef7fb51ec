//! IPv6 datagrams with the interface they go out of or came in by.
#![allow(
    trivial_numeric_casts,
    clippy::useless_conversion,
    reason = "lengths of control messages are size_t in glibc and 32 bits in musl"
)]

use std::io;
use std::mem;
use std::net::{Ipv6Addr, SocketAddrV6};
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr;

use crate::sys::option::{check, check_length, length_of};
use crate::sys::socket;

/// Room for a pktinfo, a hop limit and whatever else the kernel may add, aligned for a cmsghdr.
#[repr(C, align(8))]
struct Control([u8; 128]);

/// What one receive gave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Datagram {
    /// Bytes in the buffer.
    pub(crate) len: usize,
    /// There was more than the buffer could take; the rest is lost.
    pub(crate) truncated: bool,
    /// The sender.
    pub(crate) source: SocketAddrV6,
    /// Destination address and incoming interface, if the kernel said so.
    pub(crate) packet_info: Option<(Ipv6Addr, u32)>,
    /// The hop limit, if the kernel said so.
    pub(crate) hop_limit: Option<u8>,
}

/// Opens a non-blocking IPv6 UDP socket.
pub(crate) fn open() -> io::Result<OwnedFd> {
    socket::open(libc::AF_INET6, libc::SOCK_DGRAM, 0)
}

/// Binds to a port on every address.
pub(crate) fn bind(fd: &OwnedFd, port: u16) -> io::Result<()> {
    let address = to_c(SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, port, 0, 0));
    // SAFETY: pointer and length describe `address`, which the kernel only reads.
    let result = unsafe {
        libc::bind(
            fd.as_raw_fd(),
            (&raw const address).cast(),
            length_of::<libc::sockaddr_in6>(),
        )
    };
    check(result)
}

/// Sends one datagram out of an interface, from an address of it; unspecified lets the kernel pick.
pub(crate) fn send(
    fd: &OwnedFd,
    interface: u32,
    source: Ipv6Addr,
    destination: SocketAddrV6,
    payload: &[u8],
) -> io::Result<()> {
    let mut address = to_c(destination);
    let mut part = libc::iovec {
        iov_base: payload.as_ptr().cast_mut().cast(),
        iov_len: payload.len(),
    };
    let mut control = Control([0; 128]);
    // SAFETY: all bits zero is a valid msghdr: null pointers with length 0.
    let mut header: libc::msghdr = unsafe { mem::zeroed() };
    header.msg_name = (&raw mut address).cast();
    header.msg_namelen = length_of::<libc::sockaddr_in6>();
    header.msg_iov = &raw mut part;
    header.msg_iovlen = 1;
    header.msg_control = (&raw mut control).cast();
    let info_length = length_of::<libc::in6_pktinfo>();
    // SAFETY: CMSG_SPACE only computes.
    header.msg_controllen = unsafe { libc::CMSG_SPACE(info_length) } as _;
    let info = libc::in6_pktinfo {
        ipi6_addr: libc::in6_addr {
            s6_addr: source.octets(),
        },
        ipi6_ifindex: interface,
    };
    // SAFETY: `control` is aligned for a cmsghdr and longer than the control length above, which
    // holds one cmsghdr with one in6_pktinfo; so the first header exists and its data fits.
    unsafe {
        let first = libc::CMSG_FIRSTHDR(&raw const header);
        (*first).cmsg_level = libc::IPPROTO_IPV6;
        (*first).cmsg_type = libc::IPV6_PKTINFO;
        (*first).cmsg_len = libc::CMSG_LEN(info_length) as _;
        ptr::write_unaligned(libc::CMSG_DATA(first).cast(), info);
    }
    loop {
        // SAFETY: `header` points to `address`, `part` (and through it `payload`) and `control`,
        // all alive and of the lengths it says; the kernel only reads them.
        let result =
            unsafe { libc::sendmsg(fd.as_raw_fd(), &raw const header, libc::MSG_NOSIGNAL) };
        match check_length(result) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
            Ok(_) => return Ok(()),
        }
    }
}

/// Receives one datagram; `WouldBlock` when there is none.
pub(crate) fn receive(fd: &OwnedFd, buffer: &mut [u8]) -> io::Result<Datagram> {
    let mut sender = to_c(SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, 0, 0, 0));
    let mut part = libc::iovec {
        iov_base: buffer.as_mut_ptr().cast(),
        iov_len: buffer.len(),
    };
    let mut control = Control([0; 128]);
    // SAFETY: all bits zero is a valid msghdr: null pointers with length 0.
    let mut header: libc::msghdr = unsafe { mem::zeroed() };
    header.msg_iov = &raw mut part;
    header.msg_iovlen = 1;
    let len = loop {
        // The kernel writes these three on each call.
        header.msg_name = (&raw mut sender).cast();
        header.msg_namelen = length_of::<libc::sockaddr_in6>();
        header.msg_control = (&raw mut control).cast();
        header.msg_controllen = size_of::<Control>() as _;
        // SAFETY: `header` points to `sender`, `part` (and through it `buffer`) and `control`,
        // all alive, writable and of the lengths it says.
        let result = unsafe { libc::recvmsg(fd.as_raw_fd(), &raw mut header, 0) };
        match check_length(result) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => break other?,
        }
    };
    let mut datagram = Datagram {
        len: len.min(buffer.len()),
        truncated: header.msg_flags & libc::MSG_TRUNC != 0,
        source: from_c(&sender),
        packet_info: None,
        hop_limit: None,
    };
    read_control(&header, &mut datagram);
    Ok(datagram)
}

/// Reads the control messages a receive has filled in.
fn read_control(header: &libc::msghdr, datagram: &mut Datagram) {
    // SAFETY: the kernel left `msg_control` and `msg_controllen` describing well-formed control
    // messages in the caller's aligned buffer, which is what the CMSG functions walk; a message's
    // data is read only when its length says it is all there, and without regard to alignment.
    unsafe {
        let mut next = libc::CMSG_FIRSTHDR(header);
        while let Some(message) = next.as_ref() {
            let length = usize::try_from(message.cmsg_len).unwrap_or(0);
            let data = libc::CMSG_DATA(next);
            if message.cmsg_level == libc::IPPROTO_IPV6 {
                if message.cmsg_type == libc::IPV6_PKTINFO
                    && length >= needed::<libc::in6_pktinfo>()
                {
                    let info: libc::in6_pktinfo = ptr::read_unaligned(data.cast());
                    let address = Ipv6Addr::from(info.ipi6_addr.s6_addr);
                    let interface = info.ipi6_ifindex;
                    datagram.packet_info = Some((address, interface));
                } else if message.cmsg_type == libc::IPV6_HOPLIMIT
                    && length >= needed::<libc::c_int>()
                {
                    let hop_limit: libc::c_int = ptr::read_unaligned(data.cast());
                    datagram.hop_limit = u8::try_from(hop_limit).ok();
                }
            }
            next = libc::CMSG_NXTHDR(header, next);
        }
    }
}

/// The length a control message must have to hold a `T`.
fn needed<T>() -> usize {
    // SAFETY: CMSG_LEN only computes.
    let length = unsafe { libc::CMSG_LEN(length_of::<T>()) };
    usize::try_from(length).unwrap_or(usize::MAX)
}

fn to_c(address: SocketAddrV6) -> libc::sockaddr_in6 {
    // SAFETY: all bits zero is a valid sockaddr_in6.
    let mut c: libc::sockaddr_in6 = unsafe { mem::zeroed() };
    c.sin6_family = libc::sa_family_t::try_from(libc::AF_INET6).unwrap_or(0);
    c.sin6_port = address.port().to_be();
    c.sin6_addr.s6_addr = address.ip().octets();
    c.sin6_scope_id = address.scope_id();
    c
}

fn from_c(c: &libc::sockaddr_in6) -> SocketAddrV6 {
    SocketAddrV6::new(
        Ipv6Addr::from(c.sin6_addr.s6_addr),
        u16::from_be(c.sin6_port),
        u32::from_be(c.sin6_flowinfo),
        c.sin6_scope_id,
    )
}
