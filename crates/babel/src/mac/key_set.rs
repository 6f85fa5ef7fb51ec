//! The keys of an interface (RFC 8967 §3.1).

use crate::mac::key::{Key, KeyUse};
use crate::wire::mac::MacBody;
use crate::wire::pc::PcBody;

/// Octets of an index of ours.
// RFC 8967 §7: 64-bit values are believed to be large enough for all practical applications
pub(crate) const INDEX: usize = 8;

/// Which keys an interface has, and what becomes of packets that none of them has signed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySet {
    /// Up to [`KeySet::MOST`]; without any, packets are neither signed nor checked.
    // RFC 8967 §3.1: MUST allow each interface to be provisioned with a set of one or more MAC keys
    // and the associated MAC algorithms
    pub keys: Vec<Key>,
    /// Packets are signed, and accepted whether they are authentic or not.
    // RFC 8967 §3.1: SHOULD allow an interface to be configured in a mode in which it participates
    // in the MAC authentication protocol but accepts packets that are not authenticated
    pub permissive: bool,
}

impl KeySet {
    /// The most keys of an interface: each takes up to 34 octets of every packet.
    pub const MOST: usize = 8;

    /// Whether packets are checked.
    pub fn is_on(&self) -> bool {
        self.accepting().next().is_some()
    }

    /// The keys that a packet may be signed with, each with its place.
    pub(crate) fn accepting(&self) -> impl Iterator<Item = (usize, &Key)> {
        let keys = self.keys.iter().take(Self::MOST).enumerate();
        keys.filter(|(_, key)| key.usage() != KeyUse::Off)
    }

    /// The keys that our packets are signed with.
    pub(crate) fn signing(&self) -> impl Iterator<Item = &Key> {
        let keys = self.keys.iter().take(Self::MOST);
        keys.filter(|key| key.usage() == KeyUse::Both)
    }

    /// Octets that authentication adds to each packet.
    // RFC 8967 §4.2: MUST take into account the overhead due to PC TLVs (one in each packet) and
    // MAC TLVs (one per configured key)
    pub(crate) fn overhead(&self) -> usize {
        if !self.is_on() {
            return 0;
        }
        let macs = self
            .signing()
            .map(|key| MacBody::buffer_len(key.algorithm().mac_len()));
        PcBody::buffer_len(INDEX) + macs.sum::<usize>()
    }
}
