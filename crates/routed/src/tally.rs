//! The core's counters by name.

use grange_babel::limits::Counters;

/// A counter of the core's.
pub struct Tally {
    /// Its name in the reply to `status`.
    pub name: &'static str,
    /// Its name for Prometheus.
    pub metric: &'static str,
    /// What it counts.
    pub help: &'static str,
    /// Its value.
    pub read: fn(&Counters) -> u64,
}

macro_rules! tallies {
    ($($name:ident: $help:literal,)*) => {
        &[$(Tally {
            name: stringify!($name),
            metric: concat!("grange_routed_", stringify!($name), "_total"),
            help: $help,
            read: |counters| counters.$name,
        }),*]
    };
}

/// All of them.
pub const TALLIES: &[Tally] = tallies! {
    packets_received: "Babel packets received and taken apart.",
    bytes_received: "Octets of Babel packets received.",
    packets_sent: "Babel packets sent.",
    bytes_sent: "Octets of Babel packets sent.",
    bad_source: "Packets dropped because their sender's address is not link-local.",
    bad_port: "Packets dropped because their sender's port is not Babel's.",
    bad_packets: "Packets dropped because they are not Babel packets, or shorter than they say.",
    mac_missing: "Packets that are not authentic: without a MAC.",
    mac_wrong: "Packets that are not authentic: no MAC is right by any key.",
    mac_uncounted: "Packets that are not authentic: they carry no counter.",
    mac_replayed: "Packets that are not authentic: replayed, or overtaken by a later one.",
    mac_unproven: "Packets that are not authentic yet: their sender has to answer a challenge first.",
    mac_crowded: "Packets with a right MAC of one sender too many.",
    mac_permitted: "Packets accepted though not authentic, because the interface is permissive.",
    challenges_sent: "Challenge Requests sent.",
    challenges_answered: "Challenge Replies sent.",
    bad_tlvs: "TLVs dropped as malformed.",
    unknown_tlvs: "TLVs skipped as unknown.",
    unknown_interface: "Packets on an interface without Babel.",
    neighbours_refused: "Neighbours refused because the table was full.",
    routes_refused: "Routes refused because the table was full.",
    routes_evicted: "Routes of the noisiest neighbour dropped to make room.",
    sources_refused: "Announcements held back because the source table was full.",
    requests_refused: "Requests refused because the table was full.",
    origins_refused: "Prefixes of our own refused because the table was full.",
    unfeasible_updates: "Updates that could have led to a loop.",
    filtered_updates: "Updates turned away by an input filter.",
    own_updates: "Updates with our own router-id.",
    requests_sent: "Seqno requests sent for ourselves.",
    requests_forwarded: "Seqno requests forwarded.",
    requests_suppressed: "Seqno requests not forwarded because the same went out a moment ago.",
    retransmissions: "Packets sent again because a neighbour did not acknowledge them.",
    probes_failed: "Neighbours found dead by a probe before their Hellos ran out.",
    route_changes: "Changes of a selected route.",
};
