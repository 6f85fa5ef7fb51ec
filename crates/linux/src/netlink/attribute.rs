//! Attributes: length (16 bits, counting these four octets), type (16 bits), value, padding.

use crate::netlink::frame::{aligned, number16};

/// Octets before a value.
const HEADER: usize = 4;

/// The upper two bits of a type are flags (`NLA_F_NESTED`, `NLA_F_NET_BYTEORDER`).
const TYPE_MASK: u16 = 0x3fff;

/// The attributes of a message as (type, value); ends at the first that is malformed.
#[derive(Debug, Clone)]
pub(crate) struct Attributes<'a> {
    rest: &'a [u8],
}

impl<'a> Attributes<'a> {
    /// Those in `bytes`.
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let length = usize::from(number16(self.rest, 0)?);
        let kind = number16(self.rest, 2)? & TYPE_MASK;
        let value = self.rest.get(HEADER..length)?;
        self.rest = self.rest.get(aligned(length)..).unwrap_or(&[]);
        Some((kind, value))
    }
}

/// A copy of a message's payload with only the attributes of some types.
///
/// The typed bodies refuse a message whole when one attribute is not as they expect; a newer kernel's
/// odd attribute that nobody here reads must not hide a route.
pub(crate) fn keep(payload: &[u8], header: usize, kinds: &[u16]) -> Option<Vec<u8>> {
    let (fixed, attributes) = payload.split_at_checked(header)?;
    let mut kept = Vec::with_capacity(payload.len());
    kept.extend_from_slice(fixed);
    for (kind, value) in Attributes::new(attributes).filter(|(kind, _)| kinds.contains(kind)) {
        let length = u16::try_from(HEADER.saturating_add(value.len())).ok()?;
        kept.extend_from_slice(&length.to_ne_bytes());
        kept.extend_from_slice(&kind.to_ne_bytes());
        kept.extend_from_slice(value);
        kept.resize(
            aligned(kept.len().saturating_sub(header)).saturating_add(header),
            0,
        );
    }
    Some(kept)
}

/// Text up to the first NUL, made valid UTF-8.
pub(crate) fn text(value: &[u8]) -> String {
    let end = value
        .iter()
        .position(|&byte| byte == 0)
        .unwrap_or(value.len());
    String::from_utf8_lossy(value.get(..end).unwrap_or(value)).into_owned()
}

#[cfg(test)]
mod tests;
