//! The queue of what happens when. Of two things at the same time the one queued first comes first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::clock::Micros;
use crate::node::{Arrival, Departure};

/// What waits in the queue.
#[derive(Debug)]
pub(crate) enum Happening {
    Arrive(usize, Arrival),
    Timer(usize),
    Boot(usize),
    Wake(usize),
    /// A daemon that has said farewell ends, and comes back after a while.
    Depart(usize, Departure),
}

/// What is to happen, in order.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    entries: BinaryHeap<Reverse<Entry>>,
    sequence: u64,
}

impl Queue {
    /// Queues an event.
    pub(crate) fn push(&mut self, at: Micros, what: Happening) {
        self.sequence += 1;
        let at = (at, self.sequence);
        self.entries.push(Reverse(Entry { at, what }));
    }

    /// Takes the next event unless it lies beyond `end`.
    pub(crate) fn pop_until(&mut self, end: Micros) -> Option<(Micros, Happening)> {
        let Reverse(next) = self.entries.peek()?;
        if next.at.0 > end {
            return None;
        }
        let Reverse(entry) = self.entries.pop()?;
        Some((entry.at.0, entry.what))
    }
}

#[derive(Debug)]
struct Entry {
    at: (Micros, u64),
    what: Happening,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.at.cmp(&other.at)
    }
}
