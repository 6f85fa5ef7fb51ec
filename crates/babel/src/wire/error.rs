//! What can be wrong with a packet, with one of its TLVs, and with a TLV to be written.

/// Why a whole datagram is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PacketError {
    /// The first octet is not Babel's.
    #[error("the magic number is {found}, not 42")]
    Magic {
        /// The octet in its place.
        found: u8,
    },
    /// Another version of the protocol.
    #[error("the protocol version is {found}, not 2")]
    Version {
        /// The octet in its place.
        found: u8,
    },
    /// The header is cut short, or announces more than the datagram holds.
    #[error("{expected} octets are expected and {present} are there")]
    Length {
        /// Octets that the header needs or announces, itself included.
        expected: usize,
        /// Octets of the datagram.
        present: usize,
    },
}

/// Why one TLV is ignored; the others in the packet are not affected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlvError {
    /// The TLV's length reaches beyond the packet's body; nothing after it can be read.
    #[error("the TLV of type {kind} is longer than what is left of the packet")]
    Overrun {
        /// The TLV's type.
        kind: u8,
    },
    /// The TLV is shorter than its fields.
    #[error("the TLV of type {kind} is shorter than its fields")]
    Truncated {
        /// The TLV's type.
        kind: u8,
    },
    /// A sub-TLV's length reaches beyond the TLV.
    #[error("a sub-TLV of the TLV of type {kind} is longer than what is left of the TLV")]
    SubTlv {
        /// The TLV's type.
        kind: u8,
    },
    /// An address encoding that this TLV must not have.
    #[error("the TLV of type {kind} cannot have the address encoding {encoding}")]
    Encoding {
        /// The TLV's type.
        kind: u8,
        /// The address encoding.
        encoding: u8,
    },
    /// The interval is zero where it must not be.
    #[error("the TLV of type {kind} has no interval")]
    Interval {
        /// The TLV's type.
        kind: u8,
    },
    /// The prefix length does not fit the address encoding.
    #[error("the TLV of type {kind} has the prefix length {plen}")]
    PrefixLength {
        /// The TLV's type.
        kind: u8,
        /// The prefix length.
        plen: u8,
    },
    /// Octets of the prefix are left out that no earlier Update gave, or more than it has.
    #[error("{omitted} octets of the prefix are omitted that cannot be")]
    Omitted {
        /// Octets left out.
        omitted: u8,
    },
    /// The router-id is reserved (all zeros or all ones), or nothing in the packet gave one.
    #[error("the TLV of type {kind} has no valid router-id")]
    RouterId {
        /// The TLV's type.
        kind: u8,
    },
    /// The next hop is no unicast address, or nothing gave one in the prefix's family.
    #[error("the TLV of type {kind} has no valid next hop")]
    NextHop {
        /// The TLV's type.
        kind: u8,
    },
    /// The source prefix is malformed, or there are two, or the TLV must not have one.
    #[error("the TLV of type {kind} has a wrong source prefix")]
    Source {
        /// The TLV's type.
        kind: u8,
    },
    /// Every route of the neighbour is announced at once: only a retraction can be a wildcard.
    #[error("a wildcard update has a finite metric")]
    FiniteWildcard,
    /// The request must not even be handled once.
    #[error("a seqno request has no hops left")]
    HopCount,
}

/// Why a TLV was not added to a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// It does not fit any more; it does fit into an empty packet.
    #[error("the packet is full")]
    Full,
    /// No packet can hold it: a forbidden zero, a reserved router-id, a next hop of the other
    /// family.
    #[error("the TLV cannot be written: {reason}")]
    Invalid {
        /// What is wrong with it.
        reason: &'static str,
    },
}
