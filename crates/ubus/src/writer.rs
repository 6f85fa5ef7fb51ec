//! Blobmsg out.

use thiserror::Error;

use crate::blob;
use crate::blobmsg::{DEEPEST, Data, Table, kind};
use crate::frame::LONGEST_MESSAGE;

/// What a message keeps for everything around its data: path, method, user and group.
const ROOM_FOR_THE_REST: usize = 4096;
const MOST_BYTES: usize = LONGEST_MESSAGE - ROOM_FOR_THE_REST;

/// More than one message can carry, or nested deeper than a reader would follow.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("longer than the {MOST_BYTES} octets that fit a message, or nested deeper than {DEEPEST}")]
pub struct TooLong;

/// Writes values into a table or an array. In an array, names are left empty.
///
/// Once something does not fit, nothing more is written and the end is [`TooLong`].
#[derive(Debug, Default)]
pub struct Writer {
    buffer: Vec<u8>,
    depth: usize,
    too_long: bool,
}

impl Writer {
    /// Writes a message.
    pub fn data(write: impl FnOnce(&mut Self)) -> Result<Data, TooLong> {
        let mut writer = Self::default();
        write(&mut writer);
        if writer.too_long {
            return Err(TooLong);
        }
        Data::new(writer.buffer).map_err(|_| TooLong)
    }

    /// JSON's null.
    pub fn null(&mut self, name: &str) -> &mut Self {
        self.put(kind::UNSPEC, name, &[])
    }

    /// Text, up to its first NUL.
    pub fn string(&mut self, name: &str, value: &str) -> &mut Self {
        let text = blob::before_nul(value.as_bytes());
        self.value(kind::STRING, name, text.len() + 1, |buffer| {
            buffer.extend_from_slice(text);
            buffer.push(0);
        })
    }

    /// Eight octets.
    pub fn int64(&mut self, name: &str, value: i64) -> &mut Self {
        self.put(kind::INT64, name, &value.to_be_bytes())
    }

    /// Four octets.
    pub fn int32(&mut self, name: &str, value: i32) -> &mut Self {
        self.put(kind::INT32, name, &value.to_be_bytes())
    }

    /// Two octets.
    pub fn int16(&mut self, name: &str, value: i16) -> &mut Self {
        self.put(kind::INT16, name, &value.to_be_bytes())
    }

    /// One octet.
    pub fn int8(&mut self, name: &str, value: i8) -> &mut Self {
        self.put(kind::INT8, name, &value.to_be_bytes())
    }

    /// A boolean.
    pub fn boolean(&mut self, name: &str, value: bool) -> &mut Self {
        self.int8(name, value.into())
    }

    /// A number with a fraction.
    pub fn double(&mut self, name: &str, value: f64) -> &mut Self {
        self.put(kind::DOUBLE, name, &value.to_be_bytes())
    }

    /// A table, filled by `write`.
    pub fn table(&mut self, name: &str, write: impl FnOnce(&mut Self)) -> &mut Self {
        self.nested(kind::TABLE, name, write)
    }

    /// An array, filled by `write`.
    pub fn array(&mut self, name: &str, write: impl FnOnce(&mut Self)) -> &mut Self {
        self.nested(kind::ARRAY, name, write)
    }

    /// A table that is written already.
    pub fn copy_table(&mut self, name: &str, table: Table<'_>) -> &mut Self {
        self.put(kind::TABLE, name, table.as_bytes())
    }

    fn put(&mut self, kind: u8, name: &str, octets: &[u8]) -> &mut Self {
        self.value(kind, name, octets.len(), |buffer| {
            buffer.extend_from_slice(octets);
        })
    }

    fn nested(&mut self, kind: u8, name: &str, write: impl FnOnce(&mut Self)) -> &mut Self {
        if self.depth >= DEEPEST {
            self.too_long = true;
        }
        if let Some(at) = self.open(kind, name, 0) {
            self.depth += 1;
            write(self);
            self.depth -= 1;
            blob::close(&mut self.buffer, at);
        }
        self
    }

    fn value(
        &mut self,
        kind: u8,
        name: &str,
        length: usize,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> &mut Self {
        if let Some(at) = self.open(kind, name, length) {
            write(&mut self.buffer);
            blob::close(&mut self.buffer, at);
        }
        self
    }

    fn open(&mut self, kind: u8, name: &str, length: usize) -> Option<usize> {
        let name = blob::before_nul(name.as_bytes());
        // Header, length of the name, its NUL, and padding twice.
        let most = self.buffer.len() + name.len() + length + 16;
        let name_length = u16::try_from(name.len())
            .ok()
            .filter(|_| most <= MOST_BYTES);
        let Some(name_length) = name_length.filter(|_| !self.too_long) else {
            self.too_long = true;
            return None;
        };
        let at = blob::open(&mut self.buffer, kind, true);
        self.buffer.extend_from_slice(&name_length.to_be_bytes());
        self.buffer.extend_from_slice(name);
        self.buffer.push(0);
        blob::pad(&mut self.buffer, at);
        Some(at)
    }
}
