//! A station that a radio is associated with: the radio at the other end of a link.

use std::time::Duration;

/// What the driver of a radio knows of a station (`NL80211_CMD_GET_STATION`, linux/nl80211.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Station {
    /// Its hardware address.
    pub ether_address: [u8; 6],
    /// What the driver expects to get through to it, in kbit/s (`NL80211_STA_INFO_EXPECTED_THROUGHPUT`);
    /// few drivers say.
    pub expected_kbps: Option<u32>,
    /// The rate of the last unicast frame to it, in kbit/s (`NL80211_STA_INFO_TX_BITRATE`).
    pub transmit_kbps: Option<u32>,
    /// The strength of its last frame in dBm (`NL80211_STA_INFO_SIGNAL`).
    pub signal_dbm: Option<i8>,
    /// For how long nothing was heard of it (`NL80211_STA_INFO_INACTIVE_TIME`).
    pub inactive: Option<Duration>,
}
