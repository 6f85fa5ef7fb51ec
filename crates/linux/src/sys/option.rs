//! `setsockopt` and sizes of C types.

use std::ffi::c_void;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// Sets an integer option of a socket.
pub(crate) fn set_number(fd: BorrowedFd<'_>, level: i32, name: i32, value: i32) -> io::Result<()> {
    set_bytes(fd, level, name, &value.to_ne_bytes())
}

/// Sets an option whose value is a C structure, given as its bytes.
pub(crate) fn set_bytes(fd: BorrowedFd<'_>, level: i32, name: i32, value: &[u8]) -> io::Result<()> {
    // SAFETY: pointer and length describe `value`.
    unsafe {
        set_raw(
            fd,
            level,
            name,
            value.as_ptr().cast(),
            socket_length(value.len()),
        )
    }
}

/// Makes the kernel keep up to `bytes` received bytes; above the system's limit where the process
/// may (`CAP_NET_ADMIN`).
pub(crate) fn set_receive_buffer(fd: BorrowedFd<'_>, bytes: usize) -> io::Result<()> {
    let bytes = i32::try_from(bytes).unwrap_or(i32::MAX);
    set_number(fd, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, bytes)
        .or_else(|_| set_number(fd, libc::SOL_SOCKET, libc::SO_RCVBUF, bytes))
}

/// Bounds how long a blocking receive and a blocking send wait.
pub(crate) fn set_timeout(fd: BorrowedFd<'_>, seconds: u8) -> io::Result<()> {
    let timeout = libc::timeval {
        tv_sec: seconds.into(),
        tv_usec: 0,
    };
    for name in [libc::SO_RCVTIMEO, libc::SO_SNDTIMEO] {
        let value = (&raw const timeout).cast();
        let length = length_of::<libc::timeval>();
        // SAFETY: pointer and length describe `timeout`.
        unsafe { set_raw(fd, libc::SOL_SOCKET, name, value, length) }?;
    }
    Ok(())
}

/// `setsockopt`.
///
/// # Safety
///
/// `value` must point to `length` readable bytes. The kernel copies them without regard to
/// alignment.
unsafe fn set_raw(
    fd: BorrowedFd<'_>,
    level: i32,
    name: i32,
    value: *const c_void,
    length: libc::socklen_t,
) -> io::Result<()> {
    // SAFETY: as the caller promises.
    check(unsafe { libc::setsockopt(fd.as_raw_fd(), level, name, value, length) })
}

/// A C call's 0 or -1.
pub(super) fn check(result: i32) -> io::Result<()> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// A C call's byte count or -1.
pub(super) fn check_length(result: isize) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}

/// A structure's size as the socket calls want it.
pub(super) fn length_of<T>() -> libc::socklen_t {
    socket_length(size_of::<T>())
}

fn socket_length(bytes: usize) -> libc::socklen_t {
    libc::socklen_t::try_from(bytes).unwrap_or(libc::socklen_t::MAX)
}
