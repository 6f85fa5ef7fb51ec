//! Why a text is refused.

use crate::position::Position;
use thiserror::Error;

/// Why a text is not a UCI file, and where. Shown as `line:column: reason`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{position}: {kind}")]
pub struct ParseError {
    /// The place of the offending word; for something missing, the command that lacks it; for an
    /// open quote, the quote.
    pub position: Position,
    /// The reason.
    pub kind: ParseErrorKind,
}

/// What libuci's strict mode refuses. Values are never repeated here: one may be a key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ParseErrorKind {
    /// A line, or what follows a `;`, starts with something else than a command.
    #[error("'{word}' is not a command: expected package, config, option or list")]
    UnknownCommand {
        /// The word, shortened and escaped.
        word: String,
    },
    /// A `;` with nothing behind it. libuci takes the line's end for a command and refuses it.
    #[error("nothing follows the ';'")]
    NothingAfterSemicolon,
    /// `config` without a type, `option`, `list` or `package` without a name.
    #[error("`{command}` without its {missing}")]
    MissingArgument {
        /// The command that lacks it.
        command: &'static str,
        /// `type` or `name`.
        missing: &'static str,
    },
    /// More words than the command takes. Usually a value with blanks that is not quoted.
    #[error("one word too many for `{command}`{}", if matches!(*.command, "option" | "list") { ": a value with blanks must be quoted" } else { "" })]
    TooManyArguments {
        /// The command that has too many.
        command: &'static str,
    },
    /// A package, section or option name with a character that libuci does not allow.
    #[error("'{name}' is not a name: only letters, digits{} and _ are allowed", if *.dash { ", -" } else { "" })]
    InvalidName {
        /// The name, shortened and escaped.
        name: String,
        /// Whether a dash is allowed: in package names only.
        dash: bool,
    },
    /// A section type with a blank, a control character or a byte outside ASCII.
    #[error("'{kind}' is not a section type: only printable ASCII without blanks is allowed")]
    InvalidType {
        /// The type, shortened and escaped.
        kind: String,
    },
    /// `option` or `list` before any `config`.
    #[error("`{command}` before the first section")]
    BeforeFirstSection {
        /// `option` or `list`.
        command: &'static str,
    },
    /// The text ends inside a quote; the position is that of the quote.
    #[error("this {quote} is never closed")]
    OpenQuote {
        /// `'` or `"`.
        quote: char,
    },
    /// A second section of the same name has another type.
    #[error("section '{name}' is of type {second} here and of type {first} at {first_position}")]
    TypeChanged {
        /// The section's name.
        name: String,
        /// The type it had.
        first: String,
        /// The type it would get.
        second: String,
        /// Where it had the first.
        first_position: Position,
    },
    /// A NUL byte. libuci silently loses text around one; losing is not reading.
    #[error("a NUL byte")]
    NulByte,
}
