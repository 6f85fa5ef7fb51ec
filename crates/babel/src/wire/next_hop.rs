//! The Next Hop TLV (RFC 8966 §4.6.8).

use core::net::IpAddr;

use crate::wire::encoding::Encoding;
use crate::wire::error::TlvError;
use crate::wire::octets::Octets;
use crate::wire::refusal::Refusal;

/// The field of a Next Hop TLV.
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |    Type = 7   |    Length     |      AE       |   Reserved    |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |       Next hop...
/// +-+-+-+-+-+-+-+-+-+-+-+-
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NextHopBody {
    /// Where the routes of its family in the Updates that follow lead.
    pub(crate) next_hop: IpAddr,
}

impl NextHopBody {
    /// The TLV type.
    pub(crate) const KIND: u8 = 7;

    /// Reads the field; the sub-TLVs are left.
    pub(crate) fn parse(octets: &mut Octets<'_>) -> Result<Self, Refusal> {
        let truncated = TlvError::Truncated { kind: Self::KIND };
        let [encoding, _reserved] = octets.array().ok_or(truncated)?;
        // RFC 8966 §4.6.8: Next Hop TLVs with an unknown value for the AE field MUST be silently
        // ignored
        let known = Encoding::of_address_from_octet(encoding).ok_or(Refusal::Unknown)?;
        let next_hop = known
            .read_address(octets)
            .ok_or(truncated)?
            // RFC 8966 §4.6.8: AE MUST NOT be 0
            .ok_or(TlvError::Encoding {
                kind: Self::KIND,
                encoding,
            })?;
        Ok(Self { next_hop })
    }

    /// Octets of the whole TLV.
    pub(crate) fn buffer_len(&self) -> usize {
        2 + usize::from(self.body_len())
    }

    fn body_len(&self) -> u8 {
        2 + Encoding::of(self.next_hop).address_len()
    }

    /// Writes the TLV.
    pub(crate) fn emit(&self, buffer: &mut Vec<u8>) {
        let encoding = Encoding::of(self.next_hop);
        buffer.extend([Self::KIND, self.body_len(), encoding.octet(), 0]);
        encoding.write_address(Some(self.next_hop), buffer);
    }
}
