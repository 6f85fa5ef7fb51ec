//! Messages cut out of a stream of octets.

use thiserror::Error;

use crate::blob;
use crate::message::HEADER_BYTES;

/// The longest message without its header: `UBUS_MAX_MSGLEN` of ubus.
pub const LONGEST_MESSAGE: usize = 1 << 20;

/// Octets up to and including the length of the message's blob.
const LEAST_BYTES: usize = HEADER_BYTES + blob::HEADER_BYTES;

/// Why a stream cannot be read on: where the next message begins is unknown.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum FrameError {
    /// Not the version of ubus that everybody has.
    #[error("version {0} of the protocol, where 0 was expected")]
    Version(u8),
    /// Shorter than a blob's header, or longer than [`LONGEST_MESSAGE`].
    #[error("a message of {0} octets, where 4 to {LONGEST_MESSAGE} were expected")]
    Length(usize),
}

/// Collects what arrives until a message is whole.
#[derive(Debug, Default)]
pub struct Inbox {
    buffer: Vec<u8>,
    taken: usize,
}

impl Inbox {
    /// Takes what has arrived.
    pub fn push(&mut self, octets: &[u8]) {
        self.buffer.drain(..self.taken);
        self.taken = 0;
        self.buffer.extend_from_slice(octets);
    }

    /// The next whole message, header included.
    pub fn next_message(&mut self) -> Result<Option<&[u8]>, FrameError> {
        let rest = self.buffer.get(self.taken..).unwrap_or_default();
        let Some(length) = message_length(rest)?.filter(|length| *length <= rest.len()) else {
            if rest.is_empty() {
                // A router's memory is not kept for the longest message ever seen.
                *self = Self::default();
            }
            return Ok(None);
        };
        let at = self.taken;
        self.taken += length;
        Ok(self.buffer.get(at..at + length))
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

/// How long the message is that starts these octets, header included; `None` until that has arrived.
pub fn message_length(octets: &[u8]) -> Result<Option<usize>, FrameError> {
    if let Some(version) = octets.first().filter(|version| **version != 0) {
        return Err(FrameError::Version(*version));
    }
    let Some(start) = octets.first_chunk::<LEAST_BYTES>() else {
        return Ok(None);
    };
    let [.., a, b, c, d] = *start;
    let length = blob::length_of([a, b, c, d]);
    if !(blob::HEADER_BYTES..=LONGEST_MESSAGE).contains(&length) {
        return Err(FrameError::Length(length));
    }
    Ok(Some(HEADER_BYTES + length))
}
