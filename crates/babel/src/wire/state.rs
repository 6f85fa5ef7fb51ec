//! What the TLVs of a packet leave to those that follow (RFC 8966 §4.5).
//!
//! The reader and the writer keep the same state by the same code; that is what makes the
//! compression safe.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::prefix::Prefix;
use crate::router_id::RouterId;
use crate::wire::encoding::{Encoding, assemble_prefix, octets_of};
use crate::wire::error::TlvError;
use crate::wire::update::{UpdateBody, UpdateFlags};

/// The parser state: current router-id, next hops and default prefixes.
///
/// A TLV that should have changed a part of it, but cannot be understood, leaves that part
/// undefined: the Updates behind it are then ignored, where with the old value they would name
/// a wrong prefix, originator or next hop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ParserState {
    router_id: Option<RouterId>,
    next_hop_v4: Option<Ipv4Addr>,
    next_hop_v6: Option<Ipv6Addr>,
    prefix_v4: Option<[u8; 16]>,
    prefix_v4_via_v6: Option<[u8; 16]>,
    prefix_v6: Option<[u8; 16]>,
}

impl ParserState {
    /// The state at the start of a packet from that address.
    // RFC 8966 §4.5: the next hop is the source address of the enclosing packet for the matching
    // address family at the start of a packet; default prefixes and router-id are undefined
    pub(crate) const fn new(source: IpAddr) -> Self {
        let (next_hop_v4, next_hop_v6) = match source {
            IpAddr::V4(source) => (Some(source), None),
            IpAddr::V6(source) => (None, Some(source)),
        };
        Self {
            router_id: None,
            next_hop_v4,
            next_hop_v6,
            prefix_v4: None,
            prefix_v4_via_v6: None,
            prefix_v6: None,
        }
    }

    /// The current router-id.
    pub(crate) const fn router_id(&self) -> Option<RouterId> {
        self.router_id
    }

    /// The current next hop of a prefix in that encoding.
    // RFC 9229 §2.2: the next hop MUST be computed as for an IPv6 route
    pub(crate) fn next_hop(&self, encoding: Encoding) -> Option<IpAddr> {
        if encoding.leads_to_v4() {
            self.next_hop_v4.map(IpAddr::V4)
        } else {
            self.next_hop_v6.map(IpAddr::V6)
        }
    }

    /// The octets that an Update may omit a part of.
    pub(crate) const fn default_prefix(&self, encoding: Encoding) -> Option<[u8; 16]> {
        match encoding {
            Encoding::V4 => self.prefix_v4,
            Encoding::V6 => self.prefix_v6,
            // RFC 9229 §4.1: a compression state distinct from that of AE 1
            Encoding::V4ViaV6 => self.prefix_v4_via_v6,
            Encoding::Wildcard | Encoding::LinkLocal => None,
        }
    }

    /// Follows a Router-Id TLV; a reserved router-id is undefined.
    pub(crate) fn set_router_id(&mut self, router_id: Option<RouterId>) {
        // RFC 8966 §4.6.7: this MUST NOT consist of all zeroes or all ones
        self.router_id = router_id.filter(|id| id.is_valid());
    }

    /// Follows a Next Hop TLV; an address that is no unicast address of another host is undefined.
    pub(crate) fn set_next_hop(&mut self, next_hop: IpAddr) {
        match next_hop {
            IpAddr::V4(address) => self.next_hop_v4 = is_next_hop(next_hop).then_some(address),
            IpAddr::V6(address) => self.next_hop_v6 = is_next_hop(next_hop).then_some(address),
        }
    }

    /// Follows a Next Hop TLV that could not be read.
    pub(crate) const fn forget_next_hops(&mut self) {
        self.next_hop_v4 = None;
        self.next_hop_v6 = None;
    }

    /// Follows an Update and gives its prefix, `None` for a wildcard.
    // RFC 8966 §4.5: parsing a TLV MUST update the parser state even if the TLV is otherwise
    // ignored due to an unknown mandatory sub-TLV or for any other reason
    pub(crate) fn follow_update(
        &mut self,
        update: &UpdateBody<'_>,
    ) -> Result<Option<Prefix>, TlvError> {
        let default = self.default_prefix(update.encoding);
        // RFC 8966 §4.6.9: if the Omitted field is not zero and there is no such TLV, then this
        // Update MUST be ignored
        if update.omitted > 0 && default.is_none() {
            self.forget_update(update.flags);
            return Err(TlvError::Omitted {
                omitted: update.omitted,
            });
        }
        let default = default.unwrap_or_default();
        let (omitted, _) = default.split_at(usize::from(update.omitted).min(default.len()));
        let prefix = assemble_prefix(update.encoding, update.plen, omitted, update.stored);
        let address = prefix.map(|prefix| prefix.addr());
        if update.flags.prefix {
            let octets = address.map(octets_of);
            match update.encoding {
                Encoding::V4 => self.prefix_v4 = octets,
                Encoding::V6 => self.prefix_v6 = octets,
                Encoding::V4ViaV6 => self.prefix_v4_via_v6 = octets,
                Encoding::Wildcard | Encoding::LinkLocal => {}
            }
        }
        if update.flags.router_id {
            self.set_router_id(address.map(router_id_of));
        }
        Ok(prefix)
    }

    /// Follows an Update that could not be read.
    pub(crate) const fn forget_update(&mut self, flags: UpdateFlags) {
        if flags.prefix {
            self.prefix_v4 = None;
            self.prefix_v4_via_v6 = None;
            self.prefix_v6 = None;
        }
        if flags.router_id {
            self.router_id = None;
        }
    }
}

/// The router-id that the R flag means.
// RFC 8966 §4.6.9: the new router-id is taken from the 8 last octets of the address; if the length
// of the address is smaller than 8 octets, it is stored on the right of the router-id
pub(crate) fn router_id_of(address: IpAddr) -> RouterId {
    match address {
        IpAddr::V4(address) => RouterId::new(u64::from(address.to_bits()).to_be_bytes()),
        IpAddr::V6(address) => {
            let low = address.to_bits() & u128::from(u64::MAX);
            RouterId::new(u64::try_from(low).unwrap_or(0).to_be_bytes())
        }
    }
}

/// Whether packets can be sent to that address on a link.
pub(crate) fn is_next_hop(address: IpAddr) -> bool {
    let reserved = address.is_unspecified() || address.is_multicast() || address.is_loopback();
    let broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
    !reserved && !broadcast
}

#[cfg(test)]
mod tests;
