//! The watch for forwarding loops: after each change of one node's route to one prefix, only that
//! packet is followed.
//!
//! A new loop must contain the edge that has just changed, so nothing else needs a look.

use std::collections::{BTreeMap, BTreeSet};

use grange_babel::prefix::Prefix;

use crate::clock::{Micros, SECOND};
use crate::network::{Edges, Network, Sink};
use crate::node::Life;

/// How long a loop may last that the protocol cannot exclude: one with a node in it that has lost
/// its feasibility distances, or one over a prefix that several routers originate (RFC 8966 §2.7).
///
/// Such a loop ends when its predecessor in the loop hears what the amnesiac announces now. At the
/// latest it ends when the predecessor's route, which nobody refreshes, expires: 3.5 update
/// intervals of 16 s. With urgent updates repeated it is a matter of milliseconds.
pub(crate) const LOOP_BOUND: Micros = 56 * SECOND;

/// Which loops are there, and which there may be.
#[derive(Debug, Default)]
pub(crate) struct LoopWatch {
    /// Every prefix that was ever originated.
    known: BTreeSet<Prefix>,
    /// Prefixes that more than one router-id has originated.
    shared: BTreeSet<Prefix>,
    /// The node that originated a prefix first.
    owners: BTreeMap<Prefix, usize>,
    /// Whether some node has lost its state.
    amnesia: bool,
    /// Loops that have not ended, and when they began.
    open: BTreeMap<(Prefix, Vec<usize>), Micros>,
    /// How many loops there were.
    pub(crate) count: usize,
    /// The longest that ended.
    pub(crate) longest: Micros,
}

impl LoopWatch {
    /// A node originates a prefix.
    pub(crate) fn originated(&mut self, node: usize, prefix: Prefix) {
        self.known.insert(prefix);
        if *self.owners.entry(prefix).or_insert(node) != node {
            self.shared.insert(prefix);
        }
    }

    /// A node has lost what it knew, its feasibility distances or its router-id.
    pub(crate) fn forgot(&mut self) {
        self.amnesia = true;
    }

    /// A loop towards a prefix is nobody's fault from now on.
    pub(crate) fn excuse(&mut self, prefix: Prefix) {
        self.shared.insert(prefix);
    }

    /// Follows what a changed route for `changed` at `node` may have bent into a loop.
    pub(crate) fn check(
        &mut self,
        net: &Network,
        node: usize,
        changed: Prefix,
        now: Micros,
    ) -> Result<(), String> {
        if !net.nested {
            return self.check_one(net, node, changed, now);
        }
        let inside: Vec<Prefix> = self
            .known
            .iter()
            .filter(|known| changed.contains(known))
            .copied()
            .collect();
        inside
            .into_iter()
            .try_for_each(|prefix| self.check_one(net, node, prefix, now))
    }

    /// Closes loops that have ended and complains of those that last too long.
    pub(crate) fn sweep(&mut self, net: &Network, now: Micros) -> Result<(), String> {
        let mut overdue = None;
        let (count, longest) = (&mut self.count, &mut self.longest);
        self.open.retain(|(prefix, path), began| {
            // The protocol does nothing about a loop while one of its daemons is dead.
            if path
                .iter()
                .any(|node| net.nodes[*node].life != Life::Running)
            {
                *began = now;
            }
            let lasted = now - *began;
            let lasts = matches!(
                net.follow(path[0], prefix, Edges::WithCarrier),
                Sink::Loop(now) if now == *path
            );
            if lasts && lasted > LOOP_BOUND {
                overdue = Some(format!("{prefix} loops since {lasted} us along {path:?}"));
            }
            if !lasts {
                *count += 1;
                *longest = (*longest).max(lasted);
            }
            lasts
        });
        overdue.map_or(Ok(()), Err)
    }

    /// Whether any loop is there now.
    pub(crate) fn is_quiet(&self) -> bool {
        self.open.is_empty()
    }

    fn check_one(
        &mut self,
        net: &Network,
        node: usize,
        prefix: Prefix,
        now: Micros,
    ) -> Result<(), String> {
        let Sink::Loop(path) = net.follow(node, &prefix, Edges::WithCarrier) else {
            return Ok(());
        };
        let excused = self.amnesia
            || self.shared.iter().any(|shared| {
                if net.nested {
                    shared.contains(&prefix)
                } else {
                    *shared == prefix
                }
            });
        if !excused {
            return Err(format!(
                "{prefix} loops along {path:?}, seen from node {node}"
            ));
        }
        self.open.entry((prefix, path)).or_insert(now);
        Ok(())
    }
}
