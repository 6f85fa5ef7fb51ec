//! IHU, "I heard you" (RFC 8966 §4.6.6).

use core::net::IpAddr;

use crate::wire::encoding::Encoding;
use crate::wire::error::TlvError;
use crate::wire::interval::Interval;
use crate::wire::octets::Octets;
use crate::wire::refusal::Refusal;

/// The fields of an IHU.
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |    Type = 5   |    Length     |       AE      |    Reserved   |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |            Rxcost             |          Interval             |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |       Address...
/// +-+-+-+-+-+-+-+-+-+-+-+-
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IhuBody {
    /// What the sender counts for hearing that address.
    pub(crate) rxcost: u16,
    /// When the next IHU comes at the latest.
    pub(crate) interval: Interval,
    /// Who was heard; `None` for AE 0.
    pub(crate) address: Option<IpAddr>,
}

impl IhuBody {
    /// The TLV type.
    pub(crate) const KIND: u8 = 5;

    /// Reads the fields; the sub-TLVs are left.
    pub(crate) fn parse(octets: &mut Octets<'_>) -> Result<Self, Refusal> {
        let (encoding, rxcost, interval) =
            Self::parse_fixed(octets).ok_or(TlvError::Truncated { kind: Self::KIND })?;
        // RFC 8966 §4.6.6: IHU TLVs with an unknown value in the AE field MUST be silently ignored
        let encoding = Encoding::of_address_from_octet(encoding).ok_or(Refusal::Unknown)?;
        let address = encoding
            .read_address(octets)
            .ok_or(TlvError::Truncated { kind: Self::KIND })?;
        Ok(Self {
            rxcost,
            interval: Interval::from_centis(interval),
            address,
        })
    }

    fn parse_fixed(octets: &mut Octets<'_>) -> Option<(u8, u16, u16)> {
        let [encoding, _reserved] = octets.array()?;
        Some((encoding, octets.u16()?, octets.u16()?))
    }

    fn encoding(&self) -> Encoding {
        self.address.map_or(Encoding::Wildcard, Encoding::of)
    }

    /// Octets of the whole TLV.
    pub(crate) fn buffer_len(&self) -> usize {
        2 + usize::from(self.body_len())
    }

    fn body_len(&self) -> u8 {
        6 + self.encoding().address_len()
    }

    /// Writes the TLV.
    pub(crate) fn emit(&self, buffer: &mut Vec<u8>) {
        let encoding = self.encoding();
        buffer.extend([Self::KIND, self.body_len(), encoding.octet(), 0]);
        buffer.extend(self.rxcost.to_be_bytes());
        buffer.extend(self.interval.as_centis().to_be_bytes());
        encoding.write_address(self.address, buffer);
    }
}
