//! Next hops by number: thousands of routes lead over a handful of them.

use litemap::LiteMap;

use crate::link::NextHop;
use crate::neighbour::NeighbourId;

/// A next hop's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NextHopId(u16);

/// How many next hops a neighbour may announce at a time.
const EACH: usize = 16;

/// How many are there before it is looked for such as nothing leads over any more.
const FIRST_SWEEP: usize = 16;

/// The next hops in use, and some that were.
#[derive(Clone, Debug, Default)]
pub(crate) struct NextHops {
    slots: Vec<Option<Slot>>,
    ids: LiteMap<NextHop, NextHopId>,
    /// With how many it is looked for unused ones next.
    sweep_at: usize,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    next_hop: NextHop,
    /// Who announced it first; `None` for one found in the kernel.
    by: Option<NeighbourId>,
}

impl NextHops {
    /// The next hop of a number.
    pub(crate) fn find(&self, id: NextHopId) -> Option<NextHop> {
        let slot = self.slots.get(usize::from(id.0))?;
        slot.as_ref().map(|slot| slot.next_hop)
    }

    /// The number of a next hop that has one.
    pub(crate) fn id_of(&self, next_hop: NextHop) -> Option<NextHopId> {
        self.ids.get(&next_hop).copied()
    }

    /// Whether [`Self::sweep`] should come before the next number is given.
    pub(crate) fn wants_sweep(&self) -> bool {
        self.ids.len() >= self.sweep_at.max(FIRST_SWEEP)
    }

    /// Forgets the numbers that are not among these.
    pub(crate) fn sweep(&mut self, used: impl Iterator<Item = NextHopId>) {
        let mut keep = vec![false; self.slots.len()];
        for id in used {
            if let Some(kept) = keep.get_mut(usize::from(id.0)) {
                *kept = true;
            }
        }
        for (slot, kept) in self.slots.iter_mut().zip(keep) {
            if let Some(unused) = slot.take_if(|_| !kept) {
                self.ids.remove(&unused.next_hop);
            }
        }
        self.sweep_at = self.ids.len() * 2;
    }

    /// Gives a number to a next hop that has none; `None` when `by` has announced too many.
    pub(crate) fn add(&mut self, next_hop: NextHop, by: Option<NeighbourId>) -> Option<NextHopId> {
        let by_the_same = self.slots.iter().flatten().filter(|slot| slot.by == by);
        if by.is_some() && by_the_same.count() >= EACH {
            return None;
        }
        let place = self.slots.iter().position(Option::is_none);
        let place = place.unwrap_or(self.slots.len());
        let id = NextHopId(u16::try_from(place).ok()?);
        let slot = Some(Slot { next_hop, by });
        match self.slots.get_mut(place) {
            Some(free) => *free = slot,
            None => self.slots.push(slot),
        }
        self.ids.insert(next_hop, id);
        Some(id)
    }
}

#[cfg(test)]
mod tests;
