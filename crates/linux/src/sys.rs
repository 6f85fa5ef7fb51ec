//! The system calls that std has no safe name for.
//!
//! The only place of the project with `unsafe`; each block says why it is sound. What these
//! functions take and give is safe and plain: descriptors, byte slices, numbers.
#![expect(
    unsafe_code,
    reason = "calls into libc; everything above this module forbids it"
)]
#![warn(clippy::undocumented_unsafe_blocks)]

pub(crate) mod datagram;
pub(crate) mod fatal;
pub(crate) mod netlink_socket;
pub(crate) mod number;
pub(crate) mod option;
pub(crate) mod process;
pub(crate) mod signal_fd;
pub(crate) mod socket;
pub(crate) mod time;
