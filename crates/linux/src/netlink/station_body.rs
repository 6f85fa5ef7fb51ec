//! A station in a dump of `NL80211_CMD_GET_STATION` (linux/nl80211.h): its header is that of generic netlink.

use std::time::Duration;

use crate::netlink::attribute::{Attributes, number, push_number};
use crate::netlink::frame::number16;
use crate::netlink::generic_body::{self, HEADER};
use crate::station::Station;

/// The family's name.
pub(crate) const FAMILY: &str = "nl80211";

const NL80211_CMD_GET_STATION: u8 = 17;
const NL80211_CMD_NEW_STATION: u8 = 19;

const NL80211_ATTR_IFINDEX: u16 = 3;
const NL80211_ATTR_MAC: u16 = 6;
const NL80211_ATTR_STA_INFO: u16 = 21;

const NL80211_STA_INFO_INACTIVE_TIME: u16 = 1;
const NL80211_STA_INFO_SIGNAL: u16 = 7;
const NL80211_STA_INFO_TX_BITRATE: u16 = 8;
const NL80211_STA_INFO_EXPECTED_THROUGHPUT: u16 = 27;

/// 16 bits, for rates up to 6.5 Gbit/s; in hundreds of kbit/s, as is the other.
const NL80211_RATE_INFO_BITRATE: u16 = 1;
const NL80211_RATE_INFO_BITRATE32: u16 = 5;

/// A request for all stations of an interface.
pub(crate) fn dump(index: u32) -> Vec<u8> {
    let mut message = generic_body::command(NL80211_CMD_GET_STATION, 0);
    push_number(&mut message, NL80211_ATTR_IFINDEX, index);
    message
}

/// Reads a station; `None` for what is none, or has no address of six octets. A fact that is malformed is
/// one that the driver does not tell.
pub(crate) fn read(payload: &[u8]) -> Option<Station> {
    let (header, attributes) = payload.split_first_chunk::<HEADER>()?;
    if header[0] != NL80211_CMD_NEW_STATION {
        return None;
    }
    let (mut address, mut info): (Option<[u8; 6]>, &[u8]) = (None, &[]);
    for (kind, value) in Attributes::new(attributes) {
        match kind {
            NL80211_ATTR_MAC => address = value.try_into().ok(),
            NL80211_ATTR_STA_INFO => info = value,
            _ => {}
        }
    }
    let mut station = Station {
        ether_address: address?,
        expected_kbps: None,
        transmit_kbps: None,
        signal_dbm: None,
        inactive: None,
    };
    for (kind, value) in Attributes::new(info) {
        match kind {
            NL80211_STA_INFO_INACTIVE_TIME => {
                station.inactive = number(value).map(|millis| Duration::from_millis(millis.into()));
            }
            NL80211_STA_INFO_SIGNAL => {
                station.signal_dbm = value.try_into().ok().map(i8::from_ne_bytes);
            }
            NL80211_STA_INFO_TX_BITRATE => station.transmit_kbps = kbps(value),
            NL80211_STA_INFO_EXPECTED_THROUGHPUT => station.expected_kbps = number(value),
            _ => {}
        }
    }
    Some(station)
}

/// The rate in the attributes of one.
fn kbps(rate: &[u8]) -> Option<u32> {
    let (mut short, mut long) = (None, None);
    for (kind, value) in Attributes::new(rate) {
        match kind {
            NL80211_RATE_INFO_BITRATE if value.len() == 2 => short = number16(value, 0),
            NL80211_RATE_INFO_BITRATE32 => long = number(value),
            _ => {}
        }
    }
    Some(long.or_else(|| short.map(u32::from))?.saturating_mul(100))
}

#[cfg(test)]
mod tests;
