//! Signals to other processes.

use std::io;

use crate::sys::option::check;

/// Sends `SIGHUP` to a process.
pub(crate) fn hangup(pid: i32) -> io::Result<()> {
    // SAFETY: no pointers are passed.
    check(unsafe { libc::kill(pid, libc::SIGHUP) })
}
