//! Every table's ceiling, and the counters of what was refused.

/// The most entries each table may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Interfaces.
    pub interfaces: usize,
    /// Neighbours over all interfaces.
    pub neighbours: usize,
    /// Routes, that is pairs of a prefix and the neighbour who announced it.
    pub routes: usize,
    /// Sources, that is feasibility distances.
    pub sources: usize,
    /// Prefixes originated here.
    pub origins: usize,
    /// Pending seqno requests, our own and forwarded ones.
    pub requests: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            interfaces: 64,
            neighbours: 512,
            // 100,000 of somebody and the mesh's own beside them.
            routes: 110_000,
            sources: 110_000,
            origins: 110_000,
            requests: 4096,
        }
    }
}

/// What happened since the start; each only ever grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Packets received and taken apart.
    pub packets_received: u64,
    /// Octets in them.
    pub bytes_received: u64,
    /// Packets sent.
    pub packets_sent: u64,
    /// Octets in them.
    pub bytes_sent: u64,
    /// Packets dropped: the sender's address is not link-local.
    pub bad_source: u64,
    /// Packets dropped: the sender's port is not Babel's.
    pub bad_port: u64,
    /// Packets dropped: not a Babel packet of version 2, or shorter than they say.
    pub bad_packets: u64,
    /// Packets that are not authentic: without a MAC.
    pub mac_missing: u64,
    /// Packets that are not authentic: no MAC is right by any key.
    pub mac_wrong: u64,
    /// Packets that are not authentic: they carry no counter.
    pub mac_uncounted: u64,
    /// Packets that are not authentic: replayed, or overtaken by a later one.
    pub mac_replayed: u64,
    /// Packets that are not authentic yet: their sender has to answer a challenge first.
    pub mac_unproven: u64,
    /// Packets with a right MAC of one sender too many.
    pub mac_crowded: u64,
    /// Packets that were accepted though they are not authentic, because the interface is permissive.
    pub mac_permitted: u64,
    /// Challenge Requests sent.
    pub challenges_sent: u64,
    /// Challenge Replies sent.
    pub challenges_answered: u64,
    /// TLVs dropped as malformed.
    pub bad_tlvs: u64,
    /// TLVs skipped as unknown, or for an unknown mandatory sub-TLV.
    pub unknown_tlvs: u64,
    /// Packets on an interface we do not speak on.
    pub unknown_interface: u64,
    /// Neighbours refused because the table was full.
    pub neighbours_refused: u64,
    /// Routes refused because the table was full and their neighbour the noisiest.
    pub routes_refused: u64,
    /// Routes of the noisiest neighbour dropped to make room.
    pub routes_evicted: u64,
    /// Announcements held back because the source table was full.
    pub sources_refused: u64,
    /// Requests refused because the table was full.
    pub requests_refused: u64,
    /// Origins refused because the table was full.
    pub origins_refused: u64,
    /// Unfeasible updates received.
    pub unfeasible_updates: u64,
    /// Updates turned away by an input filter.
    pub filtered_updates: u64,
    /// Updates with our own router-id.
    pub own_updates: u64,
    /// Seqno requests sent for ourselves.
    pub requests_sent: u64,
    /// Seqno requests forwarded.
    pub requests_forwarded: u64,
    /// Seqno requests not forwarded because the same went out a moment ago.
    pub requests_suppressed: u64,
    /// Packets sent again because a neighbour did not acknowledge them.
    pub retransmissions: u64,
    /// Neighbours declared dead by a probe before their Hellos ran out.
    pub probes_failed: u64,
    /// Changes of a selected route.
    pub route_changes: u64,
}
