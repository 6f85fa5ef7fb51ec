//! Netlink sockets: opening, joining groups, sending and receiving.

use std::io;
use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr;

use crate::sys::option::{check, check_length, length_of, set_number};

/// What one receive gave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    /// Bytes in the buffer.
    pub(crate) len: usize,
    /// There was more than the buffer could take; the rest is lost.
    pub(crate) truncated: bool,
    /// It came from the kernel, not from a process.
    pub(crate) from_kernel: bool,
}

/// Opens a netlink socket of a protocol (`NETLINK_*`) and gives it an address.
pub(crate) fn open(protocol: i32, blocking: bool) -> io::Result<OwnedFd> {
    let mut kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC;
    if !blocking {
        kind |= libc::SOCK_NONBLOCK;
    }
    // SAFETY: no pointers are passed.
    let fd = unsafe { libc::socket(libc::AF_NETLINK, kind, protocol) };
    check(fd)?;
    // SAFETY: the kernel has just given us this descriptor, and nobody else knows it.
    let fd = unsafe { OwnedFd::from_raw_fd(fd) };
    let address = kernel_address();
    // SAFETY: pointer and length describe `address`, which the kernel only reads.
    let result = unsafe {
        libc::bind(
            fd.as_raw_fd(),
            (&raw const address).cast(),
            length_of::<libc::sockaddr_nl>(),
        )
    };
    check(result)?;
    Ok(fd)
}

/// Starts to listen to a group of announcements (`RTNLGRP_*`).
pub(crate) fn join_group(fd: BorrowedFd<'_>, group: u32) -> io::Result<()> {
    let group = i32::try_from(group).unwrap_or(0);
    set_number(fd, libc::SOL_NETLINK, libc::NETLINK_ADD_MEMBERSHIP, group)
}

/// Sends one buffer of messages to the kernel, which handles them before this returns.
pub(crate) fn send(fd: &OwnedFd, messages: &[u8]) -> io::Result<()> {
    let address = kernel_address();
    loop {
        // SAFETY: both pointer and length pairs describe live values the kernel only reads.
        let result = unsafe {
            libc::sendto(
                fd.as_raw_fd(),
                messages.as_ptr().cast(),
                messages.len(),
                0,
                (&raw const address).cast(),
                length_of::<libc::sockaddr_nl>(),
            )
        };
        match check_length(result) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
            Ok(_) => return Ok(()),
        }
    }
}

/// Receives one buffer of messages; `WouldBlock` when there are none, at once unless told to
/// `wait` (and the socket is a blocking one).
pub(crate) fn receive(fd: &OwnedFd, buffer: &mut [u8], wait: bool) -> io::Result<Arrival> {
    let flags = if wait { 0 } else { libc::MSG_DONTWAIT };
    let mut sender = kernel_address();
    let mut part = libc::iovec {
        iov_base: buffer.as_mut_ptr().cast(),
        iov_len: buffer.len(),
    };
    // SAFETY: all bits zero is a valid msghdr: null pointers with length 0.
    let mut header: libc::msghdr = unsafe { mem::zeroed() };
    header.msg_name = (&raw mut sender).cast();
    header.msg_namelen = length_of::<libc::sockaddr_nl>();
    header.msg_iov = &raw mut part;
    header.msg_iovlen = 1;
    header.msg_control = ptr::null_mut();
    loop {
        // SAFETY: `header` points to `sender`, `part` and through it to `buffer`, all alive and
        // of the lengths it says.
        let result = unsafe { libc::recvmsg(fd.as_raw_fd(), &raw mut header, flags) };
        match check_length(result) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
            Ok(len) => {
                return Ok(Arrival {
                    len: len.min(buffer.len()),
                    truncated: header.msg_flags & libc::MSG_TRUNC != 0,
                    from_kernel: sender.nl_pid == 0,
                });
            }
        }
    }
}

/// The address of the kernel: port 0, no groups.
fn kernel_address() -> libc::sockaddr_nl {
    // SAFETY: all bits zero is a valid sockaddr_nl.
    let mut address: libc::sockaddr_nl = unsafe { mem::zeroed() };
    address.nl_family = address_family();
    address
}

fn address_family() -> libc::sa_family_t {
    libc::sa_family_t::try_from(libc::AF_NETLINK).unwrap_or(0)
}
