//! The packet header (RFC 8966 §4.2).

use crate::wire::error::PacketError;

/// The four octets in front of a packet's TLVs.
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |  Magic = 42   |  Version = 2  |        Body length            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
pub(crate) struct Header;

impl Header {
    /// Octets of the header.
    pub(crate) const LEN: usize = 4;

    const MAGIC: u8 = 42;
    const VERSION: u8 = 2;

    /// The packet body in a datagram's payload.
    pub(crate) fn body(payload: &[u8]) -> Result<&[u8], PacketError> {
        let present = payload.len();
        let short = |expected| PacketError::Length { expected, present };
        let (&[magic, version, high, low], rest) = payload
            .split_first_chunk::<{ Self::LEN }>()
            .ok_or_else(|| short(Self::LEN))?;
        // RFC 8966 §4.2: packets with a first octet different from 42 MUST be silently ignored
        if magic != Self::MAGIC {
            return Err(PacketError::Magic { found: magic });
        }
        // RFC 8966 §4.2: packets with a second octet different from 2 MUST be silently ignored
        if version != Self::VERSION {
            return Err(PacketError::Version { found: version });
        }
        let len = usize::from(u16::from_be_bytes([high, low]));
        rest.get(..len).ok_or_else(|| short(Self::LEN + len))
    }

    /// The header of a packet whose body has that many octets.
    pub(crate) const fn emit(body_len: u16) -> [u8; Self::LEN] {
        let [high, low] = body_len.to_be_bytes();
        [Self::MAGIC, Self::VERSION, high, low]
    }
}

#[cfg(test)]
mod tests;
