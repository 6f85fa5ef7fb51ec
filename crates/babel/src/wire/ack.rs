//! Acknowledgment Request and Acknowledgment (RFC 8966 §4.6.3, §4.6.4).

use crate::wire::interval::Interval;
use crate::wire::octets::Octets;

/// The fields of an Acknowledgment Request.
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |    Type = 2   |    Length     |          Reserved             |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |             Opaque            |          Interval             |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AckRequestBody {
    /// Echoed in the acknowledgement.
    pub(crate) opaque: u16,
    /// The time left to answer.
    pub(crate) interval: Interval,
}

impl AckRequestBody {
    /// The TLV type.
    pub(crate) const KIND: u8 = 2;
    /// Octets of the whole TLV.
    pub(crate) const BUFFER_LEN: usize = 8;

    /// Reads the fields; the sub-TLVs are left.
    pub(crate) fn parse(octets: &mut Octets<'_>) -> Option<Self> {
        // RFC 8966 §4.6.3: Reserved is sent as 0 and MUST be ignored on reception
        octets.u16()?;
        Some(Self {
            opaque: octets.u16()?,
            interval: Interval::from_centis(octets.u16()?),
        })
    }

    /// Writes the TLV.
    pub(crate) fn emit(self, buffer: &mut Vec<u8>) {
        buffer.extend([Self::KIND, 6, 0, 0]);
        buffer.extend(self.opaque.to_be_bytes());
        buffer.extend(self.interval.as_centis().to_be_bytes());
    }
}

/// The field of an Acknowledgment.
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |    Type = 3   |    Length     |           Opaque              |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AckBody {
    /// From the request.
    pub(crate) opaque: u16,
}

impl AckBody {
    /// The TLV type.
    pub(crate) const KIND: u8 = 3;
    /// Octets of the whole TLV.
    pub(crate) const BUFFER_LEN: usize = 4;

    /// Reads the field; the sub-TLVs are left.
    pub(crate) fn parse(octets: &mut Octets<'_>) -> Option<Self> {
        octets.u16().map(|opaque| Self { opaque })
    }

    /// Writes the TLV.
    pub(crate) fn emit(self, buffer: &mut Vec<u8>) {
        buffer.extend([Self::KIND, 2]);
        buffer.extend(self.opaque.to_be_bytes());
    }
}
