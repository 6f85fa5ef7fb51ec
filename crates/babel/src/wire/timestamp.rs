//! The Timestamp sub-TLV of Hellos and IHUs (RFC 9616).
//!
//! On a Hello it says when the Hello left; on an IHU when the Hello that it answers had left, and when it
//! arrived. Each time is in microseconds of the clock of whoever took it, modulo 2^32.

use crate::wire::octets::Octets;

/// The sub-TLV's type.
pub(crate) const KIND: u8 = 3;

/// The times on an IHU.
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |    Type = 3   |    Length     |        Origin timestamp       |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                               |       Receive timestamp       |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                               |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timestamps {
    /// When the Hello left, by the clock of whoever sent it, who now receives this.
    pub origin: u32,
    /// When it arrived, by the clock of whoever sends this.
    pub receive: u32,
}

impl Timestamps {
    /// Octets of the whole sub-TLV.
    pub(crate) const BUFFER_LEN: usize = 10;

    /// Reads the body; one that is too short is as if it were not there, what is too long is cut.
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        let mut octets = Octets::new(body);
        Some(Self {
            origin: u32::from_be_bytes(octets.array()?),
            receive: u32::from_be_bytes(octets.array()?),
        })
    }

    /// Writes the sub-TLV.
    pub(crate) fn emit(self, buffer: &mut Vec<u8>) {
        buffer.extend([KIND, 8]);
        buffer.extend(self.origin.to_be_bytes());
        buffer.extend(self.receive.to_be_bytes());
    }
}

/// Octets of the whole sub-TLV on a Hello.
pub(crate) const TRANSMIT_LEN: usize = 6;

/// Reads the body on a Hello: when it left.
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |    Type = 3   |    Length     |       Transmit timestamp      |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                               |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
pub(crate) fn parse_transmit(body: &[u8]) -> Option<u32> {
    Octets::new(body).array().map(u32::from_be_bytes)
}

/// Writes the sub-TLV of a Hello.
pub(crate) fn emit_transmit(transmit: u32, buffer: &mut Vec<u8>) {
    buffer.extend([KIND, 4]);
    buffer.extend(transmit.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_timestamp_is_none_and_of_a_long_one_the_rest_is_not_read() {
        assert_eq!(parse_transmit(&[1, 2, 3]), None);
        assert_eq!(parse_transmit(&[0, 0, 1, 2, 9, 9]), Some(0x102));
        assert_eq!(Timestamps::parse(&[0; 7]), None);
        let long = [0, 0, 0, 1, 0, 0, 0, 2, 9];
        let expected = Timestamps {
            origin: 1,
            receive: 2,
        };
        assert_eq!(Timestamps::parse(&long), Some(expected));
    }
}
