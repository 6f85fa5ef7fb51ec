//! Retractions of the last moments.
//!
//! On a radio a multicast packet may wait for sleeping stations while a unicast one overtakes it: an
//! announcement can arrive after the retraction that was sent later. Believed, it would live until it
//! expires, and the neighbour, whose retraction was acknowledged, would send packets for it
//! back along a shorter prefix.

use std::collections::BTreeMap;

use core::time::Duration;

use crate::clock::Instant;
use crate::neighbour::NeighbourId;
use crate::prefix::Prefix;

/// How long an older packet may be under way.
const LIFETIME: Duration = Duration::from_millis(500);

/// How many retractions are remembered.
const MOST: usize = 1024;

/// What to do with an announcement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// Believe it.
    Fresh,
    /// Ask its sender again, and believe the answer.
    Ask,
}

/// Who took back what, and when.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recalls {
    recalls: BTreeMap<(Prefix, NeighbourId), Instant>,
}

impl Recalls {
    /// Notes a retraction; not if too many are remembered already.
    pub(crate) fn note(&mut self, prefix: Prefix, id: NeighbourId, now: Instant) {
        if self.recalls.len() >= MOST {
            self.recalls.retain(|_, at| now.since(*at) < LIFETIME);
        }
        if self.recalls.len() < MOST {
            self.recalls.insert((prefix, id), now);
        }
    }

    /// Judges an announcement. The next one of the same prefix by the same neighbour, which is the
    /// answer, is fresh.
    pub(crate) fn judge(&mut self, prefix: Prefix, id: NeighbourId, now: Instant) -> Freshness {
        match self.recalls.remove(&(prefix, id)) {
            Some(at) if now.since(at) < LIFETIME => Freshness::Ask,
            _ => Freshness::Fresh,
        }
    }
}

#[cfg(test)]
mod tests;
