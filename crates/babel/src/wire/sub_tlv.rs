//! Sub-TLVs: what follows a TLV's own fields (RFC 8966 §4.4).

use crate::wire::error::TlvError;
use crate::wire::raw::{RawTlv, RawTlvs};
use crate::wire::refusal::Refusal;

/// Whether a TLV of that type may be used in spite of those sub-TLVs.
///
/// None but padding is known here.
pub(crate) fn check_sub_tlvs(kind: u8, octets: &[u8]) -> Result<(), Refusal> {
    for sub_tlv in RawTlvs::new(octets) {
        let sub_tlv = sub_tlv.map_err(|_| TlvError::SubTlv { kind })?;
        match sub_tlv.kind() {
            RawTlv::PAD_1 | RawTlv::PAD_N => {}
            // RFC 8966 §4.4: if the mandatory bit is set, then the whole enclosing TLV MUST be
            // silently ignored
            _ if sub_tlv.is_mandatory() => return Err(Refusal::Unknown),
            // RFC 8966 §4.4: if the mandatory bit is not set, then an unknown sub-TLV MUST be
            // silently ignored, and the rest of the TLV is processed normally
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
