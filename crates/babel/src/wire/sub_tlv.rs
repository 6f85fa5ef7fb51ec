//! Sub-TLVs: what follows a TLV's own fields (RFC 8966 §4.4).

use crate::wire::encoding::Encoding;
use crate::wire::error::TlvError;
use crate::wire::raw::{RawTlv, RawTlvs};
use crate::wire::refusal::Refusal;
use crate::wire::source_prefix::SourcePrefix;
use crate::wire::timestamp;

/// Whether a TLV of that type may be used in spite of those sub-TLVs, of which it knows none but
/// padding.
pub(crate) fn check_sub_tlvs(kind: u8, octets: &[u8]) -> Result<(), Refusal> {
    read_sub_tlvs(kind, octets).map(|_| ())
}

/// The same for a TLV that may bear a Timestamp: the body of the first.
pub(crate) fn read_sub_tlvs(kind: u8, octets: &[u8]) -> Result<Option<&[u8]>, Refusal> {
    let mut found = None;
    for sub_tlv in RawTlvs::new(octets) {
        let sub_tlv = sub_tlv.map_err(|_| TlvError::SubTlv { kind })?;
        if sub_tlv.kind() == timestamp::KIND {
            found = found.or_else(|| Some(sub_tlv.body()));
        }
        check_unknown(sub_tlv)?;
    }
    Ok(found)
}

/// The same, for a TLV with a prefix of that encoding, which may have a source prefix.
pub(crate) fn read_source(
    kind: u8,
    encoding: Encoding,
    octets: &[u8],
) -> Result<Option<SourcePrefix>, Refusal> {
    let mut source = None;
    let mut wrong = None;
    for sub_tlv in RawTlvs::new(octets) {
        let sub_tlv = sub_tlv.map_err(|_| TlvError::SubTlv { kind })?;
        if sub_tlv.kind() != SourcePrefix::KIND {
            check_unknown(sub_tlv)?;
            continue;
        }
        match SourcePrefix::parse(kind, encoding, sub_tlv.body()) {
            // RFC 9079 §7: receiving more than one Source Prefix sub-TLV in a single TLV MUST
            // ignore the TLV
            Ok(_) if source.is_some() => wrong = Some(TlvError::Source { kind }.into()),
            Ok(found) => source = Some(found),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    // What is ignored for an unknown sub-TLV must not be called wrong.
    wrong.map_or(Ok(source), Err)
}

fn check_unknown(sub_tlv: RawTlv<'_>) -> Result<(), Refusal> {
    match sub_tlv.kind() {
        RawTlv::PAD_1 | RawTlv::PAD_N => Ok(()),
        // RFC 8966 §4.4: if the mandatory bit is set, then the whole enclosing TLV MUST be
        // silently ignored
        _ if sub_tlv.is_mandatory() => Err(Refusal::Unknown),
        // RFC 8966 §4.4: if the mandatory bit is not set, then an unknown sub-TLV MUST be
        // silently ignored, and the rest of the TLV is processed normally
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
