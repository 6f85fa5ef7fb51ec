//! An ordered map whose keys are prefixes, as compact as can be: the tables with a row for each
//! destination are what fills a small router's memory.

use crate::prefix::Prefix;
use crate::runs::Runs;

/// An ordered map by prefix.
#[derive(Clone, Debug)]
pub struct PrefixMap<V> {
    rows: Runs<Prefix, V>,
}

impl<V> Default for PrefixMap<V> {
    fn default() -> Self {
        Self {
            rows: Runs::default(),
        }
    }
}

impl<V> PrefixMap<V> {
    /// The value of a prefix.
    pub fn get(&self, prefix: Prefix) -> Option<&V> {
        self.rows.get(&prefix)
    }

    /// The value of a prefix, to change it.
    pub fn get_mut(&mut self, prefix: Prefix) -> Option<&mut V> {
        self.rows.get_mut(&prefix)
    }

    /// The value of a prefix, which is made if need be.
    pub fn get_or_default(&mut self, prefix: Prefix) -> &mut V
    where
        V: Default,
    {
        self.rows.get_or_insert_with(prefix, V::default)
    }

    /// Removes a prefix; its value.
    pub fn remove(&mut self, prefix: Prefix) -> Option<V> {
        self.rows.remove(&prefix)
    }

    /// Removes the first entry.
    pub fn pop_first(&mut self) -> Option<(Prefix, V)> {
        self.rows.pop_first()
    }

    /// Entries in order; after a prefix, or from the first.
    pub fn iter_after(&self, after: Option<Prefix>) -> impl Iterator<Item = (Prefix, &V)> {
        let rows = self.rows.iter_after(after);
        rows.map(|(prefix, value)| (*prefix, value))
    }

    /// Every entry in order.
    pub fn iter(&self) -> impl Iterator<Item = (Prefix, &V)> {
        self.iter_after(None)
    }

    /// Every entry in order, to change its value.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (Prefix, &mut V)> {
        self.rows.iter_mut().map(|(prefix, value)| (*prefix, value))
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}
