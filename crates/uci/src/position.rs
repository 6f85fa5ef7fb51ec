//! Where in the text something stands.

use std::fmt;

/// A place in the text, shown as `line:column`. Both count from 1; columns count bytes, because a
/// UCI file need not be UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// Line, from 1. 0 stands for "nowhere": the item was made by a program.
    pub line: u32,
    /// Byte within the line, from 1.
    pub column: u32,
}

impl Position {
    /// The position of something that was not read from a text.
    pub const NOWHERE: Self = Self { line: 0, column: 0 };
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}
