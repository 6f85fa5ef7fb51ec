//! What is wrong or odd about a configuration, with its place.

use std::fmt;

use crate::error::ParseError;
use crate::package::Package;
use crate::position::Position;
use crate::reader::{ReadError, Reader};
use crate::warning::Warning;

/// One remark about a configuration; shown as `line:column: remark`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where in the file.
    pub position: Position,
    /// Whether the configuration must not be used.
    pub is_error: bool,
    /// The remark: lower-case, without full stop.
    pub message: String,
}

/// Gathers problems, so that one run shows them all.
#[derive(Debug, Default)]
pub struct Problems {
    found: Vec<Problem>,
}

impl Problems {
    /// The value that was read; a value that cannot be read is noted and treated as missing.
    pub fn value<T>(&mut self, read: Result<Option<T>, ReadError>) -> Option<T> {
        read.unwrap_or_else(|error| {
            self.error(&error);
            None
        })
    }

    /// The list that was read; one that cannot be read is noted and treated as empty.
    pub fn list<T>(&mut self, read: Result<Vec<T>, ReadError>) -> Vec<T> {
        read.unwrap_or_else(|error| {
            self.error(&error);
            Vec::new()
        })
    }

    /// Notes what is odd about a package as a whole, and sections whose type is not in `known`.
    pub fn package(&mut self, package: &Package, known: &[&str]) {
        for warning in package
            .warnings
            .iter()
            .chain(&package.unknown_sections(known))
        {
            self.warning(warning);
        }
    }

    /// A reader for the only section of type `kind`; what else there is of that type is refused.
    pub fn only<'a>(&mut self, package: &'a Package, kind: &'a str) -> Option<Reader<'a>> {
        let mut readers = package.readers_of(kind);
        let only = readers.next();
        for reader in readers {
            let message = format!("{}: there can be only one section {kind}", reader.path());
            self.refuse(reader.section().position, message);
        }
        only
    }

    /// Notes an option that is wrong.
    pub fn error(&mut self, error: &ReadError) {
        self.push(
            error.position,
            true,
            format!("{}: {}", error.path, error.problem),
        );
    }

    /// Notes that the file could not be read at all.
    pub fn parse_error(&mut self, error: &ParseError) {
        self.push(error.position, true, error.kind.to_string());
    }

    /// Notes something that is wrong with a place rather than with an option.
    pub fn refuse(&mut self, position: Position, message: String) {
        self.push(position, true, message);
    }

    /// Notes something odd.
    pub fn warn(&mut self, position: Position, message: String) {
        self.push(position, false, message);
    }

    /// Notes what the reader of the file found odd.
    pub fn warning(&mut self, warning: &Warning) {
        // The place is a field of its own here.
        let place = format!("{}: ", warning.position);
        let text = warning.to_string();
        let message = text.strip_prefix(&place).unwrap_or(&text).to_owned();
        self.push(warning.position, false, message);
    }

    /// All of them in the order of the file.
    pub fn into_sorted(mut self) -> Vec<Problem> {
        self.found.sort_by_key(|problem| problem.position);
        self.found
    }

    fn push(&mut self, position: Position, is_error: bool, message: String) {
        self.found.push(Problem {
            position,
            is_error,
            message,
        });
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = if self.is_error { "error" } else { "warning" };
        write!(f, "{}: {severity}: {}", self.position, self.message)
    }
}
