//! `clock_gettime`.

use std::mem::MaybeUninit;

/// Microseconds of `CLOCK_MONOTONIC`.
pub(crate) fn monotonic_micros() -> u64 {
    let mut time = MaybeUninit::<libc::timespec>::zeroed();
    // SAFETY: the pointer is to a writable timespec that outlives the call.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, time.as_mut_ptr()) };
    // SAFETY: all bits zero is a valid timespec, and the call can only have filled it in. (It
    // cannot fail for this clock; if it did, time would stand still, not be undefined.)
    let time = unsafe { time.assume_init() };
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanoseconds = u64::try_from(time.tv_nsec).unwrap_or(0);
    seconds
        .saturating_mul(1_000_000)
        .saturating_add(nanoseconds / 1000)
}
