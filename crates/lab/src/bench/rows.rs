//! The rows of the table.

use crate::bench::figure::{Figure, Goal, Unit};
use crate::bench::flood;
use crate::bench::grid;
use crate::bench::outage;
use crate::bench::start;
use crate::bench::town::Trial;
use crate::bench::withdrawal;
use crate::error::Failure;
use crate::topology::graph::Daemon;

/// A piece of work, and what is measured of it.
#[derive(Debug)]
pub struct Row {
    /// One word.
    pub name: &'static str,
    /// A line for people.
    pub about: &'static str,
    /// What is measured.
    pub figures: &'static [Figure],
    /// Runs of grange-routed, babeld and BIRD unless told otherwise; 0 is never.
    pub runs: [usize; 3],
    /// How many runs go on at once: more than one where time is spent waiting for timers.
    pub at_once: usize,
    /// Makes a run: a value for each figure.
    pub measure: fn(&Trial) -> Result<Vec<f64>, Failure>,
}

impl Row {
    /// How often a daemon is measured unless told otherwise.
    pub fn runs_of(&self, daemon: Daemon) -> usize {
        match daemon {
            Daemon::Routed => self.runs[0],
            Daemon::Babeld => self.runs[1],
            Daemon::Bird => self.runs[2],
            Daemon::Nothing => 0,
        }
    }
}

const fn seconds(name: &'static str, goal: Goal) -> Figure {
    Figure {
        name,
        unit: Unit::Seconds,
        goal,
    }
}

const fn count(name: &'static str, goal: Goal) -> Figure {
    Figure {
        name,
        unit: Unit::Count,
        goal,
    }
}

const fn silence(worst: f64) -> [Figure; 3] {
    [
        seconds("outage", Goal::Worst(worst)),
        count("bytes a router-minute", Goal::Babeld),
        seconds("airtime a router-minute", Goal::Babeld),
    ]
}

/// All rows, in the order of the table.
pub const ROWS: &[Row] = &[
    Row {
        name: "chain",
        about: "three in a street start: until all kernels have all routes of both families",
        figures: &[seconds("all routes everywhere", Goal::Worst(0.5))],
        runs: [20, 5, 5],
        at_once: 1,
        measure: start::chain,
    },
    Row {
        name: "withdraw-mixed",
        about: "one of four prefixes of lengths 128, 64, 56, 48 is withdrawn: gone at the neighbour",
        figures: &[seconds("gone at the neighbour", Goal::Worst(0.3))],
        runs: [20, 4, 4],
        at_once: 6,
        measure: withdrawal::mixed,
    },
    Row {
        name: "withdraw-default",
        about: "only 0/0 of 0/0 and ::/0 is withdrawn: gone at the neighbour",
        figures: &[seconds("gone at the neighbour", Goal::Worst(0.3))],
        runs: [20, 4, 4],
        at_once: 6,
        measure: withdrawal::default_v4,
    },
    Row {
        name: "ring-down",
        about: "ring of four, a link is switched off, its ends starve: packets between them are lost",
        figures: &[seconds("outage", Goal::Worst(0.3))],
        runs: [10, 4, 4],
        at_once: 4,
        measure: outage::link_down,
    },
    Row {
        name: "ring-silent",
        about: "ring of four, a link loses everything, Hellos every 4 s, its ends starve",
        figures: &silence(5.0),
        runs: [10, 4, 4],
        at_once: 9,
        measure: outage::silent,
    },
    Row {
        name: "ring-silent-2s",
        about: "the same with Hellos every 2 s",
        figures: &silence(3.0),
        runs: [10, 4, 4],
        at_once: 9,
        measure: outage::silent_2s,
    },
    Row {
        name: "ring-silent-busy",
        about: "the same with Hellos every 4 s and traffic both ways over a point-to-point link",
        figures: &silence(1.0),
        runs: [10, 4, 4],
        at_once: 9,
        measure: outage::silent_busy,
    },
    Row {
        name: "routes-10000",
        about: "10,000 routes over a street of three, then withdrawn; the middle router's costs",
        figures: FLOOD,
        runs: [3, 2, 2],
        at_once: 1,
        measure: flood::ten_thousand,
    },
    Row {
        name: "routes-100000",
        about: "100,000 routes, grange-routed alone",
        figures: GREAT_FLOOD,
        runs: [1, 0, 0],
        at_once: 1,
        measure: flood::hundred_thousand,
    },
    Row {
        name: "grid",
        about: "fifty in a grid of five by ten, equal intervals: converge, then packets and bytes",
        figures: &[
            seconds("all know all", Goal::Both(2.0, 4.0)),
            count("packets a router-minute", Goal::Babeld),
            count("bytes a router-minute", Goal::Babeld),
            seconds("airtime a router-minute", Goal::Babeld),
            seconds("CPU a router-minute", Goal::Nothing),
        ],
        runs: [2, 1, 1],
        at_once: 1,
        measure: grid::fifty,
    },
];

const FLOOD: &[Figure] = &[
    seconds("far kernel has all", Goal::Median(2.5)),
    seconds("far kernel has none", Goal::Median(2.5)),
    count("stale at the end", Goal::Worst(0.0)),
    seconds("middle: CPU to load", Goal::Babeld),
    seconds("middle: of it outside the kernel", Goal::BabeldAnd(0.05)),
    Figure {
        name: "middle: steady CPU",
        unit: Unit::Percent,
        goal: Goal::BabeldAnd(0.08),
    },
    Figure {
        name: "middle: memory",
        unit: Unit::Megabytes,
        goal: Goal::BabeldAnd(4.0),
    },
    Figure {
        name: "middle: peak memory",
        unit: Unit::Megabytes,
        goal: Goal::Nothing,
    },
];

/// Ten times what is expected of a tenth of the routes.
const GREAT_FLOOD: &[Figure] = &[
    seconds("far kernel has all", Goal::Median(25.0)),
    seconds("far kernel has none", Goal::Median(25.0)),
    count("stale at the end", Goal::Worst(0.0)),
    seconds("middle: CPU to load", Goal::Median(1.5)),
    seconds("middle: of it outside the kernel", Goal::Median(0.5)),
    Figure {
        name: "middle: steady CPU",
        unit: Unit::Percent,
        goal: Goal::Median(0.8),
    },
    Figure {
        name: "middle: memory",
        unit: Unit::Megabytes,
        goal: Goal::Median(40.0),
    },
    Figure {
        name: "middle: peak memory",
        unit: Unit::Megabytes,
        goal: Goal::Nothing,
    },
];
