//! An ordered map that keeps its entries close together.
//!
//! A B-tree from which nobody asks more than this is half empty when its entries arrive in order, as
//! the routes of a full update do, and on a router every octet of 10,000 routes counts.

use core::cell::Cell;
use core::cmp::Ordering;

/// The most entries of a run.
const RUN: usize = 32;

/// By how many entries a run grows.
const STEP: usize = 8;

/// An ordered map: sorted runs of a few entries, one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Runs<K, V> {
    /// None is empty.
    runs: Vec<Vec<(K, V)>>,
    len: usize,
    /// Where was looked last. Full updates come and go in order, so that the next look is mostly at the
    /// same entry or the one after it.
    last: Cell<Place>,
}

/// Where an entry is: its run, and its place in it.
type Place = (usize, usize);

impl<K, V> Default for Runs<K, V> {
    fn default() -> Self {
        Self {
            runs: Vec::new(),
            len: 0,
            last: Cell::new((0, 0)),
        }
    }
}

impl<K: Ord, V> Runs<K, V> {
    /// The value of a key.
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        let (run, place) = self.search(key).ok()?;
        Some(&self.runs.get(run)?.get(place)?.1)
    }

    /// The value of a key, to change it.
    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let (run, place) = self.search(key).ok()?;
        Some(&mut self.runs.get_mut(run)?.get_mut(place)?.1)
    }

    /// The value of a key, which is made if need be.
    #[expect(
        clippy::indexing_slicing,
        reason = "the search and the insertion say where the entry is"
    )]
    pub(crate) fn get_or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let (run, place) = match self.search(&key) {
            Ok(found) => found,
            Err(gap) => self.insert_at(gap, (key, make())),
        };
        &mut self.runs[run][place].1
    }

    /// Removes a key; its value.
    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let (index, place) = self.search(key).ok()?;
        let run = self.runs.get_mut(index)?;
        let (_, value) = run.remove(place);
        self.len -= 1;
        if run.is_empty() {
            self.runs.remove(index);
        } else if run.len() <= RUN / 4 {
            self.join(index);
        }
        Some(value)
    }

    /// Removes the first entry.
    pub(crate) fn pop_first(&mut self) -> Option<(K, V)> {
        let run = self.runs.first_mut()?;
        let first = run.remove(0);
        self.len -= 1;
        if run.is_empty() {
            self.runs.remove(0);
        }
        Some(first)
    }

    /// Entries in order; after a key, or from the first.
    pub(crate) fn iter_after(&self, after: Option<K>) -> impl Iterator<Item = (&K, &V)> {
        let (run, place) = match after.map(|key| self.search(&key)) {
            None => (0, 0),
            Some(Ok((run, place))) => (run, place + 1),
            Some(Err(gap)) => gap,
        };
        let mut runs = self.runs.get(run..).unwrap_or_default().iter();
        let first = runs.next().and_then(|first| first.get(place..));
        let entries = first.unwrap_or_default().iter().chain(runs.flatten());
        entries.map(|(key, value)| (key, value))
    }

    /// Every entry in order, to change its value.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        let entries = self.runs.iter_mut().flatten();
        entries.map(|(key, value)| (&*key, value))
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Where a key is, or where it belongs.
    fn search(&self, key: &K) -> Result<Place, Place> {
        let found = self
            .search_nearby(key)
            .unwrap_or_else(|| self.search_everywhere(key));
        self.last.set(match found {
            Ok(place) | Err(place) => place,
        });
        found
    }

    /// The same, where it is at the place of the last look or right behind it.
    fn search_nearby(&self, key: &K) -> Option<Result<Place, Place>> {
        let (run, place) = self.last.get();
        let entries = self.runs.get(run)?;
        for at in [place, place + 1] {
            let Some((found, _)) = entries.get(at) else {
                // A key that is behind all of a run belongs there until the next run begins.
                let last = entries.last()?;
                let next = self.runs.get(run + 1).and_then(|next| next.first());
                return match next {
                    _ if last.0 >= *key => None,
                    Some((first, _)) if first == key => Some(Ok((run + 1, 0))),
                    Some((first, _)) if first < key => None,
                    _ => Some(Err((run, entries.len()))),
                };
            };
            match found.cmp(key) {
                Ordering::Equal => return Some(Ok((run, at))),
                // It is between two neighbours.
                Ordering::Greater if at > place => return Some(Err((run, at))),
                Ordering::Greater => return None,
                Ordering::Less => {}
            }
        }
        None
    }

    fn search_everywhere(&self, key: &K) -> Result<Place, Place> {
        let starts_after = |run: &Vec<(K, V)>| run.first().is_none_or(|(first, _)| first > key);
        let run = self
            .runs
            .partition_point(|run| !starts_after(run))
            .saturating_sub(1);
        let Some(entries) = self.runs.get(run) else {
            return Err((0, 0));
        };
        match entries.binary_search_by(|(found, _)| found.cmp(key)) {
            Ok(place) => Ok((run, place)),
            Err(place) => Err((run, place)),
        }
    }

    fn insert_at(&mut self, (mut run, mut place): Place, entry: (K, V)) -> Place {
        self.len += 1;
        let next_has_room = self.runs.get(run + 1).is_some_and(|next| next.len() < RUN);
        match self.runs.get_mut(run) {
            None => {
                self.runs.insert(run, Vec::new());
            }
            Some(entries) if entries.len() < RUN => {}
            // What arrives in order leaves full runs behind.
            Some(entries) if place == entries.len() => {
                run += 1;
                place = 0;
                if !next_has_room {
                    self.runs.insert(run, Vec::new());
                }
            }
            Some(entries) => {
                let second = entries.split_off(RUN / 2);
                entries.shrink_to_fit();
                self.runs.insert(run + 1, second);
                if place > RUN / 2 {
                    run += 1;
                    place -= RUN / 2;
                }
            }
        }
        if let Some(entries) = self.runs.get_mut(run) {
            if entries.len() == entries.capacity() {
                entries.reserve_exact(STEP);
            }
            entries.insert(place, entry);
        }
        (run, place)
    }

    /// Joins a short run with the next one where both fit.
    fn join(&mut self, index: usize) {
        let joined = match (self.runs.get(index), self.runs.get(index + 1)) {
            (Some(run), Some(next)) => run.len() + next.len(),
            _ => return,
        };
        if joined <= RUN / 2 {
            let next = self.runs.remove(index + 1);
            if let Some(run) = self.runs.get_mut(index) {
                run.extend(next);
                run.shrink_to_fit();
            }
        }
    }
}

#[cfg(test)]
mod tests;
