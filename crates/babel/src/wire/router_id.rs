//! The Router-Id TLV (RFC 8966 §4.6.7).

use crate::router_id::RouterId;
use crate::wire::octets::Octets;

/// The field of a Router-Id TLV.
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |    Type = 6   |    Length     |          Reserved             |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                                                               |
/// +                           Router-Id                           +
/// |                                                               |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RouterIdBody {
    /// The originator of the routes in the Updates that follow.
    pub(crate) router_id: RouterId,
}

impl RouterIdBody {
    /// The TLV type.
    pub(crate) const KIND: u8 = 6;
    /// Octets of the whole TLV.
    pub(crate) const BUFFER_LEN: usize = 12;

    /// Reads the field; the sub-TLVs are left.
    pub(crate) fn parse(octets: &mut Octets<'_>) -> Option<Self> {
        // RFC 8966 §4.6.7: Reserved is sent as 0 and MUST be ignored on reception
        octets.u16()?;
        octets.array().map(|octets| Self {
            router_id: RouterId::new(octets),
        })
    }

    /// Writes the TLV.
    pub(crate) fn emit(self, buffer: &mut Vec<u8>) {
        buffer.extend([Self::KIND, 10, 0, 0]);
        buffer.extend(self.router_id.octets());
    }
}
