//! What must hold for any packet given to a router that has keys.
//!
//! The fuzz target calls this, and so does the ordinary test that replays the corpus
//! (crates/babel/tests/corpus_replay.rs).

use std::net::{Ipv6Addr, SocketAddrV6};
use std::time::Duration;

use grange_babel::clock::Instant;
use grange_babel::filter::Filters;
use grange_babel::limits::Limits;
use grange_babel::link::{InterfaceConfig, InterfaceId, LinkAddresses, LinkKind};
use grange_babel::mac::{Algorithm, Key, KeySet, KeyUse};
use grange_babel::output::Output;
use grange_babel::router::{BABEL_GROUP, BABEL_PORT, Datagram, Router, RouterConfig};
use grange_babel::router_id::RouterId;
use grange_babel::seqno::Seqno;

const LINK: InterfaceId = InterfaceId(1);
const OURS: Ipv6Addr = Ipv6Addr::new(0xFE80, 0, 0, 0, 0, 0, 0, 1);
const THEIRS: Ipv6Addr = Ipv6Addr::new(0xFE80, 0, 0, 0, 0, 0, 0, 2);

/// Without a right MAC nothing is believed and nothing is said; with one, at most one packet with a
/// challenge and an answer is sent, and nothing else is believed before it is answered.
pub(crate) fn authentication(data: &[u8]) {
    for destination in [OURS, BABEL_GROUP] {
        let (accepted, said) = judge(data, destination);
        assert!(!accepted && said == 0, "no MAC can be guessed");
        let Some(signed) = signed(data, destination) else {
            continue;
        };
        let (accepted, said) = judge(&signed, destination);
        assert!(!accepted && said <= 1, "a stranger has to prove itself");
    }
}

/// Whether a stranger became a neighbour, and how many packets were sent to it.
fn judge(payload: &[u8], destination: Ipv6Addr) -> (bool, usize) {
    let mut now = Instant::from_micros(1);
    let mut router = Router::new(
        RouterConfig {
            router_id: RouterId::new([1; 8]),
            seqno: Seqno(0),
            filters: Filters::default(),
            limits: Limits::default(),
            smoothing_half_life: Duration::ZERO,
            seed: 1,
            entropy: [1; 32],
        },
        now,
    );
    let mut config = InterfaceConfig::new("mesh0", LinkKind::Wired);
    config.mac = KeySet {
        keys: vec![key()],
        permissive: false,
    };
    let link = LinkAddresses {
        link_local: OURS,
        ipv4: None,
        mtu: 1500,
    };
    router
        .handle_interface_up(LINK, config, link, Seqno(0), now)
        .expect("there is room for one");
    let datagram = Datagram {
        interface: LINK,
        source: SocketAddrV6::new(THEIRS, BABEL_PORT, 0, 1),
        destination,
        payload,
    };
    router.handle_packet(datagram, now);
    let mut said = 0;
    for _ in 0..3 {
        now = now + Duration::from_millis(10);
        router.handle_timeout(now);
        while let Some(output) = router.poll_output() {
            if let Output::Transmit {
                destination,
                payload,
                ..
            } = output
            {
                assert!(payload.len() <= 1452, "{} octets", payload.len());
                let to_stranger = grange_babel::output::Destination::Unicast(THEIRS);
                said += usize::from(destination == to_stranger);
            }
        }
    }
    let accepted = router.neighbours(now).count() > 0;
    (accepted, said)
}

/// The packet with a right MAC instead of its trailer.
fn signed(data: &[u8], destination: Ipv6Addr) -> Option<Vec<u8>> {
    let len = usize::from(u16::from_be_bytes([*data.get(2)?, *data.get(3)?]));
    let covered = data.get(..4 + len)?;
    let port = BABEL_PORT.to_be_bytes();
    let header = [&THEIRS.octets()[..], &port, &destination.octets(), &port].concat();
    let code = key().code(&[&header, covered]);
    Some([covered, &[16, 32], &code].concat())
}

fn key() -> Key {
    Key::new("k", KeyUse::Both, Algorithm::HmacSha256, b"fuzz").expect("a good key")
}
