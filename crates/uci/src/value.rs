//! A value: bytes and where they stood.

use crate::position::Position;
use thiserror::Error;

/// The value of an option or one item of a list. UCI values are bytes: nothing makes them UTF-8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    bytes: Vec<u8>,
    position: Position,
}

impl Value {
    /// A value that began at `position`.
    pub fn new(bytes: impl Into<Vec<u8>>, position: Position) -> Self {
        Self {
            bytes: bytes.into(),
            position,
        }
    }

    /// The bytes, quotes and escapes removed.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The text, or where the bytes stop being UTF-8.
    pub fn as_str(&self) -> Result<&str, NotUtf8> {
        str::from_utf8(&self.bytes).map_err(|error| NotUtf8 {
            position: self.position,
            byte: error.valid_up_to().saturating_add(1),
        })
    }

    /// Where the value began, its opening quote included.
    pub fn position(&self) -> Position {
        self.position
    }
}

/// A value that was asked for as text is not UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{position}: the value is not UTF-8 at its byte {byte}")]
pub struct NotUtf8 {
    /// Where the value began.
    pub position: Position,
    /// The first offending byte of the value (not of the line), from 1.
    pub byte: usize,
}
