//! A prefix of which nothing may be omitted, as in requests and source prefixes (RFC 8966 §4.1.5).

use crate::prefix::Prefix;
use crate::wire::encoding::{Encoding, assemble_prefix, octets_of};
use crate::wire::error::TlvError;
use crate::wire::octets::Octets;

/// Reads a prefix of a TLV of that type; `None` for a wildcard.
pub(crate) fn read_prefix(
    kind: u8,
    encoding: Encoding,
    plen: u8,
    octets: &mut Octets<'_>,
) -> Result<Option<Prefix>, TlvError> {
    let len = encoding
        .prefix_len(plen)
        .ok_or(TlvError::PrefixLength { kind, plen })?;
    let stored = octets
        .take(len.into())
        .ok_or(TlvError::Truncated { kind })?;
    Ok(assemble_prefix(encoding, plen, &[], stored))
}

/// Octets of a prefix.
pub(crate) fn stored_len(prefix: &Prefix) -> u8 {
    prefix.plen().div_ceil(8)
}

/// Writes a prefix.
pub(crate) fn write_prefix(prefix: &Prefix, buffer: &mut Vec<u8>) {
    let octets = octets_of(prefix.addr());
    buffer.extend(octets.iter().take(stored_len(prefix).into()));
}
