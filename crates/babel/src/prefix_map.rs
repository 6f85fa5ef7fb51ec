//! An ordered map whose keys are prefixes, as compact as can be: the tables with a row for each
//! destination are what fills a small router's memory.

use crate::prefix::{Prefix, PrefixV4, PrefixV6};
use crate::runs::Runs;

/// An ordered map by prefix. Those without a source prefix do not pay for those that have one.
#[derive(Clone, Debug)]
pub struct PrefixMap<V> {
    plain: Runs<Plain, V>,
    specific: Runs<Specific, V>,
}

/// A prefix without a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Plain {
    V4(PrefixV4),
    V6(PrefixV6),
}

/// A prefix with a source.
type Specific = (PrefixV6, PrefixV6);

/// Either of the two.
enum Key {
    Plain(Plain),
    Specific(Specific),
}

impl<V> Default for PrefixMap<V> {
    fn default() -> Self {
        Self {
            plain: Runs::default(),
            specific: Runs::default(),
        }
    }
}

impl<V> PrefixMap<V> {
    /// The value of a prefix.
    pub fn get(&self, prefix: Prefix) -> Option<&V> {
        match Key::of(prefix) {
            Key::Plain(key) => self.plain.get(&key),
            Key::Specific(key) => self.specific.get(&key),
        }
    }

    /// The value of a prefix, to change it.
    pub fn get_mut(&mut self, prefix: Prefix) -> Option<&mut V> {
        match Key::of(prefix) {
            Key::Plain(key) => self.plain.get_mut(&key),
            Key::Specific(key) => self.specific.get_mut(&key),
        }
    }

    /// The value of a prefix, which is made if need be.
    pub fn get_or_default(&mut self, prefix: Prefix) -> &mut V
    where
        V: Default,
    {
        match Key::of(prefix) {
            Key::Plain(key) => self.plain.get_or_insert_with(key, V::default),
            Key::Specific(key) => self.specific.get_or_insert_with(key, V::default),
        }
    }

    /// Removes a prefix; its value.
    pub fn remove(&mut self, prefix: Prefix) -> Option<V> {
        match Key::of(prefix) {
            Key::Plain(key) => self.plain.remove(&key),
            Key::Specific(key) => self.specific.remove(&key),
        }
    }

    /// Removes the first entry.
    pub fn pop_first(&mut self) -> Option<(Prefix, V)> {
        if let Some((key, value)) = self.plain.pop_first() {
            return Some((key.into(), value));
        }
        let ((destination, source), value) = self.specific.pop_first()?;
        Some((Prefix::Specific(destination, source), value))
    }

    /// Entries in order; after a prefix, or from the first.
    pub fn iter_after(&self, after: Option<Prefix>) -> impl Iterator<Item = (Prefix, &V)> {
        let (plain, specific) = match after.map(Key::of) {
            None => (Some(None), None),
            Some(Key::Plain(key)) => (Some(Some(key)), None),
            Some(Key::Specific(key)) => (None, Some(key)),
        };
        let plain = plain.map(|after| self.plain.iter_after(after));
        let plain = plain.into_iter().flatten();
        plain.map(|(key, value)| (Prefix::from(*key), value)).chain(
            self.specific
                .iter_after(specific)
                .map(|((destination, source), value)| {
                    (Prefix::Specific(*destination, *source), value)
                }),
        )
    }

    /// Every entry in order.
    pub fn iter(&self) -> impl Iterator<Item = (Prefix, &V)> {
        self.iter_after(None)
    }

    /// Every entry in order, to change its value.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (Prefix, &mut V)> {
        let plain = self.plain.iter_mut();
        plain.map(|(key, value)| (Prefix::from(*key), value)).chain(
            self.specific
                .iter_mut()
                .map(|((destination, source), value)| {
                    (Prefix::Specific(*destination, *source), value)
                }),
        )
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.plain.len() + self.specific.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Key {
    fn of(prefix: Prefix) -> Self {
        match prefix {
            Prefix::V4(v4) => Self::Plain(Plain::V4(v4)),
            Prefix::V6(v6) => Self::Plain(Plain::V6(v6)),
            Prefix::Specific(destination, source) => Self::Specific((destination, source)),
        }
    }
}

impl From<Plain> for Prefix {
    fn from(key: Plain) -> Self {
        match key {
            Plain::V4(v4) => Self::V4(v4),
            Plain::V6(v6) => Self::V6(v6),
        }
    }
}

#[cfg(test)]
mod tests;
