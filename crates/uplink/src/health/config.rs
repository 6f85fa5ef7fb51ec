//! How an uplink is probed.

use core::time::Duration;

/// Targets at most.
pub const MOST_TARGETS: usize = 16;

/// How an uplink is probed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The provider of each target, by a number of the caller's; at most [`MOST_TARGETS`] count.
    pub targets: Vec<u16>,
    /// How many of them must answer; 0 is half of them, rounded up.
    pub needed: u8,
    /// Between two probes.
    pub interval: Duration,
    /// Whether there is an HTTP check.
    pub portal: bool,
    /// At most 10 MB of probes a month.
    pub metered: bool,
    /// What a probe costs both ways, in octets of IP packets.
    pub probe_bytes: u64,
    /// A round trip above this is bad.
    pub slow: Duration,
    /// How long it must be good again after it was lost; doubles with each flap, up to 5 minutes.
    pub hold: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            targets: Vec::new(),
            needed: 0,
            interval: Duration::from_millis(700),
            portal: false,
            metered: false,
            probe_bytes: 168,
            slow: Duration::from_millis(500),
            hold: Duration::from_secs(15),
        }
    }
}
