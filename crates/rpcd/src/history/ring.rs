//! The last values of some columns, one row for each step of time.

use crate::history::packed::{NONE, pack, unpack};

/// A ring. Rows nobody wrote have no values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring {
    columns: usize,
    length: usize,
    codes: Vec<u16>,
    /// The step of the newest row.
    newest: Option<u64>,
}

impl Ring {
    /// A ring without values, which takes no memory yet.
    pub fn new(columns: usize, length: usize) -> Self {
        Self {
            columns,
            length,
            codes: Vec::new(),
            newest: None,
        }
    }

    /// Its octets when it is in use.
    pub fn full_bytes(columns: usize, length: usize) -> usize {
        columns * length * size_of::<u16>()
    }

    /// Its octets now.
    pub fn bytes(&self) -> usize {
        self.codes.len() * size_of::<u16>()
    }

    /// Writes the row of a step. One that is older than all there are is left out.
    pub fn put(&mut self, step: u64, values: &[Option<u32>]) {
        if self.codes.is_empty() {
            self.codes = vec![NONE; self.columns * self.length];
        }
        let newest = self.newest.unwrap_or(step);
        if newest >= step.saturating_add(self.length as u64) {
            return;
        }
        // Steps that were left out have no values.
        let first = newest
            .saturating_add(1)
            .max(step.saturating_sub(self.length as u64));
        for skipped in first..=step {
            self.row(skipped).fill(NONE);
        }
        for (code, value) in self.row(step).iter_mut().zip(values) {
            *code = pack(*value);
        }
        self.newest = Some(newest.max(step));
    }

    /// The values of a column, oldest first, ending with the step `now`.
    pub fn values(&self, column: usize, now: u64) -> impl Iterator<Item = Option<u32>> {
        let length = self.length as u64;
        (0..length).map(move |back| {
            let step = now.checked_sub(length - 1 - back)?;
            let newest = self.newest?;
            if step > newest || newest - step >= length {
                return None;
            }
            let place = usize::try_from(step % length).ok()? * self.columns + column;
            unpack(*self.codes.get(place)?)
        })
    }

    /// For the state file: the newest step, and all codes from the oldest to the newest.
    pub(crate) fn parts(&self) -> Option<(u64, impl Iterator<Item = u16>)> {
        let newest = self.newest?;
        let start = usize::try_from((newest + 1) % self.length as u64).ok()? * self.columns;
        let (late, early) = self.codes.split_at_checked(start)?;
        Some((newest, early.iter().chain(late).copied()))
    }

    /// A ring of codes from the oldest to the newest.
    pub(crate) fn from_parts(
        columns: usize,
        length: usize,
        newest: u64,
        codes: &[u16],
    ) -> Option<Self> {
        let start = usize::try_from((newest.checked_add(1)?) % length as u64).ok()? * columns;
        if codes.len() != columns * length {
            return None;
        }
        let mut codes = codes.to_vec();
        codes.rotate_right(start);
        Some(Self {
            columns,
            length,
            codes,
            newest: Some(newest),
        })
    }

    fn row(&mut self, step: u64) -> &mut [u16] {
        let place = usize::try_from(step % self.length as u64).unwrap_or(0) * self.columns;
        self.codes
            .get_mut(place..place + self.columns)
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
