//! One thing that is measured, in rings of three steps.

use core::time::Duration;

use crate::history::ring::Ring;
use crate::history::span::Span;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An uplink in one family.
    Uplink,
    /// A link to a neighbour.
    Link,
}

impl Kind {
    /// By its name.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "uplink" => Some(Self::Uplink),
            "link" => Some(Self::Link),
            _ => None,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Uplink => "uplink",
            Self::Link => "link",
        }
    }

    /// What its columns are.
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Uplink => &[
                "down_bytes_per_s",
                "up_bytes_per_s",
                "rtt_us",
                "loss_permille",
            ],
            Self::Link => &["cost", "reach"],
        }
    }
}

/// The name of a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// What is measured.
    pub kind: Kind,
    /// The uplink's name, or the neighbour's id.
    pub name: String,
    /// `ipv4` or `ipv6`; empty for a link.
    pub family: String,
}

/// A series.
#[derive(Debug)]
pub struct Series {
    name: Name,
    seconds: Ring,
    pub(crate) minutes: Ring,
    pub(crate) hours: Ring,
    minute: Mean,
    hour: Mean,
    last: Duration,
}

/// The mean of the values of one step.
#[derive(Debug, Default)]
struct Mean {
    step: u64,
    sums: [(u64, u32); 4],
}

impl Series {
    /// A series without values.
    pub fn new(name: Name) -> Self {
        let columns = name.kind.columns().len();
        let ring = |span: Span| Ring::new(columns, span.length());
        Self {
            name,
            seconds: ring(Span::FiveMinutes),
            minutes: ring(Span::Day),
            hours: ring(Span::Month),
            minute: Mean::default(),
            hour: Mean::default(),
            last: Duration::ZERO,
        }
    }

    /// Its name.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Values as they are now.
    pub(crate) fn note(&mut self, values: &[Option<u32>], fine: bool, now: Duration) {
        self.last = now;
        if fine {
            self.seconds.put(Span::FiveMinutes.slot(now), values);
        }
        // A mean is written as it grows, so that the newest value of a graph is there at once.
        let minute = self.minute.add(Span::Day.slot(now), values);
        self.minutes.put(Span::Day.slot(now), &minute);
        if self.name.kind == Kind::Uplink {
            let hour = self.hour.add(Span::Month.slot(now), values);
            self.hours.put(Span::Month.slot(now), &hour);
        }
    }

    /// Seconds are not kept.
    pub(crate) fn forget_seconds(&mut self) {
        let columns = self.name.kind.columns().len();
        self.seconds = Ring::new(columns, Span::FiveMinutes.length());
    }

    /// When it had a value last.
    pub(crate) fn last_noted(&self) -> Duration {
        self.last
    }

    /// A column over a span, oldest first.
    pub fn values(&self, span: Span, column: usize, now: Duration) -> Vec<Option<u32>> {
        let ring = match span {
            Span::FiveMinutes => &self.seconds,
            Span::Day => &self.minutes,
            Span::Month => &self.hours,
        };
        ring.values(column, span.slot(now)).collect()
    }

    /// What its rings take.
    pub fn bytes(&self) -> usize {
        self.seconds.bytes() + self.minutes.bytes() + self.hours.bytes()
    }

    /// What its lasting rings take when they are in use.
    pub(crate) fn bytes_when_full(&self) -> usize {
        let columns = self.name.kind.columns().len();
        let hours = match self.name.kind {
            Kind::Uplink => Span::Month.length(),
            Kind::Link => 0,
        };
        Ring::full_bytes(columns, Span::Day.length() + hours)
    }
}

impl Mean {
    /// The means with these values in.
    fn add(&mut self, step: u64, values: &[Option<u32>]) -> [Option<u32>; 4] {
        if step != self.step {
            *self = Self {
                step,
                ..Self::default()
            };
        }
        for ((sum, count), value) in self.sums.iter_mut().zip(values) {
            if let Some(value) = value {
                *sum += u64::from(*value);
                *count += 1;
            }
        }
        self.sums.map(|(sum, count)| {
            let mean = sum.checked_div(u64::from(count))?;
            u32::try_from(mean).ok()
        })
    }
}
