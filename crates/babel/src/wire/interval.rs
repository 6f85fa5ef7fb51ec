//! Times on the wire: centiseconds in sixteen bits (RFC 8966 §4.1.2).

use core::fmt;
use core::time::Duration;

/// A time interval in centiseconds, an upper bound that its sender promises to keep.
// RFC 8966 §4.1.2: relative times are carried as 16-bit values specifying a number of centiseconds
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval(u16);

impl Interval {
    /// No interval: an unscheduled Hello; forbidden in every other TLV.
    pub const ZERO: Self = Self(0);
    /// In an Update: "this announcement will not be repeated". Elsewhere plain 655.35 s.
    // RFC 8966 §4.6.9: the value FFFF (infinity) expresses that this announcement will not be
    // repeated unless a request is received
    pub const INFINITE: Self = Self(0xFFFF);
    /// The longest interval that is not [`Interval::INFINITE`]: 655.34 s.
    pub const LONGEST: Self = Self(0xFFFE);

    /// An interval from its number on the wire.
    pub const fn from_centis(centis: u16) -> Self {
        Self(centis)
    }

    /// The number on the wire, in centiseconds.
    pub const fn as_centis(self) -> u16 {
        self.0
    }

    /// The interval that promises this duration: rounded up to a centisecond, at most
    /// [`Interval::LONGEST`].
    ///
    /// Only a zero duration becomes [`Interval::ZERO`].
    pub fn from_duration(duration: Duration) -> Self {
        let centis = duration.as_micros().div_ceil(10_000);
        u16::try_from(centis).map_or(Self::LONGEST, |centis| Self(centis).min(Self::LONGEST))
    }

    /// The duration; [`Interval::INFINITE`] counts as 655.35 s.
    pub const fn as_duration(self) -> Duration {
        // The product fits: 65535 * 10 < 2^32.
        Duration::from_millis(self.0 as u64 * 10)
    }

    /// Whether this is [`Interval::ZERO`].
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether this is [`Interval::INFINITE`], which means so in an Update only.
    pub const fn is_infinite(self) -> bool {
        self.0 == 0xFFFF
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}s", self.0 / 100, self.0 % 100)
    }
}

impl fmt::Debug for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests;
