//! Values by number: thousands of routes share a handful of next hops and sources.

use litemap::LiteMap;
use std::marker::PhantomData;
use std::num::NonZeroU32;

/// A value's number; an `Option` of it takes no more room.
#[derive(Debug)]
pub(super) struct Id<T> {
    number: NonZeroU32,
    of: PhantomData<T>,
}

/// With how many values it is looked for unused ones first.
const FIRST_SWEEP: usize = 64;

/// The values in use, and some that were.
#[derive(Debug)]
pub(super) struct Pool<T> {
    values: Vec<Option<T>>,
    numbers: LiteMap<T, NonZeroU32>,
    sweep_at: usize,
}

impl<T: Copy + Ord> Pool<T> {
    /// The value of a number.
    pub(super) fn find(&self, id: Id<T>) -> Option<T> {
        let place = usize::try_from(id.number.get() - 1).ok()?;
        self.values.get(place).copied().flatten()
    }

    /// The number of a value, given to it if need be.
    pub(super) fn id(&mut self, value: T) -> Id<T> {
        if let Some(number) = self.numbers.get(&value) {
            return Id::new(*number);
        }
        let free = (self.numbers.len() < self.values.len())
            .then(|| self.values.iter().position(Option::is_none))
            .flatten();
        let place = free.unwrap_or(self.values.len());
        let before = u32::try_from(place).unwrap_or(u32::MAX);
        let number = NonZeroU32::MIN.saturating_add(before);
        match self.values.get_mut(place) {
            Some(free) => *free = Some(value),
            None => self.values.push(Some(value)),
        }
        self.numbers.insert(value, number);
        Id::new(number)
    }

    /// Whether it is time for [`Self::sweep`].
    pub(super) fn wants_sweep(&self) -> bool {
        self.numbers.len() >= self.sweep_at.max(FIRST_SWEEP)
    }

    /// Forgets all values but these.
    pub(super) fn sweep(&mut self, used: impl Iterator<Item = Id<T>>) {
        let mut keep = vec![false; self.values.len()];
        for id in used {
            let place = usize::try_from(id.number.get() - 1).ok();
            if let Some(kept) = place.and_then(|place| keep.get_mut(place)) {
                *kept = true;
            }
        }
        for (value, kept) in self.values.iter_mut().zip(keep) {
            if let Some(unused) = value.take_if(|_| !kept) {
                self.numbers.remove(&unused);
            }
        }
        self.sweep_at = self.numbers.len() * 2;
    }
}

impl<T> Id<T> {
    fn new(number: NonZeroU32) -> Self {
        Self {
            number,
            of: PhantomData,
        }
    }
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            numbers: LiteMap::new(),
            sweep_at: 0,
        }
    }
}

// Derived, these would ask the same of `T`.
impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl<T> Eq for Id<T> {}

#[cfg(test)]
mod tests;
