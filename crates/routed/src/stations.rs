//! What radios say of the routers at the other end: the rate of frames to them as an estimate of cost.
//!
//! Hellos are sent at the lowest rate, so that their loss says nothing of what a link can carry. The driver
//! knows. A link that carries a full rate or more costs what a good radio link always has, 256; one that
//! carries a quarter of it costs four times as much. A link's cost is the product of what both ends
//! say (RFC 8966 A.2.2), so each says the square root of that. Loss of Hellos still counts on top.

use litemap::LiteMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use grange_babel::clock::Instant;
use grange_babel::link::InterfaceId;
use grange_linux::{Neighbour, Station};

/// How often radios are asked.
const PAUSE: Duration = Duration::from_secs(5);
/// From this throughput on a link costs no more than [`NOMINAL`]; in kbit/s.
const FULL_KBPS: u32 = 50_000;
/// RFC 8966 A.2.2: the cost of a radio link that loses nothing.
const NOMINAL: u16 = 256;
/// The most that one end says: 1024 at both makes a link cost 4096.
const MOST: u16 = 1024;
/// A change by less than this part of what was told is not told: rates vary all the time.
const UNTOLD: u16 = 8;

/// A neighbour, as the core knows it.
pub type Peer = (InterfaceId, Ipv6Addr);

/// What was told of neighbours' radios.
#[derive(Debug, Default)]
pub struct Stations {
    known: LiteMap<Peer, Known>,
    next: Instant,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    /// Smoothed, in kbit/s.
    kbps: u32,
    told: u16,
}

impl Stations {
    /// When to ask radios again.
    pub fn next_look(&self) -> Instant {
        self.next
    }

    /// Takes the throughput to those neighbours of whom a radio says it; what has changed: an estimate, or
    /// `None` where there is none any more.
    pub fn look(&mut self, kbps: &LiteMap<Peer, u32>, now: Instant) -> Vec<(Peer, Option<u16>)> {
        self.next = now + PAUSE;
        let mut changes = Vec::new();
        self.known.retain(|peer, _| {
            let stays = kbps.contains_key(peer);
            if !stays {
                changes.push((*peer, None));
            }
            stays
        });
        for (&peer, &fresh) in kbps {
            let known = self.known.entry(peer).or_insert(Known {
                kbps: fresh,
                told: 0,
            });
            // Not the last sample alone, nor the past for long.
            known.kbps = known.kbps - known.kbps / 4 + fresh / 4;
            let cost = cost(known.kbps);
            if cost.abs_diff(known.told) > known.told / UNTOLD {
                known.told = cost;
                changes.push((peer, Some(cost)));
            }
        }
        changes
    }
}

/// The throughput that a station lets expect, in kbit/s: what the driver says, or half the rate, as protocol
/// and acknowledgements leave it.
pub fn throughput(station: &Station) -> Option<u32> {
    let expected = station.expected_kbps.filter(|kbps| *kbps > 0);
    let rate = station.transmit_kbps.filter(|kbps| *kbps > 0);
    expected.or_else(|| rate.map(|kbps| kbps / 2))
}

/// The station that a neighbour is, by the kernel's neighbour cache, or by an address that holds the
/// hardware address (RFC 4291 appendix A), as the kernel makes it.
pub fn station_of<'a>(
    address: Ipv6Addr,
    index: u32,
    cache: &[Neighbour],
    stations: &'a [Station],
) -> Option<&'a Station> {
    let is_it = |known: &&Neighbour| known.index == index && known.address == IpAddr::V6(address);
    let cached = cache
        .iter()
        .find(is_it)
        .and_then(|known| known.ether_address);
    stations.iter().find(|station| match cached {
        Some(ether_address) => station.ether_address == ether_address,
        None => link_local(station.ether_address) == address,
    })
}

/// The estimate for a throughput in kbit/s.
fn cost(kbps: u32) -> u16 {
    let nominal = u32::from(NOMINAL);
    let square = nominal * nominal / 64 * FULL_KBPS / kbps.max(1);
    let cost = square.saturating_mul(64).isqrt();
    u16::try_from(cost).unwrap_or(MOST).clamp(NOMINAL, MOST)
}

fn link_local(ether_address: [u8; 6]) -> Ipv6Addr {
    let mut octets = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe, 0, 0, 0];
    octets[8..11].copy_from_slice(&ether_address[..3]);
    octets[13..].copy_from_slice(&ether_address[3..]);
    octets[8] ^= 2;
    Ipv6Addr::from(octets)
}

#[cfg(test)]
mod tests;
