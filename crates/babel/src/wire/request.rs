//! Route Request and Seqno Request (RFC 8966 §4.6.10, §4.6.11).

use crate::prefix::Prefix;
use crate::router_id::RouterId;
use crate::seqno::Seqno;
use crate::wire::encoding::Encoding;
use crate::wire::error::TlvError;
use crate::wire::octets::Octets;
use crate::wire::refusal::Refusal;
use crate::wire::whole_prefix::{read_prefix, stored_len, write_prefix};

/// The fields of a Route Request.
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |    Type = 9   |    Length     |      AE       |     Plen      |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |      Prefix...
/// +-+-+-+-+-+-+-+-+-+-+-+-
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RouteRequestBody {
    /// How the prefix is encoded.
    pub(crate) encoding: Encoding,
    /// Which route; `None` for AE 0, all of them.
    pub(crate) prefix: Option<Prefix>,
}

impl RouteRequestBody {
    /// The TLV type.
    pub(crate) const KIND: u8 = 9;

    /// Reads the fields; the sub-TLVs are left.
    pub(crate) fn parse(octets: &mut Octets<'_>) -> Result<Self, Refusal> {
        let [encoding, plen] = octets
            .array()
            .ok_or(TlvError::Truncated { kind: Self::KIND })?;
        let encoding = Encoding::from_octet(encoding).ok_or(Refusal::Unknown)?;
        // RFC 8966 §4.6.10: a Request TLV with AE set to 0 and Plen not set to 0 MUST be ignored
        let prefix = read_prefix(Self::KIND, encoding, plen, octets)?;
        Ok(Self { encoding, prefix })
    }

    /// Octets of the whole TLV.
    pub(crate) fn buffer_len(&self) -> usize {
        2 + usize::from(self.body_len())
    }

    fn body_len(&self) -> u8 {
        2 + self.prefix.as_ref().map_or(0, stored_len)
    }

    /// Writes the TLV.
    pub(crate) fn emit(&self, buffer: &mut Vec<u8>) {
        buffer.extend([Self::KIND, self.body_len()]);
        if let Some(prefix) = &self.prefix {
            buffer.extend([self.encoding.octet(), prefix.plen()]);
            write_prefix(prefix, buffer);
        } else {
            buffer.extend([Encoding::Wildcard.octet(), 0]);
        }
    }
}

/// The fields of a Seqno Request.
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |    Type = 10  |    Length     |      AE       |    Plen       |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |             Seqno             |  Hop Count    |   Reserved    |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                                                               |
/// +                          Router-Id                            +
/// |                                                               |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |   Prefix...
/// +-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SeqnoRequestBody {
    /// How the prefix is encoded.
    pub(crate) encoding: Encoding,
    /// Which route.
    pub(crate) prefix: Prefix,
    /// The oldest seqno that will do.
    pub(crate) seqno: Seqno,
    /// Forwardings left, plus one.
    pub(crate) hop_count: u8,
    /// Whose seqno.
    pub(crate) router_id: RouterId,
}

impl SeqnoRequestBody {
    /// The TLV type.
    pub(crate) const KIND: u8 = 10;

    /// Reads the fields; the sub-TLVs are left.
    pub(crate) fn parse(octets: &mut Octets<'_>) -> Result<Self, Refusal> {
        let truncated = TlvError::Truncated { kind: Self::KIND };
        let [encoding, plen] = octets.array().ok_or(truncated)?;
        let seqno = octets.u16().map(Seqno).ok_or(truncated)?;
        // RFC 8966 §4.6.11: Reserved is sent as 0 and MUST be ignored on reception
        let [hop_count, _reserved] = octets.array().ok_or(truncated)?;
        let router_id = octets.array().map(RouterId::new).ok_or(truncated)?;
        let known = Encoding::from_octet(encoding).ok_or(Refusal::Unknown)?;
        let prefix = read_prefix(Self::KIND, known, plen, octets)?
            // RFC 8966 §4.6.11: AE MUST NOT be 0
            .ok_or(TlvError::Encoding {
                kind: Self::KIND,
                encoding,
            })?;
        Ok(Self {
            encoding: known,
            prefix,
            seqno,
            hop_count,
            router_id,
        })
    }

    /// Octets of the whole TLV.
    pub(crate) fn buffer_len(&self) -> usize {
        2 + usize::from(self.body_len())
    }

    fn body_len(&self) -> u8 {
        14 + stored_len(&self.prefix)
    }

    /// Writes the TLV.
    pub(crate) fn emit(&self, buffer: &mut Vec<u8>) {
        let encoding = self.encoding.octet();
        buffer.extend([Self::KIND, self.body_len(), encoding, self.prefix.plen()]);
        buffer.extend(self.seqno.0.to_be_bytes());
        buffer.extend([self.hop_count, 0]);
        buffer.extend(self.router_id.octets());
        write_prefix(&self.prefix, buffer);
    }
}
