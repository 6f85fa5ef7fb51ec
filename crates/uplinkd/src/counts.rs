//! What is counted.

/// What has been done since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Changes of an uplink's state.
    pub changes: u64,
    /// Rulesets given to the kernel.
    pub rulesets: u64,
    /// Of these, refused.
    pub ruleset_failures: u64,
    /// Times connections were forgotten.
    pub flushes: u64,
    /// Times the table was put back.
    pub restored: u64,
    /// Probes sent.
    pub probes: u64,
    /// Probes that could not be sent.
    pub probe_errors: u64,
}
