//! What happened at the sockets; the core sees only packets that got through.

/// Counters of the sockets; each only ever grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Packets that could not be sent: the interface's queue was full.
    pub send_queue_full: u64,
    /// Packets that could not be sent for any other reason.
    pub send_failed: u64,
    /// Datagrams dropped because they were sent to neither Babel's group nor a link-local address.
    pub bad_destination: u64,
    /// Datagrams dropped because they did not fit any packet.
    pub oversized: u64,
    /// Receives that failed.
    pub receive_failed: u64,
    /// Times the state could not be written.
    pub save_failed: u64,
}
