//! Tables for people: columns as wide as their content, hostile names made harmless.

use crate::printable::{escaped, width};

/// On which side of its column a cell stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A table that is being filled.
#[derive(Debug)]
pub struct Table {
    columns: Vec<(&'static str, Align)>,
    cells: Vec<String>,
}

impl Table {
    /// A table with those columns and no row.
    pub fn new(columns: &[(&'static str, Align)]) -> Self {
        Self {
            columns: columns.to_vec(),
            cells: Vec::new(),
        }
    }

    /// Adds a row; a missing cell is empty, a surplus one is left out.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let end = self.cells.len() + self.columns.len();
        let fitting = cells.into_iter().take(self.columns.len());
        self.cells.extend(fitting.map(|cell| match escaped(&cell) {
            std::borrow::Cow::Borrowed(_) => cell,
            std::borrow::Cow::Owned(safe) => safe,
        }));
        self.cells.resize(end, String::new());
    }

    /// The table with its titles, each line ended by a line feed and without trailing spaces.
    pub fn finish(&self) -> String {
        let count = self.columns.len().max(1);
        let mut widths: Vec<usize> = self.columns.iter().map(|(title, _)| title.len()).collect();
        for row in self.cells.chunks(count) {
            for (most, cell) in widths.iter_mut().zip(row) {
                *most = width(cell).max(*most);
            }
        }
        let mut out = String::new();
        let titles = self.columns.iter().map(|(title, _)| *title);
        self.push_line(&mut out, &widths, titles);
        for row in self.cells.chunks(count) {
            self.push_line(&mut out, &widths, row.iter().map(String::as_str));
        }
        out
    }

    fn push_line<'a>(
        &self,
        out: &mut String,
        widths: &[usize],
        cells: impl Iterator<Item = &'a str>,
    ) {
        let start = out.len();
        for ((cell, &most), &(_, align)) in cells.zip(widths).zip(&self.columns) {
            if out.len() > start {
                out.push_str("  ");
            }
            let padding = most.saturating_sub(width(cell));
            if align == Align::Right {
                out.extend(std::iter::repeat_n(' ', padding));
            }
            out.push_str(cell);
            if align == Align::Left {
                out.extend(std::iter::repeat_n(' ', padding));
            }
        }
        out.truncate(out.trim_end_matches(' ').len().max(start));
        out.push('\n');
    }
}

#[cfg(test)]
mod tests;
