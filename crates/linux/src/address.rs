//! An address of an interface.

use std::net::IpAddr;

/// An address on an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// The interface's index.
    pub index: u32,
    /// The local address (not the peer's of a point-to-point link).
    pub address: IpAddr,
    /// Prefix length in bits.
    pub plen: u8,
    /// `RT_SCOPE_*`: 0 universe, 253 link, 254 host.
    pub scope: u8,
    /// Duplicate address detection is still running: nothing may be sent from it.
    pub tentative: bool,
    /// Duplicate address detection found a twin.
    pub failed_dad: bool,
}

impl Address {
    /// Usable as a source: neither tentative nor a duplicate.
    pub const fn is_usable(&self) -> bool {
        !self.tentative && !self.failed_dad
    }

    /// An IPv6 link-local address (`fe80::/10`).
    pub const fn is_link_local_v6(&self) -> bool {
        match self.address {
            IpAddr::V6(address) => address.is_unicast_link_local(),
            IpAddr::V4(_) => false,
        }
    }
}

#[cfg(test)]
mod tests;
