//! A node's forwarding table as its kernel holds it: what `Output::Fib` made of it, and nothing
//! else. It outlives the daemon.

use std::collections::BTreeMap;

use grange_babel::link::{InterfaceId, NextHop};
use grange_babel::output::FibChange;
use grange_babel::prefix::Prefix;

/// What the kernel does with packets for a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Hands them to a neighbour.
    Via(NextHop),
    /// Refuses them.
    Unreachable,
}

/// How specific a prefix is: of two the more specific one decides.
pub(crate) fn specificity(prefix: &Prefix) -> (u8, u8) {
    (
        prefix.plen(),
        prefix.source().map_or(0, |source| source.plen()),
    )
}

/// The forwarding table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fib {
    entries: BTreeMap<Prefix, Verdict>,
}

impl Fib {
    /// Applies a change; false when it changed nothing.
    pub(crate) fn apply(&mut self, change: &FibChange) -> bool {
        let (prefix, verdict) = match *change {
            FibChange::Set {
                prefix, next_hop, ..
            } => (prefix, Some(Verdict::Via(next_hop))),
            FibChange::Unreachable { prefix } => (prefix, Some(Verdict::Unreachable)),
            FibChange::Remove { prefix } => (prefix, None),
        };
        match verdict {
            Some(verdict) => self.entries.insert(prefix, verdict) != Some(verdict),
            None => self.entries.remove(&prefix).is_some(),
        }
    }

    /// The entry of exactly that prefix.
    pub(crate) fn exact(&self, prefix: &Prefix) -> Option<Verdict> {
        self.entries.get(prefix).copied()
    }

    /// The entry with the longest prefix that holds all of `destination`.
    pub(crate) fn longest(&self, destination: &Prefix) -> Option<(Prefix, Verdict)> {
        self.iter()
            .filter(|(prefix, _)| prefix.contains(destination))
            // RFC 9079 §4: destination first, then source.
            .max_by_key(|(prefix, _)| specificity(prefix))
    }

    /// Every entry.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Prefix, Verdict)> + '_ {
        self.entries
            .iter()
            .map(|(prefix, verdict)| (*prefix, *verdict))
    }

    /// How many entries hand packets on.
    pub(crate) fn routes(&self) -> usize {
        self.iter()
            .filter(|(_, verdict)| matches!(verdict, Verdict::Via(_)))
            .count()
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// What happens when an interface is switched off.
    pub(crate) fn flush_via(&mut self, interface: InterfaceId) {
        self.entries.retain(
            |_, verdict| !matches!(verdict, Verdict::Via(hop) if hop.interface == interface),
        );
    }

    /// What a reboot does.
    pub(crate) fn flush(&mut self) {
        self.entries.clear();
    }
}
