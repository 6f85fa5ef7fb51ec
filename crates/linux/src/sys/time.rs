//! `clock_gettime`, `localtime_r`.

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

/// Day of the week (0 is Monday) and minute of the day at a time of the Unix epoch, where `TZ` says that we are.
pub(crate) fn local(seconds: i64) -> Option<(u8, u16)> {
    let seconds = libc::time_t::try_from(seconds).ok()?;
    let mut time = MaybeUninit::<libc::tm>::zeroed();
    // SAFETY: both pointers are to values that outlive the call; it keeps neither.
    let made = unsafe { libc::localtime_r(&raw const seconds, time.as_mut_ptr()) };
    if made.is_null() {
        return None;
    }
    // SAFETY: all bits zero is a valid tm, and the call has filled it in.
    let time = unsafe { time.assume_init() };
    let day = u8::try_from((time.tm_wday + 6) % 7).ok()?;
    Some((day, u16::try_from(time.tm_hour * 60 + time.tm_min).ok()?))
}
