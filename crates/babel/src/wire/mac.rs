//! MAC (RFC 8967 §6.1).

/// The field of a MAC.
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |   Type = 16   |    Length     |     MAC...
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MacBody<'a> {
    /// What one key makes of the packet; as long as the key's algorithm wants it.
    pub(crate) mac: &'a [u8],
}

impl<'a> MacBody<'a> {
    /// The TLV type.
    pub(crate) const KIND: u8 = 16;

    /// Reads the field: all that the TLV holds.
    pub(crate) const fn parse(body: &'a [u8]) -> Self {
        Self { mac: body }
    }

    /// Octets of the whole TLV with a MAC of that length.
    pub(crate) const fn buffer_len(mac_len: usize) -> usize {
        2 + mac_len
    }

    /// Writes the TLV; a MAC has 32 octets at most.
    pub(crate) fn emit(self, buffer: &mut Vec<u8>) {
        buffer.extend([Self::KIND, u8::try_from(self.mac.len()).unwrap_or(u8::MAX)]);
        buffer.extend_from_slice(self.mac);
    }
}
