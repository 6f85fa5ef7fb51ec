//! Time as the core knows it: microseconds since an origin that only the caller knows.

use core::fmt;
use core::num::NonZeroU32;
use core::ops::{Add, Sub};
use core::time::Duration;

/// A point in time: microseconds since the start, monotonic.
///
/// The core never reads a clock; the caller passes `now` to each `handle_*` and must never let it
/// run backwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Instant {
    /// The instant so many microseconds after the origin.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds since the origin.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// How long after `earlier` this is; zero when it is not after it.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// How long until `later`; zero when it has passed.
    pub const fn until(self, later: Self) -> Duration {
        later.since(self)
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, rhs: Duration) -> Self {
        Self(
            self.0
                .saturating_add(u64::try_from(rhs.as_micros()).unwrap_or(u64::MAX)),
        )
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;

    fn sub(self, rhs: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(u64::try_from(rhs.as_micros()).unwrap_or(u64::MAX)),
        )
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}s", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

/// A point in time in a table of very many rows: four octets, in tenths of a second on a circle of
/// thirteen years. Of what it may stand for, the one nearest to now is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tick(NonZeroU32);

impl Tick {
    const MICROS: u64 = 100_000;
    const CIRCLE: u32 = u32::MAX;

    /// The last tick that is not after an instant.
    pub(crate) fn before(instant: Instant) -> Self {
        Self::of(instant.0 / Self::MICROS)
    }

    /// The first tick that is not before an instant.
    pub(crate) fn after(instant: Instant) -> Self {
        Self::of(instant.0.div_ceil(Self::MICROS))
    }

    /// The instant it stands for.
    pub(crate) fn instant(self, now: Instant) -> Instant {
        let today = Self::before(now).0.get();
        let (tick, circle) = (self.0.get(), Self::CIRCLE);
        let ahead = if tick >= today {
            tick - today
        } else {
            circle - (today - tick)
        };
        let start = now.0 - now.0 % Self::MICROS;
        let micros = |ticks: u32| u64::from(ticks) * Self::MICROS;
        if ahead <= circle / 2 {
            Instant(start.saturating_add(micros(ahead)))
        } else {
            Instant(start.saturating_sub(micros(circle - ahead)))
        }
    }

    fn of(tenths: u64) -> Self {
        let place = u32::try_from(tenths % u64::from(Self::CIRCLE)).unwrap_or(0);
        Self(NonZeroU32::MIN.saturating_add(place))
    }
}

#[cfg(test)]
mod tests;
