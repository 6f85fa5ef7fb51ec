//! Sequence numbers and their arithmetic modulo 2^16 (RFC 8966 §3.2.1).

use core::fmt;

/// A sequence number of a router, of a Hello, or of a request.
///
/// There is deliberately no `Ord`: the order is circular, use [`Seqno::is_newer_than`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Seqno(pub u16);

impl Seqno {
    /// The number `n` later.
    // RFC 8966 §3.2.1: s + n (modulo 2^16) = (s + n) AND 65535
    #[must_use]
    pub const fn plus(self, n: u16) -> Self {
        Self(self.0.wrapping_add(n))
    }

    /// The number `n` earlier.
    #[must_use]
    pub const fn minus(self, n: u16) -> Self {
        Self(self.0.wrapping_sub(n))
    }

    /// The number after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        self.plus(1)
    }

    /// Whether this is strictly later than `other` on the circle.
    // RFC 8966 §3.2.1: s < s' when 0 < ((s' - s) MOD 2^16) < 32768
    pub const fn is_newer_than(self, other: Self) -> bool {
        let ahead = self.0.wrapping_sub(other.0);
        0 < ahead && ahead < 32768
    }

    /// Whether this is `other` or later.
    pub const fn is_at_least(self, other: Self) -> bool {
        self.0 == other.0 || self.is_newer_than(other)
    }

    /// Signed distance from `other` to this one, in -32768..=32767.
    pub const fn distance_from(self, other: Self) -> i16 {
        self.0.wrapping_sub(other.0).cast_signed()
    }
}

impl fmt::Display for Seqno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests;
