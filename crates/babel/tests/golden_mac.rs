//! Packets that babeld and BIRD have signed, with the keys they were signed with.
//!
//! `golden_mac/NAME.hex` holds octets in hexadecimal; `# source:`, `# destination:` and `# key: ALGORITHM
//! HEXADECIMAL` say the rest.
#![expect(
    clippy::unwrap_used,
    reason = "a file of these tests that cannot be read is a failure"
)]

use std::fs;
use std::net::{Ipv6Addr, SocketAddrV6};
use std::path::Path;

use grange_babel::clock::Instant;
use grange_babel::filter::Filters;
use grange_babel::limits::{Counters, Limits};
use grange_babel::link::{InterfaceConfig, InterfaceId, LinkAddresses, LinkKind};
use grange_babel::mac::{Algorithm, Key, KeySet, KeyUse};
use grange_babel::router::{BABEL_PORT, Datagram, Router, RouterConfig};
use grange_babel::router_id::RouterId;
use grange_babel::seqno::Seqno;

const LINK: InterfaceId = InterfaceId(1);

struct Golden {
    name: String,
    source: Ipv6Addr,
    destination: Ipv6Addr,
    algorithm: Algorithm,
    secret: Vec<u8>,
    packet: Vec<u8>,
}

fn goldens() -> Vec<Golden> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden_mac");
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| load(&entry.unwrap().path())).collect()
}

fn octets(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pairs = digits.chunks(2).map(|pair| str::from_utf8(pair).unwrap());
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

fn load(path: &Path) -> Golden {
    let text = fs::read_to_string(path).unwrap();
    let field = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap()
    };
    let (algorithm, secret) = field("# key: ").split_once(' ').unwrap();
    let body: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    Golden {
        name: path.file_name().unwrap().to_string_lossy().into_owned(),
        source: field("# source: ").parse().unwrap(),
        destination: field("# destination: ").parse().unwrap(),
        algorithm: match algorithm {
            "hmac-sha256" => Algorithm::HmacSha256,
            "blake2s128" => Algorithm::Blake2s128,
            other => panic!("{other}"),
        },
        secret: octets(secret),
        packet: octets(&body.concat()),
    }
}

/// What a router that has this key makes of the packet.
fn judge(golden: &Golden, secret: &[u8], destination: Ipv6Addr, packet: &[u8]) -> Counters {
    let now = Instant::from_micros(1);
    let config = RouterConfig {
        router_id: RouterId::new([1; 8]),
        seqno: Seqno(0),
        filters: Filters::default(),
        limits: Limits::default(),
        smoothing_half_life: std::time::Duration::ZERO,
        seed: 1,
        entropy: [1; 32],
    };
    let mut router = Router::new(config, now);
    let mut config = InterfaceConfig::new("mesh0", LinkKind::Wired);
    let key = Key::new("k", KeyUse::Both, golden.algorithm, secret).unwrap();
    config.mac = KeySet {
        keys: vec![key],
        permissive: false,
    };
    let link = LinkAddresses {
        link_local: "fe80::1".parse().unwrap(),
        ipv4: None,
        mtu: 1500,
    };
    router
        .handle_interface_up(LINK, config, link, Seqno(0), now)
        .unwrap();
    let datagram = Datagram {
        interface: LINK,
        source: SocketAddrV6::new(golden.source, BABEL_PORT, 0, 1),
        destination,
        payload: packet,
    };
    router.handle_packet(datagram, now);
    *router.counters()
}

#[test]
fn what_babeld_and_bird_sign_is_found_right_and_its_counter_is_read() {
    let goldens = goldens();
    assert_eq!(goldens.len(), 8);
    for golden in goldens {
        let (secret, destination) = (&golden.secret[..], golden.destination);
        // A right MAC, and a counter by somebody who has to prove himself first.
        let right = judge(&golden, secret, destination, &golden.packet);
        assert_eq!(
            (right.mac_unproven, right.mac_wrong),
            (1, 0),
            "{}",
            golden.name
        );
        let other_key = judge(&golden, b"another", destination, &golden.packet);
        assert_eq!(other_key.mac_wrong, 1, "{}", golden.name);
        let elsewhere = judge(&golden, secret, "fe80::1".parse().unwrap(), &golden.packet);
        assert_eq!(elsewhere.mac_wrong, 1, "{}", golden.name);
        let mut changed = golden.packet.clone();
        changed[4] ^= 0x80;
        let changed = judge(&golden, secret, destination, &changed);
        assert_eq!(changed.mac_wrong, 1, "{}", golden.name);
    }
}
