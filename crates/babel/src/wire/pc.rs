//! PC, the packet counter (RFC 8967 §6.2).

use crate::wire::octets::Octets;

/// The fields of a PC.
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |   Type = 17   |    Length     |             PC                |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                               |            Index...
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PcBody<'a> {
    /// Grows with every packet.
    pub(crate) pc: u32,
    /// Who counts: another one whenever the counter starts again.
    pub(crate) index: &'a [u8],
}

impl<'a> PcBody<'a> {
    /// The TLV type.
    pub(crate) const KIND: u8 = 17;
    /// Octets of the longest index.
    pub(crate) const LONGEST_INDEX: usize = 32;

    /// Reads the fields; `None` when it is too short, or longer than anybody may send.
    pub(crate) fn parse(body: &'a [u8]) -> Option<Self> {
        let mut octets = Octets::new(body);
        let pc = u32::from_be_bytes(octets.array()?);
        let index = octets.rest();
        // RFC 8967 §6.2: a node MAY ignore a PC TLV with an index of length strictly larger than 32
        // octets
        (index.len() <= Self::LONGEST_INDEX).then_some(Self { pc, index })
    }

    /// Octets of the whole TLV with an index of that length.
    pub(crate) const fn buffer_len(index_len: usize) -> usize {
        6 + index_len
    }

    /// Writes the TLV.
    pub(crate) fn emit(self, buffer: &mut Vec<u8>) {
        let len = u8::try_from(4 + self.index.len()).unwrap_or(u8::MAX);
        buffer.extend([Self::KIND, len]);
        buffer.extend(self.pc.to_be_bytes());
        buffer.extend_from_slice(self.index);
    }
}
