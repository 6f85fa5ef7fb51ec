//! What is odd but does not refuse a file.

use crate::position::Position;
use std::fmt;

/// Something the owner of a file probably did not mean. Shown as `line:column: remark`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Where.
    pub position: Position,
    /// What.
    pub kind: WarningKind,
}

/// The kinds of oddities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WarningKind {
    /// An option that its reader never asked for; `path` is `package.section.option`.
    UnknownOption {
        /// As `uci show` would name it.
        path: String,
    },
    /// A section of a type that nobody reads; `path` is `package.section`.
    UnknownSection {
        /// As `uci show` would name it.
        path: String,
        /// Its type.
        kind: String,
    },
    /// A `;` glued to an unquoted word: libuci drops the rest of the line without a word.
    DroppedAfterSemicolon,
    /// A `#` inside a word: libuci takes it and the rest of the line for a comment.
    HashInWord,
    /// `option x ''` after another `option x`: libuci ignores it, it does not take the first away.
    EmptyValueIgnored,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.position)?;
        match &self.kind {
            WarningKind::UnknownOption { path } => write!(f, "{path}: unknown option"),
            WarningKind::UnknownSection { path, kind } => {
                write!(f, "{path}: unknown section type {kind}")
            }
            WarningKind::DroppedAfterSemicolon => {
                f.write_str("the rest of the line after ';' is ignored: quote the value or put a blank before the ';'")
            }
            WarningKind::HashInWord => {
                f.write_str("'#' starts a comment even inside a word: quote the value")
            }
            WarningKind::EmptyValueIgnored => {
                f.write_str("an empty value is ignored: the option keeps the value it had")
            }
        }
    }
}
