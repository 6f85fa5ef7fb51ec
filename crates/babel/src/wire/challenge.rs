//! Challenge Request and Challenge Reply (RFC 8967 §6.3, §6.4).

/// What a challenge proves itself with: chosen by who asks, repeated by who answers.
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// | Type = 18, 19 |    Length     |     Nonce...
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChallengeBody<'a> {
    /// Up to 192 octets.
    pub(crate) nonce: &'a [u8],
}

impl<'a> ChallengeBody<'a> {
    /// The TLV type of a request.
    pub(crate) const REQUEST: u8 = 18;
    /// The TLV type of a reply.
    pub(crate) const REPLY: u8 = 19;
    /// Octets of the longest nonce.
    pub(crate) const LONGEST_NONCE: usize = 192;

    /// Reads the field; `None` when it is longer than anybody may send.
    // RFC 8967 §6.3: a node MAY ignore a nonce that is of size strictly larger than 192 octets
    pub(crate) fn parse(body: &'a [u8]) -> Option<Self> {
        (body.len() <= Self::LONGEST_NONCE).then_some(Self { nonce: body })
    }

    /// Octets of the whole TLV.
    pub(crate) const fn buffer_len(self) -> usize {
        2 + self.nonce.len()
    }

    /// Writes the TLV as one of that type.
    pub(crate) fn emit(self, kind: u8, buffer: &mut Vec<u8>) {
        buffer.extend([kind, u8::try_from(self.nonce.len()).unwrap_or(u8::MAX)]);
        buffer.extend_from_slice(self.nonce);
    }
}
