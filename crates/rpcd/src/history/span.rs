//! How far back, in which steps.

use core::time::Duration;

/// Which ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// Five minutes, a value a second.
    FiveMinutes,
    /// A day, a value a minute.
    Day,
    /// Thirty days, a value an hour.
    Month,
}

impl Span {
    /// By its name.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "5m" => Some(Self::FiveMinutes),
            "1d" => Some(Self::Day),
            "30d" => Some(Self::Month),
            _ => None,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::FiveMinutes => "5m",
            Self::Day => "1d",
            Self::Month => "30d",
        }
    }

    /// Seconds between values.
    pub fn step_s(self) -> u32 {
        match self {
            Self::FiveMinutes => 1,
            Self::Day => 60,
            Self::Month => 3600,
        }
    }

    /// Values.
    pub fn length(self) -> usize {
        match self {
            Self::FiveMinutes => 300,
            Self::Day => 1440,
            Self::Month => 720,
        }
    }

    /// The number of the step that a moment is in, since boot.
    pub fn slot(self, now: Duration) -> u64 {
        now.as_secs() / u64::from(self.step_s())
    }
}
