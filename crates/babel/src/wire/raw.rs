//! The checked view: types and lengths, nothing more.
//!
//! TLVs and sub-TLVs have the same form, so one splitter serves both.

/// A TLV or a sub-TLV whose length was checked.
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |     Type      |    Length     |     Payload...
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RawTlv<'a> {
    kind: u8,
    body: &'a [u8],
}

impl<'a> RawTlv<'a> {
    /// One octet of padding, the only TLV without a length (§4.6.1, §4.7.1).
    pub(crate) const PAD_1: u8 = 0;
    /// Padding (§4.6.2, §4.7.2).
    pub(crate) const PAD_N: u8 = 1;

    /// The type.
    pub(crate) const fn kind(self) -> u8 {
        self.kind
    }

    /// What follows the length: the TLV's fields and its sub-TLVs.
    pub(crate) const fn body(self) -> &'a [u8] {
        self.body
    }

    /// Of a sub-TLV: whether who does not know it must ignore the TLV around it.
    // RFC 8966 §4.4: sub-TLV types 128 through 255 have the mandatory bit set
    pub(crate) const fn is_mandatory(self) -> bool {
        self.kind & 0x80 != 0
    }
}

/// A length that reaches beyond the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Overrun {
    /// The type of the TLV that lies.
    pub(crate) kind: u8,
}

/// The TLVs in a row of octets; ends after the first [`Overrun`].
#[derive(Clone, Debug)]
pub(crate) struct RawTlvs<'a> {
    rest: &'a [u8],
}

impl<'a> RawTlvs<'a> {
    /// The TLVs in those octets.
    pub(crate) const fn new(octets: &'a [u8]) -> Self {
        Self { rest: octets }
    }
}

impl<'a> Iterator for RawTlvs<'a> {
    type Item = Result<RawTlv<'a>, Overrun>;

    fn next(&mut self) -> Option<Self::Item> {
        let (&kind, rest) = self.rest.split_first()?;
        // RFC 8966 §4.3: with the exception of Pad1, all TLVs have a length
        if kind == RawTlv::PAD_1 {
            self.rest = rest;
            return Some(Ok(RawTlv { kind, body: &[] }));
        }
        let split = rest
            .split_first()
            .and_then(|(&len, rest)| rest.split_at_checked(len.into()));
        if let Some((body, rest)) = split {
            self.rest = rest;
            Some(Ok(RawTlv { kind, body }))
        } else {
            self.rest = &[];
            Some(Err(Overrun { kind }))
        }
    }
}

#[cfg(test)]
mod tests;
