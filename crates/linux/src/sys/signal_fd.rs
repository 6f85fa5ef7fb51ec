//! `signalfd`.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::ptr;

use crate::sys::option::check;

/// Size of a `signalfd_siginfo`; the signal's number is its first 32 bits.
pub(crate) const RECORD_BYTES: usize = 128;

/// Makes a process that is yet to be started begin with no signal blocked.
pub(crate) fn unblock_in_child(command: &mut Command) {
    let unblock = || {
        let mut none = MaybeUninit::<libc::sigset_t>::zeroed();
        // SAFETY: the pointers are to one writable set, which sigemptyset initialises. Both calls
        // are async-signal-safe, which is all that is allowed between fork and exec.
        let result = unsafe {
            libc::sigemptyset(none.as_mut_ptr());
            libc::pthread_sigmask(libc::SIG_SETMASK, none.as_ptr(), ptr::null_mut())
        };
        if result == 0 {
            Ok(())
        } else {
            Err(io::Error::from_raw_os_error(result))
        }
    };
    // SAFETY: the closure neither allocates nor locks; see above.
    unsafe { command.pre_exec(unblock) };
}

/// Blocks signals in the calling thread and opens a non-blocking descriptor to read them from.
pub(crate) fn open(signals: &[i32]) -> io::Result<OwnedFd> {
    let mut set = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: the pointer is to a writable set; sigemptyset initialises it, after which sigaddset
    // may change it. A wrong signal number is an error, not undefined.
    unsafe {
        check(libc::sigemptyset(set.as_mut_ptr()))?;
        for &signal in signals {
            check(libc::sigaddset(set.as_mut_ptr(), signal))?;
        }
    }
    // SAFETY: initialised by sigemptyset above.
    let set = unsafe { set.assume_init() };
    // SAFETY: the set is initialised; a null pointer for the old one is allowed.
    let result = unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, ptr::null_mut()) };
    if result != 0 {
        return Err(io::Error::from_raw_os_error(result));
    }
    // SAFETY: -1 asks for a new descriptor; the set is initialised and only read.
    let fd = unsafe { libc::signalfd(-1, &raw const set, libc::SFD_NONBLOCK | libc::SFD_CLOEXEC) };
    check(fd)?;
    // SAFETY: the kernel has just given us this descriptor, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}
