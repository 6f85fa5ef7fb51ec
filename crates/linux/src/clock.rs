//! The time that never jumps.

use crate::sys::time;

/// Microseconds of `CLOCK_MONOTONIC`: since boot, the same for all processes, never set.
pub fn monotonic_micros() -> u64 {
    time::monotonic_micros()
}

#[cfg(test)]
mod tests;
