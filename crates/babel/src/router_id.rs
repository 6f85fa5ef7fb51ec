//! Router-ids: eight octets that are unique in the routing domain (RFC 8966 §3).

use core::fmt;
use core::str::FromStr;

/// The name of a router in the protocol.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RouterId([u8; 8]);

/// Why a text is not a router-id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseRouterIdError {
    /// Not eight groups of two hexadecimal digits between colons.
    #[error("a router-id is eight octets such as 02:11:22:ff:fe:33:44:55")]
    Form,
    /// All zeros or all ones.
    #[error("all zeros and all ones are reserved")]
    Reserved,
}

impl RouterId {
    /// A router-id from its octets.
    pub const fn new(octets: [u8; 8]) -> Self {
        Self(octets)
    }

    /// The octets as on the wire.
    pub const fn octets(self) -> [u8; 8] {
        self.0
    }

    /// Whether a router may bear it.
    // RFC 8966 §4.1.3: a router-id MUST NOT consist of either all binary zeroes or all binary ones
    pub fn is_valid(self) -> bool {
        self.0 != [0; 8] && self.0 != [0xFF; 8]
    }
}

impl fmt::Display for RouterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, octet) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(":")?;
            }
            write!(f, "{octet:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for RouterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for RouterId {
    type Err = ParseRouterIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut octets = [0; 8];
        let mut groups = text.split(':');
        for octet in &mut octets {
            let group = groups.next().ok_or(ParseRouterIdError::Form)?;
            if group.len() != 2 || !group.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err(ParseRouterIdError::Form);
            }
            *octet = u8::from_str_radix(group, 16).map_err(|_| ParseRouterIdError::Form)?;
        }
        if groups.next().is_some() {
            return Err(ParseRouterIdError::Form);
        }
        let id = Self(octets);
        if id.is_valid() {
            Ok(id)
        } else {
            Err(ParseRouterIdError::Reserved)
        }
    }
}

#[cfg(test)]
mod tests;
