//! The time that never jumps, and the one on the wall.

use crate::sys::time;

/// Microseconds of `CLOCK_MONOTONIC`: since boot, the same for all processes, never set.
pub fn monotonic_micros() -> u64 {
    time::monotonic_micros()
}

/// Day of the week (0 is Monday) and minute of the day at a time of the Unix epoch, in the zone of the
/// environment's `TZ` (POSIX.1-2017 §8.3, as /etc/TZ has it); UTC without one.
pub fn local(seconds: i64) -> Option<(u8, u16)> {
    time::local(seconds)
}

#[cfg(test)]
mod tests;
