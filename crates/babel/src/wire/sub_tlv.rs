//! Sub-TLVs: what follows a TLV's own fields (RFC 8966 §4.4).

use crate::wire::error::TlvError;
use crate::wire::raw::{RawTlv, RawTlvs};
use crate::wire::refusal::Refusal;
use crate::wire::timestamp;

/// Whether a TLV of that type may be used in spite of those sub-TLVs.
///
/// None but padding is known here.
pub(crate) fn check_sub_tlvs(kind: u8, octets: &[u8]) -> Result<(), Refusal> {
    read_sub_tlvs(kind, octets).map(|_| ())
}

/// The same for a TLV that may bear a Timestamp: the body of the first.
pub(crate) fn read_sub_tlvs(kind: u8, octets: &[u8]) -> Result<Option<&[u8]>, Refusal> {
    let mut found = None;
    for sub_tlv in RawTlvs::new(octets) {
        let sub_tlv = sub_tlv.map_err(|_| TlvError::SubTlv { kind })?;
        match sub_tlv.kind() {
            RawTlv::PAD_1 | RawTlv::PAD_N => {}
            timestamp::KIND => found = found.or_else(|| Some(sub_tlv.body())),
            // RFC 8966 §4.4: if the mandatory bit is set, then the whole enclosing TLV MUST be
            // silently ignored
            _ if sub_tlv.is_mandatory() => return Err(Refusal::Unknown),
            // RFC 8966 §4.4: if the mandatory bit is not set, then an unknown sub-TLV MUST be
            // silently ignored, and the rest of the TLV is processed normally
            _ => {}
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
