//! The Source Prefix sub-TLV (RFC 9079 §7.1).

use crate::prefix::Prefix;
use crate::wire::encoding::Encoding;
use crate::wire::error::TlvError;
use crate::wire::octets::Octets;
use crate::wire::refusal::Refusal;
use crate::wire::whole_prefix::{read_prefix, stored_len, write_prefix};

/// The source prefix of a source-specific Update or request.
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |  Type = 128   |    Length     |  Source Plen  | Source Prefix...
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SourcePrefix(pub(crate) Prefix);

impl SourcePrefix {
    /// The sub-TLV's type; it is mandatory.
    pub(crate) const KIND: u8 = 128;

    /// Reads the body of the sub-TLV of a TLV of that type and encoding.
    pub(crate) fn parse(kind: u8, encoding: Encoding, body: &[u8]) -> Result<Self, Refusal> {
        match encoding {
            // RFC 9079 §7.1: if a TLV with AE equal to 0 contains a Source Prefix sub-TLV, then
            // the whole enclosing TLV MUST be ignored
            Encoding::Wildcard => return Err(TlvError::Source { kind }.into()),
            Encoding::V6 => {}
            // RFC 9079 §4: if the lower layers cannot hold source-specific routes, MUST silently
            // ignore any; Linux has none for IPv4
            _ => return Err(Refusal::Unknown),
        }
        let wrong = TlvError::Source { kind };
        let mut octets = Octets::new(body);
        // RFC 9079 §7.1: Source Plen MUST NOT be 0
        let [plen] = octets.array().filter(|[plen]| *plen > 0).ok_or(wrong)?;
        // RFC 9079 §7.1: a length smaller than that is corrupt, and the whole enclosing TLV must
        // be ignored; extra octets MUST be silently ignored
        let source = read_prefix(kind, encoding, plen, &mut octets);
        source.ok().flatten().map(Self).ok_or_else(|| wrong.into())
    }

    /// Octets of the whole sub-TLV of a prefix; 0 where it has no source.
    // RFC 9079 §5: MUST NOT send a TLV with a zero-length source prefix
    pub(crate) fn len_of(prefix: &Prefix) -> usize {
        prefix
            .source()
            .map_or(0, |source| 3 + usize::from(stored_len(&source)))
    }

    /// Adds the sub-TLV of a prefix, if it has a source, to the TLV that begins at `start`.
    pub(crate) fn append(prefix: &Prefix, start: usize, buffer: &mut Vec<u8>) {
        let Some(source) = prefix.source() else {
            return;
        };
        let stored = stored_len(&source);
        buffer.extend([Self::KIND, 1 + stored, source.plen()]);
        write_prefix(&source, buffer);
        if let Some(len) = buffer.get_mut(start + 1) {
            *len += 3 + stored;
        }
    }
}
