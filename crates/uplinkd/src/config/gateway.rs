//! What neighbours share: an uplink that another router has, and the section `share` of one's own.

use std::net::IpAddr;

use grange_linux::WireguardKey;
use grange_uci::quantity::hexadecimal;
use grange_uci::{Problems, Reader};
use grange_uplink::exchange::Key;

use crate::config::general::{mesh_address, with_unit};
use crate::config::hours::Hours;
use crate::tunnel_address::default_mtu;
use crate::wireguard_key;

/// A gateway: a neighbour's router, reached through a tunnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// Its mesh address.
    pub router: IpAddr,
    /// The key that it and this router have.
    pub key: Key,
    /// Its public key, if the tunnel is one of WireGuard.
    pub public_key: Option<WireguardKey>,
    /// The largest packet within the tunnel.
    pub mtu: u32,
    /// Its weight is what the gateway says that it has to give.
    pub follows_capacity: bool,
}

/// A member's router, for a router that shares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its mesh address.
    pub router: IpAddr,
    /// The key that it and this router have.
    pub key: Key,
    /// Its public key, if the tunnel is one of WireGuard.
    pub public_key: Option<WireguardKey>,
}

/// The section `share`: how much of the shared uplinks the neighbours get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Whether they get anything.
    pub enabled: bool,
    /// Their part of the capacity, per cent.
    pub fraction: u8,
    /// When: at all times if there are none. Local time.
    pub hours: Vec<Hours>,
    /// Bytes that all of them together get in a month.
    pub cap_bytes: Option<u64>,
    /// The largest packet within the tunnel.
    pub mtu: Option<u32>,
    /// Whether a default route is announced while an uplink lives.
    pub announce: bool,
}

impl Default for Share {
    fn default() -> Self {
        Self {
            enabled: true,
            fraction: 100,
            hours: Vec::new(),
            cap_bytes: None,
            mtu: None,
            announce: true,
        }
    }
}

/// The options of a router at the other end of a tunnel; `None` without `router`.
pub(super) fn read_peer(reader: &Reader<'_>, problems: &mut Problems) -> Option<Peer> {
    let expected = "a router's mesh address";
    let router = problems.value(reader.parse_with("router", expected, mesh_address));
    let expected = "64 hexadecimal digits, such as `head -c 32 /dev/urandom | hexdump -ve '1/1 \"%02x\"'` makes";
    let key = problems.value(reader.secret_with("key", expected, key));
    let expected = "a WireGuard public key, as `grange-uplinkd public-key` prints that of a router";
    let public_key = problems.value(reader.parse_with("public_key", expected, |text| {
        wireguard_key::parse(text).ok_or("")
    }));
    // Inside WireGuard nobody else is heard: there the exchange needs no key of its own.
    let is_named = reader.section().entry("key").is_some();
    let key = key.or_else(|| {
        let proved = public_key.is_some() && !is_named;
        proved.then(|| Key::new(*b"grange: the tunnel is the proof."))
    });
    match (router, key) {
        (Some(router), Some(key)) => Some(Peer {
            router,
            key,
            public_key,
        }),
        (Some(_), None) if reader.section().entry("key").is_none() => {
            problems.error(&reader.refuse(
                "key",
                "the key that both routers have, or option public_key for WireGuard",
            ));
            None
        }
        _ => None,
    }
}

/// The options of an uplink that a neighbour has.
pub(super) fn read_remote(reader: &Reader<'_>, problems: &mut Problems) -> Option<Remote> {
    let peer = read_peer(reader, problems);
    let mtu = mtu(reader, problems);
    let weight = reader.section().entry("weight").is_some();
    let peer = peer?;
    Some(Remote {
        mtu: mtu.unwrap_or_else(|| default_mtu(peer.router, peer.public_key.is_some())),
        router: peer.router,
        key: peer.key,
        public_key: peer.public_key,
        follows_capacity: !weight,
    })
}

/// Reads the section `share`.
pub(super) fn read_share(reader: &Reader<'_>, problems: &mut Problems) -> Share {
    let mut share = Share::default();
    if let Some(enabled) = problems.value(reader.flag("enabled")) {
        share.enabled = enabled;
    }
    if let Some(fraction) = problems.value(reader.unsigned("fraction", 1..=100)) {
        share.fraction = fraction;
    }
    if let Some(announce) = problems.value(reader.flag("announce")) {
        share.announce = announce;
    }
    let expected = "hours such as 22:00-07:00 or 'mon-fri 09:00-17:00'";
    share.hours = problems.list(reader.list_with("hours", expected, Hours::parse));
    let size = "a size such as 200G (bytes)";
    share.cap_bytes = problems.value(reader.parse_with("cap", size, with_unit));
    share.mtu = mtu(reader, problems);
    for warning in reader.unknown_options() {
        problems.warning(&warning);
    }
    share
}

fn mtu(reader: &Reader<'_>, problems: &mut Problems) -> Option<u32> {
    // RFC 8200 §5: 1280 octets are what IPv6 needs at least.
    problems.value(reader.unsigned("mtu", 1280..=9000))
}

fn key(text: &str) -> Result<Key, ()> {
    let octets = hexadecimal(text).ok_or(())?;
    octets.try_into().map(Key::new).map_err(|_| ())
}
