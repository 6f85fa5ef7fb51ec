//! Attributes: length (16 bits, counting these four octets), type (16 bits), value, padding.

use std::net::IpAddr;

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

/// Appends an attribute to a message. `value` is at most a prefix or a name, so its length always fits.
pub(crate) fn push(message: &mut Vec<u8>, kind: u16, value: &[u8]) {
    let length = HEADER.saturating_add(value.len());
    let end = message.len().saturating_add(aligned(length));
    message.extend_from_slice(&u16::try_from(length).unwrap_or(u16::MAX).to_ne_bytes());
    message.extend_from_slice(&kind.to_ne_bytes());
    message.extend_from_slice(value);
    message.resize(end, 0);
}

/// Appends an attribute that is a 32-bit number.
pub(crate) fn push_number(message: &mut Vec<u8>, kind: u16, value: u32) {
    push(message, kind, &value.to_ne_bytes());
}

/// Appends an attribute that is an address.
pub(crate) fn push_ip(message: &mut Vec<u8>, kind: u16, address: IpAddr) {
    match address {
        IpAddr::V4(address) => push(message, kind, &address.octets()),
        IpAddr::V6(address) => push(message, kind, &address.octets()),
    }
}

/// A value that is an address of this family, and nothing else.
pub(crate) fn ip(v4: bool, value: &[u8]) -> Option<IpAddr> {
    if v4 {
        <[u8; 4]>::try_from(value).ok().map(IpAddr::from)
    } else {
        <[u8; 16]>::try_from(value).ok().map(IpAddr::from)
    }
}

/// A value that is a 32-bit number, and nothing else.
pub(crate) fn number(value: &[u8]) -> Option<u32> {
    value.try_into().ok().map(u32::from_ne_bytes)
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
