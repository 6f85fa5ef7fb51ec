//! Opening sockets of any kind.

use std::io;
use std::os::fd::{FromRawFd, OwnedFd};

use crate::sys::option::check;

/// Opens a non-blocking socket: `AF_*`, `SOCK_*`, `IPPROTO_*`.
pub(crate) fn open(domain: i32, kind: i32, protocol: i32) -> io::Result<OwnedFd> {
    let kind = kind | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    // SAFETY: no pointers are passed.
    let fd = unsafe { libc::socket(domain, kind, protocol) };
    check(fd)?;
    // SAFETY: the kernel has just given us this descriptor, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}
