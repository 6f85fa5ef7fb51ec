//! Metrics and link costs: 16-bit numbers where all ones is infinity (RFC 8966 §3.5.2).

use core::fmt;
use core::num::NonZeroU16;

/// The metric of a route; 0xFFFF is infinity, a retraction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Metric(u16);

/// The cost of a link in one or both directions; 0xFFFF is infinity, an unusable link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cost(u16);

/// A finite metric; an `Option` of it takes no more room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FiniteMetric {
    complement: NonZeroU16,
}

impl FiniteMetric {
    /// The metric, if it is finite.
    pub(crate) fn new(metric: Metric) -> Option<Self> {
        let complement = NonZeroU16::new(!metric.0)?;
        Some(Self { complement })
    }

    /// The metric.
    pub(crate) fn metric(self) -> Metric {
        Metric(!self.complement.get())
    }
}

impl Metric {
    /// The metric of a retraction.
    pub const INFINITY: Self = Self(0xFFFF);
    /// The metric of a route into oneself.
    pub const ZERO: Self = Self(0);

    /// A metric from its number on the wire.
    pub const fn new(value: u16) -> Self {
        Self(value)
    }

    /// The number on the wire.
    pub const fn value(self) -> u16 {
        self.0
    }

    /// Whether this is a retraction.
    pub const fn is_infinite(self) -> bool {
        self.0 == 0xFFFF
    }

    /// This metric after a link of that cost.
    ///
    /// A sum that does not fit is infinity: RFC 8966 leaves no other finite value for it.
    // RFC 8966 §3.5.2: if c is infinite then M(c, m) is infinite; M(c, m) > m
    #[must_use]
    pub const fn plus_cost(self, cost: Cost) -> Self {
        Self(self.0.saturating_add(cost.0))
    }

    /// This metric with a filter's extra added.
    #[must_use]
    pub const fn plus(self, extra: u16) -> Self {
        Self(self.0.saturating_add(extra))
    }
}

impl Cost {
    /// The cost of a link that must not be used.
    pub const INFINITY: Self = Self(0xFFFF);

    /// A cost from its number; zero becomes one.
    // RFC 8966 §3.4.3: the cost is strictly positive
    pub const fn new(value: u16) -> Self {
        Self(if value == 0 { 1 } else { value })
    }

    /// This cost with something added; only an infinite one is infinite after it.
    #[must_use]
    pub const fn plus(self, extra: u16) -> Self {
        match self.0.saturating_add(extra) {
            0xFFFF if !self.is_infinite() => Self(0xFFFE),
            sum => Self(sum),
        }
    }

    /// The number itself.
    pub const fn value(self) -> u16 {
        self.0
    }

    /// Whether the link is unusable.
    pub const fn is_infinite(self) -> bool {
        self.0 == 0xFFFF
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_infinite() {
            f.write_str("infinity")
        } else {
            self.0.fmt(f)
        }
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Metric(self.0).fmt(f)
    }
}

#[cfg(test)]
mod tests;
