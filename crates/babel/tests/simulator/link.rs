//! Links: segments with two ends or more, and what happens to packets on them.

use std::collections::{BTreeMap, BTreeSet};

use core::time::Duration;

use grange_babel::link::LinkKind;

/// What a link does to each packet, apart from being cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quality {
    /// Lost, per mille.
    pub(crate) loss: u16,
    /// Delivered twice, per mille.
    pub(crate) duplication: u16,
    /// Least time on the way.
    pub(crate) delay: Duration,
    /// Most time on top; packets overtake each other when it is more than the gap between them.
    pub(crate) jitter: Duration,
}

impl Quality {
    /// A quiet cable.
    pub(crate) const CLEAN: Self = Self {
        loss: 0,
        duplication: 0,
        delay: Duration::from_micros(500),
        jitter: Duration::from_micros(500),
    };
}

/// Where a link meets a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) node: usize,
    /// The index among the node's ports.
    pub(crate) port: usize,
}

/// A segment.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) ends: Vec<End>,
    pub(crate) kind: LinkKind,
    pub(crate) cost: u16,
    pub(crate) quality: Quality,
    /// Whether there is a carrier; the ends are told when it changes.
    pub(crate) up: bool,
    /// How often the carrier went; what was under way then is gone.
    pub(crate) cuts: u32,
    /// Whether it loses everything without telling anybody.
    pub(crate) silent: bool,
    /// Loss from one node to another where it is worse than `quality`, per mille.
    pub(crate) one_way: BTreeMap<(usize, usize), u16>,
    /// On a radio channel, who is too far away to hear whom.
    pub(crate) deaf: BTreeSet<(usize, usize)>,
}

impl Link {
    /// How much is lost from one node to another now, per mille.
    pub(crate) fn loss(&self, from: usize, to: usize) -> u16 {
        if !self.up || self.silent || self.deaf.contains(&(from, to)) {
            return 1000;
        }
        let worse = self.one_way.get(&(from, to)).copied().unwrap_or(0);
        self.quality.loss.max(worse)
    }

    /// Whether anything at all gets from one node to another.
    pub(crate) fn carries(&self, from: usize, to: usize) -> bool {
        self.loss(from, to) < 1000
    }
}
