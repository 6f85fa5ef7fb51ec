//! Hello (RFC 8966 §4.6.5).

use crate::seqno::Seqno;
use crate::wire::interval::Interval;
use crate::wire::octets::Octets;

/// The fields of a Hello.
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |    Type = 4   |    Length     |U|X X X X X X X X X X X X X X X|
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |            Seqno              |          Interval             |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HelloBody {
    /// The U flag.
    pub(crate) unicast: bool,
    /// The number of the Hello.
    pub(crate) seqno: Seqno,
    /// Zero when the Hello is unscheduled.
    pub(crate) interval: Interval,
}

const UNICAST: u16 = 0x8000;

impl HelloBody {
    /// The TLV type.
    pub(crate) const KIND: u8 = 4;
    /// Octets of the whole TLV.
    pub(crate) const BUFFER_LEN: usize = 8;

    /// Reads the fields; the sub-TLVs are left.
    pub(crate) fn parse(octets: &mut Octets<'_>) -> Option<Self> {
        Some(Self {
            // RFC 8966 §4.6.5: all other bits MUST be sent as 0 and silently ignored on reception
            unicast: octets.u16()? & UNICAST != 0,
            seqno: Seqno(octets.u16()?),
            interval: Interval::from_centis(octets.u16()?),
        })
    }

    /// Writes the TLV.
    pub(crate) fn emit(self, buffer: &mut Vec<u8>) {
        let flags = if self.unicast { UNICAST } else { 0 };
        buffer.extend([Self::KIND, 6]);
        buffer.extend(flags.to_be_bytes());
        buffer.extend(self.seqno.0.to_be_bytes());
        buffer.extend(self.interval.as_centis().to_be_bytes());
    }
}
