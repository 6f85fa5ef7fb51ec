//! What a row measures, and what it should be.

use std::fmt::Write;

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Figure {
    /// What it is.
    pub name: &'static str,
    /// In what it is counted.
    pub unit: Unit,
    /// What ours should be.
    pub goal: Goal,
}

/// In what a figure is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds; infinite is "not within the row's limit".
    Seconds,
    /// Per cent of one CPU.
    Percent,
    /// Megabytes (10^6 octets).
    Megabytes,
    /// Things.
    Count,
}

/// What ours should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Goal {
    /// The median at most this.
    Median(f64),
    /// The worst at most this.
    Worst(f64),
    /// The median at most this, the worst at most that.
    Both(f64, f64),
    /// The median at most babeld's.
    Babeld,
    /// The median at most babeld's, and at most this.
    BabeldAnd(f64),
    /// None: it explains the others.
    Nothing,
}

impl Unit {
    /// A value with as many digits as mean something.
    pub fn show(self, value: f64) -> String {
        if value.is_infinite() {
            return "never".to_owned();
        }
        match self {
            Self::Seconds if value < 1.0 => format!("{value:.3} s"),
            Self::Seconds => format!("{value:.2} s"),
            Self::Percent => format!("{value:.2} %"),
            Self::Megabytes => format!("{value:.2} MB"),
            Self::Count => format!("{value:.0}"),
        }
    }
}

impl Goal {
    /// For people.
    pub fn show(self, unit: Unit) -> String {
        let mut text = String::new();
        let limit = |limit: f64| unit.show(limit).replace(".000", "").replace(".00 ", " ");
        // Writing to a String cannot fail.
        let _ = match self {
            Self::Median(median) => write!(text, "median ≤ {}", limit(median)),
            Self::Worst(worst) => write!(text, "all ≤ {}", limit(worst)),
            Self::Both(median, worst) => {
                write!(text, "median ≤ {}, all ≤ {}", limit(median), limit(worst))
            }
            Self::Babeld => write!(text, "≤ babeld"),
            Self::BabeldAnd(most) => write!(text, "≤ babeld and {}", limit(most)),
            Self::Nothing => Ok(()),
        };
        text
    }

    /// Whether it is reached; `None` when there is none, or nothing to compare with.
    pub fn is_met(self, median: f64, worst: f64, babeld: Option<f64>) -> Option<bool> {
        match self {
            Self::Median(limit) => Some(median <= limit),
            Self::Worst(limit) => Some(worst <= limit),
            Self::Both(most, worst_most) => Some(median <= most && worst <= worst_most),
            Self::Babeld => babeld.map(|babeld| median <= babeld),
            Self::BabeldAnd(limit) => babeld.map(|babeld| median <= babeld && median <= limit),
            Self::Nothing => None,
        }
    }
}
