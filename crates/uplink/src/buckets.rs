//! 256 hash buckets shared out by weight, moved as little as can be.

use crate::uplink_id::UplinkId;

/// How many there are: the weight of one is 0.4 %.
pub const COUNT: usize = 256;

/// Who owns which bucket. A connection's bucket is a seeded hash of its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buckets {
    owners: [Option<UplinkId>; COUNT],
}

impl Default for Buckets {
    fn default() -> Self {
        Self::new()
    }
}

impl Buckets {
    /// Buckets without owners.
    pub const fn new() -> Self {
        Self {
            owners: [None; COUNT],
        }
    }

    /// Shares them out anew; how many changed their owner.
    ///
    /// An owner keeps what it has up to its exact part rounded up; only what is beyond, and what has no
    /// owner any more, goes to those who are below theirs, in turn. So when an uplink
    /// dies, no bucket of a living one moves; and owners are interleaved, so that a round robin over
    /// the buckets is one over the uplinks by weight.
    pub fn assign(&mut self, weights: &[(UplinkId, u32)]) -> usize {
        let total: u64 = weights.iter().map(|(_, weight)| u64::from(*weight)).sum();
        if total == 0 {
            let owned = self.owners.iter().flatten().count();
            self.owners = [None; COUNT];
            return owned;
        }
        let mut parts: Vec<Part> = weights
            .iter()
            .map(|&(id, weight)| Part {
                id,
                exact: u64::from(weight) * COUNT as u64,
                held: 0,
            })
            .collect();
        for owner in &mut self.owners {
            let part = owner.and_then(|id| parts.iter_mut().find(|part| part.id == id));
            match part {
                // The exact part rounded up, without a division.
                Some(part) if part.held * total < part.exact => part.held += 1,
                _ => *owner = None,
            }
        }
        let mut moved = 0;
        for owner in self.owners.iter_mut().filter(|owner| owner.is_none()) {
            // The next in a round robin by weight: the smallest (2 held + 1) / weight (Sainte-Laguë). Of
            // two alike the first in number, so that the outcome does not depend on the order.
            let below = parts
                .iter_mut()
                .filter(|part| part.held * total < part.exact);
            let neediest = below.min_by(|one, other| {
                let turn = |of: &Part, against: &Part| {
                    u128::from(2 * of.held + 1) * u128::from(against.exact)
                };
                turn(one, other)
                    .cmp(&turn(other, one))
                    .then(one.id.cmp(&other.id))
            });
            if let Some(part) = neediest {
                part.held += 1;
                *owner = Some(part.id);
                moved += 1;
            }
        }
        moved
    }

    /// The owners.
    pub const fn owners(&self) -> &[Option<UplinkId>; COUNT] {
        &self.owners
    }

    /// How many an uplink has.
    pub fn held_by(&self, id: UplinkId) -> usize {
        self.owners
            .iter()
            .filter(|owner| **owner == Some(id))
            .count()
    }

    /// Runs of neighbouring buckets with one owner: (first, last, owner).
    pub fn runs(&self) -> Vec<(usize, usize, UplinkId)> {
        let mut runs: Vec<(usize, usize, UplinkId)> = Vec::new();
        for (bucket, owner) in self.owners.iter().enumerate() {
            let Some(owner) = *owner else {
                continue;
            };
            match runs.last_mut() {
                Some((_, last, of)) if *of == owner && *last + 1 == bucket => *last = bucket,
                _ => runs.push((bucket, bucket, owner)),
            }
        }
        runs
    }
}

/// One uplink's part, in buckets times the total weight.
struct Part {
    id: UplinkId,
    exact: u64,
    held: u64,
}

#[cfg(test)]
mod tests;
